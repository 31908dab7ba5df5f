//! The guards and bodies of specialised instructions.
//!
//! Every function looks at operands and cache units and either does the common case completely, without running
//! Python and without raising, or says that the guard failed and leaves everything as it was; the loop then runs the
//! instruction in its general form. `at` points to the first cache unit, the counter. Words that come out are owned
//! unless a function says otherwise.

use super::cache::{read_u32, read_word, side};
use super::specialise::store;
use crate::class::{Type, build};
use crate::heap::shape::{self, flag};
use crate::types::code::Code;
use crate::types::{dict, instance, list, range, str, tuple};
use crate::value::{Value, decref, incref};
use crate::vm::shapes;
use weft_layout::header::Header;
use weft_layout::tag::{self, NULL, Word, is_ptr};

/// The shape of a word that points to an object, 0 for any other.
///
/// # Safety
/// `w` is NULL or a live value.
#[inline(always)]
pub unsafe fn shape_of(w: Word) -> u32 {
    // SAFETY: the word points to a live object.
    if is_ptr(w) { unsafe { (*(w as *const Header)).shape } } else { 0 }
}

/// Whether a word points to an object of this shape.
///
/// # Safety
/// `w` is NULL or a live value.
#[inline(always)]
pub unsafe fn has_shape(w: Word, id: u32) -> bool {
    // SAFETY: the word points to a live object.
    is_ptr(w) && unsafe { (*(w as *const Header)).shape } == id
}

#[inline(always)]
unsafe fn field(object: Word, offset: usize) -> *mut Word {
    // SAFETY: the caller passes an offset inside the object.
    unsafe { (object as *mut u8).add(offset).cast() }
}

#[inline(always)]
unsafe fn dict_table<'a>(d: Word) -> &'a dict::Dict {
    // SAFETY: the caller passes a dict.
    unsafe { &*((d + 8) as *const dict::Dict) }
}

/// A new reference to a word.
///
/// # Safety
/// `w` is NULL or a live value.
#[inline(always)]
pub unsafe fn owned(w: Word) -> Word {
    // SAFETY: passed on.
    unsafe { incref(w) };
    w
}

/// A float out of a small int or an inline float.
#[inline(always)]
pub fn number(w: Word) -> Option<f64> {
    if tag::is_float(w) {
        Some(tag::float_value(w))
    } else if tag::is_int(w) {
        let i = tag::int_value(w);
        // Larger ints do not convert exactly; comparing and dividing them is for the general form.
        (i.unsigned_abs() <= 1 << 53).then_some(i as f64)
    } else {
        None
    }
}

// --- containers -----------------------------------------------------------------------------------------------------

/// `list[int]`; NULL if the guard fails.
///
/// # Safety
/// Both are live values.
#[inline(always)]
pub unsafe fn list_item(l: Word, i: Word) -> Word {
    // SAFETY: the shape says that it is a list; the index is checked against its length.
    unsafe {
        if !has_shape(l, shapes().list) || !tag::is_int(i) {
            return NULL;
        }
        let items = (*((l + 8) as *const list::List)).as_slice();
        let i = tag::int_value(i);
        let i = if i < 0 { i + items.len() as i64 } else { i };
        match items.get(i as usize) {
            Some(v) => owned(v.word()),
            None => NULL,
        }
    }
}

/// `tuple[int]`; NULL if the guard fails.
///
/// # Safety
/// Both are live values.
#[inline(always)]
pub unsafe fn tuple_item(t: Word, i: Word) -> Word {
    // SAFETY: as in `list_item`.
    unsafe {
        if !has_shape(t, shapes().tuple) || !tag::is_int(i) {
            return NULL;
        }
        let items = exact_tuple(t);
        let i = tag::int_value(i);
        let i = if i < 0 { i + items.len() as i64 } else { i };
        match items.get(i as usize) {
            Some(v) => owned(v.word()),
            None => NULL,
        }
    }
}

