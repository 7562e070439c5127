//! The keys: what they hold, when they end, what they weigh, and who is told when they change.

use std::sync::Arc;

use super::dictionary::{Bytes, Dictionary};
use super::expiry::{Expiries, Millis};
use super::notification::Notifications;
use super::refusal::{Outcome, no_such_key, wrong_type};
use super::tracking::Tracking;
use super::value::{DataType, Text, Value};

/// What a key costs beside its bytes and its value's: an estimate of its places in map, queue and
/// table.
const KEY_COST: usize = 128;

/// All keys. Every way to a value leads past [`live_place`](Self::live_place), so nobody ever sees
/// a key that has ended.
#[derive(Debug, Default)]
pub(super) struct Keyspace {
    entries: Dictionary<Entry>,
    expiries: Expiries,
    size: usize,
    now: Millis,
    /// Counts the accesses: the clock of the least recently used.
    accesses: u64,
    pub(super) tracking: Tracking,
    pub(super) notifications: Notifications,
}

#[derive(Debug)]
struct Entry {
    value: Value,
    ends_at: Option<Millis>,
    last_access: u64,
    /// What the entry adds to the keyspace's size.
    size: usize,
}

impl Entry {
    fn ending(&self) -> Ending {
        self.ends_at.map_or(Ending::Never, Ending::At)
    }
}

/// What becomes of a key's end when a new value is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It stays as it was.
    Kept,
    /// The key never ends by itself.
    Never,
    /// The key ends then.
    At(Millis),
}

/// Whether a change left the value other than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Changed,
    Unchanged,
}

impl Effect {
    /// `Changed` if there is anything to count.
    pub(super) fn of_count(count: usize) -> Self {
        if count > 0 {
            Self::Changed
        } else {
            Self::Unchanged
        }
    }
}

impl Keyspace {
    /// Sets the time that the next step lives in.
    pub(super) fn set_now(&mut self, now: Millis) {
        self.now = now;
    }

    /// The time that this step lives in.
    pub(super) fn now(&self) -> Millis {
        self.now
    }

    /// How many keys there are, those that have ended but were not yet met included.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many keys have an end.
    pub(super) fn ending_len(&self) -> usize {
        self.expiries.len()
    }

    /// How many bytes all keys take, about.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The key's value of whatever type.
    pub(super) fn value(&mut self, key: &[u8]) -> Option<&Value> {
        let place = self.live_place(key)?;
        self.accesses += 1;
        let now = self.accesses;
        let (_, entry) = self.entries.at_mut(place)?;
        entry.last_access = now;
        Some(&entry.value)
    }

