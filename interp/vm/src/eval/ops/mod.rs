//! What the eval loop's arms do when the fast path does not apply.

mod attributes;
mod building;
mod exceptions;
mod intrinsics;
mod iteration;
mod matching;
mod names;
mod operators;
mod subscripts;
mod unpacking;

pub use attributes::*;
pub use building::*;
pub use exceptions::*;
pub use intrinsics::*;
pub use iteration::*;
pub use matching::*;
pub use names::*;
pub use operators::*;
pub use subscripts::*;
pub use unpacking::*;
