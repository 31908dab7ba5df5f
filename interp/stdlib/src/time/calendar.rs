//! Calendar times: `struct_time`, the C library's conversions, time zones.

use std::ffi::{CStr, CString};
use weft_vm::class::native::Args;
use weft_vm::eval::import;
use weft_vm::protocol::number;
use weft_vm::types::module::add;
use weft_vm::types::str::Builder;
use weft_vm::types::structseq::{self, LazyType};
use weft_vm::types::{float, int, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, codecs, exc};

/// `time.struct_time`
pub static STRUCT_TIME: LazyType = LazyType::new(|| {
    structseq::new_type(
        "time.struct_time",
        "The time value as returned by gmtime(), localtime(), and strptime(), and\n accepted by asctime(), mktime() and strftime().  May be considered as a\n sequence of 9 integers.\n\n Note that several fields' values are not the same as those defined by\n the C language standard for struct tm.  For example, the value of the\n field tm_year is the actual year, not year - 1900.  See individual\n fields' descriptions for details.",
        &[
            ("tm_year", "year, for example, 1993"),
            ("tm_mon", "month of year, range [1, 12]"),
            ("tm_mday", "day of month, range [1, 31]"),
            ("tm_hour", "hours, range [0, 23]"),
            ("tm_min", "minutes, range [0, 59]"),
            ("tm_sec", "seconds, range [0, 61])"),
            ("tm_wday", "day of week, range [0, 6], Monday is 0"),
            ("tm_yday", "day of year, range [1, 366]"),
            ("tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"),
            ("tm_zone", "abbreviation of timezone name"),
            ("tm_gmtoff", "offset from UTC in seconds"),
        ],
        9,
        true,
    )
});

/// A broken-down time, all zero.
fn blank() -> libc::tm {
    // SAFETY: the structure is plain numbers and a pointer that may be null.
    unsafe { std::mem::zeroed() }
}

/// The name of the zone that a broken-down time is in.
fn zone_name(tm: &libc::tm) -> Value {
    if tm.tm_zone.is_null() {
        return Value::NONE;
    }
    // SAFETY: the C library keeps the names of zones.
    codecs::fs_decode(unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes())
}

/// A `struct_time`.
fn to_value(tm: &libc::tm, zone: Value) -> Value {
    let mut values: Vec<Value> = [
        i64::from(tm.tm_year) + 1900,
        i64::from(tm.tm_mon) + 1,
        tm.tm_mday.into(),
        tm.tm_hour.into(),
        tm.tm_min.into(),
        tm.tm_sec.into(),
        (i64::from(tm.tm_wday) + 6) % 7,
        i64::from(tm.tm_yday) + 1,
        tm.tm_isdst.into(),
    ]
    .into_iter()
    .map(Value::int)
    .collect();
    values.extend([zone, Value::int(tm.tm_gmtoff)]);
    structseq::new(STRUCT_TIME.get(), values)
}

/// Seconds since the epoch that an argument says, or that it is now.
fn seconds(a: &Args, i: usize) -> Res<i64> {
    let Some(v) = a.some(i) else {
        // SAFETY: nothing is stored.
        return Ok(unsafe { libc::time(std::ptr::null_mut()) });
    };
    let range = || exc::overflow_error("timestamp out of range for platform time_t");
    if let Some(x) = float::as_f64(v) {
        if x.is_nan() {
            return Err(exc::value_error("Invalid value NaN (not a number)"));
        }
        let x = x.floor();
        return if (-(2f64.powi(63))..2f64.powi(63)).contains(&x) { Ok(x as i64) } else { Err(range()) };
    }
    int::as_i64(&number::index(v)?).ok_or_else(range)
}

fn broken_down(t: i64, local: bool) -> Res<libc::tm> {
    let mut tm = blank();
    // SAFETY: both structures live until the call is over.
    let made = unsafe { if local { libc::localtime_r(&t, &mut tm) } else { libc::gmtime_r(&t, &mut tm) } };
    if made.is_null() { Err(exc::os_error(libc::EOVERFLOW, None)) } else { Ok(tm) }
}

