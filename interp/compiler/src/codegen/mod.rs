//! Code generation: the tree to instruction sequences, one [`Unit`] per code object (Python/codegen.c, Python/compile.c).
//!
//! The sequences are instruction for instruction what CPython's code generation emits, pseudo-instructions, NOPs and
//! locations included, because the passes behind it are CPython's as well. Nested code objects are finished first: a unit
//! is assembled when its scope is left, and the enclosing unit loads the result as a constant.

mod annotations;
mod call;
mod checks;
mod class;
mod collections;
mod comprehension;
mod docstring;
mod expr;
mod frame_blocks;
mod function;
mod names;
mod operators;
mod pattern;
mod stmt;
mod strings;
mod try_stmt;
mod type_params;
mod with_stmt;

use crate::assemble::assemble;
use crate::ast::*;
use crate::code::{Code, Constant, co_flags};
use crate::constant_table::ConstantTable;
use crate::error::{CompileError, Warning};
use crate::future::{Future, compile_flags};
use crate::instruction::{Instruction, InstructionSequence, Label, Location, Unit};
use crate::name_table::NameTable;
use crate::opcode::{op, pseudo};
use crate::symtable::{Scope, ScopeId, Symtable, mangle};
use crate::text::Text;
use frame_blocks::FrameBlock;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use rustpython_wtf8::Wtf8;
use std::collections::BTreeSet;

type Result<T = ()> = std::result::Result<T, CompileError>;

/// More elements than this are not all put on the stack at once (CPython's `_PY_STACK_USE_GUIDELINE`).
const STACK_USE_GUIDELINE: usize = 30;

/// Bits of what MAKE_FUNCTION is followed by, the operands of SET_FUNCTION_ATTRIBUTE.
mod function_flag {
    pub const DEFAULTS: u32 = 1;
    pub const KWDEFAULTS: u32 = 2;
    pub const CLOSURE: u32 = 8;
    pub const ANNOTATE: u32 = 16;
}

/// Operands of CALL_INTRINSIC_1.
mod intrinsic_1 {
    pub const PRINT: u32 = 1;
    pub const IMPORT_STAR: u32 = 2;
    pub const STOPITERATION_ERROR: u32 = 3;
    pub const ASYNC_GEN_WRAP: u32 = 4;
    pub const UNARY_POSITIVE: u32 = 5;
    pub const LIST_TO_TUPLE: u32 = 6;
    pub const TYPEVAR: u32 = 7;
    pub const PARAMSPEC: u32 = 8;
    pub const TYPEVARTUPLE: u32 = 9;
    pub const SUBSCRIPT_GENERIC: u32 = 10;
    pub const TYPEALIAS: u32 = 11;
}

/// Operands of CALL_INTRINSIC_2.
mod intrinsic_2 {
    pub const PREP_RERAISE_STAR: u32 = 1;
    pub const TYPEVAR_WITH_BOUND: u32 = 2;
    pub const TYPEVAR_WITH_CONSTRAINTS: u32 = 3;
    pub const SET_FUNCTION_TYPE_PARAMS: u32 = 4;
    pub const SET_TYPEPARAM_DEFAULT: u32 = 5;
}

/// Operands of LOAD_COMMON_CONSTANT.
mod common_constant {
    pub const ASSERTION_ERROR: u32 = 0;
    pub const NOT_IMPLEMENTED_ERROR: u32 = 1;
    pub const BUILTIN_TUPLE: u32 = 2;
    pub const BUILTIN_ALL: u32 = 3;
    pub const BUILTIN_ANY: u32 = 4;
}

/// Operands of RESUME.
mod resume {
    pub const AT_FUNC_START: u32 = 0;
    pub const AFTER_YIELD: u32 = 1;
    pub const AFTER_YIELD_FROM: u32 = 2;
    pub const AFTER_AWAIT: u32 = 3;
}

/// What a unit is the code of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScopeType {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    Annotations,
}

/// Parameter counts of a unit.
#[derive(Clone, Copy, Debug, Default)]
struct ArgCounts {
    /// Without the positional-only ones.
    args: usize,
    posonly: usize,
    kwonly: usize,
}

impl ArgCounts {
    fn of(args: &Arguments) -> ArgCounts {
        ArgCounts { args: args.args.len(), posonly: args.posonlyargs.len(), kwonly: args.kwonlyargs.len() }
    }
}

