//! The VM's statics: the registry of native classes, interned names, and start-up.

use crate::class::Type;
use crate::class::build;
use crate::global::Global;
use crate::types::{exceptions, str};
use crate::value::Value;
use std::mem::MaybeUninit;

macro_rules! native_types {
    ($($field:ident: $module:ident :: $spec:ident,)*) => {
        /// Every class that native code names.
        pub struct Types {
            /// `object`.
            pub object: &'static Type,
            /// `type`.
            pub type_: &'static Type,
            $(#[doc = concat!("`", stringify!($field), "`.")] pub $field: &'static Type,)*
            /// The built-in exceptions.
            exc: exceptions::Exceptions,
        }

        /// Makes the native classes: first all type objects, then all namespaces (which hold instances of them).
        fn make_types() {
            use crate::types::*;
            let object = build::bootstrap_object(&object::SPEC);
            let type_ = build::bootstrap_type(&type_object::SPEC, object);
            // SAFETY: TYPES is filled field by field in the order in which later fields need earlier ones, before any Python runs.
            unsafe {
                let t = (*TYPES.get()).as_mut_ptr();
                (&raw mut (*t).object).write(object);
                (&raw mut (*t).type_).write(type_);
                $((&raw mut (*t).$field).write(build::start(&$module::$spec, type_, Some(object)));)*
                (&raw mut (*t).exc).write(exceptions::start(type_, object));
                crate::heap::shape::move_root((*t).float, weft_layout::header::SHAPE_FLOAT);
                make_names();
                for (ty, spec) in [(object, &object::SPEC), (type_, &type_object::SPEC) $(, ((*t).$field, &$module::$spec))*] {
                    build::complete(ty, spec);
                }
            }
            exceptions::complete();
        }
    };
}

native_types! {
    none_type: singletons::NONE_SPEC,
    not_implemented_type: singletons::NOT_IMPLEMENTED_SPEC,
    ellipsis_type: singletons::ELLIPSIS_SPEC,
    int: int::SPEC,
    bool: boolean::SPEC,
    float: float::SPEC,
    complex: complex::SPEC,
    str: str::SPEC,
    bytes: bytes::SPEC,
    bytearray: bytearray::SPEC,
    memoryview: memoryview::SPEC,
    str_iterator: str::ITER_SPEC,
    str_ascii_iterator: str::ASCII_ITER_SPEC,
    bytes_iterator: bytes_like::ITER_SPEC,
    bytearray_iterator: bytes_like::BYTEARRAY_ITER_SPEC,
    memory_iterator: memoryview::ITER_SPEC,
    tuple: tuple::SPEC,
    list: list::SPEC,
    dict: dict::SPEC,
    function: function::SPEC,
    code: code::SPEC,
    cell: cellobject::SPEC,
    method: method::SPEC,
    builtin_function: builtin_function::SPEC,
    method_descriptor: descriptor::METHOD_SPEC,
    classmethod_descriptor: descriptor::CLASSMETHOD_SPEC,
    wrapper_descriptor: descriptor::WRAPPER_SPEC,
    method_wrapper: descriptor::METHOD_WRAPPER_SPEC,
    getset_descriptor: descriptor::GETSET_SPEC,
    member_descriptor: descriptor::MEMBER_SPEC,
    property: property::SPEC,
    classmethod: property::CLASSMETHOD_SPEC,
    staticmethod: property::STATICMETHOD_SPEC,
    super_: super_object::SPEC,
    module: module::SPEC,
    frame: frame_object::SPEC,
    frame_locals_proxy: frame_locals::SPEC,
    traceback: traceback::SPEC,
    generator: generator::SPEC,
    coroutine: coroutine::SPEC,
    coroutine_wrapper: coroutine::WRAPPER_SPEC,
    async_generator: async_generator::SPEC,
    async_generator_asend: async_generator::ASEND_SPEC,
    async_generator_athrow: async_generator::ATHROW_SPEC,
    async_generator_wrapped_value: async_generator::WRAPPED_SPEC,
    anext_awaitable: async_generator::ANEXT_SPEC,
    range: range::SPEC,
    range_iterator: range::ITER_SPEC,
    longrange_iterator: range::LONG_ITER_SPEC,
    slice: slice::SPEC,
    list_iterator: list::ITER_SPEC,
    list_reverse_iterator: list::REVERSE_ITER_SPEC,
    tuple_iterator: tuple::ITER_SPEC,
    dict_keys: dict_views::KEYS_SPEC,
    dict_values: dict_views::VALUES_SPEC,
    dict_items: dict_views::ITEMS_SPEC,
    dict_key_iterator: dict_views::KEY_ITER_SPEC,
    dict_value_iterator: dict_views::VALUE_ITER_SPEC,
    dict_item_iterator: dict_views::ITEM_ITER_SPEC,
    dict_reverse_key_iterator: dict_views::REVERSE_KEY_ITER_SPEC,
    dict_reverse_value_iterator: dict_views::REVERSE_VALUE_ITER_SPEC,
    dict_reverse_item_iterator: dict_views::REVERSE_ITEM_ITER_SPEC,
    set: set::SPEC,
    frozenset: set::FROZEN_SPEC,
    set_iterator: set::ITER_SPEC,
    sequence_iterator: iterators::SEQUENCE_SPEC,
    callable_iterator: iterators::CALLABLE_SPEC,
    enumerate: enumerate::SPEC,
    zip: zip::SPEC,
    map: zip::MAP_SPEC,
    filter: filter::SPEC,
    reversed: reversed::SPEC,
    weakref: weakref::SPEC,
    weak_proxy: weakproxy::SPEC,
    weak_callable_proxy: weakproxy::CALLABLE_SPEC,
    generic_alias: generic_alias::SPEC,
    generic_alias_iterator: generic_alias::ITER_SPEC,
    union: union::SPEC,
    simple_namespace: simple_namespace::SPEC,
    mappingproxy: mappingproxy::SPEC,
    generic: typevar::GENERIC_SPEC,
    type_var: typevar::TYPE_VAR_SPEC,
    param_spec: typevar::PARAM_SPEC_SPEC,
    type_var_tuple: typevar::TYPE_VAR_TUPLE_SPEC,
    param_spec_args: typevar::ARGS_SPEC,
    param_spec_kwargs: typevar::KWARGS_SPEC,
    type_alias_type: typevar::TYPE_ALIAS_SPEC,
    const_evaluator: typevar::EVALUATOR_SPEC,
    no_default_type: typevar::NO_DEFAULT_SPEC,
    template: template::SPEC,
    template_iter: template::ITER_SPEC,
    interpolation: template::INTERPOLATION_SPEC,
    struct_field: structseq::FIELD_SPEC,
    context: context::SPEC,
    context_var: context::VAR_SPEC,
    context_token: context::TOKEN_SPEC,
    context_keys: context::KEYS_SPEC,
    context_values: context::VALUES_SPEC,
    context_items: context::ITEMS_SPEC,
    token_missing: context::MISSING_SPEC,
}

/// The shapes of exact instances of some native classes: each has one for good.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Shapes {
    pub list: u32,
    pub tuple: u32,
    pub dict: u32,
    pub str: u32,
    pub set: u32,
    pub frozenset: u32,
    pub slice: u32,
    /// Of functions without attributes of their own.
    pub function: u32,
    pub method: u32,
    pub builtin_function: u32,
    pub method_descriptor: u32,
    pub type_: u32,
    pub generator: u32,
    pub coroutine: u32,
    pub list_iterator: u32,
    pub tuple_iterator: u32,
    pub range_iterator: u32,
    pub cell: u32,
}

