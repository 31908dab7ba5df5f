//! The table that connects dunder names with type slots, in both directions.
//!
//! From Python to native: a class that defines `__add__` gets the slot's *generic* function, which looks the
//! method up and calls it. From native to Python: a native class that sets a slot gets a wrapper descriptor
//! under the dunder name, whose [`Wrap`] says how Python arguments become the slot's arguments.

use super::Type;
use super::slots::*;
use crate::call::{call_special, call_special_or_raise};
use crate::global::Global;
use crate::protocol::number::BinaryOp;
use crate::types::str::StrView;
use crate::types::{descriptor, dict, generator, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, shapes, types};
use crate::{exc, protocol};
use weft_layout::tag::Word;

/// How a wrapper calls the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Wrap {
    Unary,
    BinaryLeft,
    BinaryRight,
    TernaryLeft,
    TernaryRight,
    Compare(CompareOp),
    Hash,
    Call,
    Init,
    GetAttr,
    SetAttr,
    DelAttr,
    Next,
    DescrGet,
    DescrSet,
    DescrDel,
    Finalise,
    Bool,
    Len,
    Contains,
    GetItem,
    SetItem,
    DelItem,
    Buffer,
}

/// One dunder name of one slot.
pub struct SlotDef {
    /// The dunder name.
    pub name: &'static str,
    /// The slot.
    pub slot: SlotId,
    /// The function that looks the method up, as a word; 0 where a Python method does not fill this slot.
    generic: fn() -> usize,
    /// How the wrapper calls the slot.
    pub wrap: Wrap,
    /// The wrapper's text signature.
    pub sig: &'static str,
    /// The wrapper's doc string.
    pub doc: &'static str,
}

macro_rules! binary_generics {
    ($($f:ident $slot:ident $left:ident $right:ident;)*) => {
        $(fn $f(a: &Value, b: &Value) -> Res {
            let mine = $f as *const () as usize;
            let has = |v: &Value| v.class().slots().$slot.is_some_and(|s| s as *const () as usize == mine);
            let other = !std::ptr::eq(a.class(), b.class()) && has(b);
            if has(a) {
                if other && b.class().is_subtype(a.class()) && overrides(a, b, &names().$right) {
                    match call_special(b, &names().$right, &[a]) {
                        Some(r) => { let r = r?; if !r.is_not_implemented() { return Ok(r); } }
                        None => {}
                    }
                    return match call_special(a, &names().$left, &[b]) { Some(r) => r, None => Ok(Value::NOT_IMPLEMENTED) };
                }
                if let Some(r) = call_special(a, &names().$left, &[b]) {
                    let r = r?;
                    if !r.is_not_implemented() || std::ptr::eq(a.class(), b.class()) { return Ok(r); }
                }
            }
            if other {
                if let Some(r) = call_special(b, &names().$right, &[a]) { return r; }
            }
            Ok(Value::NOT_IMPLEMENTED)
        })*
    };
}

/// Whether `b`'s class has another reflected method than `a`'s.
fn overrides(a: &Value, b: &Value, name: &Value) -> bool {
    match (a.class().lookup_ref(name), b.class().lookup_ref(name)) {
        (Some(x), Some(y)) => x != y,
        (None, Some(_)) => true,
        _ => false,
    }
}

binary_generics! {
    g_add add __add__ __radd__;
    g_sub subtract __sub__ __rsub__;
    g_mul multiply __mul__ __rmul__;
    g_mod remainder __mod__ __rmod__;
    g_divmod divmod __divmod__ __rdivmod__;
    g_lshift lshift __lshift__ __rlshift__;
    g_rshift rshift __rshift__ __rrshift__;
    g_and and __and__ __rand__;
    g_xor xor __xor__ __rxor__;
    g_or or __or__ __ror__;
    g_floordiv floor_divide __floordiv__ __rfloordiv__;
    g_truediv true_divide __truediv__ __rtruediv__;
    g_matmul matrix_multiply __matmul__ __rmatmul__;
}

