//! The references a trace owns.

use crate::ir::Ref;

/// How many references to each value the trace owns. Few values have any at one time, so they are searched one by one.
#[derive(Default)]
pub(super) struct Owned(Vec<(Ref, i32)>);

impl Owned {
    /// References to a root.
    pub(super) fn count(&self, root: Ref) -> i32 {
        self.0.iter().find(|c| c.0 == root).map_or(0, |c| c.1)
    }

    /// Changes the number of references to a root.
    pub(super) fn add(&mut self, root: Ref, change: i32) {
        match self.0.iter().position(|c| c.0 == root) {
            Some(i) => {
                self.0[i].1 += change;
                if self.0[i].1 == 0 {
                    self.0.swap_remove(i);
                }
            }
            None => self.0.push((root, change)),
        }
    }

    /// All roots of which there are references, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Ref, i32)> {
        self.0.iter().copied()
    }
}
