//! The post-pass for x86-64: from Cranelift's code to [`Instruction`]s.
//!
//! - The frame set-up goes (`push rbp; mov rbp, rsp`, and its undoing before every jump), and so does the saving of
//!   registers that no op keeps anything in. Anything else that touches the stack pointer is refused.
//! - `setcc r; test r, r; jne` becomes one conditional jump, so the overflow flag is tested where it is made.
//! - Copies of the frame pointer and the pinned register that only serve as an address are not made.
//! - What the ops' own guards make impossible goes: division traps, and the repair of conversions out of range.

use crate::assembly::{Encoder, Flow, Instruction, Target};
use crate::compile::{Raw, Symbol};
use iced_x86::{Code, Decoder, DecoderOptions, Encoder as Assembler, FlowControl, Mnemonic, OpKind, Register};
use weft_layout::stencil::{How, What};

/// An instruction and, unless the post-pass changed it, where its bytes are.
#[derive(Clone, Copy)]
struct Item {
    ins: iced_x86::Instruction,
    changed: bool,
    flow: Flow,
    word: Option<What>,
}

/// Decodes and cleans Cranelift's code.
pub fn instructions(raw: &Raw) -> Vec<Instruction> {
    let mut items = decode(raw);
    strip_frame(&mut items);
    fuse_conditions(&mut items);
    test_overflow(&mut items);
    drop_division_checks(&mut items);
    drop_conversion_repair(&mut items);
    propagate_pointers(&mut items);
    narrow_tests(&mut items);
    shorten_constants(&mut items);
    let calls_slow_path = items.iter().any(|i| matches!(i.flow, Flow::Call(Symbol::Slow(_))));
    assert!(!calls_slow_path || !items.iter().any(|i| uses_scratch_vector(&i.ins)), "a slow path's thunk saves xmm0 to xmm7 only");
    for item in &items {
        check(&item.ins);
    }
    let mut assembler = Assembler::new(64);
    items.iter().map(|item| finish(item, raw, &mut assembler)).collect()
}

fn decode(raw: &Raw) -> Vec<Item> {
    let symbol = |at: usize| raw.symbols.iter().find(|(place, _)| *place == at).map(|(_, symbol)| *symbol);
    let mut items = vec![];
    let mut decoder = Decoder::new(64, &raw.code, DecoderOptions::NONE);
    let mut used = 0;
    while decoder.can_decode() {
        let ins = decoder.decode();
        let at = ins.ip() as usize;
        let mut word = None;
        let flow = match ins.flow_control() {
            FlowControl::Next => {
                word = (ins.code() == Code::Mov_r64_imm64).then(|| symbol(at + 2)?.constant()).flatten();
                used += word.is_some() as usize;
                Flow::Plain
            }
            FlowControl::UnconditionalBranch => match symbol(at + 1) {
                Some(symbol) => {
                    used += 1;
                    Flow::Jump(Target::To(symbol))
                }
                None => Flow::Jump(Target::At(ins.near_branch_target() as usize)),
            },
            FlowControl::ConditionalBranch => Flow::Branch(Target::At(ins.near_branch_target() as usize)),
            FlowControl::Call => {
                used += 1;
                Flow::Call(symbol(at + 1).expect("calls are of symbols"))
            }
            FlowControl::IndirectBranch => Flow::End,
            FlowControl::Exception if ins.mnemonic() == Mnemonic::Ud2 => Flow::Trap,
            other => panic!("{other:?} in a stencil: {ins}"),
        };
        items.push(Item { ins, changed: false, flow, word });
    }
    assert_eq!(used, raw.symbols.len(), "a symbol is used in an unknown way");
    items
}

/// Registers that the System V convention has a callee save; no op keeps anything in them.
fn is_scratch_saved(register: Register) -> bool {
    matches!(register, Register::RBX | Register::R12 | Register::R13 | Register::R14)
}

