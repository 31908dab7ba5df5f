//! `_operator`: the operators as functions, and callables that get attributes or items or call methods.

mod getters;
mod methodcaller;

use weft_vm::class::native::{Args, FnDef, def, raw};
use weft_vm::class::slots::CompareOp;
use weft_vm::protocol::number::{self, BinaryOp};
use weft_vm::protocol::{self, iter};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{int, str};
use weft_vm::value::{Res, Value};
use weft_vm::{buffer, call as calls, exc};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_operator",
    doc: "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.  The function names are those\nused for special methods; variants without leading and trailing\n'__' are also provided for convenience.",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def("_compare_digest", "($module, a, b, /)", _compare_digest, "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for cryptography.\n\na and b must both be of the same type: either str (ASCII only),\nor any bytes-like object.\n\nNote: If a and b are of different lengths, or if an error occurs,\na timing attack could theoretically reveal information about the\ntypes and lengths of a and b--but not their values."),
    def("abs", "($module, a, /)", abs, "Same as abs(a)."),
    def("add", "($module, a, b, /)", add, "Same as a + b."),
    def("and_", "($module, a, b, /)", and_, "Same as a & b."),
    raw("call", "($module, obj, /, *args, **kwargs)", call, "Same as obj(*args, **kwargs)."),
    def("concat", "($module, a, b, /)", concat, "Same as a + b, for a and b sequences."),
    def("contains", "($module, a, b, /)", contains, "Same as b in a (note reversed operands)."),
    def("countOf", "($module, a, b, /)", countOf, "Return the number of items in a which are, or which equal, b."),
    def("delitem", "($module, a, b, /)", delitem, "Same as del a[b]."),
    def("eq", "($module, a, b, /)", eq, "Same as a == b."),
    def("floordiv", "($module, a, b, /)", floordiv, "Same as a // b."),
    def("ge", "($module, a, b, /)", ge, "Same as a >= b."),
    def("getitem", "($module, a, b, /)", getitem, "Same as a[b]."),
    def("gt", "($module, a, b, /)", gt, "Same as a > b."),
    def("iadd", "($module, a, b, /)", iadd, "Same as a += b."),
    def("iand", "($module, a, b, /)", iand, "Same as a &= b."),
    def("iconcat", "($module, a, b, /)", iconcat, "Same as a += b, for a and b sequences."),
    def("ifloordiv", "($module, a, b, /)", ifloordiv, "Same as a //= b."),
    def("ilshift", "($module, a, b, /)", ilshift, "Same as a <<= b."),
    def("imatmul", "($module, a, b, /)", imatmul, "Same as a @= b."),
    def("imod", "($module, a, b, /)", imod, "Same as a %= b."),
    def("imul", "($module, a, b, /)", imul, "Same as a *= b."),
    def("index", "($module, a, /)", index, "Same as a.__index__()"),
    def("indexOf", "($module, a, b, /)", indexOf, "Return the first index of b in a."),
    def("inv", "($module, a, /)", inv, "Same as ~a."),
    def("invert", "($module, a, /)", invert, "Same as ~a."),
    def("ior", "($module, a, b, /)", ior, "Same as a |= b."),
    def("ipow", "($module, a, b, /)", ipow, "Same as a **= b."),
    def("irshift", "($module, a, b, /)", irshift, "Same as a >>= b."),
    def("is_", "($module, a, b, /)", is_, "Same as a is b."),
    def("is_none", "($module, a, /)", is_none, "Same as a is None."),
    def("is_not", "($module, a, b, /)", is_not, "Same as a is not b."),
    def("is_not_none", "($module, a, /)", is_not_none, "Same as a is not None."),
    def("isub", "($module, a, b, /)", isub, "Same as a -= b."),
    def("itruediv", "($module, a, b, /)", itruediv, "Same as a /= b."),
    def("ixor", "($module, a, b, /)", ixor, "Same as a ^= b."),
    def("le", "($module, a, b, /)", le, "Same as a <= b."),
    def("length_hint", "($module, obj, default=0, /)", length_hint, "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.\nThe result will be an integer >= 0."),
    def("lshift", "($module, a, b, /)", lshift, "Same as a << b."),
    def("lt", "($module, a, b, /)", lt, "Same as a < b."),
    def("matmul", "($module, a, b, /)", matmul, "Same as a @ b."),
    def("mod", "($module, a, b, /)", mod_, "Same as a % b."),
    def("mul", "($module, a, b, /)", mul, "Same as a * b."),
    def("ne", "($module, a, b, /)", ne, "Same as a != b."),
    def("neg", "($module, a, /)", neg, "Same as -a."),
    def("not_", "($module, a, /)", not_, "Same as not a."),
    def("or_", "($module, a, b, /)", or_, "Same as a | b."),
    def("pos", "($module, a, /)", pos, "Same as +a."),
    def("pow", "($module, a, b, /)", pow, "Same as a ** b."),
    def("rshift", "($module, a, b, /)", rshift, "Same as a >> b."),
    def("setitem", "($module, a, b, c, /)", setitem, "Same as a[b] = c."),
    def("sub", "($module, a, b, /)", sub, "Same as a - b."),
    def("truediv", "($module, a, b, /)", truediv, "Same as a / b."),
    def("truth", "($module, a, /)", truth, "Return True if a is true, False otherwise."),
    def("xor", "($module, a, b, /)", xor, "Same as a ^ b."),
];

fn exec(m: &Value) -> Res<()> {
    module::add(m, "attrgetter", getters::ATTRGETTER.get().value());
    module::add(m, "itemgetter", getters::ITEMGETTER.get().value());
    module::add(m, "methodcaller", methodcaller::METHODCALLER.get().value());
    Ok(())
}

