//! The prompt. At a terminal `_pyrepl` runs it, which can edit and complete; [`basic`] is `sys._baserepl`, the plain one.

use crate::run;
use crate::startup::Ending;
use crate::sys::Config;
use weft_compiler::{Mode, Options, compile_flags};
use weft_vm::eval::builtins::code as compiling;
use weft_vm::eval::import as imports;
use weft_vm::types::{module, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, eval, exc, protocol, traceback_print};

/// What is typed so far is a whole statement, or it is not yet.
enum Input {
    Whole(Value),
    Partial,
}

/// Whether standard input and output are a terminal.
pub fn at_terminal() -> bool {
    // SAFETY: isatty on any number is harmless.
    unsafe { libc::isatty(0) == 1 && libc::isatty(1) == 1 }
}

/// Says what runs and where help is, on standard error.
pub fn banner(config: &Config) {
    if config.quiet {
        return;
    }
    let text = |name: &str| imports::sys_attribute(name).map_or(String::new(), |v| str::display(&v));
    weft_vm::complain!("Python {} on {}", text("version"), text("platform"));
    if !config.no_site {
        weft_vm::complain!("Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.");
    }
}

/// Runs the prompt until its input ends. With `fresh` nothing has run before it, so the start-up file is run first.
pub fn interact(config: &Config, fresh: bool) -> Ending {
    if let Some(hook) = imports::sys_attribute("__interactivehook__").filter(|_| !config.isolated)
        && let Err(e) = call::call0(&hook)
    {
        traceback_print::write_stderr("Failed calling sys.__interactivehook__\n");
        Ending::of(Err(e));
    }
    let wants_basic = !config.ignore_environment && std::env::var("PYTHON_BASIC_REPL").is_ok_and(|v| !v.is_empty());
    if at_terminal() && !wants_basic {
        return Ending::of(rich(fresh));
    }
    if fresh && !config.ignore_environment {
        run_startup_file();
    }
    Ending::of(basic())
}

/// `_pyrepl`, in the namespace of `__main__`.
fn rich(fresh: bool) -> Res<()> {
    let repl = imports::import_module("_pyrepl.main")?;
    let args = [run::main_module()?, Value::FALSE, Value::bool(fresh)];
    call::call_method(&repl, &str::intern("interactive_console"), &args).map(drop)
}

/// Runs the file that PYTHONSTARTUP names.
fn run_startup_file() {
    let Some(path) = std::env::var("PYTHONSTARTUP").ok().filter(|p| !p.is_empty()) else { return };
    let ran = (|| {
        let source = std::fs::read(&path).map_err(|e| {
            traceback_print::write_stderr("Could not open PYTHONSTARTUP\n");
            exc::io_error(&e, Some(&str::new(&path)))
        })?;
        let d = module::dict(&run::main_module()?);
        let code = compiling::compile_source(&source, &str::new(&path), Mode::Exec, Options::default())?;
        eval::run_code(&code, &d, &d, None)
    })();
    if let Err(e) = ran {
        Ending::of(Err(e));
    }
}

/// `sys._baserepl`: reads statements from standard input and runs them. SystemExit ends it.
pub fn basic() -> Res<()> {
    let sys = imports::sys().ok_or_else(|| exc::runtime_error("lost sys"))?;
    for (name, text) in [("ps1", ">>> "), ("ps2", "... ")] {
        if imports::sys_attribute(name).is_none() {
            module::add(&sys, name, str::intern(text));
        }
    }
    let namespace = module::dict(&run::main_module()?);
    let mut lines: Vec<String> = Vec::new();
    let mut ended = false;
    loop {
        let line = match read_line(if lines.is_empty() { "ps1" } else { "ps2" }) {
            Ok(Some(line)) => line,
            Ok(None) if lines.is_empty() => return Ok(()),
            // The end of the input ends the statement, too.
            Ok(None) => {
                ended = true;
                String::new()
            }
            Err(e) if exc::matches(types().keyboard_interrupt) => {
                exc::clear(e);
                traceback_print::write_stderr("\nKeyboardInterrupt\n");
                lines.clear();
                continue;
            }
            Err(e) => return Err(e),
        };
        lines.push(line);
        let source = lines.join("\n");
        let result = compile(&source, ended).and_then(|input| match input {
            Input::Partial => Ok(false),
            Input::Whole(code) => {
                run::register_source(&code, &source, &str::intern("<stdin>"))?;
                eval::run_code(&code, &namespace, &namespace, None).map(|_| true)
            }
        });
        match result {
            Ok(false) => continue,
            Ok(true) => {}
            Err(e) if exc::matches(types().system_exit) => return Err(e),
            Err(e) => {
                Ending::of(Err(e));
            }
        }
        lines.clear();
        flush();
    }
}

fn flush() {
    for name in ["stderr", "stdout"] {
        if let Some(f) = imports::sys_attribute(name).filter(|f| !f.is_none())
            && let Err(e) = call::call_method(&f, &str::intern("flush"), &[])
        {
            exc::clear(e);
        }
    }
}

/// Shows a prompt and reads a line, without its newline.
fn read_line(prompt: &str) -> Res<Option<String>> {
    flush();
    let shown = imports::sys_attribute(prompt).map_or(Ok(String::new()), |p| protocol::str_string(&p))?;
    weft_vm::stderr::write(format_args!("{shown}"));
    let Some(input) = imports::sys_attribute("stdin").filter(|f| !f.is_none()) else { return Ok(None) };
    let line = call::call_method(&input, &str::intern("readline"), &[])?;
    if !str::is_str(&line) || str::len(&line) == 0 {
        // What follows does not begin behind the prompt.
        weft_vm::complain!("");
        return Ok(None);
    }
    let text = str::as_utf8(&line)?;
    Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
}

/// Compiles what is typed so far, as the `codeop` module does.
fn compile(source: &str, ended: bool) -> Res<Input> {
    let blank = source.lines().all(|l| matches!(l.trim_start().as_bytes().first(), None | Some(b'#')));
    let source = if blank { "pass" } else { source };
    let filename = str::intern("<stdin>");
    let flags = compile_flags::SOURCE_IS_UTF8 | compile_flags::DONT_IMPLY_DEDENT;
    let partial = Options { optimize: 0, flags: flags | compile_flags::ALLOW_INCOMPLETE_INPUT };
    let attempt = |text: &str| weft_compiler::compile(text.as_bytes(), &str::to_wtf8(&filename), Mode::Single, partial);
    if !ended && attempt(source).is_err() {
        match attempt(&format!("{source}\n")) {
            Ok(_) => return Ok(Input::Partial),
            Err(e) if e.kind == weft_compiler::ErrorKind::Incomplete => return Ok(Input::Partial),
            Err(_) => {}
        }
    }
    // SAFETY: the GIL is held.
    let optimize = unsafe { *compiling::OPTIMIZE.get() };
    // The last line ends as those before it: errors at its end are told by where its newline is.
    let source = format!("{source}\n");
    compiling::compile_source(source.as_bytes(), &filename, Mode::Single, Options { optimize, flags }).map(Input::Whole)
}
