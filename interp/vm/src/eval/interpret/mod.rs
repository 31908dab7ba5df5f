//! The evaluation loop.
//!
//! An instruction is a method of [`Loop`], in the file of its family; [`Loop::run`] is the table that says which opcode
//! is which. All methods are inlined there, so that the loop's state lives in registers.
//!
//! Raw words move freely here; the contract is at the head of [`super`]. An instruction that can call or raise leaves its
//! operands on the value stack until it has the result, so that unwinding finds and drops them. `ip` points behind
//! the current unit; the frame's own `ip` names the current instruction and is written before each.
//!
//! The `unsafe` methods have one requirement in common, that of [`interpret`]: the frame is the running one, and its code
//! is the compiler's or verified, so that stack depths and operands fit.

#![allow(unsafe_op_in_unsafe_fn, reason = "one contract for all, stated above")]
#![allow(clippy::wrong_self_convention, reason = "methods have their opcodes' names")]

use super::leave::{Left, Next, leave};
use super::trace;
use crate::frame::Frame;
use crate::jit::{coverage, record};
use crate::value::{Res, Value};
use weft_compiler::opcode::op;
use weft_layout::tag::Word;

/// The result, or on to where the exception leads.
macro_rules! attempt {
    ($e:expr) => {
        match $e {
            Ok(x) => x,
            Err(_) => return Flow::Raised,
        }
    };
}

/// At the head of a general form: specialises the instruction when its counter says so, and starts over.
macro_rules! adapt {
    ($vm:ident, $f:ident($($a:expr),*)) => {
        if *$vm.ip < crate::eval::cache::STEP {
            specialise::$f((*$vm.frame).ip.cast_mut(), $($a),*);
            $vm.opcode = *(*$vm.frame).ip as u8;
            return Flow::Again;
        }
        *$vm.ip.cast_mut() -= crate::eval::cache::STEP;
    };
}

/// Goes on in the frame of a special method if there is one; the operands stay where they are.
macro_rules! special {
    ($vm:ident, $f:expr) => {
        if let Some(callee) = $f {
            (*$vm.frame).sp = $vm.sp;
            $vm.enter_new(callee, $vm.ip);
            return Flow::Next;
        }
    };
}

mod attributes;
mod building;
mod calls;
mod exceptions;
mod jumps;
mod locals;
mod matching;
mod names;
mod operators;
mod state;
mod subscripts;
mod suspending;
mod truth;
mod unpacking;

/// How the loop ended.
pub enum Ended {
    /// The frame it was entered with has returned, or raised.
    Done(Res),
    /// The other instance of the loop is to go on, with the thread's innermost frame.
    Switch,
}

/// What follows an instruction.
enum Flow {
    /// The next instruction.
    Next,
    /// `opcode` with `arg`, without fetching.
    Again,
    /// An exception is on its way.
    Raised,
    /// As `Raised`, but the traceback has this frame already.
    Reraised,
    /// As `Reraised`; see [`Left::ReraisedAt`].
    ReraisedAt(*const u16),
    /// The frame returns the value.
    Return(Word),
    /// The frame, a generator's, yields the value.
    Yield(Word),
    /// The frame is gone, and native code gets the value.
    Done(Word),
    /// Another instance of the loop goes on.
    Switch,
}

/// The state of the loop. It lives in registers for as long as no method that takes it by reference stays out of line: one that
/// did would have it in memory for all of them. The instances for `RECORDING` and `TRACING` show each instruction to the recorder and to
/// [`trace`] first; the one for both does neither, but counts bytecodes ([`coverage`]).
struct Loop<const RECORDING: bool, const TRACING: bool> {
    frame: *mut Frame,
    ip: *const u16,
    sp: *mut Word,
    consts: *const Word,
    opcode: u8,
    arg: usize,
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

/// Runs from `frame` until it returns to native code.
///
/// # Safety
/// As for [`super::run`].
pub unsafe fn interpret<const RECORDING: bool, const TRACING: bool>(entry: *mut Frame, raising: bool) -> Ended {
    // SAFETY: the frame is linked in; code objects are the compiler's or verified, so stack depths and operands fit.
    unsafe { Loop::<RECORDING, TRACING>::at(entry).run(raising) }
}

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    /// The ordinary instance, which may run two instructions at once.
    const PLAIN: bool = !RECORDING && !TRACING;
    const COUNTING: bool = RECORDING && TRACING;
    const RECORDS: bool = RECORDING && !TRACING;
    const TRACES: bool = TRACING && !RECORDING;
    /// Compiled code is entered, and recordings begin.
    const ENTERS: bool = Self::PLAIN || Self::COUNTING;

