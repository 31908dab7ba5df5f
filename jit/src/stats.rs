//! What the JIT has done: counts and times for `--jit-stats`.

use crate::abort::Abort;
use crate::builder::TraceKind;
use crate::ir::snapshot::Resume;
use crate::ir::{Code, Pseudo, Trace};
use crate::opt::applied::Rule;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};
use weft_layout::op::{Effect, MachineOp, Op};

/// A stage of compilation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Passes over the whole trace, peeling included.
    Optimise,
    /// Register allocation and selection.
    Lower,
    /// Copying and patching.
    Stitch,
    /// The reference backend: from lowered ops to code ready to run.
    Cranelift,
    /// The checker, in debug builds.
    Check,
}

/// How long both backends took for one trace, from the optimised IR on.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// Machine ops.
    pub ops: usize,
    /// What the trace itself took: neither backend's code, tables and memory are in the CPU's caches.
    pub first: Times,
    /// The shortest that doing the same again took.
    pub best: Times,
}

/// Times of the stages behind the optimiser.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Allocation and selection, of which both backends make use.
    pub lowering: Duration,
    /// Copying and patching.
    pub stitching: Duration,
    /// Building Cranelift's IR, compiling it, and copying the code into the cache.
    pub cranelift: Duration,
}

impl Times {
    /// Stage by stage, the shorter.
    pub(crate) fn min(self, other: Times) -> Times {
        Times {
            lowering: self.lowering.min(other.lowering),
            stitching: self.stitching.min(other.stitching),
            cranelift: self.cranelift.min(other.cranelift),
        }
    }

    /// How many times as long Cranelift takes as the whole copy-and-patch backend, and as copying and patching alone.
    pub fn ratios(&self) -> (f64, f64) {
        let times = |d: Duration| self.cranelift.as_secs_f64() / d.as_secs_f64().max(1e-9);
        (times(self.lowering + self.stitching), times(self.stitching))
    }
}

/// The statistics.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Traces compiled, by kind: loop, entry, side.
    pub traces: BTreeMap<&'static str, u64>,
    /// Recordings and compilations given up, by reason.
    pub aborts: BTreeMap<String, u64>,
    /// Time spent in each stage.
    pub time: BTreeMap<Stage, Duration>,
    /// IR instructions recorded, after the passes on the way in.
    pub recorded: u64,
    /// IR instructions compiled.
    pub compiled: u64,
    /// Machine ops.
    pub ops: u64,
    /// Bytes of code.
    pub bytes: u64,
    /// Exits that have a side trace.
    pub links: u64,
    /// Traces thrown away because what they relied on changed.
    pub invalidated: u64,
    /// Both backends' times, for each trace, if they were asked for.
    pub compared: Vec<Compared>,
    /// What was done, piece by piece, if it is counted.
    pub pieces: Option<Box<Pieces>>,
}

/// How often each piece of the JIT was in use: what tests have to reach.
#[derive(Clone, Debug)]
pub struct Pieces {
    /// IR instructions compiled, by [`Code::number`].
    ops: Vec<u64>,
    /// Machine ops, by [`Op`].
    machine: Vec<u64>,
    /// Rules of the optimiser, by [`Rule`].
    rules: Vec<u64>,
    /// Exits taken into the interpreter, by what left and where the interpreter went on.
    exits: BTreeMap<(&'static str, Resume), u64>,
}

impl Default for Pieces {
    fn default() -> Self {
        Pieces { ops: vec![0; Code::COUNT], machine: vec![0; Op::ALL.len()], rules: vec![0; Rule::ALL.len()], exits: BTreeMap::new() }
    }
}

impl Pieces {
    /// Counts a compiled trace.
    pub(crate) fn compiled(&mut self, trace: &Trace, ops: &[MachineOp]) {
        trace.insts.iter().for_each(|i| self.ops[i.code.number()] += 1);
        ops.iter().for_each(|op| self.machine[op.op as usize] += 1);
        trace.applied.iter().for_each(|(rule, n)| self.rules[rule as usize] += n as u64);
    }

    /// Counts an exit taken.
    pub(crate) fn exit(&mut self, code: Code, resume: Resume) {
        *self.exits.entry((code.name(), resume)).or_default() += 1;
    }

