//! What the command says on standard error. Where nothing can be written there, nothing is said, and that is no mistake.

use std::fmt::Arguments;
use std::io::Write;

/// Writes a text.
pub fn write(text: Arguments) {
    let _ = std::io::stderr().write_fmt(text);
}

/// Writes a line, as `eprintln!` does.
#[macro_export]
macro_rules! complain {
    ($($text:tt)*) => {
        $crate::stderr::write(format_args!("{}\n", format_args!($($text)*)))
    };
}
