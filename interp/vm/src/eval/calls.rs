//! The call instructions: Python functions get a frame in the same loop, everything else is called natively.

use super::{bind, push_frame};
use crate::class::build;
use crate::frame::{Continuation, Frame};
use crate::thread::{check_native_stack, thread};
use crate::types::code::Code;
use crate::types::{dict, function, method, object, tuple};
use crate::value::{Res, Value, decref, incref};
use crate::vm::{shapes, types};
use crate::{call, exc};
use weft_compiler::code::co_flags;
use weft_layout::tag::{NULL, Word};

/// What a call instruction came to.
pub enum Called {
    /// A frame has been pushed and runs next; the operands are gone.
    Frame(*mut Frame),
    /// The result is on the stack in place of the operands.
    Done,
    /// As `Done`, and from here on the frame is traced.
    Switch,
    /// An exception is on its way; the operands are gone.
    Raised,
}

/// Drops the words from `base` up to the frame's stack pointer, which becomes `base`.
unsafe fn drop_operands(frame: *mut Frame, base: *mut Word) {
    // SAFETY: the words are live operands of the frame.
    unsafe {
        while (*frame).sp > base {
            (*frame).sp = (*frame).sp.sub(1);
            decref(*(*frame).sp);
        }
    }
}

unsafe fn finish(frame: *mut Frame, base: *mut Word, result: Res) -> Called {
    // SAFETY: as in `drop_operands`; there is room for the result.
    unsafe {
        match result {
            Ok(v) => {
                drop_operands(frame, base);
                *base = v.into_word();
                (*frame).sp = base.add(1);
                if super::trace::is_due() { Called::Switch } else { Called::Done }
            }
            Err(_) => {
                drop_operands(frame, base);
                Called::Raised
            }
        }
    }
}

/// Views operands as a slice of values. Where there are none, the address may be NULL.
unsafe fn slice<'a>(at: *mut Word, n: usize) -> &'a [Value] {
    if n == 0 {
        return &[];
    }
    // SAFETY: the words are live, and Value is a transparent word.
    unsafe { std::slice::from_raw_parts(at.cast::<Value>(), n) }
}

/// CALL: stack is callable, self or NULL, `argc` arguments.
///
/// # Safety
/// The frame's `sp` is right.
#[inline(never)]
pub unsafe fn call(frame: *mut Frame, argc: usize) -> Called {
    // SAFETY: the operands are on the frame's stack.
    unsafe {
        let base = (*frame).sp.sub(argc + 2);
        let callable = Value::from_word_ref(&*base);
        if callable.is_heap() && std::ptr::eq(callable.class(), types().function) {
            return python(frame, base, argc);
        }
        call_other(frame, base, argc)
    }
}

/// Pushes a frame for a function that takes exactly the `n` words at `args`, which move to it, as does the reference to
/// the function. `None` if Python recursion is too deep: then nothing has moved.
///
/// # Safety
/// `func` is a function whose code has `exact_args == n`; the words are owned.
#[inline(always)]
pub unsafe fn enter_exact(
    func: Word,
    code: *const Code,
    args: *const Word,
    n: usize,
    cont: Continuation,
    cont_word: u64,
) -> Option<*mut Frame> {
    // SAFETY: passed on; a frame has room for its arguments.
    unsafe {
        let t = thread();
        if t.depth.get() >= *super::RECURSION_LIMIT.get() {
            return None;
        }
        let f = super::place_frame(t, func, code, cont, cont_word);
        let locals = Frame::locals(f);
        for i in 0..n {
            *locals.add(i) = *args.add(i);
        }
        for i in n..(*code).nlocalsplus() {
            *locals.add(i) = NULL;
        }
        Some(f)
    }
}

/// The code of a function.
///
/// # Safety
/// `func` is a function object.
#[inline(always)]
pub unsafe fn code_of(func: Word) -> *const Code {
    // SAFETY: passed on.
    unsafe { function::this(Value::from_word_ref(&func)).code() }
}

/// Calls a class whose metaclass is `type` with `argc` positional arguments.
///
/// # Safety
/// The operands are the class at `base`, NULL, and the arguments.
pub unsafe fn native_class(base: *mut Word, argc: usize) -> Res {
    // SAFETY: passed on.
    unsafe { native(Value::from_word_ref(&*base), slice(base.add(2), argc), None) }
}

