//! `deque`, and its iterators. Follows CPython's `Modules/_collectionsmodule.c`.

use crate::LazyClass;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, Signature, class_def, def, getter};
use weft_vm::class::slots::{CompareOp, Slots};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{self, iter, number, sequence};
use weft_vm::types::repr_guard::ReprGuard;
use weft_vm::types::text::Text;
use weft_vm::types::{bounds, generic_alias, int, list, object, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance, new_object};
use weft_vm::{call, exc};

/// `collections.deque`
pub static DEQUE: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "collections.deque",
    doc: "deque([iterable[, maxlen]])\n--\n\nA list-like sequence optimized for data accesses near its endpoints.",
    payload: PayloadOps::of::<Deque>(),
    flags: flag::BASETYPE | flag::SEQUENCE,
    slots: Slots {
        new: Some(|class, _, _| Ok(new_instance(build::of(class), Deque::new(None)))),
        init: Some(init),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|v| Ok(iterator(v, 0))),
        len: Some(|v| Ok(this(v).len())),
        contains: Some(contains),
        get_item: Some(get_item),
        set_item: Some(set_item),
        concat: Some(concat),
        repeat: Some(|v, n| repeat(&copy(v)?, n)),
        inplace_concat: Some(|v, other| extend(v, other).map(|()| v.clone())),
        inplace_repeat: Some(repeat),
        ..Slots::NONE
    },
    methods: &[
        def(
            "append",
            "($self, item, /)",
            |a| push(a.at(0), a.at(1).clone()).map(|()| Value::NONE),
            "Add an element to the right side of the deque.",
        ),
        def(
            "appendleft",
            "($self, item, /)",
            |a| push_left(a.at(0), a.at(1).clone()).map(|()| Value::NONE),
            "Add an element to the left side of the deque.",
        ),
        def("clear", "($self, /)", |a| clear(a.at(0)), "Remove all elements from the deque."),
        def("__copy__", "($self, /)", |a| copy(a.at(0)), "Return a shallow copy of a deque."),
        def("copy", "($self, /)", |a| copy(a.at(0)), "Return a shallow copy of a deque."),
        def("count", "($self, value, /)", count, "Return number of occurrences of value."),
        def(
            "extend",
            "($self, iterable, /)",
            |a| extend(a.at(0), a.at(1)).map(|()| Value::NONE),
            "Extend the right side of the deque with elements from the iterable.",
        ),
        def(
            "extendleft",
            "($self, iterable, /)",
            |a| extend_left(a.at(0), a.at(1)).map(|()| Value::NONE),
            "Extend the left side of the deque with elements from the iterable.",
        ),
        def(
            "index",
            "($self, value, start=<unset>, stop=<unset>, /)",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        def("insert", "($self, index, value, /)", insert, "Insert value before index."),
        def(
            "pop",
            "($self, /)",
            |a| this(a.at(0)).change(VecDeque::pop_back).ok_or_else(empty),
            "Remove and return the rightmost element.",
        ),
        def(
            "popleft",
            "($self, /)",
            |a| this(a.at(0)).change(VecDeque::pop_front).ok_or_else(empty),
            "Remove and return the leftmost element.",
        ),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        def("remove", "($self, value, /)", remove, "Remove first occurrence of value."),
        def("__reversed__", "($self, /)", |a| Ok(reverse_iterator(a.at(0), 0)), "Return a reverse iterator over the deque."),
        def("reverse", "($self, /)", reverse, "Reverse *IN PLACE*."),
        def("rotate", "($self, n=1, /)", rotate, "Rotate the deque n steps to the right.  If n is negative, rotates left."),
        def("__sizeof__", "($self, /)", sizeof, "Return the size of the deque in memory, in bytes."),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "deques are generic over the type of their contents",
        ),
    ],
    getsets: &[getter("maxlen", |v| Ok(this(v).maxlen_value()), "maximum size of a deque or None if unbounded")],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// The payload. No borrow of the items lasts across anything that may run Python.
