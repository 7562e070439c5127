//! What one cached function declares.

use std::time::Duration;

use super::idle::Idle;
use super::local::Local;
use super::staleness::{Early, Staleness};
use super::ttl::Ttl;
use crate::codec::Codec;
use crate::codec::schema::Fingerprint;
use crate::length::clamped;

/// The declaration of one cache: its namespace and how its values live. `#[cached]` writes it from
/// its arguments.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::{CacheSpec, Ttl};
/// use std::time::Duration;
///
/// const USERS: CacheSpec = CacheSpec::new("users", Ttl::after(Duration::from_secs(300))).jitter(0.1);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CacheSpec {
    pub(crate) namespace: &'static str,
    pub(crate) ttl: Ttl,
    /// `None`: it lives as long whether it is read or not.
    pub(crate) idle: Option<Idle>,
    pub(crate) jitter: f32,
    pub(crate) version: u32,
    pub(crate) codec: Codec,
    fingerprint: u64,
    pub(crate) none_ttl: Option<Ttl>,
    pub(crate) err_ttl: Option<Ttl>,
    pub(crate) budget: Option<Duration>,
    pub(crate) lease: Duration,
    pub(crate) wait: Duration,
    /// `None`: as the Larder says.
    pub(crate) local: Option<Local>,
    pub(crate) staleness: Staleness,
}

/// Stands in the place of a fingerprint where all that is known of the type is that it is an
/// `Option`.
const OPTIONS: u64 = Fingerprint::new("Option").finish();

impl CacheSpec {
    /// A cache of this namespace, whose values live this long; [`Ttl::NEVER`] must be written out.
    ///
    /// Defaults: no jitter, version 1, MessagePack, nothing negative is stored, the body runs when
    /// the backend is away, the budget of the Larder, a lease of 2 s that is extended while the
    /// body runs, a wait of at most 10 s for another's load, copies in this process if the Larder's
    /// [`local`](crate::LarderBuilder::local) says so, and a value that ends when its TTL does.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{CacheSpec, Codec, Local, Ttl};
    /// use std::time::Duration;
    ///
    /// const SECOND: Duration = Duration::from_secs(1);
    /// const RATES: CacheSpec = CacheSpec::new("rates", Ttl::after(Duration::from_secs(30)))
    ///     .jitter(0.1)
    ///     .version(2)
    ///     .codec(Codec::Json)
    ///     .none_ttl(Ttl::after(SECOND))
    ///     .err_ttl(Ttl::after(SECOND))
    ///     .budget(Duration::from_millis(30))
    ///     .lease(Duration::from_secs(5))
    ///     .wait(Duration::from_secs(20))
    ///     .local(Local::For(SECOND));
    /// ```
    pub const fn new(namespace: &'static str, ttl: Ttl) -> Self {
        Self {
            namespace,
            ttl,
            idle: None,
            jitter: 0.0,
            version: 1,
            codec: Codec::MessagePack,
            fingerprint: 0,
            none_ttl: None,
            err_ttl: None,
            budget: None,
            lease: Duration::from_secs(2),
            wait: Duration::from_secs(10),
            local: None,
            staleness: Staleness::NONE,
        }
    }

    /// A value ends when no call has read it for so long, and at its TTL at the latest: between so
    /// long and a quarter more after the last read. Reads are calls that the value answers;
    /// [`peek`](crate::Entry::peek), indexes and `get_many` look and do not count. That it was read
    /// is told the server behind the call and a few times in so long, so that a hit stays one round
    /// trip; if the server is away just then, the entry may end earlier. Copies in this process
    /// live for a twelfth of it at most.
    ///
    /// What is remembered of errors and absent values has its own TTL.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{CacheSpec, Ttl};
    /// use std::time::Duration;
    ///
    /// // Half an hour after its last use, and after twelve hours in any case.
    /// const SESSIONS: CacheSpec = CacheSpec::new("sessions", Ttl::after(Duration::from_secs(12 * 3600)))
    ///     .idle(Duration::from_secs(1800));
    /// ```
    #[must_use]
    pub const fn idle(mut self, unread: Duration) -> Self {
        self.idle = Some(Idle::after(unread));
        self
    }

    /// The largest part of the TTL, between 0 and 1, by which chance may shorten it.
    #[must_use]
    pub const fn jitter(mut self, share: f32) -> Self {
        self.jitter = share;
        self
    }

    /// The version of what is stored. Builds with different versions never read each other's
    /// values; an invalidation covers the version before and the one after too.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// How values are encoded. A [positional](Codec::is_positional) codec needs a
    /// [`version`](Self::version) that is counted up whenever the type changes, or the type's
    /// [`fingerprint`](Self::fingerprint).
    #[must_use]
    pub const fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// The fingerprint of the stored type (`Schema::FINGERPRINT`); 0 if it has none. With a
    /// positional codec what has another fingerprint is a miss.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{CacheSpec, Codec, Schema, Ttl};
    /// use std::time::Duration;
    ///
    /// const PAIRS: CacheSpec = CacheSpec::new("pairs", Ttl::after(Duration::from_secs(60)))
    ///     .codec(Codec::Postcard)
    ///     .fingerprint(<(u64, String) as Schema>::FINGERPRINT);
    /// ```
    #[must_use]
    pub const fn fingerprint(mut self, fingerprint: u64) -> Self {
        self.fingerprint = fingerprint;
        self
    }

