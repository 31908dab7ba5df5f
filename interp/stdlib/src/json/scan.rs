//! The scanner: from JSON to objects.

use super::string::{decode_error, not_a_string, scan as scan_string};
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{GetSetDef, Signature, getset};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::protocol::{self, attr, number, sequence};
use weft_vm::thread::check_native_stack;
use weft_vm::types::int::parse::from_str as int_from_str;
use weft_vm::types::str::{StrView, Unit};
use weft_vm::types::{dict, list, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, exc};

/// `_json.make_scanner`
pub static SCANNER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_json.Scanner",
    doc: "make_scanner(context) -> scanner\n\nJSON scanner object",
    payload: PayloadOps::of::<Scanner>(),
    slots: Slots { new: Some(new), call: Some(call_it), ..Slots::NONE },
    getsets: &[
        getset("strict", |v| Ok(Value::bool(this(v).strict)), sequence::read_only, "strict"),
        member("object_hook", |v| Ok(this(v).object_hook.clone())),
        member("object_pairs_hook", |v| Ok(this(v).object_pairs_hook.clone())),
        member("parse_float", |v| Ok(this(v).parse_float.clone())),
        member("parse_int", |v| Ok(this(v).parse_int.clone())),
        member("parse_constant", |v| Ok(this(v).parse_constant.clone())),
    ],
    ..TypeSpec::DEFAULT
};

const fn member(name: &'static str, get: fn(&Value) -> Res) -> GetSetDef {
    getset(name, get, sequence::read_only, name)
}

/// The payload.
struct Scanner {
    strict: bool,
    object_hook: Value,
    object_pairs_hook: Value,
    parse_float: Value,
    parse_int: Value,
    parse_constant: Value,
}

// SAFETY: every instance of Scanner is made with this payload.
unsafe impl Payload for Scanner {
    fn class() -> &'static Type {
        SCANNER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for v in [&self.object_hook, &self.object_pairs_hook, &self.parse_float, &self.parse_int, &self.parse_constant] {
            visit(v.word());
        }
    }
}

fn this(v: &Value) -> &Scanner {
    // SAFETY: slots and attributes get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("make_scanner", "(context)");
    SIGNATURE.bind(args, kwnames, |a| {
        let get = |name: &str| attr::getattr(a.at(0), &str::intern(name));
        let payload = Scanner {
            strict: protocol::is_true(&get("strict")?)?,
            object_hook: get("object_hook")?,
            object_pairs_hook: get("object_pairs_hook")?,
            parse_float: get("parse_float")?,
            parse_int: get("parse_int")?,
            parse_constant: get("parse_constant")?,
        };
        Ok(new_instance(build::of(class), payload))
    })
}

fn call_it(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("scan_once", "(string, idx)");
    SIGNATURE.bind(args, kwnames, |a| {
        let text = a.at(0);
        let at = number::as_isize(a.at(1))?;
        if !str::is_str(text) {
            return Err(not_a_string(text));
        }
        let Ok(at) = usize::try_from(at) else { return Err(exc::value_error("idx cannot be negative")) };
        let (value, next) = match str::view(text) {
            StrView::Latin1(units) => Scan::new(this(v), text, units).value(at)?,
            StrView::Ucs2(units) => Scan::new(this(v), text, units).value(at)?,
            StrView::Ucs4(units) => Scan::new(this(v), text, units).value(at)?,
        };
        Ok(tuple::from_array([value, Value::usize(next)]))
    })
}

/// A text being scanned. The text is immutable, so hooks may run meanwhile.
struct Scan<'a, T> {
    scanner: &'a Scanner,
    text: &'a Value,
    units: &'a [T],
    /// Keys seen, so that equal ones are one object.
    memo: Value,
    plain_float: bool,
    plain_int: bool,
}

