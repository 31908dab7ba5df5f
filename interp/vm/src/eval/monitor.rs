//! `sys.monitoring` (PEP 669): tools, their events and callbacks.
//!
//! [`super::trace`] finds out what happens and tells it to [`fire`]; which frames run in the tracing instance of the loop
//! is decided there too. Unlike in CPython, the code itself is not changed: every event looks at the masks of the
//! tools.

use crate::call;
use crate::exc;
use crate::global::Global;
use crate::types::code::Code;
use crate::types::str;
use crate::value::{Res, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use weft_layout::tag::NULL;

/// Tools that programs can use; CPython keeps two more numbers for itself.
pub const TOOLS: usize = 6;

/// The events, in CPython's order.
pub const EVENTS: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

/// Numbers of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Event {
    PyStart,
    PyResume,
    PyReturn,
    PyYield,
    Call,
    Line,
    Instruction,
    Jump,
    BranchLeft,
    BranchRight,
    StopIteration,
    Raise,
    ExceptionHandled,
    PyUnwind,
    PyThrow,
    Reraise,
    CReturn,
    CRaise,
}

/// Events below this number belong to a place in the code, and can be disabled there.
const LOCAL: u32 = 11;
const CALL: u32 = 1 << Event::Call as u32;
const C_ENDS: u32 = 1 << Event::CReturn as u32 | 1 << Event::CRaise as u32;
const BRANCH: u32 = 1 << 18;
const BRANCHES: u32 = 1 << Event::BranchLeft as u32 | 1 << Event::BranchRight as u32;

#[derive(Default)]
struct Tool {
    name: Option<Value>,
    events: u32,
    callbacks: [Option<Value>; EVENTS.len()],
}

static STATE: Global<Option<Box<[Tool; TOOLS]>>> = Global::new(None);
/// The events that any tool wants anywhere.
static WANTED: Global<u32> = Global::new(0);
/// How often events were restarted: what was disabled before is not any more.
static RESTARTS: Global<u32> = Global::new(0);
/// What a callback returns to have the event no more at this place; what stands for an argument that is not there.
static DISABLE: Global<u64> = Global::new(NULL);
static MISSING: Global<u64> = Global::new(NULL);

/// What tools want to know of one code object.
#[derive(Default)]
pub struct Local {
    events: Cell<[u32; TOOLS]>,
    restarts: Cell<u32>,
    /// Unit, event and tool of what was disabled.
    disabled: RefCell<HashSet<(usize, u8, u8)>>,
}

fn tools() -> &'static mut [Tool; TOOLS] {
    // SAFETY: the GIL is held; callers do not keep the reference across anything that may get here again.
    unsafe { (*STATE.get()).get_or_insert_with(Default::default) }
}

fn marker(place: &Global<u64>) -> Value {
    // SAFETY: the GIL is held; the place is NULL or owns an object.
    unsafe {
        if *place.get() == NULL {
            *place.get() = crate::types::object::new_bare(crate::vm::types().object).into_word();
        }
        Value::clone_word(*place.get())
    }
}

/// `sys.monitoring.DISABLE`.
pub fn disable() -> Value {
    marker(&DISABLE)
}

/// `sys.monitoring.MISSING`.
pub fn missing() -> Value {
    marker(&MISSING)
}

/// Whether any tool wants to know anything.
#[inline]
pub fn is_on() -> bool {
    // SAFETY: the GIL is held.
    unsafe { *WANTED.get() != 0 }
}

/// Whether any tool wants to know of this kind of event, anywhere.
#[inline]
pub fn wants(event: Event) -> bool {
    // SAFETY: the GIL is held.
    unsafe { *WANTED.get() & 1 << event as u32 != 0 }
}

fn changed(more: u32) {
    let global = tools().iter().fold(0, |all, t| all | t.events);
    // SAFETY: the GIL is held. What was wanted of single code objects stays wanted: the masks there decide.
    unsafe {
        let local = &mut *LOCALS.get();
        *local |= more;
        let all = global | *local;
        *WANTED.get() = if all & CALL != 0 { all | C_ENDS } else { all };
    }
    super::trace::watchers_changed();
}

