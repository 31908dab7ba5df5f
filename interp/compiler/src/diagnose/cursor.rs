//! The tokens of a source and the place where a walk over them is.

use super::shape::Shape;
use super::words;
use crate::Mode;
use crate::error::CompileError;
use crate::source::Source;
use crate::tokenize::{Kind, Span, Tokenizer, kind};
use std::collections::HashMap;

/// Deeper nesting than this is "too complex", as CPython's parser says.
const MAX_DEPTH: u32 = 1500;

/// Why a construct cannot be read.
#[derive(Debug)]
pub enum Stop {
    /// The grammar has no way on, and no rule knows why.
    Fail,
    /// A rule knows.
    Error(Box<CompileError>),
    /// The source is nested too deeply to be looked at.
    TooDeep,
}

/// What reading a construct gives.
pub type Step<T> = Result<T, Stop>;

/// The place of an error of the tokenizer, which is no token.
pub const CUT_OFF: Kind = 255;

/// Why the tokens end before the text does. Such an error counts only if the walk comes to it.
#[derive(Debug)]
pub enum Cut {
    /// The text ends in brackets, of which the innermost opens here.
    Unclosed(usize),
    Error(Box<CompileError>),
}

/// A walk over tokens.
pub struct Cursor<'a> {
    pub source: &'a Source,
    pub tokens: Vec<Span>,
    /// Brackets open at each token, the token itself included if it is one.
    levels: Vec<u16>,
    /// Why there are no more tokens, if that is an error.
    pub cut: Option<Cut>,
    /// The error of the tokenizer comes before whatever the walk finds.
    pub hard: bool,
    /// The next token.
    pub at: usize,
    /// The last token that the grammar, and that any rule, has looked at.
    pub furthest: usize,
    pub fetched: usize,
    /// How many looks ahead are under way.
    ahead: u32,
    /// How many of them without rules.
    quiet: u32,
    depth: u32,
    /// Results of quiet looks ahead: at which token the expression ends that begins at a token.
    pub seen: HashMap<usize, Option<Shape>>,
    /// The last line has its newline, if need be one that CPython supplies.
    pub ends_in_newline: bool,
    /// Where the last compound statement that was read begins.
    pub last_compound: (i32, i32),
    /// There has been a `match(x)`, which CPython takes for a statement without its colon if there is an error behind it.
    pub latent_colon: bool,
}

impl<'a> Cursor<'a> {
    /// Tokenizes the whole source; its error, if there is one, stands at the end.
    pub fn new(source: &'a Source, mode: Mode) -> Cursor<'a> {
        let mut tokenizer = Tokenizer::new(false);
        let mut lines = source.text.split_inclusive('\n');
        let mut next_line = || Ok::<_, std::convert::Infallible>(lines.next().map(str::to_owned));
        let mut tokens = Vec::new();
        let mut cut = None;
        let mut hard = false;
        loop {
            match tokenizer.next_span(&mut next_line) {
                Ok(Some(span)) => tokens.push(span),
                Ok(None) => break,
                Err(crate::tokenize::Failure::Lines(never)) => match never {},
                Err(crate::tokenize::Failure::Syntax(error)) => {
                    let backslash = source.text.ends_with('\\') && mode != Mode::Exec;
                    cut = Some(match tokenizer.innermost_bracket() {
                        _ if error.at_end && backslash => Cut::Error(Box::new(super::verdict::backslash_at_end(&error, source))),
                        Some(open) if error.at_end => Cut::Unclosed(open),
                        _ if error.at_end => Cut::Error(Box::new(super::verdict::unexpected_end(&error, source))),
                        _ => Cut::Error(Box::new(super::verdict::of_tokenizer(&error, source))),
                    });
                    // CPython looks through the rest of the source for errors, but does not notice all of them.
                    if !error.at_end && error.end_offset.is_some() && !tokenizer.is_in_interpolated() {
                        hard = true;
                    }
                    let end = source.text.len();
                    tokens.push(Span { kind: CUT_OFF, start: end, end, line: error.line.max(1), cursor: end });
                    break;
                }
            }
        }
        let mut level: u16 = 0;
        let levels = tokens
            .iter()
            .map(|token| {
                let text = source.text.get(token.start..token.end).unwrap_or_default();
                if (7..=55).contains(&token.kind) {
                    match text {
                        "(" | "[" | "{" => level += 1,
                        ")" | "]" | "}" => level = level.saturating_sub(1),
                        _ => {}
                    }
                }
                level
            })
            .collect();
        Cursor {
            source,
            tokens,
            levels,
            cut,
            hard,
            at: 0,
            furthest: 0,
            fetched: 0,
            ahead: 0,
            quiet: 0,
            depth: 0,
            seen: HashMap::new(),
            ends_in_newline: mode == Mode::Exec || source.text.ends_with('\n'),
            last_compound: (0, 0),
            latent_colon: false,
        }
    }

    /// The kind of the token `ahead` tokens from here.
    pub fn kind_at(&mut self, ahead: usize) -> Kind {
        let at = (self.at + ahead).min(self.tokens.len() - 1);
        self.fetched = self.fetched.max(at);
        if self.ahead == 0 {
            self.furthest = self.furthest.max(at);
        }
        self.tokens[at].kind
    }

    /// How a token begins, without looking at it as the grammar does.
    pub fn byte_at(&self, token: usize) -> Option<u8> {
        self.source.text.as_bytes().get(self.tokens.get(token)?.start).copied()
    }

    pub fn kind(&mut self) -> Kind {
        self.kind_at(0)
    }

    /// The text of a token that is a name, keyword or operator; of others nothing.
    pub fn word_at(&mut self, ahead: usize) -> &'a str {
        let kind = self.kind_at(ahead);
        let token = self.tokens[(self.at + ahead).min(self.tokens.len() - 1)];
        if kind == kind::NAME || (7..=55).contains(&kind) { &self.source.text[token.start..token.end] } else { "" }
    }

