//! `builtin_function_or_method`: native functions of modules, and native methods bound to an object.

use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{Binding, FnDef, LazyParams, NativeFn, call as call_native, getter};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::types::{dict, module, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::{names, types};
use weft_layout::tag::Word;

/// The payload.
pub struct BuiltinFunction {
    /// The declaration.
    pub def: &'static FnDef,
    /// Its parameters, parsed when first called.
    pub params: LazyParams,
    /// The object a method is bound to, or a function's module.
    this: Field,
    module: Field,
}

// SAFETY: instances of builtin_function_or_method hold a BuiltinFunction.
unsafe impl Payload for BuiltinFunction {
    fn class() -> &'static Type {
        types().builtin_function
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.this.word());
        visit(self.module.word());
    }

    fn clear(&self) {
        drop(self.this.take());
        drop(self.module.take());
    }
}

impl BuiltinFunction {
    /// `__qualname__`.
    pub fn qualified_name(&self) -> String {
        match self.this.peek() {
            Some(t) if !t.is_instance(types().module) => {
                let class = if t.is_instance(types().type_) { of(t) } else { t.class() };
                format!("{}.{}", str::display(&class.qualname_value()), self.def.name)
            }
            _ => self.def.name.to_owned(),
        }
    }
}

impl BuiltinFunction {
    /// The name in messages about arguments: with the class, or with the module if that is not builtins.
    fn function_name(&self) -> String {
        let name = self.qualified_name();
        let module = self.module.peek().filter(|m| m.is_instance(types().module));
        match module.and_then(|m| dict::get_str(&module::dict(m), &names().__name__)) {
            Some(m) if str::is_str(&m) && str::display(&m) != "builtins" => format!("{}.{name}", str::display(&m)),
            _ => name,
        }
    }
}

impl BuiltinFunction {
    /// The object a native method is bound to; `None` for the functions of modules.
    #[inline(always)]
    pub fn bound_self(&self) -> Option<Value> {
        if self.module.peek().is_none() { self.this.get() } else { None }
    }
}

/// The payload of a native function.
#[inline(always)]
pub fn payload(v: &Value) -> &BuiltinFunction {
    this(v)
}

/// Whether this is the `__new__` of a native class.
#[inline(always)]
pub fn is_constructor(v: &Value) -> bool {
    std::ptr::eq(this(v).def, &CONSTRUCTOR)
}

/// A native function: bound to `this` if it is a method, belonging to `module` if it is a module's.
pub fn new(def: &'static FnDef, this: Option<Value>, module: Option<Value>) -> Value {
    new_object(BuiltinFunction { def, params: LazyParams::new(), this: Field::from_option(this), module: Field::from_option(module) })
}

/// The module of a native function that belongs to one, and its name.
pub fn origin(v: &Value) -> Option<(String, &'static str)> {
    let f = v.downcast_exact::<BuiltinFunction>()?;
    let m = f.module.peek().filter(|m| m.is_instance(types().module))?;
    let name = dict::get_str(&module::dict(m), &names().__name__)?;
    str::is_str(&name).then(|| (str::display(&name), f.def.name))
}

/// The name under which a native function is declared.
pub fn declared_name(v: &Value) -> Option<&'static str> {
    v.downcast_exact::<BuiltinFunction>().map(|f| f.def.name)
}

fn construct(_: &[Value], _: Option<&Value>) -> Res {
    Err(exc::system_error("__new__ called without its class"))
}

/// The declaration that all native `__new__` methods share; the class is what they are bound to.
static CONSTRUCTOR: FnDef = FnDef {
    name: "__new__",
    sig: "($type, *args, **kwargs)",
    doc: "Create and return a new object.  See help(type) for accurate signature.",
    func: NativeFn::Raw(construct),
    binding: Binding::Static,
};

/// `__new__` of a native class.
pub fn new_constructor(owner: &'static Type) -> Value {
    new(&CONSTRUCTOR, Some(owner.value()), None)
}

/// The native class whose `__new__` this is.
pub fn constructed_class(v: &Value) -> Option<&'static Type> {
    let b = v.downcast_exact::<BuiltinFunction>()?;
    if std::ptr::eq(b.def, &CONSTRUCTOR) { b.this.peek().map(of) } else { None }
}

