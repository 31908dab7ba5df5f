//! `binascii`: binary data as text (base64, hexadecimal, quoted-printable, uuencoding), and checksums.

use crate::LazyClass;
use weft_vm::buffer::{self, Buffer};
use weft_vm::class::build::TypeSpec;
use weft_vm::class::flag;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc::{self, Raised};
use weft_vm::protocol::{self, number};
use weft_vm::types::bytes_like::hex;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bytes, int, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "binascii",
    doc: "Conversion between binary data and ASCII",
    functions: FUNCTIONS,
    exec: |m| {
        module::add(m, "Error", ERROR.get().value());
        module::add(m, "Incomplete", INCOMPLETE.get().value());
        Ok(())
    },
};

static FUNCTIONS: &[FnDef] = &[
    def("a2b_uu", "($module, data, /)", a2b_uu, "Decode a line of uuencoded data."),
    def("b2a_uu", "($module, data, /, *, backtick=False)", b2a_uu, "Uuencode line of data."),
    def(
        "a2b_base64",
        "($module, data, /, *, strict_mode=False)",
        a2b_base64,
        "Decode a line of base64 data.\n\n  strict_mode\n    When set to True, bytes that are not part of the base64 standard are not allowed.\n    The same applies to excess data after padding (= / ==).",
    ),
    def("b2a_base64", "($module, data, /, *, newline=True)", b2a_base64, "Base64-code line of data."),
    def(
        "a2b_hex",
        "($module, hexstr, /)",
        a2b_hex,
        "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).\nThis function is also available as \"unhexlify()\".",
    ),
    def(
        "b2a_hex",
        "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
        b2a_hex,
        "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"hexlify()\".\n\nExample:\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef')\nb'b901ef'\n>>> binascii.hexlify(b'\\xb9\\x01\\xef', ':')\nb'b9:01:ef'\n>>> binascii.b2a_hex(b'\\xb9\\x01\\xef', b'_', 2)\nb'b9_01ef'",
    ),
    def(
        "hexlify",
        "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
        b2a_hex,
        "Hexadecimal representation of binary data.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nThe return value is a bytes object.  This function is also\navailable as \"b2a_hex()\".",
    ),
    def(
        "unhexlify",
        "($module, hexstr, /)",
        a2b_hex,
        "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).",
    ),
    def("crc32", "($module, data, crc=0, /)", crc32, "Compute CRC-32 incrementally."),
    def("crc_hqx", "($module, data, crc, /)", crc_hqx, "Compute CRC-CCITT incrementally."),
    def(
        "b2a_qp",
        "($module, /, data, quotetabs=False, istext=True, header=False)",
        b2a_qp,
        "Encode a string using quoted-printable encoding.\n\nOn encoding, when istext is set, newlines are not encoded, and white\nspace at end of lines is.  When istext is not set, \\r and \\n (CR/LF)\nare both encoded.  When quotetabs is set, space and tabs are encoded.",
    ),
    def("a2b_qp", "($module, /, data, header=False)", a2b_qp, "Decode a string of qp-encoded data."),
];

static ERROR: LazyClass = LazyClass::new(&ERROR_SPEC);

