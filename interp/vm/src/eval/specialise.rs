//! Quickening: which specialised form an instruction gets, from the operands it sees (PEP 659).
//!
//! Each function looks at the operands of one execution and rewrites the instruction in place: the opcode and its
//! cache units. What each form's units hold is said at its arm's guard in [`super::fast`]. A function that finds nothing
//! to gain leaves the general form and lengthens the pause before the next attempt. Nothing here runs Python or fails.

use super::cache::{COOL_DOWN, backed_off, claim_side, side, write_u32, write_u64};
use super::interpret::view;
use crate::class::{self, Type, flag};
use crate::frame::Frame;
use crate::heap::shape::{self, Slot};
use crate::protocol::attr;
use crate::types::code::Code;
use crate::types::{descriptor, dict, function, instance, module, property, str};
use crate::value::Value;
use crate::vm::{shapes, types};
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::{self, Word};

/// An instruction about to be rewritten.
struct Site {
    unit: *mut u16,
    /// Whether the instruction is in the form named now already, so that its side cache can be used again.
    was: u8,
}

impl Site {
    unsafe fn new(unit: *mut u16) -> Site {
        // SAFETY: the caller passes an instruction with cache units.
        Site { unit, was: unsafe { *unit } as u8 }
    }

    /// The cache units.
    fn caches(&self) -> *mut u16 {
        // SAFETY: the instruction has cache units.
        unsafe { self.unit.add(1) }
    }

    fn become_form(&self, form: u8) {
        // SAFETY: the unit is the instruction's; the GIL is held.
        unsafe {
            *self.unit = *self.unit & 0xff00 | u16::from(form);
            *self.caches() = COOL_DOWN;
        }
    }

    fn give_up(&self) {
        // SAFETY: as in `become_form`.
        unsafe {
            *self.unit = *self.unit & 0xff00 | u16::from(OPCODES[self.was as usize].base);
            *self.caches() = backed_off(*self.caches());
        }
    }

    fn settle(&self, form: Option<u8>) {
        match form {
            Some(form) => self.become_form(form),
            None => self.give_up(),
        }
    }
}

fn is_str(v: &Value) -> bool {
    v.shape_id() == shapes().str
}

/// BINARY_OP.
///
/// # Safety
/// `unit` is the instruction; the operands are at `at` and behind it.
#[cold]
#[inline(never)]
pub unsafe fn binary_op(unit: *mut u16, arg: usize, at: *mut Word, next: u16) {
    // SAFETY: passed on.
    let (site, a, b) = unsafe { (Site::new(unit), view(at), view(at.add(1))) };
    const ADD: usize = 0;
    const MULTIPLY: usize = 5;
    const SUBTRACT: usize = 10;
    const INPLACE: usize = 13;
    const SUBSCR: usize = 26;
    let (x, y) = (a.word(), b.word());
    if arg == SUBSCR {
        let s = shapes();
        let id = a.shape_id();
        let form = if tag::is_int(y) && id == s.list {
            Some(op::BINARY_OP_SUBSCR_LIST_INT)
        } else if tag::is_int(y) && id == s.tuple {
            Some(op::BINARY_OP_SUBSCR_TUPLE_INT)
        } else if tag::is_int(y) && id == s.str {
            Some(op::BINARY_OP_SUBSCR_STR_INT)
        } else if id == s.dict {
            Some(op::BINARY_OP_SUBSCR_DICT)
        } else if id == s.list && b.shape_id() == s.slice {
            Some(op::BINARY_OP_SUBSCR_LIST_SLICE)
        } else if id != 0 && super::dunder::getitem(a).is_some() {
            Some(op::BINARY_OP_SUBSCR_GETITEM)
        } else {
            None
        };
        return site.settle(form);
    }
    let plain = if arg >= INPLACE { arg - INPLACE } else { arg };
    let form = if tag::is_int(x) && tag::is_int(y) {
        match plain {
            ADD => Some(op::BINARY_OP_ADD_INT),
            SUBTRACT => Some(op::BINARY_OP_SUBTRACT_INT),
            MULTIPLY => Some(op::BINARY_OP_MULTIPLY_INT),
            _ => Some(op::BINARY_OP_EXTEND),
        }
    } else if tag::is_float(x) && tag::is_float(y) {
        match plain {
            ADD => Some(op::BINARY_OP_ADD_FLOAT),
            SUBTRACT => Some(op::BINARY_OP_SUBTRACT_FLOAT),
            MULTIPLY => Some(op::BINARY_OP_MULTIPLY_FLOAT),
            _ => Some(op::BINARY_OP_EXTEND),
        }
    } else if x & 3 != 0 && y & 3 != 0 {
        Some(op::BINARY_OP_EXTEND)
    } else if plain == ADD && is_str(a) && is_str(b) {
        Some(if next as u8 == op::STORE_FAST { op::BINARY_OP_INPLACE_ADD_UNICODE } else { op::BINARY_OP_ADD_UNICODE })
    } else {
        None
    };
    site.settle(form)
}

