//! The JIT as the VM sees it: compiles traces, enters them, links exits, throws traces away.

use crate::abort::Abort;
use crate::builder::{TraceBuilder, TraceKind};
use crate::coverage::Coverage;
use crate::dump::{self, Dump};
use crate::exit::{ExitInfo, ExitState};
use crate::forcing::Forcing;
use crate::ir::snapshot::{Resume, SnapId};
use crate::ir::{Code, Pseudo, Ref, Trace, Ty, check};
use crate::lower::allocate::Context;
use crate::lower::{LinkTarget, Loc, Lowered, lower};
use crate::opt::emit::Environment;
use crate::opt::facts::Known;
use crate::opt::link::{self, Label};
use crate::opt::{Pass, Passes, dce, header, peel, ranges, refcount, slots};
use crate::planted::{Bug, planted};
use crate::reference::{self, Compiled, Reference};
use crate::stats::{Compared, Stage, Stats};
use crate::store::{CompiledTrace, Exit, ExitId, MAX_EXITS, MAX_SIDE_DEPTH, MAX_TRACES, TraceId, Traces};
use foldhash::{HashMap, HashMapExt};
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use weft_codecache::unwind::Shape;
use weft_codecache::{CodeCache, CodeCopy, Error, Runtime};
use weft_layout::machine_frame::MachineFrame;
use weft_layout::op::Op;

/// What makes machine code of lowered traces.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Backend {
    /// Copies stencils and patches them.
    #[default]
    CopyAndPatch,
    /// The reference backend, [`crate::reference`].
    Cranelift,
}

/// How the JIT is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The backend.
    pub backend: Backend,
    /// Also stitch what the reference backend compiles, for [`Stats::compared`] only.
    pub compare: bool,
    /// The optimiser's passes.
    pub passes: Passes,
    /// Run the checker between passes. Debug builds do by default.
    pub check: bool,
    /// Bytes of code cache.
    pub cache_size: usize,
    /// Whether perf is to find symbols of compiled code.
    pub profiled: bool,
    /// The most instructions a recording may have.
    pub max_insts: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            backend: Backend::CopyAndPatch,
            compare: false,
            passes: Passes::all(),
            check: cfg!(debug_assertions),
            cache_size: weft_codecache::Config::default().size,
            profiled: false,
            max_insts: 4000,
        }
    }
}

/// A trace's code where it will run.
pub struct Placed<'a> {
    /// The trace.
    pub id: TraceId,
    /// What started it.
    pub kind: TraceKind,
    /// Its IR.
    pub ir: &'a Trace,
    /// Where the code is executed.
    pub address: u64,
    /// The code.
    pub code: &'a [u8],
    /// What it does to the stack.
    pub shape: Shape,
}

/// Code that is no trace's.
pub struct Fixed<'a> {
    /// What it is.
    pub name: &'static str,
    /// The code.
    pub code: &'a [u8],
    /// Its pieces, one behind the other, by their addresses, and what they do to the stack.
    pub pieces: Vec<(Range<u64>, Shape)>,
}

/// What a backend has made of a trace.
struct Made {
    code: weft_codecache::Trace,
    links: Option<reference::Links>,
    pieces: Vec<(u32, Option<u32>)>,
}

