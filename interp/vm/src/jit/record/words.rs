//! The words of a frame: what a snapshot says of it beside its slots.

use crate::frame::Continuation;
use crate::types::code::Code;

/// The words of a frame in a snapshot.
#[derive(Clone, Copy)]
pub struct Words {
    /// The code it runs.
    pub code: *const Code,
    /// The instruction being executed.
    pub ip: *const u16,
    /// Where it goes on after that instruction.
    pub next: *const u16,
    /// Words between local 0 and the top of the value stack.
    pub sp: usize,
    /// What happens when it returns.
    pub cont: Continuation,
    /// Goes with the continuation.
    pub cont_word: u64,
    /// How many results of the instruction are on the stack already.
    pub results: usize,
}

impl Words {
    /// As the JIT keeps them.
    pub fn write(&self) -> [u64; 7] {
        [self.code as u64, self.ip as u64, self.next as u64, self.sp as u64, self.cont as u64, self.cont_word, self.results as u64]
    }

    /// Where a frame is, from what [`Words::write`] gave: its instruction, the one it goes on with, and its words in use.
    #[inline(always)]
    pub fn place(w: &[u64]) -> (*const u16, *const u16, usize) {
        (w[1] as *const u16, w[2] as *const u16, w[3] as usize)
    }

    /// From what [`Words::write`] gave.
    pub fn read(w: &[u64]) -> Words {
        const KINDS: [Continuation; 8] = [
            Continuation::Init,
            Continuation::Discard,
            Continuation::Binary,
            Continuation::Compare,
            Continuation::ToBool,
            Continuation::Next,
            Continuation::ForGen,
            Continuation::Gather,
        ];
        let cont = KINDS.into_iter().find(|&c| c as u64 == w[4]).unwrap_or(Continuation::Push);
        Words {
            code: w[0] as *const Code,
            ip: w[1] as *const u16,
            next: w[2] as *const u16,
            sp: w[3] as usize,
            cont,
            cont_word: w[5],
            results: w[6] as usize,
        }
    }
}
