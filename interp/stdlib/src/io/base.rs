//! The abstract classes: `_IOBase`, `_RawIOBase`, `_BufferedIOBase`, `_TextIOBase`.

use super::names::names;
use super::{DEFAULT_BUFFER_SIZE, args, call0, chain, retry, unsupported};
use crate::LazyClass;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, GetSetDef, def, getter};
use weft_vm::class::slots::{NewFn, Slots};
use weft_vm::class::{PayloadOps, flag};
use weft_vm::protocol::{attr, iter, number};
use weft_vm::types::{bytearray, bytes, list, memoryview, object};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

/// `_io._IOBase`
pub static IO_BASE: LazyClass = LazyClass::new(&IO_BASE_SPEC);
/// `_io._RawIOBase`
pub static RAW_IO_BASE: LazyClass = LazyClass::new(&RAW_SPEC);
/// `_io._BufferedIOBase`
pub static BUFFERED_IO_BASE: LazyClass = LazyClass::new(&BUFFERED_SPEC);
/// `_io._TextIOBase`
pub static TEXT_IO_BASE: LazyClass = LazyClass::new(&TEXT_SPEC);

static IO_BASE_SPEC: TypeSpec = TypeSpec {
    name: "_io._IOBase",
    doc: "The abstract base class for all I/O classes.\n\nThis class provides dummy implementations for many methods that\nderived classes can override selectively; the default implementations\nrepresent a file that cannot be read, written or seeked.\n\nEven though IOBase does not declare read, readinto, or write because\ntheir signatures will vary, implementations and clients should\nconsider those methods part of the interface. Also, implementations\nmay raise UnsupportedOperation when operations they do not support are\ncalled.\n\nThe basic type used for binary data read from or written to a file is\nbytes. Other bytes-like objects are accepted as method arguments too.\nIn some cases (such as readinto), a writable object is required. Text\nI/O classes work with str data.\n\nNote that calling any method (except additional calls to close(),\nwhich are ignored) on a closed stream should raise a ValueError.\n\nIOBase (and its subclasses) support the iterator protocol, meaning\nthat an IOBase object can be iterated over yielding the lines in a\nstream.\n\nIOBase also supports the :keyword:`with` statement. In this example,\nfp is closed after the suite of the with statement is complete:\n\nwith open('spam.txt', 'r') as fp:\n    fp.write('Spam and eggs!')\n",
    payload: PayloadOps::EMPTY,
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), iter: Some(iterate), next: Some(next), finalise: Some(finalise), ..Slots::NONE },
    methods: METHODS,
    getsets: &[getter("closed", |v| is_closed(v).map(Value::bool), "")],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("seek", "($self, offset, whence=os.SEEK_SET, /)", |_| Err(unsupported("seek")), "Change the stream position to the given byte offset.\n\n  offset\n    The stream position, relative to 'whence'.\n  whence\n    The relative position to seek from.\n\nThe offset is interpreted relative to the position indicated by\nwhence.  Values for whence are:\n\n* os.SEEK_SET or 0 -- start of stream (the default); offset should\n  be zero or positive\n* os.SEEK_CUR or 1 -- current stream position; offset may be\n  negative\n* os.SEEK_END or 2 -- end of stream; offset is usually negative\n\nReturn the new absolute position."),
    def("tell", "($self, /)", tell, "Return current stream position."),
    def("truncate", "($self, size=None, /)", |_| Err(unsupported("truncate")), "Truncate file to size bytes.\n\nFile pointer is left unchanged.  Size defaults to the current IO\nposition as reported by tell().  Return the new size."),
    def("flush", "($self, /)", flush, "Flush write buffers, if applicable.\n\nThis is not implemented for read-only and non-blocking streams."),
    def("close", "($self, /)", close, "Flush and close the IO object.\n\nThis method has no effect if the file is already closed."),
    def("seekable", "($self, /)", |_| Ok(Value::FALSE), "Return whether object supports random access.\n\nIf False, seek(), tell() and truncate() will raise OSError.\nThis method may need to do a test seek()."),
    def("readable", "($self, /)", |_| Ok(Value::FALSE), "Return whether object was opened for reading.\n\nIf False, read() will raise OSError."),
    def("writable", "($self, /)", |_| Ok(Value::FALSE), "Return whether object was opened for writing.\n\nIf False, write() will raise OSError."),
    def("_checkClosed", "($self, /)", |a| check_closed(a.at(0)).map(|()| Value::NONE), ""),
    def("_checkSeekable", "($self, /)", |a| check_seekable(a.at(0)).map(|()| Value::TRUE), ""),
    def("_checkReadable", "($self, /)", |a| check_readable(a.at(0)).map(|()| Value::TRUE), ""),
    def("_checkWritable", "($self, /)", |a| check_writable(a.at(0)).map(|()| Value::TRUE), ""),
    def("fileno", "($self, /)", |_| Err(unsupported("fileno")), "Return underlying file descriptor if one exists.\n\nRaise OSError if the IO object does not use a file descriptor."),
    def("isatty", "($self, /)", isatty, "Return whether this is an 'interactive' stream.\n\nReturn False if it can't be determined."),
    def("__enter__", "($self, /)", enter, ""),
    def("__exit__", "($self, /, *args)", |a| call0(a.at(0), &names().close), ""),
    def("readline", "($self, size=-1, /)", readline, "Read and return a line from the stream.\n\nIf size is specified, at most size bytes will be read.\n\nThe line terminator is always b'\\n' for binary files; for text\nfiles, the newlines argument to open can be used to select the line\nterminator(s) recognized."),
    def("readlines", "($self, hint=-1, /)", readlines, "Return a list of lines from the stream.\n\nhint can be specified to control the number of lines read: no more\nlines will be read if the total size (in bytes/characters) of all\nlines so far exceeds hint."),
    def("writelines", "($self, lines, /)", writelines, "Write a list of lines to stream.\n\nLine separators are not added, so it is usual for each of the\nlines provided to have a line separator at the end."),
];

