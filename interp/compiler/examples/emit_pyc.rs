//! Compiles a Python file to a `.pyc`: `emit_pyc [-O|-OO] --emit-pyc=OUT FILE`.

use rustpython_wtf8::Wtf8;
use std::process::ExitCode;
use weft_compiler::pyc::{self, Validation};
use weft_compiler::{Mode, Options, compile};

fn main() -> ExitCode {
    let mut optimize = 0;
    let mut output = None;
    let mut input = None;
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "-O" => optimize = 1,
            "-OO" => optimize = 2,
            _ => match arg.strip_prefix("--emit-pyc=") {
                Some(path) => output = Some(path.to_owned()),
                None => input = Some(arg),
            },
        }
    }
    let (Some(input), Some(output)) = (input, output) else {
        eprintln!("usage: emit_pyc [-O|-OO] --emit-pyc=OUT FILE");
        return ExitCode::from(2);
    };
    match emit(&input, &output, optimize) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn emit(input: &str, output: &str, optimize: u8) -> Result<(), Box<dyn std::error::Error>> {
    let source = std::fs::read(input)?;
    let options = Options { optimize, flags: 0 };
    let (code, warnings) =
        compile(&source, Wtf8::new(input), Mode::Exec, options).map_err(|error| format!("{input}: {:?}Error: {error}", error.kind))?;
    for warning in warnings {
        eprintln!("{input}:{}: {:?}: {}", warning.location.line, warning.kind, warning.message);
    }
    let validation = Validation::Timestamp { mtime: 0, size: source.len() as u32 };
    let bytes = pyc::write(&code, validation).map_err(|error| format!("{error:?}"))?;
    std::fs::write(output, bytes)?;
    Ok(())
}
