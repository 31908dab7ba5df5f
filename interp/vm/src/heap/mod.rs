//! The heap: paged allocator, shapes, the cycle collector, and what happens when a reference count reaches zero.

#[cfg(debug_assertions)]
pub mod audit;
pub mod collect;
pub mod page;
pub mod release;
pub mod shape;
pub mod weak;

pub use release::release;