static SHAPES: Global<MaybeUninit<Shapes>> = Global::new(MaybeUninit::uninit());

/// The shapes that fast paths look for.
#[inline(always)]
pub fn shapes() -> &'static Shapes {
    // SAFETY: filled at start-up before anything else runs.
    unsafe { (*SHAPES.get()).assume_init_ref() }
}

fn note_shapes() {
    let t = types();
    let of = |class: &Type| class.root_shape();
    let made = Shapes {
        list: of(t.list),
        tuple: of(t.tuple),
        dict: of(t.dict),
        str: of(t.str),
        set: of(t.set),
        frozenset: of(t.frozenset),
        slice: of(t.slice),
        function: of(t.function),
        method: of(t.method),
        builtin_function: of(t.builtin_function),
        method_descriptor: of(t.method_descriptor),
        type_: of(t.type_),
        generator: of(t.generator),
        coroutine: of(t.coroutine),
        list_iterator: of(t.list_iterator),
        tuple_iterator: of(t.tuple_iterator),
        range_iterator: of(t.range_iterator),
        cell: of(t.cell),
    };
    // SAFETY: nothing reads the shapes before start-up has written them.
    unsafe { (*SHAPES.get()).write(made) };
}

/// The built-in exceptions, as fields.
impl std::ops::Deref for Types {
    type Target = exceptions::Exceptions;

    fn deref(&self) -> &exceptions::Exceptions {
        &self.exc
    }
}

