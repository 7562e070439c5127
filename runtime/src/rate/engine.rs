//! Asks the server, and decides without it where that is declared.

use std::sync::Arc;
use std::time::Duration;

use super::borrowed::{Borrowed, Turn};
use super::decision::{Decision, DecisionSource, Verdict};
use super::denials::Denials;
use super::fallback::Fallback;
use super::limit::Limit;
use super::question::{self, Question, Scripts};
use super::spec::{Enforcement, MOST_LIMITS, RateOnError, RateSpec};
use super::stats::{RateEvent, RateStats, Tallies};
use crate::backend::{Backend, Call};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::{ErrorKind, Result};
use crate::key::Key;

/// What all limiters of one Larder share.
#[derive(Debug)]
pub(crate) struct RateEngine {
    context: Arc<Context>,
    scripts: Scripts,
    pub(super) denials: Denials,
    fallback: Fallback,
    borrowed: Borrowed,
    tallies: Tallies,
}

impl RateEngine {
    /// Limiters on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            scripts: Scripts::new(),
            denials: Denials::default(),
            fallback: Fallback::default(),
            borrowed: Borrowed::default(),
            tallies: Tallies::default(),
        }
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    /// Decides one call, counts it, and remembers a denial.
    pub(super) async fn check(&self, spec: &RateSpec, key: &Key, cost: u64) -> Result<Decision> {
        spec.can_pass(cost)?;
        let count = |event| self.tallies.count(spec.namespace, event);
        let now = self.context.clock().now();
        if spec.enforcement == Enforcement::Enforced
            && let Some((retry_after, denier)) = self.denials.find(key, cost, now)
            // A limit that there is not any more denies nothing.
            && spec.limits().any(|limit| *limit == denier.limit)
        {
            count(RateEvent::DeniedLocally);
            return Ok(Decision {
                verdict: Verdict::Denied {
                    retry_after,
                    denier: 0,
                },
                limits: [Some(denier), None, None, None],
                source: DecisionSource::Local,
            });
        }
        let decision = match self.decide(spec, key, cost, now).await {
            Ok(decision) => decision,
            // What does not pass by itself is no outage: declared for those it would hide a mistake.
            // A Larder that was closed asks no server any more either.
            Err(error) if !error.is_temporary() && error.kind() != ErrorKind::Closed => {
                return Err(error);
            }
            Err(error) => {
                self.context.degradation().failed(&error);
                count(RateEvent::Degraded);
                match spec.on_error {
                    RateOnError::Fail => return Err(error),
                    RateOnError::Allow => Decision {
                        verdict: Verdict::Allowed,
                        limits: [None; MOST_LIMITS],
                        source: DecisionSource::Degraded,
                    },
                    RateOnError::Local => self.fallback.decide(spec, key, cost, now),
                }
            }
        };
        let decision = self.enforce(spec, &decision);
        if let Some(retry_after) = decision.retry_after()
            && decision.source == DecisionSource::Server
        {
            let denied = (retry_after, decision.denier());
            let now = self.context.clock().now();
            self.denials.remember(key, cost, denied, now);
        }
        Ok(decision)
    }

    /// Counts a decision, and denies nobody where the limits only rehearse.
    pub(super) fn enforce(&self, spec: &RateSpec, decision: &Decision) -> Decision {
        let (event, verdict) = match (decision.verdict, spec.enforcement) {
            (Verdict::Allowed, _) => (RateEvent::Allowed, Verdict::Allowed),
            (Verdict::Denied { .. }, Enforcement::Shadow) => {
                (RateEvent::Shadowed, Verdict::Allowed)
            }
            (denied, Enforcement::Enforced) => (RateEvent::Denied, denied),
        };
        self.tallies.count(spec.namespace, event);
        Decision {
            verdict,
            ..*decision
        }
    }

    /// Decides one call, after a wait if need be; an error if that would be longer than `max_wait`.
    pub(super) async fn acquire(
        &self,
        spec: &RateSpec,
        key: &Key,
        cost: u64,
        max_wait: Duration,
    ) -> Result<Decision> {
        let clock = self.context.clock();
        let patience = clock.now() + max_wait;
        loop {
            let decision = self.check(spec, key, cost).await?;
            let Some(wait) = decision.retry_after() else {
                return Ok(decision);
            };
            if clock.now() + wait > patience {
                return decision.into_result();
            }
            clock.sleep(wait).await;
        }
    }

    /// Decides with what is borrowed, or else by the server.
    async fn decide(&self, spec: &RateSpec, key: &Key, cost: u64, now: Moment) -> Result<Decision> {
        let deadline = now + self.timeout(spec);
        // No more than could ever pass at once.
        let batch = spec.batch.min(spec.largest_cost());
        if batch > cost
            && let Some(decision) = self.borrow(spec, key, (cost, batch), deadline).await?
        {
            return Ok(decision);
        }
        self.ask_until(deadline, spec, key, cost, Question::Take)
            .await
    }

    /// Decides with what is borrowed, and borrows a batch if there is not enough; `None` if the
    /// server has none to lend.
    async fn borrow(
        &self,
        spec: &RateSpec,
        key: &Key,
        (cost, batch): (u64, u64),
        deadline: Moment,
    ) -> Result<Option<Decision>> {
        let clock = self.context.clock();
        let turn = match self.borrowed.take(spec, key, cost, clock.now()) {
            Turn::Waits(borrower) => {
                // Whoever finds nothing left after that asks for himself: it would take him round
                // trip after round trip to wait for the others.
                let _ = clock.timeout_at(deadline, borrower.has_returned()).await;
                self.borrowed.take(spec, key, cost, clock.now())
            }
            turn => turn,
        };
        match turn {
            Turn::Lent(limits) => Ok(Some(Decision {
                verdict: Verdict::Allowed,
                limits,
                source: DecisionSource::Local,
            })),
            Turn::Waits(_) => Ok(None),
            Turn::Borrows(borrower) => {
                let asked = self.ask_until(deadline, spec, key, batch, Question::Take);
                let decision = asked.await?;
                if !decision.is_allowed() {
                    return Ok(None);
                }
                let now = clock.now();
                let period = spec.limits().next().map_or(Duration::ZERO, Limit::per);
                borrower.lend(batch - cost, decision.limits, (now, now + period));
                Ok(Some(decision))
            }
        }
    }

    /// One round trip.
    pub(super) async fn ask(
        &self,
        spec: &RateSpec,
        key: &Key,
        cost: u64,
        question: Question<'_>,
    ) -> Result<Decision> {
        let deadline = self.context.clock().now() + self.timeout(spec);
        self.ask_until(deadline, spec, key, cost, question).await
    }

    async fn ask_until(
        &self,
        deadline: Moment,
        spec: &RateSpec,
        key: &Key,
        cost: u64,
        question: Question<'_>,
    ) -> Result<Decision> {
        if !matches!(question, Question::Settle(_)) {
            spec.can_pass(cost)?;
        }
        let invocation = self.scripts.invocation(spec, key, cost, question)?;
        let resend = question.resend();
        let call = Call { deadline, resend };
        let context = &self.context;
        let reply = context.backend().script(&invocation, &call).await?;
        context.degradation().answered();
        let (now, decision) = question::read(spec, reply)?;
        context.server_time().observe(now / 1000);
        // Neither who looks nor who is denied writes anything.
        if decision.is_allowed() && !matches!(question, Question::Peek) {
            context.degradation().wrote();
        }
        Ok(decision)
    }

    /// How long one check may take.
    fn timeout(&self, spec: &RateSpec) -> Duration {
        spec.timeout.unwrap_or(self.context.limits().call_budget)
    }

    /// What has happened in a namespace.
    pub(crate) fn stats(&self, namespace: &str) -> RateStats {
        self.tallies.stats(namespace)
    }

    /// Forgets everything about a key.
    pub(super) fn forget(&self, key: &Key) {
        self.denials.forget(key);
        self.borrowed.forget(key);
    }
}
