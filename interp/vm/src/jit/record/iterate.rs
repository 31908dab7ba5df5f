//! Loops over iterators.

use super::arith::kept;
use super::{Cx, Drawn, Expect, LOCALS, Recorded, Recorder, Words, draw};
use crate::eval::dunder;
use crate::frame::Continuation;
use crate::jit::helpers;
use crate::types::range::iter as range_iter;
use crate::types::{enumerate, list, tuple};
use crate::value::Value;
use crate::vm::types;
use weft_jit::ir::snapshot::SnapId;
use weft_jit::{Ref, Resume};
use weft_layout::op::Op;
use weft_layout::tag::{self, NULL};

impl Recorder {
    pub(super) fn get_iter(&mut self, cx: &Cx) -> Recorded {
        let v = self.top(cx, 1)?;
        if std::mem::replace(&mut self.iterating, std::ptr::null()) == cx.ip {
            return self.replace(cx, 0, &[]);
        }
        let h = helpers::ids();
        let value = cx.value(1);
        if value.is_heap() && std::ptr::eq(value.class(), types().list) {
            let p = self.guard_shape_of(v, value)?;
            let it = self.b.call(h.list_iter, &[p])?;
            let it = self.b.assume_object(it, Some(types().list_iterator.root_shape()))?;
            return self.replace(cx, 1, &[it]);
        }
        if value.is_heap()
            && let slots = value.class().slots()
            && slots.next.is_some()
            && let class = value.class()
            && let t = types()
            && [t.enumerate, t.range_iterator, t.generator, t.zip, t.map, t.filter, t.list_reverse_iterator]
                .iter()
                .any(|c| std::ptr::eq(*c, class))
        {
            // Its own iterator.
            self.guard_shape_of(v, value)?;
            return self.replace(cx, 0, &[]);
        }
        let t = types();
        let quiet = [t.tuple, t.set, t.frozenset, t.dict, t.str, t.dict_keys, t.dict_values, t.dict_items];
        if value.is_heap() && quiet.iter().any(|c| std::ptr::eq(*c, value.class())) {
            let p = self.guard_shape_of(v, value)?;
            let it = self.b.call(h.get_iter_quietly, &[p])?;
            let it = self.b.assume_object(it, None)?;
            return self.replace(cx, 1, &[it]);
        }
        self.residual(cx, h.get_iter, &[v], 1).map(drop)
    }

    /// The snapshot of the loop's end: behind END_FOR, where the iterator is still on the stack.
    fn loop_end(&mut self, cx: &Cx) -> (*const u16, SnapId) {
        // SAFETY: the operand leads to END_FOR, behind which the loop ends.
        let end = unsafe { cx.next.add(cx.arg + 1) };
        let snap = self.snapshot_at(cx, end, cx.depth);
        let w = Words { next: cx.next, ip: cx.ip, ..self.frames.last().expect("a frame").words };
        self.b.set_words(&w.write());
        (end, snap)
    }

    /// Goes on as the condition says it does now: with an item, or at the end of the loop.
    fn more(&mut self, cx: &Cx, condition: Ref, more: bool) -> Recorded {
        let (end, done) = self.loop_end(cx);
        if more {
            self.b.guard_condition(condition, true, Some(done))
        } else {
            // The way back is the instruction itself: nothing of it has been done.
            self.b.guard_condition(condition, false, None)?;
            self.expect = Expect::At(end);
            self.set_words(cx, end, cx.depth, 0);
            Ok(())
        }
    }

    pub(super) fn for_iter(&mut self, cx: &Cx) -> Recorded {
        let it = cx.value(1);
        let r = self.top(cx, 1)?;
        let t = types();
        let class = it.class();
        if std::ptr::eq(class, t.range_iterator) {
            let p = self.guard_shape_of(r, it)?;
            return match self.range_next(cx, p, it)? {
                Some(i) => self.push(cx, i),
                None => Ok(()),
            };
        }
        if std::ptr::eq(class, t.list_iterator) {
            let p = self.guard_shape_of(r, it)?;
            return match self.list_next(cx, p, it)? {
                Some(v) => self.push(cx, v),
                None => Ok(()),
            };
        }
        if std::ptr::eq(class, t.tuple_iterator) {
            let p = self.guard_shape_of(r, it)?;
            return match self.tuple_next(cx, p, it)? {
                Some(v) => self.push(cx, v),
                None => Ok(()),
            };
        }
        if std::ptr::eq(class, t.generator) {
            if self.resume_generator(r, it)? {
                return Ok(());
            }
            if self.is_loop && cx.ip == self.start {
                // The interpreter resumes generators without leaving its loop, a helper does not.
                return super::unsupported("FOR_ITER_GEN");
            }
        }
        if std::ptr::eq(class, t.enumerate) && self.enumerate_next(cx, r, it)?
            || std::ptr::eq(class, t.zip) && self.zip_next(cx, r, it)?
            || self.dict_item_next(cx, r, it)?
        {
            return Ok(());
        }
        if let Some(v) = self.quiet_next(r, it)? {
            return self.push(cx, v);
        }
        if let Some(v) = self.reverse_next(r, it)? {
            return self.push(cx, v);
        }
        // SAFETY: as in `loop_end`; where the interpreter goes when StopIteration ends the loop.
        let end = unsafe { cx.next.add(cx.arg + 1) } as u64;
        let f = dunder::next_method(it).map(kept);
        if self.inline_operator(cx, f, (r, it), vec![r], Continuation::Next, end)? {
            return Ok(());
        }
        self.general_next(cx, r)
    }

