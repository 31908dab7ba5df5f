//! Arithmetic and comparisons.

use super::subscripts::subscript;
use crate::class::slots::CompareOp;
use crate::eval::interpret::view;
use crate::frame::Frame;
use crate::protocol;
use crate::protocol::number::BinaryOp;
use crate::types::str;
use crate::value::{Res, Value, decref};
use crate::vm::types;
use weft_layout::tag::{self, NULL, Word, float_value, try_float_word};

const ADD: usize = 0;
const AND: usize = 1;
const FLOOR_DIVIDE: usize = 2;
const MULTIPLY: usize = 5;
const REMAINDER: usize = 6;
const POWER: usize = 8;
const OR: usize = 7;
const SUBTRACT: usize = 10;
const TRUE_DIVIDE: usize = 11;
const XOR: usize = 12;
const INPLACE: usize = 13;
const SUBSCR: usize = 26;

/// `a op b` of two small ints, if the result is a small int or an inline float.
#[inline(always)]
pub fn int_binary(op: usize, a: Word, b: Word) -> Option<Word> {
    let op = if op >= INPLACE && op != SUBSCR { op - INPLACE } else { op };
    match op {
        ADD => (a as i64).checked_add((b - 1) as i64).map(|r| r as u64),
        SUBTRACT => (a as i64).checked_sub((b - 1) as i64).map(|r| r as u64),
        MULTIPLY => ((a - 1) as i64).checked_mul(b as i64 >> 1).map(|r| r as u64 | 1),
        AND => Some(a & b),
        OR => Some(a | b),
        XOR => Some((a ^ b) | 1),
        FLOOR_DIVIDE | REMAINDER => {
            let (x, y) = (a as i64 >> 1, b as i64 >> 1);
            if y == 0 || y == -1 {
                return None;
            }
            let (q, r) = (x / y, x % y);
            let adjust = r != 0 && (r < 0) != (y < 0);
            Some(if op == FLOOR_DIVIDE { tag::int_word(q - adjust as i64) } else { tag::int_word(if adjust { r + y } else { r }) })
        }
        POWER => {
            let (x, y) = (a as i64 >> 1, b as i64 >> 1);
            u32::try_from(y).ok().and_then(|y| x.checked_pow(y)).and_then(tag::try_int_word)
        }
        TRUE_DIVIDE => {
            const EXACT: i64 = 1 << 53;
            let (x, y) = (a as i64 >> 1, b as i64 >> 1);
            if y == 0 || !(-EXACT..=EXACT).contains(&x) || !(-EXACT..=EXACT).contains(&y) {
                return None;
            }
            try_float_word(x as f64 / y as f64)
        }
        _ => None,
    }
}

/// `a + b` of two small ints, if it is one.
#[inline(always)]
pub fn int_add(a: Word, b: Word) -> Option<Word> {
    (a as i64).checked_add((b - 1) as i64).map(|r| r as u64)
}

/// `a - b` of two small ints, if it is one.
#[inline(always)]
pub fn int_subtract(a: Word, b: Word) -> Option<Word> {
    (a as i64).checked_sub((b - 1) as i64).map(|r| r as u64)
}

/// `a * b` of two small ints, if it is one.
#[inline(always)]
pub fn int_multiply(a: Word, b: Word) -> Option<Word> {
    ((a - 1) as i64).checked_mul(b as i64 >> 1).map(|r| r as u64 | 1)
}

/// `a op b` of small ints and inline floats, mixed or not, if the result is such a number.
#[inline]
pub fn number_binary(op: usize, a: Word, b: Word) -> Option<Word> {
    if tag::is_int(a) && tag::is_int(b) {
        return int_binary(op, a, b);
    }
    let (x, y) = (crate::eval::fast::number(a)?, crate::eval::fast::number(b)?);
    float_operation(op, x, y)
}

/// `a op b` of two inline floats, if the result is an inline float.
#[inline(always)]
pub fn float_binary(op: usize, a: Word, b: Word) -> Option<Word> {
    float_operation(op, float_value(a), float_value(b))
}

