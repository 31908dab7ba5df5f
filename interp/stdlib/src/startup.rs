//! Starting the interpreter. What happens then is in [`crate::run`], what happens at the end in [`crate::shutdown`].

use crate::import;
use crate::sys::{self, Config, ImportTimes};
use std::os::unix::ffi::OsStrExt;
use weft_vm::eval::import as imports;
use weft_vm::eval::{builtins, import_times, warnings};
use weft_vm::heap::collect;
use weft_vm::thread::{self, Thread};
use weft_vm::types::{list, module, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, codecs, exc, protocol, traceback_print, vm};

/// Brings the interpreter up: native classes, `builtins`, `sys`, the import system, the standard streams, `site`.
/// `stack` is the lowest address of the stack that all this runs on.
pub fn start(config: &Config, stack: usize) -> Res<()> {
    thread::switch_to(Thread::on_stack(stack));
    str::set_hash_seed(config.hash_seed);
    vm::initialise();
    // SAFETY: nothing else runs yet.
    unsafe {
        *builtins::code::OPTIMIZE.get() = config.optimize;
        *warnings::BYTES_WARNING.get() = config.bytes_warning;
    }
    builtins::initialise()?;
    crate::thread::start_up();
    crate::signal::start_up();
    crate::ast::start_up();
    sys::initialise(config)?;
    imports::set_native_finder(|name| crate::modules().find(|m| m.name == name).map(module::from_def));
    traceback_print::set_source_finder(import::embedded_source);
    if config.import_times != ImportTimes::Untold {
        import_times::switch_on(config.import_times == ImportTimes::All);
    }
    if config.verbose > 0 {
        // The import system writes there before the real one can be made.
        module::add(&imports::sys().expect("sys has been made"), "stderr", sys::stream::new(2));
    }
    set_up_imports(config)?;
    set_up_streams(config)?;
    if !config.warn_options.is_empty() {
        imports::import_module("warnings")?;
    }
    if !config.no_site {
        imports::import_module("site")?;
    }
    // The program's own folder comes first, and `site` leaves it as it is.
    if let (Some(first), Some(path)) = (&config.path0, imports::sys_attribute("path")) {
        list::insert(&path, 0, codecs::fs_decode(first.as_bytes()));
    }
    collect::settle();
    Ok(())
}

fn set_up_imports(config: &Config) -> Res<()> {
    let bootstrap = import::run_embedded("importlib._bootstrap", "_frozen_importlib")?;
    imports::set_importlib(bootstrap.clone());
    import::locks::install(&bootstrap)?;
    let imp = module::from_def(&import::MODULE)?;
    let sys = imports::sys().expect("sys has been made");
    call::call_method(&bootstrap, &str::intern("_install"), &[sys, imp])?;
    call::call_method(&bootstrap, &str::intern("_install_external_importers"), &[])?;
    // The embedded library is served by a path hook, which itself is one of its modules.
    let importer = import::run_embedded("_weft_importer", "_weft_importer")?;
    let root = format!("{}/lib/python3.14", config.prefix);
    import::set_root(&root);
    call::call_method(&importer, &str::intern("install"), &[str::from_string(root)])?;
    Ok(())
}

/// Makes `sys.stdin`, `sys.stdout` and `sys.stderr`.
fn set_up_streams(config: &Config) -> Res<()> {
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
    let (encoding, errors) = text_coding(fd, config)?;
    let stream = keywords(
        &get("TextIOWrapper")?,
        &[buffer],
        &[
            ("encoding", str::new(&encoding)),
            ("errors", str::new(&errors)),
            ("newline", if fd == 0 { Value::NONE } else { str::intern("\n") }),
            ("line_buffering", Value::bool(!config.unbuffered && (terminal || fd == 2))),
            ("write_through", Value::bool(config.unbuffered)),
        ],
    )?;
    protocol::attr::setattr(&stream, &str::intern("mode"), &str::new(mode))?;
    Ok(stream)
}

/// The encoding and the error handler of a standard stream.
fn text_coding(fd: i32, config: &Config) -> Res<(String, String)> {
    let lenient = config.utf8_mode || locale_is_plain();
    let default = match fd {
        2 => "backslashreplace",
        _ if lenient => "surrogateescape",
        _ => "strict",
    };
    let given = std::env::var("PYTHONIOENCODING").ok().filter(|v| !config.ignore_environment && !v.is_empty());
    let Some(given) = given else { return Ok(("utf-8".to_owned(), default.to_owned())) };
    let (encoding, errors) = given.split_once(':').unwrap_or((&given, ""));
    let errors = match errors {
        _ if fd == 2 => default,
        "" if encoding.is_empty() => default,
        "" => "strict",
        e => e,
    };
    if encoding.is_empty() {
        return Ok(("utf-8".to_owned(), errors.to_owned()));
    }
    let codec = codecs::registry::lookup(encoding)?;
    let name = protocol::attr::getattr(&codec, &str::intern("name"))?;
    Ok((str::display(&name), errors.to_owned()))
}

/// Whether the locale is one whose encoding says nothing about what input really is.
fn locale_is_plain() -> bool {
    let get = |n: &str| std::env::var(n).ok().filter(|v| !v.is_empty());
    let locale = get("LC_ALL").or_else(|| get("LC_CTYPE")).or_else(|| get("LANG"));
    matches!(locale.as_deref(), None | Some("C" | "POSIX" | "C.UTF-8" | "C.utf8" | "UTF-8"))
}

/// Shows the exception that ended a program, whatever its class.
pub fn show(result: Res<()>) {
    if let Err(e) = result {
        traceback_print::print_uncaught(&exc::take(e));
    }
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a status for the process.
    Status(i32),
    /// With a KeyboardInterrupt that nobody caught.
    Interrupted,
}

impl Ending {
    /// Reports an exception that nobody caught.
    pub fn of(result: Res<()>) -> Ending {
        let Err(e) = result else { return Ending::Status(0) };
        let exception = exc::take(e);
        if exception.is_instance(types().system_exit) {
            return Ending::Status(traceback_print::exit_status(&exception));
        }
        let interrupted = exception.is_instance(types().keyboard_interrupt);
        traceback_print::print_uncaught(&exception);
        if interrupted { Ending::Interrupted } else { Ending::Status(1) }
    }

    /// The process's exit status. After an interrupt the process ends by that signal, as whoever started it expects.
    pub fn status(self) -> i32 {
        match self {
            Ending::Status(n) => n,
            Ending::Interrupted => {
                // SAFETY: calls without pointers that matter; the signal's action is the default one again.
                unsafe {
                    libc::signal(libc::SIGINT, libc::SIG_DFL);
                    libc::raise(libc::SIGINT);
                }
                130
            }
        }
    }
}
