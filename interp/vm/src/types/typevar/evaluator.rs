//! The evaluator of a value that is known already: what `evaluate_bound` and its like are where no function computes it.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::number;
use crate::types::exceptions::base::{no_keywords_for, positional};
use crate::types::generic_alias::type_repr;
use crate::types::text::Text;
use crate::types::tuple;
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use weft_layout::tag::Word;

/// `annotationlib.Format.STRING`.
const FORMAT_STRING: i64 = 4;

/// The payload.
pub struct ConstEvaluator {
    value: Field,
}

// SAFETY: instances of _typing._ConstEvaluator hold a ConstEvaluator.
unsafe impl Payload for ConstEvaluator {
    fn class() -> &'static Type {
        types().const_evaluator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.value.word());
    }
}

/// An evaluator of `value`.
pub fn new(value: Value) -> Value {
    new_object(ConstEvaluator { value: Field::new(value) })
}

fn value(v: &Value) -> Value {
    // SAFETY: slots of the class get its instances.
    unsafe { v.payload::<ConstEvaluator>() }.value.value()
}

fn call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    no_keywords_for("constevaluator.__call__", kwnames)?;
    let [format] = positional(args, kwnames) else {
        return Err(exc::type_error(format!("constevaluator.__call__() takes exactly 1 argument ({} given)", args.len())));
    };
    let value = value(v);
    if number::as_isize(format)? as i64 != FORMAT_STRING {
        return Ok(value);
    }
    if !value.is_instance(types().tuple) {
        return Ok(type_repr(Text::new(), &value)?.finish());
    }
    let mut text = Text::new().add("(");
    for (i, item) in tuple::items(&value).iter().enumerate() {
        if i > 0 {
            text = text.add(", ");
        }
        text = type_repr(text, item)?;
    }
    Ok(text.add(")").finish())
}

/// `_typing._ConstEvaluator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "_typing._ConstEvaluator",
    doc: "_ConstEvaluator()\n--\n\nInternal type for implementing evaluation functions.",
    payload: PayloadOps::of::<ConstEvaluator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| Ok(Text::new().add("<constevaluator ").repr(&value(v))?.add(">").finish())),
        call: Some(call),
        ..Slots::NONE
    },
    ..TypeSpec::DEFAULT
};
