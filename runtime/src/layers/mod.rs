//! What is done to every call on its way to the server: each a [`Backend`](crate::backend::Backend)
//! over another one.
//!
//! From the outside in: [`Retry`] sends idempotent calls again until their deadline, [`Deadline`]
//! ends each try in time. (The other way round, a try could outlast the deadline of its call.)

mod deadline;
mod retry;

pub(crate) use deadline::Deadline;
pub(crate) use retry::Retry;
