//! Copy and patch: from ops to a trace's code.
//!
//! A trace is laid out as: the hot parts of its ops, which fall through from one to the next; their cold parts; one stub
//! for each exit; and on aarch64 the literal pool. The first pass over the ops finds out how long each is, the second
//! writes everything from front to back, so that copying in whole blocks only ever spills over what comes later.

use crate::cache::Calling;
use crate::{CodeCache, Error};
use std::ops::Range;
use weft_layout::machine_frame::cell_offset;
use weft_layout::op::{Disp, MachineOp, Op};
use weft_layout::stencil::{Hole, How, PADDING, Stencil, What};
use weft_stencils::Arch;

/// A trace's code.
#[derive(Debug)]
pub struct Trace {
    /// Where it is in the cache.
    pub range: Range<usize>,
    /// Where it is entered.
    pub entry: u64,
    /// Where each op's code is.
    pub ops: Vec<OpCode>,
    /// Where the exit stubs begin.
    pub stubs: usize,
    /// How many there are.
    pub exits: usize,
}

/// An op's code, as offsets in the cache. Each part ends where the next op's begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpCode {
    /// The hot part.
    pub hot: u32,
    /// The cold part.
    pub cold: u32,
}

impl Trace {
    /// Where the stub of an exit is.
    pub(crate) fn stub(&self, arch: Arch, exit: usize) -> usize {
        assert!(exit < self.exits, "the trace has {} exits", self.exits);
        self.stubs + exit * stub_size(arch)
    }
}

/// What stitching keeps between traces: its memory, so that it need not allocate.
#[derive(Default, Debug)]
pub(crate) struct Scratch {
    stencils: Vec<&'static Stencil>,
}

/// Bytes of an exit stub: `mov eax, number; jmp leave`, or `movz; movk; b`, padded.
pub(crate) fn stub_size(arch: Arch) -> usize {
    match arch {
        Arch::X86_64 => 12,
        Arch::Aarch64 => 12,
    }
}

/// Where in a stub the jump is.
pub(crate) fn stub_jump(arch: Arch) -> usize {
    match arch {
        Arch::X86_64 => 5,
        Arch::Aarch64 => 8,
    }
}

/// Where a stub begins, modulo 4, so that what is patched in it is aligned and changes at once.
fn stub_phase(arch: Arch) -> usize {
    match arch {
        Arch::X86_64 => 2,
        Arch::Aarch64 => 0,
    }
}

/// Writes a jump over `distance` bytes from its beginning.
pub(crate) fn write_jump(arch: Arch, code: &mut [u8], distance: i64) {
    match arch {
        Arch::X86_64 => {
            code[0] = 0xe9;
            // One aligned store: another thread may be running the stub.
            code[1..5].copy_from_slice(&(distance as i32 - 5).to_le_bytes());
        }
        Arch::Aarch64 => {
            let word = 0x1400_0000 | (distance / 4) as u32 & 0x03ff_ffff;
            code[..4].copy_from_slice(&word.to_le_bytes());
        }
    }
}

pub(crate) fn stitch(
    cache: &mut CodeCache,
    scratch: &mut Scratch,
    ops: &[MachineOp],
    exits: &[u32],
) -> Result<Trace, Error> {
    let table = cache.table;
    scratch.stencils.clear();
    let (mut hot, mut cold, mut literals) = (0, 0, 0);
    for op in ops {
        let stencil = table.stencil(op);
        hot += stencil.hot as usize;
        cold += stencil.cold as usize;
        if cache.arch == Arch::Aarch64 {
            literals += table
                .holes(stencil)
                .iter()
                .filter(|h| h.how == How::Literal19)
                .count();
        }
        scratch.stencils.push(stencil);
    }

    let stubs = (hot + cold + 2).next_multiple_of(4) + stub_phase(cache.arch);
    let pool = (stubs + exits.len() * stub_size(cache.arch)).next_multiple_of(8);
    let len = pool + literals * 8 + PADDING;
    let range = cache.allocate(len)?;
    let start = range.start;
    let mut trace = Trace {
        entry: cache.address(start),
        ops: Vec::with_capacity(ops.len()),
        stubs: start + stubs,
        exits: exits.len(),
        range: range.clone(),
    };
    let mut place = OpCode {
        hot: start as u32,
        cold: (start + hot) as u32,
    };
    for stencil in &scratch.stencils {
        trace.ops.push(place);
        place.hot += stencil.hot as u32;
        place.cold += stencil.cold as u32;
    }

    let written = write(cache, &scratch.stencils, &trace, ops, exits, start + pool);
    if let Err(error) = written {
        cache.free(trace);
        return Err(error);
    }
    cache.publish(range);
    Ok(trace)
}

