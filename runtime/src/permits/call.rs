//! One call of a function of which so many may run at a time.

use std::sync::Arc;

use super::engine::{Address, PermitEngine};
use super::permit::Permit;
use super::spec::PermitSpec;
use crate::error::Result;

/// Which permits.
#[derive(Debug)]
pub(crate) struct PermitCall {
    engine: Arc<PermitEngine>,
    spec: PermitSpec,
    address: Address,
}

impl PermitCall {
    pub(crate) fn new(engine: Arc<PermitEngine>, spec: PermitSpec, address: Address) -> Self {
        Self {
            engine,
            spec,
            address,
        }
    }

    /// A permit, after a wait if need be.
    pub(crate) async fn acquire(self) -> Result<Permit> {
        self.engine.acquire(self.spec, self.address).await
    }
}
