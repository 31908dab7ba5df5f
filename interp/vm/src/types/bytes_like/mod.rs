//! What bytes and bytearray have in common: methods that read bytes and give a new object of the same kind.

pub mod case;
pub mod hex;
pub mod iter;
pub mod search;
pub mod split;
pub mod transform;

pub use iter::{BYTEARRAY_SPEC as BYTEARRAY_ITER_SPEC, SPEC as ITER_SPEC};

use crate::buffer::{self, Buffer};
use crate::class::native::Args;
use crate::protocol::iter as iteration;
use crate::types::{bounds, bytearray, bytes, list, slice, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{codecs, exc};

/// The bytes of a bytes object or a bytearray. Not to be held across anything that may run Python.
#[inline]
pub fn this(v: &Value) -> &[u8] {
    if bytes::is_bytes(v) { bytes::as_slice(v) } else { bytearray::as_slice(v) }
}

/// A new object of the kind of `v`.
pub fn like(v: &Value, data: &[u8]) -> Res {
    if bytes::is_bytes(v) { bytes::try_new(data) } else { bytearray::with_len(data.len(), |to| to.copy_from_slice(data)) }
}

/// A new object of the kind of `v`, `len` bytes long, that `fill` writes over zeros.
pub fn like_with_len(v: &Value, len: usize, fill: impl FnOnce(&mut [u8])) -> Res {
    if bytes::is_bytes(v) { bytes::with_len(len, fill) } else { bytearray::with_len(len, fill) }
}

/// What a method that changes nothing returns: exact bytes themselves, else a copy.
pub fn same(v: &Value) -> Res {
    if bytes::is_exact(v) { Ok(v.clone()) } else { like(v, this(v)) }
}

/// An argument's bytes, kept in place while this lives.
pub enum Operand {
    /// A bytes object.
    Bytes(Value),
    /// Anything else.
    View(Buffer),
}

impl Operand {
    /// The bytes of a bytes-like object. Raises TypeError.
    pub fn of(v: &Value) -> Res<Operand> {
        if bytes::is_bytes(v) { Ok(Operand::Bytes(v.clone())) } else { buffer::get(v).map(Operand::View) }
    }

    /// The bytes.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Operand::Bytes(v) => bytes::as_slice(v),
            Operand::View(b) => b.as_slice(),
        }
    }
}

/// `len` zeros. Raises MemoryError.
pub fn zeros(len: usize) -> Res<Vec<u8>> {
    let mut data = Vec::new();
    if data.try_reserve_exact(len).is_err() {
        return Err(exc::memory_error());
    }
    data.resize(len, 0);
    Ok(data)
}

/// Fills `to` with copies of `piece`.
pub fn fill_repeated(to: &mut [u8], piece: &[u8]) {
    match piece {
        [] => {}
        [b] => to.fill(*b),
        _ => {
            let mut done = piece.len().min(to.len());
            to[..done].copy_from_slice(&piece[..done]);
            while done < to.len() {
                let n = done.min(to.len() - done);
                to.copy_within(..n, done);
                done += n;
            }
        }
    }
}

/// Copies the bytes of a slice with a step, which are known to be in range.
pub fn copy_strided(to: &mut [u8], from: &[u8], start: isize, step: isize) {
    if step == 1 {
        to.copy_from_slice(&from[start as usize..start as usize + to.len()]);
        return;
    }
    for (i, b) in to.iter_mut().enumerate() {
        *b = from[(start + i as isize * step) as usize];
    }
}

/// The indices a slice names in a sequence whose length `len` is asked for after the slice has been read, as that
/// may run Python code which changes it.
pub fn slice_of(key: &Value, len: impl FnOnce() -> usize) -> Res<(isize, isize, isize, usize)> {
    let Some(s) = slice::downcast(key) else { return Err(exc::system_error("a slice is expected")) };
    let indices = s.unpack()?.adjust(len());
    Ok((indices.start as isize, indices.stop as isize, indices.step as isize, indices.count))
}

