//! Built-in functions over iterables and text: `print`, `sorted`, `min`, `all`, …

use crate::class::native::{Args, FnDef, def, raw};
use crate::class::slots::CompareOp;
use crate::exc::Raised;
use crate::types::{iterators, list, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, exc, protocol};

fn print(a: Args) -> Res {
    let part = |i: usize, what: &str, default: &'static str| -> Res {
        match a.some(i) {
            None => Ok(str::intern(default)),
            Some(v) if str::is_str(v) => Ok(v.clone()),
            Some(v) => Err(exc::type_error(format!("{what} must be None or a string, not {}", v.class().full_name()))),
        }
    };
    let (sep, end) = (part(1, "sep", " ")?, part(2, "end", "\n")?);
    let file = match a.some(3) {
        Some(f) => f.clone(),
        None => match crate::eval::import::sys_attribute("stdout") {
            Some(f) if f.is_none() => return Ok(Value::NONE),
            Some(f) => f,
            None => return Err(exc::runtime_error("lost sys.stdout")),
        },
    };
    let flush = a.opt(4).map_or(Ok(false), protocol::is_true)?;
    print_to(&file, a.rest(0), &sep, &end)?;
    if flush {
        call::call_method(&file, &names().flush, &[])?;
    }
    Ok(Value::NONE)
}

/// Writes values to a file object as `print` does.
pub fn print_to(file: &Value, values: &[Value], sep: &Value, end: &Value) -> Res<()> {
    let write = protocol::attr::getattr(file, &names().write)?;
    for (i, v) in values.iter().enumerate() {
        if i > 0 {
            call::call1(&write, sep)?;
        }
        call::call1(&write, &protocol::str(v)?)?;
    }
    call::call1(&write, end).map(drop)
}

fn input(a: Args) -> Res {
    let stdout = crate::eval::import::sys_attribute("stdout").ok_or_else(|| exc::runtime_error("input(): lost sys.stdout"))?;
    let stdin = crate::eval::import::sys_attribute("stdin").ok_or_else(|| exc::runtime_error("input(): lost sys.stdin"))?;
    if let Some(stderr) = crate::eval::import::sys_attribute("stderr")
        && !stderr.is_none()
        && let Err(e) = call::call_method(&stderr, &names().flush, &[])
    {
        exc::clear(e);
    }
    if let Some(prompt) = a.opt(0) {
        call::call_method(&stdout, &names().write, &[protocol::str(prompt)?])?;
    }
    call::call_method(&stdout, &names().flush, &[])?;
    let line = call::call_method(&stdin, &str::intern("readline"), &[])?;
    if !str::is_str(&line) {
        return Err(exc::type_error("object.readline() returned non-string"));
    }
    if str::len(&line) == 0 {
        return Err(exc::eof_error("EOF when reading a line"));
    }
    call::call_method(&line, &str::intern("removesuffix"), &[str::intern("\n")])
}

