//! `IncrementalNewlineDecoder`: universal newlines over another decoder; and finding the ends of lines.

use super::decoder;
use super::names::names;
use crate::LazyClass;
use std::cell::Cell;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, bind_call, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::types::str::{Builder, StrView};
use weft_vm::types::{bytes, int, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

/// `_io.IncrementalNewlineDecoder`
pub static NEWLINE_DECODER: LazyClass = LazyClass::new(&SPEC);

const CR: u32 = '\r' as u32;
const LF: u32 = '\n' as u32;
const SEEN_CR: u8 = 1;
const SEEN_LF: u8 = 2;
const SEEN_CRLF: u8 = 4;

/// The payload.
pub struct NewlineDecoder {
    /// The decoder below, or None where the input is text already.
    decoder: Field,
    translate: Cell<bool>,
    /// Whether the last text ended in a carriage return, which is held back until it is known what follows.
    pending_cr: Cell<bool>,
    seen: Cell<u8>,
}

// SAFETY: instances of the class hold a NewlineDecoder, which `new` writes.
unsafe impl Payload for NewlineDecoder {
    fn class() -> &'static Type {
        NEWLINE_DECODER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.decoder.word());
    }

    fn clear(&self) {
        drop(self.decoder.take());
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_io.IncrementalNewlineDecoder",
    doc: "IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\nCodec used when reading a file in universal newlines mode.\n\nIt wraps another incremental decoder, translating \\r\\n and \\r into \\n.\nIt also records the types of newlines encountered.  When used with\ntranslate=False, it ensures that the newline sequence is returned in\none piece. When used with decoder=None, it expects unicode strings as\ndecode input and translates newlines without first invoking an external\ndecoder.",
    payload: PayloadOps::of::<NewlineDecoder>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), ..Slots::NONE },
    methods: METHODS,
    getsets: &[getter("newlines", newlines, "")],
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("decode", "($self, /, input, final=False)", |a| decode(a.at(0), a.at(1), a.opt(2).map_or(Ok(false), protocol::is_true)?), ""),
    def("getstate", "($self, /)", getstate, ""),
    def("setstate", "($self, state, /)", setstate, ""),
    def("reset", "($self, /)", reset, ""),
];

fn this(v: &Value) -> &NewlineDecoder {
    // SAFETY: methods and slots of the class get its instances; other callers have checked the class.
    unsafe { v.payload() }
}

/// Whether a value is an IncrementalNewlineDecoder and not an instance of a subclass.
pub fn is_exact(v: &Value) -> bool {
    v.downcast_exact::<NewlineDecoder>().is_some()
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(bare(build::of(class), None, false))
}

fn bare(class: &Type, decoder: Option<Value>, translate: bool) -> Value {
    let payload = NewlineDecoder {
        decoder: Field::from_option(decoder),
        translate: Cell::new(translate),
        pending_cr: Cell::new(false),
        seen: Cell::new(0),
    };
    new_instance(class, payload)
}

/// `IncrementalNewlineDecoder(decoder, translate)`
pub fn make(decoder: Value, translate: bool) -> Value {
    bare(NEWLINE_DECODER.get(), Some(decoder), translate)
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("IncrementalNewlineDecoder", "(decoder, translate, errors='strict')", args, kwnames, |a| {
        let d = this(v);
        d.translate.set(protocol::is_true(a.at(1))?);
        d.decoder.set(a.at(0).clone());
        d.pending_cr.set(false);
        d.seen.set(0);
        Ok(())
    })
}

fn below(v: &Value) -> Res {
    this(v).decoder.get().ok_or_else(|| exc::value_error("IncrementalNewlineDecoder.__init__() not called"))
}

/// Decodes with the decoder below, then deals with newlines.
pub fn decode(v: &Value, input: &Value, last: bool) -> Res {
    let inner = below(v)?;
    let text = if inner.is_none() { input.clone() } else { decoder::decode(&inner, input, last)? };
    translate(v, check_text(text)?, last)
}

/// What a decoder must return.
pub fn check_text(text: Value) -> Res {
    if str::is_str(&text) {
        return Ok(text);
    }
    Err(exc::type_error(format!("decoder should return a string result, not '{}'", text.class().full_name())))
}

/// Takes note of the newlines in a text, and translates them if that is wanted.
fn translate(v: &Value, text: Value, last: bool) -> Res {
    let d = this(v);
    let view = str::view(&text);
    let prefix = d.pending_cr.get() && (last || !view.is_empty());
    // A carriage return at the end may be the first half of a newline.
    let hold = !last && (!view.is_empty() && view.at(view.len() - 1) == CR);
    if !prefix && !hold && view.position(CR).is_none() {
        if d.seen.get() & SEEN_LF == 0 && view.position(LF).is_some() {
            d.seen.set(d.seen.get() | SEEN_LF);
        }
        return Ok(text);
    }
    let mut input = Builder::with_capacity(view.len() + 1);
    if prefix {
        input.push(CR);
        d.pending_cr.set(false);
    }
    input.push_view(if hold { view.slice(0, view.len() - 1) } else { view });
    if hold {
        d.pending_cr.set(true);
    }
    let input = input.view();
    let mut seen = d.seen.get();
    let mut out = Builder::with_capacity(if d.translate.get() { input.len() } else { 0 });
    let mut done = 0;
    let mut i = 0;
    while i < input.len() {
        match input.at(i) {
            LF => seen |= SEEN_LF,
            CR => {
                let pair = input.get(i + 1) == Some(LF);
                seen |= if pair { SEEN_CRLF } else { SEEN_CR };
                if d.translate.get() {
                    out.push_view(input.slice(done, i));
                    out.push(LF);
                    done = i + 1 + usize::from(pair);
                }
                i += usize::from(pair);
            }
            _ => {}
        }
        i += 1;
    }
    d.seen.set(seen);
    if d.translate.get() {
        out.push_view(input.from(done));
        return out.try_finish();
    }
    str::try_from_view(input)
}

