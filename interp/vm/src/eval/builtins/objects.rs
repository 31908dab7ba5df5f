//! Built-in functions over objects: attributes, classes, identity, namespaces.

use crate::class::native::{Args, FnDef, def, raw};
use crate::protocol::attr;
use crate::thread::thread;
use crate::types::{frame_object, list, str, type_object};
use crate::value::{Res, Value};
use crate::vm::names;
use crate::{call, exc, protocol};
use weft_compiler::code::co_flags;
use weft_layout::tag::NULL;

/// An attribute's name, as exactly a str: names of attributes are compared as such.
fn name_arg(v: &Value, what: &str) -> Res {
    if str::is_str(v) {
        Ok(str::exact(v))
    } else {
        Err(exc::type_error(format!("{what}attribute name must be string, not '{}'", v.class().full_name())))
    }
}

fn getattr(a: Args) -> Res {
    let name = name_arg(a.at(1), "")?;
    match a.opt(2) {
        None => attr::getattr(a.at(0), &name),
        Some(d) => Ok(attr::getattr_opt(a.at(0), &name)?.unwrap_or_else(|| d.clone())),
    }
}

fn hasattr(a: Args) -> Res {
    let name = name_arg(a.at(1), "")?;
    attr::getattr_opt(a.at(0), &name).map(|v| Value::bool(v.is_some()))
}

fn setattr(a: Args) -> Res {
    let name = name_arg(a.at(1), "")?;
    attr::setattr(a.at(0), &name, a.at(2)).map(|()| Value::NONE)
}

fn delattr(a: Args) -> Res {
    let name = name_arg(a.at(1), "")?;
    attr::delattr(a.at(0), &name).map(|()| Value::NONE)
}

/// The variables of the innermost Python frame, as `locals()` gives them.
pub fn current_locals() -> Res {
    let frame = thread().innermost_frame();
    if frame.is_null() {
        return Err(exc::system_error("frame does not exist"));
    }
    // SAFETY: the innermost frame is live.
    unsafe {
        if (*frame).locals != NULL && (*(*frame).code).parts.flags & co_flags::OPTIMIZED == 0 {
            return Ok(Value::clone_word((*frame).locals));
        }
        if (*frame).locals == NULL && (*(*frame).code).parts.flags & co_flags::OPTIMIZED == 0 {
            return Ok(Value::clone_word((*frame).globals));
        }
        Ok(frame_object::snapshot(frame))
    }
}

fn globals(_: Args) -> Res {
    crate::eval::current_globals().ok_or_else(|| exc::system_error("globals do not exist"))
}

fn vars(a: Args) -> Res {
    match a.opt(0) {
        None => current_locals(),
        Some(v) => match attr::getattr_opt(v, &names().__dict__)? {
            Some(d) => Ok(d),
            None => Err(exc::type_error("vars() argument must have __dict__ attribute")),
        },
    }
}

fn dir(a: Args) -> Res {
    match a.opt(0) {
        Some(v) => protocol::dir(v),
        None => {
            let l = list::from_vec(protocol::iter::collect(&call::call_method(&current_locals()?, &names().keys, &[])?)?);
            list::sort(&l, None, false)?;
            Ok(l)
        }
    }
}

fn breakpoint(args: &[Value], kwnames: Option<&Value>) -> Res {
    match crate::eval::import::sys_attribute("breakpointhook") {
        Some(f) => call::call(&f, args, kwnames),
        None => Err(exc::runtime_error("lost sys.breakpointhook")),
    }
}

fn import(a: Args) -> Res {
    let none = Value::NONE;
    let level = a.opt(4).map_or(Ok(0), |v| protocol::number::as_isize(v).map(|n| n as i64))?;
    if !str::is_str(a.at(0)) {
        return Err(exc::type_error("module name must be a string"));
    }
    crate::eval::import::import_level(a.at(0), a.opt(1).unwrap_or(&none), a.opt(3).unwrap_or(&none), level)
}

fn id(a: Args) -> Res {
    Ok(Value::int(a.at(0).id() as i64))
}

