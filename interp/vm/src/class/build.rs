//! Making classes: native ones from their [`TypeSpec`], and what native and Python classes share.

use super::native::{FnDef, GetSetDef};
use super::slotdefs;
use super::slots::Slots;
use super::{Contents, PayloadOps, Type, flag};
use crate::cell::Field;
use crate::heap::{page, shape};
use crate::types::{descriptor, dict, str, tuple};
use crate::value::Value;
use std::cell::{Cell, UnsafeCell};
use weft_layout::header::Header;
use weft_layout::tag::Word;

/// The declaration of a native class. Every built-in type's file holds one, named `SPEC`.
pub struct TypeSpec {
    /// The name, with the module in front for classes outside builtins.
    pub name: &'static str,
    /// The doc string. May begin with a text signature in CPython's `name(sig)\n--\n\n` form.
    pub doc: &'static str,
    /// The base class; `object` unless given.
    pub base: Option<fn() -> &'static Type>,
    /// What instances hold.
    pub payload: PayloadOps,
    /// [`flag`] bits beyond those every native class has.
    pub flags: u32,
    /// Slots.
    pub slots: Slots,
    /// Methods.
    pub methods: &'static [FnDef],
    /// Computed attributes.
    pub getsets: &'static [GetSetDef],
    /// Whether instances have a `__dict__`.
    pub has_dict: bool,
    /// Whether instances can have weak references.
    pub has_weakrefs: bool,
    /// Adds to the namespace what the rest cannot say.
    pub finish: fn(&Value),
}

impl TypeSpec {
    /// What a class is that says nothing else.
    pub const DEFAULT: TypeSpec = TypeSpec {
        name: "",
        doc: "",
        base: None,
        payload: PayloadOps::EMPTY,
        flags: 0,
        slots: Slots::NONE,
        methods: &[],
        getsets: &[],
        has_dict: false,
        has_weakrefs: false,
        finish: |_| {},
    };
}

/// What a class is made from, native or not.
pub struct Parts {
    /// The metaclass.
    pub metaclass: &'static Type,
    /// The base whose layout the class extends; `None` for `object` alone.
    pub base: Option<&'static Type>,
    /// `__bases__`.
    pub bases: Vec<&'static Type>,
    /// Everything after the class itself in the MRO.
    pub mro_tail: Vec<&'static Type>,
    /// [`flag`] bits.
    pub flags: u32,
    /// Slots set by the class itself.
    pub slots: Slots,
    /// What instances hold.
    pub payload: PayloadOps,
    /// Member slots of this class alone.
    pub new_members: usize,
    /// Whether instances have a `__dict__`.
    pub has_dict: bool,
    /// Whether instances can have weak references.
    pub has_weakrefs: bool,
    /// Attribute words to begin with.
    pub inline: usize,
    /// The name of a native class.
    pub full_name: &'static str,
    /// The doc string of a native class.
    pub doc: &'static str,
}

/// Makes a type object. The caller fills the namespace, then calls [`finish`].
pub fn make(parts: Parts) -> Value {
    let Parts { metaclass, base, bases, mro_tail, flags, slots, payload, new_members, has_dict, has_weakrefs, inline, full_name, doc } =
        parts;
    let members = base.map_or(0, |b| b.members()) + new_members;
    let ty = Type {
        slots: UnsafeCell::new(slots),
        flags: Cell::new(flags | base.map_or(0, |b| b.flags() & flag::INHERITED)),
        version: Cell::new(0),
        init: Cell::new(1),
        watched: Cell::new(false),
        root_shape: Cell::new(0),
        shapes: UnsafeCell::new(Vec::new()),
        most_attrs: Cell::new(inline as u32),
        payload,
        members: Cell::new(members as u32),
        has_dict: Cell::new(has_dict),
        has_weakrefs: Cell::new(has_weakrefs),
        base: Cell::new(base),
        mro: UnsafeCell::new(Vec::new()),
        subclasses: UnsafeCell::new(Vec::new()),
        name_field: Field::empty(),
        qualname: Field::empty(),
        bases: Field::empty(),
        mro_tuple: Field::empty(),
        dict: Field::empty(),
        contents: Cell::new(None),
        full_name,
        doc,
    };
    // The very first type object, `type` itself, is made before its class has a shape.
    let shape_id = metaclass.root_shape.get();
    let size = if shape_id == 0 { 8 + size_of::<Type>() } else { shape::instance_size(shape_id) };
    // SAFETY: the cell is large enough; everything behind the payload is zeroed.
    let value = unsafe {
        let p = page::allocate(size, true, shape_id);
        std::ptr::write_bytes(p.add(8), 0, size - 8);
        p.add(8).cast::<Type>().write(ty);
        Value::from_word(p as Word)
    };
    let ty = of(&value);
    // SAFETY: the type is not visible to anybody yet.
    unsafe { *ty.mro.get() = std::iter::once(ty).chain(mro_tail).collect() };
    // What patterns take instances for is decided by the first base in the order of resolution that says so.
    let collection = flag::SEQUENCE | flag::MAPPING;
    if flags & collection == 0 {
        ty.set_flags(collection, false);
        if let Some(kind) = ty.mro().iter().map(|t| t.flags() & collection).find(|kind| *kind != 0) {
            ty.set_flags(kind, true);
        }
    }
    for base in bases.iter() {
        base.add_subclass(ty.value_word());
    }
    let inline = if has_dict { inline.max(2) } else { 0 };
    ty.root_shape.set(shape::new_root(ty, &ty.layout(inline)).expect("the shape table has room for another class"));
    value
}

