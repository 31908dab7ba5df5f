//! Turns loads of locals into borrowing loads where the local provably outlives its use on the stack.
//!
//! ```text
//! LOAD_FAST x                      LOAD_FAST_BORROW x
//! LOAD_FAST y                →     LOAD_FAST y
//! BINARY_OP +                      …
//! STORE_FAST z
//! ```
//!
//! A load may borrow if, inside its block, what it pushed is consumed before the local is overwritten, is not stored into a local,
//! and does not remain on the stack at the block's end. Each block reachable without an exception is simulated once on a stack of where
//! each value came from.

use super::cfg::{BlockId, Cfg, Visited};
use crate::opcode::op;
use crate::stack_effect::{Effect, effect_of, is_block_push};

/// Where a value on the stack came from.
#[derive(Clone, Copy)]
struct Ref {
    /// The instruction that pushed it; none if it was there when the block began.
    instr: Option<usize>,
    /// The local it was loaded from.
    local: Option<u32>,
}

/// Runs over the blocks reachable without an exception.
pub fn run(cfg: &mut Cfg) {
    let mut visited = Visited::new(cfg);
    visited.mark(Cfg::ENTRY);
    let mut todo = vec![Cfg::ENTRY];
    let mut simulation = Simulation { stack: Vec::with_capacity(16), must_own: Vec::with_capacity(32) };
    while let Some(id) = todo.pop() {
        let block = &cfg[id];
        // Block set-ups are gone, so nothing else has a target.
        if let Some(target) = block.jump_at().and_then(|at| block.instrs[at].target) {
            reach(&mut visited, &mut todo, target);
        }
        if let (false, true, Some(next)) = (block.instrs.is_empty(), block.falls_through(), block.next) {
            reach(&mut visited, &mut todo, next);
        }
        if !block.instrs.iter().any(|instr| instr.is(op::LOAD_FAST) || instr.is(op::LOAD_FAST_LOAD_FAST)) {
            continue;
        }
        simulation.stack.clear();
        simulation.stack.resize(block.start_depth.unwrap_or(0) as usize, Ref { instr: None, local: None });
        simulation.must_own.clear();
        simulation.must_own.resize(block.instrs.len(), false);
        for (i, instr) in block.instrs.iter().enumerate() {
            simulation.step(i, instr.opcode, instr.arg);
        }
        simulation.finish();
        for (instr, must_own) in cfg[id].instrs.iter_mut().zip(&simulation.must_own) {
            if *must_own {
                continue;
            }
            if instr.is(op::LOAD_FAST) {
                instr.opcode = op::LOAD_FAST_BORROW.into();
            } else if instr.is(op::LOAD_FAST_LOAD_FAST) {
                instr.opcode = op::LOAD_FAST_BORROW_LOAD_FAST_BORROW.into();
            }
        }
    }
}

fn reach(visited: &mut Visited, todo: &mut Vec<BlockId>, id: BlockId) {
    if visited.mark(id) {
        todo.push(id);
    }
}

struct Simulation {
    stack: Vec<Ref>,
    /// By instruction: whether it pushed something that has to be an owned reference.
    must_own: Vec<bool>,
}

impl Simulation {
    fn push(&mut self, instr: usize, local: Option<u32>) {
        self.stack.push(Ref { instr: Some(instr), local });
    }

    fn pop(&mut self) -> Ref {
        self.stack.pop().unwrap_or(Ref { instr: None, local: None })
    }

    fn pop_many(&mut self, count: u32) {
        let left = self.stack.len().saturating_sub(count as usize);
        self.stack.truncate(left);
    }

    fn own(&mut self, r: Ref) {
        if let Some(instr) = r.instr {
            self.must_own[instr] = true;
        }
    }

    /// The local's value goes: what was loaded from it and is still on the stack had better be owned.
    fn kill(&mut self, local: u32) {
        for at in 0..self.stack.len() {
            if self.stack[at].local == Some(local) {
                self.own(self.stack[at]);
            }
        }
    }

