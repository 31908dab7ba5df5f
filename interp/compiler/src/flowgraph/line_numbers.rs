//! Gives instructions without a line number one where tracing and tracebacks need it (PEP 626).
//!
//! A frame that returns or raises must know its line, so an exit block without a line number is copied for every jump to it and takes the
//! line of that jump:
//!
//! ```text
//! line 2: POP_JUMP_IF_FALSE b3          line 2: POP_JUMP_IF_FALSE b4
//! line 5: POP_JUMP_IF_FALSE b3     →    line 5: POP_JUMP_IF_FALSE b3
//! b3, no line: RETURN_VALUE             b3, line 5: RETURN_VALUE
//!                                       b4, line 2: RETURN_VALUE
//! ```
//!
//! After that, a location flows to instructions without one inside a block, and into a block with a single predecessor.

use super::cfg::{Block, BlockId, Cfg};
use crate::instruction::Location;
use crate::stack_effect::is_jump;

/// Copies exits and spreads locations.
pub fn run(cfg: &mut Cfg) {
    duplicate_exits(cfg);
    propagate(cfg);
}

fn is_exit_or_eval_check_without_line(cfg: &Cfg, id: BlockId) -> bool {
    let block = &cfg[id];
    block.has_no_line() && (block.exits_scope() || block.has_eval_break())
}

fn duplicate_exits(cfg: &mut Cfg) {
    // Copies are laid out after their originals and end in exits or jumps that were considered already or are yet to come; so the walk
    // follows the links as they change.
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = at {
        if let Some(&last) = cfg[id].instrs.last()
            && is_jump(last.opcode)
            && let Some(target) = cfg.next_nonempty(last.target)
            && is_exit_or_eval_check_without_line(cfg, target)
            && cfg[target].predecessors > 1
        {
            let mut copy = Block::default();
            copy.append_copies(&cfg[target].instrs);
            copy.instrs[0].loc = last.loc;
            copy.predecessors = 1;
            copy.labelled = true;
            copy.nops = cfg[target].nops;
            let copy = cfg.insert_after(target, copy);
            cfg[target].predecessors -= 1;
            if let Some(last) = cfg[id].instrs.last_mut() {
                last.target = Some(copy);
            }
        }
        at = cfg[id].next;
    }
    // What exits without a line number remain are reached by falling through, so from one block only.
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        if let (true, Some(next), Some(&last)) = (cfg[id].falls_through(), cfg[id].next, cfg[id].instrs.last())
            && is_exit_or_eval_check_without_line(cfg, next)
        {
            cfg[next].instrs[0].loc = last.loc;
        }
    }
}

fn propagate(cfg: &mut Cfg) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let mut location = Location::NONE;
        for instr in &mut cfg[id].instrs {
            if instr.loc.line == Location::NONE.line {
                instr.loc = location;
            } else {
                location = instr.loc;
            }
        }
        let Some(&last) = cfg[id].instrs.last() else {
            continue;
        };
        if cfg[id].falls_through() {
            inherit(cfg, cfg[id].next, location);
        }
        if is_jump(last.opcode) {
            inherit(cfg, last.target, location);
        }
    }
}

/// Gives the first instruction of a block with one predecessor a location, if it has none.
fn inherit(cfg: &mut Cfg, id: Option<BlockId>, location: Location) {
    if let Some(id) = id
        && cfg[id].predecessors == 1
        && let Some(first) = cfg[id].instrs.first_mut()
        && first.loc.line == Location::NONE.line
    {
        first.loc = location;
    }
}
