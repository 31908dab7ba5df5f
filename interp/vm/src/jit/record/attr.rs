//! Attributes of instances, classes and modules.
//!
//! A shape says which attributes an instance has and where; what its class says is relied on, and invalidates the trace when it
//! changes. So a load is a shape guard and a load, a method is a shape guard and a constant.

use super::{Cx, LOCALS, Recorded, Recorder};
use crate::class::{Type, build, flag};
use crate::frame::Continuation;
use crate::heap::shape::{self, Slot};
use crate::jit::{helpers, watch};
use crate::protocol::attr;
use crate::types::{descriptor, dict, instance, module, property, super_object};
use crate::value::Value;
use crate::vm::types;
use weft_jit::{Alias, Ref};
use weft_layout::header::SHAPE_OFFSET;
use weft_layout::op::Op;
use weft_layout::tag::{NULL, Word};

/// Where an attribute was found.
enum Found {
    /// In the instance; with the word that is there now.
    Slot(Slot, Word),
    /// In a member slot, at this offset.
    Member(usize, Word),
    /// In the class: a function, to be bound.
    Method(Value),
    /// In the class: a plain value.
    Constant(Value),
    /// A property, with this Python function as its getter.
    Property(Value),
    /// Anywhere else.
    Elsewhere,
}

impl Recorder {
    fn find(&mut self, v: &Value, name: &Value) -> Found {
        if !v.is_heap() && !attr::is_generic(v) {
            return Found::Elsewhere;
        }
        let class = v.class();
        if !attr::is_generic(v) || !self.rely_on_class(class) {
            return Found::Elsewhere;
        }
        let found = class.lookup(name);
        let id = v.shape_id();
        let flags = if id == 0 { 0 } else { shape::flags(id) };
        if flags & shape::flag::DICT_MODE != 0 {
            return Found::Elsewhere;
        }
        if let Some(d) = &found {
            let slots = d.class().slots();
            if slots.descr_set.is_some() && slots.descr_get.is_some() {
                if let Some(offset) = descriptor::member_offset(d, class) {
                    // SAFETY: the class has the member, so its instances have the slot.
                    let w = unsafe { *v.ptr().add(offset).cast::<Word>() };
                    return if w == NULL { Found::Elsewhere } else { Found::Member(offset, w) };
                }
                return match property::getter_function(d) {
                    Some(f) if std::ptr::eq(f.class(), types().function) => Found::Property(f),
                    _ => Found::Elsewhere,
                };
            }
        }
        if flags & shape::flag::HAS_ATTRS != 0
            && let Some(slot) = shape::find(id, name.word())
        {
            let w = instance::get(v, name).map_or(NULL, |v| v.word());
            return if w == NULL { Found::Elsewhere } else { Found::Slot(slot, w) };
        }
        match found {
            Some(d) if d.class().has(flag::METHOD_DESCRIPTOR) => Found::Method(d),
            Some(d) if d.class().slots().descr_get.is_none() => Found::Constant(d),
            _ => Found::Elsewhere,
        }
    }

    /// Loads a word of an instance whose shape has been guarded.
    fn load_slot(&mut self, p: Ref, id: u32, slot: Slot, w: Word) -> Recorded<Ref> {
        let v = match slot {
            Slot::Inline(offset) => self.b.load(Op::LoadValue, p, offset as u16)?,
            Slot::Overflow(i) => {
                let array = self.b.load(Op::LoadWord, p, overflow_offset(id))?;
                self.b.access(Op::LoadValue, &[array], 8 * i as u16, Some(Alias::Items))?
            }
        };
        self.loaded(v, w)
    }

    pub(super) fn load_attr(&mut self, cx: &Cx) -> Recorded {
        let owner = self.top(cx, 1)?;
        let v = cx.value(1);
        let name = cx.name(cx.arg >> 1);
        let method = cx.arg & 1 != 0;
        if v.is_heap() && (std::ptr::eq(v.class(), types().module) || v.class().is_subtype(types().type_)) {
            if let Some(found) = self.constant_attribute(v, name) {
                self.guard_same(owner, v)?;
                let c = self.constant(&found);
                return self.attribute(cx, c, method);
            }
        } else {
            match self.find(v, name) {
                Found::Slot(slot, w) => {
                    let p = self.guard_shape_of(owner, v)?;
                    let x = self.load_slot(p, v.shape_id(), slot, w)?;
                    return self.attribute(cx, x, method);
                }
                Found::Member(offset, w) => {
                    let p = self.guard_shape_of(owner, v)?;
                    let x = self.b.load(Op::LoadValue, p, offset as u16)?;
                    let x = self.loaded(x, w)?;
                    return self.attribute(cx, x, method);
                }
                Found::Constant(d) => {
                    self.guard_kind(owner, v)?;
                    let c = self.constant(&d);
                    return self.attribute(cx, c, method);
                }
                Found::Method(d) if method => {
                    let this = self.guard_kind(owner, v)?;
                    let f = self.constant(&d);
                    self.b.set_slot(LOCALS + cx.depth - 1, f);
                    self.b.set_slot(LOCALS + cx.depth, this);
                    self.set_words(cx, cx.next, cx.depth + 1, 0);
                    return Ok(());
                }
                Found::Property(f) if !method => {
                    if self.inline_method(cx, f, (owner, v), vec![owner], Continuation::Push)? {
                        return Ok(());
                    }
                }
                Found::Method(_) | Found::Property(_) | Found::Elsewhere => {}
            }
        }
        let name = self.constant(name);
        self.residual_below(cx, helpers::ids().getattr, &[owner, name], 1, method).map(drop)
    }

