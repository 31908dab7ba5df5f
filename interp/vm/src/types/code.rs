//! `code`: code objects, and what the eval loop keeps with them.
//!
//! The code units are CPython 3.14's and are quickened in place; `co_code` shows them as the compiler made them.
//!
//! A code object may be *deferred*: what it consists of is read when it is first asked for. Of the library's functions a
//! program calls few, but every import makes all of its module's.

use crate::class::build::TypeSpec;
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, flag};
use crate::types::str;
use crate::value::{Payload, Value, new_object};
use crate::vm::types;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell, UnsafeCell};
use weft_compiler::code::{co_flags, local_kind};
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::Word;

pub use super::code_making::{constant, new, parts};
pub use super::code_stored::{self as stored, Source};

/// The source range of an instruction, as `co_positions` gives it; -1 stands for None.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Position {
    pub line: i32,
    pub end_line: i32,
    pub col: i32,
    pub end_col: i32,
}

/// One entry of the exception table, in code units.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// First unit covered.
    pub start: u32,
    /// The unit after the last one covered.
    pub end: u32,
    /// Where to go.
    pub target: u32,
    /// Depth to which the value stack is cut first.
    pub depth: u32,
    /// Whether the index of the raising instruction is pushed before the exception.
    pub lasti: bool,
}

/// A place where a trace begins.
#[derive(Clone, Copy, Debug)]
pub struct Executor {
    /// The unit that ENTER_EXECUTOR displaced.
    pub unit: u16,
    /// The trace's number.
    pub trace: u32,
    /// The index of the unit.
    pub at: u32,
    /// The trace goes on behind a yield whose value a native function takes ([`crate::eval::gather`]): for another resumer of
    /// the generator it is no use.
    pub gathers: bool,
}

/// What a code object is made from, and what says what it is.
pub struct Parts {
    /// As the compiler made them at first; quickened in place while the code runs.
    pub units: UnsafeCell<Box<[u16]>>,
    /// `co_consts`.
    pub consts: Box<[Value]>,
    /// `co_names`, interned.
    pub names: Box<[Value]>,
    /// Names of fast locals, cells and free variables, interned.
    pub localsplusnames: Box<[Value]>,
    /// Their kinds ([`local_kind`]).
    pub localspluskinds: Cow<'static, [u8]>,
    /// `co_flags`.
    pub flags: u32,
    /// `co_argcount`.
    pub argcount: u32,
    /// `co_posonlyargcount`.
    pub posonlyargcount: u32,
    /// `co_kwonlyargcount`.
    pub kwonlyargcount: u32,
    /// `co_stacksize`.
    pub stacksize: u32,
    /// `co_firstlineno`.
    pub firstlineno: i32,
    /// `co_filename`.
    pub filename: Value,
    /// `co_name`.
    pub name: Value,
    /// `co_qualname`.
    pub qualname: Value,
    /// `co_linetable`.
    pub linetable: Cow<'static, [u8]>,
    /// `co_exceptiontable`.
    pub exceptiontable: Cow<'static, [u8]>,
}

/// The payload.
pub struct CodeObject {
    contents: OnceCell<Box<Code>>,
    /// Where the contents come from, until they are read.
    deferred: UnsafeCell<Option<Deferred>>,
}

/// How the contents of a code object are found when they are needed.
pub struct Deferred {
    /// Reads them.
    pub reader: &'static Reader,
    /// The code object as it was stored.
    pub source: Source,
    /// `co_filename`, which is not stored.
    pub filename: Value,
}

/// Reads what is stored of a code object.
pub struct Reader {
    /// All of it.
    pub parts: fn(source: &Source, filename: &Value) -> Parts,
    /// What functions show of themselves.
    pub head: fn(source: &Source) -> Head,
}

/// What a function shows of its code: decorators look at it without calling the function.
pub struct Head {
    /// `co_name`.
    pub name: Value,
    /// `co_qualname`.
    pub qualname: Value,
    /// The doc string.
    pub doc: Option<Value>,
}

