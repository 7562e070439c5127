//! The keys of secondary indexes, beside the entries that they list.

use super::Key;
use super::buffer::KeyBuffer;
use super::cache_key::KeyWriter;

/// One value of one index, as it stands in keys and envelopes.
///
/// ```
/// # use larder_runtime::key::IndexValue;
/// let value = IndexValue::new("team", |writer| writer.arg(&3));
/// assert_eq!((value.index(), value.value()), (b"team".as_slice(), b"3".as_slice()));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct IndexValue {
    bytes: Vec<u8>,
    /// Where the value begins behind the name of the index.
    split: usize,
}

/// The keys of the indexes of one namespace and version. The version of an entry is a number, so a
/// `@` in its place is apart from all entries.
///
/// ```
/// # use larder_runtime::key::{IndexValue, Scope};
/// let indexes = Scope::new("shop", None).indexes("users", 1);
/// let team = IndexValue::new("team", |writer| writer.arg(&3));
/// assert_eq!(indexes.set(&team).to_string(), "shop::users:@team:1:3");
/// assert_eq!(indexes.counter().to_string(), "shop::users:@:1:");
/// ```
#[derive(Clone)]
pub struct IndexKeys {
    /// `{app}:{tenant}:{namespace}:`
    prefix: KeyBuffer,
    version: u32,
}

/// What a key of a namespace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A value, an error that is remembered, or a lease.
    Entry,
    /// The members of one value of an index.
    IndexSet,
    /// How often an index of a version was invalidated.
    IndexCounter,
}

impl IndexValue {
    /// The value that `value` writes, of the index of this name.
    pub fn new(index: &str, value: impl FnOnce(&mut KeyWriter<'_>)) -> Self {
        let mut buffer = KeyBuffer::default();
        buffer.push_escaped(index);
        let split = buffer.len();
        value(&mut KeyWriter::new(&mut buffer));
        Self {
            bytes: buffer.as_slice().to_vec(),
            split,
        }
    }

    /// What [`index`](Self::index) and [`value`](Self::value) answered before.
    pub fn from_parts(index: &[u8], value: &[u8]) -> Self {
        Self {
            bytes: [index, value].concat(),
            split: index.len(),
        }
    }

    /// The name of the index, as it stands in keys.
    pub fn index(&self) -> &[u8] {
        self.bytes.get(..self.split).unwrap_or_default()
    }

    /// The value, as it stands in keys.
    pub fn value(&self) -> &[u8] {
        self.bytes.get(self.split..).unwrap_or_default()
    }
}

impl std::fmt::Debug for IndexValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        f.debug_tuple("IndexValue")
            .field(&text(self.index()))
            .field(&text(self.value()))
            .finish()
    }
}

impl IndexKeys {
    /// Of the namespace whose keys begin so.
    pub(super) fn new(prefix: KeyBuffer, version: u32) -> Self {
        Self { prefix, version }
    }

    /// The key of the set that lists the entries with this value.
    pub fn set(&self, value: &IndexValue) -> Key {
        self.key(value.index(), value.value())
    }

    /// The key that counts the invalidations by index: the one index without a name.
    pub fn counter(&self) -> Key {
        self.key(b"", b"")
    }

    /// The keys of the versions that an invalidation covers: this one, then the one before and the
    /// one after.
    pub fn covered_versions(&self) -> impl Iterator<Item = Self> {
        let neighbours = [self.version.checked_sub(1), self.version.checked_add(1)];
        let versions = std::iter::once(self.version).chain(neighbours.into_iter().flatten());
        versions.map(|version| Self::new(self.prefix.clone(), version))
    }

    /// The key of an entry of this namespace and version, if these bytes are one. Whoever can write
    /// to the server can list any key there is: what is not ours is not touched.
    pub fn entry(&self, bytes: &[u8]) -> Option<Key> {
        let mut buffer = self.prefix.clone();
        let digits = buffer.push_number(self.version);
        buffer.push(b':');
        let arguments = bytes.strip_prefix(buffer.as_slice())?;
        buffer.extend(arguments);
        Some(Key {
            buffer,
            version: self.version,
            digits,
        })
    }

    fn key(&self, index: &[u8], value: &[u8]) -> Key {
        let mut buffer = self.prefix.clone();
        buffer.push(b'@');
        buffer.extend(index);
        buffer.push(b':');
        let digits = buffer.push_number(self.version);
        buffer.push(b':');
        buffer.extend(value);
        Key {
            buffer,
            version: self.version,
            digits,
        }
    }
}

impl std::fmt::Debug for IndexKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("IndexKeys").field(&self.counter()).finish()
    }
}

impl KeyKind {
    /// What the key is whose bytes behind `{app}:{tenant}:{namespace}:` are these.
    pub(super) fn of(behind_namespace: &[u8]) -> Self {
        match behind_namespace {
            [b'@', b':', ..] => Self::IndexCounter,
            [b'@', ..] => Self::IndexSet,
            _ => Self::Entry,
        }
    }
}
