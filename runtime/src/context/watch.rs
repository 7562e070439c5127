//! Who waits for which key to change, to be told instead of asking again and again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::backend::Push;

/// Who waits for which key. Keys are told by the server's invalidation pushes.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// In the order of their keys, so that all are rung in the same order at every run of a
    /// simulation.
    bells: Mutex<Bells>,
}

type Bells = BTreeMap<Vec<u8>, Hearers>;

/// Those who wait for one key.
#[derive(Debug, Default)]
struct Hearers {
    bell: Arc<Bell>,
    count: usize,
}

/// One key that is waited for.
#[derive(Debug, Default)]
struct Bell {
    rings: AtomicU64,
    rung: Notify,
}

/// A place by the bell of one key; ends when dropped. It hears everything from its making on, also
/// between two waits.
#[derive(Debug)]
pub(super) struct Hearer {
    watch: Arc<Watch>,
    key: Vec<u8>,
    bell: Arc<Bell>,
    heard: u64,
}

impl Watch {
    /// Starts to listen for this key. To be told at all, the key must be read with tracking
    /// *afterwards*.
    pub(super) fn on(self: &Arc<Self>, key: &[u8]) -> Hearer {
        let mut bells = self.bells();
        let hearers = bells.entry(key.to_vec()).or_default();
        hearers.count += 1;
        let bell = Arc::clone(&hearers.bell);
        drop(bells);
        Hearer {
            watch: Arc::clone(self),
            key: key.to_vec(),
            heard: bell.rings.load(Ordering::Acquire),
            bell,
        }
    }

    /// Wakes whoever waits for what this push is about.
    pub(super) fn hear(&self, push: &Push) {
        match push {
            Push::Invalidated(keys) => {
                let bells = self.bells();
                keys.iter()
                    .filter_map(|key| bells.get(key))
                    .for_each(|hearers| hearers.bell.ring());
            }
            // What was tracked is forgotten: everybody has to look for himself.
            Push::InvalidatedAll | Push::Disconnected | Push::Connected => {
                let bells = self.bells();
                bells.values().for_each(|hearers| hearers.bell.ring());
            }
            Push::Message { .. } | Push::Unsubscribed => {}
        }
    }

    fn bells(&self) -> MutexGuard<'_, Bells> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hearer {
    /// Ready when the key has changed, or may have, since the last time this was ready.
    pub(super) async fn change(&mut self) {
        loop {
            let rung = self.bell.rung.notified();
            let rings = self.bell.rings.load(Ordering::Acquire);
            if rings != self.heard {
                self.heard = rings;
                return;
            }
            rung.await;
        }
    }
}

impl Drop for Hearer {
    fn drop(&mut self) {
        let mut bells = self.watch.bells();
        let Some(hearers) = bells.get_mut(&self.key) else {
            return;
        };
        // Counted under the lock, and not by who holds the bell: two that go at the same moment would
        // each see the other.
        hearers.count -= 1;
        if hearers.count == 0 {
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
        let mut hearer = watch.on(b"k");
        watch.hear(&Push::Invalidated(vec![b"k".to_vec()]));
        hearer.change().await;
    }

    #[tokio::test]
    async fn only_the_key_that_changed_rings() {
        let watch = Arc::new(Watch::default());
        let mut hearer = watch.on(b"k");
        watch.hear(&Push::Invalidated(vec![b"other".to_vec()]));
        assert!(hearer.change().now_or_never().is_none());
        watch.hear(&Push::Disconnected);
        hearer.change().await;
    }

    #[test]
    fn the_last_hearer_leaves_nothing_behind() {
        let watch = Arc::new(Watch::default());
        let first = watch.on(b"k");
        let second = watch.on(b"k");
        drop(first);
        assert!(!watch.bells().is_empty());
        drop(second);
        assert!(watch.bells().is_empty());
    }

    /// As one sees it who goes while another is just going, and has let go of the lock only.
    #[test]
    fn whoever_leaves_together_leaves_nothing_behind() {
        let watch = Arc::new(Watch::default());
        let hearer = watch.on(b"k");
        let going = Arc::clone(&hearer.bell);
        drop(hearer);
        assert!(watch.bells().is_empty());
        drop(going);
    }
}