/// The JIT of one VM.
pub struct Jit {
    env: Arc<Environment>,
    config: Config,
    cache: CodeCache,
    /// The backend, if it is this one.
    reference: Option<Box<Reference>>,
    traces: Traces,
    /// When the next guard is forced to fail, if they are. To be set before there are traces.
    pub forcing: Option<Forcing>,
    /// What has been done so far.
    pub stats: Stats,
    /// The bytecodes that compiled code completes, if they are counted. To be set before there are traces.
    pub coverage: Option<Coverage>,
    /// Are told of all code, for profilers and debuggers.
    pub on_code: Vec<Box<dyn FnMut(&Placed<'_>)>>,
    /// Is told of code that is no more, by its address.
    pub on_freed: Option<Box<dyn FnMut(u64)>>,
    /// Where dumps go, if there are any.
    pub dump: Option<Dump>,
}

impl Jit {
    /// A JIT without traces.
    ///
    /// # Errors
    /// If there is no executable memory, or no stencils for this CPU.
    pub fn new(config: Config, env: Environment, runtime: Runtime) -> Result<Jit, Error> {
        let mut cache = CodeCache::new(weft_codecache::Config { size: config.cache_size, profiled: config.profiled }, runtime)?;
        let reference = match config.backend {
            Backend::CopyAndPatch => None,
            Backend::Cranelift => Some(Box::new(Reference::new(&mut cache, runtime)?)),
        };
        let (traces, stats) = (Traces::default(), Stats::default());
        Ok(Jit {
            env: Arc::new(env),
            config,
            cache,
            reference,
            traces,
            forcing: None,
            stats,
            coverage: None,
            on_code: Vec::new(),
            on_freed: None,
            dump: None,
        })
    }

    /// What the VM told at the start.
    pub fn environment(&self) -> &Environment {
        &self.env
    }

    /// What compiled code does to the stack.
    fn shape(&self) -> Shape {
        if self.reference.is_some() { Shape::FramePointers } else { Shape::Stitched }
    }

    /// The code that is there before any trace.
    pub fn fixed_code(&self) -> Vec<Fixed<'_>> {
        let enter = self.reference.as_ref().map(|r| ("weft::enter", vec![(r.enter_code(), Shape::FramePointers)]));
        let all = [("weft::veneers", self.cache.veneers())].into_iter().chain(enter);
        all.map(|(name, pieces)| {
            let addresses = pieces[0].0.start..pieces[pieces.len() - 1].0.end;
            Fixed { name, code: self.cache.bytes_at(addresses), pieces }
        })
        .collect()
    }

    /// The trace whose code has an address.
    pub fn trace_at(&self, address: u64) -> Option<TraceId> {
        let at = |code: &weft_codecache::Trace| (code.entry..code.entry + code.range.len() as u64).contains(&address);
        self.traces.iter().find(|(_, t)| t.code.as_ref().is_some_and(at)).map(|(id, _)| id)
    }

    /// All traces, dead ones too.
    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    // Recording.

    /// Starts recording a loop from its header, or a function from its entry. `words` are the frame's.
    pub fn root_trace(&self, kind: TraceKind, words: &[u64]) -> TraceBuilder {
        debug_assert!(!matches!(kind, TraceKind::Side { .. }), "side_trace, please");
        let mut b = TraceBuilder::new(kind, words, self.env.clone(), self.config.passes);
        b.max_insts = self.config.max_insts;
        b
    }

