//! MessagePack with named fields, the default.
//!
//! `rmp-serde` writes it. It is read by a decoder of our own: that of `rmp-serde` trusts lengths
//! and does not count the nesting of enums, so everything would have to be read twice, and the
//! compiler translates all of it for every type. See `docs/decisions/0019-code-per-type.md`.

mod decoder;
mod extension;
mod reader;

use rmp_serde::config::{DefaultConfig, StructMapConfig};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use super::Codec;
use super::outermost::{Outermost, SelfDescribing, Somes};
use crate::error::{Error, Result};
use decoder::Decoder;
use reader::SOME;

type Writer<'w> = rmp_serde::Serializer<&'w mut Vec<u8>, StructMapConfig<DefaultConfig>>;

pub(super) fn encode<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<()> {
    let mut writer: Writer<'_> = rmp_serde::Serializer::new(into).with_struct_map();
    match value.serialize(Outermost::new(&mut writer)) {
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

/// Each `Some` that would be taken for nothing is a byte that MessagePack never uses.
impl SelfDescribing for &mut Writer<'_> {
    const WRITES_MORE_AS_NOTHING: bool = false;
    const OWN_NEWTYPE: Option<&'static str> = Some(rmp_serde::MSGPACK_EXT_STRUCT_NAME);

    fn nothing_in(self, somes: Somes) -> Result<(), rmp_serde::encode::Error> {
        let bytes = self.get_mut();
        bytes.resize(bytes.len() + somes.count(), SOME);
        self.serialize_none()
    }
}

fn unwritable(cause: rmp_serde::encode::Error) -> Error {
    Codec::MessagePack.cannot_encode(cause)
}
