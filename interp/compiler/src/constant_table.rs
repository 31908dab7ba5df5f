//! The constants of a code object in the making, each value once.

use crate::code::{Constant, constant_hash};
use rustc_hash::FxHashMap;

/// Up to here the hashes are gone through one by one.
const FEW: usize = 16;

/// Constants in order of first use. Values are the same if [`Constant`]'s `==` says so: by type and exact value.
#[derive(Clone, Debug, Default)]
pub struct ConstantTable {
    values: Vec<Constant>,
    hashes: Vec<u64>,
    /// Of more than a few: the first index by hash.
    first: FxHashMap<u64, u32>,
}

impl ConstantTable {
    /// A constant by index.
    pub fn get(&self, index: u32) -> Option<&Constant> {
        self.values.get(index as usize)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The index of `value`, which is added if it is new.
    pub fn add(&mut self, value: Constant) -> u32 {
        let hash = constant_hash(&value);
        let from = if self.values.len() <= FEW { Some(0) } else { self.first.get(&hash).map(|first| *first as usize) };
        if let Some(from) = from {
            let same = self.hashes[from..].iter().zip(&self.values[from..]).position(|(h, v)| *h == hash && *v == value);
            if let Some(at) = same {
                return (from + at) as u32;
            }
        }
        self.push(value, hash)
    }

    /// The index of `value`, which is added even if it is there.
    pub fn add_another(&mut self, value: Constant) -> u32 {
        let hash = constant_hash(&value);
        self.push(value, hash)
    }

    fn push(&mut self, value: Constant, hash: u64) -> u32 {
        if self.values.is_empty() {
            self.values.reserve(8);
            self.hashes.reserve(8);
        }
        let index = self.values.len() as u32;
        self.values.push(value);
        self.hashes.push(hash);
        if self.values.len() == FEW + 1 {
            self.index_all();
        } else if self.values.len() > FEW {
            self.first.entry(hash).or_insert(index);
        }
        index
    }

    fn index_all(&mut self) {
        self.first.clear();
        for (at, hash) in self.hashes.iter().enumerate() {
            self.first.entry(*hash).or_insert(at as u32);
        }
    }

    /// Drops the constants for which `keep`, which is as long as the table, is false.
    pub fn retain(&mut self, keep: &[bool]) {
        let mut kept = keep.iter();
        self.values.retain(|_| *kept.next().unwrap_or(&true));
        let mut kept = keep.iter();
        self.hashes.retain(|_| *kept.next().unwrap_or(&true));
        if !self.first.is_empty() {
            self.index_all();
        }
    }

    /// The constants.
    pub fn into_values(self) -> Vec<Constant> {
        self.values
    }
}

impl FromIterator<Constant> for ConstantTable {
    fn from_iter<I: IntoIterator<Item = Constant>>(values: I) -> ConstantTable {
        let mut table = ConstantTable::default();
        for value in values {
            table.add_another(value);
        }
        table
    }
}
