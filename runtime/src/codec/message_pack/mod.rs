//! MessagePack with named fields, the default.
//!
//! `rmp-serde` writes it. It is read by a decoder of our own: that of `rmp-serde` trusts lengths and does not count the nesting of enums,
//! so everything would have to be read twice, and the compiler translates all of it for every type. See
//! `docs/decisions/0019-code-per-type.md`.

mod decoder;
mod extension;
mod reader;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, NOT_THIS_TYPE};
use crate::error::{Error, Result};
use decoder::Decoder;

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    rmp_serde::encode::write_named(into, value)
        .map_err(|cause| Codec::MessagePack.cannot_encode(cause))
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut decoder = Decoder::new(bytes);
    if let Ok(value) = T::deserialize(&mut decoder)
        && decoder.is_at_end()
    {
        return Ok(value);
    }
    Err(not_this_type())
}

fn not_this_type() -> Error {
    Codec::MessagePack.cannot_decode(NOT_THIS_TYPE)
}
