//! Walks through the set of a value, page by page.

use super::members::Member;
use crate::backend::{Command, Reply};
use crate::context::Question;
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
    /// `None` when the set was walked through.
    cursor: Option<Vec<u8>>,
}

impl Walk {
    /// Through the set of this value.
    pub(crate) fn new(keys: IndexKeys, value: &IndexValue) -> Self {
        Self {
            set: keys.set(value),
            keys,
            cursor: Some(b"0".to_vec()),
        }
    }

    /// What to ask for the next page; `None` after the last.
    pub(crate) fn question(&self) -> Option<Question<'static>> {
        let cursor = self.cursor.as_ref()?;
        let scan = Command::new("ZSCAN").arg(&self.set).arg(cursor);
        Some(Question::Command(scan.arg("COUNT").arg(PAGE)))
    }

    /// The members in the answer. What is none is left out: the mark, and what somebody else has
    /// put there.
    pub(crate) fn read(&mut self, reply: Reply) -> Result<Vec<Member>> {
        let page = read_page(reply)?;
        self.cursor = page.cursor;
        let members = page.members.iter();
        Ok(members
            .filter_map(|bytes| Member::from_bytes(bytes, &self.keys))
            .collect())
    }
}

/// What one command found.
pub(crate) struct Page {
    /// Where to go on, if there is more.
    pub(super) cursor: Option<Vec<u8>>,
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
    let cursor = (cursor != b"0").then_some(cursor);
    Ok(Page { cursor, members })
}
