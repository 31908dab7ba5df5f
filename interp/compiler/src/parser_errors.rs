//! The parser's errors in CPython's words, where that is plain from the error alone.

use crate::error::{CompileError, ErrorKind};
use crate::instruction::Location;
use crate::source::Source;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_parser::{
    InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType,
};
use ruff_text_size::{Ranged, TextRange};

/// The exception for the first of the parser's errors.
pub fn translate(error: &ParseError, source: &Source, tokens: &Tokens) -> CompileError {
    let mut range = error.location;
    if let Some(error) = incompatible_prefixes(range, source, tokens) {
        return error;
    }
    let mut kind = ErrorKind::Syntax;
    let message = match &error.error {
        ParseErrorType::Lexical(error) => lexical(error, &mut kind, range, source),
        ParseErrorType::FStringError(error) => interpolated("f-string", error),
        ParseErrorType::TStringError(error) => interpolated("t-string", error),
        ParseErrorType::UnexpectedIndentation => {
            kind = ErrorKind::Indentation;
            "unexpected indent".to_owned()
        }
        ParseErrorType::OtherError(message)
            if message.starts_with("Expected an indented block") =>
        {
            kind = ErrorKind::Indentation;
            indented_block(message, source.position(range.start()).0)
        }
        ParseErrorType::ExpectedToken {
            expected: TokenKind::Colon,
            ..
        } => "expected ':'".to_owned(),
        ParseErrorType::ExpectedToken {
            expected: TokenKind::Lpar,
            ..
        } => "expected '('".to_owned(),
        ParseErrorType::InvalidDeleteTarget => {
            format!("cannot delete {}", describe(source.slice(range)))
        }
        ParseErrorType::InvalidAssignmentTarget => {
            format!("cannot assign to {}", describe(source.slice(range)))
        }
        ParseErrorType::InvalidNamedAssignmentTarget => format!(
            "cannot use assignment expressions with {}",
            describe(source.slice(range))
        ),
        ParseErrorType::InvalidAugmentedAssignmentTarget => format!(
            "'{}' is an illegal expression for augmented assignment",
            describe(source.slice(range))
        ),
        ParseErrorType::InvalidAnnotatedAssignmentTarget => match source.slice(range).as_bytes() {
            [b'[', ..] => "only single target (not list) can be annotated".to_owned(),
            [b'(', ..] => "only single target (not tuple) can be annotated".to_owned(),
            _ => "illegal target for annotation".to_owned(),
        },
        ParseErrorType::PositionalAfterKeywordArgument => {
            "positional argument follows keyword argument".to_owned()
        }
        ParseErrorType::PositionalAfterKeywordUnpacking => {
            "positional argument follows keyword argument unpacking".to_owned()
        }
        ParseErrorType::InvalidArgumentUnpackingOrder => {
            "iterable argument unpacking follows keyword argument unpacking".to_owned()
        }
        ParseErrorType::UnparenthesizedGeneratorExpression => {
            "Generator expression must be parenthesized".to_owned()
        }
        ParseErrorType::NonDefaultParamAfterDefaultParam => {
            "parameter without a default follows parameter with a default".to_owned()
        }
        ParseErrorType::ParamAfterVarKeywordParam => {
            "arguments cannot follow var-keyword argument".to_owned()
        }
        ParseErrorType::VarParameterWithDefault => {
            "var-positional parameter cannot have default value".to_owned()
        }
        ParseErrorType::ExpectedKeywordParam => "named parameters must follow bare *".to_owned(),
        ParseErrorType::EmptyImportNames => "Expected one or more names after 'import'".to_owned(),
        ParseErrorType::IterableUnpackingInComprehension => {
            "iterable unpacking cannot be used in comprehension".to_owned()
        }
        ParseErrorType::ExpectedRealNumber => "real number required in complex literal".to_owned(),
        ParseErrorType::ExpectedImaginaryNumber => {
            "imaginary number required in complex literal".to_owned()
        }
        ParseErrorType::EmptyTypeParams => "Type parameter list cannot be empty".to_owned(),
        _ => "invalid syntax".to_owned(),
    };
    // A bytes literal is wrong as a whole.
    if matches!(
        error.error,
        ParseErrorType::Lexical(LexicalErrorType::InvalidByteLiteral)
    ) && let Some(token) = tokens
        .iter()
        .find(|token| token.kind() == TokenKind::String && token.range().contains_range(range))
    {
        range = token.range();
    }
    CompileError::new(kind, message, place(error, range, source))
}

