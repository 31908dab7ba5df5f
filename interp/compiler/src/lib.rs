//! Python 3.14 source to CPython 3.14 code objects, and marshal in both directions.
//!
//! The stages are CPython's: AST (ruff's parser) → symbol table (`symtable`) → code generation (`codegen`) → flow graph
//! (`flowgraph`) → assembly (`assemble`). Nothing of the runtime is in here: a code object is plain data
//! ([`code::Code`]), which the VM turns into an object of its own.

pub mod assemble;
pub mod ast;
pub mod code;
pub mod error;
pub mod flowgraph;
pub mod future;
pub mod instruction;
pub mod lower;
pub mod marshal;
pub mod opcode;
pub mod preprocess;
pub mod pyc;
pub mod source;
pub mod stack_effect;
pub mod symtable;
