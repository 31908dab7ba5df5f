//! The post-pass for aarch64: from Cranelift's code to [`Instruction`]s.
//!
//! The same clean-up as on x86-64, on instruction words:
//! - the frame record is neither stored nor loaded; anything else that touches the stack pointer is refused;
//! - `cset r, cc; tst r, #255; b.ne` becomes `b.cc`;
//! - copies of x29 and x21 that only serve as an address are not made;
//! - division traps go with their checks;
//! - `tbz r, #n`, which reaches 32 KB, becomes `tst r, #(1 << n); b.eq`, which reaches 1 MB;
//! - `ldr r, .+8; b .+12` around a 64-bit constant becomes a load from the literal pool.

use crate::assembly::{Encoder, Flow, Instruction, Target};
use crate::compile::{Raw, Symbol};
use weft_layout::stencil::How;

const PUSH_FRAME: u32 = 0xa9bf_7bfd; // stp x29, x30, [sp, #-16]!
const SET_FRAME: u32 = 0x9100_03fd; // mov x29, sp
const POP_FRAME: u32 = 0xa8c1_7bfd; // ldp x29, x30, [sp], #16
const TRAP: u32 = 0x0000_c11f; // udf, as Cranelift writes it
const JUMP_OVER_CONSTANT: u32 = 0x1400_0003; // b .+12
const FRAME_POINTER: u32 = 29;
const PINNED: u32 = 21;
const STACK_POINTER: u32 = 31;

/// Decodes and cleans Cranelift's code.
pub fn instructions(raw: &Raw) -> Vec<Instruction> {
    let mut code = decode(raw);
    strip_frame(&mut code);
    fuse_conditions(&mut code);
    drop_division_checks(&mut code);
    propagate_pointers(&mut code);
    for instruction in &code {
        check(instruction);
    }
    let calls_slow_path = code.iter().any(|i| matches!(i.flow, Flow::Call(Symbol::Slow(_))));
    assert!(!calls_slow_path || !code.iter().any(uses_scratch_vector), "a slow path's thunk saves d0 to d7 only");
    code
}

/// Whether an instruction on floats uses one of the registers above 15, which Cranelift takes as scratch.
fn uses_scratch_vector(instruction: &Instruction) -> bool {
    let w = word(instruction);
    let computes = w >> 25 & 7 == 7;
    let moves = w & 0x0e00_0000 == 0x0c00_0000;
    let beyond = |at: u32| w >> at & 31 > 15;
    instruction.flow == Flow::Plain && (computes && (beyond(0) || beyond(5)) || moves && beyond(0))
}

/// The instruction word.
pub fn word(instruction: &Instruction) -> u32 {
    u32::from_le_bytes(instruction.bytes[..4].try_into().expect("four bytes"))
}

fn set_word(instruction: &mut Instruction, word: u32) {
    instruction.bytes[..4].copy_from_slice(&word.to_le_bytes());
}

/// The signed field of `bits` bits at bit `at`, times four.
fn offset(word: u32, at: u32, bits: u32) -> i64 {
    let field = word << (32 - at - bits);
    (field as i32 >> (32 - bits)) as i64 * 4
}

fn is_branch_on_condition(word: u32) -> bool {
    word & 0xff00_0010 == 0x5400_0000
}

fn is_compare_and_branch(word: u32) -> bool {
    word & 0x7e00_0000 == 0x3400_0000
}

fn is_test_and_branch(word: u32) -> bool {
    word & 0x7e00_0000 == 0x3600_0000
}

