//! Hosts, services, protocols and network interfaces by name.

use super::address::{self, Address};
use super::{GAIERROR, host_text, pair};
use crate::{cint, syscall};
use std::ffi::{CStr, CString};
use weft_vm::class::native::Args;
use weft_vm::protocol::number;
use weft_vm::types::{int, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{buffer, codecs, exc, gil};

/// What `getaddrinfo` is asked for.
pub struct Hints {
    pub family: i32,
    pub kind: i32,
    pub proto: i32,
    pub flags: i32,
}

/// What `getaddrinfo` found.
pub struct Found {
    family: i32,
    kind: i32,
    proto: i32,
    canonical: Value,
    pub address: Address,
}

fn gai_error(code: i32) -> exc::Raised {
    if code == libc::EAI_SYSTEM {
        return exc::os_error(syscall::errno(), None);
    }
    // SAFETY: the function returns a text that stays.
    let text = unsafe { CStr::from_ptr(libc::gai_strerror(code)) };
    GAIERROR.raise(&[Value::int(i64::from(code)), str::new(&text.to_string_lossy())])
}

/// `getaddrinfo(3)`.
pub fn look_up(host: Option<&CString>, service: Option<&CString>, hints: &Hints) -> Res<Vec<Found>> {
    let raw = |text: Option<&CString>| text.map_or(std::ptr::null(), |t| t.as_ptr()) as usize;
    let (host, service) = (raw(host), raw(service));
    let (family, kind, proto, flags) = (hints.family, hints.kind, hints.proto, hints.flags);
    let (code, first) = gil::without(|| {
        // SAFETY: a zeroed structure is what the function wants; the texts outlive the call.
        unsafe {
            let mut wanted: libc::addrinfo = std::mem::zeroed();
            (wanted.ai_family, wanted.ai_socktype, wanted.ai_protocol, wanted.ai_flags) = (family, kind, proto, flags);
            let mut first = std::ptr::null_mut();
            let code = libc::getaddrinfo(host as *const libc::c_char, service as *const libc::c_char, &wanted, &mut first);
            (code, first as usize)
        }
    });
    if code != 0 {
        return Err(gai_error(code));
    }
    let mut all = Vec::new();
    let first = first as *mut libc::addrinfo;
    let mut at = first;
    // SAFETY: the list is the function's until it is freed.
    unsafe {
        while !at.is_null() {
            let info = &*at;
            let canonical =
                if info.ai_canonname.is_null() { str::empty() } else { codecs::fs_decode(CStr::from_ptr(info.ai_canonname).to_bytes()) };
            let address = Address::from_raw(info.ai_addr, info.ai_addrlen);
            all.push(Found { family: info.ai_family, kind: info.ai_socktype, proto: info.ai_protocol, canonical, address });
            at = info.ai_next;
        }
        libc::freeaddrinfo(first);
    }
    Ok(all)
}

fn name_info(address: &Address, flags: i32, with_service: bool) -> Res<(Value, Value)> {
    let (mut host, mut service) = ([0u8; 1025], [0u8; 32]);
    let (ptr, len) = (address.as_ptr() as usize, address.len);
    let (host_ptr, service_ptr) = (host.as_mut_ptr() as usize, service.as_mut_ptr() as usize);
    let service_len = if with_service { service.len() } else { 0 };
    let code = gil::without(|| {
        // SAFETY: address and both texts outlive the call.
        unsafe {
            let service = if service_len == 0 { std::ptr::null_mut() } else { service_ptr as *mut libc::c_char };
            libc::getnameinfo(
                ptr as *const libc::sockaddr,
                len,
                host_ptr as *mut libc::c_char,
                1025,
                service,
                service_len as libc::socklen_t,
                flags,
            )
        }
    });
    if code != 0 {
        return Err(gai_error(code));
    }
    let text = |b: &[u8]| codecs::fs_decode(b.split(|&b| b == 0).next().unwrap_or_default());
    Ok((text(&host), text(&service)))
}

/// The numbers of an address's host.
pub fn numeric_host(address: &Address) -> Res {
    name_info(address, libc::NI_NUMERICHOST, false).map(|(host, _)| host)
}

pub fn getaddrinfo(a: Args) -> Res {
    let host = host_text(a.at(0)).map_err(|e| {
        if exc::matches(types().type_error) {
            exc::clear(e);
            exc::type_error("getaddrinfo() argument 1 must be string or None")
        } else {
            e
        }
    })?;
    let port = a.at(1);
    let service = if port.is_none() {
        None
    } else if int::is_int(port) {
        CString::new(int::to_string(port)).ok()
    } else if str::is_str(port) {
        Some(CString::new(&*str::as_utf8(port)?).map_err(|_| exc::value_error("embedded null character"))?)
    } else if port.is_instance(types().bytes) {
        Some(CString::new(buffer::get(port)?.to_vec()).map_err(|_| exc::value_error("embedded null byte"))?)
    } else {
        return Err(exc::new(types().os_error, "Int or String expected"));
    };
    let number = |i: usize| a.opt(i).map_or(Ok(0), cint::c_int);
    let hints = Hints { family: number(2)?, kind: number(3)?, proto: number(4)?, flags: number(5)? };
    let all = list::new();
    for f in look_up(host.as_ref(), service.as_ref(), &hints)? {
        let int = |n: i32| Value::int(i64::from(n));
        list::push(&all, tuple::from_vec(vec![int(f.family), int(f.kind), int(f.proto), f.canonical, f.address.to_python()?]));
    }
    Ok(all)
}

pub fn getnameinfo(a: Args) -> Res {
    let flags = cint::c_int(a.at(1))?;
    let v = a.at(0);
    if !v.is_instance(types().tuple) {
        return Err(exc::type_error("getnameinfo() argument 1 must be a tuple"));
    }
    let items = tuple::items(v);
    if !(2..=4).contains(&items.len()) || !str::is_str(&items[0]) {
        return Err(exc::type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let host = host_text(&items[0])?;
    let port = cint::c_int(&items[1])?;
    let service = CString::new(port.to_string()).ok();
    let hints = Hints { family: libc::AF_UNSPEC, kind: libc::SOCK_DGRAM, proto: 0, flags: libc::AI_NUMERICHOST };
    let found = look_up(host.as_ref(), service.as_ref(), &hints)?;
    let [one] = found.as_slice() else {
        return Err(exc::new(types().os_error, "sockaddr resolved to multiple addresses"));
    };
    if one.family == libc::AF_INET && items.len() != 2 {
        return Err(exc::new(types().os_error, "IPv4 sockaddr must be 2 tuple"));
    }
    let (host, service) = name_info(&one.address, flags, true)?;
    Ok(pair(host, service))
}

fn v4(host: &Value) -> Res<Address> {
    let host = host_text(host)?.ok_or_else(|| exc::type_error("str, bytes or bytearray expected, not NoneType"))?;
    address::resolve(&host, libc::AF_INET, 0)
}

fn shown(a: &Address) -> Value {
    a.ipv4().map_or_else(str::empty, |ip| str::from_string(ip.to_string()))
}

pub fn gethostbyname(a: Args) -> Res {
    Ok(shown(&v4(a.at(0))?))
}

pub fn gethostbyname_ex(a: Args) -> Res {
    let host = host_text(a.at(0))?.unwrap_or_default();
    v4(a.at(0))?;
    let hints = Hints { family: libc::AF_INET, kind: libc::SOCK_STREAM, proto: 0, flags: libc::AI_CANONNAME };
    let found = look_up(Some(&host), None, &hints)?;
    let name = found.first().map(|f| f.canonical.clone()).unwrap_or_else(str::empty);
    let addresses = list::from_vec(found.iter().map(|f| shown(&f.address)).collect());
    Ok(tuple::from_vec(vec![name, list::new(), addresses]))
}

pub fn gethostbyaddr(a: Args) -> Res {
    let host = host_text(a.at(0))?.unwrap_or_default();
    let found = address::resolve(&host, libc::AF_UNSPEC, 0)?;
    let (name, _) = name_info(&found, libc::NI_NAMEREQD, false).map_err(|e| {
        if GAIERROR.get().is_ok_and(exc::matches) {
            exc::clear(e);
            super::HERROR.raise(&[Value::int(1), str::intern("Unknown host")])
        } else {
            e
        }
    })?;
    Ok(tuple::from_vec(vec![name, list::new(), list::from_vec(vec![numeric_host(&found)?])]))
}

pub fn gethostname(_: Args) -> Res {
    let mut name = [0u8; 256];
    // SAFETY: the buffer is as long as said.
    syscall::quick(None, unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) })?;
    Ok(codecs::fs_decode(name.split(|&b| b == 0).next().unwrap_or_default()))
}

pub fn sethostname(a: Args) -> Res {
    let name = if str::is_str(a.at(0)) { codecs::fs_encode(a.at(0))? } else { buffer::get(a.at(0))?.to_vec() };
    // SAFETY: the buffer is as long as said.
    syscall::quick(None, unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) })?;
    Ok(Value::NONE)
}

