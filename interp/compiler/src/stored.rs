//! Code objects as bytes that can be read one at a time: the form of the embedded library, and of what `compile()` gives until it is needed.
//!
//! A code object is its numbers (arguments, positional-only ones, keyword-only ones, stack size, flags, first line) as varints, then name, qualified
//! name, code units, constants, names, names of locals, their kinds, location table and exception table. A text is the number that
//! [`Texts`] gives it, a list its length and items, a table its length and bytes, and a constant a byte of [`tag`] and what follows from it. A nested
//! code object begins with its length, so that it can be passed over. Nothing of this is checked when it is read: it stays inside the process or binary.

use crate::code::{Code, Constant};
use crate::text::Text;
use rustc_hash::FxHashMap;

/// What a constant begins with.
pub mod tag {
    #![allow(missing_docs)]
    pub const NONE: u8 = b'N';
    pub const ELLIPSIS: u8 = b'.';
    pub const TRUE: u8 = b'T';
    pub const FALSE: u8 = b'F';
    /// A varint, the sign in its lowest bit.
    pub const INT: u8 = b'i';
    /// Bytes, the lowest first, in two's complement.
    pub const BIG_INT: u8 = b'l';
    pub const FLOAT: u8 = b'f';
    pub const COMPLEX: u8 = b'c';
    /// A text by its number.
    pub const TEXT: u8 = b's';
    /// A text that is right here, as WTF-8.
    pub const TEXT_HERE: u8 = b'u';
    pub const BYTES: u8 = b'b';
    pub const TUPLE: u8 = b'(';
    pub const FROZENSET: u8 = b'<';
    pub const SLICE: u8 = b':';
    /// Four bytes of length, the lowest first, and the code object.
    pub const CODE: u8 = b'C';
}

/// Gives texts their numbers.
pub trait Texts {
    /// The number of a name.
    fn name(&mut self, text: &Text) -> usize;
    /// The number of a constant, unless it is better written where it is used.
    fn constant(&mut self, text: &Text) -> Option<usize>;
}

/// Whether the compiler interns a string constant: it looks like a name.
pub fn looks_like_name(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// What one compilation gave.
#[derive(Debug)]
pub struct Stored {
    /// The outermost code object.
    pub code: Vec<u8>,
    /// The names, by number.
    pub names: Vec<Text>,
    /// `co_filename` of all code objects.
    pub filename: Text,
}

impl Stored {
    /// Stores a code object the compiler has made.
    pub fn new(code: &Code) -> Stored {
        let mut writer = Writer { out: Vec::with_capacity(size(code)), texts: Names::default() };
        writer.code(code);
        Stored { code: writer.out, names: writer.texts.names, filename: code.filename.clone() }
    }
}

/// About how many bytes a code object takes.
fn size(code: &Code) -> usize {
    let nested = code.consts.iter().map(|constant| match constant {
        Constant::Code(code) => size(code),
        Constant::Str(text) => text.len() + 4,
        Constant::Bytes(bytes) => bytes.len() + 4,
        _ => 8,
    });
    let tables = code.code.len() + code.linetable.len() + code.exceptiontable.len() + 3 * code.localspluskinds.len();
    48 + tables + 2 * code.names.len() + nested.sum::<usize>()
}

/// The names of one compilation, each once: equal ones mostly are the same text, so their addresses tell them.
#[derive(Default)]
struct Names {
    numbers: FxHashMap<usize, u32>,
    names: Vec<Text>,
}

impl Texts for Names {
    fn name(&mut self, text: &Text) -> usize {
        let next = self.names.len() as u32;
        let number = *self.numbers.entry(text.address()).or_insert(next);
        if number == next {
            self.names.push(text.clone());
        }
        number as usize
    }

    fn constant(&mut self, text: &Text) -> Option<usize> {
        looks_like_name(text.as_bytes()).then(|| self.name(text))
    }
}

/// Writes code objects, whose texts are numbered by `texts`.
pub struct Writer<T> {
    /// What has been written.
    pub out: Vec<u8>,
    /// The numbers of texts.
    pub texts: T,
}

impl<T: Texts> Writer<T> {
    #[inline]
    fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.out.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.out.push(n as u8);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn name(&mut self, text: &Text) {
        let n = self.texts.name(text);
        self.number(n as u64);
    }

    fn names(&mut self, all: &[Text]) {
        self.number(all.len() as u64);
        all.iter().for_each(|n| self.name(n));
    }

    fn constants(&mut self, all: &[Constant]) {
        self.number(all.len() as u64);
        all.iter().for_each(|c| self.constant(c));
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        self.bytes(bytes);
    }

    fn constant(&mut self, c: &Constant) {
        match c {
            Constant::None => self.out.push(tag::NONE),
            Constant::Ellipsis => self.out.push(tag::ELLIPSIS),
            Constant::Bool(true) => self.out.push(tag::TRUE),
            Constant::Bool(false) => self.out.push(tag::FALSE),
            Constant::Int(i) => match i64::try_from(i) {
                Ok(n) => {
                    self.out.push(tag::INT);
                    self.number((n << 1 ^ n >> 63) as u64);
                }
                Err(_) => self.tagged(tag::BIG_INT, &i.to_signed_bytes_le()),
            },
            Constant::Float(x) => {
                self.out.push(tag::FLOAT);
                self.out.extend(x.to_le_bytes());
            }
            Constant::Complex(re, im) => {
                self.out.push(tag::COMPLEX);
                self.out.extend(re.to_le_bytes());
                self.out.extend(im.to_le_bytes());
            }
            Constant::Str(s) => match self.texts.constant(s) {
                Some(n) => {
                    self.out.push(tag::TEXT);
                    self.number(n as u64);
                }
                None => self.tagged(tag::TEXT_HERE, s.as_bytes()),
            },
            Constant::Bytes(b) => self.tagged(tag::BYTES, b),
            Constant::Tuple(items) => {
                self.out.push(tag::TUPLE);
                self.constants(items);
            }
            Constant::FrozenSet(items) => {
                self.out.push(tag::FROZENSET);
                self.constants(items);
            }
            Constant::Slice(parts) => {
                self.out.push(tag::SLICE);
                parts.iter().for_each(|p| self.constant(p));
            }
            Constant::Code(c) => {
                self.out.push(tag::CODE);
                let at = self.out.len();
                self.out.extend([0; 4]);
                self.code(c);
                let len = (self.out.len() - at - 4) as u32;
                self.out[at..at + 4].copy_from_slice(&len.to_le_bytes());
            }
            // The compiler makes no such constants.
            Constant::List(_) | Constant::Set(_) | Constant::Dict(_) | Constant::StopIteration => self.out.push(tag::NONE),
        }
    }

    /// Writes a code object the compiler has made.
    pub fn code(&mut self, c: &Code) {
        for n in [c.argcount, c.posonlyargcount, c.kwonlyargcount, c.stacksize, c.flags, c.firstlineno as u32] {
            self.number(u64::from(n));
        }
        self.name(&c.name);
        self.name(&c.qualname);
        self.bytes(&c.code);
        self.constants(&c.consts);
        self.names(&c.names);
        self.names(&c.localsplusnames);
        for table in [&c.localspluskinds, &c.linetable, &c.exceptiontable] {
            self.bytes(table);
        }
    }
}
