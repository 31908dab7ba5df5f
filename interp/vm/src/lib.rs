//! The runtime: objects, classes, frames, the evaluation loop, and the built-in types.
//!
//! * [`value`], [`cell`](mod@cell), [`heap`], [`class`]: what a value is, where it lives, what its class says.
//! * [`types`]: one file for each built-in type.
//! * [`protocol`]: the abstract operations (attributes, numbers, iteration, comparison) over all types.
//! * [`call`], [`frame`], [`eval`], [`thread`]: running Python code.
//! * [`exc`]: raising from native code; [`traceback_print`]: showing what nobody caught.

pub mod buffer;
pub mod call;
pub mod cell;
pub mod class;
pub mod eval;
pub mod exc;
pub mod frame;
pub mod global;
pub mod heap;
pub mod protocol;
pub mod thread;
pub mod traceback_print;
pub mod types;
pub mod value;
pub mod vm;
