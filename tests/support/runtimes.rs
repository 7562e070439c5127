//! Several runtimes in one process.

use tokio::runtime::{Builder, Handle, Runtime};

/// What becomes of a runtime after its last call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    /// It ends, and its tasks with it.
    Ends,
    /// It is alive, but nobody drives it, as between two calls of `block_on`.
    StandsStill,
}

/// A runtime on a thread of its own, where what is to go on goes on.
pub(crate) fn home() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// A runtime that is driven while somebody waits in it.
pub(crate) fn another() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// How many tasks this runtime has.
pub(crate) fn alive_tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

impl Fate {
    /// What is left of this runtime, to be kept until the test is over.
    pub(crate) fn befall(self, runtime: Runtime) -> Option<Runtime> {
        match self {
            Self::Ends => {
                drop(runtime);
                None
            }
            Self::StandsStill => Some(runtime),
        }
    }
}
