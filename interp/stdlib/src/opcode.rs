//! `_opcode`: what `opcode` and `dis` ask about instructions.

use weft_compiler::opcode::flag;
use weft_compiler::stack_effect::{self as codes, stack_effect as effect};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::number;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bounds, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_opcode",
    doc: "Opcode support module.",
    functions: FUNCTIONS,
    exec: |m| {
        module::add(m, "ENABLE_SPECIALIZATION", Value::small_int(1));
        module::add(m, "ENABLE_SPECIALIZATION_FT", Value::small_int(1));
        Ok(())
    },
};

static FUNCTIONS: &[FnDef] = &[
    def("stack_effect", "($module, opcode, oparg=None, /, *, jump=None)", stack_effect, "Compute the stack effect of the opcode."),
    def(
        "is_valid",
        "($module, /, opcode)",
        |a| Ok(Value::bool(code(a)?.is_some_and(|c| !codes::name(c).is_empty()))),
        "Return True if opcode is valid, False otherwise.",
    ),
    def("has_arg", "($module, /, opcode)", |a| has(a, flag::ARG), "Return True if the opcode uses its oparg, False otherwise."),
    def("has_const", "($module, /, opcode)", |a| has(a, flag::CONST), "Return True if the opcode accesses a constant, False otherwise."),
    def(
        "has_name",
        "($module, /, opcode)",
        |a| has(a, flag::NAME),
        "Return True if the opcode accesses an attribute by name, False otherwise.",
    ),
    def("has_jump", "($module, /, opcode)", |a| has(a, flag::JUMP), "Return True if the opcode has a jump target, False otherwise."),
    def(
        "has_free",
        "($module, /, opcode)",
        |a| has(a, flag::FREE),
        "Return True if the opcode accesses a free variable, False otherwise.\n\nNote that 'free' in this context refers to names in the current scope\nthat are referenced by inner scopes or names in outer scopes that are\nreferenced from this scope. It does not include references to global\nor builtin scopes.",
    ),
    def(
        "has_local",
        "($module, /, opcode)",
        |a| has(a, flag::LOCAL),
        "Return True if the opcode accesses a local variable, False otherwise.",
    ),
    def("has_exc", "($module, /, opcode)", |a| has(a, flag::EXC), "Return True if the opcode sets an exception handler, False otherwise."),
    def(
        "get_executor",
        "($module, /, code, offset)",
        get_executor,
        "Return the executor object at offset in code if exists, None otherwise.",
    ),
    def("get_intrinsic1_descs", "($module, /)", |_| Ok(names(INTRINSICS_1)), "Return a list of names of the unary intrinsics."),
    def("get_intrinsic2_descs", "($module, /)", |_| Ok(names(INTRINSICS_2)), "Return a list of names of the binary intrinsics."),
    def(
        "get_nb_ops",
        "($module, /)",
        |_| Ok(list::from_vec(OPERATORS.iter().map(|&(name, symbol)| tuple::from_array([str::new(name), str::new(symbol)])).collect())),
        "Return array of symbols of binary ops.\n\nIndexed by the BINARY_OP oparg value.",
    ),
    def("get_special_method_names", "($module, /)", |_| Ok(names(SPECIAL_METHODS)), "Return a list of special method names."),
    def("get_specialization_stats", "($module, /)", |_| Ok(Value::NONE), "Return the specialization stats"),
];

const INTRINSICS_1: &[&str] = &[
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

const INTRINSICS_2: &[&str] = &[
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

const SPECIAL_METHODS: &[&str] = &["__enter__", "__exit__", "__aenter__", "__aexit__"];

#[rustfmt::skip]
const OPERATORS: &[(&str, &str)] = &[
    ("NB_ADD", "+"), ("NB_AND", "&"), ("NB_FLOOR_DIVIDE", "//"), ("NB_LSHIFT", "<<"), ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"), ("NB_REMAINDER", "%"), ("NB_OR", "|"), ("NB_POWER", "**"), ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"), ("NB_TRUE_DIVIDE", "/"), ("NB_XOR", "^"), ("NB_INPLACE_ADD", "+="), ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="), ("NB_INPLACE_LSHIFT", "<<="), ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="), ("NB_INPLACE_REMAINDER", "%="), ("NB_INPLACE_OR", "|="), ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="), ("NB_INPLACE_SUBTRACT", "-="), ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="), ("NB_SUBSCR", "[]"),
];

fn names(all: &[&str]) -> Value {
    list::from_vec(all.iter().map(|&n| str::intern(n)).collect())
}

fn code(a: Args) -> Res<Option<u16>> {
    Ok(u16::try_from(bounds::c_int_arg(a.at(0))?).ok())
}

fn has(a: Args, flag: u8) -> Res {
    Ok(Value::bool(code(a)?.is_some_and(|c| codes::flags(c) & flag != 0)))
}

fn stack_effect(a: Args) -> Res {
    let opcode = bounds::c_int_arg(a.at(0))?;
    let arg = a.some(1).map_or(Ok(0), bounds::c_int_arg)?;
    let jump = match a.some(2) {
        None => None,
        Some(j) if j.is(&Value::TRUE) || j.is(&Value::FALSE) => Some(protocol::is_true(j)?),
        Some(_) => return Err(exc::value_error("stack_effect: jump must be False, True or None")),
    };
    match u16::try_from(opcode).ok().and_then(|c| effect(c, arg as u32, jump)) {
        Some(n) => Ok(Value::int(n)),
        None => Err(exc::value_error("invalid opcode or oparg")),
    }
}

fn get_executor(a: Args) -> Res {
    if !a.at(0).is_instance(types().code) {
        return Err(exc::type_error(format!("expected a code object, not '{}'", a.at(0).class().full_name())));
    }
    number::as_isize(a.at(1))?;
    Err(exc::value_error("no executor at given byte offset"))
}