/// The items of an exact tuple.
///
/// # Safety
/// `t` is one, and outlives the slice.
#[inline(always)]
pub unsafe fn exact_tuple<'a>(t: Word) -> &'a [Value] {
    // SAFETY: in an exact tuple the payload lies right behind the header.
    unsafe {
        let n = *field(t, tuple::LEN_OFFSET) as usize;
        std::slice::from_raw_parts(field(t, tuple::ITEMS_OFFSET).cast(), n)
    }
}

/// The items of an exact tuple or list, for code that runs no Python and changes nothing while it has them.
///
/// # Safety
/// `v` is a live value and outlives the slice.
#[inline(always)]
pub unsafe fn items<'a>(v: Word) -> Option<&'a [Value]> {
    // SAFETY: the shape says what it is.
    unsafe {
        let (s, id) = (shapes(), shape_of(v));
        if id == s.tuple {
            Some(exact_tuple(v))
        } else if id == s.list {
            Some((*((v + 8) as *const list::List)).as_slice())
        } else {
            None
        }
    }
}

/// `str[int]`, for ASCII text; NULL if the guard fails.
///
/// # Safety
/// Both are live values.
#[inline(always)]
pub unsafe fn str_item(s: Word, i: Word) -> Word {
    // SAFETY: the shape says that it is a str.
    unsafe {
        if !has_shape(s, shapes().str) || !tag::is_int(i) {
            return NULL;
        }
        let payload = str::exact_payload(s);
        let n = payload.len() as i64;
        let i = tag::int_value(i);
        let i = if i < 0 { i + n } else { i };
        if !(0..n).contains(&i) || !payload.is_ascii() {
            return NULL;
        }
        str::ascii_char(*payload.bytes().get_unchecked(i as usize))
    }
}

/// `dict[key]` where the key is a str and so are all keys; NULL if it is not there or the guard fails.
///
/// # Safety
/// Both are live values.
#[inline(always)]
pub unsafe fn dict_str_item(d: Word, key: Word) -> Word {
    // SAFETY: the shapes say what they are.
    unsafe {
        if !has_shape(d, shapes().dict) || !has_shape(key, shapes().str) {
            return NULL;
        }
        let t = dict_table(d);
        let key = Value::from_word_ref(&key);
        if !t.has_str_keys() {
            return NULL;
        }
        match t.find_str(key, str::exact_payload(key.word()).hash()) {
            Some(i) => owned(t.value_word(i)),
            None => NULL,
        }
    }
}

/// `list[int] = value`. On success the value's reference has moved into the list and the old item is returned, owned.
///
/// # Safety
/// All are live values, `value` owned.
#[inline(always)]
pub unsafe fn list_store(l: Word, i: Word, value: Word) -> Option<Word> {
    // SAFETY: as in `list_item`; the old item's reference passes to the caller.
    unsafe {
        if !has_shape(l, shapes().list) || !tag::is_int(i) {
            return None;
        }
        let storage = &*((l + 8) as *const list::List);
        let i = tag::int_value(i);
        let i = if i < 0 { i + storage.len() as i64 } else { i };
        match storage.replace(i as usize, Value::from_word(value)) {
            Ok(old) => Some(old.into_word()),
            Err(value) => {
                std::mem::forget(value);
                None
            }
        }
    }
}

// --- iteration ------------------------------------------------------------------------------------------------------

/// The next item of a list iterator, NULL at its end; `None` if the guard fails.
///
/// # Safety
/// `it` is a live value.
#[inline(always)]
pub unsafe fn next_of_list(it: Word) -> Option<Word> {
    // SAFETY: the shape says what it is.
    unsafe {
        has_shape(it, shapes().list_iterator).then(|| (*((it + 8) as *const list::ListIter)).advance().map_or(NULL, Value::into_word))
    }
}

