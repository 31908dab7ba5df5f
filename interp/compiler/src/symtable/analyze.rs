//! The second pass: decides for each name of each block where it lives.
//!
//! A block sees the names bound in enclosing functions, and returns the names its children and itself use without binding them. Children
//! that are comprehensions are inlined: their names become the block's.

use super::*;
use symbol::*;

/// Sets whose order shows in the result.
type FreeSet = indexmap::IndexSet<Name, FxBuildHasher>;
/// Where the names of a block live, in the order of its symbols.
type Scopes = Vec<SymbolScope>;

/// Analyses all blocks.
pub fn analyze(table: &mut Symtable) -> Result<(), CompileError> {
    let mut analysis = Analysis { table, bound: NameSet::default(), type_params: NameSet::default() };
    analysis.block(ScopeId(0), &mut FreeSet::default(), None)
}

/// A set of names that grows and shrinks on the way into a block, and is what it was on the way out.
#[derive(Default)]
struct NameSet {
    names: FxHashSet<Name>,
    /// The names that were put in (true) or taken out, so that it can be undone.
    changes: Vec<(Name, bool)>,
}

impl NameSet {
    fn contains(&self, name: &Name) -> bool {
        self.names.contains(name)
    }

    fn insert(&mut self, name: &Name) {
        if self.names.insert(name.clone()) {
            self.changes.push((name.clone(), true));
        }
    }

    fn remove(&mut self, name: &Name) {
        if self.names.remove(name) {
            self.changes.push((name.clone(), false));
        }
    }

    /// What [`NameSet::undo`] goes back to.
    fn now(&self) -> usize {
        self.changes.len()
    }

    fn undo(&mut self, then: usize) {
        for (name, inserted) in self.changes.drain(then..).rev() {
            if inserted {
                self.names.remove(&name);
            } else {
                self.names.insert(name);
            }
        }
    }
}

struct Analysis<'a> {
    table: &'a mut Symtable,
    /// The names that functions around the current block bind.
    bound: NameSet,
    /// Those of them that are type parameters.
    type_params: NameSet,
}

