//! `object`: the base of all classes, and the defaults it gives them.

use crate::call;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{Args, GetSetDef, class_def, def, getset};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::heap::{page, shape};
use crate::protocol::{self, attr};
use crate::types::{dict, instance, list, str, tuple, type_object};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use weft_layout::header::Header;
use weft_layout::tag::{NULL, Word};

/// A new instance of `class`, which has no native payload, with nothing set.
pub fn new_bare(class: &'static Type) -> Value {
    // SAFETY: the root shape is the class's own.
    unsafe { new_shaped(class, class.root_shape()) }
}

/// As [`new_bare`], of a shape that is or was the class's root shape.
///
/// # Safety
/// As just said.
pub unsafe fn new_shaped(class: &Type, id: u32) -> Value {
    let size = shape::instance_size(id);
    // SAFETY: the cell has that size; zero words are empty slots.
    unsafe {
        let p = page::allocate(size, class.is_traced(), id);
        let words = p.add(8).cast::<Word>();
        // Cells are multiples of 16 bytes.
        match size.div_ceil(16) {
            1 => words.write(NULL),
            2 => words.cast::<[Word; 3]>().write([NULL; 3]),
            3 => words.cast::<[Word; 5]>().write([NULL; 5]),
            4 => words.cast::<[Word; 7]>().write([NULL; 7]),
            _ => std::ptr::write_bytes(p.add(8), 0, size - 8),
        }
        finish_instance(class, p)
    }
}

/// Gives a fresh object of a Python class the reference it owns to its class.
///
/// # Safety
/// `p` is a fresh object of `class` with its slots zeroed and its payload written.
pub unsafe fn finish_instance(class: &Type, p: *mut u8) -> Value {
    if class.has(flag::HEAPTYPE) {
        std::mem::forget(class.value());
    }
    // SAFETY: the caller hands over the only reference.
    unsafe { Value::from_word(p as Word) }
}

fn excess(args: &[Value], kwnames: Option<&Value>) -> bool {
    !args.is_empty() || kwnames.is_some_and(|k| !tuple::items(k).is_empty())
}

fn overrides_new(class: &Type) -> bool {
    class.slots().new.map(|f| f as usize) != Some(new as *const () as usize)
}

fn overrides_init(class: &Type) -> bool {
    class.slots().init.map(|f| f as usize) != Some(init as *const () as usize)
}

/// `object.__new__`.
pub fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = of(class);
    if excess(args, kwnames) {
        if overrides_new(class) {
            return Err(exc::type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if !overrides_init(class) {
            return Err(exc::type_error(format!("{}() takes no arguments", class.name())));
        }
    }
    if class.has(flag::IS_ABSTRACT) {
        return Err(abstract_error(class)?);
    }
    Ok(new_bare(class))
}

fn abstract_error(class: &'static Type) -> Res<exc::Raised> {
    let methods = attr::getattr(&class.value(), &str::intern("__abstractmethods__"))?;
    let mut all = Vec::new();
    for m in protocol::iter::collect(&methods)? {
        all.push(protocol::str_string(&m)?);
    }
    all.sort();
    let quoted: Vec<String> = all.iter().map(|n| format!("'{n}'")).collect();
    Ok(exc::type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{} {}",
        class.name(),
        if all.len() == 1 { "" } else { "s" },
        quoted.join(", ")
    )))
}

/// `object.__init__`.
pub fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    if excess(args, kwnames) {
        let class = v.class();
        if overrides_init(class) {
            return Err(exc::type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
        }
        if !overrides_new(class) {
            return Err(exc::type_error(format!("{}.__init__() takes exactly one argument (the instance to initialize)", class.name())));
        }
    }
    Ok(())
}

