//! The environment.

use crate::{fspath, syscall};
use std::ffi::{CStr, CString};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::iter;
use weft_vm::types::{bytes, dict};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("putenv", "($module, name, value, /)", putenv, "Change or add an environment variable."),
    def("unsetenv", "($module, name, /)", unsetenv, "Delete an environment variable."),
    def("_create_environ", "($module, /)", |_| current(), "Create the environment dictionary."),
];

unsafe extern "C" {
    static mut environ: *mut *mut libc::c_char;
}

/// The process's environment as a dict of bytes.
pub fn current() -> Res {
    let d = dict::new();
    // SAFETY: the block is a null-terminated array of C strings; only this module changes it, with the GIL held.
    let entries: Vec<Vec<u8>> = unsafe {
        let mut at = environ;
        let mut all = Vec::new();
        while !at.is_null() && !(*at).is_null() {
            all.push(CStr::from_ptr(*at).to_bytes().to_vec());
            at = at.add(1);
        }
        all
    };
    for entry in entries {
        let Some(i) = entry.iter().position(|&b| b == b'=') else { continue };
        let (name, value) = (bytes::try_new(&entry[..i])?, bytes::try_new(&entry[i + 1..])?);
        if !dict::contains(&d, &name)? {
            dict::set(&d, &name, &value)?;
        }
    }
    Ok(d)
}

fn putenv(a: Args) -> Res {
    let (name, value) = (fspath::c_path(a.at(0))?, fspath::c_path(a.at(1))?);
    if name.as_bytes().contains(&b'=') {
        return Err(exc::value_error("illegal environment variable name"));
    }
    // SAFETY: the strings live until the call is over, which copies them.
    syscall::quick(None, unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) })?;
    Ok(Value::NONE)
}

fn unsetenv(a: Args) -> Res {
    let name = fspath::c_path(a.at(0))?;
    // SAFETY: the name lives until the call is over.
    syscall::quick(None, unsafe { libc::unsetenv(name.as_ptr()) })?;
    Ok(Value::NONE)
}

/// The entries of a mapping as `NAME=value`, as new programs get them.
pub fn block(fname: &str, v: &Value) -> Res<Vec<CString>> {
    let slots = v.class().slots();
    if slots.get_item.is_none() || v.is_instance(types().tuple) || v.is_instance(types().list) {
        return Err(exc::type_error(format!("{fname}: environment must be a mapping object")));
    }
    let items = iter::collect(&call::call_method(v, &names().items, &[])?)?;
    let mut all = Vec::new();
    for item in items {
        let pair = iter::unpack(&item, 2)?;
        let (name, value) = (fspath::c_path(&pair[0])?, fspath::c_path(&pair[1])?);
        let name = name.as_bytes();
        if name.is_empty() || name.contains(&b'=') {
            return Err(exc::value_error("illegal environment variable name"));
        }
        let entry = [name, b"=", value.as_bytes()].concat();
        all.push(CString::new(entry).map_err(|_| exc::value_error("embedded null byte"))?);
    }
    Ok(all)
}