/// What a code object consists of: its parts, what follows from them, and what is learnt while the code runs.
pub struct Code {
    /// What it was made from.
    pub parts: Parts,
    /// Words a frame needs, header included.
    pub frame_words: u32,
    /// Whether calls with exactly `argcount` positional arguments need no further binding.
    pub simple: bool,
    /// `argcount` if `simple`, else a number that no call has.
    pub exact_args: u32,
    /// Whether calling it makes a generator, coroutine or asynchronous generator.
    pub generator: bool,
    /// Whether that is the first thing that happens: it has no cells to make before.
    pub suspends_at_once: bool,
    handlers: OnceCell<Box<[Handler]>>,
    /// Where lines begin, for trace functions.
    pub trace_lines: OnceCell<Box<crate::eval::trace::Lines>>,
    /// What tools of `sys.monitoring` want to know of this code.
    pub monitored: OnceCell<Box<crate::eval::monitor::Local>>,
    /// Whether trace functions of frames that ask for it are told of each instruction.
    pub shows_opcodes: Cell<bool>,
    /// Calls so far, for warming up.
    pub calls: Cell<u32>,
    /// Where traces begin, by the operand of ENTER_EXECUTOR.
    pub executors: UnsafeCell<Vec<Executor>>,
    /// Where the trace of its entry begins, if that is at its first instruction; else 0. Traces that call it look here.
    pub entry_code: Cell<u64>,
    /// Traces call it, so that its entry is worth a trace however short.
    pub called_by_traces: Cell<bool>,
    /// Calls of this code are not made part of traces: it has loops with traces of their own.
    pub no_inlining: Cell<bool>,
    /// Inline caches that do not fit the code units.
    pub side_caches: UnsafeCell<Vec<crate::eval::cache::SideCache>>,
    /// What each instruction should find on the value stack, once it has been asked for.
    #[cfg(debug_assertions)]
    pub stacks: OnceCell<Option<crate::eval::check::Stacks>>,
}

impl std::ops::Deref for Code {
    type Target = Parts;
    #[inline(always)]
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

// SAFETY: instances of code hold a CodeObject.
unsafe impl Payload for CodeObject {
    fn class() -> &'static crate::class::Type {
        types().code
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        if let Some(deferred) = self.deferred() {
            visit(deferred.filename.word());
            deferred.source.trace(visit);
        }
        let Some(c) = self.contents.get() else { return };
        for v in c.consts.iter().chain(c.names.iter()).chain(c.localsplusnames.iter()) {
            visit(v.word());
        }
        for v in [&c.filename, &c.name, &c.qualname] {
            visit(v.word());
        }
    }
}

/// A code object from its parts, which the compiler has made.
pub fn from_parts(parts: Parts) -> Value {
    new_object(CodeObject { contents: OnceCell::from(contents(parts)), deferred: UnsafeCell::new(None) })
}

/// A code object whose parts the compiler has made, but which are read only when someone asks for them.
pub fn deferred(deferred: Deferred) -> Value {
    new_object(CodeObject { contents: OnceCell::new(), deferred: UnsafeCell::new(Some(deferred)) })
}

impl CodeObject {
    /// What the object consists of, if that has been read.
    #[inline(always)]
    pub fn if_read(&self) -> Option<&Code> {
        self.contents.get().map(|c| &**c)
    }

    fn deferred(&self) -> Option<&Deferred> {
        // SAFETY: the GIL is held, and it is changed only by `read`, when nobody looks at it.
        unsafe { (*self.deferred.get()).as_ref() }
    }

    #[cold]
    fn read(&self) -> &Code {
        let Deferred { reader, source, filename } = self.deferred().expect("a code object without contents is deferred");
        let parts = (reader.parts)(source, filename);
        let code = self.contents.get_or_init(|| contents(parts));
        // SAFETY: the references above are not used any more; what is dropped are texts, bytes and tuples of them, which run nothing.
        unsafe { *self.deferred.get() = None };
        code
    }

    /// `co_name`.
    pub fn name(&self) -> Value {
        self.if_read().map_or_else(|| self.head().name, |c| c.name.clone())
    }

