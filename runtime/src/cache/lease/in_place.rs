//! What is done to a value where it stands, without a lease.

use super::{Digest, Filled, Leases};
use crate::backend::{Backend, Reply};
use crate::cache::groups::Indexing;
use crate::cache::index::Retired;
use crate::cache::life::Life;
use crate::cache::target::Target;
use crate::cache::written::Written;
use crate::codec::envelope::Token;
use crate::context::Budget;
use crate::error::Result;
use crate::key::Key;

impl Leases {
    /// Writes a value where the old one still stands.
    pub(crate) async fn replace(
        &self,
        key: &Key,
        old: &Digest,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        let question = self
            .scripts
            .replace
            .on(&[key])
            .arg(old.as_bytes())
            .arg(&written.envelope)
            .arg(written.ttl_millis);
        let reply = budget
            .spend(async |call| self.context.backend().script(&question, &call).await)
            .await?;
        Filled::from_reply(reply)
    }

    /// Writes what was made of a value where that value still stands.
    pub(crate) async fn update(
        &self,
        key: &Key,
        old: &Digest,
        life: Life,
        written: &Written,
        budget: &mut Budget<'_>,
    ) -> Result<Filled> {
        let question = self
            .scripts
            .update
            .on(&[key])
            .arg(old.as_bytes())
            .arg(&written.envelope);
        let question = match life {
            Life::Kept => question.arg("keep"),
            Life::Anew => question.arg(written.ttl_millis),
        };
        let reply = budget
            .spend(async |call| self.context.backend().script(&question, &call).await)
            .await?;
        Filled::from_reply(reply)
    }

    /// Removes an entry in which this token still stands at this place, and takes it off the lists.
    pub(crate) async fn discard(
        &self,
        target: &Target,
        token: Token,
        place: usize,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let key = target.key();
        let question = self
            .scripts
            .discard
            .on(&[key])
            .arg(token.as_bytes().as_slice())
            .arg(place)
            .arg(match target.indexing() {
                Indexing::Yes => "look",
                Indexing::No => "",
            });
        let reply = budget
            .spend(async |call| self.context.backend().script(&question, &call).await)
            .await?;
        if let Reply::Bulk(held) = reply.checked("discard")? {
            let retired = Retired::of(&held, key).into_iter();
            let members = retired.flat_map(Retired::members);
            budget
                .spend(async |call| self.indexes.strike(members, &call).await)
                .await;
        }
        Ok(())
    }
}
