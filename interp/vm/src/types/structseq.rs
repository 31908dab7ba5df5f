//! Struct sequences: tuples whose items have names, such as `sys.version_info` and `os.stat_result`.
//!
//! The items behind the first `n_sequence` are *hidden*: they are attributes only. They lie in member slots of the
//! instance, the others are its items as a tuple.

use crate::class::build::{self, Parts, TypeSpec};
use crate::class::native::{FnDef, bind_call, def, getter, raw};
use crate::class::slots::Slots;
use crate::class::{Contents, PayloadOps, Type, flag, slotdefs};
use crate::exc;
use crate::global::Global;
use crate::protocol;
use crate::types::exceptions::base::positional;
use crate::types::text::Text;
use crate::types::{descriptor, dict, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use weft_layout::tag::{NULL, Word};

/// A field's name that marks it as one without a name.
pub const UNNAMED: &str = "unnamed field";

/// What there is to know of one struct sequence class.
struct Info {
    class: &'static Type,
    fields: &'static [(&'static str, &'static str)],
    n_sequence: usize,
}

static ALL: Global<Vec<&'static Info>> = Global::new(Vec::new());

fn info(class: &Type) -> &'static Info {
    // SAFETY: the GIL is held; entries are only ever added.
    unsafe { (*ALL.get()).iter().copied().find(|i| std::ptr::eq(i.class, class)).expect("a struct sequence class is registered") }
}

impl Info {
    fn hidden(&self) -> usize {
        self.fields.len() - self.n_sequence
    }

    fn unnamed(&self) -> usize {
        self.fields.iter().filter(|f| f.0 == UNNAMED).count()
    }

    /// Names of hidden fields and where they are among the member slots.
    fn hidden_fields(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.fields[self.n_sequence..].iter().enumerate().map(|(i, f)| (f.0, i))
    }
}

fn hidden_place(v: &Value, i: usize) -> *mut Word {
    // SAFETY: member slots come right behind the header, for a tuple's items come last.
    unsafe { v.ptr().add(8 + 8 * i).cast() }
}

fn hidden(v: &Value, i: usize) -> Value {
    // SAFETY: the place is a member slot of the instance.
    match unsafe { *hidden_place(v, i) } {
        NULL => Value::NONE,
        // SAFETY: the slot owns its value.
        w => unsafe { Value::clone_word(w) },
    }
}

/// A class of struct sequences. `name` includes the module; fields are names with doc strings, of which the first
/// `n_sequence` are items of the tuple. Python can make instances if `constructible`.
pub fn new_type(
    name: &'static str,
    doc: &'static str,
    fields: &'static [(&'static str, &'static str)],
    n_sequence: usize,
    constructible: bool,
) -> &'static Type {
    let t = types();
    let value = build::make(Parts {
        metaclass: t.type_,
        base: Some(t.tuple),
        bases: vec![t.tuple],
        mro_tail: t.tuple.mro().to_vec(),
        flags: flag::IMMUTABLE | flag::READY | flag::HAVE_GC | if constructible { 0 } else { flag::DISALLOW_INSTANTIATION },
        slots: own_slots(constructible),
        payload: *t.tuple.payload_ops(),
        new_members: fields.len() - n_sequence,
        has_dict: false,
        has_weakrefs: false,
        inline: 0,
        full_name: name,
        doc,
    });
    value.make_immortal();
    let class = build::of(&value);
    let record: &'static Info = Box::leak(Box::new(Info { class, fields, n_sequence }));
    class.set_contents(record);
    // SAFETY: the GIL is held.
    unsafe { (*ALL.get()).push(record) };
    build::inherit(class);
    if !constructible {
        class.update_slots(|s| s.new = None);
    }
    class
}

/// What such a class does itself.
const fn own_slots(constructible: bool) -> Slots {
    Slots { new: if constructible { Some(construct) } else { None }, repr: Some(repr), ..Slots::NONE }
}

