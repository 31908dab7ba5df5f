//! `_locale`: what the C library knows of the user's language and country.

use crate::cint::{self, add_constants, c_constants};
use crate::exception_class::LazyException;
use crate::fspath;
use std::ffi::{CStr, CString};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::{dict, list, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{codecs, exc};

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "_locale", doc: "Support for POSIX locales.", functions: FUNCTIONS, exec };

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("setlocale", "($module, category, locale=None, /)", setlocale, "Activates/queries locale processing."),
    def("localeconv", "($module, /)", localeconv, "Returns numeric and monetary locale-specific parameters."),
    def("strcoll", "($module, os1, os2, /)", strcoll_method, "Compares two strings according to the locale."),
    def("strxfrm", "($module, string, /)", strxfrm_method, "Return a string that can be used as a key for locale-aware comparisons."),
    def("nl_langinfo", "($module, key, /)", nl_langinfo, "Return the value for the locale information associated with key."),
    def("getencoding", "($module, /)", |_| Ok(str::new(&crate::io::locale_encoding())), "Get the current locale encoding."),
    def("gettext", "($module, msg, /)", |a| Ok(a.at(0).clone()), "gettext(msg) -> string\n\nReturn translation of msg."),
    def("dgettext", "($module, domain, msg, /)", |a| Ok(a.at(1).clone()), "dgettext(domain, msg) -> string\n\nReturn translation of msg in domain."),
    def("dcgettext", "($module, domain, msg, category, /)", |a| Ok(a.at(1).clone()), "Return translation of msg in domain and category."),
    def("textdomain", "($module, domain, /)", textdomain_method, "Set the C library's textdmain to domain, returning the new domain."),
    def("bindtextdomain", "($module, domain, dir, /)", bindtextdomain_method, "Bind the C library's domain to dir."),
    def("bind_textdomain_codeset", "($module, domain, codeset, /)", bind_codeset_method, "Bind the C library's domain to codeset."),
];

/// `locale.Error`
static ERROR: LazyException = LazyException::new("locale", "Error", || vec![types().exception]);

/// Integer constants of the C library.
static CONSTANTS: &[(&str, i64)] = c_constants![
    ABDAY_1 ABDAY_2 ABDAY_3 ABDAY_4 ABDAY_5 ABDAY_6 ABDAY_7 ABMON_1 ABMON_10 ABMON_11 ABMON_12 ABMON_2 ABMON_3 ABMON_4
    ABMON_5 ABMON_6 ABMON_7 ABMON_8 ABMON_9 ALT_DIGITS AM_STR CODESET CRNCYSTR DAY_1 DAY_2 DAY_3 DAY_4 DAY_5 DAY_6 DAY_7
    D_FMT D_T_FMT ERA ERA_D_FMT ERA_D_T_FMT ERA_T_FMT LC_ALL LC_COLLATE LC_CTYPE LC_MESSAGES LC_MONETARY LC_NUMERIC
    LC_TIME MON_1 MON_10 MON_11 MON_12 MON_2 MON_3 MON_4 MON_5 MON_6 MON_7 MON_8 MON_9 NOEXPR PM_STR RADIXCHAR THOUSEP
    T_FMT T_FMT_AMPM YESEXPR
];

/// Those that the libc crate does not name.
static MORE_CONSTANTS: &[(&str, i64)] = &[("CHAR_MAX", 127), ("_DATE_FMT", 131180)];

unsafe extern "C" {
    fn strcoll(a: *const libc::c_char, b: *const libc::c_char) -> libc::c_int;
    fn strxfrm(to: *mut libc::c_char, from: *const libc::c_char, n: usize) -> usize;
    fn textdomain(name: *const libc::c_char) -> *mut libc::c_char;
    fn bindtextdomain(name: *const libc::c_char, folder: *const libc::c_char) -> *mut libc::c_char;
    fn bind_textdomain_codeset(name: *const libc::c_char, codeset: *const libc::c_char) -> *mut libc::c_char;
}

fn exec(m: &Value) -> Res<()> {
    add_constants(m, CONSTANTS);
    add_constants(m, MORE_CONSTANTS);
    add(m, "Error", ERROR.get()?.value());
    Ok(())
}

/// A text of the C library's.
///
/// # Safety
/// `text` is null or a C string.
unsafe fn text(text: *const libc::c_char) -> Value {
    if text.is_null() {
        return str::empty();
    }
    // SAFETY: the caller vouches for it.
    codecs::fs_decode(unsafe { CStr::from_ptr(text) }.to_bytes())
}

fn setlocale(a: Args) -> Res {
    let category = cint::c_int(a.at(0))?;
    let wanted = match a.some(1) {
        None => None,
        Some(v) if str::is_str(v) => Some(fspath::c_path(v)?),
        Some(v) => return Err(exc::type_error(format!("setlocale() argument 2 must be str or None, not {}", v.class().full_name()))),
    };
    let ptr = wanted.as_ref().map_or(std::ptr::null(), |w| w.as_ptr());
    // SAFETY: the GIL is held, under which alone the locale changes; the result stays until the next call.
    unsafe {
        let set = libc::setlocale(category, ptr);
        if set.is_null() {
            return Err(ERROR.message(if wanted.is_some() { "unsupported locale setting" } else { "locale query failed" }));
        }
        Ok(text(set))
    }
}

