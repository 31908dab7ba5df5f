//! Code objects from the archive.
//!
//! The build script wrote what is read here, and the binary holds it: nothing needs to be checked. Texts that are names
//! are made once and kept, because the modules of the library share most of them. Nested code objects are read when they are
//! first needed.

use super::{Entry, TEXT_NUMBERS, data, number, text_count};
use rustpython_wtf8::Wtf8;
use std::borrow::Cow;
use weft_compiler::code::co_flags;
use weft_layout::tag::{NULL, Word};
use weft_vm::global::Global;
use weft_vm::types::code::{self, Deferred, Head, Parts};
use weft_vm::types::{bytes, complex, int, set, slice, str, tuple};
use weft_vm::value::Value;

/// The names made so far, by their number.
static NAMES: Global<Vec<Word>> = Global::new(Vec::new());

const IS_NAME: usize = 1;
const IS_ASCII: usize = 2;

/// The code object of a module, with this `co_filename`.
pub fn load(entry: &Entry, filename: &Value) -> Value {
    code::from_parts(parts(entry.code, filename))
}

/// How nested code objects are read.
static READER: code::Reader = code::Reader { parts, head };

fn parts(code: &'static [u8], filename: &Value) -> Parts {
    Reader::new(code, filename).code()
}

fn head(code: &'static [u8]) -> Head {
    Reader::new(code, &Value::NONE).head()
}

/// Code units from their bytes, which need not be aligned.
fn units(bytes: &[u8]) -> Box<[u16]> {
    let mut units = Box::new_uninit_slice(bytes.len() / 2);
    // SAFETY: the units are as many bytes, and any bytes are units.
    let mut units: Box<[u16]> = unsafe {
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), units.as_mut_ptr().cast(), 2 * units.len());
        units.assume_init()
    };
    if cfg!(target_endian = "big") {
        units.iter_mut().for_each(|unit| *unit = u16::from_le(*unit));
    }
    units
}

struct Reader<'a> {
    rest: &'static [u8],
    filename: &'a Value,
    names: &'a mut [Word],
}

impl<'a> Reader<'a> {
    fn new(rest: &'static [u8], filename: &'a Value) -> Reader<'a> {
        // SAFETY: the GIL is held, and nothing here runs Python.
        let names = unsafe { &mut *NAMES.get() };
        if names.is_empty() {
            *names = vec![NULL; text_count()];
        }
        Reader { rest, filename, names }
    }

    fn byte(&mut self) -> u8 {
        let (&first, rest) = self.rest.split_first().expect("the archive is whole");
        self.rest = rest;
        first
    }

    fn number(&mut self) -> u64 {
        let (mut n, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return n;
            }
            shift += 7;
        }
    }

    fn size(&mut self) -> usize {
        self.number() as usize
    }

    fn take(&mut self, n: usize) -> &'static [u8] {
        let (taken, rest) = self.rest.split_at(n);
        self.rest = rest;
        taken
    }

    fn bytes(&mut self) -> &'static [u8] {
        let n = self.size();
        self.take(n)
    }

    fn float(&mut self) -> f64 {
        f64::from_le_bytes(self.take(8).try_into().expect("eight bytes were taken"))
    }

    fn text(&mut self) -> Value {
        let i = self.size();
        let made = self.names[i];
        if made != NULL {
            // SAFETY: the table keeps a reference to what it holds.
            return unsafe { Value::clone_word(made) };
        }
        let at = 2 + super::FILE_NUMBERS * super::file_count() + TEXT_NUMBERS * i;
        let facts = number(at + 1);
        let text = data(number(at), facts >> 2);
        let v = if facts & (IS_ASCII | IS_NAME) == IS_ASCII | IS_NAME {
            str::intern_ascii(text)
        } else if facts & IS_ASCII != 0 {
            str::from_latin1(text)
        } else {
            // SAFETY: the build script writes texts as WTF-8.
            str::from_wtf8(unsafe { Wtf8::from_bytes_unchecked(text) })
        };
        if facts & IS_NAME == 0 {
            return v;
        }
        let v = str::intern_value(v);
        v.make_immortal();
        self.names[i] = v.clone().into_word();
        v
    }

    fn values<C: FromIterator<Value>>(&mut self, read: fn(&mut Self) -> Value) -> C {
        let n = self.size();
        (0..n).map(|_| read(self)).collect()
    }

    fn constant(&mut self) -> Value {
        match self.byte() {
            b'N' => Value::NONE,
            b'.' => Value::ELLIPSIS,
            b'T' => Value::TRUE,
            b'F' => Value::FALSE,
            b'i' => {
                let n = self.number();
                Value::int((n >> 1) as i64 ^ -((n & 1) as i64))
            }
            b'l' => int::from_bigint(num_bigint::BigInt::from_signed_bytes_le(self.bytes())),
            b'f' => Value::float(self.float()),
            b'c' => {
                let re = self.float();
                complex::new(re, self.float())
            }
            b's' => self.text(),
            b'b' => bytes::new(self.bytes()),
            b'(' => tuple::from_vec(self.values(Self::constant)),
            b'<' => set::frozen_from_constants(self.values(Self::constant)),
            b':' => {
                let [start, stop, step] = std::array::from_fn(|_| self.constant());
                slice::new(start, stop, step)
            }
            _ => code::deferred(Deferred { reader: &READER, source: self.bytes(), filename: self.filename.clone() }),
        }
    }

    fn numbers(&mut self) -> [u32; 6] {
        std::array::from_fn(|_| self.number() as u32)
    }

    fn head(&mut self) -> Head {
        let [_, _, _, _, flags, _] = self.numbers();
        let (name, qualname) = (self.text(), self.text());
        self.bytes();
        // The doc string is the first constant.
        let doc = (flags & co_flags::HAS_DOCSTRING != 0 && self.size() > 0).then(|| self.constant());
        Head { name, qualname, doc }
    }

    fn code(&mut self) -> Parts {
        let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno] = self.numbers();
        let (name, qualname) = (self.text(), self.text());
        let units = units(self.bytes());
        let consts = self.values(Self::constant);
        let names = self.values(Self::text);
        let localsplusnames = self.values(Self::text);
        let [localspluskinds, linetable, exceptiontable] = std::array::from_fn(|_| Cow::Borrowed(self.bytes()));
        Parts {
            units: units.into(),
            consts,
            names,
            localsplusnames,
            localspluskinds,
            flags,
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            firstlineno: firstlineno as i32,
            filename: self.filename.clone(),
            name,
            qualname,
            linetable,
            exceptiontable,
        }
    }
}
