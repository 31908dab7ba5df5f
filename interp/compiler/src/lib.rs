//! Python 3.14 source to CPython 3.14 code objects, and marshal in both directions.
//!
//! The stages are CPython's: source text (`source`) → ruff's parser → CPython's tree (`lower`, `ast`) → `preprocess` →
//! symbol table (`symtable`) → code generation (`codegen`) → flow graph (`flowgraph`) → assembly (`assemble`). Nothing of
//! the runtime is in here: a code object is plain data ([`code::Code`]), which the VM turns into an object of its own.

pub mod assemble;
pub mod ast;
pub mod code;
mod codegen;
pub mod decode;
pub mod error;
pub mod flowgraph;
pub mod future;
pub mod instruction;
pub mod listing;
pub mod lower;
pub mod marshal;
pub mod opcode;
mod parser_errors;
pub mod preprocess;
pub mod pyc;
pub mod source;
pub mod stack_effect;
pub mod symtable;
pub mod tables;
pub mod unparse;
pub mod verify;

pub use error::{CompileError, ErrorKind, Warning, WarningKind};
pub use future::compile_flags;

use ast::Module;
use code::Code;
use future::Future;
use instruction::Location;
use lower::Lowering;
use ruff_python_ast::{Mod, PythonVersion, token::TokenKind};
use ruff_python_parser::{ParseOptions, Parsed};
use ruff_text_size::Ranged;
use rustpython_wtf8::Wtf8;
use source::Source;

/// What kind of source text is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A module.
    Exec,
    /// One expression.
    Eval,
    /// One interactive statement, whose values are printed.
    Single,
}

/// How to compile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// 0, 1 (no asserts, `-O`) or 2 (no docstrings either, `-OO`).
    pub optimize: u8,
    /// Future features and [`compile_flags`].
    pub flags: u32,
}

/// Every stage recurses over the tree, whose depth lowering limits to what fits on this many bytes.
const STACK_SIZE: usize = 256 << 20;

/// CPython's MAXLEVEL: open brackets.
const MAX_BRACKETS: usize = 200;

/// CPython's MAXINDENT: levels of indentation.
const MAX_INDENTS: usize = 100;

/// Compiles Python source to a code object, and returns what to warn of.
///
/// `source` is decoded as a file is (see [`Source::decode`]). The work is done on a thread of its own, so that deep nesting
/// cannot overflow the caller's stack.
pub fn compile(
    source: &[u8],
    filename: &Wtf8,
    mode: Mode,
    options: Options,
) -> Result<(Code, Vec<Warning>), CompileError> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .name("compile".to_owned())
            .stack_size(STACK_SIZE)
            .spawn_scoped(scope, || compile_here(source, filename, mode, options));
        match worker.map(|worker| worker.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => Err(CompileError::plain(
                ErrorKind::Memory,
                "no memory for the compiler's stack",
            )),
        }
    })
}

fn compile_here(
    source: &[u8],
    filename: &Wtf8,
    mode: Mode,
    options: Options,
) -> Result<(Code, Vec<Warning>), CompileError> {
    let text = options.flags & (compile_flags::SOURCE_IS_UTF8 | compile_flags::IGNORE_COOKIE) != 0;
    let source = Source::decode(source, text)?;
    compile_source(&source, filename, mode, options).map_err(|error| source.complete(error))
}

fn compile_source(
    source: &Source,
    filename: &Wtf8,
    mode: Mode,
    options: Options,
) -> Result<(Code, Vec<Warning>), CompileError> {
    let (mut module, mut warnings) = parse(source, mode)?;
    let future = Future::of(&module, options.flags)?;
    warnings.extend(preprocess::preprocess(
        &mut module,
        options.optimize,
        future.annotations(),
    ));
    let symtable = symtable::Symtable::build(&module, &future)?;
    let (code, more) =
        codegen::compile_module(&module, symtable, future, options.optimize, filename)?;
    warnings.extend(more);
    Ok((code, warnings))
}

/// Parses source to CPython's tree.
pub fn parse(source: &Source, mode: Mode) -> Result<(Module, Vec<Warning>), CompileError> {
    let parser_mode = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        Mode::Exec | Mode::Single => ruff_python_parser::Mode::Module,
    };
    let options = ParseOptions::from(parser_mode).with_target_version(PythonVersion::PY314);
    let parsed = ruff_python_parser::parse_unchecked(&source.text, options);
    let result = lower_parsed(source, &parsed, mode);
    if let Err(CompileError {
        kind: ErrorKind::Recursion,
        ..
    }) = &result
    {
        // Too deep a tree to be dropped, which recurses without limit.
        std::mem::forget(parsed);
    }
    result
}

fn lower_parsed(
    source: &Source,
    parsed: &Parsed<Mod>,
    mode: Mode,
) -> Result<(Module, Vec<Warning>), CompileError> {
    check_nesting(source, parsed)?;
    if let Some(error) = parsed.errors().first() {
        return Err(parser_errors::translate(error, source));
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        return Err(CompileError::syntax(
            "invalid syntax",
            source.location(error.range),
        ));
    }
    let mut lowering = Lowering::new(source, parsed.tokens());
    let module = match parsed.syntax() {
        Mod::Module(module) if mode == Mode::Single => {
            let body = lowering.body(&module.body)?;
            check_single(&body, parsed)?;
            Module::Interactive(body)
        }
        Mod::Module(module) => Module::Module(lowering.body(&module.body)?),
        Mod::Expression(expression) => Module::Expression(lowering.boxed(&expression.body)?),
    };
    Ok((module, lowering.warnings))
}

/// Refuses what CPython's tokenizer finds nested too deeply.
fn check_nesting(source: &Source, parsed: &Parsed<Mod>) -> Result<(), CompileError> {
    let mut brackets = 0;
    let mut indents = 0;
    for token in parsed.tokens().iter() {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                brackets += 1;
                if brackets >= MAX_BRACKETS {
                    return Err(CompileError::syntax(
                        "too many nested parentheses",
                        source.location(token.range()),
                    ));
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                brackets = brackets.saturating_sub(1);
            }
            TokenKind::Indent => {
                indents += 1;
                if indents >= MAX_INDENTS {
                    return Err(CompileError::new(
                        ErrorKind::Indentation,
                        "too many levels of indentation",
                        source.location(token.range()),
                    ));
                }
            }
            TokenKind::Dedent => indents -= 1,
            _ => {}
        }
    }
    Ok(())
}

/// An interactive input is one compound statement or one line of simple ones.
fn check_single(body: &[ast::Stmt], parsed: &Parsed<Mod>) -> Result<(), CompileError> {
    let multiple = || {
        Err(CompileError::plain(
            ErrorKind::Syntax,
            "multiple statements found while compiling a single statement",
        ))
    };
    let Some(first) = body.first() else {
        return Err(CompileError::syntax("invalid syntax", Location::NONE));
    };
    let compound = matches!(
        first.kind,
        ast::StmtKind::FunctionDef(_)
            | ast::StmtKind::ClassDef(_)
            | ast::StmtKind::For(_)
            | ast::StmtKind::While { .. }
            | ast::StmtKind::If { .. }
            | ast::StmtKind::With { .. }
            | ast::StmtKind::Match { .. }
            | ast::StmtKind::Try(_)
    );
    if compound && body.len() > 1 {
        return multiple();
    }
    // Simple statements on one line have no newline token between them.
    let newlines = parsed
        .tokens()
        .iter()
        .filter(|token| token.kind() == TokenKind::Newline)
        .count();
    if !compound && newlines > 1 {
        return multiple();
    }
    Ok(())
}
