//! `type`: making classes from Python, the method resolution order, attribute access on classes.

mod attributes;
mod bases;
mod create;

use self::attributes::{
    abstract_methods, get_annotate, get_annotations, get_doc, get_module, get_type_params, set_abstract_methods, set_annotate,
    set_annotations, set_doc, set_module, set_name, set_qualname, set_type_params, type_setattr,
};
pub use self::attributes::{find_attribute, type_getattr};
use self::bases::{mro, set_bases};
pub use self::bases::{same_layout, solid_base};
pub use self::create::build_class;
use self::create::{type_init, type_new};
use crate::class::build::{self, TypeSpec, of};
use crate::class::native::{Args, def, getset, getter};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::heap::shape;
use crate::protocol::{self, attr};
use crate::types::{dict, list, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// Whether `v` is a class.
pub fn is_type(v: &Value) -> bool {
    v.is_instance(types().type_)
}

/// The name a class goes by in default reprs: `module.qualname`, without `builtins`.
pub fn qualified_display(ty: &'static Type) -> Res<String> {
    let module = module_of(ty)?;
    let name = str::display(&ty.qualname_value());
    Ok(match module {
        Some(m) if str::is_str(&m) && str::display(&m) != "builtins" => format!("{}.{name}", str::display(&m)),
        _ => name,
    })
}

fn module_of(ty: &'static Type) -> Res<Option<Value>> {
    if ty.has(flag::HEAPTYPE) {
        return Ok(dict::get_str(&ty.namespace(), &names().__module__));
    }
    Ok(Some(match ty.native_name().rsplit_once('.') {
        Some((m, _)) => str::intern(m),
        None => names().builtins.clone(),
    }))
}

fn type_call(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if class.is(&types().type_.value()) {
        let npos = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
        if npos == 1 && args.len() == 1 {
            return Ok(args[0].class().value());
        }
        if npos != 3 {
            return Err(exc::type_error("type() takes 1 or 3 arguments"));
        }
    }
    let ty = of(class);
    let Some(new) = ty.slots().new else {
        return Err(exc::type_error(format!("cannot create '{}' instances", qualified_or_full(ty))));
    };
    let made = new(class, args, kwnames)?;
    if !made.is_instance(ty) {
        return Ok(made);
    }
    if let Some(init) = made.class().slots().init {
        init(&made, args, kwnames)?;
    }
    Ok(made)
}

fn qualified_or_full(ty: &'static Type) -> String {
    if ty.has(flag::HEAPTYPE) { ty.name() } else { ty.full_name() }
}

fn repr(v: &Value) -> Res {
    Ok(str::from_string(format!("<class '{}'>", qualified_display(of(v))?)))
}

/// Adds to `all` the names a class and its bases define.
pub fn merge_names(all: &Value, class: &Value) -> Res<()> {
    if let Some(d) = attr::getattr_opt(class, &names().__dict__)? {
        for k in protocol::iter::collect(&d)? {
            dict::set(all, &k, &Value::NONE)?;
        }
    }
    if let Some(bases) = attr::getattr_opt(class, &names().__bases__)?
        && bases.is_instance(types().tuple)
    {
        for b in tuple::items(&bases) {
            merge_names(all, b)?;
        }
    }
    Ok(())
}

fn dir(a: Args) -> Res {
    let all = dict::new();
    merge_names(&all, a.at(0))?;
    Ok(list::from_vec(dict::entries(&all).into_iter().map(|(k, _)| k).collect()))
}

fn prepare(_: &[Value], _: Option<&Value>) -> Res {
    Ok(dict::new())
}

fn text_signature(v: &Value) -> Res {
    Ok(match build::split_doc(of(v).doc).0 {
        Some(sig) => str::new(sig),
        None => Value::NONE,
    })
}

/// `type`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "type",
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    payload: PayloadOps::of::<Type>(),
    flags: flag::BASETYPE | flag::TYPE_SUBCLASS,
    slots: Slots {
        repr: Some(repr),
        call: Some(type_call),
        getattr: Some(type_getattr),
        setattr: Some(type_setattr),
        new: Some(type_new),
        init: Some(type_init),
        or: Some(crate::types::union::or),
        ..Slots::NONE
    },
    methods: &[
        def("mro", "($self, /)", mro, "Return a type's method resolution order."),
        def("__subclasses__", "($self, /)", |a| Ok(list::from_vec(of(a.at(0)).subclasses())), "Return a list of immediate subclasses."),
        crate::class::native::FnDef {
            name: "__prepare__",
            sig: "($cls, name, bases, /, **kwds)",
            doc: "Create the namespace for the class statement",
            func: crate::class::native::NativeFn::Raw(prepare),
            binding: crate::class::native::Binding::Class,
        },
        def(
            "__instancecheck__",
            "($self, instance, /)",
            |a| protocol::type_isinstance(a.at(1), a.at(0)).map(Value::bool),
            "Check if an object is an instance.",
        ),
        def(
            "__subclasscheck__",
            "($self, subclass, /)",
            |a| protocol::type_issubclass(a.at(1), a.at(0)).map(Value::bool),
            "Check if a class is a subclass.",
        ),
        def("__dir__", "($self, /)", dir, "Specialized __dir__ implementation for types."),
        def("__sizeof__", "($self, /)", |_| Ok(Value::usize(8 + size_of::<Type>())), "Return memory consumption of the type object."),
    ],
    getsets: &[
        getset("__name__", |v| Ok(of(v).name_value()), set_name, ""),
        getset("__qualname__", |v| Ok(of(v).qualname_value()), set_qualname, ""),
        getset("__bases__", |v| Ok(of(v).bases_value()), set_bases, ""),
        getset("__module__", get_module, set_module, ""),
        getset("__abstractmethods__", abstract_methods, set_abstract_methods, ""),
        getter("__dict__", |v| Ok(crate::types::mappingproxy::new(of(v).namespace())), ""),
        getset("__doc__", get_doc, set_doc, ""),
        getter("__text_signature__", text_signature, ""),
        getset("__annotations__", get_annotations, set_annotations, ""),
        getset("__annotate__", get_annotate, set_annotate, ""),
        getset("__type_params__", get_type_params, set_type_params, ""),
        getter("__mro__", |v| Ok(of(v).mro_value()), ""),
        getter("__base__", |v| Ok(of(v).base().map_or(Value::NONE, Type::value)), ""),
        getter("__flags__", |v| Ok(Value::int(i64::from(of(v).flags()))), ""),
        getter("__basicsize__", |v| Ok(Value::usize(shape::instance_size(of(v).root_shape()))), ""),
        getter("__itemsize__", |v| Ok(Value::small_int(if of(v).payload_ops().varies { 8 } else { 0 })), ""),
        getter("__dictoffset__", |v| Ok(Value::small_int(if of(v).has_dict() { -1 } else { 0 })), ""),
        getter("__weakrefoffset__", |v| Ok(Value::small_int(if of(v).has_weakrefs() { -1 } else { 0 })), ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
