//! Comprehensions, inlined into the enclosing code (PEP 709), and generator expressions.
//!
//! An inlined comprehension saves the outer values of its variables on the stack and restores them behind it, also when
//! it raises. While it is generated, the symbol table's entry of the unit has the comprehension's view of those names.

use super::frame_blocks::BlockType;
use super::{ArgCounts, Compiler, Result, ScopeType};
use crate::ast::*;
use crate::instruction::{Label, Location};
use crate::opcode::{op, pseudo};
use crate::symtable::{BlockKind, ScopeId, SymbolScope, symbol};

const NOWHERE: Location = Location::NONE;

/// What is to be undone behind an inlined comprehension.
#[derive(Default)]
struct Inlined {
    pushed_locals: Vec<Name>,
    /// The handler that restores the locals.
    cleanup: Option<Label>,
    /// Symbols of the unit as they were.
    outer_symbols: Vec<(Name, Option<u32>)>,
    /// Names that have been made fast locals of a class or module.
    fast_hidden: Vec<Name>,
}

impl<'a> Compiler<'a> {
    pub(super) fn comprehension(&mut self, loc: Location, comp: &'a Comp) -> Result {
        let Some(scope) = self.symtable.lookup(comp.key) else {
            return Err(crate::error::CompileError::internal("no symbol table entry for a comprehension"));
        };
        let outermost = &comp.generators[0];
        let is_async = self.symtable.scope(scope).coroutine;
        if self.symtable.scope(scope).comp_inlined {
            self.outermost_iterator(outermost)?;
            let mut inlined = self.enter_inlined(loc, scope)?;
            self.build_collection(loc, comp.kind);
            self.op_arg(loc, op::SWAP, 2);
            self.generators(loc, comp, 0, 0, true)?;
            self.leave_inlined(loc, &mut inlined);
            return Ok(());
        }
        let name = self.symtable.scope(scope).name.clone();
        self.enter_scope(name, ScopeType::Comprehension, comp.key, loc.line, None, ArgCounts { args: 1, ..ArgCounts::default() })?;
        let is_generator = comp.kind == CompKind::Generator;
        if !is_generator {
            self.build_collection(loc, comp.kind);
        }
        self.generators(loc, comp, 0, 0, false)?;
        if is_generator {
            self.wrap_in_stopiteration_handler();
        } else {
            self.op(loc, op::RETURN_VALUE);
        }
        let code = self.finish_unit(true)?;
        self.make_closure(loc, code, 0)?;
        self.outermost_iterator(outermost)?;
        self.op_arg(loc, op::CALL, 0);
        if is_async && !is_generator {
            self.op_arg(loc, op::GET_AWAITABLE, 0);
            self.load_none(loc);
            self.yield_from(loc, true);
        }
        Ok(())
    }

    fn outermost_iterator(&mut self, generator: &'a Comprehension) -> Result {
        self.expr(&generator.iter)?;
        let opcode = if generator.is_async { op::GET_AITER } else { op::GET_ITER };
        self.op(generator.iter.loc, opcode);
        Ok(())
    }

    fn build_collection(&mut self, loc: Location, kind: CompKind) {
        let opcode = match kind {
            CompKind::List => op::BUILD_LIST,
            CompKind::Set => op::BUILD_SET,
            _ => op::BUILD_MAP,
        };
        self.op_arg(loc, opcode, 0);
    }

    /// The loop of generator `index` and all within it; `depth` iterators are on the stack above the collection.
    fn generators(&mut self, loc: Location, comp: &'a Comp, index: usize, depth: u32, iter_on_stack: bool) -> Result {
        if comp.generators[index].is_async {
            self.async_generator(loc, comp, index, depth, iter_on_stack)
        } else {
            self.sync_generator(loc, comp, index, depth, iter_on_stack)
        }
    }