impl Contents for Info {
    fn fill(&self, class: &'static Type, namespace: &Value) {
        slotdefs::add_wrappers(class, &own_slots(!class.has(flag::DISALLOW_INSTANTIATION)), namespace);
        let set = |name: &str, value: Value| dict::set_str(namespace, &str::intern(name), value);
        for method in METHODS {
            set(method.name, descriptor::new_method(class, method));
        }
        for (i, (name, doc)) in self.fields.iter().enumerate() {
            if *name != UNNAMED {
                set(name, new_object(StructField { owner: class, name, doc, index: i }));
            }
        }
        set("__doc__", str::new(class.doc));
        set("n_sequence_fields", Value::usize(self.n_sequence));
        set("n_fields", Value::usize(self.fields.len()));
        set("n_unnamed_fields", Value::usize(self.unnamed()));
        let named = self.fields[..self.n_sequence].iter().filter(|f| f.0 != UNNAMED);
        set("__match_args__", tuple::from_vec(named.map(|f| str::intern(f.0)).collect()));
    }
}

/// An instance of a class made by [`new_type`], of the values of all its fields. Hidden ones may be left off.
pub fn new(class: &'static Type, mut values: Vec<Value>) -> Value {
    let info = info(class);
    let extra = values.split_off(info.n_sequence.min(values.len()));
    let v = tuple::new_of(class, &values);
    for (i, x) in extra.into_iter().enumerate().take(info.hidden()) {
        // SAFETY: the place is a member slot of the new instance, which is empty.
        unsafe { *hidden_place(&v, i) = x.into_word() };
    }
    v
}

fn construct(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let info = info(class);
    bind_call("structseq", "(sequence, dict={})", args, kwnames, |a| {
        let name = class.full_name();
        let given = a.opt(1).filter(|d| !d.is_none());
        if a.at(0).class().slots().get_item.is_none() && a.at(0).class().slots().iter.is_none() {
            return Err(exc::type_error("constructor requires a sequence"));
        }
        let Some(mut values) = exc::catch(protocol::iter::collect(a.at(0)), types().type_error)? else {
            return Err(exc::type_error("constructor requires a sequence"));
        };
        if let Some(d) = given
            && !d.is_instance(types().dict)
        {
            return Err(exc::type_error(format!("{name}() takes a dict as second arg, if any")));
        }
        let (min, max, n) = (info.n_sequence, info.fields.len(), values.len());
        if min != max {
            if n < min {
                return Err(exc::type_error(format!("{name}() takes an at least {min}-sequence ({n}-sequence given)")));
            }
            if n > max {
                return Err(exc::type_error(format!("{name}() takes an at most {max}-sequence ({n}-sequence given)")));
            }
        } else if n != min {
            return Err(exc::type_error(format!("{name}() takes a {min}-sequence ({n}-sequence given)")));
        }
        let mut used = 0;
        for (field, _) in info.fields[n..].iter() {
            let found = given.and_then(|d| dict::get_str(d, &str::intern(field)));
            used += usize::from(found.is_some());
            values.push(found.unwrap_or(Value::NONE));
        }
        if given.is_some_and(|d| dict::len(d) > used) {
            return Err(exc::type_error(format!("{name}() got duplicate or unexpected field name(s)")));
        }
        Ok(new(class, values))
    })
}

fn repr(v: &Value) -> Res {
    let info = info(v.class());
    let mut text = Text::new().add(info.class.native_name()).add("(");
    for (i, (item, field)) in tuple::items(v).iter().zip(info.fields.iter().filter(|f| f.0 != UNNAMED)).enumerate() {
        if i > 0 {
            text = text.add(", ");
        }
        text = text.add(field.0).add("=").repr(item)?;
    }
    Ok(text.add(")").finish())
}

fn reduce(v: &Value) -> Res {
    let info = info(v.class());
    let extra = dict::new();
    for (name, i) in info.hidden_fields() {
        dict::set_str(&extra, &str::intern(name), hidden(v, i));
    }
    let parts = vec![tuple::from_slice(tuple::items(v)), extra];
    Ok(tuple::from_vec(vec![v.class().value(), tuple::from_vec(parts)]))
}

