//! Writing text: encoding, newlines, and when bytes go on to the stream below.

use super::super::names::names;
use super::super::{buffered, call0, retry, unsupported};
use super::{Encoder, buffer, open, ready, this};
use weft_vm::codecs;
use weft_vm::types::{bytes, str};
use weft_vm::value::{Res, Value};
use weft_vm::{call, exc};

/// `write(text)`: the number of code points.
pub fn write(v: &Value, text: &Value) -> Res<usize> {
    if !str::is_str(text) {
        return Err(exc::type_error(format!("write() argument must be str, not {}", text.class().full_name())));
    }
    let t = open(v)?;
    if t.encoder_kind.get() == Encoder::None {
        return Err(unsupported("not writable"));
    }
    let view = str::view(text);
    let newline = t.written_newline();
    let has_lf = (newline.is_some() || t.line_buffering.get()) && view.position('\n' as u32).is_some();
    let flushes = t.line_buffering.get() && (has_lf || view.position('\r' as u32).is_some());
    let translated;
    let encoded = match newline {
        Some(n) if has_lf => {
            translated = str::transform::replace(text, &str::intern("\n"), &str::intern(n), usize::MAX)?;
            &translated
        }
        _ => text,
    };
    add(v, encoded)?;
    if t.with_pending(|p| p.len()) >= t.chunk_size.get() || flushes || t.write_through.get() {
        flush_pending(v)?;
    }
    if flushes {
        flush_below(v)?;
    }
    if t.snapshot.borrow().is_some() {
        t.set_snapshot(None);
    }
    if t.decoded.peek().is_some() {
        t.set_decoded(None);
    }
    if let Some(d) = t.decoder.get() {
        call0(&d, &names().reset)?;
    }
    Ok(str::len(text))
}

/// Encodes a text and puts it with what is to be written.
fn add(v: &Value, text: &Value) -> Res<()> {
    let t = this(v);
    if let (Encoder::Known(_), Some(ascii)) = (t.encoder_kind.get(), str::payload(text).as_ascii()) {
        return append(v, ascii.as_bytes());
    }
    let made = match t.encoder_kind.get() {
        Encoder::Known(known) => {
            let errors = t.errors.borrow().clone();
            codecs::encode(text, known.name(), &errors)?
        }
        _ => {
            let Some(encoder) = t.encoder.get() else { return Err(unsupported("not writable")) };
            let made = call::call_method(&encoder, &names().encode, std::slice::from_ref(text))?;
            if !bytes::is_bytes(&made) {
                let got = made.class().full_name();
                return Err(exc::type_error(format!("encoder should return a bytes object, not '{got}'")));
            }
            made
        }
    };
    append(v, bytes::as_slice(&made))
}

fn append(v: &Value, data: &[u8]) -> Res<()> {
    let t = this(v);
    let have = t.with_pending(|p| p.len());
    // Large texts are not joined with what was there before.
    if have > 0 && have + data.len() > t.chunk_size.get() {
        flush_pending(v)?;
    }
    t.with_pending(|p| {
        p.try_reserve(data.len()).map_err(|_| exc::memory_error())?;
        p.extend_from_slice(data);
        Ok(())
    })
}

/// Hands pending bytes to the stream below.
pub fn flush_pending(v: &Value) -> Res<()> {
    let t = this(v);
    if t.with_pending(|p| p.is_empty()) {
        return Ok(());
    }
    let below = buffer(v)?;
    let mut data = t.with_pending(std::mem::take);
    if buffered::is_exact(&below) {
        buffered::write_bytes(&below, &data)?;
        // The allocation serves again, unless something was written meanwhile.
        data.clear();
        if data.capacity() <= 1 << 16 {
            t.with_pending(|p| {
                if p.is_empty() {
                    *p = data;
                }
            });
        }
        return Ok(());
    }
    let data = bytes::try_new(&data)?;
    while retry(call::call_method(&below, &names().write, std::slice::from_ref(&data)))?.is_none() {}
    Ok(())
}

fn flush_below(v: &Value) -> Res<()> {
    let below = buffer(v)?;
    if std::ptr::eq(below.class(), buffered::WRITER.get()) {
        return buffered::flush(&below);
    }
    call0(&below, &names().flush).map(drop)
}

/// `flush()`
pub fn flush(v: &Value) -> Res<()> {
    let t = open(v)?;
    ready(v)?;
    t.telling.set(t.seekable.get());
    flush_pending(v)?;
    flush_below(v)
}
