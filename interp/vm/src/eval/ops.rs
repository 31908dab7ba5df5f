//! What the eval loop's arms do when the fast path does not apply.

use super::interpret::view;
use crate::class::slots::CompareOp;
use crate::exc::{self, Raised};
use crate::frame::Frame;
use crate::protocol::number::BinaryOp;
use crate::protocol::{self, attr};
use crate::thread::thread;
use crate::types::code::Code;
use crate::types::{cellobject, coroutine, dict, exceptions, function, generator, list, set, str, tuple};
use crate::value::{Res, Value, decref};
use crate::vm::{names, types};
use crate::{call, eval};
use weft_compiler::code::{co_flags, local_kind};
use weft_layout::tag::{self, NULL, Word, float_value, try_float_word};

// --- operators ------------------------------------------------------------------------------------------------------

const ADD: usize = 0;
const AND: usize = 1;
const FLOOR_DIVIDE: usize = 2;
const MULTIPLY: usize = 5;
const REMAINDER: usize = 6;
const POWER: usize = 8;
const OR: usize = 7;
const SUBTRACT: usize = 10;
const TRUE_DIVIDE: usize = 11;
const XOR: usize = 12;
const INPLACE: usize = 13;
const SUBSCR: usize = 26;

/// `a op b` of two small ints, if the result is a small int or an inline float.
#[inline(always)]
pub fn int_binary(op: usize, a: Word, b: Word) -> Option<Word> {
    let op = if op >= INPLACE && op != SUBSCR { op - INPLACE } else { op };
    match op {
        ADD => (a as i64).checked_add((b - 1) as i64).map(|r| r as u64),
        SUBTRACT => (a as i64).checked_sub((b - 1) as i64).map(|r| r as u64),
        MULTIPLY => ((a - 1) as i64).checked_mul(b as i64 >> 1).map(|r| r as u64 | 1),
        AND => Some(a & b),
        OR => Some(a | b),
        XOR => Some((a ^ b) | 1),
        FLOOR_DIVIDE | REMAINDER => {
            let (x, y) = (a as i64 >> 1, b as i64 >> 1);
            if y == 0 || y == -1 {
                return None;
            }
            let (q, r) = (x / y, x % y);
            let adjust = r != 0 && (r < 0) != (y < 0);
            Some(if op == FLOOR_DIVIDE { tag::int_word(q - adjust as i64) } else { tag::int_word(if adjust { r + y } else { r }) })
        }
        POWER => {
            let (x, y) = (a as i64 >> 1, b as i64 >> 1);
            u32::try_from(y).ok().and_then(|y| x.checked_pow(y)).and_then(tag::try_int_word)
        }
        TRUE_DIVIDE => {
            const EXACT: i64 = 1 << 53;
            let (x, y) = (a as i64 >> 1, b as i64 >> 1);
            if y == 0 || !(-EXACT..=EXACT).contains(&x) || !(-EXACT..=EXACT).contains(&y) {
                return None;
            }
            try_float_word(x as f64 / y as f64)
        }
        _ => None,
    }
}

/// `a + b` of two small ints, if it is one.
#[inline(always)]
pub fn int_add(a: Word, b: Word) -> Option<Word> {
    (a as i64).checked_add((b - 1) as i64).map(|r| r as u64)
}

/// `a - b` of two small ints, if it is one.
#[inline(always)]
pub fn int_subtract(a: Word, b: Word) -> Option<Word> {
    (a as i64).checked_sub((b - 1) as i64).map(|r| r as u64)
}

/// `a * b` of two small ints, if it is one.
#[inline(always)]
pub fn int_multiply(a: Word, b: Word) -> Option<Word> {
    ((a - 1) as i64).checked_mul(b as i64 >> 1).map(|r| r as u64 | 1)
}

/// `a op b` of small ints and inline floats, mixed or not, if the result is such a number.
#[inline]
pub fn number_binary(op: usize, a: Word, b: Word) -> Option<Word> {
    if tag::is_int(a) && tag::is_int(b) {
        return int_binary(op, a, b);
    }
    let (x, y) = (super::fast::number(a)?, super::fast::number(b)?);
    float_operation(op, x, y)
}

/// `a op b` of two inline floats, if the result is an inline float.
#[inline(always)]
pub fn float_binary(op: usize, a: Word, b: Word) -> Option<Word> {
    float_operation(op, float_value(a), float_value(b))
}

#[inline(always)]
fn float_operation(op: usize, x: f64, y: f64) -> Option<Word> {
    let op = if op >= INPLACE && op != SUBSCR { op - INPLACE } else { op };
    match op {
        ADD => try_float_word(x + y),
        SUBTRACT => try_float_word(x - y),
        MULTIPLY => try_float_word(x * y),
        TRUE_DIVIDE if y != 0.0 => try_float_word(x / y),
        // A positive base has a power that is no complex number; what overflows raises in the general form.
        POWER if x > 0.0 => try_float_word(x.powf(y)),
        _ => None,
    }
}

/// BINARY_OP in general; the operands are at `at` and behind it.
///
/// # Safety
/// The two words are live operands of the running frame.
#[inline(never)]
pub unsafe fn binary(op: usize, at: *mut Word, frame: *mut Frame) -> Res {
    // SAFETY: the operands stay on the stack until the caller replaces them.
    let (a, b) = unsafe { (view(at), view(at.add(1))) };
    if op == SUBSCR {
        return subscript(a, b);
    }
    let class = a.class();
    if (op == ADD || op == ADD + INPLACE) && std::ptr::eq(class, types().str) && std::ptr::eq(b.class(), types().str) {
        // SAFETY: passed on.
        return unsafe { concatenate(at, frame) };
    }
    if op >= INPLACE {
        protocol::number::inplace(BinaryOp::from_index((op - INPLACE) as u32), a, b)
    } else {
        protocol::number::binary(BinaryOp::from_index(op as u32), a, b)
    }
}

