//! A runtime that stands still: it is alive, and nobody drives it. What was spawned there goes on
//! when somebody does.

use std::future::Future;
use std::time::Duration;

use larder_runtime::clock::Clock;
use tokio::runtime::{Builder, Runtime};

/// For so long what has begun is driven: as far as it comes.
const FAR: Duration = Duration::from_millis(100);

/// Such a runtime. It is driven while a method of it runs, from a thread of its own; the thread of
/// the test waits, so that where time is paused no time passes.
pub(crate) struct Still(Option<Runtime>);

impl Still {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        Self(Some(runtime.expect("a runtime")))
    }

    /// Brings a future to its end there.
    pub(crate) fn run<F>(&self, future: F) -> F::Output
    where
        F: Future<Output: Send> + Send,
    {
        let runtime = self.0.as_ref().expect("it is there until this is dropped");
        std::thread::scope(|scope| {
            let driven = scope.spawn(|| runtime.block_on(future));
            driven.join().expect("it does not panic")
        })
    }

    /// Has a task begin there, and drives it to where it waits for something that does not come by
    /// itself. Then it stands still too.
    pub(crate) fn begin<F>(&self, future: F)
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.run(async {
            let task = tokio::spawn(future);
            Clock::system().sleep(FAR).await;
            assert!(!task.is_finished(), "it waits for nothing");
        });
    }

    /// Has a task take its first step there, and no other.
    pub(crate) fn begin_once<F>(&self, future: F)
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.run(async {
            let task = tokio::spawn(future);
            tokio::task::yield_now().await;
            assert!(!task.is_finished(), "it waits for nothing");
        });
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        // Within another runtime it may not be waited for.
        let runtime = self.0.take();
        runtime.into_iter().for_each(Runtime::shutdown_background);
    }
}
