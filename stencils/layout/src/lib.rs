//! The data layouts that the VM and its machine code share: tagged values and object headers.
//!
//! No dependencies, no allocation, no Python semantics: constants, `repr(C)` types, and the arithmetic on them.

pub mod header;
pub mod tag;
