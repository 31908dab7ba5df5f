//! The class `_socket.socket`.

use super::address::Address;
use super::{pair, transfer};
use crate::LazyClass;
use crate::{cint, syscall};
use std::cell::Cell;
use std::time::{Duration, Instant};
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, Signature, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::global::Global;
use weft_vm::protocol::number;
use weft_vm::types::{bytes, int, str};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{buffer, exc, gil, protocol};

/// `_socket.socket`
pub static SOCKET: LazyClass = LazyClass::new(&SPEC);

/// The payload.
pub struct Socket {
    pub fd: Cell<i32>,
    pub family: Cell<i32>,
    kind: Cell<i32>,
    pub proto: Cell<i32>,
    /// How long operations may take; `None` for ever.
    timeout: Cell<Option<Duration>>,
}

// SAFETY: instances of the class hold a Socket, which `new` writes.
unsafe impl Payload for Socket {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        SOCKET.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_socket.socket",
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.  The family argument specifies the\naddress family; it defaults to AF_INET.  The type argument specifies\nwhether this is a stream (SOCK_STREAM, this is the default)\nor datagram (SOCK_DGRAM) socket.  The protocol argument defaults to 0,\nspecifying the default protocol.  Keyword arguments are accepted.\nThe socket is created as non-inheritable.\n\nWhen a fileno is passed in, family, type and proto are auto-detected,\nunless they are explicitly set.\n\nA socket object represents one endpoint of a network connection.",
    payload: PayloadOps::of::<Socket>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), finalise: Some(finalise), ..Slots::NONE },
    methods: METHODS,
    getsets: &[
        getter("family", |v| Ok(Value::int(this(v).family.get().into())), "the socket family"),
        getter("type", |v| Ok(Value::int(this(v).kind.get().into())), "the socket type"),
        getter("proto", |v| Ok(Value::int(this(v).proto.get().into())), "the socket protocol"),
        getter("timeout", |v| Ok(seconds(this(v).timeout.get())), "the socket timeout"),
    ],
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("_accept", "($self, /)", accept, "_accept() -> (integer, address info)\n\nWait for an incoming connection.  Return a new socket file descriptor\nrepresenting the connection, and the address of the client.\nFor IP sockets, the address info is a pair (hostaddr, port)."),
    def("bind", "($self, object, /)", bind, "bind(address)\n\nBind the socket to a local address.  For IP sockets, the address is a\npair (host, port); the host must refer to the local host. For raw packet\nsockets the address is a tuple (ifname, proto [,pkttype [,hatype [,addr]]])"),
    def("close", "($self, /)", close, "close()\n\nClose the socket.  It cannot be used after this call."),
    def("connect", "($self, object, /)", connect, "connect(address)\n\nConnect the socket to a remote address.  For IP sockets, the address\nis a pair (host, port)."),
    def("connect_ex", "($self, object, /)", connect_ex, "connect_ex(address) -> errno\n\nThis is like connect(address), but returns an error code (the errno value)\ninstead of raising an exception when an error occurs."),
    def("detach", "($self, /)", |a| Ok(Value::int(this(a.at(0)).fd.replace(-1).into())), "detach()\n\nClose the socket object without closing the underlying file descriptor.\nThe object cannot be used after this call, but the file descriptor\ncan be reused for other purposes.  The file descriptor is returned."),
    def("fileno", "($self, /)", |a| Ok(Value::int(this(a.at(0)).fd.get().into())), "fileno() -> integer\n\nReturn the integer file descriptor of the socket."),
    def("getpeername", "($self, /)", |a| name_of(a.at(0), libc::getpeername), "getpeername() -> address info\n\nReturn the address of the remote endpoint.  For IP sockets, the address\ninfo is a pair (hostaddr, port)."),
    def("getsockname", "($self, /)", |a| name_of(a.at(0), libc::getsockname), "getsockname() -> address info\n\nReturn the address of the local endpoint. The format depends on the\naddress family. For IPv4 sockets, the address info is a pair\n(hostaddr, port). For IPv6 sockets, the address info is a 4-tuple\n(hostaddr, port, flowinfo, scope_id)."),
    def("getsockopt", "($self, level, option, buffersize=0, /)", getsockopt, "getsockopt(level, option[, buffersize]) -> value\n\nGet a socket option.  See the Unix manual for level and option.\nIf a nonzero buffersize argument is given, the return value is a\nstring of that length; otherwise it is an integer."),
    def("setsockopt", "($self, level, option, value, optlen=<unrepresentable>, /)", setsockopt, "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSet a socket option.  See the Unix manual for level and option.\nThe value argument can either be an integer, a string buffer, or\nNone, optlen."),
    def("listen", "($self, backlog=<unrepresentable>, /)", listen, "listen([backlog])\n\nEnable a server to accept connections.  If backlog is specified, it must be\nat least 0 (if it is lower, it is set to 0); it specifies the number of\nunaccepted connections that the system will allow before refusing new\nconnections. If not specified, a default reasonable value is chosen."),
    def("recv", "($self, buffersize, flags=0, /)", transfer::recv, "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket.  For the optional flags\nargument, see the Unix manual.  When no data is available, block until\nat least one byte is available or until the remote end is closed.  When\nthe remote end is closed and all data is read, return the empty string."),
    def("recv_into", "($self, /, buffer, nbytes=0, flags=0)", transfer::recv_into, "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\nA version of recv() that stores its data into a buffer rather than creating\na new string.  Receive up to buffersize bytes from the socket.  If buffersize\nis not specified (or 0), receive up to the size available in the given buffer.\n\nSee recv() for documentation about the flags."),
    def("recvfrom", "($self, buffersize, flags=0, /)", transfer::recvfrom, "recvfrom(buffersize[, flags]) -> (data, address info)\n\nLike recv(buffersize, flags) but also return the sender's address info."),
    def("recvfrom_into", "($self, /, buffer, nbytes=0, flags=0)", transfer::recvfrom_into, "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)\n\nLike recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info."),
    def("recvmsg", "($self, bufsize, ancbufsize=0, flags=0, /)", transfer::recvmsg, "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)\n\nReceive normal data (up to bufsize bytes) and ancillary data from the\nsocket."),
    def("recvmsg_into", "($self, buffers, ancbufsize=0, flags=0, /)", transfer::recvmsg_into, "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)\n\nReceive normal data and ancillary data from the socket, scattering the\nnon-ancillary data into a series of buffers."),
    def("send", "($self, data, flags=0, /)", transfer::send, "send(data[, flags]) -> count\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  Return the number of bytes\nsent; this may be less than len(data) if the network is busy."),
    def("sendall", "($self, data, flags=0, /)", transfer::sendall, "sendall(data[, flags])\n\nSend a data string to the socket.  For the optional flags\nargument, see the Unix manual.  This calls send() repeatedly\nuntil all data is sent.  If an error occurs, it's impossible\nto tell how much data has been sent."),
    def("sendto", "($self, data, flags, address=<unrepresentable>, /)", transfer::sendto, "sendto(data[, flags], address) -> count\n\nLike send(data, flags) but allows specifying the destination address.\nFor IP sockets, the address is a pair (hostaddr, port)."),
    def("sendmsg", "($self, buffers, ancdata=(), flags=0, address=None, /)", transfer::sendmsg, "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\nSend normal and ancillary data to the socket, gathering the\nnon-ancillary data from a series of buffers and concatenating it into\na single message."),
    def("setblocking", "($self, object, /)", setblocking, "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false).\nsetblocking(True) is equivalent to settimeout(None);\nsetblocking(False) is equivalent to settimeout(0.0)."),
    def("getblocking", "($self, /)", |a| Ok(Value::bool(this(a.at(0)).timeout.get() != Some(Duration::ZERO))), "getblocking()\n\nReturns True if socket is in blocking mode, or False if it\nis in non-blocking mode."),
    def("settimeout", "($self, object, /)", settimeout, "settimeout(timeout)\n\nSet a timeout on socket operations.  'timeout' can be a float,\ngiving in seconds, or None.  Setting a timeout of None disables\nthe timeout feature and is equivalent to setblocking(1).\nSetting a timeout of zero is the same as setblocking(0)."),
    def("gettimeout", "($self, /)", |a| Ok(seconds(this(a.at(0)).timeout.get())), "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket\noperations. A timeout of None indicates that timeouts on socket\noperations are disabled."),
    def("shutdown", "($self, object, /)", shutdown, "shutdown(flag)\n\nShut down the reading side of the socket (flag == SHUT_RD), the writing side\nof the socket (flag == SHUT_WR), or both ends (flag == SHUT_RDWR)."),
];

