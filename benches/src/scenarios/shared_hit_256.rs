//! `shared_hit_256`: hits on Redis by 256 tasks at once, against what a person would write without a library.

use super::hits::{Callers, row};
use super::shared_hit_seq::against_bare;
use crate::measure::Result;
use crate::peers::bare;
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_256";

pub(super) async fn run() -> Result<Vec<Row>> {
    let times = against_bare(ID, Callers::Many(256)).await?;
    let measured = row(ID, &times, bare::NAME.to_owned());
    Ok(vec![measured.target(Target::RatioAtMost(1.1))])
}
