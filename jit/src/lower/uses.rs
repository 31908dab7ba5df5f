//! Where each value is used next.
//!
//! Values are roots ([`Trace::root`]) and constants that need a register. A use is a position; some uses need the value
//! in a register, and all of these are kept. Others (snapshots, the back edge) only need that it still exists: the last use
//! says how long. A value that lives around the back edge is used there, and then again at its first use in the loop.

use super::select;
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Pseudo, Ref, Trace};

/// A position later than all others.
pub const NEVER: u32 = u32::MAX;

/// The uses of all values of a trace.
pub struct Uses {
    /// All uses in registers, those of one value together and in order.
    list: Vec<u32>,
    /// Where each value's uses begin: instructions, then constants, then the end.
    starts: Vec<u32>,
    /// Each value's last use of either kind, plus one; 0 without any.
    last: Vec<u32>,
    /// The values that have their last use at each position, and where those of a position begin.
    dying: (Vec<Ref>, Vec<u32>),
    /// The root of each instruction's value.
    pub roots: Vec<Ref>,
    /// The position behind the last instruction: that of the back edge.
    pub end: u32,
    /// The position of the `LOOP`; [`NEVER`] without one.
    pub loop_at: u32,
    /// The `PHI`s, as roots; the right sides may be constants.
    pub phis: Vec<(Ref, Ref)>,
    /// Values from before the loop that live around it unchanged.
    pub invariants: Vec<Ref>,
}

impl Uses {
    /// Finds all uses.
    pub fn of(trace: &Trace) -> Uses {
        let n = trace.insts.len();
        let loop_at = trace.loop_at().map_or(NEVER, |l| l as u32);
        let roots: Vec<Ref> = (0..n).map(|i| trace.root(Ref::inst(i))).collect();
        let values = n + trace.consts.len();
        let mut in_register: Vec<(u32, u32)> = Vec::with_capacity(2 * n);
        let mut u = Uses {
            list: Vec::new(),
            starts: Vec::new(),
            last: vec![0; values],
            dying: (Vec::new(), Vec::new()),
            roots,
            end: n as u32,
            loop_at,
            phis: Vec::new(),
            invariants: Vec::new(),
        };
        for (at, inst) in trace.insts.iter().enumerate() {
            match inst.code {
                Code::Pseudo(Pseudo::Phi) => {
                    let pair = (u.root(inst.a()), u.root(inst.b()));
                    if !u.phis.contains(&pair) {
                        u.phis.push(pair);
                    }
                    continue;
                }
                code if is_silent(code) => continue,
                _ => {}
            }
            let values = inst.code.values();
            let skip = if select::folded(trace, inst).is_some() { Some(values - 1) } else { None };
            let skip_first = select::selected(trace, inst).is_some();
            for (i, r) in trace.operands(inst).enumerate() {
                let is_const_arg = inst.code.values() == 0 && r.is_const();
                if Some(i) == skip || (skip_first && i == 0) || is_const_arg {
                    continue;
                }
                let value = u.number(u.root(r));
                u.last[value] = at as u32 + 1;
                if inst.code.values() > 0 {
                    in_register.push((value as u32, at as u32));
                }
            }
        }
        u.snapshots(trace);
        if loop_at != NEVER {
            let around = u.end + 1;
            for (i, r) in (0..loop_at as usize).map(|i| (i, Ref::inst(i))) {
                if u.roots[i] == r && u.last[i] > loop_at + 1 && !u.phis.iter().any(|p| p.0 == r) {
                    u.invariants.push(r);
                }
            }
            let carried = u.phis.iter().map(|p| p.1).filter(|r| r.is_inst()).chain(u.invariants.iter().copied());
            for value in carried.map(|r| u.number(u.root(r))).collect::<Vec<_>>() {
                u.last[value] = around;
            }
        }
        u.sort(in_register, values);
        u
    }

