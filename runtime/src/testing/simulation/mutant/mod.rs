//! Mistakes that the protocol could have had, made by a server that runs something else than it is
//! told: the rules must find them.

mod groups;
mod local;
mod protocol;
mod quorum;
mod swap;

use crate::backend::memory::Sabotage;

/// A mistake that is planted to be found. For the tests of the simulation itself.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// A load stores its value whether its lease is still there or not.
    FillWithoutLease,
    /// Values are stored without an end.
    FillWithoutEnd,
    /// Values are stored for longer than they were declared to live.
    FillForTooLong,
    /// A load stores its value over whatever is there, but not where nothing is.
    FillOverAnything,
    /// Leases have no end.
    LeaseWithoutEnd,
    /// A lease is given to everybody who asks, whoever has one.
    AcquireOverwrites,
    /// Giving a lease back removes whatever is there, somebody else's lease too.
    ReleaseRemovesAnything,
    /// A lease is never given back.
    ReleaseForgets,
    /// Extending a lease writes it anew, whether it is still there or not.
    ExtendRevives,
    /// A refresh overwrites whatever is there.
    RefreshWithoutCompare,
    /// An invalidation does nothing.
    InvalidateNothing,
    /// An invalidation removes values and leaves leases: the load that is under way stores what it
    /// has read before.
    InvalidateLeavesLeases,
    /// An invalidation keeps a load from storing, and lets later callers join it.
    InvalidateLetsJoin,
    /// Clearing a namespace takes keys of others with it.
    ClearTakesOthers,
    /// Nobody is told of changes.
    NobodyIsTold,
    /// A copy is kept whatever has happened to its key since the read began.
    NoFillingMark,
    /// Copies from before a connection was lost are served when there is a new one.
    GenerationIgnored,
    /// Copies are served whether pushes arrive or not.
    CanaryIgnored,
    /// An entry is stored first and listed by its indexes when it is.
    IndexWrittenAfterFill,
    /// An invalidation by index removes what is listed and lets loads that are under way be stored.
    IndexLeavesLoads,
    /// Entries are not listed.
    IndexForgetsMembers,
    /// Nothing is taken off a list.
    IndexKeepsMembers,
    /// Lists have no end.
    IndexWithoutEnd,
    /// An invalidation by tag covers what is stored and not the loads that are under way, as if
    /// they read its version when they are over.
    TagReadAfterLoad,
    /// A tag that was invalidated gets the version that it had.
    TagVersionRepeats,
    /// Versions of tags have no end.
    TagWithoutEnd,
    /// One server fewer than a majority of a quorum is taken for one.
    MinorityDecides,
    /// A server of a quorum counts that may have forgotten to whom it gave a lock.
    NewcomersCount,
    /// The servers of a quorum do not agree on a fence.
    FencesUnsettled,
    /// The servers of a quorum give a lock to whoever asks.
    HoldersOverlooked,
}

impl Mutant {
    /// All of them, each with the rules that may find it.
    pub const ALL: [(Self, &'static [&'static str]); 26] = [
        (Self::FillWithoutLease, &["stale_fill"]),
        (Self::FillWithoutEnd, &["endings"]),
        (Self::FillForTooLong, &["endings"]),
        (Self::FillOverAnything, &["stale_fill"]),
        (Self::LeaseWithoutEnd, &["drop_safety", "bounded_outage"]),
        (Self::AcquireOverwrites, &["one_load"]),
        (Self::ReleaseRemovesAnything, &["one_load"]),
        (Self::ReleaseForgets, &["bounded_outage"]),
        (Self::ExtendRevives, &["stale_fill"]),
        (Self::RefreshWithoutCompare, &["stale_fill"]),
        (Self::InvalidateNothing, &["stale_fill"]),
        (Self::InvalidateLeavesLeases, &["stale_fill"]),
        (Self::InvalidateLetsJoin, &["stale_fill"]),
        (Self::ClearTakesOthers, &["foreign_keys"]),
        (Self::NobodyIsTold, &["bounded_outage"]),
        (Self::NoFillingMark, &["stale_fill"]),
        (Self::GenerationIgnored, &["stale_fill"]),
        (Self::CanaryIgnored, &["stale_fill"]),
        (Self::IndexWrittenAfterFill, &["stale_fill"]),
        (Self::IndexLeavesLoads, &["stale_fill"]),
        (Self::IndexForgetsMembers, &["indexes"]),
        (Self::IndexKeepsMembers, &["indexes"]),
        (Self::IndexWithoutEnd, &["endings"]),
        (Self::TagReadAfterLoad, &["stale_fill"]),
        (Self::TagVersionRepeats, &["stale_fill"]),
        (Self::TagWithoutEnd, &["endings"]),
    ];

    /// Those that only locks with `quorum` can show, in a scenario of their own.
    pub const OF_A_QUORUM: [Self; 4] = [
        Self::MinorityDecides,
        Self::NewcomersCount,
        Self::FencesUnsettled,
        Self::HoldersOverlooked,
    ];

    /// What the server does for it.
    pub(super) fn sabotage(self) -> Sabotage {
        protocol::sabotage(self)
            .or_else(|| local::sabotage(self))
            .or_else(|| groups::sabotage(self))
            .or_else(|| quorum::sabotage(self))
            .unwrap_or_default()
    }
}
