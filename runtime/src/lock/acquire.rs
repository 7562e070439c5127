//! Getting one lock, or several.

use std::sync::Arc;

use super::address::LockAddress;
use super::engine::LockEngine;
use super::hold::Hold;
use super::request::Request;
use super::spec::{LockFairness, LockSpec};
use super::stats::LockEvent;
use crate::clock::Moment;
use crate::error::{ErrorKind, Result};

impl LockEngine {
    /// Gets the lock within the time that its declaration gives it.
    pub(super) async fn acquire(
        self: &Arc<Self>,
        spec: LockSpec,
        address: Arc<LockAddress>,
        patience: Moment,
    ) -> Result<(Request, Arc<Hold>)> {
        let mut request = Request::new(Arc::clone(self), spec, address);
        let answer = match spec.fairness {
            LockFairness::Fair if !spec.wait.is_zero() => {
                self.wait_in_line(&mut request, patience).await
            }
            _ => self.wait_at_gate(&mut request, patience).await,
        };
        match answer {
            Ok(hold) => {
                self.note(&spec, LockEvent::Acquired);
                self.renewals.add(Arc::clone(&hold));
                Ok((request, hold))
            }
            Err(error) => {
                let event = match error.kind() {
                    ErrorKind::LockBusy => LockEvent::Busy,
                    _ => LockEvent::Failed,
                };
                if event == LockEvent::Failed {
                    self.context().degradation().failed(&error);
                }
                self.note(&spec, event);
                Err(error)
            }
        }
    }

    /// Gets several locks, or none. Everybody takes them in the same order, so that nobody waits in
    /// a circle.
    pub(super) async fn acquire_all(
        self: &Arc<Self>,
        spec: LockSpec,
        mut addresses: Vec<Arc<LockAddress>>,
    ) -> Result<Vec<(Request, Arc<Hold>)>> {
        spec.check()?;
        let patience = self.context().clock().now() + spec.wait;
        addresses.sort_by(|one, other| one.lock.as_bytes().cmp(other.lock.as_bytes()));
        addresses.dedup_by(|one, other| one.lock == other.lock);
        let mut held = Vec::with_capacity(addresses.len());
        for address in addresses {
            // Those before are given back if one of them cannot be had.
            held.push(self.acquire(spec, address, patience).await?);
        }
        Ok(held)
    }
}
