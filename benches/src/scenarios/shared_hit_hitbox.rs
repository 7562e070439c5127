//! `shared_hit_hitbox`: a hit on Redis, against `hitbox-fn`.

use super::hits::{Callers, Peer, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_hitbox";

pub(super) async fn run() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for callers in [Callers::One, Callers::Many] {
        let row = compare(ID, callers, Peer::Hitbox).await?;
        rows.push(row.target(Target::RatioBelow(1.0)));
    }
    Ok(rows)
}
