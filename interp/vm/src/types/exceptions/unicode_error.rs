//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`.

use super::base::{self, BaseException, Kind};
use super::fields::{member, payload};
use crate::cell::Field;
use crate::class::native::{GetSetDef, getset};
use crate::class::slots::{InitFn, Slots, UnaryFn};
use crate::class::{PayloadOps, Type};
use crate::protocol::number;
use crate::types::text::Text;
use crate::types::{bytes, int, str};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use crate::{buffer, exc, protocol};
use std::cell::Cell;
use weft_layout::tag::Word;

payload! {
    /// What the three errors hold.
    UnicodeFields(unicode_error) { encoding, object, reason, } { start: Cell<i64>, end: Cell<i64>, }
}

const GETSETS: &[GetSetDef] = &[
    member!(UnicodeFields, "encoding", encoding, "exception encoding"),
    member!(UnicodeFields, "object", object, "exception object"),
    getset(
        "start",
        |v| Ok(Value::int(UnicodeFields::of(v).start.get())),
        |v, x| set_index(&UnicodeFields::of(v).start, x),
        "exception start",
    ),
    getset("end", |v| Ok(Value::int(UnicodeFields::of(v).end.get())), |v, x| set_index(&UnicodeFields::of(v).end, x), "exception end"),
    member!(UnicodeFields, "reason", reason, "exception reason"),
];

const fn kind(init: InitFn, str: UnaryFn) -> Kind {
    Kind {
        payload: PayloadOps::EMPTY,
        slots: Slots { new: Some(base::new), init: Some(init), str: Some(str), ..Slots::NONE },
        methods: &[],
        getsets: GETSETS,
    }
}

/// `UnicodeError`. It has the fields of its subclasses, but no attributes for them.
pub const UNICODE_ERROR: Kind = Kind { payload: PayloadOps::of::<UnicodeFields>(), ..Kind::SIMPLE };
/// `UnicodeEncodeError`.
pub const ENCODE_ERROR: Kind = kind(encode_init, encode_str);
/// `UnicodeDecodeError`.
pub const DECODE_ERROR: Kind = kind(decode_init, decode_str);
/// `UnicodeTranslateError`.
pub const TRANSLATE_ERROR: Kind = kind(translate_init, translate_str);

fn set_index(cell: &Cell<i64>, value: Option<&Value>) -> Res<()> {
    match value {
        Some(x) if int::is_int(x) => {
            cell.set(number::as_isize(x)? as i64);
            Ok(())
        }
        Some(_) => Err(exc::type_error("an integer is required")),
        None => Err(exc::type_error("can't delete numeric/char attribute")),
    }
}

fn expect_count(args: &[Value], n: usize) -> Res<()> {
    if args.len() == n { Ok(()) } else { Err(exc::type_error(format!("function takes exactly {n} arguments ({} given)", args.len()))) }
}

fn expect_str(args: &[Value], i: usize) -> Res<()> {
    if str::is_str(&args[i]) {
        return Ok(());
    }
    Err(exc::type_error(format!("argument {} must be str, not {}", i + 1, args[i].class().full_name())))
}

fn set(v: &Value, encoding: Option<&Value>, object: Value, start: i64, end: i64, reason: &Value) {
    let this = UnicodeFields::of(v);
    if let Some(encoding) = encoding {
        this.encoding.set(encoding.clone());
    }
    this.object.set(object);
    this.start.set(start);
    this.end.set(end);
    this.reason.set(reason.clone());
}

fn encode_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    base::init(v, args, kwnames)?;
    expect_count(args, 5)?;
    expect_str(args, 0)?;
    expect_str(args, 1)?;
    let (start, end) = (number::as_isize(&args[2])? as i64, number::as_isize(&args[3])? as i64);
    expect_str(args, 4)?;
    set(v, Some(&args[0]), args[1].clone(), start, end, &args[4]);
    Ok(())
}

fn decode_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    base::init(v, args, kwnames)?;
    expect_count(args, 5)?;
    expect_str(args, 0)?;
    let (start, end) = (number::as_isize(&args[2])? as i64, number::as_isize(&args[3])? as i64);
    expect_str(args, 4)?;
    let object = if args[1].is_instance(types().bytes) { args[1].clone() } else { bytes::new(buffer::get(&args[1])?.as_slice()) };
    set(v, Some(&args[0]), object, start, end, &args[4]);
    Ok(())
}

