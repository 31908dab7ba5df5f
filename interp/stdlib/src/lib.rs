//! The standard library's native modules.
//!
//! One file or folder each, all of the same shape: a `//!` header, `pub static MODULE`, the function table, then
//! the functions. [`MODULES`] lists them; the import system makes a module from its declaration when it is first imported.

pub mod abc;
pub mod archive;
pub mod array;
pub mod bisect;
pub mod cmath;
mod fspath;
pub mod heapq;
pub mod import;
pub mod io;
pub mod codecs;
pub mod collections;
pub mod functools;
pub mod itertools;
pub mod marshal;
pub mod math;
pub mod operator;
pub mod random;
pub mod startup;
pub mod stat;
pub mod statistics;
pub mod string;
pub mod structure;
pub mod sys;
mod syscall;
pub mod types;
pub mod warnings;

use weft_vm::class::Type;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::global::Global;
use weft_vm::types::module::ModuleDef;

/// Every native module of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &abc::MODULE,
    &array::MODULE,
    &bisect::MODULE,
    &cmath::MODULE,
    &codecs::MODULE,
    &collections::MODULE,
    &functools::MODULE,
    &heapq::MODULE,
    &io::MODULE,
    &import::MODULE,
    &import::archive_module::MODULE,
    &itertools::MODULE,
    &marshal::MODULE,
    &math::MODULE,
    &operator::MODULE,
    &random::MODULE,
    &stat::MODULE,
    &statistics::MODULE,
    &string::MODULE,
    &structure::MODULE,
    &types::MODULE,
    &warnings::MODULE,
    &weft_vm::types::context::MODULE,
    &weft_vm::types::typevar::MODULE,
    &weft_vm::types::weakref_module::MODULE,
];

/// Every native module.
pub fn modules() -> impl Iterator<Item = &'static ModuleDef> {
    MODULES.iter().copied()
}

/// A native class of a module, made when it is first asked for.
pub(crate) struct LazyClass {
    spec: &'static TypeSpec,
    made: Global<Option<&'static Type>>,
}

impl LazyClass {
    /// The class that `spec` declares.
    pub const fn new(spec: &'static TypeSpec) -> LazyClass {
        LazyClass { spec, made: Global::new(None) }
    }

    /// The class.
    pub fn get(&self) -> &'static Type {
        // SAFETY: the GIL is held, and making a native class runs no Python.
        unsafe { *(*self.made.get()).get_or_insert_with(|| build::native_class(self.spec)) }
    }
}
