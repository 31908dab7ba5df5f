//! [`Value`]: an owned reference to a Python value; and how exceptions travel through Rust code.
//!
//! A `Value` is a tagged word ([`weft_layout::tag`]) that owns one reference if it points to the heap. Cloning
//! increments, dropping decrements, and **dropping can run Python code** (`__del__`, weak reference callbacks):
//! take a value out of its container first, drop it after.

use crate::class::Type;
use crate::class::packed::PackedItems;
use crate::heap::{self, page};
use crate::vm::types;
use std::fmt;
use std::num::NonZeroU64;
use weft_layout::header::{Header, IMMORTAL};
use weft_layout::tag::{self, NULL, Word};

/// An owned reference to a Python value. Never the NULL word, so `Option<Value>` is one word too.
#[repr(transparent)]
pub struct Value(NonZeroU64);

/// Says that an exception is set on the current thread (see [`crate::exc`]).
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Raised(pub(crate) ());

/// A result whose error is the thread's current exception.
pub type Res<T = Value> = Result<T, Raised>;

impl Value {
    /// `None`.
    pub const NONE: Value = Value::constant(tag::NONE);
    /// `True`.
    pub const TRUE: Value = Value::constant(tag::TRUE);
    /// `False`.
    pub const FALSE: Value = Value::constant(tag::FALSE);
    /// `NotImplemented`.
    pub const NOT_IMPLEMENTED: Value = Value::constant(tag::NOT_IMPLEMENTED);
    /// `Ellipsis`.
    pub const ELLIPSIS: Value = Value::constant(tag::ELLIPSIS);

    const fn constant(word: Word) -> Value {
        match NonZeroU64::new(word) {
            Some(w) => Value(w),
            None => panic!("NULL is not a value"),
        }
    }

    /// Takes over the reference that `word` owns.
    ///
    /// # Safety
    /// `word` is not NULL, is a valid value, and the caller gives up one reference to it.
    #[inline(always)]
    pub unsafe fn from_word(word: Word) -> Value {
        debug_assert!(word != tag::NULL);
        // SAFETY: the caller passes a word that is not NULL.
        Value(unsafe { NonZeroU64::new_unchecked(word) })
    }

    /// A new reference to the value `word` stands for.
    ///
    /// # Safety
    /// `word` is not NULL and is a live value.
    #[inline(always)]
    pub unsafe fn clone_word(word: Word) -> Value {
        // SAFETY: the caller vouches for the word; the reference is made here.
        unsafe {
            incref(word);
            Value::from_word(word)
        }
    }

    /// Views a word in memory as a value without touching its reference count.
    ///
    /// # Safety
    /// The word is a live value, and the place keeps it alive and unchanged for `'a`.
    #[inline(always)]
    pub unsafe fn from_word_ref(word: &Word) -> &Value {
        debug_assert!(*word != tag::NULL);
        // SAFETY: `Value` is a transparent non-zero u64, and the caller vouches for the word.
        unsafe { &*(word as *const Word).cast::<Value>() }
    }

    /// The word, without giving up ownership.
    #[inline(always)]
    pub fn word(&self) -> Word {
        self.0.get()
    }

    /// The word, with the reference it owns.
    #[inline(always)]
    pub fn into_word(self) -> Word {
        let w = self.0.get();
        std::mem::forget(self);
        w
    }

    /// A small int; `i` must fit 63 bits.
    #[inline(always)]
    pub const fn small_int(i: i64) -> Value {
        debug_assert!(i >= tag::INT_MIN && i <= tag::INT_MAX);
        Value::constant(tag::int_word(i))
    }

    /// An int of any size.
    #[inline(always)]
    pub fn int(i: i64) -> Value {
        match tag::try_int_word(i) {
            Some(w) => Value::constant(w),
            None => crate::types::int::big_from_i64(i),
        }
    }

    /// An int that counts something in memory.
    #[inline(always)]
    pub fn usize(n: usize) -> Value {
        Value::int(n as i64)
    }

