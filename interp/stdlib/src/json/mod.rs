//! `_json`: the native parts of `json`. Follows CPython's `Modules/_json.c`.

mod encode;
mod scan;
mod string;

use weft_vm::class::native::{FnDef, def};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_json", doc: "json speedups\n", functions: FUNCTIONS, exec };

static FUNCTIONS: &[FnDef] = &[
    def(
        "encode_basestring_ascii",
        "($module, object, /)",
        |a| string::encode_object(a.at(0), true),
        "encode_basestring_ascii(string) -> string\n\nReturn an ASCII-only JSON representation of a Python string",
    ),
    def(
        "encode_basestring",
        "($module, object, /)",
        |a| string::encode_object(a.at(0), false),
        "encode_basestring(string) -> string\n\nReturn a JSON representation of a Python string",
    ),
    def(
        "scanstring",
        "($module, string, end, strict=True, /)",
        string::scanstring,
        "scanstring(string, end, strict=True) -> (string, end)\n\nScan the string s for a JSON string. End is the index of the\ncharacter in s after the quote that started the JSON string.\nUnescapes all valid JSON string escape sequences and raises ValueError\non attempt to decode an invalid string. If strict is False then literal\ncontrol characters are allowed in the string.\n\nReturns a tuple of the decoded string and the index of the character in s\nafter the end quote.",
    ),
];

fn exec(m: &Value) -> Res<()> {
    module::add(m, "make_scanner", scan::SCANNER.get().value());
    module::add(m, "make_encoder", encode::ENCODER.get().value());
    Ok(())
}
