//! `module`: modules, and how native ones are declared.

use crate::class::build::{TypeSpec, of};
use crate::class::native::{FnDef, bind_call, def, getset, member};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::{self, attr};
use crate::types::exceptions::fields;
use crate::types::text::Text;
use crate::types::{builtin_function, dict, instance, list, str};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::{names, types};
use crate::{call, exc};
use std::cell::Cell;

/// The declaration of a native module.
pub struct ModuleDef {
    /// The name, packages included.
    pub name: &'static str,
    /// The doc string, or empty.
    pub doc: &'static str,
    /// The functions.
    pub functions: &'static [FnDef],
    /// Adds everything else.
    pub exec: fn(&Value) -> Res<()>,
}

/// The payload. The namespace is the instance's `__dict__`, a real dict from the start.
pub struct Module {
    def: Cell<Option<&'static ModuleDef>>,
}

// SAFETY: instances of module hold a Module.
unsafe impl Payload for Module {
    fn class() -> &'static Type {
        types().module
    }
}

impl Module {
    /// The declaration of a native module.
    pub fn def(&self) -> Option<&'static ModuleDef> {
        self.def.get()
    }
}

/// A module called `name` with the attributes that every module has.
pub fn new(name: &str) -> Value {
    with_doc(str::intern(name), Value::NONE)
}

fn with_doc(name: Value, doc: Value) -> Value {
    let m = new_object(Module { def: Cell::new(None) });
    instance::replace_dict(&m, dict::new());
    set_basics(&m, name, doc);
    m
}

fn set_basics(m: &Value, name: Value, doc: Value) {
    let d = dict(m);
    let n = names();
    dict::set_str(&d, &n.__name__, name);
    dict::set_str(&d, &n.__doc__, doc);
    for none in [&n.__package__, &n.__loader__, &n.__spec__] {
        dict::set_str(&d, none, Value::NONE);
    }
}

/// The namespace. `m` is a module.
#[inline]
pub fn dict(m: &Value) -> Value {
    instance::dict_of(m)
}

/// The module that a declaration describes, complete.
pub fn from_def(def: &'static ModuleDef) -> Res {
    let doc = if def.doc.is_empty() { Value::NONE } else { str::new(def.doc) };
    let m = with_doc(str::intern(def.name), doc);
    if let Some(payload) = m.downcast::<Module>() {
        payload.def.set(Some(def));
    }
    builtin_function::add_functions(&m, def.functions);
    (def.exec)(&m)?;
    Ok(m)
}

/// Sets an attribute of a module under construction.
pub fn add(m: &Value, name: &str, value: Value) {
    dict::set_str(&dict(m), &str::intern(name), value);
}

fn construct(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    let m = new_instance(of(class), Module { def: Cell::new(None) });
    instance::replace_dict(&m, dict::new());
    Ok(m)
}

fn init(m: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("module", "(name, doc=None)", args, kwnames, |a| {
        if !str::is_str(a.at(0)) {
            return Err(exc::type_error(format!("module() argument 'name' must be str, not {}", a.at(0).class().full_name())));
        }
        set_basics(m, a.at(0).clone(), a.opt(1).cloned().unwrap_or(Value::NONE));
        Ok(())
    })
}

/// `module.__getattribute__`.
pub fn getattr(m: &Value, name: &Value) -> Res {
    match find_attribute(m, name)? {
        Some(found) => Ok(found),
        None => Err(missing(m, name)?),
    }
}

/// The attribute of a module, if there is one.
pub fn find_attribute(m: &Value, name: &Value) -> Res<Option<Value>> {
    if let Some(found) = attr::generic_lookup(m, name)? {
        return Ok(Some(found));
    }
    dict::get_str(&dict(m), &names().__getattr__).map(|fallback| call::call1(&fallback, name)).transpose()
}

