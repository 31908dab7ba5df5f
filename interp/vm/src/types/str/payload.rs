//! What a str object holds, and how str objects are made.
//!
//! The payload is a hash, a word of facts (length, width, flags), then the units inline. A str is stored in the
//! narrowest [`Width`] that holds it, so equality is equality of bytes. The units never change while anybody else
//! can see the object; [`concat_in_place`] alone extends a str, and only one that its caller owns alone.

use super::intern;
use super::view::{StrView, Unit, Width, unit_bytes};
use crate::class::Type;
use crate::exc;
use crate::heap::{page, shape};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use foldhash::fast::FixedState;
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher};

/// The payload of a str: this, then the units.
#[repr(C)]
pub struct Str {
    /// The hash, or 0 if nobody has asked yet.
    hash: Cell<u64>,
    /// The length in code points above [`LEN_SHIFT`], and flags.
    facts: Cell<u64>,
}

const WIDTH_MASK: u64 = 0b11;
const INTERNED: u64 = 1 << 2;
/// The length is above this bit of the word of facts.
pub const LEN_SHIFT: u32 = 8;
/// Byte offset of the word of facts in an exact str.
pub const FACTS_OFFSET: usize = 8 + std::mem::offset_of!(Str, facts);

/// The greatest length of a str.
pub const MAX_LEN: usize = isize::MAX as usize >> LEN_SHIFT;

// SAFETY: str objects hold a Str at their payload offset, written by `allocate` before anybody sees them.
unsafe impl Payload for Str {
    const MOVES: bool = true;
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().str
    }
}

impl Str {
    /// The number of code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        (self.facts.get() >> LEN_SHIFT) as usize
    }

    /// Whether there are none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The width class.
    #[inline(always)]
    pub fn width(&self) -> Width {
        match self.facts.get() & WIDTH_MASK {
            0 => Width::Ascii,
            1 => Width::Latin1,
            2 => Width::Ucs2,
            _ => Width::Ucs4,
        }
    }

    /// Whether all code points are below U+0080.
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.facts.get() & WIDTH_MASK == 0
    }

    /// Whether this is the one str with this text that the interning table holds.
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.facts.get() & INTERNED != 0
    }

    pub(super) fn set_interned(&self, on: bool) {
        let facts = self.facts.get();
        self.facts.set(if on { facts | INTERNED } else { facts & !INTERNED });
    }

    #[inline(always)]
    fn data(&self) -> *mut u8 {
        // SAFETY: the units lie behind the fixed part, in the same cell.
        unsafe { (self as *const Str).add(1).cast_mut().cast() }
    }

    /// The code points.
    #[inline]
    pub fn view(&self) -> StrView<'_> {
        let (len, data) = (self.len(), self.data());
        // SAFETY: `len` units of the width are initialised behind the payload, which is 8-aligned. They do not
        // change while the object is shared, and the caller's borrow keeps it alive.
        unsafe {
            match self.width() {
                Width::Ascii | Width::Latin1 => StrView::Latin1(std::slice::from_raw_parts(data, len)),
                Width::Ucs2 => StrView::Ucs2(std::slice::from_raw_parts(data.cast(), len)),
                Width::Ucs4 => StrView::Ucs4(std::slice::from_raw_parts(data.cast(), len)),
            }
        }
    }

    /// The units as bytes in memory order.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: as in `view`.
        unsafe { std::slice::from_raw_parts(self.data(), self.len() * self.width().unit_size()) }
    }

    /// The text, if it is ASCII.
    #[inline]
    pub fn as_ascii(&self) -> Option<&str> {
        // SAFETY: ASCII bytes are UTF-8.
        self.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(self.bytes()) })
    }

    /// Whether the texts are equal.
    #[inline]
    pub fn equals(&self, other: &Str) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        let (a, b) = (self.facts.get(), other.facts.get());
        if a & b & INTERNED != 0 || (a ^ b) & !INTERNED != 0 {
            return false;
        }
        let (h, g) = (self.hash.get(), other.hash.get());
        if h != g && h != 0 && g != 0 {
            return false;
        }
        self.bytes() == other.bytes()
    }

    /// The hash: 0 for the empty text, else positive and small enough for a small int.
    #[inline(always)]
    pub fn hash(&self) -> i64 {
        let h = self.hash.get();
        if h != 0 { h as i64 } else { self.compute_hash() }
    }

    #[cold]
    fn compute_hash(&self) -> i64 {
        let h = hash_units(self.bytes());
        self.hash.set(h as u64);
        h
    }
}

