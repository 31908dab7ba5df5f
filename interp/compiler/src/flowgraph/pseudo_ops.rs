//! Replaces pseudo-instructions by real ones, but for jumps, whose direction is known only to the assembler.
//!
//! ```text
//! JUMP_IF_FALSE b2                 COPY 1
//!                            →     TO_BOOL
//!                                  POP_JUMP_IF_FALSE b2
//!
//! LOAD_CLOSURE 2             →     LOAD_FAST 2
//! ```

use super::cfg::{Cfg, Instr};
use super::nops;
use crate::opcode::{op, pseudo};
use crate::stack_effect::is_block_push;

/// Expands the jumps that leave the tested value on the stack.
pub fn expand_conditional_jumps(cfg: &mut Cfg) {
    for id in cfg.order() {
        let instrs = &mut cfg[id].instrs;
        let Some(last) = instrs.last_mut() else {
            continue;
        };
        let opcode = match last.opcode {
            pseudo::JUMP_IF_FALSE => op::POP_JUMP_IF_FALSE,
            pseudo::JUMP_IF_TRUE => op::POP_JUMP_IF_TRUE,
            _ => continue,
        };
        last.opcode = opcode.into();
        let (at, loc) = (instrs.len() - 1, last_loc(instrs));
        instrs.insert(at, Instr::new(op::COPY.into(), 1, loc));
        instrs.insert(at + 1, Instr::new(op::TO_BOOL.into(), 0, loc));
    }
}

fn last_loc(instrs: &[Instr]) -> crate::instruction::Location {
    instrs[instrs.len() - 1].loc
}

/// Removes block set-ups and renames the other pseudo-instructions.
pub fn run(cfg: &mut Cfg) {
    cfg.for_each_instr(|instr| {
        if is_block_push(instr.opcode) {
            instr.set_nop();
        } else if instr.opcode == pseudo::LOAD_CLOSURE {
            instr.opcode = op::LOAD_FAST.into();
        } else if instr.opcode == pseudo::STORE_FAST_MAYBE_NULL {
            instr.opcode = op::STORE_FAST.into();
        }
    });
    nops::remove_nops_and_jumps(cfg);
}
