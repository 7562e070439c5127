//! `rate_check`: checks of a rate limit by 256 tasks at once, against a bare `EVALSHA` of the same
//! script over the same kind of connection, and against two libraries.

use super::rates::{Peer, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "rate_check";

pub(super) async fn run() -> Result<Vec<Row>> {
    let bare = compare(ID, Peer::BareScript).await?;
    Ok(vec![
        bare.target(Target::RatioAtMost(1.25)),
        compare(ID, Peer::ThrottleKit).await?,
        compare(ID, Peer::TowerRedis).await?,
    ])
}
