//! `shared_hit_cached`: a hit on Redis, against `cached`.

use super::ground::ground;
use super::hits::{Callers, compare, row};
use crate::measure::{Progress, Result};
use crate::peers::{cached, larder};
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_cached";

pub(super) async fn run() -> Result<Vec<Row>> {
    ground().await?;
    let mut rows = Vec::new();
    for callers in [Callers::One, Callers::Many(256)] {
        let times = compare(
            &Progress::of(ID),
            callers,
            |id| async move {
                std::hint::black_box(larder::user(id).await);
                Ok(())
            },
            |id| async move {
                std::hint::black_box(cached::user(id).await?);
                Ok(())
            },
        )
        .await?;
        let peer = format!("{}, {}", cached::NAME, callers.name());
        let measured = row(ID, &times, peer);
        rows.push(measured.target(Target::RatioBelow(1.0)));
    }
    Ok(rows)
}
