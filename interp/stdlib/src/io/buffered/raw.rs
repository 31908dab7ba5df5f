//! Calls to the raw stream: straight into an exact FileIO, by method otherwise.

use super::super::names::names;
use super::super::{base, file_io, retry};
use super::{checked_count, this};
use weft_vm::types::{bytearray, bytes, exceptions, memoryview};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc};

fn raw(v: &Value) -> Res {
    this(v).raw.get().ok_or_else(base::uninitialised)
}

/// A position that the raw stream returned.
fn position(v: &Value, result: &Value) -> Res<i64> {
    let n = super::args::offset(result)?;
    if n < 0 {
        return Err(exc::new(types().os_error, format!("Raw stream returned invalid position {n}")));
    }
    this(v).abs_pos.set(n);
    Ok(n)
}

/// `raw.tell()`
pub fn tell(v: &Value) -> Res<i64> {
    let raw = raw(v)?;
    if this(v).direct.get() {
        let n = file_io::seek_to(&raw, 0, libc::SEEK_CUR)?;
        this(v).abs_pos.set(n);
        return Ok(n);
    }
    position(v, &call::call_method(&raw, &names().tell, &[])?)
}

/// `raw.seek(to, whence)`
pub fn seek(v: &Value, to: i64, whence: i32) -> Res<i64> {
    let raw = raw(v)?;
    if this(v).direct.get() {
        let n = file_io::seek_to(&raw, to, whence)?;
        this(v).abs_pos.set(n);
        return Ok(n);
    }
    position(v, &call::call_method(&raw, &names().seek, &[Value::int(to), Value::int(whence.into())])?)
}

/// Takes note that the raw stream has moved on.
fn moved(v: &Value, n: usize) {
    let b = this(v);
    if b.abs_pos.get() != -1 {
        b.abs_pos.set(b.abs_pos.get() + n as i64);
    }
}

/// `raw.readinto(into)`; `None` if it would have blocked.
pub fn read(v: &Value, into: &mut [u8]) -> Res<Option<usize>> {
    let raw = raw(v)?;
    if this(v).direct.get() {
        let n = file_io::read_into(&raw, into)?;
        moved(v, n.unwrap_or(0));
        return Ok(n);
    }
    let (room, view) = base::scratch(into.len())?;
    let result = loop {
        if let Some(r) = retry(call::call_method(&raw, &names().readinto, std::slice::from_ref(&view)))? {
            break r;
        }
    };
    if result.is_none() {
        return Ok(None);
    }
    let n = match checked_count(&result, into.len(), "readinto") {
        Ok(n) => n,
        Err(e) if exc::matches(types().os_error) => return Err(e),
        Err(e) => {
            let cause = exc::take(e);
            let raised = exc::new(types().os_error, "raw readinto() failed");
            let e = exc::take(raised);
            exceptions::set_context(&e, cause.clone());
            exceptions::set_cause(&e, cause);
            return Err(exc::restore(e));
        }
    };
    let data = bytearray::as_slice(&room);
    let n = n.min(data.len());
    into[..n].copy_from_slice(&data[..n]);
    moved(v, n);
    Ok(Some(n))
}

/// `raw.write(from)`; `None` if it would have blocked.
pub fn write(v: &Value, from: &[u8]) -> Res<Option<usize>> {
    let raw = raw(v)?;
    if this(v).direct.get() {
        let n = file_io::write_from(&raw, from)?;
        moved(v, n.unwrap_or(0));
        return Ok(n);
    }
    let view = memoryview::from_object(&bytes::try_new(from)?)?;
    let result = loop {
        if let Some(r) = retry(call::call_method(&raw, &names().write, std::slice::from_ref(&view)))? {
            break r;
        }
    };
    if result.is_none() {
        return Ok(None);
    }
    let n = checked_count(&result, from.len(), "write")?;
    moved(v, n);
    Ok(Some(n))
}
