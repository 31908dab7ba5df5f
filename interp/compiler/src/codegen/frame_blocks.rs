//! Frame blocks: the statically nested blocks of a unit, and how `return`, `break` and `continue` leave them.

use super::{Compiler, Result};
use crate::ast::{Context, Name, Stmt};
use crate::instruction::{Label, Location};
use crate::opcode::{op, pseudo};

/// CPython's CO_MAXBLOCKS.
const MAX_BLOCKS: usize = 21;

/// The kinds of block, named as CPython's `COMPILE_FBLOCK_*`.
#[derive(Clone, Debug)]
pub enum BlockType<'a> {
    WhileLoop,
    ForLoop,
    TryExcept,
    /// With the `finally` body.
    FinallyTry(&'a [Stmt]),
    FinallyEnd,
    With,
    AsyncWith,
    /// With the name that the exception is bound to.
    HandlerCleanup(Option<&'a Name>),
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehensionGenerator,
    /// An inlined comprehension that saves outer variables.
    InlinedComprehension,
    StopIteration,
}

/// An open block.
#[derive(Clone, Debug)]
pub struct FrameBlock<'a> {
    pub kind: BlockType<'a>,
    /// Where `continue` goes, for loops.
    pub block: Option<Label>,
    /// Where `break` goes, for loops.
    pub exit: Option<Label>,
    pub loc: Location,
}

impl<'a> Compiler<'a> {
    pub(super) fn push_block(&mut self, loc: Location, kind: BlockType<'a>, block: Option<Label>, exit: Option<Label>) -> Result {
        if self.unit_ref().frame_blocks.len() >= MAX_BLOCKS {
            return self.error(loc, "too many statically nested blocks");
        }
        if matches!(kind, BlockType::FinallyEnd) {
            self.disable_warnings += 1;
        }
        self.unit().frame_blocks.push(FrameBlock { kind, block, exit, loc });
        Ok(())
    }

    pub(super) fn pop_block(&mut self) -> Option<FrameBlock<'a>> {
        let block = self.unit().frame_blocks.pop();
        if let Some(FrameBlock { kind: BlockType::FinallyEnd, .. }) = &block {
            self.disable_warnings -= 1;
        }
        block
    }

    pub(super) fn call_exit_with_nones(&mut self, loc: Location) {
        for _ in 0..3 {
            self.load_none(loc);
        }
        self.op_arg(loc, op::CALL, 3);
    }

    /// Emits what leaving `block` takes. `loc` may become artificial; with `preserve_tos` the top of the stack survives.
    pub(super) fn unwind_block(&mut self, loc: &mut Location, block: &FrameBlock<'a>, preserve_tos: bool) -> Result {
        let swap = |compiler: &mut Self, loc: Location| {
            if preserve_tos {
                compiler.op_arg(loc, op::SWAP, 2);
            }
        };
        match &block.kind {
            BlockType::WhileLoop
            | BlockType::ExceptionHandler
            | BlockType::ExceptionGroupHandler
            | BlockType::AsyncComprehensionGenerator
            | BlockType::InlinedComprehension
            | BlockType::StopIteration => {}
            BlockType::ForLoop | BlockType::PopValue => {
                swap(self, *loc);
                self.op(*loc, op::POP_TOP);
            }
            BlockType::TryExcept => self.op(*loc, pseudo::POP_BLOCK),
            BlockType::FinallyTry(body) => {
                self.op(*loc, pseudo::POP_BLOCK);
                if preserve_tos {
                    self.push_block(*loc, BlockType::PopValue, None, None)?;
                }
                self.stmts(body)?;
                if preserve_tos {
                    self.pop_block();
                }
                // The body seems to run after the statement that leaves.
                *loc = Location::NONE;
            }
            BlockType::FinallyEnd => {
                swap(self, *loc);
                self.op(*loc, op::POP_TOP);
                swap(self, *loc);
                self.op(*loc, pseudo::POP_BLOCK);
                self.op(*loc, op::POP_EXCEPT);
            }
            BlockType::With | BlockType::AsyncWith => {
                *loc = block.loc;
                self.op(*loc, pseudo::POP_BLOCK);
                if preserve_tos {
                    self.op_arg(*loc, op::SWAP, 3);
                    self.op_arg(*loc, op::SWAP, 2);
                }
                self.call_exit_with_nones(*loc);
                if matches!(block.kind, BlockType::AsyncWith) {
                    self.op_arg(*loc, op::GET_AWAITABLE, 2);
                    self.load_none(*loc);
                    self.yield_from(*loc, true);
                }
                self.op(*loc, op::POP_TOP);
                *loc = Location::NONE;
            }
            BlockType::HandlerCleanup(name) => {
                if name.is_some() {
                    self.op(*loc, pseudo::POP_BLOCK);
                }
                swap(self, *loc);
                self.op(*loc, pseudo::POP_BLOCK);
                self.op(*loc, op::POP_EXCEPT);
                if let Some(name) = name {
                    self.unbind(*loc, name)?;
                }
            }
        }
        Ok(())
    }

    /// `name = None; del name`
    pub(super) fn unbind(&mut self, loc: Location, name: &Name) -> Result {
        self.load_none(loc);
        self.name_op(loc, name, Context::Store)?;
        self.name_op(loc, name, Context::Del)
    }

    /// Leaves all open blocks, or with `to_loop` those within the innermost loop, which is returned.
    pub(super) fn unwind_blocks(&mut self, loc: &mut Location, preserve_tos: bool, to_loop: bool) -> Result<Option<FrameBlock<'a>>> {
        let Some(top) = self.unit_ref().frame_blocks.last() else {
            return Ok(None);
        };
        match top.kind {
            BlockType::ExceptionGroupHandler => {
                return self.error(*loc, "'break', 'continue' and 'return' cannot appear in an except* block");
            }
            BlockType::WhileLoop | BlockType::ForLoop if to_loop => return Ok(Some(top.clone())),
            _ => {}
        }
        // The blocks are open again for the code that follows.
        let Some(block) = self.pop_block() else {
            return Ok(None);
        };
        self.unwind_block(loc, &block, preserve_tos)?;
        let found = self.unwind_blocks(loc, preserve_tos, to_loop)?;
        self.push_block(block.loc, block.kind, block.block, block.exit)?;
        Ok(found)
    }
}
