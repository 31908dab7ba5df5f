//! `FileIO`: a file descriptor as an unbuffered stream.

use super::names::names;
use super::{DEFAULT_BUFFER_SIZE, args, base, chain, unsupported};
use crate::{LazyClass, archive, cint, fspath, import, syscall};
use std::alloc::{Layout, alloc_zeroed};
use std::cell::Cell;
use std::ffi::CString;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, GetSetDef, bind_call, def, getset, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::eval::warnings;
use weft_vm::protocol::{attr, number};
use weft_vm::types::text::Text;
use weft_vm::types::{bytes, int, str};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, exc, gil, protocol};

/// `_io.FileIO`
pub static FILE_IO: LazyClass = LazyClass::new(&SPEC);

/// The payload.
pub struct FileIo {
    /// The file descriptor, or -1 when the file is closed.
    fd: Cell<i32>,
    created: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    appending: Cell<bool>,
    closefd: Cell<bool>,
    finalizing: Cell<bool>,
    /// Whether the file can be sought in, once that is known.
    seekable: Cell<Option<bool>>,
    /// What `fstat` said when the file was opened. A hint, as the file may have changed since.
    opened: Cell<Option<Opened>>,
}

#[derive(Clone, Copy)]
struct Opened {
    mode: u32,
    size: i64,
    block: i64,
}

// SAFETY: instances of the class hold a FileIo, which `new` writes.
unsafe impl Payload for FileIo {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        FILE_IO.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_io.FileIO",
    doc: "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nOpen a file.\n\nThe mode can be 'r' (default), 'w', 'x' or 'a' for reading,\nwriting, exclusive creation or appending.  The file will be created\nif it doesn't exist when opened for writing or appending; it will be\ntruncated when opened for writing.  A FileExistsError will be raised\nif it already exists when opened for creating.  Opening a file for\ncreating implies writing so this mode behaves in a similar way to\n'w'.  Add a '+' to the mode to allow simultaneous reading and\nwriting.\n\nA custom opener can be used by passing a callable as *opener*.\nThe underlying file descriptor for the file object is then obtained\nby calling opener with (*name*, *flags*).  *opener* must return\nan open file descriptor (passing os.open as *opener* results in\nfunctionality similar to passing None).",
    base: Some(|| base::RAW_IO_BASE.get()),
    payload: PayloadOps::of::<FileIo>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), ..Slots::NONE },
    methods: METHODS,
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("read", "($self, size=-1, /)", read, "Read at most size bytes, returned as bytes.\n\nIf size is less than 0, read all bytes in the file making multiple\nread calls.  See ``FileIO.readall``.\n\nAttempts to make only one system call, retrying only per PEP 475\n(EINTR).  This means less data may be returned than requested.\n\nIn non-blocking mode, returns None if no data is available.  Return\nan empty bytes object at EOF."),
    def("readall", "($self, /)", |a| readall(a.at(0)), "Read all data from the file, returned as bytes.\n\nReads until either there is an error or read() returns size 0\n(indicates EOF).  If the file is already at EOF, returns an empty\nbytes object.\n\nIn non-blocking mode, returns as much data as could be read before\nEAGAIN.  If no data is available (EAGAIN is returned before bytes\nare read) returns None."),
    def("readinto", "($self, buffer, /)", readinto, "Same as RawIOBase.readinto()."),
    def("write", "($self, b, /)", write, "Write buffer b to file, return number of bytes written.\n\nOnly makes one system call, so not all of the data may be written.\nThe number of bytes actually written is returned.  In non-blocking\nmode, returns None if the write would block."),
    def("seek", "($self, pos, whence=0, /)", seek, "Move to new file position and return the file position.\n\nArgument offset is a byte count.  Optional argument whence defaults\nto SEEK_SET or 0 (offset from start of file, offset should be >= 0);\nother values are SEEK_CUR or 1 (move relative to current position,\npositive or negative), and SEEK_END or 2 (move relative to end of\nfile, usually negative, although many platforms allow seeking beyond\nthe end of a file).\n\nNote that not all file objects are seekable."),
    def("tell", "($self, /)", tell, "Current file position.\n\nCan raise OSError for non seekable files."),
    def("truncate", "($self, size=None, /)", truncate, "Truncate the file to at most size bytes and return the truncated size.\n\nSize defaults to the current file position, as returned by tell().\nThe current file position is changed to the value of size."),
    def("close", "($self, /)", |a| close(a.at(0)).map(|()| Value::NONE), "Close the file.\n\nA closed file cannot be used for further I/O operations.  close()\nmay be called more than once without error."),
    def("seekable", "($self, /)", seekable, "True if file supports random-access."),
    def("readable", "($self, /)", |a| open(a.at(0)).map(|f| Value::bool(f.readable.get())), "True if file was opened in a read mode."),
    def("writable", "($self, /)", |a| open(a.at(0)).map(|f| Value::bool(f.writable.get())), "True if file was opened in a write mode."),
    def("fileno", "($self, /)", |a| open(a.at(0)).map(|f| Value::int(f.fd.get().into())), "Return the underlying file descriptor (an integer)."),
    def("isatty", "($self, /)", |a| open(a.at(0)).map(|f| Value::bool(is_terminal(f.fd.get()))), "True if the file is connected to a TTY device."),
    def("_isatty_open_only", "($self, /)", |a| Ok(Value::bool(is_terminal_at_open(a.at(0))?)), ""),
    def("_dealloc_warn", "($self, object, /)", dealloc_warn, ""),
    def("__getstate__", "($self, /)", base::cannot_pickle, ""),
];

