//! `frame`: the objects through which Python sees frames. Made on demand; a frame object that outlives its frame
//! takes the frame's contents over.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{def, getset, getter};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, flag};
use crate::exc;
use crate::frame::{Frame, Owner};
use crate::thread::thread;
use crate::types::{cellobject, dict, frame_locals, function, generator, str};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use std::cell::{Cell, RefCell};
use std::ptr;
use weft_compiler::code::{co_flags, local_kind};
use weft_layout::tag::{NULL, Word};

/// The payload.
pub struct FrameObject {
    frame: Cell<*mut Frame>,
    /// The frame's memory once the call is over.
    own: RefCell<Option<Box<[Word]>>>,
    /// The frame object of the caller, once the call is over.
    back: Field,
    /// `f_trace`.
    pub trace: Field,
    /// `f_trace_lines`.
    pub trace_lines: Cell<bool>,
    /// `f_trace_opcodes`.
    pub trace_opcodes: Cell<bool>,
    /// Names set through `f_locals` that are not variables of the function.
    pub extra_locals: Field,
}

// SAFETY: instances of frame hold a FrameObject.
unsafe impl Payload for FrameObject {
    fn class() -> &'static crate::class::Type {
        types().frame
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.back.word());
        visit(self.trace.word());
        visit(self.extra_locals.word());
        if self.own.borrow().is_some() {
            // SAFETY: the memory is ours.
            unsafe { trace_frame(self.frame.get(), visit) };
        }
    }

    fn clear(&self) {
        drop(self.back.take());
        drop(self.trace.take());
        drop(self.extra_locals.take());
        if self.own.borrow().is_some() {
            // SAFETY: the memory is ours, and the frame is over.
            unsafe { Frame::clear(self.frame.get()) };
        }
    }
}

/// Visits what a frame that does not run owns.
///
/// # Safety
/// `frame` is valid and its `sp` is right.
pub unsafe fn trace_frame(frame: *mut Frame, visit: &mut dyn FnMut(Word)) {
    // SAFETY: the slots up to sp are live.
    unsafe {
        visit((*frame).func);
        visit((*frame).locals);
        let mut p = Frame::locals(frame);
        while p < (*frame).sp {
            visit(*p);
            p = p.add(1);
        }
    }
}

impl Drop for FrameObject {
    fn drop(&mut self) {
        if self.own.borrow().is_some() {
            let frame = self.frame.get();
            // SAFETY: the memory is ours, and the frame is over.
            unsafe {
                Frame::clear(frame);
                crate::value::decref(std::mem::replace(&mut (*frame).func, NULL));
            }
        }
    }
}

/// The frame object of a frame.
///
/// # Safety
/// `frame` is a live frame.
pub unsafe fn of_frame(frame: *mut Frame) -> Value {
    // SAFETY: the frame is live and owns its frame object.
    unsafe {
        if (*frame).frame_obj == NULL {
            let v = new_object(FrameObject {
                frame: Cell::new(frame),
                own: RefCell::new(None),
                back: Field::empty(),
                trace: Field::empty(),
                trace_lines: Cell::new(true),
                trace_opcodes: Cell::new(false),
                extra_locals: Field::empty(),
            });
            (*frame).frame_obj = v.into_word();
            // Compiled code ends frames that nobody has seen.
            (*frame).cont = (*frame).cont.interpreted();
        }
        Value::clone_word((*frame).frame_obj)
    }
}

/// Ends the tie between a frame that is over and its frame object, which takes the contents if anyone else holds it.
///
/// # Safety
/// `frame` is over, has a frame object, and its `sp` is right. Afterwards it owns nothing but its function.
pub unsafe fn detach(frame: *mut Frame) {
    // SAFETY: the frame owns its frame object.
    unsafe {
        let object = Value::from_word(std::mem::replace(&mut (*frame).frame_obj, NULL));
        if object.refcount() == 1 {
            return;
        }
        let f = this(&object);
        let words = ((*frame).sp as usize - frame as usize) / 8;
        let mut own = vec![NULL; words].into_boxed_slice();
        ptr::copy_nonoverlapping(frame.cast::<Word>(), own.as_mut_ptr(), words);
        let copy = own.as_mut_ptr().cast::<Frame>();
        (*copy).sp = own.as_mut_ptr().add(words);
        (*copy).frame_obj = NULL;
        (*copy).owner = Owner::FrameObject;
        (*copy).previous = ptr::null_mut();
        std::mem::forget(Frame::function(frame));
        let previous = (*frame).previous;
        if !previous.is_null() {
            f.back.set(of_frame(previous));
        }
        f.frame.set(copy);
        *f.own.borrow_mut() = Some(own);
        (*frame).sp = Frame::locals(frame);
        let n = (*(*frame).code).nlocalsplus();
        for i in 0..n {
            *Frame::locals(frame).add(i) = NULL;
        }
        (*frame).sp = Frame::stack_base(frame);
        (*frame).locals = NULL;
    }
}

