//! The classes of tree nodes, as CPython's Parser/Python.asdl defines them.
//!
//! A constructor's signature is at once its class's doc string and what its fields are read from.

/// Declares [`Node`], one variant for each concrete class, and [`GROUPS`].
macro_rules! schema {
    ($($group:literal $place:ident { $($node:ident $signature:literal)* })*) => {
        /// A concrete class of nodes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        pub enum Node { $($($node,)*)* }

        /// The groups in the order in which the module has them.
        pub static GROUPS: &[Group] = &[$(Group {
            name: $group,
            has_place: Place::$place as u8 == Place::Placed as u8,
            constructors: &[$((Node::$node, concat!(stringify!($node), $signature)),)*],
        },)*];
    };
}

/// Whether a group's nodes have a place in the source.
enum Place {
    Placed,
    Unplaced,
}

/// A type of the grammar: classes with a common base, or a single class of the same name.
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Whether its nodes have `lineno` and its like.
    pub has_place: bool,
    /// Its constructors with their signatures.
    pub constructors: &'static [(Node, &'static str)],
}

impl Group {
    /// Whether the group is one class.
    pub fn is_product(&self) -> bool {
        self.constructors.len() == 1 && field_text(self.constructors[0].1).0 == self.name
    }

    /// The doc string of the group's class.
    pub fn doc(&self) -> String {
        let all: Vec<&str> = self.constructors.iter().map(|c| c.1).collect();
        if self.is_product() {
            return all[0].to_owned();
        }
        let plain = all.iter().all(|c| !c.contains('('));
        let separator = if plain { " | ".to_owned() } else { format!("\n{} | ", " ".repeat(self.name.len())) };
        format!("{} = {}", self.name, all.join(&separator))
    }
}

/// How often a field's value is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Once.
    One,
    /// Once, or None.
    Optional,
    /// A list.
    Many,
}

/// A field of a node.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// The name.
    pub name: &'static str,
    /// The grammar's name of its type.
    pub ty: &'static str,
    /// How often.
    pub count: Count,
}

fn field_text(signature: &str) -> (&str, &str) {
    match signature.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (signature, ""),
    }
}

/// The class name and the fields of a signature.
pub fn parse(signature: &'static str) -> (&'static str, Vec<FieldSpec>) {
    let (name, fields) = field_text(signature);
    let fields = fields.split(", ").filter_map(|f| f.split_once(' ')).map(|(ty, name)| {
        let (ty, count) = match ty.trim_end_matches('*') {
            t if t.len() < ty.len() => (t.trim_end_matches('?'), Count::Many),
            t if t.ends_with('?') => (t.trim_end_matches('?'), Count::Optional),
            t => (t, Count::One),
        };
        FieldSpec { name, ty, count }
    });
    (name, fields.collect())
}