fn decode(raw: &Raw) -> Vec<Instruction> {
    let symbol = |at: usize| raw.symbols.iter().find(|(place, _)| *place == at).map(|(_, symbol)| *symbol);
    let words: Vec<u32> = raw.code.chunks_exact(4).map(|w| u32::from_le_bytes(w.try_into().expect("four bytes"))).collect();
    let mut out = vec![];
    let mut i = 0;
    while i < words.len() {
        let (w, at) = (words[i], i * 4);
        let mut instruction = Instruction::plain(at, &w.to_le_bytes());
        let to = |distance: i64| Target::At((at as i64 + distance) as usize);
        if w & 0xff00_0000 == 0x5800_0000 {
            instruction.word = symbol(at + 8).and_then(Symbol::constant);
            assert!(instruction.word.is_some() && words[i + 1] == JUMP_OVER_CONSTANT, "a literal of another kind");
            set_word(&mut instruction, 0x5800_0000 | w & 31);
            out.push(instruction);
            i += 4;
            continue;
        }
        instruction.flow = if w & 0x7c00_0000 == 0x1400_0000 {
            match (w >> 31, symbol(at)) {
                (1, symbol) => Flow::Call(symbol.expect("calls are of symbols")),
                (_, Some(symbol)) => Flow::Jump(Target::To(symbol)),
                (_, None) => Flow::Jump(to(offset(w, 0, 26))),
            }
        } else if is_branch_on_condition(w) || is_compare_and_branch(w) {
            Flow::Branch(to(offset(w, 5, 19)))
        } else if is_test_and_branch(w) {
            let (bit, when_set) = (w >> 31 << 5 | w >> 19 & 31, w >> 24 & 1);
            out.push(Instruction::plain(at, &(0xf240_001f | (((64 - bit) % 64) << 16) | ((w & 31) << 5)).to_le_bytes()));
            set_word(&mut instruction, 0x5400_0000 | when_set);
            Flow::Branch(to(offset(w, 5, 14)))
        } else if w & 0xffff_fc1f == 0xd61f_0000 {
            Flow::End
        } else if w == TRAP {
            Flow::Trap
        } else {
            Flow::Plain
        };
        out.push(instruction);
        i += 1;
    }
    out
}

fn strip_frame(code: &mut Vec<Instruction>) {
    assert!(word(&code[0]) == PUSH_FRAME && word(&code[1]) == SET_FRAME, "the frame set-up is unknown");
    code.drain(0..2);
    code.retain(|i| i.flow != Flow::Plain || word(i) != POP_FRAME);
}

/// `cset r, cc; tst r, #255; b.ne` becomes `b.cc`, and with `b.eq` the opposite; the ops use such a condition only once.
fn fuse_conditions(code: &mut Vec<Instruction>) {
    let mut i = 0;
    while i + 2 < code.len() {
        let [set, test, branch] = [word(&code[i]), word(&code[i + 1]), word(&code[i + 2])];
        let r = set & 31;
        let is_set = set & 0x7fff_0fe0 == 0x1a9f_07e0;
        let is_test = test == 0x7200_1c1f | r << 5;
        if is_set && is_test && is_branch_on_condition(branch) {
            // `cset` holds the opposite of its condition.
            let inverted = set >> 12 & 15;
            let condition = match branch & 15 {
                0 => inverted,
                1 => inverted ^ 1,
                other => panic!("a condition never fused: {other}"),
            };
            set_word(&mut code[i], 0x5400_0000 | condition);
            code[i].flow = code[i + 2].flow;
            code.drain(i + 1..i + 3);
        }
        i += 1;
    }
}

/// `cbz` to a trap, and `cmn y, 1; ccmp x, 1; b.vs` to one: `sdiv` itself never traps, and the op has excluded both.
fn drop_division_checks(code: &mut Vec<Instruction>) {
    let traps: Vec<usize> = code.iter().filter(|i| i.flow == Flow::Trap).map(|i| i.at).collect();
    let to_trap = |i: &Instruction| matches!(i.flow, Flow::Branch(Target::At(at)) if traps.contains(&at));
    let mut i = 0;
    while i < code.len() {
        let is_overflow = i + 2 < code.len()
            && word(&code[i]) & 0xffff_fc1f == 0xb100_041f
            && word(&code[i + 1]) & 0xffe0_0c10 == 0xfa40_0800
            && to_trap(&code[i + 2]);
        if is_overflow {
            code.drain(i..i + 3);
        } else if to_trap(&code[i]) && is_compare_and_branch(word(&code[i])) {
            code.remove(i);
        } else {
            i += 1;
        }
    }
}

