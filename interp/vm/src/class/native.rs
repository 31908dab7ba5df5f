//! Native functions: how Rust functions are declared to Python, and how their arguments are bound.
//!
//! A declaration is a [`FnDef`]: a name, a text signature in CPython's form, a doc string, a function. The text
//! signature is what `inspect.signature` shows *and* what arguments are checked against, so that counts, names,
//! defaults and error messages have one definition.

use crate::exc;
use crate::types::{dict, str, tuple};
use crate::value::{Res, Value};
use std::cell::Cell;
use weft_layout::tag::Word;

/// Arguments bound to the parameters of a text signature, one place for each parameter.
#[derive(Clone, Copy)]
pub struct Args<'a>(&'a [Option<Value>]);

impl<'a> Args<'a> {
    /// The argument of required parameter `i`.
    #[inline(always)]
    pub fn at(&self, i: usize) -> &'a Value {
        self.0[i].as_ref().expect("a required parameter is bound")
    }

    /// The argument of parameter `i`, if it was given.
    #[inline(always)]
    pub fn opt(&self, i: usize) -> Option<&'a Value> {
        self.0.get(i).and_then(Option::as_ref)
    }

    /// The argument of parameter `i`, if it was given and is not None.
    #[inline(always)]
    pub fn some(&self, i: usize) -> Option<&'a Value> {
        self.opt(i).filter(|v| !v.is_none())
    }

    /// Parameter `i`, the `*args` of the signature, as a slice.
    pub fn rest(&self, i: usize) -> &'a [Value] {
        tuple::items(self.at(i))
    }
}

/// The Rust function behind a native function.
#[derive(Clone, Copy)]
pub enum NativeFn {
    /// Takes arguments bound by the text signature.
    Bound(fn(Args) -> Res),
    /// Takes positional arguments, then keyword values, and the tuple of keyword names.
    Raw(fn(&[Value], Option<&Value>) -> Res),
}

/// How a native function in a class is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Binding {
    Instance,
    Class,
    Static,
}

/// The declaration of a native function or method.
pub struct FnDef {
    /// The name.
    pub name: &'static str,
    /// The text signature, such as `($self, key, default=None, /)`. `$self` and `$type` are parameters that the
    /// function gets; `$module` is not.
    pub sig: &'static str,
    /// The doc string, without the signature.
    pub doc: &'static str,
    /// The function.
    pub func: NativeFn,
    /// How it is bound when it is in a class.
    pub binding: Binding,
}

/// A method or function whose arguments are bound by `sig`.
pub const fn def(name: &'static str, sig: &'static str, func: fn(Args) -> Res, doc: &'static str) -> FnDef {
    FnDef { name, sig, doc, func: NativeFn::Bound(func), binding: Binding::Instance }
}

/// A method or function that takes its arguments as they were passed.
pub const fn raw(name: &'static str, sig: &'static str, func: fn(&[Value], Option<&Value>) -> Res, doc: &'static str) -> FnDef {
    FnDef { name, sig, doc, func: NativeFn::Raw(func), binding: Binding::Instance }
}

/// A class method.
pub const fn class_def(name: &'static str, sig: &'static str, func: fn(Args) -> Res, doc: &'static str) -> FnDef {
    FnDef { name, sig, doc, func: NativeFn::Bound(func), binding: Binding::Class }
}

/// A static method.
pub const fn static_def(name: &'static str, sig: &'static str, func: fn(Args) -> Res, doc: &'static str) -> FnDef {
    FnDef { name, sig, doc, func: NativeFn::Bound(func), binding: Binding::Static }
}

/// An attribute computed by native code.
pub struct GetSetDef {
    /// The name.
    pub name: &'static str,
    /// Computes the value.
    pub get: fn(&Value) -> Res,
    /// Sets it, or deletes it where the value is `None`.
    pub set: Option<fn(&Value, Option<&Value>) -> Res<()>>,
    /// The doc string.
    pub doc: &'static str,
}

