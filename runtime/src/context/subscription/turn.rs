//! One says something to the server at a time, so that no two words about a channel can overtake
//! each other. Who stands still while it is his turn is overtaken.

use std::sync::Arc;

use super::channels::Subscriptions;
use crate::backend::{Command, Reply};
use crate::error::Result;

/// What is said to the server.
#[derive(Debug)]
pub(super) enum Errand {
    Join(Vec<u8>),
    Leave(Vec<u8>),
}

/// Somebody's turn, as all see it.
#[derive(Debug)]
pub(super) struct Place {
    number: u64,
    /// How often he has said that he is there.
    answers: u64,
}

/// What another has seen of somebody's turn when he knocked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Knock {
    number: u64,
    answers: u64,
}

/// A turn, in the hands of whose it is. It ends when dropped, also with his runtime.
#[derive(Debug)]
pub(super) struct Turn {
    subscriptions: Arc<Subscriptions>,
    errand: Errand,
    number: u64,
    /// Which connection it began on.
    changes: u64,
}

impl Place {
    pub(super) fn new(number: u64) -> Self {
        Self { number, answers: 0 }
    }

    pub(super) fn knock(&self) -> Knock {
        Knock {
            number: self.number,
            answers: self.answers,
        }
    }
}

impl Subscriptions {
    /// Takes the turn from somebody who has not answered this knock.
    pub(super) fn overtake(&self, knock: &Knock) {
        let mut state = self.state();
        if state.turn.as_ref().map(Place::knock).as_ref() == Some(knock) {
            state.turn = None;
            drop(state);
            self.knocks.notify_waiters();
        }
    }
}

impl Turn {
    pub(super) fn new(
        subscriptions: Arc<Subscriptions>,
        errand: Errand,
        place: &Place,
        changes: u64,
    ) -> Self {
        Self {
            subscriptions,
            errand,
            number: place.number,
            changes,
        }
    }

    pub(super) fn command(&self) -> Command {
        match &self.errand {
            Errand::Join(name) => Command::new("SUBSCRIBE").arg(name),
            Errand::Leave(name) => Command::new("UNSUBSCRIBE").arg(name),
        }
    }

    /// Ready when another has taken the turn; until then it answers whoever knocks.
    pub(super) async fn is_overtaken(&self) {
        loop {
            let knock = self.subscriptions.knocks.notified();
            match &mut self.subscriptions.state().turn {
                Some(place) if place.number == self.number => place.answers += 1,
                _ => return,
            }
            knock.await;
        }
    }

    /// Ends the turn with the server's answer; an error is to be tried again.
    pub(super) fn end(self, answer: Result<Reply>) -> Result<()> {
        let mut state = self.subscriptions.state();
        if state.turn.as_ref().map(|place| place.number) != Some(self.number) {
            return Ok(());
        }
        match (&self.errand, answer) {
            (Errand::Join(name), Ok(_)) => state.joined(name, self.changes),
            (Errand::Join(_), Err(error)) if error.is_temporary() => return Err(error),
            (Errand::Join(name), Err(error)) => state.refused(name, error),
            // Where that fails the connection is gone, and the subscription with it.
            (Errand::Leave(name), _) => state.left(name),
        }
        drop(state);
        self.subscriptions.done.notify_waiters();
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.subscriptions.state();
        match (&state.turn, &self.errand) {
            (Some(place), _) if place.number == self.number => state.turn = None,
            // What he has said after he was overtaken may have undone what was said since.
            (_, Errand::Leave(name)) => state.may_have_left(name),
            (_, Errand::Join(_)) => {}
        }
        drop(state);
        self.subscriptions.wanted.notify_waiters();
    }
}
