//! `outage_open`: the server has been away for a while. What does a call cost?

use super::outage::{Phase, compare};
use crate::measure::Result;
use crate::row::{Row, Target, Time};

pub(super) const ID: &str = "outage_open";

pub(super) async fn run() -> Result<Vec<Row>> {
    let rows = compare(ID, Phase::Open, Time::Microseconds).await?;
    Ok(rows
        .into_iter()
        .map(|row| row.target(Target::OursAtMost(10.0)))
        .collect())
}