/// Fails a call because Python recursion is too deep.
///
/// # Safety
/// The operands from `base` to the frame's `sp` are live.
#[cold]
#[inline(never)]
pub unsafe fn too_deep(frame: *mut Frame, base: *mut Word) {
    // SAFETY: passed on.
    unsafe {
        let exc::Raised(()) = super::recursion_error();
        drop_operands(frame, base);
    }
}

/// A class whose instances `object.__new__` makes and whose `__init__` takes exactly `n - 1` arguments besides self: the new
/// instance goes to `base`, in place of the class, and a frame for `__init__` is pushed. `None` if that does not apply or
/// Python recursion is too deep: then nothing has changed.
///
/// # Safety
/// The operands are the class at `base`, NULL, and `argc` arguments.
#[inline(always)]
pub unsafe fn enter_init(frame: *mut Frame, base: *mut Word, argc: usize) -> Option<*mut Frame> {
    // SAFETY: passed on; the arguments move to the frame.
    unsafe {
        let callable = *base;
        if *base.add(1) != NULL || !super::fast::has_shape(callable, shapes().type_) {
            return None;
        }
        let class = build::of(Value::from_word_ref(&callable));
        let init = class.init_function()?;
        let code: *const Code = function::this(Value::from_word_ref(&init)).code();
        if (*code).exact_args != argc as u32 + 1 || thread().depth.get() >= *super::RECURSION_LIMIT.get() {
            return None;
        }
        let made = object::new_bare(class).into_word();
        incref(init);
        // The instance goes where self is expected; the place of the class keeps another reference to it.
        *base.add(1) = made;
        let f = enter_exact(init, code, base.add(1), argc + 1, Continuation::Init, 0)?;
        incref(made);
        *base = made;
        (*frame).sp = base.add(1);
        decref(callable);
        Some(f)
    }
}

/// Calls the Python function at `base` with the arguments behind it.
unsafe fn python(frame: *mut Frame, base: *mut Word, argc: usize) -> Called {
    // SAFETY: as in `call`; the words move from the stack to the new frame.
    unsafe {
        let has_self = (*base.add(1) != NULL) as usize;
        let (args, n) = (base.add(2 - has_self), argc + has_self);
        let func = *base;
        let code: *const _ = function::this(Value::from_word_ref(&*base)).code();
        if !(*code).simple || (*code).parts.argcount as usize != n {
            if let Some(f) = enter_filled(func, args, n, &[]) {
                (*frame).sp = base;
                return Called::Frame(f);
            }
            return python_general(frame, base, slice(args, n), None);
        }
        match enter_exact(func, code, args, n, Continuation::Push, 0) {
            Some(f) => {
                (*frame).sp = base;
                Called::Frame(f)
            }
            None => {
                too_deep(frame, base);
                Called::Raised
            }
        }
    }
}

/// Pushes a frame for a function whose arguments fill its parameters together with defaults, none of them `*args` or
/// `**kwargs`: `n` words at `args`, the last of them named by `names`. They move to the frame, as does the reference to the
/// function. `None` if binding is more than that, or fails: then nothing has moved.
#[inline(never)]
unsafe fn enter_filled(func: Word, args: *const Word, n: usize, names: &[Value]) -> Option<*mut Frame> {
    // SAFETY: the caller passes a function and owned words; the frame is given back before anything is dropped.
    unsafe {
        let f = function::this(Value::from_word_ref(&func));
        let code = f.code();
        let (argcount, npos) = (code.argcount as usize, n - names.len());
        if code.flags & (co_flags::VARARGS | co_flags::VARKEYWORDS) != 0 || npos > argcount {
            return None;
        }
        let t = thread();
        if t.depth.get() >= *super::RECURSION_LIMIT.get() {
            return None;
        }
        let total = argcount + code.kwonlyargcount as usize;
        let frame = super::place_frame(t, func, code, Continuation::Push, 0);
        let locals = Frame::locals(frame);
        for i in 0..npos {
            *locals.add(i) = *args.add(i);
        }
        for i in npos..code.nlocalsplus() {
            *locals.add(i) = NULL;
        }
        if fill(f, code, locals, args, npos, total, names).is_none() {
            t.frame.set((*frame).previous);
            t.depth.set(t.depth.get() - 1);
            t.stack.pop(frame);
            return None;
        }
        Some(frame)
    }
}