/// What calling a native `__new__` does: checks that the class is a fit subclass, then runs the slot.
fn call_constructor(owner: &'static Type, args: &[Value], kwnames: Option<&Value>) -> Res {
    let name = owner.full_name();
    let Some(class) = args.first() else {
        return Err(exc::type_error(format!("{name}.__new__(): not enough arguments")));
    };
    if !class.is_instance(types().type_) {
        return Err(exc::type_error(format!("{name}.__new__(X): X is not a type object ({})", class.class().full_name())));
    }
    let sub = of(class);
    let sub_name = sub.full_name();
    if !sub.is_subtype(owner) {
        return Err(exc::type_error(format!("{name}.__new__({sub_name}): {sub_name} is not a subtype of {name}")));
    }
    if sub.has(flag::DISALLOW_INSTANTIATION) {
        return Err(exc::type_error(format!("cannot create '{sub_name}' instances")));
    }
    // The most derived native base must be the one whose constructor this is.
    let mut base = sub;
    while base.has(flag::HEAPTYPE) && base.slots().new.is_some_and(|f| f as usize == crate::class::slotdefs::g_new as *const () as usize) {
        match base.base() {
            Some(b) => base = b,
            None => break,
        }
    }
    if base.slots().new.map(|f| f as usize) != owner.slots().new.map(|f| f as usize) {
        return Err(exc::type_error(format!("{name}.__new__({sub_name}) is not safe, use {}.__new__()", base.full_name())));
    }
    match owner.slots().new {
        Some(f) => f(class, &args[1..], kwnames),
        None => Err(exc::type_error(format!("cannot create '{name}' instances"))),
    }
}

/// Calls a built-in function.
pub fn call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let b = this(v);
    if std::ptr::eq(b.def, &CONSTRUCTOR) {
        return call_constructor(of(b.this.peek().expect("a constructor is bound to its class")), args, kwnames);
    }
    match b.this.peek() {
        Some(t) if b.module.peek().is_none() => {
            // The binding keeps `this` alive: the function object itself may go away during the call.
            let mut all: Vec<Value> = Vec::with_capacity(args.len() + 1);
            all.push(t.clone());
            all.extend_from_slice(args);
            let keep = v.clone();
            let r = call_native(this(&keep).def, &this(&keep).params, &all, kwnames, &|| this(&keep).function_name());
            drop(keep);
            r
        }
        _ => call_native(b.def, &b.params, args, kwnames, &|| this(v).function_name()),
    }
}

#[inline(always)]
fn this(v: &Value) -> &BuiltinFunction {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn self_attr(v: &Value) -> Value {
    let b = this(v);
    b.module.get().or_else(|| b.this.get()).unwrap_or(Value::NONE)
}

fn repr(v: &Value) -> Res {
    let b = this(v);
    Ok(str::from_string(match (b.this.peek(), b.module.peek()) {
        (Some(t), None) if !t.is_instance(types().module) => {
            format!("<built-in method {} of {} object at {:#x}>", b.def.name, t.class().full_name(), t.id())
        }
        _ => format!("<built-in function {}>", b.def.name),
    }))
}

fn module_name(v: &Value) -> Res {
    match this(v).module.peek() {
        Some(m) if m.is_instance(types().module) => {
            Ok(dict::get_str(&module::dict(m), &crate::vm::names().__name__).unwrap_or(Value::NONE))
        }
        Some(name) => Ok(name.clone()),
        None => Ok(Value::NONE),
    }
}

/// `builtin_function_or_method`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "builtin_function_or_method",
    payload: PayloadOps::of::<BuiltinFunction>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        compare: Some(|a, b, op| {
            let (Some(x), Some(y)) = (a.downcast::<BuiltinFunction>(), b.downcast::<BuiltinFunction>()) else {
                return Ok(Value::NOT_IMPLEMENTED);
            };
            let same = std::ptr::eq(x.def, y.def) && x.this.word() == y.this.word();
            match op {
                CompareOp::Eq => Ok(Value::bool(same)),
                CompareOp::Ne => Ok(Value::bool(!same)),
                _ => Ok(Value::NOT_IMPLEMENTED),
            }
        }),
        hash: Some(|v| Ok(((this(v).def as *const FnDef as u64 ^ this(v).this.word().rotate_left(9)) >> 4) as i64)),
        ..Slots::NONE
    },
    methods: &[crate::class::native::def(
        "__reduce__",
        "($self, /)",
        |a| {
            let b = this(a.at(0));
            if b.module.peek().is_some() || b.this.peek().is_none() {
                return Ok(str::new(b.def.name));
            }
            let getattr = dict::get_str(&crate::eval::builtins::dict(), &str::intern("getattr")).unwrap_or(Value::NONE);
            Ok(tuple::from_vec(vec![getattr, tuple::from_vec(vec![self_attr(a.at(0)), str::new(b.def.name)])]))
        },
        "",
    )],
    getsets: &[
        getter("__doc__", |v| Ok(if this(v).def.doc.is_empty() { Value::NONE } else { str::new(this(v).def.doc) }), ""),
        getter("__name__", |v| Ok(str::intern(this(v).def.name)), ""),
        getter("__qualname__", |v| Ok(str::from_string(this(v).qualified_name())), ""),
        getter("__self__", |v| Ok(self_attr(v)), ""),
        getter("__module__", module_name, ""),
        getter("__text_signature__", |v| Ok(if this(v).def.sig.is_empty() { Value::NONE } else { str::new(this(v).def.sig) }), ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// Adds native functions to a module.
pub fn add_functions(module_object: &Value, functions: &'static [FnDef]) {
    let namespace = module::dict(module_object);
    dict::reserve(&namespace, dict::len(&namespace) + functions.len() + 8);
    for def in functions {
        dict::set_str(&namespace, &str::intern(def.name), new(def, None, Some(module_object.clone())));
    }
}