/// A code object in the making.
struct CodeUnit<'a> {
    scope: ScopeId,
    scope_type: ScopeType,
    /// The class whose private names are mangled.
    private: Option<Name>,
    /// Of a class: attributes its methods assign to `self`.
    static_attributes: BTreeSet<Name>,
    /// Annotated assignments whose annotations are evaluated in `__annotate__`, each with the index that tells at run
    /// time whether it was reached (None: it always is).
    deferred_annotations: Vec<(&'a AnnAssign, Location, Option<u32>)>,
    next_conditional_annotation: u32,
    sequence: InstructionSequence,
    /// The unit's sequence while its annotations' is generated.
    stashed: Option<InstructionSequence>,
    frame_blocks: Vec<FrameBlock<'a>>,
    in_inlined_comp: u32,
    in_conditional_block: u32,
    consts: ConstantTable,
    names: NameTable,
    varnames: NameTable,
    cellvars: NameTable,
    freevars: NameTable,
    /// Number of the first free variable: they are numbered behind the cells.
    first_free: usize,
    fast_hidden: IndexMap<Name, bool, FxBuildHasher>,
    name: Name,
    qualname: Name,
    counts: ArgCounts,
    firstlineno: i32,
}

/// The state of one compilation.
pub struct Compiler<'a> {
    symtable: Symtable,
    future: Future,
    optimize: u8,
    interactive: bool,
    filename: Text,
    /// The units in the making, the outermost first.
    units: Vec<CodeUnit<'a>>,
    warnings: Vec<Warning>,
    /// In the second copy of a `finally` body, which has been warned of already.
    disable_warnings: u32,
}

/// Generates and assembles the code of a module. Returns what there is to warn of.
pub fn compile_module(module: &Module, symtable: Symtable, future: Future, optimize: u8, filename: &Wtf8) -> Result<(Code, Vec<Warning>)> {
    let mut compiler = Compiler {
        symtable,
        future,
        optimize,
        interactive: matches!(module, Module::Interactive(_)),
        filename: filename.into(),
        units: Vec::new(),
        warnings: Vec::new(),
        disable_warnings: 0,
    };
    compiler.enter_scope("<module>".into(), ScopeType::Module, ScopeKey(0), 1, None, ArgCounts::default())?;
    let add_none = match module {
        Module::Module(body) | Module::Interactive(body) => {
            compiler.module_body(body)?;
            true
        }
        Module::Expression(expr) => {
            compiler.expr(expr)?;
            false
        }
    };
    let code = compiler.finish_unit(add_none)?;
    Ok((code, compiler.warnings))
}

/// A name as a constant.
fn str_constant(name: impl Into<Text>) -> Constant {
    Constant::Str(name.into())
}

/// A small number as a constant.
fn int_constant(value: impl Into<num_bigint::BigInt>) -> Constant {
    Constant::Int(value.into())
}

