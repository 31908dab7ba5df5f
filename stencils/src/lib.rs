//! The stencils: machine code for every op in every choice of registers, for both CPUs, made when Weft is built.
//!
//! This crate is tables and how to look things up in them; it patches and runs nothing. [`disassemble`] shows what
//! machine code says, for dumps.

pub mod describe;
pub mod disassemble;
mod table;

pub use table::{Arch, Table};
