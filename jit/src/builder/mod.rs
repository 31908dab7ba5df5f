//! What the recorder builds a trace with.
//!
//! A [`TraceBuilder`] mirrors the interpreter's frames: the recorder keeps the slots of each frame up to date as it
//! follows the bytecode, and every op that may leave the trace gets a snapshot of them by itself. The builder also
//! counts the references the trace owns, so the recorder never says whether a slot's reference is moved or copied:
//! slots that hold the same value share one reference, and whatever no slot holds is dropped at exits. What the
//! recorder has to do is
//! - call [`TraceBuilder::discard`] when a value has left the frames for good (`POP_TOP`, an operand that was used), or
//!   [`TraceBuilder::overwrite`] where a value replaces another (`STORE_FAST`);
//! - not incref for `LOAD_FAST`, `COPY` and their like: put the same value into the other slot;
//! - pass values to [`TraceBuilder::store`] and to consuming helpers when they are no longer in the frames, or let the
//!   builder incref them if they still are.

mod calls;
mod objects;
mod owned;

use crate::abort::Abort;
use crate::helper::{Does, HelperId};
use crate::ir::snapshot::{Resume, SlotEntry, SnapId};
use crate::ir::text::default_alias;
use crate::ir::{Alias, Code, Inst, Origin, Pseudo, Ref, Trace, Ty, flag};
use crate::opt::applied::Rule;
use crate::opt::emit::{Emitter, Environment};
use crate::opt::{Passes, peel};
use crate::planted::{Bug, planted};
use crate::store::TraceId;
use foldhash::{HashMap, HashMapExt};
use std::borrow::Cow;
use std::sync::Arc;
use weft_layout::op::{Effect, Imm, Kind, Op};
use weft_layout::tag;

pub use objects::{Cell, Filling, Recipe};

/// What starts a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceKind {
    /// A loop's header; ends with [`TraceBuilder::close_loop`], or as the others do.
    Loop,
    /// A function's entry.
    Entry,
    /// An exit of another trace.
    Side {
        /// The trace.
        parent: TraceId,
        /// Its exit.
        exit: u16,
    },
}

/// A frame as the recorder sees it.
#[derive(Clone, Debug, Default)]
struct Frame {
    words: Vec<u64>,
    slots: Vec<Option<Ref>>,
}

/// A trace being recorded.
pub struct TraceBuilder {
    pub(crate) e: Emitter,
    pub(crate) kind: TraceKind,
    pub(crate) entry_words: Vec<u64>,
    pub(crate) depends: Vec<u64>,
    pub(crate) max_insts: usize,
    frames: Vec<Frame>,
    owned: owned::Owned,
    /// The boxes of floats.
    boxes: HashMap<Ref, Ref>,
    /// The virtual objects in use.
    objects: Vec<objects::Object>,
    /// Virtual objects that have been made, by name.
    made: HashMap<Ref, Ref>,
    /// Values in the order in which they are being discarded.
    leaving: Vec<Ref>,
    /// The newest snapshot, while nothing has changed since.
    newest: Option<(SnapId, Resume)>,
    /// A call that may run Python code was not followed by [`Self::after_call`] yet.
    unguarded_call: bool,
    ended: bool,
    /// It begins where a call of its parent returns.
    pub(crate) at_return: bool,
    /// How many Python calls the trace is deep at most.
    pub(crate) deepest: usize,
}

type Built<T> = Result<T, Abort>;

impl TraceBuilder {
    /// A builder with one frame, whose slots are in memory. `words` are its words at the start of the trace. For side
    /// traces see [`crate::Jit::side_trace`].
    pub fn new(kind: TraceKind, words: &[u64], env: Arc<Environment>, passes: Passes) -> TraceBuilder {
        TraceBuilder {
            e: Emitter::new(env, passes),
            kind,
            entry_words: words.to_vec(),
            depends: Vec::new(),
            max_insts: 4000,
            frames: vec![Frame { words: words.to_vec(), slots: Vec::new() }],
            owned: owned::Owned::default(),
            boxes: HashMap::new(),
            objects: Vec::new(),
            made: HashMap::new(),
            leaving: Vec::new(),
            newest: None,
            unguarded_call: false,
            ended: false,
            at_return: false,
            deepest: 1,
        }
    }

