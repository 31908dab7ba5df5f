//! Copy and patch: from ops to a trace's code.
//!
//! A trace is laid out as: the hot parts of its ops, which fall through from one to the next; their cold parts; one stub
//! for each exit; and on aarch64 the literal pool. The first pass over the ops finds out how long each is, the second
//! writes everything from front to back, so that copying in whole blocks only ever spills over what comes later.

use crate::{CodeCache, Error};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use weft_layout::machine_frame::cell_offset;
use weft_layout::op::{MachineOp, Op};
use weft_layout::stencil::{Hole, How, PADDING, Stencil, What};
use weft_stencils::{Arch, Table};

/// A trace's code.
#[derive(Debug)]
pub struct Trace {
    /// Where it is in the cache, from the cache's beginning.
    pub range: Range<usize>,
    /// Where it is entered.
    pub entry: u64,
    /// Where each op's code is. None for code that was not stitched.
    pub ops: Vec<OpCode>,
    /// Where the exit stubs begin, from the cache's beginning.
    pub stubs: usize,
    /// How many there are.
    pub exits: usize,
}

/// Where an op's code is, from the cache's beginning. Each part ends where the next op's begins; the last cold part
/// ends where the stubs begin, at the latest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpCode {
    /// The hot part.
    pub hot: u32,
    /// The cold part.
    pub cold: u32,
}

impl Trace {
    /// Where in the cache the jump of an exit's stub is.
    pub(crate) fn stub_jump(&self, exit: usize) -> usize {
        assert!(exit < self.exits, "the trace has {} exits", self.exits);
        self.stubs + exit * STUB_SIZE + STUB_JUMP
    }
}

/// What stitching keeps between traces: its memory, so that it need not allocate.
#[derive(Default, Debug)]
pub(crate) struct Scratch {
    stencils: Vec<&'static Stencil>,
}

/// The CPU that code is written for. A constant, so that what other CPUs need costs nothing.
pub(crate) const ARCH: Arch = match Arch::HOST {
    Some(arch) => arch,
    // There is no code cache then.
    None => Arch::X86_64,
};

/// Bytes of an exit stub: `mov eax, number; jmp leave` and two of padding, or `movz; movk; b`.
const STUB_SIZE: usize = 12;

/// Where in a stub the jump is.
const STUB_JUMP: usize = match ARCH {
    Arch::X86_64 => 5,
    Arch::Aarch64 => 8,
};

/// Where a stub begins, modulo 4, so that what is patched in it is aligned and changes at once.
const STUB_PHASE: usize = match ARCH {
    Arch::X86_64 => 2,
    Arch::Aarch64 => 0,
};

/// Bytes of a jump.
const JUMP: usize = match ARCH {
    Arch::X86_64 => 5,
    Arch::Aarch64 => 4,
};

/// A jump over `distance` bytes from its beginning.
fn jump_code(distance: i64) -> [u8; JUMP] {
    let mut code = [0; JUMP];
    match ARCH {
        Arch::X86_64 => {
            code[0] = 0xe9;
            code[1..].copy_from_slice(&(distance as i32 - 5).to_le_bytes());
        }
        Arch::Aarch64 => {
            let word = 0x1400_0000 | (distance / 4) as u32 & 0x03ff_ffff;
            code[..4].copy_from_slice(&word.to_le_bytes());
        }
    }
    code
}

/// Changes the target of a jump that may be running: its aligned four bytes at once.
pub(crate) fn redirect(code: &mut [u8], at: usize, target: usize) {
    let distance = target as i64 - at as i64;
    let word = u32::from_le_bytes(jump_code(distance)[JUMP - 4..].try_into().expect("four bytes"));
    let place = code[at + JUMP - 4..at + JUMP].as_mut_ptr().cast::<AtomicU32>();
    assert!(place.is_aligned());
    // SAFETY: the four bytes are in bounds and aligned; other threads only execute them.
    unsafe { (*place).store(word, Ordering::Release) };
}