fn c_text(v: &Value, function: &str, i: usize) -> Res<CString> {
    if !str::is_str(v) {
        return Err(exc::type_error(format!("{function}() argument {i} must be str, not {}", v.class().full_name())));
    }
    CString::new(&*str::as_utf8(v)?).map_err(|_| exc::value_error("embedded null character"))
}

pub fn getservbyname(a: Args) -> Res {
    let name = c_text(a.at(0), "getservbyname", 1)?;
    let proto = a.opt(1).map(|p| c_text(p, "getservbyname", 2)).transpose()?;
    // SAFETY: the texts outlive the call; the GIL is held while the static answer is read.
    let found =
        unsafe { libc::getservbyname(name.as_ptr(), proto.as_ref().map_or(std::ptr::null(), |p| p.as_ptr())).as_ref().map(|s| s.s_port) };
    found.map(|p| Value::int(i64::from(u16::from_be(p as u16)))).ok_or_else(|| exc::new(types().os_error, "service/proto not found"))
}

pub fn getservbyport(a: Args) -> Res {
    let port = match int::as_i64(&number::index(a.at(0))?) {
        Some(p) if (0..=0xffff).contains(&p) => p as u16,
        _ => return Err(exc::overflow_error("getservbyport: port must be 0-65535.")),
    };
    let proto = a.opt(1).map(|p| c_text(p, "getservbyport", 2)).transpose()?;
    unsafe extern "C" {
        fn getservbyport(port: libc::c_int, proto: *const libc::c_char) -> *mut libc::servent;
    }
    // SAFETY: as in `getservbyname`.
    let found = unsafe {
        let s = getservbyport(i32::from(port.to_be()), proto.as_ref().map_or(std::ptr::null(), |p| p.as_ptr()));
        s.as_ref().map(|s| codecs::fs_decode(CStr::from_ptr(s.s_name).to_bytes()))
    };
    found.ok_or_else(|| exc::new(types().os_error, "port/proto not found"))
}

