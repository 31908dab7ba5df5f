//! Format strings of structs.

use std::rc::Rc;
use weft_vm::exc;
use weft_vm::global::Global;
use weft_vm::types::{bytes, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::call;

/// A run of items of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The format character.
    pub code: u8,
    /// Where the first item lies.
    pub offset: usize,
    /// Bytes of an item.
    pub size: usize,
    /// Number of items.
    pub repeat: usize,
}

/// A parsed format.
pub struct Format {
    /// The format as it was given.
    pub text: Vec<u8>,
    /// The items, pad bytes left out.
    pub runs: Vec<Run>,
    /// Bytes of the whole.
    pub size: usize,
    /// Number of values.
    pub count: usize,
    /// Whether numbers begin with their most significant byte.
    pub big_endian: bool,
}

/// Size and alignment of an item in native format.
fn native(code: u8) -> Option<(usize, usize)> {
    Some(match code {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => (1, 1),
        b'h' | b'H' | b'e' => (2, 2),
        b'i' | b'I' | b'f' => (4, 4),
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'P' | b'd' => (8, 8),
        b'F' => (8, 4),
        b'D' => (16, 8),
        _ => return None,
    })
}

/// Size of an item in the standard formats, which do not align.
fn standard(code: u8) -> Option<(usize, usize)> {
    match code {
        b'n' | b'N' | b'P' => None,
        b'l' | b'L' => Some((4, 1)),
        _ => native(code).map(|(size, _)| (size, 1)),
    }
}

/// Raises struct.error.
pub fn error(message: impl AsRef<str>) -> exc::Raised {
    exc::new(super::error_class(), message)
}

fn too_long() -> exc::Raised {
    error("total struct size too long")
}

impl Format {
    /// Parses a format string.
    pub fn parse(text: &[u8]) -> Res<Format> {
        if text.contains(&0) {
            return Err(error("embedded null character"));
        }
        let (order, rest) = match text.split_first() {
            Some((c @ (b'<' | b'>' | b'!' | b'=' | b'@'), rest)) => (*c, rest),
            _ => (b'@', text),
        };
        let mut format = Format { text: text.to_vec(), runs: Vec::new(), size: 0, count: 0, big_endian: matches!(order, b'>' | b'!') };
        let mut chars = rest.iter().copied().peekable();
        while let Some(c) = chars.next() {
            if matches!(c, 9..=13 | 32) {
                continue;
            }
            let (mut code, mut number) = (c, 1usize);
            if c.is_ascii_digit() {
                number = (c - b'0') as usize;
                while let Some(d) = chars.next_if(u8::is_ascii_digit) {
                    number = number.checked_mul(10).and_then(|n| n.checked_add((d - b'0') as usize)).ok_or_else(too_long)?;
                }
                code = chars.next().ok_or_else(|| error("repeat count given without format specifier"))?;
            }
            format.add(code, number, if order == b'@' { native(code) } else { standard(code) })?;
        }
        Ok(format)
    }

    fn add(&mut self, code: u8, number: usize, kind: Option<(usize, usize)>) -> Res<()> {
        let Some((size, align)) = kind else { return Err(error("bad char in struct format")) };
        let offset = self.size.checked_next_multiple_of(align).ok_or_else(too_long)?;
        let bytes = size.checked_mul(number).ok_or_else(too_long)?;
        self.size = offset.checked_add(bytes).filter(|&n| n <= isize::MAX as usize).ok_or_else(too_long)?;
        match code {
            b'x' => {}
            b's' | b'p' => {
                self.runs.push(Run { code, offset, size: number, repeat: 1 });
                self.count += 1;
            }
            _ if number > 0 => {
                self.runs.push(Run { code, offset, size, repeat: number });
                self.count += number;
            }
            _ => {}
        }
        Ok(())
    }
}

static CACHE: Global<Vec<Rc<Format>>> = Global::new(Vec::new());
const CACHE_SIZE: usize = 64;

/// The format that a str or bytes object spells.
pub fn of_value(v: &Value) -> Res<Rc<Format>> {
    let encoded;
    let source = if str::is_str(v) {
        encoded = call::call_method(v, &str::intern("encode"), &[str::intern("ascii")])?;
        &encoded
    } else if v.is_instance(types().bytes) {
        v
    } else {
        return Err(exc::type_error(format!("Struct() argument 1 must be a str or bytes object, not {}", v.class().full_name())));
    };
    let text = bytes::as_slice(source);
    // SAFETY: the GIL is held, and nothing below runs Python while the cache is borrowed.
    let cache = unsafe { &mut *CACHE.get() };
    if let Some(i) = cache.iter().position(|f| f.text == text) {
        // Formats in use move to the front.
        cache.swap(i, i / 2);
        return Ok(cache[i / 2].clone());
    }
    let format = Rc::new(Format::parse(text)?);
    // SAFETY: as above; parsing may have raised, but then it has returned.
    let cache = unsafe { &mut *CACHE.get() };
    if cache.len() >= CACHE_SIZE {
        cache.clear();
    }
    cache.push(format.clone());
    Ok(format)
}

/// Forgets all parsed formats.
pub fn clear_cache() {
    // SAFETY: the GIL is held; dropping formats runs no Python.
    unsafe { (*CACHE.get()).clear() };
}
