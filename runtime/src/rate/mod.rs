//! Rate limits: so many units in so much time, for a key, in the whole fleet.
//!
//! [`engine`] asks the server a [`question`], by one script an [`algorithm`]; [`denials`] remembers who is denied,
//! [`borrowed`] gives out what a process has borrowed, [`fallback`] keeps limits while the server
//! is away. [`limiter`] is what users hold.

mod algorithm;
mod borrowed;
mod call;
mod decision;
mod denials;
mod engine;
mod fallback;
mod limit;
mod limiter;
mod question;
mod reservation;
mod spec;
mod stats;

pub use algorithm::Algorithm;
pub(crate) use call::{Check, LimitedCall};
pub use decision::{Decision, DecisionSource, LimitState};
pub(crate) use engine::RateEngine;
pub use limit::Limit;
pub use limiter::{Limiter, LimiterBuilder};
pub use reservation::Reservation;
pub use spec::{RateOnError, RateSpec};
pub use stats::RateStats;
