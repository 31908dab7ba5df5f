//! Error handlers: what becomes of text that cannot be encoded, and of bytes that cannot be decoded.
//!
//! A handler takes the exception and returns what to put in place of `object[start:end]` and where to go on. The
//! built-in handlers are answered here without making an exception; others are called through the registry.

use super::registry;
use crate::call;
use crate::class::native::{Args, FnDef, def};
use crate::exc::{self, Raised};
use crate::protocol::attr;
use crate::types::str::{Builder, StrView};
use crate::types::{bounds, bytes, str, tuple};
use crate::unicode;
use crate::value::{Res, Value};
use crate::vm::{names, types};
use std::borrow::Cow;

/// An error handler by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// Raises the exception.
    Strict,
    /// Leaves the part out.
    Ignore,
    /// A question mark or U+FFFD.
    Replace,
    /// Bytes as lone surrogates U+DC80..U+DCFF.
    SurrogateEscape,
    /// Surrogates as if they were characters.
    SurrogatePass,
    /// Escape sequences.
    BackslashReplace,
    /// `&#…;`
    XmlCharRefReplace,
    /// `\N{…}`
    NameReplace,
    /// One that is registered under this name.
    Registered(String),
}

impl Handler {
    /// The handler with this name.
    pub fn named(name: &str) -> Handler {
        match name {
            "strict" => Handler::Strict,
            "ignore" => Handler::Ignore,
            "replace" => Handler::Replace,
            "surrogateescape" => Handler::SurrogateEscape,
            "surrogatepass" => Handler::SurrogatePass,
            "backslashreplace" => Handler::BackslashReplace,
            "xmlcharrefreplace" => Handler::XmlCharRefReplace,
            "namereplace" => Handler::NameReplace,
            other => Handler::Registered(other.to_owned()),
        }
    }
}

/// Bytes on their way to text.
pub struct Decoding<'a> {
    /// The bytes; a handler can put others in their place.
    pub data: Cow<'a, [u8]>,
    /// The text so far.
    pub out: Builder,
    handler: Handler,
    exception: Option<Value>,
}

