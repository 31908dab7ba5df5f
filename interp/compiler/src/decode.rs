//! Reads instructions back from the bytes of a code object.

use crate::opcode::{OPCODES, flag, op};

/// An instruction with the EXTENDED_ARGs before it and the caches behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Code unit of the first EXTENDED_ARG, or of the instruction itself; where a jump to it goes.
    pub start: usize,
    /// Code unit of the instruction itself.
    pub at: usize,
    /// Code unit after the caches; what jump distances count from.
    pub end: usize,
    /// The opcode.
    pub opcode: u8,
    /// The operand, EXTENDED_ARGs included.
    pub arg: u32,
}

impl Decoded {
    /// The code unit a jump goes to; none if this is no jump. END_ASYNC_FOR's operand is an END_SEND behind it, which it does not jump to.
    /// May lie outside the code if that is malformed.
    pub fn target(&self) -> Option<i64> {
        if OPCODES[self.opcode as usize].flags & flag::JUMP == 0 {
            return None;
        }
        let (end, arg) = (self.end as i64, i64::from(self.arg));
        Some(match self.opcode {
            op::JUMP_BACKWARD | op::JUMP_BACKWARD_NO_INTERRUPT | op::END_ASYNC_FOR => end - arg,
            _ => end + arg,
        })
    }
}

/// The instructions of `code`, a code unit being two bytes. Ends early if the last instruction lacks its caches or follows on nothing.
pub fn decode(code: &[u8]) -> impl Iterator<Item = Decoded> {
    let unit = |i: usize| Some((*code.get(2 * i)?, *code.get(2 * i + 1)?));
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next;
        let mut at = start;
        let mut arg = 0u32;
        loop {
            let (opcode, low) = unit(at)?;
            arg = arg << 8 | u32::from(low);
            if opcode != op::EXTENDED_ARG {
                let caches = usize::from(OPCODES[opcode as usize].caches);
                let end = at + 1 + caches;
                if 2 * end > code.len() {
                    return None;
                }
                next = end;
                return Some(Decoded { start, at, end, opcode, arg });
            }
            at += 1;
        }
    })
}
