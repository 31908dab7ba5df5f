//! Socket addresses: Python's tuples and strings as the system's structures, and back.

use super::names::{self, Hints};
use super::{host_text, pair};
use crate::cint;
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};
use weft_vm::class::native::Args;
use weft_vm::protocol::number;
use weft_vm::types::{bytes, int, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{buffer, codecs, exc};

/// A socket address in the system's form.
pub struct Address {
    storage: libc::sockaddr_storage,
    /// How much of it is used.
    pub len: libc::socklen_t,
}

/// Where the path of an AF_UNIX address begins.
const UNIX_PATH: usize = 2;

impl Address {
    /// Room for an address.
    pub fn empty() -> Address {
        // SAFETY: all zeroes is a valid value of the structure.
        Address { storage: unsafe { std::mem::zeroed() }, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }

    /// For system calls that read the address.
    pub fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }

    /// For system calls that write an address.
    pub fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }

    /// The address in a structure of the system's.
    ///
    /// # Safety
    /// `len` bytes at `ptr` are an address.
    pub unsafe fn from_raw(ptr: *const libc::sockaddr, len: libc::socklen_t) -> Address {
        let mut made = Address::empty();
        made.len = len.min(made.len);
        // SAFETY: the caller vouches for the source; the target has room.
        unsafe { std::ptr::copy_nonoverlapping(ptr.cast::<u8>(), made.as_mut_ptr().cast(), made.len as usize) };
        made
    }

    fn family(&self) -> i32 {
        i32::from(self.storage.ss_family)
    }

    fn as_bytes(&self) -> &[u8] {
        // SAFETY: the structure is all initialised, and `len` is never more than its size.
        unsafe { std::slice::from_raw_parts(self.as_ptr().cast(), (self.len as usize).min(size_of::<libc::sockaddr_storage>())) }
    }

    fn v4(ip: Ipv4Addr, port: u16) -> Address {
        let mut made = Address::empty();
        made.len = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        // SAFETY: the storage is large enough and aligned for every family's structure.
        let a = unsafe { &mut *made.as_mut_ptr().cast::<libc::sockaddr_in>() };
        a.sin_family = libc::AF_INET as libc::sa_family_t;
        a.sin_port = port.to_be();
        a.sin_addr.s_addr = u32::from(ip).to_be();
        made
    }

    fn v6(ip: Ipv6Addr, port: u16, flow: u32, scope: u32) -> Address {
        let mut made = Address::empty();
        made.len = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
        // SAFETY: as in `v4`.
        let a = unsafe { &mut *made.as_mut_ptr().cast::<libc::sockaddr_in6>() };
        a.sin6_family = libc::AF_INET6 as libc::sa_family_t;
        a.sin6_port = port.to_be();
        a.sin6_flowinfo = flow.to_be();
        a.sin6_scope_id = scope;
        a.sin6_addr.s6_addr = ip.octets();
        made
    }

    fn unix(path: &[u8]) -> Res<Address> {
        let mut made = Address::empty();
        let room = size_of::<libc::sockaddr_un>() - UNIX_PATH;
        // An abstract name begins with a zero byte, and needs none at its end.
        let is_abstract = path.first() == Some(&0);
        if path.len() > room || (path.len() == room && !is_abstract) {
            return Err(exc::new(types().os_error, "AF_UNIX path too long"));
        }
        // SAFETY: as in `v4`; the path fits.
        unsafe {
            let a = made.as_mut_ptr().cast::<libc::sockaddr_un>();
            (*a).sun_family = libc::AF_UNIX as libc::sa_family_t;
            std::ptr::copy_nonoverlapping(path.as_ptr(), (&raw mut (*a).sun_path).cast(), path.len());
        }
        made.len = (UNIX_PATH + path.len() + usize::from(!is_abstract && !path.is_empty())) as libc::socklen_t;
        Ok(made)
    }

    /// The Python object for the address.
    pub fn to_python(&self) -> Res {
        if self.len == 0 {
            return Ok(Value::NONE);
        }
        match self.family() {
            libc::AF_INET => {
                // SAFETY: the family says which structure this is.
                let a = unsafe { &*self.as_ptr().cast::<libc::sockaddr_in>() };
                let ip = Ipv4Addr::from(u32::from_be(a.sin_addr.s_addr));
                Ok(pair(str::from_string(ip.to_string()), Value::int(i64::from(u16::from_be(a.sin_port)))))
            }
            libc::AF_INET6 => {
                // SAFETY: the family says which structure this is.
                let a = unsafe { &*self.as_ptr().cast::<libc::sockaddr_in6>() };
                let host = names::numeric_host(self)?;
                Ok(tuple::from_vec(vec![
                    host,
                    Value::int(i64::from(u16::from_be(a.sin6_port))),
                    Value::int(i64::from(u32::from_be(a.sin6_flowinfo))),
                    Value::int(i64::from(a.sin6_scope_id)),
                ]))
            }
            libc::AF_UNIX => {
                let path = self.as_bytes().get(UNIX_PATH..).unwrap_or_default();
                if path.first() == Some(&0) {
                    return bytes::try_new(path);
                }
                Ok(codecs::fs_decode(path.split(|&b| b == 0).next().unwrap_or_default()))
            }
            family => Ok(pair(Value::int(i64::from(family)), bytes::try_new(self.as_bytes().get(2..).unwrap_or_default())?)),
        }
    }

    /// The address that a Python object means for a socket of a family. `caller` is the function it was passed to.
    pub fn of(v: &Value, family: i32, proto: i32, caller: &str) -> Res<Address> {
        match family {
            libc::AF_INET | libc::AF_INET6 => internet(v, family, proto, caller),
            libc::AF_UNIX => {
                if str::is_str(v) {
                    return Address::unix(&codecs::fs_encode(v)?);
                }
                Address::unix(&buffer::get(v)?.to_vec())
            }
            _ => Err(exc::new(types().os_error, format!("{caller}(): bad family"))),
        }
    }
}

