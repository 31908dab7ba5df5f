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
    if !cfg.protects || !mark(cfg) {
        return;
    }
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
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
    let (mut last_warm, mut first_cold, mut last_cold) = (Cfg::ENTRY, None, None);
    let mut at = cfg[Cfg::ENTRY].next;
    while let Some(id) = cfg.advance(&mut at) {
        if !cfg[id].cold {
            cfg[last_warm].next = Some(id);
            last_warm = id;
        } else {
            match last_cold {
                Some(last) => cfg[last].next = Some(id),
                None => first_cold = Some(id),
            }
            last_cold = Some(id);
        }
    }
    cfg[last_warm].next = first_cold;
    if let Some(last) = last_cold {
        cfg[last].next = None;
        nops::remove_nops_and_jumps(cfg);
    }
}

/// Marks the blocks; whether any is a handler, without which none is cold.
fn mark(cfg: &mut Cfg) -> bool {
    let mut at = Some(Cfg::ENTRY);
    let mut handlers = false;
    while let Some(id) = cfg.advance(&mut at) {
        handlers |= cfg[id].except_handler;
    }
    if !handlers {
        return false;
    }
    let mut visited = Visited::new(cfg);
    visited.mark(Cfg::ENTRY);
    let mut stack = vec![Cfg::ENTRY];
    while let Some(id) = stack.pop() {
        cfg[id].warm = true;
        for_successors(cfg, id, |successor| {
            if visited.mark(successor) {
                stack.push(successor);
            }
        });
    }
    let mut visited = Visited::new(cfg);
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        if cfg[id].except_handler {
            stack.push(id);
            visited.mark(id);
        }
    }
    while let Some(id) = stack.pop() {
        cfg[id].cold = true;
        for_successors(cfg, id, |successor| {
            if !cfg[successor].warm && visited.mark(successor) {
                stack.push(successor);
            }
        });
    }
    true
}

/// Calls `f` with every block that control goes to from a block without an exception.
fn for_successors(cfg: &Cfg, id: BlockId, mut f: impl FnMut(BlockId)) {
    let block = &cfg[id];
    block.next.filter(|_| block.falls_through()).into_iter().for_each(&mut f);
    block.instrs.last().filter(|i| is_jump(i.opcode)).and_then(|i| i.target).into_iter().for_each(&mut f);
}
