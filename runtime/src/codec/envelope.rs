//! What stands around a stored value. The only file that knows the layout of the bytes.
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 2 | magic, `C1 4C` (no text and no MessagePack begins with `C1`) |
//! | 2 | 1 | format version, 1 |
//! | 3 | 1 | kind: 1 value, 2 negative, 3 lease |
//! | 4 | 1 | codec, see [`Codec::id`]; 0 in a lease |
//! | 5 | 1 | flags: bit 0 compressed, bit 1 encrypted, bit 2 indexes, bit 3 tags, bit 4 refresh lease |
//! | 6 | 8 | schema fingerprint, 0 if there is none |
//! | 14 | 8 | key check: the XXH3 hash, 64 bits with seed 0, of the whole key |
//! | 22 | 8 | stored at, milliseconds since the Unix epoch by the server's clock |
//! | 30 | 8 | fresh until, likewise, 0 if it does not become stale |
//! | 38 | 4 | how long the load took, in microseconds, at most 2³²−1 |
//! | 42 | 16 | the token of the load |
//! | 58 | 4 | CRC-32 of everything else |
//! | 62 | 24 | with bit 4: the lease of a refresh, outside the checksum, since scripts write it in place (`docs/decisions/0007`) |
//! | then | | with bit 2: the section of the indexes, see [`sections`](Sections) |
//! | then | | with bit 3: the section of the tags, likewise |
//! | then | | payload |
//!
//! This release writes neither bit 0 nor bit 1, and reads nothing that has one of them or an
//! unknown one set. A lease has no flags and no sections.
//!
//! Numbers have their highest byte first. Whatever cannot be read is a miss. A new format gets a
//! new version and a reader of its own beside this one; the files in `tests/golden/format-1` keep
//! this one as it is.

use std::fmt;
use std::time::Duration;

use super::Codec;
use crate::error::Result;

mod refresh_lease;
mod sections;

pub use refresh_lease::RefreshLease;
pub use sections::{Sections, SectionsBuffer, TooLong};

const MAGIC: [u8; 2] = [0xC1, b'L'];
const VERSION: u8 = 1;
const VALUE: u8 = 1;
const NEGATIVE: u8 = 2;
const LEASE: u8 = 3;
const INDEXES: u8 = 1 << 2;
const TAGS: u8 = 1 << 3;
const REFRESH: u8 = 1 << 4;
/// Stands in the place of the checksum until the envelope is finished.
const NO_CHECKSUM: [u8; 4] = [0; 4];
/// Where the flags stand.
const FLAGS: usize = 5;
/// Where the token stands, in a value and in a lease alike. A script that knows the place can tell
/// one load from all others.
pub const TOKEN: usize = 42;
/// Where the token of a refresh stands in what has a place for one.
pub const REFRESH_TOKEN: usize = BODY;
/// Where the checksum stands, which is the end of what comes before it.
const CHECKSUM: usize = 58;
/// Where the sections begin, or the payload if there are none.
const BODY: usize = CHECKSUM + 4;
/// Room for a small value, so that writing one allocates once.
const USUAL_BODY: usize = 256 - BODY;

/// What is known of a stored value beside the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the payload is encoded with.
    pub codec: Codec,
    /// The [`Schema`](super::schema::Schema) of the payload, 0 if it has none.
    pub fingerprint: u64,
    /// When it was stored: milliseconds since the Unix epoch, by the server's clock.
    pub stored_at: u64,
    /// Until when it is fresh, likewise. A stale value may still be served where the user allowed
    /// it. `None` if it does not become stale.
    pub fresh_until: Option<u64>,
    /// How long the load took; kept in whole microseconds and up to 71 minutes.
    pub cost: Duration,
    /// The load that it came from.
    pub token: Token,
}

