//! `--jit-gdb`: tells debuggers where compiled code is, by GDB's JIT interface (the chapter "JIT Compilation Interface" of its
//! manual; LLDB has it too).
//!
//! A debugger has a breakpoint at `__jit_debug_register_code` and reads `__jit_debug_descriptor` when it is reached: a list of
//! object files in memory. Here each trace is one, with a symbol, called as in [`perf`](super::perf), and an
//! `.eh_frame` to unwind by; so is what the code cache has besides.

use super::perf;
use std::collections::HashMap;
use std::ops::Range;
use std::ptr;
use weft_codecache::unwind::{Shape, eh_frame};
use weft_jit::jit::Placed;

/// An object file that the debugger is told of. The debugger reads this, so it does not move.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    file: *const u8,
    size: u64,
}

/// What the debugger looks at.
#[repr(C)]
pub struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

const REGISTER: u32 = 1;
const UNREGISTER: u32 = 2;

/// The list of object files.
#[unsafe(no_mangle)]
pub static mut __jit_debug_descriptor: Descriptor = Descriptor { version: 1, action: 0, relevant: ptr::null_mut(), first: ptr::null_mut() };

/// Where debuggers stop to look at the descriptor.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn __jit_debug_register_code() {
    // SAFETY: no instruction; but the compiler does not know that, so neither calls nor stores before them go.
    unsafe { core::arch::asm!("") }
}

/// What has been told so far.
#[derive(Default)]
pub struct Gdb {
    /// Entries, with their files, by the address of the code.
    told: HashMap<u64, (Box<Entry>, Box<[u8]>)>,
}

impl Gdb {
    /// Tells of a trace.
    pub fn add(&mut self, placed: &Placed<'_>) {
        let range = placed.address..placed.address + placed.code.len() as u64;
        self.tell(&perf::name(placed), &[(range, placed.shape)]);
    }

    /// Tells of code, whose pieces lie one behind the other.
    pub fn tell(&mut self, name: &str, pieces: &[(Range<u64>, Shape)]) {
        let address = pieces[0].0.start;
        self.remove(address);
        // Made twice, because it says where it is itself.
        let mut file = object_file(name, pieces, 0).into_boxed_slice();
        file.copy_from_slice(&object_file(name, pieces, file.as_ptr() as u64));
        let mut entry = Box::new(Entry { next: ptr::null_mut(), previous: ptr::null_mut(), file: file.as_ptr(), size: file.len() as u64 });
        // SAFETY: the GIL is held; all entries of the list are alive.
        unsafe {
            let descriptor = &raw mut __jit_debug_descriptor;
            entry.next = (*descriptor).first;
            if !entry.next.is_null() {
                (*entry.next).previous = &raw mut *entry;
            }
            (*descriptor).first = &raw mut *entry;
            (*descriptor).relevant = &raw mut *entry;
            (*descriptor).action = REGISTER;
        }
        __jit_debug_register_code();
        self.told.insert(address, (entry, file));
    }

    /// Takes back what was told of the code at an address.
    pub fn remove(&mut self, address: u64) {
        let Some((mut entry, _file)) = self.told.remove(&address) else { return };
        // SAFETY: the GIL is held; all entries of the list are alive.
        unsafe {
            let descriptor = &raw mut __jit_debug_descriptor;
            if entry.previous.is_null() {
                (*descriptor).first = entry.next;
            } else {
                (*entry.previous).next = entry.next;
            }
            if !entry.next.is_null() {
                (*entry.next).previous = entry.previous;
            }
            (*descriptor).relevant = &raw mut *entry;
            (*descriptor).action = UNREGISTER;
        }
        __jit_debug_register_code();
    }
}

// Of the ELF specification.
const HEADER_SIZE: usize = 64;
const SECTION_SIZE: usize = 64;
const SYMBOL_SIZE: usize = 24;
const SHT_PROGBITS: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHT_NOBITS: u32 = 8;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;
const STT_FUNC: u8 = 2;
const ET_REL: u16 = 1;

const SECTION_NAMES: &[u8] = b"\0.text\0.eh_frame\0.symtab\0.strtab\0";

/// An ELF file, to be at the address `at`, for code that is elsewhere: `.text` without contents, `.eh_frame`, one symbol.
fn object_file(name: &str, pieces: &[(Range<u64>, Shape)], at: u64) -> Vec<u8> {
    let (start, end) = (pieces[0].0.start, pieces[pieces.len() - 1].0.end);
    let name_at = |wanted: &[u8]| SECTION_NAMES.windows(wanted.len()).position(|w| w == wanted).unwrap_or(0) as u32;
    let strings = [SECTION_NAMES, name.as_bytes(), b"\0"].concat();

    let mut file = vec![0; HEADER_SIZE];
    let frames_at = file.len();
    file.extend(eh_frame(pieces, at + frames_at as u64).bytes);
    file.resize(file.len().next_multiple_of(8), 0);
    let frames_size = file.len() - frames_at;
    let symbols_at = file.len();
    file.extend([0; SYMBOL_SIZE]);
    // Its value is relative to its section, which is section 1.
    file.extend((SECTION_NAMES.len() as u32).to_le_bytes());
    file.extend([STT_FUNC, 0, 1, 0]);
    file.extend(0u64.to_le_bytes());
    file.extend((end - start).to_le_bytes());
    let strings_at = file.len();
    file.extend(&strings);
    file.resize(file.len().next_multiple_of(8), 0);

    let sections_at = file.len();
    file.extend([0; SECTION_SIZE]);
    let mut section = |name: &[u8], kind: u32, flags: u64, address: u64, at: usize, size: usize, link: u32, info: u32, entry: u64| {
        file.extend(name_at(name).to_le_bytes());
        file.extend(kind.to_le_bytes());
        for word in [flags, address, at as u64, size as u64] {
            file.extend(word.to_le_bytes());
        }
        file.extend(link.to_le_bytes());
        file.extend(info.to_le_bytes());
        for word in [8, entry] {
            file.extend(word.to_le_bytes());
        }
    };
    let size = (end - start) as usize;
    section(b".text\0", SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, start, HEADER_SIZE, size, 0, 0, 0);
    section(b".eh_frame\0", SHT_PROGBITS, SHF_ALLOC, at + frames_at as u64, frames_at, frames_size, 0, 0, 0);
    // The strings are section 4; both symbols are local.
    section(b".symtab\0", SHT_SYMTAB, 0, 0, symbols_at, 2 * SYMBOL_SIZE, 4, 2, SYMBOL_SIZE as u64);
    section(b".strtab\0", SHT_STRTAB, 0, 0, strings_at, strings.len(), 0, 0, 0);

    // 64 bits, little-endian, version 1.
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(16, 0);
    header.extend(ET_REL.to_le_bytes());
    header.extend((perf::MACHINE as u16).to_le_bytes());
    header.extend(1u32.to_le_bytes());
    for word in [0, 0, sections_at as u64] {
        header.extend(word.to_le_bytes());
    }
    header.extend(0u32.to_le_bytes());
    for half in [HEADER_SIZE, 0, 0, SECTION_SIZE, 5, 4] {
        header.extend((half as u16).to_le_bytes());
    }
    file[..HEADER_SIZE].copy_from_slice(&header);
    file
}
