//! Whose keys they are: the application and the tenant.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::Key;
use super::arguments::Arguments;
use super::buffer::{KeyBuffer, escaped};
use super::cache_key::KeyWriter;
use super::index::{IndexKeys, KeyKind};
use super::tag::{Tag, TagKey};
use crate::hash::QuickHash;

/// Makes the keys of one application and one tenant. Both are escaped once, here; clones are cheap.
#[derive(Clone)]
pub struct Scope {
    /// `{app}:{tenant}:`, and what sets the keys of one feature apart
    prefix: Arc<[u8]>,
    /// The prefix's, for tables of keys.
    hash: u64,
}

/// Keys of which versions of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// Of every version that there is or was.
    Any,
    /// Of this version.
    Exactly(u32),
}

/// A feature whose keys are apart from all others: a byte stands before the namespace that none can
/// begin with, since it is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Rate limits: `^`.
    Limits,
    /// Idempotent calls: `&`.
    Idempotency,
    /// Permits: `+`.
    Permits,
}

impl Feature {
    const fn mark(self) -> u8 {
        match self {
            Self::Limits => b'^',
            Self::Idempotency => b'&',
            Self::Permits => b'+',
        }
    }
}

impl Scope {
    /// The keys of this application and tenant. No tenant is not the same as a tenant whose name is
    /// empty.
    pub fn new(app: &str, tenant: Option<&str>) -> Self {
        let mut prefix = KeyBuffer::default();
        prefix.push_escaped(app);
        prefix.push(b':');
        if let Some(tenant) = tenant {
            prefix.push_escaped(tenant);
        }
        prefix.push(b':');
        Self::of_prefix(prefix.as_slice())
    }

    /// The scope of the same application's and tenant's typed stores, whose keys are apart from all
    /// others: a `=` stands before the namespace, which no namespace can begin with, since it is
    /// escaped.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// let stores = Scope::new("shop", Some("acme")).of_stores();
    /// let key = stores.key("carts", 1, |writer| writer.arg(&7));
    /// assert_eq!(key.to_string(), "shop:acme:=carts:1:7");
    /// ```
    #[must_use]
    pub fn of_stores(&self) -> Self {
        Self::of_prefix(&[&self.prefix, b"=".as_slice()].concat())
    }

    /// The key of one canary of a process: what it reads and sets to see whether the server tells
    /// of it. A `!` stands where the namespace would begin, which none can begin with either.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// assert_eq!(Scope::new("shop", None).canary(7, 1).to_string(), "shop::!canary:1:7:1");
    /// ```
    #[must_use]
    pub fn canary(&self, process: u64, number: u64) -> Key {
        let scope = Self::of_prefix(&[&self.prefix, b"!".as_slice()].concat());
        scope.key("canary", 1, |writer| {
            writer.arg(&process);
            writer.arg(&number);
        })
    }

    /// The key under which a server keeps since when it remembers what it is told.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// assert_eq!(Scope::new("shop", None).memory_of_servers().to_string(), "shop::!memory:1:");
    /// ```
    #[must_use]
    pub fn memory_of_servers(&self) -> Key {
        let scope = Self::of_prefix(&[&self.prefix, b"!".as_slice()].concat());
        scope.key("memory", 1, |_| {})
    }

    /// The scope of the same application's and tenant's rate limits, whose keys are apart from all
    /// others by a `^`.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// let limits = Scope::new("shop", None).of_limits();
    /// assert_eq!(limits.key("api", 1, |writer| writer.arg("ada")).to_string(), "shop::^api:1:ada");
    /// ```
    #[must_use]
    pub fn of_limits(&self) -> Self {
        Self::of_prefix(&[&self.prefix, b"^".as_slice()].concat())
    }

    /// The scope of the same application's and tenant's locks, whose keys are apart from all others
    /// by a `~`.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// let locks = Scope::new("shop", None).of_locks();
    /// assert_eq!(locks.key("orders", 1, |writer| writer.arg("7")).to_string(), "shop::~orders:1:7");
    /// ```
    #[must_use]
    pub fn of_locks(&self) -> Self {
        Self::of_prefix(&[&self.prefix, b"~".as_slice()].concat())
    }