#[rustfmt::skip]
static GETSETS: &[GetSetDef] = &[
    getset("_finalizing", |v| Ok(Value::bool(this(v).finalizing.get())), set_finalizing, ""),
    getter("closed", |v| Ok(Value::bool(is_closed(v))), "True if the file is closed"),
    getter("closefd", |v| Ok(Value::bool(this(v).closefd.get())), "True if the file descriptor will be closed by close()."),
    getter("mode", |v| Ok(str::intern(mode_text(this(v)))), "String giving the file mode"),
    getter("_blksize", |v| Ok(Value::int(block_size(v))), "Stat st_blksize if available"),
];

fn this(v: &Value) -> &FileIo {
    // SAFETY: methods and slots of the class get its instances; other callers have checked the class.
    unsafe { v.payload() }
}

/// The file, which must be open.
fn open(v: &Value) -> Res<&FileIo> {
    if is_closed(v) { Err(exc::value_error("I/O operation on closed file")) } else { Ok(this(v)) }
}

/// Whether a value is a FileIO and not an instance of a subclass.
pub fn is_exact(v: &Value) -> bool {
    v.downcast_exact::<FileIo>().is_some()
}

/// Whether the file is closed. `v` is a FileIO.
pub fn is_closed(v: &Value) -> bool {
    this(v).fd.get() < 0
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(
        build::of(class),
        FileIo {
            fd: Cell::new(-1),
            created: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            appending: Cell::new(false),
            closefd: Cell::new(true),
            finalizing: Cell::new(false),
            seekable: Cell::new(None),
            opened: Cell::new(None),
        },
    ))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("FileIO", "(file, mode='r', closefd=True, opener=None)", args, kwnames, |a| {
        let mode = match a.opt(1) {
            None => "r".to_owned(),
            Some(m) if str::is_str(m) => str::new::as_c_string(m)?,
            Some(m) => return Err(exc::type_error(format!("FileIO() argument 'mode' must be str, not {}", m.class().full_name()))),
        };
        let closefd = a.opt(2).map_or(Ok(true), protocol::is_true)?;
        initialise(v, a.at(0), &mode, closefd, a.some(3))
    })
}

/// A FileIO as `FileIO(file, mode, closefd, opener)` makes it.
pub fn make(file: &Value, mode: &str, closefd: bool, opener: Option<&Value>) -> Res {
    let v = new(&FILE_IO.get().value(), &[], None)?;
    initialise(&v, file, mode, closefd, opener)?;
    Ok(v)
}

