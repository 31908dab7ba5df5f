//! Every stencil of this CPU, run through the real stitcher against [`reference`].

#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

mod machine;
mod memory;
mod reference;
mod runtime;

use machine::{END, EXIT, Machine, Registers, plain};
use reference::{Outcome, is_defined, outcome};
use weft_layout::header::{Header, IMMORTAL, SHAPE_FLOAT};
use weft_layout::machine_frame::{MachineFrame, SlowPath};
use weft_layout::op::{Bank, FLOAT_REGISTERS, Fold, Form, GENERAL_REGISTERS, Imm, Kind, MachineOp, Op, OpInfo};
use weft_layout::tag;

/// Numbers that are the same in every run (xorshift).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }

    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// An object of 16 bytes.
#[repr(C, align(8))]
pub(crate) struct Object {
    pub(crate) header: Header,
    pub(crate) payload: u64,
}

pub(crate) const SHAPE: u32 = 0x8001_2345;

/// Heap objects that tagged values point to.
pub(crate) fn objects() -> Vec<Object> {
    let object = |shape, payload| Object { header: Header { refcount: IMMORTAL, shape }, payload };
    let floats = [-0.0, f64::NAN, 1e300, f64::INFINITY].map(|x: f64| object(SHAPE_FLOAT, x.to_bits()));
    floats.into_iter().chain([object(SHAPE, 0), object(SHAPE + 1, 0), object(7, 0)]).collect()
}

const FLOATS: [f64; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.0,
    -2.0,
    2.5,
    3.7,
    -3.7,
    1e300,
    -1e300,
    1e-300,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    4611686018427387904.0,
    -4611686018427387904.0,
    4611686018427387392.0,
    9007199254740993.0,
    1e77,
    1.7272337110188893e-77,
];

const INTS: [i64; 16] = [0, 1, -1, 2, -2, 3, 7, -7, 62, 63, 64, 1000, tag::INT_MAX, tag::INT_MIN, tag::INT_MAX - 1, 1 << 53];

/// A word such as an operand of that kind may be.
fn operand(kind: Kind, numbers: &mut Numbers, objects: &[Object]) -> u64 {
    let pointer = |numbers: &mut Numbers| &objects[numbers.below(objects.len())] as *const Object as u64;
    let float = |numbers: &mut Numbers| match numbers.below(4) {
        0 => f64::from_bits(numbers.next()),
        1 => (numbers.next() as i64 >> numbers.below(60)) as f64 / 8.0,
        _ => numbers.of(&FLOATS),
    };
    let int = |numbers: &mut Numbers| match numbers.below(4) {
        0 => numbers.next() as i64 >> (1 + numbers.below(62)),
        _ => numbers.of(&INTS),
    };
    match kind {
        Kind::I => (int(numbers) << 1) as u64,
        Kind::W => match numbers.below(3) {
            0 => numbers.next(),
            1 => numbers.of(&[0, 1, u64::MAX, 1 << 63, 1 << 62, (1 << 62) - 1, 0x7fff_ffff]),
            _ => int(numbers) as u64,
        },
        Kind::F => float(numbers).to_bits(),
        Kind::B => numbers.next() & 1,
        Kind::P | Kind::A => pointer(numbers),
        Kind::V | Kind::G => match numbers.below(5) {
            0 => tag::int_word(int(numbers)),
            1 => tag::try_float_word(float(numbers)).unwrap_or(tag::FLOAT_ZERO),
            2 => pointer(numbers),
            _ => numbers.of(&[tag::NULL, tag::NONE, tag::FALSE, tag::TRUE, tag::ELLIPSIS, 1, 2]),
        },
    }
}

/// Constants to try.
fn constants(info: &OpInfo, form: Form) -> &'static [u64] {
    const SIGNED: &[u64] = &[0, 2, -2i64 as u64, 6, 126, 128, 0x7fff_fffe, -0x8000_0000i64 as u64, 1 << 16, -0x1_0000i64 as u64, 127 << 1];
    match (form, info.fold, info.imm) {
        (Form::Imm32, Fold::Count, _) => &[1, 2, 31, 32, 62],
        (Form::Imm32, ..) => SIGNED,
        (Form::Imm64, ..) => &[tag::NONE, 0x1234_5678_9abc_def1, tag::FLOAT_ZERO, 0],
        (_, _, Imm::U32) if info.operands == [Kind::W] || info.name == "int_shr_const" => &[1, 2, 31, 32, 62],
        (_, _, Imm::U32) => &[SHAPE as u64, 7, 1, 0xffff_ffff],
        (_, _, Imm::I32) => SIGNED,
        (_, _, Imm::Word) => &[0, 1, u64::MAX, 0x4009_21fb_5444_2d18, 0x8000_0000_0000_0002],
        _ => &[0],
    }
}

const FORMS: [Form; 3] = [Form::Reg, Form::Imm32, Form::Imm64];

fn has_form(info: &OpInfo, form: Form) -> bool {
    match form {
        Form::Reg => true,
        Form::Imm32 => info.fold != Fold::No,
        Form::Imm64 => info.fold == Fold::I64,
    }
}