    #[inline(always)]
    unsafe fn run(mut self, raising: bool) -> Ended {
        // Ends or suspends the frame, and goes on where that leads.
        macro_rules! leave {
            ($left:expr) => {
                match leave(self.frame, $left) {
                    Next::Frame(f) => {
                        if !Self::TRACES && trace::is_due() {
                            return Ended::Switch;
                        }
                        self.load_frame(f)
                    }
                    Next::Native(r) => return Ended::Done(r),
                }
            };
        }
        macro_rules! fetch {
            ($raised:expr) => {{
                if Self::RECORDS {
                    (*self.frame).sp = self.sp;
                    if trace::is_due() || record::step(self.frame, self.ip) == record::Step::Stop {
                        (*self.frame).resume = self.ip;
                        return Ended::Switch;
                    }
                }
                if Self::TRACES {
                    (*self.frame).sp = self.sp;
                    (*self.frame).resume = self.ip;
                    loop {
                        match trace::step(self.frame, self.ip) {
                            trace::Step::Go => break,
                            trace::Step::Jumped => self.load_frame(self.frame),
                            trace::Step::Switch => return Ended::Switch,
                            trace::Step::Raised => $raised,
                        }
                    }
                }
                if !Self::PLAIN {
                    coverage::interpreted(coverage::is_on() as i64);
                }
                self.fetch();
            }};
        }
        if raising {
            if Self::TRACES {
                trace::thrown(self.frame);
            }
            leave!(Left::Raised);
        }
        loop {
            fetch!({
                leave!(Left::Raised);
                continue;
            });
            let left = 'run: loop {
                macro_rules! dispatch {
                    ($($($op:ident)|+ => $instruction:ident,)*) => {
                        match self.opcode {
                            $($(op::$op)|+ => match self.$instruction() {
                                Flow::Next => {}
                                Flow::Again => continue 'run,
                                Flow::Raised => break 'run Left::Raised,
                                Flow::Reraised => break 'run Left::Reraised,
                                Flow::ReraisedAt(at) => break 'run Left::ReraisedAt(at),
                                Flow::Return(w) => break 'run Left::Return(w),
                                Flow::Yield(w) => break 'run Left::Yield(w),
                                Flow::Done(w) => return Ended::Done(Ok(Value::from_word(w))),
                                Flow::Switch => return Ended::Switch,
                            },)*
                            opcode => {
                                // The verifier lets no other opcode through, and specialising makes no others.
                                debug_assert!(false, "opcode {opcode} has no instruction");
                                std::hint::unreachable_unchecked();
                            }
                        }
                    };
                }
                dispatch! {
                    // state.rs
                    EXTENDED_ARG => extended_arg,
                    NOP | NOT_TAKEN | CACHE => nop,
                    // jumps.rs
                    RESUME => resume,
                    END_FOR => end_for,
                    JUMP_FORWARD => jump_forward,
                    JUMP_BACKWARD => jump_backward,
                    ENTER_EXECUTOR => enter_executor,
                    JUMP_BACKWARD_NO_INTERRUPT => jump_backward_no_interrupt,
                    POP_JUMP_IF_FALSE => pop_jump_if_false,
                    POP_JUMP_IF_TRUE => pop_jump_if_true,
                    POP_JUMP_IF_NONE => pop_jump_if_none,
                    POP_JUMP_IF_NOT_NONE => pop_jump_if_not_none,
                    GET_ITER => get_iter,
                    FOR_ITER => for_iter,
                    FOR_ITER_LIST => for_iter_list,
                    FOR_ITER_TUPLE => for_iter_tuple,
                    FOR_ITER_RANGE => for_iter_range,
                    FOR_ITER_GEN => for_iter_gen,
                    // locals.rs
                    LOAD_FAST | LOAD_FAST_BORROW => load_fast,
                    LOAD_FAST_BORROW_LOAD_FAST_BORROW | LOAD_FAST_LOAD_FAST => load_fast_load_fast,
                    LOAD_FAST_CHECK => load_fast_check,
                    LOAD_FAST_AND_CLEAR => load_fast_and_clear,
                    STORE_FAST => store_fast,
                    STORE_FAST_LOAD_FAST => store_fast_load_fast,
                    STORE_FAST_STORE_FAST => store_fast_store_fast,
                    DELETE_FAST => delete_fast,
                    LOAD_CONST => load_const,
                    LOAD_SMALL_INT => load_small_int,
                    LOAD_COMMON_CONSTANT => load_common_constant,
                    POP_TOP | POP_ITER => pop_top,
                    PUSH_NULL => push_null,
                    COPY => copy,
                    SWAP => swap,
                    // suspending.rs
                    END_SEND => end_send,
                    GET_YIELD_FROM_ITER => get_yield_from_iter,
                    SEND => send,
                    SEND_GEN => send_gen,
                    YIELD_VALUE => yield_value,
                    RETURN_GENERATOR => return_generator,
                    RETURN_VALUE => return_value,
                    GET_AWAITABLE => get_awaitable,
                    GET_AITER => get_aiter,
                    GET_ANEXT => get_anext,
                    END_ASYNC_FOR => end_async_for,
                    CLEANUP_THROW => cleanup_throw,
                    // operators.rs
                    BINARY_OP => binary_op,
                    BINARY_OP_ADD_INT => binary_op_add_int,
                    BINARY_OP_SUBTRACT_INT => binary_op_subtract_int,
                    BINARY_OP_MULTIPLY_INT => binary_op_multiply_int,
                    BINARY_OP_ADD_FLOAT => binary_op_add_float,
                    BINARY_OP_SUBTRACT_FLOAT => binary_op_subtract_float,
                    BINARY_OP_MULTIPLY_FLOAT => binary_op_multiply_float,
                    BINARY_OP_EXTEND => binary_op_extend,
                    BINARY_OP_ADD_UNICODE | BINARY_OP_INPLACE_ADD_UNICODE => binary_op_add_unicode,
                    UNARY_NEGATIVE => unary_negative,
                    UNARY_INVERT => unary_invert,
                    // subscripts.rs
                    BINARY_OP_SUBSCR_LIST_INT => binary_op_subscr_list_int,
                    BINARY_OP_SUBSCR_TUPLE_INT => binary_op_subscr_tuple_int,
                    BINARY_OP_SUBSCR_STR_INT => binary_op_subscr_str_int,
                    BINARY_OP_SUBSCR_DICT => binary_op_subscr_dict,
                    BINARY_OP_SUBSCR_LIST_SLICE => binary_op_subscr_list_slice,
                    BINARY_OP_SUBSCR_GETITEM => binary_op_subscr_getitem,
                    STORE_SUBSCR_LIST_INT => store_subscr_list_int,
                    STORE_SUBSCR_DICT => store_subscr_dict,
                    STORE_SUBSCR => store_subscr,
                    DELETE_SUBSCR => delete_subscr,
                    BINARY_SLICE => binary_slice,
                    STORE_SLICE => store_slice,
                    // truth.rs
                    COMPARE_OP => compare_op,
                    COMPARE_OP_INT => compare_op_int,
                    COMPARE_OP_FLOAT => compare_op_float,
                    COMPARE_OP_STR => compare_op_str,
                    IS_OP => is_op,
                    CONTAINS_OP => contains_op,
                    CONTAINS_OP_DICT => contains_op_dict,
                    CONTAINS_OP_SET => contains_op_set,
                    UNARY_NOT => unary_not,
                    TO_BOOL => to_bool,
                    TO_BOOL_BOOL => to_bool_bool,
                    TO_BOOL_INT => to_bool_int,
                    TO_BOOL_NONE => to_bool_none,
                    TO_BOOL_LIST => to_bool_list,
                    TO_BOOL_STR => to_bool_str,
                    TO_BOOL_ALWAYS_TRUE => to_bool_always_true,
                    // calls.rs
                    CALL => call,
                    CALL_PY_EXACT_ARGS => call_py_exact_args,
                    CALL_BOUND_METHOD_EXACT_ARGS => call_bound_method_exact_args,
                    CALL_ALLOC_AND_ENTER_INIT => call_alloc_and_enter_init,
                    CALL_PY_GENERAL | CALL_BOUND_METHOD_GENERAL | CALL_NON_PY_GENERAL => call_general,
                    CALL_BUILTIN_CLASS => call_builtin_class,
                    CALL_TYPE_1 => call_type_1,
                    CALL_STR_1 => call_str_1,
                    CALL_TUPLE_1 => call_tuple_1,
                    CALL_LEN => call_len,
                    CALL_ISINSTANCE => call_isinstance,
                    CALL_LIST_APPEND => call_list_append,
                    CALL_BUILTIN_O | CALL_BUILTIN_FAST | CALL_BUILTIN_FAST_WITH_KEYWORDS => call_builtin,
                    CALL_METHOD_DESCRIPTOR_O | CALL_METHOD_DESCRIPTOR_FAST => call_method_descriptor,
                    CALL_METHOD_DESCRIPTOR_NOARGS | CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS => call_method_descriptor,
                    CALL_KW => call_kw,
                    CALL_FUNCTION_EX => call_function_ex,
                    CALL_INTRINSIC_1 => call_intrinsic_1,
                    CALL_INTRINSIC_2 => call_intrinsic_2,
                    MAKE_FUNCTION => make_function,
                    SET_FUNCTION_ATTRIBUTE => set_function_attribute,
                    // attributes.rs
                    LOAD_ATTR => load_attr,
                    LOAD_ATTR_INSTANCE_VALUE => load_attr_instance_value,
                    LOAD_ATTR_WITH_HINT => load_attr_with_hint,
                    LOAD_ATTR_SLOT => load_attr_slot,
                    LOAD_ATTR_MODULE => load_attr_module,
                    LOAD_ATTR_CLASS => load_attr_class,
                    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES => load_attr_nondescriptor_with_values,
                    LOAD_ATTR_METHOD_WITH_VALUES => load_attr_method_with_values,
                    LOAD_ATTR_METHOD_NO_DICT => load_attr_method_no_dict,
                    LOAD_ATTR_PROPERTY => load_attr_property,
                    STORE_ATTR_INSTANCE_VALUE => store_attr_instance_value,
                    STORE_ATTR_SLOT => store_attr_slot,
                    STORE_ATTR_WITH_HINT => store_attr_with_hint,
                    STORE_ATTR => store_attr,
                    DELETE_ATTR => delete_attr,
                    LOAD_SUPER_ATTR => load_super_attr,
                    // exceptions.rs
                    LOAD_SPECIAL => load_special,
                    PUSH_EXC_INFO => push_exc_info,
                    POP_EXCEPT => pop_except,
                    CHECK_EXC_MATCH => check_exc_match,
                    CHECK_EG_MATCH => check_eg_match,
                    RAISE_VARARGS => raise_varargs,
                    RERAISE => reraise,
                    WITH_EXCEPT_START => with_except_start,
                    // names.rs
                    LOAD_GLOBAL_MODULE => load_global_module,
                    LOAD_GLOBAL_BUILTIN => load_global_builtin,
                    LOAD_GLOBAL => load_global,
                    STORE_GLOBAL => store_global,
                    DELETE_GLOBAL => delete_global,
                    LOAD_NAME => load_name,
                    STORE_NAME => store_name,
                    DELETE_NAME => delete_name,
                    LOAD_LOCALS => load_locals,
                    LOAD_FROM_DICT_OR_GLOBALS => load_from_dict_or_globals,
                    LOAD_FROM_DICT_OR_DEREF => load_from_dict_or_deref,
                    LOAD_BUILD_CLASS => load_build_class,
                    SETUP_ANNOTATIONS => setup_annotations,
                    MAKE_CELL => make_cell,
                    COPY_FREE_VARS => copy_free_vars,
                    LOAD_DEREF => load_deref,
                    STORE_DEREF => store_deref,
                    DELETE_DEREF => delete_deref,
                    IMPORT_NAME => import_name,
                    IMPORT_FROM => import_from,
                    // building.rs
                    BUILD_TUPLE => build_tuple,
                    BUILD_LIST => build_list,
                    BUILD_SET => build_set,
                    BUILD_MAP => build_map,
                    BUILD_STRING => build_string,
                    BUILD_SLICE => build_slice,
                    BUILD_INTERPOLATION => build_interpolation,
                    BUILD_TEMPLATE => build_template,
                    LIST_APPEND => list_append,
                    LIST_EXTEND => list_extend,
                    SET_ADD => set_add,
                    SET_UPDATE => set_update,
                    MAP_ADD => map_add,
                    DICT_UPDATE => dict_update,
                    DICT_MERGE => dict_merge,
                    FORMAT_SIMPLE => format_simple,
                    FORMAT_WITH_SPEC => format_with_spec,
                    CONVERT_VALUE => convert_value,
                    // unpacking.rs
                    UNPACK_SEQUENCE_TWO_TUPLE => unpack_sequence_two_tuple,
                    UNPACK_SEQUENCE_TUPLE | UNPACK_SEQUENCE_LIST => unpack_sequence_items,
                    UNPACK_SEQUENCE => unpack_sequence,
                    UNPACK_EX => unpack_ex,
                    // matching.rs
                    GET_LEN => get_len,
                    MATCH_MAPPING => match_mapping,
                    MATCH_SEQUENCE => match_sequence,
                    MATCH_KEYS => match_keys,
                    MATCH_CLASS => match_class,
                }
                fetch!(break 'run Left::Raised);
            };
            (*self.frame).sp = self.sp;
            (*self.frame).resume = self.ip;
            leave!(left);
        }
    }
}

#[cfg(test)]
mod tests {
    /// One method that takes the loop's state by reference and is not inlined made every program a fifth slower.
    #[test]
    fn methods_of_the_loop_are_inlined() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/eval/interpret")).unwrap() {
            let path = file.unwrap().path();
            let source = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            let is_method = |l: &str| {
                let name = l.strip_prefix("pub(super) ").unwrap_or(l).strip_prefix("unsafe fn ");
                name.is_some_and(|n| n.contains("&mut self") || n.contains("&self"))
            };
            for (i, line) in lines.iter().enumerate().filter(|(_, l)| is_method(l)) {
                let inlined = lines[..i].iter().rev().take_while(|l| l.starts_with("#[")).any(|l| *l == "#[inline(always)]");
                assert!(inlined, "{}:{}: {line}", path.display(), i + 1);
            }
        }
    }
}