static SEED: crate::global::Global<u64> = crate::global::Global::new(0);

/// Sets the key of the hash of str and bytes. Only before the first str is made.
pub fn set_hash_seed(seed: u64) {
    // SAFETY: start-up is single-threaded.
    unsafe { *SEED.get() = seed }
}

/// The hash of a str or bytes object that holds these bytes. An ASCII str and the same bytes hash alike.
pub fn hash_units(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    // SAFETY: written at start-up only.
    let mut hasher = FixedState::with_seed(unsafe { *SEED.get() }).build_hasher();
    hasher.write(bytes);
    let h = hasher.finish();
    // Two bits less than a word: the hash of a str is a small int, and never -1.
    (((h ^ (h >> 32)) & (u64::MAX >> 2)) as i64).max(1)
}

/// The payload of a str (or of an instance of a subclass), which the caller knows `v` to be.
#[inline(always)]
pub fn payload(v: &Value) -> &Str {
    debug_assert!(is_str(v));
    // SAFETY: callers pass str objects only; this crate's code checks before it gets here.
    unsafe { v.payload::<Str>() }
}

/// The payload of an exact str.
///
/// # Safety
/// The word is one, and outlives the reference.
#[inline(always)]
pub unsafe fn exact_payload<'a>(w: weft_layout::tag::Word) -> &'a Str {
    // SAFETY: an exact str has no slots, so its payload lies right behind the header.
    unsafe { &*((w + 8) as *const Str) }
}

/// The payload, if the value is a str or an instance of a subclass.
#[inline(always)]
pub fn downcast(v: &Value) -> Option<&Str> {
    is_str(v).then(|| payload(v))
}

/// Whether the value is a str or an instance of a subclass.
#[inline(always)]
pub fn is_str(v: &Value) -> bool {
    v.is_heap() && v.class().has(crate::class::flag::UNICODE_SUBCLASS)
}

/// Whether the value is a str and not an instance of a subclass.
#[inline(always)]
pub fn is_exact(v: &Value) -> bool {
    v.is_heap() && std::ptr::eq(v.class(), types().str)
}

/// A cell for an exact str or an instance of a subclass with room for `bytes` bytes of units, its length 0.
fn allocate(class: &Type, width: Width, bytes: usize) -> Option<Value> {
    let shape_id = class.root_shape();
    let offset = shape::payload_offset(shape_id);
    let size = shape::instance_size(shape_id).checked_add(bytes)?;
    let p = page::try_allocate(size, class.is_traced(), shape_id)?;
    // SAFETY: the cell holds at least the slots and the fixed part of the payload; both are written here.
    unsafe {
        if offset > 8 {
            std::ptr::write_bytes(p.add(8), 0, offset - 8);
        }
        p.add(offset).cast::<Str>().write(Str { hash: Cell::new(0), facts: Cell::new(width as u64) });
        Some(crate::types::object::finish_instance(class, p))
    }
}

/// A str that is being written: of a fixed width and a greatest length.
pub struct Fresh {
    value: Value,
    width: Width,
    capacity: usize,
    len: usize,
}

impl Fresh {
    /// Room for `capacity` code points of `width`. Raises MemoryError.
    pub fn new(width: Width, capacity: usize) -> Res<Fresh> {
        Fresh::of_class(types().str, width, capacity)
    }

    fn of_class(class: &Type, width: Width, capacity: usize) -> Res<Fresh> {
        if capacity > MAX_LEN {
            return Err(exc::memory_error());
        }
        match allocate(class, width, capacity * width.unit_size()) {
            Some(value) => Ok(Fresh { value, width, capacity, len: 0 }),
            None => Err(exc::memory_error()),
        }
    }

    #[inline]
    fn data(&self) -> *mut u8 {
        payload(&self.value).data()
    }

