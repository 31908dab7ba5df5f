//! Construction: encodings, newlines, and the coders that follow from them.

use super::super::decoder::{self, Known};
use super::super::names::names;
use super::super::newlines::{self, LineEnd};
use super::super::{ask, call0, open::default_encoding, unsupported_operation};
use super::{Encoder, TEXT_IO_WRAPPER, TextIo, file_below, open, position, this, writing};
use std::cell::{Cell, RefCell, UnsafeCell};
use weft_vm::cell::Field;
use weft_vm::class::build;
use weft_vm::class::native::{Args, bind_call};
use weft_vm::codecs::registry;
use weft_vm::protocol::{attr, number};
use weft_vm::types::{int, str};
use weft_vm::value::{Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

/// What a text stream is made with.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// The encoding, or the locale's.
    pub encoding: Option<&'a str>,
    /// The error handler, or `strict`.
    pub errors: Option<&'a str>,
    /// The `newline` argument.
    pub newline: Option<&'static str>,
    /// Whether a newline written flushes the stream.
    pub line_buffering: bool,
    /// Whether what is written goes to the stream below at once.
    pub write_through: bool,
}

pub fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(
        build::of(class),
        TextIo {
            ok: Cell::new(false),
            detached: Cell::new(false),
            buffer: Field::empty(),
            encoding: Field::empty(),
            errors: RefCell::new(String::new()),
            encoder_kind: Cell::new(Encoder::None),
            encoder: Field::empty(),
            decoder: Field::empty(),
            newline: Cell::new(None),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            finalizing: Cell::new(false),
            seekable: Cell::new(false),
            telling: Cell::new(false),
            has_read1: Cell::new(false),
            chunk_size: Cell::new(8192),
            file: Field::empty(),
            pending: UnsafeCell::new(Vec::new()),
            decoded: Field::empty(),
            used: Cell::new(0),
            snapshot: RefCell::new(None),
            ratio: Cell::new(0.0),
        },
    ))
}

/// A TextIOWrapper over a buffered stream.
pub fn make(buffer: &Value, options: Options) -> Res {
    let v = new(&TEXT_IO_WRAPPER.get().value(), &[], None)?;
    initialise(&v, buffer, options)?;
    Ok(v)
}

/// An optional str argument.
fn text(fname: &str, what: &str, v: Option<&Value>) -> Res<Option<String>> {
    match v.filter(|v| !v.is_none()) {
        None => Ok(None),
        Some(v) if str::is_str(v) => str::new::as_c_string(v).map(Some),
        Some(v) => Err(exc::type_error(format!("{fname}() argument '{what}' must be str or None, not {}", v.class().full_name()))),
    }
}

/// A `newline` argument that is a str.
fn newline(text: &str) -> Res<&'static str> {
    LineEnd::known(text).ok_or_else(|| exc::value_error(format!("illegal newline value: {text}")))
}

pub fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    const SIG: &str = "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)";
    bind_call("TextIOWrapper", SIG, args, kwnames, |a| {
        let encoding = text("TextIOWrapper", "encoding", a.opt(1))?;
        let errors = text("TextIOWrapper", "errors", a.opt(2))?;
        let nl = text("TextIOWrapper", "newline", a.opt(3))?;
        let flag = |i: usize| a.opt(i).map_or(Ok(false), protocol::is_true);
        let options = Options {
            encoding: encoding.as_deref(),
            errors: errors.as_deref(),
            line_buffering: flag(4)?,
            write_through: flag(5)?,
            newline: match &nl {
                Some(n) => Some(newline(n)?),
                None => None,
            },
        };
        initialise(v, a.at(0), options)
    })
}

fn initialise(v: &Value, buffer: &Value, options: Options) -> Res<()> {
    let t = this(v);
    t.ok.set(false);
    t.detached.set(false);
    for field in [&t.buffer, &t.encoding, &t.encoder, &t.decoder, &t.file] {
        drop(field.take());
    }
    t.set_decoded(None);
    t.set_snapshot(None);
    t.with_pending(Vec::clear);
    t.ratio.set(0.0);
    t.chunk_size.set(8192);
    let encoding = match options.encoding {
        None | Some("locale") => default_encoding(options.encoding.is_none()),
        Some(e) => e.to_owned(),
    };
    let codec = codec_for(&encoding)?;
    t.encoding.set(str::new(&encoding));
    t.errors.replace(options.errors.unwrap_or("strict").to_owned());
    t.newline.set(options.newline);
    t.line_buffering.set(options.line_buffering);
    t.write_through.set(options.write_through);
    set_decoder(v, buffer, &codec)?;
    set_encoder(v, buffer, &codec)?;
    t.buffer.set(buffer.clone());
    drop(t.file.replace(file_below(buffer)));
    let seekable = ask(buffer, &names().seekable)?;
    t.seekable.set(seekable);
    t.telling.set(seekable);
    t.has_read1.set(attr::getattr_opt(buffer, &names().read1)?.is_some());
    fix_encoder_state(v)?;
    t.ok.set(true);
    Ok(())
}

/// How to encode and decode.
enum Codec {
    Known(Known),
    Info(Value),
}

