//! Writing through the buffer.

use super::super::args;
use super::{is_closed, lock, raw, ready, this};
use crate::syscall;
use weft_vm::class::native::Args;
use weft_vm::exc::{self, Raised};
use weft_vm::types::str;
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// What a stream raises that has taken `written` bytes and cannot go on.
fn would_block(written: usize) -> Raised {
    let args = [Value::int(libc::EAGAIN.into()), str::new("write could not complete without blocking"), Value::usize(written)];
    exc::raise_args(types().blocking_io_error, &args)
}

/// Writes what is pending. The lock is held.
pub fn flush(v: &Value) -> Res<()> {
    let b = this(v);
    if b.valid_write() && b.write_pos.get() != b.write_end.get() {
        let rewind = b.raw_offset() + (b.pos.get() - b.write_pos.get());
        if rewind != 0 {
            raw::seek(v, -rewind, 1)?;
            b.raw_pos.set(b.raw_pos.get() - rewind);
        }
        while b.write_pos.get() < b.write_end.get() {
            let (from, to) = (b.write_pos.get() as usize, b.write_end.get() as usize);
            let n = b.lend(|memory| raw::write(v, memory.get(from..to).unwrap_or(&[])))?;
            let Some(n) = n else { return Err(would_block(0)) };
            b.write_pos.set(b.write_pos.get() + n as i64);
            b.raw_pos.set(b.write_pos.get());
            // A signal may be why not all was written; its handlers run before the next call, which may block for long.
            syscall::check_signals()?;
        }
    }
    b.reset_write();
    Ok(())
}

/// `write(buffer)`
pub fn write(a: Args) -> Res {
    let v = a.at(0);
    let data = args::readable(a.at(1))?;
    ready(v)?;
    // Small data that fits is copied before anything else can run; other data is copied so that it cannot change.
    if fits(v, data.len) {
        let _held = lock::enter(v)?;
        check_writable(v)?;
        if put(v, data.as_slice()) {
            return Ok(Value::usize(data.len));
        }
    }
    let mut copy = Vec::new();
    copy.try_reserve_exact(data.len).map_err(|_| exc::memory_error())?;
    copy.extend_from_slice(data.as_slice());
    write_bytes(v, &copy).map(Value::usize)
}

fn check_writable(v: &Value) -> Res<()> {
    if is_closed(v)? { Err(exc::value_error("write to closed file")) } else { Ok(()) }
}

fn fits(v: &Value, n: usize) -> bool {
    let b = this(v);
    let pos = if b.valid_read() || b.valid_write() { b.pos.get() } else { 0 };
    n as i64 <= b.size.get() as i64 - pos
}

/// Puts data into the buffer if it fits. The lock is held.
fn put(v: &Value, data: &[u8]) -> bool {
    let b = this(v);
    if !b.valid_read() && !b.valid_write() {
        b.pos.set(0);
        b.raw_pos.set(0);
    }
    let pos = b.pos.get();
    if !fits(v, data.len()) {
        return false;
    }
    let copied = b.change(|memory| memory.get_mut(pos as usize..pos as usize + data.len()).map(|to| to.copy_from_slice(data)));
    if copied.is_none() {
        return false;
    }
    if !b.valid_write() || b.write_pos.get() > pos {
        b.write_pos.set(pos);
    }
    b.adjust_position(pos + data.len() as i64);
    if b.pos.get() > b.write_end.get() {
        b.write_end.set(b.pos.get());
    }
    true
}

/// Writes `data`, which is not the stream's own memory and stays as it is. `v` is a writer or a random stream.
pub fn write_bytes(v: &Value, data: &[u8]) -> Res<usize> {
    let b = ready(v)?;
    let _held = lock::enter(v)?;
    check_writable(v)?;
    if put(v, data) {
        return Ok(data.len());
    }
    if let Err(e) = flush(v) {
        return if exc::matches(types().blocking_io_error) { keep_pending(v, data, e) } else { Err(e) };
    }
    // The raw stream may be ahead of the user if something was read.
    let offset = b.raw_offset();
    if offset != 0 {
        raw::seek(v, -offset, 1)?;
        b.raw_pos.set(b.raw_pos.get() - offset);
    }
    let size = b.size.get();
    let mut written = 0;
    while data.len() - written > size {
        match raw::write(v, &data[written..])? {
            Some(n) => written += n,
            None => {
                // As much as fits is kept for later.
                b.change(|memory| memory.iter_mut().zip(&data[written..]).for_each(|(to, from)| *to = *from));
                b.raw_pos.set(0);
                b.write_pos.set(0);
                b.adjust_position(size as i64);
                b.write_end.set(size as i64);
                return Err(would_block(written + size));
            }
        }
        syscall::check_signals()?;
    }
    if b.readable.get() {
        b.reset_read();
    }
    let rest = &data[written..];
    b.change(|memory| {
        if let Some(to) = memory.get_mut(..rest.len()) {
            to.copy_from_slice(rest);
        }
    });
    b.write_pos.set(0);
    b.write_end.set(rest.len() as i64);
    b.adjust_position(rest.len() as i64);
    b.raw_pos.set(0);
    Ok(data.len())
}

/// The raw stream takes nothing: what is pending moves to the front of the buffer and `data` goes behind it, as far as it fits.
fn keep_pending(v: &Value, data: &[u8], blocked: Raised) -> Res<usize> {
    let b = this(v);
    if b.readable.get() {
        b.reset_read();
    }
    let (from, to) = (b.write_pos.get(), b.write_end.get());
    b.change(|memory| {
        if to as usize <= memory.len() {
            memory.copy_within(from as usize..to as usize, 0);
        }
    });
    b.write_end.set(to - from);
    b.raw_pos.set(b.raw_pos.get() - from);
    b.pos.set(b.pos.get() - from);
    b.write_pos.set(0);
    let end = b.write_end.get() as usize;
    let n = data.len().min(b.size.get().saturating_sub(end));
    b.change(|memory| {
        if let Some(room) = memory.get_mut(end..end + n) {
            room.copy_from_slice(&data[..n]);
        }
    });
    b.write_end.set((end + n) as i64);
    b.pos.set(b.pos.get() + n as i64);
    exc::clear(blocked);
    if n == data.len() { Ok(n) } else { Err(would_block(n)) }
}