/// BINARY_OP of two values anywhere.
pub fn binary_values(op: usize, a: &Value, b: &Value) -> Res {
    if op == SUBSCR {
        return subscript(a, b);
    }
    if op >= INPLACE {
        protocol::number::inplace(BinaryOp::from_index((op - INPLACE) as u32), a, b)
    } else {
        protocol::number::binary(BinaryOp::from_index(op as u32), a, b)
    }
}

/// `a + b` of two strings. Where the result goes straight back to the only variable that holds `a`, it grows in place.
///
/// # Safety
/// The two words are live strings on the running frame's stack.
pub unsafe fn concatenate(at: *mut Word, frame: *mut Frame) -> Res {
    use weft_compiler::opcode::op as opcodes;
    // SAFETY: the instruction after BINARY_OP and its caches is inside the code; locals are the frame's.
    unsafe {
        let (a, b) = (view(at), view(at.add(1)));
        if a.refcount() == 2 {
            let next = *(*frame).ip.add(6);
            let slot = Frame::locals(frame).add((next >> 8) as usize);
            if (next & 0xff) as u8 == opcodes::STORE_FAST && *slot == *at {
                // The variable is about to be overwritten: give its reference up first.
                *slot = NULL;
                decref(*at);
                let owned = Value::from_word(std::mem::replace(&mut *at, tag::NONE));
                return str::concat_in_place(owned, b);
            }
        }
        str::concat(a, b)
    }
}

/// `dict[key]` of an exact dict.
pub fn dict_item(d: &Value, key: &Value) -> Res {
    match dict::get(d, key)? {
        Some(v) => Ok(v),
        None => Err(exc::key_error(key)),
    }
}

/// `tuple(v)`.
pub fn to_tuple(v: &Value) -> Res {
    if std::ptr::eq(v.class(), types().tuple) { Ok(v.clone()) } else { Ok(tuple::from_vec(protocol::iter::collect_unasked(v)?)) }
}

fn subscript(a: &Value, b: &Value) -> Res {
    let class = a.class();
    if let Some(i) = b.as_small_int() {
        if std::ptr::eq(class, types().list) {
            let n = list::len(a) as i64;
            let i = if i < 0 { i + n } else { i };
            if let Some(v) = usize::try_from(i).ok().and_then(|i| list::get(a, i)) {
                return Ok(v);
            }
            return Err(exc::index_error("list index out of range"));
        }
        if std::ptr::eq(class, types().tuple) {
            let items = tuple::items(a);
            let i = if i < 0 { i + items.len() as i64 } else { i };
            return match usize::try_from(i).ok().and_then(|i| items.get(i)) {
                Some(v) => Ok(v.clone()),
                None => Err(exc::index_error("tuple index out of range")),
            };
        }
    }
    if std::ptr::eq(class, types().dict) {
        return match dict::get(a, b)? {
            Some(v) => Ok(v),
            None => Err(exc::key_error(b)),
        };
    }
    protocol::get_item(a, b)
}

/// STORE_SUBSCR.
pub fn store_subscr(container: &Value, key: &Value, value: &Value) -> Res<()> {
    let class = container.class();
    if std::ptr::eq(class, types().dict) {
        return dict::set(container, key, value);
    }
    protocol::set_item(container, key, value)
}

/// COMPARE_OP: the operator in the high bits, whether to coerce to bool in bit 4.
pub fn compare(arg: usize, a: &Value, b: &Value) -> Res {
    let op = CompareOp::from_index(arg >> 5);
    let r = if let (Some(x), Some(y)) = (inline_float(a), inline_float(b)) {
        Value::bool(match op {
            CompareOp::Lt => x < y,
            CompareOp::Le => x <= y,
            CompareOp::Eq => x == y,
            CompareOp::Ne => x != y,
            CompareOp::Gt => x > y,
            CompareOp::Ge => x >= y,
        })
    } else if matches!(op, CompareOp::Eq | CompareOp::Ne) && std::ptr::eq(a.class(), types().str) && std::ptr::eq(b.class(), types().str) {
        Value::bool(str::equal(a, b) == (op == CompareOp::Eq))
    } else {
        protocol::compare(a, b, op)?
    };
    if arg & 16 != 0 && !tag::is_bool(r.word()) { protocol::is_true(&r).map(Value::bool) } else { Ok(r) }
}

fn inline_float(v: &Value) -> Option<f64> {
    tag::is_float(v.word()).then(|| float_value(v.word()))
}

// --- names ----------------------------------------------------------------------------------------------------------

/// Raises UnboundLocalError for local `i`.
#[cold]
pub fn unbound_local(code: &Code, i: usize) {
    let Raised(()) = exc::unbound_local_error(format!(
        "cannot access local variable '{}' where it is not associated with a value",
        str::display(&code.localsplusnames[i])
    ));
    exceptions::set_name_detail(&code.localsplusnames[i]);
}

/// Raises for an unbound cell or free variable.
#[cold]
pub fn unbound_deref(code: &Code, i: usize) {
    if code.localspluskinds[i] & local_kind::FREE == 0 {
        return unbound_local(code, i);
    }
    let Raised(()) = exc::name_error(format!(
        "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
        str::display(&code.localsplusnames[i])
    ));
    exceptions::set_name_detail(&code.localsplusnames[i]);
}

#[cold]
fn name_not_defined(name: &Value) -> Raised {
    let e = exc::name_error(format!("name '{}' is not defined", str::display(name)));
    exceptions::set_name_detail(name);
    e
}

unsafe fn globals_of<'a>(frame: *mut Frame) -> (&'a Value, &'a Value) {
    // SAFETY: the frame's function keeps both alive while the frame runs.
    unsafe { (Value::from_word_ref(&(*frame).globals), Value::from_word_ref(&(*frame).builtins)) }
}

