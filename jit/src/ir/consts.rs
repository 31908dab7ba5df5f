//! The constant pool of a trace.
//!
//! A constant is a type and a machine word. Equal constants share one [`Ref`], so comparing references compares
//! constants. Pointers are compared by their bits; the VM keeps the objects alive as long as the trace.

use super::{Ref, Ty};
use hashbrown::HashMap;

/// One constant: its type and the bits a register of that type would hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Const {
    /// The type.
    pub ty: Ty,
    /// The register's bits: an `I` is shifted left by one, an `F` is the float's bits, a `B` is 0 or 1.
    pub bits: u64,
}

/// The constants of one trace, each once.
#[derive(Clone, Debug, Default)]
pub struct Consts {
    list: Vec<Const>,
    index: HashMap<Const, Ref>,
}

impl Consts {
    /// The reference of a constant, added if it is new.
    pub fn add(&mut self, ty: Ty, bits: u64) -> Ref {
        let c = Const { ty, bits };
        if self.list.len() < 12 {
            if let Some(i) = self.list.iter().position(|k| *k == c) {
                return Ref::constant(i);
            }
        } else if let Some(&r) = self.index.get(&c) {
            return r;
        }
        let r = Ref::constant(self.list.len());
        self.list.push(c);
        self.index.insert(c, r);
        r
    }

    /// The constant behind a reference to one.
    pub fn get(&self, r: Ref) -> Const {
        self.list[r.const_index()]
    }

    /// All constants with their references.
    pub fn iter(&self) -> impl Iterator<Item = (Ref, Const)> {
        self.list.iter().enumerate().map(|(i, &c)| (Ref::constant(i), c))
    }

    /// The number of constants.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