/// A read-only computed attribute.
pub const fn getter(name: &'static str, get: fn(&Value) -> Res, doc: &'static str) -> GetSetDef {
    GetSetDef { name, get, set: None, doc }
}

/// A read-only attribute that is a plain field in CPython (a member), and says so when it is set.
pub const fn member(name: &'static str, get: fn(&Value) -> Res, doc: &'static str) -> GetSetDef {
    GetSetDef { name, get, set: Some(|_, _| Err(exc::attribute_error("readonly attribute"))), doc }
}

/// A computed attribute that can be set.
pub const fn getset(
    name: &'static str,
    get: fn(&Value) -> Res,
    set: fn(&Value, Option<&Value>) -> Res<()>,
    doc: &'static str,
) -> GetSetDef {
    GetSetDef { name, get, set: Some(set), doc }
}

/// The parameters of a text signature.
#[derive(Debug)]
pub struct Params {
    names: Vec<Param>,
    /// Parameters before this one can only be passed by position.
    posonly: usize,
    /// Parameters before this one can be passed by position.
    positional: usize,
    required: usize,
    varargs: Option<usize>,
    varkw: Option<usize>,
    /// The length of the text.
    text_len: usize,
    /// The number of parameters, if that many positional arguments fill them all; else a number no call has.
    exact: usize,
    /// Whether positional arguments, from `required` to `positional` of them, need no more than to be put in their places.
    plain: bool,
    /// Whether the first parameter is `$self` or `$type`, which error messages do not count.
    has_self: bool,
}

/// The parameters of a native function, looked for when it is first called: of the functions that there are, a program calls few.
/// All objects made for one declaration share them: bound methods are made all the time.
#[derive(Default)]
pub struct LazyParams(Cell<Option<&'static Params>>);

impl LazyParams {
    /// What is not known yet.
    pub const fn new() -> LazyParams {
        LazyParams(Cell::new(None))
    }

    #[inline(always)]
    fn get(&self, sig: &'static str) -> &'static Params {
        match self.0.get() {
            Some(p) => p,
            None => self.look_up(sig),
        }
    }

    #[cold]
    #[inline(never)]
    fn look_up(&self, sig: &'static str) -> &'static Params {
        let p = parsed(sig);
        self.0.set(Some(p));
        p
    }
}

#[derive(Debug)]
struct Param {
    name: Value,
    required: bool,
}

impl Params {
    /// Reads a text signature. A signature that is not well formed is a mistake in Weft, and panics when first used.
    pub fn parse(sig: &'static str) -> Params {
        let inner = sig.strip_prefix('(').and_then(|s| s.strip_suffix(')')).expect("a text signature is in parentheses");
        let mut p = Params {
            names: Vec::new(),
            posonly: 0,
            positional: 0,
            required: 0,
            varargs: None,
            varkw: None,
            text_len: sig.len(),
            exact: usize::MAX,
            plain: false,
            has_self: false,
        };
        let mut keyword_only = false;
        let inner = &*without_groups(inner);
        for part in split_top(inner) {
            let part = part.trim();
            match part {
                "" | "$module" => continue,
                "/" => p.posonly = p.names.len(),
                "*" => keyword_only = true,
                _ => {
                    let (name, default) = match part.split_once('=') {
                        Some((n, d)) => (n.trim(), Some(d)),
                        None => (part, None),
                    };
                    let index = p.names.len();
                    let mut required = default.is_none();
                    let name = if let Some(n) = name.strip_prefix("**") {
                        p.varkw = Some(index);
                        required = false;
                        n
                    } else if let Some(n) = name.strip_prefix('*') {
                        p.varargs = Some(index);
                        keyword_only = true;
                        required = false;
                        n
                    } else if let Some(n) = name.strip_prefix('$') {
                        p.has_self = true;
                        n
                    } else {
                        name
                    };
                    if !keyword_only && p.varkw.is_none() {
                        p.positional = index + 1;
                        if required {
                            p.required = index + 1;
                        }
                    }
                    p.names.push(Param { name: str::intern(name), required });
                }
            }
        }
        if p.has_self {
            p.posonly = p.posonly.max(1);
        }
        let required_keyword = p.names[p.positional..].iter().any(|q| q.required);
        p.plain = p.varargs.is_none() && p.varkw.is_none() && !required_keyword && p.names.len() <= MAX_PLAIN;
        if p.names.len() == p.positional {
            p.exact = p.positional;
        }
        p
    }
}

/// Writes optional groups, as in `sub[, start[, end]]`, as parameters with a default.
fn without_groups(s: &str) -> std::borrow::Cow<'_, str> {
    if !s.as_bytes().windows(2).any(|w| w == b"[,") {
        return s.into();
    }
    let (mut out, mut depth, mut optional) = (String::new(), 0, false);
    for c in s.chars().chain(",".chars()) {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' => {
                out.push_str(if optional { "=<unset>," } else { "," });
                optional = depth > 0;
            }
            c => out.push(c),
        }
    }
    out.into()
}

