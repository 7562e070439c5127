//! Keyspace notifications: that a key has ended is published, if the server's setting says so.
//!
//! The setting is Redis' `notify-keyspace-events`. Of all the events that Redis knows the embedded
//! server has the one that Larder uses, `expired`.

use super::dictionary::Bytes;
use super::refusal::Outcome;
use crate::backend::ServerError;

/// The name of the setting.
pub(super) const SETTING: &str = "notify-keyspace-events";

const OF_KEYS: &str = "__keyspace@0__:";
const OF_EVENTS: &[u8] = b"__keyevent@0__:expired";
const EXPIRED: &[u8] = b"expired";

/// Which notifications are published, and what there is to publish.
#[derive(Debug)]
pub(super) struct Notifications {
    channels: ChannelsOf,
    expired: Expired,
    /// Keys that have ended and were not told about yet.
    ended: Vec<Bytes>,
}

/// On which channels an event is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChannelsOf {
    Nothing,
    Keys,
    Events,
    Both,
}

/// Whether it is told that keys expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expired {
    Told,
    Untold,
}

impl Default for Notifications {
    /// On, unlike in Redis: nobody pays for them while nobody subscribes, and nobody has to
    /// configure an embedded server.
    fn default() -> Self {
        Self {
            channels: ChannelsOf::Events,
            expired: Expired::Told,
            ended: Vec::new(),
        }
    }
}

impl Notifications {
    /// The setting, as Redis writes it.
    pub(super) fn setting(&self) -> String {
        let expired = match self.expired {
            Expired::Told => "x",
            Expired::Untold => "",
        };
        let channels = match self.channels {
            ChannelsOf::Nothing => "",
            ChannelsOf::Keys => "K",
            ChannelsOf::Events => "E",
            ChannelsOf::Both => "KE",
        };
        format!("{expired}{channels}")
    }

    /// Changes the setting.
    pub(super) fn set(&mut self, flags: &[u8]) -> Outcome<()> {
        if let Some(flag) = flags.iter().find(|flag| !b"KEx".contains(flag)) {
            return Err(ServerError::new(format!(
                "ERR CONFIG SET failed (possibly related to argument '{SETTING}') - the embedded server tells only of expired keys: \
                 `K`, `E` and `x`, not `{}`",
                flag.escape_ascii()
            )));
        }
        self.channels = match (flags.contains(&b'K'), flags.contains(&b'E')) {
            (true, true) => ChannelsOf::Both,
            (true, false) => ChannelsOf::Keys,
            (false, true) => ChannelsOf::Events,
            (false, false) => ChannelsOf::Nothing,
        };
        self.expired = if flags.contains(&b'x') {
            Expired::Told
        } else {
            Expired::Untold
        };
        Ok(())
    }

    /// The key has ended.
    pub(super) fn note_end(&mut self, key: &Bytes) {
        if self.expired == Expired::Told && self.channels != ChannelsOf::Nothing {
            self.ended.push(Bytes::clone(key));
        }
    }

    /// What is to be published, channel and payload, and forgets it.
    pub(super) fn take(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let channels = self.channels;
        let mut messages = Vec::new();
        for key in self.ended.drain(..) {
            if matches!(channels, ChannelsOf::Keys | ChannelsOf::Both) {
                let channel = [OF_KEYS.as_bytes(), &key].concat();
                messages.push((channel, EXPIRED.to_vec()));
            }
            if matches!(channels, ChannelsOf::Events | ChannelsOf::Both) {
                messages.push((OF_EVENTS.to_vec(), key.to_vec()));
            }
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_reads_as_it_does_in_redis() {
        let mut notifications = Notifications::default();
        for (set, read) in [("Ex", "xE"), ("KEx", "xKE"), ("", ""), ("K", "K")] {
            notifications.set(set.as_bytes()).unwrap();
            assert_eq!(notifications.setting(), read);
        }
    }

    #[test]
    fn an_event_that_is_not_there_is_refused_and_changes_nothing() {
        let mut notifications = Notifications::default();
        assert!(notifications.set(b"Eg").is_err());
        assert_eq!(notifications.setting(), "xE");
    }

    #[test]
    fn nothing_is_kept_that_nobody_is_told() {
        let mut notifications = Notifications::default();
        notifications.set(b"E").unwrap();
        notifications.note_end(&Bytes::from(b"k".as_slice()));
        assert!(notifications.take().is_empty());
    }
}
