//! `listdir`, `scandir` and `DirEntry`.

use super::args::{PathOrFd, path_or_here};
use super::stat;
use crate::{LazyClass, archive, fspath, import, syscall};
use std::cell::Cell;
use std::ffi::{CStr, CString};
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, FnDef, GetSetDef, class_def, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::eval::warnings;
use weft_vm::types::text::Text;
use weft_vm::types::{bytes, generic_alias, int, list, str};
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::vm::types;
use weft_vm::{codecs, exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("listdir", "($module, /, path=None)", listdir, "Return a list containing the names of the files in the directory.\n\npath can be specified as either str, bytes, or a path-like object.  If\npath is bytes, the filenames returned will also be bytes; in all other\ncircumstances the filenames returned will be str.\nIf path is None, uses the path='.'.\nOn some platforms, path may also be specified as an open file\ndescriptor; the file descriptor must refer to a directory.  If this\nfunctionality is unavailable, using it raises NotImplementedError.\n\nThe list is in arbitrary order.  It does not include the special\nentries '.' and '..' even if they are present in the directory."),
    def("scandir", "($module, /, path=None)", scandir, "Return an iterator of DirEntry objects for given path.\n\npath can be specified as either str, bytes, or a path-like object.  If\npath is bytes, the names of yielded DirEntry objects will also be bytes;\nin all other circumstances they will be str.\n\nIf path is None, uses the path='.'."),
];

/// `os.DirEntry`
pub static DIR_ENTRY: LazyClass = LazyClass::new(&ENTRY_SPEC);
static ITERATOR: LazyClass = LazyClass::new(&ITERATOR_SPEC);

/// An open folder.
struct Folder(*mut libc::DIR);

/// One name in a folder.
struct Found {
    name: Vec<u8>,
    inode: u64,
    kind: u8,
}

impl Folder {
    fn open(target: &PathOrFd) -> Result<Folder, i32> {
        // SAFETY: the path lives until the call is over; a descriptor is duplicated, as the stream closes its own.
        gil::without(|| unsafe {
            let opened = match target {
                PathOrFd::Path(p) => libc::opendir(p.text.as_ptr()),
                PathOrFd::Fd(fd, _) => {
                    let copy = syscall::outcome(libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, 0))? as i32;
                    let opened = libc::fdopendir(copy);
                    if opened.is_null() {
                        let e = syscall::errno();
                        libc::close(copy);
                        return Err(e);
                    }
                    opened
                }
            };
            if opened.is_null() { Err(syscall::errno()) } else { Ok(Folder(opened)) }
        })
    }

    /// The next name that is not `.` or `..`.
    fn next(&mut self) -> Result<Option<Found>, i32> {
        let dir = self.0;
        loop {
            // SAFETY: the stream is open; the entry is copied before the next call.
            let entry = gil::without(|| unsafe {
                *libc::__errno_location() = 0;
                let entry = libc::readdir(dir);
                if entry.is_null() {
                    return match syscall::errno() {
                        0 => Ok(None),
                        e => Err(e),
                    };
                }
                let name = CStr::from_ptr((*entry).d_name.as_ptr()).to_bytes().to_vec();
                Ok(Some(Found { name, inode: (*entry).d_ino, kind: (*entry).d_type }))
            })?;
            match entry {
                Some(f) if f.name == b"." || f.name == b".." => {}
                other => return Ok(other),
            }
        }
    }

    fn rewind(&mut self) {
        // SAFETY: the stream is open. A descriptor's other users share its position.
        unsafe { libc::rewinddir(self.0) };
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // SAFETY: the stream is open and nobody else has it.
        unsafe { libc::closedir(self.0) };
    }
}

fn listdir(a: Args) -> Res {
    let target = path_or_here(&a, 0, "listdir")?;
    let as_bytes = matches!(&target, PathOrFd::Path(p) if p.is_bytes);
    let error = |e| exc::os_error(e, Some(target.object()).filter(|v| !v.is_none()));
    let mut names = Vec::new();
    let mut folder = match (Folder::open(&target), &target) {
        (Ok(folder), _) => folder,
        (Err(e), PathOrFd::Path(p)) => {
            let stored = import::stored_path(p.text.to_bytes()).and_then(archive::files::names).ok_or_else(|| error(e))?;
            for name in stored {
                names.push(fspath::decoded(name.as_bytes(), as_bytes)?);
            }
            return Ok(list::from_vec(names));
        }
        (Err(e), _) => return Err(error(e)),
    };
    if let PathOrFd::Fd(..) = target {
        folder.rewind();
    }
    while let Some(found) = folder.next().map_err(error)? {
        names.push(fspath::decoded(&found.name, as_bytes)?);
    }
    if let PathOrFd::Fd(..) = target {
        folder.rewind();
    }
    Ok(list::from_vec(names))
}

