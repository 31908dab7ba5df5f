//! `BufferedReader`, `BufferedWriter` and `BufferedRandom`: one payload, three classes.
//!
//! The buffer is a window onto the raw stream. `pos` is where the stream's user is in it, `raw_pos` where the raw stream
//! is; `read_end` ends what has been read ahead, `write_pos..write_end` is what has yet to be written (-1: nothing).
//!
//! [`lock`]: one thread at a time works on a stream. [`raw`]: calls to the raw stream. [`reading`], [`writing`]: the
//! algorithms. The memory is lent out ([`Buffered::lend`]) while the raw stream works on it, so that no slice of it is
//! held while other code runs.

mod lock;
mod raw;
mod reading;
mod writing;

use super::names::names;
use super::{DEFAULT_BUFFER_SIZE, args, base, call0, chain, file_io, guarded_repr, unsupported};
use crate::LazyClass;
use std::cell::{Cell, UnsafeCell};
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, GetSetDef, bind_call, def, getset, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::protocol::{attr, number};
use weft_vm::types::text::Text;
use weft_vm::types::{object, str};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, protocol};

pub use reading::{read_all, read1};
pub use writing::write_bytes;

/// `_io.BufferedReader`
pub static READER: LazyClass = LazyClass::new(&READER_SPEC);
/// `_io.BufferedWriter`
pub static WRITER: LazyClass = LazyClass::new(&WRITER_SPEC);
/// `_io.BufferedRandom`
pub static RANDOM: LazyClass = LazyClass::new(&RANDOM_SPEC);

/// The payload.
pub struct Buffered {
    raw: Field,
    /// Whether `__init__` has succeeded, and the raw stream has not been detached since.
    ok: Cell<bool>,
    detached: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    finalizing: Cell<bool>,
    /// Whether the raw stream is an exact FileIO and this an exact instance, whose methods then need not be looked up.
    direct: Cell<bool>,
    /// The buffer; empty while it is lent out, and when the stream is closed.
    memory: UnsafeCell<Vec<u8>>,
    has_memory: Cell<bool>,
    size: Cell<usize>,
    /// The position of the raw stream, or -1 if that is unknown.
    abs_pos: Cell<i64>,
    pos: Cell<i64>,
    raw_pos: Cell<i64>,
    read_end: Cell<i64>,
    write_pos: Cell<i64>,
    write_end: Cell<i64>,
    /// The thread that works on the stream, or 0.
    owner: Cell<u64>,
}

impl Buffered {
    fn trace_raw(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.raw.word());
    }

    fn clear_raw(&self) {
        self.ok.set(false);
        drop(self.raw.take());
    }
}

/// The payload of one of the classes: all three are laid out alike.
macro_rules! payload_of {
    ($name:ident, $class:ident) => {
        #[repr(transparent)]
        struct $name(Buffered);

        // SAFETY: instances of the class hold a Buffered, which `new` writes.
        unsafe impl Payload for $name {
            fn class() -> &'static Type {
                $class.get()
            }

            fn trace(&self, visit: &mut dyn FnMut(Word)) {
                self.0.trace_raw(visit);
            }

            fn clear(&self) {
                self.0.clear_raw();
            }
        }
    };
}

payload_of!(Reader, READER);
payload_of!(Writer, WRITER);
payload_of!(Random, RANDOM);

static READER_SPEC: TypeSpec = TypeSpec {
    name: "_io.BufferedReader",
    doc: "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nCreate a new buffered reader using the given readable raw IO object.",
    base: Some(|| base::BUFFERED_IO_BASE.get()),
    payload: PayloadOps::of::<Reader>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init_reader), repr: Some(repr), next: Some(reading::next), ..Slots::NONE },
    methods: READER_METHODS,
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

static WRITER_SPEC: TypeSpec = TypeSpec {
    name: "_io.BufferedWriter",
    doc: "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer for a writeable sequential RawIO object.\n\nThe constructor creates a BufferedWriter for the given writeable raw\nstream. If the buffer_size is not given, it defaults to\nDEFAULT_BUFFER_SIZE.",
    base: Some(|| base::BUFFERED_IO_BASE.get()),
    payload: PayloadOps::of::<Writer>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init_writer), repr: Some(repr), ..Slots::NONE },
    methods: WRITER_METHODS,
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

