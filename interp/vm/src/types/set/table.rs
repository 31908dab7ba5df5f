//! The hash table of sets: CPython's open addressing, slot for slot, so that sets iterate in the same order.
//!
//! A slot is unused (NULL key), a dummy (deleted), or holds a key and its hash. The search looks at a run of
//! [`LINEAR_PROBES`] neighbours before it jumps. As in dict's table, comparing keys can run Python code, so
//! [`Set::find`] starts over when `mutations` changes meanwhile; nothing else here runs Python.

use crate::class::slots::CompareOp;
use crate::exc;
use crate::global::Global;
use crate::protocol;
use crate::types::dict::is_exact_str;
use crate::types::str;
use crate::value::{Res, Value, incref};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::ptr;
use weft_layout::tag::{NULL, Word};

/// A key and its hash. Both 0: unused. The key [`DUMMY`]: deleted.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    hash: i64,
    key: Word,
}

/// The key of a deleted entry: no value has this word.
const DUMMY: Word = 0x2c;
const LINEAR_PROBES: usize = 9;
const MIN_SIZE: usize = 8;

/// The payload of a set or frozenset.
#[repr(C)]
pub struct Set {
    table: Cell<*mut Entry>,
    /// Slots, a power of two, less one.
    mask: Cell<usize>,
    /// Keys and dummies.
    fill: Cell<usize>,
    /// Keys.
    used: Cell<usize>,
    /// The hash of a frozenset, or -1.
    pub(super) hash: Cell<i64>,
    /// Where `pop` goes on searching.
    finger: Cell<usize>,
    /// Counts changes.
    mutations: Cell<u32>,
}

/// What all sets without an allocation of their own point to. Never written.
static EMPTY: Global<[Entry; MIN_SIZE]> = Global::new([Entry { hash: 0, key: NULL }; MIN_SIZE]);

const fn empty_table() -> *mut Entry {
    EMPTY.get().cast()
}

fn is_key(word: Word) -> bool {
    word != NULL && word != DUMMY
}

fn layout(slots: usize) -> Option<Layout> {
    Layout::array::<Entry>(slots).ok()
}

/// What a set held, to be dropped when the set is in order again. Dropping may run Python code.
pub struct Contents {
    table: *mut Entry,
    slots: usize,
}

impl Drop for Contents {
    fn drop(&mut self) {
        if self.table == empty_table() {
            return;
        }
        // SAFETY: this owns the allocation and the references in it.
        unsafe {
            for i in 0..self.slots {
                let key = (*self.table.add(i)).key;
                if is_key(key) {
                    drop(Value::from_word(key));
                }
            }
            free(self.table, self.slots);
        }
    }
}

/// # Safety
/// `table` was allocated with this many slots, and nobody uses it any more.
unsafe fn free(table: *mut Entry, slots: usize) {
    if table != empty_table()
        && let Some(l) = layout(slots)
    {
        // SAFETY: the caller vouches for it.
        unsafe { dealloc(table.cast(), l) }
    }
}

/// The slots to look at for a hash, in order: runs of neighbours.
struct Probe {
    mask: usize,
    perturb: usize,
    at: usize,
    run: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, mask: usize) -> Probe {
        let at = hash as usize & mask;
        Probe { mask, perturb: hash as usize, at, run: if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 } }
    }

    #[inline(always)]
    fn step(&mut self, start: &mut usize) {
        if self.run > 0 {
            self.run -= 1;
            self.at += 1;
            return;
        }
        self.perturb >>= 5;
        *start = (start.wrapping_mul(5).wrapping_add(1).wrapping_add(self.perturb)) & self.mask;
        self.at = *start;
        self.run = if self.at + LINEAR_PROBES <= self.mask { LINEAR_PROBES } else { 0 };
    }
}

/// What a search came to.
enum Found {
    /// The slot of the key.
    At(usize),
    /// The key is not there: the unused slot that ended the search, and the last dummy on the way.
    Missing { unused: usize, dummy: Option<usize> },
}

impl Set {
    /// An empty set.
    pub const fn new() -> Set {
        Set {
            table: Cell::new(empty_table()),
            mask: Cell::new(MIN_SIZE - 1),
            fill: Cell::new(0),
            used: Cell::new(0),
            hash: Cell::new(-1),
            finger: Cell::new(0),
            mutations: Cell::new(0),
        }
    }

