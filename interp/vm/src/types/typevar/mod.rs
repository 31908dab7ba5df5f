//! What the typing module needs natively (PEPs 484, 612, 646, 695, 696): type parameters, aliases, `Generic`.
//! Follows CPython's typevarobject.c.

pub mod evaluator;
pub mod no_default;
pub mod param_spec_parts;
pub mod params;
pub mod type_alias;

pub use evaluator::SPEC as EVALUATOR_SPEC;
pub use no_default::SPEC as NO_DEFAULT_SPEC;
pub use param_spec_parts::{ARGS_SPEC, KWARGS_SPEC};
pub use params::{PARAM_SPEC_SPEC, TYPE_VAR_SPEC, TYPE_VAR_TUPLE_SPEC};
pub use type_alias::SPEC as TYPE_ALIAS_SPEC;

use crate::class::build::TypeSpec;
use crate::class::native::{Binding, FnDef, NativeFn, def};
use crate::class::{PayloadOps, flag};
use crate::protocol::{self, attr};
use crate::types::union::call_typing;
use crate::types::{dict, module, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, exc};

/// `typing.Unpack[v]`.
pub fn unpacked(v: &Value) -> Res {
    let typing = crate::eval::import::import_module("typing")?;
    protocol::get_item(&attr::getattr(&typing, &str::intern("Unpack"))?, v)
}

/// The type parameters with TypeVarTuples unpacked. Code that is not the compiler's may give something else than a tuple of them.
pub fn unpack_type_var_tuples(params: &Value) -> Res {
    if !params.is_instance(types().tuple) {
        return Err(exc::type_error("type parameters must be a tuple"));
    }
    let is_tuple = |p: &Value| std::ptr::eq(p.class(), types().type_var_tuple);
    let items = tuple::items(params);
    if !items.iter().any(is_tuple) {
        return Ok(params.clone());
    }
    let all: Res<Vec<Value>> = items.iter().map(|p| if is_tuple(p) { unpacked(p) } else { Ok(p.clone()) }).collect();
    Ok(tuple::from_vec(all?))
}

/// The intrinsics TYPEVAR, TYPEVAR_WITH_BOUND and TYPEVAR_WITH_CONSTRAINTS.
pub fn new_typevar(name: &Value, evaluate_bound: Option<&Value>, evaluate_constraints: Option<&Value>) -> Res {
    Ok(params::new_type_var(name, evaluate_bound.cloned(), evaluate_constraints.cloned()))
}

/// The intrinsic PARAMSPEC.
pub fn new_paramspec(name: &Value) -> Res {
    Ok(params::new_param_spec(name))
}

/// The intrinsic TYPEVARTUPLE.
pub fn new_typevartuple(name: &Value) -> Res {
    Ok(params::new_type_var_tuple(name))
}

/// The intrinsic TYPEALIAS: an alias of a tuple of name, type parameters and the function that computes it.
pub fn new_type_alias(parts: &Value) -> Res {
    match tuple::items(parts) {
        [name, type_params, evaluate] => Ok(type_alias::new(name.clone(), type_params.clone(), evaluate.clone())),
        _ => Err(exc::system_error("a type alias is made of three parts")),
    }
}

/// The intrinsic SET_TYPEPARAM_DEFAULT.
pub fn set_default(param: &Value, evaluate: &Value) -> Res {
    params::set_default(param, evaluate.clone())
}

/// The intrinsic SUBSCRIPT_GENERIC: `Generic[params]`, the base that a class with type parameters gets.
pub fn subscript_generic(params: &Value) -> Res {
    let params = unpack_type_var_tuples(params)?;
    call_typing("_GenericAlias", &[types().generic.value(), params])
}

/// Calls a function of the typing module with a class method's own arguments.
fn pass_on(function: &str, args: &[Value], kwnames: Option<&Value>) -> Res {
    let typing = crate::eval::import::import_module("typing")?;
    call::call(&attr::getattr(&typing, &str::intern(function))?, args, kwnames)
}

const fn class_method(name: &'static str, func: fn(&[Value], Option<&Value>) -> Res, doc: &'static str) -> FnDef {
    FnDef { name, sig: "($type, /, *args, **kwargs)", doc, func: NativeFn::Raw(func), binding: Binding::Class }
}

/// `typing.Generic`.
pub static GENERIC_SPEC: TypeSpec = TypeSpec {
    name: "typing.Generic",
    finish: in_typing,
    doc: "Abstract base class for generic types.\n\nOn Python 3.12 and newer, generic classes implicitly inherit from\nGeneric when they declare a parameter list after the class's name::\n\n    class Mapping[KT, VT]:\n        def __getitem__(self, key: KT) -> VT:\n            ...\n        # Etc.\n\nOn older versions of Python, however, generic classes have to\nexplicitly inherit from Generic.\n\nAfter a class has been declared to be generic, it can then be used as\nfollows::\n\n    def lookup_name[KT, VT](mapping: Mapping[KT, VT], key: KT, default: VT) -> VT:\n        try:\n            return mapping[key]\n        except KeyError:\n            return default\n",
    payload: PayloadOps::EMPTY,
    flags: flag::BASETYPE,
    methods: &[
        class_method(
            "__class_getitem__",
            |args, kw| pass_on("_generic_class_getitem", args, kw),
            "Parameterizes a generic class.\n\nAt least, parameterizing a generic class is the *main* thing this\nmethod does.  For example, for some generic class `Foo`, this is\ncalled when we do `Foo[int]` - there, with `cls=Foo` and\n`params=int`.\n\nHowever, note that this method is also called when defining generic\nclasses in the first place with `class Foo[T]: ...`.\n",
        ),
        class_method("__init_subclass__", |args, kw| pass_on("_generic_init_subclass", args, kw), "Function to initialize subclasses."),
    ],
    ..TypeSpec::DEFAULT
};

/// Adds the module to a class's namespace: instances have their own `__module__`, behind which the class's is found.
fn in_typing(namespace: &Value) {
    dict::set_str(namespace, &names().__module__, str::intern("typing"));
}

/// Adds what the declarations cannot say. Called once, at start-up.
pub fn finish_start_up() {
    types().generic.set_flags(flag::IMMUTABLE, false);
}

/// The module `_typing`.
pub static MODULE: module::ModuleDef = module::ModuleDef {
    name: "_typing",
    doc: "Primitives and accelerators for the typing module.\n",
    functions: &[def("_idfunc", "($module, x, /)", |a| Ok(a.at(0).clone()), "")],
    exec: |m| {
        let t = types();
        let classes = [
            ("TypeVar", t.type_var),
            ("ParamSpec", t.param_spec),
            ("TypeVarTuple", t.type_var_tuple),
            ("ParamSpecArgs", t.param_spec_args),
            ("ParamSpecKwargs", t.param_spec_kwargs),
            ("TypeAliasType", t.type_alias_type),
            ("Generic", t.generic),
            ("Union", t.union),
        ];
        for (name, class) in classes {
            module::add(m, name, class.value());
        }
        module::add(m, "NoDefault", no_default::value());
        Ok(())
    },
};
