//! `function`: Python functions.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{GetSetDef, bind_call, getset, getter};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, flag};
use crate::types::code::{Code, CodeObject};
use crate::types::{cellobject, code, dict, method, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::{names, types};
use crate::{call, eval, exc};
use std::cell::{Cell, RefCell};
use weft_layout::tag::Word;

/// The payload.
#[repr(C)]
pub struct Function {
    code: Field,
    /// What the code consists of; null until someone asks.
    contents: Cell<*const Code>,
    /// `__globals__`.
    pub globals: Field,
    /// `__builtins__`.
    pub builtins: Field,
    /// `__defaults__`, a tuple, or empty.
    pub defaults: Field,
    /// `__kwdefaults__`, a dict, or empty.
    pub kwdefaults: Field,
    /// `__closure__`, a tuple of cells, or empty.
    pub closure: Field,
    // Of these three, what is empty is what the code says.
    name: Field,
    qualname: Field,
    doc: Field,
    module: Field,
    annotations: Field,
    annotate: Field,
    type_params: Field,
    /// Names what the function does (code, defaults) for inline caches; 0 until someone asks.
    pub version: Cell<u32>,
    /// Code objects that `__code__` was before: frames that still run borrow them.
    retired: RefCell<Vec<Value>>,
}

/// Byte offset of the globals dict in a function object.
pub const GLOBALS_OFFSET: usize = 8 + std::mem::offset_of!(Function, globals);
/// As [`GLOBALS_OFFSET`], of the builtins dict.
pub const BUILTINS_OFFSET: usize = 8 + std::mem::offset_of!(Function, builtins);
/// As [`GLOBALS_OFFSET`], of the code object.
pub const CODE_OFFSET: usize = 8 + std::mem::offset_of!(Function, code);
/// Byte offset of the defaults in a function object.
pub const DEFAULTS_OFFSET: usize = 8 + std::mem::offset_of!(Function, defaults);
/// Byte offset of the closure in a function object.
pub const CLOSURE_OFFSET: usize = 8 + std::mem::offset_of!(Function, closure);

// SAFETY: instances of function hold a Function.
unsafe impl Payload for Function {
    fn class() -> &'static crate::class::Type {
        types().function
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for f in self.fields() {
            visit(f.word());
        }
        self.retired.borrow().iter().for_each(|c| visit(c.word()));
    }

    fn clear(&self) {
        // The code stays: a frame may run it.
        for f in [&self.defaults, &self.kwdefaults, &self.closure, &self.module, &self.annotations, &self.annotate, &self.type_params] {
            drop(f.take());
        }
    }
}

impl Function {
    fn fields(&self) -> [&Field; 13] {
        [
            &self.code,
            &self.globals,
            &self.builtins,
            &self.defaults,
            &self.kwdefaults,
            &self.closure,
            &self.name,
            &self.qualname,
            &self.doc,
            &self.module,
            &self.annotations,
            &self.annotate,
            &self.type_params,
        ]
    }

    /// The code.
    #[inline(always)]
    pub fn code(&self) -> &Code {
        // SAFETY: what the pointer leads to lives as long as the code object in `code`.
        unsafe { self.contents.get().as_ref() }.unwrap_or_else(|| self.read_code())
    }

    #[cold]
    #[inline(never)]
    fn read_code(&self) -> &Code {
        // SAFETY: the field always holds a code object.
        let code = code::this(unsafe { self.code.peek().unwrap_unchecked() });
        self.contents.set(code);
        code
    }

    /// The code object.
    pub fn code_value(&self) -> Value {
        self.code.value()
    }

    /// The code object whose payload is `code`: the current one, or one that was replaced while a frame ran it.
    pub fn code_value_for(&self, code: *const Code) -> Value {
        let current = self.code_value();
        if std::ptr::eq(code::this(&current), code) {
            return current;
        }
        self.retired.borrow().iter().find(|c| std::ptr::eq(code::this(c), code)).cloned().unwrap_or(current)
    }

    fn code_object(&self) -> &CodeObject {
        // SAFETY: the field always holds a code object.
        code::object(unsafe { self.code.peek().unwrap_unchecked() })
    }

