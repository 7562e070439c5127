//! `shared_hit_seq`: a hit on Redis, one caller, against what a person would write without a
//! library.

use super::hits::{Callers, Peer, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_seq";

pub(super) async fn run() -> Result<Vec<Row>> {
    let row = compare(ID, Callers::One, Peer::Bare).await?;
    Ok(vec![row.target(Target::RatioAtMost(1.05))])
}
