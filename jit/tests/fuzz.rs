//! Random programs, run by a small interpreter alone and by the same interpreter with the JIT: both have to end in the
//! same state, reference counts included.
//!
//! A program is a loop over statements on the slots of one frame. The interpreter here is to the JIT what the VM is: it
//! records with a [`TraceBuilder`], enters traces, restores frames at exits, records side traces. Every program runs with
//! a random set of passes. Seeds are fixed; `WEFT_FUZZ=from..to` runs others.

mod support;

use std::collections::HashMap;
use support::{Left, Object, boxed, object, unboxed};
use weft_jit::{Abort, Backend, Config, ExitId, Jit, Op, Pass, Passes, Ref, Resume, TraceBuilder, TraceId, TraceKind, Ty};
use weft_layout::tag;

const SLOTS: usize = 7;
/// Objects with one field.
const BOX: u32 = 70;
/// The same, of another class.
const OTHER: u32 = 71;

#[derive(Clone, Copy, Debug)]
enum Arith {
    Add,
    Sub,
    Mul,
    And,
    FloorDiv,
    Mod,
    Shl,
    Min,
}

#[derive(Clone, Copy, Debug)]
enum Stmt {
    /// Leaves the loop unless slot 0 < slot 1.
    Head,
    Arith(Arith, usize, usize, usize),
    Const(usize, u64),
    Copy(usize, usize),
    /// Skips so many statements unless `a < b` (of numbers; otherwise nothing is skipped).
    UnlessLess(usize, usize, usize),
    /// Skips so many statements if the two are the same object or value. Equal floats are: where one is computed twice,
    /// compiled code may box it once.
    IfSame(usize, usize, usize),
    New(usize, usize, bool),
    /// `dst = obj.field`, or `dst = obj` if it is none.
    Get(usize, usize),
    /// `obj.field = src`, or nothing if it is none.
    Set(usize, usize),
    /// A call that may run Python code; it stores into slot-independent state when given an object. Raises for 13.
    Call(usize, usize),
    /// A call that consumes its argument's reference.
    Take(usize, usize),
    /// `dst = half(src)` for floats, a leaf helper.
    Half(usize, usize),
    /// `dst = f(a, b)`, a Python function that is inlined: [`INNER`] on a frame of three slots.
    Inline(usize, usize, usize),
    /// Slot 0 += 1.
    Step,
}

/// The function that [`Stmt::Inline`] calls: its arguments are in slots 0 and 1, its result in slot 2.
const INNER: [Stmt; 5] = [
    Stmt::Arith(Arith::Add, 2, 0, 1),
    Stmt::Copy(1, 2),
    Stmt::UnlessLess(2, 0, 1),
    Stmt::Arith(Arith::Sub, 2, 2, 0),
    Stmt::Arith(Arith::Min, 2, 2, 1),
];

struct Rng(u64);

impl Rng {
    fn next(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n
    }
}

fn program(rng: &mut Rng) -> Vec<Stmt> {
    let n = 3 + rng.next(14);
    let mut p = vec![Stmt::Head];
    let arith = [Arith::Add, Arith::Sub, Arith::Mul, Arith::And, Arith::FloorDiv, Arith::Mod, Arith::Shl, Arith::Min, Arith::Add];
    for k in 0..n {
        // Slots 0 and 1 are the loop's; 0 may be read.
        let d = 2 + rng.next(SLOTS - 2);
        let (a, b) = (rng.next(SLOTS), rng.next(SLOTS));
        let left = n - k;
        p.push(match rng.next(18) {
            0..=5 => Stmt::Arith(arith[rng.next(arith.len())], d, a, b),
            6 => Stmt::Const(d, tag::int_word(rng.next(20) as i64 - 3)),
            7 => Stmt::Const(d, boxed([0.0, 0.5, -1.25, 3.0][rng.next(4)])),
            8 => Stmt::Copy(d, a),
            9 => Stmt::UnlessLess(a, b, 1 + rng.next(left)),
            10 => Stmt::IfSame(a, b, 1 + rng.next(left)),
            11 => Stmt::New(d, a, rng.next(4) == 0),
            12 => Stmt::Get(d, a),
            13 => Stmt::Set(a, b),
            14 => Stmt::Call(d, a),
            15 => Stmt::Take(d, a),
            16 => Stmt::Inline(d, a, b),
            _ => Stmt::Half(d, a),
        });
    }
    p.push(Stmt::Step);
    p
}

