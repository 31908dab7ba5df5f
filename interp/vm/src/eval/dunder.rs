//! Special methods written in Python, which get a frame in the loop instead of a native call.

use crate::class::slotdefs;
use crate::types::function;
use crate::value::Value;
use crate::vm::{names, shapes};
use weft_layout::tag::Word;

/// The Python function of exactly `nargs` arguments that is `name` in the class of `v`, borrowed.
#[inline]
fn plain_function(v: &Value, name: &Value, nargs: u32) -> Option<Word> {
    let w = v.class().lookup_ref(name)?;
    // SAFETY: the class keeps what it holds alive.
    let f = unsafe { Value::from_word_ref(&w) };
    (f.shape_id() == shapes().function && function::this(f).code().exact_args == nargs).then_some(w)
}

/// The `__getitem__` that subscripting `v` calls.
#[inline]
pub fn getitem(v: &Value) -> Option<Word> {
    let slot = v.class().slots().get_item? as *const () as usize;
    if slot == slotdefs::g_get_item as *const () as usize { plain_function(v, &names().__getitem__, 2) } else { None }
}