/// A global or builtin. Namespaces that are not exactly dicts are asked as any mapping is.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_global(frame: *mut Frame, name: &Value) -> Res {
    // SAFETY: passed on.
    let (globals, builtins) = unsafe { globals_of(frame) };
    let found = if std::ptr::eq(globals.class(), types().dict) { dict::get_str(globals, name) } else { mapping_get(globals, name)? };
    match found {
        Some(v) => Ok(v),
        None => builtin(builtins, name),
    }
}

fn builtin(builtins: &Value, name: &Value) -> Res {
    let found = if std::ptr::eq(builtins.class(), types().dict) { dict::get_str(builtins, name) } else { mapping_get(builtins, name)? };
    found.ok_or_else(|| name_not_defined(name))
}

/// STORE_GLOBAL.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn store_global(frame: *mut Frame, name: &Value, value: &Value) -> Res<()> {
    // SAFETY: passed on.
    let (globals, _) = unsafe { globals_of(frame) };
    dict::set(globals, name, value)
}

/// DELETE_GLOBAL.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn delete_global(frame: *mut Frame, name: &Value) -> Res<()> {
    // SAFETY: passed on.
    let (globals, _) = unsafe { globals_of(frame) };
    if dict::delete(globals, name)? { Ok(()) } else { Err(name_not_defined(name)) }
}

unsafe fn locals_mapping(frame: *mut Frame, doing: &str, name: &Value) -> Res {
    // SAFETY: the frame is running.
    unsafe {
        if (*frame).locals == NULL {
            return Err(exc::system_error(format!("no locals {doing} {}", protocol::repr_string(name)?)));
        }
        Ok(Value::clone_word((*frame).locals))
    }
}

fn mapping_get(mapping: &Value, name: &Value) -> Res<Option<Value>> {
    if std::ptr::eq(mapping.class(), types().dict) {
        return dict::get(mapping, name);
    }
    exc::catch(protocol::get_item(mapping, name), types().key_error)
}

/// LOAD_NAME: locals, then globals, then builtins.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_name(frame: *mut Frame, name: &Value) -> Res {
    // SAFETY: passed on.
    unsafe {
        let locals = locals_mapping(frame, "when loading", name)?;
        match mapping_get(&locals, name)? {
            Some(v) => Ok(v),
            // Here a `__missing__` of the globals does not count.
            None => {
                let (globals, builtins) = globals_of(frame);
                match dict::get_str(globals, name) {
                    Some(v) => Ok(v),
                    None => builtin(builtins, name),
                }
            }
        }
    }
}

/// STORE_NAME.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn store_name(frame: *mut Frame, name: &Value, value: &Value) -> Res<()> {
    // SAFETY: passed on.
    let locals = unsafe { locals_mapping(frame, "found when storing", name)? };
    if std::ptr::eq(locals.class(), types().dict) { dict::set(&locals, name, value) } else { protocol::set_item(&locals, name, value) }
}

/// DELETE_NAME.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn delete_name(frame: *mut Frame, name: &Value) -> Res<()> {
    // SAFETY: passed on.
    let locals = unsafe { locals_mapping(frame, "when deleting", name)? };
    match exc::catch(protocol::del_item(&locals, name), types().key_error)? {
        Some(()) => Ok(()),
        None => Err(name_not_defined(name)),
    }
}

/// LOAD_LOCALS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_locals(frame: *mut Frame) -> Res {
    // SAFETY: passed on.
    unsafe {
        if (*frame).locals == NULL {
            return Err(exc::system_error("no locals"));
        }
        Ok(Value::clone_word((*frame).locals))
    }
}

/// LOAD_FROM_DICT_OR_GLOBALS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn from_dict_or_globals(frame: *mut Frame, mapping: &Value, name: &Value) -> Res {
    match mapping_get(mapping, name)? {
        Some(v) => Ok(v),
        // SAFETY: passed on.
        None => unsafe { load_global(frame, name) },
    }
}

/// LOAD_FROM_DICT_OR_DEREF.
///
/// # Safety
/// `frame` is the running frame and `i` one of its cells.
pub unsafe fn from_dict_or_deref(frame: *mut Frame, mapping: &Value, i: usize) -> Res {
    // SAFETY: passed on.
    unsafe {
        let code = &*(*frame).code;
        if let Some(v) = mapping_get(mapping, &code.localsplusnames[i])? {
            return Ok(v);
        }
        match cellobject::this(view(Frame::locals(frame).add(i))).content.get() {
            Some(v) => Ok(v),
            None => {
                unbound_deref(code, i);
                Err(Raised(()))
            }
        }
    }
}

/// LOAD_BUILD_CLASS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn load_build_class(frame: *mut Frame) -> Res {
    // SAFETY: passed on.
    let (_, builtins) = unsafe { globals_of(frame) };
    match mapping_get(builtins, &names().__build_class__)? {
        Some(f) => Ok(f),
        None => Err(exc::name_error("__build_class__ not found")),
    }
}

/// SETUP_ANNOTATIONS.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn setup_annotations(frame: *mut Frame) -> Res<()> {
    // SAFETY: passed on.
    let locals = unsafe { locals_mapping(frame, "found when setting up annotations", &names().__annotations__)? };
    if mapping_get(&locals, &names().__annotations__)?.is_none() {
        protocol::set_item(&locals, &names().__annotations__, &dict::new())?;
    }
    Ok(())
}

/// COPY_FREE_VARS.
///
/// # Safety
/// `frame` is the running frame, whose function has a closure of `n` cells.
pub unsafe fn copy_free_vars(frame: *mut Frame, n: usize) {
    // SAFETY: the closure has as many cells as the code has free variables.
    unsafe {
        let Some(closure) = function::this(view(&raw const (*frame).func)).closure.peek() else { return };
        let first = (*(*frame).code).nlocalsplus() - n;
        for (i, c) in tuple::items(closure).iter().enumerate().take(n) {
            *Frame::locals(frame).add(first + i) = c.clone().into_word();
        }
    }
}