static DEFAULT_TIMEOUT: Global<Option<Duration>> = Global::new(None);

/// The socket behind an object.
pub fn this(v: &Value) -> &Socket {
    // SAFETY: methods and slots of the class get its instances.
    unsafe { v.payload() }
}

/// The timeout of new sockets.
pub fn default_timeout() -> Option<Duration> {
    // SAFETY: the GIL is held.
    unsafe { *DEFAULT_TIMEOUT.get() }
}

/// A timeout as Python has it.
pub fn seconds(timeout: Option<Duration>) -> Value {
    timeout.map_or(Value::NONE, |t| Value::float(t.as_secs_f64()))
}

fn parse_timeout(v: &Value) -> Res<Option<Duration>> {
    if v.is_none() {
        return Ok(None);
    }
    match u64::try_from(cint::nanoseconds(v, f64::ceil)?) {
        Ok(n) => Ok(Some(Duration::from_nanos(n))),
        Err(_) => Err(exc::value_error("Timeout value out of range")),
    }
}

pub fn setdefaulttimeout(a: Args) -> Res {
    let timeout = parse_timeout(a.at(0))?;
    // SAFETY: the GIL is held.
    unsafe { *DEFAULT_TIMEOUT.get() = timeout };
    Ok(Value::NONE)
}