    /// The key of a call, whose arguments are written by `arguments`.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// let scope = Scope::new("shop", Some("acme"));
    /// let key = scope.key("find", 1, |writer| {
    ///     writer.arg("a b");
    ///     writer.arg(&Some(3));
    /// });
    /// assert_eq!(key.to_string(), "shop:acme:find:1:a%20b:+3");
    /// ```
    pub fn key(
        &self,
        namespace: &str,
        version: u32,
        arguments: impl FnOnce(&mut KeyWriter<'_>),
    ) -> Key {
        let mut buffer = KeyBuffer::default();
        let digits = self.begin(&mut buffer, namespace, version);
        arguments(&mut KeyWriter::new(&mut buffer));
        Key {
            buffer,
            version,
            digits,
        }
    }

    /// The key of something that a feature keeps.
    ///
    /// ```
    /// # use larder_runtime::key::{Feature, Scope};
    /// let key = Scope::new("shop", None).key_of(Feature::Permits, "exports", |writer| writer.arg("ada"));
    /// assert_eq!(key.to_string(), "shop::+exports:1:ada");
    /// ```
    pub fn key_of(
        &self,
        feature: Feature,
        namespace: &str,
        arguments: impl FnOnce(&mut KeyWriter<'_>),
    ) -> Key {
        const VERSION: u32 = 1;
        let mut buffer = KeyBuffer::default();
        buffer.extend(&self.prefix);
        buffer.push(feature.mark());
        buffer.push_escaped(namespace);
        buffer.push(b':');
        let digits = buffer.push_number(VERSION);
        buffer.push(b':');
        arguments(&mut KeyWriter::new(&mut buffer));
        Key {
            buffer,
            version: VERSION,
            digits,
        }
    }

    /// The key of a call whose arguments were written before. It is the same key as if they were
    /// written now.
    pub fn join(&self, namespace: &str, version: u32, arguments: &Arguments) -> Key {
        let namespace = escaped(namespace);
        let mut number = itoa::Buffer::new();
        let number = number.format(version);
        let start = self.prefix.len() + namespace.len() + 1;
        Key {
            buffer: KeyBuffer::of_parts([
                &self.prefix,
                &namespace,
                b":",
                number.as_bytes(),
                b":",
                arguments.as_slice(),
            ]),
            version,
            digits: start..start + number.len(),
        }
    }

    /// The pattern for `SCAN … MATCH` that matches the keys of this namespace and no others: not
    /// those of a namespace whose name begins alike, nor those of another tenant or application. No
    /// part of it can be mistaken for a wildcard, since whatever means something in a pattern is
    /// escaped in keys.
    pub fn namespace_pattern(&self, namespace: &str, versions: Versions) -> Vec<u8> {
        let mut pattern = self.namespace(namespace);
        if let Versions::Exactly(version) = versions {
            pattern.push_number(version);
            pattern.push(b':');
        }
        pattern.push(b'*');
        pattern.as_slice().to_vec()
    }

    /// The keys of the indexes of a namespace in this version.
    pub fn indexes(&self, namespace: &str, version: u32) -> IndexKeys {
        IndexKeys::new(self.namespace(namespace), version)
    }

    /// What this key of the namespace is; `None` if it is of no version of this namespace.
    ///
    /// ```
    /// # use larder_runtime::key::{KeyKind, Scope};
    /// let scope = Scope::new("shop", None);
    /// assert_eq!(scope.kind("users", b"shop::users:1:7"), Some(KeyKind::Entry));
    /// assert_eq!(scope.kind("users", b"shop::users:@team:1:3"), Some(KeyKind::IndexSet));
    /// assert_eq!(scope.kind("users", b"shop::orders:1:7"), None);
    /// ```
    pub fn kind(&self, namespace: &str, key: &[u8]) -> Option<KeyKind> {
        let prefix = self.namespace(namespace);
        key.strip_prefix(prefix.as_slice()).map(KeyKind::of)
    }

    /// The key of a tag, which all functions of the application and tenant share.
    ///
    /// ```
    /// # use larder_runtime::key::{Scope, Tag};
    /// let key = Scope::new("shop", Some("acme")).tag_key(&Tag::new("user:7"));
    /// assert_eq!(key.as_bytes(), b"shop:acme:#:user%3A7");
    /// ```
    pub fn tag_key(&self, tag: &Tag) -> TagKey {
        TagKey::new(&self.prefix, tag)
    }

    /// The version and the arguments of a cached entry of this namespace; `None` for any other key.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// let scope = Scope::new("shop", None);
    /// assert_eq!(scope.split(b"shop::users:1:7", "users"), Some((1, b"7".as_slice())));
    /// assert_eq!(scope.split(b"shop::orders:1:7", "users"), None);
    /// ```
    pub fn split<'key>(&self, key: &'key [u8], namespace: &str) -> Option<(u32, &'key [u8])> {
        let rest = key.strip_prefix(self.namespace(namespace).as_slice())?;
        let colon = rest.iter().position(|byte| *byte == b':')?;
        let version = std::str::from_utf8(&rest[..colon]).ok()?.parse().ok()?;
        Some((version, &rest[colon + 1..]))
    }

    /// The key of what happens once in the whole fleet about another key: whoever sets it first
    /// does it.
    ///
    /// ```
    /// # use larder_runtime::key::Scope;
    /// let key = Scope::new("shop", None).claim("expired", b"shop::users:1:7");
    /// assert!(key.starts_with(b"shop::!expired:"));
    /// ```
    pub fn claim(&self, what: &str, about: &[u8]) -> Vec<u8> {
        let mut buffer = KeyBuffer::default();
        buffer.extend(&self.prefix);
        // No namespace begins with it, since it is escaped.
        buffer.push(b'!');
        buffer.push_escaped(what);
        buffer.push(b':');
        buffer.push_hexadecimal(&blake3::hash(about).as_bytes()[..16]);
        buffer.as_slice().to_vec()
    }

    /// `{app}:{tenant}:{namespace}:{version}:`, and where the digits of the version stand.
    /// What every key begins with.
    #[inline]
    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// A hash of what every key begins with.
    #[inline]
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// The prefix, as its clones share it.
    pub(super) fn shared_prefix(&self) -> Arc<[u8]> {
        Arc::clone(&self.prefix)
    }

    /// Whether it is a clone of the scope with this prefix: then they are the same, and no text is
    /// compared to see it.
    #[inline]
    pub(super) fn shares(&self, prefix: &Arc<[u8]>) -> bool {
        Arc::ptr_eq(&self.prefix, prefix)
    }

    /// The same of a key's beginning.
    pub(super) fn hash_of(prefix: &[u8]) -> u64 {
        let mut hasher = QuickHash::seeded(0).build_hasher();
        hasher.write(prefix);
        hasher.finish()
    }

    fn of_prefix(prefix: &[u8]) -> Self {
        Self {
            prefix: prefix.into(),
            hash: Self::hash_of(prefix),
        }
    }

    #[inline]
    fn begin(&self, buffer: &mut KeyBuffer, namespace: &str, version: u32) -> Range<usize> {
        self.write_namespace(buffer, namespace);
        let digits = buffer.push_number(version);
        buffer.push(b':');
        digits
    }

    /// `{app}:{tenant}:{namespace}:`
    fn namespace(&self, namespace: &str) -> KeyBuffer {
        let mut buffer = KeyBuffer::default();
        self.write_namespace(&mut buffer, namespace);
        buffer
    }

    #[inline]
    fn write_namespace(&self, buffer: &mut KeyBuffer, namespace: &str) {
        buffer.extend(&self.prefix);
        buffer.push_escaped(namespace);
        buffer.push(b':');
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = String::from_utf8_lossy(&self.prefix);
        f.debug_tuple("Scope").field(&prefix).finish()
    }
}
