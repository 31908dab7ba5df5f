//! `bytes`: immutable sequences of bytes.

use crate::buffer::Buffer;
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, FnDef, Signature, class_def, def, static_def};
use crate::class::packed::{Item, Kind, PackedItems, Place};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::global::Global;
use crate::heap::{page, shape};
use crate::types::bytes_like::{self, Operand, case, hex, iter as iteration, search, split, transform};
use crate::types::{bounds, str, tuple};
use crate::value::{Payload, Res, Value};
use crate::vm::{names, types};
use crate::{buffer, call, exc, format};
use std::cell::Cell;
use weft_layout::tag::{NULL, Word};

/// The payload of a bytes object: this, then the bytes.
#[repr(C)]
pub struct Bytes {
    /// The hash, or 0 if nobody has asked yet.
    hash: Cell<i64>,
    len: Cell<usize>,
}

// SAFETY: bytes objects hold a Bytes at their payload offset, written by `allocate` before anybody sees them.
unsafe impl Payload for Bytes {
    const MOVES: bool = true;
    const TRACED: bool = false;
    const PACKED: Option<&'static PackedItems> = Some(&PackedItems {
        len: 8 + std::mem::offset_of!(Bytes, len),
        place: Place::Inline(8 + size_of::<Bytes>()),
        kind: Kind::Fixed(Item::U8),
        mutable: false,
    });

    fn class() -> &'static Type {
        types().bytes
    }
}

impl Bytes {
    fn data(&self) -> *mut u8 {
        // SAFETY: the bytes lie behind the fixed part, in the same cell.
        unsafe { (self as *const Bytes).add(1).cast_mut().cast() }
    }

    /// The bytes.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `len` bytes are initialised behind the payload and never change.
        unsafe { std::slice::from_raw_parts(self.data(), self.len.get()) }
    }
}

/// The payload of a bytes object or an instance of a subclass, which the caller knows `v` to be.
#[inline]
pub fn payload(v: &Value) -> &Bytes {
    debug_assert!(is_bytes(v));
    // SAFETY: callers pass bytes objects only; this crate's code checks before it gets here.
    unsafe { v.payload::<Bytes>() }
}

/// The bytes of a bytes object (or of an instance of a subclass).
#[inline]
pub fn as_slice(v: &Value) -> &[u8] {
    payload(v).as_slice()
}

/// Whether the value is a bytes object or an instance of a subclass.
#[inline]
pub fn is_bytes(v: &Value) -> bool {
    v.is_heap() && v.class().has(flag::BYTES_SUBCLASS)
}

/// Whether the value is a bytes object and not an instance of a subclass.
#[inline]
pub fn is_exact(v: &Value) -> bool {
    v.is_heap() && std::ptr::eq(v.class(), types().bytes)
}

static CHARS: Global<[Word; 256]> = Global::new([NULL; 256]);
static EMPTY: Global<Word> = Global::new(NULL);

/// An object of `class` whose `len` bytes `fill` writes.
fn make(class: &Type, len: usize, fill: impl FnOnce(&mut [u8])) -> Res {
    let shape_id = class.root_shape();
    let offset = shape::payload_offset(shape_id);
    let size = shape::instance_size(shape_id).checked_add(len).filter(|&n| n <= isize::MAX as usize);
    let Some(p) = size.and_then(|size| page::try_allocate(size, class.is_traced(), shape_id)) else {
        return Err(exc::memory_error());
    };
    // SAFETY: the cell holds slots, fixed part and `len` bytes, all of which are written before anybody sees the object.
    unsafe {
        std::ptr::write_bytes(p.add(8), 0, offset - 8);
        p.add(offset).cast::<Bytes>().write(Bytes { hash: Cell::new(0), len: Cell::new(len) });
        let data = p.add(offset + size_of::<Bytes>());
        std::ptr::write_bytes(data, 0, len);
        fill(std::slice::from_raw_parts_mut(data, len));
        Ok(crate::types::object::finish_instance(class, p))
    }
}

/// One of the objects that exist once, made when first asked for.
fn shared(place: *mut Word, bytes: &[u8]) -> Res {
    // SAFETY: the place is NULL or a live immortal object; the GIL is held.
    unsafe {
        if *place == NULL {
            let v = make(types().bytes, bytes.len(), |to| to.copy_from_slice(bytes))?;
            v.make_immortal();
            *place = v.into_word();
        }
        Ok(Value::clone_word(*place))
    }
}

