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
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let block = &mut cfg[id];
        let Some(last) = block.instrs.last_mut() else {
            continue;
        };
        let opcode = match last.opcode {
            pseudo::JUMP_IF_FALSE => op::POP_JUMP_IF_FALSE,
            pseudo::JUMP_IF_TRUE => op::POP_JUMP_IF_TRUE,
            _ => continue,
        };
        last.opcode = opcode.into();
        let template = *last;
        let at = block.instrs.len() - 1;
        for (offset, (opcode, arg)) in [(op::COPY, 1), (op::TO_BOOL, 0)].into_iter().enumerate() {
            let mut instr = Instr::new(opcode.into(), arg, template.loc);
            instr.except = template.except;
            block.insert(at + offset, instr);
        }
    }
}

/// Removes block set-ups and renames the other pseudo-instructions.
pub fn run(cfg: &mut Cfg) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let block = &mut cfg[id];
        for instr in &mut block.instrs {
            if instr.opcode < 256 {
                continue;
            }
            if is_block_push(instr.opcode) {
                instr.set_nop();
                block.nops = true;
            } else if instr.opcode == pseudo::LOAD_CLOSURE {
                instr.opcode = op::LOAD_FAST.into();
            } else if instr.opcode == pseudo::STORE_FAST_MAYBE_NULL {
                instr.opcode = op::STORE_FAST.into();
            }
        }
    }
    nops::remove_nops_and_jumps(cfg);
}
