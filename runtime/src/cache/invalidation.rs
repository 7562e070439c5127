//! What came of an invalidation, for callers who do not mind when it takes place.

use super::local::InvalidationToken;
use super::operation::CacheOperation;
use crate::error::Result;

/// What came of an invalidation: it is done, or it is queued because the server is away, and is
/// tried until it is done.
///
/// While it is queued, this process does not read what it is about: its calls run their bodies.
/// Other processes are not told, so they serve what they find until it is done. It is given up when
/// the entry's own time has passed, an hour beyond the TTL so that slow loads are covered, since
/// there is nothing left then to invalidate; when the process ends; or when
/// [`close`](crate::Larder::close) could not carry it out in time, and said so. At most 10,000
/// wait: beyond that it is an error which is not [queued](crate::Error::is_queued).
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::Invalidation;
///
/// # let users = larder::Larder::memory().cache::<u64>(USERS);
/// let told = users.entry(|key| key.arg(&7_u64)).invalidate().await;
/// match Invalidation::of(told)? {
///     Invalidation::Done(token) => println!("no later call sees the old value: {token}"),
///     Invalidation::Queued => println!("no later call of this process does"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalidation<R = InvalidationToken> {
    /// It is done, and this is what it answered.
    Done(R),
    /// The server is away: it is tried until it is done.
    Queued,
}

impl<R> Invalidation<R> {
    /// What came of an invalidation that answered this: the error of a queued one is none.
    /// Companions have [`or_queued`](CacheOperation::or_queued) for it.
    ///
    /// # Errors
    /// The others.
    pub fn of(outcome: Result<R>) -> Result<Self> {
        match outcome {
            Ok(answer) => Ok(Self::Done(answer)),
            Err(error) if error.is_queued() => Ok(Self::Queued),
            Err(error) => Err(error),
        }
    }
}

/// What invalidations answer.
pub trait Answer: Send + 'static {}

impl Answer for InvalidationToken {}
impl Answer for u64 {}

impl<R: Answer> CacheOperation<R> {
    /// The same invalidation, whose caller does not mind if it is queued because the server is
    /// away: that is no error then, but [`Invalidation::Queued`].
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[allow(non_camel_case_types)] struct user {}
    /// # impl user {
    /// #     fn invalidate(id: u64) -> larder::CacheOperation<larder::InvalidationToken> {
    /// #         let ttl = larder::Ttl::after(std::time::Duration::from_secs(300));
    /// #         let spec = larder::CacheSpec::new("users", ttl);
    /// #         let spec = larder::__private::Declaration::made(spec);
    /// #         larder::__private::Drafting::<String>::new().draft(&[&id], spec).invalidate()
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Invalidation;
    ///
    /// # larder::Larder::memory().install()?;
    /// let told = user::invalidate(7).or_queued().await?;
    /// assert!(matches!(told, Invalidation::Done(_)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn or_queued(self) -> CacheOperation<Invalidation<R>> {
        CacheOperation::new("invalidate", async move { Invalidation::of(self.await) })
    }
}
