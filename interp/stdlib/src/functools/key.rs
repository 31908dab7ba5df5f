//! `cmp_to_key`: keys that compare by a function.

use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, Signature, getset};
use weft_vm::class::slots::{CompareOp, Slots};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::{call, exc, protocol};

static KEY: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "functools.KeyWrapper",
    payload: PayloadOps::of::<Key>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { call: Some(call_key), compare: Some(compare), ..Slots::NONE },
    getsets: &[getset(
        "obj",
        |v| Ok(this(v).object.get().unwrap_or(Value::NONE)),
        |v, x| {
            drop(this(v).object.replace(x.cloned()));
            Ok(())
        },
        "Value wrapped by a key function.",
    )],
    ..TypeSpec::DEFAULT
};

/// The payload: the comparison function, and the wrapped object. What `cmp_to_key` returns wraps none.
struct Key {
    function: Field,
    object: Field,
}

// SAFETY: every instance of KeyWrapper is made with a Key payload.
unsafe impl Payload for Key {
    fn class() -> &'static Type {
        KEY.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.function.word());
        visit(self.object.word());
    }

    fn clear(&self) {
        drop(self.object.take());
    }
}

fn this(v: &Value) -> &Key {
    // SAFETY: slots and attributes get instances of the class.
    unsafe { v.payload() }
}

/// `functools.cmp_to_key`
pub fn cmp_to_key(a: Args) -> Res {
    Ok(new_object(Key { function: Field::new(a.at(0).clone()), object: Field::empty() }))
}

fn call_key(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("K", "(obj)");
    SIGNATURE.bind(args, kwnames, |a| {
        Ok(new_object(Key { function: Field::new(this(v).function.value()), object: Field::new(a.at(0).clone()) }))
    })
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast_exact::<Key>(), b.downcast_exact::<Key>()) else {
        return Err(exc::type_error("other argument must be K instance"));
    };
    let (Some(p), Some(q)) = (x.object.get(), y.object.get()) else {
        return Err(exc::attribute_error("object"));
    };
    let order = call::call(&x.function.value(), &[p, q], None)?;
    protocol::compare(&order, &Value::small_int(0), op)
}
