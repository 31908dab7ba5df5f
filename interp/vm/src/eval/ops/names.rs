//! Locals, globals, names of a namespace, and cells.

use crate::eval::interpret::view;
use crate::exc::{self, Raised};
use crate::frame::Frame;
use crate::protocol;
use crate::types::code::Code;
use crate::types::{cellobject, dict, exceptions, function, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use weft_compiler::code::local_kind;
use weft_layout::tag::NULL;

/// Raises UnboundLocalError for local `i`.
#[cold]
pub fn unbound_local(code: &Code, i: usize) {
    let Raised(()) = exc::unbound_local_error(format!(
        "cannot access local variable '{}' where it is not associated with a value",
        str::display(&code.localsplusnames[i])
    ));
    exceptions::set_name_detail(&code.localsplusnames[i]);
}

/// Raises for an unbound cell or free variable.
#[cold]
pub fn unbound_deref(code: &Code, i: usize) {
    if code.localspluskinds[i] & local_kind::FREE == 0 {
        return unbound_local(code, i);
    }
    let Raised(()) = exc::name_error(format!(
        "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
        str::display(&code.localsplusnames[i])
    ));
    exceptions::set_name_detail(&code.localsplusnames[i]);
}

#[cold]
fn name_not_defined(name: &Value) -> Raised {
    let e = exc::name_error(format!("name '{}' is not defined", str::display(name)));
    exceptions::set_name_detail(name);
    e
}

pub(super) unsafe fn globals_of<'a>(frame: *mut Frame) -> (&'a Value, &'a Value) {
    // SAFETY: the frame's function keeps both alive while the frame runs.
    unsafe { (Value::from_word_ref(&(*frame).globals), Value::from_word_ref(&(*frame).builtins)) }
}

/// A global or builtin. Namespaces that are not exactly dicts are asked as any mapping is.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_global(frame: *mut Frame, name: &Value) -> Res {
    // SAFETY: passed on.
    let (globals, builtins) = unsafe { globals_of(frame) };
    let found = if std::ptr::eq(globals.class(), types().dict) { dict::get_str(globals, name) } else { mapping_get(globals, name)? };
    match found {
        Some(v) => Ok(v),
        None => builtin(builtins, name),
    }
}

fn builtin(builtins: &Value, name: &Value) -> Res {
    let found = if std::ptr::eq(builtins.class(), types().dict) { dict::get_str(builtins, name) } else { mapping_get(builtins, name)? };
    found.ok_or_else(|| name_not_defined(name))
}

/// STORE_GLOBAL.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn store_global(frame: *mut Frame, name: &Value, value: &Value) -> Res<()> {
    // SAFETY: passed on.
    let (globals, _) = unsafe { globals_of(frame) };
    dict::set(globals, name, value)
}

/// DELETE_GLOBAL.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn delete_global(frame: *mut Frame, name: &Value) -> Res<()> {
    // SAFETY: passed on.
    let (globals, _) = unsafe { globals_of(frame) };
    if dict::delete(globals, name)? { Ok(()) } else { Err(name_not_defined(name)) }
}

unsafe fn locals_mapping(frame: *mut Frame, doing: &str, name: &Value) -> Res {
    // SAFETY: the frame is running.
    unsafe {
        if (*frame).locals == NULL {
            return Err(exc::system_error(format!("no locals {doing} {}", protocol::repr_string(name)?)));
        }
        Ok(Value::clone_word((*frame).locals))
    }
}

fn mapping_get(mapping: &Value, name: &Value) -> Res<Option<Value>> {
    if std::ptr::eq(mapping.class(), types().dict) {
        return dict::get(mapping, name);
    }
    exc::catch(protocol::get_item(mapping, name), types().key_error)
}