// The interpreter.

fn is_object(w: u64) -> bool {
    tag::is_ptr(w) && shape(w) != support::FLOAT_SHAPE
}

fn shape(w: u64) -> u32 {
    // SAFETY: the tests' objects are never freed.
    unsafe { (*(w as *const Object)).shape }
}

fn field(w: u64) -> u64 {
    // SAFETY: as above.
    unsafe { (*(w as *const Object)).word }
}

fn incref(w: u64) -> u64 {
    if tag::is_ptr(w) {
        // SAFETY: as above.
        unsafe { (*(w as *mut Object)).refcount += 1 }
    }
    w
}

fn decref(w: u64) {
    if tag::is_ptr(w) {
        // SAFETY: as above.
        unsafe {
            let o = w as *mut Object;
            assert!((*o).refcount > 0, "released twice");
            (*o).refcount -= 1;
            if (*o).refcount == 0 && (*o).shape != support::FLOAT_SHAPE {
                decref((*o).word);
                (*o).word = support::FREED;
            }
        }
    }
}

fn identical(a: u64, b: u64) -> bool {
    let float = |w: u64| tag::is_ptr(w) && !is_object(w);
    a == b || float(a) && float(b) && unboxed(a).to_bits() == unboxed(b).to_bits()
}

fn is_number(w: u64) -> bool {
    tag::is_int(w) || tag::is_float(w) || tag::is_ptr(w) && !is_object(w)
}

fn arith(op: Arith, a: u64, b: u64) -> u64 {
    if tag::is_int(a) && tag::is_int(b) {
        let (i, j) = (tag::int_value(a) as i128, tag::int_value(b) as i128);
        let r = match op {
            Arith::Add => i + j,
            Arith::Sub => i - j,
            Arith::Mul => i * j,
            Arith::And => i & j,
            Arith::FloorDiv if j == 0 => 5,
            Arith::FloorDiv => i.div_euclid(j) - (j < 0 && i.rem_euclid(j) != 0) as i128,
            Arith::Mod if j == 0 => 6,
            Arith::Mod => i - j * (i.div_euclid(j) - (j < 0 && i.rem_euclid(j) != 0) as i128),
            Arith::Shl if (0..=62).contains(&j) => i << j,
            Arith::Shl => 8,
            Arith::Min => i.min(j),
        };
        return match i64::try_from(r).ok().and_then(tag::try_int_word) {
            Some(w) => w,
            None => tag::int_word(7),
        };
    }
    if is_number(a) && is_number(b) {
        let f = |w: u64| {
            if tag::is_int(w) { tag::int_value(w) as f64 } else { unboxed(w) }
        };
        let (x, y) = (f(a), f(b));
        let r = match op {
            Arith::Add => x + y,
            Arith::Sub => x - y,
            Arith::Mul => x * y,
            Arith::FloorDiv | Arith::Mod if y == 0.0 => 1.5,
            Arith::FloorDiv | Arith::Mod => x / y,
            Arith::And | Arith::Shl => -x,
            Arith::Min => {
                if y < x {
                    y
                } else {
                    x
                }
            }
        };
        // One NaN, so that bits can be compared.
        return boxed(if r.is_nan() { 0.25 } else { r });
    }
    tag::NONE
}

fn less(a: u64, b: u64) -> Option<bool> {
    if tag::is_int(a) && tag::is_int(b) {
        return Some(tag::int_value(a) < tag::int_value(b));
    }
    let float = |w: u64| is_number(w) && !tag::is_int(w);
    (float(a) && float(b)).then(|| unboxed(a) < unboxed(b))
}

#[derive(Debug, PartialEq, Clone, Copy)]
enum End {
    Pc(usize),
    Done,
    Raised(usize),
}

/// Where a branch over `n` statements leads: not over a loop's last, but to the end of an inlined function.
fn skipped(p: &[Stmt], pc: usize, n: usize) -> usize {
    let last = p.len() - matches!(p.last(), Some(Stmt::Step)) as usize;
    (pc + 1 + n).min(last)
}