pub fn getprotobyname(a: Args) -> Res {
    let name = c_text(a.at(0), "getprotobyname", 1)?;
    // SAFETY: as in `getservbyname`.
    let found = unsafe { libc::getprotobyname(name.as_ptr()).as_ref().map(|p| p.p_proto) };
    found.map(|p| Value::int(i64::from(p))).ok_or_else(|| exc::new(types().os_error, "protocol not found"))
}

pub fn if_nameindex(_: Args) -> Res {
    let all = list::new();
    // SAFETY: the array ends with a zero index and is freed after.
    unsafe {
        let first = libc::if_nameindex();
        if first.is_null() {
            return Err(exc::os_error(syscall::errno(), None));
        }
        let mut at = first;
        while (*at).if_index != 0 {
            list::push(&all, pair(Value::int(i64::from((*at).if_index)), codecs::fs_decode(CStr::from_ptr((*at).if_name).to_bytes())));
            at = at.add(1);
        }
        libc::if_freenameindex(first);
    }
    Ok(all)
}

pub fn if_nametoindex(a: Args) -> Res {
    let name = crate::fspath::c_path(a.at(0))?;
    // SAFETY: the text outlives the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(exc::new(types().os_error, "no interface with this name")),
        n => Ok(Value::int(i64::from(n))),
    }
}

pub fn if_indextoname(a: Args) -> Res {
    let index = int::as_u64(&number::index(a.at(0))?)
        .and_then(|n| u32::try_from(n).ok())
        .ok_or_else(|| exc::overflow_error("index is too large"))?;
    let mut name = [0u8; 64];
    // SAFETY: the buffer is larger than any interface's name.
    if unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) }.is_null() {
        return Err(exc::os_error(syscall::errno(), None));
    }
    Ok(codecs::fs_decode(name.split(|&b| b == 0).next().unwrap_or_default()))
}