static RANDOM_SPEC: TypeSpec = TypeSpec {
    name: "_io.BufferedRandom",
    doc: "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffered interface to random access streams.\n\nThe constructor creates a reader and writer for a seekable stream,\nraw, given in the first argument. If the buffer_size is omitted it\ndefaults to DEFAULT_BUFFER_SIZE.",
    base: Some(|| base::BUFFERED_IO_BASE.get()),
    payload: PayloadOps::of::<Random>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init_random), repr: Some(repr), next: Some(reading::next), ..Slots::NONE },
    methods: RANDOM_METHODS,
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static READER_METHODS: &[FnDef] = &[
    def("detach", "($self, /)", detach, ""),
    def("flush", "($self, /)", |a| forward(a, &names().flush), ""),
    def("close", "($self, /)", close, ""),
    def("seekable", "($self, /)", |a| forward(a, &names().seekable), ""),
    def("readable", "($self, /)", |a| forward(a, &names().readable), ""),
    def("fileno", "($self, /)", |a| forward(a, &names().fileno), ""),
    def("isatty", "($self, /)", |a| forward(a, &names().isatty), ""),
    def("_dealloc_warn", "($self, source, /)", dealloc_warn, ""),
    def("read", "($self, size=-1, /)", reading::read, ""),
    def("peek", "($self, size=0, /)", reading::peek, ""),
    def("read1", "($self, size=-1, /)", reading::read1_method, ""),
    def("readinto", "($self, buffer, /)", |a| reading::readinto(a, false), ""),
    def("readinto1", "($self, buffer, /)", |a| reading::readinto(a, true), ""),
    def("readline", "($self, size=-1, /)", reading::readline, ""),
    def("seek", "($self, target, whence=0, /)", seek, ""),
    def("tell", "($self, /)", tell, ""),
    def("truncate", "($self, pos=None, /)", truncate, ""),
    def("__sizeof__", "($self, /)", sizeof, ""),
    def("__getstate__", "($self, /)", base::cannot_pickle, ""),
];

#[rustfmt::skip]
static WRITER_METHODS: &[FnDef] = &[
    def("close", "($self, /)", close, ""),
    def("detach", "($self, /)", detach, ""),
    def("seekable", "($self, /)", |a| forward(a, &names().seekable), ""),
    def("writable", "($self, /)", |a| forward(a, &names().writable), ""),
    def("fileno", "($self, /)", |a| forward(a, &names().fileno), ""),
    def("isatty", "($self, /)", |a| forward(a, &names().isatty), ""),
    def("_dealloc_warn", "($self, source, /)", dealloc_warn, ""),
    def("write", "($self, buffer, /)", writing::write, ""),
    def("truncate", "($self, pos=None, /)", truncate, ""),
    def("flush", "($self, /)", |a| flush(a.at(0)).map(|()| Value::NONE), ""),
    def("seek", "($self, target, whence=0, /)", seek, ""),
    def("tell", "($self, /)", tell, ""),
    def("__sizeof__", "($self, /)", sizeof, ""),
    def("__getstate__", "($self, /)", base::cannot_pickle, ""),
];

#[rustfmt::skip]
static RANDOM_METHODS: &[FnDef] = &[
    def("close", "($self, /)", close, ""),
    def("detach", "($self, /)", detach, ""),
    def("seekable", "($self, /)", |a| forward(a, &names().seekable), ""),
    def("readable", "($self, /)", |a| forward(a, &names().readable), ""),
    def("writable", "($self, /)", |a| forward(a, &names().writable), ""),
    def("fileno", "($self, /)", |a| forward(a, &names().fileno), ""),
    def("isatty", "($self, /)", |a| forward(a, &names().isatty), ""),
    def("_dealloc_warn", "($self, source, /)", dealloc_warn, ""),
    def("flush", "($self, /)", |a| flush(a.at(0)).map(|()| Value::NONE), ""),
    def("seek", "($self, target, whence=0, /)", seek, ""),
    def("tell", "($self, /)", tell, ""),
    def("truncate", "($self, pos=None, /)", truncate, ""),
    def("read", "($self, size=-1, /)", reading::read, ""),
    def("read1", "($self, size=-1, /)", reading::read1_method, ""),
    def("readinto", "($self, buffer, /)", |a| reading::readinto(a, false), ""),
    def("readinto1", "($self, buffer, /)", |a| reading::readinto(a, true), ""),
    def("readline", "($self, size=-1, /)", reading::readline, ""),
    def("peek", "($self, size=0, /)", reading::peek, ""),
    def("write", "($self, buffer, /)", writing::write, ""),
    def("__sizeof__", "($self, /)", sizeof, ""),
    def("__getstate__", "($self, /)", base::cannot_pickle, ""),
];