pub fn gmtime(a: Args) -> Res {
    let tm = broken_down(seconds(&a, 0)?, false)?;
    Ok(to_value(&tm, str::intern("UTC")))
}

pub fn localtime(a: Args) -> Res {
    let tm = broken_down(seconds(&a, 0)?, true)?;
    let zone = zone_name(&tm);
    Ok(to_value(&tm, zone))
}

/// The broken-down time that a tuple stands for. `keep` keeps what the C library's zone points to.
fn from_value(v: &Value, fname: &str, keep: &mut CString) -> Res<libc::tm> {
    if !v.is_instance(types().tuple) {
        return Err(exc::type_error("Tuple or struct_time argument required"));
    }
    let illegal = || exc::type_error(format!("{fname}(): illegal time tuple argument"));
    let items = tuple::items(v);
    if items.len() != 9 && !(v.is_instance(STRUCT_TIME.get()) && items.len() >= 9) {
        return Err(illegal());
    }
    let mut n = [0i32; 9];
    for (place, item) in n.iter_mut().zip(items) {
        if !int::is_int(item) && !number::is_index(item) {
            return Err(illegal());
        }
        *place = crate::cint::c_int(item)?;
    }
    let mut tm = blank();
    tm.tm_year = n[0].checked_sub(1900).ok_or_else(|| exc::overflow_error("year out of range"))?;
    tm.tm_mon = n[1].wrapping_sub(1);
    tm.tm_mday = n[2];
    tm.tm_hour = n[3];
    tm.tm_min = n[4];
    tm.tm_sec = n[5];
    tm.tm_wday = n[6].wrapping_add(1) % 7;
    tm.tm_yday = n[7].wrapping_sub(1);
    tm.tm_isdst = n[8];
    if v.is_instance(STRUCT_TIME.get()) {
        let get = |name: &str| weft_vm::protocol::attr::getattr(v, &str::intern(name));
        let (zone, offset) = (get("tm_zone")?, get("tm_gmtoff")?);
        if str::is_str(&zone) {
            *keep = CString::new(str::display(&zone)).unwrap_or_default();
            tm.tm_zone = keep.as_ptr();
        }
        if !offset.is_none() {
            tm.tm_gmtoff = crate::cint::c_long(&offset)?;
        }
    }
    Ok(tm)
}

/// Checks the fields that go into a text, letting zeros stand for the first of their kind.
fn check(tm: &mut libc::tm) -> Res<()> {
    let wrong = |what: &str| Err(exc::value_error(what));
    match tm.tm_mon {
        -1 => tm.tm_mon = 0,
        0..=11 => {}
        _ => return wrong("month out of range"),
    }
    match tm.tm_mday {
        0 => tm.tm_mday = 1,
        1..=31 => {}
        _ => return wrong("day of month out of range"),
    }
    if !(0..=23).contains(&tm.tm_hour) {
        return wrong("hour out of range");
    }
    if !(0..=59).contains(&tm.tm_min) {
        return wrong("minute out of range");
    }
    if !(0..=61).contains(&tm.tm_sec) {
        return wrong("seconds out of range");
    }
    if tm.tm_wday < 0 {
        return wrong("day of week out of range");
    }
    match tm.tm_yday {
        -1 => tm.tm_yday = 0,
        0..=365 => {}
        _ => return wrong("day of year out of range"),
    }
    Ok(())
}

fn plain_text(tm: &libc::tm) -> Value {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = DAYS.get(tm.tm_wday as usize).unwrap_or(&"???");
    let month = MONTHS.get(tm.tm_mon as usize).unwrap_or(&"???");
    let year = i64::from(tm.tm_year) + 1900;
    str::from_string(format!("{day} {month}{:3} {:02}:{:02}:{:02} {year}", tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec))
}

pub fn asctime(a: Args) -> Res {
    let mut keep = CString::default();
    let mut tm = match a.opt(0) {
        Some(v) => from_value(v, "asctime", &mut keep)?,
        None => broken_down(seconds(&a, 1)?, true)?,
    };
    check(&mut tm)?;
    Ok(plain_text(&tm))
}

pub fn ctime(a: Args) -> Res {
    broken_down(seconds(&a, 0)?, true).map(|tm| plain_text(&tm))
}

