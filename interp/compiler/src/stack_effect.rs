//! What each opcode does to the value stack.
//!
//! The figures are those of CPython 3.14's Python/bytecodes.c (generated there into pycore_opcode_metadata.h).
//! `popped` counts every operand the instruction looks at, also those it leaves in place: COPY 3 pops three and pushes four.

use crate::opcode::{OPCODES, PSEUDO, flag, op, pseudo};

/// Operands an instruction takes and results it leaves, in stack slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Slots taken from the top of the stack.
    pub popped: u32,
    /// Slots put there instead.
    pub pushed: u32,
}

const fn effect(popped: u32, pushed: u32) -> Option<Effect> {
    Some(Effect { popped, pushed })
}

/// The effect of a base opcode or pseudo-instruction; none for specialised, instrumented and unknown opcodes, and for operands
/// that make no sense (COPY 0, SWAP 0 and 1).
///
/// Block set-ups have their effect only on the edge to the handler; see [`stack_effect`].
#[inline]
pub fn effect_of(opcode: u16, arg: u32) -> Option<Effect> {
    match FIXED[opcode as usize & 511] {
        (VARIES, _) => effect_by_operand(opcode as u8, arg),
        (NONE, _) => None,
        (popped, pushed) => effect(popped.into(), pushed.into()),
    }
}

/// The effects that do not depend on the operand.
static FIXED: [(u8, u8); 512] = {
    let mut table = [(NONE, 0); 512];
    let mut opcode = 0;
    while opcode < 512 {
        if let Some(Effect { popped, pushed }) = if opcode < 256 { fixed_effect(opcode as u8) } else { effect_of_pseudo(opcode) } {
            table[opcode as usize] = (popped as u8, pushed as u8);
        } else if opcode < 256 {
            table[opcode as usize] = (VARIES, 0);
        }
        opcode += 1;
    }
    table
};

/// In [`FIXED`]: the operand tells.
const VARIES: u8 = 0xff;
/// In [`FIXED`]: there is no such pseudo-instruction.
const NONE: u8 = 0xfe;

const fn effect_of_pseudo(opcode: u16) -> Option<Effect> {
    match opcode {
        pseudo::ANNOTATIONS_PLACEHOLDER | pseudo::JUMP | pseudo::JUMP_NO_INTERRUPT | pseudo::POP_BLOCK => effect(0, 0),
        pseudo::JUMP_IF_FALSE | pseudo::JUMP_IF_TRUE => effect(1, 1),
        pseudo::LOAD_CLOSURE | pseudo::SETUP_FINALLY | pseudo::SETUP_WITH => effect(0, 1),
        pseudo::SETUP_CLEANUP => effect(0, 2),
        pseudo::STORE_FAST_MAYBE_NULL => effect(1, 0),
        _ => None,
    }
}

const fn fixed_effect(opcode: u8) -> Option<Effect> {
    match opcode {
        op::CACHE
        | op::RESERVED
        | op::NOP
        | op::NOT_TAKEN
        | op::SETUP_ANNOTATIONS
        | op::COPY_FREE_VARS
        | op::DELETE_DEREF
        | op::DELETE_FAST
        | op::DELETE_GLOBAL
        | op::DELETE_NAME
        | op::EXTENDED_ARG
        | op::JUMP_BACKWARD
        | op::JUMP_BACKWARD_NO_INTERRUPT
        | op::JUMP_FORWARD
        | op::MAKE_CELL
        | op::RESUME
        | op::ENTER_EXECUTOR => effect(0, 0),
        op::LOAD_BUILD_CLASS
        | op::LOAD_LOCALS
        | op::PUSH_NULL
        | op::RETURN_GENERATOR
        | op::LOAD_COMMON_CONSTANT
        | op::LOAD_CONST
        | op::LOAD_DEREF
        | op::LOAD_FAST
        | op::LOAD_FAST_AND_CLEAR
        | op::LOAD_FAST_BORROW
        | op::LOAD_FAST_CHECK
        | op::LOAD_NAME
        | op::LOAD_SMALL_INT => effect(0, 1),
        op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => effect(0, 2),
        op::END_FOR
        | op::EXIT_INIT_CHECK
        | op::INTERPRETER_EXIT
        | op::POP_EXCEPT
        | op::POP_ITER
        | op::POP_TOP
        | op::DELETE_ATTR
        | op::POP_JUMP_IF_FALSE
        | op::POP_JUMP_IF_NONE
        | op::POP_JUMP_IF_NOT_NONE
        | op::POP_JUMP_IF_TRUE
        | op::STORE_DEREF
        | op::STORE_FAST
        | op::STORE_GLOBAL
        | op::STORE_NAME => effect(1, 0),
        op::FORMAT_SIMPLE
        | op::GET_AITER
        | op::GET_ITER
        | op::GET_YIELD_FROM_ITER
        | op::MAKE_FUNCTION
        | op::RETURN_VALUE
        | op::TO_BOOL
        | op::UNARY_INVERT
        | op::UNARY_NEGATIVE
        | op::UNARY_NOT
        | op::CALL_INTRINSIC_1
        | op::CONVERT_VALUE
        | op::GET_AWAITABLE
        | op::LOAD_FROM_DICT_OR_DEREF
        | op::LOAD_FROM_DICT_OR_GLOBALS
        | op::STORE_FAST_LOAD_FAST
        | op::YIELD_VALUE => effect(1, 1),
        op::GET_ANEXT
        | op::GET_LEN
        | op::MATCH_MAPPING
        | op::MATCH_SEQUENCE
        | op::PUSH_EXC_INFO
        | op::FOR_ITER
        | op::IMPORT_FROM
        | op::LOAD_SPECIAL => effect(1, 2),
        op::DELETE_SUBSCR | op::END_ASYNC_FOR | op::STORE_ATTR | op::STORE_FAST_STORE_FAST => effect(2, 0),
        op::BUILD_TEMPLATE
        | op::END_SEND
        | op::FORMAT_WITH_SPEC
        | op::BINARY_OP
        | op::CALL_INTRINSIC_2
        | op::COMPARE_OP
        | op::CONTAINS_OP
        | op::IMPORT_NAME
        | op::IS_OP
        | op::SET_FUNCTION_ATTRIBUTE => effect(2, 1),
        op::CHECK_EG_MATCH | op::CHECK_EXC_MATCH | op::SEND => effect(2, 2),
        op::MATCH_KEYS => effect(2, 3),
        op::STORE_SUBSCR => effect(3, 0),
        op::BINARY_SLICE | op::MATCH_CLASS => effect(3, 1),
        op::CLEANUP_THROW => effect(3, 2),
        op::STORE_SLICE => effect(4, 0),
        op::CALL_FUNCTION_EX => effect(4, 1),
        op::WITH_EXCEPT_START => effect(5, 6),
        _ => None,
    }
}