/// The AttributeError for an attribute that a module does not have, with a hint where the import may be to blame.
fn missing(m: &Value, name: &Value) -> Res<exc::Raised> {
    let d = dict(m);
    let Some(module) = dict::get_str(&d, &names().__name__).filter(str::is_str) else {
        let text = Text::new().add("module has no attribute '").value(name).add("'").finish();
        return Ok(attribute_error(m, name, text));
    };
    let plain = || Text::new().add("module '").value(&module).add("' has no attribute '").value(name).add("'");
    let Some(spec) = dict::get_str(&d, &names().__spec__).filter(|s| !s.is_none()) else {
        return Ok(attribute_error(m, name, plain().finish()));
    };
    let origin = file_origin(&spec)?;
    let shadowing = match &origin {
        Some(o) => is_possibly_shadowing(o)?,
        None => false,
    };
    let text = match &origin {
        Some(o) if shadowing && is_stdlib_name(&module)? => plain()
            .add(" (consider renaming '")
            .value(o)
            .add("' since it has the same name as the standard library module named '")
            .value(&module)
            .add("' and prevents importing that standard library module)"),
        _ if is_initializing(&spec)? => match &origin {
            Some(o) if shadowing => {
                plain().add(" (consider renaming '").value(o).add("' if it has the same name as a library you intended to import)")
            }
            Some(o) => Text::new()
                .add("partially initialized module '")
                .value(&module)
                .add("' from '")
                .value(o)
                .add("' has no attribute '")
                .value(name)
                .add("' (most likely due to a circular import)"),
            None => Text::new()
                .add("partially initialized module '")
                .value(&module)
                .add("' has no attribute '")
                .value(name)
                .add("' (most likely due to a circular import)"),
        },
        _ if is_uninitialized_submodule(&spec, name)? => Text::new()
            .add("cannot access submodule '")
            .value(name)
            .add("' of module '")
            .value(&module)
            .add("' (most likely due to a circular import)"),
        _ => plain(),
    };
    Ok(attribute_error(m, name, text.finish()))
}

fn attribute_error(m: &Value, name: &Value, message: Value) -> exc::Raised {
    let raised = exc::raise_args(types().attribute_error, &[message]);
    crate::types::exceptions::set_attribute_details(m, name);
    raised
}

/// The file a module comes from, going by its spec.
pub fn file_origin(spec: &Value) -> Res<Option<Value>> {
    match attr::getattr_opt(spec, &names().has_location)? {
        Some(has) if protocol::is_true(&has)? => {}
        _ => return Ok(None),
    }
    Ok(attr::getattr_opt(spec, &names().origin)?.filter(str::is_str))
}

/// Whether the module of this spec is still being imported.
pub fn is_initializing(spec: &Value) -> Res<bool> {
    match attr::getattr_opt(spec, &names()._initializing)? {
        Some(x) => protocol::is_true(&x),
        None => Ok(false),
    }
}

/// Whether `name` is a submodule that is still being imported.
fn is_uninitialized_submodule(spec: &Value, name: &Value) -> Res<bool> {
    match attr::getattr_opt(spec, &names()._uninitialized_submodules)? {
        Some(all) => protocol::contains(&all, name),
        None => Ok(false),
    }
}

fn sys_attr(name: &str) -> Res<Option<Value>> {
    Ok(crate::eval::import::sys_attribute(name))
}

/// Whether a module of this origin lies in the folder of the script, where it may hide another of its name.
pub fn is_possibly_shadowing(origin: &Value) -> Res<bool> {
    let Some(path) = sys_attr("path")?.filter(|p| p.is_instance(types().list)) else { return Ok(false) };
    let safe = match sys_attr("flags")? {
        Some(flags) => match attr::getattr_opt(&flags, &str::intern("safe_path"))? {
            Some(x) => protocol::is_true(&x)?,
            None => false,
        },
        None => false,
    };
    let Some(first) = list::get(&path, 0).filter(|p| str::is_str(p) && !safe) else { return Ok(false) };
    let origin = str::display(origin);
    let Some((mut root, file)) = origin.rsplit_once('/') else { return Ok(false) };
    if file == "__init__.py" {
        match root.rsplit_once('/') {
            Some((parent, _)) => root = parent,
            None => return Ok(false),
        }
    }
    let first = str::display(&first);
    if first.is_empty() {
        return Ok(std::env::current_dir().is_ok_and(|d| d.to_str() == Some(root)));
    }
    Ok(first == root)
}

