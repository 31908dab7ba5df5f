//! `StringIO`: a stream of text in memory.

use super::names::names;
use super::newlines::{self, LineEnd};
use super::{args, base, bytes_io};
use crate::LazyClass;
use std::cell::{Cell, UnsafeCell};
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, GetSetDef, bind_call, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{attr, number};
use weft_vm::types::str::{Builder, StrView};
use weft_vm::types::{dict, instance, int, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

/// `_io.StringIO`
pub static STRING_IO: LazyClass = LazyClass::new(&SPEC);

/// The text: narrow while it only grows at its end, wide once something in its middle has been written.
enum Contents {
    Growing(Builder),
    Edited(Vec<u32>),
}

impl Contents {
    fn view(&self) -> StrView<'_> {
        match self {
            Contents::Growing(b) => b.view(),
            Contents::Edited(v) => StrView::Ucs4(v),
        }
    }

    fn edit(&mut self) -> Res<&mut Vec<u32>> {
        if let Contents::Growing(b) = self {
            let mut wide = Vec::new();
            wide.try_reserve(b.len()).map_err(|_| exc::memory_error())?;
            wide.extend(b.view().iter());
            *self = Contents::Edited(wide);
        }
        match self {
            Contents::Edited(v) => Ok(v),
            Contents::Growing(_) => Err(exc::memory_error()),
        }
    }
}

/// The payload.
pub struct StringIo {
    contents: UnsafeCell<Contents>,
    /// Where the next read or write happens; may lie behind the end.
    pos: Cell<usize>,
    ok: Cell<bool>,
    closed: Cell<bool>,
    newline: Cell<Option<&'static str>>,
    /// The IncrementalNewlineDecoder of a stream with universal newlines.
    decoder: Field,
}

// SAFETY: instances of the class hold a StringIo, which `new` writes.
unsafe impl Payload for StringIo {
    fn class() -> &'static Type {
        STRING_IO.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.decoder.word());
    }

    fn clear(&self) {
        drop(self.decoder.take());
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_io.StringIO",
    doc: "StringIO(initial_value='', newline='\\n')\n--\n\nText I/O implementation using an in-memory buffer.\n\nThe initial_value argument sets the value of object.  The newline\nargument is like the one of TextIOWrapper's constructor.",
    base: Some(|| base::TEXT_IO_BASE.get()),
    payload: PayloadOps::of::<StringIo>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), next: Some(next), finalise: Some(finalise), ..Slots::NONE },
    methods: METHODS,
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("close", "($self, /)", close, "Close the IO object.\n\nAttempting any further operation after the object is closed\nwill raise a ValueError.\n\nThis method has no effect if the file is already closed."),
    def("getvalue", "($self, /)", |a| open(a.at(0))?.with(|c| str::try_from_view(c.view())), "Retrieve the entire contents of the object."),
    def("read", "($self, size=-1, /)", read, "Read at most size characters, returned as a string.\n\nIf the argument is negative or omitted, read until EOF\nis reached. Return an empty string at EOF."),
    def("readline", "($self, size=-1, /)", |a| take_line(a.at(0), args::size(&a, 1)?), "Read until newline or EOF.\n\nReturns an empty string if EOF is hit immediately."),
    def("tell", "($self, /)", |a| open(a.at(0)).map(|s| Value::usize(s.pos.get())), "Tell the current file position."),
    def("truncate", "($self, pos=None, /)", truncate, "Truncate size to pos.\n\nThe pos argument defaults to the current file position, as\nreturned by tell().  The current file position is unchanged.\nReturns the new absolute position."),
    def("seek", "($self, pos, whence=0, /)", seek, "Change stream position.\n\nSeek to character offset pos relative to position indicated by\nwhence:\n    0  Start of stream (the default).  pos should be >= 0;\n    1  Current position - pos must be 0;\n    2  End of stream - pos must be 0.\nReturns the new absolute position."),
    def("write", "($self, s, /)", |a| write(a.at(0), a.at(1)), "Write string to file.\n\nReturns the number of characters written, which is always equal to\nthe length of the string."),
    def("seekable", "($self, /)", yes, "Returns True if the IO object can be seeked."),
    def("readable", "($self, /)", yes, "Returns True if the IO object can be read."),
    def("writable", "($self, /)", yes, "Returns True if the IO object can be written."),
    def("__getstate__", "($self, /)", getstate, ""),
    def("__setstate__", "($self, state, /)", setstate, ""),
];

#[rustfmt::skip]
static GETSETS: &[GetSetDef] = &[
    getter("closed", |v| ready(v).map(|s| Value::bool(s.closed.get())), ""),
    getter("newlines", newlines_seen, ""),
    getter("line_buffering", |v| open(v).map(|_| Value::FALSE), ""),
];

fn this(v: &Value) -> &StringIo {
    // SAFETY: methods and slots of the class get its instances; other callers have checked the class.
    unsafe { v.payload() }
}

