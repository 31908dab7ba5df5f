//! `memoryview`: views of other objects' memory.
//!
//! * [`item`]: items by their struct format. * `access`: subscripts. * this file: the class and the other methods.

mod access;
pub mod item;
mod iter;

use crate::buffer::Buffer;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, FnDef, GetSetDef, Signature, class_def, def, getter};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol;
use crate::types::bytes_like::hex;
use crate::types::{bounds, bytes, list, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use item::Format;
pub use iter::SPEC as ITER_SPEC;
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use weft_layout::tag::Word;

/// What a memoryview shows, all of it inside the memory of `source`.
pub struct View {
    source: Rc<Buffer>,
    ptr: *mut u8,
    readonly: bool,
    format: Cow<'static, str>,
    itemsize: usize,
    shape: SmallVec<[usize; 2]>,
    strides: SmallVec<[isize; 2]>,
}

/// The payload of a memoryview.
pub struct MemoryView {
    /// Empty once the view has been released.
    view: RefCell<Option<Rc<View>>>,
    /// Buffers given out by this view.
    exports: Cell<usize>,
    hash: Cell<Option<i64>>,
}

// SAFETY: instances are made by `from_view` alone.
unsafe impl Payload for MemoryView {
    fn class() -> &'static Type {
        types().memoryview
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        // A source that several views share is not counted for any of them, so that it is kept.
        if let Some(view) = &*self.view.borrow()
            && Rc::strong_count(view) == 1
            && Rc::strong_count(&view.source) == 1
        {
            visit(view.source.owner.word());
        }
    }

    fn clear(&self) {
        let view = self.view.take();
        drop(view);
    }
}

impl View {
    fn of(source: Buffer) -> View {
        View {
            ptr: source.ptr,
            readonly: source.readonly,
            format: source.format.clone(),
            itemsize: source.itemsize,
            shape: source.shape.clone(),
            strides: source.strides.clone(),
            source: Rc::new(source),
        }
    }

    fn duplicate(&self) -> View {
        View {
            source: self.source.clone(),
            ptr: self.ptr,
            readonly: self.readonly,
            format: self.format.clone(),
            itemsize: self.itemsize,
            shape: self.shape.clone(),
            strides: self.strides.clone(),
        }
    }

    /// Bytes of all items.
    fn len(&self) -> usize {
        self.itemsize * self.shape.iter().product::<usize>()
    }

    fn ndim(&self) -> usize {
        self.shape.len()
    }

    fn is_contiguous(&self, last_fastest: bool) -> bool {
        if self.len() == 0 {
            return true;
        }
        let mut expected = self.itemsize as isize;
        let n = self.ndim();
        (0..n).all(|i| {
            let d = if last_fastest { n - 1 - i } else { i };
            let fits = self.shape[d] <= 1 || self.strides[d] == expected;
            expected *= self.shape[d] as isize;
            fits
        })
    }

    /// A copy of the item at an address inside the view.
    fn item_at(&self, at: *const u8) -> SmallVec<[u8; 16]> {
        // SAFETY: callers work `at` out from shape and strides, which name items within the memory.
        unsafe { std::slice::from_raw_parts(at, self.itemsize) }.into()
    }

    /// Passes the address of each item to `f`; with `last_fastest` the last dimension varies fastest, else the first.
    fn each(&self, last_fastest: bool, f: &mut dyn FnMut(*mut u8)) {
        fn go(v: &View, done: usize, last_fastest: bool, at: *mut u8, f: &mut dyn FnMut(*mut u8)) {
            let n = v.ndim();
            if done == n {
                return f(at);
            }
            let d = if last_fastest { done } else { n - 1 - done };
            for i in 0..v.shape[d] {
                go(v, done + 1, last_fastest, at.wrapping_offset(i as isize * v.strides[d]), f);
            }
        }
        go(self, 0, last_fastest, self.ptr, f);
    }

    fn to_vec(&self, last_fastest: bool) -> Res<Vec<u8>> {
        let mut out = Vec::new();
        if out.try_reserve(self.len()).is_err() {
            return Err(exc::memory_error());
        }
        if self.is_contiguous(last_fastest) {
            // SAFETY: the items follow each other within the memory.
            out.extend_from_slice(if self.len() == 0 { &[] } else { unsafe { std::slice::from_raw_parts(self.ptr, self.len()) } });
        } else {
            self.each(last_fastest, &mut |at| out.extend_from_slice(&self.item_at(at)));
        }
        Ok(out)
    }

