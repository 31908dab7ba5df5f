//! The evaluation loop: one arm for each opcode.
//!
//! Raw words move freely here; the contract is at the head of [`super`]. An arm that can call or raise leaves the
//! operands on the value stack until it has the result, so that unwinding finds and drops them. `ip` points behind
//! the current unit; the frame's own `ip` names the current instruction and is written before each.

use super::cache::STEP;
use super::calls::{self, Called};
use super::delegation;
use super::leave::{Left, Next, leave};
use super::{breaker, pop_plain_frame};
use super::{dunder, fast, native_call, ops, specialise, stubs, trace};
use crate::exc::{self, Raised};
use crate::frame::{Continuation, Frame, Owner};
use crate::jit::{self, enter, hot, record};
use crate::protocol;
use crate::thread::thread;
use crate::types::{cellobject, generator, list, method, property, str, tuple};
use crate::value::{Res, Value, decref, incref};
use crate::vm::{shapes, types};
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

/// The value in a stack slot.
///
/// # Safety
/// The slot is live, and stays so while the reference is used.
#[inline(always)]
pub unsafe fn view<'a>(slot: *const Word) -> &'a Value {
    // SAFETY: passed on.
    unsafe { Value::from_word_ref(&*slot) }
}

/// Runs from `frame` until it returns to native code. The instances for `RECORDING` and `TRACING` show each instruction
/// to the recorder and to [`trace`] first.
///
/// # Safety
/// As for [`super::run`].
pub unsafe fn interpret<const RECORDING: bool, const TRACING: bool>(entry: *mut Frame, raising: bool) -> Ended {
    let plain = !RECORDING && !TRACING;
    let mut frame = entry;
    // SAFETY: the frame is linked in; code objects are the compiler's or verified, so stack depths and operands fit.
    unsafe {
        let mut ip: *const u16 = (*frame).resume;
        let mut sp: *mut Word = (*frame).sp;
        let mut consts: *const Word = (*(*frame).code).consts.as_ptr().cast();
        macro_rules! load_frame {
            ($f:expr) => {{
                frame = $f;
                ip = (*frame).resume;
                sp = (*frame).sp;
                consts = (*(*frame).code).consts.as_ptr().cast();
            }};
        }

        // Ends or suspends the frame, and goes on where that leads.
        macro_rules! leave {
            ($left:expr) => {
                match leave(frame, $left) {
                    Next::Frame(f) => {
                        if !TRACING && trace::is_due() {
                            return Ended::Switch;
                        }
                        load_frame!(f)
                    }
                    Next::Native(r) => return Ended::Done(r),
                }
            };
        }
        if raising {
            // The value that `enter` has sent is not wanted.
            (*frame).sp = sp.sub(1);
            if TRACING {
                trace::thrown(frame);
            }
            leave!(Left::Raised);
        }
        loop {
            let mut opcode: u8;
            let mut arg: usize;
            macro_rules! fetch {
                ($raised:expr) => {{
                    if RECORDING {
                        (*frame).sp = sp;
                        if trace::is_due() {
                            (*frame).resume = ip;
                            return Ended::Switch;
                        }
                        if record::step(frame, ip) == record::Step::Stop {
                            (*frame).resume = ip;
                            return Ended::Switch;
                        }
                    }
                    if TRACING {
                        (*frame).sp = sp;
                        (*frame).resume = ip;
                        match trace::step(frame, ip) {
                            trace::Step::Go => {}
                            trace::Step::Switch => return Ended::Switch,
                            trace::Step::Raised => $raised,
                        }
                    }
                    let unit = *ip;
                    (*frame).ip = ip;
                    ip = ip.add(1);
                    opcode = unit as u8;
                    arg = (unit >> 8) as usize;
                }};
            }
            fetch!({
                leave!(Left::Raised);
                continue;
            });
            // An arm that ends goes on to the next instruction; `continue` runs `opcode` without fetching.
            let left = 'run: loop {
                'done: {
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
                    // Pushes an owned word, or stores it right away where the next instruction is STORE_FAST.
                    macro_rules! push_or_store {
                        ($w:expr) => {{
                            let w: Word = $w;
                            let unit = *ip;
                            if plain && unit as u8 == op::STORE_FAST {
                                (*frame).ip = ip;
                                ip = ip.add(1);
                                let old = std::mem::replace(&mut *Frame::locals(frame).add((unit >> 8) as usize), w);
                                decref(old);
                            } else {
                                push!(w);
                            }
                        }};
                    }
                    // Pushes a bool, or jumps right away where the next instruction is a jump on it.
                    macro_rules! push_or_jump {
                        ($b:expr) => {{
                            let b: bool = $b;
                            let unit = *ip;
                            if plain && (unit as u8 == op::POP_JUMP_IF_FALSE || unit as u8 == op::POP_JUMP_IF_TRUE) {
                                let taken = b == (unit as u8 == op::POP_JUMP_IF_TRUE);
                                ip = ip.add(2);
                                if taken {
                                    ip = ip.add((unit >> 8) as usize);
                                } else {
                                    skip_not_taken!();
                                }
                            } else {
                                push!(tag::bool_word(b));
                            }
                        }};
                    }
                    // The fall-through of a conditional jump begins with a NOT_TAKEN.
                    macro_rules! skip_not_taken {
                        () => {
                            if plain && *ip as u8 == op::NOT_TAKEN {
                                ip = ip.add(1);
                            }
                        };
                    }
                    // Replaces the top `n` operands by the value, then drops them: first the one in whose place it is, then
                    // the others from the top, as CPython does.
                    macro_rules! replace {
                        ($n:literal, $v:expr) => {{
                            let w: Word = $v.into_word();
                            let base = sp.sub($n);
                            let first = std::mem::replace(&mut *base, w);
                            sp = base.add(1);
                            decref(first);
                            for i in (1..$n).rev() {
                                decref(*base.add(i));
                            }
                        }};
                    }
                    // Drops the top `n` operands.
                    macro_rules! discard {
                        ($n:literal) => {{
                            sp = sp.sub($n);
                            for i in (0..$n).rev() {
                                decref(*sp.add(i));
                            }
                        }};
                    }
                    macro_rules! caches {
                        ($op:ident) => {
                            ip = ip.add(OPCODES[op::$op as usize].caches as usize)
                        };
                    }
                    macro_rules! check_breaker {
                        () => {
                            if breaker::is_set() {
                                (*frame).sp = sp;
                                attempt!(breaker::handle());
                                if !TRACING && trace::is_due() {
                                    (*frame).resume = if opcode == op::RESUME { (*frame).ip } else { ip };
                                    return Ended::Switch;
                                }
                            }
                        };
                    }

                    // Runs the instruction in its general form. `ip` may have been moved.
                    macro_rules! general {
                        ($op:ident) => {{
                            ip = (*frame).ip.add(1);
                            opcode = op::$op;
                            continue 'run;
                        }};
                    }
                    // At the head of a general form: specialises the instruction when its counter says so, and starts over.
                    macro_rules! adapt {
                    ($f:ident($($a:expr),*)) => {
                        if *ip < STEP {
                            specialise::$f((*frame).ip.cast_mut(), $($a),*);
                            opcode = *(*frame).ip as u8;
                            continue 'run;
                        }
                        *ip.cast_mut() -= STEP;
                    };
                }
                    // Goes on in a frame that an arm has pushed without setting this one's `resume` and `sp`.
                    macro_rules! enter_new {
                        ($f:expr, $resume:expr) => {{
                            (*frame).resume = $resume;
                            frame = $f;
                            ip = (*frame).ip;
                            sp = (*frame).sp;
                            consts = (*(*frame).code).consts.as_ptr().cast();
                        }};
                    }
                    // Goes on in the frame of a special method if there is one; the operands stay where they are.
                    macro_rules! special {
                        ($f:expr) => {
                            if let Some(callee) = $f {
                                (*frame).sp = sp;
                                enter_new!(callee, ip);
                                break 'done;
                            }
                        };
                    }
                    // A call instruction in general.
                    macro_rules! call {
                        ($e:expr) => {{
                            (*frame).resume = ip;
                            (*frame).sp = sp;
                            match $e {
                                Called::Frame(f) => load_frame!(f),
                                Called::Done => sp = (*frame).sp,
                                Called::Switch => {
                                    if !TRACING {
                                        return Ended::Switch;
                                    }
                                    sp = (*frame).sp;
                                }
                                Called::Raised => {
                                    sp = (*frame).sp;
                                    raised!();
                                }
                            }
                        }};
                    }
                    // The result of a native call replaces `n` operands.
                    macro_rules! returned {
                        ($base:expr, $r:expr) => {{
                            let base: *mut Word = $base;
                            let w = attempt!($r).into_word();
                            decref(std::mem::replace(&mut *base, w));
                            while {
                                sp = sp.sub(1);
                                sp != base
                            } {
                                decref(*sp);
                            }
                            sp = base.add(1);
                        }};
                    }
                    // An attribute, owned, in place of its owner.
                    macro_rules! attribute {
                        ($w:expr, $arg:expr) => {{
                            let w: Word = $w;
                            if w == NULL {
                                general!(LOAD_ATTR);
                            }
                            ip = ip.add(9);
                            let owner = std::mem::replace(&mut *sp.sub(1), w);
                            if $arg & 1 != 0 {
                                push!(NULL);
                            }
                            decref(owner);
                        }};
                    }
                    // A function that the class holds, and the owner as its first argument.
                    macro_rules! method {
                        ($w:expr) => {{
                            let w: Word = $w;
                            if w == NULL {
                                general!(LOAD_ATTR);
                            }
                            ip = ip.add(9);
                            incref(w);
                            let owner = std::mem::replace(&mut *sp.sub(1), w);
                            push!(owner);
                        }};
                    }
                    // Ends STORE_ATTR after the value has moved; the old value is still to be dropped.
                    macro_rules! stored {
                        ($old:expr) => {
                            match $old {
                                Some(old) => {
                                    ip = ip.add(4);
                                    sp = sp.sub(2);
                                    let owner = *sp.add(1);
                                    decref(old);
                                    decref(owner);
                                }
                                None => general!(STORE_ATTR),
                            }
                        };
                    }
                    macro_rules! int_op {
                        ($f:ident) => {{
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let (a, b) = (*pa, *pb);
                            if a & b & 1 == 0 {
                                general!(BINARY_OP);
                            }
                            match ops::$f(a, b) {
                                Some(w) => {
                                    sp = pa;
                                    ip = ip.add(5);
                                    push_or_store!(w);
                                }
                                None => general!(BINARY_OP),
                            }
                        }};
                    }
                    macro_rules! float_op {
                    ($op:tt) => {{
                        let (pa, pb) = (sp.sub(2), sp.sub(1));
                        let (a, b) = (*pa, *pb);
                        if !is_float(a) || !is_float(b) {
                            general!(BINARY_OP);
                        }
                        let w = Value::float(tag::float_value(a) $op tag::float_value(b)).into_word();
                        sp = pa;
                        ip = ip.add(5);
                        push_or_store!(w);
                    }};
                }
                    // The item in place of container and index.
                    macro_rules! item {
                        ($f:ident) => {{
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let w = fast::$f(*pa, *pb);
                            if w == NULL {
                                general!(BINARY_OP);
                            }
                            let container = std::mem::replace(&mut *pa, w);
                            let index = *pb;
                            sp = pb;
                            ip = ip.add(5);
                            decref(index);
                            decref(container);
                        }};
                    }
                    macro_rules! next_item {
                        ($f:ident) => {
                            match fast::$f(*sp.sub(1)) {
                                None => general!(FOR_ITER),
                                Some(NULL) => ip = ip.add(arg + 2),
                                Some(w) => {
                                    ip = ip.add(1);
                                    push_or_store!(w);
                                }
                            }
                        };
                    }
                    macro_rules! truth {
                        ($guard:expr, $value:expr) => {{
                            if !$guard {
                                general!(TO_BOOL);
                            }
                            let truth = $value;
                            let w = pop!();
                            ip = ip.add(3);
                            decref(w);
                            push_or_jump!(truth);
                        }};
                    }

                    match opcode {
                        op::EXTENDED_ARG => {
                            let unit = *ip;
                            (*frame).ip = ip;
                            ip = ip.add(1);
                            opcode = unit as u8;
                            arg = arg << 8 | (unit >> 8) as usize;
                            continue 'run;
                        }
                        op::NOP | op::NOT_TAKEN | op::CACHE => {}
                        op::RESUME => {
                            if arg & 3 < 2 {
                                check_breaker!();
                            }
                            if plain && jit::is_on() && arg & 3 == 0 && hot::count_call(&*(*frame).code) {
                                (*frame).sp = sp;
                                (*frame).resume = ip.sub(1);
                                if record::begin(frame, ip.sub(1), ip.sub(1).cast_mut(), TraceKind::Entry) {
                                    return Ended::Switch;
                                }
                            }
                        }

                        // --- locals and constants -----------------------------------------------------------------
                        op::LOAD_FAST | op::LOAD_FAST_BORROW => {
                            let w = *Frame::locals(frame).add(arg);
                            // Attributes of a local, `self` above all, need no reference of their own to their owner.
                            let unit = *ip;
                            if plain && unit as u8 == op::LOAD_ATTR_INSTANCE_VALUE {
                                let found = fast::instance_value(ip.add(1), w);
                                if found != NULL {
                                    (*frame).ip = ip;
                                    ip = ip.add(10);
                                    push!(found);
                                    if unit & 0x100 != 0 {
                                        push!(NULL);
                                    }
                                    break 'done;
                                }
                            }
                            if plain
                                && unit as u8 == op::STORE_ATTR_INSTANCE_VALUE
                                && let Some(old) = fast::store_value(ip.add(1), w, *sp.sub(1))
                            {
                                (*frame).ip = ip;
                                ip = ip.add(5);
                                sp = sp.sub(1);
                                decref(old);
                                break 'done;
                            }
                            incref(w);
                            push!(w);
                        }
                        op::LOAD_FAST_BORROW_LOAD_FAST_BORROW | op::LOAD_FAST_LOAD_FAST => {
                            let (a, b) = (*Frame::locals(frame).add(arg >> 4), *Frame::locals(frame).add(arg & 15));
                            if plain && *ip as u8 == op::BINARY_OP_SUBSCR_LIST_INT {
                                let item = fast::list_item(a, b);
                                if item != NULL {
                                    (*frame).ip = ip;
                                    ip = ip.add(6);
                                    push_or_store!(item);
                                    break 'done;
                                }
                            }
                            incref(a);
                            incref(b);
                            *sp = a;
                            *sp.add(1) = b;
                            sp = sp.add(2);
                        }
                        op::LOAD_FAST_CHECK => {
                            let w = *Frame::locals(frame).add(arg);
                            if w == NULL {
                                ops::unbound_local(&*(*frame).code, arg);
                                raised!();
                            }
                            incref(w);
                            push!(w);
                        }
                        op::LOAD_FAST_AND_CLEAR => {
                            let w = std::mem::replace(&mut *Frame::locals(frame).add(arg), NULL);
                            push!(w);
                        }
                        op::STORE_FAST => {
                            let w = pop!();
                            let old = std::mem::replace(&mut *Frame::locals(frame).add(arg), w);
                            decref(old);
                        }
                        op::STORE_FAST_LOAD_FAST => {
                            let old = std::mem::replace(&mut *Frame::locals(frame).add(arg >> 4), *sp.sub(1));
                            let w = *Frame::locals(frame).add(arg & 15);
                            incref(w);
                            *sp.sub(1) = w;
                            decref(old);
                        }
                        op::STORE_FAST_STORE_FAST => {
                            sp = sp.sub(2);
                            let old = std::mem::replace(&mut *Frame::locals(frame).add(arg >> 4), *sp.add(1));
                            decref(old);
                            let old = std::mem::replace(&mut *Frame::locals(frame).add(arg & 15), *sp);
                            decref(old);
                        }
                        op::DELETE_FAST => {
                            let old = std::mem::replace(&mut *Frame::locals(frame).add(arg), NULL);
                            if old == NULL {
                                ops::unbound_local(&*(*frame).code, arg);
                                raised!();
                            }
                            decref(old);
                        }
                        op::LOAD_CONST => {
                            let w = *consts.add(arg);
                            incref(w);
                            push!(w);
                        }
                        op::LOAD_SMALL_INT => {
                            let w = tag::int_word(arg as i64);
                            let next = *ip as u8;
                            if plain && (next == op::BINARY_OP_ADD_INT || next == op::BINARY_OP_SUBTRACT_INT) && is_int(*sp.sub(1)) {
                                let a = *sp.sub(1);
                                let r = if next == op::BINARY_OP_ADD_INT { ops::int_add(a, w) } else { ops::int_subtract(a, w) };
                                if let Some(r) = r {
                                    (*frame).ip = ip;
                                    ip = ip.add(6);
                                    sp = sp.sub(1);
                                    push_or_store!(r);
                                    break 'done;
                                }
                            }
                            push!(w);
                        }
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
                            adapt!(binary_op(arg, sp.sub(2), *ip.add(5)));
                            caches!(BINARY_OP);
                            let pa = sp.sub(2);
                            special!(dunder::binary(arg, pa));
                            let r = attempt!(ops::binary(arg, pa, frame));
                            replace!(2, r);
                        }
                        op::BINARY_OP_ADD_INT => int_op!(int_add),
                        op::BINARY_OP_SUBTRACT_INT => int_op!(int_subtract),
                        op::BINARY_OP_MULTIPLY_INT => int_op!(int_multiply),
                        op::BINARY_OP_ADD_FLOAT => float_op!(+),
                        op::BINARY_OP_SUBTRACT_FLOAT => float_op!(-),
                        op::BINARY_OP_MULTIPLY_FLOAT => float_op!(*),
                        op::BINARY_OP_EXTEND => {
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            match ops::number_binary(arg, *pa, *pb) {
                                Some(w) => {
                                    sp = pa;
                                    ip = ip.add(5);
                                    push_or_store!(w);
                                }
                                None => general!(BINARY_OP),
                            }
                        }
                        op::BINARY_OP_ADD_UNICODE | op::BINARY_OP_INPLACE_ADD_UNICODE => {
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            if !fast::has_shape(*pa, shapes().str) || !fast::has_shape(*pb, shapes().str) {
                                general!(BINARY_OP);
                            }
                            caches!(BINARY_OP);
                            let r = attempt!(ops::concatenate(pa, frame));
                            replace!(2, r);
                        }
                        op::BINARY_OP_SUBSCR_LIST_INT => item!(list_item),
                        op::BINARY_OP_SUBSCR_TUPLE_INT => item!(tuple_item),
                        op::BINARY_OP_SUBSCR_STR_INT => item!(str_item),
                        op::BINARY_OP_SUBSCR_DICT => {
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let w = fast::dict_str_item(*pa, *pb);
                            let w = if w != NULL {
                                w
                            } else {
                                if !fast::has_shape(*pa, shapes().dict) {
                                    general!(BINARY_OP);
                                }
                                attempt!(ops::dict_item(view(pa), view(pb))).into_word()
                            };
                            ip = ip.add(5);
                            sp = pb;
                            let container = std::mem::replace(&mut *pa, w);
                            decref(*pb);
                            decref(container);
                        }
                        op::BINARY_OP_SUBSCR_LIST_SLICE => {
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            if !fast::has_shape(*pa, shapes().list) || !fast::has_shape(*pb, shapes().slice) {
                                general!(BINARY_OP);
                            }
                            caches!(BINARY_OP);
                            let r = attempt!(protocol::get_item(view(pa), view(pb)));
                            replace!(2, r);
                        }
                        op::BINARY_OP_SUBSCR_GETITEM => {
                            let pa = sp.sub(2);
                            let f = match fast::shape_of(*pa) {
                                0 => None,
                                _ => dunder::getitem(view(pa)),
                            };
                            let Some(f) = f else { general!(BINARY_OP) };
                            let callee = calls::enter_exact(f, calls::code_of(f), pa, 2, Continuation::Push, 0);
                            let Some(callee) = callee else { general!(BINARY_OP) };
                            incref(f);
                            (*frame).sp = pa;
                            enter_new!(callee, ip.add(5));
                        }
                        op::COMPARE_OP => {
                            adapt!(compare_op(arg, sp.sub(2)));
                            caches!(COMPARE_OP);
                            special!(dunder::compare(arg, sp.sub(2)));
                            let r = attempt!(ops::compare(arg, view(sp.sub(2)), view(sp.sub(1))));
                            discard!(2);
                            push!(r.into_word());
                        }
                        op::COMPARE_OP_INT => {
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let (a, b) = (*pa, *pb);
                            if a & b & 1 == 0 {
                                general!(COMPARE_OP);
                            }
                            // Bits 0 to 3 of the operand: unordered, less, greater, equal.
                            let (x, y) = (a as i64, b as i64);
                            let bits = (((x == y) as usize) << 3) | (((x > y) as usize) << 2) | (((x < y) as usize) << 1);
                            sp = pa;
                            ip = ip.add(1);
                            push_or_jump!(arg & bits != 0);
                        }
                        op::COMPARE_OP_FLOAT => {
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let (Some(x), Some(y)) = (fast::number(*pa), fast::number(*pb)) else { general!(COMPARE_OP) };
                            let bits = (((x == y) as usize) << 3) | (((x > y) as usize) << 2) | (((x < y) as usize) << 1);
                            sp = pa;
                            ip = ip.add(1);
                            push_or_jump!(arg & bits != 0);
                        }
                        op::COMPARE_OP_STR => {
                            let (pa, pb) = (sp.sub(2), sp.sub(1));
                            let (a, b) = (*pa, *pb);
                            if !fast::has_shape(a, shapes().str) || !fast::has_shape(b, shapes().str) {
                                general!(COMPARE_OP);
                            }
                            let equal = a == b || str::exact_payload(a).equals(str::exact_payload(b));
                            sp = pa;
                            ip = ip.add(1);
                            decref(a);
                            decref(b);
                            push_or_jump!(arg & if equal { 8 } else { 7 } != 0);
                        }
                        op::IS_OP => {
                            let same = (*sp.sub(1) == *sp.sub(2)) != (arg != 0);
                            discard!(2);
                            push_or_jump!(same);
                        }
                        op::CONTAINS_OP => {
                            adapt!(contains_op(view(sp.sub(1))));
                            caches!(CONTAINS_OP);
                            special!(dunder::contains(arg, sp.sub(2)));
                            let r = attempt!(protocol::contains(view(sp.sub(1)), view(sp.sub(2))));
                            discard!(2);
                            push_or_jump!(r != (arg != 0));
                        }
                        op::CONTAINS_OP_DICT => {
                            if !fast::has_shape(*sp.sub(1), shapes().dict) {
                                general!(CONTAINS_OP);
                            }
                            ip = ip.add(1);
                            let r = attempt!(crate::types::dict::contains(view(sp.sub(1)), view(sp.sub(2))));
                            discard!(2);
                            push_or_jump!(r != (arg != 0));
                        }
                        op::CONTAINS_OP_SET => {
                            let id = fast::shape_of(*sp.sub(1));
                            if id == 0 || id != shapes().set && id != shapes().frozenset {
                                general!(CONTAINS_OP);
                            }
                            ip = ip.add(1);
                            let r = attempt!(protocol::contains(view(sp.sub(1)), view(sp.sub(2))));
                            discard!(2);
                            push_or_jump!(r != (arg != 0));
                        }
                        op::UNARY_NEGATIVE => {
                            let w = *sp.sub(1);
                            if is_int(w)
                                && let Some(n) = (2i64).checked_sub(w as i64)
                            {
                                *sp.sub(1) = n as Word;
                                break 'done;
                            }
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
                            adapt!(to_bool(view(sp.sub(1))));
                            caches!(TO_BOOL);
                            special!(dunder::to_bool(sp.sub(1)));
                            let r = attempt!(protocol::is_true(view(sp.sub(1))));
                            replace!(1, Value::bool(r));
                        }
                        op::TO_BOOL_BOOL => {
                            if !tag::is_bool(*sp.sub(1)) {
                                general!(TO_BOOL);
                            }
                            ip = ip.add(3);
                        }
                        op::TO_BOOL_INT => {
                            let w = *sp.sub(1);
                            if !is_int(w) {
                                general!(TO_BOOL);
                            }
                            sp = sp.sub(1);
                            ip = ip.add(3);
                            push_or_jump!(w != tag::int_word(0));
                        }
                        op::TO_BOOL_NONE => {
                            if *sp.sub(1) != tag::NONE {
                                general!(TO_BOOL);
                            }
                            sp = sp.sub(1);
                            ip = ip.add(3);
                            push_or_jump!(false);
                        }
                        op::TO_BOOL_LIST => truth!(fast::has_shape(*sp.sub(1), shapes().list), list::len(view(sp.sub(1))) != 0),
                        op::TO_BOOL_STR => truth!(fast::has_shape(*sp.sub(1), shapes().str), !str::exact_payload(*sp.sub(1)).is_empty()),
                        op::TO_BOOL_ALWAYS_TRUE => truth!(fast::is_always_true(ip, *sp.sub(1)), true),

                        // --- jumps ----------------------------------------------------------------------------------
                        op::JUMP_FORWARD => ip = ip.add(arg),
                        op::JUMP_BACKWARD => {
                            let site = ip.sub(1).cast_mut();
                            ip = ip.add(1).sub(arg);
                            check_breaker!();
                            if plain && jit::is_on() && hot::count_loop(site.add(1)) {
                                (*frame).sp = sp;
                                (*frame).resume = ip;
                                if record::begin(frame, ip, site, TraceKind::Loop) {
                                    return Ended::Switch;
                                }
                            }
                        }
                        op::ENTER_EXECUTOR => {
                            let site = ip.sub(1);
                            let (trace, displaced) = hot::executor((*frame).code, *site);
                            if plain && !breaker::is_set() {
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
                                    if ip != site {
                                        break 'done;
                                    }
                                    // The trace has left where it begins: entering it again would get no further.
                                    (*frame).ip = ip;
                                    ip = ip.add(1);
                                }
                            }
                            // The displaced instruction.
                            opcode = displaced as u8;
                            arg = arg & !0xff | (displaced >> 8) as usize;
                            continue 'run;
                        }
                        op::JUMP_BACKWARD_NO_INTERRUPT => ip = ip.sub(arg),
                        op::POP_JUMP_IF_FALSE => {
                            ip = ip.add(1);
                            if pop!() == tag::FALSE {
                                ip = ip.add(arg);
                            } else {
                                skip_not_taken!();
                            }
                        }
                        op::POP_JUMP_IF_TRUE => {
                            ip = ip.add(1);
                            if pop!() == tag::TRUE {
                                ip = ip.add(arg);
                            } else {
                                skip_not_taken!();
                            }
                        }
                        op::POP_JUMP_IF_NONE => {
                            ip = ip.add(1);
                            let w = pop!();
                            if w == tag::NONE {
                                ip = ip.add(arg);
                            } else {
                                skip_not_taken!();
                                decref(w);
                            }
                        }
                        op::POP_JUMP_IF_NOT_NONE => {
                            ip = ip.add(1);
                            let w = pop!();
                            if w != tag::NONE {
                                ip = ip.add(arg);
                                decref(w);
                            } else {
                                skip_not_taken!();
                            }
                        }

                        // --- iteration ------------------------------------------------------------------------------
                        op::GET_ITER => {
                            let r = attempt!(protocol::iter::iter(view(sp.sub(1))));
                            replace!(1, r);
                        }
                        op::FOR_ITER => {
                            adapt!(for_iter(view(sp.sub(1))));
                            if RECORDING && generator::can_resume(*sp.sub(1)) {
                                // The recorder inlines generators, also where there are other iterators.
                                opcode = op::FOR_ITER_GEN;
                                continue 'run;
                            }
                            ip = ip.add(1);
                            special!(dunder::next(view(sp.sub(1)), ip.add(arg + 1)));
                            match attempt!(ops::for_next(view(sp.sub(1)))) {
                                Some(v) => push!(v.into_word()),
                                None => ip = ip.add(arg + 1),
                            }
                        }
                        op::FOR_ITER_LIST => next_item!(next_of_list),
                        op::FOR_ITER_TUPLE => next_item!(next_of_tuple),
                        op::FOR_ITER_RANGE => next_item!(next_of_range),
                        op::FOR_ITER_GEN => {
                            if !generator::can_resume(*sp.sub(1)) {
                                general!(FOR_ITER);
                            }
                            let g = generator::this(view(sp.sub(1)));
                            // The operand leads to END_FOR, which only a pushed return value would need.
                            let end = ip.add(arg + 2);
                            (*frame).sp = sp;
                            let enter = if plain { delegation::enter } else { generator::enter };
                            let f = enter(g, tag::NONE, Continuation::ForGen, end as u64);
                            (*frame).resume = ip.add(1);
                            load_frame!(f);
                        }
                        op::GET_YIELD_FROM_ITER => {
                            let r = attempt!(ops::yield_from_iter(view(sp.sub(1)), &*(*frame).code));
                            replace!(1, r);
                        }
                        op::SEND => {
                            adapt!(send(view(sp.sub(2))));
                            ip = ip.add(1);
                            match attempt!(ops::send(view(sp.sub(2)), view(sp.sub(1)))) {
                                generator::Resumed::Yield(v) => replace!(1, v),
                                generator::Resumed::Return(v) => {
                                    replace!(1, v);
                                    ip = ip.add(arg);
                                }
                            }
                        }
                        op::SEND_GEN => {
                            let id = fast::shape_of(*sp.sub(2));
                            if id == 0 || id != shapes().generator && id != shapes().coroutine {
                                general!(SEND);
                            }
                            let g = generator::this(view(sp.sub(2)));
                            let ready = match g.state() {
                                generator::State::Suspended => true,
                                generator::State::Created => *sp.sub(1) == tag::NONE,
                                _ => false,
                            };
                            if !ready || thread().depth.get() >= *super::RECURSION_LIMIT.get() {
                                general!(SEND);
                            }
                            let v = pop!();
                            (*frame).sp = sp;
                            let enter = if plain { delegation::enter } else { generator::enter };
                            let f = enter(g, v, Continuation::SendGen, ip.add(1 + arg) as u64);
                            (*frame).resume = ip.add(1);
                            load_frame!(f);
                        }
                        op::YIELD_VALUE => {
                            let w = pop!();
                            if (*frame).cont != Continuation::ToRust {
                                (*frame).sp = sp;
                                (*frame).resume = ip;
                                let receiver = if plain {
                                    delegation::suspend(frame)
                                } else {
                                    let previous = (*frame).previous;
                                    generator::suspend(frame);
                                    previous
                                };
                                load_frame!(receiver);
                                push!(w);
                                break 'done;
                            }
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
                            let plain = (*frame).cont == Continuation::Push || (*frame).cont == Continuation::Init && w == tag::NONE;
                            if !plain || (*frame).owner != Owner::Stack || (*frame).frame_obj != NULL || sp != Frame::stack_base(frame) {
                                break 'run Left::Return(w);
                            }
                            let pushes = (*frame).cont == Continuation::Push;
                            let previous = (*frame).previous;
                            pop_plain_frame(frame);
                            load_frame!(previous);
                            if pushes {
                                push!(w);
                            }
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
                            adapt!(call(arg, sp.sub(arg + 2)));
                            caches!(CALL);
                            call!(calls::call(frame, arg));
                        }
                        op::CALL_PY_EXACT_ARGS => {
                            let base = sp.sub(arg + 2);
                            let f = *base;
                            if !fast::has_shape(f, shapes().function) {
                                general!(CALL);
                            }
                            let has_self = (*base.add(1) != NULL) as usize;
                            let code = calls::code_of(f);
                            if (*code).exact_args as usize != arg + has_self {
                                general!(CALL);
                            }
                            match calls::enter_exact(f, code, base.add(2 - has_self), arg + has_self, Continuation::Push, 0) {
                                Some(callee) => {
                                    (*frame).sp = base;
                                    enter_new!(callee, ip.add(3));
                                }
                                None => general!(CALL),
                            }
                        }
                        op::CALL_BOUND_METHOD_EXACT_ARGS => {
                            let base = sp.sub(arg + 2);
                            let m = *base;
                            if !fast::has_shape(m, shapes().method) || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            let bound = method::this(view(base));
                            let (f, this) = (bound.function.word(), bound.this.word());
                            if !fast::has_shape(f, shapes().function) || (*calls::code_of(f)).exact_args as usize != arg + 1 {
                                general!(CALL);
                            }
                            *base.add(1) = this;
                            match calls::enter_exact(f, calls::code_of(f), base.add(1), arg + 1, Continuation::Push, 0) {
                                Some(callee) => {
                                    incref(this);
                                    incref(f);
                                    (*frame).sp = base;
                                    (*frame).resume = ip.add(3);
                                    load_frame!(callee);
                                    decref(m);
                                }
                                None => {
                                    *base.add(1) = NULL;
                                    general!(CALL);
                                }
                            }
                        }
                        op::CALL_ALLOC_AND_ENTER_INIT => match calls::enter_init(frame, sp.sub(arg + 2), arg) {
                            Some(callee) => enter_new!(callee, ip.add(3)),
                            None => general!(CALL),
                        },
                        op::CALL_PY_GENERAL | op::CALL_BOUND_METHOD_GENERAL | op::CALL_NON_PY_GENERAL => {
                            caches!(CALL);
                            call!(calls::call(frame, arg));
                        }
                        op::CALL_BUILTIN_CLASS => {
                            let base = sp.sub(arg + 2);
                            if !fast::has_shape(*base, shapes().type_) || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            caches!(CALL);
                            let r = calls::native_class(base, arg);
                            returned!(base, r);
                        }
                        op::CALL_TYPE_1 => {
                            let base = sp.sub(3);
                            if *base != types().type_.value_word() || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            caches!(CALL);
                            let v = pop!();
                            sp = sp.sub(1);
                            *base = Value::from_word_ref(&v).class().value().into_word();
                            decref(v);
                        }
                        op::CALL_STR_1 => {
                            let base = sp.sub(3);
                            if *base != types().str.value_word() || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            caches!(CALL);
                            let r = protocol::str(view(base.add(2)));
                            returned!(base, r);
                        }
                        op::CALL_TUPLE_1 => {
                            let base = sp.sub(3);
                            if *base != types().tuple.value_word() || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            caches!(CALL);
                            let r = ops::to_tuple(view(base.add(2)));
                            returned!(base, r);
                        }
                        op::CALL_LEN => {
                            let base = sp.sub(3);
                            if *base != native_call::known().len || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            let v = *sp.sub(1);
                            let n = match fast::len(v) {
                                Some(n) => n,
                                None => attempt!(protocol::len(view(sp.sub(1)))),
                            };
                            caches!(CALL);
                            decref(*base);
                            *base = tag::int_word(n as i64);
                            sp = base.add(1);
                            decref(v);
                        }
                        op::CALL_ISINSTANCE => {
                            let base = sp.sub(4);
                            if *base != native_call::known().isinstance || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            let r = match fast::is_instance(*sp.sub(2), *sp.sub(1)) {
                                Some(r) => r,
                                None => attempt!(protocol::isinstance(view(sp.sub(2)), view(sp.sub(1)))),
                            };
                            caches!(CALL);
                            let (f, v, class) = (*base, *base.add(2), *base.add(3));
                            *base = tag::bool_word(r);
                            sp = base.add(1);
                            fast::drop3(f, v, class);
                        }
                        op::CALL_LIST_APPEND => {
                            let base = sp.sub(3);
                            let l = *base.add(1);
                            if *base != native_call::known().list_append || !fast::has_shape(l, shapes().list) {
                                general!(CALL);
                            }
                            caches!(CALL);
                            let v = pop!();
                            list::push(Value::from_word_ref(&l), Value::from_word(v));
                            decref(*base);
                            *base = tag::NONE;
                            sp = base.add(1);
                            decref(l);
                        }
                        op::CALL_BUILTIN_O | op::CALL_BUILTIN_FAST | op::CALL_BUILTIN_FAST_WITH_KEYWORDS => {
                            let base = sp.sub(arg + 2);
                            if !fast::has_shape(*base, shapes().builtin_function) || *base.add(1) != NULL {
                                general!(CALL);
                            }
                            let Some(r) = native_call::builtin(base, arg) else { general!(CALL) };
                            caches!(CALL);
                            returned!(base, r);
                        }
                        op::CALL_METHOD_DESCRIPTOR_O
                        | op::CALL_METHOD_DESCRIPTOR_FAST
                        | op::CALL_METHOD_DESCRIPTOR_NOARGS
                        | op::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS => {
                            let base = sp.sub(arg + 2);
                            if !fast::has_shape(*base, shapes().method_descriptor) || *base.add(1) == NULL {
                                general!(CALL);
                            }
                            let Some(r) = native_call::method(base, arg) else { general!(CALL) };
                            caches!(CALL);
                            returned!(base, r);
                        }
                        op::CALL_KW => {
                            caches!(CALL_KW);
                            call!(calls::call_kw(frame, arg));
                        }
                        op::CALL_FUNCTION_EX => call!(calls::call_ex(frame)),
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
                            adapt!(load_attr(arg, view(sp.sub(1)), &(&(*(*frame).code).names)[arg >> 1]));
                            let name = &(&(*(*frame).code).names)[arg >> 1];
                            let (w, kind) = stubs::load(*sp.sub(1), name.word());
                            if kind == stubs::Kind::Value {
                                attribute!(w, arg);
                                break 'done;
                            }
                            if kind == stubs::Kind::Method && arg & 1 != 0 {
                                method!(w);
                                break 'done;
                            }
                            caches!(LOAD_ATTR);
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
                        op::LOAD_ATTR_INSTANCE_VALUE => attribute!(fast::instance_value(ip, *sp.sub(1)), arg),
                        op::LOAD_ATTR_WITH_HINT => {
                            attribute!(fast::hinted_value(ip, *sp.sub(1), (&(*(*frame).code).names)[arg >> 1].word()), arg)
                        }
                        op::LOAD_ATTR_SLOT => attribute!(fast::member_value(ip, *sp.sub(1)), arg),
                        op::LOAD_ATTR_MODULE => attribute!(fast::module_value(ip, *sp.sub(1)), arg),
                        op::LOAD_ATTR_CLASS => attribute!(fast::class_value(ip, *sp.sub(1)), arg),
                        op::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES => attribute!(fast::owned(fast::class_held(ip, *sp.sub(1))), arg),
                        op::LOAD_ATTR_METHOD_WITH_VALUES => method!(fast::class_held(ip, *sp.sub(1))),
                        op::LOAD_ATTR_METHOD_NO_DICT => method!(fast::immutable_held(ip, *sp.sub(1))),
                        op::LOAD_ATTR_PROPERTY => {
                            let held = fast::class_held(ip, *sp.sub(1));
                            let getter = if held == NULL { None } else { property::plain_getter(held) };
                            let Some(f) = getter else { general!(LOAD_ATTR) };
                            let callee = calls::enter_exact(f, calls::code_of(f), sp.sub(1), 1, Continuation::Push, 0);
                            let Some(callee) = callee else { general!(LOAD_ATTR) };
                            incref(f);
                            (*frame).sp = sp.sub(1);
                            enter_new!(callee, ip.add(9));
                        }
                        op::STORE_ATTR_INSTANCE_VALUE => stored!(fast::store_value(ip, *sp.sub(1), *sp.sub(2))),
                        op::STORE_ATTR_SLOT => stored!(fast::store_member(ip, (*frame).code, *sp.sub(1), *sp.sub(2))),
                        op::STORE_ATTR_WITH_HINT => {
                            let name = (&(*(*frame).code).names)[arg].word();
                            stored!(fast::store_hinted(ip, (*frame).code, *sp.sub(1), name, *sp.sub(2)))
                        }
                        op::STORE_ATTR => {
                            adapt!(store_attr((*frame).code, view(sp.sub(1)), &(&(*(*frame).code).names)[arg]));
                            if let Some(old) = stubs::store(*sp.sub(1), (&(*(*frame).code).names)[arg].word(), *sp.sub(2)) {
                                stored!(Some(old));
                                break 'done;
                            }
                            caches!(STORE_ATTR);
                            // Stack: value, owner.
                            attempt!(protocol::attr::setattr(view(sp.sub(1)), &(&(*(*frame).code).names)[arg], view(sp.sub(2))));
                            discard!(2);
                        }
                        op::DELETE_ATTR => {
                            attempt!(protocol::attr::delattr(view(sp.sub(1)), &(&(*(*frame).code).names)[arg]));
                            discard!(1);
                        }
                        op::LOAD_SUPER_ATTR => {
                            ip = ip.add(1);
                            attempt!(ops::load_super_attr(sp, arg, &*(*frame).code));
                            sp = if arg & 1 != 0 { sp.sub(1) } else { sp.sub(2) };
                        }
                        op::LOAD_SPECIAL => {
                            attempt!(ops::load_special(sp, arg));
                            sp = sp.add(1);
                        }
                        op::STORE_SUBSCR_LIST_INT => match fast::list_store(*sp.sub(2), *sp.sub(1), *sp.sub(3)) {
                            Some(old) => {
                                ip = ip.add(1);
                                sp = sp.sub(3);
                                let l = *sp.add(1);
                                decref(old);
                                decref(l);
                            }
                            None => general!(STORE_SUBSCR),
                        },
                        op::STORE_SUBSCR_DICT => {
                            if !fast::has_shape(*sp.sub(2), shapes().dict) {
                                general!(STORE_SUBSCR);
                            }
                            ip = ip.add(1);
                            attempt!(crate::types::dict::set(view(sp.sub(2)), view(sp.sub(1)), view(sp.sub(3))));
                            discard!(3);
                        }
                        op::STORE_SUBSCR => {
                            adapt!(store_subscr(view(sp.sub(2)), view(sp.sub(1))));
                            ip = ip.add(1);
                            // Stack: value, container, key.
                            if let Some(callee) = dunder::store_item(sp.sub(3)) {
                                (*frame).sp = sp.sub(3);
                                enter_new!(callee, ip);
                                break 'done;
                            }
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
                        op::LOAD_GLOBAL_MODULE => {
                            let w = fast::global_of_module(ip, (*frame).globals);
                            if w == NULL {
                                general!(LOAD_GLOBAL);
                            }
                            ip = ip.add(4);
                            push!(w);
                            if arg & 1 != 0 {
                                push!(NULL);
                            }
                        }
                        op::LOAD_GLOBAL_BUILTIN => {
                            let w = fast::global_of_builtins(ip, (*frame).code, (*frame).globals, (*frame).builtins);
                            if w == NULL {
                                general!(LOAD_GLOBAL);
                            }
                            ip = ip.add(4);
                            push!(w);
                            if arg & 1 != 0 {
                                push!(NULL);
                            }
                        }
                        op::LOAD_GLOBAL => {
                            adapt!(load_global(frame, &(&(*(*frame).code).names)[arg >> 1]));
                            caches!(LOAD_GLOBAL);
                            let v = attempt!(ops::load_global(frame, &(&(*(*frame).code).names)[arg >> 1]));
                            push!(v.into_word());
                            if arg & 1 != 0 {
                                push!(NULL);
                            }
                        }
                        op::STORE_GLOBAL => {
                            attempt!(ops::store_global(frame, &(&(*(*frame).code).names)[arg], view(sp.sub(1))));
                            discard!(1);
                        }
                        op::DELETE_GLOBAL => attempt!(ops::delete_global(frame, &(&(*(*frame).code).names)[arg])),
                        op::LOAD_NAME => {
                            let v = attempt!(ops::load_name(frame, &(&(*(*frame).code).names)[arg]));
                            push!(v.into_word());
                        }
                        op::STORE_NAME => {
                            attempt!(ops::store_name(frame, &(&(*(*frame).code).names)[arg], view(sp.sub(1))));
                            discard!(1);
                        }
                        op::DELETE_NAME => attempt!(ops::delete_name(frame, &(&(*(*frame).code).names)[arg])),
                        op::LOAD_LOCALS => {
                            let v = attempt!(ops::load_locals(frame));
                            push!(v.into_word());
                        }
                        op::LOAD_FROM_DICT_OR_GLOBALS => {
                            let v = attempt!(ops::from_dict_or_globals(frame, view(sp.sub(1)), &(&(*(*frame).code).names)[arg]));
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
                            let initial = *Frame::locals(frame).add(arg);
                            let content = if initial == NULL { None } else { Some(Value::from_word(initial)) };
                            *Frame::locals(frame).add(arg) = cellobject::new(content).into_word();
                        }
                        op::COPY_FREE_VARS => ops::copy_free_vars(frame, arg),
                        op::LOAD_DEREF => match cellobject::this(view(Frame::locals(frame).add(arg))).content.get() {
                            Some(v) => push!(v.into_word()),
                            None => {
                                ops::unbound_deref(&*(*frame).code, arg);
                                raised!();
                            }
                        },
                        op::STORE_DEREF => {
                            let v = Value::from_word(pop!());
                            cellobject::this(view(Frame::locals(frame).add(arg))).content.set(v);
                        }
                        op::DELETE_DEREF => {
                            if cellobject::this(view(Frame::locals(frame).add(arg))).content.take().is_none() {
                                ops::unbound_deref(&*(*frame).code, arg);
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
                        op::UNPACK_SEQUENCE_TWO_TUPLE => {
                            let t = *sp.sub(1);
                            if !fast::has_shape(t, shapes().tuple) || fast::exact_tuple(t).len() != 2 {
                                general!(UNPACK_SEQUENCE);
                            }
                            ip = ip.add(1);
                            let items = fast::exact_tuple(t);
                            *sp.sub(1) = fast::owned(items[1].word());
                            *sp = fast::owned(items[0].word());
                            sp = sp.add(1);
                            decref(t);
                        }
                        op::UNPACK_SEQUENCE_TUPLE | op::UNPACK_SEQUENCE_LIST => {
                            let v = *sp.sub(1);
                            let Some(items) = fast::items(v).filter(|items| items.len() == arg) else { general!(UNPACK_SEQUENCE) };
                            ip = ip.add(1);
                            let mut to = sp.sub(1);
                            for item in items.iter().rev() {
                                *to = fast::owned(item.word());
                                to = to.add(1);
                            }
                            sp = to;
                            decref(v);
                        }
                        op::UNPACK_SEQUENCE => {
                            adapt!(unpack_sequence(view(sp.sub(1)), arg));
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
                                let at = (*frame).ip;
                                (*frame).ip = (*(*frame).code).units().add(unit as usize);
                                let Raised(()) = exc::restore(e);
                                break 'run Left::ReraisedAt(at);
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
                            let v = attempt!(super::import::import_name(
                                frame,
                                &(&(*(*frame).code).names)[arg],
                                view(sp.sub(1)),
                                view(sp.sub(2))
                            ));
                            replace!(2, v);
                        }
                        op::IMPORT_FROM => {
                            let v = attempt!(super::import::import_from(view(sp.sub(1)), &(&(*(*frame).code).names)[arg]));
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
                            // The verifier lets no other opcode through, and specialising makes no others.
                            debug_assert!(false, "opcode {opcode} has no arm");
                            std::hint::unreachable_unchecked();
                        }
                    }
                }
                fetch!(break 'run Left::Raised);
            };
            (*frame).sp = sp;
            (*frame).resume = ip;
            leave!(left);
        }
    }
}
