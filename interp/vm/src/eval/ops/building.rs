//! Making containers, strings and functions from operands.

use super::names::globals_of;
use crate::call;
use crate::exc;
use crate::frame::Frame;
use crate::protocol::{self, attr};
use crate::types::{dict, function, list, set, str, tuple};
use crate::value::{Res, Value, decref};
use crate::vm::{names, types};
use weft_layout::tag::{NULL, Word};

/// Drops `n` words below `sp` and returns where the stack then ends.
///
/// # Safety
/// The words are live operands.
pub unsafe fn drop_words(sp: *mut Word, n: usize) -> *mut Word {
    // SAFETY: passed on.
    unsafe {
        let base = sp.sub(n);
        for i in 0..n {
            decref(*base.add(i));
        }
        base
    }
}

unsafe fn operands<'a>(sp: *mut Word, n: usize) -> &'a [Value] {
    // Compiled code passes no pointer then.
    if n == 0 {
        return &[];
    }
    // SAFETY: the words are live operands, and Value is a transparent word.
    unsafe { std::slice::from_raw_parts(sp.sub(n).cast::<Value>(), n) }
}

/// BUILD_SET.
///
/// # Safety
/// `n` operands are below `sp`.
pub unsafe fn build_set(sp: *mut Word, n: usize) -> Res {
    let s = set::new();
    // SAFETY: passed on.
    for v in unsafe { operands(sp, n) } {
        set::add(&s, v)?;
    }
    Ok(s)
}

/// BUILD_MAP.
///
/// # Safety
/// `2 * n` operands are below `sp`.
pub unsafe fn build_map(sp: *mut Word, n: usize) -> Res {
    let d = dict::with_capacity(n);
    // SAFETY: passed on.
    for pair in unsafe { operands(sp, 2 * n) }.chunks_exact(2) {
        dict::set(&d, &pair[0], &pair[1])?;
    }
    Ok(d)
}

/// BUILD_STRING.
///
/// # Safety
/// `n` operands are below `sp`.
pub unsafe fn build_string(sp: *mut Word, n: usize) -> Res {
    // SAFETY: passed on.
    str::concat_all(unsafe { operands(sp, n) })
}

/// BUILD_INTERPOLATION: value, text, and a format spec if bit 0 is set; the conversion in the bits above.
///
/// # Safety
/// The operands are below `sp`.
pub unsafe fn build_interpolation(sp: *mut Word, arg: usize) -> Res {
    // SAFETY: passed on.
    let parts = unsafe { operands(sp, if arg & 1 != 0 { 3 } else { 2 }) };
    let conversion = match arg >> 2 {
        0 => Value::NONE,
        1 => str::intern("s"),
        2 => str::intern("r"),
        _ => str::intern("a"),
    };
    let spec = parts.get(2).cloned().unwrap_or_else(|| str::intern(""));
    Ok(crate::types::template::new_interpolation(parts[0].clone(), parts[1].clone(), conversion, spec))
}

/// BUILD_TEMPLATE.
pub fn build_template(strings: &Value, interpolations: &Value) -> Res {
    Ok(crate::types::template::build(strings.clone(), interpolations.clone()))
}

/// LIST_EXTEND.
pub fn list_extend(l: &Value, iterable: &Value) -> Res<()> {
    if iterable.class().slots().iter.is_none() && iterable.class().slots().get_item.is_none() {
        return Err(exc::type_error(format!("Value after * must be an iterable, not {}", iterable.class().full_name())));
    }
    list::extend(l, iterable)
}

/// DICT_UPDATE.
pub fn dict_update(d: &Value, other: &Value) -> Res<()> {
    if !std::ptr::eq(other.class(), types().dict) && attr::getattr_opt(other, &names().keys)?.is_none() {
        return Err(exc::type_error(format!("'{}' object is not a mapping", other.class().full_name())));
    }
    dict::update(d, other)
}

/// DICT_MERGE: keyword arguments, where a repeated key is an error that names the function.
///
/// # Safety
/// `callable` points to the function's stack slot.
pub unsafe fn dict_merge(d: &Value, other: &Value, callable: *mut Word) -> Res<()> {
    // SAFETY: passed on.
    let f = unsafe { (*callable != NULL).then(|| Value::clone_word(*callable)) };
    merge_keywords(d, other, &f.unwrap_or(Value::NONE))
}

/// Adds keyword arguments to `d`.
pub fn merge_keywords(d: &Value, other: &Value, callable: &Value) -> Res<()> {
    let keys = if std::ptr::eq(other.class(), types().dict) {
        dict::entries(other).into_iter().map(|(k, _)| k).collect()
    } else {
        match attr::getattr_opt(other, &names().keys)? {
            Some(f) => protocol::iter::collect(&call::call0(&f)?)?,
            None => {
                return Err(exc::type_error(format!(
                    "{} argument after ** must be a mapping, not {}",
                    call::describe(callable)?,
                    other.class().full_name()
                )));
            }
        }
    };
    for k in keys {
        if !str::is_str(&k) {
            return Err(exc::type_error("keywords must be strings"));
        }
        if dict::contains(d, &k)? {
            return Err(exc::type_error(format!(
                "{} got multiple values for keyword argument '{}'",
                call::describe(callable)?,
                str::display(&k)
            )));
        }
        let v = protocol::get_item(other, &k)?;
        dict::set(d, &k, &v)?;
    }
    Ok(())
}

/// `tuple(v)`.
pub fn to_tuple(v: &Value) -> Res {
    if std::ptr::eq(v.class(), types().tuple) { Ok(v.clone()) } else { Ok(tuple::from_vec(protocol::iter::collect_unasked(v)?)) }
}

/// FORMAT_SIMPLE.
pub fn format_simple(v: &Value) -> Res {
    // What `__format__` of these does with an empty specification.
    let class = v.class();
    if std::ptr::eq(class, types().int) || std::ptr::eq(class, types().float) {
        return protocol::str(v);
    }
    crate::format::format_value(v, &str::empty())
}

/// CONVERT_VALUE.
pub fn convert_value(v: &Value, arg: usize) -> Res {
    match arg {
        1 => protocol::str(v),
        2 => protocol::repr(v),
        _ => protocol::ascii(v),
    }
}

/// MAKE_FUNCTION.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn make_function(code: &Value, frame: *mut Frame) -> Value {
    // SAFETY: passed on.
    let (globals, builtins) = unsafe { globals_of(frame) };
    function::new(code.clone(), globals.clone(), builtins.clone())
}
