//! The reader: from lines to lists of fields.

use super::dialect::{self, Dialect};
use super::{arguments, error, field_limit, quoting};
use crate::LazyClass;
use std::cell::{Cell, RefCell};
use weft_layout::tag::Word;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::getset;
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{iter, number, sequence};
use weft_vm::types::str::Builder;
use weft_vm::types::{list, str};
use weft_vm::value::{Payload, Res, Value, new_object};

/// `_csv.Reader`
pub static READER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_csv.reader",
    doc: "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.\n",
    payload: PayloadOps::of::<Reader>(),
    flags: flag::DISALLOW_INSTANTIATION | flag::BASETYPE,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    getsets: &[
        getset("dialect", |v| Ok(this(v).dialect.clone()), sequence::read_only, ""),
        getset("line_num", |v| Ok(Value::int(this(v).lines.get())), sequence::read_only, ""),
    ],
    ..TypeSpec::DEFAULT
};

/// Where in a record the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuotedField,
    EscapedInQuotedField,
    QuoteInQuotedField,
    EatLineEnd,
    AfterEscapedLineEnd,
}

/// The payload.
struct Reader {
    input: Value,
    dialect: Value,
    lines: Cell<i64>,
    /// The record being read. It is taken out while it is worked on.
    record: RefCell<Option<Record>>,
}

// SAFETY: every instance of Reader is made with this payload.
unsafe impl Payload for Reader {
    fn class() -> &'static Type {
        READER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.input.word());
        visit(self.dialect.word());
    }
}

fn this(v: &Value) -> &Reader {
    // SAFETY: slots and attributes get instances of the class.
    unsafe { v.payload() }
}

/// A record being read.
struct Record {
    place: Place,
    fields: Vec<Value>,
    field: Builder,
    /// Whether the field has no quotes around it.
    unquoted: bool,
}

/// `_csv.reader`
pub fn reader(args: &[Value], kwnames: Option<&Value>) -> Res {
    let (iterable, dialect, options) = arguments("reader", args, kwnames)?;
    let input = iter::iter(iterable)?;
    let dialect = dialect::make(dialect, &options)?;
    Ok(new_object(Reader { input, dialect, lines: Cell::new(0), record: RefCell::new(None) }))
}

fn next(v: &Value) -> Res<Option<Value>> {
    let r = this(v);
    let d = Dialect::of(&r.dialect);
    let mut record =
        r.record.take().unwrap_or(Record { place: Place::StartRecord, fields: Vec::new(), field: Builder::new(), unquoted: true });
    record.reset();
    loop {
        let Some(line) = iter::next(&r.input)? else {
            if !record.field.is_empty() || record.place == Place::InQuotedField {
                if d.strict {
                    return Err(error("unexpected end of data"));
                }
                record.save(d)?;
                break;
            }
            return Ok(None);
        };
        if !str::is_str(&line) {
            let got = line.class().full_name();
            return Err(error(format!("iterator should return strings, not {got} (the file should be opened in text mode)")));
        }
        r.lines.set(r.lines.get() + 1);
        for c in str::view(&line).iter() {
            record.take(d, Some(c))?;
        }
        record.take(d, None)?;
        if record.place == Place::StartRecord {
            break;
        }
    }
    let fields = std::mem::take(&mut record.fields);
    *r.record.borrow_mut() = Some(record);
    Ok(Some(list::from_vec(fields)))
}

impl Record {
    fn reset(&mut self) {
        self.place = Place::StartRecord;
        self.fields = Vec::new();
        self.field = Builder::new();
        self.unquoted = true;
    }

    fn add(&mut self, c: u32) -> Res<()> {
        if self.field.len() >= field_limit() {
            return Err(error(format!("field larger than field limit ({})", field_limit())));
        }
        self.field.push(c);
        Ok(())
    }

    /// Ends the field.
    fn save(&mut self, d: &Dialect) -> Res<()> {
        let unquoted = std::mem::replace(&mut self.unquoted, true);
        let text = std::mem::take(&mut self.field);
        let field = if text.is_empty() {
            if unquoted && matches!(d.quoting, quoting::NOTNULL | quoting::STRINGS) { Value::NONE } else { str::empty() }
        } else {
            let text = text.try_finish()?;
            if unquoted && matches!(d.quoting, quoting::NONNUMERIC | quoting::STRINGS) { number::to_float(&text)? } else { text }
        };
        self.fields.push(field);
        Ok(())
    }

