//! `_socket`: sockets of the Internet families and of AF_UNIX, and the names of hosts and services.
//!
//! [`object`]: the socket class. [`transfer`]: its sending and receiving. [`address`]: socket addresses as Python objects.
//! [`names`]: looking up hosts and services.

mod address;
mod constants;
mod names;
mod object;
mod transfer;

use crate::cint::{self, add_constants};
use crate::exception_class::LazyException;
use crate::syscall;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::{int, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions: FUNCTIONS,
    exec,
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("gethostbyname", "($module, host, /)", names::gethostbyname, "gethostbyname(host) -> address\n\nReturn the IP address (a string of the form '255.255.255.255') for a host."),
    def("gethostbyname_ex", "($module, host, /)", names::gethostbyname_ex, "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number."),
    def("gethostbyaddr", "($module, host, /)", names::gethostbyaddr, "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.  The host argument is a string giving a host name or IP number."),
    def("gethostname", "($module, /)", names::gethostname, "gethostname() -> string\n\nReturn the current host name."),
    def("sethostname", "($module, name, /)", names::sethostname, "sethostname(name)\n\nSets the hostname to name."),
    def("getservbyname", "($module, servicename, protocolname=<unrepresentable>, /)", names::getservbyname, "getservbyname(servicename[, protocolname]) -> integer\n\nReturn a port number from a service name and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match."),
    def("getservbyport", "($module, port, protocolname=<unrepresentable>, /)", names::getservbyport, "getservbyport(port[, protocolname]) -> string\n\nReturn the service name from a port number and protocol name.\nThe optional protocol name, if given, should be 'tcp' or 'udp',\notherwise any protocol will match."),
    def("getprotobyname", "($module, name, /)", names::getprotobyname, "getprotobyname(name) -> integer\n\nReturn the protocol number for the named protocol.  (Rarely used.)"),
    def("getaddrinfo", "($module, /, host, port, family=0, type=0, proto=0, flags=0)", names::getaddrinfo, "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)\n\nResolve host and port into addrinfo struct."),
    def("getnameinfo", "($module, sockaddr, flags, /)", names::getnameinfo, "getnameinfo(sockaddr, flags) --> (host, port)\n\nGet host and port for a sockaddr."),
    def("if_nameindex", "($module, /)", names::if_nameindex, "Returns a list of network interface information (index, name) tuples."),
    def("if_nametoindex", "($module, oname, /)", names::if_nametoindex, "Returns the interface index corresponding to the interface name if_name."),
    def("if_indextoname", "($module, if_index, /)", names::if_indextoname, "Returns the interface name corresponding to the interface index if_index."),
    def("inet_aton", "($module, ip_addr, /)", address::inet_aton, "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions."),
    def("inet_ntoa", "($module, packed_ip, /)", address::inet_ntoa, "Convert an IP address from 32-bit packed binary format to string format."),
    def("inet_pton", "($module, af, ip, /)", address::inet_pton, "inet_pton(af, ip) -> packed IP address string\n\nConvert an IP address from string format to a packed string suitable\nfor use with low-level network functions."),
    def("inet_ntop", "($module, af, packed_ip, /)", address::inet_ntop, "inet_ntop(af, packed_ip) -> string formatted IP address\n\nConvert a packed IP address of the given family to string format."),
    def("htons", "($module, integer, /)", |a| swap16(&a), "Convert a 16-bit unsigned integer from host to network byte order."),
    def("ntohs", "($module, integer, /)", |a| swap16(&a), "Convert a 16-bit unsigned integer from network to host byte order."),
    def("htonl", "($module, integer, /)", |a| swap32(&a), "Convert a 32-bit unsigned integer from host to network byte order."),
    def("ntohl", "($module, integer, /)", |a| swap32(&a), "Convert a 32-bit unsigned integer from network to host byte order."),
    def("socketpair", "($module, family=AF_UNIX, type=SOCK_STREAM, proto=0, /)", object::socketpair, "socketpair([family[, type [, proto]]]) -> (socket object, socket object)\n\nCreate a pair of socket objects from the sockets returned by the platform\nsocketpair() function.\nThe arguments are the same as for socket() except the default family is\nAF_UNIX if defined on the platform; otherwise, the default is AF_INET."),
    def("dup", "($module, object, /)", dup, "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor.  This is like os.dup(), but for\nsockets; on some platforms os.dup() won't work for socket file descriptors."),
    def("close", "($module, object, /)", close, "close(integer) -> None\n\nClose an integer socket file descriptor.  This is like os.close(), but for\nsockets; on some platforms os.close() won't work for socket file descriptors."),
    def("getdefaulttimeout", "($module, /)", |_| Ok(object::seconds(object::default_timeout())), "getdefaulttimeout() -> timeout\n\nReturns the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None."),
    def("setdefaulttimeout", "($module, object, /)", object::setdefaulttimeout, "setdefaulttimeout(timeout)\n\nSet the default timeout in seconds (float) for new socket objects.\nA value of None indicates that new socket objects have no timeout.\nWhen the socket module is first imported, the default is None."),
    def("CMSG_LEN", "($module, length, /)", |a| cmsg_size(&a, "CMSG_LEN", |n| n + CMSG_HEADER), "CMSG_LEN(length) -> control message length\n\nReturn the total length, without trailing padding, of an ancillary\ndata item with associated data of the given length."),
    def("CMSG_SPACE", "($module, length, /)", |a| cmsg_size(&a, "CMSG_SPACE", |n| n.next_multiple_of(8) + CMSG_HEADER), "CMSG_SPACE(length) -> buffer size\n\nReturn the buffer size needed for recvmsg() to receive an ancillary\ndata item with associated data of the given length, along with any\ntrailing padding."),
];

