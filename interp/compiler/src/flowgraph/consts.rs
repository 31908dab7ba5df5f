//! The constants of the code object while passes still add to them, and the removal of those no instruction loads any more.
//!
//! ```text
//! consts (doc, 1, 2, 3)            consts (doc, 3)
//! LOAD_CONST 3               →     LOAD_CONST 1
//! ```
//!
//! The first constant always stays: it may be the docstring.

use super::cfg::{Cfg, Instr};
use crate::code::Constant;
use crate::constant_table::ConstantTable;
use crate::opcode::op;
use num_traits::ToPrimitive;

/// The largest int LOAD_SMALL_INT can load.
const MAX_SMALL_INT: u32 = 255;

/// A list of distinct constants.
pub struct Consts(ConstantTable);

impl Consts {
    /// Starts from code generation's constants.
    pub fn new(table: ConstantTable) -> Consts {
        Consts(table)
    }

    /// The constants in order.
    pub fn into_table(self) -> ConstantTable {
        self.0
    }

    /// The value an instruction loads, if it is a LOAD_CONST or LOAD_SMALL_INT.
    pub fn value(&self, instr: &Instr) -> Option<Constant> {
        if instr.is(op::LOAD_SMALL_INT) {
            Some(Constant::Int(instr.arg.into()))
        } else if instr.is(op::LOAD_CONST) {
            self.0.get(instr.arg).cloned()
        } else {
            None
        }
    }

    /// A constant by index.
    pub fn get(&self, index: u32) -> Option<&Constant> {
        self.0.get(index)
    }

    /// The index of a constant, which is added if it is new.
    pub fn add(&mut self, constant: Constant) -> u32 {
        // CPython merges by Python equality, so a NaN never merges with another.
        if contains_nan(&constant) { self.0.add_another(constant) } else { self.0.add(constant) }
    }

    /// Makes an instruction load a value.
    pub fn set_load(&mut self, instr: &mut Instr, value: Constant) {
        match small_int(&value) {
            Some(small) => instr.set(op::LOAD_SMALL_INT, small),
            None => instr.set(op::LOAD_CONST, self.add(value)),
        }
    }
}

/// The operand of LOAD_SMALL_INT for a value, if there is one.
pub fn small_int(value: &Constant) -> Option<u32> {
    match value {
        Constant::Int(i) => i.to_u32().filter(|&i| i <= MAX_SMALL_INT),
        _ => None,
    }
}

fn contains_nan(constant: &Constant) -> bool {
    match constant {
        Constant::Float(f) => f.is_nan(),
        Constant::Complex(re, im) => re.is_nan() || im.is_nan(),
        Constant::Tuple(items) | Constant::FrozenSet(items) => items.iter().any(contains_nan),
        _ => false,
    }
}

/// Drops constants that no instruction loads and renumbers the rest.
pub fn remove_unused(cfg: &mut Cfg, consts: &mut Consts) {
    let mut used = vec![false; consts.0.len()];
    if let Some(first) = used.first_mut() {
        *first = true;
    }
    cfg.for_each_instr(|instr| {
        if instr.is(op::LOAD_CONST) {
            used[instr.arg as usize] = true;
        }
    });
    if used.iter().all(|&u| u) {
        return;
    }
    let mut renumbered = Vec::with_capacity(used.len());
    let mut count = 0;
    for &u in &used {
        renumbered.push(count);
        count += u32::from(u);
    }
    consts.0.retain(&used);
    cfg.for_each_instr(|instr| {
        if instr.is(op::LOAD_CONST) {
            instr.arg = renumbered[instr.arg as usize];
        }
    });
}
