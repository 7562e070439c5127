//! Keys that are looked for by their parts. Joining them takes longer than finding what they are
//! of.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::arguments::Arguments;
use super::buffer::stands_for_itself;
use super::scope::Scope;

/// The key of a call, not joined: enough to find it in a table of [`SplitKey`]s.
#[derive(Debug, Clone, Copy)]
pub struct KeyParts<'k> {
    pub(super) scope: &'k Scope,
    pub(super) namespace: &'static str,
    pub(super) version: u32,
    pub(super) arguments: &'k [u8],
}

/// The bytes of a joined key, as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinedKey<'k>(pub &'k [u8]);

/// A joined key in a table, which is found by its bytes and by its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitKey {
    bytes: Box<[u8]>,
    /// `None` if it can be found by its bytes only.
    split: Option<Split>,
}

/// Where the parts of a key stand.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Split {
    namespace: Range<usize>,
    version: u32,
    arguments: usize,
}

impl<'k> KeyParts<'k> {
    /// The parts of the key with these arguments.
    #[inline]
    pub fn new(
        scope: &'k Scope,
        namespace: &'static str,
        version: u32,
        arguments: &'k Arguments,
    ) -> Self {
        Self {
            scope,
            namespace,
            version,
            arguments: arguments.as_slice(),
        }
    }
}

impl JoinedKey<'_> {
    /// Whether these are the bytes of that key.
    pub fn is(&self, key: &SplitKey) -> bool {
        *self.0 == *key.bytes
    }
}

impl SplitKey {
    /// The key with these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.into(),
            split: Split::of(bytes),
        }
    }

    /// Whether these are the parts of this key.
    #[inline]
    pub fn has(&self, parts: &KeyParts<'_>) -> bool {
        let Some(split) = &self.split else {
            return false;
        };
        // Between the parts stand colons, which no part holds, and the digits of the version, which
        // is compared as a number.
        parts.version == split.version
            && are_equal(parts.arguments, &self.bytes[split.arguments..])
            && are_equal(
                parts.namespace.as_bytes(),
                &self.bytes[split.namespace.clone()],
            )
            && are_equal(parts.scope.prefix(), &self.bytes[..split.namespace.start])
    }
}

impl Split {
    /// Finds the parts: behind application and tenant the namespace, the version, the arguments. A
    /// namespace that had to be escaped is not as its function writes it, and what is not written
    /// as a key is has no parts.
    fn of(key: &[u8]) -> Option<Self> {
        let mut colons = key
            .iter()
            .enumerate()
            .filter_map(|(at, byte)| (*byte == b':').then_some(at));
        let start = colons.nth(1)? + 1;
        let (end, arguments) = (colons.next()?, colons.next()? + 1);
        let digits = std::str::from_utf8(&key[end + 1..arguments - 1]).ok()?;
        let is_plain = key[start..end].iter().copied().all(stands_for_itself);
        let version: u32 = digits.parse().ok()?;
        (is_plain && digits == version.to_string()).then_some(Self {
            namespace: start..end,
            version,
            arguments,
        })
    }
}

/// Whether these are the same bytes. Parts of keys are short: comparing them takes less time than a
/// call to what compares long ones.
#[inline]
fn are_equal(one: &[u8], other: &[u8]) -> bool {
    let (Some(one_end), Some(other_end)) = (one.last_chunk::<8>(), other.last_chunk::<8>()) else {
        return one.len() == other.len() && one.iter().eq(other);
    };
    let mut words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    one.len() == other.len() && one_end == other_end && words.all(|(one, other)| one == other)
}

/// The same, whether a key is joined or not.
#[inline(always)]
#[allow(clippy::inline_always, reason = "the hash stays in registers")]
fn hash_parts<H: Hasher>(
    prefix: u64,
    namespace: &[u8],
    version: u32,
    arguments: &[u8],
    state: &mut H,
) {
    // Few namespaces begin and end alike, and those that do are told apart by comparing.
    let ends = match (namespace.first_chunk::<8>(), namespace.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(17)
        }
        _ => namespace
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    state.write_u64(prefix ^ ends ^ u64::from(version).rotate_left(40));
    state.write(arguments);
}

