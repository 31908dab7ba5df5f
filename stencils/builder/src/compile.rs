//! From an op and its registers to Cranelift's machine code, before the post-pass.
//!
//! A stencil is a function of the `tail` calling convention whose parameters are the register file. It ends in tail
//! calls to symbols that stand for what comes next, for the exit, and for the runtime; the post-pass turns those
//! into holes. Small constants are compiled in as markers, which are found by compiling twice and comparing.

use crate::Arch;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, GlobalValueData, InstBuilder, Signature, Type, UserExternalName, UserExternalNameRef,
    Value,
};
use cranelift_codegen::isa::{self, CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context as Compilation, FinalizedRelocTarget};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::str::FromStr;
use weft_layout::machine_frame::SlowPath;
use weft_layout::op::{Bank, Disp, FLOAT_REGISTERS, Fold, Form, GENERAL_REGISTERS, Imm, Op};
use weft_layout::stencil::What;
use weft_ops::{Context, Host, Undo};

/// What a hole's symbol stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Symbol {
    /// The op that follows.
    Next,
    /// The op's exit.
    Exit,
    /// The op's helper, called with the arguments in their registers.
    Helper,
    /// A label of the trace.
    Label,
    /// Code of another trace.
    Code,
    /// The op's 64-bit constant.
    Word,
    /// The address of the op's exit.
    ExitAddress,
    /// A slow path's thunk.
    Slow(u8),
}

impl Symbol {
    /// What the hole of a 64-bit constant is for.
    pub fn constant(self) -> Option<What> {
        match self {
            Symbol::Word => Some(What::Imm),
            Symbol::ExitAddress => Some(What::Exit),
            _ => None,
        }
    }

    fn number(self) -> u32 {
        match self {
            Symbol::Next => 0,
            Symbol::Exit => 1,
            Symbol::Helper => 2,
            Symbol::Label => 3,
            Symbol::Code => 4,
            Symbol::Word => 5,
            Symbol::ExitAddress => 6,
            Symbol::Slow(n) => 16 + n as u32,
        }
    }

    fn from_number(n: u32) -> Symbol {
        match n {
            0 => Symbol::Next,
            1 => Symbol::Exit,
            2 => Symbol::Helper,
            3 => Symbol::Label,
            4 => Symbol::Code,
            5 => Symbol::Word,
            6 => Symbol::ExitAddress,
            n => Symbol::Slow(n as u8 - 16),
        }
    }
}

/// An op with its registers chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Variant {
    /// The op.
    pub op: Op,
    /// The form of its last operand.
    pub form: Form,
    /// Whether its constant is below [`weft_layout::stencil::SMALL`].
    pub small: bool,
    /// The result's register.
    pub result: usize,
    /// The operands' registers.
    pub operands: [usize; 3],
}

/// The constants to compile in where the stitcher will patch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Markers {
    /// For the op's constant or folded operand.
    pub imm: i64,
    /// For the op's offset.
    pub disp: i32,
}

/// Cranelift's machine code for a variant.
#[derive(Debug)]
pub struct Raw {
    /// The bytes.
    pub code: Vec<u8>,
    /// Where symbols are used.
    pub symbols: Vec<(usize, Symbol)>,
}

/// Compiles variants for one CPU.
pub struct Compiler {
    arch: Arch,
    isa: OwnedTargetIsa,
    functions: FunctionBuilderContext,
    compilation: Compilation,
    control: ControlPlane,
}

