//! `open()` and its companions, and the standard streams.

use super::names::names;
use super::text::{self, Options};
use super::{DEFAULT_BUFFER_SIZE, args, buffered, call0, chain, file_io, newlines::LineEnd};
use crate::fspath;
use std::ffi::CStr;
use weft_vm::class::native::Args;
use weft_vm::eval::{import, warnings};
use weft_vm::protocol::{attr, number};
use weft_vm::types::str;
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// What `open`'s mode says.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

impl Mode {
    fn parse(mode: &str) -> Res<Mode> {
        let mut m = Mode::default();
        for c in mode.chars() {
            let place = match c {
                'x' => &mut m.creating,
                'r' => &mut m.reading,
                'w' => &mut m.writing,
                'a' => &mut m.appending,
                '+' => &mut m.updating,
                't' => &mut m.text,
                'b' => &mut m.binary,
                _ => return Err(exc::value_error(format!("invalid mode: '{mode}'"))),
            };
            if std::mem::replace(place, true) {
                return Err(exc::value_error(format!("invalid mode: '{mode}'")));
            }
        }
        if m.text && m.binary {
            return Err(exc::value_error("can't have text and binary mode at once"));
        }
        if [m.creating, m.reading, m.writing, m.appending].iter().filter(|&&x| x).count() > 1 {
            return Err(exc::value_error("must have exactly one of create/read/write/append mode"));
        }
        Ok(m)
    }

    /// The mode of the raw file.
    fn raw(&self) -> String {
        let flags = [(self.creating, 'x'), (self.reading, 'r'), (self.writing, 'w'), (self.appending, 'a'), (self.updating, '+')];
        flags.iter().filter(|(on, _)| *on).map(|(_, c)| c).collect()
    }
}

fn text_arg(a: &Args, i: usize, what: &str, or_none: bool) -> Res<Option<String>> {
    match a.opt(i) {
        None => Ok(None),
        Some(v) if v.is_none() && or_none => Ok(None),
        Some(v) if str::is_str(v) => str::new::as_c_string(v).map(Some),
        Some(v) => {
            let wanted = if or_none { "str or None" } else { "str" };
            Err(exc::type_error(format!("open() argument '{what}' must be {wanted}, not {}", v.class().full_name())))
        }
    }
}

/// `open(...)`
pub fn open(a: Args) -> Res {
    let mode = text_arg(&a, 1, "mode", false)?.unwrap_or_else(|| "r".to_owned());
    let buffering = args::opt_c_int(&a, 2, -1)?;
    let encoding = text_arg(&a, 3, "encoding", true)?;
    let errors = text_arg(&a, 4, "errors", true)?;
    let newline = text_arg(&a, 5, "newline", true)?;
    let closefd = a.opt(6).map_or(Ok(true), protocol::is_true)?;
    let slots = a.at(0).class().slots();
    let is_number = number::is_index(a.at(0)) || slots.int.is_some() || slots.float.is_some();
    let file = if is_number { a.at(0).clone() } else { fspath::fspath(a.at(0))? };
    let m = Mode::parse(&mode)?;
    if m.binary {
        for (given, what) in [(encoding.is_some(), "an encoding"), (errors.is_some(), "an errors"), (newline.is_some(), "a newline")] {
            if given {
                return Err(exc::value_error(format!("binary mode doesn't take {what} argument")));
            }
        }
        if buffering == 1 {
            let text = "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
            warnings::warn(types().runtime_warning, text, 1)?;
        }
    }
    let raw = file_io::make(&file, &m.raw(), closefd, a.some(7))?;
    let mut opened = raw.clone();
    match wrap(&mut opened, &raw, &m, &mode, buffering, encoding, errors, newline) {
        Ok(()) => Ok(opened),
        Err(e) => chain(Some(exc::take(e)), call0(&opened, &names().close)),
    }
}

/// Puts the layers over a raw file that were asked for. `opened` is the outermost so far.
#[allow(clippy::too_many_arguments)]
fn wrap(
    opened: &mut Value,
    raw: &Value,
    m: &Mode,
    mode: &str,
    mut buffering: i32,
    encoding: Option<String>,
    errors: Option<String>,
    newline: Option<String>,
) -> Res<()> {
    let terminal = buffering < 0 && file_io::is_terminal_at_open(raw)?;
    let line_buffering = buffering == 1 || terminal;
    if line_buffering {
        buffering = -1;
    }
    let size = match buffering {
        0 if !m.binary => return Err(exc::value_error("can't have unbuffered text I/O")),
        0 => return Ok(()),
        n if n < 0 => (file_io::block_size(raw).min(8 << 20) as isize).max(DEFAULT_BUFFER_SIZE as isize),
        n => n as isize,
    };
    let class = if m.updating {
        &buffered::RANDOM
    } else if m.creating || m.writing || m.appending {
        &buffered::WRITER
    } else if m.reading {
        &buffered::READER
    } else {
        return Err(exc::value_error(format!("unknown mode: '{mode}'")));
    };
    *opened = buffered::make(class, raw, size)?;
    if m.binary {
        return Ok(());
    }
    let newline = match &newline {
        None => None,
        Some(n) => Some(LineEnd::known(n).ok_or_else(|| exc::value_error(format!("illegal newline value: {n}")))?),
    };
    let options = Options { encoding: encoding.as_deref(), errors: errors.as_deref(), newline, line_buffering, write_through: false };
    *opened = text::make(opened, options)?;
    attr::setattr(opened, &names().mode, &str::new(mode))
}