    /// What is stored are `Option`s: a positional codec writes `Some(value)` otherwise than
    /// `value`, and would read each as the other. Where there is a fingerprint, it says so already.
    #[doc(hidden)]
    #[must_use]
    pub const fn of_options(self) -> Self {
        if self.codec.is_positional() && self.fingerprint == 0 {
            self.fingerprint(OPTIONS)
        } else {
            self
        }
    }

    /// How long the absence of a value (`None`) is remembered. Without it, it is not stored.
    #[must_use]
    pub const fn none_ttl(mut self, ttl: Ttl) -> Self {
        self.none_ttl = Some(ttl);
        self
    }

    /// How long an error that the cache's rule picks is remembered. Without it, none is stored.
    #[must_use]
    pub const fn err_ttl(mut self, ttl: Ttl) -> Self {
        self.err_ttl = Some(ttl);
        self
    }

    /// How much time one call may spend on the backend, above its body.
    #[must_use]
    pub const fn budget(mut self, budget: Duration) -> Self {
        self.budget = Some(clamped(budget));
        self
    }

    /// How long a lease lives without being extended: how soon others load after the process that
    /// was loading died.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = clamped(lease);
        self
    }

    /// How long a call waits for another's load before it loads for itself, without storing; and a
    /// change by hand, before it is an error. A call of its own key within its load waits as long:
    /// it waits for itself.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = clamped(wait);
        self
    }

    /// How long one of its entries lives at most; `None` if one may have no end.
    pub(super) fn longest_life(&self) -> Option<Duration> {
        let of_value = self.staleness.lengthen(self.ttl);
        let ttls = [Some(of_value), self.none_ttl, self.err_ttl];
        ttls.into_iter().flatten().max().and_then(Ttl::duration)
    }

    /// Stands for the type of what is stored; 0 if there is no need.
    pub(super) const fn fingerprint_of_type(&self) -> u64 {
        self.fingerprint
    }

    /// Whether copies of values are kept in this process, so that a hit costs no round trip, and
    /// for how long; see [`Local`].
    #[must_use]
    pub const fn local(mut self, local: Local) -> Self {
        self.local = Some(local);
        self
    }

    /// For how long a value is still served when its TTL is over: at once, while one caller of the
    /// fleet refreshes it. An entry then lives for the TTL and this time together. What is
    /// remembered of errors and of absent values is never served stale, nor is what was
    /// invalidated.
    ///
    /// The call that refreshes waits for the load with [`get_or_load`](crate::Entry::get_or_load),
    /// and does not with [`get_or_spawn`](crate::Entry::get_or_spawn).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{CacheSpec, Ttl};
    /// use std::time::Duration;
    ///
    /// const RATES: CacheSpec = CacheSpec::new("rates", Ttl::after(Duration::from_secs(60)))
    ///     .stale(Duration::from_secs(3600))
    ///     .stale_on_error(Duration::from_secs(30));
    /// ```
    #[must_use]
    pub const fn stale(mut self, grace: Duration) -> Self {
        self.staleness.set_stale(grace);
        self
    }

    /// A refresh that fails is not tried again for this long by anybody, and who waits for it gets
    /// the stale value in place of the error. Needs [`stale`](Self::stale).
    #[must_use]
    pub const fn stale_on_error(mut self, throttle: Duration) -> Self {
        self.staleness.set_throttle(throttle);
        self
    }

    /// Whether a value is refreshed before its TTL is over; see [`Early`].
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{CacheSpec, Early, Ttl};
    /// use std::time::Duration;
    ///
    /// const RATES: CacheSpec =
    ///     CacheSpec::new("rates", Ttl::after(Duration::from_secs(60))).early(Early::XFetch);
    /// ```
    #[must_use]
    pub const fn early(mut self, early: Early) -> Self {
        self.staleness.set_early(early);
        self
    }

    /// A call that meets a value which was stored so long ago has it refreshed: what is used stays
    /// about as young as this, what is not used ends with its TTL.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{CacheSpec, Ttl};
    /// use std::time::Duration;
    ///
    /// // Until it is invalidated, and never much older than a minute where it is in use.
    /// const SETTINGS: CacheSpec =
    ///     CacheSpec::new("settings", Ttl::NEVER).refresh_every(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub const fn refresh_every(mut self, age: Duration) -> Self {
        self.staleness.set_refresh_every(age);
        self
    }

    /// Whoever has a value refreshed waits for so long for the new one before it is answered with
    /// the old one, and the load goes on without it. Everybody else is answered with the old one at
    /// once. Without this nobody waits. It is for loads that may outlive their caller, those of
    /// [`get_or_spawn`](crate::Entry::get_or_spawn); a load of
    /// [`get_or_load`](crate::Entry::get_or_load) is waited for.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{CacheSpec, Ttl};
    /// use std::time::Duration;
    ///
    /// // Mostly new, and never later than a tenth of a second.
    /// const RATES: CacheSpec = CacheSpec::new("rates", Ttl::after(Duration::from_secs(60)))
    ///     .stale(Duration::from_secs(3600))
    ///     .soft(Duration::from_millis(100));
    /// ```
    #[must_use]
    pub const fn soft(mut self, wait: Duration) -> Self {
        self.staleness.set_soft(wait);
        self
    }
}
