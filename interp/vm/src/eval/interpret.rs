//! The evaluation loop: one arm for each opcode.
//!
//! Raw words move freely here; the contract is at the head of [`super`]. An arm that can call or raise leaves the
//! operands on the value stack until it has the result, so that unwinding finds and drops them. `ip` points behind
//! the current unit; the frame's own `ip` names the current instruction and is written before each.

use super::calls::{self, Called};
use super::ops;
use super::unwind::{Unwound, unwind};
use super::{breaker, pop_frame};
use crate::exc::{self, Raised};
use crate::jit::{self, enter, hot, record};
use crate::frame::{Continuation, Frame, Owner};
use crate::protocol;
use crate::thread::thread;
use crate::types::code::Code;
use crate::types::{cellobject, generator, list, tuple};
use crate::value::{Res, Value, decref, incref};
use crate::vm::types;
use weft_compiler::opcode::{OPCODES, op};
use weft_jit::TraceKind;
use weft_layout::tag::{self, NULL, Word, is_float, is_int};

/// How the loop ended.
pub enum Ended {
    /// The frame it was entered with has returned, or raised.
    Done(Res),
    /// The other instance of the loop is to go on, with the thread's innermost frame.
    Switch,
}

/// Why the inner loop was left.
enum Left {
    /// An exception is on its way.
    Raised,
    /// As `Raised`, but the traceback has this frame already.
    Reraised,
    /// The frame returns the value.
    Return(Word),
    /// The frame, a generator's, yields the value.
    Yield(Word),
}

/// The value in a stack slot.
///
/// # Safety
/// The slot is live, and stays so while the reference is used.
#[inline(always)]
pub unsafe fn view<'a>(slot: *const Word) -> &'a Value {
    // SAFETY: passed on.
    unsafe { Value::from_word_ref(&*slot) }
}

