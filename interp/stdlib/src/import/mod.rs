//! `_imp` and the finding of built-in, frozen and embedded modules.

pub mod archive_module;
pub mod locks;

use crate::archive::{self, Entry};
use weft_compiler::{Mode, Options};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::eval::builtins;
use weft_vm::global::Global;
use weft_vm::protocol::attr;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bytes, dict, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{eval, exc, protocol};

/// The modules that are found before `sys.path` is looked at, as CPython freezes them. A name ending in `.*` stands for a package.
const FROZEN: &[&str] = &[
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "zipimport",
    "abc",
    "codecs",
    "io",
    "_collections_abc",
    "_sitebuiltins",
    "genericpath",
    "ntpath",
    "posixpath",
    "os",
    "site",
    "stat",
    "importlib.util",
    "importlib.machinery",
    "runpy",
    "__hello__",
    "__phello__",
    "__phello__.ham",
    "__phello__.ham.eggs",
    "__phello__.spam",
];

/// The name by which a frozen module is stored: `importlib._bootstrap` goes by two.
fn stored_name(name: &str) -> Option<&str> {
    let stored = match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        n => n,
    };
    FROZEN.contains(&stored).then_some(stored)
}

/// The code of an embedded file. With `-O` it is compiled anew from its source.
pub fn code_of(entry: &Entry, filename: &str) -> Res {
    // SAFETY: the GIL is held.
    let optimize = unsafe { *builtins::code::OPTIMIZE.get() };
    let filename = str::new(filename);
    if optimize == 0 {
        return Ok(archive::load(entry, &filename));
    }
    builtins::code::compile_source(&entry.contents(), &filename, Mode::Exec, Options { optimize, flags: 0 })
}

/// The folder in which the embedded library's files would lie.
static ROOT: Global<String> = Global::new(String::new());

/// Says where the embedded library's files would lie; set once at start-up.
pub fn set_root(root: &str) {
    // SAFETY: nothing else runs yet.
    unsafe { *ROOT.get() = root.to_owned() }
}

/// The source of an embedded module, by the `co_filename` that its code has.
pub fn embedded_source(filename: &str) -> Option<Vec<u8>> {
    // SAFETY: the GIL is held.
    let root = unsafe { &*ROOT.get() };
    let entry = archive::get(filename.strip_prefix(root.as_str()).filter(|_| !root.is_empty())?.strip_prefix('/')?);
    entry.map(|e| e.contents())
}

/// The code of an embedded module.
pub fn embedded_code(stored: &str, filename: &str) -> Res {
    match archive::module(stored) {
        Some((e, _)) if e.is_module() => code_of(&e, filename),
        _ => Err(exc::import_error(format!("No such frozen object named {stored}"))),
    }
}

fn name_of(v: &Value) -> Res<String> {
    if str::is_str(v) { Ok(str::display(v)) } else { Err(exc::wrong_type("argument", "str", v)) }
}

fn builtin_def(name: &str) -> Option<&'static ModuleDef> {
    crate::modules().find(|m| m.name == name)
}

fn is_builtin(a: Args) -> Res {
    let name = name_of(a.at(0))?;
    Ok(Value::small_int(i64::from(builtin_def(&name).is_some() || matches!(name.as_str(), "sys" | "builtins"))))
}

fn create_builtin(a: Args) -> Res {
    let spec = a.at(0);
    let name = attr::getattr(spec, &names().name)?;
    let text = str::display(&name);
    match text.as_str() {
        "sys" => return eval::import::sys().ok_or_else(|| exc::runtime_error("no sys")),
        "builtins" => return Ok(eval::builtins::module()),
        _ => {}
    }
    match builtin_def(&text) {
        Some(d) => module::from_def(d),
        None => Ok(Value::NONE),
    }
}

fn exec_builtin(_: Args) -> Res {
    Ok(Value::small_int(0))
}

fn is_frozen(a: Args) -> Res {
    Ok(Value::bool(stored_name(&name_of(a.at(0))?).is_some()))
}

fn is_frozen_package(a: Args) -> Res {
    let name = name_of(a.at(0))?;
    match stored_name(&name).and_then(archive::module) {
        Some((_, package)) => Ok(Value::bool(package)),
        None => Err(no_frozen(&name)),
    }
}

fn no_frozen(name: &str) -> exc::Raised {
    exc::import_error(format!("No such frozen object named {name}"))
}

fn find_frozen(a: Args) -> Res {
    let name = name_of(a.at(0))?;
    let Some(stored) = stored_name(&name) else { return Ok(Value::NONE) };
    let Some((_, package)) = archive::module(stored) else { return Ok(Value::NONE) };
    let original = str::intern(stored);
    Ok(tuple::from_vec(vec![Value::NONE, Value::bool(package), original]))
}

fn get_frozen_object(a: Args) -> Res {
    let name = name_of(a.at(0))?;
    let stored = stored_name(&name).ok_or_else(|| no_frozen(&name))?;
    embedded_code(stored, &format!("<frozen {stored}>"))
}

