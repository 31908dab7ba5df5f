//! `typing.NoDefault`: says that a type parameter has no default.

use crate::class::build::TypeSpec;
use crate::class::native::def;
use crate::class::slots::Slots;
use crate::exc;
use crate::global::Global;
use crate::types::{object, str};
use crate::value::Value;
use crate::vm::types;
use weft_layout::tag::{NULL, Word};

static THE_ONE: Global<Word> = Global::new(NULL);

/// `NoDefault`.
pub fn value() -> Value {
    // SAFETY: the word is NULL or the immortal object; the GIL is held.
    unsafe {
        if *THE_ONE.get() == NULL {
            let v = object::new_bare(types().no_default_type);
            v.make_immortal();
            *THE_ONE.get() = v.into_word();
        }
        Value::clone_word(*THE_ONE.get())
    }
}

/// `NoDefaultType`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "NoDefaultType",
    doc: "NoDefaultType()\n--\n\nThe type of the NoDefault singleton.",
    slots: Slots {
        new: Some(|_, args, _| if args.is_empty() { Ok(value()) } else { Err(exc::type_error("NoDefaultType takes no arguments")) }),
        repr: Some(|_| Ok(str::intern("typing.NoDefault"))),
        ..Slots::NONE
    },
    methods: &[def("__reduce__", "($self, /)", |_| Ok(str::intern("NoDefault")), "")],
    ..TypeSpec::DEFAULT
};