    /// Ends the field at a line end or delimiter, if there is one. Whether there was.
    fn end(&mut self, d: &Dialect, c: Option<u32>) -> Res<bool> {
        self.place = match c {
            None => Place::StartRecord,
            Some(0x0a | 0x0d) => Place::EatLineEnd,
            Some(c) if c == d.delimiter => Place::StartField,
            _ => return Ok(false),
        };
        self.save(d)?;
        Ok(true)
    }

    /// Takes a character, or the end of a line.
    fn take(&mut self, d: &Dialect, c: Option<u32>) -> Res<()> {
        let is_quote = |c: u32| d.quoting != quoting::NONE && Some(c) == d.quote;
        loop {
            match self.place {
                Place::StartRecord => match c {
                    None => return Ok(()),
                    Some(0x0a | 0x0d) => {
                        self.place = Place::EatLineEnd;
                        return Ok(());
                    }
                    _ => self.place = Place::StartField,
                },
                Place::StartField => {
                    match c {
                        Some(c) if is_quote(c) => {
                            self.unquoted = false;
                            self.place = Place::InQuotedField;
                        }
                        Some(c) if Some(c) == d.escape => self.place = Place::Escaped,
                        Some(0x20) if d.skip_space => {}
                        c => {
                            if !self.end(d, c)?
                                && let Some(c) = c
                            {
                                self.add(c)?;
                                self.place = Place::InField;
                            }
                        }
                    }
                    return Ok(());
                }
                Place::Escaped => {
                    match c {
                        Some(c @ (0x0a | 0x0d)) => {
                            self.add(c)?;
                            self.place = Place::AfterEscapedLineEnd;
                        }
                        c => {
                            self.add(c.unwrap_or(0x0a))?;
                            self.place = Place::InField;
                        }
                    }
                    return Ok(());
                }
                Place::AfterEscapedLineEnd => {
                    if c.is_none() {
                        return Ok(());
                    }
                    self.place = Place::InField;
                }
                Place::InField => {
                    match c {
                        Some(c) if Some(c) == d.escape => self.place = Place::Escaped,
                        c => {
                            if !self.end(d, c)?
                                && let Some(c) = c
                            {
                                self.add(c)?;
                            }
                        }
                    }
                    return Ok(());
                }
                Place::InQuotedField => {
                    match c {
                        None => {}
                        Some(c) if Some(c) == d.escape => self.place = Place::EscapedInQuotedField,
                        Some(c) if is_quote(c) => {
                            self.place = if d.double_quote { Place::QuoteInQuotedField } else { Place::InField };
                        }
                        Some(c) => self.add(c)?,
                    }
                    return Ok(());
                }
                Place::EscapedInQuotedField => {
                    self.add(c.unwrap_or(0x0a))?;
                    self.place = Place::InQuotedField;
                    return Ok(());
                }
                Place::QuoteInQuotedField => {
                    match c {
                        Some(c) if is_quote(c) => {
                            self.add(c)?;
                            self.place = Place::InQuotedField;
                        }
                        c => {
                            if !self.end(d, c)?
                                && let Some(c) = c
                            {
                                if d.strict {
                                    let shown = |c: u32| char::from_u32(c).unwrap_or('?');
                                    let quote = d.quote.map_or('?', shown);
                                    return Err(error(format!("'{}' expected after '{quote}'", shown(d.delimiter))));
                                }
                                self.add(c)?;
                                self.place = Place::InField;
                            }
                        }
                    }
                    return Ok(());
                }
                Place::EatLineEnd => {
                    return match c {
                        Some(0x0a | 0x0d) => Ok(()),
                        None => {
                            self.place = Place::StartRecord;
                            Ok(())
                        }
                        Some(_) => Err(error("new-line character seen in unquoted field - do you need to open the file with newline=''?")),
                    };
                }
            }
        }
    }
}