    /// The trace so far.
    pub fn trace(&self) -> &Trace {
        &self.e.trace
    }

    /// The type of a value.
    pub fn ty(&self, r: Ref) -> Ty {
        self.e.trace.ty(r)
    }

    /// Says which bytecode the following instructions come from.
    pub fn set_origin(&mut self, origin: Origin) {
        let origins = &mut self.e.trace.origins;
        if origins.last() != Some(&origin) {
            origins.push(origin);
        }
        self.e.origin = (origins.len() - 1).min(u16::MAX as usize) as u16;
    }

    /// The trace is thrown away when this key is invalidated.
    pub fn depends_on(&mut self, key: u64) {
        self.depends.push(key);
    }

    /// Gives up. The builder has to be dropped.
    pub fn abort<T>(&self, reason: impl Into<Cow<'static, str>>) -> Built<T> {
        Err(Abort::Recorder(reason.into()))
    }

    // Constants.

    /// A small int, unboxed. It has to fit 63 bits.
    pub fn const_int(&mut self, i: i64) -> Ref {
        debug_assert!((tag::INT_MIN..=tag::INT_MAX).contains(&i));
        self.e.trace.consts.add(Ty::I, (i << 1) as u64)
    }

    /// A float, unboxed.
    pub fn const_float(&mut self, f: f64) -> Ref {
        self.e.trace.consts.add(Ty::F, f.to_bits())
    }

    /// A bool, unboxed.
    pub fn const_bool(&mut self, b: bool) -> Ref {
        self.e.trace.consts.add(Ty::B, b as u64)
    }

    /// A raw word.
    pub fn const_word(&mut self, w: u64) -> Ref {
        self.e.trace.consts.add(Ty::W, w)
    }

    /// The word of a constant.
    pub fn constant(&self, r: Ref) -> Option<u64> {
        self.e.trace.constant(r).map(|c| c.bits)
    }

    /// A tagged value. If it is an object, the VM keeps it alive as long as the trace.
    pub fn const_value(&mut self, word: u64) -> Ref {
        self.e.trace.consts.add(Ty::V, word)
    }

    /// A heap object, which the VM keeps alive as long as the trace.
    pub fn const_ptr(&mut self, address: u64) -> Ref {
        self.e.trace.consts.add(Ty::P, address)
    }

    // Frames and slots.

    /// How many frames deep the trace is; 1 outside of inlined calls.
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Enters an inlined call: a frame without slots yet.
    pub fn push_frame(&mut self, words: &[u64]) {
        self.newest = None;
        self.frames.push(Frame { words: words.to_vec(), slots: Vec::new() });
        self.deepest = self.deepest.max(self.frames.len());
    }

    /// Leaves an inlined call. Returns the values its slots still held, for the recorder to [`Self::discard`] once it
    /// has put the result in its place.
    pub fn pop_frame(&mut self) -> Vec<Ref> {
        self.newest = None;
        let frame = self.frames.pop().expect("a frame");
        assert!(!self.frames.is_empty(), "the trace's own frame cannot be left");
        frame.slots.into_iter().rev().flatten().collect()
    }

    /// Says in which order values are about to be discarded: an exit on the way drops the rest in the same order.
    pub fn leaving(&mut self, values: &[Ref]) {
        self.leaving.clear();
        self.leaving.extend_from_slice(values);
    }

    /// The words of the innermost frame.
    pub fn words(&self) -> &[u64] {
        &self.frames.last().expect("a frame").words
    }

    /// Sets the words of the innermost frame, the resume pointer for instance.
    pub fn set_words(&mut self, words: &[u64]) {
        let frame = self.frames.last_mut().expect("a frame");
        if frame.words != words {
            frame.words.clear();
            frame.words.extend_from_slice(words);
            self.newest = None;
        }
    }