macro_rules! inplace_generics {
    ($($f:ident $name:ident;)*) => {
        $(fn $f(a: &Value, b: &Value) -> Res { call_special(a, &names().$name, &[b]).unwrap_or(Ok(Value::NOT_IMPLEMENTED)) })*
    };
}

inplace_generics! {
    g_iadd __iadd__; g_isub __isub__; g_imul __imul__; g_imod __imod__; g_ilshift __ilshift__; g_irshift __irshift__;
    g_iand __iand__; g_ixor __ixor__; g_ior __ior__; g_ifloordiv __ifloordiv__; g_itruediv __itruediv__; g_imatmul __imatmul__;
}

macro_rules! unary_generics {
    ($($f:ident $name:ident;)*) => {
        $(fn $f(a: &Value) -> Res { call_special_or_raise(a, &names().$name, &[]) })*
    };
}

unary_generics! {
    g_neg __neg__; g_pos __pos__; g_abs __abs__; g_invert __invert__; g_int __int__; g_float __float__; g_index __index__;
    g_await __await__; g_aiter __aiter__; g_anext __anext__;
}

fn g_pow(a: &Value, b: &Value, m: &Value) -> Res {
    let has = |v: &Value| v.class().slots().power.is_some_and(|s| std::ptr::eq(s as *const (), g_pow as *const ()));
    if m.is_none() {
        let other = !std::ptr::eq(a.class(), b.class()) && has(b);
        if has(a) {
            if other
                && b.class().is_subtype(a.class())
                && overrides(a, b, &names().__rpow__)
                && let Some(r) = call_special(b, &names().__rpow__, &[a])
            {
                let r = r?;
                if !r.is_not_implemented() {
                    return Ok(r);
                }
            }
            if let Some(r) = call_special(a, &names().__pow__, &[b]) {
                let r = r?;
                if !r.is_not_implemented() || std::ptr::eq(a.class(), b.class()) {
                    return Ok(r);
                }
            }
        }
        if other && let Some(r) = call_special(b, &names().__rpow__, &[a]) {
            return r;
        }
        return Ok(Value::NOT_IMPLEMENTED);
    }
    if has(a) {
        return call_special(a, &names().__pow__, &[b, m]).unwrap_or(Ok(Value::NOT_IMPLEMENTED));
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn g_ipow(a: &Value, b: &Value, _: &Value) -> Res {
    call_special(a, &names().__ipow__, &[b]).unwrap_or(Ok(Value::NOT_IMPLEMENTED))
}

fn g_repr(v: &Value) -> Res {
    call_special(v, &names().__repr__, &[]).unwrap_or_else(|| crate::types::object::repr(v))
}

fn g_str(v: &Value) -> Res {
    call_special(v, &names().__str__, &[]).unwrap_or_else(|| protocol::repr(v))
}

fn g_hash(v: &Value) -> Res<i64> {
    match v.class().lookup(&names().__hash__) {
        Some(f) if !f.is_none() => {
            let r = call_special_or_raise(v, &names().__hash__, &[])?;
            let h = crate::types::int::hash_result(&r)?;
            Ok(if h == -1 { -2 } else { h })
        }
        _ => hash_not_implemented(v),
    }
}

/// The hash slot of classes whose instances cannot be hashed.
pub fn hash_not_implemented(v: &Value) -> Res<i64> {
    Err(exc::type_error(format!("unhashable type: '{}'", v.class().full_name())))
}

/// The call slot of classes that define `__call__`.
pub fn g_call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let Some(f) = v.class().lookup(&names().__call__) else {
        return Err(exc::type_error(format!("'{}' object is not callable", v.class().full_name())));
    };
    crate::call::call_unbound(&f, v, args, kwnames)
}

/// The getattr slot of classes that define `__getattribute__` or `__getattr__`.
pub fn g_getattr(v: &Value, name: &Value) -> Res {
    let class = v.class();
    let first = match class.lookup(&names().__getattribute__) {
        Some(f) if !descriptor::wraps_slot(&f, protocol::attr::generic_getattr as GetAttrFn as usize) => {
            crate::call::call_unbound(&f, v, std::slice::from_ref(name), None)
        }
        _ => protocol::attr::generic_getattr(v, name),
    };
    match first {
        Err(e) if exc::matches(types().attribute_error) => match class.lookup(&names().__getattr__) {
            Some(f) => {
                exc::clear(e);
                crate::call::call_unbound(&f, v, std::slice::from_ref(name), None)
            }
            None => Err(e),
        },
        other => other,
    }
}

fn g_setattr(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    match value {
        Some(x) => call_special_or_raise(v, &names().__setattr__, &[name, x]),
        None => call_special_or_raise(v, &names().__delattr__, &[name]),
    }
    .map(drop)
}

/// The method of a comparison.
#[inline]
pub fn compare_name(op: CompareOp) -> &'static Value {
    let n = names();
    match op {
        CompareOp::Lt => &n.__lt__,
        CompareOp::Le => &n.__le__,
        CompareOp::Eq => &n.__eq__,
        CompareOp::Ne => &n.__ne__,
        CompareOp::Gt => &n.__gt__,
        CompareOp::Ge => &n.__ge__,
    }
}

