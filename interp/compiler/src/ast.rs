//! CPython's abstract syntax tree (Parser/Python.asdl) as Rust data, with CPython's source positions.
//!
//! The parser's own tree is lowered to this one (see [`crate::lower`]), so that the symbol table and code generation see
//! what CPython's see: literals are decoded, implicit concatenation and f-strings are `JoinedStr`, `elif` is a nested `If`.

use crate::code::Constant;
use crate::instruction::Location;

pub use crate::text::Name;

/// Identity of a node that opens scopes, for looking them up in the symbol table.
///
/// A node reserves [`ScopeKey::SPAN`] consecutive keys, for the scopes that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeKey(pub u32);

impl ScopeKey {
    /// How many keys a node takes.
    pub const SPAN: u32 = 4;

    /// The `__annotate__` scope of a body's annotated variables; the scope of a type parameter's default.
    pub fn annotations(self) -> ScopeKey {
        ScopeKey(self.0 + 1)
    }

    /// The scope of a function's, class's or type alias's type parameters.
    pub fn type_params(self) -> ScopeKey {
        ScopeKey(self.0 + 2)
    }

    /// The `__annotate__` scope of a function's parameters.
    pub fn parameters(self) -> ScopeKey {
        ScopeKey(self.0 + 3)
    }
}

/// What a source text is.
#[derive(Debug)]
pub enum Module {
    /// A file, or what `exec` takes.
    Module(Vec<Stmt>),
    /// One interactive statement.
    Interactive(Vec<Stmt>),
    /// What `eval` takes.
    Expression(Box<Expr>),
}

/// A statement.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Stmt {
    pub kind: StmtKind,
    pub loc: Location,
}

/// The kinds of statement, named as CPython names them.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum StmtKind {
    FunctionDef(Box<FunctionDef>),
    ClassDef(Box<ClassDef>),
    Return(Option<Box<Expr>>),
    Delete(Vec<Expr>),
    Assign { targets: Vec<Expr>, value: Box<Expr> },
    TypeAlias(Box<TypeAlias>),
    AugAssign { target: Box<Expr>, op: Operator, value: Box<Expr> },
    AnnAssign(Box<AnnAssign>),
    For(Box<For>),
    While { test: Box<Expr>, body: Vec<Stmt>, orelse: Vec<Stmt> },
    If { test: Box<Expr>, body: Vec<Stmt>, orelse: Vec<Stmt> },
    With { is_async: bool, items: Vec<WithItem>, body: Vec<Stmt> },
    Match { subject: Box<Expr>, cases: Vec<MatchCase> },
    Raise { exc: Option<Box<Expr>>, cause: Option<Box<Expr>> },
    Try(Box<Try>),
    Assert { test: Box<Expr>, msg: Option<Box<Expr>> },
    Import(Vec<Alias>),
    ImportFrom { module: Option<Name>, names: Vec<Alias>, level: u32 },
    Global(Vec<Name>),
    Nonlocal(Vec<Name>),
    Expr(Box<Expr>),
    Pass,
    Break,
    Continue,
}

/// `def` and `async def`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct FunctionDef {
    pub key: ScopeKey,
    pub is_async: bool,
    pub name: Name,
    pub args: Arguments,
    pub body: Vec<Stmt>,
    pub decorators: Vec<Expr>,
    pub returns: Option<Box<Expr>>,
    pub type_params: Vec<TypeParam>,
}

/// `class`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct ClassDef {
    pub key: ScopeKey,
    pub name: Name,
    pub bases: Vec<Expr>,
    pub keywords: Vec<Keyword>,
    pub body: Vec<Stmt>,
    pub decorators: Vec<Expr>,
    pub type_params: Vec<TypeParam>,
}

/// `type X[T] = ...`
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TypeAlias {
    pub key: ScopeKey,
    pub name: Name,
    pub name_loc: Location,
    pub type_params: Vec<TypeParam>,
    pub value: Expr,
}

/// `target: annotation = value`
#[derive(Debug)]
#[allow(missing_docs)]
pub struct AnnAssign {
    pub target: Expr,
    pub annotation: Expr,
    pub value: Option<Expr>,
    /// The target is a name without parentheses.
    pub simple: bool,
}

/// `for` and `async for`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct For {
    pub is_async: bool,
    pub target: Expr,
    pub iter: Expr,
    pub body: Vec<Stmt>,
    pub orelse: Vec<Stmt>,
}

/// `try` with `except` or `except*` clauses.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Try {
    pub is_star: bool,
    pub body: Vec<Stmt>,
    pub handlers: Vec<ExceptHandler>,
    pub orelse: Vec<Stmt>,
    pub finalbody: Vec<Stmt>,
}

/// One `except` clause.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct ExceptHandler {
    pub typ: Option<Expr>,
    pub name: Option<Name>,
    pub body: Vec<Stmt>,
    pub loc: Location,
}

/// One `expr as target` of a `with`.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct WithItem {
    pub context_expr: Expr,
    pub optional_vars: Option<Expr>,
}

/// One `case` block.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct MatchCase {
    pub pattern: Pattern,
    pub guard: Option<Expr>,
    pub body: Vec<Stmt>,
}

/// One `name as asname` of an import.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Alias {
    pub name: Name,
    pub asname: Option<Name>,
    pub loc: Location,
}

/// Parameters of a function or lambda.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Arguments {
    pub posonlyargs: Vec<Arg>,
    pub args: Vec<Arg>,
    pub vararg: Option<Box<Arg>>,
    pub kwonlyargs: Vec<Arg>,
    /// Parallel to `kwonlyargs`.
    pub kw_defaults: Vec<Option<Expr>>,
    pub kwarg: Option<Box<Arg>>,
    /// Of the last positional parameters.
    pub defaults: Vec<Expr>,
}

