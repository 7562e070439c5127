//! `shared_hit_hitbox`: a hit on Redis, against `hitbox-fn`.

use super::ground::ground;
use super::hits::{Callers, compare, row};
use crate::measure::{Progress, Result};
use crate::peers::{hitbox, larder};
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_hitbox";

pub(super) async fn run() -> Result<Vec<Row>> {
    let cache = &ground().await?.hitbox;
    let mut rows = Vec::new();
    for callers in [Callers::One, Callers::Many(256)] {
        let times = compare(
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
        let measured = row(ID, &times, peer);
        rows.push(measured.target(Target::RatioBelow(1.0)));
    }
    Ok(rows)
}