/// What a mode says: the flags for `open(2)`, and the facts kept in the object.
fn parse_mode(f: &FileIo, mode: &str) -> Res<i32> {
    let bad = || Err(exc::value_error("Must have exactly one of create/read/write/append mode and at most one plus"));
    let (mut kind, mut plus, mut flags) = (false, false, 0);
    for c in mode.chars() {
        match c {
            'x' | 'r' | 'w' | 'a' if kind => return bad(),
            'x' => {
                f.created.set(true);
                f.writable.set(true);
                flags |= libc::O_EXCL | libc::O_CREAT;
            }
            'r' => f.readable.set(true),
            'w' => {
                f.writable.set(true);
                flags |= libc::O_CREAT | libc::O_TRUNC;
            }
            'a' => {
                f.writable.set(true);
                f.appending.set(true);
                flags |= libc::O_APPEND | libc::O_CREAT;
            }
            'b' => continue,
            '+' if plus => return bad(),
            '+' => {
                f.readable.set(true);
                f.writable.set(true);
                plus = true;
                continue;
            }
            _ => return Err(exc::value_error(format!("invalid mode: {mode}"))),
        }
        kind = true;
    }
    if !kind {
        return bad();
    }
    flags |= match (f.readable.get(), f.writable.get()) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    Ok(flags | libc::O_CLOEXEC)
}

/// The descriptor that a `file` argument is, if it is an int.
fn as_descriptor(file: &Value) -> Res<Option<i32>> {
    if std::ptr::eq(file.class(), types().bool) {
        warnings::warn(types().runtime_warning, "bool is used as a file descriptor", 1)?;
    }
    if !number::is_index(file) {
        return Ok(None);
    }
    match cint::c_int(file) {
        Ok(fd) if fd < 0 => Err(exc::value_error("negative file descriptor")),
        Ok(fd) => Ok(Some(fd)),
        // Something too large to be a descriptor fails as a path does.
        Err(e) => {
            exc::clear(e);
            Ok(None)
        }
    }
}

fn initialise(v: &Value, file: &Value, mode: &str, closefd: bool, opener: Option<&Value>) -> Res<()> {
    let f = this(v);
    if f.fd.get() >= 0 {
        if f.closefd.get() {
            close_descriptor(f)?;
        } else {
            f.fd.set(-1);
        }
    }
    for fact in [&f.created, &f.readable, &f.writable, &f.appending] {
        fact.set(false);
    }
    f.seekable.set(None);
    f.opened.set(None);
    let given = as_descriptor(file)?;
    let path = match given {
        Some(_) => None,
        None => Some(fspath::c_path(file)?),
    };
    let flags = parse_mode(f, mode)?;
    match (given, path) {
        (Some(fd), _) => {
            f.fd.set(fd);
            f.closefd.set(closefd);
        }
        (None, path) => {
            f.closefd.set(true);
            if !closefd {
                return Err(exc::value_error("Cannot use closefd=False with file name"));
            }
            f.fd.set(match opener {
                None => open_path(&path.unwrap_or_default(), flags, file)?,
                Some(opener) => call_opener(opener, file, flags)?,
            });
        }
    }
    let done = check_opened(v, file);
    if done.is_err() {
        f.opened.set(None);
        let earlier = done.err().map(exc::take);
        let closed = if given.is_some() {
            f.fd.set(-1);
            Ok(())
        } else {
            close_descriptor(f)
        };
        return chain(earlier, closed);
    }
    done
}

fn open_path(path: &CString, flags: i32, file: &Value) -> Res<i32> {
    let ptr = path.as_ptr() as usize;
    // SAFETY: the path is NUL-terminated and lives until the call is over.
    let opened = syscall::blocking_or_raise(Some(file), || unsafe { libc::open(ptr as *const libc::c_char, flags, 0o666) }.into());
    if opened.is_err()
        && flags & (libc::O_ACCMODE | libc::O_CREAT) == libc::O_RDONLY
        && let Some(fd) = import::stored_path(path.to_bytes()).and_then(archive::files::open)
    {
        return Ok(fd);
    }
    opened.map(|fd| fd as i32)
}

