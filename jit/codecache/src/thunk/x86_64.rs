//! x86-64. The register file is rdi rsi rdx rcx r8 r9 and xmm0 to xmm7, r15 is pinned, rbp is the machine frame.

use core::arch::naked_asm;
use weft_layout::machine_frame::{FLOAT, GENERAL, MachineFrame, PYTHON_FRAME};

/// Moves the register file to or from the machine frame.
macro_rules! register_file {
    (store) => {
        "mov [rbp + {general}], rdi
         mov [rbp + {general} + 8], rsi
         mov [rbp + {general} + 16], rdx
         mov [rbp + {general} + 24], rcx
         mov [rbp + {general} + 32], r8
         mov [rbp + {general} + 40], r9
         movsd [rbp + {float}], xmm0
         movsd [rbp + {float} + 8], xmm1
         movsd [rbp + {float} + 16], xmm2
         movsd [rbp + {float} + 24], xmm3
         movsd [rbp + {float} + 32], xmm4
         movsd [rbp + {float} + 40], xmm5
         movsd [rbp + {float} + 48], xmm6
         movsd [rbp + {float} + 56], xmm7"
    };
    (load) => {
        "mov rdi, [rbp + {general}]
         mov rsi, [rbp + {general} + 8]
         mov rdx, [rbp + {general} + 16]
         mov rcx, [rbp + {general} + 24]
         mov r8, [rbp + {general} + 32]
         mov r9, [rbp + {general} + 40]
         movsd xmm0, [rbp + {float}]
         movsd xmm1, [rbp + {float} + 8]
         movsd xmm2, [rbp + {float} + 16]
         movsd xmm3, [rbp + {float} + 24]
         movsd xmm4, [rbp + {float} + 32]
         movsd xmm5, [rbp + {float} + 40]
         movsd xmm6, [rbp + {float} + 48]
         movsd xmm7, [rbp + {float} + 56]"
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
         push rbp
         .cfi_adjust_cfa_offset 8
         .cfi_rel_offset rbp, 0
         push rbx
         .cfi_adjust_cfa_offset 8
         .cfi_rel_offset rbx, 0
         push r12
         .cfi_adjust_cfa_offset 8
         .cfi_rel_offset r12, 0
         push r13
         .cfi_adjust_cfa_offset 8
         .cfi_rel_offset r13, 0
         push r14
         .cfi_adjust_cfa_offset 8
         .cfi_rel_offset r14, 0
         push r15
         .cfi_adjust_cfa_offset 8
         .cfi_rel_offset r15, 0
         sub rsp, 8
         .cfi_adjust_cfa_offset 8",
        // The frame record at the head of the machine frame: as if it were on the stack.
        "mov rax, [rsp + 56]
         mov [rdi], rbp
         mov [rdi + 8], rax
         mov rbp, rdi
         mov r15, rdx
         jmp rsi
         .cfi_endproc",
    )
}

/// Leaves: the counterpart of [`enter`]. The exit's number is in eax.
#[unsafe(naked)]
pub unsafe extern "C" fn leave() {
    naked_asm!(
        // The stack is as `enter` has left it.
        ".cfi_startproc
         .cfi_def_cfa rsp, 64
         .cfi_offset rbp, -16
         .cfi_offset rbx, -24
         .cfi_offset r12, -32
         .cfi_offset r13, -40
         .cfi_offset r14, -48
         .cfi_offset r15, -56",
        register_file!(store),
        "mov [rbp + {python_frame}], r15
         add rsp, 8
         .cfi_adjust_cfa_offset -8
         pop r15
         .cfi_adjust_cfa_offset -8
         .cfi_restore r15
         pop r14
         .cfi_adjust_cfa_offset -8
         .cfi_restore r14
         pop r13
         .cfi_adjust_cfa_offset -8
         .cfi_restore r13
         pop r12
         .cfi_adjust_cfa_offset -8
         .cfi_restore r12
         pop rbx
         .cfi_adjust_cfa_offset -8
         .cfi_restore rbx
         pop rbp
         .cfi_adjust_cfa_offset -8
         .cfi_restore rbp
         ret
         .cfi_endproc",
        general = const GENERAL,
        float = const FLOAT,
        python_frame = const PYTHON_FRAME,
    )
}

/// Calls the slow path in r11, whose old value the veneer has pushed. All registers but xmm8 to xmm15 survive.
#[unsafe(naked)]
pub unsafe extern "C" fn slow_path() {
    naked_asm!(
        ".cfi_startproc
         .cfi_def_cfa_offset 16
         push rax
         .cfi_adjust_cfa_offset 8
         push r10
         .cfi_adjust_cfa_offset 8",
        register_file!(store),
        "mov [rbp + {python_frame}], r15
         mov rdi, rbp
         call r11",
        register_file!(load),
        "pop r10
         .cfi_adjust_cfa_offset -8
         pop rax
         .cfi_adjust_cfa_offset -8
         pop r11
         .cfi_adjust_cfa_offset -8
         ret
         .cfi_endproc",
        general = const GENERAL,
        float = const FLOAT,
        python_frame = const PYTHON_FRAME,
    )
}
