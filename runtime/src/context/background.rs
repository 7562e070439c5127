//! What goes on after the call that has begun it: what a dropped caller has held is given back.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context as Task, Waker};

use tokio::runtime::Handle;
use tokio::sync::watch;

/// What is under way.
#[derive(Debug)]
pub(crate) struct Background {
    /// In which runtime the connection is, if it is in one: what goes on there does not end with
    /// that of the call.
    home: Option<Handle>,
    going: Arc<watch::Sender<usize>>,
}

/// Something that is under way; until it is dropped, also with its runtime.
struct Going(Arc<watch::Sender<usize>>);

impl Background {
    pub(super) fn new(home: Option<Handle>) -> Self {
        Self {
            home,
            going: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Goes on with this work when nobody waits for it. It is begun before this returns: what it
    /// sends first is sent before whatever the same task asks next, and before the Larder is closed.
    pub(crate) fn go_on(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Without a runtime nothing can be sent: what is held ends by itself.
        let Ok(here) = Handle::try_current() else {
            return;
        };
        let going = Going::new(&self.going);
        let mut work = Box::pin(async move {
            work.await;
            drop(going);
        });
        let begun = work.as_mut().poll(&mut Task::from_waker(Waker::noop()));
        if begun.is_pending() {
            self.home.as_ref().unwrap_or(&here).spawn(work);
        }
    }

    /// Waits until nothing is under way.
    pub(super) async fn done(&self) {
        // It cannot be closed while this one has it.
        let _ = self.going.subscribe().wait_for(|number| *number == 0).await;
    }
}

impl Going {
    fn new(going: &Arc<watch::Sender<usize>>) -> Self {
        going.send_modify(|number| *number += 1);
        Self(Arc::clone(going))
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.0.send_modify(|number| *number -= 1);
    }
}
