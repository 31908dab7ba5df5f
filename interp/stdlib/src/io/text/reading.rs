//! Reading text: chunks, lines, everything.

use super::super::names::names;
use super::super::{args, buffered, call0, decoder, newlines, retry, unsupported};
use super::{Snapshot, TextIo, buffer, is_exact, open, this, writing};
use weft_vm::class::native::Args;
use weft_vm::types::{bytes, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{buffer as view_of, call, exc};

/// Decodes with the stream's decoder.
pub fn decode(d: &Value, input: &Value, last: bool) -> Res {
    if newlines::is_exact(d) { newlines::decode(d, input, last) } else { newlines::check_text(decoder::decode(d, input, last)?) }
}

impl TextIo {
    /// Takes up to `n` code points of what has been decoded.
    fn take(&self, n: usize) -> Res {
        let Some(text) = self.decoded.get() else { return Ok(str::empty()) };
        let (used, len) = (self.used.get(), str::len(&text));
        let n = n.min(len.saturating_sub(used));
        self.used.set(used + n);
        if used == 0 && n == len { Ok(text) } else { str::substring(&text, used, used + n) }
    }
}

/// Reads and decodes the next chunk; whether there was one. It takes the place of what had been decoded before.
fn read_chunk(v: &Value, hint: usize) -> Res<bool> {
    let t = this(v);
    let Some(d) = t.decoder.get() else { return Err(unsupported("not readable")) };
    let before = if t.telling.get() {
        let (held, flags) = newlines::state_parts(&call0(&d, &names().getstate)?)?;
        if !bytes::is_bytes(&held) {
            let got = held.class().full_name();
            return Err(exc::type_error(format!("decoder getstate() should have returned a bytes object, not '{got}'")));
        }
        Some((bytes::as_slice(&held).to_vec(), flags))
    } else {
        None
    };
    let hint = if hint > 0 { (t.ratio.get().max(1.0) * hint as f64) as usize } else { 0 };
    let size = t.chunk_size.get().max(hint).min(isize::MAX as usize);
    let below = buffer(v)?;
    let input = if std::ptr::eq(below.class(), buffered::READER.get()) {
        buffered::read1(&below, size as isize)?
    } else {
        let name = if t.has_read1.get() { &names().read1 } else { &names().read };
        call::call_method(&below, name, &[Value::usize(size)])?
    };
    if input.is_none() {
        return Err(would_block());
    }
    if !view_of::is_supported(&input) {
        let (name, got) = (if t.has_read1.get() { "read1" } else { "read" }, input.class().full_name());
        return Err(exc::type_error(format!("underlying {name}() should have returned a bytes-like object, not '{got}'")));
    }
    let (n, copy) = {
        let b = view_of::get(&input)?;
        (b.len, before.is_some().then(|| b.as_slice().to_vec()))
    };
    let text = decode(&d, &input, n == 0)?;
    let chars = str::len(&text);
    t.ratio.set(if chars > 0 { n as f64 / chars as f64 } else { 0.0 });
    t.set_decoded(Some(text));
    if let (Some((mut input, flags)), Some(chunk)) = (before, copy) {
        input.extend_from_slice(&chunk);
        t.set_snapshot(Some(Snapshot { flags, input }));
    }
    Ok(n > 0 || chars > 0)
}

/// `read(size=-1)`
pub fn read(a: Args) -> Res {
    let v = a.at(0);
    super::ready(v)?;
    let n = args::size(&a, 1)?;
    let t = open(v)?;
    let Some(d) = t.decoder.get() else { return Err(unsupported("not readable")) };
    writing::flush_pending(v)?;
    if n < 0 {
        let below = buffer(v)?;
        let data =
            if std::ptr::eq(below.class(), buffered::READER.get()) { buffered::read_all(&below)? } else { call0(&below, &names().read)? };
        if data.is_none() {
            return Err(would_block());
        }
        let rest = decode(&d, &data, true)?;
        let first = t.take(usize::MAX)?;
        t.set_decoded(None);
        t.set_snapshot(None);
        return if str::len(&first) == 0 { Ok(rest) } else { str::concat(&first, &rest) };
    }
    let mut left = n as usize;
    let mut parts = vec![t.take(left)?];
    left -= str::len(&parts[0]);
    while left > 0 {
        match retry(read_chunk(v, left))? {
            None => continue,
            Some(false) => break,
            Some(true) => {}
        }
        let part = t.take(left)?;
        left -= str::len(&part);
        parts.push(part);
    }
    joined(parts)
}

fn would_block() -> exc::Raised {
    exc::new(types().blocking_io_error, "Read returned None.")
}

fn joined(mut parts: Vec<Value>) -> Res {
    match parts.len() {
        0 => Ok(str::empty()),
        1 => Ok(parts.remove(0)),
        _ => str::split::concat_all(&parts),
    }
}

/// `readline(size=-1)`
pub fn readline(a: Args) -> Res {
    super::ready(a.at(0))?;
    read_line(a.at(0), args::int_size(&a, 1, -1)?)
}

/// The next line, or as much of it as `limit` allows.
pub fn read_line(v: &Value, limit: isize) -> Res {
    let t = open(v)?;
    writing::flush_pending(v)?;
    let ends = t.line_end();
    let mut left = if limit < 0 { usize::MAX } else { limit as usize };
    let mut parts: Vec<Value> = Vec::new();
    loop {
        let have = t.decoded.peek().is_some_and(|d| str::len(d) > t.used.get());
        if !have && !more(v)? {
            t.set_decoded(None);
            t.set_snapshot(None);
            return joined(parts);
        }
        let Some(text) = t.decoded.get() else { continue };
        let view = str::view(&text);
        let from = t.used.get().min(view.len());
        // A newline of two characters may have its first half at the end of the chunk before.
        let split = ends == newlines::LineEnd::Only("\r\n")
            && view.get(from) == Some('\n' as u32)
            && parts.last().is_some_and(|p| str::view(p).get(str::len(p).wrapping_sub(1)) == Some('\r' as u32));
        let (n, found) = if split {
            (1, true)
        } else {
            match ends.find(view.from(from)) {
                Ok(n) => (n, true),
                Err(_) => (view.len() - from, false),
            }
        };
        let done = found || n >= left;
        let n = n.min(left);
        left -= n;
        t.used.set(from + n);
        let part = if from == 0 && n == view.len() { text.clone() } else { str::substring(&text, from, from + n)? };
        if done && parts.is_empty() {
            return Ok(part);
        }
        parts.push(part);
        if done {
            return joined(parts);
        }
    }
}

/// Reads chunks until one has text in it.
fn more(v: &Value) -> Res<bool> {
    let t = this(v);
    loop {
        match retry(read_chunk(v, 0))? {
            None => {}
            Some(false) => return Ok(false),
            Some(true) if t.decoded.peek().is_some_and(|d| str::len(d) > 0) => return Ok(true),
            Some(true) => {}
        }
    }
}

/// `__next__`
pub fn next(v: &Value) -> Res<Option<Value>> {
    let t = super::ready(v)?;
    t.telling.set(false);
    let line = if is_exact(v) {
        read_line(v, -1)?
    } else {
        let line = call0(v, &names().readline)?;
        if !str::is_str(&line) {
            let text = format!("readline() should have returned an str object, not '{}'", line.class().full_name());
            return Err(exc::new(types().os_error, text));
        }
        line
    };
    if str::len(&line) == 0 {
        t.set_snapshot(None);
        t.telling.set(t.seekable.get());
        return Ok(None);
    }
    Ok(Some(line))
}
