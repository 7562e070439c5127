//! Questions about types that generated code asks where it cannot know the answer.
//!
//! The attribute sees tokens, not types: `type Found = Option<User>` hides an `Option`, and nothing
//! in a signature says whether an error is `Clone`. A probe asks the compiler. `Probe<T>` has a
//! method for the types in question, and dereferences to a fallback with a method of the same name
//! for all others. Method lookup tries the probe first, drops it if its bounds do not hold, and
//! only then follows the dereference:
//!
//! ```text
//! AbsentProbe::<Option<User>>::new().absent()   // the probe's own: `Option::is_none`
//! AbsentProbe::<User>::new().absent()           // the fallback's: never absent
//! ```
//!
//! No trait has to be in scope, so nothing is left unused in the user's module. Two limits: inside
//! a generic function the answer is what the function's own bounds say, not what a caller's types
//! say; and lookup does not see lifetimes, so the attribute does not ask about error types in which
//! it reads one.
#![allow(
    clippy::new_without_default,
    reason = "a probe is a question with its type written out, never a default"
)]
#![allow(
    clippy::unused_self,
    reason = "the look-up of a method is the question"
)]

mod absent;
mod cloning;
mod result;
mod sharing;

pub use absent::{Absent, AbsentProbe, require_absent};
pub(crate) use cloning::CloneLastResort;
pub use cloning::{CloneProbe, Cloning, require_clone};
pub use result::{ResultProbe, require_plain};
pub(crate) use sharing::Sharing;