    /// The value in a slot of the innermost frame. In the trace's own frame, a slot that was not used before is loaded.
    pub fn slot(&mut self, i: usize) -> Built<Ref> {
        let depth = self.frames.len();
        let frame = self.frames.last_mut().expect("a frame");
        if let Some(Some(r)) = frame.slots.get(i) {
            return Ok(*r);
        }
        if depth > 1 {
            return Err(Abort::Invalid(format!("slot {i} of an inlined frame has no value")));
        }
        let mut load = Inst::new(Op::LoadSlot, [Ref::NONE; 3]);
        load.disp = self.e.env.slot_offset + 8 * i as u16;
        if self.e.trace.insts.iter().any(|x| x.op() == Some(Op::LoadSlot) && x.disp == load.disp) {
            return Err(Abort::Invalid(format!("slot {i} was emptied and has no value")));
        }
        load.origin = self.e.origin;
        let r = self.e.append(load);
        self.gain(r);
        self.set_slot(i, r);
        Ok(r)
    }

    /// The value in a slot of the innermost frame, if the trace knows it.
    pub fn known_slot(&self, i: usize) -> Option<Ref> {
        self.frames.last().expect("a frame").slots.get(i).copied().flatten()
    }

    /// Puts a value into a slot of the innermost frame. What was there is forgotten, not released. An unbound slot
    /// holds the tagged constant 0.
    ///
    /// In the trace's own frame, what a slot in memory holds has to be loaded and discarded first
    /// ([`Self::overwrite`] does), unless it is known to be free, as above the value stack.
    pub fn set_slot(&mut self, i: usize, value: Ref) {
        debug_assert!(!value.is_none());
        let value = self.resolve(value);
        let slots = &mut self.frames.last_mut().expect("a frame").slots;
        if slots.len() <= i {
            slots.resize(i + 1, None);
        }
        if slots[i] != Some(value) {
            slots[i] = Some(value);
            self.newest = None;
        }
    }

    /// The value in a slot of frame `depth`, 0 being the trace's own. If that is not the innermost, the slot has to be known.
    pub fn outer_slot(&self, depth: usize, i: usize) -> Built<Ref> {
        let known = self.frames.get(depth).and_then(|f| f.slots.get(i).copied().flatten());
        known.ok_or_else(|| Abort::Invalid(format!("slot {i} of frame {depth} has no value")))
    }

    /// Replaces the value in a slot of frame `depth` that has one. The old one is forgotten, not released.
    pub fn set_outer_slot(&mut self, depth: usize, i: usize, value: Ref) {
        self.frames[depth].slots[i] = Some(value);
        self.newest = None;
    }

    /// Empties a slot of the innermost frame that is no longer part of it: a popped stack slot. Returns its value.
    pub fn take_slot(&mut self, i: usize) -> Built<Ref> {
        let r = self.slot(i)?;
        self.newest = None;
        self.frames.last_mut().expect("a frame").slots[i] = None;
        Ok(r)
    }

    /// Replaces the value in a slot of the innermost frame and discards the old one, which may be unbound.
    pub fn overwrite(&mut self, i: usize, value: Ref) -> Built<()> {
        let old = self.slot(i)?;
        self.set_slot(i, value);
        self.discard_nullable(old)
    }

    /// How many slots hold a value, in any frame or virtual object.
    pub fn mentions(&self, r: Ref) -> usize {
        let root = self.e.trace.root(self.resolve(r));
        let slots = self.frames.iter().flat_map(|f| &f.slots).flatten();
        let fields = self.objects.iter().flat_map(|o| &o.fields);
        slots.chain(fields).filter(|&&s| self.e.trace.root(s) == root).count()
    }

    /// How many references to a value the trace owns.
    pub fn count(&self, r: Ref) -> i32 {
        let root = self.e.trace.root(self.resolve(r));
        if self.is_immediate(root) { 0 } else { self.owned.count(root) }
    }

    fn is_immediate(&self, root: Ref) -> bool {
        self.e.trace.is_immediate(root) || self.e.facts.of(&self.e.trace, root).immediate()
    }

    fn gain(&mut self, r: Ref) {
        if self.ty(r).counts() {
            let root = self.e.trace.root(r);
            self.owned.add(root, 1);
            self.newest = None;
        }
    }

    fn lose(&mut self, r: Ref) {
        if self.ty(r).counts() {
            let root = self.e.trace.root(r);
            self.owned.add(root, -1);
            self.newest = None;
        }
    }