/// Runs the inlined function from a statement on; its frame is gone then.
fn inner(mut pc: usize, g: &mut [u64]) -> u64 {
    while pc < INNER.len() {
        match step(&INNER, pc, g) {
            End::Pc(to) => pc = to,
            end => unreachable!("{end:?}"),
        }
    }
    decref(g[0]);
    decref(g[1]);
    g[2]
}

/// Executes one statement.
fn step(p: &[Stmt], pc: usize, f: &mut [u64]) -> End {
    let put = |d: usize, w: u64, f: &mut [u64]| {
        let old = std::mem::replace(&mut f[d], w);
        decref(old);
    };
    match p[pc] {
        Stmt::Head => {
            if less(f[0], f[1]) != Some(true) {
                return End::Done;
            }
        }
        Stmt::Arith(op, d, a, b) => put(d, arith(op, f[a], f[b]), f),
        Stmt::Const(d, w) => put(d, incref(w), f),
        Stmt::Copy(d, s) => put(d, incref(f[s]), f),
        Stmt::UnlessLess(a, b, n) => {
            if less(f[a], f[b]) == Some(false) {
                return End::Pc(skipped(p, pc, n));
            }
        }
        Stmt::IfSame(a, b, n) => {
            if identical(f[a], f[b]) {
                return End::Pc(skipped(p, pc, n));
            }
        }
        Stmt::New(d, s, other) => put(d, object(if other { OTHER } else { BOX }, incref(f[s])), f),
        Stmt::Get(d, o) => {
            let w = if is_object(f[o]) && shape(f[o]) == BOX { field(f[o]) } else { f[o] };
            put(d, incref(w), f);
        }
        Stmt::Set(o, s) => {
            if is_object(f[o]) && shape(f[o]) == BOX {
                let new = incref(f[s]);
                // SAFETY: the tests' objects are never freed.
                let old = unsafe { std::mem::replace(&mut (*(f[o] as *mut Object)).word, new) };
                decref(old);
            }
        }
        Stmt::Call(d, s) => match called(f[s]) {
            0 => return End::Raised(pc),
            w => put(d, w, f),
        },
        Stmt::Take(d, s) => match taken(incref(f[s])) {
            0 => return End::Raised(pc),
            w => put(d, w, f),
        },
        Stmt::Half(d, s) => {
            let w = f[s];
            let r = if is_number(w) && !tag::is_int(w) { boxed(unboxed(w) / 2.0) } else { incref(w) };
            put(d, r, f);
        }
        Stmt::Inline(d, a, b) => {
            let w = inner(0, &mut [incref(f[a]), incref(f[b]), 0]);
            put(d, w, f);
        }
        Stmt::Step => {
            f[0] = arith(Arith::Add, f[0], tag::int_word(1));
            return End::Pc(0);
        }
    }
    End::Pc(pc + 1)
}

/// "Python code": changes the object it is given.
extern "C" fn called(w: u64) -> u64 {
    if w == tag::int_word(13) {
        return 0;
    }
    if is_object(w) && tag::is_int(field(w)) {
        // SAFETY: the tests' objects are never freed.
        unsafe { (*(w as *mut Object)).word = arith(Arith::Add, field(w), tag::int_word(1)) };
    }
    incref(w)
}

/// Consumes its argument and returns a new reference to it.
extern "C" fn taken(w: u64) -> u64 {
    let r = called(w);
    decref(w);
    r
}

extern "C" fn new_box(w: u64) -> u64 {
    object(BOX, w)
}

extern "C" fn new_other(w: u64) -> u64 {
    object(OTHER, w)
}

extern "C" fn half(x: f64) -> f64 {
    x / 2.0
}

// The recorder.

struct Helpers {
    call: weft_jit::HelperId,
    take: weft_jit::HelperId,
    new: [weft_jit::HelperId; 2],
    half: weft_jit::HelperId,
}

