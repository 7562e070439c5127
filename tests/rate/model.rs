//! The algorithms again, in the plainest way there is: a third witness beside the two servers.

use std::collections::HashMap;

/// One limit: microseconds, units, units at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) period: u64,
    pub(crate) units: u64,
    pub(crate) burst: u64,
}

/// Which script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Gcra,
    FixedWindow,
    SlidingWindow,
    SlidingLog,
}

pub(crate) const KINDS: [Kind; 4] = [
    Kind::Gcra,
    Kind::FixedWindow,
    Kind::SlidingWindow,
    Kind::SlidingLog,
];

/// What one key has consumed.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// GCRA: the arrival time of each limit, in 64ths of a microsecond.
    arrivals: HashMap<usize, u128>,
    /// Windows: number, count before, count.
    windows: HashMap<usize, (u64, u64, u64)>,
    log: Vec<u64>,
}

impl Limit {
    /// How long a unit takes, in 64ths of a microsecond.
    fn interval(&self) -> u128 {
        (u128::from(self.period) * 64).div_ceil(u128::from(self.units))
    }
}

impl Model {
    /// Whether a call of this cost passes at this time; if it does, it has.
    pub(crate) fn take(&mut self, kind: Kind, limits: &[Limit], cost: u64, now: u64) -> bool {
        match kind {
            Kind::Gcra => self.gcra(limits, cost, now),
            Kind::FixedWindow => self.fixed_window(limits, cost, now),
            Kind::SlidingWindow => self.sliding_window(limits, cost, now),
            Kind::SlidingLog => self.sliding_log(limits, cost, now),
        }
    }

    fn gcra(&mut self, limits: &[Limit], cost: u64, now: u64) -> bool {
        let now = u128::from(now) * 64;
        let after: Vec<u128> = limits
            .iter()
            .enumerate()
            .map(|(place, limit)| {
                let arrival = self.arrivals.get(&place).copied().unwrap_or(0);
                arrival.max(now) + u128::from(cost) * limit.interval()
            })
            .collect();
        let passes = after
            .iter()
            .zip(limits)
            .all(|(after, limit)| after - now <= limit.interval() * u128::from(limit.burst));
        if passes {
            self.arrivals = after.into_iter().enumerate().collect();
        }
        passes
    }

    fn fixed_window(&mut self, limits: &[Limit], cost: u64, now: u64) -> bool {
        let counts: Vec<(u64, u64, u64)> = limits
            .iter()
            .enumerate()
            .map(|(place, limit)| {
                let (since, _, count) = self.windows.get(&place).copied().unwrap_or_default();
                let window = now / limit.period;
                if since < window {
                    (window, 0, cost)
                } else {
                    (since, 0, count + cost)
                }
            })
            .collect();
        let passes = counts
            .iter()
            .zip(limits)
            .all(|((_, _, count), limit)| *count <= limit.units);
        if passes {
            self.windows = counts.into_iter().enumerate().collect();
        }
        passes
    }

    fn sliding_window(&mut self, limits: &[Limit], cost: u64, now: u64) -> bool {
        let mut passes = true;
        let mut windows = HashMap::new();
        for (place, limit) in limits.iter().enumerate() {
            let (since, before, count) = self.windows.get(&place).copied().unwrap_or_default();
            let window = now / limit.period;
            let elapsed = now - window * limit.period;
            let (window, elapsed, before, count) = if since + 1 == window {
                (window, elapsed, count, 0)
            } else if since < window {
                (window, elapsed, 0, 0)
            } else if since > window {
                (since, 0, before, count)
            } else {
                (window, elapsed, before, count)
            };
            // before × what is left / period + count + cost ≤ units, in whole numbers
            let weighed = u128::from(before) * u128::from(limit.period - elapsed)
                + u128::from(count + cost) * u128::from(limit.period);
            passes &= weighed <= u128::from(limit.units) * u128::from(limit.period);
            windows.insert(place, (window, before, count + cost));
        }
        if passes {
            self.windows = windows;
        }
        passes
    }

    fn sliding_log(&mut self, limits: &[Limit], cost: u64, now: u64) -> bool {
        let passes = limits.iter().all(|limit| {
            let counts = |at: &&u64| **at + limit.period > now;
            self.log.iter().filter(counts).count() as u64 + cost <= limit.units
        });
        if passes {
            self.log.extend(std::iter::repeat_n(now, cost as usize));
        }
        // The server forgets with the longest period; so may the model, only to be quick.
        let longest = limits.iter().map(|limit| limit.period).max().unwrap_or(0);
        self.log.retain(|at| *at + 3 * longest > now);
        passes
    }
}
