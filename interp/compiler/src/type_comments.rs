//! `# type:` comments (PEP 484), which `ast.parse(…, type_comments=True)` asks for: the ones that say `ignore`, and one that
//! CPython refuses. Those that annotate a statement are not attached to it.

use crate::error::CompileError;
use crate::source::Source;
use crate::{Options, compile_flags, decode};
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_parser::{Mode, ParseOptions};
use ruff_text_size::Ranged;

/// The lines of `# type: ignore` comments, and what follows the word.
pub fn type_ignores(source: &[u8], options: Options) -> Vec<(i32, String)> {
    let Ok(source) = decode(source, options) else { return Vec::new() };
    let parsed = ruff_python_parser::parse_unchecked(&source.text, ParseOptions::from(Mode::Module));
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    let ignores = comments.filter_map(|token| {
        let tag = content(source.slice(token.range()))?.strip_prefix("ignore")?;
        let ends = !tag.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii());
        ends.then(|| (source.position(token.start()).0, tag.to_owned()))
    });
    ignores.collect()
}

/// What a comment says after `type:`.
fn content(comment: &str) -> Option<&str> {
    let text = comment.strip_prefix('#')?.trim_start_matches([' ', '\t']);
    Some(text.strip_prefix("type:")?.trim_start_matches([' ', '\t']))
}

/// A type comment of the star that separates parameters, which has no type.
pub fn check(source: &Source, tokens: &Tokens, flags: u32) -> Option<CompileError> {
    if flags & compile_flags::TYPE_COMMENTS == 0 {
        return None;
    }
    let star = tokens.windows(4).find(|window| {
        let [open, star, comma, comment] = window else { return false };
        matches!(open.kind(), TokenKind::Lpar | TokenKind::Comma | TokenKind::NonLogicalNewline)
            && star.kind() == TokenKind::Star
            && comma.kind() == TokenKind::Comma
            && comment.kind() == TokenKind::Comment
            && content(source.slice(comment.range())).is_some()
    })?;
    Some(CompileError::syntax("bare * has associated type comment", source.location(star[3].range())))
}
