//! One request for a lock. It bears a name on the server, so that it can be sent again, and leaves
//! when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::claim::{Claim, Departure};
use super::engine::LockEngine;
use super::scripts::Verb;
use super::servers::Answer;
use super::spec::LockSpec;
use crate::error::{Error, Result};

/// A lock that is asked for, or held. Dropping it gives it back in the background, and ends its
/// renewal, in whatever state it is: else a lock that could not be given back would be held for as
/// long as the process lives.
#[derive(Debug)]
pub(super) struct Request {
    engine: Arc<LockEngine>,
    pub(super) claim: Claim,
}

impl Request {
    pub(super) fn new(engine: Arc<LockEngine>, spec: LockSpec, address: Arc<LockAddress>) -> Self {
        Self {
            claim: Claim::new(spec, address, engine.next_name(spec.mode)),
            engine,
        }
    }

    /// Asks for the lock once.
    pub(super) async fn ask(&mut self, verb: Verb) -> Result<Answer> {
        let was_known = self.claim.may_be_known();
        let answer = self.engine.servers().ask(&mut self.claim, verb).await;
        if !was_known && answer.as_ref().is_err_and(Error::is_unsent) {
            self.claim.is_gone();
        }
        if self.engine.servers().keep_parts() && !matches!(answer, Ok(Answer::Held(_))) {
            self.begin_anew();
        }
        answer
    }

    /// What it has got is not renewed from now on.
    pub(super) fn end_renewal(&self) {
        self.claim.end_renewal();
    }

    /// Gives the lock back, or the place in the queue.
    pub(super) async fn leave(mut self, within: Duration) -> Result<()> {
        self.end_renewal();
        let claim = &self.claim;
        let left = self
            .engine
            .servers()
            .give_back(&claim.address, &claim.holder, claim.departure(), within)
            .await;
        if left.is_ok() {
            self.claim.is_gone();
        }
        left
    }

    /// What was asked for so far is given back, and what is asked for next is another's, as the
    /// servers see it: a server that has given it, or is going to, holds it for nobody, and whatever
    /// comes late must not be taken for a part of the next.
    fn begin_anew(&mut self) {
        let next = self.engine.next_name(self.claim.spec.mode);
        let before = std::mem::replace(&mut self.claim.holder, next);
        self.claim.is_gone();
        self.leave_later(before, Departure::InTurn);
    }

    fn leave_later(&self, holder: String, departure: Departure) {
        let (address, lease) = (Arc::clone(&self.claim.address), self.claim.spec.lease);
        self.engine.leave_later(address, holder, departure, lease);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.end_renewal();
        if self.claim.may_be_known() {
            let holder = std::mem::take(&mut self.claim.holder);
            self.leave_later(holder, self.claim.departure());
        }
    }
}
