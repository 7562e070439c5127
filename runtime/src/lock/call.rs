//! Takes locks, save those that the caller has already; one call of an annotated function.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::address::LockAddress;
use super::engine::LockEngine;
use super::guard::LockGuard;
use super::spec::{LockMode, LockReentrance, LockSpec};
use super::under::held_here;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;

/// The lock of one call; made by generated code.
pub struct LockCall(Pin<Box<dyn Future<Output = Result<LockGuard>> + Send>>);

impl LockCall {
    pub(crate) fn new(
        wanted: Result<(Arc<LockEngine>, Vec<Arc<LockAddress>>)>,
        spec: LockSpec,
    ) -> Self {
        Self(Box::pin(async move {
            let (engine, addresses) = wanted?;
            take(engine, spec, addresses).await
        }))
    }

    /// Waits for the lock, runs the body under it and gives it back.
    ///
    /// # Errors
    /// The body does not run if the lock cannot be had, and is dropped if the lock is lost.
    pub fn run<F: Future>(self, body: F) -> impl Future<Output = Result<F::Output>> {
        // Boxed before anything else: each layer around a body, and there are some, would hold it
        // twice.
        let body = Box::pin(body);
        async move {
            let guard = self.0.await?;
            let output = guard.run(body).await;
            guard.end().await;
            output
        }
    }
}

impl std::fmt::Debug for LockCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LockCall")
    }
}

/// Takes these locks, save those that a body around this call has and lets in again.
pub(super) async fn take(
    engine: Arc<LockEngine>,
    spec: LockSpec,
    addresses: Vec<Arc<LockAddress>>,
) -> Result<LockGuard> {
    let mut wanted = Vec::with_capacity(addresses.len());
    let mut known = Vec::new();
    for address in &addresses {
        match held_here(&address.lock, spec.placement) {
            None => wanted.push(Arc::clone(address)),
            Some(hold) => {
                check_reentry(spec, &hold.holder, address)?;
                known.push(hold);
            }
        }
    }
    let taken = engine.acquire_all(spec, wanted).await?;
    let (requests, mut holds): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
    holds.append(&mut known);
    // As the keys were written, for the fences; a key that was written twice has one.
    let place = |lock: &Key| addresses.iter().position(|address| address.lock == *lock);
    holds.sort_by_key(|hold| place(hold.lock()));
    holds.dedup_by(|one, other| one.lock() == other.lock());
    Ok(LockGuard::new(engine, holds, requests))
}

fn check_reentry(spec: LockSpec, holder: &str, address: &LockAddress) -> Result<()> {
    let error = |message| {
        Err(Error::new(ErrorKind::Configuration, "lock", message).with("lock", &address.lock))
    };
    if spec.reentrance == LockReentrance::Refused {
        return error(
            "this body runs under the lock already and would wait for itself: write `reentrant` if it may take it again",
        );
    }
    if spec.mode == LockMode::Write && holder.starts_with('r') {
        return error(
            "this body runs under the lock as a reader, and others may read too: take the lock for writing from the start",
        );
    }
    Ok(())
}
