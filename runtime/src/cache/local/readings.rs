//! A read of many keys after which the server tells of changes.

use super::answered::{Answered, Filling};
use super::canary::Caged;
use super::tier::Tier;
use crate::backend::{Command, Reply};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::Result;
use crate::key::Key;

/// Reads that are to be kept, like a [`Reading`](super::Reading) each: one round trip, one canary.
pub(crate) struct Readings<'call> {
    context: &'call Context,
    each: Vec<Filling>,
    canary: Option<Caged<'call>>,
}

impl<'call> Readings<'call> {
    /// Reads of these keys that begin now; `None` if the tier keeps nothing.
    pub(crate) fn begin<'key>(
        tier: &'call Tier,
        context: &'call Context,
        keys: impl Iterator<Item = &'key Key>,
        now: Moment,
    ) -> Option<Self> {
        let begin = |key: &Key| tier.begin(key.as_bytes(), now);
        let each = keys.map(begin).collect::<Option<_>>()?;
        let canary = tier.canary_for(context, now);
        Some(Self {
            context,
            each,
            canary,
        })
    }

    /// What to send, to `read` the keys and their tags.
    pub(crate) fn commands(&self, reads: Vec<Command>) -> Vec<Command> {
        // The time comes first: what was read was read no earlier than the server says.
        let mut commands = vec![Command::new("TIME")];
        for read in reads {
            commands.push(Command::new("CLIENT").arg("CACHING").arg("YES"));
            commands.push(read);
        }
        commands.extend(self.canary.iter().flat_map(Caged::commands));
        commands
    }

    /// The answers to so many reads, and what is needed to keep each entry, unless the server does
    /// not tell of changes.
    pub(crate) fn take(
        self,
        reads: usize,
        replies: impl Iterator<Item = Reply>,
    ) -> (Vec<Reply>, Vec<Option<Answered>>) {
        let mut replies = replies;
        let mut next = || replies.next().unwrap_or(Reply::Nil);
        let time: Result<u64> = self.context.server_time().hear(next());
        let mut is_tracked = true;
        let mut read = Vec::with_capacity(reads);
        for _ in 0..reads {
            is_tracked &= !matches!(next(), Reply::Error(_));
            read.push(next());
        }
        if is_tracked {
            self.context.degradation().with_tracking();
        } else {
            self.context.degradation().without_tracking();
        }
        if let Some(canary) = self.canary
            && replies.all(|reply| !matches!(reply, Reply::Error(_)))
        {
            canary.release();
        }
        let time = time.ok().filter(|_| is_tracked);
        let answered = self.each.into_iter().map(|filling| {
            time.map(|server_time| Answered {
                filling,
                server_time,
            })
        });
        (read, answered.collect())
    }
}
