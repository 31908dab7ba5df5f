//! Finds the loads of locals that may be unbound.
//!
//! ```text
//! DELETE_FAST x                    DELETE_FAST x
//! LOAD_FAST x                →     LOAD_FAST_CHECK x
//! LOAD_FAST x                      LOAD_FAST x
//! ```
//!
//! Every other LOAD_FAST need not check. A forward data-flow analysis over a 64-bit set of possibly unbound locals; locals from the 64th
//! on are followed only inside a block, which keeps compilation linear.

use super::cfg::{BlockId, Cfg, Instr, Visited};
use crate::opcode::{op, pseudo};
use crate::stack_effect::is_jump;

const TRACKED: usize = 64;

/// Marks loads; `parameters` of the `locals` are bound on entry.
pub fn run(cfg: &mut Cfg, locals: usize, parameters: usize) {
    if locals == 0 {
        return;
    }
    if locals > TRACKED {
        scan_untracked(cfg, locals);
    }
    let bits = |n: usize| if n >= TRACKED { !0 } else { (1u64 << n) - 1 };
    let mut analysis = Analysis { unsafe_on_entry: vec![0; cfg.capacity()], queued: Visited::new(cfg), queue: Vec::new() };
    analysis.reach(Cfg::ENTRY, bits(locals) & !bits(parameters));
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        analysis.scan(cfg, id);
    }
    while let Some(id) = analysis.queue.pop() {
        analysis.queued.unmark(id);
        analysis.scan(cfg, id);
    }
}

struct Analysis {
    /// By block: bit i is set if local i may be unbound.
    unsafe_on_entry: Vec<u64>,
    queued: Visited,
    queue: Vec<BlockId>,
}

impl Analysis {
    /// Control can enter a block with these locals unbound.
    fn reach(&mut self, id: BlockId, mask: u64) {
        let known = &mut self.unsafe_on_entry[id.index()];
        if *known | mask != *known {
            *known |= mask;
            if self.queued.mark(id) {
                self.queue.push(id);
            }
        }
    }

    fn scan(&mut self, cfg: &mut Cfg, id: BlockId) {
        let mut mask = self.unsafe_on_entry[id.index()];
        // The handler and the mask it was reached with last.
        let mut told = (None, 0);
        for instr in &mut cfg[id].instrs {
            if let Some(handler) = instr.except
                && told != (instr.except, mask)
            {
                told = (instr.except, mask);
                self.reach(handler, mask);
            }
            let access = Access::of(instr);
            if matches!(access, Access::Other) || instr.arg as usize >= TRACKED {
                continue;
            }
            let bit = 1u64 << instr.arg;
            match access {
                Access::Unbinds => mask |= bit,
                Access::Binds => mask &= !bit,
                Access::Loads => {
                    if mask & bit != 0 {
                        instr.opcode = op::LOAD_FAST_CHECK.into();
                    }
                    // If it does not raise, the local is bound.
                    mask &= !bit;
                }
                Access::Other => {}
            }
        }
        let block = &cfg[id];
        if let (true, Some(next)) = (block.falls_through(), block.next) {
            self.reach(next, mask);
        }
        if let Some(last) = block.instrs.last()
            && is_jump(last.opcode)
            && let Some(target) = last.target
        {
            self.reach(target, mask);
        }
    }
}

/// What an instruction does to the local that is its operand.
#[derive(Clone, Copy)]
enum Access {
    Unbinds,
    Binds,
    Loads,
    Other,
}

/// By opcode.
static ACCESSES: [Access; 512] = {
    let mut accesses = [Access::Other; 512];
    accesses[pseudo::STORE_FAST_MAYBE_NULL as usize] = Access::Unbinds;
    accesses[op::DELETE_FAST as usize] = Access::Unbinds;
    accesses[op::LOAD_FAST_AND_CLEAR as usize] = Access::Unbinds;
    accesses[op::STORE_FAST as usize] = Access::Binds;
    accesses[op::LOAD_FAST_CHECK as usize] = Access::Binds;
    accesses[op::LOAD_FAST as usize] = Access::Loads;
    accesses
};

impl Access {
    #[inline]
    fn of(instr: &Instr) -> Access {
        ACCESSES[instr.opcode as usize & 511]
    }
}

fn scan_untracked(cfg: &mut Cfg, locals: usize) {
    // The last block in which the local was known to be bound.
    let mut bound_in: Vec<Option<BlockId>> = vec![None; locals - TRACKED];
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        for instr in &mut cfg[id].instrs {
            let Some(local) = (instr.arg as usize).checked_sub(TRACKED) else {
                continue;
            };
            let Some(state) = bound_in.get_mut(local) else {
                continue;
            };
            match Access::of(instr) {
                Access::Unbinds => *state = None,
                Access::Binds => *state = Some(id),
                Access::Loads => {
                    if *state != Some(id) {
                        instr.opcode = op::LOAD_FAST_CHECK.into();
                    }
                    *state = Some(id);
                }
                Access::Other => {}
            }
        }
    }
}
