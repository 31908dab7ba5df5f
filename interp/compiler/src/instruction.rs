//! What code generation hands to the flow graph: instruction sequences with labels, and the unit they belong to.

use crate::constant_table::ConstantTable;
use crate::name_table::NameTable;
use crate::text::{Name, Text};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// A source range as the location table stores it: lines from 1, columns as UTF-8 byte offsets from 0, -1 where unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Location {
    pub line: i32,
    pub end_line: i32,
    pub col: i32,
    pub end_col: i32,
}

impl Location {
    /// An artificial instruction without a place in the source.
    pub const NONE: Location = Location { line: -1, end_line: -1, col: -1, end_col: -1 };
    /// To be given the location of the instruction that follows.
    pub const NEXT: Location = Location { line: -2, end_line: -2, col: -2, end_col: -2 };
}

/// A jump target, an index into [`InstructionSequence::labels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub u32);

/// One instruction before assembly: an opcode of [`crate::opcode::op`] or [`crate::opcode::pseudo`].
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// The opcode, pseudo-instructions included.
    pub opcode: u16,
    /// The operand; for jumps and block set-ups the number of a [`Label`].
    pub arg: u32,
    /// The place in the source.
    pub loc: Location,
}

/// Instructions in the order they were generated.
#[derive(Clone, Debug, Default)]
pub struct InstructionSequence {
    /// The instructions; those with [`crate::opcode::flag::JUMP`] or `EXC` hold a label in `arg`.
    pub instructions: Vec<Instruction>,
    /// For each label the index of the instruction it stands before; `u32::MAX` until it is placed.
    pub labels: Vec<u32>,
    /// What ANNOTATIONS_PLACEHOLDER is to be replaced with (module annotations under PEP 649).
    pub annotations: Option<Box<InstructionSequence>>,
}

/// Everything the back end (flow graph and assembler) needs to make one code object.
#[derive(Debug)]
pub struct Unit {
    /// The generated instructions.
    pub sequence: InstructionSequence,
    /// Constants in order of first use, merged as CPython's `_PyCode_ConstantKey` would.
    pub consts: ConstantTable,
    /// `co_names`.
    pub names: NameTable,
    /// Local variables, parameters first.
    pub varnames: NameTable,
    /// Cell variables, in CPython's order; some may be parameters too.
    pub cellvars: NameTable,
    /// Free variables, in CPython's order.
    pub freevars: NameTable,
    /// Fast locals of inlined comprehensions that are hidden (true), as CPython's `u_fasthidden`.
    pub fast_hidden: IndexMap<Name, bool, FxBuildHasher>,
    /// `co_name`.
    pub name: Text,
    /// `co_qualname`.
    pub qualname: Text,
    /// `co_filename`.
    pub filename: Text,
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// `co_firstlineno`.
    pub firstlineno: i32,
    /// `co_flags`, complete.
    pub flags: u32,
    /// Whether the implicit `return` at the end returns None (CPython's `addNone`/`nlocals` handling is left to the back end).
    pub add_none: bool,
}
