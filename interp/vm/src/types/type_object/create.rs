//! Making a class: the `class` statement and `type(name, bases, namespace)`.

use super::attributes::check_name;
use super::bases::{best_base, calculate_metaclass, mro_tail, resolve_bases, solid_base};
use super::is_type;
use crate::call;
use crate::class::build::{self, Parts, of};
use crate::class::slots::Slots;
use crate::class::{Type, flag, slotdefs};
use crate::exc;
use crate::heap::shape;
use crate::protocol::{self, attr};
use crate::types::{descriptor, dict, function, object, property, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// A private name as it is stored: `__x` in class `C` is `_C__x`.
fn mangle(class_name: &str, name: &str) -> String {
    let class_name = class_name.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || class_name.is_empty() {
        name.to_owned()
    } else {
        format!("_{class_name}{name}")
    }
}

fn is_identifier(name: &Value) -> bool {
    protocol::is_true(&call::call_method(name, &str::intern("isidentifier"), &[]).unwrap_or(Value::FALSE)).unwrap_or(false)
}

/// What `__slots__` says: member names, mangled, in order; and whether a `__dict__` and weak references were asked for.
struct SlotsSpec {
    members: Vec<Value>,
    dict: bool,
    weakref: bool,
}

fn read_slots(slots: &Value, class_name: &str, namespace: &Value, base: &'static Type) -> Res<SlotsSpec> {
    let listed = if str::is_str(slots) { vec![slots.clone()] } else { protocol::iter::collect(slots)? };
    if !listed.is_empty() && base.payload_ops().varies && !std::ptr::eq(base, types().str) && !base.is_subtype(types().str) {
        let only_dict = listed.iter().all(|s| str::is_str(s) && matches!(str::display(s).as_str(), "__dict__" | "__weakref__"));
        if !only_dict {
            return Err(exc::type_error(format!("nonempty __slots__ not supported for subtype of '{}'", base.name())));
        }
    }
    let mut spec = SlotsSpec { members: Vec::new(), dict: false, weakref: false };
    let mut found: Vec<String> = Vec::new();
    for s in &listed {
        if !str::is_str(s) {
            return Err(exc::type_error(format!("__slots__ items must be strings, not '{}'", s.class().full_name())));
        }
        if !is_identifier(s) {
            return Err(exc::type_error("__slots__ must be identifiers"));
        }
        let text = str::display(s);
        match text.as_str() {
            "__dict__" => {
                if base.has_dict() || spec.dict {
                    return Err(exc::type_error("__dict__ slot disallowed: we already got one"));
                }
                spec.dict = true;
            }
            "__weakref__" => {
                if base.has_weakrefs() || spec.weakref {
                    return Err(exc::type_error("__weakref__ slot disallowed: we already got one"));
                }
                spec.weakref = true;
            }
            _ => {
                let name = mangle(class_name, &text);
                if !found.contains(&name) {
                    if dict::get_str(namespace, &str::new(&name)).is_some()
                        && !matches!(name.as_str(), "__qualname__" | "__classcell__" | "__classdictcell__")
                    {
                        return Err(exc::value_error(format!("'{name}' in __slots__ conflicts with class variable")));
                    }
                    found.push(name);
                }
            }
        }
    }
    found.sort();
    spec.members = found.iter().map(|n| str::intern(n)).collect();
    Ok(spec)
}

/// How many attribute words instances begin with: what the methods of the class and its bases assign on `self`.
fn expected_attrs(namespace: &Value, bases: &[&'static Type]) -> usize {
    let mut all: Vec<Value> = Vec::new();
    let mut add = |d: &Value| {
        if let Some(t) = dict::get_str(d, &names().__static_attributes__)
            && t.is_instance(types().tuple)
        {
            for n in tuple::items(&t) {
                if str::is_str(n) && !all.iter().any(|m| str::equal(m, n)) {
                    all.push(n.clone());
                }
            }
        }
    };
    add(namespace);
    for b in bases {
        for t in b.mro() {
            if t.has(flag::HEAPTYPE) {
                add(&t.namespace());
            }
        }
    }
    all.len().min(30)
}

/// `type.__new__(meta, name, bases, namespace)`.
fn new_class(meta: &'static Type, name: &Value, bases_tuple: &Value, namespace: &Value, kwargs: (&[Value], &[Value])) -> Res {
    let bases: Vec<Value> =
        if tuple::items(bases_tuple).is_empty() { vec![types().object.value()] } else { tuple::items(bases_tuple).to_vec() };
    for b in &bases {
        if !is_type(b) {
            return Err(exc::type_error("bases must be types"));
        }
    }
    let base_types: Vec<&'static Type> = bases.iter().map(of).collect();
    let base = best_base(&base_types)?;
    check_name(name)?;
    let namespace = dict::copy(namespace);
    let class_name = str::display(name);

    let mut has_dict = base_types.iter().any(|b| b.has_dict());
    let mut has_weakrefs = base_types.iter().any(|b| b.has_weakrefs());
    // Classes show their namespace through `type`'s own descriptor.
    let is_metaclass = base.is_subtype(types().type_);
    let (had_dict, had_weakrefs) = (has_dict || is_metaclass, has_weakrefs || is_metaclass);
    let mut members = Vec::new();
    let slots = dict::get_str(&namespace, &names().__slots__);
    match &slots {
        None => {
            has_dict = true;
            has_weakrefs = true;
        }
        Some(s) => {
            let spec = read_slots(s, &class_name, &namespace, base)?;
            members = spec.members;
            has_dict |= spec.dict;
            has_weakrefs |= spec.weakref;
        }
    }
    let tail = mro_tail(&base_types)?;
    let inline = if has_dict { expected_attrs(&namespace, &base_types) } else { 0 };
    let value = build::make(Parts {
        metaclass: meta,
        base: Some(base),
        bases: base_types.clone(),
        mro_tail: tail,
        flags: flag::HEAPTYPE | flag::BASETYPE | flag::READY | flag::HAVE_GC,
        slots: Slots::NONE,
        payload: *base.payload_ops(),
        new_members: members.len(),
        has_dict,
        has_weakrefs,
        inline,
        full_name: "",
        doc: "",
    });
    if meta.has(flag::HEAPTYPE) {
        std::mem::forget(meta.value());
    }
    let ty = of(&value);
    ty.name_field.set(str::intern_value(str::exact(name)));
    ty.bases.set(tuple::from_vec(bases));
    ty.make_mro_tuple();
    ty.set_namespace(namespace.clone());
    let n = names();
    match dict::get_str(&namespace, &n.__qualname__) {
        Some(q) => {
            if !str::is_str(&q) {
                return Err(exc::type_error(format!("type __qualname__ must be a str, not {}", q.class().full_name())));
            }
            ty.qualname.set(q);
            dict::del_str(&namespace, &n.__qualname__);
        }
        None => ty.qualname.set(name.clone()),
    }
    if dict::get_str_ref(&namespace, &n.__module__).is_none()
        && let Some(globals) = crate::eval::current_globals()
        && let Some(m) = dict::get_str(&globals, &n.__name__)
    {
        dict::set_str(&namespace, &n.__module__, m);
    }
    if dict::get_str_ref(&namespace, &n.__doc__).is_none() {
        dict::set_str(&namespace, &n.__doc__, Value::NONE);
    }
    for special in [&n.__init_subclass__, &n.__class_getitem__] {
        if let Some(f) = dict::get_str(&namespace, special)
            && f.is_instance(types().function)
        {
            dict::set_str(&namespace, special, property::new_classmethod(f));
        }
    }
    if let Some(f) = dict::get_str(&namespace, &n.__new__)
        && f.is_instance(types().function)
    {
        dict::set_str(&namespace, &n.__new__, property::new_staticmethod(f));
    }
    let layout = ty.layout(0);
    for (i, m) in members.iter().enumerate() {
        let offset = shape::member_offset(&layout, base.members() + i);
        dict::set_str(&namespace, m, descriptor::new_member(ty, m, offset));
    }
    if has_dict && !had_dict && dict::get_str_ref(&namespace, &n.__dict__).is_none() {
        dict::set_str(&namespace, &n.__dict__, descriptor::new_getset(ty, &object::DICT_GETSET));
    }
    if has_weakrefs && !had_weakrefs && dict::get_str_ref(&namespace, &n.__weakref__).is_none() {
        dict::set_str(&namespace, &n.__weakref__, descriptor::new_getset(ty, &object::WEAKREF_GETSET));
    }
    let cell = dict::get_str(&namespace, &n.__classcell__);
    if let Some(c) = &cell {
        if !crate::types::cellobject::set_if_cell(c, &value) {
            return Err(exc::type_error(format!("__classcell__ must be a nonlocal cell, not <class '{}'>", c.class().name())));
        }
        dict::del_str(&namespace, &n.__classcell__);
    }
    if let Some(c) = dict::get_str(&namespace, &n.__classdictcell__) {
        crate::types::cellobject::set_if_cell(&c, &namespace);
        dict::del_str(&namespace, &n.__classdictcell__);
    }
    // A class that defines equality without a hash cannot be hashed.
    if dict::get_str_ref(&namespace, &n.__eq__).is_some() && dict::get_str_ref(&namespace, &n.__hash__).is_none() {
        dict::set_str(&namespace, &n.__hash__, Value::NONE);
    }
    // A metaclass may order the bases in its own way.
    if let Some(f) = meta.lookup(&n.mro)
        && !types().type_.lookup(&n.mro).is_some_and(|g| g.is(&f))
    {
        let order = protocol::iter::collect(&call::call_unbound(&f, &value, &[], None)?)?;
        let mut mro = Vec::new();
        for t in &order {
            if !is_type(t) {
                return Err(exc::type_error(format!("mro() returned a non-class ('{}')", t.class().full_name())));
            }
            if !solid_base(ty).is_subtype(solid_base(of(t))) {
                return Err(exc::type_error(format!("mro() returned base with unsuitable layout ('{}')", of(t).full_name())));
            }
            mro.push(of(t));
        }
        build::set_mro(ty, mro);
    }
    slotdefs::fix_slots(ty);
    // Slots without a dunder name come from the base.
    let base_slots = *base.slots();
    ty.update_slots(|s| {
        if s.buffer.is_none() {
            s.buffer = base_slots.buffer;
        }
    });
    // The root shape was made before the finaliser was known.
    let words = if has_dict { inline.max(2) } else { 0 };
    ty.reset_root_shape(words);
    set_names(&value, &namespace)?;
    init_subclass(&value, kwargs)?;
    Ok(value)
}

fn set_names(class: &Value, namespace: &Value) -> Res<()> {
    let table = dict::table(namespace);
    let wants_name = |i| table.at(i).is_some_and(|(_, v)| v.class().lookup_ref(&names().__set_name__).is_some());
    if !(0..table.filled()).any(wants_name) {
        return Ok(());
    }
    for (name, v) in dict::entries(namespace) {
        if let Some(f) = call::lookup_special(&v, &names().__set_name__)?
            && let Err(e) = call::call(&f, &[class.clone(), name.clone()], None)
        {
            let exception = exc::take(e);
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                v.class().full_name(),
                protocol::repr_string(&name)?,
                of(class).name()
            );
            protocol::add_note(&exception, &note)?;
            return Err(exc::restore(exception));
        }
    }
    Ok(())
}

fn init_subclass(class: &Value, (kwnames, kwvalues): (&[Value], &[Value])) -> Res<()> {
    let f = crate::types::super_object::super_getattr(class, class, &names().__init_subclass__)?;
    let kw = (!kwnames.is_empty()).then(|| tuple::from_slice(kwnames));
    call::call(&f, kwvalues, kw.as_ref()).map(drop)
}

pub(super) fn type_new(meta: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let kw: &[Value] = kwnames.map_or(&[], tuple::items);
    let npos = args.len() - kw.len();
    let [name, bases, namespace] = &args[..npos] else {
        return Err(exc::type_error(format!("type.__new__() takes exactly 3 arguments ({npos} given)")));
    };
    let checks: [(&Value, &'static Type, usize, &str); 3] =
        [(name, types().str, 1, "str"), (bases, types().tuple, 2, "tuple"), (namespace, types().dict, 3, "dict")];
    for (v, ty, i, what) in checks {
        if !v.is_instance(ty) {
            return Err(exc::type_error(format!("type.__new__() argument {i} must be {what}, not {}", v.class().full_name())));
        }
    }
    for b in tuple::items(bases) {
        if !is_type(b) && attr::getattr_opt(b, &names().__mro_entries__)?.is_some() {
            return Err(exc::type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    let winner = calculate_metaclass(of(meta), tuple::items(bases))?;
    if !std::ptr::eq(winner, of(meta))
        && let Some(f) = winner.slots().new
        && f as usize != type_new as *const () as usize
    {
        return f(&winner.value(), args, kwnames);
    }
    new_class(winner, name, bases, namespace, (kw, &args[npos..]))
}

pub(super) fn type_init(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let n = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    if n != 1 && n != 3 {
        return Err(exc::type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

/// `__build_class__(func, name, *bases, metaclass=None, **kwds)`.
pub fn build_class(args: &[Value], kwnames: Option<&Value>) -> Res {
    let kw: Vec<Value> = kwnames.map_or(Vec::new(), |k| tuple::items(k).to_vec());
    let npos = args.len() - kw.len();
    if npos < 2 {
        return Err(exc::type_error("__build_class__: not enough arguments"));
    }
    let (func, name) = (&args[0], &args[1]);
    if !func.is_instance(types().function) {
        return Err(exc::type_error("__build_class__: func must be a function"));
    }
    if !str::is_str(name) {
        return Err(exc::type_error("__build_class__: name is not a string"));
    }
    let orig_bases = tuple::from_slice(&args[2..npos]);
    let bases = resolve_bases(&orig_bases)?;
    let (mut names_left, mut values_left, mut meta) = (Vec::new(), Vec::new(), None);
    for (k, v) in kw.iter().zip(&args[npos..]) {
        if str::equal(k, &names().metaclass) {
            meta = Some(v.clone());
        } else {
            names_left.push(k.clone());
            values_left.push(v.clone());
        }
    }
    let meta = match meta {
        Some(m) if !is_type(&m) => m,
        given => {
            let start = given.map_or_else(|| tuple::items(&bases).first().map_or(types().type_, |b| b.class()), |m| of(&m));
            calculate_metaclass(start, tuple::items(&bases))?.value()
        }
    };
    let kwnames_left = (!names_left.is_empty()).then(|| tuple::from_vec(names_left));
    let namespace = match attr::getattr_opt(&meta, &names().__prepare__)? {
        None => dict::new(),
        Some(p) => {
            let mut a = vec![name.clone(), bases.clone()];
            a.extend(values_left.iter().cloned());
            call::call(&p, &a, kwnames_left.as_ref())?
        }
    };
    if namespace.class().slots().get_item.is_none() {
        let who = if is_type(&meta) { of(&meta).name() } else { "<metaclass>".to_owned() };
        return Err(exc::type_error(format!("{who}.__prepare__() must return a mapping, not {}", namespace.class().full_name())));
    }
    let cell = function::call_with_locals(func, &namespace)?;
    if !bases.is(&orig_bases) {
        protocol::set_item(&namespace, &names().__orig_bases__, &orig_bases)?;
    }
    let mut a = vec![name.clone(), bases, namespace];
    a.extend(values_left);
    let class = call::call(&meta, &a, kwnames_left.as_ref())?;
    if is_type(&class)
        && let Some(c) = crate::types::cellobject::get_if_cell(&cell)
    {
        match c {
            None => {
                return Err(exc::runtime_error(format!(
                    "__class__ not set defining {} as {}. Was __classcell__ propagated to type.__new__?",
                    protocol::repr_string(name)?,
                    protocol::repr_string(&class)?
                )));
            }
            Some(x) if !x.is(&class) => {
                return Err(exc::type_error(format!(
                    "__class__ set to {} defining {} as {}",
                    protocol::repr_string(&x)?,
                    protocol::repr_string(name)?,
                    protocol::repr_string(&class)?
                )));
            }
            Some(_) => {}
        }
    }
    Ok(class)
}
