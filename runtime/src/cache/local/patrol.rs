//! The task that sends canaries while there are copies.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use tokio::runtime::Handle;

use super::canary::{Caged, INTERVAL};
use super::tier::Tier;
use crate::backend::{Atomicity, Backend, Call, Pipeline, Resend};
use crate::clock::{Clock, Moment};
use crate::context::Context;

/// Sees to it that canaries are sent, if there is a runtime to send them on. Without one no copy is
/// served for longer than the canary of a read vouches for it.
pub(crate) fn ensure(tier: &Arc<Tier>, context: &Arc<Context>) {
    if tier.is_patrolled.load(Ordering::Acquire) {
        return;
    }
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    if !tier.is_patrolled.swap(true, Ordering::AcqRel) {
        let patrolled = Patrolled(Arc::clone(tier));
        let clock = context.clock().clone();
        runtime.spawn(patrol(Arc::downgrade(context), clock, patrolled));
    }
}

/// Says that the task is gone when it is, also when its runtime is shut down.
struct Patrolled(Arc<Tier>);

impl Drop for Patrolled {
    fn drop(&mut self) {
        self.0.is_patrolled.store(false, Ordering::Release);
    }
}

/// It holds the context weakly: a Larder that nobody has any more ends its connection.
async fn patrol(context: Weak<Context>, clock: Clock, patrolled: Patrolled) {
    let tier = &patrolled.0;
    let mut tidied = tier.epoch();
    loop {
        let closing = tier.closing.notified();
        let now = clock.now();
        let Some(context) = context.upgrade() else {
            return;
        };
        if tier.is_closed() || !tier.has_copies(now) {
            tier.tidy(now);
            return;
        }
        if tier.epoch() != tidied {
            tidied = tier.epoch();
            tier.tidy(now);
        }
        tier.notice_silence(now);
        if tier.canary.is_due(now)
            && let Some(canary) = tier.canary.take(now)
        {
            send(&context, canary, now + INTERVAL).await;
        }
        drop(context);
        tokio::select! {
            biased;
            () = clock.sleep_until(now + INTERVAL) => {}
            () = closing => {}
        }
    }
}

/// Sends one. What goes wrong shows in that its push does not come.
async fn send(context: &Context, canary: Caged<'_>, deadline: Moment) {
    let pipeline = Pipeline::new(Atomicity::Independent);
    let pipeline = canary.commands().into_iter().fold(pipeline, Pipeline::then);
    let call = Call {
        deadline,
        resend: Resend::Never,
    };
    let sent = context.backend().pipeline(&pipeline, &call).await;
    if sent.is_ok_and(|replies| {
        replies
            .into_iter()
            .all(|reply| reply.checked("SET").is_ok())
    }) {
        canary.release();
    }
}
