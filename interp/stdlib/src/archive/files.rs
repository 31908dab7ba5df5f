//! The embedded library as files: what `open` and `os.listdir` find where it would lie, if nothing is there.

use super::{get, paths};
use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::{FromRawFd, IntoRawFd};

/// A descriptor to read an embedded file by its path in the library; none if there is no such file.
pub fn open(path: &str) -> Option<i32> {
    let contents = get(path)?.contents();
    // SAFETY: the name is NUL-terminated.
    let fd = unsafe { libc::memfd_create(c"library".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return None;
    }
    // SAFETY: the descriptor was made just now and is nobody else's.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(&contents).and_then(|()| file.rewind()).ok()?;
    Some(file.into_raw_fd())
}

/// The names in an embedded folder, none if there is no such folder. The library's own folder is "".
pub fn names(folder: &str) -> Option<Vec<&'static str>> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut names: Vec<&str> = paths(&prefix).filter_map(|p| p[prefix.len()..].split('/').next()).collect();
    names.dedup();
    (!names.is_empty()).then_some(names)
}
