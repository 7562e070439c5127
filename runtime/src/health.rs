//! How a Larder is.

use std::time::Duration;

use crate::backend::{Backend, Command, Resend};
use crate::context::Context;

/// The health of one Larder at one moment.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{HealthStatus, Larder};
///
/// let health = Larder::memory().health().await;
/// match health.status {
///     HealthStatus::Up => println!("{} answers in {:?}", health.backend, health.round_trip),
///     _ => println!("{:?}: {}", health.status, health.degraded.join("; ")),
/// }
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The answer in a word.
    pub status: HealthStatus,
    /// Which backend it is: `"memory"` or `"redis"`.
    pub backend: &'static str,
    /// How long the server took to answer just now, if it did.
    pub round_trip: Option<Duration>,
    /// How often, since the start, calls began to find the backend away.
    pub outages: u64,
    /// How many invalidations wait for the server: see [`Invalidation`](crate::Invalidation).
    pub queued_invalidations: usize,
    /// What is degraded, in words; empty when all is well.
    pub degraded: Vec<String>,
}

/// The health of a Larder in a word; see [`Health`].
/// ```
/// # extern crate larder_runtime as larder;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> larder::Result<()> {
/// use larder::{HealthStatus, Larder};
///
/// let is_ready = match Larder::memory().health().await.status {
///     HealthStatus::Up | HealthStatus::Degraded => true,
///     _ => false,      // cached functions still answer, by their bodies
/// };
/// assert!(is_ready);
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthStatus {
    /// All is well.
    Up,
    /// It works, with the limits that [`Health::degraded`] names.
    Degraded,
    /// The backend cannot be asked: cached functions do what their `on_error` says.
    Down,
}

impl Health {
    /// Asks the server once. `trouble` is what features have found, and so many invalidations wait.
    pub(crate) async fn examine(
        context: &Context,
        backend: &'static str,
        trouble: impl IntoIterator<Item = String>,
        queued_invalidations: usize,
    ) -> Self {
        let start = context.clock().now();
        let ping = Command::new("PING");
        let answer = context
            .backend()
            .run(&ping, &context.command_call(Resend::Never))
            .await;
        let took = context.clock().now().saturating_since(start);
        let mut degraded: Vec<String> = trouble.into_iter().collect();
        if context.degradation().is_untracked() {
            degraded.push(
                "the server refuses CLIENT TRACKING: waiting calls look again at growing intervals, and nothing is kept in the local tier"
                    .to_owned(),
            );
        }
        if context.degradation().is_full() {
            degraded.push(
                "the server is full and refuses writes: give it more memory or disk, or let it evict"
                    .to_owned(),
            );
        }
        if queued_invalidations > 0 {
            degraded.push(format!(
                "{queued_invalidations} invalidations wait for the server: what they are about is not read here, and may be read elsewhere"
            ));
        }
        if answer.is_ok() && took > context.limits().call_budget {
            degraded.push(format!(
                "the server took {took:?}, longer than the call budget"
            ));
        }
        let status = match (&answer, degraded.is_empty()) {
            (Err(_), _) => HealthStatus::Down,
            (Ok(_), true) => HealthStatus::Up,
            (Ok(_), false) => HealthStatus::Degraded,
        };
        if let Err(error) = &answer {
            degraded.push(error.to_string());
        }
        Self {
            status,
            backend,
            round_trip: answer.is_ok().then_some(took),
            outages: context.degradation().outages(),
            queued_invalidations,
            degraded,
        }
    }
}
