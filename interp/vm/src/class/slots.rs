//! Type slots: the operations a class implements natively, one function pointer each.
//!
//! A slot is inherited from the base class when a class does not set it. Defining a dunder method in Python fills
//! the slot with a function that looks the method up and calls it; a native slot shows in the class's dict as a
//! wrapper under the dunder name. The table that connects the two is [`crate::class::slotdefs`].

use crate::value::{Res, Value};

/// Comparison operators, numbered as CPython numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum CompareOp {
    Lt = 0,
    Le = 1,
    Eq = 2,
    Ne = 3,
    Gt = 4,
    Ge = 5,
}

impl CompareOp {
    /// The operator with this number; the number must be below 6.
    pub fn from_index(i: usize) -> CompareOp {
        [CompareOp::Lt, CompareOp::Le, CompareOp::Eq, CompareOp::Ne, CompareOp::Gt, CompareOp::Ge][i]
    }

    /// The operator that gives the same answer with the operands exchanged.
    pub fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            same => same,
        }
    }

    /// How it is written.
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// What the operator says of two values that compare like this.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Lt => ordering.is_lt(),
            CompareOp::Le => ordering.is_le(),
            CompareOp::Eq => ordering.is_eq(),
            CompareOp::Ne => ordering.is_ne(),
            CompareOp::Gt => ordering.is_gt(),
            CompareOp::Ge => ordering.is_ge(),
        }
    }
}

/// `f(self)`.
pub type UnaryFn = fn(&Value) -> Res;
/// `f(left, right)`; either operand may be the one whose class has the slot. NotImplemented lets the other side try.
pub type BinaryFn = fn(&Value, &Value) -> Res;
/// `f(base, exponent, modulus or None)`.
pub type TernaryFn = fn(&Value, &Value, &Value) -> Res;
/// `f(callable, positional arguments then keyword values, keyword names)`.
pub type CallFn = fn(&Value, &[Value], Option<&Value>) -> Res;
/// `f(class, arguments, keyword names)`: makes the instance.
pub type NewFn = CallFn;
/// `f(self, arguments, keyword names)`.
pub type InitFn = fn(&Value, &[Value], Option<&Value>) -> Res<()>;
/// `f(self, name)`.
pub type GetAttrFn = fn(&Value, &Value) -> Res;
/// `f(self, name, value, or None to delete)`.
pub type SetAttrFn = fn(&Value, &Value, Option<&Value>) -> Res<()>;
/// `f(self, other, operator)`.
pub type CompareFn = fn(&Value, &Value, CompareOp) -> Res;
/// The next item, or `None` at the end.
pub type NextFn = fn(&Value) -> Res<Option<Value>>;
/// `f(descriptor, instance, class)`.
pub type DescrGetFn = fn(&Value, Option<&Value>, Option<&Value>) -> Res;
/// `f(descriptor, instance, value, or None to delete)`.
pub type DescrSetFn = SetAttrFn;
/// `f(self)`, a hash that is never -1.
pub type HashFn = fn(&Value) -> Res<i64>;
/// `f(self)`.
pub type BoolFn = fn(&Value) -> Res<bool>;
/// `f(self)`.
pub type LenFn = fn(&Value) -> Res<usize>;
/// `f(self, item)`.
pub type ContainsFn = fn(&Value, &Value) -> Res<bool>;
/// `f(self, key, value, or None to delete)`.
pub type SetItemFn = SetAttrFn;
/// `f(self)`: the finaliser.
pub type FinaliseFn = fn(&Value);
/// A contiguous view of the object's bytes (see [`crate::buffer`]).
pub type BufferFn = fn(&Value) -> Res<crate::buffer::Buffer>;

