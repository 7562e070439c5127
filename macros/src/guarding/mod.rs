//! What all that guard a function share: limits, permits, locks and results that are kept say
//! before its body whether it runs, and the body runs within.

mod expand;
mod function;
mod spec;
mod unnamed;

pub(crate) use expand::{around, boxed, function};
pub(crate) use function::Guarded;
pub(crate) use spec::{constant, timed};
