//! What can be seen of the JIT: bytecodes counted, dumps in files, the `weft` module, the perf map; and the native stack, by
//! the C runtime and by GDB.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAM: &str = "
def add(a, b):
    return a + b

def loop(n):
    total = 0
    for i in range(n):
        if i % 3:
            total = add(total, i)
        else:
            total -= 1
    return total

class Point:
    def __init__(self, x):
        self.x = x

def points(n):
    last = Point(0)
    while last.x < n:
        last = Point(last.x + 1)
    return last.x

def squares(n):
    for i in range(n):
        yield i * i

def generated(n):
    total = 0
    for s in squares(n):
        total += s
    return total

print(loop(9000), points(5000), generated(5000), [loop(i) for i in range(50)][-1])
";

fn weft(options: &[&str], program: &str) -> Output {
    let mut command = Command::new(std::env::var_os("WEFT_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_weft").into()));
    let output = command.args(options).args(["-c", program]).output().expect("weft runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("weft-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Bytecodes completed in compiled code, and all.
fn counted(options: &[&str], program: &str) -> (u64, u64) {
    let all: Vec<&str> = options.iter().copied().chain(["--jit-stats"]).collect();
    let output = weft(&all, program);
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|l| l.starts_with("coverage")).expect("a line of coverage");
    let words: Vec<&str> = line.split_whitespace().collect();
    (words[2].parse().expect("a number"), words[4].parse().expect("a number"))
}

#[test]
fn bytecodes_are_counted_the_same_wherever_they_run() {
    let (compiled, all) = counted(&["--jit=off"], PROGRAM);
    assert!(compiled == 0 && all > 200_000, "{compiled} of {all}");
    for options in [&["--jit", "--jit-threshold=20"][..], &["--jit=cranelift", "--jit-threshold=20"], &["--jit-disable=peel"]] {
        let (compiled, total) = counted(options, PROGRAM);
        assert!(total.abs_diff(all) <= all / 10_000, "{options:?}: {total} bytecodes, {all} without the JIT");
        assert!(compiled > total / 10 * 8, "{options:?}: {compiled} of {total}");
    }
}

#[test]
fn dumps_go_to_files() {
    let folder = folder("dumps");
    weft(&["--jit", &format!("--jit-dump-to={}", folder.display())], PROGRAM);
    let text = std::fs::read_to_string(folder.join("t0.txt")).expect("the first trace");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    for wanted in ["== trace t0: loop", "-- trace", "-- ir: recorded", "-- regs", "-- asm"] {
        assert!(text.contains(wanted), "no `{wanted}` in\n{text}");
    }
}

#[test]
fn python_code_sees_traces() {
    let program = format!(
        "{PROGRAM}
import weft, sys
found = weft.jit.traces()
assert found[0].function == 'loop' and found[0].kind == 'loop', found
assert all(t.bytes > 0 and t.bytecodes > 0 for t in found)
assert any(t.parent is not None for t in found)
stats = weft.jit.stats()
assert stats['traces.loop'] >= 3 and stats['seconds.stitch'] > 0
text = weft.jit.dump(loop)
assert text.startswith('== trace t0: loop') and '-- asm' in text and 'BINARY_OP' in text
assert weft.jit.dump(found[0]) == weft.jit.dump(0)
# Inlined, so it is in the trace of its caller.
assert weft.jit.dump(add)
for wrong, error in ((10**9, ValueError), ('x', TypeError)):
    try:
        weft.jit.dump(wrong)
        raise AssertionError(wrong)
    except error:
        pass
assert sys._jit.is_available() and sys._jit.is_enabled()
"
    );
    weft(&["--jit"], &program);
    weft(&[], "import weft; assert weft.jit.traces() == [] and weft.jit.stats() == {}");
}

/// The symbols that the map of a process has.
fn symbols(map: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(map).unwrap_or_default();
    text.lines().filter_map(|l| l.splitn(3, ' ').nth(2).map(str::to_owned)).collect()
}

