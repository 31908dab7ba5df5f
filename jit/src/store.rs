//! The traces there are: their code, exits and dependencies.

use crate::builder::TraceKind;
use crate::exit::ExitState;
use crate::ir::snapshot::SnapId;
use crate::ir::{Ref, Trace, Ty};
use crate::lower::{Loc, Lowered};
use crate::opt::link::Label;
use crate::reference::Links;
use foldhash::HashMap;
use std::cell::OnceCell;
use std::fmt;
use weft_layout::op::Op;

/// A trace. Ids are never reused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct TraceId(pub u32);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// Bits of an exit's number that say which of the trace's exits it is.
const EXIT_BITS: u32 = 12;

/// How many side traces may follow each other: a guard that fails for ever must not grow a chain that is walked for ever.
pub const MAX_SIDE_DEPTH: u32 = 48;

/// How many exits a trace may have.
pub const MAX_EXITS: usize = 1 << EXIT_BITS;

/// How many traces there may ever be.
pub const MAX_TRACES: usize = 1 << (32 - EXIT_BITS);

/// An exit of a trace, or a call in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ExitId {
    /// The trace.
    pub trace: TraceId,
    /// Its exit.
    pub exit: u16,
}

impl ExitId {
    /// The number that compiled code returns, and writes into its activation record before a call.
    pub fn number(self) -> u32 {
        self.trace.0 << EXIT_BITS | self.exit as u32
    }

    /// The exit of that number.
    pub fn from_number(n: u32) -> ExitId {
        ExitId { trace: TraceId(n >> EXIT_BITS), exit: (n & (MAX_EXITS as u32 - 1)) as u16 }
    }
}

/// One exit.
#[derive(Clone, Debug)]
pub struct Exit {
    /// The snapshot.
    pub snap: SnapId,
    /// The IR instruction that leaves.
    pub inst: u32,
    /// Where the snapshot's values are.
    pub locs: Vec<Loc>,
    /// How often the interpreter has seen it.
    pub hits: u32,
    /// The side trace it leads to.
    pub side: Option<TraceId>,
    /// What the frames are, once it has been taken.
    pub state: OnceCell<ExitState>,
}

/// A compiled trace.
pub struct CompiledTrace {
    /// What started it.
    pub kind: TraceKind,
    /// The optimised IR: types and snapshots of exits, and dumps.
    pub ir: Trace,
    /// The machine ops, for dumps.
    pub lowered: Lowered,
    /// Its exits.
    pub exits: Vec<Exit>,
    /// Its code; none once it was freed.
    pub code: Option<weft_codecache::Trace>,
    /// Where its exits lead, if the reference backend compiled it.
    pub links: Option<Links>,
    /// Which op each piece of its code is for, if the reference backend compiled it.
    pub pieces: Vec<(u32, Option<u32>)>,
    /// The typed label, with where it expects what, and its address.
    pub label: Option<(Label, Vec<Loc>, u64)>,
    /// No longer to be entered.
    pub dead: bool,
    /// How many side traces lie between it and its root.
    pub depth: u32,
    /// The root trace that it is reached from first; its own id if it is one.
    pub root: TraceId,
    /// How many side traces there are below it, if it is a root.
    pub family: u32,
    /// How many frames deep it inlines at most.
    pub deepest: usize,
    /// The trace its final `LINK` leads to, if that is another.
    pub link: Option<TraceId>,
    /// The keys it depends on.
    pub depends: Vec<u64>,
    /// The traces that begin at its exits, and those whose final `LINK` leads to it; dead ones too.
    pub followers: Vec<TraceId>,
}

impl CompiledTrace {
    /// The type of a value of this trace.
    pub fn ty(&self, r: Ref) -> Ty {
        self.ir.ty(r)
    }

    /// Whether an exit is where a call of another trace returns.
    pub fn ends_call(&self, exit: u16) -> bool {
        let exit = self.exits.get(exit as usize);
        exit.and_then(|e| self.ir.insts.get(e.inst as usize)).is_some_and(|i| i.op() == Some(Op::ReturnAddress))
    }

    /// Bytes of code.
    pub fn code_len(&self) -> usize {
        self.code.as_ref().map_or(0, |c| c.range.len())
    }
}

/// All traces, and who depends on what.
#[derive(Default)]
pub struct Traces {
    list: Vec<CompiledTrace>,
    watchers: HashMap<u64, Vec<TraceId>>,
}

impl Traces {
    /// The id of the next trace.
    pub fn next_id(&self) -> TraceId {
        TraceId(self.list.len() as u32)
    }

    /// Adds a trace under [`Self::next_id`].
    pub fn add(&mut self, trace: CompiledTrace) -> TraceId {
        let id = self.next_id();
        if trace.root != id {
            self.list[trace.root.0 as usize].family += 1;
        }
        let parent = match trace.kind {
            TraceKind::Side { parent, .. } => Some(parent),
            _ => None,
        };
        for before in parent.into_iter().chain(trace.link) {
            self.list[before.0 as usize].followers.push(id);
        }
        for &key in &trace.depends {
            self.watchers.entry(key).or_default().push(id);
        }
        self.list.push(trace);
        id
    }

    /// A trace, dead ones too.
    pub fn get(&self, id: TraceId) -> Option<&CompiledTrace> {
        self.list.get(id.0 as usize)
    }

    /// A trace, dead ones too.
    pub fn get_mut(&mut self, id: TraceId) -> Option<&mut CompiledTrace> {
        self.list.get_mut(id.0 as usize)
    }

    /// A trace that may be entered.
    pub fn live(&self, id: TraceId) -> Option<&CompiledTrace> {
        self.get(id).filter(|t| !t.dead)
    }

    /// All traces with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (TraceId, &CompiledTrace)> {
        self.list.iter().enumerate().map(|(i, t)| (TraceId(i as u32), t))
    }

    /// All traces that may be entered, and those that were not freed yet.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (TraceId, &mut CompiledTrace)> {
        self.list.iter_mut().enumerate().map(|(i, t)| (TraceId(i as u32), t))
    }

    /// The live traces that depend on a key. They no longer do.
    pub fn take_dependents(&mut self, key: u64) -> Vec<TraceId> {
        let list = self.watchers.remove(&key).unwrap_or_default();
        list.into_iter().filter(|t| self.live(*t).is_some()).collect()
    }

    /// Marks traces dead, with all that can only be reached through them or lead into them. Returns those that were
    /// live, and the exits of others that lead to them.
    pub fn kill(&mut self, first: Vec<TraceId>) -> (Vec<TraceId>, Vec<ExitId>) {
        let mut work = first;
        let mut killed = Vec::new();
        while let Some(id) = work.pop() {
            let t = &mut self.list[id.0 as usize];
            if t.dead {
                continue;
            }
            t.dead = true;
            work.append(&mut t.followers);
            killed.push(id);
        }
        let mut links = Vec::new();
        for &id in &killed {
            let TraceKind::Side { parent, exit } = self.list[id.0 as usize].kind else { continue };
            let before = &mut self.list[parent.0 as usize];
            if let Some(e) = before.exits.get_mut(exit as usize).filter(|e| !before.dead && e.side == Some(id)) {
                e.side = None;
                links.push(ExitId { trace: parent, exit });
            }
        }
        (killed, links)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_have_numbers() {
        let e = ExitId { trace: TraceId(77), exit: 4095 };
        assert_eq!(ExitId::from_number(e.number()), e);
    }
}
