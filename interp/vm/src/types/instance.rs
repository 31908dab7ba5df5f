//! Attributes stored in instances: the words that a shape names, the overflow array, dict mode.

use crate::heap::shape::{self, Slot, flag};
use crate::types::{dict, str};
use crate::value::{Value, decref};
use std::alloc::{Layout, alloc, dealloc, realloc};
use weft_layout::header::Header;
use weft_layout::tag::{NULL, Word};

unsafe fn shape_of(object: *mut u8) -> u32 {
    // SAFETY: the caller passes a live object.
    unsafe { (*object.cast::<Header>()).shape }
}

unsafe fn word_at(object: *mut u8, offset: usize) -> *mut Word {
    // SAFETY: the caller passes an offset inside the object.
    unsafe { object.add(offset).cast() }
}

/// The overflow array's place in an object that has one.
unsafe fn overflow(object: *mut u8, id: u32) -> *mut *mut Word {
    // SAFETY: the last attribute word points to the array when there are more attributes than words.
    unsafe { object.add(shape::attrs_offset(id) + 8 * (shape::inline_words(id) - 1)).cast() }
}

/// Where word `i` of the overflow array of an object of shape `id` lies.
///
/// # Safety
/// The shape has an overflow array with more than `i` words.
#[inline(always)]
pub unsafe fn overflow_word(object: Word, id: u32, i: usize) -> *mut Word {
    // SAFETY: passed on.
    unsafe { (*overflow(object as *mut u8, id)).add(i) }
}

fn overflow_len(id: u32) -> usize {
    let (count, inline) = (shape::attr_count(id), shape::inline_words(id));
    if count > inline { count + 1 - inline } else { 0 }
}

fn overflow_capacity(len: usize) -> usize {
    len.next_power_of_two().max(4)
}

unsafe fn place(object: *mut u8, id: u32, slot: Slot) -> *mut Word {
    // SAFETY: the slot belongs to the object's shape.
    unsafe {
        match slot {
            Slot::Inline(offset) => word_at(object, offset),
            Slot::Overflow(i) => (*overflow(object, id)).add(i),
        }
    }
}

/// Whether the object keeps attributes, and not in a dict.
#[inline]
pub fn has_words(object: &Value) -> bool {
    object.is_heap() && shape::flags(object.shape_id()) & (flag::HAS_ATTRS | flag::DICT_MODE) == flag::HAS_ATTRS
}

/// The value of an attribute stored in the instance. `name` is an interned string.
pub fn get(object: &Value, name: &Value) -> Option<Value> {
    let id = object.shape_id();
    if id == 0 {
        return None;
    }
    let flags = shape::flags(id);
    if flags & flag::HAS_ATTRS == 0 {
        return None;
    }
    if flags & flag::DICT_MODE != 0 {
        return existing_dict(object).and_then(|d| dict::get_str(&d, name));
    }
    let name = interned(name)?;
    let slot = shape::find(id, name.word())?;
    // SAFETY: the slot belongs to the object's shape; a slot below the count is filled.
    unsafe {
        let w = *place(object.ptr(), id, slot);
        (w != NULL).then(|| Value::clone_word(w))
    }
}

fn interned(name: &Value) -> Option<Value> {
    Some(if str::is_interned(name) { name.clone() } else { str::intern_value(name.clone()) })
}

/// Stores an attribute in the instance, which has attribute words or a dict. `name` is an exact string.
pub fn set(object: &Value, name: &Value, value: Value) {
    let id = object.shape_id();
    if shape::flags(id) & flag::DICT_MODE != 0 {
        let d = dict_of(object);
        dict::set_str(&d, name, value);
        return;
    }
    let name = if str::is_interned(name) { name.clone() } else { str::intern_value(name.clone()) };
    match shape::find(id, name.word()) {
        Some(slot) => {
            // SAFETY: the slot belongs to the object's shape. The old value is dropped when the new one is in place.
            let old = unsafe { std::mem::replace(&mut *place(object.ptr(), id, slot), value.into_word()) };
            unsafe { decref(old) };
        }
        None => match shape::with_attr(id, name.word()) {
            Some(child) => append(object, id, child, value),
            None => {
                let d = to_dict_mode(object);
                dict::set_str(&d, &name, value);
            }
        },
    }
}

/// Moves the object from shape `id` to its child, storing the added attribute.
pub fn append(object: &Value, id: u32, child: u32, value: Value) {
    let p = object.ptr();
    let (count, inline) = (shape::attr_count(id), shape::inline_words(id));
    // SAFETY: the words and the array are the object's own; the header is written last.
    unsafe {
        if count < inline {
            *word_at(p, shape::attrs_offset(id) + 8 * count) = value.into_word();
        } else if count == inline {
            let array = alloc(Layout::array::<Word>(overflow_capacity(2)).expect("a small array")).cast::<Word>();
            if array.is_null() {
                std::alloc::handle_alloc_error(Layout::new::<[Word; 4]>());
            }
            let last = overflow(p, id);
            *array = *last.cast::<Word>();
            *array.add(1) = value.into_word();
            *last = array;
        } else {
            let len = overflow_len(id);
            let (old, new) = (overflow_capacity(len), overflow_capacity(len + 1));
            let at = overflow(p, id);
            if new != old {
                let grown = realloc((*at).cast(), Layout::array::<Word>(old).expect("a small array"), new * 8).cast::<Word>();
                if grown.is_null() {
                    std::alloc::handle_alloc_error(Layout::array::<Word>(new).expect("a small array"));
                }
                *at = grown;
            }
            *(*at).add(len) = value.into_word();
        }
        (*p.cast::<Header>()).shape = child;
    }
}