fn set_blocking(fd: i32, blocking: bool) -> Res<()> {
    let mut flag = libc::c_int::from(!blocking);
    // SAFETY: the flag lives until the call is over.
    syscall::quick(None, unsafe { libc::ioctl(fd, libc::FIONBIO, &mut flag) }).map(drop)
}

impl Socket {
    fn empty() -> Socket {
        Socket { fd: Cell::new(-1), family: Cell::new(0), kind: Cell::new(0), proto: Cell::new(0), timeout: Cell::new(None) }
    }

    fn open(&self, fd: i32, family: i32, kind: i32, proto: i32) -> Res<()> {
        self.fd.set(fd);
        self.family.set(family);
        self.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
        self.proto.set(proto);
        if kind & libc::SOCK_NONBLOCK != 0 {
            self.timeout.set(Some(Duration::ZERO));
        } else {
            self.timeout.set(default_timeout());
            if default_timeout().is_some() {
                set_blocking(fd, false)?;
            }
        }
        Ok(())
    }

    /// Makes a call that may have to wait until the socket is ready for `events`, within the timeout that counts from
    /// `since`. Failures are errno values.
    pub fn attempt(&self, events: i16, since: Instant, mut f: impl FnMut(i32) -> i64) -> Res<Result<i64, i32>> {
        let fd = self.fd.get();
        loop {
            if let Some(limit) = self.timeout.get().filter(|t| !t.is_zero())
                && !wait(fd, events, limit.checked_sub(since.elapsed()).unwrap_or_default())?
            {
                return Err(exc::new(types().timeout_error, "timed out"));
            }
            match gil::without(|| syscall::outcome(f(fd))) {
                Err(libc::EINTR) => syscall::check_signals()?,
                // It was ready a moment ago, but no longer is.
                Err(libc::EAGAIN) if self.timeout.get().is_some_and(|t| !t.is_zero()) => {}
                other => return Ok(other),
            }
        }
    }

    /// As [`Socket::attempt`], with failures raised as OSError.
    pub fn run(&self, events: i16, f: impl FnMut(i32) -> i64) -> Res<i64> {
        self.attempt(events, Instant::now(), f)?.map_err(|e| exc::os_error(e, None))
    }
}

