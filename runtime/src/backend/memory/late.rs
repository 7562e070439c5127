//! Pushes that take their time to arrive, in tests.

#[cfg(feature = "testing")]
pub(super) use testing::Late;

#[cfg(not(feature = "testing"))]
pub(super) use none::Late;

#[cfg(not(feature = "testing"))]
mod none {
    use crate::backend::Push;

    /// Nothing ever is late.
    #[derive(Debug, Default)]
    pub(in super::super) struct Late;

    impl Late {
        /// The push, which is there at once.
        #[allow(clippy::unused_self, reason = "its twin in tests keeps some")]
        pub(in super::super) fn hold(&mut self, push: Push) -> Option<Push> {
            Some(push)
        }
    }
}

#[cfg(feature = "testing")]
mod testing {
    use std::collections::VecDeque;
    use std::time::Duration;

    use crate::backend::Push;
    use crate::clock::{Clock, Moment};

    /// What is on its way, in order.
    #[derive(Debug, Default)]
    pub(in super::super) struct Late {
        takes: Duration,
        pushes: VecDeque<Push>,
        /// How many of these, from the last, nobody has sent on their way yet.
        not_sent: usize,
        /// When the last one that was sent on its way arrives.
        last_arrival: Option<Moment>,
    }

    impl Late {
        /// From now on each takes this long.
        pub(in super::super) fn delay(&mut self, by: Duration) {
            self.takes = by;
        }

        /// Keeps a push that is late, and gives back one that is not. None overtakes another.
        pub(in super::super) fn hold(&mut self, push: Push) -> Option<Push> {
            if self.takes.is_zero() && self.pushes.is_empty() {
                return Some(push);
            }
            self.pushes.push_back(push);
            self.not_sent += 1;
            None
        }

        /// How many are to be sent on their way now, and when they arrive; nothing if there are none.
        pub(in super::super) fn send_off(&mut self, clock: &Clock) -> Option<(usize, Moment)> {
            if self.not_sent == 0 {
                return None;
            }
            let arrival = self.last_arrival.max(Some(clock.now() + self.takes))?;
            self.last_arrival = Some(arrival);
            Some((std::mem::take(&mut self.not_sent), arrival))
        }

        /// The first so many, which have arrived.
        pub(in super::super) fn arrive(&mut self, count: usize) -> impl Iterator<Item = Push> {
            let count = count.min(self.pushes.len());
            self.pushes.drain(..count)
        }

        /// Forgets what is on its way.
        pub(in super::super) fn lose(&mut self) {
            self.pushes.clear();
            self.not_sent = 0;
        }
    }
}
