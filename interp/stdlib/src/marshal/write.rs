//! Values to marshal streams.
//!
//! From version 3 of the format on each object on the heap is written once: its type byte has FLAG_REF, which numbers it, and where it
//! occurs again only its number is written. A container is numbered before its items are written, so it may contain itself.

use std::collections::HashMap;
use weft_compiler::marshal::{MAX_DEPTH, tag};
use weft_vm::thread::check_native_stack;
use weft_vm::types::{bytes, code, complex, dict, float, int, list, set, slice, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{buffer, exc, protocol};

/// The stream of a value.
pub fn write(v: &Value, version: i64, allow_code: bool) -> Res<Vec<u8>> {
    let mut writer = Writer {
        out: Vec::new(),
        depth: 0,
        version,
        allow_code,
        objects: HashMap::new(),
        contents: HashMap::new(),
        kept: Vec::new(),
        numbers: 0,
    };
    writer.value(v)?;
    Ok(writer.out)
}

fn unmarshallable() -> exc::Raised {
    exc::value_error("unmarshallable object")
}

struct Writer {
    out: Vec<u8>,
    depth: usize,
    version: i64,
    allow_code: bool,
    /// Numbers of objects by identity; none for those that must not contain themselves and are not complete.
    objects: HashMap<u64, Option<u32>>,
    /// Numbers of the byte strings of code objects, which are no objects here.
    contents: HashMap<Vec<u8>, u32>,
    /// Keeps what has been written alive, so that identities stay unique.
    kept: Vec<Value>,
    numbers: u32,
}

impl Writer {
    fn size(&mut self, n: usize) -> Res<()> {
        let n = i32::try_from(n).map_err(|_| unmarshallable())?;
        self.out.extend(n.to_le_bytes());
        Ok(())
    }

    fn long(&mut self, n: i32) {
        self.out.extend(n.to_le_bytes());
    }

    /// A type byte, length and contents.
    fn sized(&mut self, kind: u8, contents: &[u8]) -> Res<()> {
        self.out.push(kind);
        self.size(contents.len())?;
        self.out.extend(contents);
        Ok(())
    }

    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers - 1
    }

    fn value(&mut self, v: &Value) -> Res<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(exc::value_error("object too deeply nested to marshal"));
        }
        self.object(v)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, v: &Value) -> Res<()> {
        let t = types();
        let single = if v.is_none() {
            Some(tag::NONE)
        } else if v.is(&Value::FALSE) {
            Some(tag::FALSE)
        } else if v.is(&Value::TRUE) {
            Some(tag::TRUE)
        } else if v.is(&Value::ELLIPSIS) {
            Some(tag::ELLIPSIS)
        } else if v.is(&t.stop_iteration.value()) {
            Some(tag::STOP_ITERATION)
        } else {
            None
        };
        if let Some(kind) = single {
            self.out.push(kind);
            return Ok(());
        }
        if std::ptr::eq(v.class(), t.int)
            && let Some(n) = int::as_i64(v).and_then(|n| i32::try_from(n).ok())
        {
            self.out.push(tag::INT);
            self.long(n);
            return Ok(());
        }
        check_native_stack(" while marshalling an object")?;
        if self.version < 3 {
            self.contents(v, 0)?;
        } else {
            match self.objects.get(&v.id()) {
                Some(Some(number)) => {
                    let number = *number;
                    self.out.push(tag::REF);
                    self.out.extend(number.to_le_bytes());
                }
                Some(None) => return Err(unmarshallable()),
                None => {
                    let number = self.number();
                    let closed = v.is_instance(t.code) || std::ptr::eq(v.class(), t.slice);
                    self.objects.insert(v.id(), (!closed).then_some(number));
                    self.kept.push(v.clone());
                    self.contents(v, tag::FLAG_REF)?;
                    self.objects.insert(v.id(), Some(number));
                }
            }
        }
        Ok(())
    }

    fn contents(&mut self, v: &Value, flag: u8) -> Res<()> {
        let t = types();
        let class = v.class();
        let is = |other| std::ptr::eq(class, other);
        if is(t.int) {
            self.big_int(v, flag)
        } else if is(t.float) {
            let x = float::as_f64(v).unwrap_or_default();
            if self.version > 1 {
                self.out.push(tag::BINARY_FLOAT | flag);
                self.out.extend(x.to_le_bytes());
                Ok(())
            } else {
                self.out.push(tag::FLOAT | flag);
                self.float_text(x)
            }
        } else if is(t.complex) {
            let Some(z) = complex::as_parts(v) else { return Err(unmarshallable()) };
            if self.version > 1 {
                self.out.push(tag::BINARY_COMPLEX | flag);
                self.out.extend(z.re.to_le_bytes());
                self.out.extend(z.im.to_le_bytes());
                Ok(())
            } else {
                self.out.push(tag::COMPLEX | flag);
                self.float_text(z.re)?;
                self.float_text(z.im)
            }
        } else if is(t.bytes) {
            self.sized(tag::BYTES | flag, bytes::as_slice(v))
        } else if is(t.str) {
            self.text(v, flag)
        } else if is(t.tuple) {
            let items = tuple::items(v);
            match u8::try_from(items.len()) {
                Ok(n) if self.version >= 4 => self.out.extend([tag::SMALL_TUPLE | flag, n]),
                _ => {
                    self.out.push(tag::TUPLE | flag);
                    self.size(items.len())?;
                }
            }
            items.iter().try_for_each(|item| self.value(item))
        } else if is(t.list) {
            let items = list::to_vec(v);
            self.out.push(tag::LIST | flag);
            self.size(items.len())?;
            items.iter().try_for_each(|item| self.value(item))
        } else if is(t.dict) {
            self.out.push(tag::DICT | flag);
            for (key, item) in dict::entries(v) {
                self.value(&key)?;
                self.value(&item)?;
            }
            self.out.push(tag::NULL);
            Ok(())
        } else if is(t.set) {
            self.set(v, tag::SET | flag)
        } else if is(t.frozenset) {
            self.set(v, tag::FROZENSET | flag)
        } else if v.is_instance(t.code) {
            self.code(v, flag)
        } else if is(t.slice) {
            if self.version < 5 {
                return Err(unmarshallable());
            }
            let (start, stop, step) = slice::parts(v);
            self.out.push(tag::SLICE | flag);
            [start, stop, step].iter().try_for_each(|bound| self.value(bound))
        } else if class.slots().buffer.is_some() {
            let view = buffer::get(v)?;
            let contents = view.as_slice().to_vec();
            drop(view);
            self.sized(tag::BYTES | flag, &contents)
        } else {
            Err(unmarshallable())
        }
    }

    fn big_int(&mut self, v: &Value, flag: u8) -> Res<()> {
        self.out.push(tag::LONG | flag);
        let (sign, words) = int::to_bigint(v).to_u32_digits();
        let bits = words.len() * 32 - words.last().map_or(0, |w| w.leading_zeros() as usize);
        let count = i32::try_from(bits.div_ceil(15)).map_err(|_| unmarshallable())?;
        self.long(if sign == num_bigint::Sign::Minus { -count } else { count });
        let (mut pending, mut held) = (0u64, 0);
        let mut words = words.into_iter();
        for _ in 0..count {
            if held < 15 {
                pending |= u64::from(words.next().unwrap_or(0)) << held;
                held += 32;
            }
            self.out.extend((pending as u16 & 0x7fff).to_le_bytes());
            pending >>= 15;
            held -= 15;
        }
        Ok(())
    }

    fn float_text(&mut self, x: f64) -> Res<()> {
        let text = protocol::repr_string(&Value::float(x))?;
        self.out.push(text.len() as u8);
        self.out.extend(text.as_bytes());
        Ok(())
    }

    fn text(&mut self, v: &Value, flag: u8) -> Res<()> {
        let text = str::to_wtf8(v);
        let contents = text.as_bytes();
        let interned = self.version >= 3 && str::is_interned(v);
        if self.version < 4 || !contents.is_ascii() {
            return self.sized(if interned { tag::INTERNED } else { tag::UNICODE } | flag, contents);
        }
        match u8::try_from(contents.len()) {
            Ok(n) => {
                self.out.extend([if interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII } | flag, n]);
                self.out.extend(contents);
                Ok(())
            }
            Err(_) => self.sized(if interned { tag::ASCII_INTERNED } else { tag::ASCII } | flag, contents),
        }
    }

    /// The items in the order of their own streams, which does not depend on the hash seed.
    fn set(&mut self, v: &Value, kind: u8) -> Res<()> {
        let items = protocol::iter::collect(v)?;
        self.out.push(kind);
        self.size(items.len())?;
        if let [item] = &items[..] {
            return self.value(item);
        }
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let mut own = Writer {
                out: Vec::new(),
                depth: self.depth,
                version: self.version,
                allow_code: self.allow_code,
                objects: HashMap::new(),
                contents: HashMap::new(),
                kept: Vec::new(),
                numbers: 0,
            };
            own.value(&item)?;
            keyed.push((own.out, item));
        }
        if set::len(v) != keyed.len() {
            return Err(exc::runtime_error("set changed size during iteration"));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        keyed.iter().try_for_each(|(_, item)| self.value(item))
    }

    fn code(&mut self, v: &Value, flag: u8) -> Res<()> {
        if !self.allow_code {
            return Err(exc::value_error("marshalling code objects is disallowed"));
        }
        let c = code::this(v);
        self.out.push(tag::CODE | flag);
        for n in [c.argcount, c.posonlyargcount, c.kwonlyargcount, c.stacksize, c.flags] {
            self.long(n as i32);
        }
        let units: Vec<u8> = c.original_units().iter().flat_map(|unit| unit.to_le_bytes()).collect();
        self.byte_string(&units)?;
        self.items(&c.consts)?;
        self.items(&c.names)?;
        self.items(&c.localsplusnames)?;
        self.byte_string(&c.localspluskinds)?;
        for text in [&c.filename, &c.name, &c.qualname] {
            self.value(text)?;
        }
        self.long(c.firstlineno);
        self.byte_string(&c.linetable)?;
        self.byte_string(&c.exceptiontable)
    }

    /// A tuple that is no object here.
    fn items(&mut self, items: &[Value]) -> Res<()> {
        self.out.push(tag::TUPLE);
        self.size(items.len())?;
        items.iter().try_for_each(|item| self.value(item))
    }

    fn byte_string(&mut self, contents: &[u8]) -> Res<()> {
        if self.version < 3 {
            return self.sized(tag::BYTES, contents);
        }
        if let Some(&number) = self.contents.get(contents) {
            self.out.push(tag::REF);
            self.out.extend(number.to_le_bytes());
            return Ok(());
        }
        let number = self.number();
        self.contents.insert(contents.to_vec(), number);
        self.sized(tag::BYTES | tag::FLAG_REF, contents)
    }
}
