//! `termios`: settings of terminals.

use crate::cint::{self, add_constants};
use crate::exception_class::LazyException;
use crate::syscall;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::{bytes, int, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, gil};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "termios",
    doc: "This module provides an interface to the Posix calls for tty I/O control.\nFor a complete description of these calls, see the Posix or Unix manual\npages. It is only available for those Unix versions that support Posix\ntermios style tty I/O control.\n\nAll functions in this module take a file descriptor fd as their first\nargument. This can be an integer file descriptor, such as returned by\nsys.stdin.fileno(), or a file object, such as sys.stdin itself.",
    functions: FUNCTIONS,
    exec,
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("tcgetattr", "($module, fd, /)", tcgetattr, "Get the tty attributes for file descriptor fd.\n\nReturns a list [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]\nwhere cc is a list of the tty special characters (each a string of\nlength 1, except the items with indices VMIN and VTIME, which are\nintegers when these fields are defined).  The interpretation of the\nflags and the speeds as well as the indexing in the cc array must be\ndone using the symbolic constants defined in this module."),
    def("tcsetattr", "($module, fd, when, attributes, /)", tcsetattr, "Set the tty attributes for file descriptor fd.\n\nThe attributes to be set are taken from the attributes argument, which\nis a list like the one returned by tcgetattr(). The when argument\ndetermines when the attributes are changed: termios.TCSANOW to\nchange immediately, termios.TCSADRAIN to change after transmitting all\nqueued output, or termios.TCSAFLUSH to change after transmitting all\nqueued output and discarding all queued input."),
    def("tcsendbreak", "($module, fd, duration, /)", |a| simple(&a, libc::tcsendbreak), "Send a break on file descriptor fd.\n\nA zero duration sends a break for 0.25-0.5 seconds; a nonzero duration\nhas a system dependent meaning."),
    def("tcdrain", "($module, fd, /)", tcdrain, "Wait until all output written to file descriptor fd has been transmitted."),
    def("tcflush", "($module, fd, queue, /)", |a| simple(&a, libc::tcflush), "Discard queued data on file descriptor fd.\n\nThe queue selector specifies which queue: termios.TCIFLUSH for the input\nqueue, termios.TCOFLUSH for the output queue, or termios.TCIOFLUSH for\nboth queues."),
    def("tcflow", "($module, fd, action, /)", |a| simple(&a, libc::tcflow), "Suspend or resume input or output on file descriptor fd.\n\nThe action argument can be termios.TCOOFF to suspend output,\ntermios.TCOON to restart output, termios.TCIOFF to suspend input,\nor termios.TCION to restart input."),
    def("tcgetwinsize", "($module, fd, /)", tcgetwinsize, "Get the tty winsize for file descriptor fd.\n\nReturns a tuple (ws_row, ws_col)."),
    def("tcsetwinsize", "($module, fd, winsize, /)", tcsetwinsize, "Set the tty winsize for file descriptor fd.\n\nThe winsize to be set is taken from the winsize argument, which\nis a two-item tuple (ws_row, ws_col) like the one returned by\ntcgetwinsize()."),
];

/// `termios.error`
static ERROR: LazyException = LazyException::new("termios", "error", || vec![types().exception]);

