//! Typed stores: Redis' data types, with values of one Rust type.
//!
//! A [`Store`] makes [`Operation`]s; each is a future, and may also travel with others in a
//! [`StorePipeline`]. What an operation asks for stands in one file a data type; [`operation`] asks
//! it, [`reading`] understands the answer, [`repeat`] says what may be done again, [`swap`] is what
//! cannot be asked at once: to compare before writing.

mod builder;
mod counters;
mod engine;
mod fenced;
mod handle;
mod hashes;
mod lists;
mod operation;
mod pipeline;
mod reading;
mod repeat;
mod request;
mod sets;
mod sorted_sets;
mod swap;
mod values;

pub use builder::StoreBuilder;
pub(crate) use engine::StoreEngine;
pub use handle::Store;
pub use operation::Operation;
pub use pipeline::{Answers, Queued, StorePipeline};
