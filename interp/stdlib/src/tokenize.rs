//! `_tokenize`: what the `tokenize` module gets its tokens from.

use crate::LazyClass;
use std::cell::RefCell;
use weft_compiler::ErrorKind;
use weft_compiler::tokenize::{Failure, TokenError, Tokenizer};
use weft_layout::tag::Word;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::Signature;
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::protocol::attr;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{bytes, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, codecs, exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_tokenize",
    doc: "",
    functions: &[],
    exec: |m| {
        module::add(m, "TokenizerIter", TOKENIZER_ITER.get().value());
        Ok(())
    },
};

static TOKENIZER_ITER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_tokenize.TokenizerIter",
    payload: PayloadOps::of::<TokenizerIter>(),
    slots: Slots { new: Some(new), iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

/// The payload.
struct TokenizerIter {
    readline: Value,
    /// The encoding of the lines, which are bytes then.
    encoding: Option<Value>,
    /// Taken out while it works, because the lines come from Python code.
    tokenizer: RefCell<Option<Tokenizer>>,
}

// SAFETY: every instance of TokenizerIter is made with this payload.
unsafe impl Payload for TokenizerIter {
    fn class() -> &'static Type {
        TOKENIZER_ITER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.readline.word());
    }
}

fn this(v: &Value) -> &TokenizerIter {
    // SAFETY: slots get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("tokenizeriter", "(readline, /, *, extra_tokens, encoding=<unrepresentable>)");
    SIGNATURE.bind(args, kwnames, |a| {
        let extra_tokens = protocol::is_true(a.at(1))?;
        let encoding = a.some(2).cloned();
        if let Some(e) = &encoding
            && !str::is_str(e)
        {
            return Err(exc::type_error(format!("tokenizeriter() argument 'encoding' must be str, not {}", e.class().full_name())));
        }
        let tokenizer = RefCell::new(Some(Tokenizer::new(extra_tokens)));
        Ok(new_instance(build::of(class), TokenizerIter { readline: a.at(0).clone(), encoding, tokenizer }))
    })
}

/// A line from Python; `None` at the end.
fn read_line(it: &TokenizerIter) -> Res<Option<String>> {
    let Some(line) = exc::catch(call::call(&it.readline, &[], None), types().stop_iteration)? else { return Ok(None) };
    let line = match &it.encoding {
        Some(encoding) => {
            if !line.is_instance(types().bytes) {
                return Err(exc::type_error("readline() returned a non-bytes object"));
            }
            codecs::decode_bytes(bytes::as_slice(&line), &str::as_utf8(encoding)?, "replace")?
        }
        None => line,
    };
    if !str::is_str(&line) {
        return Err(exc::type_error("readline() returned a non-string object"));
    }
    str::as_utf8(&line).map(|text| Some(text.into_owned()))
}

fn next(v: &Value) -> Res<Option<Value>> {
    let it = this(v);
    let Some(mut tokenizer) = it.tokenizer.take() else {
        return Err(exc::value_error("TokenizerIter is already executing"));
    };
    let found = tokenizer.next(&mut || read_line(it));
    *it.tokenizer.borrow_mut() = Some(tokenizer);
    let token = match found {
        Ok(Some(token)) => token,
        Ok(None) => return Ok(None),
        Err(Failure::Lines(e)) => return Err(e),
        Err(Failure::Syntax(e)) => return Err(syntax_error(&e)),
    };
    let place = |(line, col): (usize, isize)| tuple::from_array([Value::usize(line), Value::int(col as i64)]);
    Ok(Some(tuple::from_vec(vec![
        Value::int(i64::from(token.kind)),
        str::from_string(token.text),
        place(token.start),
        place(token.end),
        str::from_string(token.line),
    ])))
}

fn syntax_error(e: &TokenError) -> exc::Raised {
    let class = match e.kind {
        ErrorKind::Indentation => types().indentation_error,
        ErrorKind::Tab => types().tab_error,
        _ => types().syntax_error,
    };
    let Some(text) = &e.text else {
        // As CPython does at the end of the text, which has no line to show.
        let exception = exc::take(exc::new(class, &e.message));
        for (name, v) in [
            ("filename", str::intern("<string>")),
            ("lineno", Value::usize(e.line)),
            ("end_lineno", Value::usize(e.line)),
            ("offset", Value::usize(e.offset)),
        ] {
            if let Err(e) = attr::setattr(&exception, &str::intern(name), &v) {
                return e;
            }
        }
        return exc::restore(exception);
    };
    let (line, offset) = (Value::usize(e.line), Value::usize(e.offset));
    let (end_line, end_offset) = e.end_offset.map_or((Value::NONE, Value::NONE), |end| (line.clone(), Value::usize(end)));
    let details = tuple::from_vec(vec![str::intern("<string>"), line, offset, str::new(text), end_line, end_offset]);
    exc::raise_args(class, &[str::new(&e.message), details])
}