/// As [`next_of_list`], of a tuple iterator.
///
/// # Safety
/// `it` is a live value.
#[inline(always)]
pub unsafe fn next_of_tuple(it: Word) -> Option<Word> {
    // SAFETY: the shape says what it is.
    unsafe {
        has_shape(it, shapes().tuple_iterator).then(|| (*((it + 8) as *const tuple::TupleIter)).advance().map_or(NULL, Value::into_word))
    }
}

/// As [`next_of_list`], of a range iterator.
///
/// # Safety
/// `it` is a live value.
#[inline(always)]
pub unsafe fn next_of_range(it: Word) -> Option<Word> {
    // SAFETY: the shape says what it is.
    unsafe {
        has_shape(it, shapes().range_iterator).then(|| (*((it + 8) as *const range::RangeIter)).advance().map_or(NULL, Value::into_word))
    }
}

// --- names and attributes -------------------------------------------------------------------------------------------

/// LOAD_GLOBAL_MODULE: key version of the globals, entry number. NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, `globals` is the frame's.
#[inline(always)]
pub unsafe fn global_of_module(at: *const u16, globals: Word) -> Word {
    // SAFETY: while the version is the same, the entry is there.
    unsafe {
        let t = dict_table(globals);
        if t.known_version() != read_u32(at.add(1)) {
            return NULL;
        }
        owned(t.value_word(*at.add(3) as usize))
    }
}

/// LOAD_GLOBAL_BUILTIN: side cache with the key versions of globals and builtins and the entry number. NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, the namespaces are the frame's.
#[inline(always)]
pub unsafe fn global_of_builtins(at: *const u16, code: *const Code, globals: Word, builtins: Word) -> Word {
    // SAFETY: while the versions are the same, the entry is there; a builtins that is no dict is never cached, and is
    // looked at only where the globals are those that were seen with it.
    unsafe {
        let [g, b, i] = (*side(code, *at.add(1))).words;
        if u64::from(dict_table(globals).known_version()) != g || !has_shape(builtins, shapes().dict) {
            return NULL;
        }
        let t = dict_table(builtins);
        if u64::from(t.known_version()) != b {
            return NULL;
        }
        owned(t.value_word(i as usize))
    }
}

#[inline(always)]
unsafe fn shape_matches(at: *const u16, owner: Word) -> Option<u32> {
    // SAFETY: passed on.
    unsafe {
        let id = read_u32(at.add(1));
        has_shape(owner, id).then_some(id)
    }
}

#[inline(always)]
unsafe fn class_matches(at: *const u16, id: u32) -> bool {
    // SAFETY: the shape is a live object's.
    unsafe { shape::class_of(id).known_version() == read_u32(at.add(3)) }
}

/// LOAD_ATTR_INSTANCE_VALUE: shape, byte offset. NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value.
#[inline(always)]
pub unsafe fn instance_value(at: *const u16, owner: Word) -> Word {
    // SAFETY: the shape has the attribute at the offset.
    unsafe {
        match shape_matches(at, owner) {
            Some(id) if shape::flags(id) & flag::PLAIN != 0 => owned(*field(owner, *at.add(3) as usize)),
            _ => NULL,
        }
    }
}

/// LOAD_ATTR_WITH_HINT: shape, class version, index in the overflow array or, in dict mode, entry number. NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value.
#[inline(always)]
pub unsafe fn hinted_value(at: *const u16, owner: Word, name: Word) -> Word {
    // SAFETY: the shape says where the array or the dict is.
    unsafe {
        let Some(id) = shape_matches(at, owner) else { return NULL };
        if !class_matches(at, id) {
            return NULL;
        }
        let i = *at.add(5) as usize;
        if shape::flags(id) & flag::DICT_MODE == 0 {
            return owned(*instance::overflow_word(owner, id, i));
        }
        match hinted_entry(owner, id, name, i) {
            Some(t) => owned(t.value_word(i)),
            None => NULL,
        }
    }
}

