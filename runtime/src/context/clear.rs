//! Removing every key of a namespace.

use super::Context;
use super::cursor::Cursor;
use crate::backend::{Backend, Command, Reply, Resend};
use crate::error::Result;

/// How many keys one `SCAN` looks at, so that no single command holds up the server.
const PAGE: u32 = 1000;

/// A walk through the keys that match a pattern, in one round trip for each thousand keys of the
/// whole server.
#[derive(Debug)]
pub(crate) struct Scan<'walk> {
    context: &'walk Context,
    pattern: &'walk [u8],
    cursor: Cursor,
}

impl Context {
    /// Walks through the keys that match. Keys that are there from the beginning to the end are met
    /// at least once.
    pub(crate) fn scan<'walk>(&'walk self, pattern: &'walk [u8]) -> Scan<'walk> {
        Scan {
            context: self,
            pattern,
            cursor: Cursor::new(self),
        }
    }

    /// Removes every key that matches and answers how many there were. No other key is touched: it
    /// is done by `SCAN` and `UNLINK`, in one round trip for each thousand keys of the whole
    /// server.
    pub(crate) async fn clear(&self, pattern: &[u8]) -> Result<u64> {
        let mut scan = self.scan(pattern);
        let mut removed = 0;
        while let Some(page) = scan.next().await? {
            if page.is_empty() {
                continue;
            }
            let unlink = Command::new("UNLINK").args(page);
            let reply = self
                .backend
                .run(&unlink, &self.command_call(Resend::Idempotent))
                .await?;
            removed += u64::try_from(reply.into_int("UNLINK")?).unwrap_or(0);
        }
        Ok(removed)
    }
}

impl Scan<'_> {
    /// The keys of the next page, which may be none; `None` after the last page.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>> {
        let Some(cursor) = self.cursor.next(self.context) else {
            return Ok(None);
        };
        let scan = Command::new("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(self.pattern)
            .arg("COUNT")
            .arg(PAGE);
        let call = self.context.command_call(Resend::Idempotent);
        let page = self.context.backend.run(&scan, &call).await?;
        let mut parts = page.into_array("SCAN")?.into_iter();
        let cursor = next(&mut parts)?.into_bytes("SCAN")?.unwrap_or_default();
        let mut keys = Vec::new();
        for key in next(&mut parts)?.into_array("SCAN")? {
            keys.push(key.into_bytes("SCAN")?.unwrap_or_default());
        }
        self.cursor.moves(self.context, cursor);
        Ok(Some(keys))
    }
}

fn next(parts: &mut impl Iterator<Item = Reply>) -> Result<Reply> {
    parts
        .next()
        .ok_or_else(|| Reply::Nil.unexpected("SCAN", "a cursor and keys"))
}
