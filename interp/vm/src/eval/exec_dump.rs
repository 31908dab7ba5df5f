//! `--dump=exec`: what the program does, instruction by instruction, on stderr.
//!
//! ```text
//! f, line 2 in t.py
//!      2     4  BINARY_OP_ADD_INT        0              [1, 2] -> [3]
//! ```
//!
//! A line is the source line, the offset of the instruction in bytes, its name as it is quickened, its operand with what that means, and the value stack
//! before and after. A frame is named where it begins or goes on; what an instruction that has run another frame leaves is on the line
//! that names its own frame again. The library's code runs unseen. Values are shown without calling anything of the program's. While this is on, every
//! frame runs in the loop's tracing instance ([`super::trace`]), and nothing is compiled.

use crate::frame::Frame;
use crate::types::code::Code;
use crate::types::{function, list, module, str, tuple};
use crate::value::Value;
use crate::vm::types;
use crate::{exc, protocol};
use std::cell::RefCell;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use weft_compiler::opcode::{OPCODES, flag, op};
use weft_layout::tag::{NULL, Word};

static ON: AtomicBool = AtomicBool::new(false);

/// Where the library lies.
static LIBRARY: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// More characters of a text are not shown, nor more items of a tuple or list than this by eight.
const SHOWN: usize = 32;

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State { frame: std::ptr::null_mut(), code: std::ptr::null(), pending: String::new() }) };
}

struct State {
    /// The frame whose instruction was shown last.
    frame: *mut Frame,
    code: *const Code,
    /// That instruction, of which is not known yet what it leaves.
    pending: String,
}

/// Whether instructions are shown.
#[inline]
pub fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Shows instructions from now on, but for those of code whose files are in `library`.
pub fn switch_on(library: &str) {
    let _ = LIBRARY.set(library.to_owned());
    ON.store(true, Ordering::Relaxed);
    super::trace::watchers_changed();
}

/// Shows the last instruction, and no more.
pub fn finish() {
    if ON.swap(false, Ordering::Relaxed) {
        super::trace::watchers_changed();
        STATE.with_borrow_mut(|state| state.end(""));
    }
}

impl State {
    fn end(&mut self, after: &str) {
        if !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            crate::complain!("{}", format!("{pending}{after}").trim_end());
        }
    }
}

/// The instruction at `ip` is about to be executed.
///
/// # Safety
/// `frame` is the running frame, and its `sp` right.
pub unsafe fn step(frame: *mut Frame, ip: *const u16) {
    // SAFETY: passed on.
    let code = unsafe { &*(*frame).code };
    if is_library(code) {
        return;
    }
    // SAFETY: passed on.
    let (stack, line) = unsafe { (stack(frame), line(code, ip)) };
    STATE.with_borrow_mut(|state| {
        if state.frame == frame && std::ptr::eq(state.code, code) {
            state.end(&format!(" -> {stack}"));
        } else {
            state.end("");
            let at = code.line_at(ip).unwrap_or(code.firstlineno);
            crate::complain!("{}, line {at} in {}: {stack}", str::display(&code.qualname), str::display(&code.filename));
            (state.frame, state.code) = (frame, code);
        }
        state.pending = format!("{line} {stack}");
    });
}

fn is_library(code: &Code) -> bool {
    let file = str::display(&code.filename);
    file.starts_with("<frozen ") || LIBRARY.get().is_some_and(|library| file.starts_with(library.as_str()))
}

/// The values on a frame's stack, the top last.
unsafe fn stack(frame: *mut Frame) -> String {
    let mut out = String::from("[");
    // SAFETY: the slots between the two are live.
    unsafe {
        let mut at = Frame::stack_base(frame);
        while at < (*frame).sp {
            if out.len() > 1 {
                out.push_str(", ");
            }
            slot(&mut out, &*at);
            at = at.add(1);
        }
    }
    out.push(']');
    out
}

unsafe fn slot(out: &mut String, word: &Word) {
    if *word == NULL {
        out.push_str("NULL");
    } else {
        // SAFETY: it is a live slot.
        brief(out, unsafe { Value::from_word_ref(word) }, 2);
    }
}