impl Compiler {
    /// A compiler for `arch`, for its baseline features only.
    pub fn new(arch: Arch) -> Self {
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", "none"),
            ("is_pic", "false"),
            ("enable_pinned_reg", "true"),
            ("preserve_frame_pointers", "true"),
            ("unwind_info", "false"),
            ("enable_verifier", if cfg!(test) { "true" } else { "false" }),
        ] {
            flags.set(name, value).expect("Cranelift knows the setting");
        }
        let triple = target_lexicon::Triple::from_str(arch.triple()).expect("the triple is right");
        let isa = isa::lookup(triple).expect("Cranelift has the CPU").finish(settings::Flags::new(flags)).expect("the settings fit");
        Self { arch, isa, functions: FunctionBuilderContext::new(), compilation: Compilation::new(), control: ControlPlane::default() }
    }

    /// Machine code of the variant with these constants.
    pub fn compile(&mut self, variant: Variant, markers: Markers) -> Raw {
        self.compilation.clear();
        self.compilation.func.signature = register_file(None);
        let mut b = FunctionBuilder::new(&mut self.compilation.func, &mut self.functions);
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let registers = b.block_params(entry).to_vec();
        let mut host = StencilHost { arch: self.arch, variant, markers, registers };
        host.build(&mut b);
        b.seal_all_blocks();
        b.finalize(self.isa.frontend_config());

        let compiled = self.compilation.compile(&*self.isa, &mut self.control).unwrap_or_else(|e| panic!("{variant:?}: {:?}", e.inner));
        let code = compiled.code_buffer().to_vec();
        let relocs: Vec<_> = compiled.buffer.relocs().iter().map(|r| (r.offset as usize, r.target.clone())).collect();
        let names = self.compilation.func.params.user_named_funcs();
        let symbols = relocs
            .into_iter()
            .map(|(at, target)| match target {
                FinalizedRelocTarget::ExternalName(ExternalName::User(name)) => {
                    let name: UserExternalNameRef = name;
                    (at, Symbol::from_number(names[name].index))
                }
                other => panic!("{variant:?}: a reference to {other:?}"),
            })
            .collect();
        Raw { code, symbols }
    }
}

/// The register file as parameters.
fn register_file(returns: Option<Type>) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.extend([AbiParam::new(I64); GENERAL_REGISTERS]);
    signature.params.extend([AbiParam::new(F64); FLOAT_REGISTERS]);
    signature.returns.extend(returns.map(AbiParam::new));
    signature
}

/// Where a register is among the parameters.
fn parameter(bank: Bank, register: usize) -> usize {
    match bank {
        Bank::General => register,
        Bank::Float => GENERAL_REGISTERS + register,
    }
}

/// Definitions build stencils through this: operands are parameters, exits tail calls.
struct StencilHost {
    arch: Arch,
    variant: Variant,
    markers: Markers,
    registers: Vec<Value>,
}

impl StencilHost {
    fn build(&mut self, b: &mut FunctionBuilder<'_>) {
        let Variant { op, result, .. } = self.variant;
        let info = op.info();
        match op {
            Op::Label => self.go(b, Symbol::Next, &self.registers),
            Op::Jump => self.go(b, Symbol::Label, &self.registers),
            Op::JumpCode => self.go(b, Symbol::Code, &self.registers),
            Op::Exit => self.go(b, Symbol::Exit, &self.registers),
            Op::JumpWord | Op::JumpReturn => {
                let target = self.operand(b, 0);
                let signature = b.import_signature(register_file(None));
                b.ins().return_call_indirect(signature, target, &self.registers);
            }
            Op::ReturnAddress => {
                let mut registers = self.registers.clone();
                registers[parameter(Bank::General, result)] = self.symbol_value(b, Symbol::ExitAddress);
                self.go(b, Symbol::Next, &registers);
            }
            Op::Swap | Op::SwapFloat => {
                let (a, c) = (self.operand_parameter(0), self.operand_parameter(1));
                let mut registers = self.registers.clone();
                registers.swap(a, c);
                self.go(b, Symbol::Next, &registers);
            }
            _ => {
                let value = weft_ops::define(op, &mut Context::new(b, self));
                assert_eq!(value.is_some(), info.result().is_some(), "{}: result", op.name());
                if info.clobbers {
                    // Only the result is left: nothing else is passed on.
                    let mut signature = Signature::new(CallConv::Tail);
                    let values: Vec<Value> = value.into_iter().collect();
                    signature.params.extend(values.iter().map(|v| AbiParam::new(b.func.dfg.value_type(*v))));
                    let next = import(b, Symbol::Next, signature);
                    b.ins().return_call(next, &values);
                } else {
                    let mut registers = self.registers.clone();
                    if let (Some(value), Some(kind)) = (value, info.result()) {
                        registers[parameter(kind.bank(), result)] = value;
                    }
                    self.go(b, Symbol::Next, &registers);
                }
            }
        }
    }