    // Snapshots.

    /// The snapshot of the frames as they are now. Equal ones in a row are one.
    pub fn snapshot(&mut self, resume: Resume) -> SnapId {
        if let Some((id, r)) = self.newest
            && r == resume
        {
            return id;
        }
        let mut left: Vec<(Ref, i32)> = self.owned.iter().filter(|c| c.1 > 0 && !self.is_immediate(c.0)).collect();
        let order: Vec<Ref> = self.leaving.iter().map(|&v| self.e.trace.root(self.resolve(v))).collect();
        let reachable = self.reachable();
        left.sort_by_key(|c| (order.iter().position(|&v| v == c.0).unwrap_or(usize::MAX), c.0));
        let trace = &mut self.e.trace;
        let mut snaps = std::mem::take(&mut trace.snaps);
        let id = snaps.begin(resume);
        let mut entry = |i: usize, value: Ref| {
            let root = trace.root(value);
            let own = left.iter_mut().find(|c| c.0 == root && c.1 > 0);
            let moved = own.is_some();
            if let Some(c) = own {
                c.1 -= 1;
            }
            SlotEntry { value: peel::unboxed(trace, value), slot: i as u16, moved }
        };
        for frame in &self.frames {
            snaps.frame(&frame.words);
            for (i, value) in frame.slots.iter().enumerate() {
                if let Some(value) = *value {
                    snaps.slot(entry(i, value));
                }
            }
        }
        for o in reachable.into_iter().map(|i| &self.objects[i]) {
            snaps.object(o.recipe);
            snaps.slot(entry(0, o.name));
            for (i, &value) in o.fields.iter().enumerate() {
                snaps.slot(entry(i + 1, value));
            }
        }
        for (r, n) in left {
            (0..n).for_each(|_| snaps.drop_ref(r));
        }
        trace.snaps = snaps;
        self.newest = Some((id, resume));
        id
    }

    // Emitting.

    /// Emits an op of the table. `args` are its operands, then the constant it carries, if any. An op that may exit
    /// gets a snapshot that resumes at the current bytecode.
    pub fn emit(&mut self, op: Op, args: &[Ref]) -> Built<Ref> {
        self.emit_inst(op, args, 0, None, None)
    }

    /// As [`Self::emit`] with a snapshot taken before.
    pub fn emit_with(&mut self, op: Op, args: &[Ref], snap: SnapId) -> Built<Ref> {
        self.emit_inst(op, args, 0, None, Some(snap))
    }

    /// Emits a memory access at an offset in bytes. `alias` is the class of memory; see [`default_alias`].
    pub fn access(&mut self, op: Op, args: &[Ref], disp: u16, alias: Option<Alias>) -> Built<Ref> {
        self.emit_inst(op, args, disp, alias, None)
    }

    /// A load from a fixed offset.
    pub fn load(&mut self, op: Op, base: Ref, disp: u16) -> Built<Ref> {
        self.access(op, &[base], disp, None)
    }

    /// A store to a fixed offset. A tagged value's reference goes into memory; what was there has to be loaded before,
    /// and [`Self::own`]ed and discarded after.
    pub fn store(&mut self, op: Op, base: Ref, value: Ref, disp: u16) -> Built<()> {
        self.access(op, &[base, value], disp, None).map(drop)
    }

