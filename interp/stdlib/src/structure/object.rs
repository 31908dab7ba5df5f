//! The classes `Struct` and `unpack_iterator`.

use super::codec;
use super::format::{self, Format, error};
use crate::LazyClass;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use weft_layout::tag::Word;
use weft_vm::buffer::{self, Buffer};
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, bind_call, def, getter, raw};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::{str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance, new_object};
use weft_vm::vm::types;

/// `struct.Struct`
pub static STRUCT: LazyClass = LazyClass::new(&STRUCT_SPEC);
/// What `iter_unpack` returns.
static UNPACK_ITERATOR: LazyClass = LazyClass::new(&ITER_SPEC);

static STRUCT_SPEC: TypeSpec = TypeSpec {
    name: "_struct.Struct",
    doc: "Struct(fmt) --> compiled struct object\n\n",
    payload: PayloadOps::of::<Struct>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), ..Slots::NONE },
    methods: &[
        def("iter_unpack", "($self, buffer, /)", |a| iter_unpack(&format_of(a.at(0))?, a.at(1)), "Return an iterator yielding tuples.\n\nTuples are unpacked from the given bytes source, like a repeated\ninvocation of unpack_from().\n\nRequires that the bytes length be a multiple of the struct size."),
        raw("pack", "", |args, kwnames| pack(&*format_of(&args[0])?, &args[1..], kwnames), "S.pack(v1, v2, ...) -> bytes\n\nReturn a bytes object containing values v1, v2, ... packed according\nto the format string S.format.  See help(struct) for more on format\nstrings."),
        raw("pack_into", "", |args, kwnames| pack_into(&*format_of(&args[0])?, &args[1..], kwnames), "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string S.format\nand write the packed bytes into the writable buffer buf starting at\noffset.  Note that the offset is a required argument.  A negative\noffset counts from the end of the buffer.  See help(struct) for more\non format strings."),
        def("unpack", "($self, buffer, /)", |a| unpack(&*format_of(a.at(0))?, a.at(1)), "Return a tuple containing unpacked values.\n\nUnpack according to the format string Struct.format. The buffer's size\nin bytes must be Struct.size.\n\nSee help(struct) for more on format strings."),
        def("unpack_from", "($self, /, buffer, offset=0)", |a| unpack_from(&*format_of(a.at(0))?, a.at(1), a.opt(2)), "Return a tuple containing unpacked values.\n\nValues are unpacked according to the format string Struct.format.\n\nThe buffer's size in bytes, starting at position offset, must be\nat least Struct.size.  A negative offset counts from the end of the\nbuffer.\n\nSee help(struct) for more on format strings."),
        def("__sizeof__", "($self, /)", sizeof, "S.__sizeof__() -> size of S in memory, in bytes"),
    ],
    getsets: &[
        getter("format", |v| Ok(str::from_latin1(&format_of(v)?.text)), "struct format string"),
        getter("size", |v| Ok(Value::usize(format_of(v)?.size)), "struct size in bytes"),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

static ITER_SPEC: TypeSpec = TypeSpec {
    name: "_struct.unpack_iterator",
    payload: PayloadOps::of::<UnpackIterator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[def("__length_hint__", "($self, /)", length_hint, "")],
    ..TypeSpec::DEFAULT
};

/// The payload of `Struct`: its format, once `__init__` has run.
struct Struct(RefCell<Option<Rc<Format>>>);

// SAFETY: every instance of Struct is made with a Struct payload.
unsafe impl Payload for Struct {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        STRUCT.get()
    }
}

fn format_of(v: &Value) -> Res<Rc<Format>> {
    // SAFETY: methods and slots get instances of the class.
    let this: &Struct = unsafe { v.payload() };
    this.0.borrow().clone().ok_or_else(|| exc::runtime_error("Struct object is not initialized"))
}

fn new(class: &Value, _args: &[Value], _kwnames: Option<&Value>) -> Res {
    Ok(new_instance(build::of(class), Struct(RefCell::new(None))))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let format = bind_call("Struct", "(format)", args, kwnames, |a| format::of_value(a.at(0)))?;
    // SAFETY: slots get instances of the class.
    let this: &Struct = unsafe { v.payload() };
    this.0.replace(Some(format));
    Ok(())
}

fn repr(v: &Value) -> Res {
    let format = format_of(v)?;
    let name = v.class().name();
    Ok(str::from_string(format!("{name}('{}')", String::from_utf8_lossy(&format.text))))
}

fn sizeof(a: Args) -> Res {
    // As CPython counts: the object, and a code of 32 bytes for each run and one at the end.
    Ok(Value::usize(56 + 32 * (format_of(a.at(0))?.runs.len() + 1)))
}

fn no_keywords(name: &str, kwnames: Option<&Value>) -> Res<()> {
    match kwnames {
        Some(k) if !tuple::items(k).is_empty() => Err(exc::type_error(format!("{name}() takes no keyword arguments"))),
        _ => Ok(()),
    }
}