/// Whether instances are compared by methods that are looked up.
#[inline]
pub fn is_generic_compare(class: &Type) -> bool {
    class.slots().compare.is_some_and(|f| std::ptr::eq(f as *const (), g_compare as *const ()))
}

/// The slot function that looks up the methods of a binary operator, where there is such a slot.
#[inline]
pub fn generic_binary(op: BinaryOp) -> Option<BinaryFn> {
    Some(match op {
        BinaryOp::Add => g_add,
        BinaryOp::And => g_and,
        BinaryOp::FloorDivide => g_floordiv,
        BinaryOp::Lshift => g_lshift,
        BinaryOp::MatrixMultiply => g_matmul,
        BinaryOp::Multiply => g_mul,
        BinaryOp::Remainder => g_mod,
        BinaryOp::Or => g_or,
        BinaryOp::Rshift => g_rshift,
        BinaryOp::Subtract => g_sub,
        BinaryOp::TrueDivide => g_truediv,
        BinaryOp::Xor => g_xor,
        BinaryOp::Power => return None,
    })
}

macro_rules! operator_names {
    ($f:ident, $doc:literal, $($op:ident $name:ident)*) => {
        #[doc = $doc]
        #[inline]
        pub fn $f(op: BinaryOp) -> &'static Value {
            match op { $(BinaryOp::$op => &names().$name,)* }
        }
    };
}

operator_names!(left_name, "The method of the left operand.", Add __add__ And __and__ FloorDivide __floordiv__ Lshift __lshift__
    MatrixMultiply __matmul__ Multiply __mul__ Remainder __mod__ Or __or__ Power __pow__ Rshift __rshift__ Subtract __sub__
    TrueDivide __truediv__ Xor __xor__);
operator_names!(right_name, "The method of the right operand.", Add __radd__ And __rand__ FloorDivide __rfloordiv__ Lshift __rlshift__
    MatrixMultiply __rmatmul__ Multiply __rmul__ Remainder __rmod__ Or __ror__ Power __rpow__ Rshift __rrshift__ Subtract __rsub__
    TrueDivide __rtruediv__ Xor __rxor__);
operator_names!(inplace_name, "The method of an in-place operator.", Add __iadd__ And __iand__ FloorDivide __ifloordiv__ Lshift __ilshift__
    MatrixMultiply __imatmul__ Multiply __imul__ Remainder __imod__ Or __ior__ Power __ipow__ Rshift __irshift__ Subtract __isub__
    TrueDivide __itruediv__ Xor __ixor__);

fn g_compare(v: &Value, other: &Value, op: CompareOp) -> Res {
    call_special(v, compare_name(op), &[other]).unwrap_or(Ok(Value::NOT_IMPLEMENTED))
}