    /// Ends the block: the registers go on to what the symbol stands for.
    fn go(&self, b: &mut FunctionBuilder<'_>, symbol: Symbol, registers: &[Value]) {
        let target = import(b, symbol, register_file(None));
        b.ins().return_call(target, registers);
    }

    fn operand_parameter(&self, index: usize) -> usize {
        parameter(self.variant.op.info().operands[index].bank(), self.variant.operands[index])
    }

    fn is_folded(&self, index: usize) -> bool {
        self.variant.form != Form::Reg && index + 1 == self.variant.op.info().operands.len()
    }

    fn symbol_value(&self, b: &mut FunctionBuilder<'_>, symbol: Symbol) -> Value {
        let name = b.func.declare_imported_user_function(UserExternalName::new(0, symbol.number()));
        let word = b.create_global_value(GlobalValueData::Symbol {
            name: ExternalName::user(name),
            offset: 0.into(),
            colocated: false,
            tls: false,
        });
        b.ins().symbol_value(I64, word)
    }

    /// What the exit is to find in the registers once the op's result is computed: operands as they were. The
    /// result's register is free if it is no operand's, so it may be overwritten already.
    fn registers_at_exit(&mut self, b: &mut FunctionBuilder<'_>, value: Value, undo: Undo) -> Vec<Value> {
        let info = self.variant.op.info();
        let result = parameter(info.result().expect("an op with a result").bank(), self.variant.result);
        let in_registers = (0..info.operands.len()).filter(|i| !self.is_folded(*i));
        let overwritten: Vec<usize> = in_registers.filter(|i| self.operand_parameter(*i) == result).collect();
        let mut registers = self.registers.clone();
        registers[result] = match (overwritten[..].first(), undo) {
            (None, _) => value,
            (Some(0), Undo::Negative) => b.ins().ineg(value),
            (Some(&i), Undo::Sum | Undo::Difference) if overwritten.len() == 1 => {
                let other = self.operand(b, 1 - i);
                match (undo, i) {
                    (Undo::Sum, _) => b.ins().isub(value, other),
                    (_, 0) => b.ins().iadd(value, other),
                    _ => b.ins().isub(other, value),
                }
            }
            _ => registers[result],
        };
        registers
    }
}

fn import(b: &mut FunctionBuilder<'_>, symbol: Symbol, signature: Signature) -> FuncRef {
    let signature = b.import_signature(signature);
    let name = b.func.declare_imported_user_function(UserExternalName::new(0, symbol.number()));
    b.import_function(ExtFuncData { name: ExternalName::user(name), signature, colocated: true, patchable: false })
}

impl Host for StencilHost {
    fn operand(&mut self, b: &mut FunctionBuilder<'_>, index: usize) -> Value {
        if !self.is_folded(index) {
            return self.registers[self.operand_parameter(index)];
        }
        match self.variant.form {
            Form::Imm32 => b.ins().iconst(I64, self.markers.imm),
            _ => self.symbol_value(b, Symbol::Word),
        }
    }

    fn imm(&mut self, b: &mut FunctionBuilder<'_>) -> Value {
        match self.variant.op.info().imm {
            Imm::Word => self.symbol_value(b, Symbol::Word),
            _ => b.ins().iconst(I64, self.markers.imm),
        }
    }

    fn disp(&self) -> i32 {
        self.markers.disp
    }

    fn folded(&self) -> bool {
        self.variant.form != Form::Reg
    }

