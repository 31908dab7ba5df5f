//! Marshal streams to values.

use super::{MAX_DEPTH, tag};
use crate::code::{Code, Constant};
use crate::text::Text;
use num_bigint::{BigInt, BigUint};
use rustpython_wtf8::Wtf8;

/// The Python exception a malformed stream raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ReadErrorKind {
    EOFError,
    ValueError,
    TypeError,
    /// The string data is not UTF-8.
    UnicodeDecodeError,
}

/// Why a stream cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The exception's type.
    pub kind: ReadErrorKind,
    /// The exception's message, in CPython's words.
    pub message: String,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

impl std::error::Error for ReadError {}

type Result<T> = std::result::Result<T, ReadError>;

fn error<T>(kind: ReadErrorKind, message: impl Into<String>) -> Result<T> {
    Err(ReadError { kind, message: message.into() })
}

fn bad<T>(what: &str) -> Result<T> {
    error(ReadErrorKind::ValueError, format!("bad marshal data ({what})"))
}

fn null<T>(container: &str) -> Result<T> {
    error(ReadErrorKind::TypeError, format!("NULL object in marshal data for {container}"))
}

// The readers of containers are kept out of line, so that a level of nesting takes little native stack.

/// Reads the object at the start of `stream`, and says how many bytes it took.
pub fn read(stream: &[u8]) -> Result<(Constant, usize)> {
    let mut reader = Reader {
        stream,
        at: 0,
        depth: 0,
        refs: Vec::new(),
        replaying: false,
        // Generous for streams CPython writes, which refer to strings and small tuples.
        budget: 16 * stream.len() + (1 << 24),
    };
    match reader.object()? {
        Some(value) => Ok((value, reader.at)),
        None => null("object"),
    }
}

struct Reader<'a> {
    stream: &'a [u8],
    at: usize,
    depth: usize,
    /// Remembered objects by number. They are read again where they are referred to, so that remembering costs nothing.
    refs: Vec<Remembered>,
    /// Whether a remembered object is being read again: what is flagged in it has its number already.
    replaying: bool,
    /// Bytes that references may still be expanded to.
    budget: usize,
}

struct Remembered {
    /// Where the object's type byte is.
    start: usize,
    /// Whether its contents were read to the end.
    complete: bool,
}

