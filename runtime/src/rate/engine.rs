//! Asks the server, and decides without it where that is declared.

use std::sync::Arc;
use std::time::Duration;

use super::algorithm::Algorithm;
use super::borrowed::Borrowed;
use super::decision::{Decision, DecisionSource, LimitState, Verdict};
use super::denials::Denials;
use super::fallback::Fallback;
use super::limit::Limit;
use super::spec::{Enforcement, MOST_LIMITS, RateOnError, RateSpec};
use super::stats::{RateEvent, RateStats, Tallies};
use crate::backend::{Backend, Call, Invocation, Reply, Resend, Script};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
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

#[derive(Debug)]
struct Scripts {
    gcra: Script,
    fixed_window: Script,
    sliding_window: Script,
    sliding_log: Script,
}

/// What is asked of the server.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question<'reservation> {
    Take,
    Peek,
    /// Take for so long.
    Reserve(&'reservation str, Duration),
    /// Put this cost in the place of the reservation's.
    Settle(&'reservation str),
}

impl RateEngine {
    /// Limiters on this ground.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            scripts: Scripts {
                gcra: Script::new(include_str!("gcra.lua")),
                fixed_window: Script::new(include_str!("fixed_window.lua")),
                sliding_window: Script::new(include_str!("sliding_window.lua")),
                sliding_log: Script::new(include_str!("sliding_log.lua")),
            },
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
            && let Some((wait, state)) = self.denials.find(key, cost, now)
            // A limit that there is not any more denies nothing.
            && spec.limits().any(|limit| *limit == state.limit)
        {
            count(RateEvent::DeniedLocally);
            return Ok(Decision {
                verdict: Verdict::Denied(wait),
                limits: [Some(state), None, None, None],
                source: DecisionSource::Local,
            });
        }
        let decision = match self.decide(spec, key, cost, now).await {
            Ok(decision) => decision,
            // What does not pass by itself is no outage: declared for those it would hide a mistake.
            Err(error) if !error.is_temporary() => return Err(error),
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
        let Verdict::Denied(wait) = decision.verdict else {
            count(RateEvent::Allowed);
            return Ok(decision);
        };
        if spec.enforcement == Enforcement::Shadow {
            count(RateEvent::Shadowed);
            return Ok(Decision {
                verdict: Verdict::Allowed,
                ..decision
            });
        }
        count(RateEvent::Denied);
        if decision.source == DecisionSource::Server {
            let state = (wait, decision.tightest());
            self.denials
                .remember(key, cost, state, self.context.clock().now());
        }
        Ok(decision)
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
        // No more than could ever pass at once.
        let batch = spec.batch.min(spec.largest_cost());
        if batch > cost {
            if let Some(limits) = self.borrowed.take(key, cost, now) {
                return Ok(Decision {
                    verdict: Verdict::Allowed,
                    limits,
                    source: DecisionSource::Local,
                });
            }
            let decision = self.ask(spec, key, batch, Question::Take).await?;
            if decision.is_allowed() {
                let period = spec.limits().next().map_or(Duration::ZERO, Limit::per);
                let lives = (now, now + period);
                self.borrowed.put(key, batch - cost, decision.limits, lives);
                return Ok(decision);
            }
        }
        self.ask(spec, key, cost, Question::Take).await
    }

    /// One round trip.
    pub(super) async fn ask(
        &self,
        spec: &RateSpec,
        key: &Key,
        cost: u64,
        question: Question<'_>,
    ) -> Result<Decision> {
        if !matches!(question, Question::Settle(_)) {
            spec.can_pass(cost)?;
        }
        let invocation = self.invocation(spec, key, cost, question)?;
        let context = &self.context;
        let timeout = spec.timeout.unwrap_or(context.limits().call_budget);
        let call = Call {
            deadline: context.clock().now() + timeout,
            // A check that was sent twice would take twice.
            resend: match question {
                Question::Peek => Resend::Idempotent,
                _ => Resend::Never,
            },
        };
        let reply = context.backend().script(&invocation, &call).await?;
        context.degradation().answered();
        self.read(spec, reply)
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

    fn invocation(
        &self,
        spec: &RateSpec,
        key: &Key,
        cost: u64,
        question: Question<'_>,
    ) -> Result<Invocation<'_>> {
        let script = match spec.algorithm {
            Algorithm::Gcra | Algorithm::TokenBucket => {
                return Ok(self.gcra(spec, key, cost, question));
            }
            Algorithm::FixedWindow => &self.scripts.fixed_window,
            Algorithm::SlidingWindow => &self.scripts.sliding_window,
            Algorithm::SlidingLog => &self.scripts.sliding_log,
        };
        let mode = match question {
            Question::Take => "take",
            Question::Peek => "peek",
            Question::Reserve(..) | Question::Settle(_) => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "reserve",
                    "reservations need `Algorithm::Gcra` or `Algorithm::TokenBucket`: a window does not know what of it to give back",
                ));
            }
        };
        let invocation = script.on(&[key]).arg(mode).arg(cost);
        Ok(spec.limits().fold(invocation, |invocation, limit| {
            invocation
                .arg(limit.per().as_micros() as u64)
                .arg(limit.units())
        }))
    }

    fn gcra(
        &self,
        spec: &RateSpec,
        key: &Key,
        cost: u64,
        question: Question<'_>,
    ) -> Invocation<'_> {
        let (mode, reservation, lives) = match question {
            Question::Take => ("take", "", Duration::ZERO),
            Question::Peek => ("peek", "", Duration::ZERO),
            Question::Reserve(reservation, lives) => ("reserve", reservation, lives),
            Question::Settle(reservation) => ("settle", reservation, Duration::ZERO),
        };
        let invocation = self
            .scripts
            .gcra
            .on(&[key.as_bytes(), &key.beside("r")])
            .arg(mode)
            .arg(cost)
            .arg(reservation)
            .arg(lives.as_micros() as u64);
        spec.limits().fold(invocation, |invocation, limit| {
            let interval = limit.interval();
            invocation
                .arg(interval)
                .arg(interval.saturating_mul(limit.burst_units()))
        })
    }

    fn read(&self, spec: &RateSpec, reply: Reply) -> Result<Decision> {
        const OPERATION: &str = "rate limit";
        let mut parts = reply.into_array(OPERATION)?.into_iter();
        let mut next = || parts.next().unwrap_or(Reply::Nil).into_int(OPERATION);
        let is_allowed = next()? == 1;
        self.context.server_time().observe(next()? / 1000);
        let micros = |number: i64| Duration::from_micros(number.unsigned_abs());
        let retry_after = micros(next()?);
        let mut limits = [None; MOST_LIMITS];
        for (state, limit) in limits.iter_mut().zip(spec.limits()) {
            *state = Some(LimitState {
                limit: *limit,
                remaining: next()?.unsigned_abs(),
                reset_after: micros(next()?),
            });
        }
        Ok(Decision {
            verdict: if is_allowed {
                Verdict::Allowed
            } else {
                Verdict::Denied(retry_after)
            },
            limits,
            source: DecisionSource::Server,
        })
    }
}
