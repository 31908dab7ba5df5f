//! `unicodedata`: the Unicode database, over the rustpython-unicode crate.
//!
//! The crate knows a later version than CPython 3.14's 16.0.0: code points assigned since count as unassigned.

use crate::LazyClass;
use rustpython_unicode::data::{self, LookupResult, Ucd};
use rustpython_unicode::normalize::{self, NormalizeForm};
use rustpython_wtf8::CodePoint;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::flag;
use weft_vm::class::native::{Args, FnDef, def, getter};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{object, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, unicode};

const MODERN: Ucd = Ucd::new(true);
const OLD: Ucd = Ucd::new(false);

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "unicodedata",
    doc: "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n16.0.0 which is publicly available from ftp://ftp.unicode.org/.\n\nThe module uses the same names and symbols as defined by the\nUnicodeData File Format 16.0.0.",
    functions: FUNCTIONS,
    exec: |m| {
        module::add(m, "unidata_version", str::intern("16.0.0"));
        module::add(m, "UCD", UCD.get().value());
        module::add(m, "ucd_3_2_0", object::new_bare(UCD.get()));
        Ok(())
    },
};

static UCD: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "unicodedata.UCD",
    flags: flag::DISALLOW_INSTANTIATION,
    methods: METHODS,
    getsets: &[getter("unidata_version", |_| Ok(str::intern("3.2.0")), "")],
    ..TypeSpec::DEFAULT
};

/// Declares each function twice: for the module, and for the database of version 3.2.0.
macro_rules! functions {
    ($(($name:literal, $sig:literal, $f:ident, $doc:literal),)*) => {
        static FUNCTIONS: &[FnDef] = &[$(def($name, concat!("($module, ", $sig), |a| $f(MODERN, &Call { a, first: 0, name: $name }), $doc),)*];
        static METHODS: &[FnDef] = &[$(def($name, concat!("($self, ", $sig), |a| $f(OLD, &Call { a, first: 1, name: $name }), $doc),)*];
    };
}

functions! {
    ("bidirectional", "chr, /)", bidirectional, "Returns the bidirectional class assigned to the character chr as string.\n\nIf no such value is defined, an empty string is returned."),
    ("category", "chr, /)", category, "Returns the general category assigned to the character chr as string."),
    ("combining", "chr, /)", combining, "Returns the canonical combining class assigned to the character chr as integer.\n\nReturns 0 if no combining class is defined."),
    ("decimal", "chr, default=<unrepresentable>, /)", decimal, "Converts a Unicode character into its equivalent decimal value.\n\nReturns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."),
    ("decomposition", "chr, /)", decomposition, "Returns the character decomposition mapping assigned to the character chr as string.\n\nAn empty string is returned in case no such mapping is defined."),
    ("digit", "chr, default=<unrepresentable>, /)", digit, "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."),
    ("east_asian_width", "chr, /)", east_asian_width, "Returns the east asian width assigned to the character chr as string."),
    ("is_normalized", "form, unistr, /)", is_normalized, "Return whether the Unicode string unistr is in the normal form 'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."),
    ("lookup", "name, /)", lookup, "Look up character by name.\n\nIf a character with the given name is found, return the\ncorresponding character.  If not found, KeyError is raised."),
    ("mirrored", "chr, /)", mirrored, "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise."),
    ("name", "chr, default=<unrepresentable>, /)", name, "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, default is returned, or, if not given,\nValueError is raised."),
    ("normalize", "form, unistr, /)", normalized, "Return the normal form 'form' for the Unicode string unistr.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'."),
    ("numeric", "chr, default=<unrepresentable>, /)", numeric, "Converts a Unicode character into its equivalent numeric value.\n\nReturns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised."),
}

/// A call of a function: its arguments, from number `first` on.
struct Call<'a> {
    a: Args<'a>,
    first: usize,
    name: &'static str,
}