fn g_iter(v: &Value) -> Res {
    match v.class().lookup(&names().__iter__) {
        Some(f) if f.is_none() => Err(exc::type_error(format!("'{}' object is not iterable", v.class().full_name()))),
        Some(f) => {
            let made = if f.shape_id() == shapes().function { generator::of_call(&f, std::slice::from_ref(v)) } else { None };
            made.map_or_else(|| crate::call::call_unbound(&f, v, &[], None), Ok)
        }
        None => protocol::iter::sequence_iter(v),
    }
}

/// The iteration slot of classes that define `__next__`.
pub fn g_next(v: &Value) -> Res<Option<Value>> {
    // StopIteration stays: it may carry a value for `yield from`.
    call_special_or_raise(v, &names().__next__, &[]).map(Some)
}

fn g_descr_get(d: &Value, obj: Option<&Value>, class: Option<&Value>) -> Res {
    let none = Value::NONE;
    match call_special(d, &names().__get__, &[obj.unwrap_or(&none), class.unwrap_or(&none)]) {
        Some(r) => r,
        None => Ok(d.clone()),
    }
}

fn g_descr_set(d: &Value, obj: &Value, value: Option<&Value>) -> Res<()> {
    match value {
        Some(x) => call_special_or_raise(d, &names().__set__, &[obj, x]),
        None => call_special_or_raise(d, &names().__delete__, &[obj]),
    }
    .map(drop)
}

fn g_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let Some(f) = v.class().lookup(&names().__init__) else { return Ok(()) };
    let r = crate::call::call_unbound(&f, v, args, kwnames)?;
    if r.is_none() { Ok(()) } else { Err(exc::type_error(format!("__init__() should return None, not '{}'", r.class().full_name()))) }
}

/// The `new` slot of classes that define `__new__` in Python.
pub fn g_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let f = protocol::attr::getattr(class, &names().__new__)?;
    let mut all = Vec::with_capacity(args.len() + 1);
    all.push(class.clone());
    all.extend_from_slice(args);
    crate::call::call(&f, &all, kwnames)
}

fn g_finalise(v: &Value) {
    if let Some(Err(e)) = call_special(v, &names().__del__, &[]) {
        let f = v.class().lookup(&names().__del__);
        exc::unraisable(e, "Exception ignored while calling deallocator ", f.as_ref());
    }
}

/// The truth slot of classes that define `__bool__`.
pub fn g_bool(v: &Value) -> Res<bool> {
    let r = call_special_or_raise(v, &names().__bool__, &[])?;
    match r.word() {
        weft_layout::tag::TRUE => Ok(true),
        weft_layout::tag::FALSE => Ok(false),
        _ => Err(exc::type_error(format!("__bool__ should return bool, returned {}", r.class().full_name()))),
    }
}

fn g_len(v: &Value) -> Res<usize> {
    let r = call_special_or_raise(v, &names().__len__, &[])?;
    let r = protocol::number::index(&r)?;
    match r.as_small_int() {
        Some(n) if n >= 0 => Ok(n as usize),
        Some(_) => Err(exc::value_error("__len__() should return >= 0")),
        None if crate::types::int::is_negative(&r) => Err(exc::value_error("__len__() should return >= 0")),
        None => Err(exc::overflow_error("cannot fit 'int' into an index-sized integer")),
    }
}

/// The containment slot of classes that define `__contains__`.
pub fn g_contains(v: &Value, item: &Value) -> Res<bool> {
    match v.class().lookup(&names().__contains__) {
        Some(f) if f.is_none() => Err(exc::type_error(format!("'{}' object is not a container", v.class().full_name()))),
        Some(f) => protocol::is_true(&crate::call::call_unbound(&f, v, std::slice::from_ref(item), None)?),
        None => protocol::iter::contains(v, item),
    }
}

/// The subscript slot of classes that define `__getitem__`.
pub fn g_get_item(v: &Value, key: &Value) -> Res {
    call_special_or_raise(v, &names().__getitem__, &[key])
}

/// The item assignment slot of classes that define `__setitem__` or `__delitem__`.
pub fn g_set_item(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    match value {
        Some(x) => call_special_or_raise(v, &names().__setitem__, &[key, x]),
        None => call_special_or_raise(v, &names().__delitem__, &[key]),
    }
    .map(drop)
}

