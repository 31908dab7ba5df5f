//! Moves code that only runs after an exception to the end.
//!
//! ```text
//! b0: try body                     b0: try body
//! b1: handler                →     b2: what follows
//! b2: what follows                 b1: handler
//!                                      JUMP_NO_INTERRUPT b2
//! ```
//!
//! A cold block that fell through to a warm one gets an explicit jump.

use super::cfg::{Block, BlockId, Cfg, Instr, Visited};
use super::nops;
use crate::instruction::Location;
use crate::opcode::pseudo;
use crate::stack_effect::is_jump;

/// Marks blocks warm or cold, and lays the cold ones out last.
pub fn run(cfg: &mut Cfg) {
    if cfg[Cfg::ENTRY].next.is_none() {
        return;
    }
    mark(cfg);
    for id in cfg.order() {
        let block = &cfg[id];
        if block.cold
            && block.falls_through()
            && let Some(next) = block.next
            && cfg[next].warm
        {
            cfg[next].labelled = true;
            let mut jump = Instr::new(pseudo::JUMP_NO_INTERRUPT, 0, Location::NONE);
            jump.target = Some(next);
            let mut explicit = Block::default();
            explicit.instrs.push(jump);
            explicit.cold = true;
            explicit.predecessors = 1;
            cfg.insert_after(id, explicit);
        }
    }
    let (cold, warm): (Vec<BlockId>, Vec<BlockId>) = cfg.order().into_iter().partition(|&id| cfg[id].cold);
    let order = [warm, cold.clone()].concat();
    for (i, &id) in order.iter().enumerate() {
        cfg[id].next = order.get(i + 1).copied();
    }
    if !cold.is_empty() {
        nops::remove_nops_and_jumps(cfg);
    }
}

fn mark(cfg: &mut Cfg) {
    let mut visited = Visited::new(cfg);
    visited.mark(Cfg::ENTRY);
    let mut stack = vec![Cfg::ENTRY];
    while let Some(id) = stack.pop() {
        cfg[id].warm = true;
        for successor in successors(cfg, id) {
            if visited.mark(successor) {
                stack.push(successor);
            }
        }
    }
    let mut visited = Visited::new(cfg);
    for id in cfg.order() {
        if cfg[id].except_handler {
            stack.push(id);
            visited.mark(id);
        }
    }
    while let Some(id) = stack.pop() {
        cfg[id].cold = true;
        for successor in successors(cfg, id) {
            if !cfg[successor].warm && visited.mark(successor) {
                stack.push(successor);
            }
        }
    }
}

/// Where control goes from a block without an exception.
fn successors(cfg: &Cfg, id: BlockId) -> Vec<BlockId> {
    let block = &cfg[id];
    let next = block.next.filter(|_| block.falls_through());
    let jumps = block.instrs.iter().filter(|i| is_jump(i.opcode));
    next.into_iter().chain(jumps.filter_map(|i| i.target)).collect()
}