/// COMPARE_OP.
///
/// # Safety
/// As for [`binary_op`].
#[cold]
#[inline(never)]
pub unsafe fn compare_op(unit: *mut u16, arg: usize, at: *mut Word) {
    // SAFETY: passed on.
    let (site, a, b) = unsafe { (Site::new(unit), view(at), view(at.add(1))) };
    let (x, y) = (a.word(), b.word());
    let form = if tag::is_int(x) && tag::is_int(y) {
        Some(op::COMPARE_OP_INT)
    } else if x & 3 != 0 && y & 3 != 0 {
        Some(op::COMPARE_OP_FLOAT)
    } else if is_str(a) && is_str(b) && matches!(arg >> 5, 2 | 3) {
        Some(op::COMPARE_OP_STR)
    } else {
        None
    };
    site.settle(form)
}

/// CONTAINS_OP.
///
/// # Safety
/// `unit` is the instruction.
#[cold]
#[inline(never)]
pub unsafe fn contains_op(unit: *mut u16, container: &Value) {
    // SAFETY: passed on.
    let site = unsafe { Site::new(unit) };
    let (s, id) = (shapes(), container.shape_id());
    site.settle(if id == 0 {
        None
    } else if id == s.dict {
        Some(op::CONTAINS_OP_DICT)
    } else if id == s.set || id == s.frozenset {
        Some(op::CONTAINS_OP_SET)
    } else {
        None
    })
}

/// TO_BOOL.
///
/// # Safety
/// `unit` is the instruction.
#[cold]
#[inline(never)]
pub unsafe fn to_bool(unit: *mut u16, v: &Value) {
    // SAFETY: passed on.
    let site = unsafe { Site::new(unit) };
    let (s, id, w) = (shapes(), v.shape_id(), v.word());
    site.settle(if tag::is_bool(w) {
        Some(op::TO_BOOL_BOOL)
    } else if tag::is_int(w) {
        Some(op::TO_BOOL_INT)
    } else if v.is_none() {
        Some(op::TO_BOOL_NONE)
    } else if id == 0 {
        None
    } else if id == s.list {
        Some(op::TO_BOOL_LIST)
    } else if id == s.str {
        Some(op::TO_BOOL_STR)
    } else {
        let class = v.class();
        let slots = class.slots();
        if slots.bool.is_none() && slots.len.is_none() {
            // SAFETY: TO_BOOL has three cache units.
            unsafe { write_u32(site.caches().add(1), class.version()) };
            Some(op::TO_BOOL_ALWAYS_TRUE)
        } else {
            None
        }
    })
}

