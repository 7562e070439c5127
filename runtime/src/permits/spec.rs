//! What permits declare.

use std::time::Duration;

/// How long a permit is held without being kept, unless said.
const LEASE: Duration = Duration::from_secs(10);
/// How long callers wait for one, unless said.
const WAIT: Duration = Duration::from_secs(10);

/// The declaration of permits: their namespace, and how many there are for each key.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::PermitSpec;
/// use std::time::Duration;
///
/// const EXPORTS: PermitSpec = PermitSpec::new("exports", 10)
///     .lease(Duration::from_secs(30))
///     .wait(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermitSpec {
    pub(super) namespace: &'static str,
    pub(super) limit: u32,
    pub(super) lease: Duration,
    pub(super) wait: Duration,
}

impl PermitSpec {
    /// So many permits at a time for each key of this namespace.
    ///
    /// # Panics
    /// If there are none: in a constant that is an error of the compiler.
    #[must_use]
    pub const fn new(namespace: &'static str, limit: u32) -> Self {
        assert!(limit > 0, "of no permits nobody gets one");
        Self {
            namespace,
            limit,
            lease: LEASE,
            wait: WAIT,
        }
    }

    /// After how long the permit of a process that has died is free again. Default: ten seconds. It
    /// is kept in the background while it is held.
    #[must_use]
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long a caller waits for a permit. Default: ten seconds. With zero it is an error at
    /// once.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    pub(crate) const fn namespace(&self) -> &'static str {
        self.namespace
    }
}
