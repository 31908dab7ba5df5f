//! Snapshots: what the interpreter's frames look like at a point of the trace.
//!
//! A snapshot lists the frames, outermost first. A frame has *words*, which only the VM understands (code
//! pointer, function, resume pointer, continuation), and *slots*: which IR value is in which local or stack
//! slot, and whether the trace's own reference is handed over (`move`) or a new one is needed (`copy`).
//! References the trace owns that no slot takes are listed as *drops*; the VM releases them after the frames
//! are complete. Guards between which nothing changed share one snapshot.
//!
//! All snapshots of a trace live in one [`Snapshots`] pool of flat vectors.

use super::Ref;
use std::ops::Range;

/// Index of a snapshot in its trace's [`Snapshots`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SnapId(pub u32);

impl SnapId {
    /// Stands for "no snapshot".
    pub const NONE: SnapId = SnapId(u32::MAX);
}

/// Where the interpreter goes on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Resume {
    /// The bytecode at the resume pointer is executed (again): the trace has done nothing of it yet.
    #[default]
    At,
    /// The bytecode has been executed; the one after it is next.
    After,
    /// The bytecode has raised; the exception is pending in the thread.
    Raising,
}

/// One slot of a frame in a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotEntry {
    /// The value, or a constant; [`Ref::NONE`] writes NULL (an unbound local).
    pub value: Ref,
    /// Index of the slot among the frame's locals, cells and stack.
    pub slot: u16,
    /// The trace's reference goes to the slot; otherwise the exit makes a new one.
    pub moved: bool,
}

/// One frame of a snapshot: ranges into the pool's words and slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapFrame {
    words: Range<u32>,
    slots: Range<u32>,
}

/// One snapshot: ranges into the pool's frames, of which the last are virtual objects, and drops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Where the interpreter goes on.
    pub resume: Resume,
    frames: Range<u32>,
    objects: u32,
    drops: Range<u32>,
}

/// The snapshots of one trace.
#[derive(Clone, Debug, Default)]
pub struct Snapshots {
    list: Vec<Snapshot>,
    frames: Vec<SnapFrame>,
    words: Vec<u64>,
    slots: Vec<SlotEntry>,
    drops: Vec<Ref>,
}

fn of(r: &Range<u32>) -> Range<usize> {
    r.start as usize..r.end as usize
}

impl Snapshots {
    /// The number of snapshots.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All ids, in order of creation.
    pub fn ids(&self) -> impl Iterator<Item = SnapId> + use<> {
        (0..self.list.len() as u32).map(SnapId)
    }

    /// Where the interpreter goes on.
    pub fn resume(&self, id: SnapId) -> Resume {
        self.list[id.0 as usize].resume
    }

    /// The frames, outermost first, each as its words and its slots.
    pub fn frames(&self, id: SnapId) -> impl ExactSizeIterator<Item = (&[u64], &[SlotEntry])> {
        let s = &self.list[id.0 as usize];
        let range = of(&(s.frames.start..s.frames.end - s.objects));
        self.frames[range].iter().map(|f| (&self.words[of(&f.words)], &self.slots[of(&f.slots)]))
    }

    /// The virtual objects that slots show, each as the number of its recipe and its slots: slot 0 is its name, the others are
    /// its fields.
    pub fn objects(&self, id: SnapId) -> impl Iterator<Item = (usize, &[SlotEntry])> {
        let s = &self.list[id.0 as usize];
        let range = of(&(s.frames.end - s.objects..s.frames.end));
        self.frames[range].iter().map(|f| (self.words[f.words.start as usize] as usize, &self.slots[of(&f.slots)]))
    }

    /// The references to release once the frames are complete.
    pub fn drops(&self, id: SnapId) -> &[Ref] {
        &self.drops[of(&self.list[id.0 as usize].drops)]
    }

    /// Every value the snapshot mentions, slots first. A value may come more than once.
    pub fn values(&self, id: SnapId) -> impl Iterator<Item = Ref> {
        let slots = self.all_slots(id).map(|e| e.value).filter(|r| !r.is_none());
        slots.chain(self.drops(id).iter().copied())
    }

    /// The slots of all frames and virtual objects, in order.
    pub fn all_slots(&self, id: SnapId) -> impl Iterator<Item = &SlotEntry> {
        let range = of(&self.list[id.0 as usize].frames);
        self.frames[range].iter().flat_map(|f| &self.slots[of(&f.slots)])
    }