/// A value in a few characters, made without anything of the program's.
fn brief(out: &mut String, v: &Value, depth: usize) {
    let t = types();
    let is = |class: &crate::class::Type| std::ptr::eq(v.class(), class);
    if str::is_str(v) {
        let text = str::display(v);
        let start: String = text.chars().take(SHOWN).collect();
        let _ = write!(out, "{start:?}{}", if start.len() < text.len() { "..." } else { "" });
    } else if !v.is_heap() || is(t.int) || is(t.float) || is(t.complex) || is(t.bool) {
        match protocol::repr_string(v) {
            Ok(text) => out.push_str(&text),
            Err(raised) => {
                // A number with too many digits.
                drop(exc::take(raised));
                let _ = write!(out, "<{}>", v.class().name());
            }
        }
    } else if is(t.tuple) || is(t.list) {
        let (open, close) = if is(t.tuple) { ('(', ')') } else { ('[', ']') };
        let items: Vec<Value> = if is(t.tuple) { tuple::items(v).to_vec() } else { list::to_vec(v) };
        out.push(open);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if i == SHOWN / 8 || depth == 0 {
                out.push_str("...");
                break;
            }
            brief(out, item, depth - 1);
        }
        out.push(close);
    } else if is(t.function) {
        let _ = write!(out, "<function {}>", str::display(&function::this(v).qualname_value()));
    } else if is(t.module) {
        let name = crate::types::dict::get_str(&module::dict(v), &crate::vm::names().__name__);
        let _ = write!(out, "<module {}>", name.filter(str::is_str).map_or_else(String::new, |name| str::display(&name)));
    } else if let Some(class) = v.downcast::<crate::class::Type>() {
        let _ = write!(out, "<class {}>", class.name());
    } else {
        let _ = write!(out, "<{}>", v.class().name());
    }
}

/// The instruction as `dis` shows it, but for its stack.
unsafe fn line(code: &Code, ip: *const u16) -> String {
    // SAFETY: the caller's `ip` is in the code, whose EXTENDED_ARGs are followed by what they belong to.
    let unit = unsafe { *ip };
    let original = super::original_unit(code, code.index_of(ip), unit);
    let mut at = ip;
    let mut arg = (original >> 8) as usize;
    let mut base = original as u8;
    while base == op::EXTENDED_ARG {
        // SAFETY: as above.
        at = unsafe { at.add(1) };
        // SAFETY: as above.
        let next = super::original_unit(code, code.index_of(at), unsafe { *at });
        (arg, base) = (arg << 8 | (next >> 8) as usize, next as u8);
    }
    // SAFETY: as above.
    let quickened = unsafe { *at } as u8;
    let number = code.line_at(ip).map_or_else(|| "-".to_owned(), |line| line.to_string());
    let meaning = if OPCODES[base as usize].flags & flag::ARG == 0 { String::new() } else { argument(code, base, arg) };
    format!("{number:>6} {:>5}  {:<32} {meaning:<20}", 2 * code.index_of(ip), OPCODES[quickened as usize].name)
}

fn argument(code: &Code, opcode: u8, arg: usize) -> String {
    let flags = OPCODES[opcode as usize].flags;
    let name = |names: &[Value], i: usize| names.get(i).map_or_else(|| "?".to_owned(), str::display);
    let local = |i: usize| name(&code.localsplusnames, i);
    let meaning = match opcode {
        op::LOAD_CONST => {
            let mut text = String::new();
            if let Some(v) = code.consts.get(arg) {
                brief(&mut text, v, 1);
            }
            text
        }
        op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW | op::STORE_FAST_LOAD_FAST | op::STORE_FAST_STORE_FAST => {
            format!("{}, {}", local(arg >> 4), local(arg & 15))
        }
        _ if flags & flag::NAME != 0 => {
            let shift = match opcode {
                op::LOAD_ATTR | op::LOAD_GLOBAL => 1,
                op::LOAD_SUPER_ATTR => 2,
                _ => 0,
            };
            name(&code.names, arg >> shift)
        }
        _ if flags & (flag::LOCAL | flag::FREE) != 0 => local(arg),
        _ => return arg.to_string(),
    };
    format!("{arg} ({meaning})")
}
