//! Building containers, subscripts, unpacking.

use super::arith::{Num, is_str, kept};
use super::{Cx, LOCALS, Recorded, Recorder};
use crate::eval::dunder;
use crate::frame::Continuation;
use crate::jit::{helpers, objects};
use crate::types::dict::is_exact_str;
use crate::types::{dict, list, set, slice, tuple};
use crate::value::Value;
use crate::vm::types;
use weft_jit::{Alias, HelperId, Ref, Ty};
use weft_layout::op::Op;
use weft_layout::tag::{self, Word};

/// A tuple of more items is made at once.
const MAX_VIRTUAL: usize = 8;

impl Recorder {
    /// The index of an item as the position it stands for: exits unless that is inside, as it is now.
    pub(super) fn position(&mut self, i: Ref, value: i64, n: Ref) -> Recorded<Ref> {
        let at = if value < 0 { self.b.emit(Op::IntAdd, &[i, n])? } else { i };
        self.b.emit(Op::GuardUlt, &[at, n])?;
        Ok(at)
    }

    pub(super) fn subscript(&mut self, cx: &Cx) -> Recorded {
        let (container, key) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let (c, k) = (cx.value(2), cx.word(1));
        let t = types();
        if tag::is_int(k) && c.is_heap() {
            let i = tag::int_value(k);
            let class = c.class();
            let inside = |n: usize| if i < 0 { -i <= n as i64 } else { i < n as i64 };
            if std::ptr::eq(class, t.list) && inside(list::len(c)) {
                let Some(Num::Int(index, _)) = self.number(key, k)? else { unreachable!("an int") };
                let p = self.guard_shape_of(container, c)?;
                let n = self.length(p, c)?.expect("a list has a length");
                let at = self.position(index, i, n)?;
                let items = self.b.load(Op::LoadWord, p, list::ITEMS_OFFSET as u16)?;
                let v = self.b.access(Op::LoadValueAt, &[items, at], 0, None)?;
                let found = list::get(c, if i < 0 { (i + list::len(c) as i64) as usize } else { i as usize });
                let v = self.loaded(v, found.map_or(tag::NONE, |v| v.word()))?;
                return self.replace(cx, 2, &[v]);
            }
            if std::ptr::eq(class, t.tuple) && inside(tuple::items(c).len()) {
                let items = tuple::items(c);
                let word = items[if i < 0 { (i + items.len() as i64) as usize } else { i as usize }].word();
                let Some(Num::Int(index, _)) = self.number(key, k)? else { unreachable!("an int") };
                let p = self.guard_shape_of(container, c)?;
                let n = self.length(p, c)?.expect("a tuple has a length");
                let at = self.position(index, i, n)?;
                let v = self.tuple_item(p, at)?;
                let v = self.loaded(v, word)?;
                return self.replace(cx, 2, &[v]);
            }
            if self.packed_subscript(cx, (container, c), (key, k))? {
                return Ok(());
            }
            if is_str(c) && inside(crate::types::str::len(c)) {
                let Some(Num::Int(index, _)) = self.number(key, k)? else { unreachable!("an int") };
                let p = self.guard_shape_of(container, c)?;
                let v = self.b.call(helpers::ids().str_item, &[p, index])?;
                let v = self.b.assume_object(v, Some(t.str.root_shape()))?;
                return self.replace(cx, 2, &[v]);
            }
        }
        if c.is_heap()
            && std::ptr::eq(c.class(), t.list)
            && let Some(s) = cx.value(1).downcast::<slice::Slice>()
        {
            let p = self.guard_shape_of(key, cx.value(1))?;
            let parts = [s.start(), s.stop(), s.step()];
            let mut bounds = Vec::with_capacity(3);
            for (part, offset) in parts.iter().zip(slice::OFFSETS) {
                let r = self.b.load(Op::LoadValue, p, offset)?;
                bounds.push((r, part));
            }
            if let Some(list) = self.list_slice((container, c), &bounds)? {
                return self.replace(cx, 2, &[list]);
            }
        }
        if c.is_heap()
            && std::ptr::eq(c.class(), t.dict)
            && helpers::quiet_entry(c, cx.value(1)).is_some()
            && let Some(quiet) = self.quiet_key(key, cx.value(1))?
        {
            let p = self.guard_shape_of(container, c)?;
            let v = self.b.call(helpers::ids().dict_item, &[p, quiet])?;
            // The interpreter raises the KeyError.
            self.b.emit(Op::GuardNonNull, &[v])?;
            return self.replace(cx, 2, &[v]);
        }
        if let Some(f) = dunder::getitem(c).map(kept)
            && self.inline_method(cx, f, (container, c), vec![container, key], Continuation::Push)?
        {
            return Ok(());
        }
        let which = self.word(cx.arg as u64);
        self.residual(cx, helpers::ids().binary_op, &[which, container, key], 2).map(drop)
    }

