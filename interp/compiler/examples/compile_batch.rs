//! Compiles many small sources, for comparison with CPython: `compile_batch < REQUESTS`.
//!
//! A request is a line `MODE FLAGS OPTIMIZE HEX`, the source in hexadecimal. The answer is a line of tab-separated fields:
//! `ok`, the `.pyc` in hexadecimal and the warnings, or the error's kind, position and message.

use rustpython_wtf8::Wtf8;
use std::io::{BufRead, Write};
use weft_compiler::pyc::{self, Validation};
use weft_compiler::{Mode, Options, compile};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&line?))?;
    }
    Ok(())
}

fn answer(request: &str) -> String {
    let fields: Vec<&str> = request.split(' ').collect();
    let [mode, flags, optimize, hex] = fields[..] else {
        return "bad request".to_owned();
    };
    let mode = match mode {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        _ => Mode::Single,
    };
    let options = Options { optimize: optimize.parse().unwrap_or(0), flags: flags.parse().unwrap_or(0) };
    let source: Vec<u8> = (0..hex.len() / 2).filter_map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).ok()).collect();
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
    match compile(&source, Wtf8::new("<s>"), mode, options) {
        Ok((code, warnings)) => {
            let validation = Validation::Timestamp { mtime: 0, size: 0 };
            let bytes = match pyc::write(&code, validation) {
                Ok(bytes) => bytes,
                Err(error) => return format!("System\t0\t0\t0\t0\t{error:?}"),
            };
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let warnings: Vec<String> = warnings.iter().map(|w| format!("{}:{}", w.location.line, escaped(&w.message))).collect();
            format!("ok\t{hex}\t{}", warnings.join("\t"))
        }
        Err(error) => format!(
            "{:?}\t{}\t{}\t{}\t{}\t{}",
            error.kind,
            error.location.line,
            error.column,
            error.location.end_line,
            error.end_column,
            escaped(&error.message)
        ),
    }
}
