//! The flow graph's passes on small instruction sequences: flowgraph.txt holds cases, each with the final graph expected.
//!
//! A case is a title after `==`, then optionally `consts` and `locals`, then instructions, each with its line number first (`-` for none), labels ending in a
//! colon, then `=>` and the dump. With UPDATE_EXPECT set in the environment the expectations are rewritten instead of compared.

use std::fmt::Write;
use weft_compiler::code::Constant;
use weft_compiler::flowgraph::{self, Stage};
use weft_compiler::instruction::{Instruction, InstructionSequence, Location, Unit};
use weft_compiler::stack_effect::{is_block_push, is_jump, name};

fn constant(text: &str) -> Constant {
    match text {
        "None" => Constant::None,
        "True" => Constant::Bool(true),
        "False" => Constant::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(i) => Constant::Int(i.into()),
            Err(_) => Constant::Str(text.to_owned().into()),
        },
    }
}

fn opcode(text: &str) -> u16 {
    (0..=266).find(|&opcode| name(opcode) == text).unwrap_or_else(|| panic!("no opcode {text}"))
}

/// The unit a case's input describes.
fn unit(input: &str) -> Unit {
    let mut unit = Unit {
        sequence: InstructionSequence::default(),
        consts: Default::default(),
        names: Default::default(),
        varnames: Default::default(),
        cellvars: Default::default(),
        freevars: Default::default(),
        fast_hidden: Default::default(),
        name: "f".to_owned().into(),
        qualname: "f".to_owned().into(),
        filename: "f".to_owned().into(),
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        firstlineno: 1,
        flags: 0,
        add_none: false,
    };
    let mut labels: Vec<&str> = Vec::new();
    for line in input.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let sequence = &mut unit.sequence;
        match &words[..] {
            [] => {}
            ["consts", values @ ..] => unit.consts = values.iter().map(|v| constant(v)).collect(),
            ["locals", names @ ..] => {
                unit.varnames = names.iter().map(|&n| n.into()).collect::<Vec<_>>().iter().collect();
            }
            [label] => {
                let label = label.trim_end_matches(':');
                let number = number_of(&mut labels, label);
                sequence.labels.resize(labels.len(), u32::MAX);
                sequence.labels[number] = sequence.instructions.len() as u32;
            }
            [line, op, rest @ ..] => {
                let opcode = opcode(op);
                let arg = match rest {
                    [target] if is_jump(opcode) || is_block_push(opcode) => number_of(&mut labels, target) as u32,
                    [arg] => arg.parse().expect("a number"),
                    _ => 0,
                };
                let loc = line.parse().map_or(Location::NONE, |line| Location { line, end_line: line, col: 0, end_col: 1 });
                sequence.labels.resize(labels.len(), u32::MAX);
                sequence.instructions.push(Instruction { opcode, arg, loc });
            }
        }
    }
    unit
}

fn number_of<'a>(labels: &mut Vec<&'a str>, label: &'a str) -> usize {
    labels.iter().position(|&l| l == label).unwrap_or_else(|| {
        labels.push(label);
        labels.len() - 1
    })
}

fn lower(input: &str) -> String {
    let mut unit = unit(input);
    let mut out = String::new();
    let result = flowgraph::lower_observed(&mut unit, &mut |stage, cfg| {
        if stage == Stage::Final {
            out = flowgraph::dump(cfg);
        }
    });
    match result {
        Ok(lowered) => {
            let _ = writeln!(out, "consts {:?}", unit.consts.into_values());
            let _ = writeln!(out, "stack {}", lowered.stacksize);
        }
        Err(error) => out = format!("{error}\n"),
    }
    out
}

#[test]
fn cases() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flowgraph.txt");
    let text = std::fs::read_to_string(path).expect("the cases");
    let mut updated = String::new();
    let mut failures = String::new();
    for case in text.split("== ").skip(1) {
        let (title, rest) = case.split_once('\n').expect("a title");
        let (input, expected) = rest.split_once("=>\n").unwrap_or((rest, ""));
        let got = lower(input);
        if got.trim() != expected.trim() {
            let _ = writeln!(failures, "{title}:\n{got}\nnot\n{expected}");
        }
        let _ = write!(updated, "== {title}\n{}\n=>\n{}\n\n", input.trim(), got.trim());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, updated.trim_end().to_owned() + "\n").expect("a writable file");
    } else {
        assert!(failures.is_empty(), "{failures}");
    }
}
