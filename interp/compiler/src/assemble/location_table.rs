//! Writes `co_linetable`: for each run of up to eight code units at one place an entry in the shortest of five forms (CPython's
//! InternalDocs/code_objects.md).

use super::size;
use crate::flowgraph::LinearInstr;
use crate::instruction::Location;
use crate::stack_effect::{is_jump, is_scope_exit};

/// Entry kinds 0 to 9 hold the column's upper bits: same line, column below 80.
const SHORT: u8 = 0;
/// Kinds 10 to 12 hold the line delta 0 to 2.
const ONE_LINE: u8 = 10;
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
const NONE: u8 = 15;

/// The table of a code object's final instructions, whose [`Location::NEXT`] is resolved first.
pub fn write(instrs: &mut [LinearInstr], firstlineno: i32) -> Vec<u8> {
    resolve_next(instrs);
    let mut writer = Writer { out: Vec::with_capacity(instrs.len() * 2), line: firstlineno };
    let mut loc = Location::NONE;
    let mut length = 0;
    for instr in instrs.iter() {
        if instr.loc != loc {
            writer.run(loc, length);
            loc = instr.loc;
            length = 0;
        }
        length += size(instr);
    }
    writer.run(loc, length);
    writer.out
}

fn resolve_next(instrs: &mut [LinearInstr]) {
    let mut following = Location::NONE;
    for instr in instrs.iter_mut().rev() {
        if instr.loc == Location::NEXT {
            let ends = is_jump(instr.opcode) || is_scope_exit(instr.opcode);
            instr.loc = if ends { Location::NONE } else { following };
        }
        following = instr.loc;
    }
}

struct Writer {
    out: Vec<u8>,
    /// The line the last entry with a line ended on, to which the next is relative.
    line: i32,
}

impl Writer {
    fn run(&mut self, loc: Location, mut length: usize) {
        while length > 0 {
            let part = length.min(8);
            self.entry(loc, part);
            length -= part;
        }
    }

    fn entry(&mut self, loc: Location, length: usize) {
        if loc.line < 0 {
            return self.first(NONE, length);
        }
        let delta = loc.line - self.line;
        let (col, end_col) = (loc.col, loc.end_col);
        if col < 0 || end_col < 0 {
            if loc.end_line == loc.line || loc.end_line < 0 {
                self.first(NO_COLUMNS, length);
                self.signed_varint(delta);
                self.line = loc.line;
                return;
            }
        } else if loc.end_line == loc.line {
            if delta == 0 && col < 80 && end_col >= col && end_col - col < 16 {
                self.first(SHORT + (col >> 3) as u8, length);
                self.out.push(((col & 7) << 4 | (end_col - col)) as u8);
                return;
            }
            if (0..3).contains(&delta) && col < 128 && end_col < 128 {
                self.first(ONE_LINE + delta as u8, length);
                self.out.extend([col as u8, end_col as u8]);
                self.line = loc.line;
                return;
            }
        }
        self.first(LONG, length);
        self.signed_varint(delta);
        self.varint((loc.end_line - loc.line).max(0) as u32);
        self.varint((col + 1) as u32);
        self.varint((end_col + 1) as u32);
        self.line = loc.line;
    }

    fn first(&mut self, kind: u8, length: usize) {
        self.out.push(0x80 | kind << 3 | (length - 1) as u8);
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 64 {
            self.out.push(value as u8 & 0x3f | 0x40);
            value >>= 6;
        }
        self.out.push(value as u8);
    }

    fn signed_varint(&mut self, value: i32) {
        let magnitude = value.unsigned_abs() << 1;
        self.varint(magnitude | u32::from(value < 0));
    }
}
