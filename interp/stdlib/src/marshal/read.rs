//! Marshal streams to values.
//!
//! A list, dict or set is numbered before its items are read, and so may contain itself. A tuple is made before its items are, too, but may only
//! be referred to from inside of a list or dict in it: what can be hashed must not contain itself.

use num_bigint::{BigInt, BigUint, Sign};
use weft_compiler::code::Code;
use weft_compiler::marshal::{MAX_DEPTH, tag};
use weft_compiler::text::Text;
use weft_vm::thread::check_native_stack;
use weft_vm::types::{bytearray, bytes, code_attrs, complex, dict, int, list, set, slice, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, codecs, exc, protocol};

/// Where a stream comes from.
pub enum Source<'a> {
    /// Bytes, and how many have been read.
    Bytes(&'a [u8], usize),
    /// An open file, which is asked for no more than is needed.
    File(&'a Value),
}

/// How much is asked of a file at once.
const CHUNK: usize = 1 << 20;

fn bad(what: &str) -> exc::Raised {
    exc::value_error(format!("bad marshal data ({what})"))
}

fn null(container: &str) -> exc::Raised {
    exc::type_error(format!("NULL object in marshal data for {container}"))
}

fn too_short() -> exc::Raised {
    exc::eof_error("marshal data too short")
}

/// Reads one value.
pub fn read(source: Source<'_>, allow_code: bool) -> Res {
    let mut reader = Reader { source, allow_code, depth: 0, refs: Vec::new(), open: Vec::new() };
    reader.object()?.ok_or_else(|| null("object"))
}

/// A remembered object.
enum Remembered {
    /// Not read to its end, and not to be referred to before.
    Incomplete,
    /// A tuple whose items are being read, at a depth.
    Tuple(Value, usize),
    Value(Value),
}

struct Reader<'a> {
    source: Source<'a>,
    allow_code: bool,
    depth: usize,
    refs: Vec<Remembered>,
    /// The depths of the lists and dicts that are being read.
    open: Vec<usize>,
}

