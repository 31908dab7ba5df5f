//! `re.Pattern`.

use super::matching;
use super::program::Program;
use super::scanner;
use super::subject::{Subject, Walk};
use super::template::{self, Template};
use crate::LazyClass;
use std::hash::{Hash, Hasher};
use weft_layout::tag::Word;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, Signature, class_def, def, getset, getter, raw};
use weft_vm::class::slots::{CompareOp, Slots};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{self, number, sequence};
use weft_vm::types::text::Text;
use weft_vm::types::{bounds, generic_alias, list, mappingproxy, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::vm::types;
use weft_vm::{buffer, call, exc};

static PATTERN: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "re.Pattern",
    doc: "Compiled regular expression object.",
    payload: PayloadOps::of::<Pattern>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), hash: Some(hash), compare: Some(compare), ..Slots::NONE },
    methods: &[
        raw(
            "match",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            |a, k| one_match(&MATCH, a, k, |w, p| w.match_here(p, false)),
            "Matches zero or more characters at the beginning of the string.",
        ),
        raw(
            "fullmatch",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            |a, k| one_match(&FULLMATCH, a, k, |w, p| w.match_here(p, true)),
            "Matches against all of the string.",
        ),
        raw(
            "search",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            |a, k| one_match(&SEARCH, a, k, Walk::search),
            "Scan through string looking for a match, and return a corresponding match object instance.\n\nReturn None if no position in the string matches.",
        ),
        raw(
            "sub",
            "($self, /, repl, string, count=0)",
            |a, k| substitute(&SUB, a, k).map(|(text, _)| text),
            "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.",
        ),
        raw(
            "subn",
            "($self, /, repl, string, count=0)",
            |a, k| substitute(&SUBN, a, k).map(|(text, n)| tuple::from_array([text, Value::usize(n)])),
            "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl.",
        ),
        raw(
            "findall",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            |a, k| walk(&FINDALL, a, k, findall),
            "Return a list of all non-overlapping matches of pattern in string.",
        ),
        def("split", "($self, /, string, maxsplit=0)", split, "Split string by the occurrences of pattern."),
        raw(
            "finditer",
            "($self, /, string, pos=0, endpos=sys.maxsize)",
            |a, k| walk(&FINDITER, a, k, |v, w| Ok(scanner::iterator(scanner::new(v, w)))),
            "Return an iterator over all non-overlapping matches for the RE pattern in string.\n\nFor each match, the iterator returns a match object.",
        ),
        raw("scanner", "($self, /, string, pos=0, endpos=sys.maxsize)", |a, k| walk(&SCANNER, a, k, |v, w| Ok(scanner::new(v, w))), ""),
        def("__copy__", "($self, /)", |a| Ok(a.at(0).clone()), ""),
        def("__deepcopy__", "($self, memo, /)", |a| Ok(a.at(0).clone()), ""),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "Patterns are generic over the type of string they handle (str or bytes)",
        ),
    ],
    getsets: &[
        getter(
            "groupindex",
            |v| Ok(mappingproxy::new(Pattern::of(v).group_index.clone())),
            "A dictionary mapping group names to group numbers.",
        ),
        getset(
            "pattern",
            |v| Ok(Pattern::of(v).pattern.clone()),
            sequence::read_only,
            "The pattern string from which the RE object was compiled.",
        ),
        getset("flags", |v| Ok(Value::small_int(Pattern::of(v).flags.into())), sequence::read_only, "The regex matching flags."),
        getset(
            "groups",
            |v| Ok(Value::usize(Pattern::of(v).groups)),
            sequence::read_only,
            "The number of capturing groups in the pattern.",
        ),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

static MATCH: Signature = Signature::new("match", "($self, /, string, pos=0, endpos=sys.maxsize)");
static FULLMATCH: Signature = Signature::new("fullmatch", "($self, /, string, pos=0, endpos=sys.maxsize)");
static SEARCH: Signature = Signature::new("search", "($self, /, string, pos=0, endpos=sys.maxsize)");
static FINDALL: Signature = Signature::new("findall", "($self, /, string, pos=0, endpos=sys.maxsize)");
static FINDITER: Signature = Signature::new("finditer", "($self, /, string, pos=0, endpos=sys.maxsize)");
static SCANNER: Signature = Signature::new("scanner", "($self, /, string, pos=0, endpos=sys.maxsize)");
static SUB: Signature = Signature::new("sub", "($self, /, repl, string, count=0)");
static SUBN: Signature = Signature::new("subn", "($self, /, repl, string, count=0)");

/// The payload.
pub struct Pattern {
    pattern: Value,
    flags: u32,
    code: Vec<u32>,
    /// The code, ready to run.
    pub program: Program,
    /// How many groups there are, the match itself not counted.
    pub groups: usize,
    /// A dict from names to groups.
    pub group_index: Value,
    /// A tuple of names, None for groups without one.
    pub index_group: Value,
    /// Whether the pattern is for bytes; `None` if it is for both.
    pub is_bytes: Option<bool>,
}

// SAFETY: every instance of Pattern is made with a Pattern payload.
unsafe impl Payload for Pattern {
    fn class() -> &'static Type {
        PATTERN.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for v in [&self.pattern, &self.group_index, &self.index_group] {
            visit(v.word());
        }
    }
}

