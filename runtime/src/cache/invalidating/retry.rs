//! The task that tells the server of what waits.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;

use super::carry_out::carry_out;
use crate::cache::engine::CacheEngine;
use crate::cache::pending::{Number, Subject};
use crate::clock::Moment;
use crate::duty::{Shift, Standing};
use crate::error::{Error, Result};
use crate::metrics::Event;

/// How long to wait after a round in which the server was still away, at first and at most. A
/// connection that has come back ends the wait.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How many are told at once.
const AT_ONCE: usize = 64;

/// What came of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// The server has answered all.
    Answered,
    /// It is away.
    Away,
    /// Another task tells it.
    Relieved,
}

/// Sees to it that what waits is tried again, if there is a runtime to do it on. Without one, or
/// where the one that does it stands still, the next call on a runtime does.
pub(crate) fn ensure(engine: &Arc<CacheEngine>) {
    let pending = engine.pending();
    if pending.count() == 0 {
        return;
    }
    let taken = pending
        .retrying
        .take(pending.clock(), pending.longest_step());
    if let Some((runtime, shift)) = taken {
        runtime.spawn(retry(Arc::downgrade(engine), shift));
    }
}

/// It holds the engine weakly: a Larder that nobody has any more ends its connection.
async fn retry(engine: Weak<CacheEngine>, shift: Shift) {
    let mut pause = FIRST_PAUSE;
    let Some(pending) = engine.upgrade().map(|engine| Arc::clone(engine.pending())) else {
        return;
    };
    loop {
        let woken = pending.wake.notified();
        let Some(engine) = engine.upgrade() else {
            return;
        };
        if pending.is_closed() {
            return;
        }
        let round = round(&engine, Some(&shift)).await;
        if round == Round::Relieved {
            return;
        }
        if pending.count() == 0 {
            drop(shift);
            // Somebody may have queued between the two lines above and seen this task still there.
            ensure(&engine);
            return;
        }
        if round == Round::Answered {
            // The server has refused some of them, and will not have thought better of it in a
            // moment.
            pause = LONGEST_PAUSE;
        }
        drop(engine);
        let clock = pending.clock();
        let next = clock.now() + pause.mul_f32(0.5 + fastrand::f32() / 2.0);
        pause = (pause * 2).min(LONGEST_PAUSE);
        if shift.report(next + pending.longest_step()) == Standing::Relieved {
            return;
        }
        if clock.timeout_at(next, woken).await.is_ok() {
            pause = FIRST_PAUSE;
        }
    }
}

/// Tells the server of what waits until nothing does or it is time; answers how many still wait.
pub(crate) async fn flush(engine: &Arc<CacheEngine>, deadline: Moment) -> usize {
    let clock = engine.context().clock();
    let told = async {
        while engine.pending().count() > 0 {
            if round(engine, None).await == Round::Answered {
                return;
            }
            clock.sleep(FIRST_PAUSE).await;
        }
    };
    // What was not told in time is counted all the same.
    let _ = clock.timeout_at(deadline, told).await;
    engine.pending().count()
}

/// Tells the server of everything that waits. If it is away, one question finds it out. The task
/// that does it until nothing waits says between them that it is at it.
async fn round(engine: &Arc<CacheEngine>, shift: Option<&Shift>) -> Round {
    for ended in engine.pending().forget_ended() {
        caught_up(engine, &ended);
    }
    let mut waiting = engine.pending().all();
    let rest = waiting.split_off(waiting.len().min(1));
    let chunks = std::iter::once(waiting.as_slice()).chain(rest.chunks(AT_ONCE));
    for chunk in chunks {
        let pending = engine.pending();
        let until = pending.clock().now() + pending.longest_step();
        let standing = shift.map(|shift| shift.report(until));
        if standing == Some(Standing::Relieved) {
            return Round::Relieved;
        }
        let _turn = pending.turn_to_tell().await;
        let tries = chunk
            .iter()
            // Something may have been put in the place of it while this waited for its turn.
            .filter(|(subject, number)| pending.still_waits(subject, *number))
            .map(|(subject, number)| tell(engine, subject, *number));
        let failed = |tried: &Result<()>| tried.as_ref().is_err_and(Error::is_temporary);
        if join_all(tries).await.iter().any(failed) {
            return Round::Away;
        }
    }
    Round::Answered
}

/// Tells the server of one.
async fn tell(engine: &Arc<CacheEngine>, subject: &Subject, number: Number) -> Result<()> {
    // Boxed: they differ in size, and this is no time to count bytes.
    let told = Box::pin(carry_out(engine, subject.clone())).await;
    if told.is_ok() && engine.pending().settle(&subject.name(), number.next()) {
        caught_up(engine, subject);
    }
    told
}

/// It waits no longer.
fn caught_up(engine: &CacheEngine, subject: &Subject) {
    if let Some(namespace) = subject.counted_under() {
        let metrics = engine.context().metrics();
        metrics.count(namespace, Event::InvalidationCaughtUp);
    }
    if engine.pending().count() == 0 {
        tracing::info!("every invalidation that had to wait is done");
    }
}