/// Makes a bare instance, whatever the arguments; or leaves that to the native class that gives instances their payload,
/// which in a class with several bases may come later in the MRO.
fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    if class.payload_ops().size == 0 {
        return Ok(object::new_bare(class));
    }
    let mine = new as NewFn as usize;
    let maker = class.mro().iter().filter(|t| !t.has(flag::HEAPTYPE)).find_map(|t| t.slots().new.filter(|&f| f as usize != mine));
    match maker {
        Some(f) => f(&class.value(), args, kwnames),
        None => Err(exc::type_error(format!("cannot create '{}' instances", class.full_name()))),
    }
}

/// The attribute that the base class keeps for itself: whether there is one called `__IOBase_closed`.
fn is_closed(v: &Value) -> Res<bool> {
    Ok(attr::getattr_opt(v, &names().__IOBase_closed)?.is_some())
}

/// Raises ValueError if the stream's `closed` is true.
pub fn check_closed(v: &Value) -> Res<()> {
    match attr::getattr_opt(v, &names().closed)? {
        Some(c) if protocol::is_true(&c)? => Err(exc::value_error("I/O operation on closed file.")),
        _ => Ok(()),
    }
}

/// Raises UnsupportedOperation unless `seekable()` is True.
pub fn check_seekable(v: &Value) -> Res<()> {
    if call0(v, &names().seekable)?.is(&Value::TRUE) { Ok(()) } else { Err(unsupported("File or stream is not seekable.")) }
}

/// Raises UnsupportedOperation unless `readable()` is True.
pub fn check_readable(v: &Value) -> Res<()> {
    if call0(v, &names().readable)?.is(&Value::TRUE) { Ok(()) } else { Err(unsupported("File or stream is not readable.")) }
}

/// Raises UnsupportedOperation unless `writable()` is True.
pub fn check_writable(v: &Value) -> Res<()> {
    if call0(v, &names().writable)?.is(&Value::TRUE) { Ok(()) } else { Err(unsupported("File or stream is not writable.")) }
}

fn tell(a: Args) -> Res {
    call::call_method(a.at(0), &names().seek, &[Value::small_int(0), Value::small_int(1)])
}