/// A size argument of a constructor.
pub fn size(v: &Value) -> Res<usize> {
    let n = match v.as_small_int() {
        Some(i) => i as isize,
        None => {
            let i = crate::protocol::number::index(v)?;
            match crate::types::int::as_i64(&i) {
                Some(i) => i as isize,
                None => return Err(exc::overflow_error(format!("cannot fit '{}' into an index-sized integer", v.class().name()))),
            }
        }
    };
    usize::try_from(n).map_err(|_| exc::value_error("negative count"))
}

/// The bytes that an iterable of ints gives.
pub fn collect(source: &Value, range_message: &str) -> Res<Vec<u8>> {
    let mut out = Vec::new();
    let mut push = |item: &Value| -> Res<()> {
        let byte = bounds::byte(item, range_message)?;
        if out.try_reserve(1).is_err() {
            return Err(exc::memory_error());
        }
        out.push(byte);
        Ok(())
    };
    if std::ptr::eq(source.class(), types().tuple) {
        tuple::items(source).iter().try_for_each(&mut push)?;
    } else if std::ptr::eq(source.class(), types().list) {
        let mut i = 0;
        while let Some(item) = list::get(source, i) {
            push(&item)?;
            i += 1;
        }
    } else {
        let iterator = iteration::iter(source)?;
        while let Some(item) = iteration::next(&iterator)? {
            push(&item)?;
        }
    }
    Ok(out)
}

/// The `encoding` and `errors` arguments of a constructor.
pub fn text_args(fname: &str, a: Args) -> Res<(Option<String>, Option<String>)> {
    let name = |i: usize, what: &str| match a.opt(i) {
        None => Ok(None),
        Some(v) if str::is_str(v) => str::new::as_c_string(v).map(Some),
        Some(v) => Err(exc::type_error(format!("{fname}() argument '{what}' must be str, not {}", v.class().full_name()))),
    };
    Ok((name(1, "encoding")?, name(2, "errors")?))
}

/// The bytes a constructor makes of a str and an encoding.
pub fn encoded(source: &Value, encoding: Option<String>, errors: Option<String>) -> Res {
    if !str::is_str(source) {
        return Err(exc::type_error(if encoding.is_some() {
            "encoding without a string argument"
        } else {
            "errors without a string argument"
        }));
    }
    let Some(encoding) = encoding else { return Err(exc::type_error("string argument without an encoding")) };
    codecs::encode(source, &encoding, errors.as_deref().unwrap_or("strict"))
}

/// `decode`.
pub fn decode(a: Args) -> Res {
    let name = |i: usize, what: &str| match a.opt(i) {
        None => Ok(None),
        Some(v) if str::is_str(v) => str::new::as_c_string(v).map(Some),
        Some(v) => Err(exc::type_error(format!("decode() argument '{what}' must be str, not {}", v.class().full_name()))),
    };
    let (encoding, errors) = (name(1, "encoding")?, name(2, "errors")?);
    let buffer = buffer::get(a.at(0))?;
    codecs::decode(a.at(0), &buffer, encoding.as_deref().unwrap_or("utf-8"), errors.as_deref().unwrap_or("strict"))
}

/// The repr of bytes as `b'…'`, with text around it. With `quotes`, single quotes are escaped between double ones too.
pub fn repr(data: &[u8], before: &str, after: &str, quotes: bool) -> Res {
    let quote = if data.contains(&b'\'') && !data.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = Vec::new();
    if out.try_reserve(data.len() + before.len() + after.len() + 3).is_err() {
        return Err(exc::memory_error());
    }
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(&[b'b', quote]);
    for &b in data {
        match b {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b if b == quote || quotes && b == b'\'' => out.extend_from_slice(&[b'\\', b]),
            b' '..=b'~' => out.push(b),
            b => out.extend_from_slice(&[b'\\', b'x', hex::DIGITS[b as usize >> 4], hex::DIGITS[b as usize & 15]]),
        }
    }
    out.push(quote);
    out.extend_from_slice(after.as_bytes());
    match std::str::from_utf8(&out) {
        Ok(text) => str::try_new(text),
        Err(_) => str::try_from_view(str::StrView::Latin1(&out)),
    }
}
