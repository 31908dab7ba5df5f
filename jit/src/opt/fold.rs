//! Folding: rules that replace an instruction by a simpler one, or by a value that exists already.
//!
//! ```text
//! v2.I = int_add v1, I:1 !s0             v2.I = int_add v1, I:1 !s0
//! v3.I = int_add v2, I:2 !s0      →      v3.I = int_add v1, I:3 !s0
//! v4.B = int_lt v3, v9                   v4.B = int_lt v3, v9
//! guard_true v4 !s1                      guard_int_lt v3, v9 !s1
//! v5.V = box_int v3
//! v6.I = guard_int v5 !s1                (v6 is v3)
//! ```
//!
//! A rule is a function from the instruction, not yet in the trace, to a [`Simpler`]; [`RULES`] says which ops it is
//! for. Rules are tried in the table's order until one applies, then all over again on what it made. A new rule must
//! - be right for every value of its operands, overflow, NaN, -0.0 and heap floats included;
//! - make progress: fewer operands, a cheaper op or a canonical order, never the reverse of another rule;
//! - keep what the op tests: an op that exits becomes one that exits in the same cases, or cannot be reached with them;
//! - not change who owns a reference. So `box_float(guard_float(x))` is not `x` here, for its result is owned; of a float in the word it is.

use super::applied::Rule;
use super::emit::{Emitter, Simpler};
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, Ty};
use crate::planted::{Bug, planted};
use std::sync::LazyLock;
use weft_layout::op::Op;
use weft_layout::tag;

type Fold = fn(&mut Emitter, &Inst) -> Simpler;

use Op::*;

const COMMUTATIVE: &[Op] = &[
    IntAdd,
    IntMul,
    IntAddUnchecked,
    IntMulUnchecked,
    IntAnd,
    IntOr,
    IntXor,
    IntEq,
    IntNe,
    GuardIntEq,
    GuardIntNe,
    GuardIs,
    GuardIsNot,
    WordAdd,
    WordAnd,
    WordEq,
    WordNe,
];

/// Which rules are tried for which ops, in order.
static RULES: &[(Rule, &[Op], Fold)] = &[
    (Rule::IntConstants, &[IntAdd, IntSub, IntMul, IntAddUnchecked, IntSubUnchecked, IntMulUnchecked, IntFloorDiv, IntMod], int_constants),
    (Rule::IntConstants, &[IntAnd, IntOr, IntXor, IntNeg, IntNegUnchecked, IntAbs, IntInvert, IntShrConst], int_constants),
    (Rule::IntComparison, &[IntLt, IntLe, IntGt, IntGe, IntEq, IntNe], int_comparison),
    (Rule::IntComparison, &[GuardIntLt, GuardIntLe, GuardIntGt, GuardIntGe, GuardIntEq, GuardIntNe], int_comparison),
    (Rule::ConstantLast, COMMUTATIVE, constant_last),
    (Rule::ComparisonConstantLast, &[IntLt, IntLe, IntGt, IntGe, GuardIntLt, GuardIntLe, GuardIntGt, GuardIntGe], comparison_constant_last),
    (Rule::SubToAdd, &[IntSub, IntSubUnchecked], sub_to_add),
    (Rule::IntIdentity, &[IntAdd, IntAddUnchecked, IntMul, IntMulUnchecked, IntAnd, IntOr, IntXor], int_identity),
    (Rule::Reassociate, &[IntAdd], reassociate),
    (Rule::DivideByPower, &[IntFloorDiv, IntMod], divide_by_power),
    (Rule::ShiftByConstant, &[IntShl, IntShr], shift_by_constant),
    (Rule::UnboxBoxed, &[UnboxInt, UnboxFloat, UnboxBool, GuardInt, GuardFloat, GuardFloatWord, GuardBool], unbox_boxed),
    (Rule::BoxUnboxed, &[BoxInt, BoxBool, BoxFloat], box_unboxed),
    (Rule::GuardCondition, &[GuardTrue, GuardFalse], guard_condition),
    (Rule::NotCondition, &[BoolNot], not_condition),
    (Rule::BoolConstants, &[BoolAnd, BoolOr, BoolXor], bool_constants),
    (Rule::SameWord, &[GuardIs, GuardIsNot, WordEq, WordNe], same_word),
    (Rule::UnsignedComparison, &[GuardUlt, GuardUge, WordUlt], unsigned_comparison),
    (Rule::Select, &[Select], select),
    (Rule::Convert, &[WordOfInt, IntOfWord, IntOfWordUnchecked, FloatOfInt, IntOfBool], convert),
    (Rule::FloatConstants, &[FloatAdd, FloatSub, FloatMul, FloatDiv, FloatDivUnchecked, FloatNeg, FloatAbs, FloatSqrt], float_constants),
    (Rule::FloatComparison, &[FloatLt, FloatLe, FloatGt, FloatGe, FloatEq, FloatNe, FloatTruth], float_comparison),
    (Rule::FloatIdentity, &[FloatAdd, FloatSub, FloatMul, FloatDiv, FloatDivUnchecked, FloatNeg, FloatAbs], float_identity),
];

