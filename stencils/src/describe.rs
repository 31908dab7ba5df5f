//! Stencils in words: what the `stencils` command prints.

use crate::disassemble::disassemble;
use crate::{Arch, Table};
use std::fmt::Write;
use weft_layout::machine_frame::SlowPath;
use weft_layout::op::{Bank, FLOAT_REGISTERS, Fold, Form, GENERAL_REGISTERS, Kind, MachineOp, Op};
use weft_layout::stencil::{Hole, What};

/// All forms of an op's last operand, with a constant for it: small ones have stencils of their own.
const FORMS: [(Form, u64, &str); 4] =
    [(Form::Reg, 0, "reg"), (Form::Imm32, 1 << 30, "imm32"), (Form::Imm32, 0, "imm7"), (Form::Imm64, 0, "imm64")];

/// Every stencil of the op, as a machine op that takes it.
pub fn all(op: Op) -> Vec<MachineOp> {
    forms(op).flat_map(|(form, imm, _)| variants(op, form, imm)).collect()
}

/// The forms that the op has.
fn forms(op: Op) -> impl Iterator<Item = (Form, u64, &'static str)> {
    FORMS.into_iter().filter(move |(form, imm, _)| match (form, op.info().fold) {
        (Form::Reg, _) => true,
        (_, Fold::No) => false,
        (Form::Imm32, Fold::Count) => *imm == 0,
        (Form::Imm32, _) => true,
        (Form::Imm64, fold) => fold == Fold::I64,
    })
}

/// One line for each op: operands, result, effect, number of stencils, bytes of the first (hot and cold).
pub fn list(arch: Arch) -> String {
    let table = Table::of(arch);
    let mut out = format!("{arch:?}: {} stencils\n", table.len());
    for op in Op::ALL {
        let info = op.info();
        let all = all(*op);
        let count = all.len();
        let stencil = table.stencil(&all[0]);
        let operands: Vec<String> = info.operands.iter().map(|k| format!("{k:?}")).collect();
        let result = info.result().map(|k| format!("{k:?}")).unwrap_or_default();
        let size = format!("{}+{}", stencil.hot, stencil.cold);
        let effect = format!("{:?}", info.effect);
        let name = info.name;
        let _ = writeln!(out, "{name:22} {:5} {result:1} {effect:8} {count:5} {size:>7}  {}", operands.join(" "), info.doc);
    }
    out
}

/// The op's stencils, with bytes, disassembly and holes: one in each form, or `all`.
pub fn show(arch: Arch, op: Op, all: bool) -> String {
    let table = Table::of(arch);
    let mut out = format!("{}: {}\n", op.name(), op.info().doc);
    for (form, imm, name) in forms(op) {
        let variants = variants(op, form, imm);
        let chosen = telling(op, form, imm);
        let _ = writeln!(out, "\n{name}: {} stencils", variants.len());
        for variant in variants.iter().filter(|v| all || **v == chosen) {
            show_one(&mut out, arch, &table, variant, name);
        }
    }
    out
}

/// The op in one form, with every choice of registers.
fn variants(op: Op, form: Form, imm: u64) -> Vec<MachineOp> {
    let info = op.info();
    let results = if info.fixed { 1 } else { info.result().map_or(1, registers) };
    let mut choices = [1; 3];
    let in_registers = info.operands.len() - (form != Form::Reg) as usize;
    for (choice, kind) in choices.iter_mut().zip(&info.operands[..in_registers]) {
        *choice = registers(*kind);
    }
    let mut out = vec![];
    for result in 0..results {
        for a in 0..choices[0] {
            for b in 0..choices[1] {
                for c in 0..choices[2] {
                    out.push(MachineOp { op, form, result, operands: [a, b, c], disp: 0, exit: 0, imm });
                }
            }
        }
    }
    out
}

/// The op with registers that are told apart: operands in the first of their bank, the result in the next.
fn telling(op: Op, form: Form, imm: u64) -> MachineOp {
    let info = op.info();
    let mut used = [0, 0];
    let mut take = |kind: Kind| {
        let next = &mut used[(kind.bank() == Bank::Float) as usize];
        *next += 1;
        *next - 1
    };
    let mut operands = [0; 3];
    let in_registers = info.operands.len() - (form != Form::Reg) as usize;
    for (operand, kind) in operands.iter_mut().zip(&info.operands[..in_registers]) {
        *operand = take(*kind);
    }
    let result = if info.fixed { 0 } else { info.result().map_or(0, take) };
    MachineOp { op, form, result, operands, disp: 0, exit: 0, imm }
}

fn registers(kind: Kind) -> u8 {
    match kind.bank() {
        Bank::General => GENERAL_REGISTERS as u8,
        Bank::Float => FLOAT_REGISTERS as u8,
    }
}

fn register(arch: Arch, kind: Kind, number: u8) -> String {
    match kind.bank() {
        Bank::General => arch.general()[number as usize].to_string(),
        Bank::Float => format!("{}{number}", arch.float_prefix()),
    }
}

fn show_one(out: &mut String, arch: Arch, table: &Table, variant: &MachineOp, form: &str) {
    let info = variant.op.info();
    let in_registers = info.operands.len() - (variant.form != Form::Reg) as usize;
    let mut operands: Vec<String> = (0..in_registers).map(|i| register(arch, info.operands[i], variant.operands[i])).collect();
    if variant.form != Form::Reg {
        operands.push(form.to_string());
    }
    let result = info.result().map(|kind| format!("{} = ", register(arch, kind, variant.result)));
    let _ = writeln!(out, "{}{} {}", result.unwrap_or_default(), info.name, operands.join(", "));
    let stencil = table.stencil(variant);
    let (hot, cold) = table.code(stencil).split_at(stencil.hot as usize);
    let (hot_holes, cold_holes) = table.holes(stencil).split_at(stencil.hot_holes as usize);
    show_part(out, arch, hot, hot_holes);
    if !cold.is_empty() {
        out.push_str("  cold:\n");
        show_part(out, arch, cold, cold_holes);
    }
}

fn show_part(out: &mut String, arch: Arch, code: &[u8], holes: &[Hole]) {
    for line in disassemble(arch, code, 0) {
        let bytes: String = code[line.at..line.at + line.len].iter().map(|b| format!("{b:02x}")).collect();
        let inside = holes.iter().filter(|h| (line.at..line.at + line.len).contains(&(h.at as usize)));
        let holes: String = inside.map(describe).collect();
        let text = format!("  {:4x}  {bytes:22} {:36} {holes}", line.at, line.text);
        let _ = writeln!(out, "{}", text.trim_end());
    }
}

fn describe(hole: &Hole) -> String {
    let what = match hole.what {
        What::Hot | What::Cold => format!("{:?} + {:#x}", hole.what, hole.detail),
        What::Slow => format!("{:?}", SlowPath::ALL[hole.detail as usize]),
        what => format!("{what:?}"),
    };
    format!("; {} ({:?}) ", what.to_lowercase(), hole.how)
}