fn environment() -> (weft_jit::Environment, Helpers) {
    use weft_jit::{Does, Helper, Param};
    let mut env = support::environment();
    let mut add = |name, address: usize, param, result, owned, raises, does| {
        env.helpers.add(Helper { name, address, params: vec![param], array: None, result, owned, raises, does })
    };
    let (b, c) = (Param::borrowed, Param::consumed);
    let helpers = Helpers {
        call: add("called", called as *const () as usize, b(Ty::V), Ty::V, true, true, Does::RunsPython),
        take: add("taken", taken as *const () as usize, c(Ty::V), Ty::V, true, true, Does::RunsPython),
        new: [
            add("new_box", new_box as *const () as usize, c(Ty::V), Ty::V, true, false, Does::Writes(0)),
            add("new_other", new_other as *const () as usize, c(Ty::V), Ty::V, true, false, Does::Writes(0)),
        ],
        half: add("half_of", half as *const () as usize, b(Ty::F), Ty::F, false, false, Does::Nothing),
    };
    (env, helpers)
}

/// A slot as an int, given that it is one.
fn int(b: &mut TraceBuilder, i: usize) -> Result<Ref, Abort> {
    let v = b.slot(i)?;
    match b.ty(v) {
        Ty::I => Ok(v),
        _ => b.guard_int(v),
    }
}

fn float(b: &mut TraceBuilder, i: usize, w: u64) -> Result<Ref, Abort> {
    let v = b.slot(i)?;
    match b.ty(v) {
        Ty::F => Ok(v),
        _ if tag::is_ptr(w) => b.guard_any_float(v),
        _ => b.guard_float(v),
    }
}

fn number(b: &mut TraceBuilder, i: usize, w: u64) -> Result<Ref, Abort> {
    if tag::is_int(w) {
        let n = int(b, i)?;
        return b.emit(Op::FloatOfInt, &[n]);
    }
    float(b, i, w)
}

/// Guards that a slot's value is not a float or an int, as its kind is now, and returns it tagged.
fn kind(b: &mut TraceBuilder, i: usize, w: u64) -> Result<Ref, Abort> {
    let v = b.slot(i)?;
    if b.ty(v) != Ty::V && b.ty(v) != Ty::P {
        return Ok(v);
    }
    if is_object(w) {
        b.guard_shape(v, shape(w))?;
    } else if tag::is_int(w) {
        return b.guard_int(v);
    } else if tag::is_ptr(w) {
        b.guard_any_float(v)?;
    } else if tag::is_float(w) {
        return b.guard_float(v);
    } else {
        let k = b.const_value(w);
        b.guard_is(v, k)?;
    }
    Ok(v)
}

