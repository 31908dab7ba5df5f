//! Counts predecessors and empties blocks that control cannot reach.
//!
//! ```text
//! b0: RETURN_VALUE                 b0: RETURN_VALUE
//! b1: LOAD_CONST None        →     b1:
//!     RETURN_VALUE
//! ```
//!
//! The empty blocks stay in the layout; a handler whose set-up is gone is no handler any more.

use super::cfg::{Cfg, Visited};

/// Recounts [`super::cfg::Block::predecessors`] and empties blocks that have none.
pub fn run(cfg: &mut Cfg) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        cfg[id].predecessors = 0;
    }
    let mut visited = Visited::new(cfg);
    visited.mark(Cfg::ENTRY);
    cfg[Cfg::ENTRY].predecessors = 1;
    let mut stack = vec![Cfg::ENTRY];
    while let Some(id) = stack.pop() {
        if let (true, Some(next)) = (cfg[id].falls_through(), cfg[id].next) {
            if visited.mark(next) {
                stack.push(next);
            }
            cfg[next].predecessors += 1;
        }
        let instrs = std::mem::take(&mut cfg[id].instrs);
        let first = if cfg.protects { 0 } else { instrs.len().saturating_sub(1) };
        for instr in &instrs[first..] {
            if let (true, Some(target)) = (instr.has_target(), instr.target) {
                if visited.mark(target) {
                    stack.push(target);
                }
                cfg[target].predecessors += 1;
            }
        }
        cfg[id].instrs = instrs;
    }
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        if cfg[id].predecessors == 0 {
            cfg[id].instrs.clear();
            cfg[id].except_handler = false;
        }
    }
}