impl<'a> Decoding<'a> {
    /// Nothing decoded yet.
    pub fn new(data: &'a [u8], errors: &str) -> Decoding<'a> {
        Decoding { data: Cow::Borrowed(data), out: Builder::with_capacity(data.len()), handler: Handler::named(errors), exception: None }
    }

    /// The text.
    pub fn finish(self) -> Res {
        self.out.try_finish()
    }

    /// Deals with bytes `start..end`, which cannot be decoded: adds the replacement and says where to go on.
    pub fn error(&mut self, encoding: &str, start: usize, end: usize, reason: &str) -> Res<usize> {
        match &self.handler {
            Handler::Ignore => return Ok(end),
            Handler::Replace => {
                self.out.push(0xfffd);
                return Ok(end);
            }
            Handler::BackslashReplace => {
                for i in start..end {
                    str::repr::push_escape(self.data[i].into(), &mut self.out);
                }
                return Ok(end);
            }
            Handler::SurrogateEscape => {
                let bad: Vec<u8> = self.data[start..end].iter().copied().take_while(|&b| b >= 0x80).collect();
                if !bad.is_empty() {
                    self.out.extend(bad.iter().map(|&b| 0xdc00 + u32::from(b)));
                    return Ok(start + bad.len());
                }
            }
            Handler::SurrogatePass => {
                if let Some((c, n)) = passed_surrogate(encoding, &self.data[start..]) {
                    self.out.push(c);
                    return Ok(start + n);
                }
            }
            Handler::Registered(name) => return self.call_handler(&name.clone(), encoding, start, end, reason),
            // These say nothing of decoding, which their functions word.
            Handler::XmlCharRefReplace | Handler::NameReplace => {
                let name = if self.handler == Handler::NameReplace { "namereplace" } else { "xmlcharrefreplace" };
                return self.call_handler(name, encoding, start, end, reason);
            }
            Handler::Strict => {}
        }
        Err(super::decode_error(encoding, &self.data, start, end, reason))
    }

    fn call_handler(&mut self, name: &str, encoding: &str, start: usize, end: usize, reason: &str) -> Res<usize> {
        let handler = registry::lookup_error(name)?;
        let exception = match &self.exception {
            Some(e) => {
                attr::setattr(e, &str::intern("start"), &Value::usize(start))?;
                attr::setattr(e, &str::intern("end"), &Value::usize(end))?;
                attr::setattr(e, &str::intern("reason"), &str::new(reason))?;
                e.clone()
            }
            None => {
                let args = [str::new(encoding), bytes::try_new(&self.data)?, Value::usize(start), Value::usize(end), str::new(reason)];
                self.exception.insert(call::call(&types().unicode_decode_error.value(), &args, None)?).clone()
            }
        };
        let answer = call::call1(&handler, &exception)?;
        let wrong = || exc::type_error("decoding error handler must return (str, int) tuple");
        let (text, at) = match answer.is_instance(types().tuple).then(|| tuple::items(&answer)) {
            Some([text, at]) if str::is_str(text) => (text, at),
            _ => return Err(wrong()),
        };
        let at = bounds::size_arg(at)?;
        // The handler may have put other bytes into the exception; they are what decoding goes on with.
        let object = attr::getattr(&exception, &str::intern("object"))?;
        if !bytes::is_bytes(&object) {
            return Err(exc::type_error("exception attribute object must be bytes"));
        }
        if bytes::as_slice(&object) != &*self.data {
            self.data = Cow::Owned(bytes::as_slice(&object).to_vec());
        }
        let at = position(at, self.data.len())?;
        self.out.push_value(text);
        Ok(at)
    }
}

/// A position that a handler returned, negative ones counted from the end.
fn position(at: isize, len: usize) -> Res<usize> {
    let from_start = if at < 0 { at + len as isize } else { at };
    usize::try_from(from_start)
        .ok()
        .filter(|&i| i <= len)
        .ok_or_else(|| exc::index_error(format!("position {from_start} from error handler out of bounds")))
}

/// What a handler puts in place of text that cannot be encoded.
pub enum Replacement {
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// Text, which has to be encoded.
    Text(Value),
}

/// Text on its way to bytes.
pub struct Encoding<'a> {
    /// The text, a str.
    pub text: &'a Value,
    /// The bytes so far.
    pub out: Vec<u8>,
    handler: Handler,
    exception: Option<Value>,
}

impl<'a> Encoding<'a> {
    /// Nothing encoded yet.
    pub fn new(text: &'a Value, errors: &str) -> Encoding<'a> {
        Encoding { text, out: Vec::new(), handler: Handler::named(errors), exception: None }
    }

    /// The code points to encode.
    pub fn view(&self) -> StrView<'a> {
        str::view(self.text)
    }

    /// The bytes.
    pub fn finish(self) -> Res {
        bytes::try_new(&self.out)
    }

    /// Raises UnicodeEncodeError for code points `start..end`.
    pub fn raise(&self, encoding: &str, start: usize, end: usize, reason: &str) -> Raised {
        super::encode_error(encoding, self.text, start, end, reason)
    }

    /// What to put in place of code points `start..end`, which cannot be encoded, and where to go on.
    pub fn error(&mut self, encoding: &str, start: usize, end: usize, reason: &str) -> Res<(Replacement, usize)> {
        let part = self.view().slice(start, end);
        let text = |b: Builder| Ok((Replacement::Text(b.try_finish()?), end));
        match &self.handler {
            Handler::Strict => {}
            Handler::Ignore => return Ok((Replacement::Bytes(Vec::new()), end)),
            Handler::Replace => return text(replaced(part)),
            Handler::BackslashReplace => return text(backslash_replaced(part)),
            Handler::XmlCharRefReplace => return text(xml_replaced(part)),
            Handler::NameReplace => return text(name_replaced(part)),
            Handler::SurrogateEscape => {
                if let Some(escaped) = unescape_surrogates(part) {
                    return Ok((Replacement::Bytes(escaped), end));
                }
            }
            Handler::SurrogatePass => {
                if let Some(passed) = pass_surrogates(encoding, part) {
                    return Ok((Replacement::Bytes(passed), end));
                }
            }
            Handler::Registered(name) => return self.call_handler(&name.clone(), encoding, start, end, reason),
        }
        Err(self.raise(encoding, start, end, reason))
    }

