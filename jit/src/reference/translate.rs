//! From machine ops to one function of Cranelift IR.
//!
//! Each register of the register file is a variable, each spill cell is one for each bank; Cranelift's frontend makes SSA
//! values of them. An op's definition is built in place, with its operands the variables' values.
//!
//! ```text
//! L3:  int_add r2 = r0, #2 !1     →     block3(v10: i64, v11: i64):
//!      jump L3                            v12, v13 = sadd_overflow v10, 2
//!                                         brif v13, block5, block4         (block5 is cold: exit 1)
//! ```

use super::{Links, Registers, SELECTOR};
use crate::abort::Abort;
use crate::helper::{HelperId, Helpers};
use crate::ir::{Code, Pseudo, Trace, Ty};
use crate::lower::allocate::Context;
use crate::lower::{Loc, Lowered};
use crate::store::ExitId;
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{AbiParam, Block, InstBuilder, MemFlagsData, Signature, SourceLoc, Type, Value};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::{FunctionBuilder, Variable};
use hashbrown::HashMap;
use weft_codecache::Runtime;
use weft_layout::machine_frame::{FLOAT, GENERAL, PYTHON_FRAME, SlowPath, cell_offset};
use weft_layout::op::{Bank, Disp, FLOAT_REGISTERS, Form, GENERAL_REGISTERS, MachineOp, Op};
use weft_ops::{Host, Undo};

/// What a function is made from.
pub struct Input<'a> {
    pub trace: &'a Trace,
    pub lowered: &'a Lowered,
    pub context: &'a Context,
    pub helpers: &'a Helpers,
    pub numbers: &'a [ExitId],
    pub links: &'a Links,
    pub runtime: &'a Runtime,
}

/// Builds the function.
///
/// # Errors
/// If the ops have no end, or a shape that traces do not have.
pub fn translate(mut b: FunctionBuilder<'_>, input: Input<'_>, isa: &dyn TargetIsa) -> Result<(), Abort> {
    let label = input.lowered.entry.as_ref();
    if label.is_some() && !input.context.inherited.is_empty() {
        return Err(Abort::Invalid("a side trace with a typed label".into()));
    }
    let arguments: Vec<Loc> = match label {
        Some(label) => label.values.iter().map(|v| v.2).collect(),
        None => input.context.inherited.clone(),
    };
    let registers = Registers::of(&arguments);
    b.func.signature = registers.signature();
    let general = std::array::from_fn(|_| b.declare_var(I64));
    let float = std::array::from_fn(|_| b.declare_var(F64));
    let python_frame = b.declare_var(I64);
    let mut blocks = HashMap::new();
    for (i, _) in input.lowered.ops.iter().enumerate().filter(|(_, op)| op.op == Op::Label) {
        blocks.insert(i, b.create_block());
    }
    let op = input.lowered.ops.first().copied().ok_or_else(|| Abort::Invalid("no ops".into()))?;
    let mut t = Translator { input, isa, general, float, cells: HashMap::new(), python_frame, blocks, op, at: 0 };
    t.begin(&mut b, registers, &arguments);
    let mut open = true;
    for i in 0..t.input.lowered.ops.len() {
        (t.op, t.at) = (t.input.lowered.ops[i], i);
        b.set_srcloc(SourceLoc::new(i as u32));
        if !open && t.op.op != Op::Label {
            continue;
        }
        open = t.op(&mut b, open)?;
    }
    if open {
        return Err(Abort::Invalid("a trace without an end".into()));
    }
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
    Ok(())
}

struct Translator<'a> {
    input: Input<'a>,
    isa: &'a dyn TargetIsa,
    general: [Variable; GENERAL_REGISTERS],
    float: [Variable; FLOAT_REGISTERS],
    /// A cell's contents, as a word and as a float.
    cells: HashMap<u16, (Variable, Variable)>,
    python_frame: Variable,
    /// The labels' blocks.
    blocks: HashMap<usize, Block>,
    /// The op being built.
    op: MachineOp,
    /// Where it is.
    at: usize,
}

const FLAGS: MemFlagsData = MemFlagsData::trusted();

