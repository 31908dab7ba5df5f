//! The ops of compiled code: one table from which everything about them derives.
//!
//! Each op is what one stencil does. The optimiser reads the effects, the register allocator the operands and
//! results, the dumps the names; `weft-ops` gives each its semantics once, as a CLIF builder.
//!
//! A row reads, from left to right:
//! - **variant** and **name** (in dumps and IR text);
//! - **operands**: a [`Kind`] each, at most three, all in registers;
//! - **fold**: whether the last operand may be a constant inside the code instead ([`Fold`]);
//! - **disp**: the small offset it adds to an address, if any ([`Disp`]);
//! - **imm**: the constant it carries besides ([`Imm`]);
//! - **result**: `no`, a [`Kind`], or `is K`: no register is written, operand 0 is from here on known to be a `K`;
//! - **effect**: an [`Effect`];
//! - **flags**: `x` may leave the trace by its exit, `c` the two operands commute, `s` has a slow path behind a thunk,
//!   `a` its operands are in the first registers of each bank (argument registers) and its result in the first of its bank,
//!   `k` kills every register but its result;
//! - the line of documentation.
//!
//! Constants inside the code are machine words: an `I` of value 3 is 6.

/// What a register holds, or what an op accepts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// An int of 63 bits, shifted left by one; the low bit is 0.
    I,
    /// A 64-bit word: a raw address, length or bit pattern.
    W,
    /// An `f64`; the only kind in floating-point registers.
    F,
    /// 0 or 1, all 64 bits valid.
    B,
    /// A tagged value. It is not NULL unless the op says it may be.
    V,
    /// A pointer to a heap object, which as a word is also its tagged value.
    P,
    /// Accepts a `P`, or a `W` that is an address.
    A,
    /// Accepts anything in a general register; as a result, the kind of its last operand.
    G,
}

impl Kind {
    /// Which registers hold it.
    pub const fn bank(self) -> Bank {
        match self {
            Kind::F => Bank::Float,
            _ => Bank::General,
        }
    }

    /// Whether an operand of this kind may be given a value of kind `value`.
    pub const fn accepts(self, value: Kind) -> bool {
        match self {
            Kind::G => !matches!(value, Kind::F),
            Kind::A => matches!(value, Kind::P | Kind::W),
            Kind::V => matches!(value, Kind::V | Kind::P),
            _ => self as u8 == value as u8,
        }
    }
}

/// A bank of registers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bank {
    /// [`GENERAL_REGISTERS`] registers of 64 bits.
    General,
    /// [`FLOAT_REGISTERS`] registers of an `f64` each.
    Float,
}

/// General registers a trace may use: rdi rsi rdx rcx r8 r9, or x2 to x7, numbered from 0.
pub const GENERAL_REGISTERS: usize = 6;
/// Floating-point registers a trace may use: xmm0 to xmm7, or v0 to v7, numbered from 0.
pub const FLOAT_REGISTERS: usize = 8;

/// What the optimiser may assume of an op.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// Depends on its operands only: may be merged, moved and dropped.
    Pure,
    /// As `Pure`, but leaves the trace when its assumption fails.
    Guard,
    /// Reads memory that a `Store` or a `Call` may change.
    Load,
    /// Writes memory.
    Store,
    /// Changes a reference count; may release the object.
    Refcount,
    /// Makes a heap object that nothing else points to.
    Alloc,
    /// Calls a helper, whose declaration says what it may do.
    Call,
    /// Changes where the trace goes, or marks a place in it.
    Control,
    /// Chosen by the register allocator, never in the IR.
    Move,
}

/// The constants that the last operand may be instead of a register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fold {
    /// Registers only.
    No,
    /// A sign-extended 32-bit constant: [`Form::Imm32`].
    I32,
    /// Also any 64-bit constant: [`Form::Imm32`] or [`Form::Imm64`].
    I64,
    /// A shift count of 1 to 62, not shifted itself: [`Form::Imm32`].
    Count,
}