    fn call_handler(&mut self, name: &str, encoding: &str, start: usize, end: usize, reason: &str) -> Res<(Replacement, usize)> {
        let handler = registry::lookup_error(name)?;
        let exception = match &self.exception {
            Some(e) => {
                attr::setattr(e, &str::intern("start"), &Value::usize(start))?;
                attr::setattr(e, &str::intern("end"), &Value::usize(end))?;
                attr::setattr(e, &str::intern("reason"), &str::new(reason))?;
                e.clone()
            }
            None => {
                let args = [str::new(encoding), self.text.clone(), Value::usize(start), Value::usize(end), str::new(reason)];
                self.exception.insert(call::call(&types().unicode_encode_error.value(), &args, None)?).clone()
            }
        };
        let answer = call::call1(&handler, &exception)?;
        let wrong = || exc::type_error("encoding error handler must return (str/bytes, int) tuple");
        let (replacement, at) = match answer.is_instance(types().tuple).then(|| tuple::items(&answer)) {
            Some([r, at]) if str::is_str(r) => (Replacement::Text(r.clone()), at),
            Some([r, at]) if bytes::is_bytes(r) => (Replacement::Bytes(bytes::as_slice(r).to_vec()), at),
            _ => return Err(wrong()),
        };
        let at = position(bounds::size_arg(at)?, self.view().len())?;
        Ok((replacement, at))
    }
}

fn is_surrogate(c: u32) -> bool {
    (0xd800..0xe000).contains(&c)
}

/// A surrogate in the bytes of a UTF encoding, and how many bytes it takes.
fn passed_surrogate(encoding: &str, data: &[u8]) -> Option<(u32, usize)> {
    let (c, n) = match (&*super::normalize(encoding), data) {
        ("utf_8" | "utf8", [a, b, c, ..]) if a & 0xf0 == 0xe0 && b & 0xc0 == 0x80 && c & 0xc0 == 0x80 => {
            (u32::from(a & 0xf) << 12 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f), 3)
        }
        ("utf_16_le" | "utf_16", [a, b, ..]) => (u16::from_le_bytes([*a, *b]).into(), 2),
        ("utf_16_be", [a, b, ..]) => (u16::from_be_bytes([*a, *b]).into(), 2),
        ("utf_32_le" | "utf_32", [a, b, c, d, ..]) => (u32::from_le_bytes([*a, *b, *c, *d]), 4),
        ("utf_32_be", [a, b, c, d, ..]) => (u32::from_be_bytes([*a, *b, *c, *d]), 4),
        _ => return None,
    };
    is_surrogate(c).then_some((c, n))
}

/// Surrogates encoded as if they were characters; `None` if something else is among them, or in other encodings.
fn pass_surrogates(encoding: &str, part: StrView) -> Option<Vec<u8>> {
    let encoding = super::normalize(encoding);
    let mut out = Vec::new();
    for c in part.iter() {
        if !is_surrogate(c) {
            return None;
        }
        match &*encoding {
            "utf_8" | "utf8" => utf8_push(c, &mut out),
            "utf_16_le" | "utf_16" => out.extend_from_slice(&(c as u16).to_le_bytes()),
            "utf_16_be" => out.extend_from_slice(&(c as u16).to_be_bytes()),
            "utf_32_le" | "utf_32" => out.extend_from_slice(&c.to_le_bytes()),
            "utf_32_be" => out.extend_from_slice(&c.to_be_bytes()),
            _ => return None,
        }
    }
    Some(out)
}

/// Appends the UTF-8 form of a code point, surrogates included.
pub fn utf8_push(c: u32, out: &mut Vec<u8>) {
    match c {
        0..0x80 => out.push(c as u8),
        0x80..0x800 => out.extend_from_slice(&[0xc0 | (c >> 6) as u8, 0x80 | (c & 0x3f) as u8]),
        0x800..0x10000 => out.extend_from_slice(&[0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 0x3f) as u8, 0x80 | (c & 0x3f) as u8]),
        _ => out.extend_from_slice(&[
            0xf0 | (c >> 18) as u8,
            0x80 | (c >> 12 & 0x3f) as u8,
            0x80 | (c >> 6 & 0x3f) as u8,
            0x80 | (c & 0x3f) as u8,
        ]),
    }
}