static ERROR_SPEC: TypeSpec = TypeSpec {
    name: "binascii.Error",
    base: Some(|| types().value_error),
    flags: flag::BASETYPE,
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

static INCOMPLETE: LazyClass = LazyClass::new(&INCOMPLETE_SPEC);

static INCOMPLETE_SPEC: TypeSpec = TypeSpec {
    name: "binascii.Incomplete",
    base: Some(|| types().exception),
    flags: flag::BASETYPE,
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

fn error(message: &str) -> Raised {
    exc::new(ERROR.get(), message)
}

/// ASCII text: a str, or the memory of a bytes-like object.
enum Text {
    Str(Vec<u8>),
    Buffer(Buffer),
}

impl Text {
    fn of(v: &Value) -> Res<Text> {
        if str::is_str(v) {
            return match str::view(v).as_ascii() {
                Some(s) => Ok(Text::Str(s.as_bytes().to_vec())),
                None => Err(exc::value_error("string argument should contain only ASCII characters")),
            };
        }
        if !buffer::is_supported(v) {
            let got = v.class().full_name();
            return Err(exc::type_error(format!("argument should be bytes, buffer or ASCII string, not '{got}'")));
        }
        buffer::get(v).map(Text::Buffer)
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Text::Str(s) => s,
            Text::Buffer(b) => b.as_slice(),
        }
    }
}

fn flag_of(a: &Args, i: usize, default: bool) -> Res<bool> {
    a.opt(i).map_or(Ok(default), protocol::is_true)
}

fn a2b_uu(a: Args) -> Res {
    let text = Text::of(a.at(0))?;
    let Some((&first, line)) = text.as_slice().split_first() else { return Err(error("Missing length byte")) };
    let size = (first.wrapping_sub(b' ') & 0o77) as usize;
    let mut out = Vec::with_capacity(size);
    let (mut bits, mut held, mut used) = (0u32, 0u32, 0);
    while out.len() < size {
        // Spaces at the end of a line may have been lost.
        let six = match line.get(used) {
            None | Some(b'\n' | b'\r') => 0,
            Some(&c) if !(b' '..=b' ' + 64).contains(&c) => return Err(error("Illegal char")),
            Some(&c) => u32::from(c - b' ') & 0o77,
        };
        used += 1;
        held = held << 6 | six;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    if line.get(used..).unwrap_or_default().iter().any(|c| !matches!(c, b' ' | b'`' | b'\n' | b'\r')) {
        return Err(error("Trailing garbage"));
    }
    bytes::try_new(&out)
}

fn b2a_uu(a: Args) -> Res {
    let backtick = flag_of(&a, 1, false)?;
    let data = buffer::get(a.at(0))?;
    let data = data.as_slice();
    if data.len() > 45 {
        return Err(error("At most 45 bytes at once"));
    }
    let shown = |n: u32| if backtick && n == 0 { b'`' } else { n as u8 + b' ' };
    let mut out = vec![shown(data.len() as u32)];
    for group in data.chunks(3) {
        let n = group.iter().chain([0, 0].iter()).take(3).fold(0, |n, &b| n << 8 | u32::from(b));
        out.extend([18, 12, 6, 0].map(|shift| shown(n >> shift & 0o77)));
    }
    out.push(b'\n');
    bytes::try_new(&out)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of each character; 64 and above for those that have none.
static BASE64_VALUES: [u8; 256] = {
    let mut table = [255; 256];
    let mut i = 0;
    while i < 64 {
        table[BASE64[i] as usize] = i as u8;
        i += 1;
    }
    table
};

fn a2b_base64(a: Args) -> Res {
    let strict = flag_of(&a, 1, false)?;
    let text = Text::of(a.at(0))?;
    let text = text.as_slice();
    let mut out = Vec::new();
    out.try_reserve(text.len() / 4 * 3 + 3).map_err(|_| exc::memory_error())?;
    // How many of four characters have been seen, what is left of the last one, and the padding behind it.
    let (mut place, mut left, mut pads) = (0, 0u8, 0);
    for (i, &c) in text.iter().enumerate() {
        if c == b'=' {
            pads += 1;
            if place >= 2 && place + pads <= 4 || !strict {
                continue;
            }
            if place == 1 {
                break;
            }
            return Err(error(if place == 0 && i == 0 { "Leading padding not allowed" } else { "Excess padding not allowed" }));
        }
        let v = BASE64_VALUES[c as usize];
        if v >= 64 {
            if strict {
                return Err(error("Only base64 data is allowed"));
            }
            continue;
        }
        if strict && pads > 0 {
            return Err(error(if place + pads == 4 { "Excess data after padding" } else { "Discontinuous padding not allowed" }));
        }
        pads = 0;
        match place {
            0 => left = v,
            1 => {
                out.push(left << 2 | v >> 4);
                left = v & 15;
            }
            2 => {
                out.push(left << 4 | v >> 2);
                left = v & 3;
            }
            _ => out.push(left << 6 | v),
        }
        place = (place + 1) % 4;
    }
    if place == 1 {
        let n = out.len() / 3 * 4 + 1;
        let text = format!("Invalid base64-encoded string: number of data characters ({n}) cannot be 1 more than a multiple of 4");
        return Err(error(&text));
    }
    if place != 0 && place + pads < 4 {
        return Err(error("Incorrect padding"));
    }
    bytes::try_new(&out)
}

fn b2a_base64(a: Args) -> Res {
    let newline = flag_of(&a, 1, true)?;
    let data = buffer::get(a.at(0))?;
    let data = data.as_slice();
    let mut out = Vec::new();
    out.try_reserve(data.len().div_ceil(3) * 4 + 1).map_err(|_| exc::memory_error())?;
    for group in data.chunks(3) {
        let n = group.iter().chain([0, 0].iter()).take(3).fold(0, |n, &b| n << 8 | u32::from(b));
        let digits = [18, 12, 6, 0].map(|shift| BASE64[(n >> shift & 63) as usize]);
        out.extend_from_slice(&digits[..group.len() + 1]);
        out.extend(std::iter::repeat_n(b'=', 3 - group.len()));
    }
    if newline {
        out.push(b'\n');
    }
    bytes::try_new(&out)
}

fn b2a_hex(a: Args) -> Res {
    let data = buffer::get(a.at(0))?;
    bytes::try_new(&hex::text(data.as_slice(), hex::separator(a.opt(1), a.opt(2))?)?)
}

fn hex_digit(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}

fn a2b_hex(a: Args) -> Res {
    let text = Text::of(a.at(0))?;
    let text = text.as_slice();
    if text.len() % 2 != 0 {
        return Err(error("Odd-length string"));
    }
    let mut out = Vec::new();
    out.try_reserve(text.len() / 2).map_err(|_| exc::memory_error())?;
    for pair in text.chunks_exact(2) {
        match (hex_digit(pair[0]), hex_digit(pair[1])) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return Err(error("Non-hexadecimal digit found")),
        }
    }
    bytes::try_new(&out)
}

/// The low 32 bits of an int.
pub fn low_word(v: &Value) -> Res<u32> {
    let n = number::index(v)?;
    Ok(match int::as_i64(&n) {
        Some(n) => n as u32,
        None => {
            let b = int::to_bigint(&n);
            let low = b.iter_u32_digits().next().unwrap_or(0);
            if int::is_negative(&n) { low.wrapping_neg() } else { low }
        }
    })
}

fn crc32(a: Args) -> Res {
    let start = a.opt(1).map_or(Ok(0), low_word)?;
    let data = buffer::get(a.at(0))?;
    let mut hasher = crc32fast::Hasher::new_with_initial(start);
    hasher.update(data.as_slice());
    Ok(Value::int(hasher.finalize().into()))
}

fn crc_hqx(a: Args) -> Res {
    let start = low_word(a.at(1))?;
    let data = buffer::get(a.at(0))?;
    let crc = data.as_slice().iter().fold(start as u16, |crc, &b| {
        (0..8).fold(crc ^ u16::from(b) << 8, |crc, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 })
    });
    Ok(Value::int(crc.into()))
}

fn a2b_qp(a: Args) -> Res {
    let header = flag_of(&a, 1, false)?;
    let text = Text::of(a.at(0))?;
    let text = text.as_slice();
    let mut out = Vec::with_capacity(text.len());
    let mut i = 0;
    while let Some(&c) = text.get(i) {
        i += 1;
        if c == b'_' && header {
            out.push(b' ');
            continue;
        }
        if c != b'=' {
            out.push(c);
            continue;
        }
        match (text.get(i), text.get(i + 1)) {
            (None, _) => break,
            (Some(b'\n' | b'\r'), _) => {
                // A soft line break, to the end of the line.
                while i < text.len() && text[i] != b'\n' {
                    i += 1;
                }
                i += 1;
            }
            (Some(b'='), _) => {
                // Old quoted-printable encoders wrote this for one equals sign.
                out.push(b'=');
                i += 1;
            }
            (Some(&x), Some(&y)) => match (hex_digit(x), hex_digit(y)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    i += 2;
                }
                _ => out.push(b'='),
            },
            _ => out.push(b'='),
        }
    }
    bytes::try_new(&out)
}

