//! `with` and `async with`.

use super::frame_blocks::BlockType;
use super::{Compiler, Result};
use crate::ast::*;
use crate::instruction::{Label, Location};
use crate::opcode::{op, pseudo};

/// Operands of LOAD_SPECIAL.
mod special {
    pub const ENTER: u32 = 0;
    pub const EXIT: u32 = 1;
    pub const AENTER: u32 = 2;
    pub const AEXIT: u32 = 3;
}

const NOWHERE: Location = Location::NONE;

impl<'a> Compiler<'a> {
    /// Several items are nested statements.
    pub(super) fn with_stmt(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool) -> Result {
        let Some((item, rest)) = items.split_first() else {
            return self.stmts(body);
        };
        let block = self.new_label();
        let handler = self.new_label();
        let exit = self.new_label();
        let cleanup = self.new_label();
        let (enter, leave) = if is_async { (special::AENTER, special::AEXIT) } else { (special::ENTER, special::EXIT) };

        self.expr(&item.context_expr)?;
        let loc = item.context_expr.loc;
        self.op_arg(loc, op::COPY, 1);
        self.op_arg(loc, op::LOAD_SPECIAL, leave);
        self.op_arg(loc, op::SWAP, 2);
        self.op_arg(loc, op::SWAP, 3);
        self.op_arg(loc, op::LOAD_SPECIAL, enter);
        self.op_arg(loc, op::CALL, 0);
        if is_async {
            self.await_method(loc, 1);
        }
        self.jump(loc, pseudo::SETUP_WITH, handler);

        self.use_label(block);
        let kind = if is_async { BlockType::AsyncWith } else { BlockType::With };
        self.push_block(loc, kind, Some(block), Some(handler))?;
        match &item.optional_vars {
            Some(vars) => self.expr(vars)?,
            None => self.op(loc, op::POP_TOP),
        }
        self.with_stmt(rest, body, is_async)?;
        if is_async {
            self.pop_block();
            self.op(loc, pseudo::POP_BLOCK);
        } else {
            self.op(NOWHERE, pseudo::POP_BLOCK);
            self.pop_block();
        }

        self.call_exit_with_nones(loc);
        if is_async {
            self.await_method(loc, 2);
        }
        self.op(loc, op::POP_TOP);
        self.jump(loc, pseudo::JUMP, exit);

        self.use_label(handler);
        self.jump(loc, pseudo::SETUP_CLEANUP, cleanup);
        self.op(loc, op::PUSH_EXC_INFO);
        self.op(loc, op::WITH_EXCEPT_START);
        if is_async {
            self.await_method(loc, 2);
        }
        self.with_except_finish(cleanup);
        self.use_label(exit);
        Ok(())
    }

    /// Awaits what `__aenter__` (1) or `__aexit__` (2) returned.
    fn await_method(&mut self, loc: Location, which: u32) {
        self.op_arg(loc, op::GET_AWAITABLE, which);
        self.load_none(loc);
        self.yield_from(loc, true);
    }

    fn with_except_finish(&mut self, cleanup: Label) {
        let suppress = self.new_label();
        self.op(NOWHERE, op::TO_BOOL);
        self.jump(NOWHERE, op::POP_JUMP_IF_TRUE, suppress);
        self.op_arg(NOWHERE, op::RERAISE, 2);
        self.use_label(suppress);
        self.op(NOWHERE, op::POP_TOP);
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.op(NOWHERE, op::POP_EXCEPT);
        for _ in 0..3 {
            self.op(NOWHERE, op::POP_TOP);
        }
        let exit = self.new_label();
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, exit);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NOWHERE);
        self.use_label(exit);
    }
}
