//! What debug builds check while a program runs and when it ends reports errors made on purpose.
#![cfg(debug_assertions)]

use std::process::Command;

/// Programs, and what standard error has to contain.
const CASES: &[(&str, &str)] = &[
    ("planted.keep_reference([1])", "weft: 1 references to [1], of which 0 are accounted for"),
    ("planted.keep_reference(type('C', (), {}))", "references to <class '__main__.C'>"),
    ("planted.keep_reference(str(2 ** 90))", "weft: 1 references to '1237940039285380274899124224', of which 0 are accounted for"),
    ("x = [1]; sys.kept = [x] * 5; planted.lose_reference(x); del x", "weft: 4 references to [1], of which 5 are accounted for"),
    ("def f(x): len(x); len(x); return x\nf('a'); planted.skip_pop(f.__code__); f('a')", "of f (line 2): it is 1 deep, not 0"),
];

#[test]
fn planted_errors_are_reported() {
    for (program, expected) in CASES {
        let output = Command::new(env!("CARGO_BIN_EXE_weft"))
            .args(["-c", &format!("import sys, _weft_planted as planted\n{program}")])
            .output()
            .expect("weft runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && errors.contains(expected), "{program}: {}\n{errors}", output.status);
    }
}