/// The small offset an op adds to an address. It has to be a multiple of the access size, at most 4095 times that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Disp {
    /// None.
    No,
    /// From operand 0, for accesses of that many bytes.
    Bytes(u8),
    /// From the Python frame in the pinned register, for accesses of 8 bytes.
    Slot,
    /// A spill cell of the machine frame, by its number, below [`crate::machine_frame::CELLS`].
    Cell,
}

/// The constant an op carries besides its operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Imm {
    /// None.
    No,
    /// 32 bits, unsigned.
    U32,
    /// 32 bits, sign-extended.
    I32,
    /// 64 bits; also the bits of an `f64`.
    Word,
    /// The address of a helper function.
    Helper,
    /// The index, in the same sequence of [`MachineOp`]s, of the `Label` to go to.
    Label,
    /// The address of compiled code in the code cache.
    Code,
}

/// What an op leaves in a register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Output {
    /// Nothing.
    No,
    /// A value of that kind in the result register.
    New(Kind),
    /// Nothing new: operand 0, in its register, is now known to be of that kind.
    Operand(Kind),
}

/// The forms an op's last operand may take.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Form {
    /// A register.
    Reg,
    /// A constant of up to 32 bits inside the code, in [`MachineOp::imm`].
    Imm32,
    /// A constant of 64 bits, in [`MachineOp::imm`].
    Imm64,
}

/// One op with its registers and constants chosen: what the stitcher takes.
///
/// An op never has both a folded operand and an [`Imm`] of its own, so one field carries either.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MachineOp {
    /// The op.
    pub op: Op,
    /// The form of its last operand.
    pub form: Form,
    /// The result's register, if it has one.
    pub result: u8,
    /// The operands' registers, in order, each in the bank of its kind; a folded operand has none.
    pub operands: [u8; 3],
    /// The [`Disp`]: an offset in bytes, or a cell's number.
    pub disp: u16,
    /// The exit to leave by, for ops that have one: an index among the trace's exits.
    pub exit: u16,
    /// The [`Imm`], or the folded operand; sign-extended where it is signed.
    pub imm: u64,
}

/// A row of the table.
#[derive(Debug)]
pub struct OpInfo {
    /// Name in dumps and IR text.
    pub name: &'static str,
    /// The operands' kinds.
    pub operands: &'static [Kind],
    /// Whether the last operand may be a constant.
    pub fold: Fold,
    /// The offset it takes.
    pub disp: Disp,
    /// The constant it takes.
    pub imm: Imm,
    /// What it leaves in a register.
    pub output: Output,
    /// What the optimiser may assume.
    pub effect: Effect,
    /// May leave the trace by its exit.
    pub exits: bool,
    /// The two operands commute, when both are registers; stencils exist for one order, the stitcher swaps.
    pub commutes: bool,
    /// Has a slow path that calls into the runtime and preserves all registers.
    pub slow_path: bool,
    /// Operands in the argument registers, result in register 0 of its bank.
    pub fixed: bool,
    /// No register but the result survives.
    pub clobbers: bool,
    /// What it does.
    pub doc: &'static str,
}

const fn has(flags: &str, flag: u8) -> bool {
    let flags = flags.as_bytes();
    let mut i = 0;
    while i < flags.len() {
        if flags[i] == flag {
            return true;
        }
        i += 1;
    }
    false
}

macro_rules! fold {
    (no) => {
        Fold::No
    };
    (i32) => {
        Fold::I32
    };
    (i64) => {
        Fold::I64
    };
    (count) => {
        Fold::Count
    };
}
macro_rules! disp {
    (no) => {
        Disp::No
    };
    (slot) => {
        Disp::Slot
    };
    (cell) => {
        Disp::Cell
    };
    ($size:literal) => {
        Disp::Bytes($size)
    };
}
macro_rules! output {
    (no) => {
        Output::No
    };
    ($kind:ident) => {
        Output::New(Kind::$kind)
    };
    ((is $kind:ident)) => {
        Output::Operand(Kind::$kind)
    };
}

