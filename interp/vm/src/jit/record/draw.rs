//! Items drawn from iterators without running Python code, and pairs that stand for tuples.
//!
//! Iterators over lists, tuples and ranges are read by ops ([`super::iterate`]); those here have a helper each, which does nothing
//! where it is at the end or would raise: the guards behind it leave at the FOR_ITER then, and the interpreter executes it.

use super::{Cx, LOCALS, Recorded, Recorder};
use crate::jit::{helpers, objects};
use crate::types::range::iter as range_iter;
use crate::types::{dict_views, list, set, str, tuple, zip};
use crate::value::Value;
use crate::vm::types;
use weft_compiler::opcode::op;
use weft_jit::{Alias, HelperId, Ref};
use weft_layout::op::Op;
use weft_layout::tag::{self, NULL, Word};

/// More iterators than that are left to zip itself.
const MAX_ZIPPED: usize = 4;

/// An iterator that has been guarded to have an item, which has not been taken yet.
enum Ready {
    /// An array of words: the iterator, the offset of its index, the index, the next one, the array, and the item.
    Array {
        p: Ref,
        offset: u16,
        at: Ref,
        after: Ref,
        items: (Ref, u16, Alias),
        word: Word,
    },
    Range {
        p: Ref,
    },
    /// Whether there is one the helper says.
    Quiet {
        p: Ref,
        helper: HelperId,
    },
}

impl Recorder {
    /// The next item of an iterator over a set, dict or str that has one. `None` if it is no such iterator.
    pub(super) fn quiet_next(&mut self, r: Ref, it: &Value) -> Recorded<Option<Ref>> {
        let Some(helper) = quiet_helper(it) else { return Ok(None) };
        let p = self.guard_shape_of(r, it)?;
        self.quiet_take(p, helper).map(Some)
    }

    fn quiet_take(&mut self, p: Ref, helper: HelperId) -> Recorded<Ref> {
        let v = self.b.call(helper, &[p])?;
        let end = self.b.const_word(helpers::EXHAUSTED);
        self.b.emit(Op::GuardIsNot, &[v, end])?;
        self.b.emit(Op::GuardNonNull, &[v])?;
        if helper == helpers::ids().str_next {
            return self.b.assume_object(v, Some(types().str.root_shape()));
        }
        Ok(v)
    }

    /// The next entry of an iterator over the items of a dict that has one. Whether it was recorded.
    pub(super) fn dict_item_next(&mut self, cx: &Cx, r: Ref, it: &Value) -> Recorded<bool> {
        if !std::ptr::eq(it.class(), types().dict_item_iterator) || !dict_views::iter::has_next(it) {
            return Ok(false);
        }
        let h = helpers::ids();
        let p = self.guard_shape_of(r, it)?;
        let key = self.quiet_take(p, h.dict_next_key)?;
        let value = self.b.call(h.dict_value_here, &[p])?;
        self.push_tuple(cx, &[key, value])?;
        Ok(true)
    }

    /// Pushes a tuple of these, or, if it is a pair taken apart at once, nothing: there is no tuple then.
    pub(super) fn push_tuple(&mut self, cx: &Cx, items: &[Ref]) -> Recorded {
        // SAFETY: an instruction follows FOR_ITER.
        let (opcode, arg, _) = unsafe { super::decode(cx.code, cx.next) };
        if opcode != op::UNPACK_SEQUENCE || arg != 2 || items.len() != 2 {
            let made = self.b.make_object(objects::tuple_recipe(items.len()), items)?;
            self.b.set_slot(LOCALS + cx.depth, made);
            self.set_words(cx, cx.next, cx.depth + 1, 0);
            return Ok(());
        }
        // The pair stands for the tuple until the next instruction takes it apart.
        let stand_in = self.b.const_value(tag::NONE);
        self.b.set_slot(LOCALS + cx.depth, stand_in);
        self.pair = Some((cx.next, [items[0], items[1]]));
        Ok(())
    }

