//! What compilation reports: errors, as the exception Python raises for them, and warnings.

use crate::instruction::Location;

/// Which Python exception an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `SyntaxError`.
    Syntax,
    /// `IndentationError`.
    Indentation,
    /// `TabError`.
    Tab,
    /// `_IncompleteInputError`: interactive input that wants more lines.
    Incomplete,
    /// `ValueError`.
    Value,
    /// `OverflowError`, for example too many constants.
    Overflow,
    /// `RecursionError`: source nested too deeply.
    Recursion,
    /// `MemoryError`.
    Memory,
    /// `SystemError`: a mistake of the compiler's own.
    System,
}

/// A failed compilation.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileError {
    /// The exception's type.
    pub kind: ErrorKind,
    /// The exception's message, in CPython's words.
    pub message: String,
    /// Where in the source, or [`Location::NONE`].
    pub location: Location,
    /// `SyntaxError.offset`: the column in characters from 1, 0 where unknown. Filled in by [`crate::compile`].
    pub column: i32,
    /// `SyntaxError.end_offset`, likewise.
    pub end_column: i32,
    /// `SyntaxError.text`: the line the error begins on.
    pub text: Option<String>,
    /// What there was to warn of before the error.
    pub warnings: Vec<Warning>,
    /// `SyntaxError._metadata`, from which `traceback` looks for misspelt keywords.
    pub context: Option<Box<Context>>,
}

/// What an error of the parser was found in.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Where the last compound statement before it begins: line from 1, column from 0; both 0 if there is none.
    pub statement: (i32, i32),
    /// The whole source.
    pub source: String,
}

impl CompileError {
    /// An error of type `kind` that covers `location`.
    pub fn new(kind: ErrorKind, message: impl Into<String>, location: Location) -> CompileError {
        CompileError { kind, message: message.into(), location, column: 0, end_column: 0, text: None, warnings: Vec::new(), context: None }
    }

    /// A SyntaxError that covers `location`.
    pub fn syntax(message: impl Into<String>, location: Location) -> CompileError {
        CompileError::new(ErrorKind::Syntax, message, location)
    }

    /// An error without a place in the source.
    pub fn plain(kind: ErrorKind, message: impl Into<String>) -> CompileError {
        CompileError::new(kind, message, Location::NONE)
    }

    /// A mistake of the compiler's own: the message names what was inconsistent.
    pub fn internal(message: impl Into<String>) -> CompileError {
        CompileError::plain(ErrorKind::System, message)
    }

    /// CPython's answer to nesting that is too deep for its parser.
    pub fn too_complex() -> CompileError {
        CompileError::plain(ErrorKind::Memory, "Parser stack overflowed - Python source too complex to parse")
    }

    /// CPython's answer to a tree that is too deep.
    pub fn recursion() -> CompileError {
        CompileError::plain(ErrorKind::Recursion, "maximum recursion depth exceeded during compilation")
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if self.location.line > 0 {
            write!(f, " (line {}, column {})", self.location.line, self.column)?;
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
    pub location: Location,
}

impl Warning {
    /// A SyntaxWarning that covers `location`.
    pub fn syntax(message: impl Into<String>, location: Location) -> Warning {
        Warning { kind: WarningKind::SyntaxWarning, message: message.into(), location }
    }
}
