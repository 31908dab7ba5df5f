//! The runtime: objects, classes, frames, the evaluation loop, and the built-in types.
//!
//! * [`value`], [`cell`](mod@cell), [`heap`], [`class`]: what a value is, where it lives, what its class says.
//! * [`types`]: one file for each built-in type; [`codecs`], [`format`](mod@format), [`unicode`], [`buffer`]: what they share.
//! * [`protocol`]: the abstract operations (attributes, numbers, iteration, comparison) over all types.
//! * [`call`], [`frame`], [`eval`], [`thread`], [`gil`]: running Python code.
//! * [`jit`]: recording traces and running compiled code.
//! * [`exc`]: raising from native code; [`traceback_print`]: showing what nobody caught.

pub mod buffer;
pub mod cache_use;
pub mod call;
pub mod cell;
pub mod class;
pub mod codecs;
pub mod eval;
pub mod exc;
pub mod format;
pub mod frame;
pub mod gil;
pub mod global;
pub mod heap;
pub mod jit;
pub mod protocol;
pub mod stderr;
pub mod thread;
pub mod traceback_print;
pub mod types;
pub mod unicode;
pub mod value;
pub mod vm;
