//! Makes values of what a [`Reader`] reads.
//!
//! What stands here is translated for every type, so each method asks for the few pieces that can
//! become what it is asked for, and [`Reader`], which knows no types, does the rest. A `?` is two
//! more calls to translate for each type, so there is none where a type is known.

use serde::Deserializer;
use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::extension::{self, Extension};
use super::reader::{Name, Piece, Reader, Unreadable};
use crate::codec::DEEPEST;

/// Reads one value.
pub(super) struct Decoder<'de> {
    reader: Reader<'de>,
    /// How many containers may still be entered.
    containers: usize,
    /// How many options may still be entered: they have no bytes of their own.
    options: usize,
    /// Whether something was not what it was read as: a map was none, or a container was left
    /// before its end. Where that is met a type is known, and here is none, so it is looked at in
    /// the end.
    is_spoilt: bool,
}

type Result<T> = std::result::Result<T, Unreadable>;

impl<'de> Decoder<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self {
            reader: Reader::new(bytes),
            containers: DEEPEST,
            options: 2 * DEEPEST,
            is_spoilt: false,
        }
    }

    /// Whether all that there is was read, and was what it was read as. If not, what was read is
    /// worth nothing.
    pub(super) fn is_at_end(&self) -> bool {
        !self.is_spoilt && self.reader.left() == 0
    }

    /// The next piece, which is read once more.
    fn peek(&self) -> Result<Piece<'de>> {
        let mut ahead = self.reader;
        ahead.piece()
    }

    fn enter(&mut self) -> Result<()> {
        self.containers = self.containers.checked_sub(1).ok_or(Unreadable)?;
        Ok(())
    }

    fn leave(&mut self) {
        self.containers += 1;
    }

    /// A map, or a struct: its fields have names.
    fn map<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let mut pairs = self.begin_map();
        let read = visitor.visit_map(&mut pairs);
        pairs.end();
        read
    }

    /// An array, or bytes where numbers are asked for.
    fn array<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let mut items = match self.begin_array() {
            Ok(Array::Items(items)) => items,
            Ok(Array::Bytes(bytes)) => {
                return visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied()));
            }
            Err(unreadable) => return Err(unreadable),
        };
        let read = visitor.visit_seq(&mut items);
        items.end();
        read
    }

    /// What is no map is one without pairs, and spoils all.
    fn begin_map(&mut self) -> Items<'_, 'de> {
        let mut left = 0;
        match (self.reader.piece(), self.enter()) {
            (Ok(Piece::Map(pairs)), Ok(())) => left = pairs,
            _ => self.spoil(),
        }
        Items {
            decoder: self,
            left,
        }
    }

    /// Has all be in vain. Nothing more is read, so that nobody goes on, or deeper, in what is
    /// worth nothing.
    fn spoil(&mut self) {
        self.is_spoilt = true;
        self.reader = Reader::new(&[]);
    }

    fn begin_array(&mut self) -> Result<Array<'_, 'de>> {
        match self.reader.piece()? {
            Piece::Array(items) => self.begin(items).map(Array::Items),
            Piece::Bytes(bytes) => Ok(Array::Bytes(bytes)),
            _ => Err(Unreadable),
        }
    }

    /// Enters a container of so many items.
    fn begin(&mut self, items: usize) -> Result<Items<'_, 'de>> {
        self.enter()?;
        Ok(Items {
            decoder: self,
            left: items,
        })
    }

    fn enter_option(&mut self) -> Result<()> {
        self.options = self.options.checked_sub(1).ok_or(Unreadable)?;
        Ok(())
    }

    /// Whether the variant that comes is its name alone. One with a value is entered.
    fn begin_variant(&mut self) -> Result<bool> {
        match self.peek()? {
            Piece::Map(1) => {
                self.reader.piece()?;
                self.enter()?;
                Ok(false)
            }
            Piece::Map(_) | Piece::Array(_) => Err(Unreadable),
            _ => Ok(true),
        }
    }

    /// The name of a variant, which is text: a number in its place was never a variant.
    fn variant_name(&mut self) -> Result<&'de str> {
        match self.reader.name() {
            Name::Text(name) => Ok(name),
            _ => Err(Unreadable),
        }
    }

    fn wide(&mut self) -> Result<i128> {
        Ok(match self.reader.piece()? {
            Piece::Unsigned(number) => number.into(),
            Piece::Signed(number) => number.into(),
            Piece::Bytes(bytes) => {
                i128::from_be_bytes(bytes.try_into().map_err(|_wrong_length| Unreadable)?)
            }
            _ => return Err(Unreadable),
        })
    }

    /// All of its bits, unless it was written as a number with a sign.
    fn wide_unsigned(&mut self) -> Result<u128> {
        match self.peek()? {
            Piece::Signed(number) if number < 0 => Err(Unreadable),
            _ => Ok(self.wide()?.cast_unsigned()),
        }
    }
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = Unreadable;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let before = self.reader;
        match self.reader.piece() {
            Ok(Piece::Extension(kind, content)) => {
                visitor.visit_newtype_struct(Extension::new(kind, content))
            }
            Ok(Piece::Array(_)) => {
                self.reader = before;
                self.array(visitor)
            }
            Ok(Piece::Map(_)) => {
                self.reader = before;
                self.map(visitor)
            }
            whole => visit(whole, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.reader.skips_nil() {
            return visitor.visit_none();
        }
        self.reader.skips_some();
        let Ok(()) = self.enter_option() else {
            return Err(Unreadable);
        };
        let read = visitor.visit_some(&mut *self);
        self.options += 1;
        read
    }

    /// A variant without a value is its name, any other a map of its name to its value.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let Ok(is_name) = self.begin_variant() else {
            return Err(Unreadable);
        };
        visitor.visit_enum(Variant {
            decoder: self,
            is_name,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name != extension::NAME {
            return visitor.visit_newtype_struct(self);
        }
        match self.reader.piece() {
            Ok(Piece::Extension(kind, content)) => {
                visitor.visit_newtype_struct(Extension::new(kind, content))
            }
            _ => Err(Unreadable),
        }
    }

    /// Written as an array of nothing.
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match self.reader.piece() {
            Ok(Piece::Nil | Piece::Array(0)) => visitor.visit_unit(),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_i128(self.wide()?)
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_u128(self.wide_unsigned()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.array(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _items: usize, visitor: V) -> Result<V::Value> {
        self.array(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _items: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.array(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.map(visitor)
    }

    /// The names of fields, and what the keys of a flattened map can be.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.reader.name() {
            Name::Text(text) => visitor.visit_borrowed_str(text),
            Name::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Name::Unsigned(number) => visitor.visit_u64(number),
            Name::Signed(number) => visitor.visit_i64(number),
            Name::Bool(value) => visitor.visit_bool(value),
            Name::Unreadable => Err(Unreadable),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit ignored_any
    }
}

/// Hands on what is whole in one piece.
fn visit<'de, V: Visitor<'de>>(whole: Result<Piece<'de>>, visitor: V) -> Result<V::Value> {
    let Ok(whole) = whole else {
        return Err(Unreadable);
    };
    match whole {
        Piece::Nil => visitor.visit_unit(),
        Piece::Bool(value) => visitor.visit_bool(value),
        Piece::Unsigned(number) => visitor.visit_u64(number),
        Piece::Signed(number) => visitor.visit_i64(number),
        Piece::Float32(number) => visitor.visit_f32(number),
        Piece::Float64(number) => visitor.visit_f64(number),
        Piece::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => visitor.visit_borrowed_str(text),
            Err(_) => visitor.visit_borrowed_bytes(text),
        },
        Piece::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
        Piece::Array(_) | Piece::Map(_) | Piece::Extension(..) => Err(Unreadable),
    }
}

/// What stands where an array is asked for.
enum Array<'a, 'de> {
    Items(Items<'a, 'de>),
    Bytes(&'de [u8]),
}

/// The items of a container.
struct Items<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    /// How many are to be read, pairs of a map.
    left: usize,
}

impl Items<'_, '_> {
    /// Whether there is one more, which is to be read. In what is spoilt there is none: a type that
    /// is content with nothing would be read as often as is claimed.
    fn advance(&mut self) -> bool {
        let is_there = self.left > 0 && !self.decoder.is_spoilt;
        self.left -= usize::from(is_there);
        is_there
    }

    /// How much room to make for the items: each takes a byte at least, whatever is claimed.
    fn room(&self) -> usize {
        self.left.min(self.decoder.reader.left())
    }

    /// Leaves the container, all of which is to have been read.
    fn end(self) {
        self.decoder.leave();
        self.decoder.is_spoilt |= self.left > 0;
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.advance() {
            return Ok(None);
        }
        match seed.deserialize(&mut *self.decoder) {
            Ok(item) => Ok(Some(item)),
            Err(unreadable) => Err(unreadable),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.room())
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.advance() {
            return Ok(None);
        }
        match seed.deserialize(&mut *self.decoder) {
            Ok(key) => Ok(Some(key)),
            Err(unreadable) => Err(unreadable),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(&mut *self.decoder)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.room())
    }
}

/// A variant: its name alone, or its name and its value.
struct Variant<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    is_name: bool,
}

impl<'a, 'de> Variant<'a, 'de> {
    /// The place of its value, which ends the variant.
    fn value(self) -> Result<&'a mut Decoder<'de>> {
        if self.is_name {
            return Err(Unreadable);
        }
        Ok(self.decoder)
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let Ok(name) = self.decoder.variant_name() else {
            return Err(Unreadable);
        };
        match seed.deserialize(BorrowedStrDeserializer::new(name)) {
            Ok(name) => Ok((name, self)),
            Err(unreadable) => Err(unreadable),
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<()> {
        if self.is_name {
            return Ok(());
        }
        match self.decoder.reader.piece()? {
            Piece::Nil => {
                self.decoder.leave();
                Ok(())
            }
            _ => Err(Unreadable),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        let Ok(decoder) = self.value() else {
            return Err(Unreadable);
        };
        let read = seed.deserialize(&mut *decoder);
        decoder.leave();
        read
    }

    fn tuple_variant<V: Visitor<'de>>(self, _items: usize, visitor: V) -> Result<V::Value> {
        let Ok(decoder) = self.value() else {
            return Err(Unreadable);
        };
        let read = decoder.array(visitor);
        decoder.leave();
        read
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let Ok(decoder) = self.value() else {
            return Err(Unreadable);
        };
        let read = decoder.map(visitor);
        decoder.leave();
        read
    }
}
