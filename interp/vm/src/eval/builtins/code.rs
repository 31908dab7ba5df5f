//! `compile`, `eval`, `exec`.

use crate::class::native::{Args, FnDef, def};
use crate::types::{cellobject, code, dict, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{eval, exc, protocol};
use weft_compiler::stored::Stored;
use weft_compiler::{CompileError, ErrorKind, Mode, Options, Warning, compile_flags};

/// The bits of `flags` that `compile()` takes.
const KNOWN_FLAGS: u32 = 0x1fe_0000 | 0x100 | 0x200 | 0x400 | 0x1000 | 0x2000 | 0x4000 | 0x8000;

/// `sys.flags.optimize`, as `-O` sets it.
pub static OPTIMIZE: crate::global::Global<u8> = crate::global::Global::new(0);

/// Raises the exception a failed compilation stands for.
pub fn raise_compile_error(e: &CompileError, filename: &Value) -> exc::Raised {
    if let Err(raised) = report(&e.warnings, filename) {
        return raised;
    }
    let t = types();
    let class = match e.kind {
        ErrorKind::Syntax => t.syntax_error,
        ErrorKind::Indentation => t.indentation_error,
        ErrorKind::Tab => t.tab_error,
        ErrorKind::Incomplete => t.incomplete_input_error,
        ErrorKind::Value => return exc::value_error(&e.message),
        ErrorKind::Overflow => return exc::overflow_error(&e.message),
        ErrorKind::Recursion => return exc::recursion_error(&e.message),
        ErrorKind::Memory => return exc::raise_args(t.memory_error, &[str::new(&e.message)]),
        ErrorKind::System => return exc::system_error(&e.message),
    };
    let number = |n: i32| if n < 0 { Value::NONE } else { Value::int(i64::from(n)) };
    let text = e.text.as_ref().map_or(Value::NONE, |t| str::new(t));
    let details = tuple::from_vec(vec![
        filename.clone(),
        number(e.location.line),
        Value::int(i64::from(e.column)),
        text,
        number(e.location.end_line),
        Value::int(i64::from(e.end_column)),
    ]);
    match crate::call::call(&class.value(), &[str::new(&e.message), details], None) {
        Ok(made) => match set_context(&made, e.context.as_deref()) {
            Ok(()) => exc::raise(made),
            Err(raised) => raised,
        },
        Err(raised) => raised,
    }
}

/// Gives a SyntaxError what `traceback` looks for misspelt keywords in.
fn set_context(error: &Value, context: Option<&weft_compiler::error::Context>) -> Res<()> {
    let Some(context) = context else { return Ok(()) };
    let (line, col) = context.statement;
    let metadata = tuple::from_vec(vec![Value::int(i64::from(line)), Value::int(i64::from(col)), str::new(&context.source)]);
    protocol::attr::setattr(error, &str::intern("_metadata"), &metadata)
}

/// Reports what compilation warns of.
pub fn report(warnings: &[Warning], filename: &Value) -> Res<()> {
    for w in warnings {
        eval::warnings::compiler_warning(w, filename)?;
    }
    Ok(())
}

/// Compiles source text to a code object.
pub fn compile_source(source: &[u8], filename: &Value, mode: Mode, options: Options) -> Res {
    let Decoded { source, options } = decode(source, options, filename)?;
    finish(weft_compiler::compile_stored(&source, &str::to_wtf8(filename), mode, options), filename)
}

/// Source as the compiler can read it.
struct Decoded<'a> {
    source: std::borrow::Cow<'a, [u8]>,
    options: Options,
}

