//! The machine frame: the fixed area that compiled code works in besides its registers.
//!
//! Whoever enters a trace owns the area, usually as a local variable; the entry thunk points the frame pointer
//! (rbp, x29) at it, so everything in it is a small positive offset away and it is still there to read after the
//! trace has left. Its first two words form a frame record, so that walks along frame pointers pass through.
//! The stack pointer stays aligned to 16 bytes and does not move inside traces.

use crate::op::{FLOAT_REGISTERS, GENERAL_REGISTERS};
use core::mem::offset_of;

/// Spill cells of a machine frame.
pub const CELLS: usize = 256;

/// What the runtime needs to know of a running trace: linked from the thread, youngest first.
#[repr(C)]
#[derive(Debug)]
pub struct Activation {
    /// The snapshot of the call the trace is in, written by `set_snapshot`.
    pub snapshot: u32,
    /// Not 0 once the frames of the snapshot were materialised; tested by `guard_not_forced`.
    pub forced: u32,
    /// The trace that was entered, for the runtime's own use.
    pub trace: u32,
    /// For the runtime's own use.
    pub flags: u32,
    /// The activation that was the youngest before this one.
    pub previous: *mut MachineFrame,
    /// The Python frame in the pinned register.
    pub python_frame: u64,
}

/// The area itself.
#[repr(C, align(16))]
#[derive(Debug)]
pub struct MachineFrame {
    /// The frame record: the caller's frame pointer and return address.
    pub link: [u64; 2],
    /// Operands of a slow path, written by the cold block of a stencil.
    pub slow_operands: [u64; 2],
    /// What a slow path hands back.
    pub slow_result: u64,
    /// The same, where that is an `f64`.
    pub slow_float_result: f64,
    /// Not 0 if the slow path ran Python code: the trace then takes the op's exit.
    pub slow_ran_python: u64,
    /// The activation record.
    pub activation: Activation,
    /// The general registers, saved by the exit thunk and around slow paths.
    pub general: [u64; GENERAL_REGISTERS],
    /// The floating-point registers, as bits.
    pub float: [u64; FLOAT_REGISTERS],
    /// Spill cells; also where arrays of helper arguments are built.
    pub cells: [u64; CELLS],
}

impl MachineFrame {
    /// A frame with everything zero.
    pub const fn new() -> Self {
        Self {
            link: [0; 2],
            slow_operands: [0; 2],
            slow_result: 0,
            slow_float_result: 0.0,
            slow_ran_python: 0,
            activation: Activation { snapshot: 0, forced: 0, trace: 0, flags: 0, previous: core::ptr::null_mut(), python_frame: 0 },
            general: [0; GENERAL_REGISTERS],
            float: [0; FLOAT_REGISTERS],
            cells: [0; CELLS],
        }
    }
}

impl Default for MachineFrame {
    fn default() -> Self {
        Self::new()
    }
}

/// Offset of [`MachineFrame::slow_operands`].
pub const SLOW_OPERANDS: usize = offset_of!(MachineFrame, slow_operands);
/// Offset of [`MachineFrame::slow_result`].
pub const SLOW_RESULT: usize = offset_of!(MachineFrame, slow_result);
/// Offset of [`MachineFrame::slow_float_result`].
pub const SLOW_FLOAT_RESULT: usize = offset_of!(MachineFrame, slow_float_result);
/// Offset of [`MachineFrame::slow_ran_python`].
pub const SLOW_RAN_PYTHON: usize = offset_of!(MachineFrame, slow_ran_python);
/// Offset of [`Activation::snapshot`] in the machine frame.
pub const SNAPSHOT: usize = offset_of!(MachineFrame, activation) + offset_of!(Activation, snapshot);
/// Offset of [`Activation::forced`] in the machine frame.
pub const FORCED: usize = offset_of!(MachineFrame, activation) + offset_of!(Activation, forced);
/// Offset of [`Activation::python_frame`] in the machine frame.
pub const PYTHON_FRAME: usize = offset_of!(MachineFrame, activation) + offset_of!(Activation, python_frame);
/// Offset of [`MachineFrame::general`].
pub const GENERAL: usize = offset_of!(MachineFrame, general);
/// Offset of [`MachineFrame::float`].
pub const FLOAT: usize = offset_of!(MachineFrame, float);
/// Offset of [`MachineFrame::cells`].
pub const CELL_AREA: usize = offset_of!(MachineFrame, cells);

/// Offset of a spill cell.
pub const fn cell_offset(cell: usize) -> usize {
    CELL_AREA + 8 * cell
}

/// The slow paths of stencils, by the number that the code cache's table of them goes by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SlowPath {
    /// Releases the object in operand 0, whose count has reached zero; sets `slow_ran_python`.
    Release,
    /// Boxes the float with the bits in operand 0 on the heap; the result is an owned tagged value.
    BoxFloat,
    /// Allocates a cell as those of the page that the word at the address in operand 0 points to, which is full; the result is the
    /// cell.
    NewCell,
}

impl SlowPath {
    /// All slow paths, in order of their numbers.
    pub const ALL: [SlowPath; 3] = [SlowPath::Release, SlowPath::BoxFloat, SlowPath::NewCell];
}

/// A slow path: called with the register file saved in the frame, restored after it returns.
pub type SlowPathFn = unsafe extern "C" fn(frame: *mut MachineFrame);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_in_reach_of_one_load() {
        assert!(cell_offset(CELLS - 1) / 8 <= crate::op::MAX_DISP);
        assert_eq!(offset_of!(MachineFrame, link), 0);
    }
}
