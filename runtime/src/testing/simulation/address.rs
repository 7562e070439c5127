//! Which entries there are.

use std::fmt;

use crate::key::KeyWriter;

/// One entry of the simulated caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address(pub(super) u8);

/// One of the simulated caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    Users,
    /// Begins with the other's name, so that clearing one could reach into the other.
    UsersOfTeams,
}

impl Namespace {
    /// All of them.
    pub(super) const ALL: [Self; 2] = [Self::Users, Self::UsersOfTeams];

    /// As keys have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::UsersOfTeams => "users*",
        }
    }
}

/// Arguments that would meet in one key if they were only put behind each other, or mean something
/// in a pattern.
const ADDRESSES: [(Namespace, &str, &str); 6] = [
    (Namespace::Users, "a", "b:c"),
    (Namespace::Users, "a:b", "c"),
    (Namespace::UsersOfTeams, "a", "b:c"),
    (Namespace::Users, "*", "%"),
    (Namespace::UsersOfTeams, "", ""),
    (Namespace::Users, "", "\\"),
];

impl Address {
    /// How many there can be.
    pub(super) const MOST: u8 = ADDRESSES.len() as u8;

    /// The first so many.
    pub(super) fn first(count: u8) -> impl Iterator<Item = Self> {
        (0..count.min(Self::MOST)).map(Self)
    }

    /// The cache that it is an entry of.
    pub(super) fn namespace(self) -> Namespace {
        self.parts().0
    }

    /// Writes the arguments of its call.
    pub(super) fn write(self, key: &mut KeyWriter<'_>) {
        let (_, first, second) = self.parts();
        key.arg(first);
        key.arg(second);
    }

    fn parts(self) -> (Namespace, &'static str, &'static str) {
        ADDRESSES[usize::from(self.0) % ADDRESSES.len()]
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (namespace, first, second) = self.parts();
        write!(f, "{}({first:?}, {second:?})", namespace.name())
    }
}