/// A bytes object. Raises MemoryError.
pub fn try_new(bytes: &[u8]) -> Res {
    match bytes {
        [] => shared(EMPTY.get(), bytes),
        // SAFETY: the index is below 256.
        [b] => shared(unsafe { (&raw mut (*CHARS.get())[*b as usize]).cast() }, bytes),
        _ => make(types().bytes, bytes.len(), |to| to.copy_from_slice(bytes)),
    }
}

/// A bytes object. Running out of memory ends the process, so the length must not be the program's choice.
pub fn new(bytes: &[u8]) -> Value {
    match try_new(bytes) {
        Ok(v) => v,
        Err(_) => std::alloc::handle_alloc_error(std::alloc::Layout::new::<Bytes>()),
    }
}

/// A bytes object of `len` bytes that `fill` writes over zeros. Raises MemoryError.
pub fn with_len(len: usize, fill: impl FnOnce(&mut [u8])) -> Res {
    match len {
        0 => try_new(&[]),
        1 => {
            let mut one = [0];
            fill(&mut one);
            try_new(&one)
        }
        _ => make(types().bytes, len, fill),
    }
}

/// The hash of a bytes object.
pub fn hash(v: &Value) -> i64 {
    let b = payload(v);
    if b.hash.get() == 0 {
        b.hash.set(str::payload::hash_units(b.as_slice()));
    }
    b.hash.get()
}

/// `a + b` for an `a` that the caller owns, both of which are bytes: extends `a` where it lies if nobody else owns it
/// and its cell has room. See [`str::concat_in_place`].
pub fn concat_in_place(a: Value, b: &Value) -> Res {
    if a.refcount() == 1 && is_exact(&a) && is_bytes(b) && !a.is(b) {
        let (x, more) = (payload(&a), as_slice(b));
        let len = x.len.get();
        // SAFETY: the object is alive.
        let room = unsafe { page::usable_size(a.ptr()) } - 8 - size_of::<Bytes>();
        if len > 1 && more.len() <= room - len {
            // SAFETY: the cell has room for the bytes of `b`, which is another object; nobody else sees this one.
            unsafe { std::ptr::copy_nonoverlapping(more.as_ptr(), x.data().add(len), more.len()) };
            x.len.set(len + more.len());
            x.hash.set(0);
            return Ok(a);
        }
        if len >= 64 {
            let total = len + more.len();
            let grown = make(types().bytes, total + total / 4, |to| {
                to[..len].copy_from_slice(x.as_slice());
                to[len..total].copy_from_slice(more);
            })?;
            payload(&grown).len.set(total);
            return Ok(grown);
        }
    }
    concat(&a, b)
}

/// The declaration of `bytes`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "bytes",
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer",
    payload: PayloadOps::of::<Bytes>(),
    flags: flag::BASETYPE | flag::BYTES_SUBCLASS | flag::MATCH_SELF,
    slots: Slots {
        new: Some(new_slot),
        repr: Some(|v| bytes_like::repr(as_slice(v), "", "", false)),
        str: Some(str_slot),
        hash: Some(|v| Ok(hash(v))),
        compare: Some(compare),
        iter: Some(iteration::bytes_iter),
        len: Some(|v| Ok(as_slice(v).len())),
        contains: Some(search::contains),
        get_item: Some(get_item),
        concat: Some(concat),
        repeat: Some(repeat),
        remainder: Some(remainder),
        buffer: Some(buffer_slot),
        ..Slots::NONE
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};

fn str_slot(v: &Value) -> Res {
    crate::eval::warnings::bytes_warning("str() on a bytes instance")?;
    crate::protocol::repr(v)
}

