//! Running a program as `__main__`: text, a module, a file, standard input.

use crate::sys::Config;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use weft_compiler::{Mode, Options};
use weft_vm::eval::builtins;
use weft_vm::eval::import as imports;
use weft_vm::types::{code, dict, list, module, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, codecs, eval, exc, protocol};

/// The `__main__` module, made when first asked for.
pub fn main_module() -> Res {
    if let Some(m) = imports::loaded_module("__main__") {
        return Ok(m);
    }
    let m = module::new("__main__");
    let d = module::dict(&m);
    dict::set_str(&d, &str::intern("__builtins__"), builtins::module());
    if let Some(loader) = imports::loaded_module("_frozen_importlib") {
        dict::set_str(&d, &str::intern("__loader__"), protocol::attr::getattr(&loader, &str::intern("BuiltinImporter"))?);
    }
    if let Some(table) = imports::sys_attribute("modules") {
        dict::set_str(&table, &str::intern("__main__"), m.clone());
    }
    Ok(m)
}

fn options(config: &Config) -> Options {
    Options { optimize: config.optimize, flags: 0 }
}

/// Lets tracebacks show the source of code that is in no file.
pub(crate) fn register_source(code: &Value, source: &str, filename: &Value) -> Res<()> {
    let linecache = imports::import_module("linecache")?;
    call::call_method(&linecache, &str::intern("_register_code"), &[code.clone(), str::new(source), filename.clone()]).map(drop)
}

/// Takes away the indentation that all lines share.
fn dedent(text: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let mut margin: Option<&str> = None;
    for line in text.lines().filter(|l| !l.trim_matches([' ', '\t', '\r']).is_empty()) {
        let own = &line[..indentation(line)];
        margin = Some(match margin {
            None => own,
            Some(m) => {
                let shared = m.bytes().zip(own.bytes()).take_while(|(a, b)| a == b).count();
                &m[..shared]
            }
        });
    }
    let margin = margin.unwrap_or_default();
    if margin.is_empty() {
        return text.to_owned();
    }
    text.split_inclusive('\n').map(|line| line.strip_prefix(margin).unwrap_or_else(|| line.trim_start_matches([' ', '\t']))).collect()
}

/// Runs the text of `-c`.
pub fn command(text: &str, config: &Config) -> Res<()> {
    let d = module::dict(&main_module()?);
    let filename = str::intern("<string>");
    let text = dedent(text);
    let code = builtins::code::compile_source(text.as_bytes(), &filename, Mode::Exec, options(config))?;
    register_source(&code, &text, &filename)?;
    eval::run_code(&code, &d, &d, None).map(drop)
}

/// Runs a module as `-m` does.
pub fn module(name: &str) -> Res<()> {
    main_module()?;
    let runpy = imports::import_module("runpy")?;
    call::call_method(&runpy, &str::intern("_run_module_as_main"), &[str::new(name)]).map(drop)
}

/// Whether a path is a folder or an archive, in which `__main__` is looked for.
fn has_importer(path: &Path, bytes: &[u8]) -> bool {
    let end = &bytes[bytes.len().saturating_sub(66_000)..];
    path.is_dir() || end.windows(4).any(|w| w == b"PK\x05\x06")
}

/// The path from the root, otherwise as it was given.
fn absolute(path: &Path) -> PathBuf {
    std::env::current_dir().map_or_else(|_| path.to_owned(), |here| here.join(path))
}

fn path_value(path: &Path) -> Value {
    codecs::fs_decode(path.as_os_str().as_bytes())
}

/// Runs a script: a source file, a `.pyc` file, or a folder or archive with a `__main__`.
pub fn file(path: &OsStr, config: &Config) -> Res<()> {
    let path = Path::new(path);
    let bytes = match std::fs::read(path) {
        Ok(b) => b,
        Err(_) if path.is_dir() => Vec::new(),
        Err(e) => {
            let errno = e.raw_os_error().unwrap_or(0);
            weft_vm::complain!(
                "{}: can't open file '{}': [Errno {errno}] {}",
                config.program,
                absolute(path).display(),
                exc::os_error_text(errno)
            );
            return Err(exc::raise_args(types().system_exit, &[Value::small_int(2)]));
        }
    };
    if has_importer(path, &bytes) {
        if let Some(p) = imports::sys_attribute("path") {
            list::insert(&p, 0, path_value(&absolute(path)));
        }
        main_module()?;
        let runpy = imports::import_module("runpy")?;
        return call::call_method(&runpy, &str::intern("_run_module_as_main"), &[str::intern("__main__"), Value::FALSE]).map(drop);
    }
    let filename = path_value(&absolute(path));
    let d = module::dict(&main_module()?);
    dict::set_str(&d, &str::intern("__file__"), filename.clone());
    dict::set_str(&d, &str::intern("__cached__"), Value::NONE);
    let is_compiled = path.extension().is_some_and(|e| e == "pyc");
    if let Some(external) = imports::loaded_module("_frozen_importlib_external") {
        let loader = if is_compiled { "SourcelessFileLoader" } else { "SourceFileLoader" };
        let loader = protocol::attr::getattr(&external, &str::intern(loader))?;
        let loader = call::call(&loader, &[str::intern("__main__"), filename.clone()], None)?;
        dict::set_str(&d, &str::intern("__loader__"), loader);
    }
    let code = if is_compiled {
        match weft_compiler::pyc::read(&bytes) {
            Ok((_, code)) => {
                weft_compiler::verify::verify(&code).map_err(|e| exc::value_error(format!("bad .pyc file: {e}")))?;
                code::new(code)
            }
            Err(e) => return Err(exc::runtime_error(format!("Bad magic number in .pyc file: {e}"))),
        }
    } else {
        let source = if config.skip_first_line { without_first_line(&bytes) } else { &bytes };
        builtins::code::compile_file(source, &filename, options(config))?
    };
    eval::run_code(&code, &d, &d, None).map(drop)
}

/// What `-x` leaves of a source. The newline stays, so that line numbers are right.
fn without_first_line(source: &[u8]) -> &[u8] {
    source.iter().position(|&b| b == b'\n').map_or(&[], |at| &source[at..])
}

/// Runs source read from standard input.
pub fn stdin(config: &Config) -> Res<()> {
    let mut bytes = Vec::new();
    if let Err(e) = std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes) {
        return Err(exc::io_error(&e, None));
    }
    let d = module::dict(&main_module()?);
    let filename = str::intern("<stdin>");
    let code = builtins::code::compile_file(&bytes, &filename, options(config))?;
    eval::run_code(&code, &d, &d, None).map(drop)
}

#[cfg(test)]
mod tests {
    use super::dedent;

    #[test]
    fn shared_indentation_goes() {
        assert_eq!(dedent("  a\n    b\n\n  c\n"), "a\n  b\n\nc\n");
        assert_eq!(dedent("a\n  b"), "a\n  b");
        assert_eq!(dedent("\t x\n\ty\n"), " x\ny\n");
        assert_eq!(dedent("\n  if 1:\n\n    x\n "), "\nif 1:\n\n  x\n");
    }
}