    /// `__name__` as an object.
    pub fn name_value(&self) -> Value {
        self.name.get().unwrap_or_else(|| self.code_object().name())
    }

    /// `__qualname__` as an object.
    pub fn qualname_value(&self) -> Value {
        self.qualname.get().unwrap_or_else(|| self.code_object().qualname())
    }

    /// `__qualname__`.
    pub fn qualname(&self) -> String {
        str::display(&self.qualname_value())
    }

    /// `__doc__`.
    fn doc_value(&self) -> Value {
        self.doc.get().unwrap_or_else(|| {
            let doc = self.code_object().head().doc.unwrap_or(Value::NONE);
            // The code, if it is not read yet, would make another.
            self.doc.set(doc.clone());
            doc
        })
    }

    fn changed(&self) {
        self.version.set(0);
        eval::watch::function_changed(self);
    }
}

/// A function of `code` in the namespace `globals`.
pub fn new(code_value: Value, globals: Value, builtins: Value) -> Value {
    let module = dict::get_str(&globals, &names().__name__);
    let contents = code::object(&code_value).if_read().map_or(std::ptr::null(), std::ptr::from_ref);
    new_object(Function {
        code: Field::new(code_value),
        contents: Cell::new(contents),
        globals: Field::new(globals),
        builtins: Field::new(builtins),
        defaults: Field::empty(),
        kwdefaults: Field::empty(),
        closure: Field::empty(),
        name: Field::empty(),
        qualname: Field::empty(),
        doc: Field::empty(),
        module: Field::from_option(module),
        annotations: Field::empty(),
        annotate: Field::empty(),
        type_params: Field::empty(),
        version: Cell::new(0),
        retired: RefCell::new(Vec::new()),
    })
}

/// The payload of a function object.
#[inline(always)]
pub fn this(v: &Value) -> &Function {
    // SAFETY: callers pass instances of the class.
    unsafe { v.payload() }
}

/// What SET_FUNCTION_ATTRIBUTE does.
pub fn set_attribute(f: &Value, which: u32, value: Value) {
    let f = this(f);
    // Code that our compiler did not make may bring anything.
    let t = types();
    let fits = match which {
        1 => value.is_instance(t.tuple),
        2 => value.is_instance(t.dict),
        4 => value.is_instance(t.tuple) || value.is_instance(t.dict),
        _ => true,
    };
    if !fits {
        return;
    }
    match which {
        1 => f.defaults.set(value),
        2 => f.kwdefaults.set(value),
        4 => {
            // A tuple of name, annotation, …: CPython's old form, or the dict of evaluated annotations.
            f.annotations.set(value)
        }
        8 => f.closure.set(value),
        _ => f.annotate.set(value),
    }
}

/// What the intrinsic SET_FUNCTION_TYPE_PARAMS does.
pub fn set_type_params(f: &Value, params: Value) {
    this(f).type_params.set(params);
}

/// Calls a class body's function with `namespace` as its locals.
pub fn call_with_locals(f: &Value, namespace: &Value) -> Res {
    eval::run_with_locals(f, namespace)
}

