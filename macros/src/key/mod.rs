//! Which arguments a call's key is made of, for every attribute that has keys.

mod expand;
mod parameter;
mod plan;

pub(crate) use parameter::{KeyParameter, Side};
pub(crate) use plan::{Key, KeySource, Step};
