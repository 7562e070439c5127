//! A key close at hand: enough of it to see that a call means it, in one place, so that the key itself need not be looked at.

use std::sync::Arc;

use super::parts::{KeyParts, SplitKey, are_equal};

/// So many bytes of arguments are looked at here; longer ones in the key.
const SHORT: usize = 11;

/// What a key is made of, seen by addresses where that will do: a function calls its namespace by the same text each time, and a
/// Larder has one scope for all calls.
#[derive(Debug, Clone)]
pub struct NearKey {
    prefix: Arc<[u8]>,
    namespace: &'static str,
    version: u32,
    arguments: Short,
}

/// The arguments, if they are short.
#[derive(Debug, Clone, Copy)]
struct Short {
    /// How many bytes they have, or one more than there is room for.
    length: u8,
    bytes: [u8; SHORT],
}

impl NearKey {
    /// The key with these parts.
    pub fn of(parts: &KeyParts<'_>) -> Self {
        Self {
            prefix: parts.scope.shared_prefix(),
            namespace: parts.namespace,
            version: parts.version,
            arguments: Short::of(parts.arguments),
        }
    }

    /// Whether these are the parts of this key, which is that one in full. Mostly nothing is to be compared but short arguments.
    #[inline]
    pub fn has<'key>(
        &self,
        parts: &KeyParts<'_>,
        in_full: impl FnOnce() -> &'key SplitKey,
    ) -> bool {
        if !self.is_seen_to_be_of(parts) {
            return in_full().has(parts);
        }
        match self.arguments.get() {
            Some(arguments) => are_equal(arguments, parts.arguments),
            None => in_full().has_arguments(parts),
        }
    }

    /// Whether scope, namespace and version are the same, as far as that shows without a look at their text. Another scope of the
    /// same name is not seen to be the same.
    #[inline]
    fn is_seen_to_be_of(&self, parts: &KeyParts<'_>) -> bool {
        self.version == parts.version
            && std::ptr::eq(self.namespace, parts.namespace)
            && parts.scope.shares(&self.prefix)
    }
}

impl Short {
    fn of(arguments: &[u8]) -> Self {
        let mut short = Self {
            length: SHORT as u8 + 1,
            bytes: [0; SHORT],
        };
        if let Some(bytes) = short.bytes.get_mut(..arguments.len()) {
            bytes.copy_from_slice(arguments);
            short.length = arguments.len() as u8;
        }
        short
    }

    #[inline]
    fn get(&self) -> Option<&[u8]> {
        self.bytes.get(..usize::from(self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Arguments, Scope};

    fn parts_of<T>(
        scope: &Scope,
        namespace: &'static str,
        argument: &str,
        look: impl FnOnce(&KeyParts<'_>, &SplitKey) -> T,
    ) -> T {
        let mut arguments = Arguments::new();
        arguments.writer().arg(argument);
        let key = SplitKey::new(scope.join(namespace, 1, &arguments).as_bytes());
        look(&KeyParts::new(scope, namespace, 1, &arguments), &key)
    }

    #[test]
    fn a_key_is_found_by_the_parts_it_was_made_of_and_by_others_that_are_called_the_same() {
        let scope = Scope::new("shop", None);
        let (clone, namesake) = (scope.clone(), Scope::new("shop", None));
        let other = Scope::new("shop", Some("acme"));
        for argument in [
            "7",
            "",
            "elevenbytes",
            "twelve-bytes",
            "more bytes than are looked at here",
        ] {
            let (near, key) = parts_of(&scope, "users", argument, |parts, key| {
                (NearKey::of(parts), key.clone())
            });
            let finds = |scope, namespace, argument| {
                parts_of(scope, namespace, argument, |parts, _| {
                    near.has(parts, || &key)
                })
            };
            assert!(finds(&scope, "users", argument));
            assert!(finds(&clone, "users", argument));
            assert!(finds(&namesake, "users", argument));
            assert!(!finds(&scope, "users", "8"));
            assert!(!finds(
                &scope,
                "users",
                "more bytes than are looked at there"
            ));
            assert!(!finds(&scope, "users", "elevenbyteS"));
            assert!(!finds(&scope, "teams", argument));
            assert!(!finds(&other, "users", argument));
        }
    }

    #[test]
    fn short_arguments_are_found_without_a_look_at_the_key() {
        let scope = Scope::new("shop", None);
        parts_of(&scope, "users", "7", |parts, _| {
            let near = NearKey::of(parts);
            assert!(near.has(parts, || panic!("a look at the key")));
        });
    }
}
