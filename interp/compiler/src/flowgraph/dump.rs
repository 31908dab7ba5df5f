//! A text form of the graph, for people.
//!
//! ```text
//! b0: depth 0, warm
//!     1:0-5    LOAD_NAME 0
//!     1:0-5    POP_JUMP_IF_FALSE b2
//! b1: …
//! ```

use super::Stage;
use super::cfg::Cfg;
use crate::opcode::flag;
use crate::stack_effect::{flags, is_scope_exit, is_unconditional_jump, name};
use std::cell::RefCell;
use std::fmt::Write;

/// A unit's graph at one stage, as text and in Graphviz's language.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Graph {
    pub unit: String,
    pub stage: Stage,
    pub text: String,
    pub dot: String,
}

thread_local! {
    /// What has been kept, while that is wanted.
    static KEPT: RefCell<Option<Vec<Graph>>> = const { RefCell::new(None) };
}

/// Compiles, and returns the graphs that were made on the way.
pub fn graphs<R>(compile: impl FnOnce() -> R) -> (R, Vec<Graph>) {
    KEPT.with(|kept| *kept.borrow_mut() = Some(Vec::new()));
    let result = compile();
    (result, KEPT.with(RefCell::take).unwrap_or_default())
}

pub(super) fn is_wanted() -> bool {
    KEPT.with(|kept| kept.borrow().is_some())
}

pub(super) fn keep(unit: &str, stage: Stage, cfg: &Cfg) {
    let graph = Graph { unit: unit.to_owned(), stage, text: dump(cfg), dot: dot(unit, stage, cfg) };
    KEPT.with(|kept| kept.borrow_mut().iter_mut().for_each(|all| all.push(graph.clone())));
}

/// The graph in Graphviz's language: handlers are dashed, cold blocks grey.
fn dot(unit: &str, stage: Stage, cfg: &Cfg) -> String {
    let title = format!("{unit}, {stage:?}").replace('"', "'");
    let mut out = format!("digraph \"{title}\" {{\n  label=\"{title}\"; node [shape=box, fontname=monospace];\n");
    let order = cfg.order();
    for (i, &id) in order.iter().enumerate() {
        let block = &cfg[id];
        let mut lines = format!("b{}\\l", id.index());
        let mut handler = None;
        let mut falls_through = true;
        for instr in &block.instrs {
            let operand =
                if flags(instr.opcode) & flag::ARG != 0 && !instr.has_target() { format!(" {}", instr.arg) } else { String::new() };
            let _ = write!(lines, "{}{operand}\\l", name(instr.opcode));
            if let Some(target) = instr.target.filter(|_| instr.has_target()) {
                let _ = writeln!(out, "  b{} -> b{};", id.index(), target.index());
            }
            handler = handler.or(instr.except);
            falls_through = !is_unconditional_jump(instr.opcode) && !is_scope_exit(instr.opcode);
        }
        let color = if block.cold { ", color=grey" } else { "" };
        let _ = writeln!(out, "  b{} [label=\"{lines}\"{color}];", id.index());
        if let Some(handler) = handler {
            let _ = writeln!(out, "  b{} -> b{} [style=dashed];", id.index(), handler.index());
        }
        if let Some(next) = order.get(i + 1).filter(|_| falls_through) {
            let _ = writeln!(out, "  b{} -> b{} [weight=2];", id.index(), next.index());
        }
    }
    out.push_str("}\n");
    out
}

/// The blocks in layout order.
pub fn dump(cfg: &Cfg) -> String {
    let mut out = String::new();
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let block = &cfg[id];
        let mut notes = Vec::new();
        if let Some(depth) = block.start_depth {
            notes.push(format!("depth {depth}"));
        }
        for (set, note) in [(block.except_handler, "handler"), (block.preserve_lasti, "lasti"), (block.warm, "warm"), (block.cold, "cold")]
        {
            if set {
                notes.push(note.to_owned());
            }
        }
        let notes = notes.join(", ");
        let separator = if notes.is_empty() { "" } else { " " };
        let _ = writeln!(out, "b{}:{separator}{notes}", id.index());
        for instr in &block.instrs {
            let place =
                if instr.loc.line < 0 { "-".to_owned() } else { format!("{}:{}-{}", instr.loc.line, instr.loc.col, instr.loc.end_col) };
            let _ = write!(out, "    {place:<10} {}", name(instr.opcode));
            match instr.target {
                Some(target) if instr.has_target() => {
                    let _ = write!(out, " b{}", target.index());
                }
                _ if flags(instr.opcode) & flag::ARG != 0 => {
                    let _ = write!(out, " {}", instr.arg);
                }
                _ => {}
            }
            if let Some(handler) = instr.except {
                let _ = write!(out, "  except b{}", handler.index());
            }
            out.push('\n');
        }
    }
    out
}
