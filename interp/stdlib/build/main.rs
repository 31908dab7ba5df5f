//! Compiles the standard library's Python modules into one archive that the crate embeds.
//!
//! The modules are rustpython-pylib's `Lib`, with the files of the folder `lib` laid over it.

mod image;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use image::File;
use rustpython_wtf8::Wtf8;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use weft_compiler::code::Constant;
use weft_compiler::{Mode, Options, marshal};

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

/// The modules that every program loads, in the order in which it does.
const START_UP: &[&str] = &[
    "importlib/_bootstrap.py",
    "importlib/_bootstrap_external.py",
    "_weft_importer.py",
    "encodings/__init__.py",
    "codecs.py",
    "encodings/aliases.py",
    "encodings/utf_8.py",
    "io.py",
    "abc.py",
    "site.py",
    "os.py",
    "stat.py",
    "_collections_abc.py",
    "posixpath.py",
    "genericpath.py",
    "_sitebuiltins.py",
    "linecache.py",
    "runpy.py",
];

fn main() {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    let overlay = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR")).join("lib");
    for root in [Path::new(rustpython_pylib::LIB_PATH), &overlay] {
        collect(root, root, &mut files);
    }
    // `sysconfig` asks for its data by the platform's name.
    if let (Some(data), Ok(arch)) = (files.remove("_sysconfigdata.py"), std::env::var("CARGO_CFG_TARGET_ARCH")) {
        files.insert(format!("_sysconfigdata__linux_{arch}-linux-gnu.py"), data);
    }
    println!("cargo:rerun-if-changed={}", overlay.display());
    println!("cargo:rerun-if-changed=build");

    let files: Vec<(String, PathBuf)> = files.into_iter().collect();
    // Code objects stay on the thread that made them, so they are handed over as marshal writes them.
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
    let entries = entries.into_inner().expect("no thread panics");
    let mut entries: Vec<File> = entries.into_iter().map(Compiled::into_file).collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    std::fs::write(out.join("lib.archive"), image::archive(&entries, START_UP)).expect("the archive can be written");
    std::fs::write(out.join("module_names"), module_names(&entries)).expect("the names can be written");
}

/// The names of the modules and packages at the top, a line each.
fn module_names(files: &[File]) -> String {
    let top = files.iter().filter_map(|file| file.path.split('/').next()).map(|name| name.strip_suffix(".py").unwrap_or(name));
    let names: BTreeSet<&str> = top.filter(|name| !name.contains(['.', '-']) && !name.starts_with("__") || *name == "__future__").collect();
    names.into_iter().collect::<Vec<_>>().join("\n")
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, PathBuf>) {
    let listing = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
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

/// A file of the library and its marshalled code object.
struct Compiled {
    path: String,
    code: Option<Vec<u8>>,
    contents: Vec<u8>,
    size: u32,
}

impl Compiled {
    fn into_file(self) -> File {
        let code = self.code.map(|bytes| match marshal::read(&bytes) {
            Ok((Constant::Code(code), _)) => *code,
            other => panic!("{}: read back as {other:?}", self.path),
        });
        File { path: self.path, code, contents: self.contents, size: self.size }
    }
}

fn compile(name: &str, path: &Path) -> Option<Compiled> {
    let source = std::fs::read(path).expect("a file of the library can be read");
    let mut code = None;
    if name.ends_with(".py") {
        let filename = format!("lib/python3.14/{name}");
        match weft_compiler::compile(&source, Wtf8::new(filename.as_str()), Mode::Exec, Options::default()) {
            Ok((compiled, _)) => code = Some(marshal::write(&Constant::Code(Box::new(compiled))).expect("a code object can be written")),
            Err(e) => {
                println!("cargo:warning={name}: {e}");
                return None;
            }
        }
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&source).expect("memory can be written");
    let contents = encoder.finish().expect("memory can be written");
    Some(Compiled { path: name.to_owned(), code, contents, size: source.len() as u32 })
}
