//! Walks through the set of a value, page by page.

use super::members::Member;
use crate::backend::{Command, Reply};
use crate::context::{Context, Cursor, Question};
use crate::error::Result;
use crate::key::{IndexKeys, IndexValue, Key};

/// How many members one command looks at: none holds up the server. A set of up to 128 members is
/// one page whatever this says, since servers keep it in one piece.
pub(super) const PAGE: u32 = 128;

/// One walk through one set. It meets every member that is there from its beginning to its end, and
/// may meet one twice.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) set: Key,
    keys: IndexKeys,
    cursor: Cursor,
}

impl Walk {
    /// Through the set of this value.
    pub(crate) fn new(context: &Context, keys: IndexKeys, value: &IndexValue) -> Self {
        Self {
            set: keys.set(value),
            keys,
            cursor: Cursor::new(context),
        }
    }

    /// What to ask for the next page; `None` after the last.
    pub(crate) fn question(&mut self, context: &Context) -> Option<Question<'static>> {
        let cursor = self.cursor.next(context)?;
        let scan = Command::new("ZSCAN").arg(&self.set).arg(cursor);
        Some(Question::Command(scan.arg("COUNT").arg(PAGE)))
    }

    /// The members in the answer. What is none is left out: the mark, and what somebody else has
    /// put there.
    pub(crate) fn read(&mut self, context: &Context, reply: Reply) -> Result<Vec<Member>> {
        let page = read_page(reply)?;
        self.cursor.moves(context, page.cursor);
        let members = page.members.iter();
        Ok(members
            .filter_map(|bytes| Member::from_bytes(bytes, &self.keys))
            .collect())
    }
}

/// What one command found.
pub(crate) struct Page {
    /// Where to go on.
    pub(super) cursor: Vec<u8>,
    /// Without their scores.
    pub(super) members: Vec<Vec<u8>>,
}

/// What the answer to `ZSCAN` says.
pub(crate) fn read_page(reply: Reply) -> Result<Page> {
    let mut parts = reply.checked("ZSCAN")?.into_array("ZSCAN")?.into_iter();
    let mut next = || parts.next().unwrap_or(Reply::Nil);
    let cursor = next().into_bytes("ZSCAN")?.unwrap_or_default();
    let mut members = Vec::new();
    for member in next().into_array("ZSCAN")?.into_iter().step_by(2) {
        members.push(member.into_bytes("ZSCAN")?.unwrap_or_default());
    }
    Ok(Page { cursor, members })
}