/// UNPACK_SEQUENCE.
///
/// # Safety
/// `unit` is the instruction.
#[cold]
#[inline(never)]
pub unsafe fn unpack_sequence(unit: *mut u16, v: &Value, n: usize) {
    // SAFETY: passed on.
    let site = unsafe { Site::new(unit) };
    let (s, id) = (shapes(), v.shape_id());
    site.settle(if id == 0 {
        None
    } else if id == s.tuple {
        Some(if n == 2 { op::UNPACK_SEQUENCE_TWO_TUPLE } else { op::UNPACK_SEQUENCE_TUPLE })
    } else if id == s.list {
        Some(op::UNPACK_SEQUENCE_LIST)
    } else {
        None
    })
}

/// STORE_SUBSCR.
///
/// # Safety
/// `unit` is the instruction.
#[cold]
#[inline(never)]
pub unsafe fn store_subscr(unit: *mut u16, container: &Value, key: &Value) {
    // SAFETY: passed on.
    let site = unsafe { Site::new(unit) };
    let (s, id) = (shapes(), container.shape_id());
    site.settle(if id == 0 {
        None
    } else if id == s.list && tag::is_int(key.word()) {
        Some(op::STORE_SUBSCR_LIST_INT)
    } else if id == s.dict {
        Some(op::STORE_SUBSCR_DICT)
    } else {
        None
    })
}

/// FOR_ITER.
///
/// # Safety
/// `unit` is the instruction.
#[cold]
#[inline(never)]
pub unsafe fn for_iter(unit: *mut u16, it: &Value) {
    // SAFETY: passed on.
    let site = unsafe { Site::new(unit) };
    let (s, id) = (shapes(), it.shape_id());
    site.settle(if id == 0 {
        None
    } else if id == s.list_iterator {
        Some(op::FOR_ITER_LIST)
    } else if id == s.tuple_iterator {
        Some(op::FOR_ITER_TUPLE)
    } else if id == s.range_iterator {
        Some(op::FOR_ITER_RANGE)
    } else if id == s.generator {
        Some(op::FOR_ITER_GEN)
    } else {
        None
    })
}

/// SEND.
///
/// # Safety
/// `unit` is the instruction.
#[cold]
#[inline(never)]
pub unsafe fn send(unit: *mut u16, receiver: &Value) {
    // SAFETY: passed on.
    let site = unsafe { Site::new(unit) };
    let (s, id) = (shapes(), receiver.shape_id());
    site.settle((id != 0 && (id == s.generator || id == s.coroutine)).then_some(op::SEND_GEN))
}

/// LOAD_GLOBAL.
///
/// # Safety
/// `unit` is the instruction, `frame` the running frame.
#[cold]
#[inline(never)]
pub unsafe fn load_global(unit: *mut u16, frame: *mut Frame, name: &Value) {
    // SAFETY: the frame's namespaces are alive; LOAD_GLOBAL has four cache units.
    unsafe {
        let site = Site::new(unit);
        let (globals, builtins) = (view(&raw const (*frame).globals), view(&raw const (*frame).builtins));
        if globals.shape_id() != shapes().dict {
            return site.give_up();
        }
        let version = dict::keys_version(globals);
        if version == 0 || !dict::table(globals).has_str_keys() {
            return site.give_up();
        }
        if let Some(i) = dict::lookup_index(globals, name) {
            let Ok(i) = u16::try_from(i) else { return site.give_up() };
            write_u32(site.caches().add(1), version);
            *site.caches().add(3) = i;
            return site.become_form(op::LOAD_GLOBAL_MODULE);
        }
        if builtins.shape_id() != shapes().dict {
            return site.give_up();
        }
        let builtins_version = dict::keys_version(builtins);
        let Some(i) = dict::lookup_index(builtins, name) else { return site.give_up() };
        if builtins_version == 0 || !dict::table(builtins).has_str_keys() {
            return site.give_up();
        }
        let Some(at) = claim_side((*frame).code, *site.caches().add(1), site.was == op::LOAD_GLOBAL_BUILTIN) else { return site.give_up() };
        *site.caches().add(1) = at;
        (*side((*frame).code, at)).words = [u64::from(version), u64::from(builtins_version), u64::from(i)];
        site.become_form(op::LOAD_GLOBAL_BUILTIN)
    }
}