/// `mov [rsp+k], scratch` or its reverse.
fn is_save(ins: &iced_x86::Instruction, load: bool) -> bool {
    ins.mnemonic() == Mnemonic::Mov
        && ins.memory_base() == Register::RSP
        && ins.memory_index() == Register::None
        && ins.op_kind(load as u32) == OpKind::Memory
        && is_scratch_saved(ins.op_register(!load as u32))
}

fn is_stack_adjustment(ins: &iced_x86::Instruction, mnemonic: Mnemonic) -> bool {
    ins.mnemonic() == mnemonic && ins.op0_register() == Register::RSP && ins.op1_kind() != OpKind::Register
}

fn is_move(ins: &iced_x86::Instruction, to: Register, from: Register) -> bool {
    ins.mnemonic() == Mnemonic::Mov && ins.op0_register() == to && ins.op1_kind() == OpKind::Register && ins.op1_register() == from
}

fn strip_frame(items: &mut Vec<Item>) {
    let pop = |ins: &iced_x86::Instruction| ins.mnemonic() == Mnemonic::Pop && ins.op0_register() == Register::RBP;
    assert!(
        items[0].ins.mnemonic() == Mnemonic::Push
            && items[0].ins.op0_register() == Register::RBP
            && is_move(&items[1].ins, Register::RBP, Register::RSP),
        "the frame set-up is unknown"
    );
    let mut keep = vec![true; items.len()];
    keep[0] = false;
    keep[1] = false;
    let mut i = 2;
    if is_stack_adjustment(&items[i].ins, Mnemonic::Sub) {
        keep[i] = false;
        i += 1;
        while is_save(&items[i].ins, false) {
            keep[i] = false;
            i += 1;
        }
    }
    for i in 2..items.len() - 1 {
        if is_move(&items[i].ins, Register::RSP, Register::RBP) && pop(&items[i + 1].ins) {
            keep[i] = false;
            keep[i + 1] = false;
            let mut i = i - 1;
            if is_stack_adjustment(&items[i].ins, Mnemonic::Add) {
                keep[i] = false;
                i -= 1;
                while is_save(&items[i].ins, true) {
                    keep[i] = false;
                    i -= 1;
                }
            }
        }
    }
    retain(items, &keep);
}

fn retain(items: &mut Vec<Item>, keep: &[bool]) {
    let mut i = 0;
    items.retain(|_| {
        i += 1;
        keep[i - 1]
    });
}

/// `setcc r; test r, r; jne` and `… je` become `jcc`; the ops use such a condition only once.
fn fuse_conditions(items: &mut Vec<Item>) {
    let mut i = 0;
    while i + 2 < items.len() {
        let [set, test, jump] = [items[i].ins, items[i + 1].ins, items[i + 2].ins];
        let tests = test.mnemonic() == Mnemonic::Test && test.op0_register() == test.op1_register();
        let fuses = set.condition_code() != iced_x86::ConditionCode::None
            && set.op_count() == 1
            && set.op0_kind() == OpKind::Register
            && tests
            && set.op0_register().full_register() == test.op0_register().full_register()
            && matches!(jump.mnemonic(), Mnemonic::Jne | Mnemonic::Je);
        if fuses {
            let mut condition = set.code().condition_code();
            if jump.mnemonic() == Mnemonic::Je {
                condition = negated(condition);
            }
            let Flow::Branch(Target::At(target)) = items[i + 2].flow else { unreachable!() };
            let mut fused = iced_x86::Instruction::with_branch(jump_on(condition), target as u64).expect("a jump");
            fused.set_ip(set.ip());
            items[i] = Item { ins: fused, changed: true, flow: items[i + 2].flow, word: None };
            items.drain(i + 1..i + 3);
        }
        i += 1;
    }
}

