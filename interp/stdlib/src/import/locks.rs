//! The context managers with which importlib takes its locks.
//!
//! importlib's own make a lock for each module that is imported, of several objects and in some hundred instructions, which takes about as long
//! as all the rest that importing a small module takes. As long as there is only one thread, nobody can tell whether a module's lock
//! has been taken. So these managers only note that it should have been, and take all such locks when a second thread is about to start.

use crate::LazyClass;
use crate::thread;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{TypeSpec, of};
use weft_vm::class::native::{Args, bind_call, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::global::Global;
use weft_vm::types::str;
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::{call, protocol::attr};

/// The payload of a `_ModuleLockManager`.
struct Manager {
    name: Field,
    /// The lock, if it has really been taken.
    lock: Field,
}

// SAFETY: every instance of the class is made with a Manager.
unsafe impl Payload for Manager {
    fn class() -> &'static Type {
        MANAGER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.name.word());
        visit(self.lock.word());
    }
}

static MANAGER: LazyClass = LazyClass::new(&MANAGER_SPEC);

static MANAGER_SPEC: TypeSpec = TypeSpec {
    name: "_frozen_importlib._ModuleLockManager",
    payload: PayloadOps::of::<Manager>(),
    slots: Slots {
        new: Some(|class, args, kwnames| {
            bind_call("_ModuleLockManager", "(name)", args, kwnames, |a| {
                Ok(new_instance(of(class), Manager { name: Field::new(a.at(0).clone()), lock: Field::empty() }))
            })
        }),
        ..Slots::NONE
    },
    methods: &[def("__enter__", "($self, /)", enter, ""), def("__exit__", "($self, /, *args, **kwargs)", exit, "")],
    ..TypeSpec::DEFAULT
};

/// The managers whose locks have only been noted, the outermost first.
static NOTED: Global<Vec<Value>> = Global::new(Vec::new());

/// The functions that make real locks are importlib's.
static BOOTSTRAP: Global<Field> = Global::new(Field::empty());

fn manager(v: &Value) -> &Manager {
    // SAFETY: methods are called with instances of their class only.
    unsafe { v.payload() }
}

fn take(v: &Value) -> Res<()> {
    // SAFETY: the GIL is held, and the field is set before there is any manager.
    let bootstrap = unsafe { (*BOOTSTRAP.get()).value() };
    let lock = call::call_method(&bootstrap, &str::intern("_get_module_lock"), &[manager(v).name.value()])?;
    call::call_method(&lock, &str::intern("acquire"), &[])?;
    manager(v).lock.set(lock);
    Ok(())
}

fn enter(a: Args) -> Res {
    if thread::is_alone() {
        // SAFETY: the GIL is held.
        unsafe { (*NOTED.get()).push(a.at(0).clone()) };
    } else {
        take(a.at(0))?;
    }
    Ok(Value::NONE)
}

fn exit(a: Args) -> Res {
    if let Some(lock) = manager(a.at(0)).lock.take() {
        return call::call_method(&lock, &str::intern("release"), &[]).map(|_| Value::NONE);
    }
    // SAFETY: the GIL is held; what is taken off the list is dropped afterwards.
    let noted = unsafe {
        let all = &mut *NOTED.get();
        all.iter().rposition(|m| m.is(a.at(0))).map(|i| all.remove(i))
    };
    drop(noted);
    Ok(Value::NONE)
}

/// Takes the locks that have only been noted. Called by the only thread there is, before it starts another.
pub fn take_noted() -> Res<()> {
    // SAFETY: the GIL is held.
    for v in unsafe { std::mem::take(&mut *NOTED.get()) } {
        take(&v)?;
    }
    Ok(())
}

/// The payload of an `_ImportLockContext`: the lock is not one, since the GIL is held wherever importlib takes it.
struct Context;

// SAFETY: every instance of the class is made with a Context.
unsafe impl Payload for Context {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        CONTEXT.get()
    }

    fn trace(&self, _: &mut dyn FnMut(Word)) {}
}

static CONTEXT: LazyClass = LazyClass::new(&CONTEXT_SPEC);

static CONTEXT_SPEC: TypeSpec = TypeSpec {
    name: "_frozen_importlib._ImportLockContext",
    doc: "Context manager for the import lock.",
    payload: PayloadOps::of::<Context>(),
    slots: Slots {
        new: Some(|class, args, kwnames| bind_call("_ImportLockContext", "()", args, kwnames, |_| Ok(new_instance(of(class), Context)))),
        ..Slots::NONE
    },
    methods: &[
        def("__enter__", "($self, /)", |_| Ok(Value::NONE), "Acquire the import lock."),
        def(
            "__exit__",
            "($self, /, exc_type, exc_value, exc_traceback)",
            |_| Ok(Value::NONE),
            "Release the import lock regardless of any raised exceptions.",
        ),
    ],
    ..TypeSpec::DEFAULT
};

/// Has importlib use these managers instead of its own.
pub fn install(bootstrap: &Value) -> Res<()> {
    // SAFETY: the GIL is held.
    unsafe { (*BOOTSTRAP.get()).set(bootstrap.clone()) };
    for class in [MANAGER.get(), CONTEXT.get()] {
        attr::setattr(bootstrap, &class.name_value(), &class.value())?;
    }
    Ok(())
}

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(Word)) {
    // SAFETY: the GIL is held.
    unsafe {
        (*NOTED.get()).iter().for_each(|m| visit(m.word()));
        visit((*BOOTSTRAP.get()).word());
    }
}