/// Removes an attribute stored in the instance; whether it was there.
pub fn delete(object: &Value, name: &Value) -> bool {
    if get(object, name).is_none() {
        return false;
    }
    let d = dict_of(object);
    dict::del_str(&d, name)
}

/// The instance's dict if it is in dict mode and the dict has been made.
fn existing_dict(object: &Value) -> Option<Value> {
    let id = object.shape_id();
    if shape::flags(id) & flag::DICT_MODE == 0 {
        return None;
    }
    // SAFETY: in dict mode the first attribute word holds the dict or NULL.
    unsafe {
        let w = *word_at(object.ptr(), shape::attrs_offset(id));
        (w != NULL).then(|| Value::clone_word(w))
    }
}

/// The instance's `__dict__`, a real dict. The first call moves the attributes there.
pub fn dict_of(object: &Value) -> Value {
    match existing_dict(object) {
        Some(d) => d,
        None => to_dict_mode(object),
    }
}

/// Moves an instance's attributes to a dict.
fn to_dict_mode(object: &Value) -> Value {
    let d = dict::new();
    let id = object.shape_id();
    if shape::flags(id) & flag::DICT_MODE == 0 {
        for (i, &name) in shape::names(id).iter().enumerate() {
            // SAFETY: names of a shape are live strings; the slot's reference moves to the dict.
            unsafe {
                let w = *place(object.ptr(), id, shape::slot_at(id, i));
                if w != NULL {
                    dict::set_str(&d, Value::from_word_ref(&name), Value::clone_word(w));
                }
            }
        }
    }
    replace_dict(object, d.clone());
    d
}

/// Sets the instance's `__dict__`, dropping what it had.
pub fn replace_dict(object: &Value, new: Value) {
    let id = object.shape_id();
    let p = object.ptr();
    let mode = if shape::flags(id) & flag::DICT_MODE != 0 { id } else { shape::dict_mode(id) };
    // SAFETY: the words are the object's own. Old values are dropped when the object is consistent again.
    unsafe {
        let mut old: Vec<Word> = Vec::new();
        if mode == id {
            old.push(*word_at(p, shape::attrs_offset(id)));
        } else {
            trace_attrs(p, id, &mut |w| old.push(w));
            free_overflow(p, id);
        }
        for i in 0..shape::inline_words(id) {
            *word_at(p, shape::attrs_offset(id) + 8 * i) = NULL;
        }
        *word_at(p, shape::attrs_offset(id)) = new.into_word();
        (*p.cast::<Header>()).shape = mode;
        for w in old {
            decref(w);
        }
    }
}

unsafe fn free_overflow(object: *mut u8, id: u32) {
    let len = overflow_len(id);
    if len > 0 {
        // SAFETY: the array was allocated with this layout.
        unsafe { dealloc((*overflow(object, id)).cast(), Layout::array::<Word>(overflow_capacity(len)).expect("a small array")) };
    }
}

/// Visits the attributes of an object of shape `id`.
///
/// # Safety
/// `object` is a live object of that shape, which has attribute words.
pub unsafe fn trace_attrs(object: *mut u8, id: u32, visit: &mut dyn FnMut(Word)) {
    // SAFETY: the slots belong to the shape.
    unsafe {
        if shape::flags(id) & flag::DICT_MODE != 0 {
            visit(*word_at(object, shape::attrs_offset(id)));
            return;
        }
        for i in 0..shape::attr_count(id) {
            visit(*place(object, id, shape::slot_at(id, i)));
        }
    }
}

/// Drops the attributes of an object of shape `id`. They are then unset, though the shape still names them.
///
/// # Safety
/// As for [`trace_attrs`].
pub unsafe fn clear_attrs(object: *mut u8, id: u32) {
    // SAFETY: each word is emptied before its value is dropped.
    unsafe {
        if shape::flags(id) & flag::DICT_MODE != 0 {
            let slot = word_at(object, shape::attrs_offset(id));
            decref(std::mem::replace(&mut *slot, NULL));
            return;
        }
        let count = shape::attr_count(id);
        if count <= shape::inline_words(id) {
            let first = word_at(object, shape::attrs_offset(id));
            for i in 0..count {
                decref(std::mem::replace(&mut *first.add(i), NULL));
                // A destructor may have looked at the object's __dict__ and changed its shape.
                if shape_of(object) != id {
                    return clear_attrs(object, shape_of(object));
                }
            }
            return;
        }
        for i in 0..count {
            let slot = place(object, id, shape::slot_at(id, i));
            decref(std::mem::replace(&mut *slot, NULL));
            // A destructor may have looked at the object's __dict__ and changed its shape.
            if shape_of(object) != id {
                return clear_attrs(object, shape_of(object));
            }
        }
    }
}

/// Gives back what a dying object's attributes take outside the object.
///
/// # Safety
/// The attributes have been cleared, and nothing uses the object any more.
pub unsafe fn free_attrs(object: *mut u8) {
    // SAFETY: passed on.
    unsafe {
        let id = shape_of(object);
        if shape::flags(id) & (flag::HAS_ATTRS | flag::DICT_MODE) == flag::HAS_ATTRS {
            free_overflow(object, id);
        }
    }
}
