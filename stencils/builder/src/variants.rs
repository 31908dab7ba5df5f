//! The variants of each op: its forms, and its registers.

use weft_layout::op::{Bank, FLOAT_REGISTERS, Fold, Form, GENERAL_REGISTERS, Kind, OpInfo};

/// All forms, and whether for small constants only, in the order of the table's directories.
pub const FORMS: [(Form, bool); weft_layout::stencil::FORMS] =
    [(Form::Reg, false), (Form::Imm32, false), (Form::Imm64, false), (Form::Imm32, true)];

/// Whether the op has the form.
pub fn has_form(info: &OpInfo, form: Form) -> bool {
    match form {
        Form::Reg => true,
        Form::Imm32 => info.fold != Fold::No,
        Form::Imm64 => info.fold == Fold::I64,
    }
}

/// How many registers the result and the operands each choose from; 1 where there is no choice.
pub fn choices(info: &OpInfo, form: Form) -> [usize; 4] {
    let mut choices = [1; 4];
    if let (Some(kind), false) = (info.result(), info.fixed) {
        choices[0] = registers(kind);
    }
    let in_registers = info.operands.len() - (form != Form::Reg) as usize;
    for (choice, kind) in choices[1..].iter_mut().zip(&info.operands[..in_registers]) {
        *choice = registers(*kind);
    }
    choices
}

fn registers(kind: Kind) -> usize {
    match kind.bank() {
        Bank::General => GENERAL_REGISTERS,
        Bank::Float => FLOAT_REGISTERS,
    }
}