    /// Starts recording a side trace from an exit. Its frames are those of the exit's snapshot, with the values that
    /// the parent has in registers.
    ///
    /// # Errors
    /// If the parent is dead, or the exit has a side trace.
    pub fn side_trace(&self, id: ExitId) -> Result<TraceBuilder, Abort> {
        let parent = self.traces.live(id.trace).ok_or(Abort::DeadTrace)?;
        let exit = parent.exits.get(id.exit as usize).filter(|e| e.side.is_none()).ok_or(Abort::DeadTrace)?;
        if parent.depth >= MAX_SIDE_DEPTH && !parent.ends_call(id.exit) {
            return Err(Abort::TooDeep);
        }
        let snaps = &parent.ir.snaps;
        let words = snaps.frames(exit.snap).next().map_or(Vec::new(), |f| f.0.to_vec());
        let mut b = self.root_trace(TraceKind::Loop, &words);
        b.kind = TraceKind::Side { parent: id.trace, exit: id.exit };
        b.at_return = parent.ends_call(id.exit);

        // One inherited value for each object of the parent, with all its references.
        let mut references: HashMap<Ref, i32> = HashMap::new();
        let mut types: HashMap<Ref, Ty> = HashMap::new();
        for s in snaps.all_slots(exit.snap).filter(|s| s.value.is_inst()) {
            let root = parent.ir.root(s.value);
            *references.entry(root).or_default() += s.moved as i32;
            let ty = types.entry(root).or_insert(parent.ty(s.value));
            if parent.ty(s.value) == Ty::P {
                *ty = Ty::P;
            }
        }
        for &d in snaps.drops(exit.snap) {
            *references.entry(parent.ir.root(d)).or_default() += 1;
        }
        let mut inherited: HashMap<Ref, Ref> = HashMap::new();
        let mut owners = Vec::new();
        for (i, r) in snaps.values(exit.snap).enumerate() {
            if r.is_const() {
                continue;
            }
            let root = parent.ir.root(r);
            if inherited.contains_key(&root) || parent.ir.is_virtual(root) {
                continue;
            }
            let ty = types.get(&root).copied().unwrap_or(parent.ty(r));
            let counts = ty.counts() && !parent.ir.is_immediate(root);
            let n = if counts { references[&root] } else { 0 };
            let value = b.inherit(i, ty, n)?;
            inherited.insert(root, value);
            if counts && n == 0 {
                owners.push(value);
            }
        }
        for (recipe, slots) in snaps.objects(exit.snap) {
            let recipe = b.e.trace.recipe(parent.ir.recipes[recipe].clone());
            let name = b.virtual_object(recipe, Vec::new());
            let shape = b.e.trace.recipes[recipe].shape;
            let object = b.assume_object(name, Some(shape))?;
            inherited.insert(parent.ir.root(slots[0].value), object);
        }
        let failed = parent.ir.insts[exit.inst as usize];
        if planted(Bug::StaleType)
            && failed.op() == Some(Op::GuardInt)
            && let Some(&value) = inherited.get(&parent.ir.root(failed.a()))
        {
            b.e.facts.learn(&b.e.trace, value, Known::INT);
        }
        let map = |b: &mut TraceBuilder, r: Ref| match parent.ir.constant(r) {
            Some(c) => b.e.trace.consts.add(c.ty, c.bits),
            None => inherited[&parent.ir.root(r)],
        };
        // Constants are not inherited, but references to them are.
        let counted = |r: Ref| parent.ir.constant(r).is_some() && parent.ty(r).counts() && !parent.ir.is_immediate(r);
        let mut owned = Vec::new();
        let mut frames = Vec::new();
        for (words, slots) in snaps.frames(exit.snap) {
            let mut list: Vec<Option<Ref>> = Vec::new();
            for s in slots {
                let value = if s.value.is_none() { b.const_value(0) } else { map(&mut b, s.value) };
                if s.moved && counted(s.value) {
                    owned.push(value);
                }
                let i = s.slot as usize;
                if list.len() <= i {
                    list.resize(i + 1, None);
                }
                list[i] = Some(value);
            }
            frames.push((words.to_vec(), list));
        }
        b.set_frames(frames);
        for (_, slots) in snaps.objects(exit.snap) {
            let mut fields = Vec::new();
            for s in &slots[1..] {
                let value = map(&mut b, s.value);
                if s.moved && counted(s.value) {
                    owned.push(value);
                }
                fields.push(value);
            }
            let name = map(&mut b, slots[0].value);
            b.set_fields(name, fields);
        }
        owned.extend(snaps.drops(exit.snap).iter().filter(|&&d| counted(d)).map(|&d| map(&mut b, d)));
        for r in owned {
            b.own(r)?;
        }
        // What the parent borrowed has an owner it knows; here it gets a reference of its own. It may be what the parent has
        // found to be NULL.
        for r in owners {
            b.incref_nullable(r)?;
        }
        b.drop_leftovers(snaps.resume(exit.snap))?;
        Ok(b)
    }

    // Compiling.

