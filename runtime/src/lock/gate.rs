//! In one process one caller a lock waits at the server, and the others behind him: so a release
//! wakes one of them. He waits in each runtime for himself, since another may stand still, and with
//! it whoever waits there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{self, Handle};
use tokio::sync::Mutex as Queue;

use super::messages::Messages;

/// The gates of the locks that are waited for.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<Map>);

type Map = HashMap<Name, Crowd>;

/// Where somebody waits, and for which channel.
type Name = (Option<runtime::Id>, Vec<u8>);

/// Those who are at one gate.
#[derive(Debug, Default)]
struct Crowd {
    queue: Arc<Queue<Gate>>,
    places: usize,
}

/// What whoever waits at the server leaves to the next: the messages of the lock come on.
#[derive(Debug, Default)]
pub(super) struct Gate(pub(super) Option<Messages>);

/// A place at a gate; the last one takes the gate away.
#[derive(Debug)]
pub(super) struct Place {
    gates: Arc<Gates>,
    name: Name,
    pub(super) queue: Arc<Queue<Gate>>,
}

impl Gates {
    /// A place at the gate of this channel.
    pub(super) fn place(self: &Arc<Self>, channel: &[u8]) -> Place {
        let runtime = Handle::try_current().ok().map(|runtime| runtime.id());
        let name = (runtime, channel.to_vec());
        let mut map = self.map();
        let crowd = map.entry(name.clone()).or_default();
        crowd.places += 1;
        let queue = Arc::clone(&crowd.queue);
        drop(map);
        Place {
            gates: Arc::clone(self),
            name,
            queue,
        }
    }

    fn map(&self) -> MutexGuard<'_, Map> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut map = self.gates.map();
        let Some(crowd) = map.get_mut(&self.name) else {
            return;
        };
        // Counted under the lock, and not by who holds the queue: two that go at the same moment
        // would each see the other.
        crowd.places -= 1;
        let left = (crowd.places == 0).then(|| map.remove(&self.name));
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

    /// As one sees it who goes while another is just going, and has let go of the lock only.
    #[test]
    fn whoever_leaves_together_leaves_nothing_behind() {
        let gates = Arc::new(Gates::default());
        let place = gates.place(b"k");
        let going = Arc::clone(&place.queue);
        drop(place);
        assert!(gates.map().is_empty());
        drop(going);
    }
}
