//! `_csv.Dialect`: how a table is written as text.

use super::quoting;
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::call;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, GetSetDef, Signature, def, getset, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc::{self, Raised};
use weft_vm::protocol::{self, attr, sequence};
use weft_vm::types::{int, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};

/// `_csv.Dialect`
pub static DIALECT: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_csv.Dialect",
    doc: "CSV dialect\n\nThe Dialect type records CSV parsing and generation options.\n",
    payload: PayloadOps::of::<Dialect>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", no_pickle, ""), def("__reduce_ex__", "($self, protocol, /)", no_pickle, "")],
    getsets: &[
        getter("delimiter", |v| Ok(shown(Some(Dialect::of(v).delimiter))), ""),
        getter("escapechar", |v| Ok(shown(Dialect::of(v).escape)), ""),
        getter("quotechar", |v| Ok(shown(Dialect::of(v).quote)), ""),
        getter("lineterminator", |v| Ok(Dialect::of(v).terminator.clone()), ""),
        getter("quoting", |v| Ok(Value::int(Dialect::of(v).quoting)), ""),
        member("skipinitialspace", |v| Ok(Value::bool(Dialect::of(v).skip_space))),
        member("doublequote", |v| Ok(Value::bool(Dialect::of(v).double_quote))),
        member("strict", |v| Ok(Value::bool(Dialect::of(v).strict))),
    ],
    ..TypeSpec::DEFAULT
};

const fn member(name: &'static str, get: fn(&Value) -> Res) -> GetSetDef {
    getset(name, get, sequence::read_only, "")
}

fn shown(c: Option<u32>) -> Value {
    c.map_or(Value::NONE, str::from_code_point)
}

fn no_pickle(a: Args) -> Res {
    Err(exc::type_error(format!("cannot pickle '{}' instances", a.at(0).class().name())))
}

/// The payload.
pub struct Dialect {
    /// What stands between fields.
    pub delimiter: u32,
    /// Whether a quote within a quoted field is written twice.
    pub double_quote: bool,
    /// What takes the meaning of the next character away.
    pub escape: Option<u32>,
    /// What ends lines, a str.
    pub terminator: Value,
    /// What stands around fields.
    pub quote: Option<u32>,
    /// When fields are quoted.
    pub quoting: i64,
    /// Whether spaces behind a delimiter are skipped.
    pub skip_space: bool,
    /// Whether bad input is an error.
    pub strict: bool,
}

// SAFETY: every instance of Dialect is made with this payload.
unsafe impl Payload for Dialect {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        DIALECT.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.terminator.word());
    }
}

impl Dialect {
    /// The payload of a dialect object.
    pub fn of(v: &Value) -> &Dialect {
        // SAFETY: called with dialect objects only.
        unsafe { v.payload() }
    }

    /// Whether the character cannot stand in a field as it is.
    pub fn is_special(&self, c: u32) -> bool {
        c == self.delimiter
            || Some(c) == self.escape
            || Some(c) == self.quote
            || c == 0x0a
            || c == 0x0d
            || str::view(&self.terminator).position(c).is_some()
    }
}

/// A dialect object from a dialect (an object, or a registered name) and options.
pub fn make(dialect: Option<&Value>, options: &[(Value, Value)]) -> Res {
    let mut args: Vec<Value> = dialect.into_iter().cloned().collect();
    args.extend(options.iter().map(|(_, v)| v.clone()));
    let names = tuple::from_vec(options.iter().map(|(name, _)| name.clone()).collect());
    call::call(&DIALECT.get().value(), &args, Some(&names).filter(|_| !options.is_empty()))
}

const OPTIONS: [&str; 8] =
    ["delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"];

fn bad(what: &str) -> Raised {
    exc::value_error(format!("bad {what} value"))
}

