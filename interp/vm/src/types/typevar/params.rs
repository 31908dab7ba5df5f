//! `TypeVar`, `ParamSpec`, `TypeVarTuple`: the parameters of generic functions, classes and aliases.

use super::evaluator;
use super::no_default;
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, GetSetDef, bind_call, def, getter, member};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type};
use crate::frame::Frame;
use crate::protocol::{self, attr};
use crate::thread::thread;
use crate::types::text::Text;
use crate::types::union::{self, call_typing};
use crate::types::{str, tuple};
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::{names, types};
use crate::{call, exc};
use weft_layout::tag::{NULL, Word};

/// What the variance of a type parameter is said to be.
#[derive(Clone, Copy, Default)]
struct Variance {
    covariant: bool,
    contravariant: bool,
    inferred: bool,
}

/// The payload of the three classes. A value that was given as an expression comes from calling its evaluator.
pub struct TypeParam {
    name: Field,
    bound: Field,
    evaluate_bound: Field,
    constraints: Field,
    evaluate_constraints: Field,
    default: Field,
    evaluate_default: Field,
    variance: Variance,
}

// SAFETY: instances of typing.TypeVar, ParamSpec and TypeVarTuple hold a TypeParam at offset 8.
unsafe impl Payload for TypeParam {
    fn class() -> &'static Type {
        types().type_var
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in self.fields() {
            visit(field.word());
        }
    }

    fn clear(&self) {
        for field in &self.fields()[1..] {
            drop(field.take());
        }
    }
}

impl TypeParam {
    fn named(name: Value, variance: Variance) -> TypeParam {
        TypeParam {
            name: Field::new(name),
            bound: Field::empty(),
            evaluate_bound: Field::empty(),
            constraints: Field::empty(),
            evaluate_constraints: Field::empty(),
            default: Field::empty(),
            evaluate_default: Field::empty(),
            variance,
        }
    }

    fn fields(&self) -> [&Field; 7] {
        [
            &self.name,
            &self.bound,
            &self.evaluate_bound,
            &self.constraints,
            &self.evaluate_constraints,
            &self.default,
            &self.evaluate_default,
        ]
    }
}

fn this(v: &Value) -> &TypeParam {
    // SAFETY: callers pass instances of the three classes, which hold a TypeParam at offset 8.
    unsafe { &*v.ptr().add(8).cast::<TypeParam>() }
}

/// Whether `v` is one of the three kinds of type parameters.
pub fn is_type_param(v: &Value) -> bool {
    let t = types();
    [t.type_var, t.param_spec, t.type_var_tuple].iter().any(|c| std::ptr::eq(v.class(), *c))
}

/// The name. `v` is a type parameter.
pub fn name(v: &Value) -> Value {
    this(v).name.value()
}

// --- made by the compiler's intrinsics -----------------------------------------------------------------------------

fn inferred(class: &'static Type, name: &Value) -> Value {
    new_instance(class, TypeParam::named(name.clone(), Variance { inferred: true, ..Variance::default() }))
}

/// A type variable of the type parameter syntax. Bound or constraints come from calling a function.
pub fn new_type_var(name: &Value, evaluate_bound: Option<Value>, evaluate_constraints: Option<Value>) -> Value {
    let v = inferred(types().type_var, name);
    drop(this(&v).evaluate_bound.replace(evaluate_bound));
    drop(this(&v).evaluate_constraints.replace(evaluate_constraints));
    v
}

/// A parameter specification of the type parameter syntax.
pub fn new_param_spec(name: &Value) -> Value {
    inferred(types().param_spec, name)
}

/// A type variable tuple of the type parameter syntax.
pub fn new_type_var_tuple(name: &Value) -> Value {
    inferred(types().type_var_tuple, name)
}

/// Sets the function that computes a type parameter's default.
pub fn set_default(param: &Value, evaluate: Value) -> Res {
    if !is_type_param(param) {
        return Err(exc::type_error(format!("Expected a type param, got {}", protocol::repr_string(param)?)));
    }
    this(param).evaluate_default.set(evaluate);
    Ok(param.clone())
}

