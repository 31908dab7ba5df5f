//! The compiler's result: CPython 3.14's code object as plain data, and the constants it can hold.

use crate::text::Text;
use num_bigint::BigInt;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

/// Bits of [`Code::flags`], CPython's `co_flags`.
pub mod co_flags {
    #![allow(missing_docs)]
    pub const OPTIMIZED: u32 = 0x0001;
    pub const NEWLOCALS: u32 = 0x0002;
    pub const VARARGS: u32 = 0x0004;
    pub const VARKEYWORDS: u32 = 0x0008;
    pub const NESTED: u32 = 0x0010;
    pub const GENERATOR: u32 = 0x0020;
    pub const COROUTINE: u32 = 0x0080;
    pub const ITERABLE_COROUTINE: u32 = 0x0100;
    pub const ASYNC_GENERATOR: u32 = 0x0200;
    pub const FUTURE_DIVISION: u32 = 0x2_0000;
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x4_0000;
    pub const FUTURE_WITH_STATEMENT: u32 = 0x8_0000;
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x10_0000;
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x20_0000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x40_0000;
    pub const FUTURE_GENERATOR_STOP: u32 = 0x80_0000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x100_0000;
    pub const NO_MONITORING_EVENTS: u32 = 0x200_0000;
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
    pub const METHOD: u32 = 0x800_0000;
}

/// Bits of [`Code::localspluskinds`] (CPython's `CO_FAST_*`).
pub mod local_kind {
    #![allow(missing_docs)]
    pub const ARG_POS: u8 = 0x02;
    pub const ARG_KW: u8 = 0x04;
    pub const ARG_VAR: u8 = 0x08;
    pub const HIDDEN: u8 = 0x10;
    pub const LOCAL: u8 = 0x20;
    pub const CELL: u8 = 0x40;
    pub const FREE: u8 = 0x80;
}

/// A code object, field for field what CPython 3.14 marshals.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// Greatest depth of the value stack.
    pub stacksize: u32,
    /// A union of [`co_flags`].
    pub flags: u32,
    /// 16-bit code units, opcode in the first byte and operand in the second, caches zero.
    pub code: Vec<u8>,
    /// `co_consts`.
    pub consts: Vec<Constant>,
    /// `co_names`.
    pub names: Vec<Text>,
    /// Names of the fast locals, cells and free variables, in frame order.
    pub localsplusnames: Vec<Text>,
    /// For each of those, a union of [`local_kind`].
    pub localspluskinds: Vec<u8>,
    /// `co_filename`.
    pub filename: Text,
    /// `co_name`.
    pub name: Text,
    /// `co_qualname`.
    pub qualname: Text,
    /// `co_firstlineno`.
    pub firstlineno: i32,
    /// `co_linetable`: CPython's location table (InternalDocs/code_objects.md).
    pub linetable: Vec<u8>,
    /// `co_exceptiontable` (InternalDocs/exception_handling.md).
    pub exceptiontable: Vec<u8>,
}

/// A value that a code object or a marshal stream can hold.
///
/// The compiler itself produces all kinds but `List`, `Set`, `Dict` and `StopIteration`, which only marshal streams hold.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Constant {
    None,
    Ellipsis,
    Bool(bool),
    Int(BigInt),
    Float(f64),
    Complex(f64, f64),
    Str(Text),
    Bytes(Vec<u8>),
    Tuple(Vec<Constant>),
    FrozenSet(Vec<Constant>),
    Slice(Box<[Constant; 3]>),
    Code(Box<Code>),
    List(Vec<Constant>),
    Set(Vec<Constant>),
    Dict(Vec<(Constant, Constant)>),
    StopIteration,
}

impl PartialEq for Constant {
    /// Equality as the compiler merges constants: by type and exact value, floats by their bits.
    fn eq(&self, other: &Constant) -> bool {
        use Constant::*;
        match (self, other) {
            (None, None) | (Ellipsis, Ellipsis) | (StopIteration, StopIteration) => true,
            (Bool(a), Bool(b)) => a == b,
            (Int(a), Int(b)) => a == b,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Complex(a, b), Complex(c, d)) => a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits(),
            (Str(a), Str(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            // The order of a set's elements means nothing.
            (FrozenSet(a), FrozenSet(b)) => a.len() == b.len() && a.iter().all(|x| b.contains(x)),
            (Tuple(a), Tuple(b)) | (List(a), List(b)) | (Set(a), Set(b)) => a == b,
            (Slice(a), Slice(b)) => a == b,
            (Code(a), Code(b)) => a == b,
            (Dict(a), Dict(b)) => a == b,
            _ => false,
        }
    }
}

/// A hash that agrees with equality of constants.
pub(crate) fn constant_hash(constant: &Constant) -> u64 {
    let mut hasher = FxHasher::default();
    feed(constant, &mut hasher);
    hasher.finish()
}

fn feed(constant: &Constant, h: &mut FxHasher) {
    std::mem::discriminant(constant).hash(h);
    match constant {
        Constant::None | Constant::Ellipsis | Constant::StopIteration => {}
        Constant::Bool(b) => b.hash(h),
        Constant::Int(i) => i.hash(h),
        Constant::Float(f) => f.to_bits().hash(h),
        Constant::Complex(re, im) => (re.to_bits(), im.to_bits()).hash(h),
        Constant::Str(s) => s.hash(h),
        Constant::Bytes(b) => b.hash(h),
        Constant::Tuple(items) | Constant::List(items) | Constant::Set(items) => {
            items.len().hash(h);
            items.iter().for_each(|item| feed(item, h));
        }
        // Unordered.
        Constant::FrozenSet(items) => {
            let sum = items.iter().map(constant_hash).fold(0, u64::wrapping_add);
            (items.len(), sum).hash(h);
        }
        Constant::Slice(parts) => parts.iter().for_each(|item| feed(item, h)),
        Constant::Code(code) => {
            code.firstlineno.hash(h);
            code.code.hash(h);
        }
        Constant::Dict(items) => items.len().hash(h),
    }
}
