//! Shows stencils: `stencils list` and `stencils show OP`.

use std::io::Write;
use std::process::ExitCode;
use weft_layout::op::Op;
use weft_stencils::{Arch, describe};

const USAGE: &str = "\
usage: stencils list [--arch x86_64|aarch64]
       stencils show OP [--arch x86_64|aarch64] [--all]

list  every op: operands, result, effect, number of stencils, bytes of the first, hot and cold
show  one of the op's stencils in each form, or all, with bytes, disassembly and holes";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let all = words.iter().position(|w| w == "--all").map(|i| words.remove(i)).is_some();
    let mut arch = Arch::HOST.unwrap_or(Arch::X86_64);
    if let Some(i) = words.iter().position(|w| w == "--arch") {
        arch = match words.get(i + 1).map(String::as_str) {
            Some("x86_64") => Arch::X86_64,
            Some("aarch64") => Arch::Aarch64,
            _ => return usage(),
        };
        words.drain(i..i + 2);
    }
    let text = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => describe::list(arch),
        ["show", name] => match Op::from_name(name) {
            Some(op) => describe::show(arch, op, all),
            None => {
                eprintln!("stencils: there is no op {name:?}; see `stencils list`");
                return ExitCode::FAILURE;
            }
        },
        _ => return usage(),
    };
    // A reader that closes the pipe has seen enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
