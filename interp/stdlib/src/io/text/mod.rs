//! `TextIOWrapper`: text over a buffered stream.
//!
//! Text to write is encoded at once and kept as bytes until there is a chunk of them (`pending`). What is read is decoded
//! a chunk at a time (`decoded`, of which `used` code points have been taken).
//!
//! [`init`]: construction and `reconfigure`. [`reading`], [`writing`]: the two directions. [`position`]: `seek` and
//! `tell`, whose cookies name a place where the decoder holds nothing back, and how to get on from there.

mod init;
mod position;
mod reading;
mod writing;

use super::decoder::Known;
use super::names::names;
use super::newlines::LineEnd;
use super::{args, base, buffered, call0, chain, file_io, guarded_repr};
use crate::LazyClass;
use std::cell::{Cell, RefCell, UnsafeCell};
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, FnDef, GetSetDef, def, getset, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{attr, number};
use weft_vm::types::str;
use weft_vm::types::text::Text;
use weft_vm::value::{Payload, Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

pub use init::{Options, make};

/// `_io.TextIOWrapper`
pub static TEXT_IO_WRAPPER: LazyClass = LazyClass::new(&SPEC);

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoder {
    /// The stream is not writable.
    None,
    /// In an encoding known here.
    Known(Known),
    /// By the incremental encoder in the field of that name.
    Object,
}

/// What is known of the decoder at the start of the current chunk: its flags, and the bytes it was then given.
struct Snapshot {
    flags: Value,
    input: Vec<u8>,
}

/// The payload.
pub struct TextIo {
    ok: Cell<bool>,
    detached: Cell<bool>,
    buffer: Field,
    encoding: Field,
    errors: RefCell<String>,
    encoder_kind: Cell<Encoder>,
    encoder: Field,
    decoder: Field,
    newline: Cell<Option<&'static str>>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    finalizing: Cell<bool>,
    seekable: Cell<bool>,
    /// Whether `tell` is possible: not while the stream is iterated over.
    telling: Cell<bool>,
    has_read1: Cell<bool>,
    chunk_size: Cell<usize>,
    /// The raw FileIO below, if the layers are exactly Weft's own.
    file: Field,
    pending: UnsafeCell<Vec<u8>>,
    decoded: Field,
    used: Cell<usize>,
    snapshot: RefCell<Option<Snapshot>>,
    /// Bytes for each code point of the current chunk.
    ratio: Cell<f64>,
}

// SAFETY: instances of the class hold a TextIo, which `new` writes.
unsafe impl Payload for TextIo {
    fn class() -> &'static Type {
        TEXT_IO_WRAPPER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.buffer, &self.encoding, &self.encoder, &self.decoder, &self.file, &self.decoded] {
            visit(field.word());
        }
        if let Ok(snapshot) = self.snapshot.try_borrow()
            && let Some(s) = &*snapshot
        {
            visit(s.flags.word());
        }
    }

    fn clear(&self) {
        self.ok.set(false);
        for field in [&self.buffer, &self.encoder, &self.decoder, &self.file] {
            drop(field.take());
        }
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_io.TextIOWrapper",
    doc: "TextIOWrapper(buffer, encoding=None, errors=None, newline=None,\n              line_buffering=False, write_through=False)\n--\n\nCharacter and line based layer over a BufferedIOBase object, buffer.\n\nencoding gives the name of the encoding that the stream will be\ndecoded or encoded with. It defaults to locale.getencoding().\n\nerrors determines the strictness of encoding and decoding (see\nhelp(codecs.Codec) or the documentation for codecs.register) and\ndefaults to \"strict\".\n\nnewline controls how line endings are handled. It can be None, '',\n'\\n', '\\r', and '\\r\\n'.  It works as follows:\n\n* On input, if newline is None, universal newlines mode is\n  enabled. Lines in the input can end in '\\n', '\\r', or '\\r\\n', and\n  these are translated into '\\n' before being returned to the\n  caller. If it is '', universal newline mode is enabled, but line\n  endings are returned to the caller untranslated. If it has any of\n  the other legal values, input lines are only terminated by the given\n  string, and the line ending is returned to the caller untranslated.\n\n* On output, if newline is None, any '\\n' characters written are\n  translated to the system default line separator, os.linesep. If\n  newline is '' or '\\n', no translation takes place. If newline is any\n  of the other legal values, any '\\n' characters written are translated\n  to the given string.\n\nIf line_buffering is True, a call to flush is implied when a call to\nwrite contains a newline character.",
    base: Some(|| base::TEXT_IO_BASE.get()),
    payload: PayloadOps::of::<TextIo>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(init::new), init: Some(init::init), repr: Some(repr), next: Some(reading::next), ..Slots::NONE },
    methods: METHODS,
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("detach", "($self, /)", detach, ""),
    def("reconfigure", "($self, /, *, encoding=None, errors=None, newline=None,\n            line_buffering=None, write_through=None)", init::reconfigure, "Reconfigure the text stream with new parameters.\n\nThis also does an implicit stream flush."),
    def("write", "($self, text, /)", |a| writing::write(a.at(0), a.at(1)).map(Value::usize), ""),
    def("read", "($self, size=-1, /)", reading::read, ""),
    def("readline", "($self, size=-1, /)", reading::readline, ""),
    def("flush", "($self, /)", |a| writing::flush(a.at(0)).map(|()| Value::NONE), ""),
    def("close", "($self, /)", close, ""),
    def("fileno", "($self, /)", |a| call0(&buffer(a.at(0))?, &names().fileno), ""),
    def("seekable", "($self, /)", |a| call0(&buffer(a.at(0))?, &names().seekable), ""),
    def("readable", "($self, /)", |a| call0(&buffer(a.at(0))?, &names().readable), ""),
    def("writable", "($self, /)", |a| call0(&buffer(a.at(0))?, &names().writable), ""),
    def("isatty", "($self, /)", |a| call0(&buffer(a.at(0))?, &names().isatty), ""),
    def("seek", "($self, cookie, whence=os.SEEK_SET, /)", position::seek, "Set the stream position, and return the new stream position.\n\n  cookie\n    Zero or an opaque number returned by tell().\n  whence\n    The relative position to seek from.\n\nFour operations are supported, given by the following argument\ncombinations:\n\n- seek(0, SEEK_SET): Rewind to the start of the stream.\n- seek(cookie, SEEK_SET): Restore a previous position;\n  'cookie' must be a number returned by tell().\n- seek(0, SEEK_END): Fast-forward to the end of the stream.\n- seek(0, SEEK_CUR): Leave the current stream position unchanged.\n\nAny other argument combinations are invalid,\nand may raise exceptions."),
    def("tell", "($self, /)", position::tell, "Return the stream position as an opaque number.\n\nThe return value of tell() can be given as input to seek(), to\nrestore a previous stream position."),
    def("truncate", "($self, pos=None, /)", truncate, ""),
    def("__getstate__", "($self, /)", base::cannot_pickle, ""),
];

