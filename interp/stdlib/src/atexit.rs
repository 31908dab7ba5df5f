//! `atexit`: functions to call when the program ends.

use weft_vm::class::native::{Args, FnDef, def, raw};
use weft_vm::global::Global;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::tuple;
use weft_vm::value::{Res, Value};
use weft_vm::{call, exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "atexit",
    doc: "allow programmer to define multiple exit functions to be executed\nupon normal program termination.\n\nTwo public functions, register and unregister, are defined.\n",
    functions: FUNCTIONS,
    exec: |_| Ok(()),
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    raw("register", "($module, func, /, *args, **kwargs)", register, "Register a function to be executed upon normal program termination\n\n    func - function to be called at exit\n    args - optional arguments to pass to func\n    kwargs - optional keyword arguments to pass to func\n\n    func is returned to facilitate usage as a decorator."),
    def("unregister", "($module, func, /)", unregister, "Unregister an exit function which was previously registered using\natexit.register\n\n    func - function to be unregistered"),
    def("_clear", "($module, /)", clear, "Clear the list of previously registered exit functions."),
    def("_run_exitfuncs", "($module, /)", run, "Run all registered exit functions.\n\nIf a callback raises an exception, it is logged with sys.unraisablehook."),
    def("_ncallbacks", "($module, /)", |_| Ok(Value::usize(with(|all| all.len()))), "Return the number of registered exit functions."),
];

/// A function with its arguments.
#[derive(Clone)]
struct Callback {
    function: Value,
    args: Vec<Value>,
    kwnames: Option<Value>,
}

static CALLBACKS: Global<Vec<Callback>> = Global::new(Vec::new());

/// Works on the list; `f` must not run Python.
fn with<R>(f: impl FnOnce(&mut Vec<Callback>) -> R) -> R {
    // SAFETY: the GIL is held, and `f` runs no Python.
    f(unsafe { &mut *CALLBACKS.get() })
}

fn register(args: &[Value], kwnames: Option<&Value>) -> Res {
    let npos = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    if npos == 0 {
        return Err(exc::type_error(format!("register() takes at least 1 argument ({} given)", args.len())));
    }
    let (function, rest) = (&args[0], &args[1..]);
    if !call::is_callable(function) {
        return Err(exc::type_error("the first argument must be callable"));
    }
    with(|all| all.push(Callback { function: function.clone(), args: rest.to_vec(), kwnames: kwnames.cloned() }));
    Ok(function.clone())
}

fn unregister(a: Args) -> Res {
    let mut i = with(|all| all.len());
    while i > 0 {
        i -= 1;
        let Some(c) = with(|all| all.get(i).cloned()) else { continue };
        if protocol::equal(&c.function, a.at(0))? {
            // The comparison may have changed the list.
            let gone = with(|all| all.iter().position(|x| x.function.is(&c.function)).map(|at| all.remove(at)));
            drop(gone);
        }
    }
    Ok(Value::NONE)
}

fn clear(_: Args) -> Res {
    drop(with(std::mem::take));
    Ok(Value::NONE)
}

/// Calls them, the last one registered first. Exceptions are shown and do not stop the others.
fn run(_: Args) -> Res {
    while let Some(c) = with(Vec::pop) {
        if let Err(e) = call::call(&c.function, &c.args, c.kwnames.as_ref()) {
            exc::unraisable(e, "Exception ignored in atexit callback ", Some(&c.function));
        }
    }
    Ok(Value::NONE)
}

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    with(|all| {
        for c in all {
            visit(c.function.word());
            c.args.iter().chain(&c.kwnames).for_each(|v| visit(v.word()));
        }
    });
}