/// Splits at commas that are not inside brackets or quotes.
fn split_top(s: &str) -> Vec<&str> {
    let (mut depth, mut start, mut quote, mut parts) = (0i32, 0, None, Vec::new());
    for (i, c) in s.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&s[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&s[start..]);
    parts
}

/// Calls a native function: binds `args` (positional, then keyword values named by `kwnames`) and runs it. `qualified`
/// gives its name with its class or module, for error messages.
#[inline]
pub fn call(def: &'static FnDef, params: &LazyParams, args: &[Value], kwnames: Option<&Value>, qualified: &dyn Fn() -> String) -> Res {
    match def.func {
        NativeFn::Raw(f) => f(args, kwnames),
        NativeFn::Bound(f) => {
            let p = params.get(def.sig);
            let mut room = [0; MAX_PLAIN];
            if kwnames.is_none()
                && let Some(bound) = plain_places(p, args, &mut room)
            {
                return f(bound);
            }
            let callee = Callee { name: def.name, qualified: Some(qualified) };
            bind(&callee, p, args, kwnames, |bound| f(Args(bound)))
        }
    }
}

/// As [`call`], with positional arguments only; `None` where binding them is more than putting them in their places.
#[inline(always)]
pub fn call_plain(def: &'static FnDef, params: &LazyParams, args: &[Value]) -> Option<Res> {
    match def.func {
        NativeFn::Raw(f) => Some(f(args, None)),
        NativeFn::Bound(f) => {
            let mut room = [0; MAX_PLAIN];
            plain_places(params.get(def.sig), args, &mut room).map(f)
        }
    }
}

/// Parameters that are bound without the heap.
const MAX_PLAIN: usize = 8;

/// Positional arguments in their places, where that is all that binding them takes. The places borrow what the
/// arguments own.
#[inline(always)]
fn plain_places<'a>(p: &Params, args: &'a [Value], room: &'a mut [Word; MAX_PLAIN]) -> Option<Args<'a>> {
    let n = args.len();
    if n == p.exact {
        // SAFETY: Option<Value> is laid out as Value, None being the word no Value has.
        return Some(Args(unsafe { std::slice::from_raw_parts(args.as_ptr().cast(), n) }));
    }
    if !p.plain || n < p.required || n > p.positional {
        return None;
    }
    *room = [weft_layout::tag::NULL; MAX_PLAIN];
    room[..n].copy_from_slice(words(args));
    // SAFETY: as above; words are not dropped.
    Some(Args(unsafe { std::slice::from_raw_parts(room.as_ptr().cast(), p.names.len()) }))
}

/// What is called, as error messages name it.
struct Callee<'a> {
    name: &'a str,
    /// The name with class or module, for functions; constructors have their own wording.
    qualified: Option<&'a dyn Fn() -> String>,
}

impl Callee<'_> {
    fn full(&self) -> String {
        self.qualified.map_or_else(|| self.name.to_owned(), |f| f())
    }
}