/// A number that no other load has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Token([u8; 16]);

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelope<'a> {
    /// A value.
    Value {
        /// What is known of it.
        header: Header,
        /// What it belongs to.
        sections: Sections<'a>,
        /// The encoded value.
        payload: &'a [u8],
    },
    /// That there is no value.
    Negative {
        /// What is known of it.
        header: Header,
        /// What it belongs to.
        sections: Sections<'a>,
        /// The encoded error, or nothing if there was none: the load found nothing.
        payload: &'a [u8],
    },
    /// That somebody is loading the value.
    Lease {
        /// Who.
        token: Token,
    },
}

/// What a reader can read. Whatever is stored otherwise was stored by another build and is a miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// The codec that this build uses for the key.
    pub codec: Codec,
    /// The fingerprint of the type that this build has for the key; 0 if it has none, which is not
    /// checked where the codec writes the names of fields.
    pub fingerprint: u64,
    /// The largest envelope that is looked at, in bytes.
    pub max_bytes: usize,
}

/// Why what a key holds could not be read. Each is a miss, and each is counted for itself.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreadable {
    /// Larger than is allowed.
    TooLarge,
    /// Not written by Larder.
    Foreign,
    /// Of this format version, which the build does not know.
    Version(u8),
    /// Ends before its header does.
    Truncated,
    /// Changed since it was written.
    Corrupt,
    /// Written for another key.
    OtherKey,
    /// Compressed or encrypted, or something that this build does not know.
    Flags,
    /// Neither value nor negative nor lease, or a lease that holds more than a lease does.
    Kind,
    /// Encoded by another codec.
    Codec,
    /// Of another shape of the type.
    Fingerprint,
}

/// The envelope of a value. `payload` appends the encoded value to the buffer, which is not copied
/// any more.
///
/// # Errors
/// Those of `payload`.
pub fn write_value(
    key: &[u8],
    header: &Header,
    sections: Sections<'_>,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<Vec<u8>> {
    write(VALUE, key, header, sections, payload)
}

/// The envelope that says that there is no value: that nothing was found if `payload` appends
/// nothing, else that the load failed with the error that it appends.
///
/// # Errors
/// Those of `payload`.
pub fn write_negative(
    key: &[u8],
    header: &Header,
    sections: Sections<'_>,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<Vec<u8>> {
    write(NEGATIVE, key, header, sections, payload)
}

/// The envelope that says that the load of this token is under way. For one key and one token it is
/// always the same bytes, so a script knows the lease by comparing the whole of it.
pub fn write_lease(key: &[u8], token: Token) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BODY);
    let fields = Fields {
        kind: LEASE,
        key_check: key_check(key),
        token,
        ..Fields::default()
    };
    fields.append_to(&mut bytes);
    seal(&mut bytes);
    bytes
}

/// Reads what is stored under `key`.
///
/// # Errors
/// [`Unreadable`] says why this is a miss.
pub fn read<'a>(
    bytes: &'a [u8],
    key: &[u8],
    expected: Expectation,
) -> Result<Envelope<'a>, Unreadable> {
    if bytes.len() > expected.max_bytes {
        return Err(Unreadable::TooLarge);
    }
    let (fields, mut payload) = unseal(bytes)?;
    if fields.key_check != key_check(key) {
        return Err(Unreadable::OtherKey);
    }
    let sections = fields.sections(&mut payload)?;
    match fields.kind {
        VALUE => fields.header(expected).map(|header| Envelope::Value {
            header,
            sections,
            payload,
        }),
        NEGATIVE => fields.header(expected).map(|header| Envelope::Negative {
            header,
            sections,
            payload,
        }),
        // Whoever holds a lease compares all of its bytes: one that holds anything else is
        // nobody's.
        LEASE if bytes == write_lease(key, fields.token) => Ok(Envelope::Lease {
            token: fields.token,
        }),
        _ => Err(Unreadable::Kind),
    }
}

/// The token of the lease that is stored under `key`, if it is one.
pub fn lease_token(bytes: &[u8], key: &[u8]) -> Option<Token> {
    // Asked of every value that is read: a look at one byte is enough for most.
    if bytes.get(MAGIC.len() + 1) != Some(&LEASE) {
        return None;
    }
    let (fields, _) = unseal(bytes).ok()?;
    (bytes == write_lease(key, fields.token)).then_some(fields.token)
}

