//! Frames: the activation records of Python functions, contiguous on a chunked data stack.
//!
//! A frame is a header followed by the fast locals, cells and free variables, then the value stack. Frames are
//! reached by their `previous` link, never by address arithmetic, for a generator's frame lives in the generator.
//! Every live slot of a frame in memory owns its reference. When a frame returns, its *continuation* says what
//! happens with the result.

use crate::types::code::Code;
use crate::value::{Value, decref};
use std::cell::Cell;
use weft_layout::tag::{NULL, Word};

/// What happens when a frame returns; the frame's `cont_word` goes with it. The eval loop's `returned` and `unwound`
/// are the only readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Continuation {
    /// Leave the eval loop: hand the result to the Rust caller.
    ToRust,
    /// Push the result on the caller's value stack.
    Push,
    /// Drop the result.
    Discard,
    /// The frame is an `__init__`: the result must be None; the new object is on the caller's stack already.
    Init,
    /// Pop `cont_word & 0xff` operands that the caller's stack still holds, then push the result.
    PopPush,
    /// As `PopPush`, but turn the result into a bool first, inverted if bit 8 is set.
    ToBool,
    /// A binary operator's method: on NotImplemented go on with the step that bits 8 and up name.
    Binary,
    /// A comparison's method, likewise.
    Compare,
    /// `__next__`: StopIteration ends the loop, whose exit is at the code unit in `cont_word`.
    Next,
    /// A generator resumed by FOR_ITER: a return ends the loop.
    ForGen,
    /// A generator resumed by SEND: a return is the value of the `yield from` or `await`.
    SendGen,
    /// A generator whose values a native function takes, of the kind that the word names: [`crate::eval::gather`].
    Gather,
    /// `__getattribute__` or a property that may raise AttributeError: `__getattr__` is then tried.
    GetAttr,
    /// As `Init`. If compiled code goes on, it does so at `cont_word`: see [`crate::jit::record`].
    TraceInit,
    /// As `Push`, likewise.
    Trace,
}

impl Continuation {
    /// Whether what a generator yields goes to native code.
    #[inline(always)]
    pub fn takes_yields(self) -> bool {
        matches!(self, Continuation::ToRust | Continuation::Gather)
    }

    /// What is left of it once compiled code is not to be returned to.
    #[inline(always)]
    pub fn interpreted(self) -> Continuation {
        match self {
            Continuation::Trace => Continuation::Push,
            Continuation::TraceInit => Continuation::Init,
            other => other,
        }
    }

    /// Whether the frame is a generator's that compiled code may have resumed.
    #[inline(always)]
    pub fn resumes_generator(self) -> bool {
        matches!(self, Continuation::ForGen | Continuation::Gather)
    }
}

/// Who owns a frame's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Owner {
    /// The thread's data stack.
    Stack,
    /// The generator it lies in.
    Generator,
    /// A frame object that outlived the call.
    FrameObject,
}

/// The header of a frame. The fast locals follow it.
#[repr(C)]
pub struct Frame {
    /// The caller's frame.
    pub previous: *mut Frame,
    /// The function object, owned.
    pub func: Word,
    /// The code, kept alive by the function.
    pub code: *const Code,
    /// The globals dict, kept alive by the function.
    pub globals: Word,
    /// The builtins dict, kept alive by the function.
    pub builtins: Word,
    /// The namespace of a class body or module, owned; NULL in functions.
    pub locals: Word,
    /// The instruction being executed, or, in a frame that has called, the one that called.
    pub ip: *const u16,
    /// Where the frame goes on when its callee returns.
    pub resume: *const u16,
    /// The top of the value stack, while the frame is not running.
    pub sp: *mut Word,
    /// The frame object, owned, if one was asked for.
    pub frame_obj: Word,
    /// Goes with the continuation.
    pub cont_word: u64,
    /// What happens on return.
    pub cont: Continuation,
    /// Who owns the memory.
    pub owner: Owner,
    /// Whether the frame has run its first instruction (RESUME or, in generators, up to RETURN_GENERATOR).
    pub started: bool,
    /// Whether `f_trace` and friends look at each line.
    pub tracing: bool,
}

/// Words in a frame header.
pub const HEADER_WORDS: usize = size_of::<Frame>() / 8;

impl Frame {
    /// The fast locals.
    ///
    /// # Safety
    /// `frame` is a valid frame.
    #[inline(always)]
    pub unsafe fn locals(frame: *mut Frame) -> *mut Word {
        // SAFETY: the locals follow the header.
        unsafe { frame.cast::<Word>().add(HEADER_WORDS) }
    }