    fn format(&self) -> Res<Format> {
        match Format::parse(&self.format) {
            Some(f) => Ok(f),
            None => Err(exc::not_implemented_error(format!("memoryview: format {} not supported", self.format))),
        }
    }
}

fn this(v: &Value) -> &MemoryView {
    // SAFETY: slots and methods of the class get instances of it only; others check.
    unsafe { v.payload::<MemoryView>() }
}

/// What the memoryview `v` shows. Raises ValueError if it has been released.
fn view_of(v: &Value) -> Res<Rc<View>> {
    this(v).view.borrow().clone().ok_or_else(|| exc::value_error("operation forbidden on released memoryview object"))
}

fn from_view(view: View) -> Value {
    new_object(MemoryView { view: RefCell::new(Some(Rc::new(view))), exports: Cell::new(0), hash: Cell::new(None) })
}

/// A memoryview of a buffer.
pub fn from_buffer(buffer: Buffer) -> Value {
    from_view(View::of(buffer))
}

/// `memoryview(v)`.
pub fn from_object(v: &Value) -> Res {
    if v.is_instance(types().memoryview) {
        return Ok(from_view(view_of(v)?.duplicate()));
    }
    match v.class().slots().buffer {
        Some(f) => Ok(from_buffer(f(v)?)),
        None => Err(exc::type_error(format!("memoryview: a bytes-like object is required, not '{}'", v.class().full_name()))),
    }
}

/// The slot: a buffer of what the memoryview shows, which it counts.
pub fn buffer(v: &Value) -> Res<Buffer> {
    let view = view_of(v)?;
    this(v).exports.set(this(v).exports.get() + 1);
    // SAFETY: the items lie within the memory of the source, which the view keeps while it has exports.
    Ok(unsafe {
        Buffer::of_bytes(v.clone(), view.ptr, view.len(), view.readonly, Some(end_export)).reshaped(
            view.format.clone(),
            view.itemsize,
            view.shape.clone(),
            view.strides.clone(),
        )
    })
}

fn end_export(v: &Value) {
    this(v).exports.set(this(v).exports.get() - 1);
}

/// Releases a memoryview that has no buffers given out.
pub fn release_if_unused(v: &Value) {
    if this(v).exports.get() == 0 {
        let view = this(v).view.take();
        drop(view);
    }
}

fn release(a: Args) -> Res {
    match this(a.at(0)).exports.get() {
        0 => {
            release_if_unused(a.at(0));
            Ok(Value::NONE)
        }
        n => Err(exc::buffer_error(format!("memoryview has {n} exported buffer{}", if n == 1 { "" } else { "s" }))),
    }
}

/// The declaration of `memoryview`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "memoryview",
    doc: "memoryview(object)\n--\n\nCreate a new memoryview object which references the given object.",
    payload: PayloadOps::of::<MemoryView>(),
    flags: flag::SEQUENCE,
    slots: Slots {
        new: Some(new_slot),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(iter::new),
        len: Some(len),
        get_item: Some(access::get_item),
        set_item: Some(access::set_item),
        buffer: Some(buffer),
        ..Slots::NONE
    },
    methods: METHODS,
    getsets: GETSETS,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

static SIGNATURE: Signature = Signature::new("memoryview", "(object)");

fn new_slot(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    SIGNATURE.bind(args, kwnames, |a| from_object(a.at(0)))
}

fn repr(v: &Value) -> Res {
    let state = if this(v).view.borrow().is_some() { "" } else { "released " };
    Ok(str::from_string(format!("<{state}memory at {:#x}>", v.id())))
}

