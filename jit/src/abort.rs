//! Why a trace was not compiled.

use std::borrow::Cow;
use std::fmt;

/// The reason a recording or a compilation was given up. Counted by [`Abort::name`] in the statistics.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Abort {
    /// The recorder's own reason, in its words.
    Recorder(Cow<'static, str>),
    /// A guard would fail whenever it is reached: on the second iteration of a loop the types are others.
    TypeInstability(String),
    /// More instructions, snapshots or exits than a trace may have.
    TooLong,
    /// Too many side traces before it, each grown from the one before.
    TooDeep,
    /// More values live at once than there are spill cells.
    TooManySpills,
    /// The code cache is full; flush it and go on.
    CodeCacheFull,
    /// The trace to be linked to, or the parent, is gone.
    DeadTrace,
    /// The slots at the end do not fit the loop's start or the label.
    Mismatch(String),
    /// The IR is not well formed: a mistake in the recorder or the optimiser, found by the checker.
    Invalid(String),
}

impl Abort {
    /// A short name for statistics.
    pub fn name(&self) -> &str {
        match self {
            Abort::Recorder(s) => s,
            Abort::TypeInstability(_) => "type instability",
            Abort::TooLong => "trace too long",
            Abort::TooDeep => "too many side traces in a row",
            Abort::TooManySpills => "too many spills",
            Abort::CodeCacheFull => "code cache full",
            Abort::DeadTrace => "dead trace",
            Abort::Mismatch(_) => "slots do not match",
            Abort::Invalid(_) => "invalid IR",
        }
    }
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Abort::TypeInstability(s) | Abort::Mismatch(s) | Abort::Invalid(s) => {
                write!(f, "{}: {s}", self.name())
            }
            _ => f.write_str(self.name()),
        }
    }
}

impl std::error::Error for Abort {}