/// The names of settings. Linux gives them the same numbers on all machines that Weft knows.
static CONSTANTS: &[(&str, i64)] = &[
    ("B0", 0),
    ("B1000000", 1000000),
    ("B110", 110),
    ("B115200", 115200),
    ("B1152000", 1152000),
    ("B1200", 1200),
    ("B134", 134),
    ("B14400", 14400),
    ("B150", 150),
    ("B1500000", 1500000),
    ("B1800", 1800),
    ("B19200", 19200),
    ("B200", 200),
    ("B2000000", 2000000),
    ("B230400", 230400),
    ("B2400", 2400),
    ("B2500000", 2500000),
    ("B28800", 28800),
    ("B300", 300),
    ("B3000000", 3000000),
    ("B3500000", 3500000),
    ("B38400", 38400),
    ("B4000000", 4000000),
    ("B460800", 460800),
    ("B4800", 4800),
    ("B50", 50),
    ("B500000", 500000),
    ("B57600", 57600),
    ("B576000", 576000),
    ("B600", 600),
    ("B7200", 7200),
    ("B75", 75),
    ("B76800", 76800),
    ("B921600", 921600),
    ("B9600", 9600),
    ("BRKINT", 2),
    ("BS0", 0),
    ("BS1", 8192),
    ("BSDLY", 8192),
    ("CBAUD", 4111),
    ("CBAUDEX", 4096),
    ("CDSUSP", 25),
    ("CEOF", 4),
    ("CEOL", 0),
    ("CEOT", 4),
    ("CERASE", 127),
    ("CFLUSH", 15),
    ("CIBAUD", 269418496),
    ("CINTR", 3),
    ("CKILL", 21),
    ("CLNEXT", 22),
    ("CLOCAL", 2048),
    ("CQUIT", 28),
    ("CR0", 0),
    ("CR1", 512),
    ("CR2", 1024),
    ("CR3", 1536),
    ("CRDLY", 1536),
    ("CREAD", 128),
    ("CRPRNT", 18),
    ("CRTSCTS", 2147483648),
    ("CS5", 0),
    ("CS6", 16),
    ("CS7", 32),
    ("CS8", 48),
    ("CSIZE", 48),
    ("CSTART", 17),
    ("CSTOP", 19),
    ("CSTOPB", 64),
    ("CSUSP", 26),
    ("CWERASE", 23),
    ("ECHO", 8),
    ("ECHOCTL", 512),
    ("ECHOE", 16),
    ("ECHOK", 32),
    ("ECHOKE", 2048),
    ("ECHONL", 64),
    ("ECHOPRT", 1024),
    ("EXTA", 19200),
    ("EXTB", 38400),
    ("EXTPROC", 65536),
    ("FF0", 0),
    ("FF1", 32768),
    ("FFDLY", 32768),
    ("FIOASYNC", 21586),
    ("FIOCLEX", 21585),
    ("FIONBIO", 21537),
    ("FIONCLEX", 21584),
    ("FIONREAD", 21531),
    ("FLUSHO", 4096),
    ("HUPCL", 1024),
    ("IBSHIFT", 16),
    ("ICANON", 2),
    ("ICRNL", 256),
    ("IEXTEN", 32768),
    ("IGNBRK", 1),
    ("IGNCR", 128),
    ("IGNPAR", 4),
    ("IMAXBEL", 8192),
    ("INLCR", 64),
    ("INPCK", 16),
    ("IOCSIZE_MASK", 1073676288),
    ("IOCSIZE_SHIFT", 16),
    ("ISIG", 1),
    ("ISTRIP", 32),
    ("IUCLC", 512),
    ("IUTF8", 16384),
    ("IXANY", 2048),
    ("IXOFF", 4096),
    ("IXON", 1024),
    ("NCCS", 32),
    ("NL0", 0),
    ("NL1", 256),
    ("NLDLY", 256),
    ("NOFLSH", 128),
    ("N_MOUSE", 2),
    ("N_PPP", 3),
    ("N_SLIP", 1),
    ("N_STRIP", 4),
    ("N_TTY", 0),
    ("OCRNL", 8),
    ("OFDEL", 128),
    ("OFILL", 64),
    ("OLCUC", 2),
    ("ONLCR", 4),
    ("ONLRET", 32),
    ("ONOCR", 16),
    ("OPOST", 1),
    ("PARENB", 256),
    ("PARMRK", 8),
    ("PARODD", 512),
    ("PENDIN", 16384),
    ("TAB0", 0),
    ("TAB1", 2048),
    ("TAB2", 4096),
    ("TAB3", 6144),
    ("TABDLY", 6144),
    ("TCFLSH", 21515),
    ("TCGETS", 21505),
    ("TCIFLUSH", 0),
    ("TCIOFF", 2),
    ("TCIOFLUSH", 2),
    ("TCION", 3),
    ("TCOFLUSH", 1),
    ("TCOOFF", 0),
    ("TCOON", 1),
    ("TCSADRAIN", 1),
    ("TCSAFLUSH", 2),
    ("TCSANOW", 0),
    ("TCSBRK", 21513),
    ("TCSBRKP", 21541),
    ("TCSETS", 21506),
    ("TCSETSF", 21508),
    ("TCSETSW", 21507),
    ("TCXONC", 21514),
    ("TIOCCONS", 21533),
    ("TIOCEXCL", 21516),
    ("TIOCGETD", 21540),
    ("TIOCGICOUNT", 21597),
    ("TIOCGLCKTRMIOS", 21590),
    ("TIOCGPGRP", 21519),
    ("TIOCGSERIAL", 21534),
    ("TIOCGSOFTCAR", 21529),
    ("TIOCGWINSZ", 21523),
    ("TIOCINQ", 21531),
    ("TIOCLINUX", 21532),
    ("TIOCMBIC", 21527),
    ("TIOCMBIS", 21526),
    ("TIOCMGET", 21525),
    ("TIOCMIWAIT", 21596),
    ("TIOCMSET", 21528),
    ("TIOCM_CAR", 64),
    ("TIOCM_CD", 64),
    ("TIOCM_CTS", 32),
    ("TIOCM_DSR", 256),
    ("TIOCM_DTR", 2),
    ("TIOCM_LE", 1),
    ("TIOCM_RI", 128),
    ("TIOCM_RNG", 128),
    ("TIOCM_RTS", 4),
    ("TIOCM_SR", 16),
    ("TIOCM_ST", 8),
    ("TIOCNOTTY", 21538),
    ("TIOCNXCL", 21517),
    ("TIOCOUTQ", 21521),
    ("TIOCPKT", 21536),
    ("TIOCPKT_DATA", 0),
    ("TIOCPKT_DOSTOP", 32),
    ("TIOCPKT_FLUSHREAD", 1),
    ("TIOCPKT_FLUSHWRITE", 2),
    ("TIOCPKT_NOSTOP", 16),
    ("TIOCPKT_START", 8),
    ("TIOCPKT_STOP", 4),
    ("TIOCSCTTY", 21518),
    ("TIOCSERCONFIG", 21587),
    ("TIOCSERGETLSR", 21593),
    ("TIOCSERGETMULTI", 21594),
    ("TIOCSERGSTRUCT", 21592),
    ("TIOCSERGWILD", 21588),
    ("TIOCSERSETMULTI", 21595),
    ("TIOCSERSWILD", 21589),
    ("TIOCSER_TEMT", 1),
    ("TIOCSETD", 21539),
    ("TIOCSLCKTRMIOS", 21591),
    ("TIOCSPGRP", 21520),
    ("TIOCSSERIAL", 21535),
    ("TIOCSSOFTCAR", 21530),
    ("TIOCSTI", 21522),
    ("TIOCSWINSZ", 21524),
    ("TOSTOP", 256),
    ("VDISCARD", 13),
    ("VEOF", 4),
    ("VEOL", 11),
    ("VEOL2", 16),
    ("VERASE", 2),
    ("VINTR", 0),
    ("VKILL", 3),
    ("VLNEXT", 15),
    ("VMIN", 6),
    ("VQUIT", 1),
    ("VREPRINT", 12),
    ("VSTART", 8),
    ("VSTOP", 9),
    ("VSUSP", 10),
    ("VSWTC", 7),
    ("VSWTCH", 7),
    ("VT0", 0),
    ("VT1", 16384),
    ("VTDLY", 16384),
    ("VTIME", 5),
    ("VWERASE", 14),
    ("XCASE", 4),
    ("XTABS", 6144),
    ("_POSIX_VDISABLE", 0),
];

