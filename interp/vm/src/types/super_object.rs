//! `super`: attribute lookup that begins behind a class in the method resolution order.

use crate::cell::Field;
use crate::class::build::{self, TypeSpec, of};
use crate::class::native::member;
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::frame::Frame;
use crate::global::Global;
use crate::protocol::attr;
use crate::thread::thread;
use crate::types::{cellobject, dict, str, tuple};
use crate::value::{Payload, Res, Value, decref, incref, new_instance};
use crate::vm::{names, types};
use crate::{call, exc};
use weft_compiler::code::local_kind;
use weft_layout::tag::{NULL, Word};

/// The payload.
pub struct Super {
    /// The class behind which lookup begins.
    class: Field,
    /// The object methods are bound to, if the super object is bound.
    object: Field,
    /// The class whose method resolution order counts.
    object_class: Field,
}

// SAFETY: instances of super hold a Super.
unsafe impl Payload for Super {
    fn class() -> &'static Type {
        types().super_
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.class, &self.object, &self.object_class] {
            visit(field.word());
        }
    }

    fn clear(&self) {
        for field in [&self.class, &self.object, &self.object_class] {
            drop(field.take());
        }
    }
}

fn this(v: &Value) -> &Super {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn construct(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(of(class), Super { class: Field::empty(), object: Field::empty(), object_class: Field::empty() }))
}

/// The class whose method resolution order `super(class, object)` goes by.
fn check(class: &Value, object: &Value) -> Res {
    let wanted = build::of(class);
    if object.is_instance(types().type_) && build::of(object).is_subtype(wanted) {
        return Ok(object.clone());
    }
    if object.is_instance(wanted) {
        return Ok(object.class().value());
    }
    // A proxy may claim another class.
    if let Some(claimed) = attr::getattr_opt(object, &names().__class__)?
        && claimed.is_instance(types().type_)
        && !claimed.is(&object.class().value())
        && build::of(&claimed).is_subtype(wanted)
    {
        return Ok(claimed);
    }
    let (kind, name) = if object.is_instance(types().type_) {
        ("type", build::of(object).full_name())
    } else {
        ("instance of", object.class().full_name())
    };
    let text = format!("super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).", wanted.full_name());
    Err(exc::type_error(text))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error(format!("{}() takes no keyword arguments", v.class().full_name())));
    }
    let (class, object) = match args {
        [] => {
            let (class, object) = from_frame()?;
            (class, Some(object))
        }
        [class] => (class.clone(), None),
        [class, object] => (class.clone(), Some(object.clone())),
        _ => return Err(exc::type_error(format!("super() expected at most 2 arguments, got {}", args.len()))),
    };
    if !class.is_instance(types().type_) {
        return Err(exc::type_error(format!("super() argument 1 must be a type, not {}", class.class().full_name())));
    }
    let object = object.filter(|o| !o.is_none());
    let object_class = object.as_ref().map(|o| check(&class, o)).transpose()?;
    let s = this(v);
    s.class.set(class);
    drop(s.object.replace(object));
    drop(s.object_class.replace(object_class));
    Ok(())
}

/// What `super()` without arguments means in the calling frame: its `__class__` cell and its first argument.
fn from_frame() -> Res<(Value, Value)> {
    let frame = thread().innermost_frame();
    if frame.is_null() {
        return Err(exc::runtime_error("super(): no current frame"));
    }
    // SAFETY: the frame is the running one; its locals are NULL or owned values, read one by one.
    unsafe {
        let code = &*(*frame).code;
        let locals = Frame::locals(frame);
        if code.argcount == 0 {
            return Err(exc::runtime_error("super(): no arguments"));
        }
        let mut first = match *locals {
            NULL => None,
            w => Some(Value::clone_word(w)),
        };
        let kinds = &code.localspluskinds;
        // Where the argument is a cell variable, the cell has taken its place.
        if kinds[0] & local_kind::CELL != 0 {
            first = first.and_then(|v| cellobject::get_if_cell(&v).unwrap_or(Some(v)));
        }
        let Some(first) = first else { return Err(exc::runtime_error("super(): arg[0] deleted")) };
        for (i, &kind) in kinds.iter().enumerate() {
            if kind & local_kind::FREE == 0 || !str::equal(&code.localsplusnames[i], &names().__class__) {
                continue;
            }
            let w = *locals.add(i);
            let cell = if w == NULL { None } else { Some(Value::clone_word(w)) };
            let Some(content) = cell.as_ref().and_then(cellobject::get_if_cell) else {
                return Err(exc::runtime_error("super(): bad __class__ cell"));
            };
            let Some(class) = content else { return Err(exc::runtime_error("super(): empty __class__ cell")) };
            if !class.is_instance(types().type_) {
                return Err(exc::runtime_error(format!("super(): __class__ is not a type ({})", class.class().full_name())));
            }
            return Ok((class, first));
        }
    }
    Err(exc::runtime_error("super(): __class__ cell not found"))
}

/// The attribute `name` of the classes behind `class` in the method resolution order of `start`, bound to `object`.
fn look_up(class: &Type, object: &Value, start: &'static Type, name: &Value) -> Res<Option<Value>> {
    let Some(found) = find(class, start, name) else { return Ok(None) };
    match found.class().slots().descr_get {
        Some(get) => {
            let instance = (!object.is(&start.value())).then_some(object);
            get(&found, instance, Some(&start.value())).map(Some)
        }
        None => Ok(Some(found)),
    }
}

/// Found methods, by the version of the start, the class and the name.
#[derive(Clone, Copy)]
struct Found {
    version: u32,
    class: Word,
    name: Word,
    method: Word,
}