    fn emit_inst(&mut self, op: Op, args: &[Ref], disp: u16, alias: Option<Alias>, snap: Option<SnapId>) -> Built<Ref> {
        debug_assert!(!self.ended, "the trace has ended");
        debug_assert!(!self.unguarded_call || op == Op::GuardNotForced, "after_call, please");
        if self.e.trace.insts.len() > self.max_insts {
            return Err(Abort::TooLong);
        }
        let info = op.info();
        debug_assert_eq!(args.len(), info.operands.len() + (info.imm != Imm::No) as usize, "{}", op.name());
        let mut fields = [Ref::NONE; 3];
        fields[..args.len()].copy_from_slice(args);
        if !(info.operands.is_empty() || self.objects.is_empty() && self.made.is_empty()) {
            fields[0] = self.resolve(fields[0]);
            if let Some(object) = self.object(fields[0]) {
                let known = self.field(object, op, disp).or_else(|| self.about_object(object, op, &fields[..args.len()]));
                if let Some(known) = known {
                    self.e.trace.applied.count(Rule::VirtualField);
                    return Ok(known);
                }
                if info.effect == Effect::Store && args.len() == 2 && self.store_field(object, op, fields[1], disp) {
                    self.e.trace.applied.count(Rule::VirtualStore);
                    return Ok(Ref::NONE);
                }
            }
            for field in &mut fields[..info.operands.len()] {
                *field = self.real(*field)?;
            }
        }
        let args = &fields[..args.len()];
        if let Some((kind, r)) = info.operands.iter().zip(args).find(|(k, r)| !self.ty(**r).kind().is_some_and(|v| k.accepts(v))) {
            // Code for such an op would read the wrong register.
            return Err(Abort::Invalid(format!("{} of a {:?} where a {kind:?} is wanted", op.name(), self.ty(*r))));
        }
        let mut inst = Inst::new(op, fields);
        if op == Op::GuardUlt && planted(Bug::BoundsOffByOne) {
            inst = Inst::new(Op::GuardUge, [fields[1], fields[0], fields[2]]);
        }
        inst.disp = disp;
        if info.result() == Some(Kind::G) {
            inst.ty = args.last().map_or(Ty::W, |r| self.ty(*r));
        }
        let base = if info.operands.is_empty() { Ty::None } else { self.ty(args[0]) };
        inst.set_alias(alias.unwrap_or(default_alias(op, base)));
        let stored = (info.effect == Effect::Store && info.operands.last() == Some(&Kind::G)).then(|| args[info.operands.len() - 1]);
        if let Some(v) = stored {
            self.give(v)?;
        }
        if info.exits {
            let s = match snap {
                Some(s) => s,
                None => self.snapshot(Resume::At),
            };
            inst.set_snap(s);
        }
        let before = self.e.trace.insts.len();
        let r = self.e.emit(inst)?;
        if info.effect == Effect::Alloc {
            self.gain(r);
        }
        if self.e.trace.insts.len() > before && matches!(op, Op::GuardInt | Op::GuardBool | Op::GuardIsInt | Op::GuardFloatWord) {
            // What is known to be an int has no references to hand over any more.
            self.newest = None;
        }
        Ok(r)
    }

    /// Makes sure that there is a reference to give away, and gives it.
    fn give(&mut self, v: Ref) -> Built<()> {
        if !self.ty(v).counts() {
            return Ok(());
        }
        if self.count(v) <= self.mentions(v).min(1) as i32 {
            self.incref(v)?;
        }
        self.lose(v);
        Ok(())
    }

    /// Adds a reference the trace owns.
    pub fn incref(&mut self, v: Ref) -> Built<()> {
        let v = self.resolve(v);
        if self.ty(v).counts() && !self.is_immediate(self.e.trace.root(v)) {
            self.e.emit(Inst::new(Op::Incref, [v, Ref::NONE, Ref::NONE]))?;
            self.gain(v);
        }
        Ok(())
    }

    /// As [`Self::incref`], of a value that may be NULL.
    pub(crate) fn incref_nullable(&mut self, v: Ref) -> Built<()> {
        self.e.emit(Inst::new(Op::IncrefNullable, [v, Ref::NONE, Ref::NONE]))?;
        self.gain(v);
        Ok(())
    }

    /// Drops a reference the trace owns. If that runs Python code, the trace resumes after the current bytecode: the
    /// frames have to be as they are then.
    pub fn decref(&mut self, v: Ref) -> Built<()> {
        self.release(Op::Decref, v)
    }

    fn release(&mut self, op: Op, v: Ref) -> Built<()> {
        self.release_with(op, v, Resume::After)
    }

    fn release_with(&mut self, op: Op, v: Ref, resume: Resume) -> Built<()> {
        let v = self.resolve(v);
        if !self.ty(v).counts() || self.is_immediate(self.e.trace.root(v)) {
            return Ok(());
        }
        if self.e.trace.insts.len() > self.max_insts {
            return Err(Abort::TooLong);
        }
        self.lose(v);
        let snap = self.snapshot(resume);
        let mut inst = Inst::new(op, [v, Ref::NONE, Ref::NONE]);
        inst.set_snap(snap);
        self.e.emit(inst)?;
        Ok(())
    }

