//! Runs single ops: loads the whole register file from spill cells, runs the op, and leaves.

use weft_codecache::{CodeCache, Config, Runtime, Trace};
use weft_layout::machine_frame::{MachineFrame, SlowPath, SlowPathFn};
use weft_layout::op::{Bank, FLOAT_REGISTERS, Form, GENERAL_REGISTERS, MachineOp, Op};

/// The exit of the op under test.
pub const EXIT: u32 = 70_001;
/// The exit behind it.
pub const END: u32 = 0x0dff_fffe;

/// A machine op with nothing but its op.
pub const fn plain(op: Op) -> MachineOp {
    MachineOp { op, form: Form::Reg, result: 0, operands: [0; 3], disp: 0, exit: 0, imm: 0 }
}

/// Memory that ops work on, and the cache.
pub struct Machine {
    pub cache: CodeCache,
    pub frame: Box<MachineFrame>,
    pub python_frame: Vec<u64>,
}

/// The registers before or after.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Registers {
    pub general: [u64; GENERAL_REGISTERS],
    pub float: [u64; FLOAT_REGISTERS],
}

impl Registers {
    pub fn get(&self, bank: Bank, register: u8) -> u64 {
        match bank {
            Bank::General => self.general[register as usize],
            Bank::Float => self.float[register as usize],
        }
    }

    pub fn set(&mut self, bank: Bank, register: u8, value: u64) {
        match bank {
            Bank::General => self.general[register as usize] = value,
            Bank::Float => self.float[register as usize] = value,
        }
    }
}

impl Machine {
    /// Over the slow paths.
    pub fn new(slow_paths: [SlowPathFn; SlowPath::ALL.len()]) -> Self {
        Self {
            cache: CodeCache::new(Config { size: 4 << 20, ..Config::default() }, Runtime { slow_paths }).expect("a code cache"),
            frame: Box::default(),
            python_frame: vec![0; 8192],
        }
    }

    /// A trace that loads the register file, runs `ops` and leaves by [`END`].
    pub fn stitch(&mut self, ops: &[MachineOp]) -> Trace {
        let mut all = vec![];
        for i in 0..GENERAL_REGISTERS as u8 {
            all.push(MachineOp { result: i, disp: i as u16, ..plain(Op::Reload) });
        }
        for i in 0..FLOAT_REGISTERS as u8 {
            all.push(MachineOp { result: i, disp: GENERAL_REGISTERS as u16 + i as u16, ..plain(Op::ReloadFloat) });
        }
        all.extend_from_slice(ops);
        all.push(MachineOp { exit: 1, ..plain(Op::Exit) });
        self.cache.stitch(&all, &[EXIT, END]).expect("there is room")
    }

    /// Runs a trace with these registers; returns the exit and the registers there.
    pub fn run(&mut self, trace: &Trace, before: &Registers) -> (u32, Registers) {
        self.frame.cells[..GENERAL_REGISTERS].copy_from_slice(&before.general);
        self.frame.cells[GENERAL_REGISTERS..][..FLOAT_REGISTERS].copy_from_slice(&before.float);
        let python_frame = self.python_frame.as_mut_ptr() as u64;
        // SAFETY: the tests' traces only touch the memory they are given.
        let exit = unsafe { self.cache.enter(trace.entry, &mut *self.frame, python_frame) };
        (exit, Registers { general: self.frame.general, float: self.frame.float })
    }
}
