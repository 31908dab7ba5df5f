//! `_ast`: the classes of syntax trees, and `compile` to and from them.
//!
//! [`schema`] is the grammar, [`classes`] makes Python's classes of it, [`to_python`] and [`from_python`] convert
//! between their instances and the compiler's tree.

mod classes;
mod from_python;
mod func_type;
mod node;
mod schema;
mod to_python;

use schema::Node;
use weft_compiler::{Mode, Options, Tree, TypeComments, compile_flags};
use weft_vm::eval::builtins::code::{AST_HOOKS, AstHooks, finish, raise_compile_error, report};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::str;
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_ast",
    doc: "",
    functions: &[],
    exec: |m| {
        module::add(m, "AST", node::AST.get().value());
        for (name, flag) in [
            ("PyCF_ALLOW_TOP_LEVEL_AWAIT", compile_flags::ALLOW_TOP_LEVEL_AWAIT),
            ("PyCF_ONLY_AST", compile_flags::ONLY_AST),
            ("PyCF_TYPE_COMMENTS", compile_flags::TYPE_COMMENTS),
            ("PyCF_OPTIMIZED_AST", compile_flags::OPTIMIZED_AST | compile_flags::ONLY_AST),
        ] {
            module::add(m, name, Value::int(i64::from(flag)));
        }
        for (name, class) in classes::classes()?.all() {
            module::add(m, name, class.value());
        }
        Ok(())
    },
};

/// Tells `compile` how to deal with trees.
pub fn start_up() {
    // It can be set once only, and is.
    let _ = AST_HOOKS.set(AstHooks {
        is_ast: from_python::is_node,
        compile,
        parse,
        func_type: func_type::parse,
        check_func_type: func_type::check,
    });
}

fn parse(source: &[u8], filename: &Value, mode: Mode, options: Options) -> Res {
    match weft_compiler::parse_tree(source, mode, options) {
        Ok((tree, warnings)) => {
            report(&warnings, filename)?;
            let comments = match options.flags & compile_flags::TYPE_COMMENTS {
                0 => TypeComments::default(),
                _ => weft_compiler::type_comments(source, options),
            };
            to_python::module(tree.module(), &comments)
        }
        Err(e) => Err(raise_compile_error(&e, filename)),
    }
}

fn compile(v: &Value, filename: &Value, mode: Mode, options: Options) -> Res {
    let wanted = match mode {
        Mode::Exec => Node::Module,
        Mode::Eval => Node::Expression,
        Mode::Single => Node::Interactive,
    };
    if options.flags & (compile_flags::ONLY_AST | compile_flags::OPTIMIZED_AST) == compile_flags::ONLY_AST {
        from_python::check_root(v, wanted)?;
        return Ok(v.clone());
    }
    let (module, depth) = from_python::module(v, wanted)?;
    let tree = Tree::new(module, depth);
    if options.flags & compile_flags::ONLY_AST != 0 {
        return match weft_compiler::optimize_tree(tree, options) {
            Ok(tree) => to_python::module(tree.module(), &TypeComments::default()),
            Err(e) => Err(raise_compile_error(&e, filename)),
        };
    }
    finish(weft_compiler::compile_tree(tree, &str::to_wtf8(filename), options), filename)
}
