//! The embedded standard library: Python modules compiled when Weft was built, with their sources.
//!
//! Format: the index's length, the number of entries, for each entry its path and where its data lies; then the data,
//! marshalled code before deflated source. All numbers are little-endian; entries are sorted by path.

use flate2::read::DeflateDecoder;
use std::collections::HashMap;
use std::io::Read;
use std::sync::OnceLock;

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lib.archive"));

/// One file of the library.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Marshalled code; empty for files that are not Python source.
    pub code: &'static [u8],
    source: &'static [u8],
    size: usize,
}

impl Entry {
    /// The file's contents.
    pub fn contents(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size);
        // The archive is part of the binary: what the build script deflated inflates.
        DeflateDecoder::new(self.source).read_to_end(&mut out).map_or_else(|_| Vec::new(), |_| out)
    }

    /// The size of the contents in bytes.
    pub fn size(&self) -> usize {
        self.size
    }
}

fn number(at: usize, bytes: usize) -> usize {
    BYTES[at..at + bytes].iter().rev().fold(0, |n, b| n << 8 | *b as usize)
}

fn index() -> &'static HashMap<&'static str, Entry> {
    static INDEX: OnceLock<HashMap<&'static str, Entry>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let data = 4 + number(0, 4);
        let count = number(4, 4);
        let mut at = 8;
        let mut map = HashMap::with_capacity(count);
        for _ in 0..count {
            let len = number(at, 2);
            let path = std::str::from_utf8(&BYTES[at + 2..at + 2 + len]).expect("the build script writes UTF-8");
            at += 2 + len;
            let (start, code, source, size) = (data + number(at, 4), number(at + 4, 4), number(at + 8, 4), number(at + 12, 4));
            at += 16;
            map.insert(path, Entry { code: &BYTES[start..start + code], source: &BYTES[start + code..start + code + source], size });
        }
        map
    })
}

/// The file at a path relative to the library's folder.
pub fn get(path: &str) -> Option<Entry> {
    index().get(path).copied()
}

/// The paths of all files, unsorted.
pub fn paths() -> impl Iterator<Item = &'static str> {
    index().keys().copied()
}

/// The entry of a module by its full name, and whether it is a package.
pub fn module(name: &str) -> Option<(Entry, bool)> {
    let base = name.replace('.', "/");
    if let Some(e) = get(&format!("{base}/__init__.py")) {
        return Some((e, true));
    }
    get(&format!("{base}.py")).map(|e| (e, false))
}