fn call_opener(opener: &Value, file: &Value, flags: i32) -> Res<i32> {
    let fd = call::call(opener, &[file.clone(), Value::int(flags.into())], None)?;
    if !int::is_int(&fd) {
        return Err(exc::type_error("expected integer from opener"));
    }
    let fd = cint::c_int(&fd)?;
    if fd < 0 {
        return Err(exc::value_error(format!("opener returned {fd}")));
    }
    // SAFETY: a call without pointers.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
    if flags >= 0 && flags & libc::FD_CLOEXEC == 0 {
        // SAFETY: as above.
        syscall::quick(None, unsafe { libc::fcntl(fd, libc::F_SETFD, flags | libc::FD_CLOEXEC) })?;
    }
    Ok(fd)
}

/// Looks at what has been opened: not a directory, and seeks to its end for appending.
fn check_opened(v: &Value, file: &Value) -> Res<()> {
    let f = this(v);
    let fd = f.fd.get();
    // SAFETY: fstat fills the structure, or fails and it is not read.
    let found = gil::without(|| unsafe {
        let mut st: libc::stat = std::mem::zeroed();
        syscall::outcome(libc::fstat(fd, &mut st)).map(|_| Opened { mode: st.st_mode, size: st.st_size, block: st.st_blksize as i64 })
    });
    match found {
        Ok(o) if o.mode & libc::S_IFMT == libc::S_IFDIR => return Err(exc::os_error(libc::EISDIR, Some(file))),
        Ok(o) => f.opened.set(Some(o)),
        Err(libc::EBADF) => return Err(exc::os_error(libc::EBADF, None)),
        Err(_) => {}
    }
    attr::setattr(v, &names().name, file)?;
    if f.appending.get() {
        match lseek(f, 0, libc::SEEK_END) {
            Ok(_) | Err(libc::ESPIPE) => {}
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
    Ok(())
}

fn close_descriptor(f: &FileIo) -> Res<()> {
    let fd = f.fd.replace(-1);
    f.opened.set(None);
    if fd < 0 {
        return Ok(());
    }
    syscall::close(fd).map_err(|e| exc::os_error(e, None))
}

/// `close()`
pub fn close(v: &Value) -> Res<()> {
    let f = this(v);
    let flushed = base::close_base(v);
    if !f.closefd.get() {
        f.fd.set(-1);
        return flushed;
    }
    let earlier = flushed.err().map(exc::take);
    if f.finalizing.get() {
        warn_unclosed(v, v);
    }
    chain(earlier, close_descriptor(f))
}

fn dealloc_warn(a: Args) -> Res {
    warn_unclosed(a.at(0), a.at(1));
    Ok(Value::NONE)
}

/// Warns that `source`, a stream over the file `v`, was not closed.
fn warn_unclosed(v: &Value, source: &Value) {
    let f = this(v);
    if f.fd.get() < 0 || !f.closefd.get() {
        return;
    }
    if let Err(e) = super::warn_unclosed(source) {
        if exc::matches(types().warning) {
            exc::unraisable(e, "Exception ignored while finalizing file ", Some(v));
        } else {
            exc::clear(e);
        }
    }
}

fn set_finalizing(v: &Value, value: Option<&Value>) -> Res<()> {
    this(v).finalizing.set(args::flag(value)?);
    Ok(())
}

/// Reads into memory of Weft's own; `None` if a non-blocking file has nothing. `v` is a FileIO.
pub fn read_into(v: &Value, into: &mut [u8]) -> Res<Option<usize>> {
    let f = open(v)?;
    if !f.readable.get() {
        return Err(unsupported("File not open for reading"));
    }
    match syscall::read(f.fd.get(), into)? {
        Ok(n) => Ok(Some(n)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

/// Writes memory that stays as it is; `None` if a non-blocking file takes nothing. `v` is a FileIO.
pub fn write_from(v: &Value, from: &[u8]) -> Res<Option<usize>> {
    let f = open(v)?;
    if !f.writable.get() {
        return Err(unsupported("File not open for writing"));
    }
    match syscall::write(f.fd.get(), from)? {
        Ok(n) => Ok(Some(n)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

/// The value of a count of bytes, or None where a non-blocking file had nothing to do.
fn counted(n: Option<usize>) -> Res {
    Ok(n.map_or(Value::NONE, Value::usize))
}

fn readinto(a: Args) -> Res {
    let into = args::writable(a.at(1), "readinto() argument 1")?;
    let f = open(a.at(0))?;
    if !f.readable.get() {
        return Err(unsupported("File not open for reading"));
    }
    let (fd, ptr, len) = (f.fd.get(), into.ptr as usize, into.len.min(syscall::MOST));
    // SAFETY: the buffer keeps the memory in place while other threads run; what they write there meanwhile is their doing.
    match syscall::blocking(|| unsafe { libc::read(fd, ptr as *mut libc::c_void, len) } as i64)? {
        Ok(n) => counted(Some(n as usize)),
        Err(libc::EAGAIN) => counted(None),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

fn write(a: Args) -> Res {
    let from = args::readable(a.at(1))?;
    let f = open(a.at(0))?;
    if !f.writable.get() {
        return Err(unsupported("File not open for writing"));
    }
    let (fd, ptr, len) = (f.fd.get(), from.ptr as usize, from.len.min(syscall::MOST));
    // SAFETY: as in `readinto`.
    match syscall::blocking(|| unsafe { libc::write(fd, ptr as *const libc::c_void, len) } as i64)? {
        Ok(n) => counted(Some(n as usize)),
        Err(libc::EAGAIN) => counted(None),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

/// Zeroed room for `n` bytes.
pub(super) fn room(n: usize) -> Res<Vec<u8>> {
    let layout = Layout::array::<u8>(n).map_err(|_| exc::memory_error())?;
    if n == 0 {
        return Ok(Vec::new());
    }
    // Memory that is zero from the beginning is not touched: of most buffers little is used.
    // SAFETY: the layout is not empty; the vector owns what was allocated as one of its capacity is.
    unsafe {
        let room = alloc_zeroed(layout);
        if room.is_null() { Err(exc::memory_error()) } else { Ok(Vec::from_raw_parts(room, n, n)) }
    }
}

fn read(a: Args) -> Res {
    let v = a.at(0);
    let f = open(v)?;
    if !f.readable.get() {
        return Err(unsupported("File not open for reading"));
    }
    let n = args::size(&a, 1)?;
    if n < 0 {
        return readall(v);
    }
    let mut into = room(n as usize)?;
    match read_into(v, &mut into)? {
        Some(n) => bytes::try_new(&into[..n]),
        None => Ok(Value::NONE),
    }
}

/// `readall()`: bytes, or None. `v` is a FileIO.
pub fn readall(v: &Value) -> Res {
    const SMALL: usize = 8 << 10;
    const LARGE: usize = 64 << 10;
    let f = open(v)?;
    let fd = f.fd.get();
    let mut size = match f.opened.get() {
        // One more byte shows the end of the file without another allocation.
        Some(o) if o.size > 0 => o.size as usize + 1,
        _ => SMALL,
    };
    if size > LARGE
        && let Some(o) = f.opened.get()
        // SAFETY: a call without pointers.
        && let Ok(at) = gil::without(|| syscall::outcome(unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) }))
        && (0..=o.size).contains(&at)
    {
        size = (o.size - at) as usize + 1;
    }
    let mut all = room(size)?;
    let mut used = 0;
    loop {
        if used == all.len() {
            let more = if used > LARGE { used >> 3 } else { 256 + used }.max(SMALL);
            all.try_reserve(more).map_err(|_| exc::memory_error())?;
            all.resize(used + more, 0);
        }
        match syscall::read(fd, &mut all[used..])? {
            Ok(0) => break,
            Ok(n) => used += n,
            Err(libc::EAGAIN) if used > 0 => break,
            Err(libc::EAGAIN) => return Ok(Value::NONE),
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
    bytes::try_new(&all[..used])
}

fn lseek(f: &FileIo, to: i64, whence: i32) -> Result<i64, i32> {
    let fd = f.fd.get();
    // SAFETY: a call without pointers.
    let result = gil::without(|| syscall::outcome(unsafe { libc::lseek(fd, to, whence) }));
    if f.seekable.get().is_none() {
        f.seekable.set(Some(result.is_ok()));
    }
    result
}

/// Seeks and says where the file is then. `v` is a FileIO.
pub fn seek_to(v: &Value, to: i64, whence: i32) -> Res<i64> {
    lseek(open(v)?, to, whence).map_err(|e| exc::os_error(e, None))
}

fn seek(a: Args) -> Res {
    open(a.at(0))?;
    let whence = args::opt_c_int(&a, 2, 0)?;
    let to = args::strict_offset(a.at(1))?;
    seek_to(a.at(0), to, whence).map(Value::int)
}

fn tell(a: Args) -> Res {
    seek_to(a.at(0), 0, libc::SEEK_CUR).map(Value::int)
}

fn seekable(a: Args) -> Res {
    let f = open(a.at(0))?;
    if f.seekable.get().is_none() {
        // Asking for the position finds out.
        let _ = lseek(f, 0, libc::SEEK_CUR);
    }
    Ok(Value::bool(f.seekable.get() == Some(true)))
}

fn truncate(a: Args) -> Res {
    let v = a.at(0);
    if !open(v)?.writable.get() {
        return Err(unsupported("File not open for writing"));
    }
    let size = match a.some(1) {
        Some(x) => args::strict_offset(x)?,
        None => seek_to(v, 0, libc::SEEK_CUR)?,
    };
    let fd = this(v).fd.get();
    // SAFETY: a call without pointers.
    syscall::blocking_or_raise(None, || unsafe { libc::ftruncate(fd, size) }.into())?;
    this(v).opened.set(None);
    Ok(match a.some(1) {
        Some(x) => x.clone(),
        None => Value::int(size),
    })
}

fn is_terminal(fd: i32) -> bool {
    // SAFETY: a call without pointers.
    gil::without(|| unsafe { libc::isatty(fd) }) == 1
}

/// Whether a file just opened is a terminal; what `fstat` said may answer that. `v` is a FileIO.
pub fn is_terminal_at_open(v: &Value) -> Res<bool> {
    let f = open(v)?;
    Ok(f.opened.get().is_none_or(|o| o.mode & libc::S_IFMT == libc::S_IFCHR) && is_terminal(f.fd.get()))
}

/// The block size of the device. `v` is a FileIO.
pub fn block_size(v: &Value) -> i64 {
    match this(v).opened.get() {
        Some(o) if o.block > 1 => o.block,
        _ => DEFAULT_BUFFER_SIZE as i64,
    }
}

fn mode_text(f: &FileIo) -> &'static str {
    match (f.created.get(), f.appending.get(), f.readable.get(), f.writable.get()) {
        (true, _, true, _) => "xb+",
        (true, _, false, _) => "xb",
        (_, true, true, _) => "ab+",
        (_, true, false, _) => "ab",
        (_, _, true, true) => "rb+",
        (_, _, true, false) => "rb",
        _ => "wb",
    }
}

fn repr(v: &Value) -> Res {
    let f = this(v);
    let class = v.class().full_name();
    if is_closed(v) {
        return Ok(str::from_string(format!("<{class} [closed]>")));
    }
    let tail = format!(" mode='{}' closefd={}>", mode_text(f), if f.closefd.get() { "True" } else { "False" });
    match attr::getattr_opt(v, &names().name)? {
        None => Ok(str::from_string(format!("<{class} fd={}{tail}", f.fd.get()))),
        Some(name) => super::guarded_repr(v, || Ok(Text::new().add(&format!("<{class} name=")).repr(&name)?.add(&tail).finish())),
    }
}
