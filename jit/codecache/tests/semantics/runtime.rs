//! What involves the runtime: reference counts, slow paths, calls, exits, control.

use crate::machine::{END, EXIT, Machine, plain};
use crate::reference::count_after;
use crate::{Numbers, Object, set_up, variants};
use std::sync::atomic::{AtomicU64, Ordering};
use weft_codecache::{CodeCache, Config, Error, Runtime};
use weft_layout::header::{Header, IMMORTAL};
use weft_layout::machine_frame::MachineFrame;
use weft_layout::op::{Form, MachineOp, Op};
use weft_layout::tag;

/// Overwrites every register that a C function may.
fn clobber() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the registers are named as clobbered.
    unsafe {
        core::arch::asm!(
            "mov rax, -1", "mov rcx, rax", "mov rdx, rax", "mov rsi, rax", "mov rdi, rax", "mov r8, rax", "mov r9, rax",
            "mov r10, rax", "mov r11, rax", "pcmpeqd xmm0, xmm0", "movdqa xmm1, xmm0", "movdqa xmm2, xmm0",
            "movdqa xmm3, xmm0", "movdqa xmm4, xmm0", "movdqa xmm5, xmm0", "movdqa xmm6, xmm0", "movdqa xmm7, xmm0",
            out("rax") _, out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _, out("r8") _, out("r9") _,
            out("r10") _, out("r11") _, out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _,
            out("xmm5") _, out("xmm6") _, out("xmm7") _,
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the registers are named as clobbered.
    unsafe {
        core::arch::asm!(
            "mov x0, #-1", "mov x1, x0", "mov x2, x0", "mov x3, x0", "mov x4, x0", "mov x5, x0", "mov x6, x0",
            "mov x7, x0", "mov x8, x0", "mov x9, x0", "mov x10, x0", "mov x11, x0", "mov x12, x0", "mov x13, x0",
            "mov x14, x0", "mov x15, x0", "mov x16, x0", "mov x17, x0", "fmov d0, x0", "fmov d1, x0", "fmov d2, x0",
            "fmov d3, x0", "fmov d4, x0", "fmov d5, x0", "fmov d6, x0", "fmov d7, x0",
            out("x0") _, out("x1") _, out("x2") _, out("x3") _, out("x4") _, out("x5") _, out("x6") _, out("x7") _,
            out("x8") _, out("x9") _, out("x10") _, out("x11") _, out("x12") _, out("x13") _, out("x14") _,
            out("x15") _, out("x16") _, out("x17") _, out("v0") _, out("v1") _, out("v2") _, out("v3") _,
            out("v4") _, out("v5") _, out("v6") _, out("v7") _,
        );
    }
}

thread_local! {
    static RELEASED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    static RAN_PYTHON: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

unsafe extern "C" fn release(frame: *mut MachineFrame) {
    // SAFETY: the thunk passes the machine frame that the trace was entered with.
    let frame = unsafe { &mut *frame };
    RELEASED.set(frame.slow_operands[0]);
    frame.slow_ran_python = RAN_PYTHON.get() as u64;
    clobber();
}

unsafe extern "C" fn box_float(frame: *mut MachineFrame) {
    // SAFETY: as above.
    let frame = unsafe { &mut *frame };
    frame.slow_result = frame.slow_operands[0] ^ 0x5555;
    clobber();
}

unsafe extern "C" fn new_cell(frame: *mut MachineFrame) {
    // SAFETY: as above.
    let frame = unsafe { &mut *frame };
    frame.slow_result = frame.slow_operands[0] ^ 0x5555;
    clobber();
}

#[test]
fn reference_counts() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let mut numbers = Numbers::new();
    let mut object = Object { header: Header { refcount: 0, shape: 3 }, payload: 0 };
    let pointer = &raw mut object as u64;
    let ops = [
        (Op::Incref, 1, false, false),
        (Op::IncrefNullable, 1, true, false),
        (Op::IncrefPtr, 1, false, true),
        (Op::Decref, -1, false, false),
        (Op::DecrefNullable, -1, true, false),
        (Op::DecrefPtr, -1, false, true),
        (Op::DecrefNotLast, -1, false, false),
    ];
    for (op, step, nullable, only_pointers) in ops {
        for variant in variants(op, Form::Reg) {
            let trace = machine.stitch(&[variant]);
            for count in [1, 2, 3, IMMORTAL - 1, IMMORTAL, IMMORTAL + 1, u32::MAX] {
                if op == Op::DecrefNotLast && count == 1 {
                    continue;
                }
                for ran_python in [false, true] {
                    object.header.refcount = count;
                    RELEASED.set(0);
                    RAN_PYTHON.set(ran_python);
                    let (before, _) = set_up(&variant, &mut numbers, |_, _, _| pointer);
                    let result = machine.run(&trace, &before);
                    let last = step < 0 && count == 1;
                    let exit = if last && ran_python { EXIT } else { END };
                    assert_eq!(result, (exit, before), "{op:?} {count:x}");
                    assert_eq!(RELEASED.get(), if last { pointer } else { 0 });
                    assert_eq!(std::hint::black_box(&object).header.refcount, count_after(count, step), "{op:?} {count:x}");
                }
            }
            let others = [tag::int_word(-3), tag::try_float_word(2.5).unwrap(), tag::NONE, tag::TRUE, tag::NULL];
            for word in others.into_iter().filter(|w| !only_pointers && (nullable || *w != tag::NULL)) {
                let (before, _) = set_up(&variant, &mut numbers, |_, _, _| word);
                assert_eq!(machine.run(&trace, &before), (END, before), "{op:?} {word:x}");
            }
            machine.cache.free(trace);
        }
    }
}

#[test]
fn rare_floats_are_boxed_by_the_slow_path() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let mut numbers = Numbers::new();
    for variant in variants(Op::BoxFloat, Form::Reg) {
        let trace = machine.stitch(&[variant]);
        let rare = [-0.0, 1e300, 1e-300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::from_bits(tag::ZERO_TWIN)];
        for x in rare {
            let (before, _) = set_up(&variant, &mut numbers, |_, _, _| x.to_bits());
            let mut wanted = before;
            wanted.general[variant.result as usize] = x.to_bits() ^ 0x5555;
            assert_eq!(machine.run(&trace, &before), (END, wanted), "{x}");
        }
    }
}

