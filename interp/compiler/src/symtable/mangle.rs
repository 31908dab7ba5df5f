//! Private name mangling.

use crate::ast::Name;

/// `__name` within class `private` is `_private__name`.
pub fn mangle(private: Option<&Name>, name: &Name) -> Name {
    let Some(private) = private else {
        return name.clone();
    };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let stripped = private.trim_start_matches('_');
    if stripped.is_empty() {
        return name.clone();
    }
    Name::from(format!("_{stripped}{name}"))
}

/// Whether a name would be mangled.
pub fn is_private(name: &str) -> bool {
    name.len() >= 3 && name.starts_with("__") && !name.ends_with("__")
}
