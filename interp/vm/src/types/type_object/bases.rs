//! Which bases go together: layouts, metaclasses, and the order of methods.

use super::attributes::check_settable;
use super::is_type;
use crate::call;
use crate::class::build::{self, of};
use crate::class::native::Args;
use crate::class::{Type, flag, slotdefs};
use crate::exc;
use crate::protocol::attr;
use crate::types::{descriptor, list, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// The class whose instances' layout `ty`'s instances share up to attributes: the nearest that adds payload or members.
pub fn solid_base(ty: &'static Type) -> &'static Type {
    match ty.base() {
        None => ty,
        Some(base) => {
            let adds_payload = !ty.has(flag::HEAPTYPE) && ty.payload_ops().size != base.payload_ops().size;
            let adds_members = ty.members() != base.members();
            if adds_payload || adds_members { ty } else { solid_base(base) }
        }
    }
}

/// Whether instances of the two classes are laid out alike, up to attributes: they share the class that determines it, or
/// both determine it by adding the same slots to the same base.
pub fn same_layout(a: &'static Type, b: &'static Type) -> bool {
    let (a, b) = (solid_base(a), solid_base(b));
    if std::ptr::eq(a, b) {
        return true;
    }
    let same_base = matches!((a.base(), b.base()), (Some(x), Some(y)) if std::ptr::eq(x, y));
    same_base && a.has(flag::HEAPTYPE) && b.has(flag::HEAPTYPE) && descriptor::own_members(a) == descriptor::own_members(b)
}

pub(super) fn best_base(bases: &[&'static Type]) -> Res<&'static Type> {
    let mut winner: Option<(&'static Type, &'static Type)> = None;
    for &base in bases {
        if !base.has(flag::BASETYPE) {
            return Err(exc::type_error(format!("type '{}' is not an acceptable base type", base.full_name())));
        }
        let candidate = solid_base(base);
        match winner {
            None => winner = Some((candidate, base)),
            Some((w, _)) if w.is_subtype(candidate) => {}
            Some((w, _)) if candidate.is_subtype(w) => winner = Some((candidate, base)),
            Some(_) => return Err(exc::type_error("multiple bases have instance lay-out conflict")),
        }
    }
    winner.map(|(_, b)| b).ok_or_else(|| exc::type_error("a class needs at least one base"))
}

/// The most derived metaclass among `meta` and the bases' classes.
pub fn calculate_metaclass(meta: &'static Type, bases: &[Value]) -> Res<&'static Type> {
    let mut winner = meta;
    for b in bases {
        let t = b.class();
        if winner.is_subtype(t) {
            continue;
        }
        if t.is_subtype(winner) {
            winner = t;
            continue;
        }
        return Err(exc::type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// The C3 linearisation of a class with the given bases, without the class itself.
pub(super) fn mro_tail(bases: &[&'static Type]) -> Res<Vec<&'static Type>> {
    if let [only] = bases {
        return Ok(only.mro().to_vec());
    }
    for (i, b) in bases.iter().enumerate() {
        if bases[..i].iter().any(|a| std::ptr::eq(*a, *b)) {
            return Err(exc::type_error(format!("duplicate base class {}", b.name())));
        }
    }
    let mut sequences: Vec<Vec<&'static Type>> = bases.iter().map(|b| b.mro().to_vec()).collect();
    sequences.push(bases.to_vec());
    let mut result: Vec<&'static Type> = Vec::new();
    loop {
        sequences.retain(|s| !s.is_empty());
        if sequences.is_empty() {
            return Ok(result);
        }
        let next = sequences.iter().map(|s| s[0]).find(|c| !sequences.iter().any(|s| s[1..].iter().any(|x| std::ptr::eq(*x, *c))));
        let Some(c) = next else {
            let mut heads: Vec<String> = Vec::new();
            for s in &sequences {
                let n = s[0].name();
                if !heads.contains(&n) {
                    heads.push(n);
                }
            }
            return Err(exc::type_error(format!(
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                heads.join(", ")
            )));
        };
        result.push(c);
        for s in &mut sequences {
            if std::ptr::eq(s[0], c) {
                s.remove(0);
            }
        }
    }
}

pub(super) fn set_bases(v: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, "__bases__")?;
    let Some(x) = value else { return Ok(()) };
    if !x.is_instance(types().tuple) {
        return Err(exc::type_error(format!("can only assign tuple to {}.__bases__, not {}", of(v).name(), x.class().full_name())));
    }
    if tuple::items(x).is_empty() {
        return Err(exc::type_error(format!("can only assign non-empty tuple to {}.__bases__, not ()", of(v).name())));
    }
    for b in tuple::items(x) {
        if !is_type(b) {
            return Err(exc::type_error(format!("{}.__bases__ must be tuple of classes, not '{}'", of(v).name(), b.class().full_name())));
        }
        if of(b).is_subtype(of(v)) {
            return Err(exc::type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let bases: Vec<&'static Type> = tuple::items(x).iter().map(of).collect();
    let base = best_base(&bases)?;
    let ty = of(v);
    if !std::ptr::eq(solid_base(base), solid_base(ty.base().unwrap_or(types().object)))
        || base.has_dict() != ty.base().is_some_and(|b| b.has_dict()) && !ty.has_dict()
    {
        return Err(exc::type_error(format!(
            "__bases__ assignment: '{}' object layout differs from '{}'",
            base.name(),
            ty.base().map_or(String::new(), Type::name)
        )));
    }
    build::set_bases(ty, base, &bases);
    update_mro_tree(ty)
}

fn update_mro_tree(ty: &'static Type) -> Res<()> {
    let bases: Vec<&'static Type> = tuple::items(&ty.bases_value()).iter().map(of).collect();
    let mro = std::iter::once(ty).chain(mro_tail(&bases)?).collect();
    build::set_mro(ty, mro);
    slotdefs::fix_slots(ty);
    for sub in ty.subclasses() {
        update_mro_tree(of(&sub))?;
    }
    Ok(())
}

pub(super) fn mro(a: Args) -> Res {
    let ty = of(a.at(0));
    let bases: Vec<&'static Type> = tuple::items(&ty.bases_value()).iter().map(of).collect();
    let tail = if bases.is_empty() { Vec::new() } else { mro_tail(&bases)? };
    Ok(list::from_vec(std::iter::once(ty).chain(tail).map(|t| t.value()).collect()))
}

/// Replaces bases that are not classes by what their `__mro_entries__` says.
pub(super) fn resolve_bases(bases: &Value) -> Res {
    let mut changed = false;
    let mut out = Vec::new();
    for b in tuple::items(bases) {
        if is_type(b) {
            out.push(b.clone());
            continue;
        }
        match attr::getattr_opt(b, &names().__mro_entries__)? {
            None => out.push(b.clone()),
            Some(f) => {
                let entries = call::call1(&f, bases)?;
                if !entries.is_instance(types().tuple) {
                    return Err(exc::type_error("__mro_entries__ must return a tuple"));
                }
                changed = true;
                out.extend_from_slice(tuple::items(&entries));
            }
        }
    }
    Ok(if changed { tuple::from_vec(out) } else { bases.clone() })
}
