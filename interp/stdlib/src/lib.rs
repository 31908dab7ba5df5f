//! The standard library's native modules.
//!
//! One file or folder each, all of the same shape: a `//!` header, `pub static MODULE`, the function table, then
//! the functions. [`MODULES`] lists them; the import system makes a module from its declaration when it is first imported.

pub mod abc;
mod accounts;
pub mod archive;
pub mod array;
pub mod ast;
pub mod atexit;
pub mod binascii;
pub mod bisect;
mod cint;
pub mod cmath;
pub mod codecs;
pub mod collections;
pub mod csv;
pub mod errno;
mod exception_class;
pub mod fcntl;
mod fspath;
pub mod functools;
pub mod gc;
pub mod grp;
pub mod hashes;
pub mod heapq;
pub mod import;
pub mod inspection;
pub mod io;
pub mod itertools;
pub mod json;
pub mod locale;
pub mod marshal;
pub mod math;
pub mod opcode;
pub mod operator;
#[cfg(any(feature = "poison", debug_assertions))]
pub mod planted;
pub mod posix;
pub mod pwd;
pub mod queue;
pub mod random;
pub mod repl;
pub mod resource;
pub mod run;
pub mod select;
pub mod shutdown;
pub mod signal;
pub mod socket;
pub mod sre;
pub mod startup;
pub mod stat;
pub mod statistics;
pub mod string;
pub mod structure;
pub mod subprocess;
pub mod suggestions;
mod symtable;
pub mod sys;
mod syscall;
pub mod sysconfig;
pub mod termios;
pub mod thread;
pub mod time;
pub mod tokenize;
pub mod tracemalloc;
pub mod types;
pub mod unicodedata;
pub mod warnings;
pub mod zlib;

use weft_vm::class::Type;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::global::Global;
use weft_vm::types::module::ModuleDef;

/// Every native module of this crate.
pub static MODULES: &[&ModuleDef] = &[
    &abc::MODULE,
    &array::MODULE,
    &ast::MODULE,
    &atexit::MODULE,
    &binascii::MODULE,
    &bisect::MODULE,
    &cmath::MODULE,
    &codecs::MODULE,
    &collections::MODULE,
    &csv::MODULE,
    &errno::MODULE,
    &fcntl::MODULE,
    &functools::MODULE,
    &gc::MODULE,
    &grp::MODULE,
    &hashes::blake2::MODULE,
    &hashes::plain::MD5,
    &hashes::plain::SHA1,
    &hashes::plain::SHA2,
    &hashes::sha3::MODULE,
    &heapq::MODULE,
    &import::MODULE,
    &import::archive_module::MODULE,
    &inspection::MODULE,
    &io::MODULE,
    &itertools::MODULE,
    &json::MODULE,
    &locale::MODULE,
    &marshal::MODULE,
    &math::MODULE,
    &opcode::MODULE,
    &operator::MODULE,
    #[cfg(any(feature = "poison", debug_assertions))]
    &planted::MODULE,
    &posix::MODULE,
    &pwd::MODULE,
    &queue::MODULE,
    &random::MODULE,
    &resource::MODULE,
    &select::MODULE,
    &signal::MODULE,
    &socket::MODULE,
    &sre::MODULE,
    &stat::MODULE,
    &statistics::MODULE,
    &string::MODULE,
    &structure::MODULE,
    &subprocess::MODULE,
    &suggestions::MODULE,
    &symtable::MODULE,
    &sysconfig::MODULE,
    &termios::MODULE,
    &thread::MODULE,
    &time::MODULE,
    &tokenize::MODULE,
    &tracemalloc::MODULE,
    &types::MODULE,
    &unicodedata::MODULE,
    &warnings::MODULE,
    &weft_vm::types::context::MODULE,
    &weft_vm::types::typevar::MODULE,
    &weft_vm::types::weakref_module::MODULE,
    &zlib::MODULE,
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
        unsafe { (*self.made.get()).get_or_insert_with(|| build::native_class(self.spec)) }
    }
}
