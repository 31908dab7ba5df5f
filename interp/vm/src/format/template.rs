//! `str.format` (`Objects/stringlib/unicode_format.h`), and what the `_string` module shows of it.

use super::{format_value, spec};
use crate::exc;
use crate::protocol::{self, attr};
use crate::types::str::{self, Builder, StrView};
use crate::types::{dict, tuple};
use crate::value::{Res, Value};
use crate::vm::types;

const OPEN: u32 = '{' as u32;
const CLOSE: u32 = '}' as u32;

/// A piece of a format string.
pub enum Piece {
    /// Text that stands for itself.
    Literal(usize, usize),
    /// A replacement field, its parts as ranges of the format string.
    Field {
        /// The field name.
        name: (usize, usize),
        /// What follows `!`.
        conversion: Option<u32>,
        /// The specification behind `:`.
        spec: (usize, usize),
        /// Whether the specification holds fields itself.
        nested: bool,
    },
}

/// Takes a format string apart from position `at` on: the literal text there (perhaps empty), then maybe a field.
/// Each call gives one literal and what follows it.
pub fn next_pieces(s: StrView, at: &mut usize) -> Res<(Piece, Option<Piece>)> {
    let start = *at;
    let end = s.len();
    let mut c = 0;
    let mut markup = false;
    while *at < end {
        c = s.at(*at);
        *at += 1;
        if c == OPEN || c == CLOSE {
            markup = true;
            break;
        }
    }
    let at_end = *at >= end;
    let mut len = *at - start;
    if c == CLOSE && markup && (at_end || s.at(*at) != CLOSE) {
        return Err(exc::value_error("Single '}' encountered in format string"));
    }
    if at_end && markup && c == OPEN {
        return Err(exc::value_error("Single '{' encountered in format string"));
    }
    if markup && !at_end {
        if s.at(*at) == c {
            *at += 1;
            markup = false;
        } else {
            len -= 1;
        }
    }
    let literal = Piece::Literal(start, start + len);
    Ok((literal, if markup { Some(field(s, at)?) } else { None }))
}

/// A replacement field, whose opening brace has been read.
fn field(s: StrView, at: &mut usize) -> Res<Piece> {
    let (start, end) = (*at, s.len());
    let mut c = 0;
    while *at < end {
        c = s.at(*at);
        *at += 1;
        match char::from_u32(c) {
            Some('{') => return Err(exc::value_error("unexpected '{' in field name")),
            Some('[') => {
                while *at < end && s.at(*at) != ']' as u32 {
                    *at += 1;
                }
            }
            Some('}' | ':' | '!') => break,
            _ => {}
        }
    }
    let ended = matches!(char::from_u32(c), Some('}' | ':' | '!'));
    if !ended {
        return Err(exc::value_error("expected '}' before end of string"));
    }
    let name = (start, *at - 1);
    let mut conversion = None;
    if c == CLOSE {
        return Ok(Piece::Field { name, conversion, spec: (*at, *at), nested: false });
    }
    if c == '!' as u32 {
        if *at >= end {
            return Err(exc::value_error("end of string while looking for conversion specifier"));
        }
        conversion = Some(s.at(*at));
        *at += 1;
        if *at < end {
            let next = s.at(*at);
            *at += 1;
            if next == CLOSE {
                return Ok(Piece::Field { name, conversion, spec: (*at, *at), nested: false });
            }
            if next != ':' as u32 {
                return Err(exc::value_error("expected ':' after conversion specifier"));
            }
        }
    }
    let spec = *at;
    let (mut depth, mut nested) = (1, false);
    while *at < end {
        let c = s.at(*at);
        *at += 1;
        if c == OPEN {
            nested = true;
            depth += 1;
        } else if c == CLOSE {
            depth -= 1;
            if depth == 0 {
                return Ok(Piece::Field { name, conversion, spec: (spec, *at - 1), nested });
            }
        }
    }
    Err(exc::value_error("unmatched '{' in format spec"))
}

