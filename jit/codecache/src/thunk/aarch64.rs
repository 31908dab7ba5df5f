//! aarch64. The register file is x2 to x7 and d0 to d7, x21 is pinned, x29 is the machine frame. x16 and x17 belong to
//! veneers; stencils keep nothing in them, nor in x18 to x28, across ops.

use core::arch::naked_asm;
use weft_layout::machine_frame::{FLOAT, GENERAL, MachineFrame, PYTHON_FRAME};

/// Moves the register file to or from the machine frame.
macro_rules! register_file {
    (store) => {
        "stp x2, x3, [x29, #{general}]
         stp x4, x5, [x29, #{general} + 16]
         stp x6, x7, [x29, #{general} + 32]
         stp d0, d1, [x29, #{float}]
         stp d2, d3, [x29, #{float} + 16]
         stp d4, d5, [x29, #{float} + 32]
         stp d6, d7, [x29, #{float} + 48]"
    };
    (load) => {
        "ldp x2, x3, [x29, #{general}]
         ldp x4, x5, [x29, #{general} + 16]
         ldp x6, x7, [x29, #{general} + 32]
         ldp d0, d1, [x29, #{float}]
         ldp d2, d3, [x29, #{float} + 16]
         ldp d4, d5, [x29, #{float} + 32]
         ldp d6, d7, [x29, #{float} + 48]"
    };
}

/// Runs code until it leaves; returns the exit's number.
///
/// # Safety
/// `code` is that of a live trace, `frame` is valid, and what the trace assumes of both frames holds.
#[unsafe(naked)]
pub unsafe extern "C" fn enter(frame: *mut MachineFrame, code: *const u8, python_frame: u64) -> u32 {
    naked_asm!(
        ".cfi_startproc
         stp x29, x30, [sp, #-160]!
         .cfi_def_cfa_offset 160
         stp x19, x20, [sp, #16]
         stp x21, x22, [sp, #32]
         stp x23, x24, [sp, #48]
         stp x25, x26, [sp, #64]
         stp x27, x28, [sp, #80]
         stp d8, d9, [sp, #96]
         stp d10, d11, [sp, #112]
         stp d12, d13, [sp, #128]
         stp d14, d15, [sp, #144]
         .cfi_offset x29, -160
         .cfi_offset x30, -152
         .cfi_offset x19, -144
         .cfi_offset x20, -136
         .cfi_offset x21, -128
         .cfi_offset x22, -120
         .cfi_offset x23, -112
         .cfi_offset x24, -104
         .cfi_offset x25, -96
         .cfi_offset x26, -88
         .cfi_offset x27, -80
         .cfi_offset x28, -72
         .cfi_offset d8, -64
         .cfi_offset d9, -56
         .cfi_offset d10, -48
         .cfi_offset d11, -40
         .cfi_offset d12, -32
         .cfi_offset d13, -24
         .cfi_offset d14, -16
         .cfi_offset d15, -8",
        // The frame record at the head of the machine frame: as if it were on the stack.
        "stp x29, x30, [x0]
         mov x29, x0
         mov x21, x2
         br x1
         .cfi_endproc",
    )
}

/// Leaves: the counterpart of [`enter`]. The exit's number is in w0.
#[unsafe(naked)]
pub unsafe extern "C" fn leave() {
    naked_asm!(
        // The stack is as `enter` has left it.
        ".cfi_startproc
         .cfi_def_cfa sp, 160
         .cfi_offset x29, -160
         .cfi_offset x30, -152
         .cfi_offset x19, -144
         .cfi_offset x20, -136
         .cfi_offset x21, -128
         .cfi_offset x22, -120
         .cfi_offset x23, -112
         .cfi_offset x24, -104
         .cfi_offset x25, -96
         .cfi_offset x26, -88
         .cfi_offset x27, -80
         .cfi_offset x28, -72
         .cfi_offset d8, -64
         .cfi_offset d9, -56
         .cfi_offset d10, -48
         .cfi_offset d11, -40
         .cfi_offset d12, -32
         .cfi_offset d13, -24
         .cfi_offset d14, -16
         .cfi_offset d15, -8",
        register_file!(store),
        "str x21, [x29, #{python_frame}]
         ldp x19, x20, [sp, #16]
         ldp x21, x22, [sp, #32]
         ldp x23, x24, [sp, #48]
         ldp x25, x26, [sp, #64]
         ldp x27, x28, [sp, #80]
         ldp d8, d9, [sp, #96]
         ldp d10, d11, [sp, #112]
         ldp d12, d13, [sp, #128]
         ldp d14, d15, [sp, #144]
         ldp x29, x30, [sp], #160
         .cfi_def_cfa_offset 0
         .cfi_restore x29
         .cfi_restore x30
         .cfi_restore x19
         .cfi_restore x20
         .cfi_restore x21
         .cfi_restore x22
         .cfi_restore x23
         .cfi_restore x24
         .cfi_restore x25
         .cfi_restore x26
         .cfi_restore x27
         .cfi_restore x28
         .cfi_restore d8
         .cfi_restore d9
         .cfi_restore d10
         .cfi_restore d11
         .cfi_restore d12
         .cfi_restore d13
         .cfi_restore d14
         .cfi_restore d15
         ret
         .cfi_endproc",
        general = const GENERAL,
        float = const FLOAT,
        python_frame = const PYTHON_FRAME,
    )
}

/// Calls the slow path in x16. All registers survive but x16, x17, x30 and d16 to d31.
#[unsafe(naked)]
pub unsafe extern "C" fn slow_path() {
    naked_asm!(
        ".cfi_startproc
         stp x0, x1, [sp, #-96]!
         .cfi_def_cfa_offset 96
         stp x8, x9, [sp, #16]
         stp x10, x11, [sp, #32]
         stp x12, x13, [sp, #48]
         stp x14, x15, [sp, #64]
         str x30, [sp, #80]
         .cfi_offset x30, -16",
        register_file!(store),
        "str x21, [x29, #{python_frame}]
         mov x0, x29
         blr x16",
        register_file!(load),
        "ldr x30, [sp, #80]
         .cfi_restore x30
         ldp x14, x15, [sp, #64]
         ldp x12, x13, [sp, #48]
         ldp x10, x11, [sp, #32]
         ldp x8, x9, [sp, #16]
         ldp x0, x1, [sp], #96
         .cfi_def_cfa_offset 0
         ret
         .cfi_endproc",
        general = const GENERAL,
        float = const FLOAT,
        python_frame = const PYTHON_FRAME,
    )
}

/// Calls the helper in x16 with arguments from the register file; the result goes to its first register.
#[unsafe(naked)]
pub unsafe extern "C" fn call() {
    naked_asm!(
        ".cfi_startproc
         mov x22, x30
         .cfi_register x30, x22
         mov x0, x2
         mov x1, x3
         mov x2, x4
         mov x3, x5
         mov x4, x6
         mov x5, x7
         blr x16
         mov x2, x0
         ret x22
         .cfi_endproc",
    )
}
