//! `_functools`: partial, lru_cache, cmp_to_key, reduce. Follows CPython's `Modules/_functoolsmodule.c`.

mod key;
mod lru_cache;
mod partial;

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::iter;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_functools", doc: "Tools that operate on functions.", functions: FUNCTIONS, exec };

static FUNCTIONS: &[FnDef] = &[
    def(
        "cmp_to_key",
        "($module, /, mycmp)",
        key::cmp_to_key,
        "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects.",
    ),
    def(
        "reduce",
        "($module, function, iterable, /, initial=<unrepresentable>)",
        reduce,
        "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial is\npresent, it is placed before the items of the iterable in the\ncalculation, and serves as a default when the iterable is empty.\n\nFor example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5).",
    ),
];

fn exec(m: &Value) -> Res<()> {
    module::add(m, "Placeholder", partial::placeholder());
    module::add(m, "_PlaceholderType", partial::PLACEHOLDER_TYPE.get().value());
    module::add(m, "_lru_cache_wrapper", lru_cache::LRU_CACHE.get().value());
    module::add(m, "partial", partial::PARTIAL.get().value());
    Ok(())
}

fn reduce(a: Args) -> Res {
    let f = a.at(0);
    let it = match iter::iter(a.at(1)) {
        Ok(it) => it,
        Err(e) if exc::matches(types().type_error) => {
            exc::clear(e);
            return Err(exc::type_error("reduce() arg 2 must support iteration"));
        }
        Err(e) => return Err(e),
    };
    let mut result = a.opt(2).cloned();
    while let Some(x) = iter::next(&it)? {
        result = Some(match result {
            Some(r) => call::call(f, &[r, x], None)?,
            None => x,
        });
    }
    result.ok_or_else(|| exc::type_error("reduce() of empty iterable with no initial value"))
}
