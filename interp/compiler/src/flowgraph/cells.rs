//! Lays out locals, cells and free variables in the frame, and makes the cells on entry.
//!
//! The frame holds the locals, then the cells that are not locals too, then the free variables. Code generation numbers cells and free
//! variables from 0; a cell that is a parameter shares the parameter's slot.
//!
//! ```text
//! def f(x): lambda: x              MAKE_CELL 0 (x)
//! RESUME                     →     RESUME
//! LOAD_CLOSURE 0 (x)               LOAD_CLOSURE 0 (x)
//! ```
//!
//! A generator's frame is also handed over on entry: RETURN_GENERATOR, POP_TOP.

use super::cfg::{Cfg, Instr};
use super::internal;
use crate::code::{co_flags, local_kind};
use crate::error::CompileError;
use crate::instruction::{Location, Unit};
use crate::opcode::{op, pseudo};
use crate::text::{Name, Text};

/// The slots of the frame below the value stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// `co_localsplusnames`.
    pub names: Vec<Text>,
    /// `co_localspluskinds`.
    pub kinds: Vec<u8>,
}

/// Inserts the prefix instructions and renumbers the operands that name cells.
pub fn run(cfg: &mut Cfg, unit: &Unit) -> Result<Layout, CompileError> {
    let locals = unit.varnames.len();
    let cells = unit.cellvars.len();
    if cells + unit.freevars.len() == 0 {
        insert_prefix(cfg, unit, &[]);
        return Ok(layout(unit));
    }
    // By code generation's number: the slot, as if cells that are locals had slots of their own too.
    let mut slots: Vec<usize> = (locals..locals + cells + unit.freevars.len()).collect();
    for (slot, name) in slots.iter_mut().zip(unit.cellvars.names()) {
        if let Some(local) = unit.varnames.place_of(name) {
            *slot = local;
        }
    }
    insert_prefix(cfg, unit, &slots);

    let mut shared = 0;
    for (i, slot) in slots.iter_mut().enumerate() {
        if *slot == i + locals {
            *slot -= shared;
        } else {
            shared += 1;
        }
    }
    let mut out_of_range = false;
    cfg.for_each_instr(|instr| {
        let names_cell = instr.opcode == pseudo::LOAD_CLOSURE
            || matches!(
                u8::try_from(instr.opcode),
                Ok(op::MAKE_CELL | op::LOAD_DEREF | op::STORE_DEREF | op::DELETE_DEREF | op::LOAD_FROM_DICT_OR_DEREF)
            );
        if names_cell {
            match slots.get(instr.arg as usize) {
                Some(&slot) => instr.arg = slot as u32,
                None => out_of_range = true,
            }
        }
    });
    if out_of_range {
        return Err(internal("a cell operand is out of range"));
    }
    Ok(layout(unit))
}

fn insert_prefix(cfg: &mut Cfg, unit: &Unit, slots: &[usize]) {
    let mut prefix = Vec::new();
    if !unit.freevars.is_empty() {
        prefix.push(Instr::new(op::COPY_FREE_VARS.into(), unit.freevars.len() as u32, Location::NONE));
    }
    let mut cells: Vec<usize> = (0..unit.cellvars.len()).collect();
    cells.sort_by_key(|&cell| slots[cell]);
    for cell in cells {
        prefix.push(Instr::new(op::MAKE_CELL.into(), cell as u32, Location::NONE));
    }
    let generator = co_flags::GENERATOR | co_flags::COROUTINE | co_flags::ASYNC_GENERATOR;
    if unit.flags & generator != 0 {
        let loc = Location { line: unit.firstlineno, end_line: unit.firstlineno, col: -1, end_col: -1 };
        prefix.push(Instr::new(op::RETURN_GENERATOR.into(), 0, loc));
        prefix.push(Instr::new(op::POP_TOP.into(), 0, loc));
    }
    for (at, instr) in prefix.into_iter().enumerate() {
        cfg[Cfg::ENTRY].insert(at, instr);
    }
}

fn layout(unit: &Unit) -> Layout {
    let count = unit.varnames.len() + unit.cellvars.len() + unit.freevars.len();
    let mut layout = Layout { names: Vec::with_capacity(count), kinds: Vec::with_capacity(count) };
    let mut add = |name: &Name, kind: u8| {
        layout.names.push(name.into());
        layout.kinds.push(kind);
    };
    for (i, name) in unit.varnames.names().iter().enumerate() {
        let mut kind = local_kind::LOCAL | argument_kind(unit, i as u32);
        if unit.fast_hidden.contains_key(name) {
            kind |= local_kind::HIDDEN;
        }
        if unit.cellvars.contains(name) {
            kind |= local_kind::CELL;
        }
        add(name, kind);
    }
    for name in unit.cellvars.names() {
        if !unit.varnames.contains(name) {
            add(name, local_kind::CELL);
        }
    }
    for name in unit.freevars.names() {
        add(name, local_kind::FREE);
    }
    layout
}

/// How the `i`th local is passed; 0 if it is no parameter.
fn argument_kind(unit: &Unit, i: u32) -> u8 {
    let varargs = unit.argcount + unit.kwonlyargcount;
    let varkeywords = varargs + u32::from(unit.flags & co_flags::VARARGS != 0);
    if i < unit.posonlyargcount {
        local_kind::ARG_POS
    } else if i < unit.argcount {
        local_kind::ARG_POS | local_kind::ARG_KW
    } else if i < varargs {
        local_kind::ARG_KW
    } else if i == varargs && unit.flags & co_flags::VARARGS != 0 {
        local_kind::ARG_VAR | local_kind::ARG_POS
    } else if i == varkeywords && unit.flags & co_flags::VARKEYWORDS != 0 {
        local_kind::ARG_VAR | local_kind::ARG_KW
    } else {
        0
    }
}
