//! Computes the stack depth at the start of every reachable block, and the greatest depth of all.
//!
//! Follows control from the entry, once through each block: loops have no net effect, and a block must be reached with one
//! depth only.

use super::cfg::{BlockId, Cfg, Instr};
use super::internal;
use crate::error::CompileError;
use crate::opcode::op;
use crate::stack_effect::{self, ends_flow, net_effect};

/// Sets [`super::cfg::Block::start_depth`]; the code object's stack size.
pub fn run(cfg: &mut Cfg) -> Result<u32, CompileError> {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        cfg[id].start_depth = None;
    }
    let mut greatest = 0;
    let mut todo = Vec::new();
    reach(cfg, &mut todo, Cfg::ENTRY, 0)?;
    while let Some(id) = todo.pop() {
        let mut depth = i64::from(cfg[id].start_depth.unwrap_or(0));
        let mut next = cfg[id].next;
        let instrs = std::mem::take(&mut cfg[id].instrs);
        for instr in &instrs {
            let effect = |jump| net_effect(instr.opcode, instr.arg, jump).ok_or_else(|| no_effect(instr));
            greatest = greatest.max(depth);
            if let (true, Some(target)) = (instr.has_target(), instr.target)
                && !instr.is(op::END_ASYNC_FOR)
            {
                reach(cfg, &mut todo, target, depth + effect(true)?)?;
            }
            depth += effect(false)?;
            if depth < 0 {
                return Err(underflow(instr.opcode));
            }
            if ends_flow(instr.opcode) {
                next = None;
                break;
            }
        }
        cfg[id].instrs = instrs;
        if let Some(next) = next {
            reach(cfg, &mut todo, next, depth)?;
        }
    }
    Ok(greatest as u32)
}

#[cold]
fn no_effect(instr: &Instr) -> CompileError {
    internal(format!("Invalid stack effect for opcode={}, arg={}", instr.opcode, instr.arg))
}

#[cold]
fn underflow(opcode: u16) -> CompileError {
    internal(format!("Invalid CFG, stack underflow at {}", stack_effect::name(opcode)))
}

fn reach(cfg: &mut Cfg, todo: &mut Vec<BlockId>, id: BlockId, depth: i64) -> Result<(), CompileError> {
    let depth = u32::try_from(depth).map_err(|_| internal("Invalid CFG, stack underflow"))?;
    match cfg[id].start_depth {
        None => {
            cfg[id].start_depth = Some(depth);
            todo.push(id);
            Ok(())
        }
        Some(known) if known == depth => Ok(()),
        Some(_) => Err(internal("Invalid CFG, inconsistent stackdepth")),
    }
}
