//! `shared_hit_seq`: a hit on Redis, one caller, against what a person would write without a library.

use super::ground::ground;
use super::hits::{Callers, compare, row};
use crate::measure::{Progress, Result, Times};
use crate::peers::{bare, larder};
use crate::row::{Row, Target};
use crate::source;

pub(super) const ID: &str = "shared_hit_seq";

pub(super) async fn run() -> Result<Vec<Row>> {
    let times = against_bare(ID, Callers::One).await?;
    let measured = row(ID, &times, bare::NAME.to_owned());
    Ok(vec![measured.target(Target::RatioAtMost(1.05))])
}

/// Our hits and bare ones.
pub(super) async fn against_bare(id: &'static str, callers: Callers) -> Result<Times> {
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