macro_rules! operators {
    ($($name:ident $iname:ident $op:ident;)*) => {
        $(fn $name(a: Args) -> Res {
            number::binary(BinaryOp::$op, a.at(0), a.at(1))
        }

        fn $iname(a: Args) -> Res {
            number::inplace(BinaryOp::$op, a.at(0), a.at(1))
        })*
    };
}

operators! {
    add iadd Add; and_ iand And; floordiv ifloordiv FloorDivide; lshift ilshift Lshift; matmul imatmul MatrixMultiply;
    mul imul Multiply; mod_ imod Remainder; or_ ior Or; pow ipow Power; rshift irshift Rshift; sub isub Subtract;
    truediv itruediv TrueDivide; xor ixor Xor;
}

macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => {
        $(fn $name(a: Args) -> Res {
            protocol::compare(a.at(0), a.at(1), CompareOp::$op)
        })*
    };
}

comparisons! { lt Lt; le Le; eq Eq; ne Ne; gt Gt; ge Ge; }

macro_rules! unary {
    ($($name:ident $f:expr;)*) => {
        $(fn $name(a: Args) -> Res {
            let f: fn(&Value) -> Res = $f;
            f(a.at(0))
        })*
    };
}

unary! {
    abs number::absolute;
    neg number::negative;
    pos number::positive;
    inv number::invert;
    invert number::invert;
    index number::index;
    truth |v| protocol::is_true(v).map(Value::bool);
    not_ |v| protocol::is_true(v).map(|t| Value::bool(!t));
    is_none |v| Ok(Value::bool(v.is_none()));
    is_not_none |v| Ok(Value::bool(!v.is_none()));
}

fn is_(a: Args) -> Res {
    Ok(Value::bool(a.at(0).is(a.at(1))))
}

fn is_not(a: Args) -> Res {
    Ok(Value::bool(!a.at(0).is(a.at(1))))
}

fn concat(a: Args) -> Res {
    number::sequence_concat(a.at(0), a.at(1), false)
}

fn iconcat(a: Args) -> Res {
    number::sequence_concat(a.at(0), a.at(1), true)
}

fn contains(a: Args) -> Res {
    protocol::contains(a.at(0), a.at(1)).map(Value::bool)
}

fn getitem(a: Args) -> Res {
    protocol::get_item(a.at(0), a.at(1))
}

fn setitem(a: Args) -> Res {
    protocol::set_item(a.at(0), a.at(1), a.at(2)).map(|()| Value::NONE)
}

fn delitem(a: Args) -> Res {
    protocol::del_item(a.at(0), a.at(1)).map(|()| Value::NONE)
}

fn not_iterable(v: &Value) -> Res<()> {
    if iter::is_iterable(v) { Ok(()) } else { Err(exc::type_error(format!("argument of type '{}' is not iterable", v.class().full_name()))) }
}

#[allow(non_snake_case)]
fn countOf(a: Args) -> Res {
    not_iterable(a.at(0))?;
    let mut count = 0;
    iter::for_each(a.at(0), |v| {
        count += protocol::compare_bool(&v, a.at(1), CompareOp::Eq)? as i64;
        Ok(())
    })?;
    Ok(Value::int(count))
}

#[allow(non_snake_case)]
fn indexOf(a: Args) -> Res {
    not_iterable(a.at(0))?;
    let it = iter::iter(a.at(0))?;
    let mut i = 0;
    while let Some(v) = iter::next(&it)? {
        if protocol::compare_bool(&v, a.at(1), CompareOp::Eq)? {
            return Ok(Value::int(i));
        }
        i += 1;
    }
    Err(exc::value_error("sequence.index(x): x not in sequence"))
}

fn length_hint(a: Args) -> Res {
    let default = match a.opt(1) {
        Some(d) if !int::is_int(d) => {
            return Err(exc::type_error(format!("'{}' object cannot be interpreted as an integer", d.class().full_name())));
        }
        Some(d) => number::as_isize(d)?,
        None => 0,
    };
    // A hint below zero is passed through as it is; only objects without a hint show it.
    match usize::try_from(default) {
        Ok(d) => iter::length_hint(a.at(0), d).map(Value::usize),
        Err(_) => match iter::length_hint(a.at(0), usize::MAX)? {
            usize::MAX => Ok(Value::int(default as i64)),
            n => Ok(Value::usize(n)),
        },
    }
}

fn call(args: &[Value], kwnames: Option<&Value>) -> Res {
    match args.split_first() {
        Some((f, rest)) => calls::call(f, rest, kwnames),
        None => Err(exc::type_error("call expected at least 1 argument, got 0")),
    }
}

fn _compare_digest(a: Args) -> Res {
    let (x, y) = (a.at(0), a.at(1));
    let equal = |p: &[u8], q: &[u8]| Value::bool(p.len() == q.len() && p.iter().zip(q).fold(0, |diff, (b, c)| diff | (b ^ c)) == 0);
    if str::is_str(x) && str::is_str(y) {
        let (p, q) = (str::to_wtf8(x), str::to_wtf8(y));
        if !p.as_bytes().is_ascii() || !q.as_bytes().is_ascii() {
            return Err(exc::type_error("comparing strings with non-ASCII characters is not supported"));
        }
        return Ok(equal(p.as_bytes(), q.as_bytes()));
    }
    if x.class().slots().buffer.is_none() || y.class().slots().buffer.is_none() {
        let (p, q) = (x.class().full_name(), y.class().full_name());
        return Err(exc::type_error(format!("unsupported operand types(s) or combination of types: '{p}' and '{q}'")));
    }
    let (p, q) = (buffer::get(x)?, buffer::get(y)?);
    Ok(equal(p.as_slice(), q.as_slice()))
}
