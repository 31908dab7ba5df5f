//! Lays the blocks out: where each begins, JUMP as the forward or backward instruction, and jump targets as distances.

use super::size;
use crate::error::CompileError;
use crate::flowgraph::{BlockId, Cfg, internal};
use crate::opcode::{op, pseudo};
use crate::stack_effect::is_jump;

/// END_ASYNC_FOR names the END_SEND of its loop, which comes this many code units after the SEND that is its target.
const END_SEND_OFFSET: usize = 5;

/// Where a block is.
struct Place {
    block: BlockId,
    /// The number of its first instruction, or the one that follows if it has none.
    first: u32,
    /// The offset of that instruction in code units.
    offset: usize,
    /// What its instructions take, but for the jump that ends it.
    straight: usize,
    /// That jump.
    jump: Option<Jump>,
}

/// A jump at the end of a block.
#[derive(Clone, Copy)]
struct Jump {
    /// Which instruction of the block it is.
    at: usize,
    /// What follows it in the block.
    after: usize,
    /// Where in the layout it goes.
    target: u32,
}

/// Where the blocks are, in the order of the layout.
pub struct Places {
    places: Vec<Place>,
    /// By block: its place in the layout.
    of_block: Vec<u32>,
    instructions: usize,
    units: usize,
}

impl Places {
    /// The blocks in the order of the layout.
    pub fn blocks(&self) -> impl Iterator<Item = BlockId> {
        self.places.iter().map(|place| place.block)
    }

    /// How many instructions there are.
    pub fn instructions(&self) -> usize {
        self.instructions
    }

    /// How many code units they take.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The number of a block's first instruction.
    pub fn first_of(&self, block: BlockId) -> u32 {
        self.places[self.of_block[block.index()] as usize].first
    }

    /// Where a block begins, in code units.
    pub fn offset_of(&self, block: BlockId) -> usize {
        self.places[self.of_block[block.index()] as usize].offset
    }
}

/// Places the blocks, and gives every jump its opcode and operand.
pub fn place(cfg: &mut Cfg) -> Result<Places, CompileError> {
    let mut places = Places { places: Vec::with_capacity(cfg.capacity()), of_block: vec![0; cfg.capacity()], instructions: 0, units: 0 };
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        places.of_block[id.index()] = places.places.len() as u32;
        let instrs = &cfg[id].instrs;
        let mut straight = 0;
        for instr in instrs {
            if is_jump(instr.opcode) {
                continue;
            }
            if instr.opcode > 255 {
                return Err(internal("a pseudo-instruction is left"));
            }
            straight += size(instr);
        }
        places.places.push(Place { block: id, first: places.instructions as u32, offset: 0, straight, jump: None });
        places.instructions += instrs.len();
    }
    let mut jumps = Vec::new();
    for i in 0..places.places.len() {
        let Place { block, first, .. } = places.places[i];
        let Some(at) = cfg[block].jump_at() else { continue };
        let after = cfg[block].instrs[at + 1..].iter().map(size).sum();
        let jump = &mut cfg[block].instrs[at];
        let target = places.of_block[jump.target.ok_or_else(|| internal("a jump without target"))?.index()];
        let first_of_target = places.places[target as usize].first;
        let forward = first_of_target as usize > first as usize + at;
        jump.opcode = match jump.opcode {
            pseudo::JUMP | pseudo::JUMP_NO_INTERRUPT if forward => op::JUMP_FORWARD.into(),
            pseudo::JUMP => op::JUMP_BACKWARD.into(),
            pseudo::JUMP_NO_INTERRUPT => op::JUMP_BACKWARD_NO_INTERRUPT.into(),
            other => other,
        };
        // CPython's first guess of a distance is the target's number. The code may settle a unit longer than it need be, for a jump backward
        // of just 256.
        jump.arg = first_of_target;
        places.places[i].jump = Some(Jump { at, after, target });
        jumps.push(i);
    }
    // Longer distances need EXTENDED_ARGs, which make other distances longer, until nothing grows any more.
    loop {
        let mut end = 0;
        for place in &mut places.places {
            place.offset = end;
            end += place.straight;
            if let Some(jump) = place.jump {
                end += size(&cfg[place.block].instrs[jump.at]);
            }
        }
        places.units = end;
        let mut grew = false;
        for &i in &jumps {
            let place = &places.places[i];
            let Some(Jump { at, after, target }) = place.jump else { continue };
            let jump = &mut cfg[place.block].instrs[at];
            let before = size(jump);
            let (from, to) = (place.offset + place.straight - after + before, places.places[target as usize].offset);
            let distance = if jump.is(op::END_ASYNC_FOR) { from.checked_sub(to + END_SEND_OFFSET) } else { Some(from.abs_diff(to)) };
            jump.arg = distance.and_then(|d| u32::try_from(d).ok()).ok_or_else(|| internal("a jump distance is out of range"))?;
            grew |= size(jump) != before;
        }
        if !grew {
            return Ok(places);
        }
    }
}
