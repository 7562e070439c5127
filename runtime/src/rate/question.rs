//! What is asked of the server, and how its answer is read.

use std::time::Duration;

use super::algorithm::Algorithm;
use super::decision::{Decision, DecisionSource, LimitState, Verdict};
use super::limit::LONGEST_BURST;
use super::spec::{MOST_LIMITS, RateSpec};
use crate::backend::{Invocation, Reply, Resend, Script};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;

const OPERATION: &str = "rate limit";

/// What is asked about a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question<'reservation> {
    Take,
    Peek,
    /// Take for so long.
    Reserve(&'reservation str, Duration),
    /// Put this cost in the place of the reservation's.
    Settle(&'reservation str),
}

/// One script an algorithm.
#[derive(Debug)]
pub(super) struct Scripts {
    gcra: Script,
    fixed_window: Script,
    sliding_window: Script,
    sliding_log: Script,
}

impl Question<'_> {
    pub(super) const fn resend(&self) -> Resend {
        match self {
            Self::Peek => Resend::Idempotent,
            // What was sent twice would take twice.
            _ => Resend::Never,
        }
    }
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            gcra: Script::new(include_str!("gcra.lua")),
            fixed_window: Script::new(include_str!("fixed_window.lua")),
            sliding_window: Script::new(include_str!("sliding_window.lua")),
            sliding_log: Script::new(include_str!("sliding_log.lua")),
        }
    }

    /// What is sent.
    pub(super) fn invocation(
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
            Algorithm::FixedWindow => &self.fixed_window,
            Algorithm::SlidingWindow => &self.sliding_window,
            Algorithm::SlidingLog => &self.sliding_log,
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
            .gcra
            .on(&[key.as_bytes(), &key.beside("r")])
            .arg(mode)
            .arg(cost)
            .arg(reservation)
            .arg(lives.min(LONGEST_BURST).as_micros() as u64);
        spec.limits().fold(invocation, |invocation, limit| {
            invocation
                .arg(limit.per().as_millis() as u64)
                .arg(limit.units())
                .arg(limit.burst_units())
        })
    }
}

/// What the server has answered: its time, in microseconds since 1970, and its decision.
pub(super) fn read(spec: &RateSpec, reply: Reply) -> Result<(i64, Decision)> {
    let mut parts = reply.into_array(OPERATION)?.into_iter();
    let mut next = || parts.next().unwrap_or(Reply::Nil).into_int(OPERATION);
    let is_allowed = next()? == 1;
    let now = next()?;
    let micros = |number: i64| Duration::from_micros(number.unsigned_abs());
    let retry_after = micros(next()?);
    let denier = next()?;
    let mut limits = [None; MOST_LIMITS];
    for (state, limit) in limits.iter_mut().zip(spec.limits()) {
        *state = Some(LimitState {
            limit: *limit,
            remaining: next()?.unsigned_abs(),
            reset_after: micros(next()?),
        });
    }
    let verdict = if is_allowed {
        Verdict::Allowed
    } else {
        Verdict::Denied {
            retry_after,
            // The script counts from one.
            denier: usize::try_from(denier - 1).unwrap_or(0),
        }
    };
    let source = DecisionSource::Server;
    let decision = Decision {
        verdict,
        limits,
        source,
    };
    Ok((now, decision))
}
