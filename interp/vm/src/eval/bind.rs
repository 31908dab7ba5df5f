//! Binding call arguments to a Python function's parameters, with CPython's errors.

use crate::exc;
use crate::frame::Frame;
use crate::types::code::Code;
use crate::types::function::{self, Function};
use crate::types::{dict, str, tuple};
use crate::value::{Res, Value};
use weft_compiler::code::co_flags;
use weft_layout::tag::{NULL, Word};

/// Fills the parameters of `frame`, whose locals are all NULL. The arguments are cloned.
///
/// # Safety
/// `frame` is a fresh frame of `func`.
pub unsafe fn bind(frame: *mut Frame, func: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    // SAFETY: the frame has nlocalsplus slots, of which the parameters are the first.
    unsafe {
        let f = function::this(func);
        let code = &*(*frame).code;
        let locals = Frame::locals(frame);
        let put = |i: usize, v: Value| *locals.add(i) = v.into_word();
        let names: &[Value] = kwnames.map_or(&[], tuple::items);
        let npos = args.len() - names.len();
        let argcount = code.argcount as usize;
        let kwonly = code.kwonlyargcount as usize;
        let total = argcount + kwonly;
        for (i, a) in args[..npos.min(argcount)].iter().enumerate() {
            put(i, a.clone());
        }
        let mut next = total;
        if code.flags & co_flags::VARARGS != 0 {
            put(next, tuple::from_slice(args[..npos].get(argcount..).unwrap_or(&[])));
            next += 1;
        }
        let kwargs = if code.flags & co_flags::VARKEYWORDS != 0 {
            let d = dict::new();
            put(next, d.clone());
            Some(d)
        } else {
            None
        };
        for (name, value) in names.iter().zip(&args[npos..]) {
            keyword(f, code, locals, name, value, kwargs.as_ref(), names)?;
        }
        if npos > argcount && code.flags & co_flags::VARARGS == 0 {
            return Err(too_many_positional(f, code, locals, npos));
        }
        if npos < argcount {
            let defaults = f.defaults.get();
            let defaults: &[Value] = defaults.as_ref().map_or(&[], |d| tuple::items(d));
            let first_default = argcount - defaults.len().min(argcount);
            let missing: Vec<usize> = (npos..first_default).filter(|&i| *locals.add(i) == NULL).collect();
            if !missing.is_empty() {
                return Err(missing_arguments(f, code, &missing, "positional"));
            }
            for i in first_default.max(npos)..argcount {
                if *locals.add(i) == NULL {
                    put(i, defaults[i + defaults.len() - argcount].clone());
                }
            }
        }
        if kwonly > 0 {
            let defaults = f.kwdefaults.get();
            let mut missing = Vec::new();
            for i in argcount..total {
                if *locals.add(i) != NULL {
                    continue;
                }
                match defaults.as_ref().map_or(Ok(None), |d| dict::get(d, &code.localsplusnames[i]))? {
                    Some(v) => put(i, v),
                    None => missing.push(i),
                }
            }
            if !missing.is_empty() {
                return Err(missing_arguments(f, code, &missing, "keyword-only"));
            }
        }
        Ok(())
    }
}

unsafe fn keyword(
    f: &Function,
    code: &Code,
    locals: *mut Word,
    name: &Value,
    value: &Value,
    kwargs: Option<&Value>,
    all: &[Value],
) -> Res<()> {
    if !str::is_str(name) {
        return Err(exc::type_error(format!("{}() keywords must be strings", f.qualname())));
    }
    let (posonly, total) = (code.posonlyargcount as usize, (code.argcount + code.kwonlyargcount) as usize);
    let params = &code.localsplusnames[posonly..total];
    let found = params.iter().position(|p| p.is(name)).or_else(|| params.iter().position(|p| str::equal(p, name)));
    // SAFETY: the index is a parameter's.
    unsafe {
        match (found, kwargs) {
            (Some(k), _) => {
                let i = k + posonly;
                if *locals.add(i) != NULL {
                    return Err(exc::type_error(format!("{}() got multiple values for argument '{}'", f.qualname(), str::display(name))));
                }
                *locals.add(i) = value.clone().into_word();
                Ok(())
            }
            (None, Some(d)) => dict::set(d, name, value),
            (None, None) => Err(unexpected_keyword(f, code, name, all)),
        }
    }
}

#[cold]
fn unexpected_keyword(f: &Function, code: &Code, name: &Value, all: &[Value]) -> exc::Raised {
    let posonly = &code.localsplusnames[..code.posonlyargcount as usize];
    let given: Vec<String> = posonly.iter().filter(|p| all.iter().any(|n| str::equal(p, n))).map(str::display).collect();
    if !given.is_empty() {
        return exc::type_error(format!(
            "{}() got some positional-only arguments passed as keyword arguments: '{}'",
            f.qualname(),
            given.join(", ")
        ));
    }
    let total = (code.argcount + code.kwonlyargcount) as usize;
    let candidates: Vec<Value> = code.localsplusnames[code.posonlyargcount as usize..total].to_vec();
    let suggestion = crate::types::exceptions::suggest(&candidates, name);
    let hint = suggestion.map_or(String::new(), |s| format!(". Did you mean '{}'?", str::display(&s)));
    exc::type_error(format!("{}() got an unexpected keyword argument '{}'{hint}", f.qualname(), str::display(name)))
}

#[cold]
unsafe fn too_many_positional(f: &Function, code: &Code, locals: *mut Word, given: usize) -> exc::Raised {
    let argcount = code.argcount as usize;
    let ndefaults = f.defaults.get().map_or(0, |d| tuple::items(&d).len());
    // SAFETY: keyword-only parameters lie between argcount and total.
    let kwonly_given = (argcount..argcount + code.kwonlyargcount as usize).filter(|&i| unsafe { *locals.add(i) } != NULL).count();
    let (text, plural) =
        if ndefaults > 0 { (format!("from {} to {argcount}", argcount - ndefaults), true) } else { (argcount.to_string(), argcount != 1) };
    let kwonly_text = if kwonly_given > 0 {
        format!(
            " positional argument{} (and {kwonly_given} keyword-only argument{})",
            if given != 1 { "s" } else { "" },
            if kwonly_given != 1 { "s" } else { "" }
        )
    } else {
        String::new()
    };
    exc::type_error(format!(
        "{}() takes {text} positional argument{} but {given}{kwonly_text} {} given",
        f.qualname(),
        if plural { "s" } else { "" },
        if given == 1 && kwonly_given == 0 { "was" } else { "were" }
    ))
}

#[cold]
fn missing_arguments(f: &Function, code: &Code, missing: &[usize], kind: &str) -> exc::Raised {
    let names: Vec<String> = missing.iter().map(|&i| format!("'{}'", str::display(&code.localsplusnames[i]))).collect();
    let list = match names.as_slice() {
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
        [] => String::new(),
    };
    let n = names.len();
    exc::type_error(format!("{}() missing {n} required {kind} argument{}: {list}", f.qualname(), if n == 1 { "" } else { "s" }))
}
