//! Limits that this process keeps by itself while the server cannot be asked.
//!
//! Always by GCRA, whatever the server counts by, on the monotonic clock.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::decision::{Decision, DecisionSource, LimitState, Verdict};
use super::limit::Limit;
use super::spec::{MOST_LIMITS, RateSpec};
use crate::clock::{Moment, Nanos};
use crate::hash::QuickHash;
use crate::key::Key;

/// How many keys are kept at most. Beyond that keys that are full again are dropped, and then
/// others, as if they were new.
const MOST_KEYS: usize = 65_536;

/// What this process has let pass.
#[derive(Debug, Default)]
pub(super) struct Fallback(Mutex<HashMap<Key, Vec<Arrival>, QuickHash>>);

/// What a limit has let pass, found by its period as the server does, should the limits be changed.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    period: Duration,
    /// How long a unit takes to come back.
    unit: Nanos,
    /// The theoretical arrival time, at which all is there again.
    at: Moment,
}

impl Fallback {
    /// Takes from every limit, or from none.
    pub(super) fn decide(&self, spec: &RateSpec, key: &Key, cost: u64, now: Moment) -> Decision {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of limits that there are not any more stay until all is there again.
        let mut others = keys.get(key).cloned().unwrap_or_default();
        others.retain(|arrival| arrival.at > now);
        let known = spec.limits().map(|limit| take_out(&mut others, limit, now));
        let mut arrivals: Vec<_> = known.collect();
        let mut verdict = Verdict::Allowed;
        let mut longest = Duration::ZERO;
        for (place, (arrival, limit)) in arrivals.iter().zip(spec.limits()).enumerate() {
            let after = arrival.behind(now).saturating_add(arrival.time_of(cost));
            let wait = after.saturating_sub(arrival.time_of(limit.burst_units()));
            if wait > longest {
                longest = wait;
                verdict = Verdict::Denied {
                    retry_after: wait,
                    denier: place,
                };
            }
        }
        let mut limits = [None; MOST_LIMITS];
        for ((arrival, state), limit) in arrivals.iter_mut().zip(&mut limits).zip(spec.limits()) {
            if verdict == Verdict::Allowed {
                *arrival = arrival.counted_by(unit_of(limit), now);
                arrival.at = arrival.at + arrival.time_of(cost);
            }
            let behind = arrival.behind(now);
            let room = arrival.time_of(limit.burst_units()).saturating_sub(behind);
            *state = Some(LimitState {
                limit: *limit,
                remaining: (room.as_nanos() / u128::from(arrival.unit)) as u64,
                reset_after: behind,
            });
        }
        if verdict == Verdict::Allowed {
            if keys.len() >= MOST_KEYS && !keys.contains_key(key) {
                keys.retain(|_, arrivals| arrivals.iter().any(|arrival| arrival.at > now));
                if keys.len() >= MOST_KEYS {
                    keys.clear();
                }
            }
            arrivals.append(&mut others);
            keys.insert(key.clone(), arrivals);
        }
        Decision {
            verdict,
            limits,
            source: DecisionSource::Degraded,
        }
    }
}

impl Arrival {
    fn behind(&self, now: Moment) -> Duration {
        self.at.saturating_since(now)
    }

    fn time_of(&self, units: u64) -> Duration {
        Duration::from_nanos(self.unit.saturating_mul(units))
    }

    /// The same units, where each takes so long.
    fn counted_by(self, unit: Nanos, now: Moment) -> Self {
        let behind = u128::from(self.at.nanos_since(now)) * u128::from(unit);
        let behind = behind.div_ceil(u128::from(self.unit));
        let at = now.after(Nanos::try_from(behind).unwrap_or(Nanos::MAX));
        Self { unit, at, ..self }
    }
}

/// What is known of this limit. What was let pass under another count comes back as fast as by the
/// faster of the two, until a call passes by the slower one.
fn take_out(arrivals: &mut Vec<Arrival>, limit: &Limit, now: Moment) -> Arrival {
    let (period, unit) = (limit.per(), unit_of(limit));
    let known = arrivals.iter().position(|known| known.period == period);
    match known.map(|place| arrivals.remove(place)) {
        Some(known) if known.unit > unit => known.counted_by(unit, now),
        Some(known) => known,
        None => Arrival {
            period,
            unit,
            at: now,
        },
    }
}

/// How long one unit takes, rounded up: never no time.
fn unit_of(limit: &Limit) -> Nanos {
    let unit = limit.per().as_nanos().div_ceil(u128::from(limit.units()));
    Nanos::try_from(unit).unwrap_or(Nanos::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::key::Scope;

    #[test]
    fn it_keeps_the_limit() {
        let second = Duration::from_secs(1);
        let spec = RateSpec::new("n", Limit::new(10, second).burst(2));
        let key = Scope::new("app", None).key("n", 1, |writer| writer.arg(&7));
        let fallback = Fallback::default();
        let mut now = Clock::system().now();
        let mut passed = 0;
        for _ in 0..2000 {
            passed += u64::from(fallback.decide(&spec, &key, 1, now).is_allowed());
            now = now + Duration::from_millis(1);
        }
        // Two at once, and ten in each of the two seconds.
        assert!((21..=22).contains(&passed), "{passed}");
        let denied = loop {
            let decision = fallback.decide(&spec, &key, 1, now);
            if let Some(wait) = decision.retry_after() {
                break wait;
            }
        };
        assert!(fallback.decide(&spec, &key, 1, now + denied).is_allowed());
    }
}
