//! What definitions build with: Cranelift's builder, the op's operands, and the few things that backends do differently.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Type, Value};
use cranelift_frontend::FunctionBuilder;
use weft_layout::machine_frame::{SLOW_OPERANDS, SlowPath};

/// How the exit of an op can get back an operand that its result overwrites, so that the fast path need not keep it.
#[derive(Clone, Copy, Debug)]
pub enum Undo {
    /// The operand is lost; keep it.
    No,
    /// The result minus the other operand is the operand, for both.
    Sum,
    /// Of a difference: operand 0 is the result plus operand 1, operand 1 is operand 0 minus the result.
    Difference,
    /// The negative of the result is the operand.
    Negative,
}

/// What differs between backends.
pub trait Host {
    /// Operand `index`; a constant if it is folded.
    fn operand(&mut self, b: &mut FunctionBuilder<'_>, index: usize) -> Value;
    /// The op's own constant, as a word.
    fn imm(&mut self, b: &mut FunctionBuilder<'_>) -> Value;
    /// The op's offset in bytes; for a spill cell, from the start of the machine frame.
    fn disp(&self) -> i32;
    /// Whether the last operand is a constant.
    fn folded(&self) -> bool;
    /// Leaves by the op's exit if `condition` is not 0 (`when`) or is 0 (not `when`). `result` is the op's result, if
    /// it is computed already, and `undo` how to get back an operand from it.
    fn exit(&mut self, b: &mut FunctionBuilder<'_>, condition: Value, when: bool, result: Option<(Value, Undo)>);
    /// The product, and whether it overflowed, for [`Host::exit`] right behind it.
    fn multiply(&mut self, b: &mut FunctionBuilder<'_>, x: Value, y: Value) -> (Value, Value) {
        b.ins().smul_overflow(x, y)
    }
    /// The address of the machine frame.
    fn machine_frame(&mut self, b: &mut FunctionBuilder<'_>) -> Value;
    /// The address of the Python frame.
    fn python_frame(&mut self, b: &mut FunctionBuilder<'_>) -> Value;
    /// Makes another Python frame the current one.
    fn set_python_frame(&mut self, b: &mut FunctionBuilder<'_>, frame: Value);
    /// Calls a slow path, whose operands are in the machine frame.
    fn slow_path(&mut self, b: &mut FunctionBuilder<'_>, path: SlowPath);
    /// Calls the helper that is the op's constant, with the op's arguments.
    fn call(&mut self, b: &mut FunctionBuilder<'_>, returns: Option<Type>) -> Option<Value>;
}

/// An op being built.
pub struct Context<'a, 'f> {
    /// Cranelift's builder.
    pub b: &'a mut FunctionBuilder<'f>,
    host: &'a mut dyn Host,
}

impl<'a, 'f> Context<'a, 'f> {
    /// A context that builds into `b`.
    pub fn new(b: &'a mut FunctionBuilder<'f>, host: &'a mut dyn Host) -> Self {
        Self { b, host }
    }

    /// Operand `index`.
    pub fn operand(&mut self, index: usize) -> Value {
        self.host.operand(self.b, index)
    }

    /// Operands 0 and 1.
    pub fn operands(&mut self) -> (Value, Value) {
        (self.operand(0), self.operand(1))
    }

    /// The op's constant.
    pub fn imm(&mut self) -> Value {
        self.host.imm(self.b)
    }

    /// Whether the last operand is a constant.
    pub fn folded(&self) -> bool {
        self.host.folded()
    }

    /// A known constant.
    pub fn word(&mut self, value: i64) -> Value {
        self.b.ins().iconst(I64, value)
    }

    /// `a + value`.
    pub fn add(&mut self, a: Value, value: i64) -> Value {
        let c = self.word(value);
        self.b.ins().iadd(a, c)
    }

    /// `a & value`.
    pub fn and(&mut self, a: Value, value: i64) -> Value {
        let c = self.word(value);
        self.b.ins().band(a, c)
    }

    /// `a << count`.
    pub fn shl(&mut self, a: Value, count: i64) -> Value {
        let c = self.word(count);
        self.b.ins().ishl(a, c)
    }

    /// Unsigned `a >> count`.
    pub fn shr(&mut self, a: Value, count: i64) -> Value {
        let c = self.word(count);
        self.b.ins().ushr(a, c)
    }

    /// Signed `a >> count`.
    pub fn sar(&mut self, a: Value, count: i64) -> Value {
        let c = self.word(count);
        self.b.ins().sshr(a, c)
    }

    /// A comparison with a known constant of `a`'s type.
    pub fn compare(&mut self, cc: IntCC, a: Value, value: i64) -> Value {
        let ty = self.b.func.dfg.value_type(a);
        let c = self.b.ins().iconst(ty, value);
        self.b.ins().icmp(cc, a, c)
    }

    /// A comparison's outcome as a `B`.
    pub fn bool(&mut self, condition: Value) -> Value {
        self.b.ins().uextend(I64, condition)
    }

    /// `a cc b` as a `B`.
    pub fn float_bool(&mut self, cc: FloatCC, a: Value, b: Value) -> Value {
        let c = self.b.ins().fcmp(cc, a, b);
        self.bool(c)
    }

    /// Leaves the trace if the condition holds.
    pub fn exit_if(&mut self, condition: Value) {
        self.host.exit(self.b, condition, true, None);
    }

    /// Leaves the trace unless the condition holds.
    pub fn exit_unless(&mut self, condition: Value) {
        self.host.exit(self.b, condition, false, None);
    }

    /// The product, and whether it overflowed.
    pub fn multiply(&mut self, a: Value, b: Value) -> (Value, Value) {
        self.host.multiply(self.b, a, b)
    }

    /// Leaves the trace if `overflow` is set, though the result is computed already.
    pub fn exit_on_overflow(&mut self, overflow: Value, result: Value, undo: Undo) {
        self.host.exit(self.b, overflow, true, Some((result, undo)));
    }

    /// The op's offset in bytes.
    pub fn disp(&self) -> i32 {
        self.host.disp()
    }

    /// Reads memory.
    pub fn load(&mut self, ty: Type, address: Value, offset: i32) -> Value {
        self.b.ins().load(ty, MemFlagsData::trusted(), address, offset)
    }

    /// Writes memory.
    pub fn store(&mut self, value: Value, address: Value, offset: i32) {
        self.b.ins().store(MemFlagsData::trusted(), value, address, offset);
    }

    /// The bits of a float.
    pub fn bits(&mut self, float: Value) -> Value {
        self.b.ins().bitcast(I64, MemFlagsData::new(), float)
    }

    /// The float of such bits.
    pub fn float(&mut self, bits: Value) -> Value {
        self.b.ins().bitcast(F64, MemFlagsData::new(), bits)
    }

    /// The low half of a word.
    pub fn low(&mut self, word: Value) -> Value {
        self.b.ins().ireduce(I32, word)
    }

    /// The address of the machine frame.
    pub fn machine_frame(&mut self) -> Value {
        self.host.machine_frame(self.b)
    }

    /// The address of the Python frame.
    pub fn python_frame(&mut self) -> Value {
        self.host.python_frame(self.b)
    }

    /// Makes another Python frame the current one.
    pub fn set_python_frame(&mut self, frame: Value) {
        self.host.set_python_frame(self.b, frame);
    }

    /// Calls a slow path with one operand.
    pub fn slow_path(&mut self, path: SlowPath, operand: Value) {
        let frame = self.machine_frame();
        self.store(operand, frame, SLOW_OPERANDS as i32);
        self.host.slow_path(self.b, path);
    }

    /// Calls the op's helper.
    pub fn call(&mut self, returns: Option<Type>) -> Option<Value> {
        self.host.call(self.b, returns)
    }

    /// A block on the fast path.
    pub fn block(&mut self) -> Block {
        self.b.create_block()
    }

    /// A block behind the trace.
    pub fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    /// Ends the block with a branch.
    pub fn branch(&mut self, condition: Value, then: Block, otherwise: Block) {
        self.b.ins().brif(condition, then, &[], otherwise, &[]);
    }

    /// Goes on building in another block.
    pub fn at(&mut self, block: Block) {
        self.b.switch_to_block(block);
    }

    /// Ends the block with a jump that hands over `values`.
    pub fn jump(&mut self, block: Block, values: &[Value]) {
        let values: Vec<_> = values.iter().map(|v| (*v).into()).collect();
        self.b.ins().jump(block, &values);
    }
}
