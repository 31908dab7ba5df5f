//! The symbol table: which scope each name of each block belongs to (Python/symtable.c).
//!
//! `build` (with `definitions` and `expressions`) collects raw facts from the tree (a name is a parameter here, used there); `analyze` then decides for each
//! block what is local, global, free or a cell, and which comprehensions are inlined (PEP 709). Code generation reads the
//! result by [`ScopeKey`].

mod analyze;
mod build;
mod definitions;
mod expressions;
mod mangle;

/// A map in order of insertion.
type IndexMap<K, V> = indexmap::IndexMap<K, V, FxBuildHasher>;

pub use mangle::{is_private, mangle};

use crate::ast::*;
use crate::error::CompileError;
use crate::future::Future;
use crate::instruction::Location;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::rc::Rc;

/// What is known of one name in one scope: facts in the low bits, its [`SymbolScope`] from bit [`SCOPE_OFFSET`] on.
pub mod symbol {
    #![allow(missing_docs)]
    pub const DEF_GLOBAL: u32 = 1;
    pub const DEF_LOCAL: u32 = 1 << 1;
    pub const DEF_PARAM: u32 = 1 << 2;
    pub const DEF_NONLOCAL: u32 = 1 << 3;
    pub const USE: u32 = 1 << 4;
    /// A free variable of a method that is also bound in the class.
    pub const DEF_FREE_CLASS: u32 = 1 << 6;
    pub const DEF_IMPORT: u32 = 1 << 7;
    pub const DEF_ANNOT: u32 = 1 << 8;
    /// An iteration variable of a comprehension.
    pub const DEF_COMP_ITER: u32 = 1 << 9;
    pub const DEF_TYPE_PARAM: u32 = 1 << 10;
    /// A cell of an inlined comprehension.
    pub const DEF_COMP_CELL: u32 = 1 << 11;
    pub const DEF_BOUND: u32 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM;
    pub const SCOPE_OFFSET: u32 = 12;
}

/// Where a name lives. Unknown names have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SymbolScope {
    Unknown = 0,
    Local = 1,
    GlobalExplicit = 2,
    GlobalImplicit = 3,
    Free = 4,
    Cell = 5,
}

impl SymbolScope {
    /// The scope in a symbol's bits.
    pub fn of(flags: u32) -> SymbolScope {
        match flags >> symbol::SCOPE_OFFSET {
            1 => SymbolScope::Local,
            2 => SymbolScope::GlobalExplicit,
            3 => SymbolScope::GlobalImplicit,
            4 => SymbolScope::Free,
            5 => SymbolScope::Cell,
            _ => SymbolScope::Unknown,
        }
    }
}

/// The kind of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BlockKind {
    Function,
    Class,
    Module,
    Annotation,
    TypeAlias,
    TypeParameters,
    TypeVariable,
}

/// Index of a [`Scope`] in [`Symtable::scopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeId(pub u32);

/// One block and the names in it.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Scope {
    pub key: ScopeKey,
    pub name: Name,
    pub kind: BlockKind,
    /// In order of first mention.
    pub symbols: IndexMap<Name, u32>,
    /// Parameters in order.
    pub varnames: Vec<Name>,
    pub children: Vec<ScopeId>,
    pub loc: Location,
    /// Within a function.
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    pub comprehension: Option<CompKind>,
    pub varargs: bool,
    pub varkeywords: bool,
    pub annotations_used: bool,
    pub has_docstring: bool,
    pub method: bool,
    pub needs_class_closure: bool,
    pub needs_classdict: bool,
    pub has_conditional_annotations: bool,
    pub comp_inlined: bool,
    pub can_see_class_scope: bool,
    /// The block of this block's variable annotations.
    pub annotation_block: Option<ScopeId>,
    /// In the type parameters of a class: the only names to be mangled.
    pub mangled_names: Option<Rc<RefCell<FxHashSet<Name>>>>,
    /// Names of `global` and `nonlocal` statements, for error positions.
    directives: Vec<(Name, Location)>,
    comp_iter_target: bool,
    comp_iter_expr: u32,
    in_conditional_block: bool,
    in_unevaluated_annotation: bool,
    /// What a type variable's scope evaluates, for error messages.
    scope_info: Option<&'static str>,
}

impl Scope {
    /// The bits of a name, 0 for unknown ones.
    pub fn symbol(&self, name: &str) -> u32 {
        self.symbols.get(name).copied().unwrap_or(0)
    }

    /// Where a name lives.
    pub fn scope_of(&self, name: &str) -> SymbolScope {
        SymbolScope::of(self.symbol(name))
    }

    /// Whether the block's locals are fast locals.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, BlockKind::Class | BlockKind::Module)
    }

    /// A name mangled for use in this block, within class `private`.
    pub fn maybe_mangle(&self, private: Option<&Name>, name: &Name) -> Name {
        if let Some(names) = &self.mangled_names
            && !names.borrow().contains(name)
        {
            return name.clone();
        }
        mangle(private, name)
    }
}

/// All scopes of a module.
#[derive(Debug)]
pub struct Symtable {
    /// The scopes; the module's comes first.
    pub scopes: Vec<Scope>,
    by_key: FxHashMap<ScopeKey, ScopeId>,
}

/// A block as it is shown to the outside: plain data.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Block {
    pub name: String,
    pub kind: BlockKind,
    /// Names and their bits (see [`symbol`]), in order of first mention.
    pub symbols: Vec<(String, u32)>,
    /// Parameters in order.
    pub varnames: Vec<String>,
    /// Indices of blocks; they come later in the list.
    pub children: Vec<usize>,
    pub line: i32,
    pub nested: bool,
}

impl Symtable {
    /// Every block that is still one after comprehensions have been inlined, and those that have been.
    pub fn blocks(&self) -> Vec<Block> {
        let block = |scope: &Scope| Block {
            name: scope.name.to_string(),
            kind: scope.kind,
            symbols: scope.symbols.iter().map(|(name, bits)| (name.to_string(), *bits)).collect(),
            varnames: scope.varnames.iter().map(|name| name.to_string()).collect(),
            children: scope.children.iter().map(|id| id.0 as usize).collect(),
            line: scope.loc.line,
            nested: scope.nested,
        };
        self.scopes.iter().map(block).collect()
    }

    /// Builds and analyses the table of a module.
    pub fn build(module: &Module, future: &Future) -> Result<Symtable, CompileError> {
        let mut table = build::build(module, future)?;
        analyze::analyze(&mut table)?;
        Ok(table)
    }

    /// The module's scope.
    pub fn top(&self) -> &Scope {
        &self.scopes[0]
    }

    /// The scope a node opened.
    pub fn lookup(&self, key: ScopeKey) -> Option<ScopeId> {
        self.by_key.get(&key).copied()
    }

    /// A scope.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// A scope, to be changed.
    pub fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }
}
