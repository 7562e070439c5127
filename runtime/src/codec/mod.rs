//! How values become bytes and come back.
//!
//! A codec writes the value itself; [`envelope`] puts around it what a reader must know before it
//! may trust the bytes. Whatever the bytes are, decoding ends with the value or with an error: it
//! never panics, never exhausts the stack, and never allocates more than a small multiple of the
//! input.

pub(crate) mod element;
pub mod envelope;
pub mod schema;

#[cfg(feature = "bincode")]
mod bincode;
#[cfg(any(feature = "bincode", feature = "postcard"))]
mod guard;
#[cfg(feature = "json")]
mod json;
mod message_pack;
mod outermost;
#[cfg(feature = "postcard")]
mod postcard;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};

/// How values are encoded.
///
/// | codec | fields are found by | feature |
/// |---|---|---|
/// | [`MessagePack`](Self::MessagePack), the default | name | always there |
/// | [`Json`](Self::Json) | name | `json` |
/// | [`Postcard`](Self::Postcard) | position | `postcard` |
/// | [`Bincode`](Self::Bincode) | position | `bincode` |
///
/// Where fields are found by name, two builds may add, remove and reorder fields and still read
/// each other's values. Where they are found by position, a changed type would decode into wrong
/// values, so a `version` or [`Schema`](schema::Schema) must tell the builds apart.
///
/// # What codecs cannot do
/// * Within a list, a map or a struct, MessagePack and JSON write `Some(None)` and `Some(())` as
///   `None`, and that is what comes back. A whole value `Some(None)` comes back as it was from
///   MessagePack; JSON refuses to write it.
/// * Within them JSON writes floats that are not finite as `None`; a whole `Some(f64::NAN)` it
///   refuses to write, and `f64::NAN` by itself cannot be read back.
/// * Postcard and bincode cannot write what names its own fields while it is written:
///   `#[serde(flatten)]`, `#[serde(untagged)]`, `#[serde(tag = "…")]`, `serde_json::Value`. With
///   `#[serde(skip_serializing_if = "…")]` they write values that cannot be read.
/// * Values nested more than 128 deep cannot be read by any of them.
/// * bincode neither writes nor reads values beyond 16 MiB.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::Codec;
///
/// let mut bytes = Vec::new();
/// Codec::MessagePack.encode("tea", &mut bytes)?;
/// assert_eq!(Codec::MessagePack.decode::<String>(&bytes)?, "tea");
/// assert_eq!(Codec::from_id(Codec::Json.id()), Some(Codec::Json));
/// assert_eq!(Codec::Postcard.name(), "postcard");
/// assert!(Codec::Postcard.is_positional());
/// # Ok::<(), larder::Error>(())
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Codec {
    /// MessagePack with named fields: compact, and safe when a type changes between two builds.
    #[default]
    MessagePack,
    /// JSON: readable by everything, two to three times the size.
    Json,
    /// Postcard: the most compact.
    Postcard,
    /// bincode 2, its last release; no longer maintained by its authors.
    Bincode,
}

impl Codec {
    /// Appends the encoded value. After an error `into` is as it was.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`] if the codec cannot write such a value, [`ErrorKind::TooLarge`] if it
    /// is beyond the codec's limit, [`ErrorKind::Configuration`] if the codec's feature is off.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T, into: &mut Vec<u8>) -> Result<()> {
        let start = into.len();
        let written = match self {
            Self::MessagePack => message_pack::encode(value, into),
            #[cfg(feature = "json")]
            Self::Json => json::encode(value, into),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::encode(value, into),
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::encode(value, into),
            #[cfg(not(all(feature = "json", feature = "postcard", feature = "bincode")))]
            codec => Err(codec.switched_off("encode")),
        };
        as_it_was(written, into, start)
    }

    /// The value that these bytes, and not one more, are the encoding of.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if there is no such value; the error does not show the bytes, they may
    /// be secret. [`ErrorKind::Configuration`] if the codec's feature is off.
    pub fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T> {
        match self.read(bytes) {
            Some(value) => Ok(value),
            None => Err(self.cannot_decode()),
        }
    }

    /// The same, for those who do not ask why there is none.
    pub(crate) fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Option<T> {
        match self {
            Self::MessagePack => message_pack::decode(bytes),
            #[cfg(feature = "json")]
            Self::Json => json::decode(bytes),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::decode(bytes),
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::decode(bytes),
            #[cfg(not(all(feature = "json", feature = "postcard", feature = "bincode")))]
            _ => None,
        }
    }

    /// Whether fields are found by their position, so that a changed type must be told apart by a
    /// version or a schema.
    pub const fn is_positional(self) -> bool {
        matches!(self, Self::Postcard | Self::Bincode)
    }

    /// The number that stands for this codec in stored values, for ever.
    pub const fn id(self) -> u8 {
        match self {
            Self::Bincode => 1,
            Self::Postcard => 2,
            Self::MessagePack => 3,
            Self::Json => 4,
        }
    }

    /// The codec of this number, if this build knows it.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Bincode),
            2 => Some(Self::Postcard),
            3 => Some(Self::MessagePack),
            4 => Some(Self::Json),
            _ => None,
        }
    }

    /// The name, as it is written in `codec = "…"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessagePack => "msgpack",
            Self::Json => "json",
            Self::Postcard => "postcard",
            Self::Bincode => "bincode",
        }
    }

    /// Whether it is in this build.
    const fn is_here(self) -> bool {
        match self {
            Self::MessagePack => true,
            Self::Json => cfg!(feature = "json"),
            Self::Postcard => cfg!(feature = "postcard"),
            Self::Bincode => cfg!(feature = "bincode"),
        }
    }

    fn switched_off(self, operation: &'static str) -> Error {
        let name = self.name();
        Error::new(
            ErrorKind::Configuration,
            operation,
            format!(
                "the codec \"{name}\" is not in this build: add the feature `{name}` to the dependency on `larder`, or choose another codec"
            ),
        )
    }

    /// The value cannot be written; the cause says why.
    fn cannot_encode(self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(
            ErrorKind::Encode,
            "encode",
            "the codec cannot write this value: choose another codec, or change what the type does to be serialized",
        )
        .with("codec", self.name())
        .caused_by(cause)
    }

    /// The bytes are no value of the type. What the codec itself says is left out, for it may quote
    /// the bytes.
    fn cannot_decode(self) -> Error {
        if !self.is_here() {
            return self.switched_off("decode");
        }
        let message = "the bytes are no value of the type that is asked for";
        Error::new(ErrorKind::Decode, "decode", message).with("codec", self.name())
    }
}

/// After an error nothing of a value is left over. Knows no types, so it is compiled here and not
/// with each of them.
fn as_it_was(written: Result<()>, into: &mut Vec<u8>, start: usize) -> Result<()> {
    if written.is_err() {
        into.truncate(start);
    }
    written
}

/// How many containers may stand in one another. Deeper ones would exhaust the stack before they
/// are known to be garbage.
const DEEPEST: usize = 128;
