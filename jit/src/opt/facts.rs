//! What is known of values beyond their types: established by guards, used by folding and guard elimination.
//!
//! Facts are about roots and hold from the guard on. Facts about *shapes* are about memory and may end.

use crate::ir::{Ref, Trace, Ty};
use hashbrown::HashMap;
use weft_layout::op::Op;
use weft_layout::tag;

/// A set of things known of a tagged value.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Known(pub u8);

impl Known {
    /// A small int.
    pub const INT: u8 = 1;
    /// A float, in the word or on the heap.
    pub const FLOAT: u8 = 2;
    /// True or False.
    pub const BOOL: u8 = 4;
    /// A heap pointer or NULL.
    pub const PTR: u8 = 8;
    /// Not NULL.
    pub const NOT_NULL: u8 = 16;
    /// Not a small int.
    pub const NOT_INT: u8 = 32;
    /// NULL.
    pub const NULL: u8 = 64;
    /// A word without references, not one of the above: a singleton, or with `FLOAT`, a float in the word.
    pub const SINGLETON: u8 = 128;

    /// Whether all of these are known.
    pub fn has(self, bits: u8) -> bool {
        self.0 & bits == bits
    }

    /// Whether one of these is known.
    pub fn any(self, bits: u8) -> bool {
        self.0 & bits != 0
    }

    /// Whether it is a word without references.
    pub fn immediate(self) -> bool {
        self.any(Known::INT | Known::BOOL | Known::NULL | Known::SINGLETON)
    }
}

/// The facts at one point of a trace.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// By the root's position.
    known: Vec<Known>,
    constants: HashMap<Ref, Known>,
    shapes: HashMap<Ref, (u32, Ref)>,
}

impl Facts {
    /// What is known of a value, its definition and type included.
    pub fn of(&self, trace: &Trace, r: Ref) -> Known {
        if let Some(c) = trace.constant(r) {
            return of_word(c.bits);
        }
        let root = trace.root(r);
        let mut k = match root.is_inst() {
            true => self.known.get(root.index()).copied().unwrap_or_default(),
            false => self.constants.get(&root).copied().unwrap_or_default(),
        };
        if trace.ty(r) == Ty::P {
            k.0 |= Known::PTR | Known::NOT_INT;
        }
        if root.is_inst() {
            k.0 |= match trace.inst(root).op() {
                Some(Op::BoxInt) => Known::INT | Known::NOT_NULL,
                Some(Op::BoxBool) => Known::BOOL | Known::NOT_NULL | Known::NOT_INT,
                Some(Op::BoxFloat) => Known::FLOAT | Known::NOT_NULL | Known::NOT_INT,
                _ => 0,
            };
        } else if let Some(c) = trace.constant(root) {
            k.0 |= of_word(c.bits).0;
        }
        k
    }

    /// Learns that these things are true of a value.
    pub fn learn(&mut self, trace: &Trace, r: Ref, bits: u8) {
        let root = trace.root(r);
        if root.is_const() {
            self.constants.entry(root).or_default().0 |= bits;
            return;
        }
        if self.known.len() <= root.index() {
            self.known.resize(root.index() + 1, Known::default());
        }
        self.known[root.index()].0 |= bits;
    }

    /// The shape a heap object is known to have, and the pointer that the guard defined.
    pub fn shape(&self, trace: &Trace, r: Ref) -> Option<(u32, Ref)> {
        self.shapes.get(&trace.root(r)).copied()
    }

    /// Learns a heap object's shape; `pointer` is a name of it with type `P`.
    pub fn learn_shape(&mut self, trace: &Trace, r: Ref, shape: u32, pointer: Ref) {
        self.shapes.insert(trace.root(r), (shape, pointer));
    }

    /// Forgets all shapes that something else may change, `fixed` telling which never do.
    pub fn forget_shapes(&mut self, fixed: impl Fn(u32) -> bool) {
        self.shapes.retain(|_, (shape, _)| fixed(*shape));
    }
}

/// What a constant word is.
pub fn of_word(w: u64) -> Known {
    Known(match w {
        tag::NULL => Known::NULL | Known::PTR | Known::NOT_INT,
        _ if tag::is_int(w) => Known::INT | Known::NOT_NULL,
        _ if tag::is_float(w) => Known::FLOAT | Known::SINGLETON | Known::NOT_NULL | Known::NOT_INT,
        _ if tag::is_bool(w) => Known::BOOL | Known::NOT_NULL | Known::NOT_INT,
        _ if tag::is_ptr(w) => Known::PTR | Known::NOT_NULL | Known::NOT_INT,
        _ => Known::SINGLETON | Known::NOT_NULL | Known::NOT_INT,
    })
}
