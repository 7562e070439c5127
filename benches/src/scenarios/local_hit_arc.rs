//! `local_hit_arc`: a hit in this process, whose value is behind an `Arc`.

use super::local_hits::{Answer, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "local_hit_arc";

pub(super) async fn run() -> Result<Vec<Row>> {
    let row = compare(ID, Answer::Shared).await?;
    Ok(vec![row.target(Target::RatioAtMost(0.8))])
}
