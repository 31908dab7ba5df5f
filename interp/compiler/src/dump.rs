//! The stages of a compilation as text, for `weft --dump`.

use crate::error::CompileError;
use crate::flowgraph::{self, Stage};
use crate::future::Future;
use crate::source::Source;
use crate::symtable::{Symtable, symbol};
use crate::tokenize::{Failure, Tokenizer};
use crate::{Mode, Options, code::Constant, compile_here, listing, on_deep_stack, pyc};
use rustpython_wtf8::Wtf8;
use std::convert::Infallible;
use std::fmt::Write;

/// What can be shown of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// CPython's tokens.
    Tokens,
    /// The tree.
    Ast,
    /// Blocks and the scopes of their names.
    Symtable,
    /// The flow graphs, before and after optimisation and laid out.
    Cfg,
    /// The same in Graphviz's language.
    CfgDot,
    /// The code objects.
    Bytecode,
}

impl Show {
    /// By its name on the command line.
    pub fn named(name: &str) -> Option<Show> {
        Some(match name {
            "tokens" => Show::Tokens,
            "ast" => Show::Ast,
            "symtable" => Show::Symtable,
            "cfg" => Show::Cfg,
            "cfg-dot" => Show::CfgDot,
            "bytecode" => Show::Bytecode,
            _ => return None,
        })
    }
}

/// Shows a stage of compiling a module.
pub fn stage(show: Show, bytes: &[u8], filename: &Wtf8, options: Options) -> Result<String, CompileError> {
    on_deep_stack(bytes.len(), || {
        let source = Source::decode(bytes, false)?;
        match show {
            Show::Tokens => tokens(&source),
            Show::Ast => {
                let (module, _) = crate::parse(&source, Mode::Exec, options.flags).map_err(|e| source.complete(e, true))?;
                Ok(format!("{module:#?}\n"))
            }
            Show::Symtable => {
                let (module, _) = crate::parse(&source, Mode::Exec, options.flags).map_err(|e| source.complete(e, true))?;
                let future = Future::of(&module, options.flags)?;
                Ok(blocks(&Symtable::build(&module, &future)?))
            }
            Show::Bytecode => compile_here(bytes, filename, Mode::Exec, options).map(|(code, _)| listing::listing(&code)),
            Show::Cfg | Show::CfgDot => {
                let (result, graphs) = flowgraph::graphs(|| compile_here(bytes, filename, Mode::Exec, options));
                result?;
                let mut out = String::new();
                for graph in graphs {
                    if show == Show::CfgDot {
                        if graph.stage == Stage::Final {
                            out.push_str(&graph.dot);
                        }
                        continue;
                    }
                    let _ = writeln!(out, "== {}, {:?}\n{}", graph.unit, graph.stage, graph.text);
                }
                Ok(out)
            }
        }
    })
}

fn tokens(source: &Source) -> Result<String, CompileError> {
    let mut lines = source.text.split_inclusive('\n').map(str::to_owned);
    let mut tokenizer = Tokenizer::new(true);
    let mut out = String::new();
    loop {
        match tokenizer.next(&mut || Ok::<_, Infallible>(lines.next())) {
            Ok(Some(t)) => {
                let place = format!("{},{}-{},{}:", t.start.0, t.start.1, t.end.0, t.end.1);
                let _ = writeln!(out, "{place:<20}{:<15}{:?}", kind_name(t.kind), t.text);
            }
            Ok(None) => return Ok(out),
            Err(Failure::Syntax(e)) => {
                let mut error = CompileError::new(e.kind, e.message, crate::instruction::Location::NONE);
                error.location.line = e.line as i32;
                error.text = e.text;
                return Err(error);
            }
            Err(Failure::Lines(never)) => match never {},
        }
    }
}

fn kind_name(kind: u8) -> &'static str {
    use crate::tokenize::kind::*;
    match kind {
        ENDMARKER => "ENDMARKER",
        NAME => "NAME",
        NUMBER => "NUMBER",
        STRING => "STRING",
        NEWLINE => "NEWLINE",
        INDENT => "INDENT",
        DEDENT => "DEDENT",
        FSTRING_START => "FSTRING_START",
        FSTRING_MIDDLE => "FSTRING_MIDDLE",
        FSTRING_END => "FSTRING_END",
        TSTRING_START => "TSTRING_START",
        TSTRING_MIDDLE => "TSTRING_MIDDLE",
        TSTRING_END => "TSTRING_END",
        COMMENT => "COMMENT",
        NL => "NL",
        _ => "OP",
    }
}

/// Each block with its names, indented as the blocks are nested.
fn blocks(table: &Symtable) -> String {
    let all = table.blocks();
    let mut out = String::new();
    let mut todo = vec![(0, 0)];
    while let Some((index, depth)) = todo.pop() {
        let block = &all[index];
        let nested = if block.nested { ", nested" } else { "" };
        let _ = writeln!(out, "{:depth$}{:?} {}, line {}{nested}", "", block.kind, block.name, block.line);
        for (name, bits) in &block.symbols {
            let scope = crate::symtable::SymbolScope::of(*bits);
            let _ = writeln!(out, "{:depth$}    {name}: {scope:?}{}", "", facts(*bits));
        }
        todo.extend(block.children.iter().rev().map(|&child| (child, depth + 4)));
    }
    out
}

fn facts(bits: u32) -> String {
    let known = [
        (symbol::DEF_GLOBAL, "declared global"),
        (symbol::DEF_NONLOCAL, "declared nonlocal"),
        (symbol::DEF_PARAM, "parameter"),
        (symbol::DEF_TYPE_PARAM, "type parameter"),
        (symbol::DEF_IMPORT, "imported"),
        (symbol::DEF_ANNOT, "annotated"),
        (symbol::DEF_COMP_ITER, "comprehension variable"),
        (symbol::DEF_LOCAL, "assigned"),
        (symbol::USE, "used"),
    ];
    known.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, fact)| format!(", {fact}")).collect()
}

/// A `.pyc` file: its header, and its code objects as far as they can be read.
pub fn pyc_file(file: &[u8]) -> String {
    let mut out = String::new();
    let word = |at: usize| file.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let _ = writeln!(out, "magic    {} ({:#010x})", word(0) & 0xffff, word(0));
    let _ = writeln!(out, "flags    {:#x}", word(4));
    match pyc::read_header(file) {
        Ok(pyc::Validation::Timestamp { mtime, size }) => {
            let _ = writeln!(out, "mtime    {mtime}\nsize     {size}");
        }
        Ok(pyc::Validation::Hash { hash, check_source }) => {
            let hash: String = hash.iter().map(|b| format!("{b:02x}")).collect();
            let _ = writeln!(out, "hash     {hash}\nchecked  {}", if check_source { "yes" } else { "no" });
        }
        Err(error) => {
            let _ = writeln!(out, "error    {error}");
            return out;
        }
    }
    match pyc::read(file) {
        Ok((_, code)) => {
            tree(&code, 0, &mut out);
            out.push('\n');
            out.push_str(&listing::listing(&code));
            if let Err(error) = crate::verify::verify(&code) {
                let _ = writeln!(out, "refused  {error}");
            }
        }
        Err(error) => {
            let _ = writeln!(out, "error    {error}");
        }
    }
    out
}

fn tree(code: &crate::code::Code, depth: usize, out: &mut String) {
    let _ = writeln!(out, "{:depth$}{}, line {}, {} bytes of code", "", code.qualname, code.firstlineno, code.code.len());
    for constant in &code.consts {
        if let Constant::Code(inner) = constant {
            tree(inner, depth + 4, out);
        }
    }
}
