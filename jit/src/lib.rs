//! The JIT.

pub mod abort;
pub mod builder;
pub mod dump;
pub mod exit;
pub mod helper;
pub mod ir;
pub mod jit;
pub mod lower;
pub mod opt;
pub mod stats;
pub mod store;

pub use abort::Abort;
pub use builder::{TraceBuilder, TraceKind};
pub use exit::{ExitInfo, ExitValue, FrameView, SlotView, SnapshotView};
pub use helper::{Does, Helper, HelperId, Helpers, Param};
pub use ir::snapshot::Resume;
pub use ir::{Alias, Origin, Ref, Ty};
pub use jit::{Config, Jit};
pub use opt::emit::Environment;
pub use opt::{Pass, Passes};
pub use stats::Stats;
pub use store::{ExitId, TraceId};
pub use weft_layout::op::Op;