macro_rules! ops {
    ($($variant:ident $name:ident [$($kind:ident)*] $fold:tt $disp:tt $imm:ident $output:tt $effect:ident $flags:literal $doc:literal)*) => {
        /// An op of compiled code.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $variant,)*
        }

        impl Op {
            /// All ops, in the table's order.
            pub const ALL: &[Op] = &[$(Op::$variant,)*];
        }

        static OPS: [OpInfo; Op::ALL.len()] = [$(OpInfo {
            name: stringify!($name),
            operands: &[$(Kind::$kind),*],
            fold: fold!($fold),
            disp: disp!($disp),
            imm: Imm::$imm,
            output: output!($output),
            effect: Effect::$effect,
            exits: has($flags, b'x'),
            commutes: has($flags, b'c'),
            slow_path: has($flags, b's'),
            fixed: has($flags, b'a'),
            clobbers: has($flags, b'k'),
            doc: $doc,
        },)*];
    };
}

#[rustfmt::skip]
ops! {
    // Constants.
    ConstZero        const_zero         []      no  no   No     G  Pure  ""   "0 in a general register: NULL, or an I, W or B of 0."
    ConstU32         const_u32          []      no  no   U32    G  Pure  ""   "A zero-extended 32-bit constant."
    ConstI32         const_i32          []      no  no   I32    G  Pure  ""   "A sign-extended 32-bit constant."
    ConstWord        const_word         []      no  no   Word   G  Pure  ""   "A 64-bit constant."
    ConstFloatZero   const_float_zero   []      no  no   No     F  Pure  ""   "0.0."
    ConstFloat       const_float        []      no  no   Word   F  Pure  ""   "A float, given by its bits."

    // Moves, for the register allocator.
    Move             move               [G]     no  no   No     G  Move  ""   "Register to register."
    MoveFloat        move_float         [F]     no  no   No     F  Move  ""   "Register to register."
    Swap             swap               [G G]   no  no   No     no Move  "c"  "Exchanges two registers."
    SwapFloat        swap_float         [F F]   no  no   No     no Move  "c"  "Exchanges two registers."
    Spill            spill              [G]     i32 cell No     no Move  ""   "Register to spill cell."
    SpillFloat       spill_float        [F]     no  cell No     no Move  ""   "Register to spill cell."
    Reload           reload             []      no  cell No     G  Move  ""   "Spill cell to register."
    ReloadFloat      reload_float       []      no  cell No     F  Move  ""   "Spill cell to register."
    CellAddress      cell_address       []      no  cell No     W  Pure  ""   "The address of a spill cell, for helpers that take an array of arguments."

    // The Python frame.
    PythonFrame      python_frame       []      no  no   No     W  Load  ""   "The address of the current Python frame."
    SetPythonFrame   set_python_frame   [A]     no  no   No     no Store ""   "Makes another Python frame the current one."
    LoadSlot         load_slot          []      no  slot No     V  Load  ""   "A word of the current Python frame; may be NULL."
    StoreSlot        store_slot         [G]     i32 slot No     no Store ""   "Writes a word of the current Python frame; what was there is not released."

    // Guards on tagged values.
    GuardInt         guard_int          [V]     no  no   No     I  Guard "x"  "Exits unless it is a small int; unboxes it."
    GuardFloat       guard_float        [V]     no  no   No     F  Guard "x"  "Exits unless it is a float, in the word or on the heap; unboxes it."
    GuardFloatWord   guard_float_word   [V]     no  no   No     F  Guard "x"  "Exits unless it is a float in the word; unboxes it."
    GuardBool        guard_bool         [V]     no  no   No     B  Guard "x"  "Exits unless it is True or False; unboxes it."
    GuardIsInt       guard_is_int       [V]     no  no   No     (is V) Guard "x" "Exits unless it is a small int; leaves it boxed."
    GuardShape       guard_shape        [V]     no  no   U32    (is P) Guard "x" "Exits unless it is a heap object of that shape."
    GuardShapePtr    guard_shape_ptr    [P]     no  no   U32    (is P) Guard "x" "Exits unless the heap object has that shape."
    GuardNull        guard_null         [V]     no  no   No     no Guard "x"  "Exits unless it is NULL."
    GuardNonNull     guard_nonnull      [V]     no  no   No     (is V) Guard "x" "Exits if it is NULL."
    GuardIs          guard_is           [G G]   i64 no   No     no Guard "xc" "Exits unless the words are the same."
    GuardIsNot       guard_is_not       [G G]   i64 no   No     no Guard "xc" "Exits if the words are the same."
    GuardTrue        guard_true         [B]     no  no   No     no Guard "x"  "Exits unless it is 1."
    GuardFalse       guard_false        [B]     no  no   No     no Guard "x"  "Exits unless it is 0."

    // Boxing.
    BoxInt           box_int            [I]     no  no   No     V  Pure  ""   "The tagged value of an int."
    UnboxInt         unbox_int          [V]     no  no   No     I  Pure  ""   "The int of a tagged value known to be a small int."
    BoxBool          box_bool           [B]     no  no   No     V  Pure  ""   "False or True."
    UnboxBool        unbox_bool         [V]     no  no   No     B  Pure  ""   "The bool of a tagged value known to be False or True."
    BoxFloat         box_float          [F]     no  no   No     V  Alloc "s"  "The tagged value of a float; owned, for it may be a new heap object."
    UnboxFloat       unbox_float        [V]     no  no   No     F  Pure  ""   "The float of a tagged value known to be one."

    // Heap objects.
    NewCell          new_cell           []      no  no   Word   P  Alloc "s"  "A heap cell to be filled, header and all, before anything else; the constant is the address of the word that names its page."

    // Ints. Those that exit do so when the result needs more than 63 bits.
    IntAdd           int_add            [I I]   i32 no   No     I  Guard "xc" "Sum."
    IntSub           int_sub            [I I]   i32 no   No     I  Guard "x"  "Difference."
    IntRsub          int_rsub           [I]     no  no   I32    I  Guard "x"  "Constant minus operand."
    IntMul           int_mul            [I I]   i32 no   No     I  Guard "xc" "Product; the constant is the plain factor, not shifted."
    IntNeg           int_neg            [I]     no  no   No     I  Guard "x"  "Negative."
    IntAbs           int_abs            [I]     no  no   No     I  Guard "x"  "Absolute value."
    IntAddUnchecked  int_add_unchecked  [I I]   i32 no   No     I  Pure  "c"  "Sum known to fit."
    IntSubUnchecked  int_sub_unchecked  [I I]   i32 no   No     I  Pure  ""   "Difference known to fit."
    IntMulUnchecked  int_mul_unchecked  [I I]   i32 no   No     I  Pure  "c"  "Product known to fit; the constant is the plain factor."
    IntNegUnchecked  int_neg_unchecked  [I]     no  no   No     I  Pure  ""   "Negative known to fit."
    IntFloorDiv      int_floordiv       [I I]   no  no   No     I  Guard "x"  "Python's `//`; exits on a zero divisor too."
    IntMod           int_mod            [I I]   no  no   No     I  Guard "x"  "Python's `%`; exits on a zero divisor."
    IntTrueDiv       int_truediv        [I I]   no  no   No     F  Guard "x"  "Python's `/`; exits on a zero divisor and where an operand is not exact as a float."
    IntAnd           int_and            [I I]   i32 no   No     I  Pure  "c"  "Bitwise and."
    IntOr            int_or             [I I]   i32 no   No     I  Pure  "c"  "Bitwise or."
    IntXor           int_xor            [I I]   i32 no   No     I  Pure  "c"  "Bitwise exclusive or."
    IntInvert        int_invert         [I]     no  no   No     I  Pure  ""   "Bitwise inversion."
    IntShl           int_shl            [I I]   count no No     I  Guard "x"  "`<<`; exits on a negative count, on one above 62, and on overflow."
    IntShr           int_shr            [I I]   no  no   No     I  Guard "x"  "`>>` by a count in a register; exits on a negative count."
    IntShrConst      int_shr_const      [I]     no  no   U32    I  Pure  ""   "`>>` by a constant count of 1 to 62."
    IntLt            int_lt             [I I]   i32 no   No     B  Pure  ""   "`<`."
    IntLe            int_le             [I I]   i32 no   No     B  Pure  ""   "`<=`."
    IntGt            int_gt             [I I]   i32 no   No     B  Pure  ""   "`>`."
    IntGe            int_ge             [I I]   i32 no   No     B  Pure  ""   "`>=`."
    IntEq            int_eq             [I I]   i32 no   No     B  Pure  "c"  "`==`."
    IntNe            int_ne             [I I]   i32 no   No     B  Pure  "c"  "`!=`."
    GuardIntLt       guard_int_lt       [I I]   i32 no   No     no Guard "x"  "Exits unless `<`."
    GuardIntLe       guard_int_le       [I I]   i32 no   No     no Guard "x"  "Exits unless `<=`."
    GuardIntGt       guard_int_gt       [I I]   i32 no   No     no Guard "x"  "Exits unless `>`."
    GuardIntGe       guard_int_ge       [I I]   i32 no   No     no Guard "x"  "Exits unless `>=`."
    GuardIntEq       guard_int_eq       [I I]   i32 no   No     no Guard "xc" "Exits unless `==`."
    GuardIntNe       guard_int_ne       [I I]   i32 no   No     no Guard "xc" "Exits unless `!=`."

    // Words. Arithmetic wraps.
    WordOfInt        word_of_int        [I]     no  no   No     W  Pure  ""   "The plain 64-bit integer."
    IntOfWord        int_of_word        [W]     no  no   No     I  Guard "x"  "The int of a signed word; exits when it needs more than 63 bits."
    IntOfWordUnchecked int_of_word_unchecked [W] no no   No     I  Pure  ""   "The int of a signed word known to fit."
    WordAdd          word_add           [W W]   i32 no   No     W  Pure  "c"  "Sum."
    WordSub          word_sub           [W W]   i32 no   No     W  Pure  ""   "Difference."
    WordAnd          word_and           [G G]   i32 no   No     W  Pure  "c"  "Bitwise and, of any words."
    WordShl          word_shl           [W]     no  no   U32    W  Pure  ""   "`<<` by a constant count of 1 to 62."
    WordShr          word_shr           [W]     no  no   U32    W  Pure  ""   "Unsigned `>>` by a constant count of 1 to 62."
    WordSar          word_sar           [W]     no  no   U32    W  Pure  ""   "Signed `>>` by a constant count of 1 to 62."
    WordEq           word_eq            [G G]   i64 no   No     B  Pure  "c"  "Whether two words are the same; `is`."
    WordNe           word_ne            [G G]   i64 no   No     B  Pure  "c"  "Whether two words differ; `is not`."
    WordUlt          word_ult           [G G]   i32 no   No     B  Pure  ""   "Unsigned `<`."
    GuardUlt         guard_ult          [G G]   i32 no   No     no Guard "x"  "Exits unless unsigned `<`: of an I and a length, a bounds check, or of two W."
    GuardUge         guard_uge          [G G]   i32 no   No     no Guard "x"  "Exits unless unsigned `>=`."

    GuardRoom        guard_room         [W W]   i32 no   No     no Guard "x"  "As `guard_uge`, of what has run out when it leaves: room on a stack. What comes then is no other way to go."

    // Bools.
    BoolNot          bool_not           [B]     no  no   No     B  Pure  ""   "`not`."
    BoolAnd          bool_and           [B B]   no  no   No     B  Pure  "c"  "Both."
    BoolOr           bool_or            [B B]   no  no   No     B  Pure  "c"  "Either."
    BoolXor          bool_xor           [B B]   no  no   No     B  Pure  "c"  "One of them."
    IntOfBool        int_of_bool        [B]     no  no   No     I  Pure  ""   "0 or 1 as an int."
    Select           select             [B G G] no  no   No     G  Pure  ""   "Operand 1 if operand 0 is 1, else operand 2."

    // Floats.
    FloatAdd         float_add          [F F]   no  no   No     F  Pure  "c"  "Sum."
    FloatSub         float_sub          [F F]   no  no   No     F  Pure  ""   "Difference."
    FloatMul         float_mul          [F F]   no  no   No     F  Pure  "c"  "Product."
    FloatDiv         float_div          [F F]   no  no   No     F  Guard "x"  "Quotient; exits on a zero divisor."
    FloatDivUnchecked float_div_unchecked [F F] no  no   No     F  Pure  ""   "Quotient by a divisor known not to be zero."
    FloatNeg         float_neg          [F]     no  no   No     F  Pure  ""   "Negative."
    FloatAbs         float_abs          [F]     no  no   No     F  Pure  ""   "Absolute value."
    FloatSqrt        float_sqrt         [F]     no  no   No     F  Guard "x"  "Square root; exits below zero."
    FloatMin         float_min          [F F]   no  no   No     F  Pure  ""   "Python's `min(a, b)`: b if b < a, else a."
    FloatMax         float_max          [F F]   no  no   No     F  Pure  ""   "Python's `max(a, b)`: b if b > a, else a."
    FloatOfInt       float_of_int       [I]     no  no   No     F  Pure  ""   "`float(int)`, rounded to nearest even."
    FloatTrunc       float_trunc        [F]     no  no   No     I  Guard "x"  "`int(float)`; exits when it needs more than 63 bits, and on NaN."
    FloatFloor       float_floor        [F]     no  no   No     I  Guard "x"  "`math.floor`; exits as `float_trunc`."
    FloatCeil        float_ceil         [F]     no  no   No     I  Guard "x"  "`math.ceil`; exits as `float_trunc`."
    FloatLt          float_lt           [F F]   no  no   No     B  Pure  ""   "`<`."
    FloatLe          float_le           [F F]   no  no   No     B  Pure  ""   "`<=`."
    FloatGt          float_gt           [F F]   no  no   No     B  Pure  ""   "`>`."
    FloatGe          float_ge           [F F]   no  no   No     B  Pure  ""   "`>=`."
    FloatEq          float_eq           [F F]   no  no   No     B  Pure  "c"  "`==`."
    FloatNe          float_ne           [F F]   no  no   No     B  Pure  "c"  "`!=`; true of NaN."
    FloatTruth       float_truth        [F]     no  no   No     B  Pure  ""   "`bool(float)`; true of NaN."
    GuardFloatLt     guard_float_lt     [F F]   no  no   No     no Guard "x"  "Exits unless `<`."
    GuardFloatLe     guard_float_le     [F F]   no  no   No     no Guard "x"  "Exits unless `<=`."
    GuardFloatGt     guard_float_gt     [F F]   no  no   No     no Guard "x"  "Exits unless `>`."
    GuardFloatGe     guard_float_ge     [F F]   no  no   No     no Guard "x"  "Exits unless `>=`."
    GuardFloatEq     guard_float_eq     [F F]   no  no   No     no Guard "xc" "Exits unless `==`."
    GuardFloatNe     guard_float_ne     [F F]   no  no   No     no Guard "xc" "Exits unless `!=`: if equal."
    GuardFloatNotLt  guard_float_not_lt [F F]   no  no   No     no Guard "x"  "Exits if `<`; NaN stays."
    GuardFloatNotLe  guard_float_not_le [F F]   no  no   No     no Guard "x"  "Exits if `<=`; NaN stays."
    GuardFloatNotGt  guard_float_not_gt [F F]   no  no   No     no Guard "x"  "Exits if `>`; NaN stays."
    GuardFloatNotGe  guard_float_not_ge [F F]   no  no   No     no Guard "x"  "Exits if `>=`; NaN stays."

    // Memory. The index of the `_at` ops counts elements; an I index is used as it is, shifted.
    LoadValue        load_value         [A]     no  8    No     V  Load  ""   "A tagged value; may be NULL; borrowed from its container."
    LoadWord         load_word          [A]     no  8    No     W  Load  ""   "A 64-bit word."
    LoadU32          load_u32           [A]     no  4    No     W  Load  ""   "A zero-extended 32-bit word."
    LoadU8           load_u8            [A]     no  1    No     W  Load  ""   "A zero-extended byte."
    StoreWord        store_word         [A G]   i32 8    No     no Store ""   "A 64-bit word: a tagged value (ownership moves), or anything else."
    StoreU32         store_u32          [A G]   i32 4    No     no Store ""   "The low 32 bits of a word."
    LoadValueAt      load_value_at      [A I]   no  8    No     V  Load  ""   "A tagged value of an array; may be NULL."
    LoadFloatAt      load_float_at      [A I]   no  8    No     F  Load  ""   "An `f64` of an array."
    LoadWordAt       load_word_at       [A I]   no  8    No     W  Load  ""   "A 64-bit word of an array."
    LoadI32At        load_i32_at        [A I]   no  4    No     W  Load  ""   "A sign-extended 32-bit element."
    LoadU32At        load_u32_at        [A I]   no  4    No     W  Load  ""   "A zero-extended 32-bit element."
    LoadU16At        load_u16_at        [A I]   no  2    No     W  Load  ""   "A zero-extended 16-bit element."
    LoadU8At         load_u8_at         [A I]   no  1    No     W  Load  ""   "A byte."
    LoadValueAtWord  load_value_at_word [A W]   no  8    No     V  Load  ""   "As `load_value_at` with a plain index."
    StoreWordAt      store_word_at      [A I G] no  8    No     no Store ""   "A 64-bit word of an array."
    StoreFloatAt     store_float_at     [A I F] no  8    No     no Store ""   "An `f64` of an array."
    StoreU32At       store_u32_at       [A I G] no  4    No     no Store ""   "The low 32 bits of a word, to an array of 32-bit elements."
    StoreU8At        store_u8_at        [A I G] no  1    No     no Store ""   "The low 8 bits of a word, to a byte array."
    GuardMemU32      guard_mem_u32      [A]     no  4    U32    no Load  "x"  "Exits unless the 32-bit word in memory is that constant: a version, a shape."

    // Reference counts. An exit is taken only when releasing the object ran Python code; it resumes after the op.
    Incref           incref             [V]     no  no   No     no Refcount ""   "Adds an owner."
    IncrefNullable   incref_nullable    [V]     no  no   No     no Refcount ""   "Adds an owner unless NULL."
    IncrefPtr        incref_ptr         [P]     no  no   No     no Refcount ""   "Adds an owner to a heap object."
    Decref           decref             [V]     no  no   No     no Refcount "xs" "Drops an owner; the last one releases the object."
    DecrefNullable   decref_nullable    [V]     no  no   No     no Refcount "xs" "Drops an owner unless NULL."
    DecrefPtr        decref_ptr         [P]     no  no   No     no Refcount "xs" "Drops an owner of a heap object."
    DecrefNotLast    decref_not_last    [V]     no  no   No     no Refcount ""   "Drops an owner known not to be the last."

    // Helper calls. Arguments: general ones in general registers 0.., floats in float registers 0...
    Call             call               []      no  no   Helper no Call  "ak"  "Calls a helper for its effect."
    CallWord         call_word          []      no  no   Helper G  Call  "ak"  "Calls a helper that returns a word of any kind."
    CallFloat        call_float         []      no  no   Helper F  Call  "ak"  "Calls a helper that returns an `f64`."
    CallValue        call_value         []      no  no   Helper V  Call  "akx" "Calls a helper that returns a tagged value; exits if that is NULL, for an exception."
    CallSaving       call_saving        []      no  no   Helper no Call  "a"   "As `call`, but every register survives."
    CallWordSaving   call_word_saving   []      no  no   Helper G  Call  "a"   "As `call_word`, but every other register survives."
    CallFloatSaving  call_float_saving  []      no  no   Helper F  Call  "a"   "As `call_float`, but every other register survives."
    SetSnapshot      set_snapshot       []      no  no   U32    no Store ""    "Names in the activation record the snapshot that the next call is at."
    GuardNotForced   guard_not_forced   []      no  no   No     no Control "x"   "Exits if the frames of this activation were materialised."

    // Control.
    Label            label              []      no  no   No     no Control ""  "A place to jump to."
    Jump             jump               []      no  no   Label  no Control ""  "Goes to a label of this trace."
    JumpCode         jump_code          []      no  no   Code   no Control ""  "Goes to code of another trace."
    JumpWord         jump_word          [W]     no  no   No     no Control ""  "Goes to where a trace begins, given by its address."
    ReturnAddress    return_address     []      no  no   No     W  Control "x" "What `jump_return` needs to go on by this op's exit."
    JumpReturn       jump_return        [W]     no  no   No     no Control ""  "Goes on by the exit of a `return_address`."
    Exit             exit               []      no  no   No     no Control "x" "Leaves the trace."
    GuardBreaker     guard_breaker      []      no  no   Word   no Control "x" "Exits unless the 64-bit word at that address is 0: the eval breaker."
}

