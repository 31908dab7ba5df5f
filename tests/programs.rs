//! Runs every program in `programs/` (interpreted, with the JIT on early and in its stress mode, on both backends) and
//! compares what it prints with what CPython 3.14 printed (`programs/regenerate.sh` makes the expected outputs anew).
//!
//! `WEFT_PROGRAMS` says which programs, by how their names begin, and `WEFT_BINARY` may name another binary than cargo's, as
//! `scripts/aarch64.sh` makes it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seconds after which a program counts as one that hangs.
const TIME_LIMIT: &str = "600";

fn run(program: &Path, options: &[&str]) -> Result<(), String> {
    let expected = std::fs::read_to_string(program.with_extension("out")).map_err(|e| format!("no expected output: {e}"))?;
    let output = Command::new("timeout")
        .arg(TIME_LIMIT)
        .arg(std::env::var_os("WEFT_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_weft").into()))
        .args(options)
        .arg(program)
        .output()
        .map_err(|e| format!("cannot run weft: {e}"))?;
    let got = String::from_utf8_lossy(&output.stdout);
    if got != expected {
        let line = got.lines().zip(expected.lines()).position(|(a, b)| a != b).unwrap_or(got.lines().count().min(expected.lines().count()));
        return Err(format!(
            "line {}: got {:?}, expected {:?}\n{}",
            line + 1,
            got.lines().nth(line).unwrap_or("<end>"),
            expected.lines().nth(line).unwrap_or("<end>"),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    if output.status.success() { Ok(()) } else { Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr))) }
}

fn run_all(options: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programs");
    let mut programs: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the programs are there")
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|x| x == "py"))
        .collect();
    programs.sort();
    assert!(programs.len() >= 10, "programs are missing");
    if let Ok(beginnings) = std::env::var("WEFT_PROGRAMS") {
        let name = |p: &Path| p.file_name().unwrap_or_default().to_string_lossy().into_owned();
        programs.retain(|p| beginnings.is_empty() || beginnings.split_whitespace().any(|b| name(p).starts_with(b)));
        assert!(!programs.is_empty(), "no program's name begins so");
    }
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(|| {
                while let Some(p) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(e) = run(p, options) {
                        let name = p.file_name().unwrap_or_default().to_string_lossy();
                        failures.lock().expect("no thread panics").push(format!("{name}: {e}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no thread panics");
    assert!(failures.is_empty(), "{} of {} programs failed:\n{}", failures.len(), programs.len(), failures.join("\n"));
}

#[test]
fn interpreted() {
    run_all(&[]);
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn compiled() {
    run_all(&["--jit", "--jit-threshold=20"]);
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn under_stress() {
    run_all(&["--jit-stress"]);
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn compiled_by_cranelift() {
    run_all(&["--jit=cranelift", "--jit-threshold=20"]);
}

#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn compiled_by_cranelift_under_stress() {
    run_all(&["--jit=cranelift", "--jit-stress"]);
}
