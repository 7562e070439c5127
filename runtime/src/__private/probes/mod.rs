//! Probes that begin something: what the type of a value or an error says is in it from the start.
//! How a type is asked, `cache::probe` says.
#![allow(
    clippy::new_without_default,
    reason = "a probe is a question with its type written out, never a default"
)]
#![allow(
    clippy::unused_self,
    reason = "the look-up of a method is the question"
)]

mod drafting;
mod failing;

pub use drafting::Drafting;
pub use failing::Failing;