/// Loads and stores with a 12-bit offset.
pub fn is_memory(word: u32) -> bool {
    word & 0x3b00_0000 == 0x3900_0000
}

/// `add` with a 12-bit constant.
fn is_add(word: u32) -> bool {
    word & 0xffc0_0000 == 0x9100_0000
}

/// `add`, `sub`, `adds`, `subs` with a 12-bit constant; comparisons are among them.
pub fn is_addition(word: u32) -> bool {
    word & 0x1fc0_0000 == 0x1100_0000
}

/// `movz`, `movn` and `movk`.
pub fn is_move_constant(word: u32) -> bool {
    word & 0x1f80_0000 == 0x1280_0000
}

/// `mov` between registers.
fn is_copy(word: u32) -> bool {
    word & 0xffe0_ffe0 == 0xaa00_03e0
}

/// `mov r, x29; … [r, #k] …` becomes `… [x29, #k] …` where `r` is not used otherwise; the same for x21.
fn propagate_pointers(code: &mut Vec<Instruction>) {
    let mut i = 0;
    while i < code.len() {
        let w = word(&code[i]);
        let from = w >> 16 & 31;
        if is_copy(w)
            && matches!(from, FRAME_POINTER | PINNED)
            && w & 31 != PINNED
            && let Some(uses) = address_uses(code, i, w & 31)
        {
            for at in uses {
                let w = word(&code[at]);
                set_word(&mut code[at], w & !(31 << 5) | from << 5);
            }
            code.remove(i);
            continue;
        }
        i += 1;
    }
}

/// Where the register set at `i` serves as an address, if it serves for nothing else.
fn address_uses(code: &[Instruction], i: usize, register: u32) -> Option<Vec<usize>> {
    let mut uses = vec![];
    for (at, instruction) in code.iter().enumerate().skip(i + 1) {
        let w = word(instruction);
        match instruction.flow {
            Flow::Plain => {}
            Flow::Call(_) => continue,
            Flow::Jump(_) => return (!(2..=7).contains(&register)).then_some(uses),
            _ => return None,
        }
        let overwrites = w & 31 == register;
        if is_copy(w) && w >> 16 & 31 != register {
            if overwrites {
                return Some(uses);
            }
            continue;
        }
        if is_move_constant(w) {
            if overwrites {
                return None;
            }
            continue;
        }
        if is_memory(w) || is_add(w) {
            if w >> 5 & 31 == register {
                uses.push(at);
            }
            let is_vector = w & 1 << 26 != 0 && !is_add(w);
            let is_store = is_memory(w) && w & 3 << 22 == 0;
            if w & 31 == register && !is_vector {
                return (!is_store).then_some(uses);
            }
            continue;
        }
        if [w & 31, w >> 5 & 31, w >> 16 & 31].contains(&register) {
            return None;
        }
    }
    None
}

/// Refuses what a stencil must not do.
fn check(instruction: &Instruction) {
    let w = word(instruction);
    let (d, n) = (w & 31, w >> 5 & 31);
    if instruction.flow != Flow::Plain {
        return;
    }
    let memory = w & 0x0a00_0000 == 0x0800_0000;
    let add = w & 0x1f00_0000 == 0x1100_0000;
    let sets_flags = w & 1 << 29 != 0;
    let uses_stack = memory && n == STACK_POINTER || add && (n == STACK_POINTER || d == STACK_POINTER && !sets_flags);
    assert!(!uses_stack, "the stack is used: {w:#x}");
    assert!(w >> 16 != 0, "data in the code: {w:#x}");
    assert!(w & 0x3b00_0000 != 0x1800_0000 || instruction.word.is_some(), "a literal of another kind: {w:#x}");
}

/// aarch64's jumps and calls.
pub struct A64;

impl Encoder for A64 {
    fn encode(&self, instruction: &Instruction, _: bool, distance: i64) -> Option<Vec<u8>> {
        let (bits, at) = match self.hole(instruction).1 {
            How::Branch26 => (26, 0),
            _ => (19, 5),
        };
        let mask = ((1u32 << bits) - 1) << at;
        let field = ((distance / 4) as u32) << at & mask;
        Some((word(instruction) & !mask | field).to_le_bytes().to_vec())
    }

