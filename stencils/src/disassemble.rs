//! What machine code says.

use crate::Arch;
use iced_x86::Formatter;
use yaxpeax_arch::Decoder;

/// An instruction in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Its offset in the code.
    pub at: usize,
    /// Its length in bytes.
    pub len: usize,
    /// What it does, in the CPU's assembly language; jumps name absolute addresses.
    pub text: String,
}

/// Disassembles code that runs at `address`.
pub fn disassemble(arch: Arch, code: &[u8], address: u64) -> Vec<Line> {
    match arch {
        Arch::X86_64 => x64(code, address),
        Arch::Aarch64 => a64(code, address),
    }
}

fn x64(code: &[u8], address: u64) -> Vec<Line> {
    let mut formatter = iced_x86::IntelFormatter::new();
    let options = formatter.options_mut();
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_uppercase_hex(false);
    options.set_branch_leading_zeros(false);
    options.set_space_after_operand_separator(true);
    iced_x86::Decoder::with_ip(64, code, address, 0)
        .iter()
        .map(|instruction| {
            let mut text = String::new();
            formatter.format(&instruction, &mut text);
            Line { at: (instruction.ip() - address) as usize, len: instruction.len(), text }
        })
        .collect()
}

fn a64(code: &[u8], address: u64) -> Vec<Line> {
    let decoder = yaxpeax_arm::armv8::a64::InstDecoder::default();
    let line = |(i, word): (usize, &[u8])| {
        let text = match decoder.decode(&mut yaxpeax_arch::U8Reader::new(word)) {
            Ok(instruction) => absolute(&instruction.to_string(), address + i as u64 * 4),
            Err(_) => format!(".word {:#x}", u32::from_le_bytes(word.try_into().expect("four bytes"))),
        };
        Line { at: i * 4, len: 4, text }
    };
    code.chunks_exact(4).enumerate().map(line).collect()
}

/// Replaces the relative target `$+0x…` by an address.
fn absolute(text: &str, address: u64) -> String {
    let Some((before, target)) = text.split_once('$') else {
        return text.to_string();
    };
    let distance = target.strip_prefix("+0x").map(|hex| i64::from_str_radix(hex, 16));
    let distance = distance.or_else(|| target.strip_prefix("-0x").map(|hex| i64::from_str_radix(hex, 16).map(|d| -d)));
    match distance {
        Some(Ok(distance)) => format!("{before}{:#x}", address.wrapping_add_signed(distance)),
        _ => text.to_string(),
    }
}
