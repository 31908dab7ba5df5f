//! `marshal`.

use weft_compiler::code::Constant;
use weft_compiler::{marshal, verify};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{bytes, code, code_attrs, dict, list, set};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc, protocol};

fn bad_data(message: &str) -> exc::Raised {
    exc::value_error(format!("bad marshal data ({message})"))
}

fn verify_all(c: &Constant) -> Res<()> {
    match c {
        Constant::Code(code) => verify::verify(code).map_err(|e| exc::value_error(format!("bad marshal data (invalid code object: {e})"))),
        Constant::Tuple(items) | Constant::List(items) | Constant::Set(items) | Constant::FrozenSet(items) => {
            items.iter().try_for_each(verify_all)
        }
        Constant::Dict(pairs) => pairs.iter().try_for_each(|(k, v)| verify_all(k).and_then(|()| verify_all(v))),
        _ => Ok(()),
    }
}

fn to_value(c: &Constant) -> Res {
    Ok(match c {
        Constant::List(items) => list::from_vec(items.iter().map(to_value).collect::<Res<_>>()?),
        Constant::Tuple(items) => weft_vm::types::tuple::from_vec(items.iter().map(to_value).collect::<Res<_>>()?),
        Constant::Set(items) => set::from_items(items.iter().map(to_value).collect::<Res<Vec<_>>>()?)?,
        Constant::FrozenSet(items) => set::new_frozen(items.iter().map(to_value).collect::<Res<Vec<_>>>()?)?,
        Constant::Dict(pairs) => {
            let d = dict::new();
            for (k, v) in pairs {
                dict::set(&d, &to_value(k)?, &to_value(v)?)?;
            }
            d
        }
        Constant::StopIteration => types().stop_iteration.value(),
        other => code::constant(other),
    })
}

fn from_value(v: &Value, depth: u32) -> Res<Constant> {
    if depth > 2000 {
        return Err(exc::value_error("object too deeply nested to marshal"));
    }
    let each = |items: Vec<Value>| items.iter().map(|x| from_value(x, depth + 1)).collect::<Res<Vec<_>>>();
    if std::ptr::eq(v.class(), types().tuple) {
        return Ok(Constant::Tuple(each(weft_vm::types::tuple::items(v).to_vec())?));
    }
    if std::ptr::eq(v.class(), types().list) {
        return Ok(Constant::List(each(list::to_vec(v))?));
    }
    if std::ptr::eq(v.class(), types().set) {
        return Ok(Constant::Set(each(protocol::iter::collect(v)?)?));
    }
    if std::ptr::eq(v.class(), types().frozenset) {
        return Ok(Constant::FrozenSet(each(protocol::iter::collect(v)?)?));
    }
    if std::ptr::eq(v.class(), types().dict) {
        let pairs = dict::entries(v);
        return Ok(Constant::Dict(
            pairs.iter().map(|(k, x)| Ok((from_value(k, depth + 1)?, from_value(x, depth + 1)?))).collect::<Res<_>>()?,
        ));
    }
    if v.is(&types().stop_iteration.value()) {
        return Ok(Constant::StopIteration);
    }
    if let Some(c) = code_attrs::to_constant(v) {
        return Ok(c);
    }
    if v.class().slots().buffer.is_some() {
        return Ok(Constant::Bytes(weft_vm::buffer::get(v)?.as_slice().to_vec()));
    }
    Err(exc::value_error("unmarshallable object"))
}

fn loads(a: Args) -> Res {
    let b = weft_vm::buffer::get(a.at(0))?;
    read_value(b.as_slice()).map(|(v, _)| v)
}

fn read_value(data: &[u8]) -> Res<(Value, usize)> {
    match marshal::read(data) {
        Ok((c, used)) => {
            verify_all(&c)?;
            Ok((to_value(&c)?, used))
        }
        Err(e) => {
            let text = e.to_string();
            Err(if text.contains("too short") { exc::eof_error("marshal data too short") } else { bad_data(&text) })
        }
    }
}

fn dumps_bytes(v: &Value) -> Res<Vec<u8>> {
    marshal::write(&from_value(v, 0)?).map_err(|e| exc::value_error(e.to_string()))
}

fn dumps(a: Args) -> Res {
    Ok(bytes::new(&dumps_bytes(a.at(0))?))
}

fn dump(a: Args) -> Res {
    let data = bytes::new(&dumps_bytes(a.at(0))?);
    call::call_method(a.at(1), &names().write, &[data])
}

fn load(a: Args) -> Res {
    let file = a.at(0);
    let data = call::call_method(file, &names().read, &[])?;
    let b = weft_vm::buffer::get(&data)?;
    let all = b.as_slice().to_vec();
    let (v, used) = read_value(&all)?;
    // What was read too far is given back where the file allows it.
    if used < all.len() {
        let back = Value::int(used as i64 - all.len() as i64);
        call::call_method(file, &names().seek, &[back, Value::small_int(1)])?;
    }
    Ok(v)
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
    weft_vm::types::module::add(m, "version", Value::small_int(5));
    Ok(())
}

/// `marshal`.
pub static MODULE: ModuleDef = ModuleDef {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format. The format is specific to Python, but independent of\nmachine architecture issues.",
    functions: FUNCTIONS,
    exec,
};
