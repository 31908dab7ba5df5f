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
    add("write_first", write_word as *const () as usize, vec![b(Ty::P), b(Ty::W)], Ty::None, Does::WritesFirst(mask));
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

// Running compiled code.

use std::sync::atomic::{AtomicU64, Ordering};
use weft_codecache::Runtime;
use weft_jit::{Config, ExitId, ExitInfo, Jit, Resume, TraceId};
use weft_layout::machine_frame::MachineFrame;
use weft_layout::tag;

/// How many objects the release slow path was called for.
pub static RELEASED: AtomicU64 = AtomicU64::new(0);

/// An object of this shape runs Python code when it is released.
pub const SHAPE_WITH_DEL: u32 = 66;

/// Marks a released object.
pub const FREED: u64 = 0xdead_beef;

unsafe extern "C" fn release(frame: *mut MachineFrame) {
    // SAFETY: the stencil passes a live object whose count has reached zero.
    unsafe {
        let object = (*frame).slow_operands[0] as *mut Object;
        RELEASED.fetch_add(1, Ordering::Relaxed);
        (*frame).slow_ran_python = ((*object).shape == SHAPE_WITH_DEL) as u64;
        if (*object).shape != FLOAT_SHAPE {
            drop_field(object);
        }
    }
}

/// Releases what a dead object's field holds.
unsafe fn drop_field(object: *mut Object) {
    // SAFETY: the caller's object is dead and not yet marked so.
    unsafe {
        let word = std::mem::replace(&mut (*object).word, FREED);
        if tag::is_ptr(word) {
            let inner = word as *mut Object;
            (*inner).refcount -= 1;
            if (*inner).refcount == 0 && (*inner).shape != FLOAT_SHAPE {
                drop_field(inner);
            }
        }
    }
}

/// The shape of heap floats in tests.
pub const FLOAT_SHAPE: u32 = 1;

unsafe extern "C" fn new_cell(_: *mut MachineFrame) {
    unreachable!("no test makes objects")
}

unsafe extern "C" fn box_float(frame: *mut MachineFrame) {
    // SAFETY: the stencil passes the float's bits.
    unsafe { (*frame).slow_result = boxed(f64::from_bits((*frame).slow_operands[0])) }
}

/// A float as a tagged word, on the heap if it must.
pub fn boxed(f: f64) -> u64 {
    tag::try_float_word(f).unwrap_or_else(|| object(FLOAT_SHAPE, f.to_bits()))
}

/// A new object, never freed, with one reference.
pub fn object(shape: u32, word: u64) -> u64 {
    Box::leak(Box::new(Object { refcount: 1, shape, word })) as *mut Object as u64
}

/// The float of a tagged word.
pub fn unboxed(w: u64) -> f64 {
    if tag::is_float(w) {
        tag::float_value(w)
    } else {
        // SAFETY: the tests' floats are never freed.
        f64::from_bits(unsafe { (*(w as *const Object)).word })
    }
}

/// A reference count of the tests' objects.
pub fn refcount(w: u64) -> u32 {
    // SAFETY: the tests' objects are never freed.
    unsafe { (*(w as *const Object)).refcount }
}

/// A JIT with the tests' helpers and slow paths.
pub fn jit(config: Config) -> Jit {
    jit_with(config, environment())
}

/// A JIT with other helpers.
pub fn jit_with(config: Config, env: Environment) -> Jit {
    Jit::new(config, env, Runtime { slow_paths: [release, box_float, new_cell] }).expect("a code cache")
}

/// What an exit leaves: the exit, the resume kind, each frame's words and slots (with what the frame had in memory where
/// the snapshot does not say), and how many drops.
#[derive(Debug, PartialEq)]
pub struct Left {
    pub id: ExitId,
    pub resume: Resume,
    pub words: Vec<Vec<u64>>,
    pub inner: Vec<Vec<(u16, u64)>>,
}

/// Enters a trace and writes the exit's slots back into the frame, as a VM would.
pub fn run(jit: &mut Jit, trace: TraceId, frame: &mut [u64]) -> Left {
    let mut machine = Box::new(MachineFrame::new());
    // SAFETY: the tests' traces touch the frame's slots and live objects only.
    let info = unsafe { jit.enter(trace, &mut machine, frame.as_mut_ptr() as u64) };
    jit.hit(info.id);
    restore(jit, info, &machine, frame)
}

pub fn restore(jit: &Jit, info: ExitInfo, machine: &MachineFrame, frame: &mut [u64]) -> Left {
    let view = jit.snapshot(info.id);
    let incref = |w: u64| {
        if tag::is_ptr(w) {
            // SAFETY: the tests' objects are never freed.
            unsafe { (*(w as *mut Object)).refcount += 1 }
        }
    };
    // Everything is read before anything is written: a value may still be in the frame.
    let mut all = Vec::new();
    let mut words = Vec::new();
    let mut boxes: Vec<(weft_jit::Ref, u64)> = Vec::new();
    for f in view.frames() {
        words.push(f.words.to_vec());
        let mut slots = Vec::new();
        for s in f.slots {
            let w = s.value.map_or(0, |v| {
                if let Some(known) = boxes.iter().find(|b| b.0 == v.id && v.ty == weft_jit::Ty::F) {
                    incref(known.1);
                    return known.1;
                }
                // SAFETY: the frame has just been left.
                let w = unsafe { v.tagged(machine, info.python_frame, boxed) };
                if v.ty == weft_jit::Ty::F {
                    boxes.push((v.id, w));
                } else if !s.moved && v.ty.counts() {
                    incref(w);
                }
                w
            });
            slots.push((s.slot, w));
        }
        all.push(slots);
    }
    for d in view.drops() {
        // SAFETY: the frame has just been left.
        let w = unsafe { d.bits(machine, info.python_frame) };
        if tag::is_ptr(w) {
            // SAFETY: the tests' objects are never freed.
            unsafe {
                (*(w as *mut Object)).refcount -= 1;
                if (*(w as *mut Object)).refcount == 0 && (*(w as *mut Object)).shape != FLOAT_SHAPE {
                    drop_field(w as *mut Object);
                }
            }
        }
    }
    for &(slot, w) in &all[0] {
        frame[slot as usize] = w;
    }
    Left { id: info.id, resume: view.resume, words, inner: all.split_off(1) }
}
