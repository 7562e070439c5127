//! `shared_hit_16`: hits on Redis by 16 tasks at once, which are several and no crowd, against what
//! a person would write without a library.

use super::hits::{Callers, Peer, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "shared_hit_16";

pub(super) async fn run() -> Result<Vec<Row>> {
    let row = compare(ID, Callers::Several, Peer::Bare).await?;
    Ok(vec![row.target(Target::RatioAtMost(1.1))])
}
