//! The built-in types, one file or folder each, all of the same shape.

pub mod async_generator;
pub mod boolean;
pub mod bounds;
pub mod builtin_function;
pub mod bytearray;
pub mod bytes;
pub mod bytes_like;
pub mod cellobject;
pub mod code;
pub mod code_attrs;
mod code_making;
pub mod code_stored;
pub mod complex;
pub mod context;
pub mod coroutine;
pub mod descriptor;
pub mod dict;
pub mod dict_views;
pub mod enumerate;
pub mod exceptions;
pub mod filter;
pub mod float;
pub mod frame_locals;
pub mod frame_object;
pub mod function;
pub mod generator;
pub mod generic_alias;
pub mod instance;
pub mod int;
pub mod iterators;
pub mod list;
pub mod mappingproxy;
pub mod memoryview;
pub mod method;
pub mod module;
pub mod object;
pub mod property;
pub mod range;
pub mod repr_guard;
pub mod reversed;
pub mod set;
pub mod simple_namespace;
pub mod singletons;
pub mod slice;
pub mod str;
pub mod structseq;
pub mod super_object;
pub mod template;
pub mod text;
pub mod traceback;
pub mod tuple;
pub mod type_object;
pub mod typevar;
pub mod union;
pub mod weakproxy;
pub mod weakref;
pub mod weakref_module;
pub mod zip;

/// Adds to the namespaces of built-in types what their declarations cannot say.
pub fn finish_start_up() {
    typevar::finish_start_up();
    template::finish_start_up();
    context::finish_start_up();
}