/// A page as [`weft_layout::page`] has it.
#[repr(C)]
struct Page {
    free: *mut [u64; 2],
    others: [u32; 3],
    used: u32,
}

#[test]
fn cells_are_taken_from_the_front_of_a_page() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let mut numbers = Numbers::new();
    let mut cells = [[0, 0], [0, 0]];
    let [first, second] = &mut cells;
    let (first, second) = (&raw mut *first, &raw mut *second);
    let mut page = Page { free: std::ptr::null_mut(), others: [7; 3], used: 0 };
    let current = &raw mut page;
    let site = &raw const current as u64;
    for variant in variants(Op::NewCell, Form::Reg) {
        let trace = machine.stitch(&[MachineOp { imm: site, ..variant }]);
        // SAFETY: the cells and the page outlive the loop.
        unsafe {
            (*first)[1] = second as u64;
            (*second)[1] = 0;
            (*current).free = first;
            (*current).used = 40;
        }
        for (cell, next, used) in
            [(first as u64, second, 41), (second as u64, std::ptr::null_mut(), 42), (site ^ 0x5555, std::ptr::null_mut(), 42)]
        {
            let (before, _) = set_up(&variant, &mut numbers, |_, _, _| 0);
            let mut wanted = before;
            wanted.general[variant.result as usize] = cell;
            assert_eq!(machine.run(&trace, &before), (END, wanted));
            // SAFETY: as above.
            let page = unsafe { &*current };
            assert_eq!((page.free, page.used, page.others), (next, used, [7; 3]));
        }
        machine.cache.free(trace);
    }
}

extern "C" fn mix(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> u64 {
    clobber();
    let parts = [a, b, c, d, e, f];
    (1..).zip(parts).fold(0u64, |sum, (i, part)| sum.wrapping_add(part.wrapping_mul(i)))
}

extern "C" fn mix_floats(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64, g: f64, h: f64) -> f64 {
    clobber();
    a + 2.0 * b + 3.0 * c + 4.0 * d + 5.0 * e + 6.0 * f + 7.0 * g + 8.0 * h
}

extern "C" fn null() -> u64 {
    clobber();
    0
}

#[test]
fn helpers_are_called_with_the_register_file() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let mut numbers = Numbers::new();
    let (mix_at, floats_at, null_at) = (mix as *const () as u64, mix_floats as *const () as u64, null as *const () as u64);
    for _ in 0..4 {
        let (mut before, _) = set_up(&plain(Op::Call), &mut numbers, |_, _, _| 0);
        before.float = before.float.map(|bits| ((bits >> 40) as f64).to_bits());
        let [a, b, c, d, e, f] = before.general;
        let sum = mix(a, b, c, d, e, f);
        let [p, q, r, s, t, u, v, w] = before.float.map(f64::from_bits);
        let float_sum = mix_floats(p, q, r, s, t, u, v, w).to_bits();

        for op in [Op::CallWord, Op::CallValue] {
            let trace = machine.stitch(&[MachineOp { imm: mix_at, ..plain(op) }]);
            let (exit, after) = machine.run(&trace, &before);
            assert_eq!((exit, after.general[0]), (END, sum), "{op:?}");
        }
        let trace = machine.stitch(&[MachineOp { imm: floats_at, ..plain(Op::CallFloat) }]);
        let (exit, after) = machine.run(&trace, &before);
        assert_eq!((exit, after.float[0]), (END, float_sum));
        for (op, exit) in [(Op::Call, END), (Op::CallWord, END), (Op::CallValue, EXIT)] {
            let trace = machine.stitch(&[MachineOp { imm: null_at, ..plain(op) }]);
            assert_eq!(machine.run(&trace, &before).0, exit, "{op:?}");
        }
    }
}