    fn sync_generator(&mut self, loc: Location, comp: &'a Comp, index: usize, mut depth: u32, iter_on_stack: bool) -> Result {
        let start = self.new_label();
        let if_cleanup = self.new_label();
        let anchor = self.new_label();
        let generator = &comp.generators[index];
        let iter_loc = generator.iter.loc;
        let mut is_loop = true;
        if index > 0 {
            // `for y in [f(x)]` is an assignment.
            let single = match &generator.iter.kind {
                ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => match &elts[..] {
                    [elt] if !elt.is_starred() => Some(elt),
                    _ => None,
                },
                _ => None,
            };
            if let Some(elt) = single {
                self.expr(elt)?;
                is_loop = false;
            } else {
                self.expr(&generator.iter)?;
                self.op(iter_loc, op::GET_ITER);
            }
        } else if !iter_on_stack {
            self.op_arg(loc, op::LOAD_FAST, 0);
        }
        if is_loop {
            depth += 1;
            self.use_label(start);
            self.jump(iter_loc, op::FOR_ITER, anchor);
        }
        self.expr(&generator.target)?;
        for condition in &generator.ifs {
            self.jump_if(condition, if_cleanup, false)?;
        }
        let elt_loc = self.element(loc, comp, index, depth)?;
        self.use_label(if_cleanup);
        if is_loop {
            self.jump(elt_loc, pseudo::JUMP, start);
            self.use_label(anchor);
            self.op(NOWHERE, op::END_FOR);
            self.op(NOWHERE, op::POP_ITER);
        }
        Ok(())
    }

    fn async_generator(&mut self, loc: Location, comp: &'a Comp, index: usize, depth: u32, iter_on_stack: bool) -> Result {
        let start = self.new_label();
        let send = self.new_label();
        let except = self.new_label();
        let if_cleanup = self.new_label();
        let generator = &comp.generators[index];
        if index > 0 {
            self.expr(&generator.iter)?;
            self.op(generator.iter.loc, op::GET_AITER);
        } else if !iter_on_stack {
            self.op_arg(loc, op::LOAD_FAST, 0);
        }
        self.use_label(start);
        self.push_block(loc, BlockType::AsyncComprehensionGenerator, Some(start), None)?;
        self.jump(loc, pseudo::SETUP_FINALLY, except);
        self.op(loc, op::GET_ANEXT);
        self.load_none(loc);
        self.use_label(send);
        self.yield_from(loc, true);
        self.op(loc, pseudo::POP_BLOCK);
        self.expr(&generator.target)?;
        for condition in &generator.ifs {
            self.jump_if(condition, if_cleanup, false)?;
        }
        let elt_loc = self.element(loc, comp, index, depth + 1)?;
        self.use_label(if_cleanup);
        self.jump(elt_loc, pseudo::JUMP, start);
        self.pop_block();
        self.use_label(except);
        self.jump(loc, op::END_ASYNC_FOR, send);
        Ok(())
    }

    /// The next inner loop, or behind the last one the element. Returns the element's location.
    fn element(&mut self, loc: Location, comp: &'a Comp, index: usize, depth: u32) -> Result<Location> {
        let mut elt_loc = comp.elt.loc;
        if index + 1 < comp.generators.len() {
            self.generators(loc, comp, index + 1, depth, false)?;
            return Ok(elt_loc);
        }
        self.expr(&comp.elt)?;
        match comp.kind {
            CompKind::Generator => {
                self.yield_value(elt_loc);
                self.op(elt_loc, op::POP_TOP);
            }
            CompKind::List => self.op_arg(elt_loc, op::LIST_APPEND, depth + 1),
            CompKind::Set => self.op_arg(elt_loc, op::SET_ADD, depth + 1),
            CompKind::Dict => {
                if let Some(value) = &comp.value {
                    self.expr(value)?;
                    elt_loc.end_line = value.loc.end_line;
                    elt_loc.end_col = value.loc.end_col;
                }
                self.op_arg(elt_loc, op::MAP_ADD, depth + 1);
            }
        }
        Ok(elt_loc)
    }

