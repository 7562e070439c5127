//! Idempotent calls by hand.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::call::{Way, run};
use super::records::Records;
use super::request::Request;
use super::spec::IdempotencySpec;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{Arguments, CacheKey, Feature, Key, Scope};

/// Idempotent calls by hand: made by [`Larder::idempotency`](crate::Larder::idempotency).
///
/// For each key the first caller runs its body. All others, on every node, get the stored result:
/// those that come later at once, those that come meanwhile when it is there; they are woken by the
/// server and do not poll.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{Error, ErrorKind, Larder};
/// use std::time::Duration;
///
/// let larder = Larder::memory();
/// let payments = larder.idempotency("payments").ttl(Duration::from_hours(24))?;
///
/// for _ in 0..2 {
///     // The key comes with the request; the amount is what the request asks for.
///     let receipt = payments.run("7f3a", &1000_u64, async { Ok::<_, Error>("receipt 1".to_owned()) }).await?;
///     assert_eq!(receipt, "receipt 1");
/// }
/// let other = payments.run("7f3a", &9999_u64, async { Ok::<_, Error>("receipt 2".to_owned()) }).await;
/// assert_eq!(other.unwrap_err().kind(), ErrorKind::KeyReused);
///
/// assert!(payments.forget("7f3a").await?);
/// # Ok(())
/// # }
/// ```
///
/// # What is promised
/// A call that has completed, so that its result is stored, never runs again while the result is
/// kept. A process that dies is superseded when its run was not heard of for a lease: then the body
/// runs from the beginning, and what it had done before is done again. A body that fails is not
/// stored and may be run again at once. A run that cannot be continued in time is dropped before
/// another may begin, at its next `await`; if it ends nevertheless, its late result is not stored.
///
/// Redis replicates asynchronously: a failover may forget a record.
///
/// # When the server is away
/// An error, after at most the command timeout (1 s unless set), and the body does not run. If it
/// goes away while the body runs, storing is tried until the run's lease ends; then it is an error
/// that says that the body has run.
#[derive(Clone)]
pub struct Idempotency {
    records: Arc<Records>,
    scope: Scope,
    spec: IdempotencySpec,
}

