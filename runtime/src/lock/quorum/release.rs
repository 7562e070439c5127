//! Gives a lock back on all servers.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::{Member, Quorum, Tally, Together};
use crate::error::Result;
use crate::lock::address::LockAddress;

impl Quorum {
    /// Gives it back everywhere, also where it was not had: the answer may have got lost. Ready
    /// when a majority has it back, so that somebody else can have it; the others are told in the
    /// background, within the same time.
    pub(in crate::lock) async fn leave(
        &self,
        address: &Arc<LockAddress>,
        holder: &str,
        within: Duration,
    ) -> Result<()> {
        let mut leaving = self.leaving(address, holder, within);
        let mut tally = Tally::new(self);
        while let Some((_, outcome)) = leaving.next().await {
            if tally.count(outcome) {
                match Handle::try_current() {
                    Ok(runtime) => drop(runtime.spawn(leaving.finish())),
                    // Without a runtime there is no background.
                    Err(_) => leaving.finish().await,
                }
                return Ok(());
            }
        }
        Err(tally.failure())
    }

    /// It may outlive whoever waits for it.
    fn leaving(
        &self,
        address: &Arc<LockAddress>,
        holder: &str,
        within: Duration,
    ) -> Together<impl Future<Output = Result<()>> + Send + 'static> {
        let call = self.call(within);
        Together::new(self.members.iter().map(|member: &Arc<Member>| {
            let (member, scripts) = (Arc::clone(member), Arc::clone(&self.scripts));
            let (address, holder) = (Arc::clone(address), holder.to_owned());
            async move {
                let left = scripts
                    .leave(&member.server, &address, &holder, &call)
                    .await;
                member.heed(&left);
                left
            }
        }))
    }
}
