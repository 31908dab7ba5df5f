//! `bytearray`: mutable sequences of bytes.
//!
//! While views of the memory exist (`exports`), it can change but neither move nor change its size.

use crate::buffer::{self, Buffer};
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, FnDef, Signature, class_def, def, static_def};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::types::bytes_like::{self, Operand, case, hex, iter as iteration, search, split, transform};
use crate::types::{bounds, int, str, tuple};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::{names, types};
use crate::{exc, format, protocol};
use std::cell::{Cell, UnsafeCell};

/// The payload of a bytearray.
pub struct ByteArray {
    /// The bytes, those before `start` being dead.
    data: UnsafeCell<Vec<u8>>,
    /// Deleting at the front only moves this.
    start: Cell<usize>,
    /// Views of the memory.
    exports: Cell<usize>,
}

// SAFETY: instances are made by `new_slot` and `from_vec`, which put a ByteArray there.
unsafe impl Payload for ByteArray {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().bytearray
    }
}

impl ByteArray {
    fn new(data: Vec<u8>) -> ByteArray {
        ByteArray { data: UnsafeCell::new(data), start: Cell::new(0), exports: Cell::new(0) }
    }

    /// The bytes. Not to be held across anything that may run Python, or that changes the bytearray.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: callers do not change the bytes while they hold the slice.
        unsafe { &(&*self.data.get())[self.start.get()..] }
    }

    /// The number of bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets byte `i`, if there is one.
    #[inline]
    pub fn set(&self, i: usize, byte: u8) {
        // SAFETY: no slice of the bytes is held here.
        if let Some(place) = unsafe { (&mut *self.data.get()).get_mut(self.start.get() + i) } {
            *place = byte;
        }
    }

    /// Changes bytes without changing their number. `f` must not run Python.
    pub fn with_bytes_mut<R>(&self, f: impl FnOnce(&mut [u8]) -> R) -> R {
        // SAFETY: no other slice of the bytes is held while `f` runs.
        f(unsafe { &mut (&mut *self.data.get())[self.start.get()..] })
    }

    fn check_resizable(&self) -> Res<()> {
        if self.exports.get() > 0 { Err(exc::buffer_error("Existing exports of data: object cannot be re-sized")) } else { Ok(()) }
    }

    /// Replaces bytes `from..to`, which are in range, by others. Raises BufferError or MemoryError.
    pub fn splice(&self, from: usize, to: usize, bytes: &[u8]) -> Res<()> {
        if to - from == bytes.len() {
            self.with_bytes_mut(|data| data[from..to].copy_from_slice(bytes));
            return Ok(());
        }
        self.check_resizable()?;
        let start = self.start.get();
        if from == 0 && bytes.is_empty() {
            self.start.set(start + to);
            // SAFETY: no slice of the bytes is held here.
            let data = unsafe { &mut *self.data.get() };
            if self.start.get() > data.len() / 2 {
                data.drain(..self.start.replace(0));
            }
            return Ok(());
        }
        // SAFETY: no slice of the bytes is held here; `bytes` lies elsewhere, as callers copy what is their own.
        let data = unsafe { &mut *self.data.get() };
        if bytes.len() > to - from && data.try_reserve(bytes.len()).is_err() {
            return Err(exc::memory_error());
        }
        if start + from == data.len() {
            data.extend_from_slice(bytes);
        } else {
            data.splice(start + from..start + to, bytes.iter().copied());
        }
        Ok(())
    }

    /// Makes it `n` bytes long, new bytes being zero.
    fn resize(&self, n: usize) -> Res<()> {
        let len = self.len();
        if n <= len {
            return self.splice(n, len, &[]);
        }
        self.check_resizable()?;
        // SAFETY: no slice of the bytes is held here.
        let data = unsafe { &mut *self.data.get() };
        if data.try_reserve(n - len).is_err() {
            return Err(exc::memory_error());
        }
        data.resize(self.start.get() + n, 0);
        Ok(())
    }
}

/// The payload of a bytearray or an instance of a subclass, which the caller knows `v` to be.
#[inline]
pub fn payload(v: &Value) -> &ByteArray {
    // SAFETY: callers pass bytearrays only; this crate's code checks before it gets here.
    unsafe { v.payload::<ByteArray>() }
}

