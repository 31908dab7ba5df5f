//! `_csv`: reading and writing tables as text. Follows CPython's `Modules/_csv.c`.

mod dialect;
mod reader;
mod writer;

use crate::LazyClass;
use weft_vm::cell::Field;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::flag;
use weft_vm::class::native::{Args, FnDef, def, raw};
use weft_vm::exc::{self, Raised};
use weft_vm::global::Global;
use weft_vm::protocol::number;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{dict, int, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_csv", doc: "CSV parsing and writing.\n", functions: FUNCTIONS, exec };

static FUNCTIONS: &[FnDef] = &[
    raw(
        "reader",
        "($module, iterable, /, dialect='excel', **fmtparams)",
        reader::reader,
        "Return a reader object that will process lines from the given iterable.\n\nThe \"iterable\" argument can be any object that returns a line\nof input for each iteration, such as a file object or a list.  The\noptional \"dialect\" argument defines a CSV dialect.  The function\nalso accepts optional keyword arguments which override settings\nprovided by the dialect.\n\nThe returned object is an iterator.  Each iteration returns a row\nof the CSV file (which can span multiple input lines).\n",
    ),
    raw(
        "writer",
        "($module, fileobj, /, dialect='excel', **fmtparams)",
        writer::writer,
        "Return a writer object that will write user data on the given file object.\n\nThe \"fileobj\" argument can be any object that supports the file API.\nThe optional \"dialect\" argument defines a CSV dialect.  The function\nalso accepts optional keyword arguments which override settings\nprovided by the dialect.\n",
    ),
    def("list_dialects", "($module, /)", |_| Ok(list::from_vec(dict::keys(&dialects()))), "Return a list of all known dialect names."),
    raw(
        "register_dialect",
        "($module, name, /, dialect='excel', **fmtparams)",
        register_dialect,
        "Create a mapping from a string name to a CVS dialect.\n\nThe optional \"dialect\" argument specifies the base dialect instance\nor the name of the registered dialect.  The function also accepts\noptional keyword arguments which override settings provided by the\ndialect.\n",
    ),
    def("unregister_dialect", "($module, /, name)", unregister_dialect, "Delete the name/dialect mapping associated with a string name."),
    def("get_dialect", "($module, /, name)", |a| get_dialect(a.at(0)), "Return the dialect instance associated with name."),
    def(
        "field_size_limit",
        "($module, /, new_limit=<unrepresentable>)",
        field_size_limit,
        "Sets an upper limit on parsed fields.\n\nReturns old limit. If limit is not given, no new limit is set and\nthe old limit is returned",
    ),
];

static ERROR: LazyClass = LazyClass::new(&ERROR_SPEC);

static ERROR_SPEC: TypeSpec = TypeSpec {
    name: "_csv.Error",
    base: Some(|| types().exception),
    flags: flag::BASETYPE,
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// Raises `_csv.Error`.
fn error(message: impl AsRef<str>) -> Raised {
    exc::new(ERROR.get(), message)
}

/// When fields are quoted.
mod quoting {
    pub const MINIMAL: i64 = 0;
    pub const ALL: i64 = 1;
    pub const NONNUMERIC: i64 = 2;
    pub const NONE: i64 = 3;
    pub const STRINGS: i64 = 4;
    pub const NOTNULL: i64 = 5;
}

struct State {
    /// A dict from names to dialects.
    dialects: Field,
    field_limit: i64,
}

static STATE: Global<State> = Global::new(State { dialects: Field::empty(), field_limit: 128 * 1024 });

fn state() -> &'static mut State {
    // SAFETY: the GIL is held; callers read or write a field and let go.
    unsafe { &mut *STATE.get() }
}

fn dialects() -> Value {
    if state().dialects.peek().is_none() {
        state().dialects.set(dict::new());
    }
    state().dialects.value()
}

/// The longest field that is read.
fn field_limit() -> usize {
    state().field_limit.max(0) as usize
}

fn exec(m: &Value) -> Res<()> {
    module::add(m, "_dialects", dialects());
    for (name, n) in [
        ("QUOTE_MINIMAL", quoting::MINIMAL),
        ("QUOTE_ALL", quoting::ALL),
        ("QUOTE_NONNUMERIC", quoting::NONNUMERIC),
        ("QUOTE_NONE", quoting::NONE),
        ("QUOTE_STRINGS", quoting::STRINGS),
        ("QUOTE_NOTNULL", quoting::NOTNULL),
    ] {
        module::add(m, name, Value::small_int(n));
    }
    module::add(m, "Dialect", dialect::DIALECT.get().value());
    module::add(m, "Reader", reader::READER.get().value());
    module::add(m, "Writer", writer::WRITER.get().value());
    module::add(m, "Error", ERROR.get().value());
    Ok(())
}

/// Splits off the first argument and the dialect behind it from the keywords.
#[allow(clippy::type_complexity)]
fn arguments<'a>(fname: &str, args: &'a [Value], kwnames: Option<&'a Value>) -> Res<(&'a Value, Option<&'a Value>, Vec<(Value, Value)>)> {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, values) = args.split_at(args.len() - names.len());
    let keywords = names.iter().cloned().zip(values.iter().cloned()).collect();
    match positional {
        [] => Err(exc::type_error(format!("{fname} expected at least 1 argument, got 0"))),
        [first] => Ok((first, None, keywords)),
        [first, dialect] => Ok((first, Some(dialect), keywords)),
        more => Err(exc::type_error(format!("{fname} expected at most 2 arguments, got {}", more.len()))),
    }
}

fn register_dialect(args: &[Value], kwnames: Option<&Value>) -> Res {
    let (name, dialect, keywords) = arguments("register_dialect", args, kwnames)?;
    if !str::is_str(name) {
        return Err(exc::type_error("dialect name must be a string"));
    }
    dict::set(&dialects(), name, &dialect::make(dialect, &keywords)?)?;
    Ok(Value::NONE)
}

fn unregister_dialect(a: Args) -> Res {
    match dict::pop(&dialects(), a.at(0))? {
        Some(_) => Ok(Value::NONE),
        None => Err(error("unknown dialect")),
    }
}

/// A registered dialect.
fn get_dialect(name: &Value) -> Res {
    dict::get(&dialects(), name)?.ok_or_else(|| error("unknown dialect"))
}

fn field_size_limit(a: Args) -> Res {
    let old = state().field_limit;
    if let Some(n) = a.opt(0) {
        if !int::is_int(n) {
            return Err(exc::type_error("limit must be an integer"));
        }
        state().field_limit = number::as_isize(n)? as i64;
    }
    Ok(Value::int(old))
}

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    visit(state().dialects.word());
}
