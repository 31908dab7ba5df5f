//! The hash table of a dict: CPython's compact, insertion-ordered layout.
//!
//! One allocation holds an array of entries (hash, key, value) in insertion order and, behind it, an index of
//! 2^`log2` slots, each the number of an entry, [`EMPTY`] or [`DUMMY`] (deleted), one, two or four bytes wide.
//! Slots are probed as CPython probes them. A deleted entry keeps its place with a NULL key until the next resize.
//!
//! Comparing keys can run Python code, which can change the table: [`Dict::find`] notes `mutations` before such a
//! comparison and starts over if it has changed. Everything else here runs no Python; what has to be dropped
//! is handed to the caller.

use crate::class::slots::CompareOp;
use crate::exc;
use crate::global::Global;
use crate::protocol;
use crate::types::str;
use crate::value::{Res, Value, incref};
use crate::vm::types;
use std::alloc::{Layout, alloc, dealloc};
use std::cell::Cell;
use std::ptr;
use weft_layout::tag::{NULL, Word};

/// A key, its hash and its value. A deleted entry has a NULL key and a NULL value.
#[repr(C)]
pub struct Entry {
    /// The key's hash.
    pub hash: i64,
    /// The key, owned.
    pub key: Word,
    /// The value, owned.
    pub value: Word,
}

/// An index slot that was never used.
const EMPTY: i32 = -1;
/// An index slot whose entry was deleted.
const DUMMY: i32 = -2;
/// The smallest index.
const MIN_LOG2: u8 = 3;
/// The largest index: entry numbers fit an i32.
const MAX_LOG2: u8 = 31;

/// All keys are exactly of class str, so that looking a str up runs no Python.
pub const STR_KEYS: u8 = 1;
/// Changes are reported to [`crate::eval::watch`].
pub const WATCHED: u8 = 2;

/// The payload of a dict. Compiled code reads `entries`, `used` and `version`.
#[repr(C)]
pub struct Dict {
    /// The entries, `filled` of them valid.
    entries: Cell<*mut Entry>,
    /// The index; a static one while nothing is allocated.
    index: Cell<*mut u8>,
    /// Live entries: what `len()` says.
    used: Cell<u32>,
    /// Entries ever appended since the last resize, deleted ones included.
    filled: Cell<u32>,
    /// Entries that can be appended before the next resize.
    usable: Cell<u32>,
    /// Names the state of the key set for inline caches; 0 until someone asks, and again after a change.
    version: Cell<u32>,
    /// Counts changes of the key set.
    mutations: Cell<u32>,
    /// The index has 2^log2 slots.
    log2: Cell<u8>,
    /// [`STR_KEYS`] and [`WATCHED`].
    flags: Cell<u8>,
    /// Counts how often entries got other numbers.
    moves: Cell<u16>,
}

static EMPTY_INDEX: [u8; 1 << MIN_LOG2] = [0xff; 1 << MIN_LOG2];
static NEXT_VERSION: Global<u32> = Global::new(0);

/// Entries an index of 2^log2 slots serves.
const fn usable_of(log2: u8) -> usize {
    (1usize << log2) * 2 / 3
}

/// Bytes of one slot in an index of 2^log2 slots.
const fn width_of(log2: u8) -> usize {
    match log2 {
        0..=7 => 1,
        8..=15 => 2,
        _ => 4,
    }
}

const fn layout_of(log2: u8) -> Layout {
    let bytes = usable_of(log2) * size_of::<Entry>() + (width_of(log2) << log2);
    match Layout::from_size_align(bytes, 8) {
        Ok(l) => l,
        Err(_) => panic!("a table of at most 2^31 slots has a layout"),
    }
}

/// The smallest index with at least `n` slots.
fn log2_for_slots(n: usize) -> Option<u8> {
    let log2 = (n.max(1 << MIN_LOG2).checked_next_power_of_two()?.trailing_zeros()) as u8;
    (log2 <= MAX_LOG2).then_some(log2)
}

/// The smallest index that serves `n` entries.
fn log2_for_entries(n: usize) -> Option<u8> {
    log2_for_slots(n.checked_mul(3)?.div_ceil(2))
}

