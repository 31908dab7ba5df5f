//! Objects that traces keep virtual: how compiled code makes one that it needs after all, and how an exit does.

use crate::types::tuple;
use crate::value::Value;
use crate::vm::types;
use weft_jit::Recipe;
use weft_layout::tag::Word;

/// The first of a recipe's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
enum Kind {
    /// A tuple.
    Tuple,
}

/// A tuple of `n` items.
pub fn tuple_recipe(n: usize) -> Recipe {
    Recipe {
        shape: types().tuple.root_shape(),
        helper: super::helpers::ids().build_tuple,
        prefix: vec![n as u64],
        offsets: (0..n).map(|i| (tuple::ITEMS_OFFSET + 8 * i) as u16).collect(),
        constants: vec![(tuple::LEN_OFFSET as u16, n as u64)],
        words: vec![Kind::Tuple as u64],
    }
}

/// An object that [`fill`] completes. Nothing may look at it before.
pub fn allocate(_words: &[u64], fields: usize) -> Value {
    tuple::of_nones(fields)
}

/// Gives an object from [`allocate`] its fields, whose references it takes over.
///
/// # Safety
/// `object` comes from `allocate` with as many fields, and nobody has looked at it.
pub unsafe fn fill(object: &Value, _words: &[u64], fields: &[Word]) {
    for (i, &w) in fields.iter().enumerate() {
        // SAFETY: the tuple has that many items, all None so far, and nobody has looked at it.
        unsafe { tuple::set_new_item(object, i, Value::from_word(w)) };
    }
}
