//! Many keys in one call (`docs/decisions/0011-batches.md`).
//!
//! A batched call goes through these files: [`call`] says which ids and which keys; [`load`] finds
//! out what is there, by a [`round`] that asks for all of them at once, with the words of [`look`]
//! and [`observing`]; [`loading`] runs a body for those that are missing, and [`settling`] stores
//! what it returned; [`refresh`] runs one for what is stale; [`rest`] waits for those that others
//! are loading. [`within`] is for bodies that are lent to the call, [`behind`] for those that may
//! outlive it, which are [`owned`]. [`verbs`] is what is done by hand, and [`entries`] what a
//! method has of it. [`pairs`] is what a function returns, and [`one`] what that is to one id.

mod behind;
mod call;
mod entries;
mod load;
mod loading;
mod look;
mod observing;
mod one;
mod owned;
mod pairs;
mod refresh;
mod rest;
mod round;
mod settling;
mod verbs;
mod within;

pub(crate) use behind::batched_behind;
pub(crate) use call::{BatchCall, BatchDraft, Row};
pub use entries::Entries;
pub(crate) use one::{IdOf, ValueOf};
pub(crate) use owned::OwnedBody;
pub use pairs::{BatchId, Kept, Pairs};
pub(crate) use within::batched;
