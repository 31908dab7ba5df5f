//! The buffer protocol: views of an object's memory.
//!
//! A [`Buffer`] keeps the object alive and its memory in place (an exporter that can be resized counts its buffers
//! and refuses) until it is dropped. What the memory holds can change at any time Python runs, so slices are not
//! held across anything that may run Python.

use crate::types::{bytearray, bytes, memoryview};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, exc};
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;

/// A view of memory, n-dimensional and perhaps with gaps.
pub struct Buffer {
    /// The object the memory belongs to (what `memoryview.obj` is).
    pub owner: Value,
    /// The address of the first item.
    pub ptr: *mut u8,
    /// Bytes of all items together.
    pub len: usize,
    /// Whether the memory must not be written to.
    pub readonly: bool,
    /// The format of an item, as the struct module writes it.
    pub format: Cow<'static, str>,
    /// Bytes of an item.
    pub itemsize: usize,
    /// Items in each dimension.
    pub shape: SmallVec<[usize; 2]>,
    /// Bytes from one item to the next in each dimension.
    pub strides: SmallVec<[isize; 2]>,
    /// What to do at the end.
    release: Option<Release>,
}

/// What ends a view.
enum Release {
    /// The exporter is told, as it counts its views.
    Count(fn(&Value)),
    /// A class written in Python gave a memoryview: its buffer ends, then `__release_buffer__` is called.
    Python { view: Value, inner: Box<Buffer> },
}

impl Buffer {
    /// A one-dimensional view of bytes.
    ///
    /// # Safety
    /// `len` bytes at `ptr` stay allocated, and initialised, while `owner` lives and until `release` (if there is
    /// one) has been called on it. If not `readonly` they can be written to.
    pub unsafe fn of_bytes(owner: Value, ptr: *mut u8, len: usize, readonly: bool, release: Option<fn(&Value)>) -> Buffer {
        let release = release.map(Release::Count);
        Buffer { owner, ptr, len, readonly, format: Cow::Borrowed("B"), itemsize: 1, shape: smallvec![len], strides: smallvec![1], release }
    }

    /// The same memory seen as items, or in another order; `len` is worked out anew.
    ///
    /// # Safety
    /// Every item that shape and strides name lies within the memory of this buffer.
    pub unsafe fn reshaped(
        mut self,
        format: Cow<'static, str>,
        itemsize: usize,
        shape: SmallVec<[usize; 2]>,
        strides: SmallVec<[isize; 2]>,
    ) -> Buffer {
        self.len = itemsize * shape.iter().product::<usize>();
        (self.format, self.itemsize, self.shape, self.strides) = (format, itemsize, shape, strides);
        self
    }

    /// Whether the items follow each other without gaps, the last dimension varying fastest.
    pub fn is_contiguous(&self) -> bool {
        self.len == 0 || {
            let mut expected = self.itemsize as isize;
            self.shape.iter().zip(&self.strides).rev().all(|(&n, &stride)| {
                let fits = n <= 1 || stride == expected;
                expected *= n as isize;
                fits
            })
        }
    }

