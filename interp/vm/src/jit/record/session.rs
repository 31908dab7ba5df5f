//! The beginning and end of recordings.

use super::{Expect, Flow, Inlined, Recorder, Words, decode};
use crate::frame::{Continuation, Frame};
use crate::jit::{State, enter, hot, state, watch};
use crate::types::code::Code;
use weft_compiler::opcode::op;
use weft_jit::builder::TraceKind;
use weft_jit::{Abort, ExitId};

/// What the eval loop does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Execute the instruction and come back.
    Go,
    /// Execute the instruction; the recording is over.
    Stop,
}

/// Begins recording the loop that the JUMP_BACKWARD at `site` closes, whose header is `start`, in `frame`. Whether it did.
///
/// # Safety
/// The frame is the innermost, complete, with `sp` set, and about to execute `start`.
pub unsafe fn begin(frame: *mut Frame, start: *const u16, site: *mut u16, kind: TraceKind) -> bool {
    let Some(s) = state().filter(|s| s.recorder.is_none()) else { return false };
    // SAFETY: the site is a unit of the frame's code.
    if unsafe { (*site & 0xff) as u8 } == op::ENTER_EXECUTOR {
        return false;
    }
    // SAFETY: the frame is valid, the site in its code.
    unsafe {
        let code = &*(*frame).code;
        // Whoever takes what the loop yields is hot a little later, and may inline it.
        let yields = kind == TraceKind::Loop && code.generator && (*frame).cont != Continuation::Gather;
        if yields && hot::failures(site) == 0 && suspends(code, start) {
            let why = Abort::Recorder("a loop that yields".into());
            s.jit.abort(&why);
            s.note_abort(&why, code, start);
            hot::failed(site, code, &why);
            return false;
        }
    }
    // SAFETY: the frame is valid.
    let words = unsafe { root_words(frame, start) };
    let b = s.jit.root_trace(kind, &words.write());
    let mut r = Recorder::new(b, start, site);
    r.is_loop = kind == TraceKind::Loop;
    r.frames.push(Inlined { frame, words, memory: Vec::new() });
    r.pin_code(frame);
    r.expect = Expect::At(start);
    s.recorder = Some(Box::new(r));
    true
}

/// Whether the body of the loop that begins at `start` may suspend the generator it is in.
unsafe fn suspends(code: &Code, start: *const u16) -> bool {
    // SAFETY: the code's instructions follow each other.
    unsafe {
        let end = code.units().cast_const().add(code.unit_count());
        let (mut at, mut yields) = (start, false);
        while at < end {
            let (opcode, arg, next) = decode(code, at);
            yields |= opcode == op::YIELD_VALUE;
            if yields && opcode == op::JUMP_BACKWARD && next.sub(arg) == start {
                return true;
            }
            at = next;
        }
        false
    }
}

unsafe fn root_words(frame: *mut Frame, at: *const u16) -> Words {
    // SAFETY: the frame is valid and its `sp` is right.
    unsafe {
        Words {
            code: (*frame).code,
            ip: at,
            next: at,
            sp: (*frame).sp.offset_from(Frame::locals(frame)) as usize,
            cont: Continuation::Push,
            cont_word: 0,
            results: 0,
        }
    }
}

/// Begins recording a side trace from an exit that has just been taken, with `frame` the innermost. Whether it did.
///
/// # Safety
/// The frames are those of the exit, complete in memory.
pub unsafe fn begin_side(mut frame: *mut Frame, exit: ExitId) -> bool {
    let Some(s) = state().filter(|s| s.recorder.is_none()) else { return false };
    let b = match s.jit.side_trace(exit) {
        Ok(b) => b,
        Err(a) => {
            s.jit.abort(&a);
            return false;
        }
    };
    let list: Vec<Words> = b.frames().map(|f| Words::read(f.0)).collect();
    let mut r = Recorder::new(b, std::ptr::null(), std::ptr::null_mut());
    r.side_of = Some(exit);
    r.at_return = r.b.begins_at_return();
    r.inherited = list.len();
    r.frames = list.into_iter().map(|words| Inlined { frame: std::ptr::null_mut(), words, memory: Vec::new() }).collect();
    // SAFETY: the exit has rebuilt as many frames as the snapshot has.
    unsafe {
        for f in r.frames.iter_mut().rev() {
            f.frame = frame;
            frame = (*frame).previous;
        }
        for i in 0..r.frames.len() {
            let frame = r.frames[i].frame;
            r.pin_code(frame);
            if i > 0 && !r.frames[i].words.cont.resumes_generator() {
                r.inlined_words += (*r.frames[i].words.code).frame_words as usize;
            }
        }
    }
    r.expect = Expect::At(r.frames.last().expect("a frame").words.ip);
    s.recorder = Some(Box::new(r));
    true
}