fn all(a: Args) -> Res {
    let it = protocol::iter::iter(a.at(0))?;
    while let Some(v) = protocol::iter::next(&it)? {
        if !protocol::is_true(&v)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn any(a: Args) -> Res {
    let it = protocol::iter::iter(a.at(0))?;
    while let Some(v) = protocol::iter::next(&it)? {
        if protocol::is_true(&v)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn extreme(name: &str, op: CompareOp, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_none() && args.len() > 1 {
        let mut best = &args[0];
        for v in &args[1..] {
            if is_better(v, Some(best), op)? {
                best = v;
            }
        }
        return Ok(best.clone());
    }
    let kw: &[Value] = kwnames.map_or(&[], tuple::items);
    let npos = args.len() - kw.len();
    let (mut key, mut default) = (None, None);
    for (k, v) in kw.iter().zip(&args[npos..]) {
        match str::display(k).as_str() {
            "key" => key = Some(v.clone()).filter(|v| !v.is_none()),
            "default" => default = Some(v.clone()),
            other => return Err(exc::type_error(format!("{name}() got an unexpected keyword argument '{other}'"))),
        }
    }
    if npos == 0 {
        return Err(exc::type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    if npos > 1 && default.is_some() {
        return Err(exc::type_error(format!("Cannot specify a default for {name}() with multiple positional arguments")));
    }
    let (mut best, mut best_key): (Option<Value>, Option<Value>) = (None, None);
    let mut consider = |v: Value| -> Res<()> {
        let k = match &key {
            Some(f) => call::call1(f, &v)?,
            None => v.clone(),
        };
        if is_better(&k, best_key.as_ref(), op)? {
            best = Some(v);
            best_key = Some(k);
        }
        Ok(())
    };
    if npos > 1 {
        for v in &args[..npos] {
            consider(v.clone())?;
        }
    } else {
        let it = protocol::iter::iter(&args[0])?;
        while let Some(v) = protocol::iter::next(&it)? {
            consider(v)?;
        }
    }
    match best.or(default) {
        Some(v) => Ok(v),
        None => Err(no_extreme(name)),
    }
}

/// Whether min() or max() prefers a value to the best so far.
fn is_better(v: &Value, best: Option<&Value>, op: CompareOp) -> Res<bool> {
    let Some(best) = best else { return Ok(true) };
    match (v.as_small_int(), best.as_small_int()) {
        (Some(x), Some(y)) => Ok(op.holds(x.cmp(&y))),
        _ => protocol::compare_bool(v, best, op),
    }
}

/// min() or max(), as `op` says, of the best value so far, one more, and what an iterator has left.
pub fn extreme_of_rest(best: Option<Value>, value: &Value, rest: &Value, op: CompareOp) -> Res<Value> {
    let mut best = match best {
        Some(best) if !is_better(value, Some(&best), op)? => best,
        _ => value.clone(),
    };
    while let Some(v) = protocol::iter::next(rest)? {
        if is_better(&v, Some(&best), op)? {
            best = v;
        }
    }
    Ok(best)
}

/// The error of min() and max() of nothing.
pub fn no_extreme(name: &str) -> Raised {
    exc::value_error(format!("{name}() iterable argument is empty"))
}

fn min(args: &[Value], kwnames: Option<&Value>) -> Res {
    extreme("min", CompareOp::Lt, args, kwnames)
}

fn max(args: &[Value], kwnames: Option<&Value>) -> Res {
    extreme("max", CompareOp::Gt, args, kwnames)
}

fn sum(a: Args) -> Res {
    let zero = Value::small_int(0);
    let start = a.opt(1).unwrap_or(&zero);
    if str::is_str(start) {
        return Err(exc::type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    if start.is_instance(types().bytes) {
        return Err(exc::type_error("sum() can't sum bytes [use b''.join(seq) instead]"));
    }
    if start.is_instance(types().bytearray) {
        return Err(exc::type_error("sum() can't sum bytearray [use b''.join(seq) instead]"));
    }
    super::sum_values(a.at(0), start)
}

fn sorted(a: Args) -> Res {
    let l = list::from_vec(protocol::iter::collect(a.at(0))?);
    let reverse = a.opt(2).map_or(Ok(false), protocol::is_true)?;
    list::sort(&l, a.some(1), reverse)?;
    Ok(l)
}

fn iter(a: Args) -> Res {
    match a.opt(1) {
        None => protocol::iter::iter(a.at(0)),
        Some(sentinel) => {
            if !call::is_callable(a.at(0)) {
                return Err(exc::type_error("iter(v, w): v must be callable"));
            }
            Ok(iterators::new_callable(a.at(0).clone(), sentinel.clone()))
        }
    }
}

fn next(a: Args) -> Res {
    let it = a.at(0);
    let Some(f) = it.class().slots().next else {
        return Err(exc::type_error(format!("'{}' object is not an iterator", it.class().full_name())));
    };
    match f(it) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => match a.opt(1) {
            Some(d) => Ok(d.clone()),
            None => Err(exc::bare(types().stop_iteration)),
        },
        Err(e) if a.opt(1).is_some() && exc::matches(types().stop_iteration) => {
            exc::clear(e);
            Ok(a.at(1).clone())
        }
        Err(e) => Err(e),
    }
}

fn aiter(a: Args) -> Res {
    let v = a.at(0);
    let Some(f) = v.class().slots().aiter else {
        return Err(exc::type_error(format!("'{}' object is not an async iterable", v.class().full_name())));
    };
    let it = f(v)?;
    if it.class().slots().anext.is_none() {
        return Err(exc::type_error(format!("aiter() returned not an async iterator of type '{}'", it.class().full_name())));
    }
    Ok(it)
}

fn anext(a: Args) -> Res {
    let v = a.at(0);
    let Some(f) = v.class().slots().anext else {
        return Err(exc::type_error(format!("'{}' object is not an async iterator", v.class().full_name())));
    };
    let awaitable = f(v)?;
    match a.opt(1) {
        None => Ok(awaitable),
        Some(d) => Ok(crate::types::async_generator::anext_with_default(awaitable, d.clone())),
    }
}

fn chr(a: Args) -> Res {
    let n = protocol::number::index(a.at(0))?;
    match n.as_small_int() {
        Some(i) if (0..0x110000).contains(&i) => Ok(str::from_code_points(std::iter::once(i as u32))),
        _ => Err(exc::value_error("chr() arg not in range(0x110000)")),
    }
}

fn ord(a: Args) -> Res {
    let v = a.at(0);
    let size = if str::is_str(v) {
        if str::len(v) == 1 {
            return Ok(Value::int(i64::from(str::code_point_at(v, 0))));
        }
        str::len(v)
    } else if v.is_instance(types().bytes) || v.is_instance(types().bytearray) {
        let b = crate::buffer::get(v)?;
        if b.as_slice().len() == 1 {
            return Ok(Value::int(i64::from(b.as_slice()[0])));
        }
        b.as_slice().len()
    } else {
        return Err(exc::type_error(format!("ord() expected string of length 1, but {} found", v.class().full_name())));
    };
    Err(exc::type_error(format!("ord() expected a character, but string of length {size} found")))
}

/// This file's functions.
pub const FUNCTIONS: &[FnDef] = &[
    def(
        "print",
        "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)",
        print,
        "Prints the values to a stream, or to sys.stdout by default.\n\n  sep\n    string inserted between values, default a space.\n  end\n    string appended after the last value, default a newline.\n  file\n    a file-like object (stream); defaults to the current sys.stdout.\n  flush\n    whether to forcibly flush the stream.",
    ),
    def(
        "input",
        "($module, prompt='', /)",
        input,
        "Read a string from standard input.  The trailing newline is stripped.\n\nThe prompt string, if given, is printed to standard output without a\ntrailing newline before reading input.\n\nIf the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.\nOn *nix systems, readline is used if available.",
    ),
    def(
        "all",
        "($module, iterable, /)",
        all,
        "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True.",
    ),
    def(
        "any",
        "($module, iterable, /)",
        any,
        "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False.",
    ),
    raw(
        "min",
        "",
        min,
        "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nWith a single iterable argument, return its smallest item. The\ndefault keyword-only argument specifies an object to return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the smallest argument.",
    ),
    raw(
        "max",
        "",
        max,
        "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nWith a single iterable argument, return its biggest item. The\ndefault keyword-only argument specifies an object to return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the largest argument.",
    ),
    def(
        "sum",
        "($module, iterable, /, start=0)",
        sum,
        "Return the sum of a 'start' value (default: 0) plus an iterable of numbers\n\nWhen the iterable is empty, return the start value.\nThis function is intended specifically for use with numeric values and may\nreject non-numeric types.",
    ),
    def(
        "sorted",
        "($module, iterable, /, *, key=None, reverse=False)",
        sorted,
        "Return a new list containing all items from the iterable in ascending order.\n\nA custom key function can be supplied to customize the sort order, and the\nreverse flag can be set to request the result in descending order.",
    ),
    def(
        "iter",
        "($module, object, sentinel=<unrepresentable>, /)",
        iter,
        "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an iterator from an object.\nIn the first form, the argument must supply its own iterator, or be a sequence.\nIn the second form, the callable is called until it returns the sentinel.",
    ),
    def(
        "next",
        "($module, iterator, default=<unrepresentable>, /)",
        next,
        "next(iterator[, default])\n\nReturn the next item from the iterator. If default is given and the iterator\nis exhausted, it is returned instead of raising StopIteration.",
    ),
    def("aiter", "($module, async_iterable, /)", aiter, "Return an AsyncIterator for an AsyncIterable object."),
    def(
        "anext",
        "($module, aiterator, default=<unrepresentable>, /)",
        anext,
        "Return the next item from the async iterator.\n\nIf default is given and the async iterator is exhausted,\nit is returned instead of raising StopAsyncIteration.",
    ),
    def("chr", "($module, i, /)", chr, "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."),
    def(
        "ord",
        "($module, c, /)",
        ord,
        "Return the ordinal value of a character.\n\nIf the argument is a one-character string, return the Unicode code\npoint of that character.\n\nIf the argument is a bytes or bytearray object of length 1, return its\nsingle byte value.",
    ),
];