pub(crate) fn stitch(cache: &mut CodeCache, scratch: &mut Scratch, ops: &[MachineOp], exits: &[u32]) -> Result<Trace, Error> {
    let table = cache.table;
    scratch.stencils.clear();
    let mut places = vec![OpCode { hot: 0, cold: 0 }; ops.len()];
    let (mut hot, mut cold, mut literals, mut last_exit) = (0, 0, 0, 0);
    scratch.stencils.extend(ops.iter().zip(&mut places).map(|(op, place)| {
        let stencil = table.stencil(op);
        table.prefetch(stencil);
        *place = OpCode { hot, cold };
        hot += stencil.hot as u32;
        cold += stencil.cold as u32;
        last_exit = last_exit.max(op.exit as usize);
        if ARCH == Arch::Aarch64 {
            literals += table.holes(stencil).iter().filter(|h| h.how == How::Literal19).count();
        }
        stencil
    }));
    let exits_exist = last_exit < exits.len() || !ops.iter().any(|op| op.op.info().exits);
    assert!(exits_exist, "an op leaves by exit {last_exit} of {}", exits.len());

    let stubs = (hot + cold + 2).next_multiple_of(4) as usize + STUB_PHASE;
    // The literals are written with the ops: out of reach of what the blocks of later ops spill over.
    let pool = (stubs + exits.len() * STUB_SIZE).max((hot + cold) as usize + PADDING).next_multiple_of(8);
    let range = cache.allocate(pool + literals * 8 + PADDING)?;
    let bases = Bases { start: range.start as u64, cold: hot as usize, stubs };
    let code = View::new(&mut cache.mapping.writable()[range.clone()]);
    let mut writer = Writer { code, cache, ops, places: &places, bases, pool };
    let written = writer.write_ops(&scratch.stencils);
    writer.write_stubs(exits);
    if let Err(error) = written {
        cache.give_back(range);
        return Err(error);
    }
    let start = range.start as u32;
    for place in &mut places {
        place.hot += start;
        place.cold += start + hot;
    }
    cache.publish(range.clone());
    Ok(Trace { entry: cache.address(range.start), ops: places, stubs: range.start + stubs, exits: exits.len(), range })
}

/// Where the parts of a trace begin.
#[derive(Clone, Copy)]
struct Bases {
    /// The trace, in the cache.
    start: u64,
    /// The cold parts, in the trace.
    cold: usize,
    /// The stubs, in the trace.
    stubs: usize,
}

/// Writes a trace whose places are known. Offsets are from the trace's beginning, but what they lead to outside of the
/// trace is in the cache, so both are counted from the cache's beginning when they meet.
struct Writer<'a> {
    code: View,
    cache: &'a mut CodeCache,
    ops: &'a [MachineOp],
    places: &'a [OpCode],
    bases: Bases,
    /// Where the next literal goes.
    pool: usize,
}

impl Writer<'_> {
    fn write_ops(&mut self, stencils: &[&'static Stencil]) -> Result<(), Error> {
        // Copies, because the compiler has to expect a store to code to change whatever is behind a reference.
        let (table, code, bases) = (self.cache.table, self.code, self.bases);
        let mut any_cold = 0;
        for ((op, place), stencil) in self.ops.iter().zip(self.places).zip(stencils) {
            let at = place.hot as usize;
            copy(code, at, table.block(stencil, 0), table, stencil, 0, stencil.hot as usize);
            self.patch(code, bases, op, *place, at, table.hot_holes(stencil))?;
            any_cold |= stencil.cold;
        }
        if any_cold == 0 {
            return Ok(());
        }
        for ((op, place), stencil) in self.ops.iter().zip(self.places).zip(stencils) {
            if stencil.cold != 0 {
                let at = bases.cold + place.cold as usize;
                let hot = stencil.hot as usize;
                copy(code, at, table.block(stencil, hot), table, stencil, hot, stencil.cold as usize);
                self.patch(code, bases, op, *place, at, table.cold_holes(stencil))?;
            }
        }
        Ok(())
    }

    /// Fills the holes of a part of an op that begins at `part`.
    #[inline(always)]
    fn patch(&mut self, code: View, bases: Bases, op: &MachineOp, place: OpCode, part: usize, holes: &[Hole]) -> Result<(), Error> {
        if holes.is_empty() {
            return Ok(());
        }
        // What is at hand, in the order of `What`: looking it up beats branching on it.
        let known = [
            bases.start + (bases.stubs + op.exit as usize * STUB_SIZE) as u64,
            bases.start + place.hot as u64,
            bases.start + (bases.cold as u64 + place.cold as u64),
            op.imm,
            op.disp as u64,
            cell_offset(op.disp as usize) as u64,
        ];
        for hole in holes {
            let value = match known.get(hole.what as usize) {
                Some(value) => value.wrapping_add(hole.detail as u64),
                None => self.find(op, hole)?,
            };
            let at = part + hole.at as usize;
            if hole.what == What::Exit && matches!(hole.how, How::Bytes8 | How::Literal19) {
                // Not the way there, but where it is.
                let address = self.cache.address(value as usize);
                self.fill(at, hole.how, address, 0)?;
                continue;
            }
            let relative = (value as i64).wrapping_sub((bases.start + at as u64) as i64);
            if hole.how == How::Relative32 {
                code.store(at, (relative as i32 - 4).to_le_bytes());
            } else {
                self.fill(at, hole.how, value, relative)?;
            }
        }
        Ok(())
    }

    /// The values of holes that are not at hand.
    #[cold]
    fn find(&mut self, op: &MachineOp, hole: &Hole) -> Result<u64, Error> {
        let at = match hole.what {
            What::Slow => self.cache.slow_paths[hole.detail as usize],
            What::Helper => self.cache.helper(op.imm)?,
            What::Label => {
                let label = op.imm as usize;
                assert!(self.ops[label].op == Op::Label, "{op:?} jumps to op {label}, which is no label");
                self.bases.start as usize + self.places[label].hot as usize
            }
            What::Code => self.cache.offset_of(op.imm),
            what => unreachable!("{what:?} is at hand"),
        };
        Ok(at as u64)
    }

    /// Writes a value in any other way than as [`How::Relative32`].
    #[inline]
    fn fill(&mut self, at: usize, how: How, value: u64, relative: i64) -> Result<(), Error> {
        let code = self.code;
        match how {
            How::Bytes4 => code.store(at, (value as u32).to_le_bytes()),
            How::Byte => code.store(at, [value as u8]),
            How::Bytes8 => code.store(at, value.to_le_bytes()),
            How::Relative32 => code.store(at, (relative as i32 - 4).to_le_bytes()),
            How::Literal19 => {
                code.store(self.pool, value.to_le_bytes());
                code.insert(at, 5, 19, field((self.pool - at) as i64 / 4, 19)?);
                self.pool += 8;
            }
            How::Branch26 => code.insert(at, 0, 26, field(relative / 4, 26)?),
            How::Branch19 => code.insert(at, 5, 19, field(relative / 4, 19)?),
            How::MoveLow => code.insert(at, 5, 16, value as u32),
            How::MoveLowSigned => {
                let negative = (value as i64) < 0;
                code.insert(at, 30, 1, !negative as u32);
                code.insert(at, 5, 16, if negative { !value } else { value } as u32);
            }
            How::MoveHigh => code.insert(at, 5, 16, (value >> 16) as u32),
            How::Add12 | How::Memory12By1 => code.insert(at, 10, 12, value as u32),
            How::Memory12By2 => code.insert(at, 10, 12, value as u32 / 2),
            How::Memory12By4 => code.insert(at, 10, 12, value as u32 / 4),
            How::Memory12By8 => code.insert(at, 10, 12, value as u32 / 8),
            How::ShiftRight => code.insert(at, 16, 6, value as u32),
            How::ShiftLeft => {
                code.insert(at, 16, 6, 64 - value as u32);
                code.insert(at, 10, 6, 63 - value as u32);
            }
        }
        Ok(())
    }

    fn write_stubs(&mut self, exits: &[u32]) {
        for (exit, number) in exits.iter().enumerate() {
            let at = self.bases.stubs + exit * STUB_SIZE;
            let jump = at + STUB_JUMP;
            match ARCH {
                Arch::X86_64 => {
                    self.code.store(at, [0xb8]); // mov eax, imm32
                    self.code.store(at + 1, number.to_le_bytes());
                }
                Arch::Aarch64 => {
                    self.code.store(at, (0x5280_0000 | (number & 0xffff) << 5).to_le_bytes()); // movz w0
                    self.code.store(at + 4, (0x72a0_0000 | (number >> 16) << 5).to_le_bytes()); // movk w0, lsl 16
                }
            }
            self.code.store(jump, jump_code(self.cache.leave as i64 - (self.bases.start as i64 + jump as i64)));
        }
    }
}