static TABLE: LazyLock<Vec<Vec<(Rule, Fold)>>> = LazyLock::new(|| {
    let mut table: Vec<Vec<(Rule, Fold)>> = vec![Vec::new(); Op::ALL.len()];
    for (rule, ops, fold) in RULES {
        for op in *ops {
            table[*op as usize].push((*rule, *fold));
        }
    }
    table
});

/// Applies the first rule that fits.
pub fn fold(e: &mut Emitter, inst: &Inst) -> Simpler {
    let Some(op) = inst.op() else {
        return Simpler::No;
    };
    for (rule, fold) in &TABLE[op as usize] {
        match fold(e, inst) {
            Simpler::No => {}
            found => {
                e.trace.applied.count(*rule);
                return found;
            }
        }
    }
    Simpler::No
}

fn int(e: &mut Emitter, i: i64) -> Simpler {
    Simpler::Value(e.trace.consts.add(Ty::I, (i << 1) as u64))
}

fn bool(e: &mut Emitter, b: bool) -> Simpler {
    Simpler::Value(e.trace.consts.add(Ty::B, b as u64))
}

fn word(e: &mut Emitter, w: u64) -> Simpler {
    Simpler::Value(e.trace.consts.add(Ty::W, w))
}

fn float(e: &mut Emitter, f: f64) -> Simpler {
    Simpler::Value(e.trace.consts.add(Ty::F, f.to_bits()))
}

/// A guard whose outcome is known.
fn decided(passes: bool) -> Simpler {
    if passes { Simpler::Gone } else { Simpler::Fails }
}

/// The op and operands behind a value.
fn behind(trace: &Trace, r: Ref) -> Option<(Op, Ref, Ref)> {
    let inst = r.is_inst().then(|| trace.inst(r))?;
    Some((inst.op()?, inst.a(), inst.b()))
}

fn with_op(inst: &Inst, op: Op, args: [Ref; 2]) -> Simpler {
    let mut new = Inst::new(op, [args[0], args[1], Ref::NONE]);
    if op.info().exits {
        new.args[2] = inst.args[2];
    }
    Simpler::Inst(new)
}

fn fits(i: i64) -> bool {
    (tag::INT_MIN..=tag::INT_MAX).contains(&i)
}

/// An int op on constants, where the result fits.
fn int_constants(e: &mut Emitter, inst: &Inst) -> Simpler {
    let Some(a) = e.trace.const_int(inst.a()) else {
        return Simpler::No;
    };
    let op = inst.op().expect("an op");
    let unary = match op {
        IntNeg | IntNegUnchecked => a.checked_neg(),
        IntAbs => a.checked_abs(),
        IntInvert => Some(!a),
        IntShrConst => Some(a >> e.trace.constant(inst.imm()).map_or(0, |c| c.bits)),
        _ => None,
    };
    let binary = e.trace.const_int(inst.b()).filter(|_| op.info().operands.len() == 2).and_then(|b| match op {
        IntAdd | IntAddUnchecked => a.checked_add(b),
        IntSub | IntSubUnchecked => a.checked_sub(b),
        IntMul | IntMulUnchecked => a.checked_mul(b),
        IntFloorDiv if b != 0 => Some(a.div_euclid(b) - (b < 0 && a.rem_euclid(b) != 0) as i64),
        IntMod if b != 0 => {
            let r = a.wrapping_rem(b);
            Some(if r != 0 && (r < 0) != (b < 0) { r + b } else { r })
        }
        IntAnd => Some(a & b),
        IntOr => Some(a | b),
        IntXor => Some(a ^ b),
        _ => None,
    });
    match unary.or(binary).filter(|&i| fits(i)) {
        Some(i) => int(e, i),
        None => Simpler::No,
    }
}

