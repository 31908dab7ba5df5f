//! `_weft_archive`: what the importer of the embedded library (lib/_weft_importer.py) is made of.

use crate::archive;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{bytes, list, str, tuple};
use weft_vm::value::{Res, Value};

fn path_of(v: &Value) -> Res<String> {
    if str::is_str(v) { Ok(str::display(v)) } else { Err(exc::wrong_type("path", "str", v)) }
}

/// `find(base)`: where the module whose path begins with `base` lies: (path, whether it is a package), or None.
fn find(a: Args) -> Res {
    Ok(match archive::module_at(&path_of(a.at(0))?) {
        Some((e, package)) => tuple::from_array([str::new(e.path), Value::bool(package)]),
        None => Value::NONE,
    })
}

fn code(a: Args) -> Res {
    match archive::get(&path_of(a.at(0))?) {
        Some(e) if e.is_module() => super::code_of(&e, &path_of(a.at(1))?),
        _ => Ok(Value::NONE),
    }
}

fn data(a: Args) -> Res {
    Ok(archive::get(&path_of(a.at(0))?).map_or(Value::NONE, |e| bytes::new(&e.contents())))
}

fn size(a: Args) -> Res {
    Ok(archive::get(&path_of(a.at(0))?).map_or(Value::NONE, |e| Value::usize(e.size())))
}

fn listing(a: Args) -> Res {
    let names = archive::files::names(&path_of(a.at(0))?);
    Ok(names.map_or(Value::NONE, |names| list::from_vec(names.into_iter().map(str::new).collect())))
}

const FUNCTIONS: &[FnDef] = &[
    def(
        "find",
        "($module, base, /)",
        find,
        "Where the module whose path begins with base lies: its path and whether it is a package; or None.",
    ),
    def("code", "($module, path, filename, /)", code, "The code object of an embedded module."),
    def("data", "($module, path, /)", data, "The contents of an embedded file, or None."),
    def("size", "($module, path, /)", size, "The size of an embedded file in bytes, or None."),
    def("listdir", "($module, path, /)", listing, "The names in an embedded folder, or None."),
];

/// `_weft_archive`.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_weft_archive", doc: "The standard library embedded in the binary.", functions: FUNCTIONS, exec: |_| Ok(()) };
