//! Permits: so many at a time, in the whole fleet.
//!
//! [`engine`] asks the server, by one script that takes and leaves and one that keeps; [`hold`] is
//! a permit that is held, [`tenure`] for how long it is, [`waiting`] the way to one, [`handle`] what
//! users hold.

mod call;
mod engine;
mod handle;
mod hold;
mod permit;
mod spec;
mod tenure;
mod waiting;

pub(crate) use call::PermitCall;
pub(crate) use engine::{Address, PermitEngine};
pub use handle::{Permits, PermitsBuilder};
pub use permit::Permit;
pub use spec::PermitSpec;
