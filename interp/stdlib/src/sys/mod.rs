//! `sys`.

mod functions;
mod hooks;
pub mod info;
mod jit;
mod monitoring;
pub mod settings;
pub mod stream;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use weft_vm::codecs;
use weft_vm::eval::{builtins, import};
use weft_vm::types::{builtin_function, dict, list, module, simple_namespace, str, tuple};
use weft_vm::value::{Res, Value};

/// Which imports `-X importtime` tells the times of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportTimes {
    /// None.
    #[default]
    Untold,
    /// Those that load a module.
    Loaded,
    /// Those of what is there already, too.
    All,
}

/// What the command line says about the interpreter: `sys.flags` and what start-up does.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The name the program was called by.
    pub program: String,
    /// `-d`.
    pub debug: bool,
    /// `-i` or `PYTHONINSPECT`: go to the prompt after the program.
    pub inspect: bool,
    /// `-i`.
    pub interactive: bool,
    /// `-X importtime`.
    pub import_times: ImportTimes,
    /// `-O`, once or twice.
    pub optimize: u8,
    /// `-B`.
    pub dont_write_bytecode: bool,
    /// `-s`.
    pub no_user_site: bool,
    /// `-S`.
    pub no_site: bool,
    /// `-E`.
    pub ignore_environment: bool,
    /// `-v`.
    pub verbose: u8,
    /// `-b`.
    pub bytes_warning: u8,
    /// `-q`.
    pub quiet: bool,
    /// `-I`.
    pub isolated: bool,
    /// `-X dev`.
    pub dev_mode: bool,
    /// `-P`.
    pub safe_path: bool,
    /// `-u`.
    pub unbuffered: bool,
    /// `-x`.
    pub skip_first_line: bool,
    /// `-X utf8`.
    pub utf8_mode: bool,
    /// `-X no_debug_ranges`.
    pub no_debug_ranges: bool,
    /// `-X int_max_str_digits`.
    pub int_max_str_digits: i64,
    /// `-X pycache_prefix`.
    pub pycache_prefix: Option<String>,
    /// Whether the hashes of texts differ from run to run.
    pub hash_randomization: bool,
    /// What the hashes of texts are made from.
    pub hash_seed: u64,
    /// `-W` options.
    pub warn_options: Vec<String>,
    /// `-X` options.
    pub x_options: Vec<(String, Option<String>)>,
    /// `-X cpu_count` or `PYTHON_CPU_COUNT`.
    pub cpu_count: Option<i64>,
    /// `sys.argv`.
    pub argv: Vec<OsString>,
    /// `sys.orig_argv`.
    pub orig_argv: Vec<OsString>,
    /// `sys.executable`.
    pub executable: String,
    /// `sys.prefix`.
    pub prefix: String,
    /// `sys.path` as it is before `site` runs.
    pub path: Vec<String>,
    /// What is put in front of it afterwards: where the program is.
    pub path0: Option<OsString>,
}

/// Makes the module. Called once, at start-up.
pub fn initialise(config: &Config) -> Res<()> {
    let m = module::new("sys");
    import::set_sys(m.clone());
    settings::initialise(config)?;
    let add = |name: &str, v: Value| module::add(&m, name, v);
    let modules = dict::new();
    dict::set_str(&modules, &str::intern("sys"), m.clone());
    dict::set_str(&modules, &str::intern("builtins"), builtins::module());
    add("modules", modules);
    for table in [functions::FUNCTIONS, settings::FUNCTIONS, hooks::FUNCTIONS] {
        builtin_function::add_functions(&m, table);
    }
    add("_jit", jit::new()?);
    add("monitoring", monitoring::new()?);
    for (name, alias) in [
        ("displayhook", "__displayhook__"),
        ("excepthook", "__excepthook__"),
        ("unraisablehook", "__unraisablehook__"),
        ("breakpointhook", "__breakpointhook__"),
    ] {
        if let Some(f) = dict::get_str(&module::dict(&m), &str::intern(name)) {
            add(alias, f);
        }
    }
    let texts = |items: &[String]| list::from_vec(items.iter().map(|s| str::new(s)).collect());
    let words = |all: &[OsString]| list::from_vec(all.iter().map(|w| codecs::fs_decode(w.as_bytes())).collect());
    add("argv", words(&config.argv));
    add("orig_argv", words(&config.orig_argv));
    add("path", texts(&config.path));
    add("warnoptions", texts(&config.warn_options));
    add("meta_path", list::from_vec(Vec::new()));
    add("path_hooks", list::from_vec(Vec::new()));
    add("path_importer_cache", dict::new());
    add("executable", str::new(&config.executable));
    add("_base_executable", str::new(&config.executable));
    for name in ["prefix", "base_prefix", "exec_prefix", "base_exec_prefix"] {
        add(name, str::new(&config.prefix));
    }
    add("platlibdir", str::intern("lib"));
    add("_stdlib_dir", str::from_string(format!("{}/lib/python3.14", config.prefix)));
    add("_framework", str::intern(""));
    add("_home", Value::NONE);
    add("_git", tuple::from_vec(vec![str::intern("Weft"), str::intern(""), str::intern("")]));
    add("dont_write_bytecode", Value::bool(config.dont_write_bytecode));
    add("pycache_prefix", config.pycache_prefix.as_ref().map_or(Value::NONE, |p| str::new(p)));
    let xoptions = dict::new();
    for (k, v) in &config.x_options {
        dict::set_str(&xoptions, &str::intern(k), v.as_ref().map_or(Value::TRUE, |v| str::new(v)));
    }
    add("_xoptions", xoptions);
    add("builtin_module_names", tuple::from_vec(crate::import::builtin_names()));
    add("stdlib_module_names", info::stdlib_module_names()?);
    info::add(&m, config)?;
    Ok(())
}

/// `sys.implementation`.
fn implementation(version: Value, hexversion: i64) -> Res {
    let ns = simple_namespace::new(&[]);
    let set = |name: &str, v: Value| weft_vm::protocol::attr::setattr(&ns, &str::intern(name), &v);
    set("name", str::intern("weft"))?;
    set("cache_tag", str::intern("weft-314"))?;
    set("version", version)?;
    set("hexversion", Value::int(hexversion))?;
    set("_multiarch", str::from_string(format!("{}-linux-gnu", std::env::consts::ARCH)))?;
    set("supports_isolated_interpreters", Value::FALSE)?;
    Ok(ns)
}
