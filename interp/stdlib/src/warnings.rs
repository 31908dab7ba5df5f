//! `_warnings`: the native part of `warnings`. Follows CPython's `Python/_warnings.c`.
//!
//! The filters, the default action and the registry of warnings shown once are looked up in the `warnings` module
//! where it has been imported, so that assignments there count.

use std::cell::Cell;
use weft_vm::cell::Field;
use weft_vm::class::build;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::eval::import;
use weft_vm::global::Global;
use weft_vm::protocol::{self, attr, number};
use weft_vm::thread::thread;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::text::Text;
use weft_vm::types::{bounds, context, dict, frame_object, int, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_warnings",
    doc: "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def(
        "warn",
        "($module, /, message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())",
        warn,
        "Issue a warning, or maybe ignore it or raise an exception.\n\n  message\n    Text of the warning message.\n  category\n    The Warning category subclass. Defaults to UserWarning.\n  stacklevel\n    How far up the call stack to make this warning appear. A value of 2 for\n    example attributes the warning to the caller of the code calling warn().\n  source\n    If supplied, the destroyed object which emitted a ResourceWarning\n  skip_file_prefixes\n    An optional tuple of module filename prefixes indicating frames to skip\n    during stacklevel computations for stack frame attribution.",
    ),
    def(
        "warn_explicit",
        "($module, /, message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)",
        warn_explicit_function,
        "Issue a warning, or maybe ignore it or raise an exception.",
    ),
    def("_filters_mutated_lock_held", "($module, /)", filters_mutated, ""),
    def("_acquire_lock", "($module, /)", acquire, ""),
    def("_release_lock", "($module, /)", release, ""),
];

/// What the module keeps.
struct State {
    filters: Field,
    once_registry: Field,
    default_action: Field,
    /// The context variable whose value may hold filters of its own.
    context: Field,
    /// Goes up whenever the filters change: registries with another number are out of date.
    version: Cell<i64>,
    /// How often the lock is held. Native code runs under the GIL, so it only has to balance.
    locked: Cell<usize>,
}

static STATE: Global<State> = Global::new(State {
    filters: Field::empty(),
    once_registry: Field::empty(),
    default_action: Field::empty(),
    context: Field::empty(),
    version: Cell::new(0),
    locked: Cell::new(0),
});

fn state() -> &'static State {
    // SAFETY: all fields are cells, and the GIL is held.
    unsafe { &*STATE.get() }
}

/// Makes the filters that hold until `warnings` changes them.
fn ensure_state() -> Res<()> {
    let s = state();
    if s.filters.peek().is_some() {
        return Ok(());
    }
    let t = types();
    let filter = |action: &str, category: Value, module: Value| {
        tuple::from_array([str::intern(action), Value::NONE, category, module, Value::small_int(0)])
    };
    s.filters.set(list::from_vec(vec![
        filter("default", t.deprecation_warning.value(), names().__main__.clone()),
        filter("ignore", t.deprecation_warning.value(), Value::NONE),
        filter("ignore", t.pending_deprecation_warning.value(), Value::NONE),
        filter("ignore", t.import_warning.value(), Value::NONE),
        filter("ignore", t.resource_warning.value(), Value::NONE),
    ]));
    s.once_registry.set(dict::new());
    s.default_action.set(str::intern("default"));
    s.context.set(call::call1(&t.context_var.value(), &str::intern("_warnings_context"))?);
    Ok(())
}

fn exec(m: &Value) -> Res<()> {
    ensure_state()?;
    let s = state();
    module::add(m, "filters", s.filters.value());
    module::add(m, "_onceregistry", s.once_registry.value());
    module::add(m, "_defaultaction", s.default_action.value());
    module::add(m, "_warnings_context", s.context.value());
    Ok(())
}

fn filters_mutated(_: Args) -> Res {
    if state().locked.get() == 0 {
        return Err(exc::runtime_error("warnings lock is not held"));
    }
    state().version.set(state().version.get() + 1);
    Ok(Value::NONE)
}

fn acquire(_: Args) -> Res {
    state().locked.set(state().locked.get() + 1);
    Ok(Value::NONE)
}

fn release(_: Args) -> Res {
    match state().locked.get().checked_sub(1) {
        Some(n) => {
            state().locked.set(n);
            Ok(Value::NONE)
        }
        None => Err(exc::runtime_error("cannot release un-acquired lock")),
    }
}

/// An attribute of the `warnings` module, if that has been imported (or `import_it` and it can be).
fn warnings_attribute(name: &str, import_it: bool) -> Res<Option<Value>> {
    let module = match import::loaded_module("warnings") {
        Some(m) => m,
        None if import_it => match exc::catch(import::import_module("warnings"), types().import_error)? {
            Some(m) => m,
            None => return Ok(None),
        },
        None => return Ok(None),
    };
    attr::getattr_opt(&module, &str::intern(name))
}

