//! Clearing a namespace.

use super::Larder;
use crate::backend::{Backend, Command, Resend};
use crate::error::Result;
use crate::key::Versions;

/// How many keys one `SCAN` looks at, so that no single command holds up the server.
const PAGE: u32 = 1000;

impl Larder {
    /// Removes every value of this namespace (of this app and tenant, all versions) and voids the loads that are under way.
    /// Answers how many entries there were. No other key is touched: it is done by `SCAN` and `UNLINK`.
    ///
    /// Takes one round trip for each thousand keys *of the whole server*, so it is an operation for deploys and repairs, not for
    /// requests.
    ///
    /// # Errors
    /// The backend's. What was removed by then stays removed; calling again goes on.
    pub async fn clear(&self, namespace: &str) -> Result<u64> {
        let context = self.context();
        let backend = context.backend();
        let pattern = self
            .key_scope("clear")?
            .namespace_pattern(namespace, Versions::Any);
        let mut cursor = b"0".to_vec();
        let mut removed = 0;
        loop {
            let scan = Command::new("SCAN")
                .arg(&cursor)
                .arg("MATCH")
                .arg(&pattern)
                .arg("COUNT")
                .arg(PAGE);
            let page = backend
                .run(&scan, &context.command_call(Resend::Idempotent))
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
                let reply = backend
                    .run(&unlink, &context.command_call(Resend::Idempotent))
                    .await?;
                removed += u64::try_from(reply.into_int("UNLINK")?).unwrap_or(0);
            }
            if cursor == b"0" {
                self.cache_engine().foresight().forget_all();
                return Ok(removed);
            }
        }
    }
}

fn next(parts: &mut impl Iterator<Item = crate::backend::Reply>) -> Result<crate::backend::Reply> {
    let missing = crate::backend::Reply::Nil;
    parts
        .next()
        .ok_or(())
        .or_else(|()| Err(missing.unexpected("SCAN", "a cursor and keys")))
}
