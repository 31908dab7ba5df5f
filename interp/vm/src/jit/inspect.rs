//! What Python code can see of the JIT: the traces there are, the statistics, a dump of one, the native stack.

use super::names;
use super::{coverage, state};
use crate::types::code::Code;
use crate::types::str;
use weft_jit::{TraceId, TraceKind};

/// A trace that may be entered.
pub struct TraceInfo {
    /// Its number.
    pub id: u32,
    /// What started it: loop, entry, side.
    pub kind: &'static str,
    /// The trace and exit that it goes on from.
    pub parent: Option<(u32, u32)>,
    /// The trace that it leads to, if that is another.
    pub link: Option<u32>,
    /// The name of the function where it begins.
    pub function: String,
    /// The file of that function.
    pub filename: String,
    /// The line where it begins; 0 if there is none.
    pub line: u32,
    /// Bytecodes that were recorded.
    pub bytecodes: u64,
    /// Instructions of the optimised IR.
    pub instructions: u64,
    /// Machine ops.
    pub ops: u64,
    /// Bytes of code.
    pub bytes: u64,
    /// Exits.
    pub exits: u64,
    /// How often those were taken, into the interpreter.
    pub exits_taken: u64,
}

/// The traces that may be entered.
pub fn traces() -> Vec<TraceInfo> {
    let Some(s) = state() else { return Vec::new() };
    let live = s.jit.traces().iter().filter(|(_, t)| !t.dead);
    live.map(|(id, t)| {
        let origin = t.ir.origins.get(1);
        let code = origin.and_then(names::object);
        TraceInfo {
            id: id.0,
            kind: weft_jit::stats::Stats::kind(t.kind),
            parent: match t.kind {
                TraceKind::Side { parent, exit } => Some((parent.0, exit as u32)),
                _ => None,
            },
            link: t.link.map(|l| l.0),
            function: code.map_or(String::new(), |c| str::display(&c.qualname)),
            filename: code.map_or(String::new(), |c| str::display(&c.filename)),
            line: code.zip(origin).map_or(0, |(c, o)| c.position(o.offset as usize).line.max(0) as u32),
            bytecodes: t.ir.origins.len() as u64 - 1,
            instructions: t.ir.insts.iter().filter(|i| !i.is_nop()).count() as u64,
            ops: t.lowered.ops.len() as u64,
            bytes: t.code_len() as u64,
            exits: t.exits.len() as u64,
            exits_taken: t.exits.iter().map(|e| e.hits as u64).sum(),
        }
    })
    .collect()
}

/// The traces that may be entered and have bytecodes of a code object, inlined ones too.
pub fn traces_of(code: &Code) -> Vec<u32> {
    let Some(s) = state() else { return Vec::new() };
    let code = std::ptr::from_ref(code) as u64;
    let live = s.jit.traces().iter().filter(|(_, t)| !t.dead && t.ir.origins.iter().any(|o| o.code == code));
    live.map(|(id, _)| id.0).collect()
}

/// A statistic.
pub enum Number {
    /// How many.
    Count(u64),
    /// How long.
    Seconds(f64),
}

/// The statistics by name.
pub fn stats() -> Vec<(String, Number)> {
    let Some(s) = state() else { return Vec::new() };
    let stats = &s.jit.stats;
    let mut list: Vec<(String, Number)> = Vec::new();
    let mut count = |name: &str, n: u64| list.push((name.to_owned(), Number::Count(n)));
    for (kind, n) in &stats.traces {
        count(&format!("traces.{kind}"), *n);
    }
    for (reason, n) in &stats.aborts {
        count(&format!("aborts.{reason}"), *n);
    }
    count("instructions.recorded", stats.recorded);
    count("instructions.compiled", stats.compiled);
    count("code.ops", stats.ops);
    count("code.bytes", stats.bytes);
    count("exits.linked", stats.links);
    count("traces.invalidated", stats.invalidated);
    count("entered", s.entries);
    count("left", s.exits);
    if coverage::is_on() {
        let (interpreted, compiled) = coverage::counts();
        count("bytecodes.interpreted", interpreted);
        count("bytecodes.compiled", compiled);
    }
    for (stage, time) in &stats.time {
        list.push((format!("seconds.{}", format!("{stage:?}").to_lowercase()), Number::Seconds(time.as_secs_f64())));
    }
    list
}

/// For each trace that both backends have compiled, its machine ops, and what allocation, stitching and Cranelift took in seconds: the
/// first time, and at best when the same was done again.
pub fn compared() -> Vec<(usize, [f64; 6])> {
    let Some(s) = state() else { return Vec::new() };
    let row = |c: &weft_jit::stats::Compared| {
        let times = [c.first, c.best].map(|t| [t.lowering, t.stitching, t.cranelift].map(|d| d.as_secs_f64()));
        (c.ops, std::array::from_fn(|i| times[i / 3][i % 3]))
    };
    s.jit.stats.compared.iter().map(row).collect()
}

/// Everything known of a trace that may be entered.
pub fn dump(id: u32) -> Option<String> {
    state()?.jit.describe(TraceId(id), &names::Code)
}

/// A function's activation on the native stack.
pub struct NativeFrame {
    /// Where it goes on.
    pub address: u64,
    /// The trace that it runs, if it is compiled code.
    pub trace: Option<u32>,
}

/// The native stack of this thread, innermost first, as the C runtime unwinds it.
pub fn native_stack() -> Vec<NativeFrame> {
    let trace_at = |address: u64| Some(state()?.jit.trace_at(address)?.0);
    // The instruction before is the call.
    unwind().into_iter().map(|address| NativeFrame { address, trace: trace_at(address - 1) }).collect()
}

/// Return addresses, those of the functions here aside.
#[cfg(target_os = "linux")]
#[inline(never)]
fn unwind() -> Vec<u64> {
    use std::ffi::{c_int, c_void};

    // Of the C runtime, which the standard library unwinds with.
    unsafe extern "C" {
        fn _Unwind_Backtrace(each: extern "C" fn(*mut c_void, *mut c_void) -> c_int, data: *mut c_void) -> c_int;
        fn _Unwind_GetIP(context: *mut c_void) -> usize;
    }
    extern "C" fn each(context: *mut c_void, data: *mut c_void) -> c_int {
        // SAFETY: the context is valid during the call, and the data are those of below.
        unsafe { (*data.cast::<Vec<u64>>()).extend(std::num::NonZeroU64::new(_Unwind_GetIP(context) as u64).map(u64::from)) };
        0
    }
    let mut addresses = Vec::new();
    // SAFETY: the function and its data are as wanted.
    unsafe { _Unwind_Backtrace(each, (&raw mut addresses).cast()) };
    addresses
}

/// Nothing is known of the stack here.
#[cfg(not(target_os = "linux"))]
fn unwind() -> Vec<u64> {
    Vec::new()
}
