//! Reading an exit: what the frames are, from the snapshot, the machine frame and the registers saved in it.
//!
//! A value may still be in a slot of the Python frame, so all values are read before any slot is written.

use crate::builder::Recipe;
use crate::ir::snapshot::{Resume, SlotEntry};
use crate::ir::{Ref, Ty};
use crate::lower::Loc;
use crate::planted::{Bug, planted};
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

/// The snapshot of an exit or call with where its values are, laid out flat: what taking the exit reads, and no more. Made
/// when the exit is first taken.
#[derive(Clone, Debug)]
pub struct ExitState {
    /// Where the interpreter goes on.
    pub resume: Resume,
    words: Box<[u64]>,
    slots: Box<[SlotView]>,
    drops: Box<[ExitValue]>,
    objects: Box<[ObjectView]>,
    /// Where each frame's words and slots end.
    frames: Box<[(u32, u32)]>,
}

/// One frame of an [`ExitState`].
pub struct FrameView<'a> {
    /// The words the recorder gave it.
    pub words: &'a [u64],
    /// Its slots.
    pub slots: &'a [SlotView],
}

/// A virtual object of an [`ExitState`], which an exit has to make.
#[derive(Clone, Debug)]
pub struct ObjectView {
    /// Values whose place is [`Loc::Object`] and whose `id` is this are the object.
    pub id: Ref,
    /// How it is made.
    pub recipe: Recipe,
    /// Its fields.
    pub fields: Box<[SlotView]>,
}

/// A value of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitValue {
    /// Its type.
    pub ty: Ty,
    /// Where it is.
    pub loc: Loc,
    /// Equal for equal floats, one of which several slots show being boxed once, and for one virtual object.
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

impl ExitState {
    /// The state at an exit of a trace.
    pub fn of(trace: &CompiledTrace, exit: u16) -> ExitState {
        let e = &trace.exits[exit as usize];
        let snaps = &trace.ir.snaps;
        let value = |r: Ref, loc: Loc| {
            let ty = trace.ty(r);
            // Only floats are boxed here and virtual objects made, so only they need a name by which to find them again.
            ExitValue { ty, loc, id: if ty == Ty::F || loc == Loc::Object { trace.ir.root(r) } else { r } }
        };
        let mut locs = e.locs.iter().copied();
        let mut next = || locs.next().expect("a location for each value");
        let (mut words, mut slots, mut frames) = (Vec::new(), Vec::new(), Vec::new());
        let mut view =
            |s: &SlotEntry| SlotView { slot: s.slot, value: (!s.value.is_none()).then(|| value(s.value, next())), moved: s.moved };
        for (w, entries) in snaps.frames(e.snap) {
            words.extend_from_slice(w);
            slots.extend(entries.iter().map(&mut view));
            frames.push((words.len() as u32, slots.len() as u32));
        }
        let mut objects = Vec::new();
        for (recipe, entries) in snaps.objects(e.snap) {
            let mut fields: Vec<SlotView> = entries.iter().map(&mut view).collect();
            let name = fields.remove(0);
            let id = name.value.expect("an object has a name").id;
            objects.push(ObjectView { id, recipe: trace.ir.recipes[recipe].clone(), fields: fields.into() });
        }
        if let Some([first, second]) = slots.last_chunk_mut()
            && planted(Bug::WrongSlot)
            && [&*first, &*second].iter().all(|s: &&SlotView| s.value.is_some_and(|v| v.ty == Ty::I))
        {
            second.value = first.value;
        }
        let drops = snaps.drops(e.snap).iter().map(|&r| value(r, next())).collect();
        ExitState {
            resume: snaps.resume(e.snap),
            words: words.into(),
            slots: slots.into(),
            drops,
            objects: objects.into(),
            frames: frames.into(),
        }
    }

    /// The frames, outermost first. The first is the one the trace runs in, which is in memory except for these slots.
    #[inline]
    pub fn frames(&self) -> impl Iterator<Item = FrameView<'_>> {
        let mut begin = (0, 0);
        self.frames.iter().map(move |&end| {
            let (words, slots) = (begin.0 as usize..end.0 as usize, begin.1 as usize..end.1 as usize);
            begin = end;
            FrameView { words: &self.words[words], slots: &self.slots[slots] }
        })
    }

    /// The slots of all frames, in order.
    #[inline]
    pub fn slots(&self) -> &[SlotView] {
        &self.slots
    }

    /// The virtual objects that slots, or each other's fields, show.
    pub fn objects(&self) -> &[ObjectView] {
        &self.objects
    }

    /// References to release once the frames are complete.
    #[inline]
    pub fn drops(&self) -> &[ExitValue] {
        &self.drops
    }
}

impl ExitValue {
    /// The bits of the value: as a register of its type would hold it.
    ///
    /// # Safety
    /// `frame` is the machine frame the trace ran in, with its registers saved, and `python_frame` the Python frame that
    /// was current.
    #[inline]
    pub unsafe fn bits(&self, frame: &MachineFrame, python_frame: u64) -> u64 {
        match self.loc {
            Loc::General(n) => frame.general[n as usize],
            Loc::Float(n) => frame.float[n as usize],
            Loc::Cell(n) => frame.cells[n as usize],
            Loc::Const(bits) => bits,
            Loc::Object => unreachable!("a virtual object has no bits"),
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
