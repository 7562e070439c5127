//! Invalidations that the server could not be told of: kept, and told until they are done
//! (`docs/decisions/0012-queued-invalidations.md`).
//!
//! [`attempt`] carries out an invalidation, and queues it if the server is away or the caller gives
//! up; [`subject`] is what is to be invalidated; [`retry`] tells the server again. While one waits
//! here, this process treats what it is about as if the server were away: nothing of it is read and
//! nothing is stored.

mod attempt;
mod queue;
mod retry;
mod subject;
mod turns;

pub(crate) use attempt::{attempt, attempt_all};
pub(crate) use queue::Pending;
pub(crate) use retry::{ensure, flush};
pub(crate) use subject::Subject;