    fn enter_inlined(&mut self, loc: Location, comp: ScopeId) -> Result<Inlined> {
        let mut state = Inlined::default();
        let scope = self.unit_ref().scope;
        let function_like = self.scope().is_function_like();
        let in_class = self.scope().kind == BlockKind::Class && self.unit_ref().in_inlined_comp == 0;
        self.unit().in_inlined_comp += 1;
        let symbols: Vec<(Name, u32)> = self.symtable.scope(comp).symbols.iter().map(|(name, flags)| (name.clone(), *flags)).collect();
        let is_local = |flags: u32| flags & symbol::DEF_LOCAL != 0 && flags & symbol::DEF_NONLOCAL == 0;
        for (name, flags) in &symbols {
            let inner = SymbolScope::of(*flags);
            let outer_flags = self.scope().symbols.get(name).copied();
            let outer = SymbolScope::of(outer_flags.unwrap_or(0));
            let differs = inner != outer && inner != SymbolScope::Free && !(inner == SymbolScope::Cell && outer == SymbolScope::Free);
            if differs || in_class {
                self.symtable.scope_mut(scope).symbols.insert(name.clone(), *flags);
                state.outer_symbols.push((name.clone(), outer_flags));
            }
            if (is_local(*flags) || in_class) && !function_like {
                let hidden = self.unit().fast_hidden.entry(name.clone()).or_insert(false);
                if !*hidden {
                    *hidden = true;
                    state.fast_hidden.push(name.clone());
                }
            }
        }
        for (name, flags) in &symbols {
            if !is_local(*flags) {
                continue;
            }
            // For a cell this pushes the cell itself, and the comprehension gets a new one.
            let mangled = self.maybe_mangle(name);
            self.op_varname(loc, op::LOAD_FAST_AND_CLEAR, &mangled);
            if SymbolScope::of(*flags) == SymbolScope::Cell {
                let outer = SymbolScope::of(self.scope().symbol(name));
                let arg = if outer == SymbolScope::Free { self.free_index(&mangled) } else { self.cell_index(&mangled) };
                self.op_arg(loc, op::MAKE_CELL, arg);
            }
            state.pushed_locals.push(name.clone());
        }
        if !state.pushed_locals.is_empty() {
            // Bring the iterator back to the top.
            self.op_len(loc, op::SWAP, state.pushed_locals.len() + 1);
            let cleanup = self.new_label();
            state.cleanup = Some(cleanup);
            self.jump(loc, pseudo::SETUP_FINALLY, cleanup);
            self.push_block(loc, BlockType::InlinedComprehension, Some(cleanup), None)?;
        }
        Ok(state)
    }

    fn leave_inlined(&mut self, loc: Location, state: &mut Inlined) {
        if let Some(cleanup) = state.cleanup {
            self.pop_block();
            self.op(NOWHERE, pseudo::POP_BLOCK);
            let end = self.new_label();
            self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);
            self.use_label(cleanup);
            // The incomplete result is beneath the exception.
            self.op_arg(NOWHERE, op::SWAP, 2);
            self.op(NOWHERE, op::POP_TOP);
            self.restore_locals(loc, &state.pushed_locals);
            self.op_arg(NOWHERE, op::RERAISE, 0);
            self.use_label(end);
            self.restore_locals(loc, &state.pushed_locals);
        }
        self.unit().in_inlined_comp -= 1;
        let scope = self.unit_ref().scope;
        for (name, flags) in state.outer_symbols.drain(..) {
            // CPython has 0 for names that were not there, which is the same.
            let symbols = &mut self.symtable.scope_mut(scope).symbols;
            symbols.insert(name, flags.unwrap_or(0));
        }
        for name in state.fast_hidden.drain(..) {
            self.unit().fast_hidden.insert(name, false);
        }
    }

    fn restore_locals(&mut self, loc: Location, locals: &[Name]) {
        self.op_len(loc, op::SWAP, locals.len() + 1);
        for name in locals.iter().rev() {
            let mangled = self.maybe_mangle(name);
            self.op_varname(loc, pseudo::STORE_FAST_MAYBE_NULL, &mangled);
        }
    }
}