    fn hole(&self, instruction: &Instruction) -> (usize, How) {
        let how = match instruction.flow {
            Flow::Branch(_) => How::Branch19,
            _ => How::Branch26,
        };
        (0, how)
    }

    fn word_hole(&self, _: &Instruction) -> (usize, How) {
        (0, How::Literal19)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assembly::{Piece, lay_out};
    use weft_layout::stencil::What;

    const ADDS: u32 = 0xab03_0044; // adds x4, x2, x3
    const JUMP: u32 = 0x1400_0000;

    fn piece(words: &[u32], symbols: &[(usize, Symbol)]) -> Piece {
        let code = [PUSH_FRAME, SET_FRAME].iter().chain(words).flat_map(|w| w.to_le_bytes()).collect();
        // Places count from behind the frame's set-up, in words.
        let symbols = symbols.iter().map(|(at, symbol)| (8 + at * 4, *symbol)).collect();
        lay_out(instructions(&Raw { code, symbols }), &A64)
    }

    fn bytes(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    #[test]
    fn the_frame_and_the_jump_to_the_next_op_go() {
        let piece = piece(&[ADDS, POP_FRAME, JUMP], &[(2, Symbol::Next)]);
        assert_eq!(piece.hot.code, bytes(&[ADDS]));
    }

    #[test]
    fn an_overflow_condition_becomes_a_branch_to_the_exit() {
        // cset x0, vs; tst w0, #255; b.ne to the second POP_FRAME
        let words = [ADDS, 0x9a9f_77e0, 0x7200_1c1f, 0x5400_0061, POP_FRAME, JUMP, POP_FRAME, JUMP];
        let piece = piece(&words, &[(5, Symbol::Next), (7, Symbol::Exit)]);
        assert_eq!(piece.hot.code, bytes(&[ADDS, 0x5400_0006]));
        assert_eq!((piece.hot.holes[0].what, piece.hot.holes[0].how), (What::Exit, How::Branch19));
        assert!(piece.cold.code.is_empty());
    }

    #[test]
    fn a_test_of_a_bit_reaches_further() {
        // tbz w2, #0 and tbnz x3, #63, both to the second POP_FRAME
        let words = [0x3600_0082, 0xb7f8_0063, POP_FRAME, JUMP, POP_FRAME, JUMP];
        let piece = piece(&words, &[(3, Symbol::Next), (5, Symbol::Exit)]);
        // tst x2, #1; b.eq; tst x3, #1 << 63; b.ne
        assert_eq!(piece.hot.code, bytes(&[0xf240_005f, 0x5400_0000, 0xf241_007f, 0x5400_0001]));
        assert!(piece.hot.holes.iter().all(|h| (h.what, h.how) == (What::Exit, How::Branch19)));
    }

    #[test]
    fn a_constant_is_loaded_from_the_pool() {
        // ldr x2, .+8; b .+12; the constant
        let piece = piece(&[0x5800_0042, JUMP_OVER_CONSTANT, 0, 0, POP_FRAME, JUMP], &[(2, Symbol::Word), (5, Symbol::Next)]);
        assert_eq!(piece.hot.code, bytes(&[0x5800_0002]));
        assert_eq!((piece.hot.holes[0].what, piece.hot.holes[0].how), (What::Imm, How::Literal19));
    }

    #[test]
    fn a_copy_of_the_frame_pointer_is_not_made() {
        // mov x15, x29; str x2, [x15, #16]
        let piece = piece(&[0xaa1d_03ef, 0xf900_09e2, POP_FRAME, JUMP], &[(3, Symbol::Next)]);
        assert_eq!(piece.hot.code, bytes(&[0xf900_0ba2]));
    }

    #[test]
    #[should_panic(expected = "the stack is used")]
    fn a_spill_is_refused() {
        // str x2, [sp]
        piece(&[0xf900_03e2, POP_FRAME, JUMP], &[(2, Symbol::Next)]);
    }
}
