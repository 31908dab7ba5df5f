//! What compilation reports: errors and warnings, with their place in the source.

use crate::instruction::Location;

/// The exception type of a [`CompileError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ErrorKind {
    SyntaxError,
    IndentationError,
    TabError,
    /// An incomplete interactive statement (`_IncompleteInputError`).
    IncompleteInput,
    ValueError,
    OverflowError,
    RecursionError,
    MemoryError,
    SystemError,
}

/// Why a source text does not compile.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileError {
    /// The exception's type.
    pub kind: ErrorKind,
    /// The exception's message.
    pub message: String,
    /// `lineno`, from 1; 0 where unknown.
    pub line: i32,
    /// `offset`, in characters from 1; 0 where unknown.
    pub column: i32,
    /// `end_lineno`.
    pub end_line: i32,
    /// `end_offset`, in characters from 1.
    pub end_column: i32,
    /// `text`: the source line.
    pub text: Option<String>,
    /// Columns are still UTF-8 byte offsets, to be converted once the source is at hand.
    pub(crate) raw_columns: bool,
}

impl CompileError {
    /// An error of type `kind` that covers `loc`.
    pub fn new(kind: ErrorKind, message: impl Into<String>, loc: Location) -> CompileError {
        CompileError {
            kind,
            message: message.into(),
            line: loc.line,
            column: loc.col + 1,
            end_line: loc.end_line,
            end_column: loc.end_col + 1,
            text: None,
            raw_columns: true,
        }
    }

    /// A SyntaxError that covers `loc`.
    pub fn syntax(message: impl Into<String>, loc: Location) -> CompileError {
        CompileError::new(ErrorKind::SyntaxError, message, loc)
    }

    /// An error without a place in the source.
    pub fn plain(kind: ErrorKind, message: impl Into<String>) -> CompileError {
        CompileError {
            kind,
            message: message.into(),
            line: 0,
            column: 0,
            end_line: 0,
            end_column: 0,
            text: None,
            raw_columns: false,
        }
    }

    /// CPython's answer to nesting that is too deep.
    pub fn recursion() -> CompileError {
        CompileError::plain(
            ErrorKind::RecursionError,
            "maximum recursion depth exceeded during compilation",
        )
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)?;
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for CompileError {}

/// The category of a [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum WarningKind {
    SyntaxWarning,
    DeprecationWarning,
}

/// Something dubious that does not stop compilation.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// The warning's category.
    pub kind: WarningKind,
    /// The text.
    pub message: String,
    /// The place in the source; columns are UTF-8 byte offsets.
    pub loc: Location,
}
