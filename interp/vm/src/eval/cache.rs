//! Inline caches that do not fit the cache units of their instruction.

/// A cache in a code object's side array, named by an index in the instruction's cache units.
#[derive(Clone, Copy, Default)]
pub struct SideCache {
    /// Up to three words, used as the instruction's specialised form says.
    pub words: [u64; 3],
}