    /// Compiles a recorded trace. A side trace is linked to its parent's exit.
    ///
    /// # Errors
    /// The trace is not compiled; the reason is counted. With [`Abort::CodeCacheFull`], [`Self::flush`] makes room.
    pub fn compile(&mut self, b: TraceBuilder) -> Result<TraceId, Abort> {
        let result = self.try_compile(b);
        if let Err(a) = &result {
            self.abort(a);
        }
        result
    }

    /// Counts and dumps a recording that was given up.
    pub fn abort(&mut self, a: &Abort) {
        self.stats.abort(a);
        if let Abort::Invalid(why) = a
            && self.config.check
        {
            // A mistake of the recorder or the optimiser, which costs the trace and nothing else.
            eprintln!("weft: a trace was not compiled: {why}");
        }
        if let Some(d) = &mut self.dump {
            d.abort(a);
        }
    }

    fn try_compile(&mut self, b: TraceBuilder) -> Result<TraceId, Abort> {
        if !b.has_ended() {
            return Err(Abort::Invalid("the recording has no end".into()));
        }
        let id = self.traces.next_id();
        if id.0 as usize >= MAX_TRACES {
            return Err(Abort::CodeCacheFull);
        }
        let TraceBuilder { e, kind, entry_words, depends, deepest, .. } = b;
        self.stats.recorded += e.trace.insts.len() as u64;
        if let Some(d) = &mut self.dump {
            d.begin(id, kind, &e.trace);
        }
        let (trace, context, label, link) = self.optimise(e.trace, kind, &entry_words)?;
        self.stats.compiled += trace.insts.iter().filter(|i| !i.is_nop()).count() as u64;

        let start = Instant::now();
        let mut lowered = self.stats.timed(Stage::Lower, || lower(&trace, &self.env.helpers, &context))?;
        let lowering = start.elapsed();
        if lowered.sites.len() > MAX_EXITS {
            return Err(Abort::TooLong);
        }
        for op in lowered.ops.iter_mut().filter(|op| op.op == Op::SetSnapshot) {
            op.imm = ExitId { trace: id, exit: op.imm as u16 }.number() as u64;
        }
        if let Some(f) = &self.forcing {
            f.add(&trace, &self.env.helpers, &mut lowered);
        }
        if let Some(c) = &mut self.coverage {
            c.add(id, kind, &trace, &mut lowered);
        }
        if let Some(p) = &mut self.stats.pieces {
            p.compiled(&trace, &lowered.ops);
        }
        if let Some(d) = &mut self.dump {
            d.regs(&lowered);
        }
        let numbers: Vec<ExitId> = (0..lowered.sites.len()).map(|i| ExitId { trace: id, exit: i as u16 }).collect();
        let compiled = match &mut self.reference {
            None => Made { code: self.stitch(&lowered, &numbers)?, links: None, pieces: Vec::new() },
            Some(reference) => {
                let start = Instant::now();
                let made = reference.compile(&mut self.cache, &trace, &lowered, &context, &self.env.helpers, &numbers);
                let taken = start.elapsed();
                let Compiled { code, links, pieces } = made?;
                self.stats.add(Stage::Cranelift, taken);
                if self.config.compare {
                    self.compare(&lowered, &numbers, lowering, taken)?;
                }
                Made { code, links: Some(links), pieces }
            }
        };
        if let Some(d) = &mut self.dump {
            d.asm(&trace, &lowered, &compiled.code, self.cache.code(&compiled.code), &compiled.pieces, &self.env.helpers);
        }
        if !self.on_code.is_empty() {
            let (address, code) = (compiled.code.entry, self.cache.code(&compiled.code));
            let placed = Placed { id, kind, ir: &trace, address, code, shape: self.shape() };
            self.on_code.iter_mut().for_each(|f| f(&placed));
        }
        Ok(self.install(id, kind, trace, lowered, compiled, label, link, depends, deepest))
    }