    /// A slice of an exact list whose start, stop and step, as the trace and the interpreter have them, are small ints or None.
    fn list_slice(&mut self, c: (Ref, &Value), bounds: &[(Ref, &Value)]) -> Recorded<Option<Ref>> {
        if slice::Unpacked::of_small(bounds[0].1, bounds[1].1, bounds[2].1).is_none() {
            return Ok(None);
        }
        let mut args = vec![self.guard_shape_of(c.0, c.1)?];
        for (i, &(r, v)) in bounds.iter().enumerate() {
            args.push(if v.is_none() {
                self.guard_same(r, v)?
            } else {
                let Some(Num::Int(n, _)) = self.number(r, v.word())? else { unreachable!("a small int") };
                if i == 2 && !n.is_const() {
                    let zero = self.b.const_int(0);
                    self.b.emit(Op::GuardIntNe, &[n, zero])?;
                }
                self.b.boxed(n)?
            });
        }
        let list = self.b.call(helpers::ids().list_slice, &args)?;
        self.b.assume_object(list, Some(types().list.root_shape())).map(Some)
    }

    /// `c[start:stop]`.
    pub(super) fn binary_slice(&mut self, cx: &Cx) -> Recorded {
        let args = [self.top(cx, 3)?, self.top(cx, 2)?, self.top(cx, 1)?];
        let c = cx.value(3);
        if c.is_heap() && std::ptr::eq(c.class(), types().list) {
            let none = self.b.const_value(tag::NONE);
            let bounds = [(args[1], cx.value(2)), (args[2], cx.value(1)), (none, &Value::NONE)];
            if let Some(list) = self.list_slice((args[0], c), &bounds)? {
                return self.replace(cx, 3, &[list]);
            }
        }
        self.residual(cx, helpers::ids().binary_slice, &args, 3).map(drop)
    }

    /// A key that can be looked up without running Python code, as a tagged value: a small int or an exact str.
    pub(super) fn quiet_key(&mut self, key: Ref, v: &Value) -> Recorded<Option<Ref>> {
        if v.as_small_int().is_some() {
            let Some(Num::Int(i, _)) = self.number(key, v.word())? else { unreachable!("an int") };
            return self.b.boxed(i).map(Some);
        }
        if !is_exact_str(v) {
            return Ok(None);
        }
        if !key.is_const() {
            self.guard_shape_of(key, v)?;
        }
        Ok(Some(key))
    }

    /// Whether a key is in an exact dict, set or frozenset, if that can be said without running Python code.
    pub(super) fn quiet_contains(&mut self, c: (Ref, &Value), key: (Ref, &Value)) -> Recorded<Option<Ref>> {
        let t = types();
        if !c.1.is_heap() {
            return Ok(None);
        }
        let class = c.1.class();
        let is_set = std::ptr::eq(class, t.set) || std::ptr::eq(class, t.frozenset);
        let (helper, known) = match () {
            _ if std::ptr::eq(class, t.dict) => (helpers::ids().dict_has, helpers::quiet_entry(c.1, key.1).is_some()),
            _ if is_set => (helpers::ids().set_has, helpers::quiet_member(c.1, key.1).is_some()),
            _ => return Ok(None),
        };
        if !known {
            return Ok(None);
        }
        let Some(key) = self.quiet_key(key.0, key.1)? else { return Ok(None) };
        let p = self.guard_shape_of(c.0, c.1)?;
        let v = self.b.call(helper, &[p, key])?;
        self.b.guard_bool(v).map(Some)
    }

    /// Whether a set or frozenset is a subset of another, if that can be said without running Python code.
    pub(super) fn quiet_subset(&mut self, inner: (Ref, &Value), outer: (Ref, &Value)) -> Recorded<Option<Ref>> {
        let t = types();
        let is_set = |v: &Value| v.is_heap() && (std::ptr::eq(v.class(), t.set) || std::ptr::eq(v.class(), t.frozenset));
        if !is_set(inner.1) || !is_set(outer.1) || set::table(inner.1).is_subset_quietly(set::table(outer.1)).is_none() {
            return Ok(None);
        }
        let (a, b) = (self.guard_shape_of(inner.0, inner.1)?, self.guard_shape_of(outer.0, outer.1)?);
        let v = self.b.call(helpers::ids().set_within, &[a, b])?;
        self.b.guard_bool(v).map(Some)
    }

    /// The item of a tuple at a position known to be inside.
    fn tuple_item(&mut self, p: Ref, at: Ref) -> Recorded<Ref> {
        if let Some(i) = self.b.trace().const_of(at, Ty::I) {
            let offset = tuple::ITEMS_OFFSET + 8 * (i as i64 >> 1) as usize;
            if offset < 1 << 14 {
                return self.b.load(Op::LoadValue, p, offset as u16);
            }
        }
        self.b.access(Op::LoadValueAt, &[p, at], tuple::ITEMS_OFFSET as u16, Some(Alias::Field))
    }