struct Deque {
    items: RefCell<VecDeque<Value>>,
    maxlen: Cell<Option<usize>>,
    /// Counts changes of the number of items, for iterators.
    state: Cell<u64>,
}

// SAFETY: every instance of deque is made with a Deque payload.
unsafe impl Payload for Deque {
    fn class() -> &'static Type {
        DEQUE.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.items.borrow().iter().for_each(|x| visit(x.word()));
    }

    fn clear(&self) {
        drop(self.take());
    }
}

impl Deque {
    fn new(maxlen: Option<usize>) -> Deque {
        Deque { items: RefCell::default(), maxlen: Cell::new(maxlen), state: Cell::new(0) }
    }

    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    fn get(&self, i: usize) -> Option<Value> {
        self.items.borrow().get(i).cloned()
    }

    fn maxlen_value(&self) -> Value {
        self.maxlen.get().map_or(Value::NONE, Value::usize)
    }

    /// Works on the items in a way that iterators notice. `f` drops no values.
    fn change<R>(&self, f: impl FnOnce(&mut VecDeque<Value>) -> R) -> R {
        self.state.set(self.state.get() + 1);
        f(&mut self.items.borrow_mut())
    }

    /// Takes all items out.
    fn take(&self) -> VecDeque<Value> {
        self.change(std::mem::take)
    }

    fn full(&self) -> bool {
        self.maxlen.get().is_some_and(|n| self.len() >= n)
    }

    fn reserve(&self, n: usize) -> Res<()> {
        self.items.borrow_mut().try_reserve(n).map_err(|_| exc::memory_error())
    }
}