/// Waits until a socket is ready; says whether it is.
fn wait(fd: i32, events: i16, limit: Duration) -> Res<bool> {
    let end = Instant::now() + limit;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let ms = left.as_nanos().div_ceil(1_000_000).min(i32::MAX as u128) as i32;
        let mut p = libc::pollfd { fd, events, revents: 0 };
        // SAFETY: the structure lives until the call is over.
        match gil::without(|| syscall::outcome(unsafe { libc::poll(&mut p, 1, ms) })) {
            Ok(n) => return Ok(n > 0),
            Err(libc::EINTR) => syscall::check_signals()?,
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(build::of(class), Socket::empty()))
}

/// An option of type int.
fn int_option(fd: i32, option: i32) -> Result<i32, i32> {
    let (mut value, mut size) = (0i32, size_of::<i32>() as libc::socklen_t);
    // SAFETY: value and size live until the call is over.
    syscall::outcome(unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, option, (&raw mut value).cast(), &mut size) }).map(|_| value)
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    static SIGNATURE: Signature = Signature::new("socket", "(family=-1, type=-1, proto=-1, fileno=None)");
    SIGNATURE
        .bind(args, kwnames, |a| {
            let number = |i: usize| a.opt(i).map_or(Ok(-1), cint::c_int);
            let (mut family, mut kind, mut proto) = (number(0)?, number(1)?, number(2)?);
            let s = this(v);
            if let Some(given) = a.some(3) {
                if !int::is_int(given) {
                    return Err(exc::type_error(format!("'{}' object cannot be interpreted as an integer", given.class().full_name())));
                }
                let fd = cint::c_int(given)?;
                if fd < 0 {
                    return Err(exc::value_error("negative file descriptor"));
                }
                let mut address = Address::empty();
                let (ptr, mut len) = (address.as_mut_ptr(), address.len);
                // SAFETY: address and length live until the call is over.
                let named = syscall::outcome(unsafe { libc::getsockname(fd, ptr, &mut len) });
                // Even a family of -1 is looked up; what is not a socket at all is refused.
                match named {
                    Ok(_) if family == -1 => {
                        // SAFETY: the call has filled the structure.
                        family = i32::from(unsafe { (*ptr).sa_family });
                    }
                    Err(e) if family == -1 || matches!(e, libc::EBADF | libc::ENOTSOCK) => return Err(exc::os_error(e, None)),
                    _ => {}
                }
                if kind == -1 {
                    kind = int_option(fd, libc::SO_TYPE).map_err(|e| exc::os_error(e, None))?;
                }
                if proto == -1 {
                    proto = int_option(fd, libc::SO_PROTOCOL).map_err(|e| exc::os_error(e, None))?;
                }
                s.open(fd, family, kind, proto)?;
                return Ok(Value::NONE);
            }
            let family = if family == -1 { libc::AF_INET } else { family };
            let kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
            let proto = proto.max(0);
            // SAFETY: the call takes numbers only.
            let fd = syscall::quick(None, unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) })? as i32;
            if let Err(e) = s.open(fd, family, kind, proto) {
                let _ = syscall::close(fd);
                return Err(e);
            }
            Ok(Value::NONE)
        })
        .map(drop)
}

fn repr(v: &Value) -> Res {
    let s = this(v);
    Ok(str::from_string(format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        s.fd.get(),
        s.family.get(),
        s.kind.get(),
        s.proto.get()
    )))
}

/// A socket that nobody closed is closed, with a ResourceWarning.
fn finalise(v: &Value) {
    let s = this(v);
    if s.fd.get() < 0 {
        return;
    }
    let warned =
        protocol::repr_string(v).and_then(|shown| weft_vm::eval::warnings::warn(types().resource_warning, &format!("unclosed {shown}"), 1));
    if let Err(e) = warned {
        if exc::matches(types().warning) {
            exc::unraisable(e, "Exception ignored while finalizing socket", Some(v));
        } else {
            exc::clear(e);
        }
    }
    let _ = syscall::close(s.fd.replace(-1));
}

