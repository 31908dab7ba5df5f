//! How to unwind the native stack through compiled code: call frame information in DWARF's format, as in `.eh_frame`.
//!
//! The stack pointer does not move inside traces, so one entry describes all of them: the caller's registers are where the
//! thunk [`enter`](crate::thunk::enter) has put them. The thunks themselves, in the program's own code, carry theirs as
//! assembler directives. [`Registered`] hands the code cache's table to the unwinder of the C runtime, which panics and
//! `_Unwind_Backtrace` use; debuggers and profilers get one for each trace ([`eh_frame`]).
//!
//! Another backend's code keeps frame pointers and saves nothing else that the table could name: what its callers
//! had in other registers is told to be unknown.

use std::ops::Range;

/// What a piece of code does to the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Stitched code, and whatever is jumped to from there.
    Stitched,
    /// A veneer that is called: the return address is where a call leaves it.
    Veneer,
    /// The same, which on x86-64 pushes a register first.
    SavingVeneer,
    /// Functions of another backend, each beginning with the set-up of a frame pointer.
    FramePointers,
}

/// The bytes of call frame instructions that describe a shape: those from the beginning, and those of an entry.
type Instructions = (&'static [u8], &'static [u8]);

const CFA: u8 = 0x0c; // DW_CFA_def_cfa register offset
const CFA_OFFSET: u8 = 0x0e; // DW_CFA_def_cfa_offset
const UNDEFINED: u8 = 0x07; // DW_CFA_undefined register
const ADVANCE: u8 = 0x40; // DW_CFA_advance_loc, in the low bits: by code alignment
const OFFSET: u8 = 0x80; // DW_CFA_offset, in the low bits: register; multiplied by the data alignment, -8

/// An encoding of addresses: eight bytes, relative to where they are.
const ENCODING: u8 = 0x1c; // DW_EH_PE_pcrel | DW_EH_PE_sdata8

#[cfg(not(target_arch = "aarch64"))]
mod cpu {
    use super::*;

    const RBX: u8 = 3;
    const RBP: u8 = 6;
    const RSP: u8 = 7;
    const R12: u8 = 12;
    const R13: u8 = 13;
    const R14: u8 = 14;
    const R15: u8 = 15;

    pub const CODE_ALIGNMENT: u8 = 1;
    pub const RETURN_ADDRESS: u8 = 16;