/// Fills in keyword arguments, which move, and defaults, which are counted only if all is well.
unsafe fn fill(
    f: &function::Function,
    code: &Code,
    locals: *mut Word,
    args: *const Word,
    npos: usize,
    total: usize,
    names: &[Value],
) -> Option<()> {
    // SAFETY: passed on.
    unsafe {
        let (argcount, posonly) = (code.argcount as usize, code.posonlyargcount as usize);
        for (k, name) in names.iter().enumerate() {
            let i = posonly + code.localsplusnames[posonly..total].iter().position(|p| p.is(name))?;
            if *locals.add(i) != NULL {
                return None;
            }
            *locals.add(i) = *args.add(npos + k);
        }
        if npos + names.len() == total {
            return Some(());
        }
        let defaults: &[Value] = f.defaults.peek().map_or(&[], |d| tuple::items(d));
        let first_default = argcount - defaults.len().min(argcount);
        if (npos..first_default).any(|i| *locals.add(i) == NULL) {
            return None;
        }
        let keyword = |i: usize| f.kwdefaults.peek().and_then(|d| dict::get_str_ref(d, &code.localsplusnames[i]));
        if (argcount..total).any(|i| *locals.add(i) == NULL && keyword(i).is_none()) {
            return None;
        }
        for i in npos.max(first_default)..total {
            if *locals.add(i) == NULL {
                let w = if i < argcount { defaults[i + defaults.len() - argcount].word() } else { keyword(i)? };
                incref(w);
                *locals.add(i) = w;
            }
        }
        Some(())
    }
}

/// Calls the Python function at `base` with any arguments.
#[inline(never)]
unsafe fn python_general(frame: *mut Frame, base: *mut Word, args: &[Value], kwnames: Option<&Value>) -> Called {
    // SAFETY: as in `call`.
    unsafe {
        let func = Value::clone_word(*base);
        let code: *const _ = function::this(&func).code();
        let f = match push_frame(func.clone().into_word(), code, Continuation::Push, 0, 0) {
            Ok(f) => f,
            Err(_) => {
                drop_operands(frame, base);
                return Called::Raised;
            }
        };
        let bound = bind::bind(f, &func, args, kwnames);
        if bound.is_err() {
            super::unwind::pop_unbound(f);
            drop_operands(frame, base);
            return Called::Raised;
        }
        drop_operands(frame, base);
        Called::Frame(f)
    }
}

#[inline(never)]
unsafe fn call_other(frame: *mut Frame, base: *mut Word, argc: usize) -> Called {
    // SAFETY: as in `call`.
    unsafe {
        let callable = Value::from_word_ref(&*base);
        let class = callable.class();
        if std::ptr::eq(class, types().method) && *base.add(1) == NULL {
            // Put the function and its self where an unbound call would have them.
            let m = method::this(callable);
            let (f, this) = (m.function.word(), m.this.word());
            incref(f);
            incref(this);
            let old = std::mem::replace(&mut *base, f);
            *base.add(1) = this;
            decref(old);
            return call(frame, argc);
        }
        if *base.add(1) == NULL
            && let Some(f) = super::dunder::call(callable)
        {
            incref(f);
            *base.add(1) = std::mem::replace(&mut *base, f);
            return call(frame, argc);
        }
        let has_self = (*base.add(1) != NULL) as usize;
        let (args, n) = (base.add(2 - has_self), argc + has_self);
        if class.is_subtype(types().type_)
            && let Some(r) = instantiate(frame, base, slice(args, n), None)
        {
            return r;
        }
        let r = native(callable, slice(args, n), None);
        finish(frame, base, r)
    }
}

fn native(callable: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    match callable.class().slots().call {
        Some(f) => {
            check_native_stack("")?;
            f(callable, args, kwnames)
        }
        None => Err(not_callable(callable)),
    }
}

