//! What the verifier knows of a value, and of the state of a frame.

use super::Slot;
use crate::code::Constant;

/// What is known of a stack slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Some object.
    Object,
    /// NULL.
    Null,
    /// An object or NULL.
    MaybeNull,
    /// A list no Python code has seen yet, or has; only its type matters.
    List,
    /// What GET_ITER made.
    Iterator,
    /// A set.
    Set,
    /// A dict.
    Dict,
    /// A str.
    Str,
    /// A tuple.
    Tuple,
    /// A constant tuple of so many str.
    Names(u32),
    /// A tuple of so many cells.
    Closure(u32),
    /// A code object with so many free variables.
    Code(u32),
    /// A function that still needs a closure of so many cells; with 0 it is complete, and an object.
    Function(u32),
    /// A cell.
    Cell,
    /// The offset of a raising instruction, as pushed for a handler.
    Lasti,
    /// An exception, as pushed for a handler.
    Exception,
    /// What was being handled before, as PUSH_EXC_INFO pushes it: an exception or None.
    PreviousException,
}

impl Kind {
    /// What LOAD_CONST pushes.
    pub fn of(constant: &Constant) -> Kind {
        match constant {
            Constant::Str(_) => Kind::Str,
            Constant::Tuple(items) if items.iter().all(|i| matches!(i, Constant::Str(_))) => Kind::Names(items.len() as u32),
            Constant::Tuple(_) => Kind::Tuple,
            Constant::Code(code) => Kind::Code(super::free_variables(code) as u32),
            _ => Kind::Object,
        }
    }

    /// Whether Python code may get hold of it.
    pub fn is_object(self) -> bool {
        match self {
            Kind::Null | Kind::MaybeNull => false,
            Kind::Function(missing) => missing == 0,
            _ => true,
        }
    }

    /// What is in the slot, as far as it matters to whoever leaves the instruction's block.
    pub fn slot(self) -> Slot {
        match self {
            Kind::Null => Slot::Null,
            Kind::MaybeNull => Slot::MaybeNull,
            Kind::Iterator => Slot::Iterator,
            Kind::Lasti => Slot::Lasti,
            Kind::Exception | Kind::PreviousException => Slot::Exception,
            _ => Slot::Value,
        }
    }

    /// Whether it is a tuple.
    pub fn is_tuple(self) -> bool {
        matches!(self, Kind::Tuple | Kind::Names(_) | Kind::Closure(_))
    }

    /// Whether the interpreter pushed it for a handler, so that it is an exception or None.
    pub fn is_pushed_exception(self) -> bool {
        matches!(self, Kind::Exception | Kind::PreviousException)
    }

    /// What is known where either may be; none if that must not happen.
    pub fn join(self, other: Kind) -> Option<Kind> {
        if self == other {
            return Some(self);
        }
        let incomplete = |kind| matches!(kind, Kind::Function(missing) if missing > 0);
        if incomplete(self) || incomplete(other) {
            None
        } else if self.is_tuple() && other.is_tuple() {
            Some(Kind::Tuple)
        } else if self.is_pushed_exception() && other.is_pushed_exception() {
            Some(Kind::PreviousException)
        } else if self.is_object() && other.is_object() {
            Some(Kind::Object)
        } else {
            Some(Kind::MaybeNull)
        }
    }
}

/// A set of locals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// The empty set, with room for locals below `len`.
    pub fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)])
    }

    /// Whether it contains a local.
    pub fn get(&self, i: usize) -> bool {
        self.0[i / 64] >> (i % 64) & 1 != 0
    }

    /// Adds or removes a local.
    pub fn set(&mut self, i: usize, value: bool) {
        let bit = 1 << (i % 64);
        if value {
            self.0[i / 64] |= bit;
        } else {
            self.0[i / 64] &= !bit;
        }
    }

    /// Removes what is not in the other too; whether that was anything.
    pub fn intersect(&mut self, other: &Bits) -> bool {
        let mut changed = false;
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            changed |= *mine & !theirs != 0;
            *mine &= theirs;
        }
        changed
    }
}

/// What is known of a frame before an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The value stack, top last.
    pub stack: Vec<Kind>,
    /// Locals, cells and free variables whose slot is certainly not NULL.
    pub bound: Bits,
    /// Those whose slot certainly holds a cell.
    pub cells: Bits,
}

impl State {
    /// Weakens this to what holds in the other too; whether that changed anything. An error says what cannot be joined.
    pub fn join(&mut self, other: &State) -> Result<bool, &'static str> {
        if self.stack.len() != other.stack.len() {
            return Err("paths join with different stack depths");
        }
        let mut changed = self.bound.intersect(&other.bound);
        changed |= self.cells.intersect(&other.cells);
        for (mine, &theirs) in self.stack.iter_mut().zip(&other.stack) {
            let joined = mine.join(theirs).ok_or("a function lacks its closure where paths join")?;
            changed |= joined != *mine;
            *mine = joined;
        }
        Ok(changed)
    }
}
