//! `contextvars`: contexts, the variables in them, and the tokens that undo an assignment (PEP 567).
//!
//! A context's variables are in a dict that copies of the context share until one of them changes it, so copying
//! takes constant time. Keys are ContextVars, which hash and compare by identity, so no Python runs in lookups.

use crate::call;
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, class_def, def, getter, member, raw};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::global::Global;
use crate::protocol;
use crate::thread::thread;
use crate::types::exceptions::base::positional;
use crate::types::text::Text;
use crate::types::{dict, generic_alias, module, object, str, tuple};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::types;
use std::cell::{Cell, RefCell};
use weft_layout::tag::{NULL, Word};

/// The payload of `Context`.
pub struct Context {
    /// The variables. Not changed while anyone else holds the dict.
    vars: Field,
    /// The context that was current before this one was entered.
    previous: Field,
    entered: Cell<bool>,
}

/// The payload of `ContextVar`.
pub struct ContextVar {
    name: Field,
    default: Field,
}

/// The payload of `Token`.
pub struct Token {
    context: Field,
    var: Field,
    /// The value before the assignment, or empty.
    old: Field,
    used: Cell<bool>,
}

// SAFETY: instances of Context hold a Context.
unsafe impl Payload for Context {
    fn class() -> &'static Type {
        types().context
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.vars.word());
        visit(self.previous.word());
    }

    fn clear(&self) {
        drop(self.vars.replace(Some(dict::new())));
        drop(self.previous.take());
    }
}

// SAFETY: instances of ContextVar hold a ContextVar.
unsafe impl Payload for ContextVar {
    fn class() -> &'static Type {
        types().context_var
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.name.word());
        visit(self.default.word());
    }

    fn clear(&self) {
        drop(self.default.take());
    }
}

// SAFETY: instances of Token hold a Token.
unsafe impl Payload for Token {
    fn class() -> &'static Type {
        types().context_token
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.context, &self.var, &self.old] {
            visit(field.word());
        }
    }

    fn clear(&self) {
        drop(self.old.take());
    }
}

fn context_of(v: &Value) -> &Context {
    // SAFETY: callers pass contexts.
    unsafe { v.payload() }
}

fn var_of(v: &Value) -> &ContextVar {
    // SAFETY: callers pass context variables.
    unsafe { v.payload() }
}

fn token_of(v: &Value) -> &Token {
    // SAFETY: callers pass tokens.
    unsafe { v.payload() }
}

fn new_context(vars: Value) -> Value {
    new_object(Context { vars: Field::new(vars), previous: Field::empty(), entered: Cell::new(false) })
}

/// The current context of the thread.
pub fn current() -> Value {
    if let Some(c) = thread().context.get() {
        return c;
    }
    let c = new_context(dict::new());
    context_of(&c).entered.set(true);
    thread().context.set(c.clone());
    c
}

/// `contextvars.copy_context()`.
pub fn copy_current() -> Value {
    copy(&current())
}

fn copy(context: &Value) -> Value {
    new_context(context_of(context).vars.value())
}

/// Makes a context the current one.
pub fn enter(context: &Value) -> Res<()> {
    let c = context_of(context);
    if c.entered.get() {
        let text = Text::new().add("cannot enter context: ").repr(context)?.add(" is already entered").finish();
        return Err(exc::raise_args(types().runtime_error, &[text]));
    }
    drop(c.previous.replace(Some(current())));
    c.entered.set(true);
    thread().context.set(context.clone());
    Ok(())
}

/// Goes back to the context that was current before `context` was entered.
pub fn exit(context: &Value) -> Res<()> {
    let c = context_of(context);
    if !c.entered.get() {
        let text = Text::new().add("cannot exit context: ").repr(context)?.add(" has not been entered").finish();
        return Err(exc::raise_args(types().runtime_error, &[text]));
    }
    if !thread().context.peek().is_some_and(|now| now.is(context)) {
        return Err(exc::runtime_error("cannot exit context: thread state references a different context object"));
    }
    c.entered.set(false);
    drop(thread().context.replace(c.previous.take()));
    Ok(())
}

