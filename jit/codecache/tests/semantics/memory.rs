//! Loads, stores, moves and the machine frame.

use crate::machine::{END, EXIT, Machine, Registers, plain};
use crate::{Numbers, set_up, variants};
use weft_layout::machine_frame::{CELLS, MachineFrame, SlowPath};
use weft_layout::op::{Bank, Disp, Form, Kind, MachineOp, Op};

unsafe extern "C" fn never(_: *mut MachineFrame) {
    panic!("no slow path is expected");
}

/// Bytes that the ops under test may read and write.
const BYTES: usize = 1 << 17;

/// What a load or store does: bytes, whether sign-extended, how far an index moves the address.
struct Access {
    op: Op,
    size: usize,
    signed: bool,
    /// Bytes for each unit of the index register; a quarter or half for shifted ints.
    scale: Option<(i64, u32)>,
}

const fn access(op: Op, size: usize, signed: bool, scale: Option<(i64, u32)>) -> Access {
    Access { op, size, signed, scale }
}

const INDEXED: Option<(i64, u32)> = Some((1, 1));
const BY_WORD: Option<(i64, u32)> = Some((1, 0));

const LOADS: [Access; 12] = [
    access(Op::LoadValue, 8, false, None),
    access(Op::LoadWord, 8, false, None),
    access(Op::LoadU32, 4, false, None),
    access(Op::LoadU8, 1, false, None),
    access(Op::LoadValueAt, 8, false, INDEXED),
    access(Op::LoadFloatAt, 8, false, INDEXED),
    access(Op::LoadWordAt, 8, false, INDEXED),
    access(Op::LoadI32At, 4, true, INDEXED),
    access(Op::LoadU32At, 4, false, INDEXED),
    access(Op::LoadU16At, 2, false, INDEXED),
    access(Op::LoadU8At, 1, false, INDEXED),
    access(Op::LoadValueAtWord, 8, false, BY_WORD),
];

const STORES: [Access; 6] = [
    access(Op::StoreWord, 8, false, None),
    access(Op::StoreU32, 4, false, None),
    access(Op::StoreWordAt, 8, false, INDEXED),
    access(Op::StoreFloatAt, 8, false, INDEXED),
    access(Op::StoreU32At, 4, false, INDEXED),
    access(Op::StoreU8At, 1, false, INDEXED),
];

/// Sets up an access in the middle of `memory`; the offset of what it touches.
fn aim(access: &Access, op: &MachineOp, memory: &[u8], numbers: &mut Numbers) -> (Registers, [u64; 3], usize) {
    let base = memory.as_ptr() as u64 + BYTES as u64 / 2;
    let (mut registers, _) = set_up(op, numbers, |_, _, numbers| numbers.next());
    let index = numbers.below(100) as i64 - 50;
    let mut moved = 0;
    if let Some((_, shift)) = access.scale {
        registers.set(Bank::General, op.operands[1], (index << shift) as u64);
        moved = index * access.size as i64;
    }
    registers.set(Bank::General, op.operands[0], base);
    if access.scale.is_some() && op.operands[0] == op.operands[1] {
        // One register is both: only the memory's beginning can be touched so.
        return (registers, [0; 3], usize::MAX);
    }
    let info = op.op.info();
    let mut operands = [0; 3];
    for (i, kind) in info.operands.iter().enumerate() {
        let folded = op.form != Form::Reg && i + 1 == info.operands.len();
        operands[i] = if folded { op.imm } else { registers.get(kind.bank(), op.operands[i]) };
    }
    let at = (BYTES as i64 / 2 + moved + op.disp as i64) as usize;
    (registers, operands, at)
}

fn disps(size: usize) -> [u16; 4] {
    [0, 3, 100, 4095].map(|n| (n * size) as u16)
}

#[test]
fn loads() {
    let mut machine = Machine::new([never; SlowPath::ALL.len()]);
    let mut numbers = Numbers::new();
    let memory: Vec<u8> = (0..BYTES).map(|_| numbers.next() as u8).collect();
    for access in &LOADS {
        for variant in variants(access.op, Form::Reg) {
            for disp in disps(access.size) {
                let op = MachineOp { disp, ..variant };
                let trace = machine.stitch(&[op]);
                for _ in 0..4 {
                    let (before, _, at) = aim(access, &op, &memory, &mut numbers);
                    if at == usize::MAX {
                        continue;
                    }
                    let mut bytes = [0; 8];
                    bytes[..access.size].copy_from_slice(&memory[at..at + access.size]);
                    let mut value = u64::from_le_bytes(bytes);
                    if access.signed {
                        value = value as i32 as i64 as u64;
                    }
                    let (exit, after) = machine.run(&trace, &before);
                    let mut wanted = before;
                    wanted.set(op.op.info().result().expect("a result").bank(), op.result, value);
                    assert_eq!((exit, after), (END, wanted), "{op:?}");
                }
                machine.cache.free(trace);
            }
        }
    }
}