/// LOAD_COMMON_CONSTANT.
pub fn common_constant(i: usize) -> Value {
    let t = types();
    match i {
        0 => t.assertion_error.value(),
        1 => t.not_implemented_error.value(),
        2 => t.tuple.value(),
        3 => eval::builtins::function("all"),
        _ => eval::builtins::function("any"),
    }
}

/// MAKE_FUNCTION.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn make_function(code: &Value, frame: *mut Frame) -> Value {
    // SAFETY: passed on.
    let (globals, builtins) = unsafe { globals_of(frame) };
    function::new(code.clone(), globals.clone(), builtins.clone())
}

// --- attributes -----------------------------------------------------------------------------------------------------

/// LOAD_SUPER_ATTR: replaces `super`, class and self below `sp` by the attribute (and self or NULL).
///
/// # Safety
/// The three operands are below `sp`.
pub unsafe fn load_super_attr(sp: *mut Word, arg: usize, code: &Code) -> Res<()> {
    // SAFETY: passed on.
    unsafe {
        let base = sp.sub(3);
        let (global, class, this) = (view(base), view(base.add(1)), view(base.add(2)));
        let name = &code.names[arg >> 2];
        if arg & 1 != 0
            && global.is(&types().super_.value())
            && super::fast::has_shape(*base.add(1), crate::vm::shapes().type_)
            && this.is_heap()
            && !this.class().has(crate::class::flag::TYPE_SUBCLASS)
            && let Some(f) = crate::types::super_object::method_behind(crate::class::build::of(class), this.class(), name)
        {
            let (global, class) = (*base, *base.add(1));
            crate::value::incref(f);
            *base = f;
            *base.add(1) = *base.add(2);
            decref(global);
            decref(class);
            return Ok(());
        }
        let (found, method) = if global.is(&types().super_.value()) && class.is_instance(types().type_) {
            crate::types::super_object::load(class, this, name, arg & 1 != 0)?
        } else {
            let s = if arg & 2 != 0 { call::call(global, &[class.clone(), this.clone()], None)? } else { call::call0(global)? };
            (attr::getattr(&s, name)?, false)
        };
        let old = [*base, *base.add(1), *base.add(2)];
        *base = found.into_word();
        if arg & 1 != 0 {
            *base.add(1) = if method { Value::clone_word(old[2]).into_word() } else { NULL };
        }
        for w in old {
            decref(w);
        }
        Ok(())
    }
}

/// LOAD_SPECIAL: replaces the owner on top by the method and self or NULL, one word more.
///
/// # Safety
/// The operand is below `sp`.
pub unsafe fn load_special(sp: *mut Word, which: usize) -> Res<()> {
    // SAFETY: passed on; the stack has room for one more.
    unsafe {
        let owner = view(sp.sub(1));
        let n = names();
        let name = [&n.__enter__, &n.__exit__, &n.__aenter__, &n.__aexit__][which & 3];
        let Some(f) = owner.class().lookup(name) else { return Err(no_special(owner, which)) };
        let this = *sp.sub(1);
        if f.class().has(crate::class::flag::METHOD_DESCRIPTOR) {
            *sp.sub(1) = f.into_word();
            *sp = this;
            return Ok(());
        }
        let bound = match f.class().slots().descr_get {
            Some(get) => get(&f, Some(owner), Some(&owner.class().value()))?,
            None => f,
        };
        *sp.sub(1) = bound.into_word();
        *sp = NULL;
        decref(this);
        Ok(())
    }
}

#[cold]
fn no_special(owner: &Value, which: usize) -> Raised {
    let class = owner.class();
    let n = names();
    let name = dict::class_name(owner);
    let is_async = which >= 2;
    let other = if is_async { (&n.__enter__, &n.__exit__) } else { (&n.__aenter__, &n.__aexit__) };
    let hint = if class.lookup(other.0).is_some() && class.lookup(other.1).is_some() {
        if is_async {
            " but it supports the context manager protocol. Did you mean to use 'with'?"
        } else {
            " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
        }
    } else {
        ""
    };
    let kind = if is_async { "asynchronous context manager" } else { "context manager" };
    let missed = ["__enter__", "__exit__", "__aenter__", "__aexit__"][which & 3];
    exc::type_error(format!("'{name}' object does not support the {kind} protocol (missed {missed} method){hint}"))
}

/// Start and end of a slice with step 1 of a sequence of this length, where the bounds are small ints or None.
fn plain_bounds(start: &Value, stop: &Value, len: usize) -> Option<(usize, usize)> {
    let n = len as i64;
    let fit = |v: &Value, default: i64| {
        if v.is_none() {
            return Some(default);
        }
        v.as_small_int().map(|i| if i < 0 { (i + n).max(0) } else { i.min(n) })
    };
    let (from, to) = (fit(start, 0)? as usize, fit(stop, n)? as usize);
    Some((from, to.max(from)))
}

/// BINARY_SLICE.
pub fn binary_slice(container: &Value, start: &Value, stop: &Value) -> Res {
    let (s, id) = (crate::vm::shapes(), container.shape_id());
    if id == s.list {
        if let Some((from, to)) = plain_bounds(start, stop, list::len(container)) {
            return Ok(list::from_vec(list::storage(container).slice(from, to)));
        }
    } else if id == s.tuple {
        let items = tuple::items(container);
        if let Some((from, to)) = plain_bounds(start, stop, items.len()) {
            return Ok(if to - from == items.len() { container.clone() } else { tuple::from_slice(&items[from..to]) });
        }
    } else if id != 0
        && id == s.str
        && let Some((from, to)) = plain_bounds(start, stop, str::len(container))
    {
        return str::substring(container, from, to);
    }
    let s = crate::types::slice::new(start.clone(), stop.clone(), Value::NONE);
    protocol::get_item(container, &s)
}