    /// The key's value as a `T`; an error if it is of another type.
    pub(super) fn read<T: DataType>(&mut self, key: &[u8]) -> Outcome<Option<&T>> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => T::of(value).map(Some).ok_or_else(wrong_type),
        }
    }

    /// Whether the key is there.
    pub(super) fn contains(&mut self, key: &[u8]) -> bool {
        self.live_place(key).is_some()
    }

    /// Changes the `T` under the key, if the key is there. `change` answers what it found and
    /// whether it changed anything; a value that it leaves spent takes the key with it.
    pub(super) fn update<T: DataType, R>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut T) -> Outcome<(R, Effect)>,
    ) -> Outcome<Option<R>> {
        let Some(place) = self.live_place(key) else {
            return Ok(None);
        };
        self.accesses += 1;
        let access = self.accesses;
        let Some((_, entry)) = self.entries.at_mut(place) else {
            return Ok(None);
        };
        entry.last_access = access;
        let (result, effect) = change(T::of_mut(&mut entry.value).ok_or_else(wrong_type)?)?;
        if effect == Effect::Changed {
            self.settle(key, place);
        }
        Ok(Some(result))
    }

    /// Changes the `T` under the key, a new one if there is none yet.
    pub(super) fn upsert<T: DataType, R>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut T) -> Outcome<(R, Effect)>,
    ) -> Outcome<R> {
        if self.contains(key) {
            return self.update(key, change)?.ok_or_else(no_such_key);
        }
        let mut value = T::default();
        let (result, effect) = change(&mut value)?;
        if effect == Effect::Changed && !value.is_spent() {
            self.put(key, value.into_value(), Ending::Never);
        }
        Ok(result)
    }

    /// Puts a string under the key, whatever was there.
    pub(super) fn put_text(&mut self, key: &[u8], text: &[u8], ending: Ending) {
        self.put(key, Value::Text(Text(text.to_vec())), ending);
    }

    /// Puts the value under the key, whatever was there.
    pub(super) fn put(&mut self, key: &[u8], value: Value, ending: Ending) {
        self.accesses += 1;
        let place = self.live_place(key);
        let before = place
            .and_then(|place| self.entries.at(place))
            .and_then(|(_, entry)| entry.ends_at);
        let ends_at = match ending {
            Ending::Kept => before,
            Ending::Never => None,
            Ending::At(moment) => Some(moment),
        };
        let size = key.len() + value.size() + KEY_COST;
        let entry = Entry {
            value,
            ends_at,
            last_access: self.accesses,
            size,
        };
        self.size += size;
        let place = if let Some(place) = place
            && let Some((_, current)) = self.entries.at_mut(place)
        {
            self.size -= current.size;
            *current = entry;
            place
        } else {
            let name: Bytes = Arc::from(key);
            self.entries.insert(name, entry);
            self.entries.place(key).unwrap_or_default()
        };
        self.expiries.moved(place, before, ends_at);
        self.tracking.changed(key);
    }

    /// Takes the key out and answers whether it was there.
    pub(super) fn remove(&mut self, key: &[u8]) -> bool {
        self.take(key).is_some()
    }

    /// Takes the key out and answers what it held.
    pub(super) fn take(&mut self, key: &[u8]) -> Option<(Value, Ending)> {
        let place = self.live_place(key)?;
        self.take_place(place)
    }

    /// What becomes of the key by itself; nothing if there is no such key.
    pub(super) fn ending(&mut self, key: &[u8]) -> Option<Ending> {
        let place = self.live_place(key)?;
        self.entries.at(place).map(|(_, entry)| entry.ending())
    }

    /// Gives the key this end, or none. A key whose end has come is gone.
    pub(super) fn set_end(&mut self, key: &[u8], ends_at: Option<Millis>) {
        let Some(place) = self.live_place(key) else {
            return;
        };
        if ends_at.is_some_and(|moment| moment <= self.now) {
            self.take_place(place);
            return;
        }
        if let Some((_, entry)) = self.entries.at_mut(place) {
            let before = std::mem::replace(&mut entry.ends_at, ends_at);
            self.expiries.moved(place, before, ends_at);
            self.tracking.changed(key);
        }
    }

    /// Removes at most `limit` keys that have ended, and answers whether any more are left.
    pub(super) fn sweep(&mut self, limit: usize) -> bool {
        for _ in 0..limit {
            match self.expiries.due(self.now) {
                Some(place) => self.expire(place),
                None => return false,
            }
        }
        self.expiries.due(self.now).is_some()
    }

    /// When the next key ends.
    pub(super) fn next_due(&self) -> Option<Millis> {
        self.expiries.next_due()
    }

    /// Visits about `count` keys from `cursor` on, with their values, and answers the cursor to go
    /// on from.
    pub(super) fn scan(
        &self,
        cursor: usize,
        count: usize,
        mut visit: impl FnMut(&Bytes, &Value),
    ) -> usize {
        let now = self.now;
        self.entries.scan(cursor, count, |key, entry| {
            if entry.ends_at.is_none_or(|moment| moment > now) {
                visit(key, &entry.value);
            }
        })
    }

    /// Removes every key, without a word to anybody.
    pub(super) fn clear(&mut self) {
        *self = Self {
            now: self.now,
            accesses: self.accesses,
            ..Self::default()
        };
    }

    /// Removes one key that has an end and answers whether there was one: of `sample` keys drawn at
    /// random, the least recently used one that has an end; if none of them has, the key that ends
    /// first.
    pub(super) fn evict(&mut self, random: &mut fastrand::Rng, sample: usize) -> bool {
        let victim = (0..sample)
            .filter_map(|_| self.entries.draw(random))
            .filter_map(|place| Some((place, self.entries.at(place)?.1)))
            .filter(|(_, entry)| entry.ends_at.is_some())
            .min_by_key(|(_, entry)| entry.last_access)
            .map(|(place, _)| place)
            .or_else(|| self.expiries.soonest());
        victim.and_then(|place| self.take_place(place)).is_some()
    }

    /// Where the key stands. A key that has ended is removed here.
    fn live_place(&mut self, key: &[u8]) -> Option<usize> {
        let place = self.entries.place(key)?;
        let (_, entry) = self.entries.at(place)?;
        if entry.ends_at.is_some_and(|moment| moment <= self.now) {
            self.expire(place);
            return None;
        }
        Some(place)
    }

    /// Removes a key whose end has come.
    fn expire(&mut self, place: usize) {
        if let Some((key, _)) = self.entries.at(place) {
            self.notifications.note_end(key);
        }
        self.take_place(place);
    }

    /// Weighs a value that was changed, removes it if it is spent, and notes the change.
    fn settle(&mut self, key: &[u8], place: usize) {
        let Some((_, entry)) = self.entries.at_mut(place) else {
            return;
        };
        if entry.value.is_spent() {
            self.take_place(place);
            return;
        }
        let size = key.len() + entry.value.size() + KEY_COST;
        self.size = self.size + size - entry.size;
        entry.size = size;
        self.tracking.changed(key);
    }

    fn take_place(&mut self, place: usize) -> Option<(Value, Ending)> {
        let key = Bytes::clone(self.entries.at(place)?.0);
        let (key, entry) = self.entries.remove(&key)?;
        self.size -= entry.size;
        self.expiries.moved(place, entry.ends_at, None);
        self.tracking.changed(&key);
        let ending = entry.ending();
        Some((entry.value, ending))
    }
}
