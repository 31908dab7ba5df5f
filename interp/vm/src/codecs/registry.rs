//! The registry of codecs and error handlers, which the `codecs` module shows to programs.

use super::errors::FUNCTIONS;
use crate::call;
use crate::exc::{self, Raised};
use crate::global::Global;
use crate::protocol::attr;
use crate::types::{builtin_function, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use std::collections::HashMap;

struct Registry {
    /// Search functions, asked in order.
    search: Vec<Value>,
    /// What they found, by normalised name.
    found: HashMap<String, Value>,
    /// Error handlers by name.
    errors: HashMap<String, Value>,
}

static REGISTRY: Global<Option<Registry>> = Global::new(None);

/// Runs `f` on the registry; `f` must not run Python.
fn with<R>(f: impl FnOnce(&mut Registry) -> R) -> R {
    // SAFETY: the GIL is held, and `f` does not get here again.
    f(unsafe { (*REGISTRY.get()).get_or_insert_with(|| Registry { search: Vec::new(), found: HashMap::new(), errors: HashMap::new() }) })
}

/// Adds a search function.
pub fn register(search: &Value) -> Res<()> {
    if !call::is_callable(search) {
        return Err(exc::type_error("argument must be callable"));
    }
    with(|r| r.search.push(search.clone()));
    Ok(())
}

/// Takes a search function out, and forgets all codecs found.
pub fn unregister(search: &Value) {
    let dropped = with(|r| {
        let at = r.search.iter().position(|s| s.is(search));
        at.map(|i| (r.search.remove(i), std::mem::take(&mut r.found)))
    });
    drop(dropped);
}

/// The name under which codecs are found: lower case, spaces as `-`.
fn key(encoding: &str) -> String {
    encoding.chars().map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn unknown(encoding: &str) -> Raised {
    exc::lookup_error(format!("unknown encoding: {encoding}"))
}

/// The CodecInfo of an encoding, a tuple. Raises LookupError.
pub fn lookup(encoding: &str) -> Res {
    let name = key(encoding);
    if let Some(found) = with(|r| r.found.get(&name).cloned()) {
        return Ok(found);
    }
    if with(|r| r.search.is_empty()) {
        // Importing the package registers its search function.
        crate::eval::import::import_module("encodings")?;
    }
    let arg = str::new(&name);
    for search in with(|r| r.search.clone()) {
        let answer = call::call1(&search, &arg)?;
        if answer.is_none() {
            continue;
        }
        if !answer.is_instance(types().tuple) || tuple::items(&answer).len() != 4 {
            return Err(exc::type_error("codec search functions must return 4-tuples"));
        }
        with(|r| r.found.insert(name.clone(), answer.clone()));
        return Ok(answer);
    }
    Err(unknown(encoding))
}

/// Adds an error handler.
pub fn register_error(name: &str, handler: &Value) -> Res<()> {
    if !call::is_callable(handler) {
        return Err(exc::type_error("handler must be callable"));
    }
    let old = with(|r| r.errors.insert(name.to_owned(), handler.clone()));
    drop(old);
    Ok(())
}

/// Takes an error handler out; says whether it was there. The built-in ones cannot be taken out.
pub fn unregister_error(name: &str) -> Res<bool> {
    if FUNCTIONS.iter().any(|(n, _)| *n == name) {
        return Err(exc::value_error(format!("cannot un-register built-in error handler '{name}'")));
    }
    let old = with(|r| r.errors.remove(name));
    Ok(old.is_some())
}

/// The error handler with this name. Raises LookupError.
pub fn lookup_error(name: &str) -> Res {
    if let Some(found) = with(|r| r.errors.get(name).cloned()) {
        return Ok(found);
    }
    match FUNCTIONS.iter().find(|(n, _)| *n == name) {
        Some((_, def)) => {
            let f = builtin_function::new(def, None, None);
            with(|r| r.errors.insert(name.to_owned(), f.clone()));
            Ok(f)
        }
        None => Err(exc::lookup_error(format!("unknown error handler name '{name}'"))),
    }
}

/// The codec of an encoding that is said to be for text; others are for `codecs.encode` and `codecs.decode`.
fn lookup_text(encoding: &str, alternative: &str) -> Res {
    let codec = lookup(encoding)?;
    if !std::ptr::eq(codec.class(), types().tuple) {
        let is_text = attr::getattr_opt(&codec, &crate::vm::names()._is_text_encoding)?;
        if is_text.is_some_and(|v| v.is(&Value::FALSE)) {
            return Err(exc::lookup_error(format!("'{encoding}' is not a text encoding; use {alternative} to handle arbitrary codecs")));
        }
    }
    Ok(codec)
}

/// Calls one of the functions of a codec and takes what it made from its `(object, length)`.
fn run(codec: &Value, which: usize, object: &Value, errors: Option<&str>, what: &str) -> Res {
    let function = tuple::items(codec)[which].clone();
    let result = match errors {
        Some(e) => call::call(&function, &[object.clone(), str::new(e)], None)?,
        None => call::call1(&function, object)?,
    };
    match result.is_instance(types().tuple).then(|| tuple::items(&result)) {
        Some([made, _]) => Ok(made.clone()),
        _ => Err(exc::type_error(format!("{what} must return a tuple (object, integer)"))),
    }
}

/// Adds to an exception on its way which codec raised it.
fn with_note(result: Res, operation: &str, encoding: &str) -> Res {
    result.map_err(|raised| {
        let e = exc::take(raised);
        match crate::protocol::add_note(&e, &format!("{operation} with '{encoding}' codec failed")) {
            Ok(()) => exc::restore(e),
            Err(new) => new,
        }
    })
}

/// `codecs.encode`: any object, any codec.
pub fn encode(object: &Value, encoding: &str, errors: Option<&str>) -> Res {
    let codec = lookup(encoding)?;
    with_note(run(&codec, 0, object, errors, "encoder"), "encoding", encoding)
}

/// `codecs.decode`: any object, any codec.
pub fn decode(object: &Value, encoding: &str, errors: Option<&str>) -> Res {
    let codec = lookup(encoding)?;
    with_note(run(&codec, 1, object, errors, "decoder"), "decoding", encoding)
}

/// What `str.encode` does for a codec found by the registry.
pub fn encode_text(text: &Value, encoding: &str, errors: &str) -> Res {
    let codec = lookup_text(encoding, "codecs.encode()")?;
    with_note(run(&codec, 0, text, Some(errors), "encoder"), "encoding", encoding)
}

/// What `bytes.decode` does for a codec found by the registry.
pub fn decode_text(object: &Value, encoding: &str, errors: &str) -> Res {
    let codec = lookup_text(encoding, "codecs.decode()")?;
    with_note(run(&codec, 1, object, Some(errors), "decoder"), "decoding", encoding)
}

/// Visits what this module keeps, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    with(|r| r.search.iter().chain(r.found.values()).chain(r.errors.values()).for_each(|v| visit(v.word())));
}
