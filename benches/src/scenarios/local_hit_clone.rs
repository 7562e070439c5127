//! `local_hit_clone`: a hit in this process, whose value is cloned for each caller.

use super::local_hits::{Answer, compare};
use crate::measure::Result;
use crate::row::Row;

pub(super) const ID: &str = "local_hit_clone";

pub(super) async fn run() -> Result<Vec<Row>> {
    compare(ID, Answer::Cloned, 1.0).await
}
