//! Interned strings: one object for each text, so that names compare by identity.
//!
//! Names that native code interns live for ever. Strings interned on a program's behalf are owned by the table
//! until [`sweep`], which a full collection calls, finds that nobody else owns them.

use super::payload::{self, Str};
use crate::global::Global;
use crate::value::Value;
use hashbrown::HashTable;
use weft_layout::tag::{NULL, Word};

static TABLE: Global<HashTable<Word>> = Global::new(HashTable::new());
static CHARS: Global<[Word; 256]> = Global::new([NULL; 256]);
static EMPTY: Global<Word> = Global::new(NULL);

fn payload_of(word: &Word) -> &Str {
    // SAFETY: the table owns a reference to each of its strings.
    payload::payload(unsafe { Value::from_word_ref(word) })
}

/// Gets the table ready. Called at start-up before anything else here.
pub fn initialise_interning() {
    // SAFETY: start-up is single-threaded.
    unsafe { (*TABLE.get()).reserve(4096, |w| payload_of(w).hash() as u64) };
}

/// The interned str with this text, which lives for ever.
pub fn intern(text: &str) -> Value {
    let v = if text.is_ascii() { intern_ascii(text.as_bytes()) } else { intern_value(payload::new(text)) };
    v.make_immortal();
    v
}

/// The interned str with this text.
pub fn intern_wtf8(text: &rustpython_wtf8::Wtf8) -> Value {
    if text.as_bytes().is_ascii() { intern_ascii(text.as_bytes()) } else { intern_value(payload::from_wtf8(text)) }
}

/// The interned str with this text, which must be ASCII.
pub fn intern_ascii(text: &[u8]) -> Value {
    debug_assert!(text.is_ascii());
    if text.len() < 2 {
        return intern_value(payload::from_latin1(text));
    }
    let hash = payload::hash_units(text);
    // SAFETY: the GIL is held, and comparing bytes runs no Python.
    let found = unsafe { &*TABLE.get() }.find(hash as u64, |w| {
        let s = payload_of(w);
        s.is_ascii() && s.bytes() == text
    });
    if let Some(found) = found {
        // SAFETY: the table owns a reference to the string.
        return unsafe { Value::clone_word(*found) };
    }
    let v = payload::of_ascii(text, hash);
    payload::payload(&v).set_interned(true);
    // SAFETY: as above; making the str may have collected garbage, but nothing that refers to the table is held.
    unsafe { &mut *TABLE.get() }.insert_unique(hash as u64, v.clone().into_word(), |w| payload_of(w).hash() as u64);
    v
}

/// The interned str with the text of `v`. `v` itself if it is the first with this text. An instance of a subclass
/// cannot be interned and comes back as it is.
pub fn intern_value(v: Value) -> Value {
    if !payload::is_exact(&v) {
        return v;
    }
    let s = payload::payload(&v);
    if s.is_interned() {
        return v;
    }
    let hash = s.hash() as u64;
    // SAFETY: the GIL is held, and comparing strs runs no Python.
    let table = unsafe { &mut *TABLE.get() };
    if let Some(found) = table.find(hash, |w| payload_of(w).equals(s)) {
        // SAFETY: the table owns a reference to the string.
        return unsafe { Value::clone_word(*found) };
    }
    s.set_interned(true);
    table.insert_unique(hash, v.clone().into_word(), |w| payload_of(w).hash() as u64);
    v
}

/// Visits what the table owns, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(Word)) {
    // SAFETY: the GIL is held.
    unsafe { (*TABLE.get()).iter().for_each(|&w| visit(w)) };
}

/// Whether the str is interned.
#[inline(always)]
pub fn is_interned(v: &Value) -> bool {
    payload::payload(v).is_interned()
}

/// Gives up the interned strings that only the table owns.
pub fn sweep() {
    // SAFETY: the GIL is held; dropping a str runs no Python.
    unsafe {
        (*TABLE.get()).retain(|w| {
            let v = Value::from_word_ref(w);
            let keep = v.refcount() != 1;
            if !keep {
                payload::payload(v).set_interned(false);
                drop(Value::from_word(*w));
            }
            keep
        });
    }
}

/// The str of one code point below U+0100, of which there is only one.
#[inline]
pub fn latin1_char(c: u8) -> Value {
    // SAFETY: the entry is NULL or a live immortal str.
    unsafe {
        let word = (*CHARS.get())[c as usize];
        if word != NULL { Value::clone_word(word) } else { make_char(c) }
    }
}

/// The word of the str of one ASCII character. It is immortal.
#[inline(always)]
pub fn ascii_char(c: u8) -> Word {
    // SAFETY: as in `latin1_char`.
    unsafe {
        let word = (*CHARS.get())[c as usize];
        if word != NULL { word } else { make_char(c).into_word() }
    }
}

#[cold]
fn make_char(c: u8) -> Value {
    let width = if c < 0x80 { super::Width::Ascii } else { super::Width::Latin1 };
    let v = single(width, &[c]);
    // SAFETY: the GIL is held.
    unsafe { (*CHARS.get())[c as usize] = v.clone().into_word() };
    v
}

/// The empty str, of which there is only one.
#[inline]
pub fn empty() -> Value {
    // SAFETY: the word is NULL or a live immortal str.
    unsafe {
        let word = *EMPTY.get();
        if word != NULL { Value::clone_word(word) } else { make_empty() }
    }
}

#[cold]
fn make_empty() -> Value {
    let v = single(super::Width::Ascii, &[]);
    // SAFETY: the GIL is held.
    unsafe { *EMPTY.get() = v.clone().into_word() };
    v
}

fn single(width: super::Width, units: &[u8]) -> Value {
    let Ok(mut fresh) = payload::Fresh::new(width, units.len()) else { std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>()) };
    fresh.push_view(super::StrView::Latin1(units));
    let v = intern_value(fresh.finish());
    v.make_immortal();
    v
}
