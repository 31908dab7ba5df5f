//! Starting the interpreter, running a program in it, and ending it.

use crate::import;
use crate::sys::{self, Config};
use weft_compiler::{Mode, Options};
use weft_vm::eval::builtins;
use weft_vm::eval::import as imports;
use weft_vm::thread::{self, Thread};
use weft_vm::types::{dict, list, module, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, eval, exc, protocol, traceback_print, vm};

/// Brings the interpreter up: native classes, `builtins`, `sys`, the import system, the standard streams, `site`.
pub fn start(config: &Config) -> Res<()> {
    thread::switch_to(Thread::new());
    vm::initialise();
    // SAFETY: nothing else runs yet.
    unsafe { *builtins::code::OPTIMIZE.get() = config.optimize };
    builtins::initialise()?;
    crate::thread::start_up();
    crate::signal::start_up();
    crate::ast::start_up();
    sys::initialise(config)?;
    imports::set_native_finder(|name| crate::modules().find(|m| m.name == name).map(module::from_def));
    let complete = ["_io", "_thread", "_warnings", "_weakref", "posix"].iter().all(|n| crate::modules().any(|m| m.name == *n));
    if complete {
        set_up_imports(config)?;
    }
    set_up_streams(config)?;
    if complete && !config.no_site {
        imports::import_module("site")?;
    }
    Ok(())
}

fn set_up_imports(config: &Config) -> Res<()> {
    let bootstrap = import::run_embedded("importlib._bootstrap", "_frozen_importlib")?;
    imports::set_importlib(bootstrap.clone());
    let imp = module::from_def(&import::MODULE)?;
    let sys = imports::sys().expect("sys has been made");
    call::call_method(&bootstrap, &str::intern("_install"), &[sys, imp])?;
    call::call_method(&bootstrap, &str::intern("_install_external_importers"), &[])?;
    // The embedded library is served by a path hook, which itself is one of its modules.
    let importer = import::run_embedded("_weft_importer", "_weft_importer")?;
    let root = str::from_string(format!("{}/lib/python3.14", config.prefix));
    call::call_method(&importer, &str::intern("install"), &[root])?;
    Ok(())
}

