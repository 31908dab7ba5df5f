//! Code objects of small files against CPython 3.14's (see expectations.py).

use rustpython_wtf8::Wtf8;
use std::path::Path;
use weft_compiler::code::{Code, Constant};
use weft_compiler::{Mode, Options, compile, marshal};

#[test]
fn code_objects_are_cpythons() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap().to_str().unwrap();
        let source = std::fs::read(&path).unwrap();
        let expected = std::fs::read(path.with_extension("marshal")).unwrap();
        let Ok(Constant::Code(expected)) = marshal::read(&expected).map(|(constant, _)| constant) else {
            panic!("{name}: no code object in the expectation");
        };
        match compile(&source, Wtf8::new(name), Mode::Exec, Options::default()) {
            Ok((code, _)) => compare(name, &expected, &code, &mut failures),
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    assert!(count > 0, "no test data");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn compare(path: &str, want: &Code, got: &Code, failures: &mut Vec<String>) {
    macro_rules! fields {
        ($($field:ident)*) => {
            $(if want.$field != got.$field {
                failures.push(format!(
                    "{path}: {}: CPython {:?}, Weft {:?}",
                    stringify!($field), want.$field, got.$field
                ));
            })*
        };
    }
    fields!(argcount posonlyargcount kwonlyargcount stacksize flags code names localsplusnames localspluskinds
        filename name qualname firstlineno linetable exceptiontable);
    if want.consts.len() != got.consts.len() {
        failures.push(format!("{path}: consts: CPython {:?}, Weft {:?}", want.consts, got.consts));
    }
    for (want, got) in want.consts.iter().zip(&got.consts) {
        match (want, got) {
            (Constant::Code(want), Constant::Code(got)) => {
                compare(&format!("{path}.{}", want.name), want, got, failures);
            }
            (want, got) if !same(want, got) => {
                failures.push(format!("{path}: constant {want:?}, Weft {got:?}"));
            }
            _ => {}
        }
    }
}

/// Equality that does not mind the order of sets.
fn same(want: &Constant, got: &Constant) -> bool {
    match (want, got) {
        (Constant::FrozenSet(a), Constant::FrozenSet(b)) => a.len() == b.len() && a.iter().all(|item| b.contains(item)),
        _ => want == got,
    }
}