/// The dict of an instance in dict mode, if its entry `i` has this key.
#[inline(always)]
unsafe fn hinted_entry<'a>(owner: Word, id: u32, name: Word, i: usize) -> Option<&'a dict::Dict> {
    // SAFETY: in dict mode the first attribute word is the dict or NULL.
    unsafe {
        let d = *field(owner, shape::attrs_offset(id));
        if d == NULL {
            return None;
        }
        let t = dict_table(d);
        (t.key_word(i) == name).then_some(t)
    }
}

/// LOAD_ATTR_SLOT: shape, class version, byte offset. NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value.
#[inline(always)]
pub unsafe fn member_value(at: *const u16, owner: Word) -> Word {
    // SAFETY: the class has a member slot at the offset.
    unsafe {
        match shape_matches(at, owner) {
            Some(id) if class_matches(at, id) => owned(*field(owner, *at.add(5) as usize)),
            _ => NULL,
        }
    }
}

/// LOAD_ATTR_MODULE: shape, key version of the namespace, entry number. NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value.
#[inline(always)]
pub unsafe fn module_value(at: *const u16, owner: Word) -> Word {
    // SAFETY: a module of this shape is in dict mode; the entry is there while the version is the same.
    unsafe {
        let Some(id) = shape_matches(at, owner) else { return NULL };
        let d = *field(owner, shape::attrs_offset(id));
        if d == NULL {
            return NULL;
        }
        let t = dict_table(d);
        if t.known_version() != read_u32(at.add(3)) {
            return NULL;
        }
        owned(t.value_word(*at.add(5) as usize))
    }
}

/// LOAD_ATTR_CLASS: shape of the class object, its version, the value. NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value.
#[inline(always)]
pub unsafe fn class_value(at: *const u16, owner: Word) -> Word {
    // SAFETY: an object of that shape is a class; while its version is the same, it keeps the value alive.
    unsafe {
        if shape_matches(at, owner).is_some() && build::of(Value::from_word_ref(&owner)).known_version() == read_u32(at.add(3)) {
            owned(read_word(at.add(5)))
        } else {
            NULL
        }
    }
}

/// LOAD_ATTR_METHOD_WITH_VALUES, LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES and LOAD_ATTR_PROPERTY: shape, class version, the
/// function or object that the class holds. Borrowed; NULL if the guard fails.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value.
#[inline(always)]
pub unsafe fn class_held(at: *const u16, owner: Word) -> Word {
    // SAFETY: while the class's version is the same, it keeps the value alive.
    unsafe {
        match shape_matches(at, owner) {
            Some(id) if class_matches(at, id) => read_word(at.add(5)),
            _ => NULL,
        }
    }
}

/// LOAD_ATTR_METHOD_NO_DICT: as [`class_held`], of a class that cannot change.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value.
#[inline(always)]
pub unsafe fn immutable_held(at: *const u16, owner: Word) -> Word {
    // SAFETY: the class keeps the value alive.
    unsafe { if shape_matches(at, owner).is_some() { read_word(at.add(5)) } else { NULL } }
}

/// STORE_ATTR_INSTANCE_VALUE: shape, byte offset. On success the value's reference has moved and the old value is returned.
///
/// # Safety
/// The units are the instruction's, `owner` is a live value, `value` an owned one.
#[inline(always)]
pub unsafe fn store_value(at: *const u16, owner: Word, value: Word) -> Option<Word> {
    // SAFETY: the shape has the attribute at the offset.
    unsafe {
        match shape_matches(at, owner) {
            Some(id) if shape::flags(id) & flag::PLAIN != 0 => Some(std::mem::replace(&mut *field(owner, *at.add(3) as usize), value)),
            _ => None,
        }
    }
}