    /// The trace takes over a reference that memory owned until now: of a value just overwritten there.
    pub fn own(&mut self, v: Ref) -> Built<()> {
        let v = self.resolve(v);
        if self.ty(v).counts() && self.object(v).is_none() {
            self.e.emit(Inst::new(Pseudo::Own, [v, Ref::NONE, Ref::NONE]))?;
            self.gain(v);
        }
        Ok(())
    }

    /// Memory owns the trace's reference again, to a value it has held all the time.
    pub fn disown(&mut self, v: Ref) -> Built<()> {
        let v = self.resolve(v);
        if self.ty(v).counts() && self.object(v).is_none() {
            self.e.emit(Inst::new(Pseudo::Disown, [v, Ref::NONE, Ref::NONE]))?;
            self.lose(v);
        }
        Ok(())
    }

    /// Drops the trace's references to a value that the recorder no longer needs, but for those that slots which hold it
    /// need. As for [`Self::decref`], the frames have to be as they are after the current bytecode.
    pub fn discard(&mut self, v: Ref) -> Built<()> {
        self.discard_by(Op::Decref, v)
    }

    /// As [`Self::discard`], of a value that may be NULL.
    pub fn discard_nullable(&mut self, v: Ref) -> Built<()> {
        self.discard_by(Op::DecrefNullable, v)
    }

    fn discard_by(&mut self, op: Op, v: Ref) -> Built<()> {
        let v = self.resolve(v);
        if let Some(object) = self.object(v) {
            return if self.mentions(v) == 0 { self.dissolve(object) } else { Ok(()) };
        }
        while self.count(v) > self.mentions(v) as i32 {
            self.release(op, v)?;
        }
        Ok(())
    }

    // Guards, boxing and calls.

    /// Exits unless it is a small int; the int. Slots that hold the value hold the int from here on.
    pub fn guard_int(&mut self, v: Ref) -> Built<Ref> {
        let i = self.emit(Op::GuardInt, &[v])?;
        self.show_unboxed(v, i);
        Ok(i)
    }

    /// Exits unless it is a float in the word, as most are; the float. Slots that hold the value hold the float from
    /// here on.
    pub fn guard_float(&mut self, v: Ref) -> Built<Ref> {
        let root = self.e.trace.root(v);
        if self.is_from(root, Op::BoxFloat) {
            return Ok(self.e.trace.inst(root).a());
        }
        let f = self.emit(Op::GuardFloatWord, &[v])?;
        if self.is_immediate(self.e.trace.root(v)) {
            self.show_unboxed(v, f);
        }
        Ok(f)
    }

    /// Exits unless it is a float, in the word or on the heap; the float. Slots keep the tagged value, which may be an
    /// object with an identity. For where heap floats were seen.
    pub fn guard_any_float(&mut self, v: Ref) -> Built<Ref> {
        self.emit(Op::GuardFloat, &[v])
    }

    /// Exits unless it is True or False; the bool. Slots that hold the value hold the bool from here on.
    pub fn guard_bool(&mut self, v: Ref) -> Built<Ref> {
        let b = self.emit(Op::GuardBool, &[v])?;
        self.show_unboxed(v, b);
        Ok(b)
    }

    /// Exits unless it is a heap object of that shape; the pointer. Neither may be NULL.
    pub fn guard_shape(&mut self, v: Ref, shape: u32) -> Built<Ref> {
        self.emit(Op::GuardNonNull, &[v])?;
        let s = self.const_word(shape as u64);
        self.emit(Op::GuardShape, &[v, s])
    }

    /// Exits unless the values are the same word.
    pub fn guard_is(&mut self, v: Ref, w: Ref) -> Built<()> {
        self.emit(Op::GuardIs, &[v, w]).map(drop)
    }

    /// Exits unless a condition is as expected; `snap` is what to leave by, where that is not the current bytecode.
    pub fn guard_condition(&mut self, b: Ref, expected: bool, snap: Option<SnapId>) -> Built<()> {
        let op = if expected { Op::GuardTrue } else { Op::GuardFalse };
        self.emit_inst(op, &[b], 0, None, snap).map(drop)
    }

