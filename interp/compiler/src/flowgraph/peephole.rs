//! Local rewriting: folds constants, threads jumps, merges neighbours.
//!
//! ```text
//! BUILD_TUPLE 2                    NOP
//! UNPACK_SEQUENCE 2          →     SWAP 2
//!
//! POP_JUMP_IF_FALSE b2             NOP
//! b2: JUMP b7                →     POP_JUMP_IF_FALSE b7
//!
//! COMPARE_OP <               →     NOP
//! TO_BOOL                          COMPARE_OP bool(<)
//! ```
//!
//! A pass goes once through each block; what it writes is looked at again only further on.

use super::cfg::{BlockId, Cfg, Instr};
use super::consts::Consts;
use super::{eval, fold, swaps};
use crate::opcode::{op, pseudo};

/// `CALL_INTRINSIC_1`'s operand for converting a list to a tuple.
const INTRINSIC_LIST_TO_TUPLE: u32 = 6;
/// `CALL_INTRINSIC_1`'s operand for unary plus.
const INTRINSIC_UNARY_POSITIVE: u32 = 5;
/// Flag in COMPARE_OP's operand: the result is converted to bool.
const COMPARE_TO_BOOL: u32 = 16;

const UNARY_NOT: u16 = op::UNARY_NOT as u16;
const TO_BOOL: u16 = op::TO_BOOL as u16;

/// Runs over every block.
pub fn run(cfg: &mut Cfg, consts: &mut Consts) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        let mut i = 0;
        while i < cfg[id].instrs.len() {
            if !step(cfg, id, i, consts) {
                i += 1;
            }
        }
        swaps::run(&mut cfg[id]);
    }
}

/// Rewrites around instruction `i`; true if it is to be looked at once more.
fn step(cfg: &mut Cfg, id: BlockId, i: usize, consts: &mut Consts) -> bool {
    let instr = cfg[id].instrs[i];
    let next = cfg[id].opcode_at(i + 1);
    let Ok(opcode) = u8::try_from(instr.opcode) else {
        return thread_pseudo_jump(cfg, id, i);
    };
    match opcode {
        op::POP_JUMP_IF_FALSE | op::POP_JUMP_IF_TRUE | op::POP_JUMP_IF_NONE | op::POP_JUMP_IF_NOT_NONE => {
            if let Some(target) = first_of_target(cfg, &instr)
                && target.opcode == pseudo::JUMP
            {
                thread(cfg, id, i, target, instr.opcode);
            }
            return false;
        }
        _ => {}
    }
    let block = &mut cfg[id];
    match opcode {
        op::BUILD_TUPLE => {
            let unpacked = next == u16::from(op::UNPACK_SEQUENCE) && block.instrs[i + 1].arg == instr.arg;
            match instr.arg {
                1 if unpacked => {
                    block.instrs[i].set_nop();
                    block.instrs[i + 1].set_nop();
                }
                2 | 3 if unpacked => {
                    block.instrs[i].set_nop();
                    block.instrs[i + 1].opcode = op::SWAP.into();
                }
                _ => {
                    fold::tuple(block, i, consts);
                }
            }
        }
        op::BUILD_LIST | op::BUILD_SET => {
            fold::list_or_set(block, i, next, consts);
        }
        op::LIST_APPEND | op::SET_ADD => {
            fold::appends(block, i, next, consts);
        }
        op::STORE_FAST
            if next == u16::from(op::STORE_FAST)
                && block.instrs[i + 1].arg == instr.arg
                && block.instrs[i + 1].loc.line == instr.loc.line =>
        {
            block.instrs[i].set(op::POP_TOP, 0);
        }
        op::SWAP if instr.arg == 1 => block.instrs[i].set_nop(),
        op::LOAD_GLOBAL if next == u16::from(op::PUSH_NULL) && instr.arg & 1 == 0 => {
            block.instrs[i].arg |= 1;
            block.instrs[i + 1].set_nop();
        }
        op::COMPARE_OP if next == TO_BOOL => {
            block.instrs[i].set_nop();
            block.instrs[i + 1].set(op::COMPARE_OP, instr.arg | COMPARE_TO_BOOL);
        }
        op::CONTAINS_OP | op::IS_OP if next == TO_BOOL => {
            block.instrs[i].set_nop();
            block.instrs[i + 1].set(opcode, instr.arg);
        }
        op::CONTAINS_OP | op::IS_OP if next == UNARY_NOT => {
            block.instrs[i].set_nop();
            block.instrs[i + 1].set(opcode, instr.arg ^ 1);
        }
        op::TO_BOOL if next == TO_BOOL => block.instrs[i].set_nop(),
        op::UNARY_NOT if next == TO_BOOL => {
            block.instrs[i].set_nop();
            block.instrs[i + 1].set(op::UNARY_NOT, 0);
        }
        op::UNARY_NOT if next == UNARY_NOT => {
            block.instrs[i].set_nop();
            block.instrs[i + 1].set_nop();
        }
        op::UNARY_NOT => {
            fold::unary(block, i, eval::Unary::Not, consts);
        }
        op::UNARY_INVERT => {
            fold::unary(block, i, eval::Unary::Invert, consts);
        }
        op::UNARY_NEGATIVE => {
            fold::unary(block, i, eval::Unary::Negative, consts);
        }
        op::CALL_INTRINSIC_1 => match instr.arg {
            INTRINSIC_LIST_TO_TUPLE => {
                let folded = fold::list_to_tuple(block, i, consts);
                if folded.is_none() && next == u16::from(op::GET_ITER) {
                    block.instrs[i].set_nop();
                }
            }
            INTRINSIC_UNARY_POSITIVE => {
                fold::unary(block, i, eval::Unary::Positive, consts);
            }
            _ => {}
        },
        op::BINARY_OP => {
            fold::binary(block, i, consts);
        }
        _ => {}
    }
    false
}