/// One parameter.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Arg {
    pub arg: Name,
    pub annotation: Option<Expr>,
    pub loc: Location,
}

/// One `arg=value` or `**value` of a call.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Keyword {
    pub arg: Option<Name>,
    pub value: Expr,
    pub loc: Location,
}

/// A type parameter.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TypeParam {
    pub key: ScopeKey,
    pub kind: TypeParamKind,
    pub name: Name,
    pub bound: Option<Expr>,
    pub default: Option<Expr>,
    pub loc: Location,
}

/// `T`, `*T` or `**T`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TypeParamKind {
    TypeVar,
    TypeVarTuple,
    ParamSpec,
}

/// How a target expression is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Context {
    Load,
    Store,
    Del,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

/// An expression.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Expr {
    pub kind: ExprKind,
    pub loc: Location,
}

/// What a comprehension builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CompKind {
    Generator,
    List,
    Set,
    Dict,
}

/// A comprehension or generator expression.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Comp {
    pub key: ScopeKey,
    pub kind: CompKind,
    /// The element, or a dict's key.
    pub elt: Expr,
    /// A dict's value.
    pub value: Option<Expr>,
    pub generators: Vec<Comprehension>,
}

/// One `for` of a comprehension.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Comprehension {
    pub target: Expr,
    pub iter: Expr,
    pub ifs: Vec<Expr>,
    pub is_async: bool,
}

/// The kinds of expression, named as CPython names them.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum ExprKind {
    BoolOp {
        /// `and`, not `or`.
        is_and: bool,
        values: Vec<Expr>,
    },
    NamedExpr {
        target: Box<Expr>,
        value: Box<Expr>,
    },
    BinOp {
        left: Box<Expr>,
        op: Operator,
        right: Box<Expr>,
    },
    UnaryOp {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Lambda {
        key: ScopeKey,
        args: Box<Arguments>,
        body: Box<Expr>,
    },
    IfExp {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    Dict {
        /// None where the value is unpacked.
        keys: Vec<Option<Expr>>,
        values: Vec<Expr>,
    },
    Set(Vec<Expr>),
    Comp(Box<Comp>),
    Await(Box<Expr>),
    Yield(Option<Box<Expr>>),
    YieldFrom(Box<Expr>),
    Compare {
        left: Box<Expr>,
        ops: Vec<CmpOp>,
        comparators: Vec<Expr>,
    },
    Call {
        func: Box<Expr>,
        args: Vec<Expr>,
        keywords: Vec<Keyword>,
    },
    FormattedValue {
        value: Box<Expr>,
        /// `s`, `r` or `a`.
        conversion: Option<char>,
        format_spec: Option<Box<Expr>>,
    },
    Interpolation {
        value: Box<Expr>,
        /// The source of the expression.
        text: Constant,
        conversion: Option<char>,
        format_spec: Option<Box<Expr>>,
    },
    JoinedStr(Vec<Expr>),
    TemplateStr(Vec<Expr>),
    Constant {
        value: Constant,
        /// Written with a `u` prefix.
        unicode_prefix: bool,
    },
    Attribute {
        value: Box<Expr>,
        attr: Name,
        ctx: Context,
    },
    Subscript {
        value: Box<Expr>,
        slice: Box<Expr>,
        ctx: Context,
    },
    Starred {
        value: Box<Expr>,
        ctx: Context,
    },
    Name {
        id: Name,
        ctx: Context,
    },
    List {
        elts: Vec<Expr>,
        ctx: Context,
    },
    Tuple {
        elts: Vec<Expr>,
        ctx: Context,
    },
    Slice {
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
}

impl Expr {
    /// The value of a literal.
    pub fn constant(&self) -> Option<&Constant> {
        match &self.kind {
            ExprKind::Constant { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Whether this is a literal.
    pub fn is_constant(&self) -> bool {
        matches!(self.kind, ExprKind::Constant { .. })
    }

    /// Whether this is `*expr`.
    pub fn is_starred(&self) -> bool {
        matches!(self.kind, ExprKind::Starred { .. })
    }

    /// A literal without `u` prefix.
    pub fn new_constant(value: Constant, loc: Location) -> Expr {
        Expr { kind: ExprKind::Constant { value, unicode_prefix: false }, loc }
    }
}

/// A `case` pattern.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Pattern {
    pub kind: PatternKind,
    pub loc: Location,
}

/// The kinds of pattern, named as CPython names them.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum PatternKind {
    Value(Box<Expr>),
    /// None, True or False.
    Singleton(Constant),
    Sequence(Vec<Pattern>),
    Mapping {
        keys: Vec<Expr>,
        patterns: Vec<Pattern>,
        rest: Option<Name>,
    },
    Class {
        cls: Box<Expr>,
        patterns: Vec<Pattern>,
        kwd_attrs: Vec<Name>,
        kwd_patterns: Vec<Pattern>,
    },
    Star(Option<Name>),
    As {
        pattern: Option<Box<Pattern>>,
        name: Option<Name>,
    },
    Or(Vec<Pattern>),
}

impl Pattern {
    /// `_`
    pub fn is_wildcard(&self) -> bool {
        matches!(&self.kind, PatternKind::As { name: None, .. })
    }

    /// `*_`
    pub fn is_star_wildcard(&self) -> bool {
        matches!(&self.kind, PatternKind::Star(None))
    }
}

/// The docstring that opens a body, if any (`_PyAST_GetDocString`).
pub fn docstring(body: &[Stmt]) -> Option<&Expr> {
    match &body.first()?.kind {
        StmtKind::Expr(value) if matches!(value.constant(), Some(Constant::Str(_))) => Some(value),
        _ => None,
    }
}
