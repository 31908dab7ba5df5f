//! The verifier: whether a code object that did not come from our compiler is safe to interpret.
//!
//! The interpreter checks nothing that this guarantees of a verified code object:
//! - instructions: only CPython's base opcodes, whole, with zeroed caches, and operands that index what they index; control never leaves the
//!   code nor enters the middle of an instruction, and reaches the instruction behind FOR_ITER's target, which is an END_FOR;
//! - the value stack: never deeper than `co_stacksize` nor below what an instruction takes, of one depth where paths join; NULL only where
//!   an instruction expects it ([`kinds`]);
//! - values whose type an instruction relies on: the list, set (but for SET_ADD) or dict that is being built, the pieces of BUILD_STRING, the code of
//!   MAKE_FUNCTION and a closure of as many cells as it has free variables, the keyword names of CALL_KW, the tuple of MATCH_KEYS and
//!   MATCH_CLASS, the instruction offset and the saved exception of a handler;
//! - locals: bound where LOAD_FAST and its kin read them, cells where a cell is dereferenced;
//! - generators: RETURN_GENERATOR once, before anything but the making of cells, and RESUME behind every YIELD_VALUE;
//! - tables: the exception table's ranges are ordered and made of whole instructions, its depths fit; the location table is well formed and no
//!   longer than the code (what it does not cover has no line).
//!
//! Left to run time: whether a value is an iterator, an awaitable, an exception, the set of SET_ADD, a function's new defaults or annotations of a good
//! type, the tuple of type parameters, of the right length. The code objects among the constants are verified too. Unreachable instructions are decoded, but have no stack to check.

mod flow;
mod kinds;
mod operands;

use crate::code::{Code, Constant, co_flags, local_kind};
use crate::decode::{Decoded, decode};
use crate::opcode::op;
use crate::tables;

/// Deepest value stack accepted.
const MAX_STACK: u32 = 1 << 20;
/// Most code units accepted.
const MAX_UNITS: usize = 1 << 28;

/// Why a code object is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// `co_qualname` of the code object at fault.
    pub qualname: String,
    /// The code unit at fault.
    pub offset: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "malformed code object {}", self.qualname)?;
        if let Some(offset) = self.offset {
            write!(f, " at {}", offset * 2)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for VerifyError {}

/// What is wrong, and at which code unit.
type Fault = (Option<usize>, String);

fn fault<T>(offset: usize, message: impl Into<String>) -> Result<T, Fault> {
    Err((Some(offset), message.into()))
}

fn general<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err((None, message.into()))
}

/// Checks a code object and those among its constants.
pub fn verify(code: &Code) -> Result<(), VerifyError> {
    // Explicit, since nesting is as deep as the marshal reader lets it be.
    let mut todo = vec![code];
    while let Some(code) = todo.pop() {
        verify_one(code, &mut |_, _| {})?;
        collect_codes(&code.consts, &mut todo);
    }
    Ok(())
}

/// Checks a code object, but not those among its constants, whose free variables alone matter to it.
pub fn verify_alone(code: &Code) -> Result<(), VerifyError> {
    verify_one(code, &mut |_, _| {})
}

fn collect_codes<'a>(constants: &'a [Constant], out: &mut Vec<&'a Code>) {
    for constant in constants {
        match constant {
            Constant::Code(code) => out.push(code),
            Constant::Tuple(items) | Constant::FrozenSet(items) => collect_codes(items, out),
            Constant::Slice(bounds) => collect_codes(&bounds[..], out),
            _ => {}
        }
    }
}

/// What an instruction finds in a slot of the value stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A value.
    Value,
    /// NULL.
    Null,
    /// A value or NULL.
    MaybeNull,
    /// The iterator of a loop.
    Iterator,
    /// An exception, or the one handled before, as handlers have them.
    Exception,
    /// Where the exception was raised, as handlers that raise again have it.
    Lasti,
}