/// The bytes of a bytearray. Not to be held across anything that may run Python, or that changes the bytearray.
#[inline]
pub fn as_slice(v: &Value) -> &[u8] {
    payload(v).as_slice()
}

/// Whether the value is a bytearray or an instance of a subclass.
#[inline]
pub fn is_bytearray(v: &Value) -> bool {
    v.is_heap() && v.class().is_subtype(types().bytearray)
}

/// A bytearray of these bytes.
pub fn from_vec(data: Vec<u8>) -> Value {
    new_object(ByteArray::new(data))
}

/// A bytearray of `len` bytes that `fill` writes over zeros. Raises MemoryError.
pub fn with_len(len: usize, fill: impl FnOnce(&mut [u8])) -> Res {
    let mut data = bytes_like::zeros(len)?;
    fill(&mut data);
    Ok(from_vec(data))
}

/// The declaration of `bytearray`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "bytearray",
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array\n\nConstruct a mutable bytearray object from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - a bytes or a buffer object\n  - any object implementing the buffer API.\n  - an integer",
    payload: PayloadOps::of::<ByteArray>(),
    flags: flag::BASETYPE | flag::MATCH_SELF,
    slots: Slots {
        new: Some(new_slot),
        init: Some(init),
        repr: Some(repr),
        str: Some(str_slot),
        compare: Some(compare),
        iter: Some(iteration::bytearray_iter),
        len: Some(|v| Ok(payload(v).len())),
        contains: Some(search::contains),
        get_item: Some(get_item),
        set_item: Some(set_item),
        concat: Some(concat),
        repeat: Some(repeat),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        remainder: Some(remainder),
        buffer: Some(buffer_slot),
        ..Slots::NONE
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};

fn repr(v: &Value) -> Res {
    bytes_like::repr(as_slice(v), &format!("{}(", v.class().name()), ")", true)
}

fn str_slot(v: &Value) -> Res {
    protocol::repr(v)
}

fn buffer_slot(v: &Value) -> Res<Buffer> {
    let this = payload(v);
    this.exports.set(this.exports.get() + 1);
    let (ptr, len) = (this.as_slice().as_ptr().cast_mut(), this.len());
    // SAFETY: while `exports` is not zero the memory does not move.
    Ok(unsafe { Buffer::of_bytes(v.clone(), ptr, len, false, Some(release)) })
}

