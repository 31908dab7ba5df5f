//! `_ZlibDecompressor`: a decompressor that keeps its unused input, as gzip wants it.

use super::objects::{give_dictionary, inflate};
use super::stream::Stream;
use super::{MAX_WBITS, int_arg, zlib_error};
use crate::LazyClass;
use libz_rs_sys as z;
use std::cell::{Cell, RefCell};
use weft_layout::tag::Word;
use weft_vm::buffer;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, Signature, def, getset};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::exc;
use weft_vm::protocol::{number, sequence};
use weft_vm::types::bytes;
use weft_vm::value::{Payload, Res, Value, new_instance};

/// `zlib._ZlibDecompressor`
pub static DECOMPRESSOR: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "zlib._ZlibDecompressor",
    doc: "_ZlibDecompressor(wbits=15, zdict=b'')\n--\n\nCreate a decompressor object for decompressing data incrementally.\n\n  wbits = 15\n  zdict\n     The predefined compression dictionary. This is a sequence of bytes\n     (such as a bytes object) containing subsequences that are expected\n     to occur frequently in the data that is to be compressed. Those\n     subsequences that are expected to be most common should come at the\n     end of the dictionary. This must be the same dictionary as used by the\n     compressor that produced the input data.\n\n",
    payload: PayloadOps::of::<Decompressor>(),
    slots: Slots { new: Some(new), ..Slots::NONE },
    methods: &[def(
        "decompress",
        "($self, /, data, max_length=-1)",
        decompress,
        "Decompress *data*, returning uncompressed data as bytes.\n\nIf *max_length* is nonnegative, returns at most *max_length* bytes\nof decompressed data.  If this limit is reached and further output\ncan be produced, *self.needs_input* will be set to ``False``.  In\nthis case, the next call to *decompress()* may provide *data* as b''\nto obtain more of the output.\n\nIf all of the input data was decompressed and returned (either\nbecause this was less than *max_length* bytes, or because\n*max_length* was negative), *self.needs_input* will be set to True.\n\nAttempting to decompress data after the end of stream is reached\nraises an EOFError.  Any data found after the end of the stream is\nignored and saved in the unused_data attribute.",
    )],
    getsets: &[
        getset("eof", |v| Ok(Value::bool(this(v).eof.get())), sequence::read_only, "True if the end-of-stream marker has been reached."),
        getset("unused_data", |v| Ok(this(v).unused.value()), sequence::read_only, "Data found after the end of the compressed stream."),
        getset(
            "needs_input",
            |v| Ok(Value::bool(this(v).needs_input.get())),
            sequence::read_only,
            "True if more input is needed before more decompressed data can be produced.",
        ),
    ],
    ..TypeSpec::DEFAULT
};

/// The payload.
struct Decompressor {
    stream: RefCell<Stream>,
    /// Input that has not been used yet.
    pending: RefCell<Vec<u8>>,
    dictionary: Field,
    unused: Field,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

// SAFETY: every instance of _ZlibDecompressor is made with this payload.
unsafe impl Payload for Decompressor {
    // It holds bytes only.
    const TRACED: bool = false;

    fn class() -> &'static Type {
        DECOMPRESSOR.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        [&self.dictionary, &self.unused].iter().for_each(|f| visit(f.word()));
    }
}

fn this(v: &Value) -> &Decompressor {
    // SAFETY: methods and attributes get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("_ZlibDecompressor", "(wbits=15, zdict=b'')");
    SIGNATURE.bind(args, kwnames, |a| {
        let wbits = int_arg(&a, 0, MAX_WBITS)?;
        let dictionary = match a.opt(1) {
            None => None,
            Some(d) if !buffer::is_supported(d) => return Err(exc::type_error("zdict argument must support the buffer protocol")),
            Some(d) => Some(buffer::get(d)?.to_vec()),
        };
        let mut stream = match Stream::inflate(wbits) {
            Ok(s) => s,
            Err(z::Z_MEM_ERROR) => return Err(exc::memory_error()),
            Err(z::Z_STREAM_ERROR) => return Err(exc::value_error("Invalid initialization option")),
            Err(code) => return Err(zlib_error(code, None, "while creating decompression object")),
        };
        if wbits < 0
            && let Some(d) = &dictionary
        {
            give_dictionary(&mut stream, d)?;
        }
        let payload = Decompressor {
            stream: RefCell::new(stream),
            pending: RefCell::default(),
            dictionary: Field::from_option(dictionary.map(|d| bytes::new(&d))),
            unused: Field::new(bytes::new(b"")),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
        };
        Ok(new_instance(build::of(class), payload))
    })
}

fn decompress(a: Args) -> Res {
    let d = this(a.at(0));
    let most = usize::try_from(a.opt(2).map_or(Ok(-1), number::as_isize)?).ok();
    let data = buffer::get(a.at(1))?;
    if d.eof.get() {
        return Err(exc::eof_error("End of stream already reached"));
    }
    let mut input = d.pending.take();
    input.extend_from_slice(data.as_slice());
    let mut out = Vec::new();
    let mut stream = d.stream.borrow_mut();
    let (used, code) = inflate(&mut stream, &input, &mut out, most, d.dictionary.get().as_ref())?;
    let rest = input.split_off(used);
    match code {
        z::Z_STREAM_END => {
            d.eof.set(true);
            d.needs_input.set(false);
            d.unused.set(bytes::try_new(&rest)?);
        }
        z::Z_OK | z::Z_BUF_ERROR => {
            // With all the output that was asked for, there may be more without any input.
            d.needs_input.set(rest.is_empty() && most.is_none_or(|m| out.len() < m));
            *d.pending.borrow_mut() = rest;
        }
        code => return Err(zlib_error(code, Some(&stream), "while decompressing data")),
    }
    bytes::try_new(&out)
}