/// The value stack that each code unit finds, from the bottom; none for units that no control reaches. The units of an
/// instruction with prefixes have the same; caches have none. Constants that are code objects are not looked into.
pub fn stacks(code: &Code) -> Result<Vec<Option<Box<[Slot]>>>, VerifyError> {
    let mut stacks = vec![None; code.code.len() / 2];
    verify_one(code, &mut |instr, stack| {
        let slots: Box<[Slot]> = stack.iter().map(|kind| kind.slot()).collect();
        stacks[instr.start..=instr.at].fill(Some(slots));
    })?;
    Ok(stacks)
}

fn verify_one(code: &Code, seen: &mut dyn FnMut(&Decoded, &[kinds::Kind])) -> Result<(), VerifyError> {
    let mut check = || {
        check_header(code)?;
        let program = Program::new(code)?;
        program.check_generator_prefix()?;
        flow::run(&program, seen)
    };
    check().map_err(|(offset, message)| VerifyError { qualname: code.qualname.to_string_lossy().into_owned(), offset, message })
}

fn is_generator(code: &Code) -> bool {
    code.flags & (co_flags::GENERATOR | co_flags::COROUTINE | co_flags::ASYNC_GENERATOR) != 0
}

fn check_header(code: &Code) -> Result<(), Fault> {
    if code.localsplusnames.len() != code.localspluskinds.len() {
        return general("the kinds of the locals do not match their names");
    }
    // Locals, then cells, then free variables.
    let rank = |kind: u8| {
        if kind & local_kind::FREE != 0 {
            (kind & (local_kind::CELL | local_kind::LOCAL) == 0).then_some(2)
        } else if kind & local_kind::LOCAL != 0 {
            Some(0)
        } else {
            (kind & local_kind::CELL != 0).then_some(1)
        }
    };
    let mut last = 0;
    for &kind in &code.localspluskinds {
        match rank(kind) {
            Some(rank) if rank >= last => last = rank,
            _ => return general("the kinds of the locals are inconsistent"),
        }
    }
    let locals = code.localspluskinds.iter().filter(|&&kind| kind & local_kind::LOCAL != 0).count();
    if code.posonlyargcount > code.argcount || parameters(code) > locals {
        return general("the parameters do not match the locals");
    }
    if code.stacksize > MAX_STACK {
        return general("the stack is too large");
    }
    let generators = [co_flags::GENERATOR, co_flags::COROUTINE, co_flags::ASYNC_GENERATOR];
    if generators.iter().filter(|&&f| code.flags & f != 0).count() > 1 {
        return general("generator flags exclude each other");
    }
    match tables::location_entries(&code.linetable, code.firstlineno) {
        Some(entries) if entries.iter().map(|e| e.length).sum::<usize>() <= code.code.len() / 2 => Ok(()),
        _ => general("the location table is malformed"),
    }
}

/// Parameters, `*args` and `**kwargs` included.
fn parameters(code: &Code) -> usize {
    let has = |flag| usize::from(code.flags & flag != 0);
    code.argcount as usize + code.kwonlyargcount as usize + has(co_flags::VARARGS) + has(co_flags::VARKEYWORDS)
}

/// How many free variables a code object has.
fn free_variables(code: &Code) -> usize {
    code.localspluskinds.iter().filter(|&&kind| kind & local_kind::FREE != 0).count()
}

/// A handler, as the instructions it covers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Handler {
    /// Index of its first instruction.
    target: usize,
    depth: usize,
    lasti: bool,
}

/// A code object's instructions, checked one by one, with jumps and handlers resolved to indices.
struct Program<'a> {
    code: &'a Code,
    instrs: Vec<Decoded>,
    /// By instruction: where a jump goes.
    targets: Vec<Option<usize>>,
    /// By instruction.
    handlers: Vec<Option<Handler>>,
    /// By instruction: whether a jump or handler leads here.
    joins: Vec<bool>,
}

