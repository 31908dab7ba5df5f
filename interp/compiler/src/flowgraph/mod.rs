//! From an instruction sequence to an optimised one: CPython's Python/flowgraph.c, one pass per file.
//!
//! [`lower`] runs the passes in CPython's order, on which the exact bytecode depends. Passes delete an instruction by making it a NOP,
//! so that its line number survives until [`nops`] can tell whether a debugger would miss it.

mod borrow;
mod build;
mod cells;
pub mod cfg;
mod cold;
mod consts;
mod dump;
mod eval;
mod exceptions;
mod fold;
mod inline_exits;
mod jumps;
mod line_numbers;
mod load_const;
mod nops;
mod peephole;
mod pseudo_ops;
mod stack_depth;
mod superinstructions;
mod swaps;
mod uninitialized;
mod unreachable;

pub use cells::Layout;
pub use cfg::{BlockId, Cfg, Instr};
pub use dump::{Graph, dump, graphs};

use crate::code::co_flags;
use crate::error::{CompileError, ErrorKind};
use crate::instruction::Unit;

/// What the passes make of a unit.
#[derive(Debug)]
pub struct Lowered {
    /// Instructions without pseudo-instructions other than unresolved jumps.
    pub cfg: Cfg,
    /// `co_stacksize`.
    pub stacksize: u32,
    /// Where locals, cells and free variables went.
    pub layout: Layout,
}

/// A moment at which the graph can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// As built from code generation's instructions.
    Built,
    /// After the optimising passes.
    Optimized,
    /// Laid out, pseudo-instructions gone.
    Final,
}

/// Optimises a unit's instructions. The unit's constants are rewritten: new ones from folding, unused ones gone.
pub fn lower(unit: &mut Unit) -> Result<Lowered, CompileError> {
    if !dump::is_wanted() {
        return lower_observed(unit, &mut |_, _| ());
    }
    let name = unit.qualname.to_string();
    lower_observed(unit, &mut |stage, cfg| dump::keep(&name, stage, cfg))
}

/// [`lower`], showing the graph to `observe` at each [`Stage`].
pub fn lower_observed(unit: &mut Unit, observe: &mut dyn FnMut(Stage, &Cfg)) -> Result<Lowered, CompileError> {
    let mut built = build::build(unit)?;
    let cfg = &mut built;
    exceptions::mark_handlers(cfg);
    exceptions::label_targets(cfg)?;
    observe(Stage::Built, cfg);

    let mut consts = consts::Consts::new(std::mem::take(&mut unit.consts));
    inline_exits::run(cfg);
    unreachable::run(cfg);
    line_numbers::run(cfg);
    load_const::run(cfg, &mut consts);
    peephole::run(cfg, &mut consts);
    nops::remove_nops_and_pairs(cfg);
    unreachable::run(cfg);
    nops::remove_nops_and_jumps(cfg);
    consts::remove_unused(cfg, &mut consts);
    unit.consts = consts.into_table();
    uninitialized::run(cfg, unit.varnames.len(), parameters(unit));
    superinstructions::run(cfg);
    cold::run(cfg);
    line_numbers::run(cfg);
    observe(Stage::Optimized, cfg);

    pseudo_ops::expand_conditional_jumps(cfg);
    let stacksize = stack_depth::run(cfg)?;
    let layout = cells::run(cfg, unit)?;
    pseudo_ops::run(cfg);
    jumps::run(cfg);
    borrow::run(cfg);
    observe(Stage::Final, cfg);
    Ok(Lowered { cfg: built, stacksize, layout })
}

/// Parameters of the code object, `*args` and `**kwargs` included: the locals that are bound on entry.
fn parameters(unit: &Unit) -> usize {
    let has = |flag| usize::from(unit.flags & flag != 0);
    unit.argcount as usize + unit.kwonlyargcount as usize + has(co_flags::VARARGS) + has(co_flags::VARKEYWORDS)
}

/// A mistake of the compiler's own: the message names what was inconsistent.
pub(crate) fn internal(message: impl Into<String>) -> CompileError {
    CompileError::plain(ErrorKind::System, message)
}
