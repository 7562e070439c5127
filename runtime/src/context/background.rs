//! What goes on after the call that has begun it: what a dropped caller has held is given back.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context as Task, Waker};

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::Context;
use crate::backend::Resend;

/// How much is under way.
#[derive(Debug)]
pub(super) struct Background(watch::Sender<usize>);

/// Something that is under way; until it is dropped, also with its runtime.
struct Going(Arc<Context>);

impl Context {
    /// Goes on with this work when nobody waits for it. It is begun before this returns: what it
    /// sends first is sent before whatever the same task asks next, and before the Larder is closed.
    pub(crate) fn in_background(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
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

    /// Waits until nothing is under way, for as long as a command may take.
    pub(crate) async fn background_is_done(&self) {
        let deadline = self.command_call(Resend::Never).deadline;
        let mut under_way = self.background.0.subscribe();
        let done = under_way.wait_for(|number| *number == 0);
        let _ = self.clock.timeout_at(deadline, done).await;
    }
}

impl Background {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Going {
    fn new(context: &Arc<Context>) -> Self {
        context.background.0.send_modify(|number| *number += 1);
        Self(Arc::clone(context))
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.0.background.0.send_modify(|number| *number -= 1);
    }
}