fn compare(op: Op, o: std::cmp::Ordering) -> std::primitive::bool {
    match op {
        IntLt | GuardIntLt => o.is_lt(),
        IntLe | GuardIntLe => o.is_le(),
        IntGt | GuardIntGt => o.is_gt(),
        IntGe | GuardIntGe => o.is_ge(),
        IntEq | GuardIntEq => o.is_eq(),
        _ => o.is_ne(),
    }
}

/// A comparison of constants, or of a value with itself.
fn int_comparison(e: &mut Emitter, inst: &Inst) -> Simpler {
    let op = inst.op().expect("an op");
    let order = match (e.trace.const_int(inst.a()), e.trace.const_int(inst.b())) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ if inst.a() == inst.b() => std::cmp::Ordering::Equal,
        _ => return Simpler::No,
    };
    let yes = compare(op, order);
    if op.info().exits { decided(yes) } else { bool(e, yes) }
}

/// `op(constant, x)` → `op(x, constant)`, so that other rules and the code's immediates need one case.
fn constant_last(_: &mut Emitter, inst: &Inst) -> Simpler {
    if inst.a().is_const() && !inst.b().is_const() {
        return with_op(inst, inst.op().expect("an op"), [inst.b(), inst.a()]);
    }
    Simpler::No
}

/// `constant < x` → `x > constant`.
fn comparison_constant_last(_: &mut Emitter, inst: &Inst) -> Simpler {
    if !inst.a().is_const() || inst.b().is_const() {
        return Simpler::No;
    }
    let mirrored = match inst.op().expect("an op") {
        IntLt => IntGt,
        IntLe => IntGe,
        IntGt => IntLt,
        IntGe => IntLe,
        GuardIntLt => GuardIntGt,
        GuardIntLe => GuardIntGe,
        GuardIntGt => GuardIntLt,
        _ => GuardIntLe,
    };
    with_op(inst, mirrored, [inst.b(), inst.a()])
}

/// `x - c` → `x + -c`; `x - x` → 0.
fn sub_to_add(e: &mut Emitter, inst: &Inst) -> Simpler {
    if inst.a() == inst.b() {
        return int(e, 0);
    }
    match e.trace.const_int(inst.b()) {
        Some(c) if fits(-c) => {
            let minus = e.trace.consts.add(Ty::I, (-c << 1) as u64);
            let op = if inst.op() == Some(IntSub) { IntAdd } else { IntAddUnchecked };
            with_op(inst, op, [inst.a(), minus])
        }
        _ => Simpler::No,
    }
}

/// `x + 0`, `x * 1`, `x * 0`, `x & x` and their like.
fn int_identity(e: &mut Emitter, inst: &Inst) -> Simpler {
    let x = Simpler::Value(inst.a());
    let op = inst.op().expect("an op");
    if inst.a() == inst.b() {
        return match op {
            IntAnd | IntOr => x,
            IntXor => int(e, 0),
            _ => Simpler::No,
        };
    }
    match (op, e.trace.const_int(inst.b())) {
        (IntAdd | IntAddUnchecked | IntOr | IntXor, Some(0)) => x,
        (IntMul | IntMulUnchecked, Some(1)) | (IntAnd, Some(-1)) => x,
        (IntMul | IntMulUnchecked | IntAnd, Some(0)) => int(e, 0),
        _ => Simpler::No,
    }
}

