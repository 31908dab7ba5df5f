//! Code objects from what the compiler has stored ([`weft_compiler::stored`]): those of the embedded library, and those of a compilation in this process.
//!
//! A compilation's code objects are in one bytes object, and its names are made once; each code object holds both, in a tuple, until it is
//! read. So a function that is never called takes no more room than its bytes.

use super::code::{self, Deferred, Head, Parts};
use super::{bytes, complex, int, set, slice, str, tuple};
use crate::value::Value;
use std::borrow::Cow;
use std::cell::UnsafeCell;
use weft_compiler::code::co_flags;
use weft_compiler::stored::{Stored, tag};
use weft_layout::tag::Word;

/// Where a code object is stored.
#[derive(Clone)]
pub enum Source {
    /// In the binary.
    Binary(&'static [u8]),
    /// In a compilation's result: the tuple of its bytes and its names, and the place in the bytes.
    Compiled(Value, u32, u32),
}

impl Source {
    /// Visits what is owned.
    pub fn trace(&self, visit: &mut dyn FnMut(Word)) {
        if let Source::Compiled(result, ..) = self {
            visit(result.word());
        }
    }
}

/// What differs between the places where code is stored.
pub trait Storage {
    /// A text by its number.
    fn text(&mut self, number: usize) -> Value;
    /// A table that is part of a code object.
    fn table(&self, bytes: &[u8]) -> Cow<'static, [u8]>;
    /// A nested code object.
    fn nested(&self, code: &[u8], filename: &Value) -> Value;
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

/// Reads one code object. The bytes are those that were written, in this process or by the build script: nothing needs to be checked.
pub struct CodeReader<'a, S> {
    rest: &'a [u8],
    filename: &'a Value,
    storage: S,
}

impl<'a, S: Storage> CodeReader<'a, S> {
    /// Begins to read.
    pub fn new(rest: &'a [u8], filename: &'a Value, storage: S) -> CodeReader<'a, S> {
        CodeReader { rest, filename, storage }
    }

    fn byte(&mut self) -> u8 {
        let (&first, rest) = self.rest.split_first().expect("what is stored is whole");
        self.rest = rest;
        first
    }

    #[inline]
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

    fn take(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(n);
        self.rest = rest;
        taken
    }

    fn bytes(&mut self) -> &'a [u8] {
        let n = self.size();
        self.take(n)
    }

    fn float(&mut self) -> f64 {
        f64::from_le_bytes(self.take(8).try_into().expect("eight bytes were taken"))
    }

    fn text(&mut self) -> Value {
        let number = self.size();
        self.storage.text(number)
    }

    fn values<C: FromIterator<Value>>(&mut self, read: fn(&mut Self) -> Value) -> C {
        let n = self.size();
        (0..n).map(|_| read(self)).collect()
    }

    fn constant(&mut self) -> Value {
        match self.byte() {
            tag::NONE => Value::NONE,
            tag::ELLIPSIS => Value::ELLIPSIS,
            tag::TRUE => Value::TRUE,
            tag::FALSE => Value::FALSE,
            tag::INT => {
                let n = self.number();
                Value::int((n >> 1) as i64 ^ -((n & 1) as i64))
            }
            tag::BIG_INT => int::from_bigint(num_bigint::BigInt::from_signed_bytes_le(self.bytes())),
            tag::FLOAT => Value::float(self.float()),
            tag::COMPLEX => {
                let re = self.float();
                complex::new(re, self.float())
            }
            tag::TEXT => self.text(),
            // SAFETY: texts are written as WTF-8.
            tag::TEXT_HERE => str::from_wtf8(unsafe { rustpython_wtf8::Wtf8::from_bytes_unchecked(self.bytes()) }),
            tag::BYTES => bytes::new(self.bytes()),
            tag::TUPLE => tuple::from_vec(self.values(Self::constant)),
            tag::FROZENSET => set::frozen_from_constants(self.values(Self::constant)),
            tag::SLICE => {
                let [start, stop, step] = std::array::from_fn(|_| self.constant());
                slice::new(start, stop, step)
            }
            _ => {
                let length = u32::from_le_bytes(self.take(4).try_into().expect("four bytes were taken"));
                let code = self.take(length as usize);
                self.storage.nested(code, self.filename)
            }
        }
    }

    fn numbers(&mut self) -> [u32; 6] {
        std::array::from_fn(|_| self.number() as u32)
    }

    /// Reads what functions show of the code object.
    pub fn head(&mut self) -> Head {
        let [_, _, _, _, flags, _] = self.numbers();
        let (name, qualname) = (self.text(), self.text());
        self.bytes();
        // The doc string is the first constant.
        let doc = (flags & co_flags::HAS_DOCSTRING != 0 && self.size() > 0).then(|| self.constant());
        Head { name, qualname, doc }
    }

    /// Reads all of it.
    pub fn code(&mut self) -> Parts {
        let [argcount, posonlyargcount, kwonlyargcount, stacksize, flags, firstlineno] = self.numbers();
        let (name, qualname) = (self.text(), self.text());
        let units = units(self.bytes());
        let consts = self.values(Self::constant);
        let names = self.values(Self::text);
        let localsplusnames = self.values(Self::text);
        let [localspluskinds, linetable, exceptiontable] = std::array::from_fn(|_| {
            let bytes = self.bytes();
            self.storage.table(bytes)
        });
        Parts {
            units: UnsafeCell::new(units),
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

/// The outermost code object of a compilation.
pub fn new(stored: &Stored) -> Value {
    let code = bytes::new(&stored.code);
    let filename = str::intern_wtf8(&stored.filename);
    let names = stored.names.iter().map(|name| str::intern_wtf8(name));
    let result = tuple::from_vec(std::iter::once(code).chain(names).collect());
    let source = Source::Compiled(result, 0, stored.code.len() as u32);
    code::from_parts(parts(&source, &filename))
}

/// How nested code objects of a compilation are read.
static READER: code::Reader = code::Reader { parts, head };

fn parts(source: &Source, filename: &Value) -> Parts {
    reader(source, filename).code()
}

fn head(source: &Source) -> Head {
    reader(source, &Value::NONE).head()
}

fn reader<'a>(source: &'a Source, filename: &'a Value) -> CodeReader<'a, Compiled<'a>> {
    let Source::Compiled(result, start, end) = source else { unreachable!("code from the binary has a reader of its own") };
    let items = tuple::items(result);
    let all = bytes::as_slice(&items[0]);
    CodeReader::new(&all[*start as usize..*end as usize], filename, Compiled { result, all, names: &items[1..] })
}

/// A compilation's result.
struct Compiled<'a> {
    result: &'a Value,
    all: &'a [u8],
    names: &'a [Value],
}

impl Storage for Compiled<'_> {
    #[inline]
    fn text(&mut self, number: usize) -> Value {
        self.names[number].clone()
    }

    fn table(&self, bytes: &[u8]) -> Cow<'static, [u8]> {
        Cow::Owned(bytes.to_vec())
    }

    fn nested(&self, code: &[u8], filename: &Value) -> Value {
        let start = code.as_ptr().addr() - self.all.as_ptr().addr();
        let source = Source::Compiled(self.result.clone(), start as u32, (start + code.len()) as u32);
        code::deferred(Deferred { reader: &READER, source, filename: filename.clone() })
    }
}
