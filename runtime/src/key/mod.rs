//! Keys: the one place that joins their parts.
//!
//! A key is `{app}:{tenant}:{namespace}:{version}:{arguments}`. Every part is escaped, so that two
//! different calls never meet in one key, whatever bytes their arguments hold. What a key looks
//! like:
//!
//! | call | key |
//! |---|---|
//! | `user(7)` | `shop::users:1:7` |
//! | the same for tenant `acme` | `shop:acme:users:1:7` |
//! | `find("a b", Some(3))` | `shop::find:1:a%20b:+3` |
//! | `list(["x", "y"])` | `shop::list:1:[x,y,]` |
//! | the value 7 of a typed store | `shop::=carts:1:7` |
//! | the rate limit `api` of ada | `shop::^api:1:ada` |
//! | the idempotent call `7f3a` of `payments` | `shop::&payments:1:7f3a` |
//! | the permits `exports` of ada | `shop::+exports:1:ada` |
//! | the lock of order 7 | `shop::~orders:1:7` |
//! | a long argument | `shop::find:1:#0b8d…` (32 digits of its BLAKE3 digest) |
//! | the users of team 3, by the index `team` | `shop::users:@team:1:3` |
//! | how often an index of `users` was invalidated | `shop::users:@:1:` |
//! | the version of the tag `user:7` | `shop::#:user%3A7` |
//!
//! The encoding is part of what two builds have to agree on: a change of it is a change of format
//! (`docs/decisions/0001-key-encoding.md`).

mod arguments;
mod brief;
mod buffer;
mod cache_key;
mod index;
mod near;
mod parts;
mod scope;
mod tag;
mod values;
mod writer;

#[cfg(test)]
mod tests;

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

pub use arguments::{Arguments, BriefArguments};
pub use brief::Brief;
pub use cache_key::{CacheKey, Items, KeyWriter};
pub use index::{IndexKeys, IndexValue, KeyKind};
pub use near::{BriefKey, NearKey};
pub use parts::{JoinedKey, KeyParts, SplitKey};
pub use scope::{Feature, Scope, Versions};
pub use tag::{Tag, TagKey, TagWriter};

use buffer::KeyBuffer;
pub(crate) use buffer::unescape;

/// A finished key.
///
/// Keys of usual length live on the stack. Two keys are equal if their bytes are.
#[derive(Clone)]
pub struct Key {
    buffer: KeyBuffer,
    version: u32,
    /// Where the digits of the version stand.
    digits: Range<usize>,
}

impl Key {
    /// The key as the server sees it.
    pub fn as_bytes(&self) -> &[u8] {
        self.buffer.as_slice()
    }

    /// The key of a call whose arguments stand behind what is in this one: so that whoever has many
    /// keys of one namespace writes what they begin with once.
    #[inline]
    pub(crate) fn followed_by(&self, arguments: impl FnOnce(&mut KeyWriter<'_>)) -> Self {
        let mut buffer = KeyBuffer::default();
        buffer.extend(self.as_bytes());
        arguments(&mut KeyWriter::new(&mut buffer));
        Self {
            buffer,
            version: self.version,
            digits: self.digits.clone(),
        }
    }

    /// The key of something that belongs to this one and lives in the same slot of a cluster, for
    /// scripts that change both.
    #[must_use]
    pub fn beside(&self, what: &str) -> Vec<u8> {
        [b"{", self.as_bytes(), b"}:", what.as_bytes()].concat()
    }

    /// The version that stands in the key.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The key of the same call under another version.
    #[must_use]
    pub fn with_version(&self, version: u32) -> Self {
        let bytes = self.as_bytes();
        let mut buffer = KeyBuffer::default();
        buffer.extend(&bytes[..self.digits.start]);
        let digits = buffer.push_number(version);
        buffer.extend(&bytes[self.digits.end..]);
        Self {
            buffer,
            version,
            digits,
        }
    }

    /// The keys that an invalidation covers: this one, then those of the version before and the
    /// version after, so that two builds can run side by side during a deploy.
    pub fn covered_versions(&self) -> impl Iterator<Item = Self> {
        let neighbours = [self.version.checked_sub(1), self.version.checked_add(1)];
        let neighbours = neighbours.into_iter().flatten();
        std::iter::once(self.clone()).chain(neighbours.map(|version| self.with_version(version)))
    }

    /// The pattern that matches this key and all others of its namespace, of every version.
    ///
    /// ```
    /// # use larder_runtime::key::{Scope, Versions};
    /// let scope = Scope::new("shop", None);
    /// let key = scope.key("users", 1, |writer| writer.arg(&7));
    /// assert_eq!(key.namespace_pattern(), scope.namespace_pattern("users", Versions::Any));
    /// ```
    pub fn namespace_pattern(&self) -> Vec<u8> {
        let namespace = &self.as_bytes()[..self.digits.start];
        [namespace, b"*"].concat()
    }

    /// The keys of the indexes of this entry's namespace and version.
    pub fn indexes(&self) -> IndexKeys {
        let mut prefix = KeyBuffer::default();
        prefix.extend(&self.as_bytes()[..self.digits.start]);
        IndexKeys::new(prefix, self.version)
    }

    /// The key as text. Keys are ASCII, save where a template has other text of its own.
    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.text()).finish()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}
