//! `compressobj` and `decompressobj`.

use super::stream::Stream;
use super::{DEF_BUF_SIZE, DEF_MEM_LEVEL, MAX_WBITS, int_arg, zlib_error};
use crate::LazyClass;
use libz_rs_sys as z;
use std::cell::{Cell, RefCell};
use weft_layout::tag::Word;
use weft_vm::buffer;
use weft_vm::cell::Field;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, def, getset};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc::{self, Raised};
use weft_vm::protocol::{number, sequence};
use weft_vm::types::bytes;
use weft_vm::value::{Payload, Res, Value, new_object};

static COMPRESS: LazyClass = LazyClass::new(&COMPRESS_SPEC);

static COMPRESS_SPEC: TypeSpec = TypeSpec {
    name: "zlib.Compress",
    payload: PayloadOps::of::<Compress>(),
    flags: flag::DISALLOW_INSTANTIATION,
    methods: &[
        def(
            "compress",
            "($self, data, /)",
            compress,
            "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n\nAfter calling this function, some of the input data may still\nbe stored in internal buffers for later processing.\nCall the flush() method to clear these buffers.",
        ),
        def(
            "flush",
            "($self, mode=zlib.Z_FINISH, /)",
            compress_flush,
            "Return a bytes object containing any remaining compressed data.\n\n  mode\n    One of the constants Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH.\n    If mode == Z_FINISH, the compressor object can no longer be\n    used after calling the flush() method.  Otherwise, more data\n    can still be compressed.",
        ),
        def("copy", "($self, /)", |a| compress_copy(a.at(0)), "Return a copy of the compression object."),
        def("__copy__", "($self, /)", |a| compress_copy(a.at(0)), ""),
        def("__deepcopy__", "($self, memo, /)", |a| compress_copy(a.at(0)), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// The payload of a compressobj: the stream, until it has been finished.
struct Compress(RefCell<Option<Stream>>);

// SAFETY: every instance of Compress is made with this payload.
unsafe impl Payload for Compress {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        COMPRESS.get()
    }
}

fn compressor(v: &Value) -> &Compress {
    // SAFETY: methods get instances of the class.
    unsafe { v.payload() }
}

/// `zlib.compressobj`
pub fn compressobj(a: Args) -> Res {
    let (level, method, wbits) = (int_arg(&a, 0, -1)?, int_arg(&a, 1, z::Z_DEFLATED)?, int_arg(&a, 2, MAX_WBITS)?);
    let (mem_level, strategy) = (int_arg(&a, 3, DEF_MEM_LEVEL)?, int_arg(&a, 4, z::Z_DEFAULT_STRATEGY)?);
    let dictionary = a.opt(5).map(buffer::get).transpose()?;
    let mut stream = match Stream::deflate(level, method, wbits, mem_level, strategy) {
        Ok(s) => s,
        Err(z::Z_MEM_ERROR) => return Err(exc::memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(exc::value_error("Invalid initialization option")),
        Err(code) => return Err(zlib_error(code, None, "while creating compression object")),
    };
    if let Some(d) = dictionary {
        match stream.set_dictionary(d.as_slice()) {
            z::Z_OK => {}
            z::Z_STREAM_ERROR => return Err(exc::value_error("Invalid dictionary")),
            _ => return Err(exc::value_error("deflateSetDictionary()")),
        }
    }
    Ok(new_object(Compress(RefCell::new(Some(stream)))))
}

fn inconsistent(doing: &str) -> Raised {
    zlib_error(z::Z_STREAM_ERROR, None, doing)
}

fn compress(a: Args) -> Res {
    let data = buffer::get(a.at(1))?;
    let mut slot = compressor(a.at(0)).0.borrow_mut();
    let Some(stream) = slot.as_mut() else { return Err(inconsistent("while compressing data")) };
    let mut out = Vec::new();
    let done = stream.run(data.as_slice(), &mut out, None, z::Z_NO_FLUSH)?;
    if done.code == z::Z_STREAM_ERROR {
        return Err(zlib_error(done.code, Some(stream), "while compressing data"));
    }
    bytes::try_new(&out)
}

fn compress_flush(a: Args) -> Res {
    let mode = int_arg(&a, 1, z::Z_FINISH)?;
    if mode == z::Z_NO_FLUSH {
        return Ok(bytes::new(b""));
    }
    let mut slot = compressor(a.at(0)).0.borrow_mut();
    let Some(stream) = slot.as_mut() else { return Err(inconsistent("while flushing")) };
    let mut out = Vec::new();
    let done = stream.run(&[], &mut out, None, mode)?;
    match done.code {
        z::Z_STREAM_END if mode == z::Z_FINISH => *slot = None,
        z::Z_OK | z::Z_BUF_ERROR => {}
        code => return Err(zlib_error(code, Some(stream), "while flushing")),
    }
    bytes::try_new(&out)
}

fn copied(stream: Option<&Stream>, doing: &str) -> Res<Stream> {
    let Some(stream) = stream else { return Err(exc::value_error("Inconsistent stream state")) };
    stream.copy().map_err(|code| match code {
        z::Z_MEM_ERROR => exc::memory_error(),
        z::Z_STREAM_ERROR => exc::value_error("Inconsistent stream state"),
        code => zlib_error(code, Some(stream), doing),
    })
}

fn compress_copy(v: &Value) -> Res {
    let stream = copied(compressor(v).0.borrow().as_ref(), "while copying compression object")?;
    Ok(new_object(Compress(RefCell::new(Some(stream)))))
}

static DECOMPRESS: LazyClass = LazyClass::new(&DECOMPRESS_SPEC);

static DECOMPRESS_SPEC: TypeSpec = TypeSpec {
    name: "zlib.Decompress",
    payload: PayloadOps::of::<Decompress>(),
    flags: flag::DISALLOW_INSTANTIATION,
    methods: &[
        def(
            "decompress",
            "($self, data, /, max_length=0)",
            decompress,
            "Return a bytes object containing the decompressed version of the data.\n\n  data\n    The binary data to decompress.\n  max_length\n    The maximum allowable length of the decompressed data.\n    Unconsumed input data will be stored in\n    the unconsumed_tail attribute.\n\nAfter calling this function, some of the input data may still be\nstored in internal buffers for later processing.\nCall the flush() method to clear these buffers.",
        ),
        def(
            "flush",
            "($self, length=zlib.DEF_BUF_SIZE, /)",
            decompress_flush,
            "Return a bytes object containing any remaining decompressed data.\n\n  length\n    the initial size of the output buffer.",
        ),
        def("copy", "($self, /)", |a| decompress_copy(a.at(0)), "Return a copy of the decompression object."),
        def("__copy__", "($self, /)", |a| decompress_copy(a.at(0)), ""),
        def("__deepcopy__", "($self, memo, /)", |a| decompress_copy(a.at(0)), ""),
    ],
    getsets: &[
        getset("unused_data", |v| Ok(decompressor(v).unused.value()), sequence::read_only, ""),
        getset("unconsumed_tail", |v| Ok(decompressor(v).tail.value()), sequence::read_only, ""),
        getset("eof", |v| Ok(Value::bool(decompressor(v).eof.get())), sequence::read_only, ""),
    ],
    ..TypeSpec::DEFAULT
};

/// The payload of a decompressobj.
struct Decompress {
    /// The stream, until `flush` has found its end.
    stream: RefCell<Option<Stream>>,
    /// The dictionary to give to the stream when it asks, as bytes.
    dictionary: Field,
    /// Input behind the end of the stream.
    unused: Field,
    /// Input not used because there was enough output.
    tail: Field,
    eof: Cell<bool>,
}

// SAFETY: every instance of Decompress is made with this payload.
unsafe impl Payload for Decompress {
    fn class() -> &'static Type {
        DECOMPRESS.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        [&self.dictionary, &self.unused, &self.tail].iter().for_each(|f| visit(f.word()));
    }
}

fn decompressor(v: &Value) -> &Decompress {
    // SAFETY: methods and attributes get instances of the class.
    unsafe { v.payload() }
}

/// `zlib.decompressobj`
pub fn decompressobj(a: Args) -> Res {
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
    // A raw stream does not ask for its dictionary.
    if wbits < 0
        && let Some(d) = &dictionary
    {
        give_dictionary(&mut stream, d)?;
    }
    Ok(new_object(Decompress {
        stream: RefCell::new(Some(stream)),
        dictionary: Field::from_option(dictionary.map(|d| bytes::new(&d))),
        unused: Field::new(bytes::new(b"")),
        tail: Field::new(bytes::new(b"")),
        eof: Cell::new(false),
    }))
}

/// Gives a stream the dictionary it asks for.
pub fn give_dictionary(stream: &mut Stream, dictionary: &[u8]) -> Res<()> {
    match stream.set_dictionary(dictionary) {
        z::Z_OK => Ok(()),
        code => Err(zlib_error(code, Some(stream), "while setting zdict")),
    }
}

/// Decompresses, giving the dictionary where it is asked for. How far that came, and zlib's last code.
pub fn inflate(stream: &mut Stream, input: &[u8], out: &mut Vec<u8>, most: Option<usize>, dictionary: Option<&Value>) -> Res<(usize, i32)> {
    let (mut used, begun) = (0, out.len());
    loop {
        let left = most.map(|m| m - (out.len() - begun));
        let done = stream.run(&input[used..], out, left, z::Z_SYNC_FLUSH)?;
        used += done.used;
        match (done.code, dictionary) {
            (z::Z_NEED_DICT, Some(d)) => give_dictionary(stream, bytes::as_slice(d))?,
            (code, _) => return Ok((used, code)),
        }
    }
}

impl Decompress {
    /// Keeps the input that was not used.
    fn save(&self, rest: &[u8], code: i32) -> Res<()> {
        if code == z::Z_STREAM_END {
            if !rest.is_empty() {
                let old = self.unused.value();
                self.unused.set(bytes::try_new(&[bytes::as_slice(&old), rest].concat())?);
            }
            self.tail.set(bytes::new(b""));
        } else {
            self.tail.set(bytes::try_new(rest)?);
        }
        Ok(())
    }
}

fn decompress(a: Args) -> Res {
    let most = match a.opt(2).map_or(Ok(0), number::as_isize)? {
        n if n < 0 => return Err(exc::value_error("max_length must be non-negative")),
        0 => None,
        n => Some(n as usize),
    };
    let d = decompressor(a.at(0));
    let data = buffer::get(a.at(1))?;
    let mut slot = d.stream.borrow_mut();
    let Some(stream) = slot.as_mut() else { return Err(inconsistent("while decompressing data")) };
    let mut out = Vec::new();
    let (used, code) = inflate(stream, data.as_slice(), &mut out, most, d.dictionary.get().as_ref())?;
    d.save(&data.as_slice()[used..], code)?;
    match code {
        z::Z_STREAM_END => d.eof.set(true),
        z::Z_OK | z::Z_BUF_ERROR => {}
        code => return Err(zlib_error(code, Some(stream), "while decompressing data")),
    }
    bytes::try_new(&out)
}

fn decompress_flush(a: Args) -> Res {
    if a.opt(1).map_or(Ok(DEF_BUF_SIZE as isize), number::as_isize)? <= 0 {
        return Err(exc::value_error("length must be greater than zero"));
    }
    let d = decompressor(a.at(0));
    let tail = d.tail.value();
    let mut slot = d.stream.borrow_mut();
    let Some(stream) = slot.as_mut() else { return Ok(bytes::new(b"")) };
    let mut out = Vec::new();
    let input = bytes::as_slice(&tail);
    let (used, code) = inflate(stream, input, &mut out, None, d.dictionary.get().as_ref())?;
    d.save(&input[used..], code)?;
    if code == z::Z_STREAM_END {
        d.eof.set(true);
        *slot = None;
    }
    bytes::try_new(&out)
}

fn decompress_copy(v: &Value) -> Res {
    let d = decompressor(v);
    let stream = copied(d.stream.borrow().as_ref(), "while copying decompression object")?;
    Ok(new_object(Decompress {
        stream: RefCell::new(Some(stream)),
        dictionary: Field::from_option(d.dictionary.get()),
        unused: Field::new(d.unused.value()),
        tail: Field::new(d.tail.value()),
        eof: Cell::new(d.eof.get()),
    }))
}