fn g_buffer(v: &Value) -> Res<crate::buffer::Buffer> {
    crate::buffer::from_python(v)
}

macro_rules! slotdefs {
    ($($name:literal $slot:ident $generic:expr, $wrap:expr, $sig:literal, $doc:literal;)*) => {
        /// Every dunder name that has a slot.
        pub static SLOTDEFS: &[SlotDef] = &[
            $(SlotDef { name: $name, slot: SlotId::$slot, generic: || $generic as usize, wrap: $wrap, sig: $sig, doc: $doc },)*
        ];
    };
}

slotdefs! {
    "__getattribute__" getattr g_getattr as GetAttrFn, Wrap::GetAttr, "($self, name, /)", "Return getattr(self, name).";
    "__getattr__" getattr g_getattr as GetAttrFn, Wrap::GetAttr, "", "";
    "__setattr__" setattr g_setattr as SetAttrFn, Wrap::SetAttr, "($self, name, value, /)", "Implement setattr(self, name, value).";
    "__delattr__" setattr g_setattr as SetAttrFn, Wrap::DelAttr, "($self, name, /)", "Implement delattr(self, name).";
    "__repr__" repr g_repr as UnaryFn, Wrap::Unary, "($self, /)", "Return repr(self).";
    "__hash__" hash g_hash as HashFn, Wrap::Hash, "($self, /)", "Return hash(self).";
    "__call__" call g_call as CallFn, Wrap::Call, "($self, /, *args, **kwargs)", "Call self as a function.";
    "__str__" str g_str as UnaryFn, Wrap::Unary, "($self, /)", "Return str(self).";
    "__lt__" compare g_compare as CompareFn, Wrap::Compare(CompareOp::Lt), "($self, value, /)", "Return self<value.";
    "__le__" compare g_compare as CompareFn, Wrap::Compare(CompareOp::Le), "($self, value, /)", "Return self<=value.";
    "__eq__" compare g_compare as CompareFn, Wrap::Compare(CompareOp::Eq), "($self, value, /)", "Return self==value.";
    "__ne__" compare g_compare as CompareFn, Wrap::Compare(CompareOp::Ne), "($self, value, /)", "Return self!=value.";
    "__gt__" compare g_compare as CompareFn, Wrap::Compare(CompareOp::Gt), "($self, value, /)", "Return self>value.";
    "__ge__" compare g_compare as CompareFn, Wrap::Compare(CompareOp::Ge), "($self, value, /)", "Return self>=value.";
    "__iter__" iter g_iter as UnaryFn, Wrap::Unary, "($self, /)", "Implement iter(self).";
    "__next__" next g_next as NextFn, Wrap::Next, "($self, /)", "Implement next(self).";
    "__get__" descr_get g_descr_get as DescrGetFn, Wrap::DescrGet, "($self, instance, owner=None, /)", "Return an attribute of instance, which is of type owner.";
    "__set__" descr_set g_descr_set as DescrSetFn, Wrap::DescrSet, "($self, instance, value, /)", "Set an attribute of instance to value.";
    "__delete__" descr_set g_descr_set as DescrSetFn, Wrap::DescrDel, "($self, instance, /)", "Delete an attribute of instance.";
    "__init__" init g_init as InitFn, Wrap::Init, "($self, /, *args, **kwargs)", "Initialize self.  See help(type(self)) for accurate signature.";
    "__del__" finalise g_finalise as FinaliseFn, Wrap::Finalise, "($self, /)", "Called when the instance is about to be destroyed.";
    "__buffer__" buffer g_buffer as BufferFn, Wrap::Buffer, "($self, flags, /)", "Return a buffer object that exposes the underlying memory of the object.";
    "__await__" await_ g_await as UnaryFn, Wrap::Unary, "($self, /)", "Return an iterator to be used in await expression.";
    "__aiter__" aiter g_aiter as UnaryFn, Wrap::Unary, "($self, /)", "Return an awaitable, that resolves in asynchronous iterator.";
    "__anext__" anext g_anext as UnaryFn, Wrap::Unary, "($self, /)", "Return a value or raise StopAsyncIteration.";
    "__add__" add g_add as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self+value.";
    "__radd__" add g_add as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value+self.";
    "__sub__" subtract g_sub as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self-value.";
    "__rsub__" subtract g_sub as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value-self.";
    "__mul__" multiply g_mul as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self*value.";
    "__rmul__" multiply g_mul as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value*self.";
    "__mod__" remainder g_mod as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self%value.";
    "__rmod__" remainder g_mod as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value%self.";
    "__divmod__" divmod g_divmod as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return divmod(self, value).";
    "__rdivmod__" divmod g_divmod as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return divmod(value, self).";
    "__pow__" power g_pow as TernaryFn, Wrap::TernaryLeft, "($self, value, mod=None, /)", "Return pow(self, value, mod).";
    "__rpow__" power g_pow as TernaryFn, Wrap::TernaryRight, "($self, value, mod=None, /)", "Return pow(value, self, mod).";
    "__neg__" negative g_neg as UnaryFn, Wrap::Unary, "($self, /)", "-self";
    "__pos__" positive g_pos as UnaryFn, Wrap::Unary, "($self, /)", "+self";
    "__abs__" absolute g_abs as UnaryFn, Wrap::Unary, "($self, /)", "abs(self)";
    "__bool__" bool g_bool as BoolFn, Wrap::Bool, "($self, /)", "True if self else False";
    "__invert__" invert g_invert as UnaryFn, Wrap::Unary, "($self, /)", "~self";
    "__lshift__" lshift g_lshift as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self<<value.";
    "__rlshift__" lshift g_lshift as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value<<self.";
    "__rshift__" rshift g_rshift as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self>>value.";
    "__rrshift__" rshift g_rshift as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value>>self.";
    "__and__" and g_and as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self&value.";
    "__rand__" and g_and as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value&self.";
    "__xor__" xor g_xor as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self^value.";
    "__rxor__" xor g_xor as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value^self.";
    "__or__" or g_or as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self|value.";
    "__ror__" or g_or as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value|self.";
    "__int__" int g_int as UnaryFn, Wrap::Unary, "($self, /)", "int(self)";
    "__float__" float g_float as UnaryFn, Wrap::Unary, "($self, /)", "float(self)";
    "__iadd__" inplace_add g_iadd as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self+=value.";
    "__isub__" inplace_subtract g_isub as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self-=value.";
    "__imul__" inplace_multiply g_imul as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self*=value.";
    "__imod__" inplace_remainder g_imod as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self%=value.";
    "__ipow__" inplace_power g_ipow as TernaryFn, Wrap::TernaryLeft, "($self, value, /)", "Return self**=value.";
    "__ilshift__" inplace_lshift g_ilshift as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self<<=value.";
    "__irshift__" inplace_rshift g_irshift as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self>>=value.";
    "__iand__" inplace_and g_iand as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self&=value.";
    "__ixor__" inplace_xor g_ixor as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self^=value.";
    "__ior__" inplace_or g_ior as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self|=value.";
    "__floordiv__" floor_divide g_floordiv as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self//value.";
    "__rfloordiv__" floor_divide g_floordiv as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value//self.";
    "__truediv__" true_divide g_truediv as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self/value.";
    "__rtruediv__" true_divide g_truediv as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value/self.";
    "__ifloordiv__" inplace_floor_divide g_ifloordiv as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self//=value.";
    "__itruediv__" inplace_true_divide g_itruediv as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self/=value.";
    "__index__" index g_index as UnaryFn, Wrap::Unary, "($self, /)", "Return self converted to an integer, if self is suitable for use as an index into a list.";
    "__matmul__" matrix_multiply g_matmul as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self@value.";
    "__rmatmul__" matrix_multiply g_matmul as BinaryFn, Wrap::BinaryRight, "($self, value, /)", "Return value@self.";
    "__imatmul__" inplace_matrix_multiply g_imatmul as BinaryFn, Wrap::BinaryLeft, "($self, value, /)", "Return self@=value.";
    "__len__" len g_len as LenFn, Wrap::Len, "($self, /)", "Return len(self).";
    "__getitem__" get_item g_get_item as BinaryFn, Wrap::GetItem, "($self, key, /)", "Return self[key].";
    "__setitem__" set_item g_set_item as SetItemFn, Wrap::SetItem, "($self, key, value, /)", "Set self[key] to value.";
    "__delitem__" set_item g_set_item as SetItemFn, Wrap::DelItem, "($self, key, /)", "Delete self[key].";
    "__contains__" contains g_contains as ContainsFn, Wrap::Contains, "($self, key, /)", "Return bool(key in self).";
    "__add__" concat 0, Wrap::BinaryLeft, "($self, value, /)", "Return self+value.";
    "__mul__" repeat 0, Wrap::BinaryLeft, "($self, value, /)", "Return self*value.";
    "__rmul__" repeat 0, Wrap::BinaryRight, "($self, value, /)", "Return value*self.";
    "__iadd__" inplace_concat 0, Wrap::BinaryLeft, "($self, value, /)", "Implement self+=value.";
    "__imul__" inplace_repeat 0, Wrap::BinaryLeft, "($self, value, /)", "Implement self*=value.";
}