impl Analysis<'_> {
    /// Analyses a block; what is free in it is added to `free`.
    fn block(&mut self, id: ScopeId, free: &mut FreeSet, class_entry: Option<ScopeId>) -> Result<(), CompileError> {
        let (bound_before, type_params_before) = (self.bound.now(), self.type_params.now());
        let kind = self.table.scope(id).kind;
        let function_like = self.table.scope(id).is_function_like();
        let mut newfree = FreeSet::default();
        let mut inlined_cells = FxHashSet::default();

        let symbols = std::mem::take(&mut self.table.scope_mut(id).symbols);
        let mut scopes = Scopes::with_capacity(symbols.len());
        for (name, flags) in &symbols {
            scopes.push(self.name(id, name, *flags, free, class_entry)?);
        }
        self.table.scope_mut(id).symbols = symbols;
        if kind == BlockKind::Class {
            for name in ["__class__", "__classdict__", "__conditional_annotations__"] {
                self.bound.insert(&name.into());
            }
        }

        let children = std::mem::take(&mut self.table.scope_mut(id).children);
        let mut inlines = false;
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
            if inline {
                let mut child_free = FreeSet::default();
                self.block(child, &mut child_free, child_class)?;
                self.inline(id, child, &mut scopes, &mut child_free, &mut inlined_cells);
                self.table.scope_mut(child).comp_inlined = true;
                newfree.extend(child_free);
            } else {
                self.block(child, &mut newfree, child_class)?;
            }
            inlines |= inline;
        }
        self.table.scope_mut(id).children = if inlines { self.spliced(children) } else { children };

        if function_like {
            if !newfree.is_empty() || !inlined_cells.is_empty() {
                for (name, scope) in self.table.scope(id).symbols.keys().zip(&mut scopes) {
                    if *scope == SymbolScope::Local && (newfree.contains(name) || inlined_cells.contains(name)) {
                        *scope = SymbolScope::Cell;
                        newfree.shift_remove(name);
                    }
                }
            }
        } else if kind == BlockKind::Class {
            let entry = self.table.scope_mut(id);
            entry.needs_class_closure |= newfree.shift_remove("__class__");
            entry.needs_classdict |= newfree.shift_remove("__classdict__");
            entry.has_conditional_annotations |= newfree.shift_remove("__conditional_annotations__");
        }
        self.bound.undo(bound_before);
        self.type_params.undo(type_params_before);
        self.update(id, &scopes, &newfree, &inlined_cells);
        free.extend(newfree);
        Ok(())
    }

    /// A block's children, those of inlined comprehensions in their place.
    fn spliced(&self, children: Vec<ScopeId>) -> Vec<ScopeId> {
        let mut spliced = Vec::with_capacity(children.len());
        for child in children {
            let entry = self.table.scope(child);
            if entry.comp_inlined {
                spliced.extend_from_slice(&entry.children);
            } else {
                spliced.push(child);
            }
        }
        spliced
    }

    /// Decides on one name.
    fn name(
        &mut self,
        id: ScopeId,
        name: &Name,
        flags: u32,
        free: &mut FreeSet,
        class_entry: Option<ScopeId>,
    ) -> Result<SymbolScope, CompileError> {
        // What a class binds or declares is not visible in nested functions.
        let in_class = self.table.scope(id).kind == BlockKind::Class;
        if flags & DEF_GLOBAL != 0 {
            if flags & DEF_NONLOCAL != 0 {
                return Err(self.at_directive(id, name, format!("name '{name}' is nonlocal and global")));
            }
            if !in_class {
                self.bound.remove(name);
            }
            return Ok(SymbolScope::GlobalExplicit);
        }
        if flags & DEF_NONLOCAL != 0 {
            if id == ScopeId(0) {
                return Err(self.at_directive(id, name, "nonlocal declaration not allowed at module level".to_owned()));
            }
            if !self.bound.contains(name) {
                return Err(self.at_directive(id, name, format!("no binding for nonlocal '{name}' found")));
            }
            if self.type_params.contains(name) {
                return Err(self.at_directive(id, name, format!("nonlocal binding not allowed for type parameter '{name}'")));
            }
            free.insert(name.clone());
            return Ok(SymbolScope::Free);
        }
        if flags & DEF_BOUND != 0 {
            if self.table.scope(id).is_function_like() {
                self.bound.insert(name);
            }
            if flags & DEF_TYPE_PARAM != 0 {
                self.type_params.insert(name);
            } else {
                self.type_params.remove(name);
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
        if self.bound.contains(name) {
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
    fn inline(&mut self, id: ScopeId, comp: ScopeId, scopes: &mut Scopes, comp_free: &mut FreeSet, inlined_cells: &mut FxHashSet<Name>) {
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
                    scopes.push(scope);
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
    fn update(&mut self, id: ScopeId, scopes: &Scopes, free: &FreeSet, inlined_cells: &FxHashSet<Name>) {
        let entry = self.table.scope_mut(id);
        let class_flag = entry.kind == BlockKind::Class || entry.can_see_class_scope;
        for ((name, flags), scope) in entry.symbols.iter_mut().zip(scopes) {
            if !inlined_cells.is_empty() && inlined_cells.contains(name) {
                *flags |= DEF_COMP_CELL;
            }
            *flags |= (*scope as u32) << SCOPE_OFFSET;
        }
        for name in free {
            if let Some(flags) = entry.symbols.get_mut(name) {
                if class_flag {
                    *flags |= DEF_FREE_CLASS;
                }
            } else if id == ScopeId(0) || self.bound.contains(name) {
                entry.symbols.insert(name.clone(), (SymbolScope::Free as u32) << SCOPE_OFFSET);
            }
        }
    }
}
