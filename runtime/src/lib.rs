//! The run-time half of `larder`. Do not depend on this crate: `larder` re-exports what users need.

pub mod backend;
pub mod clock;
pub mod config;
pub mod error;