/// Decodes source in an encoding that only the codecs know.
fn decode<'a>(source: &'a [u8], mut options: Options, filename: &Value) -> Res<Decoded<'a>> {
    let text = options.flags & (compile_flags::SOURCE_IS_UTF8 | compile_flags::IGNORE_COOKIE) != 0;
    let Some(encoding) = (if text { None } else { weft_compiler::source::foreign_encoding(source) }) else {
        return Ok(Decoded { source: source.into(), options });
    };
    let refused = |message: String| raise_compile_error(&weft_compiler::source::encoding_error(message), filename);
    match crate::codecs::decode_bytes(source, &encoding, "strict") {
        Ok(decoded) => {
            options.flags |= compile_flags::IGNORE_COOKIE;
            Ok(Decoded { source: str::as_utf8(&decoded)?.into_owned().into_bytes().into(), options })
        }
        Err(raised) => {
            let e = exc::take(raised);
            let message = protocol::str_string(&e)?;
            Err(refused(if message.starts_with("unknown encoding") { format!("unknown encoding: {encoding}") } else { message }))
        }
    }
}

/// Compiles source that is read from a file.
pub fn compile_file(source: &[u8], filename: &Value, options: Options) -> Res {
    if let Err(e) = weft_compiler::source::check_file(source, &str::display(filename)) {
        return Err(raise_compile_error(&e, filename));
    }
    compile_source(source, filename, Mode::Exec, options)
}

/// The code object that a compilation gave.
pub fn finish(result: Result<(Stored, Vec<Warning>), CompileError>, filename: &Value) -> Res {
    match result {
        Ok((compiled, warnings)) => {
            report(&warnings, filename)?;
            Ok(code::stored::new(&compiled))
        }
        Err(e) => Err(raise_compile_error(&e, filename)),
    }
}

/// The bytes of a source argument, and whether they are text already.
pub fn source_bytes(v: &Value, what: &str) -> Res<(Vec<u8>, bool)> {
    let (bytes, text) = if str::is_str(v) {
        (str::as_utf8(v)?.into_owned().into_bytes(), true)
    } else if v.class().slots().buffer.is_some() {
        (crate::buffer::get(v)?.as_slice().to_vec(), false)
    } else {
        return Err(exc::type_error(what));
    };
    if bytes.contains(&0) {
        return Err(exc::syntax_error("source code string cannot contain null bytes"));
    }
    Ok((bytes, text))
}

fn inherited_flags() -> u32 {
    let frame = crate::thread::thread().innermost_frame();
    // SAFETY: the innermost frame is live.
    if frame.is_null() { 0 } else { unsafe { (*(*frame).code).parts.flags & 0x1fe_0000 } }
}

/// A file name given as text, bytes or a path object.
fn path_text(v: &Value) -> Res {
    if str::is_str(v) {
        return Ok(v.clone());
    }
    if v.is_instance(types().bytes) {
        return Ok(crate::codecs::fs_decode(crate::types::bytes::as_slice(v)));
    }
    match crate::call::call_special(v, &names().__fspath__, &[]) {
        Some(r) => path_text(&r?),
        None => Err(exc::type_error(format!("expected str, bytes or os.PathLike object, not {}", v.class().full_name()))),
    }
}