fn effect_by_operand(opcode: u8, arg: u32) -> Option<Effect> {
    let odd = arg & 1;
    match opcode {
        op::LOAD_GLOBAL => effect(0, 1 + odd),
        op::LOAD_ATTR => effect(1, 1 + odd),
        op::BUILD_INTERPOLATION => effect(2 + odd, 1),
        op::LOAD_SUPER_ATTR => effect(3, 1 + odd),
        op::BUILD_LIST | op::BUILD_SET | op::BUILD_SLICE | op::BUILD_STRING | op::BUILD_TUPLE => effect(arg, 1),
        op::BUILD_MAP => effect(arg.checked_mul(2)?, 1),
        op::CALL => effect(arg.checked_add(2)?, 1),
        op::CALL_KW => effect(arg.checked_add(3)?, 1),
        op::COPY if arg > 0 => effect(arg, arg.checked_add(1)?),
        op::SWAP if arg > 1 => effect(arg, arg),
        op::DICT_UPDATE | op::LIST_APPEND | op::LIST_EXTEND | op::SET_ADD | op::SET_UPDATE if arg > 0 => effect(arg.checked_add(1)?, arg),
        op::DICT_MERGE if arg > 0 => effect(arg.checked_add(4)?, arg + 3),
        op::MAP_ADD if arg > 0 => effect(arg.checked_add(2)?, arg),
        op::RAISE_VARARGS => effect(arg, 0),
        op::RERAISE => effect(arg.checked_add(1)?, arg),
        op::UNPACK_EX => effect(1, 1 + (arg & 0xff) + (arg >> 8)),
        op::UNPACK_SEQUENCE => effect(1, arg),
        _ => None,
    }
}

/// Net change of stack depth, as `_opcode.stack_effect`: with `jump` true on the edge taken, false on the edge not taken, none for the
/// greater of the two. None where [`effect_of`] knows no effect.
pub fn stack_effect(opcode: u16, arg: u32, jump: Option<bool>) -> Option<i64> {
    if jump == Some(false) && is_block_push(opcode) {
        return Some(0);
    }
    // `_opcode.stack_effect` knows the instrumented forms, but no specialised ones.
    let info = OPCODES.get(opcode as usize);
    let opcode = match info {
        Some(info) if info.name.starts_with("INSTRUMENTED_") => {
            let has_base = !OPCODES[info.base as usize].name.starts_with("INSTRUMENTED_");
            if has_base { info.base.into() } else { op::NOP.into() }
        }
        _ => opcode,
    };
    // The operand does not matter to the net effect of these, and `_opcode.stack_effect` takes any.
    let arg = match u8::try_from(opcode) {
        Ok(op::COPY | op::DICT_MERGE | op::DICT_UPDATE | op::LIST_APPEND | op::LIST_EXTEND) => 1,
        Ok(op::SET_ADD | op::SET_UPDATE | op::MAP_ADD | op::RERAISE) => 1,
        Ok(op::SWAP) => 2,
        _ => arg,
    };
    let Effect { popped, pushed } = effect_of(opcode, arg)?;
    Some(i64::from(pushed) - i64::from(popped))
}

