//! Dumps: what each stage made of a trace, for `--jit-dump`.
//!
//! - `trace`: the bytecodes that were recorded;
//! - `ir`: the IR after each pass;
//! - `regs`: the machine ops with registers and spill cells, and the exits' locations;
//! - `asm`: the machine code, with op, bytecode and source line, stencil by stencil.
//!
//! What a bytecode or a source line is only the VM knows: it says so through [`Names`].

use crate::abort::Abort;
use crate::builder::TraceKind;
use crate::helper::Helpers;
use crate::ir::text::Printer;
use crate::ir::{Origin, Trace, text};
use crate::lower::{self, Lowered};
use crate::store::TraceId;
use std::fmt::Write;
use weft_layout::op::MachineOp;
use weft_stencils::disassemble::disassemble;
use weft_stencils::{Arch, Table};

/// What the VM knows of origins.
pub trait Names {
    /// The bytecode at an origin: offset, name, operand.
    fn bytecode(&self, origin: &Origin) -> String;
    /// The source line it belongs to, as `file:line: text`.
    fn source(&self, origin: &Origin) -> Option<String>;
}

/// Names for when there is no VM: bare offsets.
pub struct NoNames;

impl Names for NoNames {
    fn bytecode(&self, origin: &Origin) -> String {
        format!("{:#x}+{}", origin.code, origin.offset)
    }

    fn source(&self, _: &Origin) -> Option<String> {
        None
    }
}

/// Which stages are dumped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stages {
    /// The recorded bytecodes.
    pub trace: bool,
    /// The IR after each pass.
    pub ir: bool,
    /// The machine ops.
    pub regs: bool,
    /// The machine code.
    pub asm: bool,
    /// The machine code's CPU, if it is not this one: unpatched stencils.
    pub arch: Option<Arch>,
}

impl Stages {
    /// Everything.
    pub const ALL: Stages = Stages { trace: true, ir: true, regs: true, asm: true, arch: None };

    /// The stages of a list like `ir,asm`; `all` is all of them, and the name of a CPU chooses that for `asm`.
    pub fn parse(list: &str) -> Result<Stages, String> {
        let mut s = Stages::default();
        for word in list.split(',').filter(|w| !w.is_empty()) {
            match word {
                "trace" => s.trace = true,
                "ir" => s.ir = true,
                "regs" => s.regs = true,
                "asm" => s.asm = true,
                "x86_64" => s.arch = Some(Arch::X86_64),
                "aarch64" => s.arch = Some(Arch::Aarch64),
                "all" => s = Stages { arch: s.arch, ..Stages::ALL },
                _ => {
                    return Err(format!("unknown dump {word}; there are trace, ir, regs, asm, all, x86_64, aarch64"));
                }
            }
        }
        Ok(s)
    }
}

/// Where dumps go.
pub struct Dump {
    /// Which there are.
    pub stages: Stages,
    /// Takes the text.
    pub out: Box<dyn FnMut(&str)>,
    /// Names origins.
    pub names: Box<dyn Names>,
}

impl Dump {
    fn section(&mut self, title: &str, text: &str) {
        (self.out)(&format!("-- {title}\n{text}"));
    }

    pub(crate) fn begin(&mut self, id: TraceId, kind: TraceKind, trace: &Trace) {
        (self.out)(&heading(id, kind));
        if self.stages.trace {
            let s = bytecodes(trace, &*self.names);
            self.section("trace", &s);
        }
    }

    pub(crate) fn abort(&mut self, a: &Abort) {
        (self.out)(&format!("-- given up: {a}\n"));
    }

    pub(crate) fn ir(&mut self, stage: &str, trace: &Trace, helpers: &Helpers) {
        if self.stages.ir {
            let s = text::print(trace, helpers);
            self.section(&format!("ir: {stage}"), &s);
        }
    }

    pub(crate) fn regs(&mut self, lowered: &Lowered) {
        if self.stages.regs {
            self.section("regs", &lower::text::print(lowered));
        }
    }

    pub(crate) fn asm(
        &mut self,
        trace: &Trace,
        lowered: &Lowered,
        code: &weft_codecache::Trace,
        bytes: &[u8],
        pieces: &[(u32, Option<u32>)],
        helpers: &Helpers,
    ) {
        if self.stages.asm {
            let s = match self.stages.arch {
                Some(arch) if Some(arch) != Arch::HOST => stencils(trace, lowered, arch, helpers, &*self.names),
                _ => assembly(trace, lowered, code, bytes, pieces, helpers, &*self.names),
            };
            self.section("asm", &s);
        }
    }
}

/// The line a trace's dump begins with.
pub fn heading(id: TraceId, kind: TraceKind) -> String {
    let kind = match kind {
        TraceKind::Loop => "loop".to_string(),
        TraceKind::Entry => "entry".to_string(),
        TraceKind::Side { parent, exit } => format!("side of {parent}, exit {exit}"),
    };
    format!("== trace {id}: {kind}\n")
}

/// The bytecodes that were recorded, with their source lines; those of inlined calls are indented.
pub fn bytecodes(trace: &Trace, names: &dyn Names) -> String {
    let mut s = String::new();
    let mut line = None;
    for origin in trace.origins.iter().skip(1) {
        let source = names.source(origin);
        if source != line {
            writeln!(s, "; {}", source.as_deref().unwrap_or("?")).unwrap();
            line = source;
        }
        writeln!(s, "{:w$}{}", "", names.bytecode(origin), w = 2 + 2 * origin.depth as usize).unwrap();
    }
    s
}