impl<'a> Program<'a> {
    fn new(code: &'a Code) -> Result<Program<'a>, Fault> {
        let units = code.code.len() / 2;
        if units == 0 || !code.code.len().is_multiple_of(2) || units > MAX_UNITS {
            return general("the code has no sensible length");
        }
        let instrs: Vec<Decoded> = decode(&code.code).collect();
        if instrs.last().is_none_or(|last| last.end != units) {
            return general("the code ends inside an instruction");
        }
        // u32::MAX where no instruction starts.
        let mut index = vec![u32::MAX; units + 1];
        for (i, instr) in instrs.iter().enumerate() {
            index[instr.start] = i as u32;
            operands::check(code, instr)?;
        }
        let index_of = |unit: usize| match index.get(unit) {
            Some(&i) if i != u32::MAX => Some(i as usize),
            _ => None,
        };
        let mut program = Program {
            code,
            targets: vec![None; instrs.len()],
            handlers: vec![None; instrs.len()],
            joins: vec![false; instrs.len()],
            instrs,
        };
        program.resolve_jumps(index_of)?;
        program.resolve_handlers(index_of, units)?;
        Ok(program)
    }

    fn resolve_jumps(&mut self, index_of: impl Fn(usize) -> Option<usize>) -> Result<(), Fault> {
        for (i, instr) in self.instrs.iter().enumerate() {
            let Some(target) = instr.target() else {
                continue;
            };
            let Some(target) = usize::try_from(target).ok().and_then(&index_of) else {
                return fault(instr.at, "a jump does not lead to an instruction");
            };
            let goes_to = &self.instrs[target];
            match instr.opcode {
                op::FOR_ITER if goes_to.opcode != op::END_FOR || goes_to.start != goes_to.at => {
                    return fault(instr.at, "FOR_ITER does not lead to END_FOR");
                }
                // Its operand is for monitoring only.
                op::END_ASYNC_FOR => continue,
                _ => {}
            }
            self.targets[i] = Some(target);
            self.joins[target] = true;
        }
        Ok(())
    }

    fn resolve_handlers(&mut self, index_of: impl Fn(usize) -> Option<usize>, units: usize) -> Result<(), Fault> {
        let Some(entries) = tables::exception_entries(&self.code.exceptiontable) else {
            return general("the exception table is malformed");
        };
        let mut covered = 0;
        for entry in entries {
            let end = if entry.end == units { Some(self.instrs.len()) } else { index_of(entry.end) };
            let (Some(start), Some(end), Some(target)) = (index_of(entry.start), end, index_of(entry.target)) else {
                return general("the exception table does not name instructions");
            };
            if start < covered || start >= end {
                return general("the exception table is out of order");
            }
            covered = end;
            let pushed = 1 + usize::from(entry.lasti);
            if entry.depth + pushed > self.code.stacksize as usize {
                return general("an exception handler overflows the stack");
            }
            self.joins[target] = true;
            self.handlers[start..end].fill(Some(Handler { target, depth: entry.depth, lasti: entry.lasti }));
        }
        Ok(())
    }

    /// A generator's frame leaves the caller's stack before anything else happens.
    fn check_generator_prefix(&self) -> Result<(), Fault> {
        let prefix = self.instrs.iter().take_while(|i| matches!(i.opcode, op::COPY_FREE_VARS | op::MAKE_CELL | op::NOP)).count();
        let start = is_generator(self.code).then_some(prefix);
        for (i, instr) in self.instrs.iter().enumerate() {
            let is_start = start == Some(i);
            if is_start != (instr.opcode == op::RETURN_GENERATOR) {
                return fault(instr.at, "RETURN_GENERATOR is missing or misplaced");
            }
            if start.is_some_and(|start| i <= start) && self.joins[i] {
                return fault(instr.at, "a generator must not start twice");
            }
        }
        if start.is_some_and(|start| start >= self.instrs.len()) {
            return general("RETURN_GENERATOR is missing or misplaced");
        }
        Ok(())
    }
}