    fn stitch(&mut self, lowered: &Lowered, numbers: &[ExitId]) -> Result<weft_codecache::Trace, Abort> {
        let numbers: Vec<u32> = numbers.iter().map(|n| n.number()).collect();
        let code = self.stats.timed(Stage::Stitch, || self.cache.stitch(&lowered.ops, &numbers));
        code.map_err(|e| match e {
            Error::Full => Abort::CodeCacheFull,
            Error::TooLong => Abort::TooLong,
            other => Abort::Invalid(other.to_string()),
        })
    }

    /// Stitches what the reference backend has compiled, to see how long that takes. The code is never run.
    fn compare(&mut self, lowered: &Lowered, numbers: &[ExitId], lowering: Duration, cranelift: Duration) -> Result<(), Abort> {
        let start = Instant::now();
        let code = self.stitch(lowered, numbers)?;
        let stitching = start.elapsed();
        self.cache.free(code);
        self.stats.compared.push(Compared { ops: lowered.ops.len(), lowering, stitching, cranelift });
        Ok(())
    }

    #[allow(clippy::too_many_arguments)]
    fn install(
        &mut self,
        id: TraceId,
        kind: TraceKind,
        ir: Trace,
        lowered: Lowered,
        made: Made,
        header: Option<Arc<Trace>>,
        link: Option<TraceId>,
        depends: Vec<u64>,
        deepest: usize,
    ) -> TraceId {
        let Made { code, links, pieces } = made;
        let exits = lowered
            .sites
            .iter()
            .map(|s| Exit { snap: s.snap, inst: s.inst, locs: s.locs.clone(), hits: 0, side: None, state: OnceCell::new() })
            .collect();
        let label = header.zip(lowered.entry.as_ref()).map(|(header, entry)| {
            let label = Label { header, values: entry.values.iter().map(|v| v.0).collect() };
            let locs: Vec<Loc> = entry.values.iter().map(|v| v.2).collect();
            let address = match links {
                None => self.cache.address(code.ops[entry.at].hot as usize),
                Some(_) => reference::label_address(code.entry),
            };
            (label, locs, address)
        });
        self.stats.ops += lowered.ops.len() as u64;
        self.stats.bytes += code.range.len() as u64;
        *self.stats.traces.entry(Stats::kind(kind)).or_default() += 1;
        let entry = code.entry;
        let depth = match kind {
            // How many calls follow each other is up to the program.
            TraceKind::Side { parent, exit } => self.traces.get(parent).map_or(0, |t| t.depth + !t.ends_call(exit) as u32),
            _ => 0,
        };
        let root = match kind {
            TraceKind::Side { parent, .. } => self.traces.get(parent).map_or(id, |t| t.root),
            _ => id,
        };
        let trace = CompiledTrace {
            kind,
            ir,
            lowered,
            exits,
            code: Some(code),
            links,
            pieces,
            label,
            dead: false,
            depth,
            root,
            family: 0,
            deepest,
            link,
            depends,
            followers: Vec::new(),
        };
        self.traces.add(trace);
        if let TraceKind::Side { parent, exit } = kind {
            self.link_exit(ExitId { trace: parent, exit }, id, entry);
        }
        id
    }

    fn link_exit(&mut self, exit: ExitId, side: TraceId, entry: u64) {
        let parent = self.traces.get_mut(exit.trace).expect("the parent");
        parent.exits[exit.exit as usize].side = Some(side);
        match (&parent.links, &parent.code) {
            (Some(links), _) => links.set(exit.exit as usize, entry),
            (None, code) => self.cache.link(code.as_ref().expect("a live trace has code"), exit.exit as usize, entry),
        }
        self.stats.links += 1;
    }