/// STORE_ATTR_SLOT: shape, side cache with class version and byte offset. As [`store_value`].
///
/// # Safety
/// As for [`store_value`].
#[inline(always)]
pub unsafe fn store_member(at: *const u16, code: *const Code, owner: Word, value: Word) -> Option<Word> {
    // SAFETY: the class has a member slot at the offset.
    unsafe {
        let id = shape_matches(at, owner)?;
        let [version, offset, _] = (*side(code, *at.add(3))).words;
        if u64::from(shape::class_of(id).known_version()) != version {
            return None;
        }
        Some(std::mem::replace(&mut *field(owner, offset as usize), value))
    }
}

/// STORE_ATTR_WITH_HINT: shape, side cache with class version, a [`store`] and what it needs. As [`store_value`].
///
/// # Safety
/// As for [`store_value`].
#[inline(always)]
pub unsafe fn store_hinted(at: *const u16, code: *const Code, owner: Word, name: Word, value: Word) -> Option<Word> {
    // SAFETY: the shape says where things lie; an added attribute fits the inline words.
    unsafe {
        let id = shape_matches(at, owner)?;
        let [version, how, what] = (*side(code, *at.add(3))).words;
        if u64::from(shape::class_of(id).known_version()) != version {
            return None;
        }
        match how {
            store::ADD => {
                let place = field(owner, shape::attrs_offset(id) + 8 * shape::attr_count(id));
                *place = value;
                (*(owner as *mut Header)).shape = what as u32;
                Some(NULL)
            }
            store::INLINE => Some(std::mem::replace(&mut *field(owner, what as usize), value)),
            store::OVERFLOW => Some(std::mem::replace(&mut *instance::overflow_word(owner, id, what as usize), value)),
            _ => {
                let t = hinted_entry(owner, id, name, what as usize)?;
                Some(t.replace_value(what as usize, Value::from_word(value)).map_or(NULL, Value::into_word))
            }
        }
    }
}

// --- calls ----------------------------------------------------------------------------------------------------------

/// `isinstance(v, class)` where the class is an ordinary one; `None` if the guard fails.
///
/// # Safety
/// Both are live values.
#[inline(always)]
pub unsafe fn is_instance(v: Word, class: Word) -> Option<bool> {
    // SAFETY: an object whose class is exactly `type` is a class.
    unsafe {
        if !has_shape(class, shapes().type_) {
            return None;
        }
        let class: &Type = build::of(Value::from_word_ref(&class));
        Some(Value::from_word_ref(&v).class().is_subtype(class))
    }
}

/// `len(v)` of an exact list, tuple, dict, str, set or range; `None` if the guard fails.
///
/// # Safety
/// `v` is a live value.
#[inline(always)]
pub unsafe fn len(v: Word) -> Option<usize> {
    // SAFETY: the shape says what it is.
    unsafe {
        let (s, id) = (shapes(), shape_of(v));
        if id == s.list {
            Some((*((v + 8) as *const list::List)).len())
        } else if id == s.tuple {
            Some(*field(v, tuple::LEN_OFFSET) as usize)
        } else if id == s.dict {
            Some(dict_table(v).len())
        } else if id != 0 && id == s.str {
            Some(str::exact_payload(v).len())
        } else {
            None
        }
    }
}

/// TO_BOOL_ALWAYS_TRUE: the version of a class without `__bool__` and `__len__`.
///
/// # Safety
/// The units are the instruction's, `v` is a live value.
#[inline(always)]
pub unsafe fn is_always_true(at: *const u16, v: Word) -> bool {
    // SAFETY: the shape is a live object's.
    unsafe {
        match shape_of(v) {
            0 => false,
            id => shape::class_of(id).known_version() == read_u32(at.add(1)),
        }
    }
}

/// Drops three owned words.
///
/// # Safety
/// They are owned.
#[inline(always)]
pub unsafe fn drop3(a: Word, b: Word, c: Word) {
    // SAFETY: passed on.
    unsafe {
        decref(a);
        decref(b);
        decref(c);
    }
}