#[cold]
fn not_callable(v: &Value) -> exc::Raised {
    exc::type_error(format!("'{}' object is not callable", v.class().full_name()))
}

/// Makes an instance of a Python class whose `__new__` is `object`'s and whose `__init__` is a Python function, which
/// gets a frame. `None` if the class is not of that kind.
unsafe fn instantiate(frame: *mut Frame, base: *mut Word, args: &[Value], kwnames: Option<&Value>) -> Option<Called> {
    // SAFETY: as in `call`.
    unsafe {
        let class = build::of(Value::from_word_ref(&*base));
        let init = Value::clone_word(class.init_function()?);
        let made = object::new_bare(class);
        if let Some(f) = enter_filled_init(frame, base, &init, &made, args, kwnames) {
            return Some(f);
        }
        let code: *const _ = function::this(&init).code();
        let f = match push_frame(init.clone().into_word(), code, Continuation::Init, 0, 0) {
            Ok(f) => f,
            Err(_) => {
                drop_operands(frame, base);
                return Some(Called::Raised);
            }
        };
        let n = args.len() + 1;
        if kwnames.is_none() && (*code).simple && (*code).parts.argcount as usize == n {
            *Frame::locals(f) = made.clone().into_word();
            for (i, a) in args.iter().enumerate() {
                *Frame::locals(f).add(i + 1) = a.clone().into_word();
            }
        } else {
            let mut all = Vec::with_capacity(n);
            all.push(made.clone());
            all.extend_from_slice(args);
            if bind::bind(f, &init, &all, kwnames).is_err() {
                super::unwind::pop_unbound(f);
                drop_operands(frame, base);
                return Some(Called::Raised);
            }
        }
        drop_operands(frame, base);
        *base = made.into_word();
        (*frame).sp = base.add(1);
        Some(Called::Frame(f))
    }
}

/// As [`enter_filled`], for the `__init__` of an object just made, with arguments that stay where they are.
unsafe fn enter_filled_init(
    frame: *mut Frame,
    base: *mut Word,
    init: &Value,
    made: &Value,
    args: &[Value],
    kwnames: Option<&Value>,
) -> Option<Called> {
    const MOST: usize = 16;
    if args.len() >= MOST {
        return None;
    }
    let mut words = [NULL; MOST];
    words[0] = made.word();
    words[1..=args.len()].copy_from_slice(crate::class::native::words(args));
    // SAFETY: the frame borrows the words until they are counted here.
    unsafe {
        let f = enter_filled(init.word(), words.as_ptr(), args.len() + 1, kwnames.map_or(&[], tuple::items))?;
        (*f).cont = Continuation::Init;
        incref(init.word());
        for &w in &words[..=args.len()] {
            incref(w);
        }
        drop_operands(frame, base);
        incref(made.word());
        *base = made.word();
        (*frame).sp = base.add(1);
        Some(Called::Frame(f))
    }
}

/// CALL_KW: stack is callable, self or NULL, `argc` arguments, the tuple of keyword names.
///
/// # Safety
/// The frame's `sp` is right.
pub unsafe fn call_kw(frame: *mut Frame, argc: usize) -> Called {
    // SAFETY: the operands are on the frame's stack.
    unsafe {
        let base = (*frame).sp.sub(argc + 3);
        let kwnames = Value::clone_word(*(*frame).sp.sub(1));
        let mut callable = Value::from_word_ref(&*base);
        if std::ptr::eq(callable.class(), types().method) && *base.add(1) == NULL {
            let m = method::this(callable);
            let (f, this) = (m.function.word(), m.this.word());
            incref(f);
            incref(this);
            let old = std::mem::replace(&mut *base, f);
            *base.add(1) = this;
            decref(old);
            callable = Value::from_word_ref(&*base);
        }
        let has_self = (*base.add(1) != NULL) as usize;
        let args = slice(base.add(2 - has_self), argc + has_self);
        if std::ptr::eq(callable.class(), types().function) {
            if let Some(f) = enter_filled(*base, args.as_ptr().cast(), args.len(), tuple::items(&kwnames)) {
                // The names have a reference of their own on the stack.
                decref(*(*frame).sp.sub(1));
                (*frame).sp = base;
                return Called::Frame(f);
            }
            return python_general(frame, base, args, Some(&kwnames));
        }
        if callable.class().is_subtype(types().type_)
            && let Some(r) = instantiate(frame, base, args, Some(&kwnames))
        {
            return r;
        }
        let r = native(callable, args, Some(&kwnames));
        finish(frame, base, r)
    }
}