    /// Runs the passes over the whole trace. Returns it with what lowering needs, its header and the trace it leads to.
    #[allow(clippy::type_complexity)]
    fn optimise(
        &mut self,
        mut trace: Trace,
        kind: TraceKind,
        words: &[u64],
    ) -> Result<(Trace, Context, Option<Arc<Trace>>, Option<TraceId>), Abort> {
        let (env, passes) = (self.env.clone(), self.config.passes);
        let mut context = Context::default();
        self.after("recorded", &trace)?;
        if let TraceKind::Side { parent, exit } = kind {
            let parent = self.traces.live(parent).ok_or(Abort::DeadTrace)?;
            context.inherited = parent.exits[exit as usize].locs.clone();
        } else if kind == TraceKind::Loop {
            self.stats.timed(Stage::Optimise, || header::header(&mut trace, words, env.slot_offset));
            self.after("header", &trace)?;
        }
        let last = *trace.insts.last().ok_or_else(|| Abort::Invalid("an empty trace".into()))?;
        let mut leads_to = None;
        if last.code == Code::Pseudo(Pseudo::Link) {
            let to_self = last.a().is_none();
            let typed = last.b().bits() != 0;
            if to_self && typed {
                trace = self.stats.timed(Stage::Optimise, || peel::close(trace, env.clone(), passes))?;
                self.after(if passes.has(Pass::Peel) { "peel" } else { "close" }, &trace)?;
            } else {
                let target = (!to_self).then(|| TraceId(last.a().bits()));
                let found = target.map(|t| self.traces.live(t).ok_or(Abort::DeadTrace)).transpose()?;
                let label = found.and_then(|t| t.label.as_ref()).filter(|_| typed);
                let resolved = link::resolve(trace, env.clone(), passes, label.map(|l| &l.0))?;
                trace = resolved.0;
                if let Some(t) = found {
                    let entry = t.code.as_ref().expect("a live trace has code").entry;
                    context.link = match label.filter(|_| resolved.1) {
                        Some((_, locs, address)) => LinkTarget { locs: locs.clone(), address: Some(*address) },
                        None => LinkTarget { locs: Vec::new(), address: Some(entry) },
                    };
                }
                leads_to = target;
                self.after("link", &trace)?;
            }
        }
        let whole: [(Pass, fn(&mut Trace, &Environment)); 4] = [
            (Pass::Ranges, |t, _| ranges::ranges(t)),
            (Pass::Refcount, |t, env| refcount::refcount(t, &env.helpers)),
            (Pass::Slots, |t, env| slots::slots(t, env.slot_offset)),
            (Pass::Dce, |t, env| dce::dce(t, &env.helpers)),
        ];
        for (pass, run) in whole {
            if passes.has(pass) {
                self.stats.timed(Stage::Optimise, || run(&mut trace, &env));
                self.after(pass.name(), &trace)?;
            }
        }
        let header = trace.entry_at().map(|at| {
            let mut h = Trace { consts: trace.consts.clone(), ..Trace::new() };
            h.insts = trace.insts[..at].to_vec();
            h.insts.iter_mut().filter(|i| i.code.has_snapshot()).for_each(|i| i.set_snap(SnapId(0)));
            Arc::new(h)
        });
        Ok((trace, context, header, leads_to))
    }

    /// After a pass: the dump and the check.
    fn after(&mut self, stage: &str, trace: &Trace) -> Result<(), Abort> {
        if let Some(d) = &mut self.dump {
            d.ir(stage, trace, &self.env.helpers);
        }
        if self.config.check {
            let checked = self.stats.timed(Stage::Check, || check::check(trace, &self.env.helpers));
            checked.map_err(|e| Abort::Invalid(format!("after {stage}: {e}\n{}", crate::ir::text::print(trace, &self.env.helpers))))?;
        }
        Ok(())
    }

    // Running.

    /// Whether a trace may be entered.
    #[inline]
    pub fn is_live(&self, id: TraceId) -> bool {
        self.traces.live(id).is_some()
    }

    /// Where a live trace is entered with its frame complete in memory.
    #[inline]
    pub fn entry(&self, id: TraceId) -> Option<u64> {
        self.traces.live(id)?.code.as_ref().map(|c| c.entry)
    }

