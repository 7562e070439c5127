//! Copies of values in this process, kept coherent with the server by its pushes
//! (`docs/decisions/0004-local-tier.md`).
//!
//! A read that is to be kept goes through these files: [`reading`] asks the server so that it will
//! tell of changes, under a mark of [`fillings`]; [`tier`] keeps what was [`answered`], as a
//! [`copy`], if the mark is still clean, and drops it when a push or this process says that it has
//! changed. [`canary`] proves that pushes arrive at all, and [`patrol`] sends one every half second
//! while there are copies. A call may ask for more than a copy can promise: [`demand`].

mod answered;
mod canary;
mod copy;
mod copying;
mod demand;
mod fillings;
mod nearby;
mod patrol;
mod reading;
mod readings;
mod rule;
mod stamps;
mod tier;
mod token;

#[cfg(test)]
mod tests;

pub(crate) use answered::Answered;
pub(crate) use copy::{Encoded, Form, Label, LocalCopy, Served};
pub(crate) use copying::{CloneOut, Copying};
pub(crate) use demand::Demand;
pub(crate) use nearby::Nearby;
pub(crate) use patrol::ensure as ensure_patrol;
pub(crate) use reading::Reading;
pub(crate) use readings::Readings;
pub use rule::Local;
pub(crate) use stamps::Membership;
pub(crate) use tier::{Found, Kept, Tier};
pub use token::InvalidationToken;
