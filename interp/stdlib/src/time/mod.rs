//! `time`: clocks, sleeping, and calendar times.
//!
//! [`clocks`]: what time it is. [`calendar`]: `struct_time` and what is made of it.

mod calendar;
mod clocks;

use crate::cint::add_constants;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "time",
    doc: "This module provides various functions to manipulate time values.\n\nThere are two standard representations of time.  One is the number\nof seconds since the Epoch, in UTC (a.k.a. GMT).  It may be an integer\nor a floating-point number (to represent fractions of seconds).\nThe epoch is the point where the time starts, the return value of time.gmtime(0).\nIt is January 1, 1970, 00:00:00 (UTC) on all platforms.\n\nThe other representation is a tuple of 9 integers giving local time.\nThe tuple items are:\n  year (including century, e.g. 1998)\n  month (1-12)\n  day (1-31)\n  hours (0-23)\n  minutes (0-59)\n  seconds (0-59)\n  weekday (0-6, Monday is 0)\n  Julian day (day in the year, 1-366)\n  DST (Daylight Savings Time) flag (-1, 0 or 1)\nIf the DST flag is 0, the time is given in the regular time zone;\nif it is 1, the time is given in the DST time zone;\nif it is -1, mktime() should guess based on the date and time.\n",
    functions: FUNCTIONS,
    exec,
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("time", "($module, /)", clocks::time, "time() -> floating-point number\n\nReturn the current time in seconds since the Epoch.\nFractions of a second may be present if the system clock provides them."),
    def("time_ns", "($module, /)", clocks::time_ns, "time_ns() -> int\n\nReturn the current time in nanoseconds since the Epoch."),
    def("clock_gettime", "($module, clk_id, /)", clocks::clock_gettime, "Return the time of the specified clock clk_id as a float."),
    def("clock_gettime_ns", "($module, clk_id, /)", clocks::clock_gettime_ns, "Return the time of the specified clock clk_id as nanoseconds (int)."),
    def("clock_settime", "($module, clk_id, time, /)", clocks::clock_settime, "clock_settime(clk_id, time)\n\nSet the time of the specified clock clk_id."),
    def("clock_settime_ns", "($module, clk_id, time, /)", clocks::clock_settime_ns, "clock_settime_ns(clk_id, time)\n\nSet the time of the specified clock clk_id with nanoseconds."),
    def("clock_getres", "($module, clk_id, /)", clocks::clock_getres, "clock_getres(clk_id) -> floating-point number\n\nReturn the resolution (precision) of the specified clock clk_id."),
    def("pthread_getcpuclockid", "($module, thread_id, /)", clocks::pthread_getcpuclockid, "pthread_getcpuclockid(thread_id) -> int\n\nReturn the clk_id of a thread's CPU time clock."),
    def("sleep", "($module, seconds, /)", clocks::sleep, "sleep(seconds)\n\nDelay execution for a given number of seconds.  The argument may be\na floating-point number for subsecond precision."),
    def("gmtime", "($module, seconds=None, /)", calendar::gmtime, "gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,\n                       tm_sec, tm_wday, tm_yday, tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing UTC (a.k.a.\nGMT).  When 'seconds' is not passed in, convert the current time instead.\n\nIf the platform supports the tm_gmtoff and tm_zone, they are available as\nattributes only."),
    def("localtime", "($module, seconds=None, /)", calendar::localtime, "localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,\n                          tm_sec,tm_wday,tm_yday,tm_isdst)\n\nConvert seconds since the Epoch to a time tuple expressing local time.\nWhen 'seconds' is not passed in, convert the current time instead."),
    def("asctime", "($module, tuple=<unset>, /)", calendar::asctime, "asctime([time_tuple]) -> string\n\nConvert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.\nWhen the time tuple is not present, current time as returned by localtime()\nis used."),
    def("ctime", "($module, seconds=None, /)", calendar::ctime, "ctime([seconds]) -> string\n\nConvert a time in seconds since the Epoch to a string in local time.\nThis is equivalent to asctime(localtime(seconds)). When 'seconds' is not\npassed in, convert the current time instead."),
    def("mktime", "($module, tuple, /)", calendar::mktime, "mktime(time_tuple) -> floating-point number\n\nConvert a time tuple in local time to seconds since the Epoch.\nNote that mktime(gmtime(0)) will not generally return zero for most\ntime zones; instead the returned value will either be equal to that\nof the timezone or altzone attributes on the time module."),
    def("strftime", "($module, format, tuple=<unset>, /)", calendar::strftime, "strftime(format[, time_tuple]) -> string\n\nConvert a time tuple to a string according to a format specification.\nSee the library reference manual for formatting codes. When the time tuple\nis not present, current time as returned by localtime() is used.\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n"),
    def("strptime", "($module, string, format='%a %b %d %H:%M:%S %Y', /)", calendar::strptime, "strptime(string[, format]) -> struct_time\n\nParse a string to a time tuple according to a format specification.\nSee the library reference manual for formatting codes (same as\nstrftime()).\n\nCommonly used format codes:\n\n%Y  Year with century as a decimal number.\n%m  Month as a decimal number [01,12].\n%d  Day of the month as a decimal number [01,31].\n%H  Hour (24-hour clock) as a decimal number [00,23].\n%M  Minute as a decimal number [00,59].\n%S  Second as a decimal number [00,61].\n%z  Time zone offset from UTC.\n%a  Locale's abbreviated weekday name.\n%A  Locale's full weekday name.\n%b  Locale's abbreviated month name.\n%B  Locale's full month name.\n%c  Locale's appropriate date and time representation.\n%I  Hour (12-hour clock) as a decimal number [01,12].\n%p  Locale's equivalent of either AM or PM.\n\nOther codes may be available on your platform.  See documentation for\nthe C library strftime function.\n"),
    def("tzset", "($module, /)", tzset, "tzset()\n\nInitialize, or reinitialize, the local timezone to the value stored in\nos.environ['TZ']. The TZ environment variable should be specified in\nstandard Unix timezone format as documented in the tzset man page\n(eg. 'US/Eastern', 'Europe/Amsterdam'). Unknown timezones will silently\nfall back to UTC. If the TZ environment variable is not set, the local\ntimezone is set to the systems best guess of wallclock time.\nChanging the TZ environment variable without calling tzset *may* change\nthe local timezone used by methods such as localtime, but this behaviour\nshould not be relied on."),
    def("monotonic", "($module, /)", clocks::monotonic, "monotonic() -> float\n\nMonotonic clock, cannot go backward."),
    def("monotonic_ns", "($module, /)", clocks::monotonic_ns, "monotonic_ns() -> int\n\nMonotonic clock, cannot go backward, as nanoseconds."),
    def("process_time", "($module, /)", clocks::process_time, "process_time() -> float\n\nProcess time for profiling: sum of the kernel and user-space CPU time."),
    def("process_time_ns", "($module, /)", clocks::process_time_ns, "process_time() -> int\n\nProcess time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time."),
    def("thread_time", "($module, /)", clocks::thread_time, "thread_time() -> float\n\nThread time for profiling: sum of the kernel and user-space CPU time."),
    def("thread_time_ns", "($module, /)", clocks::thread_time_ns, "thread_time() -> int\n\nThread time for profiling as nanoseconds:\nsum of the kernel and user-space CPU time."),
    def("perf_counter", "($module, /)", clocks::monotonic, "perf_counter() -> float\n\nPerformance counter for benchmarking."),
    def("perf_counter_ns", "($module, /)", clocks::monotonic_ns, "perf_counter_ns() -> int\n\nPerformance counter for benchmarking as nanoseconds."),
    def("get_clock_info", "($module, name, /)", clocks::get_clock_info, "get_clock_info(name: str) -> dict\n\nGet information of the specified clock."),
];

fn exec(m: &Value) -> Res<()> {
    add_constants(m, clocks::CLOCKS);
    add(m, "_STRUCT_TM_ITEMS", Value::small_int(11));
    add(m, "struct_time", calendar::STRUCT_TIME.get().value());
    calendar::add_zone(m);
    Ok(())
}

fn tzset(_: Args) -> Res {
    calendar::read_zone();
    if let Some(m) = weft_vm::eval::import::loaded_module("time") {
        calendar::add_zone(&m);
    }
    Ok(Value::NONE)
}
