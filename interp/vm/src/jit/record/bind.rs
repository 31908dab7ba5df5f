//! Binding the arguments of a call that is inlined to its function's parameters, as [`crate::eval::bind`] does, while recording:
//! names of keywords are constants of the code, so nothing of it is left to do in the trace.

use super::{Recorded, Recorder};
use crate::jit::{helpers, objects};
use crate::types::code::Code;
use crate::types::function::{self, Function};
use crate::types::{dict, str, tuple};
use crate::value::Value;
use crate::vm::types;
use weft_compiler::code::co_flags;
use weft_jit::Ref;
use weft_layout::op::Op;

/// `*args` of more values are left to the interpreter.
const MAX_EXTRA: usize = 8;

/// The arguments of a call: the positional ones, then one for each name.
pub(super) struct Arguments<'a> {
    pub values: Vec<Ref>,
    pub names: &'a [Value],
}

impl Arguments<'_> {
    pub fn positional(values: Vec<Ref>) -> Self {
        Arguments { values, names: &[] }
    }

    /// How many are positional.
    pub fn npos(&self) -> usize {
        self.values.len() - self.names.len()
    }
}

/// The parameter of that name which can be passed by keyword.
fn parameter(code: &Code, name: &Value) -> Option<usize> {
    let (posonly, total) = (code.posonlyargcount as usize, (code.argcount + code.kwonlyargcount) as usize);
    let params = &code.localsplusnames[posonly..total];
    Some(posonly + params.iter().position(|p| p.is(name)).or_else(|| params.iter().position(|p| str::equal(p, name)))?)
}

/// The default of a parameter that is not passed.
fn default(f: &Function, code: &Code, i: usize) -> Option<Value> {
    let argcount = code.argcount as usize;
    if i >= argcount {
        let d = f.kwdefaults.get().filter(|d| std::ptr::eq(d.class(), types().dict))?;
        return dict::get_str(&d, &code.localsplusnames[i]);
    }
    let defaults = f.defaults.get()?;
    let items = tuple::items(&defaults);
    items.get((i + items.len()).checked_sub(argcount)?).cloned()
}

/// Whether a call of the function with `npos` positional arguments and those keywords can be bound while recording.
pub(super) fn can_bind(func: &Value, npos: usize, names: &[Value]) -> bool {
    let f = function::this(func);
    let code = f.code();
    let (argcount, total) = (code.argcount as usize, (code.argcount + code.kwonlyargcount) as usize);
    if npos > argcount && (code.flags & co_flags::VARARGS == 0 || npos - argcount > MAX_EXTRA) {
        return false;
    }
    let mut filled = vec![false; total];
    filled[..npos.min(argcount)].fill(true);
    for name in names {
        match parameter(code, name) {
            Some(i) if !filled[i] => filled[i] = true,
            _ => return false,
        }
    }
    (0..total).all(|i| filled[i] || default(f, code, i).is_some())
}

impl Recorder {
    /// The values of the parameters of the function, which is in `slot`, `*args` and `**kwargs` included, for a call that
    /// [`can_bind`].
    pub(super) fn bind(&mut self, slot: Ref, func: &Value, args: Arguments) -> Recorded<Vec<Ref>> {
        let f = function::this(func);
        let code = f.code();
        let (argcount, total) = (code.argcount as usize, (code.argcount + code.kwonlyargcount) as usize);
        let npos = args.npos();
        let mut places: Vec<Option<Ref>> = vec![None; total];
        for (place, &v) in places.iter_mut().zip(&args.values[..npos.min(argcount)]) {
            *place = Some(v);
        }
        for (name, &v) in args.names.iter().zip(&args.values[npos..]) {
            places[parameter(code, name).expect("it can be bound")] = Some(v);
        }
        // Each function made by the same code has its own defaults.
        let own = match f.defaults.get().filter(|_| !slot.is_const() && places[..argcount].contains(&None)) {
            Some(defaults) => Some((self.tuple_of_len(slot, &defaults)?, defaults)),
            None => None,
        };
        let mut bound = Vec::with_capacity(total + 2);
        for (i, place) in places.into_iter().enumerate() {
            bound.push(match place {
                Some(v) => v,
                None => {
                    if i >= argcount {
                        // Its dict may be changed in place.
                        let d = f.kwdefaults.get().expect("it can be bound");
                        if !self.rely_on_name(&d, &code.localsplusnames[i]) {
                            return super::unsupported("keyword defaults that change");
                        }
                    }
                    match &own {
                        Some((t, defaults)) if i < argcount => {
                            let items = tuple::items(defaults);
                            let k = i + items.len() - argcount;
                            let v = self.b.load(Op::LoadValue, *t, (tuple::ITEMS_OFFSET + 8 * k) as u16)?;
                            self.loaded(v, items[k].word())?
                        }
                        _ => {
                            let v = default(f, code, i).expect("it can be bound");
                            self.constant(&v)
                        }
                    }
                }
            });
        }
        if code.flags & co_flags::VARARGS != 0 {
            let extra = args.values[..npos].get(argcount..).unwrap_or(&[]);
            let t = if extra.is_empty() {
                self.constant(&tuple::from_slice(&[]))
            } else {
                self.b.make_object(objects::tuple_recipe(extra.len()), extra)?
            };
            bound.push(t);
        }
        if code.flags & co_flags::VARKEYWORDS != 0 {
            let d = self.b.call(helpers::ids().new_dict, &[])?;
            bound.push(self.b.assume_object(d, Some(types().dict.root_shape()))?);
        }
        Ok(bound)
    }

    /// The defaults of the function in `slot`, guarded to be a tuple of as many as there are now.
    fn tuple_of_len(&mut self, slot: Ref, defaults: &Value) -> Recorded<Ref> {
        let t = self.b.load(Op::LoadValue, slot, function::DEFAULTS_OFFSET as u16)?;
        let t = self.guard_shape_of(t, defaults)?;
        let n = self.b.load(Op::LoadWord, t, tuple::LEN_OFFSET as u16)?;
        let len = self.word(tuple::items(defaults).len() as u64);
        self.b.guard_is(n, len)?;
        Ok(t)
    }
}