    /// Appends a code point, which must fit the width and the room.
    #[inline]
    pub fn push(&mut self, c: u32) {
        assert!(self.len < self.capacity);
        // SAFETY: there is room for one more unit.
        unsafe {
            match self.width {
                Width::Ascii | Width::Latin1 => self.data().add(self.len).write(c as u8),
                Width::Ucs2 => self.data().cast::<u16>().add(self.len).write(c as u16),
                Width::Ucs4 => self.data().cast::<u32>().add(self.len).write(c),
            }
        }
        self.len += 1;
    }

    /// Appends a text, whose code points must fit the width and the room.
    pub fn push_view(&mut self, text: StrView) {
        let n = text.len();
        assert!(n <= self.capacity - self.len);
        let (data, at) = (self.data(), self.len);
        // SAFETY: there is room for `n` more units.
        unsafe {
            match (self.width, text) {
                (Width::Ascii | Width::Latin1, StrView::Latin1(s)) => std::ptr::copy_nonoverlapping(s.as_ptr(), data.add(at), n),
                (Width::Ucs2, StrView::Ucs2(s)) => std::ptr::copy_nonoverlapping(s.as_ptr(), data.cast::<u16>().add(at), n),
                (Width::Ucs4, StrView::Ucs4(s)) => std::ptr::copy_nonoverlapping(s.as_ptr(), data.cast::<u32>().add(at), n),
                (Width::Ascii | Width::Latin1, s) => convert(s, data.add(at)),
                (Width::Ucs2, s) => convert(s, data.cast::<u16>().add(at)),
                (Width::Ucs4, s) => convert(s, data.cast::<u32>().add(at)),
            }
        }
        self.len += n;
    }

    /// Appends `n` times the same code point.
    pub fn push_repeated(&mut self, c: u32, n: usize) {
        assert!(n <= self.capacity - self.len);
        let (data, at) = (self.data(), self.len);
        // SAFETY: there is room for `n` more units.
        unsafe {
            match self.width {
                Width::Ascii | Width::Latin1 => std::slice::from_raw_parts_mut(data.add(at).cast::<std::mem::MaybeUninit<u8>>(), n)
                    .fill(std::mem::MaybeUninit::new(c as u8)),
                Width::Ucs2 => std::slice::from_raw_parts_mut(data.cast::<std::mem::MaybeUninit<u16>>().add(at), n)
                    .fill(std::mem::MaybeUninit::new(c as u16)),
                Width::Ucs4 => {
                    std::slice::from_raw_parts_mut(data.cast::<std::mem::MaybeUninit<u32>>().add(at), n).fill(std::mem::MaybeUninit::new(c))
                }
            }
        }
        self.len += n;
    }

    /// Doubles what is there until the text is `total` code points long, which must fit the room.
    fn fill_by_repeating(&mut self, total: usize) {
        assert!(total <= self.capacity && (self.len > 0 || total == 0));
        let (data, unit) = (self.data(), self.width.unit_size());
        while self.len < total {
            let n = self.len.min(total - self.len);
            // SAFETY: the first `len` units are initialised, the next `n` are room.
            unsafe { std::ptr::copy_nonoverlapping(data, data.add(self.len * unit), n * unit) };
            self.len += n;
        }
    }

    /// The str. Its width must be the narrowest that holds the text.
    pub fn finish(self) -> Value {
        debug_assert!(self.len == 0 || self.value_width_is_tight());
        payload(&self.value).facts.set((self.len as u64) << LEN_SHIFT | if self.len == 0 { 0 } else { self.width as u64 });
        self.value
    }

    fn value_width_is_tight(&self) -> bool {
        // SAFETY: the first `len` units are initialised.
        let view = unsafe {
            match self.width {
                Width::Ascii | Width::Latin1 => StrView::Latin1(std::slice::from_raw_parts(self.data(), self.len)),
                Width::Ucs2 => StrView::Ucs2(std::slice::from_raw_parts(self.data().cast(), self.len)),
                Width::Ucs4 => StrView::Ucs4(std::slice::from_raw_parts(self.data().cast(), self.len)),
            }
        };
        view.width() == self.width
    }
}

