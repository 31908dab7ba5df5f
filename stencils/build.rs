//! Builds the stencil tables of both CPUs, side by side.

use std::path::Path;
use weft_stencil_builder::{Arch, Table};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR");
    let write = |arch, name| {
        let path = Path::new(&out).join(name);
        std::fs::write(path, Table::build(arch).to_bytes()).expect("OUT_DIR can be written to");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| write(Arch::X86_64, "x86_64.stencils"));
        scope.spawn(|| write(Arch::Aarch64, "aarch64.stencils"));
    });
}
