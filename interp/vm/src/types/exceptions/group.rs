//! Exception groups (PEP 654) and what `except*` does with them.

use super::base::{self, BaseException, Kind};
use super::fields::payload;
use super::{is_exception_class, is_exception_instance, matches};
use crate::cell::Field;
use crate::class::native::{class_def, def, member};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, build};
use crate::protocol::attr;
use crate::thread::check_native_stack;
use crate::types::text::Text;
use crate::types::{generic_alias, list, str, traceback, tuple};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use crate::{call, exc, protocol};
use std::collections::HashSet;
use weft_layout::tag::Word;

payload! {
    /// BaseExceptionGroup.
    Group(base_exception_group) { msg, excs, excs_repr, }
}

/// `BaseExceptionGroup`.
pub const GROUP: Kind = Kind {
    payload: PayloadOps::of::<Group>(),
    slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), str: Some(to_str), ..Slots::NONE },
    methods: &[
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
        def("derive", "($self, excs, /)", |a| make(&message(a.at(0)), a.at(1).clone()), ""),
        def("split", "($self, matcher_value, /)", |a| split_method(a.at(0), a.at(1)), ""),
        def("subgroup", "($self, matcher_value, /)", |a| subgroup(a.at(0), a.at(1)), ""),
    ],
    getsets: &[
        member("message", |v| Ok(message(v)), "exception message"),
        member("exceptions", |v| Ok(Group::of(v).excs.get().unwrap_or_else(tuple::empty)), "nested exceptions"),
    ],
};

fn is_group(v: &Value) -> bool {
    v.is_instance(types().base_exception_group)
}

fn message(v: &Value) -> Value {
    Group::of(v).msg.get().unwrap_or_else(|| str::new(""))
}