#[inline(always)]
fn float_operation(op: usize, x: f64, y: f64) -> Option<Word> {
    let op = if op >= INPLACE && op != SUBSCR { op - INPLACE } else { op };
    match op {
        ADD => try_float_word(x + y),
        SUBTRACT => try_float_word(x - y),
        MULTIPLY => try_float_word(x * y),
        TRUE_DIVIDE if y != 0.0 => try_float_word(x / y),
        // A positive base has a power that is no complex number; what overflows raises in the general form.
        POWER if x > 0.0 => try_float_word(x.powf(y)),
        _ => None,
    }
}

/// BINARY_OP in general; the operands are at `at` and behind it.
///
/// # Safety
/// The two words are live operands of the running frame.
#[inline(never)]
pub unsafe fn binary(op: usize, at: *mut Word, frame: *mut Frame) -> Res {
    // SAFETY: the operands stay on the stack until the caller replaces them.
    let (a, b) = unsafe { (view(at), view(at.add(1))) };
    if op == SUBSCR {
        return subscript(a, b);
    }
    let class = a.class();
    if (op == ADD || op == ADD + INPLACE) && std::ptr::eq(class, types().str) && std::ptr::eq(b.class(), types().str) {
        // SAFETY: passed on.
        return unsafe { concatenate(at, frame) };
    }
    if op >= INPLACE {
        protocol::number::inplace(BinaryOp::from_index((op - INPLACE) as u32), a, b)
    } else {
        protocol::number::binary(BinaryOp::from_index(op as u32), a, b)
    }
}

/// BINARY_OP of two values anywhere.
pub fn binary_values(op: usize, a: &Value, b: &Value) -> Res {
    if op == SUBSCR {
        return subscript(a, b);
    }
    if op >= INPLACE {
        protocol::number::inplace(BinaryOp::from_index((op - INPLACE) as u32), a, b)
    } else {
        protocol::number::binary(BinaryOp::from_index(op as u32), a, b)
    }
}

/// `a + b` of two strings. Where the result goes straight back to the only variable that holds `a`, it grows in place.
///
/// # Safety
/// The two words are live strings on the running frame's stack.
pub unsafe fn concatenate(at: *mut Word, frame: *mut Frame) -> Res {
    use weft_compiler::opcode::op as opcodes;
    // SAFETY: the instruction after BINARY_OP and its caches is inside the code; locals are the frame's.
    unsafe {
        let (a, b) = (view(at), view(at.add(1)));
        if a.refcount() == 2 {
            let next = *(*frame).ip.add(6);
            let slot = Frame::locals(frame).add((next >> 8) as usize);
            if (next & 0xff) as u8 == opcodes::STORE_FAST && *slot == *at {
                // The variable is about to be overwritten: give its reference up first.
                *slot = NULL;
                decref(*at);
                let owned = Value::from_word(std::mem::replace(&mut *at, tag::NONE));
                return str::concat_in_place(owned, b);
            }
        }
        str::concat(a, b)
    }
}

/// COMPARE_OP: the operator in the high bits, whether to coerce to bool in bit 4.
pub fn compare(arg: usize, a: &Value, b: &Value) -> Res {
    let op = CompareOp::from_index(arg >> 5);
    let r = if let (Some(x), Some(y)) = (inline_float(a), inline_float(b)) {
        Value::bool(match op {
            CompareOp::Lt => x < y,
            CompareOp::Le => x <= y,
            CompareOp::Eq => x == y,
            CompareOp::Ne => x != y,
            CompareOp::Gt => x > y,
            CompareOp::Ge => x >= y,
        })
    } else if matches!(op, CompareOp::Eq | CompareOp::Ne) && std::ptr::eq(a.class(), types().str) && std::ptr::eq(b.class(), types().str) {
        Value::bool(str::equal(a, b) == (op == CompareOp::Eq))
    } else {
        protocol::compare(a, b, op)?
    };
    if arg & 16 != 0 && !tag::is_bool(r.word()) { protocol::is_true(&r).map(Value::bool) } else { Ok(r) }
}

fn inline_float(v: &Value) -> Option<f64> {
    tag::is_float(v.word()).then(|| float_value(v.word()))
}
