//! The task that sends canaries while there are copies.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::canary::{Caged, INTERVAL};
use super::tier::Tier;
use crate::backend::{Atomicity, Backend, Call, Pipeline, Resend};
use crate::clock::{Clock, Moment};
use crate::context::Context;
use crate::duty::{Shift, Standing};

/// How much later than it should the patrol may be heard of.
const LATENESS: Duration = Duration::from_millis(500);

/// Sees to it that canaries are sent, if there is a runtime to send them on. Without one no copy is
/// served for longer than the canary of a read vouches for it.
pub(crate) fn ensure(tier: &Arc<Tier>, context: &Arc<Context>) {
    let clock = context.clock();
    if let Some((runtime, shift)) = tier.patrolling.take(clock, LATENESS) {
        let patrol = patrol(
            Arc::downgrade(context),
            clock.clone(),
            Arc::clone(tier),
            shift,
        );
        runtime.spawn(patrol);
    }
}

/// It holds the context weakly: a Larder that nobody has any more ends its connection.
async fn patrol(context: Weak<Context>, clock: Clock, tier: Arc<Tier>, shift: Shift) {
    let mut tidied = tier.epoch();
    loop {
        let closing = tier.closing.notified();
        let now = clock.now();
        if shift.report(now + INTERVAL + LATENESS) == Standing::Relieved {
            return;
        }
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