/// The bytes that lone surrogates stand for, if all do.
fn unescape_surrogates(part: StrView) -> Option<Vec<u8>> {
    part.iter().map(|c| (0xdc80..0xdd00).contains(&c).then(|| (c - 0xdc00) as u8)).collect()
}

fn replaced(part: StrView) -> Builder {
    let mut out = Builder::new();
    out.extend(std::iter::repeat_n('?' as u32, part.len()));
    out
}

fn backslash_replaced(part: StrView) -> Builder {
    let mut out = Builder::new();
    part.iter().for_each(|c| str::repr::push_escape(c, &mut out));
    out
}

fn xml_replaced(part: StrView) -> Builder {
    let mut out = Builder::new();
    part.iter().for_each(|c| out.push_str(&format!("&#{c};")));
    out
}

fn name_replaced(part: StrView) -> Builder {
    let mut out = Builder::new();
    for c in part.iter() {
        match unicode::name(c) {
            Some(name) => out.push_str(&format!("\\N{{{name}}}")),
            None => str::repr::push_escape(c, &mut out),
        }
    }
    out
}

/// The built-in handlers as Python functions, by name.
pub static FUNCTIONS: &[(&str, FnDef)] = &[
    (
        "strict",
        def(
            "strict_errors",
            "(exception, /)",
            strict_errors,
            "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.",
        ),
    ),
    (
        "ignore",
        def(
            "ignore_errors",
            "(exception, /)",
            ignore_errors,
            "Implements the 'ignore' error handling, which ignores malformed data and continues.",
        ),
    ),
    (
        "replace",
        def(
            "replace_errors",
            "(exception, /)",
            replace_errors,
            "Implements the 'replace' error handling, which replaces malformed data with a replacement marker.",
        ),
    ),
    (
        "xmlcharrefreplace",
        def(
            "xmlcharrefreplace_errors",
            "(exception, /)",
            xml_errors,
            "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.",
        ),
    ),
    (
        "backslashreplace",
        def(
            "backslashreplace_errors",
            "(exception, /)",
            backslash_errors,
            "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.",
        ),
    ),
    (
        "namereplace",
        def(
            "namereplace_errors",
            "(exception, /)",
            name_errors,
            "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.",
        ),
    ),
    ("surrogatepass", def("surrogatepass", "(exception, /)", surrogatepass_errors, "")),
    ("surrogateescape", def("surrogateescape", "(exception, /)", surrogateescape_errors, "")),
];

/// What a handler function needs to know of its exception.
enum Fault {
    /// UnicodeEncodeError: the text.
    Encode(Value, usize, usize),
    /// UnicodeDecodeError: the bytes.
    Decode(Value, usize, usize),
    /// UnicodeTranslateError: the text.
    Translate(Value, usize, usize),
}

fn wrong_exception(e: &Value) -> Raised {
    exc::type_error(format!("don't know how to handle {} in error callback", e.class().full_name()))
}

fn fault(e: &Value) -> Res<Fault> {
    let t = types();
    let is = |class| e.is_instance(class);
    if !is(t.unicode_encode_error) && !is(t.unicode_decode_error) && !is(t.unicode_translate_error) {
        return Err(wrong_exception(e));
    }
    let object = attr::getattr(e, &str::intern("object"))?;
    let number = |name: &str| -> Res<isize> { bounds::size_arg(&attr::getattr(e, &str::intern(name))?) };
    let (start, end) = (number("start")?, number("end")?);
    let len = if str::is_str(&object) {
        str::len(&object)
    } else if bytes::is_bytes(&object) {
        bytes::as_slice(&object).len()
    } else {
        0
    } as isize;
    let start = start.clamp(0, (len - 1).max(0)) as usize;
    let end = end.clamp((start as isize + 1).min(len), len).max(start as isize) as usize;
    if is(t.unicode_decode_error) {
        return match bytes::is_bytes(&object) {
            true => Ok(Fault::Decode(object, start, end)),
            false => Err(exc::type_error("object attribute must be bytes")),
        };
    }
    if !str::is_str(&object) {
        return Err(exc::type_error("object attribute must be unicode"));
    }
    Ok(if is(t.unicode_encode_error) { Fault::Encode(object, start, end) } else { Fault::Translate(object, start, end) })
}

