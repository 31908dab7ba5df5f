//! The embedded standard library: Python modules compiled when Weft was built, with their sources.
//!
//! Format (the build script's `image.rs` writes it; all numbers are little-endian and 32 bits wide):
//! - the number of files, and of texts
//! - for each file, sorted by path: where its path, its code and its contents lie in the data, and how long they are;
//!   the size of the contents, which are deflated
//! - for each text of any code object: where it lies in the data; its length, and in the two lowest bits whether it is
//!   ASCII and whether it is a name
//! - the data. Code is in a form of its own, which [`load`](mod@load) turns into code objects without a detour.

pub mod files;
mod load;

pub use load::load;

use flate2::read::DeflateDecoder;
use std::io::Read;

/// The archive, aligned for its tables.
#[repr(C, align(8))]
struct Aligned<T: ?Sized>(T);

static ARCHIVE: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/lib.archive")));

const FILE_NUMBERS: usize = 7;
const TEXT_NUMBERS: usize = 2;

/// One file of the library.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its path relative to the library's folder.
    pub path: &'static str,
    code: &'static [u8],
    contents: &'static [u8],
    size: usize,
}

impl Entry {
    /// The file's contents.
    pub fn contents(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size);
        // The archive is part of the binary: what the build script deflated inflates.
        DeflateDecoder::new(self.contents).read_to_end(&mut out).map_or_else(|_| Vec::new(), |_| out)
    }

    /// The size of the contents in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether it is a Python module.
    pub fn is_module(&self) -> bool {
        !self.code.is_empty()
    }
}

fn number(i: usize) -> usize {
    let bytes = &ARCHIVE.0[4 * i..4 * i + 4];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize
}

fn file_count() -> usize {
    number(0)
}

fn text_count() -> usize {
    number(1)
}

fn data(at: usize, len: usize) -> &'static [u8] {
    let start = 4 * (2 + FILE_NUMBERS * file_count() + TEXT_NUMBERS * text_count());
    &ARCHIVE.0[start + at..start + at + len]
}

/// The part of the data that two numbers from `i` on describe.
fn part(i: usize) -> &'static [u8] {
    data(number(i), number(i + 1))
}

fn path_of(file: usize) -> &'static str {
    let path = part(2 + FILE_NUMBERS * file);
    std::str::from_utf8(path).expect("the build script writes UTF-8")
}

fn entry(file: usize) -> Entry {
    let at = 2 + FILE_NUMBERS * file;
    Entry { path: path_of(file), code: part(at + 2), contents: part(at + 4), size: number(at + 6) }
}

/// The number of the first file whose path is not less than this one.
fn position(path: &str) -> usize {
    let (mut low, mut high) = (0, file_count());
    while low < high {
        let middle = low.midpoint(high);
        if part(2 + FILE_NUMBERS * middle) < path.as_bytes() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The file at a path relative to the library's folder.
pub fn get(path: &str) -> Option<Entry> {
    let file = position(path);
    (file < file_count() && path_of(file) == path).then(|| entry(file))
}

/// The paths of all files that begin with a prefix, in order.
pub fn paths(prefix: &str) -> impl Iterator<Item = &'static str> {
    (position(prefix)..file_count()).map(path_of).take_while(move |p| p.starts_with(prefix))
}

/// The entry of a module by the path of its file without the ending, and whether it is a package.
pub fn module_at(base: &str) -> Option<(Entry, bool)> {
    match get(&format!("{base}/__init__.py")) {
        Some(e) => Some((e, true)),
        None => get(&format!("{base}.py")).map(|e| (e, false)),
    }
}

/// The entry of a module by its full name, and whether it is a package.
pub fn module(name: &str) -> Option<(Entry, bool)> {
    module_at(&name.replace('.', "/"))
}
