//! The second pass: decides for each name of each block where it lives.
//!
//! A block gets the names bound in enclosing functions and the declared globals, and returns the names its children and
//! itself use without binding them. Children that are comprehensions are inlined: their names become the block's.

use super::*;
use indexmap::IndexSet;
use symbol::*;

type Set = HashSet<Name>;
/// Sets whose order shows in the result.
type FreeSet = IndexSet<Name>;
type Scopes = IndexMap<Name, SymbolScope>;

/// Analyses all blocks.
pub fn analyze(table: &mut Symtable) -> Result<(), CompileError> {
    let mut analysis = Analysis { table };
    analysis.block(ScopeId(0), None, &mut FreeSet::new(), &mut Set::new(), &mut Set::new(), None)
}

struct Analysis<'a> {
    table: &'a mut Symtable,
}

impl Analysis<'_> {
    fn block(
        &mut self,
        id: ScopeId,
        mut bound: Option<&mut Set>,
        free: &mut FreeSet,
        global: &mut Set,
        type_params: &mut Set,
        class_entry: Option<ScopeId>,
    ) -> Result<(), CompileError> {
        let kind = self.table.scope(id).kind;
        let function_like = self.table.scope(id).is_function_like();
        let mut local = Set::new();
        let mut scopes = Scopes::new();
        let mut newfree = FreeSet::new();
        let mut newglobal = Set::new();
        let mut newbound = Set::new();
        let mut inlined_cells = Set::new();

        // A class's names are not visible in nested functions.
        if kind == BlockKind::Class {
            newglobal.extend(global.iter().cloned());
            if let Some(bound) = &bound {
                newbound.extend(bound.iter().cloned());
            }
        }
        let symbols: Vec<(Name, u32)> = self.table.scope(id).symbols.iter().map(|(name, flags)| (name.clone(), *flags)).collect();
        for (name, flags) in symbols {
            let scope = self.name(id, &name, flags, bound.as_deref_mut(), &mut local, free, global, type_params, class_entry)?;
            scopes.insert(name, scope);
        }
        if kind == BlockKind::Class {
            for name in ["__class__", "__classdict__", "__conditional_annotations__"] {
                newbound.insert(name.into());
            }
        } else {
            if function_like {
                newbound.extend(local.iter().cloned());
            }
            if let Some(bound) = &bound {
                newbound.extend(bound.iter().cloned());
            }
            newglobal.extend(global.iter().cloned());
        }

        let children = self.table.scope(id).children.clone();
        for &child in &children {
            let entry = self.table.scope(child);
            let child_class = if !entry.can_see_class_scope {
                None
            } else if kind == BlockKind::Class {
                Some(id)
            } else {
                class_entry
            };
            let inline = entry.comprehension.is_some() && !entry.generator && !self.table.scope(id).can_see_class_scope;
            let mut child_free = newfree.clone();
            self.block(child, Some(&mut newbound.clone()), &mut child_free, &mut newglobal.clone(), &mut type_params.clone(), child_class)?;
            if inline {
                self.inline(id, child, &mut scopes, &mut child_free, &mut inlined_cells);
                self.table.scope_mut(child).comp_inlined = true;
            }
            newfree.extend(child_free);
        }
        let mut spliced = Vec::with_capacity(children.len());
        for child in children {
            let entry = self.table.scope(child);
            if entry.comp_inlined {
                spliced.extend_from_slice(&entry.children);
            } else {
                spliced.push(child);
            }
        }
        self.table.scope_mut(id).children = spliced;

        if function_like {
            for (name, scope) in &mut scopes {
                if *scope == SymbolScope::Local && (newfree.contains(name) || inlined_cells.contains(name)) {
                    *scope = SymbolScope::Cell;
                    newfree.shift_remove(name);
                }
            }
        } else if kind == BlockKind::Class {
            let entry = self.table.scope_mut(id);
            entry.needs_class_closure |= newfree.shift_remove("__class__");
            entry.needs_classdict |= newfree.shift_remove("__classdict__");
            entry.has_conditional_annotations |= newfree.shift_remove("__conditional_annotations__");
        }
        self.update(id, &scopes, bound.as_deref(), &newfree, &inlined_cells);
        free.extend(newfree);
        Ok(())
    }

    /// Decides on one name.
    #[allow(clippy::too_many_arguments)]
    fn name(
        &self,
        id: ScopeId,
        name: &Name,
        flags: u32,
        bound: Option<&mut Set>,
        local: &mut Set,
        free: &mut FreeSet,
        global: &mut Set,
        type_params: &mut Set,
        class_entry: Option<ScopeId>,
    ) -> Result<SymbolScope, CompileError> {
        if flags & DEF_GLOBAL != 0 {
            if flags & DEF_NONLOCAL != 0 {
                return Err(self.at_directive(id, name, format!("name '{name}' is nonlocal and global")));
            }
            global.insert(name.clone());
            if let Some(bound) = bound {
                bound.remove(name);
            }
            return Ok(SymbolScope::GlobalExplicit);
        }
        if flags & DEF_NONLOCAL != 0 {
            let Some(bound) = bound else {
                return Err(self.at_directive(id, name, "nonlocal declaration not allowed at module level".to_owned()));
            };
            if !bound.contains(name) {
                return Err(self.at_directive(id, name, format!("no binding for nonlocal '{name}' found")));
            }
            if type_params.contains(name) {
                return Err(self.at_directive(id, name, format!("nonlocal binding not allowed for type parameter '{name}'")));
            }
            free.insert(name.clone());
            return Ok(SymbolScope::Free);
        }
        if flags & DEF_BOUND != 0 {
            local.insert(name.clone());
            global.remove(name);
            if flags & DEF_TYPE_PARAM != 0 {
                type_params.insert(name.clone());
            } else {
                type_params.remove(name);
            }
            return Ok(SymbolScope::Local);
        }
        // An annotation scope sees its class's names, and then the globals, but not those of functions around the class.
        if let Some(class) = class_entry {
            let flags = self.table.scope(class).symbol(name);
            if flags & DEF_GLOBAL != 0 {
                return Ok(SymbolScope::GlobalExplicit);
            }
            if flags & DEF_BOUND != 0 && flags & DEF_NONLOCAL == 0 {
                return Ok(SymbolScope::GlobalImplicit);
            }
        }
        if bound.is_some_and(|bound| bound.contains(name)) {
            free.insert(name.clone());
            return Ok(SymbolScope::Free);
        }
        Ok(SymbolScope::GlobalImplicit)
    }

    fn at_directive(&self, id: ScopeId, name: &Name, message: String) -> CompileError {
        let directives = &self.table.scope(id).directives;
        let loc = directives.iter().find(|(directive, _)| directive == name).map_or(Location::NONE, |(_, loc)| *loc);
        CompileError::syntax(message, loc)
    }

    fn is_free_in_any_child(&self, id: ScopeId, name: &str) -> bool {
        self.table.scope(id).children.iter().any(|child| self.table.scope(*child).scope_of(name) == SymbolScope::Free)
    }

    /// Moves the names of comprehension `comp` into the block that it is inlined in.
    fn inline(&mut self, id: ScopeId, comp: ScopeId, scopes: &mut Scopes, comp_free: &mut FreeSet, inlined_cells: &mut Set) {
        let in_class = self.table.scope(id).kind == BlockKind::Class;
        let symbols: Vec<(Name, u32)> = self.table.scope(comp).symbols.iter().map(|(name, flags)| (name.clone(), *flags)).collect();
        for (name, flags) in symbols {
            if flags & DEF_PARAM != 0 {
                continue;
            }
            let mut scope = SymbolScope::of(flags);
            let facts = flags & ((1 << SCOPE_OFFSET) - 1);
            if scope == SymbolScope::Cell || facts & DEF_COMP_CELL != 0 {
                inlined_cells.insert(name.clone());
            }
            let existing = self.table.scope(id).symbols.get(&name).copied();
            // These are not free through a class scope, unless child scopes need them.
            if scope == SymbolScope::Free && in_class && matches!(&*name, "__class__" | "__classdict__" | "__conditional_annotations__") {
                scope = SymbolScope::GlobalImplicit;
                if !self.is_free_in_any_child(comp, &name) {
                    comp_free.shift_remove(&name);
                }
                self.table.scope_mut(comp).symbols.shift_remove(&name);
            }
            match existing {
                None => {
                    self.table.scope_mut(id).symbols.insert(name.clone(), facts);
                    scopes.insert(name, scope);
                }
                // What is free in the comprehension and local here is now simply local.
                Some(outer) => {
                    if facts & USE != 0 && facts & DEF_BOUND == 0 && !in_class {
                        self.table.scope_mut(id).symbols.insert(name.clone(), outer | USE);
                    }
                    if outer & DEF_BOUND != 0 && !in_class && !self.is_free_in_any_child(comp, &name) {
                        comp_free.shift_remove(&name);
                    }
                }
            }
        }
    }

    /// Records the decisions in the block's symbols, and the free names that only pass through.
    fn update(&mut self, id: ScopeId, scopes: &Scopes, bound: Option<&Set>, free: &FreeSet, inlined_cells: &Set) {
        let entry = self.table.scope_mut(id);
        let class_flag = entry.kind == BlockKind::Class || entry.can_see_class_scope;
        for (name, flags) in &mut entry.symbols {
            if inlined_cells.contains(name) {
                *flags |= DEF_COMP_CELL;
            }
            if let Some(scope) = scopes.get(name) {
                *flags |= (*scope as u32) << SCOPE_OFFSET;
            }
        }
        for name in free {
            if let Some(flags) = entry.symbols.get_mut(name) {
                if class_flag {
                    *flags |= DEF_FREE_CLASS;
                }
            } else if bound.is_none_or(|bound| bound.contains(name)) {
                entry.symbols.insert(name.clone(), (SymbolScope::Free as u32) << SCOPE_OFFSET);
            }
        }
    }
}
