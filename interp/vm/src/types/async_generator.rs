//! `async_generator`, and the awaitables its methods return.
//!
//! The body's `yield` wraps its value ([`wrap`]) so that the awaitable that resumed the body can tell a yielded value,
//! which ends the awaitable, from what an inner `await` passes on to the event loop.

use super::generator::{self, Generator, Resumed, State, this};
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, class_def, def, getset, getter, raw};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::thread::thread;
use crate::types::{coroutine, generic_alias, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::{names, types};
use crate::{call, exc};
use std::cell::Cell;
use weft_layout::tag::Word;

/// A value that the body has yielded, on its way to the awaitable.
pub struct Wrapped {
    value: Field,
}

// SAFETY: instances of async_generator_wrapped_value hold a Wrapped.
unsafe impl Payload for Wrapped {
    fn class() -> &'static Type {
        types().async_generator_wrapped_value
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.value.word());
    }
}

/// `async_generator_wrapped_value`.
pub static WRAPPED_SPEC: TypeSpec = TypeSpec {
    name: "async_generator_wrapped_value",
    payload: PayloadOps::of::<Wrapped>(),
    flags: flag::DISALLOW_INSTANTIATION,
    ..TypeSpec::DEFAULT
};

/// What the intrinsic ASYNC_GEN_WRAP does.
pub fn wrap(v: &Value) -> Res {
    Ok(new_object(Wrapped { value: Field::new(v.clone()) }))
}

/// How far an awaitable has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Created,
    Iterating,
    Closed,
}

/// The awaitable of `__anext__` and `asend`.
pub struct Asend {
    generator: Field,
    sent: Field,
    progress: Cell<Progress>,
}

// SAFETY: instances of async_generator_asend hold an Asend.
unsafe impl Payload for Asend {
    fn class() -> &'static Type {
        types().async_generator_asend
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.generator.word());
        visit(self.sent.word());
    }
}

/// The awaitable of `athrow` and `aclose`.
pub struct Athrow {
    generator: Field,
    /// The arguments of `throw`; empty for `aclose`.
    args: Field,
    progress: Cell<Progress>,
}

// SAFETY: instances of async_generator_athrow hold an Athrow.
unsafe impl Payload for Athrow {
    fn class() -> &'static Type {
        types().async_generator_athrow
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.generator.word());
        visit(self.args.word());
    }
}

/// Calls the hooks of `sys.set_asyncgen_hooks` when iteration begins.
fn first_iteration(v: &Value) -> Res<()> {
    let g = this(v);
    if g.hooks_done.replace(true) {
        return Ok(());
    }
    let t = thread();
    if let Some(f) = t.asyncgen_finalizer.get() {
        g.extra.set(f);
    }
    if let Some(f) = t.asyncgen_firstiter.get() {
        call::call1(&f, v)?;
    }
    Ok(())
}

fn anext(v: &Value) -> Res {
    first_iteration(v)?;
    Ok(new_object(Asend { generator: Field::new(v.clone()), sent: Field::empty(), progress: Cell::new(Progress::Created) }))
}

fn asend(a: Args) -> Res {
    first_iteration(a.at(0))?;
    Ok(new_object(Asend {
        generator: Field::new(a.at(0).clone()),
        sent: Field::new(a.at(1).clone()),
        progress: Cell::new(Progress::Created),
    }))
}

fn aclose(a: Args) -> Res {
    first_iteration(a.at(0))?;
    Ok(new_object(Athrow { generator: Field::new(a.at(0).clone()), args: Field::empty(), progress: Cell::new(Progress::Created) }))
}

fn athrow(args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) || args.len() < 2 || args.len() > 4 {
        return Err(exc::type_error(format!("athrow expected 1 to 3 arguments, got {}", args.len().saturating_sub(1))));
    }
    first_iteration(&args[0])?;
    Ok(new_object(Athrow {
        generator: Field::new(args[0].clone()),
        args: Field::new(tuple::from_slice(&args[1..])),
        progress: Cell::new(Progress::Created),
    }))
}

