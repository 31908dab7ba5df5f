//! The tracing JIT: from a recorded trace to machine code that runs.
//!
//! This crate is the trace IR ([`ir`]), the builder the recorder uses ([`builder`]), the optimiser ([`opt`]), register
//! allocation ([`lower`]), and the store of compiled traces with their exits ([`jit`], [`store`], [`exit`]). It knows
//! ops and layouts, not Python: what a frame, a shape or a helper means only the VM knows. Stencils and the code cache
//! are `weft-stencils` and `weft-codecache`.
//!
//! # For the recorder's author
//!
//! **Setting up.** The VM fills an [`Environment`]: the [`Helpers`] (for each its address, parameters, result and what it
//! may do), which shapes never change, and the offset of slot 0 in a frame. [`Jit::new`] takes it with a [`Config`]
//! and the slow paths.
//!
//! **Recording.** When a loop header or function entry is hot, [`Jit::root_trace`] gives a [`TraceBuilder`]; for a hot
//! exit, [`Jit::side_trace`] gives one whose frames are as the exit left them. The recorder follows the interpreter, and
//! for each bytecode tells the builder what the interpreter is about to do, with the types it sees:
//!
//! ```ignore
//! b.set_origin(Origin { code, offset, depth });           // for dumps
//! b.set_words(&[code, function, resume_pointer, …]);      // the frame's words: opaque, handed back at exits
//! // LOAD_FAST 2; LOAD_FAST 3: the same values in more slots; no reference counting.
//! let (x, y) = (b.slot(2)?, b.slot(3)?);
//! b.set_slot(sp, x); b.set_slot(sp + 1, y);
//! // BINARY_OP + of two ints: guards exit at this bytecode, with the frames as they are.
//! let i = if b.ty(x) == Ty::I { x } else { b.guard_int(x)? };
//! let j = if b.ty(y) == Ty::I { y } else { b.guard_int(y)? };
//! let sum = b.emit(Op::IntAdd, &[i, j])?;                 // exits on overflow, at this bytecode
//! b.take_slot(sp + 1)?; b.set_slot(sp, sum);
//! b.discard(x)?; b.discard(y)?;                           // what left the frames; free if slots still hold it
//! // STORE_FAST 2.
//! let sum = b.take_slot(sp)?;
//! b.overwrite(2, sum)?;
//! ```
//!
//! Values have types: `I` int (shifted left by one), `F` float, `B` bool, `V` tagged, `P` heap object, `W` raw word
//! ([`ir::Ty`]). Slots may hold any but `W`; exits box. Everything the builder returns is a [`Ref`], or an [`Abort`]
//! that ends the recording (`?`, then [`Jit::abort`]).
//!
//! | to | use |
//! | --- | --- |
//! | test types | [`TraceBuilder::guard_int`], `guard_float` (in the word), `guard_any_float`, `guard_bool`, `guard_shape`, `guard_is`; `emit` for the rest |
//! | follow a branch | `let other = b.snapshot(Resume::At)` with the *other* way's words, then [`TraceBuilder::guard_condition`] |
//! | read memory | [`TraceBuilder::load`]: borrowed from its container; [`TraceBuilder::incref`] before the container may go |
//! | write memory | load the old value, [`TraceBuilder::store`], [`TraceBuilder::own`] the old, update the frames, `discard` it |
//! | call a helper | [`TraceBuilder::call`]; after one that may run Python, set the result's slot, then [`TraceBuilder::after_call`], then discard operands |
//! | inline a Python call | [`TraceBuilder::push_frame`] with its words, `set_slot` the arguments; at the return [`TraceBuilder::pop_frame`], put the result into the caller's slot, `discard` what it returned |
//! | rely on a version | [`TraceBuilder::depends_on`] a key; [`Jit::invalidate`] it when that changes |
//! | make an object | [`TraceBuilder::make_object`] with its [`Recipe`]: it stays virtual until something needs it |
//! | pass a float as a tagged value | [`TraceBuilder::boxed`] |
//! | end | [`TraceBuilder::close_loop`] back at the start; [`TraceBuilder::link`] at another trace's start; [`TraceBuilder::exit`] |
//!
//! Rules: an op that may exit *at* a bytecode comes before that bytecode has any effect; anything that may release an
//! object (`discard`, `overwrite`, `after_call`) comes when the frames are as *after* it. A tagged value that may be
//! NULL (a slot never seen bound, a loaded field) wants [`Op::GuardNonNull`] before a shape guard or a plain incref.
//!
//! **Compiling and running.** [`Jit::compile`] gives a [`TraceId`]; [`Jit::enter`] runs it on a frame that is complete in
//! memory (deep enough for [`store::CompiledTrace::deepest`] frames). It returns an [`ExitInfo`]: [`Jit::hit`] counts the
//! exit, [`Jit::snapshot`] shows frames, slots and drops ([`ExitState`]). The VM
//! 1. reads every value (`ExitValue::tagged`; some are still in the frame, so read all before writing any);
//! 2. makes a new reference for each slot that is not `moved`;
//! 3. writes the slots (without releasing what was there) and pushes the inner frames;
//! 4. drops the drops;
//! 5. goes on as [`Resume`] says: at the bytecode, after it, or raising.
//!
//! A call that may run Python names its snapshot in the activation record, by [`ExitId::number`]; frames materialised
//! from it are those at the call, its arguments gone and its result not there yet. With `forced` set there, the trace
//! leaves behind the call by an *after* snapshot, of which only the result is news.
//!
//! `tests/example.rs` is all of this on a fake frame: a loop over ints and floats, its exits, a side trace.
//! `tests/fuzz.rs` has a whole little VM with objects, calls and an interpreter.
//!
//! # Passes
//!
//! `fold`, `guards`, `cse`, `forward` on the way in; `peel`, `refcount`, `slots`, `dce` over the whole trace. Each can be
//! switched off ([`Passes::without`]), its effect seen in a dump ([`dump::Stages`]), and tested by a text file in
//! `tests/ir`.

pub mod abort;
pub mod builder;
pub mod coverage;
pub mod dump;
pub mod exit;
pub mod forcing;
pub mod helper;
pub mod ir;
pub mod jit;
pub mod lower;
pub mod opt;
pub mod planted;
pub mod reference;
pub mod stats;
pub mod store;

pub use abort::Abort;
pub use builder::{Cell, Filling, Recipe, TraceBuilder, TraceKind};
pub use exit::{ExitInfo, ExitState, ExitValue, FrameView, ObjectView, SlotView};
pub use helper::{Does, Helper, HelperId, Helpers, Param};
pub use ir::snapshot::Resume;
pub use ir::{Alias, Origin, Ref, Ty};
pub use jit::{Backend, Config, Jit};
pub use opt::emit::Environment;
pub use opt::{Pass, Passes};
pub use stats::Stats;
pub use store::{ExitId, TraceId};
pub use weft_layout::op::Op;
