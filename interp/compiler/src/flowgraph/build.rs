//! Builds the graph: cuts the sequence into blocks at labels and after jumps and exits.
//!
//! ```text
//! 0 LOAD_NAME c                    b0: LOAD_NAME c
//! 1 TO_BOOL                            TO_BOOL
//! 2 POP_JUMP_IF_FALSE L1     →         POP_JUMP_IF_FALSE b2
//! 3 LOAD_NAME x                    b1: LOAD_NAME x
//! L1: 4 NOP                        b2: NOP
//! ```
//!
//! ANNOTATIONS_PLACEHOLDER is replaced by the sequence's annotation instructions or dropped. What runs off the end returns: None if the
//! unit says so, else the value on the stack. So every label stands before an instruction.

use super::cfg::{Block, Cfg, Instr};
use super::internal;
use crate::code::Constant;
use crate::error::CompileError;
use crate::instruction::{Instruction, InstructionSequence, Location, Unit};
use crate::opcode::{op, pseudo};
use crate::stack_effect::{is_block_push, is_jump, is_scope_exit};

/// Builds the graph of a unit, leaving its sequence empty.
pub fn build(unit: &mut Unit) -> Result<Cfg, CompileError> {
    let mut sequence = std::mem::take(&mut unit.sequence);
    add_return(&mut sequence, unit);

    let malformed = || internal("a jump without a placed label");
    let place = |arg: u32| -> Result<usize, CompileError> {
        let at = *sequence.labels.get(arg as usize).ok_or_else(malformed)? as usize;
        if at >= sequence.instructions.len() {
            return Err(malformed());
        }
        Ok(at)
    };
    let has_target = |i: &Instruction| is_jump(i.opcode) || is_block_push(i.opcode);
    let mut is_target = vec![false; sequence.instructions.len()];
    for instr in sequence.instructions.iter().filter(|i| has_target(i)) {
        is_target[place(instr.arg)?] = true;
    }

    let ends = sequence.instructions.iter().filter(|i| is_jump(i.opcode) || is_scope_exit(i.opcode)).count();
    let mut cfg = Cfg::with_capacity(1 + ends + is_target.iter().filter(|t| **t).count());
    // The instructions of the current block.
    let mut instrs: Vec<Instr> = Vec::with_capacity(64);
    let mut current = Cfg::ENTRY;
    let mut block_of = vec![None; sequence.instructions.len()];
    // A label before a dropped placeholder belongs to what follows it.
    let mut pending_labels = Vec::new();
    for (at, instr) in sequence.instructions.iter().enumerate() {
        if is_target[at] {
            pending_labels.push(at);
        }
        let replacement;
        let emitted: &[Instruction] = if instr.opcode == pseudo::ANNOTATIONS_PLACEHOLDER {
            replacement = sequence.annotations.as_deref();
            replacement.map_or(&[], |annotations| &annotations.instructions)
        } else {
            std::slice::from_ref(instr)
        };
        for instr in emitted {
            let ended = instrs.last().is_some_and(|last| is_jump(last.opcode) || is_scope_exit(last.opcode));
            if ended || (!pending_labels.is_empty() && (cfg[current].labelled || !instrs.is_empty())) {
                fill(&mut cfg[current], &mut instrs);
                current = cfg.insert_after(current, Block::default());
            }
            for label in pending_labels.drain(..) {
                cfg[current].labelled = true;
                block_of[label] = Some(current);
            }
            instrs.push(Instr::new(instr.opcode, instr.arg, instr.loc));
        }
    }
    fill(&mut cfg[current], &mut instrs);

    let mut missing = false;
    cfg.for_each_instr(|instr| {
        if instr.has_target() {
            instr.target = sequence.labels.get(instr.arg as usize).and_then(|&at| *block_of.get(at as usize)?);
            missing |= instr.target.is_none();
        }
    });
    if missing {
        return Err(malformed());
    }
    Ok(cfg)
}

/// Moves instructions into a block, which will mostly be no longer than this, but for a NOT_TAKEN.
fn fill(block: &mut Block, instrs: &mut Vec<Instr>) {
    block.instrs.reserve_exact(instrs.len() + 1);
    block.instrs.append(instrs);
}

fn add_return(sequence: &mut InstructionSequence, unit: &mut Unit) {
    let mut push = |opcode: u8, arg: u32| {
        sequence.instructions.push(Instruction { opcode: opcode.into(), arg, loc: Location::NONE });
    };
    if unit.add_none {
        let none = unit.consts.add(Constant::None);
        push(op::LOAD_CONST, none);
    }
    push(op::RETURN_VALUE, 0);
}