fn function_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    const SIG: &str = "(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)";
    let _ = class;
    bind_call("function", SIG, args, kwnames, |a| {
        if !a.at(0).is_instance(types().code) {
            return Err(exc::type_error(format!("function() argument 'code' must be code, not {}", a.at(0).class().full_name())));
        }
        if !a.at(1).is_instance(types().dict) {
            return Err(exc::type_error(format!("function() argument 'globals' must be dict, not {}", a.at(1).class().full_name())));
        }
        if let Some(n) = a.some(2)
            && !str::is_str(n)
        {
            return Err(exc::type_error("arg 3 (name) must be None or string"));
        }
        if let Some(d) = a.some(3)
            && !d.is_instance(types().tuple)
        {
            return Err(exc::type_error("arg 4 (defaults) must be None or tuple"));
        }
        let c = code::this(a.at(0));
        let nfree = c.free_count();
        match a.some(4) {
            None if nfree > 0 => return Err(exc::type_error("arg 5 (closure) must be tuple")),
            Some(t) if !t.is_instance(types().tuple) => return Err(exc::type_error("arg 5 (closure) must be None or tuple")),
            Some(t) => {
                let cells = tuple::items(t);
                if cells.len() != nfree {
                    return Err(exc::value_error(format!(
                        "{} requires closure of length {nfree}, not {}",
                        str::display(&c.name),
                        cells.len()
                    )));
                }
                for x in cells {
                    if !x.is_instance(types().cell) {
                        return Err(exc::type_error(format!("arg 5 (closure) expected cell, found {}", x.class().full_name())));
                    }
                }
            }
            None => {}
        }
        let f = new(a.at(0).clone(), a.at(1).clone(), eval::builtins_of(a.at(1))?);
        let p = this(&f);
        if let Some(n) = a.some(2) {
            p.name.set(n.clone());
        }
        if let Some(d) = a.some(3) {
            p.defaults.set(d.clone());
        }
        if let Some(c) = a.some(4) {
            p.closure.set(c.clone());
        }
        if let Some(k) = a.some(5) {
            p.kwdefaults.set(k.clone());
        }
        Ok(f)
    })
}

fn or_none(f: &Field) -> Res {
    Ok(f.get().unwrap_or(Value::NONE))
}

fn set_code(v: &Value, value: Option<&Value>) -> Res<()> {
    let Some(c) = value.filter(|c| c.is_instance(types().code)) else {
        return Err(exc::type_error("__code__ must be set to a code object"));
    };
    let f = this(v);
    let nfree = code::this(c).free_count();
    let nclosure = f.closure.peek().map_or(0, |t| tuple::items(t).len());
    if nfree != nclosure {
        return Err(exc::value_error(format!(
            "{}() requires a code object with {nclosure} free vars, not {nfree}",
            str::display(&f.name_value())
        )));
    }
    // What the new code says of these does not count.
    let said = [(&f.name, f.name_value()), (&f.qualname, f.qualname_value()), (&f.doc, f.doc_value())];
    said.into_iter().for_each(|(field, value)| field.set(value));
    f.contents.set(code::this(c));
    if let Some(old) = f.code.replace(Some(c.clone())) {
        f.retired.borrow_mut().push(old);
    }
    f.changed();
    Ok(())
}

macro_rules! typed_setter {
    ($name:ident, $field:ident, $attr:literal, $ty:ident, $what:literal, $none_ok:literal) => {
        fn $name(v: &Value, value: Option<&Value>) -> Res<()> {
            let f = this(v);
            match value {
                Some(x) if x.is_instance(types().$ty) => f.$field.set(x.clone()),
                None if $none_ok => drop(f.$field.take()),
                Some(x) if $none_ok && x.is_none() => drop(f.$field.take()),
                _ => return Err(exc::type_error(concat!($attr, " must be set to a ", $what, " object"))),
            }
            f.changed();
            Ok(())
        }
    };
}

typed_setter!(set_name, name, "__name__", str, "string", false);
typed_setter!(set_qualname, qualname, "__qualname__", str, "string", false);
typed_setter!(set_defaults, defaults, "__defaults__", tuple, "tuple", true);
typed_setter!(set_kwdefaults, kwdefaults, "__kwdefaults__", dict, "dict", true);
typed_setter!(set_params, type_params, "__type_params__", tuple, "tuple", false);

fn set_doc(v: &Value, value: Option<&Value>) -> Res<()> {
    this(v).doc.set(value.cloned().unwrap_or(Value::NONE));
    Ok(())
}

fn set_module(v: &Value, value: Option<&Value>) -> Res<()> {
    drop(this(v).module.replace(value.cloned()));
    Ok(())
}

fn get_annotations(v: &Value) -> Res {
    let f = this(v);
    if let Some(a) = f.annotations.get() {
        // The compiler may have left a flat tuple of names and annotations.
        if a.is_instance(types().tuple) {
            let d = dict::new();
            for pair in tuple::items(&a).chunks_exact(2) {
                dict::set(&d, &pair[0], &pair[1])?;
            }
            f.annotations.set(d.clone());
            return Ok(d);
        }
        return Ok(a);
    }
    let made = match f.annotate.get() {
        Some(a) if call::is_callable(&a) => {
            let d = call::call1(&a, &Value::small_int(1))?;
            if !d.is_instance(types().dict) {
                return Err(exc::type_error(format!("__annotate__ returned non-dict of type '{}'", d.class().full_name())));
            }
            d
        }
        _ => dict::new(),
    };
    f.annotations.set(made.clone());
    Ok(made)
}

