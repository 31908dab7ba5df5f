//! Runs random programs of fixed seeds (`random_programs/`, written by weft itself) on the interpreter and in several modes of the JIT,
//! and compares what they print. `random_programs/check.py` runs any number of them in all modes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How many programs. In debug builds each takes a good part of a second, over all modes.
const PROGRAMS: usize = 40;
/// Programs run in one process.
const BATCH: usize = 20;

fn weft(options: &[&str], script: &Path, arguments: &[String]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("300").args(std::env::var_os("WEFT_RUNNER"));
    command.arg(std::env::var_os("WEFT_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_weft").into()));
    command.args(options).args(["-W", "ignore"]).arg(script).args(arguments).env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1");
    command.output().expect("weft runs")
}

/// What differs first, with the program's name.
fn difference(got: &str, expected: &str) -> Option<String> {
    let mut program = "";
    let mut lines = got.lines();
    for line in expected.lines() {
        program = line.strip_prefix("== ").unwrap_or(program);
        let other = lines.next().unwrap_or("<end>");
        if other != line {
            return Some(format!("program {program}: got {other:?}, the interpreter printed {line:?}"));
        }
    }
    None
}

fn compare(mode: &[&str]) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/random_programs");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("random{}", mode.concat().replace(['=', ','], "_")));
    std::fs::create_dir_all(&folder).expect("a folder for the programs");
    let made = weft(&[], &scripts.join("some.py"), &[folder.display().to_string(), "1".into(), PROGRAMS.to_string()]);
    assert!(made.status.success(), "the programs cannot be written: {}", String::from_utf8_lossy(&made.stderr));
    let files: Vec<String> = (1..=PROGRAMS).map(|seed| folder.join(format!("{seed}.py")).display().to_string()).collect();
    for batch in files.chunks(BATCH) {
        let runner = scripts.join("batch.py");
        let expected = weft(&["--jit=off"], &runner, batch);
        assert!(expected.status.success(), "the interpreter: {}: {}", expected.status, String::from_utf8_lossy(&expected.stderr));
        let got = weft(mode, &runner, batch);
        let (got_text, expected_text) = (String::from_utf8_lossy(&got.stdout), String::from_utf8_lossy(&expected.stdout));
        if let Some(what) = difference(&got_text, &expected_text) {
            panic!("{mode:?}: {what}\n{}", String::from_utf8_lossy(&got.stderr));
        }
        assert!(got.status.success(), "{mode:?}: {}: {}", got.status, String::from_utf8_lossy(&got.stderr));
    }
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn compiled() {
    compare(&["--jit", "--jit-threshold=5"]);
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn under_stress() {
    compare(&["--jit-stress=7"]);
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn without_passes() {
    compare(&["--jit", "--jit-threshold=5", "--jit-disable=virtuals,fold,guards,cse,forward,peel,refcount,slots,dce"]);
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn compiled_by_cranelift() {
    compare(&["--jit=cranelift", "--jit-threshold=5"]);
}