/// The variables of the current context, for changing: a dict nobody else holds.
fn own_vars(context: &Value) -> Value {
    let c = context_of(context);
    // Only the field itself holds it: no copy shares it.
    if c.vars.peek().is_some_and(|d| d.refcount() == 1) {
        return c.vars.value();
    }
    let own = dict::copy(&c.vars.value());
    c.vars.set(own.clone());
    own
}

/// `var.get(default)`: the value, or the given default, or the variable's own.
pub fn get(var: &Value, default: Option<&Value>) -> Res<Option<Value>> {
    if let Some(context) = thread().context.get()
        && let Some(found) = dict::get(&context_of(&context).vars.value(), var)?
    {
        return Ok(Some(found));
    }
    Ok(default.cloned().or_else(|| var_of(var).default.get()))
}

/// `var.set(value)`.
pub fn set(var: &Value, value: &Value) -> Res {
    let context = current();
    let vars = own_vars(&context);
    let old = dict::get(&vars, var)?;
    dict::set(&vars, var, value)?;
    Ok(new_object(Token {
        context: Field::new(context),
        var: Field::new(var.clone()),
        old: Field::from_option(old),
        used: Cell::new(false),
    }))
}

/// `var.reset(token)`.
pub fn reset(var: &Value, token: &Value) -> Res {
    let Some(t) = token.downcast::<Token>() else {
        let text = Text::new().add("expected an instance of Token, got ").repr(token)?.finish();
        return Err(exc::raise_args(types().type_error, &[text]));
    };
    if t.used.get() {
        let text = Text::new().repr(token)?.add(" has already been used once").finish();
        return Err(exc::raise_args(types().runtime_error, &[text]));
    }
    if !t.var.value().is(var) {
        let text = Text::new().repr(token)?.add(" was created by a different ContextVar").finish();
        return Err(exc::raise_args(types().value_error, &[text]));
    }
    let context = current();
    if !t.context.value().is(&context) {
        let text = Text::new().repr(token)?.add(" was created in a different Context").finish();
        return Err(exc::raise_args(types().value_error, &[text]));
    }
    t.used.set(true);
    let vars = own_vars(&context);
    match t.old.get() {
        Some(old) => dict::set(&vars, var, &old)?,
        None => {
            dict::delete(&vars, var)?;
        }
    }
    Ok(Value::NONE)
}

// --- Context -------------------------------------------------------------------------------------------------------

fn expect_var(v: &Value) -> Res<()> {
    if v.is_instance(types().context_var) {
        return Ok(());
    }
    let text = Text::new().add("a ContextVar key was expected, got ").repr(v)?.finish();
    Err(exc::raise_args(types().type_error, &[text]))
}

fn vars(v: &Value) -> Value {
    context_of(v).vars.value()
}

fn run(args: &[Value], kwnames: Option<&Value>) -> Res {
    let given = positional(args, kwnames);
    let [context, f, ..] = given else { return Err(exc::type_error("run() missing 1 required positional argument")) };
    enter(context)?;
    let result = call::call(f, &args[2..], kwnames);
    match (result, exit(context)) {
        (Ok(r), Ok(())) => Ok(r),
        (Err(e), Ok(())) => Err(e),
        (_, Err(e)) => Err(e),
    }
}

fn lookup(context: &Value, var: &Value) -> Res {
    expect_var(var)?;
    dict::get(&vars(context), var)?.ok_or_else(|| exc::key_error(var))
}

fn context_get(a: Args) -> Res {
    expect_var(a.at(1))?;
    Ok(dict::get(&vars(a.at(0)), a.at(1))?.unwrap_or_else(|| a.opt(2).cloned().unwrap_or(Value::NONE)))
}

fn context_compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let both = a.is_instance(types().context) && b.is_instance(types().context);
    if !both || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    protocol::compare(&vars(a), &vars(b), op)
}

/// The payload of the iterators over a context. They go over the variables as they were.
pub struct ContextIterator {
    entries: RefCell<std::vec::IntoIter<(Value, Value)>>,
    /// Makes the item of an entry.
    item: fn(Value, Value) -> Value,
}

// SAFETY: instances of keys, values and items hold a ContextIterator at offset 8.
unsafe impl Payload for ContextIterator {
    fn class() -> &'static Type {
        types().context_keys
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for (var, value) in self.entries.borrow().as_slice() {
            visit(var.word());
            visit(value.word());
        }
    }
}

