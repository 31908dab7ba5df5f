//! Writes `co_exceptiontable`: for each run of instructions with the same handler start, length, target, and depth with the lasti flag, as
//! varints of six bits a byte, most significant first (CPython's InternalDocs/exception_handling.md).

use super::place::Places;
use crate::error::CompileError;
use crate::flowgraph::{BlockId, Cfg, internal};

const CONTINUATION_BIT: u8 = 0x40;
const START_BIT: u8 = 0x80;

/// The table of a code object in the making.
pub struct ExceptionTable<'a> {
    cfg: &'a Cfg,
    places: &'a Places,
    out: Vec<u8>,
    /// The handler of the last instruction, and since where it has been.
    open: Option<(BlockId, usize)>,
}

impl<'a> ExceptionTable<'a> {
    /// An empty table.
    pub fn new(cfg: &'a Cfg, places: &'a Places) -> ExceptionTable<'a> {
        ExceptionTable { cfg, places, out: Vec::new(), open: None }
    }

    /// An instruction and its handler.
    #[inline]
    pub fn add(&mut self, handler: Option<BlockId>, at: usize) -> Result<(), CompileError> {
        if self.open.map(|(open, _)| open) == handler {
            return Ok(());
        }
        self.change(handler, at)
    }

    fn change(&mut self, handler: Option<BlockId>, at: usize) -> Result<(), CompileError> {
        if let Some((open, start)) = self.open {
            // An empty block is where the next one is.
            if handler.is_some_and(|handler| self.places.first_of(handler) == self.places.first_of(open)) {
                return Ok(());
            }
            self.entry(open, start, at)?;
        }
        self.open = handler.map(|handler| (handler, at));
        Ok(())
    }

    fn entry(&mut self, handler: BlockId, start: usize, end: usize) -> Result<(), CompileError> {
        let block = &self.cfg[handler];
        let pushed = 1 + u32::from(block.preserve_lasti);
        let depth = block.start_depth.unwrap_or(0).checked_sub(pushed).ok_or_else(|| internal("an exception handler without stack"))?;
        write_varint(&mut self.out, start, START_BIT);
        write_varint(&mut self.out, end - start, 0);
        write_varint(&mut self.out, self.places.offset_of(handler), 0);
        write_varint(&mut self.out, (depth as usize) << 1 | usize::from(block.preserve_lasti), 0);
        Ok(())
    }

    /// The table of instructions that end here.
    pub fn finish(mut self, end: usize) -> Result<Vec<u8>, CompileError> {
        if let Some((open, start)) = self.open {
            self.entry(open, start, end)?;
        }
        Ok(self.out)
    }
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