fn current_filters() -> Res {
    ensure_state()?;
    if let Some(f) = warnings_attribute("filters", false)? {
        state().filters.set(f);
    }
    let filters = state().filters.value();
    if filters.is_instance(types().list) { Ok(filters) } else { Err(exc::value_error("_warnings.filters must be a list")) }
}

fn once_registry() -> Res {
    if let Some(r) = warnings_attribute("onceregistry", false)? {
        if !r.is_instance(types().dict) {
            return Err(exc::type_error(format!("_warnings.onceregistry must be a dict, not '{}'", r.class().full_name())));
        }
        state().once_registry.set(r);
    }
    Ok(state().once_registry.value())
}

fn default_action() -> Res {
    if let Some(a) = warnings_attribute("defaultaction", false)? {
        if !str::is_str(&a) {
            return Err(exc::type_error(format!("_warnings.defaultaction must be a string, not '{}'", a.class().full_name())));
        }
        state().default_action.set(a);
    }
    Ok(state().default_action.value())
}

/// Whether a filter's condition on a text holds.
fn matches(condition: &Value, text: &Value) -> Res<bool> {
    if condition.is_none() {
        return Ok(true);
    }
    // A plain text must be equal; anything else is taken for a regular expression.
    if str::is_exact(condition) {
        return Ok(str::is_str(text) && str::equal(condition, text));
    }
    protocol::is_true(&call::call_method(condition, &str::intern("match"), std::slice::from_ref(text))?)
}

/// A warning on its way.
struct Warning<'a> {
    category: &'a Value,
    text: &'a Value,
    lineno: i64,
    module: &'a Value,
}

/// The first filter in a list that fits a warning, and its action.
fn search(w: &Warning, filters: &Value, name: &str) -> Res<Option<(Value, Value)>> {
    let mut i = 0;
    while let Some(item) = list::get(filters, i) {
        if !item.is_instance(types().tuple) || tuple::items(&item).len() != 5 {
            return Err(exc::value_error(format!("{name} item {i} isn't a 5-tuple")));
        }
        let [action, message, category, module, line] = tuple::items(&item) else { continue };
        if !str::is_str(action) {
            return Err(exc::type_error(format!("action must be a string, not '{}'", action.class().full_name())));
        }
        let message_fits = matches(message, w.text)?;
        let module_fits = matches(module, w.module)?;
        let category_fits = protocol::issubclass(w.category, category)?;
        let line = number::as_isize(line)? as i64;
        if message_fits && category_fits && module_fits && (line == 0 || line == w.lineno) {
            let action = action.clone();
            return Ok(Some((action, item)));
        }
        i += 1;
    }
    Ok(None)
}

/// The action for a warning, and the filter it comes from, if any.
fn action_for(w: &Warning) -> Res<(Value, Value)> {
    ensure_state()?;
    if let Some(context) = context::get(&state().context.value(), Some(&Value::NONE))?.filter(|c| !c.is_none()) {
        let own = attr::getattr(&context, &str::intern("_filters"))?;
        if !own.is_instance(types().list) {
            return Err(exc::value_error("_filters of warnings._warnings_context must be a list"));
        }
        if let Some(found) = search(w, &own, "_warnings_context._filters")? {
            return Ok(found);
        }
    }
    match search(w, &current_filters()?, "_warnings.filters")? {
        Some(found) => Ok(found),
        None => Ok((default_action()?, Value::NONE)),
    }
}

/// Whether a registry has the key. An out-of-date registry is emptied first; with `set`, the key is entered.
fn already_warned(registry: &Value, key: &Value, set: bool) -> Res<bool> {
    let version = str::intern("version");
    let current = state().version.get();
    match dict::get_str(registry, &version) {
        Some(v) if int::is_exact(&v) && int::as_i64(&v) == Some(current) => {
            if let Some(found) = dict::get(registry, key)?
                && protocol::is_true(&found)?
            {
                return Ok(true);
            }
        }
        _ => {
            dict::clear(registry);
            dict::set_str(registry, &version, Value::int(current));
        }
    }
    if set {
        dict::set(registry, key, &Value::TRUE)?;
    }
    Ok(false)
}

/// The module name for a file name.
fn module_of(filename: &Value) -> Res {
    let n = str::len(filename);
    if n == 0 {
        return Ok(str::new("<unknown>"));
    }
    if n >= 3 && str::display(filename).ends_with(".py") { str::substring(filename, 0, n - 3) } else { Ok(filename.clone()) }
}

/// Where a warning comes from.
struct Place {
    filename: Value,
    lineno: i64,
    /// `None` where the file name has to tell.
    module: Option<Value>,
    registry: Option<Value>,
}