    /// The bytes. Only for contiguous buffers; do not hold on to them across anything that may run Python.
    pub fn as_slice(&self) -> &[u8] {
        debug_assert!(self.is_contiguous());
        // SAFETY: the view's memory is initialised and stays in place while the view lives.
        if self.len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(self.ptr, self.len) } }
    }

    /// Copies `bytes` into the memory at offset `at`. Whoever calls has checked `readonly`; what does not fit is left out.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        debug_assert!(!self.readonly);
        let n = bytes.len().min(self.len.saturating_sub(at));
        if n > 0 && !self.readonly && self.is_contiguous() {
            // SAFETY: the view's memory is writable and at least `at + n` long; `copy` allows an overlap.
            unsafe { std::ptr::copy(bytes.as_ptr(), self.ptr.add(at), n) };
        }
    }

    /// A copy of all items, the last dimension varying fastest.
    pub fn to_vec(&self) -> Vec<u8> {
        if self.is_contiguous() {
            return self.as_slice().to_vec();
        }
        let mut out = Vec::with_capacity(self.len);
        self.each_item(|item| out.extend_from_slice(item));
        out
    }

    /// Passes each item to `f`, which must not run Python; the last dimension varies fastest.
    pub fn each_item(&self, mut f: impl FnMut(&[u8])) {
        fn go(b: &Buffer, dimension: usize, at: *mut u8, f: &mut dyn FnMut(&[u8])) {
            if dimension == b.shape.len() {
                // SAFETY: shape and strides name items within the memory.
                return f(unsafe { std::slice::from_raw_parts(at, b.itemsize) });
            }
            for i in 0..b.shape[dimension] {
                go(b, dimension + 1, at.wrapping_offset(i as isize * b.strides[dimension]), f);
            }
        }
        go(self, 0, self.ptr, &mut f);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        match self.release.take() {
            None => {}
            Some(Release::Count(f)) => f(&self.owner),
            Some(Release::Python { view, inner }) => {
                drop(inner);
                if let Some(Err(e)) = call::call_special(&self.owner, &names().__release_buffer__, &[&view]) {
                    exc::unraisable(e, "Exception ignored in __release_buffer__ of", Some(&self.owner));
                }
                memoryview::release_if_unused(&view);
            }
        }
    }
}

/// A view of an object's memory, in whatever shape the object gives it. Raises TypeError if it gives none.
pub fn get_any(v: &Value) -> Res<Buffer> {
    match v.class().slots().buffer {
        Some(f) => f(v),
        None => Err(exc::type_error(format!("a bytes-like object is required, not '{}'", v.class().full_name()))),
    }
}

/// A contiguous view of an object's bytes. Raises TypeError if the object gives none, BufferError if it has gaps.
pub fn get(v: &Value) -> Res<Buffer> {
    let b = get_any(v)?;
    if b.is_contiguous() { Ok(b) } else { Err(exc::buffer_error("memoryview: underlying buffer is not C-contiguous")) }
}

/// As [`get`], for writing.
pub fn get_writable(v: &Value) -> Res<Buffer> {
    match get(v) {
        Ok(b) if !b.readonly => Ok(b),
        Ok(_) => Err(exc::buffer_error("Object is not writable.")),
        Err(e) => Err(e),
    }
}

/// Whether the object gives views of its memory.
#[inline]
pub fn is_supported(v: &Value) -> bool {
    v.class().slots().buffer.is_some()
}

/// Calls `f` with the bytes of an object, without a [`Buffer`] where the object is bytes or a bytearray. `f` must
/// not run Python.
pub fn with_bytes<R>(v: &Value, f: impl FnOnce(&[u8]) -> R) -> Res<R> {
    if std::ptr::eq(v.class(), types().bytes) {
        Ok(f(bytes::as_slice(v)))
    } else if std::ptr::eq(v.class(), types().bytearray) {
        Ok(f(bytearray::as_slice(v)))
    } else {
        Ok(f(get(v)?.as_slice()))
    }
}

/// What the `__buffer__` of a class written in Python gives: it must return a memoryview.
pub fn from_python(v: &Value) -> Res<Buffer> {
    // 284 is PyBUF_FULL_RO.
    let view = call::call_special_or_raise(v, &names().__buffer__, &[&Value::small_int(284)])?;
    if !view.is_instance(types().memoryview) {
        return Err(exc::type_error("__buffer__ returned non-memoryview object"));
    }
    let inner = memoryview::buffer(&view)?;
    Ok(Buffer {
        owner: v.clone(),
        ptr: inner.ptr,
        len: inner.len,
        readonly: inner.readonly,
        format: inner.format.clone(),
        itemsize: inner.itemsize,
        shape: inner.shape.clone(),
        strides: inner.strides.clone(),
        release: Some(Release::Python { view, inner: Box::new(inner) }),
    })
}