/// `imul …; mov r, rsp; test r, r; jne` becomes `imul …; jo`.
fn test_overflow(items: &mut Vec<Item>) {
    let mut i = 1;
    while i + 2 < items.len() {
        let [copy, test, jump] = [items[i].ins, items[i + 1].ins, items[i + 2].ins];
        if is_move(&copy, copy.op0_register(), Register::RSP) {
            // Moves in between leave the flags alone.
            let flags = items[..i].iter().rfind(|item| item.ins.mnemonic() != Mnemonic::Mov);
            assert!(
                flags.is_some_and(|item| item.ins.mnemonic() == Mnemonic::Imul)
                    && test.mnemonic() == Mnemonic::Test
                    && jump.mnemonic() == Mnemonic::Jne,
                "an overflow test in another place"
            );
            let mut overflow = iced_x86::Instruction::with_branch(Code::Jo_rel32_64, 0).expect("a jump");
            overflow.set_ip(copy.ip());
            items[i] = Item { ins: overflow, changed: true, flow: items[i + 2].flow, word: None };
            items.drain(i + 1..i + 3);
        }
        i += 1;
    }
}

fn jump_on(condition: iced_x86::ConditionCode) -> Code {
    use iced_x86::ConditionCode as C;
    match condition {
        C::o => Code::Jo_rel32_64,
        C::no => Code::Jno_rel32_64,
        C::e => Code::Je_rel32_64,
        C::ne => Code::Jne_rel32_64,
        C::l => Code::Jl_rel32_64,
        C::ge => Code::Jge_rel32_64,
        C::b => Code::Jb_rel32_64,
        C::ae => Code::Jae_rel32_64,
        other => panic!("a condition never seen: {other:?}"),
    }
}

fn negated(condition: iced_x86::ConditionCode) -> iced_x86::ConditionCode {
    use iced_x86::ConditionCode as C;
    match condition {
        C::o => C::no,
        C::e => C::ne,
        C::ne => C::e,
        other => panic!("a condition never negated: {other:?}"),
    }
}

/// `test r, r; je` to a trap, before `idiv`: the op has excluded zero.
fn drop_division_checks(items: &mut Vec<Item>) {
    let traps: Vec<usize> = items.iter().filter(|i| i.flow == Flow::Trap).map(|i| i.ins.ip() as usize).collect();
    let mut i = 0;
    while i + 1 < items.len() {
        let to_trap = matches!(items[i + 1].flow, Flow::Branch(Target::At(at)) if traps.contains(&at));
        if to_trap && items[i].ins.mnemonic() == Mnemonic::Test {
            items.drain(i..i + 2);
        } else {
            i += 1;
        }
    }
}

/// `cvttsd2si r; cmp r, 1; jno`: the op has checked the range, so the result is not the least integer.
fn drop_conversion_repair(items: &mut Vec<Item>) {
    let mut i = 0;
    while i + 2 < items.len() {
        let [convert, compare, jump] = [items[i].ins, items[i + 1].ins, items[i + 2].ins];
        if convert.mnemonic() == Mnemonic::Cvttsd2si
            && compare.mnemonic() == Mnemonic::Cmp
            && compare.op0_register() == convert.op0_register()
            && compare.op1_kind() != OpKind::Register
            && compare.immediate(1) == 1
            && jump.mnemonic() == Mnemonic::Jno
        {
            let Flow::Branch(target) = items[i + 2].flow else { unreachable!() };
            let mut always = iced_x86::Instruction::with_branch(Code::Jmp_rel32_64, 0).expect("a jump");
            always.set_ip(compare.ip());
            items[i + 1] = Item { ins: always, changed: true, flow: Flow::Jump(target), word: None };
            items.remove(i + 2);
            // What the jump skips is dropped here, so that the hot part stays in one piece.
            let Target::At(at) = target else { unreachable!() };
            while i + 1 < items.len() && (items[i + 1].ins.ip() as usize) < at {
                items.remove(i + 1);
            }
        }
        i += 1;
    }
}

/// Registers that stencils pass on.
fn is_in_file(register: Register) -> bool {
    matches!(register, Register::RDI | Register::RSI | Register::RDX | Register::RCX | Register::R8 | Register::R9)
}