impl Translator<'_> {
    /// The function's beginning: its arguments, and which way it goes.
    fn begin(&mut self, b: &mut FunctionBuilder<'_>, registers: Registers, arguments: &[Loc]) {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let params = b.block_params(entry).to_vec();
        let variables = registers.general().map(|n| self.general[n]).chain(registers.float().map(|n| self.float[n]));
        for (variable, value) in variables.zip(params) {
            b.def_var(variable, value);
        }
        let frame = b.ins().get_pinned_reg(I64);
        let python_frame = b.ins().load(I64, FLAGS, frame, PYTHON_FRAME as i32);
        b.def_var(self.python_frame, python_frame);
        let label = self.input.lowered.entry.as_ref().map(|l| l.at);
        let beginning = label.map(|label| {
            let (typed, beginning) = (b.create_block(), b.create_block());
            let selector = b.ins().load(I64, FLAGS, frame, SELECTOR as i32);
            b.ins().brif(selector, typed, &[], beginning, &[]);
            b.switch_to_block(typed);
            (label, beginning)
        });
        for loc in arguments {
            if let Loc::Cell(cell) = *loc {
                let word = b.ins().load(I64, FLAGS, frame, cell_offset(cell as usize) as i32);
                self.set_cell(b, cell, word);
            }
        }
        if let Some((label, beginning)) = beginning {
            b.ins().jump(self.blocks[&label], &[]);
            b.switch_to_block(beginning);
        }
    }

    /// Builds the op. Whether what follows it is reached through it.
    fn op(&mut self, b: &mut FunctionBuilder<'_>, open: bool) -> Result<bool, Abort> {
        let op = self.op;
        match op.op {
            Op::Label => {
                let block = self.blocks[&self.at];
                if open {
                    b.ins().jump(block, &[]);
                }
                b.switch_to_block(block);
            }
            Op::Jump => {
                let block = self.blocks.get(&(op.imm as usize)).ok_or_else(|| Abort::Invalid("a jump to no label".into()))?;
                b.ins().jump(*block, &[]);
                return Ok(false);
            }
            Op::JumpCode => {
                // An odd address is that of a typed label.
                let typed = op.imm & 1;
                let registers = if typed != 0 { Registers::of(&self.input.context.link.locs) } else { Registers::default() };
                let frame = b.ins().get_pinned_reg(I64);
                let selector = b.ins().iconst(I64, typed as i64);
                b.ins().store(FLAGS, selector, frame, SELECTOR as i32);
                let target = b.ins().iconst(I64, (op.imm - typed) as i64);
                self.tail_call(b, target, registers);
                return Ok(false);
            }
            Op::JumpWord => {
                let target = self.operand(b, 0);
                let frame = b.ins().get_pinned_reg(I64);
                let selector = b.ins().iconst(I64, 0);
                b.ins().store(FLAGS, selector, frame, SELECTOR as i32);
                self.tail_call(b, target, Registers::default());
                return Ok(false);
            }
            Op::ReturnAddress => {
                let link = b.ins().iconst(I64, self.input.links.address(op.exit as usize) as i64);
                b.def_var(self.general[op.result as usize], link);
            }
            Op::JumpReturn => {
                let link = self.operand(b, 0);
                self.go_on(b, link, Registers::default(), |b| b.ins().load(I32, FLAGS, link, 8));
                return Ok(false);
            }
            Op::Exit => {
                self.leave(b);
                return Ok(false);
            }
            Op::Swap => {
                let [a, c] = [0, 1].map(|i| self.general[op.operands[i] as usize]);
                let (x, y) = (b.use_var(a), b.use_var(c));
                b.def_var(a, y);
                b.def_var(c, x);
            }
            Op::SwapFloat => {
                let [a, c] = [0, 1].map(|i| self.float[op.operands[i] as usize]);
                let (x, y) = (b.use_var(a), b.use_var(c));
                b.def_var(a, y);
                b.def_var(c, x);
            }
            Op::Spill | Op::SpillFloat => {
                let value = self.operand(b, 0);
                let frame = self.machine_frame(b);
                b.ins().store(FLAGS, value, frame, self.disp());
                self.set_cell(b, op.disp, value);
            }
            Op::Reload => {
                let cell = self.cell(b, op.disp).0;
                let value = b.use_var(cell);
                b.def_var(self.general[op.result as usize], value);
            }
            Op::ReloadFloat => {
                let cell = self.cell(b, op.disp).1;
                let value = b.use_var(cell);
                b.def_var(self.float[op.result as usize], value);
            }
            // Cranelift may take a plain load before the loop for this one, which others write.
            Op::GuardBreaker => {
                let address = self.imm(b);
                let breaker = b.ins().atomic_load(I64, MemFlagsData::trusted(), address);
                self.exit(b, breaker, true, None);
            }
            other if weft_ops::is_structural(other) => return Err(Abort::Invalid(format!("{} in a trace", other.name()))),
            _ => {
                let value = weft_ops::define(op.op, &mut weft_ops::Context::new(b, self));
                if let (Some(value), Some(kind)) = (value, op.op.info().result()) {
                    let variable = match kind.bank() {
                        Bank::General => self.general[op.result as usize],
                        Bank::Float => self.float[op.result as usize],
                    };
                    b.def_var(variable, value);
                }
            }
        }
        Ok(true)
    }

    fn cell(&mut self, b: &mut FunctionBuilder<'_>, cell: u16) -> (Variable, Variable) {
        *self.cells.entry(cell).or_insert_with(|| (b.declare_var(I64), b.declare_var(F64)))
    }

    /// What the cell holds from here on. Of the two forms, what nothing uses goes away.
    fn set_cell(&mut self, b: &mut FunctionBuilder<'_>, cell: u16, value: Value) {
        let (word, float) = self.cell(b, cell);
        let other = if b.func.dfg.value_type(value) == F64 { I64 } else { F64 };
        let cast = b.ins().bitcast(other, MemFlagsData::new(), value);
        let (w, f) = if other == F64 { (value, cast) } else { (cast, value) };
        b.def_var(word, w);
        b.def_var(float, f);
    }

    /// The values in registers, as arguments.
    fn arguments(&self, b: &mut FunctionBuilder<'_>, registers: Registers) -> Vec<Value> {
        let variables = registers.general().map(|n| self.general[n]).chain(registers.float().map(|n| self.float[n]));
        variables.map(|v| b.use_var(v)).collect()
    }

    fn tail_call(&self, b: &mut FunctionBuilder<'_>, target: Value, registers: Registers) {
        let arguments = self.arguments(b, registers);
        let signature = b.import_signature(registers.signature());
        b.ins().return_call_indirect(signature, target, &arguments);
    }

    /// Leaves by the op's exit: for its side trace, or for good.
    fn leave(&self, b: &mut FunctionBuilder<'_>) {
        let exit = self.op.exit as usize;
        let registers = Registers::of(&self.input.lowered.sites[exit].locs);
        let link = b.ins().iconst(I64, self.input.links.address(exit) as i64);
        let number = self.input.numbers[exit].number();
        self.go_on(b, link, registers, |b| b.ins().iconst(I32, number as i64));
    }

    /// Goes on where a link leads to, or leaves with the exit's number.
    fn go_on(
        &self,
        b: &mut FunctionBuilder<'_>,
        link: Value,
        registers: Registers,
        number: impl FnOnce(&mut FunctionBuilder<'_>) -> Value,
    ) {
        let (linked, leaves) = (b.create_block(), b.create_block());
        b.set_cold_block(linked);
        b.set_cold_block(leaves);
        let target = b.ins().load(I64, FLAGS, link, 0);
        b.ins().brif(target, linked, &[], leaves, &[]);
        b.switch_to_block(linked);
        self.tail_call(b, target, registers);
        b.switch_to_block(leaves);
        let frame = b.ins().get_pinned_reg(I64);
        for n in registers.general() {
            let value = b.use_var(self.general[n]);
            b.ins().store(FLAGS, value, frame, (GENERAL + 8 * n) as i32);
        }
        for n in registers.float() {
            let value = b.use_var(self.float[n]);
            b.ins().store(FLAGS, value, frame, (FLOAT + 8 * n) as i32);
        }
        let number = number(b);
        b.ins().return_(&[number]);
    }

    /// Calls a function of the program.
    fn call_function(&self, b: &mut FunctionBuilder<'_>, address: u64, arguments: &[Value], returns: Option<Type>) -> Option<Value> {
        let mut signature = Signature::new(self.isa.default_call_conv());
        signature.params.extend(arguments.iter().map(|v| AbiParam::new(b.func.dfg.value_type(*v))));
        signature.returns.extend(returns.map(AbiParam::new));
        let signature = b.import_signature(signature);
        let function = b.ins().iconst(I64, address as i64);
        let call = b.ins().call_indirect(signature, function, arguments);
        b.inst_results(call).first().copied()
    }
}