fn set_annotations(v: &Value, value: Option<&Value>) -> Res<()> {
    let f = this(v);
    match value {
        Some(x) if x.is_instance(types().dict) => f.annotations.set(x.clone()),
        None => drop(f.annotations.take()),
        Some(x) if x.is_none() => drop(f.annotations.take()),
        Some(_) => return Err(exc::type_error("__annotations__ must be set to a dict object")),
    }
    drop(f.annotate.take());
    Ok(())
}

/// The function that evaluates the annotations. Its qualified name, which its code knows only half of, is completed here.
fn get_annotate(v: &Value) -> Res {
    let f = this(v);
    if let Some(annotate) = f.annotate.get()
        && let Some(a) = annotate.downcast::<Function>()
        && a.qualname_value().is(&a.code_object().qualname())
    {
        a.qualname.set(str::from_string(format!("{}.__annotate__", f.qualname())));
    }
    or_none(&f.annotate)
}

fn set_annotate(v: &Value, value: Option<&Value>) -> Res<()> {
    let f = this(v);
    match value {
        None => return Err(exc::type_error("__annotate__ cannot be deleted")),
        Some(x) if x.is_none() => drop(f.annotate.take()),
        Some(x) if call::is_callable(x) => {
            f.annotate.set(x.clone());
            drop(f.annotations.take());
        }
        Some(_) => return Err(exc::type_error("__annotate__ must be callable or None")),
    }
    Ok(())
}

/// `function`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "function",
    doc: "function(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)\n--\n\nCreate a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n    a dictionary that specifies the default keyword argument values",
    payload: PayloadOps::of::<Function>(),
    flags: flag::METHOD_DESCRIPTOR,
    slots: Slots {
        repr: Some(|v| Ok(str::from_string(format!("<function {} at {:#x}>", this(v).qualname(), v.id())))),
        call: Some(eval::call_function),
        descr_get: Some(|f, obj, _| match obj {
            Some(o) => Ok(method::new(f.clone(), o.clone())),
            None => Ok(f.clone()),
        }),
        new: Some(function_new),
        ..Slots::NONE
    },
    getsets: GETSETS,
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

static GETSETS: &[GetSetDef] = &[
    getset("__code__", |v| Ok(this(v).code_value()), set_code, ""),
    getter("__globals__", |v| Ok(this(v).globals.value()), ""),
    getter("__builtins__", |v| Ok(this(v).builtins.value()), ""),
    getset("__name__", |v| Ok(this(v).name_value()), set_name, ""),
    getset("__qualname__", |v| Ok(this(v).qualname_value()), set_qualname, ""),
    getset("__defaults__", |v| or_none(&this(v).defaults), set_defaults, ""),
    getset("__kwdefaults__", |v| or_none(&this(v).kwdefaults), set_kwdefaults, ""),
    getter("__closure__", |v| or_none(&this(v).closure), ""),
    getset("__doc__", |v| Ok(this(v).doc_value()), set_doc, ""),
    getset("__module__", |v| or_none(&this(v).module), set_module, ""),
    getset("__annotations__", get_annotations, set_annotations, "Dict of annotations in a function object."),
    getset("__annotate__", get_annotate, set_annotate, "Get the code object for a function."),
    getset(
        "__type_params__",
        |v| Ok(this(v).type_params.get().unwrap_or_else(tuple::empty)),
        set_params,
        "Get the declared type parameters for a function.",
    ),
];

/// The value of closure cell `i`, if it is bound.
pub fn closure_value(f: &Value, i: usize) -> Option<Value> {
    this(f).closure.peek().and_then(|t| tuple::items(t).get(i).cloned()).and_then(|c| cellobject::get_if_cell(&c).flatten())
}