/// `mov r, rbp; … [r+k] …` becomes `… [rbp+k] …` where `r` is not used otherwise; the same for r15.
fn propagate_pointers(items: &mut Vec<Item>) {
    let mut i = 0;
    while i < items.len() {
        let ins = items[i].ins;
        let from = if ins.op_count() == 2 { ins.op1_register() } else { Register::None };
        let copies = matches!(from, Register::RBP | Register::R15) && is_move(&ins, ins.op0_register(), from);
        if copies
            && ins.op0_register() != Register::R15
            && let Some(uses) = address_uses(items, i, ins.op0_register())
        {
            for at in uses {
                items[at].ins.set_memory_base(from);
                let size = displacement_size(&items[at].ins);
                items[at].ins.set_memory_displ_size(size);
                items[at].changed = true;
            }
            items.remove(i);
            continue;
        }
        i += 1;
    }
}

/// Where the register set at `i` serves as an address, if it serves for nothing else.
fn address_uses(items: &[Item], i: usize, register: Register) -> Option<Vec<usize>> {
    let mut uses = vec![];
    for (at, item) in items.iter().enumerate().skip(i + 1) {
        let ins = &item.ins;
        match item.flow {
            Flow::Plain => {}
            Flow::Call(_) => continue,
            Flow::Jump(_) => return (!is_in_file(register)).then_some(uses),
            _ => return None,
        }
        if ins.memory_index().full_register() == register {
            return None;
        }
        if ins.memory_base() == register {
            uses.push(at);
        }
        for op in (0..ins.op_count()).filter(|op| ins.op_kind(*op) == OpKind::Register) {
            if ins.op_register(op).full_register() != register {
                continue;
            }
            let writes = op == 0 && matches!(ins.mnemonic(), Mnemonic::Mov | Mnemonic::Lea | Mnemonic::Xor);
            return writes.then_some(uses);
        }
    }
    None
}

/// The displacement in the short form or, as iced spells four bytes, 8.
fn displacement_size(ins: &iced_x86::Instruction) -> u32 {
    if (-128..128).contains(&(ins.memory_displacement64() as i64)) { 1 } else { 8 }
}

/// `test r64, imm` becomes `test r8, imm8` where that is the same.
fn narrow_tests(items: &mut [Item]) {
    for item in items {
        let ins = item.ins;
        if matches!(ins.code(), Code::Test_rm64_imm32 | Code::Test_RAX_imm32)
            && ins.op0_kind() == OpKind::Register
            && (0..128).contains(&ins.immediate(1).cast_signed())
        {
            let low = low_byte(ins.op0_register());
            let mut narrow = iced_x86::Instruction::with2(Code::Test_rm8_imm8, low, ins.immediate(1) as u32).expect("a test");
            narrow.set_ip(ins.ip());
            item.ins = narrow;
            item.changed = true;
        }
    }
}

/// Takes the form with an 8-bit constant where the constant fits.
fn shorten_constants(items: &mut [Item]) {
    for item in items {
        let ins = item.ins;
        let (code, constant) = match ins.code() {
            Code::Add_rm32_imm32 => (Code::Add_rm32_imm8, ins.immediate32()),
            Code::Add_rm64_imm32 => (Code::Add_rm64_imm8, ins.immediate32to64() as u32),
            Code::Sub_rm64_imm32 => (Code::Sub_rm64_imm8, ins.immediate32to64() as u32),
            _ => continue,
        };
        if constant as i32 == constant as i8 as i32 && ins.op0_kind() == OpKind::Register {
            let mut short = iced_x86::Instruction::with2(code, ins.op0_register(), constant as i32).expect("an addition");
            short.set_ip(ins.ip());
            item.ins = short;
            item.changed = true;
        }
    }
}

fn uses_scratch_vector(ins: &iced_x86::Instruction) -> bool {
    (0..ins.op_count()).any(|op| ins.op_register(op).is_xmm() && ins.op_register(op).number() >= 8)
}