static TYPES: Global<MaybeUninit<Types>> = Global::new(MaybeUninit::uninit());

/// The registry of native classes.
#[inline(always)]
pub fn types() -> &'static Types {
    // SAFETY: filled at start-up before anything else runs.
    unsafe { (*TYPES.get()).assume_init_ref() }
}

/// A name as it is without the mark of those that are Rust's keywords.
const fn plain_name(name: &str) -> &str {
    if let [b'r', b'#', ..] = name.as_bytes() { name.split_at(2).1 } else { name }
}

macro_rules! interned {
    ($($name:ident)*) => {
        /// Strings that native code looks up often, interned.
        #[allow(missing_docs, non_snake_case)]
        pub struct Names {
            $(pub $name: Value,)*
        }

        fn make_names() {
            let made = Names { $($name: str::intern(plain_name(stringify!($name))),)* };
            // SAFETY: nothing reads the names before start-up has written them.
            unsafe { (*NAMES.get()).write(made) };
        }
    };
}

interned! {
    __abc_tpflags__ __abs__ __abstractmethods__ __add__ __aenter__ __aexit__ __aiter__ __all__ __anext__ __args__ __annotate__ __annotate_func__ __annotations__
    __annotations_cache__ __and__ __await__ __bases__ __bool__ __buffer__ __build_class__ __builtins__ __bytes__ __cached__
    __call__ __class__ __class_getitem__ __classcell__ __classdict__ __classdictcell__ __cause__ __complex__ __contains__
    __context__ __debug__ __del__ __delattr__ __delete__ __delitem__ __dict__ __dir__ __divmod__ __doc__ __enter__ __eq__
    __exit__ __file__ __firstlineno__ __float__ __floordiv__ __format__ __fspath__ __ge__ __get__ __getattr__
    __getattribute__ __getitem__ __getnewargs__ __getnewargs_ex__ __getstate__ __gt__ __hash__ __iadd__ __iand__
    __ifloordiv__ __ilshift__ __imatmul__ __imod__ __import__ __imul__ __index__ __init__ __init_subclass__
    __instancecheck__ __int__ __invert__ __ior__ __isabstractmethod__ __ipow__ __irshift__ __isub__ __iter__ __itruediv__ __ixor__ __le__ __len__
    __length_hint__ __loader__ __lshift__ __lt__ __main__ __matmul__ __missing__ __mod__ __module__ __mro__ __mro_entries__
    __mul__ __name__ __ne__ __neg__ __new__ __next__ __or__ __orig_bases__ __origin__ __package__ __parameters__ __path__ __pos__ __pow__ __prepare__
    __qualname__ __radd__ __rand__ __rdivmod__ __reduce__ __reduce_ex__ __release_buffer__ __repr__ __reversed__
    __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__ __rsub__
    __rtruediv__ __rxor__ __set__ __set_name__ __setattr__ __setitem__ __setstate__ __slots__ __spec__
    __static_attributes__ __str__ __sub__ __subclasscheck__ __subclasshook__ __suppress_context__ __text_signature__
    __traceback__ __truediv__ __trunc__ __type_params__ __typing_subst__ __weakref__ __wrapped__ __xor__ __floor__ __ceil__
    _abc_impl _fields _initializing _is_text_encoding _lock_unlock_module _find_and_load _handle_fromlist _uninitialized_submodules
    add append args big builtins clear close code copy count decode encode encoding end errors exceptions excepthook
    extend f_lineno file fileno filename flush format fset get index insert isatty items iter join key keys last_exc
    last_traceback last_type last_value lineno little metaclass mode modules mro msg name namespace newline obj offset open
    origin path pop print_file_and_line ps1 ps2 read readline remove replace reverse seek send sep setdefault sort
    split stderr stdin stdout strict strip sys text throw unraisablehook update value values warn warnoptions write
    displayhook fromlist globals locals level find_spec loader parent submodule_search_locations
    has_location cached utf_8 ignore surrogateescape backslashreplace default dont_write_bytecode
}

static NAMES: Global<MaybeUninit<Names>> = Global::new(MaybeUninit::uninit());

/// The registry of interned names.
#[inline(always)]
pub fn names() -> &'static Names {
    // SAFETY: filled at start-up before anything else runs.
    unsafe { (*NAMES.get()).assume_init_ref() }
}

/// Makes the native classes and what they need. Called once, first of all.
pub fn initialise() {
    str::initialise_interning();
    make_types();
    note_shapes();
    crate::types::typevar::finish_start_up();
}
