//! The `weft` command.

mod arguments;
mod emit;
mod jit;

use arguments::{Action, Arguments};
use weft_stdlib::startup;

/// Items of lists, tables of dicts and the like come and go at a great rate, so they get a fast allocator.
#[cfg(not(feature = "system-allocator"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The native stack of the thread that runs Python: deep recursion through native code is RecursionError well before its end.
const STACK_SIZE: usize = 64 << 20;

fn main() {
    let arguments = match Arguments::parse(std::env::args().collect()) {
        Ok(a) => a,
        Err(message) => {
            eprintln!("{message}");
            std::process::exit(2);
        }
    };
    match &arguments.action {
        Action::Help => print!("{}", arguments::HELP),
        Action::Version => println!("Python 3.14.10 (Weft {})", env!("CARGO_PKG_VERSION")),
        Action::EmitPyc { output, file } => std::process::exit(emit::emit_pyc(file, output, arguments.config.optimize)),
        _ => {
            let worker = std::thread::Builder::new().name("main".to_owned()).stack_size(STACK_SIZE).spawn(move || run(arguments));
            let status = match worker.map(std::thread::JoinHandle::join) {
                Ok(Ok(status)) => status,
                _ => 1,
            };
            std::process::exit(status);
        }
    }
}

fn run(arguments: Arguments) -> i32 {
    let config = &arguments.config;
    if let Err(e) = startup::start(config) {
        return startup::status_of(Err(e)).max(1);
    }
    if let Err(message) = arguments.jit.switch_on() {
        eprintln!("weft: {message}");
        return 2;
    }
    let result = match &arguments.action {
        Action::Command(text) => startup::run_command(text, config),
        Action::Module(name) => startup::run_module(name),
        Action::File(path) => startup::run_file(path, config),
        Action::Stdin => startup::run_stdin(config),
        _ => startup::interact(config),
    };
    let mut status = startup::status_of(result);
    if config.interactive && !matches!(arguments.action, Action::Interactive) {
        status = startup::status_of(startup::interact(config));
    }
    jit::report();
    if !startup::finish() && status == 0 {
        status = 120;
    }
    status
}