impl<'a, T: Unit> Scan<'a, T> {
    fn new(scanner: &'a Scanner, text: &'a Value, units: &'a [T]) -> Scan<'a, T> {
        let plain_float = scanner.parse_float.is(&types().float.value());
        let plain_int = scanner.parse_int.is(&types().int.value());
        Scan { scanner, text, units, memo: dict::new(), plain_float, plain_int }
    }

    /// The character at a place; 0 behind the end.
    fn at(&self, i: usize) -> u32 {
        self.units.get(i).map_or(0, |&c| c.into())
    }

    fn is(&self, i: usize, c: char) -> bool {
        self.units.get(i).is_some_and(|&x| x.into() == c as u32)
    }

    fn is_digit(&self, i: usize) -> bool {
        self.units.get(i).is_some_and(|&x| (0x30..0x3a).contains(&x.into()))
    }

    fn begins(&self, i: usize, word: &str) -> bool {
        self.units.get(i..i + word.len()).is_some_and(|s| s.iter().zip(word.bytes()).all(|(&c, b)| c.into() == u32::from(b)))
    }

    fn skip_space(&self, mut i: usize) -> usize {
        while matches!(self.at(i), 0x20 | 0x09 | 0x0a | 0x0d) {
            i += 1;
        }
        i
    }

    fn error(&self, message: &str, at: usize) -> exc::Raised {
        decode_error(message, self.text, at)
    }

    /// The value at a place, and where it ends.
    fn value(&self, at: usize) -> Res<(Value, usize)> {
        if at >= self.units.len() {
            return Err(exc::stop_iteration(Value::usize(at)));
        }
        let constant =
            |word: &str| -> Res<(Value, usize)> { Ok((call::call1(&self.scanner.parse_constant, &str::new(word))?, at + word.len())) };
        match char::from_u32(self.at(at)).unwrap_or('\0') {
            '"' => scan_string(self.units, self.text, at + 1, self.scanner.strict),
            '{' => {
                check_native_stack(" while decoding a JSON object from a unicode string")?;
                self.object(at + 1)
            }
            '[' => {
                check_native_stack(" while decoding a JSON array from a unicode string")?;
                self.array(at + 1)
            }
            'n' if self.begins(at, "null") => Ok((Value::NONE, at + 4)),
            't' if self.begins(at, "true") => Ok((Value::TRUE, at + 4)),
            'f' if self.begins(at, "false") => Ok((Value::FALSE, at + 5)),
            'N' if self.begins(at, "NaN") => constant("NaN"),
            'I' if self.begins(at, "Infinity") => constant("Infinity"),
            '-' if self.begins(at, "-Infinity") => constant("-Infinity"),
            _ => self.number(at),
        }
    }

    fn number(&self, start: usize) -> Res<(Value, usize)> {
        let nothing = || exc::stop_iteration(Value::usize(start));
        let mut i = start + usize::from(self.is(start, '-'));
        if self.is(i, '0') {
            i += 1;
        } else if self.is_digit(i) {
            while self.is_digit(i) {
                i += 1;
            }
        } else {
            return Err(nothing());
        }
        let mut is_float = false;
        if self.is(i, '.') && self.is_digit(i + 1) {
            is_float = true;
            i += 2;
            while self.is_digit(i) {
                i += 1;
            }
        }
        if self.is(i, 'e') || self.is(i, 'E') {
            let mut j = i + 1;
            if self.is(j, '-') || self.is(j, '+') {
                j += 1;
            }
            if self.is_digit(j) {
                is_float = true;
                while self.is_digit(j) {
                    j += 1;
                }
                i = j;
            }
        }
        let digits = &self.units[start..i];
        let value = if is_float && !self.plain_float {
            call::call1(&self.scanner.parse_float, &str::from_view(T::view(digits)))?
        } else if !is_float && !self.plain_int {
            call::call1(&self.scanner.parse_int, &str::from_view(T::view(digits)))?
        } else {
            let text: String = digits.iter().map(|&c| char::from(Into::<u32>::into(c) as u8)).collect();
            match (is_float, digits.len()) {
                // What Rust reads here is what Python reads: digits, a point, an exponent.
                (true, _) => Value::float(text.parse().unwrap_or(f64::NAN)),
                (false, ..=18) => Value::int(text.parse().unwrap_or(0)),
                (false, _) => int_from_str(&str::from_string(text), 10)?,
            }
        };
        Ok((value, i))
    }

    fn array(&self, at: usize) -> Res<(Value, usize)> {
        let items = list::new();
        let mut i = self.skip_space(at);
        if !self.is(i, ']') {
            loop {
                let (value, next) = self.value(i)?;
                list::append(&items, value)?;
                i = self.skip_space(next);
                if self.is(i, ']') {
                    break;
                }
                if !self.is(i, ',') {
                    return Err(self.error("Expecting ',' delimiter", i));
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.is(i, ']') {
                    return Err(self.error("Illegal trailing comma before end of array", comma));
                }
            }
        }
        Ok((items, i + 1))
    }

    fn object(&self, at: usize) -> Res<(Value, usize)> {
        let s = self.scanner;
        let as_pairs = !s.object_pairs_hook.is_none();
        let result = if as_pairs { list::new() } else { dict::new() };
        let mut i = self.skip_space(at);
        if !self.is(i, '}') {
            loop {
                if !self.is(i, '"') {
                    return Err(self.error("Expecting property name enclosed in double quotes", i));
                }
                let (key, next) = scan_string(self.units, self.text, i + 1, s.strict)?;
                let key = dict::set_default(&self.memo, &key, &key)?;
                i = self.skip_space(next);
                if !self.is(i, ':') {
                    return Err(self.error("Expecting ':' delimiter", i));
                }
                i = self.skip_space(i + 1);
                let (value, next) = self.value(i)?;
                if as_pairs {
                    list::append(&result, tuple::from_array([key, value]))?;
                } else {
                    dict::set(&result, &key, &value)?;
                }
                i = self.skip_space(next);
                if self.is(i, '}') {
                    break;
                }
                if !self.is(i, ',') {
                    return Err(self.error("Expecting ',' delimiter", i));
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.is(i, '}') {
                    return Err(self.error("Illegal trailing comma before end of object", comma));
                }
            }
        }
        let result = if as_pairs {
            call::call1(&s.object_pairs_hook, &result)?
        } else if !s.object_hook.is_none() {
            call::call1(&s.object_hook, &result)?
        } else {
            result
        };
        Ok((result, i + 1))
    }
}