impl Hash for KeyParts<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let namespace = self.namespace.as_bytes();
        hash_parts(
            self.scope.hash(),
            namespace,
            self.version,
            self.arguments,
            state,
        );
    }
}

impl Hash for JoinedKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match Split::of(self.0) {
            None => state.write(self.0),
            Some(Split {
                namespace,
                version,
                arguments,
            }) => {
                let prefix = Scope::hash_of(&self.0[..namespace.start]);
                hash_parts(
                    prefix,
                    &self.0[namespace],
                    version,
                    &self.0[arguments..],
                    state,
                );
            }
        }
    }
}

impl Hash for SplitKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        JoinedKey(&self.bytes).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;
    use crate::hash::QuickHash;

    /// The key of a call in parts and joined, each with its hash.
    fn both<T>(
        scope: &Scope,
        namespace: &'static str,
        argument: &str,
        look: impl FnOnce(&KeyParts<'_>, u64, &SplitKey, u64) -> T,
    ) -> T {
        let mut arguments = Arguments::new();
        arguments.writer().arg(argument);
        let key = scope.join(namespace, 1, &arguments);
        let parts = KeyParts::new(scope, namespace, 1, &arguments);
        let split = SplitKey::new(key.as_bytes());
        let hash = QuickHash::seeded(7);
        look(&parts, hash.hash_one(parts), &split, hash.hash_one(&split))
    }

    #[test]
    fn a_key_is_found_by_its_parts_and_by_its_bytes() {
        for tenant in [None, Some("acme"), Some("a:b")] {
            let scope = Scope::new("shop", tenant);
            for argument in [
                "",
                "7",
                "a b",
                "x:y",
                "a long text of more than sixty-four bytes, which is replaced by its digest",
            ] {
                both(
                    &scope,
                    "users",
                    argument,
                    |parts, by_parts, key, by_bytes| {
                        assert!(key.has(parts));
                        assert_eq!(by_parts, by_bytes);
                        let joined = JoinedKey(&key.bytes);
                        assert!(joined.is(key));
                        assert_eq!(QuickHash::seeded(7).hash_one(joined), by_bytes);
                    },
                );
            }
        }
    }

    #[test]
    fn a_namespace_that_looks_escaped_is_not_the_one_that_it_looks_like() {
        let scope = Scope::new("shop", None);
        let of = |namespace| both(&scope, namespace, "7", |_, _, key, _| key.clone());
        let escaped = of("a:b");
        both(&scope, "a%3Ab", "7", |parts, _, own, _| {
            assert!(!escaped.has(parts));
            assert!(!own.has(parts), "it is found by its bytes");
        });
    }

    #[test]
    fn other_parts_are_of_other_keys() {
        let scope = Scope::new("shop", None);
        let key = both(&scope, "users", "7", |_, _, key, _| key.clone());
        let other = Scope::new("shop", Some("acme"));
        for (scope, namespace, argument) in [
            (&other, "users", "7"),
            (&scope, "teams", "7"),
            (&scope, "users", "77"),
        ] {
            both(scope, namespace, argument, |parts, _, _, _| {
                assert!(!key.has(parts));
            });
        }
        let arguments = Arguments::new();
        assert!(!key.has(&KeyParts::new(&scope, "users", 2, &arguments)));
    }

    #[test]
    fn what_is_no_key_of_a_call_is_found_by_its_bytes() {
        for bytes in [
            &b""[..],
            b"users",
            b"shop::users",
            b"shop::users:01:7",
            b"shop::@team:x:3",
        ] {
            let key = SplitKey::new(bytes);
            assert_eq!(key.split, None, "{bytes:?}");
            assert!(JoinedKey(bytes).is(&key));
        }
    }
}
