//! What entries have in common: values of indexes that list them, and tags that they carry.

use std::fmt;

use super::address::Address;

/// One value of one of the two indexes that the simulated caches may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// An index by something in the value, which changes with each version of it.
    Team(u8),
    /// An index by something that the caller knows.
    Floor(u8),
}

/// One of the tags that entries of all the simulated caches may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Floor(u8),
    /// Every entry carries it.
    Directory,
}

/// The name of the index by value.
pub(super) const TEAM: &str = "team";

/// The name of the index by caller.
pub(super) const FLOOR: &str = "floor";

/// How many teams there are, and how many floors.
const KINDS: u8 = 2;

impl Group {
    /// All of them.
    pub(super) const ALL: [Self; 4] =
        [Self::Team(0), Self::Team(1), Self::Floor(0), Self::Floor(1)];

    /// Whether this version of the entry belongs to it.
    pub(super) fn has(self, address: Address, version: u64) -> bool {
        match self {
            Self::Team(team) => team == team_of(version),
            Self::Floor(floor) => floor == floor_of(address),
        }
    }
}

impl Label {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Floor(0), Self::Floor(1), Self::Directory];

    /// Whether the entry carries it.
    pub(super) fn is_on(self, address: Address) -> bool {
        match self {
            Self::Floor(floor) => floor == floor_of(address),
            Self::Directory => true,
        }
    }
}

/// The team that a value of this version is of.
pub(super) fn team_of(version: u64) -> u8 {
    (version % u64::from(KINDS)) as u8
}

/// The floor on which an entry is.
pub(super) fn floor_of(address: Address) -> u8 {
    address.0 % KINDS
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Team(team) => write!(f, "{TEAM} {team}"),
            Self::Floor(floor) => write!(f, "{FLOOR} {floor}"),
        }
    }
}

/// As the tag is written.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Floor(floor) => write!(f, "{FLOOR}:{floor}"),
            Self::Directory => write!(f, "directory"),
        }
    }
}
