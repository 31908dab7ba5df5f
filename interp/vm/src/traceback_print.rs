//! Showing exceptions that nobody caught: `sys.excepthook`, `sys.unraisablehook`, and what happens when they fail.
//!
//! As in CPython, the standard library's traceback module does the work (source lines, carets, suggestions, groups);
//! a plain native printer stands in where it cannot be imported or fails.

use crate::eval::import;
use crate::global::Global;
use crate::protocol::{self, attr};
use crate::thread::thread;
use crate::types::structseq::{self, LazyType};
use crate::types::traceback::{self, Traceback};
use crate::types::{code, exceptions, frame_object, int, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, exc};
use std::io::Write;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// How often a line is shown before repetitions are counted.
const SHOWN_REPEATS: usize = 3;

// --- where the text goes -----------------------------------------------------------------------------------------

/// Writes text to `sys.stderr`, or to the process's standard error where that is not possible.
pub fn write_stderr(text: &str) {
    match import::sys_attribute("stderr") {
        Some(file) if file.is_none() => {}
        Some(file) => {
            if let Err(e) = call::call_method(&file, &names().write, &[str::new(text)]) {
                exc::clear(e);
                write_raw(text);
            }
        }
        None => write_raw(text),
    }
}

fn write_raw(text: &str) {
    // Nobody is left to tell if this fails.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn flush_stderr() {
    if let Some(file) = import::sys_attribute("stderr").filter(|f| !f.is_none())
        && let Err(e) = call::call_method(&file, &names().flush, &[])
    {
        exc::clear(e);
    }
}

// --- uncaught exceptions -------------------------------------------------------------------------------------------

/// Reports an exception that ends the program, or a thread, through `sys.excepthook`.
pub fn print_uncaught(exception: &Value) {
    let tb = exceptions::traceback_of(exception).unwrap_or(Value::NONE);
    let class = exception.class().value();
    remember(&class, exception, &tb);
    let hook = import::sys_attribute("excepthook");
    match hook {
        Some(hook) => {
            if let Err(e) = call::call(&hook, &[class, exception.clone(), tb], None) {
                let second = exc::take(e);
                flush_stderr();
                write_stderr("Error in sys.excepthook:\n");
                display(&second);
                write_stderr("\nOriginal exception was:\n");
                display(exception);
            }
        }
        None => {
            write_stderr("sys.excepthook is missing\n");
            display(exception);
        }
    }
    flush_stderr();
}

/// Sets `sys.last_exc` and its older relatives.
fn remember(class: &Value, exception: &Value, tb: &Value) {
    let Some(sys) = import::sys() else { return };
    let n = names();
    for (name, value) in [(&n.last_exc, exception), (&n.last_type, class), (&n.last_value, exception), (&n.last_traceback, tb)] {
        if let Err(e) = attr::setattr(&sys, name, value) {
            exc::clear(e);
        }
    }
}

/// The status with which a SystemExit ends the process. A code that is neither None nor an int is printed.
pub fn exit_status(exception: &Value) -> i32 {
    let code = exceptions::exit_code(exception);
    if code.is_none() {
        return 0;
    }
    if int::is_int(&code) {
        return int::as_i64(&code).map_or(-1, |n| n as i32);
    }
    let text = protocol::str_string(&code).unwrap_or_else(|e| {
        exc::clear(e);
        String::new()
    });
    write_stderr(&format!("{text}\n"));
    flush_stderr();
    1
}

/// What the original `sys.excepthook` does with an exception: shows it on `sys.stderr`.
pub fn display(exception: &Value) {
    if import::sys_attribute("stderr").is_some_and(|f| f.is_none()) {
        return;
    }
    if let Err(e) = display_with_library(exception) {
        exc::clear(e);
        let mut text = String::new();
        print_chain(exception, &mut text, &mut Vec::new());
        write_stderr(&text);
    }
}

fn display_with_library(exception: &Value) -> Res<()> {
    if !exceptions::is_exception_instance(exception) {
        let class = exception.class().full_name();
        write_stderr(&format!("TypeError: print_exception(): Exception expected for value, {class} found\n"));
        return Ok(());
    }
    let module = import::import_module("traceback")?;
    let f = attr::getattr(&module, &str::intern("_print_exception_bltin"))?;
    call::call1(&f, exception).map(drop)
}

// --- the plain printer ---------------------------------------------------------------------------------------------

fn print_chain(exception: &Value, out: &mut String, seen: &mut Vec<u64>) {
    seen.push(exception.word());
    let cause = exceptions::cause_of(exception);
    let context = exceptions::context_of(exception).filter(|_| !exceptions::suppresses_context(exception));
    let before = match (cause, context) {
        (Some(c), _) => Some((c, CAUSE)),
        (None, Some(c)) => Some((c, CONTEXT)),
        _ => None,
    };
    if let Some((earlier, link)) = before
        && !seen.contains(&earlier.word())
        && crate::thread::check_native_stack("").map_err(exc::clear).is_ok()
    {
        print_chain(&earlier, out, seen);
        out.push_str(link);
    }
    if let Some(tb) = exceptions::traceback_of(exception) {
        out.push_str("Traceback (most recent call last):\n");
        print_entries(&tb, out);
    }
    print_exception(exception, out);
}