fn warn_explicit(category: &Value, message: &Value, place: Place, source_line: Option<Value>, source: Option<Value>) -> Res {
    let Place { filename, lineno, module, registry } = place;
    // The module can be None late in shutdown.
    if module.as_ref().is_some_and(Value::is_none) {
        return Ok(Value::NONE);
    }
    if registry.as_ref().is_some_and(|r| !r.is_none() && !r.is_instance(types().dict)) {
        return Err(exc::type_error("'registry' must be a dict or None"));
    }
    let registry = registry.filter(|r| !r.is_none());
    let module = match module {
        Some(m) => m,
        None => module_of(&filename)?,
    };
    let (text, message, category) = if protocol::isinstance(message, &types().warning.value())? {
        (protocol::str(message)?, message.clone(), message.class().value())
    } else {
        (message.clone(), call::call1(category, message)?, category.clone())
    };
    let line_value = Value::int(lineno);
    let key = tuple::from_array([text.clone(), category.clone(), line_value.clone()]);
    if let Some(r) = &registry
        && already_warned(r, &key, false)?
    {
        return Ok(Value::NONE);
    }
    let (action, item) = action_for(&Warning { category: &category, text: &text, lineno, module: &module })?;
    let name = str::display(&action);
    match name.as_str() {
        "error" => {
            return Err(exc::raise(message));
        }
        "ignore" => return Ok(Value::NONE),
        "always" | "all" => {}
        _ => {
            if let Some(r) = &registry {
                dict::set(r, &key, &Value::TRUE)?;
            }
            let short = tuple::from_array([text.clone(), category.clone()]);
            let shown = match name.as_str() {
                "once" => match &registry {
                    Some(r) => already_warned(r, &short, true)?,
                    None => already_warned(&once_registry()?, &short, true)?,
                },
                "module" => match &registry {
                    Some(r) => already_warned(r, &short, true)?,
                    None => false,
                },
                "default" => false,
                _ => {
                    let text = Text::new().add("Unrecognized action (").repr(&action)?.add(") in warnings.filters:\n ").repr(&item)?;
                    return Err(exc::raise_args(types().runtime_error, &[text.finish()]));
                }
            };
            if shown {
                return Ok(Value::NONE);
            }
        }
    }
    show(&category, &text, &message, &filename, &line_value, source_line, source)?;
    Ok(Value::NONE)
}