/// The payload of an envelope that this process has just written.
pub fn payload(envelope: &[u8]) -> &[u8] {
    let mut rest = envelope.get(BODY..).unwrap_or_default();
    let flags = envelope.get(FLAGS).copied().unwrap_or_default();
    match sections(flags, &mut rest) {
        Ok(_) => rest,
        Err(_) => &[],
    }
}

/// The load that stored what stands under `key`, and what it belongs to, whatever its codec and its
/// shape; `None` for a lease and for what cannot be read.
pub fn belongings<'a>(bytes: &'a [u8], key: &[u8]) -> Option<(Token, Sections<'a>)> {
    let (fields, mut rest) = unseal(bytes).ok()?;
    let is_entry = fields.kind == VALUE || fields.kind == NEGATIVE;
    if !is_entry || fields.key_check != key_check(key) {
        return None;
    }
    Some((fields.token, fields.sections(&mut rest).ok()?))
}

/// Whether what was stored has a place for the lease of a refresh, so that it may stand there
/// longer than it is fresh. One look at one byte.
pub fn is_refreshable(bytes: &[u8]) -> bool {
    bytes.get(FLAGS).is_some_and(|flags| flags & REFRESH != 0)
}

/// Whether what was stored has tags, so that it may have been invalidated without being touched.
/// One look at one byte: it is asked of every value that is read.
pub fn has_tags(bytes: &[u8]) -> bool {
    bytes.get(FLAGS).is_some_and(|flags| flags & TAGS != 0)
}

fn flags(sections: Sections<'_>) -> u8 {
    let mut flags = 0;
    if sections.has_indexes() {
        flags |= INDEXES;
    }
    if sections.has_tags() {
        flags |= TAGS;
    }
    if sections.refresh_lease().is_some() {
        flags |= REFRESH;
    }
    flags
}

/// Reads the sections that the flags promise, and leaves the payload.
fn sections<'a>(flags: u8, bytes: &mut &'a [u8]) -> Result<Sections<'a>, Unreadable> {
    if flags & !(INDEXES | TAGS | REFRESH) != 0 {
        return Err(Unreadable::Flags);
    }
    Sections::read_from(flags, bytes)
}

fn write(
    kind: u8,
    key: &[u8],
    header: &Header,
    sections: Sections<'_>,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(BODY + USUAL_BODY + sections.len());
    let fields = Fields {
        kind,
        codec: header.codec.id(),
        flags: flags(sections),
        fingerprint: header.fingerprint,
        key_check: key_check(key),
        stored_at: header.stored_at,
        fresh_until: header.fresh_until.unwrap_or(0),
        cost: u32::try_from(header.cost.as_micros()).unwrap_or(u32::MAX),
        token: header.token,
    };
    fields.append_to(&mut bytes);
    sections.append_to(&mut bytes);
    payload(&mut bytes)?;
    seal(&mut bytes);
    Ok(bytes)
}

/// The header as it is laid out, without magic and version before it and the checksum behind it.
#[derive(Clone, Copy, Default)]
struct Fields {
    kind: u8,
    codec: u8,
    flags: u8,
    fingerprint: u64,
    key_check: [u8; 8],
    stored_at: u64,
    fresh_until: u64,
    cost: u32,
    token: Token,
}

