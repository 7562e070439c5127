//! Cached functions.
//!
//! One call goes through these files: [`call`] says which cache, by its [`declaration`], and which
//! key; [`turn`] finds out whether there is a value, whose load to wait for or whether to load,
//! with the [`flight`]s of this process and the [`lease`]s of the fleet; [`load`] runs the body,
//! stores what it returned as [`stored`] writes it and [`policy`] wants it, and returns. What of it
//! depends on types is asked of an [`answer`]. [`entry`] is the same entry by hand, and [`batch`]
//! is many of them at once. What is stored may be refreshed while it is read: [`staleness`] says
//! when, [`lease`] by whom, and [`behind`] runs the body where nobody waits for it. [`copies`] is
//! what the call has of the [`local`] tier, where what was read is kept in this process.
//!
//! From the ground up: what is declared, and what is written; then what the [`engine`] owns, which
//! knows keys and not calls (flights, leases, indexes, tags, what is [`pending`]); then what is done
//! with a [`target`], which is an engine and a key. An invalidation is asked for in
//! [`invalidating`], where it is also tried again, and told to the server in [`removal`] and
//! [`group`].

mod answer;
mod batch;
mod behind;
mod belonging;
mod call;
mod changed;
mod copies;
mod declaration;
mod due;
mod engine;
mod entry;
mod error_codec;
mod failures;
mod flight;
mod foresight;
mod get_or_set;
mod group;
mod groups;
mod idle;
mod index;
mod invalidating;
mod invalidation;
mod lease;
mod life;
mod load;
mod loading;
pub(crate) mod local;
mod observed;
mod operation;
mod outcome;
mod outlasting;
mod owned;
mod patience;
mod pending;
mod place;
mod policy;
mod presence;
mod previous;
pub(crate) mod probe;
mod prolonging;
mod put;
mod refresh;
mod refreshes;
mod removal;
mod rules;
mod session;
pub(crate) mod shape;
mod span;
mod spec;
mod staleness;
mod stored;
mod tag;
mod target;
mod ttl;
mod turn;
mod update;
mod verbs;
mod written;

pub(crate) use batch::{
    BatchCall, BatchDraft, IdOf, OwnedBody, Row, ValueOf, batched, batched_behind,
};
pub use batch::{BatchId, Entries, Kept, Pairs};
pub(crate) use behind::{behind, never_twice};
pub(crate) use call::{CacheCall, CallDraft, Opening};
pub use declaration::Declaration;
pub(crate) use engine::CacheEngine;
pub use entry::Entry;
pub use failures::Failures;
pub(crate) use group::{Group, GroupPages};
pub(crate) use groups::Groups;
pub(crate) use index::Sight;
pub use index::{IndexFallback, IndexProbe, IndexValues};
pub(crate) use invalidating::{clear, flush, invalidate_tag};
pub use invalidation::Invalidation;
pub(crate) use local::Demand;
pub use local::{InvalidationToken, Local};
pub use operation::CacheOperation;
pub(crate) use policy::Policy;
pub use previous::{Previous, Reload};
pub use rules::ErrorRules;
pub(crate) use rules::{Judge, Rule, ValueRules};
pub use session::{Around, Verb};
pub(crate) use session::{AroundBody, Session};
pub use spec::CacheSpec;
pub use staleness::Early;
pub(crate) use target::Target;
pub use ttl::Ttl;
pub(crate) use verbs::Given;

/// The scripts of the protocol by their names, for whoever looks at what passes.
#[cfg(feature = "testing")]
pub(crate) const SCRIPTS: [(&str, &str); 13] = [
    ("acquire", include_str!("lease/acquire.lua")),
    ("extend", include_str!("lease/extend.lua")),
    ("fill", include_str!("lease/fill.lua")),
    ("release", include_str!("lease/release.lua")),
    ("replace", include_str!("lease/replace.lua")),
    ("take", include_str!("lease/take.lua")),
    ("count", include_str!("index/count.lua")),
    ("discard", include_str!("index/discard.lua")),
    ("enlist", include_str!("index/enlist.lua")),
    ("mark", include_str!("index/mark.lua")),
    ("raise", include_str!("index/raise.lua")),
    ("strike", include_str!("index/strike.lua")),
    ("version", include_str!("tag/version.lua")),
];
