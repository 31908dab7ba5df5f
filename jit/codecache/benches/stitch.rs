//! How long stitching takes, and what its code is worth: the loop of docs/stencils.md.

use std::time::Instant;
use weft_codecache::{CodeCache, Config, Runtime};
use weft_layout::machine_frame::{MachineFrame, SlowPath};
use weft_layout::op::{Form, MachineOp, Op};

unsafe extern "C" fn never(_: *mut MachineFrame) {
    unreachable!("the loop takes no slow path")
}

const fn op(op: Op, result: u8, a: u8, b: u8) -> MachineOp {
    MachineOp { op, form: Form::Reg, result, operands: [a, b, 0], disp: 0, exit: 0, imm: 0 }
}

/// `while i < n: tmp = i * i; acc += tmp; f += float(i) * k; i += 1`.
fn body() -> Vec<MachineOp> {
    vec![
        op(Op::IntMul, 3, 0, 0),
        op(Op::IntAdd, 2, 2, 3),
        op(Op::FloatOfInt, 1, 0, 0),
        op(Op::FloatMul, 1, 1, 2),
        op(Op::FloatAdd, 0, 0, 1),
        MachineOp { form: Form::Imm32, imm: 2, ..op(Op::IntAdd, 0, 0, 0) },
        op(Op::GuardIntLt, 0, 0, 1),
    ]
}

fn main() {
    let mut cache = CodeCache::new(Config::default(), Runtime { slow_paths: [never; SlowPath::ALL.len()] }).expect("a code cache");
    for bodies in [1, 10, 100] {
        let mut ops = vec![op(Op::Label, 0, 0, 0)];
        (0..bodies).for_each(|_| ops.extend(body()));
        ops.push(op(Op::Jump, 0, 0, 0));
        let each = fastest(20000, || {
            let trace = cache.stitch(&ops, &[1]).expect("there is room");
            cache.free(trace);
        });
        println!("{} ops: {each:.0} ns a trace, {:.1} ns an op", ops.len(), each / ops.len() as f64);
    }

    let start = [(0, 0u64), (1, 200_000), (2, 0)];
    let mut ops: Vec<MachineOp> = start.map(|(register, value)| MachineOp { imm: value, ..op(Op::ConstI32, register, 0, 0) }).to_vec();
    ops.push(op(Op::ConstFloatZero, 0, 0, 0));
    ops.push(MachineOp { imm: 1.5f64.to_bits(), ..op(Op::ConstFloat, 2, 0, 0) });
    let label = ops.len() as u64;
    ops.push(op(Op::Label, 0, 0, 0));
    ops.extend(body());
    ops.push(MachineOp { imm: label, ..op(Op::Jump, 0, 0, 0) });
    let trace = cache.stitch(&ops, &[1]).expect("there is room");
    let mut frame = MachineFrame::new();
    let run = fastest(500, || {
        // SAFETY: the trace touches registers only.
        unsafe { cache.enter(trace.entry, &mut frame, 0) };
    });
    println!("{:.2} ns an iteration", run / 1e5);
}

/// The shortest of so many runs, in ns: other programs only ever make one longer.
fn fastest(runs: usize, mut run: impl FnMut()) -> f64 {
    let times = (0..runs).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_nanos()
    });
    times.min().expect("at least one run") as f64
}