/// An option of one character.
fn character(name: &str, v: Option<&Value>, default: Option<u32>, or_none: &str) -> Res<Option<u32>> {
    let wrong = |got: String| Err(exc::type_error(format!("\"{name}\" must be a unicode character{or_none}, not {got}")));
    match v {
        None => Ok(default),
        Some(v) if v.is_none() && !or_none.is_empty() => Ok(None),
        Some(v) if !str::is_str(v) => wrong(v.class().full_name()),
        Some(v) if str::len(v) != 1 => wrong(format!("a string of length {}", str::len(v))),
        Some(v) => Ok(Some(str::code_point_at(v, 0))),
    }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new(
        "Dialect",
        "(dialect=None, delimiter=',', doublequote=True, escapechar=None, lineterminator='', quotechar='', quoting=0, skipinitialspace=False, strict=False)",
    );
    SIGNATURE.bind(args, kwnames, |a| {
        let mut given: Vec<Option<Value>> = (1..=8).map(|i| a.opt(i).cloned()).collect();
        if let Some(dialect) = a.opt(0) {
            let dialect = if str::is_str(dialect) { super::get_dialect(dialect)? } else { dialect.clone() };
            if dialect.is_instance(DIALECT.get()) && given.iter().all(Option::is_none) {
                return Ok(dialect);
            }
            for (place, name) in given.iter_mut().zip(OPTIONS) {
                if place.is_none() {
                    *place = attr::getattr_opt(&dialect, &str::intern(name))?;
                }
            }
        }
        let [delimiter, double_quote, escape, terminator, quote, quoting, skip_space, strict] =
            [0, 1, 2, 3, 4, 5, 6, 7].map(|i: usize| given[i].as_ref());
        let boolean = |v: Option<&Value>, default: bool| v.map_or(Ok(default), protocol::is_true);
        let delimiter = match character("delimiter", delimiter, Some(','.into()), "")? {
            Some(c) => c,
            None => return Err(exc::type_error("\"delimiter\" must be a unicode character, not NoneType")),
        };
        let double_quote = boolean(double_quote, true)?;
        let escape = character("escapechar", escape, None, " or None")?;
        let terminator = match terminator {
            None => str::new("\r\n"),
            Some(t) if str::is_str(t) => t.clone(),
            Some(t) => return Err(exc::type_error(format!("\"lineterminator\" must be a string, not {}", t.class().full_name()))),
        };
        let quote_char = character("quotechar", quote, Some('"'.into()), " or None")?;
        let mut how = match quoting {
            None => quoting::MINIMAL,
            Some(q) if !int::is_exact(q) => {
                return Err(exc::type_error(format!("\"quoting\" must be an integer, not {}", q.class().full_name())));
            }
            Some(q) => match int::as_i64(q) {
                Some(n @ 0..=5) => n,
                _ => return Err(exc::type_error("bad \"quoting\" value")),
            },
        };
        let (skip_space, strict) = (boolean(skip_space, false)?, boolean(strict, false)?);
        if quote.is_some_and(Value::is_none) && quoting.is_none() {
            how = quoting::NONE;
        }
        if how != quoting::NONE && quote_char.is_none() {
            return Err(exc::type_error("quotechar must be set if quoting enabled"));
        }
        let all = [("delimiter", Some(delimiter), true), ("escapechar", escape, !skip_space), ("quotechar", quote_char, !skip_space)];
        for (name, c, space) in all {
            let Some(c) = c else { continue };
            if c == 0x0a || c == 0x0d || c == 0x20 && !space {
                return Err(bad(name));
            }
            if str::view(&terminator).position(c).is_some() {
                return Err(bad(&format!("{name} or lineterminator")));
            }
        }
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            if all[i].1.is_some() && all[i].1 == all[j].1 {
                return Err(bad(&format!("{} or {}", all[i].0, all[j].0)));
            }
        }
        let payload = Dialect { delimiter, double_quote, escape, terminator, quote: quote_char, quoting: how, skip_space, strict };
        Ok(new_instance(build::of(class), payload))
    })
}
