//! Trees for and from outside of the compiler: what `compile()` gives and takes as `ast` objects.

use crate::ast::Module;
use crate::future::Future;
use crate::stored::Stored;
use crate::symtable::{Block, Symtable};
use crate::{CompileError, Mode, Options, Warning};
use crate::{compile_flags, compile_module, decode, on_deep_stack, parse, preprocess, validate};
use rustpython_wtf8::Wtf8;

/// Trees no deeper than this are dropped where they are.
const SHALLOW: u32 = 200;

/// A whole tree, which can be dropped however deep it is.
pub struct Tree {
    module: Option<Module>,
    depth: u32,
}

impl Tree {
    /// The tree of a module, whose nodes are nested `depth` deep.
    pub fn new(module: Module, depth: u32) -> Tree {
        Tree { module: Some(module), depth }
    }

    /// The module.
    pub fn module(&self) -> &Module {
        self.module.as_ref().expect("a tree is whole until it is dropped")
    }

    fn take(mut self) -> Module {
        self.module.take().expect("a tree is whole until it is dropped")
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if self.depth <= SHALLOW {
            return;
        }
        if let Some(module) = self.module.take() {
            let inner = Tree { module: Some(module), depth: 0 };
            let _ = on_deep_stack(self.depth as usize, move || {
                drop(inner);
                Ok(())
            });
        }
    }
}

/// Parses source to a tree; with OPTIMIZED_AST, as the compiler would see it.
pub fn parse_tree(source: &[u8], mode: Mode, options: Options) -> Result<(Tree, Vec<Warning>), CompileError> {
    on_deep_stack(source.len(), || {
        let source = decode(source, options)?;
        let (module, warnings) = parse(&source, mode, options.flags).map_err(|error| source.complete(error, true))?;
        let mut tree = Tree::new(module, u32::MAX);
        if options.flags & compile_flags::OPTIMIZED_AST == compile_flags::OPTIMIZED_AST {
            tree = optimize(tree, options)?;
        }
        // Nesting takes at least a character a level.
        tree.depth = source.text.len().min(u32::MAX as usize) as u32;
        Ok((tree, warnings))
    })
}

fn optimize(tree: Tree, options: Options) -> Result<Tree, CompileError> {
    let depth = tree.depth;
    let mut module = tree.take();
    let future = Future::of(&module, options.flags)?;
    preprocess::preprocess(&mut module, options.optimize, future.annotations());
    Ok(Tree::new(module, depth))
}

/// What compiling makes of a tree before it looks at scopes.
pub fn optimize_tree(tree: Tree, options: Options) -> Result<Tree, CompileError> {
    on_deep_stack(tree.depth as usize, || {
        validate::validate(tree.module())?;
        optimize(tree, options)
    })
}

/// The symbol table of source, for the `symtable` module; the module's block comes first.
pub fn symbol_blocks(source: &[u8], mode: Mode, options: Options) -> Result<(Vec<Block>, Vec<Warning>), CompileError> {
    on_deep_stack(source.len(), || {
        let source = decode(source, options)?;
        let (module, warnings) = parse(&source, mode, options.flags).map_err(|error| source.complete(error, true))?;
        let build = || {
            let future = Future::of(&module, options.flags)?;
            Ok(Symtable::build(&module, &future)?.blocks())
        };
        build().map(|blocks| (blocks, warnings)).map_err(|error| source.complete(error, false))
    })
}

/// Compiles a tree that need not have come from the parser.
pub fn compile_tree(tree: Tree, filename: &Wtf8, options: Options) -> Result<(Stored, Vec<Warning>), CompileError> {
    on_deep_stack(tree.depth as usize, || {
        validate::validate(tree.module())?;
        let (code, warnings) = compile_module(tree.take(), Vec::new(), filename, options)?;
        Ok((Stored::new(&code), warnings))
    })
}
