//! `try` with `except`, `except*`, `else` and `finally`.
//!
//! A handler's code runs with the exception on the stack and, should it raise itself, under a cleanup handler that
//! restores the exception state. The `finally` body is generated twice: for the way without exception and for the other.

use super::frame_blocks::BlockType;
use super::{Compiler, Result, intrinsic_2};
use crate::ast::*;
use crate::instruction::{Label, Location};
use crate::opcode::{op, pseudo};

const NOWHERE: Location = Location::NONE;

impl<'a> Compiler<'a> {
    pub(super) fn try_stmt(&mut self, loc: Location, s: &'a Try) -> Result {
        if s.finalbody.is_empty() { self.try_except(loc, s) } else { self.try_finally(loc, s) }
    }

    pub(super) fn pop_except_and_reraise(&mut self, loc: Location) {
        self.op_arg(loc, op::COPY, 3);
        self.op(loc, op::POP_EXCEPT);
        self.op_arg(loc, op::RERAISE, 1);
    }

    fn try_finally(&mut self, loc: Location, s: &'a Try) -> Result {
        let body = self.new_label();
        let end = self.new_label();
        let exit = self.new_label();
        let cleanup = self.new_label();
        self.jump(loc, pseudo::SETUP_FINALLY, end);
        self.use_label(body);
        self.push_block(loc, BlockType::FinallyTry(&s.finalbody), Some(body), Some(end))?;
        if s.handlers.is_empty() {
            self.stmts(&s.body)?;
        } else {
            self.try_except(loc, s)?;
        }
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.pop_block();
        self.stmts(&s.finalbody)?;
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, exit);