fn first_of_target(cfg: &Cfg, instr: &Instr) -> Option<Instr> {
    cfg[instr.target?].instrs.first().copied()
}

fn thread_pseudo_jump(cfg: &mut Cfg, id: BlockId, i: usize) -> bool {
    let instr = cfg[id].instrs[i];
    let Some(target) = first_of_target(cfg, &instr) else {
        return false;
    };
    match (instr.opcode, target.opcode) {
        (pseudo::JUMP | pseudo::JUMP_NO_INTERRUPT, pseudo::JUMP) => {
            thread(cfg, id, i, target, pseudo::JUMP);
        }
        (pseudo::JUMP | pseudo::JUMP_NO_INTERRUPT, pseudo::JUMP_NO_INTERRUPT)
        | (pseudo::JUMP_IF_FALSE, pseudo::JUMP | pseudo::JUMP_IF_FALSE)
        | (pseudo::JUMP_IF_TRUE, pseudo::JUMP | pseudo::JUMP_IF_TRUE) => {
            thread(cfg, id, i, target, instr.opcode);
        }
        (pseudo::JUMP_IF_FALSE, pseudo::JUMP_IF_TRUE) | (pseudo::JUMP_IF_TRUE, pseudo::JUMP_IF_FALSE) => {
            // The target will not jump: go on behind it.
            let behind = instr.target.and_then(|target| cfg[target].next);
            if behind.is_some() {
                cfg[id].instrs[i].target = behind;
                return true;
            }
        }
        _ => {}
    }
    false
}

/// Sends the jump at the end of a block straight to where its target, a jump too, goes. The new jump takes the target's location, and a NOP
/// keeps that of the old one.
fn thread(cfg: &mut Cfg, id: BlockId, i: usize, target: Instr, opcode: u16) {
    // A jump that targets itself would be threaded for ever.
    if cfg[id].instrs[i].target == target.target {
        return;
    }
    let mut jump = Instr::new(opcode, target.arg, target.loc);
    jump.target = target.target;
    cfg[id].instrs[i].set_nop();
    cfg[id].append(jump);
}