    /// `co_qualname`.
    pub fn qualname(&self) -> Value {
        self.if_read().map_or_else(|| self.head().qualname, |c| c.qualname.clone())
    }

    /// What functions show of the code.
    pub fn head(&self) -> Head {
        match self.deferred() {
            Some(deferred) => (deferred.reader.head)(&deferred.source),
            None => {
                let c = self.if_read().expect("a code object is deferred or read");
                let doc = if c.flags & co_flags::HAS_DOCSTRING != 0 { c.consts.first().cloned() } else { None };
                Head { name: c.name.clone(), qualname: c.qualname.clone(), doc }
            }
        }
    }
}

fn contents(mut parts: Parts) -> Box<Code> {
    crate::eval::cache::warm_up(parts.units.get_mut());
    let suspends_at_once = parts.units.get_mut().first().is_some_and(|&unit| unit as u8 == op::RETURN_GENERATOR);
    let simple = parts.kwonlyargcount == 0 && parts.flags & (co_flags::VARARGS | co_flags::VARKEYWORDS) == 0;
    Box::new(Code {
        frame_words: (crate::frame::HEADER_WORDS + parts.localsplusnames.len() + parts.stacksize as usize) as u32,
        simple,
        exact_args: if simple { parts.argcount } else { u32::MAX },
        generator: parts.flags & (co_flags::GENERATOR | co_flags::COROUTINE | co_flags::ASYNC_GENERATOR) != 0,
        suspends_at_once,
        parts,
        handlers: OnceCell::new(),
        trace_lines: OnceCell::new(),
        monitored: OnceCell::new(),
        shows_opcodes: Cell::new(false),
        calls: Cell::new(0),
        executors: UnsafeCell::default(),
        entry_code: Cell::new(0),
        called_by_traces: Cell::new(false),
        no_inlining: Cell::new(false),
        side_caches: UnsafeCell::new(Vec::new()),
        #[cfg(debug_assertions)]
        stacks: OnceCell::new(),
    })
}

impl Code {
    /// Fast locals, cells and free variables.
    #[inline(always)]
    pub fn nlocalsplus(&self) -> usize {
        self.localsplusnames.len()
    }

    /// The first code unit. Units are quickened in place while the code runs.
    #[inline(always)]
    pub fn units(&self) -> *mut u16 {
        // SAFETY: only the address is taken.
        unsafe { (*self.units.get()).as_mut_ptr() }
    }

    /// Number of code units.
    pub fn unit_count(&self) -> usize {
        // SAFETY: the length never changes.
        unsafe { (&*self.units.get()).len() }
    }

    /// The index of the unit `ip` points to.
    #[inline]
    pub fn index_of(&self, ip: *const u16) -> usize {
        (ip as usize - self.units() as usize) / 2
    }

    /// Parameters, `*args` and `**kwargs` included.
    pub fn total_args(&self) -> usize {
        (self.argcount + self.kwonlyargcount) as usize
            + (self.flags & co_flags::VARARGS != 0) as usize
            + (self.flags & co_flags::VARKEYWORDS != 0) as usize
    }

    /// Fast locals proper.
    pub fn nlocals(&self) -> usize {
        self.localspluskinds.iter().filter(|&&k| k & local_kind::LOCAL != 0).count()
    }

    /// Index of the first free variable.
    pub fn first_free(&self) -> usize {
        self.nlocalsplus() - self.free_count()
    }

    /// Number of free variables.
    pub fn free_count(&self) -> usize {
        self.localspluskinds.iter().filter(|&&k| k & local_kind::FREE != 0).count()
    }

    /// The names with any of the given kinds.
    pub fn names_of_kind(&self, kinds: u8) -> Vec<Value> {
        self.localsplusnames.iter().zip(self.localspluskinds.iter()).filter(|(_, k)| **k & kinds != 0).map(|(n, _)| n.clone()).collect()
    }

