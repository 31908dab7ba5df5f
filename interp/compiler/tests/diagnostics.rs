//! Errors and warnings against CPython 3.14's: type, place and words (diagnostics.txt, see expectations.py).

use rustpython_wtf8::Wtf8;
use weft_compiler::{ErrorKind, Mode, Options, compile, compile_flags};

#[test]
fn errors_and_warnings_are_cpythons() {
    let cases = include_str!("diagnostics.txt");
    let mut failures = Vec::new();
    for case in cases.split("== ").skip(1) {
        let (header, source) = case.split_once('\n').unwrap();
        let (mode, expected) = header.split_once(' ').unwrap();
        let source = source.strip_suffix('\n').unwrap_or(source);
        let got = diagnose(mode, source);
        if got != expected {
            failures.push(format!("{source}\n    CPython: {expected}\n    Weft:    {got}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn diagnose(mode: &str, source: &str) -> String {
    let mode = match mode {
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => Mode::Exec,
    };
    let options = Options { optimize: 0, flags: compile_flags::SOURCE_IS_UTF8 };
    match compile(source.as_bytes(), Wtf8::new("<test>"), mode, options) {
        Ok((_, warnings)) if warnings.is_empty() => "compiles".to_owned(),
        Ok((_, warnings)) => {
            let lines: Vec<String> = warnings.iter().map(|w| format!("warns {}: {}", w.location.line, w.message)).collect();
            lines.join(" | ")
        }
        Err(error) => {
            let kind = match error.kind {
                ErrorKind::Indentation => "IndentationError",
                ErrorKind::Tab => "TabError",
                _ => "SyntaxError",
            };
            format!("{kind} {}:{}-{}:{} {}", error.location.line, error.column, error.location.end_line, error.end_column, error.message)
        }
    }
}
