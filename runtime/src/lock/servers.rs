//! Where locks are kept: on the Larder's server, or on several of which a majority decides.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::address::LockAddress;
use super::claim::{Claim, Departure};
use super::convoy::Convoys;
use super::hold::Hold;
use super::messages::{Messages, unwoken};
use super::quorum::{Obstacle, Quorum, Refusers};
use super::scripts::{Errand, Ruling, Scripts, Verb, Wish, Word};
use crate::backend::{Backend, Call, Command, Resend};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::{Error, Result};

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
    scripts: Arc<Scripts>,
    convoys: Arc<Convoys>,
}

/// What is said to a request.
#[derive(Debug)]
pub(super) enum Answer {
    Held(Arc<Hold>),
    /// It cannot be had now. It may be worth asking again after so long, or when one of these
    /// servers tells of a change.
    Busy {
        left: Duration,
        refusers: Refusers,
        obstacle: Obstacle,
    },
}

impl Servers {
    pub(crate) fn one(server: Arc<Context>) -> Self {
        let scripts: Arc<Scripts> = Arc::default();
        let convoys = Convoys::new(Arc::clone(&server), Arc::clone(&scripts));
        Self::One(One {
            server,
            scripts,
            convoys: Arc::new(convoys),
        })
    }

    /// Asks for the lock once. To be sure until when it is held, the moment before the question
    /// counts.
    pub(super) async fn ask(&self, claim: &mut Claim, verb: Verb) -> Result<Answer> {
        match self {
            Self::One(one) => one.ask(claim, verb).await,
            // There is no queue: see `LockSpec::check`.
            Self::Quorum(quorum) => quorum.ask(claim).await,
        }
    }

    /// Whether a try that was not enough may have left something on some of them, which must not be
    /// taken for a part of the next.
    pub(super) fn keep_parts(&self) -> bool {
        matches!(self, Self::Quorum(_))
    }

    /// Gives a lock or a place back, for somebody who waits for that: he may travel with others.
    /// Doing it twice is doing it once.
    pub(super) async fn give_back(
        &self,
        address: &Arc<LockAddress>,
        holder: &str,
        departure: Departure,
        within: Duration,
    ) -> Result<()> {
        if let (Self::One(one), Departure::Alone) = (self, departure) {
            let errand = || Errand {
                address: Arc::clone(address),
                holder: holder.to_owned(),
                lease: None,
            };
            let call = one.call(within);
            let alone = pin!(one.scripts.free(&one.server, address, holder, &call));
            let done = |_| Ok(());
            return one.convoys.travel(errand, call.deadline, alone, done).await;
        }
        self.leave(address, holder, departure, within).await
    }

    /// Gives a lock or a place back, at once and by itself. Doing it twice is doing it once.
    pub(super) async fn leave(
        &self,
        address: &Arc<LockAddress>,
        holder: &str,
        departure: Departure,
        within: Duration,
    ) -> Result<()> {
        match self {
            Self::One(one) => {
                let call = one.call(within);
                let (server, scripts) = (&one.server, &one.scripts);
                match departure {
                    Departure::InTurn => scripts.leave(server, address, holder, &call).await,
                    Departure::Alone => scripts.free(server, address, holder, &call).await,
                }
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
    pub(super) async fn listen(&self, channel: &[u8]) -> Result<Messages> {
        match self {
            Self::One(one) => {
                let subscription = one.server.subscribe(channel.to_vec()).await;
                Ok(Messages::new(vec![subscription.map_err(unwoken)?]))
            }
            Self::Quorum(quorum) => quorum.listen(channel).await,
        }
    }

    /// Why nothing could have been heard from them, if nothing could. Of a quorum the loss of a
    /// minority costs nothing, and that of a majority is told by what was asked last.
    pub(super) async fn absence(&self) -> Option<Error> {
        match self {
            Self::One(one) => one.server.absence().await,
            Self::Quorum(_) => None,
        }
    }

    /// Waits until what was sent was heard, for as long as a command may take.
    pub(super) async fn flush(&self) {
        match self {
            Self::One(one) => {
                // What was sent before it on the same connection is carried out before it is
                // answered.
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
    fn call(&self, within: Duration) -> Call {
        Call {
            deadline: self.server.clock().now() + within,
            resend: Resend::Idempotent,
        }
    }

    async fn ask(&self, claim: &mut Claim, verb: Verb) -> Result<Answer> {
        let server = &self.server;
        let call = server.command_call(Resend::Idempotent);
        claim.is_sent();
        let asked = server.clock().now();
        let wish = Wish {
            address: &claim.address,
            holder: &claim.holder,
            lease: claim.spec.lease,
            wait: claim.spec.wait,
            memory: None,
        };
        let word = {
            let alone = pin!(self.scripts.take(server, &wish, verb, &call));
            let errand = || Errand {
                address: Arc::clone(wish.address),
                holder: wish.holder.to_owned(),
                lease: Some(wish.lease),
            };
            let convoys = &self.convoys;
            match verb {
                Verb::Queue => alone.await?,
                Verb::Take => {
                    let travel = convoys.travel(errand, call.deadline, alone, Word::of);
                    travel.await?
                }
            }
        };
        server.degradation().answered();
        Ok(match word.ruling {
            Ruling::Held { fence } => {
                server.degradation().wrote();
                Answer::Held(claim.hold(fence, asked))
            }
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