/// CPython's place for an error: a line's end has a column of its own, and the tokenizer's errors are points.
fn place(error: &ParseError, range: TextRange, source: &Source) -> Location {
    let mut location = source.location(range);
    match &error.error {
        ParseErrorType::Lexical(
            LexicalErrorType::UnclosedStringError
            | LexicalErrorType::StringError
            | LexicalErrorType::UnrecognizedToken { .. },
        )
        | ParseErrorType::FStringError(InterpolatedStringErrorType::SingleRbrace)
        | ParseErrorType::TStringError(InterpolatedStringErrorType::SingleRbrace)
        | ParseErrorType::Lexical(
            LexicalErrorType::FStringError(InterpolatedStringErrorType::SingleRbrace)
            | LexicalErrorType::TStringError(InterpolatedStringErrorType::SingleRbrace),
        ) => {
            location.end_line = location.line;
            location.end_col = location.col;
        }
        ParseErrorType::Lexical(LexicalErrorType::LineContinuationError) => {
            location.col += 1;
            location.end_line = location.line;
            location.end_col = -1;
        }
        ParseErrorType::Lexical(LexicalErrorType::IndentationError) => {
            location.line = location.end_line;
            let line = source.line(location.line).unwrap_or_default();
            location.col = line.trim_end_matches('\n').len() as i32;
            location.end_col = -2;
        }
        ParseErrorType::UnexpectedIndentation => {
            let line = source.line(location.line).unwrap_or_default();
            location.col = (line.len() - line.trim_start().len()) as i32 - 1;
            location.end_line = location.line;
            location.end_col = -2;
        }
        _ if source.slice(range).starts_with('\n') => {
            location.end_line = location.line;
            location.end_col = location.col + 1;
        }
        _ => {}
    }
    location
}

/// Whether the error is at the end of the input, where more lines might help.
pub fn is_incomplete(error: &ParseError, source: &Source) -> bool {
    let end = source.text.len();
    let range = error.location;
    match &error.error {
        ParseErrorType::Lexical(LexicalErrorType::LineContinuationError) => false,
        ParseErrorType::Lexical(LexicalErrorType::Eof) => true,
        ParseErrorType::Lexical(
            LexicalErrorType::UnclosedStringError | LexicalErrorType::StringError,
        ) => {
            let text = source
                .slice(range)
                .trim_start_matches(|c: char| c.is_ascii_alphabetic());
            text.starts_with("\"\"\"")
                || text.starts_with("'''")
                || (!source.text.ends_with('\n') && range.end().to_usize() >= end)
                || source.text.ends_with("\\\n")
        }
        ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { .. }) => false,
        ParseErrorType::FStringError(
            InterpolatedStringErrorType::UnterminatedTripleQuotedString,
        )
        | ParseErrorType::TStringError(
            InterpolatedStringErrorType::UnterminatedTripleQuotedString,
        ) => true,
        ParseErrorType::OtherError(message)
            if message.starts_with("Expected an indented block") =>
        {
            source.text[range.start().to_usize()..].trim().is_empty()
        }
        ParseErrorType::InvalidDeleteTarget | ParseErrorType::InvalidAssignmentTarget => {
            !source.text[range.start().to_usize()..].contains('\n')
        }
        _ if source.text.ends_with('\n') => range.start().to_usize() >= end,
        _ if source.slice(range).starts_with([')', ']', '}']) => false,
        _ => range.end().to_usize() >= end,
    }
}

/// The parser sees `ub"..."` as a name and a string.
fn incompatible_prefixes(
    range: TextRange,
    source: &Source,
    tokens: &Tokens,
) -> Option<CompileError> {
    let at = tokens
        .iter()
        .position(|token| token.start() == range.start())?;
    let (name, string) = (tokens.get(at.checked_sub(1)?)?, &tokens[at]);
    let opens_string = matches!(
        string.kind(),
        TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart
    );
    if name.kind() != TokenKind::Name || !opens_string || name.end() != string.start() {
        return None;
    }
    let text = source
        .slice(TextRange::new(name.start(), string.end()))
        .to_ascii_lowercase();
    let prefix = &text[..text.find(['\'', '"'])?];
    let has = |c| prefix.contains(c);
    if !prefix.chars().all(|c| "bfrtu".contains(c)) {
        return None;
    }
    let pairs = [
        ('u', 'b'),
        ('u', 'r'),
        ('u', 'f'),
        ('u', 't'),
        ('b', 'f'),
        ('b', 't'),
        ('f', 't'),
    ];
    let (a, b) = pairs.into_iter().find(|(a, b)| has(*a) && has(*b))?;
    let range = TextRange::new(name.start(), string.end());
    let mut location = source.location(range);
    location.end_line = location.line;
    location.end_col = location.col + prefix.len() as i32;
    Some(CompileError::syntax(
        format!("'{a}' and '{b}' prefixes are incompatible"),
        location,
    ))
}

