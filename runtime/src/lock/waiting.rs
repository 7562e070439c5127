//! Waiting for a lock: woken by the server's messages, and else asleep until the end of the
//! holder's lease.

use std::sync::Arc;
use std::time::Duration;

use super::busy::busy;
use super::engine::LockEngine;
use super::gate::Gate;
use super::hold::Hold;
use super::messages::{Messages, unwoken};
use super::quorum::{Obstacle, Refusers};
use super::request::Request;
use super::scripts::{CLAIM, Verb};
use super::servers::Answer;
use crate::clock::Moment;
use crate::context::Announced;
use crate::error::{Error, Result};

/// How long after the end of a lease it is asked whether it was the end: messages come late, and
/// timers fire early.
const LATENESS: Duration = Duration::from_millis(2);
/// How long to wait after an error that may pass.
const PAUSE: Duration = Duration::from_millis(50);
/// Within how long those who were woken by servers of a quorum come back, at first and at last.
const SMALLEST_SPREAD: Duration = Duration::from_millis(2);
const LARGEST_SPREAD: Duration = Duration::from_millis(128);

/// What a message says of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// It is worth asking now.
    Ask,
    /// Somebody has it for so long.
    Held(Duration),
    /// Nothing that matters.
    Nothing,
}

impl LockEngine {
    /// Gets the lock as soon as it is free, behind those of this process that came before.
    pub(super) async fn wait_at_gate(
        &self,
        request: &mut Request,
        patience: Moment,
    ) -> Result<Arc<Hold>> {
        let obstacle = match request.ask(Verb::Take).await? {
            Answer::Held(hold) => return Ok(hold),
            Answer::Busy { obstacle, .. } => obstacle,
        };
        if request.claim.spec.wait.is_zero() {
            return Err(busy(&request.claim, obstacle));
        }
        let place = self.gates.place(&request.claim.address.queue);
        let clock = self.context().clock();
        match clock.timeout_at(patience, place.queue.lock()).await {
            Err(_elapsed) => Err(self.in_vain(request, obstacle).await),
            Ok(mut gate) => {
                let Gate(news) = &mut *gate;
                self.wait(request, Verb::Take, news, patience).await
            }
        }
    }

    /// Gets the lock when it is the request's turn.
    pub(super) async fn wait_in_line(
        &self,
        request: &mut Request,
        patience: Moment,
    ) -> Result<Arc<Hold>> {
        if let Answer::Held(hold) = request.ask(Verb::Queue).await? {
            return Ok(hold);
        }
        self.wait(request, Verb::Queue, &mut None, patience).await
    }

    async fn wait(
        &self,
        request: &mut Request,
        verb: Verb,
        news: &mut Option<Messages>,
        patience: Moment,
    ) -> Result<Arc<Hold>> {
        let clock = self.context().clock();
        let mut spread = SMALLEST_SPREAD;
        loop {
            let (left, refusers, obstacle) = match self.listen_and_ask(request, verb, news).await {
                Ok(Answer::Held(hold)) => return Ok(hold),
                Ok(Answer::Busy {
                    left,
                    refusers,
                    obstacle,
                }) => (left, refusers, obstacle),
                Err(error) if error.is_temporary() => {
                    let next = clock.now() + PAUSE.mul_f32(0.5 + fastrand::f32());
                    if next >= patience {
                        return Err(error);
                    }
                    clock.sleep_until(next).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let until = clock.now() + left + LATENESS;
            match news {
                Some(messages) => {
                    let slept = self.sleep(request, (messages, refusers), until, patience);
                    if let Err(ended) = slept.await {
                        // Nothing comes in by them any more: whoever is next at the gate listens
                        // for himself, or hears why he cannot.
                        *news = None;
                        return Err(ended);
                    }
                    // Where several servers are asked, those who come at the same moment may get
                    // one each, and nobody a majority.
                    if messages.servers() > 1 {
                        let pause = spread.mul_f32(fastrand::f32());
                        clock.sleep_until(patience.min(clock.now() + pause)).await;
                        spread = LARGEST_SPREAD.min(spread * 2);
                    }
                }
                None => clock.sleep_until(until.min(patience)).await,
            }
            if clock.now() >= patience {
                return Err(self.in_vain(request, obstacle).await);
            }
        }
    }

    /// What is said to whoever has waited in vain: the server may have gone meanwhile, and nobody
    /// knows of the lock any more.
    async fn in_vain(&self, request: &Request, obstacle: Obstacle) -> Error {
        match self.servers().absence().await {
            Some(absence) => absence,
            None => busy(&request.claim, obstacle),
        }
    }

    /// Asks once while the messages of the lock come in: what happens after the answer is heard of.
    async fn listen_and_ask(
        &self,
        request: &mut Request,
        verb: Verb,
        news: &mut Option<Messages>,
    ) -> Result<Answer> {
        if let Some(news) = news {
            news.forget_past();
        } else {
            let channel = &request.claim.address.queue;
            *news = Some(self.servers().listen(channel).await?);
        }
        request.ask(verb).await
    }

    /// Ready when it is worth asking again, or patience has ended.
    async fn sleep(
        &self,
        request: &Request,
        (news, refusers): (&mut Messages, Refusers),
        mut until: Moment,
        patience: Moment,
    ) -> Result<()> {
        let clock = self.context().clock();
        loop {
            let heard = clock.timeout_at(until.min(patience), news.next()).await;
            match heard {
                Err(_elapsed) => return Ok(()),
                Ok((_, Announced::Ended(reason))) => return Err(unwoken(reason)),
                // What a server tells that would have given the lock is mostly that this request
                // has left it again.
                Ok((server, _)) if !refusers.contains(server) => {}
                Ok((_, Announced::Missed)) => return Ok(()),
                Ok((_, Announced::Message(message))) => {
                    match News::of(&message, &request.claim.holder) {
                        News::Ask => return Ok(()),
                        News::Held(left) => until = clock.now() + left + LATENESS,
                        News::Nothing => {}
                    }
                }
            }
        }
    }
}

impl News {
    /// What a message means to this holder.
    fn of(message: &[u8], holder: &str) -> Self {
        let Ok(text) = std::str::from_utf8(message) else {
            return Self::Nothing;
        };
        match text.split_once(' ') {
            None if text == "free" => Self::Ask,
            Some(("turn", whose)) if whose == holder => Self::Ask,
            Some(("turn", _)) => Self::Held(CLAIM),
            Some(("held", millis)) => millis.parse().map_or(Self::Nothing, |millis| {
                Self::Held(Duration::from_millis(millis))
            }),
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_means_what_turn_lua_says() {
        assert_eq!(News::of(b"free", "w1"), News::Ask);
        assert_eq!(News::of(b"turn w1", "w1"), News::Ask);
        assert_eq!(News::of(b"turn w2", "w1"), News::Held(CLAIM));
        let half = Duration::from_millis(500);
        assert_eq!(News::of(b"held 500", "w1"), News::Held(half));
        for other in [
            b"held soon".as_slice(),
            b"",
            b"\xff",
            b"freedom",
            b"free now",
        ] {
            assert_eq!(News::of(other, "w1"), News::Nothing, "{other:?}");
        }
    }
}
