//! Reading through the buffer.

use super::super::names::names;
use super::super::{args, call0, file_io};
use super::{check_open, flush_and_rewind, lock, raw, raw_of, ready, this};
use weft_vm::class::native::Args;
use weft_vm::protocol::attr;
use weft_vm::types::bytes;
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc};

/// Takes up to `n` bytes that have been read ahead.
fn take_ahead(v: &Value, n: usize) -> Res<Vec<u8>> {
    let b = this(v);
    let n = n.min(b.ahead() as usize);
    let from = b.pos.get() as usize;
    let mut out = Vec::new();
    out.try_reserve(n).map_err(|_| exc::memory_error())?;
    b.look(|memory| out.extend_from_slice(memory.get(from..from + n).unwrap_or(&[])));
    b.pos.set(b.pos.get() + out.len() as i64);
    Ok(out)
}

/// As [`take_ahead`] if all `n` bytes are there, as a value.
fn take_value(v: &Value, n: usize) -> Res<Option<Value>> {
    let b = this(v);
    if n as i64 > b.ahead() {
        return Ok(None);
    }
    let from = b.pos.get() as usize;
    let Some(made) = b.look(|memory| memory.get(from..from + n).map(bytes::try_new)) else { return Ok(None) };
    let made = made?;
    b.pos.set(b.pos.get() + n as i64);
    Ok(Some(made))
}

/// Reads behind what is in the buffer already; `None` if the raw stream would have blocked. The lock is held.
fn fill(v: &Value) -> Res<Option<usize>> {
    let b = this(v);
    let start = if b.valid_read() { b.read_end.get() as usize } else { 0 };
    let n = b.lend(|memory| match memory.get_mut(start..) {
        Some(room) => raw::read(v, room),
        None => Ok(Some(0)),
    })?;
    if let Some(n) = n.filter(|&n| n > 0) {
        let end = (start + n) as i64;
        b.read_end.set(end);
        b.raw_pos.set(end);
    }
    Ok(n)
}

fn make_room(n: usize) -> Res<Vec<u8>> {
    file_io::room(n)
}

/// `read(size=-1)`
pub fn read(a: Args) -> Res {
    let v = a.at(0);
    let n = args::size(&a, 1)?;
    ready(v)?;
    if n < -1 {
        return Err(exc::value_error("read length must be non-negative or -1"));
    }
    check_open(v, "read of closed file")?;
    if n == -1 {
        return read_all_checked(v);
    }
    if let Some(made) = take_value(v, n as usize)? {
        return Ok(made);
    }
    let _held = lock::enter(v)?;
    read_exactly(v, n as usize)
}

/// `read()`, for text over an instance of exactly one of the classes.
pub fn read_all(v: &Value) -> Res {
    check_open(v, "read of closed file")?;
    read_all_checked(v)
}

fn read_all_checked(v: &Value) -> Res {
    let _held = lock::enter(v)?;
    let b = this(v);
    let mut all = take_ahead(v, usize::MAX)?;
    if b.writable.get() {
        flush_and_rewind(v)?;
    }
    b.reset_read();
    let raw = raw_of(v)?;
    let readall = if b.direct.get() {
        Some(file_io::readall(&raw)?)
    } else {
        match attr::getattr_opt(&raw, &names().readall)? {
            Some(f) => Some(call::call0(&f)?),
            None => None,
        }
    };
    if let Some(rest) = readall {
        if b.direct.get() {
            // Where the file is now, the next call finds out.
            b.abs_pos.set(-1);
        }
        if rest.is_none() {
            return if all.is_empty() { Ok(rest) } else { bytes::try_new(&all) };
        }
        if !bytes::is_bytes(&rest) {
            return Err(exc::type_error("readall() should return bytes"));
        }
        if all.is_empty() {
            return Ok(rest);
        }
        append(&mut all, bytes::as_slice(&rest))?;
        return bytes::try_new(&all);
    }
    loop {
        let data = call0(&raw, &names().read)?;
        if !data.is_none() && !bytes::is_bytes(&data) {
            return Err(exc::type_error("read() should return bytes"));
        }
        if data.is_none() || bytes::as_slice(&data).is_empty() {
            return if all.is_empty() { Ok(data) } else { bytes::try_new(&all) };
        }
        let data = bytes::as_slice(&data);
        append(&mut all, data)?;
        if b.abs_pos.get() != -1 {
            b.abs_pos.set(b.abs_pos.get() + data.len() as i64);
        }
    }
}

fn append(all: &mut Vec<u8>, more: &[u8]) -> Res<()> {
    all.try_reserve(more.len()).map_err(|_| exc::memory_error())?;
    all.extend_from_slice(more);
    Ok(())
}

/// Reads until there are `n` bytes, the end, or a read that would block. The lock is held.
fn read_exactly(v: &Value, n: usize) -> Res {
    let b = this(v);
    if let Some(made) = take_value(v, n)? {
        return Ok(made);
    }
    let mut out = make_room(n)?;
    let have = take_ahead(v, n)?;
    out[..have.len()].copy_from_slice(&have);
    let mut written = have.len();
    drop(have);
    if b.writable.get() {
        flush_and_rewind(v)?;
    }
    b.reset_read();
    let size = b.size.get();
    let end = |out: &[u8], blocked: bool| if blocked && out.is_empty() { Ok(Value::NONE) } else { bytes::try_new(out) };
    // Whole blocks go straight to where they are wanted.
    while n - written >= size {
        let whole = (n - written) / size * size;
        match raw::read(v, &mut out[written..written + whole])? {
            Some(0) => return end(&out[..written], false),
            None => return end(&out[..written], true),
            Some(r) => written += r,
        }
    }
    b.pos.set(0);
    b.raw_pos.set(0);
    b.read_end.set(0);
    // No read is made once there is enough: it might block.
    while written < n && b.read_end.get() < size as i64 {
        match fill(v)? {
            Some(0) => return end(&out[..written], false),
            None => return end(&out[..written], true),
            Some(_) => {
                let part = take_ahead(v, n - written)?;
                out[written..written + part.len()].copy_from_slice(&part);
                written += part.len();
            }
        }
    }
    bytes::try_new(&out[..written])
}

