//! Runs the command lines of `command_line/cases.txt` and compares status, output and errors with those of CPython 3.14
//! (`command_line/regenerate.py` makes the expected ones anew and describes the format).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Default)]
struct Case {
    line: usize,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: String,
    status: i32,
    out: String,
    err: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/command_line")
}

/// Undoes `\n`, `\t` and `\\`.
fn unescape(text: &str) -> String {
    let (mut out, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                other => other.unwrap_or('\\'),
            },
            c => c,
        });
    }
    out
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("cases.txt")).expect("the cases are there");
    let mut all: Vec<Case> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        if key == "run" {
            let args = if value.is_empty() { Vec::new() } else { value.split(" | ").map(unescape).collect() };
            all.push(Case { line: number + 1, args, ..Case::default() });
            continue;
        }
        let Some(case) = all.last_mut() else { continue };
        match key {
            "env" => case.env.extend(value.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))),
            "in" => case.stdin.push_str(&format!("{value}\n")),
            "status" => case.status = value.parse().expect("a status is a number"),
            "out" => case.out.push_str(&format!("{value}\n")),
            "err" => case.err.push_str(&format!("{value}\n")),
            "" | "#" => {}
            other => panic!("line {}: what is {other:?}?", number + 1),
        }
    }
    all
}

/// What a case does, with the names of the folder and of the command taken out.
fn run(case: &Case, folder: &Path) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weft"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PYTHON")) {
        command.env_remove(name);
    }
    command.args(&case.args).current_dir(folder).env("LC_ALL", "C.UTF-8").env("PYTHON_COLORS", "0").env("PYTHONDONTWRITEBYTECODE", "1");
    command.envs(case.env.iter().map(|(k, v)| (k, v)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command can be run");
    // A program that does not read its input may have ended already.
    let _ = child.stdin.take().expect("it is a pipe").write_all(case.stdin.as_bytes());
    let output = child.wait_with_output().expect("the command ends");
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let text = text.replace(env!("CARGO_BIN_EXE_weft"), "PYTHON").replace("Try `weft ", "Try `python ").replace(folder.to_string_lossy().as_ref(), "FOLDER");
        let text = if text.is_empty() || text.ends_with('\n') { text } else { format!("{text}\\\n") };
        text.lines().map(|l| format!("{}\n", without_version(&without_library(l)))).collect::<String>()
    };
    let status = output.status.code().unwrap_or_else(|| -std::os::unix::process::ExitStatusExt::signal(&output.status).unwrap_or(0));
    (status, text(&output.stdout), text(&output.stderr))
}

/// Replaces the folder of the library by `LIB`.
fn without_library(line: &str) -> String {
    match line.split_once("/lib/python3.14/") {
        Some((before, after)) => {
            let start = before.rfind('"').map_or(0, |i| i + 1);
            format!("{}LIB/{after}", &before[..start])
        }
        None => line.to_owned(),
    }
}

/// Cuts the version and platform off the banner.
fn without_version(line: &str) -> String {
    if line.starts_with("Python 3.14.") { "Python VERSION".to_owned() } else { line.to_owned() }
}

#[test]
fn command_lines() {
    let folder = folder().canonicalize().expect("the folder is there");
    let all = cases();
    assert!(all.len() > 20, "cases are missing");
    let mut failures = Vec::new();
    for case in &all {
        let (status, out, err) = run(case, &folder);
        if (status, out.as_str(), err.as_str()) != (case.status, case.out.as_str(), case.err.as_str()) {
            failures.push(format!(
                "cases.txt:{}: {:?}\n--- status {status}, expected {}\n--- out\n{out}--- expected\n{}--- err\n{err}--- expected\n{}",
                case.line, case.args, case.status, case.out, case.err
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {} command lines differ:\n{}", failures.len(), all.len(), failures.join("\n"));
}