/// `(x + c) + d` → `x + (c + d)`: the inner sum has been tested, and the outer is the same number either way. Not
/// through a value of the previous iteration, which would have to be carried along besides the inner sum.
fn reassociate(e: &mut Emitter, inst: &Inst) -> Simpler {
    if inst.a().is_inst() && inst.a().index() < e.barrier {
        return Simpler::No;
    }
    let Some(d) = e.trace.const_int(inst.b()) else {
        return Simpler::No;
    };
    let Some((IntAdd | IntAddUnchecked, x, c)) = behind(&e.trace, inst.a()) else {
        return Simpler::No;
    };
    match e.trace.const_int(c).and_then(|c| c.checked_add(d)).filter(|&i| fits(i)) {
        Some(sum) => {
            let k = e.trace.consts.add(Ty::I, (sum << 1) as u64);
            with_op(inst, if planted(Bug::WrongOverflow) { IntAddUnchecked } else { IntAdd }, [x, k])
        }
        None => Simpler::No,
    }
}

/// `x // 2ⁿ` → `x >> n`; `x % 2ⁿ` → `x & (2ⁿ - 1)`: Python rounds towards minus infinity, as both do.
fn divide_by_power(e: &mut Emitter, inst: &Inst) -> Simpler {
    let Some(d) = e.trace.const_int(inst.b()).filter(|d| *d > 0 && d.count_ones() == 1) else {
        return Simpler::No;
    };
    let n = d.trailing_zeros();
    match inst.op() {
        Some(IntFloorDiv) if n == 0 => Simpler::Value(inst.a()),
        Some(IntFloorDiv) => {
            let count = e.trace.consts.add(Ty::W, n as u64);
            Simpler::Inst(Inst::new(IntShrConst, [inst.a(), count, Ref::NONE]))
        }
        _ => {
            let mask = e.trace.consts.add(Ty::I, ((d - 1) << 1) as u64);
            Simpler::Inst(Inst::new(IntAnd, [inst.a(), mask, Ref::NONE]))
        }
    }
}

/// Shifts by a constant.
fn shift_by_constant(e: &mut Emitter, inst: &Inst) -> Simpler {
    match (inst.op(), e.trace.const_int(inst.b())) {
        (_, Some(0)) => Simpler::Value(inst.a()),
        (_, Some(c)) if c < 0 => Simpler::Fails,
        (Some(IntShr), Some(c)) => {
            let count = if planted(Bug::WrongShift) { (c % 64).clamp(1, 62) } else { c.min(62) };
            let count = e.trace.consts.add(Ty::W, count as u64);
            Simpler::Inst(Inst::new(IntShrConst, [inst.a(), count, Ref::NONE]))
        }
        _ => Simpler::No,
    }
}

/// `unbox(box(x))` → `x`, and unboxing constants.
fn unbox_boxed(e: &mut Emitter, inst: &Inst) -> Simpler {
    let op = inst.op().expect("an op");
    if let Some(c) = e.trace.constant(inst.a()) {
        let w = c.bits;
        return match op {
            UnboxInt | GuardInt if tag::is_int(w) => int(e, tag::int_value(w)),
            UnboxFloat | GuardFloat | GuardFloatWord if tag::is_float(w) => float(e, tag::float_value(w)),
            UnboxBool | GuardBool if tag::is_bool(w) => bool(e, w == tag::TRUE),
            GuardInt | GuardBool => Simpler::Fails,
            GuardFloat | GuardFloatWord if !tag::is_ptr(w) => Simpler::Fails,
            _ => Simpler::No,
        };
    }
    let root = e.trace.root(inst.a());
    match (op, behind(&e.trace, root)) {
        (UnboxInt | GuardInt, Some((BoxInt, x, _))) => Simpler::Value(x),
        (UnboxFloat | GuardFloat, Some((BoxFloat, x, _))) => Simpler::Value(x),
        (UnboxBool | GuardBool, Some((BoxBool, x, _))) => Simpler::Value(x),
        // An unboxing whose guard came earlier is the guard's value.
        (UnboxInt, _) => unboxed_before(e, inst, &[GuardInt]),
        (UnboxFloat, _) => unboxed_before(e, inst, &[GuardFloat, GuardFloatWord]),
        (UnboxBool, _) => unboxed_before(e, inst, &[GuardBool]),
        _ => Simpler::No,
    }
}