fn codec_for(encoding: &str) -> Res<Codec> {
    if let Some(known) = Known::named(encoding) {
        return Ok(Codec::Known(known));
    }
    let info = registry::lookup(encoding)?;
    if let Some(is_text) = attr::getattr_opt(&info, &weft_vm::vm::names()._is_text_encoding)?
        && !protocol::is_true(&is_text)?
    {
        return Err(exc::lookup_error(format!("'{encoding}' is not a text encoding")));
    }
    Ok(Codec::Info(info))
}

/// An incremental coder of a codec.
fn coder(info: &Value, name: &Value, errors: &str) -> Res {
    call::call_method(info, name, &[str::new(errors)])
}

fn set_decoder(v: &Value, buffer: &Value, codec: &Codec) -> Res<()> {
    let t = this(v);
    let mut made = None;
    if ask(buffer, &names().readable)? {
        let errors = t.errors.borrow().clone();
        let inner = match codec {
            Codec::Known(known) => decoder::make(*known, &errors),
            Codec::Info(info) => coder(info, &names().incrementaldecoder, &errors)?,
        };
        let universal = matches!(t.newline.get(), None | Some(""));
        made = Some(if universal { newlines::make(inner, t.newline.get().is_none()) } else { inner });
    }
    drop(t.decoder.replace(made));
    Ok(())
}

fn set_encoder(v: &Value, buffer: &Value, codec: &Codec) -> Res<()> {
    let t = this(v);
    t.encoder_kind.set(Encoder::None);
    drop(t.encoder.take());
    if ask(buffer, &names().writable)? {
        match codec {
            Codec::Known(known) => t.encoder_kind.set(Encoder::Known(*known)),
            Codec::Info(info) => {
                let errors = t.errors.borrow().clone();
                let made = coder(info, &names().incrementalencoder, &errors)?;
                drop(t.encoder.replace(Some(made)));
                t.encoder_kind.set(Encoder::Object);
            }
        }
    }
    Ok(())
}

/// Tells the encoder if the stream is not at its start, so that no byte order mark is written in the middle.
fn fix_encoder_state(v: &Value) -> Res<()> {
    let t = this(v);
    let Some(buffer) = t.buffer.get() else { return Ok(()) };
    if !t.seekable.get() || t.encoder_kind.get() == Encoder::None {
        return Ok(());
    }
    let at = call0(&buffer, &names().tell)?;
    if !protocol::equal(&at, &Value::small_int(0))? {
        position::set_encoder(v, false)?;
    }
    Ok(())
}

/// `reconfigure(...)`
pub fn reconfigure(a: Args) -> Res {
    let v = a.at(0);
    let t = open(v)?;
    let reads = t.decoded.peek().is_some();
    let encoding = match a.some(1) {
        Some(e) if !str::is_str(e) => {
            return Err(exc::type_error(format!("reconfigure() argument 'encoding' must be str or None, not {}", e.class().full_name())));
        }
        e => e.map(str::new::as_c_string).transpose()?,
    };
    let errors = text("reconfigure", "errors", a.opt(2))?;
    let nl = match a.opt(3) {
        None => None,
        Some(n) if n.is_none() => Some(None),
        Some(n) if !str::is_str(n) => {
            let got = n.class().full_name();
            return Err(exc::type_error(format!("reconfigure() argument 'newline' must be str or None, not {got}")));
        }
        Some(n) => Some(Some(newline(&str::as_utf8(n)?)?)),
    };
    if reads && (encoding.is_some() || errors.is_some() || nl.is_some()) {
        let text = "It is not possible to set the encoding or newline of stream after the first read";
        return Err(exc::new(unsupported_operation()?, text));
    }
    let line_buffering = flag(a.some(4), t.line_buffering.get())?;
    let write_through = flag(a.some(5), t.write_through.get())?;
    call0(v, &names().flush)?;
    if encoding.is_some() || errors.is_some() || nl.is_some() {
        let buffer = super::buffer(v)?;
        let new_encoding = match encoding.as_deref() {
            None => None,
            Some("locale") => Some(default_encoding(false)),
            Some(e) => Some(e.to_owned()),
        };
        let codec = match &new_encoding {
            Some(e) => codec_for(e)?,
            None => codec_for(&t.encoding.get().map_or_else(String::new, |e| str::display(&e)))?,
        };
        if let Some(e) = errors {
            t.errors.replace(e);
        } else if new_encoding.is_some() {
            t.errors.replace("strict".to_owned());
        }
        if let Some(e) = new_encoding {
            t.encoding.set(str::new(&e));
        }
        if let Some(n) = nl {
            t.newline.set(n);
        }
        set_decoder(v, &buffer, &codec)?;
        set_encoder(v, &buffer, &codec)?;
        fix_encoder_state(v)?;
    }
    t.line_buffering.set(line_buffering);
    t.write_through.set(write_through);
    writing::flush_pending(v)?;
    Ok(Value::NONE)
}

/// An optional bool that is any int.
fn flag(v: Option<&Value>, otherwise: bool) -> Res<bool> {
    match v {
        None => Ok(otherwise),
        Some(v) => {
            let n = number::index(v)?;
            match int::as_i64(&n) {
                Some(n) => Ok(n != 0),
                None => Err(exc::new(types().overflow_error, "Python int too large to convert to C long")),
            }
        }
    }
}
