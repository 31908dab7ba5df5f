//! `BytesIO`: a stream of bytes in memory, and the object that lends its memory out.

use super::{args, base};
use crate::LazyClass;
use std::cell::{Cell, UnsafeCell};
use weft_layout::tag::Word;
use weft_vm::buffer::Buffer;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, GetSetDef, bind_call, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{iter, number};
use weft_vm::types::{bytes, dict, instance, int, list, memoryview, object, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance, new_object};
use weft_vm::vm::types;
use weft_vm::{buffer, exc};

/// `_io.BytesIO`
pub static BYTES_IO: LazyClass = LazyClass::new(&SPEC);
/// `_io._BytesIOBuffer`: what the memoryviews of `getbuffer()` are of.
pub static BYTES_IO_BUFFER: LazyClass = LazyClass::new(&BUFFER_SPEC);

/// The payload.
pub struct BytesIo {
    data: UnsafeCell<Vec<u8>>,
    /// Where the next read or write happens; may lie behind the end.
    pos: Cell<usize>,
    closed: Cell<bool>,
    /// Buffers given out, which keep the memory in place.
    exports: Cell<usize>,
}

// SAFETY: instances of the class hold a BytesIo, which `new` writes.
unsafe impl Payload for BytesIo {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        BYTES_IO.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_io.BytesIO",
    doc: "BytesIO(initial_bytes=b'')\n--\n\nBuffered I/O implementation using an in-memory bytes buffer.",
    base: Some(|| base::BUFFERED_IO_BASE.get()),
    payload: PayloadOps::of::<BytesIo>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), iter: Some(iterate), next: Some(next), finalise: Some(finalise), ..Slots::NONE },
    methods: METHODS,
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("readable", "($self, /)", yes, "Returns True if the IO object can be read."),
    def("seekable", "($self, /)", yes, "Returns True if the IO object can be seeked."),
    def("writable", "($self, /)", yes, "Returns True if the IO object can be written."),
    def("close", "($self, /)", close, "Disable all I/O operations."),
    def("flush", "($self, /)", |a| open(a.at(0)).map(|_| Value::NONE), "Does nothing."),
    def("isatty", "($self, /)", |a| open(a.at(0)).map(|_| Value::FALSE), "Always returns False.\n\nBytesIO objects are not connected to a TTY-like device."),
    def("tell", "($self, /)", |a| open(a.at(0)).map(|b| Value::usize(b.pos.get())), "Current file position, an integer."),
    def("write", "($self, b, /)", |a| write(a.at(0), a.at(1)).map(Value::usize), "Write bytes to file.\n\nReturn the number of bytes written."),
    def("writelines", "($self, lines, /)", writelines, "Write lines to the file.\n\nNote that newlines are not added.  lines can be any iterable object\nproducing bytes-like objects.  This is equivalent to calling write()\nfor each element."),
    def("read1", "($self, size=-1, /)", read, "Read at most size bytes, returned as a bytes object.\n\nIf the size argument is negative or omitted, read until EOF is\nreached.  Return an empty bytes object at EOF."),
    def("readinto", "($self, buffer, /)", readinto, "Read bytes into buffer.\n\nReturns number of bytes read (0 for EOF), or None if the object\nis set not to block and has no data to read."),
    def("readline", "($self, size=-1, /)", |a| open(a.at(0))?.take_line(args::size(&a, 1)?), "Next line from the file, as a bytes object.\n\nRetain newline.  A non-negative size argument limits the maximum\nnumber of bytes to return (an incomplete line may be returned then).\nReturn an empty bytes object at EOF."),
    def("readlines", "($self, size=None, /)", readlines, "List of bytes objects, each a line from the file.\n\nCall readline() repeatedly and return a list of the lines so read.\nThe optional size argument, if given, is an approximate bound on the\ntotal number of bytes in the lines returned."),
    def("read", "($self, size=-1, /)", read, "Read at most size bytes, returned as a bytes object.\n\nIf the size argument is negative, read until EOF is reached.\nReturn an empty bytes object at EOF."),
    def("getbuffer", "($self, /)", getbuffer, "Get a read-write view over the contents of the BytesIO object."),
    def("getvalue", "($self, /)", |a| open(a.at(0))?.with(|d| bytes::try_new(d)), "Retrieve the entire contents of the BytesIO object."),
    def("seek", "($self, pos, whence=0, /)", seek, "Change stream position.\n\nSeek to byte offset pos relative to position indicated by whence:\n     0  Start of stream (the default).  pos should be >= 0;\n     1  Current position - pos may be negative;\n     2  End of stream - pos usually negative.\nReturns the new absolute position."),
    def("truncate", "($self, size=None, /)", truncate, "Truncate the file to at most size bytes.\n\nSize defaults to the current file position, as returned by tell().\nThe current file position is unchanged.  Returns the new size."),
    def("__getstate__", "($self, /)", getstate, ""),
    def("__setstate__", "($self, object, /)", setstate, ""),
    def("__sizeof__", "($self, /)", |a| Ok(Value::usize(object::size_of_object(a.at(0)) + this(a.at(0)).with(|d| d.capacity()))), ""),
];

