//! A limiter by plain calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::algorithm::Algorithm;
use super::decision::Decision;
use super::engine::RateEngine;
use super::limit::Limit;
use super::question::Question;
use super::reservation::{Hold, Reservation};
use super::spec::{RateOnError, RateSpec};
use crate::backend::{Backend, Command, Resend};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{CacheKey, Key, Scope};

/// Limits by plain calls: made by [`Larder::limiter`](crate::Larder::limiter).
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{ErrorKind, Larder};
/// use std::time::Duration;
///
/// let larder = Larder::memory();
/// let logins = larder.limiter("logins").limits("3/m, 20/d")?;
///
/// for _ in 0..3 {
///     assert!(logins.check("ada").await?.is_allowed());
/// }
/// let decision = logins.check("ada").await?;
/// println!("again in {:?}", decision.retry_after());
/// assert!(!decision.is_allowed());
/// assert!(logins.check("grace").await?.is_allowed());
///
/// assert_eq!(logins.peek("grace").await?.remaining(), 2);
/// assert!(logins.check_cost("grace", 2).await?.is_allowed());
/// let late = logins.acquire("grace", 1, Duration::from_millis(5)).await;   // waits, but not for so long
/// assert_eq!(late.unwrap_err().kind(), ErrorKind::RateLimited);
/// let stricter = logins.with_limits(&["1/m".parse()?])?;
/// stricter.reset("grace").await?;
/// assert!(stricter.check("grace").await?.is_allowed());
/// # Ok(())
/// # }
/// ```
///
/// # Keys
/// Any [`CacheKey`]; the server sees `{app}:{tenant}:^{namespace}:1:{key}`. All processes that use
/// a namespace should declare the same limits; while a change is rolled out, each applies its own
/// to what all who have a limit of the same period have consumed. Another algorithm needs another
/// namespace: it keeps a key of another kind, and what it finds there is an error. Only GCRA and the
/// token bucket, and the two algorithms that count in windows, share what was consumed. Clones are
/// the same limiter.
///
/// # When the server is away
/// As declared by [`on_error`](LimiterBuilder::on_error): an error unless said. A check takes at
/// most the Larder's call budget (50 ms unless set). A check is never sent twice, so after an error
/// it may have been counted or not.
#[derive(Clone)]
pub struct Limiter {
    engine: Arc<RateEngine>,
    /// What all its keys begin with.
    stem: Key,
    spec: RateSpec,
}

impl Limiter {
    /// Takes one unit, if all limits let it.
    ///
    /// # Errors
    /// The backend's, unless [`on_error`](LimiterBuilder::on_error) says otherwise. A denial is no
    /// error; see [`Decision::into_result`].
    pub async fn check<K: CacheKey + ?Sized>(&self, key: &K) -> Result<Decision> {
        self.check_cost(key, 1).await
    }

    /// Takes so many units, if all limits let them all.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`ErrorKind::Configuration`] for a cost that could never pass.
    pub async fn check_cost<K: CacheKey + ?Sized>(&self, key: &K, cost: u64) -> Result<Decision> {
        self.engine.check(&self.spec, &self.key(key), cost).await
    }

    /// Takes so many units, and waits for them if need be, but not if the wait would be longer than
    /// `max_wait`. Whoever waits has no place in a queue: another may come first, and then it waits
    /// again.
    ///
    /// # Errors
    /// As [`check_cost`](Self::check_cost); [`ErrorKind::RateLimited`], with the decision, if the
    /// wait would be too long.
    pub async fn acquire<K: CacheKey + ?Sized>(
        &self,
        key: &K,
        cost: u64,
        max_wait: Duration,
    ) -> Result<Decision> {
        let key = self.key(key);
        self.engine.acquire(&self.spec, &key, cost, max_wait).await
    }

    /// What a call of one unit would be told; takes nothing.
    ///
    /// # Errors
    /// The backend's, whatever is declared for its absence.
    pub async fn peek<K: CacheKey + ?Sized>(&self, key: &K) -> Result<Decision> {
        self.engine
            .ask(&self.spec, &self.key(key), 1, Question::Peek)
            .await
    }

    /// Forgets what the key has consumed, and its reservations. Other processes may deny it for up
    /// to a second more, because they remember a denial.
    ///
    /// # Errors
    /// The backend's.
    pub async fn reset<K: CacheKey + ?Sized>(&self, key: &K) -> Result<()> {
        let key = self.key(key);
        let context = self.engine.context();
        let remove = Command::new("UNLINK").arg(&key).arg(key.beside("r"));
        let call = context.command_call(Resend::Idempotent);
        context.backend().run(&remove, &call).await?;
        self.engine.forget(&key);
        Ok(())
    }

