//! Shortens runs of SWAP, and does swaps at compile time by reordering the stores that follow.
//!
//! ```text
//! SWAP 3                           NOP
//! SWAP 2                     →     SWAP 2
//! SWAP 3                           SWAP 3
//! …                                …
//!
//! SWAP 2                           NOP
//! STORE_FAST a               →     STORE_FAST b
//! STORE_FAST b                     STORE_FAST a
//! ```

use super::cfg::{Block, Instr};
use crate::opcode::{op, pseudo};

/// Runs over one block.
pub fn run(block: &mut Block) {
    let mut i = 0;
    while i < block.instrs.len() {
        if block.instrs[i].is(op::SWAP) {
            i = shorten_run(block, i);
            apply_statically(block, i);
        }
        i += 1;
    }
}

/// Replaces the run of SWAPs and NOPs that starts at `start` by the shortest with the same effect, at the end of the run; where the run ends.
///
/// The permutation the run performs is a product of cycles, and each cycle needs one SWAP per element, less one if it
/// contains the top of the stack.
fn shorten_run(block: &mut Block, start: usize) -> usize {
    let run = block.instrs[start..].iter().take_while(|i| i.is(op::SWAP) || i.is(op::NOP)).count();
    let instrs = &mut block.instrs[start..start + run];
    let swaps = instrs.iter().filter(|i| i.is(op::SWAP));
    let depth = swaps.clone().map(|i| i.arg as usize).max().unwrap_or(0);
    if swaps.count() < 2 {
        return start;
    }
    // Which slot, counted from the top, each slot's value comes from.
    let mut from: Vec<usize> = (0..depth).collect();
    for instr in instrs.iter().filter(|i| i.is(op::SWAP)) {
        from.swap(0, instr.arg as usize - 1);
    }
    // Unshuffling the result by swaps with the top, performed backwards, shuffles; so the run is written from its end.
    let mut free = instrs.len();
    let mut done = vec![false; depth];
    for first in 0..depth {
        if done[first] || from[first] == first {
            continue;
        }
        let mut slot = first;
        loop {
            if slot != 0 {
                free -= 1;
                instrs[free].set(op::SWAP, slot as u32 + 1);
            }
            if done[slot] {
                break;
            }
            done[slot] = true;
            slot = from[slot];
        }
    }
    instrs[..free].iter_mut().for_each(Instr::set_nop);
    start + run - 1
}

/// Whether an instruction only pops the top of the stack, and can neither raise nor jump.
fn is_swappable(instr: &Instr) -> bool {
    instr.is(op::POP_TOP) || stored_local(instr).is_some()
}

fn stored_local(instr: &Instr) -> Option<u32> {
    (instr.is(op::STORE_FAST) || instr.opcode == pseudo::STORE_FAST_MAYBE_NULL).then_some(instr.arg)
}

/// The first instruction after `i` but for NOPs, if it is swappable and, unless `line` is negative, everything up to it is on that line: names bound
/// between two line events must not change.
fn next_swappable(block: &Block, i: usize, line: i32) -> Option<usize> {
    for (at, instr) in block.instrs.iter().enumerate().skip(i + 1) {
        if line >= 0 && instr.loc.line != line {
            return None;
        }
        if !instr.is(op::NOP) {
            return is_swappable(instr).then_some(at);
        }
    }
    None
}

/// Does the SWAP at `i` and those right before it by exchanging instructions, as long as that is possible.
fn apply_statically(block: &mut Block, i: usize) {
    for at in (0..=i).rev() {
        let swap = block.instrs[at];
        if !swap.is(op::SWAP) {
            if swap.is(op::NOP) || is_swappable(&swap) {
                continue;
            }
            return;
        }
        let Some(first) = next_swappable(block, at, -1) else {
            return;
        };
        let line = block.instrs[first].loc.line;
        let mut last = first;
        for _ in 1..swap.arg {
            match next_swappable(block, last, line) {
                Some(next) => last = next,
                None => return,
            }
        }
        // Two stores to one local must stay in order.
        let (a, b) = (stored_local(&block.instrs[first]), stored_local(&block.instrs[last]));
        if a.is_some() || b.is_some() {
            if a == b {
                return;
            }
            let clashes = |instr: &Instr| {
                let store = stored_local(instr);
                store.is_some() && (store == a || store == b)
            };
            if block.instrs[first + 1..last].iter().any(clashes) {
                return;
            }
        }
        block.instrs[at].set_nop();
        block.instrs.swap(first, last);
    }
}
