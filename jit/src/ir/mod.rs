//! The trace IR: linear SSA over the ops of `weft_layout::op`, plus a few pseudo ops.
//!
//! A [`Trace`] is a sequence of fixed-size [`Inst`]s. An instruction is named by its position ([`Ref`]), which is
//! also the value it defines; operands are earlier instructions or constants. There is no control flow but
//! guards, which leave by a snapshot, and the one back edge of a loop trace:
//!
//! ```text
//! loads of entry slots, their type guards     the header; guards here resume at the start of the trace
//! ENTRY                                       the typed label that other traces jump to
//! first iteration                             the preamble
//! LOOP
//! second iteration                            the body, which repeats
//! PHI …                                       what a preamble value becomes on the next iteration
//! ```
//!
//! An unpeeled loop has `ENTRY`, `LOOP` directly after it, the body and the `PHI`s. Other traces end in `LINK`
//! (to another trace) or in an op with effect control (`exit`).
//!
//! **Ownership.** Every value of type `V` or `P` has a *count*: the references the trace owns. `load_slot`, a
//! call with an owned result, `box_float` and `INHERIT` of a moved slot give one; `incref` gives one more;
//! `decref`, a store and a consuming call argument take one. A snapshot hands over exactly the counts: each
//! once, by a moved slot or a drop. Values whose count is zero are *borrowed*: from a container or a constant;
//! snapshots may copy them, for as long as their owner lives. Ints, floats in the word and singletons do not
//! count. Refs that are the same object ([`Trace::root`]) share their count.

pub mod check;
pub mod consts;
pub mod snapshot;
pub mod text;

use crate::builder::Recipe;
use crate::opt::applied::Applied;
use consts::{Const, Consts};
use snapshot::{SnapId, Snapshots};
use std::fmt;
use weft_layout::op::{Effect, Imm, Kind, Op, Output};
use weft_layout::tag;

/// A value: the instruction that defines it, or a constant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ref(u32);

const CONST_BIT: u32 = 1 << 31;

impl Ref {
    /// No value.
    pub const NONE: Ref = Ref(u32::MAX);

    /// The value defined at a position.
    pub const fn inst(position: usize) -> Ref {
        Ref(position as u32)
    }

    /// The constant of that number in the pool.
    pub const fn constant(index: usize) -> Ref {
        Ref(index as u32 | CONST_BIT)
    }

    /// A raw number in an operand field that holds no value.
    pub const fn raw(n: u32) -> Ref {
        Ref(n)
    }

    /// The raw number of an operand field that holds no value.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether this is [`Ref::NONE`].
    pub const fn is_none(self) -> bool {
        self.0 == u32::MAX
    }

    /// Whether this is a constant.
    pub const fn is_const(self) -> bool {
        self.0 & CONST_BIT != 0 && self.0 != u32::MAX
    }

    /// Whether an instruction defines it.
    pub const fn is_inst(self) -> bool {
        self.0 & CONST_BIT == 0
    }

    /// The position of the instruction.
    pub const fn index(self) -> usize {
        debug_assert!(self.is_inst());
        self.0 as usize
    }

    pub(crate) const fn const_index(self) -> usize {
        debug_assert!(self.is_const());
        (self.0 & !CONST_BIT) as usize
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            _ if self.is_none() => write!(f, "_"),
            _ if self.is_const() => write!(f, "k{}", self.const_index()),
            _ => write!(f, "v{}", self.0),
        }
    }
}

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Ty {
    /// No value.
    None,
    /// An int of 63 bits, shifted left by one.
    I,
    /// A 64-bit word.
    W,
    /// An `f64`.
    F,
    /// 0 or 1.
    B,
    /// A tagged value.
    V,
    /// A pointer to a heap object.
    P,
}

impl Ty {
    /// The op table's name for it. There is none for [`Ty::None`].
    pub fn kind(self) -> Option<Kind> {
        Some(match self {
            Ty::None => return None,
            Ty::I => Kind::I,
            Ty::W => Kind::W,
            Ty::F => Kind::F,
            Ty::B => Kind::B,
            Ty::V => Kind::V,
            Ty::P => Kind::P,
        })
    }

