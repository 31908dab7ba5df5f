//! Removes what has no effect: NOPs, jumps to the next block, loads that are popped at once.
//!
//! ```text
//! line 1: NOP                      line 1: LOAD_NAME x
//! line 1: LOAD_NAME x        →     line 2: NOP
//! line 2: NOP                      line 3: JUMP b1
//! line 3: JUMP b1
//! ```
//!
//! A NOP that alone stands for its line stays, so that a debugger can stop there.

use super::cfg::{BlockId, Cfg, Instr};
use crate::instruction::Location;
use crate::opcode::op;
use crate::stack_effect::{is_jump, is_unconditional_jump};

/// Looks for NOPs everywhere: from then on [`super::cfg::Block::nops`] is kept.
fn find(cfg: &mut Cfg) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let block = &mut cfg[id];
        block.nops = block.instrs.iter().any(|i| i.is(op::NOP));
    }
}

/// Removes redundant NOPs everywhere; how many there were.
pub fn remove_nops(cfg: &mut Cfg) -> usize {
    let mut removed = 0;
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        removed += remove_block_nops(cfg, id);
    }
    removed
}

/// Removes NOPs and jumps to what follows anyway, until nothing changes.
pub fn remove_nops_and_jumps(cfg: &mut Cfg) {
    while remove_nops(cfg) + remove_jumps(cfg) > 0 {}
}

/// Removes NOPs and pairs of a load and a POP_TOP of what it loaded, until nothing changes.
pub fn remove_nops_and_pairs(cfg: &mut Cfg) {
    find(cfg);
    loop {
        let mut done = true;
        // The instruction before the current one in straight-line code.
        let mut previous: Option<(BlockId, usize)> = None;
        let mut at = Some(Cfg::ENTRY);
        while let Some(id) = cfg.advance(&mut at) {
            remove_block_nops(cfg, id);
            if cfg[id].labelled {
                previous = None;
            }
            for i in 0..cfg[id].instrs.len() {
                if !cfg[id].instrs[i].is(op::POP_TOP) {
                    continue;
                }
                let before = if i == 0 { previous } else { Some((id, i - 1)) };
                if let Some((before_id, before_i)) = before {
                    let load = &mut cfg[before_id].instrs[before_i];
                    if load.loads_const() || (load.is(op::COPY) && load.arg == 1) {
                        load.set_nop();
                        cfg[before_id].nops = true;
                        cfg[id].instrs[i].set_nop();
                        cfg[id].nops = true;
                        done = false;
                    }
                }
            }
            if let Some(last) = cfg[id].instrs.len().checked_sub(1) {
                previous = Some((id, last));
            }
            let ends_in_jump = previous.is_some_and(|(id, i)| is_jump(cfg[id].instrs[i].opcode));
            if ends_in_jump || !cfg[id].falls_through() {
                previous = None;
            }
        }
        if done {
            return;
        }
    }
}

/// Removes redundant NOPs of a block; how many there were.
pub fn remove_block_nops(cfg: &mut Cfg, id: BlockId) -> usize {
    if !cfg[id].nops {
        return 0;
    }
    let Some(first) = cfg[id].instrs.iter().position(|i| i.is(op::NOP)) else {
        cfg[id].nops = false;
        return 0;
    };
    let next_line = cfg.next_nonempty(cfg[id].next).map_or(Location::NONE.line, |next| first_line(&cfg[next].instrs));
    let mut needed = false;
    let removed = cfg[id].remove_where(first, |previous_line, instr, next| {
        let line = instr.loc.line;
        if !instr.is(op::NOP) {
            return false;
        }
        if line < 0 || previous_line == line {
            return true;
        }
        let redundant = match next {
            Some(next) if next.loc.line == line => true,
            Some(next) if next.loc.line < 0 => {
                next.loc = instr.loc;
                true
            }
            None => next_line == line,
            Some(_) => false,
        };
        needed |= !redundant;
        redundant
    });
    cfg[id].nops = needed;
    removed
}

/// The line of the first instruction that will remain: NOPs without a line are as good as gone.
fn first_line(instrs: &[Instr]) -> i32 {
    instrs.iter().find(|i| !(i.is(op::NOP) && i.loc.line < 0)).map_or(Location::NONE.line, |i| i.loc.line)
}

fn remove_jumps(cfg: &mut Cfg) -> usize {
    let mut removed = 0;
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let Some(&last) = cfg[id].instrs.last() else {
            continue;
        };
        if !is_unconditional_jump(last.opcode) {
            continue;
        }
        let target = cfg.next_nonempty(last.target);
        if target.is_some()
            && target == cfg.next_nonempty(cfg[id].next)
            && let Some(last) = cfg[id].instrs.last_mut()
        {
            last.set_nop();
            cfg[id].nops = true;
            removed += 1;
        }
    }
    removed
}
