//! Linux: an anonymous file in memory, mapped twice; or, for perf, memory without a name that is.

use crate::Error;
use memmap2::{MmapMut, MmapOptions};
use std::fs::File;
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::FileExt;

/// The same memory, writable in one place and executable in another.
#[derive(Debug)]
pub struct Mapping {
    writable: MmapMut,
    executable: View,
    /// The file, if the executable view is to be mapped anew whenever it changes.
    remapped: Option<File>,
}

impl Mapping {
    /// Maps `len` bytes; the system provides pages as they are first written. `anonymous`: what is executed belongs to no file,
    /// because it is only then that perf looks for symbols in its map of a process.
    pub fn new(len: usize, anonymous: bool) -> Result<Self, Error> {
        let mut options = MmapOptions::new();
        options.len(len);
        if anonymous && !is_emulated() {
            let zero = File::options().read(true).write(true).open("/dev/zero").map_err(|e| refused("/dev/zero", e))?;
            // SAFETY: each such mapping has memory of its own.
            let writable = unsafe { options.map_mut(&zero) }.map_err(|e| refused("mmap", e))?;
            let executable = View::of(&writable)?;
            return Ok(Self { writable, executable, remapped: None });
        }
        let file = anonymous_file(len)?;
        // SAFETY: no one else has the file, so nothing changes or truncates it.
        let writable = unsafe { options.map_mut(&file) }.map_err(|e| refused("mmap", e))?;
        let executable = View::of_file(&file, len)?;
        Ok(Self { writable, executable, remapped: is_emulated().then_some(file) })
    }

    /// The writable view.
    pub fn writable(&mut self) -> &mut [u8] {
        &mut self.writable
    }

    /// Where the executable view begins.
    pub fn executable(&self) -> *const u8 {
        self.executable.at
    }

    /// Makes what was written to the range safe to execute.
    pub fn publish(&mut self, range: Range<usize>) {
        let executable = self.executable.at;
        // SAFETY: the range is inside both views; slicing checked one of them.
        unsafe { super::publish(self.writable[range.clone()].as_ptr(), executable.add(range.start), range.len()) };
        if let Some(file) = &self.remapped {
            let start = range.start / REMAPPED * REMAPPED;
            let end = range.end.next_multiple_of(REMAPPED).min(self.executable.len);
            let protection = libc::PROT_READ | libc::PROT_EXEC;
            let flags = libc::MAP_SHARED | libc::MAP_FIXED;
            // SAFETY: the pages are replaced by the same pages of the same file, with the same access.
            let at = unsafe {
                let at = executable.add(start).cast_mut().cast();
                libc::mmap(at, end - start, protection, flags, file.as_raw_fd(), start as libc::off_t)
            };
            assert_ne!(at, libc::MAP_FAILED, "executable memory cannot be mapped again");
        }
    }

    /// Copies what is in the ranges, for [`Self::adopt`].
    pub fn copy(&self, ranges: &[Range<usize>]) -> Result<Copy, Error> {
        let file = anonymous_file(self.len())?;
        for range in ranges {
            file.write_all_at(&self.writable[range.clone()], range.start as u64).map_err(|e| refused("write", e))?;
        }
        Ok(Copy { file, ranges: ranges.to_vec() })
    }

    /// Puts a copy in the place of the memory: what a forked process does, which would share it with its parent.
    pub fn adopt(&mut self, copy: Copy) {
        let views = [(self.writable.as_mut_ptr().cast_const(), libc::PROT_WRITE), (self.executable.at, libc::PROT_EXEC)];
        for (at, access) in views {
            // SAFETY: the view is replaced as a whole, with the same access; what is used of it has the same contents.
            let mapped = unsafe {
                let at = at.cast_mut().cast();
                libc::mmap(at, self.len(), libc::PROT_READ | access, libc::MAP_SHARED | libc::MAP_FIXED, copy.file.as_raw_fd(), 0)
            };
            assert_ne!(mapped, libc::MAP_FAILED, "the copy of the code cannot be mapped");
        }
        if self.remapped.is_some() {
            self.remapped = Some(copy.file);
        }
        for range in copy.ranges {
            self.publish(range);
        }
    }

    /// Size in bytes.
    pub fn len(&self) -> usize {
        self.executable.len
    }
}

/// The executable view.
#[derive(Debug)]
struct View {
    at: *const u8,
    len: usize,
}

// SAFETY: a view is memory like any other, which can be used and given back from any thread.
unsafe impl Send for View {}
// SAFETY: as above.
unsafe impl Sync for View {}

impl View {
    fn of_file(file: &File, len: usize) -> Result<View, Error> {
        let protection = libc::PROT_READ | libc::PROT_EXEC;
        // SAFETY: a new mapping; what is written to the file is code for this CPU before it runs.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        if at == libc::MAP_FAILED { Err(last_error("mmap")) } else { Ok(View { at: at.cast(), len }) }
    }

    /// A second view of memory that has no name: `mremap` of no bytes, which leaves the first where it is.
    fn of(memory: &MmapMut) -> Result<View, Error> {
        let len = memory.len();
        // SAFETY: the memory is mapped and shared; the new view is nobody else's.
        unsafe {
            let at = libc::mremap(memory.as_ptr().cast_mut().cast(), 0, len, libc::MREMAP_MAYMOVE);
            if at == libc::MAP_FAILED {
                return Err(last_error("mremap"));
            }
            let view = View { at: at.cast_const().cast(), len };
            if libc::mprotect(at, len, libc::PROT_READ | libc::PROT_EXEC) != 0 {
                return Err(last_error("mprotect"));
            }
            Ok(view)
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: the view is this one's, and nothing runs in it any more.
        unsafe { libc::munmap(self.at.cast_mut().cast(), self.len) };
    }
}

fn last_error(what: &str) -> Error {
    refused(what, std::io::Error::last_os_error())
}

/// A copy of the memory's contents.
#[derive(Debug)]
pub struct Copy {
    file: File,
    ranges: Vec<Range<usize>>,
}

fn refused(what: &str, error: std::io::Error) -> Error {
    Error::System(format!("{what}: {error}"))
}

/// A file that is in memory only.
fn anonymous_file(len: usize) -> Result<File, Error> {
    // SAFETY: the name is a C string.
    let fd = unsafe { libc::memfd_create(c"weft-code".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(last_error("memfd_create"));
    }
    // SAFETY: the descriptor is new and no one else's.
    let file = unsafe { File::from_raw_fd(fd) };
    file.set_len(len as u64).map_err(|e| refused("ftruncate", e))?;
    Ok(file)
}

/// A multiple of every page size that Linux has on these CPUs.
const REMAPPED: usize = 64 << 10;

/// Whether this is an aarch64 program on another CPU: QEMU before 8.1 does not heed what programs do to their
/// instruction cache, but does notice that memory is mapped anew.
fn is_emulated() -> bool {
    let real = |text: String| text.contains("CPU implementer");
    cfg!(target_arch = "aarch64") && !std::fs::read_to_string("/proc/cpuinfo").is_ok_and(real)
}
