//! The `weft` command.

// What Rust's runtime does before `main` is not wanted: it opens closed standard streams, which Python shows to be closed, and handles
// signals that are a program's to handle.
#![cfg_attr(target_os = "linux", no_main)]

#[cfg(not(feature = "system-allocator"))]
mod allocator;
mod arguments;
mod emit;
mod jit;
mod stack;

use arguments::{Action, Arguments};
use std::io::IsTerminal;
use weft_stdlib::startup::{self, Ending};
use weft_stdlib::{repl, run as program, shutdown};
use weft_vm::eval::exec_dump;

/// The status of a debug build that ends with wrong reference counts.
#[cfg(debug_assertions)]
const COUNTS_ARE_WRONG: i32 = 99;

/// Where the process begins.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
extern "C" fn main(_: libc::c_int, _: *const *const libc::c_char) -> libc::c_int {
    begin();
    // Writes out what standard output still has.
    std::process::exit(0)
}

#[cfg(not(target_os = "linux"))]
fn main() {
    begin();
}

fn begin() {
    // What a panic would unwind through is not prepared for that; a release build does not even contain the means.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        report(info);
        std::process::abort();
    }));
    #[cfg(not(feature = "system-allocator"))]
    allocator::begin();
    let arguments = match Arguments::parse(std::env::args_os().collect()) {
        Ok(a) => a,
        Err(mistake) => {
            weft_vm::complain!("{mistake}");
            std::process::exit(mistake.status());
        }
    };
    match &arguments.action {
        Action::Help => std::process::exit(emit::say(arguments::HELP)),
        Action::Version => std::process::exit(emit::say(&format!("Python {}\n", weft_stdlib::sys::info::release()))),
        Action::LongVersion => std::process::exit(emit::say(&format!("Python {}\n", weft_stdlib::sys::info::version()))),
        Action::Dump { what, file } => std::process::exit(emit::dump(what, file, arguments.config.optimize)),
        Action::EmitPyc { output, file } => std::process::exit(emit::emit_pyc(file, output, arguments.config.optimize)),
        _ => {
            stack::run(move |lowest| run(arguments, lowest));
            weft_vm::complain!("weft: no memory for the stack");
            std::process::exit(1);
        }
    }
}

/// Runs the program, on a stack whose lowest address is given, and returns the process's status.
fn run(arguments: Arguments, stack: usize) -> i32 {
    let config = &arguments.config;
    if let Err(e) = startup::start(config, stack) {
        return match Ending::of(Err(e)) {
            Ending::Status(0) => 1,
            other => other.status(),
        };
    }
    if let Err(message) = arguments.jit.switch_on() {
        weft_vm::complain!("weft: {message}");
        return 2;
    }
    if arguments.shows_execution {
        exec_dump::switch_on(&format!("{}/lib/python3.14", config.prefix));
    }
    let mut ending = if arguments.action == Action::Interactive {
        repl::banner(config);
        repl::interact(config, true)
    } else {
        let result = match &arguments.action {
            Action::Command(text) => program::command(text, config),
            Action::Module(name) => program::module(name),
            Action::File(path) => program::file(path, config),
            _ => program::stdin(config),
        };
        // The program may have asked for the prompt itself.
        let asked = || !config.ignore_environment && std::env::var("PYTHONINSPECT").is_ok_and(|v| !v.is_empty());
        if (config.interactive || std::io::stdin().is_terminal()) && (config.inspect || asked()) {
            // Even SystemExit is only shown, and the prompt follows.
            startup::show(result);
            repl::interact(config, false)
        } else {
            Ending::of(result)
        }
    };
    exec_dump::finish();
    jit::report();
    if !shutdown::finish() && ending == Ending::Status(0) {
        ending = Ending::Status(120);
    }
    #[cfg(debug_assertions)]
    if !shutdown::counts_are_right() {
        ending = Ending::Status(COUNTS_ARE_WRONG);
    }
    ending.status()
}
