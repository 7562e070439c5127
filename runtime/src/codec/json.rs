//! JSON: readable by everything.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::Error as _;

use super::Codec;
use super::outermost::{Outermost, SelfDescribing, Somes};
use crate::error::Result;

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    let mut writer = serde_json::Serializer::new(into);
    value
        .serialize(Outermost::new(&mut writer))
        .map_err(|cause| Codec::Json.cannot_encode(cause))
}

/// Lengths stand nowhere in JSON, and the decoder refuses what is nested too deeply and what comes
/// behind the value.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

/// JSON has no way to write it.
impl SelfDescribing for &mut serde_json::Serializer<&mut Vec<u8>> {
    const WRITES_MORE_AS_NOTHING: bool = true;

    fn nothing_in(self, _: Somes) -> Result<(), serde_json::Error> {
        Err(serde_json::Error::custom(
            "it would be read as `None`: choose the codec \"msgpack\" or \"postcard\"",
        ))
    }
}
