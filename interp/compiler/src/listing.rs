//! A code object as text, much as `dis` shows it: one line per instruction, with its line number, offset, operand and what that means.
//!
//! ```text
//! code f, line 1, flags 0x3, stack 1, args 0/1/0
//!      1     0  RESUME                   0
//!      2     2  LOAD_FAST_BORROW         0 (x)
//!            4  RETURN_VALUE
//! ```
//!
//! Made for eyes, so a malformed code object is shown as far as it goes.

use crate::code::{Code, Constant};
use crate::decode::{Decoded, decode};
use crate::opcode::{OPCODES, flag, op};
use crate::tables::{exception_entries, location_entries};
use std::fmt::Write;

/// Lists a code object and those among its constants.
pub fn listing(code: &Code) -> String {
    let mut out = String::new();
    let mut todo = vec![code];
    while let Some(code) = todo.pop() {
        one(code, &mut out);
        let inner = code.consts.iter().rev().filter_map(|c| match c {
            Constant::Code(code) => Some(&**code),
            _ => None,
        });
        todo.extend(inner);
        if !todo.is_empty() {
            out.push('\n');
        }
    }
    out
}

fn one(code: &Code, out: &mut String) {
    let _ = writeln!(
        out,
        "code {}, line {}, flags {:#x}, stack {}, args {}/{}/{}",
        code.qualname, code.firstlineno, code.flags, code.stacksize, code.posonlyargcount, code.argcount, code.kwonlyargcount
    );
    let lines = lines(code);
    let mut shown = None;
    for instr in decode(&code.code) {
        let line = lines.get(instr.start).copied().flatten();
        let label = if line == shown { String::new() } else { line.map_or("-".to_owned(), |line| line.to_string()) };
        shown = line;
        let name = OPCODES[instr.opcode as usize].name;
        let argument = argument(code, &instr);
        let text = format!("{label:>6} {:>5}  {name:<24} {argument}", instr.at * 2);
        out.push_str(text.trim_end());
        out.push('\n');
    }
    for entry in exception_entries(&code.exceptiontable).unwrap_or_default() {
        let lasti = if entry.lasti { " lasti" } else { "" };
        let _ = writeln!(out, "  {} to {} -> {} [{}]{lasti}", entry.start * 2, entry.end * 2, entry.target * 2, entry.depth);
    }
}

/// The line of each code unit.
fn lines(code: &Code) -> Vec<Option<i32>> {
    let mut lines = Vec::new();
    for entry in location_entries(&code.linetable, code.firstlineno).unwrap_or_default() {
        let line = (entry.loc.line >= 0).then_some(entry.loc.line);
        lines.extend(std::iter::repeat_n(line, entry.length));
    }
    lines
}

fn argument(code: &Code, instr: &Decoded) -> String {
    let info = &OPCODES[instr.opcode as usize];
    if info.flags & flag::ARG == 0 {
        return String::new();
    }
    let arg = instr.arg;
    let index = arg as usize;
    let local = |i: usize| code.localsplusnames.get(i).map_or("?".to_owned(), |name| name.to_string_lossy().into_owned());
    let meaning = match instr.opcode {
        op::LOAD_CONST => code.consts.get(index).map_or("?".to_owned(), brief),
        op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW | op::STORE_FAST_LOAD_FAST | op::STORE_FAST_STORE_FAST => {
            format!("{}, {}", local(index >> 4), local(index & 15))
        }
        _ if info.flags & flag::NAME != 0 => {
            let shift = match instr.opcode {
                op::LOAD_ATTR | op::LOAD_GLOBAL => 1,
                op::LOAD_SUPER_ATTR => 2,
                _ => 0,
            };
            code.names.get(index >> shift).map_or("?".to_owned(), |name| name.to_string_lossy().into_owned())
        }
        _ if info.flags & (flag::LOCAL | flag::FREE) != 0 => local(index),
        _ if info.flags & flag::JUMP != 0 => {
            format!("to {}", instr.target().unwrap_or(0).saturating_mul(2))
        }
        _ => return arg.to_string(),
    };
    format!("{arg} ({meaning})")
}

/// A constant in one short line.
fn brief(constant: &Constant) -> String {
    let list = |items: &[Constant]| {
        let mut text: Vec<String> = items.iter().take(8).map(brief).collect();
        if items.len() > 8 {
            text.push("...".to_owned());
        }
        text.join(", ")
    };
    match constant {
        Constant::None => "None".to_owned(),
        Constant::Ellipsis => "Ellipsis".to_owned(),
        Constant::StopIteration => "StopIteration".to_owned(),
        Constant::Bool(true) => "True".to_owned(),
        Constant::Bool(false) => "False".to_owned(),
        Constant::Int(i) if i.bits() > 256 => format!("int of {} bits", i.bits()),
        Constant::Int(i) => i.to_string(),
        Constant::Float(f) => format!("{f:?}"),
        Constant::Complex(re, im) => format!("({re:?}{im:+?}j)"),
        Constant::Str(s) => {
            let text = s.to_string_lossy();
            let start: String = text.chars().take(40).collect();
            let more = if start.len() < text.len() { "..." } else { "" };
            format!("{start:?}{more}")
        }
        Constant::Bytes(b) => format!("{} bytes", b.len()),
        Constant::Tuple(items) => format!("({})", list(items)),
        Constant::FrozenSet(items) => format!("frozenset({})", list(items)),
        Constant::Set(items) => format!("set({})", list(items)),
        Constant::List(items) => format!("[{}]", list(items)),
        Constant::Dict(items) => format!("dict of {}", items.len()),
        Constant::Slice(bounds) => format!("slice({})", list(&bounds[..])),
        Constant::Code(code) => format!("<code {}, line {}>", code.qualname, code.firstlineno),
    }
}