/// Whether this is the name of a module of the standard library.
pub fn is_stdlib_name(name: &Value) -> Res<bool> {
    match sys_attr("stdlib_module_names")? {
        Some(all) if all.is_instance(types().frozenset) => protocol::contains(&all, name),
        _ => Ok(false),
    }
}

/// The ImportError for `from m import name` where there is no such name, with a hint where a circular import or a
/// shadowed module may be to blame. `name_of_module` is `m.__name__`, if it is a str.
pub fn import_from_error(m: &Value, name: &Value, name_of_module: Option<&Value>) -> Res {
    let shown = name_of_module.cloned().unwrap_or_else(|| str::new("<unknown module name>"));
    let spec = attr::getattr_opt(m, &names().__spec__)?;
    let head = || Ok(Text::new().add("cannot import name ").repr(name)?.add(" from "));
    let (text, origin) = match spec {
        None => (head()?.repr(&shown)?.add(" (unknown location)"), None),
        Some(spec) => {
            let located = file_origin(&spec)?;
            let shadowing = match &located {
                Some(o) => is_possibly_shadowing(o)?,
                None => false,
            };
            let origin = match located {
                None if m.is_instance(types().module) => dict::get_str(&dict(m), &names().__file__).filter(str::is_str),
                located => located,
            };
            let text = match &origin {
                Some(o) if shadowing && is_stdlib_name(&shown)? => head()?
                    .repr(&shown)?
                    .add(" (consider renaming ")
                    .repr(o)?
                    .add(" since it has the same name as the standard library module named ")
                    .repr(&shown)?
                    .add(" and prevents importing that standard library module)"),
                Some(o) if shadowing && is_initializing(&spec)? => head()?
                    .repr(&shown)?
                    .add(" (consider renaming ")
                    .repr(o)?
                    .add(" if it has the same name as a library you intended to import)"),
                o if is_initializing(&spec)? => {
                    let text = head()?.add("partially initialized module ").repr(&shown)?.add(" (most likely due to a circular import)");
                    match o {
                        Some(o) => text.add(" (").value(o).add(")"),
                        None => text,
                    }
                }
                Some(o) => head()?.repr(&shown)?.add(" (").value(o).add(")"),
                None => head()?.repr(&shown)?.add(" (unknown location)"),
            };
            (text, origin)
        }
    };
    let class = types().import_error;
    Err(exc::raise(fields::import_error(class, text.finish(), name_of_module.cloned(), origin, Some(name.clone()))))
}

/// What `importlib._bootstrap._module_repr` gives.
fn repr(m: &Value) -> Res {
    let d = dict(m);
    let get = |name: &Value| dict::get_str(&d, name).filter(|x| !x.is_none());
    let loader = get(&names().__loader__);
    if let Some(spec) = get(&names().__spec__) {
        return repr_from_spec(&spec);
    }
    let head = match dict::get_str(&d, &names().__name__) {
        Some(name) => Text::new().add("<module ").repr(&name)?,
        None => Text::new().add("<module '?'"),
    };
    Ok(match (dict::get_str(&d, &names().__file__), loader) {
        (Some(file), _) => head.add(" from ").repr(&file)?.add(">"),
        (None, Some(loader)) => head.add(" (").repr(&loader)?.add(")>"),
        (None, None) => head.add(">"),
    }
    .finish())
}

