//! Reads a code object's location and exception tables (CPython's InternalDocs/code_objects.md and exception_handling.md).

use crate::instruction::Location;

/// One entry of `co_exceptiontable`; offsets in code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionEntry {
    /// The first code unit covered.
    pub start: usize,
    /// The first code unit not covered any more.
    pub end: usize,
    /// The handler.
    pub target: usize,
    /// How many values stay on the stack.
    pub depth: usize,
    /// Whether the offset of the raising instruction is pushed below the exception.
    pub lasti: bool,
}

/// The entries of an exception table; none if it is malformed.
pub fn exception_entries(table: &[u8]) -> Option<Vec<ExceptionEntry>> {
    let mut bytes = table.iter().copied().peekable();
    let mut entries = Vec::new();
    while let Some(&first) = bytes.peek() {
        // The top bit marks where an entry starts, and only that.
        if first & 0x80 == 0 {
            return None;
        }
        let mut fields = [0usize; 4];
        for (i, field) in fields.iter_mut().enumerate() {
            let mut mask = if i == 0 { 0x7f } else { 0xff };
            let mut value = 0usize;
            for digits in 0.. {
                let byte = bytes.next()? & mask;
                if byte & 0x80 != 0 || digits == 6 {
                    return None;
                }
                mask = 0xff;
                value = value << 6 | usize::from(byte & 0x3f);
                if byte & 0x40 == 0 {
                    break;
                }
            }
            *field = value;
        }
        let [start, size, target, depth_lasti] = fields;
        entries.push(ExceptionEntry { start, end: start + size, target, depth: depth_lasti >> 1, lasti: depth_lasti & 1 != 0 });
    }
    Some(entries)
}

/// A run of code units from one place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocationEntry {
    /// How many code units.
    pub length: usize,
    /// The place; [`Location::NONE`] or columns of -1 where unknown.
    pub loc: Location,
}

/// The entries of a location table; none if it is malformed.
pub fn location_entries(table: &[u8], firstlineno: i32) -> Option<Vec<LocationEntry>> {
    let mut bytes = table.iter().copied();
    let mut line = firstlineno;
    let mut entries = Vec::new();
    while let Some(first) = bytes.next() {
        if first & 0x80 == 0 {
            return None;
        }
        let mut byte = || bytes.next().filter(|b| b & 0x80 == 0);
        let kind = (first >> 3) & 15;
        let mut loc = Location::NONE;
        let one_line = |line, col, end_col| Location { line, end_line: line, col, end_col };
        match kind {
            0..=9 => {
                let columns = i32::from(byte()?);
                let col = i32::from(kind) << 3 | columns >> 4;
                loc = one_line(line, col, col + (columns & 15));
            }
            10..=12 => {
                line = line.checked_add(i32::from(kind) - 10)?;
                loc = one_line(line, i32::from(byte()?), i32::from(byte()?));
            }
            13 => {
                line = line.checked_add(signed_varint(&mut byte)?)?;
                loc = one_line(line, -1, -1);
            }
            14 => {
                line = line.checked_add(signed_varint(&mut byte)?)?;
                loc.line = line;
                loc.end_line = line.checked_add(varint(&mut byte)?)?;
                loc.col = varint(&mut byte)? - 1;
                loc.end_col = varint(&mut byte)? - 1;
            }
            _ => {}
        }
        entries.push(LocationEntry { length: usize::from(first & 7) + 1, loc });
    }
    Some(entries)
}

/// Six bits a byte, least significant first. None if it does not fit 31 bits.
fn varint(byte: &mut impl FnMut() -> Option<u8>) -> Option<i32> {
    let mut value = 0u64;
    for digit in 0..6 {
        let b = byte()?;
        value |= u64::from(b & 0x3f) << (6 * digit);
        if b & 0x40 == 0 {
            return i32::try_from(value).ok();
        }
    }
    None
}

fn signed_varint(byte: &mut impl FnMut() -> Option<u8>) -> Option<i32> {
    let mut value = 0u64;
    for digit in 0..6 {
        let b = byte()?;
        value |= u64::from(b & 0x3f) << (6 * digit);
        if b & 0x40 == 0 {
            let magnitude = i64::try_from(value >> 1).ok()?;
            let signed = if value & 1 != 0 { -magnitude } else { magnitude };
            return i32::try_from(signed).ok();
        }
    }
    None
}