impl Reader<'_> {
    fn bytes(&mut self, count: usize) -> Res<Vec<u8>> {
        match &mut self.source {
            Source::Bytes(all, at) => {
                let found = all[*at..].get(..count).ok_or_else(too_short)?;
                *at += count;
                Ok(found.to_vec())
            }
            Source::File(file) => {
                let mut out = Vec::new();
                while out.len() < count {
                    let wanted = (count - out.len()).min(CHUNK);
                    out.extend(read_into(file, wanted)?);
                }
                Ok(out)
            }
        }
    }

    fn array<const N: usize>(&mut self) -> Res<[u8; N]> {
        let mut out = [0; N];
        match &mut self.source {
            Source::Bytes(all, at) => {
                out.copy_from_slice(all[*at..].get(..N).ok_or_else(too_short)?);
                *at += N;
            }
            Source::File(_) => out.copy_from_slice(&self.bytes(N)?),
        }
        Ok(out)
    }

    fn byte(&mut self) -> Res<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn long(&mut self) -> Res<i32> {
        self.array().map(i32::from_le_bytes)
    }

    fn size(&mut self, what: &str) -> Res<usize> {
        usize::try_from(self.long()?).map_err(|_| bad(&format!("{what} size out of range")))
    }

    /// An object, or none for the NULL that ends a dict.
    fn object(&mut self) -> Res<Option<Value>> {
        let byte = match &self.source {
            Source::Bytes(all, at) if *at >= all.len() => return Err(exc::eof_error("EOF read where object expected")),
            _ => self.byte()?,
        };
        if self.depth >= MAX_DEPTH {
            return Err(exc::value_error("recursion limit exceeded"));
        }
        check_native_stack(" while unmarshalling an object")?;
        self.depth += 1;
        let result = self.contents(byte & !tag::FLAG_REF, byte & tag::FLAG_REF != 0);
        self.depth -= 1;
        result
    }

    fn contents(&mut self, kind: u8, remember: bool) -> Res<Option<Value>> {
        // The singletons are never remembered, whatever the flag says.
        match kind {
            tag::NULL => return Ok(None),
            tag::REF => return self.reference().map(Some),
            tag::NONE => return Ok(Some(Value::NONE)),
            tag::FALSE => return Ok(Some(Value::FALSE)),
            tag::TRUE => return Ok(Some(Value::TRUE)),
            tag::STOP_ITERATION => return Ok(Some(types().stop_iteration.value())),
            tag::ELLIPSIS => return Ok(Some(Value::ELLIPSIS)),
            _ => {}
        }
        let number = remember.then(|| {
            self.refs.push(Remembered::Incomplete);
            self.refs.len() - 1
        });
        let value = self.composite(kind, number)?;
        if let Some(number) = number {
            self.refs[number] = Remembered::Value(value.clone());
        }
        Ok(Some(value))
    }

    fn composite(&mut self, kind: u8, number: Option<usize>) -> Res {
        match kind {
            tag::TUPLE => {
                let count = self.size("tuple")?;
                self.tuple(count, number)
            }
            tag::SMALL_TUPLE => {
                let count = self.byte()?;
                self.tuple(count.into(), number)
            }
            tag::LIST => self.list(number),
            tag::SET => {
                let count = self.size("set")?;
                let made = set::new();
                self.remember(number, &made);
                for _ in 0..count {
                    let item = self.item("set")?;
                    set::add(&made, &item)?;
                }
                Ok(made)
            }
            tag::FROZENSET => {
                let count = self.size("set")?;
                set::new_frozen(self.items(count, "set")?)
            }
            tag::DICT => self.dict(number),
            tag::SLICE => {
                let [start, stop, step] = [self.item("slice")?, self.item("slice")?, self.item("slice")?];
                Ok(slice::new(start, stop, step))
            }
            tag::CODE => self.code(),
            _ => self.scalar(kind),
        }
    }

    fn remember(&mut self, number: Option<usize>, v: &Value) {
        if let Some(number) = number {
            self.refs[number] = Remembered::Value(v.clone());
        }
    }

    fn item(&mut self, container: &str) -> Res {
        self.object()?.ok_or_else(|| null(container))
    }

    #[inline(never)]
    fn items(&mut self, count: usize, container: &str) -> Res<Vec<Value>> {
        // What a stream says it holds need not be there: room is made as it comes.
        let mut items = Vec::with_capacity(count.min(256));
        for _ in 0..count {
            items.push(self.item(container)?);
        }
        Ok(items)
    }

    #[inline(never)]
    fn tuple(&mut self, count: usize, number: Option<usize>) -> Res {
        let Some(number) = number.filter(|_| self.can_hold(count)) else {
            return self.items(count, "tuple").map(tuple::from_vec);
        };
        let made = tuple::from_vec(vec![Value::NONE; count]);
        self.refs[number] = Remembered::Tuple(made.clone(), self.depth);
        for i in 0..count {
            let item = self.item("tuple")?;
            // SAFETY: the tuple is new and as long, and nothing has run that could have seen it.
            unsafe { tuple::put(&made, i, item) };
        }
        Ok(made)
    }

    /// Whether the stream may have so many objects, of a byte each at least.
    fn can_hold(&self, count: usize) -> bool {
        match &self.source {
            Source::Bytes(all, at) => count <= all.len() - at,
            Source::File(_) => count <= CHUNK,
        }
    }

    #[inline(never)]
    fn list(&mut self, number: Option<usize>) -> Res {
        let count = self.size("list")?;
        let made = list::new();
        self.remember(number, &made);
        self.open.push(self.depth);
        for _ in 0..count {
            let item = self.item("list")?;
            list::append(&made, item)?;
        }
        self.open.pop();
        Ok(made)
    }

    #[inline(never)]
    fn dict(&mut self, number: Option<usize>) -> Res {
        let made = dict::new();
        self.remember(number, &made);
        // CPython lets a NULL in the place of a value end the dict too.
        while let Some(key) = self.object()? {
            self.open.push(self.depth);
            let value = self.object()?;
            self.open.pop();
            match value {
                Some(value) => dict::set(&made, &key, &value)?,
                None => break,
            }
        }
        Ok(made)
    }

    fn reference(&mut self) -> Res {
        let number = self.long()?;
        let innermost = self.open.last().copied().unwrap_or(0);
        match usize::try_from(number).ok().and_then(|n| self.refs.get(n)) {
            Some(Remembered::Value(v)) => Ok(v.clone()),
            Some(Remembered::Tuple(v, depth)) if innermost > *depth => Ok(v.clone()),
            _ => Err(bad("invalid reference")),
        }
    }

    #[inline(never)]
    fn scalar(&mut self, kind: u8) -> Res {
        Ok(match kind {
            tag::INT => Value::int(self.long()?.into()),
            tag::INT64 => int::from_bigint(i64::from_le_bytes(self.array()?).into()),
            tag::LONG => int::from_bigint(self.big_int()?),
            tag::FLOAT => Value::float(self.float_text()?),
            tag::BINARY_FLOAT => Value::float(f64::from_le_bytes(self.array()?)),
            tag::COMPLEX => complex::new(self.float_text()?, self.float_text()?),
            tag::BINARY_COMPLEX => complex::new(f64::from_le_bytes(self.array()?), f64::from_le_bytes(self.array()?)),
            tag::BYTES => {
                let size = self.size("bytes object")?;
                bytes::new(&self.bytes(size)?)
            }
            tag::UNICODE | tag::INTERNED => {
                let size = self.size("string")?;
                let text = codecs::decode_bytes(&self.bytes(size)?, "utf-8", "surrogatepass")?;
                if kind == tag::INTERNED { str::intern_value(text) } else { text }
            }
            tag::ASCII | tag::ASCII_INTERNED => {
                let size = self.size("string")?;
                self.latin1(size, kind == tag::ASCII_INTERNED)?
            }
            tag::SHORT_ASCII | tag::SHORT_ASCII_INTERNED => {
                let size = self.byte()?;
                self.latin1(size.into(), kind == tag::SHORT_ASCII_INTERNED)?
            }
            _ => return Err(bad("unknown type code")),
        })
    }

    /// What calls itself ASCII is read as Latin-1, as CPython does.
    fn latin1(&mut self, size: usize, interned: bool) -> Res {
        let contents = self.bytes(size)?;
        let text: String = contents.iter().map(|&b| char::from(b)).collect();
        Ok(if interned { str::intern(&text) } else { str::from_string(text) })
    }

    fn float_text(&mut self) -> Res<f64> {
        let size = self.byte()?;
        let text = String::from_utf8_lossy(&self.bytes(size.into())?).into_owned();
        text.parse().map_err(|_| exc::value_error(format!("could not convert string to float: '{text}'")))
    }

    /// Digits of 15 bits, least significant first; their count has the number's sign.
    fn big_int(&mut self) -> Res<BigInt> {
        let count = self.long()?;
        if count == i32::MIN {
            return Err(bad("long size out of range"));
        }
        let digits = self.bytes(2 * count.unsigned_abs() as usize)?;
        let mut words = Vec::with_capacity(digits.len() / 3);
        let (mut pending, mut held, mut last) = (0u64, 0, 1);
        for digit in digits.chunks_exact(2) {
            last = u16::from_le_bytes([digit[0], digit[1]]);
            if last >= 1 << 15 {
                return Err(bad("digit out of range in long"));
            }
            pending |= u64::from(last) << held;
            held += 15;
            if held >= 32 {
                words.push(pending as u32);
                pending >>= 32;
                held -= 32;
            }
        }
        if last == 0 {
            return Err(bad("unnormalized long data"));
        }
        words.push(pending as u32);
        Ok(BigInt::from_biguint(if count < 0 { Sign::Minus } else { Sign::Plus }, BigUint::new(words)))
    }

    #[inline(never)]
    fn code(&mut self) -> Res {
        if !self.allow_code {
            return Err(exc::value_error("unmarshalling code objects is disallowed"));
        }
        let [argcount, posonlyargcount, kwonlyargcount, stacksize] = [self.count()?, self.count()?, self.count()?, self.count()?];
        let flags = self.long()? as u32;
        let code = self.field_bytes()?;
        let consts = self.field_tuple()?;
        let names = self.field_names()?;
        let localsplusnames = self.field_names()?;
        let localspluskinds = self.field_bytes()?;
        let [filename, name, qualname] = [self.field_text()?, self.field_text()?, self.field_text()?];
        let firstlineno = self.long()?;
        let [linetable, exceptiontable] = [self.field_bytes()?, self.field_bytes()?];
        let compiled = Code {
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            flags,
            code,
            consts: Vec::new(),
            names,
            localsplusnames,
            localspluskinds,
            filename: str::to_wtf8(&filename).into(),
            name: str::to_wtf8(&name).into(),
            qualname: str::to_wtf8(&qualname).into(),
            firstlineno,
            linetable,
            exceptiontable,
        };
        code_attrs::verified(compiled, tuple::items(&consts).to_vec(), filename)
    }

    fn count(&mut self) -> Res<u32> {
        u32::try_from(self.long()?).map_err(|_| exc::value_error("code: argument counts must not be negative"))
    }

    fn field_bytes(&mut self) -> Res<Vec<u8>> {
        let v = self.item("code object")?;
        if v.is_instance(types().bytes) { Ok(bytes::as_slice(&v).to_vec()) } else { Err(bad("bytes expected in code object")) }
    }

    fn field_tuple(&mut self) -> Res {
        let v = self.item("code object")?;
        if v.is_instance(types().tuple) { Ok(v) } else { Err(bad("tuple expected in code object")) }
    }

    fn field_text(&mut self) -> Res {
        let v = self.item("code object")?;
        if str::is_str(&v) { Ok(v) } else { Err(bad("string expected in code object")) }
    }

    fn field_names(&mut self) -> Res<Vec<Text>> {
        let names = self.field_tuple()?;
        let text = |v: &Value| if str::is_str(v) { Ok(str::to_wtf8(v).into()) } else { Err(bad("string expected in code object")) };
        tuple::items(&names).iter().map(text).collect()
    }
}

/// `count` bytes of a file, by its method `readinto`.
fn read_into(file: &Value, count: usize) -> Res<Vec<u8>> {
    let room = bytearray::from_vec(vec![0; count]);
    let got = call::call_method(file, &str::intern("readinto"), std::slice::from_ref(&room))?;
    let got = protocol::number::as_isize(&got)?;
    if got as usize == count && bytearray::as_slice(&room).len() == count {
        return Ok(bytearray::as_slice(&room).to_vec());
    }
    if got > count as isize {
        return Err(exc::value_error(format!("read() returned too much data: {count} bytes requested, {got} returned")));
    }
    Err(exc::eof_error("EOF read where not expected"))
}