/// `object.__repr__`.
pub fn repr(v: &Value) -> Res {
    let class = v.class();
    let name = type_object::qualified_display(class)?;
    Ok(str::from_string(format!("<{name} object at {:#x}>", v.id())))
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    match op {
        CompareOp::Eq if a.is(b) => Ok(Value::TRUE),
        CompareOp::Ne => {
            let Some(f) = a.class().slots().compare else { return Ok(Value::NOT_IMPLEMENTED) };
            let r = f(a, b, CompareOp::Eq)?;
            if r.is_not_implemented() { Ok(r) } else { protocol::is_true(&r).map(|t| Value::bool(!t)) }
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// `object.__hash__`: by identity.
pub fn hash(v: &Value) -> Res<i64> {
    let h = (v.word().rotate_right(4)) as i64;
    Ok(if h == -1 { -2 } else { h })
}

fn class_set(v: &Value, value: Option<&Value>) -> Res<()> {
    let Some(new) = value else { return Err(exc::type_error("can't delete __class__ attribute")) };
    if !new.is_instance(types().type_) {
        return Err(exc::type_error(format!("__class__ must be set to a class, not '{}' object", new.class().full_name())));
    }
    let (old, new) = (v.class(), of(new));
    if std::ptr::eq(old, new) {
        return Ok(());
    }
    let modules = v.is_instance(types().module) && new.is_subtype(types().module);
    if !modules && (!old.has(flag::HEAPTYPE) || !new.has(flag::HEAPTYPE)) {
        return Err(exc::type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    if !type_object::same_layout(old, new) || old.members() != new.members() || old.has_dict() != new.has_dict() {
        return Err(exc::type_error(format!("__class__ assignment: '{}' object layout differs from '{}'", new.name(), old.name())));
    }
    if old.has_dict() {
        instance::dict_of(v);
    }
    let inline = shape::inline_words(v.shape_id());
    let Some(mut id) = shape::new_root(new, &new.layout(inline)) else { return Err(exc::memory_error()) };
    if old.has_dict() {
        id = shape::dict_mode(id);
    }
    if new.has(flag::HEAPTYPE) {
        std::mem::forget(new.value());
    }
    // SAFETY: both classes lay their instances out alike, and the new shape has as many attribute words.
    unsafe { (*v.ptr().cast::<Header>()).shape = id };
    if old.has(flag::HEAPTYPE) {
        // SAFETY: the instance owned a reference to its old class.
        drop(unsafe { Value::from_word(old.value_word()) });
    }
    Ok(())
}

fn dict_get(v: &Value) -> Res {
    if v.shape_id() != 0 && shape::flags(v.shape_id()) & shape::flag::HAS_ATTRS != 0 {
        return Ok(instance::dict_of(v));
    }
    Err(attr::no_attribute(v, &names().__dict__))
}

fn dict_set(v: &Value, value: Option<&Value>) -> Res<()> {
    match value {
        Some(d) if d.is_instance(types().dict) => {
            instance::replace_dict(v, d.clone());
            Ok(())
        }
        Some(d) => Err(exc::type_error(format!("__dict__ must be set to a dictionary, not a '{}'", d.class().full_name()))),
        None => {
            instance::replace_dict(v, dict::new());
            Ok(())
        }
    }
}

/// `__dict__` of instances.
pub static DICT_GETSET: GetSetDef =
    GetSetDef { name: "__dict__", get: dict_get, set: Some(dict_set), doc: "dictionary for instance variables" };

fn weakref_get(v: &Value) -> Res {
    Ok(crate::heap::weak::references(v).into_iter().next().unwrap_or(Value::NONE))
}

/// `__weakref__` of instances.
pub static WEAKREF_GETSET: GetSetDef =
    GetSetDef { name: "__weakref__", get: weakref_get, set: None, doc: "list of weak references to the object" };

fn format(a: Args) -> Res {
    let spec = a.at(1);
    if !str::is_str(spec) {
        return Err(exc::type_error(format!("__format__() argument must be str, not {}", spec.class().full_name())));
    }
    if str::len(spec) > 0 {
        return Err(exc::type_error(format!("unsupported format string passed to {}.__format__", a.at(0).class().full_name())));
    }
    protocol::str(a.at(0))
}

fn dir(a: Args) -> Res {
    let v = a.at(0);
    let all = dict::new();
    if let Some(d) = attr::getattr_opt(v, &names().__dict__)?
        && d.is_instance(types().dict)
    {
        for (k, _) in dict::entries(&d) {
            dict::set(&all, &k, &Value::NONE)?;
        }
    }
    if let Some(c) = attr::getattr_opt(v, &names().__class__)? {
        type_object::merge_names(&all, &c)?;
    }
    Ok(list::from_vec(dict::entries(&all).into_iter().map(|(k, _)| k).collect()))
}

/// The slot names of a class that `copyreg` collects: what a reduced object saves beside its `__dict__`.
fn slot_names(class: &'static Type) -> Res {
    let copyreg = crate::eval::import::import_module("copyreg")?;
    call::call_method(&copyreg, &str::intern("_slotnames"), &[class.value()])
}

/// `object.__getstate__`.
pub fn getstate(v: &Value) -> Res {
    let class = v.class();
    let state = if class.has_dict() && shape::flags(v.shape_id()) & shape::flag::HAS_ATTRS != 0 {
        let d = dict::copy(&attr::getattr(v, &names().__dict__)?);
        if dict::len(&d) == 0 { Value::NONE } else { d }
    } else {
        attr::getattr_opt(v, &names().__dict__)?.unwrap_or(Value::NONE)
    };
    let slots = if class.has(flag::HEAPTYPE) { slot_names(class)? } else { Value::NONE };
    if slots.is_none() || protocol::len(&slots)? == 0 {
        return Ok(state);
    }
    let saved = dict::new();
    for name in protocol::iter::collect(&slots)? {
        if let Some(x) = attr::getattr_opt(v, &name)? {
            dict::set(&saved, &name, &x)?;
        }
    }
    Ok(if dict::len(&saved) == 0 { state } else { tuple::from_vec(vec![state, saved]) })
}

fn reduce_protocol_2(v: &Value) -> Res {
    let class = v.class();
    let class_value = class.value();
    if class.slots().new.is_none() {
        return Err(exc::type_error(format!("cannot pickle '{}' object", class.full_name())));
    }
    let copyreg = crate::eval::import::import_module("copyreg")?;
    let (args, kwargs) = if let Some(f) = call::lookup_special(v, &names().__getnewargs_ex__)? {
        let r = call::call0(&f)?;
        if !r.is_instance(types().tuple) {
            return Err(exc::type_error(format!("__getnewargs_ex__ should return a tuple, not '{}'", r.class().full_name())));
        }
        let parts = tuple::items(&r);
        if parts.len() != 2 {
            return Err(exc::value_error(format!("__getnewargs_ex__ should return a tuple of length 2, not {}", parts.len())));
        }
        (Some(parts[0].clone()), Some(parts[1].clone()))
    } else if let Some(f) = call::lookup_special(v, &names().__getnewargs__)? {
        let r = call::call0(&f)?;
        if !r.is_instance(types().tuple) {
            return Err(exc::type_error(format!("__getnewargs__ should return a tuple, not '{}'", r.class().full_name())));
        }
        (Some(r), None)
    } else {
        (None, None)
    };
    let required = args.is_none() && !v.is_instance(types().list) && !v.is_instance(types().dict);
    let default_state = call::lookup_special(v, &names().__getstate__)?.is_none()
        || v.class().lookup(&names().__getstate__).is_some_and(|f| types().object.lookup(&names().__getstate__).is_some_and(|g| g.is(&f)));
    if required && default_state && !class.payload_ops().varies && class.payload_ops().size > 0 {
        return Err(exc::type_error(format!("cannot pickle '{}' object", class.full_name())));
    }
    let state = match call::call_special(v, &names().__getstate__, &[]) {
        Some(s) => s?,
        None => getstate(v)?,
    };
    let (function, arguments) = match kwargs {
        Some(k) if protocol::len(&k)? > 0 => {
            let f = attr::getattr(&copyreg, &str::intern("__newobj_ex__"))?;
            (f, tuple::from_vec(vec![class_value, args.unwrap_or_else(tuple::empty), k]))
        }
        _ => {
            let f = attr::getattr(&copyreg, &str::intern("__newobj__"))?;
            let mut all = vec![class_value];
            if let Some(a) = args {
                all.extend_from_slice(tuple::items(&a));
            }
            (f, tuple::from_vec(all))
        }
    };
    let list_items = if v.is_instance(types().list) { protocol::iter::iter(v)? } else { Value::NONE };
    let dict_items =
        if v.is_instance(types().dict) { protocol::iter::iter(&call::call_method(v, &names().items, &[])?)? } else { Value::NONE };
    Ok(tuple::from_vec(vec![function, arguments, state, list_items, dict_items]))
}

fn reduce_with(v: &Value, protocol_number: i64) -> Res {
    if protocol_number >= 2 {
        return reduce_protocol_2(v);
    }
    let copyreg = crate::eval::import::import_module("copyreg")?;
    call::call_method(&copyreg, &str::intern("_reduce_ex"), &[v.clone(), Value::int(protocol_number)])
}

fn reduce(a: Args) -> Res {
    reduce_with(a.at(0), 0)
}

fn reduce_ex(a: Args) -> Res {
    let v = a.at(0);
    let number = protocol::number::as_isize(a.at(1))? as i64;
    // A class that overrides __reduce__ means it.
    if let Some(f) = v.class().lookup(&names().__reduce__)
        && !types().object.lookup(&names().__reduce__).is_some_and(|o| o.is(&f))
    {
        return call::call_unbound(&f, v, &[], None);
    }
    reduce_with(v, number)
}

/// `object`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "object",
    doc: "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    payload: PayloadOps { traced: false, ..PayloadOps::EMPTY },
    flags: flag::BASETYPE,
    slots: Slots {
        repr: Some(repr),
        str: Some(protocol::repr),
        hash: Some(hash),
        compare: Some(compare),
        getattr: Some(attr::generic_getattr),
        setattr: Some(attr::generic_setattr),
        new: Some(new),
        init: Some(init),
        ..Slots::NONE
    },
    methods: &[
        def("__reduce_ex__", "($self, protocol, /)", reduce_ex, "Helper for pickle."),
        def("__reduce__", "($self, /)", reduce, "Helper for pickle."),
        def("__getstate__", "($self, /)", |a| getstate(a.at(0)), "Helper for pickle."),
        def(
            "__format__",
            "($self, format_spec, /)",
            format,
            "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
        ),
        def("__sizeof__", "($self, /)", |a| Ok(Value::usize(size_of_object(a.at(0)))), "Size of object in memory, in bytes."),
        def("__dir__", "($self, /)", dir, "Default dir() implementation."),
        class_def(
            "__init_subclass__",
            "($type, /)",
            |_| Ok(Value::NONE),
            "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.\n",
        ),
        class_def(
            "__subclasshook__",
            "($type, object, /)",
            |_| Ok(Value::NOT_IMPLEMENTED),
            "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).\n",
        ),
    ],
    getsets: &[getset("__class__", |v| Ok(v.class().value()), class_set, "the object's class")],
    ..TypeSpec::DEFAULT
};

/// Bytes an object takes, header included; what varies in size is not counted here.
pub fn size_of_object(v: &Value) -> usize {
    if v.is_heap() { shape::instance_size(v.shape_id()) } else { 8 }
}