    /// A float.
    #[inline(always)]
    pub fn float(x: f64) -> Value {
        match tag::try_float_word(x) {
            Some(w) => Value::constant(w),
            None => crate::types::float::heap_float(x),
        }
    }

    /// `True` or `False`.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value::constant(tag::bool_word(b))
    }

    /// Whether the two are the same object.
    #[inline(always)]
    pub fn is(&self, other: &Value) -> bool {
        self.0 == other.0
    }

    /// Whether this is `None`.
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        self.word() == tag::NONE
    }

    /// Whether this is `NotImplemented`.
    #[inline(always)]
    pub fn is_not_implemented(&self) -> bool {
        self.word() == tag::NOT_IMPLEMENTED
    }

    /// Whether this is a heap object.
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        tag::is_ptr(self.word())
    }

    /// The small int's value, if this is one. A bool is not.
    #[inline(always)]
    pub fn as_small_int(&self) -> Option<i64> {
        tag::is_int(self.word()).then(|| tag::int_value(self.word()))
    }

    /// The address of the heap object.
    #[inline(always)]
    pub fn ptr(&self) -> *mut u8 {
        debug_assert!(self.is_heap());
        self.word() as *mut u8
    }

    /// The shape of the heap object this is, or 0.
    #[inline(always)]
    pub fn shape_id(&self) -> u32 {
        // SAFETY: a word that is_ptr accepts points to a live object.
        if self.is_heap() { unsafe { (*self.ptr().cast::<Header>()).shape } } else { 0 }
    }

    /// The class of the value.
    #[inline(always)]
    pub fn class(&self) -> &'static Type {
        let w = self.word();
        if tag::is_ptr(w) {
            // SAFETY: the object is alive, and so is the class its shape names.
            unsafe { heap::shape::class_of((*(w as *const Header)).shape) }
        } else if tag::is_int(w) {
            types().int
        } else if tag::is_float(w) {
            types().float
        } else {
            match w {
                tag::NONE => types().none_type,
                tag::FALSE | tag::TRUE => types().bool,
                tag::NOT_IMPLEMENTED => types().not_implemented_type,
                _ => types().ellipsis_type,
            }
        }
    }

    /// The payload of an object whose class is known.
    ///
    /// # Safety
    /// The value is an instance of `T`'s class (or a subclass).
    #[inline(always)]
    pub unsafe fn payload<T: Payload>(&self) -> &T {
        debug_assert!(self.class().is_subtype(T::class()), "payload of {} taken as {}", self.class().name(), T::class().name());
        // SAFETY: the caller vouches for the class, which fixes where the payload lies.
        unsafe {
            let p = self.ptr();
            if T::MOVES { &*p.add(heap::shape::payload_offset((*p.cast::<Header>()).shape)).cast::<T>() } else { &*p.add(8).cast::<T>() }
        }
    }

    /// The payload, if this is an instance of `T`'s class or of a subclass.
    #[inline(always)]
    pub fn downcast<T: Payload>(&self) -> Option<&T> {
        if self.is_heap() && self.class().is_subtype(T::class()) {
            // SAFETY: the class was just checked.
            Some(unsafe { self.payload() })
        } else {
            None
        }
    }

    /// The payload, if this is an instance of exactly `T`'s class.
    #[inline(always)]
    pub fn downcast_exact<T: Payload>(&self) -> Option<&T> {
        if self.is_heap() && std::ptr::eq(self.class(), T::class()) {
            // SAFETY: the class was just checked.
            Some(unsafe { self.payload() })
        } else {
            None
        }
    }

    /// Whether this is an instance of `class` or of a subclass, by the classes alone (no `__instancecheck__`).
    #[inline(always)]
    pub fn is_instance(&self, class: &Type) -> bool {
        self.class().is_subtype(class)
    }

    /// The address that `id()` and default reprs show.
    pub fn id(&self) -> u64 {
        self.word()
    }

    /// The object's reference count; 0 for values that are not on the heap.
    pub fn refcount(&self) -> u32 {
        // SAFETY: a heap value points to a live object.
        if self.is_heap() { unsafe { (*self.ptr().cast::<Header>()).refcount } } else { 0 }
    }

    /// Makes the object immortal: it is never freed, and its reference count no longer changes.
    pub fn make_immortal(&self) {
        if self.is_heap() {
            // SAFETY: a heap value points to a live object.
            unsafe { (*self.ptr().cast::<Header>()).refcount |= IMMORTAL }
        }
    }
}

