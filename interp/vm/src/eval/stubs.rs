//! The attribute stub cache: what sites that see many shapes share.
//!
//! An entry says for a shape and a name where the attribute is: in a word of the instance (the shape is then
//! [`shape::flag::PLAIN`]), a method that the class holds, or neither. The general forms of LOAD_ATTR and STORE_ATTR ask it before they go
//! through the classes.

use crate::cache_use::CacheUse;
use crate::class::flag as class_flag;
use crate::global::Global;
use crate::heap::shape::{self, Slot, flag};
use crate::protocol::attr;
use crate::types::str;
use crate::value::{Value, decref, incref};
use weft_layout::header::Header;
use weft_layout::tag::{NULL, Word, is_ptr};

/// What an entry says, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Nothing is known.
    Nothing,
    /// The attribute is the instance's.
    Value,
    /// The attribute is a method of the class.
    Method,
}

#[derive(Clone, Copy)]
struct Stub {
    name: Word,
    shape: u32,
    kind: Kind,
    /// The version of the class when the entry was made.
    version: u32,
    /// The byte offset of the value.
    offset: u32,
    /// The method, borrowed.
    method: Word,
}

const SIZE: usize = 4096;
static USE: Global<CacheUse> = Global::new(CacheUse::new());
static STUBS: Global<[Stub; SIZE]> =
    Global::new([Stub { name: NULL, shape: 0, kind: Kind::Nothing, version: 0, offset: 0, method: NULL }; SIZE]);

#[inline(always)]
fn place(id: u32, name: Word) -> *mut Stub {
    let at = (id as usize).wrapping_mul(0x9E5) ^ (name as usize >> 4);
    // SAFETY: the mask is below the size.
    unsafe { (*STUBS.get()).as_mut_ptr().add(at & (*USE.get()).mask()) }
}

/// The attribute of an instance, owned, or the method of its class, borrowed; NULL where nothing is known.
///
/// # Safety
/// `owner` is a live value, `name` a str of a code object's names.
#[inline(always)]
pub unsafe fn load(owner: Word, name: Word) -> (Word, Kind) {
    // SAFETY: an entry's slot belongs to its shape; a method is alive while the class's version is the same.
    unsafe {
        if !is_ptr(owner) {
            return (NULL, Kind::Nothing);
        }
        let id = (*(owner as *const Header)).shape;
        let stub = place(id, name);
        if (*stub).shape != id || (*stub).name != name {
            return (NULL, fill(owner, name, stub));
        }
        match (*stub).kind {
            Kind::Value if shape::flags(id) & flag::PLAIN != 0 => {
                let w = *((owner + u64::from((*stub).offset)) as *const Word);
                if w == NULL {
                    return (NULL, Kind::Nothing);
                }
                incref(w);
                (w, Kind::Value)
            }
            Kind::Method if shape::class_of(id).known_version() == (*stub).version => ((*stub).method, Kind::Method),
            Kind::Nothing if shape::class_of(id).known_version() == (*stub).version => (NULL, Kind::Nothing),
            _ => (NULL, fill(owner, name, stub)),
        }
    }
}

/// Stores an attribute that the instance has. On success the value's reference has moved and the old value is returned.
///
/// # Safety
/// `owner` is a live value, `name` a str of a code object's names, `value` owned.
#[inline(always)]
pub unsafe fn store(owner: Word, name: Word, value: Word) -> Option<Word> {
    // SAFETY: as in `load`.
    unsafe {
        if !is_ptr(owner) {
            return None;
        }
        let id = (*(owner as *const Header)).shape;
        let stub = place(id, name);
        let known = (*stub).shape == id && (*stub).name == name;
        if !known || (*stub).kind != Kind::Value || shape::flags(id) & flag::PLAIN == 0 {
            if !known || shape::class_of(id).known_version() != (*stub).version {
                fill(owner, name, stub);
            }
            return None;
        }
        Some(std::mem::replace(&mut *((owner + u64::from((*stub).offset)) as *mut Word), value))
    }
}

/// Finds out for the next time; says that nothing is known yet.
#[cold]
#[inline(never)]
unsafe fn fill(owner: Word, name: Word, stub: *mut Stub) -> Kind {
    // SAFETY: passed on. Dropping a name runs no Python.
    unsafe {
        let (v, n) = (Value::from_word_ref(&owner), Value::from_word_ref(&name));
        let (id, class) = (v.shape_id(), v.class());
        if !str::is_interned(n) {
            return Kind::Nothing;
        }
        let special = class.has(class_flag::TYPE_SUBCLASS) || shape::flags(id) & flag::DICT_MODE != 0;
        let (kind, offset, method) = if special {
            (Kind::Nothing, 0, NULL)
        } else if let Some(Slot::Inline(offset)) = shape::find(id, name)
            && shape::is_plain(id)
        {
            (Kind::Value, offset as u32, NULL)
        } else if attr::finds_generically(class)
            && shape::find(id, name).is_none()
            && let Some(w) = class.lookup_ref(n)
            && Value::from_word_ref(&w).class().has(class_flag::METHOD_DESCRIPTOR)
        {
            (Kind::Method, 0, w)
        } else {
            (Kind::Nothing, 0, NULL)
        };
        (*USE.get()).missed(SIZE);
        incref(name);
        decref((*stub).name);
        *stub = Stub { name, shape: id, kind, version: class.version(), offset, method };
        Kind::Nothing
    }
}

/// Visits the names that the cache keeps alive, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(Word)) {
    // SAFETY: the GIL is held.
    unsafe { (*STUBS.get()).iter().for_each(|entry| visit(entry.name)) };
}