/// Binds arguments to the parameters of `p` and passes them to `f`.
fn bind<R>(callee: &Callee, p: &Params, args: &[Value], kwnames: Option<&Value>, f: impl FnOnce(&[Option<Value>]) -> Res<R>) -> Res<R> {
    let fname = callee.name;
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let npos = args.len() - names.len();
    let (positional, keywords) = args.split_at(npos);
    let hidden = p.has_self as usize;
    if npos > p.positional && p.varargs.is_none() {
        return Err(too_many(callee, p, npos - hidden));
    }
    let mut bound: Vec<Option<Value>> = Vec::with_capacity(p.names.len());
    bound.resize_with(p.names.len(), || None);
    for (place, value) in bound.iter_mut().zip(&positional[..npos.min(p.positional)]) {
        *place = Some(value.clone());
    }
    if let Some(i) = p.varargs {
        bound[i] = Some(tuple::from_slice(positional.get(p.positional..).unwrap_or(&[])));
    }
    let extra = p.varkw.map(|i| (i, dict::new()));
    for (name, value) in names.iter().zip(keywords) {
        let found = p
            .names
            .iter()
            .enumerate()
            .skip(p.posonly)
            .position(|(i, q)| Some(i) != p.varargs && Some(i) != p.varkw && (q.name.is(name) || str::equal(&q.name, name)));
        match found {
            Some(k) => {
                let i = k + p.posonly;
                if bound[i].is_some() {
                    let n = i + 1 - hidden;
                    return Err(exc::type_error(format!(
                        "argument for {fname}() given by name ('{}') and position ({n})",
                        str::display(name)
                    )));
                }
                bound[i] = Some(value.clone());
            }
            None => match &extra {
                Some((_, d)) => dict::set(d, name, value)?,
                None if p.names.len() - hidden == p.posonly.saturating_sub(hidden) => {
                    return Err(exc::type_error(format!("{}() takes no keyword arguments", callee.full())));
                }
                None => return Err(exc::type_error(format!("{fname}() got an unexpected keyword argument '{}'", str::display(name)))),
            },
        }
    }
    if let Some((i, d)) = extra {
        bound[i] = Some(d);
    }
    if let Some(i) = (0..p.names.len()).find(|&i| p.names[i].required && bound[i].is_none()) {
        if i < p.posonly || (p.posonly == p.names.len()) {
            return Err(too_few(callee, p, npos.saturating_sub(hidden)));
        }
        let n = i + 1 - hidden;
        return Err(exc::type_error(format!("{fname}() missing required argument '{}' (pos {n})", str::display(&p.names[i].name))));
    }
    f(&bound)
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn too_many(callee: &Callee, p: &Params, given: usize) -> exc::Raised {
    let fname = callee.name;
    let hidden = p.has_self as usize;
    let (most, least) = (p.positional - hidden, p.required.max(hidden) - hidden);
    if p.names.len() == p.posonly {
        return match (most, least) {
            (0, _) => exc::type_error(format!("{}() takes no arguments ({given} given)", callee.full())),
            (1, 1) if callee.qualified.is_some() => one_argument(callee, given),
            (m, l) if m == l => exc::type_error(format!("{fname} expected {m} argument{}, got {given}", plural(m))),
            (m, _) => exc::type_error(format!("{fname} expected at most {m} argument{}, got {given}", plural(m))),
        };
    }
    if most == 0 {
        return exc::type_error(format!("{fname}() takes no positional arguments"));
    }
    if p.names.len() > p.positional || least < most {
        let kind = if p.names.len() > p.positional { "positional argument" } else { "argument" };
        let word = if least == most { "exactly" } else { "at most" };
        return exc::type_error(format!("{fname}() takes {word} {most} {kind}{} ({given} given)", plural(most)));
    }
    exc::type_error(format!("{fname}() takes exactly {most} argument{} ({given} given)", plural(most)))
}

fn one_argument(callee: &Callee, given: usize) -> exc::Raised {
    exc::type_error(format!("{}() takes exactly one argument ({given} given)", callee.full()))
}

fn too_few(callee: &Callee, p: &Params, given: usize) -> exc::Raised {
    let fname = callee.name;
    let hidden = p.has_self as usize;
    let (most, least) = (p.positional - hidden, p.required.max(hidden) - hidden);
    if p.posonly < p.names.len() {
        let word = if least == most { "exactly" } else { "at least" };
        exc::type_error(format!("{fname}() takes {word} {least} positional argument{} ({given} given)", plural(least)))
    } else if most == 1 && least == 1 && callee.qualified.is_some() {
        one_argument(callee, given)
    } else if most == least {
        exc::type_error(format!("{fname} expected {least} argument{}, got {given}", plural(least)))
    } else {
        exc::type_error(format!("{fname} expected at least {least} argument{}, got {given}", plural(least)))
    }
}

/// Binds the arguments of a constructor (`__new__` or `__init__` of a native class) by a text signature without `$self`.
pub fn bind_call<R>(fname: &str, sig: &'static str, args: &[Value], kwnames: Option<&Value>, f: impl FnOnce(Args) -> Res<R>) -> Res<R> {
    let p = parsed(sig);
    let mut room = [0; MAX_PLAIN];
    if kwnames.is_none()
        && let Some(bound) = plain_places(p, args, &mut room)
    {
        return f(bound);
    }
    bind(&Callee { name: fname, qualified: None }, p, args, kwnames, |bound| f(Args(bound)))
}

const BUCKETS: usize = 256;

/// Signatures that have been parsed, by the address of their text.
static PARSED: crate::global::Global<[Vec<(usize, &'static Params)>; BUCKETS]> =
    crate::global::Global::new([const { Vec::new() }; BUCKETS]);

fn parsed(sig: &'static str) -> &'static Params {
    let key = sig.as_ptr() as usize;
    // SAFETY: the GIL is held, and parsing runs no Python.
    let bucket = unsafe { &mut (*PARSED.get())[(key >> 1 ^ key >> 9) % BUCKETS] };
    match bucket.iter().find(|(k, p)| *k == key && p.text_len == sig.len()) {
        Some((_, p)) => p,
        None => {
            let p: &'static Params = Box::leak(Box::new(Params::parse(sig)));
            bucket.push((key, p));
            p
        }
    }
}

/// The words of some values, for passing to code that takes words.
pub fn words(values: &[Value]) -> &[Word] {
    // SAFETY: Value is a transparent word.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// The signature of a constructor (without `$self`), parsed when it is first used.
pub struct Signature {
    fname: &'static str,
    text: &'static str,
    params: LazyParams,
}

// SAFETY: the parameters are parsed and read under the GIL.
unsafe impl Sync for Signature {}

impl Signature {
    /// The signature `text` of `fname`.
    pub const fn new(fname: &'static str, text: &'static str) -> Signature {
        Signature { fname, text, params: LazyParams::new() }
    }

    /// Binds arguments and passes them to `f`.
    pub fn bind<R>(&self, args: &[Value], kwnames: Option<&Value>, f: impl FnOnce(Args) -> Res<R>) -> Res<R> {
        let p = self.params.get(self.text);
        let mut room = [0; MAX_PLAIN];
        if kwnames.is_none()
            && let Some(bound) = plain_places(p, args, &mut room)
        {
            return f(bound);
        }
        // Where all is positional, a constructor words a wrong count as functions of several arguments do.
        if p.posonly == p.names.len() && kwnames.is_none_or(|k| tuple::items(k).is_empty()) {
            let (given, least, most) = (args.len(), p.required, p.positional);
            let (word, n) = match () {
                () if least == most && given != most => ("", most),
                () if given < least => ("at least ", least),
                () if given > most => ("at most ", most),
                () => ("", usize::MAX),
            };
            if n != usize::MAX {
                return Err(exc::type_error(format!("{} expected {word}{n} argument{}, got {given}", self.fname, plural(n))));
            }
        }
        bind(&Callee { name: self.fname, qualified: None }, p, args, kwnames, |bound| f(Args(bound)))
    }
}
