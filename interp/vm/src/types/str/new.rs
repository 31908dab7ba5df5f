//! `str(...)`, and taking strs out of values for Rust code.

use super::intern;
use super::payload::{self, is_exact, is_str};
use super::view::StrView;
use crate::class::build;
use crate::class::native::Signature;
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{buffer, codecs, exc, protocol};
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use std::borrow::Cow;

static SIGNATURE: Signature = Signature::new("str", "(object='', encoding='utf-8', errors='strict')");

pub(super) fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let text = match (args, kwnames) {
        ([], None) => intern::empty(),
        ([object], None) => protocol::str(object)?,
        (_, None) if args.len() > 3 => return Err(exc::type_error(format!("str expected at most 3 arguments, got {}", args.len()))),
        _ => SIGNATURE.bind(args, kwnames, |a| {
            let name = |i: usize, what: &str| match a.opt(i) {
                None => Ok(None),
                Some(v) if is_str(v) => as_c_string(v).map(Some),
                Some(v) => Err(exc::type_error(format!("str() argument '{what}' must be str, not {}", v.class().full_name()))),
            };
            let (encoding, errors) = (name(1, "encoding")?, name(2, "errors")?);
            match a.opt(0) {
                None => Ok(intern::empty()),
                Some(object) if encoding.is_none() && errors.is_none() => protocol::str(object),
                Some(object) => decode_object(object, encoding.as_deref(), errors.as_deref()),
            }
        })?,
    };
    let class = build::of(class);
    if std::ptr::eq(class, types().str) { Ok(text) } else { payload::new_subclass_instance(class, &text) }
}

/// `str(object, encoding, errors)`.
fn decode_object(object: &Value, encoding: Option<&str>, errors: Option<&str>) -> Res {
    if is_str(object) {
        return Err(exc::type_error("decoding str is not supported"));
    }
    if object.class().slots().buffer.is_none() {
        return Err(exc::type_error(format!("decoding to str: need a bytes-like object, {} found", object.class().full_name())));
    }
    let buffer = buffer::get(object)?;
    codecs::decode(object, &buffer, encoding.unwrap_or("utf-8"), errors.unwrap_or("strict"))
}

/// The text of a str that names something: no NUL, no surrogates.
pub fn as_c_string(v: &Value) -> Res<String> {
    let s = as_utf8(v)?;
    if s.contains('\0') { Err(exc::value_error("embedded null character")) } else { Ok(s.into_owned()) }
}

/// The text as UTF-8. Raises TypeError if the value is not a str, UnicodeEncodeError if it holds a surrogate.
pub fn as_utf8(v: &Value) -> Res<Cow<'_, str>> {
    let Some(s) = payload::downcast(v) else {
        return Err(exc::type_error(format!("bad argument type for built-in operation: expected str, not {}", v.class().full_name())));
    };
    if let Some(ascii) = s.as_ascii() {
        return Ok(Cow::Borrowed(ascii));
    }
    let mut text = String::with_capacity(s.len() * 2);
    for (i, c) in s.view().iter().enumerate() {
        match char::from_u32(c) {
            Some(ch) => text.push(ch),
            None => return Err(codecs::encode_error("utf-8", v, i, i + 1, "surrogates not allowed")),
        }
    }
    Ok(Cow::Owned(text))
}

/// The text for messages: a `?` for what is not a str, a replacement character for what is not UTF-8.
pub fn display(v: &Value) -> String {
    payload::downcast(v).map_or_else(|| "?".to_owned(), |s| s.view().to_lossy())
}

/// The text as WTF-8.
pub fn to_wtf8(v: &Value) -> Wtf8Buf {
    let s = payload::payload(v);
    match s.as_ascii() {
        Some(text) => Wtf8Buf::from(text),
        None => s.view().iter().filter_map(CodePoint::from_u32).collect(),
    }
}

/// The code points of a str.
#[inline]
pub fn view(v: &Value) -> StrView<'_> {
    payload::payload(v).view()
}

/// The str itself if it is exact, else a copy that is.
pub fn exact(v: &Value) -> Value {
    if is_exact(v) { v.clone() } else { payload::from_view(view(v)) }
}