/// Makes `sys.stdin`, `sys.stdout` and `sys.stderr`.
fn set_up_streams(config: &Config) -> Res<()> {
    if !crate::modules().any(|m| m.name == "_io") || imports::loaded_module("_frozen_importlib").is_none() {
        let sys = imports::sys().expect("sys has been made");
        for (fd, name) in [(1, "stdout"), (2, "stderr")] {
            let stream = sys::stream::new(fd);
            module::add(&sys, name, stream.clone());
            module::add(&sys, &format!("__{name}__"), stream);
        }
        return Ok(());
    }
    imports::import_module("encodings")?;
    let io = imports::import_module("io")?;
    module::add(&builtins::module(), "open", protocol::attr::getattr(&io, &str::intern("open"))?);
    let sys = imports::sys().expect("sys has been made");
    for (fd, name, mode) in [(0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")] {
        // SAFETY: fcntl on any number is harmless.
        let open = unsafe { libc::fcntl(fd, libc::F_GETFD) } != -1;
        let stream = if open { open_stream(&io, fd, name, mode, config)? } else { Value::NONE };
        module::add(&sys, name, stream.clone());
        module::add(&sys, &format!("__{name}__"), stream);
    }
    Ok(())
}

fn open_stream(io: &Value, fd: i32, name: &str, mode: &str, config: &Config) -> Res {
    // SAFETY: isatty on any number is harmless.
    let terminal = unsafe { libc::isatty(fd) } == 1;
    let unbuffered = config.unbuffered && fd != 0;
    let get = |n: &str| protocol::attr::getattr(io, &str::intern(n));
    let keywords = |f: &Value, positional: &[Value], named: &[(&str, Value)]| {
        let mut args = positional.to_vec();
        args.extend(named.iter().map(|(_, v)| v.clone()));
        let names = weft_vm::types::tuple::from_vec(named.iter().map(|(n, _)| str::intern(n)).collect());
        call::call(f, &args, Some(&names))
    };
    let raw_mode = format!("{mode}b");
    let buffering = if unbuffered { 0 } else { -1 };
    let buffer = keywords(
        &get("open")?,
        &[Value::small_int(i64::from(fd)), str::new(&raw_mode)],
        &[("buffering", Value::small_int(buffering)), ("closefd", Value::FALSE)],
    )?;
    let raw = if unbuffered { buffer.clone() } else { protocol::attr::getattr(&buffer, &str::intern("raw"))? };
    protocol::attr::setattr(&raw, &str::intern("name"), &str::from_string(format!("<{name}>")))?;
    let errors = if fd == 2 { "backslashreplace" } else { "strict" };
    let (encoding, errors) = match std::env::var("PYTHONIOENCODING") {
        Ok(v) if !config.ignore_environment && !v.is_empty() => {
            let (e, r) = v.split_once(':').unwrap_or((v.as_str(), ""));
            let e = if e.is_empty() { "utf-8" } else { e };
            (e.to_owned(), if r.is_empty() || fd == 2 { errors.to_owned() } else { r.to_owned() })
        }
        _ => ("utf-8".to_owned(), if fd != 2 && posix_locale() { "surrogateescape".to_owned() } else { errors.to_owned() }),
    };
    let stream = keywords(
        &get("TextIOWrapper")?,
        &[buffer],
        &[
            ("encoding", str::new(&encoding)),
            ("errors", str::new(&errors)),
            ("newline", if fd == 0 { Value::NONE } else { str::intern("\n") }),
            ("line_buffering", Value::bool(terminal && fd == 1 || fd == 2)),
            ("write_through", Value::bool(unbuffered)),
        ],
    )?;
    protocol::attr::setattr(&stream, &str::intern("mode"), &str::new(mode))?;
    Ok(stream)
}

fn posix_locale() -> bool {
    let get = |n: &str| std::env::var(n).ok().filter(|v| !v.is_empty());
    matches!(get("LC_ALL").or_else(|| get("LC_CTYPE")).or_else(|| get("LANG")).as_deref(), None | Some("C" | "POSIX"))
}

/// The `__main__` module, made when first asked for.
pub fn main_module() -> Res {
    if let Some(m) = imports::loaded_module("__main__") {
        return Ok(m);
    }
    let m = module::new("__main__");
    let d = module::dict(&m);
    dict::set_str(&d, &str::intern("__builtins__"), builtins::module());
    if let Some(loader) = imports::loaded_module("_frozen_importlib") {
        dict::set_str(&d, &str::intern("__loader__"), protocol::attr::getattr(&loader, &str::intern("BuiltinImporter"))?);
    }
    if let Some(table) = imports::sys_attribute("modules") {
        dict::set_str(&table, &str::intern("__main__"), m.clone());
    }
    Ok(m)
}

fn options(config: &Config) -> Options {
    Options { optimize: config.optimize, flags: 0 }
}

/// Runs the text of `-c`.
pub fn run_command(text: &str, config: &Config) -> Res<()> {
    let d = module::dict(&main_module()?);
    let filename = str::intern("<string>");
    let code = builtins::code::compile_source(text.as_bytes(), &filename, Mode::Exec, options(config))?;
    if imports::loaded_module("_frozen_importlib").is_some()
        && let Ok(linecache) = imports::import_module("linecache")
    {
        let lines = call::call_method(&str::new(text), &str::intern("splitlines"), &[Value::TRUE])?;
        let entry = weft_vm::types::tuple::from_vec(vec![Value::usize(text.len()), Value::NONE, lines, filename.clone()]);
        if let Ok(cache) = protocol::attr::getattr(&linecache, &str::intern("cache")) {
            protocol::set_item(&cache, &filename, &entry)?;
        }
    }
    eval::run_code(&code, &d, &d, None).map(drop)
}

/// Runs a module as `-m` does.
pub fn run_module(name: &str) -> Res<()> {
    let runpy = imports::import_module("runpy")?;
    call::call_method(&runpy, &str::intern("_run_module_as_main"), &[str::new(name)]).map(drop)
}

/// Runs a script: a source file, a `.pyc` file, or a folder or archive with a `__main__`.
pub fn run_file(path: &str, config: &Config) -> Res<()> {
    let filename = str::new(path);
    if std::path::Path::new(path).is_dir() || is_zip(path) {
        if let Some(p) = imports::sys_attribute("path") {
            list::insert(&p, 0, filename);
        }
        let runpy = imports::import_module("runpy")?;
        return call::call_method(&runpy, &str::intern("_run_module_as_main"), &[str::intern("__main__"), Value::FALSE]).map(drop);
    }
    let bytes = match std::fs::read(path) {
        Ok(b) => b,
        Err(e) => {
            let errno = e.raw_os_error().unwrap_or(0);
            eprintln!("weft: can't open file '{}': [Errno {errno}] {}", absolute(path), exc::os_error_text(errno));
            return Err(exc::raise_args(types().system_exit, &[Value::small_int(2)]));
        }
    };
    let d = module::dict(&main_module()?);
    dict::set_str(&d, &str::intern("__file__"), filename.clone());
    dict::set_str(&d, &str::intern("__cached__"), Value::NONE);
    let external = imports::loaded_module("_frozen_importlib_external");
    let code = if path.ends_with(".pyc") {
        match weft_compiler::pyc::read(&bytes) {
            Ok((_, code)) => {
                weft_compiler::verify::verify(&code).map_err(|e| exc::value_error(format!("bad .pyc file: {e}")))?;
                weft_vm::types::code::new(&code)
            }
            Err(e) => return Err(exc::runtime_error(format!("Bad magic number in .pyc file: {e}"))),
        }
    } else {
        if let Some(external) = external {
            let loader = protocol::attr::getattr(&external, &str::intern("SourceFileLoader"))?;
            let loader = call::call(&loader, &[str::intern("__main__"), filename.clone()], None)?;
            dict::set_str(&d, &str::intern("__loader__"), loader);
        }
        builtins::code::compile_source(&bytes, &filename, Mode::Exec, options(config))?
    };
    eval::run_code(&code, &d, &d, None).map(drop)
}

fn is_zip(path: &str) -> bool {
    path.ends_with(".zip") || path.ends_with(".pyz")
}

fn absolute(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |p| p.display().to_string())
}

