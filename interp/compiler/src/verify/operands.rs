//! Each instruction for itself: is the opcode one a code object may contain, and does its operand make sense?

use super::{Fault, fault, free_variables, is_generator};
use crate::code::{Code, local_kind};
use crate::decode::Decoded;
use crate::opcode::{OPCODES, flag, op};

/// Operands are limited by the number of code units an argument list can take, long before 2^30.
const MAX_ARG: u32 = 1 << 30;

/// Checks one instruction.
pub fn check(code: &Code, instr: &Decoded) -> Result<(), Fault> {
    let Decoded { opcode, arg, .. } = *instr;
    let info = &OPCODES[opcode as usize];
    let internal = matches!(opcode, op::CACHE | op::RESERVED | op::INTERPRETER_EXIT | op::EXIT_INIT_CHECK | op::ENTER_EXECUTOR);
    if internal || info.name.is_empty() || info.base != opcode || info.name.starts_with("INSTRUMENTED") {
        return fault(instr.at, format!("opcode {opcode} is not allowed"));
    }
    if instr.at - instr.start > 3 || arg >= MAX_ARG {
        return fault(instr.start, "too many EXTENDED_ARGs");
    }
    if code.code[2 * (instr.at + 1)..2 * instr.end].iter().any(|&b| b != 0) {
        return fault(instr.at, "an inline cache is not empty");
    }
    let index = arg as usize;
    let locals = code.localsplusnames.len();
    let valid = match opcode {
        op::LOAD_CONST => index < code.consts.len(),
        op::LOAD_ATTR | op::LOAD_GLOBAL => index >> 1 < code.names.len(),
        op::LOAD_SUPER_ATTR => index >> 2 < code.names.len(),
        _ if info.flags & flag::NAME != 0 => index < code.names.len(),
        op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW | op::STORE_FAST_LOAD_FAST | op::STORE_FAST_STORE_FAST => {
            index < 256 && index >> 4 < locals && index & 15 < locals
        }
        // A class body makes cells for an inlined comprehension in hidden locals, whatever their kind.
        _ if info.flags & flag::FREE != 0 && opcode != op::MAKE_CELL => {
            let cell = local_kind::CELL | local_kind::FREE;
            matches!(code.localspluskinds.get(index), Some(kind) if kind & cell != 0)
        }
        op::MAKE_CELL => index < locals,
        _ if info.flags & flag::LOCAL != 0 => index < locals,
        op::COPY_FREE_VARS => index == free_variables(code),
        op::YIELD_VALUE => is_generator(code) && arg < 2,
        op::LOAD_SMALL_INT => arg < 256,
        op::LOAD_COMMON_CONSTANT => arg < 5,
        op::LOAD_SPECIAL => arg < 4,
        op::BINARY_OP => arg < 27,
        op::COMPARE_OP => arg >> 5 < 6,
        op::CONTAINS_OP | op::IS_OP => arg < 2,
        op::CONVERT_VALUE => (1..=3).contains(&arg),
        op::CALL_INTRINSIC_1 => (1..=11).contains(&arg),
        op::CALL_INTRINSIC_2 => (1..=5).contains(&arg),
        op::BUILD_INTERPOLATION => arg >> 2 < 4,
        op::BUILD_SLICE => arg == 2 || arg == 3,
        op::RAISE_VARARGS | op::GET_AWAITABLE | op::RERAISE => arg < 3,
        op::SET_FUNCTION_ATTRIBUTE => matches!(arg, 1 | 2 | 4 | 8 | 16),
        op::RESUME => arg < 8,
        op::COPY | op::LIST_APPEND | op::LIST_EXTEND | op::SET_ADD | op::SET_UPDATE | op::MAP_ADD | op::DICT_UPDATE | op::DICT_MERGE => {
            arg >= 1
        }
        op::SWAP => arg >= 2,
        _ => true,
    };
    if valid { Ok(()) } else { fault(instr.at, format!("{} cannot have operand {arg}", info.name)) }
}