/// What a class makes of an attribute, going by the class alone.
enum Kind {
    /// The class has no such attribute.
    Absent,
    /// A function or native method, which a call passes the instance.
    Method(Word),
    /// A property with a plain Python function.
    Property(Word),
    /// A member slot at this offset.
    Member(usize),
    /// An object that is no descriptor.
    Plain(Word),
    Other,
}

fn kind_of(class: &'static Type, name: &Value) -> Kind {
    let Some(w) = class.lookup_ref(name) else { return Kind::Absent };
    // SAFETY: the class keeps what it holds alive.
    let found = unsafe { Value::from_word_ref(&w) };
    let kind = found.class();
    if kind.has(flag::METHOD_DESCRIPTOR) {
        return Kind::Method(w);
    }
    if std::ptr::eq(kind, types().property) {
        // SAFETY: the class is exactly property.
        return if unsafe { property::plain_getter(w) }.is_some() { Kind::Property(w) } else { Kind::Other };
    }
    if std::ptr::eq(kind, types().member_descriptor) {
        return match descriptor::member_offset(found, class) {
            Some(offset) => Kind::Member(offset),
            None => Kind::Other,
        };
    }
    // A descriptor's class that can change may get a `__get__` or `__set__` later.
    if !kind.has(flag::HEAPTYPE) && kind.slots().descr_get.is_none() && kind.slots().descr_set.is_none() {
        Kind::Plain(w)
    } else {
        Kind::Other
    }
}

/// LOAD_ATTR.
///
/// # Safety
/// `unit` is the instruction.
#[cold]
#[inline(never)]
pub unsafe fn load_attr(unit: *mut u16, arg: usize, owner: &Value, name: &Value) {
    // SAFETY: passed on; LOAD_ATTR has nine cache units.
    unsafe {
        let site = Site::new(unit);
        site.settle(load_attr_form(&site, arg & 1 != 0, owner, name));
    }
}

unsafe fn load_attr_form(site: &Site, for_call: bool, owner: &Value, name: &Value) -> Option<u8> {
    let id = owner.shape_id();
    if id == 0 || !str::is_interned(name) {
        return None;
    }
    let class = owner.class();
    let units = site.caches();
    // SAFETY: LOAD_ATTR has nine cache units.
    unsafe {
        write_u32(units.add(1), id);
        if class.has(flag::TYPE_SUBCLASS) {
            return class_attr_form(units, for_call, owner, name);
        }
        if std::ptr::eq(class, types().module) {
            if class.lookup_ref(name).is_some() {
                return None;
            }
            let d = module::dict(owner);
            let (version, i) = (dict::keys_version(&d), dict::lookup_index(&d, name)?);
            if version == 0 || !dict::table(&d).has_str_keys() {
                return None;
            }
            write_u32(units.add(3), version);
            *units.add(5) = u16::try_from(i).ok()?;
            return Some(op::LOAD_ATTR_MODULE);
        }
        if !attr::finds_generically(class) {
            return None;
        }
        let version = class.version();
        write_u32(units.add(3), version);
        let stored = shape::flags(id) & shape::flag::HAS_ATTRS != 0;
        let dict_mode = shape::flags(id) & shape::flag::DICT_MODE != 0;
        let kind = kind_of(class, name);
        match kind {
            Kind::Property(w) if !for_call => {
                write_u64(units.add(5), w);
                return Some(op::LOAD_ATTR_PROPERTY);
            }
            Kind::Member(offset) => {
                *units.add(5) = u16::try_from(offset).ok()?;
                return Some(op::LOAD_ATTR_SLOT);
            }
            Kind::Property(_) | Kind::Other => return None,
            Kind::Absent | Kind::Method(_) | Kind::Plain(_) => {}
        }
        if stored && dict_mode {
            let d = instance::dict_of(owner);
            return match dict::lookup_index(&d, name) {
                Some(i) => {
                    *units.add(5) = u16::try_from(i).ok()?;
                    Some(op::LOAD_ATTR_WITH_HINT)
                }
                // The dict may get the attribute later: a hit on the class needs the key set to stay.
                None => None,
            };
        }
        if stored && let Some(slot) = shape::find(id, name.word()) {
            return match slot {
                Slot::Inline(offset) if shape::is_plain(id) => {
                    *units.add(3) = u16::try_from(offset).ok()?;
                    Some(op::LOAD_ATTR_INSTANCE_VALUE)
                }
                Slot::Overflow(i) => {
                    *units.add(5) = u16::try_from(i).ok()?;
                    Some(op::LOAD_ATTR_WITH_HINT)
                }
                Slot::Inline(offset) => {
                    *units.add(5) = u16::try_from(offset).ok()?;
                    Some(op::LOAD_ATTR_SLOT)
                }
            };
        }
        match kind {
            Kind::Method(f) if for_call => {
                write_u64(units.add(5), f);
                Some(if class.has(flag::IMMUTABLE) { op::LOAD_ATTR_METHOD_NO_DICT } else { op::LOAD_ATTR_METHOD_WITH_VALUES })
            }
            Kind::Plain(w) => {
                write_u64(units.add(5), w);
                Some(op::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES)
            }
            _ => None,
        }
    }
}

