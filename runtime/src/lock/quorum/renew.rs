//! Moves the ends of held locks on, on all servers.

use std::sync::Arc;

use super::{Member, Quorum, Together};
use crate::backend::{Call, Resend};
use crate::clock::Moment;
use crate::duty;
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
            self.rejoin_all(member, &holds).await;
        }
    }

    /// Takes these once more. Many locks on a slow server may take longer than it is to the next
    /// round, which need not begin with them again.
    async fn rejoin_all(&self, member: &Member, holds: &[&Arc<Hold>]) {
        let clock = member.server.clock();
        // There are up to three questions about a lock.
        let times = holds.iter().map(|hold| 3 * self.patience(hold.lease));
        let Some(longest) = times.max() else { return };
        let Some((_, shift)) = member.rejoining.take(clock, longest) else {
            return;
        };
        for hold in holds {
            if shift.report(clock.now() + longest) == duty::Standing::Relieved {
                return;
            }
            self.rejoin(member, hold).await;
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

#[cfg(all(test, feature = "memory", feature = "testing"))]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::*;
    use crate::backend::any::AnyBackend;
    use crate::backend::memory::MemoryServer;
    use crate::backend::{Backend, Command, Reply};
    use crate::clock::Clock;
    use crate::context::{Context, Limits};
    use crate::key::Scope;
    use crate::lock::address::LockAddress;
    use crate::lock::hold::Taken;
    use crate::lock::spec::LockPlacement;

    const HOUR: Duration = Duration::from_hours(1);
    const DELAY: Duration = Duration::from_millis(10);
    const LIMITS: Limits = Limits {
        call_budget: HOUR,
        command_timeout: HOUR,
        max_value_bytes: 1 << 20,
    };

    fn hold(clock: &Clock) -> Arc<Hold> {
        let key = Scope::new("app", None).key("jobs", 1, |writer| writer.arg("a"));
        let taken = Taken {
            address: LockAddress::new(key),
            holder: "w1".to_owned(),
            fence: 7,
            lease: HOUR,
            certain: HOUR,
            placement: LockPlacement::Quorum,
        };
        Arc::new(Hold::new(taken, clock.now()))
    }

    async fn knows(server: &Context, hold: &Hold) -> bool {
        let look = Command::new("HEXISTS").arg(hold.lock()).arg(&hold.holder);
        let call = server.command_call(Resend::Never);
        let answer = server.backend().run(&look, &call).await;
        matches!(answer, Ok(Reply::Int(1)))
    }

    /// He may have begun to take locks once more on a server that has forgotten them.
    #[tokio::test(start_paused = true)]
    async fn who_stands_still_keeps_nobody_from_taking_locks_once_more() {
        let servers: [_; 3] = std::array::from_fn(|_| MemoryServer::new());
        let clock = servers[0].clock().clone();
        let links = servers.each_ref().map(MemoryServer::connect);
        let forgetful = links[0].control();
        let members = links.map(|link| {
            let server = Context::new(AnyBackend::from(link), clock.clone(), LIMITS, 7);
            ("a server".to_owned(), server)
        });
        let scope = Scope::new("app", None);
        let quorum = Quorum::new(members.into(), scope.memory_of_servers());
        let round = [hold(&clock)];
        let call = quorum.call(HOUR / 3);
        for member in &quorum.members {
            quorum.rejoin(member, &round[0]).await;
        }
        quorum.renew(&round, clock.now(), &call).await;
        let first = &quorum.members[0].server;
        let forget = Command::new("DEL").arg(round[0].lock());
        let forgotten = first.command_call(Resend::Never);
        first.backend().run(&forget, &forgotten).await.unwrap();
        forgetful.delay_requests(DELAY);
        let mut still = Box::pin(quorum.renew(&round, clock.now(), &call));
        // He has heard that the first server does not know the lock, and is just asking for it.
        let stood = clock.timeout_at(clock.now() + DELAY * 3 / 2, &mut still);
        assert!(stood.await.is_err());
        forgetful.delay_requests(Duration::ZERO);
        clock.advance(HOUR * 3 / 4);
        let renewed = || {
            let another = Builder::new_current_thread().enable_all().build().unwrap();
            another.block_on(async {
                let call = quorum.call(HOUR / 10);
                assert!(!knows(first, &round[0]).await);
                quorum.renew(&round, clock.now(), &call).await;
                assert!(knows(first, &round[0]).await);
            });
        };
        std::thread::scope(|scope| scope.spawn(renewed).join()).unwrap();
        drop(still);
    }
}
