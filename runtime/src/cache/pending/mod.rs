//! Invalidations that the server could not be told of: kept, and told until they are done
//! (`docs/decisions/0012-queued-invalidations.md`).
//!
//! [`subject`] is what is to be invalidated, and [`queue`] what waits; [`turns`] are for those who
//! tell the server. While one waits here, this process treats what it is about as if the server
//! were away: nothing of it is read and nothing is stored. Who tells the server is in
//! `invalidating`.

mod queue;
mod subject;
mod turns;

pub(crate) use queue::{MOST, Number, Pending, Queued};
pub(crate) use subject::Subject;