fn hash(v: &Value) -> Res<i64> {
    if let Some(h) = this(v).hash.get() {
        return Ok(h);
    }
    let view = view_of(v)?;
    if !view.readonly {
        return Err(exc::value_error("cannot hash writable memoryview object"));
    }
    if !matches!(Format::parse(&view.format).map(|f| f.code), Some(b'B' | b'b' | b'c')) {
        return Err(exc::value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    // The owner must be hashable too.
    protocol::hash(&view.source.owner)?;
    let h = str::payload::hash_units(&view.to_vec(true)?);
    this(v).hash.set(Some(h));
    Ok(h)
}

fn len(v: &Value) -> Res<usize> {
    let view = view_of(v)?;
    view.shape.first().copied().ok_or_else(|| exc::type_error("0-dim memory has no length"))
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !a.is_instance(types().memoryview) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = if a.is(b) && this(a).view.borrow().is_none() {
        true
    } else if this(a).view.borrow().is_none() {
        false
    } else {
        let x = view_of(a)?;
        let y = if b.is_instance(types().memoryview) {
            match view_of(b) {
                Ok(y) => y,
                Err(e) => {
                    exc::clear(e);
                    return Ok(Value::bool(op == CompareOp::Ne));
                }
            }
        } else {
            match b.class().slots().buffer.map(|f| f(b)) {
                Some(Ok(buffer)) => Rc::new(View::of(buffer)),
                Some(Err(e)) => {
                    exc::clear(e);
                    return Ok(Value::NOT_IMPLEMENTED);
                }
                None => return Ok(Value::NOT_IMPLEMENTED),
            }
        };
        views_equal(&x, &y)?
    };
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn views_equal(x: &View, y: &View) -> Res<bool> {
    if x.shape != y.shape {
        return Ok(false);
    }
    let (Some(f), Some(g)) = (Format::parse(&x.format), Format::parse(&y.format)) else {
        return Ok(false);
    };
    let (p, q) = (x.to_vec(true)?, y.to_vec(true)?);
    if f == g && !matches!(f.code, b'f' | b'd' | b'e') {
        return Ok(p == q);
    }
    for (i, j) in p.chunks_exact(x.itemsize.max(1)).zip(q.chunks_exact(y.itemsize.max(1))) {
        if !protocol::equal(&f.unpack(i)?, &g.unpack(j)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn tobytes(a: Args) -> Res {
    let last_fastest = match a.some(1) {
        None => true,
        Some(order) => match str::downcast(order) {
            Some(s) if s.view().is("C") || s.view().is("A") => true,
            Some(s) if s.view().is("F") => false,
            Some(_) => return Err(exc::value_error("order must be 'C', 'F' or 'A'")),
            None => {
                return Err(exc::type_error(format!("tobytes() argument 'order' must be str or None, not {}", order.class().full_name())));
            }
        },
    };
    let view = view_of(a.at(0))?;
    // 'A' keeps the order the memory has.
    let any = a.some(1).is_some_and(|o| str::view(o).is("A"));
    let last_fastest = last_fastest && !(any && view.is_contiguous(false) && !view.is_contiguous(true));
    bytes::try_new(&view.to_vec(last_fastest)?)
}

fn hex_method(a: Args) -> Res {
    let separator = hex::separator(a.opt(1), a.opt(2))?;
    let text = hex::text(&view_of(a.at(0))?.to_vec(true)?, separator)?;
    str::try_from_view(str::StrView::Latin1(&text))
}

fn tolist(a: Args) -> Res {
    fn go(v: &View, format: Format, dimension: usize, at: *mut u8) -> Res {
        if dimension == v.ndim() {
            return format.unpack(&v.item_at(at));
        }
        let items: Res<Vec<Value>> =
            (0..v.shape[dimension]).map(|i| go(v, format, dimension + 1, at.wrapping_offset(i as isize * v.strides[dimension]))).collect();
        Ok(list::from_vec(items?))
    }
    let view = view_of(a.at(0))?;
    go(&view, view.format()?, 0, view.ptr)
}

/// A dimension of the `shape` argument of `cast`.
fn dimension(v: &Value) -> Res<usize> {
    if !crate::types::int::is_int(v) {
        return Err(exc::type_error("memoryview.cast(): elements of shape must be integers"));
    }
    match usize::try_from(bounds::size_arg(v)?) {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(exc::value_error("memoryview.cast(): elements of shape must be integers > 0")),
    }
}

fn cast(a: Args) -> Res {
    let view = view_of(a.at(0))?;
    let Some(format) = str::downcast(a.at(1)) else {
        return Err(exc::type_error(format!("cast() argument 'format' must be str, not {}", a.at(1).class().full_name())));
    };
    if !view.is_contiguous(true) {
        return Err(exc::type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    if (a.some(2).is_some() || view.ndim() != 1) && view.shape.contains(&0) {
        return Err(exc::type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let shape = a
        .some(2)
        .map(|s| -> Res<SmallVec<[usize; 2]>> {
            let items = if s.is_instance(types().tuple) {
                tuple::items(s).to_vec()
            } else if s.is_instance(types().list) {
                list::to_vec(s)
            } else {
                return Err(exc::type_error("shape must be a list or a tuple"));
            };
            if items.len() > 64 {
                return Err(exc::value_error("memoryview: number of dimensions must not exceed 64"));
            }
            if view.ndim() != 1 && items.len() != 1 {
                return Err(exc::type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
            }
            items.iter().map(dimension).collect()
        })
        .transpose()?;
    let format = format.view().to_lossy();
    let Some(to) = Format::parse(&format) else {
        return Err(exc::value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    let Some(from) = Format::parse(&view.format) else {
        return Err(exc::value_error("memoryview: source format must be a native single character format prefixed with an optional '@'"));
    };
    if !from.is_byte() && !to.is_byte() {
        return Err(exc::type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let len = view.len();
    if len % to.size() != 0 {
        return Err(exc::type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = shape.unwrap_or_else(|| smallvec![len / to.size()]);
    let product = shape.iter().try_fold(to.size(), |n, &d| n.checked_mul(d));
    if product != Some(len) {
        return Err(exc::type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    let mut strides: SmallVec<[isize; 2]> = smallvec![0; shape.len()];
    let mut step = to.size() as isize;
    for (stride, &n) in strides.iter_mut().zip(&shape).rev() {
        *stride = step;
        step *= n as isize;
    }
    let mut made = view.duplicate();
    (made.format, made.itemsize, made.shape, made.strides) = (Cow::Owned(format), to.size(), shape, strides);
    Ok(from_view(made))
}

fn toreadonly(a: Args) -> Res {
    let mut made = view_of(a.at(0))?.duplicate();
    made.readonly = true;
    Ok(from_view(made))
}

fn from_flags(a: Args) -> Res {
    let flags = bounds::c_int_arg(a.at(2))?;
    let made = from_object(a.at(1))?;
    // PyBUF_WRITABLE.
    if flags & 1 != 0 && view_of(&made)?.readonly {
        return Err(exc::buffer_error("Object is not writable."));
    }
    Ok(made)
}

/// The items of a one-dimensional view, one after the other, each compared with `value`.
fn each_equal(v: &Value, value: &Value, from: usize, to: usize, mut f: impl FnMut(usize) -> bool) -> Res<()> {
    let mut i = from;
    loop {
        // Comparing can run Python code, which can release the view.
        let view = view_of(v)?;
        if i >= to.min(view.shape[0]) {
            return Ok(());
        }
        let item = access::item(&view, i)?;
        if (item.is(value) || protocol::equal(&item, value)?) && !f(i) {
            return Ok(());
        }
        i += 1;
    }
}

fn check_one_dimension(v: &Value, what: &str) -> Res<Rc<View>> {
    let view = view_of(v)?;
    match view.ndim() {
        0 => Err(exc::type_error("invalid indexing of 0-dim memory")),
        1 => {
            view.format()?;
            Ok(view)
        }
        _ => Err(exc::not_implemented_error(what)),
    }
}

fn count(a: Args) -> Res {
    check_one_dimension(a.at(0), "multi-dimensional sub-views are not implemented")?;
    let mut n = 0;
    each_equal(a.at(0), a.at(1), 0, usize::MAX, |_| {
        n += 1;
        true
    })?;
    Ok(Value::usize(n))
}

fn index(a: Args) -> Res {
    let (start, stop) = (bounds::slice_index(a.opt(2), 0)?, bounds::slice_index(a.opt(3), isize::MAX)?);
    let view = check_one_dimension(a.at(0), "multi-dimensional lookup is not implemented")?;
    let len = view.shape[0] as isize;
    let from_end = |i: isize| if i < 0 { (i + len).max(0) } else { i.min(len) } as usize;
    let mut found = None;
    each_equal(a.at(0), a.at(1), from_end(start), from_end(stop), |i| {
        found = Some(i);
        false
    })?;
    found.map(Value::usize).ok_or_else(|| exc::value_error("memoryview.index(x): x not found"))
}

fn enter(a: Args) -> Res {
    view_of(a.at(0))?;
    Ok(a.at(0).clone())
}

fn class_getitem(a: Args) -> Res {
    crate::types::generic_alias::new(a.at(0), a.at(1))
}

fn get_obj(v: &Value) -> Res {
    let view = view_of(v)?;
    // The owner of a view of a view is what the first one was of.
    let mut owner = view.source.owner.clone();
    while owner.is_instance(types().memoryview) {
        let next = match &*this(&owner).view.borrow() {
            Some(inner) => inner.source.owner.clone(),
            None => break,
        };
        owner = next;
    }
    Ok(owner)
}

fn get_nbytes(v: &Value) -> Res {
    Ok(Value::usize(view_of(v)?.len()))
}

fn get_readonly(v: &Value) -> Res {
    Ok(Value::bool(view_of(v)?.readonly))
}

fn get_itemsize(v: &Value) -> Res {
    Ok(Value::usize(view_of(v)?.itemsize))
}

fn get_format(v: &Value) -> Res {
    Ok(str::new(&view_of(v)?.format))
}

fn get_ndim(v: &Value) -> Res {
    Ok(Value::usize(view_of(v)?.ndim()))
}

fn get_shape(v: &Value) -> Res {
    Ok(tuple::from_vec(view_of(v)?.shape.iter().map(|&n| Value::usize(n)).collect()))
}

fn get_strides(v: &Value) -> Res {
    Ok(tuple::from_vec(view_of(v)?.strides.iter().map(|&n| Value::int(n as i64)).collect()))
}

fn get_suboffsets(v: &Value) -> Res {
    view_of(v)?;
    Ok(tuple::empty())
}

fn get_c_contiguous(v: &Value) -> Res {
    Ok(Value::bool(view_of(v)?.is_contiguous(true)))
}

fn get_f_contiguous(v: &Value) -> Res {
    Ok(Value::bool(view_of(v)?.is_contiguous(false)))
}

fn get_contiguous(v: &Value) -> Res {
    let view = view_of(v)?;
    Ok(Value::bool(view.is_contiguous(true) || view.is_contiguous(false)))
}

#[rustfmt::skip]
const METHODS: &[FnDef] = &[
    def("release", "($self, /)", release, "Release the underlying buffer exposed by the memoryview object."),
    def("tobytes", "($self, /, order='C')", tobytes, "Return the data in the buffer as a byte string.\n\nOrder can be {'C', 'F', 'A'}.  When order is 'C' or 'F', the data of\nthe original array is converted to C or Fortran order.  For\ncontiguous views, 'A' returns an exact copy of the physical memory.\nIn particular, in-memory Fortran order is preserved.  For\nnon-contiguous views, the data is converted to C first.  order=None\nis the same as order='C'."),
    def("hex", "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", hex_method, "Return the data in the buffer as a str of hexadecimal numbers.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from\n    the right, negative values count from the left.\n\nExample:\n>>> value = memoryview(b'\\xb9\\x01\\xef')\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'"),
    def("tolist", "($self, /)", tolist, "Return the data in the buffer as a list of elements."),
    def("cast", "($self, /, format, shape=<unrepresentable>)", cast, "Cast a memoryview to a new format or shape."),
    def("toreadonly", "($self, /)", toreadonly, "Return a readonly version of the memoryview."),
    class_def("_from_flags", "($type, /, object, flags)", from_flags, "Create a new memoryview object which references the given object."),
    def("count", "($self, value, /)", count, "Count the number of occurrences of a value."),
    def("index", "($self, value, start=0, stop=sys.maxsize, /)", index, "Return the index of the first occurrence of a value.\n\nRaises ValueError if the value is not present."),
    def("__enter__", "($self, /)", enter, ""),
    def("__exit__", "($self, /, *exc_info)", release, "Release the underlying buffer exposed by the memoryview object."),
    class_def("__class_getitem__", "($type, object, /)", class_getitem, "memoryviews are generic over the type of their underlying data"),
];

#[rustfmt::skip]
const GETSETS: &[GetSetDef] = &[
    getter("obj", get_obj, "The underlying object of the memoryview."),
    getter("nbytes", get_nbytes, "The amount of space in bytes that the array would use in\n a contiguous representation."),
    getter("readonly", get_readonly, "A bool indicating whether the memory is read only."),
    getter("itemsize", get_itemsize, "The size in bytes of each element of the memoryview."),
    getter("format", get_format, "A string containing the format (in struct module style)\n for each element in the view."),
    getter("ndim", get_ndim, "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents."),
    getter("shape", get_shape, "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array."),
    getter("strides", get_strides, "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array."),
    getter("suboffsets", get_suboffsets, "A tuple of integers used internally for PIL-style arrays."),
    getter("c_contiguous", get_c_contiguous, "A bool indicating whether the memory is C contiguous."),
    getter("f_contiguous", get_f_contiguous, "A bool indicating whether the memory is Fortran contiguous."),
    getter("contiguous", get_contiguous, "A bool indicating whether the memory is contiguous."),
];