        self.use_label(end);
        self.jump(NOWHERE, pseudo::SETUP_CLEANUP, cleanup);
        self.op(NOWHERE, op::PUSH_EXC_INFO);
        self.push_block(NOWHERE, BlockType::FinallyEnd, Some(end), None)?;
        self.stmts(&s.finalbody)?;
        self.pop_block();
        self.op_arg(NOWHERE, op::RERAISE, 0);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NOWHERE);
        self.use_label(exit);
        Ok(())
    }

    fn try_except(&mut self, loc: Location, s: &'a Try) -> Result {
        if s.is_star {
            return self.try_star_except(loc, s);
        }
        let body = self.new_label();
        let mut except = self.new_label();
        let end = self.new_label();
        let cleanup = self.new_label();
        self.jump(loc, pseudo::SETUP_FINALLY, except);
        self.use_label(body);
        self.push_block(loc, BlockType::TryExcept, Some(body), None)?;
        self.stmts(&s.body)?;
        self.pop_block();
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.stmts(&s.orelse)?;
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);

        self.use_label(except);
        self.jump(NOWHERE, pseudo::SETUP_CLEANUP, cleanup);
        self.op(NOWHERE, op::PUSH_EXC_INFO);
        self.push_block(loc, BlockType::ExceptionHandler, None, None)?;
        for (i, handler) in s.handlers.iter().enumerate() {
            if handler.typ.is_none() && i + 1 < s.handlers.len() {
                return self.error(handler.loc, "default 'except:' must be last");
            }
            except = self.new_label();
            self.except_clause(handler, except, end)?;
            self.use_label(except);
        }
        self.pop_block();
        self.op_arg(NOWHERE, op::RERAISE, 0);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NOWHERE);
        self.use_label(end);
        Ok(())
    }

    fn except_clause(&mut self, handler: &'a ExceptHandler, next: Label, end: Label) -> Result {
        let loc = handler.loc;
        if let Some(typ) = &handler.typ {
            self.expr(typ)?;
            self.op(loc, op::CHECK_EXC_MATCH);
            self.jump(loc, op::POP_JUMP_IF_FALSE, next);
        }
        let Some(name) = &handler.name else {
            let cleanup_body = self.new_label();
            self.op(loc, op::POP_TOP);
            self.use_label(cleanup_body);
            self.push_block(loc, BlockType::HandlerCleanup(None), Some(cleanup_body), None)?;
            self.stmts(&handler.body)?;
            self.pop_block();
            self.op(NOWHERE, pseudo::POP_BLOCK);
            self.op(NOWHERE, op::POP_EXCEPT);
            self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);
            return Ok(());
        };
        // The name is unbound again however the body ends.
        let cleanup_end = self.new_label();
        let cleanup_body = self.new_label();
        self.name_op(loc, name, Context::Store)?;
        self.jump(loc, pseudo::SETUP_CLEANUP, cleanup_end);
        self.use_label(cleanup_body);
        self.push_block(loc, BlockType::HandlerCleanup(Some(name)), Some(cleanup_body), None)?;
        self.stmts(&handler.body)?;
        self.pop_block();
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.op(NOWHERE, op::POP_EXCEPT);
        self.unbind(NOWHERE, name)?;
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);
        self.use_label(cleanup_end);
        self.unbind(NOWHERE, name)?;
        self.op_arg(NOWHERE, op::RERAISE, 1);
        Ok(())
    }

    /// Each clause takes its part of the exception group; what is raised on the way and what is left is collected in a
    /// list, and raised again at the end.
    fn try_star_except(&mut self, loc: Location, s: &'a Try) -> Result {
        let body = self.new_label();
        let except = self.new_label();
        let orelse = self.new_label();
        let end = self.new_label();
        let cleanup = self.new_label();
        let reraise_star = self.new_label();
        self.jump(loc, pseudo::SETUP_FINALLY, except);
        self.use_label(body);
        self.push_block(loc, BlockType::TryExcept, Some(body), None)?;
        self.stmts(&s.body)?;
        self.pop_block();
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, orelse);

        self.use_label(except);
        self.jump(NOWHERE, pseudo::SETUP_CLEANUP, cleanup);
        self.op(NOWHERE, op::PUSH_EXC_INFO);
        self.push_block(loc, BlockType::ExceptionGroupHandler, None, None)?;
        for (i, handler) in s.handlers.iter().enumerate() {
            self.except_star_clause(handler, i == 0)?;
            if i + 1 == s.handlers.len() {
                self.op_arg(NOWHERE, op::LIST_APPEND, 1);
                self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, reraise_star);
            }
        }
        self.pop_block();
        let reraise = self.new_label();
        self.use_label(reraise_star);
        self.op_arg(NOWHERE, op::CALL_INTRINSIC_2, intrinsic_2::PREP_RERAISE_STAR);
        self.op_arg(NOWHERE, op::COPY, 1);
        self.jump(NOWHERE, op::POP_JUMP_IF_NOT_NONE, reraise);
        self.op(NOWHERE, op::POP_TOP);
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.op(NOWHERE, op::POP_EXCEPT);
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);

        self.use_label(reraise);
        self.op(NOWHERE, pseudo::POP_BLOCK);
        self.op_arg(NOWHERE, op::SWAP, 2);
        self.op(NOWHERE, op::POP_EXCEPT);
        self.op_arg(NOWHERE, op::RERAISE, 0);
        self.use_label(cleanup);
        self.pop_except_and_reraise(NOWHERE);
        self.use_label(orelse);
        self.stmts(&s.orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn except_star_clause(&mut self, handler: &'a ExceptHandler, first: bool) -> Result {
        let loc = handler.loc;
        let except = self.new_label();
        let except_with_error = self.new_label();
        let no_match = self.new_label();
        if first {
            self.op_arg(loc, op::BUILD_LIST, 0);
            self.op_arg(loc, op::COPY, 2);
        }
        if let Some(typ) = &handler.typ {
            self.expr(typ)?;
            self.op(loc, op::CHECK_EG_MATCH);
            self.op_arg(loc, op::COPY, 1);
            self.jump(loc, op::POP_JUMP_IF_NONE, no_match);
        }
        let cleanup_end = self.new_label();
        let cleanup_body = self.new_label();
        match &handler.name {
            Some(name) => self.name_op(loc, name, Context::Store)?,
            None => self.op(loc, op::POP_TOP),
        }
        self.jump(loc, pseudo::SETUP_CLEANUP, cleanup_end);
        self.use_label(cleanup_body);
        self.push_block(loc, BlockType::HandlerCleanup(handler.name.as_ref()), Some(cleanup_body), None)?;
        self.stmts(&handler.body)?;
        self.pop_block();
        self.op(NOWHERE, pseudo::POP_BLOCK);
        if let Some(name) = &handler.name {
            self.unbind(NOWHERE, name)?;
        }
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, except);

        self.use_label(cleanup_end);
        if let Some(name) = &handler.name {
            self.unbind(NOWHERE, name)?;
        }
        // Keep what the body raised.
        self.op_arg(NOWHERE, op::LIST_APPEND, 3);
        self.op(NOWHERE, op::POP_TOP);
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, except_with_error);

        self.use_label(except);
        self.op(NOWHERE, op::NOP);
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, except_with_error);
        self.use_label(no_match);
        self.op(loc, op::POP_TOP);
        self.use_label(except_with_error);
        Ok(())
    }
}