    pub fn word(&mut self) -> &'a str {
        self.word_at(0)
    }

    /// Whether the next token is this keyword or operator.
    pub fn is(&mut self, word: &str) -> bool {
        self.word() == word
    }

    /// Whether the next token is one of these.
    pub fn is_any(&mut self, words: &[&str]) -> bool {
        let word = self.word();
        !word.is_empty() && words.contains(&word)
    }

    /// Whether the next token is a name and no keyword.
    pub fn is_name(&mut self) -> bool {
        self.is_name_at(0)
    }

    pub fn is_name_at(&mut self, ahead: usize) -> bool {
        self.kind_at(ahead) == kind::NAME && !words::is_keyword(self.word_at(ahead))
    }

    /// Whether the statement's line ends here.
    pub fn is_newline(&mut self) -> bool {
        self.kind() == kind::NEWLINE
    }

    pub fn bump(&mut self) {
        self.kind();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    /// Takes the next token if it is this one.
    pub fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.bump();
        }
        found
    }

    pub fn expect(&mut self, word: &str) -> Step<()> {
        if self.eat(word) { Ok(()) } else { Err(Stop::Fail) }
    }

    pub fn name(&mut self) -> Step<()> {
        if !self.is_name() {
            return Err(Stop::Fail);
        }
        self.bump();
        Ok(())
    }

    pub fn newline(&mut self) -> Step<()> {
        if !self.is_newline() {
            return Err(Stop::Fail);
        }
        self.bump();
        Ok(())
    }

    /// How many brackets are open after a token.
    pub fn level(&self, token: usize) -> u16 {
        self.levels[token]
    }

    /// Whether rules are off.
    pub fn is_quiet(&self) -> bool {
        self.quiet > 0
    }

    /// Whether looks ahead are nested deeper than any message needs: names in a row would nest them without limit.
    pub fn is_far_ahead(&self) -> bool {
        self.ahead > 8
    }

    /// Reads on, and comes back if that fails; errors of rules are final.
    pub fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<Option<T>> {
        let at = self.at;
        match read(self) {
            Ok(found) => Ok(Some(found)),
            Err(Stop::Fail) => {
                self.at = at;
                Ok(None)
            }
            Err(stop) => Err(stop),
        }
    }

    /// Reads ahead as a rule does: what is looked at does not count as read by the grammar.
    pub fn ahead<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<Option<T>> {
        self.ahead += 1;
        let result = self.attempt(read);
        self.ahead -= 1;
        result
    }

    /// Reads ahead without rules.
    pub fn quietly<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<Option<T>> {
        self.quiet += 1;
        let result = self.ahead(read);
        self.quiet -= 1;
        result
    }

    /// Reads on without rules, as the grammar.
    pub fn without_rules<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<Option<T>> {
        self.quiet += 1;
        let result = self.attempt(read);
        self.quiet -= 1;
        result
    }

    /// Goes one level deeper.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        self.depth += 1;
        let result = if self.depth > MAX_DEPTH { Err(Stop::TooDeep) } else { read(self) };
        self.depth -= 1;
        result
    }
}
