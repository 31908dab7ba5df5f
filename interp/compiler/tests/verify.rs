//! The verifier accepts what CPython compiles, refuses what is not safe to run, and panics at nothing.

use std::path::Path;
use weft_compiler::code::{Code, Constant, co_flags, local_kind};
use weft_compiler::opcode::op;
use weft_compiler::verify::verify;
use weft_compiler::{listing, marshal};

/// A code object of no arguments with one local `x`, one cell `c` and no room to spare on the stack.
fn code(instrs: &[(u8, u8)]) -> Code {
    let text = |s: &str| s.to_owned().into();
    Code {
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 3,
        flags: co_flags::OPTIMIZED | co_flags::NEWLOCALS,
        code: instrs.iter().flat_map(|&(opcode, arg)| [opcode, arg]).collect(),
        consts: vec![Constant::None, Constant::Tuple(vec![Constant::Str(text("k"))])],
        names: vec![text("n")],
        localsplusnames: vec![text("x"), text("c")],
        localspluskinds: vec![local_kind::LOCAL, local_kind::CELL],
        filename: text("test"),
        name: text("f"),
        qualname: text("f"),
        firstlineno: 1,
        linetable: vec![],
        exceptiontable: vec![],
    }
}

const NONE: (u8, u8) = (op::LOAD_CONST, 0);
const NAMES: (u8, u8) = (op::LOAD_CONST, 1);
const NULL: (u8, u8) = (op::PUSH_NULL, 0);
const POP: (u8, u8) = (op::POP_TOP, 0);
const RETURN: (u8, u8) = (op::RETURN_VALUE, 0);
const CACHE: (u8, u8) = (op::CACHE, 0);

#[test]
fn hand_made_code() {
    let cases: &[(&[(u8, u8)], &str)] = &[
        (&[NONE, RETURN], ""),
        (&[], "no sensible length"),
        (&[NONE], "control runs off the end"),
        (&[RETURN], "the stack is empty"),
        (&[NONE, NONE, NONE, NONE, RETURN], "overflows co_stacksize"),
        (&[NULL, RETURN], "an object is expected, not Null"),
        (&[NULL, POP, NONE, RETURN], ""),
        (&[(op::LOAD_CONST, 2), RETURN], "cannot have operand 2"),
        (&[(op::LOAD_NAME, 1), RETURN], "cannot have operand 1"),
        (&[(op::LOAD_FAST, 0), RETURN], "a local may be unbound"),
        (&[(op::LOAD_FAST, 2), RETURN], "cannot have operand 2"),
        (&[(op::LOAD_FAST_CHECK, 0), (op::LOAD_FAST, 0), POP, RETURN], ""),
        (&[(op::LOAD_FAST_AND_CLEAR, 0), RETURN], "not MaybeNull"),
        (&[(op::LOAD_FAST_AND_CLEAR, 0), (op::STORE_FAST, 0), NONE, RETURN], ""),
        (&[(op::LOAD_DEREF, 1), RETURN], "a cell may not have been made"),
        (&[(op::STORE_DEREF, 0), RETURN], "cannot have operand 0"),
        (&[(op::MAKE_CELL, 1), (op::LOAD_DEREF, 1), RETURN], ""),
        (&[(op::MAKE_CELL, 1), NONE, (op::STORE_FAST, 1), (op::LOAD_DEREF, 1), RETURN], "a cell may not have been made"),
        (&[(op::LOAD_CONST_IMMORTAL, 0), RETURN], "is not allowed"),
        (&[(op::ENTER_EXECUTOR, 0), NONE, RETURN], "is not allowed"),
        (&[(op::INSTRUMENTED_LINE, 0), NONE, RETURN], "is not allowed"),
        (&[CACHE, NONE, RETURN], "is not allowed"),
        (&[(121, 0), NONE, RETURN], "is not allowed"),
        (&[NONE, (op::EXTENDED_ARG, 0)], "ends inside an instruction"),
        (&[NONE, (op::TO_BOOL, 0)], "ends inside an instruction"),
        (&[NONE, (op::TO_BOOL, 0), CACHE, (op::NOP, 0), CACHE, RETURN], "an inline cache is not empty"),
        (&[(op::JUMP_FORWARD, 1), NONE, RETURN], "the stack is empty"),
        (&[(op::JUMP_FORWARD, 9), NONE, RETURN], "does not lead to an instruction"),
        (&[(op::JUMP_FORWARD, 2), NONE, (op::TO_BOOL, 0), CACHE, CACHE, CACHE, RETURN], "does not lead to an instruction"),
        (&[(op::NOP, 0), NONE, (op::JUMP_BACKWARD, 3), CACHE], "different stack depths"),
        (&[NONE, NONE, (op::CALL, 0), CACHE, CACHE, CACHE, RETURN], ""),
        (&[NULL, NONE, (op::CALL, 0), CACHE, CACHE, CACHE, RETURN], "not Null"),
        (&[NONE, NULL, NONE, (op::CALL_KW, 0), CACHE, CACHE, CACHE, RETURN], "the names of its keyword arguments"),
        (&[NONE, NULL, NAMES, (op::CALL_KW, 0), CACHE, CACHE, CACHE, RETURN], "the names of its keyword arguments"),
        (&[(op::BUILD_TUPLE, 0), NONE, (op::LIST_APPEND, 1), RETURN], "List is expected"),
        (&[(op::BUILD_LIST, 0), NONE, (op::LIST_APPEND, 1), RETURN], ""),
        (&[NONE, (op::MAKE_FUNCTION, 0), RETURN], "a code object is expected"),
        (&[NONE, (op::BUILD_STRING, 1), RETURN], "Str is expected"),
        (&[NONE, (op::POP_EXCEPT, 0), NONE, RETURN], "a saved exception is expected"),
        (&[NONE, (op::FOR_ITER, 0), CACHE, POP, RETURN], "does not lead to END_FOR"),
        (&[NONE, (op::YIELD_VALUE, 0), (op::RESUME, 5), RETURN], "cannot have operand 0"),
        (&[(op::RETURN_GENERATOR, 0), POP, NONE, RETURN], "misplaced"),
    ];
    for (instrs, want) in cases {
        let got = verify(&code(instrs)).map_err(|e| e.message);
        match got {
            Ok(()) => assert_eq!(*want, "", "accepted: {instrs:?}"),
            Err(message) => assert!(!want.is_empty() && message.contains(want), "{instrs:?}: {message}, not {want}"),
        }
    }
}

