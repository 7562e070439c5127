//! What is asked of one server: the scripts of locks, and what their replies mean.

use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::hold::Hold;
use crate::backend::{Atomicity, Backend, Call, Command, Pipeline, Reply, Script};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::length::millis;

/// How long whoever's turn it is has to come. It is how long a waiter that has died stands in the
/// way.
pub(super) const CLAIM: Duration = Duration::from_secs(1);

/// The texts of the scripts.
pub(crate) const TURN: &str = include_str!("turn.lua");
pub(crate) const SETTLE: &str = include_str!("quorum/settle.lua");

/// The scripts, for any server.
#[derive(Debug)]
pub(super) struct Scripts {
    turn: Script,
    many: Script,
    renew: Script,
    settle: Script,
}

/// Who asks for which lock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'wish> {
    pub(super) address: &'wish Arc<LockAddress>,
    pub(super) holder: &'wish str,
    pub(super) lease: Duration,
    /// How long a place in the queue is kept.
    pub(super) wait: Duration,
    /// Where the server keeps since when it remembers; only a quorum asks.
    pub(super) memory: Option<&'wish Key>,
}

/// What somebody wants who goes with others: a lock, or to give one back that he shares with
/// nobody.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) address: Arc<LockAddress>,
    pub(super) holder: String,
    /// How long it is to be held; nothing gives it back.
    pub(super) lease: Option<Duration>,
}

/// How it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// The lock, if it is free.
    Take,
    /// The lock, or else a place in the queue.
    Queue,
}

/// What one server says to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) ruling: Ruling,
    /// For how long the server has forgotten nothing, if it was asked.
    pub(super) remembers: Duration,
}

/// Whether the lock is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ruling {
    Held {
        fence: u64,
    },
    /// Others have it, for so long unless they renew it.
    Busy {
        left: Duration,
    },
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            turn: Script::new(TURN),
            many: Script::new(include_str!("many.lua")),
            renew: Script::new(include_str!("renew.lua")),
            settle: Script::new(SETTLE),
        }
    }
}

impl Scripts {
    /// Asks for a lock once.
    pub(super) async fn take(
        &self,
        server: &Context,
        wish: &Wish<'_>,
        verb: Verb,
        call: &Call,
    ) -> Result<Word> {
        let address = wish.address;
        let question = match wish.memory {
            None => self.turn.on(&[address.lock.as_bytes(), &address.queue]),
            Some(memory) => {
                let keys = [address.lock.as_bytes(), &address.queue, memory.as_bytes()];
                self.turn.on(&keys)
            }
        };
        let question = question.arg(wish.holder).arg(millis(wish.lease));
        let question = match verb {
            Verb::Take => question,
            Verb::Queue => question.arg(millis(wish.wait).max(1)).arg(millis(CLAIM)),
        };
        Word::of(server.backend().script(&question, call).await?)
    }