    /// The type of a definite kind.
    pub fn of(kind: Kind) -> Option<Ty> {
        Some(match kind {
            Kind::I => Ty::I,
            Kind::W => Ty::W,
            Kind::F => Ty::F,
            Kind::B => Ty::B,
            Kind::V => Ty::V,
            Kind::P => Ty::P,
            Kind::A | Kind::G => return None,
        })
    }

    /// Its letter in the text form.
    pub fn letter(self) -> &'static str {
        match self {
            Ty::None => "",
            Ty::I => "I",
            Ty::W => "W",
            Ty::F => "F",
            Ty::B => "B",
            Ty::V => "V",
            Ty::P => "P",
        }
    }

    /// The type of that letter.
    pub fn from_letter(s: &str) -> Option<Ty> {
        [Ty::I, Ty::W, Ty::F, Ty::B, Ty::V, Ty::P].into_iter().find(|t| t.letter() == s)
    }

    /// Whether values of this type may own references.
    pub fn counts(self) -> bool {
        matches!(self, Ty::V | Ty::P)
    }
}

/// Added to the number of the argument list in field `b` of a resolved `LINK`.
pub const LINK_VALUES: u32 = 2;

/// Ops that exist in the IR only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Pseudo {
    /// Deleted.
    Nop,
    /// The value of entry `a` (a number) of the parent's exit.
    Inherit,
    /// The typed label: other traces jump here. `c`: the snapshot of the label's slots.
    Entry,
    /// The target of the back edge.
    Loop,
    /// Value `a`, from before the loop, is `b` on the next iteration.
    Phi,
    /// Calls helper `a` (a number) with the arguments `b` (a number), at snapshot `c`.
    Call,
    /// Value `a` is known to be a heap object, of shape `b` if that is not [`Ref::NONE`]; no code.
    Assume,
    /// The trace owns one reference to `a` that memory owned until here; no code.
    Own,
    /// One reference to `a` that the trace owned is memory's from here on; no code.
    Disown,
    /// An object that is not in memory yet, made by recipe `a` (a number) if it has to be; no code. Snapshots show its fields.
    Virtual,
    /// The end: goes to trace `a` (a number; [`Ref::NONE`] for this one) with the frames of snapshot `c`.
    /// `b` is 0 to enter by the generic entry, 1 by the typed label; from [`LINK_VALUES`] on, an argument list with
    /// the values the label wants.
    Link,
}

impl Pseudo {
    /// All of them.
    pub const ALL: [Pseudo; 11] = [
        Pseudo::Nop,
        Pseudo::Inherit,
        Pseudo::Entry,
        Pseudo::Loop,
        Pseudo::Phi,
        Pseudo::Call,
        Pseudo::Assume,
        Pseudo::Own,
        Pseudo::Disown,
        Pseudo::Virtual,
        Pseudo::Link,
    ];

    /// Name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Pseudo::Nop => "NOP",
            Pseudo::Inherit => "INHERIT",
            Pseudo::Entry => "ENTRY",
            Pseudo::Loop => "LOOP",
            Pseudo::Phi => "PHI",
            Pseudo::Call => "CALL",
            Pseudo::Assume => "ASSUME",
            Pseudo::Own => "OWN",
            Pseudo::Disown => "DISOWN",
            Pseudo::Virtual => "VIRTUAL",
            Pseudo::Link => "LINK",
        }
    }

    /// How many of the operand fields hold values.
    fn values(self) -> usize {
        match self {
            Pseudo::Phi => 2,
            Pseudo::Assume | Pseudo::Own | Pseudo::Disown => 1,
            _ => 0,
        }
    }
}

/// What an instruction does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Code {
    /// An op of the table.
    Op(Op),
    /// An IR-only op.
    Pseudo(Pseudo),
}

impl From<Op> for Code {
    fn from(op: Op) -> Code {
        Code::Op(op)
    }
}

impl From<Pseudo> for Code {
    fn from(p: Pseudo) -> Code {
        Code::Pseudo(p)
    }
}

impl Code {
    /// The number of operand fields, from the first on, that hold values. A `CALL`'s arguments are elsewhere.
    pub fn values(self) -> usize {
        match self {
            Code::Op(op) => op.info().operands.len(),
            Code::Pseudo(p) => p.values(),
        }
    }