impl Pattern {
    /// The payload of a pattern object.
    pub fn of(v: &Value) -> &Pattern {
        // SAFETY: called with pattern objects only.
        unsafe { v.payload() }
    }
}

/// `_sre.compile`
pub fn compile(a: Args) -> Res {
    let check = |i: usize, name: &str, class: &Type| {
        if a.at(i).is_instance(class) {
            return Ok(());
        }
        let (wanted, got) = (class.name(), a.at(i).class().full_name());
        Err(exc::type_error(format!("compile() argument '{name}' must be {wanted}, not {got}")))
    };
    let t = types();
    check(2, "code", t.list)?;
    check(4, "groupindex", t.dict)?;
    check(5, "indexgroup", t.tuple)?;
    let pattern = a.at(0);
    let is_bytes = match pattern {
        p if p.is_none() => None,
        p if str::is_str(p) => Some(false),
        p if buffer::is_supported(p) => Some(true),
        p => return Err(exc::type_error(format!("expected string or bytes-like object, got '{}'", p.class().full_name()))),
    };
    let flags = bounds::c_int_arg(a.at(1))? as u32;
    let groups = usize::try_from(number::as_isize(a.at(3))?).unwrap_or(usize::MAX);
    if groups > i32::MAX as usize / 2 {
        return Err(exc::runtime_error("invalid SRE code"));
    }
    let limit = || exc::overflow_error("regular expression code size limit exceeded");
    let code: Vec<u32> = list::to_vec(a.at(2))
        .iter()
        .map(|c| weft_vm::types::int::as_i64(&number::index(c)?).and_then(|c| u32::try_from(c).ok()).ok_or_else(limit))
        .collect::<Res<_>>()?;
    let program = Program::new(&code, groups)?;
    Ok(new_object(Pattern {
        pattern: pattern.clone(),
        flags,
        code,
        program,
        groups,
        group_index: a.at(4).clone(),
        index_group: a.at(5).clone(),
        is_bytes,
    }))
}

/// Binds `(string, pos, endpos)` and passes a walk over the string to `f`.
fn walk<R>(signature: &'static Signature, args: &[Value], kwnames: Option<&Value>, f: impl FnOnce(&Value, Walk) -> Res<R>) -> Res<R> {
    if let ([v, string], None) = (args, kwnames) {
        return f(v, Walk::new(Pattern::of(v), string, 0, isize::MAX)?);
    }
    signature.bind(args, kwnames, |a| {
        let pos = a.opt(2).map_or(Ok(0), number::as_isize)?;
        let endpos = a.opt(3).map_or(Ok(isize::MAX), number::as_isize)?;
        f(a.at(0), Walk::new(Pattern::of(a.at(0)), a.at(1), pos, endpos)?)
    })
}

fn one_match(
    signature: &'static Signature,
    args: &[Value],
    kwnames: Option<&Value>,
    find: impl FnOnce(&mut Walk, &Pattern) -> Res<Option<super::engine::Found>>,
) -> Res {
    walk(signature, args, kwnames, |v, mut w| match find(&mut w, Pattern::of(v))? {
        Some(found) => Ok(matching::new(v, &w, found)),
        None => Ok(Value::NONE),
    })
}

fn findall(v: &Value, mut w: Walk) -> Res {
    let p = Pattern::of(v);
    let empty = w.subject.slice(0, 0)?;
    let all = list::new();
    while let Some(found) = w.search(p)? {
        let group = |i: usize| Ok(w.group(&found, i)?.unwrap_or_else(|| empty.clone()));
        let item = match p.groups {
            0 => group(0)?,
            1 => group(1)?,
            n => tuple::from_vec((1..=n).map(group).collect::<Res<_>>()?),
        };
        list::append(&all, item)?;
    }
    Ok(all)
}