fn this(v: &Value) -> &Deque {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn is_deque(v: &Value) -> bool {
    v.is_instance(DEQUE.get())
}

fn empty() -> exc::Raised {
    exc::index_error("pop from an empty deque")
}

fn mutated() -> exc::Raised {
    exc::runtime_error("deque mutated during iteration")
}

/// Appends, and drops the first item if there would be too many.
fn push(v: &Value, x: Value) -> Res<()> {
    let d = this(v);
    d.reserve(1)?;
    let extra = d.change(|items| {
        items.push_back(x);
        if d.maxlen.get().is_some_and(|n| items.len() > n) { items.pop_front() } else { None }
    });
    drop(extra);
    Ok(())
}

fn push_left(v: &Value, x: Value) -> Res<()> {
    let d = this(v);
    d.reserve(1)?;
    let extra = d.change(|items| {
        items.push_front(x);
        if d.maxlen.get().is_some_and(|n| items.len() > n) { items.pop_back() } else { None }
    });
    drop(extra);
    Ok(())
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    static SIGNATURE: Signature = Signature::new("deque", "(iterable=(), maxlen=None)");
    SIGNATURE.bind(args, kwnames, |a| {
        let maxlen = match a.some(1) {
            None => None,
            Some(n) if !int::is_int(n) => return Err(exc::type_error("an integer is required")),
            Some(n) => {
                let n = number::as_isize(n)?;
                Some(usize::try_from(n).map_err(|_| exc::value_error("maxlen must be non-negative"))?)
            }
        };
        let d = this(v);
        d.maxlen.set(maxlen);
        if d.len() > 0 {
            drop(d.take());
        }
        match a.opt(0) {
            Some(iterable) => extend(v, iterable),
            None => Ok(()),
        }
    })
}

fn extend(v: &Value, iterable: &Value) -> Res<()> {
    if v.is(iterable) {
        return extend(v, &list::from_vec(iter::collect(iterable)?));
    }
    let it = iter::iter(iterable)?;
    while let Some(x) = iter::next(&it)? {
        push(v, x)?;
    }
    Ok(())
}

fn extend_left(v: &Value, iterable: &Value) -> Res<()> {
    if v.is(iterable) {
        return extend_left(v, &list::from_vec(iter::collect(iterable)?));
    }
    let it = iter::iter(iterable)?;
    while let Some(x) = iter::next(&it)? {
        push_left(v, x)?;
    }
    Ok(())
}

fn clear(v: &Value) -> Res {
    drop(this(v).take());
    Ok(Value::NONE)
}

fn copy(v: &Value) -> Res {
    let (d, class) = (this(v), v.class());
    if std::ptr::eq(class, DEQUE.get()) {
        let new = new_object(Deque::new(d.maxlen.get()));
        this(&new).reserve(d.len())?;
        this(&new).items.borrow_mut().extend(d.items.borrow().iter().cloned());
        return Ok(new);
    }
    let result = match d.maxlen.get() {
        None => call::call1(&class.value(), v)?,
        Some(n) => call::call(&class.value(), &[v.clone(), Value::usize(n)], None)?,
    };
    if !is_deque(&result) {
        return Err(exc::type_error(format!("{}() must return a deque, not {}", class.full_name(), result.class().full_name())));
    }
    Ok(result)
}

fn concat(v: &Value, other: &Value) -> Res {
    if !is_deque(other) {
        return Err(exc::type_error(format!("can only concatenate deque (not \"{}\") to deque", other.class().full_name())));
    }
    let new = copy(v)?;
    extend(&new, other)?;
    Ok(new)
}

/// Repeats the items in place.
fn repeat(v: &Value, times: &Value) -> Res {
    let n = number::as_isize(times)?;
    let d = this(v);
    let size = d.len();
    if size == 0 || n == 1 {
        return Ok(v.clone());
    }
    let Some(n) = usize::try_from(n).ok().filter(|&n| n > 0) else {
        drop(d.take());
        return Ok(v.clone());
    };
    let items: Vec<Value> = d.items.borrow().iter().cloned().collect();
    // With a greatest length, only the last items stay: repeating more often than fills it changes nothing.
    let n = match d.maxlen.get() {
        Some(most) => n.min(most / size + 2),
        None => n,
    };
    d.reserve(size.checked_mul(n).ok_or_else(exc::memory_error)?)?;
    let whole = d.maxlen.get().map_or(0, |most| {
        // Where the last repetitions would begin within an item sequence, counted from the front of all.
        (size * n).saturating_sub(most)
    });
    let old = d.change(|to| {
        let old = std::mem::take(to);
        to.extend((whole..size * n).map(|i| items[i % size].clone()));
        old
    });
    drop(old);
    Ok(v.clone())
}

/// Whether the deque has not changed since `state`; what it calls has to be told.
fn check(d: &Deque, state: u64, error: fn() -> exc::Raised) -> Res<()> {
    if d.state.get() == state { Ok(()) } else { Err(error()) }
}

fn count(a: Args) -> Res {
    let d = this(a.at(0));
    let (state, mut n) = (d.state.get(), 0);
    for i in 0..d.len() {
        let Some(x) = d.get(i) else { break };
        n += protocol::compare_bool(&x, a.at(1), CompareOp::Eq)? as i64;
        check(d, state, mutated)?;
    }
    Ok(Value::int(n))
}

fn contains(v: &Value, wanted: &Value) -> Res<bool> {
    let d = this(v);
    let state = d.state.get();
    for i in 0..d.len() {
        let Some(x) = d.get(i) else { break };
        let found = protocol::compare_bool(&x, wanted, CompareOp::Eq)?;
        check(d, state, mutated)?;
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

fn index(a: Args) -> Res {
    let d = this(a.at(0));
    let (start, stop) = sequence::search_bounds(a.opt(2), a.opt(3), d.len())?;
    let state = d.state.get();
    for i in start..stop {
        let Some(x) = d.get(i) else { break };
        let found = protocol::compare_bool(&x, a.at(1), CompareOp::Eq)?;
        check(d, state, mutated)?;
        if found {
            return Ok(Value::usize(i));
        }
    }
    Err(exc::value_error("deque.index(x): x not in deque"))
}

fn remove(a: Args) -> Res {
    let d = this(a.at(0));
    let state = d.state.get();
    for i in 0..d.len() {
        let Some(x) = d.get(i) else { break };
        let found = protocol::compare_bool(&x, a.at(1), CompareOp::Eq)?;
        check(d, state, || exc::index_error("deque mutated during remove()."))?;
        if found {
            drop(d.change(|items| items.remove(i)));
            return Ok(Value::NONE);
        }
    }
    Err(exc::value_error("deque.remove(x): x not in deque"))
}

fn insert(a: Args) -> Res {
    let d = this(a.at(0));
    let at = number::as_isize(a.at(1))?;
    if d.full() {
        return Err(exc::index_error("deque already at its maximum size"));
    }
    d.reserve(1)?;
    let at = sequence::clip(at as i64, d.len());
    d.change(|items| items.insert(at, a.at(2).clone()));
    Ok(Value::NONE)
}

fn reverse(a: Args) -> Res {
    this(a.at(0)).items.borrow_mut().make_contiguous().reverse();
    Ok(Value::NONE)
}

fn rotate(a: Args) -> Res {
    let n = a.opt(1).map_or(Ok(1), number::as_isize)?;
    let d = this(a.at(0));
    if d.len() > 1 {
        d.change(|items| items.rotate_right((n as i64).rem_euclid(items.len() as i64) as usize));
    }
    Ok(Value::NONE)
}

fn sizeof(a: Args) -> Res {
    // As CPython counts it: the object, then blocks of 64 items.
    let blocks = this(a.at(0)).len().div_ceil(64);
    Ok(Value::usize(232 + 528 * blocks.max(1) - 16))
}

fn reduce(a: Args) -> Res {
    let v = a.at(0);
    let args = match this(v).maxlen.get() {
        None => tuple::empty(),
        Some(n) => tuple::from_array([tuple::empty(), Value::usize(n)]),
    };
    Ok(tuple::from_array([v.class().value(), args, object::getstate(v)?, iter::iter(v)?]))
}

fn repr(v: &Value) -> Res {
    let Some(_guard) = ReprGuard::enter(v) else { return Ok(str::new("[...]")) };
    let items = list::from_vec(iter::collect(v)?);
    let text = Text::new().add(&v.class().name()).add("(").repr(&items)?;
    Ok(match this(v).maxlen.get() {
        Some(n) => text.add(&format!(", maxlen={n})")),
        None => text.add(")"),
    }
    .finish())
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !is_deque(a) || !is_deque(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (x, y) = (this(a).len(), this(b).len());
    match op {
        CompareOp::Eq if x != y => return Ok(Value::FALSE),
        CompareOp::Ne if x != y => return Ok(Value::TRUE),
        _ => {}
    }
    if a.is(b) && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Eq));
    }
    let (left, right) = (iter::iter(a)?, iter::iter(b)?);
    loop {
        match (iter::next(&left)?, iter::next(&right)?) {
            (Some(p), Some(q)) => {
                if !protocol::equal(&p, &q)? {
                    return match op {
                        CompareOp::Eq => Ok(Value::FALSE),
                        CompareOp::Ne => Ok(Value::TRUE),
                        _ => protocol::compare_bool(&p, &q, op).map(Value::bool),
                    };
                }
            }
            (p, q) => return Ok(Value::bool(op.holds(p.is_some().cmp(&q.is_some())))),
        }
    }
}

fn place(v: &Value, key: &Value) -> Res<usize> {
    if !number::is_index(key) {
        return Err(exc::type_error(format!("sequence index must be integer, not '{}'", key.class().full_name())));
    }
    bounds::subscript(key, || this(v).len(), "deque index out of range")
}

fn get_item(v: &Value, key: &Value) -> Res {
    let i = place(v, key)?;
    this(v).get(i).ok_or_else(|| exc::index_error("deque index out of range"))
}

fn set_item(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    let i = place(v, key)?;
    let old = match value {
        Some(x) => this(v).items.borrow_mut().get_mut(i).map(|old| std::mem::replace(old, x.clone())),
        None => this(v).change(|items| items.remove(i)),
    };
    drop(old);
    Ok(())
}

/// The payload of both iterators.
struct DequeIter {
    deque: Field,
    state: Cell<u64>,
    /// Items given.
    index: Cell<usize>,
    /// Items left.
    left: Cell<usize>,
}

macro_rules! iterators {
    ($($CLASS:ident $SPEC:ident $Payload:ident $make:ident $new:ident $next:ident $name:literal $reversed:expr;)*) => {
        $(/// One of the two iterators.
        pub static $CLASS: LazyClass = LazyClass::new(&$SPEC);

        static $SPEC: TypeSpec = TypeSpec {
            name: concat!("collections.", $name),
            payload: PayloadOps::of::<$Payload>(),
            slots: Slots { new: Some($new), iter: Some(|v| Ok(v.clone())), next: Some($next), ..Slots::NONE },
            methods: &[
                def("__length_hint__", "($self, /)", |a| Ok(Value::usize(iter_of(a.at(0)).left.get())), "Private method returning an estimate of len(list(it))."),
                def("__reduce__", "($self, /)", iter_reduce, "Return state information for pickling."),
            ],
            ..TypeSpec::DEFAULT
        };

        #[repr(transparent)]
        struct $Payload(DequeIter);

        // SAFETY: every instance of the class is made with this payload.
        unsafe impl Payload for $Payload {
            fn class() -> &'static Type {
                $CLASS.get()
            }

            fn trace(&self, visit: &mut dyn FnMut(Word)) {
                visit(self.0.deque.word());
            }
        }

        fn $make(v: &Value, index: usize) -> Value {
            let d = this(v);
            let left = d.len().saturating_sub(index);
            let it = DequeIter { deque: Field::new(v.clone()), state: Cell::new(d.state.get()), index: Cell::new(index), left: Cell::new(left) };
            new_object($Payload(it))
        }

        fn $new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
            static SIGNATURE: Signature = Signature::new($name, "(deque, index=0, /)");
            SIGNATURE.bind(args, kwnames, |a| {
                if !is_deque(a.at(0)) {
                    return Err(exc::type_error(format!("argument 1 must be collections.deque, not {}", a.at(0).class().full_name())));
                }
                let index = a.opt(1).map_or(Ok(0), number::as_isize)?;
                Ok($make(a.at(0), index.max(0) as usize))
            })
        }

        fn $next(v: &Value) -> Res<Option<Value>> {
            step(v, $reversed)
        })*
    };
}

