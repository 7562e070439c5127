//! Locks that are taken and given back while others are on the way to the server travel together.
//!
//! The first few go by themselves and at once. Who comes while they are under way joins a convoy:
//! one script, which leaves when the one before it has come back. So whoever takes a lock now and
//! then waits for nobody, and who takes many costs the server and this process half.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{self, Handle};
use tokio::sync::oneshot::{self, Receiver, Sender};

use super::scripts::{Errand, Scripts};
use crate::backend::{Reply, Resend};
use crate::clock::Moment;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};

/// So many are under way by themselves at a time.
const MOST_ALONE: usize = 3;
/// So many travel in one convoy: others' commands wait for it at the server.
const MOST_TOGETHER: usize = 64;

/// Who is under way to one server, and who waits to be.
#[derive(Debug)]
pub(super) struct Convoys {
    server: Arc<Context>,
    scripts: Arc<Scripts>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    alone: usize,
    waiting: Vec<Traveller>,
    /// Where the task runs that leads, if there is one.
    led_in: Option<runtime::Id>,
}

/// Somebody who goes with others.
#[derive(Debug)]
struct Traveller {
    errand: Errand,
    answer: Sender<Result<Reply>>,
}

/// How somebody goes.
enum Passage<'convoys> {
    Alone(Alone<'convoys>),
    Together(Receiver<Result<Reply>>),
}

/// Somebody who is under way by himself.
struct Alone<'convoys>(&'convoys Convoys);

impl Convoys {
    pub(super) fn new(server: Arc<Context>, scripts: Arc<Scripts>) -> Self {
        Self {
            server,
            scripts,
            state: Mutex::default(),
        }
    }

    /// What the server says, by the deadline: to somebody who goes by himself, or to the errand of
    /// somebody who goes with others. The question is pinned by the caller, since whoever hands a
    /// future on keeps it once more.
    pub(super) async fn travel<T>(
        self: &Arc<Self>,
        errand: impl FnOnce() -> Errand,
        deadline: Moment,
        alone: Pin<&mut impl Future<Output = Result<T>>>,
        meaning: impl FnOnce(Reply) -> Result<T>,
    ) -> Result<T> {
        match self.board(errand) {
            Passage::Alone(_place) => alone.await,
            Passage::Together(answered) => match self.answer(answered, deadline).await? {
                // Whoever led may have sent the errand before his runtime ended.
                Reply::Nil => alone.await.map_err(Error::after_sending),
                reply => meaning(reply),
            },
        }
    }