#[test]
fn the_activation_record_is_written_and_tested() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let (before, _) = set_up(&plain(Op::Label), &mut Numbers::new(), |_, _, _| 0);
    let ops = [MachineOp { imm: 0x89ab_cdef, ..plain(Op::SetSnapshot) }, plain(Op::GuardNotForced)];
    let trace = machine.stitch(&ops);
    assert_eq!(machine.run(&trace, &before), (END, before));
    assert_eq!(machine.frame.activation.snapshot, 0x89ab_cdef);
    machine.frame.activation.forced = 1;
    assert_eq!(machine.run(&trace, &before), (EXIT, before));
}

#[test]
fn the_eval_breaker_is_heard() {
    static BREAKER: AtomicU64 = AtomicU64::new(0);
    let mut machine = Machine::new([release, box_float, new_cell]);
    let (before, _) = set_up(&plain(Op::Label), &mut Numbers::new(), |_, _, _| 0);
    let trace = machine.stitch(&[MachineOp { imm: BREAKER.as_ptr() as u64, ..plain(Op::GuardBreaker) }]);
    assert_eq!(machine.run(&trace, &before), (END, before));
    BREAKER.store(1 << 63, Ordering::Relaxed);
    assert_eq!(machine.run(&trace, &before), (EXIT, before));
}

/// `while i < n: acc += i; i += 1`, in general registers 0 to 2.
fn loop_ops(label: u64) -> Vec<MachineOp> {
    let op = |op, result, a, b| MachineOp { result, operands: [a, b, 0], ..plain(op) };
    vec![
        plain(Op::Label),
        op(Op::GuardIntLt, 0, 0, 1),
        op(Op::IntAdd, 2, 2, 0),
        MachineOp { form: Form::Imm32, imm: 2, ..op(Op::IntAdd, 0, 0, 0) },
        MachineOp { imm: label, ..plain(Op::Jump) },
    ]
}

#[test]
fn a_loop_runs_until_its_guard_fails_and_exits_can_be_linked() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let label = weft_layout::op::GENERAL_REGISTERS + weft_layout::op::FLOAT_REGISTERS;
    let trace = machine.stitch(&loop_ops(label as u64));
    let (mut before, _) = set_up(&plain(Op::Label), &mut Numbers::new(), |_, _, _| 0);
    before.general[..3].copy_from_slice(&[0, 2000, 0]);
    let mut wanted = before;
    wanted.general[..3].copy_from_slice(&[2000, 2000, 2 * (999 * 1000 / 2)]);
    assert_eq!(machine.run(&trace, &before), (EXIT, wanted));

    let exits = [7, 8];
    let negate = MachineOp { result: 2, operands: [2, 0, 0], ..plain(Op::IntNeg) };
    let ops = [negate, MachineOp { exit: 1, ..plain(Op::Exit) }];
    let side = machine.cache.stitch(&ops, &exits).unwrap();
    machine.cache.link(&trace, 0, side.entry);
    let mut negated = wanted;
    negated.general[2] = wanted.general[2].wrapping_neg();
    assert_eq!(machine.run(&trace, &before), (8, negated));
    machine.cache.unlink(&trace, 0);
    assert_eq!(machine.run(&trace, &before), (EXIT, wanted));

    let onward = machine.cache.stitch(&[MachineOp { imm: side.entry, ..plain(Op::JumpCode) }], &[]).unwrap();
    let word = MachineOp { operands: [4, 0, 0], ..plain(Op::JumpWord) };
    let through = machine.stitch(&[word]);
    before.general[4] = onward.entry;
    assert_eq!(machine.run(&through, &before).0, 8);
}

#[test]
fn a_return_goes_on_by_the_exit_its_address_is_of() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let side = machine.cache.stitch(&[plain(Op::Exit)], &[8]).unwrap();
    for address in variants(Op::ReturnAddress, Form::Reg) {
        for jump in variants(Op::JumpReturn, Form::Reg) {
            let moved = MachineOp { operands: [address.result, 0, 0], result: jump.operands[0], ..plain(Op::Move) };
            let trace = machine.stitch(&[address, moved, jump]);
            let (before, _) = set_up(&address, &mut Numbers::new(), |_, _, _| 0);
            let (exit, after) = machine.run(&trace, &before);
            let word = after.general[address.result as usize];
            let mut wanted = before;
            wanted.general[address.result as usize] = word;
            wanted.general[jump.operands[0] as usize] = word;
            assert_eq!((exit, after), (EXIT, wanted));
            machine.cache.link(&trace, 0, side.entry);
            assert_eq!(machine.run(&trace, &before), (8, wanted));
            machine.cache.free(trace);
        }
    }
}

