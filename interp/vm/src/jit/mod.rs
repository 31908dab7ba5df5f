//! The VM's side of the JIT: when to record, the recorder, entering compiled code and coming back from it.
//!
//! `weft-jit` knows traces, this folder knows Python. [`hot`] counts loops and calls and puts ENTER_EXECUTOR where a
//! trace begins; [`record`] follows the interpreter and tells the trace builder what happens; [`enter`] runs a
//! trace and rebuilds the interpreter's frames when it leaves; [`helpers`] is what compiled code calls; [`watch`] throws
//! traces away when something they rely on changes; [`objects`] makes what traces kept virtual; [`natives`] and [`raising`] are
//! more helpers, for native functions and for exceptions; [`names`] explains code and offsets to the dumps.
//!
//! Everything here runs under the GIL.

pub mod coverage;
pub mod enter;
mod gdb;
pub mod helpers;
pub mod hot;
pub mod inspect;
mod names;
mod natives;
mod objects;
mod perf;
mod raising;
pub mod record;
mod residual_call;
pub mod watch;

use crate::eval;
use crate::global::Global;
use crate::heap::shape;
use crate::types::code::Code;
use crate::types::str;
use crate::value::Value;
use record::Recorder;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::rc::Rc;
use weft_codecache::{CodeCopy, Runtime};
pub use weft_jit::Backend;
use weft_jit::dump::{Dump, Stages};
use weft_jit::opt::emit::Environment;
pub use weft_jit::planted::plant;
use weft_jit::stats::Pieces;
use weft_jit::{Abort, Config, Jit, Pass, Passes, Stats, TraceId};

/// How the JIT is set up, from the command line.
#[derive(Clone, Debug)]
pub struct Options {
    /// Iterations of a loop after which it is recorded.
    pub loop_threshold: u32,
    /// Calls of a function after which it is recorded.
    pub entry_threshold: u32,
    /// Times an exit is taken before a side trace is recorded from it.
    pub exit_threshold: u32,
    /// Records at once, keeps the code cache tiny, and leaves compiled code at random places, which this number chooses.
    pub stress: Option<u64>,
    /// Bytes of code cache, if not the default.
    pub cache_size: Option<usize>,
    /// The optimiser's passes.
    pub passes: Passes,
    /// Whether the IR is checked between passes, as it always is in debug builds.
    pub check: bool,
    /// What makes machine code of traces.
    pub backend: Backend,
    /// What is dumped.
    pub dump: Option<Stages>,
    /// The folder that dumps go to, a file for each trace; otherwise stderr.
    pub dump_to: Option<std::path::PathBuf>,
    /// Whether profilers are told of compiled code.
    pub perf: bool,
    /// Whether debuggers are.
    pub gdb: bool,
    /// Whether statistics are printed at the end.
    pub stats: bool,
    /// Those statistics are for programs: how often each op, rule and kind of exit was in use, as JSON.
    pub stats_json: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            loop_threshold: 400,
            entry_threshold: 800,
            exit_threshold: 40,
            stress: None,
            cache_size: None,
            passes: Passes::all(),
            check: false,
            backend: Backend::CopyAndPatch,
            dump: None,
            dump_to: None,
            perf: false,
            gdb: false,
            stats: false,
            stats_json: false,
        }
    }
}

impl Options {
    /// Switches off a pass of the optimiser. `Err` names the passes there are.
    pub fn disable(&mut self, pass: &str) -> Result<(), String> {
        match Pass::ALL.iter().find(|p| p.name() == pass) {
            Some(p) => {
                self.passes = self.passes.without(*p);
                Ok(())
            }
            None => {
                let all: Vec<&str> = Pass::ALL.iter().map(|p| p.name()).collect();
                Err(format!("there is no pass {pass}; there are {}", all.join(", ")))
            }
        }
    }
}

/// The JIT of the VM.
pub(crate) struct State {
    pub jit: Jit,
    pub options: Options,
    /// The recording under way.
    pub recorder: Option<Box<Recorder>>,
    /// What live traces refer to.
    pub pins: HashMap<TraceId, Vec<Value>>,
    /// Where traces begin.
    pub sites: hot::Sites,
    /// How often something was relied on in vain.
    pub broken: HashMap<u64, u32>,
    /// The keys of names that traces rely on, by the dict they are in.
    pub dict_names: HashMap<u64, Vec<u64>>,
    /// Traces that end where an exception did: they are to be gone on from.
    pub open_ends: HashSet<TraceId>,
    /// Recordings given up, by the number of the exit they began at.
    pub side_failures: HashMap<u32, u32>,
    /// How often recordings were given up, by reason and place, if statistics are wanted.
    pub aborts: HashMap<(String, String), u64>,
    /// Numbers for stress mode.
    pub random: u64,
    /// Exits taken.
    pub exits: u64,
    /// Entries into compiled code from the interpreter.
    pub entries: u64,
}

