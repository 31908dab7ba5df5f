//! Path arguments: str, bytes or `os.PathLike`, as the operating system takes them.

use std::ffi::CString;
use weft_vm::types::{bytes, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::names;
use weft_vm::{call, codecs, exc};

/// What `os.fspath` returns: a str or bytes.
pub fn fspath(v: &Value) -> Res {
    if str::is_str(v) || bytes::is_bytes(v) {
        return Ok(v.clone());
    }
    let name = v.class().full_name();
    let Some(f) = call::lookup_special(v, &names().__fspath__)?.filter(|f| !f.is_none()) else {
        return Err(exc::type_error(format!("expected str, bytes or os.PathLike object, not {name}")));
    };
    let path = call::call0(&f)?;
    if str::is_str(&path) || bytes::is_bytes(&path) {
        return Ok(path);
    }
    Err(exc::type_error(format!("expected {name}.__fspath__() to return str or bytes, not {}", path.class().full_name())))
}

/// The bytes of a path.
pub fn encoded(v: &Value) -> Res<Vec<u8>> {
    let path = fspath(v)?;
    if bytes::is_bytes(&path) { Ok(bytes::as_slice(&path).to_vec()) } else { codecs::fs_encode(&path) }
}

/// A path for the operating system. Raises ValueError if it holds a NUL.
pub fn c_path(v: &Value) -> Res<CString> {
    CString::new(encoded(v)?).map_err(|_| exc::value_error("embedded null byte"))
}

/// A path that came from the operating system, as bytes or str.
pub fn decoded(path: &[u8], as_bytes: bool) -> Res {
    if as_bytes { bytes::try_new(path) } else { Ok(codecs::fs_decode(path)) }
}