/// The longest line of quoted-printable text.
const QP_LINE: usize = 76;

fn b2a_qp(a: Args) -> Res {
    let (tabs, text, header) = (flag_of(&a, 1, false)?, flag_of(&a, 2, true)?, flag_of(&a, 3, false)?);
    let data = buffer::get(a.at(0))?;
    let data = data.as_slice();
    // The first line end decides for all.
    let crlf = data.iter().position(|&c| c == b'\n').is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
    let mut out: Vec<u8> = Vec::with_capacity(data.len() + data.len() / 8);
    let hex = |c: u8| [b"0123456789ABCDEF"[c as usize >> 4], b"0123456789ABCDEF"[c as usize & 15]];
    let (mut i, mut line) = (0, 0);
    while let Some(&c) = data.get(i) {
        let next = data.get(i + 1).copied();
        let quoted = c > 126
            || c == b'='
            || (header && c == b'_')
            || (c == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)))
            || (!text && matches!(c, b'\r' | b'\n'))
            || (matches!(c, b'\t' | b' ') && next.is_none())
            || (c < 33 && !matches!(c, b'\r' | b'\n') && (tabs || !matches!(c, b'\t' | b' ')));
        if quoted {
            if line + 3 >= QP_LINE {
                out.push(b'=');
                out.extend_from_slice(end);
                line = 0;
            }
            out.push(b'=');
            out.extend(hex(c));
            i += 1;
            line += 3;
        } else if text && (c == b'\n' || c == b'\r' && next == Some(b'\n')) {
            line = 0;
            // White space before a line end would be lost.
            if let Some(&last @ (b' ' | b'\t')) = out.last() {
                out.pop();
                out.push(b'=');
                out.extend(hex(last));
            }
            out.extend_from_slice(end);
            i += if c == b'\r' { 2 } else { 1 };
        } else {
            if next.is_some_and(|n| n != b'\n') && line + 1 >= QP_LINE {
                out.push(b'=');
                out.extend_from_slice(end);
                line = 0;
            }
            line += 1;
            out.push(if header && c == b' ' { b'_' } else { c });
            i += 1;
        }
    }
    bytes::try_new(&out)
}