fn low_byte(register: Register) -> Register {
    match register {
        Register::RAX => Register::AL,
        Register::RBX => Register::BL,
        Register::RCX => Register::CL,
        Register::RDX => Register::DL,
        Register::RSI => Register::SIL,
        Register::RDI => Register::DIL,
        Register::R8 => Register::R8L,
        Register::R9 => Register::R9L,
        Register::R10 => Register::R10L,
        Register::R11 => Register::R11L,
        Register::R12 => Register::R12L,
        Register::R13 => Register::R13L,
        Register::R14 => Register::R14L,
        other => panic!("no part of it is tested: {other:?}"),
    }
}

/// Refuses what a stencil must not do.
fn check(ins: &iced_x86::Instruction) {
    let pushes = ins.is_stack_instruction() && ins.flow_control() != FlowControl::Call;
    let mut uses_stack = pushes || ins.memory_base() == Register::RSP || ins.memory_index() == Register::RSP;
    for op in (0..ins.op_count()).filter(|op| ins.op_kind(*op) == OpKind::Register) {
        uses_stack |= ins.op_register(op).full_register() == Register::RSP;
        assert!(
            !(op == 0 && ins.op_register(0) == Register::RBP && ins.mnemonic() == Mnemonic::Mov),
            "the frame pointer is changed: {ins}"
        );
    }
    assert!(!uses_stack, "the stack is used: {ins}");
    assert!(ins.mnemonic() != Mnemonic::Seto, "an overflow condition is left");
    assert!(!ins.is_ip_rel_memory_operand(), "a constant outside the stencil: {ins}");
}

fn finish(item: &Item, raw: &Raw, assembler: &mut Assembler) -> Instruction {
    let at = item.ins.ip() as usize;
    let mut out = if item.changed && matches!(item.flow, Flow::Plain) {
        assembler.encode(&item.ins, 0).expect("the instruction can be encoded");
        Instruction::plain(at, &assembler.take_buffer())
    } else if item.changed {
        Instruction::plain(at, &[])
    } else {
        Instruction::plain(at, &raw.code[at..at + item.ins.len()])
    };
    out.flow = item.flow;
    out.word = item.word;
    if matches!(item.flow, Flow::Branch(_)) {
        // The condition is all that the encoder needs.
        out.bytes[0] = condition_nibble(item.ins.condition_code());
        out.len = 1;
    }
    out
}

fn condition_nibble(condition: iced_x86::ConditionCode) -> u8 {
    use iced_x86::ConditionCode as C;
    match condition {
        C::o => 0,
        C::no => 1,
        C::b => 2,
        C::ae => 3,
        C::e => 4,
        C::ne => 5,
        C::be => 6,
        C::a => 7,
        C::s => 8,
        C::ns => 9,
        C::p => 10,
        C::np => 11,
        C::l => 12,
        C::ge => 13,
        C::le => 14,
        C::g => 15,
        C::None => panic!("a jump without a condition"),
    }
}

/// x86-64's jumps and calls.
pub struct X64;

impl Encoder for X64 {
    fn encode(&self, instruction: &Instruction, long: bool, distance: i64) -> Option<Vec<u8>> {
        let near = |skip: usize| (distance as i32 - skip as i32).to_le_bytes();
        let short = || i8::try_from(distance - 2).ok().map(|d| d as u8);
        Some(match instruction.flow {
            Flow::Call(_) => [&[0xe8][..], &near(5)].concat(),
            Flow::Jump(_) if long => [&[0xe9][..], &near(5)].concat(),
            Flow::Jump(_) => vec![0xeb, short()?],
            Flow::Branch(_) if long => [&[0x0f, 0x80 + instruction.bytes[0]][..], &near(6)].concat(),
            Flow::Branch(_) => vec![0x70 + instruction.bytes[0], short()?],
            flow => unreachable!("{flow:?} goes nowhere"),
        })
    }

    fn hole(&self, instruction: &Instruction) -> (usize, How) {
        (if matches!(instruction.flow, Flow::Branch(_)) { 2 } else { 1 }, How::Relative32)
    }

