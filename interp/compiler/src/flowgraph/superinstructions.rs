//! Fuses neighbouring loads and stores of locals into one instruction.
//!
//! ```text
//! LOAD_FAST 1                      LOAD_FAST_LOAD_FAST 0x12
//! LOAD_FAST 2                →
//! ```
//!
//! Only for locals below 16, two of which fit into one operand byte, and only if both are on one line.

use super::cfg::{Block, Cfg};
use super::nops;
use crate::opcode::op;

/// Runs over every block.
pub fn run(cfg: &mut Cfg) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let block = &mut cfg[id];
        let mut fused = false;
        for i in 0..block.instrs.len().saturating_sub(1) {
            let (first, second) = (&block.instrs[i], &block.instrs[i + 1]);
            if first.is(op::LOAD_FAST) && second.is(op::LOAD_FAST) {
                fused |= fuse(block, i, op::LOAD_FAST_LOAD_FAST);
            } else if first.is(op::STORE_FAST) && second.is(op::LOAD_FAST) {
                fused |= fuse(block, i, op::STORE_FAST_LOAD_FAST);
            } else if first.is(op::STORE_FAST) && second.is(op::STORE_FAST) {
                fused |= fuse(block, i, op::STORE_FAST_STORE_FAST);
            }
        }
        // What is fused is on one line, so no other block's NOPs are needed less than before.
        if fused {
            block.nops = true;
            nops::remove_block_nops(cfg, id);
        }
    }
}

/// Fuses two instructions, if they are on one line and their operands fit.
fn fuse(block: &mut Block, i: usize, opcode: u8) -> bool {
    let (first, second) = (block.instrs[i], block.instrs[i + 1]);
    let (a, b) = (first.loc.line, second.loc.line);
    if (a >= 0 && b >= 0 && a != b) || first.arg >= 16 || second.arg >= 16 {
        return false;
    }
    block.instrs[i].set(opcode, first.arg << 4 | second.arg);
    block.instrs[i + 1].set_nop();
    true
}
