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
    /// The checker, in debug builds.
    Check,
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
        *self.time.entry(stage).or_default() += start.elapsed();
        result
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
        Ok(())
    }
}
