//! `.pyc` files: sixteen bytes of header (PEP 552), then the marshalled code object.
//!
//! Magic number, flags, and then what the file is checked against: the source's modification time and size, or its hash.

use crate::code::{Code, Constant};
use crate::marshal;

/// CPython 3.14's magic number.
pub const MAGIC: [u8; 4] = [0x2b, 0x0e, b'\r', b'\n'];

/// Bytes before the code object.
pub const HEADER_SIZE: usize = 16;

const FLAG_HASH: u32 = 1;
const FLAG_CHECK_SOURCE: u32 = 2;

/// What tells whether a `.pyc` file is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// The source's modification time in seconds and its size, both modulo 2^32.
    Timestamp {
        /// Seconds since the epoch.
        mtime: u32,
        /// Bytes.
        size: u32,
    },
    /// A hash of the source.
    Hash {
        /// `_imp.source_hash` of the source.
        hash: [u8; 8],
        /// Whether the importer is to compare it.
        check_source: bool,
    },
}

/// Why a `.pyc` file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PycError {
    /// Not sixteen bytes of header.
    Truncated,
    /// Another version's magic number.
    BadMagic([u8; 4]),
    /// Flags this version does not know.
    BadFlags(u32),
    /// The rest is not a marshal stream.
    Marshal(marshal::ReadError),
    /// The rest is not a code object.
    NotCode,
}

impl std::fmt::Display for PycError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PycError::Truncated => write!(f, "reached EOF while reading pyc header"),
            PycError::BadMagic(magic) => write!(f, "bad magic number: {magic:?}"),
            PycError::BadFlags(flags) => write!(f, "invalid flags {flags:#x}"),
            PycError::Marshal(error) => write!(f, "{error}"),
            PycError::NotCode => write!(f, "non-code object in pyc file"),
        }
    }
}

impl std::error::Error for PycError {}

/// A `.pyc` file's contents.
pub fn write(code: &Code, validation: Validation) -> Result<Vec<u8>, marshal::WriteError> {
    let mut out = MAGIC.to_vec();
    match validation {
        Validation::Timestamp { mtime, size } => {
            out.extend(0u32.to_le_bytes());
            out.extend(mtime.to_le_bytes());
            out.extend(size.to_le_bytes());
        }
        Validation::Hash { hash, check_source } => {
            let check = if check_source { FLAG_CHECK_SOURCE } else { 0 };
            out.extend((FLAG_HASH | check).to_le_bytes());
            out.extend(hash);
        }
    }
    out.extend(marshal::write(&Constant::Code(Box::new(code.clone())))?);
    Ok(out)
}

/// Reads the header alone.
pub fn read_header(file: &[u8]) -> Result<Validation, PycError> {
    let Some(header) = file.first_chunk::<HEADER_SIZE>() else {
        return Err(PycError::Truncated);
    };
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let magic = word(0).to_le_bytes();
    if magic != MAGIC {
        return Err(PycError::BadMagic(magic));
    }
    let flags = word(4);
    if flags & !(FLAG_HASH | FLAG_CHECK_SOURCE) != 0 {
        return Err(PycError::BadFlags(flags));
    }
    Ok(if flags & FLAG_HASH == 0 {
        Validation::Timestamp { mtime: word(8), size: word(12) }
    } else {
        let mut hash = [0; 8];
        hash.copy_from_slice(&header[8..]);
        Validation::Hash { hash, check_source: flags & FLAG_CHECK_SOURCE != 0 }
    })
}

/// Reads a `.pyc` file. The code object is as untrusted as the file: verify it before running it.
pub fn read(file: &[u8]) -> Result<(Validation, Code), PycError> {
    let validation = read_header(file)?;
    match marshal::read(&file[HEADER_SIZE..]).map_err(PycError::Marshal)? {
        (Constant::Code(code), _) => Ok((validation, *code)),
        _ => Err(PycError::NotCode),
    }
}
