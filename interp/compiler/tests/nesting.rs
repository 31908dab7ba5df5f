//! Source that is nested too deeply is refused, and never overflows the stack.

use rustpython_wtf8::Wtf8;
use weft_compiler::{CompileError, ErrorKind, Mode, Options, compile};

fn error_of(source: &str) -> CompileError {
    compile(source.as_bytes(), Wtf8::new("<test>"), Mode::Exec, Options::default()).expect_err("too deep")
}

#[test]
fn deep_expressions_are_recursion_errors() {
    for source in [
        format!("a{}", ".b".repeat(20_000)),
        format!("1{}", " + 1".repeat(20_000)),
        format!("if a: pass\n{}", "elif b: pass\n".repeat(20_000)),
    ] {
        assert_eq!(error_of(&source).kind, ErrorKind::Recursion);
    }
}

#[test]
fn nesting_to_the_right_is_too_complex_to_parse() {
    for source in [
        format!("{}1", "-".repeat(20_000)),
        format!("{}x", "not ".repeat(20_000)),
        format!("{}0", "lambda: ".repeat(20_000)),
        format!("{}+", "lambda: ".repeat(20_000)),
    ] {
        assert_eq!(error_of(&source).kind, ErrorKind::Memory);
    }
}

#[test]
fn brackets_and_indentation_have_limits() {
    let error = error_of(&"(".repeat(10_000));
    assert_eq!(error.message, "too many nested parentheses");
    let nested: String = (0..101).map(|i| format!("{}if x:\n", " ".repeat(i))).collect();
    let error = error_of(&format!("{nested}{}pass\n", " ".repeat(101)));
    assert_eq!(error.kind, ErrorKind::Indentation);
    assert_eq!(error.message, "too many levels of indentation");
}
