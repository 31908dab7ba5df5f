//! Ending the interpreter: threads, exit functions, the program's objects, the standard streams.
//!
//! What the program's modules hold goes, so that finalisers run and files are written out. Everything else stays as it
//! is: the process ends soon, and nobody could tell.

use weft_vm::eval::builtins;
use weft_vm::eval::import as imports;
use weft_vm::heap::collect;
use weft_vm::types::{dict, module, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

/// Waits for threads, runs exit functions, gives up the program's objects, flushes the standard streams. Returns false
/// if a stream could not be flushed.
pub fn finish() -> bool {
    let quietly = |r: Res| {
        if let Err(e) = r {
            exc::unraisable(e, "Exception ignored at interpreter shutdown ", None);
        }
    };
    if let Some(threading) = imports::loaded_module("threading") {
        quietly(call::call_method(&threading, &str::intern("_shutdown"), &[]));
    }
    if let Some(atexit) = imports::loaded_module("atexit") {
        quietly(call::call_method(&atexit, &str::intern("_run_exitfuncs"), &[]));
    }
    let fine = flush_streams();
    drop_program();
    flush_streams() && fine
}

fn flush_streams() -> bool {
    let mut fine = true;
    for name in ["stdout", "stderr"] {
        let Some(f) = imports::sys_attribute(name).filter(|f| !f.is_none()) else { continue };
        let closed = protocol::attr::getattr(&f, &str::intern("closed")).and_then(|c| protocol::is_true(&c));
        match closed {
            Ok(true) => continue,
            Ok(false) => {}
            Err(e) => exc::clear(e),
        }
        if let Err(e) = call::call_method(&f, &str::intern("flush"), &[]) {
            if name == "stdout" {
                exc::unraisable(e, "Exception ignored on flushing sys.stdout", None);
                fine = false;
            } else {
                exc::clear(e);
            }
        }
    }
    fine
}

/// Gives up the program's modules, and what else holds on to its objects.
fn drop_program() {
    if let Some(sys) = imports::sys() {
        let d = module::dict(&sys);
        for name in ["last_exc", "last_type", "last_value", "last_traceback"] {
            let name = str::intern(name);
            if dict::get_str_ref(&d, &name).is_some() {
                dict::set_str(&d, &name, Value::NONE);
            }
        }
    }
    dict::del_str(&module::dict(&builtins::module()), &str::intern("_"));
    let Some(table) = imports::sys_attribute("modules").filter(|t| t.is_instance(types().dict)) else { return };
    let mut modules = Vec::new();
    for (name, m) in dict::entries(&table) {
        if m.is_instance(types().module) && str::is_str(&name) && is_programs(&name, &m) {
            dict::del_str(&table, &name);
            modules.push(m);
        }
    }
    let namespaces: Vec<Value> = modules.iter().map(module::dict).collect();
    drop(modules);
    // Functions hold on to the namespace they are in.
    let shared = namespaces.iter().any(|d| d.refcount() > 1);
    drop(namespaces);
    if shared {
        // What start-up has made stays anyway.
        collect::collect(collect::has_run());
    }
}

/// Whether a module is the program's own: it comes from a file.
fn is_programs(name: &Value, m: &Value) -> bool {
    if str::display(name) == "__main__" {
        return true;
    }
    let d = module::dict(m);
    dict::get_str(&d, &str::intern("__loader__")).is_some_and(|l| l.class().name().ends_with("FileLoader"))
}

/// Whether the heap's reference counts add up at the end of the program; what does not is told on standard error. Not looked
/// at while other threads live: nobody can tell what they hold.
#[cfg(debug_assertions)]
pub fn counts_are_right() -> bool {
    if crate::thread::handle::running() > 0 {
        return true;
    }
    let wrong = weft_vm::heap::audit::audit(|visit| {
        crate::atexit::visit_roots(visit);
        crate::csv::visit_roots(visit);
        crate::gc::visit_roots(visit);
        crate::import::locks::visit_roots(visit);
        crate::posix::process::visit_roots(visit);
        crate::signal::visit_roots(visit);
        crate::sys::settings::visit_roots(visit);
        crate::warnings::visit_roots(visit);
    });
    for w in &wrong {
        // What is wrong with the object may be more than its count: few are asked for their repr.
        let simple = [types().str, types().type_, types().list].iter().any(|class| w.object.is_instance(class));
        let shown = simple.then(|| protocol::repr_string(&w.object).map_err(exc::clear).ok()).flatten();
        let shown = shown.unwrap_or_else(|| format!("{:?}", w.object));
        eprintln!("weft: {} references to {shown}, of which {} are accounted for", w.count, w.found);
    }
    wrong.is_empty()
}
