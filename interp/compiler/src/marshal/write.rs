//! Values to marshal streams.
//!
//! CPython remembers each object that something else refers to and writes it once. Here values have no identity, so what is equal and worth it is
//! written once: strings (interned and not kept apart), bytes, floats and large ints.

use super::{MAX_DEPTH, tag};
use crate::code::{Code, Constant};
use crate::text::Text;
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use rustpython_wtf8::Wtf8;
use std::collections::HashMap;

/// Why a value cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// "object too deeply nested to marshal".
    TooDeep,
    /// Something is longer than the format's 31-bit lengths: "unmarshallable object".
    TooLong,
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            WriteError::TooDeep => "object too deeply nested to marshal",
            WriteError::TooLong => "unmarshallable object",
        })
    }
}

impl std::error::Error for WriteError {}

type Result<T> = std::result::Result<T, WriteError>;

/// The stream of a value, in version 5 of the format.
pub fn write(value: &Constant) -> Result<Vec<u8>> {
    let mut writer = Writer { out: Vec::new(), depth: 0, shared: HashMap::new(), numbers: 0 };
    writer.count_value(value, false)?;
    writer.value(value, false)?;
    Ok(writer.out)
}

/// What makes two leaves one object in the stream.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Interned(&'a [u8]),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Float(u64),
    Int(&'a BigInt),
}

/// How often a leaf occurs, and its number once it is written.
#[derive(Default)]
struct Sharing {
    uses: usize,
    number: Option<u32>,
}

struct Writer<'a> {
    out: Vec<u8>,
    depth: usize,
    shared: HashMap<Key<'a>, Sharing>,
    numbers: u32,
}

/// CPython interns string constants that could be names.
fn is_interned_constant(text: &Wtf8) -> bool {
    text.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

fn key(value: &Constant, in_code: bool) -> Option<Key<'_>> {
    Some(match value {
        Constant::Str(s) if in_code && is_interned_constant(s) => Key::Interned(s.as_bytes()),
        Constant::Str(s) => Key::Text(s.as_bytes()),
        Constant::Bytes(b) => Key::Bytes(b),
        Constant::Float(f) => Key::Float(f.to_bits()),
        Constant::Int(i) if i.to_i32().is_none() => Key::Int(i),
        _ => return None,
    })
}

