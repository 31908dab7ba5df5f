//! `methodcaller`.

use super::getters::operand;
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::protocol::{self, attr};
use weft_vm::types::{str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::{call, exc};

/// `operator.methodcaller`
pub static METHODCALLER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "operator.methodcaller",
    doc: "methodcaller(name, /, *args, **kwargs)\n--\n\nReturn a callable object that calls the given method on its operand.\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    payload: PayloadOps::of::<MethodCaller>(),
    slots: Slots { new: Some(new), call: Some(call_it), repr: Some(repr), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", reduce, "Return state information for pickling")],
    ..TypeSpec::DEFAULT
};

/// The payload.
struct MethodCaller {
    name: Field,
    /// A tuple: positional arguments, then keyword values.
    args: Field,
    /// A tuple of keyword names.
    kwnames: Field,
}

// SAFETY: every instance of methodcaller is made with a MethodCaller payload.
unsafe impl Payload for MethodCaller {
    fn class() -> &'static Type {
        METHODCALLER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.name, &self.args, &self.kwnames] {
            visit(field.word());
        }
    }
}

fn this(v: &Value) -> &MethodCaller {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let keywords = kwnames.map_or(0, |k| tuple::items(k).len());
    if args.len() == keywords {
        return Err(exc::type_error("methodcaller needs at least one argument, the method name"));
    }
    let name = &args[0];
    if !str::is_str(name) {
        return Err(exc::type_error("method name must be a string"));
    }
    let name = if std::ptr::eq(name.class(), weft_vm::vm::types().str) { str::intern_value(name.clone()) } else { name.clone() };
    let payload = MethodCaller {
        name: Field::new(name),
        args: Field::new(tuple::from_slice(&args[1..])),
        kwnames: Field::new(kwnames.cloned().unwrap_or_else(tuple::empty)),
    };
    Ok(new_instance(build::of(class), payload))
}

fn call_it(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let positional = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    if positional != 1 {
        return Err(exc::type_error(format!("methodcaller expected 1 argument, got {positional}")));
    }
    let x = operand("methodcaller", args, kwnames)?;
    let caller = this(v);
    let (args, kwnames) = (caller.args.value(), caller.kwnames.value());
    let method = attr::getattr(x, &caller.name.value())?;
    call::call(&method, tuple::items(&args), Some(&kwnames).filter(|k| !tuple::items(k).is_empty()))
}

/// The positional arguments, and the keyword names with their values.
fn parts(v: &Value) -> (Vec<Value>, Vec<(Value, Value)>) {
    let caller = this(v);
    let (args, kwnames) = (caller.args.value(), caller.kwnames.value());
    let (args, names) = (tuple::items(&args), tuple::items(&kwnames));
    let (positional, values) = args.split_at(args.len() - names.len());
    (positional.to_vec(), names.iter().cloned().zip(values.iter().cloned()).collect())
}

fn repr(v: &Value) -> Res {
    protocol::repr_guarded(v, "operator.methodcaller(...)", || {
        let (positional, keywords) = parts(v);
        let mut shown = vec![protocol::repr_string(&this(v).name.value())?];
        for value in &positional {
            shown.push(protocol::repr_string(value)?);
        }
        for (name, value) in &keywords {
            shown.push(format!("{}={}", str::display(name), protocol::repr_string(value)?));
        }
        Ok(str::from_string(format!("operator.methodcaller({})", shown.join(", "))))
    })
}

fn reduce(a: Args) -> Res {
    let v = a.at(0);
    let (positional, keywords) = parts(v);
    let (class, name) = (v.class().value(), this(v).name.value());
    if keywords.is_empty() {
        let mut args = vec![name];
        args.extend(positional);
        return Ok(tuple::from_vec(vec![class, tuple::from_vec(args)]));
    }
    let partial = attr::getattr(&weft_vm::eval::import::import_module("functools")?, &str::intern("partial"))?;
    let mut args = vec![class, name];
    args.extend(keywords.iter().map(|(_, value)| value.clone()));
    let kwnames = tuple::from_vec(keywords.into_iter().map(|(name, _)| name).collect());
    let constructor = call::call(&partial, &args, Some(&kwnames))?;
    Ok(tuple::from_vec(vec![constructor, tuple::from_vec(positional)]))
}
