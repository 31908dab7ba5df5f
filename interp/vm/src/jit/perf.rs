//! `--jit-perf`: tells profilers where compiled code is.
//!
//! - The *perf map*, `/tmp/perf-PID.map`: a line for each trace.
//! - The *jitdump*, `jit-PID.dump` in `$JITDUMPDIR` or the current folder: the code as well, with how to unwind through it and
//!   the time at which it came to be, for `perf inject --jit`. `perf record` notices the file because a page of it is mapped
//!   executable. The format is that of Linux' `tools/perf/Documentation/jitdump-specification.txt`.
//!
//! A trace is called after the function, file and line where it begins. Code that was freed stays in the map: addresses that
//! are used again are told again, and perf takes the later one.

use super::names;
use crate::types::str;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::fd::AsRawFd;
use weft_codecache::unwind::{Shape, eh_frame};
use weft_jit::jit::Placed;
use weft_jit::stats::Stats;

/// The open files; those that cannot be written are left out.
pub struct Perf {
    map: Option<File>,
    dump: Option<File>,
    index: u64,
}

const MAGIC: u32 = 0x4a69_5444;
const CODE_LOAD: u32 = 0;
const UNWINDING_INFO: u32 = 4;
/// The CPU, as ELF numbers them.
#[cfg(target_arch = "x86_64")]
pub const MACHINE: u32 = 62;
/// The CPU, as ELF numbers them.
#[cfg(not(target_arch = "x86_64"))]
pub const MACHINE: u32 = 183;

impl Perf {
    /// Opens the files.
    ///
    /// # Errors
    /// Says which cannot be made.
    pub fn new() -> Result<Perf, String> {
        let pid = std::process::id();
        let map = format!("/tmp/perf-{pid}.map");
        let map = File::create(&map).map_err(|e| format!("--jit-perf: {map}: {e}"))?;
        let folder = std::env::var_os("JITDUMPDIR").unwrap_or_else(|| ".".into());
        let path = std::path::Path::new(&folder).join(format!("jit-{pid}.dump"));
        let dump = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let mut dump = dump.map_err(|e| format!("--jit-perf: {}: {e}", path.display()))?;
        let mut header = Vec::new();
        for word in [MAGIC, 1, 40, MACHINE, 0, pid] {
            header.extend(word.to_le_bytes());
        }
        header.extend(now().to_le_bytes());
        header.extend(0u64.to_le_bytes());
        dump.write_all(&header).map_err(|e| format!("--jit-perf: {}: {e}", path.display()))?;
        // SAFETY: a new mapping of a file, which nothing reads; it stays for perf to see.
        unsafe { libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE, dump.as_raw_fd(), 0) };
        Ok(Perf { map: Some(map), dump: Some(dump), index: 0 })
    }

    /// Tells of a trace.
    pub fn add(&mut self, placed: &Placed<'_>) {
        let range = placed.address..placed.address + placed.code.len() as u64;
        self.tell(&name(placed), placed.code, &[(range, placed.shape)]);
    }

    /// Tells of code, whose pieces lie one behind the other.
    pub fn tell(&mut self, name: &str, code: &[u8], pieces: &[(Range<u64>, Shape)]) {
        let address = pieces[0].0.start;
        let line = format!("{address:x} {:x} {name}\n", code.len());
        if self.map.as_mut().is_some_and(|f| f.write_all(line.as_bytes()).is_err()) {
            self.map = None;
        }
        let mut records = unwinding_record(code.len() as u64, pieces);
        let total = 16 + 8 + 32 + name.len() + 1 + code.len();
        begin_record(&mut records, CODE_LOAD, total);
        let pid = std::process::id();
        // SAFETY: the call has no requirements.
        let thread = unsafe { libc::syscall(libc::SYS_gettid) } as u32;
        records.extend(pid.to_le_bytes());
        records.extend(thread.to_le_bytes());
        for word in [address, address, code.len() as u64, self.index] {
            records.extend(word.to_le_bytes());
        }
        records.extend(name.as_bytes());
        records.push(0);
        records.extend(code);
        self.index += 1;
        if self.dump.as_mut().is_some_and(|f| f.write_all(&records).is_err()) {
            self.dump = None;
        }
    }
}

fn begin_record(records: &mut Vec<u8>, kind: u32, len: usize) {
    records.extend(kind.to_le_bytes());
    records.extend((len as u32).to_le_bytes());
    records.extend(now().to_le_bytes());
}

/// The record, to come before that of the code, that says how to unwind: an `.eh_frame` and its `.eh_frame_hdr`. perf puts
/// them behind the code, at the next multiple of 8.
fn unwinding_record(len: u64, pieces: &[(Range<u64>, Shape)]) -> Vec<u8> {
    let table_at = len.next_multiple_of(8);
    let start = pieces[0].0.start;
    let pieces: Vec<_> = pieces.iter().map(|(range, shape)| (range.start - start..range.end - start, *shape)).collect();
    let table = eh_frame(&pieces, table_at);
    let index_at = table_at + table.bytes.len() as u64;
    let mut info = table.bytes;
    // Version 1; eh_frame_ptr is pcrel | sdata4, the count udata4, the index datarel | sdata4.
    info.extend([1, 0x1b, 0x03, 0x3b]);
    let from_here = |to: u64| (to as i64 - index_at as i64) as i32;
    let index =
        pieces.iter().zip(&table.entries).flat_map(|((range, _), &entry)| [from_here(range.start), from_here(table_at + entry as u64)]);
    for word in [from_here(table_at) - 4, pieces.len() as i32].into_iter().chain(index) {
        info.extend(word.to_le_bytes());
    }
    let (size, index_size) = (info.len() as u64, index_at.abs_diff(table_at + info.len() as u64));
    let mut records = Vec::new();
    begin_record(&mut records, UNWINDING_INFO, (16 + 24 + info.len()).next_multiple_of(8));
    for word in [size, index_size, size] {
        records.extend(word.to_le_bytes());
    }
    records.extend(info);
    records.resize(records.len().next_multiple_of(8), 0);
    records
}

/// `py::f:program.py:12 (loop t3)`.
pub fn name(placed: &Placed<'_>) -> String {
    let kind = Stats::kind(placed.kind);
    let origin = placed.ir.origins.get(1);
    let Some((origin, code)) = origin.and_then(|o| Some((o, names::object(o)?))) else { return format!("py::? ({kind} {})", placed.id) };
    let line = code.position(origin.offset as usize).line.max(0);
    let text = format!("py::{}:{}:{line} ({kind} {})", str::display(&code.qualname), str::display(&code.filename), placed.id);
    text.replace(['\n', '\0'], "?")
}

/// Nanoseconds of the clock that `perf record -k mono` uses.
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is writable.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