/// LOAD_NAME: locals, then globals, then builtins.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_name(frame: *mut Frame, name: &Value) -> Res {
    // SAFETY: passed on.
    unsafe {
        let locals = locals_mapping(frame, "when loading", name)?;
        match mapping_get(&locals, name)? {
            Some(v) => Ok(v),
            // Here a `__missing__` of the globals does not count.
            None => {
                let (globals, builtins) = globals_of(frame);
                match dict::get_str(globals, name) {
                    Some(v) => Ok(v),
                    None => builtin(builtins, name),
                }
            }
        }
    }
}

/// STORE_NAME.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn store_name(frame: *mut Frame, name: &Value, value: &Value) -> Res<()> {
    // SAFETY: passed on.
    let locals = unsafe { locals_mapping(frame, "found when storing", name)? };
    if std::ptr::eq(locals.class(), types().dict) { dict::set(&locals, name, value) } else { protocol::set_item(&locals, name, value) }
}

/// DELETE_NAME.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn delete_name(frame: *mut Frame, name: &Value) -> Res<()> {
    // SAFETY: passed on.
    let locals = unsafe { locals_mapping(frame, "when deleting", name)? };
    match exc::catch(protocol::del_item(&locals, name), types().key_error)? {
        Some(()) => Ok(()),
        None => Err(name_not_defined(name)),
    }
}

/// LOAD_LOCALS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_locals(frame: *mut Frame) -> Res {
    // SAFETY: passed on.
    unsafe {
        if (*frame).locals == NULL {
            return Err(exc::system_error("no locals"));
        }
        Ok(Value::clone_word((*frame).locals))
    }
}

/// LOAD_FROM_DICT_OR_GLOBALS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn from_dict_or_globals(frame: *mut Frame, mapping: &Value, name: &Value) -> Res {
    match mapping_get(mapping, name)? {
        Some(v) => Ok(v),
        // SAFETY: passed on.
        None => unsafe { load_global(frame, name) },
    }
}

/// LOAD_FROM_DICT_OR_DEREF.
///
/// # Safety
/// `frame` is the running frame and `i` one of its cells.
pub unsafe fn from_dict_or_deref(frame: *mut Frame, mapping: &Value, i: usize) -> Res {
    // SAFETY: passed on.
    unsafe {
        let code = &*(*frame).code;
        if let Some(v) = mapping_get(mapping, &code.localsplusnames[i])? {
            return Ok(v);
        }
        match cellobject::this(view(Frame::locals(frame).add(i))).content.get() {
            Some(v) => Ok(v),
            None => {
                unbound_deref(code, i);
                Err(Raised(()))
            }
        }
    }
}

/// LOAD_BUILD_CLASS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_build_class(frame: *mut Frame) -> Res {
    // SAFETY: passed on.
    let (_, builtins) = unsafe { globals_of(frame) };
    match mapping_get(builtins, &names().__build_class__)? {
        Some(f) => Ok(f),
        None => Err(exc::name_error("__build_class__ not found")),
    }
}

/// SETUP_ANNOTATIONS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn setup_annotations(frame: *mut Frame) -> Res<()> {
    // SAFETY: passed on.
    let locals = unsafe { locals_mapping(frame, "found when setting up annotations", &names().__annotations__)? };
    if mapping_get(&locals, &names().__annotations__)?.is_none() {
        protocol::set_item(&locals, &names().__annotations__, &dict::new())?;
    }
    Ok(())
}

/// COPY_FREE_VARS.
///
/// # Safety
/// `frame` is the running frame, whose function has a closure of `n` cells.
pub unsafe fn copy_free_vars(frame: *mut Frame, n: usize) {
    // SAFETY: the closure has as many cells as the code has free variables.
    unsafe {
        let Some(closure) = function::this(view(&raw const (*frame).func)).closure.peek() else { return };
        let first = (*(*frame).code).nlocalsplus() - n;
        for (i, c) in tuple::items(closure).iter().enumerate().take(n) {
            *Frame::locals(frame).add(first + i) = c.clone().into_word();
        }
    }
}
