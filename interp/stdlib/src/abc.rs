//! `_abc`: what `abc.ABCMeta` is made of. Follows CPython's `Modules/_abc.c`.

use crate::LazyClass;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use weft_layout::tag::Word;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::global::Global;
use weft_vm::protocol::{self, attr, iter};
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{dict, list, mappingproxy, set, str, tuple, weakref};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::{names, shapes, types};
use weft_vm::{call, exc};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_abc", doc: "Module contains faster C implementation of abc.ABCMeta", functions: FUNCTIONS, exec: |_| Ok(()) };

static FUNCTIONS: &[FnDef] = &[
    def(
        "get_cache_token",
        "($module, /)",
        |_| Ok(Value::int(counter())),
        "Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying\nthe current version of the ABC cache for virtual subclasses.  The token\nchanges with every call to register() on any ABC.",
    ),
    def("_abc_init", "($module, self, /)", init, "Internal ABC helper for class set-up. Should be never used outside abc module."),
    def(
        "_reset_registry",
        "($module, self, /)",
        reset_registry,
        "Internal ABC helper to reset registry of a given class.\n\nShould be only used by refleak.py",
    ),
    def(
        "_reset_caches",
        "($module, self, /)",
        reset_caches,
        "Internal ABC helper to reset both caches of a given class.\n\nShould be only used by refleak.py",
    ),
    def(
        "_get_dump",
        "($module, self, /)",
        dump,
        "Internal ABC helper for cache and registry debugging.\n\nReturn shallow copies of registry, of both caches, and\nnegative cache version. Don't call this function directly,\ninstead use ABC._dump_registry() for a nice repr.",
    ),
    def(
        "_abc_register",
        "($module, self, subclass, /)",
        register,
        "Internal ABC helper for subclasss registration. Should be never used outside abc module.",
    ),
    def(
        "_abc_instancecheck",
        "($module, self, instance, /)",
        instancecheck,
        "Internal ABC helper for instance checks. Should be never used outside abc module.",
    ),
    def(
        "_abc_subclasscheck",
        "($module, self, subclass, /)",
        subclasscheck,
        "Internal ABC helper for subclasss checks. Should be never used outside abc module.",
    ),
];

const COLLECTION_FLAGS: u32 = flag::SEQUENCE | flag::MAPPING;

/// Counts calls of `register`: a negative cache that is older is not to be trusted.
static COUNTER: Global<i64> = Global::new(0);

fn counter() -> i64 {
    // SAFETY: the GIL is held.
    unsafe { *COUNTER.get() }
}

/// Classes, each held by a weak reference and found by its address.
#[derive(Default)]
struct WeakSet(RefCell<HashMap<Word, Value>>);

impl WeakSet {
    /// Whether the class is in the set. A class that died does not count, even where another lies at its address.
    fn contains(&self, class: &Value) -> bool {
        self.0.borrow().get(&class.word()).is_some_and(|r| weakref::referent(r).is_some_and(|c| c.is(class)))
    }

    fn add(&self, class: &Value) -> Res<()> {
        let reference = weakref::new(class, None)?;
        let dead: Vec<Value> = {
            let mut map = self.0.borrow_mut();
            let mut dead: Vec<Value> = map.insert(class.word(), reference).into_iter().collect();
            // References to classes that died are thrown out whenever the table is about to grow.
            if map.len() == map.capacity() {
                let gone: Vec<Word> = map.iter().filter(|(_, r)| weakref::referent(r).is_none()).map(|(&k, _)| k).collect();
                dead.extend(gone.iter().filter_map(|k| map.remove(k)));
            }
            dead
        };
        drop(dead);
        Ok(())
    }

    fn clear(&self) {
        let old = std::mem::take(&mut *self.0.borrow_mut());
        drop(old);
    }

    /// The references to the classes that are alive.
    fn references(&self) -> Vec<Value> {
        self.0.borrow().values().filter(|r| weakref::referent(r).is_some()).cloned().collect()
    }
}

/// The payload of `_abc._abc_data`: what an abstract base class knows of its subclasses.
struct AbcData {
    registry: WeakSet,
    cache: WeakSet,
    negative_cache: WeakSet,
    negative_version: Cell<i64>,
}

// SAFETY: every instance of _abc_data is made with an AbcData payload.
unsafe impl Payload for AbcData {
    // The references have no callbacks, so they keep nothing alive.
    const TRACED: bool = false;

