//! MessagePack with named fields, the default.
//!
//! `rmp-serde` writes it. It is read by a decoder of our own: that of `rmp-serde` trusts lengths
//! and does not count the nesting of enums, so everything would have to be read twice, and the
//! compiler translates all of it for every type. See `docs/decisions/0019-code-per-type.md`.

mod decoder;
mod extension;
mod reader;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Codec;
use crate::error::{Error, Result};
use decoder::Decoder;

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    match rmp_serde::encode::write_named(into, value) {
        Ok(()) => Ok(()),
        Err(cause) => Err(unwritable(cause)),
    }
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut decoder = Decoder::new(bytes);
    let Ok(value) = T::deserialize(&mut decoder) else {
        return None;
    };
    if decoder.is_at_end() {
        Some(value)
    } else {
        None
    }
}

fn unwritable(cause: rmp_serde::encode::Error) -> Error {
    Codec::MessagePack.cannot_encode(cause)
}
