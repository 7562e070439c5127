//! Bounds what hostile bytes can make a positional codec do.
//!
//! Postcard and bincode believe the lengths and the nesting that they read: a few bytes can claim a
//! sequence of 2⁶⁴ empty items, reserve 16 MiB, or describe a list so deep that decoding it
//! exhausts the stack, which ends the process. This stands between such a codec and the type, and
//! refuses more items than there are bytes and more nesting than there can be. It wraps every part
//! of serde's protocol through which a value is reached from within another.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::DEEPEST;

/// Every layer counts here, also those that are no container, such as `Option`.
const LAYERS: usize = 2 * DEEPEST;

/// How many items without a single byte, such as `()`, are let pass.
const EMPTY_ITEMS: usize = 1024;

/// What may still be decoded from one input.
pub(super) struct Limits {
    items: Cell<usize>,
}

impl Limits {
    /// As many items as there are bytes, since all but the empty ones take at least one.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            items: Cell::new(bytes.len().saturating_add(EMPTY_ITEMS)),
        }
    }

    /// Decodes a `T` within these limits.
    pub(super) fn seed<'de, T: DeserializeOwned>(&self) -> impl DeserializeSeed<'de, Value = T> {
        Place {
            limits: self,
            layers: LAYERS,
        }
        .guard(PhantomData)
    }
}

/// A place within the value: what may still come, and how deep.
#[derive(Clone, Copy)]
struct Place<'l> {
    limits: &'l Limits,
    layers: usize,
}

impl<'l> Place<'l> {
    fn guard<X>(self, inner: X) -> Guard<'l, X> {
        Guard { inner, place: self }
    }

    /// One layer deeper.
    fn enter<E: Error>(self) -> Result<Self, E> {
        let layers = self.layers.checked_sub(1);
        let layers = layers.ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { layers, ..self })
    }

    /// Takes this many items off those that may still come.
    fn claim<E: Error>(self, items: usize) -> Result<(), E> {
        let left = self.limits.items.get().checked_sub(items);
        let left = left.ok_or_else(|| E::custom("more items than bytes"))?;
        self.limits.items.set(left);
        Ok(())
    }
}

/// A part of serde's protocol, guarded: a deserializer, a seed, an enum or a variant.
struct Guard<'l, X> {
    inner: X,
    place: Place<'l>,
}

/// A guarded visitor.
struct GuardedVisitor<'l, V> {
    inner: V,
    place: Place<'l>,
    length: Length,
}

/// Who says how many items there are.
#[derive(Clone, Copy)]
enum Length {
    /// The type, such as a tuple.
    Known,
    /// The bytes.
    Claimed,
}

/// A guarded sequence or map.
struct Items<'l, A> {
    inner: A,
    place: Place<'l>,
    length: Length,
    /// How many of the items to come were taken off the limit already.
    claimed: usize,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guard<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(self.place.guard(deserializer))
    }
}

/// What cannot hold other values is passed on as it is.
macro_rules! pass_on {
    ($($method:ident as $inner:ident),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$inner(visitor)
        }
    )+};
}

/// What can hold other values is entered.
macro_rules! enter {
    ($($method:ident($($argument:ident: $ty:ty),*) $length:ident),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self $(, $argument: $ty)*, visitor: V) -> Result<V::Value, D::Error> {
            let visitor = GuardedVisitor {
                inner: visitor,
                place: self.place.enter()?,
                length: Length::$length,
            };
            self.inner.$method($($argument,)* visitor)
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guard<'_, D> {
    type Error = D::Error;

    pass_on!(
        deserialize_any as deserialize_any,
        deserialize_ignored_any as deserialize_ignored_any,
        deserialize_identifier as deserialize_identifier,
        deserialize_bool as deserialize_bool,
        deserialize_i8 as deserialize_i8,
        deserialize_i16 as deserialize_i16,
        deserialize_i32 as deserialize_i32,
        deserialize_i64 as deserialize_i64,
        deserialize_i128 as deserialize_i128,
        deserialize_u8 as deserialize_u8,
        deserialize_u16 as deserialize_u16,
        deserialize_u32 as deserialize_u32,
        deserialize_u64 as deserialize_u64,
        deserialize_u128 as deserialize_u128,
        deserialize_f32 as deserialize_f32,
        deserialize_f64 as deserialize_f64,
        deserialize_char as deserialize_char,
        deserialize_str as deserialize_str,
        deserialize_bytes as deserialize_bytes,
        deserialize_unit as deserialize_unit,
        // Asked for an owned string, bincode allocates as much as is claimed; asked for a borrowed
        // one, it looks first.
        deserialize_string as deserialize_str,
        deserialize_byte_buf as deserialize_bytes,
    );

    enter!(
        deserialize_option() Known,
        deserialize_unit_struct(name: &'static str) Known,
        deserialize_newtype_struct(name: &'static str) Known,
        deserialize_seq() Claimed,
        deserialize_map() Claimed,
        deserialize_tuple(length: usize) Known,
        deserialize_tuple_struct(name: &'static str, length: usize) Known,
        deserialize_struct(name: &'static str, fields: &'static [&'static str]) Known,
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) Known,
    );

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for GuardedVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(self.place.guard(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        self.inner
            .visit_newtype_struct(self.place.guard(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        let claimed = items.size_hint();
        self.inner
            .visit_seq(Items::new(items, claimed, self.place, self.length)?)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        let claimed = entries.size_hint();
        self.inner
            .visit_map(Items::new(entries, claimed, self.place, self.length)?)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(self.place.guard(access))
    }
}

impl<'l, A> Items<'l, A> {
    fn new<E: Error>(
        inner: A,
        claimed: Option<usize>,
        place: Place<'l>,
        length: Length,
    ) -> Result<Self, E> {
        let claimed = match length {
            Length::Known => 0,
            Length::Claimed => claimed.unwrap_or(0),
        };
        place.claim(claimed)?;
        Ok(Self {
            inner,
            place,
            length,
            claimed,
        })
    }

    /// Counts an item that was decoded.
    fn count<E: Error>(&mut self) -> Result<(), E> {
        match (self.length, self.claimed.checked_sub(1)) {
            (Length::Known, _) => Ok(()),
            (Length::Claimed, Some(claimed)) => {
                self.claimed = claimed;
                Ok(())
            }
            (Length::Claimed, None) => self.place.claim(1),
        }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let item = self.inner.next_element_seed(self.place.guard(seed))?;
        if item.is_some() {
            self.count()?;
        }
        Ok(item)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let key = self.inner.next_key_seed(self.place.guard(seed))?;
        if key.is_some() {
            self.count()?;
        }
        Ok(key)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(self.place.guard(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 'l, A: EnumAccess<'de>> EnumAccess<'de> for Guard<'l, A> {
    type Error = A::Error;
    type Variant = Guard<'l, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, self.place.guard(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Guard<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(self.place.guard(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = self.place.fields(visitor);
        self.inner.tuple_variant(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = self.place.fields(visitor);
        self.inner.struct_variant(fields, visitor)
    }
}

impl<'l> Place<'l> {
    /// Visits the fields of a variant, in the layer of the enum.
    fn fields<V>(self, visitor: V) -> GuardedVisitor<'l, V> {
        GuardedVisitor {
            inner: visitor,
            place: self,
            length: Length::Known,
        }
    }
}