static STATE: Global<Option<Box<State>>> = Global::new(None);

/// The state, if the JIT is on.
#[inline]
pub(crate) fn state() -> Option<&'static mut State> {
    // SAFETY: the GIL is held; callers do not keep the reference across anything that may get here again.
    unsafe { (*STATE.get()).as_deref_mut() }
}

/// Whether the JIT is on.
#[inline(always)]
pub fn is_on() -> bool {
    // SAFETY: the GIL is held.
    unsafe { (*STATE.get()).is_some() }
}

/// A copy of the compiled code, if there is any: what [`adopt_code`] needs in the child of a fork.
///
/// # Errors
/// If there is no memory for it.
pub(crate) fn copy_code() -> Result<Option<CodeCopy>, weft_codecache::Error> {
    state().map(|s| s.jit.copy_code()).transpose()
}

/// Makes a copy of the compiled code this process's own.
pub(crate) fn adopt_code(copy: CodeCopy) {
    if let Some(s) = state() {
        s.jit.adopt_code(copy);
    }
}

/// Whether compiled code can run on this machine.
pub fn is_available() -> bool {
    weft_stencils::Arch::HOST.is_some() && cfg!(target_os = "linux")
}

fn shape_is_fixed(id: u32) -> bool {
    shape::flags(id) & shape::flag::HAS_ATTRS == 0 && {
        // SAFETY: the shape was seen on a live object, whose class the trace keeps.
        let class = unsafe { shape::class_of(id) };
        !class.has(crate::class::flag::HEAPTYPE)
    }
}

/// The stages of `--jit-dump`'s list.
///
/// # Errors
/// Names the stages there are.
pub fn parse_stages(list: &str) -> Result<Stages, String> {
    Stages::parse(list)
}

/// Switches the JIT on, before any Python code runs.
///
/// # Errors
/// Says why there is no JIT here.
pub fn switch_on(options: Options) -> Result<(), String> {
    if !is_available() {
        return Err("the JIT is not available on this machine; there is one for Linux on x86-64 and aarch64".into());
    }
    let (helpers, ids) = helpers::declare();
    helpers::set_ids(ids);
    let env = Environment { helpers, shape_is_fixed, slot_offset: record::SLOT_OFFSET };
    let mut config = Config { backend: options.backend, passes: options.passes, ..Config::default() };
    config.compare = options.stats && !options.stats_json && options.backend == Backend::Cranelift;
    config.check |= options.check;
    config.profiled = options.perf;
    if let Some(size) = options.cache_size {
        config.cache_size = size;
    } else if options.stress.is_some() {
        config.cache_size = 1 << 20;
    }
    let runtime = Runtime { slow_paths: [enter::release_slow_path, enter::box_float_slow_path, enter::new_cell_slow_path] };
    let mut jit = Jit::new(config, env, runtime).map_err(|e| e.to_string())?;
    jit.stats.pieces = options.stats_json.then(Box::default);
    if options.stats {
        coverage::switch_on();
        jit.coverage = Some(weft_jit::coverage::Coverage::new(coverage::position));
    }
    if options.stress.is_some() {
        jit.forcing = Some(weft_jit::forcing::Forcing::new(coverage::position));
    }
    if let Some(stages) = options.dump {
        let out: Box<dyn FnMut(&str)> = match &options.dump_to {
            None => Box::new(|text| crate::stderr::write(format_args!("{text}"))),
            Some(folder) => Box::new(files(folder.clone())?),
        };
        jit.dump = Some(Dump { stages, out, names: Box::new(names::Code) });
    }
    if options.perf {
        let mut perf = perf::Perf::new()?;
        jit.fixed_code().iter().for_each(|f| perf.tell(f.name, f.code, &f.pieces));
        jit.on_code.push(Box::new(move |placed| perf.add(placed)));
    }
    if options.gdb {
        let gdb = Rc::new(RefCell::new(gdb::Gdb::default()));
        jit.fixed_code().iter().for_each(|f| gdb.borrow_mut().tell(f.name, &f.pieces));
        let freed = gdb.clone();
        jit.on_freed = Some(Box::new(move |address| freed.borrow_mut().remove(address)));
        jit.on_code.push(Box::new(move |placed| gdb.borrow_mut().add(placed)));
    }
    // Not 0, from which no other number follows.
    let random = options.stress.unwrap_or(0).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x9e37_79b9_7f4a_7c15 | 1 << 63;
    let state = State {
        jit,
        options,
        recorder: None,
        pins: HashMap::new(),
        sites: hot::Sites::default(),
        broken: HashMap::new(),
        dict_names: HashMap::new(),
        open_ends: HashSet::new(),
        side_failures: HashMap::new(),
        aborts: HashMap::new(),
        random,
        exits: 0,
        entries: 0,
    };
    // SAFETY: the GIL is held.
    unsafe { *STATE.get() = Some(Box::new(state)) };
    eval::watch::set_hooks(watch::HOOKS);
    Ok(())
}