    /// The units as the compiler made them: no specialised opcodes, caches zero.
    pub fn original_units(&self) -> Vec<u16> {
        // SAFETY: the GIL is held, and nothing quickens during the copy.
        let units = unsafe { &*self.units.get() };
        let mut out = Vec::with_capacity(units.len());
        let mut i = 0;
        while i < units.len() {
            let unit = crate::eval::original_unit(self, i, units[i]);
            out.push(unit);
            let caches = OPCODES[(unit & 0xff) as usize].caches as usize;
            out.extend(std::iter::repeat_n(0, caches));
            i += 1 + caches;
        }
        out
    }

    /// The exception handlers, innermost last for a unit that several cover.
    pub fn handlers(&self) -> &[Handler] {
        self.handlers.get_or_init(|| parse_handlers(&self.exceptiontable).into())
    }

    /// The handler that covers the unit.
    pub fn handler_for(&self, unit: usize) -> Option<Handler> {
        let unit = unit as u32;
        self.handlers().iter().find(|h| h.start <= unit && unit < h.end).copied()
    }

    /// The line of the instruction at `ip`.
    pub fn line_at(&self, ip: *const u16) -> Option<i32> {
        let p = self.position(self.index_of(ip));
        (p.line >= 0).then_some(p.line)
    }

    /// The source range of the instruction at a unit.
    pub fn position(&self, unit: usize) -> Position {
        let mut found = Position { line: -1, end_line: -1, col: -1, end_col: -1 };
        for (start, end, p) in Locations::new(&self.linetable, self.firstlineno) {
            if start <= unit && unit < end {
                found = p;
                break;
            }
        }
        found
    }

    /// The location table's entries: first unit, unit after the last, position.
    pub fn locations(&self) -> impl Iterator<Item = (usize, usize, Position)> + '_ {
        Locations::new(&self.linetable, self.firstlineno)
    }
}

fn parse_handlers(table: &[u8]) -> Vec<Handler> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut varint = || -> Option<u32> {
        let mut b = *table.get(at)?;
        at += 1;
        let mut n = u32::from(b & 63);
        while b & 64 != 0 {
            b = *table.get(at)?;
            at += 1;
            n = n << 6 | u32::from(b & 63);
        }
        Some(n)
    };
    while let Some(start) = varint() {
        let (Some(len), Some(target), Some(dl)) = (varint(), varint(), varint()) else { break };
        out.push(Handler { start, end: start + len, target, depth: dl >> 1, lasti: dl & 1 != 0 });
    }
    out
}

/// Decodes a location table (CPython's InternalDocs/code_objects.md).
struct Locations<'a> {
    table: &'a [u8],
    at: usize,
    line: i32,
    unit: usize,
}

impl<'a> Locations<'a> {
    fn new(table: &'a [u8], firstlineno: i32) -> Locations<'a> {
        Locations { table, at: 0, line: firstlineno, unit: 0 }
    }

    fn byte(&mut self) -> u8 {
        let b = self.table.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        b
    }

    fn varint(&mut self) -> i32 {
        let mut b = self.byte();
        let mut n = i64::from(b & 63);
        let mut shift = 0;
        while b & 64 != 0 && shift < 30 {
            b = self.byte();
            shift += 6;
            n |= i64::from(b & 63) << shift;
        }
        n as i32
    }

    fn signed(&mut self) -> i32 {
        let n = self.varint();
        if n & 1 != 0 { -(n >> 1) } else { n >> 1 }
    }
}

impl Iterator for Locations<'_> {
    type Item = (usize, usize, Position);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.table.len() {
            return None;
        }
        let first = self.byte();
        let (kind, len) = (first >> 3 & 15, (first & 7) as usize + 1);
        let start = self.unit;
        self.unit += len;
        let p = match kind {
            15 => Position { line: -1, end_line: -1, col: -1, end_col: -1 },
            14 => {
                self.line = self.line.wrapping_add(self.signed());
                let line = self.line;
                let end_line = line.wrapping_add(self.varint());
                let col = self.varint() - 1;
                let end_col = self.varint() - 1;
                Position { line, end_line, col, end_col }
            }
            13 => {
                self.line = self.line.wrapping_add(self.signed());
                Position { line: self.line, end_line: self.line, col: -1, end_col: -1 }
            }
            10..=12 => {
                self.line = self.line.wrapping_add(i32::from(kind) - 10);
                let col = i32::from(self.byte());
                let end_col = i32::from(self.byte());
                Position { line: self.line, end_line: self.line, col, end_col }
            }
            _ => {
                let second = self.byte();
                let col = i32::from(kind) << 3 | i32::from(second >> 4);
                Position { line: self.line, end_line: self.line, col, end_col: col + i32::from(second & 15) }
            }
        };
        Some((start, self.unit, p))
    }
}

