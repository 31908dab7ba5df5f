//! Writes the blocks out as one list of instructions, targets and handlers as places in it.

use super::cfg::{BlockId, Cfg};
use crate::instruction::Location;

/// An instruction on its way to the assembler.
#[derive(Clone, Copy, Debug)]
pub struct LinearInstr {
    /// The opcode; JUMP and JUMP_NO_INTERRUPT are the only pseudo-instructions left.
    pub opcode: u16,
    /// The operand, meaningless where there is a target.
    pub arg: u32,
    /// The place in the source.
    pub loc: Location,
    /// The instruction a jump goes to.
    pub target: Option<u32>,
    /// What handles an exception raised here.
    pub handler: Option<Handler>,
}

/// An exception handler, as an exception table entry describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Its first instruction.
    pub target: u32,
    /// The stack depth its first instruction sees, with what the interpreter pushed.
    pub start_depth: u32,
    /// Whether the offset of the raising instruction is pushed too.
    pub preserve_lasti: bool,
}

/// Lists the instructions in layout order.
pub fn run(cfg: &Cfg) -> Vec<LinearInstr> {
    let mut start = vec![0; cfg.capacity()];
    let mut count = 0u32;
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        start[id.index()] = count;
        count += cfg[id].instrs.len() as u32;
    }
    let place = |id: BlockId| start[id.index()];
    let mut out = Vec::with_capacity(count as usize);
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        for instr in &cfg[id].instrs {
            out.push(LinearInstr {
                opcode: instr.opcode,
                arg: instr.arg,
                loc: instr.loc,
                target: instr.target.filter(|_| instr.has_target()).map(place),
                handler: instr.except.map(|handler| Handler {
                    target: place(handler),
                    start_depth: cfg[handler].start_depth.unwrap_or(0),
                    preserve_lasti: cfg[handler].preserve_lasti,
                }),
            });
        }
    }
    out
}