    fn class() -> &'static Type {
        DATA.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for set in [&self.registry, &self.cache, &self.negative_cache] {
            set.0.borrow().values().for_each(|r| visit(r.word()));
        }
    }
}

static DATA: LazyClass = LazyClass::new(&DATA_SPEC);

static DATA_SPEC: TypeSpec = TypeSpec {
    name: "_abc._abc_data",
    doc: "Internal state held by ABC machinery.",
    payload: PayloadOps::of::<AbcData>(),
    slots: Slots { new: Some(|class, _, _| Ok(new_data(build::of(class)))), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

fn new_data(class: &Type) -> Value {
    let data = AbcData {
        registry: WeakSet::default(),
        cache: WeakSet::default(),
        negative_cache: WeakSet::default(),
        negative_version: Cell::new(counter()),
    };
    new_instance(class, data)
}

/// The `_abc_impl` of an abstract base class.
fn data_of(class: &Value) -> Res {
    let data = attr::getattr(class, &names()._abc_impl)?;
    if data.downcast_exact::<AbcData>().is_none() {
        return Err(exc::type_error("_abc_impl is set to a wrong type"));
    }
    Ok(data)
}

fn payload(data: &Value) -> &AbcData {
    // SAFETY: `data_of` has checked the class.
    unsafe { data.payload() }
}

fn is_abstract(v: &Value) -> Res<bool> {
    // The class of functions has no such attribute, and these have none of their own.
    if v.shape_id() == shapes().function {
        return Ok(false);
    }
    match attr::getattr_opt(v, &names().__isabstractmethod__)? {
        Some(x) => protocol::is_true(&x),
        None => Ok(false),
    }
}

/// Sets `__abstractmethods__`: what the class itself declares abstract, and what it inherits and does not define.
fn compute_abstract_methods(class: &Value) -> Res<()> {
    let mut found = Vec::new();
    let namespace = attr::getattr(class, &names().__dict__)?;
    let mut look_at = |name: &Value, value: &Value| -> Res<()> {
        if is_abstract(value)? {
            found.push(name.clone());
        }
        Ok(())
    };
    match mappingproxy::plain_dict(&namespace) {
        Some(plain) => dict::entries(&plain).iter().try_for_each(|(name, value)| look_at(name, value))?,
        None => {
            let items = call::call_method(&namespace, &names().items, &[])?;
            for pair in iter::collect(&items)? {
                let pair = iter::unpack(&pair, 2)?;
                look_at(&pair[0], &pair[1])?;
            }
        }
    }
    let bases = attr::getattr(class, &names().__bases__)?;
    if !bases.is_instance(types().tuple) {
        return Err(exc::type_error("__bases__ is not tuple"));
    }
    let abstractmethods = &names().__abstractmethods__;
    for base in tuple::items(&bases) {
        let Some(inherited) = attr::getattr_opt(base, abstractmethods)? else { continue };
        iter::for_each(&inherited, |name| {
            if !str::is_str(&name) {
                return Err(exc::type_error(format!("attribute name must be string, not '{}'", name.class().full_name())));
            }
            if let Some(value) = attr::getattr_opt(class, &name)?
                && is_abstract(&value)?
            {
                found.push(name);
            }
            Ok(())
        })?;
    }
    attr::setattr(class, abstractmethods, &set::new_frozen(found)?)
}

fn init(a: Args) -> Res {
    let class = a.at(0);
    compute_abstract_methods(class)?;
    attr::setattr(class, &names()._abc_impl, &new_data(DATA.get()))?;
    if !class.is_instance(types().type_) {
        return Ok(Value::NONE);
    }
    let class = build::of(class);
    let key = &names().__abc_tpflags__;
    if let Some(flags) = dict::get_str(&class.namespace(), key) {
        dict::del_str(&class.namespace(), key);
        class.modified();
        if let Some(flags) = flags.as_small_int() {
            let flags = flags as u32 & COLLECTION_FLAGS;
            if flags == COLLECTION_FLAGS {
                return Err(exc::type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
            }
            class.set_flags(flags, true);
        }
    }
    Ok(Value::NONE)
}

/// Makes a class, and those derived from it, count as sequences or mappings for `match`.
fn set_collection_flag(class: &Type, flags: u32) {
    if class.has(flag::IMMUTABLE) || class.flags() & COLLECTION_FLAGS == flags {
        return;
    }
    class.set_flags(COLLECTION_FLAGS, false);
    class.set_flags(flags, true);
    for sub in class.subclasses() {
        set_collection_flag(build::of(&sub), flags);
    }
}

fn register(a: Args) -> Res {
    let (class, subclass) = (a.at(0), a.at(1));
    if !subclass.is_instance(types().type_) {
        return Err(exc::type_error("Can only register classes"));
    }
    if protocol::issubclass(subclass, class)? {
        return Ok(subclass.clone());
    }
    // Cycles are tested for only after "already a subclass": every class is a subclass of itself.
    if protocol::issubclass(class, subclass)? {
        return Err(exc::runtime_error("Refusing to create an inheritance cycle"));
    }
    payload(&data_of(class)?).registry.add(subclass)?;
    // SAFETY: the GIL is held.
    unsafe { *COUNTER.get() += 1 };
    if class.is_instance(types().type_) {
        let flags = build::of(class).flags() & COLLECTION_FLAGS;
        if flags != 0 {
            set_collection_flag(build::of(subclass), flags);
        }
    }
    Ok(subclass.clone())
}

fn instancecheck(a: Args) -> Res {
    let (class, instance) = (a.at(0), a.at(1));
    let data = data_of(class)?;
    let subclass = attr::getattr(instance, &names().__class__)?;
    let d = payload(&data);
    if d.cache.contains(&subclass) {
        return Ok(Value::TRUE);
    }
    let check = &names().__subclasscheck__;
    let subtype = instance.class().value();
    if subtype.is(&subclass) {
        if d.negative_version.get() == counter() && d.negative_cache.contains(&subclass) {
            return Ok(Value::FALSE);
        }
        return call::call_method(class, check, &[subclass]);
    }
    let result = call::call_method(class, check, &[subclass])?;
    if protocol::is_true(&result)? { Ok(result) } else { call::call_method(class, check, &[subtype]) }
}

fn subclasscheck(a: Args) -> Res {
    let (class, subclass) = (a.at(0), a.at(1));
    if !subclass.is_instance(types().type_) {
        return Err(exc::type_error("issubclass() arg 1 must be a class"));
    }
    let data = data_of(class)?;
    let d = payload(&data);
    if d.cache.contains(subclass) {
        return Ok(Value::TRUE);
    }
    if d.negative_version.get() < counter() {
        d.negative_cache.clear();
        d.negative_version.set(counter());
    } else if d.negative_cache.contains(subclass) {
        return Ok(Value::FALSE);
    }
    let accept = || d.cache.add(subclass).map(|()| Value::TRUE);
    let hook = call::call_method(class, &names().__subclasshook__, std::slice::from_ref(subclass))?;
    if hook.is(&Value::TRUE) {
        return accept();
    }
    if hook.is(&Value::FALSE) {
        d.negative_cache.add(subclass)?;
        return Ok(Value::FALSE);
    }
    if !hook.is_not_implemented() {
        return Err(exc::assertion_error("__subclasshook__ must return either False, True, or NotImplemented"));
    }
    if class.is_instance(types().type_) && build::of(subclass).is_subtype(build::of(class)) {
        return accept();
    }
    if d.registry.contains(subclass) {
        return Ok(Value::TRUE);
    }
    for reference in d.registry.references() {
        if let Some(registered) = weakref::referent(&reference)
            && protocol::issubclass(subclass, &registered)?
        {
            return accept();
        }
    }
    let subclasses = call::call_method(class, &str::intern("__subclasses__"), &[])?;
    if !subclasses.is_instance(types().list) {
        return Err(exc::type_error("__subclasses__() must return a list"));
    }
    for derived in list::to_vec(&subclasses) {
        if protocol::issubclass(subclass, &derived)? {
            return accept();
        }
    }
    d.negative_cache.add(subclass)?;
    Ok(Value::FALSE)
}

fn reset_registry(a: Args) -> Res {
    payload(&data_of(a.at(0))?).registry.clear();
    Ok(Value::NONE)
}

fn reset_caches(a: Args) -> Res {
    let data = data_of(a.at(0))?;
    payload(&data).cache.clear();
    payload(&data).negative_cache.clear();
    Ok(Value::NONE)
}

fn dump(a: Args) -> Res {
    let data = data_of(a.at(0))?;
    let d = payload(&data);
    Ok(tuple::from_vec(vec![
        set::from_items(d.registry.references())?,
        set::from_items(d.cache.references())?,
        set::from_items(d.negative_cache.references())?,
        Value::int(d.negative_version.get()),
    ]))
}
