//! Classes: [`Type`], the payload of every type object, and attribute lookup along the method resolution order.

pub mod build;
pub mod native;
pub mod packed;
pub mod slotdefs;
pub mod slots;

use crate::cache_use::CacheUse;
use crate::cell::Field;
use crate::global::Global;
use crate::heap::shape;
use crate::types::{dict, str, tuple};
use crate::value::{Payload, Value, decref, incref};
use crate::vm::{names, types};
use slots::Slots;
use std::cell::{Cell, UnsafeCell};
use weft_layout::tag::{NULL, Word};

/// Bits of [`Type::flags`]. Those that CPython shows in `__flags__` have CPython's numbers.
pub mod flag {
    #![allow(missing_docs)]
    pub const DISALLOW_INSTANTIATION: u32 = 1 << 7;
    pub const IMMUTABLE: u32 = 1 << 8;
    pub const HEAPTYPE: u32 = 1 << 9;
    pub const BASETYPE: u32 = 1 << 10;
    pub const READY: u32 = 1 << 12;
    pub const HAVE_GC: u32 = 1 << 14;
    pub const METHOD_DESCRIPTOR: u32 = 1 << 17;
    pub const IS_ABSTRACT: u32 = 1 << 20;
    pub const MATCH_SELF: u32 = 1 << 22;
    pub const SEQUENCE: u32 = 1 << 5;
    pub const MAPPING: u32 = 1 << 6;
    pub const LONG_SUBCLASS: u32 = 1 << 24;
    pub const LIST_SUBCLASS: u32 = 1 << 25;
    pub const TUPLE_SUBCLASS: u32 = 1 << 26;
    pub const BYTES_SUBCLASS: u32 = 1 << 27;
    pub const UNICODE_SUBCLASS: u32 = 1 << 28;
    pub const DICT_SUBCLASS: u32 = 1 << 29;
    pub const BASE_EXC_SUBCLASS: u32 = 1 << 30;
    pub const TYPE_SUBCLASS: u32 = 1 << 31;
    /// The flags a subclass takes over from its base.
    pub const INHERITED: u32 = SEQUENCE | MAPPING | MATCH_SELF | 0xff << 24 | HAVE_GC;
}

/// What a native class does with its payloads.
#[derive(Clone, Copy)]
pub struct PayloadOps {
    /// Bytes of the payload, of its fixed part where it varies.
    pub size: usize,
    /// Whether the payload varies in size.
    pub varies: bool,
    /// Whether instances can refer to other objects.
    pub traced: bool,
    /// Drops the payload's contents.
    pub drop: Option<unsafe fn(*mut u8)>,
    /// Visits the payload's references.
    pub trace: unsafe fn(*const u8, &mut dyn FnMut(Word)),
    /// Breaks cycles.
    pub clear: unsafe fn(*const u8),
    /// Where instances that are exactly of the class keep machine numbers, if they do.
    pub packed: Option<&'static packed::PackedItems>,
}

impl PayloadOps {
    /// The operations of native payload `T`.
    pub const fn of<T: Payload>() -> PayloadOps {
        PayloadOps {
            size: size_of::<T>(),
            varies: T::MOVES,
            traced: T::TRACED,
            drop: if std::mem::needs_drop::<T>() { Some(drop_payload::<T>) } else { None },
            trace: trace_payload::<T>,
            clear: clear_payload::<T>,
            packed: T::PACKED,
        }
    }

    /// No payload, as `object` has none.
    pub const EMPTY: PayloadOps =
        PayloadOps { size: 0, varies: false, traced: true, drop: None, trace: |_, _| {}, clear: |_| {}, packed: None };
}

unsafe fn drop_payload<T: Payload>(p: *mut u8) {
    // SAFETY: the caller passes the payload of a dying instance of T's class.
    unsafe { std::ptr::drop_in_place(p.cast::<T>()) }
}

unsafe fn trace_payload<T: Payload>(p: *const u8, visit: &mut dyn FnMut(Word)) {
    // SAFETY: the caller passes the payload of a live instance of T's class.
    unsafe { (*p.cast::<T>()).trace(visit) }
}

unsafe fn clear_payload<T: Payload>(p: *const u8) {
    // SAFETY: the caller passes the payload of a live instance of T's class.
    unsafe { (*p.cast::<T>()).clear() }
}