#[rustfmt::skip]
static GETSETS: &[GetSetDef] = &[
    getter("encoding", |v| Ok(this(v).encoding.get().unwrap_or(Value::NONE)), ""),
    getter("line_buffering", |v| Ok(Value::bool(this(v).line_buffering.get())), ""),
    getter("write_through", |v| Ok(Value::bool(this(v).write_through.get())), ""),
    getset("_finalizing", |v| Ok(Value::bool(this(v).finalizing.get())), set_finalizing, ""),
    getter("name", |v| attr::getattr(&buffer(v)?, &names().name), ""),
    getter("closed", |v| attr::getattr(&buffer(v)?, &names().closed), ""),
    getter("newlines", newlines_seen, ""),
    getter("errors", |v| ready(v).map(|t| str::new(&t.errors.borrow())), ""),
    getset("_CHUNK_SIZE", |v| ready(v).map(|t| Value::usize(t.chunk_size.get())), set_chunk_size, ""),
    getter("buffer", buffer, ""),
];

fn this(v: &Value) -> &TextIo {
    // SAFETY: methods and slots of the class get its instances; other callers have checked the class.
    unsafe { v.payload() }
}

/// Whether a value is a TextIOWrapper and not an instance of a subclass.
pub fn is_exact(v: &Value) -> bool {
    v.downcast_exact::<TextIo>().is_some()
}

/// The stream, initialised and not detached.
fn ready(v: &Value) -> Res<&TextIo> {
    let t = this(v);
    match (t.ok.get(), t.detached.get()) {
        (false, _) => Err(base::uninitialised()),
        (true, true) => Err(exc::value_error("underlying buffer has been detached")),
        (true, false) => Ok(t),
    }
}

/// The stream below.
fn buffer(v: &Value) -> Res {
    ready(v)?.buffer.get().ok_or_else(base::uninitialised)
}