/// Turns what resuming the body came to into what the awaitable's `send` gives: a yielded value ends it.
fn unwrap(v: &Value, r: Res<Resumed>) -> Res {
    let g = this(v);
    match r {
        Ok(Resumed::Yield(x)) => match x.downcast::<Wrapped>() {
            Some(w) => {
                g.async_running.set(false);
                Err(generator::stop_iteration(w.value.value()))
            }
            None => Ok(x),
        },
        Ok(Resumed::Return(_)) => {
            g.closed.set(true);
            g.async_running.set(false);
            Err(exc::bare(types().stop_async_iteration))
        }
        Err(e) => {
            if exc::matches(types().stop_async_iteration) || exc::matches(types().generator_exit) {
                g.closed.set(true);
            }
            g.async_running.set(false);
            Err(e)
        }
    }
}

fn asend_this(v: &Value) -> &Asend {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn asend_send(v: &Value, sent: &Value) -> Res {
    let s = asend_this(v);
    let g = s.generator.value();
    if s.progress.get() == Progress::Closed {
        return Err(exc::runtime_error("cannot reuse already awaited __anext__()/asend()"));
    }
    let mut sent = sent.clone();
    if s.progress.get() == Progress::Created {
        if this(&g).async_running.get() {
            s.progress.set(Progress::Closed);
            return Err(exc::runtime_error("anext(): asynchronous generator is already running"));
        }
        if sent.is_none()
            && let Some(x) = s.sent.get()
        {
            sent = x;
        }
        s.progress.set(Progress::Iterating);
    }
    this(&g).async_running.set(true);
    let r = unwrap(&g, generator::send(&g, &sent));
    if r.is_err() {
        s.progress.set(Progress::Closed);
    }
    r
}

fn asend_throw(args: &[Value], _: Option<&Value>) -> Res {
    let s = asend_this(&args[0]);
    let g = s.generator.value();
    if s.progress.get() == Progress::Closed {
        return Err(exc::runtime_error("cannot reuse already awaited __anext__()/asend()"));
    }
    if args.len() < 2 {
        return Err(exc::type_error("throw expected at least 1 argument, got 0"));
    }
    if s.progress.get() == Progress::Created {
        if this(&g).async_running.get() {
            s.progress.set(Progress::Closed);
            return Err(exc::runtime_error("anext(): asynchronous generator is already running"));
        }
        s.progress.set(Progress::Iterating);
        this(&g).async_running.set(true);
    }
    let r = unwrap(&g, generator::throw_resumed(&g, &args[1..], false));
    if r.is_err() {
        s.progress.set(Progress::Closed);
    }
    r
}

fn asend_close(a: Args) -> Res {
    let s = asend_this(a.at(0));
    if s.progress.get() == Progress::Closed {
        return Ok(Value::NONE);
    }
    let exit = types().generator_exit.value();
    match asend_throw(&[a.at(0).clone(), exit], None) {
        Ok(_) => Err(exc::runtime_error("coroutine ignored GeneratorExit")),
        Err(e)
            if exc::matches(types().stop_iteration)
                || exc::matches(types().stop_async_iteration)
                || exc::matches(types().generator_exit) =>
        {
            exc::clear(e);
            Ok(Value::NONE)
        }
        Err(e) => Err(e),
    }
}

/// The next item of an awaitable's iterator: a StopIteration is left to carry its value.
fn next_by(send: fn(&Value, &Value) -> Res) -> impl Fn(&Value) -> Res<Option<Value>> {
    move |v| send(v, &Value::NONE).map(Some)
}

/// `async_generator_asend`.
pub static ASEND_SPEC: TypeSpec = TypeSpec {
    name: "async_generator_asend",
    payload: PayloadOps::of::<Asend>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { await_: Some(|v| Ok(v.clone())), iter: Some(|v| Ok(v.clone())), next: Some(|v| next_by(asend_send)(v)), ..Slots::NONE },
    methods: &[
        def("send", "($self, value, /)", |a| asend_send(a.at(0), a.at(1)), ""),
        raw("throw", "", asend_throw, ""),
        def("close", "($self, /)", asend_close, ""),
    ],
    ..TypeSpec::DEFAULT
};

fn athrow_this(v: &Value) -> &Athrow {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

/// What `aclose` and `athrow` make of the body's answer.
fn athrow_result(t: &Athrow, g: &Value, r: Res<Resumed>) -> Res {
    let closing = t.args.peek().is_none();
    if !closing {
        let r = unwrap(g, r);
        if r.is_err() {
            t.progress.set(Progress::Closed);
        }
        return r;
    }
    match r {
        Ok(Resumed::Yield(x)) if x.downcast::<Wrapped>().is_some() => {
            this(g).async_running.set(false);
            t.progress.set(Progress::Closed);
            Err(exc::runtime_error("async generator ignored GeneratorExit"))
        }
        Ok(Resumed::Yield(x)) => Ok(x),
        Ok(Resumed::Return(_)) => {
            this(g).async_running.set(false);
            this(g).closed.set(true);
            t.progress.set(Progress::Closed);
            Err(exc::bare(types().stop_iteration))
        }
        Err(e) => {
            this(g).async_running.set(false);
            t.progress.set(Progress::Closed);
            if exc::matches(types().stop_async_iteration) || exc::matches(types().generator_exit) {
                this(g).closed.set(true);
                exc::clear(e);
                return Err(exc::bare(types().stop_iteration));
            }
            Err(e)
        }
    }
}

fn athrow_send(v: &Value, sent: &Value) -> Res {
    let t = athrow_this(v);
    let g = t.generator.value();
    let closing = t.args.peek().is_none();
    if t.progress.get() == Progress::Closed {
        return Err(exc::runtime_error("cannot reuse already awaited aclose()/athrow()"));
    }
    if this(&g).state() == State::Finished && t.progress.get() == Progress::Created {
        t.progress.set(Progress::Closed);
        return Err(exc::bare(if closing { types().stop_iteration } else { types().stop_async_iteration }));
    }
    if t.progress.get() == Progress::Created {
        if this(&g).async_running.get() {
            t.progress.set(Progress::Closed);
            let which = if closing { "aclose" } else { "athrow" };
            return Err(exc::runtime_error(format!("{which}(): asynchronous generator is already running")));
        }
        if this(&g).closed.get() {
            t.progress.set(Progress::Closed);
            return Err(exc::bare(types().stop_async_iteration));
        }
        if !sent.is_none() {
            return Err(exc::runtime_error("can't send non-None value to a just-started coroutine"));
        }
        t.progress.set(Progress::Iterating);
        this(&g).async_running.set(true);
        let args = match t.args.get() {
            Some(a) => tuple::items(&a).to_vec(),
            None => {
                this(&g).closed.set(true);
                vec![types().generator_exit.value()]
            }
        };
        return athrow_result(t, &g, generator::throw_resumed(&g, &args, false));
    }
    athrow_result(t, &g, generator::send(&g, sent))
}

fn athrow_throw(args: &[Value], _: Option<&Value>) -> Res {
    let t = athrow_this(&args[0]);
    let g = t.generator.value();
    if t.progress.get() == Progress::Closed {
        return Err(exc::runtime_error("cannot reuse already awaited aclose()/athrow()"));
    }
    if args.len() < 2 {
        return Err(exc::type_error("throw expected at least 1 argument, got 0"));
    }
    if t.progress.get() == Progress::Created {
        if this(&g).async_running.get() {
            t.progress.set(Progress::Closed);
            let which = if t.args.peek().is_none() { "aclose" } else { "athrow" };
            return Err(exc::runtime_error(format!("{which}(): asynchronous generator is already running")));
        }
        t.progress.set(Progress::Iterating);
        this(&g).async_running.set(true);
    }
    athrow_result(t, &g, generator::throw_resumed(&g, &args[1..], false))
}

fn athrow_close(a: Args) -> Res {
    let t = athrow_this(a.at(0));
    if t.progress.get() == Progress::Closed {
        return Ok(Value::NONE);
    }
    match athrow_throw(&[a.at(0).clone(), types().generator_exit.value()], None) {
        Ok(_) => Err(exc::runtime_error("coroutine ignored GeneratorExit")),
        Err(e)
            if exc::matches(types().stop_iteration)
                || exc::matches(types().stop_async_iteration)
                || exc::matches(types().generator_exit) =>
        {
            exc::clear(e);
            Ok(Value::NONE)
        }
        Err(e) => Err(e),
    }
}

/// `async_generator_athrow`.
pub static ATHROW_SPEC: TypeSpec = TypeSpec {
    name: "async_generator_athrow",
    payload: PayloadOps::of::<Athrow>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { await_: Some(|v| Ok(v.clone())), iter: Some(|v| Ok(v.clone())), next: Some(|v| next_by(athrow_send)(v)), ..Slots::NONE },
    methods: &[
        def("send", "($self, value, /)", |a| athrow_send(a.at(0), a.at(1)), ""),
        raw("throw", "", athrow_throw, ""),
        def("close", "($self, /)", athrow_close, ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `async_generator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "async_generator",
    payload: PayloadOps::of::<Generator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(generator::repr),
        aiter: Some(|v| Ok(v.clone())),
        anext: Some(anext),
        finalise: Some(generator::finalise),
        ..Slots::NONE
    },
    methods: &[
        def("asend", "($self, value, /)", asend, "asend(v) -> send 'v' in generator."),
        raw(
            "athrow",
            "",
            athrow,
            "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        def("aclose", "($self, /)", aclose, "aclose() -> raise GeneratorExit inside generator."),
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
    ],
    getsets: &[
        getset("__name__", generator::get_name, generator::set_name, "name of the async generator"),
        getset("__qualname__", generator::get_qualname, generator::set_qualname, "qualified name of the async generator"),
        getter("ag_await", generator::get_yield_from, "object being awaited on, or None"),
        getter("ag_frame", generator::get_frame, ""),
        getter("ag_running", |v| Ok(Value::bool(this(v).async_running.get())), ""),
        getter("ag_code", generator::get_code, ""),
        getter("ag_suspended", generator::get_suspended, ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// The awaitable of `anext(it, default)`.
pub struct AnextDefault {
    awaitable: Field,
    default: Field,
}

// SAFETY: instances of anext_awaitable hold an AnextDefault.
unsafe impl Payload for AnextDefault {
    fn class() -> &'static Type {
        types().anext_awaitable
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.awaitable.word());
        visit(self.default.word());
    }
}

/// An awaitable that gives `default` where `awaitable` raises StopAsyncIteration.
pub fn anext_with_default(awaitable: Value, default: Value) -> Value {
    new_object(AnextDefault { awaitable: Field::new(awaitable), default: Field::new(default) })
}

/// Runs one step of the inner awaitable.
fn anext_step(v: &Value, step: impl FnOnce(&Value) -> Res) -> Res {
    // SAFETY: slots and methods of the class get its instances.
    let a: &AnextDefault = unsafe { v.payload() };
    let it = coroutine::awaitable_iter(&a.awaitable.value())?;
    match step(&it) {
        Err(e) if exc::matches(types().stop_async_iteration) => {
            exc::clear(e);
            Err(generator::stop_iteration(a.default.value()))
        }
        other => other,
    }
}

fn anext_send(v: &Value, sent: &Value) -> Res {
    anext_step(v, |it| match it.class().slots().next {
        Some(f) if sent.is_none() => f(it)?.ok_or(()).map_err(|()| exc::bare(types().stop_iteration)),
        _ => call::call_method(it, &names().send, std::slice::from_ref(sent)),
    })
}

fn anext_throw(args: &[Value], _: Option<&Value>) -> Res {
    anext_step(&args[0], |it| call::call_method(it, &names().throw, &args[1..]))
}

/// `anext_awaitable`.
pub static ANEXT_SPEC: TypeSpec = TypeSpec {
    name: "anext_awaitable",
    payload: PayloadOps::of::<AnextDefault>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { await_: Some(|v| Ok(v.clone())), iter: Some(|v| Ok(v.clone())), next: Some(|v| next_by(anext_send)(v)), ..Slots::NONE },
    methods: &[
        def("send", "($self, value, /)", |a| anext_send(a.at(0), a.at(1)), ""),
        raw("throw", "", anext_throw, ""),
        def("close", "($self, /)", |a| anext_step(a.at(0), |it| call::call_method(it, &names().close, &[])), ""),
    ],
    ..TypeSpec::DEFAULT
};
