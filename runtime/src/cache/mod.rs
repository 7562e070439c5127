//! Cached functions.
//!
//! One call goes through these files: [`call`] says which cache and which key; [`turn`] finds out whether there is a value,
//! whose load to wait for or whether to load, with the [`flight`]s of this process and the [`lease`]s of the fleet; [`load`]
//! runs the body, stores what it returned as [`stored`] writes it and [`policy`] wants it, and returns. [`entry`] is the same
//! entry by hand.

mod call;
mod change;
mod engine;
mod entry;
mod error_codec;
mod flight;
mod foresight;
mod groups;
mod index;
mod lease;
mod load;
mod loading;
#[allow(dead_code, unused_imports, reason = "calls are to go through it next")]
pub(crate) mod local;
mod outcome;
mod place;
mod policy;
pub(crate) mod probe;
mod refresh;
mod rules;
mod session;
pub(crate) mod shape;
mod spec;
mod stored;
mod tag;
mod ttl;
mod turn;
mod written;

pub use call::CacheCall;
pub(crate) use call::Target;
pub(crate) use engine::CacheEngine;
pub use entry::Entry;
pub use index::IndexValues;
pub(crate) use index::{Group, GroupPages, Sight, clear};
pub use load::cached;
pub use local::InvalidationToken;
pub use policy::Policy;
pub use refresh::refreshed;
pub use rules::ErrorRules;
pub(crate) use rules::ValueRules;
pub use spec::CacheSpec;
pub use ttl::Ttl;

/// The scripts of the protocol by their names, for whoever looks at what passes.
#[cfg(feature = "testing")]
pub(crate) const SCRIPTS: [(&str, &str); 5] = [
    ("acquire", include_str!("acquire.lua")),
    ("extend", include_str!("extend.lua")),
    ("fill", include_str!("fill.lua")),
    ("release", include_str!("release.lua")),
    ("replace", include_str!("replace.lua")),
];
