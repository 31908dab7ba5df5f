//! The JIT.

pub mod abort;
pub mod builder;
pub mod helper;
pub mod ir;
pub mod lower;
pub mod opt;
pub mod store;
