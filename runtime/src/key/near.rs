//! A key close at hand: enough of it to see that a call means it, in one place, so that the key
//! itself need not be looked at.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use super::arguments::BriefArguments;
use super::brief::Brief;
use super::parts::{KeyParts, SplitKey};
use super::scope::Scope;
use crate::hash::QuickHash;

/// The key of a call that is looked for close at hand, where its text is seldom needed.
#[derive(Debug)]
pub struct BriefKey<'k> {
    scope: &'k Scope,
    namespace: &'static str,
    version: u32,
    arguments: &'k mut BriefArguments,
}

/// What a key is made of, seen by addresses where that will do: a function calls its namespace by
/// the same text each time, and a Larder has one scope for all calls.
#[derive(Debug, Clone)]
pub struct NearKey {
    prefix: Arc<[u8]>,
    namespace: &'static str,
    version: u32,
    // Those of a `Brief`, which leaves no hole here.
    shape: u32,
    words: [u64; 2],
}

impl<'k> BriefKey<'k> {
    /// The key with these arguments.
    #[inline]
    pub fn new(
        scope: &'k Scope,
        namespace: &'static str,
        version: u32,
        arguments: &'k mut BriefArguments,
    ) -> Self {
        arguments.settle();
        Self {
            scope,
            namespace,
            version,
            arguments,
        }
    }

    /// Its parts, by which everybody finds it.
    pub fn parts(&mut self) -> KeyParts<'_> {
        let arguments = self.arguments.written();
        KeyParts::new(self.scope, self.namespace, self.version, arguments)
    }

    /// Whether it is that one.
    #[cold]
    fn is(&mut self, key: &SplitKey) -> bool {
        key.has(&self.parts())
    }

    /// A hash for what is close at hand. A namespace counts by its address, so it is another one at
    /// each start of the program.
    #[inline]
    pub(crate) fn hash(&self, hash: &QuickHash) -> u64 {
        let Brief { words, shape, .. } = self.arguments.brief();
        let namespace = self.namespace.as_ptr().addr() as u64;
        let kind = u64::from(*shape) << 32 | u64::from(self.version);
        let mut hasher = hash.build_hasher();
        hasher.write_u64(self.scope.hash() ^ namespace.rotate_left(32) ^ words[0]);
        hasher.write_u64(words[1] ^ kind);
        hasher.finish()
    }
}

impl NearKey {
    /// The same key, to be found again.
    pub fn of(key: &BriefKey<'_>) -> Self {
        let brief = key.arguments.brief();
        Self {
            prefix: key.scope.shared_prefix(),
            namespace: key.namespace,
            version: key.version,
            shape: brief.shape,
            words: brief.words,
        }
    }

    /// Whether a call means this key, which is that one in full. Mostly nothing is to be compared
    /// but addresses and a few words.
    #[inline]
    pub fn is<'key>(
        &self,
        key: &mut BriefKey<'_>,
        in_full: impl FnOnce() -> &'key SplitKey,
    ) -> bool {
        let brief = key.arguments.brief();
        let is_long = brief.is_long();
        brief.is(&self.words, self.shape)
            && self.version == key.version
            && std::ptr::eq(self.namespace, key.namespace)
            && (key.scope.shares(&self.prefix) || *key.scope.prefix() == *self.prefix)
            && (!is_long || key.is(in_full()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyWriter;

    fn with_key<T>(
        scope: &Scope,
        namespace: &'static str,
        write: &dyn Fn(&mut KeyWriter<'_>),
        look: impl FnOnce(&mut BriefKey<'_>) -> T,
    ) -> T {
        let mut arguments = BriefArguments::new();
        write(&mut arguments.writer());
        look(&mut BriefKey::new(scope, namespace, 1, &mut arguments))
    }

    #[test]
    fn a_key_is_found_by_what_it_was_made_of_and_by_scopes_that_are_called_the_same() {
        let scope = Scope::new("shop", None);
        let (clone, namesake) = (scope.clone(), Scope::new("shop", None));
        let other = Scope::new("shop", Some("acme"));
        let hash = QuickHash::seeded(7);
        let arguments: &[&dyn Fn(&mut KeyWriter<'_>)] = &[
            &|_| {},
            &|key| key.arg(&7),
            &|key| key.arg(&8),
            &|key| key.arg(&-7),
            &|key| key.arg(""),
            &|key| key.arg("sixteen bytes of"),
            &|key| key.arg("sixteen bytes or"),
            &|key| key.arg("sixteem bytes of"),
            &|key| key.arg("more bytes than have room in brief"),
            &|key| key.arg(&"more bytes than have room in brief".repeat(2)),
            &|key| key.arg(&Some(7)),
            &|key| key.part(&7),
            &|key| {
                key.arg(&7);
                key.arg("a");
            },
        ];
        for (at, write) in arguments.iter().enumerate() {
            let (near, key, of_near) = with_key(&scope, "users", write, |key| {
                let near = NearKey::of(key);
                let text = key.arguments.written().clone();
                let split = SplitKey::new(scope.join("users", 1, &text).as_bytes());
                (near, split, key.hash(&hash))
            });
            let finds = |scope, namespace, write| {
                with_key(scope, namespace, write, |call| {
                    let is_found = near.is(call, || &key);
                    assert!(!is_found || call.hash(&hash) == of_near);
                    is_found
                })
            };
            assert!(finds(&scope, "users", *write));
            assert!(finds(&clone, "users", *write));
            assert!(finds(&namesake, "users", *write));
            assert!(!finds(&other, "users", *write));
            assert!(!finds(&scope, "teams", *write));
            assert!(!finds(&scope, "user", *write));
            for (other, write) in arguments.iter().enumerate() {
                assert_eq!(finds(&scope, "users", *write), at == other);
            }
        }
    }

    #[test]
    fn another_version_is_another_key() {
        let scope = Scope::new("shop", None);
        with_key(&scope, "users", &|key| key.arg(&7), |key| {
            let near = NearKey::of(key);
            key.version = 2;
            assert!(!near.is(key, || panic!("a look at the key")));
        });
    }

    #[test]
    fn long_arguments_are_compared_in_full() {
        let scope = Scope::new("shop", None);
        let text = "more bytes than have room in brief";
        let (near, mut another) = with_key(&scope, "users", &|key| key.arg(text), |key| {
            (NearKey::of(key), *key.arguments.brief())
        });
        let key = SplitKey::new(format!("shop::users:1:{}", text.to_uppercase()).as_bytes());
        another = with_key(&scope, "users", &|key| key.arg("other"), |_| another);
        let mut arguments = BriefArguments::new();
        arguments.writer().arg(text);
        let mut call = BriefKey::new(&scope, "users", 1, &mut arguments);
        assert_eq!(*call.arguments.brief(), another);
        assert!(
            !near.is(&mut call, || &key),
            "their hashes are equal, and they are not"
        );
    }

    #[test]
    fn what_is_in_brief_is_found_without_a_look_at_the_key() {
        let scope = Scope::new("shop", None);
        with_key(&scope, "users", &|key| key.arg(&7), |key| {
            let near = NearKey::of(key);
            assert!(near.is(key, || panic!("a look at the key")));
        });
    }
}
