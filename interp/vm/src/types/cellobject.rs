//! `cell`: a variable shared between a function and the functions inside it.

use crate::cell::Field;
use crate::class::PayloadOps;
use crate::class::build::TypeSpec;
use crate::class::native::getset;
use crate::class::slots::{CompareOp, Slots};
use crate::types::str;
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use crate::{exc, protocol};
use weft_layout::tag::Word;

/// The payload.
#[repr(C)]
pub struct Cell {
    /// What the variable holds.
    pub content: Field,
}

/// Byte offset of the content in a cell object.
pub const CONTENT_OFFSET: usize = 8 + std::mem::offset_of!(Cell, content);

// SAFETY: instances of cell hold a Cell.
unsafe impl Payload for Cell {
    fn class() -> &'static crate::class::Type {
        types().cell
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.content.word());
    }

    fn clear(&self) {
        drop(self.content.take());
    }
}

/// A new cell.
pub fn new(content: Option<Value>) -> Value {
    new_object(Cell { content: Field::from_option(content) })
}

/// The payload of a cell object.
#[inline(always)]
pub fn this(v: &Value) -> &Cell {
    // SAFETY: callers pass cells.
    unsafe { v.payload() }
}

/// Sets the content if `v` is a cell; whether it is.
pub fn set_if_cell(v: &Value, content: &Value) -> bool {
    match v.downcast::<Cell>() {
        Some(c) => {
            c.content.set(content.clone());
            true
        }
        None => false,
    }
}

/// The content, if `v` is a cell.
pub fn get_if_cell(v: &Value) -> Option<Option<Value>> {
    v.downcast::<Cell>().map(|c| c.content.get())
}

fn repr(v: &Value) -> Res {
    Ok(str::from_string(match this(v).content.get() {
        None => format!("<cell at {:#x}: empty>", v.id()),
        Some(x) => format!("<cell at {:#x}: {} object at {:#x}>", v.id(), x.class().full_name(), x.id()),
    }))
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast::<Cell>(), b.downcast::<Cell>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    match (x.content.get(), y.content.get()) {
        (Some(x), Some(y)) => protocol::compare(&x, &y, op),
        (x, y) => Ok(Value::bool(op.holds(x.is_some().cmp(&y.is_some())))),
    }
}

fn cell_new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some() || args.len() > 1 {
        return Err(exc::type_error(format!("cell expected at most 1 argument, got {}", args.len())));
    }
    Ok(new(args.first().cloned()))
}

/// `cell`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "cell",
    doc: "cell([contents])\n--\n\nCreate a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    payload: PayloadOps::of::<Cell>(),
    slots: Slots { repr: Some(repr), compare: Some(compare), new: Some(cell_new), ..Slots::NONE },
    getsets: &[getset(
        "cell_contents",
        |v| this(v).content.get().ok_or_else(|| exc::value_error("cell is empty")),
        |v, x| {
            drop(this(v).content.replace(x.cloned()));
            Ok(())
        },
        "",
    )],
    ..TypeSpec::DEFAULT
};