/// Copies `len` bytes of a stencil: most fit in one block of fixed size, which is faster.
#[inline(always)]
fn copy(to: View, at: usize, block: &[u8; PADDING], table: Table, stencil: &'static Stencil, from: usize, len: usize) {
    to.store(at, *block);
    if len > PADDING {
        to.copy(at + PADDING, &table.code(stencil)[from + PADDING..from + len]);
    }
}

/// The writable view of a trace's range.
#[derive(Clone, Copy)]
struct View {
    base: *mut u8,
    len: usize,
}

impl View {
    fn new(bytes: &mut [u8]) -> Self {
        Self { base: bytes.as_mut_ptr(), len: bytes.len() }
    }

    #[inline(always)]
    fn store<const N: usize>(self, at: usize, bytes: [u8; N]) {
        debug_assert!(at + N <= self.len);
        // SAFETY: places come from adding up the lengths of the same stencils that the range's length was added up
        // from, and holes are inside their stencils, as a test of the tables sees to. Nothing else writes there.
        unsafe { self.base.add(at).cast::<[u8; N]>().write_unaligned(bytes) }
    }

    fn copy(self, at: usize, bytes: &[u8]) {
        debug_assert!(at + bytes.len() <= self.len);
        // SAFETY: as for `store`.
        unsafe { self.base.add(at).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    }

    /// Replaces a field of an instruction word.
    fn insert(self, at: usize, low: u32, bits: u32, value: u32) {
        debug_assert!(at + 4 <= self.len);
        let mask = ((1 << bits) - 1) << low;
        // SAFETY: as for `store`; the word was copied there.
        let word = unsafe { self.base.add(at).cast::<u32>().read_unaligned() };
        self.store(at, (word & !mask | value << low & mask).to_le_bytes());
    }
}

/// A signed field of `bits` bits.
fn field(value: i64, bits: u32) -> Result<u32, Error> {
    let limit = 1 << (bits - 1);
    if (-limit..limit).contains(&value) { Ok(value as u32 & ((1 << bits) - 1)) } else { Err(Error::TooLong) }
}
