//! `string.templatelib`: what t-strings make (PEP 750).

use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{bind_call, class_def, def, getter, member};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::attr;
use crate::types::text::Text;
use crate::types::{dict, generic_alias, str, tuple};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of `Template`: strings and the interpolations between them, one fewer.
pub struct Template {
    strings: Field,
    interpolations: Field,
}

/// The payload of `Interpolation`.
pub struct Interpolation {
    value: Field,
    expression: Field,
    conversion: Field,
    format_spec: Field,
}

/// The payload of the iterator over a template.
pub struct TemplateIter {
    strings: Field,
    interpolations: Field,
    /// Twice the index of the next string, plus one if the interpolation behind it is next.
    at: Cell<usize>,
}

// SAFETY: instances of string.templatelib.Template hold a Template.
unsafe impl Payload for Template {
    fn class() -> &'static Type {
        types().template
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.strings.word());
        visit(self.interpolations.word());
    }
}

// SAFETY: instances of string.templatelib.Interpolation hold an Interpolation.
unsafe impl Payload for Interpolation {
    fn class() -> &'static Type {
        types().interpolation
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.value, &self.expression, &self.conversion, &self.format_spec] {
            visit(field.word());
        }
    }
}

// SAFETY: instances of string.templatelib.TemplateIter hold a TemplateIter.
unsafe impl Payload for TemplateIter {
    fn class() -> &'static Type {
        types().template_iter
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.strings.word());
        visit(self.interpolations.word());
    }
}

fn this(v: &Value) -> &Template {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn interpolation(v: &Value) -> &Interpolation {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

/// BUILD_TEMPLATE: a template of a tuple of strings and a tuple of interpolations.
pub fn build(strings: Value, interpolations: Value) -> Value {
    new_object(Template { strings: Field::new(strings), interpolations: Field::new(interpolations) })
}

/// BUILD_INTERPOLATION: an interpolation of `value`. The conversion is `s`, `r`, `a` or None.
pub fn new_interpolation(value: Value, expression: Value, conversion: Value, format_spec: Value) -> Value {
    new_object(Interpolation {
        value: Field::new(value),
        expression: Field::new(expression),
        conversion: Field::new(conversion),
        format_spec: Field::new(format_spec),
    })
}

fn construct(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("Template.__new__ only accepts *args arguments"));
    }
    let mut strings: Vec<Value> = Vec::new();
    let mut interpolations = Vec::new();
    let mut after_string = false;
    for arg in args {
        if str::is_str(arg) {
            match strings.last_mut().filter(|_| after_string) {
                Some(last) => *last = str::concat(last, arg)?,
                None => strings.push(arg.clone()),
            }
            after_string = true;
        } else if std::ptr::eq(arg.class(), types().interpolation) {
            if !after_string {
                strings.push(str::new(""));
            }
            interpolations.push(arg.clone());
            after_string = false;
        } else {
            let got = arg.class().full_name();
            return Err(exc::type_error(format!("Template.__new__ *args need to be of type 'str' or 'Interpolation', got {got}")));
        }
    }
    if !after_string {
        strings.push(str::new(""));
    }
    let payload = Template { strings: Field::new(tuple::from_vec(strings)), interpolations: Field::new(tuple::from_vec(interpolations)) };
    Ok(new_instance(of(class), payload))
}

fn repr(v: &Value) -> Res {
    let t = this(v);
    let text = Text::new().add("Template(strings=").repr(&t.strings.value())?;
    Ok(text.add(", interpolations=").repr(&t.interpolations.value())?.add(")").finish())
}

fn iterate(v: &Value) -> Res {
    let t = this(v);
    Ok(new_object(TemplateIter {
        strings: Field::new(t.strings.value()),
        interpolations: Field::new(t.interpolations.value()),
        at: Cell::new(0),
    }))
}

/// Empty strings are left out.
fn next(v: &Value) -> Res<Option<Value>> {
    // SAFETY: the slot gets instances of its class.
    let it = unsafe { v.payload::<TemplateIter>() };
    let (strings, interpolations) = (it.strings.value(), it.interpolations.value());
    loop {
        let at = it.at.get();
        let found = if at % 2 == 0 { tuple::items(&strings).get(at / 2) } else { tuple::items(&interpolations).get(at / 2) };
        let Some(found) = found else { return Ok(None) };
        it.at.set(at + 1);
        if at % 2 == 1 || str::len(found) > 0 {
            return Ok(Some(found.clone()));
        }
    }
}

fn concat(a: &Value, b: &Value) -> Res {
    let (Some(x), Some(y)) = (a.downcast::<Template>(), b.downcast::<Template>()) else {
        let got = b.class().full_name();
        return Err(exc::type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{got}\") to string.templatelib.Template"
        )));
    };
    let mut strings = tuple::items(&x.strings.value()).to_vec();
    let others = y.strings.value();
    if let ([first, rest @ ..], Some(last)) = (tuple::items(&others), strings.last_mut()) {
        *last = str::concat(last, first)?;
        strings.extend_from_slice(rest);
    }
    let mut interpolations = tuple::items(&x.interpolations.value()).to_vec();
    interpolations.extend_from_slice(tuple::items(&y.interpolations.value()));
    Ok(build(tuple::from_vec(strings), tuple::from_vec(interpolations)))
}