    /// Whether field `c` is a snapshot.
    pub fn has_snapshot(self) -> bool {
        match self {
            Code::Op(op) => op.info().exits,
            Code::Pseudo(p) => matches!(p, Pseudo::Call | Pseudo::Link | Pseudo::Entry),
        }
    }

    /// Whether the field after the values is a constant carried in the code.
    pub fn has_imm(self) -> bool {
        matches!(self, Code::Op(op) if op.info().imm != Imm::No) || self == Code::Pseudo(Pseudo::Assume)
    }

    /// Whether a dense small number for tables: ops first, then pseudo ops.
    pub fn number(self) -> usize {
        match self {
            Code::Op(op) => op as usize,
            Code::Pseudo(p) => Op::ALL.len() + p as usize,
        }
    }

    /// One more than the greatest [`Code::number`].
    pub const COUNT: usize = Op::ALL.len() + Pseudo::ALL.len();

    /// Name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Code::Op(op) => op.name(),
            Code::Pseudo(p) => p.name(),
        }
    }

    /// What the optimiser may assume. A `CALL`'s effect is its helper's.
    pub fn effect(self) -> Effect {
        match self {
            Code::Op(op) => op.info().effect,
            Code::Pseudo(Pseudo::Inherit | Pseudo::Assume) => Effect::Pure,
            Code::Pseudo(Pseudo::Own | Pseudo::Disown) => Effect::Refcount,
            Code::Pseudo(Pseudo::Call) => Effect::Call,
            Code::Pseudo(_) => Effect::Control,
        }
    }

    /// The instruction is another name for its operand 0: same register, same object.
    pub fn is_alias(self) -> bool {
        match self {
            Code::Op(op) => matches!(op.info().output, Output::Operand(_)),
            Code::Pseudo(p) => p == Pseudo::Assume,
        }
    }

    /// The result type when the op fixes it; `None` in the option where the instruction says.
    pub fn result(self) -> Option<Ty> {
        match self {
            Code::Op(op) => match op.info().output {
                Output::No => Some(Ty::None),
                Output::New(k) | Output::Operand(k) => Ty::of(k),
            },
            Code::Pseudo(Pseudo::Assume | Pseudo::Virtual) => Some(Ty::P),
            Code::Pseudo(Pseudo::Inherit | Pseudo::Call) => None,
            Code::Pseudo(_) => Some(Ty::None),
        }
    }
}

/// Bits of [`Inst::flags`].
pub mod flag {
    /// A `load_slot` whose slot keeps its reference: the value is borrowed from the frame in memory.
    pub const BORROWED: u8 = 1;
    /// The low bit of the alias class of a memory access; see [`super::Alias`].
    pub const ALIAS_SHIFT: u8 = 4;
}

/// Which memory a load or store touches. Accesses of different classes never overlap.
///
/// Whoever emits an access must give the same class to all accesses of the same memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Alias {
    /// Anything.
    Any = 0,
    /// Fields at fixed offsets of heap objects. The default for accesses without an index whose base is a `P`.
    Field = 1,
    /// Elements of arrays of tagged values. The default for all other tagged values.
    Items = 2,
    /// Elements of arrays of machine words: bytes, characters, buffers. The default for what remains.
    Data = 3,
    /// Memory that no Python program can reach: frames being built, counters.
    Internal = 4,
}

impl Alias {
    /// All classes.
    pub const ALL: [Alias; 5] = [Alias::Any, Alias::Field, Alias::Items, Alias::Data, Alias::Internal];

    /// Name in the text form.
    pub fn name(self) -> &'static str {
        ["any", "field", "items", "data", "internal"][self as usize]
    }
}

/// One instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inst {
    /// The op.
    pub code: Code,
    /// The type of the value it defines.
    pub ty: Ty,
    /// Bits of [`flag`].
    pub flags: u8,
    /// The offset of an access, in bytes.
    pub disp: u16,
    /// Index among the trace's [`Origin`]s.
    pub origin: u16,
    /// Values first, then the constant the op carries; an op that may exit has its snapshot in the last.
    pub args: [Ref; 3],
}

