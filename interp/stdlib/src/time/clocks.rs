//! Clocks and sleeping.

use crate::cint::{self, c_constants};
use crate::syscall;
use weft_vm::class::native::Args;
use weft_vm::types::{int, simple_namespace, str};
use weft_vm::value::{Res, Value};
use weft_vm::{exc, gil};

/// The clocks' numbers.
pub static CLOCKS: &[(&str, i64)] = c_constants![
    CLOCK_BOOTTIME CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_PROCESS_CPUTIME_ID CLOCK_REALTIME CLOCK_TAI CLOCK_THREAD_CPUTIME_ID
];

/// What a clock says, in nanoseconds.
fn read(clock: libc::clockid_t) -> Res<i64> {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place for the time is valid.
    syscall::quick(None, unsafe { libc::clock_gettime(clock, &mut t) })?;
    let seconds = t.tv_sec.checked_mul(1_000_000_000).and_then(|n| n.checked_add(t.tv_nsec));
    seconds.ok_or_else(|| exc::overflow_error("timestamp too large to convert to C PyTime_t"))
}

/// Nanoseconds as a float of seconds.
fn seconds(nanos: i64) -> Value {
    Value::float(if nanos % 1_000_000_000 == 0 { (nanos / 1_000_000_000) as f64 } else { nanos as f64 / 1e9 })
}

macro_rules! clock_functions {
    ($($name:ident $name_ns:ident $clock:ident;)*) => {
        $(pub fn $name(_: Args) -> Res {
            read(libc::$clock).map(seconds)
        }

        pub fn $name_ns(_: Args) -> Res {
            read(libc::$clock).map(Value::int)
        })*
    };
}

clock_functions! {
    time time_ns CLOCK_REALTIME;
    monotonic monotonic_ns CLOCK_MONOTONIC;
    process_time process_time_ns CLOCK_PROCESS_CPUTIME_ID;
    thread_time thread_time_ns CLOCK_THREAD_CPUTIME_ID;
}

pub fn clock_gettime(a: Args) -> Res {
    read(cint::c_int(a.at(0))?).map(seconds)
}

pub fn clock_gettime_ns(a: Args) -> Res {
    read(cint::c_int(a.at(0))?).map(Value::int)
}

fn set(clock: i32, nanos: i64) -> Res {
    let t = libc::timespec { tv_sec: nanos.div_euclid(1_000_000_000), tv_nsec: nanos.rem_euclid(1_000_000_000) };
    // SAFETY: the time lives until the call is over.
    syscall::quick(None, unsafe { libc::clock_settime(clock, &t) })?;
    Ok(Value::NONE)
}

pub fn clock_settime(a: Args) -> Res {
    set(cint::c_int(a.at(0))?, cint::nanoseconds(a.at(1), f64::floor)?)
}

pub fn clock_settime_ns(a: Args) -> Res {
    if !int::is_int(a.at(1)) {
        return Err(exc::type_error(format!("expect int, got {}", a.at(1).class().full_name())));
    }
    set(cint::c_int(a.at(0))?, cint::c_long(a.at(1))?)
}

fn resolution(clock: libc::clockid_t) -> Res<f64> {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place for the time is valid.
    syscall::quick(None, unsafe { libc::clock_getres(clock, &mut t) })?;
    Ok(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9)
}

pub fn clock_getres(a: Args) -> Res {
    resolution(cint::c_int(a.at(0))?).map(Value::float)
}

pub fn pthread_getcpuclockid(a: Args) -> Res {
    let ident = cint::c_ulong_masked(a.at(0))?;
    let mut clock = 0;
    // SAFETY: the program vouches for the ident, as in CPython.
    match unsafe { libc::pthread_getcpuclockid(ident as libc::pthread_t, &mut clock) } {
        0 => Ok(Value::int(clock.into())),
        e => Err(exc::os_error(e, None)),
    }
}

pub fn sleep(a: Args) -> Res {
    let nanos = cint::nanoseconds(a.at(0), f64::ceil)?;
    if nanos < 0 {
        return Err(exc::value_error("sleep length must be non-negative"));
    }
    // Until a moment, not for a time: what interrupts the sleep does not make it longer.
    let end = read(libc::CLOCK_MONOTONIC)?.saturating_add(nanos);
    let until = libc::timespec { tv_sec: end / 1_000_000_000, tv_nsec: end % 1_000_000_000 };
    loop {
        // SAFETY: the time lives until the call is over.
        let e = gil::without(|| unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &until, std::ptr::null_mut()) });
        match e {
            0 => return Ok(Value::NONE),
            libc::EINTR => syscall::check_signals()?,
            e => return Err(exc::os_error(e, None)),
        }
    }
}

pub fn get_clock_info(a: Args) -> Res {
    if !str::is_str(a.at(0)) {
        return Err(exc::type_error(format!("get_clock_info() argument 1 must be str, not {}", a.at(0).class().full_name())));
    }
    let (clock, name, adjustable) = match str::display(a.at(0)).as_str() {
        "time" => (libc::CLOCK_REALTIME, "CLOCK_REALTIME", true),
        "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC", false),
        "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", false),
        "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", false),
        _ => return Err(exc::value_error("unknown clock")),
    };
    Ok(simple_namespace::new(&[
        ("implementation", str::from_string(format!("clock_gettime({name})"))),
        ("monotonic", Value::bool(!adjustable)),
        ("adjustable", Value::bool(adjustable)),
        ("resolution", Value::float(resolution(clock)?)),
    ]))
}