fn unboxed_before(e: &Emitter, inst: &Inst, guards: &[Op]) -> Simpler {
    let root = e.trace.root(inst.a());
    let mut found = guards.iter().flat_map(|&g| e.cse.of(g.into()));
    let same = found.find(|&at| e.trace.root(e.trace.insts[at].a()) == root);
    same.map_or(Simpler::No, |at| Simpler::Value(Ref::inst(at)))
}

/// `box(unbox(v))` → `v`, where neither owns anything, and boxing constants.
fn box_unboxed(e: &mut Emitter, inst: &Inst) -> Simpler {
    if let Some(c) = e.trace.constant(inst.a()) {
        let w = match c.ty {
            Ty::I => Some(c.bits | 1),
            Ty::F => tag::try_float_word(f64::from_bits(c.bits)),
            _ => Some(tag::bool_word(c.bits != 0)),
        };
        return w.map_or(Simpler::No, |w| Simpler::Value(e.trace.consts.add(Ty::V, w)));
    }
    match behind(&e.trace, inst.a()) {
        // That a call's result owns nothing is known from the unboxing alone, which may go if nothing else needs it.
        Some((UnboxInt | UnboxBool, v, _)) if v.is_inst() && e.trace.inst(v).code == Code::Pseudo(Pseudo::Call) => Simpler::No,
        Some((GuardInt | UnboxInt | GuardBool | UnboxBool | GuardFloatWord, v, _)) => Simpler::Value(v),
        _ => Simpler::No,
    }
}

/// The comparison guard that passes when a condition is as wanted.
fn fused(condition: Op, wanted: std::primitive::bool) -> Option<Op> {
    Some(match (condition, wanted) {
        (IntLt, true) | (IntGe, false) => GuardIntLt,
        (IntLe, true) | (IntGt, false) => GuardIntLe,
        (IntGt, true) | (IntLe, false) => GuardIntGt,
        (IntGe, true) | (IntLt, false) => GuardIntGe,
        (IntEq, true) | (IntNe, false) => GuardIntEq,
        (IntNe, true) | (IntEq, false) => GuardIntNe,
        (WordEq, true) | (WordNe, false) => GuardIs,
        (WordNe, true) | (WordEq, false) => GuardIsNot,
        (WordUlt, true) => GuardUlt,
        (WordUlt, false) => GuardUge,
        (FloatLt, true) => GuardFloatLt,
        (FloatLe, true) => GuardFloatLe,
        (FloatGt, true) => GuardFloatGt,
        (FloatGe, true) => GuardFloatGe,
        (FloatLt, false) => GuardFloatNotLt,
        (FloatLe, false) => GuardFloatNotLe,
        (FloatGt, false) => GuardFloatNotGt,
        (FloatGe, false) => GuardFloatNotGe,
        (FloatEq, true) | (FloatNe, false) => GuardFloatEq,
        (FloatNe, true) | (FloatEq, false) => GuardFloatNe,
        _ => return None,
    })
}

/// `guard_true(a < b)` → `guard_lt(a, b)`. Where the snapshot shows the condition, it gets what it is at the exit,
/// so that the comparison itself has no use left.
fn guard_condition(e: &mut Emitter, inst: &Inst) -> Simpler {
    let wanted = inst.op() == Some(GuardTrue);
    if let Some(c) = e.trace.constant(inst.a()) {
        return decided((c.bits != 0) == wanted);
    }
    // A condition that has been guarded stays as it was.
    for op in [GuardTrue, GuardFalse] {
        if e.cse.of(op.into()).any(|at| e.trace.insts[at].a() == inst.a()) {
            return decided((op == GuardTrue) == wanted);
        }
    }
    let Some((condition, a, b)) = behind(&e.trace, inst.a()) else {
        return Simpler::No;
    };
    let snap = |e: &mut Emitter| {
        let at_exit = e.trace.consts.add(Ty::B, !wanted as u64);
        Ref::raw(e.snapshot_with(inst.snap(), inst.a(), at_exit).0)
    };
    if condition == BoolNot {
        let op = if wanted { GuardFalse } else { GuardTrue };
        return Simpler::Inst(Inst::new(op, [a, Ref::NONE, snap(e)]));
    }
    let fused = match fused(condition, wanted) {
        Some(GuardFloatNotLt) if planted(Bug::NanComparison) => Some(GuardFloatGe),
        other => other,
    };
    match fused {
        Some(guard) => Simpler::Inst(Inst::new(guard, [a, b, snap(e)])),
        None => Simpler::No,
    }
}

