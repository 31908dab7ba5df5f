//! Computes expressions of constants.
//!
//! ```text
//! LOAD_SMALL_INT 1                 NOP
//! LOAD_SMALL_INT 2           →     NOP
//! BUILD_TUPLE 2                    LOAD_CONST (1, 2)
//! ```
//!
//! A list or set display of constants becomes a tuple or frozenset where it is only iterated or searched, and is otherwise built from one:
//!
//! ```text
//! LOAD_SMALL_INT 1                 NOP
//! LOAD_SMALL_INT 2                 BUILD_LIST 0
//! LOAD_SMALL_INT 3           →     LOAD_CONST (1, 2, 3)
//! BUILD_LIST 3                     LIST_EXTEND 1
//! ```
//!
//! The loads lose their locations with their purpose, so their NOPs always go.

use super::cfg::{Block, Instr};
use super::consts::Consts;
use super::eval;
use crate::code::Constant;
use crate::instruction::Location;
use crate::opcode::op;

/// Displays of more elements were generated as a series of appends, and are left alone.
const STACK_USE_GUIDELINE: u32 = 30;
/// Shorter displays are cheaper to build from their elements.
const MIN_CONST_SEQUENCE_SIZE: u32 = 3;

/// The places of the `count` loads of constants that come right before `end`, NOPs aside; none if other instructions intervene.
fn const_loads(block: &Block, end: usize, count: u32) -> Option<Vec<usize>> {
    // Most often the very last instruction is none.
    if count > 0 && !block.instrs[..end].iter().rev().find(|instr| !instr.is(op::NOP))?.loads_const() {
        return None;
    }
    let mut found = Vec::with_capacity(count as usize);
    let mut at = end;
    while found.len() < count as usize {
        at = at.checked_sub(1)?;
        let instr = &block.instrs[at];
        if instr.loads_const() {
            found.push(at);
        } else if !instr.is(op::NOP) {
            return None;
        }
    }
    found.reverse();
    Some(found)
}

fn values(block: &Block, places: &[usize], consts: &Consts) -> Option<Vec<Constant>> {
    places.iter().map(|&at| consts.value(&block.instrs[at])).collect()
}

fn erase(block: &mut Block, places: &[usize]) {
    for &at in places {
        erase_one(&mut block.instrs[at]);
    }
}

fn erase_one(instr: &mut Instr) {
    instr.set_nop();
    instr.loc = Location::NONE;
}

/// Folds the BUILD_TUPLE at `i`.
pub fn tuple(block: &mut Block, i: usize, consts: &mut Consts) -> Option<()> {
    let count = block.instrs[i].arg;
    if count > STACK_USE_GUIDELINE {
        return None;
    }
    let loads = const_loads(block, i, count)?;
    let items = values(block, &loads, consts)?;
    erase(block, &loads);
    consts.set_load(&mut block.instrs[i], Constant::Tuple(items));
    Some(())
}

/// Folds the INTRINSIC_LIST_TO_TUPLE at `i`, if it ends the code for a long tuple of constants: BUILD_LIST 0 and pairs of a load and LIST_APPEND 1.
pub fn list_to_tuple(block: &mut Block, i: usize, consts: &mut Consts) -> Option<()> {
    let (start, items) = appended(block, i, op::LIST_APPEND, op::BUILD_LIST, consts)?;
    erase_range(block, start, i);
    consts.set_load(&mut block.instrs[i], Constant::Tuple(items));
    Some(())
}

/// Folds the code for a long list or set of constants that ends with the LIST_APPEND or SET_ADD at `i`, if it is only iterated or searched; `next` is
/// the opcode after it. Unlike the other folds this leaves the result without a location, as CPython does.
pub fn appends(block: &mut Block, i: usize, next: u16, consts: &mut Consts) -> Option<()> {
    if !is_only_read(next) {
        return None;
    }
    let collection = if block.instrs[i].is(op::LIST_APPEND) {
        let (start, items) = appended(block, i + 1, op::LIST_APPEND, op::BUILD_LIST, consts)?;
        erase_range(block, start, i + 1);
        Constant::Tuple(items)
    } else {
        let (start, items) = appended(block, i + 1, op::SET_ADD, op::BUILD_SET, consts)?;
        let items = eval::distinct(items)?;
        erase_range(block, start, i + 1);
        Constant::FrozenSet(items)
    };
    consts.set_load(&mut block.instrs[i], collection);
    Some(())
}

