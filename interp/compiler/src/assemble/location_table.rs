//! Writes `co_linetable`: for each run of up to eight code units at one place an entry in the shortest of five forms (CPython's
//! InternalDocs/code_objects.md).

use crate::flowgraph::Cfg;
use crate::instruction::Location;
use crate::stack_effect::ends_block;

/// Entry kinds 0 to 9 hold the column's upper bits: same line, column below 80.
const SHORT: u8 = 0;
/// Kinds 10 to 12 hold the line delta 0 to 2.
const ONE_LINE: u8 = 10;
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
const NONE: u8 = 15;

/// Gives instructions with [`Location::NEXT`] a location.
pub fn resolve_next(cfg: &mut Cfg) {
    let mut blocks = Vec::new();
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        if cfg[id].instrs.iter().any(|instr| instr.loc.line == Location::NEXT.line) {
            blocks.push(id);
        }
    }
    for id in blocks.into_iter().rev() {
        let next = cfg.next_nonempty(cfg[id].next);
        let mut following = next.and_then(|next| cfg[next].instrs.first()).map_or(Location::NONE, |first| first.loc);
        for instr in cfg[id].instrs.iter_mut().rev() {
            if instr.loc == Location::NEXT {
                instr.loc = if ends_block(instr.opcode) { Location::NONE } else { following };
            }
            following = instr.loc;
        }
    }
}

/// The table of a code object in the making.
pub struct LocationTable {
    out: Vec<u8>,
    /// The line the last entry with a line ended on, to which the next is relative.
    line: i32,
    /// Where the last instruction is from.
    loc: Location,
    /// The code units from there that have no entry yet.
    length: usize,
}

impl LocationTable {
    /// An empty table, with room for what so many instructions mostly take.
    pub fn new(firstlineno: i32, instructions: usize) -> LocationTable {
        LocationTable { out: Vec::with_capacity(instructions * 2), line: firstlineno, loc: Location::NONE, length: 0 }
    }

    /// An instruction, which takes so many code units.
    #[inline]
    pub fn add(&mut self, loc: Location, size: usize) {
        if loc != self.loc {
            self.run();
            self.loc = loc;
        }
        self.length += size;
    }

    /// The table of the instructions that there were.
    pub fn finish(mut self) -> Vec<u8> {
        self.run();
        self.out
    }

    fn run(&mut self) {
        while self.length > 0 {
            let part = self.length.min(8);
            self.entry(self.loc, part);
            self.length -= part;
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
                self.out.extend([first(SHORT + (col >> 3) as u8, length), ((col & 7) << 4 | (end_col - col)) as u8]);
                return;
            }
            if (0..3).contains(&delta) && col < 128 && end_col < 128 {
                self.out.extend([first(ONE_LINE + delta as u8, length), col as u8, end_col as u8]);
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
        self.out.push(first(kind, length));
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

/// The first byte of an entry.
fn first(kind: u8, length: usize) -> u8 {
    0x80 | kind << 3 | (length - 1) as u8
}