    pub(super) fn store_subscr(&mut self, cx: &Cx) -> Recorded {
        // Stack: value, container, key.
        let (value, container, key) = (self.top(cx, 3)?, self.top(cx, 2)?, self.top(cx, 1)?);
        let (c, k) = (cx.value(2), cx.word(1));
        if tag::is_int(k) && c.is_heap() && std::ptr::eq(c.class(), types().list) {
            let (i, n) = (tag::int_value(k), list::len(c) as i64);
            if i < n && -i <= n {
                let Some(Num::Int(index, _)) = self.number(key, k)? else { unreachable!("an int") };
                let p = self.guard_shape_of(container, c)?;
                let n = self.length(p, c)?.expect("a list has a length");
                let at = self.position(index, i, n)?;
                let items = self.b.load(Op::LoadWord, p, list::ITEMS_OFFSET as u16)?;
                let old = self.b.access(Op::LoadValueAt, &[items, at], 0, None)?;
                let found = list::get(c, if i < 0 { (i + list::len(c) as i64) as usize } else { i as usize });
                let old = self.old_value(old, found.map_or(tag::NONE, |v| v.word()))?;
                let value = self.boxed_all(&[value])?[0];
                let operands = self.take(cx, 3)?;
                self.set_words(cx, cx.next, cx.depth - 3, 0);
                self.b.access(Op::StoreWordAt, &[items, at, value], 0, None)?;
                if let Some(old) = old {
                    self.b.own(old)?;
                    self.b.discard(old)?;
                }
                return self.discard_all(&operands);
            }
        }
        if tag::is_int(k) && c.is_heap() && self.packed_store(cx, (container, c), (key, k), (value, cx.word(3)))? {
            return Ok(());
        }
        if c.is_heap()
            && std::ptr::eq(c.class(), types().dict)
            && !dict::table(c).is_watched()
            && helpers::quiet_entry(c, cx.value(1)).is_some()
            && let Some(key) = self.quiet_key(key, cx.value(1))?
        {
            let p = self.guard_shape_of(container, c)?;
            let value = self.boxed_all(&[value])?[0];
            let old = self.b.call(helpers::ids().dict_store, &[p, key, value])?;
            let not_done = self.word(helpers::NOT_DONE);
            self.b.emit(Op::GuardIsNot, &[old, not_done])?;
            let operands = self.take(cx, 3)?;
            self.set_words(cx, cx.next, cx.depth - 3, 0);
            self.b.discard(old)?;
            return self.discard_all(&operands);
        }
        let args = [container, key, value];
        if let Some(f) = dunder::setitem(c).map(kept)
            && self.inline_method(cx, f, (container, c), args.to_vec(), Continuation::Discard)?
        {
            return Ok(());
        }
        self.residual(cx, helpers::ids().set_item, &args, 3).map(drop)
    }

    /// What is about to be overwritten in a container: the trace has to own it to drop it, unless it is a plain word.
    pub(super) fn old_value(&mut self, v: Ref, w: Word) -> Recorded<Option<Ref>> {
        if tag::is_int(w) {
            if self.b.ty(v) == Ty::V {
                self.b.emit(Op::GuardIsInt, &[v])?;
            }
            return Ok(None);
        }
        if tag::is_float(w) {
            if self.b.ty(v) == Ty::V {
                self.b.emit(Op::GuardFloatWord, &[v])?;
            }
            return Ok(None);
        }
        Ok(Some(v))
    }

    pub(super) fn unpack_sequence(&mut self, cx: &Cx) -> Recorded {
        if self.unpack_pair(cx)? {
            return Ok(());
        }
        let v = cx.value(1);
        let r = self.top(cx, 1)?;
        let t = types();
        let n = cx.arg;
        let class = v.class();
        let is_tuple = v.is_heap() && std::ptr::eq(class, t.tuple);
        let is_list = v.is_heap() && std::ptr::eq(class, t.list);
        let words: Vec<Word> = if is_tuple {
            tuple::items(v).iter().map(|v| v.word()).collect()
        } else if is_list {
            list::to_vec(v).iter().map(|v| v.word()).collect()
        } else {
            if self.unpacks_quietly(cx) {
                let count = self.word(n as u64);
                return self.spread(cx, helpers::ids().unpack, &[r, count], n);
            }
            return Err(weft_jit::Abort::Recorder("UNPACK_SEQUENCE of an iterator".into()));
        };
        if words.len() != n {
            return Err(weft_jit::Abort::Recorder("UNPACK_SEQUENCE of a wrong length".into()));
        }
        let p = self.guard_shape_of(r, v)?;
        let length = self.length(p, v)?.expect("it has a length");
        let wanted = self.b.const_int(n as i64);
        self.b.emit(Op::GuardIntEq, &[length, wanted])?;
        let mut items = Vec::with_capacity(n);
        let array = if is_list { Some(self.b.load(Op::LoadWord, p, list::ITEMS_OFFSET as u16)?) } else { None };
        for (i, &w) in words.iter().enumerate() {
            let item = match array {
                Some(a) => self.b.access(Op::LoadValue, &[a], 8 * i as u16, Some(Alias::Items))?,
                None => {
                    let at = self.b.const_int(i as i64);
                    self.tuple_item(p, at)?
                }
            };
            items.push(self.loaded(item, w)?);
        }
        items.reverse();
        self.replace(cx, 1, &items)
    }

