//! The native stack that the program runs on: of a size of our own choosing, on the thread that the process begins with. A thread
//! made for it would have such a stack too, but costs a new process about as much as making all native classes.

use std::ptr;

/// Deep recursion through native code is RecursionError well before the end of the stack.
const SIZE: usize = 16 << 20;

/// Runs `work` on the stack and ends the process with the status that it returns; `work` is told the stack's lowest address. Comes back if
/// there is no memory for it.
pub fn run(work: impl FnOnce(usize) -> i32) {
    if is_there_room() {
        stacker::grow(SIZE, || -> () {
            let here = 0u8;
            std::process::exit(work((&raw const here).addr() - stacker::remaining_stack().unwrap_or(0)))
        });
    }
}

/// Whether the address space has room for the stack, without which making one would end the process.
fn is_there_room() -> bool {
    let (protection, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE);
    // Guard pages and some rounding come on top.
    let size = SIZE + (1 << 20);
    // SAFETY: this maps memory where there is none, and unmaps just that.
    unsafe {
        let start = libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0);
        start != libc::MAP_FAILED && libc::munmap(start, size) == 0
    }
}