/// Runs from `frame` until it returns to native code. The instance for `RECORDING` shows each instruction to the
/// recorder first.
///
/// # Safety
/// As for [`super::run`].
pub unsafe fn interpret<const RECORDING: bool>(entry: *mut Frame, raising: bool) -> Ended {
    let mut frame = entry;
    // SAFETY: the frame is linked in; code objects are the compiler's or verified, so stack depths and operands fit.
    unsafe {
        let mut ip: *const u16 = (*frame).resume;
        let mut sp: *mut Word = (*frame).sp;
        let mut code: *const Code = (*frame).code;
        let mut locals: *mut Word = Frame::locals(frame);
        // A RERAISE reports the instruction that raised first, but is itself what handlers are looked up for.
        let mut reraised_at: *const u16 = std::ptr::null();
        let mut left = if raising {
            // The value that `enter` has sent is not wanted.
            sp = sp.sub(1);
            Some(Left::Raised)
        } else {
            None
        };

        macro_rules! load_frame {
            ($f:expr) => {{
                frame = $f;
                ip = (*frame).resume;
                sp = (*frame).sp;
                code = (*frame).code;
                locals = Frame::locals(frame);
            }};
        }

        loop {
            match left.take() {
                None => {}
                Some(Left::Return(w)) => {
                    (*frame).sp = sp;
                    let (cont, word, previous) = ((*frame).cont, (*frame).cont_word, (*frame).previous);
                    if (*frame).owner == Owner::Generator {
                        generator::leave(frame);
                    } else {
                        pop_frame(frame);
                    }
                    if cont == Continuation::ToRust {
                        return Ended::Done(Ok(Value::from_word(w)));
                    }
                    load_frame!(previous);
                    match cont {
                        Continuation::Push => {
                            *sp = w;
                            sp = sp.add(1);
                        }
                        Continuation::Discard => decref(w),
                        Continuation::Init => {
                            if w != tag::NONE {
                                let got = Value::from_word(w);
                                let message = format!("__init__() should return None, not '{}'", got.class().full_name());
                                let Raised(()) = exc::type_error(message);
                                left = Some(Left::Raised);
                                continue;
                            }
                        }
                        Continuation::ForGen => {
                            decref(w);
                            ip = word as *const u16;
                        }
                        Continuation::SendGen => {
                            *sp = w;
                            sp = sp.add(1);
                            ip = word as *const u16;
                        }
                        Continuation::Next => {
                            *sp = w;
                            sp = sp.add(1);
                        }
                        Continuation::PopPush | Continuation::ToBool | Continuation::Binary | Continuation::Compare | Continuation::GetAttr => {
                            (*frame).sp = sp;
                            match ops::resume_operator(frame, cont, word, Value::from_word(w)) {
                                Ok(()) => sp = (*frame).sp,
                                Err(_) => {
                                    sp = (*frame).sp;
                                    left = Some(Left::Raised);
                                    continue;
                                }
                            }
                        }
                        Continuation::ToRust => unreachable!("handled above"),
                    }
                }
                Some(Left::Yield(w)) => {
                    (*frame).sp = sp;
                    (*frame).resume = ip;
                    let (cont, previous) = ((*frame).cont, (*frame).previous);
                    generator::suspend(frame);
                    if cont == Continuation::ToRust {
                        return Ended::Done(Ok(Value::from_word(w)));
                    }
                    load_frame!(previous);
                    *sp = w;
                    sp = sp.add(1);
                }
                Some(raised) => {
                    (*frame).sp = sp;
                    let at = std::mem::replace(&mut reraised_at, std::ptr::null());
                    let at = if at.is_null() { (*frame).ip } else { at };
                    match unwind(frame, at, matches!(raised, Left::Raised)) {
                        Unwound::Handler(f) | Unwound::LoopEnd(f) => load_frame!(f),
                        Unwound::ToRust => return Ended::Done(Err(Raised(()))),
                    }
                }
            }

            left = Some('run: loop {
                macro_rules! raised {
                    () => {
                        break 'run Left::Raised
                    };
                }
                macro_rules! attempt {
                    ($e:expr) => {
                        match $e {
                            Ok(x) => x,
                            Err(_) => raised!(),
                        }
                    };
                }
                macro_rules! push {
                    ($w:expr) => {{
                        let w: Word = $w;
                        *sp = w;
                        sp = sp.add(1);
                    }};
                }
                macro_rules! pop {
                    () => {{
                        sp = sp.sub(1);
                        *sp
                    }};
                }
                // Replaces the top `n` operands by the value, then drops them.
                macro_rules! replace {
                    ($n:literal, $v:expr) => {{
                        let w: Word = $v.into_word();
                        let base = sp.sub($n);
                        let first = std::mem::replace(&mut *base, w);
                        sp = base.add(1);
                        for i in 1..$n {
                            decref(*base.add(i));
                        }
                        decref(first);
                    }};
                }
                // Drops the top `n` operands.
                macro_rules! discard {
                    ($n:literal) => {{
                        sp = sp.sub($n);
                        for i in 0..$n {
                            decref(*sp.add(i));
                        }
                    }};
                }
                macro_rules! caches {
                    ($op:ident) => {
                        ip = ip.add(OPCODES[op::$op as usize].caches as usize)
                    };
                }
                // Goes on in a frame that an arm has pushed; this one resumes at `ip` with `sp` as it is now.
                macro_rules! enter {
                    ($f:expr) => {{
                        (*frame).resume = ip;
                        (*frame).sp = sp;
                        load_frame!($f);
                    }};
                }
                macro_rules! check_breaker {
                    () => {
                        if breaker::is_set() {
                            (*frame).sp = sp;
                            attempt!(breaker::handle());
                        }
                    };
                }

                let start = ip;
                if RECORDING {
                    (*frame).sp = sp;
                    if record::step(frame, ip) == record::Step::Stop {
                        (*frame).resume = ip;
                        return Ended::Switch;
                    }
                }
                let unit = *ip;
                ip = ip.add(1);
                (*frame).ip = start;
                let mut opcode = unit as u8;
                let mut arg = (unit >> 8) as usize;
                loop {
                    match opcode {
                        op::EXTENDED_ARG => {
                            let unit = *ip;
                            (*frame).ip = ip;
                            ip = ip.add(1);
                            opcode = unit as u8;
                            arg = arg << 8 | (unit >> 8) as usize;
                            continue;
                        }
                        op::NOP | op::NOT_TAKEN | op::CACHE => {}
                        op::RESUME => {
                            if arg & 3 < 2 {
                                check_breaker!();
                            }
                            if !RECORDING && jit::is_on() && arg & 3 == 0 && hot::count_call(&*code) {
                                (*frame).sp = sp;
                                (*frame).resume = ip.sub(1);
                                if record::begin(frame, ip.sub(1), ip.sub(1).cast_mut(), TraceKind::Entry) {
                                    return Ended::Switch;
                                }
                            }
                        }

                        // --- locals and constants -----------------------------------------------------------------
                        op::LOAD_FAST | op::LOAD_FAST_BORROW => {
                            let w = *locals.add(arg);
                            incref(w);
                            push!(w);
                        }
                        op::LOAD_FAST_BORROW_LOAD_FAST_BORROW | op::LOAD_FAST_LOAD_FAST => {
                            let (a, b) = (*locals.add(arg >> 4), *locals.add(arg & 15));
                            incref(a);
                            incref(b);
                            *sp = a;
                            *sp.add(1) = b;
                            sp = sp.add(2);
                        }
                        op::LOAD_FAST_CHECK => {
                            let w = *locals.add(arg);
                            if w == NULL {
                                ops::unbound_local(&*code, arg);
                                raised!();
                            }
                            incref(w);
                            push!(w);
                        }
                        op::LOAD_FAST_AND_CLEAR => {
                            let w = std::mem::replace(&mut *locals.add(arg), NULL);
                            push!(w);
                        }
                        op::STORE_FAST => {
                            let w = pop!();
                            let old = std::mem::replace(&mut *locals.add(arg), w);
                            decref(old);
                        }
                        op::STORE_FAST_LOAD_FAST => {
                            let old = std::mem::replace(&mut *locals.add(arg >> 4), *sp.sub(1));
                            let w = *locals.add(arg & 15);
                            incref(w);
                            *sp.sub(1) = w;
                            decref(old);
                        }
                        op::STORE_FAST_STORE_FAST => {
                            sp = sp.sub(2);
                            let old = std::mem::replace(&mut *locals.add(arg >> 4), *sp.add(1));
                            decref(old);
                            let old = std::mem::replace(&mut *locals.add(arg & 15), *sp);
                            decref(old);
                        }
                        op::DELETE_FAST => {
                            let old = std::mem::replace(&mut *locals.add(arg), NULL);
                            if old == NULL {
                                ops::unbound_local(&*code, arg);
                                raised!();
                            }
                            decref(old);
                        }
                        op::LOAD_CONST => {
                            let w = (&(*code).consts)[arg].word();
                            incref(w);
                            push!(w);
                        }
                        op::LOAD_SMALL_INT => push!(tag::int_word(arg as i64)),
                        op::LOAD_COMMON_CONSTANT => push!(ops::common_constant(arg).into_word()),

                        // --- the value stack ------------------------------------------------------------------------
                        op::POP_TOP | op::POP_ITER => {
                            let w = pop!();
                            decref(w);
                        }
                        op::END_FOR => {
                            let w = pop!();
                            decref(w);
                        }
                        op::PUSH_NULL => push!(NULL),
                        op::COPY => {
                            let w = *sp.sub(arg);
                            incref(w);
                            push!(w);
                        }
                        op::SWAP => std::ptr::swap(sp.sub(1), sp.sub(arg)),
                        op::END_SEND => {
                            let value = pop!();
                            let receiver = std::mem::replace(&mut *sp.sub(1), value);
                            decref(receiver);
                        }

                        // --- operators ------------------------------------------------------------------------------
                        op::BINARY_OP => {
                            caches!(BINARY_OP);
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let (a, b) = (*pa, *pb);
                            if is_int(a) && is_int(b) {
                                if let Some(w) = ops::int_binary(arg, a, b) {
                                    *pa = w;
                                    sp = pb;
                                    break;
                                }
                            } else if is_float(a) && is_float(b) {
                                if let Some(w) = ops::float_binary(arg, a, b) {
                                    *pa = w;
                                    sp = pb;
                                    break;
                                }
                            }
                            let r = attempt!(ops::binary(arg, pa, frame));
                            replace!(2, r);
                        }
                        op::COMPARE_OP => {
                            caches!(COMPARE_OP);
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let (a, b) = (*pa, *pb);
                            if is_int(a) && is_int(b) {
                                let (x, y) = (a as i64, b as i64);
                                let r = match arg >> 5 {
                                    0 => x < y,
                                    1 => x <= y,
                                    2 => x == y,
                                    3 => x != y,
                                    4 => x > y,
                                    _ => x >= y,
                                };
                                *pa = tag::bool_word(r);
                                sp = pb;
                                break;
                            }
                            let r = attempt!(ops::compare(arg, view(pa), view(pb)));
                            replace!(2, r);
                        }
                        op::IS_OP => {
                            let same = (*sp.sub(1) == *sp.sub(2)) != (arg != 0);
                            discard!(2);
                            push!(tag::bool_word(same));
                        }
                        op::CONTAINS_OP => {
                            caches!(CONTAINS_OP);
                            let r = attempt!(protocol::contains(view(sp.sub(1)), view(sp.sub(2))));
                            replace!(2, Value::bool(r != (arg != 0)));
                        }
                        op::UNARY_NEGATIVE => {
                            let r = attempt!(protocol::number::negative(view(sp.sub(1))));
                            replace!(1, r);
                        }
                        op::UNARY_INVERT => {
                            let r = attempt!(protocol::number::invert(view(sp.sub(1))));
                            replace!(1, r);
                        }
                        op::UNARY_NOT => {
                            let w = *sp.sub(1);
                            *sp.sub(1) = if w == tag::TRUE { tag::FALSE } else { tag::TRUE };
                        }
                        op::TO_BOOL => {
                            caches!(TO_BOOL);
                            let w = *sp.sub(1);
                            if !tag::is_bool(w) {
                                let r = attempt!(protocol::is_true(view(sp.sub(1))));
                                replace!(1, Value::bool(r));
                            }
                        }

                        // --- jumps ----------------------------------------------------------------------------------
                        op::JUMP_FORWARD => ip = ip.add(arg),
                        op::JUMP_BACKWARD => {
                            let site = ip.sub(1).cast_mut();
                            ip = ip.add(1).sub(arg);
                            check_breaker!();
                            if !RECORDING && jit::is_on() && hot::count_loop(site.add(1)) {
                                (*frame).sp = sp;
                                (*frame).resume = ip;
                                if record::begin(frame, ip, site, TraceKind::Loop) {
                                    return Ended::Switch;
                                }
                            }
                        }
                        op::ENTER_EXECUTOR => {
                            let (trace, displaced) = hot::executor(code, *ip.sub(1));
                            if !RECORDING && !breaker::is_set() {
                                (*frame).sp = sp;
                                (*frame).resume = if displaced as u8 == op::JUMP_BACKWARD {
                                    ip.add(1).sub(arg & !0xff | (displaced >> 8) as usize)
                                } else {
                                    ip.sub(1)
                                };
                                if let Some(l) = enter::enter(frame, trace) {
                                    load_frame!(l.frame);
                                    if l.raising {
                                        raised!();
                                    }
                                    if let Some(exit) = l.record
                                        && record::begin_side(frame, exit)
                                    {
                                        return Ended::Switch;
                                    }
                                    break;
                                }
                            }
                            // The displaced instruction.
                            opcode = displaced as u8;
                            arg = arg & !0xff | (displaced >> 8) as usize;
                            continue;
                        }
                        op::JUMP_BACKWARD_NO_INTERRUPT => ip = ip.sub(arg),
                        op::POP_JUMP_IF_FALSE => {
                            ip = ip.add(1);
                            if pop!() == tag::FALSE {
                                ip = ip.add(arg);
                            }
                        }
                        op::POP_JUMP_IF_TRUE => {
                            ip = ip.add(1);
                            if pop!() == tag::TRUE {
                                ip = ip.add(arg);
                            }
                        }
                        op::POP_JUMP_IF_NONE => {
                            ip = ip.add(1);
                            let w = pop!();
                            if w == tag::NONE {
                                ip = ip.add(arg);
                            } else {
                                decref(w);
                            }
                        }
                        op::POP_JUMP_IF_NOT_NONE => {
                            ip = ip.add(1);
                            let w = pop!();
                            if w != tag::NONE {
                                ip = ip.add(arg);
                                decref(w);
                            }
                        }

                        // --- iteration ------------------------------------------------------------------------------
                        op::GET_ITER => {
                            let r = attempt!(protocol::iter::iter(view(sp.sub(1))));
                            replace!(1, r);
                        }
                        op::FOR_ITER => {
                            ip = ip.add(1);
                            let it = view(sp.sub(1));
                            if std::ptr::eq(it.class(), types().generator) {
                                let g = generator::this(it);
                                if matches!(g.state(), generator::State::Created | generator::State::Suspended) {
                                    if thread().depth.get() < *super::RECURSION_LIMIT.get() {
                                        // The operand leads to END_FOR, which only a pushed return value would need.
                                        let end = ip.add(arg + 1);
                                        let f = generator::enter(g, tag::NONE, Continuation::ForGen, end as u64);
                                        enter!(f);
                                        break;
                                    }
                                }
                            }
                            match attempt!(ops::for_next(it)) {
                                Some(v) => push!(v.into_word()),
                                None => ip = ip.add(arg + 1),
                            }
                        }
                        op::GET_YIELD_FROM_ITER => {
                            let r = attempt!(ops::yield_from_iter(view(sp.sub(1)), &*code));
                            replace!(1, r);
                        }
                        op::SEND => {
                            ip = ip.add(1);
                            let receiver = view(sp.sub(2));
                            if generator::is_generator_like(receiver) && !std::ptr::eq(receiver.class(), types().async_generator) {
                                let g = generator::this(receiver);
                                let ready = match g.state() {
                                    generator::State::Suspended => true,
                                    generator::State::Created => *sp.sub(1) == tag::NONE,
                                    _ => false,
                                };
                                if ready && thread().depth.get() < *super::RECURSION_LIMIT.get() {
                                    let v = pop!();
                                    let f = generator::enter(g, v, Continuation::SendGen, ip.add(arg) as u64);
                                    enter!(f);
                                    break;
                                }
                            }
                            match attempt!(ops::send(receiver, view(sp.sub(1)))) {
                                generator::Resumed::Yield(v) => replace!(1, v),
                                generator::Resumed::Return(v) => {
                                    replace!(1, v);
                                    ip = ip.add(arg);
                                }
                            }
                        }
                        op::YIELD_VALUE => {
                            let w = pop!();
                            break 'run Left::Yield(w);
                        }
                        op::RETURN_GENERATOR => {
                            (*frame).resume = ip;
                            (*frame).sp = sp;
                            let g = generator::from_frame(frame);
                            let (cont, previous) = ((*frame).cont, (*frame).previous);
                            let t = thread();
                            t.frame.set(previous);
                            t.depth.set(t.depth.get() - 1);
                            t.stack.pop(frame);
                            if cont == Continuation::ToRust {
                                return Ended::Done(Ok(g));
                            }
                            load_frame!(previous);
                            push!(g.into_word());
                        }
                        op::RETURN_VALUE => {
                            let w = pop!();
                            break 'run Left::Return(w);
                        }
                        op::GET_AWAITABLE => {
                            let r = attempt!(ops::get_awaitable(view(sp.sub(1)), arg));
                            replace!(1, r);
                        }
                        op::GET_AITER => {
                            let r = attempt!(ops::get_aiter(view(sp.sub(1))));
                            replace!(1, r);
                        }
                        op::GET_ANEXT => {
                            let r = attempt!(ops::get_anext(view(sp.sub(1))));
                            push!(r.into_word());
                        }
                        op::END_ASYNC_FOR => {
                            // Stack: iterator, exception.
                            if view(sp.sub(1)).is_instance(types().stop_async_iteration) {
                                discard!(2);
                            } else {
                                let e = Value::from_word(pop!());
                                let Raised(()) = exc::restore(e);
                                break 'run Left::Reraised;
                            }
                        }
                        op::CLEANUP_THROW => {
                            // Stack: delegate, last sent value, exception.
                            if view(sp.sub(1)).is_instance(types().stop_iteration) {
                                let value = crate::types::exceptions::stop_iteration_value(view(sp.sub(1)));
                                discard!(3);
                                push!(tag::NONE);
                                push!(value.into_word());
                            } else {
                                let e = Value::from_word(pop!());
                                let Raised(()) = exc::restore(e);
                                break 'run Left::Reraised;
                            }
                        }

                        // --- calls ----------------------------------------------------------------------------------
                        op::CALL => {
                            caches!(CALL);
                            (*frame).resume = ip;
                            (*frame).sp = sp;
                            match calls::call(frame, arg) {
                                Called::Frame(f) => load_frame!(f),
                                Called::Done => sp = (*frame).sp,
                                Called::Raised => {
                                    sp = (*frame).sp;
                                    raised!();
                                }
                            }
                        }
                        op::CALL_KW => {
                            caches!(CALL_KW);
                            (*frame).resume = ip;
                            (*frame).sp = sp;
                            match calls::call_kw(frame, arg) {
                                Called::Frame(f) => load_frame!(f),
                                Called::Done => sp = (*frame).sp,
                                Called::Raised => {
                                    sp = (*frame).sp;
                                    raised!();
                                }
                            }
                        }
                        op::CALL_FUNCTION_EX => {
                            (*frame).resume = ip;
                            (*frame).sp = sp;
                            match calls::call_ex(frame) {
                                Called::Frame(f) => load_frame!(f),
                                Called::Done => sp = (*frame).sp,
                                Called::Raised => {
                                    sp = (*frame).sp;
                                    raised!();
                                }
                            }
                        }
                        op::CALL_INTRINSIC_1 => {
                            let r = attempt!(ops::intrinsic_1(arg, view(sp.sub(1)), frame));
                            replace!(1, r);
                        }
                        op::CALL_INTRINSIC_2 => {
                            let r = attempt!(ops::intrinsic_2(arg, view(sp.sub(2)), view(sp.sub(1))));
                            replace!(2, r);
                        }
                        op::MAKE_FUNCTION => {
                            let f = ops::make_function(view(sp.sub(1)), frame);
                            replace!(1, f);
                        }
                        op::SET_FUNCTION_ATTRIBUTE => {
                            let f = pop!();
                            let attribute = std::mem::replace(&mut *sp.sub(1), f);
                            crate::types::function::set_attribute(view(sp.sub(1)), arg as u32, Value::from_word(attribute));
                        }

                        // --- attributes, items, names -----------------------------------------------------------------
                        op::LOAD_ATTR => {
                            caches!(LOAD_ATTR);
                            let name = &(&(*code).names)[arg >> 1];
                            if arg & 1 == 0 {
                                let r = attempt!(protocol::attr::getattr(view(sp.sub(1)), name));
                                replace!(1, r);
                            } else {
                                let (f, bound) = attempt!(protocol::attr::load_method(view(sp.sub(1)), name));
                                if bound {
                                    let this = std::mem::replace(&mut *sp.sub(1), f.into_word());
                                    push!(this);
                                } else {
                                    replace!(1, f);
                                    push!(NULL);
                                }
                            }
                        }
                        op::STORE_ATTR => {
                            caches!(STORE_ATTR);
                            // Stack: value, owner.
                            attempt!(protocol::attr::setattr(view(sp.sub(1)), &(&(*code).names)[arg], view(sp.sub(2))));
                            discard!(2);
                        }
                        op::DELETE_ATTR => {
                            attempt!(protocol::attr::delattr(view(sp.sub(1)), &(&(*code).names)[arg]));
                            discard!(1);
                        }
                        op::LOAD_SUPER_ATTR => {
                            ip = ip.add(1);
                            attempt!(ops::load_super_attr(sp, arg, &*code));
                            sp = if arg & 1 != 0 { sp.sub(1) } else { sp.sub(2) };
                        }
                        op::LOAD_SPECIAL => {
                            attempt!(ops::load_special(sp, arg));
                            sp = sp.add(1);
                        }
                        op::STORE_SUBSCR => {
                            ip = ip.add(1);
                            // Stack: value, container, key.
                            attempt!(ops::store_subscr(view(sp.sub(2)), view(sp.sub(1)), view(sp.sub(3))));
                            discard!(3);
                        }
                        op::DELETE_SUBSCR => {
                            attempt!(protocol::del_item(view(sp.sub(2)), view(sp.sub(1))));
                            discard!(2);
                        }
                        op::BINARY_SLICE => {
                            let r = attempt!(ops::binary_slice(view(sp.sub(3)), view(sp.sub(2)), view(sp.sub(1))));
                            replace!(3, r);
                        }
                        op::STORE_SLICE => {
                            // Stack: value, container, start, stop.
                            attempt!(ops::store_slice(view(sp.sub(4)), view(sp.sub(3)), view(sp.sub(2)), view(sp.sub(1))));
                            discard!(4);
                        }
                        op::LOAD_GLOBAL => {
                            caches!(LOAD_GLOBAL);
                            let v = attempt!(ops::load_global(frame, &(&(*code).names)[arg >> 1]));
                            push!(v.into_word());
                            if arg & 1 != 0 {
                                push!(NULL);
                            }
                        }
                        op::STORE_GLOBAL => {
                            attempt!(ops::store_global(frame, &(&(*code).names)[arg], view(sp.sub(1))));
                            discard!(1);
                        }
                        op::DELETE_GLOBAL => attempt!(ops::delete_global(frame, &(&(*code).names)[arg])),
                        op::LOAD_NAME => {
                            let v = attempt!(ops::load_name(frame, &(&(*code).names)[arg]));
                            push!(v.into_word());
                        }
                        op::STORE_NAME => {
                            attempt!(ops::store_name(frame, &(&(*code).names)[arg], view(sp.sub(1))));
                            discard!(1);
                        }
                        op::DELETE_NAME => attempt!(ops::delete_name(frame, &(&(*code).names)[arg])),
                        op::LOAD_LOCALS => {
                            let v = attempt!(ops::load_locals(frame));
                            push!(v.into_word());
                        }
                        op::LOAD_FROM_DICT_OR_GLOBALS => {
                            let v = attempt!(ops::from_dict_or_globals(frame, view(sp.sub(1)), &(&(*code).names)[arg]));
                            replace!(1, v);
                        }
                        op::LOAD_FROM_DICT_OR_DEREF => {
                            let v = attempt!(ops::from_dict_or_deref(frame, view(sp.sub(1)), arg));
                            replace!(1, v);
                        }
                        op::LOAD_BUILD_CLASS => {
                            let v = attempt!(ops::load_build_class(frame));
                            push!(v.into_word());
                        }
                        op::SETUP_ANNOTATIONS => attempt!(ops::setup_annotations(frame)),

                        // --- cells ------------------------------------------------------------------------------------
                        op::MAKE_CELL => {
                            let initial = *locals.add(arg);
                            let content = if initial == NULL { None } else { Some(Value::from_word(initial)) };
                            *locals.add(arg) = cellobject::new(content).into_word();
                        }
                        op::COPY_FREE_VARS => ops::copy_free_vars(frame, arg),
                        op::LOAD_DEREF => {
                            match cellobject::this(view(locals.add(arg))).content.get() {
                                Some(v) => push!(v.into_word()),
                                None => {
                                    ops::unbound_deref(&*code, arg);
                                    raised!();
                                }
                            }
                        }
                        op::STORE_DEREF => {
                            let v = Value::from_word(pop!());
                            cellobject::this(view(locals.add(arg))).content.set(v);
                        }
                        op::DELETE_DEREF => {
                            if cellobject::this(view(locals.add(arg))).content.take().is_none() {
                                ops::unbound_deref(&*code, arg);
                                raised!();
                            }
                        }

                        // --- building ---------------------------------------------------------------------------------
                        op::BUILD_TUPLE => {
                            sp = sp.sub(arg);
                            let v = tuple::from_words(sp, arg);
                            push!(v.into_word());
                        }
                        op::BUILD_LIST => {
                            sp = sp.sub(arg);
                            let v = list::from_words(sp, arg);
                            push!(v.into_word());
                        }
                        op::BUILD_SET => {
                            let v = attempt!(ops::build_set(sp, arg));
                            sp = ops::drop_words(sp, arg);
                            push!(v.into_word());
                        }
                        op::BUILD_MAP => {
                            let v = attempt!(ops::build_map(sp, arg));
                            sp = ops::drop_words(sp, 2 * arg);
                            push!(v.into_word());
                        }
                        op::BUILD_STRING => {
                            let v = attempt!(ops::build_string(sp, arg));
                            sp = ops::drop_words(sp, arg);
                            push!(v.into_word());
                        }
                        op::BUILD_SLICE => {
                            let step = if arg == 3 { Value::from_word(pop!()) } else { Value::NONE };
                            let stop = Value::from_word(pop!());
                            let begin = Value::from_word(pop!());
                            push!(crate::types::slice::new(begin, stop, step).into_word());
                        }
                        op::BUILD_INTERPOLATION => {
                            let n = if arg & 1 != 0 { 3 } else { 2 };
                            let v = attempt!(ops::build_interpolation(sp, arg));
                            sp = ops::drop_words(sp, n);
                            push!(v.into_word());
                        }
                        op::BUILD_TEMPLATE => {
                            let v = attempt!(ops::build_template(view(sp.sub(2)), view(sp.sub(1))));
                            replace!(2, v);
                        }
                        op::LIST_APPEND => {
                            let v = Value::from_word(pop!());
                            list::push(view(sp.sub(arg)), v);
                        }
                        op::LIST_EXTEND => {
                            attempt!(ops::list_extend(view(sp.sub(arg + 1)), view(sp.sub(1))));
                            discard!(1);
                        }
                        op::SET_ADD => {
                            attempt!(crate::types::set::add(view(sp.sub(arg + 1)), view(sp.sub(1))));
                            discard!(1);
                        }
                        op::SET_UPDATE => {
                            attempt!(crate::types::set::update(view(sp.sub(arg + 1)), view(sp.sub(1))));
                            discard!(1);
                        }
                        op::MAP_ADD => {
                            attempt!(crate::types::dict::set(view(sp.sub(arg + 2)), view(sp.sub(2)), view(sp.sub(1))));
                            discard!(2);
                        }
                        op::DICT_UPDATE => {
                            attempt!(ops::dict_update(view(sp.sub(arg + 1)), view(sp.sub(1))));
                            discard!(1);
                        }
                        op::DICT_MERGE => {
                            attempt!(ops::dict_merge(view(sp.sub(arg + 1)), view(sp.sub(1)), sp.sub(arg + 4)));
                            discard!(1);
                        }
                        op::UNPACK_SEQUENCE => {
                            ip = ip.add(1);
                            let seq = Value::clone_word(*sp.sub(1));
                            let top = attempt!(ops::unpack_sequence(&seq, arg, sp.sub(1)));
                            sp = top;
                        }
                        op::UNPACK_EX => {
                            let seq = Value::clone_word(*sp.sub(1));
                            let top = attempt!(ops::unpack_ex(&seq, arg & 0xff, arg >> 8, sp.sub(1)));
                            sp = top;
                        }
                        op::FORMAT_SIMPLE => {
                            if !std::ptr::eq(view(sp.sub(1)).class(), types().str) {
                                let v = attempt!(ops::format_simple(view(sp.sub(1))));
                                replace!(1, v);
                            }
                        }
                        op::FORMAT_WITH_SPEC => {
                            let v = attempt!(crate::format::format_value(view(sp.sub(2)), view(sp.sub(1))));
                            replace!(2, v);
                        }
                        op::CONVERT_VALUE => {
                            let v = attempt!(ops::convert_value(view(sp.sub(1)), arg));
                            replace!(1, v);
                        }

                        // --- exceptions -------------------------------------------------------------------------------
                        op::PUSH_EXC_INFO => {
                            let e = *sp.sub(1);
                            let state = thread().handled_state();
                            let before = state.value.replace(Some(Value::clone_word(e)));
                            *sp.sub(1) = before.unwrap_or(Value::NONE).into_word();
                            push!(e);
                        }
                        op::POP_EXCEPT => {
                            let before = Value::from_word(pop!());
                            let state = thread().handled_state();
                            let old = state.value.replace(if before.is_none() { None } else { Some(before) });
                            drop(old);
                        }
                        op::CHECK_EXC_MATCH => {
                            let r = attempt!(ops::check_exc_match(view(sp.sub(2)), view(sp.sub(1))));
                            replace!(1, Value::bool(r));
                        }
                        op::CHECK_EG_MATCH => attempt!(ops::check_eg_match(sp)),
                        op::RAISE_VARARGS => {
                            let cause = if arg == 2 { Some(Value::from_word(pop!())) } else { None };
                            let e = if arg >= 1 { Some(Value::from_word(pop!())) } else { None };
                            if ops::raise_varargs(e, cause) {
                                break 'run Left::Reraised;
                            }
                            raised!();
                        }
                        op::RERAISE => {
                            let e = Value::from_word(pop!());
                            if arg > 0 {
                                let unit = view(sp.sub(arg)).as_small_int().unwrap_or(0);
                                reraised_at = (*frame).ip;
                                (*frame).ip = (*code).units().add(unit as usize);
                            }
                            let Raised(()) = exc::restore(e);
                            break 'run Left::Reraised;
                        }
                        op::WITH_EXCEPT_START => {
                            let v = attempt!(ops::with_except_start(sp));
                            push!(v.into_word());
                        }

                        // --- imports ----------------------------------------------------------------------------------
                        op::IMPORT_NAME => {
                            // Stack: level, fromlist.
                            let v = attempt!(super::import::import_name(frame, &(&(*code).names)[arg], view(sp.sub(1)), view(sp.sub(2))));
                            replace!(2, v);
                        }
                        op::IMPORT_FROM => {
                            let v = attempt!(super::import::import_from(view(sp.sub(1)), &(&(*code).names)[arg]));
                            push!(v.into_word());
                        }

                        // --- pattern matching -------------------------------------------------------------------------
                        op::GET_LEN => {
                            let n = attempt!(protocol::len(view(sp.sub(1))));
                            push!(Value::usize(n).into_word());
                        }
                        op::MATCH_MAPPING => {
                            push!(tag::bool_word(protocol::matches_as(view(sp.sub(1)), crate::class::flag::MAPPING)));
                        }
                        op::MATCH_SEQUENCE => {
                            push!(tag::bool_word(protocol::matches_as(view(sp.sub(1)), crate::class::flag::SEQUENCE)));
                        }
                        op::MATCH_KEYS => {
                            let v = attempt!(ops::match_keys(view(sp.sub(2)), view(sp.sub(1))));
                            push!(v.into_word());
                        }
                        op::MATCH_CLASS => {
                            let v = attempt!(ops::match_class(view(sp.sub(3)), view(sp.sub(2)), arg, view(sp.sub(1))));
                            replace!(3, v);
                        }

                        _ => {
                            ops::unknown_opcode(opcode);
                            raised!();
                        }
                    }
                    break;
                }
            });
        }
    }
}