    /// Puts an attribute in place of its owner, with NULL above it where a method was asked for.
    fn attribute(&mut self, cx: &Cx, x: Ref, method: bool) -> Recorded {
        if method {
            let null = self.b.const_value(NULL);
            self.replace(cx, 1, &[x, null])
        } else {
            self.replace(cx, 1, &[x])
        }
    }

    /// Exits unless the value is of the class it has now, for values that need not be on the heap.
    pub(super) fn guard_kind(&mut self, r: Ref, v: &Value) -> Recorded<Ref> {
        // Floats first: one on the heap may have no box in the trace.
        if let Some(_n) = self.number(r, v.word())? {
            return Ok(r);
        }
        if v.is_heap() {
            return self.guard_shape_of(r, v);
        }
        self.guard_same(r, v)
    }

    /// The attribute of a module or class, if it is one that the trace can rely on.
    fn constant_attribute(&mut self, v: &Value, name: &Value) -> Option<Value> {
        if std::ptr::eq(v.class(), types().module) {
            let d = module::dict(v);
            if types().module.lookup(name).is_some() {
                return None;
            }
            let found = dict::get_str(&d, name)?;
            return self.rely_on_name(&d, name).then_some(found);
        }
        // A class whose metaclass is `type`: what the metaclass has comes first.
        if !std::ptr::eq(v.class(), types().type_) || types().type_.lookup(name).is_some() {
            return None;
        }
        let class = crate::class::build::of(v);
        let found = class.lookup(name)?;
        let plain = found.class().slots().descr_get.is_none();
        let function = std::ptr::eq(found.class(), types().function);
        ((plain || function) && self.rely_on_class(class)).then_some(found)
    }

    /// The trace relies on a name in a dict of globals as it is.
    pub(super) fn rely_on_name(&mut self, d: &Value, name: &Value) -> bool {
        let key = watch::name_key(d.word(), name.word());
        if !std::ptr::eq(d.class(), types().dict) || !self.rely_on(key) {
            return false;
        }
        crate::eval::watch::watch_dict(d);
        self.dict_names.push((d.word(), key));
        self.pins.push(d.clone());
        self.pins.push(name.clone());
        true
    }

    pub(super) fn store_attr(&mut self, cx: &Cx) -> Recorded {
        // Stack: value, owner.
        let (value, owner) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let v = cx.value(1);
        let name = cx.name(cx.arg);
        if v.is_heap() && attr::is_generic_set(v) && self.rely_on_class(v.class()) {
            let class = v.class();
            let id = v.shape_id();
            let flags = shape::flags(id);
            let found = class.lookup(name);
            let member = found.as_ref().and_then(|d| descriptor::member_offset(d, class));
            let hidden = found.as_ref().is_some_and(|d| d.class().slots().descr_set.is_some());
            if let Some(offset) = member {
                // SAFETY: the class has the member, so its instances have the slot.
                let old = unsafe { *v.ptr().add(offset).cast::<Word>() };
                let p = self.guard_shape_of(owner, v)?;
                return self.store_word(cx, p, offset as u16, None, old, value);
            }
            if !hidden && flags & shape::flag::HAS_ATTRS != 0 && flags & shape::flag::DICT_MODE == 0 {
                match shape::find(id, name.word()) {
                    Some(slot) => {
                        let old = instance::get(v, name).map_or(NULL, |v| v.word());
                        let p = self.guard_shape_of(owner, v)?;
                        return match slot {
                            Slot::Inline(offset) => self.store_word(cx, p, offset as u16, None, old, value),
                            Slot::Overflow(i) => {
                                let array = self.b.load(Op::LoadWord, p, overflow_offset(id))?;
                                self.store_word(cx, array, 8 * i as u16, Some(Alias::Items), old, value)
                            }
                        };
                    }
                    None if shape::attr_count(id) < shape::inline_words(id) => {
                        if let Some(child) = shape::with_attr(id, name.word()) {
                            return self.add_attribute(cx, owner, v, child, value);
                        }
                    }
                    None => {}
                }
            }
        }
        let name = self.constant(name);
        self.residual(cx, helpers::ids().setattr, &[owner, name, value], 2).map(drop)
    }