fn exec(m: &Value) -> Res<()> {
    add_constants(m, CONSTANTS);
    add(m, "error", ERROR.get()?.value());
    Ok(())
}

/// Raises `termios.error` for a failed call.
fn check(result: Result<i64, i32>) -> Res {
    match result {
        Ok(_) => Ok(Value::NONE),
        Err(e) => Err(ERROR.raise(&[Value::int(e.into()), str::new(&exc::os_error_text(e))])),
    }
}

fn attributes(fd: i32) -> Res<libc::termios> {
    // SAFETY: the structure is plain numbers, filled by the call.
    unsafe {
        let mut t: libc::termios = std::mem::zeroed();
        check(syscall::outcome(libc::tcgetattr(fd, &mut t)))?;
        Ok(t)
    }
}

fn tcgetattr(a: Args) -> Res {
    let t = attributes(cint::descriptor(a.at(0))?)?;
    let raw = t.c_lflag & libc::ICANON == 0;
    let control = t.c_cc.iter().enumerate().map(|(i, &c)| {
        // In raw mode these two are numbers, not characters.
        if raw && (i == libc::VMIN || i == libc::VTIME) { Value::int(c.into()) } else { bytes::new(&[c]) }
    });
    // SAFETY: the structure is filled.
    let (input, output) = unsafe { (libc::cfgetispeed(&t), libc::cfgetospeed(&t)) };
    let flags = [t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, input, output];
    let mut all: Vec<Value> = flags.into_iter().map(|n| Value::int(n.into())).collect();
    all.push(list::from_vec(control.collect()));
    Ok(list::from_vec(all))
}