    /// Everything there is to reach, by group and name: IR ops, machine ops, rules, and exits by guard.
    pub fn groups(&self) -> Vec<(&'static str, BTreeMap<String, u64>)> {
        // Chosen when registers are allocated, these are in no IR.
        let lowered = |op: Op| {
            op.info().effect == Effect::Move
                || matches!(op.info().effect, Effect::Call | Effect::Control)
                    && !matches!(op, Op::Exit | Op::GuardBreaker | Op::GuardNotForced)
                || op.name().starts_with("const_")
                || matches!(op, Op::CellAddress | Op::SetSnapshot | Op::IntRsub | Op::WordAnd)
        };
        let ir = Op::ALL.iter().filter(|op| !lowered(**op)).map(|&op| Code::Op(op)).chain(Pseudo::ALL.iter().map(|&p| Code::Pseudo(p)));
        let ops = ir.map(|c| (c.name().to_owned(), self.ops[c.number()])).collect();
        let machine = Op::ALL.iter().map(|op| (op.name().to_owned(), self.machine[*op as usize])).collect();
        let rules = Rule::ALL.iter().map(|r| (format!("{r:?}"), self.rules[*r as usize])).collect();
        let mut exits: BTreeMap<String, u64> = BTreeMap::new();
        // What leaves by `int_rsub` is an `int_sub` of the IR.
        for op in Op::ALL.iter().filter(|op| op.info().exits && op.info().effect != Effect::Call && **op != Op::IntRsub) {
            let after = op.info().effect == Effect::Refcount || *op == Op::GuardNotForced;
            let usual = if after { Resume::After } else { Resume::At };
            exits.insert(format!("{} {usual:?}", op.name()), 0);
        }
        exits.extend(self.exits.iter().map(|((name, resume), n)| (format!("{name} {resume:?}"), *n)));
        vec![("ops", ops), ("machine", machine), ("rules", rules), ("exits", exits)]
    }
}

impl Stats {
    /// The name a kind is counted under.
    pub fn kind(kind: TraceKind) -> &'static str {
        match kind {
            TraceKind::Loop => "loop",
            TraceKind::Entry => "entry",
            TraceKind::Side { .. } => "side",
        }
    }

    /// Counts a trace given up.
    pub fn abort(&mut self, a: &Abort) {
        *self.aborts.entry(a.name().to_string()).or_default() += 1;
    }

    /// Runs a stage and adds its time.
    pub fn timed<T>(&mut self, stage: Stage, f: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = f();
        self.add(stage, start.elapsed());
        result
    }

    /// Adds time to a stage.
    pub fn add(&mut self, stage: Stage, time: Duration) {
        *self.time.entry(stage).or_default() += time;
    }

    /// Of the compared traces, the medians of [`Times::ratios`].
    fn ratios(&self, times: fn(&Compared) -> &Times) -> Option<(f64, f64)> {
        let median = |ratio: fn((f64, f64)) -> f64| {
            let mut list: Vec<f64> = self.compared.iter().map(|c| ratio(times(c).ratios())).collect();
            list.sort_by(f64::total_cmp);
            list.get(list.len() / 2).copied()
        };
        Some((median(|r| r.0)?, median(|r| r.1)?))
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let list = |m: &BTreeMap<&'static str, u64>| m.iter().map(|(k, n)| format!("{n} {k}")).collect::<Vec<_>>().join(", ");
        writeln!(f, "traces       {}", list(&self.traces))?;
        let aborts: Vec<String> = self.aborts.iter().map(|(k, n)| format!("{n} {k}")).collect();
        writeln!(f, "aborts       {}", aborts.join(", "))?;
        writeln!(f, "instructions {} recorded, {} compiled", self.recorded, self.compiled)?;
        writeln!(f, "code         {} ops, {} bytes", self.ops, self.bytes)?;
        writeln!(f, "side exits   {} linked, {} traces invalidated", self.links, self.invalidated)?;
        for (stage, time) in &self.time {
            writeln!(f, "time         {:<9} {:.1} us", format!("{stage:?}").to_lowercase(), time.as_nanos() as f64 / 1000.0)?;
        }
        for (name, times) in [("first", (|c| &c.first) as fn(&Compared) -> &Times), ("again", |c| &c.best)] {
            if let Some((whole, stitching)) = self.ratios(times) {
                writeln!(
                    f,
                    "{name}        Cranelift takes {whole:.1} times as long as copy and patch with allocation, {stitching:.0} times as \
                     long as without (medians of {} traces)",
                    self.compared.len()
                )?;
            }
        }
        Ok(())
    }
}