/// The payload of a type object.
pub struct Type {
    slots: UnsafeCell<Slots>,
    flags: Cell<u32>,
    /// Names the state of the class and its bases for caches; 0 until someone asks, and again after a change.
    version: Cell<u32>,
    /// The Python `__init__` that calling the class comes down to, borrowed; NULL if it does not, [`UNKNOWN`] until someone asks.
    init: Cell<Word>,
    /// Whether the next change is to be reported.
    watched: Cell<bool>,
    root_shape: Cell<u32>,
    /// All shapes of the class.
    shapes: UnsafeCell<Vec<u32>>,
    /// The greatest number of attributes an instance has had.
    most_attrs: Cell<u32>,
    payload: PayloadOps,
    members: Cell<u32>,
    has_dict: Cell<bool>,
    has_weakrefs: Cell<bool>,
    base: Cell<Option<&'static Type>>,
    mro: UnsafeCell<Vec<&'static Type>>,
    subclasses: UnsafeCell<Vec<Word>>,
    /// `__name__`; of a native class, empty until somebody asks, as are the next three.
    pub name_field: Field,
    /// `__qualname__`.
    pub qualname: Field,
    /// `__bases__`, a tuple.
    pub bases: Field,
    /// `__mro__`, a tuple.
    pub mro_tuple: Field,
    /// The namespace, a dict; empty until somebody asks for that of a native class.
    dict: Field,
    /// What the namespace is then filled from.
    contents: Cell<Option<&'static dyn Contents>>,
    /// The name in error messages of native classes, module included.
    full_name: &'static str,
    /// A native class's documentation.
    pub doc: &'static str,
}

/// What a native class's namespace holds. Most programs never look into those of most classes.
pub trait Contents {
    /// Fills the class's namespace. This must not look anything up in it.
    fn fill(&self, ty: &'static Type, namespace: &Value);
}

const UNKNOWN: Word = 1;

// SAFETY: a type object holds a Type at offset 8; metaclasses written in Python put their slots behind it.
unsafe impl Payload for Type {
    fn class() -> &'static Type {
        types().type_
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.name_field, &self.qualname, &self.bases, &self.mro_tuple, &self.dict] {
            visit(field.word());
        }
    }

    fn clear(&self) {
        // Caches borrow from the namespace.
        self.modified();
        if let Some(d) = self.dict.peek() {
            dict::clear(d);
        }
        drop(self.mro_tuple.take());
    }
}

impl Drop for Type {
    fn drop(&mut self) {
        if let Some(bases) = self.bases.peek() {
            let me = self.value_word();
            for base in crate::types::tuple::items(bases) {
                if let Some(base) = base.downcast::<Type>() {
                    // SAFETY: the GIL is held and nothing else looks at the list.
                    unsafe { (*base.subclasses.get()).retain(|&w| w != me) };
                }
            }
        }
        clear_method_cache();
    }
}

impl Type {
    /// The slot table.
    #[inline(always)]
    pub fn slots(&self) -> &Slots {
        // SAFETY: slots are changed only by class changes, between which callers copy function pointers out.
        unsafe { &*self.slots.get() }
    }

    /// Changes the slot table.
    pub fn update_slots(&self, f: impl FnOnce(&mut Slots)) {
        // SAFETY: the GIL is held, and `f` does not run Python.
        f(unsafe { &mut *self.slots.get() })
    }