    pub fn instructions(shape: Shape) -> Instructions {
        match shape {
            Shape::Stitched => (
                &[
                    CFA,
                    RSP,
                    64,
                    OFFSET | RETURN_ADDRESS,
                    1,
                    OFFSET | RBP,
                    2,
                    OFFSET | RBX,
                    3,
                    OFFSET | R12,
                    4,
                    OFFSET | R13,
                    5,
                    OFFSET | R14,
                    6,
                    OFFSET | R15,
                    7,
                ],
                &[],
            ),
            Shape::Veneer => (&[CFA, RSP, 8, OFFSET | RETURN_ADDRESS, 1], &[]),
            // push r11
            Shape::SavingVeneer => (&[CFA, RSP, 8, OFFSET | RETURN_ADDRESS, 1], &[ADVANCE | 2, CFA_OFFSET, 16]),
            // push rbp; mov rbp, rsp
            Shape::FramePointers => (
                &[CFA, RSP, 8, OFFSET | RETURN_ADDRESS, 1, UNDEFINED, RBX, UNDEFINED, R12, UNDEFINED, R13, UNDEFINED, R14, UNDEFINED, R15],
                &[ADVANCE | 1, CFA_OFFSET, 16, OFFSET | RBP, 2, ADVANCE | 3, CFA, RBP, 16],
            ),
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod cpu {
    use super::*;

    const X19: u8 = 19;
    const FP: u8 = 29;
    const LR: u8 = 30;
    const SP: u8 = 31;
    /// DW_CFA_offset_extended: for d8 to d15, registers 72 to 79.
    const OFFSET_OF: u8 = 0x05;

    pub const CODE_ALIGNMENT: u8 = 4;
    pub const RETURN_ADDRESS: u8 = LR;

    #[rustfmt::skip]
    pub fn instructions(shape: Shape) -> Instructions {
        match shape {
            Shape::Stitched => (
                &[
                    CFA, SP, 160, 1, OFFSET | FP, 20, OFFSET | LR, 19,
                    OFFSET | X19, 18, OFFSET | 20, 17, OFFSET | 21, 16, OFFSET | 22, 15, OFFSET | 23, 14, OFFSET | 24, 13,
                    OFFSET | 25, 12, OFFSET | 26, 11, OFFSET | 27, 10, OFFSET | 28, 9,
                    OFFSET_OF, 72, 8, OFFSET_OF, 73, 7, OFFSET_OF, 74, 6, OFFSET_OF, 75, 5,
                    OFFSET_OF, 76, 4, OFFSET_OF, 77, 3, OFFSET_OF, 78, 2, OFFSET_OF, 79, 1,
                ],
                &[],
            ),
            Shape::Veneer | Shape::SavingVeneer => (&[CFA, SP, 0], &[]),
            // stp x29, x30, [sp, #-16]!; mov x29, sp
            Shape::FramePointers => (
                &[
                    CFA, SP, 0, UNDEFINED, X19, UNDEFINED, 20, UNDEFINED, 21, UNDEFINED, 22, UNDEFINED, 23, UNDEFINED, 24,
                    UNDEFINED, 25, UNDEFINED, 26, UNDEFINED, 27, UNDEFINED, 28,
                ],
                &[ADVANCE | 1, CFA_OFFSET, 16, OFFSET | FP, 2, OFFSET | LR, 1, ADVANCE | 1, CFA, FP, 16],
            ),
        }
    }
}

/// A table in the format of `.eh_frame`.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Table {
    /// Its bytes, to be found at the address it was made for.
    pub bytes: Vec<u8>,
    /// Where in it the entry of each piece begins.
    pub entries: Vec<usize>,
}

/// The table of some pieces of code, given by their addresses, for being at the address `at`.
pub fn eh_frame(pieces: &[(Range<u64>, Shape)], at: u64) -> Table {
    let mut table = Table::default();
    for (range, shape) in pieces {
        let (initial, own) = cpu::instructions(*shape);
        let common = table.bytes.len();
        // Version 1; augmentation zR; alignments of 1 or 4 and -8; one byte of augmentation.
        let head = [1, b'z', b'R', 0, cpu::CODE_ALIGNMENT, 0x78, cpu::RETURN_ADDRESS, 1, ENCODING];
        record(&mut table.bytes, |bytes| {
            bytes.extend(0u32.to_le_bytes());
            bytes.extend(head);
            bytes.extend(initial);
        });
        table.entries.push(table.bytes.len());
        record(&mut table.bytes, |bytes| {
            bytes.extend(((bytes.len() - common) as u32).to_le_bytes());
            bytes.extend(range.start.wrapping_sub(at + bytes.len() as u64).to_le_bytes());
            bytes.extend((range.end - range.start).to_le_bytes());
            bytes.push(0);
            bytes.extend(own);
        });
    }
    table.bytes.extend(0u32.to_le_bytes());
    table
}

/// Adds a record: its length, then what `fill` adds, then padding to a multiple of 8.
fn record(bytes: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend([0; 4]);
    fill(bytes);
    // DW_CFA_nop
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    let len = (bytes.len() - start - 4) as u32;
    bytes[start..start + 4].copy_from_slice(&len.to_le_bytes());
}

/// A table that the C runtime's unwinder knows of, as long as this lives.
#[derive(Debug)]
pub struct Registered(Box<[u8]>);

#[cfg(all(target_os = "linux", target_env = "gnu"))]
unsafe extern "C" {
    fn __register_frame(table: *const u8);
    fn __deregister_frame(table: *const u8);
}

impl Registered {
    /// Tells of some pieces of code.
    pub fn new(pieces: &[(Range<u64>, Shape)]) -> Registered {
        let mut bytes = vec![0; eh_frame(pieces, 0).bytes.len()].into_boxed_slice();
        bytes.copy_from_slice(&eh_frame(pieces, bytes.as_ptr() as u64).bytes);
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: the table is well-formed and stays where it is until it is taken back.
        unsafe {
            __register_frame(bytes.as_ptr())
        };
        Registered(bytes)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: the table was registered.
        unsafe {
            __deregister_frame(self.0.as_ptr())
        };
    }
}
