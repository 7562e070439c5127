//! Takes a lock on a majority of the servers, and has them agree on its fence.

use std::sync::Arc;

use super::vote::{Obstacle, Refusers, Verdict, Vote};
use super::{Member, Quorum, Together};
use crate::error::Result;
use crate::lock::claim::Claim;
use crate::lock::scripts::{Verb, Wish};
use crate::lock::servers::Answer;

impl Quorum {
    /// Asks all servers once. The lock is held from a majority on, for a lease from before they
    /// were asked; what the others have given is held too, and renewed with the rest.
    pub(in crate::lock) async fn ask(&self, claim: &mut Claim) -> Result<Answer> {
        let asked = self.members[0].server.clock().now();
        claim.is_sent();
        match self.vote(claim).await {
            Verdict::Held { fence } => {
                if self.settle(claim, fence).await {
                    return Ok(Answer::Held(claim.hold(fence, asked)));
                }
                Ok(Answer::Busy {
                    left: claim.spec.lease / 5,
                    refusers: Refusers::ALL,
                    obstacle: Obstacle::Holders,
                })
            }
            Verdict::Busy {
                left,
                refusers,
                obstacle,
            } => Ok(Answer::Busy {
                left,
                refusers,
                obstacle,
            }),
            Verdict::Away(error) => Err(error),
            Verdict::Open => Err(self.no_majority(0, None)),
        }
    }

    async fn vote(&self, claim: &Claim) -> Verdict {
        let lease = claim.spec.lease;
        let wish = Wish {
            address: &claim.address,
            holder: &claim.holder,
            lease,
            wait: claim.spec.wait,
            memory: Some(&self.memory),
        };
        let (wish, call) = (&wish, &self.call(self.patience(lease)));
        let members = self.members.iter();
        let mut answers = Together::new(
            members.map(|member| self.scripts.take(&member.server, wish, Verb::Take, call)),
        );
        let mut vote = Vote::new(self.members.len(), self.majority, lease);
        while let Some((number, answer)) = answers.next().await {
            self.members[number].heed(&answer);
            vote.count(number, answer);
            match vote.verdict() {
                Verdict::Open => {}
                Verdict::Away(error) => {
                    return Verdict::Away(self.no_majority(vote.answered(), Some(error)));
                }
                verdict => return verdict,
            }
        }
        vote.verdict()
    }

    /// Has a majority know this fence, which is the greatest that any of them has given: whoever
    /// holds the lock next has asked one of them, and gets a greater one.
    async fn settle(&self, claim: &Claim, fence: u64) -> bool {
        let call = &self.call(self.patience(claim.spec.lease));
        let (address, holder) = (&claim.address, claim.holder.as_str());
        let settle = |member: &Arc<Member>| {
            let (scripts, member) = (&self.scripts, Arc::clone(member));
            async move {
                let fence = (holder, fence);
                scripts.settle(&member.server, address, fence, call).await
            }
        };
        let mut answers = Together::new(self.members.iter().map(settle));
        let mut settled = 0;
        while let Some((_, answer)) = answers.next().await {
            settled += usize::from(matches!(answer, Ok(true)));
            if settled >= self.majority {
                return true;
            }
        }
        false
    }
}