// --- constructors --------------------------------------------------------------------------------------------------

/// The module of the function that is running: where a type parameter made by a call belongs.
pub fn calling_module() -> Value {
    let frame = thread().innermost_frame();
    // SAFETY: the frame is the running one.
    let function = unsafe { (!frame.is_null() && (*frame).func != NULL).then(|| Frame::function(frame)) };
    let module = function.map_or(Ok(None), |f| attr::getattr_opt(&f, &names().__module__));
    match module {
        Ok(found) => found.unwrap_or(Value::NONE),
        Err(e) => {
            exc::clear(e);
            Value::NONE
        }
    }
}

fn checked_name(class: &str, name: &Value) -> Res {
    if str::is_str(name) {
        return Ok(name.clone());
    }
    Err(exc::type_error(format!("{class}() argument 'name' must be str, not {}", name.class().full_name())))
}

/// The three flags, bound at parameters `at` and behind.
fn checked_variance(a: Args, at: usize) -> Res<Variance> {
    let flag = |i: usize| a.opt(i).map_or(Ok(false), protocol::is_true);
    let v = Variance { covariant: flag(at)?, contravariant: flag(at + 1)?, inferred: flag(at + 2)? };
    if v.covariant && v.contravariant {
        return Err(exc::value_error("Bivariant types are not supported."));
    }
    if v.inferred && (v.covariant || v.contravariant) {
        return Err(exc::value_error("Variance cannot be specified with infer_variance."));
    }
    Ok(v)
}

fn checked_bound(bound: Option<&Value>) -> Res<Option<Value>> {
    bound.map(|b| union::type_check(b, "Bound must be a type.")).transpose()
}

fn finish(class: &'static Type, payload: TypeParam, default: Option<&Value>) -> Res {
    let v = new_instance(class, payload);
    drop(this(&v).default.replace(Some(default.cloned().unwrap_or_else(no_default::value))));
    attr::setattr(&v, &names().__module__, &calling_module())?;
    Ok(v)
}

fn construct_type_var(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    const SIG: &str =
        "(name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)";
    bind_call("typevar", SIG, args, kwnames, |a| {
        let name = checked_name("typevar", a.at(0))?;
        let variance = checked_variance(a, 4)?;
        let bound = checked_bound(a.some(2))?;
        let constraints = a.rest(1);
        if constraints.len() == 1 {
            return Err(exc::type_error("A single constraint is not allowed"));
        }
        if !constraints.is_empty() && bound.is_some() {
            return Err(exc::type_error("Constraints cannot be combined with bound=..."));
        }
        let payload = TypeParam::named(name, variance);
        drop(payload.bound.replace(bound));
        if !constraints.is_empty() {
            payload.constraints.set(tuple::from_slice(constraints));
        }
        finish(types().type_var, payload, a.opt(3))
    })
}

fn construct_param_spec(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    const SIG: &str = "(name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)";
    bind_call("paramspec", SIG, args, kwnames, |a| {
        let name = checked_name("paramspec", a.at(0))?;
        let payload = TypeParam::named(name, checked_variance(a, 3)?);
        drop(payload.bound.replace(checked_bound(a.some(1))?));
        finish(types().param_spec, payload, a.opt(2))
    })
}

fn construct_type_var_tuple(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("typevartuple", "(name, *, default=typing.NoDefault)", args, kwnames, |a| {
        let name = checked_name("typevartuple", a.at(0))?;
        finish(types().type_var_tuple, TypeParam::named(name, Variance { inferred: true, ..Variance::default() }), a.opt(1))
    })
}

// --- attributes ----------------------------------------------------------------------------------------------------

/// The value of a field, which its evaluator computes when it is first asked for.
fn evaluated(value: &Field, evaluate: &Field) -> Res<Option<Value>> {
    if let Some(known) = value.get() {
        return Ok(Some(known));
    }
    let Some(f) = evaluate.get() else { return Ok(None) };
    let made = call::call1(&f, &Value::small_int(1))?;
    value.set(made.clone());
    Ok(Some(made))
}

