//! A text form of the graph, for people.
//!
//! ```text
//! b0: depth 0, warm
//!     1:0-5    LOAD_NAME 0
//!     1:0-5    POP_JUMP_IF_FALSE b2
//! b1: …
//! ```

use super::cfg::Cfg;
use crate::opcode::flag;
use crate::stack_effect::{flags, name};
use std::fmt::Write;

/// The blocks in layout order.
pub fn dump(cfg: &Cfg) -> String {
    let mut out = String::new();
    for id in cfg.order() {
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
        let _ = writeln!(out, "b{}:{separator}{notes}", id.0);
        for instr in &block.instrs {
            let place =
                if instr.loc.line < 0 { "-".to_owned() } else { format!("{}:{}-{}", instr.loc.line, instr.loc.col, instr.loc.end_col) };
            let _ = write!(out, "    {place:<10} {}", name(instr.opcode));
            match instr.target {
                Some(target) if instr.has_target() => {
                    let _ = write!(out, " b{}", target.0);
                }
                _ if flags(instr.opcode) & flag::ARG != 0 => {
                    let _ = write!(out, " {}", instr.arg);
                }
                _ => {}
            }
            if let Some(handler) = instr.except {
                let _ = write!(out, "  except b{}", handler.0);
            }
            out.push('\n');
        }
    }
    out
}
