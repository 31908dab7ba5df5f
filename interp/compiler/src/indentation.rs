//! Indentation that depends on the width of a tab is refused, as in CPython's tokenizer.
//!
//! Every line's indentation is measured twice, with tab stops at eight columns and with tabs of one column. The two must
//! agree on which lines are indented more than others.

use crate::error::{CompileError, ErrorKind};
use crate::instruction::Location;
use crate::source::Source;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::Ranged;

/// The first line whose tabs and spaces are inconsistent, as the TabError about it.
pub fn check(source: &Source, tokens: &Tokens) -> Option<CompileError> {
    if !source.text.contains('\t') {
        return None;
    }
    let mut stack = vec![(0, 0)];
    let mut at_line_start = true;
    for token in tokens.iter() {
        match token.kind() {
            TokenKind::Newline => at_line_start = true,
            TokenKind::Indent | TokenKind::Dedent | TokenKind::Comment | TokenKind::NonLogicalNewline | TokenKind::EndOfFile => {}
            _ if at_line_start => {
                at_line_start = false;
                let (line, _) = source.position(token.start());
                let (col, alt) = measure(source.line(line).unwrap_or_default());
                while stack.len() > 1 && stack.last().is_some_and(|&(top, _)| col < top) {
                    stack.pop();
                }
                let (top, top_alt) = stack.last().copied().unwrap_or_default();
                let consistent = if col > top {
                    stack.push((col, alt));
                    alt > top_alt
                } else {
                    col != top || alt == top_alt
                };
                if !consistent {
                    return Some(tab_error(line));
                }
            }
            _ => {}
        }
    }
    None
}

/// The columns of a line's first character, for tabs to multiples of eight and tabs of one.
fn measure(line: &str) -> (usize, usize) {
    let (mut col, mut alt) = (0, 0);
    for c in line.chars() {
        match c {
            ' ' => {
                col += 1;
                alt += 1;
            }
            '\t' => {
                col = (col / 8 + 1) * 8;
                alt += 1;
            }
            '\x0c' => (col, alt) = (0, 0),
            _ => break,
        }
    }
    (col, alt)
}

fn tab_error(line: i32) -> CompileError {
    CompileError::new(
        ErrorKind::Tab,
        "inconsistent use of tabs and spaces in indentation",
        Location { line, end_line: line, col: 0, end_col: -1 },
    )
}
