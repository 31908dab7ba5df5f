//! `type`: making classes from Python, the method resolution order, attribute access on classes.

use crate::call;
use crate::class::build::{self, Parts, TypeSpec, of};
use crate::class::native::{Args, def, getset, getter};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag, slotdefs};
use crate::exc;
use crate::heap::shape;
use crate::protocol::{self, attr};
use crate::types::{descriptor, dict, function, list, object, property, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// Whether `v` is a class.
pub fn is_type(v: &Value) -> bool {
    v.is_instance(types().type_)
}

/// The name a class goes by in default reprs: `module.qualname`, without `builtins`.
pub fn qualified_display(ty: &'static Type) -> Res<String> {
    let module = module_of(ty)?;
    let name = str::display(&ty.qualname.value());
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

// --- calling a class ---------------------------------------------------------------------------------------------

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

// --- making a class ----------------------------------------------------------------------------------------------

/// The class whose instances' layout `ty`'s instances share up to attributes: the nearest that adds payload or members.
pub fn solid_base(ty: &'static Type) -> &'static Type {
    match ty.base() {
        None => ty,
        Some(base) => {
            let adds_payload = !ty.has(flag::HEAPTYPE) && ty.payload_ops().size != base.payload_ops().size;
            let adds_members = ty.members() != base.members();
            if adds_payload || adds_members { ty } else { solid_base(base) }
        }
    }
}

/// Whether instances of the two classes are laid out alike, up to attributes: they share the class that determines it, or
/// both determine it by adding the same slots to the same base.
pub fn same_layout(a: &'static Type, b: &'static Type) -> bool {
    let (a, b) = (solid_base(a), solid_base(b));
    if std::ptr::eq(a, b) {
        return true;
    }
    let same_base = matches!((a.base(), b.base()), (Some(x), Some(y)) if std::ptr::eq(x, y));
    same_base && a.has(flag::HEAPTYPE) && b.has(flag::HEAPTYPE) && descriptor::own_members(a) == descriptor::own_members(b)
}

fn best_base(bases: &[&'static Type]) -> Res<&'static Type> {
    let mut winner: Option<(&'static Type, &'static Type)> = None;
    for &base in bases {
        if !base.has(flag::BASETYPE) {
            return Err(exc::type_error(format!("type '{}' is not an acceptable base type", base.full_name())));
        }
        let candidate = solid_base(base);
        match winner {
            None => winner = Some((candidate, base)),
            Some((w, _)) if w.is_subtype(candidate) => {}
            Some((w, _)) if candidate.is_subtype(w) => winner = Some((candidate, base)),
            Some(_) => return Err(exc::type_error("multiple bases have instance lay-out conflict")),
        }
    }
    winner.map(|(_, b)| b).ok_or_else(|| exc::type_error("a class needs at least one base"))
}

/// The most derived metaclass among `meta` and the bases' classes.
pub fn calculate_metaclass(meta: &'static Type, bases: &[Value]) -> Res<&'static Type> {
    let mut winner = meta;
    for b in bases {
        let t = b.class();
        if winner.is_subtype(t) {
            continue;
        }
        if t.is_subtype(winner) {
            winner = t;
            continue;
        }
        return Err(exc::type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// The C3 linearisation of a class with the given bases, without the class itself.
fn mro_tail(bases: &[&'static Type]) -> Res<Vec<&'static Type>> {
    if let [only] = bases {
        return Ok(only.mro().to_vec());
    }
    for (i, b) in bases.iter().enumerate() {
        if bases[..i].iter().any(|a| std::ptr::eq(*a, *b)) {
            return Err(exc::type_error(format!("duplicate base class {}", b.name())));
        }
    }
    let mut sequences: Vec<Vec<&'static Type>> = bases.iter().map(|b| b.mro().to_vec()).collect();
    sequences.push(bases.to_vec());
    let mut result: Vec<&'static Type> = Vec::new();
    loop {
        sequences.retain(|s| !s.is_empty());
        if sequences.is_empty() {
            return Ok(result);
        }
        let next = sequences.iter().map(|s| s[0]).find(|c| !sequences.iter().any(|s| s[1..].iter().any(|x| std::ptr::eq(*x, *c))));
        let Some(c) = next else {
            let mut heads: Vec<String> = Vec::new();
            for s in &sequences {
                let n = s[0].name();
                if !heads.contains(&n) {
                    heads.push(n);
                }
            }
            return Err(exc::type_error(format!(
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                heads.join(", ")
            )));
        };
        result.push(c);
        for s in &mut sequences {
            if std::ptr::eq(s[0], c) {
                s.remove(0);
            }
        }
    }
}

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
    ty.mro_tuple.set(tuple::from_vec(ty.mro().iter().map(|t| t.value()).collect()));
    ty.dict.set(namespace.clone());
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

fn type_new(meta: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
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

fn type_init(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let n = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    if n != 1 && n != 3 {
        return Err(exc::type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(())
}

// --- attributes of classes ---------------------------------------------------------------------------------------

/// `type.__getattribute__`.
pub fn type_getattr(v: &Value, name: &Value) -> Res {
    let (class, meta) = (of(v), v.class());
    let on_meta = meta.lookup(name);
    if let Some(d) = &on_meta {
        let slots = d.class().slots();
        if let (Some(get), Some(_)) = (slots.descr_get, slots.descr_set) {
            return get(d, Some(v), Some(&meta.value()));
        }
    }
    if let Some(x) = class.lookup(name) {
        return match x.class().slots().descr_get {
            Some(get) => get(&x, None, Some(v)),
            None => Ok(x),
        };
    }
    match on_meta {
        Some(d) => match d.class().slots().descr_get {
            Some(get) => get(&d, Some(v), Some(&meta.value())),
            None => Ok(d),
        },
        None => Err(attr::no_attribute(v, name)),
    }
}

/// `type.__setattr__` and `type.__delattr__`.
pub fn type_setattr(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    let ty = of(v);
    if ty.has(flag::IMMUTABLE) {
        return Err(exc::type_error(format!("cannot set '{}' attribute of immutable type '{}'", str::display(name), ty.full_name())));
    }
    if let Some(d) = v.class().lookup(name)
        && let Some(set) = d.class().slots().descr_set
    {
        let r = set(&d, v, value);
        ty.modified();
        return r;
    }
    let namespace = ty.namespace();
    let name = str::intern_value(str::exact(name));
    match value {
        Some(x) => {
            let old = dict::get_str(&namespace, &name);
            dict::set_str(&namespace, &name, x.clone());
            ty.modified();
            drop(old);
        }
        None => {
            let old = dict::get_str(&namespace, &name);
            if !dict::del_str(&namespace, &name) {
                return Err(attr::no_attribute(v, &name));
            }
            ty.modified();
            drop(old);
        }
    }
    slotdefs::name_changed(ty, &name);
    Ok(())
}

fn check_settable(v: &Value, value: Option<&Value>, name: &str) -> Res<()> {
    if !of(v).has(flag::HEAPTYPE) {
        return Err(exc::type_error(format!("cannot set '{name}' attribute of immutable type '{}'", of(v).full_name())));
    }
    if value.is_none() {
        return Err(exc::type_error(format!("cannot delete '{name}' attribute of type '{}'", of(v).name())));
    }
    Ok(())
}

/// A class's name has a UTF-8 form without zeros in it.
fn check_name(name: &Value) -> Res<()> {
    match str::as_utf8(name)?.contains('\0') {
        true => Err(exc::value_error("type name must not contain null characters")),
        false => Ok(()),
    }
}

fn set_name(v: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, "__name__")?;
    let Some(x) = value else { return Ok(()) };
    if !str::is_str(x) {
        return Err(exc::type_error(format!("can only assign string to {}.__name__, not '{}'", of(v).name(), x.class().full_name())));
    }
    check_name(x)?;
    of(v).name_field.set(x.clone());
    Ok(())
}

fn set_qualname(v: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, "__qualname__")?;
    let Some(x) = value else { return Ok(()) };
    if !str::is_str(x) {
        return Err(exc::type_error(format!("can only assign string to {}.__qualname__, not '{}'", of(v).name(), x.class().full_name())));
    }
    of(v).qualname.set(x.clone());
    Ok(())
}

fn get_module(v: &Value) -> Res {
    match module_of(of(v))? {
        Some(m) => Ok(m),
        None => Err(exc::attribute_error("__module__")),
    }
}

fn set_in_namespace(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, &str::display(name))?;
    if let Some(x) = value {
        dict::set_str(&of(v).namespace(), name, x.clone());
        of(v).modified();
    }
    Ok(())
}

fn set_module(v: &Value, value: Option<&Value>) -> Res<()> {
    set_in_namespace(v, &names().__module__, value)
}

fn get_doc(v: &Value) -> Res {
    // In the namespace of a native class there may be a descriptor for the `__doc__` of instances.
    let (_, own) = build::split_doc(of(v).doc);
    if !own.is_empty() {
        return Ok(str::new(own));
    }
    let Some(d) = dict::get_str(&of(v).namespace(), &names().__doc__) else { return Ok(Value::NONE) };
    match d.class().slots().descr_get {
        Some(get) => get(&d, None, Some(v)),
        None => Ok(d),
    }
}

fn set_doc(v: &Value, value: Option<&Value>) -> Res<()> {
    set_in_namespace(v, &names().__doc__, value)
}

fn set_bases(v: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, "__bases__")?;
    let Some(x) = value else { return Ok(()) };
    if !x.is_instance(types().tuple) {
        return Err(exc::type_error(format!("can only assign tuple to {}.__bases__, not {}", of(v).name(), x.class().full_name())));
    }
    if tuple::items(x).is_empty() {
        return Err(exc::type_error(format!("can only assign non-empty tuple to {}.__bases__, not ()", of(v).name())));
    }
    for b in tuple::items(x) {
        if !is_type(b) {
            return Err(exc::type_error(format!("{}.__bases__ must be tuple of classes, not '{}'", of(v).name(), b.class().full_name())));
        }
        if of(b).is_subtype(of(v)) {
            return Err(exc::type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let bases: Vec<&'static Type> = tuple::items(x).iter().map(of).collect();
    let base = best_base(&bases)?;
    let ty = of(v);
    if !std::ptr::eq(solid_base(base), solid_base(ty.base().unwrap_or(types().object)))
        || base.has_dict() != ty.base().is_some_and(|b| b.has_dict()) && !ty.has_dict()
    {
        return Err(exc::type_error(format!(
            "__bases__ assignment: '{}' object layout differs from '{}'",
            base.name(),
            ty.base().map_or(String::new(), Type::name)
        )));
    }
    build::set_bases(ty, base, &bases);
    update_mro_tree(ty)
}

fn update_mro_tree(ty: &'static Type) -> Res<()> {
    let bases: Vec<&'static Type> = tuple::items(&ty.bases.value()).iter().map(of).collect();
    let mro = std::iter::once(ty).chain(mro_tail(&bases)?).collect();
    build::set_mro(ty, mro);
    slotdefs::fix_slots(ty);
    for sub in ty.subclasses() {
        update_mro_tree(of(&sub))?;
    }
    Ok(())
}

fn abstract_methods(v: &Value) -> Res {
    let key = str::intern("__abstractmethods__");
    match dict::get_str(&of(v).namespace(), &key) {
        Some(x) if !v.is(&types().type_.value()) => Ok(x),
        _ => Err(exc::attribute_error("__abstractmethods__")),
    }
}

fn set_abstract_methods(v: &Value, value: Option<&Value>) -> Res<()> {
    let key = str::intern("__abstractmethods__");
    let ty = of(v);
    match value {
        Some(x) => {
            let any = protocol::is_true(x)?;
            dict::set_str(&ty.namespace(), &key, x.clone());
            ty.set_flags(flag::IS_ABSTRACT, any);
        }
        None => {
            if !dict::del_str(&ty.namespace(), &key) {
                return Err(exc::attribute_error("__abstractmethods__"));
            }
            ty.set_flags(flag::IS_ABSTRACT, false);
        }
    }
    ty.modified();
    Ok(())
}

fn get_annotate(v: &Value) -> Res {
    let ns = of(v).namespace();
    if !of(v).has(flag::HEAPTYPE) {
        return Err(exc::attribute_error(format!("type object '{}' has no attribute '__annotate__'", of(v).name())));
    }
    match dict::get_str(&ns, &names().__annotate_func__).or_else(|| dict::get_str(&ns, &names().__annotate__)) {
        Some(f) => match f.class().slots().descr_get {
            Some(get) => get(&f, None, Some(v)),
            None => Ok(f),
        },
        None => {
            dict::set_str(&ns, &names().__annotate_func__, Value::NONE);
            Ok(Value::NONE)
        }
    }
}

fn set_annotate(v: &Value, value: Option<&Value>) -> Res<()> {
    let Some(x) = value else { return Err(exc::type_error("cannot delete __annotate__ attribute")) };
    check_settable(v, value, "__annotate__")?;
    if !x.is_none() && !call::is_callable(x) {
        return Err(exc::type_error("__annotate__ must be callable or None"));
    }
    let ns = of(v).namespace();
    dict::set_str(&ns, &names().__annotate_func__, x.clone());
    dict::del_str(&ns, &names().__annotations_cache__);
    of(v).modified();
    Ok(())
}

fn get_annotations(v: &Value) -> Res {
    let ty = of(v);
    if !ty.has(flag::HEAPTYPE) {
        return Err(exc::attribute_error(format!("type object '{}' has no attribute '__annotations__'", ty.name())));
    }
    let ns = ty.namespace();
    for key in [&names().__annotations__, &names().__annotations_cache__] {
        if let Some(a) = dict::get_str(&ns, key) {
            return match a.class().slots().descr_get {
                Some(get) => get(&a, None, Some(v)),
                None => Ok(a),
            };
        }
    }
    let annotate = get_annotate(v)?;
    let made = if call::is_callable(&annotate) {
        let d = call::call1(&annotate, &Value::small_int(1))?;
        if !d.is_instance(types().dict) {
            return Err(exc::type_error(format!("__annotate__ returned non-dict of type '{}'", d.class().full_name())));
        }
        d
    } else {
        dict::new()
    };
    dict::set_str(&ns, &names().__annotations_cache__, made.clone());
    ty.modified();
    Ok(made)
}

fn set_annotations(v: &Value, value: Option<&Value>) -> Res<()> {
    let ty = of(v);
    if !ty.has(flag::HEAPTYPE) {
        return Err(exc::type_error(format!("cannot set '__annotations__' attribute of immutable type '{}'", ty.full_name())));
    }
    let ns = ty.namespace();
    let key =
        if dict::get_str_ref(&ns, &names().__annotations__).is_some() { &names().__annotations__ } else { &names().__annotations_cache__ };
    match value {
        Some(x) => {
            dict::set_str(&ns, key, x.clone());
            dict::del_str(&ns, &names().__annotate__);
            dict::set_str(&ns, &names().__annotate_func__, Value::NONE);
        }
        None => {
            if !dict::del_str(&ns, key) {
                return Err(exc::attribute_error("__annotations__"));
            }
        }
    }
    ty.modified();
    Ok(())
}

fn get_type_params(v: &Value) -> Res {
    Ok(dict::get_str(&of(v).namespace(), &names().__type_params__)
        .filter(|t| !v.is(&types().type_.value()) && t.is_instance(types().tuple))
        .unwrap_or_else(tuple::empty))
}

fn set_type_params(v: &Value, value: Option<&Value>) -> Res<()> {
    set_in_namespace(v, &names().__type_params__, value)
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

fn mro(a: Args) -> Res {
    let ty = of(a.at(0));
    let bases: Vec<&'static Type> = tuple::items(&ty.bases.value()).iter().map(of).collect();
    let tail = if bases.is_empty() { Vec::new() } else { mro_tail(&bases)? };
    Ok(list::from_vec(std::iter::once(ty).chain(tail).map(|t| t.value()).collect()))
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
        getset("__name__", |v| Ok(of(v).name_field.value()), set_name, ""),
        getset("__qualname__", |v| Ok(of(v).qualname.value()), set_qualname, ""),
        getset("__bases__", |v| Ok(of(v).bases.value()), set_bases, ""),
        getset("__module__", get_module, set_module, ""),
        getset("__abstractmethods__", abstract_methods, set_abstract_methods, ""),
        getter("__dict__", |v| Ok(crate::types::mappingproxy::new(of(v).namespace())), ""),
        getset("__doc__", get_doc, set_doc, ""),
        getter("__text_signature__", text_signature, ""),
        getset("__annotations__", get_annotations, set_annotations, ""),
        getset("__annotate__", get_annotate, set_annotate, ""),
        getset("__type_params__", get_type_params, set_type_params, ""),
        getter("__mro__", |v| Ok(of(v).mro_tuple.value()), ""),
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

/// Replaces bases that are not classes by what their `__mro_entries__` says.
fn resolve_bases(bases: &Value) -> Res {
    let mut changed = false;
    let mut out = Vec::new();
    for b in tuple::items(bases) {
        if is_type(b) {
            out.push(b.clone());
            continue;
        }
        match attr::getattr_opt(b, &names().__mro_entries__)? {
            None => out.push(b.clone()),
            Some(f) => {
                let entries = call::call1(&f, bases)?;
                if !entries.is_instance(types().tuple) {
                    return Err(exc::type_error("__mro_entries__ must return a tuple"));
                }
                changed = true;
                out.extend_from_slice(tuple::items(&entries));
            }
        }
    }
    Ok(if changed { tuple::from_vec(out) } else { bases.clone() })
}
