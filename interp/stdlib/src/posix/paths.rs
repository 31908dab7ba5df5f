//! Text of paths: what `posixpath` would take long for in Python.

use crate::fspath;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::str::{StrView, view};
use weft_vm::types::{bytes, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::names;
use weft_vm::{call, exc};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("fspath", "($module, /, path)", |a| fspath::fspath(a.at(0)), "Return the file system path representation of the object.\n\nIf the object is str or bytes, then allow it to pass through as-is.  If\nthe object defines __fspath__(), then return the result of that method.\nAll other types raise a TypeError."),
    def("_path_normpath", "($module, /, path)", normpath, "Normalize path, eliminating double slashes, etc."),
    def("_path_splitroot_ex", "($module, /, p)", splitroot, "Split a pathname into drive, root and tail.\n\nThe tail contains anything after the root."),
];

/// A path argument, as text or bytes.
fn text(v: &Value, fname: &str, arg: &str) -> Res {
    if !str::is_str(v) && !bytes::is_bytes(v) && call::lookup_special(v, &names().__fspath__)?.is_none() {
        let got = v.class().full_name();
        return Err(exc::type_error(format!("{fname}: {arg} should be string, bytes or os.PathLike, not {got}")));
    }
    fspath::fspath(v)
}

/// How many slashes a path's root has: none, one, or two where there are exactly two.
fn root(path: StrView) -> usize {
    let slashes = path.iter().take(3).take_while(|&c| c == '/' as u32).count();
    if slashes == 3 { 1 } else { slashes }
}

/// The code points of a path without empty parts, `.`, and `..` where it has something to leave.
fn normalised(path: StrView) -> Vec<u32> {
    let slash = '/' as u32;
    let dot = '.' as u32;
    let root = root(path);
    let all: Vec<u32> = path.iter().collect();
    let mut parts: Vec<&[u32]> = Vec::new();
    for part in all.split(|&c| c == slash) {
        match part {
            [] => {}
            [d] if *d == dot => {}
            [d, e] if *d == dot && *e == dot => match parts.last() {
                Some([d, e]) if *d == dot && *e == dot => parts.push(part),
                Some(_) => {
                    parts.pop();
                }
                None if root > 0 => {}
                None => parts.push(part),
            },
            part => parts.push(part),
        }
    }
    let mut out = vec![slash; root];
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push(slash);
        }
        out.extend_from_slice(part);
    }
    if out.is_empty() { vec![dot] } else { out }
}

fn normpath(a: Args) -> Res {
    let path = text(a.at(0), "_path_normpath", "path")?;
    if bytes::is_bytes(&path) {
        let made: Vec<u8> = normalised(StrView::Latin1(bytes::as_slice(&path))).into_iter().map(|c| c as u8).collect();
        return bytes::try_new(&made);
    }
    Ok(str::from_code_points(normalised(view(&path)).into_iter()))
}

fn splitroot(a: Args) -> Res {
    let path = text(a.at(0), "_path_splitroot_ex", "path")?;
    if bytes::is_bytes(&path) {
        let all = bytes::as_slice(&path);
        let n = root(StrView::Latin1(all));
        return Ok(tuple::from_vec(vec![bytes::try_new(&[])?, bytes::try_new(&all[..n])?, bytes::try_new(&all[n..])?]));
    }
    let n = root(view(&path));
    Ok(tuple::from_vec(vec![str::empty(), str::substring(&path, 0, n)?, str::substring(&path, n, str::len(&path))?]))
}
