//! Where a walk through keys or members stands.

use super::Context;

/// The cursor of a walk that begins, and of one that has ended.
const BEGINNING: &[u8] = b"0";

/// A cursor that is good on the connection it was given on. Another may lead to another server, or
/// to the same one started anew, which has its keys in another order: there a walk begins anew, or
/// it would pass by some that it has not met.
#[derive(Debug)]
pub(crate) struct Cursor {
    /// `None` at the end of the walk.
    place: Option<Vec<u8>>,
    connection: u64,
}

impl Cursor {
    /// The beginning of a walk.
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            place: Some(BEGINNING.to_vec()),
            connection: context.connection(),
        }
    }

    /// What to ask for next; `None` at the end.
    pub(crate) fn next(&mut self, context: &Context) -> Option<&[u8]> {
        if self.place.is_some() && self.is_elsewhere(context) {
            self.place = Some(BEGINNING.to_vec());
        }
        self.place.as_deref()
    }

    /// The server has answered this one.
    pub(crate) fn moves(&mut self, context: &Context, to: Vec<u8>) {
        self.place = if self.is_elsewhere(context) {
            Some(BEGINNING.to_vec())
        } else {
            (to != BEGINNING).then_some(to)
        };
    }

    /// Whether the connection is another than it was when this was last asked.
    fn is_elsewhere(&mut self, context: &Context) -> bool {
        let before = std::mem::replace(&mut self.connection, context.connection());
        before != self.connection
    }
}