/// `open_code(path)`
pub fn open_code(a: Args) -> Res {
    if !str::is_str(a.at(0)) {
        return Err(exc::type_error(format!("open_code() argument 'path' must be str, not {}", a.at(0).class().full_name())));
    }
    let raw = file_io::make(a.at(0), "rb", true, None)?;
    buffered::make(&buffered::READER, &raw, DEFAULT_BUFFER_SIZE as isize)
}

fn sys_flag(name: &str) -> Res<bool> {
    match import::sys_attribute("flags") {
        Some(flags) => match attr::getattr_opt(&flags, &str::intern(name))? {
            Some(x) => protocol::is_true(&x),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

/// `text_encoding(encoding, stacklevel=2)`
pub fn text_encoding(a: Args) -> Res {
    if !a.at(0).is_none() {
        return Ok(a.at(0).clone());
    }
    let level = args::opt_c_int(&a, 1, 2)?;
    if sys_flag("warn_default_encoding")? {
        warnings::warn(types().encoding_warning, "'encoding' argument not specified", level.into())?;
    }
    Ok(str::intern(if sys_flag("utf8_mode")? { "utf-8" } else { "locale" }))
}

/// The encoding of text files that name none: UTF-8 in UTF-8 mode, the locale's otherwise. The C and POSIX locales, whose
/// ASCII nobody means, count as UTF-8 mode (PEP 540).
pub fn default_encoding(utf8_mode_counts: bool) -> String {
    let utf8_mode = sys_flag("utf8_mode").unwrap_or_else(|e| {
        exc::clear(e);
        false
    });
    if utf8_mode && utf8_mode_counts {
        return "utf-8".to_owned();
    }
    let named = locale_encoding();
    if named == "ANSI_X3.4-1968" || named.is_empty() { "utf-8".to_owned() } else { named }
}

/// The encoding that the environment's locale names.
pub fn locale_encoding() -> String {
    static SET: std::sync::Once = std::sync::Once::new();
    // SAFETY: this is done once, before the C library's answer is asked for; the argument is a C string.
    SET.call_once(|| unsafe {
        libc::setlocale(libc::LC_CTYPE, c"".as_ptr());
    });
    // SAFETY: the result is a C string that stays until the locale is set anew, which needs the GIL.
    unsafe {
        let name = libc::nl_langinfo(libc::CODESET);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
    }
}

/// One of `sys.stdin`, `sys.stdout`, `sys.stderr`; None if the descriptor is not open. `name` is what its repr shows;
/// unbuffered output goes straight to the file.
pub fn standard_stream(fd: i32, name: &str, encoding: &str, errors: &str, unbuffered: bool) -> Res {
    // SAFETY: a call without pointers.
    if unsafe { libc::fcntl(fd, libc::F_GETFD) } < 0 {
        return Ok(Value::NONE);
    }
    let write = fd != 0;
    let raw = match file_io::make(&Value::int(fd.into()), if write { "wb" } else { "rb" }, false, None) {
        Ok(raw) => raw,
        // A directory or the like: there is no such stream then.
        Err(e) if exc::matches(types().os_error) => {
            exc::clear(e);
            return Ok(Value::NONE);
        }
        Err(e) => return Err(e),
    };
    attr::setattr(&raw, &names().name, &str::new(name))?;
    let terminal = file_io::is_terminal_at_open(&raw)?;
    let buffer = match (write, unbuffered) {
        (true, true) => raw,
        (true, false) => buffered::make(&buffered::WRITER, &raw, DEFAULT_BUFFER_SIZE as isize)?,
        (false, _) => buffered::make(&buffered::READER, &raw, DEFAULT_BUFFER_SIZE as isize)?,
    };
    let options = Options {
        encoding: Some(encoding),
        errors: Some(errors),
        newline: Some("\n"),
        line_buffering: !unbuffered && (terminal || fd == 2),
        write_through: write && unbuffered,
    };
    let stream = text::make(&buffer, options)?;
    attr::setattr(&stream, &names().mode, &str::intern(if write { "w" } else { "r" }))?;
    Ok(stream)
}