/// Records the statement at `pc`, whose effect on the frame is known to be that of `f`.
fn record(b: &mut TraceBuilder, h: &Helpers, p: &[Stmt], pc: usize, f: &[u64]) -> Result<(), Abort> {
    b.set_words(&[pc as u64]);
    b.set_origin(weft_jit::Origin { code: 1, offset: pc as u32, depth: 0 });
    let elsewhere = |b: &mut TraceBuilder, to: usize| {
        b.set_words(&[to as u64]);
        let s = b.snapshot(Resume::At);
        b.set_words(&[pc as u64]);
        s
    };
    match p[pc] {
        Stmt::Head => {
            let (i, n) = (int(b, 0)?, int(b, 1)?);
            let c = b.emit(Op::IntLt, &[i, n])?;
            let out = elsewhere(b, p.len());
            b.guard_condition(c, true, Some(out))?;
        }
        Stmt::Arith(op, d, x, y) => {
            if tag::is_int(f[x]) && tag::is_int(f[y]) {
                let (i, j) = (int(b, x)?, int(b, y)?);
                let r = match op {
                    Arith::Add => b.emit(Op::IntAdd, &[i, j])?,
                    Arith::Sub => b.emit(Op::IntSub, &[i, j])?,
                    Arith::Mul => b.emit(Op::IntMul, &[i, j])?,
                    Arith::And => b.emit(Op::IntAnd, &[i, j])?,
                    Arith::FloorDiv => b.emit(Op::IntFloorDiv, &[i, j])?,
                    Arith::Mod => b.emit(Op::IntMod, &[i, j])?,
                    Arith::Shl => b.emit(Op::IntShl, &[i, j])?,
                    Arith::Min => {
                        let c = b.emit(Op::IntLe, &[i, j])?;
                        b.emit(Op::Select, &[c, i, j])?
                    }
                };
                b.overwrite(d, r)?;
            } else if is_number(f[x]) && is_number(f[y]) {
                let (i, j) = (number(b, x, f[x])?, number(b, y, f[y])?);
                let r = match op {
                    Arith::Add => b.emit(Op::FloatAdd, &[i, j])?,
                    Arith::Sub => b.emit(Op::FloatSub, &[i, j])?,
                    Arith::Mul => b.emit(Op::FloatMul, &[i, j])?,
                    Arith::FloorDiv | Arith::Mod => b.emit(Op::FloatDiv, &[i, j])?,
                    Arith::And | Arith::Shl => b.emit(Op::FloatNeg, &[i])?,
                    Arith::Min => b.emit(Op::FloatMin, &[i, j])?,
                };
                // NaN is no float this language has.
                b.emit(Op::GuardFloatEq, &[r, r])?;
                b.overwrite(d, r)?;
            } else {
                kind(b, x, f[x])?;
                kind(b, y, f[y])?;
                let none = b.const_value(tag::NONE);
                b.overwrite(d, none)?;
            }
        }
        Stmt::Const(d, w) => {
            let k = b.const_value(w);
            b.overwrite(d, k)?;
        }
        Stmt::Copy(d, s) => {
            let v = b.slot(s)?;
            b.overwrite(d, v)?;
        }
        Stmt::UnlessLess(x, y, n) => {
            let skip = skipped(p, pc, n);
            match less(f[x], f[y]) {
                None => {
                    kind(b, x, f[x])?;
                    kind(b, y, f[y])?;
                }
                Some(outcome) => {
                    let c = if tag::is_int(f[x]) {
                        let (i, j) = (int(b, x)?, int(b, y)?);
                        b.emit(Op::IntLt, &[i, j])?
                    } else {
                        let (i, j) = (float(b, x, f[x])?, float(b, y, f[y])?);
                        b.emit(Op::FloatLt, &[i, j])?
                    };
                    let other = elsewhere(b, if outcome { skip } else { pc + 1 });
                    b.guard_condition(c, outcome, Some(other))?;
                }
            }
        }
        Stmt::IfSame(x, y, n) => {
            let skip = skipped(p, pc, n);
            if [f[x], f[y]].iter().any(|&w| is_number(w)) {
                // Unboxed values have no identity here: leave it to the interpreter.
                return Err(Abort::Recorder("identity of a number".into()));
            }
            let (v, w) = (kind(b, x, f[x])?, kind(b, y, f[y])?);
            let c = b.emit(Op::WordEq, &[v, w])?;
            let same = identical(f[x], f[y]);
            let other = elsewhere(b, if same { pc + 1 } else { skip });
            b.guard_condition(c, same, Some(other))?;
        }
        Stmt::New(d, s, other) => {
            let v = b.slot(s)?;
            let v = b.boxed(v)?;
            let r = b.call(h.new[other as usize], &[v])?;
            let r = b.assume_object(r, Some(if other { OTHER } else { BOX }))?;
            b.overwrite(d, r)?;
        }
        Stmt::Get(d, o) => {
            let v = kind(b, o, f[o])?;
            let r = if is_object(f[o]) && shape(f[o]) == BOX {
                let v = b.guard_shape(v, BOX)?;
                let r = b.load(Op::LoadValue, v, 8)?;
                // The slot's reference, now that `r` may outlive the container.
                b.incref(r)?;
                r
            } else {
                v
            };
            b.overwrite(d, r)?;
        }
        Stmt::Set(o, s) => {
            let v = kind(b, o, f[o])?;
            if is_object(f[o]) && shape(f[o]) == BOX {
                let v = b.guard_shape(v, BOX)?;
                let new = b.slot(s)?;
                let new = b.boxed(new)?;
                let old = b.load(Op::LoadValue, v, 8)?;
                b.store(Op::StoreWord, v, new, 8)?;
                b.own(old)?;
                b.discard(old)?;
            }
        }
        Stmt::Call(d, s) => {
            let v = b.slot(s)?;
            let v = b.boxed(v)?;
            let r = b.call(h.call, &[v])?;
            let old = b.slot(d)?;
            b.set_slot(d, r);
            b.after_call()?;
            b.discard(v)?;
            b.discard(old)?;
        }
        Stmt::Take(d, s) => {
            let v = b.slot(s)?;
            let v = b.boxed(v)?;
            let r = b.call(h.take, &[v])?;
            let old = b.slot(d)?;
            b.set_slot(d, r);
            b.after_call()?;
            b.discard(v)?;
            b.discard(old)?;
        }
        Stmt::Half(d, s) => {
            let v = kind(b, s, f[s])?;
            if is_number(f[s]) && !tag::is_int(f[s]) {
                let x = float(b, s, f[s])?;
                let r = b.call(h.half, &[x])?;
                b.overwrite(d, r)?;
            } else {
                b.overwrite(d, v)?;
            }
        }
        Stmt::Inline(d, x, y) => {
            let (v, w) = (b.slot(x)?, b.slot(y)?);
            b.push_frame(&[0]);
            b.set_slot(0, v);
            b.set_slot(1, w);
            let null = b.const_value(0);
            b.set_slot(2, null);
            record_inner(b, h, 0, &mut [incref(f[x]), incref(f[y]), 0])?;
            finish_inline(b, pc, d)?;
        }
        Stmt::Step => {
            let i = int(b, 0)?;
            let one = b.const_int(1);
            let r = b.emit(Op::IntAdd, &[i, one])?;
            b.overwrite(0, r)?;
        }
    }
    Ok(())
}

