//! `SyntaxError` and its subclasses.

use super::base::{self, BaseException, Kind};
use super::fields::{member, payload};
use crate::cell::Field;
use crate::class::native::getset;
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type};
use crate::exc;
use crate::types::text::Text;
use crate::types::{int, str, tuple};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use weft_layout::tag::Word;

payload! {
    /// SyntaxError.
    SyntaxError(syntax_error) { msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line, metadata, }
}

/// `SyntaxError`.
pub const SYNTAX_ERROR: Kind = Kind {
    payload: PayloadOps::of::<SyntaxError>(),
    slots: Slots { init: Some(init), str: Some(to_str), ..Slots::NONE },
    methods: &[],
    getsets: &[
        member!(SyntaxError, "msg", msg, "exception msg"),
        member!(SyntaxError, "filename", filename, "exception filename"),
        member!(SyntaxError, "lineno", lineno, "exception lineno"),
        member!(SyntaxError, "offset", offset, "exception offset"),
        member!(SyntaxError, "text", text, "exception text"),
        member!(SyntaxError, "end_lineno", end_lineno, "exception end lineno"),
        member!(SyntaxError, "end_offset", end_offset, "exception end offset"),
        member!(SyntaxError, "print_file_and_line", print_file_and_line, "exception print_file_and_line"),
        member!(SyntaxError, "_metadata", metadata, "exception private metadata"),
    ],
};

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    base::init(v, args, kwnames)?;
    let this = SyntaxError::of(v);
    if let Some(msg) = args.first() {
        this.msg.set(msg.clone());
    }
    let [_, info] = args else { return Ok(()) };
    let info = base::to_tuple(info)?;
    let info = tuple::items(&info);
    if info.len() < 4 {
        return Err(exc::type_error(format!("function takes at least 4 arguments ({} given)", info.len())));
    }
    if info.len() > 7 {
        return Err(exc::type_error(format!("function takes at most 7 arguments ({} given)", info.len())));
    }
    let fields = [&this.filename, &this.lineno, &this.offset, &this.text, &this.end_lineno, &this.end_offset, &this.metadata];
    for (i, field) in fields.iter().enumerate() {
        drop(field.replace(info.get(i).cloned()));
    }
    if info.len() == 5 {
        return Err(exc::type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn to_str(v: &Value) -> Res {
    let this = SyntaxError::of(v);
    let filename = this.filename.get().filter(str::is_str);
    let lineno = this.lineno.get().filter(|n| std::ptr::eq(n.class(), types().int));
    let msg = this.msg.get().unwrap_or(Value::NONE);
    let mut text = Text::new().str(&msg)?;
    // A line number that does not fit a C long shows as -1.
    let line = |n: &Value| int::as_i64(n).unwrap_or(-1);
    text = match (&filename, &lineno) {
        (None, None) => return crate::protocol::str(&msg),
        (Some(f), Some(n)) => text.add(" (").value(&basename(f)).add(&format!(", line {})", line(n))),
        (Some(f), None) => text.add(" (").value(&basename(f)).add(")"),
        (None, Some(n)) => text.add(&format!(" (line {})", line(n))),
    };
    Ok(text.finish())
}

/// What follows the last slash.
fn basename(name: &Value) -> Value {
    let all = str::to_wtf8(name);
    let bytes = all.as_bytes();
    match bytes.iter().rposition(|&b| b == b'/') {
        Some(i) => all.get(i + 1..).map_or_else(|| name.clone(), str::from_wtf8),
        None => name.clone(),
    }
}

/// Where a syntax error is: what `SyntaxError` gets as its second argument. Lines and columns count from 1.
pub struct Location {
    /// The file.
    pub filename: Value,
    /// The first line.
    pub lineno: i64,
    /// The first column.
    pub offset: i64,
    /// The source line, or None.
    pub text: Value,
    /// The last line.
    pub end_lineno: i64,
    /// The column behind the last one.
    pub end_offset: i64,
}

/// A `SyntaxError` (or `class`, a subclass of it) with its fields set.
pub fn new(class: &'static Type, message: &str, at: Location) -> Value {
    let info = [at.filename, Value::int(at.lineno), Value::int(at.offset), at.text, Value::int(at.end_lineno), Value::int(at.end_offset)];
    super::new_native(class, vec![str::new(message), tuple::from_slice(&info)])
}
