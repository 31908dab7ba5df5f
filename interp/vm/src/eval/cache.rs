//! Inline caches: the counter and the operands that a specialised instruction keeps in the CACHE units behind it.
//!
//! The first cache unit of every instruction that can be specialised is its counter: the number of executions in the
//! general form still to come before the next attempt, above [`BACKOFF_BITS`] bits that say how often attempts have
//! failed. A specialised instruction whose guard fails runs as its general form, which counts down too, so that a site
//! that misses often is specialised anew (PEP 659).
//!
//! What does not fit the units of an instruction lies in the side array of the code object, under an index that is in
//! the units.

use crate::types::code::Code;
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::Word;

const BACKOFF_BITS: u32 = 4;
const MAX_BACKOFF: u16 = 11;

/// A counter at or above this has executions left.
pub const STEP: u16 = 1 << BACKOFF_BITS;

/// The counter of code that has not run: the second execution specialises.
pub const WARM_UP: u16 = STEP;

/// The counter of an instruction that has just been specialised: this many misses are borne.
pub const COOL_DOWN: u16 = 52 << BACKOFF_BITS;

/// The counter after another attempt that came to nothing.
pub fn backed_off(counter: u16) -> u16 {
    let backoff = ((counter & (STEP - 1)) + 1).min(MAX_BACKOFF);
    ((1 << backoff) - 1) << BACKOFF_BITS | backoff
}

/// Whether instructions of this opcode are ever specialised, so that their first cache unit is a counter.
pub const fn is_adaptive(opcode: u8) -> bool {
    OPCODES[opcode as usize].caches > 0
        && !matches!(
            opcode,
            op::LOAD_SUPER_ATTR
                | op::JUMP_BACKWARD
                | op::POP_JUMP_IF_FALSE
                | op::POP_JUMP_IF_TRUE
                | op::POP_JUMP_IF_NONE
                | op::POP_JUMP_IF_NOT_NONE
        )
}

/// Sets the counters of fresh code.
pub fn warm_up(units: &mut [u16]) {
    /// How far the next instruction is, and whether this one is adaptive.
    static STEPS: [(u8, bool); 256] = {
        let mut steps = [(1, false); 256];
        let mut opcode = 0;
        while opcode < 256 {
            steps[opcode] = (1 + OPCODES[opcode].caches, is_adaptive(opcode as u8));
            opcode += 1;
        }
        steps
    };
    let mut i = 0;
    while i < units.len() {
        let (step, adaptive) = STEPS[units[i] as u8 as usize];
        if adaptive && let Some(counter) = units.get_mut(i + 1) {
            *counter = WARM_UP;
        }
        i += step as usize;
    }
}

/// Reads two units.
///
/// # Safety
/// The units are inside the code.
#[inline(always)]
pub unsafe fn read_u32(at: *const u16) -> u32 {
    // SAFETY: passed on.
    unsafe { at.cast::<u32>().read_unaligned() }
}

/// Reads four units.
///
/// # Safety
/// The units are inside the code.
#[inline(always)]
pub unsafe fn read_u64(at: *const u16) -> u64 {
    // SAFETY: passed on.
    unsafe { at.cast::<u64>().read_unaligned() }
}

/// Writes two units.
///
/// # Safety
/// The units are cache units inside the code.
pub unsafe fn write_u32(at: *mut u16, value: u32) {
    // SAFETY: passed on.
    unsafe { at.cast::<u32>().write_unaligned(value) }
}

/// Writes four units.
///
/// # Safety
/// The units are cache units inside the code.
pub unsafe fn write_u64(at: *mut u16, value: u64) {
    // SAFETY: passed on.
    unsafe { at.cast::<u64>().write_unaligned(value) }
}

/// A cache in a code object's side array.
#[derive(Clone, Copy, Default)]
pub struct SideCache {
    /// Used as the instruction's specialised form says.
    pub words: [u64; 3],
}

/// A side cache of the code.
///
/// # Safety
/// `index` came from [`claim_side`] for this code.
#[inline(always)]
pub unsafe fn side(code: *const Code, index: u16) -> *mut SideCache {
    // SAFETY: the array only grows; the GIL is held.
    unsafe { (*(*code).side_caches.get()).as_mut_ptr().add(index as usize) }
}

/// A side cache for an instruction: the one whose index is in the unit if `again`, else a new one. `None` when there are too many.
///
/// # Safety
/// The GIL is held. If `again`, the unit holds an index from this function.
pub unsafe fn claim_side(code: *const Code, unit: u16, again: bool) -> Option<u16> {
    if again {
        return Some(unit);
    }
    // SAFETY: the GIL is held, and no reference into the array is alive.
    let all = unsafe { &mut *(*code).side_caches.get() };
    let index = u16::try_from(all.len()).ok()?;
    all.push(SideCache::default());
    Some(index)
}

/// A borrowed word kept in four units.
///
/// # Safety
/// As for [`read_u64`].
#[inline(always)]
pub unsafe fn read_word(at: *const u16) -> Word {
    // SAFETY: passed on.
    unsafe { read_u64(at) }
}