/// STORE_SLICE.
pub fn store_slice(value: &Value, container: &Value, start: &Value, stop: &Value) -> Res<()> {
    let s = crate::vm::shapes();
    if container.shape_id() == s.list
        && value.shape_id() == s.list
        && let Some((from, to)) = plain_bounds(start, stop, list::len(container))
    {
        return list::replace_range(container, from, to, list::to_vec(value));
    }
    let s = crate::types::slice::new(start.clone(), stop.clone(), Value::NONE);
    protocol::set_item(container, &s, value)
}

// --- iteration and suspension ---------------------------------------------------------------------------------------

/// The next item of an iterator, or `None` at its end.
#[inline]
pub fn for_next(it: &Value) -> Res<Option<Value>> {
    match it.class().slots().next {
        Some(f) => match f(it) {
            Err(e) if exc::matches(types().stop_iteration) => {
                // SAFETY: the thread's frame runs the loop.
                unsafe { super::trace::loop_ended(thread().frame.get(), e) }?;
                Ok(None)
            }
            other => other,
        },
        None => Err(exc::type_error(format!("'{}' object is not an iterator", it.class().full_name()))),
    }
}

/// GET_YIELD_FROM_ITER.
pub fn yield_from_iter(v: &Value, code: &Code) -> Res {
    if std::ptr::eq(v.class(), types().coroutine) {
        if code.flags & (co_flags::COROUTINE | co_flags::ITERABLE_COROUTINE) == 0 {
            return Err(exc::type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
        }
        return Ok(v.clone());
    }
    if std::ptr::eq(v.class(), types().generator) {
        return Ok(v.clone());
    }
    protocol::iter::iter(v)
}

/// SEND to anything that is not resumed in the loop itself.
pub fn send(receiver: &Value, value: &Value) -> Res<generator::Resumed> {
    if generator::is_generator_like(receiver) && !std::ptr::eq(receiver.class(), types().async_generator) {
        let resumed = generator::send(receiver, value)?;
        if let generator::Resumed::Return(v) = &resumed {
            // SAFETY: the thread's frame runs the loop.
            unsafe { super::trace::generator_ended(thread().frame.get(), v, true) }?;
        }
        return Ok(resumed);
    }
    let next = receiver.class().slots().next;
    let r = match next {
        Some(f) if value.is_none() => match f(receiver) {
            Ok(Some(x)) => return Ok(generator::Resumed::Yield(x)),
            Ok(None) => return Ok(generator::Resumed::Return(Value::NONE)),
            Err(e) => Err(e),
        },
        _ => call::call_method(receiver, &names().send, std::slice::from_ref(value)),
    };
    match r {
        Ok(x) => Ok(generator::Resumed::Yield(x)),
        Err(e) if exc::matches(types().stop_iteration) => {
            let ended = exc::take(e);
            let value = exceptions::stop_iteration_value(&ended);
            // SAFETY: the thread's frame runs the loop.
            unsafe { super::trace::loop_ended(thread().frame.get(), exc::restore(ended)) }?;
            Ok(generator::Resumed::Return(value))
        }
        Err(e) => Err(e),
    }
}

/// GET_AWAITABLE; `arg` says what for (1: `__aenter__`, 2: `__aexit__`).
pub fn get_awaitable(v: &Value, arg: usize) -> Res {
    let it = match coroutine::awaitable_iter(v) {
        Ok(it) => it,
        Err(e) => {
            if arg > 0 && v.class().slots().await_.is_none() {
                exc::clear(e);
                return Err(exc::type_error(format!(
                    "'async with' received an object from {} that does not implement __await__: {}",
                    if arg == 1 { "__aenter__" } else { "__aexit__" },
                    v.class().full_name()
                )));
            }
            return Err(e);
        }
    };
    if std::ptr::eq(it.class(), types().coroutine) && generator::yield_from(&it).is_some() {
        return Err(exc::runtime_error("coroutine is being awaited already"));
    }
    Ok(it)
}

/// GET_AITER.
pub fn get_aiter(v: &Value) -> Res {
    let Some(f) = v.class().slots().aiter else {
        return Err(exc::type_error(format!("'async for' requires an object with __aiter__ method, got {}", v.class().full_name())));
    };
    let it = f(v)?;
    if it.class().slots().anext.is_none() {
        return Err(exc::type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            it.class().full_name()
        )));
    }
    Ok(it)
}

/// GET_ANEXT.
pub fn get_anext(it: &Value) -> Res {
    let Some(f) = it.class().slots().anext else {
        return Err(exc::type_error(format!("'async for' requires an iterator with __anext__ method, got {}", it.class().full_name())));
    };
    let next = f(it)?;
    if std::ptr::eq(it.class(), types().async_generator) {
        return Ok(next);
    }
    match coroutine::awaitable_iter(&next) {
        Ok(a) => Ok(a),
        Err(e) => {
            let cause = exc::take(e);
            let raised = exc::type_error(format!("'async for' received an invalid object from __anext__: {}", next.class().full_name()));
            let new = exc::take(raised);
            exc::set_cause(&new, cause);
            Err(exc::restore(new))
        }
    }
}

// --- building -------------------------------------------------------------------------------------------------------

/// Drops `n` words below `sp` and returns where the stack then ends.
///
/// # Safety
/// The words are live operands.
pub unsafe fn drop_words(sp: *mut Word, n: usize) -> *mut Word {
    // SAFETY: passed on.
    unsafe {
        let base = sp.sub(n);
        for i in 0..n {
            decref(*base.add(i));
        }
        base
    }
}