/// Writes a heading where the bytecode or source line changes, and the IR instruction where that does.
struct Annotator<'a> {
    trace: &'a Trace,
    lowered: &'a Lowered,
    printer: Printer<'a>,
    names: &'a dyn Names,
    origin: u16,
    from: Option<u32>,
    line: Option<String>,
}

impl Annotator<'_> {
    fn before(&mut self, s: &mut String, op: usize) {
        let from = self.lowered.from[op];
        if self.from != Some(from) {
            self.from = Some(from);
            let inst = &self.trace.insts[from as usize];
            if inst.origin != self.origin && inst.origin != 0 {
                self.origin = inst.origin;
                let origin = &self.trace.origins[inst.origin as usize];
                let source = self.names.source(origin);
                if source != self.line {
                    writeln!(s, "; {}", source.as_deref().unwrap_or("?")).unwrap();
                    self.line = source;
                }
                writeln!(s, ";   {}", self.names.bytecode(origin)).unwrap();
            }
            if !inst.is_nop() {
                writeln!(s, ";     {}", self.printer.inst(from as usize)).unwrap();
            }
        }
        writeln!(s, ";       {}", lower::text::op(&self.lowered.ops[op])).unwrap();
    }
}

fn annotator<'a>(trace: &'a Trace, lowered: &'a Lowered, helpers: &'a Helpers, names: &'a dyn Names) -> Annotator<'a> {
    let printer = Printer::new(trace, helpers);
    Annotator { trace, lowered, printer, names, origin: 0, from: None, line: None }
}

/// The code of a trace, with the op, bytecode and source line that each stencil is for. `bytes` is all of its code, `pieces`
/// says for which op each part of it is, if it was not stitched ([`crate::reference::Compiled::pieces`]).
pub fn assembly(
    trace: &Trace,
    lowered: &Lowered,
    code: &weft_codecache::Trace,
    bytes: &[u8],
    pieces: &[(u32, Option<u32>)],
    helpers: &Helpers,
    names: &dyn Names,
) -> String {
    let Some(arch) = Arch::HOST else {
        return String::new();
    };
    let mut s = String::new();
    let base = code.range.start;
    let part = |s: &mut String, from: usize, to: usize| {
        let address = code.entry + (from - base) as u64;
        for line in disassemble(arch, &bytes[from - base..to - base], address) {
            writeln!(s, "{:#x}  {}", address + line.at as u64, line.text).unwrap();
        }
    };
    let mut a = annotator(trace, lowered, helpers, names);
    let ends = pieces.iter().skip(1).map(|p| p.0 as usize).chain([bytes.len()]);
    for (&(start, op), end) in pieces.iter().zip(ends) {
        if let Some(op) = op {
            a.before(&mut s, op as usize);
        }
        part(&mut s, base + start as usize, base + end);
    }
    let table = Table::of(arch);
    for (i, op) in code.ops.iter().enumerate() {
        a.before(&mut s, i);
        let hot = table.stencil(&lowered.ops[i]).hot as usize;
        part(&mut s, op.hot as usize, op.hot as usize + hot);
    }
    for (i, op) in code.ops.iter().enumerate() {
        let cold = table.stencil(&lowered.ops[i]).cold as usize;
        if cold > 0 {
            writeln!(s, "; cold part of {}", lower::text::op(&lowered.ops[i])).unwrap();
            part(&mut s, op.cold as usize, op.cold as usize + cold);
        }
    }
    for (i, site) in lowered.sites.iter().enumerate() {
        let locs: Vec<String> = site.locs.iter().map(|&l| lower::text::loc(l)).collect();
        let inst = Printer::new(trace, helpers).inst(site.inst as usize);
        writeln!(s, "; exit {i}: {inst}; {}", locs.join(", ")).unwrap();
    }
    s
}

/// The stencils of a trace for any CPU, unpatched.
pub fn stencils(trace: &Trace, lowered: &Lowered, arch: Arch, helpers: &Helpers, names: &dyn Names) -> String {
    let table = Table::of(arch);
    let mut s = String::new();
    let mut a = annotator(trace, lowered, helpers, names);
    let mut cold = String::new();
    for (i, op) in lowered.ops.iter().enumerate() {
        a.before(&mut s, i);
        let (hot_text, cold_text) = stencil(&table, arch, op);
        s.push_str(&hot_text);
        if !cold_text.is_empty() {
            writeln!(cold, "; cold part of {}", lower::text::op(op)).unwrap();
            cold.push_str(&cold_text);
        }
    }
    s + &cold
}

fn stencil(table: &Table, arch: Arch, op: &MachineOp) -> (String, String) {
    let stencil = table.stencil(op);
    let (hot, cold) = table.code(stencil).split_at(stencil.hot as usize);
    let (hot_holes, cold_holes) = table.holes(stencil).split_at(stencil.hot_holes as usize);
    let lines = |code: &[u8], holes: &[weft_layout::stencil::Hole]| {
        let mut s = String::new();
        for line in disassemble(arch, code, 0) {
            let inside = holes.iter().filter(|h| (line.at..line.at + line.len).contains(&(h.at as usize)));
            let what: Vec<String> = inside.map(|h| format!("{:?}", h.what).to_lowercase()).collect();
            let note = if what.is_empty() { String::new() } else { format!("   ; {}", what.join(", ")) };
            writeln!(s, "    {}{note}", line.text).unwrap();
        }
        s
    };
    (lines(hot, hot_holes), lines(cold, cold_holes))
}