    /// Notes what snapshots show. Many instructions in a row leave by the same one: that of the last counts.
    fn snapshots(&mut self, trace: &Trace) {
        let mut seen = vec![false; trace.snaps.len()];
        for (at, inst) in trace.insts.iter().enumerate().rev() {
            let snap = inst.snap();
            // A `LINK`'s snapshot is for the checker; what the label wants are its operands.
            let shows_nothing = snap == SnapId::NONE || inst.code == Code::Pseudo(Pseudo::Link) || is_silent(inst.code);
            if shows_nothing || std::mem::replace(&mut seen[snap.0 as usize], true) {
                continue;
            }
            let (roots, last) = (&self.roots, &mut self.last);
            trace.snaps.values(snap).filter(|r| r.is_inst()).for_each(|r| {
                let root = roots[r.index()];
                let value = if root.is_const() { roots.len() + root.const_index() } else { root.index() };
                last[value] = last[value].max(at as u32 + 1);
            });
        }
    }

    /// Sorts the uses by value, which were found in order of position, and the values by their last use.
    fn sort(&mut self, in_register: Vec<(u32, u32)>, values: usize) {
        (self.list, self.starts) = by_key(values, in_register.iter().map(|&(value, at)| (value, at)), 0);
        let dying = (0..self.roots.len()).map(|i| (self.last[i], Ref::inst(i))).filter(|d| d.0 > 0);
        self.dying = by_key(self.end as usize + 2, dying, Ref::NONE);
    }

    /// The values that have their last use at a position.
    pub fn dying(&self, at: u32) -> &[Ref] {
        let (list, starts) = &self.dying;
        &list[starts[at as usize + 1] as usize..starts[at as usize + 2] as usize]
    }

    /// The root of a value; a constant is its own.
    pub fn root(&self, r: Ref) -> Ref {
        if r.is_inst() { self.roots[r.index()] } else { r }
    }

    /// A root's place in [`Self::last`] and [`Self::starts`].
    fn number(&self, root: Ref) -> usize {
        if root.is_const() { self.roots.len() + root.const_index() } else { root.index() }
    }

    /// Where a root is needed in a register.
    fn list(&self, r: Ref) -> &[u32] {
        let i = self.number(r);
        &self.list[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    /// Whether a root is used after a position.
    pub fn live_after(&self, r: Ref, at: u32) -> bool {
        self.last[self.number(r)] > at + 1
    }

    /// Whether a root is used at all.
    pub fn any(&self, r: Ref) -> bool {
        self.last[self.number(r)] > 0
    }

    /// The next position after `at` where a root is needed in a register; [`NEVER`] if nowhere. Positions behind the end
    /// are in the next iteration.
    pub fn next_register(&self, r: Ref, at: u32) -> u32 {
        let list = self.list(r);
        if let Some(&next) = list.get(list.partition_point(|&u| u <= at)) {
            return next;
        }
        let lives_around = || r.is_const() || self.last[self.number(r)] == self.end + 1 && r.index() < self.loop_at as usize;
        if self.loop_at != NEVER && at >= self.loop_at && lives_around() {
            let first = list.iter().find(|&&u| u > self.loop_at);
            return first.map_or(NEVER, |u| self.end + (u - self.loop_at));
        }
        NEVER
    }

    /// How often a root is needed in a register inside the loop.
    pub fn in_loop(&self, r: Ref) -> usize {
        self.list(r).iter().filter(|&&u| u > self.loop_at).count()
    }
}

/// Whether it is in the trace only for what it says of values.
fn is_silent(code: Code) -> bool {
    use Pseudo::{Assume, Disown, Entry, Nop, Own, Phi, Virtual};
    matches!(code, Code::Pseudo(Phi | Nop | Own | Disown | Entry | Assume | Virtual))
}

/// Items by their keys, those of one key in the order they come in, and where each key's begin.
fn by_key<T: Copy>(keys: usize, items: impl Iterator<Item = (u32, T)> + Clone, blank: T) -> (Vec<T>, Vec<u32>) {
    let mut starts = vec![0u32; keys + 1];
    items.clone().for_each(|(key, _)| starts[key as usize + 1] += 1);
    for i in 0..keys {
        starts[i + 1] += starts[i];
    }
    let mut next = starts.clone();
    let mut list = vec![blank; starts[keys] as usize];
    for (key, item) in items {
        let place = &mut next[key as usize];
        list[*place as usize] = item;
        *place += 1;
    }
    (list, starts)
}
