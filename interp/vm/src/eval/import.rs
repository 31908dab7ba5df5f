//! `import`: finding modules in `sys.modules` quickly, and handing everything else to importlib.

use crate::cell::Field;
use crate::eval::import_times;
use crate::frame::Frame;
use crate::global::Global;
use crate::protocol::{self, attr};
use crate::types::{dict, exceptions, frame_object, module, str, traceback, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, eval, exc};
use weft_layout::tag::NULL;

static SYS: Global<Field> = Global::new(Field::empty());
static IMPORTLIB: Global<Field> = Global::new(Field::empty());

/// The `sys` module; set once at start-up.
pub fn set_sys(sys: Value) {
    // SAFETY: the GIL is held.
    unsafe { (*SYS.get()).set(sys) };
}

/// `importlib._bootstrap`; set once at start-up.
pub fn set_importlib(bootstrap: Value) {
    // SAFETY: the GIL is held.
    unsafe { (*IMPORTLIB.get()).set(bootstrap) };
}

/// The `sys` module, once it is there.
pub fn sys() -> Option<Value> {
    // SAFETY: the GIL is held.
    unsafe { (*SYS.get()).get() }
}

/// An attribute of the `sys` module.
pub fn sys_attribute(name: &str) -> Option<Value> {
    dict::get_str(&module::dict(&sys()?), &str::intern(name))
}

fn modules() -> Res {
    sys_attribute("modules").ok_or_else(|| exc::runtime_error("unable to get sys.modules"))
}

/// A module that has been imported already.
pub fn loaded_module(name: &str) -> Option<Value> {
    dict::get_str(&sys_attribute("modules")?, &str::new(name))
}

/// Imports a module by its absolute name and returns it (not its top-level package).
pub fn import_module(name: &str) -> Res {
    if let Some(m) = loaded_module(name)
        && !m.is_none()
    {
        return Ok(m);
    }
    let n = str::intern(name);
    import_level(&n, &Value::NONE, &tuple::from_vec(vec![str::intern("*")]), 0)?;
    loaded_module(name).ok_or_else(|| exc::import_error(format!("cannot import {name}")))
}

/// Makes the native module of a name, if there is one.
pub type NativeFinder = fn(&str) -> Option<Res>;

static NATIVE_FINDER: Global<Option<NativeFinder>> = Global::new(None);

/// Says how native modules are found before importlib is there; set once at start-up.
pub fn set_native_finder(find: NativeFinder) {
    // SAFETY: the GIL is held.
    unsafe { *NATIVE_FINDER.get() = Some(find) };
}

/// Finds and loads a module that is not in `sys.modules`.
fn find_and_load(name: &Value) -> Res {
    // SAFETY: the GIL is held.
    let (importlib, native) = unsafe { ((*IMPORTLIB.get()).get(), *NATIVE_FINDER.get()) };
    if let Some(importlib) = importlib {
        let find_and_load =
            || call::call_method(&importlib, &names()._find_and_load, &[name.clone(), super::builtins::function("__import__")]);
        let loaded = import_times::timed(name, find_and_load);
        return loaded.inspect_err(|_| trim_traceback());
    }
    match native.and_then(|find| find(&str::display(name))) {
        Some(m) => {
            let m = m?;
            protocol::set_item(&modules()?, name, &m)?;
            Ok(m)
        }
        None => Err(exc::new(types().module_not_found_error, format!("No module named {}", protocol::repr_string(name)?))),
    }
}

/// The files of the import system itself.
const OWN_FILES: [&str; 3] = ["<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>", "<frozen _weft_importer>"];

/// Takes importlib's own frames out of the traceback of the exception on its way: all of them from an ImportError,
/// otherwise those that lead to `_call_with_frames_removed`. With `-v` they stay.
fn trim_traceback() {
    let Some(exception) = exc::current() else { return };
    if sys_attribute("flags").is_some_and(|f| {
        attr::getattr_opt(&f, &str::intern("verbose")).is_ok_and(|v| v.and_then(|v| v.as_small_int()).is_some_and(|n| n > 0))
    }) {
        return;
    }
    let always = exception.is_instance(types().import_error);
    let Some(first) = exceptions::traceback_of(&exception) else { return };
    let mut kept: Vec<Value> = Vec::new();
    // How many were kept when the current chunk of importlib's frames began.
    let mut chunk = None;
    for entry in traceback::entries(&first) {
        let (own, leads_out) = describe(&entry);
        if own {
            let begin = *chunk.get_or_insert(kept.len());
            if always || leads_out {
                kept.truncate(begin);
                continue;
            }
        } else {
            chunk = None;
        }
        kept.push(entry);
    }
    for pair in kept.windows(2) {
        traceback::link(&pair[0], Some(pair[1].clone()));
    }
    if let Some(last) = kept.last() {
        traceback::link(last, None);
    }
    exceptions::set_traceback(&exception, kept.first().cloned().unwrap_or(Value::NONE));
}