/// `socket.gaierror`
pub(crate) static GAIERROR: LazyException = LazyException::new("socket", "gaierror", || vec![types().os_error]);
/// `socket.herror`
pub(crate) static HERROR: LazyException = LazyException::new("socket", "herror", || vec![types().os_error]);

/// The aligned size of a control message's header.
const CMSG_HEADER: usize = 16;

fn exec(m: &Value) -> Res<()> {
    add(m, "error", types().os_error.value());
    add(m, "timeout", types().timeout_error.value());
    add(m, "gaierror", GAIERROR.get()?.value());
    add(m, "herror", HERROR.get()?.value());
    add(m, "socket", object::SOCKET.get().value());
    add(m, "SocketType", object::SOCKET.get().value());
    add(m, "has_ipv6", Value::TRUE);
    add_constants(m, constants::CONSTANTS);
    add_constants(m, constants::MORE_CONSTANTS);
    Ok(())
}

fn unsigned(v: &Value, what: &str, most: u64) -> Res<u64> {
    let n = protocol::number::index(v)?;
    if int::is_negative(&n) {
        return Err(exc::value_error("Cannot convert negative int"));
    }
    int::as_u64(&n).filter(|&n| n <= most).ok_or_else(|| exc::overflow_error(format!("Python int too large for C {what}")))
}

fn swap16(a: &Args) -> Res {
    Ok(Value::int(i64::from((unsigned(a.at(0), "uint16_t", 0xffff)? as u16).to_be())))
}

fn swap32(a: &Args) -> Res {
    Ok(Value::int(i64::from((unsigned(a.at(0), "uint32_t", 0xffff_ffff)? as u32).to_be())))
}

fn cmsg_size(a: &Args, name: &str, size: fn(usize) -> usize) -> Res {
    let n = protocol::number::as_isize(a.at(0))?;
    let most = i32::MAX as usize - CMSG_HEADER - 8;
    match usize::try_from(n) {
        Ok(n) if n <= most => Ok(Value::usize(size(n))),
        _ => Err(exc::overflow_error(format!("{name}() argument out of range"))),
    }
}

fn close(a: Args) -> Res {
    let fd = cint::c_int(a.at(0))?;
    match syscall::close(fd) {
        Ok(()) | Err(libc::ECONNRESET) => Ok(Value::NONE),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

fn dup(a: Args) -> Res {
    let fd = cint::c_int(a.at(0))?;
    // SAFETY: fcntl with these arguments takes no pointer.
    syscall::quick(None, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) }).map(Value::int)
}

/// A text that the C library takes; a host name may be an internationalised one.
fn host_text(v: &Value) -> Res<Option<std::ffi::CString>> {
    if v.is_none() {
        return Ok(None);
    }
    let bytes = if str::is_str(v) {
        let text = str::to_wtf8(v);
        if text.as_bytes().is_ascii() {
            text.as_bytes().to_vec()
        } else {
            let encoded = weft_vm::call::call_method(v, &str::intern("encode"), &[str::intern("idna")])?;
            weft_vm::types::bytes::as_slice(&encoded).to_vec()
        }
    } else if v.is_instance(types().bytes) || v.is_instance(types().bytearray) {
        weft_vm::buffer::get(v)?.to_vec()
    } else {
        return Err(exc::type_error(format!("str, bytes or bytearray expected, not {}", v.class().full_name())));
    };
    std::ffi::CString::new(bytes).map(Some).map_err(|_| exc::type_error("host name must not contain null character"))
}

fn pair(a: Value, b: Value) -> Value {
    tuple::from_array([a, b])
}