#[test]
fn profilers_are_told_of_traces() {
    let folder = folder("perf");
    let program = format!("import os; print(os.getpid()); os.environ['X'] = 'x'\n{PROGRAM}");
    let mut command = Command::new(std::env::var_os("WEFT_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_weft").into()));
    let output = command.args(["--jit-perf", "-c", &program]).env("JITDUMPDIR", &folder).output().expect("weft runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let pid = text.lines().next().expect("its number");
    let map = PathBuf::from(format!("/tmp/perf-{pid}.map"));
    let found = symbols(&map);
    assert!(found.iter().any(|s| s.starts_with("py::loop:<string>:") && s.ends_with("(loop t0)")), "{found:?}");
    assert!(found[0] == "weft::veneers", "{found:?}");
    let dump = std::fs::read(folder.join(format!("jit-{pid}.dump"))).expect("the jitdump");
    assert_eq!(dump[..4], 0x4a69_5444u32.to_le_bytes());
    // Records follow each other to the end, two for each symbol: how to unwind (4), then the code (0).
    let word = |at: usize| u32::from_le_bytes(dump[at..at + 4].try_into().expect("four bytes"));
    let (mut at, mut kinds) = (40, Vec::new());
    while at < dump.len() {
        kinds.push(word(at));
        at += word(at + 4) as usize;
    }
    assert_eq!((at, kinds), (dump.len(), [4, 0].repeat(found.len())));
    let _ = std::fs::remove_file(map);
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

#[test]
fn the_native_stack_is_unwound_through_compiled_code() {
    let program = "
import weft
def loop(n):
    for i in range(n):
        found = weft.jit.native_stack()
    return found
cold, hot = loop(1), loop(3000)
assert cold and all(trace is None for _, trace in cold), cold
at = [trace is not None for _, trace in hot].index(True)
assert weft.jit.traces()[hot[at][1]].function == 'loop', hot
# Below are the interpreter's functions, down to where the program begins.
assert all(trace is None for _, trace in hot[at + 1:]), hot
assert len(hot) - at > 5 and hot[-5:] == cold[-5:], (hot, cold)
";
    for backend in ["--jit", "--jit=cranelift"] {
        weft(&[backend, "--jit-threshold=20"], program);
    }
}

/// Stops in a call from compiled code, and has GDB show the stack.
#[test]
fn gdb_sees_compiled_code() {
    if Command::new("gdb").arg("--version").output().is_err() {
        eprintln!("not tested: there is no gdb");
        return;
    }
    let program = "
import os, signal
def loop(pid, signals):
    for s in signals:
        os.kill(pid, s)
loop(os.getpid(), [0] * 3000 + [int(signal.SIGTRAP)])
";
    for backend in ["--jit", "--jit=cranelift"] {
        let weft = std::env::var_os("WEFT_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_weft").into());
        let mut gdb = Command::new("gdb");
        gdb.args(["-nx", "-batch", "-ex", "run", "-ex", "backtrace", "-ex", "kill", "--args"]).arg(weft);
        let output = gdb.args([backend, "--jit-threshold=20", "--jit-gdb", "-c", program]).output().expect("gdb runs");
        let text = String::from_utf8_lossy(&output.stdout);
        if !text.contains("received signal SIGTRAP") {
            let why = String::from_utf8_lossy(&output.stderr);
            assert!(why.contains("ptrace") || why.contains("trace the inferior"), "{text}{why}");
            eprintln!("not tested: gdb may not trace processes here");
            return;
        }
        let frames: Vec<&str> = text.lines().filter(|l| l.starts_with('#')).collect();
        let compiled = frames.iter().position(|l| l.contains("py::loop:<string>:4 (loop t"));
        let begin = frames.iter().position(|l| l.contains("weft::begin"));
        assert!(compiled.is_some() && begin > compiled && !frames.iter().any(|l| l.contains("??")), "{backend}: {text}");
    }
}
