//! The encoder: from objects to JSON.

use super::string;
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{GetSetDef, NativeFn, Signature, getset};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::format::float_repr;
use weft_vm::protocol::{self, attr, iter, number, sequence};
use weft_vm::thread::check_native_stack;
use weft_vm::types::builtin_function::BuiltinFunction;
use weft_vm::types::int::text::decimal;
use weft_vm::types::str::Builder;
use weft_vm::types::{dict, float, int, list, str, tuple};
use weft_vm::value::{Payload, Raised, Res, Value, new_instance};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// `_json.make_encoder`
pub static ENCODER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_json.Encoder",
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    payload: PayloadOps::of::<Encoder>(),
    slots: Slots { new: Some(new), call: Some(call_it), ..Slots::NONE },
    getsets: &[
        member("markers", |v| Ok(this(v).markers.clone())),
        member("default", |v| Ok(this(v).default.clone())),
        member("encoder", |v| Ok(this(v).encoder.clone())),
        member("indent", |v| Ok(this(v).indent.clone())),
        member("key_separator", |v| Ok(this(v).key_separator.clone())),
        member("item_separator", |v| Ok(this(v).item_separator.clone())),
        member("sort_keys", |v| Ok(Value::bool(this(v).sort_keys))),
        member("skipkeys", |v| Ok(Value::bool(this(v).skip_keys))),
    ],
    ..TypeSpec::DEFAULT
};

const fn member(name: &'static str, get: fn(&Value) -> Res) -> GetSetDef {
    getset(name, get, sequence::read_only, name)
}

/// The payload.
struct Encoder {
    /// A dict of the containers being encoded, or None.
    markers: Value,
    default: Value,
    encoder: Value,
    /// Whether `encoder` is this module's own, and which.
    fast: Option<bool>,
    indent: Value,
    key_separator: Value,
    item_separator: Value,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
}

// SAFETY: every instance of Encoder is made with this payload.
unsafe impl Payload for Encoder {
    fn class() -> &'static Type {
        ENCODER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for v in [&self.markers, &self.default, &self.encoder, &self.indent, &self.key_separator, &self.item_separator] {
            visit(v.word());
        }
    }
}

fn this(v: &Value) -> &Encoder {
    // SAFETY: slots and attributes get instances of the class.
    unsafe { v.payload() }
}

/// Which of this module's string encoders a value is.
fn own_encoder(v: &Value) -> Option<bool> {
    let def = v.downcast_exact::<BuiltinFunction>()?.def;
    let ours = super::FUNCTIONS.iter().any(|f| std::ptr::eq(f, def)) && matches!(def.func, NativeFn::Bound(_));
    match def.name {
        "encode_basestring_ascii" if ours => Some(true),
        "encode_basestring" if ours => Some(false),
        _ => None,
    }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new(
        "make_encoder",
        "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    );
    SIGNATURE.bind(args, kwnames, |a| {
        for i in [4, 5] {
            if !str::is_str(a.at(i)) {
                return Err(exc::type_error(format!("make_encoder() argument {} must be str, not {}", i + 1, a.at(i).class().full_name())));
            }
        }
        let (sort_keys, skip_keys, allow_nan) = (protocol::is_true(a.at(6))?, protocol::is_true(a.at(7))?, protocol::is_true(a.at(8))?);
        let markers = a.at(0);
        if !markers.is_none() && !markers.is_instance(types().dict) {
            return Err(exc::type_error(format!("make_encoder() argument 1 must be dict or None, not {}", markers.class().full_name())));
        }
        let payload = Encoder {
            markers: markers.clone(),
            default: a.at(1).clone(),
            encoder: a.at(2).clone(),
            fast: own_encoder(a.at(2)),
            indent: a.at(3).clone(),
            key_separator: a.at(4).clone(),
            item_separator: a.at(5).clone(),
            sort_keys,
            skip_keys,
            allow_nan,
        };
        Ok(new_instance(build::of(class), payload))
    })
}

fn call_it(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("_iterencode", "(obj, _current_indent_level)");
    SIGNATURE.bind(args, kwnames, |a| {
        let level = number::as_isize(a.at(1))?.max(0) as usize;
        let mut e = Encoding { encoder: this(v), out: Builder::new() };
        e.value(a.at(0), level)?;
        Ok(tuple::from_array([e.out.try_finish()?]))
    })
}

/// Adds a note to an exception on its way.
fn noted(raised: Raised, note: &str) -> Raised {
    let e = exc::take(raised);
    if let Err(other) = protocol::add_note(&e, note) {
        exc::clear(other);
    }
    exc::restore(e)
}

/// A text in the making.
struct Encoding<'a> {
    encoder: &'a Encoder,
    out: Builder,
}