    fn word_hole(&self, _: &Instruction) -> (usize, How) {
        (2, How::Bytes8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assembly::{Piece, lay_out};

    const ENTRY: &[u8] = &[0x55, 0x48, 0x89, 0xe5]; // push rbp; mov rbp, rsp
    const LEAVE: &[u8] = &[0x48, 0x89, 0xec, 0x5d, 0xe9, 0, 0, 0, 0]; // mov rsp, rbp; pop rbp; jmp
    const ADD: &[u8] = &[0x48, 0x01, 0xf7]; // add rdi, rsi

    /// A function of these parts; the last jump of the last parts goes to the symbols.
    fn raw(parts: &[&[u8]], symbols: &[(usize, Symbol)]) -> Raw {
        Raw { code: parts.concat(), symbols: symbols.to_vec() }
    }

    fn piece(parts: &[&[u8]], symbols: &[(usize, Symbol)]) -> Piece {
        lay_out(instructions(&raw(parts, symbols)), &X64)
    }

    #[test]
    fn the_frame_and_the_jump_to_the_next_op_go() {
        let piece = piece(&[ENTRY, ADD, LEAVE], &[(12, Symbol::Next)]);
        assert_eq!(piece.hot.code, ADD);
        assert!(piece.hot.holes.is_empty() && piece.cold.code.is_empty());
    }

    #[test]
    fn an_overflow_condition_becomes_a_jump_to_the_exit() {
        // seto al; test al, al; jne to the second LEAVE
        let test = [0x0f, 0x90, 0xc0, 0x84, 0xc0, 0x0f, 0x85, 9, 0, 0, 0];
        let piece = piece(&[ENTRY, ADD, &test, LEAVE, LEAVE], &[(23, Symbol::Next), (32, Symbol::Exit)]);
        assert_eq!(piece.hot.code[3..5], [0x0f, 0x80]);
        assert_eq!(piece.hot.holes.len(), 1);
        assert_eq!((piece.hot.holes[0].at, piece.hot.holes[0].what), (5, What::Exit));
        assert!(piece.cold.code.is_empty());
    }

    #[test]
    fn a_copy_of_the_frame_pointer_is_not_made() {
        // mov rax, rbp; mov [rax + 0x10], rdi
        let store = [0x48, 0x89, 0xe8, 0x48, 0x89, 0x78, 0x10];
        let piece = piece(&[ENTRY, &store, LEAVE], &[(16, Symbol::Next)]);
        assert_eq!(piece.hot.code, [0x48, 0x89, 0x7d, 0x10]);
    }

    #[test]
    fn saving_scratch_registers_goes() {
        // sub rsp, 16; mov [rsp], rbx … mov rbx, [rsp]; add rsp, 16
        let save = [0x48, 0x83, 0xec, 0x10, 0x48, 0x89, 0x1c, 0x24];
        let restore = [0x48, 0x8b, 0x1c, 0x24, 0x48, 0x83, 0xc4, 0x10];
        let piece = piece(&[ENTRY, &save, ADD, &restore, LEAVE], &[(28, Symbol::Next)]);
        assert_eq!(piece.hot.code, ADD);
    }

    #[test]
    #[should_panic(expected = "the stack is used")]
    fn a_push_is_refused() {
        piece(&[ENTRY, &[0x50], LEAVE], &[(10, Symbol::Next)]);
    }

    #[test]
    #[should_panic(expected = "the stack is used")]
    fn a_spilled_register_is_refused() {
        // sub rsp, 16; mov [rsp], rdi: what is stored is no scratch register.
        let spill = [0x48, 0x83, 0xec, 0x10, 0x48, 0x89, 0x3c, 0x24];
        piece(&[ENTRY, &spill, LEAVE], &[(17, Symbol::Next)]);
    }

    #[test]
    #[should_panic(expected = "a constant outside the stencil")]
    fn a_constant_pool_is_refused() {
        piece(&[ENTRY, &[0x48, 0x8b, 0x05, 0, 0, 0, 0], LEAVE], &[(16, Symbol::Next)]);
    }
}
