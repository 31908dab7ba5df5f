//! Exception handlers: which block handles what each instruction raises.
//!
//! Code generation brackets protected code with SETUP_FINALLY, SETUP_CLEANUP or SETUP_WITH and POP_BLOCK. [`label_targets`] follows
//! control from the entry with the stack of open blocks in hand, writes the innermost handler into [`Instr::except`] and turns POP_BLOCK
//! into NOP (the set-ups stay as edges until [`super::pseudo_ops`]):
//!
//! ```text
//! SETUP_FINALLY b2                 SETUP_FINALLY b2
//! LOAD_NAME f                →     LOAD_NAME f        except b2
//! POP_BLOCK                        NOP
//! ```
//!
//! It also completes RESUME's operand: whether the yield before it stood in exactly one handler (the generator's own).

use super::cfg::{BlockId, Cfg, Visited};
use super::internal;
use crate::error::CompileError;
use crate::opcode::{op, pseudo};
use crate::stack_effect::{is_block_push, is_jump};

const RESUME_AT_FUNC_START: u32 = 0;
const RESUME_DEPTH1: u32 = 4;

/// Marks the blocks that are handlers.
pub fn mark_handlers(cfg: &mut Cfg) {
    if !cfg.protects {
        return;
    }
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let instrs = std::mem::take(&mut cfg[id].instrs);
        for instr in &instrs {
            if let (true, Some(handler)) = (is_block_push(instr.opcode), instr.target) {
                cfg[handler].except_handler = true;
            }
        }
        cfg[id].instrs = instrs;
    }
}

/// Gives every reachable instruction its handler.
pub fn label_targets(cfg: &mut Cfg) -> Result<(), CompileError> {
    if !cfg.protects {
        return Ok(());
    }
    let mut visited = Visited::new(cfg);
    visited.mark(Cfg::ENTRY);
    let mut todo: Vec<(BlockId, Vec<BlockId>)> = vec![(Cfg::ENTRY, Vec::new())];
    while let Some((id, mut open)) = todo.pop() {
        let mut yield_depth = None;
        let mut instrs = std::mem::take(&mut cfg[id].instrs);
        for instr in &mut instrs {
            let handler = open.last().copied();
            if is_block_push(instr.opcode) {
                let preserve_lasti = instr.opcode != pseudo::SETUP_FINALLY;
                let target = target_of(instr.target)?;
                if visited.mark(target) {
                    todo.push((target, open.clone()));
                }
                cfg[target].preserve_lasti |= preserve_lasti;
                open.push(target);
                continue;
            }
            if instr.opcode == pseudo::POP_BLOCK {
                if open.pop().is_none() {
                    return Err(internal("POP_BLOCK without a block"));
                }
                instr.set_nop();
                continue;
            }
            instr.except = handler;
            if is_jump(instr.opcode) {
                let target = target_of(instr.target)?;
                if visited.mark(target) {
                    todo.push((target, open.clone()));
                }
            } else if instr.is(op::YIELD_VALUE) {
                yield_depth = Some(open.len());
            } else if instr.is(op::RESUME) && instr.arg != RESUME_AT_FUNC_START {
                if yield_depth == Some(1) {
                    instr.arg |= RESUME_DEPTH1;
                }
                yield_depth = None;
            }
        }
        cfg[id].instrs = instrs;
        if cfg[id].falls_through()
            && let Some(next) = cfg[id].next
            && visited.mark(next)
        {
            todo.push((next, open));
        }
    }
    Ok(())
}

fn target_of(target: Option<BlockId>) -> Result<BlockId, CompileError> {
    target.ok_or_else(|| internal("a jump without target"))
}