#[rustfmt::skip]
static GETSETS: &[GetSetDef] = &[
    getter("raw", |v| Ok(this(v).raw.get().unwrap_or(Value::NONE)), ""),
    getset("_finalizing", |v| Ok(Value::bool(this(v).finalizing.get())), set_finalizing, ""),
    getter("closed", |v| attr::getattr(&raw_of(v)?, &names().closed), ""),
    getter("name", |v| attr::getattr(&raw_of(v)?, &names().name), ""),
    getter("mode", |v| attr::getattr(&raw_of(v)?, &names().mode), ""),
];

fn this(v: &Value) -> &Buffered {
    // SAFETY: methods and slots of the classes get their instances, other callers have checked the class; the payloads
    // of all three are a Buffered behind the header.
    unsafe { &*v.ptr().add(8).cast::<Buffered>() }
}

/// Whether a value is an instance of exactly one of the three classes.
pub fn is_exact(v: &Value) -> bool {
    let class = v.class();
    v.is_heap() && [&READER, &WRITER, &RANDOM].iter().any(|c| std::ptr::eq(c.get(), class))
}

/// The raw stream of an instance of exactly one of the classes, if that is an exact FileIO.
pub fn direct_file(v: &Value) -> Option<Value> {
    this(v).raw.get().filter(|_| this(v).direct.get())
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(
        build::of(class),
        Reader(Buffered {
            raw: Field::empty(),
            ok: Cell::new(false),
            detached: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            finalizing: Cell::new(false),
            direct: Cell::new(false),
            memory: UnsafeCell::new(Vec::new()),
            has_memory: Cell::new(false),
            size: Cell::new(0),
            abs_pos: Cell::new(0),
            pos: Cell::new(0),
            raw_pos: Cell::new(0),
            read_end: Cell::new(-1),
            write_pos: Cell::new(0),
            write_end: Cell::new(-1),
            owner: Cell::new(0),
        }),
    ))
}

impl Buffered {
    /// Looks at the buffer; `f` must not run Python.
    fn look<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        // SAFETY: the GIL is held, and `f` neither changes the buffer nor runs Python.
        f(unsafe { (*self.memory.get()).as_slice() })
    }

    /// Changes the buffer; `f` must not run Python.
    fn change<R>(&self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        // SAFETY: as in `look`.
        f(unsafe { (*self.memory.get()).as_mut_slice() })
    }

    /// Takes the buffer out while `f` works on it, which may run Python or give up the GIL. Others find no buffer then;
    /// they wait for the lock, which the caller holds.
    fn lend<R>(&self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        // SAFETY: the GIL is held; nothing else runs between taking the vector and having it.
        let mut memory = unsafe { std::mem::take(&mut *self.memory.get()) };
        let result = f(&mut memory);
        // SAFETY: as above. A stream initialised anew or closed meanwhile keeps what it has.
        unsafe {
            if self.has_memory.get() && (*self.memory.get()).is_empty() && memory.len() == self.size.get() {
                *self.memory.get() = memory;
            }
        }
        result
    }

    fn drop_memory(&self) {
        self.has_memory.set(false);
        // SAFETY: as in `lend`; dropping bytes runs no Python.
        unsafe { drop(std::mem::take(&mut *self.memory.get())) };
    }

    fn valid_read(&self) -> bool {
        self.readable.get() && self.read_end.get() != -1
    }

    fn valid_write(&self) -> bool {
        self.writable.get() && self.write_end.get() != -1
    }

    /// Bytes that have been read ahead.
    fn ahead(&self) -> i64 {
        if self.valid_read() { (self.read_end.get() - self.pos.get()).max(0) } else { 0 }
    }

    /// How far the raw stream is ahead of the user.
    fn raw_offset(&self) -> i64 {
        if (self.valid_read() || self.valid_write()) && self.raw_pos.get() >= 0 { self.raw_pos.get() - self.pos.get() } else { 0 }
    }

    fn reset_read(&self) {
        self.read_end.set(-1);
    }

    fn reset_write(&self) {
        self.write_pos.set(0);
        self.write_end.set(-1);
    }

    /// Moves the user, and the end of what has been read ahead with it where that is behind.
    fn adjust_position(&self, pos: i64) {
        self.pos.set(pos);
        if self.valid_read() && self.read_end.get() < pos {
            self.read_end.set(pos);
        }
    }
}

/// The stream, initialised and not detached.
fn ready(v: &Value) -> Res<&Buffered> {
    let b = this(v);
    if b.ok.get() {
        return Ok(b);
    }
    Err(if b.detached.get() { exc::value_error("raw stream has been detached") } else { base::uninitialised() })
}

/// The raw stream of an initialised stream.
fn raw_of(v: &Value) -> Res {
    ready(v)?.raw.get().ok_or_else(base::uninitialised)
}

