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
    /// GCRA: by its period the arrival time of each limit, in 64ths of a microsecond, and the limit
    /// that it was counted by.
    arrivals: HashMap<u64, (u64, Limit)>,
    /// Windows: by their length their number, count before, count.
    windows: HashMap<u64, (u64, u64, u64)>,
    log: Vec<u64>,
}

impl Limit {
    /// How long a unit takes, in 64ths of a microsecond.
    fn interval(&self) -> u64 {
        (self.period * 64).div_ceil(self.units)
    }

    /// How long until these units are there again, which take so long by another count.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "the numbers of the script, which are small here"
    )]
    fn recount(&self, level: u64, by: &Self) -> u64 {
        if self.units == by.units {
            return level;
        }
        let units = level as f64 / by.interval() as f64;
        (units * self.interval() as f64).ceil() as u64
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
        let now = now * 64;
        let mut passes = true;
        let mut is_recounted = false;
        let mut levels = Vec::new();
        for limit in limits {
            let held = self.arrivals.get(&limit.period).copied();
            let (arrival, mut by) = held.unwrap_or((now, *limit));
            let mut level = arrival.saturating_sub(now);
            // What comes back faster now does so at once.
            if by.interval() > limit.interval() {
                level = limit.recount(level, &by);
                (by, is_recounted) = (*limit, true);
            }
            passes &= level + cost * by.interval() <= limit.burst * by.interval();
            levels.push((level, by));
        }
        if passes || is_recounted {
            self.arrivals.retain(|_, (arrival, _)| *arrival > now);
        }
        for (limit, (level, by)) in limits.iter().zip(levels) {
            if passes {
                let after = now + limit.recount(level, &by) + cost * limit.interval();
                self.arrivals.insert(limit.period, (after, *limit));
            } else if is_recounted && level > 0 {
                self.arrivals.insert(limit.period, (now + level, by));
            }
        }
        passes
    }

    fn fixed_window(&mut self, limits: &[Limit], cost: u64, now: u64) -> bool {
        let counts: Vec<(u64, u64, u64)> = limits
            .iter()
            .map(|limit| {
                let held = self.windows.get(&limit.period).copied();
                let (since, _, count) = held.unwrap_or_default();
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
            let periods = limits.iter().map(|limit| limit.period);
            self.windows.extend(periods.zip(counts));
        }
        passes
    }

    fn sliding_window(&mut self, limits: &[Limit], cost: u64, now: u64) -> bool {
        let mut passes = true;
        let mut windows = HashMap::new();
        for limit in limits {
            let (since, before, count) =
                self.windows.get(&limit.period).copied().unwrap_or_default();
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
            windows.insert(limit.period, (window, before, count + cost));
        }
        if passes {
            self.windows.extend(windows);
        }
        passes
    }

    fn sliding_log(&mut self, limits: &[Limit], cost: u64, now: u64) -> bool {
        let passes = limits.iter().all(|limit| {
            let counts = |at: &&u64| **at + limit.period > now;
            self.log.iter().filter(counts).count() as u64 + cost <= limit.units
        });
        if passes {
            // What has had the longest period is forgotten, even if the clock is set back then.
            let longest = limits.iter().map(|limit| limit.period).max().unwrap_or(0);
            self.log.retain(|at| *at + longest > now);
            self.log.extend(std::iter::repeat_n(now, cost as usize));
        }
        passes
    }
}