/// One step of a field name behind its first part.
pub enum Step<'a> {
    /// `.name`
    Attribute(StrView<'a>),
    /// `[text]`
    Key(StrView<'a>),
    /// `[number]`
    Index(usize),
}

/// A number that is all of a text.
fn whole_number(text: StrView) -> Res<Option<usize>> {
    if text.is_empty() || !text.iter().all(|c| crate::unicode::decimal_value(c).is_some()) {
        return Ok(None);
    }
    spec::digits(text, &mut 0)
}

/// The first part of a field name, as a number if it is one, and where the rest begins.
pub fn first_part(name: StrView) -> Res<(StrView, Option<usize>, usize)> {
    let end = name.iter().position(|c| c == '.' as u32 || c == '[' as u32).unwrap_or(name.len());
    let first = name.slice(0, end);
    Ok((first, whole_number(first)?, end))
}

/// The next step of a field name, or `None` at its end.
pub fn next_step<'a>(name: StrView<'a>, at: &mut usize) -> Res<Option<Step<'a>>> {
    if *at >= name.len() {
        return Ok(None);
    }
    let c = name.at(*at);
    let start = *at + 1;
    let rest = name.from(start);
    let step = match char::from_u32(c) {
        Some('.') => {
            let len = rest.iter().position(|c| c == '.' as u32 || c == '[' as u32).unwrap_or(rest.len());
            *at = start + len;
            Step::Attribute(rest.slice(0, len))
        }
        Some('[') => {
            let Some(len) = rest.position(']' as u32) else { return Err(exc::value_error("Missing ']' in format string")) };
            *at = start + len + 1;
            let key = rest.slice(0, len);
            match whole_number(key)? {
                Some(i) => Step::Index(i),
                None => Step::Key(key),
            }
        }
        _ => return Err(exc::value_error("Only '.' or '[' may follow ']' in format field specifier")),
    };
    match step {
        Step::Attribute(t) | Step::Key(t) if t.is_empty() => Err(exc::value_error("Empty attribute in format string")),
        step => Ok(Some(step)),
    }
}

/// Whether fields are numbered by the program or by their order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Undecided,
    Automatic,
    Manual,
}

struct Formatter<'a> {
    /// Positional arguments; `None` for `format_map`.
    args: Option<&'a [Value]>,
    /// What names are looked up in.
    names: Option<&'a Value>,
    numbering: Numbering,
    next: usize,
}

/// `template.format(*args, **names)`.
pub fn format(template: &Value, args: &[Value], names: Option<&Value>) -> Res {
    Formatter { args: Some(args), names, numbering: Numbering::Undecided, next: 0 }.build(template, 2)
}

/// `template.format_map(names)`.
pub fn format_map(template: &Value, names: &Value) -> Res {
    Formatter { args: None, names: Some(names), numbering: Numbering::Undecided, next: 0 }.build(template, 2)
}