/// Points a frame object to where its frame has moved.
pub fn moved(v: &Value, frame: *mut Frame) {
    this(v).frame.set(frame);
}

/// The payload of a frame object.
pub fn this(v: &Value) -> &FrameObject {
    // SAFETY: callers pass frame objects.
    unsafe { v.payload() }
}

/// The frame behind a frame object: a running one, or the copy that the object owns.
pub fn frame_of(v: &Value) -> *mut Frame {
    thread().innermost_frame();
    this(v).frame.get()
}

/// Whether the call is over.
pub fn is_over(v: &Value) -> bool {
    this(v).own.borrow().is_some()
}

/// Notes that a generator's frame object moved with it or that the frame memory is going away with the contents taken over.
pub fn back(v: &Value) -> Option<Value> {
    let f = this(v);
    if f.own.borrow().is_some() {
        return f.back.get();
    }
    thread().innermost_frame();
    // SAFETY: the frame is live.
    unsafe {
        if (*f.frame.get()).owner == Owner::Generator {
            // One that waits has no caller.
            generator::is_suspended(f.frame.get());
        }
        let previous = (*f.frame.get()).previous;
        (!previous.is_null()).then(|| of_frame(previous))
    }
}

/// The value of local `i` of a frame, cells opened.
///
/// # Safety
/// `frame` is live or owned by a frame object.
pub unsafe fn local_value(frame: *mut Frame, i: usize) -> Option<Value> {
    // SAFETY: the slot is one of the frame's.
    unsafe {
        let code = &*(*frame).code;
        let kind = code.localspluskinds[i];
        let w = *Frame::locals(frame).add(i);
        if w == NULL {
            // A free variable whose COPY_FREE_VARS has not run yet is found in the closure.
            if kind & local_kind::FREE != 0 {
                let f = Frame::function(frame);
                return function::closure_value(&f, i - code.first_free());
            }
            return None;
        }
        let v = Value::clone_word(w);
        if kind & (local_kind::CELL | local_kind::FREE) != 0
            && let Some(content) = cellobject::get_if_cell(&v)
        {
            return content;
        }
        Some(v)
    }
}

fn locals(v: &Value) -> Res {
    let frame = frame_of(v);
    // SAFETY: the frame is live or owned by the object.
    unsafe {
        if (*frame).locals != NULL && (*(*frame).code).parts.flags & co_flags::OPTIMIZED == 0 {
            return Ok(Value::clone_word((*frame).locals));
        }
    }
    Ok(frame_locals::new(v.clone()))
}

fn lineno(v: &Value) -> Res {
    // SAFETY: the frame is live or owned by the object.
    Ok(unsafe { Frame::line(frame_of(v)) }.map_or(Value::NONE, |l| Value::int(i64::from(l))))
}

fn set_lineno(v: &Value, value: Option<&Value>) -> Res<()> {
    let Some(line) = value else { return Err(exc::attribute_error("attribute 'f_lineno' of 'frame' objects cannot be deleted")) };
    // A new frame has no trace function yet; its "call" event says what is wrong.
    let traced = this(v).trace.peek().is_some() || thread().trace_event.get() == "call";
    if !traced || thread().in_trace.get() == 0 || is_over(v) {
        return Err(exc::value_error("f_lineno can only be set in a trace function"));
    }
    // SAFETY: the frame is live, and a trace function runs.
    unsafe { crate::eval::jump::jump(frame_of(v), line) }
}

/// Frames of a code object get events for instructions once both `f_trace` and `f_trace_opcodes` were set on one of them.
fn show_opcodes(v: &Value) {
    let f = this(v);
    if f.trace.peek().is_some() && f.trace_opcodes.get() {
        // SAFETY: the frame is live or owned by the object.
        unsafe { (*(*frame_of(v)).code).shows_opcodes.set(true) };
    }
}

