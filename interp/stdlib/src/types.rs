//! `_types`: the classes that the `types` module names.

use weft_vm::types::module::{self, ModuleDef};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_types",
    doc: "Define names for built-in types.",
    functions: &[],
    exec: |m| {
        let t = types();
        for (name, class) in [
            ("AsyncGeneratorType", t.async_generator),
            ("BuiltinFunctionType", t.builtin_function),
            ("BuiltinMethodType", t.builtin_function),
            ("CellType", t.cell),
            ("ClassMethodDescriptorType", t.classmethod_descriptor),
            ("CodeType", t.code),
            ("CoroutineType", t.coroutine),
            ("EllipsisType", t.ellipsis_type),
            ("FrameType", t.frame),
            ("FunctionType", t.function),
            ("GeneratorType", t.generator),
            ("GenericAlias", t.generic_alias),
            ("GetSetDescriptorType", t.getset_descriptor),
            ("LambdaType", t.function),
            ("MappingProxyType", t.mappingproxy),
            ("MemberDescriptorType", t.member_descriptor),
            ("MethodDescriptorType", t.method_descriptor),
            ("MethodType", t.method),
            ("MethodWrapperType", t.method_wrapper),
            ("ModuleType", t.module),
            ("NoneType", t.none_type),
            ("NotImplementedType", t.not_implemented_type),
            ("SimpleNamespace", t.simple_namespace),
            ("TracebackType", t.traceback),
            ("UnionType", t.union),
            ("WrapperDescriptorType", t.wrapper_descriptor),
            ("CapsuleType", CAPSULE.get()),
        ] {
            module::add(m, name, class.value());
        }
        Ok(())
    },
};

/// `PyCapsule`, of which there are no instances: they belong to extension modules.
static CAPSULE: crate::LazyClass = crate::LazyClass::new(&CAPSULE_SPEC);

static CAPSULE_SPEC: weft_vm::class::build::TypeSpec = weft_vm::class::build::TypeSpec {
    name: "PyCapsule",
    doc: "Capsule objects let you wrap a C \"void *\" pointer in a Python\nobject.  They're a way of passing data through the Python interpreter\nwithout creating your own custom type.\n\nCapsules are used for communication between extension modules.\nThey provide a way for an extension module to export a C interface\nto other extension modules, so that extension modules can use the\nPython import mechanism to link to one another.\n",
    flags: weft_vm::class::flag::DISALLOW_INSTANTIATION,
    ..weft_vm::class::build::TypeSpec::DEFAULT
};