/// Writes all of a trace whose places are known.
fn write(
    cache: &mut CodeCache,
    stencils: &[&'static Stencil],
    trace: &Trace,
    ops: &[MachineOp],
    exits: &[u32],
    mut pool: usize,
) -> Result<(), Error> {
    let table = cache.table;
    for part in [Part::Hot, Part::Cold] {
        for (i, stencil) in stencils.iter().enumerate() {
            let (at, from, len) = match part {
                Part::Hot => (trace.ops[i].hot as usize, 0, stencil.hot as usize),
                Part::Cold => (
                    trace.ops[i].cold as usize,
                    stencil.hot as usize,
                    stencil.cold as usize,
                ),
            };
            if len == 0 {
                continue;
            }
            copy(
                &mut cache.mapping.writable()[at..],
                table.block(stencil, from),
                table.code(stencil),
                from,
                len,
            );
            let (hot_holes, cold_holes) = table.holes(stencil).split_at(stencil.hot_holes as usize);
            let holes = if part == Part::Hot {
                hot_holes
            } else {
                cold_holes
            };
            for hole in holes {
                patch(cache, trace, ops, i, at, hole, &mut pool)?;
            }
        }
    }
    for (exit, number) in exits.iter().enumerate() {
        let at = trace.stub(cache.arch, exit);
        let (arch, leave) = (cache.arch, cache.leave);
        let stub = &mut cache.mapping.writable()[at..at + 16];
        match arch {
            Arch::X86_64 => {
                stub[0] = 0xb8; // mov eax, imm32
                stub[1..5].copy_from_slice(&number.to_le_bytes());
            }
            Arch::Aarch64 => {
                stub[..4].copy_from_slice(&(0x5280_0000 | (number & 0xffff) << 5).to_le_bytes()); // movz w0
                stub[4..8].copy_from_slice(&(0x72a0_0000 | (number >> 16) << 5).to_le_bytes()); // movk w0, lsl 16
            }
        }
        let jump = stub_jump(arch);
        write_jump(arch, &mut stub[jump..], leave as i64 - (at + jump) as i64);
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Hot,
    Cold,
}

/// Copies `len` bytes of a stencil: most fit in one block of fixed size, which is faster.
#[inline]
fn copy(to: &mut [u8], block: &[u8; PADDING], code: &[u8], from: usize, len: usize) {
    to[..PADDING].copy_from_slice(block);
    if len > PADDING {
        to[..len].copy_from_slice(&code[from..from + len]);
    }
}

/// Fills one hole of op `i`, whose part begins at `part`.
#[inline]
fn patch(
    cache: &mut CodeCache,
    trace: &Trace,
    ops: &[MachineOp],
    i: usize,
    part: usize,
    hole: &Hole,
    pool: &mut usize,
) -> Result<(), Error> {
    let op = &ops[i];
    let value = match hole.what {
        What::Exit => trace.stub(cache.arch, op.exit as usize) as u64,
        What::Hot => trace.ops[i].hot as u64 + hole.detail as u64,
        What::Cold => trace.ops[i].cold as u64 + hole.detail as u64,
        What::Imm => op.imm,
        What::Disp => match op.op.info().disp {
            Disp::Cell => cell_offset(op.disp as usize) as u64,
            _ => op.disp as u64,
        },
        What::Slow => cache.slow_paths[hole.detail as usize] as u64,
        What::Helper => cache.helper(op.imm, Calling::Plain)? as u64,
        What::SavingHelper => cache.helper(op.imm, Calling::Saving)? as u64,
        What::Label => {
            let label = op.imm as usize;
            assert!(
                ops[label].op == Op::Label,
                "op {i} jumps to op {label}, which is no label"
            );
            trace.ops[label].hot as u64
        }
        What::Code => cache.offset_of(op.imm) as u64,
    };
    let at = part + hole.at as usize;
    let code = cache.mapping.writable();
    let relative = (value as i64).wrapping_sub(at as i64);
    match hole.how {
        How::Relative32 => store(code, at, (relative as i32 - 4).to_le_bytes()),
        How::Bytes4 => store(code, at, (value as u32).to_le_bytes()),
        How::Byte => store(code, at, [value as u8]),
        How::Bytes8 => store(code, at, value.to_le_bytes()),
        How::Literal19 => {
            store(code, *pool, value.to_le_bytes());
            let distance = *pool as i64 - at as i64;
            *pool += 8;
            patch_word(code, at, field(distance / 4, 19)? << 5);
        }
        How::Branch26 => patch_word(code, at, field(relative / 4, 26)?),
        How::Branch19 => patch_word(code, at, field(relative / 4, 19)? << 5),
        How::Branch14 => patch_word(code, at, field(relative / 4, 14)? << 5),
        How::MoveLow => insert(code, at, 5, 16, value as u32),
        How::MoveLowSigned => {
            let negative = (value as i64) < 0;
            insert(code, at, 30, 1, !negative as u32);
            insert(
                code,
                at,
                5,
                16,
                if negative { !value } else { value } as u32,
            );
        }
        How::MoveHigh => insert(code, at, 5, 16, (value >> 16) as u32),
        How::Add12 | How::Memory12By1 => insert(code, at, 10, 12, value as u32),
        How::Memory12By2 => insert(code, at, 10, 12, value as u32 / 2),
        How::Memory12By4 => insert(code, at, 10, 12, value as u32 / 4),
        How::Memory12By8 => insert(code, at, 10, 12, value as u32 / 8),
        How::ShiftRight => insert(code, at, 16, 6, value as u32),
        How::ShiftLeft => {
            insert(code, at, 16, 6, 64 - value as u32);
            insert(code, at, 10, 6, 63 - value as u32);
        }
    }
    Ok(())
}

#[inline]
fn store<const N: usize>(code: &mut [u8], at: usize, bytes: [u8; N]) {
    code[at..at + N].copy_from_slice(&bytes);
}

/// A signed field of `bits` bits.
fn field(value: i64, bits: u32) -> Result<u32, Error> {
    let limit = 1 << (bits - 1);
    if (-limit..limit).contains(&value) {
        Ok(value as u32 & ((1 << bits) - 1))
    } else {
        Err(Error::TooLong)
    }
}

/// Sets bits of an instruction word that are 0 in the stencil.
fn patch_word(code: &mut [u8], at: usize, bits: u32) {
    let word = u32::from_le_bytes(code[at..at + 4].try_into().expect("four bytes"));
    store(code, at, (word | bits).to_le_bytes());
}

/// Replaces a field of an instruction word.
fn insert(code: &mut [u8], at: usize, low: u32, bits: u32, value: u32) {
    let mask = ((1 << bits) - 1) << low;
    let word = u32::from_le_bytes(code[at..at + 4].try_into().expect("four bytes"));
    store(code, at, (word & !mask | value << low & mask).to_le_bytes());
}
