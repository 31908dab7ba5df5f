//! `traceback`: the frames an exception has passed through.

use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{bind_call, def, getset, getter, member};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type};
use crate::exc;
use crate::frame::Frame;
use crate::protocol::number;
use crate::thread::thread;
use crate::types::{exceptions, frame_object, list, str};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// Stands for a line that is looked up when it is asked for.
const UNKNOWN_LINE: i32 = -1;

/// The payload.
pub struct Traceback {
    next: Field,
    frame: Field,
    /// Byte offset of the instruction in the frame's code.
    lasti: i32,
    line: Cell<i32>,
}

// SAFETY: instances of traceback hold a Traceback.
unsafe impl Payload for Traceback {
    fn class() -> &'static Type {
        types().traceback
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.next.word());
        visit(self.frame.word());
    }

    fn clear(&self) {
        drop(self.next.take());
        drop(self.frame.take());
    }
}

fn this(v: &Value) -> &Traceback {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

impl Traceback {
    /// `tb_next`.
    pub fn next(&self) -> Option<Value> {
        self.next.get()
    }

    /// `tb_frame`.
    pub fn frame(&self) -> Option<Value> {
        self.frame.get()
    }

    /// `tb_lasti`.
    pub fn lasti(&self) -> i32 {
        self.lasti
    }

    /// `tb_lineno`, if the instruction has a line.
    pub fn line(&self) -> Option<i32> {
        match self.line.get() {
            UNKNOWN_LINE => line_at(self.frame.peek()?, self.lasti),
            line => Some(line),
        }
    }
}

/// The line of the instruction at byte offset `lasti` of a frame's code.
fn line_at(frame: &Value, lasti: i32) -> Option<i32> {
    // SAFETY: a frame object's frame is live or owned by it, and so is its code.
    let line = unsafe { (*(*frame_object::frame_of(frame)).code).position(usize::try_from(lasti).ok()? / 2).line };
    (line >= 0).then_some(line)
}

/// A traceback that begins with `frame` at byte offset `lasti` of its code, and goes on with `next`.
pub fn new(next: Option<Value>, frame: Value, lasti: i32, line: Option<i32>) -> Value {
    new_object(Traceback { next: Field::from_option(next), frame: Field::new(frame), lasti, line: Cell::new(line.unwrap_or(UNKNOWN_LINE)) })
}

/// Puts a frame that `exception` is passing through in front of its traceback.
pub fn add(frame: Value, lasti: i32, line: Option<i32>, exception: &Value) {
    let tb = new(exceptions::traceback_of(exception), frame, lasti, line);
    exceptions::set_traceback(exception, tb);
}

/// A traceback of the running frame alone.
pub fn here() -> Option<Value> {
    let frame = thread().innermost_frame();
    if frame.is_null() {
        return None;
    }
    // SAFETY: the frame is the running one.
    unsafe {
        let unit = (*(*frame).code).index_of((*frame).ip);
        Some(new(None, frame_object::of_frame(frame), 2 * unit as i32, Frame::line(frame)))
    }
}

/// Lets a traceback go on with another one.
pub fn link(tb: &Value, next: Option<Value>) {
    this(tb).next.replace(next);
}

/// The traceback and those it goes on with, outermost first.
pub fn entries(tb: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = Some(tb.clone());
    while let Some(tb) = next {
        next = tb.downcast::<Traceback>().and_then(Traceback::next);
        all.push(tb);
    }
    all
}

fn checked_next(v: &Value) -> Res<Option<Value>> {
    if v.is_none() {
        Ok(None)
    } else if v.is_instance(types().traceback) {
        Ok(Some(v.clone()))
    } else {
        Err(exc::type_error(format!("expected traceback object or None, got '{}'", v.class().full_name())))
    }
}

fn construct(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("traceback", "(tb_next, tb_frame, tb_lasti, tb_lineno)", args, kwnames, |a| {
        let frame = a.at(1);
        if !frame.is_instance(types().frame) {
            let got = frame.class().full_name();
            return Err(exc::type_error(format!("traceback() argument 'tb_frame' must be frame, not {got}")));
        }
        let lasti = number::as_isize(a.at(2))? as i32;
        let line = number::as_isize(a.at(3))? as i32;
        let next = checked_next(a.at(0))?;
        let payload = Traceback { next: Field::from_option(next), frame: Field::new(frame.clone()), lasti, line: Cell::new(line) };
        Ok(new_instance(of(class), payload))
    })
}

fn set_next(v: &Value, value: Option<&Value>) -> Res<()> {
    let Some(value) = value else { return Err(exc::type_error("can't delete tb_next attribute")) };
    let next = checked_next(value)?;
    let mut at = next.clone();
    while let Some(tb) = at {
        if tb.is(v) {
            return Err(exc::value_error("traceback loop detected"));
        }
        at = this(&tb).next();
    }
    drop(this(v).next.replace(next));
    Ok(())
}

/// `traceback`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "traceback",
    doc: "traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.",
    payload: PayloadOps::of::<Traceback>(),
    slots: Slots { new: Some(construct), ..Slots::NONE },
    methods: &[def(
        "__dir__",
        "($self, /)",
        |_| Ok(list::from_vec(["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].map(str::intern).to_vec())),
        "",
    )],
    getsets: &[
        member("tb_frame", |v| Ok(this(v).frame().unwrap_or(Value::NONE)), ""),
        member("tb_lasti", |v| Ok(Value::int(this(v).lasti.into())), ""),
        getset("tb_next", |v| Ok(this(v).next().unwrap_or(Value::NONE)), set_next, ""),
        getter("tb_lineno", |v| Ok(this(v).line().map_or(Value::NONE, |n| Value::int(n.into()))), ""),
    ],
    ..TypeSpec::DEFAULT
};