    /// Runs a trace until it, or a trace it led to, leaves. The values of the exit are in `frame` then; see
    /// [`Self::snapshot`].
    ///
    /// # Safety
    /// The trace is live, `python_frame` is the frame it is for, complete in memory, and what it depends on holds.
    ///
    /// # Panics
    /// If there is no such trace.
    #[inline]
    pub unsafe fn enter(&self, id: TraceId, frame: &mut MachineFrame, python_frame: u64) -> ExitInfo {
        let entry = self.entry(id).expect("a live trace");
        frame.activation.trace = id.0;
        // SAFETY: the caller vouches for the trace and the frame.
        let number = unsafe {
            match &self.reference {
                None => self.cache.enter(entry, frame, python_frame),
                Some(reference) => reference.enter(entry, frame, python_frame),
            }
        };
        ExitInfo { id: ExitId::from_number(number), python_frame: frame.activation.python_frame }
    }

    /// Goes on in compiled code where a call has returned: `word` is what `return_address` gave for it. As [`Self::enter`]
    /// otherwise.
    ///
    /// # Safety
    /// As for [`Self::enter`], but that the trace may be dead; it was not freed.
    pub unsafe fn go_on(&self, word: u64, frame: &mut MachineFrame, python_frame: u64) -> ExitInfo {
        // SAFETY: the caller vouches for the word and the frame.
        let number = unsafe {
            match &self.reference {
                None => self.cache.enter(word, frame, python_frame),
                Some(reference) => reference.go_on(word, frame, python_frame),
            }
        };
        ExitInfo { id: ExitId::from_number(number), python_frame: frame.activation.python_frame }
    }

    /// The snapshot of an exit, or of the call that an activation record names ([`ExitId::from_number`]).
    ///
    /// # Panics
    /// If there is no such exit.
    #[inline]
    pub fn snapshot(&self, id: ExitId) -> &ExitState {
        let trace = self.traces.get(id.trace).expect("a trace");
        trace.exits[id.exit as usize].state.get_or_init(|| ExitState::of(trace, id.exit))
    }

    /// Counts an exit taken, and returns how often it was.
    #[inline]
    pub fn hit(&mut self, id: ExitId) -> u32 {
        if let Some(c) = &mut self.coverage {
            c.hit(id);
        }
        if let Some(p) = &mut self.stats.pieces
            && let Some(t) = self.traces.get(id.trace)
        {
            let e = &t.exits[id.exit as usize];
            p.exit(t.ir.insts[e.inst as usize].code, t.ir.snaps.resume(e.snap));
        }
        let hits = self.traces.get_mut(id.trace).and_then(|t| t.exits.get_mut(id.exit as usize)).map(|e| {
            e.hits = e.hits.saturating_add(1);
            e.hits
        });
        hits.unwrap_or(0)
    }

    /// How many side traces there are below the root of the exit's trace.
    pub fn family(&self, id: ExitId) -> u32 {
        let root = self.traces.get(id.trace).and_then(|t| self.traces.get(t.root));
        root.map_or(0, |t| t.family)
    }

    /// Where the interpreter goes on after an exit.
    pub fn resume(&self, id: ExitId) -> Resume {
        self.snapshot(id).resume
    }

    // Throwing away.

    /// Throws away the traces that depend on a key, with their side traces and those that lead into them. Returns them:
    /// the VM restores the bytecodes that enter them and materialises the frames of activations inside them.
    pub fn invalidate(&mut self, key: u64) -> Vec<TraceId> {
        if planted(Bug::MissedInvalidation) {
            return Vec::new();
        }
        let first = self.traces.take_dependents(key);
        self.kill(first)
    }

    /// Throws away one trace, as [`Self::invalidate`] does.
    pub fn discard(&mut self, id: TraceId) -> Vec<TraceId> {
        self.kill(vec![id])
    }

    /// Throws away all traces. Their memory is free after the next [`Self::reclaim`].
    pub fn flush(&mut self) -> Vec<TraceId> {
        let all = self.traces.iter().map(|t| t.0).collect();
        self.kill(all)
    }

