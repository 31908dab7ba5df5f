//! The parser's errors in CPython's words, where that is plain from the error alone.

use crate::error::{CompileError, ErrorKind};
use crate::instruction::Location;
use crate::source::Source;
use ruff_python_ast::Expr;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_parser::{InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType};
use ruff_text_size::{Ranged, TextRange};

mod brackets;

/// The exception for the first of the parser's errors.
pub fn translate(error: &ParseError, source: &Source, tokens: &Tokens) -> CompileError {
    let mut range = error.location;
    if let Some(error) = incompatible_prefixes(range, source, tokens)
        .or_else(|| brackets::mismatch(range, source, tokens))
        .or_else(|| crate::lower::literal_error(range, source, tokens))
    {
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
        ParseErrorType::OtherError(message) if message.starts_with("Expected an indented block") => {
            kind = ErrorKind::Indentation;
            indented_block(message, header_line(range, source, tokens))
        }
        ParseErrorType::ExpectedToken { expected: TokenKind::Colon, found }
            if *found == TokenKind::Newline || forces_colon(range, tokens) =>
        {
            "expected ':'".to_owned()
        }
        ParseErrorType::ExpectedToken { expected: TokenKind::Lpar, .. } => "expected '('".to_owned(),
        ParseErrorType::InvalidDeleteTarget => {
            format!("cannot delete {}", describe(source.slice(range)))
        }
        ParseErrorType::InvalidAssignmentTarget => invalid_target(range, source, tokens),
        ParseErrorType::InvalidNamedAssignmentTarget => format!("cannot use assignment expressions with {}", describe(source.slice(range))),
        ParseErrorType::InvalidAugmentedAssignmentTarget => {
            format!("'{}' is an illegal expression for augmented assignment", describe(source.slice(range)))
        }
        ParseErrorType::InvalidAnnotatedAssignmentTarget => match source.slice(range).as_bytes() {
            [b'[', ..] => "only single target (not list) can be annotated".to_owned(),
            [b'(', ..] => "only single target (not tuple) can be annotated".to_owned(),
            _ => "illegal target for annotation".to_owned(),
        },
        ParseErrorType::PositionalAfterKeywordArgument => "positional argument follows keyword argument".to_owned(),
        ParseErrorType::PositionalAfterKeywordUnpacking => "positional argument follows keyword argument unpacking".to_owned(),
        ParseErrorType::InvalidArgumentUnpackingOrder => "iterable argument unpacking follows keyword argument unpacking".to_owned(),
        ParseErrorType::UnparenthesizedGeneratorExpression => "Generator expression must be parenthesized".to_owned(),
        ParseErrorType::NonDefaultParamAfterDefaultParam => "parameter without a default follows parameter with a default".to_owned(),
        ParseErrorType::ParamAfterVarKeywordParam => "arguments cannot follow var-keyword argument".to_owned(),
        ParseErrorType::VarParameterWithDefault => {
            let kind = if source.slice(range).starts_with("**") { "keyword" } else { "positional" };
            format!("var-{kind} argument cannot have default value")
        }
        ParseErrorType::ExpectedKeywordParam => "named arguments must follow bare *".to_owned(),
        ParseErrorType::EmptyImportNames => "Expected one or more names after 'import'".to_owned(),
        ParseErrorType::IterableUnpackingInComprehension => "iterable unpacking cannot be used in comprehension".to_owned(),
        ParseErrorType::ExpectedRealNumber => "real number required in complex literal".to_owned(),
        ParseErrorType::ExpectedImaginaryNumber => "imaginary number required in complex literal".to_owned(),
        ParseErrorType::EmptyTypeParams => "Type parameter list cannot be empty".to_owned(),
        ParseErrorType::OtherError(message) => other(message).to_owned(),
        _ => "invalid syntax".to_owned(),
    };
    if (message == "invalid syntax" || message == "unexpected EOF while parsing")
        && let Some(error) = better_than_invalid_syntax(error, source, tokens)
    {
        return error;
    }
    // The place is the token at which the grammar had no way on, not what the parser made of the tokens after it.
    if message == "invalid syntax"
        && let Some(token) = tokens.iter().find(|token| token.start() == range.start() && !token.range().is_empty())
    {
        range = token.range();
    }
    // A bytes literal is wrong as a whole.
    if matches!(error.error, ParseErrorType::Lexical(LexicalErrorType::InvalidByteLiteral))
        && let Some(token) = tokens.iter().find(|token| token.kind() == TokenKind::String && token.range().contains_range(range))
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
            LexicalErrorType::UnclosedStringError | LexicalErrorType::StringError | LexicalErrorType::UnrecognizedToken { .. },
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
        ParseErrorType::Lexical(LexicalErrorType::UnclosedStringError | LexicalErrorType::StringError) => {
            let text = source.slice(range).trim_start_matches(|c: char| c.is_ascii_alphabetic());
            text.starts_with("\"\"\"")
                || text.starts_with("'''")
                || (!source.text.ends_with('\n') && range.end().to_usize() >= end)
                || source.text.ends_with("\\\n")
        }
        ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { .. }) => false,
        ParseErrorType::FStringError(InterpolatedStringErrorType::UnterminatedTripleQuotedString)
        | ParseErrorType::TStringError(InterpolatedStringErrorType::UnterminatedTripleQuotedString) => true,
        ParseErrorType::OtherError(message) if message.starts_with("Expected an indented block") => {
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
fn incompatible_prefixes(range: TextRange, source: &Source, tokens: &Tokens) -> Option<CompileError> {
    let at = tokens.iter().position(|token| token.start() == range.start())?;
    let (name, string) = (tokens.get(at.checked_sub(1)?)?, &tokens[at]);
    let opens_string = matches!(string.kind(), TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart);
    if name.kind() != TokenKind::Name || !opens_string || name.end() != string.start() {
        return None;
    }
    let text = source.slice(TextRange::new(name.start(), string.end())).to_ascii_lowercase();
    let prefix = &text[..text.find(['\'', '"'])?];
    let has = |c| prefix.contains(c);
    if !prefix.chars().all(|c| "bfrtu".contains(c)) {
        return None;
    }
    let pairs = [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')];
    let (a, b) = pairs.into_iter().find(|(a, b)| has(*a) && has(*b))?;
    let range = TextRange::new(name.start(), string.end());
    let mut location = source.location(range);
    location.end_line = location.line;
    location.end_col = location.col + prefix.len() as i32;
    Some(CompileError::syntax(format!("'{a}' and '{b}' prefixes are incompatible"), location))
}

/// The parser's own sentences in CPython's words.
fn other(message: &str) -> &'static str {
    match message {
        "'/' parameter must appear before '*' parameter" => "/ must be ahead of *",
        "Only one '/' separator allowed" => "/ may appear only once",
        "Only one '*' separator allowed" | "Only one '*' parameter allowed" => "* argument may appear only once",
        "Only one '**' parameter allowed" => "arguments cannot follow var-keyword argument",
        "Position-only parameter separator not allowed as first parameter" => "at least one argument must precede /",
        "Only single target (not tuple) can be annotated" => "only single target (not tuple) can be annotated",
        "Only single target (not list) can be annotated" => "only single target (not list) can be annotated",
        "Positional patterns cannot follow keyword patterns" => "positional patterns follow keyword patterns",
        "Trailing comma not allowed" => "trailing comma not allowed without surrounding parentheses",
        "Multiple exception types must be parenthesized when using `as`" => {
            "multiple exception types must be parenthesized when using 'as'"
        }
        "Cannot have both 'except' and 'except*' on the same 'try'" => "cannot have both 'except' and 'except*' on the same 'try'",
        "Expected `except` or `finally` after `try` block" => "expected 'except' or 'finally' block",
        "Expected one or more exception types" => "expected one or more exception types",
        _ => "invalid syntax",
    }
}

/// Whether the statement of an error, or a lambda just before it, must have a colon where it is missing.
fn forces_colon(range: TextRange, tokens: &Tokens) -> bool {
    let at = tokens.iter().position(|token| token.start() >= range.start()).unwrap_or(tokens.len());
    let statement =
        tokens[..at].iter().rev().take_while(|token| !matches!(token.kind(), TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent));
    let mut first = None;
    for token in statement {
        if token.kind() == TokenKind::Lambda {
            return true;
        }
        first = Some(token.kind());
    }
    matches!(first, Some(TokenKind::Def | TokenKind::Async | TokenKind::Else | TokenKind::Try | TokenKind::Finally))
}

/// What CPython says of some common mistakes instead of "invalid syntax".
fn better_than_invalid_syntax(error: &ParseError, source: &Source, tokens: &Tokens) -> Option<CompileError> {
    let range = error.location;
    if let Some(error) = number_end(range, source, tokens) {
        return Some(error);
    }
    let at = tokens.iter().position(|token| token.start() >= range.start()).unwrap_or(tokens.len());
    let line_start = tokens[..at]
        .iter()
        .rposition(|token| matches!(token.kind(), TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::Semi));
    let first = tokens.get(line_start.map_or(0, |i| i + 1))?;
    let previous = at.checked_sub(1).and_then(|i| tokens.get(i));
    // print "..." and exec "...", which were statements once.
    if let Some(name) = previous
        && name.kind() == TokenKind::Name
        && name.start() == first.start()
        && matches!(source.slice(name.range()), "print" | "exec")
        && !matches!(error.error, ParseErrorType::Lexical(_))
    {
        let word = source.slice(name.range());
        let last = tokens[at..]
            .iter()
            .take_while(|token| !matches!(token.kind(), TokenKind::Newline | TokenKind::Semi | TokenKind::Comment))
            .last()?;
        return Some(CompileError::syntax(
            format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?"),
            source.location(TextRange::new(name.start(), last.end())),
        ));
    }
    // if x = 3:
    if let (Some(name), Some(equal), Some(value), Some(after)) = (previous, tokens.get(at), tokens.get(at + 1), tokens.get(at + 2))
        && equal.kind() == TokenKind::Equal
        && name.kind() == TokenKind::Name
        && matches!(first.kind(), TokenKind::If | TokenKind::While | TokenKind::Elif)
        && matches!(after.kind(), TokenKind::Colon | TokenKind::Rpar | TokenKind::And | TokenKind::Or)
    {
        return Some(CompileError::syntax(
            "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
            source.location(TextRange::new(name.start(), value.end())),
        ));
    }
    brackets::unclosed(range, source, tokens)
}

fn lexical(error: &LexicalErrorType, kind: &mut ErrorKind, range: TextRange, source: &Source) -> String {
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
        LexicalErrorType::LineContinuationError => "unexpected character after line continuation character".to_owned(),
        LexicalErrorType::Eof => "unexpected EOF while parsing".to_owned(),
        LexicalErrorType::InvalidByteLiteral => "bytes can only contain ASCII literal characters".to_owned(),
        LexicalErrorType::FStringError(error) => interpolated("f-string", error),
        LexicalErrorType::TStringError(error) => interpolated("t-string", error),
        LexicalErrorType::UnicodeError => "(unicode error) 'unicodeescape' codec can't decode bytes".to_owned(),
        LexicalErrorType::MissingUnicodeLbrace | LexicalErrorType::MissingUnicodeRbrace => {
            "(unicode error) 'unicodeescape' codec can't decode bytes: malformed \\N character escape".to_owned()
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
        return "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers".to_owned();
    }
    let mut chars = message.chars();
    match chars.next() {
        Some(first) if message.starts_with("Invalid") => first.to_lowercase().chain(chars).collect(),
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

/// The line of the compound statement whose body is missing at `range`.
fn header_line(range: TextRange, source: &Source, tokens: &Tokens) -> i32 {
    let before = tokens.iter().take_while(|token| token.start() < range.start()).count();
    let colon = tokens[..before].iter().rposition(|token| token.kind() == TokenKind::Colon).unwrap_or(0);
    let start = tokens[..colon]
        .iter()
        .rposition(|token| {
            matches!(token.kind(), TokenKind::Newline | TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent)
        })
        .map_or(0, |i| i + 1);
    tokens.get(start).map_or(1, |token| source.position(token.start()).0)
}

/// "Expected an indented block after `if` statement" is CPython's without the line.
fn indented_block(message: &str, line: i32) -> String {
    let message = message.replace("Expected", "expected").replace('`', "'").replace("'class' definition", "class definition");
    format!("{message} on line {line}")
}

/// What CPython calls an expression that cannot be assigned to (`_PyPegen_get_expr_name`).
fn describe(text: &str) -> &'static str {
    let Ok(parsed) = ruff_python_parser::parse_expression(text) else {
        return if text.starts_with('*') { "starred" } else { "expression" };
    };
    match parsed.expr() {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(literal) if literal.value => "True",
        Expr::BooleanLiteral(_) => "False",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_) => "literal",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        _ => "expression",
    }
}

/// `f() = 1`, where a comparison is more likely meant.
fn invalid_target(range: TextRange, source: &Source, tokens: &Tokens) -> String {
    let name = describe(source.slice(range));
    let before_equal = tokens.iter().find(|token| token.start() >= range.end()).is_some_and(|token| token.kind() == TokenKind::Equal);
    if name == "yield expression" {
        return "assignment to yield expression not possible".to_owned();
    }
    if before_equal && !matches!(name, "None" | "True" | "False" | "list" | "tuple" | "starred") {
        return format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?");
    }
    format!("cannot assign to {name}")
}

/// A number that runs into a name.
fn number_end(range: TextRange, source: &Source, tokens: &Tokens) -> Option<CompileError> {
    let at = tokens.iter().position(|token| token.start() == range.start())?;
    let (number, name) = (tokens.get(at.checked_sub(1)?)?, &tokens[at]);
    let is_number = matches!(number.kind(), TokenKind::Int | TokenKind::Float | TokenKind::Complex);
    if !is_number || number.end() != name.start() || name.kind() != TokenKind::Name {
        return None;
    }
    let text = source.slice(number.range()).to_ascii_lowercase();
    let kind = match text.get(..2) {
        Some("0x") => "hexadecimal",
        Some("0o") => "octal",
        Some("0b") => "binary",
        _ if text.ends_with('j') => "imaginary",
        _ => "decimal",
    };
    let mut location = source.location(TextRange::empty(number.end()));
    if !source.slice(name.range()).starts_with('_') {
        location.col -= 1;
        location.end_col -= 1;
    }
    Some(CompileError::syntax(format!("invalid {kind} literal"), location))
}