/// Whether the instruction after a display only iterates over or searches it.
fn is_only_read(next: u16) -> bool {
    next == u16::from(op::GET_ITER) || next == u16::from(op::CONTAINS_OP)
}

/// Looks back from `end` over pairs of a load and `append` 1 to `build` 0: where that is, and the constants loaded.
fn appended(block: &Block, end: usize, append: u8, build: u8, consts: &Consts) -> Option<(usize, Vec<Constant>)> {
    let mut loads = Vec::new();
    let mut expect_append = true;
    let mut at = end;
    loop {
        at = at.checked_sub(1)?;
        let instr = &block.instrs[at];
        if instr.is(op::NOP) {
            continue;
        }
        if !expect_append {
            if !instr.loads_const() {
                return None;
            }
            loads.push(at);
        } else if instr.is(build) && instr.arg == 0 {
            break;
        } else if !instr.is(append) || instr.arg != 1 {
            return None;
        }
        expect_append = !expect_append;
    }
    loads.reverse();
    Some((at, values(block, &loads, consts)?))
}

fn erase_range(block: &mut Block, start: usize, end: usize) {
    for instr in &mut block.instrs[start..end] {
        if !instr.is(op::NOP) {
            erase_one(instr);
        }
    }
}

/// Folds the BUILD_LIST or BUILD_SET at `i`; `next` is the opcode after it.
pub fn list_or_set(block: &mut Block, i: usize, next: u16, consts: &mut Consts) -> Option<()> {
    let (count, is_list) = (block.instrs[i].arg, block.instrs[i].is(op::BUILD_LIST));
    let only_read = is_only_read(next);
    if count > STACK_USE_GUIDELINE || (count < MIN_CONST_SEQUENCE_SIZE && !only_read) {
        return None;
    }
    let Some(loads) = const_loads(block, i, count) else {
        if only_read && is_list {
            block.instrs[i].set(op::BUILD_TUPLE, count);
        }
        return None;
    };
    let items = values(block, &loads, consts)?;
    let collection = if is_list { Constant::Tuple(items) } else { Constant::FrozenSet(eval::distinct(items)?) };
    let index = consts.add(collection);
    erase(block, &loads);
    if only_read {
        block.instrs[i].set(op::LOAD_CONST, index);
        return Some(());
    }
    let build = block.instrs[i];
    block.instrs[i - 2].loc = build.loc;
    block.instrs[i - 2].set(if is_list { op::BUILD_LIST } else { op::BUILD_SET }, 0);
    block.instrs[i - 1].set(op::LOAD_CONST, index);
    block.instrs[i].set(if is_list { op::LIST_EXTEND } else { op::SET_UPDATE }, 1);
    Some(())
}

/// Folds the BINARY_OP at `i`.
pub fn binary(block: &mut Block, i: usize, consts: &mut Consts) -> Option<()> {
    let loads = const_loads(block, i, 2)?;
    let operator = block.instrs[i].arg;
    let left = consts.value(&block.instrs[loads[0]])?;
    let right = consts.value(&block.instrs[loads[1]])?;
    let result = eval::binary(operator, &left, &right)?;
    erase(block, &loads);
    consts.set_load(&mut block.instrs[i], result);
    Some(())
}

/// Folds the unary operation at `i`.
pub fn unary(block: &mut Block, i: usize, operator: eval::Unary, consts: &mut Consts) -> Option<()> {
    let loads = const_loads(block, i, 1)?;
    let operand = consts.value(&block.instrs[loads[0]])?;
    let result = eval::unary(operator, &operand)?;
    erase(block, &loads);
    consts.set_load(&mut block.instrs[i], result);
    Some(())
}
