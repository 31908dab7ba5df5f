//! `match` and its patterns (PEP 634).
//!
//! A pattern consumes the subject on top of the stack and jumps to a failure block if it does not match. Captured values
//! are kept on the stack, beneath what the pattern still needs, and stored when the whole pattern has matched.

use super::{Compiler, Result, int_constant, operators, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::{Label, Location};
use crate::opcode::{op, pseudo};

#[derive(Clone, Default)]
struct PatternContext {
    /// The names captured so far, in the order of their values on the stack.
    stores: Vec<Name>,
    /// Whether a pattern that always matches is allowed here.
    allow_irrefutable: bool,
    /// Failure blocks: jumping to block `n` pops `n` values.
    fail_pop: Vec<Label>,
    /// How many values on top of the stack must stay there.
    on_top: usize,
}

impl<'a> Compiler<'a> {
    pub(super) fn match_stmt(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Result {
        self.expr(subject)?;
        let end = self.new_label();
        let count = cases.len();
        // A last `case _` needs no test.
        let default = cases.last().filter(|case| case.pattern.is_wildcard() && count > 1);
        let tested = count - usize::from(default.is_some());
        for (i, case) in cases[..tested].iter().enumerate() {
            let loc = case.pattern.loc;
            let is_last = i + 1 == tested;
            if !is_last {
                self.op_arg(loc, op::COPY, 1);
            }
            let mut pc = PatternContext { allow_irrefutable: case.guard.is_some() || i + 1 == count, ..PatternContext::default() };
            self.pattern(&case.pattern, &mut pc)?;
            for name in &pc.stores {
                self.name_op(loc, name, Context::Store)?;
            }
            if let Some(guard) = &case.guard {
                self.ensure_fail_pop(&mut pc, 0);
                self.jump_if(guard, pc.fail_pop[0], false)?;
            }
            if !is_last {
                self.op(Location::NEXT, op::POP_TOP);
            }
            self.stmts(&case.body)?;
            self.jump(Location::NONE, pseudo::JUMP, end);
            // A failure belongs to the pattern, not to the body before it.
            self.emit_fail_pop(loc, &mut pc);
        }
        if let Some(case) = default {
            let loc = case.pattern.loc;
            self.op(loc, op::NOP);
            if let Some(guard) = &case.guard {
                self.jump_if(guard, end, false)?;
            }
            self.stmts(&case.body)?;
        }
        self.use_label(end);
        Ok(())
    }

    fn ensure_fail_pop(&mut self, pc: &mut PatternContext, pops: usize) {
        while pc.fail_pop.len() <= pops {
            let label = self.new_label();
            pc.fail_pop.push(label);
        }
    }

    fn jump_to_fail_pop(&mut self, loc: Location, pc: &mut PatternContext, opcode: impl Into<u16>) {
        let pops = pc.on_top + pc.stores.len();
        self.ensure_fail_pop(pc, pops);
        self.jump(loc, opcode, pc.fail_pop[pops]);
    }

    fn emit_fail_pop(&mut self, loc: Location, pc: &mut PatternContext) {
        let labels = std::mem::take(&mut pc.fail_pop);
        for (pops, label) in labels.into_iter().enumerate().rev() {
            self.use_label(label);
            if pops > 0 {
                self.op(loc, op::POP_TOP);
            }
        }
    }

    /// Moves the top of the stack beneath `count - 1` values.
    fn rotate(&mut self, loc: Location, count: usize) {
        for n in (2..=count).rev() {
            self.op_len(loc, op::SWAP, n);
        }
    }

    fn duplicate_store<T>(&self, loc: Location, name: &Name) -> Result<T> {
        self.error(loc, format!("multiple assignments to name '{name}' in pattern"))
    }

    fn capture(&mut self, loc: Location, name: Option<&Name>, pc: &mut PatternContext) -> Result {
        let Some(name) = name else {
            self.op(loc, op::POP_TOP);
            return Ok(());
        };
        if pc.stores.contains(name) {
            return self.duplicate_store(loc, name);
        }
        self.rotate(loc, pc.on_top + pc.stores.len() + 1);
        pc.stores.push(name.clone());
        Ok(())
    }

    fn pattern(&mut self, pattern: &'a Pattern, pc: &mut PatternContext) -> Result {
        let loc = pattern.loc;
        match &pattern.kind {
            PatternKind::Value(value) => {
                if !value.is_constant() && !matches!(value.kind, ExprKind::Attribute { .. }) {
                    return self.error(loc, "patterns may only match literals and attribute lookups");
                }
                self.expr(value)?;
                self.op_arg(loc, op::COMPARE_OP, operators::COMPARE_EQ);
                self.op(loc, op::TO_BOOL);
                self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::Singleton(value) => {
                self.load_const(loc, value.clone());
                self.op_arg(loc, op::IS_OP, 0);
                self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
                Ok(())
            }
            PatternKind::Sequence(patterns) => self.sequence_pattern(loc, patterns, pc),
            PatternKind::Mapping { keys, patterns, rest } => self.mapping_pattern(loc, keys, patterns, rest.as_ref(), pc),
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.class_pattern(loc, cls, patterns, kwd_attrs, kwd_patterns, pc)
            }
            PatternKind::Star(name) => self.capture(loc, name.as_ref(), pc),
            PatternKind::As { pattern, name } => {
                let Some(inner) = pattern else {
                    if !pc.allow_irrefutable {
                        return match name {
                            Some(name) => self.error(loc, format!("name capture '{name}' makes remaining patterns unreachable")),
                            None => self.error(loc, "wildcard makes remaining patterns unreachable"),
                        };
                    }
                    return self.capture(loc, name.as_ref(), pc);
                };
                pc.on_top += 1;
                self.op_arg(loc, op::COPY, 1);
                self.pattern(inner, pc)?;
                pc.on_top -= 1;
                self.capture(loc, name.as_ref(), pc)
            }
            PatternKind::Or(patterns) => self.or_pattern(loc, patterns, pc),
        }
    }

    /// A pattern within another, where anything may match.
    fn subpattern(&mut self, pattern: &'a Pattern, pc: &mut PatternContext) -> Result {
        let allow_irrefutable = std::mem::replace(&mut pc.allow_irrefutable, true);
        self.pattern(pattern, pc)?;
        pc.allow_irrefutable = allow_irrefutable;
        Ok(())
    }

    fn sequence_pattern(&mut self, loc: Location, patterns: &'a [Pattern], pc: &mut PatternContext) -> Result {
        let size = patterns.len();
        let mut star = None;
        let mut only_wildcard = true;
        let mut star_wildcard = false;
        for (i, pattern) in patterns.iter().enumerate() {
            if matches!(pattern.kind, PatternKind::Star(_)) {
                if star.is_some() {
                    return self.error(loc, "multiple starred names in sequence pattern");
                }
                star_wildcard = pattern.is_star_wildcard();
                only_wildcard &= star_wildcard;
                star = Some(i);
            } else {
                only_wildcard &= pattern.is_wildcard();
            }
        }
        pc.on_top += 1;
        self.op(loc, op::MATCH_SEQUENCE);
        self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
        let length = match star {
            None => Some((size, operators::COMPARE_EQ)),
            Some(_) if size > 1 => Some((size - 1, operators::COMPARE_GE)),
            Some(_) => None,
        };
        if let Some((length, compare)) = length {
            self.op(loc, op::GET_LEN);
            self.load_const(loc, int_constant(length));
            self.op_arg(loc, op::COMPARE_OP, compare);
            self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
        }
        pc.on_top -= 1;
        match star {
            _ if only_wildcard => {
                self.op(loc, op::POP_TOP);
                Ok(())
            }
            Some(star) if star_wildcard => self.sequence_by_index(loc, patterns, star, pc),
            _ => self.sequence_by_unpacking(loc, patterns, pc),
        }
    }

    fn sequence_by_unpacking(&mut self, loc: Location, patterns: &'a [Pattern], pc: &mut PatternContext) -> Result {
        let size = patterns.len();
        let star = patterns.iter().position(|pattern| matches!(pattern.kind, PatternKind::Star(_)));
        match star {
            Some(i) => {
                let after = size - i - 1;
                if i >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
                    return self.error(loc, "too many expressions in star-unpacking sequence pattern");
                }
                self.op_len(loc, op::UNPACK_EX, i + (after << 8));
            }
            None => self.op_len(loc, op::UNPACK_SEQUENCE, size),
        }
        pc.on_top += size;
        for pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        Ok(())
    }

    /// For `[first, *_, last]` and the like.
    fn sequence_by_index(&mut self, loc: Location, patterns: &'a [Pattern], star: usize, pc: &mut PatternContext) -> Result {
        pc.on_top += 1;
        for (i, pattern) in patterns.iter().enumerate() {
            if pattern.is_wildcard() || i == star {
                continue;
            }
            self.op_arg(loc, op::COPY, 1);
            if i < star {
                self.load_const(loc, int_constant(i));
            } else {
                // The subject may not know negative indexes.
                self.op(loc, op::GET_LEN);
                self.load_const(loc, int_constant(patterns.len() - i));
                self.op_arg(loc, op::BINARY_OP, operators::binary(Operator::Sub, false));
            }
            self.op_arg(loc, op::BINARY_OP, operators::SUBSCR);
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 1;
        self.op(loc, op::POP_TOP);
        Ok(())
    }

    fn class_pattern(
        &mut self,
        loc: Location,
        cls: &'a Expr,
        patterns: &'a [Pattern],
        kwd_attrs: &'a [Name],
        kwd_patterns: &'a [Pattern],
        pc: &mut PatternContext,
    ) -> Result {
        for (i, attr) in kwd_attrs.iter().enumerate() {
            if let Some(j) = kwd_attrs[i + 1..].iter().position(|other| other == attr) {
                return self.error(kwd_patterns[i + 1 + j].loc, format!("attribute name repeated in class pattern: {attr}"));
            }
        }
        self.expr(cls)?;
        let names = kwd_attrs.iter().map(str_constant);
        self.load_const(loc, Constant::Tuple(names.collect()));
        self.op_len(loc, op::MATCH_CLASS, patterns.len());
        self.op_arg(loc, op::COPY, 1);
        self.load_none(loc);
        self.op_arg(loc, op::IS_OP, 1);
        pc.on_top += 1;
        self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
        let count = patterns.len() + kwd_patterns.len();
        self.op_len(loc, op::UNPACK_SEQUENCE, count);
        pc.on_top += count;
        pc.on_top -= 1;
        for pattern in patterns.iter().chain(kwd_patterns) {
            pc.on_top -= 1;
            if pattern.is_wildcard() {
                self.op(loc, op::POP_TOP);
            } else {
                self.subpattern(pattern, pc)?;
            }
        }
        Ok(())
    }

    fn mapping_pattern(
        &mut self,
        loc: Location,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<&Name>,
        pc: &mut PatternContext,
    ) -> Result {
        let size = keys.len();
        pc.on_top += 1;
        self.op(loc, op::MATCH_MAPPING);
        self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
        if size == 0 && rest.is_none() {
            pc.on_top -= 1;
            self.op(loc, op::POP_TOP);
            return Ok(());
        }
        if size > 0 {
            self.op(loc, op::GET_LEN);
            self.load_const(loc, int_constant(size));
            self.op_arg(loc, op::COMPARE_OP, operators::COMPARE_GE);
            self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
        }
        let mut seen: Vec<&Constant> = Vec::new();
        for key in keys {
            if let Some(value) = key.constant() {
                if seen.iter().any(|&other| super::checks::equal_keys(other, value)) {
                    return self.error(loc, format!("mapping pattern checks duplicate key ({})", crate::unparse::constant_repr(value)));
                }
                seen.push(value);
            } else if !matches!(key.kind, ExprKind::Attribute { .. }) {
                return self.error(loc, "mapping pattern keys may only match literals and attribute lookups");
            }
            self.expr(key)?;
        }
        self.op_len(loc, op::BUILD_TUPLE, size);
        self.op(loc, op::MATCH_KEYS);
        // The keys and the values are above the subject now.
        pc.on_top += 2;
        self.op_arg(loc, op::COPY, 1);
        self.load_none(loc);
        self.op_arg(loc, op::IS_OP, 1);
        self.jump_to_fail_pop(loc, pc, op::POP_JUMP_IF_FALSE);
        self.op_len(loc, op::UNPACK_SEQUENCE, size);
        pc.on_top += size;
        pc.on_top -= 1;
        for pattern in patterns {
            pc.on_top -= 1;
            self.subpattern(pattern, pc)?;
        }
        pc.on_top -= 2;
        let Some(rest) = rest else {
            self.op(loc, op::POP_TOP);
            self.op(loc, op::POP_TOP);
            return Ok(());
        };
        // rest = dict(subject); for key in keys: del rest[key]
        self.op_arg(loc, op::BUILD_MAP, 0);
        self.op_arg(loc, op::SWAP, 3);
        self.op_arg(loc, op::DICT_UPDATE, 2);
        self.op_len(loc, op::UNPACK_SEQUENCE, size);
        for left in (1..=size).rev() {
            self.op_len(loc, op::COPY, 1 + left);
            self.op_arg(loc, op::SWAP, 2);
            self.op(loc, op::DELETE_SUBSCR);
        }
        self.capture(loc, Some(rest), pc)
    }

    fn or_pattern(&mut self, loc: Location, patterns: &'a [Pattern], pc: &mut PatternContext) -> Result {
        let end = self.new_label();
        let old = pc.clone();
        // The captures of the first alternative; all others must have the same, and are brought into its order.
        let mut control: Option<Vec<Name>> = None;
        for (i, alternative) in patterns.iter().enumerate() {
            let alt_loc = alternative.loc;
            *pc = PatternContext { allow_irrefutable: i + 1 == patterns.len() && old.allow_irrefutable, ..PatternContext::default() };
            self.op_arg(alt_loc, op::COPY, 1);
            self.pattern(alternative, pc)?;
            match &control {
                None => control = Some(pc.stores.clone()),
                Some(control) => {
                    if control.len() != pc.stores.len() {
                        return self.error(loc, "alternative patterns bind different names");
                    }
                    for wanted in (0..control.len()).rev() {
                        let name = &control[wanted];
                        let Some(at) = pc.stores.iter().position(|store| store == name) else {
                            return self.error(loc, "alternative patterns bind different names");
                        };
                        if wanted != at {
                            let rotations = at + 1;
                            let rotated: Vec<Name> = pc.stores.drain(..rotations).collect();
                            pc.stores.splice(wanted - at..wanted - at, rotated);
                            for _ in 0..rotations {
                                self.rotate(alt_loc, wanted + 1);
                            }
                        }
                    }
                }
            }
            self.jump(alt_loc, pseudo::JUMP, end);
            self.emit_fail_pop(alt_loc, pc);
        }
        *pc = old;
        self.op(loc, op::POP_TOP);
        self.jump_to_fail_pop(loc, pc, pseudo::JUMP);
        self.use_label(end);
        let control = control.unwrap_or_default();
        let rotations = control.len() + 1 + pc.on_top + pc.stores.len();
        for name in control {
            self.rotate(loc, rotations);
            if pc.stores.contains(&name) {
                return self.duplicate_store(loc, &name);
            }
            pc.stores.push(name);
        }
        self.op(loc, op::POP_TOP);
        Ok(())
    }
}
