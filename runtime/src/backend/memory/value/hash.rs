//! Hashes.

use std::sync::Arc;

use super::super::dictionary::{Bytes, Dictionary};
use super::ELEMENT_COST;

/// A hash.
#[derive(Debug, Default)]
pub(in super::super) struct Hash {
    fields: Dictionary<Vec<u8>>,
    bytes: usize,
}

impl Hash {
    pub(in super::super) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(in super::super) fn size(&self) -> usize {
        self.bytes + self.fields.len() * ELEMENT_COST
    }

    pub(in super::super) fn get(&self, field: &[u8]) -> Option<&[u8]> {
        self.fields.get(field).map(Vec::as_slice)
    }

    /// Puts the value into the field and answers whether the field is new.
    pub(in super::super) fn set(&mut self, field: &[u8], value: Vec<u8>) -> bool {
        self.bytes += value.len();
        if let Some(current) = self.fields.get_mut(field) {
            self.bytes -= current.len();
            *current = value;
            return false;
        }
        self.bytes += field.len();
        self.fields.insert(Arc::from(field), value);
        true
    }

    /// Takes the field out and answers whether it was there.
    pub(in super::super) fn remove(&mut self, field: &[u8]) -> bool {
        let Some((_, value)) = self.fields.remove(field) else {
            return false;
        };
        self.bytes -= field.len() + value.len();
        true
    }

    pub(in super::super) fn iter(&self) -> impl Iterator<Item = (&Bytes, &Vec<u8>)> {
        self.fields.iter()
    }

    /// See [`Dictionary::scan`].
    pub(in super::super) fn scan(
        &self,
        cursor: usize,
        count: usize,
        visit: impl FnMut(&Bytes, &Vec<u8>),
    ) -> usize {
        self.fields.scan(cursor, count, visit)
    }
}