impl Op {
    /// The op's row.
    #[inline]
    pub fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }

    /// The op's name in dumps and IR text.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The op of that name.
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.name() == name)
    }
}

impl OpInfo {
    /// The result's kind, if a register is written. [`Kind::G`] means the kind of the last operand, or whatever
    /// the maker of a constant, a reload or a call says.
    pub fn result(&self) -> Option<Kind> {
        match self.output {
            Output::New(kind) => Some(kind),
            _ => None,
        }
    }

    /// The form in which `value`, a machine word, can stand for the last operand, if any.
    pub fn folds(&self, value: u64) -> Option<Form> {
        let fits = value as i64 == value as i32 as i64;
        match self.fold {
            Fold::I32 | Fold::I64 if fits => Some(Form::Imm32),
            Fold::I64 => Some(Form::Imm64),
            Fold::Count if (1..=62).contains(&value) => Some(Form::Imm32),
            _ => None,
        }
    }

    /// Whether the op can add the offset `disp` (a number for a cell).
    pub fn takes_disp(&self, disp: usize) -> bool {
        match self.disp {
            Disp::No => disp == 0,
            Disp::Bytes(size) => disp.is_multiple_of(size as usize) && disp / size as usize <= MAX_DISP,
            Disp::Slot => disp.is_multiple_of(8) && disp / 8 <= MAX_DISP,
            Disp::Cell => disp < crate::machine_frame::CELLS,
        }
    }
}

/// The greatest offset of an access, in units of its size: what aarch64's loads can hold.
pub const MAX_DISP: usize = 4095;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_consistent() {
        for op in Op::ALL {
            let info = op.info();
            assert_eq!(Op::from_name(info.name), Some(*op));
            assert!(info.doc.ends_with('.'), "{}", info.name);
            assert!(info.operands.len() <= 3, "{}", info.name);
            assert!(info.fold == Fold::No || info.imm == Imm::No, "{}: one constant at most", info.name);
            assert!(info.fold == Fold::No || !info.operands.is_empty(), "{}", info.name);
            assert!(info.effect != Effect::Guard || info.exits, "{}", info.name);
            assert!(!(info.effect == Effect::Pure && info.exits), "{}", info.name);
            if info.commutes {
                assert_eq!(info.operands[0], info.operands[1], "{}", info.name);
            }
        }
    }
}