    fn show_unboxed(&mut self, v: Ref, unboxed: Ref) {
        let root = self.e.trace.root(v);
        let slots = self.frames.iter_mut().flat_map(|f| &mut f.slots).flatten();
        for slot in slots.chain(self.objects.iter_mut().flat_map(|o| &mut o.fields)) {
            if self.e.trace.root(*slot) == root {
                *slot = unboxed;
                self.newest = None;
            }
        }
    }

    /// A value known to be a heap object, of that shape if it is given: the result of an allocation, say.
    pub fn assume_object(&mut self, v: Ref, shape: Option<u32>) -> Built<Ref> {
        let s = shape.map_or(Ref::NONE, |s| self.const_word(s as u64));
        self.e.emit(Inst::new(Pseudo::Assume, [v, s, Ref::NONE]))
    }

    /// The tagged form of a value. A float's box may be a heap object: the trace owns it, and slots that hold the float
    /// hold its box from here on, so that it stays one object.
    pub fn boxed(&mut self, r: Ref) -> Built<Ref> {
        match self.ty(r) {
            Ty::V | Ty::P => Ok(r),
            Ty::I => self.emit(Op::BoxInt, &[r]),
            Ty::B => self.emit(Op::BoxBool, &[r]),
            Ty::F => {
                if let Some(&v) = self.boxes.get(&r).filter(|v| self.count(**v) > 0) {
                    return Ok(v);
                }
                let v = self.emit(Op::BoxFloat, &[r])?;
                self.boxes.insert(r, v);
                let slots = self.frames.iter_mut().flat_map(|f| &mut f.slots).flatten();
                for slot in slots.chain(self.objects.iter_mut().flat_map(|o| &mut o.fields)) {
                    if *slot == r {
                        *slot = v;
                    }
                }
                Ok(v)
            }
            ty => Err(Abort::Invalid(format!("a {ty:?} has no box"))),
        }
    }

    /// Calls a helper. An argument it consumes is given away, with an incref before if a slot still holds it. If the
    /// helper raises, the trace leaves with the frames as they are now, raising at the current bytecode.
    ///
    /// After a helper that may run Python code, put the result into its slot, bring the frames up to date and call
    /// [`Self::after_call`] before anything else.
    pub fn call(&mut self, helper: HelperId, args: &[Ref]) -> Built<Ref> {
        debug_assert!(!self.unguarded_call, "after_call, please");
        if self.e.trace.insts.len() > self.max_insts {
            return Err(Abort::TooLong);
        }
        let mut real = Vec::with_capacity(args.len());
        for &r in args {
            real.push(self.real(r)?);
        }
        let args = &real[..];
        let env = self.e.env.clone();
        let h = env.helpers.get(helper);
        for (i, &r) in args.iter().enumerate() {
            if h.param(i).is_some_and(|p| p.consumed) {
                self.give(r)?;
            }
        }
        let python = h.does == Does::RunsPython;
        let snap = if h.raises || python { self.snapshot(Resume::Raising) } else { SnapId::NONE };
        let list = self.e.trace.args.add(args);
        let mut inst = Inst::new(Pseudo::Call, [Ref::raw(helper.0 as u32), Ref::raw(list), Ref::raw(snap.0)]);
        inst.ty = h.result;
        let r = self.e.emit(inst)?;
        if h.owned && !r.is_none() {
            self.gain(r);
        }
        self.newest = None;
        self.unguarded_call = python;
        Ok(r)
    }

    /// Ends a call that may have run Python code: leaves the trace if its frames were materialised meanwhile. The
    /// frames have to be as they are after the current bytecode, but for operands not yet discarded.
    pub fn after_call(&mut self) -> Built<()> {
        let snap = self.snapshot(Resume::After);
        self.emit_with(Op::GuardNotForced, &[], snap)?;
        self.unguarded_call = false;
        Ok(())
    }

    // Ends.