    /// Stores the value, below the owner on the stack, in place of what is there.
    fn store_word(&mut self, cx: &Cx, base: Ref, offset: u16, alias: Option<Alias>, old: Word, value: Ref) -> Recorded {
        let previous = self.b.access(Op::LoadValue, &[base], offset, alias)?;
        let previous = self.old_value(previous, old)?;
        let is_virtual = self.b.is_virtual(base);
        let value = if is_virtual { value } else { self.boxed_all(&[value])?[0] };
        let operands = self.take(cx, 2)?;
        self.set_words(cx, cx.next, cx.depth - 2, 0);
        self.b.access(Op::StoreWord, &[base, value], offset, alias)?;
        if let Some(p) = previous {
            if !is_virtual {
                self.b.own(p)?;
            }
            self.b.discard_nullable(p)?;
        }
        self.discard_all(&operands)
    }

    /// Adds an attribute: the value goes into the next free word, and the instance gets its child shape.
    fn add_attribute(&mut self, cx: &Cx, owner: Ref, v: &Value, child: u32, value: Ref) -> Recorded {
        let id = v.shape_id();
        let offset = shape::attrs_offset(id) + 8 * shape::attr_count(id);
        let p = self.guard_shape_of(owner, v)?;
        let value = if self.b.is_virtual(p) { value } else { self.boxed_all(&[value])?[0] };
        let operands = self.take(cx, 2)?;
        self.set_words(cx, cx.next, cx.depth - 2, 0);
        self.b.store(Op::StoreWord, p, value, offset as u16)?;
        let shape = self.word(child as u64);
        self.b.store(Op::StoreU32, p, shape, SHAPE_OFFSET as u16)?;
        self.discard_all(&operands)
    }

    /// `super().name`: where the method is a plain function of a class further along the MRO.
    pub(super) fn load_super_attr(&mut self, cx: &Cx) -> Recorded {
        // Stack: super, class, self.
        let (global, class, this) = (cx.value(3), cx.value(2), cx.value(1));
        let name = cx.name(cx.arg >> 2);
        if cx.arg & 1 == 0 || !global.is(&types().super_.value()) || !class.is_instance(types().type_) || !this.is_heap() {
            return self.super_attribute(cx, name);
        }
        let of_class = this.class().has(flag::TYPE_SUBCLASS);
        let Some(f) = (if of_class { None } else { super_object::method_behind(build::of(class), this.class(), name) }) else {
            return self.super_attribute(cx, name);
        };
        // SAFETY: the class it was found in keeps it alive.
        let f = unsafe { Value::clone_word(f) };
        if !self.rely_on_class(this.class()) {
            return self.super_attribute(cx, name);
        }
        let (g, c, t) = (self.top(cx, 3)?, self.top(cx, 2)?, self.top(cx, 1)?);
        self.guard_same(g, global)?;
        self.guard_same(c, class)?;
        self.guard_shape_of(t, this)?;
        let operands = self.take(cx, 3)?;
        let f = self.constant(&f);
        self.b.set_slot(LOCALS + cx.depth - 3, f);
        self.b.set_slot(LOCALS + cx.depth - 2, operands[0]);
        self.set_words(cx, cx.next, cx.depth - 1, 0);
        self.discard_all(&operands)
    }

    /// `super().name` of anything else: where the interpreter binds what it finds.
    fn super_attribute(&mut self, cx: &Cx, name: &Value) -> Recorded {
        let (global, class, this) = (cx.value(3), cx.value(2), cx.value(1));
        let plain = global.is(&types().super_.value()) && class.is_instance(types().type_);
        let of_class = plain && this.is_instance(types().type_) && build::of(this).is_subtype(build::of(class));
        if !plain || cx.arg & 1 != 0 && !of_class {
            return super::unsupported("LOAD_SUPER_ATTR of what is no method");
        }
        let (g, c, t) = (self.top(cx, 3)?, self.top(cx, 2)?, self.top(cx, 1)?);
        self.guard_same(g, global)?;
        self.guard_same(c, class)?;
        if of_class {
            self.guard_same(t, this)?;
        }
        let name = self.constant(name);
        self.residual(cx, helpers::ids().super_attr, &[c, t, name], 3)?;
        if cx.arg & 1 != 0 {
            let null = self.b.const_value(NULL);
            self.b.set_slot(LOCALS + cx.depth - 2, null);
            self.set_words(cx, cx.next, cx.depth - 1, 0);
        }
        Ok(())
    }

    /// Where a class is relied on although nothing of it is a value.
    pub(super) fn class_is_plain(&mut self, class: &'static Type) -> bool {
        self.rely_on_class(class)
    }
}

/// The offset of the word that points to the overflow array.
fn overflow_offset(id: u32) -> u16 {
    (shape::attrs_offset(id) + 8 * (shape::inline_words(id) - 1)) as u16
}
