//! What the VM and its machine code share: tagged values, object headers, the machine frame, the table
//! of ops and the format of stencils.
//!
//! No dependencies, no allocation, no Python semantics: constants, `repr(C)` types, and the arithmetic on them.

pub mod header;
pub mod machine_frame;
pub mod op;
pub mod page;
pub mod stencil;
pub mod tag;
