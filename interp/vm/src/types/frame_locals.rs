//! `FrameLocalsProxy`: what `f_locals` of a function's frame gives, a mapping that writes through to the variables.

use super::frame_object;
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, FnDef, def, raw};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, flag};
use crate::frame::Frame;
use crate::types::{cellobject, dict, list, str, tuple};
use crate::value::{Payload, Res, Value, decref, new_object};
use crate::vm::{names, types};
use crate::{call, exc, protocol};
use weft_compiler::code::local_kind;
use weft_layout::tag::{NULL, Word};

/// The payload.
pub struct FrameLocals {
    frame: Field,
}

// SAFETY: instances of FrameLocalsProxy hold a FrameLocals.
unsafe impl Payload for FrameLocals {
    fn class() -> &'static crate::class::Type {
        types().frame_locals_proxy
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.frame.word());
    }
}

/// The proxy of a frame object.
pub fn new(frame: Value) -> Value {
    new_object(FrameLocals { frame: Field::new(frame) })
}

fn frame_value(v: &Value) -> Value {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload::<FrameLocals>() }.frame.value()
}

fn frame_of(v: &Value) -> *mut Frame {
    frame_object::frame_of(&frame_value(v))
}

/// The index of the variable with this name.
fn index_of(v: &Value, name: &Value) -> Option<usize> {
    if !str::is_str(name) {
        return None;
    }
    // SAFETY: the frame is live or owned by its object.
    let code = unsafe { &*(*frame_of(v)).code };
    (0..code.nlocalsplus()).find(|&i| code.localspluskinds[i] & local_kind::HIDDEN == 0 && str::equal(&code.localsplusnames[i], name))
}

fn extra(v: &Value, make: bool) -> Option<Value> {
    let f = frame_value(v);
    let field = &frame_object::this(&f).extra_locals;
    if make && field.peek().is_none() {
        field.set(dict::new());
    }
    field.get()
}

fn find(v: &Value, name: &Value) -> Res<Option<Value>> {
    if let Some(i) = index_of(v, name) {
        // SAFETY: the frame is live or owned by its object.
        if let Some(x) = unsafe { frame_object::local_value(frame_of(v), i) } {
            return Ok(Some(x));
        }
    }
    match extra(v, false) {
        Some(d) => dict::get(&d, name),
        None => {
            protocol::hash(name)?;
            Ok(None)
        }
    }
}

fn get_item(v: &Value, name: &Value) -> Res {
    match find(v, name)? {
        Some(x) => Ok(x),
        None => Err(exc::key_error(name)),
    }
}

fn set_item(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    let Some(i) = index_of(v, name) else {
        return match value {
            Some(x) => dict::set(&extra(v, true).expect("made on demand"), name, x),
            None => match extra(v, false) {
                Some(d) if dict::delete(&d, name)? => Ok(()),
                _ => Err(exc::key_error(name)),
            },
        };
    };
    let Some(x) = value else { return Err(exc::value_error("cannot remove local variables from FrameLocalsProxy")) };
    // SAFETY: the frame is live or owned by its object; the slot owns its value.
    unsafe {
        let frame = frame_of(v);
        let slot = Frame::locals(frame).add(i);
        if (&(*(*frame).code).parts.localspluskinds)[i] & (local_kind::CELL | local_kind::FREE) != 0
            && *slot != NULL
            && cellobject::set_if_cell(&Value::clone_word(*slot), x)
        {
            return Ok(());
        }
        decref(std::mem::replace(&mut *slot, x.clone().into_word()));
    }
    Ok(())
}

/// The variables as a dict of their own.
fn as_dict(v: &Value) -> Value {
    // SAFETY: the frame is live or owned by its object.
    let d = unsafe { frame_object::snapshot(frame_of(v)) };
    if let Some(e) = extra(v, false) {
        for (k, x) in dict::entries(&e) {
            // Keys of a dict can be hashed, and equal keys were found before.
            if let Err(e) = dict::set(&d, &k, &x) {
                exc::clear(e);
            }
        }
    }
    d
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || a.downcast::<FrameLocals>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let other = if b.downcast::<FrameLocals>().is_some() {
        if std::ptr::eq(frame_of(a), frame_of(b)) {
            return Ok(Value::bool(op == CompareOp::Eq));
        }
        as_dict(b)
    } else if b.is_instance(types().dict) {
        b.clone()
    } else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    protocol::compare(&as_dict(a), &other, op)
}

