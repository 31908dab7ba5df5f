//! What kind of thing an expression is, and which of them can be assigned to.

/// A kind of expression, as messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Name,
    Attribute,
    Subscript,
    Starred,
    List,
    Tuple,
    Lambda,
    Call,
    Generator,
    Yield,
    Await,
    ListComprehension,
    SetComprehension,
    DictComprehension,
    Dict,
    Set,
    FString,
    TString,
    None,
    True,
    False,
    Ellipsis,
    Literal,
    Comparison,
    Conditional,
    Named,
    /// An operator and its operands.
    Operation,
}

impl Form {
    pub fn name(self) -> &'static str {
        match self {
            Form::Name => "name",
            Form::Attribute => "attribute",
            Form::Subscript => "subscript",
            Form::Starred => "starred",
            Form::List => "list",
            Form::Tuple => "tuple",
            Form::Lambda => "lambda",
            Form::Call => "function call",
            Form::Generator => "generator expression",
            Form::Yield => "yield expression",
            Form::Await => "await expression",
            Form::ListComprehension => "list comprehension",
            Form::SetComprehension => "set comprehension",
            Form::DictComprehension => "dict comprehension",
            Form::Dict => "dict literal",
            Form::Set => "set display",
            Form::FString => "f-string expression",
            Form::TString => "t-string expression",
            Form::None => "None",
            Form::True => "True",
            Form::False => "False",
            Form::Ellipsis => "ellipsis",
            Form::Literal => "literal",
            Form::Comparison => "comparison",
            Form::Conditional => "conditional expression",
            Form::Named => "named expression",
            Form::Operation => "expression",
        }
    }
}

/// An expression: its kind, its first token and the one after its last, without parentheses around it.
#[derive(Clone, Debug)]
pub struct Shape {
    pub form: Form,
    pub start: usize,
    pub end: usize,
    /// Where reading it has ended, parentheses included.
    pub past: usize,
    /// It stands in parentheses.
    pub grouped: bool,
    /// It is made with operators that bind no looser than `|`: no comparison, no `not`, no `lambda`.
    pub tight: bool,
    /// The elements of a tuple or list, or what a star is before.
    pub parts: Vec<Shape>,
}

impl Shape {
    pub fn new(form: Form, start: usize, end: usize) -> Shape {
        Shape { form, start, end, past: end, grouped: false, tight: true, parts: Vec::new() }
    }

    pub fn with_parts(form: Form, start: usize, end: usize, parts: Vec<Shape>) -> Shape {
        Shape { parts, ..Shape::new(form, start, end) }
    }

    /// An expression with operators that bind looser than `|`.
    pub fn loose(form: Form, start: usize, end: usize) -> Shape {
        Shape { tight: false, ..Shape::new(form, start, end) }
    }

    /// Whether this can be the target of an annotation or of an augmented assignment.
    pub fn is_single_target(&self) -> bool {
        matches!(self.form, Form::Name | Form::Attribute | Form::Subscript)
    }

    /// The part of this that cannot be assigned to.
    pub fn invalid_target(&self) -> Option<&Shape> {
        match self.form {
            Form::Name | Form::Attribute | Form::Subscript => None,
            Form::List | Form::Tuple | Form::Starred => self.parts.iter().find_map(Shape::invalid_target),
            _ => Some(self),
        }
    }

    /// The part of this that cannot be deleted.
    pub fn not_deletable(&self) -> Option<&Shape> {
        match self.form {
            Form::Name | Form::Attribute | Form::Subscript => None,
            Form::List | Form::Tuple => self.parts.iter().find_map(Shape::not_deletable),
            _ => Some(self),
        }
    }
}
