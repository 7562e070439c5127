#![allow(
    clippy::disallowed_methods,
    reason = "this is the one file that may read the clock"
)]

//! The only place that reads time.
//!
//! Deadlines use the monotonic clock of Tokio, so a paused Tokio clock pauses them too. Whatever
//! two machines must agree on is decided by the server's clock (scripts call `TIME`); for the
//! embedded backend this clock *is* the server's.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A clock that can be handed around; clones are the same clock.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

/// A point in time of one [`Clock`]: how many nanoseconds after that clock was made. Five centuries
/// fit in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

/// The time ran out before the future was ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

struct Inner {
    made: Instant,
    rough: Rough,
    made_since_epoch: Duration,
    #[cfg(feature = "testing")]
    by_hand: ByHand,
}

/// So many nanoseconds: durations are made of two numbers, which takes longer to count with than to
/// read a clock.
pub(crate) type Nanos = u64;

/// When the clock was made, by a clock of the kernel's that is cheap to read and behind by some
/// milliseconds. There is none where there is no such clock, nor in tests, which move time by hand.
#[derive(Debug)]
struct Rough(Option<Nanos>);

impl Rough {
    #[inline]
    fn now() -> Self {
        Self(Self::read())
    }

    #[inline]
    fn elapsed(&self) -> Option<Nanos> {
        Some(Self::read()?.saturating_sub(self.0?))
    }

    #[cfg(all(target_os = "linux", not(any(test, feature = "testing"))))]
    #[inline]
    fn read() -> Option<Nanos> {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
        let whole = u64::try_from(time.tv_sec)
            .ok()?
            .checked_mul(1_000_000_000)?;
        Some(whole + u64::try_from(time.tv_nsec).ok()?)
    }

    #[cfg(not(all(target_os = "linux", not(any(test, feature = "testing")))))]
    fn read() -> Option<Nanos> {
        None
    }
}

/// How a test moves the clock. Outside of tests nothing does, and no call pays for the possibility.
#[cfg(feature = "testing")]
#[derive(Default)]
struct ByHand {
    /// By how many nanoseconds.
    moved: std::sync::atomic::AtomicU64,
    /// Wakes whoever sleeps.
    moves: tokio::sync::Notify,
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::starting_at(since_epoch.unwrap_or_default())
    }

    /// A clock whose wall time begins at this distance from the Unix epoch: with a paused Tokio
    /// clock, the same times at every run.
    pub fn starting_at(since_epoch: Duration) -> Self {
        Self(Arc::new(Inner {
            made: Instant::now(),
            rough: Rough::now(),
            made_since_epoch: since_epoch,
            #[cfg(feature = "testing")]
            by_hand: ByHand::default(),
        }))
    }

    /// The monotonic time.
    pub fn now(&self) -> Moment {
        Moment(nanos(self.0.made.elapsed() + self.moved()))
    }

    /// Whether `moment` is still to come. Far from it this costs a fraction of what
    /// [`now`](Self::now) does, and close to it it is as exact: what is served for every call asks
    /// often and is seldom close to an end.
    pub(crate) fn is_before(&self, moment: Moment) -> bool {
        self.is_far_from(moment) || self.now() < moment
    }

    /// Whether `moment` is so far that a rough look at the clock shows it.
    #[inline]
    pub(crate) fn is_far_from(&self, moment: Moment) -> bool {
        // By how much the rough clock may be behind: it is set by a timer, which a busy machine may
        // delay.
        const BEHIND: Nanos = 200_000_000;
        let rough = self.0.rough.elapsed();
        let now = rough.unwrap_or_else(|| self.now().0);
        now.saturating_add(BEHIND) < moment.0
    }

    /// The wall time, as the time since the Unix epoch.
    pub fn since_epoch(&self) -> Duration {
        self.0.made_since_epoch + Duration::from_nanos(self.now().0)
    }

    /// Moves the clock forward by hand and wakes whoever this makes due.
    #[cfg(feature = "testing")]
    pub fn advance(&self, by: Duration) {
        let by_hand = &self.0.by_hand;
        by_hand
            .moved
            .fetch_add(nanos(by), std::sync::atomic::Ordering::AcqRel);
        by_hand.moves.notify_waiters();
    }

    /// Whether the clock of this thread's runtime is paused: it stands still while another moves.
    #[cfg(feature = "testing")]
    pub(crate) fn is_paused_here() -> bool {
        let before = Instant::now();
        let other = std::time::Instant::now();
        while std::time::Instant::now() == other {}
        Instant::now() == before
    }

    /// Ready when `moment` has come.
    pub async fn sleep_until(&self, moment: Moment) {
        #[cfg(feature = "testing")]
        loop {
            let moved = self.0.by_hand.moves.notified();
            if moment <= self.now() {
                return;
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.instant(moment)) => return,
                () = moved => {}
            }
        }
        #[cfg(not(feature = "testing"))]
        tokio::time::sleep_until(self.instant(moment)).await;
    }

    /// Ready when this much time has passed.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    /// The future's output, unless `deadline` comes first.
    pub async fn timeout_at<F: Future>(
        &self,
        deadline: Moment,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = self.sleep_until(deadline) => Err(Elapsed),
        }
    }

    /// When `moment` comes, if nobody moves the clock before.
    fn instant(&self, moment: Moment) -> Instant {
        // What lies beyond the times that there are is as good as never.
        const NEVER: Duration = Duration::from_hours(24 * 365 * 30);
        let since_made = Duration::from_nanos(moment.0).saturating_sub(self.moved());
        let instant = self.0.made.checked_add(since_made);
        instant.unwrap_or_else(|| self.0.made + NEVER)
    }

    /// By how much it was moved by hand.
    #[cfg(feature = "testing")]
    fn moved(&self) -> Duration {
        let moved = self
            .0
            .by_hand
            .moved
            .load(std::sync::atomic::Ordering::Acquire);
        Duration::from_nanos(moved)
    }

    #[cfg(not(feature = "testing"))]
    #[allow(clippy::unused_self, reason = "the same call in every build")]
    fn moved(&self) -> Duration {
        Duration::ZERO
    }
}

impl Moment {
    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The same in nanoseconds.
    #[inline]
    pub(crate) fn nanos_since(self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0)
    }

    /// So many nanoseconds later.
    #[inline]
    pub(crate) fn after(self, nanos: Nanos) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// How many nanoseconds after its clock was made this is: small enough to be kept in an atomic
    /// number.
    #[inline]
    pub(crate) fn as_nanos(self) -> u64 {
        self.0
    }

    /// The moment of which [`as_nanos`](Self::as_nanos) said this.
    #[inline]
    pub(crate) fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self.after(nanos(duration))
    }
}

/// A duration in nanoseconds; one that is too long for that is as good as for ever.
pub(crate) fn nanos(duration: Duration) -> Nanos {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_goes_by_the_monotonic_clock_whatever_the_wall_clock_shows() {
        // Two machines that are a century apart. What stands still here moves only Tokio's clock.
        for wall in [0, 100 * 365] {
            let clock = Clock::starting_at(Duration::from_hours(24 * wall));
            let wait = Duration::from_millis(50);
            let began = Instant::now();
            let late = clock.timeout_at(clock.now() + wait, pending::<()>());
            assert_eq!(late.await, Err(Elapsed));
            assert_eq!(began.elapsed(), wait, "{wall} days after the epoch");
            assert!(!clock.is_before(clock.now()));
        }
    }
}