fn release(v: &Value) {
    let this = payload(v);
    this.exports.set(this.exports.get() - 1);
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !buffer::is_supported(a) || !buffer::is_supported(b) {
        if matches!(op, CompareOp::Eq | CompareOp::Ne) && (super::str::is_str(a) || super::str::is_str(b)) {
            crate::eval::warnings::bytes_warning("Comparison between bytearray and string")?;
        }
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (Ok(x), Ok(y)) = (Operand::of(a), Operand::of(b)) else {
        drop(crate::thread::thread().exc.take());
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (x, y) = (x.as_slice(), y.as_slice());
    Ok(Value::bool(match op {
        CompareOp::Eq => x == y,
        CompareOp::Ne => x != y,
        _ => op.holds(x.cmp(y)),
    }))
}

fn concat(a: &Value, b: &Value) -> Res {
    if !buffer::is_supported(a) || !buffer::is_supported(b) {
        return Err(exc::type_error(format!("can't concat {} to {}", b.class().full_name(), a.class().full_name())));
    }
    let (x, y) = (Operand::of(a)?, Operand::of(b)?);
    let (x, y) = (x.as_slice(), y.as_slice());
    with_len(x.len() + y.len(), |to| {
        let (head, tail) = to.split_at_mut(x.len());
        head.copy_from_slice(x);
        tail.copy_from_slice(y);
    })
}

fn inplace_concat(a: &Value, b: &Value) -> Res {
    if !buffer::is_supported(b) {
        return Err(exc::type_error(format!("can't concat {} to {}", b.class().full_name(), a.class().full_name())));
    }
    let this = payload(a);
    if a.is(b) {
        let copy = this.as_slice().to_vec();
        this.splice(this.len(), this.len(), &copy)?;
    } else {
        let other = Operand::of(b)?;
        this.splice(this.len(), this.len(), other.as_slice())?;
    }
    Ok(a.clone())
}

fn repeated_len(v: &Value, n: &Value) -> Res<usize> {
    let n = bounds::repeat_count(n)?;
    payload(v).len().checked_mul(n).filter(|&t| t <= isize::MAX as usize).ok_or_else(exc::memory_error)
}

fn repeat(v: &Value, n: &Value) -> Res {
    let total = repeated_len(v, n)?;
    with_len(total, |to| bytes_like::fill_repeated(to, as_slice(v)))
}

fn inplace_repeat(v: &Value, n: &Value) -> Res {
    let total = repeated_len(v, n)?;
    let this = payload(v);
    let piece = this.as_slice().to_vec();
    this.resize(total)?;
    this.with_bytes_mut(|to| bytes_like::fill_repeated(to, &piece));
    Ok(v.clone())
}

fn remainder(a: &Value, b: &Value) -> Res {
    if !is_bytearray(a) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    format::percent::format_bytes(a, b)
}

fn bad_index(key: &Value) -> exc::Raised {
    exc::type_error(format!("bytearray indices must be integers or slices, not {}", key.class().full_name()))
}

/// `v[key]`.
pub fn get_item(v: &Value, key: &Value) -> Res {
    let this = payload(v);
    if key.is_instance(types().slice) {
        // Reading the slice can run Python code, so its length is asked for behind that.
        let (start, _, step, count) = bytes_like::slice_of(key, || this.len())?;
        return with_len(count, |to| bytes_like::copy_strided(to, this.as_slice(), start, step));
    }
    if key.as_small_int().is_none() && key.class().slots().index.is_none() {
        return Err(bad_index(key));
    }
    let at = bounds::subscript(key, || this.len(), "bytearray index out of range")?;
    Ok(Value::small_int(this.as_slice()[at].into()))
}

const BYTE_RANGE: &str = "byte must be in range(0, 256)";

fn set_item(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    let this = payload(v);
    if key.is_instance(types().slice) {
        return set_slice(v, key, value);
    }
    if key.as_small_int().is_none() && key.class().slots().index.is_none() {
        return Err(bad_index(key));
    }
    // The index is read first, but whether it is in range is checked again once the value has been read.
    let at = bounds::subscript(key, || this.len(), "bytearray index out of range")?;
    match value {
        None => this.splice(at, at + 1, &[]),
        Some(value) => {
            let byte = bounds::byte(value, BYTE_RANGE)?;
            if at >= this.len() {
                return Err(exc::index_error("bytearray index out of range"));
            }
            this.set(at, byte);
            Ok(())
        }
    }
}

fn set_slice(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    let this = payload(v);
    let bytes = match value {
        None => Vec::new(),
        Some(x) if x.as_small_int().is_some() || str::is_str(x) => {
            return Err(exc::type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
        }
        Some(x) if buffer::is_supported(x) => buffer::get_any(x)?.to_vec(),
        Some(x) if x.class().slots().iter.is_none() && x.class().slots().get_item.is_none() => {
            return Err(exc::type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
        }
        Some(x) => bytes_like::collect(x, BYTE_RANGE)?,
    };
    let (start, stop, step, count) = bytes_like::slice_of(key, || this.len())?;
    if step == 1 {
        let start = start as usize;
        return this.splice(start, start.max(stop.max(0) as usize), &bytes);
    }
    if value.is_some() {
        if bytes.len() != count {
            return Err(exc::value_error(format!("attempt to assign bytes of size {} to extended slice of size {count}", bytes.len())));
        }
        for (i, &b) in bytes.iter().enumerate() {
            this.set((start + i as isize * step) as usize, b);
        }
        return Ok(());
    }
    if count == 0 {
        return Ok(());
    }
    this.check_resizable()?;
    let mut gone: Vec<usize> = (0..count).map(|i| (start + i as isize * step) as usize).collect();
    gone.sort_unstable();
    let mut gone = gone.into_iter().peekable();
    let kept: Vec<u8> = this.as_slice().iter().enumerate().filter(|(i, _)| gone.next_if_eq(i).is_none()).map(|(_, &b)| b).collect();
    this.splice(0, this.len(), &kept)
}

fn new_slot(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(build::of(class), ByteArray::new(Vec::new())))
}

static SIGNATURE: Signature = Signature::new("bytearray", "(source=b'', encoding='utf-8', errors='strict')");

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    SIGNATURE.bind(args, kwnames, |a| {
        let this = payload(v);
        let (encoding, errors) = bytes_like::text_args("bytearray", a)?;
        this.splice(0, this.len(), &[])?;
        let Some(source) = a.opt(0) else {
            return match (encoding, errors) {
                (None, None) => Ok(()),
                (Some(_), _) => Err(exc::type_error("encoding without a string argument")),
                _ => Err(exc::type_error("errors without a string argument")),
            };
        };
        if str::is_str(source) && encoding.is_none() {
            return Err(exc::type_error("string argument without an encoding"));
        }
        if encoding.is_some() || errors.is_some() {
            let encoded = bytes_like::encoded(source, encoding, errors)?;
            return this.splice(0, this.len(), crate::types::bytes::as_slice(&encoded));
        }
        if source.as_small_int().is_some() || source.class().slots().index.is_some() {
            match bytes_like::size(source) {
                Ok(n) => return this.resize(n),
                Err(e) if exc::matches(types().type_error) => exc::clear(e),
                Err(e) => return Err(e),
            }
        }
        if buffer::is_supported(source) {
            let bytes = buffer::get_any(source)?.to_vec();
            return this.splice(0, this.len(), &bytes);
        }
        if source.class().slots().iter.is_none() && source.class().slots().get_item.is_none() {
            return Err(exc::type_error(format!("cannot convert '{}' object to bytearray", source.class().full_name())));
        }
        let bytes = bytes_like::collect(source, BYTE_RANGE)?;
        this.splice(this.len(), this.len(), &bytes)
    })
}

fn append(a: Args) -> Res {
    let byte = bounds::byte(a.at(1), BYTE_RANGE)?;
    let this = payload(a.at(0));
    this.splice(this.len(), this.len(), &[byte])?;
    Ok(Value::NONE)
}

fn extend(a: Args) -> Res {
    let (this, other) = (payload(a.at(0)), a.at(1));
    if buffer::is_supported(other) {
        inplace_concat(a.at(0), other)?;
        return Ok(Value::NONE);
    }
    if str::is_str(other) {
        return Err(exc::type_error("expected iterable of integers; got: 'str'"));
    }
    if other.class().slots().iter.is_none() && other.class().slots().get_item.is_none() {
        return Err(exc::type_error(format!("can't extend bytearray with {}", other.class().full_name())));
    }
    let bytes = bytes_like::collect(other, BYTE_RANGE)?;
    this.splice(this.len(), this.len(), &bytes)?;
    Ok(Value::NONE)
}

fn insert(a: Args) -> Res {
    let index = bounds::size_arg(a.at(1))?;
    let byte = bounds::byte(a.at(2), BYTE_RANGE)?;
    let this = payload(a.at(0));
    let len = this.len() as isize;
    let at = (if index < 0 { index + len } else { index }).clamp(0, len) as usize;
    this.splice(at, at, &[byte])?;
    Ok(Value::NONE)
}

fn pop(a: Args) -> Res {
    let index = a.opt(1).map_or(Ok(-1), bounds::size_arg)?;
    let this = payload(a.at(0));
    let len = this.len() as isize;
    if len == 0 {
        return Err(exc::index_error("pop from empty bytearray"));
    }
    let at = if index < 0 { index + len } else { index };
    if !(0..len).contains(&at) {
        return Err(exc::index_error("pop index out of range"));
    }
    this.check_resizable()?;
    let byte = this.as_slice()[at as usize];
    this.splice(at as usize, at as usize + 1, &[])?;
    Ok(Value::small_int(byte.into()))
}

fn remove(a: Args) -> Res {
    let byte = bounds::byte(a.at(1), BYTE_RANGE)?;
    let this = payload(a.at(0));
    match memchr::memchr(byte, this.as_slice()) {
        Some(at) => this.splice(at, at + 1, &[]).map(|()| Value::NONE),
        None => Err(exc::value_error("value not found in bytearray")),
    }
}

fn clear(a: Args) -> Res {
    let this = payload(a.at(0));
    this.check_resizable()?;
    this.splice(0, this.len(), &[])?;
    Ok(Value::NONE)
}

fn copy(a: Args) -> Res {
    let bytes = as_slice(a.at(0));
    with_len(bytes.len(), |to| to.copy_from_slice(bytes))
}

fn resize(a: Args) -> Res {
    match usize::try_from(bounds::size_arg(a.at(1))?) {
        Ok(n) => payload(a.at(0)).resize(n).map(|()| Value::NONE),
        Err(_) => Err(exc::value_error(format!("Can only resize to positive sizes, got {}", int::to_string(a.at(1))))),
    }
}

fn reverse(a: Args) -> Res {
    payload(a.at(0)).with_bytes_mut(<[u8]>::reverse);
    Ok(Value::NONE)
}

fn alloc(a: Args) -> Res {
    let n = payload(a.at(0)).len();
    Ok(Value::usize(if n == 0 { 0 } else { n + 1 }))
}

fn sizeof(a: Args) -> Res {
    Ok(Value::usize(8 + size_of::<ByteArray>() + payload(a.at(0)).len()))
}

/// What pickling calls: the bytes as Latin-1 text for old protocols, as bytes for protocol 3 and later.
fn reduced(v: &Value, protocol: isize) -> Res {
    let state = protocol::attr::getattr_opt(v, &names().__dict__)?.unwrap_or(Value::NONE);
    let bytes = as_slice(v);
    let args = match (bytes, protocol) {
        ([], _) => vec![],
        (_, ..3) => vec![str::try_from_view(str::StrView::Latin1(bytes))?, str::new("latin-1")],
        _ => vec![crate::types::bytes::try_new(bytes)?],
    };
    Ok(tuple::from_vec(vec![v.class().value(), tuple::from_vec(args), state]))
}

fn reduce(a: Args) -> Res {
    reduced(a.at(0), 2)
}

fn reduce_ex(a: Args) -> Res {
    let protocol = a.opt(1).map_or(Ok(0), bounds::c_int_arg)?;
    reduced(a.at(0), protocol as isize)
}

#[rustfmt::skip]
const METHODS: &[FnDef] = &[
    def("__alloc__", "($self, /)", alloc, "B.__alloc__() -> int\n\nReturn the number of bytes actually allocated."),
    def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
    def("__reduce_ex__", "($self, proto=0, /)", reduce_ex, "Return state information for pickling."),
    def("__sizeof__", "($self, /)", sizeof, "Returns the size of the bytearray object in memory, in bytes."),
    def("append", "($self, item, /)", append, "Append a single item to the end of the bytearray.\n\n  item\n    The item to be appended."),
    def("capitalize", "($self, /)", case::capitalize, "B.capitalize() -> copy of B\n\nReturn a copy of B with only its first character capitalized (ASCII)\nand the rest lower-cased."),
    def("center", "($self, width, fillchar=b' ', /)", transform::center, "Return a centered string of length width.\n\nPadding is done using the specified fill character."),
    def("clear", "($self, /)", clear, "Remove all items from the bytearray."),
    def("copy", "($self, /)", copy, "Return a copy of B."),
    def("count", "($self, sub[, start[, end]], /)", search::count, "Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes."),
    def("decode", "($self, /, encoding='utf-8', errors='strict')", bytes_like::decode, "Decode the bytearray using the codec registered for encoding.\n\n  encoding\n    The encoding with which to decode the bytearray.\n  errors\n    The error handling scheme to use for the handling of decoding\n    errors.  The default is 'strict' meaning that decoding errors\n    raise a UnicodeDecodeError.  Other possible values are 'ignore'\n    and 'replace' as well as any other name registered with\n    codecs.register_error that can handle UnicodeDecodeErrors."),
    def("endswith", "($self, suffix[, start[, end]], /)", search::endswith, "Return True if the bytearray ends with the specified suffix, False otherwise.\n\n  suffix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytearray.\n  end\n    Optional stop position. Default: end of the bytearray."),
    def("expandtabs", "($self, /, tabsize=8)", transform::expandtabs, "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed."),
    def("extend", "($self, iterable_of_ints, /)", extend, "Append all the items from the iterator or sequence to the end of the bytearray.\n\n  iterable_of_ints\n    The iterable of items to append."),
    def("find", "($self, sub[, start[, end]], /)", search::find, "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure."),
    class_def("fromhex", "($type, string, /)", hex::fromhex, "Create a bytearray object from a string of hexadecimal numbers.\n\nSpaces between two numbers are accepted.\nExample:\n    bytearray.fromhex('B9 01EF') -> bytearray(b'\\\\xb9\\\\x01\\\\xef')"),
    def("hex", "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", hex::hex, "Create a string of hexadecimal numbers from a bytearray object.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from\n    the right, negative values count from the left.\n\nExample:\n>>> value = bytearray([0xb9, 0x01, 0xef])\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'"),
    def("index", "($self, sub[, start[, end]], /)", search::index, "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found."),
    def("insert", "($self, index, item, /)", insert, "Insert a single item into the bytearray before the given index.\n\n  index\n    The index where the value is to be inserted.\n  item\n    The item to be inserted."),
    def("isalnum", "($self, /)", case::isalnum, "B.isalnum() -> bool\n\nReturn True if all characters in B are alphanumeric\nand there is at least one character in B, False otherwise."),
    def("isalpha", "($self, /)", case::isalpha, "B.isalpha() -> bool\n\nReturn True if all characters in B are alphabetic\nand there is at least one character in B, False otherwise."),
    def("isascii", "($self, /)", case::isascii, "B.isascii() -> bool\n\nReturn True if B is empty or all characters in B are ASCII,\nFalse otherwise."),
    def("isdigit", "($self, /)", case::isdigit, "B.isdigit() -> bool\n\nReturn True if all characters in B are digits\nand there is at least one character in B, False otherwise."),
    def("islower", "($self, /)", case::islower, "B.islower() -> bool\n\nReturn True if all cased characters in B are lowercase and there is\nat least one cased character in B, False otherwise."),
    def("isspace", "($self, /)", case::isspace, "B.isspace() -> bool\n\nReturn True if all characters in B are whitespace\nand there is at least one character in B, False otherwise."),
    def("istitle", "($self, /)", case::istitle, "B.istitle() -> bool\n\nReturn True if B is a titlecased string and there is at least one\ncharacter in B, i.e. uppercase characters may only follow uncased\ncharacters and lowercase characters only cased ones. Return False\notherwise."),
    def("isupper", "($self, /)", case::isupper, "B.isupper() -> bool\n\nReturn True if all cased characters in B are uppercase and there is\nat least one cased character in B, False otherwise."),
    def("join", "($self, iterable_of_bytes, /)", split::join, "Concatenate any number of bytes/bytearray objects.\n\nThe bytearray whose method is called is inserted in between each\npair.\n\nThe result is returned as a new bytearray object."),
    def("ljust", "($self, width, fillchar=b' ', /)", transform::ljust, "Return a left-justified string of length width.\n\nPadding is done using the specified fill character."),
    def("lower", "($self, /)", case::lower, "B.lower() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to lowercase."),
    def("lstrip", "($self, bytes=None, /)", transform::lstrip, "Strip leading bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading ASCII whitespace."),
    static_def("maketrans", "(frm, to, /)", transform::maketrans, "Return a translation table usable for the bytes or bytearray translate method.\n\nThe returned table will be one where each byte in frm is mapped to\nthe byte at the same position in to.\n\nThe bytes objects frm and to must be of the same length."),
    def("partition", "($self, sep, /)", split::partition, "Partition the bytearray into three parts using the given separator.\n\nThis will search for the separator sep in the bytearray.  If the\nseparator is found, returns a 3-tuple containing the part before the\nseparator, the separator itself, and the part after it as new\nbytearray objects.\n\nIf the separator is not found, returns a 3-tuple containing the copy\nof the original bytearray object and two empty bytearray objects."),
    def("pop", "($self, index=-1, /)", pop, "Remove and return a single item from B.\n\n  index\n    The index from where to remove the item.\n    -1 (the default value) means remove the last item.\n\nIf no index argument is given, will pop the last item."),
    def("remove", "($self, value, /)", remove, "Remove the first occurrence of a value in the bytearray.\n\n  value\n    The value to remove."),
    def("replace", "($self, old, new, count=-1, /)", transform::replace, "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced."),
    def("removeprefix", "($self, prefix, /)", transform::removeprefix, "Return a bytearray with the given prefix string removed if present.\n\nIf the bytearray starts with the prefix string, return\nbytearray[len(prefix):].  Otherwise, return a copy of the original\nbytearray."),
    def("removesuffix", "($self, suffix, /)", transform::removesuffix, "Return a bytearray with the given suffix string removed if present.\n\nIf the bytearray ends with the suffix string and that suffix is not\nempty, return bytearray[:-len(suffix)].  Otherwise, return a copy of\nthe original bytearray."),
    def("resize", "($self, size, /)", resize, "Resize the internal buffer of bytearray to len.\n\n  size\n    New size to resize to."),
    def("reverse", "($self, /)", reverse, "Reverse the order of the values in B in place."),
    def("rfind", "($self, sub[, start[, end]], /)", search::rfind, "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure."),
    def("rindex", "($self, sub[, start[, end]], /)", search::rindex, "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found."),
    def("rjust", "($self, width, fillchar=b' ', /)", transform::rjust, "Return a right-justified string of length width.\n\nPadding is done using the specified fill character."),
    def("rpartition", "($self, sep, /)", split::rpartition, "Partition the bytearray into three parts using the given separator.\n\nThis will search for the separator sep in the bytearray, starting at\nthe end.  If the separator is found, returns a 3-tuple containing\nthe part before the separator, the separator itself, and the part\nafter it as new bytearray objects.\n\nIf the separator is not found, returns a 3-tuple containing two\nempty bytearray objects and the copy of the original bytearray\nobject."),
    def("rsplit", "($self, /, sep=None, maxsplit=-1)", split::rsplit, "Return a list of the sections in the bytearray, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytearray.\n    None (the default value) means split on ASCII whitespace\n    characters (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit.\n\nSplitting is done starting at the end of the bytearray and working\nto the front."),
    def("rstrip", "($self, bytes=None, /)", transform::rstrip, "Strip trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip trailing ASCII whitespace."),
    def("split", "($self, /, sep=None, maxsplit=-1)", split::split, "Return a list of the sections in the bytearray, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytearray.\n    None (the default value) means split on ASCII whitespace\n    characters (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit."),
    def("splitlines", "($self, /, keepends=False)", split::splitlines, "Return a list of the lines in the bytearray, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends\nis given and true."),
    def("startswith", "($self, prefix[, start[, end]], /)", search::startswith, "Return True if the bytearray starts with the specified prefix, False otherwise.\n\n  prefix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytearray.\n  end\n    Optional stop position. Default: end of the bytearray."),
    def("strip", "($self, bytes=None, /)", transform::strip, "Strip leading and trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading and trailing ASCII\nwhitespace."),
    def("swapcase", "($self, /)", case::swapcase, "B.swapcase() -> copy of B\n\nReturn a copy of B with uppercase ASCII characters converted\nto lowercase ASCII and vice versa."),
    def("title", "($self, /)", case::title, "B.title() -> copy of B\n\nReturn a titlecased version of B, i.e. ASCII words start with\nuppercase characters, all remaining cased characters have lowercase."),
    def("translate", "($self, table, /, delete=b'')", transform::translate, "Return a copy with each character mapped by the given translation table.\n\n  table\n    Translation table, which must be a bytes object of length 256.\n\nAll characters occurring in the optional argument delete are\nremoved.  The remaining characters are mapped through the given\ntranslation table."),
    def("upper", "($self, /)", case::upper, "B.upper() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to uppercase."),
    def("zfill", "($self, width, /)", transform::zfill, "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe original string is never truncated."),
];