pub fn socketpair(a: Args) -> Res {
    let number = |i: usize, otherwise: i32| a.opt(i).map_or(Ok(otherwise), cint::c_int);
    let (family, kind, proto) = (number(0, libc::AF_UNIX)?, number(1, libc::SOCK_STREAM)?, number(2, 0)?);
    let mut fds = [0; 2];
    // SAFETY: there is room for both descriptors.
    syscall::quick(None, unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, fds.as_mut_ptr()) })?;
    let made = fds.map(|fd| {
        let v = weft_vm::value::new_object(Socket::empty());
        this(&v).open(fd, family, kind, proto).map(|()| v)
    });
    let [first, second] = made;
    Ok(pair(first?, second?))
}

fn accept(a: Args) -> Res {
    let s = this(a.at(0));
    let mut address = Address::empty();
    let (ptr, len) = (address.as_mut_ptr() as usize, &raw mut address.len as usize);
    // SAFETY: address and length live until the call is over.
    let fd = s.run(libc::POLLIN, |fd| {
        i64::from(unsafe { libc::accept4(fd, ptr as *mut libc::sockaddr, len as *mut libc::socklen_t, libc::SOCK_CLOEXEC) })
    })?;
    Ok(pair(Value::int(fd), address.to_python()?))
}

fn bind(a: Args) -> Res {
    let s = this(a.at(0));
    let address = Address::of(a.at(1), s.family.get(), s.proto.get(), "bind")?;
    let (ptr, len) = (address.as_ptr() as usize, address.len);
    let fd = s.fd.get();
    // SAFETY: the address lives until the call is over.
    syscall::blocking_or_raise(None, || i64::from(unsafe { libc::bind(fd, ptr as *const libc::sockaddr, len) }))?;
    Ok(Value::NONE)
}

/// Connects; gives errno where that fails.
fn try_connect(v: &Value, target: &Value, caller: &str) -> Res<Result<(), i32>> {
    let s = this(v);
    let address = Address::of(target, s.family.get(), s.proto.get(), caller)?;
    let (ptr, len, fd) = (address.as_ptr() as usize, address.len, s.fd.get());
    // SAFETY: the address lives until the call is over.
    let result = gil::without(|| syscall::outcome(unsafe { libc::connect(fd, ptr as *const libc::sockaddr, len) }));
    let waits = match result {
        Ok(_) => return Ok(Ok(())),
        // Interrupted, it goes on by itself.
        Err(libc::EINTR) => {
            syscall::check_signals()?;
            s.timeout.get() != Some(Duration::ZERO)
        }
        Err(libc::EINPROGRESS) => s.timeout.get().is_some_and(|t| !t.is_zero()),
        Err(_) => false,
    };
    if !waits {
        return Ok(result.map(drop));
    }
    let limit = s.timeout.get().unwrap_or(Duration::from_secs(1 << 30));
    if !wait(fd, libc::POLLOUT, limit)? {
        return Err(exc::new(types().timeout_error, "timed out"));
    }
    Ok(match int_option(fd, libc::SO_ERROR) {
        Ok(0) | Ok(libc::EISCONN) => Ok(()),
        Ok(e) | Err(e) => Err(e),
    })
}

fn connect(a: Args) -> Res {
    try_connect(a.at(0), a.at(1), "connect")?.map_err(|e| exc::os_error(e, None))?;
    Ok(Value::NONE)
}

fn connect_ex(a: Args) -> Res {
    match try_connect(a.at(0), a.at(1), "connect_ex") {
        Ok(r) => Ok(Value::int(i64::from(r.err().unwrap_or(0)))),
        Err(e) if exc::matches(types().timeout_error) => {
            exc::clear(e);
            Ok(Value::int(i64::from(libc::EAGAIN)))
        }
        Err(e) => Err(e),
    }
}