/// Whether the stream is closed.
fn is_closed(v: &Value) -> Res<bool> {
    let b = ready(v)?;
    if !b.has_memory.get() {
        return Ok(true);
    }
    let raw = raw_of(v)?;
    if b.direct.get() {
        return Ok(file_io::is_closed(&raw));
    }
    protocol::is_true(&attr::getattr(&raw, &names().closed)?)
}

/// Raises ValueError if the stream is closed and nothing has been read ahead.
fn check_open<'a>(v: &'a Value, message: &str) -> Res<&'a Buffered> {
    if is_closed(v)? && this(v).ahead() == 0 { Err(exc::value_error(message)) } else { ready(v) }
}

fn forward(a: Args, name: &Value) -> Res {
    call0(&raw_of(a.at(0))?, name)
}

fn init_reader(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("BufferedReader", "(raw, buffer_size=DEFAULT_BUFFER_SIZE)", args, kwnames, |a| {
        let size = args::int_size(&a, 1, DEFAULT_BUFFER_SIZE as isize)?;
        uninitialise(v);
        base::check_readable(a.at(0))?;
        initialise(v, a.at(0), size, true, false)
    })
}

fn init_writer(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("BufferedWriter", "(raw, buffer_size=DEFAULT_BUFFER_SIZE)", args, kwnames, |a| {
        let size = args::int_size(&a, 1, DEFAULT_BUFFER_SIZE as isize)?;
        uninitialise(v);
        base::check_writable(a.at(0))?;
        initialise(v, a.at(0), size, false, true)
    })
}

fn init_random(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("BufferedRandom", "(raw, buffer_size=DEFAULT_BUFFER_SIZE)", args, kwnames, |a| {
        let size = args::int_size(&a, 1, DEFAULT_BUFFER_SIZE as isize)?;
        uninitialise(v);
        base::check_seekable(a.at(0))?;
        base::check_readable(a.at(0))?;
        base::check_writable(a.at(0))?;
        initialise(v, a.at(0), size, true, true)
    })
}

fn uninitialise(v: &Value) {
    this(v).ok.set(false);
    this(v).detached.set(false);
}

fn initialise(v: &Value, raw: &Value, size: isize, readable: bool, writable: bool) -> Res<()> {
    let b = this(v);
    b.raw.set(raw.clone());
    b.readable.set(readable);
    b.writable.set(writable);
    if size <= 0 {
        return Err(exc::value_error("buffer size must be strictly positive"));
    }
    let memory = file_io::room(size as usize)?;
    b.drop_memory();
    // SAFETY: the GIL is held; the vector that was there is gone.
    unsafe { *b.memory.get() = memory };
    b.size.set(size as usize);
    b.has_memory.set(true);
    b.direct.set(is_exact(v) && file_io::is_exact(raw));
    b.pos.set(0);
    b.raw_pos.set(0);
    b.abs_pos.set(-1);
    b.reset_read();
    b.reset_write();
    if let Err(e) = raw::tell(v) {
        exc::clear(e);
    }
    b.ok.set(true);
    Ok(())
}

/// A stream over an exact FileIO, as `open()` makes it.
pub fn make(class: &LazyClass, raw: &Value, size: isize) -> Res {
    let v = new(&class.get().value(), &[], None)?;
    let (readable, writable) = match class {
        c if std::ptr::eq(c, &READER) => (true, false),
        c if std::ptr::eq(c, &WRITER) => (false, true),
        _ => (true, true),
    };
    if readable && writable {
        base::check_seekable(raw)?;
    }
    initialise(&v, raw, size, readable, writable)?;
    Ok(v)
}

fn set_finalizing(v: &Value, value: Option<&Value>) -> Res<()> {
    this(v).finalizing.set(args::flag(value)?);
    Ok(())
}

fn dealloc_warn(a: Args) -> Res {
    warn_unclosed(a.at(0), a.at(1));
    Ok(Value::NONE)
}

fn warn_unclosed(v: &Value, source: &Value) {
    if let Ok(raw) = raw_of(v)
        && let Err(e) = call::call_method(&raw, &names()._dealloc_warn, std::slice::from_ref(source))
    {
        exc::clear(e);
    }
}

fn close(a: Args) -> Res {
    let v = a.at(0);
    ready(v)?;
    let held = lock::enter(v)?;
    let raw = raw_of(v)?;
    if protocol::is_true(&attr::getattr(&raw, &names().closed)?)? {
        return Ok(Value::NONE);
    }
    if this(v).finalizing.get() {
        warn_unclosed(v, v);
    }
    // Flushing takes the lock itself.
    drop(held);
    let earlier = call0(v, &names().flush).err().map(exc::take);
    let _held = lock::enter(v)?;
    let closed = call0(&raw, &names().close);
    let b = this(v);
    b.drop_memory();
    b.read_end.set(0);
    b.pos.set(0);
    chain(earlier, closed)
}