/// Adds a wrapper descriptor for each dunder name of the slots that a native class sets.
pub fn add_wrappers(ty: &'static Type, slots: &Slots, namespace: &Value) {
    if slots.new.is_some() {
        dict::set_str(namespace, &names().__new__, descriptor::new_constructor(ty));
    }
    for (def, name) in SLOTDEFS.iter().zip(&index().names) {
        let word = slots.words()[def.slot as usize];
        if word == 0 || def.name == "__getattr__" {
            continue;
        }
        if dict::get_str_ref(namespace, name).is_none() {
            dict::set_str(namespace, name, descriptor::new_wrapper(ty, def, word));
        }
    }
}

/// [`SLOTDEFS`] by slot and by name, with the names as interned strings.
struct Index {
    names: Vec<Value>,
    by_slot: Vec<Vec<usize>>,
    /// Sorted by the name's word.
    by_name: Vec<(Word, Vec<SlotId>)>,
}

impl Index {
    /// The slots that an interned name fills.
    fn slots_of(&self, name: &Value) -> &[SlotId] {
        let found = self.by_name.binary_search_by_key(&name.word(), |(word, _)| *word);
        found.map_or(&[], |i| &self.by_name[i].1)
    }
}

fn index() -> &'static Index {
    static INDEX: Global<Option<Index>> = Global::new(None);
    // SAFETY: the GIL is held, and making the index runs no Python.
    unsafe {
        (*INDEX.get()).get_or_insert_with(|| {
            let names: Vec<Value> = SLOTDEFS.iter().map(|d| str::intern(d.name)).collect();
            let mut by_slot = vec![Vec::new(); SlotId::COUNT as usize];
            let mut by_name: Vec<(Word, Vec<SlotId>)> = Vec::new();
            for (i, (def, name)) in SLOTDEFS.iter().zip(&names).enumerate() {
                by_slot[def.slot as usize].push(i);
                match by_name.iter_mut().find(|(word, _)| *word == name.word()) {
                    Some((_, slots)) => slots.push(def.slot),
                    None => by_name.push((name.word(), vec![def.slot])),
                }
            }
            by_name.sort_unstable_by_key(|(word, _)| *word);
            Index { names, by_slot, by_name }
        })
    }
}