fn close(a: Args) -> Res {
    let fd = this(a.at(0)).fd.replace(-1);
    if fd >= 0 {
        match syscall::close(fd) {
            Ok(()) | Err(libc::ECONNRESET) => {}
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
    Ok(Value::NONE)
}

type NameCall = unsafe extern "C" fn(i32, *mut libc::sockaddr, *mut libc::socklen_t) -> i32;

fn name_of(v: &Value, call: NameCall) -> Res {
    let mut address = Address::empty();
    let (ptr, len) = (address.as_mut_ptr(), &raw mut address.len);
    // SAFETY: address and length live until the call is over.
    syscall::quick(None, unsafe { call(this(v).fd.get(), ptr, len) })?;
    address.to_python()
}

fn getsockopt(a: Args) -> Res {
    let (level, option) = (cint::c_int(a.at(1))?, cint::c_int(a.at(2))?);
    let size = a.opt(3).map_or(Ok(0), cint::c_int)?;
    let fd = this(a.at(0)).fd.get();
    if size == 0 {
        let (mut value, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
        // SAFETY: value and length live until the call is over.
        syscall::quick(None, unsafe { libc::getsockopt(fd, level, option, (&raw mut value).cast(), &mut len) })?;
        return Ok(Value::int(i64::from(value)));
    }
    if !(1..=1024).contains(&size) {
        return Err(exc::new(types().os_error, "getsockopt buflen out of range"));
    }
    let (mut data, mut len) = ([0u8; 1024], size as libc::socklen_t);
    // SAFETY: as above; the buffer is at least as long as said.
    syscall::quick(None, unsafe { libc::getsockopt(fd, level, option, data.as_mut_ptr().cast(), &mut len) })?;
    bytes::try_new(&data[..(len as usize).min(data.len())])
}

fn setsockopt(a: Args) -> Res {
    let (level, option, value) = (cint::c_int(a.at(1))?, cint::c_int(a.at(2))?, a.at(3));
    let fd = this(a.at(0)).fd.get();
    let set = |ptr: *const libc::c_void, len: usize| {
        // SAFETY: callers pass memory of that length.
        syscall::quick(None, unsafe { libc::setsockopt(fd, level, option, ptr, len as libc::socklen_t) })
    };
    if value.is_none() {
        let Some(len) = a.opt(4) else {
            return Err(exc::type_error("socket.setsockopt() requires 4 arguments when the third argument is None"));
        };
        set(std::ptr::null(), number::as_isize(len)? as usize)?;
    } else if let Some(_extra) = a.opt(4) {
        return Err(exc::type_error("socket.setsockopt() argument 3 must be None when 4 arguments are given"));
    } else if number::is_index(value) {
        let n = cint::c_int(value)?;
        set((&raw const n).cast(), size_of::<i32>())?;
    } else {
        let data = buffer::get(value)?.to_vec();
        set(data.as_ptr().cast(), data.len())?;
    }
    Ok(Value::NONE)
}

fn listen(a: Args) -> Res {
    let backlog = a.opt(1).map_or(Ok(libc::SOMAXCONN.min(128)), cint::c_int)?.max(0);
    // SAFETY: the call takes numbers only.
    syscall::quick(None, unsafe { libc::listen(this(a.at(0)).fd.get(), backlog) })?;
    Ok(Value::NONE)
}

fn set_timeout(v: &Value, timeout: Option<Duration>) -> Res {
    let s = this(v);
    set_blocking(s.fd.get(), timeout.is_none())?;
    s.timeout.set(timeout);
    Ok(Value::NONE)
}

fn settimeout(a: Args) -> Res {
    set_timeout(a.at(0), parse_timeout(a.at(1))?)
}

fn setblocking(a: Args) -> Res {
    let blocking = protocol::is_true(a.at(1))?;
    set_timeout(a.at(0), if blocking { None } else { Some(Duration::ZERO) })
}

fn shutdown(a: Args) -> Res {
    let how = cint::c_int(a.at(1))?;
    // SAFETY: the call takes numbers only.
    syscall::quick(None, unsafe { libc::shutdown(this(a.at(0)).fd.get(), how) })?;
    Ok(Value::NONE)
}