    /// Calls `f` with every slot and the number of its frame; virtual objects come after the frames.
    pub fn for_each_slot(&mut self, id: SnapId, mut f: impl FnMut(usize, &mut SlotEntry)) {
        for (n, frame) in self.frames[of(&self.list[id.0 as usize].frames)].iter().enumerate() {
            self.slots[of(&frame.slots)].iter_mut().for_each(|e| f(n, e));
        }
    }

    /// Takes a slot out of the outermost frame.
    pub fn remove_slot(&mut self, id: SnapId, slot: u16) {
        let frame = &mut self.frames[self.list[id.0 as usize].frames.start as usize];
        let slots = &mut self.slots[of(&frame.slots)];
        if let Some(at) = slots.iter().position(|e| e.slot == slot) {
            slots[at..].rotate_left(1);
            frame.slots.end -= 1;
        }
    }

    /// Starts a snapshot; its frames, slots and drops follow by [`Self::frame`], [`Self::slot`] and [`Self::drop_ref`].
    pub fn begin(&mut self, resume: Resume) -> SnapId {
        let (f, d) = (self.frames.len() as u32, self.drops.len() as u32);
        self.list.push(Snapshot { resume, frames: f..f, objects: 0, drops: d..d });
        SnapId(self.list.len() as u32 - 1)
    }

    /// Adds a frame, inside the one before, to the snapshot that was begun last.
    pub fn frame(&mut self, words: &[u64]) {
        let (w, s) = (self.words.len() as u32, self.slots.len() as u32);
        self.words.extend_from_slice(words);
        self.frames.push(SnapFrame { words: w..self.words.len() as u32, slots: s..s });
        self.list.last_mut().expect("begun").frames.end += 1;
    }

    /// Adds a virtual object, by its recipe, to the snapshot that was begun last; its slots follow. No frame comes after it.
    pub fn object(&mut self, recipe: usize) {
        self.frame(&[recipe as u64]);
        self.list.last_mut().expect("begun").objects += 1;
    }

    /// Adds a slot to the frame that was added last.
    pub fn slot(&mut self, entry: SlotEntry) {
        self.slots.push(entry);
        self.frames.last_mut().expect("frame added").slots.end += 1;
    }

    /// Adds a reference to release to the snapshot that was begun last.
    pub fn drop_ref(&mut self, value: Ref) {
        self.drops.push(value);
        self.list.last_mut().expect("begun").drops.end += 1;
    }

    /// A copy of a snapshot with every value replaced.
    pub fn copy_with(&mut self, id: SnapId, mut subst: impl FnMut(Ref) -> Ref) -> SnapId {
        let old = self.list[id.0 as usize].clone();
        let new = self.begin(old.resume);
        for f in of(&old.frames) {
            let frame = self.frames[f].clone();
            let start = self.slots.len() as u32;
            for s in of(&frame.slots) {
                let e = self.slots[s];
                let value = if e.value.is_none() { e.value } else { subst(e.value) };
                self.slots.push(SlotEntry { value, ..e });
            }
            self.frames.push(SnapFrame { words: frame.words, slots: start..self.slots.len() as u32 });
            self.list[new.0 as usize].frames.end += 1;
        }
        self.list[new.0 as usize].objects = old.objects;
        for d in of(&old.drops) {
            let value = subst(self.drops[d]);
            self.drop_ref(value);
        }
        new
    }

    /// Replaces every value of every snapshot.
    pub fn replace_all(&mut self, mut subst: impl FnMut(Ref) -> Ref) {
        for e in &mut self.slots {
            if !e.value.is_none() {
                e.value = subst(e.value);
            }
        }
        for d in &mut self.drops {
            *d = subst(*d);
        }
    }

    /// Takes one mention of `value` from the snapshot's drops. Returns whether there was one.
    pub fn remove_drop(&mut self, id: SnapId, value: Ref) -> bool {
        let range = &mut self.list[id.0 as usize].drops;
        let drops = &mut self.drops[of(range)];
        let Some(at) = drops.iter().position(|&d| d == value) else {
            return false;
        };
        drops[at..].rotate_left(1);
        range.end -= 1;
        true
    }
}
