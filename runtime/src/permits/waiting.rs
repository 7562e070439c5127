//! The way to a permit: at once if one is free, else in the queue, woken when it is the caller's
//! turn.

use std::sync::Arc;
use std::time::Duration;

use super::engine::{Address, Answer, CLAIM, PermitEngine, Verb, busy};
use super::hold::Claim;
use super::permit::Permit;
use super::spec::PermitSpec;
use crate::clock::Moment;
use crate::context::{Announced, Subscription, nobody_is_woken};
use crate::error::{Error, ErrorKind, Result};

/// How long after an end it is asked whether it was one: messages come late, and timers fire early.
const LATENESS: Duration = Duration::from_millis(2);

impl PermitEngine {
    /// A permit, after a wait if need be.
    pub(super) async fn acquire(
        self: &Arc<Self>,
        spec: PermitSpec,
        address: Address,
    ) -> Result<Permit> {
        let got = self.wait_for(spec, address).await;
        if let Err(error) = &got
            && matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Timeout)
        {
            self.context().degradation().failed(error);
        }
        got
    }

    /// A permit, if one is free.
    pub(super) async fn try_acquire(
        self: &Arc<Self>,
        spec: PermitSpec,
        address: Address,
    ) -> Result<Option<Permit>> {
        if self.holds_all(&spec, &address.permits) {
            return Ok(None);
        }
        let mut claim = Claim::new(self, spec, address);
        match claim.ask(Verb::Take).await? {
            Answer::Held => Ok(Some(Permit::new(claim))),
            Answer::Busy(_) => {
                claim.settle();
                Ok(None)
            }
        }
    }

    async fn wait_for(self: &Arc<Self>, spec: PermitSpec, address: Address) -> Result<Permit> {
        let clock = self.context().clock();
        let patience = clock.now() + spec.wait;
        if let Some(permit) = self.try_acquire(spec, address.clone()).await? {
            return Ok(permit);
        }
        if spec.wait.is_zero() {
            return Err(busy(&spec));
        }
        // Listens before it gets its place, so that no turn is missed.
        let turns = self.context().subscribe(address.channel.clone()).await;
        let mut turns = turns.map_err(unwoken)?;
        let mut claim = Claim::new(self, spec, address);
        loop {
            let left = match claim.ask(Verb::Queue).await? {
                Answer::Held => return Ok(Permit::new(claim)),
                Answer::Busy(left) => left,
            };
            // A holder that has died ends without a message.
            let until = clock.now() + left + LATENESS;
            claim.sleep(&mut turns, until.min(patience)).await?;
            if clock.now() >= patience {
                // The server may have gone meanwhile, and nobody knows of the permits any more.
                let absence = self.context().absence().await;
                return Err(absence.unwrap_or_else(|| busy(&spec)));
            }
        }
    }
}

impl Claim {
    /// Asks once. To be sure until when it is held, the moment before the question counts.
    async fn ask(&mut self, verb: Verb) -> Result<Answer> {
        let was_known = self.may_be_known();
        self.is_sent();
        let hold = &self.hold;
        let sent = hold.engine.context().clock().now();
        let answer = hold
            .engine
            .ask(&hold.spec, &hold.address, &hold.holder, verb)
            .await;
        match &answer {
            Ok(Answer::Held) => {
                hold.tenure.begins(sent);
                hold.engine.note(&hold.address.permits, &hold.tenure);
            }
            Err(error) if error.is_unsent() && !was_known => self.settle(),
            _ => {}
        }
        answer
    }

    /// Ready when it is this one's turn, or it is worth asking again: when the first permit ends,
    /// or when somebody whose turn it was has not come.
    async fn sleep(&self, turns: &mut Subscription, until: Moment) -> Result<()> {
        let clock = self.hold.engine.context().clock();
        let me = self.hold.holder.as_bytes();
        let mut expected: Vec<(Arc<[u8]>, Moment)> = Vec::new();
        loop {
            let first = expected.iter().map(|(_, end)| *end).min();
            let until = first.map_or(until, |first| first.min(until));
            match clock.timeout_at(until, turns.next()).await {
                Err(_elapsed) => return Ok(()),
                Ok(Announced::Missed) => return Ok(()),
                Ok(Announced::Message(message)) => match message.strip_prefix(b"+") {
                    Some(come) => expected.retain(|(whose, _)| **whose != *come),
                    None if *message == *me => return Ok(()),
                    None => expected.push((message, clock.now() + CLAIM + LATENESS)),
                },
                Ok(Announced::Ended(reason)) => return Err(unwoken(reason)),
            }
        }
    }
}

fn unwoken(reason: Error) -> Error {
    nobody_is_woken(reason, "permit", "permits")
}
