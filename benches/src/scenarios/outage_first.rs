//! `outage_first`: the server goes away. What do the calls cost that find out?

use super::outage::{Phase, compare};
use crate::measure::Result;
use crate::row::{Row, Target, Time};

pub(super) const ID: &str = "outage_first";

pub(super) async fn run() -> Result<Vec<Row>> {
    let rows = compare(ID, Phase::First, Time::Milliseconds).await?;
    Ok(rows
        .into_iter()
        .map(|row| row.target(Target::OursAtMost(50.0)))
        .collect())
}
