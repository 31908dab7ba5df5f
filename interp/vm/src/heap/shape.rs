//! Shapes: what the second half of an object's header names.
//!
//! A shape is a class together with a layout: where the payload lies, how many attributes the instance holds
//! in which slots. One 32-bit compare against a shape therefore guards class and layout at once. Adding an
//! attribute moves an instance to a child shape (a *transition*). Shapes live in one static table, so a shape
//! id becomes an address without loading a base.
//!
//! An instance is `header, payload, member slots, attribute words`. (Where the payload varies in size, member
//! slots and attribute words come first.) The shape's `inline` attribute words hold the attributes themselves;
//! when there are more attributes than words, the last word points to an overflow array that holds the rest.
//! In *dict mode* the first attribute word holds the instance's `__dict__`, a real dict, and there is nothing else.

use crate::class::{self, Type};
use crate::global::Global;
use crate::protocol::attr;
use crate::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use weft_layout::header::SHAPE_FLOAT;
use weft_layout::tag::Word;

/// Where an attribute of an instance lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A byte offset from the start of the object.
    Inline(usize),
    /// An index into the overflow array.
    Overflow(usize),
}

/// Bits of [`Shape::flags`].
pub mod flag {
    /// Instances have attribute words (the class has a `__dict__`).
    pub const HAS_ATTRS: u8 = 1;
    /// Instances keep their attributes in a dict object.
    pub const DICT_MODE: u8 = 2;
    /// Freeing an instance means giving its cell back, and nothing else.
    pub const TRIVIAL: u8 = 4;
    /// Freeing an instance means dropping its payload and giving its cell back.
    pub const PAYLOAD_ONLY: u8 = 16;
    /// Reading and writing the attributes that the shape names goes straight to their words: the class has no
    /// `__getattribute__`, `__getattr__` or `__setattr__` of its own and no data descriptor under one of the names. Found out by
    /// [`super::is_plain`], forgotten when the class changes.
    pub const PLAIN: u8 = 8;
}

/// One entry of the shape table.
#[repr(C)]
pub struct Shape {
    class: *const Type,
    info: *mut Info,
    /// Bytes of an instance, for classes whose instances do not vary in size.
    size: u32,
    /// Byte offset of the first attribute word.
    attrs_offset: u16,
    payload_offset: u16,
    /// Attributes that an instance of this shape holds.
    count: u16,
    /// Attribute words.
    inline: u16,
    flags: u8,
}

#[derive(Default)]
struct Info {
    /// The attribute names in slot order: interned strings, kept alive by `owned`.
    names: Vec<Word>,
    index: Option<HashMap<Word, u16, FixedState>>,
    transitions: Vec<(Word, u32)>,
    dict_mode: u32,
}

const CAPACITY: usize = 1 << 19;
/// A class whose shapes have more attributes than this keeps them in dicts.
const MAX_ATTRS: usize = 1000;

struct Table {
    shapes: [Shape; CAPACITY],
    /// How many there are, not counting the numbers that compiled code knows. All zeros at first, the table takes no room in the binary.
    made: usize,
}

const EMPTY: Shape = Shape {
    class: std::ptr::null(),
    info: std::ptr::null_mut(),
    size: 0,
    attrs_offset: 0,
    payload_offset: 0,
    count: 0,
    inline: 0,
    flags: 0,
};
static TABLE: Global<Table> = Global::new(Table { shapes: [EMPTY; CAPACITY], made: 0 });

#[inline(always)]
fn get(id: u32) -> &'static Shape {
    debug_assert!(id != 0 && (id as usize) < CAPACITY);
    // SAFETY: ids are handed out below CAPACITY, and an entry is complete before its id is.
    unsafe { (*TABLE.get()).shapes.get_unchecked(id as usize) }
}

/// The class a shape belongs to.
///
/// # Safety
/// `id` is the shape of a live object.
#[inline(always)]
pub unsafe fn class_of(id: u32) -> &'static Type {
    // SAFETY: a class lives at least as long as its instances.
    unsafe { &*get(id).class }
}

