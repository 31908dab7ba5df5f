//! The loop's state, and what instructions have in common.

use super::{Flow, Loop, view};
use crate::frame::Frame;
use crate::value::{Value, decref, incref};
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::{self, NULL, Word};

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    /// The state in which `frame` goes on.
    #[inline(always)]
    pub(super) unsafe fn at(frame: *mut Frame) -> Self {
        let consts = (*(*frame).code).parts.consts.as_ptr().cast();
        Loop { frame, ip: (*frame).resume, sp: (*frame).sp, consts, opcode: op::NOP, arg: 0 }
    }

    /// Goes on in `frame`.
    #[inline(always)]
    pub(super) unsafe fn load_frame(&mut self, frame: *mut Frame) {
        self.frame = frame;
        self.ip = (*frame).resume;
        self.sp = (*frame).sp;
        self.consts = (*(*frame).code).parts.consts.as_ptr().cast();
    }

    /// Goes on in a frame that an instruction has pushed without setting this one's `resume` and `sp`.
    #[inline(always)]
    pub(super) unsafe fn enter_new(&mut self, frame: *mut Frame, resume: *const u16) {
        (*self.frame).resume = resume;
        self.frame = frame;
        self.ip = (*frame).ip;
        self.sp = (*frame).sp;
        self.consts = (*(*frame).code).parts.consts.as_ptr().cast();
    }

    /// Takes up the unit at `ip`.
    #[inline(always)]
    pub(super) unsafe fn fetch(&mut self) {
        #[cfg(debug_assertions)]
        crate::eval::check::instruction(self.frame, self.ip, self.sp);
        let unit = *self.ip;
        (*self.frame).ip = self.ip;
        self.ip = self.ip.add(1);
        self.opcode = unit as u8;
        self.arg = (unit >> 8) as usize;
    }

    #[inline(always)]
    pub(super) unsafe fn extended_arg(&mut self) -> Flow {
        let high = self.arg << 8;
        self.fetch();
        self.arg |= high;
        Flow::Again
    }

    #[inline(always)]
    pub(super) unsafe fn nop(&mut self) -> Flow {
        Flow::Next
    }

    /// Runs the instruction in its general form. `ip` may have been moved.
    #[inline(always)]
    pub(super) unsafe fn general(&mut self, opcode: u8) -> Flow {
        self.ip = (*self.frame).ip.add(1);
        self.opcode = opcode;
        Flow::Again
    }

    /// Moves on over the inline cache of an instruction.
    #[inline(always)]
    pub(super) unsafe fn skip_caches<const OPCODE: u8>(&mut self) {
        self.ip = self.ip.add(const { OPCODES[OPCODE as usize].caches as usize });
    }

    /// The fall-through of a conditional jump begins with a NOT_TAKEN.
    #[inline(always)]
    pub(super) unsafe fn skip_not_taken(&mut self) {
        if Self::PLAIN && *self.ip as u8 == op::NOT_TAKEN {
            self.ip = self.ip.add(1);
        }
    }

    /// The slot of a local, a cell or a free variable.
    #[inline(always)]
    pub(super) unsafe fn local(&self, i: usize) -> *mut Word {
        Frame::locals(self.frame).add(i)
    }

    /// One of the code's names.
    #[inline(always)]
    pub(super) unsafe fn name<'a>(&self, i: usize) -> &'a Value {
        &(&(*(*self.frame).code).parts.names)[i]
    }

    /// The slot of the `n`th operand from the top, counted from 1.
    #[inline(always)]
    pub(super) unsafe fn top(&self, n: usize) -> *mut Word {
        self.sp.sub(n)
    }

    /// The `n`th operand from the top, counted from 1.
    #[inline(always)]
    pub(super) unsafe fn operand<'a>(&self, n: usize) -> &'a Value {
        view(self.sp.sub(n))
    }

    /// Pushes an owned word.
    #[inline(always)]
    pub(super) unsafe fn push(&mut self, w: Word) {
        *self.sp = w;
        self.sp = self.sp.add(1);
    }

    /// Takes the top word off the stack; it is then owned by the caller.
    #[inline(always)]
    pub(super) unsafe fn pop(&mut self) -> Word {
        self.sp = self.sp.sub(1);
        *self.sp
    }

    /// Pushes an owned word, or stores it right away where the next instruction is STORE_FAST.
    #[inline(always)]
    pub(super) unsafe fn push_or_store(&mut self, w: Word) {
        let unit = *self.ip;
        if Self::PLAIN && unit as u8 == op::STORE_FAST {
            (*self.frame).ip = self.ip;
            self.ip = self.ip.add(1);
            let old = std::mem::replace(&mut *self.local((unit >> 8) as usize), w);
            decref(old);
        } else {
            self.push(w);
        }
    }

    /// Pushes a bool, or jumps right away where the next instruction is a jump on it.
    #[inline(always)]
    pub(super) unsafe fn push_or_jump(&mut self, b: bool) {
        let unit = *self.ip;
        if Self::PLAIN && (unit as u8 == op::POP_JUMP_IF_FALSE || unit as u8 == op::POP_JUMP_IF_TRUE) {
            let taken = b == (unit as u8 == op::POP_JUMP_IF_TRUE);
            self.ip = self.ip.add(2);
            if taken {
                self.ip = self.ip.add((unit >> 8) as usize);
            } else {
                self.skip_not_taken();
            }
        } else {
            self.push(tag::bool_word(b));
        }
    }

    /// Replaces the top `N` operands by the value, then drops them: first the one in whose place it is, then the others
    /// from the top, as CPython does.
    #[inline(always)]
    pub(super) unsafe fn replace<const N: usize>(&mut self, v: Value) {
        let w = v.into_word();
        let base = self.sp.sub(N);
        let first = std::mem::replace(&mut *base, w);
        self.sp = base.add(1);
        decref(first);
        for i in (1..N).rev() {
            decref(*base.add(i));
        }
    }

    /// Drops the top `N` operands.
    #[inline(always)]
    pub(super) unsafe fn discard<const N: usize>(&mut self) {
        self.sp = self.sp.sub(N);
        for i in (0..N).rev() {
            decref(*self.sp.add(i));
        }
    }

    /// Puts an attribute, owned, in the place of its owner. NULL: the inline cache did not hold.
    #[inline(always)]
    pub(super) unsafe fn attribute(&mut self, w: Word) -> Flow {
        if w == NULL {
            return self.general(op::LOAD_ATTR);
        }
        self.skip_caches::<{ op::LOAD_ATTR }>();
        let owner = std::mem::replace(&mut *self.top(1), w);
        if self.arg & 1 != 0 {
            self.push(NULL);
        }
        decref(owner);
        Flow::Next
    }

    /// Pushes a function that the class holds, and the owner as its first argument. NULL: the inline cache did not hold.
    #[inline(always)]
    pub(super) unsafe fn method(&mut self, w: Word) -> Flow {
        if w == NULL {
            return self.general(op::LOAD_ATTR);
        }
        self.skip_caches::<{ op::LOAD_ATTR }>();
        incref(w);
        let owner = std::mem::replace(&mut *self.top(1), w);
        self.push(owner);
        Flow::Next
    }
}