/// The payload of a type object.
pub fn of(value: &Value) -> &'static Type {
    // SAFETY: callers pass type objects; one is as good as static while a class, instance or cache refers to it.
    unsafe { &*(value.ptr().add(8) as *const Type) }
}

/// Replaces the MRO (after assignment to `__bases__` or by a metaclass's `mro()`).
pub fn set_mro(ty: &'static Type, mro: Vec<&'static Type>) {
    // SAFETY: the GIL is held; walkers do not hold on to the slice across calls into Python.
    unsafe { *ty.mro.get() = mro };
    ty.make_mro_tuple();
    ty.modified();
}

/// Replaces `__bases__` and the base whose layout the class extends.
pub fn set_bases(ty: &'static Type, base: &'static Type, bases: &[&'static Type]) {
    for b in tuple::items(&ty.bases_value()) {
        // SAFETY: the GIL is held.
        unsafe { (*of(b).subclasses.get()).retain(|&w| w != ty.value_word()) };
    }
    for b in bases {
        b.add_subclass(ty.value_word());
    }
    ty.base.set(Some(base));
    ty.bases.set(tuple::from_vec(bases.iter().map(|b| b.value()).collect()));
}

/// Inherits what the class does not set itself. The namespace is complete.
pub fn inherit(ty: &'static Type) {
    let mut slots = *ty.slots();
    // A base has all that it inherits itself, but perhaps for a constructor, which no class takes over from one that cannot be instantiated.
    let bases = match ty.base() {
        Some(base) if ty.mro().len() == base.mro().len() + 1 && !base.has(flag::DISALLOW_INSTANTIATION) => &ty.mro()[1..2],
        _ => &ty.mro()[1..],
    };
    // Nothing makes instances of a class that cannot be instantiated, object's constructor included.
    let own_new = slots.new.or(if ty.has(flag::DISALLOW_INSTANTIATION) { None } else { bases.iter().find_map(|b| b.slots().new) });
    for base in bases {
        let from = base.slots();
        // A class that defines equality does not inherit a hash; comparison and hash go together.
        let (compare, hash) = match (slots.compare, slots.hash) {
            (None, None) => (from.compare, from.hash),
            own => own,
        };
        for (word, &inherited) in slots.words_mut().iter_mut().zip(from.words()) {
            *word = if *word == 0 { inherited } else { *word };
        }
        (slots.compare, slots.hash) = (compare, hash);
    }
    slots.new = own_new;
    ty.update_slots(|s| *s = slots);
    ty.settle_freeing();
}

/// Makes a native class from its declaration: the type object without its namespace.
pub fn start(spec: &'static TypeSpec, metaclass: &'static Type, object: Option<&'static Type>) -> &'static Type {
    let base = spec.base.map(|b| b()).or(object);
    let payload = match base {
        Some(b) if spec.payload.size == 0 && b.payload.size != 0 => b.payload,
        _ => spec.payload,
    };
    let value = make(Parts {
        metaclass,
        base,
        bases: base.into_iter().collect(),
        mro_tail: base.map_or(Vec::new(), |b| b.mro().to_vec()),
        flags: spec.flags | flag::IMMUTABLE | flag::READY | if payload.traced { flag::HAVE_GC } else { 0 },
        slots: spec.slots,
        payload,
        new_members: 0,
        has_dict: spec.has_dict || base.is_some_and(|b| b.has_dict()),
        has_weakrefs: spec.has_weakrefs || base.is_some_and(|b| b.has_weakrefs()),
        inline: 0,
        full_name: spec.name,
        doc: spec.doc,
    });
    value.make_immortal();
    of(&value)
}

/// Finishes a native class, all but its namespace, which is filled when somebody asks for it.
pub fn complete(ty: &'static Type, spec: &'static TypeSpec) {
    ty.set_contents(spec);
    if spec.has_no_hash() {
        ty.update_slots(|s| s.hash = Some(slotdefs::hash_not_implemented));
    }
    inherit(ty);
}

impl TypeSpec {
    /// A class that says how instances compare, and not how they hash, has none that do.
    fn has_no_hash(&self) -> bool {
        self.slots.compare.is_some() && self.slots.hash.is_none()
    }
}

impl Contents for TypeSpec {
    fn fill(&self, ty: &'static Type, namespace: &Value) {
        let wrappers = self.slots.words().iter().filter(|word| **word != 0).count();
        dict::reserve(namespace, self.methods.len() + self.getsets.len() + wrappers + 1);
        let set = |name: &str, value: Value| dict::set_str(namespace, &str::intern(name), value);
        slotdefs::add_wrappers(ty, &self.slots, namespace);
        for def in self.methods {
            set(def.name, descriptor::new_method(ty, def));
        }
        for def in self.getsets {
            set(def.name, descriptor::new_getset(ty, def));
        }
        // Instances of some classes have a `__doc__` or `__dict__` of their own.
        let declared = |name: &str| self.getsets.iter().any(|g| g.name == name);
        let (_, doc) = split_doc(self.doc);
        if !declared("__doc__") {
            set("__doc__", if doc.is_empty() { Value::NONE } else { str::new(doc) });
        }
        if self.has_no_hash() {
            set("__hash__", Value::NONE);
        }
        if self.has_dict && !declared("__dict__") {
            set("__dict__", descriptor::new_getset(ty, &crate::types::object::DICT_GETSET));
        }
        (self.finish)(namespace);
    }
}

/// Makes a native class outside the fixed registry (the types of native modules).
pub fn native_class(spec: &'static TypeSpec) -> &'static Type {
    let types = crate::vm::types();
    let ty = start(spec, types.type_, Some(types.object));
    complete(ty, spec);
    ty
}

/// Separates the text signature from a doc string in CPython's `name(sig)\n--\n\ndoc` form.
pub fn split_doc(doc: &'static str) -> (Option<&'static str>, &'static str) {
    match doc.split_once("\n--\n\n") {
        Some((head, rest)) => (head.find('(').map(|i| &head[i..]), rest),
        None => (None, doc),
    }
}

/// Finishes bootstrapping `type`, whose own header was written before its shape existed.
pub fn patch_shape(ty: &Type, shape_id: u32) {
    // SAFETY: the object is the type object `ty` lives in.
    unsafe { (*(ty.value_word() as *mut Header)).shape = shape_id };
}

/// Makes the type object of `type` itself, whose class is itself.
pub fn bootstrap_type(spec: &'static TypeSpec, object: &'static Type) -> &'static Type {
    // SAFETY: an all-zero metaclass is never looked into: `make` asks it for its root shape only, and that is 0.
    let nobody: &'static Type = Box::leak(unsafe { Box::<Type>::new_zeroed().assume_init() });
    let ty = start(spec, nobody, Some(object));
    patch_shape(ty, ty.root_shape());
    patch_shape(object, ty.root_shape());
    ty
}

/// Makes the type object of `object`, before `type` exists.
pub fn bootstrap_object(spec: &'static TypeSpec) -> &'static Type {
    // SAFETY: as in `bootstrap_type`.
    let nobody: &'static Type = Box::leak(unsafe { Box::<Type>::new_zeroed().assume_init() });
    start(spec, nobody, None)
}