fn show(
    category: &Value,
    text: &Value,
    message: &Value,
    filename: &Value,
    line: &Value,
    source_line: Option<Value>,
    source: Option<Value>,
) -> Res<()> {
    // Only the Python code can tell where the source was allocated.
    let Some(f) = warnings_attribute("_showwarnmsg", source.is_some())? else {
        return show_plainly(category, text, filename, line, source_line);
    };
    if !call::is_callable(&f) {
        return Err(exc::type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = warnings_attribute("WarningMessage", false)? else {
        return Err(exc::runtime_error("unable to get warnings.WarningMessage"));
    };
    let none = Value::NONE;
    let args = [message.clone(), category.clone(), filename.clone(), line.clone(), none.clone(), none.clone(), source.unwrap_or(none)];
    let shown = call::call(&class, &args, None)?;
    call::call1(&f, &shown).map(drop)
}

/// Writes a warning to `sys.stderr` while there is no `warnings` module.
fn show_plainly(category: &Value, text: &Value, filename: &Value, line: &Value, source_line: Option<Value>) -> Res<()> {
    let Some(stderr) = import::sys_attribute("stderr").filter(|f| !f.is_none()) else { return Ok(()) };
    let name = attr::getattr(category, &names().__name__)?;
    let mut out = Text::new().str(filename)?.add(":").str(line)?.add(": ").str(&name)?.add(": ").str(text)?.add("\n");
    if let Some(l) = source_line {
        out = out.add("  ").add(str::display(&l).trim()).add("\n");
    }
    match call::call_method(&stderr, &names().write, &[out.finish()]) {
        Ok(_) => Ok(()),
        Err(e) => {
            exc::clear(e);
            Ok(())
        }
    }
}

fn filename_of(frame: &Value) -> Res {
    let code = attr::getattr(frame, &str::intern("f_code"))?;
    attr::getattr(&code, &str::intern("co_filename"))
}

/// Whether the frame is importlib's own.
fn is_internal(frame: &Value) -> Res<bool> {
    let name = str::display(&filename_of(frame)?);
    Ok(name.contains("importlib") && name.contains("_bootstrap"))
}

/// The caller's frame that is neither importlib's nor in a file to be skipped.
fn next_external(frame: &Value, skip: &[Value]) -> Res<Option<Value>> {
    let mut frame = frame_object::back(frame);
    while let Some(f) = &frame {
        let name = filename_of(f)?;
        let skipped = skip.iter().any(|prefix| str::display(&name).starts_with(&str::display(prefix)));
        if !skipped && !is_internal(f)? {
            break;
        }
        frame = frame_object::back(f);
    }
    Ok(frame)
}

/// Where the code `stack_level` frames up is.
fn place_of(mut stack_level: isize, skip: &[Value]) -> Res<Place> {
    let top = thread().innermost_frame();
    // SAFETY: the innermost frame of the running thread is valid.
    let mut frame = if top.is_null() { None } else { Some(unsafe { frame_object::of_frame(top) }) };
    let plainly = stack_level <= 0
        || match &frame {
            Some(f) => is_internal(f)?,
            None => true,
        };
    while stack_level > 1
        && let Some(f) = &frame
    {
        frame = if plainly { frame_object::back(f) } else { next_external(f, skip)? };
        stack_level -= 1;
    }
    let (globals, filename, lineno) = match &frame {
        Some(f) => {
            let line = attr::getattr(f, &names().f_lineno)?;
            (attr::getattr(f, &str::intern("f_globals"))?, filename_of(f)?, int::as_i64(&line).unwrap_or(0))
        }
        None => {
            let sys = import::sys().ok_or_else(|| exc::runtime_error("lost sys"))?;
            (module::dict(&sys), str::new("<sys>"), 0)
        }
    };
    let registry = weft_vm::eval::warnings::registry(&globals);
    let module = match dict::get_str(&globals, &names().__name__) {
        Some(m) if m.is_none() || str::is_str(&m) => m,
        _ => str::new("<string>"),
    };
    Ok(Place { filename, lineno, module: Some(module), registry: Some(registry) })
}

fn warn(a: Args) -> Res {
    let message = a.at(0);
    let category = if protocol::isinstance(message, &types().warning.value())? {
        message.class().value()
    } else {
        a.some(1).cloned().unwrap_or_else(|| types().user_warning.value())
    };
    if !category.is_instance(types().type_) || !build::of(&category).is_subtype(types().warning) {
        return Err(exc::type_error(format!("category must be a Warning subclass, not '{}'", category.class().full_name())));
    }
    let mut level = a.opt(2).map_or(Ok(1), number::as_isize)?;
    let skip = match a.opt(4) {
        None => tuple::empty(),
        Some(s) if !s.is_instance(types().tuple) => {
            return Err(exc::type_error(format!("warn() argument 'skip_file_prefixes' must be tuple, not {}", s.class().full_name())));
        }
        Some(s) => s.clone(),
    };
    if let Some(bad) = tuple::items(&skip).iter().find(|s| !str::is_str(s)) {
        return Err(exc::type_error(format!("Found non-str '{}' in skip_file_prefixes.", bad.class().full_name())));
    }
    if !tuple::items(&skip).is_empty() {
        level = level.max(2);
    }
    let place = place_of(level, tuple::items(&skip))?;
    warn_explicit(&category, message, place, None, a.some(3).cloned())
}

fn warn_explicit_function(a: Args) -> Res {
    if !str::is_str(a.at(2)) {
        return Err(exc::type_error(format!("warn_explicit() argument 'filename' must be str, not {}", a.at(2).class().full_name())));
    }
    let lineno = i64::from(bounds::c_int_arg(a.at(3))?);
    let source_line = match a.some(6) {
        None => None,
        Some(g) if !g.is_instance(types().dict) => {
            return Err(exc::type_error(format!("module_globals must be a dict, not '{}'", g.class().full_name())));
        }
        Some(g) => source_line(g, lineno)?,
    };
    let place = Place { filename: a.at(2).clone(), lineno, module: a.opt(4).cloned(), registry: a.opt(5).cloned() };
    warn_explicit(a.at(1), a.at(0), place, source_line, a.some(7).cloned())
}

/// A line of a module's source, as its loader gives it.
fn source_line(globals: &Value, lineno: i64) -> Res<Option<Value>> {
    let (Some(loader), Some(name)) = (dict::get_str(globals, &names().__loader__), dict::get_str(globals, &names().__name__)) else {
        return Ok(None);
    };
    let Some(get_source) = attr::getattr_opt(&loader, &str::intern("get_source"))? else { return Ok(None) };
    let source = call::call1(&get_source, &name)?;
    if !str::is_str(&source) {
        return Ok(None);
    }
    let text = str::display(&source);
    let line = usize::try_from(lineno - 1).ok().and_then(|n| text.lines().nth(n));
    match line {
        Some(l) => Ok(Some(str::new(l))),
        None => Err(exc::index_error("list index out of range")),
    }
}

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    let s = state();
    [&s.filters, &s.once_registry, &s.default_action, &s.context].into_iter().for_each(|f| visit(f.word()));
}
