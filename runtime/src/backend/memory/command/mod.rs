//! The commands, one file a family, and the table that leads to them.

mod arguments;
mod connection;
mod hash;
mod key;
mod list;
mod scan;
mod server;
mod set;
mod sorted_set;
mod string;
pub(super) mod table;