/// Writes the code points of `s` as units of `U`, which must hold them.
unsafe fn convert<U: Unit>(s: StrView, to: *mut U) {
    super::view::with_units!(s, units => for (i, &u) in units.iter().enumerate() {
        // SAFETY: the caller has made room for all of `s`.
        unsafe { to.add(i).write(U::truncate(u.code())) }
    })
}

/// A str of a text whose width is known to be exactly `width`.
fn of_width(text: StrView, width: Width) -> Res {
    let mut fresh = Fresh::new(width, text.len())?;
    fresh.push_view(text);
    Ok(fresh.finish())
}

/// A str of ASCII text that hashes to `hash`. Running out of memory ends the process, as in [`from_view`].
pub(super) fn of_ascii(text: &[u8], hash: i64) -> Value {
    let v = or_abort(allocate(types().str, Width::Ascii, text.len()).ok_or_else(exc::memory_error));
    let s = payload(&v);
    // SAFETY: there is room for the text.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), s.data(), text.len()) };
    s.facts.set((text.len() as u64) << LEN_SHIFT | Width::Ascii as u64);
    s.hash.set(hash as u64);
    v
}

/// A str of a text. Raises MemoryError.
pub fn try_from_view(text: StrView) -> Res {
    match text.len() {
        0 => return Ok(intern::empty()),
        1 if text.at(0) < 0x100 => return Ok(intern::latin1_char(text.at(0) as u8)),
        _ => {}
    }
    of_width(text, text.width())
}

/// A str of a text. Running out of memory ends the process, so the text's length must not be the program's choice.
pub fn from_view(text: StrView) -> Value {
    or_abort(try_from_view(text))
}

fn or_abort(made: Res) -> Value {
    match made {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Str>()),
    }
}

/// A str of UTF-8 text.
pub fn new(text: &str) -> Value {
    or_abort(try_new(text))
}

/// A str of UTF-8 text. Raises MemoryError.
pub fn try_new(text: &str) -> Res {
    if text.is_ascii() { try_from_view(StrView::Latin1(text.as_bytes())) } else { from_known_code_points(text.chars().map(u32::from)) }
}

/// A str of a string.
pub fn from_string(text: String) -> Value {
    new(&text)
}

/// A str of bytes, each of which is one code point.
pub fn from_latin1(bytes: &[u8]) -> Value {
    from_view(StrView::Latin1(bytes))
}

/// A str of one code point, at most 0x10FFFF.
#[inline]
pub fn from_code_point(c: u32) -> Value {
    if c < 0x100 { intern::latin1_char(c as u8) } else { from_view(StrView::Ucs4(&[c])) }
}

/// A str of code points, which are gone through twice.
fn from_known_code_points(code_points: impl Iterator<Item = u32> + Clone) -> Res {
    let (bits, len) = code_points.clone().fold((0, 0usize), |(bits, n), c| (bits | c, n + 1));
    match len {
        0 => return Ok(intern::empty()),
        1 if bits < 0x100 => return Ok(intern::latin1_char(bits as u8)),
        _ => {}
    }
    let mut fresh = Fresh::new(Width::of_bits(bits), len)?;
    code_points.for_each(|c| fresh.push(c));
    Ok(fresh.finish())
}

/// A str of code points.
pub fn from_code_points(code_points: impl Iterator<Item = u32>) -> Value {
    let mut builder = super::Builder::new();
    builder.extend(code_points);
    builder.finish()
}

/// A str of WTF-8 text.
pub fn from_wtf8(text: &rustpython_wtf8::Wtf8) -> Value {
    or_abort(match std::str::from_utf8(text.as_bytes()) {
        Ok(s) => try_new(s),
        Err(_) => from_known_code_points(text.code_points().map(|c| c.to_u32())),
    })
}

/// An instance of `class`, a subclass of str, with the text of the str `text`.
pub fn new_subclass_instance(class: &Type, text: &Value) -> Res {
    let from = payload(text);
    let mut fresh = Fresh::of_class(class, from.width(), from.len())?;
    fresh.push_view(from.view());
    Ok(fresh.finish())
}