/// The payload of the iterator.
struct Scan {
    folder: Cell<Option<Folder>>,
    /// The folder's path as it was given, for the entries' paths; empty for the current one.
    prefix: Vec<u8>,
    as_bytes: bool,
    /// The descriptor that was given in place of a path.
    fd: Option<i32>,
    source: Field,
}

// SAFETY: instances of the class hold a Scan.
unsafe impl Payload for Scan {
    fn class() -> &'static Type {
        ITERATOR.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.source.word());
    }
}

static ITERATOR_SPEC: TypeSpec = TypeSpec {
    name: "posix.ScandirIterator",
    payload: PayloadOps::of::<Scan>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), finalise: Some(finalise), ..Slots::NONE },
    methods: &[
        def("__enter__", "($self, /)", |a| Ok(a.at(0).clone()), ""),
        def("__exit__", "($self, /, *args)", close, ""),
        def("close", "($self, /)", close, ""),
    ],
    ..TypeSpec::DEFAULT
};

fn scan(v: &Value) -> &Scan {
    // SAFETY: methods and slots of the class get its instances.
    unsafe { v.payload() }
}

fn scandir(a: Args) -> Res {
    let target = path_or_here(&a, 0, "scandir")?;
    let folder = Folder::open(&target).map_err(|e| exc::os_error(e, Some(target.object()).filter(|v| !v.is_none())))?;
    let (prefix, as_bytes, fd) = match &target {
        PathOrFd::Path(p) if p.object.is_none() => (b".".to_vec(), false, None),
        PathOrFd::Path(p) => (p.text.as_bytes().to_vec(), p.is_bytes, None),
        PathOrFd::Fd(fd, _) => (Vec::new(), false, Some(*fd)),
    };
    let source = Field::new(target.object().clone());
    Ok(new_object(Scan { folder: Cell::new(Some(folder)), prefix, as_bytes, fd, source }))
}

fn next(v: &Value) -> Res<Option<Value>> {
    let s = scan(v);
    // While the GIL is given up nobody else has the stream.
    let Some(mut folder) = s.folder.take() else { return Ok(None) };
    match folder.next() {
        Ok(Some(found)) => {
            s.folder.set(Some(folder));
            entry(s, found).map(Some)
        }
        Ok(None) => {
            if s.fd.is_some() {
                folder.rewind();
            }
            Ok(None)
        }
        Err(e) => {
            let source = s.source.get().filter(|v| !v.is_none());
            Err(exc::os_error(e, source.as_ref()))
        }
    }
}

fn close(a: Args) -> Res {
    let s = scan(a.at(0));
    if let Some(mut folder) = s.folder.take()
        && s.fd.is_some()
    {
        folder.rewind();
    }
    Ok(Value::NONE)
}

fn finalise(v: &Value) {
    let s = scan(v);
    let Some(folder) = s.folder.take() else { return };
    drop(folder);
    let warned = Text::new()
        .add("unclosed scandir iterator ")
        .repr(v)
        .and_then(|t| warnings::warn(types().resource_warning, &str::display(&t.finish()), 1));
    if let Err(e) = warned {
        if exc::matches(types().warning) {
            exc::unraisable(e, "Exception ignored while finalizing scandir iterator ", Some(v));
        } else {
            exc::clear(e);
        }
    }
}

/// The payload of an entry.
struct Entry {
    name: Field,
    path: Field,
    /// The path for calls: relative to `fd` if there is one.
    text: CString,
    fd: Option<i32>,
    inode: u64,
    /// The kind as the folder tells it, `DT_UNKNOWN` if it does not.
    kind: u8,
    stat: Field,
    lstat: Field,
}

// SAFETY: instances of the class hold an Entry.
unsafe impl Payload for Entry {
    fn class() -> &'static Type {
        DIR_ENTRY.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.name, &self.path, &self.stat, &self.lstat] {
            visit(field.word());
        }
    }
}