const CACHE_SIZE: usize = 1024;
static CACHE: Global<[Found; CACHE_SIZE]> = Global::new([Found { version: 0, class: NULL, name: NULL, method: NULL }; CACHE_SIZE]);

/// The plain method `name` that `super(class, object)` finds for an instance of `start`, which is a subclass of `class`. The
/// name is interned and a constant of running code. Borrowed: good while the version of `start` stays.
pub fn method_behind(class: &'static Type, start: &'static Type, name: &Value) -> Option<Word> {
    let (version, class_word, name_word) = (start.version(), class.value_word(), name.word());
    let at = (version as usize).wrapping_mul(0x9E37) ^ (name_word as usize >> 4) ^ (class_word as usize >> 5);
    // SAFETY: the GIL is held. While the version of the start is the same, the classes of its order are alive, and what
    // they hold; the entry owns its name.
    let entry = unsafe { &mut (*CACHE.get())[at % CACHE_SIZE] };
    if entry.version == version && entry.class == class_word && entry.name == name_word {
        return Some(entry.method);
    }
    if !str::is_interned(name) || !start.is_subtype(class) {
        return None;
    }
    let found = find(class, start, name)?;
    if !found.class().has(flag::METHOD_DESCRIPTOR) {
        return None;
    }
    // SAFETY: both words are strings or NULL; dropping one runs no Python.
    unsafe {
        incref(name_word);
        decref(std::mem::replace(&mut entry.name, name_word));
    }
    (entry.version, entry.class, entry.method) = (version, class_word, found.word());
    Some(found.word())
}

/// As [`look_up`], unbound. No Python runs: names are strings.
fn find(class: &Type, start: &'static Type, name: &Value) -> Option<Value> {
    let mro = start.mro();
    let at = mro.iter().position(|&t| std::ptr::eq(t, class))?;
    mro[at + 1..].iter().find_map(|t| t.peek_namespace().and_then(|d| dict::get_str(d, name)))
}

/// `super(class, object).name`, which LOAD_SUPER_ATTR evaluates without making the super object.
pub fn super_getattr(class: &Value, object: &Value, name: &Value) -> Res {
    if !class.is_instance(types().type_) {
        return Err(exc::type_error(format!("super() argument 1 must be a type, not {}", class.class().full_name())));
    }
    let start = check(class, object)?;
    if !str::equal(name, &names().__class__)
        && let Some(found) = look_up(build::of(class), object, build::of(&start), name)?
    {
        return Ok(found);
    }
    let made = call::call(&types().super_.value(), &[class.clone(), object.clone()], None)?;
    attr::generic_getattr(&made, name)
}

/// What LOAD_SUPER_ATTR puts on the stack: `super(class, object).name`, or, for a call, a plain method and whether
/// `object` is to be passed as its first argument.
pub fn load(class: &Value, object: &Value, name: &Value, for_call: bool) -> Res<(Value, bool)> {
    if for_call && class.is_instance(types().type_) {
        let start = check(class, object)?;
        let start = build::of(&start);
        if !object.is(&start.value())
            && let Some(found) = find(build::of(class), start, name)
            && found.class().has(flag::METHOD_DESCRIPTOR)
        {
            return Ok((found, true));
        }
    }
    super_getattr(class, object, name).map(|f| (f, false))
}

fn getattr(v: &Value, name: &Value) -> Res {
    let s = this(v);
    if let (Some(start), Some(class), Some(object)) = (s.object_class.get(), s.class.get(), s.object.get())
        && !str::equal(name, &names().__class__)
        && let Some(found) = look_up(build::of(&class), &object, build::of(&start), name)?
    {
        return Ok(found);
    }
    attr::generic_getattr(v, name)
}

fn descr_get(v: &Value, object: Option<&Value>, _: Option<&Value>) -> Res {
    let s = this(v);
    let (Some(object), Some(class)) = (object.filter(|o| !o.is_none()), s.class.get()) else { return Ok(v.clone()) };
    if s.object.peek().is_some() {
        return Ok(v.clone());
    }
    call::call(&v.class().value(), &[class, object.clone()], None)
}

fn repr(v: &Value) -> Res {
    let s = this(v);
    let class = s.class.get().map_or("NULL".to_owned(), |c| build::of(&c).full_name());
    Ok(str::from_string(match s.object_class.get() {
        Some(c) => format!("<super: <class '{class}'>, <{} object>>", build::of(&c).full_name()),
        None => format!("<super: <class '{class}'>, NULL>"),
    }))
}

/// `super`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "super",
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires\n    issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n",
    payload: PayloadOps::of::<Super>(),
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(construct),
        init: Some(init),
        repr: Some(repr),
        getattr: Some(getattr),
        descr_get: Some(descr_get),
        ..Slots::NONE
    },
    getsets: &[
        member("__thisclass__", |v| Ok(this(v).class.get().unwrap_or(Value::NONE)), "the class invoking super()"),
        member("__self__", |v| Ok(this(v).object.get().unwrap_or(Value::NONE)), "the instance invoking super(); may be None"),
        member(
            "__self_class__",
            |v| Ok(this(v).object_class.get().unwrap_or(Value::NONE)),
            "the type of the instance invoking super(); may be None",
        ),
    ],
    ..TypeSpec::DEFAULT
};

/// Visits the names that the cache keeps alive, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(Word)) {
    // SAFETY: the GIL is held.
    unsafe { (*CACHE.get()).iter().for_each(|entry| visit(entry.name)) };
}
