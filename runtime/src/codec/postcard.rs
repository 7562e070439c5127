//! Postcard: the most compact.

use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

use super::Codec;
use super::guard::Limits;
use crate::error::Result;

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    match postcard::to_io(value, into) {
        Ok(_) => Ok(()),
        Err(cause) => Err(Codec::Postcard.cannot_encode(cause)),
    }
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let limits = Limits::of(bytes);
    let mut decoder = postcard::Deserializer::from_bytes(bytes);
    let value = limits.seed::<T>().deserialize(&mut decoder);
    match (value, decoder.finalize()) {
        (Ok(value), Ok([])) => Some(value),
        _ => None,
    }
}