schema! {
    "mod" Unplaced {
        Module "(stmt* body, type_ignore* type_ignores)"
        Interactive "(stmt* body)"
        Expression "(expr body)"
        FunctionType "(expr* argtypes, expr returns)"
    }
    "stmt" Placed {
        FunctionDef "(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)"
        AsyncFunctionDef "(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)"
        ClassDef "(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params)"
        Return "(expr? value)"
        Delete "(expr* targets)"
        Assign "(expr* targets, expr value, string? type_comment)"
        TypeAlias "(expr name, type_param* type_params, expr value)"
        AugAssign "(expr target, operator op, expr value)"
        AnnAssign "(expr target, expr annotation, expr? value, int simple)"
        For "(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)"
        AsyncFor "(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)"
        While "(expr test, stmt* body, stmt* orelse)"
        If "(expr test, stmt* body, stmt* orelse)"
        With "(withitem* items, stmt* body, string? type_comment)"
        AsyncWith "(withitem* items, stmt* body, string? type_comment)"
        Match "(expr subject, match_case* cases)"
        Raise "(expr? exc, expr? cause)"
        Try "(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)"
        TryStar "(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)"
        Assert "(expr test, expr? msg)"
        Import "(alias* names)"
        ImportFrom "(identifier? module, alias* names, int? level)"
        Global "(identifier* names)"
        Nonlocal "(identifier* names)"
        Expr "(expr value)"
        Pass ""
        Break ""
        Continue ""
    }
    "expr" Placed {
        BoolOp "(boolop op, expr* values)"
        NamedExpr "(expr target, expr value)"
        BinOp "(expr left, operator op, expr right)"
        UnaryOp "(unaryop op, expr operand)"
        Lambda "(arguments args, expr body)"
        IfExp "(expr test, expr body, expr orelse)"
        Dict "(expr?* keys, expr* values)"
        Set "(expr* elts)"
        ListComp "(expr elt, comprehension* generators)"
        SetComp "(expr elt, comprehension* generators)"
        DictComp "(expr key, expr value, comprehension* generators)"
        GeneratorExp "(expr elt, comprehension* generators)"
        Await "(expr value)"
        Yield "(expr? value)"
        YieldFrom "(expr value)"
        Compare "(expr left, cmpop* ops, expr* comparators)"
        Call "(expr func, expr* args, keyword* keywords)"
        FormattedValue "(expr value, int conversion, expr? format_spec)"
        Interpolation "(expr value, constant str, int conversion, expr? format_spec)"
        JoinedStr "(expr* values)"
        TemplateStr "(expr* values)"
        Constant "(constant value, string? kind)"
        Attribute "(expr value, identifier attr, expr_context ctx)"
        Subscript "(expr value, expr slice, expr_context ctx)"
        Starred "(expr value, expr_context ctx)"
        Name "(identifier id, expr_context ctx)"
        List "(expr* elts, expr_context ctx)"
        Tuple "(expr* elts, expr_context ctx)"
        Slice "(expr? lower, expr? upper, expr? step)"
    }
    "expr_context" Unplaced { Load "" Store "" Del "" }
    "boolop" Unplaced { And "" Or "" }
    "operator" Unplaced {
        Add "" Sub "" Mult "" MatMult "" Div "" Mod "" Pow "" LShift "" RShift "" BitOr "" BitXor "" BitAnd "" FloorDiv ""
    }
    "unaryop" Unplaced { Invert "" Not "" UAdd "" USub "" }
    "cmpop" Unplaced { Eq "" NotEq "" Lt "" LtE "" Gt "" GtE "" Is "" IsNot "" In "" NotIn "" }
    "comprehension" Unplaced { comprehension "(expr target, expr iter, expr* ifs, int is_async)" }
    "excepthandler" Placed { ExceptHandler "(expr? type, identifier? name, stmt* body)" }
    "arguments" Unplaced {
        arguments "(arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults)"
    }
    "arg" Placed { arg "(identifier arg, expr? annotation, string? type_comment)" }
    "keyword" Placed { keyword "(identifier? arg, expr value)" }
    "alias" Placed { alias "(identifier name, identifier? asname)" }
    "withitem" Unplaced { withitem "(expr context_expr, expr? optional_vars)" }
    "match_case" Unplaced { match_case "(pattern pattern, expr? guard, stmt* body)" }
    "pattern" Placed {
        MatchValue "(expr value)"
        MatchSingleton "(constant value)"
        MatchSequence "(pattern* patterns)"
        MatchMapping "(expr* keys, pattern* patterns, identifier? rest)"
        MatchClass "(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)"
        MatchStar "(identifier? name)"
        MatchAs "(pattern? pattern, identifier? name)"
        MatchOr "(pattern* patterns)"
    }
    "type_ignore" Unplaced { TypeIgnore "(int lineno, string tag)" }
    "type_param" Placed {
        TypeVar "(identifier name, expr? bound, expr? default_value)"
        ParamSpec "(identifier name, expr? default_value)"
        TypeVarTuple "(identifier name, expr? default_value)"
    }
}
