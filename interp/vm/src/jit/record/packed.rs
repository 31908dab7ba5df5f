//! Subscripts of objects that hold machine numbers: `array.array`, bytes.

use super::arith::Num;
use super::{Cx, Recorded, Recorder};
use crate::class::packed::{Item, Kind, PackedItems, Place};
use crate::value::Value;
use weft_jit::{Alias, Ref, Ty};
use weft_layout::op::Op;
use weft_layout::tag::{self, Word};

/// Where `v` keeps machine numbers, if it does.
pub(super) fn items_of(v: &Value) -> Option<&'static PackedItems> {
    let class = v.class();
    // Subclasses may have words of their own in front, or methods of their own.
    if class.has(crate::class::flag::HEAPTYPE) { None } else { class.payload_ops().packed }
}

/// A 64-bit word of the object.
fn word_of(v: &Value, offset: usize) -> u64 {
    // SAFETY: the class declares a word at this offset.
    unsafe { *(v.word() as *const u8).add(offset).cast::<u64>() }
}

/// What the items of `v` are.
fn item_of(v: &Value, items: &PackedItems) -> Option<Item> {
    match items.kind {
        Kind::Fixed(item) => Some(item),
        // SAFETY: the class declares a byte at this offset.
        Kind::Code(offset) => Item::of_code(unsafe { *(v.word() as *const u8).add(offset) }),
    }
}

impl Recorder {
    /// The container's items as `(array, position)`, with guards for its class, its type code and the bounds. `None` if the
    /// position is out of range.
    fn packed_place(&mut self, c: (Ref, &Value), items: &PackedItems, key: (Ref, Word)) -> Recorded<Option<(Ref, Ref)>> {
        let (i, n) = (tag::int_value(key.1), word_of(c.1, items.len) as i64);
        if i >= n || -i > n {
            return Ok(None);
        }
        let Some(Num::Int(index, _)) = self.number(key.0, key.1)? else { unreachable!("an int") };
        let p = self.guard_shape_of(c.0, c.1)?;
        if let Kind::Code(offset) = items.kind {
            let code = self.b.load(Op::LoadU8, p, offset as u16)?;
            // SAFETY: the class declares a byte at this offset.
            let wanted = self.word(unsafe { *(c.1.word() as *const u8).add(offset) } as u64);
            self.b.emit(Op::GuardIs, &[code, wanted])?;
        }
        let n = self.length(p, c.1)?.expect("the class declares where its length is");
        let at = self.position(index, i, n)?;
        let array = match items.place {
            Place::Inline(_) => p,
            Place::Pointer(offset) => self.b.load(Op::LoadWord, p, offset as u16)?,
        };
        Ok(Some((array, at)))
    }

    /// `c[key]`. Whether it was recorded.
    pub(super) fn packed_subscript(&mut self, cx: &Cx, c: (Ref, &Value), key: (Ref, Word)) -> Recorded<bool> {
        let Some(items) = items_of(c.1) else { return Ok(false) };
        let Some(item) = item_of(c.1, items) else { return Ok(false) };
        let Some((array, at)) = self.packed_place(c, items, key)? else { return Ok(false) };
        let disp = if let Place::Inline(offset) = items.place { offset as u16 } else { 0 };
        let op = match item {
            Item::I8 | Item::U8 => Op::LoadU8At,
            Item::I16 | Item::U16 => Op::LoadU16At,
            Item::I32 => Op::LoadI32At,
            Item::U32 => Op::LoadU32At,
            Item::I64 | Item::U64 => Op::LoadWordAt,
            Item::F64 => Op::LoadFloatAt,
        };
        let loaded = self.b.access(op, &[array, at], disp, Some(Alias::Data))?;
        let v = match item {
            Item::F64 => loaded,
            Item::I64 => self.b.emit(Op::IntOfWord, &[loaded])?,
            Item::U64 => {
                let beyond = self.word(tag::INT_MAX as u64 + 1);
                self.b.emit(Op::GuardUlt, &[loaded, beyond])?;
                self.b.emit(Op::IntOfWordUnchecked, &[loaded])?
            }
            Item::I8 => self.sign_extended(loaded, 56)?,
            Item::I16 => self.sign_extended(loaded, 48)?,
            _ => self.b.emit(Op::IntOfWordUnchecked, &[loaded])?,
        };
        self.replace(cx, 2, &[v])?;
        Ok(true)
    }

    fn sign_extended(&mut self, w: Ref, unused: u64) -> Recorded<Ref> {
        let unused = self.word(unused);
        let high = self.b.emit(Op::WordShl, &[w, unused])?;
        let w = self.b.emit(Op::WordSar, &[high, unused])?;
        self.b.emit(Op::IntOfWordUnchecked, &[w])
    }

    /// `c[key] = value`. Whether it was recorded. A value that does not fit leaves for the interpreter, which raises.
    pub(super) fn packed_store(&mut self, cx: &Cx, c: (Ref, &Value), key: (Ref, Word), value: (Ref, Word)) -> Recorded<bool> {
        let Some(items) = items_of(c.1).filter(|i| i.mutable) else { return Ok(false) };
        let range = match item_of(c.1, items) {
            Some(Item::F64) => None,
            Some(Item::I64) => Some((Op::StoreWordAt, tag::INT_MIN, tag::INT_MAX)),
            Some(Item::I32) => Some((Op::StoreU32At, i32::MIN as i64, i32::MAX as i64)),
            Some(Item::U32) => Some((Op::StoreU32At, 0, u32::MAX as i64)),
            Some(Item::U8) => Some((Op::StoreU8At, 0, u8::MAX as i64)),
            Some(Item::I8) => Some((Op::StoreU8At, i8::MIN as i64, i8::MAX as i64)),
            _ => return Ok(false),
        };
        // SAFETY: the word is live, and owned by the frame.
        let is_small = unsafe { Value::from_word_ref(&value.1) }.as_small_int();
        if range.is_some_and(|(_, low, high)| !is_small.is_some_and(|i| (low..=high).contains(&i))) {
            return Ok(false);
        }
        let Some(number) = self.number(value.0, value.1)? else { return Ok(false) };
        let Some((array, at)) = self.packed_place(c, items, key)? else { return Ok(false) };
        let (op, bits) = match (range, number) {
            (Some((op, low, high)), Num::Int(i, _)) => {
                if low > tag::INT_MIN {
                    let (low, high) = (self.b.const_int(low), self.b.const_int(high));
                    self.b.emit(Op::GuardIntGe, &[i, low])?;
                    self.b.emit(Op::GuardIntLe, &[i, high])?;
                }
                (op, self.b.emit(Op::WordOfInt, &[i])?)
            }
            (_, number) => (Op::StoreFloatAt, self.float_of(number)?.0),
        };
        debug_assert!(self.b.ty(bits) != Ty::V);
        let operands = self.take(cx, 3)?;
        self.set_words(cx, cx.next, cx.depth - 3, 0);
        self.b.access(op, &[array, at, bits], 0, Some(Alias::Data))?;
        self.discard_all(&operands)?;
        Ok(true)
    }
}