macro_rules! slots {
    ($($name:ident: $ty:ty, $doc:literal;)*) => {
        /// The slot table of a class.
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct Slots {
            $(#[doc = $doc] pub $name: Option<$ty>,)*
        }

        impl Slots {
            /// No slot set.
            pub const NONE: Slots = Slots { $($name: None,)* };
        }

        /// Slot numbers, in the order of the fields of [`Slots`].
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum SlotId { $($name,)* COUNT }
    };
}

slots! {
    repr: UnaryFn, "`__repr__`";
    str: UnaryFn, "`__str__`";
    hash: HashFn, "`__hash__`";
    call: CallFn, "`__call__`";
    getattr: GetAttrFn, "`__getattribute__` and `__getattr__`";
    setattr: SetAttrFn, "`__setattr__` and `__delattr__`";
    compare: CompareFn, "the six rich comparisons";
    iter: UnaryFn, "`__iter__`";
    next: NextFn, "`__next__`";
    descr_get: DescrGetFn, "`__get__`";
    descr_set: DescrSetFn, "`__set__` and `__delete__`";
    init: InitFn, "`__init__`";
    new: NewFn, "`__new__`";
    finalise: FinaliseFn, "`__del__`";
    bool: BoolFn, "`__bool__`";
    len: LenFn, "`__len__`";
    contains: ContainsFn, "`__contains__`";
    get_item: BinaryFn, "`__getitem__`";
    set_item: SetItemFn, "`__setitem__` and `__delitem__`";
    concat: BinaryFn, "`__add__` of a sequence, tried after the number slots";
    repeat: BinaryFn, "`__mul__` of a sequence, tried after the number slots";
    inplace_concat: BinaryFn, "`__iadd__` of a sequence";
    inplace_repeat: BinaryFn, "`__imul__` of a sequence";
    add: BinaryFn, "`__add__` and `__radd__`";
    subtract: BinaryFn, "`__sub__` and `__rsub__`";
    multiply: BinaryFn, "`__mul__` and `__rmul__`";
    remainder: BinaryFn, "`__mod__` and `__rmod__`";
    divmod: BinaryFn, "`__divmod__` and `__rdivmod__`";
    power: TernaryFn, "`__pow__` and `__rpow__`";
    lshift: BinaryFn, "`__lshift__` and `__rlshift__`";
    rshift: BinaryFn, "`__rshift__` and `__rrshift__`";
    and: BinaryFn, "`__and__` and `__rand__`";
    xor: BinaryFn, "`__xor__` and `__rxor__`";
    or: BinaryFn, "`__or__` and `__ror__`";
    floor_divide: BinaryFn, "`__floordiv__` and `__rfloordiv__`";
    true_divide: BinaryFn, "`__truediv__` and `__rtruediv__`";
    matrix_multiply: BinaryFn, "`__matmul__` and `__rmatmul__`";
    inplace_add: BinaryFn, "`__iadd__`";
    inplace_subtract: BinaryFn, "`__isub__`";
    inplace_multiply: BinaryFn, "`__imul__`";
    inplace_remainder: BinaryFn, "`__imod__`";
    inplace_power: TernaryFn, "`__ipow__`";
    inplace_lshift: BinaryFn, "`__ilshift__`";
    inplace_rshift: BinaryFn, "`__irshift__`";
    inplace_and: BinaryFn, "`__iand__`";
    inplace_xor: BinaryFn, "`__ixor__`";
    inplace_or: BinaryFn, "`__ior__`";
    inplace_floor_divide: BinaryFn, "`__ifloordiv__`";
    inplace_true_divide: BinaryFn, "`__itruediv__`";
    inplace_matrix_multiply: BinaryFn, "`__imatmul__`";
    negative: UnaryFn, "`__neg__`";
    positive: UnaryFn, "`__pos__`";
    absolute: UnaryFn, "`__abs__`";
    invert: UnaryFn, "`__invert__`";
    int: UnaryFn, "`__int__`";
    float: UnaryFn, "`__float__`";
    index: UnaryFn, "`__index__`";
    await_: UnaryFn, "`__await__`";
    aiter: UnaryFn, "`__aiter__`";
    anext: UnaryFn, "`__anext__`";
    buffer: BufferFn, "`__buffer__`";
}

impl Slots {
    /// The slots as words, so that inheritance can go through them by number.
    pub fn words(&self) -> &[usize; SlotId::COUNT as usize] {
        // SAFETY: a repr(C) struct of COUNT optional function pointers, each one word, NULL when absent.
        unsafe { &*(self as *const Slots).cast() }
    }

    /// The slots as words, to be changed.
    pub fn words_mut(&mut self) -> &mut [usize; SlotId::COUNT as usize] {
        // SAFETY: as in `words`; callers write words that came from the same slot of another table, or 0.
        unsafe { &mut *(self as *mut Slots).cast() }
    }
}