fn print_entries(tb: &Value, out: &mut String) {
    let mut last: Option<String> = None;
    let mut repeats = 0;
    for entry in traceback::entries(tb) {
        let Some(text) = entry.downcast::<Traceback>().and_then(describe_entry) else { continue };
        if last.as_ref() == Some(&text) {
            repeats += 1;
        } else {
            count_repeats(repeats, out);
            repeats = 1;
            last = Some(text.clone());
        }
        if repeats <= SHOWN_REPEATS {
            out.push_str(&text);
        }
    }
    count_repeats(repeats, out);
}

fn count_repeats(repeats: usize, out: &mut String) {
    if repeats > SHOWN_REPEATS {
        let more = repeats - SHOWN_REPEATS;
        let plural = if more == 1 { "" } else { "s" };
        out.push_str(&format!("  [Previous line repeated {more} more time{plural}]\n"));
    }
}

/// The file, line and function of an entry, and the source line if the file can be read.
fn describe_entry(tb: &Traceback) -> Option<String> {
    let frame = tb.frame()?;
    // SAFETY: a frame object's frame is live or owned by it, and so is its code.
    let code: &code::Code = unsafe { &*(*frame_object::frame_of(&frame)).code };
    let (file, name) = (str::display(&code.filename), str::display(&code.name));
    let Some(line) = tb.line() else { return Some(format!("  File \"{file}\", line ?, in {name}\n")) };
    let source = source_line(&file, line).map_or(String::new(), |s| format!("    {s}\n"));
    Some(format!("  File \"{file}\", line {line}, in {name}\n{source}"))
}

/// Finds the source of a module that is in no file, by its code's `co_filename`.
pub type SourceFinder = fn(&str) -> Option<Vec<u8>>;

static SOURCE_FINDER: Global<Option<SourceFinder>> = Global::new(None);

/// Says where the sources of embedded modules are; set once at start-up.
pub fn set_source_finder(find: SourceFinder) {
    // SAFETY: the GIL is held.
    unsafe { *SOURCE_FINDER.get() = Some(find) };
}

fn source_line(file: &str, line: i32) -> Option<String> {
    // SAFETY: the GIL is held.
    let embedded = || unsafe { *SOURCE_FINDER.get() }.and_then(|find| find(file));
    let text = std::fs::read(file).ok().or_else(embedded)?;
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?.trim().to_owned();
    (!line.is_empty()).then_some(line)
}

fn print_exception(exception: &Value, out: &mut String) {
    let class = exception.class();
    let text = |v: Res<String>, otherwise: &str| {
        v.unwrap_or_else(|e| {
            exc::clear(e);
            otherwise.to_owned()
        })
    };
    if exception.is_instance(types().syntax_error) {
        print_syntax_location(exception, out);
    }
    let module = match attr::getattr_opt(&class.value(), &names().__module__) {
        Ok(m) => m.filter(str::is_str).map_or("<unknown>".to_owned(), |m| str::display(&m)),
        Err(e) => {
            exc::clear(e);
            "<unknown>".to_owned()
        }
    };
    if module != "builtins" && module != "__main__" {
        out.push_str(&module);
        out.push('.');
    }
    out.push_str(&class.qualname.get().map_or_else(|| class.name(), |q| str::display(&q)));
    let message = if exception.is_instance(types().syntax_error) {
        let msg = attr::getattr(exception, &names().msg).and_then(|m| protocol::str_string(&m));
        text(msg, "<exception str() failed>")
    } else {
        text(protocol::str_string(exception), "<exception str() failed>")
    };
    if !message.is_empty() {
        out.push_str(": ");
        out.push_str(&message);
    }
    out.push('\n');
    if let Some(notes) = exceptions::notes_of(exception) {
        let notes = protocol::iter::collect(&notes).unwrap_or_else(|e| {
            exc::clear(e);
            Vec::new()
        });
        for note in notes {
            out.push_str(&text(protocol::str_string(&note), "<note str() failed>"));
            out.push('\n');
        }
    }
    if let Some(nested) = group_members(exception) {
        for (i, e) in nested.iter().enumerate() {
            out.push_str(&format!("  +---------------- {} ----------------\n", i + 1));
            let mut inner = String::new();
            print_chain(e, &mut inner, &mut Vec::new());
            for line in inner.lines() {
                out.push_str("    | ");
                out.push_str(line);
                out.push('\n');
            }
        }
    }
}

