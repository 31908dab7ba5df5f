//! `weakref.proxy`: weak references that behave like their object.

use crate::class::PayloadOps;
use crate::class::build::TypeSpec;
use crate::class::native::def;
use crate::class::slots::{CompareOp, Slots};
use crate::protocol::number::{self, BinaryOp};
use crate::protocol::{self, attr};
use crate::types::str;
use crate::types::weakref::{self, WeakRef};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, exc};

/// Whether `v` is a proxy.
pub fn is_proxy(v: &Value) -> bool {
    std::ptr::eq(v.class(), types().weak_proxy) || std::ptr::eq(v.class(), types().weak_callable_proxy)
}

/// `weakref.proxy(object)`.
pub fn new(object: &Value, callback: Option<Value>) -> Res {
    let class = if call::is_callable(object) { types().weak_callable_proxy } else { types().weak_proxy };
    weakref::make(class, object, callback)
}

/// What an operand stands for: the referent of a proxy, anything else itself.
fn open(v: &Value) -> Res {
    if !is_proxy(v) {
        return Ok(v.clone());
    }
    weakref::referent(v).ok_or_else(|| exc::reference_error("weakly-referenced object no longer exists"))
}

fn repr(v: &Value) -> Res {
    Ok(str::from_string(match weakref::referent(v) {
        Some(object) => format!("<weakproxy at {:#x}; to '{}' at {:#x}>", v.id(), object.class().full_name(), object.id()),
        None => format!("<weakproxy at {:#x}; dead>", v.id()),
    }))
}

macro_rules! binary {
    ($op:ident) => {
        Some(|a, b| number::binary(BinaryOp::$op, &open(a)?, &open(b)?))
    };
}

macro_rules! in_place {
    ($op:ident) => {
        Some(|a, b| number::inplace(BinaryOp::$op, &open(a)?, &open(b)?))
    };
}

fn iterate(v: &Value) -> Res {
    protocol::iter::iter(&open(v)?)
}

fn next(v: &Value) -> Res<Option<Value>> {
    let object = open(v)?;
    if object.class().slots().next.is_none() {
        let got = object.class().full_name();
        return Err(exc::type_error(format!("Weakref proxy referenced a non-iterator '{got}' object")));
    }
    protocol::iter::next(&object)
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    protocol::compare(&open(a)?, &open(b)?, op)
}

fn set_item(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    let object = open(v)?;
    match value {
        Some(x) => protocol::set_item(&object, key, x),
        None => protocol::del_item(&object, key),
    }
}

fn set_attr(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    let object = open(v)?;
    match value {
        Some(x) => attr::setattr(&object, name, x),
        None => attr::delattr(&object, name),
    }
}

const SLOTS: Slots = Slots {
    repr: Some(repr),
    str: Some(|v| protocol::str(&open(v)?)),
    hash: Some(crate::class::slotdefs::hash_not_implemented),
    getattr: Some(|v, name| attr::getattr(&open(v)?, name)),
    setattr: Some(set_attr),
    compare: Some(compare),
    iter: Some(iterate),
    next: Some(next),
    bool: Some(|v| protocol::is_true(&open(v)?)),
    len: Some(|v| protocol::len(&open(v)?)),
    contains: Some(|v, item| protocol::contains(&open(v)?, item)),
    get_item: Some(|v, key| protocol::get_item(&open(v)?, key)),
    set_item: Some(set_item),
    add: binary!(Add),
    subtract: binary!(Subtract),
    multiply: binary!(Multiply),
    remainder: binary!(Remainder),
    divmod: Some(|a, b| number::divmod(&open(a)?, &open(b)?)),
    power: Some(|a, b, m| number::power(&open(a)?, &open(b)?, &open(m)?)),
    lshift: binary!(Lshift),
    rshift: binary!(Rshift),
    and: binary!(And),
    xor: binary!(Xor),
    or: binary!(Or),
    floor_divide: binary!(FloorDivide),
    true_divide: binary!(TrueDivide),
    matrix_multiply: binary!(MatrixMultiply),
    inplace_add: in_place!(Add),
    inplace_subtract: in_place!(Subtract),
    inplace_multiply: in_place!(Multiply),
    inplace_remainder: in_place!(Remainder),
    inplace_power: Some(|a, b, _| number::inplace(BinaryOp::Power, &open(a)?, &open(b)?)),
    inplace_lshift: in_place!(Lshift),
    inplace_rshift: in_place!(Rshift),
    inplace_and: in_place!(And),
    inplace_xor: in_place!(Xor),
    inplace_or: in_place!(Or),
    inplace_floor_divide: in_place!(FloorDivide),
    inplace_true_divide: in_place!(TrueDivide),
    inplace_matrix_multiply: in_place!(MatrixMultiply),
    negative: Some(|v| number::negative(&open(v)?)),
    positive: Some(|v| number::positive(&open(v)?)),
    absolute: Some(|v| number::absolute(&open(v)?)),
    invert: Some(|v| number::invert(&open(v)?)),
    int: Some(|v| number::to_int(&open(v)?)),
    float: Some(|v| number::to_float(&open(v)?)),
    index: Some(|v| number::index(&open(v)?)),
    ..Slots::NONE
};

const PROXY: TypeSpec = TypeSpec {
    name: "weakref.ProxyType",
    payload: PayloadOps::of::<WeakRef>(),
    slots: SLOTS,
    methods: &[
        def("__bytes__", "($self, /)", |a| call::call_method(&open(a.at(0))?, &names().__bytes__, &[]), ""),
        def("__reversed__", "($self, /)", |a| call::call_method(&open(a.at(0))?, &names().__reversed__, &[]), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `weakref.ProxyType`.
pub static SPEC: TypeSpec = PROXY;

/// `weakref.CallableProxyType`.
pub static CALLABLE_SPEC: TypeSpec = TypeSpec {
    name: "weakref.CallableProxyType",
    slots: Slots { call: Some(|v, args, kwnames| call::call(&open(v)?, args, kwnames)), ..SLOTS },
    ..PROXY
};
