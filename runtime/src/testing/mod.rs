//! What tests of annotated functions need: a Larder for each test, and a clock that obeys.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

pub use crate::backend::memory::{LinkControl, MemoryBackend, RoundTrips};
use crate::clock::Clock;
use crate::error::Result;
use crate::global::{TestLarder, adopt_test_larder};
use crate::larder::Larder;

pub mod simulation;

/// Which runtime a test runs on.
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::{Flavor, run};
///
/// let flavor = Flavor::MultiThread { workers: Some(2) };
/// let loads = run(flavor, |larder| async move { larder.stats("users").loads });
/// assert_eq!(loads, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// One thread and a paused clock: time passes only when everything waits, or by [`advance`].
    CurrentThread,
    /// Several threads and real time, which [`advance`] can still move forward for the test's
    /// Larder.
    MultiThread {
        /// How many threads; as many as there are processors if not said.
        workers: Option<usize>,
    },
}

/// When tests' servers begin, by their own clock: 1 January 2030, so that a run can be repeated.
const BEGINNING: Duration = Duration::from_hours(24 * 21_915);

/// Runs a test with an embedded Larder of its own. `#[larder::test]` writes the call.
///
/// # Panics
/// If no runtime can be started, like every failing test.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::{Flavor, run};
///
/// let loads = run(Flavor::CurrentThread, |larder| async move { larder.stats("users").loads });
/// assert_eq!(loads, 0);
/// ```
pub fn run<T, F: Future<Output = T>>(flavor: Flavor, body: impl FnOnce(Larder) -> F) -> T {
    let place = TestLarder::default();
    #[allow(clippy::expect_used, reason = "a test without a runtime has failed")]
    let runtime = runtime(flavor, &place).expect("a test needs a Tokio runtime");
    let _this_thread = Adopted::new(&place);
    runtime.block_on(async {
        let larder = Larder::builder()
            .clock(Clock::starting_at(BEGINNING))
            .on_new_memory();
        let larder = place.get_or_init(|| larder).clone();
        body(larder).await
    })
}

/// Moves time forward: the clock of the test's runtime where that is paused, as on the one thread of
/// a `#[larder::test]` or with `start_paused`; else the clock of its Larder alone.
///
/// # Errors
/// If there is no Larder here.
///
/// ```
/// # extern crate larder_runtime as larder;
/// # const USERS: larder::CacheSpec = larder::CacheSpec::new("users", larder::Ttl::after(std::time::Duration::from_secs(300)));
/// use larder::testing::{Flavor, advance, run};
/// use std::time::Duration;
///
/// run(Flavor::CurrentThread, |larder| async move {
///     let entry = larder.cache::<u64>(USERS).entry(|key| key.arg(&7_u64));   // lives for five minutes
///     entry.put(&1).await?;
///     advance(Duration::from_secs(301)).await?;
///     assert_eq!(entry.peek().await?, None);
///     Ok::<_, larder::Error>(())
/// })?;
/// # Ok::<(), larder::Error>(())
/// ```
pub async fn advance(by: Duration) -> Result<()> {
    let larder = Larder::current()?;
    if larder.clock().is_paused_here() {
        tokio::time::advance(by).await;
    } else {
        larder.clock().advance(by);
    }
    Ok(())
}

fn runtime(flavor: Flavor, place: &Arc<OnceLock<Larder>>) -> std::io::Result<Runtime> {
    let mut builder = match flavor {
        Flavor::CurrentThread => {
            let mut builder = Builder::new_current_thread();
            builder.start_paused(true);
            builder
        }
        Flavor::MultiThread { workers } => {
            let mut builder = Builder::new_multi_thread();
            if let Some(workers) = workers {
                builder.worker_threads(workers);
            }
            builder
        }
    };
    let place = Arc::clone(place);
    builder
        .enable_all()
        .on_thread_start(move || adopt_test_larder(Some(Arc::clone(&place))))
        .build()
}

/// The test's Larder on the test's own thread, until the test ends.
struct Adopted;

impl Adopted {
    fn new(place: &TestLarder) -> Self {
        adopt_test_larder(Some(Arc::clone(place)));
        Self
    }
}

impl Drop for Adopted {
    fn drop(&mut self) {
        adopt_test_larder(None);
    }
}
