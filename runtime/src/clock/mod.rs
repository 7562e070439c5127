#![allow(
    clippy::disallowed_methods,
    reason = "this is the one folder that may read the clock"
)]

//! The only place that reads time, and the only one that sleeps.
//!
//! Deadlines use the monotonic clock. On an embedded server it is Tokio's, so a paused Tokio clock
//! pauses everything. A server that is a process of its own does not stand still with Tokio, so on
//! one the clock is the machine's, and sleepers are woken by a thread of the process.
//! Whatever two machines must agree on is decided by the server's clock (scripts call `TIME`); for
//! the embedded backend this clock *is* the server's.

mod sleep;
mod timer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use self::sleep::Sleep;

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
    time: Time,
    made: Instant,
    rough: Rough,
    made_since_epoch: Duration,
    #[cfg(feature = "testing")]
    by_hand: ByHand,
}

/// Whose time a clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    Tokio,
    Machine,
}

impl Time {
    #[inline]
    fn now(self) -> Instant {
        match self {
            Self::Tokio => tokio::time::Instant::now().into_std(),
            Self::Machine => Instant::now(),
        }
    }
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
    /// The machine's time, as Tokio shows it: a paused Tokio clock pauses this one.
    pub fn system() -> Self {
        Self::starting_at(wall_time())
    }

    /// The machine's time, whatever Tokio shows.
    pub fn machine() -> Self {
        Self::new(Time::Machine, wall_time())
    }

    /// A clock whose wall time begins at this distance from the Unix epoch: with a paused Tokio
    /// clock, the same times at every run.
    pub fn starting_at(since_epoch: Duration) -> Self {
        Self::new(Time::Tokio, since_epoch)
    }

    fn new(time: Time, since_epoch: Duration) -> Self {
        Self(Arc::new(Inner {
            time,
            made: time.now(),
            rough: Rough::now(),
            made_since_epoch: since_epoch,
            #[cfg(feature = "testing")]
            by_hand: ByHand::default(),
        }))
    }

    /// The monotonic time.
    pub fn now(&self) -> Moment {
        let elapsed = self.0.time.now().saturating_duration_since(self.0.made);
        Moment(nanos(elapsed + self.moved()))
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
        timer::TIMER.wake_all();
    }

    /// Whether it is paused with the clock of this thread's runtime, which then stands still while
    /// another moves.
    #[cfg(feature = "testing")]
    pub(crate) fn is_paused_here(&self) -> bool {
        if self.0.time == Time::Machine {
            return false;
        }
        let (before, other) = (Time::Tokio.now(), Time::Machine.now());
        while Time::Machine.now() == other {}
        Time::Tokio.now() == before
    }

    /// Ready when `moment` has come.
    pub fn sleep_until(&self, moment: Moment) -> Sleep<'_> {
        Sleep::new(self, moment)
    }

    /// Ready when this much time has passed.
    pub fn sleep(&self, duration: Duration) -> Sleep<'_> {
        self.sleep_until(self.now() + duration)
    }

    /// The future's output, unless `deadline` comes first. A large future is better pinned by the
    /// caller: who hands one on by value keeps it once more.
    pub async fn timeout_at<F: Future>(
        &self,
        deadline: Moment,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        let mut future = pin!(future);
        let mut sleep = self.sleep_until(deadline);
        poll_fn(|task| match future.as_mut().poll(task) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => Pin::new(&mut sleep).poll(task).map(|()| Err(Elapsed)),
        })
        .await
    }

    /// Sleeps by a timer of Tokio's.
    async fn sleep_in_tokio(&self, moment: Moment) {
        #[cfg(feature = "testing")]
        loop {
            let moved = self.0.by_hand.moves.notified();
            if moment <= self.now() {
                return;
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.instant(moment).into()) => return,
                () = moved => {}
            }
        }
        #[cfg(not(feature = "testing"))]
        tokio::time::sleep_until(self.instant(moment).into()).await;
    }

    /// Whose time it shows.
    fn time(&self) -> Time {
        self.0.time
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

/// The time since the Unix epoch.
fn wall_time() -> Duration {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.unwrap_or_default()
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
