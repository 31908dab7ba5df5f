//! `str`: texts of code points, lone surrogates included.
//!
//! * [`payload`], [`view`], [`builder`], [`intern`]: how a text is stored, borrowed, built and shared.
//! * the other modules: the methods, by idea.

pub mod builder;
pub mod case;
pub mod classify;
pub mod intern;
pub mod iter;
mod methods;
pub mod new;
pub mod payload;
pub mod repr;
pub mod search;
pub mod split;
pub mod transform;
pub mod view;

pub use builder::Builder;
#[cfg(debug_assertions)]
pub use intern::visit_roots;
pub use intern::{ascii_char, empty, initialise_interning, intern, intern_ascii, intern_value, intern_wtf8, is_interned, latin1_char};
pub use iter::{ASCII_SPEC as ASCII_ITER_SPEC, SPEC as ITER_SPEC};
pub use methods::SPEC;
pub use new::{as_utf8, display, exact, to_wtf8, view};
pub use payload::{
    FACTS_OFFSET, Fresh, LEN_SHIFT, Str, concat, concat_in_place, downcast, exact_payload, from_code_point, from_code_points, from_latin1,
    from_string, from_view, from_wtf8, is_exact, is_str, new, payload, set_hash_seed, substring, try_from_view, try_new,
};
pub use repr::to_ascii_repr;
pub use split::{concat_all, join};
pub use view::{StrView, Unit, Width};

use crate::value::Value;

/// The number of code points of a str.
#[inline]
pub fn len(v: &Value) -> usize {
    payload::payload(v).len()
}

/// The hash of a str.
#[inline(always)]
pub fn hash(v: &Value) -> i64 {
    payload::payload(v).hash()
}

/// Whether two strs are equal.
#[inline]
pub fn equal(a: &Value, b: &Value) -> bool {
    a.is(b) || payload::payload(a).equals(payload::payload(b))
}

/// Code point `i` of a str, which must have as many.
#[inline]
pub fn code_point_at(v: &Value, i: usize) -> u32 {
    view(v).at(i)
}
