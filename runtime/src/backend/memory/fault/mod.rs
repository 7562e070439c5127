//! What can go wrong between a link and its server, on purpose and for tests.

#[cfg(not(feature = "testing"))]
mod none;
#[cfg(feature = "testing")]
mod round_trips;
#[cfg(feature = "testing")]
mod testing;

#[cfg(not(feature = "testing"))]
pub(super) use none::Faults;
#[cfg(feature = "testing")]
pub use round_trips::RoundTrips;
#[cfg(feature = "testing")]
pub(super) use testing::{Faults, Reach, State};
#[cfg(feature = "testing")]
pub(crate) use testing::{Passage, Way};