/// [`stack_effect`] of what the compiler generates, on the edge taken or the one not taken.
#[inline]
pub fn net_effect(opcode: u16, arg: u32, jump: bool) -> Option<i64> {
    if !jump && is_block_push(opcode) {
        return Some(0);
    }
    let Effect { popped, pushed } = effect_of(opcode, arg)?;
    Some(i64::from(pushed) - i64::from(popped))
}

/// What the tables know of an opcode or pseudo-instruction: a union of [`flag`].
pub fn flags(opcode: u16) -> u8 {
    match u8::try_from(opcode) {
        Ok(opcode) => OPCODES[opcode as usize].flags,
        Err(_) => PSEUDO.get(opcode as usize - 256).map_or(0, |info| info.flags),
    }
}

/// What the passes over the flow graph ask of every instruction, a bit each.
mod kind {
    pub const JUMP: u8 = 1;
    pub const BLOCK_PUSH: u8 = 2;
    pub const UNCONDITIONAL_JUMP: u8 = 4;
    pub const CONDITIONAL_JUMP: u8 = 8;
    pub const SCOPE_EXIT: u8 = 16;
}

/// The [`kind`] of each opcode and pseudo-instruction.
static KINDS: [u8; 512] = {
    let mut kinds = [0; 512];
    let mut opcode = 0;
    while opcode < 256 + PSEUDO.len() {
        let flags = if opcode < 256 { OPCODES[opcode].flags } else { PSEUDO[opcode - 256].flags };
        if flags & flag::JUMP != 0 {
            kinds[opcode] |= kind::JUMP;
        }
        if flags & flag::EXC != 0 {
            kinds[opcode] |= kind::BLOCK_PUSH;
        }
        opcode += 1;
    }
    kinds[pseudo::JUMP as usize] |= kind::UNCONDITIONAL_JUMP;
    kinds[pseudo::JUMP_NO_INTERRUPT as usize] |= kind::UNCONDITIONAL_JUMP;
    kinds[op::JUMP_FORWARD as usize] |= kind::UNCONDITIONAL_JUMP;
    kinds[op::JUMP_BACKWARD as usize] |= kind::UNCONDITIONAL_JUMP;
    kinds[op::JUMP_BACKWARD_NO_INTERRUPT as usize] |= kind::UNCONDITIONAL_JUMP;
    kinds[op::POP_JUMP_IF_FALSE as usize] |= kind::CONDITIONAL_JUMP;
    kinds[op::POP_JUMP_IF_TRUE as usize] |= kind::CONDITIONAL_JUMP;
    kinds[op::POP_JUMP_IF_NONE as usize] |= kind::CONDITIONAL_JUMP;
    kinds[op::POP_JUMP_IF_NOT_NONE as usize] |= kind::CONDITIONAL_JUMP;
    kinds[op::RETURN_VALUE as usize] |= kind::SCOPE_EXIT;
    kinds[op::RAISE_VARARGS as usize] |= kind::SCOPE_EXIT;
    kinds[op::RERAISE as usize] |= kind::SCOPE_EXIT;
    kinds
};

#[inline]
const fn has_kind(opcode: u16, kinds: u8) -> bool {
    KINDS[opcode as usize & 511] & kinds != 0
}

/// CPython's name of an opcode or pseudo-instruction; empty where there is none.
pub fn name(opcode: u16) -> &'static str {
    match u8::try_from(opcode) {
        Ok(opcode) => OPCODES[opcode as usize].name,
        Err(_) => PSEUDO.get(opcode as usize - 256).map_or("", |info| info.name),
    }
}

/// Whether the operand is a jump target.
#[inline]
pub fn is_jump(opcode: u16) -> bool {
    has_kind(opcode, kind::JUMP)
}

/// Whether the instruction sets up an exception handler.
#[inline]
pub fn is_block_push(opcode: u16) -> bool {
    has_kind(opcode, kind::BLOCK_PUSH)
}

/// Whether the instruction is a jump or sets up an exception handler.
#[inline]
pub const fn has_target(opcode: u16) -> bool {
    has_kind(opcode, kind::JUMP | kind::BLOCK_PUSH)
}

/// Whether control never goes on to the next instruction, because it jumps.
#[inline]
pub fn is_unconditional_jump(opcode: u16) -> bool {
    has_kind(opcode, kind::UNCONDITIONAL_JUMP)
}

/// Whether the instruction pops a value and jumps or not after it.
#[inline]
pub fn is_conditional_jump(opcode: u16) -> bool {
    has_kind(opcode, kind::CONDITIONAL_JUMP)
}

/// Whether the instruction leaves the code object: a return or a raise.
#[inline]
pub fn is_scope_exit(opcode: u16) -> bool {
    has_kind(opcode, kind::SCOPE_EXIT)
}

/// Whether no instruction of the same basic block follows.
#[inline]
pub const fn ends_block(opcode: u16) -> bool {
    has_kind(opcode, kind::JUMP | kind::SCOPE_EXIT)
}

/// Whether control never goes on to the next instruction.
#[inline]
pub fn ends_flow(opcode: u16) -> bool {
    has_kind(opcode, kind::SCOPE_EXIT | kind::UNCONDITIONAL_JUMP)
}
