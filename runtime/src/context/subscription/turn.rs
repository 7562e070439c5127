//! One says something to the server at a time, so that no two words about a channel can overtake
//! each other. Who stands still while it is his turn is overtaken.

use std::sync::Arc;

use tokio::runtime;

use super::channels::Subscriptions;
use super::place::{Errand, Knock, Place};
use crate::backend::{Command, Reply};
use crate::error::Result;

/// What there is to do for one who tends.
#[derive(Debug)]
pub(super) enum Next {
    /// To say this to the server.
    Speak(Turn),
    /// To see to it that another, who speaks to the server, is still there.
    Watch(Knock),
    /// Nothing yet.
    Wait,
    /// Nothing, since nobody listens.
    End,
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

impl Subscriptions {
    /// What there is to do for the task that tends in this runtime. If that is nothing, the task
    /// has ended for everybody else.
    pub(super) fn next(self: &Arc<Self>, runtime: runtime::Id) -> Next {
        let mut state = self.state();
        if state.channels.is_empty() {
            state.tended_in.retain(|other| *other != runtime);
            return Next::End;
        }
        if let Some(place) = &state.turn {
            return Next::Watch(place.knock());
        }
        let mut channels = state.channels.iter_mut();
        let errand = channels.find_map(|(name, channel)| channel.next(name));
        let Some(errand) = errand else {
            return Next::Wait;
        };
        state.turns += 1;
        let place = Place::new(state.turns);
        let turn = Turn::new(Arc::clone(self), errand, &place, state.changes);
        state.turn = Some(place);
        Next::Speak(turn)
    }

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
