//! The format of the stencil tables: what the stencil builder writes and the stitcher reads.
//!
//! [`Form`]: crate::op::Form
//! [`Form::Imm32`]: crate::op::Form::Imm32
//!
//! A table is, one after the other: a [`TableHeader`], [`FORMS`] times a [`Directory`] for each op, the [`Stencil`]s, the
//! [`Hole`]s, and the code bytes, all little-endian. The stencil of an op with its registers is at
//! `base + sum(stride * register)`.

/// The sizes of the parts of a table.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TableHeader {
    /// Number of [`Directory`] entries.
    pub directories: u32,
    /// Number of stencils.
    pub stencils: u32,
    /// Number of holes.
    pub holes: u32,
    /// Bytes of code, padded with [`PADDING`] bytes that may be read.
    pub code: u32,
}

/// Directories of an op: one for each [`Form`], and one for [`Form::Imm32`] with a constant below [`SMALL`].
pub const FORMS: usize = 4;

/// Which of an op's directories is that for small constants.
pub const SMALL_FORM: usize = 3;

/// Constants below this have stencils of their own, with shorter code.
pub const SMALL: u64 = 128;

/// Bytes behind the last stencil's code, so that code can be copied in blocks of this size.
pub const PADDING: usize = 32;

/// Where the stencils of an op in one form are.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Directory {
    /// Index of the first, or [`NO_STENCILS`].
    pub base: u32,
    /// What one register more in the result and in the operands adds; 0 where there is none.
    pub strides: [u16; 4],
}

/// The [`Directory::base`] of a form that the op does not have.
pub const NO_STENCILS: u32 = u32::MAX;

/// A template of machine code.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stencil {
    /// Offset of its code: the hot part, directly followed by the cold part.
    pub code: u32,
    /// Index of its first hole.
    pub holes: u32,
    /// Bytes of the hot part, which ends where the next op begins.
    pub hot: u16,
    /// Bytes of the cold part, which goes behind the trace.
    pub cold: u16,
    /// Number of holes.
    pub hole_count: u16,
    /// How many of the holes are in the hot part; they come first.
    pub hot_holes: u16,
}

/// A place in a stencil to patch.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Hole {
    /// Where: an offset in the hot part or, behind the hot holes, in the cold part.
    pub at: u16,
    /// What a [`What`] needs besides: an offset, or a slow path's number.
    pub detail: u16,
    /// How the value is written.
    pub how: How,
    /// What is written.
    pub what: What,
    /// Zero.
    pub reserved: u16,
}

/// How a hole's value goes into the code. Offsets are relative to what the CPU says they are relative to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum How {
    /// x86-64: a 32-bit offset from behind the hole.
    Relative32,
    /// x86-64: a 32-bit constant.
    Bytes4,
    /// x86-64: an 8-bit constant.
    Byte,
    /// x86-64: a 64-bit constant.
    Bytes8,
    /// aarch64: the 26-bit offset of `b` and `bl`.
    Branch26,
    /// aarch64: the 19-bit offset of `b.cond`, `cbz`, `cbnz`.
    Branch19,
    /// aarch64: the 19-bit offset of an `ldr` from the literal pool.
    Literal19,
    /// aarch64: bits 0 to 15 in a `movz`; the value is zero-extended.
    MoveLow,
    /// aarch64: bits 0 to 15 in a `movz` or, for a negative value, a `movn`.
    MoveLowSigned,
    /// aarch64: bits 16 to 31 in a `movk`.
    MoveHigh,
    /// aarch64: the 12 bits of an `add`.
    Add12,
    /// aarch64: the 12 bits of a load or store of 1 byte.
    Memory12By1,
    /// aarch64: of 2 bytes.
    Memory12By2,
    /// aarch64: of 4 bytes.
    Memory12By4,
    /// aarch64: of 8 bytes.
    Memory12By8,
    /// aarch64: the count of `lsr` and `asr`.
    ShiftRight,
    /// aarch64: the count of `lsl`.
    ShiftLeft,
}

/// What a hole's value is. Those up to `Cell` are at hand for every op, the others have to be found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum What {
    /// The op's exit stub.
    Exit,
    /// The place in the stencil's hot part that the detail says; its end is the next op.
    Hot,
    /// The place in the stencil's cold part that the detail says.
    Cold,
    /// The op's constant.
    Imm,
    /// The op's offset.
    Disp,
    /// The offset of the spill cell that the op names.
    Cell,
    /// The thunk of the slow path that the detail says.
    Slow,
    /// The op's helper.
    Helper,
    /// A label of this trace.
    Label,
    /// An address in the code cache.
    Code,
}
