//! The reference backend: the same optimised, lowered trace, compiled by Cranelift (`--jit=cranelift`).
//!
//! It exists to be compared with: each backend checks the other, and what copying stencils saves in compile time and
//! costs in code quality can be measured on the same traces. The ops' definitions are those the stencils are made of
//! (`weft-ops`); here all ops of a trace are built into one function, with the registers of the register file as variables
//! (`translate`), so Cranelift sees values, not registers, and chooses registers of its own.
//!
//! | | |
//! | --- | --- |
//! | a trace | a function of the `tail` calling convention; it returns the number of the exit it leaves by |
//! | the pinned register | the machine frame; the Python frame is in [`weft_layout::machine_frame::PYTHON_FRAME`] all the time |
//! | arguments | the registers in which the parent's exit, or a jump to the typed label, has values ([`Registers`]) |
//! | spill cells | variables; stores keep the machine frame right for whoever reads it, but nothing is read back |
//! | an exit | a jump through the exit's *link*: a word that is 0, or the address of its side trace's function |
//! | an exit without a side trace | its registers go to where the exit thunk of stencils would put them |
//! | what `return_address` gives | the address of the exit's link, behind which its number is |
//! | the typed label | the same function, with [`SELECTOR`] set: its *address* is that of the function plus 1 |
//!
//! The code lives in the code cache like any other, so it is bounded, freed and copied for forks in the same way.

mod translate;

use crate::abort::Abort;
use crate::helper::Helpers;
use crate::ir::Trace;
use crate::lower::allocate::Context;
use crate::lower::{Loc, Lowered};
use crate::store::ExitId;
use cranelift_codegen::Context as Compilation;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use weft_codecache::unwind::Shape;
use weft_codecache::{CodeCache, Runtime};
use weft_layout::machine_frame::{MachineFrame, PYTHON_FRAME, SLOW_OPERANDS};
use weft_stencils::Arch;

/// Offset in the machine frame of the word that says where a function begins: 0 at the trace's beginning, 1 at its
/// typed label. It is the second operand of slow paths, which none of them has.
pub const SELECTOR: usize = SLOW_OPERANDS + 8;

/// The registers in which values are handed to a function: a bit each. Their order among the arguments follows from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Registers {
    general: u8,
    float: u8,
}

impl Registers {
    /// Those that such a list of places names.
    pub fn of<'a>(locs: impl IntoIterator<Item = &'a Loc>) -> Registers {
        let mut registers = Registers::default();
        for loc in locs {
            match *loc {
                Loc::General(n) => registers.general |= 1 << n,
                Loc::Float(n) => registers.float |= 1 << n,
                _ => {}
            }
        }
        registers
    }

    fn general(self) -> impl Iterator<Item = usize> {
        (0..8).filter(move |n| self.general & 1 << n != 0)
    }

    fn float(self) -> impl Iterator<Item = usize> {
        (0..8).filter(move |n| self.float & 1 << n != 0)
    }

    /// The type of a function that gets its values so.
    fn signature(self) -> Signature {
        let mut signature = Signature::new(CallConv::Tail);
        signature.params.extend(self.general().map(|_| AbiParam::new(I64)));
        signature.params.extend(self.float().map(|_| AbiParam::new(F64)));
        signature.returns.push(AbiParam::new(I32));
        signature
    }
}

/// Where each exit of a trace leads: 0, or the address of its side trace's function; and its number. Code reads it, so it does
/// not move.
#[derive(Debug)]
pub struct Links(Box<[[AtomicU64; 2]]>);

impl Links {
    fn new(numbers: &[ExitId]) -> Links {
        Links(numbers.iter().map(|n| [AtomicU64::new(0), AtomicU64::new(n.number() as u64)]).collect())
    }

    /// Lets an exit lead to a side trace, or (0) leave.
    pub fn set(&self, exit: usize, entry: u64) {
        self.0[exit][0].store(entry, Ordering::Release);
    }

    /// Where the word of an exit is.
    fn address(&self, exit: usize) -> u64 {
        self.0[exit][0].as_ptr() as u64
    }
}

/// A trace's code.
#[derive(Debug)]
pub struct Compiled {
    /// Where it is in the cache.
    pub code: weft_codecache::Trace,
    /// Where its exits lead.
    pub links: Links,
    /// Which op each piece of it is for: where it begins, from the function's beginning, and the op, if it is for one.
    pub pieces: Vec<(u32, Option<u32>)>,
}

/// The address by which others jump to the typed label of a function.
pub fn label_address(entry: u64) -> u64 {
    entry + 1
}

/// The compiler.
pub struct Reference {
    isa: OwnedTargetIsa,
    functions: FunctionBuilderContext,
    compilation: Compilation,
    control: ControlPlane,
    runtime: Runtime,
    enter: Range<u64>,
}