impl Call<'_> {
    fn at(&self, i: usize) -> &Value {
        self.a.at(self.first + i)
    }

    /// The character that argument 1 is; `None` if Unicode 16 does not know it.
    fn character(&self) -> Res<Option<CodePoint>> {
        let (v, name) = (self.at(0), self.name);
        if !str::is_str(v) {
            return Err(exc::type_error(format!("{name}() argument 1 must be a unicode character, not {}", v.class().full_name())));
        }
        if str::len(v) != 1 {
            // With more parameters than one the message says which it is.
            let which = if matches!(name, "name" | "digit" | "decimal" | "numeric") { "argument 1" } else { "argument" };
            return Err(exc::type_error(format!("{name}(): {which} must be a unicode character, not a string of length {}", str::len(v))));
        }
        let c = str::code_point_at(v, 0);
        Ok(CodePoint::from_u32(c).filter(|_| !unicode::is_newer(c)))
    }

    /// The value, or the default that was given, or a ValueError.
    fn or_default(&self, found: Option<Value>, message: &str) -> Res {
        found.or_else(|| self.a.opt(self.first + 1).cloned()).ok_or_else(|| exc::value_error(message))
    }

    fn form_and_text(&self) -> Res<(Option<NormalizeForm>, &Value)> {
        for (i, v) in [self.at(0), self.at(1)].into_iter().enumerate() {
            if !str::is_str(v) {
                return Err(exc::type_error(format!("{}() argument {} must be str, not {}", self.name, i + 1, v.class().full_name())));
            }
        }
        Ok((str::display(self.at(0)).parse().ok(), self.at(1)))
    }
}

fn bidirectional(db: Ucd, c: &Call) -> Res {
    Ok(str::intern(c.character()?.map_or("", |c| db.bidirectional(c))))
}

fn category(db: Ucd, c: &Call) -> Res {
    Ok(str::intern(c.character()?.map_or("Cn", |c| db.category(c))))
}

fn combining(db: Ucd, c: &Call) -> Res {
    Ok(Value::int(c.character()?.map_or(0, |c| i64::from(db.combining(c)))))
}

fn mirrored(db: Ucd, c: &Call) -> Res {
    Ok(Value::int(c.character()?.map_or(0, |c| i64::from(db.mirrored(c)))))
}

fn east_asian_width(db: Ucd, c: &Call) -> Res {
    Ok(str::intern(c.character()?.map_or("N", |c| db.east_asian_width(c))))
}

fn decomposition(db: Ucd, c: &Call) -> Res {
    Ok(str::from_string(c.character()?.map_or(String::new(), |c| db.decomposition(c))))
}

fn decimal(db: Ucd, c: &Call) -> Res {
    c.or_default(c.character()?.and_then(|c| db.decimal(c)).map(|n| Value::int(n as i64)), "not a decimal")
}

fn digit(db: Ucd, c: &Call) -> Res {
    c.or_default(c.character()?.and_then(|c| db.digit(c)).map(|n| Value::int(n as i64)), "not a digit")
}

fn numeric(db: Ucd, c: &Call) -> Res {
    c.or_default(c.character()?.and_then(|c| db.numeric(c)).map(Value::float), "not a numeric character")
}

fn name(db: Ucd, c: &Call) -> Res {
    let known = c.character()?.and_then(CodePoint::to_char).filter(|&ch| db.membership(ch));
    c.or_default(known.and_then(data::character_name).map(str::from_string), "no such name")
}

fn lookup(db: Ucd, c: &Call) -> Res {
    let v = c.at(0);
    let text = if str::is_str(v) { str::display(v) } else { String::from_utf8_lossy(weft_vm::buffer::get(v)?.as_slice()).into_owned() };
    let found = match db.lookup(&text) {
        Some(LookupResult::Character(ch)) if !unicode::is_newer(ch as u32) => Some(str::from_code_points(std::iter::once(ch as u32))),
        Some(LookupResult::Sequence(sequence)) => Some(str::new(sequence)),
        _ => None,
    };
    found.ok_or_else(|| exc::raise_args(types().key_error, &[str::from_string(format!("undefined character name '{text}'"))]))
}

fn is_normalized(_: Ucd, c: &Call) -> Res {
    let (form, text) = c.form_and_text()?;
    // An empty text is looked at no further, whatever the form.
    if str::len(text) == 0 {
        return Ok(Value::TRUE);
    }
    let form = form.ok_or_else(|| exc::value_error("invalid normalization form"))?;
    Ok(Value::bool(normalize::is_normalized(form, &str::to_wtf8(text))))
}

fn normalized(_: Ucd, c: &Call) -> Res {
    let (form, text) = c.form_and_text()?;
    if str::len(text) == 0 {
        return Ok(text.clone());
    }
    let form = form.ok_or_else(|| exc::value_error("invalid normalization form"))?;
    Ok(str::from_wtf8(&normalize::normalize(form, &str::to_wtf8(text))))
}
