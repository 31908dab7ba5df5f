//! Register allocation and selection: from the IR to [`MachineOp`]s for the stitcher.
//!
//! - [`uses`]: where each value is used next;
//! - [`select`]: which constants go inside the code, which op makes a constant;
//! - [`allocate`]: one pass forward over the trace that assigns registers and spill cells and emits, with `places`
//!   (taking and leaving registers), `calls` and `edges` (labels and jumps);
//! - [`moves`]: parallel moves, for call arguments, the back edge and labels of other traces.
//!
//! The result knows nothing of a CPU: both have the same register file, and the stencil table of either turns the
//! sequence into code.

pub mod allocate;
mod calls;
mod edges;
pub mod moves;
mod places;
pub mod select;
pub mod text;
pub mod uses;

use crate::ir::snapshot::SnapId;
use crate::ir::{Ref, Ty};
use weft_layout::op::MachineOp;

pub use allocate::lower;

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Loc {
    /// A general register.
    General(u8),
    /// A floating-point register.
    Float(u8),
    /// A spill cell.
    Cell(u16),
    /// Still in the slot of the Python frame it was loaded from, at this byte offset.
    Slot(u16),
    /// A constant: the bits a register of its type would hold.
    Const(u64),
    /// Nowhere: a virtual object, which the snapshot shows.
    Object,
}

/// One exit, or a call that names its snapshot.
#[derive(Clone, Debug)]
pub struct Site {
    /// The snapshot.
    pub snap: SnapId,
    /// The instruction that leaves.
    pub inst: u32,
    /// Where the snapshot's values are, in the order of [`crate::ir::snapshot::Snapshots::values`].
    pub locs: Vec<Loc>,
}

/// A trace ready to be stitched.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// The ops, in order.
    pub ops: Vec<MachineOp>,
    /// For each op, the instruction it came from.
    pub from: Vec<u32>,
    /// The exits, by their number in [`MachineOp::exit`].
    pub sites: Vec<Site>,
    /// The typed label.
    pub entry: Option<EntryLabel>,
    /// How many spill cells are in use at most.
    pub cells: usize,
}

/// A typed label: the position of its op, and where it expects which value of the header.
#[derive(Clone, Debug)]
pub struct EntryLabel {
    /// The position of the `label`.
    pub at: usize,
    /// The values, with their types and places.
    pub values: Vec<(Ref, Ty, Loc)>,
}

/// What a link needs to know of its target: where its label expects which value of its header, and addresses.
#[derive(Clone, Debug, Default)]
pub struct LinkTarget {
    /// The locations of the label's values, in the order of the `LINK`'s value list.
    pub locs: Vec<Loc>,
    /// The code to jump to; `None` for the trace itself.
    pub address: Option<u64>,
}
