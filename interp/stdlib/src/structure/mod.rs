//! `_struct`: values to and from bytes by a format string.
//!
//! [`format`]: parsing formats. [`codec`]: packing and unpacking. [`object`]: the classes.

mod codec;
mod format;
mod object;

use crate::exception_class::LazyException;
use weft_vm::class::Type;
use weft_vm::class::native::{Args, FnDef, def, raw};
use weft_vm::exc;
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_struct",
    doc: "Functions to convert between Python values and C structs.\nPython bytes objects are used to hold the data representing the C struct.\nThe format string (explained below) describes the layout of data\nin the C struct.\n\nThe optional first format char indicates byte order, size and alignment:\n  @: native order, size & alignment (default)\n  =: native order, std. size & alignment\n  <: little-endian, std. size & alignment\n  >: big-endian, std. size & alignment\n  !: same as >\n\nThe remaining characters indicate types of args and must match exactly;\nthese can be preceded by a decimal repeat count:\n  x: pad byte (no data); c: char; b: signed byte; B: unsigned byte;\n  ?: _Bool; h: short; H: unsigned short; i: int; I: unsigned int;\n  l: long; L: unsigned long; q: long long; Q: unsigned long long;\n  f: float; d: double; e: half-float;\n  F: float complex; D: double complex.\nSpecial cases (preceding decimal count indicates length):\n  s: byte string (array of char); p: Pascal string (with count byte).\nSpecial cases (only available in native format):\n  n: ssize_t; N: size_t;\n  P: an integer type that is wide enough to hold a pointer.\nWhitespace between formats is ignored.\n\nThe variable struct.error is an exception raised on errors.\n",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def("_clearcache", "($module, /)", _clearcache, "Clear the internal cache."),
    def("calcsize", "($module, format, /)", calcsize, "Return size in bytes of the struct described by the format string."),
    def(
        "iter_unpack",
        "($module, format, buffer, /)",
        iter_unpack,
        "Return an iterator yielding tuples unpacked from the given bytes.\n\nThe bytes are unpacked according to the format string, like\na repeated invocation of unpack_from().\n\nRequires that the bytes length be a multiple of the format struct size.",
    ),
    raw(
        "pack",
        "",
        pack,
        "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values v1, v2, ... packed according\nto the format string.  See help(struct) for more on format strings.",
    ),
    raw(
        "pack_into",
        "",
        pack_into,
        "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string and write\nthe packed bytes into the writable buffer buf starting at offset.  Note\nthat the offset is a required argument.  A negative offset counts from\nthe end of the buffer.  See help(struct) for more on format strings.",
    ),
    def(
        "unpack",
        "($module, format, buffer, /)",
        unpack,
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size in bytes must be calcsize(format).\n\nSee help(struct) for more on format strings.",
    ),
    def(
        "unpack_from",
        "($module, format, /, buffer, offset=0)",
        unpack_from,
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size, minus offset, must be at least calcsize(format).\nA negative offset counts from the end of the buffer.\n\nSee help(struct) for more on format strings.",
    ),
];

static ERROR: LazyException = LazyException::new("struct", "error", || vec![types().exception]);

/// `struct.error`
fn error_class() -> &'static Type {
    ERROR.get().unwrap_or_else(|e| {
        exc::clear(e);
        types().value_error
    })
}

fn exec(module: &Value) -> Res<()> {
    add(module, "error", ERROR.get()?.value());
    add(module, "Struct", object::STRUCT.get().value());
    Ok(())
}

fn calcsize(a: Args) -> Res {
    Ok(Value::usize(format::of_value(a.at(0))?.size))
}

fn _clearcache(_: Args) -> Res {
    format::clear_cache();
    Ok(Value::NONE)
}

/// The format, which is the first argument, and the others.
fn split(args: &[Value]) -> Res<(&Value, &[Value])> {
    args.split_first().ok_or_else(|| exc::type_error("missing format argument"))
}

fn pack(args: &[Value], kwnames: Option<&Value>) -> Res {
    let (f, values) = split(args)?;
    object::pack(&*format::of_value(f)?, values, kwnames)
}

fn pack_into(args: &[Value], kwnames: Option<&Value>) -> Res {
    let (f, rest) = split(args)?;
    object::pack_into(&*format::of_value(f)?, rest, kwnames)
}

fn unpack(a: Args) -> Res {
    object::unpack(&*format::of_value(a.at(0))?, a.at(1))
}

fn unpack_from(a: Args) -> Res {
    object::unpack_from(&*format::of_value(a.at(0))?, a.at(1), a.opt(2))
}

fn iter_unpack(a: Args) -> Res {
    object::iter_unpack(&format::of_value(a.at(0))?, a.at(1))
}