/// Events that were ever wanted of single code objects.
static LOCALS: Global<u32> = Global::new(0);

/// Tells the tools that want to know.
///
/// # Errors
/// What a callback raises.
pub fn fire(event: Event, code: &Code, owner: &Value, unit: usize, args: &[Value]) -> Res<()> {
    if !wants(event) {
        return Ok(());
    }
    let bit = if matches!(event, Event::CReturn | Event::CRaise) { CALL } else { 1 << event as u32 };
    let local = code.monitored.get();
    // SAFETY: the GIL is held.
    let restarts = unsafe { *RESTARTS.get() };
    for tool in (0..TOOLS).rev() {
        let mask = tools()[tool].events | local.map_or(0, |l| l.events.get()[tool]);
        if mask & bit == 0 {
            continue;
        }
        if let Some(l) = local {
            if l.restarts.replace(restarts) != restarts {
                l.disabled.borrow_mut().clear();
            }
            if l.disabled.borrow().contains(&(unit, event as u8, tool as u8)) {
                continue;
            }
        }
        let branch = matches!(event, Event::BranchLeft | Event::BranchRight);
        let own = tools()[tool].callbacks[event as usize].clone();
        let Some(f) = own.or_else(|| branch.then(|| tools()[tool].callbacks[18].clone()).flatten()) else { continue };
        let mut all = vec![owner.clone()];
        if event != Event::Line {
            all.push(Value::usize(2 * unit));
        }
        all.extend_from_slice(args);
        let result = super::trace::quietly(|| call::call(&f, &all, None))?;
        if result.is(&disable()) {
            if event as u32 >= LOCAL {
                tools()[tool].callbacks[event as usize] = None;
                return Err(exc::value_error(format!("Cannot disable {} events. Callback removed.", EVENTS[event as usize])));
            }
            let l = code.monitored.get_or_init(Default::default);
            l.restarts.set(restarts);
            l.disabled.borrow_mut().insert((unit, event as u8, tool as u8));
        }
    }
    Ok(())
}

// --- the module's functions -----------------------------------------------------------------------------------------

fn tool_number(v: &Value) -> Res<usize> {
    let n = crate::protocol::number::as_isize(v)?;
    match usize::try_from(n) {
        Ok(i) if i < TOOLS => Ok(i),
        _ => Err(exc::value_error(format!("invalid tool {n} (must be between 0 and 5)"))),
    }
}

fn used_tool(v: &Value) -> Res<usize> {
    let i = tool_number(v)?;
    if tools()[i].name.is_none() { Err(exc::value_error(format!("tool {i} is not in use"))) } else { Ok(i) }
}

/// `use_tool_id(tool_id, name)`.
pub fn use_tool(tool: &Value, name: &Value) -> Res {
    let i = tool_number(tool)?;
    if !str::is_str(name) {
        return Err(exc::value_error("tool name must be a str"));
    }
    if tools()[i].name.is_some() {
        return Err(exc::value_error(format!("tool {i} is already in use")));
    }
    tools()[i].name = Some(name.clone());
    Ok(Value::NONE)
}

/// `clear_tool_id(tool_id)`, and, with `name` too, `free_tool_id`.
pub fn clear_tool(tool: &Value, name: bool) -> Res {
    let i = tool_number(tool)?;
    let t = &mut tools()[i];
    t.events = 0;
    let callbacks = std::mem::take(&mut t.callbacks);
    let old = if name { t.name.take() } else { None };
    changed(0);
    drop((callbacks, old));
    Ok(Value::NONE)
}

/// `get_tool(tool_id)`.
pub fn tool_name(tool: &Value) -> Res {
    Ok(tools()[tool_number(tool)?].name.clone().unwrap_or(Value::NONE))
}

