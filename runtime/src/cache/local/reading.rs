//! A read after which the server tells of changes.

use super::answered::{Answered, Filling};
use super::canary::Caged;
use super::tier::Tier;
use crate::backend::{Atomicity, Command, Pipeline, Reply};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::Result;
use crate::key::Key;

/// A read that is to be kept: what to send, and what to make of the replies. It is one round trip.
pub(crate) struct Reading<'call> {
    context: &'call Context,
    filling: Filling,
    /// Where copies are not trusted yet, the read proves at once that they may be.
    canary: Option<Caged<'call>>,
}

impl<'call> Reading<'call> {
    /// A read of this key that begins now; `None` if the tier keeps nothing.
    pub(crate) fn begin(
        tier: &'call Tier,
        context: &'call Context,
        key: &Key,
        now: Moment,
    ) -> Option<Self> {
        let filling = tier.begin(key.as_bytes(), now)?;
        let canary = tier.canary_for(context, now);
        Some(Self {
            context,
            filling,
            canary,
        })
    }

    /// What to send, to `read` the key and its tags.
    pub(crate) fn pipeline(&self, read: Command) -> Pipeline {
        // The time comes first: what was read was read no earlier than the server says.
        let pipeline = Pipeline::new(Atomicity::Independent)
            .then(Command::new("TIME"))
            .then(Command::new("CLIENT").arg("CACHING").arg("YES"))
            .then(read);
        let canary = self.canary.iter().flat_map(Caged::commands);
        canary.fold(pipeline, Pipeline::then)
    }

    /// The answer to the read, and what is needed to keep it, unless the server does not tell of
    /// changes.
    pub(crate) fn take(self, replies: Vec<Reply>) -> Result<(Reply, Option<Answered>)> {
        let mut replies = replies.into_iter();
        let mut next = |operation| replies.next().unwrap_or(Reply::Nil).checked(operation);
        let time = next("TIME").and_then(|reply| self.context.server_time().hear(reply));
        let caching = next("CLIENT CACHING");
        match &caching {
            Ok(_) => self.context.degradation().with_tracking(),
            Err(_) => self.context.degradation().without_tracking(),
        }
        let read = next("GET")?;
        if let Some(canary) = self.canary
            && replies.all(|reply| reply.checked("SET").is_ok())
        {
            canary.release();
        }
        let answered = time.ok().filter(|_| caching.is_ok());
        let answered = answered.map(|server_time| Answered {
            filling: self.filling,
            server_time,
        });
        Ok((read, answered))
    }
}
