//! What compiled code knows of the allocator's pages: how to take the first free cell of one.

/// Byte offset, in a page, of the pointer to its first free cell; NULL if there is none.
pub const FREE_OFFSET: usize = 0;
/// Byte offset, in a page, of the number of its cells in use, 32 bits.
pub const USED_OFFSET: usize = 20;
/// Byte offset, in a free cell, of the pointer to the next one of its page.
pub const NEXT_OFFSET: usize = 8;