    fn kill(&mut self, first: Vec<TraceId>) -> Vec<TraceId> {
        if first.is_empty() {
            return first;
        }
        let (killed, links) = self.traces.kill(first);
        for link in links {
            match self.traces.get(link.trace).map(|t| (&t.links, &t.code)) {
                Some((Some(links), _)) => links.set(link.exit as usize, 0),
                Some((None, Some(code))) => self.cache.unlink(code, link.exit as usize),
                _ => {}
            }
        }
        for &id in &killed {
            // Calls that return to a dead trace must not go on in another: it leaves at once.
            let t = self.traces.get(id).expect("a trace");
            for exit in (0..t.exits.len()).filter(|&e| t.exits[e].side.is_some() && t.ends_call(e as u16)) {
                match (&t.links, &t.code) {
                    (Some(links), _) => links.set(exit, 0),
                    (None, Some(code)) => self.cache.unlink(code, exit),
                    _ => {}
                }
            }
        }
        self.stats.invalidated += killed.len() as u64;
        killed
    }

    /// Frees the memory of dead traces; returns how many. Nothing may be running compiled code, or return to it: there is no
    /// activation, and no frame with what a `return_address` gave.
    pub fn reclaim(&mut self) -> usize {
        let mut freed = 0;
        for (_, t) in self.traces.iter_mut().filter(|t| t.1.dead) {
            if let Some(code) = t.code.take() {
                if let Some(f) = &mut self.on_freed {
                    f(code.entry);
                }
                self.cache.free(code);
                t.ir = Trace::new();
                t.lowered = Lowered::default();
                t.exits = Vec::new();
                t.links = None;
                t.pieces = Vec::new();
                t.label = None;
                freed += 1;
            }
        }
        freed
    }

    /// A copy of all code, made before a fork.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn copy_code(&self) -> Result<CodeCopy, Error> {
        self.cache.copy()
    }

    /// Makes the copy the code of the process that was forked.
    pub fn adopt_code(&mut self, copy: CodeCopy) {
        self.cache.adopt(copy);
    }

    /// Bytes of code cache that are free.
    pub fn cache_available(&self) -> usize {
        self.cache.available()
    }

    /// The code of a live trace as assembly, annotated; see [`dump::assembly`].
    pub fn disassemble(&self, id: TraceId) -> Option<String> {
        let t = self.traces.get(id)?;
        let code = t.code.as_ref()?;
        Some(dump::assembly(&t.ir, &t.lowered, code, self.cache.code(code), &t.pieces, &self.env.helpers, &dump::NoNames))
    }

    /// Everything known of a live trace: what the dumps of its compilation showed at the end of each stage.
    pub fn describe(&self, id: TraceId, names: &dyn dump::Names) -> Option<String> {
        let t = self.traces.live(id)?;
        let code = t.code.as_ref()?;
        let ir = crate::ir::text::print(&t.ir, &self.env.helpers);
        let asm = dump::assembly(&t.ir, &t.lowered, code, self.cache.code(code), &t.pieces, &self.env.helpers, names);
        let sections =
            [("trace", dump::bytecodes(&t.ir, names)), ("ir", ir), ("regs", crate::lower::text::print(&t.lowered)), ("asm", asm)];
        let text = sections.iter().map(|(title, text)| format!("-- {title}\n{text}"));
        Some(std::iter::once(dump::heading(id, t.kind)).chain(text).collect())
    }

    /// Exits by how often they were taken, most often first: trace, exit, hits, the guard, and where it leads.
    pub fn hot_exits(&self) -> Vec<(ExitId, u32, String, Option<TraceId>)> {
        let mut list = Vec::new();
        for (id, t) in self.traces.iter() {
            for (i, e) in t.exits.iter().enumerate().filter(|e| e.1.hits > 0) {
                let guard = crate::ir::text::Printer::new(&t.ir, &self.env.helpers).inst(e.inst as usize);
                list.push((ExitId { trace: id, exit: i as u16 }, e.hits, guard, e.side));
            }
        }
        list.sort_by_key(|e| std::cmp::Reverse(e.1));
        list
    }
}
