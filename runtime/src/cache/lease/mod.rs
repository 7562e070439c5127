//! The right to load a key, held by one load in the whole fleet.
//!
//! An entry and its lease share one key: whoever deletes or overwrites the key, with any client,
//! revokes the lease, and the load that held it cannot store what it read before. (Nishtala et al.,
//! "Scaling Memcache at Facebook", NSDI 2013, §3.2.1, with a token of its own for each load.)

mod digest;
mod held;
mod in_place;
mod leases;
mod many;
mod outcome;
mod refresh;
mod renewal;
mod taking;

pub(crate) use digest::Digest;
pub(crate) use held::{Acquired, Lease};
pub(crate) use leases::Leases;
pub(crate) use many::{RenewalOfMany, Settled};
pub(crate) use outcome::{Filled, Hold, Taken};
pub(crate) use refresh::{Grip, RefreshLease};
pub(crate) use renewal::Renewal;
