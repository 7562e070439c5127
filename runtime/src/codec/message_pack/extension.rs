//! Extensions of MessagePack: a number that says of whose type it is, and bytes.

use serde::Deserializer;
use serde::de::value::BorrowedBytesDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::reader::Unreadable;

/// The name of what is written as an extension, as `rmp-serde` has it.
pub(super) const NAME: &str = rmp_serde::MSGPACK_EXT_STRUCT_NAME;

/// Reads one as a pair.
pub(super) struct Extension<'de> {
    kind: Option<i8>,
    content: Option<&'de [u8]>,
}

impl<'de> Extension<'de> {
    pub(super) fn new(kind: i8, content: &'de [u8]) -> Self {
        Self {
            kind: Some(kind),
            content: Some(content),
        }
    }
}

impl<'de> Deserializer<'de> for Extension<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Extension<'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        if let Some(kind) = self.kind.take() {
            return seed.deserialize(kind.into_deserializer()).map(Some);
        }
        let content = self.content.take();
        let read = content.map(|it| seed.deserialize(BorrowedBytesDeserializer::new(it)));
        read.transpose()
    }
}