/// Runs source read from standard input.
pub fn run_stdin(config: &Config) -> Res<()> {
    let mut bytes = Vec::new();
    if let Err(e) = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes) {
        return Err(exc::io_error(&e, None));
    }
    let d = module::dict(&main_module()?);
    let code = builtins::code::compile_source(&bytes, &str::intern("<stdin>"), Mode::Exec, options(config))?;
    eval::run_code(&code, &d, &d, None).map(drop)
}

/// The interactive prompt.
pub fn interact(config: &Config) -> Res<()> {
    let console = imports::import_module("code")?;
    let banner = if config.quiet {
        String::new()
    } else {
        let version = imports::sys_attribute("version").map_or(String::new(), |v| str::display(&v));
        let platform = imports::sys_attribute("platform").map_or(String::new(), |v| str::display(&v));
        format!("Python {version} on {platform}\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information.")
    };
    let d = module::dict(&main_module()?);
    call::call_method(&console, &str::intern("interact"), &[str::new(&banner), Value::NONE, d, str::intern("")]).map(drop)
}

/// Reports how a program ended and gives the process's exit status.
pub fn status_of(result: Res<()>) -> i32 {
    match result {
        Ok(()) => 0,
        Err(e) => {
            let exception = exc::take(e);
            if exception.is_instance(types().system_exit) {
                return traceback_print::exit_status(&exception);
            }
            let interrupted = exception.is_instance(types().keyboard_interrupt);
            traceback_print::print_uncaught(&exception);
            if interrupted { 130 } else { 1 }
        }
    }
}

/// Waits for threads, runs exit functions, flushes the standard streams. Returns false if a stream could not be flushed.
pub fn finish() -> bool {
    let quietly = |r: Res| {
        if let Err(e) = r {
            exc::unraisable(e, "Exception ignored at interpreter shutdown ", None);
        }
    };
    if let Some(threading) = imports::loaded_module("threading") {
        quietly(call::call_method(&threading, &str::intern("_shutdown"), &[]));
    }
    if let Some(atexit) = imports::loaded_module("atexit") {
        quietly(call::call_method(&atexit, &str::intern("_run_exitfuncs"), &[]));
    }
    let mut fine = true;
    for name in ["stdout", "stderr"] {
        if let Some(f) = imports::sys_attribute(name).filter(|f| !f.is_none()) {
            let closed = protocol::attr::getattr(&f, &str::intern("closed")).and_then(|c| protocol::is_true(&c));
            match closed {
                Ok(true) => continue,
                Ok(false) => {}
                Err(e) => exc::clear(e),
            }
            if let Err(e) = call::call_method(&f, &str::intern("flush"), &[]) {
                if name == "stdout" {
                    exc::unraisable(e, "Exception ignored on flushing sys.stdout", None);
                    fine = false;
                } else {
                    exc::clear(e);
                }
            }
        }
    }
    fine
}
