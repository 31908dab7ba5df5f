//! Compiles every op to stencils for both CPUs; runs while Weft itself is built.
//!
//! For each [`variant`](variants) of an op: Cranelift compiles its definition ([`compile`]), the CPU's post-pass
//! cleans the code ([`x64`], [`a64`]), [`assembly`] lays it out, [`constants`] finds the small constants, and
//! [`table`] puts all stencils into one blob.

mod a64;
mod assembly;
mod compile;
mod constants;
mod table;
mod variants;
mod x64;

pub use table::Table;

/// A CPU that stencils are built for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Arch {
    /// x86-64, baseline.
    X86_64,
    /// aarch64, baseline.
    Aarch64,
}

impl Arch {
    fn triple(self) -> &'static str {
        match self {
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
            Arch::Aarch64 => "aarch64-unknown-linux-gnu",
        }
    }
}
