//! Uses what is known of a constant right where it is loaded.
//!
//! ```text
//! LOAD_CONST 1                     LOAD_SMALL_INT 1
//!
//! LOAD_CONST True            →     NOP
//! POP_JUMP_IF_TRUE b2              JUMP b2
//!
//! LOAD_CONST None                  NOP
//! IS_OP 0                    →     NOP
//! POP_JUMP_IF_TRUE b2              POP_JUMP_IF_NONE b2
//!
//! LOAD_CONST 'a'             →     NOP
//! TO_BOOL                          LOAD_CONST True
//! ```

use super::cfg::{Block, Cfg, Instr};
use super::consts::{Consts, small_int};
use super::eval::is_true;
use crate::code::Constant;
use crate::opcode::{op, pseudo};

/// Runs over every block.
pub fn run(cfg: &mut Cfg, consts: &mut Consts) {
    let mut at = Some(Cfg::ENTRY);
    while let Some(id) = cfg.advance(&mut at) {
        run_block(&mut cfg[id], consts);
    }
}

fn run_block(block: &mut Block, consts: &mut Consts) {
    // What loads the constant on top of the stack, if one is; a COPY of a constant counts as another load of it.
    let mut load: Option<Instr> = None;
    for i in 0..block.instrs.len() {
        let instr = &mut block.instrs[i];
        if instr.is(op::LOAD_CONST)
            && let Some(small) = consts.get(instr.arg).and_then(small_int)
        {
            instr.set(op::LOAD_SMALL_INT, small);
        }
        if instr.loads_const() {
            load = Some(*instr);
        } else if !(instr.is(op::COPY) && instr.arg == 1 && load.is_some_and(|l| l.is(op::LOAD_CONST))) {
            load = None;
        }
        let Some(loaded) = load else { continue };
        let next = block.opcode_at(i + 1);
        // Only look the constant up where it can matter.
        let Some(value) = uses_constant(next).then(|| consts.value(&loaded)).flatten() else {
            continue;
        };
        match next {
            pseudo::JUMP_IF_FALSE | pseudo::JUMP_IF_TRUE => {
                let taken = is_true(&value) == (next == pseudo::JUMP_IF_TRUE);
                decide_jump(&mut block.instrs[i + 1], taken);
            }
            _ if next == u16::from(op::IS_OP) => {
                if matches!(value, Constant::None) {
                    fuse_none_test(block, i);
                }
            }
            _ if next == u16::from(op::TO_BOOL) => {
                let truth = consts.add(Constant::Bool(is_true(&value)));
                block.instrs[i].set_nop();
                block.instrs[i + 1].set(op::LOAD_CONST, truth);
            }
            _ => {
                let taken = is_true(&value) == (next == u16::from(op::POP_JUMP_IF_TRUE));
                block.instrs[i].set_nop();
                decide_jump(&mut block.instrs[i + 1], taken);
            }
        }
    }
}

fn uses_constant(opcode: u16) -> bool {
    matches!(opcode, pseudo::JUMP_IF_FALSE | pseudo::JUMP_IF_TRUE)
        || matches!(u8::try_from(opcode), Ok(op::POP_JUMP_IF_FALSE | op::POP_JUMP_IF_TRUE | op::IS_OP | op::TO_BOOL))
}

fn decide_jump(jump: &mut Instr, taken: bool) {
    if taken {
        jump.opcode = pseudo::JUMP;
    } else {
        jump.set_nop();
    }
}

/// Turns LOAD_CONST None, IS_OP, POP_JUMP_IF_… (a TO_BOOL may stand between) into one jump.
fn fuse_none_test(block: &mut Block, load: usize) {
    let mut jump = load + 2;
    if block.opcode_at(jump) == u16::from(op::TO_BOOL) {
        block.instrs[jump].set_nop();
        jump += 1;
    }
    let inverted = block.instrs[load + 1].arg != 0;
    let wants_none = match u8::try_from(block.opcode_at(jump)) {
        Ok(op::POP_JUMP_IF_TRUE) => !inverted,
        Ok(op::POP_JUMP_IF_FALSE) => inverted,
        _ => return,
    };
    block.instrs[load].set_nop();
    block.instrs[load + 1].set_nop();
    block.instrs[jump].opcode = if wants_none { op::POP_JUMP_IF_NONE.into() } else { op::POP_JUMP_IF_NOT_NONE.into() };
}
