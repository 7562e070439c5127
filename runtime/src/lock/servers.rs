//! Where locks are kept: on the Larder's server, or on several of which a majority decides.

use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::hold::Hold;
use super::messages::Messages;
use super::quorum::{Obstacle, Quorum, Refusers};
use super::request::Request;
use super::scripts::{Ruling, Scripts, Verb, Wish};
use crate::backend::{Backend, Call, Command, Resend};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::Result;

/// The servers of an engine.
#[derive(Debug)]
pub(crate) enum Servers {
    One(One),
    Quorum(Quorum),
}

/// The server that everything else of the Larder is on.
#[derive(Debug)]
pub(crate) struct One {
    server: Arc<Context>,
    scripts: Scripts,
}

/// What is said to a request.
#[derive(Debug)]
pub(super) enum Answer {
    Held(Arc<Hold>),
    /// It cannot be had now. It may be worth asking again after so long, or when one of these servers tells of a change.
    Busy {
        left: Duration,
        refusers: Refusers,
        obstacle: Obstacle,
    },
}

impl Servers {
    pub(crate) fn one(server: Arc<Context>) -> Self {
        Self::One(One {
            server,
            scripts: Scripts::default(),
        })
    }

    /// Asks for the lock once. To be sure until when it is held, the moment before the question counts.
    pub(super) async fn ask(&self, request: &mut Request, verb: Verb) -> Result<Answer> {
        match self {
            Self::One(one) => one.ask(request, verb).await,
            // There is no queue: see `LockSpec::check`.
            Self::Quorum(quorum) => quorum.ask(request).await,
        }
    }

    /// Gives a lock or a place back. Doing it twice is doing it once.
    pub(super) async fn leave(
        &self,
        address: &LockAddress,
        holder: &str,
        within: Duration,
    ) -> Result<()> {
        match self {
            Self::One(one) => {
                let call = Call {
                    deadline: one.server.clock().now() + within,
                    resend: Resend::Idempotent,
                };
                one.scripts.leave(&one.server, address, holder, &call).await
            }
            Self::Quorum(quorum) => quorum.leave(address, holder, within).await,
        }
    }

    /// Moves the ends of these on, or has them know that they are lost.
    pub(super) async fn renew(&self, round: &[Arc<Hold>], sent: Moment, call: &Call) {
        match self {
            Self::One(one) => one.renew(round, sent, call).await,
            Self::Quorum(quorum) => quorum.renew(round, sent, call).await,
        }
    }

    /// Listens to what is told of a lock. When this returns, it is delivered.
    pub(super) async fn listen(&self, channel: &[u8], lease: Duration) -> Result<Messages> {
        match self {
            Self::One(one) => {
                let subscription = one.server.subscribe(channel.to_vec()).await?;
                Ok(Messages::new(vec![subscription]))
            }
            Self::Quorum(quorum) => quorum.listen(channel, lease).await,
        }
    }

    /// Waits until what was sent was heard, for as long as a command may take.
    pub(super) async fn flush(&self) {
        match self {
            Self::One(one) => {
                // What was sent before it on the same connection is carried out before it is answered.
                let call = one.server.command_call(Resend::Never);
                let _ = one.server.backend().run(&Command::new("PING"), &call).await;
            }
            Self::Quorum(quorum) => quorum.flush().await,
        }
    }

    /// Ends the connections that nobody else uses.
    pub(super) async fn close(&self) {
        match self {
            Self::One(_) => {}
            Self::Quorum(quorum) => quorum.close().await,
        }
    }

    /// What is wrong with servers that nothing else depends on.
    pub(super) async fn trouble(&self) -> Option<String> {
        match self {
            Self::One(_) => None,
            Self::Quorum(quorum) => quorum.trouble().await,
        }
    }
}

impl One {
    async fn ask(&self, request: &mut Request, verb: Verb) -> Result<Answer> {
        let server = &self.server;
        let call = server.command_call(Resend::Idempotent);
        request.is_sent();
        let asked = server.clock().now();
        let wish = Wish {
            address: &request.address,
            holder: &request.holder,
            lease: request.spec.lease,
            wait: request.spec.wait,
            memory: None,
        };
        let word = self.scripts.take(server, &wish, verb, &call).await?;
        server.degradation().answered();
        Ok(match word.ruling {
            Ruling::Held { fence } => Answer::Held(request.hold(fence, asked)),
            Ruling::Busy { left } => Answer::Busy {
                left,
                refusers: Refusers::ALL,
                obstacle: Obstacle::Holders,
            },
        })
    }

    async fn renew(&self, round: &[Arc<Hold>], sent: Moment, call: &Call) {
        match self.scripts.renew(&self.server, round, call).await {
            Ok(answers) => {
                for (hold, is_there) in round.iter().zip(answers) {
                    if is_there {
                        hold.renewed(sent);
                    } else {
                        hold.lose();
                    }
                }
            }
            // That says nothing about the locks: they are asked for again.
            Err(error) => {
                tracing::debug!(%error, "locks were not renewed; it is tried again");
                self.server.degradation().failed(&error);
                let now = self.server.clock().now();
                for hold in round {
                    hold.not_renewed(now);
                }
            }
        }
    }
}
