//! Sets.

use std::sync::Arc;

use super::super::dictionary::{Bytes, Dictionary};
use super::ELEMENT_COST;

/// A set.
#[derive(Debug, Default)]
pub(in super::super) struct Set {
    members: Dictionary<()>,
    bytes: usize,
}

impl Set {
    pub(in super::super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(in super::super) fn size(&self) -> usize {
        self.bytes + self.members.len() * ELEMENT_COST
    }

    pub(in super::super) fn contains(&self, member: &[u8]) -> bool {
        self.members.contains(member)
    }

    /// Puts the member in and answers whether it is new.
    pub(in super::super) fn add(&mut self, member: &[u8]) -> bool {
        let is_new = !self.members.contains(member);
        if is_new {
            self.bytes += member.len();
            self.members.insert(Arc::from(member), ());
        }
        is_new
    }

    /// Takes the member out and answers whether it was there.
    pub(in super::super) fn remove(&mut self, member: &[u8]) -> bool {
        let was_there = self.members.remove(member).is_some();
        if was_there {
            self.bytes -= member.len();
        }
        was_there
    }

    /// A member, drawn at random.
    pub(in super::super) fn draw(&self, random: &mut fastrand::Rng) -> Option<&Bytes> {
        let place = self.members.draw(random)?;
        self.members.at(place).map(|(member, ())| member)
    }

    pub(in super::super) fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.members.iter().map(|(member, ())| member)
    }

    /// See [`Dictionary::scan`].
    pub(in super::super) fn scan(
        &self,
        cursor: usize,
        count: usize,
        mut visit: impl FnMut(&Bytes),
    ) -> usize {
        self.members.scan(cursor, count, |member, ()| visit(member))
    }
}