impl Reader<'_> {
    fn bytes(&mut self, count: usize) -> Result<&[u8]> {
        if self.replaying {
            self.charge(count)?;
        }
        match self.stream[self.at..].get(..count) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => error(ReadErrorKind::EOFError, "marshal data too short"),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    fn long(&mut self) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    fn size(&mut self, what: &str) -> Result<usize> {
        match usize::try_from(self.long()?) {
            Ok(size) => Ok(size),
            Err(_) => bad(&format!("{what} size out of range")),
        }
    }

    /// An object, or none for the NULL that ends a dict.
    fn object(&mut self) -> Result<Option<Constant>> {
        let Some(&byte) = self.stream.get(self.at) else {
            return error(ReadErrorKind::EOFError, "EOF read where object expected");
        };
        self.at += 1;
        if self.depth >= MAX_DEPTH {
            return error(ReadErrorKind::ValueError, "recursion limit exceeded");
        }
        self.depth += 1;
        let result = self.contents(byte & !tag::FLAG_REF, byte & tag::FLAG_REF != 0);
        self.depth -= 1;
        result
    }

    fn contents(&mut self, kind: u8, remember: bool) -> Result<Option<Constant>> {
        match kind {
            tag::NULL => return Ok(None),
            tag::REF => return self.reference().map(Some),
            _ => {}
        }
        // The singletons are never remembered, whatever the flag says.
        let singleton = match kind {
            tag::NONE => Some(Constant::None),
            tag::FALSE => Some(Constant::Bool(false)),
            tag::TRUE => Some(Constant::Bool(true)),
            tag::STOP_ITERATION => Some(Constant::StopIteration),
            tag::ELLIPSIS => Some(Constant::Ellipsis),
            _ => None,
        };
        if singleton.is_some() {
            return Ok(singleton);
        }
        if self.replaying {
            self.charge(std::mem::size_of::<Constant>())?;
            return self.composite(kind).map(Some);
        }
        let number = self.refs.len();
        if remember {
            self.refs.push(Remembered { start: self.at - 1, complete: false });
        }
        let value = self.composite(kind)?;
        if remember {
            self.refs[number].complete = true;
        }
        Ok(Some(value))
    }

    fn composite(&mut self, kind: u8) -> Result<Constant> {
        Ok(match kind {
            tag::TUPLE => {
                let count = self.size("tuple")?;
                Constant::Tuple(self.items(count, "tuple")?)
            }
            tag::SMALL_TUPLE => {
                let count = self.byte()?;
                Constant::Tuple(self.items(count.into(), "tuple")?)
            }
            tag::LIST => {
                let count = self.size("list")?;
                Constant::List(self.items(count, "list")?)
            }
            tag::SET => {
                let count = self.size("set")?;
                Constant::Set(self.items(count, "set")?)
            }
            tag::FROZENSET => {
                let count = self.size("set")?;
                Constant::FrozenSet(self.items(count, "set")?)
            }
            tag::DICT => self.dict()?,
            tag::SLICE => self.slice()?,
            tag::CODE => self.code()?,
            _ => self.scalar(kind)?,
        })
    }

    #[inline(never)]
    fn scalar(&mut self, kind: u8) -> Result<Constant> {
        Ok(match kind {
            tag::INT => Constant::Int(self.long()?.into()),
            tag::INT64 => Constant::Int(i64::from_le_bytes(self.array()?).into()),
            tag::LONG => Constant::Int(self.big_int()?),
            tag::FLOAT => Constant::Float(self.float_text()?),
            tag::BINARY_FLOAT => Constant::Float(f64::from_le_bytes(self.array()?)),
            tag::COMPLEX => Constant::Complex(self.float_text()?, self.float_text()?),
            tag::BINARY_COMPLEX => Constant::Complex(f64::from_le_bytes(self.array()?), f64::from_le_bytes(self.array()?)),
            tag::BYTES => {
                let size = self.size("bytes object")?;
                Constant::Bytes(self.bytes(size)?.to_vec())
            }
            tag::UNICODE | tag::INTERNED => {
                let size = self.size("string")?;
                match Wtf8::from_bytes(self.bytes(size)?) {
                    Some(text) => Constant::Str(text.into()),
                    None => {
                        return error(ReadErrorKind::UnicodeDecodeError, "'utf-8' codec can't decode marshal data");
                    }
                }
            }
            tag::ASCII | tag::ASCII_INTERNED => {
                let size = self.size("string")?;
                self.latin1(size)?
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let size = self.byte()?;
                self.latin1(size.into())?
            }
            _ => return bad("unknown type code"),
        })
    }

    /// What calls itself ASCII is read as Latin-1, as CPython does.
    fn latin1(&mut self, size: usize) -> Result<Constant> {
        let text: String = self.bytes(size)?.iter().map(|&b| char::from(b)).collect();
        Ok(Constant::Str(text.into()))
    }

    fn float_text(&mut self) -> Result<f64> {
        let size = self.byte()?;
        let text = String::from_utf8_lossy(self.bytes(size.into())?).into_owned();
        match text.parse() {
            Ok(value) => Ok(value),
            Err(_) => error(ReadErrorKind::ValueError, format!("could not convert string to float: '{text}'")),
        }
    }

    /// Digits of 15 bits, least significant first; their count has the number's sign.
    fn big_int(&mut self) -> Result<BigInt> {
        let count = self.long()?;
        if count == i32::MIN {
            return bad("long size out of range");
        }
        let digits = self.bytes(2 * count.unsigned_abs() as usize)?;
        let mut bits = BitPacker::default();
        let mut last = 1;
        for digit in digits.chunks_exact(2) {
            last = u16::from_le_bytes([digit[0], digit[1]]);
            if last >= 1 << 15 {
                return bad("digit out of range in long");
            }
            bits.push(last);
        }
        if last == 0 {
            return bad("unnormalized long data");
        }
        let magnitude = BigInt::from(BigUint::new(bits.finish()));
        Ok(if count < 0 { -magnitude } else { magnitude })
    }

    #[inline(never)]
    fn items(&mut self, count: usize, container: &str) -> Result<Vec<Constant>> {
        // An object takes a byte at least, so this allocates no more than a constant times the input.
        let mut items = Vec::with_capacity(count.min(self.stream.len() - self.at).min(1024));
        for _ in 0..count {
            match self.object()? {
                Some(item) => items.push(item),
                None => return null(container),
            }
        }
        Ok(items)
    }

    #[inline(never)]
    fn dict(&mut self) -> Result<Constant> {
        let mut items = Vec::new();
        // CPython lets a NULL in the place of a value end the dict too.
        while let Some(key) = self.object()? {
            match self.object()? {
                Some(value) => items.push((key, value)),
                None => break,
            }
        }
        Ok(Constant::Dict(items))
    }

    #[inline(never)]
    fn slice(&mut self) -> Result<Constant> {
        let mut bounds = [Constant::None, Constant::None, Constant::None];
        for bound in &mut bounds {
            match self.object()? {
                Some(value) => *bound = value,
                None => return null("slice"),
            }
        }
        Ok(Constant::Slice(Box::new(bounds)))
    }

    /// Reads a remembered object again.
    #[inline(never)]
    fn reference(&mut self) -> Result<Constant> {
        let number = self.long()?;
        let known = usize::try_from(number).ok().and_then(|n| self.refs.get(n));
        let start = match known {
            None => return bad("invalid reference"),
            Some(Remembered { complete: false, .. }) => return bad("recursive reference"),
            Some(Remembered { start, .. }) => *start,
        };
        let back = std::mem::replace(&mut self.at, start);
        let outermost = !std::mem::replace(&mut self.replaying, true);
        let value = self.object()?;
        self.replaying = !outermost;
        self.at = back;
        match value {
            Some(value) => Ok(value),
            None => bad("invalid reference"),
        }
    }

    /// Accounts for memory that the input's length does not bound.
    fn charge(&mut self, bytes: usize) -> Result<()> {
        match self.budget.checked_sub(bytes) {
            Some(rest) => {
                self.budget = rest;
                Ok(())
            }
            None => bad("too many references"),
        }
    }

    #[inline(never)]
    fn code(&mut self) -> Result<Constant> {
        let argcount = self.count()?;
        let posonlyargcount = self.count()?;
        let kwonlyargcount = self.count()?;
        let stacksize = self.count()?;
        let flags = self.long()? as u32;
        let code = self.code_bytes()?;
        let consts = self.code_tuple()?;
        let names = self.code_names()?;
        let localsplusnames = self.code_names()?;
        let localspluskinds = self.code_bytes()?;
        let filename = self.code_text()?;
        let name = self.code_text()?;
        let qualname = self.code_text()?;
        let firstlineno = self.long()?;
        let linetable = self.code_bytes()?;
        let exceptiontable = self.code_bytes()?;
        if localspluskinds.len() != localsplusnames.len() {
            return error(ReadErrorKind::ValueError, "code: localsplusnames and localspluskinds differ in length");
        }
        Ok(Constant::Code(Box::new(Code {
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            flags,
            code,
            consts,
            names,
            localsplusnames,
            localspluskinds,
            filename,
            name,
            qualname,
            firstlineno,
            linetable,
            exceptiontable,
        })))
    }

    fn count(&mut self) -> Result<u32> {
        match u32::try_from(self.long()?) {
            Ok(count) => Ok(count),
            Err(_) => error(ReadErrorKind::ValueError, "code: argument counts must not be negative"),
        }
    }

    fn code_field(&mut self) -> Result<Constant> {
        match self.object()? {
            Some(field) => Ok(field),
            None => null("code object"),
        }
    }

    fn code_bytes(&mut self) -> Result<Vec<u8>> {
        match self.code_field()? {
            Constant::Bytes(bytes) => Ok(bytes),
            _ => bad("bytes expected in code object"),
        }
    }

    fn code_tuple(&mut self) -> Result<Vec<Constant>> {
        match self.code_field()? {
            Constant::Tuple(items) => Ok(items),
            _ => bad("tuple expected in code object"),
        }
    }

    fn code_text(&mut self) -> Result<Text> {
        as_text(self.code_field()?)
    }

    fn code_names(&mut self) -> Result<Vec<Text>> {
        self.code_tuple()?.into_iter().map(as_text).collect()
    }
}

fn as_text(value: Constant) -> Result<Text> {
    match value {
        Constant::Str(text) => Ok(text),
        _ => bad("string expected in code object"),
    }
}

/// Packs 15-bit digits into 32-bit ones.
#[derive(Default)]
struct BitPacker {
    out: Vec<u32>,
    pending: u64,
    bits: u32,
}

impl BitPacker {
    fn push(&mut self, digit: u16) {
        self.pending |= u64::from(digit) << self.bits;
        self.bits += 15;
        if self.bits >= 32 {
            self.out.push(self.pending as u32);
            self.pending >>= 32;
            self.bits -= 32;
        }
    }

    fn finish(mut self) -> Vec<u32> {
        self.out.push(self.pending as u32);
        self.out
    }
}
