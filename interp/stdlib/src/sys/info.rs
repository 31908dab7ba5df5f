//! What `sys` says about the version, the platform and the number formats.

use super::Config;
use weft_vm::types::{module, set, str, structseq};
use weft_vm::value::{Res, Value};

/// CPython's version that this one behaves as.
const VERSION: (i64, i64, i64) = (3, 14, 10);

type Field = (&'static str, &'static str);

/// A struct sequence type that is made once, and one value of it.
fn record(name: &'static str, doc: &'static str, fields: &'static [Field], values: Vec<Value>) -> Value {
    record_with_hidden(name, doc, fields, fields.len(), values)
}

/// As [`record`], with only the first `n` fields in the sequence.
fn record_with_hidden(name: &'static str, doc: &'static str, fields: &'static [Field], n: usize, values: Vec<Value>) -> Value {
    let ty = structseq::new_type(name, doc, fields, n, true);
    structseq::new(ty, values)
}

/// The version of Python, as `-V` gives it.
pub fn release() -> String {
    let (major, minor, micro) = VERSION;
    format!("{major}.{minor}.{micro}")
}

/// `sys.version`.
pub fn version() -> String {
    format!("{} (Weft {}, {}) [Rust]", release(), env!("CARGO_PKG_VERSION"), std::env::consts::ARCH)
}

/// Adds the constants of the module.
pub fn add(m: &Value, config: &Config) -> Res<()> {
    let set_to = |name: &str, v: Value| module::add(m, name, v);
    let (major, minor, micro) = VERSION;
    let hexversion = major << 24 | minor << 16 | micro << 8 | 0xf0;
    let version_info = record(
        "sys.version_info",
        "sys.version_info\n\nVersion information as a named tuple.",
        &[
            ("major", "Major release number"),
            ("minor", "Minor release number"),
            ("micro", "Patch release number"),
            ("releaselevel", "'alpha', 'beta', 'candidate', or 'final'"),
            ("serial", "Serial release number"),
        ],
        vec![Value::int(major), Value::int(minor), Value::int(micro), str::intern("final"), Value::int(0)],
    );
    set_to("version_info", version_info.clone());
    set_to("hexversion", Value::int(hexversion));
    set_to("version", str::from_string(version()));
    set_to("api_version", Value::int(1013));
    set_to(
        "copyright",
        str::intern(
            "Copyright (c) the Weft authors.\n\nThe standard library: Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.",
        ),
    );
    set_to("platform", str::intern(if cfg!(target_os = "macos") { "darwin" } else { "linux" }));
    set_to("byteorder", str::intern(if cfg!(target_endian = "big") { "big" } else { "little" }));
    set_to("maxsize", Value::int(i64::MAX));
    set_to("maxunicode", Value::int(0x10ffff));
    set_to("float_repr_style", str::intern("short"));
    set_to("abiflags", str::intern(""));
    set_to("implementation", super::implementation(version_info, hexversion)?);
    set_to("flags", flags(config));
    set_to("float_info", float_info());
    set_to(
        "int_info",
        record(
            "sys.int_info",
            "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.",
            &[("bits_per_digit", ""), ("sizeof_digit", ""), ("default_max_str_digits", ""), ("str_digits_check_threshold", "")],
            [30, 4, 4300, 640].map(Value::int).to_vec(),
        ),
    );
    set_to(
        "hash_info",
        record(
            "sys.hash_info",
            "hash_info\n\nA named tuple providing parameters used for computing hashes.\nThe attributes are read only.",
            &[
                ("width", ""),
                ("modulus", ""),
                ("inf", ""),
                ("nan", ""),
                ("imag", ""),
                ("algorithm", ""),
                ("hash_bits", ""),
                ("seed_bits", ""),
                ("cutoff", ""),
            ],
            vec![
                Value::int(64),
                Value::int((1 << 61) - 1),
                Value::int(314159),
                Value::int(0),
                Value::int(1000003),
                str::intern("foldhash"),
                Value::int(64),
                Value::int(128),
                Value::int(0),
            ],
        ),
    );
    set_to(
        "thread_info",
        record(
            "sys.thread_info",
            "sys.thread_info\n\nA named tuple holding information about the thread implementation.",
            &[("name", ""), ("lock", ""), ("version", "")],
            vec![str::intern("pthread"), str::intern("semaphore"), Value::NONE],
        ),
    );
    Ok(())
}

fn flags(c: &Config) -> Value {
    let b = |x: bool| Value::int(i64::from(x));
    let xoption = |name: &str| c.x_options.iter().any(|(k, _)| k == name);
    record_with_hidden(
        "sys.flags",
        "sys.flags\n\nFlags provided through command line arguments or environment vars.",
        &[
            ("debug", "-d"),
            ("inspect", "-i"),
            ("interactive", "-i"),
            ("optimize", "-O or -OO"),
            ("dont_write_bytecode", "-B"),
            ("no_user_site", "-s"),
            ("no_site", "-S"),
            ("ignore_environment", "-E"),
            ("verbose", "-v"),
            ("bytes_warning", "-b"),
            ("quiet", "-q"),
            ("hash_randomization", "-R"),
            ("isolated", "-I"),
            ("dev_mode", "-X dev"),
            ("utf8_mode", "-X utf8"),
            ("warn_default_encoding", "-X warn_default_encoding"),
            ("safe_path", "-P"),
            ("int_max_str_digits", "-X int_max_str_digits"),
            ("gil", "-X gil"),
            ("thread_inherit_context", "-X thread_inherit_context"),
            ("context_aware_warnings", "-X context_aware_warnings"),
        ],
        18,
        vec![
            b(c.debug),
            b(c.inspect),
            b(c.interactive),
            Value::int(i64::from(c.optimize)),
            b(c.dont_write_bytecode),
            b(c.no_user_site),
            b(c.no_site),
            b(c.ignore_environment),
            Value::int(i64::from(c.verbose)),
            Value::int(i64::from(c.bytes_warning)),
            b(c.quiet),
            b(c.hash_randomization),
            b(c.isolated),
            Value::bool(c.dev_mode),
            b(c.utf8_mode),
            b(xoption("warn_default_encoding")),
            Value::bool(c.safe_path),
            Value::int(c.int_max_str_digits),
            Value::int(1),
            b(xoption("thread_inherit_context")),
            b(xoption("context_aware_warnings")),
        ],
    )
}

fn float_info() -> Value {
    record(
        "sys.float_info",
        "sys.float_info\n\nA named tuple holding information about the float type. It contains low level\ninformation about the precision and internal representation. Please study\nyour system's :file:`float.h` for more information.",
        &[
            ("max", ""),
            ("max_exp", ""),
            ("max_10_exp", ""),
            ("min", ""),
            ("min_exp", ""),
            ("min_10_exp", ""),
            ("dig", ""),
            ("mant_dig", ""),
            ("epsilon", ""),
            ("radix", ""),
            ("rounds", ""),
        ],
        vec![
            Value::float(f64::MAX),
            Value::int(1024),
            Value::int(308),
            Value::float(f64::MIN_POSITIVE),
            Value::int(-1021),
            Value::int(-307),
            Value::int(15),
            Value::int(53),
            Value::float(f64::EPSILON),
            Value::int(2),
            Value::int(1),
        ],
    )
}

/// The top-level names of the standard library.
pub fn stdlib_module_names() -> Res {
    let python = include_str!(concat!(env!("OUT_DIR"), "/module_names")).lines();
    let native = crate::modules().map(|m| m.name);
    set::new_frozen(python.chain(native).chain(["sys", "builtins"]).map(str::intern))
}
