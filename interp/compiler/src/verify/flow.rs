//! Follows control through the code with what is known of the frame, until nothing new is learnt.
//!
//! States are kept at join points only (jump targets and handlers); between them they are recomputed.

use super::kinds::{Bits, Kind, State};
use super::{Fault, Handler, Program, fault, free_variables, general, parameters};
use crate::code::local_kind;
use crate::decode::Decoded;
use crate::opcode::op;
use crate::stack_effect::{effect_of, is_scope_exit, is_unconditional_jump};

/// Bound on the memory for states, in bytes.
const MAX_MEMORY: usize = 1 << 28;

/// Checks every reachable instruction. `seen` is told of each with the value stack before it, once or more often; what it is
/// told last holds however the instruction is reached.
pub fn run(program: &Program, seen: &mut dyn FnMut(&Decoded, &[Kind])) -> Result<(), Fault> {
    let code = program.code;
    let locals = code.localsplusnames.len();
    let joins = program.joins.iter().filter(|&&join| join).count();
    let state_size = code.stacksize as usize * size_of::<Kind>() + locals / 4;
    if joins.saturating_mul(state_size) > MAX_MEMORY {
        return general("the code object is too large to be verified");
    }
    let mut state = State { stack: Vec::new(), bound: Bits::new(locals), cells: Bits::new(locals) };
    for i in 0..parameters(code) {
        state.bound.set(i, true);
    }
    let mut flow = Flow { program, known: vec![None; program.instrs.len()], todo: Vec::new(), seen };
    flow.follow(0, state)?;
    while let Some(i) = flow.todo.pop() {
        if let Some(state) = flow.known[i].clone() {
            flow.follow(i, state)?;
        }
    }
    Ok(())
}

struct Flow<'a> {
    program: &'a Program<'a>,
    /// By instruction, at join points: what is known so far.
    known: Vec<Option<State>>,
    todo: Vec<usize>,
    seen: &'a mut dyn FnMut(&Decoded, &[Kind]),
}

impl Flow<'_> {
    /// Control reaches a join point.
    fn reach(&mut self, from: usize, to: usize, state: &State) -> Result<(), Fault> {
        match &mut self.known[to] {
            Some(known) => match known.join(state) {
                Ok(false) => {}
                Ok(true) => self.todo.push(to),
                Err(message) => return fault(from, message),
            },
            empty => {
                *empty = Some(state.clone());
                self.todo.push(to);
            }
        }
        Ok(())
    }

    /// An exception leaves an instruction.
    fn raise(&mut self, from: usize, handler: &Handler, state: &State) -> Result<(), Fault> {
        if state.stack.len() < handler.depth {
            return fault(from, "the stack is less deep than the handler expects");
        }
        let mut state = state.clone();
        state.stack.truncate(handler.depth);
        if handler.lasti {
            state.stack.push(Kind::Lasti);
        }
        state.stack.push(Kind::Exception);
        self.reach(from, handler.target, &state)
    }

    /// Follows control from one instruction to the next join points.
    fn follow(&mut self, mut i: usize, state: State) -> Result<(), Fault> {
        let program = self.program;
        let mut frame = Frame { program, state, at: 0, lowest: 0, locals_changed: false };
        let mut told: Option<Handler> = None;
        loop {
            let instr = program.instrs[i];
            frame.at = instr.at;
            (self.seen)(&instr, &frame.state.stack);
            if let Some(handler) = program.handlers[i] {
                // The handler need not be told again while nothing it sees has changed.
                if told != Some(handler) || frame.locals_changed || frame.lowest < handler.depth {
                    self.raise(instr.at, &handler, &frame.state)?;
                    told = Some(handler);
                    frame.locals_changed = false;
                    frame.lowest = frame.state.stack.len();
                }
            }
            frame.step(&instr, program.instrs.get(i + 1))?;
            if let Some(target) = program.targets[i] {
                self.reach(instr.at, target, &frame.state)?;
            }
            let opcode = instr.opcode.into();
            if is_unconditional_jump(opcode) || is_scope_exit(opcode) {
                return Ok(());
            }
            i += 1;
            if i == program.instrs.len() {
                return fault(instr.at, "control runs off the end");
            }
            if program.joins[i] {
                return self.reach(instr.at, i, &frame.state);
            }
        }
    }
}

