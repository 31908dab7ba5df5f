//! Calls.

use super::expr::at_attribute;
use super::names::AttributeLoad;
use super::{Compiler, Result, STACK_USE_GUIDELINE, common_constant, intrinsic_1, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::{Label, Location};
use crate::opcode::{op, pseudo};
use crate::symtable::symbol;

const NOWHERE: Location = Location::NONE;

impl<'a> Compiler<'a> {
    pub(super) fn call(&mut self, loc: Location, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword]) -> Result {
        self.validate_keywords(keywords)?;
        if self.method_call(loc, func, args, keywords)? {
            return Ok(());
        }
        let skip_normal_call = self.new_label();
        self.check_caller(func);
        self.expr(func)?;
        self.builtin_of_generator(func, args, keywords, skip_normal_call)?;
        self.op(func.loc, op::PUSH_NULL);
        self.call_arguments(loc, 0, args, None, keywords)?;
        self.use_label(skip_normal_call);
        Ok(())
    }

    fn validate_keywords(&self, keywords: &[Keyword]) -> Result {
        for (i, keyword) in keywords.iter().enumerate() {
            let Some(arg) = &keyword.arg else {
                continue;
            };
            let repeated = keywords[i + 1..].iter().find(|other| other.arg.as_ref() == Some(arg));
            if let Some(other) = repeated {
                return self.error(other.loc, format!("keyword argument repeated: {arg}"));
            }
        }
        Ok(())
    }

    /// Calls a method without making a bound method, if the call is that simple.
    fn method_call(&mut self, call_loc: Location, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword]) -> Result<bool> {
        let ExprKind::Attribute { value, attr, ctx: Context::Load } = &func.kind else {
            return Ok(false);
        };
        // Functions of modules are no methods.
        if let ExprKind::Name { id, .. } = &value.kind
            && self.symtable.top().symbol(id) & symbol::DEF_IMPORT != 0
        {
            return Ok(false);
        }
        if args.len() + keywords.len() + usize::from(!keywords.is_empty()) >= STACK_USE_GUIDELINE
            || args.iter().any(Expr::is_starred)
            || keywords.iter().any(|keyword| keyword.arg.is_none())
        {
            return Ok(false);
        }
        let mut loc = func.loc;
        if let Some(call) = self.super_call(value, attr) {
            self.super_arguments(value.loc, call)?;
            let load = if call.1.is_empty() { AttributeLoad::ZeroSuperMethod } else { AttributeLoad::SuperMethod };
            self.load_attribute(loc, attr, load);
            loc = at_attribute(loc, attr, func.loc);
            self.op(loc, op::NOP);
        } else {
            self.expr(value)?;
            loc = at_attribute(loc, attr, func.loc);
            self.load_attribute(loc, attr, AttributeLoad::Method);
        }
        self.exprs(args)?;
        if keywords.is_empty() {
            loc = at_attribute(call_loc, attr, func.loc);
            self.op_len(loc, op::CALL, args.len());
        } else {
            self.keyword_values(keywords)?;
            self.keyword_names(loc, keywords);
            loc = at_attribute(call_loc, attr, func.loc);
            self.op_len(loc, op::CALL_KW, args.len() + keywords.len());
        }
        Ok(true)
    }

    /// `all`, `any` and `tuple` of a generator expression loop in place, if the name still means the builtin.
    fn builtin_of_generator(&mut self, func: &'a Expr, args: &'a [Expr], keywords: &'a [Keyword], end: Label) -> Result {
        let ExprKind::Name { id, .. } = &func.kind else {
            return Ok(());
        };
        let [generator] = args else {
            return Ok(());
        };
        let ExprKind::Comp(comp) = &generator.kind else {
            return Ok(());
        };
        let is_async = self.symtable.lookup(comp.key).is_some_and(|id| self.symtable.scope(id).coroutine);
        if !keywords.is_empty() || comp.kind != CompKind::Generator || is_async {
            return Ok(());
        }
        let loc = func.loc;
        let skip_optimization = self.new_label();
        // The builtin, its result for an exhausted generator, and the jump that goes on.
        let (builtin, result) = match &**id {
            "all" => (common_constant::BUILTIN_ALL, Some(true)),
            "any" => (common_constant::BUILTIN_ANY, Some(false)),
            "tuple" => (common_constant::BUILTIN_TUPLE, None),
            _ => {
                self.use_label(skip_optimization);
                return Ok(());
            }
        };
        self.op_arg(loc, op::COPY, 1);
        self.op_arg(loc, op::LOAD_COMMON_CONSTANT, builtin);
        self.op_arg(loc, op::IS_OP, 0);
        self.jump(loc, op::POP_JUMP_IF_FALSE, skip_optimization);
        self.op(loc, op::POP_TOP);
        if result.is_none() {
            self.op_arg(loc, op::BUILD_LIST, 0);
        }
        self.expr(generator)?;
        let start = self.new_label();
        let cleanup = self.new_label();
        self.use_label(start);
        self.jump(loc, op::FOR_ITER, cleanup);
        match result {
            None => {
                self.op_arg(loc, op::LIST_APPEND, 2);
                self.jump(loc, pseudo::JUMP, start);
            }
            Some(result) => {
                self.op(loc, op::TO_BOOL);
                let go_on = if result { op::POP_JUMP_IF_TRUE } else { op::POP_JUMP_IF_FALSE };
                self.jump(loc, go_on, start);
            }
        }
        self.op(NOWHERE, op::POP_ITER);
        if let Some(result) = result {
            self.load_const(loc, Constant::Bool(!result));
        }
        self.jump(loc, pseudo::JUMP, end);
        self.use_label(cleanup);
        self.op(NOWHERE, op::END_FOR);
        self.op(NOWHERE, op::POP_ITER);
        match result {
            None => self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::LIST_TO_TUPLE),
            Some(result) => self.load_const(loc, Constant::Bool(result)),
        }
        self.jump(loc, pseudo::JUMP, end);
        self.use_label(skip_optimization);
        Ok(())
    }

    fn keyword_values(&mut self, keywords: &'a [Keyword]) -> Result {
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    /// The tuple of names that CALL_KW takes.
    fn keyword_names(&mut self, loc: Location, keywords: &[Keyword]) {
        let names = keywords.iter().filter_map(|keyword| keyword.arg.as_ref()).map(str_constant);
        self.load_const(loc, Constant::Tuple(names.collect()));
    }

    /// The arguments of a call and the call, when `pushed` arguments are on the stack already. `injected` is a variable to
    /// be passed behind the positional arguments.
    pub(super) fn call_arguments(
        &mut self,
        loc: Location,
        pushed: usize,
        args: &'a [Expr],
        injected: Option<&Name>,
        keywords: &'a [Keyword],
    ) -> Result {
        self.validate_keywords(keywords)?;
        let simple = args.len() + keywords.len() * 2 <= STACK_USE_GUIDELINE
            && !args.iter().any(Expr::is_starred)
            && keywords.iter().all(|keyword| keyword.arg.is_some());
        if simple {
            self.exprs(args)?;
            let mut count = pushed + args.len();
            if let Some(name) = injected {
                self.name_op(loc, name, Context::Load)?;
                count += 1;
            }
            if keywords.is_empty() {
                self.op_len(loc, op::CALL, count);
            } else {
                self.keyword_values(keywords)?;
                self.keyword_names(loc, keywords);
                self.op_len(loc, op::CALL_KW, count + keywords.len());
            }
            return Ok(());
        }
        match args {
            [Expr { kind: ExprKind::Starred { value, .. }, .. }] if pushed == 0 => self.expr(value)?,
            _ => self.star_tuple(loc, args, injected, pushed)?,
        }
        if keywords.is_empty() {
            self.op(loc, op::PUSH_NULL);
        } else {
            self.keyword_dict(loc, keywords)?;
        }
        self.op(loc, op::CALL_FUNCTION_EX);
        Ok(())
    }

    /// One dict of all keyword arguments.
    fn keyword_dict(&mut self, loc: Location, keywords: &'a [Keyword]) -> Result {
        let mut have_dict = false;
        let mut rest = keywords;
        while !rest.is_empty() {
            let named = rest.iter().position(|keyword| keyword.arg.is_none()).unwrap_or(rest.len());
            if named > 0 {
                self.named_keywords(loc, &rest[..named])?;
                if have_dict {
                    self.op_arg(loc, op::DICT_MERGE, 1);
                }
                have_dict = true;
            }
            if let Some(unpacked) = rest.get(named) {
                if !have_dict {
                    self.op_arg(loc, op::BUILD_MAP, 0);
                    have_dict = true;
                }
                self.expr(&unpacked.value)?;
                self.op_arg(loc, op::DICT_MERGE, 1);
            }
            rest = rest.get(named + 1..).unwrap_or_default();
        }
        Ok(())
    }

    fn named_keywords(&mut self, loc: Location, keywords: &'a [Keyword]) -> Result {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(NOWHERE, op::BUILD_MAP, 0);
        }
        for keyword in keywords {
            let name = keyword.arg.as_ref().map_or_else(|| str_constant(""), str_constant);
            self.load_const(loc, name);
            self.expr(&keyword.value)?;
            if big {
                self.op_arg(NOWHERE, op::MAP_ADD, 1);
            }
        }
        if !big {
            self.op_len(loc, op::BUILD_MAP, keywords.len());
        }
        Ok(())
    }
}
