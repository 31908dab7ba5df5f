//! Veneers: short pieces of code in the cache that reach functions of the program, which may be too far for a branch.

use weft_stencils::Arch;

/// Bytes that every veneer takes.
pub const VENEER: usize = 32;

/// Jumps to `function`.
pub fn jump(arch: Arch, function: u64) -> [u8; VENEER] {
    match arch {
        Arch::X86_64 => assemble(&[&JUMP_THROUGH_0, &function.to_le_bytes()]),
        Arch::Aarch64 => {
            let code = words(&[0x5800_0050, 0xd61f_0200]); // ldr x16, .+8; br x16
            assemble(&[&code, &function.to_le_bytes()])
        }
    }
}

/// Jumps to `thunk` with `function` in the scratch register. `save`: its old value goes on the stack first (x86-64).
pub fn jump_with(arch: Arch, thunk: u64, function: u64, save: bool) -> [u8; VENEER] {
    match arch {
        Arch::X86_64 => {
            let push: &[u8] = if save { &[0x41, 0x53] } else { &[] }; // push r11
            let mov = [0x49, 0xbb]; // mov r11, imm64
            assemble(&[push, &mov, &function.to_le_bytes(), &JUMP_THROUGH_0, &thunk.to_le_bytes()])
        }
        Arch::Aarch64 => {
            let code = words(&[0x5800_0090, 0x5800_00b1, 0xd61f_0220, 0xd503_201f]);
            // ldr x16, .+16; ldr x17, .+20; br x17; nop
            assemble(&[&code, &function.to_le_bytes(), &thunk.to_le_bytes()])
        }
    }
}

/// `jmp [rip + 0]`: to the address that follows.
const JUMP_THROUGH_0: [u8; 6] = [0xff, 0x25, 0, 0, 0, 0];

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn assemble(parts: &[&[u8]]) -> [u8; VENEER] {
    let mut veneer = [0; VENEER];
    let code = parts.concat();
    veneer[..code.len()].copy_from_slice(&code);
    veneer
}
