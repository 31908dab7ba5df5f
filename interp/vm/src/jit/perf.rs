//! `--jit-perf`: tells profilers where compiled code is.
//!
//! - The *perf map*, `/tmp/perf-PID.map`: a line for each trace.
//! - The *jitdump*, `jit-PID.dump` in `$JITDUMPDIR` or the current folder: the code as well, with the time at which it came
//!   to be, for `perf inject --jit`. `perf record` notices the file because a page of it is mapped executable. The format is
//!   that of Linux' `tools/perf/Documentation/jitdump-specification.txt`.
//!
//! A trace is called after the function, file and line where it begins. Code that was freed stays in the map: addresses that
//! are used again are told again, and perf takes the later one.

use super::names;
use crate::types::str;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
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
#[cfg(target_arch = "x86_64")]
const MACHINE: u32 = 62;
#[cfg(not(target_arch = "x86_64"))]
const MACHINE: u32 = 183;

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
        let name = name(placed);
        let line = format!("{:x} {:x} {name}\n", placed.address, placed.code.len());
        if self.map.as_mut().is_some_and(|f| f.write_all(line.as_bytes()).is_err()) {
            self.map = None;
        }
        let mut record = Vec::new();
        let total = 16 + 8 + 32 + name.len() + 1 + placed.code.len();
        record.extend(CODE_LOAD.to_le_bytes());
        record.extend((total as u32).to_le_bytes());
        record.extend(now().to_le_bytes());
        let pid = std::process::id();
        // SAFETY: the call has no requirements.
        let thread = unsafe { libc::syscall(libc::SYS_gettid) } as u32;
        record.extend(pid.to_le_bytes());
        record.extend(thread.to_le_bytes());
        for word in [placed.address, placed.address, placed.code.len() as u64, self.index] {
            record.extend(word.to_le_bytes());
        }
        record.extend(name.as_bytes());
        record.push(0);
        record.extend(placed.code);
        self.index += 1;
        if self.dump.as_mut().is_some_and(|f| f.write_all(&record).is_err()) {
            self.dump = None;
        }
    }
}

/// `py::f:program.py:12 (loop t3)`.
fn name(placed: &Placed<'_>) -> String {
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