fn port_of(v: &Value, caller: &str) -> Res<u16> {
    let n = number::index(v)?;
    match int::as_i64(&n) {
        Some(n) if (0..=0xffff).contains(&n) => Ok(n as u16),
        _ => Err(exc::overflow_error(format!("{caller}(): port must be 0-65535."))),
    }
}

fn internet(v: &Value, family: i32, proto: i32, caller: &str) -> Res<Address> {
    let v6 = family == libc::AF_INET6;
    let name = if v6 { "AF_INET6" } else { "AF_INET" };
    if !v.is_instance(types().tuple) {
        return Err(exc::type_error(format!("{caller}(): {name} address must be tuple, not {}", v.class().full_name())));
    }
    let items = tuple::items(v);
    let fits = if v6 { (2..=4).contains(&items.len()) } else { items.len() == 2 };
    if !fits {
        let wanted = if v6 {
            "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])"
        } else {
            "AF_INET address must be a pair (host, port)"
        };
        return Err(exc::type_error(wanted));
    }
    let host = host_text(&items[0])?.unwrap_or_default();
    let port = port_of(&items[1], caller)?;
    if !v6 {
        return resolve(&host, family, proto).and_then(|a| match a.ipv4() {
            Some(ip) => Ok(Address::v4(ip, port)),
            None => Err(exc::new(types().os_error, "unknown address family")),
        });
    }
    let number = |i: usize| items.get(i).map_or(Ok(0), |n| number::index(n).map(|n| int::as_u64(&n).unwrap_or(u64::MAX)));
    let flow = number(2)?;
    if flow > 0xfffff {
        return Err(exc::overflow_error(format!("{caller}(): flowinfo must be 0-1048575.")));
    }
    let scope = u32::try_from(number(3)?).map_err(|_| exc::overflow_error("scope id out of range"))?;
    let found = resolve(&host, family, proto)?;
    match found.ipv6() {
        Some((ip, own_scope)) => Ok(Address::v6(ip, port, flow as u32, if scope == 0 { own_scope } else { scope })),
        None => Err(exc::new(types().os_error, "unknown address family")),
    }
}

impl Address {
    /// The IPv4 address, if it is one.
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        // SAFETY: the family says which structure this is.
        (self.family() == libc::AF_INET)
            .then(|| unsafe { Ipv4Addr::from(u32::from_be((*self.as_ptr().cast::<libc::sockaddr_in>()).sin_addr.s_addr)) })
    }

    /// The IPv6 address and its scope, if it is one.
    fn ipv6(&self) -> Option<(Ipv6Addr, u32)> {
        (self.family() == libc::AF_INET6).then(|| {
            // SAFETY: the family says which structure this is.
            let a = unsafe { &*self.as_ptr().cast::<libc::sockaddr_in6>() };
            (Ipv6Addr::from(a.sin6_addr.s6_addr), a.sin6_scope_id)
        })
    }
}

