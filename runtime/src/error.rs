//! The one error type: what kind, may it pass by itself, during what.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// What `larder` returns.
/// ```
/// # extern crate larder_runtime as larder;
/// async fn forget(name: &str) -> larder::Result<bool> {
///     let names = larder::Larder::current()?.store::<String>("names").durable()?;
///     names.delete(name).await
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in `larder`, in one type.
///
/// Ask [`kind`](Self::kind) to decide what to do and [`is_temporary`](Self::is_temporary) whether
/// the same call may work later. An error never holds a password or a value. Cloning is cheap.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{ErrorKind, Larder};
///
/// let error = Larder::builder().url("redis://127.0.0.1:1").build().await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unreachable);
/// assert!(error.is_temporary());
/// assert_eq!(error.operation(), "connect");
/// println!("{error}");                           // connect: the server cannot be reached, server: redis://127.0.0.1:1/0
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    message: Cow<'static, str>,
    context: Vec<(&'static str, String)>,
    is_queued: bool,
    /// Whether the message is a server's own, which begins with a code.
    is_of_server: bool,
    /// Nothing of the call has reached the server.
    is_unsent: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of thing went wrong.
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{ErrorKind, Larder};
///
/// # let names = Larder::memory().store::<String>("names").durable()?;
/// names.set("anna", &"Ann".to_owned()).await?;
/// match names.incr("anna", 1).await {
///     Ok(sum) => println!("{sum}"),
///     Err(error) => match error.kind() {
///         ErrorKind::NotANumber | ErrorKind::WrongType => println!("this is not counted up"),
///         ErrorKind::Unreachable | ErrorKind::Timeout => println!("later, perhaps"),
///         _ => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No Larder is installed or in scope.
    NotInstalled,
    /// A second Larder was to become the process default.
    AlreadyInstalled,
    /// A setting, a URL or an option is wrong; the message names it and the cure.
    Configuration,
    /// There is no connection to the server.
    Unreachable,
    /// The server did not answer in time.
    Timeout,
    /// A load takes longer than its caller waits for it; it goes on without it.
    LoadTimeout,
    /// The server refused the credentials or the command for this user.
    Unauthorized,
    /// The key holds another type of value (`WRONGTYPE`).
    WrongType,
    /// What is to be counted is not a whole number, or the sum would not fit 64 bits, or a score is
    /// `NaN`.
    NotANumber,
    /// The server answered with an error of its own; see [`Error::code`].
    Server,
    /// The server answered with something that the command never answers.
    Protocol,
    /// A value could not be encoded.
    Encode,
    /// A stored value could not be decoded.
    Decode,
    /// A value is larger than the configured limit.
    TooLarge,
    /// Tenancy is required and no tenant is in scope.
    TenantRequired,
    /// The backend cannot do this.
    Unsupported,
    /// The Larder was closed, or the runtime that it was made in has ended.
    Closed,
    /// An idempotency key was used before by a call with other arguments.
    KeyReused,
    /// Another call with this idempotency key is still running.
    InProgress,
    /// All permits are in use, and the wait for one is over: nothing was done.
    NoPermit,
    /// What was held for a time could not be held on to, so the body was dropped, or what it has
    /// answered was not stored.
    LeaseLost,
    /// A rate limit was used up; see [`Decision::of`](crate::Decision::of).
    RateLimited,
    /// Another holds the lock, and the wait for it is over: nothing was done.
    LockBusy,
    /// The lock was lost while it was needed: what was done under it may be done in part, and
    /// another may hold it.
    LockLost,
}

