//! `shared_hit_256`: hits on Redis by 256 tasks at once, against what a person would write without
//! a library.

use super::hits::{Callers, Peer, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_256";

pub(super) async fn run() -> Result<Vec<Row>> {
    let row = compare(ID, Callers::Many, Peer::Bare).await?;
    Ok(vec![row.target(Target::RatioAtMost(1.1))])
}