#[rustfmt::skip]
static GETSETS: &[GetSetDef] = &[
    getter("closed", |v| Ok(Value::bool(this(v).closed.get())), "True if the file is closed."),
];

fn this(v: &Value) -> &BytesIo {
    // SAFETY: methods and slots of the class get its instances; other callers have checked the class.
    unsafe { v.payload() }
}

/// The stream, which must not be closed.
fn open(v: &Value) -> Res<&BytesIo> {
    if this(v).closed.get() { Err(exc::value_error("I/O operation on closed file.")) } else { Ok(this(v)) }
}

impl BytesIo {
    /// Works on the bytes; `f` must not run Python.
    fn with<R>(&self, f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        // SAFETY: the GIL is held, and `f` runs no Python, so nobody else looks at the vector.
        f(unsafe { &mut *self.data.get() })
    }

    fn check_resizable(&self) -> Res<()> {
        if self.exports.get() > 0 {
            return Err(exc::buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }

    /// The next `n` bytes, or all that are left.
    fn take(&self, n: isize) -> Res {
        let made = self.with(|d| {
            let rest = d.get(self.pos.get()..).unwrap_or(&[]);
            let n = if n < 0 { rest.len() } else { rest.len().min(n as usize) };
            bytes::try_new(&rest[..n])
        })?;
        self.pos.set(self.pos.get() + bytes::as_slice(&made).len());
        Ok(made)
    }

    fn take_line(&self, limit: isize) -> Res {
        let n = self.with(|d| {
            let rest = d.get(self.pos.get()..).unwrap_or(&[]);
            let rest = if limit < 0 { rest } else { &rest[..rest.len().min(limit as usize)] };
            memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1)
        });
        self.take(n as isize)
    }

    fn put(&self, from: &[u8]) -> Res<()> {
        let pos = self.pos.get();
        let end = pos.checked_add(from.len()).filter(|&n| n <= isize::MAX as usize);
        let end = end.ok_or_else(|| exc::overflow_error("new buffer size too large"))?;
        self.with(|d| {
            if end > d.len() {
                d.try_reserve(end - d.len()).map_err(|_| exc::memory_error())?;
                // What lies between the old end and the position is zeros.
                d.resize(end, 0);
            }
            d[pos..end].copy_from_slice(from);
            Ok(())
        })?;
        self.pos.set(end);
        Ok(())
    }
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    let payload = BytesIo { data: UnsafeCell::new(Vec::new()), pos: Cell::new(0), closed: Cell::new(false), exports: Cell::new(0) };
    Ok(new_instance(build::of(class), payload))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("BytesIO", "(initial_bytes=b'')", args, kwnames, |a| {
        let b = this(v);
        b.check_resizable()?;
        b.with(Vec::clear);
        b.pos.set(0);
        if let Some(initial) = a.some(0) {
            b.closed.set(false);
            write(v, initial)?;
            b.pos.set(0);
        }
        Ok(())
    })
}

/// Only subclasses may have a `close` that wants to be called.
fn finalise(v: &Value) {
    if v.class().has(flag::HEAPTYPE) {
        base::finalise(v);
    }
}

fn yes(a: Args) -> Res {
    open(a.at(0)).map(|_| Value::TRUE)
}

fn close(a: Args) -> Res {
    let b = this(a.at(0));
    b.check_resizable()?;
    b.closed.set(true);
    b.with(|d| *d = Vec::new());
    Ok(Value::NONE)
}

fn write(v: &Value, data: &Value) -> Res<usize> {
    open(v)?;
    let data = buffer::get(data)?;
    let b = open(v)?;
    b.check_resizable()?;
    if data.len > 0 {
        // The buffer may be of this very stream only if that is exported, and then it was refused above.
        b.put(data.as_slice())?;
    }
    Ok(data.len)
}

fn writelines(a: Args) -> Res {
    open(a.at(0))?;
    iter::for_each(a.at(1), |line| write(a.at(0), &line).map(drop))?;
    Ok(Value::NONE)
}

fn read(a: Args) -> Res {
    let n = args::size(&a, 1)?;
    open(a.at(0))?.take(n)
}

fn readinto(a: Args) -> Res {
    let into = args::writable(a.at(1), "readinto() argument")?;
    let b = open(a.at(0))?;
    let n = b.with(|d| {
        let rest = d.get(b.pos.get()..).unwrap_or(&[]);
        let n = rest.len().min(into.len);
        into.write(0, &rest[..n]);
        n
    });
    b.pos.set(b.pos.get() + n);
    Ok(Value::usize(n))
}

fn readlines(a: Args) -> Res {
    let b = open(a.at(0))?;
    let most = match a.some(1) {
        None => 0,
        Some(n) if int::is_int(n) => number::as_isize(n)?,
        Some(n) => return Err(exc::type_error(format!("integer argument expected, got '{}'", n.class().full_name()))),
    };
    let (lines, mut size) = (list::new(), 0);
    loop {
        let line = b.take_line(-1)?;
        let n = bytes::as_slice(&line).len();
        if n == 0 {
            return Ok(lines);
        }
        list::append(&lines, line)?;
        size += n;
        if most > 0 && size >= most as usize {
            return Ok(lines);
        }
    }
}

fn iterate(v: &Value) -> Res {
    open(v)?;
    Ok(v.clone())
}

fn next(v: &Value) -> Res<Option<Value>> {
    let line = open(v)?.take_line(-1)?;
    Ok(if bytes::as_slice(&line).is_empty() { None } else { Some(line) })
}

fn seek(a: Args) -> Res {
    let b = open(a.at(0))?;
    let to = number::as_isize(a.at(1))?;
    let whence = args::opt_c_int(&a, 2, 0)?;
    let from = match whence {
        0 if to < 0 => return Err(exc::value_error(format!("negative seek value {to}"))),
        0 => 0,
        1 => b.pos.get(),
        2 => b.with(|d| d.len()),
        _ => return Err(exc::value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let pos = (from as isize).checked_add(to).ok_or_else(|| exc::overflow_error("new position too large"))?;
    b.pos.set(pos.max(0) as usize);
    Ok(Value::usize(b.pos.get()))
}

fn truncate(a: Args) -> Res {
    let b = open(a.at(0))?;
    b.check_resizable()?;
    let size = match a.some(1) {
        None => b.pos.get() as isize,
        Some(n) if number::is_index(n) => number::as_isize(n)?,
        Some(n) => return Err(exc::type_error(format!("argument should be integer or None, not '{}'", n.class().full_name()))),
    };
    if size < 0 {
        return Err(exc::value_error(format!("negative size value {size}")));
    }
    // Converting the argument may have run Python.
    b.check_resizable()?;
    b.with(|d| d.truncate(size as usize));
    Ok(Value::int(size as i64))
}

fn getstate(a: Args) -> Res {
    let v = a.at(0);
    let b = open(v)?;
    let attributes = dict::copy(&instance::dict_of(v));
    let attributes = if dict::len(&attributes) == 0 { Value::NONE } else { attributes };
    Ok(tuple::from_vec(vec![b.with(|d| bytes::try_new(d))?, Value::usize(b.pos.get()), attributes]))
}

fn setstate(a: Args) -> Res {
    let (v, state) = (a.at(0), a.at(1));
    let class = v.class().full_name();
    if !state.is_instance(types().tuple) || tuple::items(state).len() < 3 {
        let got = state.class().full_name();
        return Err(exc::type_error(format!("{class}.__setstate__ argument should be 3-tuple, got {got}")));
    }
    let b = this(v);
    b.check_resizable()?;
    let items = tuple::items(state);
    b.with(Vec::clear);
    b.pos.set(0);
    write(v, &items[0])?;
    if !int::is_int(&items[1]) {
        let got = items[1].class().full_name();
        return Err(exc::type_error(format!("second item of state must be an integer, not {got}")));
    }
    let pos = number::as_isize(&items[1])?;
    if pos < 0 {
        return Err(exc::value_error("position value cannot be negative"));
    }
    b.pos.set(pos as usize);
    restore_attributes(v, &items[2], "third")
}

/// Takes over the attributes that a pickled stream had.
pub(super) fn restore_attributes(v: &Value, attributes: &Value, which: &str) -> Res {
    if attributes.is_none() {
        return Ok(Value::NONE);
    }
    if !attributes.is_instance(types().dict) {
        let got = attributes.class().full_name();
        return Err(exc::type_error(format!("{which} item of state should be a dict, got a {got}")));
    }
    dict::update(&instance::dict_of(v), attributes)?;
    Ok(Value::NONE)
}

/// The payload of `_BytesIOBuffer`.
struct BytesIoBuffer {
    source: Field,
}

// SAFETY: instances of the class hold a BytesIoBuffer.
unsafe impl Payload for BytesIoBuffer {
    fn class() -> &'static Type {
        BYTES_IO_BUFFER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.source.word());
    }
}

static BUFFER_SPEC: TypeSpec = TypeSpec {
    name: "_io._BytesIOBuffer",
    payload: PayloadOps::of::<BytesIoBuffer>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { buffer: Some(lend), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

fn getbuffer(a: Args) -> Res {
    open(a.at(0))?;
    memoryview::from_object(&new_object(BytesIoBuffer { source: Field::new(a.at(0).clone()) }))
}

fn source(v: &Value) -> Value {
    // SAFETY: the slot and the release function get instances of the class.
    unsafe { v.payload::<BytesIoBuffer>() }.source.value()
}

fn lend(v: &Value) -> Res<Buffer> {
    let stream = source(v);
    let b = open(&stream)?;
    b.exports.set(b.exports.get() + 1);
    let (ptr, len) = b.with(|d| (d.as_mut_ptr(), d.len()));
    let release = |v: &Value| {
        let stream = source(v);
        let b = this(&stream);
        b.exports.set(b.exports.get() - 1);
    };
    // SAFETY: while there are exports the vector is not resized, and `v` keeps the stream alive.
    Ok(unsafe { Buffer::of_bytes(v.clone(), ptr, len, false, Some(release)) })
}
