//! `_stat`: the constants and functions of `stat`.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{int, str};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_stat",
    doc: "S_IFMT_: file type bits\nS_IFDIR: directory\nS_IFCHR: character device\nS_IFBLK: block device\nS_IFREG: regular file\nS_IFIFO: fifo (named pipe)\nS_IFLNK: symbolic link\nS_IFSOCK: socket file\nS_IFDOOR: door\nS_IFPORT: event port\nS_IFWHT: whiteout\n\nS_ISUID: set UID bit\nS_ISGID: set GID bit\nS_ENFMT: file locking enforcement\nS_ISVTX: sticky bit\nS_IREAD: Unix V7 synonym for S_IRUSR\nS_IWRITE: Unix V7 synonym for S_IWUSR\nS_IEXEC: Unix V7 synonym for S_IXUSR\nS_IRWXU: mask for owner permissions\nS_IRUSR: read by owner\nS_IWUSR: write by owner\nS_IXUSR: execute by owner\nS_IRWXG: mask for group permissions\nS_IRGRP: read by group\nS_IWGRP: write by group\nS_IXGRP: execute by group\nS_IRWXO: mask for others (not in group) permissions\nS_IROTH: read by others\nS_IWOTH: write by others\nS_IXOTH: execute by others\n\nUF_SETTABLE: mask of owner changeable flags\nUF_NODUMP: do not dump file\nUF_IMMUTABLE: file may not be changed\nUF_APPEND: file may only be appended to\nUF_OPAQUE: directory is opaque when viewed through a union stack\nUF_NOUNLINK: file may not be renamed or deleted\nUF_COMPRESSED: macOS: file is hfs-compressed\nUF_TRACKED: used for dealing with document IDs\nUF_DATAVAULT: entitlement required for reading and writing\nUF_HIDDEN: macOS: file should not be displayed\nSF_SETTABLE: mask of super user changeable flags\nSF_ARCHIVED: file may be archived\nSF_IMMUTABLE: file may not be changed\nSF_APPEND: file may only be appended to\nSF_RESTRICTED: entitlement required for writing\nSF_NOUNLINK: file may not be renamed or deleted\nSF_SNAPSHOT: file is a snapshot file\nSF_FIRMLINK: file is a firmlink\nSF_DATALESS: file is a dataless object\n\nOn macOS:\nSF_SUPPORTED: mask of super user supported flags\nSF_SYNTHETIC: mask of read-only synthetic flags\n\nST_MODE\nST_INO\nST_DEV\nST_NLINK\nST_UID\nST_GID\nST_SIZE\nST_ATIME\nST_MTIME\nST_CTIME\n\nFILE_ATTRIBUTE_*: Windows file attribute constants\n                   (only present on Windows)\n",
    functions: FUNCTIONS,
    exec: |m| {
        for &(name, value) in CONSTANTS {
            module::add(m, name, Value::int(value));
        }
        Ok(())
    },
};

static FUNCTIONS: &[FnDef] = &[
    def(
        "S_IMODE",
        "($module, object, /)",
        |a| Ok(Value::int(mode(a)? & 0o7777)),
        "Return the portion of the file's mode that can be set by os.chmod().",
    ),
    def(
        "S_IFMT",
        "($module, object, /)",
        |a| Ok(Value::int(mode(a)? & S_IFMT)),
        "Return the portion of the file's mode that describes the file type.",
    ),
    def(
        "S_ISBLK",
        "($module, object, /)",
        |a| is(a, S_IFBLK),
        "S_ISBLK(mode) -> bool\n\nReturn True if mode is from a block special device file.",
    ),
    def(
        "S_ISCHR",
        "($module, object, /)",
        |a| is(a, S_IFCHR),
        "S_ISCHR(mode) -> bool\n\nReturn True if mode is from a character special device file.",
    ),
    def("S_ISDIR", "($module, object, /)", |a| is(a, S_IFDIR), "S_ISDIR(mode) -> bool\n\nReturn True if mode is from a directory."),
    def(
        "S_ISDOOR",
        "($module, object, /)",
        |a| mode(a).map(|_| Value::FALSE),
        "S_ISDOOR(mode) -> bool\n\nReturn True if mode is from a door.",
    ),
    def(
        "S_ISFIFO",
        "($module, object, /)",
        |a| is(a, S_IFIFO),
        "S_ISFIFO(mode) -> bool\n\nReturn True if mode is from a FIFO (named pipe).",
    ),
    def("S_ISLNK", "($module, object, /)", |a| is(a, S_IFLNK), "S_ISLNK(mode) -> bool\n\nReturn True if mode is from a symbolic link."),
    def(
        "S_ISPORT",
        "($module, object, /)",
        |a| mode(a).map(|_| Value::FALSE),
        "S_ISPORT(mode) -> bool\n\nReturn True if mode is from an event port.",
    ),
    def("S_ISREG", "($module, object, /)", |a| is(a, S_IFREG), "S_ISREG(mode) -> bool\n\nReturn True if mode is from a regular file."),
    def("S_ISSOCK", "($module, object, /)", |a| is(a, S_IFSOCK), "S_ISSOCK(mode) -> bool\n\nReturn True if mode is from a socket."),
    def(
        "S_ISWHT",
        "($module, object, /)",
        |a| mode(a).map(|_| Value::FALSE),
        "S_ISWHT(mode) -> bool\n\nReturn True if mode is from a whiteout.",
    ),
    def("filemode", "($module, object, /)", filemode, "Convert a file's mode to a string of the form '-rwxrwxrwx'"),
];