/// CALL_FUNCTION_EX: stack is callable, NULL, an iterable of arguments, a mapping of keywords or NULL.
///
/// # Safety
/// The frame's `sp` is right.
pub unsafe fn call_ex(frame: *mut Frame) -> Called {
    // SAFETY: the operands are on the frame's stack.
    unsafe {
        let base = (*frame).sp.sub(4);
        let callable = Value::clone_word(*base);
        let parts = spread(&callable, Value::from_word_ref(&*base.add(2)), base.add(3));
        let (mut args, kwnames) = match parts {
            Ok(p) => p,
            Err(e) => return finish(frame, base, Err(e)),
        };
        let mut is_function = std::ptr::eq(callable.class(), types().function);
        if std::ptr::eq(callable.class(), types().method)
            && let m = method::this(&callable)
            && std::ptr::eq(m.function().class(), types().function)
        {
            args.insert(0, Value::clone_word(m.this.word()));
            decref(std::mem::replace(&mut *base, m.function().into_word()));
            is_function = true;
        }
        if is_function {
            return python_general(frame, base, &args, kwnames.as_ref());
        }
        let r = call::call(&callable, &args, kwnames.as_ref());
        finish(frame, base, r)
    }
}

/// Calls a Python function with the `n` words at `args`, which move to its frame, from native code.
///
/// # Safety
/// `func` is a function; the words are owned.
pub unsafe fn call_owned(func: &Value, args: *const Word, n: usize, kwnames: Option<&Value>) -> Res {
    // SAFETY: the frame takes over the words, or they are dropped here.
    unsafe {
        let drop_all = || (0..n).rev().for_each(|i| decref(*args.add(i)));
        if let Err(e) = check_native_stack("") {
            drop_all();
            return Err(e);
        }
        incref(func.word());
        if let Some(f) = enter_filled(func.word(), args, n, kwnames.map_or(&[], tuple::items)) {
            (*f).cont = Continuation::ToRust;
            return super::run(f, false);
        }
        let code: *const _ = function::this(func).code();
        // The reference to the function moves.
        let bound = push_frame(func.word(), code, Continuation::ToRust, 0, 0).and_then(|f| {
            let r = bind::bind(f, func, slice(args.cast_mut(), n), kwnames);
            if r.is_err() {
                super::unwind::pop_unbound(f);
            }
            r.map(|()| f)
        });
        drop_all();
        super::run(bound?, false)
    }
}

/// The arguments and keyword names of a call with `*args` and `**kwargs`.
///
/// # Safety
/// `kwargs` points to NULL or a live value.
pub unsafe fn spread(callable: &Value, args: &Value, kwargs: *const Word) -> Res<(Vec<Value>, Option<Value>)> {
    let mut all = if args.is_instance(types().tuple) {
        tuple::items(args).to_vec()
    } else {
        if args.class().slots().iter.is_none() && args.class().slots().get_item.is_none() {
            return Err(exc::type_error(format!(
                "{} argument after * must be an iterable, not {}",
                call::describe(callable)?,
                args.class().full_name()
            )));
        }
        crate::protocol::iter::collect(args)?
    };
    // SAFETY: the word is an operand.
    unsafe {
        if *kwargs == NULL {
            return Ok((all, None));
        }
        let kw = Value::from_word_ref(&*kwargs);
        let d = if std::ptr::eq(kw.class(), types().dict) {
            kw.clone()
        } else {
            let d = dict::new();
            super::ops::merge_keywords(&d, kw, callable)?;
            d
        };
        let mut kwnames = Vec::new();
        for (k, v) in dict::entries(&d) {
            if !crate::types::str::is_str(&k) {
                return Err(exc::type_error("keywords must be strings"));
            }
            kwnames.push(k);
            all.push(v);
        }
        Ok((all, (!kwnames.is_empty()).then(|| tuple::from_vec(kwnames))))
    }
}
