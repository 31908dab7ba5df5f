//! Calls: of Python functions, which are inlined; of classes; of native functions that have ops; of everything else by a helper.

use super::arith::Num;
use super::bind::{Arguments, can_bind};
use super::{Cx, Expect, Flow, Inlined, LOCALS, MAX_RECURSION, MIN_ENTRY, Recorded, Recorder, Words, unsupported};
use crate::class::{Type, build, flag};
use crate::eval::{dunder, gather};
use crate::frame::Continuation;
use crate::jit::enter::{MAX_INLINED, MAX_WORDS};
use crate::jit::{helpers, objects, watch};
use crate::types::code::Code;
use crate::types::{builtin_function, descriptor, dict, function, list, method, object, tuple};
use crate::value::Value;
use crate::vm::{names, types};
use weft_compiler::code::co_flags;
use weft_compiler::opcode::op;
use weft_jit::{HelperId, Ref, Ty};
use weft_layout::op::Op;
use weft_layout::tag::{self, NULL};

/// `f(*args)` with more is a call of a helper.
const MAX_SPREAD: usize = 12;

/// A call that is about to be inlined.
struct Callee<'a> {
    function: &'a Value,
    /// The function's slot: a constant, or a value that was guarded to run the same code.
    slot: Ref,
    args: Arguments<'a>,
    /// Operands of the caller that go.
    operands: usize,
    /// What replaces them before the call: the instance of a class being called.
    made: Option<Ref>,
    cont: Continuation,
    cont_word: u64,
}

impl Recorder {
    pub(super) fn call(&mut self, cx: &Cx) -> Recorded<Flow> {
        let argc = cx.arg;
        let callable = cx.value(argc + 2);
        let f = self.top(cx, argc + 2)?;
        let has_self = cx.word(argc + 1) != NULL;
        self.guard_self(cx, argc + 1)?;
        // SAFETY: the operands are on the stack.
        if let Some(kind) = unsafe { gather::kind(cx.sp.sub(argc + 2), argc) }
            && self.gather(cx, kind)?
        {
            return Ok(Flow::Next);
        }
        let n = argc + has_self as usize;
        let mut args = Vec::with_capacity(n + 1);
        for k in (1..=n).rev() {
            args.push(self.top(cx, k)?);
        }
        let t = types();
        let class = callable.class();
        if std::ptr::eq(class, t.function) {
            if let Some(flow) = self.call_function(cx, f, callable, Arguments::positional(args.clone()), argc + 2)? {
                return Ok(flow);
            }
        } else if std::ptr::eq(class, t.method) && !has_self {
            if let Some(flow) = self.call_bound(cx, f, callable, Arguments::positional(args.clone()), argc + 2)? {
                return Ok(flow);
            }
        } else if class.is_subtype(t.type_) {
            if let Some(flow) = self.call_class(cx, f, callable, &args)? {
                return Ok(flow);
            }
            if let Some(flow) = self.instantiate(cx, f, callable, Arguments::positional(args.clone()), argc + 2)? {
                return Ok(flow);
            }
        } else if std::ptr::eq(class, t.builtin_function) {
            if self.call_builtin(cx, f, callable, &args)? || self.native_function(cx, f, callable, &args)? {
                return Ok(Flow::Next);
            }
        } else if std::ptr::eq(class, t.method_descriptor) {
            if self.call_descriptor(cx, f, callable, &args)? || self.native_method(cx, f, callable, &args)? {
                return Ok(Flow::Next);
            }
        } else if !has_self && let Some(w) = dunder::call(callable) {
            // SAFETY: the class keeps its method alive.
            let func = unsafe { Value::clone_word(w) };
            if self.can_enter(&func, n + 1, &[]) && self.rely_on_class(class) {
                let this = self.guard_shape_of(f, callable)?;
                args.insert(0, this);
                let slot = self.constant(&func);
                let args = Arguments::positional(args);
                let callee = Callee { function: &func, slot, args, operands: argc + 2, made: None, cont: Continuation::Push, cont_word: 0 };
                return self.inline(cx, callee);
            }
        }
        let mut all = vec![f, self.word(n as u64)];
        all.extend(args);
        self.residual(cx, helpers::ids().call_n, &all, argc + 2)?;
        Ok(Flow::Next)
    }