unsafe fn operands<'a>(sp: *mut Word, n: usize) -> &'a [Value] {
    // Compiled code passes no pointer then.
    if n == 0 {
        return &[];
    }
    // SAFETY: the words are live operands, and Value is a transparent word.
    unsafe { std::slice::from_raw_parts(sp.sub(n).cast::<Value>(), n) }
}

/// BUILD_SET.
///
/// # Safety
/// `n` operands are below `sp`.
pub unsafe fn build_set(sp: *mut Word, n: usize) -> Res {
    let s = set::new();
    // SAFETY: passed on.
    for v in unsafe { operands(sp, n) } {
        set::add(&s, v)?;
    }
    Ok(s)
}

/// BUILD_MAP.
///
/// # Safety
/// `2 * n` operands are below `sp`.
pub unsafe fn build_map(sp: *mut Word, n: usize) -> Res {
    let d = dict::with_capacity(n);
    // SAFETY: passed on.
    for pair in unsafe { operands(sp, 2 * n) }.chunks_exact(2) {
        dict::set(&d, &pair[0], &pair[1])?;
    }
    Ok(d)
}

/// BUILD_STRING.
///
/// # Safety
/// `n` operands are below `sp`.
pub unsafe fn build_string(sp: *mut Word, n: usize) -> Res {
    // SAFETY: passed on.
    str::concat_all(unsafe { operands(sp, n) })
}

/// BUILD_INTERPOLATION: value, text, and a format spec if bit 0 is set; the conversion in the bits above.
///
/// # Safety
/// The operands are below `sp`.
pub unsafe fn build_interpolation(sp: *mut Word, arg: usize) -> Res {
    // SAFETY: passed on.
    let parts = unsafe { operands(sp, if arg & 1 != 0 { 3 } else { 2 }) };
    let conversion = match arg >> 2 {
        0 => Value::NONE,
        1 => str::intern("s"),
        2 => str::intern("r"),
        _ => str::intern("a"),
    };
    let spec = parts.get(2).cloned().unwrap_or_else(|| str::intern(""));
    Ok(crate::types::template::new_interpolation(parts[0].clone(), parts[1].clone(), conversion, spec))
}

/// BUILD_TEMPLATE.
pub fn build_template(strings: &Value, interpolations: &Value) -> Res {
    Ok(crate::types::template::build(strings.clone(), interpolations.clone()))
}

/// LIST_EXTEND.
pub fn list_extend(l: &Value, iterable: &Value) -> Res<()> {
    if iterable.class().slots().iter.is_none() && iterable.class().slots().get_item.is_none() {
        return Err(exc::type_error(format!("Value after * must be an iterable, not {}", iterable.class().full_name())));
    }
    list::extend(l, iterable)
}

/// DICT_UPDATE.
pub fn dict_update(d: &Value, other: &Value) -> Res<()> {
    if !std::ptr::eq(other.class(), types().dict) && attr::getattr_opt(other, &names().keys)?.is_none() {
        return Err(exc::type_error(format!("'{}' object is not a mapping", other.class().full_name())));
    }
    dict::update(d, other)
}

/// DICT_MERGE: keyword arguments, where a repeated key is an error that names the function.
///
/// # Safety
/// `callable` points to the function's stack slot.
pub unsafe fn dict_merge(d: &Value, other: &Value, callable: *mut Word) -> Res<()> {
    // SAFETY: passed on.
    let f = unsafe { (*callable.sub(1) != NULL).then(|| Value::clone_word(*callable.sub(1))) };
    merge_keywords(d, other, &f.unwrap_or(Value::NONE))
}

/// Adds keyword arguments to `d`.
pub fn merge_keywords(d: &Value, other: &Value, callable: &Value) -> Res<()> {
    let keys = if std::ptr::eq(other.class(), types().dict) {
        dict::entries(other).into_iter().map(|(k, _)| k).collect()
    } else {
        match attr::getattr_opt(other, &names().keys)? {
            Some(f) => protocol::iter::collect(&call::call0(&f)?)?,
            None => {
                return Err(exc::type_error(format!(
                    "{} argument after ** must be a mapping, not {}",
                    call::describe(callable),
                    other.class().full_name()
                )));
            }
        }
    };
    for k in keys {
        if !str::is_str(&k) {
            return Err(exc::type_error("keywords must be strings"));
        }
        if dict::contains(d, &k)? {
            return Err(exc::type_error(format!(
                "{} got multiple values for keyword argument '{}'",
                call::describe(callable),
                str::display(&k)
            )));
        }
        let v = protocol::get_item(other, &k)?;
        dict::set(d, &k, &v)?;
    }
    Ok(())
}

fn not_enough(wanted: usize, got: usize, at_least: bool) -> Raised {
    exc::value_error(format!("not enough values to unpack (expected {}{wanted}, got {got})", if at_least { "at least " } else { "" }))
}

/// UNPACK_SEQUENCE: writes `n` items so that the first is on top, in place of the sequence at `at`.
///
/// # Safety
/// `at` is the sequence's slot, with room for the items; the sequence is held by the caller.
pub unsafe fn unpack_sequence(seq: &Value, n: usize, at: *mut Word) -> Res<*mut Word> {
    let items: Vec<Value> = if std::ptr::eq(seq.class(), types().tuple) {
        let items = tuple::items(seq);
        if items.len() == n {
            // SAFETY: passed on.
            return Ok(unsafe { spread_reversed(items.iter().cloned(), n, at) });
        }
        items.to_vec()
    } else if std::ptr::eq(seq.class(), types().list) {
        list::to_vec(seq)
    } else {
        return unpack_iterable(seq, n, at);
    };
    if items.len() > n {
        return Err(exc::value_error(format!("too many values to unpack (expected {n}, got {})", items.len())));
    }
    if items.len() < n {
        return Err(not_enough(n, items.len(), false));
    }
    // SAFETY: passed on.
    Ok(unsafe { spread_reversed(items.into_iter(), n, at) })
}