/// Begins recording a side trace from an exit that has raised, with `frame` in the handler. Whether it did.
///
/// # Safety
/// The exit was taken in `frame`, outside of inlined calls, and the interpreter has gone to the handler of that frame.
pub unsafe fn begin_handler(frame: *mut Frame, exit: ExitId) -> bool {
    // SAFETY: passed on.
    if !unsafe { begin_side(frame, exit) } {
        return false;
    }
    let Some(s) = state() else { return false };
    let Some(mut r) = s.recorder.take() else { return false };
    match r.begin_in_handler() {
        Ok(()) => {
            s.recorder = Some(r);
            true
        }
        Err(why) => {
            s.jit.abort(&why);
            give_up(&r, &why);
            false
        }
    }
}

/// Whether a recording is under way.
pub fn is_recording() -> bool {
    state().is_some_and(|s| s.recorder.is_some())
}

/// Records the instruction at `ip`, which the interpreter is about to execute in `frame`, whose `sp` is right.
///
/// # Safety
/// As just said.
pub unsafe fn step(frame: *mut Frame, ip: *const u16) -> Step {
    let Some(s) = state() else { return Step::Stop };
    let Some(mut r) = s.recorder.take() else { return Step::Stop };
    // SAFETY: passed on.
    match unsafe { r.step(s, frame, ip) } {
        Ok(Flow::Next) => {
            s.recorder = Some(r);
            Step::Go
        }
        Ok(Flow::End) => {
            finish(s, *r);
            Step::Stop
        }
        Err(why) => {
            s.jit.abort(&why);
            give_up(&r, &why);
            Step::Stop
        }
    }
}

/// Drops the recording, if there is one: the interpreter leaves the loop it was made in.
pub fn cancel(reason: &'static str) {
    let Some(s) = state() else { return };
    if let Some(r) = s.recorder.take() {
        let why = Abort::Recorder(reason.into());
        s.jit.abort(&why);
        give_up(&r, &why);
    }
}

fn give_up(r: &Recorder, why: &Abort) {
    if let Some(s) = state() {
        let w = r.frames.last().expect("a frame").words;
        // SAFETY: the frame's function keeps the code alive.
        s.note_abort(why, unsafe { &*w.code }, w.ip);
    }
    if let (Some(exit), Some(s)) = (r.side_of, state()) {
        *s.side_failures.entry(exit.number()).or_default() += 1;
    }
    if !r.site.is_null() {
        // SAFETY: the root frame's function keeps the code alive.
        unsafe { hot::failed(r.site, &*r.frames[0].words.code, why) };
    }
}

fn finish(s: &mut State, mut r: Recorder) {
    let pins = std::mem::take(&mut r.pins);
    let (site, code) = (r.site, r.frames[0].words.code);
    if r.broken {
        let why = Abort::Recorder("what it relied on changed".into());
        s.jit.abort(&why);
        return give_up(&r, &why);
    }
    for &(d, key) in &r.dict_names {
        let keys = s.dict_names.entry(d).or_default();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for &key in &r.keys {
        r.b.depends_on(key);
    }
    let (open_end, gathers) = (r.open_end, r.gathers);
    match s.jit.compile(r.b) {
        Ok(id) => {
            s.pins.insert(id, pins);
            if open_end {
                s.open_ends.insert(id);
            }
            if !site.is_null() {
                // SAFETY: the pinned function keeps the code alive.
                unsafe { hot::install(site, code, id, gathers) };
            }
        }
        Err(Abort::CodeCacheFull) => {
            let dead = s.jit.flush();
            watch::buried(&dead);
            // Traces that are dead are not told of changes, so nothing goes on in them for long.
            enter::force_everywhere();
            if enter::is_idle() {
                enter::forget_returns();
                s.jit.reclaim();
            }
        }
        Err(why) => {
            if !site.is_null() {
                // SAFETY: as above; `pins` is still there.
                unsafe { hot::failed(site, &*code, &why) };
            }
        }
    }
}
