//! What can go wrong: never a reason to stop, always one to interpret.

use std::fmt;

/// Why there is no compiled code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// There are no stencils for this CPU, or no way to map memory twice on this system.
    Unavailable(&'static str),
    /// The system refused the memory.
    System(String),
    /// The cache has no room for the trace.
    Full,
    /// The trace is longer than its exits reach.
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unavailable(why) => write!(f, "compiled code is not available: {why}"),
            Error::System(why) => write!(f, "no memory for compiled code: {why}"),
            Error::Full => f.write_str("the code cache is full"),
            Error::TooLong => f.write_str("the trace is too long"),
        }
    }
}

impl std::error::Error for Error {}
