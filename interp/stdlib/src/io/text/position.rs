//! `seek` and `tell`.
//!
//! A cookie is an int. Its low 64 bits are a position of the stream below at which the decoder holds nothing back; above
//! them are the decoder's flags there, how many bytes to feed it, whether then to tell it that this is the end, and how
//! many of the resulting code points to skip.

use super::super::names::names;
use super::super::{args, call0, newlines, unsupported};
use super::{Encoder, Snapshot, buffer, open, reading, this, writing};
use num_bigint::BigInt;
use weft_vm::class::native::Args;
use weft_vm::class::slots::CompareOp;
use weft_vm::protocol::number;
use weft_vm::types::{bytes, int, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

#[derive(Clone, Copy, Default)]
struct Cookie {
    start: i64,
    flags: i32,
    feed: i32,
    skip: i32,
    at_end: bool,
}

/// Bytes of a packed cookie.
const PACKED: usize = 8 + 3 * 4 + 1;

impl Cookie {
    fn pack(self) -> Value {
        let mut all = [0; PACKED];
        all[..8].copy_from_slice(&self.start.to_le_bytes());
        all[8..12].copy_from_slice(&self.flags.to_le_bytes());
        all[12..16].copy_from_slice(&self.feed.to_le_bytes());
        all[16..20].copy_from_slice(&self.skip.to_le_bytes());
        all[20] = self.at_end.into();
        int::from_bigint(BigInt::from_bytes_le(num_bigint::Sign::Plus, &all))
    }

    fn unpack(v: &Value) -> Res<Cookie> {
        let (sign, digits) = int::to_bigint(&number::to_int(v)?).to_bytes_le();
        if sign == num_bigint::Sign::Minus {
            return Err(exc::overflow_error("can't convert negative int to unsigned"));
        }
        if digits.len() > PACKED {
            return Err(exc::overflow_error("int too big to convert"));
        }
        let mut all = [0; PACKED];
        all[..digits.len()].copy_from_slice(&digits);
        let part = |at: usize| i32::from_le_bytes([all[at], all[at + 1], all[at + 2], all[at + 3]]);
        let low = u64::from(part(0) as u32) | u64::from(part(4) as u32) << 32;
        Ok(Cookie { start: low as i64, flags: part(8), feed: part(12), skip: part(16), at_end: all[20] != 0 })
    }
}

/// Puts the decoder in the state of a cookie's start.
fn set_decoder(d: &Value, start: i64, flags: &Value) -> Res<()> {
    // Some decoders start in a state of their own, as UTF-16's does, which waits for a byte order mark.
    if start == 0 && int::as_i64(flags) == Some(0) {
        return call0(d, &names().reset).map(drop);
    }
    let state = tuple::from_vec(vec![bytes::new(&[]), flags.clone()]);
    call::call_method(d, &names().setstate, &[state]).map(drop)
}

/// Tells the encoder whether it is at the start of the stream.
pub fn set_encoder(v: &Value, at_start: bool) -> Res<()> {
    let Some(encoder) = this(v).encoder.get() else { return Ok(()) };
    if at_start {
        call0(&encoder, &names().reset)?;
    } else {
        call::call_method(&encoder, &names().setstate, &[Value::small_int(0)])?;
    }
    Ok(())
}

/// `seek(cookie, whence=0)`
pub fn seek(a: Args) -> Res {
    let v = a.at(0);
    super::ready(v)?;
    let whence = args::opt_c_int(&a, 2, 0)?;
    let t = open(v)?;
    let mut cookie = a.at(1).clone();
    if !t.seekable.get() {
        return Err(unsupported("underlying stream is not seekable"));
    }
    let zero = Value::small_int(0);
    match whence {
        0 => {}
        1 => {
            if !protocol::equal(&cookie, &zero)? {
                return Err(unsupported("can't do nonzero cur-relative seeks"));
            }
            cookie = call0(v, &names().tell)?;
        }
        2 => {
            if !protocol::equal(&cookie, &zero)? {
                return Err(unsupported("can't do nonzero end-relative seeks"));
            }
            call0(v, &names().flush)?;
            t.set_decoded(None);
            t.set_snapshot(None);
            if let Some(d) = t.decoder.get() {
                call0(&d, &names().reset)?;
            }
            let at = call::call_method(&buffer(v)?, &names().seek, &[zero.clone(), Value::small_int(2)])?;
            if t.encoder_kind.get() != Encoder::None {
                set_encoder(v, protocol::equal(&at, &zero)?)?;
            }
            return Ok(at);
        }
        _ => return Err(exc::value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
    if protocol::compare_bool(&cookie, &zero, CompareOp::Lt)? {
        return Err(exc::value_error(format!("negative seek position {}", protocol::repr_string(&cookie)?)));
    }
    call0(v, &names().flush)?;
    let c = Cookie::unpack(&cookie)?;
    call::call_method(&buffer(v)?, &names().seek, &[Value::int(c.start)])?;
    t.set_decoded(None);
    t.set_snapshot(None);
    let flags = Value::int(c.flags.into());
    let decoder = t.decoder.get();
    if let Some(d) = &decoder {
        set_decoder(d, c.start, &flags)?;
    }
    match &decoder {
        Some(d) if c.skip > 0 => {
            let input = call::call_method(&buffer(v)?, &names().read, &[Value::int(c.feed.into())])?;
            if !bytes::is_bytes(&input) {
                let got = input.class().full_name();
                return Err(exc::type_error(format!("underlying read() should have returned a bytes object, not '{got}'")));
            }
            t.set_snapshot(Some(Snapshot { flags, input: bytes::as_slice(&input).to_vec() }));
            let text = reading::decode(d, &input, c.at_end)?;
            let enough = str::len(&text) >= c.skip as usize;
            t.set_decoded(Some(text));
            if !enough {
                return Err(exc::new(types().os_error, "can't restore logical file position"));
            }
            t.used.set(c.skip as usize);
        }
        _ => t.set_snapshot(Some(Snapshot { flags, input: Vec::new() })),
    }
    if t.encoder_kind.get() != Encoder::None {
        set_encoder(v, c.start == 0 && c.flags == 0)?;
    }
    Ok(cookie)
}

/// How many bytes a decoder holds back, and its flags.
fn state(d: &Value) -> Res<(usize, Value)> {
    let (held, flags) = newlines::state_parts(&call0(d, &names().getstate)?)?;
    if !bytes::is_bytes(&held) {
        let got = held.class().full_name();
        return Err(exc::type_error(format!("decoder getstate() should have returned a bytes object, not '{got}'")));
    }
    Ok((bytes::as_slice(&held).len(), flags))
}

/// `tell()`
pub fn tell(a: Args) -> Res {
    let v = a.at(0);
    super::ready(v)?;
    let t = open(v)?;
    if !t.seekable.get() {
        return Err(unsupported("underlying stream is not seekable"));
    }
    if !t.telling.get() {
        return Err(exc::new(types().os_error, "telling position disabled by next() call"));
    }
    writing::flush_pending(v)?;
    call0(v, &names().flush)?;
    let at = call0(&buffer(v)?, &names().tell)?;
    let Some(d) = t.decoder.get() else { return Ok(at) };
    let Some((flags, input)) = t.snapshot.borrow().as_ref().map(|s| (s.flags.clone(), s.input.clone())) else {
        return Ok(at);
    };
    let start = args::strict_offset(&at)? - input.len() as i64;
    let skip = t.used.get();
    if skip == 0 {
        return Ok(Cookie { start, flags: small_flags(&flags)?, ..Cookie::default() }.pack());
    }
    let saved = call0(&d, &names().getstate)?;
    let found = find(&d, start, flags, &input, skip, t.ratio.get());
    match found {
        Ok(cookie) => {
            call::call_method(&d, &names().setstate, &[saved])?;
            Ok(cookie.pack())
        }
        Err(e) => {
            let earlier = exc::take(e);
            call::call_method(&d, &names().setstate, &[saved])?;
            Err(exc::restore(earlier))
        }
    }
}

fn small_flags(flags: &Value) -> Res<i32> {
    args::c_int(flags)
}

/// The cookie of the place `skip` code points behind `start`, where `input` was given to a decoder with these flags.
fn find(d: &Value, start: i64, flags: Value, input: &[u8], mut skip: usize, ratio: f64) -> Res<Cookie> {
    let first_flags = flags.clone();
    let mut cookie = Cookie { start, flags: small_flags(&flags)?, ..Cookie::default() };
    let decode = |part: &[u8], last: bool| Ok::<usize, exc::Raised>(str::len(&reading::decode(d, &bytes::try_new(part)?, last)?));
    // A start that is close: about as many bytes on as the chunk's ratio says, then back until the decoder is in step.
    let mut bytes_on = ((ratio * skip as f64) as usize).min(input.len());
    let mut back = 1;
    while bytes_on > 0 {
        set_decoder(d, start, &first_flags)?;
        let chars = decode(&input[..bytes_on], false)?;
        if chars <= skip {
            let (held, flags) = state(d)?;
            if held == 0 {
                cookie.flags = small_flags(&flags)?;
                skip -= chars;
                break;
            }
            bytes_on = bytes_on.saturating_sub(held);
            back = 1;
        } else {
            bytes_on = bytes_on.saturating_sub(back);
            back *= 2;
        }
    }
    if bytes_on == 0 {
        set_decoder(d, start, &first_flags)?;
    }
    cookie.start += bytes_on as i64;
    cookie.skip = skip as i32;
    if skip == 0 {
        return Ok(cookie);
    }
    // From there byte by byte, taking each place where the decoder holds nothing back as the new start.
    let mut chars = 0;
    for byte in &input[bytes_on..] {
        chars += decode(std::slice::from_ref(byte), false)?;
        cookie.feed += 1;
        let (held, flags) = state(d)?;
        if held == 0 && chars <= skip {
            cookie.start += i64::from(cookie.feed);
            skip -= chars;
            cookie.flags = small_flags(&flags)?;
            cookie.feed = 0;
            chars = 0;
        }
        if chars >= skip {
            cookie.skip = skip as i32;
            return Ok(cookie);
        }
    }
    // Not enough yet: the rest comes out when the decoder is told that this is the end.
    chars += decode(&[], true)?;
    cookie.at_end = true;
    if chars < skip {
        return Err(exc::new(types().os_error, "can't reconstruct logical file position"));
    }
    cookie.skip = skip as i32;
    Ok(cookie)
}
