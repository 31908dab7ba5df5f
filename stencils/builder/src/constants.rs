//! Finds where a stencil holds its small constants: by comparing two that were compiled with different ones.

use crate::Arch;
use crate::a64::{is_addition, is_memory, is_move_constant};
use crate::assembly::{Piece, Section, hole};
use crate::compile::Markers;
use weft_layout::stencil::{Hole, How, What};

/// Adds the holes for small constants to the first of two pieces. `signed`: the op's constant is sign-extended;
/// `cell`: its offset is that of a spill cell.
pub fn find(arch: Arch, pieces: [Piece; 2], markers: [Markers; 2], signed: bool, cell: bool) -> Piece {
    let [mut first, second] = pieces;
    for (a, b) in [(&mut first.hot, &second.hot), (&mut first.cold, &second.cold)] {
        let mut found = find_in(arch, a, b, markers, signed);
        for hole in found.iter_mut().filter(|hole| cell && hole.what == What::Disp) {
            hole.what = What::Cell;
        }
        a.holes.extend(found);
    }
    first
}

fn find_in(arch: Arch, a: &Section, b: &Section, markers: [Markers; 2], signed: bool) -> Vec<Hole> {
    assert!(a.starts == b.starts && a.holes == b.holes, "constants change the code: {a:x?} {b:x?}");
    let mut holes = vec![];
    for i in 0..a.starts.len() {
        let start = a.starts[i];
        let end = a.starts.get(i + 1).copied().unwrap_or(a.code.len());
        let pair = [&a.code[start..end], &b.code[start..end]];
        if pair[0] == pair[1] {
            continue;
        }
        match arch {
            Arch::X86_64 => in_bytes(start, pair, markers, &mut holes),
            Arch::Aarch64 => holes.push(in_word(start, pair, markers, signed)),
        }
    }
    holes
}

/// x86-64: constants are whole bytes.
fn in_bytes(start: usize, pair: [&[u8]; 2], markers: [Markers; 2], holes: &mut Vec<Hole>) {
    let mut differs: Vec<bool> = pair[0].iter().zip(pair[1]).map(|(a, b)| a != b).collect();
    let values = |what| markers.map(|m| if what == What::Disp { m.disp as i64 } else { m.imm });
    for what in [What::Disp, What::Imm] {
        for (size, how) in [(4, How::Bytes4), (1, How::Byte)] {
            for at in 0..(pair[0].len() + 1).saturating_sub(size) {
                let matches = [0, 1].iter().all(|i| pair[*i][at..at + size] == values(what)[*i].to_le_bytes()[..size]);
                if matches && differs[at] {
                    holes.push(hole(start + at, how, what, 0));
                    differs[at..at + size].fill(false);
                }
            }
        }
    }
    assert!(!differs.contains(&true), "a constant in an unknown place: {pair:x?} {markers:x?}");
}

/// aarch64: constants are fields of instruction words.
fn in_word(start: usize, pair: [&[u8]; 2], markers: [Markers; 2], signed: bool) -> Hole {
    let words = pair.map(|bytes| u32::from_le_bytes(bytes.try_into().expect("a word")));
    let w = words[0];
    let fields = |at: u32, bits: u32| words.map(|w| (w >> at & ((1 << bits) - 1)) as i64);
    let imm = markers.map(|m| m.imm);
    let disp = markers.map(|m| m.disp as i64);
    let (how, what, found, wanted) = if is_move_constant(w) {
        let low = if w & 1 << 30 != 0 { imm } else { imm.map(|v| !v) };
        match w >> 21 & 3 {
            0 if signed => (How::MoveLowSigned, What::Imm, fields(5, 16), low.map(|v| v & 0xffff)),
            0 => (How::MoveLow, What::Imm, fields(5, 16), low.map(|v| v & 0xffff)),
            _ => (How::MoveHigh, What::Imm, fields(5, 16), imm.map(|v| v >> 16 & 0xffff)),
        }
    } else if is_memory(w) {
        let (how, size) = match w >> 30 {
            0 => (How::Memory12By1, 1),
            1 => (How::Memory12By2, 2),
            2 => (How::Memory12By4, 4),
            _ => (How::Memory12By8, 8),
        };
        (how, What::Disp, fields(10, 12), disp.map(|v| v / size))
    } else if is_addition(w) {
        let found = fields(10, 12);
        let what = if found == imm { What::Imm } else { What::Disp };
        (How::Add12, what, found, if what == What::Imm { imm } else { disp })
    } else if w & 0x1f80_0000 == 0x1300_0000 {
        if w >> 10 & 63 == 63 {
            (How::ShiftRight, What::Imm, fields(16, 6), imm)
        } else {
            (How::ShiftLeft, What::Imm, fields(10, 6), imm.map(|v| 63 - v))
        }
    } else {
        panic!("a constant in an unknown place: {words:x?} {markers:x?}");
    };
    assert_eq!(found, wanted, "a constant that is not the marker: {words:x?} {markers:x?}");
    hole(start, how, what, 0)
}
