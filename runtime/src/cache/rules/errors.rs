//! What becomes of the errors of a load.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::error_codec::ErrorCodec;
use crate::cache::failures::Failures;
use crate::cache::probe::Sharing;
use crate::error::Error;

/// What becomes of the errors of a load, for
/// [`Entry::try_get_or_load_with`](crate::Entry::try_get_or_load_with).
///
/// Without any rule an error goes to the caller whose load met it and to nobody else, nothing of it
/// is stored, and the load runs when the backend is away.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::ErrorRules;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, Serialize, Deserialize)]
/// enum DbError { NoSuchUser, Down }
///
/// let rules = ErrorRules::new()
///     .share()
///     .cache_err(|error| matches!(error, DbError::NoSuchUser));   // for the spec's `err_ttl`
/// ```
pub struct ErrorRules<E> {
    /// What an attribute could say as well.
    pub(in crate::cache) declared: Failures<E>,
    /// Picks the errors that are stored, of a plain call, whose closure may see more than the
    /// error.
    pub(in crate::cache) picks: Option<Picks<E>>,
}

/// Whether an error is to be stored.
type Picks<E> = Arc<dyn Fn(&E) -> bool + Send + Sync>;

impl<E> ErrorRules<E> {
    /// No rules.
    #[must_use]
    pub fn new() -> Self {
        Self::declared(Failures::new())
    }

    /// What an attribute says.
    #[inline]
    pub(in crate::cache) const fn declared(failures: Failures<E>) -> Self {
        Self {
            declared: failures,
            picks: None,
        }
    }

    /// Callers of this process that wait for the same load get a clone of its error. Without this,
    /// each of them loads in its turn.
    #[must_use]
    pub fn share(mut self) -> Self
    where
        E: Clone + Send + 'static,
    {
        self.declared = self.declared.sharing(Sharing::by_clone());
        self
    }

    /// Errors that the rule picks are stored for the spec's [`err_ttl`](crate::CacheSpec::err_ttl),
    /// and returned to later callers without a load. Without an `err_ttl` none is stored.
    #[must_use]
    pub fn cache_err(mut self, rule: impl Fn(&E) -> bool + Send + Sync + 'static) -> Self
    where
        E: Serialize + DeserializeOwned,
    {
        self.picks = Some(Arc::new(rule));
        self.declared = self.declared.written_by(ErrorCodec::new());
        self
    }

    /// With the backend away the call returns this error, and the load does not run: what
    /// `on_error = "fail"` is to an attribute.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::ErrorRules;
    ///
    /// #[derive(Debug)]
    /// struct Failed(String);
    ///
    /// impl From<larder::Error> for Failed {
    ///     fn from(error: larder::Error) -> Self {
    ///         Self(error.to_string())
    ///     }
    /// }
    ///
    /// let rules = ErrorRules::<Failed>::new().fail_on_error();
    /// ```
    #[must_use]
    pub fn fail_on_error(mut self) -> Self
    where
        E: From<Error>,
    {
        self.declared = self.declared.fail_on_error();
        self
    }

    /// A call that has nothing stored to answer waits for so long, and then returns an error of the
    /// kind [`LoadTimeout`](crate::ErrorKind::LoadTimeout): what `hard = "2s"` is to an attribute.
    /// The load goes on without it, and what it answers is stored.
    ///
    /// It is for loads that may outlive their caller, those of
    /// [`try_get_or_spawn_with`](crate::Entry::try_get_or_spawn_with). One that was lent to
    /// [`try_get_or_load_with`](crate::Entry::try_get_or_load_with) would be cut off, so there it
    /// says nothing.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> larder::Result<()> {
    /// # let entry = larder::Larder::memory().cache::<u64>(USERS).entry(|key| key.arg(&7_u64));
    /// use larder::{ErrorKind, ErrorRules};
    /// use std::time::Duration;
    ///
    /// let rules = ErrorRules::<larder::Error>::new().give_up_after(Duration::from_secs(2));
    /// let slow = |_| async {
    ///     tokio::time::sleep(Duration::from_secs(5)).await;
    ///     Ok(1)
    /// };
    /// let answered = entry.try_get_or_spawn_with(&rules, slow).await;
    /// assert_eq!(answered.unwrap_err().kind(), ErrorKind::LoadTimeout);
    ///
    /// tokio::time::sleep(Duration::from_secs(4)).await;
    /// assert_eq!(entry.peek().await?, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn give_up_after(mut self, time: Duration) -> Self
    where
        E: From<Error>,
    {
        self.declared = self.declared.give_up_after(time);
        self
    }
}

impl<E> ErrorRules<E> {
    /// Whether this error is to be stored.
    pub(in crate::cache) fn picks(&self, error: &E) -> bool {
        match &self.picks {
            Some(picks) => picks(error),
            None => self.declared.picks(error),
        }
    }
}

impl<E> Clone for ErrorRules<E> {
    fn clone(&self) -> Self {
        Self {
            declared: self.declared,
            picks: self.picks.clone(),
        }
    }
}

impl<E> Default for ErrorRules<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E> fmt::Debug for ErrorRules<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.declared.fmt_as("ErrorRules", f)
    }
}
