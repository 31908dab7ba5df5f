//! `re.Match`.

use super::engine::Found;
use super::pattern::Pattern;
use super::subject::{Subject, Walk};
use super::template::{self, Template};
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, class_def, def, getset, getter, raw};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::protocol::{number, sequence};
use weft_vm::types::text::Text;
use weft_vm::types::{dict, generic_alias, int, tuple};
use weft_vm::value::{Payload, Res, Value, new_object};

static MATCH: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "re.Match",
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    payload: PayloadOps::of::<Match>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), get_item: Some(|v, key| this(v).by_key(key)), ..Slots::NONE },
    methods: &[
        raw(
            "group",
            "",
            group,
            "group([group1, ...]) -> str or tuple.\n    Return subgroup(s) of the match by indices or names.\n    For 0 returns the entire match.",
        ),
        def(
            "start",
            "($self, group=0, /)",
            |a| Ok(this(a.at(0)).span(a.opt(1))?.map_or(Value::small_int(-1), |(from, _)| Value::usize(from))),
            "Return index of the start of the substring matched by group.",
        ),
        def(
            "end",
            "($self, group=0, /)",
            |a| Ok(this(a.at(0)).span(a.opt(1))?.map_or(Value::small_int(-1), |(_, to)| Value::usize(to))),
            "Return index of the end of the substring matched by group.",
        ),
        def(
            "span",
            "($self, group=0, /)",
            |a| Ok(pair(this(a.at(0)).span(a.opt(1))?)),
            "For match object m, return the 2-tuple (m.start(group), m.end(group)).",
        ),
        def(
            "groups",
            "($self, /, default=None)",
            groups,
            "Return a tuple containing all the subgroups of the match, from 1.\n\n  default\n    Is used for groups that did not participate in the match.",
        ),
        def(
            "groupdict",
            "($self, /, default=None)",
            groupdict,
            "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.\n\n  default\n    Is used for groups that did not participate in the match.",
        ),
        def(
            "expand",
            "($self, /, template)",
            expand,
            "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.",
        ),
        def("__copy__", "($self, /)", |a| Ok(a.at(0).clone()), ""),
        def("__deepcopy__", "($self, memo, /)", |a| Ok(a.at(0).clone()), ""),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "Matches are generic over the type of string which was matched (str or bytes)",
        ),
    ],
    getsets: &[
        getter(
            "lastindex",
            |v| {
                Ok(match this(v).found.last_group {
                    0 => Value::NONE,
                    n => Value::usize(n),
                })
            },
            "The integer index of the last matched capturing group.",
        ),
        getter("lastgroup", lastgroup, "The name of the last matched capturing group."),
        getter("regs", |v| Ok(tuple::from_vec((0..=this(v).pattern().groups).map(|g| pair(this(v).found.group(g))).collect())), ""),
        getset("string", |v| Ok(this(v).string.clone()), sequence::read_only, "The string passed to match() or search()."),
        getset("re", |v| Ok(this(v).pattern.clone()), sequence::read_only, "The regular expression object."),
        getset(
            "pos",
            |v| Ok(Value::usize(this(v).pos)),
            sequence::read_only,
            "The index into the string at which the RE engine started looking for a match.",
        ),
        getset(
            "endpos",
            |v| Ok(Value::usize(this(v).endpos)),
            sequence::read_only,
            "The index into the string beyond which the RE engine will not go.",
        ),
    ],
    ..TypeSpec::DEFAULT
};

/// The payload.
pub struct Match {
    pattern: Value,
    string: Value,
    found: Found,
    pos: usize,
    endpos: usize,
}

// SAFETY: every instance of Match is made with a Match payload.
unsafe impl Payload for Match {
    fn class() -> &'static Type {
        MATCH.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.pattern.word());
        visit(self.string.word());
    }
}

/// The payload of a match object.
pub fn this(v: &Value) -> &Match {
    // SAFETY: called with match objects only.
    unsafe { v.payload() }
}

/// A match object for what a walk has found.
pub fn new(pattern: &Value, walk: &Walk, found: Found) -> Value {
    new_object(Match { pattern: pattern.clone(), string: walk.subject.value.clone(), found, pos: walk.pos, endpos: walk.endpos })
}