fn detach(a: Args) -> Res {
    let v = a.at(0);
    ready(v)?;
    call0(v, &names().flush)?;
    let b = this(v);
    let raw = b.raw.take().ok_or_else(base::uninitialised)?;
    b.detached.set(true);
    b.ok.set(false);
    Ok(raw)
}

/// `flush()` of streams that write.
pub fn flush(v: &Value) -> Res<()> {
    check_open(v, "flush of closed file")?;
    let _held = lock::enter(v)?;
    flush_and_rewind(v)
}

/// Writes what is pending, and moves the raw stream to where the user is. The lock is held.
fn flush_and_rewind(v: &Value) -> Res<()> {
    writing::flush(v)?;
    let b = this(v);
    if b.readable.get() {
        let sought = raw::seek(v, -b.raw_offset(), 1);
        b.reset_read();
        sought?;
    }
    Ok(())
}

/// `tell()`
fn tell(a: Args) -> Res {
    let v = a.at(0);
    ready(v)?;
    let pos = raw::tell(v)?;
    Ok(Value::int(pos - this(v).raw_offset()))
}

fn seek(a: Args) -> Res {
    let v = a.at(0);
    let whence = args::opt_c_int(&a, 2, 0)?;
    ready(v)?;
    if !(0..=2).contains(&whence) && whence != libc::SEEK_HOLE && whence != libc::SEEK_DATA {
        return Err(exc::value_error(format!("whence value {whence} unsupported")));
    }
    let b = check_open(v, "seek of closed file")?;
    base::check_seekable(&raw_of(v)?)?;
    let mut target = args::offset(a.at(1))?;
    // A place inside the buffer needs no system call.
    if whence < 2 && b.readable.get() {
        let current = if b.abs_pos.get() == -1 { raw::tell(v)? } else { b.abs_pos.get() };
        let ahead = b.ahead();
        if ahead > 0 {
            let by = if whence == 0 { target.checked_sub(current - b.raw_offset()) } else { Some(target) };
            if let Some(by) = by.filter(|&by| by >= -b.pos.get() && by <= ahead) {
                b.pos.set(b.pos.get() + by);
                return Ok(Value::int(current - ahead + by));
            }
        }
    }
    let _held = lock::enter(v)?;
    if b.writable.get() {
        writing::flush(v)?;
    }
    if whence == 1 {
        target = target.saturating_sub(b.raw_offset());
    }
    let at = raw::seek(v, target, whence)?;
    b.raw_pos.set(-1);
    if b.readable.get() {
        b.reset_read();
    }
    Ok(Value::int(at))
}

fn truncate(a: Args) -> Res {
    let v = a.at(0);
    let b = check_open(v, "truncate of closed file")?;
    if !b.writable.get() {
        return Err(unsupported("truncate"));
    }
    let _held = lock::enter(v)?;
    flush_and_rewind(v)?;
    let size = a.opt(1).cloned().unwrap_or(Value::NONE);
    let result = call::call_method(&raw_of(v)?, &names().truncate, &[size])?;
    if let Err(e) = raw::tell(v) {
        exc::clear(e);
    }
    Ok(result)
}

fn sizeof(a: Args) -> Res {
    let b = this(a.at(0));
    Ok(Value::usize(object::size_of_object(a.at(0)) + if b.has_memory.get() { b.size.get() } else { 0 }))
}

fn repr(v: &Value) -> Res {
    let class = v.class().full_name();
    let name = match attr::getattr_opt(v, &names().name) {
        Ok(name) => name,
        // The raw stream may have been detached.
        Err(e) if exc::matches(types().value_error) => {
            exc::clear(e);
            None
        }
        Err(e) => return Err(e),
    };
    match name {
        None => Ok(str::from_string(format!("<{class}>"))),
        Some(name) => guarded_repr(v, || Ok(Text::new().add(&format!("<{class} name=")).repr(&name)?.add(">").finish())),
    }
}

/// A count that a raw stream's method returned, which cannot be more than it was given room for.
fn checked_count(n: &Value, most: usize, method: &str) -> Res<usize> {
    let n = number::as_isize_or(n, types().value_error)?;
    if n < 0 || n as usize > most {
        return Err(exc::new(
            types().os_error,
            format!("raw {method}() returned invalid length {n} (should have been between 0 and {most})"),
        ));
    }
    Ok(n as usize)
}
