//! Replacement templates: literals and references to groups, in turn.

use super::matching::Match;
use super::subject;
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::Args;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::eval::import;
use weft_vm::protocol::{attr, number};
use weft_vm::types::{bytes, list, str};
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::vm::types;
use weft_vm::{call, exc};

static TEMPLATE: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec =
    TypeSpec { name: "_sre.SRE_Template", payload: PayloadOps::of::<Template>(), flags: flag::DISALLOW_INSTANTIATION, ..TypeSpec::DEFAULT };

/// The payload.
pub struct Template {
    /// What comes first.
    pub literal: Value,
    /// Groups, each with the literal behind it, unless that is empty.
    items: Vec<(usize, Option<Value>)>,
}

// SAFETY: every instance of SRE_Template is made with a Template payload.
unsafe impl Payload for Template {
    fn class() -> &'static Type {
        TEMPLATE.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.literal.word());
        self.items.iter().filter_map(|(_, l)| l.as_ref()).for_each(|l| visit(l.word()));
    }
}

impl Template {
    /// Whether the template is one literal.
    pub fn is_literal(&self) -> bool {
        self.items.is_empty()
    }

    /// The template with what the groups of a match have matched.
    pub fn expand(&self, m: &Match) -> Res {
        if self.is_literal() {
            return Ok(self.literal.clone());
        }
        let mut pieces = vec![self.literal.clone()];
        for (group, literal) in &self.items {
            if let Some(text) = m.group(*group)? {
                pieces.push(text);
            }
            pieces.extend(literal.clone());
        }
        subject::join(&pieces, !str::is_str(&self.literal))
    }
}

/// `_sre.template`: a template from the list that `re._parser` makes.
pub fn template(a: Args) -> Res {
    let bad = || exc::type_error("invalid template");
    if !a.at(1).is_instance(types().list) {
        return Err(exc::type_error(format!("template() argument 2 must be list, not {}", a.at(1).class().full_name())));
    }
    let parts = list::to_vec(a.at(1));
    let [literal, rest @ ..] = &parts[..] else { return Err(bad()) };
    if rest.len() % 2 != 0 {
        return Err(bad());
    }
    let mut items = Vec::with_capacity(rest.len() / 2);
    for pair in rest.chunks_exact(2) {
        let group = usize::try_from(number::as_isize(&pair[0])?).map_err(|_| bad())?;
        let empty = str::is_str(&pair[1]) && str::len(&pair[1]) == 0 || bytes::is_bytes(&pair[1]) && bytes::as_slice(&pair[1]).is_empty();
        items.push((group, (!empty).then(|| pair[1].clone())));
    }
    Ok(new_object(Template { literal: literal.clone(), items }))
}

/// Has `re` make a template from a replacement string.
pub fn compile(pattern: &Value, replacement: &Value) -> Res {
    let re = import::import_module("re")?;
    let f = attr::getattr(&re, &str::intern("_compile_template"))?;
    let made = call::call(&f, &[pattern.clone(), replacement.clone()], None)?;
    Ok(made)
}
