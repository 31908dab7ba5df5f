//! The writer: from rows to lines.

use super::dialect::{self, Dialect};
use super::{arguments, error, quoting};
use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, def, getset};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{self, attr, iter, number, sequence};
use weft_vm::types::str;
use weft_vm::types::str::Builder;
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// `_csv.Writer`
pub static WRITER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_csv.writer",
    doc: "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.\n",
    payload: PayloadOps::of::<Writer>(),
    flags: flag::DISALLOW_INSTANTIATION | flag::BASETYPE,
    methods: &[
        def(
            "writerow",
            "($self, row, /)",
            |a| write_row(this(a.at(0)), a.at(1)),
            "Construct and write a CSV record from an iterable of fields.\n\nNon-string elements will be converted to string.",
        ),
        def(
            "writerows",
            "($self, rows, /)",
            write_rows,
            "Construct and write a series of iterables to a csv file.\n\nNon-string elements will be converted to string.",
        ),
    ],
    getsets: &[getset("dialect", |v| Ok(this(v).dialect.clone()), sequence::read_only, "")],
    ..TypeSpec::DEFAULT
};

/// The payload.
struct Writer {
    /// The file's `write`.
    write: Value,
    dialect: Value,
}

// SAFETY: every instance of Writer is made with this payload.
unsafe impl Payload for Writer {
    fn class() -> &'static Type {
        WRITER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.write.word());
        visit(self.dialect.word());
    }
}

fn this(v: &Value) -> &Writer {
    // SAFETY: methods and attributes get instances of the class.
    unsafe { v.payload() }
}

/// `_csv.writer`
pub fn writer(args: &[Value], kwnames: Option<&Value>) -> Res {
    let (file, dialect, options) = arguments("writer", args, kwnames)?;
    let write = attr::getattr_opt(file, &names().write)?.filter(call::is_callable);
    let Some(write) = write else { return Err(exc::type_error("argument 1 must have a \"write\" method")) };
    Ok(new_object(Writer { write, dialect: dialect::make(dialect, &options)? }))
}

fn write_rows(a: Args) -> Res {
    let w = this(a.at(0));
    iter::for_each(a.at(1), |row| write_row(w, &row).map(drop))?;
    Ok(Value::NONE)
}

fn write_row(w: &Writer, row: &Value) -> Res {
    let d = Dialect::of(&w.dialect);
    let it = match iter::iter(row) {
        Ok(it) => it,
        Err(e) if exc::matches(types().type_error) => {
            exc::clear(e);
            return Err(error(format!("iterable expected, not {}", row.class().full_name())));
        }
        Err(e) => return Err(e),
    };
    let mut line = Line { dialect: d, text: Builder::new(), fields: 0 };
    let mut null = false;
    while let Some(field) = iter::next(&it)? {
        let quoted = match d.quoting {
            quoting::NONNUMERIC => !number::is_number(&field) && !field.is_instance(types().complex),
            quoting::ALL => true,
            quoting::STRINGS => str::is_str(&field),
            quoting::NOTNULL => !field.is_none(),
            _ => false,
        };
        null = field.is_none();
        if null {
            line.add(None, quoted)?;
        } else if str::is_str(&field) {
            line.add(Some(&field), quoted)?;
        } else {
            line.add(Some(&protocol::str(&field)?), quoted)?;
        }
    }
    if line.fields > 0 && line.text.is_empty() {
        if d.quoting == quoting::NONE || (null && matches!(d.quoting, quoting::STRINGS | quoting::NOTNULL)) {
            return Err(error("single empty field record must be quoted"));
        }
        line.fields -= 1;
        line.add(None, true)?;
    }
    line.text.push_value(&d.terminator);
    call::call1(&w.write, &line.text.try_finish()?)
}

/// A line being put together.
struct Line<'a> {
    dialect: &'a Dialect,
    text: Builder,
    fields: usize,
}

impl Line<'_> {
    /// Adds a field; `None` stands for the empty field that None is.
    fn add(&mut self, field: Option<&Value>, mut quoted: bool) -> Res<()> {
        let d = self.dialect;
        let field_text = field.map_or(str::StrView::EMPTY, str::view);
        if field_text.is_empty() && d.delimiter == 0x20 && d.skip_space {
            if d.quoting == quoting::NONE || (field.is_none() && matches!(d.quoting, quoting::STRINGS | quoting::NOTNULL)) {
                return Err(error("empty field must be quoted if delimiter is a space and skipinitialspace is true"));
            }
            quoted = true;
        }
        if self.fields > 0 {
            self.text.push(d.delimiter);
        }
        let mut out = Builder::new();
        for c in field_text.iter() {
            if d.is_special(c) {
                let mut escaped = d.quoting == quoting::NONE;
                if !escaped {
                    if Some(c) == d.quote {
                        if d.double_quote {
                            out.push(c);
                        } else {
                            escaped = true;
                        }
                    } else if Some(c) == d.escape {
                        escaped = true;
                    }
                    quoted |= !escaped;
                }
                if escaped {
                    match d.escape {
                        Some(e) => out.push(e),
                        None => return Err(error("need to escape, but no escapechar set")),
                    }
                }
            }
            out.push(c);
        }
        let quote = d.quote.filter(|_| quoted);
        quote.into_iter().for_each(|q| self.text.push(q));
        self.text.push_view(out.view());
        quote.into_iter().for_each(|q| self.text.push(q));
        self.fields += 1;
        Ok(())
    }
}
