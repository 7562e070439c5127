//! `shared_hit_cached`: a hit on Redis, against `cached`.

use super::hits::{Callers, Peer, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_cached";

pub(super) async fn run() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for callers in [Callers::One, Callers::Several, Callers::Many] {
        let row = compare(ID, callers, Peer::Cached).await?;
        rows.push(row.target(Target::RatioBelow(1.0)));
    }
    Ok(rows)
}