    /// The bottom of the value stack.
    ///
    /// # Safety
    /// `frame` is a valid frame.
    #[inline(always)]
    pub unsafe fn stack_base(frame: *mut Frame) -> *mut Word {
        // SAFETY: the value stack follows the locals.
        unsafe { Frame::locals(frame).add((*(*frame).code).nlocalsplus()) }
    }

    /// The function the frame runs.
    ///
    /// # Safety
    /// `frame` is a valid frame.
    pub unsafe fn function(frame: *mut Frame) -> Value {
        // SAFETY: the frame owns its function.
        unsafe { Value::clone_word((*frame).func) }
    }

    /// The line being executed, or None if the instruction has none.
    ///
    /// # Safety
    /// `frame` is a valid frame.
    pub unsafe fn line(frame: *mut Frame) -> Option<i32> {
        // SAFETY: ip points into the code's units.
        unsafe { (*(*frame).code).line_at((*frame).ip) }
    }

    /// Drops what the frame owns, from its end to its beginning: value stack, locals, then the namespace. May run Python code.
    ///
    /// # Safety
    /// `frame` is a valid frame that does not run and is not linked any more; `sp` is right.
    pub unsafe fn clear(frame: *mut Frame) {
        // SAFETY: slots below sp own their references; each is emptied before it is dropped.
        unsafe {
            let locals = Frame::locals(frame);
            let n = (*(*frame).code).nlocalsplus();
            let base = locals.add(n);
            while (*frame).sp > base {
                (*frame).sp = (*frame).sp.sub(1);
                decref(*(*frame).sp);
            }
            for i in (0..n).rev() {
                let slot = locals.add(i);
                decref(std::mem::replace(&mut *slot, NULL));
            }
            decref(std::mem::replace(&mut (*frame).locals, NULL));
        }
    }
}

/// The memory frames live in: chunks of words, used as a stack.
pub struct DataStack {
    top: Cell<*mut Word>,
    limit: Cell<*mut Word>,
    chunks: std::cell::RefCell<Vec<(Box<[Word]>, *mut Word)>>,
}

const CHUNK_WORDS: usize = 32 << 10;

impl DataStack {
    /// Where the address of the first free word lies.
    pub const TOP: usize = std::mem::offset_of!(DataStack, top);
    /// Where the end of the current chunk lies.
    pub const LIMIT: usize = std::mem::offset_of!(DataStack, limit);

    /// An empty stack.
    pub const fn new() -> DataStack {
        DataStack {
            top: Cell::new(std::ptr::null_mut()),
            limit: Cell::new(std::ptr::null_mut()),
            chunks: std::cell::RefCell::new(Vec::new()),
        }
    }

    /// Room for a frame of `words` words, header included. The contents are undefined.
    #[inline(always)]
    pub fn push(&self, words: usize) -> *mut Frame {
        let at = self.top.get();
        if (self.limit.get() as usize) - (at as usize) < words * 8 {
            return self.push_chunk(words);
        }
        // SAFETY: there is room below the limit.
        self.top.set(unsafe { at.add(words) });
        at.cast()
    }

    #[cold]
    #[inline(never)]
    fn push_chunk(&self, words: usize) -> *mut Frame {
        let mut chunk = vec![NULL; CHUNK_WORDS.max(words)].into_boxed_slice();
        let at = chunk.as_mut_ptr();
        let size = chunk.len();
        self.chunks.borrow_mut().push((chunk, self.top.get()));
        // SAFETY: both lie in the chunk or at its end.
        unsafe {
            self.top.set(at.add(words));
            self.limit.set(at.add(size));
        }
        at.cast()
    }

    /// Gives back the innermost frame.
    #[inline(always)]
    pub fn pop(&self, frame: *mut Frame) {
        let at = frame.cast::<Word>();
        self.top.set(at);
        // SAFETY: the limit is the end of the current chunk, so this is its start or beyond if it is full size.
        if (self.limit.get() as usize) - (at as usize) >= CHUNK_WORDS * 8 {
            self.pop_chunk(at);
        }
    }

    #[cold]
    #[inline(never)]
    fn pop_chunk(&self, at: *mut Word) {
        let mut chunks = self.chunks.borrow_mut();
        // The very first chunk is kept.
        if chunks.len() > 1 && chunks.last().is_some_and(|(c, _)| std::ptr::eq(c.as_ptr(), at)) {
            let (_, top) = chunks.pop().expect("there is a chunk");
            let (chunk, _) = chunks.last_mut().expect("there is another chunk");
            self.top.set(top);
            // SAFETY: the end of the chunk.
            self.limit.set(unsafe { chunk.as_mut_ptr().add(chunk.len()) });
        }
    }
}