fn translate_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    base::init(v, args, kwnames)?;
    expect_count(args, 4)?;
    expect_str(args, 0)?;
    let (start, end) = (number::as_isize(&args[1])? as i64, number::as_isize(&args[2])? as i64);
    expect_str(args, 3)?;
    set(v, None, args[0].clone(), start, end, &args[3]);
    Ok(())
}

/// The object of the error, which has to be bytes or a str. Attributes can be set to anything.
fn object(v: &Value, as_bytes: bool) -> Res {
    let Some(object) = UnicodeFields::of(v).object.get() else {
        return Err(exc::type_error("UnicodeError 'object' attribute is not set"));
    };
    let (fits, wanted) = if as_bytes { (object.is_instance(types().bytes), "bytes") } else { (str::is_str(&object), "string") };
    if fits { Ok(object) } else { Err(exc::type_error(format!("UnicodeError 'object' attribute must be a {wanted}"))) }
}

/// Whether `start` and `end` are the bounds of one item of an object of this length.
fn is_single(start: i64, end: i64, len: usize) -> bool {
    start >= 0 && (start as u64) < len as u64 && end == start + 1
}

fn escape(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

fn described(v: &Value, verb: &str, as_bytes: bool, with_encoding: bool) -> Res {
    let this = UnicodeFields::of(v);
    if this.object.peek().is_none() {
        return Ok(str::new(""));
    }
    let shown = |field: &Field| field.get().map_or_else(|| Ok(str::new("<NULL>")), |v| protocol::str(&v));
    let reason = shown(&this.reason)?;
    let mut text = Text::new();
    if with_encoding {
        text = text.add("'").value(&shown(&this.encoding)?).add("' codec ");
    }
    // Making those may have changed the object.
    let object = object(v, as_bytes)?;
    let len = if as_bytes { bytes_of(&object).len() } else { str::len(&object) };
    let (start, end) = (this.start.get(), this.end.get());
    let what = if is_single(start, end, len) {
        let item = if as_bytes {
            format!("byte 0x{:02x}", bytes_of(&object)[start as usize])
        } else {
            format!("character '{}'", escape(str::code_point_at(&object, start as usize)))
        };
        format!("can't {verb} {item} in position {start}: ")
    } else {
        let items = if as_bytes { "bytes" } else { "characters" };
        format!("can't {verb} {items} in position {start}-{}: ", end.wrapping_sub(1))
    };
    Ok(text.add(&what).value(&reason).finish())
}

fn bytes_of(object: &Value) -> &[u8] {
    bytes::as_slice(object)
}

fn encode_str(v: &Value) -> Res {
    described(v, "encode", false, true)
}

fn decode_str(v: &Value) -> Res {
    described(v, "decode", true, true)
}

fn translate_str(v: &Value) -> Res {
    described(v, "translate", false, false)
}

/// What error handlers of codecs look at.
pub struct Params {
    /// The str or bytes being converted.
    pub object: Value,
    /// The first item that cannot be converted, clipped to the object.
    pub start: usize,
    /// Behind the last such item, clipped to the object.
    pub end: usize,
}

/// The object and the range of a Unicode error, the range clipped as CPython clips it.
pub fn params(v: &Value) -> Res<Params> {
    let as_bytes = v.is_instance(types().unicode_decode_error);
    let object = object(v, as_bytes)?;
    let len = if as_bytes { bytes_of(&object).len() } else { str::len(&object) } as i64;
    let this = UnicodeFields::of(v);
    let start = this.start.get().min(len - 1).max(0);
    let end = this.end.get().max(1).min(len);
    Ok(Params { object, start: start as usize, end: end.max(start) as usize })
}

/// A UnicodeEncodeError.
pub fn encode_error(encoding: &str, object: &Value, start: usize, end: usize, reason: &str) -> Value {
    let args = vec![str::new(encoding), object.clone(), Value::usize(start), Value::usize(end), str::new(reason)];
    super::new_native(types().unicode_encode_error, args)
}

/// A UnicodeDecodeError.
pub fn decode_error(encoding: &str, object: &[u8], start: usize, end: usize, reason: &str) -> Value {
    let args = vec![str::new(encoding), bytes::new(object), Value::usize(start), Value::usize(end), str::new(reason)];
    super::new_native(types().unicode_decode_error, args)
}
