//! Waiting for a key to change, on a server that is there.

use std::sync::Arc;
use std::time::Duration;

use super::Context;
use super::lookout::Vigil;
use super::watch::Hearer;

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The key has changed, or may have.
    Changed,
    /// The server does not answer: nothing will be heard of the key.
    Lost,
}

/// A wait for one key; ends when dropped. It hears everything from its making on, also between two
/// waits.
#[derive(Debug)]
pub(crate) struct Watcher {
    hearer: Hearer,
    vigil: Vigil,
}

impl Context {
    /// Listens for changes of a key; it must be read with tracking afterwards. The budget is for
    /// how long the server may leave everything unanswered.
    pub(crate) fn watch_key(self: &Arc<Self>, key: &[u8], budget: Duration) -> Watcher {
        Watcher {
            hearer: self.watch.on(key),
            vigil: Vigil::new(self, budget),
        }
    }
}

impl Watcher {
    /// Ready when there is something to hear since the last time this was ready.
    pub(crate) async fn hear(&mut self) -> Heard {
        tokio::select! {
            biased;
            () = self.vigil.silence() => Heard::Lost,
            () = self.hearer.change() => Heard::Changed,
        }
    }

    /// The server has just answered whoever waits.
    pub(crate) fn was_answered(&self) {
        self.vigil.was_answered();
    }
}
