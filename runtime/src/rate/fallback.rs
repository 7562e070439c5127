//! Limits that this process keeps by itself while the server cannot be asked.
//!
//! Always by GCRA, whatever the server counts by, on the monotonic clock.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::decision::{Decision, DecisionSource, LimitState, Verdict};
use super::limit::Limit;
use super::spec::{MOST_LIMITS, RateSpec};
use crate::clock::Moment;
use crate::hash::QuickHash;
use crate::key::Key;

/// How many keys are kept at most. Beyond that keys that are full again are dropped, and then
/// others, as if they were new.
const MOST_KEYS: usize = 65_536;

/// What this process has let pass.
#[derive(Debug, Default)]
pub(super) struct Fallback(Mutex<HashMap<Key, Arrivals, QuickHash>>);

/// The theoretical arrival time of each limit.
type Arrivals = [Moment; MOST_LIMITS];

impl Fallback {
    /// Takes from every limit, or from none.
    pub(super) fn decide(&self, spec: &RateSpec, key: &Key, cost: u64, now: Moment) -> Decision {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut arrivals = keys.get(key).copied().unwrap_or([now; MOST_LIMITS]);
        let mut verdict = Verdict::Allowed;
        let mut longest = Duration::ZERO;
        for (place, (arrival, limit)) in arrivals.iter_mut().zip(spec.limits()).enumerate() {
            *arrival = (*arrival).max(now);
            let after = arrival
                .saturating_since(now)
                .saturating_add(time_of(limit, cost));
            let wait = after.saturating_sub(time_of(limit, limit.burst_units()));
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
                *arrival = *arrival + time_of(limit, cost);
            }
            let behind = arrival.saturating_since(now);
            let room = time_of(limit, limit.burst_units()).saturating_sub(behind);
            *state = Some(LimitState {
                limit: *limit,
                remaining: (room.as_nanos() / time_of(limit, 1).as_nanos()) as u64,
                reset_after: behind,
            });
        }
        if verdict == Verdict::Allowed {
            if keys.len() >= MOST_KEYS && !keys.contains_key(key) {
                keys.retain(|_, arrivals| arrivals.iter().any(|arrival| *arrival > now));
                if keys.len() >= MOST_KEYS {
                    keys.clear();
                }
            }
            keys.insert(key.clone(), arrivals);
        }
        Decision {
            verdict,
            limits,
            source: DecisionSource::Degraded,
        }
    }
}

/// How long these many units take, rounded up: never zero for one.
fn time_of(limit: &Limit, units: u64) -> Duration {
    let interval = limit.per().as_nanos().div_ceil(u128::from(limit.units()));
    Duration::from_nanos((interval as u64).saturating_mul(units))
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