unsafe fn spread_reversed(items: impl Iterator<Item = Value>, n: usize, at: *mut Word) -> *mut Word {
    // SAFETY: the caller gives room for n words from `at`; the sequence's own reference is dropped last.
    unsafe {
        let seq = *at;
        for (i, v) in items.enumerate() {
            *at.add(n - 1 - i) = v.into_word();
        }
        decref(seq);
        at.add(n)
    }
}

fn iterator_for_unpacking(seq: &Value) -> Res {
    if seq.class().slots().iter.is_none() && seq.class().slots().get_item.is_none() {
        return Err(exc::type_error(format!("cannot unpack non-iterable {} object", seq.class().full_name())));
    }
    protocol::iter::iter(seq)
}

fn unpack_iterable(seq: &Value, n: usize, at: *mut Word) -> Res<*mut Word> {
    let it = iterator_for_unpacking(seq)?;
    let mut items = Vec::with_capacity(n);
    while items.len() < n {
        match protocol::iter::next(&it)? {
            Some(v) => items.push(v),
            None => return Err(not_enough(n, items.len(), false)),
        }
    }
    if protocol::iter::next(&it)?.is_some() {
        let got = if std::ptr::eq(seq.class(), types().dict) { format!(", got {}", dict::len(seq)) } else { String::new() };
        return Err(exc::value_error(format!("too many values to unpack (expected {n}{got})")));
    }
    // SAFETY: passed on.
    Ok(unsafe { spread_reversed(items.into_iter(), n, at) })
}

/// UNPACK_EX: `before` items, a list of the middle, `after` items; the first on top.
///
/// # Safety
/// As for [`unpack_sequence`].
pub unsafe fn unpack_ex(seq: &Value, before: usize, after: usize, at: *mut Word) -> Res<*mut Word> {
    let it = iterator_for_unpacking(seq)?;
    let mut items = Vec::new();
    while items.len() < before {
        match protocol::iter::next(&it)? {
            Some(v) => items.push(v),
            None => {
                return Err(not_enough(before + after, items.len(), after > 0)).map_err(|e| fix_at_least(e, before, after, items.len()));
            }
        }
    }
    while let Some(v) = protocol::iter::next(&it)? {
        items.push(v);
    }
    if items.len() < before + after {
        return Err(not_enough(before + after, items.len(), true));
    }
    let tail = items.split_off(items.len() - after);
    let middle = list::from_vec(items.split_off(before));
    items.push(middle);
    items.extend(tail);
    let n = items.len();
    // SAFETY: passed on.
    Ok(unsafe { spread_reversed(items.into_iter(), n, at) })
}

fn fix_at_least(e: Raised, before: usize, after: usize, got: usize) -> Raised {
    exc::clear(e);
    not_enough(before + after, got, true)
}

/// FORMAT_SIMPLE.
pub fn format_simple(v: &Value) -> Res {
    // What `__format__` of these does with an empty specification.
    let class = v.class();
    if std::ptr::eq(class, types().int) || std::ptr::eq(class, types().float) {
        return protocol::str(v);
    }
    crate::format::format_value(v, &str::empty())
}

/// CONVERT_VALUE.
pub fn convert_value(v: &Value, arg: usize) -> Res {
    match arg {
        1 => protocol::str(v),
        2 => protocol::repr(v),
        _ => protocol::ascii(v),
    }
}

// --- exceptions -----------------------------------------------------------------------------------------------------

fn check_catchable(class: &Value) -> Res<()> {
    let ok = |c: &Value| exceptions::is_exception_class(c);
    let fine = if class.is_instance(types().tuple) { tuple::items(class).iter().all(ok) } else { ok(class) };
    if fine { Ok(()) } else { Err(exc::type_error("catching classes that do not inherit from BaseException is not allowed")) }
}

/// Whether an exception is caught by `except class`.
pub fn check_exc_match(e: &Value, class: &Value) -> Res<bool> {
    check_catchable(class)?;
    Ok(if class.is_instance(types().tuple) {
        tuple::items(class).iter().any(|c| e.is_instance(crate::class::build::of(c)))
    } else {
        e.is_instance(crate::class::build::of(class))
    })
}

/// CHECK_EG_MATCH: exception and class below `sp` become the rest and the match.
///
/// # Safety
/// The two operands are below `sp`.
pub unsafe fn check_eg_match(sp: *mut Word) -> Res<()> {
    // SAFETY: passed on.
    unsafe {
        let (e, class) = (view(sp.sub(2)), view(sp.sub(1)));
        check_catchable(class)?;
        let (rest, matched) = exceptions::group_match(e, class)?;
        if !matched.is_none() {
            thread().handled_state().value.set(matched.clone());
        }
        let old = [*sp.sub(2), *sp.sub(1)];
        *sp.sub(2) = rest.into_word();
        *sp.sub(1) = matched.into_word();
        for w in old {
            decref(w);
        }
        Ok(())
    }
}

/// RAISE_VARARGS. Returns whether it was a bare `raise`, which keeps the traceback as it is.
pub fn raise_varargs(e: Option<Value>, cause: Option<Value>) -> bool {
    match e {
        None => match thread().handled_exception() {
            Some(e) => {
                let Raised(()) = exc::restore(e);
                true
            }
            None => {
                let Raised(()) = exc::runtime_error("No active exception to reraise");
                false
            }
        },
        Some(e) => {
            let (Ok(Raised(())) | Err(Raised(()))) = exceptions::prepare_raise(e, cause);
            false
        }
    }
}

