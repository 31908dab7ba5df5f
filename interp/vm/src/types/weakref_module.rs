//! The module `_weakref`.

use crate::class::native::{Args, def};
use crate::exc;
use crate::heap::weak;
use crate::types::{dict, list, module, weakproxy, weakref};
use crate::value::{Res, Value};
use crate::vm::types;

/// Deletes a key from a dict if its value is a dead weak reference.
fn remove_dead(a: Args) -> Res {
    let (d, key) = (a.at(0), a.at(1));
    if !d.is_instance(types().dict) {
        return Err(exc::type_error(format!("_remove_dead_weakref() argument 1 must be dict, not {}", d.class().full_name())));
    }
    if let Some(v) = dict::get(d, key)? {
        if !weakref::is_ref(&v) {
            return Err(exc::type_error("not a weakref"));
        }
        if weakref::referent(&v).is_none() {
            dict::delete(d, key)?;
        }
    }
    Ok(Value::NONE)
}

/// `_weakref`.
pub static MODULE: module::ModuleDef = module::ModuleDef {
    name: "_weakref",
    doc: "Weak-reference support module.",
    functions: &[
        def(
            "getweakrefcount",
            "($module, object, /)",
            |a| Ok(Value::usize(weak::references(a.at(0)).len())),
            "Return the number of weak references to 'object'.",
        ),
        def(
            "getweakrefs",
            "($module, object, /)",
            |a| Ok(list::from_vec(weak::references(a.at(0)))),
            "Return a list of all weak reference objects pointing to 'object'.",
        ),
        def(
            "_remove_dead_weakref",
            "($module, dct, key, /)",
            remove_dead,
            "Atomically remove key from dict if it points to a dead weakref.",
        ),
        def(
            "proxy",
            "($module, object, callback=None, /)",
            |a| weakproxy::new(a.at(0), a.some(1).cloned()),
            "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized.",
        ),
    ],
    exec: |m| {
        let t = types();
        for name in ["ref", "ReferenceType"] {
            module::add(m, name, t.weakref.value());
        }
        module::add(m, "ProxyType", t.weak_proxy.value());
        module::add(m, "CallableProxyType", t.weak_callable_proxy.value());
        Ok(())
    },
};
