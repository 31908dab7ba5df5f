//! Python 3.14 source to CPython 3.14 code objects, and marshal in both directions.
//!
//! The stages are CPython's: source text (`source`) → ruff's parser → CPython's tree (`lower`, `ast`) → `preprocess` →
//! symbol table (`symtable`) → code generation (`codegen`) → flow graph (`flowgraph`) → assembly (`assemble`). Nothing of
//! the runtime is in here: a code object is plain data ([`code::Code`]), which the VM turns into an object of its own.

pub mod assemble;
pub mod ast;
pub mod code;
mod codegen;
pub mod constant_table;
pub mod decode;
mod diagnose;
pub mod dump;
pub mod error;
mod feature_version;
pub mod flowgraph;
mod flufl;
pub mod future;
mod indentation;
pub mod instruction;
pub mod listing;
pub mod lower;
pub mod marshal;
pub mod name_table;
pub mod opcode;
mod parser_errors;
pub mod preprocess;
pub mod pyc;
pub mod region;
pub mod source;
pub mod stack_effect;
pub mod stored;
pub mod symtable;
pub mod tables;
pub mod text;
pub mod tokenize;
mod tree;
mod type_comments;
pub mod unparse;
mod validate;
pub mod verify;

pub use error::{CompileError, ErrorKind, Warning, WarningKind};
pub use future::compile_flags;
pub use tree::{Tree, compile_tree, optimize_tree, parse_tree, symbol_blocks};
pub use type_comments::{TypeComments, type_comments};

use ast::Module;
use code::Code;
use future::Future;
use instruction::Location;
use lower::Lowering;
use ruff_python_ast::{
    Mod,
    token::{TokenKind, Tokens},
};
use ruff_python_parser::{ParseOptions, Parsed};
use ruff_text_size::Ranged;
use rustpython_wtf8::Wtf8;
use source::Source;
use stored::Stored;

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

/// What a level of the tree may take of it.
const LEVEL_SIZE: usize = STACK_SIZE / lower::MAX_DEPTH as usize;

/// CPython's MAXLEVEL: open brackets.
const MAX_BRACKETS: usize = 200;

/// CPython's MAXFSTRINGLEVEL: f-strings in f-strings.
const MAX_STRINGS: usize = 150;

/// CPython's MAXINDENT: levels of indentation.
const MAX_INDENTS: usize = 100;

/// Compiles Python source to a code object, and returns what to warn of.
///
/// `source` is decoded as a file is (see [`Source::decode`]). The work is done on a stack of its own, so that deep nesting
/// cannot overflow the caller's.
pub fn compile(source: &[u8], filename: &Wtf8, mode: Mode, options: Options) -> Result<(Code, Vec<Warning>), CompileError> {
    on_deep_stack(source.len(), || compile_here(source, filename, mode, options))
}

/// Runs `work` on a stack that every stage's recursion fits on: the caller's, if there is enough left of it for a tree that is `depth` deep (a
/// source has at least a character for each level but the outermost), else one of its own, of whose memory only what is used is ever touched.
///
/// What it allocates comes from a [`region`].
fn on_deep_stack<T>(depth: usize, work: impl FnOnce() -> Result<T, CompileError>) -> Result<T, CompileError> {
    let _region = region::Region::enter();
    let enough = depth.saturating_add(16).saturating_mul(LEVEL_SIZE);
    if stacker::remaining_stack().is_some_and(|left| left > enough) {
        return work();
    }
    if !room_for_stack() {
        return Err(CompileError::plain(ErrorKind::Memory, "no memory for the compiler's stack"));
    }
    stacker::grow(STACK_SIZE, work)
}

/// Whether the address space has room for the stack, without which making one would end the process.
fn room_for_stack() -> bool {
    let (protection, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE);
    // A guard page and some rounding come on top.
    let size = STACK_SIZE + (1 << 20);
    // SAFETY: this maps memory where there is none, and unmaps just that.
    unsafe {
        let start = libc::mmap(std::ptr::null_mut(), size, protection, flags, -1, 0);
        start != libc::MAP_FAILED && libc::munmap(start, size) == 0
    }
}

/// [`compile`], stored for being read when it is needed.
pub fn compile_stored(source: &[u8], filename: &Wtf8, mode: Mode, options: Options) -> Result<(Stored, Vec<Warning>), CompileError> {
    on_deep_stack(source.len(), || {
        let (code, warnings) = compile_here(source, filename, mode, options)?;
        Ok((Stored::new(&code), warnings))
    })
}

fn compile_here(source: &[u8], filename: &Wtf8, mode: Mode, options: Options) -> Result<(Code, Vec<Warning>), CompileError> {
    let source = decode(source, options)?;
    let (module, warnings) = parse(&source, mode, options.flags).map_err(|error| source.complete(error, true))?;
    compile_module(module, warnings, filename, options).map_err(|error| source.complete(error, false))
}

