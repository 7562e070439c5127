//! `shared_hit_hitbox`: a hit on Redis, against `hitbox-fn`.

use super::ground::ground;
use super::hits::{Callers, compare};
use crate::measure::{Progress, Result};
use crate::peers::{hitbox, larder};
use crate::row::{Row, Target, Time};

pub(super) const ID: &str = "shared_hit_hitbox";

pub(super) async fn run() -> Result<Vec<Row>> {
    let cache = &ground().await?.hitbox;
    let mut rows = Vec::new();
    for callers in [Callers::One, Callers::Many(256)] {
        let rounds = compare(
            &Progress::of(ID),
            callers,
            |id| async move {
                std::hint::black_box(larder::user(id).await);
                Ok(())
            },
            move |id| async move {
                std::hint::black_box(hitbox::user(id).cache(cache).await?);
                Ok(())
            },
        )
        .await?;
        let peer = format!("{}, {}", hitbox::NAME, callers.name());
        let row = Row::of_rounds(ID, &rounds, peer, Time::Microseconds);
        rows.push(row.target(Target::RatioBelow(1.0)));
    }
    Ok(rows)
}