/// `register_callback(tool_id, event, func)`.
pub fn register(tool: &Value, event: &Value, f: &Value) -> Res {
    let i = tool_number(tool)?;
    let event = crate::protocol::number::as_isize(event)?;
    if event <= 0 || event.count_ones() != 1 {
        return Err(exc::value_error("The callback can only be set for one event at a time"));
    }
    let number = event.trailing_zeros() as usize;
    if number >= EVENTS.len() {
        return Err(exc::value_error(format!("invalid event {event}")));
    }
    let new = (!f.is_none()).then(|| f.clone());
    Ok(std::mem::replace(&mut tools()[i].callbacks[number], new).unwrap_or(Value::NONE))
}

fn event_set(v: &Value, local: bool) -> Res<u32> {
    let n = crate::protocol::number::as_isize(v)?;
    let what = if local { "local event" } else { "event" };
    let invalid = || exc::value_error(format!("invalid {what} set 0x{:x}", n as i32));
    let Ok(mut set) = u32::try_from(n) else { return Err(invalid()) };
    if set >= 1 << EVENTS.len() {
        return Err(invalid());
    }
    if set & C_ENDS != 0 && set & (C_ENDS | CALL) != C_ENDS | CALL {
        return Err(exc::value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    set &= !C_ENDS;
    if set & BRANCH != 0 {
        set = set & !BRANCH | BRANCHES;
    }
    if local && set >= 1 << LOCAL {
        return Err(invalid());
    }
    Ok(set)
}

/// `get_events(tool_id)`.
pub fn events(tool: &Value) -> Res {
    Ok(Value::int(tools()[tool_number(tool)?].events.into()))
}

/// `set_events(tool_id, event_set)`.
pub fn set_events(tool: &Value, set: &Value) -> Res {
    let i = tool_number(tool)?;
    let set = event_set(set, false)?;
    used_tool(&Value::usize(i))?;
    tools()[i].events = set;
    changed(0);
    Ok(Value::NONE)
}

fn code_of(v: &Value) -> Res<&Code> {
    crate::types::code::downcast(v).ok_or_else(|| exc::type_error("code must be a code object"))
}

/// `get_local_events(tool_id, code)`.
pub fn local_events(tool: &Value, code: &Value) -> Res {
    let code = code_of(code)?;
    let i = tool_number(tool)?;
    Ok(Value::int(code.monitored.get().map_or(0, |l| l.events.get()[i]).into()))
}

/// `set_local_events(tool_id, code, event_set)`.
pub fn set_local_events(tool: &Value, code: &Value, set: &Value) -> Res {
    let code = code_of(code)?;
    let i = used_tool(tool)?;
    let set = event_set(set, true)?;
    let l = code.monitored.get_or_init(Default::default);
    let mut all = l.events.get();
    all[i] = set;
    l.events.set(all);
    changed(set);
    Ok(Value::NONE)
}

/// `restart_events()`.
pub fn restart() -> Res {
    // SAFETY: the GIL is held.
    unsafe { *RESTARTS.get() += 1 };
    Ok(Value::NONE)
}

/// `_all_events()`: the tools, as bits, by event.
pub fn all_events() -> Res {
    let d = crate::types::dict::new();
    for (e, name) in EVENTS.iter().enumerate().take(EVENTS.len() - 1) {
        let users = tools().iter().enumerate().filter(|(_, t)| t.events & 1 << e != 0).fold(0, |all, (i, _)| all | 1i64 << i);
        if users != 0 {
            crate::types::dict::set_str(&d, &str::intern(name), Value::int(users));
        }
    }
    Ok(d)
}

/// Visits what this module keeps, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    for tool in tools() {
        tool.name.iter().chain(tool.callbacks.iter().flatten()).for_each(|v| visit(v.word()));
    }
    // SAFETY: the GIL is held.
    unsafe {
        visit(*DISABLE.get());
        visit(*MISSING.get());
    }
}
