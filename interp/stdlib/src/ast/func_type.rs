//! `ast.parse("(int, *str) -> bool", mode="func_type")`: the type of a function as a comment spells it.
//!
//! The compiler's parser does not know these. The parts before and after the arrow are expressions, though, and are parsed as
//! such, each with the other one blanked out, so that places stay what they are.

use super::schema::Node;
use super::{from_python, to_python};
use weft_compiler::ast::{Expr, ExprKind, Module};
use weft_compiler::{CompileError, Mode, Options, Tree};
use weft_vm::eval::builtins::code::raise_compile_error;
use weft_vm::value::{Res, Value};

/// The node for source text.
pub fn parse(source: &[u8], filename: &Value, options: Options) -> Res {
    let refused = |e: &CompileError| raise_compile_error(e, filename);
    let Some((arguments, returns)) = split(source) else {
        return Err(refused(&CompileError::plain(weft_compiler::ErrorKind::Syntax, "invalid syntax")));
    };
    let parse = |text: &[u8]| weft_compiler::parse_tree(text, Mode::Eval, options).map(|(tree, _)| tree).map_err(|e| refused(&e));
    let (arguments, returns) = (parse(&arguments)?, parse(&returns)?);
    let types: Vec<&Expr> = match expression(&arguments).map(|e| &e.kind) {
        Some(ExprKind::Tuple { elts, .. }) => elts.iter().map(without_star).collect(),
        _ => Vec::new(),
    };
    let Some(returns) = expression(&returns) else { return Ok(Value::NONE) };
    to_python::function_type(&types, returns)
}

/// The same for a tree.
pub fn check(v: &Value) -> Res {
    from_python::check_root(v, Node::FunctionType)?;
    Ok(v.clone())
}

fn expression(tree: &Tree) -> Option<&Expr> {
    match tree.module() {
        Module::Expression(e) => Some(&**e),
        _ => None,
    }
}

fn without_star(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Starred { value, .. } => value,
        _ => e,
    }
}

/// The text as a tuple of the arguments' types, and as the result's type in parentheses.
fn split(source: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut depth = 0usize;
    let mut arrow = None;
    for (at, &byte) in source.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b'>' if depth == 0 && at > 0 && source[at - 1] == b'-' => {
                arrow = Some(at - 1);
                break;
            }
            _ => {}
        }
    }
    let arrow = arrow?;
    let close = source[..arrow].iter().rposition(|b| !b.is_ascii_whitespace())?;
    if source[0] != b'(' || source[close] != b')' {
        return None;
    }
    let mut arguments = source[..close].to_vec();
    // `**` of a type is as good as `*`, which a tuple can hold.
    for at in 1..arguments.len() {
        if arguments[at - 1..=at] == *b"**" {
            arguments[at - 1] = b' ';
        }
    }
    let last = arguments.iter().rposition(|b| !b.is_ascii_whitespace())?;
    arguments.extend(if last == 0 || arguments[last] == b',' { &b")"[..] } else { b",)" });
    let mut returns: Vec<u8> = source[..arrow + 2].iter().map(|b| if *b == b'\n' { b'\n' } else { b' ' }).collect();
    returns[0] = b'(';
    returns.extend(source[arrow + 2..].trim_ascii_end());
    returns.push(b')');
    Some((arguments, returns))
}
