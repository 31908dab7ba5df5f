//! `_symtable`: the compiler's symbol tables, for the `symtable` module.

use crate::LazyClass;
use weft_compiler::symtable::{Block, BlockKind, SymbolScope, symbol};
use weft_compiler::{Mode, Options, compile_flags, symbol_blocks};
use weft_layout::tag::Word;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, FnDef, GetSetDef, def, member};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::eval::builtins::code::{raise_compile_error, report};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bytes, dict, list, str};
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::vm::types;
use weft_vm::{codecs, exc};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_symtable", doc: "", functions: FUNCTIONS, exec };

const FUNCTIONS: &[FnDef] = &[def(
    "symtable",
    "($module, source, filename, startstr, /)",
    symtable,
    "Return symbol and scope dictionaries used internally by compiler.",
)];

const CONSTANTS: &[(&str, u32)] = &[
    ("USE", symbol::USE),
    ("DEF_GLOBAL", symbol::DEF_GLOBAL),
    ("DEF_NONLOCAL", symbol::DEF_NONLOCAL),
    ("DEF_LOCAL", symbol::DEF_LOCAL),
    ("DEF_PARAM", symbol::DEF_PARAM),
    ("DEF_TYPE_PARAM", symbol::DEF_TYPE_PARAM),
    ("DEF_FREE_CLASS", symbol::DEF_FREE_CLASS),
    ("DEF_IMPORT", symbol::DEF_IMPORT),
    ("DEF_BOUND", symbol::DEF_BOUND),
    ("DEF_ANNOT", symbol::DEF_ANNOT),
    ("DEF_COMP_ITER", symbol::DEF_COMP_ITER),
    ("DEF_COMP_CELL", symbol::DEF_COMP_CELL),
    ("TYPE_FUNCTION", BlockKind::Function as u32),
    ("TYPE_CLASS", BlockKind::Class as u32),
    ("TYPE_MODULE", BlockKind::Module as u32),
    ("TYPE_ANNOTATION", BlockKind::Annotation as u32),
    ("TYPE_TYPE_ALIAS", BlockKind::TypeAlias as u32),
    ("TYPE_TYPE_PARAMETERS", BlockKind::TypeParameters as u32),
    ("TYPE_TYPE_VARIABLE", BlockKind::TypeVariable as u32),
    ("LOCAL", SymbolScope::Local as u32),
    ("GLOBAL_EXPLICIT", SymbolScope::GlobalExplicit as u32),
    ("GLOBAL_IMPLICIT", SymbolScope::GlobalImplicit as u32),
    ("FREE", SymbolScope::Free as u32),
    ("CELL", SymbolScope::Cell as u32),
    ("SCOPE_OFF", symbol::SCOPE_OFFSET),
    ("SCOPE_MASK", 15),
];

fn exec(m: &Value) -> Res<()> {
    for &(name, value) in CONSTANTS {
        module::add(m, name, Value::int(i64::from(value)));
    }
    Ok(())
}

static ENTRY: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "symtable entry",
    payload: PayloadOps::of::<Entry>(),
    slots: Slots { repr: Some(repr), ..Slots::NONE },
    getsets: GETSETS,
    ..TypeSpec::DEFAULT
};

const GETSETS: &[GetSetDef] = &[
    member("id", |v| Ok(Value::int(v.id() as i64)), ""),
    member("name", |v| Ok(this(v).name.clone()), ""),
    member("symbols", |v| Ok(this(v).symbols.clone()), ""),
    member("varnames", |v| Ok(this(v).varnames.clone()), ""),
    member("children", |v| Ok(this(v).children.clone()), ""),
    member("nested", |v| Ok(Value::small_int(i64::from(this(v).nested))), ""),
    member("type", |v| Ok(Value::int(i64::from(this(v).kind as u32))), ""),
    member("lineno", |v| Ok(Value::int(i64::from(this(v).line))), ""),
];

/// The payload: one block.
struct Entry {
    name: Value,
    symbols: Value,
    varnames: Value,
    children: Value,
    nested: bool,
    kind: BlockKind,
    line: i32,
}

// SAFETY: every instance of the class is made with this payload.
unsafe impl Payload for Entry {
    fn class() -> &'static Type {
        ENTRY.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for v in [&self.name, &self.symbols, &self.varnames, &self.children] {
            visit(v.word());
        }
    }
}

fn this(v: &Value) -> &Entry {
    // SAFETY: attributes and slots are found on instances of the class only.
    unsafe { v.payload() }
}

fn repr(v: &Value) -> Res {
    let entry = this(v);
    Ok(str::from_string(format!("<symtable entry {}({}), line {}>", str::display(&entry.name), v.id(), entry.line)))
}

fn symtable(a: Args) -> Res {
    let filename = a.at(1);
    let filename = if filename.is_instance(types().bytes) {
        codecs::fs_decode(bytes::as_slice(filename))
    } else if str::is_str(filename) {
        filename.clone()
    } else {
        let path = weft_vm::call::call_special(filename, &str::intern("__fspath__"), &[]);
        let wrong = || exc::type_error(format!("expected str, bytes or os.PathLike object, not {}", filename.class().full_name()));
        path.ok_or_else(wrong)??
    };
    if !str::is_str(a.at(2)) {
        return Err(exc::type_error(format!("symtable() argument 3 must be str, not {}", a.at(2).class().full_name())));
    }
    let mode = match str::display(a.at(2)).as_str() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => return Err(exc::value_error("symtable() arg 3 must be 'exec' or 'eval' or 'single'")),
    };
    let (source, text) = weft_vm::eval::builtins::code::source_bytes(a.at(0), "symtable() arg 1 must be a string or bytes")?;
    let flags = if text { compile_flags::SOURCE_IS_UTF8 } else { 0 };
    match symbol_blocks(&source, mode, Options { optimize: 0, flags }) {
        Ok((blocks, warnings)) => {
            report(&warnings, &filename)?;
            entries(blocks)
        }
        Err(e) => Err(raise_compile_error(&e, &filename)),
    }
}

/// Makes the entries of all blocks, and returns the module's. A block's children come behind it, so the last is made first.
fn entries(blocks: Vec<Block>) -> Res {
    let mut made: Vec<Option<Value>> = vec![None; blocks.len()];
    for (i, block) in blocks.into_iter().enumerate().rev() {
        let symbols = dict::new();
        for (name, bits) in &block.symbols {
            dict::set(&symbols, &str::intern(name), &Value::int(i64::from(*bits)))?;
        }
        let children = block.children.iter().filter_map(|&child| made[child].clone()).collect();
        let entry = new_object(Entry {
            name: str::intern(&block.name),
            symbols,
            varnames: list::from_vec(block.varnames.iter().map(|name| str::intern(name)).collect()),
            children: list::from_vec(children),
            nested: block.nested,
            kind: block.kind,
            line: block.line,
        });
        made[i] = Some(entry);
    }
    Ok(made.into_iter().next().flatten().unwrap_or(Value::NONE))
}
