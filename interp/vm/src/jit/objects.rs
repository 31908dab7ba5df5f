//! Objects that traces keep virtual: how compiled code makes one that it needs after all, and how an exit does.

use crate::class::{Type, flag};
use crate::heap::{page, shape};
use crate::types::{object, slice, tuple};
use crate::value::Value;
use crate::vm::types;
use weft_jit::{Cell, Filling, Recipe};
use weft_layout::header::SHAPE_OFFSET;
use weft_layout::tag::{NULL, Word};

/// Larger objects are made by helpers: filling them takes more code than a call.
const MAX_CELL: usize = 128;

/// How compiled code makes an object of `size` bytes.
fn cell(size: usize, traced: bool, initial: Vec<(u16, Word)>, class: Option<Word>) -> Option<Cell> {
    let page = page::current_page(size, traced).filter(|_| size <= MAX_CELL)?;
    Some(Cell { page, initial, class })
}

/// A tuple of `n` items.
pub fn tuple_recipe(n: usize) -> Recipe {
    Recipe {
        shape: types().tuple.root_shape(),
        helper: super::helpers::ids().build_tuple,
        prefix: vec![n as u64],
        filling: Filling::Arguments,
        offsets: (0..n).map(|i| (tuple::ITEMS_OFFSET + 8 * i) as u16).collect(),
        constants: vec![(tuple::LEN_OFFSET as u16, n as u64)],
        cell: cell(tuple::ITEMS_OFFSET + 8 * n, true, vec![(tuple::HASH_OFFSET as u16, tuple::NO_HASH as u64)], None).filter(|_| n > 0),
        words: Vec::new(),
    }
}

/// A slice of ints and Nones.
pub fn slice_recipe() -> Recipe {
    Recipe {
        shape: types().slice.root_shape(),
        helper: super::helpers::ids().build_slice,
        prefix: Vec::new(),
        filling: Filling::Arguments,
        offsets: slice::OFFSETS.to_vec(),
        constants: Vec::new(),
        cell: cell(slice::SIZE, true, Vec::new(), None),
        words: vec![SLICE],
    }
}

/// The only word of a slice's recipe. A tuple's has none, an instance's two.
const SLICE: u64 = 0;

/// An instance of a Python class without a finaliser, made by `object.__new__`.
pub fn instance_recipe(class: &'static Type) -> Recipe {
    let size = shape::instance_size(class.root_shape());
    let initial = (8..size).step_by(8).map(|offset| (offset as u16, NULL)).collect();
    let cell = cell(size, class.is_traced(), initial, class.has(flag::HEAPTYPE).then(|| class.value_word()));
    let (class, shape) = (std::ptr::from_ref(class), class.root_shape());
    Recipe {
        shape,
        helper: super::helpers::ids().new_instance,
        prefix: vec![class as u64, shape as u64],
        filling: Filling::Stores,
        offsets: Vec::new(),
        constants: Vec::new(),
        cell,
        words: vec![class as u64, shape as u64],
    }
}

/// An object that [`fill`] completes. Nothing may look at it before.
///
/// # Safety
/// The recipe is one of the above, and its class is alive.
pub unsafe fn allocate(recipe: &Recipe) -> Value {
    match recipe.words[..] {
        // SAFETY: the trace keeps the class, whose root shape it was when the trace was recorded.
        [class, shape] => unsafe { object::new_shaped(&*(class as *const Type), shape as u32) },
        [SLICE] => slice::new(Value::NONE, Value::NONE, Value::NONE),
        _ => tuple::of_nones(recipe.offsets.len()),
    }
}

/// Gives an object from [`allocate`] its fields, whose references it takes over, and its shape.
///
/// # Safety
/// `object` comes from `allocate` with this recipe, which has as many fields, and nobody has looked at it.
pub unsafe fn fill(object: &Value, recipe: &Recipe, fields: &[Word]) {
    for (&offset, &w) in recipe.offsets.iter().zip(fields) {
        // SAFETY: the object has a word at this offset, in which there is nothing to be released.
        unsafe { object.ptr().add(offset as usize).cast::<Word>().write(w) };
    }
    // SAFETY: the shape is one of the object's class, and names the words just written.
    unsafe { object.ptr().add(SHAPE_OFFSET).cast::<u32>().write(recipe.shape) };
}
