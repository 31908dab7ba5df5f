//! `OSError` and its subclasses, of which `OSError(errno, ...)` picks the one for the errno (PEP 3151).

use super::base::{self, Kind};
use super::fields::{member, payload};
use crate::cell::Field;
use crate::class::native::{def, getset};
use crate::class::slots::{InitFn, NewFn, Slots};
use crate::class::{PayloadOps, Type, build};
use crate::exc;
use crate::protocol::number;
use crate::types::exceptions::base::BaseException;
use crate::types::text::Text;
use crate::types::{int, tuple};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

payload! {
    /// OSError.
    OsError(os_error) { errno, strerror, filename, filename2, } { written: Cell<i64>, }
}

/// `OSError`.
pub const OS_ERROR: Kind = Kind {
    payload: PayloadOps::of::<OsError>(),
    slots: Slots { new: Some(new), init: Some(init), str: Some(str), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", |a| reduce(a.at(0)), "")],
    getsets: &[
        member!(OsError, "errno", errno, "POSIX exception code"),
        member!(OsError, "strerror", strerror, "exception strerror"),
        member!(OsError, "filename", filename, "exception filename"),
        member!(OsError, "filename2", filename2, "second exception filename"),
        getset("characters_written", written, set_written, ""),
    ],
};

/// The subclass for an errno.
pub fn class_of_errno(errno: i64) -> &'static Type {
    let t = types();
    match i32::try_from(errno).unwrap_or(0) {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => t.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => t.broken_pipe_error,
        libc::ECHILD => t.child_process_error,
        libc::ECONNABORTED => t.connection_aborted_error,
        libc::ECONNREFUSED => t.connection_refused_error,
        libc::ECONNRESET => t.connection_reset_error,
        libc::EEXIST => t.file_exists_error,
        libc::ENOENT => t.file_not_found_error,
        libc::EISDIR => t.is_a_directory_error,
        libc::ENOTDIR => t.not_a_directory_error,
        libc::EINTR => t.interrupted_error,
        libc::EACCES | libc::EPERM => t.permission_error,
        libc::ESRCH => t.process_lookup_error,
        libc::ETIMEDOUT => t.timeout_error,
        _ => t.os_error,
    }
}

/// Whether `__init__` sets the fields: so in a subclass that overrides `__init__` but not `__new__`, whose
/// `__new__` may get arguments that mean something else.
fn init_sets_fields(class: &Type) -> bool {
    let slots = class.slots();
    slots.init.is_none_or(|f| f as usize != init as InitFn as usize) && slots.new.is_some_and(|f| f as usize == new as NewFn as usize)
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let mut class = build::of(class);
    if init_sets_fields(class) {
        let v = base::allocate(class);
        OsError::of(&v).written.set(-1);
        base::payload(&v).args.set(tuple::empty());
        return Ok(v);
    }
    base::no_keywords(class, kwnames)?;
    if std::ptr::eq(class, types().os_error)
        && (2..=5).contains(&args.len())
        && int::is_int(&args[0])
        && let Some(errno) = int::as_i64(&args[0])
    {
        class = class_of_errno(errno);
    }
    let v = base::allocate(class);
    OsError::of(&v).written.set(-1);
    set_fields(&v, args)?;
    Ok(v)
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    if !init_sets_fields(v.class()) {
        return Ok(());
    }
    base::no_keywords(v.class(), kwnames)?;
    set_fields(v, args)
}

/// Takes `(errno, strerror[, filename[, winerror[, filename2]]])` apart; any other number of arguments just stays in `args`.
fn set_fields(v: &Value, args: &[Value]) -> Res<()> {
    let this = OsError::of(v);
    let structured = (2..=5).contains(&args.len());
    let given = |i: usize| args.get(i).filter(|x| structured && !x.is_none());
    let mut kept = args;
    if let Some(filename) = given(2) {
        if std::ptr::eq(v.class(), types().blocking_io_error) && is_number(filename) {
            this.written.set(number::as_isize(filename)? as i64);
        } else {
            this.filename.set(filename.clone());
            if let Some(filename2) = given(4) {
                this.filename2.set(filename2.clone());
            }
            // Unpacking `errno, strerror = e.args` has to go on working.
            kept = &args[..2];
        }
    }
    if structured {
        this.errno.set(args[0].clone());
        this.strerror.set(args[1].clone());
    }
    base::payload(v).args.set(tuple::from_slice(kept));
    Ok(())
}

fn is_number(v: &Value) -> bool {
    let slots = v.class().slots();
    slots.index.is_some() || slots.int.is_some() || slots.float.is_some()
}

fn str(v: &Value) -> Res {
    let this = OsError::of(v);
    let errno = this.errno.get().unwrap_or(Value::NONE);
    let strerror = this.strerror.get().unwrap_or(Value::NONE);
    let head = |errno: &Value, strerror: &Value| Text::new().add("[Errno ").str(errno)?.add("] ").str(strerror);
    match (this.filename.get(), this.filename2.get()) {
        (Some(a), Some(b)) => Ok(head(&errno, &strerror)?.add(": ").repr(&a)?.add(" -> ").repr(&b)?.finish()),
        (Some(a), None) => Ok(head(&errno, &strerror)?.add(": ").repr(&a)?.finish()),
        _ if this.errno.peek().is_some() && this.strerror.peek().is_some() => Ok(head(&errno, &strerror)?.finish()),
        _ => base::str_(v),
    }
}

fn reduce(v: &Value) -> Res {
    let this = OsError::of(v);
    let mut args = base::args(v);
    // File names were taken out of the arguments.
    if let (2, Some(filename)) = (tuple::items(&args).len(), this.filename.get()) {
        let mut all = tuple::items(&args).to_vec();
        all.push(filename);
        if let Some(filename2) = this.filename2.get() {
            all.push(Value::NONE);
            all.push(filename2);
        }
        args = tuple::from_vec(all);
    }
    base::reduced(v, args, base::existing_dict(v))
}

fn written(v: &Value) -> Res {
    match OsError::of(v).written.get() {
        -1 => Err(exc::attribute_error("characters_written")),
        n => Ok(Value::int(n)),
    }
}

fn set_written(v: &Value, value: Option<&Value>) -> Res<()> {
    let n = match value {
        Some(value) => number::as_isize(value)? as i64,
        None if OsError::of(v).written.get() == -1 => return Err(exc::attribute_error("characters_written")),
        None => -1,
    };
    OsError::of(v).written.set(n);
    Ok(())
}

/// The errno of an OSError, if it is a small int.
pub fn errno(v: &Value) -> Option<i64> {
    v.downcast::<OsError>().and_then(|this| this.errno.get()).and_then(|n| int::as_i64(&n))
}