fn ready(v: &Value) -> Res<&StringIo> {
    if this(v).ok.get() { Ok(this(v)) } else { Err(base::uninitialised()) }
}

fn open(v: &Value) -> Res<&StringIo> {
    let s = ready(v)?;
    if s.closed.get() { Err(exc::value_error("I/O operation on closed file")) } else { Ok(s) }
}

impl StringIo {
    /// Works on the text; `f` must not run Python.
    fn with<R>(&self, f: impl FnOnce(&mut Contents) -> R) -> R {
        // SAFETY: the GIL is held, and `f` runs no Python, so nobody else looks at the text.
        f(unsafe { &mut *self.contents.get() })
    }

    fn len(&self) -> usize {
        self.with(|c| c.view().len())
    }

    /// The next `n` code points, or as many as are left.
    fn take(&self, n: usize) -> Res {
        let (pos, len) = (self.pos.get(), self.len());
        let n = n.min(len.saturating_sub(pos));
        if n == 0 {
            return Ok(str::empty());
        }
        let made = self.with(|c| str::try_from_view(c.view().slice(pos, pos + n)))?;
        self.pos.set(pos + n);
        Ok(made)
    }

    /// Puts a text at the position, over what is there.
    fn put(&self, text: StrView) -> Res<()> {
        let pos = self.pos.get();
        let end = pos.checked_add(text.len()).filter(|&n| n <= isize::MAX as usize / 4);
        let end = end.ok_or_else(|| exc::overflow_error("new position too large"))?;
        self.with(|c| {
            let len = c.view().len();
            if let Contents::Growing(b) = c
                && pos == len
            {
                b.push_view(text);
                return Ok(());
            }
            let wide = c.edit()?;
            if end > len {
                wide.try_reserve(end - len).map_err(|_| exc::memory_error())?;
                wide.resize(end, 0);
            }
            wide[pos..end].iter_mut().zip(text.iter()).for_each(|(to, from)| *to = from);
            Ok(())
        })?;
        self.pos.set(end);
        Ok(())
    }
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(
        build::of(class),
        StringIo {
            contents: UnsafeCell::new(Contents::Growing(Builder::new())),
            pos: Cell::new(0),
            ok: Cell::new(false),
            closed: Cell::new(false),
            newline: Cell::new(None),
            decoder: Field::empty(),
        },
    ))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("StringIO", "(initial_value='', newline='\\n')", args, kwnames, |a| initialise(v, a.opt(0), a.opt(1)))
}

fn initialise(v: &Value, initial: Option<&Value>, newline: Option<&Value>) -> Res<()> {
    let newline = match newline {
        None => Some("\n"),
        Some(n) if n.is_none() => None,
        Some(n) if !str::is_str(n) => {
            return Err(exc::type_error(format!("newline must be str or None, not {}", n.class().full_name())));
        }
        Some(n) => match LineEnd::known(&str::as_utf8(n)?) {
            Some(known) => Some(known),
            None => return Err(exc::value_error(format!("illegal newline value: {}", protocol::repr_string(n)?))),
        },
    };
    let initial = match initial.filter(|x| !x.is_none()) {
        Some(x) if !str::is_str(x) => {
            return Err(exc::type_error(format!("initial_value must be str or None, not {}", x.class().full_name())));
        }
        x => x,
    };
    let s = this(v);
    s.ok.set(false);
    s.newline.set(newline);
    let universal = matches!(newline, None | Some(""));
    drop(s.decoder.replace(universal.then(|| newlines::make(Value::NONE, newline.is_none()))));
    s.with(|c| *c = Contents::Growing(Builder::new()));
    s.pos.set(0);
    if let Some(text) = initial {
        write_text(v, text)?;
        s.pos.set(0);
    }
    s.closed.set(false);
    s.ok.set(true);
    Ok(())
}

/// Only subclasses may have a `close` that wants to be called.
fn finalise(v: &Value) {
    if v.class().has(flag::HEAPTYPE) {
        base::finalise(v);
    }
}

fn write(v: &Value, text: &Value) -> Res {
    ready(v)?;
    if !str::is_str(text) {
        return Err(exc::type_error(format!("string argument expected, got '{}'", text.class().full_name())));
    }
    open(v)?;
    if str::len(text) > 0 {
        write_text(v, text)?;
    }
    Ok(Value::usize(str::len(text)))
}

/// Writes a text with its newlines translated as the stream wants them.
fn write_text(v: &Value, text: &Value) -> Res<()> {
    let s = this(v);
    let decoded = match s.decoder.get() {
        Some(d) => newlines::decode(&d, text, true)?,
        None => text.clone(),
    };
    match s.newline.get() {
        Some(n @ ("\r" | "\r\n")) => {
            let translated = str::transform::replace(&decoded, &str::intern("\n"), &str::intern(n), usize::MAX)?;
            s.put(str::view(&translated))
        }
        _ => s.put(str::view(&decoded)),
    }
}