/// Whether a traceback's entry is in the import system's own code, and whether that is where it calls a module's code.
fn describe(entry: &Value) -> (bool, bool) {
    let Some(frame) = entry.downcast::<traceback::Traceback>().and_then(|t| t.frame()) else { return (false, false) };
    // SAFETY: a frame object's frame is live or owned by it, and so is its code.
    let code = unsafe { &*(*frame_object::frame_of(&frame)).code };
    let own = OWN_FILES.contains(&str::display(&code.filename).as_str());
    (own, own && str::display(&code.name) == "_call_with_frames_removed")
}

fn bootstrap() -> Res {
    // SAFETY: the GIL is held.
    unsafe { (*IMPORTLIB.get()).get() }.ok_or_else(|| exc::import_error("the import system is not set up"))
}

/// What `__import__` does.
pub fn import_level(name: &Value, globals: &Value, fromlist: &Value, level: i64) -> Res {
    if level < 0 {
        return Err(exc::value_error("level must be >= 0"));
    }
    let absolute = if level > 0 { resolve(name, globals, level)? } else { name.clone() };
    if level == 0 && str::len(name) == 0 {
        return Err(exc::value_error("Empty module name"));
    }
    let table = modules()?;
    let found = if table.is_instance(types().dict) {
        dict::get(&table, &absolute)?
    } else {
        exc::catch(protocol::get_item(&table, &absolute), types().key_error)?
    };
    let m = match found {
        Some(m) if !m.is_none() => {
            ensure_initialised(&m, &absolute)?;
            import_times::cached(&absolute);
            m
        }
        _ => find_and_load(&absolute)?,
    };
    let has_from = !fromlist.is_none() && protocol::is_true(fromlist)?;
    if has_from {
        if attr::getattr_opt(&m, &names().__path__)?.is_some() {
            return call::call_method(
                &bootstrap()?,
                &names()._handle_fromlist,
                &[m, fromlist.clone(), super::builtins::function("__import__")],
            );
        }
        return Ok(m);
    }
    let text = str::display(name);
    match text.split_once('.') {
        None if level == 0 || !text.is_empty() => Ok(m),
        None => Ok(m),
        Some((front, _)) if level == 0 => import_level(&str::intern(front), &Value::NONE, &Value::NONE, 0),
        Some((front, _)) => {
            // A relative import of a.b from p gives p.a.
            let full = str::display(&absolute);
            let cut = full.len() - (text.len() - front.len());
            let top = str::intern(&full[..cut]);
            match dict::get(&table, &top)? {
                Some(m) => Ok(m),
                None => Err(exc::raise_args(
                    types().key_error,
                    &[str::from_string(format!("{} not in sys.modules as expected", protocol::repr_string(&top)?))],
                )),
            }
        }
    }
}

/// Waits for a module that another thread is importing.
fn ensure_initialised(m: &Value, name: &Value) -> Res<()> {
    let Some(d) = m.is_instance(types().module).then(|| module::dict(m)) else { return Ok(()) };
    let Some(spec) = dict::get_str(&d, &names().__spec__) else { return Ok(()) };
    if spec.is_none() {
        return Ok(());
    }
    if let Some(flag) = attr::getattr_opt(&spec, &names()._initializing)?
        && protocol::is_true(&flag)?
    {
        call::call_method(&bootstrap()?, &names()._lock_unlock_module, std::slice::from_ref(name))?;
    }
    Ok(())
}