impl Inst {
    /// An instruction without flags, offset or origin; the type is the op's, or [`Ty::None`] where it has none.
    pub fn new(code: impl Into<Code>, args: [Ref; 3]) -> Inst {
        let code = code.into();
        Inst { code, ty: code.result().unwrap_or(Ty::None), flags: 0, disp: 0, origin: 0, args }
    }

    /// The op, if it is one of the table.
    pub fn op(&self) -> Option<Op> {
        match self.code {
            Code::Op(op) => Some(op),
            Code::Pseudo(_) => None,
        }
    }

    /// The pseudo op, if it is one.
    pub fn pseudo(&self) -> Option<Pseudo> {
        match self.code {
            Code::Op(_) => None,
            Code::Pseudo(p) => Some(p),
        }
    }

    /// Whether it was deleted.
    pub fn is_nop(&self) -> bool {
        self.code == Code::Pseudo(Pseudo::Nop)
    }

    /// The first operand.
    pub fn a(&self) -> Ref {
        self.args[0]
    }

    /// The second operand.
    pub fn b(&self) -> Ref {
        self.args[1]
    }

    /// The snapshot; [`SnapId::NONE`] if the op has none.
    pub fn snap(&self) -> SnapId {
        if self.code.has_snapshot() { SnapId(self.args[2].bits()) } else { SnapId::NONE }
    }

    /// Sets the snapshot of an op that has one.
    pub fn set_snap(&mut self, s: SnapId) {
        debug_assert!(self.code.has_snapshot());
        self.args[2] = Ref::raw(s.0);
    }

    /// The constant the op carries, as a reference into the pool.
    pub fn imm(&self) -> Ref {
        if self.code.has_imm() { self.args[self.code.values()] } else { Ref::NONE }
    }

    /// The number of its argument list, if it has one.
    pub fn arg_list(&self) -> Option<u32> {
        match self.code {
            Code::Pseudo(Pseudo::Call) => Some(self.b().bits()),
            Code::Pseudo(Pseudo::Link) => self.b().bits().checked_sub(LINK_VALUES),
            _ => None,
        }
    }

    /// Which memory it touches.
    pub fn alias(&self) -> Alias {
        Alias::ALL[(self.flags >> flag::ALIAS_SHIFT) as usize]
    }

    /// Sets which memory it touches.
    pub fn set_alias(&mut self, a: Alias) {
        self.flags = self.flags & 0xf | (a as u8) << flag::ALIAS_SHIFT;
    }

    /// Takes the instruction out of the trace.
    pub fn delete(&mut self) {
        *self = Inst { origin: self.origin, ..Inst::new(Pseudo::Nop, [Ref::NONE; 3]) };
    }
}

/// Where an instruction came from, for dumps: opaque to this crate but for printing it through the VM's callbacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The code object, as the VM identifies it.
    pub code: u64,
    /// The offset of the bytecode in it.
    pub offset: u32,
    /// How many Python calls deep in the trace.
    pub depth: u16,
}

/// A trace in IR form.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The instructions.
    pub insts: Vec<Inst>,
    /// The constants.
    pub consts: Consts,
    /// The snapshots.
    pub snaps: Snapshots,
    /// The arguments of calls.
    pub args: ArgLists,
    /// The bytecodes the instructions came from; the first stands for "none".
    pub origins: Vec<Origin>,
    /// How its virtual objects are made.
    pub recipes: Vec<Recipe>,
    /// The rules of the optimiser that have applied to it.
    pub applied: Applied,
}

/// The argument lists of a trace's calls.
#[derive(Clone, Debug, Default)]
pub struct ArgLists {
    ends: Vec<u32>,
    refs: Vec<Ref>,
}

