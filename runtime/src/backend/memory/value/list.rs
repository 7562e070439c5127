//! Lists.

use std::collections::VecDeque;

use super::ELEMENT_COST;

/// One of the two ends of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum End {
    Left,
    Right,
}

/// A list.
#[derive(Debug, Default)]
pub(in super::super) struct List {
    elements: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl List {
    pub(in super::super) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    pub(in super::super) fn size(&self) -> usize {
        self.bytes + self.elements.len() * ELEMENT_COST
    }

    pub(in super::super) fn push(&mut self, end: End, element: Vec<u8>) {
        self.bytes += element.len();
        match end {
            End::Left => self.elements.push_front(element),
            End::Right => self.elements.push_back(element),
        }
    }

    pub(in super::super) fn pop(&mut self, end: End) -> Option<Vec<u8>> {
        let element = match end {
            End::Left => self.elements.pop_front(),
            End::Right => self.elements.pop_back(),
        }?;
        self.bytes -= element.len();
        Some(element)
    }

    pub(in super::super) fn get(&self, place: usize) -> Option<&[u8]> {
        self.elements.get(place).map(Vec::as_slice)
    }

    /// Puts another element into this place, which must exist.
    pub(in super::super) fn set(&mut self, place: usize, element: Vec<u8>) {
        if let Some(current) = self.elements.get_mut(place) {
            self.bytes = self.bytes + element.len() - current.len();
            *current = element;
        }
    }

    /// The elements in these places.
    pub(in super::super) fn range(
        &self,
        places: std::ops::Range<usize>,
    ) -> impl Iterator<Item = &[u8]> {
        self.elements.range(places).map(Vec::as_slice)
    }

    /// Keeps the elements in these places and drops the others, which alone are looked at: a long
    /// list may lose one for each that it gets.
    pub(in super::super) fn keep(&mut self, places: std::ops::Range<usize>) {
        let behind: usize = self.elements.range(places.end..).map(Vec::len).sum();
        self.elements.truncate(places.end);
        let before: usize = self
            .elements
            .drain(..places.start)
            .map(|gone| gone.len())
            .sum();
        self.bytes -= behind + before;
    }

    /// Removes at most `limit` elements that are equal to this one, searching from this end, and
    /// answers how many there were.
    pub(in super::super) fn remove(&mut self, element: &[u8], end: End, limit: usize) -> usize {
        let mut places: Vec<usize> = self
            .elements
            .iter()
            .enumerate()
            .filter_map(|(place, candidate)| (candidate == element).then_some(place))
            .collect();
        match end {
            End::Left => places.truncate(limit),
            End::Right => places
                .drain(..places.len().saturating_sub(limit))
                .for_each(drop),
        }
        let mut next = places.iter().copied().peekable();
        let mut place = 0;
        self.elements.retain(|_| {
            let goes = next.next_if_eq(&place).is_some();
            place += 1;
            !goes
        });
        self.bytes -= places.len() * element.len();
        places.len()
    }
}