    /// A Python function, with what is inlined in place of the top `operands`. `None` if it is not to be inlined.
    fn call_function(&mut self, cx: &Cx, f: Ref, func: &Value, args: Arguments, operands: usize) -> Recorded<Option<Flow>> {
        if !self.can_enter(func, args.values.len() - args.names.len(), args.names) {
            return Ok(None);
        }
        let slot = self.guard_function(f, func)?;
        self.inline(cx, Callee { function: func, slot, args, operands, made: None, cont: Continuation::Push, cont_word: 0 }).map(Some)
    }

    /// A bound method of a Python function, likewise.
    fn call_bound(&mut self, cx: &Cx, f: Ref, callable: &Value, mut args: Arguments, operands: usize) -> Recorded<Option<Flow>> {
        let m = method::this(callable);
        let func = m.function();
        if !std::ptr::eq(func.class(), types().function) || !self.can_enter(&func, args.values.len() - args.names.len() + 1, args.names) {
            return Ok(None);
        }
        let p = self.guard_shape_of(f, callable)?;
        let inner = self.b.load(Op::LoadValue, p, method::FUNCTION_OFFSET as u16)?;
        let slot = self.guard_function(inner, &func)?;
        let this = self.b.load(Op::LoadValue, p, method::THIS_OFFSET as u16)?;
        let this = self.loaded(this, m.this.word())?;
        args.values.insert(0, this);
        let callee = Callee { function: &func, slot, args, operands, made: None, cont: Continuation::Push, cont_word: 0 };
        self.inline(cx, callee).map(Some)
    }

    /// CALL_KW: stack is callable, self or NULL, arguments, the tuple of the last ones' names.
    pub(super) fn call_kw(&mut self, cx: &Cx) -> Recorded<Flow> {
        let (h, t) = (helpers::ids(), types());
        let (f, callable) = (self.top(cx, cx.arg + 3)?, cx.value(cx.arg + 3));
        let has_self = cx.word(cx.arg + 2) != NULL;
        self.guard_self(cx, cx.arg + 2)?;
        let n = cx.arg + has_self as usize;
        let mut values = Vec::with_capacity(n + 1);
        for k in (2..2 + n).rev() {
            values.push(self.top(cx, k)?);
        }
        let kwnames = self.top(cx, 1)?;
        let operands = cx.arg + 3;
        if kwnames.is_const() {
            let args = Arguments { values: values.clone(), names: tuple::items(cx.value(1)) };
            let class = callable.class();
            let flow = if std::ptr::eq(class, t.function) {
                self.call_function(cx, f, callable, args, operands)?
            } else if std::ptr::eq(class, t.method) && !has_self {
                self.call_bound(cx, f, callable, args, operands)?
            } else if class.is_subtype(t.type_) && !has_self {
                self.instantiate(cx, f, callable, args, operands)?
            } else {
                None
            };
            if let Some(flow) = flow {
                return Ok(flow);
            }
        }
        let mut args = vec![f, self.word(n as u64), kwnames];
        args.extend(values);
        self.residual(cx, h.call_kw, &args, operands)?;
        Ok(Flow::Next)
    }

