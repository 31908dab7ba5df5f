//! `_sre`: regular expressions.
//!
//! `re` compiles a pattern to codes in Python; [`program`] checks and translates them, with [`charset`] for sets of
//! characters; [`engine`] matches. [`subject`] is what is matched against. [`pattern`], [`matching`], [`scanner`] and
//! [`template`] are the classes.

mod charset;
mod engine;
mod matching;
mod pattern;
mod program;
mod scanner;
mod subject;
mod template;

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bounds, str};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_sre", doc: "", functions: FUNCTIONS, exec };

static FUNCTIONS: &[FnDef] = &[
    def("compile", "($module, /, pattern, flags, code, groups, groupindex, indexgroup)", pattern::compile, ""),
    def(
        "template",
        "($module, pattern, template, /)",
        template::template,
        "\n\n  template\n    A list containing interleaved literal strings (str or bytes) and group\n    indices (int), as returned by re._parser.parse_template():\n        [literal1, group1, ..., literalN, groupN]",
    ),
    def("getcodesize", "($module, /)", |_| Ok(Value::small_int(4)), ""),
    def("ascii_iscased", "($module, character, /)", |a| Ok(Value::bool(matches!(character(a)?, 0x41..=0x5a | 0x61..=0x7a))), ""),
    def("unicode_iscased", "($module, character, /)", unicode_iscased, ""),
    def("ascii_tolower", "($module, character, /)", |a| Ok(Value::small_int(charset::ascii_lower(character(a)?).into())), ""),
    def("unicode_tolower", "($module, character, /)", |a| Ok(Value::small_int(charset::unicode_lower(character(a)?).into())), ""),
];

fn exec(m: &Value) -> Res<()> {
    module::add(m, "MAGIC", Value::small_int(20_230_612));
    module::add(m, "CODESIZE", Value::small_int(4));
    module::add(m, "MAXREPEAT", Value::small_int(program::MAX_REPEAT.into()));
    module::add(m, "MAXGROUPS", Value::small_int(i32::MAX as i64 / 2));
    module::add(m, "copyright", str::new(" SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB "));
    Ok(())
}

fn character(a: Args) -> Res<u32> {
    bounds::c_int_arg(a.at(0)).map(|c| c as u32)
}

fn unicode_iscased(a: Args) -> Res {
    let c = character(a)?;
    Ok(Value::bool(charset::unicode_lower(c) != c || charset::unicode_upper(c) != c))
}
