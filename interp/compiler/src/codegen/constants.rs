//! The constants of a unit, each value once.

use crate::code::Constant;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Constants in order of first use. Values are the same if [`Constant`]'s `==` says so: by type and exact value.
#[derive(Default)]
pub struct ConstantTable {
    values: Vec<Constant>,
    by_hash: HashMap<u64, Vec<u32>>,
}

impl ConstantTable {
    /// The index of `value`, which is added if it is new.
    pub fn add(&mut self, value: Constant) -> u32 {
        let mut hasher = DefaultHasher::new();
        hash(&value, &mut hasher);
        let candidates = self.by_hash.entry(hasher.finish()).or_default();
        if let Some(&index) = candidates.iter().find(|&&index| self.values[index as usize] == value) {
            return index;
        }
        let index = self.values.len() as u32;
        candidates.push(index);
        self.values.push(value);
        index
    }

    /// The constants.
    pub fn into_values(self) -> Vec<Constant> {
        self.values
    }
}

fn hash(value: &Constant, state: &mut DefaultHasher) {
    std::mem::discriminant(value).hash(state);
    match value {
        Constant::None | Constant::Ellipsis | Constant::StopIteration => {}
        Constant::Bool(value) => value.hash(state),
        Constant::Int(value) => value.hash(state),
        Constant::Float(value) => value.to_bits().hash(state),
        Constant::Complex(re, im) => (re.to_bits(), im.to_bits()).hash(state),
        Constant::Str(value) => value.as_bytes().hash(state),
        Constant::Bytes(value) => value.hash(state),
        Constant::Tuple(items) | Constant::FrozenSet(items) | Constant::List(items) | Constant::Set(items) => {
            items.iter().for_each(|item| hash(item, state))
        }
        Constant::Slice(parts) => parts.iter().for_each(|item| hash(item, state)),
        Constant::Code(code) => {
            code.firstlineno.hash(state);
            code.code.hash(state);
        }
        Constant::Dict(items) => items.len().hash(state),
    }
}
