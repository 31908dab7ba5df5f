//! `zlib`: compression, over the zlib implementation in Rust.
//!
//! [`stream`] wraps a zlib stream; [`objects`] are compressobj and decompressobj; [`decompressor`] is what gzip reads with.

mod decompressor;
mod objects;
mod stream;

use crate::LazyClass;
use crate::binascii::low_word;
use libz_rs_sys as z;
use stream::{Direction, Stream};
use weft_vm::buffer;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::flag;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bounds, bytes, str};
use weft_vm::value::{Raised, Res, Value};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "zlib",
    doc: "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.\n\nadler32(string[, start]) -- Compute an Adler-32 checksum.\ncompress(data[, level]) -- Compress data, with compression level 0-9 or -1.\ncompressobj([level[, ...]]) -- Return a compressor object.\ncrc32(string[, start]) -- Compute a CRC-32 checksum.\ndecompress(string,[wbits],[bufsize]) -- Decompresses a compressed string.\ndecompressobj([wbits[, zdict]]) -- Return a decompressor object.\n\n'wbits' is window buffer size and container format.\nCompressor objects support compress() and flush() methods; decompressor\nobjects support decompress() and flush().",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def(
        "adler32",
        "($module, data, value=1, /)",
        adler32,
        "Compute an Adler-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
    ),
    def(
        "compress",
        "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)",
        compress,
        "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n  level\n    Compression level, in 0-9 or -1.\n  wbits\n    The window buffer size and container format.",
    ),
    def(
        "compressobj",
        "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)",
        objects::compressobj,
        "Return a compressor object.\n\n  level\n    The compression level (an integer in the range 0-9 or -1; default is\n    currently equivalent to 6).  Higher compression levels are slower,\n    but produce smaller results.\n  method\n    The compression algorithm.  If given, this must be DEFLATED.\n  wbits\n    +9 to +15: The base-two logarithm of the window size.  Include a zlib\n        container.\n    -9 to -15: Generate a raw stream.\n    +25 to +31: Include a gzip container.\n  memLevel\n    Controls the amount of memory used for internal compression state.\n    Valid values range from 1 to 9.  Higher values result in higher memory\n    usage, faster compression, and smaller output.\n  strategy\n    Used to tune the compression algorithm.  Possible values are\n    Z_DEFAULT_STRATEGY, Z_FILTERED, and Z_HUFFMAN_ONLY.\n  zdict\n    The predefined compression dictionary - a sequence of bytes\n    containing subsequences that are likely to occur in the input data.",
    ),
    def(
        "crc32",
        "($module, data, value=0, /)",
        crc32,
        "Compute a CRC-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
    ),
    def(
        "decompress",
        "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)",
        decompress,
        "Returns a bytes object containing the uncompressed data.\n\n  data\n    Compressed data.\n  wbits\n    The window buffer size and container format.\n  bufsize\n    The initial output buffer size.",
    ),
    def(
        "decompressobj",
        "($module, /, wbits=MAX_WBITS, zdict=b'')",
        objects::decompressobj,
        "Return a decompressor object.\n\n  wbits\n    The window buffer size and container format.\n  zdict\n    The predefined compression dictionary.  This must be the same\n    dictionary as used by the compressor that produced the input data.",
    ),
];

static ERROR: LazyClass = LazyClass::new(&ERROR_SPEC);

