//! A zlib stream, made safe: input and output are slices and vectors, and the stream ends when it is dropped.

use libz_rs_sys as z;
use std::ffi::CStr;
use weft_vm::exc;
use weft_vm::value::Res;

/// Which way a stream works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Compression.
    Deflate,
    /// Decompression.
    Inflate,
}

/// A stream.
pub struct Stream {
    /// Boxed: zlib's state points back to it.
    raw: Box<z::z_stream>,
    direction: Direction,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// What zlib returned last.
    pub code: i32,
    /// Bytes of the input used.
    pub used: usize,
}

/// Output is made room for in steps of this size, at first.
const STEP: usize = 16 << 10;

fn fresh() -> Box<z::z_stream> {
    Box::default()
}

const VERSION: &CStr = c"1.3.1";
const SIZE: i32 = size_of::<z::z_stream>() as i32;

impl Stream {
    /// A compressing stream, or zlib's error code.
    pub fn deflate(level: i32, method: i32, wbits: i32, mem_level: i32, strategy: i32) -> Result<Stream, i32> {
        let mut raw = fresh();
        // SAFETY: the stream is initialised memory without allocators, as the function wants it; the version is a C string.
        match unsafe { z::deflateInit2_(&mut *raw, level, method, wbits, mem_level, strategy, VERSION.as_ptr(), SIZE) } {
            z::Z_OK => Ok(Stream { raw, direction: Direction::Deflate }),
            code => Err(code),
        }
    }

    /// A decompressing stream, or zlib's error code.
    pub fn inflate(wbits: i32) -> Result<Stream, i32> {
        let mut raw = fresh();
        // SAFETY: as in `deflate`.
        match unsafe { z::inflateInit2_(&mut *raw, wbits, VERSION.as_ptr(), SIZE) } {
            z::Z_OK => Ok(Stream { raw, direction: Direction::Inflate }),
            code => Err(code),
        }
    }

    /// Which way the stream works.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// A stream in the same state.
    pub fn copy(&self) -> Result<Stream, i32> {
        let mut raw = fresh();
        // SAFETY: both point to streams; the source is an initialised one, which is only read.
        let code = unsafe {
            let from = (&raw const *self.raw).cast_mut();
            match self.direction {
                Direction::Deflate => z::deflateCopy(&mut *raw, from),
                Direction::Inflate => z::inflateCopy(&mut *raw, from),
            }
        };
        if code == z::Z_OK { Ok(Stream { raw, direction: self.direction }) } else { Err(code) }
    }

    /// Gives the stream a dictionary.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let n = u32::try_from(dictionary.len()).unwrap_or(u32::MAX);
        // SAFETY: the slice has as many bytes.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), n),
                Direction::Inflate => z::inflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), n),
            }
        }
    }

    /// What zlib says of the last error.
    pub fn message(&self) -> Option<String> {
        // SAFETY: a message that is there is a static C string.
        (!self.raw.msg.is_null()).then(|| unsafe { CStr::from_ptr(self.raw.msg).to_string_lossy().into_owned() })
    }

    /// Works on `input` until it is used up, the stream ends, `out` has grown by `most` bytes, or zlib wants something.
    pub fn run(&mut self, input: &[u8], out: &mut Vec<u8>, most: Option<usize>, flush: i32) -> Res<Done> {
        let begun = out.len();
        let (mut used, mut step) = (0, STEP);
        loop {
            let left = most.map_or(usize::MAX, |m| m - (out.len() - begun));
            if left == 0 {
                return Ok(Done { code: z::Z_OK, used });
            }
            let room = step.min(left).min(1 << 30);
            out.try_reserve(room).map_err(|_| exc::memory_error())?;
            let piece = &input[used..];
            let given = piece.len().min(1 << 30);
            let last = given == piece.len();
            self.raw.next_in = piece.as_ptr().cast_mut();
            self.raw.avail_in = given as u32;
            self.raw.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
            self.raw.avail_out = room as u32;
            // SAFETY: the stream is initialised; input and output are as long as said, and zlib does not write to its input.
            let code = unsafe {
                match self.direction {
                    Direction::Deflate => z::deflate(&mut *self.raw, if last { flush } else { z::Z_NO_FLUSH }),
                    Direction::Inflate => z::inflate(&mut *self.raw, flush),
                }
            };
            used += given - self.raw.avail_in as usize;
            let made = room - self.raw.avail_out as usize;
            // SAFETY: zlib has written that many bytes.
            unsafe { out.set_len(out.len() + made) };
            self.raw.next_in = std::ptr::null_mut();
            self.raw.next_out = std::ptr::null_mut();
            match code {
                z::Z_OK | z::Z_BUF_ERROR => {
                    // Output that filled its room may have more behind it.
                    if self.raw.avail_out > 0 && used == input.len() || code == z::Z_BUF_ERROR && made == 0 && used == input.len() {
                        return Ok(Done { code, used });
                    }
                    if code == z::Z_BUF_ERROR && made == 0 && self.raw.avail_out > 0 {
                        return Ok(Done { code, used });
                    }
                }
                code => return Ok(Done { code, used }),
            }
            step = (step * 2).min(1 << 24);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream is initialised, and ends once.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateEnd(&mut *self.raw),
                Direction::Inflate => z::inflateEnd(&mut *self.raw),
            };
        }
    }
}

/// The Adler-32 checksum of more data.
pub fn adler32(start: u32, data: &[u8]) -> u32 {
    data.chunks(1 << 30).fold(start, |sum, piece| {
        // SAFETY: the slice has as many bytes.
        unsafe { z::adler32(sum.into(), piece.as_ptr(), piece.len() as u32) as u32 }
    })
}