    /// The number of keys.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get()
    }

    /// Whether there is no key.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }

    /// Bytes of the table, as CPython counts them: small tables lie in the object.
    pub fn table_bytes(&self) -> usize {
        if self.mask.get() + 1 > MIN_SIZE { (self.mask.get() + 1) * size_of::<Entry>() } else { 0 }
    }

    #[inline(always)]
    fn slot(&self, i: usize) -> &Entry {
        debug_assert!(i <= self.mask.get());
        // SAFETY: callers pass slot numbers, and do not keep the reference across a change.
        unsafe { &*self.table.get().add(i) }
    }

    #[inline(always)]
    fn write(&self, i: usize, e: Entry) {
        debug_assert!(i <= self.mask.get() && self.table.get() != empty_table());
        // SAFETY: callers pass slot numbers of a table of the set's own.
        unsafe { self.table.get().add(i).write(e) }
    }

    fn changed(&self) {
        self.mutations.set(self.mutations.get().wrapping_add(1));
    }

    #[inline]
    fn search(&self, key: &Value, hash: i64) -> Res<Found> {
        loop {
            if let Some(found) = self.try_search::<false>(key, hash)? {
                return Ok(found);
            }
        }
    }

    /// `None` if the table changed while keys were compared, or, if `QUIET`, if comparing them could run Python code. The
    /// key of a quiet search is a small int or an exact str.
    #[inline(always)]
    fn try_search<const QUIET: bool>(&self, key: &Value, hash: i64) -> Res<Option<Found>> {
        let key_is_str = is_exact_str(key);
        let mut probe = Probe::new(hash, self.mask.get());
        let mut start = probe.at;
        let mut dummy = None;
        loop {
            let e = *self.slot(probe.at);
            if e.key == NULL {
                return Ok(Some(Found::Missing { unused: probe.at, dummy }));
            }
            if e.key == DUMMY {
                dummy = Some(probe.at);
            } else if e.hash == hash {
                if e.key == key.word() {
                    return Ok(Some(Found::At(probe.at)));
                }
                // SAFETY: the set owns its keys.
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
                    return Ok(Some(Found::At(probe.at)));
                }
            }
            probe.step(&mut start);
        }
    }

    /// Moves `*pos` over keys that are in `other` too, as far as the first slot of their search tells. `Some(false)` at a key
    /// that is not there, `Some(true)` at one that needs a search, `None` at the end.
    pub fn skip_shared(&self, pos: &mut usize, other: &Set) -> Option<bool> {
        let mask = other.mask.get();
        while *pos <= self.mask.get() {
            let e = *self.slot(*pos);
            if is_key(e.key) {
                let first = other.slot(Probe::new(e.hash, mask).at);
                if first.key == NULL {
                    return Some(false);
                }
                if first.key != e.key {
                    return Some(true);
                }
            }
            *pos += 1;
        }
        None
    }

    /// Whether a key is there. May run Python code.
    #[inline]
    pub fn contains(&self, key: &Value, hash: i64) -> Res<bool> {
        // Most searches end at the first slot, and need no comparison.
        let first = *self.slot(Probe::new(hash, self.mask.get()).at);
        if first.key == key.word() {
            return Ok(true);
        }
        if first.key == NULL {
            return Ok(false);
        }
        Ok(matches!(self.search(key, hash)?, Found::At(_)))
    }

    /// As [`Self::contains`] for a small int or an exact str, but never runs Python code: `None` if it would have to.
    pub fn contains_quietly(&self, key: &Value, hash: i64) -> Option<bool> {
        let found = self.try_search::<true>(key, hash).ok().flatten()?;
        Some(matches!(found, Found::At(_)))
    }

    /// Whether all keys are in `other` too, without running Python code: `None` if finding out would have to.
    pub fn is_subset_quietly(&self, other: &Set) -> Option<bool> {
        if self.len() > other.len() {
            return Some(false);
        }
        let mut pos = 0;
        loop {
            match self.skip_shared(&mut pos, other) {
                Some(false) => return Some(false),
                None => return Some(true),
                Some(true) => {}
            }
            let e = *self.slot(pos);
            // SAFETY: the set owns its keys, and nothing here changes it.
            let key = unsafe { Value::from_word_ref(&e.key) };
            if key.as_small_int().is_none() && !is_exact_str(key) {
                return None;
            }
            if !other.contains_quietly(key, e.hash)? {
                return Some(false);
            }
            pos += 1;
        }
    }

    /// Adds a key. May run Python code.
    pub fn add(&self, key: Value, hash: i64) -> Res<()> {
        if self.table.get() == empty_table() {
            self.rebuild(MIN_SIZE)?;
        }
        let Found::Missing { unused, dummy } = self.search(&key, hash)? else { return Ok(()) };
        // A comparison may have emptied the set.
        if self.table.get() == empty_table() {
            return self.add(key, hash);
        }
        self.insert(key, hash, unused, dummy)
    }

    /// As [`Self::add`] for a small int or an exact str, but never runs Python code. Whether the key is there now: if not, Python
    /// code would have to run, or there was no memory.
    pub fn add_quietly(&self, key: &Value, hash: i64) -> bool {
        if self.table.get() == empty_table()
            && let Err(e) = self.rebuild(MIN_SIZE)
        {
            exc::clear(e);
            return false;
        }
        match self.try_search::<true>(key, hash) {
            Ok(Some(Found::At(_))) => true,
            Ok(Some(Found::Missing { unused, dummy })) => match self.insert(key.clone(), hash, unused, dummy) {
                Ok(()) => true,
                Err(e) => {
                    exc::clear(e);
                    false
                }
            },
            _ => false,
        }
    }

    /// Puts a key that is not there into a slot that [`Found::Missing`] named.
    fn insert(&self, key: Value, hash: i64, unused: usize, dummy: Option<usize>) -> Res<()> {
        self.changed();
        self.used.set(self.used.get() + 1);
        if let Some(i) = dummy {
            self.write(i, Entry { hash, key: key.into_word() });
            return Ok(());
        }
        self.write(unused, Entry { hash, key: key.into_word() });
        self.fill.set(self.fill.get() + 1);
        if self.fill.get() * 5 < self.mask.get() * 3 {
            return Ok(());
        }
        self.resize(self.grown())
    }

    fn grown(&self) -> usize {
        if self.used.get() > 50000 { self.used.get() * 2 } else { self.used.get() * 4 }
    }

    /// Takes a key out. May run Python code.
    pub fn discard(&self, key: &Value, hash: i64) -> Res<Option<Value>> {
        match self.search(key, hash)? {
            Found::At(i) => Ok(Some(self.take_at(i))),
            Found::Missing { .. } => Ok(None),
        }
    }

    fn take_at(&self, i: usize) -> Value {
        self.changed();
        let key = self.slot(i).key;
        self.write(i, Entry { hash: -1, key: DUMMY });
        self.used.set(self.used.get() - 1);
        // SAFETY: the slot held a key, whose reference passes to the caller.
        unsafe { Value::from_word(key) }
    }

    /// Takes some key out.
    pub fn pop(&self) -> Option<Value> {
        if self.is_empty() {
            return None;
        }
        let mut i = self.finger.get() & self.mask.get();
        while !is_key(self.slot(i).key) {
            i = (i + 1) & self.mask.get();
        }
        self.finger.set(i + 1);
        Some(self.take_at(i))
    }

    /// Makes the set empty and returns what it held, for the caller to drop.
    pub fn take_contents(&self) -> Contents {
        self.changed();
        let contents = Contents { table: self.table.replace(empty_table()), slots: self.mask.replace(MIN_SIZE - 1) + 1 };
        self.fill.set(0);
        self.used.set(0);
        self.hash.set(-1);
        contents
    }

    /// The key at slot `*pos` or later and its hash; `*pos` moves behind it. Begin with 0.
    #[inline]
    pub fn next(&self, pos: &mut usize) -> Option<(Value, i64)> {
        while *pos <= self.mask.get() {
            let e = *self.slot(*pos);
            *pos += 1;
            if is_key(e.key) {
                // SAFETY: the set owns its keys.
                return Some((unsafe { Value::clone_word(e.key) }, e.hash));
            }
        }
        None
    }

    /// A table with more slots than `least`, without dummies.
    fn resize(&self, least: usize) -> Res<()> {
        let mut size = MIN_SIZE;
        while size <= least {
            size = size.checked_mul(2).ok_or_else(exc::memory_error)?;
        }
        let own = self.table.get() != empty_table();
        if size == MIN_SIZE && self.mask.get() == MIN_SIZE - 1 && own && self.fill.get() == self.used.get() {
            return Ok(());
        }
        self.rebuild(size)
    }

    /// Moves the keys to a new table of this many slots.
    fn rebuild(&self, size: usize) -> Res<()> {
        let l = layout(size).ok_or_else(exc::memory_error)?;
        // SAFETY: the layout is not empty; zeroed memory is a table of unused slots.
        let new = unsafe { alloc_zeroed(l) }.cast::<Entry>();
        if new.is_null() {
            return Err(exc::memory_error());
        }
        self.changed();
        for i in 0..=self.mask.get() {
            let e = *self.slot(i);
            if is_key(e.key) {
                // SAFETY: the new table has room for all keys; references move there.
                unsafe { insert_clean(new, size - 1, e) };
            }
        }
        // SAFETY: the old table's references have moved.
        unsafe { free(self.table.get(), self.mask.get() + 1) };
        self.table.set(new);
        self.mask.set(size - 1);
        self.fill.set(self.used.get());
        Ok(())
    }

    /// Makes room before `n` keys are added.
    pub fn make_room(&self, n: usize) -> Res<()> {
        if self.fill.get().saturating_add(n).saturating_mul(5) >= self.mask.get() * 3 {
            return self.resize(self.used.get().saturating_add(n).saturating_mul(2));
        }
        Ok(())
    }

    /// Throws dummies out when they are many, as after removing keys one by one.
    pub fn tidy(&self) -> Res<()> {
        if self.fill.get() - self.used.get() <= self.mask.get() / 4 { Ok(()) } else { self.resize(self.grown()) }
    }

    /// Adds all keys of another set (`set_merge`). May run Python code.
    pub fn merge(&self, other: &Set) -> Res<()> {
        if ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        self.make_room(other.len())?;
        if self.fill.get() == 0 {
            if self.table.get() == empty_table() {
                self.rebuild(MIN_SIZE)?;
            }
            return self.copy_into_empty(other);
        }
        let mut pos = 0;
        while let Some((key, hash)) = other.next(&mut pos) {
            self.add(key, hash)?;
        }
        Ok(())
    }

    /// Fills the table, which is empty, from another. Keys that are there once each need no comparisons.
    fn copy_into_empty(&self, other: &Set) -> Res<()> {
        self.changed();
        let same = self.mask.get() == other.mask.get() && other.fill.get() == other.used.get();
        for i in 0..=other.mask.get() {
            let e = *other.slot(i);
            if is_key(e.key) {
                // SAFETY: there is room for all keys, each of which gets another reference.
                unsafe {
                    incref(e.key);
                    if same { self.write(i, e) } else { insert_clean(self.table.get(), self.mask.get(), e) }
                }
            }
        }
        self.fill.set(other.used.get());
        self.used.set(other.used.get());
        Ok(())
    }

    /// Exchanges the contents of two sets.
    pub fn swap(&self, other: &Set) {
        self.changed();
        other.changed();
        self.table.swap(&other.table);
        self.mask.swap(&other.mask);
        self.fill.swap(&other.fill);
        self.used.swap(&other.used);
        self.hash.set(-1);
        other.hash.set(-1);
    }

    /// Visits all keys.
    pub fn trace_keys(&self, visit: &mut dyn FnMut(Word)) {
        for i in 0..=self.mask.get() {
            let key = self.slot(i).key;
            if is_key(key) {
                visit(key);
            }
        }
    }
}

/// Puts an entry that is not there into a table without dummies.
///
/// # Safety
/// The table has mask + 1 slots, not all of them used.
unsafe fn insert_clean(table: *mut Entry, mask: usize, e: Entry) {
    let mut probe = Probe::new(e.hash, mask);
    let mut start = probe.at;
    // SAFETY: the probe stays inside the table.
    unsafe {
        while (*table.add(probe.at)).key != NULL {
            probe.step(&mut start);
        }
        table.add(probe.at).write(e);
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        drop(self.take_contents());
    }
}
