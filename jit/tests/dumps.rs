//! Dumps: every stage says something, for either CPU.

mod support;

use std::cell::RefCell;
use std::rc::Rc;
use weft_jit::dump::{Dump, Names, Stages};
use weft_jit::{Backend, Config, Op, Origin, TraceKind};

struct Source;

impl Names for Source {
    fn bytecode(&self, origin: &Origin) -> String {
        format!("{:4} BINARY_OP", origin.offset)
    }

    fn source(&self, origin: &Origin) -> Option<String> {
        Some(format!("test.py:{}: i += 1", origin.offset / 10))
    }
}

fn dump(stages: Stages) -> String {
    dump_of(stages, Backend::CopyAndPatch)
}

fn dump_of(stages: Stages, backend: Backend) -> String {
    let text = Rc::new(RefCell::new(String::new()));
    let mut jit = support::jit(Config { backend, ..Config::default() });
    let sink = text.clone();
    let out = Box::new(move |s: &str| sink.borrow_mut().push_str(s));
    jit.dump = Some(Dump { stages, out, names: Box::new(Source) });
    let mut b = jit.root_trace(TraceKind::Loop, &[1]);
    (|| {
        b.set_origin(Origin { code: 1, offset: 10, depth: 0 });
        let i = b.slot(0)?;
        let i = b.guard_int(i)?;
        b.set_origin(Origin { code: 1, offset: 20, depth: 0 });
        let one = b.const_int(1);
        let i = b.emit(Op::IntAdd, &[i, one])?;
        let end = b.const_int(1000);
        let more = b.emit(Op::IntLt, &[i, end])?;
        b.guard_condition(more, true, None)?;
        b.overwrite(0, i)?;
        b.close_loop()
    })()
    .expect("recorded");
    jit.compile(b).expect("compiled");
    text.borrow().clone()
}

#[test]
fn every_stage() {
    let all = dump(Stages::ALL);
    for wanted in [
        "== trace t0: loop",
        "-- trace",
        "; test.py:1: i += 1",
        "  10 BINARY_OP",
        "-- ir: recorded",
        "-- ir: peel",
        "-- ir: dce",
        "PHI",
        "-- regs",
        "int_add r",
        "-- asm",
        "; exit 0:",
    ] {
        assert!(all.contains(wanted), "no `{wanted}` in\n{all}");
    }
}

#[test]
fn the_reference_backend_says_for_which_op_its_code_is() {
    let asm = dump_of(Stages::parse("asm").expect("stages"), Backend::Cranelift);
    for wanted in ["; test.py:2: i += 1", ";       int_add r", "ret"] {
        assert!(asm.contains(wanted), "no `{wanted}` in\n{asm}");
    }
}

#[test]
fn both_cpus() {
    let arm = dump(Stages::parse("asm,aarch64").expect("stages"));
    assert!(arm.contains("adds") && arm.contains("b.vs"), "{arm}");
    let x64 = dump(Stages::parse("asm,x86_64").expect("stages"));
    assert!(x64.contains("jo "), "{x64}");
    assert!(Stages::parse("nonsense").is_err());
}
