//! Makes every conditional jump go forward, and marks the way on with NOT_TAKEN for `sys.monitoring`.
//!
//! ```text
//! POP_JUMP_IF_TRUE b1              POP_JUMP_IF_FALSE b3
//! b3: …  (b1 lies before)    →     b2: NOT_TAKEN
//!                                      JUMP b1
//!                                  b3: …
//! ```

use super::cfg::{Block, BlockId, Cfg, Instr, Visited};
use crate::opcode::{op, pseudo};
use crate::stack_effect::is_conditional_jump;

/// Runs over every block, in layout order.
pub fn run(cfg: &mut Cfg) {
    let mut before = Visited::new(cfg);
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        before.mark(id);
        normalize(cfg, id, &before);
    }
}

fn normalize(cfg: &mut Cfg, id: BlockId, before: &Visited) {
    let Some(&last) = cfg[id].instrs.last() else {
        return;
    };
    let (true, Some(target)) = (is_conditional_jump(last.opcode), last.target) else {
        return;
    };
    let not_taken = Instr::new(op::NOT_TAKEN.into(), 0, last.loc);
    if !before.contains(target) {
        cfg[id].append(not_taken);
        return;
    }
    let reversed = match u8::try_from(last.opcode) {
        Ok(op::POP_JUMP_IF_NONE) => op::POP_JUMP_IF_NOT_NONE,
        Ok(op::POP_JUMP_IF_NOT_NONE) => op::POP_JUMP_IF_NONE,
        Ok(op::POP_JUMP_IF_FALSE) => op::POP_JUMP_IF_TRUE,
        _ => op::POP_JUMP_IF_FALSE,
    };
    let onward = cfg[id].next;
    if let Some(last) = cfg[id].instrs.last_mut() {
        last.opcode = reversed.into();
        last.target = onward;
    }
    let mut jump = Instr::new(pseudo::JUMP, 0, last.loc);
    jump.target = Some(target);
    let mut backward = Block::default();
    backward.instrs = vec![not_taken, jump];
    backward.start_depth = cfg[target].start_depth;
    backward.cold = cfg[id].cold;
    cfg.insert_after(id, backward);
}