fn update(v: &Value, other: &Value) -> Res<()> {
    let d = dict::new();
    call::call_method(&d, &names().update, std::slice::from_ref(other))?;
    for (k, x) in dict::entries(&d) {
        set_item(v, &k, Some(&x))?;
    }
    Ok(())
}

fn on_dict(a: Args, method: &str) -> Res {
    call::call_method(&as_dict(a.at(0)), &str::intern(method), &[])
}

fn get(a: Args) -> Res {
    Ok(find(a.at(0), a.at(1))?.or_else(|| a.opt(2).cloned()).unwrap_or(Value::NONE))
}

fn setdefault(a: Args) -> Res {
    match find(a.at(0), a.at(1))? {
        Some(x) => Ok(x),
        None => {
            let x = a.opt(2).cloned().unwrap_or(Value::NONE);
            set_item(a.at(0), a.at(1), Some(&x))?;
            Ok(x)
        }
    }
}

fn pop(a: Args) -> Res {
    if index_of(a.at(0), a.at(1)).is_some() {
        return Err(exc::value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    let found = match extra(a.at(0), false) {
        Some(d) => dict::pop(&d, a.at(1))?,
        None => None,
    };
    match found.or_else(|| a.opt(2).cloned()) {
        Some(x) => Ok(x),
        None => Err(exc::key_error(a.at(1))),
    }
}

fn update_method(args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) || args.len() != 2 {
        return Err(exc::type_error("FrameLocalsProxy.update() takes exactly one argument"));
    }
    update(&args[0], &args[1]).map(|()| Value::NONE)
}

fn or(a: &Value, b: &Value) -> Res {
    let side = |v: &Value| {
        if v.downcast::<FrameLocals>().is_some() { Some(as_dict(v)) } else { v.is_instance(types().dict).then(|| dict::copy(v)) }
    };
    let (Some(x), Some(y)) = (side(a), side(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    dict::update(&x, &y)?;
    Ok(x)
}

fn inplace_or(a: &Value, b: &Value) -> Res {
    update(a, b)?;
    Ok(a.clone())
}

const METHODS: &[FnDef] = &[
    def("get", "($self, key, default=None, /)", get, ""),
    def("setdefault", "($self, key, default=None, /)", setdefault, ""),
    def("pop", "($self, key, default=<unrepresentable>, /)", pop, ""),
    def("keys", "($self, /)", |a| Ok(list::from_vec(dict::entries(&as_dict(a.at(0))).into_iter().map(|(k, _)| k).collect())), ""),
    def("values", "($self, /)", |a| Ok(list::from_vec(dict::entries(&as_dict(a.at(0))).into_iter().map(|(_, v)| v).collect())), ""),
    def(
        "items",
        "($self, /)",
        |a| Ok(list::from_vec(dict::entries(&as_dict(a.at(0))).into_iter().map(|(k, v)| tuple::from_vec(vec![k, v])).collect())),
        "",
    ),
    def("copy", "($self, /)", |a| Ok(as_dict(a.at(0))), ""),
    def("__reversed__", "($self, /)", |a| on_dict(a, "__reversed__"), ""),
    raw("update", "", update_method, ""),
];

/// `FrameLocalsProxy`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "FrameLocalsProxy",
    doc: "FrameLocalsProxy($frame, /)\n--\n\nCreate a write-through view of the locals dictionary for a frame.\n\n  frame\n    the frame object to wrap.",
    payload: PayloadOps::of::<FrameLocals>(),
    flags: flag::MAPPING | flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| protocol::repr_guarded(v, "{...}", || protocol::repr(&as_dict(v)))),
        compare: Some(compare),
        iter: Some(|v| protocol::iter::iter(&list::from_vec(dict::entries(&as_dict(v)).into_iter().map(|(k, _)| k).collect()))),
        len: Some(|v| Ok(dict::len(&as_dict(v)))),
        contains: Some(|v, k| find(v, k).map(|x| x.is_some())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        or: Some(or),
        inplace_or: Some(inplace_or),
        ..Slots::NONE
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};