/// `not (a < b)` → `a >= b`, for ints; `not not b` → `b`.
fn not_condition(e: &mut Emitter, inst: &Inst) -> Simpler {
    if let Some(c) = e.trace.constant(inst.a()) {
        return bool(e, c.bits == 0);
    }
    let Some((condition, a, b)) = behind(&e.trace, inst.a()) else {
        return Simpler::No;
    };
    let opposite = match condition {
        BoolNot => return Simpler::Value(a),
        IntLt => IntGe,
        IntLe => IntGt,
        IntGt => IntLe,
        IntGe => IntLt,
        IntEq => IntNe,
        IntNe => IntEq,
        WordEq => WordNe,
        WordNe => WordEq,
        FloatEq => FloatNe,
        FloatNe => FloatEq,
        _ => return Simpler::No,
    };
    with_op(inst, opposite, [a, b])
}

/// Bool ops with a constant.
fn bool_constants(e: &mut Emitter, inst: &Inst) -> Simpler {
    let (a, b) = (inst.a(), inst.b());
    let (x, c) = match (e.trace.constant(a), e.trace.constant(b)) {
        (_, Some(c)) => (a, c.bits != 0),
        (Some(c), _) => (b, c.bits != 0),
        _ => return Simpler::No,
    };
    match (inst.op(), c) {
        (Some(BoolAnd), true) | (Some(BoolOr | BoolXor), false) => Simpler::Value(x),
        (Some(BoolAnd), false) => bool(e, false),
        (Some(BoolOr), true) => bool(e, true),
        _ => with_op(inst, BoolNot, [x, Ref::NONE]),
    }
}

/// Identity of a value with itself, or of constants.
fn same_word(e: &mut Emitter, inst: &Inst) -> Simpler {
    let (a, b) = (e.trace.root(inst.a()), e.trace.root(inst.b()));
    let same = match (e.trace.constant(a), e.trace.constant(b)) {
        (Some(x), Some(y)) => x.bits == y.bits,
        _ if a == b => true,
        _ => return Simpler::No,
    };
    match inst.op() {
        Some(GuardIs) => decided(same),
        Some(GuardIsNot) => decided(!same),
        Some(WordEq) => bool(e, same),
        _ => bool(e, !same),
    }
}

/// Unsigned comparisons of constants.
fn unsigned_comparison(e: &mut Emitter, inst: &Inst) -> Simpler {
    let (Some(x), Some(y)) = (e.trace.constant(inst.a()), e.trace.constant(inst.b())) else {
        return Simpler::No;
    };
    let (x, y) = (x.bits, y.bits);
    match inst.op() {
        Some(GuardUlt) => decided(x < y),
        Some(GuardUge) => decided(x >= y),
        _ => bool(e, x < y),
    }
}

/// A choice that is known.
fn select(e: &mut Emitter, inst: &Inst) -> Simpler {
    let [condition, x, y] = inst.args;
    match e.trace.constant(condition) {
        Some(c) => Simpler::Value(if c.bits != 0 { x } else { y }),
        None if x == y => Simpler::Value(x),
        None => Simpler::No,
    }
}

/// Conversions of constants, and back and forth.
fn convert(e: &mut Emitter, inst: &Inst) -> Simpler {
    let op = inst.op().expect("an op");
    if let Some(c) = e.trace.constant(inst.a()) {
        let signed = c.bits as i64;
        return match op {
            WordOfInt => word(e, (signed >> 1) as u64),
            IntOfWord | IntOfWordUnchecked if fits(signed) => int(e, signed),
            FloatOfInt => float(e, (signed >> 1) as f64),
            IntOfBool => int(e, signed),
            _ => Simpler::No,
        };
    }
    match (op, behind(&e.trace, inst.a())) {
        (WordOfInt, Some((IntOfWord | IntOfWordUnchecked, x, _))) | (IntOfWord | IntOfWordUnchecked, Some((WordOfInt, x, _))) => {
            Simpler::Value(x)
        }
        _ => Simpler::No,
    }
}

