//! `marshal`: [`write`] and [`read`] streams of values. Code objects go through the verifier when they are read.

mod read;
mod write;

use read::Source;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::bytes;
use weft_vm::types::module::ModuleDef;
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc, protocol};

/// The version of the format that is written.
const VERSION: i64 = 5;

fn written(a: &Args, version: usize, allow_code: usize) -> Res {
    let version = a.opt(version).map_or(Ok(VERSION), |v| protocol::number::as_isize(v).map(|n| n as i64))?;
    let allow_code = a.opt(allow_code).map_or(Ok(true), protocol::is_true)?;
    write::write(a.at(0), version, allow_code).map(|stream| bytes::new(&stream))
}

fn dumps(a: Args) -> Res {
    written(&a, 1, 2)
}

fn dump(a: Args) -> Res {
    let stream = written(&a, 2, 3)?;
    call::call_method(a.at(1), &names().write, &[stream])
}

fn loads(a: Args) -> Res {
    let allow_code = a.opt(1).map_or(Ok(true), protocol::is_true)?;
    let view = weft_vm::buffer::get(a.at(0))?;
    read::read(Source::Bytes(view.as_slice(), 0), allow_code)
}

fn load(a: Args) -> Res {
    let allow_code = a.opt(1).map_or(Ok(true), protocol::is_true)?;
    let file = a.at(0);
    let nothing = call::call_method(file, &names().read, &[Value::small_int(0)])?;
    if !nothing.is_instance(types().bytes) {
        return Err(exc::type_error(format!("file.read() returned not bytes but {}", nothing.class().full_name())));
    }
    read::read(Source::File(file), allow_code)
}

const FUNCTIONS: &[FnDef] = &[
    def(
        "dump",
        "($module, value, file, version=version, /, *, allow_code=True)",
        dump,
        "Write the value on the open file.\n\nIf the value has (or contains an object that has) an unsupported type, a\nValueError exception is raised - but garbage data will also be written\nto the file. The object will not be properly read back by load().",
    ),
    def(
        "load",
        "($module, file, /, *, allow_code=True)",
        load,
        "Read one value from the open file and return it.\n\nIf no valid value is read (e.g. because the data has a different Python\nversion's incompatible marshal format), raise EOFError, ValueError or\nTypeError.",
    ),
    def(
        "dumps",
        "($module, value, version=version, /, *, allow_code=True)",
        dumps,
        "Return the bytes object that would be written to a file by dump(value, file).\n\nRaise a ValueError exception if value has (or contains an object that has) an\nunsupported type.",
    ),
    def(
        "loads",
        "($module, bytes, /, *, allow_code=True)",
        loads,
        "Convert the bytes-like object to a value.\n\nIf no valid value is found, raise EOFError, ValueError or TypeError.  Extra\nbytes in the input are ignored.",
    ),
];

fn exec(m: &Value) -> Res<()> {
    weft_vm::types::module::add(m, "version", Value::small_int(VERSION));
    Ok(())
}

/// `marshal`.
pub static MODULE: ModuleDef = ModuleDef {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.",
    functions: FUNCTIONS,
    exec,
};
