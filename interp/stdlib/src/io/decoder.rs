//! The decoders that text streams read through where the encoding is UTF-8, Latin-1 or ASCII: incremental decoders
//! like those of the `encodings` package, without a call into Python for each chunk.

use super::names::names;
use crate::LazyClass;
use std::cell::RefCell;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, def};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::codecs::errors::Decoding;
use weft_vm::codecs::{single, utf8};
use weft_vm::types::{bytes, int, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::{buffer, call, exc, protocol};

/// The encodings that text streams know themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `utf-8`
    Utf8,
    /// `iso8859-1`
    Latin1,
    /// `ascii`
    Ascii,
}

impl Known {
    /// The encoding with this name, if it is one of them.
    pub fn named(name: &str) -> Option<Known> {
        match &*weft_vm::codecs::normalize(name) {
            "utf_8" | "utf8" => Some(Known::Utf8),
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" => Some(Known::Latin1),
            "ascii" | "us_ascii" => Some(Known::Ascii),
            _ => None,
        }
    }

    /// The name by which the codecs know it.
    pub fn name(self) -> &'static str {
        match self {
            Known::Utf8 => "utf-8",
            Known::Latin1 => "latin-1",
            Known::Ascii => "ascii",
        }
    }
}

static DECODER: LazyClass = LazyClass::new(&SPEC);

/// The payload.
pub struct Decoder {
    encoding: Known,
    errors: String,
    /// The start of a character whose rest has yet to come.
    held: RefCell<Vec<u8>>,
}

// SAFETY: instances of the class hold a Decoder.
unsafe impl Payload for Decoder {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        DECODER.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_io._Decoder",
    doc: "An incremental decoder of one of the most common encodings.",
    payload: PayloadOps::of::<Decoder>(),
    flags: flag::DISALLOW_INSTANTIATION,
    methods: &[
        def("decode", "($self, input, final=False)", decode_method, "Decodes the next bytes."),
        def("getstate", "($self, /)", getstate, "The bytes held back, and 0."),
        def("setstate", "($self, state, /)", setstate, "Goes back to a state."),
        def("reset", "($self, /)", reset, "Goes back to the start."),
    ],
    ..TypeSpec::DEFAULT
};

fn this(v: &Value) -> &Decoder {
    // SAFETY: methods of the class get its instances.
    unsafe { v.payload() }
}

/// A decoder at the start of a stream.
pub fn make(encoding: Known, errors: &str) -> Value {
    new_object(Decoder { encoding, errors: errors.to_owned(), held: RefCell::new(Vec::new()) })
}

impl Decoder {
    fn decode(&self, input: &[u8], last: bool) -> Res {
        let mut held = self.held.take();
        let joined;
        let data = if held.is_empty() {
            input
        } else {
            held.extend_from_slice(input);
            joined = std::mem::take(&mut held);
            &joined
        };
        if self.encoding == Known::Utf8
            && let Ok(text) = std::str::from_utf8(data)
        {
            return str::try_new(text);
        }
        let mut d = Decoding::new(data, &self.errors);
        let used = match self.encoding {
            Known::Utf8 => utf8::decode(&mut d, last)?,
            Known::Latin1 => {
                single::decode_latin1(&mut d);
                data.len()
            }
            Known::Ascii => {
                single::decode_ascii(&mut d)?;
                data.len()
            }
        };
        let rest = d.data.get(used..).unwrap_or(&[]).to_vec();
        let text = d.finish()?;
        self.held.replace(rest);
        Ok(text)
    }
}

/// Decodes with any incremental decoder.
pub fn decode(decoder: &Value, input: &Value, last: bool) -> Res {
    if let Some(d) = decoder.downcast_exact::<Decoder>() {
        if bytes::is_exact(input) {
            return d.decode(bytes::as_slice(input), last);
        }
        // An error handler may run Python, which could change the buffer.
        let input = buffer::get(input)?.as_slice().to_vec();
        return d.decode(&input, last);
    }
    call::call_method(decoder, &names().decode, &[input.clone(), Value::bool(last)])
}

fn decode_method(a: Args) -> Res {
    decode(a.at(0), a.at(1), a.opt(2).map_or(Ok(false), protocol::is_true)?)
}

fn getstate(a: Args) -> Res {
    Ok(tuple::from_vec(vec![bytes::try_new(&this(a.at(0)).held.borrow())?, Value::small_int(0)]))
}

fn setstate(a: Args) -> Res {
    let (held, flags) = super::newlines::state_parts(a.at(1))?;
    if !bytes::is_bytes(&held) || !int::is_int(&flags) {
        return Err(exc::type_error("setstate(): illegal state argument"));
    }
    this(a.at(0)).held.replace(bytes::as_slice(&held).to_vec());
    Ok(Value::NONE)
}

fn reset(a: Args) -> Res {
    this(a.at(0)).held.take();
    Ok(Value::NONE)
}
