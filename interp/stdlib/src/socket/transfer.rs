//! Sending and receiving.

use super::address::Address;
use super::object::{Socket, this};
use super::pair;
use crate::cint;
use std::time::Instant;
use weft_vm::buffer::{self, Buffer};
use weft_vm::class::native::Args;
use weft_vm::exc;
use weft_vm::protocol::{iter, number};
use weft_vm::types::{bytes, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

fn flags_of(a: &Args, i: usize) -> Res<i32> {
    a.opt(i).map_or(Ok(0), cint::c_int)
}

fn size_of_buffer(v: &Value, function: &str) -> Res<usize> {
    let n = number::as_isize(v)?;
    usize::try_from(n).map_err(|_| exc::value_error(format!("negative buffersize in {function}")))
}

fn data_of(v: &Value) -> Res<Buffer> {
    if str::is_str(v) {
        return Err(exc::type_error("a bytes-like object is required, not 'str'"));
    }
    buffer::get(v)
}

/// Receives into memory, and the sender's address too if that is asked for.
fn receive(s: &Socket, ptr: *mut u8, len: usize, flags: i32, from: Option<&mut Address>) -> Res<usize> {
    let memory = ptr as usize;
    let (address, address_len) = from.map_or((0, 0), |a| (a.as_mut_ptr() as usize, &raw mut a.len as usize));
    let n = s.run(libc::POLLIN, |fd| {
        // SAFETY: the caller's memory stays while its buffer or vector lives; address and length likewise.
        unsafe {
            libc::recvfrom(fd, memory as *mut libc::c_void, len, flags, address as *mut libc::sockaddr, address_len as *mut libc::socklen_t)
                as i64
        }
    })?;
    Ok(n as usize)
}

fn received_bytes(s: &Socket, len: usize, flags: i32, from: Option<&mut Address>) -> Res {
    let mut data: Vec<u8> = Vec::new();
    if data.try_reserve_exact(len).is_err() {
        return Err(exc::memory_error());
    }
    let n = receive(s, data.as_mut_ptr(), len, flags, from)?;
    // SAFETY: the system has written that many bytes; with MSG_TRUNC it may report more than there was room for.
    unsafe { data.set_len(n.min(len)) };
    bytes::try_new(&data)
}

pub fn recv(a: Args) -> Res {
    let len = size_of_buffer(a.at(1), "recv")?;
    received_bytes(this(a.at(0)), len, flags_of(&a, 2)?, None)
}

pub fn recvfrom(a: Args) -> Res {
    let len = size_of_buffer(a.at(1), "recvfrom")?;
    let mut address = Address::empty();
    let data = received_bytes(this(a.at(0)), len, flags_of(&a, 2)?, Some(&mut address))?;
    Ok(pair(data, address.to_python()?))
}

/// The memory to receive into: all of it, or `nbytes` if that is not 0.
fn target(a: &Args, function: &str) -> Res<(Buffer, usize)> {
    let into = buffer::get_writable(a.at(1))?;
    let wanted = a.opt(2).map_or(Ok(0), number::as_isize)?;
    let Ok(wanted) = usize::try_from(wanted) else {
        return Err(exc::value_error(format!("negative buffersize in {function}")));
    };
    if wanted > into.len {
        return Err(exc::value_error("nbytes is greater than the length of the buffer"));
    }
    let n = if wanted == 0 { into.len } else { wanted };
    Ok((into, n))
}

pub fn recv_into(a: Args) -> Res {
    let (into, n) = target(&a, "recv_into")?;
    Ok(Value::usize(receive(this(a.at(0)), into.ptr, n, flags_of(&a, 3)?, None)?))
}

pub fn recvfrom_into(a: Args) -> Res {
    let (into, n) = target(&a, "recvfrom_into")?;
    let mut address = Address::empty();
    let n = receive(this(a.at(0)), into.ptr, n, flags_of(&a, 3)?, Some(&mut address))?;
    Ok(pair(Value::usize(n), address.to_python()?))
}

fn send_from(s: &Socket, since: Instant, data: &Buffer, at: usize, flags: i32, to: Option<&Address>) -> Res<usize> {
    let (ptr, len) = (data.ptr as usize + at, data.len - at);
    let (address, address_len) = to.map_or((0, 0), |a| (a.as_ptr() as usize, a.len));
    let n = s.attempt(libc::POLLOUT, since, |fd| {
        // SAFETY: the buffer keeps its memory in place; the address outlives the call.
        unsafe { libc::sendto(fd, ptr as *const libc::c_void, len, flags, address as *const libc::sockaddr, address_len) as i64 }
    })?;
    n.map(|n| n as usize).map_err(|e| exc::os_error(e, None))
}

pub fn send(a: Args) -> Res {
    let data = data_of(a.at(1))?;
    Ok(Value::usize(send_from(this(a.at(0)), Instant::now(), &data, 0, flags_of(&a, 2)?, None)?))
}

pub fn sendall(a: Args) -> Res {
    let data = data_of(a.at(1))?;
    let flags = flags_of(&a, 2)?;
    let (since, mut sent) = (Instant::now(), 0);
    while sent < data.len {
        sent += send_from(this(a.at(0)), since, &data, sent, flags, None)?;
        crate::syscall::check_signals()?;
    }
    Ok(Value::NONE)
}

pub fn sendto(a: Args) -> Res {
    let data = data_of(a.at(1))?;
    let (flags, target) = match a.opt(3) {
        Some(target) => (cint::c_int(a.at(2))?, target),
        None => (0, a.at(2)),
    };
    let s = this(a.at(0));
    let address = Address::of(target, s.family.get(), s.proto.get(), "sendto")?;
    Ok(Value::usize(send_from(s, Instant::now(), &data, 0, flags, Some(&address))?))
}

// --- messages with ancillary data ----------------------------------------------------------------------------------

/// Room for ancillary data, aligned as its headers need it.
fn control_room(len: usize) -> Res<Vec<u64>> {
    let words = len.div_ceil(8);
    let mut room = Vec::new();
    if room.try_reserve_exact(words).is_err() {
        return Err(exc::memory_error());
    }
    room.resize(words, 0);
    Ok(room)
}

fn parts(buffers: &[(*mut u8, usize)]) -> Vec<libc::iovec> {
    buffers.iter().map(|&(ptr, len)| libc::iovec { iov_base: ptr.cast(), iov_len: len }).collect()
}

/// A message between a socket and the buffers; all it refers to has to outlive it.
fn message(
    name: *mut libc::c_void,
    name_len: libc::socklen_t,
    vectors: &mut [libc::iovec],
    control: &mut [u64],
    control_len: usize,
) -> libc::msghdr {
    // SAFETY: a zeroed structure is a message without anything.
    let mut m: libc::msghdr = unsafe { std::mem::zeroed() };
    m.msg_name = name;
    m.msg_namelen = name_len;
    m.msg_iov = vectors.as_mut_ptr();
    m.msg_iovlen = vectors.len() as _;
    if control_len > 0 {
        m.msg_control = control.as_mut_ptr().cast();
        m.msg_controllen = control_len as _;
    }
    m
}

pub fn sendmsg(a: Args) -> Res {
    let s = this(a.at(0));
    let data: Vec<Buffer> = iter::collect(a.at(1))?.iter().map(data_of).collect::<Res<_>>()?;
    let ancillary: Vec<Value> = a.opt(2).map_or(Ok(Vec::new()), iter::collect)?;
    let flags = flags_of(&a, 3)?;
    let address = a.some(4).map(|v| Address::of(v, s.family.get(), s.proto.get(), "sendmsg")).transpose()?;
    let mut items = Vec::new();
    for item in &ancillary {
        let [level, kind, payload] = (if item.is_instance(types().tuple) { tuple::items(item) } else { &[] }) else {
            return Err(exc::type_error("[sendmsg() argument 2] must be sequence of length 3, not a different one"));
        };
        items.push((cint::c_int(level)?, cint::c_int(kind)?, data_of(payload)?.to_vec()));
    }
    // SAFETY: the macros compute sizes.
    let space: usize = items.iter().map(|(_, _, p)| unsafe { libc::CMSG_SPACE(p.len() as u32) } as usize).sum();
    let mut control = control_room(space)?;
    let mut vectors = parts(&data.iter().map(|b| (b.ptr, b.len)).collect::<Vec<_>>());
    let (name, name_len) = address.as_ref().map_or((std::ptr::null_mut(), 0), |a| (a.as_ptr().cast_mut().cast(), a.len));
    let message = message(name, name_len, &mut vectors, &mut control, space);
    // SAFETY: the control data has room for all items.
    unsafe {
        let mut at = if space > 0 { libc::CMSG_FIRSTHDR(&message) } else { std::ptr::null_mut() };
        for (level, kind, payload) in &items {
            (*at).cmsg_level = *level;
            (*at).cmsg_type = *kind;
            (*at).cmsg_len = libc::CMSG_LEN(payload.len() as u32) as _;
            std::ptr::copy_nonoverlapping(payload.as_ptr(), libc::CMSG_DATA(at), payload.len());
            at = libc::CMSG_NXTHDR(&message, at);
        }
    }
    let ptr = &raw const message as usize;
    // SAFETY: the message lives until the call is over.
    let n = s.run(libc::POLLOUT, |fd| unsafe { libc::sendmsg(fd, ptr as *const libc::msghdr, flags) as i64 })?;
    Ok(Value::int(n))
}

/// Receives a message; gives its length, its ancillary data, its flags and the sender's address.
fn receive_message(s: &Socket, into: &[(*mut u8, usize)], control_len: usize, flags: i32) -> Res<(usize, [Value; 3])> {
    let mut address = Address::empty();
    let mut control = control_room(control_len)?;
    let mut vectors = parts(into);
    let mut m = message(address.as_mut_ptr().cast(), address.len, &mut vectors, &mut control, control_len);
    let ptr = &raw mut m as usize;
    // SAFETY: the message and what it refers to live until the call is over.
    let n = s.run(libc::POLLIN, |fd| unsafe { libc::recvmsg(fd, ptr as *mut libc::msghdr, flags) as i64 })?;
    address.len = m.msg_namelen;
    let ancillary = list::new();
    // SAFETY: the system has filled the control data; the macros walk it within its length.
    unsafe {
        let mut at = if control_len > 0 { libc::CMSG_FIRSTHDR(&m) } else { std::ptr::null_mut() };
        let end = control.as_ptr() as usize + control_len;
        while !at.is_null() {
            let data = libc::CMSG_DATA(at);
            let len = ((*at).cmsg_len as usize).saturating_sub(data as usize - at as usize).min(end.saturating_sub(data as usize));
            let payload = bytes::try_new(std::slice::from_raw_parts(data, len))?;
            list::push(&ancillary, tuple::from_array([Value::int((*at).cmsg_level.into()), Value::int((*at).cmsg_type.into()), payload]));
            at = libc::CMSG_NXTHDR(&m, at);
        }
    }
    Ok((n as usize, [ancillary, Value::int(m.msg_flags.into()), address.to_python()?]))
}

fn control_size(a: &Args, i: usize, function: &str) -> Res<usize> {
    let n = a.opt(i).map_or(Ok(0), number::as_isize)?;
    match usize::try_from(n) {
        Ok(n) if n <= i32::MAX as usize => Ok(n),
        _ => Err(exc::value_error(format!("invalid ancillary data buffer length in {function}()"))),
    }
}

pub fn recvmsg(a: Args) -> Res {
    let Ok(len) = usize::try_from(number::as_isize(a.at(1))?) else {
        return Err(exc::value_error("negative buffer size in recvmsg()"));
    };
    let control = control_size(&a, 2, "recvmsg")?;
    let mut data: Vec<u8> = Vec::new();
    if data.try_reserve_exact(len).is_err() {
        return Err(exc::memory_error());
    }
    let (n, [ancillary, flags, address]) = receive_message(this(a.at(0)), &[(data.as_mut_ptr(), len)], control, flags_of(&a, 3)?)?;
    // SAFETY: the system has written that many bytes.
    unsafe { data.set_len(n.min(len)) };
    Ok(tuple::from_vec(vec![bytes::try_new(&data)?, ancillary, flags, address]))
}

pub fn recvmsg_into(a: Args) -> Res {
    let into: Vec<Buffer> = iter::collect(a.at(1))?.iter().map(buffer::get_writable).collect::<Res<_>>()?;
    let control = control_size(&a, 2, "recvmsg_into")?;
    let memory: Vec<(*mut u8, usize)> = into.iter().map(|b| (b.ptr, b.len)).collect();
    let (n, [ancillary, flags, address]) = receive_message(this(a.at(0)), &memory, control, flags_of(&a, 3)?)?;
    Ok(tuple::from_vec(vec![Value::usize(n), ancillary, flags, address]))
}
