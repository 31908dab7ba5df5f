//! Turns jump targets into distances, and JUMP into the forward or backward instruction.

use super::size;
use crate::error::CompileError;
use crate::flowgraph::{LinearInstr, internal};
use crate::opcode::{op, pseudo};

/// END_ASYNC_FOR names the END_SEND of its loop, which comes this many code units after the SEND that is its target.
const END_SEND_OFFSET: usize = 5;

/// Gives every jump its opcode and operand.
pub fn resolve(instrs: &mut [LinearInstr]) -> Result<(), CompileError> {
    let mut jumps = Vec::new();
    for (i, instr) in instrs.iter_mut().enumerate() {
        let Some(target) = instr.target else {
            if u8::try_from(instr.opcode).is_err() {
                return Err(internal("a pseudo-instruction is left"));
            }
            continue;
        };
        let forward = target as usize > i;
        instr.opcode = match instr.opcode {
            pseudo::JUMP | pseudo::JUMP_NO_INTERRUPT if forward => op::JUMP_FORWARD.into(),
            pseudo::JUMP => op::JUMP_BACKWARD.into(),
            pseudo::JUMP_NO_INTERRUPT => op::JUMP_BACKWARD_NO_INTERRUPT.into(),
            other => other,
        };
        // CPython's first guess of a distance is the target's index. The code may settle a unit longer than it need be, for a jump backward
        // of just 256.
        instr.arg = target;
        jumps.push(i);
    }
    if jumps.is_empty() {
        return Ok(());
    }
    // Longer distances need EXTENDED_ARGs, which make other distances longer, until nothing grows any more.
    let mut offsets = vec![0; instrs.len()];
    loop {
        let mut end = 0;
        for (offset, instr) in offsets.iter_mut().zip(instrs.iter()) {
            *offset = end;
            end += size(instr);
        }
        let mut grew = false;
        for &i in &jumps {
            let instr = &mut instrs[i];
            let Some(target) = instr.target else { continue };
            let before = size(instr);
            let (from, to) = (offsets[i] + before, offsets[target as usize]);
            let distance =
                if instr.opcode == u16::from(op::END_ASYNC_FOR) { from.checked_sub(to + END_SEND_OFFSET) } else { Some(from.abs_diff(to)) };
            instr.arg = distance.and_then(|d| u32::try_from(d).ok()).ok_or_else(|| internal("a jump distance is out of range"))?;
            grew |= size(instr) != before;
        }
        if !grew {
            return Ok(());
        }
    }
}
