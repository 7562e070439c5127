//! What keeps a lease alive while its load runs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context as Task;
use std::time::Duration;

use super::{Hold, Leases};
use crate::backend::{Backend, Call, Reply, Resend};
use crate::codec::envelope::Token;
use crate::key::Key;
use crate::length::millis_at_least_one;

/// Keeps a lease alive while its load runs. A load that is done at once has no need of it, so it is
/// made at the first pause.
#[derive(Default)]
pub(crate) struct Renewal(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Renewal {
    /// To be called whenever the load was polled and is not done: three times in the life of what
    /// it holds, it is extended, until it is found gone.
    pub(super) fn keep(
        &mut self,
        hold: &mut Hold,
        task: &mut Task<'_>,
        of: impl FnOnce() -> Holding,
    ) {
        if *hold == Hold::Gone {
            return;
        }
        let extending = self.0.get_or_insert_with(|| Box::pin(of().extend()));
        if extending.as_mut().poll(task).is_ready() {
            *hold = Hold::Gone;
        }
    }
}

/// What a load holds while it runs.
pub(super) struct Holding {
    pub(super) leases: Arc<Leases>,
    pub(super) key: Key,
    pub(super) by: By,
    pub(super) life: Duration,
}

/// What says that it is this load's.
pub(super) enum By {
    /// The marker that stands under the key.
    Marker(Vec<u8>),
    /// The token that stands in the entry which is refreshed.
    Token(Token),
}

impl Holding {
    /// Extends it three times in its life, until it is found gone.
    async fn extend(self) {
        let Self {
            leases,
            key,
            by,
            life,
        } = self;
        let (clock, backend) = (leases.context.clock(), leases.context.backend());
        let question = match &by {
            By::Marker(marker) => leases.scripts.extend.on(&[&key]).arg(marker),
            By::Token(token) => leases
                .scripts
                .hold
                .on(&[&key])
                .arg(token.as_bytes().as_slice()),
        };
        let question = question.arg(millis_at_least_one(life));
        let mut next = clock.now() + life / 3;
        loop {
            clock.sleep_until(next).await;
            // The next question is due a third later, whatever becomes of this one: if one gets
            // lost, the lease stays.
            next = clock.now() + life / 3;
            let call = Call {
                deadline: next,
                resend: Resend::Never,
            };
            // An error says nothing about the lease: the next round asks again.
            if let Ok(Reply::Int(0)) = backend.script(&question, &call).await {
                return;
            }
        }
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Renewal").field(&self.0.is_some()).finish()
    }
}