fn reduce(v: &Value) -> Res {
    let module = crate::eval::import::import_module("string.templatelib")?;
    let unpickle = attr::getattr(&module, &str::intern("_template_unpickle"))?;
    let parts = tuple::from_vec(vec![this(v).strings.value(), this(v).interpolations.value()]);
    Ok(tuple::from_vec(vec![unpickle, parts]))
}

fn values(v: &Value) -> Res {
    let all = this(v).interpolations.value();
    Ok(tuple::from_vec(tuple::items(&all).iter().map(|i| interpolation(i).value.value()).collect()))
}

/// `string.templatelib.Template`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.Template",
    doc: "Template object",
    payload: PayloadOps::of::<Template>(),
    slots: Slots { new: Some(construct), repr: Some(repr), iter: Some(iterate), concat: Some(concat), ..Slots::NONE },
    methods: &[
        def("__reduce__", "($self, /)", |a| reduce(a.at(0)), ""),
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
    ],
    getsets: &[
        member("strings", |v| Ok(this(v).strings.value()), "Strings"),
        member("interpolations", |v| Ok(this(v).interpolations.value()), "Interpolations"),
        getter("values", values, "Values of interpolations"),
    ],
    ..TypeSpec::DEFAULT
};

/// `string.templatelib.TemplateIter`.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.TemplateIter",
    doc: "Template iterator object",
    payload: PayloadOps::of::<TemplateIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

fn checked_conversion(v: Option<&Value>) -> Res {
    let Some(v) = v.filter(|v| !v.is_none()) else { return Ok(Value::NONE) };
    if !str::is_str(v) {
        return Err(exc::type_error(format!("Interpolation() argument 'conversion' must be str, not {}", v.class().full_name())));
    }
    if !matches!(str::display(v).as_str(), "s" | "a" | "r") {
        return Err(exc::value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"));
    }
    Ok(v.clone())
}

fn checked_str(v: Option<&Value>, what: &str) -> Res {
    match v {
        None => Ok(str::new("")),
        Some(v) if str::is_str(v) => Ok(v.clone()),
        Some(v) => Err(exc::type_error(format!("Interpolation() argument '{what}' must be str, not {}", v.class().full_name()))),
    }
}

fn construct_interpolation(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("Interpolation", "(value, expression='', conversion=None, format_spec='')", args, kwnames, |a| {
        let payload = Interpolation {
            value: Field::new(a.at(0).clone()),
            expression: Field::new(checked_str(a.opt(1), "expression")?),
            conversion: Field::new(checked_conversion(a.opt(2))?),
            format_spec: Field::new(checked_str(a.opt(3), "format_spec")?),
        };
        Ok(new_instance(of(class), payload))
    })
}

fn fields(v: &Value) -> [Value; 4] {
    let i = interpolation(v);
    [i.value.value(), i.expression.value(), i.conversion.value(), i.format_spec.value()]
}

fn interpolation_repr(v: &Value) -> Res {
    let mut text = Text::new().add("Interpolation(");
    for (n, field) in fields(v).iter().enumerate() {
        if n > 0 {
            text = text.add(", ");
        }
        text = text.repr(field)?;
    }
    Ok(text.add(")").finish())
}

/// `string.templatelib.Interpolation`.
pub static INTERPOLATION_SPEC: TypeSpec = TypeSpec {
    name: "string.templatelib.Interpolation",
    finish: add_match_args,
    doc: "Interpolation object",
    payload: PayloadOps::of::<Interpolation>(),
    slots: Slots { new: Some(construct_interpolation), repr: Some(interpolation_repr), ..Slots::NONE },
    methods: &[
        def(
            "__reduce__",
            "($self, /)",
            |a| Ok(tuple::from_vec(vec![a.at(0).class().value(), tuple::from_vec(fields(a.at(0)).to_vec())])),
            "",
        ),
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
    ],
    getsets: &[
        member("value", |v| Ok(interpolation(v).value.value()), "Value"),
        member("expression", |v| Ok(interpolation(v).expression.value()), "Expression"),
        member("conversion", |v| Ok(interpolation(v).conversion.value()), "Conversion"),
        member("format_spec", |v| Ok(interpolation(v).format_spec.value()), "Format specifier"),
    ],
    ..TypeSpec::DEFAULT
};

fn add_match_args(namespace: &Value) {
    let fields = ["value", "expression", "conversion", "format_spec"].map(str::intern);
    dict::set_str(namespace, &str::intern("__match_args__"), tuple::from_slice(&fields));
}
