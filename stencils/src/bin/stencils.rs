//! Shows stencils: `stencils list` and `stencils show OP`.

use std::process::ExitCode;
use weft_layout::op::{Bank, Form, Kind, MachineOp, Op, OpInfo};
use weft_layout::stencil::{Hole, What};
use weft_stencils::disassemble::disassemble;
use weft_stencils::{Arch, Table};

const USAGE: &str = "\
usage: stencils list [--arch x86_64|aarch64]
       stencils show OP [--arch x86_64|aarch64] [--all]

list  every op: operands, result, effect, number of stencils, bytes of the first
show  the op's first stencil in each form (--all: all of them), with bytes, disassembly and holes";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let all = words
        .iter()
        .position(|w| w == "--all")
        .map(|i| words.remove(i))
        .is_some();
    let mut arch = Arch::HOST.unwrap_or(Arch::X86_64);
    if let Some(i) = words.iter().position(|w| w == "--arch") {
        words.remove(i);
        arch = match words.get(i).map(String::as_str) {
            Some("x86_64") => Arch::X86_64,
            Some("aarch64") => Arch::Aarch64,
            _ => return usage(),
        };
        words.remove(i);
    }
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => list(arch),
        ["show", name] => match Op::from_name(name) {
            Some(op) => show(arch, op, all),
            None => {
                eprintln!("stencils: there is no op {name:?}; see `stencils list`");
                return ExitCode::FAILURE;
            }
        },
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

const FORMS: [Form; 3] = [Form::Reg, Form::Imm32, Form::Imm64];

fn list(arch: Arch) {
    let table = Table::of(arch);
    println!("{arch:?}: {} stencils", table.len());
    for op in Op::ALL {
        let info = op.info();
        let forms = FORMS.iter().filter(|form| table.has(*op, **form));
        let count: usize = forms.map(|form| variants(info, *op, *form).len()).sum();
        let stencil = table.stencil(&variants(info, *op, Form::Reg)[0]);
        let operands: Vec<String> = info.operands.iter().map(|k| format!("{k:?}")).collect();
        let result = info.result().map(|k| format!("{k:?}")).unwrap_or_default();
        println!(
            "{:22} {:6} {:2} {:9} {:5} {:3}+{:<3} {}",
            op.name(),
            operands.join(" "),
            result,
            format!("{:?}", info.effect),
            count,
            stencil.hot,
            stencil.cold,
            info.doc
        );
    }
}

/// The op in one form, with every choice of registers.
fn variants(info: &OpInfo, op: Op, form: Form) -> Vec<MachineOp> {
    let results = if info.fixed {
        1
    } else {
        info.result().map_or(1, registers)
    };
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
                    out.push(MachineOp {
                        op,
                        form,
                        result,
                        operands: [a, b, c],
                        disp: 0,
                        exit: 0,
                        imm: 0,
                    });
                }
            }
        }
    }
    out
}

fn registers(kind: Kind) -> u8 {
    match kind.bank() {
        Bank::General => weft_layout::op::GENERAL_REGISTERS as u8,
        Bank::Float => weft_layout::op::FLOAT_REGISTERS as u8,
    }
}

fn show(arch: Arch, op: Op, all: bool) {
    let table = Table::of(arch);
    let info = op.info();
    println!("{}: {}", op.name(), info.doc);
    for form in FORMS.into_iter().filter(|form| table.has(op, *form)) {
        let variants = variants(info, op, form);
        // Registers that differ say more than the first variant, where all are the same.
        let told_apart = |v: &&MachineOp| {
            v.operands
                .iter()
                .zip([0, 1, 2])
                .all(|(r, i)| *r == i || *r == 0)
        };
        let distinct = variants
            .iter()
            .rfind(|v| told_apart(v) && v.result as usize <= info.operands.len());
        let chosen = distinct.unwrap_or(&variants[0]);
        for variant in variants.iter().filter(|v| all || *v == chosen) {
            show_one(arch, &table, variant);
        }
        println!("{form:?}: {} stencils", variants.len());
    }
}

fn register(arch: Arch, kind: Kind, number: u8) -> String {
    match kind.bank() {
        Bank::General => arch.general()[number as usize].to_string(),
        Bank::Float => format!("{}{number}", arch.float_prefix()),
    }
}

fn show_one(arch: Arch, table: &Table, variant: &MachineOp) {
    let info = variant.op.info();
    let in_registers = info.operands.len() - (variant.form != Form::Reg) as usize;
    let mut operands: Vec<String> = (0..in_registers)
        .map(|i| register(arch, info.operands[i], variant.operands[i]))
        .collect();
    if variant.form != Form::Reg {
        operands.push(format!("{:?}", variant.form).to_lowercase());
    }
    let result = info
        .result()
        .map(|kind| format!("{} = ", register(arch, kind, variant.result)));
    println!(
        "\n{}{} {}",
        result.unwrap_or_default(),
        info.name,
        operands.join(", ")
    );
    let stencil = table.stencil(variant);
    let (hot, cold) = table.code(stencil).split_at(stencil.hot as usize);
    let (hot_holes, cold_holes) = table.holes(stencil).split_at(stencil.hot_holes as usize);
    show_part(arch, hot, hot_holes);
    if !cold.is_empty() {
        println!("  cold:");
        show_part(arch, cold, cold_holes);
    }
}

fn show_part(arch: Arch, code: &[u8], holes: &[Hole]) {
    for line in disassemble(arch, code, 0) {
        let bytes: Vec<String> = code[line.at..line.at + line.len]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let inside = holes
            .iter()
            .filter(|h| (line.at..line.at + line.len).contains(&(h.at as usize)));
        let holes: Vec<String> = inside.map(describe).collect();
        println!(
            "  {:4x}  {:31} {:38} {}",
            line.at,
            bytes.join(" "),
            line.text,
            holes.join("; ")
        );
    }
}

fn describe(hole: &Hole) -> String {
    let what = match hole.what {
        What::Hot | What::Cold => format!("{:?}+{:#x}", hole.what, hole.detail),
        What::Slow => format!(
            "{:?}",
            weft_layout::machine_frame::SlowPath::ALL[hole.detail as usize]
        ),
        what => format!("{what:?}"),
    };
    format!("; {} as {:?}", what.to_lowercase(), hole.how)
}