impl<'a> Writer<'a> {
    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(WriteError::TooDeep);
        }
        Ok(())
    }

    fn count(&mut self, key: Key<'a>) {
        self.shared.entry(key).or_default().uses += 1;
    }

    /// Counts the leaves; `in_code` if the value is or is in a code object's constants.
    fn count_value(&mut self, value: &'a Constant, in_code: bool) -> Result<()> {
        self.enter()?;
        if let Some(key) = key(value, in_code) {
            self.count(key);
        }
        match value {
            Constant::Tuple(items) | Constant::FrozenSet(items) | Constant::List(items) | Constant::Set(items) => {
                self.count_all(items, in_code)?
            }
            Constant::Slice(bounds) => self.count_all(&bounds[..], in_code)?,
            Constant::Dict(items) => {
                for (k, v) in items {
                    self.count_value(k, in_code)?;
                    self.count_value(v, in_code)?;
                }
            }
            Constant::Code(code) => self.count_code(code)?,
            _ => {}
        }
        self.depth -= 1;
        Ok(())
    }

    fn count_all(&mut self, items: &'a [Constant], in_code: bool) -> Result<()> {
        items.iter().try_for_each(|item| self.count_value(item, in_code))
    }

    fn count_code(&mut self, code: &'a Code) -> Result<()> {
        self.count_all(&code.consts, true)?;
        for text in code.names.iter().chain(&code.localsplusnames).chain([&code.filename, &code.name, &code.qualname]) {
            self.count(Key::Interned(text.as_bytes()));
        }
        for bytes in [&code.code, &code.localspluskinds, &code.linetable, &code.exceptiontable] {
            self.count(Key::Bytes(bytes));
        }
        Ok(())
    }

    fn size(&mut self, size: usize) -> Result<()> {
        let size = i32::try_from(size).map_err(|_| WriteError::TooLong)?;
        self.out.extend(size.to_le_bytes());
        Ok(())
    }

    /// Writes a reference if the leaf was written before; else says with which flag to write it now.
    fn share(&mut self, key: Key<'a>) -> Option<u8> {
        let sharing = self.shared.entry(key).or_default();
        if let Some(number) = sharing.number {
            self.out.push(tag::REF);
            self.out.extend(number.to_le_bytes());
            return None;
        }
        if sharing.uses < 2 {
            return Some(0);
        }
        sharing.number = Some(self.numbers);
        self.numbers += 1;
        Some(tag::FLAG_REF)
    }

    fn value(&mut self, value: &'a Constant, in_code: bool) -> Result<()> {
        self.enter()?;
        match value {
            Constant::Str(s) => self.text(s, in_code && is_interned_constant(s))?,
            Constant::Bytes(b) => self.bytes(b)?,
            Constant::Tuple(items) => self.tuple(items, in_code)?,
            Constant::List(items) => self.items(tag::LIST, items, in_code)?,
            Constant::Set(items) => self.items(tag::SET, items, in_code)?,
            Constant::FrozenSet(items) => self.items(tag::FROZENSET, items, in_code)?,
            Constant::Dict(items) => {
                self.out.push(tag::DICT);
                for (k, v) in items {
                    self.value(k, in_code)?;
                    self.value(v, in_code)?;
                }
                self.out.push(tag::NULL);
            }
            Constant::Slice(bounds) => {
                self.out.push(tag::SLICE);
                self.all(&bounds[..], in_code)?;
            }
            Constant::Code(code) => self.code(code)?,
            _ => self.number(value)?,
        }
        self.depth -= 1;
        Ok(())
    }

    fn number(&mut self, value: &'a Constant) -> Result<()> {
        let flag = match key(value, false) {
            Some(key) => match self.share(key) {
                Some(flag) => flag,
                None => return Ok(()),
            },
            None => 0,
        };
        match value {
            Constant::Bool(true) => self.out.push(tag::TRUE),
            Constant::Bool(false) => self.out.push(tag::FALSE),
            Constant::Ellipsis => self.out.push(tag::ELLIPSIS),
            Constant::StopIteration => self.out.push(tag::STOP_ITERATION),
            Constant::Int(i) => match i.to_i32() {
                Some(small) => {
                    self.out.push(tag::INT);
                    self.out.extend(small.to_le_bytes());
                }
                None => self.big_int(i, flag)?,
            },
            Constant::Float(f) => {
                self.out.push(tag::BINARY_FLOAT | flag);
                self.out.extend(f.to_le_bytes());
            }
            Constant::Complex(re, im) => {
                self.out.push(tag::BINARY_COMPLEX);
                self.out.extend(re.to_le_bytes());
                self.out.extend(im.to_le_bytes());
            }
            _ => self.out.push(tag::NONE),
        }
        Ok(())
    }

    fn big_int(&mut self, value: &BigInt, flag: u8) -> Result<()> {
        self.out.push(tag::LONG | flag);
        let count = value.bits().div_ceil(15);
        let count = i32::try_from(count).map_err(|_| WriteError::TooLong)?;
        let signed = if value.sign() == Sign::Minus { -count } else { count };
        self.out.extend(signed.to_le_bytes());
        let (mut pending, mut bits, mut left) = (0u64, 0, count);
        let mut words = value.iter_u32_digits();
        while left > 0 {
            if bits < 15 {
                pending |= u64::from(words.next().unwrap_or(0)) << bits;
                bits += 32;
            }
            self.out.extend((pending as u16 & 0x7fff).to_le_bytes());
            pending >>= 15;
            bits -= 15;
            left -= 1;
        }
        Ok(())
    }

    fn text(&mut self, text: &'a Wtf8, interned: bool) -> Result<()> {
        let bytes = text.as_bytes();
        let key = if interned { Key::Interned(bytes) } else { Key::Text(bytes) };
        let Some(flag) = self.share(key) else {
            return Ok(());
        };
        let kind = match (bytes.is_ascii(), bytes.len() < 256, interned) {
            (true, true, true) => tag::SHORT_ASCII_INTERNED,
            (true, true, false) => tag::SHORT_ASCII,
            (true, false, true) => tag::ASCII_INTERNED,
            (true, false, false) => tag::ASCII,
            (false, _, true) => tag::INTERNED,
            (false, _, false) => tag::UNICODE,
        };
        self.out.push(kind | flag);
        if bytes.is_ascii() && bytes.len() < 256 {
            self.out.push(bytes.len() as u8);
        } else {
            self.size(bytes.len())?;
        }
        self.out.extend(bytes);
        Ok(())
    }

    fn bytes(&mut self, bytes: &'a [u8]) -> Result<()> {
        let Some(flag) = self.share(Key::Bytes(bytes)) else {
            return Ok(());
        };
        self.out.push(tag::BYTES | flag);
        self.size(bytes.len())?;
        self.out.extend(bytes);
        Ok(())
    }

    fn tuple_start(&mut self, count: usize) -> Result<()> {
        match u8::try_from(count) {
            Ok(count) => self.out.extend([tag::SMALL_TUPLE, count]),
            Err(_) => {
                self.out.push(tag::TUPLE);
                self.size(count)?;
            }
        }
        Ok(())
    }

    fn tuple(&mut self, items: &'a [Constant], in_code: bool) -> Result<()> {
        self.tuple_start(items.len())?;
        self.all(items, in_code)
    }

    fn items(&mut self, kind: u8, items: &'a [Constant], in_code: bool) -> Result<()> {
        self.out.push(kind);
        self.size(items.len())?;
        self.all(items, in_code)
    }

    fn all(&mut self, items: &'a [Constant], in_code: bool) -> Result<()> {
        items.iter().try_for_each(|item| self.value(item, in_code))
    }

    fn names(&mut self, names: &'a [Text]) -> Result<()> {
        self.tuple_start(names.len())?;
        names.iter().try_for_each(|name| self.text(name, true))
    }

    fn code(&mut self, code: &'a Code) -> Result<()> {
        self.out.push(tag::CODE);
        for number in [code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize, code.flags] {
            self.out.extend(number.to_le_bytes());
        }
        self.bytes(&code.code)?;
        self.tuple(&code.consts, true)?;
        self.names(&code.names)?;
        self.names(&code.localsplusnames)?;
        self.bytes(&code.localspluskinds)?;
        self.text(&code.filename, true)?;
        self.text(&code.name, true)?;
        self.text(&code.qualname, true)?;
        self.out.extend(code.firstlineno.to_le_bytes());
        self.bytes(&code.linetable)?;
        self.bytes(&code.exceptiontable)
    }
}
