//! Waiting for a key to change, without asking for it again and again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::backend::Push;

/// Who waits for which key. Keys are told by the server's invalidation pushes.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// In the order of their keys, so that all are rung in the same order at every run of a
    /// simulation.
    bells: Mutex<BTreeMap<Vec<u8>, Arc<Bell>>>,
    /// How often the server was found not to answer.
    losses: AtomicU64,
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The key has changed, or may have.
    Changed,
    /// The server does not answer: nothing will be heard of the key.
    Lost,
}

/// One key that is waited for.
#[derive(Debug, Default)]
struct Bell {
    rings: AtomicU64,
    rung: Notify,
}

/// A wait for one key; ends when dropped. It hears everything from its making on, also between two
/// waits.
#[derive(Debug)]
pub(crate) struct Watcher {
    watch: Arc<Watch>,
    key: Vec<u8>,
    bell: Arc<Bell>,
    heard: u64,
    losses: u64,
}

impl Watch {
    /// Starts to listen for this key. To be told at all, the key must be read with tracking
    /// *afterwards*.
    pub(crate) fn on(self: &Arc<Self>, key: &[u8]) -> Watcher {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = Arc::clone(bells.entry(key.to_vec()).or_default());
        Watcher {
            watch: Arc::clone(self),
            key: key.to_vec(),
            heard: bell.rings.load(Ordering::Acquire),
            losses: self.losses.load(Ordering::Acquire),
            bell,
        }
    }

    /// Wakes whoever waits for what this push is about.
    pub(crate) fn hear(&self, push: &Push) {
        match push {
            Push::Invalidated(keys) => {
                let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
                keys.iter()
                    .filter_map(|key| bells.get(key))
                    .for_each(|bell| bell.ring());
            }
            // What was tracked is forgotten: everybody has to look for himself.
            Push::InvalidatedAll | Push::Disconnected | Push::Connected => self.ring_all(),
            Push::Message { .. } | Push::Unsubscribed => {}
        }
    }

    /// Tells everybody that the server does not answer.
    pub(crate) fn lose(&self) {
        self.losses.fetch_add(1, Ordering::AcqRel);
        self.ring_all();
    }

    fn ring_all(&self) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        bells.values().for_each(|bell| bell.ring());
    }

    /// Whether nobody waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.bells
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }
}

impl Watcher {
    /// Ready when there is something to hear since the last time this was ready.
    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            let rung = self.bell.rung.notified();
            let rings = self.bell.rings.load(Ordering::Acquire);
            if self.watch.losses.load(Ordering::Acquire) != self.losses {
                return Heard::Lost;
            }
            if rings != self.heard {
                self.heard = rings;
                return Heard::Changed;
            }
            rung.await;
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut bells = self
            .watch
            .bells
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Two hold the bell when this is its last watcher: the map and the watcher.
        if Arc::strong_count(&self.bell) <= 2 {
            bells.remove(&self.key);
        }
    }
}

impl Bell {
    fn ring(&self) {
        self.rings.fetch_add(1, Ordering::AcqRel);
        self.rung.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_ring_between_two_waits_is_heard() {
        let watch = Arc::new(Watch::default());
        let mut watcher = watch.on(b"k");
        watch.hear(&Push::Invalidated(vec![b"k".to_vec()]));
        watcher.hear().await;
    }

    #[tokio::test]
    async fn only_the_key_that_changed_rings() {
        let watch = Arc::new(Watch::default());
        let mut watcher = watch.on(b"k");
        watch.hear(&Push::Invalidated(vec![b"other".to_vec()]));
        assert!(watcher.hear().now_or_never().is_none());
        watch.hear(&Push::Disconnected);
        watcher.hear().await;
    }

    #[tokio::test]
    async fn a_loss_is_told_to_everybody() {
        let watch = Arc::new(Watch::default());
        let (mut one, mut other) = (watch.on(b"k"), watch.on(b"l"));
        watch.lose();
        assert_eq!(
            (one.hear().await, other.hear().await),
            (Heard::Lost, Heard::Lost)
        );
    }

    #[test]
    fn the_last_watcher_leaves_nothing_behind() {
        let watch = Arc::new(Watch::default());
        let first = watch.on(b"k");
        let second = watch.on(b"k");
        drop(first);
        assert!(!watch.is_idle());
        drop(second);
        assert!(watch.is_idle());
    }
}
