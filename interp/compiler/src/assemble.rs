//! From a unit to a code object: the flow graph's passes, then the bytes (CPython's Python/assemble.c).

mod exception_table;
mod location_table;
mod place;

use crate::code::Code;
use crate::error::CompileError;
use crate::flowgraph::{self, Cfg, Instr};
use crate::instruction::Unit;
use crate::opcode::{OPCODES, op};
use crate::text::Text;
use exception_table::ExceptionTable;
use location_table::LocationTable;
use place::Places;

/// Makes the code object of a unit.
pub fn assemble(mut unit: Unit) -> Result<Code, CompileError> {
    let mut lowered = flowgraph::lower(&mut unit)?;
    location_table::resolve_next(&mut lowered.cfg);
    let places = place::place(&mut lowered.cfg)?;
    let tables = write(&lowered.cfg, &places, unit.firstlineno)?;
    Ok(Code {
        argcount: unit.argcount,
        posonlyargcount: unit.posonlyargcount,
        kwonlyargcount: unit.kwonlyargcount,
        stacksize: lowered.stacksize,
        flags: unit.flags,
        code: tables.code,
        linetable: tables.locations,
        exceptiontable: tables.exceptions,
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

/// What the instructions become.
struct Tables {
    code: Vec<u8>,
    locations: Vec<u8>,
    exceptions: Vec<u8>,
}

/// Writes the instructions, which have their final operands, and what is said of them.
fn write(cfg: &Cfg, places: &Places, firstlineno: i32) -> Result<Tables, CompileError> {
    let mut code = Vec::with_capacity(2 * places.units());
    let mut locations = LocationTable::new(firstlineno, places.instructions());
    let mut exceptions = ExceptionTable::new(cfg, places);
    let mut at = 0;
    for block in places.blocks() {
        for instr in &cfg[block].instrs {
            let size = size(instr);
            write_instr(&mut code, instr);
            locations.add(instr.loc, size);
            if cfg.protects {
                exceptions.add(instr.except, at)?;
            }
            at += size;
        }
    }
    Ok(Tables { code, locations: locations.finish(), exceptions: exceptions.finish(at)? })
}

/// The cache units of each opcode, close together; pseudo-instructions have none.
static CACHES: [u8; 512] = {
    let mut caches = [0; 512];
    let mut opcode = 0;
    while opcode < 256 {
        caches[opcode] = OPCODES[opcode].caches;
        opcode += 1;
    }
    caches
};

/// How many code units an instruction takes, EXTENDED_ARGs and caches included.
#[inline]
fn size(instr: &Instr) -> usize {
    let caches = CACHES[instr.opcode as usize & 511];
    let extended = if instr.arg <= 0xff { 0 } else { 1 + usize::from(instr.arg > 0xffff) + usize::from(instr.arg > 0xff_ffff) };
    extended + 1 + usize::from(caches)
}

#[inline]
fn write_instr(code: &mut Vec<u8>, instr: &Instr) {
    let [high, mid, low, arg] = instr.arg.to_be_bytes();
    if instr.arg > 0xff {
        if instr.arg > 0xff_ffff {
            code.extend([op::EXTENDED_ARG, high]);
        }
        if instr.arg > 0xffff {
            code.extend([op::EXTENDED_ARG, mid]);
        }
        code.extend([op::EXTENDED_ARG, low]);
    }
    // `place` has left no pseudo-instruction.
    code.extend([instr.opcode as u8, arg]);
    let caches = CACHES[instr.opcode as usize & 511];
    if caches != 0 {
        code.resize(code.len() + 2 * usize::from(caches), 0);
    }
}