/// The function that computes a field.
fn evaluator_of(value: &Field, evaluate: &Field) -> Value {
    evaluate.get().or_else(|| value.get().map(evaluator::new)).unwrap_or(Value::NONE)
}

fn bound(v: &Value) -> Res {
    Ok(evaluated(&this(v).bound, &this(v).evaluate_bound)?.unwrap_or(Value::NONE))
}

fn constraints(v: &Value) -> Res {
    Ok(evaluated(&this(v).constraints, &this(v).evaluate_constraints)?.unwrap_or_else(tuple::empty))
}

/// The default of a type parameter; NoDefault if it has none.
pub fn default(v: &Value) -> Res {
    Ok(evaluated(&this(v).default, &this(v).evaluate_default)?.unwrap_or_else(no_default::value))
}

fn has_default(v: &Value) -> Res {
    let p = this(v);
    let given = p.default.peek().is_some_and(|d| !d.is(&no_default::value()));
    Ok(Value::bool(p.evaluate_default.peek().is_some() || given))
}

fn repr(v: &Value) -> Res {
    let p = this(v);
    let sign = match p.variance {
        Variance { inferred: true, .. } => return Ok(p.name.value()),
        Variance { covariant: true, .. } => "+",
        Variance { contravariant: true, .. } => "-",
        _ => "~",
    };
    Ok(Text::new().add(sign).value(&p.name.value()).finish())
}

/// `typing.Union[a, b]`: unlike `|` of classes, this takes strings as forward references.
fn or(a: &Value, b: &Value) -> Res {
    union::from_args(&tuple::from_vec(vec![a.clone(), b.clone()]))
}

fn cannot_subclass(v: &Value) -> Res {
    Err(exc::type_error(format!("Cannot subclass an instance of {}", v.class().name())))
}

/// A value for a type variable that was not given: its default.
fn prepare_type_var(a: Args) -> Res {
    let (v, alias, args) = (a.at(0), a.at(1), a.at(2));
    let params = attr::getattr(alias, &names().__parameters__)?;
    let all = protocol::iter::collect(&params)?;
    let Some(i) = all.iter().position(|p| p.is(v)) else { return Err(exc::value_error("tuple.index(x): x not in tuple")) };
    let given = protocol::len(args)?;
    if i < given {
        return Ok(args.clone());
    }
    if i == given {
        let default = default(v)?;
        if !default.is(&no_default::value()) {
            let mut all = protocol::iter::collect(args)?;
            all.push(default);
            return Ok(tuple::from_vec(all));
        }
    }
    let alias = protocol::str_string(alias)?;
    Err(exc::type_error(format!("Too few arguments for {alias}; actual {given}, expected at least {}", i + 1)))
}

const NAME: GetSetDef = member("__name__", |v| Ok(name(v)), "");
const BOUND: GetSetDef = getter("__bound__", bound, "");
const COVARIANT: GetSetDef = member("__covariant__", |v| Ok(Value::bool(this(v).variance.covariant)), "");
const CONTRAVARIANT: GetSetDef = member("__contravariant__", |v| Ok(Value::bool(this(v).variance.contravariant)), "");
const INFER_VARIANCE: GetSetDef = member("__infer_variance__", |v| Ok(Value::bool(this(v).variance.inferred)), "");
const EVALUATE_DEFAULT: GetSetDef = getter("evaluate_default", |v| Ok(evaluator_of(&this(v).default, &this(v).evaluate_default)), "");

