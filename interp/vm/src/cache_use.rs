//! How much of a cache that is a static table is in use.
//!
//! Entries lie all over a table, so that the first few hundred touch every page of it, and each touch costs the system more than all lookups of a
//! short program. So the cache begins with the first entries of its table, and has all of them once it has missed so often that it needs them.

use std::cell::Cell;

/// Says which entries of a table may be used.
pub struct CacheUse {
    mask: Cell<usize>,
    misses: Cell<usize>,
}

/// Entries in use at the beginning.
const FIRST: usize = 512;

/// So many misses say that a program is not a short one.
const ENOUGH: usize = 4 * FIRST;

impl CacheUse {
    /// The state at the beginning.
    pub const fn new() -> CacheUse {
        CacheUse { mask: Cell::new(FIRST - 1), misses: Cell::new(0) }
    }

    /// What to combine a hash with, to get an index.
    #[inline(always)]
    pub fn mask(&self) -> usize {
        self.mask.get()
    }

    /// Notes that an entry was not there, in a table of `size` entries, a power of two.
    #[inline(always)]
    pub fn missed(&self, size: usize) {
        let n = self.misses.get() + 1;
        self.misses.set(n);
        if n == ENOUGH {
            self.mask.set(size - 1);
        }
    }
}
