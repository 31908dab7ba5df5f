//! `--emit-pyc`, which compiles a file to a `.pyc` that CPython 3.14 loads, and `--dump`, which shows the stages of compiling.

use rustpython_wtf8::Wtf8;
use std::io::Write;
use weft_compiler::dump::Show;
use weft_compiler::pyc::{self, Validation};
use weft_compiler::{CompileError, Mode, Options};

/// Writes to standard output. Returns the exit status: a reader that has gone away is no mistake, a device that is full is.
pub fn say(text: &str) -> i32 {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => 0,
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => 1,
        Err(e) => {
            weft_vm::complain!("weft: can't write to standard output: {e}");
            1
        }
    }
}

/// `--dump`: shows stages of compiling `file`, or a `.pyc` file. Returns the exit status.
pub fn dump(what: &[String], file: &str, optimize: u8) -> i32 {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(e) => {
            weft_vm::complain!("weft: can't open file '{file}': {e}");
            return 2;
        }
    };
    for name in what {
        let title = if what.len() > 1 { format!("=== {name}\n") } else { String::new() };
        if name == "pyc" {
            let status = say(&(title + &weft_compiler::dump::pyc_file(&bytes)));
            if status != 0 {
                return status;
            }
            continue;
        }
        let Some(show) = Show::named(name) else {
            weft_vm::complain!("weft: --dump shows tokens, ast, symtable, cfg, cfg-dot, bytecode or pyc, or alone exec, not '{name}'");
            return 2;
        };
        match weft_compiler::dump::stage(show, &bytes, Wtf8::new(file), Options { optimize, flags: 0 }) {
            Ok(text) => {
                let status = say(&(title + &text));
                if status != 0 {
                    return status;
                }
            }
            Err(e) => {
                show_error(&e, file);
                return 1;
            }
        }
    }
    0
}

fn show_error(e: &CompileError, file: &str) {
    weft_vm::complain!("  File \"{file}\", line {}", e.location.line.max(1));
    if let Some(text) = &e.text {
        weft_vm::complain!("    {}", text.trim());
    }
    weft_vm::complain!("{}: {}", kind_name(e.kind), e.message);
}

/// Compiles `file` and writes the `.pyc`. Returns the exit status.
pub fn emit_pyc(file: &str, output: &str, optimize: u8) -> i32 {
    let source = match std::fs::read(file) {
        Ok(s) => s,
        Err(e) => {
            weft_vm::complain!("weft: can't open file '{file}': {e}");
            return 2;
        }
    };
    let (code, warnings) = match weft_compiler::compile(&source, Wtf8::new(file), Mode::Exec, Options { optimize, flags: 0 }) {
        Ok(r) => r,
        Err(e) => {
            show_error(&e, file);
            return 1;
        }
    };
    for w in warnings {
        weft_vm::complain!("{file}:{}: SyntaxWarning: {}", w.location.line, w.message);
    }
    let modified = std::fs::metadata(file).and_then(|m| m.modified()).ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
    let validation = Validation::Timestamp { mtime: modified.map_or(0, |d| d.as_secs() as u32), size: source.len() as u32 };
    let written =
        pyc::write(&code, validation).map_err(|e| e.to_string()).and_then(|b| std::fs::write(output, b).map_err(|e| e.to_string()));
    match written {
        Ok(()) => 0,
        Err(e) => {
            weft_vm::complain!("weft: can't write '{output}': {e}");
            1
        }
    }
}

fn kind_name(kind: weft_compiler::ErrorKind) -> &'static str {
    use weft_compiler::ErrorKind::*;
    match kind {
        Syntax | Incomplete => "SyntaxError",
        Indentation => "IndentationError",
        Tab => "TabError",
        Value => "ValueError",
        Overflow => "OverflowError",
        Recursion => "RecursionError",
        Memory => "MemoryError",
        System => "SystemError",
    }
}