/// Float arithmetic on constants. Results are those of the machine: both are IEEE 754, rounded to nearest.
fn float_constants(e: &mut Emitter, inst: &Inst) -> Simpler {
    let of = |r: Ref| e.trace.const_of(r, Ty::F).map(f64::from_bits);
    let Some(a) = of(inst.a()) else {
        return Simpler::No;
    };
    let op = inst.op().expect("an op");
    let result = match (op, of(inst.b()).filter(|_| op.info().operands.len() == 2)) {
        (FloatNeg, _) => -a,
        (FloatAbs, _) => a.abs(),
        (FloatSqrt, _) if a >= 0.0 => a.sqrt(),
        (FloatAdd, Some(b)) => a + b,
        (FloatSub, Some(b)) => a - b,
        (FloatMul, Some(b)) => a * b,
        (FloatDiv | FloatDivUnchecked, Some(b)) if b != 0.0 => a / b,
        _ => return Simpler::No,
    };
    if result.is_nan() { Simpler::No } else { float(e, result) }
}

/// Comparisons of float constants.
fn float_comparison(e: &mut Emitter, inst: &Inst) -> Simpler {
    let of = |r: Ref| e.trace.const_of(r, Ty::F).map(f64::from_bits);
    let Some(a) = of(inst.a()) else {
        return Simpler::No;
    };
    if inst.op() == Some(FloatTruth) {
        return bool(e, a != 0.0);
    }
    let Some(b) = of(inst.b()) else {
        return Simpler::No;
    };
    let yes = match inst.op() {
        Some(FloatLt) => a < b,
        Some(FloatLe) => a <= b,
        Some(FloatGt) => a > b,
        Some(FloatGe) => a >= b,
        Some(FloatEq) => a == b,
        _ => a != b,
    };
    bool(e, yes)
}

/// `x - 0.0`, `x * 1.0`, `x / 1.0`; division by a constant needs no test, and by a power of two is a product.
fn float_identity(e: &mut Emitter, inst: &Inst) -> Simpler {
    let op = inst.op().expect("an op");
    if let (FloatNeg | FloatAbs, Some((inner, x, _))) = (op, behind(&e.trace, inst.a())) {
        match (op, inner) {
            (FloatNeg, FloatNeg) => return Simpler::Value(x),
            (FloatAbs, FloatAbs) => return Simpler::Value(inst.a()),
            (FloatAbs, FloatNeg) => return with_op(inst, FloatAbs, [x, Ref::NONE]),
            _ => {}
        }
    }
    let Some(c) = e.trace.const_of(inst.b(), Ty::F).filter(|_| op.info().operands.len() == 2) else {
        return Simpler::No;
    };
    let f = f64::from_bits(c);
    match op {
        FloatAdd if c == 0 && planted(Bug::LostZeroSign) => Simpler::Value(inst.a()),
        FloatSub if c == 0 => Simpler::Value(inst.a()),
        FloatMul | FloatDiv | FloatDivUnchecked if f == 1.0 => Simpler::Value(inst.a()),
        FloatDiv if f != 0.0 => with_op(inst, FloatDivUnchecked, [inst.a(), inst.b()]),
        FloatDivUnchecked if is_power_of_two(f) => {
            let inverse = e.trace.consts.add(Ty::F, (1.0 / f).to_bits());
            with_op(inst, FloatMul, [inst.a(), inverse])
        }
        _ => Simpler::No,
    }
}

/// A normal power of two whose inverse is normal too: multiplying by that is exact where dividing is.
fn is_power_of_two(f: f64) -> std::primitive::bool {
    f.is_normal() && (1.0 / f).is_normal() && f.to_bits() & ((1 << 52) - 1) == 0
}
