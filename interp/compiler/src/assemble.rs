//! From a unit to a code object: the flow graph's passes, then the bytes (CPython's Python/assemble.c).

mod exception_table;
mod jumps;
mod location_table;

use crate::code::Code;
use crate::error::CompileError;
use crate::flowgraph::{self, LinearInstr};
use crate::instruction::Unit;
use crate::opcode::{OPCODES, op};
use crate::text::Text;

/// Makes the code object of a unit.
pub fn assemble(mut unit: Unit) -> Result<Code, CompileError> {
    let lowered = flowgraph::lower(&mut unit)?;
    let mut instrs = lowered.instrs;
    jumps::resolve(&mut instrs)?;
    let mut code = Vec::with_capacity(2 * instrs.iter().map(size).sum::<usize>());
    for instr in &instrs {
        write_instr(&mut code, instr);
    }
    Ok(Code {
        argcount: unit.argcount,
        posonlyargcount: unit.posonlyargcount,
        kwonlyargcount: unit.kwonlyargcount,
        stacksize: lowered.stacksize,
        flags: unit.flags,
        code,
        linetable: location_table::write(&mut instrs, unit.firstlineno),
        exceptiontable: exception_table::write(&instrs)?,
        consts: unit.consts.into_values(),
        names: unit.names.into_names().into_iter().map(Text::from).collect(),
        localsplusnames: lowered.layout.names,
        localspluskinds: lowered.layout.kinds,
        filename: unit.filename,
        name: unit.name,
        qualname: unit.qualname,
        firstlineno: unit.firstlineno,
    })
}

/// The cache units of each opcode, close together.
static CACHES: [u8; 256] = {
    let mut caches = [0; 256];
    let mut opcode = 0;
    while opcode < 256 {
        caches[opcode] = OPCODES[opcode].caches;
        opcode += 1;
    }
    caches
};

/// How many code units an instruction takes, EXTENDED_ARGs and caches included.
#[inline]
fn size(instr: &LinearInstr) -> usize {
    let caches = CACHES.get(instr.opcode as usize).copied().unwrap_or(0);
    let extended = usize::from(instr.arg > 0xff) + usize::from(instr.arg > 0xffff) + usize::from(instr.arg > 0xff_ffff);
    extended + 1 + usize::from(caches)
}

fn write_instr(code: &mut Vec<u8>, instr: &LinearInstr) {
    let [high, mid, low, arg] = instr.arg.to_be_bytes();
    if instr.arg > 0xff_ffff {
        code.extend([op::EXTENDED_ARG, high]);
    }
    if instr.arg > 0xffff {
        code.extend([op::EXTENDED_ARG, mid]);
    }
    if instr.arg > 0xff {
        code.extend([op::EXTENDED_ARG, low]);
    }
    // `jumps::resolve` has left no pseudo-instruction.
    code.extend([instr.opcode as u8, arg]);
    let caches = CACHES[instr.opcode as u8 as usize];
    code.resize(code.len() + 2 * usize::from(caches), 0);
}