/// WITH_EXCEPT_START: calls `__exit__` with the exception on top of the stack.
///
/// # Safety
/// The stack holds exit function, self or NULL, lasti, previous exception, exception.
pub unsafe fn with_except_start(sp: *mut Word) -> Res {
    // SAFETY: passed on.
    unsafe {
        let e = view(sp.sub(1));
        let tb = exceptions::traceback_of(e).unwrap_or(Value::NONE);
        let f = view(sp.sub(5));
        let mut args = Vec::with_capacity(4);
        if *sp.sub(4) != NULL {
            args.push(Value::clone_word(*sp.sub(4)));
        }
        args.extend([e.class().value(), e.clone(), tb]);
        call::call(f, &args, None)
    }
}

// --- intrinsics -----------------------------------------------------------------------------------------------------

/// CALL_INTRINSIC_1.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn intrinsic_1(which: usize, v: &Value, frame: *mut Frame) -> Res {
    match which {
        1 => eval::builtins::print_expression(v),
        // SAFETY: passed on.
        2 => unsafe { eval::import::import_star(frame, v) },
        3 => stop_iteration_error(v, frame),
        4 => crate::types::async_generator::wrap(v),
        5 => protocol::number::positive(v),
        6 => Ok(tuple::from_vec(list::to_vec(v))),
        7 => crate::types::typevar::new_typevar(v, None, None),
        8 => crate::types::typevar::new_paramspec(v),
        9 => crate::types::typevar::new_typevartuple(v),
        10 => crate::types::typevar::subscript_generic(v),
        11 => crate::types::typevar::new_type_alias(v),
        _ => Err(exc::system_error("bad intrinsic")),
    }
}

/// A StopIteration that leaves a generator becomes a RuntimeError.
fn stop_iteration_error(e: &Value, frame: *mut Frame) -> Res {
    // SAFETY: the running frame is valid.
    let flags = unsafe { (*(*frame).code).flags };
    let message = if e.is_instance(types().stop_iteration) {
        if flags & co_flags::ASYNC_GENERATOR != 0 {
            "async generator raised StopIteration"
        } else if flags & co_flags::COROUTINE != 0 {
            "coroutine raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if flags & co_flags::ASYNC_GENERATOR != 0 && e.is_instance(types().stop_async_iteration) {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(e.clone());
    };
    let raised = exc::runtime_error(message);
    let new = exc::take(raised);
    exc::set_cause(&new, e.clone());
    exceptions::set_context(&new, e.clone());
    Ok(new)
}

/// CALL_INTRINSIC_2.
pub fn intrinsic_2(which: usize, a: &Value, b: &Value) -> Res {
    match which {
        1 => exceptions::prep_reraise_star(a, b),
        2 => crate::types::typevar::new_typevar(a, Some(b), None),
        3 => crate::types::typevar::new_typevar(a, None, Some(b)),
        4 => {
            function::set_type_params(a, b.clone());
            Ok(a.clone())
        }
        5 => crate::types::typevar::set_default(a, b),
        _ => Err(exc::system_error("bad intrinsic")),
    }
}

// --- pattern matching -----------------------------------------------------------------------------------------------

/// MATCH_KEYS: the values for all keys, or None.
pub fn match_keys(subject: &Value, keys: &Value) -> Res {
    let keys = tuple::items(keys);
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    let get = attr::getattr(subject, &names().get)?;
    let missing = crate::types::object::new_bare(types().object);
    for k in keys {
        for s in &seen {
            if protocol::equal(s, k)? {
                return Err(exc::value_error(format!("mapping pattern checks duplicate key ({})", protocol::repr_string(k)?)));
            }
        }
        seen.push(k.clone());
        let v = call::call(&get, &[k.clone(), missing.clone()], None)?;
        if v.is(&missing) {
            return Ok(Value::NONE);
        }
        values.push(v);
    }
    Ok(tuple::from_vec(values))
}

/// MATCH_CLASS: the attributes to match, or None.
pub fn match_class(subject: &Value, class: &Value, positional: usize, keywords: &Value) -> Res {
    if !class.is_instance(types().type_) {
        return Err(exc::type_error("called match pattern must be a class"));
    }
    if !protocol::isinstance(subject, class)? {
        return Ok(Value::NONE);
    }
    let ty = crate::class::build::of(class);
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    let mut take = |name: &Value| -> Res<bool> {
        if seen.iter().any(|s| str::equal(s, name)) {
            return Err(exc::type_error(format!(
                "{}() got multiple sub-patterns for attribute {}",
                ty.name(),
                protocol::repr_string(name)?
            )));
        }
        seen.push(name.clone());
        match attr::getattr_opt(subject, name)? {
            Some(v) => {
                values.push(v);
                Ok(true)
            }
            None => Ok(false),
        }
    };
    let mut matches_self = None;
    if positional > 0 {
        let (allowed, listed) = match attr::getattr_opt(class, &str::intern("__match_args__"))? {
            Some(m) => {
                if !m.is_instance(types().tuple) {
                    return Err(exc::type_error(format!("{}.__match_args__ must be a tuple (got {})", ty.name(), m.class().full_name())));
                }
                (tuple::items(&m).len(), Some(m))
            }
            None if ty.has(crate::class::flag::MATCH_SELF) => (1, None),
            None => (0, Some(tuple::empty())),
        };
        if allowed < positional {
            return Err(exc::type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{} ({positional} given)",
                ty.name(),
                if allowed == 1 { "" } else { "s" }
            )));
        }
        match listed {
            None => matches_self = Some(subject.clone()),
            Some(m) => {
                for name in &tuple::items(&m)[..positional] {
                    if !str::is_str(name) {
                        return Err(exc::type_error(format!("__match_args__ elements must be strings (got {})", name.class().full_name())));
                    }
                    if !take(name)? {
                        return Ok(Value::NONE);
                    }
                }
            }
        }
    }
    for name in tuple::items(keywords) {
        if !take(name)? {
            return Ok(Value::NONE);
        }
    }
    let mut all: Vec<Value> = matches_self.into_iter().collect();
    all.extend(values);
    Ok(tuple::from_vec(all))
}
