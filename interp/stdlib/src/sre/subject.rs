//! The string or buffer that a pattern is matched against, and a walk over its matches.

use super::engine::{Conditions, Found, Machine, Scratch};
use super::pattern::Pattern;
use weft_vm::buffer::{self, Buffer};
use weft_vm::exc;
use weft_vm::types::str::StrView;
use weft_vm::types::{bytes, str};
use weft_vm::value::{Res, Value};

/// A str, or the memory of a bytes-like object, which stays in place while this lives.
pub struct Subject {
    /// The object.
    pub value: Value,
    buffer: Option<Buffer>,
}

impl Subject {
    /// The characters of an object. Raises TypeError if it has none.
    pub fn new(value: &Value) -> Res<Subject> {
        if str::is_str(value) {
            return Ok(Subject { value: value.clone(), buffer: None });
        }
        if !buffer::is_supported(value) {
            return Err(exc::type_error(format!("expected string or bytes-like object, got '{}'", value.class().full_name())));
        }
        Ok(Subject { value: value.clone(), buffer: Some(buffer::get(value)?) })
    }

    /// As [`Subject::new`], for a pattern, which must be of the same kind.
    pub fn of(pattern: &Pattern, value: &Value) -> Res<Subject> {
        let subject = Subject::new(value)?;
        match pattern.is_bytes {
            Some(true) if !subject.is_bytes() => Err(exc::type_error("cannot use a bytes pattern on a string-like object")),
            Some(false) if subject.is_bytes() => Err(exc::type_error("cannot use a string pattern on a bytes-like object")),
            _ => Ok(subject),
        }
    }

    /// Whether the characters are bytes.
    pub fn is_bytes(&self) -> bool {
        self.buffer.is_some()
    }

    /// The number of characters.
    pub fn len(&self) -> usize {
        self.view().len()
    }

    /// The characters. Bytes are seen as Latin-1.
    pub fn view(&self) -> StrView<'_> {
        match &self.buffer {
            Some(b) => StrView::Latin1(b.as_slice()),
            None => str::view(&self.value),
        }
    }

    /// A stretch as a str, or as bytes.
    pub fn slice(&self, from: usize, to: usize) -> Res {
        match &self.buffer {
            None => str::substring(&self.value, from, to),
            Some(b) if from == 0 && to >= b.len && bytes::is_exact(&self.value) => Ok(self.value.clone()),
            Some(b) => bytes::try_new(b.as_slice().get(from..to).unwrap_or_default()),
        }
    }

    /// Joins pieces of the same kind.
    pub fn join(&self, pieces: &[Value]) -> Res {
        join(pieces, self.is_bytes())
    }
}

/// Joins strs, or bytes-like objects.
pub fn join(pieces: &[Value], as_bytes: bool) -> Res {
    if as_bytes {
        let list = weft_vm::types::list::from_slice(pieces);
        return weft_vm::call::call_method(&bytes::new(b""), &weft_vm::vm::names().join, &[list]);
    }
    str::join(&str::empty(), pieces)
}

/// A walk over the matches of a pattern in a subject.
pub struct Walk {
    /// The subject.
    pub subject: Subject,
    /// Where matching may begin, and what the subject is taken to end at.
    pub pos: usize,
    /// See `pos`.
    pub endpos: usize,
    /// Where the next match is looked for.
    pub start: usize,
    /// Whether the next match must not be empty where it begins.
    pub advance: bool,
    scratch: Scratch,
}

macro_rules! with_machine {
    ($walk:expr, $pattern:expr, |$machine:ident| $body:expr) => {{
        let scratch = std::mem::take(&mut $walk.scratch);
        macro_rules! run {
            ($text:expr) => {{
                let mut $machine = Machine::new(&$pattern.program, $pattern.groups, $text, $walk.endpos, scratch);
                let result = $body;
                $walk.scratch = $machine.into_scratch();
                result
            }};
        }
        match $walk.subject.view() {
            StrView::Latin1(text) => run!(text),
            StrView::Ucs2(text) => run!(text),
            StrView::Ucs4(text) => run!(text),
        }
    }};
}

impl Walk {
    /// A walk over `value`, from `pos` to `endpos`, which are moved into the subject.
    pub fn new(pattern: &Pattern, value: &Value, pos: isize, endpos: isize) -> Res<Walk> {
        let subject = Subject::of(pattern, value)?;
        let n = subject.len() as isize;
        let (pos, endpos) = (pos.clamp(0, n) as usize, endpos.clamp(0, n) as usize);
        Ok(Walk { subject, pos, endpos, start: pos, advance: false, scratch: Scratch::default() })
    }

    /// A match at the place where the walk is.
    pub fn match_here(&mut self, pattern: &Pattern, whole: bool) -> Res<Option<Found>> {
        if self.start > self.endpos {
            return Ok(None);
        }
        let (start, advance) = (self.start, self.advance);
        let found = with_machine!(self, pattern, |m| m.match_at(start, Conditions { whole, advance }))?;
        self.passed(&found);
        Ok(found)
    }

    /// The next match.
    pub fn search(&mut self, pattern: &Pattern) -> Res<Option<Found>> {
        let (start, advance) = (self.start, self.advance);
        let found = with_machine!(self, pattern, |m| m.search(start, advance))?;
        self.passed(&found);
        Ok(found)
    }

    /// Goes on behind a match.
    fn passed(&mut self, found: &Option<Found>) {
        if let Some(f) = found {
            self.advance = f.span.0 == f.span.1;
            self.start = f.span.1;
        }
    }

    /// What a group has matched, or `None`. Group 0 is the match.
    pub fn group(&self, found: &Found, group: usize) -> Res<Option<Value>> {
        match found.group(group) {
            Some((from, to)) => self.subject.slice(from, to).map(Some),
            None => Ok(None),
        }
    }
}

impl Found {
    /// Where a group begins and ends, if it has matched. Group 0 is the match.
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        if group == 0 {
            return Some(self.span);
        }
        let (from, to) = (*self.marks.get(2 * group - 2)?, *self.marks.get(2 * group - 1)?);
        (from != usize::MAX && to != usize::MAX && from <= to).then_some((from, to))
    }
}