    /// The next pair of an enumerate object over an iterator that traces draw from. Whether it was recorded.
    fn enumerate_next(&mut self, cx: &Cx, r: Ref, it: &Value) -> Recorded<bool> {
        let (count, inner) = enumerate::parts(it);
        let class = inner.class();
        let t = types();
        let known = [t.list_iterator, t.tuple_iterator, t.range_iterator].iter().any(|k| std::ptr::eq(class, *k));
        if !known && !draw::is_quiet(&inner) || count.as_small_int().is_none_or(|n| n >= tag::INT_MAX) {
            return Ok(false);
        }
        let p = self.guard_shape_of(r, it)?;
        let n = self.b.load(Op::LoadValue, p, enumerate::COUNT_OFFSET as u16)?;
        let n = self.b.guard_int(n)?;
        let one = self.b.const_int(1);
        let after = self.b.emit(Op::IntAdd, &[n, one])?;
        let source = self.b.load(Op::LoadValue, p, enumerate::ITERATOR_OFFSET as u16)?;
        let source = self.guard_shape_of(source, &inner)?;
        let item = if std::ptr::eq(class, t.list_iterator) {
            self.list_next(cx, source, &inner)?
        } else if std::ptr::eq(class, t.tuple_iterator) {
            self.tuple_next(cx, source, &inner)?
        } else if std::ptr::eq(class, t.range_iterator) {
            self.range_next(cx, source, &inner)?
        } else {
            self.quiet_next(source, &inner)?
        };
        let Some(item) = item else { return Ok(true) };
        let after = self.b.boxed(after)?;
        self.b.store(Op::StoreWord, p, after, enumerate::COUNT_OFFSET as u16)?;
        self.push_tuple(cx, &[n, item])?;
        Ok(true)
    }

    /// The next item of any iterator, by a helper.
    fn general_next(&mut self, cx: &Cx, r: Ref) -> Recorded {
        let r = self.b.call(helpers::ids().for_next, &[r])?;
        self.b.set_slot(LOCALS + cx.depth, r);
        self.set_words(cx, cx.next, cx.depth + 1, 1);
        self.may_push = true;
        self.b.after_call()?;
        // Whether it was the end is known at the next step only.
        // SAFETY: as in `loop_end`.
        let end = unsafe { cx.next.add(cx.arg + 1) };
        self.drawn = Some(Drawn { next: cx.next, end, depth: cx.depth });
        self.expect = Expect::Either(cx.next, end);
        Ok(())
    }

    /// Goes on behind a FOR_ITER whose iterator has been asked for its next item: the interpreter is at `ip` now.
    pub(super) fn settle(&mut self, drawn: Drawn, ip: *const u16) -> Recorded {
        let slot = LOCALS + drawn.depth;
        let words = self.frames.last().expect("a frame").words;
        let at = |at: *const u16, sp: usize| Words { ip: at, next: at, sp, results: 0, ..words }.write();
        let end = self.b.const_word(helpers::EXHAUSTED);
        let item = self.b.slot(slot)?;
        let more = self.b.emit(Op::WordNe, &[item, end])?;
        if ip == drawn.next {
            self.b.take_slot(slot)?;
            self.b.set_words(&at(drawn.end, drawn.depth));
            let other = self.b.snapshot(Resume::At);
            self.b.set_slot(slot, item);
            self.b.guard_condition(more, true, Some(other))?;
            self.b.set_words(&at(ip, drawn.depth + 1));
        } else {
            self.b.set_words(&at(drawn.next, drawn.depth + 1));
            let other = self.b.snapshot(Resume::At);
            self.b.guard_condition(more, false, Some(other))?;
            self.b.take_slot(slot)?;
            self.b.set_words(&at(ip, drawn.depth));
            self.b.discard_nullable(item)?;
        }
        Ok(())
    }