/// The frame that instructions are performed on.
struct Frame<'a> {
    program: &'a Program<'a>,
    state: State,
    /// The current code unit, for messages.
    at: usize,
    /// The least stack depth since the handler was told.
    lowest: usize,
    locals_changed: bool,
}

impl Frame<'_> {
    fn pop(&mut self) -> Result<Kind, Fault> {
        match self.state.stack.pop() {
            Some(kind) => {
                self.lowest = self.lowest.min(self.state.stack.len());
                Ok(kind)
            }
            None => fault(self.at, "the stack is empty"),
        }
    }

    fn object(&mut self) -> Result<Kind, Fault> {
        self.pop_as("an object", Kind::is_object)
    }

    fn objects(&mut self, count: u32) -> Result<(), Fault> {
        for _ in 0..count {
            self.object()?;
        }
        Ok(())
    }

    fn pop_as(&mut self, what: &str, accepts: impl Fn(Kind) -> bool) -> Result<Kind, Fault> {
        let kind = self.pop()?;
        if accepts(kind) { Ok(kind) } else { fault(self.at, format!("{what} is expected, not {kind:?}")) }
    }

    /// The slot between a callable and its arguments.
    fn self_or_null(&mut self) -> Result<(), Fault> {
        self.pop_as("an object or NULL", |k| k.is_object() || matches!(k, Kind::Null | Kind::MaybeNull)).map(drop)
    }

    fn pop_kind(&mut self, kind: Kind) -> Result<(), Fault> {
        self.pop_as(&format!("{kind:?}"), |k| k == kind).map(drop)
    }

    fn push(&mut self, kind: Kind) -> Result<(), Fault> {
        if self.state.stack.len() >= self.program.code.stacksize as usize {
            return fault(self.at, "the stack overflows co_stacksize");
        }
        self.state.stack.push(kind);
        Ok(())
    }

    /// The kind of the `depth`th slot, 1 being the top.
    fn peek(&self, depth: u32) -> Result<Kind, Fault> {
        let at = self.state.stack.len().checked_sub(depth as usize);
        match at.and_then(|at| self.state.stack.get(at)) {
            Some(&kind) => Ok(kind),
            None => fault(self.at, "the stack is not deep enough"),
        }
    }

    fn expect(&self, depth: u32, kind: Kind) -> Result<(), Fault> {
        let found = self.peek(depth)?;
        if found == kind { Ok(()) } else { fault(self.at, format!("{kind:?} is expected, not {found:?}")) }
    }

    fn load(&mut self, local: u32, checked: bool) -> Result<(), Fault> {
        let local = local as usize;
        if !checked && !self.state.bound.get(local) {
            return fault(self.at, "a local may be unbound");
        }
        let is_cell = self.state.cells.get(local);
        self.push(if is_cell { Kind::Cell } else { Kind::Object })
    }

    fn set_local(&mut self, local: u32, bound: bool, cell: bool) {
        self.state.bound.set(local as usize, bound);
        self.state.cells.set(local as usize, cell);
        self.locals_changed = true;
    }

    /// STORE_FAST takes NULL too: an inlined comprehension restores a local that was unbound.
    fn store(&mut self, local: u32) -> Result<(), Fault> {
        let kind = self.pop_as("a value", |k| k.is_object() || !matches!(k, Kind::Function(_)))?;
        self.set_local(local, kind.is_object(), kind == Kind::Cell);
        Ok(())
    }

    fn expect_cell(&self, local: u32) -> Result<(), Fault> {
        if self.state.cells.get(local as usize) { Ok(()) } else { fault(self.at, "a cell may not have been made") }
    }

    fn step(&mut self, instr: &Decoded, next: Option<&Decoded>) -> Result<(), Fault> {
        let arg = instr.arg;
        match instr.opcode {
            op::POP_TOP => self.pop().map(drop),
            op::PUSH_NULL => self.push(Kind::Null),
            op::LOAD_CONST => self.push(Kind::of(&self.program.code.consts[arg as usize])),
            op::COPY => {
                let kind = self.peek(arg)?;
                self.push(kind)
            }
            op::SWAP => {
                self.peek(arg)?;
                let top = self.state.stack.len() - 1;
                let other = self.state.stack.len() - arg as usize;
                self.state.stack.swap(top, other);
                self.lowest = self.lowest.min(other);
                Ok(())
            }

            op::LOAD_FAST | op::LOAD_FAST_BORROW => self.load(arg, false),
            op::LOAD_FAST_CHECK => {
                self.load(arg, true)?;
                self.state.bound.set(arg as usize, true);
                Ok(())
            }
            op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load(arg >> 4, false)?;
                self.load(arg & 15, false)
            }
            op::LOAD_FAST_AND_CLEAR => {
                let local = arg as usize;
                let kind = match (self.state.bound.get(local), self.state.cells.get(local)) {
                    (true, true) => Kind::Cell,
                    (true, false) => Kind::Object,
                    (false, _) => Kind::MaybeNull,
                };
                self.push(kind)?;
                self.set_local(arg, false, false);
                Ok(())
            }
            op::STORE_FAST => self.store(arg),
            op::STORE_FAST_LOAD_FAST => {
                self.store(arg >> 4)?;
                self.load(arg & 15, false)
            }
            op::STORE_FAST_STORE_FAST => {
                self.store(arg >> 4)?;
                self.store(arg & 15)
            }
            op::DELETE_FAST => {
                self.set_local(arg, false, false);
                Ok(())
            }
            op::MAKE_CELL => {
                self.set_local(arg, true, true);
                Ok(())
            }
            op::COPY_FREE_VARS => {
                let kinds = &self.program.code.localspluskinds;
                let first = kinds.len() - free_variables(self.program.code);
                debug_assert!(kinds[first..].iter().all(|k| k & local_kind::FREE != 0));
                for local in first..kinds.len() {
                    self.set_local(local as u32, true, true);
                }
                Ok(())
            }
            op::LOAD_DEREF | op::LOAD_FROM_DICT_OR_DEREF | op::STORE_DEREF | op::DELETE_DEREF => {
                self.expect_cell(arg)?;
                self.default(instr)
            }

            op::LOAD_GLOBAL => {
                self.push(Kind::Object)?;
                if arg & 1 != 0 {
                    self.push(Kind::Null)?;
                }
                Ok(())
            }
            op::LOAD_ATTR | op::LOAD_SUPER_ATTR => {
                self.objects(if instr.opcode == op::LOAD_ATTR { 1 } else { 3 })?;
                self.push(Kind::Object)?;
                if arg & 1 != 0 {
                    self.push(Kind::MaybeNull)?;
                }
                Ok(())
            }
            op::LOAD_SPECIAL => {
                self.object()?;
                self.push(Kind::Object)?;
                self.push(Kind::MaybeNull)
            }
            op::CALL => {
                self.objects(arg)?;
                self.self_or_null()?;
                self.object()?;
                self.push(Kind::Object)
            }
            op::CALL_KW => {
                self.pop_as("the names of its keyword arguments", |k| matches!(k, Kind::Names(count) if count <= arg))?;
                self.objects(arg)?;
                self.self_or_null()?;
                self.object()?;
                self.push(Kind::Object)
            }
            op::CALL_FUNCTION_EX => {
                self.pop_as("a dict or NULL", |k| matches!(k, Kind::Dict | Kind::Null))?;
                self.object()?;
                self.self_or_null()?;
                self.object()?;
                self.push(Kind::Object)
            }

            op::BUILD_LIST => self.build(arg, Kind::List),
            op::BUILD_SET => self.build(arg, Kind::Set),
            op::BUILD_MAP => self.build(arg.saturating_mul(2), Kind::Dict),
            op::BUILD_TUPLE => {
                let mut cells = 0;
                for _ in 0..arg {
                    cells += u32::from(self.object()? == Kind::Cell);
                }
                let closure = arg > 0 && cells == arg;
                self.push(if closure { Kind::Closure(arg) } else { Kind::Tuple })
            }
            op::BUILD_STRING => {
                for _ in 0..arg {
                    self.pop_kind(Kind::Str)?;
                }
                self.push(Kind::Str)
            }
            op::GET_ITER => self.build(1, Kind::Iterator),
            op::FORMAT_SIMPLE => self.build(1, Kind::Str),
            op::FORMAT_WITH_SPEC => self.build(2, Kind::Str),
            op::BUILD_TEMPLATE => {
                self.pop_as("a tuple", Kind::is_tuple)?;
                self.pop_as("a tuple", Kind::is_tuple)?;
                self.push(Kind::Object)
            }
            op::LIST_APPEND | op::LIST_EXTEND => self.add_to(1, arg, Kind::List),
            op::SET_UPDATE => self.add_to(1, arg, Kind::Set),
            // The set may be a variable, `__conditional_annotations__`.
            op::SET_ADD => {
                self.object()?;
                self.look_object(arg)
            }
            op::MAP_ADD => self.add_to(2, arg, Kind::Dict),
            op::DICT_UPDATE => self.add_to(1, arg, Kind::Dict),
            op::DICT_MERGE => {
                self.add_to(1, arg, Kind::Dict)?;
                if self.peek(arg.saturating_add(3))?.is_object() { Ok(()) } else { fault(self.at, "DICT_MERGE lacks the callable") }
            }

            op::MAKE_FUNCTION => {
                let code = self.pop_as("a code object", |k| matches!(k, Kind::Code(_)))?;
                match code {
                    Kind::Code(free) => self.push(Kind::Function(free)),
                    _ => Ok(()),
                }
            }
            op::SET_FUNCTION_ATTRIBUTE => self.set_function_attribute(arg),
            op::CALL_INTRINSIC_1 => self.intrinsic_1(arg),
            op::CALL_INTRINSIC_2 => self.intrinsic_2(arg),

            op::PUSH_EXC_INFO => {
                self.pop_kind(Kind::Exception)?;
                self.push(Kind::PreviousException)?;
                self.push(Kind::Exception)
            }
            op::POP_EXCEPT => self.pop_as("a saved exception", Kind::is_pushed_exception).map(drop),
            op::RERAISE => {
                self.object()?;
                if arg == 0 { Ok(()) } else { self.expect(arg, Kind::Lasti) }
            }
            op::END_ASYNC_FOR => {
                self.pop_kind(Kind::Exception)?;
                self.object().map(drop)
            }
            op::CLEANUP_THROW => {
                self.pop_kind(Kind::Exception)?;
                self.objects(2)?;
                self.push(Kind::Object)?;
                self.push(Kind::Object)
            }
            op::WITH_EXCEPT_START => {
                self.expect(1, Kind::Exception)?;
                for depth in [2, 3, 4, 5] {
                    let kind = self.peek(depth)?;
                    let may_be_null = depth == 4 && matches!(kind, Kind::Null | Kind::MaybeNull);
                    if !kind.is_object() && !may_be_null {
                        return fault(self.at, "WITH_EXCEPT_START lacks an object");
                    }
                }
                self.push(Kind::Object)
            }
            op::MATCH_KEYS => {
                self.look_tuple(1)?;
                self.look_object(2)?;
                self.push(Kind::Object)
            }
            op::MATCH_CLASS => {
                self.pop_as("a tuple of names", |k| matches!(k, Kind::Names(_)))?;
                self.objects(2)?;
                self.push(Kind::Object)
            }
            // These leave what they look at, and push something.
            op::CHECK_EXC_MATCH => {
                self.object()?;
                self.look_object(1)?;
                self.push(Kind::Object)
            }
            op::FOR_ITER | op::GET_ANEXT | op::GET_LEN | op::IMPORT_FROM | op::MATCH_MAPPING | op::MATCH_SEQUENCE => {
                self.look_object(1)?;
                self.push(Kind::Object)
            }
            op::SEND => {
                self.object()?;
                self.look_object(1)?;
                self.push(Kind::Object)
            }
            op::END_SEND => {
                let value = self.object()?;
                self.object()?;
                self.push(value)
            }
            op::RETURN_GENERATOR => {
                if !self.state.stack.is_empty() {
                    return fault(self.at, "RETURN_GENERATOR on a stack that is not empty");
                }
                self.push(Kind::Object)
            }
            op::YIELD_VALUE => {
                if next.is_none_or(|next| next.opcode != op::RESUME) {
                    return fault(self.at, "YIELD_VALUE without RESUME");
                }
                self.default(instr)
            }
            // After `yield from` and `await` the delegate is below what was sent.
            op::RESUME if arg & 3 >= 2 => self.look_object(2),
            _ => self.default(instr),
        }
    }

    /// An instruction that takes objects and pushes objects.
    fn default(&mut self, instr: &Decoded) -> Result<(), Fault> {
        let Some(effect) = effect_of(instr.opcode.into(), instr.arg) else {
            return fault(self.at, "the stack effect is unknown");
        };
        self.objects(effect.popped)?;
        for _ in 0..effect.pushed {
            self.push(Kind::Object)?;
        }
        // RETURN_VALUE's result is the caller's.
        if instr.opcode == op::RETURN_VALUE {
            self.state.stack.pop();
        }
        Ok(())
    }

    fn build(&mut self, count: u32, kind: Kind) -> Result<(), Fault> {
        self.objects(count)?;
        self.push(kind)
    }

    /// Takes `count` objects and adds them to the collection that is then `depth` down.
    fn add_to(&mut self, count: u32, depth: u32, collection: Kind) -> Result<(), Fault> {
        self.objects(count)?;
        self.expect(depth, collection)
    }

    fn look_object(&self, depth: u32) -> Result<(), Fault> {
        if self.peek(depth)?.is_object() { Ok(()) } else { fault(self.at, "an object is expected") }
    }

    fn look_tuple(&self, depth: u32) -> Result<(), Fault> {
        if self.peek(depth)?.is_tuple() { Ok(()) } else { fault(self.at, "a tuple is expected") }
    }

    fn set_function_attribute(&mut self, attribute: u32) -> Result<(), Fault> {
        const CLOSURE: u32 = 8;
        let function = self.pop_as("a function", |k| matches!(k, Kind::Function(_)))?;
        let Kind::Function(missing) = function else {
            return Ok(());
        };
        self.pop_as("another attribute", |k| match attribute {
            CLOSURE => k == Kind::Closure(missing),
            _ => k.is_object(),
        })?;
        let missing = if attribute == CLOSURE { 0 } else { missing };
        self.push(Kind::Function(missing))
    }

    fn intrinsic_1(&mut self, intrinsic: u32) -> Result<(), Fault> {
        const STOPITERATION_ERROR: u32 = 3;
        const LIST_TO_TUPLE: u32 = 6;
        const TYPEVAR: u32 = 7;
        const TYPEVARTUPLE: u32 = 9;
        const TYPEALIAS: u32 = 11;
        let mut result = Kind::Object;
        match intrinsic {
            STOPITERATION_ERROR => {
                self.pop_kind(Kind::Exception)?;
                result = Kind::Exception;
            }
            LIST_TO_TUPLE => {
                self.pop_kind(Kind::List)?;
                result = Kind::Tuple;
            }
            TYPEVAR..=TYPEVARTUPLE => self.pop_kind(Kind::Str)?,
            TYPEALIAS => {
                self.pop_as("a tuple", Kind::is_tuple)?;
            }
            _ => {
                self.object()?;
            }
        }
        self.push(result)
    }

    fn intrinsic_2(&mut self, intrinsic: u32) -> Result<(), Fault> {
        const PREP_RERAISE_STAR: u32 = 1;
        const TYPEVAR_WITH_BOUND: u32 = 2;
        const TYPEVAR_WITH_CONSTRAINTS: u32 = 3;
        const SET_FUNCTION_TYPE_PARAMS: u32 = 4;
        let mut result = Kind::Object;
        match intrinsic {
            PREP_RERAISE_STAR => {
                self.pop_kind(Kind::List)?;
                self.object()?;
            }
            TYPEVAR_WITH_BOUND | TYPEVAR_WITH_CONSTRAINTS => {
                self.object()?;
                self.pop_kind(Kind::Str)?;
            }
            SET_FUNCTION_TYPE_PARAMS => {
                self.object()?;
                self.pop_kind(Kind::Function(0))?;
                result = Kind::Function(0);
            }
            _ => self.objects(2)?,
        }
        self.push(result)
    }
}