    /// Builds a tuple or list, which takes over its items.
    pub(super) fn build(&mut self, cx: &Cx, helper: HelperId) -> Recorded {
        let n = cx.arg;
        let virtual_tuple = helper == helpers::ids().build_tuple && (1..=MAX_VIRTUAL).contains(&n);
        let mut args = vec![self.word(n as u64)];
        for k in (1..=n).rev() {
            let v = self.top(cx, k)?;
            args.push(if virtual_tuple { v } else { self.boxed_all(&[v])?[0] });
        }
        let operands = self.take(cx, n)?;
        let r = if virtual_tuple {
            self.b.make_object(objects::tuple_recipe(n), &args[1..])?
        } else {
            let r = self.b.call(helper, &args)?;
            let class = if helper == helpers::ids().build_tuple { types().tuple } else { types().list };
            self.b.assume_object(r, Some(class.root_shape()))?
        };
        self.b.set_slot(LOCALS + cx.depth - n, r);
        self.set_words(cx, cx.next, cx.depth - n + 1, 0);
        self.discard_all(&operands)
    }

    /// A small int or None, guarded to be one.
    fn number_or_none(&mut self, r: Ref, v: &Value) -> Recorded<Ref> {
        match self.number(r, v.word())? {
            Some(Num::Int(n, _)) => Ok(n),
            _ => self.guard_same(r, v),
        }
    }

    pub(super) fn build_slice(&mut self, cx: &Cx) -> Recorded {
        let n = cx.arg;
        let mut args = Vec::new();
        for k in (1..=n).rev() {
            let v = self.top(cx, k)?;
            args.push(v);
        }
        if n == 2 {
            args.push(self.b.const_value(tag::NONE));
        }
        // Ints and Nones have nothing to be released with the slice.
        let plain = (1..=n).all(|k| tag::is_int(cx.word(k)) || cx.word(k) == tag::NONE);
        if plain {
            for (i, k) in (1..=n).rev().enumerate() {
                args[i] = self.number_or_none(args[i], cx.value(k))?;
            }
        }
        let operands = self.take(cx, n)?;
        let r = match plain {
            true => self.b.make_object(objects::slice_recipe(), &args)?,
            false => {
                let args = self.boxed_all(&args)?;
                self.b.call(helpers::ids().build_slice, &args)?
            }
        };
        self.b.set_slot(LOCALS + cx.depth - n, r);
        self.set_words(cx, cx.next, cx.depth - n + 1, 0);
        self.discard_all(&operands)
    }

    /// Builds what may run Python code in building; the items stay on the stack meanwhile.
    pub(super) fn build_borrowed(&mut self, cx: &Cx, helper: HelperId, n: usize, count: usize) -> Recorded {
        let mut args = vec![self.word(count as u64)];
        for k in (1..=n).rev() {
            args.push(self.top(cx, k)?);
        }
        self.residual(cx, helper, &args, n).map(drop)
    }

    pub(super) fn list_append(&mut self, cx: &Cx) -> Recorded {
        let v = self.top(cx, 1)?;
        let list = self.top(cx, cx.arg + 1)?;
        let p = self.guard_shape_of(list, cx.value(cx.arg + 1))?;
        let v = self.boxed_all(&[v])?[0];
        let operands = self.take(cx, 1)?;
        self.set_words(cx, cx.next, cx.depth - 1, 0);
        self.b.call(helpers::ids().list_append, &[p, v])?;
        self.discard_all(&operands)
    }

    /// Adds the top `n` operands to the container `k` below the top, by a helper.
    pub(super) fn update(&mut self, cx: &Cx, helper: HelperId, n: usize, k: usize) -> Recorded {
        let mut args = vec![self.top(cx, k)?];
        for k in (1..=n).rev() {
            args.push(self.top(cx, k)?);
        }
        self.residual(cx, helper, &args, n).map(drop)
    }
}