/// Recomputes one slot of a class from its namespace and its bases', as after an assignment to a dunder name.
fn update_slot(ty: &'static Type, slot: SlotId) {
    let (mut specific, mut generic) = (0usize, 0usize);
    let mut use_generic = false;
    let index = index();
    for &i in &index.by_slot[slot as usize] {
        let def = &SLOTDEFS[i];
        let Some(found) = ty.lookup(&index.names[i]) else { continue };
        match descriptor::slot_of_wrapper(&found) {
            Some((d, word)) if d.name == def.name => {
                if d.slot != slot {
                    continue;
                }
                if specific == 0 || specific == word {
                    specific = word;
                } else {
                    use_generic = true;
                    generic = (def.generic)();
                }
            }
            _ if found.is_none() && slot == SlotId::hash => specific = hash_not_implemented as HashFn as usize,
            _ => {
                let word = (def.generic)();
                if word != 0 {
                    use_generic = true;
                    generic = word;
                }
            }
        }
    }
    ty.update_slots(|s| s.words_mut()[slot as usize] = if use_generic { generic } else { specific });
}

fn update_new(ty: &'static Type) {
    let f = ty.lookup(&names().__new__);
    let native = f.as_ref().and_then(descriptor::constructed_class);
    let new = match native {
        // The constructor of a native base: its slot does the work.
        Some(base) => base.slots().new,
        None => Some(g_new as NewFn),
    };
    ty.update_slots(|s| s.new = new);
}

