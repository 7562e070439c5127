//! How long to wait before trying again.

use std::time::Duration;

/// Pauses that double up to a longest one, each drawn from the upper half of its length.
#[derive(Debug)]
pub(super) struct BackOff {
    initial: Duration,
    max: Duration,
    next: Duration,
}

impl BackOff {
    /// Begins at `initial`.
    pub(super) fn new(initial: Duration, max: Duration) -> Self {
        let initial = initial.min(max);
        Self {
            initial,
            max,
            next: initial,
        }
    }

    /// The next pause.
    pub(super) fn pause(&mut self) -> Duration {
        let longest = self.next;
        self.next = longest.saturating_mul(2).min(self.max);
        longest.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
    }

    /// Begins anew.
    pub(super) fn reset(&mut self) {
        self.next = self.initial;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_never_under_half() {
        let milliseconds = Duration::from_millis;
        let mut back_off = BackOff::new(milliseconds(50), milliseconds(300));
        for longest in [50, 100, 200, 300, 300] {
            let pause = back_off.pause();
            assert!(pause <= milliseconds(longest), "{pause:?} of {longest}");
            assert!(pause >= milliseconds(longest / 2), "{pause:?} of {longest}");
        }
        back_off.reset();
        assert!(back_off.pause() <= milliseconds(50));
    }

    #[test]
    fn two_processes_do_not_keep_step() {
        let pauses =
            |mut back_off: BackOff| -> Vec<_> { (0..8).map(|_| back_off.pause()).collect() };
        let new = || BackOff::new(Duration::from_millis(50), Duration::from_secs(2));
        assert_ne!(pauses(new()), pauses(new()));
    }
}
