//! Without tests nothing goes wrong.

use super::super::request::Request;
use super::super::turn::Inner;
use crate::error::Result;

/// Nothing ever goes wrong.
#[derive(Debug, Default)]
pub(in super::super) struct Faults {}

/// A request that reached the server.
#[derive(Debug)]
pub(in super::super) struct Sent;

impl Faults {
    #[allow(clippy::unused_async, reason = "its twin in tests waits")]
    pub(in super::super) async fn send(&self, _: &Inner, _: Request<'_>) -> Result<Sent> {
        Ok(Sent)
    }

    #[allow(clippy::unused_async, reason = "its twin in tests waits")]
    pub(in super::super) async fn receive(&self, _: &Inner, _: Request<'_>, _: Sent) -> Result<()> {
        Ok(())
    }
}