    fn exit(&mut self, b: &mut FunctionBuilder<'_>, condition: Value, when: bool, result: Option<(Value, Undo)>) {
        let on = b.create_block();
        let exit = b.create_block();
        b.set_cold_block(exit);
        if b.current_block().is_some_and(|block| b.func.layout.is_cold(block)) {
            b.set_cold_block(on);
        }
        let (then, otherwise) = if when { (exit, on) } else { (on, exit) };
        b.ins().brif(condition, then, &[], otherwise, &[]);
        b.switch_to_block(exit);
        if self.variant.op.info().clobbers {
            let target = import(b, Symbol::Exit, Signature::new(CallConv::Tail));
            b.ins().return_call(target, &[]);
        } else {
            let registers = match result {
                Some((value, undo)) => self.registers_at_exit(b, value, undo),
                None => self.registers.clone(),
            };
            self.go(b, Symbol::Exit, &registers);
        }
        b.switch_to_block(on);
    }

    fn multiply(&mut self, b: &mut FunctionBuilder<'_>, x: Value, y: Value) -> (Value, Value) {
        if self.arch == Arch::Aarch64 {
            return b.ins().smul_overflow(x, y);
        }
        // Cranelift's own needs rdx:rax. The stack pointer as a condition stands for the overflow flag: the
        // post-pass turns its test into `jo`.
        let product = b.ins().imul(x, y);
        let overflow = b.ins().get_stack_pointer(I64);
        (product, overflow)
    }

    fn machine_frame(&mut self, b: &mut FunctionBuilder<'_>) -> Value {
        b.ins().get_frame_pointer(I64)
    }

    fn python_frame(&mut self, b: &mut FunctionBuilder<'_>) -> Value {
        b.ins().get_pinned_reg(I64)
    }

    fn set_python_frame(&mut self, b: &mut FunctionBuilder<'_>, frame: Value) {
        b.ins().set_pinned_reg(frame);
    }

    fn slow_path(&mut self, b: &mut FunctionBuilder<'_>, path: SlowPath) {
        let thunk = import(b, Symbol::Slow(path as u8), Signature::new(CallConv::PreserveAll));
        b.ins().call(thunk, &[]);
    }

    fn call(&mut self, b: &mut FunctionBuilder<'_>, returns: Option<Type>) -> Option<Value> {
        let helper = import(b, Symbol::Helper, register_file(returns));
        let call = b.ins().call(helper, &self.registers);
        b.inst_results(call).first().copied()
    }
}

/// Whether variants of the op have small constants to patch.
pub fn needs_markers(variant: Variant) -> bool {
    let info = variant.op.info();
    variant.form == Form::Imm32 || matches!(info.imm, Imm::U32 | Imm::I32) || info.disp != Disp::No
}

/// Whether the small constant is sign-extended to 64 bits.
pub fn is_signed(variant: Variant) -> bool {
    let info = variant.op.info();
    !variant.small && (variant.form == Form::Imm32 && info.fold != Fold::Count || info.imm == Imm::I32)
}

/// Two sets of constants that differ in every field an instruction may hold.
pub fn markers(variant: Variant) -> [Markers; 2] {
    let info = variant.op.info();
    let imm = if info.fold == Fold::Count || matches!(variant.op, Op::IntShrConst | Op::WordShl | Op::WordShr | Op::WordSar) {
        [13, 22]
    } else if variant.small {
        // No bit patterns that aarch64's logical instructions have a short form for.
        [18, 44]
    } else if is_signed(variant) {
        // Negative, so that no instruction is chosen that zero-extends.
        [-0x2e4d_6f1b, -0x5d3a_1c47]
    } else {
        [0x2e4d_6f1b, 0x5d3a_1c47]
    };
    // Within reach of aarch64's loads of any size, beyond x86-64's short form.
    let disp = [0xad0, 0x528];
    [0, 1].map(|i| Markers { imm: imm[i], disp: disp[i] })
}