impl Formatter<'_> {
    fn build(&mut self, template: &Value, depth: usize) -> Res {
        if depth == 0 {
            return Err(exc::value_error("Max string recursion exceeded"));
        }
        let s = str::view(template);
        if s.position(OPEN).is_none() && s.position(CLOSE).is_none() {
            // Even an instance of a subclass comes back as it is.
            return Ok(template.clone());
        }
        let mut out = Builder::with_capacity(s.len() + 16);
        let mut at = 0;
        while at < s.len() {
            let (literal, field) = next_pieces(s, &mut at)?;
            if let Piece::Literal(start, end) = literal {
                out.push_view(s.slice(start, end));
            }
            if let Some(Piece::Field { name, conversion, spec, nested }) = field {
                let value = self.field_value(s.slice(name.0, name.1))?;
                let value = match conversion.map(char::from_u32) {
                    None => value,
                    Some(Some('r')) => protocol::repr(&value)?,
                    Some(Some('s')) => protocol::str(&value)?,
                    Some(Some('a')) => protocol::ascii(&value)?,
                    Some(Some(c)) if (' '..'\x7f').contains(&c) && c != ' ' => {
                        return Err(exc::value_error(format!("Unknown conversion specifier {c}")));
                    }
                    Some(_) => return Err(exc::value_error(format!("Unknown conversion specifier \\x{:x}", conversion.unwrap_or(0)))),
                };
                let mut spec = str::try_from_view(s.slice(spec.0, spec.1))?;
                if nested {
                    spec = self.build(&spec, depth - 1)?;
                }
                out.push_value(&format_value(&value, &spec)?);
            }
        }
        out.try_finish()
    }

    fn field_value(&mut self, name: StrView) -> Res {
        let (first, mut index, rest) = first_part(name)?;
        if first.is_empty() || index.is_some() {
            let wanted = if first.is_empty() { Numbering::Automatic } else { Numbering::Manual };
            if self.numbering == Numbering::Undecided {
                self.numbering = wanted;
            }
            if self.numbering != wanted {
                return Err(exc::value_error(match wanted {
                    Numbering::Automatic => "cannot switch from manual field specification to automatic field numbering",
                    _ => "cannot switch from automatic field numbering to manual field specification",
                }));
            }
            if first.is_empty() {
                index = Some(self.next);
                self.next += 1;
            }
        }
        let mut value = match index {
            Some(i) => {
                let Some(args) = self.args else { return Err(exc::value_error("Format string contains positional fields")) };
                match args.get(i) {
                    Some(v) => v.clone(),
                    None => return Err(exc::index_error(format!("Replacement index {i} out of range for positional args tuple"))),
                }
            }
            None => {
                let key = str::try_from_view(first)?;
                match self.names {
                    None => return Err(exc::key_error(&key)),
                    Some(names) if std::ptr::eq(names.class(), types().dict) => match dict::get(names, &key)? {
                        Some(v) => v,
                        None => return Err(exc::key_error(&key)),
                    },
                    Some(names) => protocol::get_item(names, &key)?,
                }
            }
        };
        let mut at = rest;
        while let Some(step) = next_step(name, &mut at)? {
            value = match step {
                Step::Attribute(name) => attr::getattr(&value, &str::intern_value(str::try_from_view(name)?))?,
                Step::Key(key) => protocol::get_item(&value, &str::try_from_view(key)?)?,
                Step::Index(i) => protocol::get_item(&value, &Value::usize(i))?,
            };
        }
        Ok(value)
    }
}

/// `_string.formatter_parser`: the tuples `(literal, field name, specification, conversion)` of a format string.
pub fn parse(template: &Value) -> Res<Vec<Value>> {
    let s = str::view(template);
    let text = |range: (usize, usize)| str::try_from_view(s.slice(range.0, range.1));
    let (mut at, mut out) = (0, Vec::new());
    while at < s.len() {
        let (literal, field) = next_pieces(s, &mut at)?;
        let Piece::Literal(start, end) = literal else { continue };
        let literal = text((start, end))?;
        out.push(tuple::from_vec(match field {
            Some(Piece::Field { name, conversion, spec, .. }) => {
                vec![literal, text(name)?, text(spec)?, conversion.map_or(Value::NONE, str::from_code_point)]
            }
            _ => vec![literal, Value::NONE, Value::NONE, Value::NONE],
        }));
    }
    Ok(out)
}

/// `_string.formatter_field_name_split`: the first part, an int or a str, and the steps as `(is attribute, name)`.
pub fn split_name(name: &Value) -> Res<(Value, Vec<Value>)> {
    let view = str::view(name);
    let (first, index, mut at) = first_part(view)?;
    let first = match index {
        Some(i) => Value::usize(i),
        None => str::try_from_view(first)?,
    };
    let mut steps = Vec::new();
    while let Some(step) = next_step(view, &mut at)? {
        let (is_attribute, value) = match step {
            Step::Attribute(name) => (true, str::try_from_view(name)?),
            Step::Key(key) => (false, str::try_from_view(key)?),
            Step::Index(i) => (false, Value::usize(i)),
        };
        steps.push(tuple::from_vec(vec![Value::bool(is_attribute), value]));
    }
    Ok((first, steps))
}
