//! `coroutine` and the wrapper that `__await__` gives.

use super::generator::{self, Generator, this};
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{def, getset, getter, raw};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::global::Global;
use crate::thread::thread;
use crate::types::{generic_alias, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use weft_layout::tag::Word;

/// `sys.set_coroutine_origin_tracking_depth`.
pub static ORIGIN_DEPTH: Global<usize> = Global::new(0);

/// Records where a coroutine was made, if that is asked for.
pub fn set_origin(v: &Value) {
    // SAFETY: the GIL is held.
    let depth = unsafe { *ORIGIN_DEPTH.get() };
    if depth == 0 {
        return;
    }
    let mut entries = Vec::new();
    let mut frame = thread().innermost_frame();
    // SAFETY: the chain links live frames.
    unsafe {
        // The innermost frame is the coroutine's own.
        if !frame.is_null() {
            frame = (*frame).previous;
        }
        while !frame.is_null() && entries.len() < depth {
            let code = &*(*frame).code;
            let line = crate::frame::Frame::line(frame).map_or(Value::NONE, |l| Value::int(i64::from(l)));
            entries.push(tuple::from_vec(vec![code.filename.clone(), line, code.name.clone()]));
            frame = (*frame).previous;
        }
    }
    this(v).extra.set(tuple::from_vec(entries));
}

/// Warns of a coroutine that is destroyed without having been awaited.
pub fn warn_never_awaited(v: &Value) {
    if let Err(e) = crate::eval::warnings::never_awaited(v) {
        exc::unraisable(e, "Exception ignored while finalizing coroutine ", Some(v));
    }
}

fn throw_native(args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("throw() takes no keyword arguments"));
    }
    if args.len() < 2 || args.len() > 4 {
        let (n, word) = (args.len() - 1, if args.len() < 2 { "at least 1 argument" } else { "at most 3 arguments" });
        return Err(exc::type_error(format!("throw expected {word}, got {n}")));
    }
    generator::throw(&args[0], &args[1..], true)
}

/// `coroutine`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "coroutine",
    payload: PayloadOps::of::<Generator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(generator::repr),
        await_: Some(|v| Ok(new_object(Wrapper { coroutine: Field::new(v.clone()) }))),
        finalise: Some(generator::finalise),
        ..Slots::NONE
    },
    methods: &[
        def(
            "send",
            "($self, value, /)",
            |a| generator::send_method(a.at(0), a.at(1)),
            "send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration.",
        ),
        raw(
            "throw",
            "",
            throw_native,
            "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        def("close", "($self, /)", |a| generator::close(a.at(0)), "close() -> raise GeneratorExit inside coroutine."),
        crate::class::native::class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
    ],
    getsets: &[
        getset("__name__", generator::get_name, generator::set_name, "name of the coroutine"),
        getset("__qualname__", generator::get_qualname, generator::set_qualname, "qualified name of the coroutine"),
        getter("cr_await", generator::get_yield_from, "object being awaited on, or None"),
        getter("cr_running", generator::get_running, ""),
        getter("cr_frame", generator::get_frame, ""),
        getter("cr_code", generator::get_code, ""),
        getter("cr_suspended", generator::get_suspended, ""),
        getter("cr_origin", |v| Ok(this(v).extra.get().unwrap_or(Value::NONE)), ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// `coroutine_wrapper`: the iterator of a coroutine.
pub struct Wrapper {
    coroutine: Field,
}

// SAFETY: instances of coroutine_wrapper hold a Wrapper.
unsafe impl Payload for Wrapper {
    fn class() -> &'static Type {
        types().coroutine_wrapper
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.coroutine.word());
    }
}

fn inner(v: &Value) -> Value {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload::<Wrapper>() }.coroutine.value()
}

fn wrapper_throw(args: &[Value], kwnames: Option<&Value>) -> Res {
    let mut all = args.to_vec();
    if let Some(first) = all.first_mut() {
        *first = inner(first);
    }
    throw_native(&all, kwnames)
}

fn wrapper_next(v: &Value) -> Res<Option<Value>> {
    match generator::send(&inner(v), &Value::NONE)? {
        generator::Resumed::Yield(x) => Ok(Some(x)),
        generator::Resumed::Return(x) if x.is_none() => Ok(None),
        generator::Resumed::Return(x) => Err(generator::stop_iteration(x)),
    }
}

/// `coroutine_wrapper`.
pub static WRAPPER_SPEC: TypeSpec = TypeSpec {
    name: "coroutine_wrapper",
    doc: "A wrapper object implementing __await__ for coroutines.",
    payload: PayloadOps::of::<Wrapper>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(wrapper_next), ..Slots::NONE },
    methods: &[
        def(
            "send",
            "($self, value, /)",
            |a| generator::send_method(&inner(a.at(0)), a.at(1)),
            "send(arg) -> send 'arg' into coroutine\nreturn next iterated value or raise StopIteration.",
        ),
        raw(
            "throw",
            "",
            wrapper_throw,
            "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration.",
        ),
        def("close", "($self, /)", |a| generator::close(&inner(a.at(0))), "close() -> raise GeneratorExit inside coroutine."),
    ],
    ..TypeSpec::DEFAULT
};

/// What `await` iterates over: a coroutine itself, or what `__await__` gives.
pub fn awaitable_iter(v: &Value) -> Res {
    if std::ptr::eq(v.class(), types().coroutine) {
        return Ok(v.clone());
    }
    if std::ptr::eq(v.class(), types().generator) {
        let code = generator::get_code(v)?;
        if crate::types::code::this(&code).flags & weft_compiler::code::co_flags::ITERABLE_COROUTINE != 0 {
            return Ok(v.clone());
        }
    }
    let Some(f) = v.class().slots().await_ else {
        return Err(exc::type_error(format!("'{}' object can't be awaited", v.class().full_name())));
    };
    let it = f(v)?;
    if std::ptr::eq(it.class(), types().coroutine) {
        return Err(exc::type_error("__await__() returned a coroutine"));
    }
    if it.class().slots().next.is_none() {
        return Err(exc::type_error(format!("__await__() returned non-iterator of type '{}'", it.class().full_name())));
    }
    Ok(it)
}

/// Calls `f` with the text of a coroutine's qualified name.
pub fn qualified_name(v: &Value) -> String {
    generator::get_qualname(v).map_or_else(|_| String::new(), |q| str::display(&q))
}
