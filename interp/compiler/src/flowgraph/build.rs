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

use super::cfg::{Block, BlockId, Cfg, Instr};
use super::internal;
use crate::code::Constant;
use crate::error::CompileError;
use crate::instruction::{Instruction, InstructionSequence, Location, Unit};
use crate::opcode::{op, pseudo};
use crate::stack_effect::{ends_block, has_target, is_block_push};

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
    let mut is_target = vec![false; sequence.instructions.len()];
    // How many blocks there are at most, and whether some protect others.
    let (mut blocks, mut protects) = (1, false);
    for instr in &sequence.instructions {
        blocks += usize::from(ends_block(instr.opcode));
        if has_target(instr.opcode) {
            let target = &mut is_target[place(instr.arg)?];
            blocks += usize::from(!*target);
            *target = true;
            protects |= is_block_push(instr.opcode);
        }
    }
    if let Some(annotations) = &sequence.annotations {
        protects |= annotations.instructions.iter().any(|instr| is_block_push(instr.opcode));
    }

    let mut builder = Builder {
        cfg: Cfg::with_capacity(blocks),
        current: Cfg::ENTRY,
        instrs: Vec::with_capacity(64),
        ended: false,
        labels: Vec::new(),
        block_of: vec![None; sequence.instructions.len()],
        jumps: Vec::with_capacity(blocks),
    };
    builder.cfg.protects = protects;
    let mut at = 0;
    while let Some(instr) = sequence.instructions.get(at) {
        if is_target[at] {
            builder.labels.push(at);
        }
        if instr.opcode == pseudo::ANNOTATIONS_PLACEHOLDER {
            if let Some(annotations) = &sequence.annotations {
                annotations.instructions.iter().for_each(|instr| builder.push(instr));
            }
            at += 1;
            continue;
        }
        builder.push(instr);
        at += 1;
        // What follows without a label or jump is of the same block.
        let rest = &sequence.instructions[at..];
        let plain = |(instr, is_target): &(&Instruction, &bool)| !**is_target && IS_PLAIN[instr.opcode as usize & 511];
        let run = if builder.ended { 0 } else { rest.iter().zip(&is_target[at..]).take_while(plain).count() };
        builder.instrs.extend(rest[..run].iter().map(|instr| Instr::new(instr.opcode, instr.arg, instr.loc)));
        at += run;
    }
    let Builder { mut cfg, current, mut instrs, block_of, jumps, .. } = builder;
    fill(&mut cfg[current], &mut instrs);
    for (block, at) in jumps {
        let instr = &mut cfg[block].instrs[at];
        instr.target = sequence.labels.get(instr.arg as usize).and_then(|&at| *block_of.get(at as usize)?);
        if instr.target.is_none() {
            return Err(malformed());
        }
    }
    Ok(cfg)
}

/// By opcode: whether an instruction neither ends a block nor has a target nor is replaced.
static IS_PLAIN: [bool; 512] = {
    let mut plain = [false; 512];
    let mut opcode: u16 = 0;
    while opcode < 512 {
        plain[opcode as usize] = !ends_block(opcode) && !has_target(opcode) && opcode != pseudo::ANNOTATIONS_PLACEHOLDER;
        opcode += 1;
    }
    plain
};

/// The blocks so far.
struct Builder {
    cfg: Cfg,
    current: BlockId,
    /// The instructions of the current block.
    instrs: Vec<Instr>,
    /// Whether the last of them ends the block.
    ended: bool,
    /// The labels here, as what they stand before; one before a dropped placeholder belongs to what follows it.
    labels: Vec<usize>,
    /// By instruction that a label stands before: its block.
    block_of: Vec<Option<BlockId>>,
    /// The instructions that have targets.
    jumps: Vec<(BlockId, usize)>,
}

impl Builder {
    #[inline]
    fn push(&mut self, instr: &Instruction) {
        if self.ended || !self.labels.is_empty() {
            self.begin_block();
        }
        if has_target(instr.opcode) {
            self.jumps.push((self.current, self.instrs.len()));
        }
        self.ended = ends_block(instr.opcode);
        self.instrs.push(Instr::new(instr.opcode, instr.arg, instr.loc));
    }

    fn begin_block(&mut self) {
        if self.ended || self.cfg[self.current].labelled || !self.instrs.is_empty() {
            fill(&mut self.cfg[self.current], &mut self.instrs);
            self.current = self.cfg.insert_after(self.current, Block::default());
        }
        for label in self.labels.drain(..) {
            self.cfg[self.current].labelled = true;
            self.block_of[label] = Some(self.current);
        }
    }
}

/// Moves instructions into a block, which will mostly be no longer than this, but for a NOT_TAKEN and what a conditional jump expands to.
fn fill(block: &mut Block, instrs: &mut Vec<Instr>) {
    let expands = instrs.last().is_some_and(|last| matches!(last.opcode, pseudo::JUMP_IF_FALSE | pseudo::JUMP_IF_TRUE));
    block.instrs.reserve_exact(instrs.len() + if expands { 3 } else { 1 });
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