/// This file's functions.
pub const FUNCTIONS: &[FnDef] = &[
    raw(
        "__build_class__",
        "",
        type_object::build_class,
        "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement.",
    ),
    def(
        "__import__",
        "($module, /, name, globals=None, locals=None, fromlist=(), level=0)",
        import,
        "Import a module.\n\nBecause this function is meant for use by the Python\ninterpreter and not for general use, it is better to use\nimportlib.import_module() to programmatically import a module.\n\nThe globals argument is only used to determine the context;\nthey are not modified.  The locals argument is unused.  The fromlist\nshould be a list of names to emulate ``from name import ...``, or an\nempty list to emulate ``import name``.\nWhen importing a module from a package, note that __import__('A.B', ...)\nreturns package A when fromlist is empty, but its submodule B when\nfromlist is not empty.  The level argument is used to determine whether to\nperform absolute or relative imports: 0 is absolute, while a positive number\nis the number of parent directories to search relative to the current module.",
    ),
    def(
        "getattr",
        "($module, object, name, default=<unrepresentable>, /)",
        getattr,
        "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object; getattr(x, 'y') is equivalent to x.y.\nWhen a default argument is given, it is returned when the attribute doesn't\nexist; without it, an exception is raised in that case.",
    ),
    def(
        "hasattr",
        "($module, obj, name, /)",
        hasattr,
        "Return whether the object has an attribute with the given name.\n\nThis is done by calling getattr(obj, name) and catching AttributeError.",
    ),
    def(
        "setattr",
        "($module, obj, name, value, /)",
        setattr,
        "Sets the named attribute on the given object to the specified value.\n\nsetattr(x, 'y', v) is equivalent to ``x.y = v``",
    ),
    def(
        "delattr",
        "($module, obj, name, /)",
        delattr,
        "Deletes the named attribute from the given object.\n\ndelattr(x, 'y') is equivalent to ``del x.y``",
    ),
    def(
        "isinstance",
        "($module, obj, class_or_tuple, /)",
        |a| protocol::isinstance(a.at(0), a.at(1)).map(Value::bool),
        "Return whether an object is an instance of a class or of a subclass thereof.\n\nA tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to\ncheck against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)\nor ...`` etc.",
    ),
    def(
        "issubclass",
        "($module, cls, class_or_tuple, /)",
        |a| protocol::issubclass(a.at(0), a.at(1)).map(Value::bool),
        "Return whether 'cls' is derived from another class or is the same class.\n\nA tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to\ncheck against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)\nor ...``.",
    ),
    def(
        "callable",
        "($module, obj, /)",
        |a| Ok(Value::bool(call::is_callable(a.at(0)))),
        "Return whether the object is callable (i.e., some kind of function).\n\nNote that classes are callable, as are instances of classes with a\n__call__() method.",
    ),
    def(
        "id",
        "($module, obj, /)",
        id,
        "Return the identity of an object.\n\nThis is guaranteed to be unique among simultaneously existing objects.\n(CPython uses the object's memory address.)",
    ),
    def(
        "hash",
        "($module, obj, /)",
        |a| protocol::hash(a.at(0)).map(Value::int),
        "Return the hash value for the given object.\n\nTwo objects that compare equal must also have the same hash value, but the\nreverse is not necessarily true.",
    ),
    def("len", "($module, obj, /)", |a| protocol::len(a.at(0)).map(Value::usize), "Return the number of items in a container."),
    def(
        "repr",
        "($module, obj, /)",
        |a| protocol::repr(a.at(0)),
        "Return the canonical string representation of the object.\n\nFor many object types, including most builtins, eval() will return\nthe object represented as its canonical string.",
    ),
    def(
        "ascii",
        "($module, obj, /)",
        |a| protocol::ascii(a.at(0)),
        "Return an ASCII-only representation of an object.\n\nAs repr(), return a string containing a printable representation of an\nobject, but escape the non-ASCII characters in the string returned by\nrepr() using \\\\x, \\\\u or \\\\U escapes. This generates a string similar\nto that returned by repr() in Python 2.",
    ),
    def(
        "format",
        "($module, value, format_spec='', /)",
        format,
        "Return type(value).__format__(value, format_spec)\n\nMany built-in types implement format_spec according to the\nFormat Specification Mini-language. See help('FORMATTING')\nfor details.",
    ),
    def(
        "globals",
        "($module, /)",
        globals,
        "Return the dictionary containing the current scope's global variables.\n\nNOTE: Updates to this dictionary *will* affect name lookups in the current\nglobal scope and vice-versa.",
    ),
    def(
        "locals",
        "($module, /)",
        |_| current_locals(),
        "Return a dictionary containing the current scope's local variables.\n\nNOTE: Whether or not updates to this dictionary will affect name lookups in\nthe local scope and vice-versa is *implementation dependent* and not\ncovered by any backwards compatibility guarantees.",
    ),
    def(
        "vars",
        "($module, object=<unrepresentable>, /)",
        vars,
        "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__.",
    ),
    def(
        "dir",
        "($module, object=<unrepresentable>, /)",
        dir,
        "dir([object]) -> list of strings\n\nIf called without an argument, return the names in the current scope.\nElse, return an alphabetized list of names comprising (some of) the attributes\nof the given object, and of attributes reachable from it.\nIf the object supplies a method named __dir__, it will be used; otherwise\nthe default dir() logic is used and returns:\n  for a module object: the module's attributes.\n  for a class object:  its attributes, and recursively the attributes\n    of its bases.\n  for any other object: its attributes, its class's attributes, and\n    recursively the attributes of its class's base classes.",
    ),
    raw(
        "breakpoint",
        "($module, /, *args, **kws)",
        breakpoint,
        "Call sys.breakpointhook(*args, **kws).\n\nsys.breakpointhook() must accept whatever arguments are passed.\n\nBy default, this drops you into the pdb debugger.",
    ),
];

fn format(a: Args) -> Res {
    match a.opt(1) {
        None => crate::format::format_value(a.at(0), &str::empty()),
        Some(spec) if str::is_str(spec) => crate::format::format_value(a.at(0), spec),
        Some(spec) => Err(exc::type_error(format!("format() argument 2 must be str, not {}", spec.class().full_name()))),
    }
}