impl Host for Translator<'_> {
    fn operand(&mut self, b: &mut FunctionBuilder<'_>, index: usize) -> Value {
        let operands = self.op.op.info().operands;
        if self.op.form != Form::Reg && index + 1 == operands.len() {
            return self.imm(b);
        }
        let register = self.op.operands[index] as usize;
        match operands[index].bank() {
            Bank::General => b.use_var(self.general[register]),
            Bank::Float => b.use_var(self.float[register]),
        }
    }

    fn imm(&mut self, b: &mut FunctionBuilder<'_>) -> Value {
        b.ins().iconst(I64, self.op.imm as i64)
    }

    fn disp(&self) -> i32 {
        match self.op.op.info().disp {
            Disp::Cell => cell_offset(self.op.disp as usize) as i32,
            _ => self.op.disp as i32,
        }
    }

    fn folded(&self) -> bool {
        self.op.form != Form::Reg
    }

    fn exit(&mut self, b: &mut FunctionBuilder<'_>, condition: Value, when: bool, _: Option<(Value, Undo)>) {
        let (on, exit) = (b.create_block(), b.create_block());
        b.set_cold_block(exit);
        if b.current_block().is_some_and(|block| b.func.layout.is_cold(block)) {
            b.set_cold_block(on);
        }
        let (then, otherwise) = if when { (exit, on) } else { (on, exit) };
        b.ins().brif(condition, then, &[], otherwise, &[]);
        b.switch_to_block(exit);
        self.leave(b);
        b.switch_to_block(on);
    }

    fn machine_frame(&mut self, b: &mut FunctionBuilder<'_>) -> Value {
        b.ins().get_pinned_reg(I64)
    }

    fn python_frame(&mut self, b: &mut FunctionBuilder<'_>) -> Value {
        b.use_var(self.python_frame)
    }

    fn set_python_frame(&mut self, b: &mut FunctionBuilder<'_>, frame: Value) {
        b.def_var(self.python_frame, frame);
    }

    fn slow_path(&mut self, b: &mut FunctionBuilder<'_>, path: SlowPath) {
        let frame = self.machine_frame(b);
        let function = self.input.runtime.slow_paths[path as usize];
        self.call_function(b, function as *const () as u64, &[frame], None);
    }

    fn call(&mut self, b: &mut FunctionBuilder<'_>, returns: Option<Type>) -> Option<Value> {
        let inst = &self.input.trace.insts[self.input.lowered.from[self.at] as usize];
        assert_eq!(inst.code, Code::Pseudo(Pseudo::Call), "an op that calls comes from a call");
        let helper = self.input.helpers.get(HelperId(inst.a().bits() as u16));
        let mut registers = [0; 2];
        let mut arguments = Vec::new();
        // The address of the array comes last.
        let array = self.input.trace.operands(inst).count() > helper.params.len();
        for ty in helper.params.iter().map(|p| p.ty).chain(array.then_some(Ty::W)) {
            let bank = (ty == Ty::F) as usize;
            let variable = if bank == 1 { self.float[registers[1]] } else { self.general[registers[0]] };
            arguments.push(b.use_var(variable));
            registers[bank] += 1;
        }
        self.call_function(b, self.op.imm, &arguments, returns)
    }
}
