//! `ast.AST`: the base of all nodes.

use super::classes::classes;
use crate::LazyClass;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::flag;
use weft_vm::class::native::{def, raw};
use weft_vm::class::slots::Slots;
use weft_vm::eval::warnings::warn;
use weft_vm::protocol::{self, attr};
use weft_vm::types::{dict, generic_alias, list, object, str, text::Text, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc};

/// `ast.AST`
pub static AST: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "ast.AST",
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), repr: Some(|v| repr(v, 3)), ..Slots::NONE },
    methods: &[
        def("__reduce__", "($self, /)", |a| reduce(a.at(0)), ""),
        raw("__replace__", "($self, /, **fields)", replace, "Return a copy of the AST node with new values for the specified fields."),
    ],
    has_dict: true,
    ..TypeSpec::DEFAULT
};

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(object::new_bare(build::of(class)))
}

fn get(v: &Value, name: &str) -> Res<Option<Value>> {
    attr::getattr_opt(v, &str::intern(name))
}

/// A class attribute that lists names.
fn listed(class: &Value, name: &str) -> Res<Vec<Value>> {
    match get(class, name)? {
        Some(all) => protocol::iter::collect(&all),
        None => Ok(Vec::new()),
    }
}

fn has(names: &[Value], name: &Value) -> bool {
    names.iter().any(|n| str::is_str(n) && str::equal(n, name))
}

