//! A hash map whose entries keep their place as long as they live.
//!
//! That is what makes it possible to scan a collection while it changes, and to draw from it at
//! random.

use std::collections::HashMap;
use std::sync::Arc;

/// A key, a field or a member: shared between the indexes that name it.
pub(super) type Bytes = Arc<[u8]>;

/// How many places are tried at random before the search goes on from place to place.
const TRIES: usize = 32;

/// The map. An entry stands in one of many numbered places and never moves.
#[derive(Debug)]
pub(super) struct Dictionary<V> {
    by_name: HashMap<Bytes, usize>,
    places: Vec<Option<(Bytes, V)>>,
    /// Places that were given back. Some may be in use again or gone: whoever takes one looks
    /// first.
    free: Vec<usize>,
}

impl<V> Default for Dictionary<V> {
    fn default() -> Self {
        Self {
            by_name: HashMap::new(),
            places: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<V> Dictionary<V> {
    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether there is an entry of this name.
    pub(super) fn contains(&self, name: &[u8]) -> bool {
        self.by_name.contains_key(name)
    }

    /// The entry's value.
    pub(super) fn get(&self, name: &[u8]) -> Option<&V> {
        self.at(self.place(name)?).map(|(_, value)| value)
    }

    /// The entry's value, to be changed.
    pub(super) fn get_mut(&mut self, name: &[u8]) -> Option<&mut V> {
        let place = self.place(name)?;
        self.at_mut(place).map(|(_, value)| value)
    }

    /// Where the entry stands.
    pub(super) fn place(&self, name: &[u8]) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The entry in this place.
    pub(super) fn at(&self, place: usize) -> Option<(&Bytes, &V)> {
        let (name, value) = self.places.get(place)?.as_ref()?;
        Some((name, value))
    }

    /// The entry in this place, to be changed.
    pub(super) fn at_mut(&mut self, place: usize) -> Option<(&Bytes, &mut V)> {
        let (name, value) = self.places.get_mut(place)?.as_mut()?;
        Some((name, value))
    }

    /// Puts the value under this name and answers the one that was there.
    pub(super) fn insert(&mut self, name: Bytes, value: V) -> Option<V> {
        if let Some(place) = self.place(&name) {
            let (_, current) = self.places.get_mut(place)?.as_mut()?;
            return Some(std::mem::replace(current, value));
        }
        let place = self.free_place();
        self.by_name.insert(Arc::clone(&name), place);
        match self.places.get_mut(place) {
            Some(free) => *free = Some((name, value)),
            None => self.places.push(Some((name, value))),
        }
        None
    }

    /// Takes the entry out.
    pub(super) fn remove(&mut self, name: &[u8]) -> Option<(Bytes, V)> {
        let place = self.by_name.remove(name)?;
        let entry = self.places.get_mut(place)?.take();
        self.free.push(place);
        while matches!(self.places.last(), Some(None)) {
            self.places.pop();
        }
        if self.places.is_empty() {
            // Gives the memory of a collection that was large back, too.
            *self = Self::default();
        }
        entry
    }

    /// The entries, in the order of their places: as they were inserted, until places are used
    /// again.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Bytes, &V)> {
        self.places
            .iter()
            .flatten()
            .map(|(name, value)| (name, value))
    }

    /// Visits about `count` entries from `cursor` on and answers the cursor to go on from, zero at
    /// the end. Whatever is here during the whole of a scan is visited exactly once.
    pub(super) fn scan(
        &self,
        cursor: usize,
        count: usize,
        mut visit: impl FnMut(&Bytes, &V),
    ) -> usize {
        let mut left = count;
        for (place, entry) in self.places.iter().enumerate().skip(cursor) {
            let Some((name, value)) = entry else { continue };
            if left == 0 {
                return place;
            }
            visit(name, value);
            left -= 1;
        }
        0
    }

    /// An entry's place, drawn at random; `None` if there are no entries.
    pub(super) fn draw(&self, random: &mut fastrand::Rng) -> Option<usize> {
        if self.is_empty() {
            return None;
        }
        let is_taken = |place: &usize| self.at(*place).is_some();
        (0..TRIES)
            .map(|_| random.usize(..self.places.len()))
            .find(is_taken)
            .or_else(|| {
                let start = random.usize(..self.places.len());
                (start..self.places.len()).chain(0..start).find(is_taken)
            })
    }

    fn free_place(&mut self) -> usize {
        while let Some(place) = self.free.pop() {
            if matches!(self.places.get(place), Some(None)) {
                return place;
            }
        }
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(number: u32) -> Bytes {
        Arc::from(number.to_string().as_bytes())
    }

    #[test]
    fn a_scan_meets_whatever_stays_exactly_once() {
        let mut dictionary = Dictionary::default();
        for number in 0..100 {
            dictionary.insert(name(number), ());
        }
        let mut met = Vec::new();
        let mut cursor = 0;
        let mut round = 0;
        loop {
            cursor = dictionary.scan(cursor, 7, |name, ()| met.push(Arc::clone(name)));
            if cursor == 0 {
                break;
            }
            // Even numbers stay; odd ones go and others come while the scan is under way.
            dictionary.remove(&name(round * 2 + 1));
            dictionary.remove(&name(99 - round * 2));
            dictionary.insert(name(1000 + round), ());
            round += 1;
        }
        let staying: HashSet<_> = (0..100).step_by(2).map(name).collect();
        let met: Vec<_> = met.into_iter().filter(|n| staying.contains(n)).collect();
        assert_eq!(met.len(), 50);
        assert_eq!(met.into_iter().collect::<HashSet<_>>(), staying);
    }

    #[test]
    fn places_are_used_again() {
        let mut dictionary = Dictionary::default();
        for number in 0..1000 {
            dictionary.insert(name(number), number);
            assert_eq!(
                dictionary.remove(&name(number.wrapping_sub(3))).is_some(),
                number >= 3
            );
        }
        assert_eq!(dictionary.len(), 3);
        assert!(dictionary.places.len() < 10, "{}", dictionary.places.len());
        assert_eq!(dictionary.get(&name(999)), Some(&999));
    }

    #[test]
    fn a_draw_finds_the_last_entry_among_many_empty_places() {
        let mut dictionary = Dictionary::default();
        for number in 0..10_000 {
            dictionary.insert(name(number), number);
        }
        for number in 0..9_999 {
            dictionary.remove(&name(number));
        }
        let place = dictionary.draw(&mut fastrand::Rng::with_seed(1)).unwrap();
        assert_eq!(dictionary.at(place).unwrap().1, &9_999);
    }
}
