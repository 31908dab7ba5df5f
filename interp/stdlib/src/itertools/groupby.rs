//! `groupby`: runs of items with equal keys.

use super::iterator;
use std::cell::Cell;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build;
use weft_vm::class::native::Signature;
use weft_vm::protocol::{self, iter};
use weft_vm::types::tuple;
use weft_vm::value::{Res, Value, new_instance, new_object};
use weft_vm::{call, exc};

/// The payload of `groupby`.
struct GroupBy {
    source: Field,
    /// The key function, or None.
    key: Field,
    /// The key of the group given last.
    target: Field,
    /// The key of the item read last.
    current_key: Field,
    /// The item read last, until it has been given.
    current: Field,
    /// The word of the group given last; others have ended.
    group: Cell<Word>,
}

iterator! {
    /// `itertools.groupby`
    GROUPBY GROUPBY_SPEC GroupBy [source, key, target, current_key, current] "itertools.groupby" "groupby(iterable, key=None)\n--\n\nmake an iterator that returns consecutive keys and groups from the iterable\n\n  iterable\n    Elements to divide into groups according to the key function.\n  key\n    A function for computing the group category for each element.\n    If the key function is not specified or is None, the element itself\n    is used for grouping.";
    slots { new: Some(groupby_new), next: Some(groupby_next), }
    methods {}
}

fn groupby_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("groupby", "(iterable, key=None)");
    SIGNATURE.bind(args, kwnames, |a| {
        let payload = GroupBy {
            source: Field::new(iter::iter(a.at(0))?),
            key: Field::new(a.opt(1).cloned().unwrap_or(Value::NONE)),
            target: Field::empty(),
            current_key: Field::empty(),
            current: Field::empty(),
            group: Cell::new(0),
        };
        Ok(new_instance(build::of(class), payload))
    })
}

impl GroupBy {
    /// Reads another item and its key. False at the end.
    fn step(&self) -> Res<bool> {
        let Some(x) = iter::next(&self.source.value())? else { return Ok(false) };
        let function = self.key.value();
        let key = if function.is_none() { x.clone() } else { call::call1(&function, &x)? };
        let old = (self.current.replace(Some(x)), self.current_key.replace(Some(key)));
        drop(old);
        Ok(true)
    }
}

fn groupby_next(v: &Value) -> Res<Option<Value>> {
    let g = GroupBy::of(v);
    g.group.set(0);
    // Goes on to the next run.
    loop {
        match (g.current_key.get(), g.target.get()) {
            (Some(_), None) => break,
            (Some(key), Some(target)) => {
                if !protocol::equal(&target, &key)? {
                    break;
                }
            }
            (None, _) => {}
        }
        if !g.step()? {
            return Ok(None);
        }
    }
    let key = g.current_key.value();
    g.target.set(key.clone());
    let grouper = new_object(Grouper { parent: Field::new(v.clone()), target: Field::new(key.clone()) });
    g.group.set(grouper.word());
    Ok(Some(tuple::from_array([key, grouper])))
}

/// The payload of `_grouper`: one run.
struct Grouper {
    parent: Field,
    target: Field,
}

iterator! {
    /// `itertools._grouper`
    GROUPER GROUPER_SPEC Grouper [parent, target] "itertools._grouper" "";
    flags: 0;
    slots { new: Some(grouper_new), next: Some(grouper_next), }
    methods {}
}

impl Drop for Grouper {
    fn drop(&mut self) {
        // A later group could be given the same address.
        if let Some(parent) = self.parent.peek()
            && let Some(g) = parent.downcast::<GroupBy>()
            && g.group.get() == (self as *const Grouper as Word) - 8
        {
            g.group.set(0);
        }
    }
}

fn grouper_new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("_grouper", "(parent, tgtkey, /)");
    SIGNATURE.bind(args, kwnames, |a| {
        let Some(g) = a.at(0).downcast::<GroupBy>() else {
            let got = a.at(0).class().full_name();
            return Err(exc::type_error(format!("_grouper() argument 1 must be itertools.groupby, not {got}")));
        };
        let v = new_object(Grouper { parent: Field::new(a.at(0).clone()), target: Field::new(a.at(1).clone()) });
        g.group.set(v.word());
        Ok(v)
    })
}

fn grouper_next(v: &Value) -> Res<Option<Value>> {
    let grouper = Grouper::of(v);
    let parent = grouper.parent.value();
    let g = GroupBy::of(&parent);
    if g.group.get() != v.word() {
        return Ok(None);
    }
    if g.current.peek().is_none() && !g.step()? {
        return Ok(None);
    }
    let (target, Some(key)) = (grouper.target.value(), g.current_key.get()) else { return Ok(None) };
    if !protocol::equal(&target, &key)? {
        return Ok(None);
    }
    Ok(g.current.take())
}