/// Adds a reference to the object `word` points to, if it points to one.
///
/// # Safety
/// `word` is NULL or a live value.
#[inline(always)]
pub unsafe fn incref(word: Word) {
    if tag::is_ptr(word) {
        // SAFETY: the word points to a live object.
        unsafe {
            let h = word as *mut Header;
            if (*h).refcount & IMMORTAL == 0 {
                (*h).refcount += 1;
            }
        }
    }
}

/// Gives up a reference to the object `word` points to, if it points to one. May run Python code.
///
/// # Safety
/// `word` is NULL or a live value of which the caller owns a reference.
#[inline(always)]
pub unsafe fn decref(word: Word) {
    if tag::is_ptr(word) {
        // SAFETY: the word points to a live object.
        unsafe {
            let h = word as *mut Header;
            let count = (*h).refcount;
            if count & IMMORTAL == 0 {
                debug_assert!(count > 0, "reference count of a dead object decremented");
                (*h).refcount = count - 1;
                if count == 1 {
                    heap::release(word as *mut u8);
                }
            }
        }
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        // SAFETY: self is a live value.
        unsafe { Value::clone_word(self.word()) }
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: self owns its reference and is going away.
        unsafe { decref(self.word()) }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_small_int() {
            Some(i) => write!(f, "{i}"),
            None => write!(f, "<{} {:#x}>", self.class().name(), self.word()),
        }
    }
}

/// The Rust part of a heap object of one native class: what follows the header.
///
/// # Safety
/// `class()` is the class whose instances hold a `Self`: at offset 8, or, if `MOVES`, at the payload offset of
/// the instance's shape (classes whose instances vary in size, where a subclass puts its slots first).
pub unsafe trait Payload: 'static {
    /// Whether the payload's place depends on the shape.
    const MOVES: bool = false;
    /// Whether instances can hold references to other objects, so that the collector has to visit them.
    const TRACED: bool = true;
    /// Where instances that are exactly of the class keep machine numbers, if they do.
    const PACKED: Option<&'static PackedItems> = None;

    /// The class.
    fn class() -> &'static Type;

    /// Calls `visit` with each word the payload owns (NULL and non-pointers included).
    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        let _ = visit;
    }

    /// Drops the references that can be part of a cycle; the object stays valid.
    fn clear(&self) {}
}

/// A new object of native class `T` with no attributes.
#[inline]
pub fn new_object<T: Payload>(payload: T) -> Value {
    new_instance(T::class(), payload)
}

/// A new object of `class`, which is `T`'s class or a subclass of it, with its slots empty.
pub fn new_instance<T: Payload>(class: &Type, payload: T) -> Value {
    debug_assert!(!T::MOVES);
    let shape = class.root_shape();
    let size = heap::shape::instance_size(shape);
    // SAFETY: the cell is as large as the shape says, its slots are zero, and the payload is written before anyone sees it.
    unsafe {
        let p = page::allocate(size, class.is_traced(), shape);
        // Slots are few; this is shorter than a call of memset.
        let mut at = (8 + size_of::<T>()).next_multiple_of(8);
        while at < size {
            p.add(at).cast::<Word>().write(NULL);
            at += 8;
        }
        p.add(8).cast::<T>().write(payload);
        crate::types::object::finish_instance(class, p)
    }
}
