//! `_string`: what `string.Formatter` needs of `str.format`.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::format::template;
use weft_vm::protocol::iter;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{list, str, tuple};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_string", doc: "string helper module", functions: FUNCTIONS, exec: |_| Ok(()) };

static FUNCTIONS: &[FnDef] = &[
    def("formatter_field_name_split", "($module, object, /)", field_name_split, "split the argument as a field name"),
    def("formatter_parser", "($module, object, /)", parser, "parse the argument as a format string"),
];

fn check(v: &Value) -> Res<()> {
    if str::is_str(v) { Ok(()) } else { Err(exc::type_error(format!("expected str, got {}", v.class().full_name()))) }
}

fn parser(a: Args) -> Res {
    check(a.at(0))?;
    iter::iter(&list::from_vec(template::parse(a.at(0))?))
}

fn field_name_split(a: Args) -> Res {
    check(a.at(0))?;
    let (first, rest) = template::split_name(a.at(0))?;
    Ok(tuple::from_vec(vec![first, iter::iter(&list::from_vec(rest))?]))
}
