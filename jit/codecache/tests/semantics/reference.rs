//! What each op means, said a second time in plain Rust.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "not below is another thing than at least, for NaN")]

use weft_layout::header::{Header, IMMORTAL, SHAPE_FLOAT};
use weft_layout::op::Op;
use weft_layout::tag::{self, is_float, is_int, is_ptr};

/// What an op should do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Outcome {
    /// Go on, with this in the result register.
    Gives(u64),
    /// Go on without a result.
    Continues,
    /// Leave the trace.
    Exits,
}

use Outcome::{Continues, Exits, Gives};

/// The heap object at a word.
pub fn header(word: u64) -> Header {
    // SAFETY: the tests make pointers of live objects only.
    unsafe { std::ptr::read(word as *const Header) }
}

fn float_payload(word: u64) -> u64 {
    // SAFETY: the caller saw the shape of a float.
    unsafe { std::ptr::read((word as *const u64).add(1)) }
}

fn guard(condition: bool) -> Outcome {
    if condition { Continues } else { Exits }
}

fn fits(value: i128) -> Outcome {
    let range = tag::INT_MIN as i128..=tag::INT_MAX as i128;
    if range.contains(&value) { Gives((value << 1) as u64) } else { Exits }
}

fn truncated(x: f64) -> Outcome {
    if x.abs() < 2f64.powi(62) { fits(x as i128) } else { Exits }
}

