//! Where compiled code lives.
//!
//! [`CodeCache`] owns the executable memory. [`CodeCache::stitch`] makes a trace of [`weft_layout::op::MachineOp`]s by
//! copying their stencils and patching their holes; [`CodeCache::enter`] runs one. Thunks ([`thunk`]) save and
//! restore registers on the way in, out, and to the runtime's slow paths.
//!
//! Nothing here knows of IR, snapshots or Python: an exit is a number.
//!
//! # Memory
//! The same pages are mapped twice ([`platform`]), writable in one place, executable in the other, so nothing is ever
//! both. Addresses in code are relative, so the cache is at most 128 MB: what aarch64's branches reach. A forked process
//! would share the pages with its parent, so it gets a copy ([`CodeCache::copy`], [`CodeCache::adopt`]).

mod allocator;
mod cache;
mod error;
mod platform;
mod stitch;
mod thunk;
pub mod unwind;
mod veneer;

pub use cache::{CodeCache, Config, Runtime};
pub use error::Error;
pub use platform::{Copy as CodeCopy, see_published};
pub use stitch::{OpCode, Trace};