/// `typing.TypeVar`.
pub static TYPE_VAR_SPEC: TypeSpec = TypeSpec {
    name: "typing.TypeVar",
    finish: super::in_typing,
    doc: "Type variable.\n\nThe preferred way to construct a type variable is via the dedicated\nsyntax for generic functions, classes, and type aliases::\n\n    class Sequence[T]:  # T is a TypeVar\n        ...\n\nThis syntax can also be used to create bound and constrained type\nvariables::\n\n    # S is a TypeVar bound to str\n    class StrSequence[S: str]:\n        ...\n\n    # A is a TypeVar constrained to str or bytes\n    class StrOrBytesSequence[A: (str, bytes)]:\n        ...\n\nType variables can also have defaults:\n\n    class IntDefault[T = int]:\n        ...\n\nHowever, if desired, reusable type variables can also be constructed\nmanually, like so::\n\n   T = TypeVar('T')  # Can be anything\n   S = TypeVar('S', bound=str)  # Can be any subtype of str\n   A = TypeVar('A', str, bytes)  # Must be exactly str or bytes\n   D = TypeVar('D', default=int)  # Defaults to int\n\nType variables exist primarily for the benefit of static type\ncheckers.  They serve as the parameters for generic types as well\nas for generic function and type alias definitions.\n\nThe variance of type variables is inferred by type checkers when they\nare created through the type parameter syntax and when\n``infer_variance=True`` is passed. Manually created type variables may\nbe explicitly marked covariant or contravariant by passing\n``covariant=True`` or ``contravariant=True``. By default, manually\ncreated type variables are invariant. See PEP 484 and PEP 695 for more\ndetails.\n",
    payload: PayloadOps::of::<TypeParam>(),
    slots: Slots { new: Some(construct_type_var), repr: Some(repr), or: Some(or), ..Slots::NONE },
    methods: &[
        def("__typing_subst__", "($self, arg, /)", |a| call_typing("_typevar_subst", &[a.at(0).clone(), a.at(1).clone()]), ""),
        def("__typing_prepare_subst__", "($self, alias, args, /)", prepare_type_var, ""),
        def("__reduce__", "($self, /)", |a| Ok(name(a.at(0))), ""),
        def("has_default", "($self, /)", |a| has_default(a.at(0)), ""),
        def("__mro_entries__", "($self, bases, /)", |a| cannot_subclass(a.at(0)), ""),
    ],
    getsets: &[
        NAME,
        COVARIANT,
        CONTRAVARIANT,
        INFER_VARIANCE,
        BOUND,
        getter("__constraints__", constraints, ""),
        getter("__default__", default, ""),
        getter("evaluate_bound", |v| Ok(evaluator_of(&this(v).bound, &this(v).evaluate_bound)), ""),
        getter("evaluate_constraints", |v| Ok(evaluator_of(&this(v).constraints, &this(v).evaluate_constraints)), ""),
        EVALUATE_DEFAULT,
    ],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// `typing.ParamSpec`.
pub static PARAM_SPEC_SPEC: TypeSpec = TypeSpec {
    name: "typing.ParamSpec",
    finish: super::in_typing,
    doc: "Parameter specification variable.\n\nThe preferred way to construct a parameter specification is via the\ndedicated syntax for generic functions, classes, and type aliases,\nwhere the use of '**' creates a parameter specification::\n\n    type IntFunc[**P] = Callable[P, int]\n\nThe following syntax creates a parameter specification that defaults\nto a callable accepting two positional-only arguments of types int\nand str:\n\n    type IntFuncDefault[**P = [int, str]] = Callable[P, int]\n\nFor compatibility with Python 3.11 and earlier, ParamSpec objects\ncan also be created as follows::\n\n    P = ParamSpec('P')\n    DefaultP = ParamSpec('DefaultP', default=[int, str])\n\nParameter specification variables exist primarily for the benefit of\nstatic type checkers.  They are used to forward the parameter types of\none callable to another callable, a pattern commonly found in\nhigher-order functions and decorators.  They are only valid when used\nin ``Concatenate``, or as the first argument to ``Callable``, or as\nparameters for user-defined Generics. See class Generic for more\ninformation on generic types.\n\nAn example for annotating a decorator::\n\n    def add_logging[**P, T](f: Callable[P, T]) -> Callable[P, T]:\n        '''A type-safe decorator to add logging to a function.'''\n        def inner(*args: P.args, **kwargs: P.kwargs) -> T:\n            logging.info(f'{f.__name__} was called')\n            return f(*args, **kwargs)\n        return inner\n\n    @add_logging\n    def add_two(x: float, y: float) -> float:\n        '''Add two numbers together.'''\n        return x + y\n\nParameter specification variables can be introspected. e.g.::\n\n    >>> P = ParamSpec(\"P\")\n    >>> P.__name__\n    'P'\n\nNote that only parameter specification variables defined in the global\nscope can be pickled.\n",
    payload: PayloadOps::of::<TypeParam>(),
    slots: Slots { new: Some(construct_param_spec), repr: Some(repr), or: Some(or), ..Slots::NONE },
    methods: &[
        def("__typing_subst__", "($self, arg, /)", |a| call_typing("_paramspec_subst", &[a.at(0).clone(), a.at(1).clone()]), ""),
        def(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |a| call_typing("_paramspec_prepare_subst", &[a.at(0).clone(), a.at(1).clone(), a.at(2).clone()]),
            "",
        ),
        def("has_default", "($self, /)", |a| has_default(a.at(0)), ""),
        def("__reduce__", "($self, /)", |a| Ok(name(a.at(0))), ""),
        def("__mro_entries__", "($self, bases, /)", |a| cannot_subclass(a.at(0)), ""),
    ],
    getsets: &[
        NAME,
        BOUND,
        COVARIANT,
        CONTRAVARIANT,
        INFER_VARIANCE,
        getter("args", |v| Ok(super::param_spec_parts::new_args(v)), "Represents positional arguments."),
        getter("kwargs", |v| Ok(super::param_spec_parts::new_kwargs(v)), "Represents keyword arguments."),
        getter("__default__", default, "The default value for this ParamSpec."),
        EVALUATE_DEFAULT,
    ],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// `*Ts`: one item, the unpacked tuple.
fn iterate_type_var_tuple(v: &Value) -> Res {
    protocol::iter::iter(&tuple::from_vec(vec![super::unpacked(v)?]))
}

/// `typing.TypeVarTuple`.
pub static TYPE_VAR_TUPLE_SPEC: TypeSpec = TypeSpec {
    name: "typing.TypeVarTuple",
    finish: super::in_typing,
    doc: "Type variable tuple. A specialized form of type variable that enables\nvariadic generics.\n\nThe preferred way to construct a type variable tuple is via the\ndedicated syntax for generic functions, classes, and type aliases,\nwhere a single '*' indicates a type variable tuple::\n\n    def move_first_element_to_last[T, *Ts](tup: tuple[T, *Ts]) -> tuple[*Ts, T]:\n        return (*tup[1:], tup[0])\n\nType variables tuples can have default values:\n\n    type AliasWithDefault[*Ts = (str, int)] = tuple[*Ts]\n\nFor compatibility with Python 3.11 and earlier, TypeVarTuple objects\ncan also be created as follows::\n\n    Ts = TypeVarTuple('Ts')  # Can be given any name\n    DefaultTs = TypeVarTuple('Ts', default=(str, int))\n\nJust as a TypeVar (type variable) is a placeholder for a single type,\na TypeVarTuple is a placeholder for an *arbitrary* number of types. For\nexample, if we define a generic class using a TypeVarTuple::\n\n    class C[*Ts]: ...\n\nThen we can parameterize that class with an arbitrary number of type\narguments::\n\n    C[int]       # Fine\n    C[int, str]  # Also fine\n    C[()]        # Even this is fine\n\nFor more details, see PEP 646.\n\nNote that only TypeVarTuples defined in the global scope can be\npickled.\n",
    payload: PayloadOps::of::<TypeParam>(),
    slots: Slots { new: Some(construct_type_var_tuple), repr: Some(repr), iter: Some(iterate_type_var_tuple), ..Slots::NONE },
    methods: &[
        def("__typing_subst__", "($self, arg, /)", |_| Err(exc::type_error("Substitution of bare TypeVarTuple is not supported")), ""),
        def(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |a| call_typing("_typevartuple_prepare_subst", &[a.at(0).clone(), a.at(1).clone(), a.at(2).clone()]),
            "",
        ),
        def("__reduce__", "($self, /)", |a| Ok(name(a.at(0))), ""),
        def("has_default", "($self, /)", |a| has_default(a.at(0)), ""),
        def("__mro_entries__", "($self, bases, /)", |a| cannot_subclass(a.at(0)), ""),
    ],
    getsets: &[NAME, getter("__default__", default, "The default value for this TypeVarTuple."), EVALUATE_DEFAULT],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
