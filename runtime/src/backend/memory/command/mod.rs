//! The commands, one file a family, and the table that leads to them.

#![allow(
    clippy::unnecessary_wraps,
    reason = "all that stands in the table has one signature, whether it can fail or not"
)]

mod arguments;
mod connection;
mod hash;
mod key;
mod list;
mod scan;
mod server;
mod set;
mod sorted_set;
mod sorted_set_range;
pub(super) mod spec;
mod string;
pub(super) mod table;