/// Where the payload of an instance begins.
#[inline(always)]
pub fn payload_offset(id: u32) -> usize {
    get(id).payload_offset as usize
}

/// Bytes of an instance, header included; of one whose payload varies in size, without the varying part.
#[inline(always)]
pub fn instance_size(id: u32) -> usize {
    get(id).size as usize
}

/// The shape's [`flag`] bits.
#[inline(always)]
pub fn flags(id: u32) -> u8 {
    get(id).flags
}

/// Sets or clears a flag of a shape.
pub fn set_flag(id: u32, flag: u8, on: bool) {
    // SAFETY: the GIL is held; the id is a shape's.
    let flags = unsafe { &mut (*TABLE.get()).shapes[id as usize].flags };
    *flags = if on { *flags | flag } else { *flags & !flag };
}

/// Whether the shape is [`flag::PLAIN`], found out if need be.
pub fn is_plain(id: u32) -> bool {
    let shape = get(id);
    if shape.flags & flag::PLAIN != 0 {
        return true;
    }
    // SAFETY: callers pass the shape of a live object.
    let class = unsafe { class_of(id) };
    if shape.flags & (flag::HAS_ATTRS | flag::DICT_MODE) != flag::HAS_ATTRS || !attr::has_generic_access(class) {
        return false;
    }
    // Only a class with a version learns of changes of its bases.
    class.version();
    let plain = names(id).iter().all(|name| {
        // SAFETY: names of a shape are live strings.
        let found = class.lookup_ref(unsafe { Value::from_word_ref(name) });
        found.is_none_or(|w| {
            // SAFETY: the class keeps what it holds alive. A descriptor's class that can change may get a `__set__` later.
            let kind = unsafe { Value::from_word_ref(&w) }.class();
            !kind.has(class::flag::HEAPTYPE) && kind.slots().descr_set.is_none()
        })
    });
    set_flag(id, flag::PLAIN, plain);
    plain
}

/// How many attributes an instance of this shape holds.
#[inline(always)]
pub fn attr_count(id: u32) -> usize {
    get(id).count as usize
}

/// Byte offset of the first attribute word.
#[inline(always)]
pub fn attrs_offset(id: u32) -> usize {
    get(id).attrs_offset as usize
}

/// Number of attribute words.
#[inline(always)]
pub fn inline_words(id: u32) -> usize {
    get(id).inline as usize
}

/// The attribute names in slot order.
pub fn names(id: u32) -> &'static [Word] {
    let info = get(id).info;
    // SAFETY: an info record lives as long as its shape.
    if info.is_null() { &[] } else { unsafe { &(*info).names } }
}

/// How a class's instances are laid out; what [`new_root`] makes a shape of.
pub struct Layout {
    /// Bytes of the payload (of its fixed part where it varies).
    pub payload: usize,
    /// Whether the payload varies in size and so comes last.
    pub varies: bool,
    /// Member slots (`__slots__`), one word each.
    pub members: usize,
    /// Attribute words; 0 if instances have no `__dict__`.
    pub inline: usize,
    /// How an instance is freed: [`flag::TRIVIAL`], [`flag::PAYLOAD_ONLY`] or 0.
    pub freeing: u8,
}

/// Byte offset of member slot `i` in a layout.
pub fn member_offset(layout: &Layout, i: usize) -> usize {
    8 + if layout.varies { 0 } else { layout.payload.next_multiple_of(8) } + 8 * i
}

/// A shape without attributes for a class. `None` when the table is full.
pub fn new_root(class: *const Type, layout: &Layout) -> Option<u32> {
    let payload = layout.payload.next_multiple_of(8);
    let slots = 8 * (layout.members + layout.inline);
    let (payload_offset, attrs_offset) =
        if layout.varies { (8 + slots, 8 + 8 * layout.members) } else { (8, 8 + payload + 8 * layout.members) };
    add(Shape {
        class,
        info: Box::into_raw(Box::default()),
        size: (8 + payload + slots).max(16) as u32,
        attrs_offset: attrs_offset as u16,
        payload_offset: payload_offset as u16,
        count: 0,
        inline: layout.inline as u16,
        flags: if layout.inline > 0 { flag::HAS_ATTRS } else { 0 } | layout.freeing,
    })
}