const S_IFMT: i64 = 0o170000;
const S_IFDIR: i64 = 0o040000;
const S_IFCHR: i64 = 0o020000;
const S_IFBLK: i64 = 0o060000;
const S_IFREG: i64 = 0o100000;
const S_IFIFO: i64 = 0o010000;
const S_IFLNK: i64 = 0o120000;
const S_IFSOCK: i64 = 0o140000;

#[rustfmt::skip]
const CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 0o1000000), ("SF_ARCHIVED", 0o200000), ("SF_DATALESS", 0o10000000000), ("SF_FIRMLINK", 0o40000000),
    ("SF_IMMUTABLE", 0o400000), ("SF_NOUNLINK", 0o4000000), ("SF_SETTABLE", 0o37777600000), ("SF_SNAPSHOT", 0o10000000),
    ("ST_ATIME", 0o7), ("ST_CTIME", 0o11), ("ST_DEV", 0o2), ("ST_GID", 0o5), ("ST_INO", 0o1), ("ST_MODE", 0),
    ("ST_MTIME", 0o10), ("ST_NLINK", 0o3), ("ST_SIZE", 0o6), ("ST_UID", 0o4), ("S_ENFMT", 0o2000), ("S_IEXEC", 0o100),
    ("S_IFBLK", 0o60000), ("S_IFCHR", 0o20000), ("S_IFDIR", 0o40000), ("S_IFDOOR", 0), ("S_IFIFO", 0o10000),
    ("S_IFLNK", 0o120000), ("S_IFPORT", 0), ("S_IFREG", 0o100000), ("S_IFSOCK", 0o140000), ("S_IFWHT", 0),
    ("S_IREAD", 0o400), ("S_IRGRP", 0o40), ("S_IROTH", 0o4), ("S_IRUSR", 0o400), ("S_IRWXG", 0o70), ("S_IRWXO", 0o7),
    ("S_IRWXU", 0o700), ("S_ISGID", 0o2000), ("S_ISUID", 0o4000), ("S_ISVTX", 0o1000), ("S_IWGRP", 0o20), ("S_IWOTH", 0o2),
    ("S_IWRITE", 0o200), ("S_IWUSR", 0o200), ("S_IXGRP", 0o10), ("S_IXOTH", 0o1), ("S_IXUSR", 0o100), ("UF_APPEND", 0o4),
    ("UF_COMPRESSED", 0o40), ("UF_DATAVAULT", 0o200), ("UF_HIDDEN", 0o100000), ("UF_IMMUTABLE", 0o2), ("UF_NODUMP", 0o1),
    ("UF_NOUNLINK", 0o20), ("UF_OPAQUE", 0o10), ("UF_SETTABLE", 0o177777), ("UF_TRACKED", 0o100),
];

fn mode(a: Args) -> Res<i64> {
    let v = number::index(a.at(0))?;
    if int::is_negative(&v) {
        return Err(exc::overflow_error("can't convert negative int to unsigned"));
    }
    match int::as_u64(&v) {
        Some(n) if n <= u32::MAX as u64 => Ok(n as i64),
        Some(_) => Err(exc::overflow_error("mode out of range")),
        None => Err(exc::overflow_error("Python int too large to convert to C unsigned long")),
    }
}

fn is(a: Args, kind: i64) -> Res {
    Ok(Value::bool(mode(a)? & S_IFMT == kind))
}

/// The mode as `ls -l` shows it.
fn filemode(a: Args) -> Res {
    let mode = mode(a)?;
    let mut text = String::with_capacity(10);
    text.push(match mode & S_IFMT {
        S_IFREG => '-',
        S_IFDIR => 'd',
        S_IFLNK => 'l',
        S_IFBLK => 'b',
        S_IFCHR => 'c',
        S_IFIFO => 'p',
        S_IFSOCK => 's',
        _ => '?',
    });
    for (shift, special, set, unset) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => set,
            (true, false) => unset,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    Ok(str::from_string(text))
}