/// The parts of a decoder's state: the bytes it holds back, and its flags.
pub fn state_parts(state: &Value) -> Res<(Value, Value)> {
    match state.is_instance(types().tuple).then(|| tuple::items(state)) {
        Some([buffer, flags]) => Ok((buffer.clone(), flags.clone())),
        _ => Err(exc::type_error("setstate(): illegal state argument")),
    }
}

fn flags_of(v: &Value) -> Res<u64> {
    if !int::is_int(v) {
        return Err(exc::type_error("setstate(): illegal state argument"));
    }
    // As a C unsigned long long, which takes any int's low bits.
    Ok(int::as_i64(v).map_or_else(|| int::to_bigint(v).iter_u64_digits().next().unwrap_or(0), |i| i as u64))
}

fn getstate(a: Args) -> Res {
    let inner = below(a.at(0))?;
    let (buffer, flags) = if inner.is_none() {
        (bytes::new(&[]), 0)
    } else {
        let (buffer, flags) = state_parts(&call::call_method(&inner, &names().getstate, &[])?)?;
        (buffer, flags_of(&flags)?)
    };
    let flags = flags << 1 | u64::from(this(a.at(0)).pending_cr.get());
    Ok(tuple::from_vec(vec![buffer, int::from_u64(flags)]))
}

fn setstate(a: Args) -> Res {
    let inner = below(a.at(0))?;
    if !a.at(1).is_instance(types().tuple) {
        return Err(exc::type_error("state argument must be a tuple"));
    }
    let (buffer, flags) = match state_parts(a.at(1)) {
        Ok((buffer, flags)) => (buffer, flags_of(&flags)),
        Err(e) => return Err(e),
    };
    let flags = flags?;
    this(a.at(0)).pending_cr.set(flags & 1 != 0);
    if inner.is_none() {
        return Ok(Value::NONE);
    }
    call::call_method(&inner, &names().setstate, &[tuple::from_vec(vec![buffer, int::from_u64(flags >> 1)])])
}

fn reset(a: Args) -> Res {
    let inner = below(a.at(0))?;
    let d = this(a.at(0));
    d.seen.set(0);
    d.pending_cr.set(false);
    if inner.is_none() { Ok(Value::NONE) } else { call::call_method(&inner, &names().reset, &[]) }
}

/// The kinds of newlines seen: None, a str, or a tuple of strs.
fn newlines(v: &Value) -> Res {
    below(v)?;
    let seen = this(v).seen.get();
    let mut kinds: Vec<Value> = [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")]
        .iter()
        .filter(|(bit, _)| seen & bit != 0)
        .map(|(_, text)| str::intern(text))
        .collect();
    Ok(match kinds.len() {
        0 => Value::NONE,
        1 => kinds.remove(0),
        _ => tuple::from_vec(kinds),
    })
}

/// What ends a line that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n`, into which all newlines have been translated.
    Translated,
    /// `\n`, `\r` or `\r\n`.
    Universal,
    /// This one.
    Only(&'static str),
}

impl LineEnd {
    /// What a `newline` argument means for reading.
    pub fn of(newline: Option<&'static str>) -> LineEnd {
        match newline {
            None => LineEnd::Translated,
            Some("") => LineEnd::Universal,
            Some(one) => LineEnd::Only(one),
        }
    }

    /// The `newline` argument, if it is one that is allowed.
    pub fn known(newline: &str) -> Option<&'static str> {
        ["", "\n", "\r", "\r\n"].into_iter().find(|&n| n == newline)
    }

    /// Where the first line of a text ends, its newline included; or how much of it cannot be the start of one.
    pub fn find(self, text: StrView) -> Result<usize, usize> {
        let all = text.len();
        match self {
            LineEnd::Translated | LineEnd::Only("\n") => text.position(LF).map(|i| i + 1).ok_or(all),
            LineEnd::Only("\r") => text.position(CR).map(|i| i + 1).ok_or(all),
            LineEnd::Universal => {
                let i = match (text.position(LF), text.position(CR)) {
                    (None, None) => return Err(all),
                    (Some(i), None) | (None, Some(i)) => i,
                    (Some(i), Some(j)) => i.min(j),
                };
                let pair = text.at(i) == CR && text.get(i + 1) == Some(LF);
                Ok(i + 1 + usize::from(pair))
            }
            LineEnd::Only(_) => {
                let mut from = 0;
                while let Some(i) = text.from(from).position(CR) {
                    match text.get(from + i + 1) {
                        Some(LF) => return Ok(from + i + 2),
                        Some(_) => from += i + 1,
                        None => return Err(from + i),
                    }
                }
                Err(all)
            }
        }
    }
}