/// Gives the root shape of `class` the number that compiled code knows it by, which is kept free. There are no instances yet.
pub fn move_root(class: &'static Type, to: u32) {
    let from = class.root_shape();
    // SAFETY: the GIL is held; nothing refers to the old number but the class.
    unsafe {
        let table = &mut *TABLE.get();
        table.shapes.swap(from as usize, to as usize);
    }
    class.move_root_shape(to);
}

fn add(shape: Shape) -> Option<u32> {
    // SAFETY: the GIL is held; entries are only ever added.
    unsafe {
        let table = &mut *TABLE.get();
        let id = SHAPE_FLOAT as usize + table.made + 1;
        if id >= CAPACITY {
            return None;
        }
        // SAFETY: a shape is made for a class that is alive.
        (*shape.class).add_shape(id as u32);
        table.shapes[id] = Shape { flags: shape.flags & !flag::PLAIN, ..shape };
        table.made += 1;
        Some(id as u32)
    }
}

/// Where attribute `name` (an interned string) lies in an instance of this shape.
pub fn find(id: u32, name: Word) -> Option<Slot> {
    let shape = get(id);
    if shape.flags & (flag::HAS_ATTRS | flag::DICT_MODE) != flag::HAS_ATTRS {
        return None;
    }
    // SAFETY: an info record lives as long as its shape; the GIL is held.
    let info = unsafe { &mut *shape.info };
    let i = if info.names.len() <= 8 {
        info.names.iter().position(|&n| n == name)?
    } else {
        let index = info.index.get_or_insert_with(|| info.names.iter().enumerate().map(|(i, &n)| (n, i as u16)).collect());
        *index.get(&name)? as usize
    };
    Some(slot(shape, i))
}

fn slot(shape: &Shape, i: usize) -> Slot {
    let inline = shape.inline as usize;
    let offset = shape.attrs_offset as usize;
    if shape.count as usize <= inline || i + 1 < inline { Slot::Inline(offset + 8 * i) } else { Slot::Overflow(i + 1 - inline) }
}

/// Where attribute number `i` of an instance of this shape lies.
pub fn slot_at(id: u32, i: usize) -> Slot {
    slot(get(id), i)
}

/// The shape of an instance of shape `id` once attribute `name` has been added; `None` if it has to go to dict mode.
pub fn with_attr(id: u32, name: Word) -> Option<u32> {
    let shape = get(id);
    debug_assert!(shape.flags & flag::HAS_ATTRS != 0 && shape.flags & flag::DICT_MODE == 0);
    // SAFETY: an info record lives as long as its shape; the GIL is held.
    let info = unsafe { &mut *shape.info };
    if let Some(&(_, child)) = info.transitions.iter().find(|t| t.0 == name) {
        return Some(child);
    }
    if info.names.len() >= MAX_ATTRS || info.transitions.len() >= 64 {
        return None;
    }
    let mut names = info.names.clone();
    names.push(name);
    // SAFETY: the name is a live interned string; shapes keep their names for good.
    unsafe { Value::from_word_ref(&name) }.make_immortal();
    let count = names.len() as u16;
    let child = add(Shape { info: Box::into_raw(Box::new(Info { names, ..Info::default() })), count, ..*shape })?;
    info.transitions.push((name, child));
    // SAFETY: the class of a shape in use is alive.
    unsafe { (*shape.class).learn_attrs(count as usize) };
    Some(child)
}

/// The dict-mode sibling of a shape.
pub fn dict_mode(id: u32) -> u32 {
    let shape = get(id);
    // SAFETY: an info record lives as long as its shape; the GIL is held.
    let info = unsafe { &mut *shape.info };
    if info.dict_mode == 0 {
        let sibling = Shape { info: Box::into_raw(Box::default()), flags: shape.flags | flag::DICT_MODE, count: 0, ..*shape };
        info.dict_mode = add(sibling).expect("the shape table has room for dict modes");
    }
    info.dict_mode
}
