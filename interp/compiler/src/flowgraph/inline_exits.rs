//! Copies small exit blocks, and blocks without line numbers that do not fall through, to the jumps that go to them.
//!
//! ```text
//! b0: …                            b0: …
//!     JUMP b5                →         NOP
//! b5: LOAD_CONST None                  LOAD_CONST None
//!     RETURN_VALUE                     RETURN_VALUE
//! ```
//!
//! Saves the jump, and gives each copy one predecessor, from which it can take its line number.

use super::cfg::{BlockId, Cfg};
use crate::opcode::pseudo;
use crate::stack_effect::is_unconditional_jump;

const MAX_COPY_SIZE: usize = 4;

/// Inlines until nothing changes; every change takes a jump away.
pub fn run(cfg: &mut Cfg) {
    loop {
        let mut changed = false;
        let mut at = Some(Cfg::ENTRY);
        while let Some(id) = cfg.advance(&mut at) {
            changed |= inline_into(cfg, id);
        }
        if !changed {
            return;
        }
    }
}

fn inline_into(cfg: &mut Cfg, id: BlockId) -> bool {
    let Some(&last) = cfg[id].instrs.last() else {
        return false;
    };
    let (true, Some(target_id)) = (is_unconditional_jump(last.opcode), last.target) else {
        return false;
    };
    let target = &cfg[target_id];
    let small_exit = target.exits_scope() && target.instrs.len() <= MAX_COPY_SIZE;
    let no_line_no_fallthrough = target.has_no_line() && !target.falls_through();
    if !small_exit && !no_line_no_fallthrough {
        return false;
    }
    let copied = if id == target_id { target.instrs.clone() } else { std::mem::take(&mut cfg[target_id].instrs) };
    let block = &mut cfg[id];
    if let Some(jump) = block.instrs.last_mut() {
        jump.set_nop();
    }
    block.append_copies(&copied);
    // The jump removed may have been the one that tests the eval breaker.
    if no_line_no_fallthrough
        && last.opcode == pseudo::JUMP
        && let Some(end) = block.instrs.last_mut()
        && is_unconditional_jump(end.opcode)
    {
        end.opcode = pseudo::JUMP;
    }
    let target = &mut cfg[target_id];
    if id != target_id {
        target.instrs = copied;
    }
    target.predecessors = target.predecessors.saturating_sub(1);
    true
}
