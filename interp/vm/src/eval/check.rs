//! What debug builds check before each instruction: the value stack is as deep as the verifier's flow analysis says, and
//! NULL where it says so and nowhere else.

use super::original_unit;
use crate::frame::Frame;
use crate::types::code::Code;
use crate::types::code_attrs::to_compiled;
use crate::types::str;
use weft_compiler::opcode::OPCODES;
use weft_compiler::verify::{Slot, stacks};
use weft_layout::tag::{NULL, Word};

/// By code unit, what [`stacks`] says.
pub type Stacks = Vec<Option<Box<[Slot]>>>;

/// What the verifier says of a code object; none if its constants are not a compiler's.
pub fn stacks_of(code: &Code) -> Option<Stacks> {
    let compiled = to_compiled(code)?;
    match stacks(&compiled) {
        Ok(s) => Some(s),
        Err(e) => panic!("the compiler has made code that does not verify: {e}"),
    }
}

/// Checks the value stack before the instruction at `ip`.
///
/// # Safety
/// `frame` is the running frame, `ip` points to one of its code's units, and the stack ends at `sp`.
pub unsafe fn instruction(frame: *mut Frame, ip: *const u16, sp: *const Word) {
    // SAFETY: passed on; the slots below `sp` are the frame's.
    unsafe {
        let code = &*(*frame).code;
        let Some(stacks) = code.stacks.get_or_init(|| stacks_of(code)) else { return };
        let at = code.index_of(ip);
        let wrong = |what: String| {
            let op = OPCODES[(original_unit(code, at, *ip) & 0xff) as usize].name;
            let (name, line) = (str::display(&code.qualname), code.line_at(ip).unwrap_or(-1));
            panic!("the value stack before {op} at {} of {name} (line {line}): {what}", at * 2)
        };
        let Some(slots) = &stacks[at] else { wrong("nothing leads here".to_owned()) };
        let base = Frame::stack_base(frame).cast_const();
        let depth = sp.offset_from(base);
        if depth != slots.len() as isize {
            wrong(format!("it is {depth} deep, not {}", slots.len()));
        }
        for (i, slot) in slots.iter().enumerate() {
            let is_null = *base.add(i) == NULL;
            let may_be_null = matches!(slot, Slot::Null | Slot::MaybeNull);
            if is_null && !may_be_null || !is_null && *slot == Slot::Null {
                wrong(format!("slot {i} is {}", if is_null { "NULL" } else { "not NULL" }));
            }
        }
    }
}