/// `peek(size=0)`
pub fn peek(a: Args) -> Res {
    let v = a.at(0);
    args::int_size(&a, 1, 0)?;
    ready(v)?;
    let b = check_open(v, "peek of closed file")?;
    let _held = lock::enter(v)?;
    if b.writable.get() {
        flush_and_rewind(v)?;
    }
    if b.ahead() == 0 {
        b.reset_read();
        let n = fill(v)?.unwrap_or(0);
        b.pos.set(0);
        return b.look(|memory| bytes::try_new(memory.get(..n).unwrap_or(&[])));
    }
    let (from, n) = (b.pos.get() as usize, b.ahead() as usize);
    b.look(|memory| bytes::try_new(memory.get(from..from + n).unwrap_or(&[])))
}

/// `read1(size=-1)`
pub fn read1_method(a: Args) -> Res {
    read1(a.at(0), args::int_size(&a, 1, -1)?)
}

/// Up to `n` bytes with one raw read at most. `v` is a reader or a random stream.
pub fn read1(v: &Value, n: isize) -> Res {
    let b = ready(v)?;
    let n = if n < 0 { b.size.get() } else { n as usize };
    check_open(v, "read of closed file")?;
    if n == 0 {
        return bytes::try_new(&[]);
    }
    let have = b.ahead() as usize;
    if have > 0
        && let Some(made) = take_value(v, have.min(n))?
    {
        return Ok(made);
    }
    let mut out = make_room(n)?;
    let _held = lock::enter(v)?;
    b.reset_read();
    let got = raw::read(v, &mut out)?.unwrap_or(0);
    bytes::try_new(&out[..got])
}

/// `readinto(buffer)` and `readinto1(buffer)`
pub fn readinto(a: Args, once: bool) -> Res {
    let v = a.at(0);
    let into = args::writable(a.at(1), if once { "readinto1() argument" } else { "readinto() argument" })?;
    ready(v)?;
    let b = check_open(v, "readinto of closed file")?;
    let have = take_ahead(v, into.len)?;
    into.write(0, &have);
    let mut written = have.len();
    drop(have);
    if written == into.len {
        return Ok(Value::usize(written));
    }
    let _held = lock::enter(v)?;
    if b.writable.get() {
        flush_and_rewind(v)?;
    }
    b.reset_read();
    b.pos.set(0);
    while written < into.len {
        let remaining = into.len - written;
        let got = if remaining > b.size.get() {
            // Foreign memory may change while the GIL is given up, so the bytes come by way of memory of our own.
            let mut part = make_room(remaining.min(1 << 20))?;
            let got = raw::read(v, &mut part)?;
            into.write(written, &part[..got.unwrap_or(0)]);
            got
        } else if !(once && written > 0) {
            match fill(v)? {
                Some(n) if n > 0 => {
                    let part = take_ahead(v, remaining)?;
                    into.write(written, &part);
                    Some(part.len())
                }
                other => other,
            }
        } else {
            Some(0)
        };
        match got {
            Some(0) => break,
            None if written > 0 => break,
            None => return Ok(Value::NONE),
            Some(n) => written += n,
        }
        if once {
            break;
        }
    }
    Ok(Value::usize(written))
}

/// `readline(size=-1)`
pub fn readline(a: Args) -> Res {
    let v = a.at(0);
    let limit = args::size(&a, 1)?;
    ready(v)?;
    read_line(v, limit)
}

fn read_line(v: &Value, limit: isize) -> Res {
    let b = check_open(v, "readline of closed file")?;
    let mut left = if limit >= 0 { limit as usize } else { usize::MAX };
    let find = |most: usize| {
        let (from, n) = (b.pos.get() as usize, (b.ahead() as usize).min(most));
        b.look(|memory| {
            memory.get(from..from + n).map_or((0, false), |part| match memchr::memchr(b'\n', part) {
                Some(i) => (i + 1, true),
                None => (n, n == most),
            })
        })
    };
    let (n, done) = find(left);
    if done && let Some(made) = take_value(v, n)? {
        return Ok(made);
    }
    let _held = lock::enter(v)?;
    let mut line = take_ahead(v, n)?;
    left -= line.len();
    if b.writable.get() {
        flush_and_rewind(v)?;
    }
    loop {
        b.reset_read();
        b.pos.set(0);
        if fill(v)?.unwrap_or(0) == 0 {
            break;
        }
        let (n, done) = find(left);
        let part = take_ahead(v, n)?;
        if line.is_empty() && done {
            return bytes::try_new(&part);
        }
        append(&mut line, &part)?;
        left -= part.len();
        if done {
            break;
        }
    }
    bytes::try_new(&line)
}

/// `__next__`
pub fn next(v: &Value) -> Res<Option<Value>> {
    ready(v)?;
    let line = if super::is_exact(v) {
        read_line(v, -1)?
    } else {
        let line = call0(v, &names().readline)?;
        if !bytes::is_bytes(&line) {
            let text = format!("readline() should have returned a bytes object, not '{}'", line.class().full_name());
            return Err(exc::new(types().os_error, text));
        }
        line
    };
    Ok(if bytes::as_slice(&line).is_empty() { None } else { Some(line) })
}