impl Reference {
    /// A compiler for this CPU, for its baseline features only, as the stencils are. Its entry function goes to the cache.
    ///
    /// # Errors
    /// If the cache has no room.
    pub fn new(cache: &mut CodeCache, runtime: Runtime) -> Result<Self, weft_codecache::Error> {
        let arch = Arch::HOST.ok_or(weft_codecache::Error::Unavailable("there is no such CPU"))?;
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", "speed"),
            ("is_pic", "false"),
            ("enable_pinned_reg", "true"),
            ("preserve_frame_pointers", "true"),
            ("unwind_info", "false"),
            ("enable_probestack", "false"),
            ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
        ] {
            flags.set(name, value).expect("Cranelift knows the setting");
        }
        let triple = match arch {
            Arch::X86_64 => "x86_64-unknown-linux-gnu",
            Arch::Aarch64 => "aarch64-unknown-linux-gnu",
        };
        let isa = cranelift_codegen::isa::lookup_by_name(triple).expect("Cranelift has the CPU");
        let isa = isa.finish(settings::Flags::new(flags)).expect("the settings fit");
        let mut reference = Reference {
            isa,
            functions: FunctionBuilderContext::new(),
            compilation: Compilation::new(),
            control: ControlPlane::default(),
            runtime,
            enter: 0..0,
        };
        reference.build_enter();
        let code = reference.finish(cache).map_err(|_| weft_codecache::Error::Full)?;
        reference.enter = code.0.entry..code.0.entry + cache.code(&code.0).len() as u64;
        cache.tell_unwinder(Shape::FramePointers);
        Ok(reference)
    }

    /// `fn(frame, code, python_frame) -> exit`, of C's calling convention, which Rust calls.
    fn build_enter(&mut self) {
        self.compilation.clear();
        let mut signature = Signature::new(self.isa.default_call_conv());
        signature.params.extend([AbiParam::new(I64); 3]);
        signature.returns.push(AbiParam::new(I32));
        self.compilation.func.signature = signature;
        let mut b = FunctionBuilder::new(&mut self.compilation.func, &mut self.functions);
        let block = b.create_block();
        b.append_block_params_for_function_params(block);
        b.switch_to_block(block);
        let [frame, code, python_frame] = b.block_params(block)[..] else { unreachable!("three parameters") };
        let flags = MemFlagsData::trusted();
        let pinned = b.ins().get_pinned_reg(I64);
        b.ins().set_pinned_reg(frame);
        b.ins().store(flags, python_frame, frame, PYTHON_FRAME as i32);
        let zero = b.ins().iconst(I64, 0);
        b.ins().store(flags, zero, frame, SELECTOR as i32);
        // What it takes in registers it does not look at when it begins at its beginning.
        let signature = b.import_signature(Registers::default().signature());
        let call = b.ins().call_indirect(signature, code, &[]);
        let exit = b.inst_results(call)[0];
        b.ins().set_pinned_reg(pinned);
        b.ins().return_(&[exit]);
        b.seal_all_blocks();
        b.finalize(self.isa.frontend_config());
    }

    /// Where the function is that traces are entered by.
    pub fn enter_code(&self) -> Range<u64> {
        self.enter.clone()
    }

    /// Runs a trace until it leaves; the number of the exit. What the exit shows in registers is in the machine frame then.
    ///
    /// # Safety
    /// The code is that of a live trace of this backend, and what it assumes of the frames and of memory holds.
    pub unsafe fn enter(&self, code: u64, frame: *mut MachineFrame, python_frame: u64) -> u32 {
        // SAFETY: that is what `build_enter` builds.
        unsafe {
            let enter: unsafe extern "C" fn(*mut MachineFrame, u64, u64) -> u32 = std::mem::transmute(self.enter.start);
            enter(frame, code, python_frame)
        }
    }

    /// As [`Self::enter`], by an exit that a `return_address` was for.
    ///
    /// # Safety
    /// As for [`Self::enter`]; the exit's trace was not freed.
    pub unsafe fn go_on(&self, exit: u64, frame: *mut MachineFrame, python_frame: u64) -> u32 {
        // SAFETY: the word is the address of two of the links of the exit's trace; the rest is the caller's.
        unsafe {
            let [link, number] = &*(exit as *const [AtomicU64; 2]);
            match link.load(Ordering::Acquire) {
                0 => number.load(Ordering::Relaxed) as u32,
                code => self.enter(code, frame, python_frame),
            }
        }
    }

    /// Compiles a lowered trace and puts it into the cache. `numbers` are what its exits return.
    ///
    /// # Errors
    /// [`Abort::CodeCacheFull`], or what Cranelift says.
    pub fn compile(
        &mut self,
        cache: &mut CodeCache,
        trace: &Trace,
        lowered: &Lowered,
        context: &Context,
        helpers: &Helpers,
        numbers: &[ExitId],
    ) -> Result<Compiled, Abort> {
        let links = Links::new(numbers);
        self.compilation.clear();
        let b = FunctionBuilder::new(&mut self.compilation.func, &mut self.functions);
        let input = translate::Input { trace, lowered, context, helpers, numbers, links: &links, runtime: &self.runtime };
        translate::translate(b, input, &*self.isa)?;
        let (code, pieces) = self.finish(cache)?;
        Ok(Compiled { code, links, pieces })
    }

    /// Compiles the function that was built.
    #[allow(clippy::type_complexity)]
    fn finish(&mut self, cache: &mut CodeCache) -> Result<(weft_codecache::Trace, Vec<(u32, Option<u32>)>), Abort> {
        let compiled = self.compilation.compile(&*self.isa, &mut self.control);
        let compiled = compiled.map_err(|e| Abort::Invalid(format!("Cranelift: {:?}", e.inner)))?;
        if let Some(r) = compiled.buffer.relocs().first() {
            return Err(Abort::Invalid(format!("Cranelift wants to refer to {:?}", r.target)));
        }
        let pieces = compiled.buffer.get_srclocs_sorted().iter();
        let pieces = pieces.map(|p| (p.start, (!p.loc.is_default()).then(|| p.loc.bits()))).collect();
        let code = cache.place(compiled.code_buffer()).map_err(|e| match e {
            weft_codecache::Error::Full => Abort::CodeCacheFull,
            other => Abort::Invalid(other.to_string()),
        })?;
        Ok((code, pieces))
    }
}
