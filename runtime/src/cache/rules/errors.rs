//! What becomes of the errors of a load.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cache::error_codec::ErrorCodec;
use crate::cache::patience::GivingUp;
use crate::cache::probe::Sharing;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};

/// Picks the errors that are stored.
pub(in crate::cache) enum ErrorRule<E> {
    /// An attribute's, which sees nothing but the error.
    Fixed(fn(&E) -> bool),
    /// A plain call's.
    Shared(Arc<dyn Fn(&E) -> bool + Send + Sync>),
}

/// From what an error is made that no body has returned.
pub(in crate::cache) enum ErrorSource<'source> {
    /// One that was stored.
    Stored(Codec, &'source [u8]),
    /// One that another caller has met.
    Shared(&'source dyn Any),
    /// One of ours, in place of running the body.
    Rescue(Error),
}

/// What becomes of the errors of a load, for [`Entry::try_get_or_load_with`](crate::Entry::try_get_or_load_with).
///
/// Without any rule an error goes to the caller whose load met it and to nobody else, nothing of it is stored, and the
/// load runs when the backend is away.
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
    pub(in crate::cache) sharing: Sharing<E>,
    pub(in crate::cache) stored: Option<(ErrorRule<E>, ErrorCodec<E>)>,
    pub(in crate::cache) rescue: Option<fn(Error) -> E>,
    pub(in crate::cache) giving_up: Option<GivingUp<E>>,
}

impl<E> ErrorRules<E> {
    /// No rules.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sharing: Sharing::none(),
            stored: None,
            rescue: None,
            giving_up: None,
        }
    }

    /// Callers of this process that wait for the same load get a clone of its error. Without this, each of them loads in
    /// its turn.
    #[must_use]
    pub fn share(mut self) -> Self
    where
        E: Clone + Send + 'static,
    {
        self.sharing = Sharing::by_clone();
        self
    }

    /// Errors that the rule picks are stored for the spec's [`err_ttl`](crate::CacheSpec::err_ttl), and returned to later
    /// callers without a load. Without an `err_ttl` none is stored.
    #[must_use]
    pub fn cache_err(mut self, rule: impl Fn(&E) -> bool + Send + Sync + 'static) -> Self
    where
        E: Serialize + DeserializeOwned,
    {
        self.stored = Some((ErrorRule::Shared(Arc::new(rule)), ErrorCodec::new()));
        self
    }

    /// With the backend away the call returns this error, and the load does not run: what `on_error = "fail"` is to an
    /// attribute.
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
        self.rescue = Some(E::from);
        self
    }

    /// A call that has nothing stored to answer waits for so long, and then returns an error of the kind
    /// [`LoadTimeout`](crate::ErrorKind::LoadTimeout): what `hard = "2s"` is to an attribute. The load goes on without it, and what
    /// it answers is stored.
    ///
    /// It is for loads that may outlive their caller, those of
    /// [`try_get_or_spawn_with`](crate::Entry::try_get_or_spawn_with). One that was lent to
    /// [`try_get_or_load_with`](crate::Entry::try_get_or_load_with) would be cut off, so there it says nothing.
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
        self.giving_up = Some(GivingUp::after(time));
        self
    }
}

/// How a call asks them, of an error whose type is the only one that is known: it is translated once for each type of error, and not for
/// each type of value beside it.
impl<E> ErrorRules<E> {
    /// The error that is made of this, if it is one that this function can have.
    pub(in crate::cache) fn make(&self, source: ErrorSource<'_>) -> Option<E> {
        match source {
            ErrorSource::Stored(codec, payload) => {
                let (_, errors) = self.stored.as_ref()?;
                (errors.decode)(codec, payload).ok()
            }
            ErrorSource::Shared(packed) => self.sharing.unpack(packed),
            ErrorSource::Rescue(error) => self.rescue.map(|rescue| rescue(error)),
        }
    }

    /// Whether this error is to be stored.
    pub(in crate::cache) fn picks(&self, error: &E) -> bool {
        match &self.stored {
            Some((ErrorRule::Fixed(picks), _)) => picks(error),
            Some((ErrorRule::Shared(picks), _)) => picks(error),
            None => false,
        }
    }

    /// Writes an error that is to be stored.
    pub(in crate::cache) fn encode(
        &self,
        codec: Codec,
        error: &E,
        into: &mut Vec<u8>,
    ) -> Result<()> {
        match &self.stored {
            Some((_, errors)) => (errors.encode)(codec, error, into),
            None => Err(not_stored()),
        }
    }

    /// The error as other callers take it, if they can.
    pub(in crate::cache) fn pack(&self, error: &E) -> Option<Box<dyn Any + Send>> {
        self.sharing.pack(error)
    }
}

fn not_stored() -> Error {
    let message = "this function stores no errors";
    Error::new(ErrorKind::Encode, "encode", message)
}

impl<E> Clone for ErrorRule<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Fixed(picks) => Self::Fixed(*picks),
            Self::Shared(picks) => Self::Shared(Arc::clone(picks)),
        }
    }
}

impl<E> Clone for ErrorRules<E> {
    fn clone(&self) -> Self {
        Self {
            sharing: self.sharing,
            stored: self.stored.clone(),
            rescue: self.rescue,
            giving_up: self.giving_up,
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
        f.debug_struct("ErrorRules")
            .field("share", &self.sharing.is_possible())
            .field("cache_err", &self.stored.is_some())
            .field("fail_on_error", &self.rescue.is_some())
            .field("give_up_after", &self.giving_up)
            .finish()
    }
}
