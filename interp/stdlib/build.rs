//! Compiles the standard library's Python modules into one archive that the crate embeds.
//!
//! The modules are rustpython-pylib's `Lib`, with the files of `lib/` beside this script laid over it. The archive's
//! format is described in `src/archive.rs`.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rustpython_wtf8::Wtf8;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use weft_compiler::{Mode, Options};

/// What is not part of what a program imports: tests, demonstrations, other platforms' modules, and files that CPython's
/// own `Lib` does not have.
const LEFT_OUT: &[&str] = &[
    "test",
    "idlelib",
    "turtledemo",
    "tkinter",
    "ensurepip",
    "lib2to3",
    "_android_support.py",
    "_ios_support.py",
    "README.md",
    "_dummy_os.py",
    "_dummy_thread.py",
    "_pycodecs.py",
    "dummy_threading.py",
];

struct Entry {
    path: String,
    code: Vec<u8>,
    source: Vec<u8>,
    size: u32,
}

fn main() {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    let overlay = Path::new(env!("CARGO_MANIFEST_DIR")).join("lib");
    for root in [Path::new(rustpython_pylib::LIB_PATH), &overlay] {
        collect(root, root, &mut files);
    }
    // `sysconfig` asks for its data by the platform's name.
    if let (Some(data), Ok(arch)) = (files.remove("_sysconfigdata.py"), std::env::var("CARGO_CFG_TARGET_ARCH")) {
        files.insert(format!("_sysconfigdata__linux_{arch}-linux-gnu.py"), data);
    }
    println!("cargo:rerun-if-changed={}", overlay.display());
    println!("cargo:rerun-if-changed=build.rs");

    let files: Vec<(String, PathBuf)> = files.into_iter().collect();
    let (next, entries) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(|| {
                while let Some((name, path)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(entry) = compile(name, path) {
                        entries.lock().expect("no thread panics").push(entry);
                    }
                }
            });
        }
    });
    let mut entries = entries.into_inner().expect("no thread panics");
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("lib.archive");
    std::fs::write(out, archive(&entries)).expect("the archive can be written");
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, PathBuf>) {
    let Ok(listing) = std::fs::read_dir(folder) else { return };
    for item in listing.flatten() {
        let path = item.path();
        let name = path.strip_prefix(root).expect("listed under the root").to_string_lossy().replace('\\', "/");
        if LEFT_OUT.contains(&name.as_str()) || name.contains("__pycache__") {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(name, path);
        }
    }
}

fn compile(name: &str, path: &Path) -> Option<Entry> {
    let source = std::fs::read(path).expect("a file of the library can be read");
    let code = if name.ends_with(".py") {
        let filename = format!("lib/python3.14/{name}");
        match weft_compiler::compile(&source, Wtf8::new(filename.as_str()), Mode::Exec, Options::default()) {
            Ok((code, _)) => weft_compiler::marshal::write(&weft_compiler::code::Constant::Code(Box::new(code)))
                .expect("a compiled module can be marshalled"),
            Err(e) => {
                println!("cargo:warning={name}: {e}");
                return None;
            }
        }
    } else {
        Vec::new()
    };
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&source).expect("memory can be written");
    Some(Entry { path: name.to_owned(), code, source: encoder.finish().expect("memory can be written"), size: source.len() as u32 })
}

fn archive(entries: &[Entry]) -> Vec<u8> {
    let (mut index, mut data) = (Vec::<u8>::new(), Vec::<u8>::new());
    index.extend((entries.len() as u32).to_le_bytes());
    for e in entries {
        index.extend((e.path.len() as u16).to_le_bytes());
        index.extend(e.path.as_bytes());
        for n in [data.len(), e.code.len(), e.source.len(), e.size as usize] {
            index.extend((n as u32).to_le_bytes());
        }
        data.extend(&e.code);
        data.extend(&e.source);
    }
    let mut out = Vec::with_capacity(4 + index.len() + data.len());
    out.extend((index.len() as u32).to_le_bytes());
    out.extend(index);
    out.extend(data);
    out
}