fn yes(a: Args) -> Res {
    open(a.at(0)).map(|_| Value::TRUE)
}

fn close(a: Args) -> Res {
    let s = this(a.at(0));
    s.closed.set(true);
    s.with(|c| *c = Contents::Growing(Builder::new()));
    drop(s.decoder.take());
    Ok(Value::NONE)
}

fn read(a: Args) -> Res {
    let n = args::size(&a, 1)?;
    open(a.at(0))?.take(if n < 0 { usize::MAX } else { n as usize })
}

fn take_line(v: &Value, limit: isize) -> Res {
    let s = open(v)?;
    let pos = s.pos.get();
    let ends = LineEnd::of(s.newline.get());
    let n = s.with(|c| {
        let view = c.view();
        if pos >= view.len() {
            return 0;
        }
        let end = if limit < 0 { view.len() } else { view.len().min(pos.saturating_add(limit as usize)) };
        ends.find(view.slice(pos, end)).unwrap_or(end - pos)
    });
    s.take(n)
}

fn next(v: &Value) -> Res<Option<Value>> {
    open(v)?;
    let line = if v.downcast_exact::<StringIo>().is_some() {
        take_line(v, -1)?
    } else {
        let line = call::call_method(v, &names().readline, &[])?;
        if !str::is_str(&line) {
            let text = format!("readline() should have returned a str object, not '{}'", line.class().full_name());
            return Err(exc::new(types().os_error, text));
        }
        line
    };
    Ok(if str::len(&line) == 0 { None } else { Some(line) })
}

fn truncate(a: Args) -> Res {
    let s = open(a.at(0))?;
    let size = match a.some(1) {
        None => s.pos.get() as isize,
        Some(n) if number::is_index(n) => number::as_isize(n)?,
        Some(n) => return Err(exc::type_error(format!("argument should be integer or None, not '{}'", n.class().full_name()))),
    };
    if size < 0 {
        return Err(exc::value_error(format!("Negative size value {size}")));
    }
    if (size as usize) < s.len() {
        s.with(|c| c.edit().map(|wide| wide.truncate(size as usize)))?;
    }
    Ok(Value::int(size as i64))
}

fn seek(a: Args) -> Res {
    let s = open(a.at(0))?;
    let to = number::as_isize(a.at(1))?;
    let whence = args::opt_c_int(&a, 2, 0)?;
    let pos = match whence {
        0 if to < 0 => return Err(exc::value_error(format!("Negative seek position {to}"))),
        0 => to as usize,
        1 | 2 if to != 0 => return Err(exc::new(types().os_error, "Can't do nonzero cur-relative seeks")),
        1 => s.pos.get(),
        2 => s.len(),
        _ => return Err(exc::value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    s.pos.set(pos);
    Ok(Value::usize(pos))
}

fn newlines_seen(v: &Value) -> Res {
    match open(v)?.decoder.get() {
        Some(d) => attr::getattr(&d, &names().newlines),
        None => Ok(Value::NONE),
    }
}

fn getstate(a: Args) -> Res {
    let v = a.at(0);
    let s = open(v)?;
    let attributes = dict::copy(&instance::dict_of(v));
    let attributes = if dict::len(&attributes) == 0 { Value::NONE } else { attributes };
    let text = s.with(|c| str::try_from_view(c.view()))?;
    let newline = s.newline.get().map_or(Value::NONE, str::intern);
    Ok(tuple::from_vec(vec![text, newline, Value::usize(s.pos.get()), attributes]))
}

fn setstate(a: Args) -> Res {
    let (v, state) = (a.at(0), a.at(1));
    let s = this(v);
    if s.closed.get() {
        return Err(exc::value_error("I/O operation on closed file"));
    }
    let Some([initial, newline, pos, attributes, ..]) = state.is_instance(types().tuple).then(|| tuple::items(state)) else {
        let (class, got) = (v.class().full_name(), state.class().full_name());
        return Err(exc::type_error(format!("{class}.__setstate__ argument should be 4-tuple, got {got}")));
    };
    initialise(v, Some(initial), Some(newline))?;
    // The text was translated when it was written first; it is taken as it is.
    if str::is_str(initial) {
        s.with(|c| *c = Contents::Growing(Builder::new()));
        s.pos.set(0);
        s.put(str::view(initial))?;
    }
    if !int::is_int(pos) {
        return Err(exc::type_error(format!("third item of state must be an integer, got {}", pos.class().full_name())));
    }
    let pos = number::as_isize(pos)?;
    if pos < 0 {
        return Err(exc::value_error("position value cannot be negative"));
    }
    s.pos.set(pos as usize);
    bytes_io::restore_attributes(v, attributes, "fourth")
}
