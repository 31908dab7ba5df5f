//! Watchers: what compiled code and caches rely on is told here when it changes.
//!
//! - [`watch_dict`] marks a dict (a module's globals, the builtins). From then on every insertion, replacement and
//!   deletion calls the hook's `dict` *before* it takes effect, with the key, or with `None` if the dict as a whole
//!   changes. The mark stays until [`unwatch_dict`]. An unwatched dict pays one test of a bit per change.
//! - [`watch_class`] marks a class. The next time it or one of its bases changes (a namespace entry, `__bases__`, the
//!   MRO, a flag) the hook's `class` is called, once, *after* the change and before anything of the old state is
//!   dropped; the mark is then gone. The class's version is 0 at that moment, so every cache that compares versions misses.
//! - The hook's `function` is called after every change of a function's code, defaults or names.
//!
//! Hooks run no Python and change neither dict nor class. They are set once, at start-up or when the JIT is switched on.
//!
//! For inline caches there are versions besides: [`Type::version`] names the state of a class and its bases,
//! [`dict::keys_version`] the key set of a dict, and the flag [`crate::heap::shape::flag::PLAIN`] says that no attribute
//! a shape names is shadowed by the class.

use crate::class::Type;
use crate::global::Global;
use crate::types::dict;
use crate::types::function::Function;
use crate::value::Value;

/// Who is told.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// A watched dict is about to change: at this key, or as a whole.
    pub dict: fn(&Value, Option<&Value>),
    /// A watched class has changed and is no longer watched.
    pub class: fn(&Type),
    /// A function has changed.
    pub function: fn(&Function),
}

static HOOKS: Global<Hooks> = Global::new(Hooks { dict: |_, _| {}, class: |_| {}, function: |_| {} });

/// Sets who is told.
pub fn set_hooks(hooks: Hooks) {
    // SAFETY: the GIL is held.
    unsafe { *HOOKS.get() = hooks };
}

fn hooks() -> Hooks {
    // SAFETY: the GIL is held.
    unsafe { *HOOKS.get() }
}

/// Has every change of a dict reported.
pub fn watch_dict(d: &Value) {
    dict::table(d).set_watched(true);
}

/// Ends the reports on a dict.
pub fn unwatch_dict(d: &Value) {
    dict::table(d).set_watched(false);
}

/// Has the next change of a class or of one of its bases reported.
pub fn watch_class(class: &Type) {
    class.watch();
}

/// A watched dict is about to change.
#[cold]
#[inline(never)]
pub fn dict_changes(d: &Value, key: Option<&Value>) {
    (hooks().dict)(d, key);
}

/// A watched class has changed.
#[cold]
#[inline(never)]
pub fn class_changed(class: &Type) {
    (hooks().class)(class);
}

/// A function's code, defaults or names have changed.
pub fn function_changed(f: &Function) {
    (hooks().function)(f);
}