/// The payload of a code object.
#[inline(always)]
pub fn object(v: &Value) -> &CodeObject {
    // SAFETY: callers pass instances of the class.
    unsafe { v.payload() }
}

/// What a code object consists of.
#[inline]
pub fn this(v: &Value) -> &Code {
    let object = object(v);
    match object.if_read() {
        Some(c) => c,
        None => object.read(),
    }
}

/// What a value consists of if it is a code object.
pub fn downcast(v: &Value) -> Option<&Code> {
    v.is_instance(types().code).then(|| this(v))
}

/// Whether two code objects are equal: everything but the filename.
fn same(a: &Code, b: &Code) -> crate::value::Res<bool> {
    let plain = a.argcount == b.argcount
        && a.posonlyargcount == b.posonlyargcount
        && a.kwonlyargcount == b.kwonlyargcount
        && a.flags == b.flags
        && a.firstlineno == b.firstlineno
        && a.original_units() == b.original_units()
        && a.linetable == b.linetable
        && a.exceptiontable == b.exceptiontable
        && a.localspluskinds == b.localspluskinds
        && str::equal(&a.name, &b.name)
        && a.consts.len() == b.consts.len()
        && a.names.len() == b.names.len()
        && a.localsplusnames.len() == b.localsplusnames.len();
    if !plain {
        return Ok(false);
    }
    let names = |x: &[Value], y: &[Value]| x.iter().zip(y).all(|(p, q)| str::equal(p, q));
    if !names(&a.names, &b.names) || !names(&a.localsplusnames, &b.localsplusnames) {
        return Ok(false);
    }
    for (x, y) in a.consts.iter().zip(b.consts.iter()) {
        if !std::ptr::eq(x.class(), y.class()) || !crate::protocol::equal(x, y)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `code`. Attributes and methods are in [`crate::types::code_attrs`].
pub static SPEC: TypeSpec = TypeSpec {
    name: "code",
    doc: "code(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags,\n     codestring, constants, names, varnames, filename, name, qualname,\n     firstlineno, linetable, exceptiontable, freevars=(), cellvars=(), /)\n--\n\nCreate a code object.  Not for mere mortals.",
    payload: PayloadOps::of::<CodeObject>(),
    flags: flag::IMMUTABLE,
    slots: Slots {
        repr: Some(|v| {
            let c = this(v);
            Ok(str::from_string(format!(
                "<code object {} at {:#x}, file \"{}\", line {}>",
                str::display(&c.name),
                v.id(),
                str::display(&c.filename),
                if c.firstlineno != 0 { c.firstlineno } else { -1 }
            )))
        }),
        compare: Some(|a, b, op| {
            let (Some(x), Some(y)) = (downcast(a), downcast(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
            match op {
                CompareOp::Eq => same(x, y).map(Value::bool),
                CompareOp::Ne => same(x, y).map(|s| Value::bool(!s)),
                _ => Ok(Value::NOT_IMPLEMENTED),
            }
        }),
        hash: Some(|v| {
            let c = this(v);
            let mut h = str::hash(&c.name) ^ i64::from(c.firstlineno) ^ i64::from(c.argcount) << 8;
            for n in [c.posonlyargcount, c.kwonlyargcount, c.flags] {
                h = h.wrapping_mul(1_000_003) ^ i64::from(n);
            }
            for u in c.original_units() {
                h = h.wrapping_mul(1_000_003) ^ i64::from(u);
            }
            Ok(if h == -1 { -2 } else { h })
        }),
        new: Some(crate::types::code_attrs::new),
        ..Slots::NONE
    },
    methods: crate::types::code_attrs::METHODS,
    getsets: crate::types::code_attrs::GETSETS,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
