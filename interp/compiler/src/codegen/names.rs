//! Names: which instruction reads, binds or deletes one.

use super::{Compiler, Result};
use crate::ast::{Context, Name};
use crate::error::CompileError;
use crate::instruction::Location;
use crate::name_table::NameTable;
use crate::opcode::op;
use crate::symtable::{BlockKind, Scope, SymbolScope, symbol};

/// The sorted names of a scope that are cells or free.
pub fn by_type(scope: &Scope, wanted: SymbolScope) -> NameTable {
    let flag = match wanted {
        SymbolScope::Cell => symbol::DEF_COMP_CELL,
        _ => symbol::DEF_FREE_CLASS,
    };
    let mut names: Vec<&Name> =
        scope.symbols.iter().filter(|(_, flags)| SymbolScope::of(**flags) == wanted || **flags & flag != 0).map(|(name, _)| name).collect();
    names.sort();
    names.into_iter().collect()
}

/// How an attribute name is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeLoad {
    Attribute,
    Method,
    /// Of `super(a, b)`.
    SuperAttribute,
    SuperMethod,
    /// Of `super()`.
    ZeroSuperAttribute,
    ZeroSuperMethod,
}

/// The kind of instruction a name takes.
enum NameOp {
    Fast,
    Global,
    Deref,
    Name,
}

impl<'a> Compiler<'a> {
    pub(super) fn maybe_mangle(&self, name: &Name) -> Name {
        self.scope().maybe_mangle(self.unit_ref().private.as_ref(), name)
    }

    /// An instruction with a mangled name of `co_names`.
    pub(super) fn op_name(&mut self, loc: Location, opcode: u8, name: &Name) {
        let mangled = self.maybe_mangle(name);
        let arg = self.unit().names.add(&mangled) as u32;
        self.op_arg(loc, opcode, arg);
    }

    /// LOAD_ATTR or LOAD_SUPER_ATTR.
    pub(super) fn load_attribute(&mut self, loc: Location, name: &Name, load: AttributeLoad) {
        let mangled = self.maybe_mangle(name);
        let arg = self.unit().names.add(&mangled) as u32;
        let (opcode, arg) = match load {
            AttributeLoad::Attribute => (op::LOAD_ATTR, arg << 1),
            AttributeLoad::Method => (op::LOAD_ATTR, arg << 1 | 1),
            AttributeLoad::SuperAttribute => (op::LOAD_SUPER_ATTR, arg << 2 | 2),
            AttributeLoad::SuperMethod => (op::LOAD_SUPER_ATTR, arg << 2 | 3),
            AttributeLoad::ZeroSuperAttribute => (op::LOAD_SUPER_ATTR, arg << 2),
            AttributeLoad::ZeroSuperMethod => (op::LOAD_SUPER_ATTR, arg << 2 | 1),
        };
        self.op_arg(loc, opcode, arg);
    }

    /// An instruction with a fast local, not mangled.
    pub(super) fn op_varname(&mut self, loc: Location, opcode: impl Into<u16>, name: &Name) {
        let arg = self.unit().varnames.add(name) as u32;
        self.op_arg(loc, opcode, arg);
    }

    pub(super) fn cell_index(&mut self, name: &Name) -> u32 {
        self.unit().cellvars.add(name) as u32
    }

    pub(super) fn free_index(&mut self, name: &Name) -> u32 {
        let unit = self.unit();
        (unit.freevars.add(name) + unit.first_free) as u32
    }

    /// The operand of LOAD_CLOSURE for a variable that a nested function closes over.
    pub(super) fn closure_arg(&mut self, name: &Name) -> Result<u32> {
        let unit = self.unit_ref();
        let implicit =
            unit.scope_type == super::ScopeType::Class && matches!(&**name, "__class__" | "__classdict__" | "__conditional_annotations__");
        let scope = self.scope().scope_of(name);
        let found = if implicit || scope == SymbolScope::Cell {
            unit.cellvars.place_of(name)
        } else {
            unit.freevars.place_of(name).map(|index| index + unit.first_free)
        };
        found
            .map(|index| index as u32)
            .ok_or_else(|| CompileError::internal(format!("no variable {name:?} to close over in {}", unit.name)))
    }