fn buffer_slot(v: &Value) -> Res<Buffer> {
    let bytes = as_slice(v);
    // SAFETY: the bytes stay where they are while the object lives.
    Ok(unsafe { Buffer::of_bytes(v.clone(), bytes.as_ptr().cast_mut(), bytes.len(), true, None) })
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !is_bytes(a) || !is_bytes(b) {
        if matches!(op, CompareOp::Eq | CompareOp::Ne) {
            if str::is_str(a) || str::is_str(b) {
                crate::eval::warnings::bytes_warning("Comparison between bytes and string")?;
            } else if super::int::is_int(a) || super::int::is_int(b) {
                crate::eval::warnings::bytes_warning("Comparison between bytes and int")?;
            }
        }
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (x, y) = (as_slice(a), as_slice(b));
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
    if x.is_empty() && is_exact(b) {
        return Ok(b.clone());
    }
    if y.is_empty() && is_exact(a) {
        return Ok(a.clone());
    }
    with_len(x.len() + y.len(), |to| {
        let (head, tail) = to.split_at_mut(x.len());
        head.copy_from_slice(x);
        tail.copy_from_slice(y);
    })
}

fn repeat(v: &Value, n: &Value) -> Res {
    let n = bounds::repeat_count(n)?;
    if n == 1 && is_exact(v) {
        return Ok(v.clone());
    }
    let bytes = as_slice(v);
    let Some(total) = bytes.len().checked_mul(n).filter(|&t| t <= isize::MAX as usize) else {
        return Err(exc::overflow_error("repeated bytes are too long"));
    };
    with_len(total, |to| bytes_like::fill_repeated(to, bytes))
}

fn remainder(a: &Value, b: &Value) -> Res {
    if is_bytes(a) { format::percent::format_bytes(a, b) } else { Ok(Value::NOT_IMPLEMENTED) }
}

/// `v[key]`.
pub fn get_item(v: &Value, key: &Value) -> Res {
    let bytes = as_slice(v);
    if key.is_instance(types().slice) {
        let (start, _, step, count) = bytes_like::slice_of(key, || bytes.len())?;
        return match step {
            _ if count == bytes.len() && step == 1 && is_exact(v) => Ok(v.clone()),
            1 => try_new(&bytes[start as usize..start as usize + count]),
            _ => with_len(count, |to| bytes_like::copy_strided(to, bytes, start, step)),
        };
    }
    if key.as_small_int().is_none() && key.class().slots().index.is_none() {
        return Err(exc::type_error(format!("byte indices must be integers or slices, not {}", key.class().full_name())));
    }
    let at = bounds::subscript(key, || bytes.len(), "index out of range")?;
    Ok(Value::small_int(bytes[at].into()))
}

static SIGNATURE: Signature = Signature::new("bytes", "(source=b'', encoding='utf-8', errors='strict')");

fn new_slot(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    SIGNATURE.bind(args, kwnames, |a| {
        let made = construct(a)?;
        if std::ptr::eq(class, types().bytes) { Ok(made) } else { subclass_instance(class, &made) }
    })
}

fn subclass_instance(class: &Type, from: &Value) -> Res {
    let bytes = as_slice(from);
    make(class, bytes.len(), |to| to.copy_from_slice(bytes))
}

/// What `bytes(...)` makes of its arguments.
fn construct(a: Args) -> Res {
    let (encoding, errors) = bytes_like::text_args("bytes", a)?;
    let Some(source) = a.opt(0) else {
        return match (encoding, errors) {
            (None, None) => try_new(&[]),
            (Some(_), _) => Err(exc::type_error("encoding without a string argument")),
            _ => Err(exc::type_error("errors without a string argument")),
        };
    };
    if encoding.is_some() || errors.is_some() {
        return bytes_like::encoded(source, encoding, errors);
    }
    if is_exact(source) {
        return Ok(source.clone());
    }
    // A `__bytes__` method goes before everything else, and a str subclass may have one.
    if !str::is_exact(source)
        && let Some(made) = call::call_special(source, &names().__bytes__, &[])
    {
        let made = made?;
        return match is_bytes(&made) {
            true => Ok(made),
            false => Err(exc::type_error(format!("__bytes__ returned non-bytes (type {})", made.class().full_name()))),
        };
    }
    if str::is_str(source) {
        return Err(exc::type_error("string argument without an encoding"));
    }
    if source.as_small_int().is_some() || source.class().slots().index.is_some() {
        match bytes_like::size(source) {
            Ok(n) => return with_len(n, |_| {}),
            Err(e) if exc::matches(types().type_error) => exc::clear(e),
            Err(e) => return Err(e),
        }
    }
    from_object(source)
}

/// The bytes of a bytes-like object or of an iterable of ints (`PyBytes_FromObject`).
pub fn from_object(source: &Value) -> Res {
    if is_exact(source) {
        return Ok(source.clone());
    }
    if buffer::is_supported(source) {
        return try_new(&buffer::get_any(source)?.to_vec());
    }
    if str::is_str(source) || (source.class().slots().iter.is_none() && source.class().slots().get_item.is_none()) {
        return Err(exc::type_error(format!("cannot convert '{}' object to bytes", source.class().full_name())));
    }
    let made = bytes_like::collect(source, "bytes must be in range(0, 256)")?;
    try_new(&made)
}

fn getnewargs(a: Args) -> Res {
    Ok(tuple::from_vec(vec![try_new(as_slice(a.at(0)))?]))
}

fn dunder_bytes(a: Args) -> Res {
    if is_exact(a.at(0)) { Ok(a.at(0).clone()) } else { try_new(as_slice(a.at(0))) }
}

#[rustfmt::skip]
const METHODS: &[FnDef] = &[
    def("__getnewargs__", "($self, /)", getnewargs, ""),
    def("__bytes__", "($self, /)", dunder_bytes, "Convert this value to exact type bytes."),
    def("capitalize", "($self, /)", case::capitalize, "B.capitalize() -> copy of B\n\nReturn a copy of B with only its first character capitalized (ASCII)\nand the rest lower-cased."),
    def("center", "($self, width, fillchar=b' ', /)", transform::center, "Return a centered string of length width.\n\nPadding is done using the specified fill character."),
    def("count", "($self, sub[, start[, end]], /)", search::count, "Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes."),
    def("decode", "($self, /, encoding='utf-8', errors='strict')", bytes_like::decode, "Decode the bytes using the codec registered for encoding.\n\n  encoding\n    The encoding with which to decode the bytes.\n  errors\n    The error handling scheme to use for the handling of decoding\n    errors.  The default is 'strict' meaning that decoding errors\n    raise a UnicodeDecodeError.  Other possible values are 'ignore'\n    and 'replace' as well as any other name registered with\n    codecs.register_error that can handle UnicodeDecodeErrors."),
    def("endswith", "($self, suffix[, start[, end]], /)", search::endswith, "Return True if the bytes ends with the specified suffix, False otherwise.\n\n  suffix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes."),
    def("expandtabs", "($self, /, tabsize=8)", transform::expandtabs, "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed."),
    def("find", "($self, sub[, start[, end]], /)", search::find, "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure."),
    class_def("fromhex", "($type, string, /)", hex::fromhex, "Create a bytes object from a string of hexadecimal numbers.\n\nSpaces between two numbers are accepted.\nExample: bytes.fromhex('B9 01EF') -> b'\\\\xb9\\\\x01\\\\xef'."),
    def("hex", "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", hex::hex, "Create a string of hexadecimal numbers from a bytes object.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from\n    the right, negative values count from the left.\n\nExample:\n>>> value = b'\\xb9\\x01\\xef'\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'"),
    def("index", "($self, sub[, start[, end]], /)", search::index, "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found."),
    def("isalnum", "($self, /)", case::isalnum, "B.isalnum() -> bool\n\nReturn True if all characters in B are alphanumeric\nand there is at least one character in B, False otherwise."),
    def("isalpha", "($self, /)", case::isalpha, "B.isalpha() -> bool\n\nReturn True if all characters in B are alphabetic\nand there is at least one character in B, False otherwise."),
    def("isascii", "($self, /)", case::isascii, "B.isascii() -> bool\n\nReturn True if B is empty or all characters in B are ASCII,\nFalse otherwise."),
    def("isdigit", "($self, /)", case::isdigit, "B.isdigit() -> bool\n\nReturn True if all characters in B are digits\nand there is at least one character in B, False otherwise."),
    def("islower", "($self, /)", case::islower, "B.islower() -> bool\n\nReturn True if all cased characters in B are lowercase and there is\nat least one cased character in B, False otherwise."),
    def("isspace", "($self, /)", case::isspace, "B.isspace() -> bool\n\nReturn True if all characters in B are whitespace\nand there is at least one character in B, False otherwise."),
    def("istitle", "($self, /)", case::istitle, "B.istitle() -> bool\n\nReturn True if B is a titlecased string and there is at least one\ncharacter in B, i.e. uppercase characters may only follow uncased\ncharacters and lowercase characters only cased ones. Return False\notherwise."),
    def("isupper", "($self, /)", case::isupper, "B.isupper() -> bool\n\nReturn True if all cased characters in B are uppercase and there is\nat least one cased character in B, False otherwise."),
    def("join", "($self, iterable_of_bytes, /)", split::join, "Concatenate any number of bytes objects.\n\nThe bytes whose method is called is inserted in between each pair.\n\nThe result is returned as a new bytes object.\n\nExample: b'.'.join([b'ab', b'pq', b'rs']) -> b'ab.pq.rs'."),
    def("ljust", "($self, width, fillchar=b' ', /)", transform::ljust, "Return a left-justified string of length width.\n\nPadding is done using the specified fill character."),
    def("lower", "($self, /)", case::lower, "B.lower() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to lowercase."),
    def("lstrip", "($self, bytes=None, /)", transform::lstrip, "Strip leading bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading  ASCII whitespace."),
    static_def("maketrans", "(frm, to, /)", transform::maketrans, "Return a translation table usable for the bytes or bytearray translate method.\n\nThe returned table will be one where each byte in frm is mapped to\nthe byte at the same position in to.\n\nThe bytes objects frm and to must be of the same length."),
    def("partition", "($self, sep, /)", split::partition, "Partition the bytes into three parts using the given separator.\n\nThis will search for the separator sep in the bytes.  If the\nseparator is found, returns a 3-tuple containing the part before the\nseparator, the separator itself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing the\noriginal bytes object and two empty bytes objects."),
    def("replace", "($self, old, new, count=-1, /)", transform::replace, "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced."),
    def("removeprefix", "($self, prefix, /)", transform::removeprefix, "Return a bytes object with the given prefix string removed if present.\n\nIf the bytes starts with the prefix string, return\nbytes[len(prefix):].  Otherwise, return a copy of the original\nbytes."),
    def("removesuffix", "($self, suffix, /)", transform::removesuffix, "Return a bytes object with the given suffix string removed if present.\n\nIf the bytes ends with the suffix string and that suffix is not\nempty, return bytes[:-len(prefix)].  Otherwise, return a copy of the\noriginal bytes."),
    def("rfind", "($self, sub[, start[, end]], /)", search::rfind, "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nReturn -1 on failure."),
    def("rindex", "($self, sub[, start[, end]], /)", search::rindex, "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].\n\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes.\n\nRaise ValueError if the subsection is not found."),
    def("rjust", "($self, width, fillchar=b' ', /)", transform::rjust, "Return a right-justified string of length width.\n\nPadding is done using the specified fill character."),
    def("rpartition", "($self, sep, /)", split::rpartition, "Partition the bytes into three parts using the given separator.\n\nThis will search for the separator sep in the bytes, starting at the\nend.  If the separator is found, returns a 3-tuple containing the\npart before the separator, the separator itself, and the part after\nit.\n\nIf the separator is not found, returns a 3-tuple containing two\nempty bytes objects and the original bytes object."),
    def("rsplit", "($self, /, sep=None, maxsplit=-1)", split::rsplit, "Return a list of the sections in the bytes, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytes.\n    None (the default value) means split on ASCII whitespace\n    characters (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit.\n\nSplitting is done starting at the end of the bytes and working to\nthe front."),
    def("rstrip", "($self, bytes=None, /)", transform::rstrip, "Strip trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip trailing ASCII whitespace."),
    def("split", "($self, /, sep=None, maxsplit=-1)", split::split, "Return a list of the sections in the bytes, using sep as the delimiter.\n\n  sep\n    The delimiter according which to split the bytes.\n    None (the default value) means split on ASCII whitespace\n    characters (space, tab, return, newline, formfeed, vertical tab).\n  maxsplit\n    Maximum number of splits to do.\n    -1 (the default value) means no limit."),
    def("splitlines", "($self, /, keepends=False)", split::splitlines, "Return a list of the lines in the bytes, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends\nis given and true."),
    def("startswith", "($self, prefix[, start[, end]], /)", search::startswith, "Return True if the bytes starts with the specified prefix, False otherwise.\n\n  prefix\n    A bytes or a tuple of bytes to try.\n  start\n    Optional start position. Default: start of the bytes.\n  end\n    Optional stop position. Default: end of the bytes."),
    def("strip", "($self, bytes=None, /)", transform::strip, "Strip leading and trailing bytes contained in the argument.\n\nIf the argument is omitted or None, strip leading and trailing ASCII\nwhitespace."),
    def("swapcase", "($self, /)", case::swapcase, "B.swapcase() -> copy of B\n\nReturn a copy of B with uppercase ASCII characters converted\nto lowercase ASCII and vice versa."),
    def("title", "($self, /)", case::title, "B.title() -> copy of B\n\nReturn a titlecased version of B, i.e. ASCII words start with\nuppercase characters, all remaining cased characters have lowercase."),
    def("translate", "($self, table, /, delete=b'')", transform::translate, "Return a copy with each character mapped by the given translation table.\n\n  table\n    Translation table, which must be a bytes object of length 256.\n\nAll characters occurring in the optional argument delete are\nremoved.  The remaining characters are mapped through the given\ntranslation table."),
    def("upper", "($self, /)", case::upper, "B.upper() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to uppercase."),
    def("zfill", "($self, width, /)", transform::zfill, "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe original string is never truncated."),
];
