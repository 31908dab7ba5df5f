//! What the JIT has done: counts and times for `--jit-stats`.

use crate::abort::Abort;
use crate::builder::TraceKind;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

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
    /// Allocation and selection, of which both make use.
    pub lowering: Duration,
    /// Copying and patching.
    pub stitching: Duration,
    /// Building Cranelift's IR, compiling it, and copying the code into the cache.
    pub cranelift: Duration,
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

    /// Of the compared traces: the median of how many times as long Cranelift takes as the whole copy-and-patch backend, and
    /// as copying and patching alone.
    pub fn ratios(&self) -> Option<(f64, f64)> {
        let median = |ratio: fn(&Compared) -> f64| {
            let mut list: Vec<f64> = self.compared.iter().map(ratio).collect();
            list.sort_by(f64::total_cmp);
            list.get(list.len() / 2).copied()
        };
        Some((
            median(|c| c.cranelift.as_secs_f64() / (c.lowering + c.stitching).as_secs_f64().max(1e-9))?,
            median(|c| c.cranelift.as_secs_f64() / c.stitching.as_secs_f64().max(1e-9))?,
        ))
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
        if let Some((whole, stitching)) = self.ratios() {
            writeln!(
                f,
                "backends     Cranelift takes {whole:.1} times as long as copy and patch with allocation, {stitching:.0} times as long as without \
                 (medians of {} traces)",
                self.compared.len()
            )?;
        }
        Ok(())
    }
}
