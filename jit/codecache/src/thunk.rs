//! The thunks: assembly that stands between compiled code and Rust.
//!
//! | thunk | comes from | registers |
//! | --- | --- | --- |
//! | [`enter`] | Rust | saves the callee-saved ones, loads the pinned one; the register file is undefined |
//! | [`leave`] | an exit stub, with the exit's number | stores the register file in the machine frame |
//! | [`slow_path`] | a stencil's cold block | stores the register file, and restores everything |
//! | [`call`] (aarch64) | a stencil | moves arguments and result between the register file and where C has them |
//!
//! Veneers in the code cache jump here, with the function to call in a scratch register (r11, x16).

#[cfg_attr(target_arch = "x86_64", path = "thunk/x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "thunk/aarch64.rs")]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), path = "thunk/unsupported.rs")]
mod cpu;

pub use cpu::*;
