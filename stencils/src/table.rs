//! The tables that the build script wrote, in place.

use weft_layout::op::{Form, MachineOp, Op};
use weft_layout::stencil::{Directory, FORMS, Hole, NO_STENCILS, PADDING, SMALL, SMALL_FORM, Stencil, TableHeader};

/// A CPU.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    /// x86-64.
    X86_64,
    /// aarch64.
    Aarch64,
}

impl Arch {
    /// The CPU that this program is built for, if it has stencils.
    pub const HOST: Option<Arch> = if cfg!(target_arch = "x86_64") {
        Some(Arch::X86_64)
    } else if cfg!(target_arch = "aarch64") {
        Some(Arch::Aarch64)
    } else {
        None
    };

    /// Names of the general registers that traces use, in the order of their numbers.
    pub const fn general(self) -> [&'static str; 6] {
        match self {
            Arch::X86_64 => ["rdi", "rsi", "rdx", "rcx", "r8", "r9"],
            Arch::Aarch64 => ["x2", "x3", "x4", "x5", "x6", "x7"],
        }
    }

    /// The letters before a floating-point register's number.
    pub const fn float_prefix(self) -> &'static str {
        match self {
            Arch::X86_64 => "xmm",
            Arch::Aarch64 => "d",
        }
    }
}

/// The stencils of one CPU.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    directories: &'static [Directory],
    stencils: &'static [Stencil],
    holes: &'static [Hole],
    code: &'static [u8],
}

/// Bytes aligned for the table's types.
#[repr(C, align(16))]
struct Aligned<T: ?Sized>(T);

static X86_64: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/x86_64.stencils")));
static AARCH64: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/aarch64.stencils")));

const _: () = assert!(cfg!(target_endian = "little"), "the tables are little-endian");

impl Table {
    /// The table of a CPU.
    pub fn of(arch: Arch) -> Table {
        let bytes = match arch {
            Arch::X86_64 => &X86_64.0,
            Arch::Aarch64 => &AARCH64.0,
        };
        let at = |offset: usize| u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("four bytes")) as usize;
        let mut offset = size_of::<TableHeader>();
        Table {
            directories: part(bytes, &mut offset, at(0)),
            stencils: part(bytes, &mut offset, at(4)),
            holes: part(bytes, &mut offset, at(8)),
            code: part(bytes, &mut offset, at(12)),
        }
    }

    /// Number of stencils.
    pub fn len(&self) -> usize {
        self.stencils.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stencils.is_empty()
    }

    /// Whether the op has the form.
    pub fn has(&self, op: Op, form: Form) -> bool {
        self.directory(op, form as usize).base != NO_STENCILS
    }

    #[inline]
    fn directory(&self, op: Op, form: usize) -> &'static Directory {
        &self.directories[op as usize * FORMS + form]
    }

    /// The stencil for an op with its registers.
    ///
    /// # Panics
    /// If the op does not have the form, or a register is out of range.
    #[inline]
    pub fn stencil(&self, op: &MachineOp) -> &'static Stencil {
        let small = op.form == Form::Imm32 && op.imm < SMALL;
        let form = if small { SMALL_FORM } else { op.form as usize };
        let Directory { base, strides } = *self.directory(op.op, form);
        let [a, b, c] = op.operands;
        let [p, q, r, s] = strides.map(u32::from);
        let offset = p * op.result as u32 + q * a as u32 + r * b as u32 + s * c as u32;
        &self.stencils[(base + offset) as usize]
    }

    /// The stencil's holes, those in the hot part first.
    #[inline]
    pub fn holes(&self, stencil: &Stencil) -> &'static [Hole] {
        &self.holes[stencil.holes as usize..][..stencil.hole_count as usize]
    }

    /// The holes in the stencil's hot part.
    #[inline]
    pub fn hot_holes(&self, stencil: &Stencil) -> &'static [Hole] {
        let first = stencil.holes as usize;
        &self.holes[first..first + stencil.hot_holes as usize]
    }

    /// The holes in the stencil's cold part.
    #[inline]
    pub fn cold_holes(&self, stencil: &Stencil) -> &'static [Hole] {
        let first = stencil.holes as usize;
        &self.holes[first + stencil.hot_holes as usize..first + stencil.hole_count as usize]
    }

    /// The stencil's code: the hot part, then the cold part.
    #[inline]
    pub fn code(&self, stencil: &Stencil) -> &'static [u8] {
        &self.code[stencil.code as usize..][..stencil.hot as usize + stencil.cold as usize]
    }

    /// Asks for what copying and patching the stencil will read. Most stencils of a trace are in no cache: several can be fetched at a time
    /// while the trace is measured, but hardly while it is written.
    #[inline(always)]
    pub fn prefetch(&self, stencil: &Stencil) {
        let code = self.code.as_ptr().wrapping_add(stencil.code as usize);
        prefetch(code);
        prefetch(code.wrapping_add(stencil.hot as usize + stencil.cold as usize));
        prefetch(self.holes.as_ptr().wrapping_add(stencil.holes as usize).cast());
    }

    /// From `offset` in the stencil's code on, more bytes than a block of [`PADDING`] has.
    #[inline]
    pub fn block(&self, stencil: &Stencil, offset: usize) -> &'static [u8; PADDING] {
        let first = stencil.code as usize + offset;
        self.code[first..first + PADDING].try_into().expect("so many bytes")
    }
}

/// Brings the cache line at an address, which need not be valid, into the CPU's first cache.
#[inline(always)]
fn prefetch(address: *const u8) {
    // SAFETY: a prefetch has no effect that a program can see.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_mm_prefetch(address.cast(), std::arch::x86_64::_MM_HINT_T0);
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}

/// The next `count` entries, and moves past them.
fn part<T>(bytes: &'static [u8], offset: &mut usize, count: usize) -> &'static [T] {
    let part = &bytes[*offset..*offset + count * size_of::<T>()];
    *offset += part.len();
    assert!(part.as_ptr().cast::<T>().is_aligned());
    // SAFETY: the build script wrote `count` values of `T` there, whose layout is fixed; the bytes are aligned and live for ever.
    unsafe { std::slice::from_raw_parts(part.as_ptr().cast(), count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_op_has_stencils_on_both_cpus() {
        for arch in [Arch::X86_64, Arch::Aarch64] {
            let table = Table::of(arch);
            for op in Op::ALL {
                assert!(table.has(*op, Form::Reg), "{}", op.name());
                let machine_op = MachineOp { op: *op, form: Form::Reg, result: 0, operands: [0; 3], disp: 0, exit: 0, imm: 0 };
                let stencil = table.stencil(&machine_op);
                for (i, hole) in table.holes(stencil).iter().enumerate() {
                    let part = if i < stencil.hot_holes as usize { stencil.hot } else { stencil.cold };
                    assert!(hole.at < part, "{}: {hole:?}", op.name());
                }
            }
        }
    }
}
