//! The optimiser.
//!
//! Two kinds of passes. *On the way in*, every instruction goes through [`emit::Emitter::emit`]: [`fold`], then
//! [`guards`] (what is already known of a value), then [`cse`] for ops without memory and [`forward`] for loads. The
//! recorder's instructions enter that way, and the second copy of a loop body that [`peel`] makes does again, which is
//! how invariants leave loops. *Over the whole trace*, afterwards: [`header`], [`peel`], [`ranges`], [`refcount`], [`slots`],
//! [`dce`].
//!
//! Each pass is one file that opens with what it does, an example, and its invariants, and each can be switched off
//! by its name ([`Pass`]).

pub mod applied;
pub mod cse;
pub mod dce;
pub mod emit;
pub mod facts;
pub mod fold;
pub mod forward;
pub mod guards;
pub mod header;
pub mod link;
pub mod peel;
pub mod ranges;
pub mod refcount;
pub mod slots;

/// A pass that can be switched off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Pass {
    /// Objects that only the trace has seen are not made; see [`crate::builder`].
    Virtuals,
    /// Rules that replace an instruction by a simpler one or by a value it already has.
    Fold,
    /// Guards that cannot fail go; what is known of a value makes others cheaper.
    Guards,
    /// An instruction that was there before is not emitted again.
    Cse,
    /// Loads take the value that was stored or loaded before.
    Forward,
    /// The first iteration of a loop is peeled, so that what is invariant happens once.
    Peel,
    /// Overflow checks and comparisons that always hold go.
    Ranges,
    /// Pairs of incref and decref go.
    Refcount,
    /// Slots a loop never changes stay in the frame.
    Slots,
    /// What nothing uses goes.
    Dce,
}

impl Pass {
    /// All passes, in the order of their names in dumps.
    pub const ALL: [Pass; 10] = [
        Pass::Virtuals,
        Pass::Fold,
        Pass::Guards,
        Pass::Cse,
        Pass::Forward,
        Pass::Peel,
        Pass::Ranges,
        Pass::Refcount,
        Pass::Slots,
        Pass::Dce,
    ];

    /// The name it is switched off by.
    pub fn name(self) -> &'static str {
        match self {
            Pass::Virtuals => "virtuals",
            Pass::Fold => "fold",
            Pass::Guards => "guards",
            Pass::Cse => "cse",
            Pass::Forward => "forward",
            Pass::Peel => "peel",
            Pass::Ranges => "ranges",
            Pass::Refcount => "refcount",
            Pass::Slots => "slots",
            Pass::Dce => "dce",
        }
    }

    /// The pass of that name.
    pub fn from_name(name: &str) -> Option<Pass> {
        Pass::ALL.into_iter().find(|p| p.name() == name)
    }
}

/// A set of passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passes(u16);

impl Default for Passes {
    fn default() -> Self {
        Passes::all()
    }
}

impl Passes {
    /// Every pass.
    pub const fn all() -> Passes {
        Passes((1 << Pass::ALL.len()) - 1)
    }

    /// No pass.
    pub const fn none() -> Passes {
        Passes(0)
    }

    /// Whether a pass is in it.
    pub const fn has(self, p: Pass) -> bool {
        self.0 & 1 << p as u8 != 0
    }

    /// With a pass more.
    pub const fn with(self, p: Pass) -> Passes {
        Passes(self.0 | 1 << p as u8)
    }

    /// With a pass less.
    pub const fn without(self, p: Pass) -> Passes {
        Passes(self.0 & !(1 << p as u8))
    }
}

/// Sends an existing trace through the passes on the way in: how tests run those.
pub fn reemit(
    source: &crate::ir::Trace,
    env: std::sync::Arc<emit::Environment>,
    passes: Passes,
) -> Result<crate::ir::Trace, crate::abort::Abort> {
    use crate::ir::{Code, Pseudo, Ref, snapshot::SnapId};
    let mut e = emit::Emitter::new(env, passes);
    e.trace.consts = source.consts.clone();
    e.trace.snaps = source.snaps.clone();
    e.trace.origins = source.origins.clone();
    e.trace.recipes = source.recipes.clone();
    let mut new = vec![Ref::NONE; source.insts.len()];
    let mut snaps: Vec<Option<SnapId>> = vec![None; source.snaps.len()];
    for (at, old) in source.insts.iter().enumerate() {
        let map = |r: Ref| if r.is_inst() { new[r.index()] } else { r };
        let mut inst = *old;
        if inst.code == Code::Pseudo(Pseudo::Call) {
            let args: Vec<Ref> = source.args.get(inst.b().bits()).iter().map(|&r| map(r)).collect();
            inst.args[1] = Ref::raw(e.trace.args.add(&args));
        } else {
            for i in 0..inst.code.values() {
                inst.args[i] = map(inst.args[i]);
            }
        }
        if inst.snap() != SnapId::NONE {
            let id = inst.snap().0 as usize;
            let copy = *snaps[id].get_or_insert_with(|| e.trace.snaps.copy_with(SnapId(id as u32), map));
            inst.set_snap(copy);
        }
        e.origin = inst.origin;
        new[at] = e.emit(inst)?;
    }
    Ok(e.trace)
}