pub fn mktime(a: Args) -> Res {
    let mut keep = CString::default();
    let mut tm = from_value(a.at(0), "mktime", &mut keep)?;
    // An impossible day of the week, which a successful call replaces, tells a failure from the second before the epoch.
    tm.tm_wday = -1;
    // SAFETY: the structure lives until the call is over.
    let t = unsafe { libc::mktime(&mut tm) };
    if t == -1 && tm.tm_wday == -1 {
        return Err(exc::overflow_error("mktime argument out of range"));
    }
    Ok(Value::float(t as f64))
}

/// What the C library makes of one part of a format, which has neither NULs nor anything but ASCII.
fn format_part(part: &str, tm: &libc::tm) -> Res<Vec<u8>> {
    // A character at the end tells an empty result from one that does not fit.
    let format = CString::new(format!("{part}.")).map_err(|_| exc::value_error("embedded null byte"))?;
    let mut size = 1024;
    loop {
        let mut room = vec![0u8; size];
        // SAFETY: the buffer is as long as said; format and time live until the call is over.
        let n = unsafe { libc::strftime(room.as_mut_ptr().cast(), size, format.as_ptr(), tm) };
        if n > 0 {
            room.truncate(n - 1);
            return Ok(room);
        }
        if size > 256 * (part.len() + 4) {
            return Err(exc::memory_error());
        }
        size *= 4;
    }
}

pub fn strftime(a: Args) -> Res {
    let format = a.at(0);
    if !str::is_str(format) {
        return Err(exc::type_error(format!("strftime() argument 1 must be str, not {}", format.class().full_name())));
    }
    let mut keep = CString::default();
    let mut tm = match a.opt(1) {
        Some(v) => from_value(v, "strftime", &mut keep)?,
        None => broken_down(seconds(&a, 2)?, true)?,
    };
    check(&mut tm)?;
    tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
    let mut out = Builder::new();
    let mut part = String::new();
    let flush = |part: &mut String, out: &mut Builder| -> Res<()> {
        if !part.is_empty() {
            out.push_value(&codecs::fs_decode(&format_part(part, &tm)?));
            part.clear();
        }
        Ok(())
    };
    for c in str::view(format).iter() {
        match u8::try_from(c) {
            Ok(c) if c != 0 && c.is_ascii() => part.push(c.into()),
            _ => {
                flush(&mut part, &mut out)?;
                out.push(c);
            }
        }
    }
    flush(&mut part, &mut out)?;
    out.try_finish()
}

pub fn strptime(a: Args) -> Res {
    let module = import::import_module("_strptime")?;
    let args: Vec<Value> = (0..2).filter_map(|i| a.opt(i).cloned()).collect();
    call::call_method(&module, &str::intern("_strptime_time"), &args)
}

unsafe extern "C" {
    fn tzset();
}

/// Has the C library look at `TZ` again.
pub fn read_zone() {
    // SAFETY: the GIL is held, under which alone the environment is changed.
    unsafe { tzset() };
}

/// Adds what there is to know of the local time zone.
pub fn add_zone(m: &Value) {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    read_zone();
    // SAFETY: nothing is stored.
    let start = unsafe { libc::time(std::ptr::null_mut()) } / YEAR * YEAR;
    let at = |t: i64| match broken_down(t, true) {
        Ok(tm) => (zone_name(&tm), -tm.tm_gmtoff),
        Err(e) => {
            exc::clear(e);
            (str::intern("UTC"), 0)
        }
    };
    // What differs between winter and summer is daylight saving time; in the south it is the other way round.
    let ((winter, west), (summer, summer_west)) = (at(start), at(start + YEAR / 2));
    let (standard, saving) =
        if west < summer_west { ((summer, summer_west), (winter, west)) } else { ((winter, west), (summer, summer_west)) };
    add(m, "timezone", Value::int(standard.1));
    add(m, "altzone", Value::int(saving.1));
    add(m, "daylight", Value::small_int((west != summer_west).into()));
    add(m, "tzname", tuple::from_vec(vec![standard.0, saving.0]));
}
