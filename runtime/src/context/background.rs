//! What goes on after the call that has begun it: what a dropped caller has held is given back.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context as Task, Waker};

use tokio::runtime::Handle;
use tokio::sync::watch;

/// How much is under way.
#[derive(Debug, Clone)]
pub(crate) struct Background(Arc<watch::Sender<usize>>);

/// Something that is under way; until it is dropped, also with its runtime.
struct Going(Background);

impl Background {
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    /// Goes on with this work when nobody waits for it. It is begun before this returns: what it
    /// sends first is sent before whatever the same task asks next, and before the Larder is closed.
    pub(crate) fn go_on(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Without a runtime nothing can be sent: what is held ends by itself.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let going = Going::new(self);
        let mut work = Box::pin(async move {
            work.await;
            drop(going);
        });
        let begun = work.as_mut().poll(&mut Task::from_waker(Waker::noop()));
        if begun.is_pending() {
            runtime.spawn(work);
        }
    }

    /// Waits until nothing is under way.
    pub(super) async fn done(&self) {
        // It cannot be closed while this one has it.
        let _ = self.0.subscribe().wait_for(|number| *number == 0).await;
    }
}

impl Going {
    fn new(background: &Background) -> Self {
        background.0.send_modify(|number| *number += 1);
        Self(background.clone())
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.0.0.send_modify(|number| *number -= 1);
    }
}