impl Encoding<'_> {
    fn value(&mut self, v: &Value, level: usize) -> Res<()> {
        if v.is_none() {
            self.out.push_str("null");
        } else if v.is(&Value::TRUE) {
            self.out.push_str("true");
        } else if v.is(&Value::FALSE) {
            self.out.push_str("false");
        } else if str::is_str(v) {
            self.string(v)?;
        } else if int::is_int(v) {
            let text = decimal(v)?;
            self.out.push_str(&text);
        } else if let Some(x) = float::as_f64(v) {
            let text = self.float(x)?;
            self.out.push_str(&text);
        } else if v.is_instance(types().list) || v.is_instance(types().tuple) {
            check_native_stack(" while encoding a JSON object")?;
            self.list(v, level)?;
        } else if v.is_instance(types().dict) {
            check_native_stack(" while encoding a JSON object")?;
            self.dict(v, level)?;
        } else {
            let marker = self.mark(v)?;
            let replacement = call::call1(&self.encoder.default, v)?;
            check_native_stack(" while encoding a JSON object")?;
            self.value(&replacement, level).map_err(|e| noted(e, &format!("when serializing {} object", v.class().full_name())))?;
            self.unmark(marker)?;
        }
        Ok(())
    }

    fn string(&mut self, v: &Value) -> Res<()> {
        if let Some(ascii) = self.encoder.fast {
            string::encode(str::view(v), ascii, &mut self.out);
            return Ok(());
        }
        let encoded = call::call1(&self.encoder.encoder, v)?;
        if !str::is_str(&encoded) {
            return Err(exc::type_error(format!("encoder() must return a string, not {}", encoded.class().full_name())));
        }
        self.out.push_value(&encoded);
        Ok(())
    }

    fn float(&self, x: f64) -> Res<String> {
        if x.is_finite() {
            return Ok(float_repr(x));
        }
        if !self.encoder.allow_nan {
            return Err(exc::value_error(format!("Out of range float values are not JSON compliant: {}", float_repr(x))));
        }
        Ok(if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned())
    }

    /// Notes that a container is being encoded. ValueError if it is already.
    fn mark(&self, v: &Value) -> Res<Option<Value>> {
        let markers = &self.encoder.markers;
        if markers.is_none() {
            return Ok(None);
        }
        let id = int::from_u64(v.id());
        if dict::contains(markers, &id)? {
            return Err(exc::value_error("Circular reference detected"));
        }
        dict::set(markers, &id, v)?;
        Ok(Some(id))
    }

    fn unmark(&self, marker: Option<Value>) -> Res<()> {
        match marker {
            Some(id) => dict::delete(&self.encoder.markers, &id).map(drop),
            None => Ok(()),
        }
    }

    fn new_line(&mut self, level: usize) {
        if !self.encoder.indent.is_none() {
            self.out.push_str("\n");
            for _ in 0..level {
                self.out.push_value(&self.encoder.indent);
            }
        }
    }

    fn separator(&mut self, level: usize) {
        self.out.push_value(&self.encoder.item_separator);
        self.new_line(level);
    }

    fn list(&mut self, v: &Value, level: usize) -> Res<()> {
        let items = if v.is_instance(types().tuple) { tuple::items(v).to_vec() } else { list::to_vec(v) };
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        let marker = self.mark(v)?;
        self.out.push_str("[");
        self.new_line(level + 1);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.separator(level + 1);
            }
            self.value(item, level + 1).map_err(|e| noted(e, &format!("when serializing {} item {i}", v.class().full_name())))?;
        }
        self.unmark(marker)?;
        self.new_line(level);
        self.out.push_str("]");
        Ok(())
    }

    fn dict(&mut self, v: &Value, level: usize) -> Res<()> {
        if dict::len(v) == 0 {
            self.out.push_str("{}");
            return Ok(());
        }
        let marker = self.mark(v)?;
        self.out.push_str("{");
        self.new_line(level + 1);
        let mut first = true;
        if self.encoder.sort_keys || v.downcast_exact::<dict::Dict>().is_none() {
            let items = attr::call_attr(v, &names().items, &[], None)?;
            let items = list::from_vec(iter::collect(&items)?);
            if self.encoder.sort_keys {
                list::sort(&items, None, false)?;
            }
            for item in list::to_vec(&items) {
                match item.is_instance(types().tuple).then(|| tuple::items(&item)) {
                    Some([key, value]) => self.item(v, key, value, level + 1, &mut first)?,
                    _ => return Err(exc::value_error("items must return 2-tuples")),
                }
            }
        } else {
            let mut at = 0;
            while let Some((key, value)) = dict::next(v, &mut at) {
                self.item(v, &key, &value, level + 1, &mut first)?;
            }
        }
        self.unmark(marker)?;
        self.new_line(level);
        self.out.push_str("}");
        Ok(())
    }

    fn item(&mut self, owner: &Value, key: &Value, value: &Value, level: usize, first: &mut bool) -> Res<()> {
        let name = if str::is_str(key) {
            key.clone()
        } else if let Some(x) = float::as_f64(key) {
            str::from_string(self.float(x)?)
        } else if key.is_none() {
            str::new("null")
        } else if key.is(&Value::TRUE) {
            str::new("true")
        } else if key.is(&Value::FALSE) {
            str::new("false")
        } else if int::is_int(key) {
            str::from_string(decimal(key)?)
        } else if self.encoder.skip_keys {
            return Ok(());
        } else {
            return Err(exc::type_error(format!("keys must be str, int, float, bool or None, not {}", key.class().full_name())));
        };
        if !std::mem::take(first) {
            self.separator(level);
        }
        self.string(&name)?;
        self.out.push_value(&self.encoder.key_separator);
        match self.value(value, level) {
            Ok(()) => Ok(()),
            Err(e) => {
                let e = exc::take(e);
                let shown = protocol::repr_string(key)?;
                Err(noted(exc::restore(e), &format!("when serializing {} item {shown}", owner.class().full_name())))
            }
        }
    }
}