fn resolve(name: &Value, globals: &Value, level: i64) -> Res {
    if !globals.is_instance(types().dict) {
        return Err(exc::type_error("globals must be a dict"));
    }
    let package = dict::get_str(globals, &names().__package__).filter(|p| !p.is_none());
    let spec = dict::get_str(globals, &names().__spec__).filter(|s| !s.is_none());
    let package = match (package, spec) {
        (Some(p), _) => {
            if !str::is_str(&p) {
                return Err(exc::type_error("package must be a string"));
            }
            str::display(&p)
        }
        (None, Some(s)) => {
            let p = attr::getattr(&s, &names().parent)?;
            if !str::is_str(&p) {
                return Err(exc::type_error("__spec__.parent must be a string"));
            }
            str::display(&p)
        }
        (None, None) => {
            let Some(n) = dict::get_str(globals, &names().__name__) else {
                return Err(exc::key_error(&str::intern("'__name__' not in globals")));
            };
            let n = str::display(&n);
            if dict::get_str_ref(globals, &names().__path__).is_some() {
                n
            } else {
                n.rsplit_once('.').map_or(String::new(), |(p, _)| p.to_owned())
            }
        }
    };
    if package.is_empty() {
        return Err(exc::import_error("attempted relative import with no known parent package"));
    }
    let mut base = package.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((front, _)) => base = front,
            None => return Err(exc::import_error("attempted relative import beyond top-level package")),
        }
    }
    let text = str::display(name);
    Ok(if text.is_empty() { str::new(base) } else { str::from_string(format!("{base}.{text}")) })
}

/// IMPORT_NAME.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn import_name(frame: *mut Frame, name: &Value, fromlist: &Value, level: &Value) -> Res {
    // SAFETY: passed on; the frame's function keeps both namespaces.
    let (globals, builtins, locals) = unsafe {
        (
            Value::clone_word((*frame).globals),
            Value::clone_word((*frame).builtins),
            if (*frame).locals == NULL { Value::NONE } else { Value::clone_word((*frame).locals) },
        )
    };
    let hook = if builtins.is_instance(types().dict) {
        dict::get_str(&builtins, &names().__import__)
    } else {
        exc::catch(protocol::get_item(&builtins, &names().__import__), types().key_error)?
    };
    match hook {
        // The hook that was there from the start needs no call; a program may have put another in its place.
        Some(f) if crate::types::builtin_function::declared_name(&f) == Some("__import__") => {
            import_level(name, &globals, fromlist, level.as_small_int().unwrap_or(0))
        }
        Some(f) => call::call(&f, &[name.clone(), globals, locals, fromlist.clone(), level.clone()], None),
        None => Err(exc::import_error("__import__ not found")),
    }
}

/// IMPORT_FROM.
pub fn import_from(m: &Value, name: &Value) -> Res {
    if let Some(v) = attr::getattr_opt(m, name)? {
        return Ok(v);
    }
    let package = attr::getattr_opt(m, &names().__name__)?.filter(str::is_str);
    if let Some(p) = &package {
        let full = str::from_string(format!("{}.{}", str::display(p), str::display(name)));
        if let Some(sub) = dict::get(&modules()?, &full)? {
            return Ok(sub);
        }
    }
    module::import_from_error(m, name, package.as_ref())
}

/// What `from m import *` binds, in the running frame's locals.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn import_star(frame: *mut Frame, m: &Value) -> Res {
    // SAFETY: passed on.
    let locals = unsafe {
        if (*frame).locals == NULL {
            return Err(exc::system_error("no locals found during 'import *'"));
        }
        Value::clone_word((*frame).locals)
    };
    let (listed, all) = match attr::getattr_opt(m, &names().__all__)? {
        Some(a) => (a, true),
        None => match attr::getattr_opt(m, &names().__dict__)? {
            Some(d) => (call::call_method(&d, &names().keys, &[])?, false),
            None => return Err(exc::import_error("from-import-* object has no __dict__ and no __all__")),
        },
    };
    for name in protocol::iter::collect(&listed)? {
        if !str::is_str(&name) {
            let module_name = attr::getattr_opt(m, &names().__name__)?.map_or(String::new(), |n| str::display(&n));
            let (what, kind) = if all { ("Item", "__all__") } else { ("Key", "__dict__") };
            return Err(exc::type_error(format!("{what} in {module_name}.{kind} must be str, not {}", name.class().full_name())));
        }
        if !all && str::len(&name) > 0 && str::code_point_at(&name, 0) == u32::from('_') {
            continue;
        }
        let v = attr::getattr(m, &name)?;
        protocol::set_item(&locals, &name, &v)?;
    }
    Ok(Value::NONE)
}

/// Runs `code` as the body of module `m`.
pub fn run_in_module(m: &Value, code: &Value) -> Res {
    let d = module::dict(m);
    if dict::get_str_ref(&d, &names().__builtins__).is_none() {
        dict::set_str(&d, &names().__builtins__, super::builtins::module());
    }
    eval::run_code(code, &d, &d, None)
}

/// Visits what this module keeps, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    // SAFETY: the GIL is held.
    unsafe {
        visit((*SYS.get()).word());
        visit((*IMPORTLIB.get()).word());
    }
}
