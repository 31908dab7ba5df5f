//! Displays of lists, tuples, sets and dicts, and unpacking into targets.

use super::{Compiler, Result, STACK_USE_GUIDELINE, intrinsic_1};
use crate::ast::*;
use crate::instruction::Location;
use crate::opcode::op;

/// The instructions that build one kind of collection.
struct Build {
    build: u8,
    add: u8,
    extend: u8,
    /// Build a list, and a tuple of it.
    tuple: bool,
}

const LIST: Build = Build { build: op::BUILD_LIST, add: op::LIST_APPEND, extend: op::LIST_EXTEND, tuple: false };

const TUPLE: Build = Build { tuple: true, ..LIST };

const SET: Build = Build { build: op::BUILD_SET, add: op::SET_ADD, extend: op::SET_UPDATE, tuple: false };

impl<'a> Compiler<'a> {
    pub(super) fn list(&mut self, loc: Location, elts: &'a [Expr]) -> Result {
        self.star_unpack(loc, elts, None, 0, &LIST)
    }

    pub(super) fn tuple(&mut self, loc: Location, elts: &'a [Expr]) -> Result {
        self.star_unpack(loc, elts, None, 0, &TUPLE)
    }

    pub(super) fn set(&mut self, loc: Location, elts: &'a [Expr]) -> Result {
        self.star_unpack(loc, elts, None, 0, &SET)
    }

    /// A tuple of what is `pushed` already, the elements, and the variable `injected`.
    pub(super) fn star_tuple(&mut self, loc: Location, elts: &'a [Expr], injected: Option<&Name>, pushed: usize) -> Result {
        self.star_unpack(loc, elts, injected, pushed, &TUPLE)
    }

    fn star_unpack(&mut self, loc: Location, elts: &'a [Expr], injected: Option<&Name>, pushed: usize, how: &Build) -> Result {
        let count = elts.len() + pushed + usize::from(injected.is_some());
        let big = count > STACK_USE_GUIDELINE;
        if !big && !elts.iter().any(Expr::is_starred) {
            self.exprs(elts)?;
            if let Some(name) = injected {
                self.name_op(loc, name, Context::Load)?;
            }
            let build = if how.tuple { op::BUILD_TUPLE } else { how.build };
            self.op_len(loc, build, count);
            return Ok(());
        }
        let mut built = false;
        if big {
            self.op_len(loc, how.build, pushed);
            built = true;
        }
        for (i, elt) in elts.iter().enumerate() {
            if let ExprKind::Starred { value, .. } = &elt.kind {
                if !built {
                    self.op_len(loc, how.build, i + pushed);
                    built = true;
                }
                self.expr(value)?;
                self.op_arg(loc, how.extend, 1);
            } else {
                self.expr(elt)?;
                if built {
                    self.op_arg(loc, how.add, 1);
                }
            }
        }
        if let Some(name) = injected {
            self.name_op(loc, name, Context::Load)?;
            self.op_arg(loc, how.add, 1);
        }
        if how.tuple {
            self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::LIST_TO_TUPLE);
        }
        Ok(())
    }

    /// Assigns the elements of what is on the stack.
    pub(super) fn unpack_targets(&mut self, loc: Location, elts: &'a [Expr]) -> Result {
        let mut seen_star = false;
        for (i, elt) in elts.iter().enumerate() {
            if !elt.is_starred() {
                continue;
            }
            if seen_star {
                return self.error(loc, "multiple starred expressions in assignment");
            }
            let after = elts.len() - i - 1;
            if i >= 1 << 8 || after >= (i32::MAX >> 8) as usize {
                return self.error(loc, "too many expressions in star-unpacking assignment");
            }
            self.op_len(loc, op::UNPACK_EX, i + (after << 8));
            seen_star = true;
        }
        if !seen_star {
            self.op_len(loc, op::UNPACK_SEQUENCE, elts.len());
        }
        for elt in elts {
            match &elt.kind {
                ExprKind::Starred { value, .. } => self.expr(value)?,
                _ => self.expr(elt)?,
            }
        }
        Ok(())
    }

    pub(super) fn dict(&mut self, loc: Location, keys: &'a [Option<Expr>], values: &'a [Expr]) -> Result {
        let mut have_dict = false;
        let mut elements = 0;
        for i in 0..values.len() {
            if keys[i].is_none() {
                if elements > 0 {
                    self.sub_dict(loc, &keys[i - elements..i], &values[i - elements..i])?;
                    if have_dict {
                        self.op_arg(loc, op::DICT_UPDATE, 1);
                    }
                    have_dict = true;
                    elements = 0;
                }
                if !have_dict {
                    self.op_arg(loc, op::BUILD_MAP, 0);
                    have_dict = true;
                }
                self.expr(&values[i])?;
                self.op_arg(loc, op::DICT_UPDATE, 1);
            } else if elements * 2 > STACK_USE_GUIDELINE {
                self.sub_dict(loc, &keys[i - elements..=i], &values[i - elements..=i])?;
                if have_dict {
                    self.op_arg(loc, op::DICT_UPDATE, 1);
                }
                have_dict = true;
                elements = 0;
            } else {
                elements += 1;
            }
        }
        if elements > 0 {
            let from = values.len() - elements;
            self.sub_dict(loc, &keys[from..], &values[from..])?;
            if have_dict {
                self.op_arg(loc, op::DICT_UPDATE, 1);
            }
            have_dict = true;
        }
        if !have_dict {
            self.op_arg(loc, op::BUILD_MAP, 0);
        }
        Ok(())
    }

    /// A dict of items that are not unpacked.
    fn sub_dict(&mut self, loc: Location, keys: &'a [Option<Expr>], values: &'a [Expr]) -> Result {
        let big = values.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(loc, op::BUILD_MAP, 0);
        }
        for (key, value) in keys.iter().zip(values) {
            if let Some(key) = key {
                self.expr(key)?;
            }
            self.expr(value)?;
            if big {
                self.op_arg(loc, op::MAP_ADD, 1);
            }
        }
        if !big {
            self.op_len(loc, op::BUILD_MAP, values.len());
        }
        Ok(())
    }
}