    /// CALL_FUNCTION_EX: stack is callable, NULL, arguments, keywords or NULL. A Python function gets a tuple's items as arguments.
    pub(super) fn call_ex(&mut self, cx: &Cx) -> Recorded<Flow> {
        let t = types();
        let args = [self.top(cx, 4)?, self.top(cx, 2)?, self.top(cx, 1)?];
        self.guard_self(cx, 1)?;
        let (callable, given) = (cx.value(4), cx.value(2));
        let exactly = |v: &Value, c: &'static Type| v.is_heap() && std::ptr::eq(v.class(), c);
        let no_keywords = cx.word(1) == NULL || exactly(cx.value(1), t.dict) && dict::len(cx.value(1)) == 0;
        if std::ptr::eq(callable.class(), t.function)
            && exactly(given, t.tuple)
            && no_keywords
            && tuple::items(given).len() <= MAX_SPREAD
            && self.can_enter(callable, tuple::items(given).len(), &[])
        {
            let items = tuple::items(given);
            let p = self.guard_shape_of(args[1], given)?;
            let n = self.length(p, given)?.expect("a tuple has a length");
            let wanted = self.b.const_int(items.len() as i64);
            self.b.emit(Op::GuardIntEq, &[n, wanted])?;
            if cx.word(1) != NULL {
                let n = self.length(args[2], cx.value(1))?.expect("a dict has a length");
                let zero = self.b.const_int(0);
                self.b.emit(Op::GuardIntEq, &[n, zero])?;
            }
            let mut values = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                let v = self.b.load(Op::LoadValue, p, (tuple::ITEMS_OFFSET + 8 * i) as u16)?;
                values.push(self.loaded(v, item.word())?);
            }
            if let Some(flow) = self.call_function(cx, args[0], callable, Arguments::positional(values), 4)? {
                return Ok(flow);
            }
        }
        self.residual(cx, helpers::ids().call_ex, &args, 4)?;
        Ok(Flow::Next)
    }

    /// Whether a call of the function with `npos` positional arguments and those keywords need not go through native code.
    fn can_enter(&self, f: &Value, npos: usize, names: &[Value]) -> bool {
        self.can_inline(f, npos, names) || names.is_empty() && self.can_call(f, npos)
    }

    /// Whether a call of the function with `npos` positional arguments and those keywords can be part of the trace.
    fn can_inline(&self, f: &Value, npos: usize, names: &[Value]) -> bool {
        let func = function::this(f);
        let code = func.code();
        let recursion = self.frames.iter().filter(|i| std::ptr::eq(i.words.code, code)).count();
        !code.generator
            && !code.no_inlining.get()
            && self.frames.len() < MAX_INLINED as usize
            && self.inlined_words + code.frame_words as usize <= MAX_WORDS
            && recursion < MAX_RECURSION
            && watch::is_stable(function_key(f))
            && can_bind(f, npos, names)
    }

    /// Exits unless the callable is this function, or, for functions that are made again and again, one like it.
    fn guard_function(&mut self, f: Ref, func: &Value) -> Recorded<Ref> {
        if f.is_const() {
            return Ok(f);
        }
        let code = function::this(func).code();
        // Functions of the same code may have other keyword defaults; those of positional parameters are loaded from each.
        if code.flags & co_flags::NESTED == 0 || function::this(func).kwdefaults.peek().is_some() {
            return self.guard_same(f, func);
        }
        let p = self.guard_shape_of(f, func)?;
        let object = function::this(func).code_value();
        let c = self.b.load(Op::LoadValue, p, function::CODE_OFFSET as u16)?;
        let word = self.b.const_value(object.word());
        self.b.guard_is(c, word)?;
        self.pins.push(object);
        Ok(p)
    }

    /// Enters a Python function: inlines it, or ends the trace with the call.
    fn inline(&mut self, cx: &Cx, callee: Callee) -> Recorded<Flow> {
        let func = function::this(callee.function);
        let code: *const Code = func.code();
        let by_trace = !self.can_inline(callee.function, callee.args.npos(), callee.args.names);
        if by_trace {
            self.guard_frames(func.code())?;
        }
        self.rely_on(function_key(callee.function));
        self.pins.push(if callee.slot.is_const() { callee.function.clone() } else { func.code_value() });
        // SAFETY: the code is pinned.
        let (start, locals, words) = unsafe { ((*code).units().cast_const(), (*code).nlocalsplus(), (*code).frame_words as usize) };
        let args = self.bind(callee.slot, callee.function, callee.args)?;
        let operands = self.take(cx, callee.operands)?;
        let base = cx.depth - callee.operands;
        if let Some(made) = callee.made {
            self.b.set_slot(LOCALS + base, made);
        }
        self.set_words(cx, cx.next, base + callee.made.is_some() as usize, 0);
        let frame = Words { code, ip: start, next: start, sp: locals, cont: callee.cont, cont_word: callee.cont_word, results: 0 };
        self.b.push_frame(&frame.write());
        self.b.set_slot(0, callee.slot);
        for (i, &a) in args.iter().enumerate() {
            self.b.set_slot(LOCALS + i, a);
        }
        let null = self.b.const_value(NULL);
        for i in args.len()..locals {
            self.b.set_slot(LOCALS + i, null);
        }
        self.frames.push(Inlined { frame: std::ptr::null_mut(), words: frame, memory: Vec::new() });
        self.inlined_words += words;
        self.expect = Expect::Entry;
        self.discard_all(&operands)?;
        if by_trace { self.call_trace() } else { Ok(Flow::Next) }
    }

    pub(super) fn return_value(&mut self, cx: &Cx) -> Recorded<Flow> {
        if self.frames.len() == 1 {
            if !self.is_loop {
                if !self.site.is_null() && self.steps < MIN_ENTRY && !cx.code.called_by_traces.get() && !makes_calls(cx.code) {
                    return unsupported("TOO_SHORT");
                }
                if let Some(flow) = self.return_to_trace(cx)? {
                    return Ok(flow);
                }
                self.b.exit()?;
                return Ok(Flow::End);
            }
            return unsupported("the loop ended");
        }
        let cont = self.frames.last().expect("a frame").words.cont;
        if cont.resumes_generator() {
            return self.generator_return(cx);
        }
        let v = self.top(cx, 1)?;
        let cont_word = self.frames.last().expect("a frame").words.cont_word;
        if matches!(cont, Continuation::Binary | Continuation::Compare | Continuation::ToBool) {
            return self.return_operator(cx, cont, cont_word, v);
        }
        if cont == Continuation::Init {
            if cx.word(1) != tag::NONE {
                return unsupported("an __init__ that returns something");
            }
            let none = self.b.const_value(tag::NONE);
            if v != none {
                let v = self.boxed_all(&[v])?[0];
                self.b.guard_is(v, none)?;
            }
        }
        let v = self.b.take_slot(LOCALS + cx.depth - 1)?;
        let mut left = self.b.pop_frame();
        let inlined = self.frames.pop().expect("a frame");
        // SAFETY: the pinned function keeps its code.
        self.inlined_words -= unsafe { (*inlined.words.code).frame_words as usize };
        let w = &mut self.frames.last_mut().expect("the caller").words;
        let pushes = matches!(cont, Continuation::Push | Continuation::Next);
        if pushes {
            let at = w.sp;
            w.sp += 1;
            self.b.set_slot(LOCALS + at, v);
        }
        let w = self.frames.last().expect("the caller").words;
        self.b.set_words(&w.write());
        self.expect = Expect::Return(w.next);
        if !pushes {
            left.push(v);
        }
        self.discard_all(&left)?;
        Ok(Flow::Next)
    }

    /// The return of a special method whose operands are still on the caller's stack.
    fn return_operator(&mut self, cx: &Cx, cont: Continuation, word: u64, v: Ref) -> Recorded<Flow> {
        let result = cx.word(1);
        let wants_bool = cont == Continuation::ToBool || cont == Continuation::Compare && word >> 8 & 16 != 0;
        let mut v = v;
        if result == tag::NOT_IMPLEMENTED {
            return unsupported("NotImplemented");
        }
        if wants_bool {
            if !tag::is_bool(result) {
                return unsupported("a special method that returns no bool");
            }
            v = self.boolean(v)?;
        } else if self.b.ty(v) == Ty::V && !v.is_const() {
            let not = self.b.const_value(tag::NOT_IMPLEMENTED);
            self.b.emit(Op::GuardIsNot, &[v, not])?;
        }
        let old = self.b.take_slot(LOCALS + cx.depth - 1)?;
        if wants_bool && cont == Continuation::ToBool && word & dunder::INVERT != 0 {
            v = self.b.emit(Op::BoolNot, &[v])?;
        }
        let mut left = self.b.pop_frame();
        left.insert(0, old);
        let inlined = self.frames.pop().expect("a frame");
        // SAFETY: the pinned function keeps its code.
        self.inlined_words -= unsafe { (*inlined.words.code).frame_words as usize };
        let n = (word & 0xff) as usize;
        let w = &mut self.frames.last_mut().expect("the caller").words;
        let base = w.sp - n;
        w.sp = base + 1;
        let w = *w;
        // In the order of `dunder::resume`.
        for i in (0..n).rev() {
            left.push(self.b.take_slot(LOCALS + base + i)?);
        }
        if !dunder::drops_from_top(cont) {
            let operands = left.len() - n;
            left[operands..].rotate_right((n > 0) as usize);
        }
        self.b.set_slot(LOCALS + base, v);
        self.b.set_words(&w.write());
        self.expect = Expect::Return(w.next);
        self.discard_all(&left)?;
        Ok(Flow::Next)
    }

    /// A special method of the class of `v` that is a Python function, called with operands that stay on the stack till
    /// it returns. Whether it can be inlined.
    pub(super) fn inline_operator(
        &mut self,
        cx: &Cx,
        f: Option<Value>,
        v: (Ref, &Value),
        args: Vec<Ref>,
        cont: Continuation,
        word: u64,
    ) -> Recorded<bool> {
        let Some(f) = f else { return Ok(false) };
        if !self.can_inline(&f, args.len(), &[]) || !self.rely_on_class(v.1.class()) {
            return Ok(false);
        }
        self.guard_shape_of(v.0, v.1)?;
        let slot = self.constant(&f);
        let args = Arguments::positional(args);
        self.inline(cx, Callee { function: &f, slot, args, operands: 0, made: None, cont, cont_word: word })?;
        Ok(true)
    }

    /// As [`Self::inline_operator`], of a method that gets its operands for good and whose result is pushed as it is.
    pub(super) fn inline_method(&mut self, cx: &Cx, f: Value, v: (Ref, &Value), args: Vec<Ref>, cont: Continuation) -> Recorded<bool> {
        if !self.can_inline(&f, args.len(), &[]) || !self.rely_on_class(v.1.class()) {
            return Ok(false);
        }
        self.guard_shape_of(v.0, v.1)?;
        let slot = self.constant(&f);
        let operands = args.len();
        let args = Arguments::positional(args);
        self.inline(cx, Callee { function: &f, slot, args, operands, made: None, cont, cont_word: 0 })?;
        Ok(true)
    }

    /// A call of a class.
    fn call_class(&mut self, cx: &Cx, f: Ref, callable: &Value, args: &[Ref]) -> Recorded<Option<Flow>> {
        let t = types();
        let class = build::of(callable);
        let argc = cx.arg;
        if !std::ptr::eq(callable.class(), t.type_) || cx.word(argc + 1) != NULL {
            return Ok(None);
        }
        if std::ptr::eq(class, t.type_) && args.len() == 1 {
            let v = cx.value(1);
            let r = args[0];
            self.guard_same(f, callable)?;
            self.guard_kind(r, v)?;
            let c = self.constant(&v.class().value());
            self.replace(cx, argc + 2, &[c])?;
            return Ok(Some(Flow::Next));
        }
        if std::ptr::eq(class, t.range) {
            return Ok(self.range(cx, f, callable, args)?.then_some(Flow::Next));
        }
        if (std::ptr::eq(class, t.float) || std::ptr::eq(class, t.int)) && args.len() == 1 {
            return Ok(self.convert(cx, f, callable, args[0])?.then_some(Flow::Next));
        }
        if self.construct(cx, f, callable, class, args)? {
            return Ok(Some(Flow::Next));
        }
        Ok(None)
    }

    /// A class of instances that `object.__new__` makes, with a Python `__init__` or none.
    fn instantiate(&mut self, cx: &Cx, f: Ref, callable: &Value, mut args: Arguments, operands: usize) -> Recorded<Option<Flow>> {
        let t = types();
        let class = build::of(callable);
        if !std::ptr::eq(callable.class(), t.type_) || operands != args.values.len() + 2 + !args.names.is_empty() as usize {
            return Ok(None);
        }
        let own_new = class.slots().new.map(|f| f as usize) == Some(object::new as *const () as usize);
        if !own_new || !class.has(flag::HEAPTYPE) || class.has(flag::IS_ABSTRACT) {
            return Ok(None);
        }
        let Some(init) = class.lookup(&names().__init__) else { return Ok(None) };
        let plain = std::ptr::eq(init.class(), t.function);
        let npos = args.values.len() - args.names.len();
        if plain && !self.can_enter(&init, npos + 1, args.names) || !plain && (!args.values.is_empty() || !is_object_init(class)) {
            return Ok(None);
        }
        if !self.rely_on_class(class) {
            return Ok(None);
        }
        self.guard_same(f, callable)?;
        let shape = class.root_shape();
        let made = if class.slots().finalise.is_none() {
            self.b.make_object(objects::instance_recipe(class), &[])?
        } else {
            let (class_word, shape_word) = (self.word(std::ptr::from_ref(class) as u64), self.word(shape as u64));
            let made = self.b.call(helpers::ids().new_instance, &[class_word, shape_word])?;
            self.b.assume_object(made, Some(shape))?
        };
        if !plain {
            self.replace(cx, operands, &[made])?;
            return Ok(Some(Flow::Next));
        }
        let slot = self.constant(&init);
        args.values.insert(0, made);
        let callee = Callee { function: &init, slot, args, operands, made: Some(made), cont: Continuation::Init, cont_word: 0 };
        self.inline(cx, callee).map(Some)
    }

    /// `range(…)` that is iterated over at once: the iterator is made instead.
    fn range(&mut self, cx: &Cx, f: Ref, callable: &Value, args: &[Ref]) -> Recorded<bool> {
        // SAFETY: an instruction follows a call.
        let next = unsafe { (*cx.next & 0xff) as u8 };
        if weft_compiler::opcode::OPCODES[next as usize].base != op::GET_ITER || args.is_empty() || args.len() > 3 {
            return Ok(false);
        }
        if !(1..=args.len()).all(|k| tag::is_int(cx.word(k))) || args.len() == 3 && cx.word(1) == tag::int_word(0) {
            return Ok(false);
        }
        self.guard_same(f, callable)?;
        let mut ints = Vec::new();
        for (i, &r) in args.iter().enumerate() {
            let Some(Num::Int(r, _)) = self.number(r, cx.word(args.len() - i))? else { return Ok(false) };
            ints.push(r);
        }
        if ints.len() == 1 {
            ints.insert(0, self.b.const_int(0));
        }
        if ints.len() == 2 {
            ints.push(self.b.const_int(1));
        }
        if args.len() == 3 && !ints[2].is_const() {
            let zero = self.b.const_int(0);
            self.b.emit(Op::GuardIntNe, &[ints[2], zero])?;
        }
        let it = self.b.call(helpers::ids().range_iter, &ints)?;
        // The interpreter makes a longrange_iterator where the ends are far apart: not from small ints that fit.
        let it = self.b.assume_object(it, Some(types().range_iterator.root_shape()))?;
        self.replace(cx, cx.arg + 2, &[it])?;
        self.iterating = cx.next;
        Ok(true)
    }

    /// `float(x)` and `int(x)` of a number.
    fn convert(&mut self, cx: &Cx, f: Ref, callable: &Value, r: Ref) -> Recorded<bool> {
        let w = cx.word(1);
        if !(tag::is_int(w) || tag::is_float(w)) {
            return Ok(false);
        }
        let to_float = std::ptr::eq(build::of(callable), types().float);
        self.guard_same(f, callable)?;
        let r = match self.number(r, w)? {
            Some(Num::Int(r, _)) if to_float => self.b.emit(Op::FloatOfInt, &[r])?,
            Some(Num::Float(r, x)) if !to_float && x.abs() < 4e18 => self.b.emit(Op::FloatTrunc, &[r])?,
            Some(Num::Int(r, _) | Num::Float(r, _)) if (self.b.ty(r) == Ty::F) == to_float => r,
            _ => return Ok(false),
        };
        self.replace(cx, cx.arg + 2, &[r])?;
        Ok(true)
    }

    /// A native function that has ops of its own.
    fn call_builtin(&mut self, cx: &Cx, f: Ref, callable: &Value, args: &[Ref]) -> Recorded<bool> {
        let h = helpers::ids();
        let Some((module, name)) = builtin_function::origin(callable) else { return Ok(false) };
        let r = match (module.as_str(), name, args.len()) {
            ("builtins", "len", 1) => self.length(args[0], cx.value(1))?,
            ("builtins", "isinstance", 2) => self.isinstance(cx, args)?,
            ("builtins", "abs", 1) => match self.numeric(cx, args, 1)? {
                Some(Num::Int(r, i)) if i != tag::INT_MIN => Some(self.b.emit(Op::IntAbs, &[r])?),
                Some(Num::Float(r, _)) => Some(self.b.emit(Op::FloatAbs, &[r])?),
                _ => None,
            },
            ("builtins", "min" | "max", 2) => self.min_max(cx, args, name == "max")?,
            ("math", _, 1) => match self.numeric(cx, args, 1)? {
                Some(n) => self.math_1(name, n)?,
                None => None,
            },
            ("math", "atan2" | "hypot", 2) => match (self.numeric(cx, args, 2)?, self.numeric(cx, args, 1)?) {
                (Some(x), Some(y)) => {
                    let ((x, _), (y, _)) = (self.float_of(x)?, self.float_of(y)?);
                    let f = if name == "atan2" { h.atan2 } else { h.hypot };
                    let r = self.b.call(f, &[x, y])?;
                    Some(self.finite(r)?)
                }
                _ => None,
            },
            _ => None,
        };
        let Some(r) = r else { return Ok(false) };
        self.guard_same(f, callable)?;
        self.replace(cx, cx.arg + 2, &[r])?;
        Ok(true)
    }

    /// Argument `k` below the top as a number.
    fn numeric(&mut self, cx: &Cx, args: &[Ref], k: usize) -> Recorded<Option<Num>> {
        let w = cx.word(k);
        if tag::is_int(w) || tag::is_float(w) { self.number(args[args.len() - k], w) } else { Ok(None) }
    }

    /// Exits unless the float is finite.
    fn finite(&mut self, r: Ref) -> Recorded<Ref> {
        let (low, high) = (self.b.const_float(f64::NEG_INFINITY), self.b.const_float(f64::INFINITY));
        self.b.emit(Op::GuardFloatGt, &[r, low])?;
        self.b.emit(Op::GuardFloatLt, &[r, high])?;
        Ok(r)
    }

    fn math_1(&mut self, name: &str, n: Num) -> Recorded<Option<Ref>> {
        let h = helpers::ids();
        let (x, value) = self.float_of(n)?;
        let simple: HelperId = match name {
            "sqrt" if value >= 0.0 => return Ok(Some(self.b.emit(Op::FloatSqrt, &[x])?)),
            "fabs" => return Ok(Some(self.b.emit(Op::FloatAbs, &[x])?)),
            "floor" if matches!(n, Num::Float(..)) && value.abs() < 4e18 => return Ok(Some(self.b.emit(Op::FloatFloor, &[x])?)),
            "ceil" if matches!(n, Num::Float(..)) && value.abs() < 4e18 => return Ok(Some(self.b.emit(Op::FloatCeil, &[x])?)),
            "sin" => h.sin,
            "cos" => h.cos,
            "tan" => h.tan,
            "atan" => h.atan,
            "exp" if value.exp().is_finite() => h.exp,
            "log" if value > 0.0 => {
                let zero = self.b.const_float(0.0);
                self.b.emit(Op::GuardFloatGt, &[x, zero])?;
                h.log
            }
            _ => return Ok(None),
        };
        if !value.is_finite() {
            return Ok(None);
        }
        let r = self.b.call(simple, &[x])?;
        // An argument that Python refuses, or an overflow, shows in the result.
        Ok(Some(self.finite(r)?))
    }

    fn min_max(&mut self, cx: &Cx, args: &[Ref], max: bool) -> Recorded<Option<Ref>> {
        let (Some(a), Some(b)) = (self.numeric(cx, args, 2)?, self.numeric(cx, args, 1)?) else { return Ok(None) };
        Ok(match (a, b) {
            (Num::Float(a, _), Num::Float(b, _)) => Some(self.b.emit(if max { Op::FloatMax } else { Op::FloatMin }, &[a, b])?),
            (Num::Int(a, _), Num::Int(b, _)) => {
                let second = self.b.emit(if max { Op::IntGt } else { Op::IntLt }, &[b, a])?;
                Some(self.b.emit(Op::Select, &[second, b, a])?)
            }
            _ => None,
        })
    }

    /// `isinstance(x, C)`, where neither class nor metaclass has its own idea.
    fn isinstance(&mut self, cx: &Cx, args: &[Ref]) -> Recorded<Option<Ref>> {
        let (v, class) = (cx.value(2), cx.value(1));
        if !std::ptr::eq(class.class(), types().type_)
            || v.class().lookup_ref(&names().__class__) != types().object.lookup_ref(&names().__class__)
        {
            return Ok(None);
        }
        let answer = v.class().is_subtype(build::of(class));
        if !self.class_is_plain(v.class()) {
            return Ok(None);
        }
        self.guard_same(args[1], class)?;
        self.guard_kind(args[0], v)?;
        Ok(Some(self.b.const_bool(answer)))
    }

    /// A native method that has ops of its own.
    fn call_descriptor(&mut self, cx: &Cx, f: Ref, callable: &Value, args: &[Ref]) -> Recorded<bool> {
        let t = types();
        let Some((owner, name)) = descriptor::method_origin(callable) else { return Ok(false) };
        if args.is_empty() {
            return Ok(false);
        }
        let this = cx.value(args.len());
        if std::ptr::eq(owner, t.dict) && name == "get" {
            return self.dict_get(cx, f, callable, args);
        }
        if !std::ptr::eq(owner, t.list) {
            return Ok(false);
        }
        if !this.is_heap() || !std::ptr::eq(this.class(), t.list) {
            return Ok(false);
        }
        match (name, args.len()) {
            ("append", 2) => {
                self.guard_same(f, callable)?;
                let p = self.guard_shape_of(args[0], this)?;
                let v = self.boxed_all(&[args[1]])?[0];
                let operands = self.take(cx, cx.arg + 2)?;
                self.b.call(helpers::ids().list_append, &[p, v])?;
                let none = self.b.const_value(tag::NONE);
                self.b.set_slot(LOCALS + cx.depth - cx.arg - 2, none);
                self.set_words(cx, cx.next, cx.depth - cx.arg - 1, 0);
                self.discard_all(&operands)?;
                Ok(true)
            }
            ("pop", 1) if list::len(this) > 0 => {
                self.guard_same(f, callable)?;
                let p = self.guard_shape_of(args[0], this)?;
                let n = self.length(p, this)?.expect("a list has a length");
                let zero = self.b.const_int(0);
                self.b.emit(Op::GuardIntGt, &[n, zero])?;
                let v = self.b.call(helpers::ids().list_pop, &[p])?;
                self.replace(cx, cx.arg + 2, &[v])?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// `d.get(key)` and `d.get(key, default)` of an exact dict.
    fn dict_get(&mut self, cx: &Cx, f: Ref, callable: &Value, args: &[Ref]) -> Recorded<bool> {
        let n = args.len();
        let this = cx.value(n);
        if !(2..=3).contains(&n) || !this.is_heap() || !std::ptr::eq(this.class(), types().dict) {
            return Ok(false);
        }
        if helpers::quiet_entry(this, cx.value(n - 1)).is_none() {
            return Ok(false);
        }
        let Some(key) = self.quiet_key(args[1], cx.value(n - 1))? else { return Ok(false) };
        self.guard_same(f, callable)?;
        let p = self.guard_shape_of(args[0], this)?;
        let default = match args.get(2) {
            Some(&d) => self.boxed_all(&[d])?[0],
            None => self.b.const_value(tag::NONE),
        };
        let v = self.b.call(helpers::ids().dict_get, &[p, key, default])?;
        self.b.emit(Op::GuardNonNull, &[v])?;
        self.replace(cx, cx.arg + 2, &[v])?;
        Ok(true)
    }
}

/// Whether there is a way through the code that calls something: its traces may be longer than this one, and calls of each other.
fn makes_calls(code: &Code) -> bool {
    let (mut at, mut found) = (0, false);
    while at < code.unit_count() && !found {
        // SAFETY: the code's instructions follow each other.
        let (opcode, _, next) = unsafe { super::decode(code, code.units().add(at)) };
        found = opcode == op::CALL;
        // SAFETY: both are in the code.
        at = unsafe { next.offset_from(code.units()) } as usize;
    }
    found
}

/// The key of a function: its code and defaults.
pub(super) fn function_key(f: &Value) -> u64 {
    std::ptr::from_ref(function::this(f)) as u64
}

fn is_object_init(class: &Type) -> bool {
    class.slots().init.map(|f| f as usize) == types().object.slots().init.map(|f| f as usize)
}
