//! Source as an older Python's grammar has it: `ast.parse(source, feature_version=(3, 7))`.

use crate::compile_flags;
use crate::error::CompileError;
use crate::source::Source;
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::{Parsed, UnsupportedSyntaxErrorKind};

/// The version that flags ask for, for the parser.
pub fn wanted(flags: u32) -> PythonVersion {
    match flags >> compile_flags::FEATURE_VERSION_SHIFT {
        0 => PythonVersion::PY314,
        minor => PythonVersion { major: 3, minor: minor as u8 },
    }
}

/// The first thing in the source that the wanted version does not have. CPython, too, looks only for some.
pub fn check(source: &Source, parsed: &Parsed<Mod>, flags: u32) -> Option<CompileError> {
    let wanted = flags >> compile_flags::FEATURE_VERSION_SHIFT;
    if wanted == 0 {
        return None;
    }
    let known = parsed.unsupported_syntax_errors().iter().find_map(|error| {
        let (what, minor) = match error.kind {
            UnsupportedSyntaxErrorKind::Match => ("Pattern matching is", 10),
            UnsupportedSyntaxErrorKind::Walrus => ("Assignment expressions are", 8),
            UnsupportedSyntaxErrorKind::ExceptStar => ("Exception groups are", 11),
            UnsupportedSyntaxErrorKind::PositionalOnlyParameter => ("Positional-only parameters are", 8),
            UnsupportedSyntaxErrorKind::TypeParameterList => ("Type parameter lists are", 12),
            UnsupportedSyntaxErrorKind::TypeAliasStatement => ("Type statement is", 12),
            UnsupportedSyntaxErrorKind::TypeParamDefault => ("Type parameter defaults are", 13),
            UnsupportedSyntaxErrorKind::UnparenthesizedExceptionTypes => ("except expressions without parentheses are", 14),
            _ => return None,
        };
        Some((what, minor, error.range))
    });
    let template = (wanted < 14)
        .then(|| parsed.tokens().iter().find(|token| token.kind() == TokenKind::TStringStart))
        .flatten()
        .map(|token| ("t-strings are", 14, ruff_text_size::Ranged::range(token)));
    let (what, minor, range) = known.or(template)?;
    Some(CompileError::syntax(format!("{what} only supported in Python 3.{minor} and greater"), source.location(range)))
}
