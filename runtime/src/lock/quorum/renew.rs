//! Moves the ends of held locks on, on all servers.

use std::sync::Arc;

use super::{Member, Quorum, Together};
use crate::backend::{Call, Resend};
use crate::clock::Moment;
use crate::lock::hold::Hold;
use crate::lock::scripts::{Ruling, Verb, Wish};

/// What the servers have said of one lock.
#[derive(Debug, Default, Clone)]
struct Standing {
    there: usize,
    /// The servers that do not know its holder.
    gone: Vec<usize>,
}

impl Quorum {
    /// Renews these in one script a server: a lock is kept that a majority keeps, and lost if so
    /// many have lost it that no majority can.
    pub(in crate::lock) async fn renew(&self, round: &[Arc<Hold>], sent: Moment, call: &Call) {
        let members = self.members.iter();
        let mut answers =
            Together::new(members.map(|member| self.scripts.renew(&member.server, round, call)));
        let mut standings = vec![Standing::default(); round.len()];
        while let Some((number, answer)) = answers.next().await {
            self.members[number].heed(&answer);
            let Ok(answer) = answer else { continue };
            for ((standing, hold), is_there) in standings.iter_mut().zip(round).zip(answer) {
                if is_there {
                    standing.there += 1;
                } else {
                    standing.gone.push(number);
                }
                if is_there && standing.there == self.majority {
                    hold.renewed(sent);
                }
                if self.members.len() - standing.gone.len() < self.majority {
                    hold.lose();
                }
            }
        }
        let now = self.members[0].server.clock().now();
        let mut forgotten: Vec<Vec<&Arc<Hold>>> = vec![Vec::new(); self.members.len()];
        for (standing, hold) in standings.iter().zip(round) {
            if standing.there < self.majority {
                hold.not_renewed(now);
                continue;
            }
            for number in &standing.gone {
                forgotten[*number].push(hold);
            }
        }
        for (member, holds) in self.members.iter().zip(forgotten) {
            // Many locks on a slow server may take longer than it is to the next round, which need
            // not begin with them again.
            let Ok(_turn) = member.rejoining.try_lock() else {
                continue;
            };
            for hold in holds {
                self.rejoin(member, hold).await;
            }
        }
    }

    /// Takes a lock that is held once more on a server that has forgotten it, or has not known of
    /// it: so that one server after the other may be restarted while it is held.
    async fn rejoin(&self, member: &Member, hold: &Hold) {
        let call = Call {
            resend: Resend::Never,
            ..self.call(self.patience(hold.lease))
        };
        let (server, address) = (&member.server, &hold.address);
        let is_held = || hold.is_held(server.clock().now());
        if !is_held() {
            return;
        }
        let wish = Wish {
            address,
            holder: &hold.holder,
            lease: hold.lease,
            wait: hold.lease,
            memory: Some(&self.memory),
        };
        let word = self.scripts.take(server, &wish, Verb::Take, &call).await;
        let is_taken = word.is_ok_and(|word| matches!(word.ruling, Ruling::Held { .. }));
        if is_taken && is_held() {
            let fence = (hold.holder.as_str(), hold.fence);
            // Where that fails there is one server fewer to know it, and a majority does.
            let _ = self.scripts.settle(server, address, fence, &call).await;
        }
        if !is_held() {
            let _ = self
                .scripts
                .leave(server, address, &hold.holder, &call)
                .await;
        }
    }
}
