//! Encoding and decoding text: the codecs written in Rust, and the registry of all others.
//!
//! * [`errors`]: error handlers, the built-in ones and registered ones.
//! * [`utf8`], [`utf16`], [`utf32`], [`utf7`], [`single`], [`charmap`], [`escape`]: the codecs.
//! * [`registry`]: search functions and what they found.

pub mod charmap;
pub mod errors;
pub mod escape;
pub mod registry;
pub mod single;
pub mod utf16;
pub mod utf32;
pub mod utf7;
pub mod utf8;

use crate::buffer::Buffer;
use crate::exc::{self, Raised};
use crate::types::{bytearray, bytes, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use errors::{Decoding, Encoding};

/// The order of the bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// That of the machine; written and looked for as a byte order mark.
    Marked,
    /// The least significant byte first.
    Little,
    /// The most significant byte first.
    Big,
}

/// A codec written in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Utf8,
    Utf16(ByteOrder),
    Utf32(ByteOrder),
    Utf7,
    Latin1,
    Ascii,
    UnicodeEscape,
    RawUnicodeEscape,
}

/// An encoding's name in lower case, with `_` between words (`encodings.normalize_encoding`).
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

fn known(name: &str) -> Option<Codec> {
    // The names programs spell out most need no normalising.
    match name {
        "utf-8" | "utf8" => return Some(Codec::Utf8),
        "ascii" => return Some(Codec::Ascii),
        "latin-1" => return Some(Codec::Latin1),
        _ => {}
    }
    Some(match &*normalize(name) {
        "utf_8" | "utf8" => Codec::Utf8,
        "utf_16" | "utf16" => Codec::Utf16(ByteOrder::Marked),
        "utf_16_le" | "utf_16le" => Codec::Utf16(ByteOrder::Little),
        "utf_16_be" | "utf_16be" => Codec::Utf16(ByteOrder::Big),
        "utf_32" | "utf32" => Codec::Utf32(ByteOrder::Marked),
        "utf_32_le" | "utf_32le" => Codec::Utf32(ByteOrder::Little),
        "utf_32_be" | "utf_32be" => Codec::Utf32(ByteOrder::Big),
        "utf_7" | "utf7" => Codec::Utf7,
        "latin1" | "latin_1" | "iso_8859_1" | "iso8859_1" => Codec::Latin1,
        "ascii" | "us_ascii" => Codec::Ascii,
        "unicode_escape" => Codec::UnicodeEscape,
        "raw_unicode_escape" => Codec::RawUnicodeEscape,
        _ => return None,
    })
}

/// Decodes the bytes of `object`, of which `buffer` is a view, as `bytes.decode` does.
pub fn decode(object: &Value, buffer: &Buffer, encoding: &str, errors: &str) -> Res {
    match known(encoding) {
        Some(codec) => decode_with(codec, buffer.as_slice(), errors),
        None => {
            let made = registry::decode_text(object, encoding, errors)?;
            if str::is_str(&made) {
                return Ok(made);
            }
            Err(exc::type_error(format!(
                "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
                made.class().full_name()
            )))
        }
    }
}

/// Decodes bytes. Raises UnicodeDecodeError, or LookupError for an unknown encoding or error handler.
pub fn decode_bytes(data: &[u8], encoding: &str, errors: &str) -> Res {
    match known(encoding) {
        Some(codec) => decode_with(codec, data, errors),
        None => registry::decode_text(&bytes::try_new(data)?, encoding, errors),
    }
}

fn decode_with(codec: Codec, data: &[u8], errors: &str) -> Res {
    if codec == Codec::Utf8
        && let Ok(text) = std::str::from_utf8(data)
    {
        return str::try_new(text);
    }
    if codec == Codec::Latin1 || codec == Codec::Ascii && data.is_ascii() {
        return str::try_from_view(str::StrView::Latin1(data));
    }
    let mut d = Decoding::new(data, errors);
    match codec {
        Codec::Utf8 => utf8::decode(&mut d, true).map(drop)?,
        Codec::Utf16(order) => utf16::decode(&mut d, order, true).map(drop)?,
        Codec::Utf32(order) => utf32::decode(&mut d, order, true).map(drop)?,
        Codec::Utf7 => utf7::decode(&mut d, true).map(drop)?,
        Codec::Latin1 => single::decode_latin1(&mut d),
        Codec::Ascii => single::decode_ascii(&mut d)?,
        Codec::UnicodeEscape => escape::decode_unicode(&mut d, true).map(drop)?,
        Codec::RawUnicodeEscape => escape::decode_raw(&mut d, true).map(drop)?,
    }
    d.finish()
}

/// Encodes a str as `str.encode` does.
pub fn encode(text: &Value, encoding: &str, errors: &str) -> Res {
    match known(encoding) {
        Some(codec) => encode_with(codec, text, errors),
        None => {
            let made = registry::encode_text(text, encoding, errors)?;
            if bytes::is_bytes(&made) {
                return Ok(made);
            }
            if bytearray::is_bytearray(&made) {
                return bytes::try_new(bytearray::as_slice(&made));
            }
            Err(exc::type_error(format!(
                "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
                made.class().full_name()
            )))
        }
    }
}

fn encode_with(codec: Codec, text: &Value, errors: &str) -> Res {
    if let Some(ascii) = str::payload(text).as_ascii()
        && matches!(codec, Codec::Utf8 | Codec::Latin1 | Codec::Ascii)
    {
        return bytes::try_new(ascii.as_bytes());
    }
    let mut e = Encoding::new(text, errors);
    match codec {
        Codec::Utf8 => utf8::encode(&mut e)?,
        Codec::Utf16(order) => utf16::encode(&mut e, order)?,
        Codec::Utf32(order) => utf32::encode(&mut e, order)?,
        Codec::Utf7 => utf7::encode(&mut e),
        Codec::Latin1 => single::encode(&mut e, 0x100)?,
        Codec::Ascii => single::encode(&mut e, 0x80)?,
        Codec::UnicodeEscape => escape::encode_unicode(&mut e),
        Codec::RawUnicodeEscape => escape::encode_raw(&mut e),
    }
    e.finish()
}

/// Raises UnicodeEncodeError.
pub fn encode_error(encoding: &str, text: &Value, start: usize, end: usize, reason: &str) -> Raised {
    let args = [str::new(encoding), text.clone(), Value::usize(start), Value::usize(end), str::new(reason)];
    exc::raise_args(types().unicode_encode_error, &args)
}

/// Raises UnicodeDecodeError.
pub fn decode_error(encoding: &str, data: &[u8], start: usize, end: usize, reason: &str) -> Raised {
    match bytes::try_new(data) {
        Ok(object) => {
            let args = [str::new(encoding), object, Value::usize(start), Value::usize(end), str::new(reason)];
            exc::raise_args(types().unicode_decode_error, &args)
        }
        Err(e) => e,
    }
}

/// A file name or other text of the operating system: UTF-8, bytes that are not become lone surrogates.
pub fn fs_decode(data: &[u8]) -> Value {
    match decode_with(Codec::Utf8, data, "surrogateescape") {
        Ok(v) => v,
        // The handler has an answer for every byte; only memory can be wanting.
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<u8>()),
    }
}

/// The bytes of a file name. Raises UnicodeEncodeError.
pub fn fs_encode(text: &Value) -> Res<Vec<u8>> {
    encode_with(Codec::Utf8, text, "surrogateescape").map(|b| bytes::as_slice(&b).to_vec())
}

/// A codec function's result: what it made, and how much it used up.
pub fn with_length(made: Value, used: usize) -> Value {
    tuple::from_vec(vec![made, Value::usize(used)])
}
