//! `# type:` comments (PEP 484), which `ast.parse(…, type_comments=True)` asks for: the ones that say `ignore`, and the ones that annotate a
//! definition, parameter, loop, `with` or assignment. One that stands anywhere else is a syntax error, as in CPython, whose tokenizer makes tokens of them.

use crate::error::CompileError;
use crate::instruction::Location;
use crate::lower::Lowering;
use crate::source::Source;
use crate::{Options, compile_flags, decode};
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_python_ast::{Mod, Parameters, Stmt};
use ruff_python_parser::{Mode, ParseOptions, Parsed};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

/// The type comments of a source.
#[derive(Debug, Default)]
pub struct TypeComments {
    /// The lines of `# type: ignore` comments, and what follows the word.
    pub ignores: Vec<(i32, String)>,
    /// The others, by line and column of the statement or parameter that each is of.
    annotations: FxHashMap<(i32, i32), String>,
}

impl TypeComments {
    /// The type comment of the statement or parameter that begins at a line and column.
    pub fn of(&self, line: i32, col: i32) -> Option<&str> {
        self.annotations.get(&(line, col)).map(String::as_str)
    }
}

/// The type comments of a source that is correct.
pub fn type_comments(source: &[u8], options: Options) -> TypeComments {
    let Ok(source) = decode(source, options) else { return TypeComments::default() };
    let parsed = ruff_python_parser::parse_unchecked(&source.text, ParseOptions::from(Mode::Module));
    collect(&source, &parsed).unwrap_or_default()
}

/// A type comment where none can be.
pub fn check(source: &Source, parsed: &Parsed<Mod>, flags: u32) -> Option<CompileError> {
    if flags & compile_flags::TYPE_COMMENTS == 0 {
        return None;
    }
    let tokens = parsed.tokens();
    let star = tokens.windows(4).find(|window| {
        let [open, star, comma, comment] = window else { return false };
        matches!(open.kind(), TokenKind::Lpar | TokenKind::Comma | TokenKind::NonLogicalNewline)
            && star.kind() == TokenKind::Star
            && comma.kind() == TokenKind::Comma
            && content(source, comment).is_some()
    });
    if let Some(star) = star {
        return Some(CompileError::syntax("bare * has associated type comment", source.location(content(source, &star[3])?)));
    }
    collect(source, parsed).err()
}

/// Where the text of a type comment is.
fn content(source: &Source, token: &Token) -> Option<TextRange> {
    if token.kind() != TokenKind::Comment {
        return None;
    }
    let comment = source.slice(token.range());
    let blank: &[char] = &[' ', '\t'];
    let text = comment.strip_prefix('#')?.trim_start_matches(blank).strip_prefix("type:")?.trim_start_matches(blank);
    Some(TextRange::new(token.end() - TextSize::of(text), token.end()))
}

/// What follows the word of a comment that says `ignore`.
fn ignore_tag(text: &str) -> Option<&str> {
    let tag = text.strip_prefix("ignore")?;
    let ends = !tag.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii());
    ends.then_some(tag)
}

fn collect(source: &Source, parsed: &Parsed<Mod>) -> Result<TypeComments, CompileError> {
    let tokens = parsed.tokens();
    let mut found = Finder { source, tokens, lowering: Lowering::new(source, tokens), at: FxHashMap::default(), twice: None };
    if let Mod::Module(module) = parsed.syntax() {
        found.visit_body(&module.body);
    }
    if let Some(location) = found.twice {
        return Err(CompileError::syntax("Cannot have two type comments on def", location));
    }
    let mut comments = TypeComments::default();
    for token in tokens.iter() {
        let Some(range) = content(source, token) else { continue };
        let text = source.slice(range);
        if let Some(tag) = ignore_tag(text) {
            comments.ignores.push((source.position(token.start()).0, tag.to_owned()));
        } else if let Some(place) = found.at.get(&range.start()) {
            comments.annotations.insert(*place, text.to_owned());
        } else {
            return Err(CompileError::syntax("invalid syntax", source.location(range)));
        }
    }
    Ok(comments)
}

/// Finds what type comments belong to.
struct Finder<'a> {
    source: &'a Source,
    tokens: &'a Tokens,
    lowering: Lowering<'a>,
    /// By where the text of a comment begins: where what it is of does.
    at: FxHashMap<TextSize, (i32, i32)>,
    /// Where the body of a definition with two comments begins.
    twice: Option<Location>,
}

impl Finder<'_> {
    /// The text of the type comment that the first of these tokens is.
    fn first(&self, tokens: &[Token]) -> Option<TextSize> {
        let range = content(self.source, tokens.first()?)?;
        ignore_tag(self.source.slice(range)).is_none().then_some(range.start())
    }

    fn note(&mut self, comment: Option<TextSize>, of: TextSize) {
        if let Some(comment) = comment {
            self.at.insert(comment, self.source.position(of));
        }
    }

    /// What follows the colon of a header whose last part ends at `end`.
    fn after_colon(&self, end: TextSize) -> &[Token] {
        let tokens = self.tokens.after(end);
        let colon = tokens.iter().position(|token| token.kind() == TokenKind::Colon);
        &tokens[colon.map_or(tokens.len(), |colon| colon + 1)..]
    }

    fn parameters(&mut self, parameters: &Parameters) {
        let plain = parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs);
        let plain = plain.map(|p| (p.range.end(), &p.parameter));
        let starred = parameters.vararg.iter().chain(&parameters.kwarg).map(|p| (p.range.end(), &**p));
        let all: Vec<_> = plain.chain(starred).map(|(end, p)| (end, p.name.range.start())).collect();
        for (end, start) in all {
            // A default value may be in parentheses.
            let after = self.tokens.after(end);
            let closed = after.iter().take_while(|token| token.kind() == TokenKind::Rpar).count();
            let after = &after[if after.get(closed).is_some_and(|token| token.kind() == TokenKind::Comma) { closed } else { 0 }..];
            let after = if after.first().is_some_and(|token| token.kind() == TokenKind::Comma) { &after[1..] } else { after };
            // The comment may be on the next line.
            let lines = after.iter().take_while(|token| token.kind() == TokenKind::NonLogicalNewline).count();
            let comment = self.first(&after[lines..]);
            self.note(comment, start);
        }
    }
}

impl<'a> StatementVisitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Assign(s) => {
                let comment = self.first(self.tokens.after(s.range.end()));
                self.note(comment, s.range.start());
            }
            Stmt::For(s) => {
                let comment = self.first(self.after_colon(s.iter.end()));
                self.note(comment, s.range.start());
            }
            Stmt::With(s) => {
                let comment = self.first(self.after_colon(s.items.last().map_or(s.range.start(), |item| item.range.end())));
                self.note(comment, s.range.start());
            }
            Stmt::FunctionDef(s) => {
                self.parameters(&s.parameters);
                let header = s.returns.as_ref().map_or(s.parameters.range.end(), |returns| returns.end());
                let after = self.after_colon(header);
                let on_line = self.first(after);
                let rest = &after[usize::from(on_line.is_some())..];
                let below = match rest.first() {
                    Some(token) if token.kind() == TokenKind::Newline => self.first(&rest[1..]),
                    _ => None,
                };
                if on_line.is_some() && below.is_some() {
                    let start = s.body.first().map_or(s.range.start(), Ranged::start);
                    self.twice = Some(self.source.location(TextRange::empty(start)));
                }
                let start = self.lowering.definition_start(s.range, &s.decorator_list);
                self.note(on_line.or(below), start);
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }
}