    /// Takes so many units for a work whose cost is known only afterwards, such as the tokens of an
    /// answer that is still to be written. Settle it with the true cost. If that does not happen
    /// within `lease`, because the process died, the units are given back. A lease is at most four
    /// years. A limiter [in shadow](LimiterBuilder::shadow) denies no reservation: one that does not
    /// fit takes nothing.
    ///
    /// # Errors
    /// As [`check_cost`](Self::check_cost), save that the server must be there;
    /// [`ErrorKind::RateLimited`], with the decision, if the units are not there;
    /// [`ErrorKind::Unsupported`] for other algorithms than GCRA and the token bucket.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use std::time::Duration;
    ///
    /// let tokens = larder::Larder::memory().limiter("tokens").limits("1000/m")?;
    /// let reservation = tokens.reserve("ada", 800, Duration::from_secs(30)).await?;
    /// // The answer was shorter than feared.
    /// let decision = reservation.settle(150).await?;
    /// assert_eq!(decision.remaining(), 850);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reserve<K: CacheKey + ?Sized>(
        &self,
        key: &K,
        estimate: u64,
        lease: Duration,
    ) -> Result<Reservation> {
        let key = self.key(key);
        let id = format!("{estimate}:{:032x}", fastrand::u128(..));
        let question = Question::Reserve(&id, lease);
        let asked = self.engine.ask(&self.spec, &key, estimate, question);
        let asked = asked.await?;
        let hold = if asked.is_allowed() {
            Hold::Reserved(id)
        } else {
            Hold::Rehearsed
        };
        let decision = self.engine.enforce(&self.spec, &asked).into_result()?;
        let engine = Arc::clone(&self.engine);
        Ok(Reservation::new(engine, self.spec, key, hold, decision))
    }

    /// The same limiter with other limits, for a change while the program runs. What keys have
    /// consumed under a limit stays consumed under the one of the same period, as units: of `20/h`
    /// used up, `2000/h` leaves 1980. If there are fewer now than were consumed, a key waits until
    /// enough has come back, as fast as before. A limit of a period that was not there begins anew.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] unless they are one to four.
    pub fn with_limits(&self, limits: &[Limit]) -> Result<Self> {
        let spec = self.spec.with_limits(limits).ok_or_else(wrong_number)?;
        Ok(Self {
            spec,
            ..self.clone()
        })
    }

    /// The limits, in the order of their periods.
    pub fn limits(&self) -> impl Iterator<Item = &Limit> {
        self.spec.limits()
    }

    /// What it declares.
    #[cfg(feature = "tower")]
    pub(crate) fn spec(&self) -> &RateSpec {
        &self.spec
    }

    fn key<K: CacheKey + ?Sized>(&self, key: &K) -> Key {
        self.stem.followed_by(|writer| writer.arg(key))
    }
}

/// Settings for a [`Limiter`]; finished by [`limits`](Self::limits) or [`limit`](Self::limit).
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::{Algorithm, Larder, Limit, RateOnError};
/// use std::time::Duration;
///
/// let larder = Larder::memory();
/// let api = larder
///     .limiter("api")
///     .algorithm(Algorithm::TokenBucket)
///     .on_error(RateOnError::Allow)
///     .batch(20)                                        // borrows twenty at a time
///     .timeout(Duration::from_millis(20))
///     .limits("1000/s burst 100, 1000000/d")?;
/// let rehearsal = larder.limiter("next").shadow().limit(&[Limit::new(5, Duration::from_secs(1))])?;
/// # let _ = (api, rehearsal);
/// # Ok(())
/// # }
/// ```
#[must_use = "finish it by `limits` to get the limiter"]
#[derive(Debug)]
pub struct LimiterBuilder {
    engine: Arc<RateEngine>,
    scope: Result<Scope>,
    spec: RateSpec,
}

impl LimiterBuilder {
    pub(crate) fn new(
        engine: Arc<RateEngine>,
        scope: Result<Scope>,
        namespace: &'static str,
    ) -> Self {
        // Any limit: whoever finishes the builder says which.
        let any = Limit::new(1, Duration::from_secs(1));
        Self {
            engine,
            scope: scope.map(|scope| scope.of_limits()),
            spec: RateSpec::new(namespace, any),
        }
    }

    /// How it counts. Default: [`Algorithm::Gcra`].
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.spec = self.spec.algorithm(algorithm);
        self
    }

    /// What happens while the server cannot be asked. Default: [`RateOnError::Fail`].
    pub fn on_error(mut self, on_error: RateOnError) -> Self {
        self.spec = self.spec.on_error(on_error);
        self
    }

    /// See [`RateSpec::shadow`].
    pub fn shadow(mut self) -> Self {
        self.spec = self.spec.shadow();
        self
    }

    /// See [`RateSpec::batch`].
    pub fn batch(mut self, units: u64) -> Self {
        self.spec = self.spec.batch(units);
        self
    }

    /// How long one check may take. Default: the Larder's call budget.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.spec = self.spec.timeout(timeout);
        self
    }

    /// The limiter with these limits, such as `"10/s, 1000/h burst 50"`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a text that is no limit, and for more than four.
    pub fn limits(self, limits: &str) -> Result<Limiter> {
        let limits = Limit::parse_all(limits)?;
        self.limit(&limits)
    }

    /// The limiter with these limits.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] unless they are one to four.
    pub fn limit(self, limits: &[Limit]) -> Result<Limiter> {
        Ok(Limiter {
            engine: self.engine,
            stem: self.scope?.key(self.spec.namespace, 1, |_| {}),
            spec: self.spec.with_limits(limits).ok_or_else(wrong_number)?,
        })
    }
}

fn wrong_number() -> Error {
    Error::new(
        ErrorKind::Configuration,
        "limiter",
        "a limiter has one to four limits",
    )
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("stem", &self.stem)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