fn flush(a: Args) -> Res {
    if is_closed(a.at(0))? { Err(exc::value_error("I/O operation on closed file.")) } else { Ok(Value::NONE) }
}

fn close(a: Args) -> Res {
    close_base(a.at(0)).map(|()| Value::NONE)
}

/// `_IOBase.close`: flushes and marks the stream as closed.
pub fn close_base(v: &Value) -> Res<()> {
    if is_closed(v)? {
        return Ok(());
    }
    let earlier = call0(v, &names().flush).err().map(exc::take);
    chain(earlier, attr::setattr(v, &names().__IOBase_closed, &Value::TRUE))
}

/// The finaliser: closes a stream that is still open.
pub fn finalise(v: &Value) {
    let open = match attr::getattr_opt(v, &names().closed) {
        Ok(Some(closed)) => protocol::is_true(&closed).map(|c| !c),
        Ok(None) => Ok(false),
        Err(e) => Err(e),
    };
    match open {
        Ok(true) => {}
        Ok(false) => return,
        Err(e) => return exc::clear(e),
    }
    // Tells `close` that it is called by the finaliser.
    if let Err(e) = attr::setattr(v, &names()._finalizing, &Value::TRUE) {
        exc::clear(e);
    }
    // CPython shows errors in development mode only: at the end of a program they would be many.
    if let Err(e) = call0(v, &names().close) {
        exc::clear(e);
    }
}

fn isatty(a: Args) -> Res {
    check_closed(a.at(0))?;
    Ok(Value::FALSE)
}

fn enter(a: Args) -> Res {
    check_closed(a.at(0))?;
    Ok(a.at(0).clone())
}

fn iterate(v: &Value) -> Res {
    check_closed(v)?;
    Ok(v.clone())
}

fn next(v: &Value) -> Res<Option<Value>> {
    let line = call0(v, &names().readline)?;
    Ok(if protocol::len(&line)? == 0 { None } else { Some(line) })
}

/// What a method that must return bytes returned.
fn expect_bytes(v: Value, what: &str) -> Res {
    if bytes::is_bytes(&v) {
        return Ok(v);
    }
    Err(exc::new(types().os_error, format!("{what} should have returned a bytes object, not '{}'", v.class().full_name())))
}

fn readline(a: Args) -> Res {
    let (v, limit) = (a.at(0), args::size(&a, 1)?);
    let peek = attr::getattr_opt(v, &names().peek)?;
    let mut line: Vec<u8> = Vec::new();
    while limit < 0 || line.len() < limit as usize {
        let mut wanted = 1;
        if let Some(peek) = &peek {
            let Some(ahead) = retry(call::call1(peek, &Value::small_int(1)))? else { continue };
            let ahead = expect_bytes(ahead, "peek()")?;
            let mut ahead = bytes::as_slice(&ahead);
            if !ahead.is_empty() {
                if limit >= 0 {
                    ahead = &ahead[..ahead.len().min(limit as usize)];
                }
                wanted = ahead.iter().position(|&b| b == b'\n').map_or(ahead.len(), |i| i + 1);
            }
        }
        let Some(b) = retry(call::call_method(v, &names().read, &[Value::usize(wanted)]))? else { continue };
        let b = expect_bytes(b, "read()")?;
        let b = bytes::as_slice(&b);
        if b.is_empty() {
            break;
        }
        line.try_reserve(b.len()).map_err(|_| exc::memory_error())?;
        line.extend_from_slice(b);
        if b.ends_with(b"\n") {
            break;
        }
    }
    bytes::try_new(&line)
}

fn readlines(a: Args) -> Res {
    let (v, hint) = (a.at(0), args::size(&a, 1)?);
    if hint <= 0 {
        return Ok(list::from_vec(iter::collect(v)?));
    }
    let lines = list::new();
    let mut room = hint as usize;
    let it = iter::iter(v)?;
    while let Some(line) = iter::next(&it)? {
        let n = protocol::len(&line)?;
        list::append(&lines, line)?;
        if n > room {
            break;
        }
        room -= n;
    }
    Ok(lines)
}