fn next(v: &Value) -> Res<Option<Value>> {
    // SAFETY: the three classes' instances hold a ContextIterator at offset 8.
    let it = unsafe { &*v.ptr().add(8).cast::<ContextIterator>() };
    let entry = it.entries.borrow_mut().next();
    Ok(entry.map(|(var, value)| (it.item)(var, value)))
}

fn iterate(v: &Value, class: &'static Type, item: fn(Value, Value) -> Value) -> Value {
    new_instance(class, ContextIterator { entries: RefCell::new(dict::entries(&vars(v)).into_iter()), item })
}

fn keys(v: &Value) -> Value {
    iterate(v, types().context_keys, |var, _| var)
}

const ITERATOR: TypeSpec = TypeSpec {
    name: "keys",
    payload: PayloadOps::of::<ContextIterator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

/// The iterator over a context's variables.
pub static KEYS_SPEC: TypeSpec = ITERATOR;
/// The iterator over a context's values.
pub static VALUES_SPEC: TypeSpec = TypeSpec { name: "values", ..ITERATOR };
/// The iterator over a context's variables with their values.
pub static ITEMS_SPEC: TypeSpec = TypeSpec { name: "items", ..ITERATOR };

/// `contextvars.Context`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_contextvars.Context",
    payload: PayloadOps::of::<Context>(),
    slots: Slots {
        new: Some(|_, args, _| {
            if !args.is_empty() {
                return Err(exc::type_error("Context() does not accept any arguments"));
            }
            Ok(new_context(dict::new()))
        }),
        compare: Some(context_compare),
        iter: Some(|v| Ok(keys(v))),
        len: Some(|v| Ok(dict::len(&vars(v)))),
        get_item: Some(lookup),
        contains: Some(|v, key| {
            expect_var(key)?;
            dict::contains(&vars(v), key)
        }),
        ..Slots::NONE
    },
    methods: &[
        def(
            "get",
            "($self, key, default=None, /)",
            context_get,
            "Return the value for `key` if `key` has the value in the context object.\n\nIf `key` does not exist, return `default`. If `default` is not given,\nreturn None.",
        ),
        def(
            "items",
            "($self, /)",
            |a| Ok(iterate(a.at(0), types().context_items, |var, value| tuple::from_vec(vec![var, value]))),
            "Return all variables and their values in the context object.\n\nThe result is returned as a list of 2-tuples (variable, value).",
        ),
        def("keys", "($self, /)", |a| Ok(keys(a.at(0))), "Return a list of all variables in the context object."),
        def(
            "values",
            "($self, /)",
            |a| Ok(iterate(a.at(0), types().context_values, |_, value| value)),
            "Return a list of all variables' values in the context object.",
        ),
        def("copy", "($self, /)", |a| Ok(copy(a.at(0))), "Return a shallow copy of the context object."),
        raw("run", "($self, callable, /, *args, **kwargs)", run, ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

// --- ContextVar ----------------------------------------------------------------------------------------------------

fn construct_var(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let given = positional(args, kwnames);
    let [name] = given else {
        let (word, n) = if given.is_empty() { ("exactly", 0) } else { ("at most", given.len()) };
        return Err(exc::type_error(format!("ContextVar() takes {word} 1 positional argument ({n} given)")));
    };
    let mut default = None;
    for (keyword, value) in kwnames.map_or(&[][..], tuple::items).iter().zip(&args[1..]) {
        match str::display(keyword).as_str() {
            "default" => default = Some(value.clone()),
            other => return Err(exc::type_error(format!("ContextVar() got an unexpected keyword argument '{other}'"))),
        }
    }
    if !str::is_str(name) {
        return Err(exc::type_error("context variable name must be a str"));
    }
    Ok(new_object(ContextVar { name: Field::new(name.clone()), default: Field::from_option(default) }))
}

fn var_repr(v: &Value) -> Res {
    let mut text = Text::new().add("<ContextVar name=").repr(&var_of(v).name.value())?;
    if let Some(default) = var_of(v).default.get() {
        text = text.add(" default=").repr(&default)?;
    }
    Ok(text.add(&format!(" at {:#x}>", v.id())).finish())
}

fn var_get(a: Args) -> Res {
    match get(a.at(0), a.opt(1))? {
        Some(x) => Ok(x),
        None => Err(exc::raise_args(types().lookup_error, std::slice::from_ref(a.at(0)))),
    }
}

/// `contextvars.ContextVar`.
pub static VAR_SPEC: TypeSpec = TypeSpec {
    name: "_contextvars.ContextVar",
    payload: PayloadOps::of::<ContextVar>(),
    slots: Slots { new: Some(construct_var), repr: Some(var_repr), hash: Some(object::hash), ..Slots::NONE },
    methods: &[
        def(
            "get",
            "($self, default=<unrepresentable>, /)",
            var_get,
            "Return a value for the context variable for the current context.\n\nIf there is no value for the variable in the current context, the method will:\n * return the value of the default argument of the method, if provided; or\n * return the default value for the context variable, if it was created\n   with one; or\n * raise a LookupError.",
        ),
        def(
            "set",
            "($self, value, /)",
            |a| set(a.at(0), a.at(1)),
            "Call to set a new value for the context variable in the current context.\n\nThe required *value* argument is the new value for the context variable.\n\nReturns a Token object that can be used to restore the variable to its previous\nvalue via the `ContextVar.reset()` method.",
        ),
        def(
            "reset",
            "($self, token, /)",
            |a| reset(a.at(0), a.at(1)),
            "Reset the context variable.\n\nThe variable is reset to the value it had before the `ContextVar.set()` that\ncreated the token was used.",
        ),
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
    ],
    getsets: &[member("name", |v| Ok(var_of(v).name.value()), "")],
    ..TypeSpec::DEFAULT
};

// --- Token ---------------------------------------------------------------------------------------------------------

static MISSING: Global<Word> = Global::new(NULL);

/// `Token.MISSING`: there was no value before.
pub fn missing() -> Value {
    // SAFETY: the word is NULL or the immortal marker; the GIL is held.
    unsafe {
        if *MISSING.get() == NULL {
            let marker = object::new_bare(types().token_missing);
            marker.make_immortal();
            *MISSING.get() = marker.into_word();
        }
        Value::clone_word(*MISSING.get())
    }
}

fn token_repr(v: &Value) -> Res {
    let head = if token_of(v).used.get() { "<Token used var=" } else { "<Token var=" };
    let text = Text::new().add(head).repr(&token_of(v).var.value())?;
    Ok(text.add(&format!(" at {:#x}>", v.id())).finish())
}

/// `contextvars.Token`.
pub static TOKEN_SPEC: TypeSpec = TypeSpec {
    name: "_contextvars.Token",
    finish: add_missing,
    payload: PayloadOps::of::<Token>(),
    slots: Slots {
        new: Some(|_, _, _| Err(exc::runtime_error("Tokens can only be created by ContextVars"))),
        repr: Some(token_repr),
        hash: Some(object::hash),
        ..Slots::NONE
    },
    methods: &[
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
        def("__enter__", "($self, /)", |a| Ok(a.at(0).clone()), "Enter into Token context manager."),
        def(
            "__exit__",
            "($self, type, value, traceback, /)",
            |a| reset(&token_of(a.at(0)).var.value(), a.at(0)),
            "Exit from Token context manager, restore the linked ContextVar.",
        ),
    ],
    getsets: &[
        getter("var", |v| Ok(token_of(v).var.value()), ""),
        getter("old_value", |v| Ok(token_of(v).old.get().unwrap_or_else(missing)), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// The class of `Token.MISSING`.
pub static MISSING_SPEC: TypeSpec = TypeSpec {
    name: "Token.MISSING",
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(|_| Ok(str::intern("<Token.MISSING>"))), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

fn add_missing(namespace: &Value) {
    dict::set_str(namespace, &str::intern("MISSING"), missing());
}

/// The module `_contextvars`.
pub static MODULE: module::ModuleDef = module::ModuleDef {
    name: "_contextvars",
    doc: "Context Variables",
    functions: &[def("copy_context", "($module, /)", |_| Ok(copy_current()), "")],
    exec: |m| {
        for (name, class) in [("Context", types().context), ("ContextVar", types().context_var), ("Token", types().context_token)] {
            module::add(m, name, class.value());
        }
        Ok(())
    },
};