    /// Takes a pair apart that was never a tuple. Whether there was one.
    pub(super) fn unpack_pair(&mut self, cx: &Cx) -> Recorded<bool> {
        match self.pair.take() {
            Some((at, [first, second])) if at == cx.ip => {
                self.b.take_slot(LOCALS + cx.depth - 1)?;
                self.b.set_slot(LOCALS + cx.depth - 1, second);
                self.b.set_slot(LOCALS + cx.depth, first);
                self.set_words(cx, cx.next, cx.depth + 1, 0);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// The next tuple of a zip object whose iterators all have an item, at most one of which takes a helper to find that out.
    /// Whether it was recorded.
    pub(super) fn zip_next(&mut self, cx: &Cx, r: Ref, it: &Value) -> Recorded<bool> {
        let Some(iterators) = zip::plain_iterators(it) else { return Ok(false) };
        let list = tuple::items(&iterators);
        let quiet = list.iter().filter(|i| quiet_helper(i).is_some()).count();
        let ready = list.iter().all(|i| has_item(i) || quiet_helper(i).is_some());
        let twice = (1..list.len()).any(|i| list[..i].iter().any(|it| it.is(&list[i])));
        if !(1..=MAX_ZIPPED).contains(&list.len()) || quiet > 1 || !ready || twice {
            return Ok(false);
        }
        let p = self.guard_shape_of(r, it)?;
        let t = self.b.load(Op::LoadValue, p, zip::ITERATORS_OFFSET as u16)?;
        let t = self.guard_shape_of(t, &iterators)?;
        let n = self.length(t, &iterators)?.expect("a tuple has a length");
        let wanted = self.b.const_int(list.len() as i64);
        self.b.emit(Op::GuardIntEq, &[n, wanted])?;
        let mut sources = Vec::with_capacity(list.len());
        let mut loaded: Vec<Ref> = Vec::with_capacity(list.len());
        for (i, it) in list.iter().enumerate() {
            let source = self.b.load(Op::LoadValue, t, (tuple::ITEMS_OFFSET + 8 * i) as u16)?;
            // The same iterator twice yields one item after the other.
            for &other in &loaded {
                self.b.emit(Op::GuardIsNot, &[source, other])?;
            }
            loaded.push(source);
            sources.push(self.ready(source, it)?);
        }
        // What may still leave comes before anything is taken, the helper last.
        let mut items = vec![Ref::NONE; sources.len()];
        for (item, source) in items.iter_mut().zip(&sources) {
            if let Ready::Array { items: (base, disp, alias), at, word, .. } = *source {
                let v = self.b.access(Op::LoadValueAtWord, &[base, at], disp, Some(alias))?;
                *item = self.loaded(v, word)?;
            }
        }
        for (item, source) in items.iter_mut().zip(&sources) {
            if let Ready::Quiet { p, helper } = *source {
                *item = self.quiet_take(p, helper)?;
            }
        }
        for (item, source) in items.iter_mut().zip(&sources) {
            match *source {
                Ready::Array { p, offset, after, .. } => self.b.store(Op::StoreWord, p, after, offset)?,
                Ready::Range { p } => *item = self.range_take(p)?,
                Ready::Quiet { .. } => {}
            }
        }
        self.push_tuple(cx, &items)?;
        Ok(true)
    }

    /// Guards that an iterator for which [`has_item`] or [`quiet_helper`] speaks has an item, as far as ops can.
    fn ready(&mut self, r: Ref, it: &Value) -> Recorded<Ready> {
        let t = types();
        let p = self.guard_shape_of(r, it)?;
        let class = it.class();
        if let Some(helper) = quiet_helper(it) {
            return Ok(Ready::Quiet { p, helper });
        }
        if std::ptr::eq(class, t.range_iterator) {
            let left = self.b.load(Op::LoadWord, p, range_iter::LEFT_OFFSET as u16)?;
            let zero = self.word(0);
            let some = self.b.emit(Op::WordNe, &[left, zero])?;
            self.b.guard_condition(some, true, None)?;
            return Ok(Ready::Range { p });
        }
        let one = self.word(1);
        if std::ptr::eq(class, t.tuple_iterator) {
            let (source, index) = tuple::iter_parts(it);
            let source = source.expect("it has an item");
            let l = self.b.load(Op::LoadValue, p, tuple::ITER_TUPLE_OFFSET as u16)?;
            self.b.emit(Op::GuardNonNull, &[l])?;
            let l = self.guard_shape_of(l, &source)?;
            let at = self.b.load(Op::LoadWord, p, tuple::ITER_INDEX_OFFSET as u16)?;
            let n = self.b.load(Op::LoadWord, l, tuple::LEN_OFFSET as u16)?;
            let some = self.b.emit(Op::WordUlt, &[at, n])?;
            self.b.guard_condition(some, true, None)?;
            let after = self.b.emit(Op::WordAdd, &[at, one])?;
            let word = tuple::items(&source)[index].word();
            let items = (l, tuple::ITEMS_OFFSET as u16, Alias::Field);
            return Ok(Ready::Array { p, offset: tuple::ITER_INDEX_OFFSET as u16, at, after, items, word });
        }
        let (source, index) = list::iter_parts(it);
        let source = source.expect("it has an item");
        let l = self.b.load(Op::LoadValue, p, list::ITER_LIST_OFFSET as u16)?;
        self.b.emit(Op::GuardNonNull, &[l])?;
        let l = self.guard_shape_of(l, &source)?;
        let at = self.b.load(Op::LoadWord, p, list::ITER_INDEX_OFFSET as u16)?;
        let n = self.b.load(Op::LoadWord, l, list::LEN_OFFSET as u16)?;
        let some = self.b.emit(Op::WordUlt, &[at, n])?;
        self.b.guard_condition(some, true, None)?;
        let after = self.b.emit(Op::WordAdd, &[at, one])?;
        let base = self.b.load(Op::LoadWord, l, list::ITEMS_OFFSET as u16)?;
        let word = list::get(&source, index).map_or(NULL, |v| v.word());
        Ok(Ready::Array { p, offset: list::ITER_INDEX_OFFSET as u16, at, after, items: (base, 0, Alias::Items), word })
    }

    /// Takes the next number of a range iterator that has one.
    pub(super) fn range_take(&mut self, p: Ref) -> Recorded<Ref> {
        let one = self.word(1);
        let left = self.b.load(Op::LoadWord, p, range_iter::LEFT_OFFSET as u16)?;
        let next = self.b.load(Op::LoadWord, p, range_iter::NEXT_OFFSET as u16)?;
        let step = self.b.load(Op::LoadWord, p, range_iter::STEP_OFFSET as u16)?;
        let after = self.b.emit(Op::WordAdd, &[next, step])?;
        let rest = self.b.emit(Op::WordSub, &[left, one])?;
        self.b.store(Op::StoreWord, p, after, range_iter::NEXT_OFFSET as u16)?;
        self.b.store(Op::StoreWord, p, rest, range_iter::LEFT_OFFSET as u16)?;
        self.b.emit(Op::IntOfWordUnchecked, &[next])
    }

    /// The next item of a reverse list iterator that has one. `None` if it is no such iterator.
    pub(super) fn reverse_next(&mut self, r: Ref, it: &Value) -> Recorded<Option<Ref>> {
        if !std::ptr::eq(it.class(), types().list_reverse_iterator) {
            return Ok(None);
        }
        let (source, end) = list::reverse_parts(it);
        let Some(source) = source else { return Ok(None) };
        let Some(item) = end.checked_sub(1).and_then(|i| list::get(&source, i)) else { return Ok(None) };
        let p = self.guard_shape_of(r, it)?;
        let l = self.b.load(Op::LoadValue, p, list::REVERSE_LIST_OFFSET as u16)?;
        self.b.emit(Op::GuardNonNull, &[l])?;
        let l = self.guard_shape_of(l, &source)?;
        let end = self.b.load(Op::LoadWord, p, list::REVERSE_END_OFFSET as u16)?;
        let one = self.word(1);
        // At the end this is a number that no list is long.
        let at = self.b.emit(Op::WordSub, &[end, one])?;
        let n = self.b.load(Op::LoadWord, l, list::LEN_OFFSET as u16)?;
        let some = self.b.emit(Op::WordUlt, &[at, n])?;
        self.b.guard_condition(some, true, None)?;
        let items = self.b.load(Op::LoadWord, l, list::ITEMS_OFFSET as u16)?;
        let v = self.b.access(Op::LoadValueAtWord, &[items, at], 0, None)?;
        let v = self.loaded(v, item.word())?;
        self.b.store(Op::StoreWord, p, at, list::REVERSE_END_OFFSET as u16)?;
        Ok(Some(v))
    }
}

/// The helper that draws from an iterator over a set, a dict or a str, if it has an item.
fn quiet_helper(it: &Value) -> Option<HelperId> {
    let (t, h) = (types(), helpers::ids());
    let is = |c: &'static crate::class::Type| std::ptr::eq(it.class(), c);
    if is(t.set_iterator) {
        return set::iter::has_next(it).then_some(h.set_next);
    }
    if is(t.str_iterator) || is(t.str_ascii_iterator) {
        return str::iter::has_next(it).then_some(h.str_next);
    }
    if is(t.dict_key_iterator) {
        return dict_views::iter::has_next(it).then_some(h.dict_next_key);
    }
    if is(t.dict_value_iterator) {
        return dict_views::iter::has_next(it).then_some(h.dict_next_value);
    }
    None
}

/// Whether it is an iterator over a list, tuple or range that has an item.
fn has_item(it: &Value) -> bool {
    let t = types();
    let is = |c: &'static crate::class::Type| std::ptr::eq(it.class(), c);
    if is(t.list_iterator) {
        let (source, i) = list::iter_parts(it);
        return source.is_some_and(|l| i < list::len(&l));
    }
    if is(t.tuple_iterator) {
        let (source, i) = tuple::iter_parts(it);
        return source.is_some_and(|l| std::ptr::eq(l.class(), t.tuple) && i < tuple::items(&l).len());
    }
    is(t.range_iterator) && range_iter::left(it) > 0
}

/// Whether [`Recorder::quiet_next`] draws from this iterator.
pub(super) fn is_quiet(it: &Value) -> bool {
    quiet_helper(it).is_some()
}