fn repr_from_spec(spec: &Value) -> Res {
    let name = attr::getattr(spec, &names().name)?;
    let origin = attr::getattr(spec, &names().origin)?;
    let head = if name.is_none() { Text::new().add("<module '?'") } else { Text::new().add("<module ").repr(&name)? };
    if !origin.is_none() {
        let located = protocol::is_true(&attr::getattr(spec, &names().has_location)?)?;
        return Ok(if located { head.add(" from ").repr(&origin)?.add(">") } else { head.add(" (").str(&origin)?.add(")>") }.finish());
    }
    let loader = attr::getattr(spec, &names().loader)?;
    if loader.is_none() {
        return Ok(head.add(">").finish());
    }
    if loader.class().name() == "NamespaceLoader"
        && let Some(path) = attr::getattr_opt(&loader, &str::intern("_path"))?
    {
        let path = list::from_vec(protocol::iter::collect(&path)?);
        return Ok(head.add(" (namespace) from ").repr(&path)?.add(">").finish());
    }
    Ok(head.add(" (").repr(&loader)?.add(")>").finish())
}

fn dir(m: &Value) -> Res {
    let d = attr::getattr(m, &names().__dict__)?;
    if !d.is_instance(types().dict) {
        return Err(exc::type_error("<module>.__dict__ is not a dictionary"));
    }
    if let Some(f) = dict::get_str(&d, &names().__dir__) {
        return call::call0(&f);
    }
    Ok(list::from_vec(dict::entries(&d).into_iter().map(|(k, _)| k).collect()))
}

fn annotations(m: &Value) -> Res {
    let d = dict(m);
    if let Some(found) = dict::get_str(&d, &names().__annotations__) {
        return Ok(found);
    }
    let annotate = dict::get_str(&d, &names().__annotate__).filter(call::is_callable);
    // What is computed while the module is being imported may not be all there will be.
    let partial = match dict::get_str(&d, &names().__spec__) {
        Some(spec) if !spec.is_none() => is_initializing(&spec)?,
        _ => false,
    };
    let made = match annotate {
        Some(f) => {
            let made = call::call1(&f, &Value::small_int(1))?;
            if !made.is_instance(types().dict) {
                return Err(exc::type_error(format!("__annotate__ returned non-dict of type '{}'", made.class().full_name())));
            }
            made
        }
        None => dict::new(),
    };
    if !partial {
        dict::set_str(&d, &names().__annotations__, made.clone());
    }
    Ok(made)
}

fn set_annotations(m: &Value, value: Option<&Value>) -> Res<()> {
    let d = dict(m);
    match value {
        Some(x) => dict::set_str(&d, &names().__annotations__, x.clone()),
        None => {
            if !dict::del_str(&d, &names().__annotations__) {
                return Err(exc::raise_args(types().attribute_error, &[names().__annotations__.clone()]));
            }
        }
    }
    dict::del_str(&d, &names().__annotate__);
    Ok(())
}

fn annotate(m: &Value) -> Res {
    let d = dict(m);
    if let Some(f) = dict::get_str(&d, &names().__annotate__) {
        return Ok(f);
    }
    dict::set_str(&d, &names().__annotate__, Value::NONE);
    Ok(Value::NONE)
}

fn set_annotate(m: &Value, value: Option<&Value>) -> Res<()> {
    let Some(f) = value else { return Err(exc::type_error("cannot delete __annotate__ attribute")) };
    if !f.is_none() && !call::is_callable(f) {
        return Err(exc::type_error("__annotate__ must be callable or None"));
    }
    let d = dict(m);
    dict::set_str(&d, &names().__annotate__, f.clone());
    if !f.is_none() {
        dict::del_str(&d, &names().__annotations__);
    }
    Ok(())
}

/// `module`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "module",
    doc: "module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional doc argument can have any type.",
    payload: PayloadOps::of::<Module>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(construct), init: Some(init), repr: Some(repr), getattr: Some(getattr), ..Slots::NONE },
    methods: &[def("__dir__", "($self, /)", |a| dir(a.at(0)), "__dir__() -> list\nspecialized dir() implementation")],
    getsets: &[
        member("__dict__", |m| Ok(dict(m)), ""),
        getset("__annotations__", annotations, set_annotations, ""),
        getset("__annotate__", annotate, set_annotate, ""),
    ],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
