//! Executable memory: the one place that asks the operating system and the CPU's caches for anything.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "unsupported.rs")]
mod system;

pub use system::{Copy, Mapping};

/// Makes `len` bytes, written at `writable`, safe to execute at `executable`.
///
/// # Safety
/// Both views of the bytes are mapped.
#[cfg(all(target_arch = "aarch64", target_os = "linux"))]
unsafe fn publish(writable: *const u8, executable: *const u8, len: usize) {
    // As the Arm manual has it (B2.4.4): clean the data, then drop the instructions. Other threads call `see_published`.
    let lines: u64;
    // SAFETY: reads a register that Linux lets programs read.
    unsafe { core::arch::asm!("mrs {}, ctr_el0", out(reg) lines, options(nomem, nostack)) };
    let (data, instruction) = (4usize << (lines >> 16 & 15), 4usize << (lines & 15));
    let each = |start: usize, line: usize| (start & !(line - 1)..start + len).step_by(line);
    for at in each(writable as usize, data) {
        // SAFETY: the address is mapped; cleaning changes no contents.
        unsafe { core::arch::asm!("dc cvau, {}", in(reg) at, options(nostack)) };
    }
    // SAFETY: barriers have no operands.
    unsafe { core::arch::asm!("dsb ish", options(nostack)) };
    for at in each(executable as usize, instruction) {
        // SAFETY: the address is mapped; invalidation changes no contents.
        unsafe { core::arch::asm!("ic ivau, {}", in(reg) at, options(nostack)) };
    }
    // SAFETY: barriers have no operands.
    unsafe { core::arch::asm!("dsb ish", "isb", options(nostack)) };
}

/// Makes `len` bytes, written at `writable`, safe to execute at `executable`: x86-64 sees to it.
///
/// # Safety
/// Both views of the bytes are mapped.
#[cfg(all(not(target_arch = "aarch64"), target_os = "linux"))]
unsafe fn publish(_writable: *const u8, _executable: *const u8, _len: usize) {
    std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
}

/// Lets this thread execute what other threads have published. To be called when it has taken the lock under which code
/// is written and executed: a CPU may have fetched older instructions long before, and need not look again.
#[inline(always)]
pub fn see_published() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier has no operands.
    unsafe {
        core::arch::asm!("isb", options(nostack))
    };
}
