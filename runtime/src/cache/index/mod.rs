//! Secondary indexes: all entries with a value, exact although an entry and the lists that it is on
//! are keys of different slots, which no script can change together.
//!
//! A value of an index is one sorted set ([`members`] says of what). Three rules make it exact,
//! whatever is dropped or lost between two steps (`docs/decisions/0005-indexes.md`):
//!
//! 1. An entry is listed while its lease is held and before it is stored ([`engine`]), so whatever
//!    can be read can be found.
//! 2. A member is believed only if its load's value stands under its key (`group`), so what is
//!    left over is garbage and never an answer.
//! 3. An invalidation marks the value before it looks who is listed (`group`), and nobody whose
//!    load began before the mark is listed after it (`enlist.lua`), so no load slips through
//!    between the two.

mod clear;
mod engine;
mod members;
mod pages;
mod probe;
mod values;

pub(crate) use clear::clear;
pub(crate) use engine::{
    Counter, Indexes, LONGEST_LOAD, Listed, Listing, Retired, Sight, count_in, listed_under,
};
pub(crate) use members::Member;
pub(crate) use pages::Walk;
pub use probe::{IndexFallback, IndexProbe};
pub use values::IndexValues;
