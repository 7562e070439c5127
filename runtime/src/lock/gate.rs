//! In one process one caller a lock waits at the server, and the others behind him: so a release
//! wakes one of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Mutex as Queue;

use super::messages::Messages;

/// The gates of the locks that are waited for.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<BTreeMap<Vec<u8>, Arc<Queue<Gate>>>>);

/// What whoever waits at the server leaves to the next: the messages of the lock come on.
#[derive(Debug, Default)]
pub(super) struct Gate(pub(super) Option<Messages>);

/// A place at a gate; the last one takes the gate away.
#[derive(Debug)]
pub(super) struct Place {
    gates: Arc<Gates>,
    channel: Vec<u8>,
    pub(super) queue: Arc<Queue<Gate>>,
}

impl Gates {
    /// A place at the gate of this channel.
    pub(super) fn place(self: &Arc<Self>, channel: &[u8]) -> Place {
        let queue = Arc::clone(self.map().entry(channel.to_vec()).or_default());
        Place {
            gates: Arc::clone(self),
            channel: channel.to_vec(),
            queue,
        }
    }

    fn map(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Arc<Queue<Gate>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut map = self.gates.map();
        // Two hold the gate when this is its last place: the map and the place.
        let left = (Arc::strong_count(&self.queue) <= 2).then(|| map.remove(&self.channel));
        drop(map);
        // The subscription ends outside of the lock.
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_takes_the_gate_away() {
        let gates = Arc::new(Gates::default());
        let (one, other) = (gates.place(b"k"), gates.place(b"k"));
        drop(one);
        assert_eq!(gates.map().len(), 1);
        drop(other);
        assert!(gates.map().is_empty());
    }
}