/// Records the rest of the inlined function; `g` is its frame, and gone afterwards.
fn record_inner(b: &mut TraceBuilder, h: &Helpers, mut pc: usize, g: &mut [u64]) -> Result<(), Abort> {
    while pc < INNER.len() {
        record(b, h, &INNER, pc, g)?;
        match step(&INNER, pc, g) {
            End::Pc(to) => pc = to,
            end => unreachable!("{end:?}"),
        }
    }
    g.iter().for_each(|&w| decref(w));
    b.set_words(&[pc as u64]);
    Ok(())
}

/// Records the return from the inlined function.
fn finish_inline(b: &mut TraceBuilder, pc: usize, d: usize) -> Result<(), Abort> {
    let result = b.slot(2)?;
    let gone = b.pop_frame();
    b.set_words(&[pc as u64]);
    let old = b.slot(d)?;
    b.set_slot(d, result);
    for r in gone {
        b.discard(r)?;
    }
    b.discard_nullable(old)
}

// The VM.

struct Vm<'a> {
    p: &'a [Stmt],
    jit: &'a mut Jit,
    h: &'a Helpers,
    root: Option<TraceId>,
    recording: Option<TraceBuilder>,
    tried: HashMap<ExitId, u32>,
    side_traces: usize,
    entered: usize,
    aborts: Vec<Abort>,
    verbose: bool,
}

