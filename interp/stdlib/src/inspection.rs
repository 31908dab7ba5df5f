//! `_weft`: what `weft.jit` tells of compiled traces.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::jit::inspect;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{code, dict, int, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_weft", doc: "What weft.jit tells of compiled traces.", functions: FUNCTIONS, exec: |_| Ok(()) };

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("traces", "($module, /)", traces, "A tuple for each trace that may be entered."),
    def("traces_of", "($module, code, /)", traces_of, "The ids of the traces that have bytecodes of a code object."),
    def("stats", "($module, /)", stats, "Counts and times, by name."),
    def("compared", "($module, /)", compared, "A tuple for each trace that both backends have compiled."),
    def("dump", "($module, id, /)", dump, "Everything known of one trace, or None."),
    def("native_stack", "($module, /)", native_stack, "Pairs of return addresses, innermost first, and the trace there, or None."),
];

fn number(n: impl Into<u64>) -> Value {
    Value::usize(n.into() as usize)
}

fn or_none(n: Option<u32>) -> Value {
    n.map_or(Value::NONE, number)
}

fn traces(_: Args) -> Res {
    let row = |t: inspect::TraceInfo| {
        tuple::from_vec(vec![
            number(t.id),
            str::new(t.kind),
            or_none(t.parent.map(|p| p.0)),
            or_none(t.parent.map(|p| p.1)),
            or_none(t.link),
            str::from_string(t.function),
            str::from_string(t.filename),
            number(t.line),
            number(t.bytecodes),
            number(t.instructions),
            number(t.ops),
            number(t.bytes),
            number(t.exits),
            number(t.exits_taken),
        ])
    };
    Ok(list::from_vec(inspect::traces().into_iter().map(row).collect()))
}

fn traces_of(a: Args) -> Res {
    if !a.at(0).is_instance(types().code) {
        return Err(exc::type_error(format!(
            "a function, a code object or the id of a trace is wanted, not {}",
            a.at(0).class().full_name()
        )));
    }
    Ok(list::from_vec(inspect::traces_of(code::this(a.at(0))).into_iter().map(number).collect()))
}

fn stats(_: Args) -> Res {
    let d = dict::new();
    for (name, n) in inspect::stats() {
        let value = match n {
            inspect::Number::Count(n) => number(n),
            inspect::Number::Seconds(s) => Value::float(s),
        };
        protocol::set_item(&d, &str::from_string(name), &value)?;
    }
    Ok(d)
}

fn compared(_: Args) -> Res {
    let row = |(ops, times): (usize, [f64; 6])| {
        tuple::from_vec(std::iter::once(Value::usize(ops)).chain(times.into_iter().map(Value::float)).collect())
    };
    Ok(list::from_vec(inspect::compared().into_iter().map(row).collect()))
}

fn dump(a: Args) -> Res {
    let id = int::as_i64(a.at(0)).and_then(|n| u32::try_from(n).ok());
    Ok(id.and_then(inspect::dump).map_or(Value::NONE, str::from_string))
}

fn native_stack(_: Args) -> Res {
    let row = |f: inspect::NativeFrame| tuple::from_vec(vec![number(f.address), or_none(f.trace)]);
    Ok(list::from_vec(inspect::native_stack().into_iter().map(row).collect()))
}