    fn range_next(&mut self, cx: &Cx, p: Ref, it: &Value) -> Recorded<Option<Ref>> {
        let left = self.b.load(Op::LoadWord, p, range_iter::LEFT_OFFSET as u16)?;
        let zero = self.word(0);
        let some = self.b.emit(Op::WordNe, &[left, zero])?;
        let more = range_iter::left(it) > 0;
        self.more(cx, some, more)?;
        if !more {
            return Ok(None);
        }
        self.range_take(p).map(Some)
    }

    fn list_next(&mut self, cx: &Cx, p: Ref, it: &Value) -> Recorded<Option<Ref>> {
        let (source, index) = list::iter_parts(it);
        let Some(source) = source else { return super::unsupported("an exhausted list iterator") };
        let l = self.b.load(Op::LoadValue, p, list::ITER_LIST_OFFSET as u16)?;
        self.b.emit(Op::GuardNonNull, &[l])?;
        // The iterator's list never changes but to nothing, and is an exact list or a subclass of it.
        let l = self.guard_shape_of(l, &source)?;
        let i = self.b.load(Op::LoadWord, p, list::ITER_INDEX_OFFSET as u16)?;
        let n = self.b.load(Op::LoadWord, l, list::LEN_OFFSET as u16)?;
        let some = self.b.emit(Op::WordUlt, &[i, n])?;
        let item = list::get(&source, index);
        if item.is_none() {
            return self.exhausted(cx, p, l, some, list::ITER_LIST_OFFSET);
        }
        // At the end the interpreter executes the instruction, which drops the list.
        self.b.guard_condition(some, true, None)?;
        let items = self.b.load(Op::LoadWord, l, list::ITEMS_OFFSET as u16)?;
        let v = self.b.access(Op::LoadValueAtWord, &[items, i], 0, None)?;
        let v = self.loaded(v, item.map_or(tag::NONE, |v| v.word()))?;
        let one = self.word(1);
        let after = self.b.emit(Op::WordAdd, &[i, one])?;
        self.b.store(Op::StoreWord, p, after, list::ITER_INDEX_OFFSET as u16)?;
        Ok(Some(v))
    }

    /// An iterator at its end lets go of what it goes over, at `offset`.
    fn exhausted(&mut self, cx: &Cx, p: Ref, source: Ref, some: Ref, offset: usize) -> Recorded<Option<Ref>> {
        self.b.guard_condition(some, false, None)?;
        // SAFETY: as in `loop_end`.
        let end = unsafe { cx.next.add(cx.arg + 1) };
        let null = self.b.const_value(NULL);
        self.b.store(Op::StoreWord, p, null, offset as u16)?;
        self.b.own(source)?;
        self.expect = Expect::At(end);
        self.set_words(cx, end, cx.depth, 0);
        self.b.discard(source)?;
        Ok(None)
    }

    fn tuple_next(&mut self, cx: &Cx, p: Ref, it: &Value) -> Recorded<Option<Ref>> {
        let (source, index) = tuple::iter_parts(it);
        let Some(source) = source else { return super::unsupported("an exhausted tuple iterator") };
        let t = self.b.load(Op::LoadValue, p, tuple::ITER_TUPLE_OFFSET as u16)?;
        self.b.emit(Op::GuardNonNull, &[t])?;
        let t = self.guard_shape_of(t, &source)?;
        if !std::ptr::eq(source.class(), types().tuple) {
            return super::unsupported("an iterator of a subclass of tuple");
        }
        let i = self.b.load(Op::LoadWord, p, tuple::ITER_INDEX_OFFSET as u16)?;
        let n = self.b.load(Op::LoadWord, t, tuple::LEN_OFFSET as u16)?;
        let some = self.b.emit(Op::WordUlt, &[i, n])?;
        let Some(item) = tuple::items(&source).get(index) else {
            return self.exhausted(cx, p, t, some, tuple::ITER_TUPLE_OFFSET);
        };
        self.b.guard_condition(some, true, None)?;
        let v = self.b.access(Op::LoadValueAtWord, &[t, i], tuple::ITEMS_OFFSET as u16, Some(weft_jit::Alias::Field))?;
        let v = self.loaded(v, item.word())?;
        let one = self.word(1);
        let after = self.b.emit(Op::WordAdd, &[i, one])?;
        self.b.store(Op::StoreWord, p, after, tuple::ITER_INDEX_OFFSET as u16)?;
        Ok(Some(v))
    }
}