/// An attribute of a class object.
unsafe fn class_attr_form(units: *mut u16, for_call: bool, owner: &Value, name: &Value) -> Option<u8> {
    let _ = for_call;
    let meta = owner.class();
    let class = class::build::of(owner);
    let generic = crate::types::type_object::type_getattr as *const () as usize;
    if meta.slots().getattr.map(|f| f as usize) != Some(generic) || !std::ptr::eq(meta, types().type_) || meta.lookup_ref(name).is_some() {
        return None;
    }
    let w = class.lookup_ref(name)?;
    // SAFETY: the class keeps what it holds alive; LOAD_ATTR has nine cache units.
    unsafe {
        let kind = Value::from_word_ref(&w).class();
        // A function found on a class is itself.
        let itself = std::ptr::eq(kind, types().function) || !kind.has(flag::HEAPTYPE) && kind.slots().descr_get.is_none();
        if !itself {
            return None;
        }
        write_u32(units.add(3), class.version());
        write_u64(units.add(5), w);
    }
    Some(op::LOAD_ATTR_CLASS)
}

/// STORE_ATTR.
///
/// # Safety
/// `unit` is the instruction of `code`.
#[cold]
#[inline(never)]
pub unsafe fn store_attr(unit: *mut u16, code: *const Code, owner: &Value, name: &Value) {
    // SAFETY: passed on; STORE_ATTR has four cache units.
    unsafe {
        let site = Site::new(unit);
        site.settle(store_attr_form(&site, code, owner, name));
    }
}

/// How a STORE_ATTR_WITH_HINT stores; in the side cache's second word.
pub mod store {
    /// At an index of the overflow array.
    pub const OVERFLOW: u64 = 0;
    /// At an entry number of the dict.
    pub const DICT: u64 = 1;
    /// By going over to the shape in the third word.
    pub const ADD: u64 = 2;
    /// At a byte offset in the instance.
    pub const INLINE: u64 = 3;
}