fn no_such_group() -> exc::Raised {
    exc::index_error("no such group")
}

/// Two positions as a tuple.
fn pair(span: Option<(usize, usize)>) -> Value {
    match span {
        Some((from, to)) => tuple::from_array([Value::usize(from), Value::usize(to)]),
        None => tuple::from_array([Value::small_int(-1), Value::small_int(-1)]),
    }
}

impl Match {
    fn pattern(&self) -> &Pattern {
        Pattern::of(&self.pattern)
    }

    /// The group that a number or a name stands for.
    fn index(&self, key: &Value) -> Res<usize> {
        let mut number = None;
        if number::is_index(key) {
            number = int::as_i64(&number::index(key)?);
        } else if let Some(found) = dict::get(&self.pattern().group_index, key).or_else(|e| {
            exc::clear(e);
            Ok(None)
        })? && int::is_int(&found)
        {
            number = int::as_i64(&found);
        }
        number.and_then(|n| usize::try_from(n).ok()).filter(|&n| n <= self.pattern().groups).ok_or_else(no_such_group)
    }

    /// What group `n` has matched, if it has.
    pub fn group(&self, n: usize) -> Res<Option<Value>> {
        if n > self.pattern().groups {
            return Err(no_such_group());
        }
        let Some((from, to)) = self.found.group(n) else { return Ok(None) };
        // A mutable buffer may have shrunk since.
        let subject = Subject::new(&self.string)?;
        let n = subject.len();
        subject.slice(from.min(n), to.min(n)).map(Some)
    }

    fn by_key(&self, key: &Value) -> Res {
        Ok(self.group(self.index(key)?)?.unwrap_or(Value::NONE))
    }

    fn span(&self, group: Option<&Value>) -> Res<Option<(usize, usize)>> {
        let n = group.map_or(Ok(0), |g| self.index(g))?;
        Ok(self.found.group(n))
    }
}

fn group(args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("Match.group() takes no keyword arguments"));
    }
    let Some((v, keys)) = args.split_first() else {
        return Err(exc::type_error("unbound method Match.group() needs an argument"));
    };
    let m = this(v);
    match keys {
        [] => Ok(m.group(0)?.unwrap_or(Value::NONE)),
        [key] => m.by_key(key),
        keys => Ok(tuple::from_vec(keys.iter().map(|k| m.by_key(k)).collect::<Res<_>>()?)),
    }
}

fn groups(a: Args) -> Res {
    let m = this(a.at(0));
    let default = a.opt(1).cloned().unwrap_or(Value::NONE);
    let all = (1..=m.pattern().groups).map(|g| Ok(m.group(g)?.unwrap_or_else(|| default.clone()))).collect::<Res<Vec<_>>>()?;
    Ok(tuple::from_vec(all))
}

fn groupdict(a: Args) -> Res {
    let m = this(a.at(0));
    let default = a.opt(1).cloned().unwrap_or(Value::NONE);
    let named = dict::new();
    for (name, number) in dict::entries(&m.pattern().group_index) {
        let text = m.group(m.index(&number)?)?;
        dict::set(&named, &name, &text.unwrap_or_else(|| default.clone()))?;
    }
    Ok(named)
}

fn expand(a: Args) -> Res {
    let m = this(a.at(0));
    let compiled = template::compile(&m.pattern, a.at(1))?;
    match compiled.downcast_exact::<Template>() {
        Some(t) => t.expand(m),
        None => Ok(compiled),
    }
}

fn lastgroup(v: &Value) -> Res {
    let m = this(v);
    let names = &m.pattern().index_group;
    Ok(match m.found.last_group {
        0 => Value::NONE,
        n => tuple::items(names).get(n).cloned().unwrap_or(Value::NONE),
    })
}

fn repr(v: &Value) -> Res {
    let m = this(v);
    let (from, to) = m.found.span;
    let text = m.group(0)?.unwrap_or(Value::NONE);
    let head = format!("<{} object; span=({from}, {to}), match=", v.class().native_name());
    Ok(Text::new().add(&head).repr(&text)?.add(">").finish())
}
