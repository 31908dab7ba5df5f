//! The payload of arrays: a kind and the bytes of the items.

use super::ARRAY;
use super::item::{Item, Kind};
use std::borrow::Cow;
use std::cell::{Cell, UnsafeCell};
use std::mem::offset_of;
use weft_vm::buffer::Buffer;
use weft_vm::class::Type;
use weft_vm::class::packed::{self, PackedItems, Place};
use weft_vm::exc;
use weft_vm::value::{Payload, Res, Value, new_instance};

/// Bytes of an object before its payload.
const HEADER: usize = 8;

/// The payload. Compiled code reads `len`, `items` and the type code, and writes the items.
#[repr(C)]
pub struct Array {
    /// The type code.
    pub kind: Kind,
    /// Number of items, as `bytes` has them.
    len: Cell<usize>,
    /// Where `bytes` has its items.
    items: Cell<*mut u8>,
    bytes: UnsafeCell<Vec<u8>>,
    /// Buffers that show the bytes, which must stay in place while there are any.
    exports: Cell<usize>,
}

// SAFETY: every instance of array is made with an Array payload.
unsafe impl Payload for Array {
    const TRACED: bool = false;
    const PACKED: Option<&'static PackedItems> = Some(&PackedItems {
        len: HEADER + offset_of!(Array, len),
        place: Place::Pointer(HEADER + offset_of!(Array, items)),
        kind: packed::Kind::Code(HEADER + offset_of!(Array, kind) + offset_of!(Kind, code)),
        mutable: true,
    });

    fn class() -> &'static Type {
        ARRAY.get()
    }
}

/// The payload of an array.
pub fn this(v: &Value) -> &Array {
    // SAFETY: methods and slots get instances of the class; other callers have checked.
    unsafe { v.payload() }
}

/// The payload, if this is an array.
pub fn downcast(v: &Value) -> Option<&Array> {
    v.downcast::<Array>()
}

/// A new array.
pub fn new(class: &Type, kind: Kind, bytes: Vec<u8>) -> Value {
    let (len, items) = (bytes.len() / kind.size, bytes.as_ptr().cast_mut());
    let array = Array { kind, len: Cell::new(len), items: Cell::new(items), bytes: UnsafeCell::new(bytes), exports: Cell::new(0) };
    new_instance(class, array)
}

/// A new array of exactly the class `array`.
pub fn new_exact(kind: Kind, bytes: Vec<u8>) -> Value {
    new(ARRAY.get(), kind, bytes)
}

impl Array {
    /// Works on the bytes; `f` runs no Python.
    fn with<R>(&self, f: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        // SAFETY: closures passed here run no Python and do not come back here, so the reference is the only one.
        let bytes = unsafe { &mut *self.bytes.get() };
        let result = f(bytes);
        self.len.set(bytes.len() / self.kind.size);
        self.items.set(bytes.as_mut_ptr());
        result
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// The item at `i`, if there is one.
    pub fn get(&self, i: usize) -> Option<Value> {
        self.with(|b| b.get(i * self.kind.size..(i + 1) * self.kind.size).map(|item| self.kind.value(item)))
    }

    /// Stores an item; false if there is no such place.
    pub fn put(&self, i: usize, item: &Item) -> bool {
        let size = self.kind.size;
        self.with(|b| match b.get_mut(i * size..(i + 1) * size) {
            Some(place) => {
                place.copy_from_slice(&item[..size]);
                true
            }
            None => false,
        })
    }

    /// A copy of the bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.with(|b| b.clone())
    }

    /// A copy of the bytes of a range of items.
    pub fn slice(&self, from: usize, to: usize) -> Vec<u8> {
        let size = self.kind.size;
        self.with(|b| b.get(from * size..to * size).unwrap_or_default().to_vec())
    }

    /// Where the bytes lie.
    pub fn address(&self) -> usize {
        self.with(|b| b.as_ptr() as usize)
    }

    /// Changes bytes in place, without changing their number.
    pub fn change(&self, f: impl FnOnce(&mut [u8])) {
        self.with(|b| f(b));
    }

    /// Raises BufferError if a buffer keeps the bytes in place.
    pub fn check_resizable(&self) -> Res<()> {
        if self.exports.get() > 0 {
            return Err(exc::buffer_error("cannot resize an array that is exporting buffers"));
        }
        Ok(())
    }

    /// Replaces a range of items, in bounds, by others.
    pub fn splice(&self, from: usize, to: usize, bytes: &[u8]) -> Res<()> {
        let size = self.kind.size;
        if bytes.len() != (to - from) * size {
            self.check_resizable()?;
        }
        self.with(|b| {
            let (from, to) = ((from * size).min(b.len()), (to * size).min(b.len()));
            if bytes.len() == to - from {
                b[from..to].copy_from_slice(bytes);
                return Ok(());
            }
            b.try_reserve(bytes.len()).map_err(|_| exc::memory_error())?;
            b.splice(from..to, bytes.iter().copied());
            Ok(())
        })
    }

    /// Adds items at the end.
    pub fn extend(&self, bytes: &[u8]) -> Res<()> {
        self.check_resizable()?;
        self.with(|b| {
            b.try_reserve(bytes.len()).map_err(|_| exc::memory_error())?;
            b.extend_from_slice(bytes);
            Ok(())
        })
    }

    /// Adds an item at the end.
    pub fn push(&self, item: &Item) -> Res<()> {
        self.extend(&item[..self.kind.size])
    }

    /// Makes the contents `times` copies of themselves.
    pub fn repeat(&self, times: usize) -> Res<()> {
        if times != 1 {
            self.check_resizable()?;
        }
        let repeated = repeated(&self.to_vec(), times)?;
        self.with(|b| *b = repeated);
        Ok(())
    }
}

/// `times` copies of some bytes.
pub fn repeated(bytes: &[u8], times: usize) -> Res<Vec<u8>> {
    let size = bytes.len().checked_mul(times).ok_or_else(exc::memory_error)?;
    let mut out = Vec::new();
    out.try_reserve_exact(size).map_err(|_| exc::memory_error())?;
    for _ in 0..if bytes.is_empty() { 0 } else { times } {
        out.extend_from_slice(bytes);
    }
    Ok(out)
}

/// `__buffer__`
pub fn buffer(v: &Value) -> Res<Buffer> {
    let array = this(v);
    array.exports.set(array.exports.get() + 1);
    let (ptr, len) = array.with(|b| (b.as_mut_ptr(), b.len()));
    let release = |v: &Value| {
        let array = this(v);
        array.exports.set(array.exports.get() - 1);
    };
    let format = match array.kind.code {
        b'u' => "w",
        code => {
            ["b", "B", "w", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d"].into_iter().find(|f| f.as_bytes()[0] == code).unwrap_or("B")
        }
    };
    // SAFETY: the vector is not resized while it is exported, and the release function ends just that.
    let bytes = unsafe { Buffer::of_bytes(v.clone(), ptr, len, false, Some(release)) };
    let (shape, strides) = ([array.len()], [array.kind.size as isize]);
    // SAFETY: the items lie in the bytes one after the other.
    Ok(unsafe { bytes.reshaped(Cow::Borrowed(format), array.kind.size, shape.as_slice().into(), strides.as_slice().into()) })
}
