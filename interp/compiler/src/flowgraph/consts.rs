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
use crate::opcode::op;
use num_traits::ToPrimitive;
use std::collections::HashMap;

/// The largest int LOAD_SMALL_INT can load.
const MAX_SMALL_INT: u32 = 255;

/// A list of distinct constants.
pub struct Consts {
    list: Vec<Constant>,
    /// Indices by [`fingerprint`], once something was added.
    index: Option<HashMap<u64, Vec<u32>>>,
}

impl Consts {
    /// Starts from code generation's constants.
    pub fn new(list: Vec<Constant>) -> Consts {
        Consts { list, index: None }
    }

    /// The constants in order.
    pub fn into_vec(self) -> Vec<Constant> {
        self.list
    }

    /// The value an instruction loads, if it is a LOAD_CONST or LOAD_SMALL_INT.
    pub fn value(&self, instr: &Instr) -> Option<Constant> {
        if instr.is(op::LOAD_SMALL_INT) {
            Some(Constant::Int(instr.arg.into()))
        } else if instr.is(op::LOAD_CONST) {
            self.list.get(instr.arg as usize).cloned()
        } else {
            None
        }
    }

    /// A constant by index.
    pub fn get(&self, index: u32) -> Option<&Constant> {
        self.list.get(index as usize)
    }

    /// The index of a constant, which is added if it is new.
    pub fn add(&mut self, constant: Constant) -> u32 {
        let index = self.index.get_or_insert_with(|| {
            let mut index: HashMap<u64, Vec<u32>> = HashMap::new();
            for (i, c) in self.list.iter().enumerate() {
                index.entry(fingerprint(c)).or_default().push(i as u32);
            }
            index
        });
        let same = index.entry(fingerprint(&constant)).or_default();
        // CPython merges by Python equality, so a NaN never merges with another.
        if !contains_nan(&constant) {
            for &i in same.iter() {
                if self.list[i as usize] == constant {
                    return i;
                }
            }
        }
        let new = self.list.len() as u32;
        same.push(new);
        self.list.push(constant);
        new
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

/// A hash that agrees with equality of constants; code objects all share one.
fn fingerprint(constant: &Constant) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    fn feed(constant: &Constant, h: &mut DefaultHasher) {
        std::mem::discriminant(constant).hash(h);
        match constant {
            Constant::Bool(b) => b.hash(h),
            Constant::Int(i) => i.hash(h),
            Constant::Float(f) => f.to_bits().hash(h),
            Constant::Complex(re, im) => (re.to_bits(), im.to_bits()).hash(h),
            Constant::Str(s) => s.as_bytes().hash(h),
            Constant::Bytes(b) => b.hash(h),
            Constant::Tuple(items) => {
                items.len().hash(h);
                items.iter().for_each(|item| feed(item, h));
            }
            // Unordered.
            Constant::FrozenSet(items) => {
                let sum = items.iter().map(fingerprint).fold(0, u64::wrapping_add);
                (items.len(), sum).hash(h);
            }
            _ => {}
        }
    }
    let mut h = DefaultHasher::new();
    feed(constant, &mut h);
    h.finish()
}

/// Drops constants that no instruction loads and renumbers the rest.
pub fn remove_unused(cfg: &mut Cfg, consts: &mut Consts) {
    let mut used = vec![false; consts.list.len()];
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
    let mut keep = used.iter();
    consts.list.retain(|_| *keep.next().unwrap_or(&true));
    consts.index = None;
    cfg.for_each_instr(|instr| {
        if instr.is(op::LOAD_CONST) {
            instr.arg = renumbered[instr.arg as usize];
        }
    });
}
