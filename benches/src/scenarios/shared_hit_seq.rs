//! `shared_hit_seq`: a hit on Redis, one caller, against what a person would write without a library.

use super::ground::ground;
use super::hits::{Callers, compare};
use crate::measure::{Progress, Result};
use crate::peers::{bare, larder};
use crate::row::{Row, Target, Time};
use crate::source;

pub(super) const ID: &str = "shared_hit_seq";

pub(super) async fn run() -> Result<Vec<Row>> {
    let rounds = against_bare(ID, Callers::One).await?;
    let row = Row::of_rounds(ID, &rounds, bare::NAME, Time::Microseconds);
    Ok(vec![row.target(Target::RatioAtMost(1.05))])
}

/// Our hits and bare ones.
pub(super) async fn against_bare(
    id: &'static str,
    callers: Callers,
) -> Result<crate::measure::Rounds> {
    let bare = ground().await?.bare.clone();
    for key in 0..super::hits::KEYS {
        bare.put(&source::load(key).await).await?;
    }
    compare(
        &Progress::of(id),
        callers,
        |id| async move {
            std::hint::black_box(larder::user(id).await);
            Ok(())
        },
        move |id| {
            let bare = bare.clone();
            async move {
                std::hint::black_box(bare.user(id).await?);
                Ok(())
            }
        },
    )
    .await
}
