//! CPython's marshal format, version 5 (Python 3.14), in both directions, on [`Constant`]s.
//!
//! A stream is one object: a type byte, whose top bit asks to remember the object under the next number, then its contents. `r` stands for
//! a remembered object. The reader takes what any CPython since 2.5 writes but for code objects, which are 3.14's. It trusts nothing: lengths
//! are checked against the input before anything is allocated, nesting is limited, and so is what repeated references can expand to.

mod read;
mod write;

pub use read::{ReadError, ReadErrorKind, read};
pub use write::{WriteError, write};

/// Nesting CPython allows in a stream.
pub const MAX_DEPTH: usize = 2000;

/// Type bytes.
pub mod tag {
    #![allow(missing_docs)]
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const FALSE: u8 = b'F';
    pub const TRUE: u8 = b'T';
    pub const STOP_ITERATION: u8 = b'S';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const INT64: u8 = b'I';
    pub const FLOAT: u8 = b'f';
    pub const BINARY_FLOAT: u8 = b'g';
    pub const COMPLEX: u8 = b'x';
    pub const BINARY_COMPLEX: u8 = b'y';
    pub const LONG: u8 = b'l';
    pub const BYTES: u8 = b's';
    pub const INTERNED: u8 = b't';
    pub const REF: u8 = b'r';
    pub const TUPLE: u8 = b'(';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const CODE: u8 = b'c';
    pub const UNICODE: u8 = b'u';
    pub const SET: u8 = b'<';
    pub const FROZENSET: u8 = b'>';
    pub const SLICE: u8 = b':';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SMALL_TUPLE: u8 = b')';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    /// With a type byte: remember the object.
    pub const FLAG_REF: u8 = 0x80;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Constant;
    use num_bigint::BigInt;

    fn text(s: &str) -> Constant {
        Constant::Str(s.into())
    }

    #[test]
    fn round_trips() {
        use Constant::{self as C, *};
        let values = [
            C::None,
            Ellipsis,
            StopIteration,
            Bool(true),
            Int(0.into()),
            Int((-1).into()),
            Int(i32::MIN.into()),
            Int(BigInt::from(u64::MAX) << 77),
            Int(BigInt::from(-1) << 45),
            Float(-0.0),
            Complex(1.5, f64::INFINITY),
            text(""),
            text("name"),
            text("h\u{e9}llo \u{1f600}"),
            text(&"x".repeat(300)),
            Bytes(vec![0, 255]),
            Tuple(vec![]),
            Tuple(vec![Int(1.into()); 300]),
            Tuple(vec![text("a"), text("a"), text("a")]),
            List(vec![C::None]),
            Dict(vec![(text("k"), Int(1.into()))]),
            Set(vec![Int(1.into())]),
            FrozenSet(vec![text("a")]),
            Slice(Box::new([C::None, Int(1.into()), C::None])),
        ];
        for value in values {
            let stream = write(&value).unwrap();
            assert_eq!(read(&stream), Ok((value, stream.len())));
        }
    }

    #[test]
    fn malformed_streams() {
        let nested = b"[\x01\0\0\0".repeat(3000);
        // Each tuple holds the one before twice: 2^60 objects.
        let mut bomb = vec![b')' | 0x80, 60];
        bomb.extend(b"\xa9\x02NN");
        for i in 1..59u8 {
            bomb.extend([b')' | 0x80, 2, b'r', i, 0, 0, 0, b'r', i, 0, 0, 0]);
        }
        let cases: &[(&[u8], &str)] = &[
            (b"", "EOF read where object expected"),
            (b"(", "marshal data too short"),
            (b"i\0", "marshal data too short"),
            (b"g\0", "marshal data too short"),
            (b"r\0\0\0\0", "bad marshal data (invalid reference)"),
            (b"\xdb\x01\0\0\0r\0\0\0\0", "bad marshal data (recursive reference)"),
            (b"0", "NULL object in marshal data for object"),
            (b"[\x01\0\0\x000", "NULL object in marshal data for list"),
            (b"?", "bad marshal data (unknown type code)"),
            (b"l\x01\0\0\0\0\0", "bad marshal data (unnormalized long data)"),
            (b"l\x01\0\0\0\xff\xff", "bad marshal data (digit out of range in long)"),
            (b"(\xff\xff\xff\xff", "bad marshal data (tuple size out of range)"),
            (b"(\xff\xff\xff\x7f", "EOF read where object expected"),
            (b"s\xff\xff\xff\x7f", "marshal data too short"),
            (b"l\xff\xff\xff\x7f\x01\0", "marshal data too short"),
            (b"f\x01x", "could not convert string to float: 'x'"),
            (&nested, "recursion limit exceeded"),
            (&bomb, "bad marshal data (too many references)"),
        ];
        for (stream, want) in cases {
            let got = read(stream).map_err(|e| e.message);
            assert_eq!(got, Err((*want).to_owned()), "{:?}", &stream[..stream.len().min(16)]);
        }
    }
}