fn tcsetattr(a: Args) -> Res {
    let (fd, when) = (cint::descriptor(a.at(0))?, cint::c_int(a.at(1))?);
    let given = if a.at(2).is_instance(types().list) { list::to_vec(a.at(2)) } else { Vec::new() };
    let [iflag, oflag, cflag, lflag, input, output, control] = given.as_slice() else {
        return Err(exc::type_error("tcsetattr, arg 3: must be 7 element list"));
    };
    let mut t = attributes(fd)?;
    let number = |v: &Value| cint::c_ulong_masked(v).map(|n| n as u32);
    (t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag) = (number(iflag)?, number(oflag)?, number(cflag)?, number(lflag)?);
    let (input, output) = (number(input)?, number(output)?);
    let n = t.c_cc.len();
    let control = if control.is_instance(types().list) { list::to_vec(control) } else { Vec::new() };
    if control.len() != n {
        return Err(exc::type_error(format!("tcsetattr: attributes[6] must be {n} element list")));
    }
    for (place, v) in t.c_cc.iter_mut().zip(&control) {
        *place = match v {
            v if bytes::is_bytes(v) && bytes::as_slice(v).len() == 1 => bytes::as_slice(v)[0],
            v if int::is_int(v) => number(v)? as u8,
            _ => return Err(exc::type_error("tcsetattr: elements of attributes must be characters or integers")),
        };
    }
    // SAFETY: the structure is filled and lives until the calls are over.
    unsafe {
        check(syscall::outcome(libc::cfsetispeed(&mut t, input)))?;
        check(syscall::outcome(libc::cfsetospeed(&mut t, output)))?;
        check(gil::without(|| syscall::outcome(libc::tcsetattr(fd, when, &t))))
    }
}

/// A call with a descriptor and a number.
fn simple(a: &Args, f: unsafe extern "C" fn(i32, i32) -> i32) -> Res {
    let (fd, n) = (cint::descriptor(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: a call without pointers.
    check(gil::without(|| syscall::outcome(unsafe { f(fd, n) })))
}

fn tcdrain(a: Args) -> Res {
    let fd = cint::descriptor(a.at(0))?;
    // SAFETY: a call without pointers.
    check(gil::without(|| syscall::outcome(unsafe { libc::tcdrain(fd) })))
}

fn window(fd: i32) -> Res<libc::winsize> {
    // SAFETY: the structure is plain numbers, filled by the call.
    unsafe {
        let mut w: libc::winsize = std::mem::zeroed();
        check(syscall::outcome(libc::ioctl(fd, libc::TIOCGWINSZ, &mut w)))?;
        Ok(w)
    }
}

fn tcgetwinsize(a: Args) -> Res {
    let w = window(cint::descriptor(a.at(0))?)?;
    Ok(tuple::from_vec(vec![Value::int(w.ws_row.into()), Value::int(w.ws_col.into())]))
}

fn tcsetwinsize(a: Args) -> Res {
    let fd = cint::descriptor(a.at(0))?;
    let given = weft_vm::protocol::iter::collect_as(a.at(1), "tcsetwinsize, arg 2: must be a two-item sequence")?;
    let [rows, columns] = given.as_slice() else {
        return Err(exc::type_error("tcsetwinsize, arg 2: must be a two-item sequence"));
    };
    let number = |v: &Value| u16::try_from(cint::c_long(v)?).map_err(|_| exc::overflow_error("winsize value(s) out of range."));
    let (rows, columns) = (number(rows)?, number(columns)?);
    let mut w = window(fd)?;
    (w.ws_row, w.ws_col) = (rows, columns);
    // SAFETY: the structure lives until the call is over.
    check(syscall::outcome(unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, &w) }))
}