    /// Gives every slot of the trace's own frame its own reference, as a frame in memory has.
    fn own_slots(&mut self) -> Built<()> {
        if self.frames.len() != 1 {
            return Err(Abort::Mismatch("inside of an inlined call".into()));
        }
        let mut wanted: Vec<(Ref, i32, Ref)> = Vec::new();
        for &slot in self.frames[0].slots.iter().flatten() {
            let root = self.e.trace.root(slot);
            match wanted.iter_mut().find(|w| w.0 == root) {
                Some(w) => w.1 += 1,
                None => wanted.push((root, 1, slot)),
            }
        }
        for (root, n, name) in wanted {
            for _ in self.count(root)..n {
                self.incref(name)?;
            }
        }
        for (root, n) in self.owned.iter() {
            if !self.is_immediate(root) && n as usize > self.mentions(root) {
                return Err(Abort::Invalid(format!("the trace still owns {root:?}")));
            }
        }
        Ok(())
    }

    fn end(&mut self, target: Ref, typed: bool) -> Built<()> {
        self.make_all()?;
        self.own_slots()?;
        let snap = self.snapshot(Resume::At);
        self.e.append(Inst { origin: self.e.origin, ..Inst::new(Pseudo::Link, [target, Ref::raw(typed as u32), Ref::raw(snap.0)]) });
        self.ended = true;
        Ok(())
    }

    /// The trace is back at its start: a loop.
    pub fn close_loop(&mut self) -> Built<()> {
        self.end(Ref::NONE, true)
    }

    /// The trace goes on in another one, which starts at the current bytecode: by its typed label with values in
    /// registers as it expects them, where it has one and the values fit, or by its generic entry.
    pub fn link(&mut self, target: TraceId) -> Built<()> {
        self.end(Ref::raw(target.0), true)
    }

    /// As [`Self::link`], always by the generic entry.
    pub fn link_generic(&mut self, target: TraceId) -> Built<()> {
        self.end(Ref::raw(target.0), false)
    }

    /// The trace ends here and the interpreter goes on at the current bytecode.
    pub fn exit(&mut self) -> Built<()> {
        self.emit(Op::Exit, &[])?;
        self.ended = true;
        Ok(())
    }

    /// Whether the trace has its end.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    // Side traces.

    /// Adds an inherited value: entry `index` of the parent's exit.
    pub(crate) fn inherit(&mut self, index: usize, ty: Ty, references: i32) -> Built<Ref> {
        let mut inst = Inst::new(Pseudo::Inherit, [Ref::raw(index as u32), Ref::NONE, Ref::NONE]);
        inst.ty = ty;
        if references == 0 {
            inst.flags |= flag::BORROWED;
        }
        let r = self.e.append(inst);
        if references > 0 {
            self.gain(r);
        }
        // The parent's other references to the same value are the same count, declared without code.
        for _ in 1..references {
            self.own(r)?;
        }
        Ok(r)
    }

    /// Drops the references that no slot of the parent's exit took. If that runs Python code, the trace resumes as the
    /// exit would have.
    pub(crate) fn drop_leftovers(&mut self, resume: Resume) -> Built<()> {
        let mut owned: Vec<Ref> = self.owned.iter().map(|c| c.0).collect();
        owned.sort();
        for r in owned {
            while self.count(r) > 0 && self.mentions(r) == 0 {
                // It may be what the parent's guard found to be NULL.
                self.release_with(Op::DecrefNullable, r, resume)?;
            }
        }
        Ok(())
    }

    /// Replaces the frames by the parent's.
    pub(crate) fn set_frames(&mut self, frames: Vec<(Vec<u64>, Vec<Option<Ref>>)>) {
        self.frames = frames.into_iter().map(|(words, slots)| Frame { words, slots }).collect();
        self.deepest = self.frames.len();
        self.newest = None;
    }

    /// The words and known slots of every frame, outermost first.
    pub fn frames(&self) -> impl Iterator<Item = (&[u64], &[Option<Ref>])> {
        self.frames.iter().map(|f| (&f.words[..], &f.slots[..]))
    }

    /// Whether an instruction is what a value came from, for the recorder's own peephole decisions.
    pub fn is_from(&self, r: Ref, op: Op) -> bool {
        r.is_inst() && self.e.trace.inst(r).code == Code::Op(op)
    }
}
