//! The worked example of the crate's documentation: a loop over ints and floats in a fake frame, its exits, and a side
//! trace.

mod support;

use support::{boxed, jit, run, unboxed};
use weft_jit::{Config, Op, Passes, Resume, TraceKind};
use weft_layout::tag::{int_value, int_word};

/// The places of the "bytecode" the tests record: opaque to the JIT.
const HEADER: u64 = 100;
const DONE: u64 = 200;
const ODD: u64 = 150;

/// ```python
/// while i < n:
///     if i & 3 != 3: pass          # else: x = x * 0.5
///     s = s + i
///     x = x + i * 0.5
///     i = i + 1
/// ```
/// Slots: 0 i, 1 n, 2 s, 3 x.
fn record_loop(jit: &mut weft_jit::Jit) -> weft_jit::TraceId {
    let mut b = jit.root_trace(TraceKind::Loop, &[HEADER]);
    (|| {
        let (i, n) = (b.slot(0)?, b.slot(1)?);
        let i = b.guard_int(i)?;
        let n = b.guard_int(n)?;
        let more = b.emit(Op::IntLt, &[i, n])?;
        b.set_words(&[DONE]);
        let done = b.snapshot(Resume::At);
        b.set_words(&[HEADER]);
        b.guard_condition(more, true, Some(done))?;

        let three = b.const_int(3);
        let low = b.emit(Op::IntAnd, &[i, three])?;
        let odd = b.emit(Op::IntEq, &[low, three])?;
        b.set_words(&[ODD]);
        let to_odd = b.snapshot(Resume::At);
        b.set_words(&[HEADER + 10]);
        b.guard_condition(odd, false, Some(to_odd))?;

        let s = b.slot(2)?;
        let s = b.guard_int(s)?;
        let s = b.emit(Op::IntAdd, &[s, i])?;
        b.overwrite(2, s)?;

        b.set_words(&[HEADER + 20]);
        let x = b.slot(3)?;
        let f = b.guard_float(x)?;
        let half = b.const_float(0.5);
        let fi = b.emit(Op::FloatOfInt, &[i])?;
        let t = b.emit(Op::FloatMul, &[fi, half])?;
        let f = b.emit(Op::FloatAdd, &[f, t])?;
        b.overwrite(3, f)?;

        b.set_words(&[HEADER + 30]);
        let one = b.const_int(1);
        let i = b.emit(Op::IntAdd, &[i, one])?;
        b.overwrite(0, i)?;
        b.set_words(&[HEADER]);
        b.close_loop()
    })()
    .expect("recorded");
    jit.compile(b).expect("compiled")
}

/// From the exit where `i & 3 == 3`: does the same with `x = x * 0.5` first and goes back into the loop.
fn record_side(jit: &mut weft_jit::Jit, id: weft_jit::ExitId, target: weft_jit::TraceId) -> weft_jit::TraceId {
    let mut b = jit.side_trace(id).expect("an exit");
    (|| {
        let i = b.slot(0)?;
        assert_eq!(b.ty(i), weft_jit::Ty::I, "inherited unboxed");
        let x = b.slot(3)?;
        let f = if b.ty(x) == weft_jit::Ty::F { x } else { b.guard_float(x)? };
        let half = b.const_float(0.5);
        let f = b.emit(Op::FloatMul, &[f, half])?;
        let s = b.slot(2)?;
        let s = if b.ty(s) == weft_jit::Ty::I { s } else { b.guard_int(s)? };
        let s = b.emit(Op::IntAdd, &[s, i])?;
        b.overwrite(2, s)?;
        let fi = b.emit(Op::FloatOfInt, &[i])?;
        let t = b.emit(Op::FloatMul, &[fi, half])?;
        let f = b.emit(Op::FloatAdd, &[f, t])?;
        b.overwrite(3, f)?;
        let one = b.const_int(1);
        let i = b.emit(Op::IntAdd, &[i, one])?;
        b.overwrite(0, i)?;
        b.set_words(&[HEADER]);
        b.link(target)
    })()
    .expect("recorded");
    jit.compile(b).expect("compiled")
}

/// The loop in Rust, from `i` up to `n`.
fn reference(mut i: i64, n: i64, mut s: i64, mut x: f64) -> (i64, i64, f64) {
    while i < n {
        if i & 3 == 3 {
            x *= 0.5;
        }
        s += i;
        x += i as f64 * 0.5;
        i += 1;
    }
    (i, s, x)
}