fn nested(v: &Value) -> Value {
    Group::of(v).excs.get().unwrap_or_else(tuple::empty)
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let mut cls = build::of(class);
    let args = base::positional(args, kwnames);
    let [message, exceptions] = args else {
        return Err(exc::type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)", args.len())));
    };
    if !str::is_str(message) {
        return Err(exc::type_error(format!("BaseExceptionGroup.__new__() argument 1 must be str, not {}", message.class().full_name())));
    }
    if !is_sequence(exceptions) {
        return Err(exc::type_error("second argument (exceptions) must be a sequence"));
    }
    // What the repr shows is the sequence as it was given.
    let plain = exceptions.is_instance(types().list) || exceptions.is_instance(types().tuple);
    let excs_repr = if plain { None } else { Some(protocol::repr(exceptions)?) };
    let excs = base::to_tuple(exceptions)?;
    if tuple::items(&excs).is_empty() {
        return Err(exc::value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut has_base = false;
    for (i, e) in tuple::items(&excs).iter().enumerate() {
        if !is_exception_instance(e) {
            return Err(exc::value_error(format!("Item {i} of second argument (exceptions) is not an exception")));
        }
        has_base |= !protocol::isinstance(e, &types().exception.value())?;
    }
    if std::ptr::eq(cls, types().exception_group) {
        if has_base {
            return Err(exc::type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
        }
    } else if std::ptr::eq(cls, types().base_exception_group) {
        if !has_base {
            cls = types().exception_group;
        }
    } else if has_base && protocol::issubclass(class, &types().exception.value())? {
        return Err(exc::type_error(format!("Cannot nest BaseExceptions in '{}'", cls.full_name())));
    }
    let v = base::new(&cls.value(), args, None)?;
    Group::of(&v).msg.set(message.clone());
    Group::of(&v).excs.set(excs);
    drop(Group::of(&v).excs_repr.replace(excs_repr));
    Ok(v)
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    base::init(v, args, kwnames)
}

/// What CPython calls a sequence: something that can be indexed and is not a dict.
fn is_sequence(v: &Value) -> bool {
    !v.is_instance(types().dict) && v.class().slots().get_item.is_some()
}

/// `BaseExceptionGroup(message, exceptions)`.
pub fn make(message: &Value, exceptions: Value) -> Res {
    call::call(&types().base_exception_group.value(), &[message.clone(), exceptions], None)
}

/// Shows the exceptions that the group has, in the kind of sequence it was made from.
fn repr(v: &Value) -> Res {
    let text = Text::new().add(&v.class().name()).add("(").repr(&message(v))?.add(", ");
    if let Some(shown) = Group::of(v).excs_repr.get() {
        return Ok(text.value(&shown).add(")").finish());
    }
    let excs = nested(v);
    let from_list = tuple::items(&base::args(v)).get(1).is_some_and(|a| a.is_instance(types().list));
    let shown = if from_list { list::from_slice(tuple::items(&excs)) } else { excs };
    Ok(text.repr(&shown)?.add(")").finish())
}

fn to_str(v: &Value) -> Res {
    let n = tuple::items(&nested(v)).len();
    let text = Text::new().str(&message(v))?;
    Ok(text.add(&format!(" ({n} sub-exception{})", if n > 1 { "s" } else { "" })).finish())
}

/// What decides which exceptions of a group are wanted.
enum Matcher<'a> {
    /// A class or a tuple of classes.
    Class(&'a Value),
    /// A Python predicate.
    Predicate(&'a Value),
    /// Exceptions themselves, which are not groups, by identity.
    Leaves(&'a HashSet<Word>),
}

impl Matcher<'_> {
    fn from_python(v: &Value) -> Res<Matcher<'_>> {
        if call::is_callable(v) && !v.is_instance(types().type_) {
            return Ok(Matcher::Predicate(v));
        }
        if is_exception_class(v) || std::ptr::eq(v.class(), types().tuple) && tuple::items(v).iter().all(is_exception_class) {
            return Ok(Matcher::Class(v));
        }
        Err(exc::type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
    }

    fn matches(&self, e: &Value) -> Res<bool> {
        match self {
            Matcher::Class(c) => Ok(matches(e, c)),
            Matcher::Predicate(f) => protocol::is_true(&call::call1(f, e)?),
            Matcher::Leaves(all) => Ok(!is_group(e) && all.contains(&e.word())),
        }
    }
}

/// Splits `e` into what matches and what does not; the second part is left out unless it is wanted.
fn split(e: &Value, matcher: &Matcher, want_rest: bool) -> Res<(Option<Value>, Option<Value>)> {
    if matcher.matches(e)? {
        return Ok((Some(e.clone()), None));
    }
    if !is_group(e) {
        return Ok((None, want_rest.then(|| e.clone())));
    }
    check_native_stack(" in exceptiongroup_split_recursive")?;
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    let all = nested(e);
    for inner in tuple::items(&all) {
        let (m, r) = split(inner, matcher, want_rest)?;
        matched.extend(m);
        rest.extend(r);
    }
    let matched = subset(e, matched)?;
    let rest = if want_rest { subset(e, rest)? } else { None };
    Ok((matched, rest))
}

/// A group like `original` with only these exceptions; none if there are none.
fn subset(original: &Value, exceptions: Vec<Value>) -> Res<Option<Value>> {
    if exceptions.is_empty() {
        return Ok(None);
    }
    let group = call::call_method(original, &str::intern("derive"), &[list::from_vec(exceptions)])?;
    if !is_group(&group) {
        return Err(exc::type_error("derive must return an instance of BaseExceptionGroup"));
    }
    if let Some(tb) = super::traceback_of(original) {
        super::set_traceback(&group, tb);
    }
    super::set_context(&group, super::context_of(original).unwrap_or(Value::NONE));
    super::set_cause(&group, super::cause_of(original).unwrap_or(Value::NONE));
    let name = str::intern("__notes__");
    if let Some(notes) = attr::getattr_opt(original, &name)?
        && is_sequence(&notes)
    {
        // The parts get lists of their own.
        let copy = list::from_vec(protocol::iter::collect(&notes)?);
        attr::setattr(&group, &name, &copy)?;
    }
    Ok(Some(group))
}

fn split_method(v: &Value, matcher: &Value) -> Res {
    let (matched, rest) = split(v, &Matcher::from_python(matcher)?, true)?;
    Ok(tuple::from_vec(vec![matched.unwrap_or(Value::NONE), rest.unwrap_or(Value::NONE)]))
}

fn subgroup(v: &Value, matcher: &Value) -> Res {
    Ok(split(v, &Matcher::from_python(matcher)?, false)?.0.unwrap_or(Value::NONE))
}

/// CHECK_EG_MATCH: splits an exception (or None) into the rest and what `except* class` handles, each None if there is
/// nothing. An exception that is no group is wrapped in one, whose traceback begins here.
pub fn group_match(e: &Value, class: &Value) -> Res<(Value, Value)> {
    super::check_except_star_type(class)?;
    if e.is_none() {
        return Ok((Value::NONE, Value::NONE));
    }
    if matches(e, class) {
        if is_group(e) {
            return Ok((Value::NONE, e.clone()));
        }
        let wrapped = make(&str::new(""), tuple::from_slice(std::slice::from_ref(e)))?;
        if let Some(tb) = traceback::here() {
            super::set_traceback(&wrapped, tb);
        }
        return Ok((Value::NONE, wrapped));
    }
    if !is_group(e) {
        return Ok((e.clone(), Value::NONE));
    }
    let pair = call::call_method(e, &str::intern("split"), std::slice::from_ref(class))?;
    if !std::ptr::eq(pair.class(), types().tuple) {
        let text = format!("{}.split must return a tuple, not {}", e.class().full_name(), pair.class().full_name());
        return Err(exc::type_error(text));
    }
    match tuple::items(&pair) {
        [matched, rest, ..] => Ok((rest.clone(), matched.clone())),
        few => Err(exc::type_error(format!("{}.split must return a 2-tuple, got tuple of size {}", e.class().full_name(), few.len()))),
    }
}

fn same_metadata(a: &Value, b: &Value) -> bool {
    let (a, b) = (base::payload(a), base::payload(b));
    a.traceback.word() == b.traceback.word() && a.cause.word() == b.cause.word() && a.context.word() == b.context.word()
}

fn collect_leaves(e: &Value, leaves: &mut HashSet<Word>) -> Res<()> {
    if !is_group(e) {
        leaves.insert(e.word());
        return Ok(());
    }
    check_native_stack(" in collect_exception_group_leaf_ids")?;
    tuple::items(&nested(e)).iter().try_for_each(|inner| collect_leaves(inner, leaves))
}

/// PREP_RERAISE_STAR: what is to be raised after `except*` clauses have run for `original`, having raised or left over
/// `exceptions` (a list, perhaps with None in it). What was only passed on keeps the structure it had in `original`.
pub fn prep_reraise_star(original: &Value, exceptions: &Value) -> Res {
    let exceptions = protocol::iter::collect(exceptions)?;
    let Some(first) = exceptions.first() else { return Ok(Value::NONE) };
    let is_exception = |e: &Value| e.is_instance(types().base_exception);
    if !is_exception(original) || !exceptions.iter().all(|e| e.is_none() || is_exception(e)) {
        return Err(exc::type_error("exceptions must derive from BaseException"));
    }
    if !is_group(original) {
        return Ok(first.clone());
    }
    let mut raised: Vec<Value> = Vec::new();
    let mut leaves = HashSet::new();
    for e in exceptions.iter().filter(|e| !e.is_none()) {
        if same_metadata(e, original) {
            collect_leaves(e, &mut leaves)?;
        } else {
            raised.push(e.clone());
        }
    }
    let passed_on = split(original, &Matcher::Leaves(&leaves), false)?.0;
    if raised.is_empty() {
        return Ok(passed_on.unwrap_or(Value::NONE));
    }
    raised.extend(passed_on);
    match raised.as_slice() {
        [one] => Ok(one.clone()),
        _ => make(&str::new(""), list::from_vec(raised)),
    }
}