/// Computes all slots of a new Python class.
pub fn fix_slots(ty: &'static Type) {
    let index = index();
    let bases = ty.bases_value();
    let [base] = tuple::items(&bases) else {
        // A slot that is the same in all the classes behind this one says that any method of its names there leads to it.
        let mro = &ty.mro()[1..];
        for (slot, defs) in index.by_slot.iter().enumerate() {
            let Some(&first) = defs.first() else { continue };
            debug_assert_eq!(slot, SLOTDEFS[first].slot as usize);
            let shared = mro.first().map_or(0, |t| t.slots().words()[slot]);
            if mro.iter().all(|t| t.slots().words()[slot] == shared) {
                ty.update_slots(|s| s.words_mut()[slot] = shared);
            } else {
                update_slot(ty, SLOTDEFS[first].slot);
            }
        }
        update_own_slots(ty, index);
        update_new(ty);
        return;
    };
    // What the class does not define itself is as in its only base, and it has no slots yet.
    let inherited = *super::build::of(base).slots();
    ty.update_slots(|s| *s = inherited);
    update_own_slots(ty, index);
}

/// Whether a name looks like those that fill slots. Most names do not.
fn is_dunder(name: &Value) -> bool {
    str::is_str(name) && matches!(str::view(name), StrView::Latin1(text) if text.starts_with(b"__") && text.ends_with(b"__"))
}

/// Recomputes the slots that the names in a class's own namespace fill.
fn update_own_slots(ty: &'static Type, index: &Index) {
    let namespace = ty.namespace();
    let table = dict::table(&namespace);
    for i in 0..table.filled() {
        // What follows runs no Python, but names are strs of any kind.
        let Some(name) = table.at(i).map(|(name, _)| name).filter(|name| is_dunder(name)).cloned() else { continue };
        let name = if str::is_exact(&name) { str::intern_value(name) } else { name };
        for &slot in index.slots_of(&name) {
            update_slot(ty, slot);
        }
        if name.is(&names().__new__) {
            update_new(ty);
        }
    }
}

/// Recomputes what depends on `name` in `ty` and its subclasses, after the namespace changed.
pub fn name_changed(ty: &'static Type, name: &Value) {
    if !is_dunder(name) {
        return;
    }
    let interned = str::intern_value(str::exact(name));
    let slots = index().slots_of(&interned).to_vec();
    let is_new = interned.is(&names().__new__);
    if slots.is_empty() && !is_new {
        return;
    }
    update_tree(ty, name, &slots, is_new);
}

fn update_tree(ty: &'static Type, name: &Value, slots: &[SlotId], is_new: bool) {
    for &slot in slots {
        update_slot(ty, slot);
    }
    if is_new {
        update_new(ty);
    }
    for sub in ty.subclasses() {
        let sub = super::build::of(&sub);
        if sub.peek_namespace().is_some_and(|d| dict::get_str_ref(d, name).is_none()) {
            update_tree(sub, name, slots, is_new);
        }
    }
}