fn group_members(exception: &Value) -> Option<Vec<Value>> {
    if !exception.is_instance(types().base_exception_group) || crate::thread::check_native_stack("").map_err(exc::clear).is_err() {
        return None;
    }
    match attr::getattr(exception, &names().exceptions) {
        Ok(all) => Some(tuple::items(&all).to_vec()),
        Err(e) => {
            exc::clear(e);
            None
        }
    }
}

/// The file, the line and a caret, which come before a SyntaxError's message.
fn print_syntax_location(exception: &Value, out: &mut String) {
    let get = |name: &Value| match attr::getattr(exception, name) {
        Ok(v) if !v.is_none() => Some(v),
        Ok(_) => None,
        Err(e) => {
            exc::clear(e);
            None
        }
    };
    let Some(line) = get(&names().lineno).and_then(|n| int::as_i64(&n)) else { return };
    let file = get(&names().filename).map_or("<string>".to_owned(), |f| str::display(&f));
    out.push_str(&format!("  File \"{file}\", line {line}\n"));
    let Some(source) = get(&str::intern("text")).filter(str::is_str).map(|t| str::display(&t)) else { return };
    let source = source.trim_end_matches(['\n', '\r', '\x0c']);
    let stripped = source.trim_start_matches([' ', '\t', '\x0c']);
    out.push_str(&format!("    {stripped}\n"));
    if let Some(offset) = get(&names().offset).and_then(|n| int::as_i64(&n)) {
        let skipped = (source.chars().count() - stripped.chars().count()) as i64;
        let column = (offset - 1 - skipped).max(0) as usize;
        let end = get(&str::intern("end_offset")).and_then(|n| int::as_i64(&n)).unwrap_or(0);
        let width = (end - offset).clamp(1, 200) as usize;
        let indent: String = stripped.chars().take(column).map(|c| if c.is_whitespace() { c } else { ' ' }).collect();
        out.push_str(&format!("    {indent}{}\n", "^".repeat(width)));
    }
}

// --- exceptions nobody can catch -----------------------------------------------------------------------------------

/// `sys.UnraisableHookArgs`.
pub static UNRAISABLE_ARGS: LazyType = LazyType::new(|| {
    structseq::new_type(
        "sys.UnraisableHookArgs",
        "UnraisableHookArgs\n\nType used to pass arguments to sys.unraisablehook.",
        &[
            ("exc_type", "Exception type"),
            ("exc_value", "Exception value"),
            ("exc_traceback", "Exception traceback"),
            ("err_msg", "Error message"),
            ("object", "Object causing the exception"),
        ],
        5,
        true,
    )
});

/// Calls `sys.unraisablehook` with an exception that cannot be raised. The exception on its way, if there is one, stays.
pub fn report_unraisable(exception: &Value, message: &Value, object: Option<&Value>) {
    let pending = thread().exc.take();
    let tb = exceptions::traceback_of(exception).or_else(traceback::here).unwrap_or(Value::NONE);
    let fields = vec![exception.class().value(), exception.clone(), tb, message.clone(), object.cloned().unwrap_or(Value::NONE)];
    let args = structseq::new(UNRAISABLE_ARGS.get(), fields);
    let hook = import::sys_attribute("unraisablehook").filter(|h| !h.is_none());
    match hook {
        Some(hook) => {
            if let Err(e) = call::call1(&hook, &args) {
                let second = exc::take(e);
                write_unraisable(&second, Some("Exception ignored in sys.unraisablehook"), Some(&hook));
            }
        }
        None => default_unraisable_hook(&args),
    }
    drop(thread().exc.replace(pending));
}

/// What the original `sys.unraisablehook` does with its argument.
pub fn default_unraisable_hook(args: &Value) {
    let items = tuple::items(args);
    let message = items.get(3).filter(|m| str::is_str(m)).map(str::display);
    if let Some(exception) = items.get(1).filter(|e| exceptions::is_exception_instance(e)) {
        if let Some(tb) = items.get(2).filter(|t| t.is_instance(types().traceback))
            && exceptions::traceback_of(exception).is_none()
        {
            exceptions::set_traceback(exception, tb.clone());
        }
        write_unraisable(exception, message.as_deref(), items.get(4).filter(|o| !o.is_none()));
    }
}

fn write_unraisable(exception: &Value, message: Option<&str>, object: Option<&Value>) {
    let head = match (object, message) {
        (Some(o), message) => {
            let shown = protocol::repr_string(o).unwrap_or_else(|e| {
                exc::clear(e);
                "<object repr() failed>".to_owned()
            });
            format!("{}: {shown}\n", message.unwrap_or("Exception ignored in"))
        }
        (None, Some(message)) => format!("{message}:\n"),
        (None, None) => String::new(),
    };
    // Nothing is imported here, not even for a better picture: this can be the end of the process.
    let mut text = head;
    if let Some(tb) = exceptions::traceback_of(exception) {
        text.push_str("Traceback (most recent call last):\n");
        print_entries(&tb, &mut text);
    }
    print_exception(exception, &mut text);
    write_stderr(&text);
    flush_stderr();
}
