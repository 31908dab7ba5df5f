//! Reading an exit: what the frames are, from the snapshot, the machine frame and the registers saved in it.
//!
//! A value may still be in a slot of the Python frame, so all values are read before any slot is written.

use crate::ir::snapshot::{Resume, SlotEntry, SnapId};
use crate::ir::{Ref, Ty};
use crate::lower::Loc;
use crate::store::{CompiledTrace, ExitId};
use weft_layout::machine_frame::MachineFrame;
use weft_layout::tag::{self, Word};

/// A trace that has left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitInfo {
    /// Where: perhaps not the trace that was entered, but one it led to.
    pub id: ExitId,
    /// The Python frame that was in the pinned register.
    pub python_frame: u64,
}

/// The snapshot of an exit or call, with where its values are.
#[derive(Clone, Copy)]
pub struct SnapshotView<'a> {
    trace: &'a CompiledTrace,
    snap: SnapId,
    locs: &'a [Loc],
}

/// One frame of a [`SnapshotView`].
pub struct FrameView<'a> {
    /// The words the recorder gave it.
    pub words: &'a [u64],
    trace: &'a CompiledTrace,
    slots: &'a [SlotEntry],
    locs: &'a [Loc],
}

/// A value of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitValue {
    /// Its type.
    pub ty: Ty,
    /// Where it is.
    pub loc: Loc,
    /// Equal for equal floats: one that several slots show is boxed once.
    pub id: Ref,
}

/// A slot of a frame.
#[derive(Clone, Copy, Debug)]
pub struct SlotView {
    /// Index of the slot.
    pub slot: u16,
    /// The value; `None` for NULL.
    pub value: Option<ExitValue>,
    /// The trace's reference goes to the slot. Otherwise whoever writes the slot makes a new one.
    pub moved: bool,
}

impl<'a> SnapshotView<'a> {
    /// The view of an exit of a trace.
    pub fn of(trace: &'a CompiledTrace, exit: u16) -> SnapshotView<'a> {
        let e = &trace.exits[exit as usize];
        SnapshotView { trace, snap: e.snap, locs: &e.locs }
    }

    /// Where the interpreter goes on.
    pub fn resume(&self) -> Resume {
        self.trace.ir.snaps.resume(self.snap)
    }

    /// The frames, outermost first. The first is the one the trace runs in, which is in memory except for these slots.
    pub fn frames(&self) -> impl Iterator<Item = FrameView<'a>> + use<'a> {
        let SnapshotView { trace, snap, locs } = *self;
        let mut next = 0;
        trace.ir.snaps.frames(snap).map(move |(words, slots)| {
            let n = slots.iter().filter(|s| !s.value.is_none()).count();
            let here = &locs[next..next + n];
            next += n;
            FrameView { words, trace, slots, locs: here }
        })
    }

    /// References to release once the frames are complete.
    pub fn drops(&self) -> impl Iterator<Item = ExitValue> + use<'a> {
        let SnapshotView { trace, snap, locs } = *self;
        let drops = trace.ir.snaps.drops(snap);
        let locs = &locs[locs.len() - drops.len()..];
        drops.iter().zip(locs).map(move |(&r, &loc)| value(trace, r, loc))
    }
}

fn value(trace: &CompiledTrace, r: Ref, loc: Loc) -> ExitValue {
    let ty = trace.ty(r);
    // Only floats are boxed here, so only they need a name by which to find a box again.
    ExitValue { ty, loc, id: if ty == Ty::F { trace.ir.root(r) } else { r } }
}

impl<'a> FrameView<'a> {
    /// The slots.
    pub fn slots(&self) -> impl Iterator<Item = SlotView> + use<'a> {
        let trace = self.trace;
        let mut locs = self.locs.iter();
        self.slots.iter().map(move |s| SlotView {
            slot: s.slot,
            value: (!s.value.is_none()).then(|| value(trace, s.value, *locs.next().expect("a location"))),
            moved: s.moved,
        })
    }
}

impl ExitValue {
    /// The bits of the value: as a register of its type would hold it.
    ///
    /// # Safety
    /// `frame` is the machine frame the trace ran in, with its registers saved, and `python_frame` the Python frame that
    /// was current.
    pub unsafe fn bits(&self, frame: &MachineFrame, python_frame: u64) -> u64 {
        match self.loc {
            Loc::General(n) => frame.general[n as usize],
            Loc::Float(n) => frame.float[n as usize],
            Loc::Cell(n) => frame.cells[n as usize],
            Loc::Const(bits) => bits,
            // SAFETY: the slot is one of the Python frame's, from which the trace has loaded it before.
            Loc::Slot(disp) => unsafe { *((python_frame + disp as u64) as *const u64) },
        }
    }

    /// The tagged value, without a reference of its own; a float goes through `box_float` (once for each
    /// [`ExitValue::id`], if its identity is to be kept), which makes a new reference.
    ///
    /// # Safety
    /// As [`Self::bits`].
    pub unsafe fn tagged(&self, frame: &MachineFrame, python_frame: u64, box_float: impl FnOnce(f64) -> Word) -> Word {
        // SAFETY: the caller's.
        let bits = unsafe { self.bits(frame, python_frame) };
        match self.ty {
            Ty::I => bits | 1,
            Ty::B => tag::bool_word(bits != 0),
            Ty::F => box_float(f64::from_bits(bits)),
            _ => bits,
        }
    }
}