impl ArgLists {
    /// Adds a list; its number goes into field `b` of the `CALL`.
    pub fn add(&mut self, list: &[Ref]) -> u32 {
        self.refs.extend_from_slice(list);
        self.ends.push(self.refs.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// The list of that number.
    pub fn get(&self, list: u32) -> &[Ref] {
        let i = list as usize;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.refs[start as usize..self.ends[i] as usize]
    }

    fn get_mut(&mut self, list: u32) -> &mut [Ref] {
        let i = list as usize;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &mut self.refs[start as usize..self.ends[i] as usize]
    }
}

impl Trace {
    /// An empty trace.
    pub fn new() -> Trace {
        Trace { origins: vec![Origin::default()], ..Trace::default() }
    }

    /// The instruction behind a value.
    pub fn inst(&self, r: Ref) -> &Inst {
        &self.insts[r.index()]
    }

    /// The type of a value or constant.
    pub fn ty(&self, r: Ref) -> Ty {
        if r.is_none() {
            Ty::None
        } else if r.is_const() {
            self.consts.get(r).ty
        } else {
            self.insts[r.index()].ty
        }
    }

    /// The constant, if the reference is one.
    pub fn constant(&self, r: Ref) -> Option<Const> {
        r.is_const().then(|| self.consts.get(r))
    }

    /// The bits of a constant of type `ty`, if the reference is one.
    pub fn const_of(&self, r: Ref, ty: Ty) -> Option<u64> {
        self.constant(r).filter(|c| c.ty == ty).map(|c| c.bits)
    }

    /// The value of an `I` constant, unshifted.
    pub fn const_int(&self, r: Ref) -> Option<i64> {
        self.const_of(r, Ty::I).map(|b| b as i64 >> 1)
    }

    /// The number of a recipe.
    pub fn recipe(&mut self, recipe: Recipe) -> usize {
        self.recipes.iter().position(|r| *r == recipe).unwrap_or_else(|| {
            self.recipes.push(recipe);
            self.recipes.len() - 1
        })
    }

    /// Whether a value stands for a virtual object.
    pub fn is_virtual(&self, r: Ref) -> bool {
        r.is_inst() && {
            let root = self.root(r);
            root.is_inst() && self.inst(root).code == Code::Pseudo(Pseudo::Virtual)
        }
    }

    /// Adds an instruction at the end.
    pub fn push(&mut self, inst: Inst) -> Ref {
        self.insts.push(inst);
        Ref::inst(self.insts.len() - 1)
    }

    /// The values an instruction uses, but for its snapshot's.
    pub fn operands(&self, inst: &Inst) -> impl Iterator<Item = Ref> + use<'_> {
        let fields = inst.args;
        let n = inst.code.values();
        let list = inst.arg_list().map_or(&[][..], |list| self.args.get(list));
        (0..n).map(move |i| fields[i]).chain(list.iter().copied())
    }

    /// Replaces the values that the instruction at a position uses, but for its snapshot's.
    pub fn map_operands(&mut self, at: usize, mut f: impl FnMut(Ref) -> Ref) {
        let inst = &mut self.insts[at];
        if let Some(list) = inst.arg_list() {
            self.args.get_mut(list).iter_mut().for_each(|r| *r = f(*r));
        }
        for r in &mut inst.args[..inst.code.values()] {
            *r = f(*r);
        }
    }

    /// The first name of an object: follows ops that only tell more about their operand.
    pub fn root(&self, mut r: Ref) -> Ref {
        while r.is_inst() && self.insts[r.index()].code.is_alias() {
            r = self.insts[r.index()].a();
        }
        r
    }

    /// Whether a value is, by its definition alone, something of which no references are counted: an int, a float in the word, a
    /// singleton, NULL, a virtual object.
    pub fn is_immediate(&self, r: Ref) -> bool {
        if r.is_none() || !self.ty(r).counts() {
            return true;
        }
        if let Some(c) = self.constant(r) {
            return !tag::is_ptr(c.bits);
        }
        matches!(self.inst(self.root(r)).code, Code::Op(Op::BoxInt | Op::BoxBool) | Code::Pseudo(Pseudo::Virtual))
    }

    /// The position of the `LOOP`, if there is one.
    pub fn loop_at(&self) -> Option<usize> {
        self.insts.iter().rposition(|i| i.code == Code::Pseudo(Pseudo::Loop))
    }

    /// The position of the `ENTRY`, if there is one.
    pub fn entry_at(&self) -> Option<usize> {
        self.insts.iter().position(|i| i.code == Code::Pseudo(Pseudo::Entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_small() {
        assert_eq!(size_of::<Inst>(), 20);
    }

    #[test]
    fn operands_constant_and_snapshot_fit() {
        for &op in Op::ALL {
            let info = op.info();
            let used = info.operands.len() + (info.imm != Imm::No) as usize + info.exits as usize;
            assert!(used <= 3, "{}", op.name());
        }
    }
}
