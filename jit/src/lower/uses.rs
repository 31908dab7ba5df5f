//! Where each value is used next.
//!
//! Values are roots ([`Trace::root`]) and constants that need a register. A use is a position; some uses need the value
//! in a register, others (snapshots, the back edge) only that it still exists. A value that lives around the back edge
//! is used there, and then again at its first use in the loop.

use super::select;
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Pseudo, Ref, Trace};

/// A position later than all others.
pub const NEVER: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Use {
    at: u32,
    register: bool,
}

/// Uses as they are found, before they are sorted by value.
struct Found {
    list: Vec<(u32, Use)>,
    insts: u32,
}

impl Found {
    fn add(&mut self, root: Ref, at: u32, register: bool) {
        let key = if root.is_const() { self.insts + root.const_index() as u32 } else { root.index() as u32 };
        self.list.push((key, Use { at, register }));
    }
}

/// The uses of all values of a trace.
pub struct Uses {
    /// All uses, those of one value together and in order.
    list: Vec<Use>,
    /// Where each value's uses begin: instructions, then constants, then the end.
    starts: Vec<u32>,
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
        let mut found = Found { list: Vec::with_capacity(2 * n), insts: n as u32 };
        let mut last = vec![0u32; n];
        let mut u = Uses { list: Vec::new(), starts: Vec::new(), roots, end: n as u32, loop_at, phis: Vec::new(), invariants: Vec::new() };
        for (at, inst) in trace.insts.iter().enumerate() {
            match inst.code {
                Code::Pseudo(Pseudo::Phi) => {
                    let pair = (u.root(inst.a()), u.root(inst.b()));
                    if !u.phis.contains(&pair) {
                        u.phis.push(pair);
                    }
                    continue;
                }
                Code::Pseudo(Pseudo::Nop | Pseudo::Own | Pseudo::Disown | Pseudo::Entry | Pseudo::Assume | Pseudo::Virtual) => continue,
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
                let root = u.root(r);
                if root.is_inst() {
                    last[root.index()] = at as u32;
                }
                found.add(root, at as u32, inst.code.values() > 0);
            }
            // A `LINK`'s snapshot is for the checker; what the label wants are its operands.
            if inst.snap() != SnapId::NONE && inst.code != Code::Pseudo(Pseudo::Link) {
                for r in trace.snaps.values(inst.snap()) {
                    if r.is_inst() {
                        let root = u.root(r);
                        if root.is_inst() {
                            last[root.index()] = at as u32;
                        }
                        found.add(root, at as u32, false);
                    }
                }
            }
        }
        if loop_at != NEVER {
            let end = u.end;
            for (_, r) in u.phis.clone() {
                if r.is_inst() {
                    found.add(u.root(r), end, false);
                }
            }
            for (i, &last) in last[..loop_at as usize].iter().enumerate() {
                let r = Ref::inst(i);
                let in_loop = last > loop_at;
                if u.roots[i] == r && in_loop && !u.phis.iter().any(|p| p.0 == r) {
                    u.invariants.push(r);
                    found.add(r, end, false);
                }
            }
        }
        u.sort(found, n + trace.consts.len());
        u
    }

    /// Sorts the uses by value. They were found in order of position, which stays.
    fn sort(&mut self, found: Found, values: usize) {
        let mut starts = vec![0u32; values + 1];
        for (key, _) in &found.list {
            starts[*key as usize + 1] += 1;
        }
        for i in 0..values {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        self.list = vec![Use { at: 0, register: false }; found.list.len()];
        for (key, used) in found.list {
            let place = &mut next[key as usize];
            self.list[*place as usize] = used;
            *place += 1;
        }
        self.starts = starts;
    }

    /// The root of a value; a constant is its own.
    pub fn root(&self, r: Ref) -> Ref {
        if r.is_inst() { self.roots[r.index()] } else { r }
    }

    fn list(&self, r: Ref) -> &[Use] {
        let i = if r.is_const() { self.roots.len() + r.const_index() } else { r.index() };
        &self.list[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    /// Whether a root is used after a position.
    pub fn live_after(&self, r: Ref, at: u32) -> bool {
        self.list(r).last().is_some_and(|u| u.at > at)
    }

    /// Whether a root is used at all.
    pub fn any(&self, r: Ref) -> bool {
        !self.list(r).is_empty()
    }

    /// The next position after `at` where a root is needed in a register; [`NEVER`] if nowhere. Positions behind the end
    /// are in the next iteration.
    pub fn next_register(&self, r: Ref, at: u32) -> u32 {
        let list = self.list(r);
        let from = list.partition_point(|u| u.at <= at);
        if let Some(u) = list[from..].iter().find(|u| u.register) {
            return u.at;
        }
        let around = self.loop_at != NEVER
            && at >= self.loop_at
            && (r.is_const() || list.last().is_some_and(|u| u.at == self.end) && r.index() < self.loop_at as usize);
        if around {
            let first = list.iter().find(|u| u.register && u.at > self.loop_at);
            return first.map_or(NEVER, |u| self.end + (u.at - self.loop_at));
        }
        NEVER
    }

    /// How often a root is needed in a register inside the loop.
    pub fn in_loop(&self, r: Ref) -> usize {
        self.list(r).iter().filter(|u| u.register && u.at > self.loop_at).count()
    }
}
