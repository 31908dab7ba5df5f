//! The text form of lowered traces, for dumps and tests.

use super::{Loc, Lowered};
use std::fmt::Write;
use weft_layout::op::{Bank, Disp, Form, Imm, MachineOp, Output};

/// A location: `r0`, `f0`, `c0`, `slot+8`, `#6`.
pub fn loc(l: Loc) -> String {
    match l {
        Loc::General(n) => format!("r{n}"),
        Loc::Float(n) => format!("f{n}"),
        Loc::Cell(n) => format!("c{n}"),
        Loc::Slot(n) => format!("slot+{n}"),
        Loc::Object => "object".into(),
        Loc::Const(b) => format!("#{}", number(b)),
    }
}

fn number(b: u64) -> String {
    let signed = b as i64;
    if signed.unsigned_abs() < 1 << 20 { signed.to_string() } else { format!("{b:#x}") }
}

/// One op.
pub fn op(m: &MachineOp) -> String {
    let info = m.op.info();
    let register = |bank: Bank, n: u8| {
        if bank == Bank::Float { format!("f{n}") } else { format!("r{n}") }
    };
    let mut s = info.name.to_string();
    if let Output::New(kind) = info.output {
        write!(s, " {} =", register(kind.bank(), m.result)).unwrap();
    }
    let folded = m.form != Form::Reg;
    let mut list: Vec<String> = Vec::new();
    if !info.fixed {
        let n = info.operands.len() - folded as usize;
        list.extend((0..n).map(|i| register(info.operands[i].bank(), m.operands[i])));
    }
    match info.imm {
        _ if folded => list.push(format!("#{}", number(m.imm))),
        Imm::No => {}
        Imm::Label => list.push(format!("L{}", m.imm)),
        _ => list.push(format!("#{}", number(m.imm))),
    }
    match info.disp {
        Disp::No => {}
        Disp::Cell => list.push(format!("c{}", m.disp)),
        _ => list.push(format!("+{}", m.disp)),
    }
    if !list.is_empty() {
        write!(s, " {}", list.join(", ")).unwrap();
    }
    if info.exits {
        write!(s, " !{}", m.exit).unwrap();
    }
    s
}

/// A whole trace, with its exits.
pub fn print(l: &Lowered) -> String {
    let mut s = String::new();
    for (i, m) in l.ops.iter().enumerate() {
        if m.op == weft_layout::op::Op::Label {
            writeln!(s, "L{i}:").unwrap();
        } else {
            writeln!(s, "  {}", op(m)).unwrap();
        }
    }
    if let Some(super::EntryLabel { at, values }) = &l.entry {
        let values: Vec<String> = values.iter().map(|(r, ty, l)| format!("{r:?}.{} {}", ty.letter(), loc(*l))).collect();
        writeln!(s, "entry L{at}: {}", values.join(", ")).unwrap();
    }
    for (i, site) in l.sites.iter().enumerate() {
        let locs: Vec<String> = site.locs.iter().map(|&l| loc(l)).collect();
        writeln!(s, "exit {i} s{} at v{}: {}", site.snap.0, site.inst, locs.join(", ")).unwrap();
    }
    s
}