/// Code points `start..end` of a str. Taking all of an exact str gives the str itself.
pub fn substring(v: &Value, start: usize, end: usize) -> Res {
    let s = payload(v);
    if start == 0 && end == s.len() && is_exact(v) {
        return Ok(v.clone());
    }
    if start >= end {
        return Ok(intern::empty());
    }
    let part = s.view().slice(start, end);
    if s.is_ascii() && part.len() > 1 { of_width(part, Width::Ascii) } else { try_from_view(part) }
}

/// `a + b`, both of which are strs.
pub fn concat(a: &Value, b: &Value) -> Res {
    let (x, y) = (payload(a), payload(b));
    if y.is_empty() && is_exact(a) {
        return Ok(a.clone());
    }
    if x.is_empty() && is_exact(b) {
        return Ok(b.clone());
    }
    let Some(total) = x.len().checked_add(y.len()).filter(|&n| n <= MAX_LEN) else {
        return Err(exc::overflow_error("strings are too large to concat"));
    };
    let mut fresh = Fresh::new(x.width().max(y.width()), total)?;
    fresh.push_view(x.view());
    fresh.push_view(y.view());
    Ok(fresh.finish())
}

/// `a + b` for an `a` that the caller owns, both of which are strs. When nobody else owns `a` its cell is
/// extended where it lies, or the new cell gets room to grow, so that building a text piece by piece takes time
/// in proportion to its length. The interpreter passes the left operand of `s += x` here when the place it came
/// from (a local variable, say) is about to be overwritten with the result and has been emptied.
pub fn concat_in_place(a: Value, b: &Value) -> Res {
    let (x, y) = (payload(&a), payload(b));
    let (len, more) = (x.len(), y.len());
    if a.refcount() != 1 || len == 0 || more == 0 || x.is_interned() || !is_exact(&a) || a.is(b) {
        return concat(&a, b);
    }
    let width = x.width().max(y.width());
    let unit = width.unit_size();
    let Some(total) = len.checked_add(more).filter(|&n| n <= MAX_LEN) else {
        return Err(exc::overflow_error("strings are too large to concat"));
    };
    let fixed = 8 + size_of::<Str>();
    // SAFETY: the object is alive.
    let room = (unsafe { page::usable_size(a.ptr()) } - fixed) / unit;
    if unit == x.width().unit_size() && total <= room {
        let (data, at) = (x.data(), len * unit);
        // SAFETY: the cell has room for the units of `b`, which is another object; nobody else can see this one.
        unsafe {
            match (unit, y.view()) {
                (1, StrView::Latin1(s)) => std::ptr::copy_nonoverlapping(s.as_ptr(), data.add(at), more),
                (2, StrView::Ucs2(s)) => std::ptr::copy_nonoverlapping(unit_bytes(s).as_ptr(), data.add(at), more * 2),
                (4, StrView::Ucs4(s)) => std::ptr::copy_nonoverlapping(unit_bytes(s).as_ptr(), data.add(at), more * 4),
                (2, s) => convert(s, data.add(at).cast::<u16>()),
                (_, s) => convert(s, data.add(at).cast::<u32>()),
            }
        }
        x.facts.set((total as u64) << LEN_SHIFT | width as u64);
        x.hash.set(0);
        return Ok(a);
    }
    // Small strings stay tight: most are never extended again.
    let capacity = if total < 64 { total } else { total + total / 4 };
    let mut fresh = Fresh::new(width, capacity.min(MAX_LEN))?;
    fresh.push_view(x.view());
    fresh.push_view(y.view());
    Ok(fresh.finish())
}

/// `v * n`.
pub fn repeat(v: &Value, n: usize) -> Res {
    let s = payload(v);
    match (n, s.len()) {
        (0, _) | (_, 0) => return Ok(intern::empty()),
        (1, _) if is_exact(v) => return Ok(v.clone()),
        _ => {}
    }
    let Some(total) = s.len().checked_mul(n).filter(|&t| t <= isize::MAX as usize) else {
        return Err(exc::overflow_error("repeated string is too long"));
    };
    let mut fresh = Fresh::new(s.width(), total)?;
    if s.len() == 1 {
        fresh.push_repeated(s.view().at(0), n);
    } else {
        fresh.push_view(s.view());
        fresh.fill_by_repeating(total);
    }
    Ok(fresh.finish())
}