/// Every choice of registers for the op in a form.
pub(crate) fn variants(op: Op, form: Form) -> Vec<MachineOp> {
    let info = op.info();
    let registers = |kind: Kind| match kind.bank() {
        Bank::General => GENERAL_REGISTERS as u8,
        Bank::Float => FLOAT_REGISTERS as u8,
    };
    let results = if info.fixed { 1 } else { info.result().map_or(1, registers) };
    let count = |i: usize| match info.operands.get(i) {
        Some(kind) if form == Form::Reg || i + 1 < info.operands.len() => registers(*kind),
        _ => 1,
    };
    let mut out = vec![];
    for result in 0..results {
        for a in 0..count(0) {
            for b in 0..count(1) {
                for c in 0..count(2) {
                    out.push(MachineOp { form, result, operands: [a, b, c], ..plain(op) });
                }
            }
        }
    }
    out
}

/// Registers full of noise, with the op's operands in place; and the operands, the folded one included.
pub(crate) fn set_up(
    op: &MachineOp,
    numbers: &mut Numbers,
    mut operand: impl FnMut(usize, Kind, &mut Numbers) -> u64,
) -> (Registers, [u64; 3]) {
    let info = op.op.info();
    let mut registers =
        Registers { general: [0; GENERAL_REGISTERS].map(|_| numbers.next()), float: [0; FLOAT_REGISTERS].map(|_| numbers.next()) };
    let in_registers = info.operands.len() - (op.form != Form::Reg) as usize;
    for i in 0..in_registers {
        let kind = info.operands[i];
        registers.set(kind.bank(), op.operands[i], operand(i, kind, numbers));
    }
    let mut operands = [0; 3];
    for i in 0..info.operands.len() {
        let kind = info.operands[i];
        operands[i] = if i < in_registers { registers.get(kind.bank(), op.operands[i]) } else { op.imm };
    }
    (registers, operands)
}

unsafe extern "C" fn never(_: *mut MachineFrame) {
    panic!("no slow path is expected");
}

fn same(kind: Kind, a: u64, b: u64) -> bool {
    // Which NaN arithmetic gives is the CPU's business.
    a == b || kind == Kind::F && f64::from_bits(a).is_nan() && f64::from_bits(b).is_nan()
}

#[test]
fn ops_on_registers_mean_what_they_say() {
    let mut machine = Machine::new([never; SlowPath::ALL.len()]);
    let objects = objects();
    let mut numbers = Numbers::new();
    let (mut stencils, mut runs, mut exits) = (0, 0, 0);
    for op in Op::ALL {
        let info = op.info();
        for form in FORMS.into_iter().filter(|form| has_form(info, *form)) {
            let pointer = &raw const objects[0] as u64;
            if outcome(*op, [pointer, 2, 2], form != Form::Reg, 1).is_none() && !matches!(op, Op::UnboxBool | Op::UnboxInt) {
                continue;
            }
            for variant in variants(*op, form) {
                stencils += 1;
                for imm in constants(info, form) {
                    let op = MachineOp { imm: *imm, ..variant };
                    let trace = machine.stitch(&[op]);
                    for _ in 0..24 {
                        exits += check(&mut machine, &trace, &op, &mut numbers, &objects) as usize;
                        runs += 1;
                    }
                    machine.cache.free(trace);
                }
            }
        }
    }
    println!("{stencils} stencils, {runs} runs, {exits} exits");
}

/// Runs the op once; whether it left.
fn check(machine: &mut Machine, trace: &weft_codecache::Trace, op: &MachineOp, numbers: &mut Numbers, objects: &[Object]) -> bool {
    let info = op.op.info();
    let folded = op.form != Form::Reg;
    let (before, operands) = set_up(op, numbers, |_, kind, numbers| operand(kind, numbers, objects));
    // Registers that hold two operands of different kinds may hold neither.
    let kinds = &info.operands[..info.operands.len() - folded as usize];
    let mixed = (0..kinds.len())
        .any(|i| (0..i).any(|j| op.operands[i] == op.operands[j] && kinds[i] != kinds[j] && kinds[i].bank() == kinds[j].bank()));
    if mixed && op.op != Op::Select || op.op == Op::Select && operands[0] > 1 {
        return false;
    }
    if !is_defined(op.op, operands, folded, op.imm) {
        return false;
    }
    let Some(expected) = outcome(op.op, operands, folded, op.imm) else {
        return false;
    };
    let (exit, after) = machine.run(trace, &before);
    let context = || format!("{op:?} with {operands:x?}: expected {expected:x?}, left by {exit} with {after:x?}, before {before:x?}");
    let mut wanted = before;
    match expected {
        Outcome::Exits => {
            assert_eq!(exit, EXIT, "{}", context());
            // The result's register is free at the exit, unless it is an operand's.
            if let Some(kind) = info.result() {
                let is_operand = kinds.iter().zip(op.operands).any(|(k, r)| r == op.result && k.bank() == kind.bank());
                if !is_operand {
                    wanted.set(kind.bank(), op.result, after.get(kind.bank(), op.result));
                }
            }
        }
        Outcome::Continues => assert_eq!(exit, END, "{}", context()),
        Outcome::Gives(value) => {
            assert_eq!(exit, END, "{}", context());
            let kind = info.result().expect("a result");
            let found = after.get(kind.bank(), op.result);
            assert!(same(kind, found, value), "{}", context());
            wanted.set(kind.bank(), op.result, found);
        }
    }
    assert_eq!(after, wanted, "registers: {}", context());
    expected == Outcome::Exits
}