impl Idempotency {
    /// The stored result of this key, or else that of the body, which is stored unless it is an
    /// error. `arguments` is what the request asks for: of it a digest is kept.
    ///
    /// # Errors
    /// The body's. [`ErrorKind::KeyReused`] if the key was used with other arguments,
    /// [`ErrorKind::InProgress`] if another call runs for longer than this one waits,
    /// [`ErrorKind::LeaseLost`] if the run could not be continued, [`ErrorKind::Decode`] if the
    /// stored result cannot be read by this build, [`ErrorKind::TooLarge`] and
    /// [`ErrorKind::Encode`] if it cannot be stored; the backend's.
    pub async fn run<K, A, T, E>(
        &self,
        key: &K,
        arguments: &A,
        body: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        K: CacheKey + ?Sized,
        A: CacheKey + ?Sized,
        T: Serialize + DeserializeOwned,
        E: From<Error>,
    {
        run(Ok(self.request(key, arguments)), Way::values(), body).await
    }

    /// The same; errors that the rule picks are stored too, such as those that say that the request
    /// can never succeed.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::Larder;
    /// use std::time::Duration;
    ///
    /// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    /// enum PaymentError { Declined, Unavailable }
    ///
    /// impl From<larder::Error> for PaymentError {
    ///     fn from(_: larder::Error) -> Self { Self::Unavailable }
    /// }
    ///
    /// let payments = Larder::memory().idempotency("payments").ttl(Duration::from_hours(24))?;
    /// let declined = |error: &PaymentError| matches!(error, PaymentError::Declined);
    /// let first = payments.run_storing("7f3a", &(), declined, async { Err::<u64, _>(PaymentError::Declined) }).await;
    /// let second = payments.run_storing("7f3a", &(), declined, async { Ok(1) }).await;
    /// assert_eq!((first, second), (Err(PaymentError::Declined), Err(PaymentError::Declined)));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_storing<K, A, T, E>(
        &self,
        key: &K,
        arguments: &A,
        which: impl Fn(&E) -> bool + Send + Sync + 'static,
        body: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E>
    where
        K: CacheKey + ?Sized,
        A: CacheKey + ?Sized,
        T: Serialize + DeserializeOwned + 'static,
        E: From<Error> + Serialize + DeserializeOwned + 'static,
    {
        let way = Way::storing(which);
        run(Ok(self.request(key, arguments)), way, body).await
    }

    /// Removes what is known of this key, so that the next call runs; answers whether there was
    /// anything. A call that is just running loses its run: its body is dropped when it is to be
    /// continued, a third of its lease later at most, and if it ends before that, its result is not
    /// stored. Its caller gets [`ErrorKind::LeaseLost`](crate::ErrorKind::LeaseLost), or the result
    /// of whoever has run the same request meanwhile.
    ///
    /// # Errors
    /// The backend's.
    pub async fn forget<K: CacheKey + ?Sized>(&self, key: &K) -> Result<bool> {
        self.records.forget(&self.key(key)).await
    }

    fn key<K: CacheKey + ?Sized>(&self, key: &K) -> Key {
        let namespace = self.spec.namespace;
        self.scope
            .key_of(Feature::Idempotency, namespace, |writer| writer.arg(key))
    }

    fn request<K, A>(&self, key: &K, arguments: &A) -> Request
    where
        K: CacheKey + ?Sized,
        A: CacheKey + ?Sized,
    {
        let mut written = Arguments::new();
        written.writer().arg(arguments);
        Request::new(&self.records, self.spec, self.key(key), written.as_slice())
    }
}

/// Settings for [`Idempotency`]; finished by [`ttl`](Self::ttl).
///
/// ```
/// # extern crate larder_runtime as larder;
/// # fn main() -> larder::Result<()> {
/// use larder::Larder;
/// use std::time::Duration;
///
/// let payments = Larder::memory()
///     .idempotency("payments")
///     .lease(Duration::from_secs(30))        // after which a dead process is superseded; 10 s unless said
///     .wait(Duration::from_secs(5))          // for another that runs already; 10 s unless said
///     .ttl(Duration::from_hours(24))?;
/// # Ok(())
/// # }
/// ```
#[must_use = "finish it by `ttl`"]
#[derive(Debug)]
pub struct IdempotencyBuilder {
    records: Arc<Records>,
    scope: Result<Scope>,
    spec: IdempotencySpec,
}

impl IdempotencyBuilder {
    pub(crate) fn new(
        records: Arc<Records>,
        scope: Result<Scope>,
        namespace: &'static str,
    ) -> Self {
        Self {
            records,
            scope,
            spec: IdempotencySpec::new(namespace, Duration::ZERO),
        }
    }

    /// See [`IdempotencySpec::lease`].
    pub fn lease(mut self, lease: Duration) -> Self {
        self.spec = self.spec.lease(lease);
        self
    }

    /// See [`IdempotencySpec::wait`].
    pub fn wait(mut self, wait: Duration) -> Self {
        self.spec = self.spec.wait(wait);
        self
    }

    /// Results are kept for so long.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for less than 1 ms; [`ErrorKind::TenantRequired`].
    pub fn ttl(mut self, ttl: Duration) -> Result<Idempotency> {
        if ttl.as_millis() == 0 || self.spec.lease.as_millis() == 0 {
            let message = "the ttl and the lease are at least 1 ms long";
            return Err(Error::new(ErrorKind::Configuration, "idempotency", message));
        }
        self.spec.ttl = ttl;
        Ok(Idempotency {
            records: self.records,
            scope: self.scope?,
            spec: self.spec,
        })
    }
}

impl fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotency")
            .field("scope", &self.scope)
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}