fn split(a: Args) -> Res {
    let v = a.at(0);
    let p = Pattern::of(v);
    let most = a.opt(2).map_or(Ok(0), number::as_isize)?;
    let mut w = Walk::new(p, a.at(1), 0, isize::MAX)?;
    let all = list::new();
    let (mut last, mut n) = (0, 0);
    while most == 0 || n < most {
        let Some(found) = w.search(p)? else { break };
        list::append(&all, w.subject.slice(last, found.span.0)?)?;
        for group in 1..=p.groups {
            list::append(&all, w.group(&found, group)?.unwrap_or(Value::NONE))?;
        }
        last = found.span.1;
        n += 1;
    }
    list::append(&all, w.subject.slice(last, w.endpos)?)?;
    Ok(all)
}

/// What takes the place of matches.
enum Filter {
    Literal(Value),
    Template(Value),
    Callable(Value),
}

fn filter_of(pattern: &Value, replacement: &Value) -> Res<Filter> {
    if call::is_callable(replacement) {
        return Ok(Filter::Callable(replacement.clone()));
    }
    let plain = match Subject::new(replacement) {
        Ok(s) => s.view().position('\\'.into()).is_none(),
        Err(e) => {
            exc::clear(e);
            false
        }
    };
    if plain {
        return Ok(Filter::Literal(replacement.clone()));
    }
    let made = template::compile(pattern, replacement)?;
    Ok(match made.downcast_exact::<Template>() {
        Some(t) if t.is_literal() => Filter::Literal(t.literal.clone()),
        Some(_) => Filter::Template(made),
        None if call::is_callable(&made) => Filter::Callable(made),
        None => Filter::Literal(made),
    })
}

/// The text with matches replaced, and how many were.
fn substitute(signature: &'static Signature, args: &[Value], kwnames: Option<&Value>) -> Res<(Value, usize)> {
    signature.bind(args, kwnames, |a| {
        let (v, count) = (a.at(0), a.opt(3).map_or(Ok(0), number::as_isize)?);
        let p = Pattern::of(v);
        let filter = filter_of(v, a.at(1))?;
        let mut w = Walk::new(p, a.at(2), 0, isize::MAX)?;
        let mut pieces = Vec::new();
        let (mut last, mut n) = (0, 0);
        while count == 0 || (n as isize) < count {
            let Some(found) = w.search(p)? else { break };
            let (from, to) = found.span;
            if last < from {
                pieces.push(w.subject.slice(last, from)?);
            }
            let piece = match &filter {
                Filter::Literal(text) => text.clone(),
                Filter::Template(t) => match t.downcast_exact::<Template>() {
                    Some(t) => t.expand(matching::this(&matching::new(v, &w, found)))?,
                    None => Value::NONE,
                },
                Filter::Callable(f) => call::call1(f, &matching::new(v, &w, found))?,
            };
            if !piece.is_none() {
                pieces.push(piece);
            }
            last = to;
            n += 1;
        }
        if last < w.endpos {
            pieces.push(w.subject.slice(last, w.endpos)?);
        }
        Ok((w.subject.join(&pieces)?, n))
    })
}

const FLAG_NAMES: [(u32, &str); 8] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (32, "re.UNICODE"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];

fn repr(v: &Value) -> Res {
    let p = Pattern::of(v);
    let mut flags = p.flags;
    // Unicode goes without saying for a str.
    if p.is_bytes == Some(false) && flags & (4 | 32 | 256) == 32 {
        flags &= !32;
    }
    let mut names: Vec<String> = Vec::new();
    for (bit, name) in FLAG_NAMES {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let shown = protocol::repr(&p.pattern)?;
    let shown = if str::len(&shown) > 200 { str::substring(&shown, 0, 200)? } else { shown };
    let text = Text::new().add("re.compile(").value(&shown);
    let text = if names.is_empty() { text } else { text.add(", ").add(&names.join("|")) };
    Ok(text.add(")").finish())
}

fn hash(v: &Value) -> Res<i64> {
    let p = Pattern::of(v);
    let pattern = protocol::hash(&p.pattern)?;
    let mut h = std::hash::DefaultHasher::new();
    (&p.code, pattern, p.flags, p.is_bytes, p.groups).hash(&mut h);
    let h = h.finish() as i64;
    Ok(if h == -1 { -2 } else { h })
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast_exact::<Pattern>(), b.downcast_exact::<Pattern>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    // Types and flags are compared first, so that a str pattern is not compared with a bytes pattern.
    let same = a.is(b) || (x.flags == y.flags && x.is_bytes == y.is_bytes && x.code == y.code && protocol::equal(&x.pattern, &y.pattern)?);
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}
