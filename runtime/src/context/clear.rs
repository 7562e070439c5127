//! Removing every key of a namespace.

use super::Context;
use crate::backend::{Backend, Command, Reply, Resend};
use crate::error::Result;

/// How many keys one `SCAN` looks at, so that no single command holds up the server.
const PAGE: u32 = 1000;

impl Context {
    /// Removes every key that matches and answers how many there were. No other key is touched: it is done by `SCAN` and
    /// `UNLINK`, in one round trip for each thousand keys of the whole server.
    pub(crate) async fn clear(&self, pattern: &[u8]) -> Result<u64> {
        let mut cursor = b"0".to_vec();
        let mut removed = 0;
        loop {
            let scan = Command::new("SCAN")
                .arg(&cursor)
                .arg("MATCH")
                .arg(pattern)
                .arg("COUNT")
                .arg(PAGE);
            let page = self
                .backend
                .run(&scan, &self.command_call(Resend::Idempotent))
                .await?;
            let mut parts = page.into_array("SCAN")?.into_iter();
            cursor = next(&mut parts)?.into_bytes("SCAN")?.unwrap_or_default();
            let mut unlink = Command::new("UNLINK");
            let mut found = 0;
            for key in next(&mut parts)?.into_array("SCAN")? {
                unlink = unlink.arg(key.into_bytes("SCAN")?.unwrap_or_default());
                found += 1;
            }
            if found > 0 {
                let reply = self
                    .backend
                    .run(&unlink, &self.command_call(Resend::Idempotent))
                    .await?;
                removed += u64::try_from(reply.into_int("UNLINK")?).unwrap_or(0);
            }
            if cursor == b"0" {
                return Ok(removed);
            }
        }
    }
}

fn next(parts: &mut impl Iterator<Item = Reply>) -> Result<Reply> {
    parts
        .next()
        .ok_or_else(|| Reply::Nil.unexpected("SCAN", "a cursor and keys"))
}
