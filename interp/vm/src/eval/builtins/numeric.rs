//! Built-in functions over numbers.

use crate::class::native::{Args, FnDef, def};
use crate::protocol::number;
use crate::value::{Res, Value};
use crate::vm::names;
use crate::{call, exc};

fn abs(a: Args) -> Res {
    match a.at(0).class().slots().absolute {
        Some(f) => f(a.at(0)),
        None => Err(exc::type_error(format!("bad operand type for abs(): '{}'", a.at(0).class().full_name()))),
    }
}

fn divmod(a: Args) -> Res {
    number::divmod(a.at(0), a.at(1))
}

fn pow(a: Args) -> Res {
    let none = Value::NONE;
    number::power(a.at(0), a.at(1), a.opt(2).unwrap_or(&none))
}

fn round(a: Args) -> Res {
    let v = a.at(0);
    let args: Vec<&Value> = a.some(1).into_iter().collect();
    match call::call_special(v, &names().__round__, &args) {
        Some(r) => r,
        None => Err(exc::type_error(format!("type {} doesn't define __round__ method", v.class().full_name()))),
    }
}

fn in_base(a: Args, base: u32, prefix: &str) -> Res {
    let n = number::index(a.at(0))?;
    let text = crate::types::int::to_bigint(&n).to_str_radix(base);
    let text = match text.strip_prefix('-') {
        Some(digits) => format!("-{prefix}{digits}"),
        None => format!("{prefix}{text}"),
    };
    Ok(crate::types::str::from_string(text))
}

/// This file's functions.
pub const FUNCTIONS: &[FnDef] = &[
    def("abs", "($module, number, /)", abs, "Return the absolute value of the argument."),
    def("divmod", "($module, x, y, /)", divmod, "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x."),
    def(
        "pow",
        "($module, /, base, exp, mod=None)",
        pow,
        "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.\n\nSome types, such as ints, are able to use a more efficient algorithm when\ninvoked using the three argument form.",
    ),
    def(
        "round",
        "($module, /, number, ndigits=None)",
        round,
        "Round a number to a given precision in decimal digits.\n\nThe return value is an integer if ndigits is omitted or None.  Otherwise\nthe return value has the same type as the number.  ndigits may be negative.",
    ),
    def(
        "bin",
        "($module, number, /)",
        |a| in_base(a, 2, "0b"),
        "Return the binary representation of an integer.\n\n   >>> bin(2796202)\n   '0b1010101010101010101010'",
    ),
    def(
        "oct",
        "($module, number, /)",
        |a| in_base(a, 8, "0o"),
        "Return the octal representation of an integer.\n\n   >>> oct(342391)\n   '0o1234567'",
    ),
    def(
        "hex",
        "($module, number, /)",
        |a| in_base(a, 16, "0x"),
        "Return the hexadecimal representation of an integer.\n\n   >>> hex(12648430)\n   '0xc0ffee'",
    ),
];
