//! Code objects from the archive.
//!
//! The build script wrote what is read here, and the binary holds it. Texts that are names are made once and kept, because the modules of
//! the library share most of them. Nested code objects are read when they are first needed.

use super::{Entry, TEXT_NUMBERS, data, number, text_count};
use rustpython_wtf8::Wtf8;
use std::borrow::Cow;
use weft_layout::tag::{NULL, Word};
use weft_vm::global::Global;
use weft_vm::types::code::stored::{CodeReader, Storage};
use weft_vm::types::code::{self, Deferred, Head, Parts, Source};
use weft_vm::types::str;
use weft_vm::value::Value;

/// The names made so far, by their number.
static NAMES: Global<Vec<Word>> = Global::new(Vec::new());

const IS_NAME: usize = 1;
const IS_ASCII: usize = 2;

/// The code object of a module, with this `co_filename`.
pub fn load(entry: &Entry, filename: &Value) -> Value {
    code::from_parts(parts(&Source::Binary(entry.code), filename))
}

/// How nested code objects are read.
static READER: code::Reader = code::Reader { parts, head };

fn parts(source: &Source, filename: &Value) -> Parts {
    reader(source, filename).code()
}

fn head(source: &Source) -> Head {
    reader(source, &Value::NONE).head()
}

fn reader<'a>(source: &Source, filename: &'a Value) -> CodeReader<'a, Archive<'a>> {
    let Source::Binary(code) = source else { unreachable!("what is compiled here has a reader of its own") };
    // SAFETY: the GIL is held, and nothing here runs Python.
    let names = unsafe { &mut *NAMES.get() };
    if names.is_empty() {
        *names = vec![NULL; text_count()];
    }
    CodeReader::new(code, filename, Archive { names })
}

struct Archive<'a> {
    names: &'a mut [Word],
}

impl Storage for Archive<'_> {
    fn text(&mut self, i: usize) -> Value {
        let made = self.names[i];
        if made != NULL {
            // SAFETY: the table keeps a reference to what it holds.
            return unsafe { Value::clone_word(made) };
        }
        let at = 2 + super::FILE_NUMBERS * super::file_count() + TEXT_NUMBERS * i;
        let facts = number(at + 1);
        let text = data(number(at), facts >> 2);
        let v = if facts & (IS_ASCII | IS_NAME) == IS_ASCII | IS_NAME {
            str::intern_ascii(text)
        } else if facts & IS_ASCII != 0 {
            str::from_latin1(text)
        } else {
            // SAFETY: the build script writes texts as WTF-8.
            str::from_wtf8(unsafe { Wtf8::from_bytes_unchecked(text) })
        };
        if facts & IS_NAME == 0 {
            return v;
        }
        let v = str::intern_value(v);
        v.make_immortal();
        self.names[i] = v.clone().into_word();
        v
    }

    fn table(&self, bytes: &[u8]) -> Cow<'static, [u8]> {
        let start = bytes.as_ptr().addr() - super::ARCHIVE.0.as_ptr().addr();
        Cow::Borrowed(&super::ARCHIVE.0[start..start + bytes.len()])
    }

    fn nested(&self, code: &[u8], filename: &Value) -> Value {
        let start = code.as_ptr().addr() - super::ARCHIVE.0.as_ptr().addr();
        let source = Source::Binary(&super::ARCHIVE.0[start..start + code.len()]);
        code::deferred(Deferred { reader: &READER, source, filename: filename.clone() })
    }
}