impl<'a> Compiler<'a> {
    fn unit(&mut self) -> &mut CodeUnit<'a> {
        self.units.last_mut().expect("a unit is open")
    }

    fn unit_ref(&self) -> &CodeUnit<'a> {
        self.units.last().expect("a unit is open")
    }

    /// The symbol table's entry of the current unit.
    fn scope(&self) -> &Scope {
        self.symtable.scope(self.unit_ref().scope)
    }

    fn error<T>(&self, loc: Location, message: impl Into<String>) -> Result<T> {
        Err(CompileError::syntax(message, loc))
    }

    fn warn(&mut self, loc: Location, message: String) {
        if self.disable_warnings == 0 {
            self.warnings.push(Warning::syntax(message, loc));
        }
    }

    fn new_label(&mut self) -> Label {
        let labels = &mut self.unit().sequence.labels;
        labels.push(u32::MAX);
        Label(labels.len() as u32 - 1)
    }

    /// Places a label before the next instruction.
    fn use_label(&mut self, label: Label) {
        let sequence = &mut self.unit().sequence;
        sequence.labels[label.0 as usize] = sequence.instructions.len() as u32;
    }

    /// Appends an instruction without operand.
    fn op(&mut self, loc: Location, opcode: impl Into<u16>) {
        self.op_arg(loc, opcode, 0);
    }

    /// Appends an instruction.
    fn op_arg(&mut self, loc: Location, opcode: impl Into<u16>, arg: u32) {
        self.unit().sequence.instructions.push(Instruction { opcode: opcode.into(), arg, loc });
    }

    /// Appends an instruction whose operand is a count.
    fn op_len(&mut self, loc: Location, opcode: impl Into<u16>, arg: usize) {
        self.op_arg(loc, opcode, arg as u32);
    }

    /// Appends a jump or block set-up.
    fn jump(&mut self, loc: Location, opcode: impl Into<u16>, target: Label) {
        self.op_arg(loc, opcode, target.0);
    }

    /// Inserts an instruction before all others.
    fn insert_first(&mut self, loc: Location, opcode: u16, arg: u32) {
        let sequence = &mut self.unit().sequence;
        sequence.instructions.insert(0, Instruction { opcode, arg, loc });
        for label in &mut sequence.labels {
            // Unplaced labels are u32::MAX and stay so.
            *label = label.saturating_add(1);
        }
    }

    fn load_const(&mut self, loc: Location, value: Constant) {
        let arg = self.unit().consts.add(value);
        self.op_arg(loc, op::LOAD_CONST, arg);
    }

    fn load_none(&mut self, loc: Location) {
        self.load_const(loc, Constant::None);
    }

    /// Opens a unit: `key` tells its scope, `private` the class it is the body of.
    fn enter_scope(
        &mut self,
        name: Name,
        scope_type: ScopeType,
        key: ScopeKey,
        lineno: i32,
        private: Option<Name>,
        counts: ArgCounts,
    ) -> Result {
        let Some(scope_id) = self.symtable.lookup(key) else {
            return Err(CompileError::internal(format!("no symbol table entry for {name}")));
        };
        let scope = self.symtable.scope(scope_id);
        let varnames = scope.varnames.iter().collect();
        let mut cellvars = names::by_type(scope, crate::symtable::SymbolScope::Cell);
        for (needed, name) in [
            (scope.needs_class_closure, "__class__"),
            (scope.needs_classdict, "__classdict__"),
            (scope.has_conditional_annotations, "__conditional_annotations__"),
        ] {
            if needed {
                cellvars.add(&name.into());
            }
        }
        let freevars = names::by_type(scope, crate::symtable::SymbolScope::Free);
        let private = private.or_else(|| self.units.last()?.private.clone());
        let qualname = self.qualname(&name, scope_type);
        self.units.push(CodeUnit {
            scope: scope_id,
            scope_type,
            private,
            static_attributes: BTreeSet::new(),
            deferred_annotations: Vec::new(),
            next_conditional_annotation: 0,
            sequence: InstructionSequence { instructions: Vec::with_capacity(64), ..Default::default() },
            stashed: None,
            frame_blocks: Vec::new(),
            in_inlined_comp: 0,
            in_conditional_block: 0,
            consts: ConstantTable::default(),
            names: NameTable::default(),
            varnames,
            first_free: cellvars.len(),
            cellvars,
            freevars,
            fast_hidden: IndexMap::default(),
            name,
            qualname,
            counts,
            firstlineno: lineno,
        });
        let mut loc = Location { line: lineno, end_line: lineno, col: 0, end_col: 0 };
        if scope_type == ScopeType::Module {
            loc.line = 0;
        }
        self.op_arg(loc, op::RESUME, resume::AT_FUNC_START);
        if scope_type == ScopeType::Module {
            self.op(loc, pseudo::ANNOTATIONS_PLACEHOLDER);
        }
        Ok(())
    }

    /// The qualified name of a unit that is about to be opened.
    fn qualname(&self, name: &Name, scope_type: ScopeType) -> Name {
        let Some(mut parent) = self.units.last().filter(|_| self.units.len() > 1) else {
            return name.clone();
        };
        if parent.scope_type == ScopeType::Annotations {
            if self.units.len() == 2 {
                return name.clone();
            }
            parent = &self.units[self.units.len() - 2];
        }
        let named = matches!(scope_type, ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Class);
        if named {
            let mangled = mangle(parent.private.as_ref(), name);
            let scope = self.symtable.scope(parent.scope).scope_of(&mangled);
            if scope == crate::symtable::SymbolScope::GlobalExplicit {
                return name.clone();
            }
        }
        match parent.scope_type {
            ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Lambda => format!("{}.<locals>.{name}", parent.qualname).into(),
            _ => format!("{}.{name}", parent.qualname).into(),
        }
    }

    /// Closes the current unit and makes its code object. With `add_none`, code that falls off the end returns None,
    /// otherwise what is on the stack.
    fn finish_unit(&mut self, add_none: bool) -> Result<Code> {
        let flags = self.code_flags();
        let unit = self.units.pop().expect("a unit is open");
        assemble(Unit {
            sequence: unit.sequence,
            consts: unit.consts,
            names: unit.names,
            varnames: unit.varnames,
            cellvars: unit.cellvars,
            freevars: unit.freevars,
            fast_hidden: unit.fast_hidden,
            name: unit.name.into(),
            qualname: unit.qualname.into(),
            filename: self.filename.clone(),
            argcount: (unit.counts.args + unit.counts.posonly) as u32,
            posonlyargcount: unit.counts.posonly as u32,
            kwonlyargcount: unit.counts.kwonly as u32,
            firstlineno: unit.firstlineno,
            flags,
            add_none,
        })
    }

    fn code_flags(&self) -> u32 {
        let scope = self.scope();
        let mut flags = 0;
        if scope.is_function_like() {
            flags |= co_flags::NEWLOCALS | co_flags::OPTIMIZED;
            for (set, flag) in [
                (scope.nested, co_flags::NESTED),
                (scope.generator && !scope.coroutine, co_flags::GENERATOR),
                (scope.generator && scope.coroutine, co_flags::ASYNC_GENERATOR),
                (scope.varargs, co_flags::VARARGS),
                (scope.varkeywords, co_flags::VARKEYWORDS),
                (scope.has_docstring, co_flags::HAS_DOCSTRING),
                (scope.method, co_flags::METHOD),
            ] {
                if set {
                    flags |= flag;
                }
            }
        }
        if scope.coroutine && !scope.generator {
            flags |= co_flags::COROUTINE;
        }
        flags | (self.future.features & compile_flags::MASK)
    }

    /// Loads a function made of `code`, which closes over the current unit's variables.
    fn make_closure(&mut self, loc: Location, code: Code, mut flags: u32) -> Result {
        let mut free = 0;
        for (name, kind) in code.localsplusnames.iter().zip(&code.localspluskinds) {
            if kind & crate::code::local_kind::FREE != 0 {
                let arg = self.closure_arg(&name.to_name().unwrap_or_else(|| "".into()))?;
                self.op_arg(loc, pseudo::LOAD_CLOSURE, arg);
                free += 1;
            }
        }
        if free != 0 {
            flags |= function_flag::CLOSURE;
            self.op_arg(loc, op::BUILD_TUPLE, free);
        }
        self.load_const(loc, Constant::Code(Box::new(code)));
        self.op(loc, op::MAKE_FUNCTION);
        for flag in [function_flag::CLOSURE, function_flag::ANNOTATE, function_flag::KWDEFAULTS, function_flag::DEFAULTS] {
            if flags & flag != 0 {
                self.op_arg(loc, op::SET_FUNCTION_ATTRIBUTE, flag);
            }
        }
        Ok(())
    }

    /// A module's statements.
    fn module_body(&mut self, body: &'a [Stmt]) -> Result {
        let loc = body.first().map_or(Location { line: 1, end_line: 1, col: 0, end_col: 0 }, |stmt| stmt.loc);
        if self.scope().has_conditional_annotations {
            self.op_arg(loc, op::BUILD_SET, 0);
            let arg = self.unit().names.add(&"__conditional_annotations__".into()) as u32;
            self.op_arg(loc, op::STORE_NAME, arg);
        }
        self.body(loc, body)
    }

    /// The statements of a module or class, with docstring and annotations.
    fn body(&mut self, loc: Location, body: &'a [Stmt]) -> Result {
        if self.future.annotations() && self.scope().annotations_used {
            self.op(loc, op::SETUP_ANNOTATIONS);
        }
        if body.is_empty() {
            return Ok(());
        }
        let mut first = 0;
        let interactive = self.interactive && self.units.len() == 1;
        if !interactive
            && self.scope().has_docstring
            && let Some(doc) = docstring(body)
        {
            first = 1;
            let text = docstring::clean(doc);
            self.load_const(doc.loc, text);
            self.name_op(Location::NONE, &"__doc__".into(), Context::Store)?;
        }
        self.stmts(&body[first..])?;
        if !self.future.annotations() {
            self.deferred_annotations(loc)?;
        }
        Ok(())
    }
}
