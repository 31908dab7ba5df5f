//! Subscripts of a memoryview.

use super::{View, from_view, view_of};
use crate::exc;
use crate::types::{bounds, bytes_like, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use std::rc::Rc;
use weft_layout::tag;

/// Item `i` of a one-dimensional view, which has as many.
pub(super) fn item(view: &View, i: usize) -> Res {
    view.format()?.unpack(&view.item_at(view.ptr.wrapping_offset(i as isize * view.strides[0])))
}

fn is_index(v: &Value) -> bool {
    v.as_small_int().is_some() || v.class().slots().index.is_some()
}

/// The address of what index `v` names in a dimension.
fn step_into(view: &View, at: *mut u8, dimension: usize, v: &Value) -> Res<*mut u8> {
    let message = format!("index out of bounds on dimension {}", dimension + 1);
    let i = bounds::subscript(v, || view.shape[dimension], &message)?;
    Ok(at.wrapping_offset(i as isize * view.strides[dimension]))
}

/// The address of the item that a tuple of indices names.
fn address(view: &View, indices: &[Value]) -> Res<*mut u8> {
    if indices.len() > view.ndim() {
        return Err(exc::type_error(format!("cannot index {}-dimension view with {}-element tuple", view.ndim(), indices.len())));
    }
    indices.iter().enumerate().try_fold(view.ptr, |at, (dimension, v)| step_into(view, at, dimension, v))
}

fn is_ellipsis(v: &Value) -> bool {
    v.word() == tag::ELLIPSIS
}

/// The part of a view that a slice names in the first dimension.
fn sliced(view: &View, key: &Value) -> Res<View> {
    let (start, _, step, count) = bytes_like::slice_of(key, || view.shape[0])?;
    let mut part = view.duplicate();
    if count > 0 {
        part.ptr = part.ptr.wrapping_offset(start * view.strides[0]);
    }
    part.shape[0] = count;
    part.strides[0] = view.strides[0].wrapping_mul(step);
    Ok(part)
}

/// The address of the one item a key names: `Ok(None)` if the key is not of that kind.
fn one_item(v: &Value, view: &View, key: &Value) -> Res<Option<*mut u8>> {
    let found = if is_index(key) {
        if view.ndim() > 1 {
            return Err(exc::not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
        step_into(view, view.ptr, 0, key)?
    } else if key.is_instance(types().tuple) && tuple::items(key).iter().all(is_index) {
        let indices = tuple::items(key);
        if indices.len() < view.ndim() {
            return Err(exc::not_implemented_error("sub-views are not implemented"));
        }
        address(view, indices)?
    } else {
        return Ok(None);
    };
    // Reading the index may have run Python code that released the view.
    view_of(v)?;
    Ok(Some(found))
}

pub(super) fn get_item(v: &Value, key: &Value) -> Res {
    let view = view_of(v)?;
    if view.ndim() == 0 {
        return match key {
            k if is_ellipsis(k) => Ok(v.clone()),
            k if k.is_instance(types().tuple) && tuple::items(k).is_empty() => view.format()?.unpack(&view.item_at(view.ptr)),
            _ => Err(exc::type_error("invalid indexing of 0-dim memory")),
        };
    }
    let format = view.format()?;
    if let Some(at) = one_item(v, &view, key)? {
        return format.unpack(&view.item_at(at));
    }
    if key.is_instance(types().slice) {
        return Ok(from_view(sliced(&view, key)?));
    }
    if key.is_instance(types().tuple) && tuple::items(key).iter().all(|k| k.is_instance(types().slice)) {
        return Err(exc::not_implemented_error("multi-dimensional slicing is not implemented"));
    }
    Err(exc::type_error("memoryview: invalid slice key"))
}

/// Writes an item. The memory is writable, and `at` an item of the view.
fn write(view: &View, at: *mut u8, item: &[u8]) {
    debug_assert!(!view.readonly && item.len() == view.itemsize);
    // SAFETY: the address is that of an item within writable memory.
    unsafe { std::ptr::copy_nonoverlapping(item.as_ptr(), at, item.len()) }
}

pub(super) fn set_item(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    let view = view_of(v)?;
    let format = view.format()?;
    if view.readonly {
        return Err(exc::type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else { return Err(exc::type_error("cannot delete memory")) };
    if view.ndim() == 0 {
        let is_empty_tuple = key.is_instance(types().tuple) && tuple::items(key).is_empty();
        if !is_ellipsis(key) && !is_empty_tuple {
            return Err(exc::type_error("invalid indexing of 0-dim memory"));
        }
        let item = format.pack(value)?;
        view_of(v)?;
        write(&view, view.ptr, &item);
        return Ok(());
    }
    if let Some(at) = one_item(v, &view, key)? {
        let item = format.pack(value)?;
        // Reading the value may have run Python code that released the view.
        view_of(v)?;
        write(&view, at, &item);
        return Ok(());
    }
    if key.is_instance(types().slice) && view.ndim() == 1 {
        return set_slice(v, &view, key, value);
    }
    if key.is_instance(types().slice) || key.is_instance(types().tuple) && tuple::items(key).iter().all(|k| k.is_instance(types().slice)) {
        return Err(exc::not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1"));
    }
    Err(exc::type_error("memoryview: invalid slice key"))
}

fn set_slice(v: &Value, view: &Rc<View>, key: &Value, value: &Value) -> Res<()> {
    let source = crate::buffer::get_any(value)?;
    let to = sliced(view, key)?;
    view_of(v)?;
    let same_format = source.format.trim_start_matches('@') == to.format.trim_start_matches('@');
    if !same_format || source.itemsize != to.itemsize || source.shape.len() != 1 || source.shape[0] != to.shape[0] {
        return Err(exc::value_error("memoryview assignment: lvalue and rvalue have different structures"));
    }
    // The source is copied first, as the two may overlap.
    let data = source.to_vec();
    let mut items = data.chunks_exact(to.itemsize.max(1));
    to.each(true, &mut |at| {
        if let Some(item) = items.next() {
            write(&to, at, item);
        }
    });
    Ok(())
}