fn word_or_none(w: Word) -> Res {
    // SAFETY: the frame owns the word or borrows it from its function.
    Ok(if w == NULL { Value::NONE } else { unsafe { Value::clone_word(w) } })
}

fn repr(v: &Value) -> Res {
    // SAFETY: the frame is live or owned by the object.
    let code = unsafe { &*(*frame_of(v)).code };
    // SAFETY: as above.
    let line = unsafe { Frame::line(frame_of(v)) };
    Ok(str::from_string(format!(
        "<frame at {:#x}, file {}, line {}, code {}>",
        v.id(),
        crate::protocol::repr_string(&code.filename)?,
        line.map_or("None".to_owned(), |l| l.to_string()),
        str::display(&code.name)
    )))
}

fn clear(v: &Value) -> Res {
    let frame = frame_of(v);
    // SAFETY: the frame is live or owned by the object.
    unsafe {
        match (*frame).owner {
            Owner::Stack => return Err(exc::runtime_error("cannot clear an executing frame")),
            Owner::Generator => {
                if generator::is_running(frame) {
                    return Err(exc::runtime_error("cannot clear an executing frame"));
                }
                if generator::is_suspended(frame) && (*frame).started {
                    return Err(exc::runtime_error("cannot clear a suspended frame"));
                }
                generator::finish(frame);
            }
            Owner::FrameObject => Frame::clear(frame),
        }
    }
    Ok(Value::NONE)
}

/// `frame`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "frame",
    payload: PayloadOps::of::<FrameObject>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), ..Slots::NONE },
    methods: &[def("clear", "($self, /)", |a| clear(a.at(0)), "Clear all references held by the frame.")],
    getsets: &[
        getter("f_back", |v| Ok(back(v).unwrap_or(Value::NONE)), ""),
        // SAFETY: the frame is live or owned by the object, here and below.
        getter("f_code", |v| Ok(unsafe { function::this(&Frame::function(frame_of(v))).code_value_for((*frame_of(v)).code) }), ""),
        getter("f_globals", |v| word_or_none(unsafe { (*frame_of(v)).globals }), ""),
        getter("f_builtins", |v| word_or_none(unsafe { (*frame_of(v)).builtins }), ""),
        getter("f_locals", locals, "Return the mapping used by the frame to look up local variables."),
        getset("f_lineno", lineno, set_lineno, "Return the current line number in the frame."),
        getter("f_lasti", |v| Ok(Value::usize(unsafe { 2 * (*(*frame_of(v)).code).index_of((*frame_of(v)).ip) })), ""),
        getset(
            "f_trace",
            |v| Ok(this(v).trace.get().unwrap_or(Value::NONE)),
            |v, x| {
                drop(this(v).trace.replace(x.filter(|x| !x.is_none()).cloned()));
                show_opcodes(v);
                Ok(())
            },
            "",
        ),
        getset(
            "f_trace_lines",
            |v| Ok(Value::bool(this(v).trace_lines.get())),
            |v, x| {
                this(v).trace_lines.set(x.is_some_and(|x| x.is(&Value::TRUE)));
                Ok(())
            },
            "",
        ),
        getset(
            "f_trace_opcodes",
            |v| Ok(Value::bool(this(v).trace_opcodes.get())),
            |v, x| {
                this(v).trace_opcodes.set(x.is_some_and(|x| x.is(&Value::TRUE)));
                show_opcodes(v);
                Ok(())
            },
            "",
        ),
        getter(
            "f_generator",
            |v| Ok(unsafe { generator::of_frame(frame_of(v)) }.unwrap_or(Value::NONE)),
            "Return the generator or coroutine associated with this frame, or None.",
        ),
    ],
    ..TypeSpec::DEFAULT
};

/// A snapshot of a function frame's variables as a dict.
///
/// # Safety
/// As for [`local_value`].
pub unsafe fn snapshot(frame: *mut Frame) -> Value {
    let d = dict::new();
    // SAFETY: passed on.
    unsafe {
        let code = &*(*frame).code;
        for i in 0..code.nlocalsplus() {
            if code.localspluskinds[i] & local_kind::HIDDEN != 0 {
                continue;
            }
            if let Some(v) = local_value(frame, i) {
                dict::set_str(&d, &code.localsplusnames[i], v);
            }
        }
    }
    d
}