fn check_count(name: &str, format: &Format, given: usize) -> Res<()> {
    if given == format.count {
        return Ok(());
    }
    Err(error(format!("{name} expected {} items for packing (got {given})", format.count)))
}

/// `pack`
pub fn pack(format: &Format, values: &[Value], kwnames: Option<&Value>) -> Res {
    no_keywords("pack", kwnames)?;
    check_count("pack", format, values.len())?;
    Ok(weft_vm::types::bytes::new(&codec::pack(format, values)?))
}

/// `pack_into`
pub fn pack_into(format: &Format, args: &[Value], kwnames: Option<&Value>) -> Res {
    no_keywords("pack_into", kwnames)?;
    let (target, offset, values) = match args {
        [] => return Err(error("pack_into expected buffer argument")),
        [_] => return Err(error("pack_into expected offset argument")),
        [target, offset, values @ ..] => (target, offset, values),
    };
    check_count("pack_into", format, values.len())?;
    let buffer = buffer::get_writable(target).map_err(|e| {
        exc::clear(e);
        exc::type_error(format!("argument must be read-write bytes-like object, not {}", target.class().full_name()))
    })?;
    let offset = number::as_isize_or(offset, types().index_error)?;
    let place = Place { what: "packing", name: "pack_into", negative: "no space to pack" };
    let at = place.find(offset, format.size, buffer.len)?;
    buffer.write(at, &codec::pack(format, values)?);
    Ok(Value::NONE)
}

/// How an offset that is out of range is reported.
struct Place {
    what: &'static str,
    name: &'static str,
    negative: &'static str,
}

impl Place {
    fn find(&self, offset: isize, size: usize, len: usize) -> Res<usize> {
        let Place { what, name, negative } = self;
        let at = if offset >= 0 {
            offset as usize
        } else {
            if offset.unsigned_abs() < size {
                return Err(error(format!("{negative} {size} bytes at offset {offset}")));
            }
            len.checked_sub(offset.unsigned_abs()).ok_or_else(|| error(format!("offset {offset} out of range for {len}-byte buffer")))?
        };
        match at.checked_add(size) {
            Some(end) if end <= len => Ok(at),
            end => Err(error(format!(
                "{name} requires a buffer of at least {} bytes for {what} {size} bytes at offset {at} (actual buffer size is {len})",
                end.map_or_else(|| (at as u128 + size as u128).to_string(), |e| e.to_string())
            ))),
        }
    }
}

/// `unpack`
pub fn unpack(format: &Format, source: &Value) -> Res {
    let buffer = buffer::get(source)?;
    if buffer.len != format.size {
        return Err(error(format!("unpack requires a buffer of {} bytes", format.size)));
    }
    Ok(codec::unpack(format, buffer.as_slice()))
}

/// `unpack_from`
pub fn unpack_from(format: &Format, source: &Value, offset: Option<&Value>) -> Res {
    let offset = offset.map_or(Ok(0), number::as_isize)?;
    let buffer = buffer::get(source)?;
    let place = Place { what: "unpacking", name: "unpack_from", negative: "not enough data to unpack" };
    let at = place.find(offset, format.size, buffer.len)?;
    Ok(codec::unpack(format, &buffer.as_slice()[at..at + format.size]))
}

/// The payload of `unpack_iterator`.
struct UnpackIterator {
    format: Rc<Format>,
    /// The bytes, until they are used up.
    buffer: RefCell<Option<Buffer>>,
    index: Cell<usize>,
}

// SAFETY: every instance of unpack_iterator is made with an UnpackIterator payload.
unsafe impl Payload for UnpackIterator {
    fn class() -> &'static Type {
        UNPACK_ITERATOR.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        if let Some(b) = &*self.buffer.borrow() {
            visit(b.owner.word());
        }
    }
}

fn iterator(v: &Value) -> &UnpackIterator {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

/// `iter_unpack`
pub fn iter_unpack(format: &Rc<Format>, source: &Value) -> Res {
    if format.size == 0 {
        return Err(error("cannot iteratively unpack with a struct of length 0"));
    }
    let buffer = buffer::get(source)?;
    if buffer.len % format.size != 0 {
        return Err(error(format!("iterative unpacking requires a buffer of a multiple of {} bytes", format.size)));
    }
    Ok(new_object(UnpackIterator { format: format.clone(), buffer: RefCell::new(Some(buffer)), index: Cell::new(0) }))
}

fn next(v: &Value) -> Res<Option<Value>> {
    let this = iterator(v);
    let at = this.index.get();
    let end = at + this.format.size;
    let values = this.buffer.borrow().as_ref().filter(|b| end <= b.len).map(|b| codec::unpack(&this.format, &b.as_slice()[at..end]));
    match values {
        Some(_) => this.index.set(end),
        // Releasing the view can run Python, so it is taken out first.
        None => drop(this.buffer.take()),
    }
    Ok(values)
}

fn length_hint(a: Args) -> Res {
    let this = iterator(a.at(0));
    let left = this.buffer.borrow().as_ref().map_or(0, |b| b.len.saturating_sub(this.index.get()));
    Ok(Value::usize(left / this.format.size))
}