fn deprecated(message: Text) -> Res<()> {
    warn(types().deprecation_warning, &str::display(&message.finish()), 1)
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let class = v.class().value();
    let shown = v.class().full_name();
    let fields = listed(&class, "_fields")?;
    let split = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    let (positional, named) = args.split_at(split);
    if fields.len() < positional.len() {
        let shown = v.class().name();
        let plural = if fields.len() == 1 { "" } else { "s" };
        return Err(exc::type_error(format!("{shown} constructor takes at most {} positional argument{plural}", fields.len())));
    }
    let mut missing = fields.clone();
    for (name, x) in fields.iter().zip(positional) {
        attr::setattr(v, name, x)?;
        missing.retain(|n| !n.is(name));
    }
    let attributes = if named.is_empty() { Vec::new() } else { listed(&class, "_attributes")? };
    for (name, x) in kwnames.map_or(&[][..], tuple::items).iter().zip(named) {
        if has(&fields, name) {
            if !has(&missing, name) {
                let text = Text::new().add(&shown).add(" got multiple values for argument ").repr(name)?;
                return Err(exc::raise_args(types().type_error, &[text.finish()]));
            }
            missing.retain(|n| !str::equal(n, name));
        } else if !has(&attributes, name) {
            deprecated(
                Text::new()
                    .add(&shown)
                    .add(".__init__ got an unexpected keyword argument ")
                    .repr(name)?
                    .add(". Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15."),
            )?;
        }
        attr::setattr(v, name, x)?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    let Some(field_types) = get(&class, "_field_types")? else { return Ok(()) };
    for name in &missing {
        let Some(ty) = exc::catch(protocol::get_item(&field_types, name), types().key_error)? else {
            deprecated(
                Text::new()
                    .add("Field ")
                    .repr(name)?
                    .add(&format!(" is missing from {shown}._field_types. This will become an error in Python 3.15.")),
            )?;
            continue;
        };
        if ty.is_instance(types().union) {
            // The class has None for it.
        } else if generic_alias::is_alias(&ty) {
            attr::setattr(v, name, &list::new())?;
        } else if classes()?.group("expr_context").is_some_and(|c| c.value().is(&ty)) {
            let load = classes()?.of(super::schema::Node::Load).singleton.clone().unwrap_or(Value::NONE);
            attr::setattr(v, name, &load)?;
        } else {
            deprecated(
                Text::new()
                    .add(&shown)
                    .add(".__init__ missing 1 required positional argument: ")
                    .repr(name)?
                    .add(". This will become an error in Python 3.15."),
            )?;
        }
    }
    Ok(())
}

fn instance_dict(v: &Value) -> Res<Option<Value>> {
    Ok(get(v, "__dict__")?.filter(|d| d.is_instance(types().dict)))
}

/// Unpickling gives the constructor as many Nones as it would miss fields, before it sets what the node has.
fn reduce(v: &Value) -> Res {
    let class = v.class().value();
    let Some(d) = instance_dict(v)? else { return Ok(tuple::from_array([class, tuple::empty()])) };
    let state = dict::copy(&d);
    let mut positional = Vec::new();
    for name in listed(&class, "_fields")? {
        match dict::get(&state, &name)? {
            Some(_) => positional.push(Value::NONE),
            None => break,
        }
    }
    Ok(tuple::from_array([class, tuple::from_vec(positional), state]))
}

fn replace(args: &[Value], kwnames: Option<&Value>) -> Res {
    let names = kwnames.map_or(&[][..], tuple::items);
    let Some((v, rest)) = args.split_first() else { return Err(exc::type_error("unbound method AST.__replace__() needs an argument")) };
    if rest.len() > names.len() {
        return Err(exc::type_error("__replace__() takes no positional arguments"));
    }
    let class = v.class().value();
    let shown = v.class().full_name();
    let fields = listed(&class, "_fields")?;
    let attributes = listed(&class, "_attributes")?;
    // What a program has added to the node is not copied.
    let own = dict::new();
    for (name, x) in instance_dict(v)?.map_or_else(Vec::new, |d| dict::entries(&d)) {
        if has(&fields, &name) || has(&attributes, &name) {
            dict::set(&own, &name, &x)?;
        }
    }
    for name in names {
        if !has(&fields, name) && !has(&attributes, name) {
            let text = Text::new().add(&shown).add(".__replace__ got an unexpected keyword argument ").repr(name)?.add(".");
            return Err(exc::raise_args(types().type_error, &[text.finish()]));
        }
    }
    let mut missing = Vec::new();
    for name in &fields {
        if !has(names, name) && dict::get(&own, name)?.is_none() && get(v, &str::display(name))?.is_none() {
            missing.push(protocol::repr_string(name)?);
        }
    }
    if !missing.is_empty() {
        missing.sort();
        let plural = if missing.len() == 1 { "" } else { "s" };
        return Err(exc::type_error(format!(
            "{shown}.__replace__ missing {} keyword argument{plural}: {}.",
            missing.len(),
            missing.join(", ")
        )));
    }
    for (name, x) in names.iter().zip(rest) {
        dict::set(&own, name, x)?;
    }
    let (keys, mut values): (Vec<Value>, Vec<Value>) = dict::entries(&own).into_iter().unzip();
    let keys = tuple::from_vec(keys);
    call::call(&class, &std::mem::take(&mut values), Some(&keys))
}

/// The repr, down to some depth.
fn repr(v: &Value, depth: usize) -> Res {
    weft_vm::thread::check_native_stack(" while getting the repr of an object")?;
    let mut text = Text::new().add(&v.class().full_name()).add("(");
    if depth == 0 {
        return Ok(text.add("...)").finish());
    }
    let name = format!("{}(...)", v.class().full_name());
    protocol::repr_guarded(v, &name, || {
        for (i, field) in listed(&v.class().value(), "_fields")?.iter().enumerate() {
            let value = attr::getattr(v, field)?;
            text = std::mem::take(&mut text).add(if i > 0 { ", " } else { "" }).str(field)?.add("=").value(&field_repr(&value, depth - 1)?);
        }
        Ok(std::mem::take(&mut text).add(")").finish())
    })
}

fn field_repr(v: &Value, depth: usize) -> Res {
    if v.is_instance(AST.get()) {
        return repr(v, depth);
    }
    let is_list = v.is_instance(types().list);
    if !is_list && !v.is_instance(types().tuple) {
        return protocol::repr(v);
    }
    let n = protocol::len(v)?;
    let mut text = Text::new().add(if is_list { "[" } else { "(" });
    let shown: &[usize] = if n == 0 {
        &[]
    } else if n == 1 {
        &[0]
    } else {
        &[0, n - 1]
    };
    for (i, &at) in shown.iter().enumerate() {
        let item = protocol::get_item(v, &Value::usize(at))?;
        let item = if item.is_instance(AST.get()) { repr(&item, depth)? } else { protocol::repr(&item)? };
        text = text.add(if i > 0 { ", " } else { "" }).value(&item).add(if i == 0 && n > 2 { ", ..." } else { "" });
    }
    Ok(text.add(if is_list { "]" } else { ")" }).finish())
}