/// The address of a host: '' is any address, `<broadcast>` the broadcast one, numbers are taken as they are.
pub fn resolve(host: &CString, family: i32, proto: i32) -> Res<Address> {
    let text = host.to_string_lossy();
    if text.is_empty() {
        return if family == libc::AF_INET6 {
            Ok(Address::v6(Ipv6Addr::UNSPECIFIED, 0, 0, 0))
        } else {
            Ok(Address::v4(Ipv4Addr::UNSPECIFIED, 0))
        };
    }
    if family != libc::AF_INET6 && (text == "255.255.255.255" || text == "<broadcast>") {
        return Ok(Address::v4(Ipv4Addr::BROADCAST, 0));
    }
    if family != libc::AF_INET6
        && let Ok(ip) = text.parse::<Ipv4Addr>()
    {
        return Ok(Address::v4(ip, 0));
    }
    if family != libc::AF_INET
        && let Ok(ip) = text.parse::<Ipv6Addr>()
    {
        return Ok(Address::v6(ip, 0, 0, 0));
    }
    let hints = Hints { family, kind: libc::SOCK_DGRAM, proto, flags: 0 };
    let found = names::look_up(Some(host), None, &hints)?;
    found.into_iter().next().map(|f| f.address).ok_or_else(|| exc::new(types().os_error, "no address"))
}

fn text_of(v: &Value, function: &str, number: usize) -> Res<String> {
    if !str::is_str(v) {
        return Err(exc::type_error(format!("{function}() argument {number} must be str, not {}", v.class().full_name())));
    }
    Ok(str::display(v))
}

pub fn inet_aton(a: Args) -> Res {
    let text = CString::new(text_of(a.at(0), "inet_aton", 1)?).map_err(|_| exc::value_error("embedded null character"))?;
    let mut found = libc::in_addr { s_addr: 0 };
    unsafe extern "C" {
        fn inet_aton(text: *const libc::c_char, into: *mut libc::in_addr) -> libc::c_int;
    }
    // SAFETY: both pointers are good for the call.
    if unsafe { inet_aton(text.as_ptr(), &mut found) } == 0 {
        return Err(exc::new(types().os_error, "illegal IP address string passed to inet_aton"));
    }
    bytes::try_new(&found.s_addr.to_ne_bytes())
}

pub fn inet_ntoa(a: Args) -> Res {
    let packed = buffer::get(a.at(0))?.to_vec();
    match <[u8; 4]>::try_from(packed.as_slice()) {
        Ok(octets) => Ok(str::from_string(Ipv4Addr::from(octets).to_string())),
        Err(_) => Err(exc::new(types().os_error, "packed IP wrong length")),
    }
}

pub fn inet_pton(a: Args) -> Res {
    let family = cint::c_int(a.at(0))?;
    let text = text_of(a.at(1), "inet_pton", 2)?;
    let illegal = || exc::new(types().os_error, "illegal IP address string passed to inet_pton");
    match family {
        libc::AF_INET => bytes::try_new(&text.parse::<Ipv4Addr>().map_err(|_| illegal())?.octets()),
        libc::AF_INET6 => bytes::try_new(&text.parse::<Ipv6Addr>().map_err(|_| illegal())?.octets()),
        _ => Err(exc::os_error(libc::EAFNOSUPPORT, None)),
    }
}

pub fn inet_ntop(a: Args) -> Res {
    let family = cint::c_int(a.at(0))?;
    let packed = buffer::get(a.at(1))?.to_vec();
    let wrong = || exc::value_error("invalid length of packed IP address string");
    match family {
        libc::AF_INET => Ok(str::from_string(Ipv4Addr::from(<[u8; 4]>::try_from(packed.as_slice()).map_err(|_| wrong())?).to_string())),
        libc::AF_INET6 => Ok(str::from_string(Ipv6Addr::from(<[u8; 16]>::try_from(packed.as_slice()).map_err(|_| wrong())?).to_string())),
        _ => Err(exc::value_error(format!("unknown address family {family}"))),
    }
}