/// Reads slot `i`.
///
/// # Safety
/// `index` is an index of slots of `W` bytes with more than `i` of them.
#[inline(always)]
unsafe fn load<const W: usize>(index: *const u8, i: usize) -> i32 {
    // SAFETY: the slot is there; the index behind the entries is aligned to 8.
    unsafe {
        match W {
            1 => *index.cast::<i8>().add(i) as i32,
            2 => *index.cast::<i16>().add(i) as i32,
            _ => *index.cast::<i32>().add(i),
        }
    }
}

/// Writes slot `i`.
///
/// # Safety
/// As for [`load`]; the memory is the dict's own.
#[inline(always)]
unsafe fn store(index: *mut u8, width: usize, i: usize, value: i32) {
    // SAFETY: the slot is there; the index behind the entries is aligned to 8.
    unsafe {
        match width {
            1 => *index.cast::<i8>().add(i) = value as i8,
            2 => *index.cast::<i16>().add(i) = value as i16,
            _ => *index.cast::<i32>().add(i) = value,
        }
    }
}

/// The sequence of slots to look at for a hash.
struct Probe {
    mask: usize,
    perturb: usize,
    at: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, log2: u8) -> Probe {
        let mask = (1usize << log2) - 1;
        Probe { mask, perturb: hash as usize, at: hash as usize & mask }
    }

    #[inline(always)]
    fn step(&mut self) {
        self.perturb >>= 5;
        self.at = (self.at * 5 + self.perturb + 1) & self.mask;
    }
}

/// Whether a value is exactly a str.
#[inline(always)]
pub fn is_exact_str(v: &Value) -> bool {
    v.is_heap() && v.shape_id() == types().str.root_shape()
}

/// What a table held, to be dropped when the dict is in order again. Dropping may run Python code.
pub struct Contents {
    entries: *mut Entry,
    filled: usize,
    log2: u8,
}

impl Drop for Contents {
    fn drop(&mut self) {
        if self.entries.is_null() {
            return;
        }
        // SAFETY: this owns the allocation and the references in it; a deleted entry holds NULLs.
        unsafe {
            for i in 0..self.filled {
                let e = &*self.entries.add(i);
                if e.key != NULL {
                    drop(Value::from_word(e.key));
                    drop(Value::from_word(e.value));
                }
            }
            dealloc(self.entries.cast(), layout_of(self.log2));
        }
    }
}

impl Dict {
    /// An empty table, which has nothing allocated.
    pub const fn new() -> Dict {
        Dict {
            entries: Cell::new(ptr::null_mut()),
            index: Cell::new((&raw const EMPTY_INDEX).cast_mut().cast()),
            used: Cell::new(0),
            filled: Cell::new(0),
            usable: Cell::new(0),
            version: Cell::new(0),
            mutations: Cell::new(0),
            log2: Cell::new(MIN_LOG2),
            flags: Cell::new(STR_KEYS),
            moves: Cell::new(0),
        }
    }

    /// Changes whenever entries get other numbers: while it stays the same, the first live entry only ever moves up.
    pub fn moves(&self) -> u16 {
        self.moves.get()
    }

    fn entries_move(&self) {
        self.moves.set(self.moves.get().wrapping_add(1));
    }

