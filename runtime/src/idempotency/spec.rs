//! What an idempotent function declares.

use std::time::Duration;

/// How long a run may go on without being continued, unless said.
const LEASE: Duration = Duration::from_secs(10);
/// How long others wait for it, unless said.
const WAIT: Duration = Duration::from_secs(10);

/// The declaration of idempotent calls: their namespace, and how long their results are kept.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::IdempotencySpec;
/// use std::time::Duration;
///
/// const PAYMENTS: IdempotencySpec = IdempotencySpec::new("payments", Duration::from_hours(24))
///     .lease(Duration::from_secs(30))
///     .wait(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencySpec {
    pub(super) namespace: &'static str,
    pub(super) ttl: Duration,
    pub(super) lease: Duration,
    pub(super) wait: Duration,
}

impl IdempotencySpec {
    /// Calls of this namespace, whose results are kept for so long: at least a millisecond.
    #[must_use]
    pub const fn new(namespace: &'static str, ttl: Duration) -> Self {
        Self {
            namespace,
            ttl,
            lease: LEASE,
            wait: WAIT,
        }
    }

    /// After how long a run that is not heard of any more, because its process died, may be begun
    /// anew. Default: ten seconds. It is continued in the background while the body runs.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long a call waits for another that runs already. Default: ten seconds. With zero it is
    /// an error at once.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    pub(crate) const fn namespace(&self) -> &'static str {
        self.namespace
    }
}
