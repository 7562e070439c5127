//! What `#[invalidates]` and `#[cache_put]` share: functions that write to the caches of others
//! when they have answered.

pub(crate) mod arguments;
pub(crate) mod calls;
pub(crate) mod entries;
pub(crate) mod expand;
pub(crate) mod writer;
