//! The canary: proof that what the server tells reaches this process.
//!
//! That a connection is open does not prove it. So a key is read with tracking and then set, and
//! the push of that must come. It comes on the connection that all other pushes come on and in the
//! order in which the server sent them: when it is here, so is everything that the server had to
//! tell before, and copies may be served for a while from the moment when it was sent.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::backend::Command;
use crate::clock::Moment;
use crate::key::{Key, Scope};

/// For how long a canary whose push came vouches for the copies, from its sending.
const VOUCHES_FOR: Duration = Duration::from_secs(1);

/// How often one is sent while there are copies.
pub(super) const INTERVAL: Duration = Duration::from_millis(500);

/// The canaries of one process; at most one is under way at a time.
pub(super) struct Canary {
    scope: Scope,
    /// Sets its keys apart from those of other processes.
    process: u64,
    state: Mutex<State>,
    /// Until when copies may be served, as [`Moment::as_nanos`] counts.
    trusted_until: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// How many there were.
    number: u64,
    under_way: Option<UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    key: Key,
    number: u64,
    sent: Moment,
}

/// A canary that is about to be sent. Unless it is [`released`](Self::release), it was not sent and
/// nobody waits for it.
pub(super) struct Caged<'canary> {
    canary: &'canary Canary,
    key: Key,
    /// `None` once it was released.
    number: Option<u64>,
}

impl Canary {
    /// Whose keys are of this scope, and of the process with this identity.
    pub(super) fn new(scope: Scope, process: u64) -> Self {
        Self {
            scope,
            process,
            state: Mutex::default(),
            trusted_until: AtomicU64::new(0),
        }
    }

    /// Whether copies may be served now.
    pub(super) fn is_trusted(&self, now: Moment) -> bool {
        now < self.trusted_until()
    }

    /// Until when copies may be served, as far as it is known now.
    #[inline]
    pub(super) fn trusted_until(&self) -> Moment {
        Moment::from_nanos(self.trusted_until.load(Ordering::Acquire))
    }

    /// Whether it is time for the next.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        !self.is_trusted(now + VOUCHES_FOR.saturating_sub(INTERVAL))
    }

    /// One to be sent now, unless one is under way.
    pub(super) fn take(&self, now: Moment) -> Option<Caged<'_>> {
        let mut state = self.lock();
        if state.under_way.is_some() {
            return None;
        }
        state.number += 1;
        let number = state.number;
        let key = self.scope.canary(self.process, number);
        state.under_way = Some(UnderWay {
            key: key.clone(),
            number,
            sent: now,
        });
        Some(Caged {
            canary: self,
            key,
            number: Some(number),
        })
    }

    /// Whether this key is that of the canary under way, whose push has come.
    pub(super) fn hear(&self, key: &[u8]) -> bool {
        let mut state = self.lock();
        let came = state
            .under_way
            .take_if(|under_way| under_way.key.as_bytes() == key);
        if let Some(came) = &came {
            let until = (came.sent + VOUCHES_FOR).as_nanos();
            self.trusted_until.store(until, Ordering::Release);
        }
        came.is_some()
    }

    /// Whether the push of one did not come in time; it is waited for no longer.
    pub(super) fn is_missed(&self, now: Moment) -> bool {
        let mut state = self.lock();
        let missed = state
            .under_way
            .take_if(|under_way| under_way.sent + VOUCHES_FOR <= now);
        missed.is_some()
    }

    /// The push of the one under way may not come, for a reason that is known: the server has
    /// forgotten what it tracked.
    pub(super) fn forget(&self) {
        self.lock().under_way = None;
    }

    /// Nothing is proven any more.
    pub(super) fn distrust(&self) {
        let mut state = self.lock();
        state.under_way = None;
        self.trusted_until.store(0, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caged<'_> {
    /// What is to be sent, in one go and in this order.
    pub(super) fn commands(&self) -> [Command; 3] {
        // It is of no use to anybody once its push was sent.
        let lives = VOUCHES_FOR.as_millis() as u64;
        [
            Command::new("CLIENT").arg("CACHING").arg("YES"),
            Command::new("GET").arg(&self.key),
            Command::new("SET")
                .arg(&self.key)
                .arg("")
                .arg("PX")
                .arg(lives),
        ]
    }

    /// It was sent, and the server has done what it was asked for: its push must come.
    pub(super) fn release(mut self) {
        self.number = None;
    }
}

impl Drop for Caged<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let mut state = self.canary.lock();
            state
                .under_way
                .take_if(|under_way| under_way.number == number);
        }
    }
}

impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canary")
            .field("state", &self.state)
            .field("trusted_until", &self.trusted_until)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const HALF: Duration = Duration::from_millis(500);

    fn canary() -> (Canary, Moment) {
        let canary = Canary::new(Scope::new("app", None), 7);
        (canary, Clock::system().now())
    }

    /// Sends one and answers its key.
    fn send(canary: &Canary, now: Moment) -> Key {
        let caged = canary.take(now).expect("none is under way");
        let key = caged.key.clone();
        caged.release();
        key
    }

    #[test]
    fn it_vouches_for_a_second_from_its_sending_and_not_from_its_return() {
        let (canary, now) = canary();
        assert!(!canary.is_trusted(now));
        let key = send(&canary, now);
        assert!(!canary.is_trusted(now), "before its push came");
        assert!(canary.hear(key.as_bytes()));
        assert!(canary.is_trusted(now));
        assert!(canary.is_trusted(now + Duration::from_nanos(999_999_999)));
        assert!(!canary.is_trusted(now + VOUCHES_FOR));
    }

    #[test]
    fn the_push_of_an_earlier_one_proves_nothing_of_a_later() {
        let (canary, now) = canary();
        let early = send(&canary, now);
        let later = now + VOUCHES_FOR;
        assert!(canary.is_missed(later));
        let late = send(&canary, later);
        assert!(!canary.hear(early.as_bytes()));
        assert!(!canary.is_trusted(later));
        assert!(canary.hear(late.as_bytes()));
        assert!(canary.is_trusted(later));
    }

    #[test]
    fn one_is_under_way_at_a_time_and_one_that_was_never_sent_is_not_missed() {
        let (canary, now) = canary();
        let caged = canary.take(now).expect("none is under way");
        assert!(canary.take(now).is_none());
        drop(caged);
        assert!(!canary.is_missed(now + VOUCHES_FOR));
        assert!(canary.take(now).is_some());
    }

    #[test]
    fn the_next_is_due_when_the_last_has_vouched_for_half_its_time() {
        let (canary, now) = canary();
        assert!(canary.is_due(now));
        let key = send(&canary, now);
        canary.hear(key.as_bytes());
        assert!(!canary.is_due(now + Duration::from_nanos(499_999_999)));
        assert!(canary.is_due(now + HALF));
    }

    #[test]
    fn a_lost_connection_ends_the_trust() {
        let (canary, now) = canary();
        let key = send(&canary, now);
        canary.hear(key.as_bytes());
        canary.distrust();
        assert!(!canary.is_trusted(now));
        let key = send(&canary, now);
        canary.distrust();
        assert!(
            !canary.hear(key.as_bytes()),
            "it was sent on the lost connection"
        );
    }
}