impl Vm<'_> {
    fn run(&mut self, f: &mut [u64]) -> End {
        let mut pc = 0;
        let mut visits = 0;
        let mut fresh = true;
        loop {
            if pc == self.p.len() {
                return End::Done;
            }
            if pc == 0 {
                visits += 1;
                self.at_head();
                if self.recording.is_none()
                    && let Some(root) = self.root
                    && fresh
                {
                    self.entered += 1;
                    if self.verbose {
                        println!("enter with {f:x?}");
                    }
                    let left = support::run(self.jit, root, f);
                    if self.verbose {
                        println!("left by {left:?} with {f:x?}");
                    }
                    match self.left(left, f) {
                        End::Pc(to) => pc = to,
                        end => return end,
                    }
                    // Progress before the next entry.
                    fresh = pc != 0;
                    if pc == self.p.len() {
                        return End::Done;
                    }
                    if self.recording.is_some() && pc == 0 {
                        // The side trace starts at the head: its first step is recorded below.
                    }
                } else if self.root.is_none() && self.recording.is_none() && visits == 2 {
                    self.recording = Some(self.jit.root_trace(TraceKind::Loop, &[0]));
                }
            }
            if let Some(mut b) = self.recording.take() {
                match record(&mut b, self.h, self.p, pc, f) {
                    Ok(()) => self.recording = Some(b),
                    Err(a) => {
                        assert!(!matches!(a, Abort::Invalid(_)), "{a}");
                        self.aborts.push(a);
                    }
                }
            }
            match step(self.p, pc, f) {
                End::Pc(to) => {
                    if to == 0 {
                        fresh = true;
                    }
                    pc = to;
                }
                end => {
                    self.recording = None;
                    return end;
                }
            }
        }
    }

    /// At the loop's head a recording ends.
    fn at_head(&mut self) {
        let Some(mut b) = self.recording.take() else {
            return;
        };
        if b.trace().insts.is_empty() || b.words() == [0] && b.trace().origins.len() == 1 {
            self.recording = Some(b);
            return;
        }
        b.set_words(&[0]);
        let ended = match self.root {
            None => b.close_loop(),
            Some(root) => b.link(root),
        };
        let is_root = self.root.is_none();
        let result = ended.and_then(|()| self.jit.compile(b));
        match result {
            Ok(id) if is_root => self.root = Some(id),
            Ok(_) => self.side_traces += 1,
            Err(a) => {
                assert!(!matches!(a, Abort::Invalid(_)), "{a}");
                self.aborts.push(a);
            }
        }
    }

    fn left(&mut self, left: Left, f: &mut [u64]) -> End {
        let pc = left.words[0][0] as usize;
        if left.resume == Resume::Raising {
            return End::Raised(pc);
        }
        let after = (left.resume == Resume::After) as usize;
        let pc = if left.inner.is_empty() { pc + after } else { pc };
        let tries = self.tried.entry(left.id).or_default();
        *tries += 1;
        if *tries <= 2 && self.side_traces < 20 && pc < self.p.len() && left.resume == Resume::At {
            match self.jit.side_trace(left.id) {
                Ok(b) => self.recording = Some(b),
                Err(a) => assert!(!matches!(a, Abort::Invalid(_)), "{a}"),
            }
        }
        if let Some(slots) = left.inner.first() {
            // The inlined function was left in the middle.
            let Stmt::Inline(d, ..) = self.p[pc] else { panic!("no call at {pc}") };
            let at = left.words[1][0] as usize + after;
            let mut g = [0; 3];
            slots.iter().for_each(|s| g[s.0 as usize] = s.1);
            if let Some(mut b) = self.recording.take() {
                let mut copy = g;
                copy.iter_mut().for_each(|w| *w = incref(*w));
                let result = record_inner(&mut b, self.h, at, &mut copy).and_then(|()| finish_inline(&mut b, pc, d));
                match result {
                    Ok(()) => self.recording = Some(b),
                    Err(a) => {
                        assert!(!matches!(a, Abort::Invalid(_)), "{a}");
                        self.aborts.push(a);
                    }
                }
            }
            let w = inner(at, &mut g);
            decref(std::mem::replace(&mut f[d], w));
            return End::Pc(pc + 1);
        }
        End::Pc(pc)
    }
}

/// Whether two states are the same, up to the objects' addresses.
fn same(a: u64, b: u64, map: &mut HashMap<u64, u64>) -> Result<(), String> {
    if is_object(a) && is_object(b) {
        if let Some(&known) = map.get(&a) {
            return if known == b { Ok(()) } else { Err("other identities".into()) };
        }
        map.insert(a, b);
        if (shape(a), support::refcount(a)) != (shape(b), support::refcount(b)) {
            return Err(format!("counts {} and {}", support::refcount(a), support::refcount(b)));
        }
        return same(field(a), field(b), map);
    }
    if is_number(a) && is_number(b) && !tag::is_int(a) && !tag::is_int(b) {
        let (x, y) = (unboxed(a), unboxed(b));
        return if x.to_bits() == y.to_bits() { Ok(()) } else { Err(format!("{x:e} and {y:e}")) };
    }
    if a == b { Ok(()) } else { Err(format!("{a:#x} and {b:#x}")) }
}

