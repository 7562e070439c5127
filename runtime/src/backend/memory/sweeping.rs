//! Keys end when their time comes, also where nobody touches them: whoever tracks one hears of it
//! in time.
//!
//! One task a server sleeps until the next key ends. It holds the server weakly, sets no timer
//! where no key has an end, and is spawned by the first call that finds it missing: a server may be
//! made before there is a runtime, and outlive one.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::runtime::Handle;

use super::expiry::Millis;
use super::sweeper::Sweeper;
use super::turn::Inner;

/// How many keys end in one turn before others get theirs.
const BATCH: usize = 200;

/// Sees to it that the task runs, if there is a runtime to run it.
pub(super) fn keep_sweeping(server: &Arc<Inner>) {
    let sweeper = server.sweeper();
    if sweeper.is_running.load(Ordering::Acquire) {
        return;
    }
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    if !sweeper.is_running.swap(true, Ordering::AcqRel) {
        let running = Running(Arc::clone(sweeper));
        runtime.spawn(sweep(Arc::downgrade(server), running));
    }
}

/// Says that the task is gone when it is, also when its runtime is shut down.
struct Running(Arc<Sweeper>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.sleeps_until.store(Millis::MAX, Ordering::Release);
        self.0.is_running.store(false, Ordering::Release);
    }
}

async fn sweep(server: Weak<Inner>, running: Running) {
    loop {
        let Some(server) = server.upgrade() else {
            return;
        };
        let next_due = sweep_once(&server, &running.0);
        let clock = server.clock().clone();
        drop(server);
        match next_due {
            None => running.0.wake.notified().await,
            Some(due) => {
                let left = Duration::from_millis(due).saturating_sub(clock.since_epoch());
                // A whole batch may be due: others come first all the same.
                tokio::task::yield_now().await;
                tokio::select! {
                    biased;
                    () = clock.sleep(left) => {}
                    () = running.0.wake.notified() => {}
                }
            }
        }
    }
}

/// Removes what has ended and answers when the next key ends.
fn sweep_once(server: &Inner, sweeper: &Sweeper) -> Option<Millis> {
    server.take_turn(|turn| {
        let mut database = turn.database();
        database.begin(0, server.clock().since_epoch());
        database.keyspace.sweep(BATCH);
        database.collect_notices();
        let next_due = database.keyspace.next_due();
        // Said before the turn ends, so that whoever comes next knows.
        let sleeps_until = next_due.unwrap_or(Millis::MAX);
        sweeper.sleeps_until.store(sleeps_until, Ordering::Release);
        next_due
    })
}
