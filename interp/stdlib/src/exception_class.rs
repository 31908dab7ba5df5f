//! Exceptions that native modules add to the built-in ones: classes as a `class` statement would make them.

use weft_vm::class::{Type, build};
use weft_vm::global::Global;
use weft_vm::types::{dict, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc};

/// An exception class that is made when it is first asked for.
pub struct LazyException {
    module: &'static str,
    name: &'static str,
    bases: fn() -> Vec<&'static Type>,
    made: Global<Option<Value>>,
}

impl LazyException {
    /// A class of this name in this module, with these bases.
    pub const fn new(module: &'static str, name: &'static str, bases: fn() -> Vec<&'static Type>) -> LazyException {
        LazyException { module, name, bases, made: Global::new(None) }
    }

    /// The class.
    pub fn get(&self) -> Res<&'static Type> {
        // SAFETY: the GIL is held; the class stays once it is made.
        if let Some(class) = unsafe { (*self.made.get()).as_ref() } {
            return Ok(build::of(class));
        }
        let namespace = dict::new();
        dict::set_str(&namespace, &str::intern("__module__"), str::intern(self.module));
        let bases = tuple::from_vec((self.bases)().iter().map(|b| b.value()).collect());
        let class = call::call(&types().type_.value(), &[str::intern(self.name), bases, namespace], None)?;
        let made = build::of(&class);
        // SAFETY: as above; making the class does not come back here, so nothing is replaced. The static keeps it alive.
        class.make_immortal();
        unsafe { *self.made.get() = Some(class) };
        Ok(made)
    }

    /// Raises an instance with these arguments.
    pub fn raise(&self, args: &[Value]) -> exc::Raised {
        match self.get() {
            Ok(class) => exc::raise_args(class, args),
            Err(e) => e,
        }
    }

    /// Raises an instance with a message.
    pub fn message(&self, text: &str) -> exc::Raised {
        self.raise(&[str::new(text)])
    }
}
