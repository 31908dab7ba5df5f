//! Linux: an anonymous file in memory, mapped twice.

use crate::Error;
use memmap2::{Mmap, MmapMut, MmapOptions};
use std::fs::File;
use std::os::fd::FromRawFd;

/// The same memory, writable in one place and executable in another.
#[derive(Debug)]
pub struct Mapping {
    writable: MmapMut,
    executable: Mmap,
}

impl Mapping {
    /// Maps `len` bytes; the system provides pages as they are first written.
    pub fn new(len: usize) -> Result<Self, Error> {
        let refused = |what: &str, error: std::io::Error| Error::System(format!("{what}: {error}"));
        // SAFETY: the name is a C string.
        let fd = unsafe { libc::memfd_create(c"weft-code".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(refused("memfd_create", std::io::Error::last_os_error()));
        }
        // SAFETY: the descriptor is new and no one else's.
        let file = unsafe { File::from_raw_fd(fd) };
        file.set_len(len as u64)
            .map_err(|e| refused("ftruncate", e))?;
        let options = || {
            let mut options = MmapOptions::new();
            options.len(len);
            options
        };
        // SAFETY: no one else has the file, so nothing changes or truncates it.
        let writable = unsafe { options().map_mut(&file) }.map_err(|e| refused("mmap", e))?;
        // SAFETY: as above; what is written is code for this CPU before it runs.
        let executable = unsafe { options().map_exec(&file) }.map_err(|e| refused("mmap", e))?;
        Ok(Self {
            writable,
            executable,
        })
    }

    /// The writable view.
    pub fn writable(&mut self) -> &mut [u8] {
        &mut self.writable
    }

    /// Where the executable view begins.
    pub fn executable(&self) -> *const u8 {
        self.executable.as_ptr()
    }

    /// Size in bytes.
    pub fn len(&self) -> usize {
        self.executable.len()
    }
}