fn fix_co_filename(_: Args) -> Res {
    Ok(Value::NONE)
}

fn lock_held(_: Args) -> Res {
    Ok(Value::FALSE)
}

fn nothing(_: Args) -> Res {
    Ok(Value::NONE)
}

fn extension_suffixes(_: Args) -> Res {
    Ok(list::from_vec(Vec::new()))
}

fn source_hash(a: Args) -> Res {
    let key = weft_vm::types::int::to_bigint(&protocol::number::index(a.at(0))?);
    let key: u64 = key.iter_u64_digits().next().unwrap_or(0);
    let source = weft_vm::buffer::get(a.at(1))?;
    Ok(bytes::new(&siphash13(key, source.as_slice()).to_le_bytes()))
}

/// SipHash-1-3 with keys `(key, 0)`: what PEP 552 checks sources with.
fn siphash13(key: u64, data: &[u8]) -> u64 {
    let mut v = [key ^ 0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, key ^ 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
    fn round(v: &mut [u64; 4]) {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
    let mut chunks = data.chunks_exact(8);
    for c in &mut chunks {
        let m = u64::from_le_bytes(c.try_into().expect("eight bytes"));
        v[3] ^= m;
        round(&mut v);
        v[0] ^= m;
    }
    let last = chunks.remainder().iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b)) | (data.len() as u64) << 56;
    v[3] ^= last;
    round(&mut v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

const FUNCTIONS: &[FnDef] = &[
    def("is_builtin", "($module, name, /)", is_builtin, "Returns True if the module name corresponds to a built-in module."),
    def("create_builtin", "($module, spec, /)", create_builtin, "Create an extension module."),
    def("exec_builtin", "($module, mod, /)", exec_builtin, "Initialize a built-in module."),
    def("is_frozen", "($module, name, /)", is_frozen, "Returns True if the module name corresponds to a frozen module."),
    def("is_frozen_package", "($module, name, /)", is_frozen_package, "Returns True if the module name is of a frozen package."),
    def(
        "find_frozen",
        "($module, name, /, *, withdata=False)",
        find_frozen,
        "Return info about the corresponding frozen module (if there is one) or None.",
    ),
    def("get_frozen_object", "($module, name, data=None, /)", get_frozen_object, "Create a code object for a frozen module."),
    def("init_frozen", "($module, name, /)", nothing, "Initializes a frozen module."),
    def("_fix_co_filename", "($module, code, path, /)", fix_co_filename, "Changes code.co_filename to specify the passed-in file path."),
    def("lock_held", "($module, /)", lock_held, "Return True if the import lock is currently held, else False."),
    def("acquire_lock", "($module, /)", nothing, "Acquires the interpreter's import lock for the current thread."),
    def("release_lock", "($module, /)", nothing, "Release the interpreter's import lock."),
    def("extension_suffixes", "($module, /)", extension_suffixes, "Returns the list of file suffixes used to identify extension modules."),
    def("source_hash", "($module, /, key, source)", source_hash, ""),
    def("_override_frozen_modules_for_tests", "($module, override, /)", nothing, ""),
    def("_override_multi_interp_extensions_check", "($module, override, /)", |_| Ok(Value::small_int(0)), ""),
];

fn exec(m: &Value) -> Res<()> {
    module::add(m, "check_hash_based_pycs", str::intern("default"));
    module::add(m, "pyc_magic_number_token", Value::small_int(0x0a0d_0000 | 3627));
    Ok(())
}

/// `_imp`.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_imp", doc: "(Extremely) low-level import machinery bits as used by importlib.", functions: FUNCTIONS, exec };

/// Names of the modules made natively, for `sys.builtin_module_names`.
pub fn builtin_names() -> Vec<Value> {
    let mut all: Vec<&str> = crate::modules().map(|m| m.name).chain(["sys", "builtins"]).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(str::intern).collect()
}

/// Runs an embedded module before the import system exists: importlib's own.
pub fn run_embedded(stored: &str, name: &str) -> Res {
    let m = module::new(name);
    module::add(&m, "__origname__", str::intern(stored));
    let code = embedded_code(stored, &format!("<frozen {stored}>"))?;
    if let Some(table) = eval::import::sys_attribute("modules")
        && table.is_instance(types().dict)
    {
        dict::set_str(&table, &str::intern(name), m.clone());
    }
    eval::import::run_in_module(&m, &code)?;
    Ok(m)
}

/// The path of a file or folder within the embedded library, by where it would lie.
pub fn stored_path(path: &[u8]) -> Option<&str> {
    // SAFETY: the GIL is held.
    let root = unsafe { &*ROOT.get() };
    let below = path.strip_prefix(root.as_bytes()).filter(|_| !root.is_empty())?;
    match below {
        [] => Some(""),
        [b'/', below @ ..] => std::str::from_utf8(below).ok().map(|p| p.trim_end_matches('/')),
        _ => None,
    }
}