/// The op's outcome; `None`: it is tested elsewhere. Operands are machine words; floats their bits.
pub fn outcome(op: Op, operands: [u64; 3], folded: bool, imm: u64) -> Option<Outcome> {
    let [a, b, c] = operands;
    let (x, y) = (f64::from_bits(a), f64::from_bits(b));
    let (i, j) = ((a as i64 >> 1) as i128, (b as i64 >> 1) as i128);
    // The folded factor of a multiplication is plain.
    let factor = if folded { b as i64 as i128 } else { j };
    let float = |x: f64| Gives(x.to_bits());
    let bool = |b: bool| Gives(b as u64);
    Some(match op {
        Op::ConstZero | Op::ConstFloatZero => Gives(0),
        Op::ConstU32 => Gives(imm as u32 as u64),
        Op::ConstI32 => Gives(imm as i32 as i64 as u64),
        Op::ConstWord | Op::ConstFloat => Gives(imm),
        Op::Move | Op::MoveFloat => Gives(a),

        Op::GuardInt if is_int(a) => Gives(a - 1),
        Op::GuardInt => Exits,
        Op::GuardFloat | Op::UnboxFloat if is_float(a) => float(tag::float_value(a)),
        Op::GuardFloat | Op::UnboxFloat if is_ptr(a) && header(a).shape == SHAPE_FLOAT => Gives(float_payload(a)),
        Op::GuardFloat => Exits,
        Op::GuardFloatWord if is_float(a) => float(tag::float_value(a)),
        Op::GuardFloatWord => Exits,
        Op::GuardBool | Op::UnboxBool if tag::is_bool(a) => bool(a == tag::TRUE),
        Op::GuardBool => Exits,
        Op::GuardIsInt => guard(is_int(a)),
        Op::GuardShape => guard(is_ptr(a) && header(a).shape == imm as u32),
        Op::GuardShapePtr => guard(header(a).shape == imm as u32),
        Op::GuardNull | Op::GuardFalse => guard(a == 0),
        Op::GuardNonNull | Op::GuardTrue => guard(a != 0),
        Op::GuardIs => guard(a == b),
        Op::GuardIsNot => guard(a != b),

        Op::BoxInt => Gives(a | 1),
        Op::UnboxInt if is_int(a) => Gives(a & !1),
        Op::BoxBool => Gives(tag::bool_word(a == 1)),
        Op::BoxFloat => Gives(tag::try_float_word(x)?),

        Op::IntAdd | Op::IntAddUnchecked => fits(i + j),
        Op::IntSub | Op::IntSubUnchecked => fits(i - j),
        Op::IntRsub => fits((imm as i64 >> 1) as i128 - i),
        Op::IntMul | Op::IntMulUnchecked => fits(i * factor),
        Op::IntNeg | Op::IntNegUnchecked => fits(-i),
        Op::IntAbs => fits(i.abs()),
        Op::IntFloorDiv | Op::IntMod | Op::IntTrueDiv if j == 0 => Exits,
        Op::IntFloorDiv => fits(i.div_euclid(j) - if i.rem_euclid(j) != 0 && j < 0 { 1 } else { 0 }),
        Op::IntMod => fits(i.rem_euclid(j) + if i.rem_euclid(j) != 0 && j < 0 { j } else { 0 }),
        Op::IntTrueDiv => {
            let exact = |i: i128| (-(1 << 53)..1 << 53).contains(&i);
            if exact(i) && exact(j) { float(i as f64 / j as f64) } else { Exits }
        }
        Op::IntAnd | Op::WordAnd | Op::BoolAnd => Gives(a & b),
        Op::IntOr | Op::BoolOr => Gives(a | b),
        Op::IntXor | Op::BoolXor => Gives(a ^ b),
        Op::IntInvert => fits(!i),
        Op::IntShl => {
            let count = if folded { b as i128 } else { j };
            if (0..=62).contains(&count) { fits(i << count) } else { Exits }
        }
        Op::IntShr => {
            if j < 0 {
                Exits
            } else {
                fits(i >> j.min(100))
            }
        }
        Op::IntShrConst => fits(i >> imm),
        Op::IntLt => bool(i < j),
        Op::IntLe => bool(i <= j),
        Op::IntGt => bool(i > j),
        Op::IntGe => bool(i >= j),
        Op::IntEq => bool(i == j),
        Op::IntNe => bool(i != j),
        Op::GuardIntLt => guard(i < j),
        Op::GuardIntLe => guard(i <= j),
        Op::GuardIntGt => guard(i > j),
        Op::GuardIntGe => guard(i >= j),
        Op::GuardIntEq => guard(i == j),
        Op::GuardIntNe => guard(i != j),

        Op::WordOfInt => Gives((a as i64 >> 1) as u64),
        Op::IntOfWord | Op::IntOfWordUnchecked => fits(a as i64 as i128),
        Op::WordAdd => Gives(a.wrapping_add(b)),
        Op::WordSub => Gives(a.wrapping_sub(b)),
        Op::WordShl => Gives(a << imm),
        Op::WordShr => Gives(a >> imm),
        Op::WordSar => Gives((a as i64 >> imm) as u64),
        Op::WordEq => bool(a == b),
        Op::WordNe => bool(a != b),
        Op::WordUlt => bool(a < b),
        Op::GuardUlt => guard(a < b),
        Op::GuardUge | Op::GuardRoom => guard(a >= b),
        Op::BoolNot => Gives(a ^ 1),
        Op::IntOfBool => Gives(a << 1),
        Op::Select => Gives(if a == 1 { b } else { c }),

        Op::FloatAdd => float(x + y),
        Op::FloatSub => float(x - y),
        Op::FloatMul => float(x * y),
        Op::FloatDiv if y == 0.0 => Exits,
        Op::FloatDiv | Op::FloatDivUnchecked => float(x / y),
        Op::FloatNeg => Gives(a ^ 1 << 63),
        Op::FloatAbs => Gives(a & !(1 << 63)),
        Op::FloatSqrt if x < 0.0 => Exits,
        Op::FloatSqrt => float(x.sqrt()),
        Op::FloatMin => Gives(if y < x { b } else { a }),
        Op::FloatMax => Gives(if y > x { b } else { a }),
        Op::FloatOfInt => float(i as f64),
        Op::FloatTrunc => truncated(x),
        Op::FloatFloor if x.abs() < 2f64.powi(62) => fits(x.floor() as i128),
        Op::FloatCeil if x.abs() < 2f64.powi(62) => fits(x.ceil() as i128),
        Op::FloatFloor | Op::FloatCeil => Exits,
        Op::FloatLt => bool(x < y),
        Op::FloatLe => bool(x <= y),
        Op::FloatGt => bool(x > y),
        Op::FloatGe => bool(x >= y),
        Op::FloatEq => bool(x == y),
        Op::FloatNe => bool(x != y),
        Op::FloatTruth => bool(x != 0.0),
        Op::GuardFloatLt => guard(x < y),
        Op::GuardFloatLe => guard(x <= y),
        Op::GuardFloatGt => guard(x > y),
        Op::GuardFloatGe => guard(x >= y),
        Op::GuardFloatEq => guard(x == y),
        Op::GuardFloatNe => guard(x != y),
        Op::GuardFloatNotLt => guard(!(x < y)),
        Op::GuardFloatNotLe => guard(!(x <= y)),
        Op::GuardFloatNotGt => guard(!(x > y)),
        Op::GuardFloatNotGe => guard(!(x >= y)),
        _ => return None,
    })
}

/// Whether the op may be given these operands at all.
pub fn is_defined(op: Op, operands: [u64; 3], folded: bool, imm: u64) -> bool {
    let [a, _, _] = operands;
    match op {
        Op::GuardShape => a != 0,
        Op::UnboxInt => is_int(a),
        Op::UnboxBool => tag::is_bool(a),
        Op::UnboxFloat => is_float(a) || is_ptr(a) && header(a).shape == SHAPE_FLOAT,
        Op::BoxFloat => tag::try_float_word(f64::from_bits(a)).is_some(),
        Op::IntAddUnchecked | Op::IntSubUnchecked | Op::IntMulUnchecked | Op::IntNegUnchecked | Op::IntOfWordUnchecked => {
            outcome(op, operands, folded, imm) != Some(Exits)
        }
        _ => true,
    }
}

/// The count after an owner more or less.
pub fn count_after(count: u32, step: i32) -> u32 {
    if count & IMMORTAL != 0 { count } else { count.wrapping_add_signed(step) }
}