impl Error {
    /// An error of this kind, met during `operation`.
    /// ```
    /// # extern crate larder_runtime as larder;
    /// use larder::{Error, ErrorKind};
    ///
    /// let cause = "eleven".parse::<u64>().unwrap_err();
    /// let error = Error::new(ErrorKind::Configuration, "read settings", "the limit is no number")
    ///     .with("file", "shop.toml")
    ///     .caused_by(cause);
    /// assert_eq!(error.message(), "the limit is no number");
    /// assert_eq!(error.to_string(), "read settings: the limit is no number, file: shop.toml");
    /// ```
    pub fn new(
        kind: ErrorKind,
        operation: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Arc::new(Inner {
            kind,
            operation,
            message: message.into(),
            context: Vec::new(),
            is_queued: false,
            is_of_server: false,
            is_unsent: false,
            source: None,
        }))
    }

    /// The same error with one more fact about where it happened.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.map(|inner| inner.context.push((name, value.to_string())))
    }

    /// The same error with the error that caused it.
    #[must_use]
    pub fn caused_by(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.map(|inner| inner.source = Some(source.into()))
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What was being done, such as `"GET"` or `"build"`.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The message alone, without operation and context.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The server's error code, such as `"WRONGTYPE"` or `"NOSCRIPT"`, if the message is what a
    /// server has answered.
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// use larder::{ErrorKind, Larder};
    ///
    /// let names = Larder::memory().store::<String>("names").durable()?;
    /// names.set("anna", &"Ann".to_owned()).await?;
    /// let error = names.llen("anna").await.unwrap_err();
    /// assert_eq!((error.kind(), error.code()), (ErrorKind::WrongType, Some("WRONGTYPE")));
    ///
    /// names.incr("visits", 1).await?;
    /// let error = names.get("visits").await.unwrap_err();      // the server found nothing wrong
    /// assert_eq!((error.kind(), error.code()), (ErrorKind::WrongType, None));
    /// # Ok(())
    /// # }
    /// ```
    pub fn code(&self) -> Option<&str> {
        let message = &self.0.message;
        (self.0.is_of_server).then(|| message.split(' ').next().unwrap_or_default())
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_temporary(&self) -> bool {
        match self.0.kind {
            ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::LoadTimeout
            | ErrorKind::RateLimited
            | ErrorKind::InProgress
            | ErrorKind::NoPermit
            | ErrorKind::LeaseLost
            | ErrorKind::LockBusy
            | ErrorKind::LockLost => true,
            ErrorKind::Server => self.code().is_some_and(is_temporary_code),
            _ => false,
        }
    }

    /// Whether it is so likely to pass within moments that the same call is worth sending again at
    /// once: a server that is full will not have room in a moment.
    pub(crate) fn is_brief(&self) -> bool {
        self.is_temporary() && !self.is_of_full_server()
    }

    /// Whether the server is full: it answers reads, and takes no writes until it has room again.
    pub(crate) fn is_of_full_server(&self) -> bool {
        self.0.kind == ErrorKind::Server && self.code().is_some_and(is_full_code)
    }

    /// Whether what failed is an invalidation that is queued: it is tried again until it is done,
    /// and this process does not read what it is about meanwhile. See
    /// [`Invalidation`](crate::Invalidation).
    ///
    /// ```
    /// # extern crate larder_runtime as larder;
    /// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> larder::Result<()> {
    /// # let users = larder::Larder::memory().cache::<u64>(USERS);
    /// match users.entry(|key| key.arg(&7_u64)).invalidate().await {
    ///     Err(error) if error.is_queued() => println!("others may see the old value for a while"),
    ///     other => drop(other?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_queued(&self) -> bool {
        self.0.is_queued
    }

    /// What failed is tried again.
    pub(crate) fn queued(self) -> Self {
        self.map(|inner| inner.is_queued = true)
    }

    /// Whether nothing of the call has reached the server, so that there is nothing to undo.
    pub(crate) fn is_unsent(&self) -> bool {
        self.0.is_unsent
    }

    /// Nothing of the call has reached the server.
    pub(crate) fn unsent(self) -> Self {
        self.map(|inner| inner.is_unsent = true)
    }

    /// Something of the call may have reached the server before.
    pub(crate) fn after_sending(self) -> Self {
        if self.is_unsent() {
            self.map(|inner| inner.is_unsent = false)
        } else {
            self
        }
    }

    /// The message is what a server has answered.
    pub(crate) fn of_server(self) -> Self {
        self.map(|inner| inner.is_of_server = true)
    }

    /// The same in the same words, met during another operation, with this one as its cause.
    pub(crate) fn during(self, operation: &'static str) -> Self {
        let told = Self::new(self.kind(), operation, self.0.message.clone());
        let told = told.map(|inner| inner.is_of_server = self.0.is_of_server);
        told.caused_by(self)
    }

    fn map(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::try_unwrap(self.0).unwrap_or_else(|shared| Inner {
            kind: shared.kind,
            operation: shared.operation,
            message: shared.message.clone(),
            context: shared.context.clone(),
            is_queued: shared.is_queued,
            is_of_server: shared.is_of_server,
            is_unsent: shared.is_unsent,
            // The cause cannot be cloned; its words can.
            source: shared
                .source
                .as_ref()
                .map(|source| source.to_string().into()),
        });
        change(&mut inner);
        Self(Arc::new(inner))
    }
}

/// Codes with which a server says that it cannot serve just now.
fn is_temporary_code(code: &str) -> bool {
    let is_away = matches!(
        code,
        "LOADING" | "BUSY" | "TRYAGAIN" | "CLUSTERDOWN" | "MASTERDOWN" | "READONLY" | "NOREPLICAS"
    );
    is_away || is_full_code(code)
}

/// Codes of a server whose memory or disk is full. It goes on to answer what it has.
fn is_full_code(code: &str) -> bool {
    matches!(code, "OOM" | "MISCONF")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.operation, self.0.message)?;
        for (name, value) in &self.0.context {
            write!(f, ", {name}: {value}")?;
        }
        if self.0.is_queued {
            f.write_str(": it is queued, and tried until it is done")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug
            .field("kind", &self.0.kind)
            .field("operation", &self.0.operation)
            .field("message", &self.0.message);
        for (name, value) in &self.0.context {
            debug.field(name, value);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::ServerError;

    #[test]
    fn what_a_server_refuses_may_pass_at_once_or_later_or_never() {
        for (text, is_temporary, is_brief) in [
            ("LOADING Redis is loading the dataset in memory", true, true),
            (
                "READONLY You can't write against a read only replica.",
                true,
                true,
            ),
            (
                "OOM command not allowed when used memory > 'maxmemory'.",
                true,
                false,
            ),
            ("MISCONF Errors writing to the AOF file", true, false),
            ("ERR syntax error", false, false),
            ("NOPERM this user has no permissions", false, false),
        ] {
            let error = ServerError::new(text).during("SET");
            assert_eq!(error.is_temporary(), is_temporary, "{text}");
            assert_eq!(error.is_brief(), is_brief, "{text}");
        }
    }
}