    fn board(self: &Arc<Self>, errand: impl FnOnce() -> Errand) -> Passage<'_> {
        let mut state = self.state();
        // Without a runtime nobody leads, and another may stand still with whoever leads there.
        let is_ours = |runtime: &Handle| state.led_in.is_none_or(|other| other == runtime.id());
        let runtime = match Handle::try_current() {
            Ok(runtime) if state.alone >= MOST_ALONE && is_ours(&runtime) => runtime,
            _ => {
                state.alone += 1;
                return Passage::Alone(Alone(self));
            }
        };
        let (answer, answered) = oneshot::channel();
        let errand = errand();
        state.waiting.push(Traveller { errand, answer });
        if state.led_in.is_none() {
            state.led_in = Some(runtime.id());
            // A runtime that is ending drops the task here and now.
            drop(state);
            runtime.spawn(lead(Leading(Some(Arc::clone(self)))));
        }
        Passage::Together(answered)
    }

    /// [`Reply::Nil`] for who has to ask by himself after all.
    async fn answer(&self, answered: Receiver<Result<Reply>>, deadline: Moment) -> Result<Reply> {
        match self.server.clock().timeout_at(deadline, answered).await {
            Ok(Ok(answer)) => answer,
            // Whoever led has ended with his runtime.
            Ok(Err(_)) => Ok(Reply::Nil),
            Err(_elapsed) => Err(Error::new(
                ErrorKind::Timeout,
                "lock",
                "the server did not answer in time",
            )),
        }
    }

    /// Who goes next, if anybody does. Who does not wait any more is not sent: he has nothing that
    /// could be given back.
    fn next(&self) -> Vec<Traveller> {
        let mut state = self.state();
        state
            .waiting
            .retain(|traveller| !traveller.answer.is_closed());
        let count = state.waiting.len().min(MOST_TOGETHER);
        let convoy: Vec<_> = state.waiting.drain(..count).collect();
        if convoy.is_empty() {
            state.led_in = None;
        }
        convoy
    }

    async fn carry(&self, convoy: Vec<Traveller>) {
        let call = self.server.command_call(Resend::Idempotent);
        let errands = convoy.iter().map(|traveller| &traveller.errand);
        let replies = match self.scripts.many(&self.server, errands, &call).await {
            Ok(replies) => replies.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error); convoy.len()],
        };
        let mut unwanted = Vec::new();
        for (Traveller { errand, answer }, reply) in convoy.into_iter().zip(replies) {
            // Whoever has gone meanwhile may have given back before he had it.
            if let Err(Ok(Reply::Bulk(_fence))) = answer.send(reply) {
                unwanted.push(Errand {
                    lease: None,
                    ..errand
                });
            }
        }
        // Together, or who waits for the next convoy would wait for each of them.
        if !unwanted.is_empty() {
            let call = self.server.command_call(Resend::Idempotent);
            let _ = self
                .scripts
                .many(&self.server, unwanted.iter(), &call)
                .await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leads one convoy after the other, while anybody waits.
async fn lead(mut leading: Leading) {
    while let Some(convoys) = &leading.0 {
        // Those whom the last one has woken come along.
        tokio::task::yield_now().await;
        let convoy = convoys.next();
        if convoy.is_empty() {
            leading.0 = None;
        } else {
            convoys.carry(convoy).await;
        }
    }
}

/// Who leads. Should his task end with its runtime, or never begin, those who wait ask by
/// themselves.
struct Leading(Option<Arc<Convoys>>);

impl Drop for Leading {
    fn drop(&mut self) {
        if let Some(convoys) = &self.0 {
            let mut state = convoys.state();
            state.led_in = None;
            state.waiting.clear();
        }
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.0.state().alone -= 1;
    }
}

#[cfg(all(test, feature = "memory"))]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use futures_util::FutureExt;
    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;
    use crate::backend::any::AnyBackend;
    use crate::backend::memory::MemoryServer;
    use crate::context::Limits;
    use crate::key::Scope;
    use crate::lock::address::LockAddress;
    use crate::lock::scripts::{Ruling, Verb, Wish};

    const LEASE: Duration = Duration::from_secs(10);

    fn address() -> Arc<LockAddress> {
        LockAddress::new(Scope::new("app", None).key("jobs", 1, |writer| writer.arg("a")))
    }

    fn errand(address: &Arc<LockAddress>) -> Errand {
        Errand {
            address: Arc::clone(address),
            holder: "w1".to_owned(),
            lease: Some(LEASE),
        }
    }

    fn convoys() -> Convoys {
        let server = MemoryServer::new();
        let limits = Limits {
            call_budget: LEASE,
            command_timeout: LEASE,
            max_value_bytes: 1 << 20,
        };
        let link = AnyBackend::from(server.connect());
        Convoys::new(
            Context::new(link, server.clock().clone(), limits, 7),
            Arc::default(),
        )
    }

    /// Whoever is dropped while the script is being sent may give back before he has it.
    #[tokio::test(start_paused = true)]
    async fn what_was_taken_for_somebody_who_has_gone_is_given_back() {
        let convoys = convoys();
        let address = address();
        let (answer, _) = oneshot::channel();
        let errand = errand(&address);
        convoys.carry(vec![Traveller { errand, answer }]).await;
        let wish = Wish {
            address: &address,
            holder: "w2",
            lease: LEASE,
            wait: LEASE,
            memory: None,
        };
        let call = convoys.server.command_call(Resend::Idempotent);
        let word = convoys
            .scripts
            .take(&convoys.server, &wish, Verb::Take, &call);
        assert!(matches!(word.await.unwrap().ruling, Ruling::Held { .. }));
    }

    /// Whoever led has ended with his runtime, and may have sent the errand before.
    #[tokio::test]
    async fn what_was_begun_with_others_may_have_been_sent() {
        let (convoys, address) = (Arc::new(convoys()), address());
        let board = || convoys.board(|| errand(&address));
        let _alone: Vec<_> = (0..MOST_ALONE).map(|_| board()).collect();
        let cut = Error::new(ErrorKind::Unreachable, "lock", "there is no connection").unsent();
        let alone = pin!(async { Err::<(), _>(cut) });
        let deadline = convoys.server.clock().now() + LEASE;
        let travel = convoys.travel(|| errand(&address), deadline, alone, |_| Ok(()));
        let mut travel = pin!(travel);
        assert!(travel.as_mut().now_or_never().is_none());
        convoys.state().waiting.clear();
        assert!(!travel.await.unwrap_err().is_unsent());
    }

    /// Who is to lead may be a task of a runtime that has ended, which never begins.
    #[tokio::test]
    async fn a_leader_who_never_begins_holds_up_nobody() {
        let (convoys, address) = (Arc::new(convoys()), address());
        let board = || convoys.board(|| errand(&address));
        let alone: Vec<_> = (0..MOST_ALONE).map(|_| board()).collect();
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let ended = runtime.handle().clone();
        runtime.shutdown_background();
        let theirs = {
            let _within = ended.enter();
            board()
        };
        let Passage::Together(mut answered) = theirs else {
            panic!("he goes by himself");
        };
        assert_eq!(answered.try_recv().unwrap_err(), TryRecvError::Closed);
        assert_eq!(convoys.state().led_in, None);
        assert!(matches!(board(), Passage::Together(_)));
        drop(alone);
    }
}