iterators! {
    ITERATOR ITER_SPEC Iter iterator iter_new iter_next "_deque_iterator" false;
    REVERSE_ITERATOR REVERSE_SPEC ReverseIter reverse_iterator reverse_new reverse_next "_deque_reverse_iterator" true;
}

fn iter_of(v: &Value) -> &DequeIter {
    // SAFETY: called with iterators only; both payloads are a DequeIter at offset 8.
    unsafe { &*v.ptr().add(8).cast::<DequeIter>() }
}

fn step(v: &Value, reversed: bool) -> Res<Option<Value>> {
    let it = iter_of(v);
    let deque = it.deque.value();
    let d = this(&deque);
    if d.state.get() != it.state.get() {
        it.left.set(0);
        return Err(mutated());
    }
    if it.left.get() == 0 {
        return Ok(None);
    }
    it.left.set(it.left.get() - 1);
    let i = it.index.replace(it.index.get() + 1);
    Ok(if reversed { d.len().checked_sub(i + 1).and_then(|i| d.get(i)) } else { d.get(i) })
}

fn iter_reduce(a: Args) -> Res {
    let v = a.at(0);
    let it = iter_of(v);
    let deque = it.deque.value();
    let done = this(&deque).len().saturating_sub(it.left.get());
    Ok(tuple::from_array([v.class().value(), tuple::from_array([deque, Value::usize(done)])]))
}