/// The sizes of groups of digits.
///
/// # Safety
/// `sizes` is null or ended by a zero byte.
unsafe fn grouping(sizes: *const libc::c_char) -> Value {
    let all = list::new();
    if sizes.is_null() {
        return all;
    }
    // SAFETY: the caller vouches for it.
    let sizes = unsafe { CStr::from_ptr(sizes) }.to_bytes();
    if sizes.is_empty() {
        return all;
    }
    for &n in sizes {
        list::push(&all, Value::int(n.into()));
        if n == libc::c_char::MAX as u8 {
            return all;
        }
    }
    list::push(&all, Value::small_int(0));
    all
}

fn localeconv(_: Args) -> Res {
    let d = dict::new();
    let set = |name: &str, v: Value| dict::set_str(&d, &str::intern(name), v);
    // SAFETY: the GIL is held, and the structure is copied before anything else is called.
    unsafe {
        let l = &*libc::localeconv();
        set("int_curr_symbol", text(l.int_curr_symbol));
        set("currency_symbol", text(l.currency_symbol));
        set("mon_decimal_point", text(l.mon_decimal_point));
        set("mon_thousands_sep", text(l.mon_thousands_sep));
        set("mon_grouping", grouping(l.mon_grouping));
        set("positive_sign", text(l.positive_sign));
        set("negative_sign", text(l.negative_sign));
        for (name, n) in [
            ("int_frac_digits", l.int_frac_digits),
            ("frac_digits", l.frac_digits),
            ("p_cs_precedes", l.p_cs_precedes),
            ("p_sep_by_space", l.p_sep_by_space),
            ("n_cs_precedes", l.n_cs_precedes),
            ("n_sep_by_space", l.n_sep_by_space),
            ("p_sign_posn", l.p_sign_posn),
            ("n_sign_posn", l.n_sign_posn),
        ] {
            set(name, Value::int(n.into()));
        }
        set("decimal_point", text(l.decimal_point));
        set("thousands_sep", text(l.thousands_sep));
        set("grouping", grouping(l.grouping));
    }
    Ok(d)
}

/// A str argument without NULs.
fn plain(v: &Value, fname: &str, what: &str) -> Res<CString> {
    if !str::is_str(v) {
        return Err(exc::type_error(format!("{fname}() argument{what} must be str, not {}", v.class().full_name())));
    }
    CString::new(codecs::fs_encode(v)?).map_err(|_| exc::value_error("embedded null character"))
}

fn strcoll_method(a: Args) -> Res {
    let (x, y) = (plain(a.at(0), "strcoll", " 1")?, plain(a.at(1), "strcoll", " 2")?);
    // SAFETY: the strings live until the call is over.
    Ok(Value::int(unsafe { strcoll(x.as_ptr(), y.as_ptr()) }.into()))
}

fn strxfrm_method(a: Args) -> Res {
    let from = plain(a.at(0), "strxfrm", "")?;
    // SAFETY: without room the call says how much it needs; then there is that much.
    let made = unsafe {
        let n = strxfrm(std::ptr::null_mut(), from.as_ptr(), 0);
        let mut room = vec![0u8; n + 1];
        let n = strxfrm(room.as_mut_ptr().cast(), from.as_ptr(), room.len());
        room.truncate(n.min(room.len() - 1));
        room
    };
    Ok(str::from_latin1(&made))
}

fn nl_langinfo(a: Args) -> Res {
    let item = cint::c_int(a.at(0))?;
    let known =
        CONSTANTS.iter().chain(MORE_CONSTANTS).any(|(name, n)| *n == i64::from(item) && !name.starts_with("LC_") && *name != "CHAR_MAX");
    if !known {
        return Err(exc::value_error("unsupported langinfo constant"));
    }
    // SAFETY: the GIL is held; the result stays until the next call.
    Ok(unsafe { text(libc::nl_langinfo(item)) })
}

fn optional(v: &Value, fname: &str, what: &str) -> Res<Option<CString>> {
    if v.is_none() { Ok(None) } else { plain(v, fname, what).map(Some) }
}

fn textdomain_method(a: Args) -> Res {
    let name = optional(a.at(0), "textdomain", "")?;
    // SAFETY: the name lives until the call is over.
    Ok(unsafe { text(textdomain(name.as_ref().map_or(std::ptr::null(), |n| n.as_ptr()))) })
}

fn bindtextdomain_method(a: Args) -> Res {
    let name = plain(a.at(0), "bindtextdomain", " 1")?;
    if name.is_empty() {
        return Err(ERROR.message("domain must be a non-empty string"));
    }
    let folder = if a.at(1).is_none() { None } else { Some(fspath::c_path(a.at(1))?) };
    // SAFETY: the strings live until the call is over.
    let set = unsafe { bindtextdomain(name.as_ptr(), folder.as_ref().map_or(std::ptr::null(), |f| f.as_ptr())) };
    if set.is_null() {
        return Err(exc::os_error(crate::syscall::errno(), None));
    }
    // SAFETY: the result is a C string.
    Ok(unsafe { text(set) })
}

fn bind_codeset_method(a: Args) -> Res {
    let name = plain(a.at(0), "bind_textdomain_codeset", " 1")?;
    let codeset = optional(a.at(1), "bind_textdomain_codeset", " 2")?;
    // SAFETY: the strings live until the call is over.
    let set = unsafe { bind_textdomain_codeset(name.as_ptr(), codeset.as_ref().map_or(std::ptr::null(), |c| c.as_ptr())) };
    // SAFETY: the result is null or a C string.
    Ok(if set.is_null() { Value::NONE } else { unsafe { text(set) } })
}
