//! The runtime helpers that traces call: what this crate has to know of each.
//!
//! The VM registers them at start-up; a `CALL` names one by its [`HelperId`]. The declaration is trusted: a helper
//! that does more than it says breaks the optimiser's assumptions.

use crate::ir::{Alias, Ty};

/// Index of a helper in its [`Helpers`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HelperId(pub u16);

/// What a helper may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Does {
    /// Depends on its arguments only and changes nothing: equal calls are merged, unused ones dropped.
    Nothing,
    /// Reads memory: dropped if unused.
    Reads,
    /// Writes memory of these alias classes (a union of [`writes`] bits), releases no object that traces can see and
    /// runs no Python code. Every register survives the call.
    Writes(u8),
    /// As `Writes`, and of all fields of objects only those of its first argument.
    WritesFirst(u8),
    /// May run Python code, or release objects: anything may have changed. All live values are in spill cells
    /// and the activation record names the call's snapshot.
    RunsPython,
}

/// The bit of an alias class in [`Does::Writes`].
pub const fn writes(class: Alias) -> u8 {
    1 << class as u8
}

/// One argument of a helper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param {
    /// Its type: `V` also takes a `P`.
    pub ty: Ty,
    /// The helper takes over the trace's reference, whether it succeeds or not.
    pub consumed: bool,
}

impl Param {
    /// An argument the helper only borrows.
    pub const fn borrowed(ty: Ty) -> Param {
        Param { ty, consumed: false }
    }

    /// An argument whose reference the helper takes over.
    pub const fn consumed(ty: Ty) -> Param {
        Param { ty, consumed: true }
    }
}

/// The declaration of one helper, an `extern "C"` function.
#[derive(Clone, Debug)]
pub struct Helper {
    /// Name in dumps and IR text.
    pub name: &'static str,
    /// The function's address.
    pub address: usize,
    /// The fixed arguments: at most six that go in general registers, and eight floats.
    pub params: Vec<Param>,
    /// Further arguments, of this kind, go into an array; the function gets its address after the fixed arguments.
    /// It does not get its length.
    pub array: Option<Param>,
    /// The result's type; [`Ty::None`] for none.
    pub result: Ty,
    /// The result is a new reference, which the trace owns. Otherwise it is borrowed.
    pub owned: bool,
    /// The function returns a word, and 0 means that an exception is pending: the trace leaves by the call's snapshot.
    /// With result [`Ty::None`] any other word will do.
    pub raises: bool,
    /// What it may do.
    pub does: Does,
}

/// The helpers of a VM.
#[derive(Clone, Debug, Default)]
pub struct Helpers {
    list: Vec<Helper>,
}

impl Helpers {
    /// Adds a helper.
    ///
    /// # Panics
    /// If it has more arguments than there are registers, or may raise without a word to say so.
    pub fn add(&mut self, helper: Helper) -> HelperId {
        let floats = helper.params.iter().filter(|p| p.ty == Ty::F).count();
        let general = helper.params.len() - floats + helper.array.is_some() as usize;
        assert!(general <= 6 && floats <= 8, "{}: too many arguments", helper.name);
        assert!(!helper.raises || helper.result != Ty::F, "{}: a float cannot tell of an exception", helper.name);
        assert!(!(helper.raises && helper.does == Does::Nothing), "{}: a helper that raises has an effect", helper.name);
        self.list.push(helper);
        HelperId(self.list.len() as u16 - 1)
    }

    /// The declaration of a helper.
    pub fn get(&self, id: HelperId) -> &Helper {
        &self.list[id.0 as usize]
    }

    /// The helper of that name.
    pub fn find(&self, name: &str) -> Option<HelperId> {
        self.list.iter().position(|h| h.name == name).map(|i| HelperId(i as u16))
    }

    /// The number of helpers.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl Helper {
    /// How argument number `i` is passed.
    pub fn param(&self, i: usize) -> Option<Param> {
        self.params.get(i).copied().or(self.array)
    }
}
