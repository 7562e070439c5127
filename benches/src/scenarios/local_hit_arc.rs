//! `local_hit_arc`: a hit in this process, whose value is behind an `Arc`.

use super::local_hits::{Answer, compare};
use crate::measure::Result;
use crate::row::Row;

pub(super) const ID: &str = "local_hit_arc";

pub(super) async fn run() -> Result<Vec<Row>> {
    compare(ID, Answer::Shared, 0.8).await
}
