//! `_collections`: deque, defaultdict, OrderedDict, and what `Counter` and `namedtuple` are made of.

mod defaultdict;
mod deque;
mod odict;
mod odict_views;
mod tuplegetter;

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::{self, iter, number};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{dict, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, protocol::attr};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_collections",
    doc: "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] =
    &[def("_count_elements", "($module, mapping, iterable, /)", count_elements, "Count elements in the iterable, updating the mapping")];

fn exec(m: &Value) -> Res<()> {
    for (name, class) in [
        ("OrderedDict", &odict::ORDERED_DICT),
        ("_deque_iterator", &deque::ITERATOR),
        ("_deque_reverse_iterator", &deque::REVERSE_ITERATOR),
        ("_tuplegetter", &tuplegetter::TUPLEGETTER),
        ("defaultdict", &defaultdict::DEFAULTDICT),
        ("deque", &deque::DEQUE),
    ] {
        module::add(m, name, class.get().value());
    }
    Ok(())
}

/// Counts the items of an iterable in a mapping from items to counts.
fn count_elements(a: Args) -> Res {
    let mapping = a.at(0);
    let get = str::intern("get");
    let one = Value::small_int(1);
    let inherits = |name: &Value| match (mapping.class().lookup(name), types().dict.lookup(name)) {
        (Some(own), Some(base)) => own.is(&base),
        _ => false,
    };
    if mapping.is_instance(types().dict) && inherits(&get) && inherits(&names().__setitem__) {
        iter::for_each(a.at(1), |key| {
            let hash = dict::hash_key(&key)?;
            let count = match dict::get_hashed(mapping, &key, hash)? {
                None => one.clone(),
                Some(old) => number::add(&old, &one)?,
            };
            dict::set_hashed(mapping, &key, hash, count)
        })?;
        return Ok(Value::NONE);
    }
    let get = attr::getattr(mapping, &get)?;
    iter::for_each(a.at(1), |key| {
        let old = call::call(&get, &[key.clone(), Value::small_int(0)], None)?;
        protocol::set_item(mapping, &key, &number::add(&old, &one)?)
    })?;
    Ok(Value::NONE)
}