static ENTRY_SPEC: TypeSpec = TypeSpec {
    name: "posix.DirEntry",
    payload: PayloadOps::of::<Entry>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), ..Slots::NONE },
    methods: ENTRY_METHODS,
    getsets: ENTRY_GETSETS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static ENTRY_METHODS: &[FnDef] = &[
    def("is_dir", "($self, /, *, follow_symlinks=True)", |a| is_kind(a, libc::DT_DIR, libc::S_IFDIR), "Return True if the entry is a directory; cached per entry."),
    def("is_file", "($self, /, *, follow_symlinks=True)", |a| is_kind(a, libc::DT_REG, libc::S_IFREG), "Return True if the entry is a file; cached per entry."),
    def("is_symlink", "($self, /)", |a| Ok(Value::bool(is_symlink(a.at(0))?)), "Return True if the entry is a symbolic link; cached per entry."),
    def("is_junction", "($self, /)", |_| Ok(Value::FALSE), "Return True if the entry is a junction; cached per entry."),
    def("stat", "($self, /, *, follow_symlinks=True)", |a| stat_of(a.at(0), super::args::flag(&a, 1, true)?), "Return stat_result object for the entry; cached per entry."),
    def("inode", "($self, /)", |a| Ok(int::from_u64(this(a.at(0)).inode)), "Return inode of the entry; cached per entry."),
    def("__fspath__", "($self, /)", |a| Ok(this(a.at(0)).path.value()), "Returns the path for the entry."),
    class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "DirEntry is generic over the type of the path (str or bytes)"),
];

#[rustfmt::skip]
static ENTRY_GETSETS: &[GetSetDef] = &[
    getter("name", |v| Ok(this(v).name.value()), "the entry's base filename, relative to scandir() \"path\" argument"),
    getter("path", |v| Ok(this(v).path.value()), "the entry's full path name; equivalent to\nos.path.join(scandir_path, entry.name)"),
];

fn this(v: &Value) -> &Entry {
    // SAFETY: methods and slots of the class get its instances.
    unsafe { v.payload() }
}

fn entry(s: &Scan, found: Found) -> Res {
    let name = fspath::decoded(&found.name, s.as_bytes)?;
    let mut path = s.prefix.clone();
    if !path.is_empty() && !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(&found.name);
    let shown = if s.fd.is_some() {
        name.clone()
    } else if s.as_bytes {
        bytes::try_new(&path)?
    } else {
        codecs::fs_decode(&path)
    };
    let text = CString::new(path).map_err(|_| exc::value_error("embedded null byte"))?;
    Ok(new_object(Entry {
        name: Field::new(name),
        path: Field::new(shown),
        text,
        fd: s.fd,
        inode: found.inode,
        kind: found.kind,
        stat: Field::empty(),
        lstat: Field::empty(),
    }))
}

fn fetch(v: &Value, follow: bool) -> Res {
    let e = this(v);
    let target = PathOrFd::Path(super::args::Path { text: e.text.clone(), object: e.path.value(), is_bytes: false });
    match stat::look(&target, e.fd.unwrap_or(libc::AT_FDCWD), follow) {
        Ok(st) => Ok(stat::result(&st)),
        Err(n) => Err(exc::os_error(n, Some(target.object()))),
    }
}

/// The `stat_result` of the entry, asked for once.
fn stat_of(v: &Value, follow: bool) -> Res {
    let e = this(v);
    let follow = follow && is_symlink(v)?;
    let place = if follow { &e.stat } else { &e.lstat };
    if let Some(known) = place.get() {
        return Ok(known);
    }
    let made = fetch(v, follow)?;
    place.set(made.clone());
    Ok(made)
}

fn mode(st: &Value) -> u32 {
    weft_vm::types::tuple::items(st).first().and_then(Value::as_small_int).unwrap_or(0) as u32
}

fn is_symlink(v: &Value) -> Res<bool> {
    let e = this(v);
    if e.kind != libc::DT_UNKNOWN {
        return Ok(e.kind == libc::DT_LNK);
    }
    let st = match e.lstat.get() {
        Some(st) => st,
        None => match exc::catch(fetch(v, false), types().file_not_found_error)? {
            Some(st) => {
                e.lstat.set(st.clone());
                st
            }
            None => return Ok(false),
        },
    };
    Ok(mode(&st) & libc::S_IFMT == libc::S_IFLNK)
}

fn is_kind(a: Args, kind: u8, bits: u32) -> Res {
    let v = a.at(0);
    let e = this(v);
    let follow = super::args::flag(&a, 1, true)?;
    let known = e.kind != libc::DT_UNKNOWN && !(follow && e.kind == libc::DT_LNK);
    if known {
        return Ok(Value::bool(e.kind == kind));
    }
    // What is gone by now is neither.
    match exc::catch(stat_of(v, follow), types().file_not_found_error)? {
        Some(st) => Ok(Value::bool(mode(&st) & libc::S_IFMT == bits)),
        None => Ok(Value::FALSE),
    }
}

fn repr(v: &Value) -> Res {
    Ok(Text::new().add("<DirEntry ").repr(&this(v).name.value())?.add(">").finish())
}
