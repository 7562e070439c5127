//! Invalidations, carried out now or as soon as the server is there again
//! (`docs/decisions/0012-queued-invalidations.md`).
//!
//! [`verbs`] are what is asked for; [`attempt`] carries it out, and queues it if the server is away
//! or the caller gives up; [`retry`] tells the server of what is queued until that is done, as
//! [`carry_out`] does it. What waits is [`pending`](super::pending).

mod attempt;
mod carry_out;
mod retry;
mod verbs;

pub(crate) use attempt::{attempt, attempt_all};
pub(crate) use retry::{ensure, flush};
pub(crate) use verbs::{clear, entry, invalidate, invalidate_tag};