    /// Takes and gives back many locks at once; answers [`Reply::Nil`] for those that have to be
    /// asked for by themselves.
    pub(super) async fn many<'errand>(
        &self,
        server: &Context,
        errands: impl Iterator<Item = &'errand Errand> + Clone,
        call: &Call,
    ) -> Result<Vec<Reply>> {
        const OPERATION: &str = "lock";
        let addresses = errands.clone().map(|errand| &errand.address);
        let keys: Vec<&[u8]> = addresses
            .flat_map(|address| [address.lock.as_bytes(), &address.queue])
            .collect();
        let question = errands.fold(self.many.on(&keys), |question, errand| {
            let lease = errand.lease.map_or(0, millis);
            question.arg(&errand.holder).arg(lease)
        });
        let reply = server.backend().script(&question, call).await?;
        answers_for_all(reply, keys.len() / 2, OPERATION)
    }

    /// Gives a lock or a place back, and the lock to whose turn it is. Doing it twice is doing it
    /// once.
    pub(super) async fn leave(
        &self,
        server: &Context,
        address: &LockAddress,
        holder: &str,
        call: &Call,
    ) -> Result<()> {
        let keys = [address.lock.as_bytes(), &address.queue];
        let question = self.turn.on(&keys).arg(holder).arg(0_u64);
        let reply = server.backend().script(&question, call).await?;
        reply.into_int("unlock").map(drop)
    }

    /// Gives a lock back that nobody shares, and tells whoever waits that it is free: what
    /// `turn.lua` does then, without a script. Should somebody have a place in the queue, he hears
    /// it too, and asks whose turn it is.
    pub(super) async fn free(
        &self,
        server: &Context,
        address: &LockAddress,
        holder: &str,
        call: &Call,
    ) -> Result<()> {
        let leave = Command::new("HDEL").arg(&address.lock).arg(holder);
        let tell = Command::new("PUBLISH").arg(&address.queue).arg("free");
        let both = Pipeline::new(Atomicity::Independent).then(leave).then(tell);
        let replies = server.backend().pipeline(&both, call).await?;
        for reply in replies {
            reply.checked("unlock")?;
        }
        Ok(())
    }

    /// Moves the ends of these on; answers which of the holders are still there.
    pub(super) async fn renew(
        &self,
        server: &Context,
        round: &[Arc<Hold>],
        call: &Call,
    ) -> Result<Vec<bool>> {
        const OPERATION: &str = "renew locks";
        let keys: Vec<&[u8]> = round.iter().map(|hold| hold.lock().as_bytes()).collect();
        let question = round.iter().fold(self.renew.on(&keys), |question, hold| {
            question.arg(&hold.holder).arg(millis(hold.lease))
        });
        let reply = server.backend().script(&question, call).await?;
        let answers = answers_for_all(reply, round.len(), OPERATION)?;
        answers
            .into_iter()
            .map(|answer| Ok(answer.into_int(OPERATION)? == 1))
            .collect()
    }

    /// Has the server know the fence that a holder was given by another one; answers whether he
    /// holds the lock here.
    pub(super) async fn settle(
        &self,
        server: &Context,
        address: &LockAddress,
        (holder, fence): (&str, u64),
        call: &Call,
    ) -> Result<bool> {
        let question = self.settle.on(&[&address.lock]).arg(holder).arg(fence);
        let reply = server.backend().script(&question, call).await?;
        Ok(reply.into_int("lock")? == 1)
    }
}

/// What a script says of each of so many locks.
fn answers_for_all(reply: Reply, locks: usize, operation: &'static str) -> Result<Vec<Reply>> {
    let answers = reply.into_array(operation)?;
    if answers.len() == locks {
        return Ok(answers);
    }
    let message = "the server did not answer for every lock";
    Err(Error::new(ErrorKind::Protocol, operation, message))
}

impl Word {
    pub(super) fn of(reply: Reply) -> Result<Self> {
        let (ruling, remembers) = match reply {
            Reply::Array(replies) => {
                let mut replies = replies.into_iter();
                let mut next = || replies.next().unwrap_or(Reply::Nil);
                (next(), next().into_int("lock")?.unsigned_abs())
            }
            ruling => (ruling, 0),
        };
        Ok(Self {
            ruling: Ruling::of(ruling)?,
            remembers: Duration::from_millis(remembers),
        })
    }
}

impl Ruling {
    /// A fence is a text, the time until it may be free a number.
    fn of(reply: Reply) -> Result<Self> {
        const OPERATION: &str = "lock";
        match reply {
            Reply::Bulk(fence) => {
                let fence = std::str::from_utf8(&fence).ok();
                let fence = fence.and_then(|fence| fence.parse().ok());
                let message = "the server answered a fence that is no number";
                fence
                    .map(|fence| Self::Held { fence })
                    .ok_or_else(|| Error::new(ErrorKind::Protocol, OPERATION, message))
            }
            left => Ok(Self::Busy {
                left: Duration::from_millis(left.into_int(OPERATION)?.unsigned_abs()),
            }),
        }
    }
}