fn decode(source: &[u8], options: Options) -> Result<Source, CompileError> {
    let text = options.flags & (compile_flags::SOURCE_IS_UTF8 | compile_flags::IGNORE_COOKIE) != 0;
    Source::decode(source, text)
}

fn compile_module(
    mut module: Module,
    mut warnings: Vec<Warning>,
    filename: &Wtf8,
    options: Options,
) -> Result<(Code, Vec<Warning>), CompileError> {
    let future = Future::of(&module, options.flags)?;
    warnings.extend(preprocess::preprocess(&mut module, options.optimize, future.annotations()));
    let symtable = symtable::Symtable::build(&module, &future)?;
    let (code, more) = codegen::compile_module(&module, symtable, future, options.optimize, filename)?;
    warnings.extend(more);
    Ok((code, warnings))
}

/// Parses source to CPython's tree; of the `flags`, ALLOW_INCOMPLETE_INPUT matters here.
pub fn parse(source: &Source, mode: Mode, flags: u32) -> Result<(Module, Vec<Warning>), CompileError> {
    let parser_mode = match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        Mode::Exec | Mode::Single => ruff_python_parser::Mode::Module,
    };
    let options = ParseOptions::from(parser_mode).with_target_version(feature_version::wanted(flags));
    let mut parsed = ruff_python_parser::parse_unchecked(&source.text, options.clone());
    let exchanged;
    let mut source = source;
    if flufl::possible(source, flags)
        && let Some(other) = flufl::exchange(source, parsed.tokens(), flags)?
    {
        exchanged = other;
        source = &exchanged;
        parsed = ruff_python_parser::parse_unchecked(&source.text, options);
    }
    let mut result = match check_parsed(source, &parsed, mode, flags) {
        Ok(warnings) => {
            // What was reserved for tokens is more than there are, and the tree goes bit by bit.
            let tokens = Tokens::new(parsed.tokens().to_vec());
            lower_tree(source, parsed.into_syntax(), &tokens, warnings, mode, flags)
        }
        Err(error) => {
            if matches!(error.kind, ErrorKind::Recursion | ErrorKind::Memory) {
                // Too deep a tree to be dropped, which recurses without limit.
                std::mem::forget(parsed);
            }
            Err(error)
        }
    };
    // What the parser lets pass, and lowering refuses without knowing better.
    if let Err(error) = &result
        && matches!(error.message.as_str(), "invalid syntax" | "f-string: expressions nested too deeply")
        && let Some(error) = diagnose::diagnose(source, mode)
    {
        result = Err(error);
    }
    result
}