static ERROR_SPEC: TypeSpec = TypeSpec {
    name: "zlib.error",
    base: Some(|| types().exception),
    flags: flag::BASETYPE,
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

const MAX_WBITS: i32 = 15;
const DEF_BUF_SIZE: i64 = 16384;
const DEF_MEM_LEVEL: i32 = 8;

#[rustfmt::skip]
const CONSTANTS: &[(&str, i64)] = &[
    ("MAX_WBITS", 15), ("DEFLATED", 8), ("DEF_MEM_LEVEL", 8), ("DEF_BUF_SIZE", DEF_BUF_SIZE), ("Z_NO_COMPRESSION", 0),
    ("Z_BEST_SPEED", 1), ("Z_BEST_COMPRESSION", 9), ("Z_DEFAULT_COMPRESSION", -1), ("Z_FILTERED", 1), ("Z_HUFFMAN_ONLY", 2),
    ("Z_RLE", 3), ("Z_FIXED", 4), ("Z_DEFAULT_STRATEGY", 0), ("Z_NO_FLUSH", 0), ("Z_PARTIAL_FLUSH", 1), ("Z_SYNC_FLUSH", 2),
    ("Z_FULL_FLUSH", 3), ("Z_FINISH", 4), ("Z_BLOCK", 5), ("Z_TREES", 6),
];

fn exec(m: &Value) -> Res<()> {
    for &(name, n) in CONSTANTS {
        module::add(m, name, Value::small_int(n));
    }
    module::add(m, "ZLIB_VERSION", str::new("1.3.1"));
    module::add(m, "ZLIB_RUNTIME_VERSION", str::new("1.3.1"));
    module::add(m, "__version__", str::new("1.0"));
    module::add(m, "error", ERROR.get().value());
    module::add(m, "_ZlibDecompressor", decompressor::DECOMPRESSOR.get().value());
    Ok(())
}

/// Raises `zlib.error` as CPython words it: the code, what was being done, and what zlib says.
fn zlib_error(code: i32, stream: Option<&Stream>, doing: &str) -> Raised {
    let detail = stream.and_then(Stream::message).or(match code {
        z::Z_BUF_ERROR => Some("incomplete or truncated stream".to_owned()),
        z::Z_STREAM_ERROR => Some("inconsistent stream state".to_owned()),
        z::Z_DATA_ERROR => Some("invalid input data".to_owned()),
        _ => None,
    });
    exc::new(
        ERROR.get(),
        match detail {
            Some(d) => format!("Error {code} {doing}: {d}"),
            None => format!("Error {code} {doing}"),
        },
    )
}

fn int_arg(a: &Args, i: usize, default: i32) -> Res<i32> {
    a.opt(i).map_or(Ok(default), bounds::c_int_arg)
}

fn adler32(a: Args) -> Res {
    let start = a.opt(1).map_or(Ok(1), low_word)?;
    let data = buffer::get(a.at(0))?;
    Ok(Value::int(stream::adler32(start, data.as_slice()).into()))
}

fn crc32(a: Args) -> Res {
    let start = a.opt(1).map_or(Ok(0), low_word)?;
    let data = buffer::get(a.at(0))?;
    let mut hasher = crc32fast::Hasher::new_with_initial(start);
    hasher.update(data.as_slice());
    Ok(Value::int(hasher.finalize().into()))
}

fn compress(a: Args) -> Res {
    let (level, wbits) = (int_arg(&a, 1, -1)?, int_arg(&a, 2, MAX_WBITS)?);
    let data = buffer::get(a.at(0))?;
    let mut s = match Stream::deflate(level, z::Z_DEFLATED, wbits, DEF_MEM_LEVEL, z::Z_DEFAULT_STRATEGY) {
        Ok(s) => s,
        Err(z::Z_MEM_ERROR) => return Err(exc::memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(exc::new(ERROR.get(), "Bad compression level")),
        Err(code) => return Err(zlib_error(code, None, "while compressing data")),
    };
    let mut out = Vec::new();
    let done = s.run(data.as_slice(), &mut out, None, z::Z_FINISH)?;
    if done.code != z::Z_STREAM_END {
        return Err(zlib_error(done.code, Some(&s), "while compressing data"));
    }
    bytes::try_new(&out)
}

fn decompress(a: Args) -> Res {
    let wbits = int_arg(&a, 1, MAX_WBITS)?;
    if let Some(n) = a.opt(2)
        && weft_vm::protocol::number::as_isize(n)? < 0
    {
        return Err(exc::value_error("bufsize must be greater than zero"));
    }
    let data = buffer::get(a.at(0))?;
    let mut s = match Stream::inflate(wbits) {
        Ok(s) => s,
        Err(z::Z_MEM_ERROR) => return Err(exc::memory_error()),
        Err(code) => return Err(zlib_error(code, None, "while preparing to decompress data")),
    };
    debug_assert!(s.direction() == Direction::Inflate);
    let mut out = Vec::new();
    let done = s.run(data.as_slice(), &mut out, None, z::Z_SYNC_FLUSH)?;
    match done.code {
        z::Z_STREAM_END => bytes::try_new(&out),
        z::Z_OK => Err(zlib_error(z::Z_BUF_ERROR, Some(&s), "while decompressing data")),
        code => Err(zlib_error(code, Some(&s), "while decompressing data")),
    }
}
