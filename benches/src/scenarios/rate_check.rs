//! `rate_check`: checks of a rate limit by 256 tasks at once, against a bare `EVALSHA` of the same script over the same kind of connection.

use super::rates::{Subject, compare};
use crate::measure::Result;
use crate::row::{Row, Target};

pub(super) const ID: &str = "rate_check";

pub(super) async fn run() -> Result<Vec<Row>> {
    let row = compare(ID, Subject::Allowed).await?;
    Ok(vec![row.target(Target::RatioAtMost(1.25))])
}
