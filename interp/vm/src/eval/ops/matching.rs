//! Pattern matching.

use crate::call;
use crate::exc;
use crate::protocol::{self, attr};
use crate::types::{str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// MATCH_KEYS: the values for all keys, or None.
pub fn match_keys(subject: &Value, keys: &Value) -> Res {
    let keys = tuple::items(keys);
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    let get = attr::getattr(subject, &names().get)?;
    let missing = crate::types::object::new_bare(types().object);
    for k in keys {
        for s in &seen {
            if protocol::equal(s, k)? {
                return Err(exc::value_error(format!("mapping pattern checks duplicate key ({})", protocol::repr_string(k)?)));
            }
        }
        seen.push(k.clone());
        let v = call::call(&get, &[k.clone(), missing.clone()], None)?;
        if v.is(&missing) {
            return Ok(Value::NONE);
        }
        values.push(v);
    }
    Ok(tuple::from_vec(values))
}

/// MATCH_CLASS: the attributes to match, or None.
pub fn match_class(subject: &Value, class: &Value, positional: usize, keywords: &Value) -> Res {
    if !class.is_instance(types().type_) {
        return Err(exc::type_error("called match pattern must be a class"));
    }
    if !protocol::isinstance(subject, class)? {
        return Ok(Value::NONE);
    }
    let ty = crate::class::build::of(class);
    let mut seen: Vec<Value> = Vec::new();
    let mut values = Vec::new();
    let mut take = |name: &Value| -> Res<bool> {
        if seen.iter().any(|s| str::equal(s, name)) {
            return Err(exc::type_error(format!(
                "{}() got multiple sub-patterns for attribute {}",
                ty.name(),
                protocol::repr_string(name)?
            )));
        }
        seen.push(name.clone());
        match attr::getattr_opt(subject, name)? {
            Some(v) => {
                values.push(v);
                Ok(true)
            }
            None => Ok(false),
        }
    };
    let mut matches_self = None;
    if positional > 0 {
        let (allowed, listed) = match attr::getattr_opt(class, &str::intern("__match_args__"))? {
            Some(m) => {
                if !m.is_instance(types().tuple) {
                    return Err(exc::type_error(format!("{}.__match_args__ must be a tuple (got {})", ty.name(), m.class().full_name())));
                }
                (tuple::items(&m).len(), Some(m))
            }
            None if ty.has(crate::class::flag::MATCH_SELF) => (1, None),
            None => (0, Some(tuple::empty())),
        };
        if allowed < positional {
            return Err(exc::type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{} ({positional} given)",
                ty.name(),
                if allowed == 1 { "" } else { "s" }
            )));
        }
        match listed {
            None => matches_self = Some(subject.clone()),
            Some(m) => {
                for name in &tuple::items(&m)[..positional] {
                    if !str::is_str(name) {
                        return Err(exc::type_error(format!("__match_args__ elements must be strings (got {})", name.class().full_name())));
                    }
                    if !take(name)? {
                        return Ok(Value::NONE);
                    }
                }
            }
        }
    }
    for name in tuple::items(keywords) {
        if !take(name)? {
            return Ok(Value::NONE);
        }
    }
    let mut all: Vec<Value> = matches_self.into_iter().collect();
    all.extend(values);
    Ok(tuple::from_vec(all))
}
