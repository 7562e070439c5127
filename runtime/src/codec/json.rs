//! JSON: readable by everything.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Codec;
use crate::error::Result;

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(into, value).map_err(|cause| Codec::Json.cannot_encode(cause))
}

/// Lengths stand nowhere in JSON, and the decoder refuses what is nested too deeply and what comes
/// behind the value.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}