#[test]
fn tables_and_headers() {
    let good = || code(&[(op::NOP, 0), NONE, RETURN]);
    type Change<'a> = &'a dyn Fn(&mut Code);
    let cases: &[(Change, &str)] = &[
        (&|c| c.exceptiontable = vec![0x80, 1, 2, 0], ""),
        (&|c| c.exceptiontable = vec![0x80, 1, 1], "exception table is malformed"),
        (&|c| c.exceptiontable = vec![0, 1, 1, 0], "exception table is malformed"),
        (&|c| c.exceptiontable = vec![0x80, 1, 9, 0], "does not name instructions"),
        (&|c| c.exceptiontable = vec![0x80, 1, 1, 6], "overflows the stack"),
        (&|c| c.exceptiontable = vec![0x80, 1, 1, 2], "less deep than the handler"),
        (&|c| c.exceptiontable = vec![0x81, 1, 1, 0, 0x80, 1, 1, 0], "out of order"),
        (&|c| c.linetable = vec![0xfa], ""),
        (&|c| c.linetable = vec![0xff], "location table"),
        (&|c| c.linetable = vec![0x7f], "location table"),
        (&|c| c.linetable = vec![0xf0], "location table"),
        (&|c| c.argcount = 2, "parameters"),
        (&|c| c.posonlyargcount = 1, "parameters"),
        (&|c| c.stacksize = u32::MAX, "too large"),
        (&|c| c.localspluskinds = vec![local_kind::FREE, local_kind::CELL], "inconsistent"),
        (&|c| c.localspluskinds.truncate(1), "do not match their names"),
        (&|c| c.flags |= co_flags::GENERATOR, "RETURN_GENERATOR"),
        (&|c| c.consts.push(Constant::Code(Box::new(code(&[RETURN])))), "the stack is empty"),
    ];
    for (i, (change, want)) in cases.iter().enumerate() {
        let mut code = good();
        change(&mut code);
        let message = verify(&code).map_or_else(|e| e.message, |()| String::new());
        assert!(message.is_empty() == want.is_empty() && message.contains(want), "case {i}: {message:?}, not {want:?}");
    }
}

/// The code objects that `expectations.py` has had CPython compile.
fn compiled_by_cpython() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let mut streams: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of parity tests")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "marshal"))
        .map(|path| {
            let stream = std::fs::read(&path).expect("a readable file");
            (path.display().to_string(), stream)
        })
        .collect();
    streams.sort();
    assert!(!streams.is_empty());
    streams
}

#[test]
fn what_cpython_compiles() {
    for (name, stream) in compiled_by_cpython() {
        let (value, _) = marshal::read(&stream).expect(&name);
        let again = marshal::write(&value).expect(&name);
        assert_eq!(marshal::read(&again), Ok((value.clone(), again.len())), "{name}");
        let Constant::Code(code) = value else {
            panic!("{name} is no code object");
        };
        assert_eq!(verify(&code), Ok(()), "{name}");
    }
}

#[test]
fn mutations_do_not_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % below.max(1)
    };
    for (_, stream) in compiled_by_cpython() {
        for _ in 0..40 {
            let mut stream = stream.clone();
            for _ in 0..=random(3) {
                let at = random(stream.len());
                stream[at] = random(256) as u8;
            }
            if random(8) == 0 {
                stream.truncate(random(stream.len()));
            }
            if let Ok((Constant::Code(code), _)) = marshal::read(&stream) {
                let _ = verify(&code);
                let _ = listing::listing(&code);
            }
        }
    }
}
