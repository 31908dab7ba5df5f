//! What the tests share: a table of helpers and the rest of a VM's environment.
#![allow(dead_code)]

use weft_jit::helper::{Does, Helper, Helpers, Param, writes};
use weft_jit::ir::{Alias, Ty};
use weft_jit::opt::emit::Environment;

/// A heap object of the tests: header, then a word.
#[repr(C)]
pub struct Object {
    pub refcount: u32,
    pub shape: u32,
    pub word: u64,
}

extern "C" fn add_words(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

extern "C" fn read_word(object: *const Object) -> u64 {
    // SAFETY: the tests pass live objects.
    unsafe { (*object).word }
}

extern "C" fn write_word(object: *mut Object, word: u64) {
    // SAFETY: the tests pass live objects.
    unsafe { (*object).word = word }
}

extern "C" fn half(x: f64) -> f64 {
    x / 2.0
}

/// Returns its argument as a new reference, or NULL for 0.
extern "C" fn identity(v: u64) -> u64 {
    if weft_layout::tag::is_ptr(v) {
        // SAFETY: the tests pass live objects.
        unsafe { (*(v as *mut Object)).refcount += 1 };
    }
    v
}

extern "C" fn sum_array(n: u64, values: *const u64) -> u64 {
    // SAFETY: the trace built an array of `n` values.
    (0..n as usize).map(|i| unsafe { *values.add(i) }).fold(0, u64::wrapping_add)
}

pub fn helpers() -> Helpers {
    let mut h = Helpers::default();
    let b = Param::borrowed;
    let mut add = |name, address: usize, params: Vec<Param>, result, does| {
        h.add(Helper { name, address, params, array: None, result, owned: false, raises: false, does });
    };
    add("add_words", add_words as *const () as usize, vec![b(Ty::W), b(Ty::W)], Ty::W, Does::Nothing);
    add("read_word", read_word as *const () as usize, vec![b(Ty::P)], Ty::W, Does::Reads);
    let mask = writes(Alias::Field);
    add("write_word", write_word as *const () as usize, vec![b(Ty::P), b(Ty::W)], Ty::None, Does::Writes(mask));
    add("half", half as *const () as usize, vec![b(Ty::F)], Ty::F, Does::Nothing);
    let mut add = |name, address: usize, params: Vec<Param>, array, result, does| {
        h.add(Helper { name, address, params, array, result, owned: result == Ty::V, raises: result == Ty::V, does });
    };
    add("call", identity as *const () as usize, vec![b(Ty::V)], None, Ty::V, Does::RunsPython);
    add("take", identity as *const () as usize, vec![Param::consumed(Ty::V)], None, Ty::V, Does::RunsPython);
    add("new", identity as *const () as usize, vec![b(Ty::V)], None, Ty::V, Does::Writes(0));
    add("sum_array", sum_array as *const () as usize, vec![b(Ty::W)], Some(b(Ty::W)), Ty::W, Does::RunsPython);
    h
}

pub fn environment() -> Environment {
    Environment { helpers: helpers(), shape_is_fixed: |s| s < 16, slot_offset: 0 }
}
