//! Writes `co_exceptiontable`: for each run of instructions with the same handler start, length, target, and depth with the lasti flag, as
//! varints of six bits a byte, most significant first (CPython's InternalDocs/exception_handling.md).

use super::size;
use crate::error::CompileError;
use crate::flowgraph::{Handler, LinearInstr, internal};

const CONTINUATION_BIT: u8 = 0x40;
const START_BIT: u8 = 0x80;

/// The table of a code object's final instructions.
pub fn write(instrs: &[LinearInstr]) -> Result<Vec<u8>, CompileError> {
    if instrs.iter().all(|instr| instr.handler.is_none()) {
        return Ok(Vec::new());
    }
    let mut offsets = Vec::with_capacity(instrs.len());
    let mut end = 0;
    for instr in instrs {
        offsets.push(end);
        end += size(instr);
    }
    let mut table = Vec::new();
    let mut emit = |handler: &Handler, start: usize, end: usize| {
        let pushed = 1 + u32::from(handler.preserve_lasti);
        let depth = handler.start_depth.checked_sub(pushed).ok_or_else(|| internal("an exception handler without stack"))?;
        write_varint(&mut table, start, START_BIT);
        write_varint(&mut table, end - start, 0);
        write_varint(&mut table, offsets[handler.target as usize], 0);
        let depth_lasti = (depth as usize) << 1 | usize::from(handler.preserve_lasti);
        write_varint(&mut table, depth_lasti, 0);
        Ok(())
    };
    let mut open: Option<(Handler, usize)> = None;
    for (instr, &offset) in instrs.iter().zip(&offsets) {
        let same = open.map(|(handler, _)| handler.target) == instr.handler.map(|h| h.target);
        if !same {
            if let Some((handler, start)) = open {
                emit(&handler, start, offset)?;
            }
            open = instr.handler.map(|handler| (handler, offset));
        }
    }
    if let Some((handler, start)) = open {
        emit(&handler, start, end)?;
    }
    Ok(table)
}

fn write_varint(out: &mut Vec<u8>, value: usize, first: u8) {
    let mut shift = 24;
    while shift > 0 && value >> shift == 0 {
        shift -= 6;
    }
    let mut mark = first;
    while shift > 0 {
        out.push((value >> shift) as u8 & 0x3f | CONTINUATION_BIT | mark);
        mark = 0;
        shift -= 6;
    }
    out.push(value as u8 & 0x3f | mark);
}
