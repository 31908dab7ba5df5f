//! What each op of compiled code does, once: [`define`] builds it as Cranelift IR.
//!
//! The stencil compiler and the Cranelift backend share these definitions. What differs between them (where operands
//! come from, what an exit is, how the runtime is called) is behind [`Host`]. Ops that only say where a trace goes
//! ([`is_structural`]) have no definition: each backend lays its own control flow.
//!
//! This crate knows the layouts of `weft-layout` and nothing else of the VM.

#![expect(clippy::unit_arg, reason = "an op that ends in a guard or a store reads `done(guard(…))`")]

mod boxing;
mod context;
mod float;
mod int;
mod memory;
mod refcount;
mod word;

pub use context::{Context, Host, Undo};

use cranelift_codegen::ir::Value;
use weft_layout::op::{Effect, Op};

/// Whether a backend lays this op itself: labels, jumps, exits, and moves of the register allocator that are not
/// a plain copy, load or store.
pub fn is_structural(op: Op) -> bool {
    match op {
        Op::Swap | Op::SwapFloat => true,
        Op::GuardNotForced | Op::GuardBreaker => false,
        _ => op.info().effect == Effect::Control,
    }
}

/// Builds the op at the context's position and returns its result, if it has one.
///
/// # Panics
/// If the op is structural.
pub fn define(op: Op, cx: &mut Context<'_, '_>) -> Option<Value> {
    memory::define(op, cx)
        .or_else(|| boxing::define(op, cx))
        .or_else(|| int::define(op, cx))
        .or_else(|| word::define(op, cx))
        .or_else(|| float::define(op, cx))
        .or_else(|| refcount::define(op, cx))
        .unwrap_or_else(|| panic!("{} has no definition", op.name()))
        .0
}

/// What a family of definitions answers for an op of its own: the op's result, if it has one.
struct Done(Option<Value>);

/// The op has this result.
fn gives(value: Value) -> Option<Done> {
    Some(Done(Some(value)))
}

/// The op has no result.
fn done(_: ()) -> Option<Done> {
    Some(Done(None))
}