    /// The [`flag`] bits.
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.flags.get()
    }

    /// Whether any of the given flags is set.
    #[inline(always)]
    pub fn has(&self, flags: u32) -> bool {
        self.flags.get() & flags != 0
    }

    /// Sets or clears flags.
    pub fn set_flags(&self, flags: u32, on: bool) {
        self.flags.set(if on { self.flags.get() | flags } else { self.flags.get() & !flags });
    }

    /// The word of the type object itself.
    #[inline(always)]
    pub fn value_word(&self) -> Word {
        self as *const Type as Word - 8
    }

    /// The type object itself.
    #[inline(always)]
    pub fn value(&self) -> Value {
        // SAFETY: a Type only ever lives in a type object, 8 bytes in.
        unsafe { Value::clone_word(self.value_word()) }
    }

    /// The shape of a new instance.
    #[inline(always)]
    pub fn root_shape(&self) -> u32 {
        self.root_shape.get()
    }

    /// Whether instances can refer to other objects.
    #[inline(always)]
    pub fn is_traced(&self) -> bool {
        self.payload.traced || self.members.get() > 0 || self.has_dict.get()
    }

    /// What the class does with payloads.
    #[inline(always)]
    pub fn payload_ops(&self) -> &PayloadOps {
        &self.payload
    }

    /// Whether instances have a `__dict__`.
    pub fn has_dict(&self) -> bool {
        self.has_dict.get()
    }

    /// Whether instances can have weak references.
    pub fn has_weakrefs(&self) -> bool {
        self.has_weakrefs.get()
    }

    /// Member slots, those of the bases included.
    pub fn members(&self) -> usize {
        self.members.get() as usize
    }

    /// `__base__`.
    pub fn base(&self) -> Option<&'static Type> {
        self.base.get()
    }

    /// The method resolution order, beginning with the class itself.
    #[inline(always)]
    pub fn mro(&self) -> &[&'static Type] {
        // SAFETY: changed only by assignment to `__bases__`; walkers that run Python re-check.
        unsafe { &*self.mro.get() }
    }

    /// Whether this is `other` or inherits from it.
    #[inline(always)]
    pub fn is_subtype(&self, other: &Type) -> bool {
        std::ptr::eq(self, other) || self.is_proper_subtype(other)
    }

    fn is_proper_subtype(&self, other: &Type) -> bool {
        self.mro().iter().any(|&t| std::ptr::eq(t, other))
    }

    /// `__name__`.
    pub fn name(&self) -> String {
        match self.name_field.get() {
            Some(name) => str::display(&name),
            None => self.short_name().to_owned(),
        }
    }

    /// `__name__` as an object.
    pub fn name_value(&self) -> Value {
        self.name_field.get_or_make(|| str::intern(self.short_name()))
    }

    /// `__qualname__` as an object.
    pub fn qualname_value(&self) -> Value {
        self.qualname.get_or_make(|| str::intern(self.short_name()))
    }

    /// `__bases__` as an object.
    pub fn bases_value(&self) -> Value {
        self.bases.get_or_make(|| tuple::from_vec(self.base().iter().map(|b| b.value()).collect()))
    }

    /// `__mro__` as an object.
    pub fn mro_value(&self) -> Value {
        if self.mro_tuple.peek().is_none() && !self.has(flag::HEAPTYPE) {
            self.make_mro_tuple();
        }
        self.mro_tuple.value()
    }

    /// Makes `__mro__`. It keeps alive what is in the order, so Python classes have it from the beginning.
    pub fn make_mro_tuple(&self) {
        self.mro_tuple.set(tuple::from_vec(self.mro().iter().map(|t| t.value()).collect()));
    }

    fn short_name(&self) -> &'static str {
        self.full_name.rsplit('.').next().unwrap_or_default()
    }

    /// The name as error messages give it: with the module for native classes outside builtins.
    pub fn full_name(&self) -> String {
        if self.has(flag::HEAPTYPE) { self.name() } else { self.full_name.to_owned() }
    }

    /// The declared name of a native class, module included.
    pub fn native_name(&self) -> &'static str {
        self.full_name
    }

    /// The namespace.
    pub fn namespace(&self) -> Value {
        self.peek_namespace().expect("a ready class has a namespace").clone()
    }

    /// The namespace, where it lies, if the class has one yet.
    #[inline(always)]
    pub fn peek_namespace(&self) -> Option<&Value> {
        match self.dict.peek() {
            None => self.fill_namespace(),
            made => made,
        }
    }

    #[cold]
    #[inline(never)]
    fn fill_namespace(&self) -> Option<&Value> {
        let contents = self.contents.take()?;
        let namespace = dict::new();
        self.dict.set(namespace.clone());
        contents.fill(build::of(&self.value()), &namespace);
        self.dict.peek()
    }

    /// Gives a class its namespace.
    pub fn set_namespace(&self, namespace: Value) {
        self.dict.set(namespace);
    }

    /// Says what the namespace of a native class is to be filled from.
    pub fn set_contents(&self, contents: &'static dyn Contents) {
        self.contents.set(Some(contents));
    }

    /// The direct subclasses that are alive.
    pub fn subclasses(&self) -> Vec<Value> {
        // SAFETY: a subclass takes itself off the list when it dies.
        unsafe { (*self.subclasses.get()).iter().map(|&w| Value::clone_word(w)).collect() }
    }

    fn add_subclass(&self, word: Word) {
        // SAFETY: the GIL is held.
        unsafe { (*self.subclasses.get()).push(word) }
    }

    /// A number that changes whenever the class or one of its bases does.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        match self.version.get() {
            0 => self.assign_version(),
            v => v,
        }
    }

    /// The version if it was asked for and nothing has changed since, else 0.
    #[inline(always)]
    pub fn known_version(&self) -> u32 {
        self.version.get()
    }

    #[cold]
    fn assign_version(&self) -> u32 {
        // SAFETY: the GIL is held.
        let next = unsafe {
            let n = NEXT_VERSION.get();
            *n += 1;
            *n
        };
        self.version.set(next);
        // A change of a base must find its way here, so bases get versions too. A metaclass may have put the class itself
        // anywhere in the order.
        for base in self.mro() {
            base.version();
        }
        next
    }

    /// Tells caches that the class has changed, and its subclasses with it.
    pub fn modified(&self) {
        if self.version.get() == 0 {
            return;
        }
        self.version.set(0);
        self.init.set(UNKNOWN);
        // SAFETY: the GIL is held; nothing adds shapes meanwhile.
        for &id in unsafe { &*self.shapes.get() } {
            shape::set_flag(id, shape::flag::PLAIN, false);
        }
        if self.watched.replace(false) {
            crate::eval::watch::class_changed(self);
        }
        for sub in self.subclasses() {
            if let Some(t) = sub.downcast::<Type>() {
                t.modified();
            }
        }
    }

    /// The Python function `__init__` of a class whose instances `object.__new__` makes, if that is all that calling the
    /// class does. Borrowed: good until the class changes.
    #[inline(always)]
    pub fn init_function(&self) -> Option<Word> {
        match self.init.get() {
            NULL => None,
            UNKNOWN => self.find_init_function(),
            w => Some(w),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_init_function(&self) -> Option<Word> {
        // Only a class with a version learns of changes.
        self.version();
        // SAFETY: the type object is alive.
        let meta = unsafe { Value::clone_word(self.value_word()) }.class();
        let plain = std::ptr::eq(meta, types().type_)
            && self.slots().new.map(|f| f as usize) == Some(crate::types::object::new as *const () as usize)
            && !self.has(flag::IS_ABSTRACT);
        let found = if plain { self.lookup_ref(&names().__init__) } else { None };
        // SAFETY: the class keeps what it holds alive.
        let found = found.filter(|w| std::ptr::eq(unsafe { Value::from_word_ref(w) }.class(), types().function));
        self.init.set(found.unwrap_or(NULL));
        found
    }

    /// Asks for a report of the next change.
    pub fn watch(&self) {
        // Only a class with a version learns of changes of its bases.
        self.version();
        self.watched.set(true);
    }

    /// Notes a new shape of the class.
    pub fn add_shape(&self, id: u32) {
        // SAFETY: the GIL is held.
        unsafe { (*self.shapes.get()).push(id) };
    }

    /// The root shape has got another number; only [`shape::move_root`](crate::heap::shape::move_root) calls this.
    pub fn move_root_shape(&self, to: u32) {
        let from = self.root_shape.replace(to);
        // SAFETY: the GIL is held.
        unsafe { (*self.shapes.get()).iter_mut().filter(|s| **s == from).for_each(|s| *s = to) };
    }

    /// Notes that an instance has `n` attributes, so that later ones get room for as many.
    pub fn learn_attrs(&self, n: usize) {
        // Native code knows the shapes of native classes.
        if n as u32 > self.most_attrs.get() && n <= 64 && self.has(flag::HEAPTYPE) {
            self.most_attrs.set(n as u32);
            if n > shape::inline_words(self.root_shape()) && self.has_dict.get() {
                let inline = n.next_multiple_of(2).max(n + 1);
                if let Some(id) = shape::new_root(self, &self.layout(inline)) {
                    self.root_shape.set(id);
                }
            }
        }
    }

    /// Makes the root shape anew, once all slots are known.
    pub fn reset_root_shape(&self, inline: usize) {
        if let Some(id) = shape::new_root(self, &self.layout(inline)) {
            self.root_shape.set(id);
        }
    }

    /// The layout of instances with this many attribute words.
    pub fn layout(&self, inline: usize) -> shape::Layout {
        shape::Layout {
            payload: self.payload.size,
            varies: self.payload.varies,
            members: self.members.get() as usize,
            inline: if self.has_dict.get() { inline } else { 0 },
            freeing: self.freeing(),
        }
    }

    /// How instances are freed, as a shape's flag.
    fn freeing(&self) -> u8 {
        let plain = !self.has(flag::HEAPTYPE) && self.members.get() == 0 && !self.has_dict.get() && self.slots().finalise.is_none();
        match self.payload.drop {
            _ if !plain => 0,
            None => shape::flag::TRIVIAL,
            Some(_) => shape::flag::PAYLOAD_ONLY,
        }
    }

    /// Says in the root shape how instances are freed, now that the slots have been inherited.
    pub fn settle_freeing(&self) {
        let id = self.root_shape();
        shape::set_flag(id, shape::flag::TRIVIAL | shape::flag::PAYLOAD_ONLY, false);
        shape::set_flag(id, self.freeing(), true);
    }

    /// The attribute `name` (an interned string) as the class's MRO has it, unbound.
    #[inline]
    pub fn lookup(&self, name: &Value) -> Option<Value> {
        self.lookup_ref(name).map(|w| {
            // SAFETY: the word is alive in the namespace of a class.
            unsafe { Value::clone_word(w) }
        })
    }

    /// As [`Type::lookup`], as a borrowed word that is good until the class changes.
    #[inline]
    pub fn lookup_ref(&self, name: &Value) -> Option<Word> {
        let version = self.version();
        let at = (version as usize).wrapping_mul(0x9E37) ^ (name.word() as usize >> 4);
        // SAFETY: the GIL is held; entries hold borrowed words that are dropped when a version or a name dies.
        let entry = unsafe { &(*CACHE.get())[at & (*CACHE_USE.get()).mask()] };
        if entry.version == version && entry.name == name.word() {
            return (entry.value != NULL).then_some(entry.value);
        }
        let found = self.lookup_uncached(name);
        // Only interned names are looked up through the cache; they are kept alive by it, for names are few.
        if str::is_interned(name) {
            // SAFETY: as above; both words are live strings or NULL.
            unsafe {
                (*CACHE_USE.get()).missed(CACHE_SIZE);
                let entry = &mut (*CACHE.get())[at & (*CACHE_USE.get()).mask()];
                incref(name.word());
                decref(std::mem::replace(&mut entry.name, name.word()));
                entry.version = version;
                entry.value = found.unwrap_or(NULL);
            }
        }
        found
    }

    fn lookup_uncached(&self, name: &Value) -> Option<Word> {
        self.mro().iter().find_map(|t| t.peek_namespace().and_then(|d| dict::get_str_ref(d, name)))
    }

    /// The first class along the MRO whose namespace has `name`, and the value there.
    pub fn lookup_where(&self, name: &Value) -> Option<(&'static Type, Value)> {
        self.mro().iter().find_map(|t| t.peek_namespace().and_then(|d| dict::get_str(d, name)).map(|v| (*t, v)))
    }
}

const CACHE_SIZE: usize = 4096;

#[derive(Clone, Copy)]
struct CacheEntry {
    version: u32,
    name: Word,
    value: Word,
}

static CACHE_USE: Global<CacheUse> = Global::new(CacheUse::new());
static NEXT_VERSION: Global<u32> = Global::new(0);
static CACHE: Global<[CacheEntry; CACHE_SIZE]> = Global::new([CacheEntry { version: 0, name: NULL, value: NULL }; CACHE_SIZE]);

/// Forgets all cached lookups.
pub fn clear_method_cache() {
    // SAFETY: the GIL is held.
    unsafe {
        for entry in (*CACHE.get()).iter_mut().take((*CACHE_USE.get()).mask() + 1) {
            entry.version = 0;
            decref(std::mem::replace(&mut entry.name, NULL));
        }
    }
}

/// Visits the names that the cache keeps alive, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(Word)) {
    // SAFETY: the GIL is held.
    unsafe { (*CACHE.get()).iter().for_each(|entry| visit(entry.name)) };
}