    /// Live entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get() as usize
    }

    /// Whether there is no entry.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }

    /// Entry numbers are below this.
    #[inline(always)]
    pub fn filled(&self) -> usize {
        self.filled.get() as usize
    }

    /// Whether all keys are exactly of class str.
    #[inline(always)]
    pub fn has_str_keys(&self) -> bool {
        self.flags.get() & STR_KEYS != 0
    }

    /// Bytes of the table, as CPython counts them (its table header included), without the object.
    pub fn table_bytes(&self) -> usize {
        if self.entries.get().is_null() {
            return 0;
        }
        let entry = if self.has_str_keys() { 16 } else { 24 };
        let log2 = self.log2.get();
        32 + usable_of(log2) * entry + (width_of(log2) << log2)
    }

    #[inline(always)]
    fn entry(&self, i: usize) -> *mut Entry {
        debug_assert!(i < self.filled());
        // SAFETY: callers pass entry numbers below `filled`.
        unsafe { self.entries.get().add(i) }
    }

    /// The key and value of entry `i`, unless it is deleted or beyond the end.
    #[inline(always)]
    pub fn at(&self, i: usize) -> Option<(&Value, &Value)> {
        if i >= self.filled() {
            return None;
        }
        // SAFETY: the entry is there; the references are good until the dict changes, so callers clone at once.
        unsafe {
            let e = self.entry(i);
            if (*e).key == NULL { None } else { Some((Value::from_word_ref(&(*e).key), Value::from_word_ref(&(*e).value))) }
        }
    }

    /// The hash of entry `i`, which must be below [`Dict::filled`].
    #[inline(always)]
    pub fn hash_at(&self, i: usize) -> i64 {
        // SAFETY: the caller passes an entry number.
        unsafe { (*self.entry(i)).hash }
    }

    /// The value word of entry `i`; NULL if the entry was deleted.
    #[inline(always)]
    pub fn value_word(&self, i: usize) -> Word {
        // SAFETY: the caller passes an entry number.
        unsafe { (*self.entry(i)).value }
    }

    /// The number of the first live entry at `from` or later.
    #[inline(always)]
    pub fn next_live(&self, from: usize) -> Option<usize> {
        let mut i = from;
        while i < self.filled() {
            // SAFETY: i is an entry number.
            if unsafe { (*self.entry(i)).key } != NULL {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// The number of the last live entry before `end`.
    #[inline(always)]
    pub fn previous_live(&self, end: usize) -> Option<usize> {
        let mut i = end.min(self.filled());
        while i > 0 {
            i -= 1;
            // SAFETY: i is an entry number.
            if unsafe { (*self.entry(i)).key } != NULL {
                return Some(i);
            }
        }
        None
    }

    /// A number that names the state of the key set; 0 if the numbers have run out.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        match self.version.get() {
            0 => self.assign_version(),
            v => v,
        }
    }

    /// The number if it was asked for and nothing has changed since, else 0.
    #[inline(always)]
    pub fn known_version(&self) -> u32 {
        self.version.get()
    }

    /// The key word of entry `i`; NULL if the entry was deleted or was never there.
    #[inline(always)]
    pub fn key_word(&self, i: usize) -> Word {
        // SAFETY: below `filled` there are entries.
        if i < self.filled() { unsafe { (*self.entry(i)).key } } else { NULL }
    }

    #[cold]
    fn assign_version(&self) -> u32 {
        // SAFETY: the GIL is held.
        unsafe {
            let next = NEXT_VERSION.get();
            if *next < u32::MAX {
                *next += 1;
                self.version.set(*next);
            }
        }
        self.version.get()
    }

    /// Asks for reports of changes, or for an end of them.
    pub fn set_watched(&self, on: bool) {
        self.flags.set(if on { self.flags.get() | WATCHED } else { self.flags.get() & !WATCHED });
    }

    /// To be called before any change: at the key, or as a whole.
    #[inline(always)]
    fn about_to_change(&self, key: Word) {
        if self.flags.get() & WATCHED != 0 {
            self.report(key);
        }
    }

    #[cold]
    #[inline(never)]
    fn report(&self, key: Word) {
        let object = self as *const Dict as Word - 8;
        // SAFETY: a Dict that is watched lives in a dict object, 8 bytes in, and whoever changes it keeps that alive; the
        // key is NULL or alive.
        unsafe {
            let key = (key != NULL).then(|| Value::from_word_ref(&key));
            crate::eval::watch::dict_changes(Value::from_word_ref(&object), key);
        }
    }

    /// To be called with any change of the key set.
    #[inline(always)]
    fn keys_change(&self, key: Word) {
        self.about_to_change(key);
        self.version.set(0);
        self.mutations.set(self.mutations.get().wrapping_add(1));
    }

    /// The number of the entry for a key. May run Python code, unless the key and all keys are strings.
    #[inline]
    pub fn find(&self, key: &Value, hash: i64) -> Res<Option<usize>> {
        if is_exact_str(key) && self.has_str_keys() {
            return Ok(self.find_str(key, hash));
        }
        loop {
            let tried = match width_of(self.log2.get()) {
                1 => self.try_find::<1, false>(key, hash)?,
                2 => self.try_find::<2, false>(key, hash)?,
                _ => self.try_find::<4, false>(key, hash)?,
            };
            if let Some(found) = tried {
                return Ok(found);
            }
        }
    }

    /// As [`Self::find`] for a small int or an exact str, but never runs Python code: `None` if it would have to.
    pub fn find_quietly(&self, key: &Value, hash: i64) -> Option<Option<usize>> {
        if self.has_str_keys() && is_exact_str(key) {
            return Some(self.find_str(key, hash));
        }
        let tried = match width_of(self.log2.get()) {
            1 => self.try_find::<1, true>(key, hash),
            2 => self.try_find::<2, true>(key, hash),
            _ => self.try_find::<4, true>(key, hash),
        };
        tried.ok().flatten()
    }

    /// Whether changes are reported.
    pub fn is_watched(&self) -> bool {
        self.flags.get() & WATCHED != 0
    }

    /// As [`Dict::find`], for a dict whose keys are all strings and a key that is exactly a str.
    #[inline(always)]
    pub fn find_str(&self, key: &Value, hash: i64) -> Option<usize> {
        debug_assert!(self.has_str_keys() && is_exact_str(key));
        match width_of(self.log2.get()) {
            1 => self.find_str_in::<1>(key, hash),
            2 => self.find_str_in::<2>(key, hash),
            _ => self.find_str_in::<4>(key, hash),
        }
    }

    #[inline(always)]
    fn find_str_in<const W: usize>(&self, key: &Value, hash: i64) -> Option<usize> {
        let (index, entries) = (self.index.get(), self.entries.get());
        let mut probe = Probe::new(hash, self.log2.get());
        loop {
            // SAFETY: the probe stays inside the index, whose non-negative slots are entry numbers of live entries;
            // comparing strings runs no Python.
            unsafe {
                let i = load::<W>(index, probe.at);
                if i >= 0 {
                    let e = &*entries.add(i as usize);
                    if e.key == key.word() || e.hash == hash && str::equal(Value::from_word_ref(&e.key), key) {
                        return Some(i as usize);
                    }
                } else if i == EMPTY {
                    return None;
                }
            }
            probe.step();
        }
    }

    /// `None` if the table changed while keys were compared, or, if `QUIET`, if comparing them could run Python code.
    fn try_find<const W: usize, const QUIET: bool>(&self, key: &Value, hash: i64) -> Res<Option<Option<usize>>> {
        let (index, entries) = (self.index.get(), self.entries.get());
        let key_is_str = is_exact_str(key);
        let mut probe = Probe::new(hash, self.log2.get());
        loop {
            // SAFETY: as in find_str_in; the table is as it was at the start, for otherwise we leave.
            let i = unsafe { load::<W>(index, probe.at) };
            if i >= 0 {
                // SAFETY: a non-negative slot is the number of a live entry.
                let e = unsafe { &*entries.add(i as usize) };
                if e.key == key.word() {
                    return Ok(Some(Some(i as usize)));
                }
                if e.hash == hash {
                    // SAFETY: the entry owns its key.
                    let other = unsafe { Value::clone_word(e.key) };
                    let equal = if key_is_str && is_exact_str(&other) {
                        str::equal(&other, key)
                    } else if QUIET {
                        if other.as_small_int().is_none() && !is_exact_str(&other) {
                            return Ok(None);
                        }
                        // They would be the same word.
                        false
                    } else {
                        let before = self.mutations.get();
                        let equal = protocol::compare_bool(&other, key, CompareOp::Eq)?;
                        if self.mutations.get() != before {
                            return Ok(None);
                        }
                        equal
                    };
                    if equal {
                        return Ok(Some(Some(i as usize)));
                    }
                    // Dropping it cannot free the key: the unchanged table still owns it.
                    drop(other);
                }
            } else if i == EMPTY {
                return Ok(Some(None));
            }
            probe.step();
        }
    }

    /// Puts another value into entry `i` and returns the old one.
    #[inline(always)]
    pub fn replace_value(&self, i: usize, value: Value) -> Option<Value> {
        // SAFETY: callers pass the number of a live entry.
        self.about_to_change(unsafe { (*self.entry(i)).key });
        // SAFETY: callers pass the number of a live entry; the old reference passes to the caller.
        unsafe {
            let old = std::mem::replace(&mut (*self.entry(i)).value, value.into_word());
            (old != NULL).then(|| Value::from_word(old))
        }
    }

    /// Appends an entry for a key that is not there. On MemoryError nothing has changed.
    #[inline]
    pub fn append(&self, key: Value, hash: i64, value: Value) -> Res<()> {
        if self.usable.get() == 0 {
            self.resize_for(self.len() * 3)?;
        }
        self.keys_change(key.word());
        if self.has_str_keys() && !is_exact_str(&key) {
            self.flags.set(self.flags.get() & !STR_KEYS);
        }
        let i = self.filled.get();
        // SAFETY: there is room for another entry, as `usable` says.
        unsafe {
            self.entries.get().add(i as usize).write(Entry { hash, key: key.into_word(), value: value.into_word() });
        }
        self.link(hash, i as i32);
        self.filled.set(i + 1);
        self.usable.set(self.usable.get() - 1);
        self.used.set(self.used.get() + 1);
        Ok(())
    }

    /// Enters entry number `i` in the index.
    #[inline(always)]
    fn link(&self, hash: i64, i: i32) {
        let (index, width) = (self.index.get(), width_of(self.log2.get()));
        let mut probe = Probe::new(hash, self.log2.get());
        // SAFETY: the probe stays inside the index, which always has free slots.
        unsafe {
            loop {
                let slot = match width {
                    1 => load::<1>(index, probe.at),
                    2 => load::<2>(index, probe.at),
                    _ => load::<4>(index, probe.at),
                };
                if slot < 0 {
                    store(index, width, probe.at, i);
                    return;
                }
                probe.step();
            }
        }
    }

    /// Inserts or replaces. Returns the old value, for the caller to drop.
    #[inline]
    pub fn insert(&self, key: &Value, hash: i64, value: Value) -> Res<Option<Value>> {
        match self.find(key, hash)? {
            Some(i) => Ok(self.replace_value(i, value)),
            None => self.append(key.clone(), hash, value).map(|()| None),
        }
    }

    /// Deletes entry `i` and returns what it held.
    pub fn remove_at(&self, i: usize) -> (Value, Value) {
        let e = self.entry(i);
        // SAFETY: callers pass the number of a live entry.
        self.keys_change(unsafe { (*e).key });
        // SAFETY: callers pass the number of a live entry; its index slot is found by its hash; its references pass to the caller.
        unsafe {
            let (index, width) = (self.index.get(), width_of(self.log2.get()));
            let mut probe = Probe::new((*e).hash, self.log2.get());
            loop {
                let slot = match width {
                    1 => load::<1>(index, probe.at),
                    2 => load::<2>(index, probe.at),
                    _ => load::<4>(index, probe.at),
                };
                if slot == i as i32 {
                    store(index, width, probe.at, DUMMY);
                    break;
                }
                debug_assert!(slot != EMPTY, "an entry is in the index");
                probe.step();
            }
            self.used.set(self.used.get() - 1);
            let key = Value::from_word(std::mem::replace(&mut (*e).key, NULL));
            let value = Value::from_word(std::mem::replace(&mut (*e).value, NULL));
            (key, value)
        }
    }

    /// Takes the last entry out.
    pub fn pop_last(&self) -> Option<(Value, Value)> {
        let i = self.previous_live(self.filled())?;
        let taken = self.remove_at(i);
        // Entries behind it are deleted ones; the next goes where this was.
        self.filled.set(i as u32);
        Some(taken)
    }

    /// Makes the dict empty and returns what it held, for the caller to drop.
    pub fn take_contents(&self) -> Contents {
        self.keys_change(NULL);
        self.entries_move();
        let contents = Contents { entries: self.entries.replace(ptr::null_mut()), filled: self.filled(), log2: self.log2.get() };
        self.index.set((&raw const EMPTY_INDEX).cast_mut().cast());
        self.log2.set(MIN_LOG2);
        self.used.set(0);
        self.filled.set(0);
        self.usable.set(0);
        self.flags.set(self.flags.get() | STR_KEYS);
        contents
    }

    /// Makes room for `n` entries in all.
    pub fn reserve(&self, n: usize) -> Res<()> {
        if n.saturating_sub(self.len()) <= self.usable.get() as usize {
            return Ok(());
        }
        let log2 = log2_for_entries(n).ok_or_else(exc::memory_error)?;
        self.resize(log2)
    }

    #[cold]
    #[inline(never)]
    fn resize_for(&self, slots: usize) -> Res<()> {
        let log2 = log2_for_slots(slots).ok_or_else(exc::memory_error)?;
        self.resize(log2)
    }

    /// Moves the live entries to a table with 2^log2 slots, which must be enough.
    fn resize(&self, log2: u8) -> Res<()> {
        // SAFETY: the layout is not empty; the old table's references move to the new one, so it is freed without dropping them.
        unsafe {
            let new = alloc(layout_of(log2)).cast::<Entry>();
            if new.is_null() {
                return Err(exc::memory_error());
            }
            // Raising MemoryError aside, nothing between here and the end runs Python or drops anything.
            self.version.set(0);
            self.mutations.set(self.mutations.get().wrapping_add(1));
            self.entries_move();
            let index = new.add(usable_of(log2)).cast::<u8>();
            ptr::write_bytes(index, 0xff, width_of(log2) << log2);
            let (old, old_log2, filled) = (self.entries.get(), self.log2.get(), self.filled());
            let mut n = 0;
            if self.len() == filled && !old.is_null() {
                ptr::copy_nonoverlapping(old, new, filled);
                n = filled;
            } else {
                for i in 0..filled {
                    if (*old.add(i)).key != NULL {
                        ptr::copy_nonoverlapping(old.add(i), new.add(n), 1);
                        n += 1;
                    }
                }
            }
            self.entries.set(new);
            self.index.set(index);
            self.log2.set(log2);
            self.filled.set(n as u32);
            self.usable.set((usable_of(log2) - n) as u32);
            for i in 0..n {
                self.link((*new.add(i)).hash, i as i32);
            }
            if !old.is_null() {
                dealloc(old.cast(), layout_of(old_log2));
            }
        }
        Ok(())
    }

    /// A table with the same entries, in the same order.
    pub fn duplicate(&self) -> Res<Dict> {
        let copy = Dict::new();
        if self.is_empty() {
            return Ok(copy);
        }
        let (filled, log2) = (self.filled(), self.log2.get());
        if self.len() == filled && (log2 == MIN_LOG2 || usable_of(log2 - 1) < self.len()) {
            // SAFETY: the copy is as large as the original; each reference in it is counted.
            unsafe {
                let new = alloc(layout_of(log2)).cast::<Entry>();
                if new.is_null() {
                    return Err(exc::memory_error());
                }
                ptr::copy_nonoverlapping(self.entries.get().cast::<u8>(), new.cast::<u8>(), filled * size_of::<Entry>());
                for i in 0..filled {
                    incref((*new.add(i)).key);
                    incref((*new.add(i)).value);
                }
                let index = new.add(usable_of(log2)).cast::<u8>();
                ptr::copy_nonoverlapping(self.index.get(), index, width_of(log2) << log2);
                copy.entries.set(new);
                copy.index.set(index);
            }
            copy.log2.set(log2);
            copy.used.set(self.used.get());
            copy.filled.set(filled as u32);
            // Slots of entries that were popped are dummies, which the original does not count as usable either.
            copy.usable.set(self.usable.get());
            copy.flags.set(self.flags.get() & STR_KEYS);
            return Ok(copy);
        }
        copy.reserve(self.len())?;
        for i in 0..filled {
            if let Some((key, value)) = self.at(i) {
                copy.append(key.clone(), self.hash_at(i), value.clone())?;
            }
        }
        Ok(copy)
    }

    /// Puts the contents of another table into this one, which is empty.
    pub fn adopt(&self, other: Dict) {
        debug_assert!(self.entries.get().is_null());
        self.keys_change(NULL);
        self.entries.set(other.entries.replace(ptr::null_mut()));
        self.index.set(other.index.get());
        self.log2.set(other.log2.get());
        self.used.set(other.used.get());
        self.filled.set(other.filled.get());
        self.usable.set(other.usable.get());
        self.flags.set(self.flags.get() & WATCHED | other.flags.get() & STR_KEYS);
    }

    /// Visits all keys and values.
    pub fn trace_entries(&self, visit: &mut dyn FnMut(Word)) {
        for i in 0..self.filled() {
            // SAFETY: i is an entry number.
            unsafe {
                visit((*self.entry(i)).key);
                visit((*self.entry(i)).value);
            }
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        drop(Contents { entries: self.entries.replace(ptr::null_mut()), filled: self.filled(), log2: self.log2.get() });
    }
}

/// Byte offset of `entries` in a dict object.
pub const ENTRIES_OFFSET: usize = 8 + std::mem::offset_of!(Dict, entries);
/// Byte offset of `used` in a dict object.
pub const USED_OFFSET: usize = 8 + std::mem::offset_of!(Dict, used);
/// Byte offset of `version` in a dict object.
pub const VERSION_OFFSET: usize = 8 + std::mem::offset_of!(Dict, version);
