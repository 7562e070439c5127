//! Whose turn it is: the protocol of one cached call up to the point where it has a value or may
//! load one.

mod look;
mod request;
mod wait;

use super::belonging::Aim;
use super::flight::{Caller, Followed, Inherited, Leader, Part, Seen};
use super::lease::{Acquired, Lease};
use super::outcome::Outcome;
use crate::codec::envelope;
use crate::context::Budget;
use crate::error::{Error, Result};

pub(crate) use look::Read;
use look::{Held, Looked};
pub(crate) use request::{Interrupted, Keeping, Request};
pub(crate) use wait::Waited;

/// What a call is to do.
pub(crate) enum Turn {
    /// Take what the key holds.
    Hit(Read, Foreseen),
    /// Take what another caller of this process loaded.
    Shared(Outcome),
    /// Load and fill.
    Lead(Leader),
    /// Load, and do not fill: another's load has taken longer than this call waits.
    Alone,
    /// The backend cannot be asked.
    Degraded(Error),
}

/// Whether this process believed that the key holds a value. If it did, there is nothing to learn
/// from a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreseen {
    Yes,
    No,
}

/// What somebody found out who asks for the lease.
pub(crate) enum Opened {
    Lease(Box<Lease>),
    Value(Read),
    Timeout,
}

impl Request<'_> {
    /// Finds out what to do.
    pub(crate) async fn turn(&mut self) -> Turn {
        let mut seen = Seen::Nothing;
        if self.followed.is_none()
            && self
                .engine
                .foresight()
                .expects(self.target.key(), self.began)
            && !self.engine.flights().is_under_way(self.target.key())
        {
            match self.look(self.began, Aim::ToAnswer).await {
                Ok(Looked::Value(read)) => return Turn::Hit(read, Foreseen::Yes),
                Ok(Looked::Other(other)) => seen = *other,
                Err(error) => return Turn::Degraded(error),
            }
        }
        loop {
            let part = match self.followed.take() {
                Some(follower) => Part::Follow(follower),
                None => self.enter(&seen),
            };
            match part {
                // Boxed, like the wait for another's load within it: a hit comes by neither.
                Part::Lead(leader) => return Box::pin(self.open(leader)).await,
                Part::Look => match self.look(self.now(), Aim::ToJoin).await {
                    Ok(Looked::Value(read)) => return Turn::Hit(read, Foreseen::No),
                    Ok(Looked::Other(other)) => seen = *other,
                    Err(error) => return Turn::Degraded(error),
                },
                Part::Follow(follower) => {
                    let clock = self.engine.context().clock();
                    match follower.follow(clock, self.patience()).await {
                        Followed::Promoted(leader) => {
                            return Box::pin(self.take_over(leader)).await;
                        }
                        Followed::Shared(Outcome::Reread) => {
                            match self.look(self.now(), Aim::ToJoin).await {
                                Ok(Looked::Value(read)) => return Turn::Hit(read, Foreseen::No),
                                Ok(Looked::Other(other)) => seen = *other,
                                Err(error) => return Turn::Degraded(error),
                            }
                        }
                        Followed::Shared(Outcome::Degraded(error)) => return Turn::Degraded(error),
                        Followed::Shared(outcome) => return Turn::Shared(outcome),
                        Followed::TimedOut => return Turn::Alone,
                    }
                }
            }
        }
    }

    /// The call's part in loading its key.
    fn enter(&self, seen: &Seen) -> Part {
        let bounds = (self.spec.wait, self.call_budget());
        let caller = Caller::new(self.called, seen, self.now(), bounds);
        self.engine.flights().enter(self.target.key(), &caller)
    }

    /// Leads a flight whose leader is gone.
    async fn take_over(&mut self, mut leader: Leader) -> Turn {
        let clock = self.engine.context().clock();
        match leader.confirm(clock, &mut self.budget).await {
            Ok(Inherited::Lease) => Turn::Lead(leader),
            Ok(Inherited::Nothing) => self.open(leader).await,
            Err(error) => {
                leader.share(Outcome::Degraded(error.clone()));
                Turn::Degraded(error)
            }
        }
    }

    /// Leads a flight to a lease, or to somebody else's value.
    async fn open(&mut self, mut leader: Leader) -> Turn {
        match self.lease_or_value().await {
            Ok(Opened::Lease(lease)) => {
                leader.begin(lease);
                Turn::Lead(leader)
            }
            Ok(Opened::Value(read)) => {
                leader.share(Outcome::Reread);
                Turn::Hit(read, Foreseen::No)
            }
            Ok(Opened::Timeout) => Turn::Alone,
            Err(error) => {
                leader.share(Outcome::Degraded(error.clone()));
                Turn::Degraded(error)
            }
        }
    }

    /// Finds the value, or gets the lease, for one who knows already what to store: nobody of this
    /// process has to join that, and it joins nobody. Each time it has the whole budget.
    pub(crate) async fn value_or_lease(&mut self) -> Result<Opened> {
        self.budget = Budget::new(self.engine.context().clock(), self.call_budget());
        let now = self.now();
        if self.engine.foresight().expects(self.target.key(), now)
            && let Looked::Value(read) = self.look(now, Aim::ToAnswer).await?
        {
            return Ok(Opened::Value(read));
        }
        self.lease_or_value().await
    }

    async fn lease_or_value(&mut self) -> Result<Opened> {
        loop {
            let leases = self.engine.leases();
            let refused = self.refused.as_ref().map(|refused| &refused.bytes);
            let asked = leases.acquire(self.target, self.spec, refused, &mut self.budget);
            let held = match asked.await? {
                Acquired::Lease(mut lease) => {
                    if let Some(refused) = &mut self.refused {
                        lease.retired.append(&mut refused.retired);
                    }
                    self.engine.foresight().missed(self.target.key());
                    return Ok(Opened::Lease(lease));
                }
                Acquired::Held {
                    bytes,
                    left,
                    observed,
                } => match envelope::lease_token(&bytes, self.target.key().as_bytes()) {
                    None => {
                        self.judged(Read::of(bytes), Some(&observed.glance()))
                            .await?
                    }
                    Some(_) => self.wait_for_change(left).await?,
                },
            };
            match held {
                Held::Nothing => {}
                Held::Value(read) => return Ok(Opened::Value(read)),
                Held::Lease(..) => return Ok(Opened::Timeout),
            }
        }
    }
}