fn writelines(a: Args) -> Res {
    let v = a.at(0);
    check_closed(v)?;
    let it = iter::iter(a.at(1))?;
    while let Some(line) = iter::next(&it)? {
        while retry(call::call_method(v, &names().write, std::slice::from_ref(&line)))?.is_none() {}
    }
    Ok(Value::NONE)
}

static RAW_SPEC: TypeSpec = TypeSpec {
    name: "_io._RawIOBase",
    doc: "Base class for raw binary I/O.",
    base: Some(|| IO_BASE.get()),
    payload: PayloadOps::EMPTY,
    flags: flag::BASETYPE,
    methods: RAW_METHODS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static RAW_METHODS: &[FnDef] = &[
    def("read", "($self, size=-1, /)", raw_read, ""),
    def("readall", "($self, /)", raw_readall, "Read until EOF, using multiple read() call."),
    def("readinto", "($self, /, *args)", |_| Err(exc::bare(types().not_implemented_error)), ""),
    def("write", "($self, /, *args)", |_| Err(exc::bare(types().not_implemented_error)), ""),
];

fn raw_read(a: Args) -> Res {
    let (v, n) = (a.at(0), args::int_size(&a, 1, -1)?);
    if n < 0 {
        return call0(v, &names().readall);
    }
    let room = bytearray::with_len(n as usize, |_| ())?;
    let result = call::call_method(v, &names().readinto, std::slice::from_ref(&room))?;
    if result.is_none() {
        return Ok(result);
    }
    let n = number::as_isize_or(&result, types().value_error)?;
    let data = bytearray::as_slice(&room);
    if n < 0 || n as usize > data.len() {
        return Err(exc::value_error(format!("readinto returned {n} outside buffer size {}", data.len())));
    }
    bytes::try_new(&data[..n as usize])
}

fn raw_readall(a: Args) -> Res {
    let v = a.at(0);
    let mut all: Option<Vec<u8>> = None;
    loop {
        let Some(data) = retry(call::call_method(v, &names().read, &[Value::usize(DEFAULT_BUFFER_SIZE)]))? else { continue };
        if data.is_none() && all.is_none() {
            return Ok(data);
        }
        if data.is_none() {
            break;
        }
        if !bytes::is_bytes(&data) {
            return Err(exc::type_error("read() should return bytes"));
        }
        let data = bytes::as_slice(&data);
        if data.is_empty() {
            break;
        }
        let all = all.get_or_insert_default();
        all.try_reserve(data.len()).map_err(|_| exc::memory_error())?;
        all.extend_from_slice(data);
    }
    bytes::try_new(&all.unwrap_or_default())
}

static BUFFERED_SPEC: TypeSpec = TypeSpec {
    name: "_io._BufferedIOBase",
    doc: "Base class for buffered IO objects.\n\nThe main difference with RawIOBase is that the read() method\nsupports omitting the size argument, and does not have a default\nimplementation that defers to readinto().\n\nIn addition, read(), readinto() and write() may raise\nBlockingIOError if the underlying raw stream is in non-blocking\nmode and not ready; unlike their raw counterparts, they will never\nreturn None.\n\nA typical implementation should not inherit from a RawIOBase\nimplementation, but wrap one.\n",
    base: Some(|| IO_BASE.get()),
    payload: PayloadOps::EMPTY,
    flags: flag::BASETYPE,
    methods: BUFFERED_METHODS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static BUFFERED_METHODS: &[FnDef] = &[
    def("detach", "($self, /)", |_| Err(unsupported("detach")), "Disconnect this buffer from its underlying raw stream and return it.\n\nAfter the raw stream has been detached, the buffer is in an unusable\nstate."),
    def("read", "($self, size=-1, /)", |_| Err(unsupported("read")), "Read and return up to n bytes.\n\nIf the size argument is omitted, None, or negative, read and\nreturn all data until EOF.\n\nIf the size argument is positive, and the underlying raw stream is\nnot 'interactive', multiple raw reads may be issued to satisfy\nthe byte count (unless EOF is reached first).\nHowever, for interactive raw streams (as well as sockets and pipes),\nat most one raw read will be issued, and a short result does not\nimply that EOF is imminent.\n\nReturn an empty bytes object on EOF.\n\nReturn None if the underlying raw stream was open in non-blocking\nmode and no data is available at the moment."),
    def("read1", "($self, size=-1, /)", |_| Err(unsupported("read1")), "Read and return up to size bytes, with at most one read() call to the underlying raw stream.\n\nReturn an empty bytes object on EOF.\nA short result does not imply that EOF is imminent."),
    def("readinto", "($self, buffer, /)", |a| read_into(a, "readinto() argument", &names().read), ""),
    def("readinto1", "($self, buffer, /)", |a| read_into(a, "readinto1() argument", &names().read1), ""),
    def("write", "($self, b, /)", |_| Err(unsupported("write")), "Write buffer b to the IO stream.\n\nReturn the number of bytes written, which is always\nthe length of b in bytes.\n\nRaise BlockingIOError if the buffer is full and the\nunderlying raw stream cannot accept more data at the moment."),
];

/// `readinto` by way of `read` or `read1`.
fn read_into(a: Args, what: &str, by: &Value) -> Res {
    let into = args::writable(a.at(1), what)?;
    let data = call::call_method(a.at(0), by, &[Value::usize(into.len)])?;
    if !bytes::is_bytes(&data) {
        return Err(exc::type_error("read() should return bytes"));
    }
    let data = bytes::as_slice(&data);
    if data.len() > into.len {
        return Err(exc::value_error(format!("read() returned too much data: {} bytes requested, {} returned", into.len, data.len())));
    }
    into.write(0, data);
    Ok(Value::usize(data.len()))
}

static TEXT_SPEC: TypeSpec = TypeSpec {
    name: "_io._TextIOBase",
    doc: "Base class for text I/O.\n\nThis class provides a character and line based interface to stream\nI/O. There is no readinto method because Python's character strings\nare immutable.\n",
    base: Some(|| IO_BASE.get()),
    payload: PayloadOps::EMPTY,
    flags: flag::BASETYPE,
    methods: TEXT_METHODS,
    getsets: TEXT_GETSETS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static TEXT_METHODS: &[FnDef] = &[
    def("detach", "($self, /)", |_| Err(unsupported("detach")), "Separate the underlying buffer from the TextIOBase and return it.\n\nAfter the underlying buffer has been detached, the TextIO is in\nan unusable state."),
    def("read", "($self, size=-1, /)", |_| Err(unsupported("read")), "Read at most size characters from stream.\n\nRead from underlying buffer until we have size characters or we hit\nEOF.  If size is negative or omitted, read until EOF."),
    def("readline", "($self, size=-1, /)", |_| Err(unsupported("readline")), "Read until newline or EOF.\n\nReturn an empty string if EOF is hit immediately.\nIf size is specified, at most size characters will be read."),
    def("write", "($self, s, /)", |_| Err(unsupported("write")), "Write string s to stream.\n\nReturn the number of characters written\n(which is always equal to the length of the string)."),
];

#[rustfmt::skip]
static TEXT_GETSETS: &[GetSetDef] = &[
    getter("encoding", |_| Ok(Value::NONE), "Encoding of the text stream.\n\nSubclasses should override."),
    getter("newlines", |_| Ok(Value::NONE), "Line endings translated so far.\n\nOnly line endings translated during reading are considered.\n\nSubclasses should override."),
    getter("errors", |_| Ok(Value::NONE), "The error setting of the decoder or encoder.\n\nSubclasses should override."),
];

/// The pickling refusal that all streams with state outside of Python share.
pub fn cannot_pickle(a: Args) -> Res {
    Err(exc::type_error(format!("cannot pickle '{}' instances", a.at(0).class().full_name())))
}

/// A writable memoryview of `n` fresh bytes, and the bytearray behind it: what foreign raw streams read into. They may
/// keep it, so it is never the memory of a buffer.
pub fn scratch(n: usize) -> Res<(Value, Value)> {
    let room = bytearray::with_len(n, |_| ())?;
    let view = memoryview::from_object(&room)?;
    Ok((room, view))
}

/// What streams raise whose `__init__` has not run.
pub fn uninitialised() -> exc::Raised {
    exc::value_error("I/O operation on uninitialized object")
}