fn compile(a: Args) -> Res {
    let (source, filename, mode) = (a.at(0), a.at(1), a.at(2));
    let filename = path_text(filename)?;
    let flags = a.opt(3).map_or(Ok(0), |v| protocol::number::as_isize(v).map(|n| n as i64))?;
    if flags < 0 || flags as u32 & !KNOWN_FLAGS != 0 {
        return Err(exc::value_error("compile(): unrecognised flags"));
    }
    let dont_inherit = a.opt(4).map_or(Ok(false), protocol::is_true)?;
    let optimize = a.opt(5).map_or(Ok(-1), |v| protocol::number::as_isize(v).map(|n| n as i64))?;
    let optimize = match optimize {
        // SAFETY: the GIL is held.
        -1 => unsafe { *OPTIMIZE.get() },
        0..=2 => optimize as u8,
        _ => return Err(exc::value_error("compile(): invalid optimize value")),
    };
    if !str::is_str(mode) {
        return Err(exc::type_error(format!("compile() argument 'mode' must be str, not {}", mode.class().full_name())));
    }
    let only_ast = flags as u32 & 0x400 != 0;
    let mode = match str::display(mode).as_str() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        "func_type" if only_ast => return function_type(source, &filename),
        "func_type" => return Err(exc::value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST")),
        _ => return Err(exc::value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let mut flags = flags as u32;
    if !dont_inherit {
        flags |= inherited_flags();
    }
    // Only a tree can be asked for as an older Python would have it.
    if only_ast && let Some(minor) = a.opt(6).map(protocol::number::as_isize).transpose()?.filter(|n| (1..=14).contains(n)) {
        flags |= (minor as u32) << compile_flags::FEATURE_VERSION_SHIFT;
    }
    if let Some(hooks) = AST_HOOKS.get() {
        if (hooks.is_ast)(source)? {
            return (hooks.compile)(source, &filename, mode, Options { optimize, flags });
        }
        if only_ast {
            let (bytes, text) = source_bytes(source, "compile() arg 1 must be a string, bytes or AST object")?;
            let flags = if text { flags | compile_flags::SOURCE_IS_UTF8 } else { flags };
            return (hooks.parse)(&bytes, &filename, mode, Options { optimize, flags });
        }
    }
    let (bytes, text) = source_bytes(source, "compile() arg 1 must be a string, bytes or AST object")?;
    if text {
        flags |= compile_flags::SOURCE_IS_UTF8;
    }
    compile_source(&bytes, &filename, mode, Options { optimize, flags })
}

/// The type of a function, as text or as a tree already.
fn function_type(source: &Value, filename: &Value) -> Res {
    let Some(hooks) = AST_HOOKS.get() else { return Err(exc::value_error("compile() mode 'func_type' needs _ast")) };
    if (hooks.is_ast)(source)? {
        return (hooks.check_func_type)(source);
    }
    let (bytes, _) = source_bytes(source, "compile() arg 1 must be a string, bytes or AST object")?;
    (hooks.func_type)(&bytes, filename, Options { optimize: 0, flags: compile_flags::SOURCE_IS_UTF8 })
}

/// What the `_ast` module gives `compile`: it knows the classes of tree nodes.
pub struct AstHooks {
    /// Whether the value is a tree.
    pub is_ast: fn(&Value) -> Res<bool>,
    /// Compiles a tree.
    pub compile: fn(&Value, &Value, Mode, Options) -> Res,
    /// Parses source to a tree.
    pub parse: fn(&[u8], &Value, Mode, Options) -> Res,
    /// Parses the type of a function to a tree.
    pub func_type: fn(&[u8], &Value, Options) -> Res,
    /// Refuses a tree that is not the type of a function.
    pub check_func_type: fn(&Value) -> Res,
}

/// Set by the `_ast` module's crate at start-up.
pub static AST_HOOKS: std::sync::OnceLock<AstHooks> = std::sync::OnceLock::new();

fn namespaces(a: &Args, what: &str) -> Res<(Value, Value)> {
    let globals = match a.some(1) {
        Some(g) if g.is_instance(types().dict) => g.clone(),
        Some(g) => {
            let text = if what == "eval" && g.class().slots().get_item.is_some() {
                "globals must be a real dict; try eval(code, {}, mapping)".to_owned()
            } else if what == "eval" {
                "globals must be a dict".to_owned()
            } else {
                format!("exec() globals must be a dict, not {}", g.class().full_name())
            };
            return Err(exc::type_error(text));
        }
        None => eval::current_globals().ok_or_else(|| exc::system_error("globals do not exist"))?,
    };
    let locals = match a.some(2) {
        Some(l) if l.class().slots().get_item.is_some() => l.clone(),
        Some(l) => {
            let text = if what == "eval" {
                "locals must be a mapping".to_owned()
            } else {
                format!("locals must be a mapping or None, not {}", l.class().full_name())
            };
            return Err(exc::type_error(text));
        }
        None if a.some(1).is_some() => globals.clone(),
        None => super::objects::current_locals()?,
    };
    if dict::get_str_ref(&globals, &names().__builtins__).is_none() {
        dict::set_str(&globals, &names().__builtins__, super::module());
    }
    Ok((globals, locals))
}

fn options_of_caller(text: bool) -> Options {
    // SAFETY: the GIL is held.
    let optimize = unsafe { *OPTIMIZE.get() };
    Options { optimize, flags: inherited_flags() | if text { compile_flags::SOURCE_IS_UTF8 } else { 0 } }
}

fn evaluate(a: Args) -> Res {
    let (globals, locals) = namespaces(&a, "eval")?;
    let source = a.at(0);
    let code_value = if source.is_instance(types().code) {
        if code::this(source).free_count() > 0 {
            return Err(exc::type_error("code object passed to eval() may not contain free variables"));
        }
        source.clone()
    } else {
        let (bytes, text) = source_bytes(source, "eval() arg 1 must be a string, bytes or code object")?;
        let trimmed: &[u8] = {
            let start = bytes.iter().position(|b| *b != b' ' && *b != b'\t').unwrap_or(bytes.len());
            &bytes[start..]
        };
        compile_source(trimmed, &str::intern("<string>"), Mode::Eval, options_of_caller(text))?
    };
    eval::run_code(&code_value, &globals, &locals, None)
}

fn execute(a: Args) -> Res {
    let (globals, locals) = namespaces(&a, "exec")?;
    let source = a.at(0);
    let closure = a.some(3);
    let code_value = if source.is_instance(types().code) {
        let n = code::this(source).free_count();
        match closure {
            None if n > 0 => return Err(exc::type_error("code object passed to exec() may not contain free variables")),
            Some(_) if n == 0 => return Err(exc::type_error("cannot use a closure with this code object")),
            Some(c) => {
                let fits = c.is_instance(types().tuple)
                    && tuple::items(c).len() == n
                    && tuple::items(c).iter().all(|x| x.downcast::<cellobject::Cell>().is_some());
                if !fits {
                    return Err(exc::type_error(format!("code object requires a closure of exactly length {n}")));
                }
            }
            None => {}
        }
        source.clone()
    } else {
        if closure.is_some() {
            return Err(exc::type_error("closure argument can only be used if first argument is a code object"));
        }
        let (bytes, text) = source_bytes(source, "exec() arg 1 must be a string, bytes or code object")?;
        compile_source(&bytes, &str::intern("<string>"), Mode::Exec, options_of_caller(text))?
    };
    eval::run_code(&code_value, &globals, &locals, closure.cloned())?;
    Ok(Value::NONE)
}

/// This file's functions.
pub const FUNCTIONS: &[FnDef] = &[
    def(
        "compile",
        "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        compile,
        "Compile source into a code object that can be executed by exec() or eval().\n\nThe source code may represent a Python module, statement or expression.\nThe filename will be used for run-time error messages.\nThe mode must be 'exec' to compile a module, 'single' to compile a\nsingle (interactive) statement, or 'eval' to compile an expression.\nThe flags argument, if present, controls which future statements influence\nthe compilation of the code.\nThe dont_inherit argument, if true, stops the compilation inheriting\nthe effects of any future statements in effect in the code calling\ncompile; if absent or false these statements do influence the compilation,\nin addition to any features explicitly specified.",
    ),
    def(
        "eval",
        "($module, source, /, globals=None, locals=None)",
        evaluate,
        "Evaluate the given source in the context of globals and locals.\n\nThe source may be a string representing a Python expression\nor a code object as returned by compile().\nThe globals must be a dictionary and locals can be any mapping,\ndefaulting to the current globals and locals.\nIf only globals is given, locals defaults to it.",
    ),
    def(
        "exec",
        "($module, source, /, globals=None, locals=None, *, closure=None)",
        execute,
        "Execute the given source in the context of globals and locals.\n\nThe source may be a string representing one or more Python statements\nor a code object as returned by compile().\nThe globals must be a dictionary and locals can be any mapping,\ndefaulting to the current globals and locals.\nIf only globals is given, locals defaults to it.\nThe closure must be a tuple of cellvars, and can only be used\nwhen source is a code object requiring exactly that many cellvars.",
    ),
];