/// Whether what the parser made of a source is to be had, and what has to be warned of.
fn check_parsed(source: &Source, parsed: &Parsed<Mod>, mode: Mode, flags: u32) -> Result<Vec<Warning>, CompileError> {
    let allow_incomplete = flags & compile_flags::ALLOW_INCOMPLETE_INPUT != 0;
    let warnings = check_tokens(source, parsed)?;
    let first_error = parsed.errors().first();
    if first_error.is_none()
        && let Some(error) = indentation::check(source, parsed.tokens())
    {
        return Err(error);
    }
    if let Some(error) = first_error {
        if allow_incomplete && parser_errors::is_incomplete(error, source) {
            return Err(incomplete(source));
        }
        if let Some(error) = parser_errors::literal(error, source, parsed.tokens()) {
            return Err(error);
        }
        let plain = || parser_errors::translate(error, source, parsed.tokens());
        let mut error = diagnose::diagnose(source, mode).unwrap_or_else(plain);
        error.warnings = lower::literal_warnings(source, parsed.tokens(), error.location.line);
        return Err(error);
    }
    let older = feature_version::check(source, parsed, flags);
    if let Some(error) = older.or_else(|| type_comments::check(source, parsed, flags)) {
        return Err(error);
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first().filter(|_| flags >> compile_flags::FEATURE_VERSION_SHIFT == 0) {
        let plain = || CompileError::syntax("invalid syntax", source.location(error.range));
        return Err(diagnose::diagnose(source, mode).unwrap_or_else(plain));
    }
    // The parser overlooks a byte order mark, which only bytes may begin with.
    if source.text.starts_with('\u{feff}')
        && let Some(error) = diagnose::diagnose(source, mode)
    {
        return Err(error);
    }
    Ok(warnings)
}

fn lower_tree(
    source: &Source,
    tree: Mod,
    tokens: &Tokens,
    warnings: Vec<Warning>,
    mode: Mode,
    flags: u32,
) -> Result<(Module, Vec<Warning>), CompileError> {
    let mut lowering = Lowering::new(source, tokens);
    lowering.warnings = warnings;
    let module = match tree {
        Mod::Module(mut module) if mode == Mode::Single => {
            let body = lowering.body(&mut module.body)?;
            check_single(source, &body, tokens, flags)?;
            Module::Interactive(body)
        }
        Mod::Module(mut module) => Module::Module(lowering.body(&mut module.body)?),
        Mod::Expression(expression) => match lowering.boxed(&expression.body) {
            Ok(lowered) => Module::Expression(lowered),
            Err(error) => {
                if matches!(error.kind, ErrorKind::Recursion | ErrorKind::Memory) {
                    std::mem::forget(expression);
                }
                return Err(error);
            }
        },
    };
    Ok((module, lowering.warnings))
}

/// The error for interactive input that wants more lines.
fn incomplete(source: &Source) -> CompileError {
    let text = source.text.strip_suffix('\n').unwrap_or(&source.text);
    let (line, mut col) = source.position(ruff_text_size::TextSize::of(text));
    if text.len() == source.text.len() {
        col -= 1;
    }
    CompileError::new(ErrorKind::Incomplete, "incomplete input", Location { line, end_line: line, col, end_col: -2 })
}

/// What CPython's tokenizer checks: refuses too deep nesting, and warns of numbers that run into a keyword.
fn check_tokens(source: &Source, parsed: &Parsed<Mod>) -> Result<Vec<Warning>, CompileError> {
    let mut brackets = 0;
    let mut strings: usize = 0;
    let mut indents = 0;
    let mut warnings = Vec::new();
    let mut number = None;
    for token in parsed.tokens().iter() {
        if let Some(range) = number.take() {
            check_number_end(source, range, token, &mut warnings);
        }
        let point = || {
            let range = ruff_text_size::TextRange::empty(token.start());
            source.location(range)
        };
        match token.kind() {
            TokenKind::Int | TokenKind::Float | TokenKind::Complex => number = Some(token.range()),
            TokenKind::FStringStart | TokenKind::TStringStart => {
                strings += 1;
                if strings >= MAX_STRINGS {
                    return Err(CompileError::syntax("invalid syntax", point()));
                }
            }
            TokenKind::FStringEnd | TokenKind::TStringEnd => strings = strings.saturating_sub(1),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                brackets += 1;
                if brackets > MAX_BRACKETS {
                    return Err(CompileError::syntax("too many nested parentheses", point()));
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                brackets = brackets.saturating_sub(1);
            }
            TokenKind::Indent => {
                indents += 1;
                if indents >= MAX_INDENTS {
                    return Err(CompileError::new(ErrorKind::Indentation, "too many levels of indentation", point()));
                }
            }
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            _ => {}
        }
    }
    Ok(warnings)
}

/// `0or x` is a number and a keyword, but hardly meant to be.
fn check_number_end(source: &Source, number: ruff_text_size::TextRange, next: &ruff_python_ast::token::Token, warnings: &mut Vec<Warning>) {
    let keyword = matches!(
        next.kind(),
        TokenKind::And | TokenKind::Else | TokenKind::For | TokenKind::If | TokenKind::In | TokenKind::Is | TokenKind::Not | TokenKind::Or
    );
    if !keyword || next.start() != number.end() {
        return;
    }
    let text = source.slice(number).to_ascii_lowercase();
    let kind = match text.get(..2) {
        Some("0x") => "hexadecimal",
        Some("0o") => "octal",
        Some("0b") => "binary",
        _ if text.ends_with('j') => "imaginary",
        _ => "decimal",
    };
    warnings.push(Warning::syntax(format!("invalid {kind} literal"), source.location(number)));
}

/// An interactive input is one compound statement and an empty line, or one line of simple statements.
fn check_single(source: &Source, body: &[ast::Stmt], tokens: &Tokens, flags: u32) -> Result<(), CompileError> {
    let allow_incomplete = flags & compile_flags::ALLOW_INCOMPLETE_INPUT != 0;
    let newlines = || {
        let tokens = tokens.iter();
        tokens.filter(|token| token.kind() == TokenKind::Newline)
    };
    let Some(first) = body.first() else {
        return Err(if allow_incomplete { incomplete(source) } else { CompileError::syntax("invalid syntax", Location::NONE) });
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
    // Simple statements on one line have no newline token between them.
    if (compound && body.len() > 1) || (!compound && newlines().count() > 1) {
        let mut location = newlines().next().map_or(Location::NONE, |token| source.location(token.range()));
        location.end_line = location.line;
        location.end_col = location.col + 1;
        return Err(CompileError::syntax("multiple statements found while compiling a single statement", location));
    }
    // An indented last line may do without its newline.
    let last_line = source.text.rsplit('\n').next().unwrap_or_default();
    let implied_dedent = flags & compile_flags::DONT_IMPLY_DEDENT == 0 && last_line.starts_with([' ', '\t']);
    if compound && !last_line.is_empty() && !implied_dedent {
        return Err(if allow_incomplete { incomplete(source) } else { CompileError::syntax("invalid syntax", Location::NONE) });
    }
    Ok(())
}