/// The slots a program starts with. The same seed makes the same slots.
fn state(seed: u64) -> Vec<u64> {
    let mut rng = Rng(seed);
    rng.next(9);
    let mut f: Vec<u64> = vec![tag::int_word(0), tag::int_word(4 + rng.next(30) as i64)];
    let mut objects = Vec::new();
    while f.len() < SLOTS {
        let w = match rng.next(9) {
            0..=2 => tag::int_word(rng.next(50) as i64 - 5),
            3 => tag::int_word(tag::INT_MAX - rng.next(9) as i64),
            4 | 5 => boxed(rng.next(100) as f64 / 4.0 - 2.0),
            6 => boxed([1e300, -0.0, 1e-300][rng.next(3)]),
            7 => tag::NONE,
            _ => {
                let inner = if rng.next(3) == 0 && !objects.is_empty() {
                    incref(objects[rng.next(objects.len())])
                } else {
                    tag::int_word(rng.next(9) as i64)
                };
                let o = object(if rng.next(5) == 0 { OTHER } else { BOX }, inner);
                objects.push(o);
                o
            }
        };
        f.push(w);
    }
    f
}

fn subset(rng: &mut Rng) -> Passes {
    match rng.next(4) {
        0 | 1 => Passes::all(),
        2 => Passes::all().without(Pass::ALL[rng.next(Pass::ALL.len())]),
        _ => Pass::ALL.iter().fold(Passes::none(), |s, &p| if rng.next(2) == 0 { s.with(p) } else { s }),
    }
}

#[derive(Default, Debug)]
struct Totals {
    programs: usize,
    roots: usize,
    side_traces: usize,
    entered: usize,
    aborts: HashMap<String, usize>,
}

fn one(seed: u64, backend: Backend, totals: &mut Totals) {
    let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let p = program(&mut rng);
    let passes = subset(&mut rng);
    let (env, h) = environment();
    let config = Config { backend, passes, check: true, cache_size: 1 << 20, ..Config::default() };
    let mut jit = support::jit_with(config, env);
    let mut vm = Vm {
        p: &p,
        jit: &mut jit,
        h: &h,
        root: None,
        recording: None,
        tried: HashMap::new(),
        side_traces: 0,
        entered: 0,
        aborts: Vec::new(),
        verbose: std::env::var_os("WEFT_FUZZ_VERBOSE").is_some(),
    };
    for run in 0..8 {
        let start = seed * 100 + [0, 0, 1, 0, 2, 3, 1, 4][run];
        let (mut expected, mut actual) = (state(start), state(start));
        let mut pc = End::Pc(0);
        while let End::Pc(at) = pc {
            pc = step(&p, at, &mut expected);
        }
        let end = vm.run(&mut actual);
        let context = || {
            let mut s = format!("seed {seed}, run {run}, passes {passes:?}\n{:#?}\n", p);
            for (id, t) in vm.jit.traces().iter() {
                s += &format!("== {id} {:?}\n{}", t.kind, weft_jit::ir::text::print(&t.ir, &vm.jit.environment().helpers));
                s += &weft_jit::lower::text::print(&t.lowered);
            }
            s
        };
        assert_eq!(end, pc, "{}", context());
        let mut map = HashMap::new();
        for i in 0..SLOTS {
            if let Err(e) = same(expected[i], actual[i], &mut map) {
                panic!("slot {i}: {e}\nexpected {expected:x?}\nactual   {actual:x?}\n{}", context());
            }
        }
    }
    totals.programs += 1;
    totals.roots += vm.root.is_some() as usize;
    totals.side_traces += vm.side_traces;
    totals.entered += vm.entered;
    for a in &vm.aborts {
        *totals.aborts.entry(a.name().to_string()).or_default() += 1;
    }
}

fn run_programs(backend: Backend, default: u64) {
    let range = std::env::var("WEFT_FUZZ").ok();
    let range = range.as_deref().and_then(|r| r.split_once("..")).map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap()));
    let (from, to) = range.unwrap_or((0, default));
    let mut totals = Totals::default();
    for seed in from..to {
        one(seed, backend, &mut totals);
    }
    println!("{totals:?}");
    assert!(totals.roots > 0);
}

#[test]
fn programs() {
    run_programs(Backend::CopyAndPatch, 400);
}

#[test]
fn programs_on_the_reference_backend() {
    run_programs(Backend::Cranelift, 100);
}
