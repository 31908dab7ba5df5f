//! `_suggestions`: the name that was probably meant.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{exceptions, list, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_suggestions", doc: "", functions: FUNCTIONS, exec: |_| Ok(()) };

static FUNCTIONS: &[FnDef] = &[def(
    "_generate_suggestions",
    "($module, candidates, item, /)",
    generate,
    "Returns the candidate in candidates that's closest to item",
)];

fn generate(a: Args) -> Res {
    let item = a.at(1);
    if !str::is_str(item) {
        let got = item.class().full_name();
        return Err(exc::type_error(format!("_generate_suggestions() argument 2 must be str, not {got}")));
    }
    if !a.at(0).is_instance(types().list) {
        return Err(exc::type_error("candidates must be a list"));
    }
    let candidates = list::to_vec(a.at(0));
    if !candidates.iter().all(str::is_str) {
        return Err(exc::type_error("all elements in 'candidates' must be strings"));
    }
    Ok(exceptions::suggest(&candidates, item).unwrap_or(Value::NONE))
}
