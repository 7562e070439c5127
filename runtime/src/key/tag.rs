//! The keys of tags.

use std::fmt;

use super::Key;
use super::buffer::KeyBuffer;
use super::cache_key::CacheKey;
use super::cache_key::KeyWriter;

/// A tag's text longer than this many bytes, once escaped, is replaced by its digest.
const LONGEST_TAG: usize = 64;

/// A tag as it stands in keys and envelopes: its text, escaped, or a digest of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tag(Vec<u8>);

/// The key under which a tag has its version.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TagKey(Vec<u8>);

/// Writes the text of a tag: literal text, and values as `format!` would write them.
///
/// ```
/// # use larder_runtime::key::{Tag, TagWriter};
/// let written = Tag::written(|tag| {
///     tag.literal("user:");
///     tag.part("ann+x@example.org");
/// });
/// assert_eq!(written, Tag::new("user:ann+x@example.org"));
/// ```
pub struct TagWriter<'t>(&'t mut Vec<u8>);

impl Tag {
    /// The tag of this text.
    pub fn new(text: impl AsRef<[u8]>) -> Self {
        let text = text.as_ref();
        let mut buffer = KeyBuffer::default();
        buffer.push_escaped_bytes(text);
        if buffer.len() > LONGEST_TAG {
            buffer.truncate(0);
            buffer.push(b'#');
            buffer.push_hexadecimal(&blake3::hash(text).as_bytes()[..16]);
        }
        Self(buffer.as_slice().to_vec())
    }

    /// The tag whose text `write` writes.
    pub fn written(write: impl FnOnce(&mut TagWriter<'_>)) -> Self {
        let mut text = Vec::new();
        write(&mut TagWriter(&mut text));
        Self::new(text)
    }

    /// What [`as_bytes`](Self::as_bytes) answered before.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The tag as it stands in keys.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key of the tag in the application and tenant of this entry.
    pub fn beside(&self, entry: &Key) -> TagKey {
        let bytes = entry.as_bytes();
        TagKey::new(&bytes[..end_of_tenant(bytes)], self)
    }
}

/// Where `{app}:{tenant}:` ends. Neither of the two has a colon in it: it would be escaped.
fn end_of_tenant(key: &[u8]) -> usize {
    let colons = key.iter().enumerate().filter(|(_, byte)| **byte == b':');
    colons.map(|(place, _)| place + 1).nth(1).unwrap_or(0)
}

impl TagKey {
    /// The key of a tag behind `{app}:{tenant}:`. A `#` stands where a namespace would, and no
    /// namespace has one.
    pub(super) fn new(prefix: &[u8], tag: &Tag) -> Self {
        Self([prefix, b"#:", tag.as_bytes()].concat())
    }

    /// Whether these bytes are the key of a tag, of any application and tenant.
    pub fn is_one(key: &[u8]) -> bool {
        key[end_of_tenant(key)..].starts_with(b"#:")
    }

    /// The key as the server sees it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TagWriter<'_> {
    /// Writes text as it is.
    pub fn literal(&mut self, text: &str) {
        self.0.extend(text.as_bytes());
    }

    /// Writes a value. Text, numbers, characters, truth values and UUIDs stand as `format!` would
    /// write them; whatever has parts, as it stands in keys.
    pub fn part<T: CacheKey + ?Sized>(&mut self, value: &T) {
        let mut buffer = KeyBuffer::default();
        value.write_key(&mut KeyWriter::new(&mut buffer));
        unescape(buffer.as_slice(), self.0);
    }
}

/// Undoes the escaping of keys. Two values that become the same text share a tag, and are
/// invalidated together.
fn unescape(mut bytes: &[u8], into: &mut Vec<u8>) {
    while let [first, rest @ ..] = bytes {
        bytes = rest;
        if *first != b'%' {
            into.push(*first);
            continue;
        }
        // A lone `%` is an empty text.
        if let [high, low, rest @ ..] = bytes
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            into.push(high << 4 | low);
            bytes = rest;
        }
    }
}

fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'A'..=b'F' => Some(letter - b'A' + 10),
        _ => None,
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tag")
            .field(&String::from_utf8_lossy(&self.0))
            .finish()
    }
}

impl AsRef<[u8]> for TagKey {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TagKey")
            .field(&String::from_utf8_lossy(&self.0))
            .finish()
    }
}

impl fmt::Debug for TagWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagWriter")
    }
}