fn replace(args: &[Value], kwnames: Option<&Value>) -> Res {
    let [v] = positional(args, kwnames) else { return Err(exc::type_error("__replace__() takes no positional arguments")) };
    let info = info(v.class());
    if info.unnamed() > 0 {
        let name = info.class.full_name();
        return Err(exc::type_error(format!("__replace__() is not supported for {name} because it has unnamed field(s)")));
    }
    let mut values = tuple::items(v).to_vec();
    values.extend(info.hidden_fields().map(|(_, i)| hidden(v, i)));
    let mut unknown = Vec::new();
    for (name, x) in kwnames.map_or(&[][..], tuple::items).iter().zip(&args[1..]) {
        match info.fields.iter().position(|f| f.0 == str::display(name)) {
            Some(i) => values[i] = x.clone(),
            None => unknown.push(name.clone()),
        }
    }
    if !unknown.is_empty() {
        let all = protocol::repr_string(&crate::types::list::from_vec(unknown))?;
        return Err(exc::type_error(format!("Got unexpected field name(s): {all}")));
    }
    Ok(new(info.class, values))
}

static METHODS: &[FnDef] = &[
    def("__reduce__", "($self, /)", |a| reduce(a.at(0)), ""),
    raw("__replace__", "($self, /, **changes)", replace, "Return a copy of the structure with new values for the specified fields."),
];

/// The descriptor of one field.
pub struct StructField {
    owner: &'static Type,
    name: &'static str,
    doc: &'static str,
    index: usize,
}

// SAFETY: instances of the class hold a StructField.
unsafe impl Payload for StructField {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().struct_field
    }
}

fn field(v: &Value) -> &StructField {
    // SAFETY: slots and attributes of the class get its instances.
    unsafe { v.payload() }
}

fn field_get(d: &Value, obj: Option<&Value>, _: Option<&Value>) -> Res {
    let (f, Some(v)) = (field(d), obj) else { return Ok(d.clone()) };
    if !v.is_instance(f.owner) {
        let text =
            format!("descriptor '{}' for '{}' objects doesn't apply to a '{}' object", f.name, f.owner.full_name(), v.class().full_name());
        return Err(exc::type_error(text));
    }
    let items = tuple::items(v);
    Ok(match items.get(f.index) {
        Some(item) => item.clone(),
        None => hidden(v, f.index - items.len()),
    })
}

/// The class of fields' descriptors.
pub static FIELD_SPEC: TypeSpec = TypeSpec {
    name: "member_descriptor",
    payload: PayloadOps::of::<StructField>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| Ok(str::from_string(format!("<member '{}' of '{}' objects>", field(v).name, field(v).owner.full_name())))),
        descr_get: Some(field_get),
        descr_set: Some(|_, _, _| Err(exc::attribute_error("readonly attribute"))),
        ..Slots::NONE
    },
    getsets: &[
        getter("__doc__", |v| Ok(if field(v).doc.is_empty() { Value::NONE } else { str::new(field(v).doc) }), ""),
        getter("__name__", |v| Ok(str::intern(field(v).name)), ""),
        getter("__qualname__", |v| Ok(str::from_string(format!("{}.{}", field(v).owner.name(), field(v).name))), ""),
        getter("__objclass__", |v| Ok(field(v).owner.value()), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// A struct sequence class that is made when it is first needed.
pub struct LazyType {
    made: Global<Option<&'static Type>>,
    make: fn() -> &'static Type,
}

impl LazyType {
    /// A class that `make` makes.
    pub const fn new(make: fn() -> &'static Type) -> LazyType {
        LazyType { made: Global::new(None), make }
    }

    /// The class.
    pub fn get(&self) -> &'static Type {
        // SAFETY: the GIL is held.
        unsafe { (*self.made.get()).get_or_insert_with(self.make) }
    }
}