fn lexical(
    error: &LexicalErrorType,
    kind: &mut ErrorKind,
    range: TextRange,
    source: &Source,
) -> String {
    match error {
        LexicalErrorType::UnclosedStringError | LexicalErrorType::StringError => {
            let line = source.position(range.start()).0;
            let text = source.slice(range);
            let body = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            if body.starts_with("\"\"\"") || body.starts_with("'''") {
                let last = source.text.lines().count();
                format!("unterminated triple-quoted string literal (detected at line {last})")
            } else {
                format!("unterminated string literal (detected at line {line})")
            }
        }
        LexicalErrorType::IndentationError => {
            *kind = ErrorKind::Indentation;
            "unindent does not match any outer indentation level".to_owned()
        }
        LexicalErrorType::UnrecognizedToken { tok } => match tok {
            '$' | '?' | '!' | '`' => "invalid syntax".to_owned(),
            tok if (*tok as u32) < 0x20 || *tok == '\x7f' => {
                format!("invalid non-printable character U+{:04X}", *tok as u32)
            }
            tok if tok.is_ascii() => "invalid syntax".to_owned(),
            tok => format!("invalid character '{tok}' (U+{:04X})", *tok as u32),
        },
        LexicalErrorType::LineContinuationError => {
            "unexpected character after line continuation character".to_owned()
        }
        LexicalErrorType::Eof => "unexpected EOF while parsing".to_owned(),
        LexicalErrorType::InvalidByteLiteral => {
            "bytes can only contain ASCII literal characters".to_owned()
        }
        LexicalErrorType::FStringError(error) => interpolated("f-string", error),
        LexicalErrorType::TStringError(error) => interpolated("t-string", error),
        LexicalErrorType::UnicodeError => {
            "(unicode error) 'unicodeescape' codec can't decode bytes".to_owned()
        }
        LexicalErrorType::MissingUnicodeLbrace | LexicalErrorType::MissingUnicodeRbrace => {
            "(unicode error) 'unicodeescape' codec can't decode bytes: malformed \\N character escape"
                .to_owned()
        }
        LexicalErrorType::OtherError(message) => number(message, source.slice(range)),
    }
}

/// Messages about numbers begin in lower case in CPython.
fn number(message: &str, text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let kind = match text.get(..2) {
        Some("0x") => "hexadecimal",
        Some("0o") => "octal",
        Some("0b") => "binary",
        _ => "decimal",
    };
    if message.contains("ParseIntError") {
        return format!("invalid {kind} literal");
    }
    if message == "Invalid decimal integer literal" {
        return "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"
            .to_owned();
    }
    let mut chars = message.chars();
    match chars.next() {
        Some(first) if message.starts_with("Invalid") => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => message.to_owned(),
    }
}

fn interpolated(what: &str, error: &InterpolatedStringErrorType) -> String {
    let message = match error {
        InterpolatedStringErrorType::UnclosedLbrace => "expecting '}'",
        InterpolatedStringErrorType::InvalidConversionFlag => "invalid conversion character",
        InterpolatedStringErrorType::SingleRbrace => "single '}' is not allowed",
        InterpolatedStringErrorType::UnterminatedString => {
            return format!("unterminated {what} literal");
        }
        InterpolatedStringErrorType::UnterminatedTripleQuotedString => {
            return format!("unterminated triple-quoted {what} literal");
        }
        _ => "invalid syntax",
    };
    format!("{what}: {message}")
}

/// "Expected an indented block after `if` statement" is CPython's without the line.
fn indented_block(message: &str, line: i32) -> String {
    let message = message
        .replace("Expected", "expected")
        .replace('`', "'")
        .replace("'class' definition", "class definition");
    format!("{message} on line {line}")
}

/// What CPython calls an expression that cannot be assigned to.
fn describe(text: &str) -> &'static str {
    match text {
        "None" => "None",
        "True" => "True",
        "False" => "False",
        "..." => "ellipsis",
        _ if text.ends_with(')') && !text.starts_with('(') => "function call",
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '\'' || c == '"') => "literal",
        _ if text.starts_with('{') && text.contains(':') => "dict literal",
        _ if text.starts_with('{') => "set display",
        _ if text.starts_with("lambda") => "lambda",
        _ if text.starts_with("f'") || text.starts_with("f\"") => "f-string expression",
        _ if text.contains(" for ") => "comprehension",
        _ if text.contains(" if ") => "conditional expression",
        _ if text.contains("==") || text.contains('<') || text.contains('>') => "comparison",
        _ => "expression",
    }
}