    /// Reads, binds or deletes a name.
    pub(super) fn name_op(&mut self, loc: Location, name: &Name, ctx: Context) -> Result {
        let mangled = self.maybe_mangle(name);
        let scope = self.scope().scope_of(&mangled);
        let function_like = self.scope().is_function_like();
        let kind = self.scope().kind;
        let sees_class = self.scope().can_see_class_scope;
        let in_inlined = self.unit_ref().in_inlined_comp > 0;
        let name_op = match scope {
            SymbolScope::Free | SymbolScope::Cell => NameOp::Deref,
            SymbolScope::Local if function_like => NameOp::Fast,
            SymbolScope::Local => match self.unit_ref().fast_hidden.get(&mangled) {
                Some(true) => NameOp::Fast,
                _ => NameOp::Name,
            },
            SymbolScope::GlobalImplicit if function_like => NameOp::Global,
            SymbolScope::GlobalExplicit => NameOp::Global,
            SymbolScope::GlobalImplicit | SymbolScope::Unknown => NameOp::Name,
        };
        match name_op {
            NameOp::Fast => {
                let opcode = match ctx {
                    Context::Load => op::LOAD_FAST,
                    Context::Store => op::STORE_FAST,
                    Context::Del => op::DELETE_FAST,
                };
                self.op_varname(loc, opcode, &mangled);
            }
            NameOp::Deref => {
                let arg = if scope == SymbolScope::Free { self.free_index(&mangled) } else { self.cell_index(&mangled) };
                let opcode = match ctx {
                    Context::Load if kind == BlockKind::Class && !in_inlined => {
                        self.op(loc, op::LOAD_LOCALS);
                        op::LOAD_FROM_DICT_OR_DEREF
                    }
                    Context::Load if sees_class => {
                        self.load_classdict(loc);
                        op::LOAD_FROM_DICT_OR_DEREF
                    }
                    Context::Load => op::LOAD_DEREF,
                    Context::Store => op::STORE_DEREF,
                    Context::Del => op::DELETE_DEREF,
                };
                self.op_arg(loc, opcode, arg);
            }
            NameOp::Global => {
                let arg = self.unit().names.add(&mangled) as u32;
                match ctx {
                    Context::Load if sees_class && scope == SymbolScope::GlobalImplicit => {
                        self.load_classdict(loc);
                        self.op_arg(loc, op::LOAD_FROM_DICT_OR_GLOBALS, arg);
                    }
                    Context::Load => self.op_arg(loc, op::LOAD_GLOBAL, arg << 1),
                    Context::Store => self.op_arg(loc, op::STORE_GLOBAL, arg),
                    Context::Del => self.op_arg(loc, op::DELETE_GLOBAL, arg),
                }
            }
            NameOp::Name => {
                let arg = self.unit().names.add(&mangled) as u32;
                match ctx {
                    Context::Load if kind == BlockKind::Class && in_inlined => {
                        self.op_arg(loc, op::LOAD_GLOBAL, arg << 1);
                    }
                    Context::Load => self.op_arg(loc, op::LOAD_NAME, arg),
                    Context::Store => self.op_arg(loc, op::STORE_NAME, arg),
                    Context::Del => self.op_arg(loc, op::DELETE_NAME, arg),
                }
            }
        }
        Ok(())
    }

    fn load_classdict(&mut self, loc: Location) {
        let arg = self.free_index(&"__classdict__".into());
        self.op_arg(loc, op::LOAD_DEREF, arg);
    }

    /// Notes `self.attr = ...` for the `__static_attributes__` of the innermost class around the function.
    pub(super) fn note_static_attribute(&mut self, value: &crate::ast::Expr, attr: &Name) {
        let crate::ast::ExprKind::Name { id, .. } = &value.kind else {
            return;
        };
        if &**id != "self" {
            return;
        }
        let outer = self.units.len() - 1;
        let class = self.units[..outer].iter_mut().rev().find(|unit| unit.scope_type == super::ScopeType::Class);
        if let Some(class) = class {
            class.static_attributes.insert(attr.clone());
        }
    }
}