/// Where dumps go that are kept: into a file for each trace, named for it. What a recording that was given up has left is at
/// the end of the file of the trace that would have been next.
fn files(folder: std::path::PathBuf) -> Result<impl FnMut(&str), String> {
    std::fs::create_dir_all(&folder).map_err(|e| format!("--jit-dump-to: {}: {e}", folder.display()))?;
    let mut file = None;
    let mut seen = std::collections::HashSet::new();
    Ok(move |text: &str| {
        use std::io::Write;
        if let Some(name) = text.strip_prefix("== trace ").and_then(|t| t.split(':').next()) {
            let path = folder.join(format!("{name}.txt"));
            // An id comes again if its trace was not compiled.
            let first = seen.insert(name.to_owned());
            let opened = std::fs::OpenOptions::new().create(true).write(true).truncate(first).append(!first).open(&path);
            file = opened.map_err(|e| crate::complain!("weft: {}: {e}", path.display())).ok();
        }
        if let Some(f) = &mut file {
            let _ = f.write_all(text.as_bytes());
        }
    })
}

/// The statistics as text, if they were asked for.
pub fn statistics() -> Option<String> {
    let Some(s) = state() else { return coverage::is_on().then(coverage::line) };
    if !s.options.stats {
        return None;
    }
    if let Some(p) = &s.jit.stats.pieces {
        return Some(json(p, &s.jit.stats));
    }
    let mut text = s.jit.stats.to_string() + &coverage::line();
    let _ = writeln!(text, "entered      {} times, left {} times", s.entries, s.exits);
    for (id, hits, guard, side) in s.jit.hot_exits().into_iter().take(20) {
        let to = side.map_or(String::new(), |t| format!(" -> {t}"));
        let _ = writeln!(text, "exit         {}.{} {hits} times: {guard}{to}", id.trace, id.exit);
    }
    let mut aborts: Vec<_> = s.aborts.iter().collect();
    aborts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for ((why, place), n) in aborts.into_iter().take(20) {
        let _ = writeln!(text, "abort        {n} times: {why}, at {place}");
    }
    Some(text)
}

/// One object with an object of counts for each group.
fn json(pieces: &Pieces, stats: &Stats) -> String {
    let group = |counts: &mut dyn Iterator<Item = (&str, u64)>| {
        let pairs: Vec<String> = counts.map(|(name, n)| format!("{name:?}: {n}")).collect();
        format!("{{{}}}", pairs.join(", "))
    };
    let mut groups: Vec<String> = Vec::new();
    for (name, counts) in pieces.groups() {
        groups.push(format!("{name:?}: {}", group(&mut counts.iter().map(|(k, n)| (k.as_str(), *n)))));
    }
    groups.push(format!("\"traces\": {}", group(&mut stats.traces.iter().map(|(k, n)| (*k, *n)))));
    groups.push(format!("\"aborts\": {}", group(&mut stats.aborts.iter().map(|(k, n)| (k.as_str(), *n)))));
    format!("{{{}}}\n", groups.join(",\n"))
}

impl State {
    /// Notes where a recording was given up.
    pub fn note_abort(&mut self, why: &Abort, code: &Code, ip: *const u16) {
        if self.options.stats {
            let line = code.line_at(ip).map_or(String::new(), |n| format!(":{n}"));
            let place = format!("{} ({}{line})", str::display(&code.qualname), str::display(&code.filename));
            *self.aborts.entry((why.name().to_owned(), place)).or_default() += 1;
        }
    }

    /// The next number of stress mode's sequence.
    pub fn next_random(&mut self) -> u64 {
        // xorshift64
        let mut x = self.random;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random = x;
        x
    }
}
