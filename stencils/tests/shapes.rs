//! What stencils look like: one of each form of some ops against `shapes/*.txt`, and rules that all must keep.
//!
//! `WEFT_UPDATE=1 cargo test -p weft-stencils` writes the files anew.

use std::path::Path;
use weft_layout::op::Op;
use weft_layout::stencil::What;
use weft_stencils::describe::{all, show};
use weft_stencils::disassemble::disassemble;
use weft_stencils::{Arch, Table};

/// Each shows another thing that the post-pass does.
const OPS: [Op; 22] = [
    Op::ConstWord,
    Op::Move,
    Op::Spill,
    Op::LoadSlot,
    Op::GuardInt,
    Op::GuardFloat,
    Op::GuardShape,
    Op::GuardIs,
    Op::BoxFloat,
    Op::IntAdd,
    Op::IntMul,
    Op::IntFloorDiv,
    Op::IntShl,
    Op::GuardIntLt,
    Op::GuardFloatNe,
    Op::FloatMul,
    Op::FloatTrunc,
    Op::StoreWord,
    Op::Decref,
    Op::CallValue,
    Op::NewCell,
    Op::GuardBreaker,
];

fn compare(arch: Arch, name: &str) {
    let text: String = OPS.iter().map(|op| show(arch, *op, false) + "\n").collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shapes").join(name);
    if std::env::var_os("WEFT_UPDATE").is_some() {
        std::fs::write(&path, &text).expect("the file can be written");
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = text.lines().zip(known.lines()).find(|(now, then)| now != then);
    assert!(text == known, "{name} differs: {differs:#?}");
}

#[test]
fn x86_64_shapes() {
    compare(Arch::X86_64, "x86_64.txt");
}

#[test]
fn aarch64_shapes() {
    compare(Arch::Aarch64, "aarch64.txt");
}

/// Whether assembly text names a register.
fn names(text: &str, registers: &[&str]) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| registers.contains(&word))
}

#[test]
fn stencils_leave_the_frame_alone() {
    for (arch, stack, frame, pinned) in [(Arch::X86_64, ["rsp", "esp"], "rbp", "r15"), (Arch::Aarch64, ["sp", "wsp"], "x29", "x21")] {
        let table = Table::of(arch);
        for op in Op::ALL {
            for variant in all(*op) {
                let code = table.code(table.stencil(&variant));
                let lines = disassemble(arch, code, 0);
                assert_eq!(lines.iter().map(|l| l.len).sum::<usize>(), code.len());
                for line in lines {
                    let text = &line.text;
                    let place = || format!("{arch:?} {}: {text}", op.name());
                    assert!(!text.contains("bad") && !text.starts_with(".word"), "{}", place());
                    assert!(!names(text, &stack) && !names(text, &["x18", "x30", "push", "pop", "ret"]), "{}", place());
                    // As a first operand they would be written, but for stores.
                    let first = text.split_once(' ').map_or("", |(_, rest)| rest.split(',').next().unwrap_or(""));
                    assert!(!names(first, &[frame]) || first.contains('['), "{}", place());
                    let sets = *op == Op::SetPythonFrame || first.contains('[');
                    assert!(!names(first, &[pinned]) || sets, "{}", place());
                }
            }
        }
    }
}

#[test]
fn ops_that_exit_have_an_exit_hole() {
    for arch in [Arch::X86_64, Arch::Aarch64] {
        let table = Table::of(arch);
        for op in Op::ALL {
            for variant in all(*op) {
                let holes = table.holes(table.stencil(&variant));
                let leaves = holes.iter().any(|h| h.what == What::Exit);
                assert_eq!(leaves, op.info().exits, "{arch:?} {variant:?}");
                let slow = holes.iter().any(|h| h.what == What::Slow);
                assert_eq!(slow, op.info().slow_path, "{arch:?} {variant:?}");
            }
        }
    }
}