#[test]
fn stores() {
    let mut machine = Machine::new([never; SlowPath::ALL.len()]);
    let mut numbers = Numbers::new();
    let mut memory: Vec<u8> = (0..BYTES).map(|_| numbers.next() as u8).collect();
    for access in &STORES {
        let forms: &[Form] = if access.op.info().fold == weft_layout::op::Fold::No { &[Form::Reg] } else { &[Form::Reg, Form::Imm32] };
        for variant in forms.iter().flat_map(|form| variants(access.op, *form)) {
            for (disp, imm) in disps(access.size).into_iter().zip([0, -2i64, 0x7654_3210, -0x7654_3210]) {
                let op = MachineOp { disp, imm: imm as u64, ..variant };
                let trace = machine.stitch(&[op]);
                for _ in 0..4 {
                    let (before, operands, at) = aim(access, &op, &memory, &mut numbers);
                    if at == usize::MAX {
                        continue;
                    }
                    let value = operands[op.op.info().operands.len() - 1].to_le_bytes();
                    let mut wanted = memory[at - 8..at + 16].to_vec();
                    wanted[8..8 + access.size].copy_from_slice(&value[..access.size]);
                    let pointer = memory.as_mut_ptr();
                    let result = machine.run(&trace, &before);
                    // The trace wrote behind the compiler's back.
                    std::hint::black_box(pointer);
                    assert_eq!(result, (END, before), "{op:?}");
                    assert_eq!(memory[at - 8..at + 16], wanted, "{op:?}");
                }
                machine.cache.free(trace);
            }
        }
    }
}

#[test]
fn guards_on_memory() {
    let mut machine = Machine::new([never; SlowPath::ALL.len()]);
    let mut numbers = Numbers::new();
    let memory: Vec<u32> = (0..8192).map(|_| numbers.next() as u32).collect();
    for variant in variants(Op::GuardMemU32, Form::Reg) {
        for index in [0, 1, 4095] {
            for (imm, exit) in [(memory[index], END), (memory[index] ^ 0x8000_0000, EXIT), (memory[index] ^ 1, EXIT)] {
                let op = MachineOp { disp: index as u16 * 4, imm: imm as u64, ..variant };
                let (before, _) = set_up(&op, &mut numbers, |_, _, _| memory.as_ptr() as u64);
                let trace = machine.stitch(&[op]);
                assert_eq!(machine.run(&trace, &before), (exit, before));
            }
        }
    }
}

#[test]
fn spill_cells_and_slots() {
    let mut machine = Machine::new([never; SlowPath::ALL.len()]);
    let mut numbers = Numbers::new();
    for (store, load) in [(Op::Spill, Op::Reload), (Op::SpillFloat, Op::ReloadFloat), (Op::StoreSlot, Op::LoadSlot)] {
        for from in variants(store, Form::Reg) {
            for to in variants(load, Form::Reg) {
                let last = if store.info().disp == Disp::Cell { CELLS - 1 } else { 4095 * 8 };
                for disp in [16, 24, last as u16] {
                    let trace = machine.stitch(&[MachineOp { disp, ..from }, MachineOp { disp, ..to }]);
                    let (before, operands) = set_up(&from, &mut numbers, |_, _, numbers| numbers.next());
                    let mut wanted = before;
                    wanted.set(load.info().result().expect("a result").bank(), to.result, operands[0]);
                    assert_eq!(machine.run(&trace, &before), (END, wanted));
                    if store == Op::StoreSlot {
                        assert_eq!(machine.python_frame[disp as usize / 8], operands[0]);
                    } else {
                        assert_eq!(machine.frame.cells[disp as usize], operands[0]);
                    }
                    machine.cache.free(trace);
                }
            }
        }
    }
    for imm in [0, -2i64 as u64, 0x7fff_ffff] {
        let spill = MachineOp { form: Form::Imm32, disp: 20, imm, ..plain(Op::Spill) };
        let slot = MachineOp { form: Form::Imm32, disp: 80, imm, ..plain(Op::StoreSlot) };
        let trace = machine.stitch(&[spill, slot]);
        let (before, _) = set_up(&plain(Op::Label), &mut numbers, |_, _, _| 0);
        assert_eq!(machine.run(&trace, &before), (END, before));
        assert_eq!((machine.frame.cells[20], machine.python_frame[10]), (imm, imm));
    }
}

#[test]
fn swaps() {
    let mut machine = Machine::new([never; SlowPath::ALL.len()]);
    let mut numbers = Numbers::new();
    for op in [Op::Swap, Op::SwapFloat] {
        for variant in variants(op, Form::Reg) {
            let trace = machine.stitch(&[variant]);
            let (before, operands) = set_up(&variant, &mut numbers, |_, _, numbers| numbers.next());
            let bank = op.info().operands[0].bank();
            let mut wanted = before;
            wanted.set(bank, variant.operands[0], operands[1]);
            wanted.set(bank, variant.operands[1], operands[0]);
            assert_eq!(machine.run(&trace, &before), (END, wanted), "{variant:?}");
        }
    }
}

#[test]
fn addresses_of_frames() {
    let mut machine = Machine::new([never; SlowPath::ALL.len()]);
    let mut numbers = Numbers::new();
    for variant in variants(Op::CellAddress, Form::Reg) {
        let op = MachineOp { disp: 77, ..variant };
        let trace = machine.stitch(&[op]);
        let (before, _) = set_up(&op, &mut numbers, |_, _, _| 0);
        let (exit, after) = machine.run(&trace, &before);
        assert_eq!((exit, after.general[op.result as usize]), (END, &raw const machine.frame.cells[77] as u64));
    }
    for (set, get) in variants(Op::SetPythonFrame, Form::Reg).into_iter().zip(variants(Op::PythonFrame, Form::Reg)) {
        let trace = machine.stitch(&[get, plain(Op::SetPythonFrame), set]);
        let (before, _) = set_up(&set, &mut numbers, |_, _: Kind, numbers| numbers.next());
        let python_frame = machine.python_frame.as_ptr() as u64;
        let (exit, after) = machine.run(&trace, &before);
        assert_eq!((exit, after.general[get.result as usize]), (END, python_frame));
        assert_eq!(machine.frame.activation.python_frame, after.general[set.operands[0] as usize]);
    }
}