/// The stream, which must be open.
fn open(v: &Value) -> Res<&TextIo> {
    let t = ready(v)?;
    let closed = match t.file.peek() {
        _ if !is_exact(v) => {
            base::check_closed(v)?;
            false
        }
        Some(file) => file_io::is_closed(file),
        None => protocol::is_true(&attr::getattr(&buffer(v)?, &names().closed)?)?,
    };
    if closed { Err(exc::value_error("I/O operation on closed file.")) } else { Ok(t) }
}

impl TextIo {
    fn line_end(&self) -> LineEnd {
        LineEnd::of(self.newline.get())
    }

    /// What `\n` is written as, if that is something else.
    fn written_newline(&self) -> Option<&'static str> {
        self.newline.get().filter(|n| n.starts_with('\r'))
    }

    /// Puts a freshly decoded chunk, or nothing, in the place of the one before.
    fn set_decoded(&self, text: Option<Value>) {
        self.used.set(0);
        drop(self.decoded.replace(text));
    }

    fn set_snapshot(&self, snapshot: Option<Snapshot>) {
        let old = self.snapshot.replace(snapshot);
        drop(old);
    }

    /// Works on the bytes to be written; `f` must not run Python.
    fn with_pending<R>(&self, f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        // SAFETY: the GIL is held, and `f` runs no Python, so nobody else looks at the vector.
        f(unsafe { &mut *self.pending.get() })
    }
}

fn detach(a: Args) -> Res {
    let v = a.at(0);
    ready(v)?;
    call0(v, &names().flush)?;
    let t = this(v);
    let buffer = t.buffer.take().ok_or_else(base::uninitialised)?;
    drop(t.file.take());
    t.detached.set(true);
    Ok(buffer)
}

fn close(a: Args) -> Res {
    let v = a.at(0);
    let below = buffer(v)?;
    if protocol::is_true(&attr::getattr(&below, &names().closed)?)? {
        return Ok(Value::NONE);
    }
    if this(v).finalizing.get()
        && let Err(e) = call::call_method(&below, &names()._dealloc_warn, std::slice::from_ref(v))
    {
        exc::clear(e);
    }
    let earlier = call0(v, &names().flush).err().map(exc::take);
    chain(earlier, call0(&below, &names().close))
}

fn truncate(a: Args) -> Res {
    let v = a.at(0);
    ready(v)?;
    call0(v, &names().flush)?;
    let size = a.opt(1).cloned().unwrap_or(Value::NONE);
    call::call_method(&buffer(v)?, &names().truncate, &[size])
}

fn set_finalizing(v: &Value, value: Option<&Value>) -> Res<()> {
    this(v).finalizing.set(args::flag(value)?);
    Ok(())
}

fn set_chunk_size(v: &Value, value: Option<&Value>) -> Res<()> {
    let t = ready(v)?;
    let Some(value) = value else { return Err(exc::attribute_error("cannot delete attribute")) };
    let n = number::as_isize_or(value, types().value_error)?;
    if n <= 0 {
        return Err(exc::value_error("a strictly positive integer is required"));
    }
    t.chunk_size.set(n as usize);
    Ok(())
}

fn newlines_seen(v: &Value) -> Res {
    match ready(v)?.decoder.get() {
        Some(d) => Ok(attr::getattr_opt(&d, &names().newlines)?.unwrap_or(Value::NONE)),
        None => Ok(Value::NONE),
    }
}

fn repr(v: &Value) -> Res {
    if !this(v).ok.get() {
        return Err(base::uninitialised());
    }
    guarded_repr(v, || {
        let mut text = Text::new().add(&format!("<{}", v.class().full_name()));
        for name in [&names().name, &names().mode] {
            match attr::getattr_opt(v, name) {
                Ok(Some(x)) => text = text.add(&format!(" {}=", str::display(name))).repr(&x)?,
                Ok(None) => {}
                // The stream below may have been detached.
                Err(e) if exc::matches(types().value_error) => exc::clear(e),
                Err(e) => return Err(e),
            }
        }
        let encoding = this(v).encoding.get().unwrap_or(Value::NONE);
        Ok(text.add(" encoding=").repr(&encoding)?.add(">").finish())
    })
}

/// The raw FileIO below a buffered stream of exactly one of Weft's classes, if there is one.
fn file_below(buffer: &Value) -> Option<Value> {
    if buffered::is_exact(buffer) { buffered::direct_file(buffer) } else { None }
}
