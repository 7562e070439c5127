//! A permit that is held, or asked for. It ends by itself when it is not kept.

use std::sync::Arc;
use std::time::Duration;

use super::engine::{Address, Kept, PermitEngine, Verb};
use super::spec::PermitSpec;
use super::tenure::{Tenure, Term};
use crate::backend::{Call, Resend};
use crate::error::{Error, ErrorKind};

/// The pause before a permit is tried to be given back once more.
const PAUSE: Duration = Duration::from_millis(100);

/// One holder of a permit.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) engine: Arc<PermitEngine>,
    pub(super) spec: PermitSpec,
    pub(super) address: Address,
    pub(super) holder: String,
    pub(super) tenure: Arc<Tenure>,
}

/// A holder that may stand on the server: dropping it gives its permit or its place back in the
/// background.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) hold: Arc<Hold>,
    is_sent: bool,
}

impl Hold {
    /// Whether nobody else has it.
    pub(super) fn is_held(&self) -> bool {
        self.tenure.is_held(self.engine.context().clock().now())
    }

    /// Ready when it is not held any more.
    pub(super) async fn lost(&self) {
        self.tenure.lost(self.engine.context().clock()).await;
    }

    /// Keeps the permit until it is lost: three times in its lease. A runtime may stand still, and
    /// with it whoever keeps the permit there: so several may, and who comes first asks.
    pub(super) async fn keep(&self) {
        let clock = self.engine.context().clock();
        loop {
            let Some(Term { until, due }) = self.tenure.at_hand() else {
                return;
            };
            clock.sleep_until(due.min(until)).await;
            let now = clock.now();
            let Some(deadline) = self.tenure.begin_to_keep(now) else {
                continue;
            };
            let call = Call {
                deadline,
                resend: Resend::Never,
            };
            let (address, holder) = (&self.address, &self.holder);
            match self.engine.keep(&self.spec, address, holder, &call).await {
                Ok(Kept::Yes) => self.tenure.goes_on(now),
                Ok(Kept::Lost) => return self.tenure.end(),
                // It says nothing about the permit: the next question does.
                Err(error) => self.engine.context().degradation().failed(&error),
            }
        }
    }
}

impl Claim {
    /// A holder that has not asked yet.
    pub(super) fn new(engine: &Arc<PermitEngine>, spec: PermitSpec, address: Address) -> Self {
        let hold = Hold {
            engine: Arc::clone(engine),
            tenure: Arc::new(Tenure::new(spec.lease)),
            spec,
            address,
            holder: engine.next_name(),
        };
        Self {
            hold: Arc::new(hold),
            is_sent: false,
        }
    }

    /// From now on there may be something to give back.
    pub(super) fn is_sent(&mut self) {
        self.is_sent = true;
    }

    /// Whether there may be something to give back.
    pub(super) fn may_be_known(&self) -> bool {
        self.is_sent
    }

    /// There is nothing to give back.
    pub(super) fn settle(&mut self) {
        self.is_sent = false;
    }

    /// Gives back what it holds, or its place.
    pub(super) async fn leave(mut self) -> Result<(), Error> {
        let hold = &self.hold;
        hold.tenure.end();
        let left = hold
            .engine
            .ask(&hold.spec, &hold.address, &hold.holder, Verb::Leave)
            .await;
        left?;
        self.settle();
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.hold.tenure.end();
        self.hold.engine.forget(&self.hold.address.permits);
        if self.is_sent {
            let context = self.hold.engine.context();
            context
                .background()
                .go_on(leave_later(Arc::clone(&self.hold)));
        }
    }
}

/// Gives a permit or a place back, until it would have ended by itself.
async fn leave_later(hold: Arc<Hold>) {
    let clock = hold.engine.context().clock();
    let ends = clock.now() + hold.spec.lease.max(hold.spec.wait);
    loop {
        let left = hold
            .engine
            .ask(&hold.spec, &hold.address, &hold.holder, Verb::Leave)
            .await;
        let Err(error) = left else { return };
        let next = clock.now() + PAUSE;
        if next >= ends || !error.is_temporary() {
            tracing::debug!(%error, "a permit could not be given back and ends by itself");
            return;
        }
        clock.sleep_until(next).await;
    }
}

/// The error of a body that was dropped.
pub(super) fn lost_error() -> Error {
    Error::new(
        ErrorKind::LeaseLost,
        "permit",
        "the permit could not be kept in time, so the body was dropped: another may have it now",
    )
}
