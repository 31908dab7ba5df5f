//! Code objects from what the compiler or a verified marshal stream gives: each text becomes one str, however many names and nested code
//! objects share it. Tables are copied: the compiler's have room to spare, and are in its region's chunks, which they would keep.

use super::code::{Parts, from_parts};
use crate::types::{bytes, int, str, tuple};
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::cell::UnsafeCell;
use weft_compiler::code::{Code as Compiled, Constant};
use weft_compiler::stored::looks_like_name;
use weft_compiler::text::Text;

/// A code object from what the compiler or a verified marshal stream gives.
pub fn new(compiled: Compiled) -> Value {
    Maker::default().code(compiled)
}

/// The parts of a code object, for callers that still change them.
pub fn parts(compiled: Compiled) -> Parts {
    Maker::default().parts(compiled)
}

/// The value of a constant.
pub fn constant(constant: &Constant) -> Value {
    Maker::default().constant(constant.clone())
}

fn table(bytes: &[u8]) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.to_vec())
}

#[derive(Default)]
struct Maker {
    /// Interned strs by the address of their text. While a compilation is taken over no text is made, so an address stands for one only.
    names: FxHashMap<usize, Value>,
}

impl Maker {
    fn name(&mut self, text: &Text) -> Value {
        self.names.entry(text.address()).or_insert_with(|| str::intern_wtf8(text)).clone()
    }

    fn name_list(&mut self, texts: &[Text]) -> Box<[Value]> {
        texts.iter().map(|text| self.name(text)).collect()
    }

    fn constants(&mut self, constants: Vec<Constant>) -> Vec<Value> {
        constants.into_iter().map(|constant| self.constant(constant)).collect()
    }

    fn constant(&mut self, constant: Constant) -> Value {
        match constant {
            Constant::None => Value::NONE,
            Constant::Ellipsis => Value::ELLIPSIS,
            Constant::Bool(b) => Value::bool(b),
            Constant::Int(i) => int::from_bigint_ref(&i),
            Constant::Float(x) => Value::float(x),
            Constant::Complex(re, im) => crate::types::complex::new(re, im),
            Constant::Str(s) if looks_like_name(s.as_bytes()) => self.name(&s),
            Constant::Str(s) => str::from_wtf8(&s),
            Constant::Bytes(b) => bytes::new(&b),
            Constant::Tuple(items) => tuple::from_vec(self.constants(items)),
            Constant::FrozenSet(items) => crate::types::set::frozen_from_constants(self.constants(items)),
            Constant::Slice(parts) => {
                let [start, stop, step] = parts.map(|part| self.constant(part));
                crate::types::slice::new(start, stop, step)
            }
            Constant::Code(code) => self.code(*code),
            Constant::List(items) => crate::types::list::from_vec(self.constants(items)),
            Constant::Set(_) | Constant::Dict(_) | Constant::StopIteration => Value::NONE,
        }
    }

    fn code(&mut self, compiled: Compiled) -> Value {
        from_parts(self.parts(compiled))
    }

    fn parts(&mut self, c: Compiled) -> Parts {
        Parts {
            units: UnsafeCell::new(c.code.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect()),
            names: self.name_list(&c.names),
            localsplusnames: self.name_list(&c.localsplusnames),
            localspluskinds: table(&c.localspluskinds),
            flags: c.flags,
            argcount: c.argcount,
            posonlyargcount: c.posonlyargcount,
            kwonlyargcount: c.kwonlyargcount,
            stacksize: c.stacksize,
            firstlineno: c.firstlineno,
            filename: self.name(&c.filename),
            name: self.name(&c.name),
            qualname: self.name(&c.qualname),
            linetable: table(&c.linetable),
            exceptiontable: table(&c.exceptiontable),
            consts: self.constants(c.consts).into(),
        }
    }
}
