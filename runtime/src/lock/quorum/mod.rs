//! Locks over several independent servers, of which a majority decides.

// [`vote`] counts what the servers say and knows nothing else. [`acquire`], [`renew`] and
// [`release`] ask them all at once.

mod acquire;
mod release;
mod renew;
mod together;
mod vote;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::messages::Messages;
use super::scripts::Scripts;
use crate::backend::{Backend, Call, Command, Resend};
use crate::context::{Context, Subscription};
use crate::duty::Duty;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;

use together::Together;
pub(super) use vote::{Obstacle, Refusers};

/// Several servers that know nothing of each other.
#[derive(Debug)]
pub(crate) struct Quorum {
    members: Vec<Arc<Member>>,
    majority: usize,
    scripts: Arc<Scripts>,
    /// Where each server keeps since when it remembers.
    memory: Key,
}

/// One of the servers.
#[derive(Debug)]
struct Member {
    server: Arc<Context>,
    name: String,
    is_away: AtomicBool,
    /// Locks are taken once more on it.
    rejoining: Arc<Duty>,
}

impl Quorum {
    /// These servers, by what they are called in messages. Each keeps since when it remembers under
    /// this key.
    pub(crate) fn new(servers: Vec<(String, Arc<Context>)>, memory: Key) -> Self {
        let member = |(name, server)| {
            Arc::new(Member {
                server,
                name,
                is_away: AtomicBool::new(false),
                rejoining: Arc::default(),
            })
        };
        Self {
            majority: Self::majority_of(servers.len()),
            members: servers.into_iter().map(member).collect(),
            scripts: Arc::default(),
            memory,
        }
    }

    /// How many of so many servers decide.
    pub(crate) fn majority_of(servers: usize) -> usize {
        servers / 2 + 1
    }

    /// A mistake that is planted to be found: so many are taken for a majority.
    #[cfg(feature = "testing")]
    pub(crate) fn mistaking_for_majority(mut self, majority: usize) -> Self {
        self.majority = majority;
        self
    }

    /// Listens to this channel on all servers. Ready when a majority delivers, which it is to do in
    /// the time of a command; the others join when they can.
    pub(super) async fn listen(&self, channel: &[u8]) -> Result<Messages> {
        let servers = self.members.iter().map(|member| &member.server);
        let messages: Vec<_> = servers
            .map(|server| server.listen(channel.to_vec()))
            .collect();
        let mut heard = Together::new(messages.iter().map(Subscription::is_heard));
        let majority = async {
            let mut tally = Tally::new(self);
            while let Some((_, outcome)) = heard.next().await {
                if tally.count(outcome) {
                    return Ok(());
                }
            }
            Err(tally.failure())
        };
        let server = &self.members[0].server;
        let deadline = server.command_call(Resend::Never).deadline;
        let outcome = server.clock().timeout_at(deadline, majority).await;
        outcome.unwrap_or_else(|_elapsed| Err(self.no_majority(0, None)))?;
        drop(heard);
        Ok(Messages::new(messages))
    }

    /// Waits until all servers have heard what was sent to them, each for as long as a command may
    /// take.
    pub(super) async fn flush(&self) {
        self.ping().await;
    }

    /// Ends the connections.
    pub(super) async fn close(&self) {
        let servers = self.members.iter().map(|member| member.server.close());
        futures_util::future::join_all(servers).await;
    }

    /// What is wrong with the servers just now, if anything is.
    pub(super) async fn trouble(&self) -> Option<String> {
        let answers = self.ping().await;
        let away = answers.iter().zip(&self.members);
        let away: Vec<_> = away
            .filter(|(answer, _)| answer.is_err())
            .map(|(_, member)| member.name.as_str())
            .collect();
        let total = self.members.len();
        match total - away.len() {
            all if all == total => None,
            some if some >= self.majority => Some(format!(
                "{} of the {total} servers of the quorum cannot be asked, and a majority can: {}",
                away.len(),
                away.join(", ")
            )),
            few => Some(format!(
                "only {few} of the {total} servers of the quorum can be asked: locks with `quorum` are errors; away: {}",
                away.join(", ")
            )),
        }
    }

    async fn ping(&self) -> Vec<Result<()>> {
        let ping = Command::new("PING");
        let ping = &ping;
        let questions = self.members.iter().map(|member| async move {
            let call = member.server.command_call(Resend::Never);
            member.server.backend().run(ping, &call).await.map(drop)
        });
        futures_util::future::join_all(questions).await
    }

    /// A question that may take so long.
    fn call(&self, within: Duration) -> Call {
        Call {
            deadline: self.members[0].server.clock().now() + within,
            resend: Resend::Idempotent,
        }
    }

    /// How long one question to all may take: far less than the lease, which has already begun.
    fn patience(&self, lease: Duration) -> Duration {
        let longest = self.members[0].server.limits().command_timeout;
        longest.min(lease / 5)
    }

    fn no_majority(&self, answered: usize, cause: Option<Error>) -> Error {
        let (total, majority) = (self.members.len(), self.majority);
        let message = format!(
            "only {answered} of the {total} servers of the quorum have answered in time, and {majority} are needed"
        );
        match cause {
            // Nothing but a setting or a right would change that.
            Some(cause) if !cause.is_temporary() => cause.with("quorum", message),
            Some(cause) => Error::new(ErrorKind::Unreachable, "lock", message).caused_by(cause),
            None => Error::new(ErrorKind::Unreachable, "lock", message),
        }
    }
}

impl Member {
    /// Notes whether the server could be asked, and says so when that changes.
    fn heed<T>(&self, answer: &Result<T>) {
        let is_away = answer.as_ref().is_err_and(Error::is_temporary);
        let was_away = self.is_away.load(Ordering::Relaxed);
        if is_away == was_away || self.is_away.swap(is_away, Ordering::Relaxed) == is_away {
            return;
        }
        if let Err(error) = answer {
            tracing::warn!(server = %self.name, %error, "a server of the quorum cannot be asked; a majority of the others is enough");
        } else {
            tracing::info!(server = %self.name, "the server of the quorum answers again");
        }
    }
}

/// Counts servers that have done what they were to.
struct Tally<'quorum> {
    quorum: &'quorum Quorum,
    done: usize,
    cause: Option<Error>,
}

impl<'quorum> Tally<'quorum> {
    fn new(quorum: &'quorum Quorum) -> Self {
        Self {
            quorum,
            done: 0,
            cause: None,
        }
    }

    /// One more; whether that makes a majority.
    fn count<T>(&mut self, outcome: Result<T>) -> bool {
        match outcome {
            Ok(_) => self.done += 1,
            Err(error) => self.cause = Some(error),
        }
        self.done >= self.quorum.majority
    }

    /// The error of a majority that has not come about.
    fn failure(self) -> Error {
        self.quorum.no_majority(self.done, self.cause)
    }
}
