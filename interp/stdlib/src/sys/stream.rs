//! The standard output streams of an interpreter without the `_io` module: text, written through.

use std::io::Write;
use weft_vm::class::PayloadOps;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::types::str;
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::{class, exc};

/// Which of the process's streams.
pub struct Stream {
    fd: i32,
}

// SAFETY: instances of the class hold a Stream.
unsafe impl Payload for Stream {
    const TRACED: bool = false;

    fn class() -> &'static class::Type {
        CLASS.get()
    }
}

static CLASS: crate::LazyClass = crate::LazyClass::new(&SPEC);

/// The stream of a file descriptor: 1 or 2.
pub fn new(fd: i32) -> Value {
    new_object(Stream { fd })
}

fn fd(v: &Value) -> i32 {
    // SAFETY: methods of the class get its instances.
    unsafe { v.payload::<Stream>() }.fd
}

fn write(a: Args) -> Res {
    let text = a.at(1);
    if !str::is_str(text) {
        return Err(exc::type_error(format!("write() argument must be str, not {}", text.class().full_name())));
    }
    let bytes = weft_vm::codecs::fs_encode(text)?;
    let written = if fd(a.at(0)) == 2 { std::io::stderr().write_all(&bytes) } else { std::io::stdout().write_all(&bytes) };
    written.map_err(|e| exc::io_error(&e, None))?;
    Ok(Value::usize(str::len(text)))
}

fn flush(a: Args) -> Res {
    let done = if fd(a.at(0)) == 2 { std::io::stderr().flush() } else { std::io::stdout().flush() };
    done.map_err(|e| exc::io_error(&e, None))?;
    Ok(Value::NONE)
}

static SPEC: TypeSpec = TypeSpec {
    name: "sys.StandardStream",
    doc: "A standard output stream of the process.",
    payload: PayloadOps::of::<Stream>(),
    flags: class::flag::DISALLOW_INSTANTIATION,
    slots: Slots::NONE,
    methods: &[
        def("write", "($self, text, /)", write, "Write text as UTF-8."),
        def("flush", "($self, /)", flush, "Hand what is buffered to the operating system."),
        def("fileno", "($self, /)", |a| Ok(Value::small_int(i64::from(fd(a.at(0))))), "The file descriptor."),
        def("isatty", "($self, /)", |a| Ok(Value::bool(is_terminal(fd(a.at(0))))), "Whether the stream is a terminal."),
    ],
    getsets: &[
        getter("encoding", |_| Ok(str::intern("utf-8")), ""),
        getter("errors", |_| Ok(str::intern("surrogateescape")), ""),
        getter("closed", |_| Ok(Value::FALSE), ""),
    ],
    ..TypeSpec::DEFAULT
};

fn is_terminal(fd: i32) -> bool {
    // SAFETY: isatty on any number is harmless.
    unsafe { libc::isatty(fd) == 1 }
}