fn all_subsets() -> Vec<Passes> {
    use weft_jit::Pass;
    let mut list = vec![Passes::all(), Passes::none()];
    list.extend(Pass::ALL.iter().map(|&p| Passes::all().without(p)));
    list.extend(Pass::ALL.iter().map(|&p| Passes::none().with(p)));
    list
}

#[test]
fn a_loop_its_exits_and_a_side_trace() {
    for passes in all_subsets() {
        let mut jit = jit(Config { passes, check: true, ..Config::default() });
        let trace = record_loop(&mut jit);

        // i = 3 leaves at once, before anything is done.
        let mut frame = [int_word(3), int_word(10), int_word(0), boxed(1.0)];
        let left = run(&mut jit, trace, &mut frame);
        assert_eq!((left.words[0][0], left.resume), (ODD, Resume::At));
        assert_eq!(frame, [int_word(3), int_word(10), int_word(0), boxed(1.0)]);

        // i = 4 runs up to 7.
        let mut frame = [int_word(4), int_word(10), int_word(5), boxed(1.0)];
        let left = run(&mut jit, trace, &mut frame);
        let (i, s, x) = reference(4, 7, 5, 1.0);
        assert_eq!(left.words[0][0], ODD);
        assert_eq!((int_value(frame[0]), int_value(frame[2]), unboxed(frame[3])), (i, s, x));
        let hot = left.id;

        // A float where the loop was recorded with an int.
        let mut frame = [boxed(4.0), int_word(10), int_word(5), boxed(1.0)];
        let left = run(&mut jit, trace, &mut frame);
        assert_eq!((left.words[0][0], frame[0]), (HEADER, boxed(4.0)));

        record_side(&mut jit, hot, trace);
        for n in [4, 5, 7, 8, 9, 1000] {
            let mut frame = [int_word(4), int_word(n), int_word(5), boxed(1e70)];
            let left = run(&mut jit, trace, &mut frame);
            let (i, s, x) = reference(4, n, 5, 1e70);
            assert_eq!(left.words[0][0], if n >= 8 { left.words[0][0] } else { DONE });
            // Without its own side trace, the peeled iteration's exit is another than the loop's.
            if left.words[0][0] == DONE {
                assert_eq!((int_value(frame[0]), int_value(frame[2])), (i, s));
                assert_eq!(unboxed(frame[3]), x);
            } else {
                record_side(&mut jit, left.id, trace);
                let mut frame = [int_word(4), int_word(n), int_word(5), boxed(1e70)];
                let left = run(&mut jit, trace, &mut frame);
                assert_eq!(left.words[0][0], DONE);
                assert_eq!((int_value(frame[0]), int_value(frame[2]), unboxed(frame[3])), (i, s, x));
            }
        }
    }
}

#[test]
fn speed() {
    let mut jit = jit(Config::default());
    let trace = record_loop(&mut jit);
    let mut frame = [int_word(4), int_word(10), int_word(5), boxed(1.0)];
    let left = run(&mut jit, trace, &mut frame);
    record_side(&mut jit, left.id, trace);
    let mut frame = [int_word(4), int_word(12), int_word(5), boxed(1.0)];
    let left = run(&mut jit, trace, &mut frame);
    if left.words[0][0] != DONE {
        record_side(&mut jit, left.id, trace);
    }
    let n = 10_000_000;
    let mut frame = [int_word(4), int_word(n), int_word(5), boxed(1.0)];
    let start = std::time::Instant::now();
    let left = run(&mut jit, trace, &mut frame);
    let t = start.elapsed();
    assert_eq!(left.words[0][0], DONE);
    println!("{:.2} ns an iteration\n{}", t.as_nanos() as f64 / n as f64, jit.stats);
    println!("{}", jit.disassemble(trace).unwrap());
}

/// `cargo test --release -p weft-jit --test example -- --ignored --nocapture` prints what compiling costs.
#[test]
#[ignore = "figures, not a test"]
fn figures() {
    let mut jit = jit(Config { check: false, ..Config::default() });
    for round in 0..2 {
        jit.stats = weft_jit::Stats::default();
        let start = std::time::Instant::now();
        let n = 2000;
        for _ in 0..n {
            record_loop(&mut jit);
        }
        let all = start.elapsed();
        jit.flush();
        jit.reclaim();
        if round == 1 {
            let per = |d: std::time::Duration| d.as_nanos() as f64 / n as f64 / 1000.0;
            println!("recording and compiling: {:.2} us a trace", per(all));
            for (stage, time) in &jit.stats.time {
                println!("  {stage:?}: {:.2} us", per(*time));
            }
            println!("  {} instructions, {} ops, {} bytes", jit.stats.compiled / n, jit.stats.ops / n, jit.stats.bytes / n);
        }
    }
}