unsafe fn store_attr_form(site: &Site, code: *const Code, owner: &Value, name: &Value) -> Option<u8> {
    let id = owner.shape_id();
    if id == 0 || !str::is_interned(name) || !attr::is_generic_set(owner) {
        return None;
    }
    let class = owner.class();
    let units = site.caches();
    // SAFETY: STORE_ATTR has four cache units.
    unsafe {
        write_u32(units.add(1), id);
        let hint = |how: u64, what: u64| {
            let at = claim_side(code, *units.add(3), site.was == op::STORE_ATTR_WITH_HINT)?;
            *units.add(3) = at;
            (*side(code, at)).words = [u64::from(class.version()), how, what];
            Some(op::STORE_ATTR_WITH_HINT)
        };
        match kind_of(class, name) {
            Kind::Member(offset) => {
                let at = claim_side(code, *units.add(3), site.was == op::STORE_ATTR_SLOT)?;
                *units.add(3) = at;
                (*side(code, at)).words = [u64::from(class.version()), offset as u64, 0];
                return Some(op::STORE_ATTR_SLOT);
            }
            Kind::Property(_) | Kind::Other => return None,
            Kind::Absent | Kind::Method(_) | Kind::Plain(_) => {}
        }
        if shape::flags(id) & shape::flag::HAS_ATTRS == 0 {
            return None;
        }
        if shape::flags(id) & shape::flag::DICT_MODE != 0 {
            let d = instance::dict_of(owner);
            let i = dict::lookup_index(&d, name)?;
            return hint(store::DICT, u64::from(i));
        }
        match shape::find(id, name.word()) {
            Some(Slot::Inline(offset)) if shape::is_plain(id) => {
                *units.add(3) = u16::try_from(offset).ok()?;
                Some(op::STORE_ATTR_INSTANCE_VALUE)
            }
            Some(Slot::Inline(offset)) => hint(store::INLINE, offset as u64),
            Some(Slot::Overflow(i)) => hint(store::OVERFLOW, i as u64),
            None if shape::attr_count(id) < shape::inline_words(id) => {
                let child = shape::with_attr(id, name.word())?;
                hint(store::ADD, u64::from(child))
            }
            None => None,
        }
    }
}

/// CALL.
///
/// # Safety
/// `unit` is the instruction; the callable is at `base`.
#[cold]
#[inline(never)]
pub unsafe fn call(unit: *mut u16, argc: usize, base: *mut Word) {
    // SAFETY: passed on; CALL has three cache units.
    unsafe {
        let site = Site::new(unit);
        let callable = view(base);
        let has_self = *base.add(1) != tag::NULL;
        let n = argc + has_self as usize;
        let (s, id) = (shapes(), callable.shape_id());
        let form = if id == 0 {
            None
        } else if id == s.function {
            let code = function::this(callable).code();
            Some(if code.exact_args == n as u32 { op::CALL_PY_EXACT_ARGS } else { op::CALL_PY_GENERAL })
        } else if id == s.method && !has_self {
            let f = crate::types::method::this(callable).function();
            if f.shape_id() != s.function {
                None
            } else if function::this(&f).code().exact_args == n as u32 + 1 {
                Some(op::CALL_BOUND_METHOD_EXACT_ARGS)
            } else {
                Some(op::CALL_BOUND_METHOD_GENERAL)
            }
        } else if id == s.builtin_function {
            super::native_call::builtin_form(callable, argc, has_self)
        } else if id == s.method_descriptor && has_self {
            super::native_call::method_form(callable, argc)
        } else if callable.class().has(flag::TYPE_SUBCLASS) {
            class_call_form(callable, n, has_self)
        } else {
            Some(op::CALL_NON_PY_GENERAL)
        };
        site.settle(form)
    }
}

fn class_call_form(callable: &Value, n: usize, has_self: bool) -> Option<u8> {
    let class = class::build::of(callable);
    let t = types();
    if !has_self && n == 1 {
        if std::ptr::eq(class, t.type_) {
            return Some(op::CALL_TYPE_1);
        }
        if std::ptr::eq(class, t.str) {
            return Some(op::CALL_STR_1);
        }
        if std::ptr::eq(class, t.tuple) {
            return Some(op::CALL_TUPLE_1);
        }
    }
    if class.init_function().is_some_and(|f| {
        // SAFETY: the class keeps its `__init__` alive.
        let f = unsafe { Value::from_word_ref(&f) };
        function::this(f).code().exact_args == n as u32 + 1
    }) {
        return Some(op::CALL_ALLOC_AND_ENTER_INIT);
    }
    if std::ptr::eq(callable.class(), t.type_) { Some(op::CALL_BUILTIN_CLASS) } else { None }
}