    fn store(&mut self, local: u32) {
        let r = self.pop();
        self.kill(local);
        self.own(r);
    }

    fn step(&mut self, i: usize, opcode: u16, arg: u32) {
        let Ok(real) = u8::try_from(opcode) else {
            return self.default(i, opcode, arg);
        };
        match real {
            op::DELETE_FAST => self.kill(arg),
            op::LOAD_FAST => self.push(i, Some(arg)),
            op::LOAD_FAST_AND_CLEAR => {
                self.kill(arg);
                self.push(i, Some(arg));
            }
            op::LOAD_FAST_LOAD_FAST => {
                self.push(i, Some(arg >> 4));
                self.push(i, Some(arg & 15));
            }
            op::STORE_FAST => self.store(arg),
            op::STORE_FAST_LOAD_FAST => {
                self.store(arg >> 4);
                self.push(i, Some(arg & 15));
            }
            op::STORE_FAST_STORE_FAST => {
                self.store(arg >> 4);
                self.store(arg & 15);
            }
            op::COPY => {
                let at = self.stack.len().checked_sub(arg as usize);
                let r = at.and_then(|at| self.stack.get(at)).copied();
                self.stack.extend(r);
            }
            op::SWAP => {
                let len = self.stack.len();
                if let Some(at) = len.checked_sub(arg as usize)
                    && at < len
                {
                    self.stack.swap(at, len - 1);
                }
            }
            op::FOR_ITER => self.push(i, None),
            // These leave all they look at on the stack. CPython 3.14 ascribes what they push to the first instructions of the block, so if it
            // is stored into a local, a load in their place does not borrow.
            op::GET_ANEXT
            | op::GET_LEN
            | op::IMPORT_FROM
            | op::MATCH_KEYS
            | op::MATCH_MAPPING
            | op::MATCH_SEQUENCE
            | op::WITH_EXCEPT_START => {
                let Effect { popped, pushed } = effect(opcode, arg);
                for first in 0..(pushed - popped) as usize {
                    self.push(first, None);
                }
            }
            // These consume from the top and leave the rest.
            op::DICT_MERGE
            | op::DICT_UPDATE
            | op::LIST_APPEND
            | op::LIST_EXTEND
            | op::MAP_ADD
            | op::RERAISE
            | op::SET_ADD
            | op::SET_UPDATE => {
                let Effect { popped, pushed } = effect(opcode, arg);
                self.pop_many(popped - pushed);
            }
            op::END_SEND | op::SET_FUNCTION_ATTRIBUTE => {
                let top = self.pop();
                self.pop();
                self.stack.push(top);
            }
            op::CHECK_EXC_MATCH | op::SEND => {
                self.pop();
                self.push(i, None);
            }
            // A str or generator passes through.
            op::FORMAT_SIMPLE | op::GET_YIELD_FROM_ITER => {}
            op::LOAD_ATTR | op::LOAD_SUPER_ATTR => {
                let receiver = self.pop();
                if real == op::LOAD_SUPER_ATTR {
                    self.pop_many(2);
                }
                self.push(i, None);
                if arg & 1 != 0 {
                    // A method call, and the receiver may be pushed back as its first argument.
                    self.stack.push(receiver);
                }
            }
            op::LOAD_SPECIAL | op::PUSH_EXC_INFO => {
                let top = self.pop();
                self.push(i, None);
                self.stack.push(top);
            }
            _ => self.default(i, opcode, arg),
        }
    }

    fn default(&mut self, i: usize, opcode: u16, arg: u32) {
        if is_block_push(opcode) {
            return;
        }
        let Effect { popped, pushed } = effect(opcode, arg);
        self.pop_many(popped);
        for _ in 0..pushed {
            self.push(i, None);
        }
    }

    /// What is left on the stack must be owned.
    fn finish(&mut self) {
        for at in 0..self.stack.len() {
            self.own(self.stack[at]);
        }
    }
}

fn effect(opcode: u16, arg: u32) -> Effect {
    effect_of(opcode, arg).unwrap_or(Effect { popped: 0, pushed: 0 })
}