fn answer(text: Value, at: usize) -> Res {
    Ok(tuple::from_vec(vec![text, Value::usize(at)]))
}

fn strict_errors(a: Args) -> Res {
    let e = a.at(0);
    if e.is_instance(types().base_exception) {
        Err(exc::raise(e.clone()))
    } else {
        Err(exc::type_error("codec must pass exception instance"))
    }
}

fn ignore_errors(a: Args) -> Res {
    match fault(a.at(0))? {
        Fault::Encode(_, _, end) | Fault::Decode(_, _, end) | Fault::Translate(_, _, end) => answer(str::empty(), end),
    }
}

fn replace_errors(a: Args) -> Res {
    match fault(a.at(0))? {
        Fault::Encode(text, start, end) => answer(replaced(str::view(&text).slice(start, end)).try_finish()?, end),
        Fault::Decode(_, _, end) => answer(str::from_code_point(0xfffd), end),
        Fault::Translate(_, start, end) => answer(str::from_code_points(std::iter::repeat_n(0xfffd, end - start)), end),
    }
}

fn xml_errors(a: Args) -> Res {
    match fault(a.at(0))? {
        Fault::Encode(text, start, end) => answer(xml_replaced(str::view(&text).slice(start, end)).try_finish()?, end),
        _ => Err(wrong_exception(a.at(0))),
    }
}

fn backslash_errors(a: Args) -> Res {
    match fault(a.at(0))? {
        Fault::Encode(text, start, end) | Fault::Translate(text, start, end) => {
            answer(backslash_replaced(str::view(&text).slice(start, end)).try_finish()?, end)
        }
        Fault::Decode(data, start, end) => {
            let part = StrView::Latin1(&bytes::as_slice(&data)[start..end]);
            answer(backslash_replaced(part).try_finish()?, end)
        }
    }
}

fn name_errors(a: Args) -> Res {
    match fault(a.at(0))? {
        Fault::Encode(text, start, end) => answer(name_replaced(str::view(&text).slice(start, end)).try_finish()?, end),
        _ => Err(wrong_exception(a.at(0))),
    }
}

fn surrogatepass_errors(a: Args) -> Res {
    let e = a.at(0);
    let encoding = |e: &Value| attr::getattr(e, &names().encoding).map(|v| str::display(&v));
    match fault(e)? {
        Fault::Encode(text, start, end) => {
            if let Some(passed) = pass_surrogates(&encoding(e)?, str::view(&text).slice(start, end)) {
                return answer(bytes::try_new(&passed)?, end);
            }
        }
        Fault::Decode(data, start, _) => {
            if let Some((c, n)) = passed_surrogate(&encoding(e)?, &bytes::as_slice(&data)[start..]) {
                return answer(str::from_code_point(c), start + n);
            }
        }
        Fault::Translate(..) => return Err(wrong_exception(e)),
    }
    Err(exc::raise(e.clone()))
}

fn surrogateescape_errors(a: Args) -> Res {
    let e = a.at(0);
    match fault(e)? {
        Fault::Encode(text, start, end) => {
            if let Some(escaped) = unescape_surrogates(str::view(&text).slice(start, end)) {
                return answer(bytes::try_new(&escaped)?, end);
            }
        }
        Fault::Decode(data, start, end) => {
            let bad: Vec<u32> =
                bytes::as_slice(&data)[start..end].iter().take_while(|&&b| b >= 0x80).map(|&b| 0xdc00 + u32::from(b)).collect();
            if !bad.is_empty() {
                let n = bad.len();
                return answer(str::from_code_points(bad.into_iter()), start + n);
            }
        }
        Fault::Translate(..) => return Err(wrong_exception(e)),
    }
    Err(exc::raise(e.clone()))
}