impl Fields {
    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend(MAGIC);
        bytes.extend([VERSION, self.kind, self.codec, self.flags]);
        bytes.extend(self.fingerprint.to_be_bytes());
        bytes.extend(self.key_check);
        bytes.extend(self.stored_at.to_be_bytes());
        bytes.extend(self.fresh_until.to_be_bytes());
        bytes.extend(self.cost.to_be_bytes());
        bytes.extend(self.token.0);
        bytes.extend(NO_CHECKSUM);
    }

    /// Reads what [`append_to`](Self::append_to) wrote between the version and the checksum.
    fn read_from(mut bytes: &[u8]) -> Option<Self> {
        let [kind, codec, flags] = take(&mut bytes)?;
        Some(Self {
            kind,
            codec,
            flags,
            fingerprint: u64::from_be_bytes(take(&mut bytes)?),
            key_check: take(&mut bytes)?,
            stored_at: u64::from_be_bytes(take(&mut bytes)?),
            fresh_until: u64::from_be_bytes(take(&mut bytes)?),
            cost: u32::from_be_bytes(take(&mut bytes)?),
            token: Token(take(&mut bytes)?),
        })
    }

    /// What the entry belongs to; leaves the payload. A lease belongs to nothing.
    fn sections<'a>(&self, bytes: &mut &'a [u8]) -> Result<Sections<'a>, Unreadable> {
        if self.kind == LEASE && self.flags != 0 {
            return Err(Unreadable::Flags);
        }
        sections(self.flags, bytes)
    }

    /// What the header says, if this build can read the payload.
    fn header(self, expected: Expectation) -> Result<Header, Unreadable> {
        if self.codec != expected.codec.id() {
            return Err(Unreadable::Codec);
        }
        // What is written by position may be read as something else without a word, so there
        // nothing is taken on trust.
        let is_checked = expected.fingerprint != 0 || expected.codec.is_positional();
        if is_checked && self.fingerprint != expected.fingerprint {
            return Err(Unreadable::Fingerprint);
        }
        Ok(Header {
            codec: expected.codec,
            fingerprint: self.fingerprint,
            stored_at: self.stored_at,
            fresh_until: (self.fresh_until != 0).then_some(self.fresh_until),
            cost: Duration::from_micros(self.cost.into()),
            token: self.token,
        })
    }
}

/// Writes the checksum into a finished envelope.
fn seal(bytes: &mut [u8]) {
    let checksum = checksum(bytes);
    if let Some(place) = bytes.get_mut(CHECKSUM..BODY) {
        place.copy_from_slice(&checksum);
    }
}

/// The header and the payload of an envelope that is as it was written.
fn unseal(bytes: &[u8]) -> Result<(Fields, &[u8]), Unreadable> {
    let behind_magic = bytes.strip_prefix(&MAGIC).ok_or(Unreadable::Foreign)?;
    match behind_magic.first() {
        Some(&VERSION) => {}
        Some(&version) => return Err(Unreadable::Version(version)),
        None => return Err(Unreadable::Truncated),
    }
    let stored = bytes.get(CHECKSUM..BODY).ok_or(Unreadable::Truncated)?;
    if stored != checksum(bytes) {
        return Err(Unreadable::Corrupt);
    }
    let fields = Fields::read_from(&behind_magic[1..]).ok_or(Unreadable::Truncated)?;
    Ok((fields, &bytes[BODY..]))
}

/// The checksum of everything but the checksum and the lease of a refresh. It finds what goes wrong
/// by itself, such as a flipped bit or a cut; it is no defence against somebody who can write to
/// the server.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(bytes.get(..CHECKSUM).unwrap_or_default());
    let body = if is_refreshable(bytes) {
        BODY + RefreshLease::LENGTH
    } else {
        BODY
    };
    hasher.update(bytes.get(body..).unwrap_or_default());
    hasher.finalize().to_be_bytes()
}

/// What ties an envelope to its key, so that a value copied or restored under another key is a
/// miss, and so is a reply that belongs to another question. It is no defence against somebody who
/// can write to the server.
fn key_check(key: &[u8]) -> [u8; 8] {
    xxhash_rust::xxh3::xxh3_64(key).to_be_bytes()
}

/// Takes `N` bytes from the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

impl Token {
    /// How many bytes it has.
    pub const LENGTH: usize = 16;

    /// The token of these random bytes.
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The bytes that it was made of.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:032x})", u128::from_be_bytes(self.0))
    }
}

impl Unreadable {
    /// A name for it in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Foreign => "foreign",
            Self::Version(_) => "version",
            Self::Truncated => "truncated",
            Self::Corrupt => "corrupt",
            Self::OtherKey => "other_key",
            Self::Flags => "flags",
            Self::Kind => "kind",
            Self::Codec => "codec",
            Self::Fingerprint => "fingerprint",
        }
    }
}
