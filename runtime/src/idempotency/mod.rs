//! Idempotent calls: for each key the first caller runs, and all others get its stored result.
//!
//! [`records`] is what the server keeps and the four steps on it, [`request`] what a call asks for,
//! [`attempt`] a run under way, [`turn`] finds out whose turn it is, [`call`] runs a body between
//! the two. [`handle`] is what users hold.

mod attempt;
mod call;
mod handle;
mod records;
mod request;
mod spec;
mod turn;

pub(crate) use call::{Way, run};
pub use handle::{Idempotency, IdempotencyBuilder};
pub(crate) use records::Records;
pub(crate) use request::Request;
pub use spec::IdempotencySpec;
