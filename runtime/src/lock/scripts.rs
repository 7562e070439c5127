//! What is asked of one server: the scripts of locks, and what their replies mean.

use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::hold::Hold;
use crate::backend::{Backend, Call, Reply, Script};
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;

/// How long whoever's turn it is has to come. It is how long a waiter that has died stands in the way.
pub(super) const CLAIM: Duration = Duration::from_secs(1);
/// How long the last fence of a lock is kept after its last use. Even without it fences grow, unless the server's clock is set back.
const FENCE_KEPT: Duration = Duration::from_hours(24 * 30);

/// The texts of the scripts.
pub(crate) const TURN: &str = include_str!("turn.lua");
pub(crate) const SETTLE: &str = include_str!("quorum/settle.lua");

/// The scripts, for any server.
#[derive(Debug)]
pub(super) struct Scripts {
    turn: Script,
    renew: Script,
    settle: Script,
}

/// Who asks for which lock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'wish> {
    pub(super) address: &'wish LockAddress,
    pub(super) holder: &'wish str,
    pub(super) lease: Duration,
    /// How long a place in the queue is kept.
    pub(super) wait: Duration,
    /// Where the server keeps since when it remembers; only a quorum asks.
    pub(super) memory: Option<&'wish Key>,
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
        const OPERATION: &str = "lock";
        let address = wish.address;
        let mut keys = vec![address.lock.as_bytes(), &address.fence, &address.queue];
        keys.extend(wish.memory.map(Key::as_bytes));
        let question = self
            .turn
            .on(&keys)
            .arg(match verb {
                Verb::Take => "take",
                Verb::Queue => "queue",
            })
            .arg(wish.holder)
            .arg(millis(wish.lease))
            .arg(millis(wish.wait).max(1))
            .arg(millis(CLAIM))
            .arg(millis(FENCE_KEPT))
            .arg(&address.channel);
        let reply = server.backend().script(&question, call).await?;
        let mut numbers = reply.into_array(OPERATION)?.into_iter();
        let mut next = || {
            let number = numbers.next().unwrap_or(Reply::Int(0));
            Ok::<_, Error>(number.into_int(OPERATION)?.unsigned_abs())
        };
        let (is_held, number) = (next()? == 1, next()?);
        Ok(Word {
            ruling: if is_held {
                Ruling::Held { fence: number }
            } else {
                Ruling::Busy {
                    left: Duration::from_millis(number),
                }
            },
            remembers: Duration::from_millis(next()?),
        })
    }

    /// Gives a lock or a place back. Doing it twice is doing it once.
    pub(super) async fn leave(
        &self,
        server: &Context,
        address: &LockAddress,
        holder: &str,
        call: &Call,
    ) -> Result<()> {
        let keys = [address.lock.as_bytes(), &address.fence, &address.queue];
        let question = self
            .turn
            .on(&keys)
            .arg("leave")
            .arg(holder)
            .arg(1_u64)
            .arg(1_u64)
            .arg(millis(CLAIM))
            .arg(millis(FENCE_KEPT))
            .arg(&address.channel);
        let reply = server.backend().script(&question, call).await?;
        reply.into_array("unlock").map(drop)
    }

    /// Moves the ends of these on; answers which of the holders are still there.
    pub(super) async fn renew(
        &self,
        server: &Context,
        round: &[Arc<Hold>],
        call: &Call,
    ) -> Result<Vec<bool>> {
        const OPERATION: &str = "renew locks";
        let keys: Vec<&[u8]> = round.iter().map(|hold| hold.lock.as_bytes()).collect();
        let question = round.iter().fold(self.renew.on(&keys), |question, hold| {
            question.arg(&hold.holder).arg(millis(hold.lease))
        });
        let reply = server.backend().script(&question, call).await?;
        let answers: Vec<Reply> = reply.into_array(OPERATION)?;
        if answers.len() != round.len() {
            let message = "the server did not answer for every lock";
            return Err(Error::new(ErrorKind::Protocol, OPERATION, message));
        }
        let answers = answers.into_iter();
        answers
            .map(|answer| Ok(answer.into_int(OPERATION)? == 1))
            .collect()
    }

    /// Has the server know the fence that a holder was given by another one; answers whether he holds the lock here.
    pub(super) async fn settle(
        &self,
        server: &Context,
        address: &LockAddress,
        (holder, fence): (&str, u64),
        call: &Call,
    ) -> Result<bool> {
        let question = self
            .settle
            .on(&[address.lock.as_bytes(), &address.fence])
            .arg(holder)
            .arg(fence)
            .arg(millis(FENCE_KEPT));
        let reply = server.backend().script(&question, call).await?;
        Ok(reply.into_int("lock")? == 1)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
