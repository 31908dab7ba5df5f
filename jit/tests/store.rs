//! Throwing traces away, a full code cache, and exits after a release that ran Python code.

mod support;

use support::{SHAPE_WITH_DEL, jit, object, refcount, run};
use weft_jit::{Abort, Backend, Config, ExitId, Jit, Op, Resume, TraceId, TraceKind};
use weft_layout::tag::{NONE, int_value, int_word};

/// `while i < n: i += 1`, with slot 2 set to None each time. Depends on `key`.
fn counting(jit: &mut Jit, key: u64) -> Result<TraceId, Abort> {
    let mut b = jit.root_trace(TraceKind::Loop, &[1]);
    b.depends_on(key);
    (|| {
        let (i, n) = (b.slot(0)?, b.slot(1)?);
        let (i, n) = (b.guard_int(i)?, b.guard_int(n)?);
        let more = b.emit(Op::IntLt, &[i, n])?;
        b.guard_condition(more, true, None)?;
        let none = b.const_value(NONE);
        b.overwrite(2, none)?;
        b.set_words(&[2]);
        let one = b.const_int(1);
        let i = b.emit(Op::IntAdd, &[i, one])?;
        b.overwrite(0, i)?;
        b.set_words(&[1]);
        b.close_loop()
    })()?;
    jit.compile(b)
}

/// From the exit at the loop's end: adds 100 to `n` once, if it is below 100, and goes on.
fn extend(jit: &mut Jit, exit: ExitId, target: TraceId) -> Result<TraceId, Abort> {
    let mut b = jit.side_trace(exit)?;
    b.depends_on(77);
    (|| {
        let n = b.slot(1)?;
        let n = b.guard_int(n)?;
        let hundred = b.const_int(100);
        let small = b.emit(Op::IntLt, &[n, hundred])?;
        b.guard_condition(small, true, None)?;
        let n = b.emit(Op::IntAdd, &[n, hundred])?;
        b.overwrite(1, n)?;
        b.link(target)
    })()?;
    jit.compile(b)
}

#[test]
fn invalidation_unlinks_and_frees() {
    on_backend(Backend::CopyAndPatch);
    on_backend(Backend::Cranelift);
}

fn on_backend(backend: Backend) {
    let mut jit = jit(Config { backend, compare: true, ..Config::default() });
    let root = counting(&mut jit, 5).expect("compiled");
    let go = |jit: &mut Jit| {
        let mut frame = [int_word(0), int_word(10), NONE];
        let left = run(jit, root, &mut frame);
        (left.id, int_value(frame[0]))
    };
    let (exit, i) = go(&mut jit);
    assert_eq!((exit.trace, i), (root, 10));
    let side = extend(&mut jit, exit, root).expect("compiled");
    assert_eq!(go(&mut jit).1, 110);
    assert!(matches!(jit.side_trace(exit), Err(Abort::DeadTrace)), "the exit is taken");

    // The side trace goes, and the exit leaves again.
    assert_eq!(jit.invalidate(77), vec![side]);
    assert_eq!(jit.invalidate(77), vec![]);
    assert_eq!(go(&mut jit), (exit, 10));
    let side = extend(&mut jit, exit, root).expect("compiled again");
    assert_eq!(go(&mut jit).1, 110);

    // With the root goes what hangs on it.
    let free = jit.cache_available();
    let mut killed = jit.invalidate(5);
    killed.sort();
    assert_eq!(killed, vec![root, side]);
    assert!(!jit.is_live(root) && jit.entry(root).is_none());
    assert_eq!(jit.reclaim(), 3);
    assert!(jit.cache_available() > free);
    assert_eq!(jit.hot_exits().len(), 0);
    assert_eq!(!jit.stats.compared.is_empty(), backend == Backend::Cranelift);
}

#[test]
fn a_full_cache_is_an_error_and_can_be_flushed() {
    let mut jit = jit(Config { cache_size: 1, ..Config::default() });
    let mut n = 0;
    let full = loop {
        match counting(&mut jit, n) {
            Ok(_) => n += 1,
            Err(e) => break e,
        }
        assert!(n < 100_000);
    };
    assert_eq!(full, Abort::CodeCacheFull);
    assert!(n > 10);
    assert_eq!(jit.stats.aborts["code cache full"], 1);
    assert_eq!(jit.flush().len(), n as usize);
    assert_eq!(jit.reclaim(), n as usize);
    let again = counting(&mut jit, 0).expect("room again");
    let mut frame = [int_word(0), int_word(3), NONE];
    run(&mut jit, again, &mut frame);
    assert_eq!(int_value(frame[0]), 3);
}

#[test]
fn a_release_that_ran_python_code_leaves_after_the_bytecode() {
    let mut jit = jit(Config::default());
    let trace = counting(&mut jit, 1).expect("compiled");
    let quiet = object(80, int_word(1));
    let mut frame = [int_word(0), int_word(10), quiet];
    let left = run(&mut jit, trace, &mut frame);
    assert_eq!((left.resume, int_value(frame[0]), refcount(quiet)), (Resume::At, 10, 0));

    let loud = object(SHAPE_WITH_DEL, int_word(1));
    let mut frame = [int_word(0), int_word(10), loud];
    let left = run(&mut jit, trace, &mut frame);
    assert_eq!((left.resume, left.words[0][0]), (Resume::After, 1));
    assert_eq!(frame, [int_word(0), int_word(10), NONE]);
    assert_eq!(refcount(loud), 0);

    // With another owner nothing is released.
    let shared = object(SHAPE_WITH_DEL, int_word(1));
    // SAFETY: the object was just made.
    unsafe { (*(shared as *mut support::Object)).refcount = 2 };
    let mut frame = [int_word(0), int_word(10), shared];
    let left = run(&mut jit, trace, &mut frame);
    assert_eq!((left.resume, refcount(shared)), (Resume::At, 1));
}