#[test]
fn a_trace_says_where_its_ops_are() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let label = weft_layout::op::GENERAL_REGISTERS + weft_layout::op::FLOAT_REGISTERS;
    machine.stitch(&[]);
    let mut ops = loop_ops(label as u64);
    ops.insert(1, MachineOp { operands: [3, 0, 0], ..plain(Op::Decref) });
    let trace = machine.stitch(&ops);
    assert_eq!(machine.cache.address(trace.ops[0].hot as usize), trace.entry);
    assert!(trace.ops.is_sorted_by_key(|op| op.hot) && trace.ops.is_sorted_by_key(|op| op.cold));
    assert!(trace.ops.last().unwrap().hot < trace.ops[0].cold);
    assert!((trace.range.start..trace.stubs + 1).contains(&(trace.ops.last().unwrap().cold as usize)));
    // Entering at the label runs the loop, with the registers as a side trace would leave them.
    let (mut before, _) = set_up(&plain(Op::Label), &mut Numbers::new(), |_, _, _| 0);
    before.general[..4].copy_from_slice(&[0, 20, 0, tag::NONE]);
    let entry = machine.cache.address(trace.ops[label].hot as usize);
    let enter = machine.stitch(&[MachineOp { imm: entry, ..plain(Op::JumpCode) }]);
    let (exit, after) = machine.run(&enter, &before);
    assert_eq!((exit, after.general[2]), (EXIT, 90));
}

#[test]
fn constants_of_short_traces_are_not_overwritten() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let (before, _) = set_up(&plain(Op::Label), &mut Numbers::new(), |_, _, _| 0);
    for padding in 0..8 {
        let mut ops = vec![MachineOp { imm: 0x1234_5678_9abc_def0, ..plain(Op::ConstWord) }];
        ops.extend(vec![MachineOp { imm: 2, form: Form::Imm32, operands: [1, 0, 0], result: 1, ..plain(Op::IntAdd) }; padding]);
        ops.push(plain(Op::Exit));
        let trace = machine.cache.stitch(&ops, &[5]).unwrap();
        let (exit, after) = machine.run(&trace, &before);
        assert_eq!((exit, after.general[0]), (5, 0x1234_5678_9abc_def0), "{padding} ops between");
    }
}

#[test]
fn exits_and_cold_parts_of_long_traces_are_in_reach() {
    let mut machine = Machine::new([release, box_float, new_cell]);
    let (mut before, _) = set_up(&plain(Op::Label), &mut Numbers::new(), |_, _, _| 0);
    let op = |op, result, operand| MachineOp { result, operands: [operand, 0, 0], ..plain(op) };
    let mut ops = vec![op(Op::GuardInt, 0, 0), op(Op::GuardFloat, 0, 1), MachineOp { imm: 99, ..op(Op::ConstWord, 2, 0) }];
    ops.extend(vec![MachineOp { imm: 1 << 20, form: Form::Imm32, ..op(Op::IntAdd, 0, 0) }; 20_000]);
    let trace = machine.stitch(&ops);
    for (word, float, wanted) in
        [(tag::int_word(1), tag::FLOAT_ZERO, END), (tag::NONE, tag::FLOAT_ZERO, EXIT), (tag::int_word(1), tag::NONE, EXIT)]
    {
        before.general[..2].copy_from_slice(&[word, float]);
        let (exit, after) = machine.run(&trace, &before);
        assert_eq!(exit, wanted);
        if exit == END {
            assert_eq!((after.general[0], after.general[2]), (2 + (20_000 << 20), 99));
        }
    }
}

#[test]
fn a_full_cache_says_so_and_takes_traces_again_once_some_are_freed() {
    let runtime = Runtime { slow_paths: [release, box_float, new_cell] };
    let mut cache = CodeCache::new(Config { size: 1 << 20, ..Config::default() }, runtime).unwrap();
    let free = cache.available();
    let ops = vec![MachineOp { imm: 2, form: Form::Imm32, ..plain(Op::IntAdd) }; 500];
    let mut traces = vec![];
    let error = loop {
        match cache.stitch(&ops, &[1]) {
            Ok(trace) => traces.push(trace),
            Err(error) => break error,
        }
    };
    assert_eq!(error, Error::Full);
    assert!(traces.len() > 50);
    traces.into_iter().for_each(|trace| cache.free(trace));
    assert_eq!(cache.available(), free);
    cache.stitch(&ops, &[1]).unwrap();
}
